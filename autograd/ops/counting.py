"""Counting and searching: distinct values, histograms, positions in sorted sequences. None has a gradient."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import Any

import numpy as np

from autograd.dtypes import scalar_type
from autograd.errors import describe, sizes
from autograd.ops.axes import normalize_axis
from autograd.ops.registry import Maker, Sample, op
from autograd.tensor import Tensor

__all__ = ["bincount", "bucketize", "histc", "searchsorted", "unique", "unique_consecutive"]

Array = np.ndarray[Any, np.dtype[Any]]


def _pick(values: Tensor, inverse: Tensor, counts: Tensor, return_inverse: bool, return_counts: bool) -> Any:
    """Return the results that were asked for, one alone not as a tuple."""
    wanted = (values, *((inverse,) if return_inverse else ()), *((counts,) if return_counts else ()))
    return wanted if len(wanted) > 1 else values


@op(
    lambda make: [
        Sample(make.integers(0, 4, 3, 4)),
        Sample(make.integers(0, 4, 6), return_inverse=True),
        Sample(make.integers(0, 4, 2, 3), sorted=False, return_inverse=True, return_counts=True),
    ],
    differentiable=False,
)
def unique(
    input: Tensor,
    sorted: bool = True,
    return_inverse: bool = False,
    return_counts: bool = False,
    dim: int | None = None,
) -> Any:
    """Return the distinct elements, or slices along `dim`, in ascending order.

    Parameters
    ----------
    input : Tensor
    sorted : bool
        Accepted; the result is always sorted.
    return_inverse : bool
        Also return, for every element, the position of its value in the result.
    return_counts : bool
        Also return how often each value occurs.
    dim : int, optional
        Compare the slices along this axis, instead of elements.

    Returns
    -------
    Tensor, or a tuple of one and the inverse, the counts, or both

    Examples
    --------
    >>> import autograd
    >>> autograd.unique(autograd.tensor([3, 1, 3]), return_counts=True)
    (tensor([1, 3]), tensor([1, 2]))
    """
    x = input._data
    axis = None if dim is None else normalize_axis(dim, x.ndim)
    values, inverse, counts = np.unique(x, return_inverse=True, return_counts=True, axis=axis, equal_nan=False)
    shape = x.shape if axis is None else (x.shape[axis],)
    return _pick(
        Tensor(values, None), Tensor(inverse.reshape(shape), None), Tensor(counts, None), return_inverse, return_counts
    )


@op(
    lambda make: [
        Sample(make.integers(0, 2, 9)),
        Sample(make.integers(0, 2, 3, 4), return_inverse=True, return_counts=True),
    ],
    differentiable=False,
)
def unique_consecutive(
    input: Tensor, return_inverse: bool = False, return_counts: bool = False, dim: int | None = None
) -> Any:
    """Return `input`, flattened or along `dim`, with each run of equal elements reduced to one.

    Parameters
    ----------
    input : Tensor
    return_inverse : bool
        Also return, for every element, the position of its run in the result.
    return_counts : bool
        Also return how long each run is.
    dim : int, optional
        Compare the slices along this axis, instead of elements.

    Returns
    -------
    Tensor, or a tuple of one and the inverse, the counts, or both

    Examples
    --------
    >>> import autograd
    >>> autograd.unique_consecutive(autograd.tensor([1, 1, 2, 1]))
    tensor([1, 2, 1])
    """
    x = input._data.reshape(-1) if dim is None else np.moveaxis(input._data, normalize_axis(dim, input._data.ndim), 0)
    rows = x.reshape(len(x), prod(x.shape[1:]))
    starts = np.ones(len(x), bool)
    starts[1:] = (rows[1:] != rows[:-1]).any(1)
    inverse = np.cumsum(starts) - 1
    counts = np.diff(np.append(np.flatnonzero(starts), len(x)))
    values = x[starts] if dim is None else np.moveaxis(x[starts], 0, normalize_axis(dim, input._data.ndim))
    inverse = inverse.reshape(input._data.shape) if dim is None else inverse
    return _pick(Tensor(values, None), Tensor(inverse, None), Tensor(counts, None), return_inverse, return_counts)


@op(
    lambda make: [
        Sample(make.integers(0, 5, 9)),
        Sample(make.integers(0, 5, 9), make(9), 8),
        Sample(make.integers(0, 5, 3), minlength=7),
        Sample(make.integers(0, 5, 0)),
    ],
    differentiable=False,
)
def bincount(input: Tensor, weights: Tensor | None = None, minlength: int = 0) -> Tensor:
    """Return how often each of 0, 1, 2, ... occurs, or the sum of the weights of its occurrences.

    Parameters
    ----------
    input : Tensor, shape (n,)
        Integers, none negative.
    weights : Tensor, shape (n,), optional
    minlength : int, default 0
        The length of the result is at least this.

    Raises
    ------
    RuntimeError
        If `input` is not a 1-d tensor of non-negative integers, or `weights` has another length.

    Examples
    --------
    >>> import autograd
    >>> autograd.bincount(autograd.tensor([1, 3, 1]), minlength=6)
    tensor([0, 2, 0, 1, 0, 0])
    """
    x = input._data
    if x.dtype.kind not in "iu":
        raise NotImplementedError(
            describe(f"\"bincount_cpu\" not implemented for '{scalar_type(x.dtype)}'", op="bincount")
        )
    if x.ndim != 1 or (x.size and x.min() < 0):
        raise RuntimeError(
            describe(
                "bincount only supports 1-d non-negative integral inputs.", op="bincount", shapes={"input": x.shape}
            )
        )
    if minlength < 0:
        raise RuntimeError(describe("minlength should be >= 0", op="bincount"))
    if weights is None:
        return Tensor(np.bincount(x, minlength=minlength), None)
    if weights._data.shape != x.shape:
        raise RuntimeError(
            describe(
                "weights should be 1-d and have the same length as input",
                op="bincount",
                shapes={"input": x.shape, "weights": weights._data.shape},
            )
        )
    kind = weights._data.dtype if weights._data.dtype == np.float32 else np.dtype(np.float64)
    return Tensor(np.bincount(x, weights._data, minlength).astype(kind), None)


@op(
    lambda make: [
        Sample(make(20), 5),
        Sample(make(20), 4, -0.5, 0.75),
        Sample(make(2, 3), bins=3, min=0, max=0),
        Sample(make(0), 3),
    ],
    differentiable=False,
)
def histc(input: Tensor, bins: int = 100, min: float = 0, max: float = 0) -> Tensor:
    """Return how many elements fall into each of `bins` equal intervals of ``[min, max]``.

    Where ``min == max`` the smallest and the largest element are the limits.

    Parameters
    ----------
    input : Tensor
        Of a floating-point dtype; what lies outside of the limits is not counted.
    bins : int, default 100
    min, max : float
        The last interval contains its upper limit, too.

    Returns
    -------
    Tensor, shape (bins,), of the dtype of `input`

    Raises
    ------
    RuntimeError
        If there are no intervals, or ``max < min``.

    Examples
    --------
    >>> import autograd
    >>> autograd.histc(autograd.tensor([0.0, 0.5, 1.0, 2.0]), bins=2, min=0, max=2)
    tensor([2., 2.])
    """
    x = input._data
    if x.dtype.kind != "f":
        raise NotImplementedError(
            describe(f"\"histogram_cpu\" not implemented for '{scalar_type(x.dtype)}'", op="histc")
        )
    if bins <= 0:
        raise RuntimeError(describe(f"torch.histogram(): bins must be > 0, but got {bins} for dimension 0", op="histc"))
    if min > max:
        raise RuntimeError(describe("torch.histc: max must be larger than min", op="histc"))
    low, high = (min, max) if min != max or x.size == 0 else (float(x.min()), float(x.max()))
    if not np.isfinite([low, high]).all():
        raise RuntimeError(describe(f"torch.histc: range of [{low}, {high}] is not finite", op="histc"))
    if low == high:
        low, high = low - 1, high + 1
    inside = x[(x >= low) & (x <= high)]
    places = np.minimum(((inside - low) / (high - low) * bins).astype(np.int64), bins - 1)
    return Tensor(np.bincount(places, minlength=bins).astype(x.dtype), None)


def _searches(make: Maker) -> Iterator[Sample]:
    rows = Tensor(np.sort(make.distinct(2, 5)._data, -1), None)
    line = Tensor(np.sort(make.distinct(6)._data), None)
    yield Sample(rows, make(2, 3))
    yield Sample(line, make(2, 3), right=True)
    yield Sample(line, Tensor(line._data[:3].copy(), None), right=True)
    yield Sample(line, 0.1)
    yield Sample(line, make(0, 2))


@op(_searches, differentiable=False, method=False)
def searchsorted(
    sorted_sequence: Tensor,
    input: Any,
    *,
    out_int32: bool = False,
    right: bool = False,
    side: str | None = None,
    sorter: Tensor | None = None,
) -> Tensor:
    """Return where elements would have to be inserted into the last axis of sorted sequences to keep their order.

    Parameters
    ----------
    sorted_sequence : Tensor, shape (..., n) or (n,)
    input : Tensor, shape (..., m), or number
        The same leading axes as a `sorted_sequence` that has any.
    out_int32 : bool
        Return int32 positions.
    right : bool, or side : {'left', 'right'}
        Insert behind equal elements.
    sorter : Tensor, optional
        Positions that sort an unsorted `sorted_sequence`.

    Raises
    ------
    RuntimeError
        If the leading axes differ, or `side` contradicts `right`.

    Examples
    --------
    >>> import autograd
    >>> edges = autograd.tensor([1, 3, 5])
    >>> autograd.searchsorted(edges, autograd.tensor([0, 3, 9]))
    tensor([0, 1, 3])
    >>> autograd.searchsorted(edges, autograd.tensor([0, 3, 9]), right=True)
    tensor([0, 2, 3])
    """
    if side not in (None, "left", "right"):
        raise RuntimeError(
            describe(f"torch.searchsorted(): side can only be 'left' or 'right' but got {side}", op="searchsorted")
        )
    if side == "left" and right:
        raise RuntimeError(
            describe(
                "torch.searchsorted(): side and right can't be set to opposites, got side of left while right was True"
            )
        )
    lines = sorted_sequence._data
    if sorter is not None:
        lines = np.take_along_axis(lines, sorter._data, -1)
    sought = input._data if isinstance(input, Tensor) else np.asarray(input)
    if lines.ndim != 1 and lines.shape[:-1] != sought.shape[:-1]:
        raise RuntimeError(
            describe(
                "torch.searchsorted(): boundaries tensor should be 1 dimension or the first N-1 dimensions of "
                "boundaries "
                f"tensor and input value tensor must match, but we got boundaries tensor {sizes(lines.shape)} and "
                "input "
                f"value tensor {sizes(sought.shape)}",
                op="searchsorted",
            )
        )
    behind = right or side == "right"
    if lines.ndim == 1:
        found = np.searchsorted(lines, sought, "right" if behind else "left")
    else:
        before = (np.less_equal if behind else np.less)(lines[..., None, :], sought[..., :, None])
        found = before.sum(-1)
    return Tensor(np.asarray(found, np.int32 if out_int32 else np.int64), None)


@op(
    lambda make: [
        Sample(s.args[1], s.args[0], right=s.kwargs.get("right", False))
        for s in _searches(make)
        if s.args[0]._data.ndim == 1
    ],
    differentiable=False,
    method=False,
)
def bucketize(input: Any, boundaries: Tensor, *, out_int32: bool = False, right: bool = False) -> Tensor:
    """Return the number of the interval between `boundaries`, a sorted 1-d tensor, that each element falls into.

    Parameters
    ----------
    input : Tensor or number
    boundaries : Tensor, shape (n,)
        Ascending.
    out_int32 : bool
        Return int32 numbers.
    right : bool
        Whether an element that equals a boundary belongs to the interval above it.

    Raises
    ------
    RuntimeError
        If `boundaries` has not one axis.

    Examples
    --------
    >>> import autograd
    >>> autograd.bucketize(autograd.tensor([0, 3, 9]), autograd.tensor([1, 3, 5]))
    tensor([0, 1, 3])
    """
    if boundaries._data.ndim != 1:
        raise RuntimeError(
            describe(f"boundaries tensor must be 1 dimension, but got dim({boundaries._data.ndim})", op="bucketize")
        )
    return searchsorted(boundaries, input, out_int32=out_int32, right=right)
