"""Axes in another order (views), and elements in another order along them (copies)."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from autograd.errors import describe
from autograd.operation import Op
from autograd.ops.axes import as_sizes, normalize_axes, normalize_axis
from autograd.ops.registry import Maker, Sample, op
from autograd.tensor import Tensor

__all__ = ["adjoint", "flip", "fliplr", "flipud", "mT", "movedim", "permute", "roll", "rot90", "t", "transpose"]

Array = np.ndarray[Any, np.dtype[Any]]


class Permute(Op):
    """Axes in another order."""

    __slots__ = ("axes",)
    is_view = True

    def forward(self, x: Array, *, axes: tuple[int, ...]) -> Array:
        self.axes = axes
        return x.transpose(axes)

    def backward(self, grad: Tensor) -> Tensor:
        inverse = [0] * len(self.axes)
        for position, axis in enumerate(self.axes):
            inverse[axis] = position
        result: Tensor = Permute.apply(grad, axes=tuple(inverse))
        return result


@op(lambda make: [Sample(make(2, 3, 4), (2, 0, 1)), Sample(make(2, 3), (-1, 0)), Sample(make(0, 3), (1, 0))])
def permute(input: Tensor, *dims: Any) -> Tensor:
    """Return a view with the axes in the order `dims`.

    Parameters
    ----------
    input : Tensor
    *dims : int, or a sequence of int
        Axis ``dims[i]`` of `input` becomes axis i.

    Raises
    ------
    RuntimeError
        If `dims` is not a permutation of the axes.

    Examples
    --------
    >>> import autograd
    >>> autograd.permute(autograd.zeros(2, 3, 5), (2, 0, 1)).shape
    autograd.Size([5, 2, 3])
    """
    rank = input._data.ndim
    order = as_sizes(dims)
    if len(order) != rank:
        raise RuntimeError(
            describe(
                "permute(sparse_coo): number of dimensions in the tensor input does not match the length of the "
                f"desired ordering of dimensions i.e. input.dim() = {rank} is not equal to len(dims) = {len(order)}",
                op="permute",
            )
        )
    axes = tuple([normalize_axis(d, rank) for d in order])
    if len(set(axes)) != rank:
        raise RuntimeError(describe("permute(): duplicate dims are not allowed.", op="permute"))
    result: Tensor = Permute.apply(input, axes=axes)
    return result


def _exchanged(make: Maker) -> Iterator[Sample]:
    yield Sample(make(2, 3, 4), 0, 2)
    yield Sample(make(2, 3), -1, -2)
    yield Sample(make(0, 3), 0, 1)


@op(_exchanged, aliases=("swapaxes", "swapdims"))
def transpose(input: Tensor, dim0: int, dim1: int) -> Tensor:
    """Return a view with two axes exchanged.

    Examples
    --------
    >>> import autograd
    >>> autograd.transpose(autograd.zeros(2, 3, 5), 0, 2).shape
    autograd.Size([5, 3, 2])
    """
    rank = input._data.ndim
    first, second = normalize_axis(dim0, rank), normalize_axis(dim1, rank)
    axes = list(range(rank))
    if rank:
        axes[first], axes[second] = second, first
    result: Tensor = Permute.apply(input, axes=tuple(axes))
    return result


@op(lambda make: [Sample(make(2, 3)), Sample(make(3)), Sample(make())])
def t(input: Tensor) -> Tensor:
    """Return the transpose of a matrix; a vector or number as it is.

    Raises
    ------
    RuntimeError
        If there are more than two axes.

    Examples
    --------
    >>> import autograd
    >>> autograd.t(autograd.tensor([[1, 2, 3], [4, 5, 6]]))
    tensor([[1, 4],
            [2, 5],
            [3, 6]])
    """
    if input._data.ndim > 2:
        raise RuntimeError(
            describe(
                f"t() expects a tensor with <= 2 dimensions, but self is {input._data.ndim}D",
                fix="use x.mT or x.permute(...)",
            )
        )
    return transpose(input, 0, -1)


@op(lambda make: [Sample(make(2, 3)), Sample(make(4, 2, 3)), Sample(make(2, 0, 3))], method=False)
def mT(input: Tensor) -> Tensor:  # noqa: N802
    """Return the transposes of a batch of matrices, as a view.

    Raises
    ------
    RuntimeError
        If there are fewer than two axes.
    """
    if input._data.ndim < 2:
        raise RuntimeError(
            describe(
                f"tensor.mT is only supported on matrices or batches of matrices. Got {input._data.ndim}-D tensor."
            )
        )
    return transpose(input, -1, -2)


def adjoint(input: Tensor) -> Tensor:
    """Return the conjugate transposes of a batch of matrices.

    Parameters
    ----------
    input : Tensor, shape (..., m, n)

    Returns
    -------
    Tensor, shape (..., n, m)

    Examples
    --------
    >>> import autograd
    >>> autograd.adjoint(autograd.tensor([[1 + 2j, 3 + 1j]]))
    tensor([[1.-2.j],
            [3.-1.j]])
    """
    turned = mT(input)
    return turned.conj() if input._data.dtype.kind == "c" else turned


def reversed_axes(input: Tensor) -> Tensor:
    """Return a view with the axes in reverse order: ``x.T``."""
    if input._data.ndim not in (0, 2):
        warnings.warn(
            "The use of `x.T` on tensors of dimension other than 2 to reverse their shape is deprecated and it will "
            "throw an error in a future release. Consider `x.mT` to transpose batches of matrices or "
            "`x.permute(...)` to reverse the dimensions of a tensor.",
            UserWarning,
            stacklevel=2,
        )
    return permute(input, tuple(range(input._data.ndim))[::-1])


def conjugate_transpose(input: Tensor) -> Tensor:
    """Return the conjugate transpose of a matrix: ``x.H``.

    Raises
    ------
    RuntimeError
        If there are one, or more than two, axes.
    """
    if input._data.ndim not in (0, 2):
        raise RuntimeError(
            describe(
                f"tensor.H is only supported on matrices (2-D tensors). Got {input._data.ndim}-D tensor.",
                fix="use x.mH",
            )
        )
    return adjoint(input) if input._data.ndim else input


def _moved(make: Maker) -> Iterator[Sample]:
    yield Sample(make(2, 3, 4), 0, -1)
    yield Sample(make(2, 3, 4), (0, 1), (-1, 0))
    yield Sample(make(0, 3), 1, 0)


@op(_moved, aliases=("moveaxis",))
def movedim(input: Tensor, source: int | Sequence[int], destination: int | Sequence[int]) -> Tensor:
    """Return a view with the axes `source` at the positions `destination`, the others in their order.

    Raises
    ------
    RuntimeError
        If the two differ in length or repeat an axis.

    Examples
    --------
    >>> import autograd
    >>> autograd.movedim(autograd.zeros(2, 3, 5), 0, -1).shape
    autograd.Size([3, 5, 2])
    """
    rank = input._data.ndim
    before = list(source) if isinstance(source, Sequence) else [source]
    after = list(destination) if isinstance(destination, Sequence) else [destination]
    if len(before) != len(after):
        raise RuntimeError(
            describe(
                f"movedim: Invalid source or destination dims: source ({before} dims) should contain the same "
                f"number of dims as destination ({after} dims)"
            )
        )
    old, new = [normalize_axis(d, rank) for d in before], [normalize_axis(d, rank) for d in after]
    for name, given, axes in (("source", before, old), ("destination", after, new)):
        if len(set(axes)) != len(axes):
            raise RuntimeError(describe(f"movedim: repeated dim in `{name}` ({given})", fix="name every axis once"))
    order = [axis for axis in range(rank) if axis not in old]
    for position, axis in sorted(zip(new, old, strict=True)):
        order.insert(position, axis)
    return permute(input, order)


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


METHODS: dict[str, Any] = {
    "T": property(reversed_axes),
    "mT": property(mT),
    "H": property(conjugate_transpose),
    "mH": property(adjoint),
    "adjoint": adjoint,
}
