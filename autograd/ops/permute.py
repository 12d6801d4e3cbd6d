"""Axes in another order: views."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from autograd.errors import describe
from autograd.operation import Op
from autograd.ops.axes import as_sizes, normalize_axis
from autograd.ops.registry import Maker, Sample, op
from autograd.tensor import Tensor

__all__ = ["adjoint", "mT", "movedim", "permute", "t", "transpose"]

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

    Parameters
    ----------
    input : Tensor
    dim0, dim1 : int

    Raises
    ------
    IndexError
        If there is no such axis.

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

    Examples
    --------
    >>> import autograd
    >>> autograd.zeros(5, 2, 3).mT.shape
    autograd.Size([5, 3, 2])
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
    """Return a view with the axes in reverse order: ``x.T``.

    Examples
    --------
    >>> import autograd
    >>> autograd.tensor([[1, 2, 3], [4, 5, 6]]).T
    tensor([[1, 4],
            [2, 5],
            [3, 6]])
    """
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

    Examples
    --------
    >>> import autograd
    >>> autograd.tensor([[1 + 2j, 3 + 1j]]).H
    tensor([[1.-2.j],
            [3.-1.j]])
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

    Parameters
    ----------
    input : Tensor
    source, destination : int or sequence of int
        As many of the one as of the other.

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


METHODS: dict[str, Any] = {
    "T": property(reversed_axes),
    "mT": property(mT),
    "H": property(conjugate_transpose),
    "mH": property(adjoint),
    "adjoint": adjoint,
}
