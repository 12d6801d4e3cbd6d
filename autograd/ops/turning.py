"""Elements in another order along axes: copies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.errors import describe
from autograd.operation import Op
from autograd.ops.axes import as_sizes, normalize_axes, normalize_axis
from autograd.ops.permute import transpose
from autograd.ops.registry import Sample, op
from autograd.tensor import Tensor

__all__ = ["flip", "fliplr", "flipud", "roll", "rot90"]

Array = np.ndarray[Any, np.dtype[Any]]


class Flip(Op):
    """Elements in reverse order along some axes; its own adjoint."""

    __slots__ = ("axes",)

    def forward(self, x: Array, *, axes: tuple[int, ...]) -> Array:
        self.axes = axes
        return np.flip(x, axes).copy(order="K")

    def backward(self, grad: Tensor) -> Tensor:
        result: Tensor = Flip.apply(grad, axes=self.axes)
        return result


@op(lambda make: [Sample(make(2, 3, 4), (0, -1)), Sample(make(3), 0), Sample(make(0, 3), (1,))])
def flip(input: Tensor, *dims: Any) -> Tensor:
    """Return a copy with the elements along the axes `dims` in reverse order.

    Parameters
    ----------
    input : Tensor
    *dims : int, or a sequence of int

    Raises
    ------
    RuntimeError
        If an axis appears twice.

    Examples
    --------
    >>> import autograd
    >>> autograd.flip(autograd.tensor([[1, 2], [3, 4]]), (0, 1))
    tensor([[4, 3],
            [2, 1]])
    """
    wanted = as_sizes(dims)
    axes = normalize_axes(wanted, input._data.ndim) if wanted else ()
    result: Tensor = Flip.apply(input, axes=axes)
    return result


@op(lambda make: [Sample(make(2, 3)), Sample(make(2, 3, 2))])
def fliplr(input: Tensor) -> Tensor:
    """Return a copy with axis 1 in reverse order.

    Raises
    ------
    RuntimeError
        If there are fewer than two axes.

    Examples
    --------
    >>> import autograd
    >>> autograd.fliplr(autograd.tensor([[1, 2], [3, 4]]))
    tensor([[2, 1],
            [4, 3]])
    """
    if input._data.ndim < 2:
        raise RuntimeError(describe("Input must be >= 2-d.", op="fliplr"))
    return flip(input, 1)


@op(lambda make: [Sample(make(2, 3)), Sample(make(3))])
def flipud(input: Tensor) -> Tensor:
    """Return a copy with axis 0 in reverse order.

    Raises
    ------
    RuntimeError
        If there is no axis.

    Examples
    --------
    >>> import autograd
    >>> autograd.flipud(autograd.tensor([[1, 2], [3, 4]]))
    tensor([[3, 4],
            [1, 2]])
    """
    if input._data.ndim < 1:
        raise RuntimeError(describe("Input must be >= 1-d.", op="flipud"))
    return flip(input, 0)


class Roll(Op):
    """Elements moved round along axes; the adjoint moves them back."""

    __slots__ = ("axes", "shifts")

    def forward(self, x: Array, *, shifts: Any, axes: Any) -> Array:
        self.shifts, self.axes = shifts, axes
        return np.roll(x, shifts, axes)

    def backward(self, grad: Tensor) -> Tensor:
        back = -self.shifts if self.axes is None else tuple([-s for s in self.shifts])
        result: Tensor = Roll.apply(grad, shifts=back, axes=self.axes)
        return result


@op(
    lambda make: [
        Sample(make(2, 3), 2),
        Sample(make(2, 3), 1, -1),
        Sample(make(2, 3), (1, -2), (0, 1)),
        Sample(make(0, 3), 1, 1),
    ]
)
def roll(input: Tensor, shifts: int | Sequence[int], dims: int | Sequence[int] | None = None) -> Tensor:
    """Return a copy in which elements that leave one end of an axis enter at the other.

    Parameters
    ----------
    shifts : int or sequence of int
        Number of places; as many as `dims`.
    dims : int or sequence of int, optional
        Without it the elements are rolled in row-major order through all axes.

    Raises
    ------
    RuntimeError
        If the numbers of shifts and axes differ.

    Examples
    --------
    >>> import autograd
    >>> autograd.roll(autograd.arange(5), 2)
    tensor([3, 4, 0, 1, 2])
    >>> autograd.roll(autograd.tensor([[1, 2], [3, 4]]), 1, 0)
    tensor([[3, 4],
            [1, 2]])
    """
    steps = tuple(shifts) if isinstance(shifts, Sequence) else (shifts,)
    axes = () if dims is None else tuple(dims) if isinstance(dims, Sequence) else (dims,)
    if not steps:
        raise RuntimeError(describe("`shifts` required", op="roll"))
    if (len(axes) or 1) != len(steps):
        raise RuntimeError(
            describe(f"shifts and dimensions must align. shifts: {len(steps)}, dims:{len(axes)}", op="roll")
        )
    if not axes:
        whole: Tensor = Roll.apply(input, shifts=steps[0], axes=None)
        return whole
    if input._data.ndim == 0:
        raise IndexError(describe(f"Dimension specified as {axes[0]} but tensor has no dimensions", op="roll"))
    result: Tensor = Roll.apply(input, shifts=steps, axes=tuple([normalize_axis(d, input._data.ndim) for d in axes]))
    return result


@op(
    lambda make: [
        Sample(make(2, 3)),
        Sample(make(2, 3), 2),
        Sample(make(2, 3, 2), -1, (1, 2)),
        Sample(make(2, 3), 4, (-1, 0)),
    ]
)
def rot90(input: Tensor, k: int = 1, dims: Sequence[int] = (0, 1)) -> Tensor:
    """Return a copy turned by `k` right angles from the first towards the second of two axes.

    Parameters
    ----------
    input : Tensor
    k : int
        Negative numbers turn the other way.
    dims : pair of int

    Raises
    ------
    RuntimeError
        If `dims` are not two different axes.

    Examples
    --------
    >>> import autograd
    >>> autograd.rot90(autograd.tensor([[1, 2], [3, 4]]))
    tensor([[2, 4],
            [1, 3]])
    """
    if len(dims) != 2:
        raise RuntimeError(describe(f"expected total rotation dims == 2, but got dims = {len(dims)}", op="rot90"))
    if input._data.ndim < 2:
        raise RuntimeError(describe(f"expected total dims >= 2, but got total dims = {input._data.ndim}", op="rot90"))
    first, second = (normalize_axis(d, input._data.ndim) for d in dims)
    if first == second:
        raise RuntimeError(
            describe(
                f"expected rotation dims to be different, but got dim0 = {dims[0]} and dim1 = {dims[1]}", op="rot90"
            )
        )
    turns = k % 4
    if turns == 2:
        return flip(input, (first, second))
    if turns == 0:
        return flip(input, ())
    return transpose(flip(input, second if turns == 1 else first), first, second)
