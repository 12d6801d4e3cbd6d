"""Views: other shapes over the same memory, each with its adjoint."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import prod
from typing import Any

import numpy as np

from autograd.errors import describe, sizes
from autograd.node import Op
from autograd.ops.promote import cast
from autograd.ops.registry import Maker, Sample, op
from autograd.tensor import Tensor, relay_row_major

__all__ = [
    "cast",
    "expand",
    "flatten",
    "narrow",
    "normalize_axes",
    "normalize_axis",
    "permute",
    "reshape",
    "squeeze",
    "stack",
    "sum_to",
    "transpose",
    "unsqueeze",
    "view",
]

Array = np.ndarray[Any, np.dtype[Any]]


def normalize_axis(axis: int, rank: int) -> int:
    """Return a non-negative axis number.

    Raises
    ------
    IndexError
        If there is no such axis.
    """
    span = max(rank, 1)
    if not -span <= axis < span:
        raise IndexError(
            describe(
                f"Dimension out of range (expected to be in range of [{-span}, {span - 1}], but got {axis})",
                rule=f"the tensor has {rank} dimensions",
            )
        )
    return int(axis % span)


def normalize_axes(dim: int | Sequence[int] | None, rank: int) -> tuple[int, ...]:
    """Return sorted non-negative axis numbers; all axes for ``None`` and for an empty sequence.

    Raises
    ------
    IndexError
        If there is no such axis.
    RuntimeError
        If an axis appears twice.
    """
    if dim is None or (isinstance(dim, Sequence) and len(dim) == 0):
        return tuple(range(rank))
    axes = [normalize_axis(d, rank) for d in (dim if isinstance(dim, Sequence) else (dim,))]
    if rank == 0:
        return ()
    for axis in axes:
        if axes.count(axis) > 1:
            raise RuntimeError(describe(f"dim {axis} appears multiple times in the list of dims"))
    return tuple(sorted(axes))


def as_sizes(args: tuple[Any, ...]) -> tuple[int, ...]:
    """Return sizes given as ``f(2, 3)`` or as ``f((2, 3))``."""
    if len(args) == 1 and isinstance(args[0], Sequence):
        args = tuple(args[0])
    return tuple([n.__index__() for n in args])


class SumTo(Op):
    """Sum over the axes that broadcasting `shape` would add or stretch; adjoint of `Expand`."""

    __slots__ = ("source",)

    def forward(self, x: Array, *, shape: tuple[int, ...]) -> Array:
        self.source = x.shape
        extra = x.ndim - len(shape)
        stretched = tuple([extra + i for i, n in enumerate(shape) if n == 1 and x.shape[extra + i] != 1])
        return x.sum(axis=tuple(range(extra)) + stretched, keepdims=True).reshape(shape)

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
        return np.broadcast_to(x, shape)

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
    """
    wanted = as_sizes(size)
    shape = input._data.shape
    extra = len(wanted) - len(shape)
    if extra < 0:
        raise RuntimeError(
            describe(
                f"expand(autograd.Tensor{{{list(shape)}}}, size={list(wanted)}): the number of sizes provided "
                f"({len(wanted)}) must be greater or equal to the number of dimensions in the tensor ({len(shape)})"
            )
        )
    full = []
    for axis, n in enumerate(wanted):
        held = shape[axis - extra] if axis >= extra else 1
        if n == -1 and axis < extra:
            raise RuntimeError(
                describe(f"The expanded size of the tensor (-1) isn't allowed in a leading, non-existing dimension {axis}")
            )
        if n not in (-1, held) and held != 1:
            raise RuntimeError(
                describe(
                    f"The expanded size of the tensor ({n}) must match the existing size ({held}) at non-singleton "
                    f"dimension {axis}.  Target sizes: {list(wanted)}.  Tensor sizes: {list(shape)}",
                    op="expand",
                )
            )
        full.append(held if n == -1 else n)
    result: Tensor = Expand.apply(input, shape=tuple(full))
    return result


class Reshape(Op):
    """Another shape over the same memory."""

    __slots__ = ("source",)
    is_view = True

    def forward(self, x: Array, *, shape: tuple[int, ...]) -> Array:
        self.source = x.shape
        return x.reshape(shape, copy=False)

    def backward(self, grad: Tensor) -> Tensor:
        return reshape(grad, self.source)


class ReshapeCopy(Op):
    """Another shape over a row-major copy, where the memory does not allow a view."""

    __slots__ = ("source",)

    def forward(self, x: Array, *, shape: tuple[int, ...]) -> Array:
        self.source = x.shape
        return x.reshape(shape)

    def backward(self, grad: Tensor) -> Tensor:
        return reshape(grad, self.source)


def _infer(shape: tuple[int, ...], count: int, source: tuple[int, ...]) -> tuple[int, ...]:
    """Fill in the one size that is -1.

    Raises
    ------
    RuntimeError
        If the sizes do not hold `count` elements.
    """
    if any(n < -1 for n in shape):
        raise RuntimeError(describe(f"invalid shape dimension {min(shape)}", shapes={"input": source}))
    if shape.count(-1) > 1:
        raise RuntimeError(describe("only one dimension can be inferred", shapes={"input": source}))
    known = prod(n for n in shape if n != -1)
    if -1 in shape and known == 0 and count == 0:
        raise RuntimeError(
            describe(
                f"cannot reshape tensor of 0 elements into shape {sizes(shape)} because the unspecified dimension size "
                "-1 can be any value and is ambiguous"
            )
        )
    if (-1 in shape and (known == 0 or count % known)) or (-1 not in shape and known != count):
        raise RuntimeError(
            describe(
                f"shape '{sizes(shape)}' is invalid for input of size {count}",
                op="reshape",
                shapes={"input": source},
                rule=f"{' * '.join(map(str, source)) or '1'} = {count} elements must be shared out over {sizes(shape)}",
            )
        )
    return tuple([count // known if n == -1 else n for n in shape])


def _fits(x: Array, shape: tuple[int, ...]) -> bool:
    """Whether `shape` can be had over the same memory."""
    if x.flags.c_contiguous:
        return True
    try:
        x.reshape(shape, copy=False)
    except ValueError:
        return False
    return True


@op(lambda make: [Sample(make(2, 6), (3, -1)), Sample(make(4), (2, 2)), Sample(make(0, 3), (3, 0))])
def view(input: Tensor, *shape: Any) -> Tensor:
    """Return a view of another shape over the same memory; one size may be -1.

    Parameters
    ----------
    *shape : int, sequence of int, or dtype
        A dtype reads the same memory as another type.

    Raises
    ------
    RuntimeError
        If the number of elements differs, or the memory does not allow such a view.
    """
    wanted = _infer(as_sizes(shape), input._data.size, input._data.shape)
    if not _fits(input._data, wanted) and not (relay_row_major(input) and _fits(input._data, wanted)):
        raise RuntimeError(
            describe(
                "view size is not compatible with input tensor's size and stride (at least one dimension spans across two "
                "contiguous subspaces). Use .reshape(...) instead.",
                op="view",
                shapes={"input": input._data.shape, "view": wanted},
            )
        )
    result: Tensor = Reshape.apply(input, shape=wanted)
    return result


@op(
    lambda make: [
        Sample(make(2, 6), (3, -1)),
        Sample(make(2, 3).transpose(0, 1), (6,)),
        Sample(make(0, 3), (3, 0)),
        Sample(make(1), ()),
    ]
)
def reshape(input: Tensor, *shape: Any) -> Tensor:
    """Return the elements in row-major order under another shape: a view where possible, else a copy.

    Raises
    ------
    RuntimeError
        If the number of elements differs.
    """
    wanted = _infer(as_sizes(shape), input._data.size, input._data.shape)
    if _fits(input._data, wanted) or (relay_row_major(input) and _fits(input._data, wanted)):
        result: Tensor = Reshape.apply(input, shape=wanted)
        return result
    copied: Tensor = ReshapeCopy.apply(input, shape=wanted)
    return copied


@op(lambda make: [Sample(make(2, 3, 4)), Sample(make(2, 3, 4), 1), Sample(make(2, 3, 4), 0, -2), Sample(make())])
def flatten(input: Tensor, start_dim: int = 0, end_dim: int = -1) -> Tensor:
    """Merge the axes `start_dim` to `end_dim` into one.

    Raises
    ------
    RuntimeError
        If `start_dim` comes after `end_dim`.
    """
    shape = input._data.shape
    first, last = normalize_axis(start_dim, len(shape)), normalize_axis(end_dim, len(shape))
    if first > last:
        raise RuntimeError(describe("flatten() has invalid args: start_dim cannot come after end_dim"))
    if not shape:
        return reshape(input, (1,))
    if first == last:
        return input
    return reshape(input, shape[:first] + (prod(shape[first : last + 1]),) + shape[last + 1 :])


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

    Raises
    ------
    RuntimeError
        If `dims` is not a permutation of the axes.
    """
    rank = input._data.ndim
    order = as_sizes(dims)
    if len(order) != rank:
        raise RuntimeError(
            describe(
                "permute(sparse_coo): number of dimensions in the tensor input does not match the length of the desired "
                f"ordering of dimensions i.e. input.dim() = {rank} is not equal to len(dims) = {len(order)}",
                op="permute",
            )
        )
    axes = tuple([normalize_axis(d, rank) for d in order])
    if len(set(axes)) != rank:
        raise RuntimeError(describe("permute(): duplicate dims are not allowed.", op="permute"))
    result: Tensor = Permute.apply(input, axes=axes)
    return result


@op(lambda make: [Sample(make(2, 3, 4), 0, 2), Sample(make(2, 3), -1, -2), Sample(make(), 0, 0)])
def transpose(input: Tensor, dim0: int, dim1: int) -> Tensor:
    """Return a view with two axes exchanged."""
    rank = input._data.ndim
    first, second = normalize_axis(dim0, rank), normalize_axis(dim1, rank)
    axes = list(range(rank))
    if rank:
        axes[first], axes[second] = second, first
    result: Tensor = Permute.apply(input, axes=tuple(axes))
    return result


@op(lambda make: [Sample(make(2, 3), 0), Sample(make(2, 3), -1), Sample(make(), 0)])
def unsqueeze(input: Tensor, dim: int) -> Tensor:
    """Return a view with a new axis of size 1 at `dim`."""
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
    """Return a view without the axes of size 1, all of them or those in `dim`."""
    shape = input._data.shape
    axes = normalize_axes(dim, len(shape)) if dim != () else ()
    kept = tuple([n for axis, n in enumerate(shape) if n != 1 or axis not in axes])
    result: Tensor = Reshape.apply(input, shape=kept)
    return result


class Slice(Op):
    """Basic indexing: integers, slices, new axes and the ellipsis give a view."""

    __slots__ = ("index", "source")
    is_view = True

    def forward(self, x: Array, *, index: Any) -> Array:
        self.index, self.source = index, x.shape
        return x[(*index, ...)]

    def backward(self, grad: Tensor) -> Tensor:
        result: Tensor = Unslice.apply(grad, index=self.index, shape=self.source)
        return result


class Unslice(Op):
    """Zeros of a given shape with the input at a basic index; adjoint of `Slice`."""

    __slots__ = ("index",)

    def forward(self, x: Array, *, index: Any, shape: tuple[int, ...]) -> Array:
        self.index = index
        out = np.zeros(shape, x.dtype)
        out[(*index, ...)] = x
        return out

    def backward(self, grad: Tensor) -> Tensor:
        result: Tensor = Slice.apply(grad, index=self.index)
        return result


@op(lambda make: [Sample(make(4, 5), 1, 2, 3), Sample(make(4, 5), 0, -3, 2), Sample(make(4), 0, 1, 0)])
def narrow(input: Tensor, dim: int, start: int, length: int) -> Tensor:
    """Return the view ``start : start + length`` of axis `dim`.

    Raises
    ------
    RuntimeError
        If the range leaves the axis.
    """
    shape = input._data.shape
    axis = normalize_axis(dim, len(shape))
    first = start + shape[axis] if start < 0 else start
    if first < 0 or length < 0 or first + length > shape[axis]:
        raise RuntimeError(
            describe(
                f"start ({start}) + length ({length}) exceeds dimension size ({shape[axis]}).",
                op="narrow",
                shapes={"input": shape},
            )
        )
    index = (slice(None),) * axis + (slice(first, first + length),)
    result: Tensor = Slice.apply(input, index=index)
    return result


class Concatenate(Op):
    """Tensors joined along an axis."""

    __slots__ = ("axis", "lengths")

    def forward(self, *arrays: Array, axis: int) -> Array:
        self.axis = axis
        self.lengths = [a.shape[axis] for a in arrays]
        return np.concatenate(arrays, axis)

    def backward(self, grad: Tensor) -> tuple[Tensor | None, ...]:
        parts: list[Tensor | None] = []
        start = 0
        for length, needed in zip(self.lengths, self.needs_input_grad, strict=True):
            parts.append(narrow(grad, self.axis, start, length) if needed else None)
            start += length
        return tuple(parts)


def _stacked(make: Maker) -> Iterator[Sample]:
    yield Sample([make(2, 3), make(2, 3)])
    yield Sample([make(2, 3), make(2, 3), make(2, 3)], dim=-1)
    yield Sample((make(), make()), 0)
    yield Sample([make(0, 2), make(0, 2)], 1)


@op(_stacked, method=False)
def stack(tensors: Sequence[Tensor], dim: int = 0) -> Tensor:
    """Join tensors of one shape along a new axis.

    Raises
    ------
    RuntimeError
        If there are none, or their shapes differ.
    """
    if len(tensors) == 0:
        raise RuntimeError(describe("stack expects a non-empty TensorList"))
    shape = tensors[0]._data.shape
    for position, tensor in enumerate(tensors):
        if tensor._data.shape != shape:
            raise RuntimeError(
                describe(
                    f"stack expects each tensor to be equal size, but got {sizes(shape)} at entry 0 and "
                    f"{sizes(tensor._data.shape)} at entry {position}",
                    op="stack",
                )
            )
    return cat([unsqueeze(t, dim) for t in tensors], normalize_axis(dim, len(shape) + 1))


def _joined(make: Maker) -> Iterator[Sample]:
    yield Sample([make(2, 3), make(1, 3)])
    yield Sample((make(2, 3), make(2, 1), make(2, 2)), dim=-1)
    yield Sample([make(0, 2), make(3, 2)], 0)


@op(_joined, method=False)
def cat(tensors: Sequence[Tensor], dim: int = 0) -> Tensor:
    """Join tensors along an existing axis.

    Parameters
    ----------
    tensors : sequence of Tensor
        Equal sizes on every axis but `dim`; an empty 1-d tensor is skipped.

    Raises
    ------
    RuntimeError
        If there are none, or their shapes do not fit.
    """
    if len(tensors) == 0:
        raise RuntimeError(describe("torch.cat(): expected a non-empty list of Tensors", op="cat"))
    parts = [t for t in tensors if t._data.shape != (0,)] or list(tensors[:1])
    first = parts[0]._data.shape
    axis = normalize_axis(dim, len(first))
    for position, part in enumerate(parts):
        shape = part._data.shape
        if len(shape) != len(first):
            raise RuntimeError(
                describe(f"Tensors must have same number of dimensions: got {len(first)} and {len(shape)}", op="cat")
            )
        for d, (m, n) in enumerate(zip(first, shape, strict=True)):
            if d != axis and m != n:
                raise RuntimeError(
                    describe(
                        f"Sizes of tensors must match except in dimension {axis}. Expected size {m} but got size {n} for "
                        f"tensor number {position} in the list.",
                        op="cat",
                        shapes={f"tensor {i}": p._data.shape for i, p in enumerate(parts)},
                    )
                )
    result: Tensor = Concatenate.apply(*_one_dtype(parts), axis=axis)
    return result


def _one_dtype(tensors: Sequence[Tensor]) -> list[Tensor]:
    kinds = {t._data.dtype for t in tensors}
    if len(kinds) == 1:
        return list(tensors)
    from autograd.dtypes import result_dtype

    kind = result_dtype(*[t._data for t in tensors])
    return [cast(t, kind) for t in tensors]
