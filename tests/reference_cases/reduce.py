"""Cases of the reductions, cumulative operations and orderings."""

import numpy as np

from tests.reference_cases import Draw, case

draw = Draw(12)

X = draw(2, 3, 4)
D = draw.distinct(3, 5)
CUBE = draw.distinct(2, 3, 4)
VECTOR = draw.distinct(7)
SCALAR = draw()
INTEGERS = draw.integers(-4, 5, 3, 4)
ZEROS = np.where(draw.mask(3, 4), 0.0, draw(3, 4))
GAPS = np.where(draw.mask(3, 5), np.nan, draw.distinct(3, 5))
GAPS[:, 0] = 1.75
REPEATED = np.array([[3.0, 1.0, 1.0, 3.0, 2.0], [5.0, 5.0, 4.0, 4.0, 4.0]])
RECORDS = np.array([1.0, 3.0, 2.0, 3.0, 3.0, 5.0, 4.0])
MASK = draw.mask(3, 4)
EMPTY = draw(0, 3)

AXES = [{}, {"dim": 1}, {"dim": -1, "keepdim": True}]
MANY = [*AXES, {"dim": (0, 2)}, {"dim": (-1, 0), "keepdim": True}]

SUMS = [
    *(case(name, X, **axes) for name in ("sum", "mean", "nansum", "nanmean") for axes in MANY),
    *(case(name, GAPS, dim=1) for name in ("nansum", "nanmean")),
    *(case("prod", X, **axes) for axes in AXES),
    case("prod", ZEROS, dim=1),
    case("sum", INTEGERS, dim=0),
    case("sum", MASK),
    case("sum", SCALAR),
    case("sum", EMPTY, dim=0),
    case("prod", INTEGERS),
    *(case("count_nonzero", ZEROS, **axes) for axes in ({}, {"dim": 0}, {"dim": (0, 1)})),
    *(case(name, MASK, **axes) for name in ("all", "any") for axes in AXES),
    *(case(name, ZEROS, dim=0) for name in ("all", "any")),
]

EXTREMES = [
    *(case(name, CUBE, **axes) for name in ("amax", "amin") for axes in MANY),
    *(case(name, CUBE, **axes) for name in ("max", "min", "argmax", "argmin") for axes in AXES),
    *(case(name, CUBE, draw(3, 1)) for name in ("max", "min")),
    *(case(name, REPEATED, dim=1) for name in ("max", "min", "argmax", "argmin")),
    *(case("aminmax", CUBE, **axes) for axes in AXES),
    *(case(name, INTEGERS, **axes) for name in ("amax", "amin") for axes in ({}, {"dim": 0})),
    case("max", SCALAR, 0),
    case("argmax", RECORDS),
]

SPREADS = [
    *(case(name, X, **axes) for name in ("var", "std", "var_mean", "std_mean") for axes in MANY),
    *(case(name, X, dim=(0, 1), correction=c) for name in ("var", "std", "var_mean", "std_mean") for c in (0, 2)),
    *(case(name, X, 1, unbiased=False) for name in ("var", "std", "var_mean", "std_mean")),
    *(case(name, X, False) for name in ("var", "std")),
]

NORMS = [
    *(case("logsumexp", X, **axes) for axes in MANY[1:]),
    case("logsumexp", 800 + X, dim=1),
    case("logsumexp", np.array([[-np.inf, 0.0], [-np.inf, -np.inf]]), dim=1),
    *(case("vector_norm", X, p, dim=d, keepdim=d == 1) for p in (0, 1, 2, 3.5, np.inf, -np.inf) for d in (1, (0, 2))),
    case("vector_norm", X),
    *(case("norm", X, p) for p in ("fro", 2, 1, 3, np.inf)),
    *(case("norm", X, p=p, dim=d) for p in (1, 2, np.inf) for d in (1, (0, 2))),
    case("norm", X, p="fro", dim=(0, 1), keepdim=True),
    case("norm", X[0], p="nuc"),
    case("norm", X, p="nuc", dim=(2, 0)),
    *(case("dist", X, X[::-1].copy(), **p) for p in ({}, {"p": 1}, {"p": np.inf})),
]

QUANTILES = [
    *(case(name, CUBE, **axes) for name in ("median", "nanmedian") for axes in AXES),
    *(case("nanmedian", GAPS, **axes) for axes in ({}, {"dim": 1})),
    *(case("kthvalue", CUBE, k, **axes) for k, axes in ((1, {}), (2, {"dim": 1}), (3, {"dim": -1, "keepdim": True}))),
    *(case("mode", REPEATED, **axes) for axes in ({}, {"dim": 1, "keepdim": True})),
    *(case("quantile", CUBE, 0.3, **axes) for axes in AXES),
    *(case("quantile", D, q, dim=0) for q in (0.0, 1.0, np.array([0.1, 0.5, 0.77]))),
    *(case("quantile", D, 0.37, dim=1, interpolation=i) for i in ("lower", "higher", "midpoint", "nearest")),
]

SCANS = [
    *(case(name, X, dim) for name in ("cumsum", "cumprod", "logcumsumexp") for dim in (0, 1, -1)),
    *(case(name, CUBE, dim) for name in ("cummax", "cummin") for dim in (0, -1)),
    *(case(name, RECORDS, 0) for name in ("cummax", "cummin")),
    case("cumsum", SCALAR, 0),
    case("cumprod", ZEROS, 1),
    case("diff", X),
    case("diff", X, n=2, dim=1),
    case("diff", X, dim=0, prepend=X[:1], append=X),
]

ORDERS = [
    *(case(n, CUBE, dim=d, descending=f) for n in ("sort", "argsort") for d in (0, -1) for f in (False, True)),
    *(case("sort", REPEATED, dim=1, descending=f, stable=True) for f in (False, True)),
    case("sort", GAPS[0], stable=True),
    case("msort", CUBE),
    *(case("topk", CUBE, 2, **how) for how in ({}, {"dim": 1}, {"dim": 0, "largest": False})),
    case("topk", VECTOR, 7),
    *(case("searchsorted", np.sort(D, 1), np.append(D[:, :2], D[:, :1] + 0.1, 1), right=r) for r in (False, True)),
    case("searchsorted", np.sort(VECTOR), D),
    *(case("bucketize", D, np.sort(VECTOR), right=r) for r in (False, True)),
    case("unique", REPEATED),
    case("unique", REPEATED, return_inverse=True, return_counts=True),
    case("unique_consecutive", REPEATED),
    case("unique_consecutive", REPEATED, return_inverse=True, return_counts=True),
    case("bincount", np.array([1, 0, 4, 1])),
    case("bincount", np.array([1, 0, 4, 1]), weights=np.array([0.5, 1.0, 2.0, 3.0]), minlength=7),
]

CASES = SUMS + EXTREMES + SPREADS + NORMS + QUANTILES + SCANS + ORDERS
