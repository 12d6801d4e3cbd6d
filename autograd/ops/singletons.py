"""Axes of size 1, added and removed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from autograd.ops.axes import normalize_axes, normalize_axis
from autograd.ops.registry import Maker, Sample, op
from autograd.ops.shape import Reshape
from autograd.tensor import Tensor

__all__ = ["atleast_1d", "atleast_2d", "atleast_3d", "squeeze", "unsqueeze"]


@op(lambda make: [Sample(make(2, 3), 0), Sample(make(2, 3), -1), Sample(make(), 0)])
def unsqueeze(input: Tensor, dim: int) -> Tensor:
    """Return a view with a new axis of size 1 at `dim`.

    Parameters
    ----------
    input : Tensor
    dim : int
        Position in the result.

    Raises
    ------
    IndexError
        If the result has no such axis.

    Examples
    --------
    >>> import autograd
    >>> autograd.unsqueeze(autograd.zeros(2, 3), 0).shape, autograd.unsqueeze(autograd.zeros(2, 3), -1).shape
    (autograd.Size([1, 2, 3]), autograd.Size([2, 3, 1]))
    """
    shape = input._data.shape
    axis = normalize_axis(dim, len(shape) + 1)
    result: Tensor = Reshape.apply(input, shape=shape[:axis] + (1,) + shape[axis:])
    return result


@op(
    lambda make: [
        Sample(make(1, 3, 1)),
        Sample(make(1, 3, 1), 0),
        Sample(make(1, 3, 1), 1),
        Sample(make(1, 3, 1), (0, 2)),
        Sample(make()),
    ]
)
def squeeze(input: Tensor, dim: int | Sequence[int] | None = None) -> Tensor:
    """Return a view without the axes of size 1, all of them or those in `dim`.

    Parameters
    ----------
    input : Tensor
    dim : int or sequence of int, optional
        Axes of other sizes stay.

    Examples
    --------
    >>> import autograd
    >>> autograd.squeeze(autograd.zeros(1, 2, 1)).shape, autograd.squeeze(autograd.zeros(1, 2, 1), 0).shape
    (autograd.Size([2]), autograd.Size([2, 1]))
    """
    shape = input._data.shape
    axes = normalize_axes(dim, len(shape)) if dim != () else ()
    kept = tuple([n for axis, n in enumerate(shape) if n != 1 or axis not in axes])
    result: Tensor = Reshape.apply(input, shape=kept)
    return result


def _numbers(make: Maker) -> Iterator[Sample]:
    yield Sample(make())
    yield Sample(make(3))
    yield Sample(make(2, 3))
    yield Sample(make(2, 0, 3, 1))


def _at_least(input: Any, function: Any, layouts: tuple[tuple[Any, ...], ...]) -> Any:
    """Apply `function` to each tensor of a sequence, or index one by the entry of `layouts` that fits its rank."""
    if not isinstance(input, Tensor):
        return tuple([function(x) for x in input])
    rank = input._data.ndim
    return input if rank >= len(layouts) else input[layouts[rank]]


@op(_numbers, method=False)
def atleast_1d(*tensors: Any) -> Any:
    """Return views with at least one axis.

    Examples
    --------
    >>> import autograd
    >>> autograd.atleast_1d(autograd.tensor(7))
    tensor([7])
    """
    given = tensors[0] if len(tensors) == 1 else tensors
    return _at_least(given, atleast_1d, ((None,),))


@op(_numbers, method=False)
def atleast_2d(*tensors: Any) -> Any:
    """Return views with at least two axes; new ones come first.

    Examples
    --------
    >>> import autograd
    >>> autograd.atleast_2d(autograd.tensor([7, 8]))
    tensor([[7, 8]])
    """
    given = tensors[0] if len(tensors) == 1 else tensors
    return _at_least(given, atleast_2d, ((None, None), (None,)))


@op(_numbers, method=False)
def atleast_3d(*tensors: Any) -> Any:
    """Return views with at least three axes: a vector lies along the second, a matrix along the first two.

    Examples
    --------
    >>> import autograd
    >>> autograd.atleast_3d(autograd.zeros(4)).shape, autograd.atleast_3d(autograd.zeros(4, 5)).shape
    (autograd.Size([1, 4, 1]), autograd.Size([4, 5, 1]))
    """
    given = tensors[0] if len(tensors) == 1 else tensors
    return _at_least(
        given, atleast_3d, ((None, None, None), (None, slice(None), None), (slice(None), slice(None), None))
    )
