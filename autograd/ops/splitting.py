"""Taking tensors apart into views."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from autograd.errors import describe
from autograd.operation import Op, ViewStep
from autograd.ops.axes import normalize_axis
from autograd.ops.joining import cat, stack
from autograd.ops.registry import Maker, Sample, op
from autograd.ops.slicing import Slice
from autograd.tensor import Tensor

__all__ = ["chunk", "split", "split_with_sizes", "tensor_split", "unbind"]

Array = np.ndarray[Any, np.dtype[Any]]
Parts = tuple[Tensor, ...]


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

    Parameters
    ----------
    input : Tensor
    split_sizes : sequence of int
        They add up to the size of the axis.
    dim : int

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

    Parameters
    ----------
    input : Tensor
    dim : int

    Returns
    -------
    tuple of Tensor
        One for each position, without the axis.

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
