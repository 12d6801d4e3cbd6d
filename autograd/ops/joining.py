"""Joining tensors, and taking them apart into views."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from autograd.dtypes import result_dtype
from autograd.errors import describe, sizes
from autograd.kernels.layout import empty_like_layout, is_channels_last
from autograd.operation import Op, ViewStep
from autograd.ops.axes import normalize_axis
from autograd.ops.promote import cast
from autograd.ops.registry import Maker, Sample, op
from autograd.ops.shape import atleast_1d, atleast_2d, atleast_3d, unsqueeze
from autograd.ops.slicing import Slice, narrow
from autograd.tensor import Tensor

__all__ = [
    "cat",
    "chunk",
    "dstack",
    "hstack",
    "split",
    "split_with_sizes",
    "stack",
    "tensor_split",
    "unbind",
    "vstack",
]

Array = np.ndarray[Any, np.dtype[Any]]
Parts = tuple[Tensor, ...]


class Cat(Op):
    """Tensors joined along an axis."""

    __slots__ = ("axis", "lengths")

    def forward(self, *arrays: Array, axis: int) -> Array:
        self.axis = axis
        self.lengths = [a.shape[axis] for a in arrays]
        return concatenate(arrays, axis)

    def backward(self, grad: Tensor) -> tuple[Tensor | None, ...]:
        parts: list[Tensor | None] = []
        start = 0
        for length, needed in zip(self.lengths, self.needs_input_grad, strict=True):
            parts.append(narrow(grad, self.axis, start, length) if needed else None)
            start += length
        return tuple(parts)


def concatenate(arrays: Sequence[Array], axis: int) -> Array:
    """Join arrays; channels-last memory wins where layouts mix."""
    if not any(is_channels_last(a) for a in arrays):
        return np.concatenate(arrays, axis)
    shape = list(arrays[0].shape)
    shape[axis] = sum(a.shape[axis] for a in arrays)
    return np.concatenate(arrays, axis, out=empty_like_layout(shape, arrays[0].dtype, *arrays))


def _joined(make: Maker) -> Iterator[Sample]:
    yield Sample([make(2, 3), make(1, 3)])
    yield Sample((make(2, 3), make(2, 1), make(2, 2)), dim=-1)
    yield Sample([make(0, 2), make(3, 2)], 0)


@op(_joined, method=False, aliases=("concat", "concatenate"))
def cat(tensors: Sequence[Tensor], dim: int = 0) -> Tensor:
    """Join tensors along an existing axis.

    Parameters
    ----------
    tensors : sequence of Tensor
        Equal sizes on every axis but `dim`; an empty 1-d tensor is skipped.

    Raises
    ------
    ValueError
        If there are none.
    RuntimeError
        If their shapes do not fit.

    Examples
    --------
    >>> import autograd
    >>> autograd.cat([autograd.zeros(2, 3), autograd.ones(1, 3)]).shape
    autograd.Size([3, 3])
    """
    _require_tensors(tensors, "cat")
    if len(tensors) == 0:
        raise ValueError(describe("torch.cat(): expected a non-empty list of Tensors", op="cat"))
    parts = [t for t in tensors if t._data.shape != (0,)] or list(tensors[:1])
    first = parts[0]._data.shape
    if not first:
        raise RuntimeError(describe("zero-dimensional tensor (at position 0) cannot be concatenated", fix="use stack"))
    axis = normalize_axis(dim, len(first))
    for position, part in enumerate(parts):
        shape = part._data.shape
        if shape == first:
            continue
        if len(shape) != len(first):
            raise RuntimeError(
                describe(f"Tensors must have same number of dimensions: got {len(first)} and {len(shape)}", op="cat")
            )
        for d, (m, n) in enumerate(zip(first, shape, strict=True)):
            if d != axis and m != n:
                raise RuntimeError(
                    describe(
                        f"Sizes of tensors must match except in dimension {axis}. Expected size {m} but got size "
                        f"{n} for tensor number {position} in the list.",
                        op="cat",
                        shapes={f"tensor {i}": p._data.shape for i, p in enumerate(parts)},
                    )
                )
    result: Tensor = Cat.apply(*_one_dtype(parts), axis=axis)
    return result


def _require_tensors(tensors: Any, name: str) -> None:
    if not isinstance(tensors, Sequence):
        raise TypeError(
            describe(
                f"{name}(): argument 'tensors' (position 1) must be tuple of Tensors, not {type(tensors).__name__}"
            )
        )
    for position, tensor in enumerate(tensors):
        if not isinstance(tensor, Tensor):
            raise TypeError(
                describe(
                    f"expected Tensor as element {position} in argument 0, but got {type(tensor).__name__}", op=name
                )
            )


def _one_dtype(tensors: Sequence[Tensor]) -> list[Tensor]:
    first = tensors[0]._data.dtype
    if all(t._data.dtype == first for t in tensors):
        return list(tensors)
    kind = result_dtype(*[t._data for t in tensors])
    return [cast(t, kind) for t in tensors]


def _stacked(make: Maker) -> Iterator[Sample]:
    yield Sample([make(2, 3), make(2, 3)])
    yield Sample([make(2, 3), make(2, 3), make(2, 3)], dim=-1)
    yield Sample((make(), make()), 0)
    yield Sample([make(0, 2), make(0, 2)], 1)


@op(_stacked, method=False)
def stack(tensors: Sequence[Tensor], dim: int = 0) -> Tensor:
    """Join tensors of one shape along a new axis.

    Parameters
    ----------
    tensors : sequence of Tensor
    dim : int
        Where the new axis stands in the result.

    Raises
    ------
    RuntimeError
        If there are none, or their shapes differ.

    Examples
    --------
    >>> import autograd
    >>> autograd.stack([autograd.zeros(3), autograd.ones(3)], 1).shape
    autograd.Size([3, 2])
    """
    _require_tensors(tensors, "stack")
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


def _piled(make: Maker) -> Iterator[Sample]:
    yield Sample([make(3), make(3)])
    yield Sample((make(2, 3), make(2, 3)))
    yield Sample([make(2, 3, 2), make(2, 3, 2)])


@op(_piled, method=False)
def hstack(tensors: Sequence[Tensor]) -> Tensor:
    """Join tensors along axis 1; vectors along axis 0.

    Examples
    --------
    >>> import autograd
    >>> autograd.hstack([autograd.tensor([1, 2]), autograd.tensor([3])])
    tensor([1, 2, 3])
    """
    _require_some(tensors, "hstack")
    whole = atleast_1d(tensors)
    return cat(whole, 0 if whole[0]._data.ndim == 1 else 1)


@op(_piled, method=False, aliases=("row_stack",))
def vstack(tensors: Sequence[Tensor]) -> Tensor:
    """Join tensors along axis 0; vectors become rows.

    Examples
    --------
    >>> import autograd
    >>> autograd.vstack([autograd.tensor([1, 2]), autograd.tensor([3, 4])])
    tensor([[1, 2],
            [3, 4]])
    """
    _require_some(tensors, "vstack")
    return cat(atleast_2d(tensors), 0)


@op(_piled, method=False)
def dstack(tensors: Sequence[Tensor]) -> Tensor:
    """Join tensors along axis 2.

    Examples
    --------
    >>> import autograd
    >>> autograd.dstack([autograd.zeros(2, 3), autograd.ones(2, 3)]).shape
    autograd.Size([2, 3, 2])
    """
    _require_some(tensors, "dstack")
    return cat(atleast_3d(tensors), 2)


def _require_some(tensors: Sequence[Tensor], name: str) -> None:
    _require_tensors(tensors, name)
    if len(tensors) == 0:
        raise RuntimeError(describe(f"{name} expects a non-empty TensorList"))


class Split(Op):
    """The parts of an axis as views; the adjoint joins them."""

    __slots__ = ("axis", "indices", "source")
    is_view = True

    def forward(self, x: Array, *, axis: int, indices: list[Any]) -> tuple[Array, ...]:
        self.axis, self.indices, self.source = axis, indices, x.shape
        before = (slice(None),) * axis
        return tuple([x[(*before, i, ...)] for i in indices])

    def step(self, index: int, params: dict[str, Any]) -> ViewStep:
        """One part alone is a slice. It is frozen, for its node has gradients of the other parts to wait for."""
        frozen = (
            f"Output {index} of {type(self).__name__} is a view and is being modified inplace. This view is the "
            "output of a function that returns multiple views. Such functions do not allow the output views to be "
            "modified inplace. You should replace the inplace operation by an out-of-place one."
        )
        return Slice, {"index": (slice(None),) * params["axis"] + (params["indices"][index],)}, frozen

    def backward(self, *grads: Tensor | None) -> Tensor:
        kind = next(g for g in grads if g is not None)._data.dtype
        parts = [
            Tensor(np.zeros(shape, kind), None) if g is None else g
            for g, (shape, _) in zip(grads, self.outputs, strict=True)
        ]
        return self.join(parts)

    def join(self, parts: list[Tensor]) -> Tensor:
        """Put the parts together again."""
        return cat(parts, self.axis)


class Unbind(Split):
    """The positions of an axis as views without that axis."""

    __slots__ = ()

    def join(self, parts: list[Tensor]) -> Tensor:
        """Put the parts together again."""
        return stack(parts, self.axis)


def _split_at(input: Tensor, lengths: Sequence[int], axis: int) -> Parts:
    indices, start = [], 0
    for length in lengths:
        indices.append(slice(start, start + length))
        start += length
    result: Parts = Split.apply(input, axis=axis, indices=indices)
    return result


def _axis_of(input: Tensor, dim: int, name: str) -> int:
    if input._data.ndim == 0:
        raise RuntimeError(describe(f"{name} expects at least a 1-dimensional tensor"))
    return normalize_axis(dim, input._data.ndim)


def _divided(make: Maker) -> Iterator[Sample]:
    yield Sample(make(5, 2), 2)
    yield Sample(make(2, 5), [1, 0, 4], dim=-1)
    yield Sample(make(3), 4)
    yield Sample(make(0, 2), 1)


@op(_divided)
def split(tensor: Tensor, split_size_or_sections: int | Sequence[int], dim: int = 0) -> Parts:
    """Return views of consecutive parts of an axis.

    Parameters
    ----------
    split_size_or_sections : int or sequence of int
        Length of every part (the last may be shorter), or the length of each.

    Raises
    ------
    RuntimeError
        If the lengths are negative or do not add up to the axis.

    Examples
    --------
    >>> import autograd
    >>> autograd.split(autograd.arange(5), 2)
    (tensor([0, 1]), tensor([2, 3]), tensor([4]))
    >>> autograd.split(autograd.arange(5), [1, 4])
    (tensor([0]), tensor([1, 2, 3, 4]))
    """
    axis = _axis_of(tensor, dim, "split")
    if isinstance(split_size_or_sections, Sequence):
        return split_with_sizes(tensor, split_size_or_sections, dim)
    n, length = tensor._data.shape[axis], split_size_or_sections.__index__()
    if length < 0:
        raise RuntimeError(describe(f"split expects split_size be non-negative, but got split_size={length}"))
    if length == 0 and n:
        raise RuntimeError(describe(f"split_size can only be 0 if dimension size is 0, but got dimension size of {n}"))
    lengths = [min(length, n - start) for start in range(0, n, length or 1)]
    return _split_at(tensor, lengths or [0], axis)


def split_with_sizes(input: Tensor, split_sizes: Sequence[int], dim: int = 0) -> Parts:
    """Return views of consecutive parts of an axis, each with its own length.

    Raises
    ------
    RuntimeError
        If the lengths are negative or do not add up to the axis.

    Examples
    --------
    >>> import autograd
    >>> autograd.split_with_sizes(autograd.arange(5), [1, 4])
    (tensor([0]), tensor([1, 2, 3, 4]))
    """
    axis = _axis_of(input, dim, "split")
    lengths = [n.__index__() for n in split_sizes]
    if min(lengths, default=0) < 0:
        raise RuntimeError(
            describe(
                f"split_with_sizes expects split_sizes have only non-negative entries, but got split_sizes={lengths}"
            )
        )
    if sum(lengths) != input._data.shape[axis]:
        raise RuntimeError(
            describe(
                f"split_with_sizes expects split_sizes to sum exactly to {input._data.shape[axis]} (input tensor's "
                f"size at dimension {axis}), but got split_sizes={lengths}",
                shapes={"input": input._data.shape},
                rule=f"{' + '.join(map(str, lengths)) or '0'} = {sum(lengths)}",
            )
        )
    return _split_at(input, lengths, axis)


@op(lambda make: [Sample(make(5, 2), 2), Sample(make(2, 4), 3, -1), Sample(make(2), 4), Sample(make(0, 2), 2)])
def chunk(input: Tensor, chunks: int, dim: int = 0) -> Parts:
    """Return views of at most `chunks` consecutive parts of an axis, all but the last of equal length.

    Parameters
    ----------
    input : Tensor
    chunks : int
        Fewer come back where the axis is too short for so many.
    dim : int

    Raises
    ------
    RuntimeError
        If `chunks` is not positive.

    Examples
    --------
    >>> import autograd
    >>> autograd.chunk(autograd.arange(5), 3)
    (tensor([0, 1]), tensor([2, 3]), tensor([4]))
    """
    axis = _axis_of(input, dim, "chunk")
    if chunks <= 0:
        raise RuntimeError(
            describe(
                f"chunk expects `chunks` to be greater than 0, got: {chunks}",
                fix="pass the number of parts, at least 1",
            )
        )
    n = input._data.shape[axis]
    if n == 0:
        return _split_at(input, [0] * chunks, axis)
    return split(input, -(-n // chunks), dim)


@op(
    lambda make: [
        Sample(make(5, 2), 3),
        Sample(make(2, 5), (1, 3), -1),
        Sample(make(4), [3, 1, 9]),
        Sample(make(0, 2), 2),
    ]
)
def tensor_split(input: Tensor, indices_or_sections: int | Sequence[int] | Tensor, dim: int = 0) -> Parts:
    """Return views of consecutive parts of an axis: that many, nearly equal, or cut at the given positions.

    Parameters
    ----------
    input : Tensor
    indices_or_sections : int, sequence of int or 0/1-d Tensor
        Number of parts, or the positions where a new one begins.
    dim : int

    Raises
    ------
    RuntimeError
        If the number of parts is not positive.

    Examples
    --------
    >>> import autograd
    >>> autograd.tensor_split(autograd.arange(5), 2)
    (tensor([0, 1, 2]), tensor([3, 4]))
    >>> autograd.tensor_split(autograd.arange(5), (1, 3))
    (tensor([0]), tensor([1, 2]), tensor([3, 4]))
    """
    axis = _axis_of(input, dim, "tensor_split")
    how = indices_or_sections.tolist() if isinstance(indices_or_sections, Tensor) else indices_or_sections
    n = input._data.shape[axis]
    if isinstance(how, Sequence):
        cuts = [0, *how, n]
    elif how <= 0:
        raise RuntimeError(describe(f"number of sections must be larger than 0, got {how}", op="tensor_split"))
    else:
        cuts = [i * (n // how) + min(i, n % how) for i in range(how + 1)]
    before = (slice(None),) * axis
    return tuple([Slice.apply(input, index=(*before, slice(a, b))) for a, b in itertools.pairwise(cuts)])


@op(lambda make: [Sample(make(3, 2)), Sample(make(2, 3), -1), Sample(make(2, 0), 0)])
def unbind(input: Tensor, dim: int = 0) -> Parts:
    """Return the views at all positions of an axis.

    Raises
    ------
    IndexError
        If there is no axis.

    Examples
    --------
    >>> import autograd
    >>> autograd.unbind(autograd.tensor([[1, 2], [3, 4]]))
    (tensor([1, 2]), tensor([3, 4]))
    """
    if input._data.ndim == 0:
        raise IndexError(describe("Dimension specified as 0 but tensor has no dimensions", op="unbind"))
    axis = normalize_axis(dim, input._data.ndim)
    result: Parts = Unbind.apply(input, axis=axis, indices=list(range(input._data.shape[axis])))
    return result


METHODS: dict[str, Any] = {"split_with_sizes": split_with_sizes}
