"""Joining tensors, along an axis they have or a new one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from autograd.dtypes import result_dtype
from autograd.errors import describe, sizes
from autograd.kernels.layout import empty_like_layout, is_channels_last
from autograd.operation import Op
from autograd.ops.axes import normalize_axis
from autograd.ops.promote import cast
from autograd.ops.registry import Maker, Sample, op
from autograd.ops.singletons import atleast_1d, atleast_2d, atleast_3d, unsqueeze
from autograd.ops.slicing import narrow
from autograd.tensor import Tensor

__all__ = [
    "cat",
    "dstack",
    "hstack",
    "stack",
    "vstack",
]

Array = np.ndarray[Any, np.dtype[Any]]


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
