"""Cases of special functions, curves, counts, complex parts and matrix invariants."""

import numpy as np

from tests.reference_cases import Draw, case

draw = Draw(27)

X, M, S = draw(3, 4), draw(2, 3), draw(3, 3) + 3 * np.eye(3)
POSITIVE = draw.uniform(0.3, 4, 3, 2)
Z = draw(2, 3) + 1j * draw(2, 3)
GAPS = np.where(draw.mask(3, 5), np.nan, draw.distinct(3, 5))
GAPS[:, 0] = 0.5
STRANGE = np.array([np.nan, np.inf, -np.inf, 0.0, 1.5])

CASES = [
    *(case("polygamma", n, POSITIVE + 6 * (n == 1)) for n in (0, 1, 2, 3)),
    case("entr", np.array([0.0, 0.5, 2.0, -1.0])),
    case("ndtr", X),
    *(case(name, X) for name in ("sgn", "angle", "real")),
    *(case(name, Z) for name in ("sgn", "angle", "real", "imag", "conj")),
    *(case(name, STRANGE) for name in ("isposinf", "isneginf")),
    *(case(name, np.array([-9, 3, 12]), np.array([1, 0, 2])) for name in ("bitwise_left_shift", "bitwise_right_shift")),
    *(case(name, X, **how) for name in ("trapezoid", "cumulative_trapezoid") for how in ({}, {"dx": 0.5, "dim": 0})),
    *(case(name, X, draw(4)) for name in ("trapezoid", "cumulative_trapezoid")),
    case("trapezoid", X, draw(3, 4), dim=0),
    case("histc", X, 5),
    case("histc", X, 4, -1.0, 0.5),
    case("nanquantile", GAPS, 0.3),
    case("nanquantile", GAPS, np.array([0.25, 0.6]), dim=1, keepdim=True),
    *(case("nanquantile", GAPS, 0.4, 0, interpolation=how) for how in ("lower", "higher", "midpoint", "nearest")),
    *(case("svdvals", A) for A in (M, S, draw(2, 4, 3))),
    *(case("eigvalsh", A + np.swapaxes(A, -1, -2)) for A in (S, draw(2, 3, 3))),
    *(case("cov", x, correction=c) for x in (X, draw(5)) for c in (0, 1)),
    case("cov", X, fweights=np.array([1, 3, 2, 1]), aweights=np.array([0.5, 1.0, 2.0, 1.5])),
    case("corrcoef", X),
    *(case(name, A) for name in ("pinverse", "pinv") for A in (M, S, draw(2, 4, 3))),
    *(case("cond", S, p) for p in (None, 2, -2, 1, "fro")),
    *(case("matrix_rank", A) for A in (M, S, np.ones((3, 3)))),
    case("chain_matmul", M, draw(3, 4), draw(4, 2)),
    *(case("pdist", draw(4, 3), p) for p in (1.0, 2.0, 3.0)),
]
