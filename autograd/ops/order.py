"""What depends on the order of elements along an axis: extremes, sorting, order statistics.

All of them find positions, and read the elements there; the gradient goes back to the same positions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

import numpy as np

from autograd import return_types
from autograd.errors import describe
from autograd.ops.along import Gather
from autograd.ops.axes import normalize_axis
from autograd.ops.registry import Maker, Sample, op
from autograd.ops.samples import scanned
from autograd.ops.shape import reshape
from autograd.tensor import Tensor

__all__ = [
    "argsort",
    "axis_with_elements",
    "found_along",
    "kthvalue",
    "mode",
    "msort",
    "order_of",
    "require_elements",
    "sort",
    "topk",
]

Array = np.ndarray[Any, np.dtype[Any]]
Find = Callable[[Array, int], Array]


def found_along(input: Tensor, find: Find, dim: int, keepdim: bool = True) -> tuple[Tensor, Tensor]:
    """Return the elements that `find` locates along an axis, and their positions.

    Parameters
    ----------
    find : callable
        Takes an array and an axis, returns positions along that axis, which is kept.
    """
    axis = normalize_axis(dim, input._data.ndim)
    line = input if input._data.ndim else reshape(input, (1,))
    positions = Tensor(find(line._data, axis), None)
    values: Tensor = Gather.apply(line, positions, axis=axis)
    if keepdim and input._data.ndim:
        return values, positions
    shape = input._data.shape[:axis] + input._data.shape[axis + 1 :]
    return reshape(values, shape), Tensor(positions._data.reshape(shape), None)


def require_elements(input: Tensor, dim: int | None, name: str) -> None:
    """Refuse to look for an element where there is none.

    Raises
    ------
    IndexError, RuntimeError
    """
    shape = input._data.shape
    if dim is None:
        if input._data.size == 0:
            raise RuntimeError(
                describe(
                    f"{name}(): Expected reduction dim to be specified for input.numel() == 0. Specify the "
                    "reduction dim with "
                    "the 'dim' argument.",
                    op=name,
                    shapes={"input": shape},
                )
            )
    elif shape and shape[normalize_axis(dim, len(shape))] == 0:
        raise IndexError(
            describe(f"{name}(): Expected reduction dim {dim} to have non-zero size.", op=name, shapes={"input": shape})
        )


def axis_with_elements(input: Tensor, dim: int, name: str) -> int:
    """Return a non-negative axis number, refusing an axis without elements.

    Raises
    ------
    IndexError
    """
    axis = normalize_axis(dim, input._data.ndim)
    require_elements(input, axis, name)
    return axis


def order_of(x: Array, axis: int, descending: bool = False) -> Array:
    """Return the positions that sort an array along an axis, equal elements in their order and NaN as the largest."""
    if not descending:
        return np.argsort(x, axis, kind="stable")
    turned = np.argsort(np.flip(x, axis), axis, kind="stable")
    return x.shape[axis] - 1 - np.flip(turned, axis)  # type: ignore[no-any-return]


def _sorted(make: Maker) -> Iterator[Sample]:
    yield from scanned(make.distinct)
    yield Sample(make.distinct(2, 5))
    yield Sample(make.distinct(2, 5), dim=0, descending=True)
    yield Sample(make.distinct(4), stable=True)


@op(_sorted)
def sort(input: Tensor, dim: int = -1, descending: bool = False, *, stable: bool = False) -> Any:
    """Return the elements in order along an axis, and the positions they came from.

    Parameters
    ----------
    dim : int
    descending : bool
    stable : bool
        Whether equal elements must keep their order; here they always do.

    Returns
    -------
    values, indices : Tensor
        NaN counts as larger than any number.

    Examples
    --------
    >>> import autograd
    >>> autograd.sort(autograd.tensor([3.0, 1.0, 2.0])).indices
    tensor([1, 2, 0])
    """
    return return_types.sort(*found_along(input, partial(order_of, descending=descending), dim))


@op(_sorted, differentiable=False)
def argsort(input: Tensor, dim: int = -1, descending: bool = False, *, stable: bool = False) -> Tensor:
    """Return the positions that sort `input` along an axis.

    Parameters
    ----------
    input, dim, descending, stable
        As in `sort`.

    Examples
    --------
    >>> import autograd
    >>> autograd.argsort(autograd.tensor([3.0, 1.0, 2.0]), descending=True)
    tensor([0, 2, 1])
    """
    positions: Tensor = sort(input, dim, descending, stable=stable).indices
    return positions


@op(lambda make: [Sample(make.distinct(3, 4)), Sample(make.distinct(5)), Sample(make.distinct(0, 2))])
def msort(input: Tensor) -> Tensor:
    """Return the elements in ascending order along the first axis.

    Examples
    --------
    >>> import autograd
    >>> autograd.msort(autograd.tensor([[3, 1], [2, 4]]))
    tensor([[2, 1],
            [3, 4]])
    """
    values: Tensor = sort(input, 0).values
    return values


def _first(count: int, descending: bool, x: Array, axis: int) -> Array:
    """Return the positions of the first `count` elements in order."""
    return np.take(order_of(x, axis, descending), np.arange(count), axis)


@op(
    lambda make: [
        Sample(make.distinct(3, 5), 2),
        Sample(make.distinct(3, 5), 2, dim=0, largest=False),
        Sample(make.distinct(2, 4), 4, -1, sorted=False),
        Sample(make.distinct(), 1),
        Sample(make.distinct(0, 3), 2),
    ]
)
def topk(input: Tensor, k: int, dim: int = -1, largest: bool = True, sorted: bool = True) -> Any:
    """Return the `k` largest, or smallest, elements along an axis in order, and their positions.

    Parameters
    ----------
    input : Tensor
    k : int
    dim : int
    largest : bool
    sorted : bool
        Accepted for compatibility: they are always in order.

    Returns
    -------
    values, indices : Tensor

    Raises
    ------
    RuntimeError
        If there are fewer than `k` elements.

    Examples
    --------
    >>> import autograd
    >>> values, indices = autograd.topk(autograd.tensor([3.0, 9.0, 5.0]), 2)
    >>> values
    tensor([9., 5.])
    >>> indices
    tensor([1, 2])
    """
    axis = normalize_axis(dim, input._data.ndim)
    available = input._data.shape[axis] if input._data.ndim else 1
    if not 0 <= k <= available:
        raise RuntimeError(
            describe(
                "selected index k out of range",
                op="topk",
                shapes={"input": input._data.shape},
                rule=f"k = {k} elements of axis {axis}, which has {available}",
            )
        )
    return return_types.topk(*found_along(input, partial(_first, k, largest), axis))


def _kth(rank: int, x: Array, axis: int) -> Array:
    """Return the positions of the elements of a rank, counted from 0."""
    return np.take(order_of(x, axis), [rank], axis)


def _reduced_along(make: Maker) -> Iterable[Sample]:
    """Samples of an order statistic along one axis."""
    yield Sample(make.distinct(3, 5), dim=0)
    yield Sample(make.distinct(2, 5, 3), dim=-2, keepdim=True)
    yield Sample(make.distinct(4), dim=0)
    yield Sample(make.distinct(), dim=0)
    yield Sample(make.distinct(0, 3), dim=1)


@op(lambda make: [Sample(s.args[0], 1 + (s.args[0]._data.size > 4), **s.kwargs) for s in _reduced_along(make)])
def kthvalue(input: Tensor, k: int, dim: int = -1, keepdim: bool = False) -> Any:
    """Return the `k`-th smallest element along an axis, counted from 1, and its position.

    Parameters
    ----------
    input : Tensor
    k : int
    dim : int
    keepdim : bool
        Keep the axis at size 1.

    Returns
    -------
    values, indices : Tensor

    Raises
    ------
    RuntimeError
        If there are fewer than `k` elements.

    Examples
    --------
    >>> import autograd
    >>> autograd.kthvalue(autograd.tensor([3.0, 1.0, 2.0]), 2).values
    tensor(2.)
    """
    axis = axis_with_elements(input, dim, "kthvalue")
    if not 1 <= k <= (input._data.shape[axis] if input._data.ndim else 1):
        raise RuntimeError(
            describe(
                f"kthvalue(): selected number k out of range for dimension {axis}",
                op="kthvalue",
                shapes={"input": input._data.shape},
                rule=f"k = {k} is counted from 1",
            )
        )
    return return_types.kthvalue(*found_along(input, partial(_kth, k - 1), axis, keepdim))


def _most_frequent(x: Array, axis: int) -> Array:
    """Return the last position of the most frequent element, the smallest of several."""
    order = order_of(x, axis)
    values = np.take_along_axis(x, order, axis)
    rank = np.arange(x.shape[axis]).reshape([-1 if d == axis else 1 for d in range(x.ndim)])
    # How far into its run of equal elements each one is: the first to be deepest ends the longest run.
    starts = values != np.roll(values, 1, axis)
    depth = rank - np.maximum.accumulate(np.where(starts, rank, 0), axis)
    return np.take_along_axis(order, np.expand_dims(depth.argmax(axis), axis), axis)


@op(lambda make: _reduced_along(make))
def mode(input: Tensor, dim: int = -1, keepdim: bool = False) -> Any:
    """Return the most frequent element along an axis, the smallest of several, and its last position.

    Parameters
    ----------
    input : Tensor
    dim : int
    keepdim : bool
        Keep the axis at size 1.

    Returns
    -------
    values, indices : Tensor

    Raises
    ------
    IndexError
        If the axis has no elements.

    Examples
    --------
    >>> import autograd
    >>> autograd.mode(autograd.tensor([5, 2, 5, 2, 7])).values
    tensor(2)
    """
    axis = axis_with_elements(input, dim, "mode")
    return return_types.mode(*found_along(input, _most_frequent, axis, keepdim))
