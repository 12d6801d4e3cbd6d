"""Reductions, extremes, order statistics, running operations and counting beside PyTorch."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import autograd
from tests.parity.calls import Call, agree

torch = pytest.importorskip("torch")

pytestmark = [
    pytest.mark.filterwarnings("ignore:invalid value encountered:RuntimeWarning"),
    pytest.mark.filterwarnings(r"ignore:(var|std|var_mean|std_mean)\(\).*degrees of freedom"),
    pytest.mark.filterwarnings("ignore:.*boundary tensor is non-contiguous"),
    pytest.mark.filterwarnings("ignore:torch.searchsorted"),
]

rng = np.random.default_rng(1)


def distinct(*shape: int) -> np.ndarray:
    count = math.prod(shape)
    return (rng.permutation(count) - count / 2 + 0.25).reshape(shape) / max(count, 1) * 2


INPUTS = {
    "3-d": distinct(2, 3, 4),
    "2-d": distinct(3, 5),
    "1-d": distinct(6),
    "0-d": np.array(0.3),
    "int64": rng.permutation(12).reshape(3, 4),
    "bool": rng.random((3, 4)) < 0.5,
    "uint8": rng.integers(0, 5, (3, 4)).astype(np.uint8),
    "single": distinct(3, 4).astype(np.float32),
    "no rows": np.zeros((0, 3)),
    "no columns": np.zeros((3, 0)),
    "nan": np.array([[1.0, np.nan, 2.0], [3.0, 4.0, 0.0]]),
    "tied": np.array([[1.0, 2.0, 2.0], [3.0, 0.0, 3.0]]),
    "infinite": np.array([[np.inf, 1.0], [-np.inf, -np.inf]]),
}
EMPTY = ("no rows", "no columns")

ONE_AXIS: list[dict[str, Any]] = [{}, {"dim": 0}, {"dim": -1}, {"dim": 1, "keepdim": True}, {"dim": 5}]
AXES: list[dict[str, Any]] = [*ONE_AXIS, {"dim": (0, 1)}, {"dim": (0, -1), "keepdim": True}, {"dim": [0]}]
SPREADS = [
    {"unbiased": False},
    {"correction": 0},
    {"correction": 2, "dim": 0},
    {"correction": 0.5, "dim": (0,)},
    {"dim": 0, "unbiased": True, "keepdim": True},
]


def reductions(kind: str, x: np.ndarray) -> Iterator[Call]:
    axes = AXES if x.ndim else ONE_AXIS
    for name in ("sum", "mean", "nansum", "nanmean", "amax", "amin", "all", "any"):
        yield from (Call(name, x, **how) for how in axes)
    yield from (Call("logsumexp", x, **how) for how in axes if how)
    for name in ("prod", "max", "min", "argmax", "argmin", "median", "nanmedian"):
        if kind != "bool" or "median" not in name:
            yield from (Call(name, x, **how) for how in ONE_AXIS)
    yield from (Call("mode", x, **how) for how in ONE_AXIS[:4] if kind != "nan")
    yield from (Call("count_nonzero", x, **how) for how in ({}, {"dim": 0}, {"dim": (0, 1)}))
    yield from (Call("aminmax", x, **how) for how in ({}, {"dim": 0}, {"dim": -1, "keepdim": True}))
    for kept in ("float32", "float64"):
        yield from (
            Call(n, x, dtype=np.dtype(kept), dim=0) for n in ("sum", "mean", "prod", "cumsum", "cumprod", "nansum")
        )
    if kind not in ("0-d", "infinite"):
        for name in ("var", "std", "var_mean", "std_mean"):
            yield from (Call(name, x, **how) for how in AXES + SPREADS)


def orders(kind: str, x: np.ndarray) -> Iterator[Call]:
    for dim in (0, -1, 1, 5):
        if not (kind in EMPTY and dim == 5):
            yield from (Call(n, x, dim) for n in ("cumsum", "cumprod", "logcumsumexp", "sort", "argsort"))
            yield Call("sort", x, dim, True)
        if kind not in ("0-d", *EMPTY):
            yield from (Call(n, x, dim) for n in ("cummax", "cummin"))
            yield from (Call("diff", x, n, dim) for n in (1, 2, -1))
        # Which of equal elements comes first is PyTorch's secret.
        if kind not in ("0-d", "bool", "uint8", "tied", "infinite"):
            for k in (1, 2, 9):
                yield from (
                    Call("kthvalue", x, k, dim),
                    Call("topk", x, k, dim),
                    Call("topk", x, k, dim, largest=False),
                )
    yield from (Call("msort", x), Call("histc", x, 3, -1, 1)) if x.dtype.kind == "f" and x.ndim else ()


def ranks(kind: str, x: np.ndarray) -> Iterator[Call]:
    for q in (0.3, np.array([0.2, 0.7]), 1.5, 0.0, 1.0):
        for how in ({}, {"dim": 0}, {"dim": -1, "keepdim": True}) if kind != "nan" or isinstance(q, float) else ():
            yield from (Call(n, x, q, **how) for n in ("quantile", "nanquantile"))
    for interpolation in ("nearest", "midpoint", "lower", "higher", "other"):
        yield Call("quantile", x, 0.4, interpolation=interpolation)


def calls() -> Iterator[Call]:
    for kind, x in INPUTS.items():
        yield from reductions(kind, x)
        yield from orders(kind, x)
        if kind not in ("single", "uint8", "infinite"):
            yield from ranks(kind, x)


@pytest.mark.parametrize("call", calls(), ids=repr)
def test_reductions_and_orders(call: Call) -> None:
    if call.name == "logcumsumexp" and not np.isfinite(call.args[0]).all():
        pytest.skip("PyTorch's gradient beside infinities is not a number")
    agree(call, orders=1)


x, zeros = distinct(3, 4), np.where(rng.random((3, 4)) < 0.4, 0.0, distinct(3, 4))
counts = rng.integers(0, 4, 9)
edges = np.sort(distinct(6))

SECOND_ORDER = [
    *(Call(n, x, 0) for n in ("sum", "mean", "prod", "amax", "logsumexp", "var", "std", "cumsum", "cumprod", "sort")),
    *(Call(n, zeros, 1) for n in ("prod", "cumprod")),
    Call("prod", zeros),
    *(Call("norm", x, p, 1) for p in (2, 3, 1.5)),
    Call("quantile", x, 0.3, 1),
]


@pytest.mark.parametrize("call", SECOND_ORDER, ids=repr)
def test_second_order(call: Call) -> None:
    agree(call, orders=3 if call.name == "var" else 2)


def _whole(*shape: int) -> np.ndarray:
    return rng.integers(0, 3, shape)


OTHERS = [
    *(Call("linalg.vector_norm", x, p, **how) for p in (0, 1, 2, 3.0, 0.5, math.inf, -math.inf) for how in AXES[:7]),
    *(Call("norm", x, p, **how) for p in ("fro", 0, 1, 2, 3.0, math.inf) for how in AXES[:7]),
    *(Call("norm", np.zeros(3), p) for p in (1, 2, 3.0)),
    Call("norm", x, "nuc"),
    Call("norm", counts),
    Call("linalg.vector_norm", counts),
    Call("linalg.vector_norm", np.zeros(0)),
    Call("linalg.vector_norm", np.zeros(0), math.inf),
    Call("diff", x, dim=0, prepend=x[:1].copy(), append=x),
    Call("diff", x > 0),
    *(Call("trapezoid", x, **how) for how in ({}, {"dx": 2.0}, {"dim": 0})),
    Call("trapezoid", x, edges[:4].copy()),
    Call("trapezoid", x, x.copy(), dim=0),
    Call("cumulative_trapezoid", x, dx=0.5),
    Call("max", x, x[:1].copy()),
    *(Call("unique", _whole(*s), **how) for s in ((5,), (3, 4)) for how in ({}, {"return_inverse": True}, {"dim": 0})),
    Call("unique", _whole(3, 4), return_inverse=True, return_counts=True),
    Call("unique", _whole(6, 2), return_inverse=True, return_counts=True, dim=0),
    Call("unique_consecutive", _whole(9), return_inverse=True, return_counts=True),
    Call("unique_consecutive", _whole(9, 1), return_inverse=True, return_counts=True, dim=0),
    Call("bincount", counts),
    Call("bincount", counts, minlength=7),
    Call("bincount", counts - 1),
    Call("bincount", counts[None]),
    Call("bincount", counts, counts[:2]),
    Call("histc", edges, 0),
    Call("histc", edges, 3, 2, 1),
    Call("histc", counts, 3),
    *(Call("searchsorted", edges, counts / 4 - 0.5, right=r) for r in (False, True)),
    Call("searchsorted", np.sort(x, 1), x),
    Call("searchsorted", edges, edges, side="right", out_int32=True),
    Call("searchsorted", np.sort(x, 1), edges),
    Call("searchsorted", edges, edges, side="middle"),
    Call("searchsorted", edges, edges, side="left", right=True),
    *(Call("bucketize", counts / 4 - 0.5, edges, right=r) for r in (False, True)),
    Call("bucketize", edges, np.sort(x, 1)),
]


@pytest.mark.parametrize("call", OTHERS, ids=repr)
def test_norms_curves_and_counts(call: Call) -> None:
    agree(call, orders=0 if call.name in ("histc", "searchsorted", "bucketize") else 1)


def test_weighted_counts() -> None:
    weights = rng.random(9)
    found = autograd.bincount(autograd.tensor(counts), autograd.tensor(weights), 6)
    np.testing.assert_allclose(found.numpy(), torch.bincount(torch.tensor(counts), torch.tensor(weights), 6).numpy())


@pytest.mark.parametrize("name", ["max", "sort", "mode", "median", "cummax", "topk", "kthvalue", "aminmax"])
def test_results_have_pytorchs_names(name: str) -> None:
    extra = {"topk": {"k": 2}, "kthvalue": {"k": 2}, "aminmax": {}}.get(name, {"dim": 0})
    found = getattr(autograd, name)(autograd.tensor(x), **extra)
    expected = getattr(torch, name)(torch.tensor(x), **extra)
    for field in ("values", "indices") if name != "aminmax" else ("min", "max"):
        np.testing.assert_array_equal(getattr(found, field).numpy(), getattr(expected, field).numpy())
    assert repr(found).startswith(f"autograd.return_types.{name}(")
