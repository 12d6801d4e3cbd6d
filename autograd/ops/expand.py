"""Repeating elements: without a copy (broadcasting, whose adjoint is a sum), and with one (repeats, grids)."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from autograd.dtypes import Size, scalar_type
from autograd.errors import describe, sizes
from autograd.operation import Op
from autograd.ops.axes import as_sizes
from autograd.ops.promote import broadcast_shape
from autograd.ops.registry import Maker, Sample, op
from autograd.tensor import Tensor

__all__ = ["broadcast_shapes", "broadcast_tensors", "broadcast_to", "expand", "expand_as", "repeat", "sum_to", "tile"]

Array = np.ndarray[Any, np.dtype[Any]]


class SumTo(Op):
    """Sum over the axes that broadcasting `shape` would add or stretch; adjoint of `Expand`."""

    __slots__ = ("source",)

    def forward(self, x: Array, *, shape: tuple[int, ...]) -> Array:
        self.source = x.shape
        extra = x.ndim - len(shape)
        stretched = tuple([extra + i for i, n in enumerate(shape) if n == 1 and x.shape[extra + i] != 1])
        return np.add.reduce(x, axis=tuple(range(extra)) + stretched, keepdims=True).reshape(shape)

    def backward(self, grad: Tensor) -> Tensor:
        return expand(grad, self.source)


def sum_to(input: Tensor, shape: tuple[int, ...]) -> Tensor:
    """Sum `input` to a shape that broadcasts to its own."""
    if input._data.shape == shape:
        return input
    result: Tensor = SumTo.apply(input, shape=shape)
    return result


class Expand(Op):
    """Broadcast to a larger shape without copying."""

    __slots__ = ("source",)
    is_view = True

    def forward(self, x: Array, *, shape: tuple[int, ...]) -> Array:
        self.source = x.shape
        view = np.broadcast_to(x, shape)
        if x.flags.writeable:
            # A part of the result may be an ordinary view, which can be changed in place.
            view.flags.writeable = True
        return view

    def backward(self, grad: Tensor) -> Tensor:
        return sum_to(grad, self.source)


@op(
    lambda make: [
        Sample(make(3, 1), (3, 4)),
        Sample(make(2, 1, 3), (-1, 4, -1)),
        Sample(make(3), (2, 3)),
        Sample(make(), (2, 2)),
        Sample(make(0, 1), (0, 3)),
    ]
)
def expand(input: Tensor, *size: Any) -> Tensor:
    """Return a view in which axes of size 1 are repeated; -1 keeps an axis.

    Raises
    ------
    RuntimeError
        If an axis that is not 1 would change.

    Examples
    --------
    >>> import autograd
    >>> autograd.tensor([[1], [2]]).expand(-1, 3)
    tensor([[1, 1, 1],
            [2, 2, 2]])
    """
    wanted = as_sizes(size)
    shape = input._data.shape
    extra = len(wanted) - len(shape)
    if extra < 0:
        raise RuntimeError(
            describe(
                f"expand(autograd.{scalar_type(input._data.dtype)}Tensor{{{list(shape)}}}, size={list(wanted)}): "
                f"the number of sizes provided ({len(wanted)}) must be greater or equal to the number of dimensions "
                f"in the tensor ({len(shape)})",
                fix="name every axis of the result; -1 keeps the size of one",
            )
        )
    full = []
    for axis, n in enumerate(wanted):
        held = shape[axis - extra] if axis >= extra else 1
        if n == -1 and axis < extra:
            raise RuntimeError(
                describe(
                    f"The expanded size of the tensor (-1) isn't allowed in a leading, non-existing dimension {axis}",
                    op="expand",
                )
            )
        if n not in (-1, held) and held != 1:
            raise RuntimeError(
                describe(
                    f"The expanded size of the tensor ({n}) must match the existing size ({held}) at non-singleton "
                    f"dimension {axis}.  Target sizes: {sizes(wanted)}.  Tensor sizes: {sizes(shape)}",
                    op="expand",
                )
            )
        full.append(held if n == -1 else n)
    result: Tensor = Expand.apply(input, shape=tuple(full))
    return result


@op(lambda make: [Sample(make(3, 1), make(3, 4)), Sample(make(3), make(0, 3))])
def expand_as(input: Tensor, other: Tensor) -> Tensor:
    """Return `input` expanded to the size of `other`.

    Examples
    --------
    >>> import autograd
    >>> autograd.ones(1, 3).expand_as(autograd.zeros(2, 3)).shape
    autograd.Size([2, 3])
    """
    return expand(input, other._data.shape)


@op(lambda make: [Sample(make(3, 1), (3, 4)), Sample(make(3), (0, 3))])
def broadcast_to(input: Tensor, size: Sequence[int]) -> Tensor:
    """Return `input` expanded to `size`.

    Parameters
    ----------
    input : Tensor
    size : sequence of int

    Returns
    -------
    Tensor
        A view.

    Examples
    --------
    >>> import autograd
    >>> autograd.broadcast_to(autograd.tensor([[1], [2]]), (2, 3))
    tensor([[1, 1, 1],
            [2, 2, 2]])
    """
    return expand(input, size)


def broadcast_shapes(*shapes: int | Sequence[int]) -> Any:
    """Return the size to which tensors of the given sizes broadcast.

    Parameters
    ----------
    *shapes : int or sequence of int

    Raises
    ------
    RuntimeError
        If they do not.

    Examples
    --------
    >>> import autograd
    >>> autograd.broadcast_shapes((2, 1), (3,), ())
    autograd.Size([2, 3])
    """
    result: tuple[int, ...] = ()
    for shape in shapes:
        given = (shape,) if isinstance(shape, int) else tuple(shape)
        try:
            result = broadcast_shape(result, given, "broadcast_shapes")
        except RuntimeError as error:
            phrase = "Shape mismatch: objects cannot be broadcast to a single shape"
            raise RuntimeError(describe(phrase, rule=str(error).partition("\n")[0])) from None
    return Size(result)


@op(lambda make: [Sample(make(3, 1), make(4)), Sample(make(), make(0, 2), make(1))], method=False)
def broadcast_tensors(*tensors: Any) -> tuple[Tensor, ...]:
    """Return views of the tensors, expanded to one size.

    Parameters
    ----------
    *tensors : Tensor

    Raises
    ------
    RuntimeError
        If their sizes do not broadcast.

    Examples
    --------
    >>> import autograd
    >>> column, row = autograd.broadcast_tensors(autograd.ones(2, 1), autograd.ones(3))
    >>> column.shape, row.shape
    (autograd.Size([2, 3]), autograd.Size([2, 3]))
    """
    given = tensors[0] if len(tensors) == 1 and isinstance(tensors[0], Sequence) else tensors
    shape: tuple[int, ...] = ()
    for tensor in given:
        shape = broadcast_shape(shape, tensor._data.shape, "broadcast_tensors")
    return tuple([expand(tensor, shape) for tensor in given])


class Repeat(Op):
    """The tensor laid side by side with itself; the adjoint sums the copies."""

    __slots__ = ("repeats", "source")

    def forward(self, x: Array, *, repeats: tuple[int, ...]) -> Array:
        self.repeats, self.source = repeats, x.shape
        return np.tile(x, repeats)

    def backward(self, grad: Tensor) -> Tensor:
        shape = (1,) * (len(self.repeats) - len(self.source)) + self.source
        pairs = tuple(itertools.chain.from_iterable(zip(self.repeats, shape, strict=True)))
        result: Tensor = SumCopies.apply(grad, pairs=pairs, repeats=self.repeats, shape=self.source)
        return result


class SumCopies(Op):
    """Sum over the copies that `Repeat` made; its adjoint."""

    __slots__ = ("repeats",)

    def forward(self, x: Array, *, pairs: tuple[int, ...], repeats: tuple[int, ...], shape: tuple[int, ...]) -> Array:
        self.repeats = repeats
        total = x.reshape(pairs).sum(axis=tuple(range(0, len(pairs), 2)), dtype=x.dtype)
        return np.reshape(total, shape)

    def backward(self, grad: Tensor) -> Tensor:
        result: Tensor = Repeat.apply(grad, repeats=self.repeats)
        return result


@op(
    lambda make: [
        Sample(make(2, 3), 2, 1),
        Sample(make(3), (2, 3)),
        Sample(make(), 3),
        Sample(make(2, 3), 0, 2),
        Sample(make(0, 2), (1, 2)),
    ]
)
def repeat(input: Tensor, *repeats: Any) -> Tensor:
    """Return the tensor laid side by side with itself, `repeats` times along each axis.

    Raises
    ------
    RuntimeError
        If there are fewer numbers than axes, or one is negative.

    Examples
    --------
    >>> import autograd
    >>> autograd.tensor([1, 2]).repeat(2, 2)
    tensor([[1, 2, 1, 2],
            [1, 2, 1, 2]])
    """
    counts = as_sizes(repeats)
    if len(counts) < input._data.ndim:
        raise RuntimeError(
            describe(
                "Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor",
                op="repeat",
                shapes={"input": input._data.shape, "repeats": counts},
            )
        )
    if min(counts, default=0) < 0:
        raise RuntimeError(describe(f"Trying to create tensor with negative dimension: {sizes(counts)}", op="repeat"))
    result: Tensor = Repeat.apply(input, repeats=counts)
    return result


@op(lambda make: [Sample(make(2, 3), (2,)), Sample(make(3), (2, 2)), Sample(make(0, 2), (1, 2, 1))])
def tile(input: Tensor, *dims: Any) -> Tensor:
    """Return the tensor laid side by side with itself; missing leading numbers are 1.

    Parameters
    ----------
    input : Tensor
    *dims : int, or a sequence of int
        How often along each axis.

    Examples
    --------
    >>> import autograd
    >>> autograd.tile(autograd.tensor([[1, 2]]), (2, 2))
    tensor([[1, 2, 1, 2],
            [1, 2, 1, 2]])
    """
    counts = as_sizes(dims)
    return repeat(input, (1,) * (input._data.ndim - len(counts)) + counts)


def _samples_of_grids(make: Maker) -> Iterator[Sample]:
    yield Sample(make(3), make(2), indexing="ij")
    yield Sample(make(3), make(2), make(4), indexing="xy")
    yield Sample([make(3), make()], indexing="ij")
    yield Sample(make(2), make(0), indexing="ij")


@op(_samples_of_grids, method=False)
def meshgrid(*tensors: Any, indexing: str = "ij") -> tuple[Tensor, ...]:
    """Return the coordinates of the grid that vectors span, each as a view.

    Parameters
    ----------
    *tensors : Tensor
        With one axis or none, of one dtype.
    indexing : {'ij', 'xy'}
        'xy' exchanges the first two axes of the results.

    Raises
    ------
    RuntimeError
        If a tensor has more axes, dtypes differ, or `indexing` is neither.

    Examples
    --------
    >>> import autograd
    >>> rows, columns = autograd.meshgrid(autograd.arange(2), autograd.arange(3), indexing="ij")
    >>> rows
    tensor([[0, 0, 0],
            [1, 1, 1]])
    >>> columns
    tensor([[0, 1, 2],
            [0, 1, 2]])
    """
    given = tensors[0] if len(tensors) == 1 and isinstance(tensors[0], Sequence) else tensors
    if not given:
        raise RuntimeError(describe("meshgrid expects a non-empty TensorList"))
    if indexing not in ("ij", "xy"):
        raise RuntimeError(describe(f'meshgrid: indexing must be one of "xy" or "ij", but received: {indexing}'))
    for tensor in given:
        if tensor._data.ndim > 1:
            raise RuntimeError(
                describe(
                    f"Expected 0D or 1D tensor in the tensor list but got: {sizes(tensor._data.shape)}", op="meshgrid"
                )
            )
        if tensor._data.dtype != given[0]._data.dtype:
            raise RuntimeError(describe("meshgrid expects all tensors to have the same dtype"))
    swap = indexing == "xy" and len(given) > 1
    order = [1, 0, *range(2, len(given))] if swap else list(range(len(given)))
    shape = tuple([given[i]._data.size for i in order])
    grids = []
    for place, tensor in zip(order, given, strict=True):
        alone = [1] * len(given)
        alone[place] = tensor._data.size
        grids.append(expand(tensor.reshape(alone), shape))
    return tuple(grids)
