"""Copies of tensors with one part replaced: a slice, a position of an axis, a diagonal."""

from __future__ import annotations

from collections.abc import Callable

from autograd.errors import describe, sizes
from autograd.ops.assign import copy_
from autograd.ops.axes import normalize_axis
from autograd.ops.convert import clone
from autograd.ops.index import getitem
from autograd.ops.registry import Sample, op
from autograd.ops.slicing import diagonal, select
from autograd.tensor import Tensor

__all__ = ["diagonal_scatter", "select_scatter", "slice_scatter"]


def _replaced(input: Tensor, src: Tensor, part: Callable[[Tensor], Tensor], name: str) -> Tensor:
    """Return a copy of `input` in which the view that `part` returns holds `src`."""
    result = clone(input)
    view = part(result)
    if view._data.shape != src._data.shape:
        raise RuntimeError(
            describe(
                "expected src to have a size equal to the slice of self. "
                f"src size = {sizes(src._data.shape)}, slice size = {sizes(view._data.shape)}",
                op=name,
                shapes={"input": input._data.shape, "src": src._data.shape},
            )
        )
    copy_(view, src)
    return result


@op(lambda make: [Sample(make(2, 3), make(3), 0, 1), Sample(make(2, 3, 2), make(2, 2), -2, -1)])
def select_scatter(input: Tensor, src: Tensor, dim: int, index: int) -> Tensor:
    """Return a copy with `src` at one position of an axis, where `select` would read.

    Parameters
    ----------
    input : Tensor
    src : Tensor
        Of the shape and dtype of `input` without the axis `dim`.
    dim, index : int

    Raises
    ------
    RuntimeError
        If `src` has not the size of that part.

    Examples
    --------
    >>> import autograd
    >>> select_scatter(autograd.zeros(2, 2), autograd.ones(2), 0, 1)
    tensor([[0., 0.],
            [1., 1.]])
    """
    return _replaced(input, src, lambda x: select(x, dim, index), "select_scatter")


@op(lambda make: [Sample(make(4, 2), make(2, 2), 0, 1, 3), Sample(make(2, 5), make(2, 2), dim=-1, start=1, step=3)])
def slice_scatter(
    input: Tensor, src: Tensor, dim: int = 0, start: int | None = None, end: int | None = None, step: int = 1
) -> Tensor:
    """Return a copy with `src` in the slice ``start:end:step`` of an axis; see `select_scatter`.

    Parameters
    ----------
    input : Tensor
    src : Tensor
        Of the shape and dtype of ``input[start:end:step]``, along `dim`.
    dim : int
    start, end : int, optional
    step : int

    Examples
    --------
    >>> import autograd
    >>> autograd.slice_scatter(autograd.zeros(4), autograd.ones(2), 0, 1, 3)
    tensor([0., 1., 1., 0.])
    """
    index = (slice(None),) * normalize_axis(dim, input._data.ndim) + (slice(start, end, step),)
    return _replaced(input, src, lambda x: getitem(x, index), "slice_scatter")


@op(lambda make: [Sample(make(3, 3), make(3)), Sample(make(2, 3, 4), make(3, 2), 1, 0, 2)])
def diagonal_scatter(input: Tensor, src: Tensor, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Tensor:
    """Return a copy with `src` in the diagonals of two axes, where `diagonal` would read; see `select_scatter`.

    Parameters
    ----------
    input : Tensor
    src : Tensor
        Of the shape and dtype of the diagonals.
    offset, dim1, dim2 : int
        As in `diagonal`.

    Examples
    --------
    >>> import autograd
    >>> autograd.diagonal_scatter(autograd.zeros(2, 2), autograd.tensor([1.0, 2.0]))
    tensor([[1., 0.],
            [0., 2.]])
    """
    return _replaced(input, src, lambda x: diagonal(x, offset, dim1, dim2), "diagonal_scatter")
