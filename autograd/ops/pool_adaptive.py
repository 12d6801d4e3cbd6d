"""Pooling to a given output size: cell i of o covers the inputs from floor(i n / o) to ceil((i + 1) n / o)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from autograd.errors import describe, sizes
from autograd.kernels import pool as kernels
from autograd.operation import Op
from autograd.ops.arguments import require_floating, require_tensors, unbatched
from autograd.ops.pool import pooled
from autograd.ops.registry import Maker, Sample, op
from autograd.ops.unpool import AddInPlanes
from autograd.tensor import Tensor

__all__ = [
    "adaptive_avg_pool1d",
    "adaptive_avg_pool2d",
    "adaptive_avg_pool3d",
    "adaptive_max_pool1d",
    "adaptive_max_pool2d",
    "adaptive_max_pool3d",
]

Array = np.ndarray[Any, np.dtype[Any]]
OutputSize = int | None | Sequence[int | None]


class AdaptiveAvgPool(Op):
    """The mean of every cell."""

    __slots__ = ("source",)

    @np.errstate(all="ignore")
    def forward(self, x: Array, *, size: tuple[int, ...]) -> Array:
        self.source = x.shape[2:]
        return kernels.adaptive_avg_pool(x, size)

    def backward(self, grad: Tensor) -> Tensor:
        result: Tensor = SpreadCells.apply(grad, size=self.source)
        return result


class SpreadCells(Op):
    """Every cell's value shared out evenly over it; adjoint of `AdaptiveAvgPool`."""

    __slots__ = ("source",)

    @np.errstate(all="ignore")
    def forward(self, g: Array, *, size: tuple[int, ...]) -> Array:
        self.source = g.shape[2:]
        return kernels.adaptive_avg_pool_backward(g, size)

    def backward(self, grad: Tensor) -> Tensor:
        result: Tensor = AdaptiveAvgPool.apply(grad, size=self.source)
        return result


class AdaptiveMaxPool(Op):
    """The maximum of every cell, and its position."""

    __slots__ = ("source",)

    @np.errstate(all="ignore")
    def forward(self, x: Array, *, size: tuple[int, ...]) -> tuple[Array, Array]:
        self.source = x.shape[2:]
        out, indices = kernels.adaptive_max_pool(x, size)
        self.keep(indices)
        return out, indices

    def backward(self, grad: Tensor, _: None) -> Tensor:
        (indices,) = self.kept
        result: Tensor = AddInPlanes.apply(grad, indices, size=self.source)
        return result


def _batched(input: Tensor, wanted: Any, rank: int, op: str) -> Tensor:
    """Return the input with a batch axis.

    Raises
    ------
    TypeError
        If it is not a tensor.
    ValueError, RuntimeError
        If it has neither `rank` + 1 nor `rank` + 2 axes.
    """
    require_tensors(op, input=input)
    shape = input._data.shape
    if rank > 1 and isinstance(wanted, Sequence) and len(shape) <= len(wanted):
        raise ValueError(
            describe(f"Input dimension should be at least {len(wanted) + 1}", op=op, shapes={"input": shape})
        )
    if len(shape) not in (rank + 1, rank + 2):
        phrase = (
            f"Expected 2 to 3 dimensions, but got {len(shape)}-dimensional tensor for argument #1 'self' (while "
            f"checking arguments for {op})"
            if rank == 1
            else f"{op}(): Expected {rank + 1}D or {rank + 2}D tensor, but got{':' * ('max' in op)} {sizes(shape)}"
        )
        raise RuntimeError(describe(phrase, op=op, rule=f"input is ([batch,] channels, {rank} spatial axes)"))
    return pooled(input, rank, op)


def _output_size(wanted: Any, shape: tuple[int, ...], op: str) -> tuple[int, ...]:
    """Return the output's spatial size, with the input's where it is left open.

    Raises
    ------
    RuntimeError
        If there is not one size for each axis, or one is negative.
    """
    lead, size = shape[:2], shape[2:]
    rank = len(size)
    entries = tuple(wanted) if isinstance(wanted, Sequence) else (wanted,) * rank
    if len(entries) == 1:
        entries *= rank
    if len(entries) != rank:
        phrase = f"{op}: output_size must be {rank}"
        if rank == 1:
            phrase = f"{op}() argument 'output_size' should contain one int (got {len(entries)})"
        elif "max" in op:
            phrase = f"{op}(): internal error: output_size.size() must be {rank}"
        raise RuntimeError(describe(phrase, op=op, rule=f"one size for each of {rank} spatial axes"))
    if any(n is not None and not hasattr(n, "__index__") for n in entries):
        raise TypeError(describe(f"{op}(): argument 'output_size' must be tuple of ints, but got {wanted!r}", op=op))
    full = tuple([m if n is None else n.__index__() for n, m in zip(entries, size, strict=True)])
    if min(full) < 0:
        raise RuntimeError(
            describe(
                f"Trying to create tensor with negative dimension {min(full)}: {sizes((*lead, *full))}"
                if "max" in op
                else f"{op}: elements of output_size must be greater than or equal to 0 but received "
                f"{{{', '.join(map(str, full))}}}",
                op=op,
            )
        )
    return full


def average(input: Tensor, output_size: Any, rank: int, op: str) -> Tensor:
    """Validate and run adaptive average pooling over `rank` spatial axes."""
    x = _batched(input, output_size, rank, op)
    require_floating(op, x)
    return unbatched(AdaptiveAvgPool.apply(x, size=_output_size(output_size, x._data.shape, op)), input)


def maximum(input: Tensor, output_size: Any, return_indices: bool, rank: int, op: str) -> Any:
    """Validate and run adaptive maximum pooling over `rank` spatial axes."""
    x = _batched(input, output_size, rank, op)
    require_floating(op, x)
    out, indices = AdaptiveMaxPool.apply(x, size=_output_size(output_size, x._data.shape, op))
    return (unbatched(out, input), unbatched(indices, input)) if return_indices else unbatched(out, input)


def _averages(rank: int) -> Any:
    """Samples: equal and unequal cells, more cells than inputs, an axis left as it is, no batch, empty batch."""

    def samples(make: Maker) -> Iterator[Sample]:
        size = (6, 5, 4)[:rank]
        yield Sample(make(2, 2, *size), 1)
        yield Sample(make(1, 2, *size), (4, 3, 3)[:rank])
        yield Sample(make(2, *size), (3, None, 2)[:rank])
        yield Sample(make(1, 1, *size), 7)
        yield Sample(make(0, 1, *size), 2)

    return samples


def _maxima(rank: int) -> Any:
    """Samples: equal and unequal cells with indices, no batch, empty batch."""

    def samples(make: Maker) -> Iterator[Sample]:
        size = (6, 5, 4)[:rank]
        yield Sample(make.distinct(2, 2, *size), 1)
        yield Sample(make.distinct(1, 2, *size), (4, 3, 3)[:rank], return_indices=True)
        yield Sample(make.distinct(2, *size), (3, None, 2)[:rank])
        yield Sample(make.distinct(0, 1, *size), 2, True)

    return samples


@op(_averages(1), method=False)
def adaptive_avg_pool1d(input: Tensor, output_size: OutputSize) -> Tensor:
    """Return the mean of every cell of sequences, shape (N, C, L) or (C, L); see `adaptive_avg_pool2d`.

    Parameters
    ----------
    input : Tensor, shape (N, C, L) or (C, L)
    output_size
        As in `adaptive_avg_pool2d`.

    Examples
    --------
    >>> import autograd
    >>> import nn.functional as F
    >>> F.adaptive_avg_pool1d(autograd.tensor([[1.0, 3.0, 5.0]]), 2)
    tensor([[2., 4.]])
    """
    return average(input, output_size, 1, "adaptive_avg_pool1d")


@op(_averages(2), method=False)
def adaptive_avg_pool2d(input: Tensor, output_size: OutputSize) -> Tensor:
    """Return the mean of every cell of images, split into a given number of cells.

    Parameters
    ----------
    input : Tensor, shape (N, C, H, W) or (C, H, W)
    output_size : int, None, or a pair of them
        Number of cells on each axis; ``None`` keeps the input's size.

    Examples
    --------
    >>> import autograd
    >>> adaptive_avg_pool2d(autograd.tensor([[[1.0, 3.0], [2.0, 9.0]]]), 1)
    tensor([[[3.7500]]])
    """
    return average(input, output_size, 2, "adaptive_avg_pool2d")


@op(_averages(3), method=False)
def adaptive_avg_pool3d(input: Tensor, output_size: OutputSize) -> Tensor:
    """Return the mean of every cell of volumes, shape (N, C, D, H, W) or (C, D, H, W); see `adaptive_avg_pool2d`.

    Parameters
    ----------
    input : Tensor, shape (N, C, D, H, W) or (C, D, H, W)
    output_size
        As in `adaptive_avg_pool2d`.

    Examples
    --------
    >>> import autograd
    >>> import nn.functional as F
    >>> F.adaptive_avg_pool3d(autograd.ones(1, 2, 5, 6, 7), (None, 3, 1)).shape
    autograd.Size([1, 2, 5, 3, 1])
    """
    return average(input, output_size, 3, "adaptive_avg_pool3d")


@op(_maxima(1), method=False)
def adaptive_max_pool1d(input: Tensor, output_size: OutputSize, return_indices: bool = False) -> Any:
    """Return the maximum of every cell of sequences, shape (N, C, L) or (C, L); see `adaptive_max_pool2d`.

    Parameters
    ----------
    input : Tensor, shape (N, C, L) or (C, L)
    output_size, return_indices
        As in `adaptive_max_pool2d`.

    Examples
    --------
    >>> import autograd
    >>> import nn.functional as F
    >>> F.adaptive_max_pool1d(autograd.tensor([[1.0, 3.0, 5.0]]), 2)
    tensor([[3., 5.]])
    """
    return maximum(input, output_size, return_indices, 1, "adaptive_max_pool1d")


@op(_maxima(2), method=False)
def adaptive_max_pool2d(input: Tensor, output_size: OutputSize, return_indices: bool = False) -> Any:
    """Return the maximum of every cell of images, split into a given number of cells.

    Parameters
    ----------
    input : Tensor, shape (N, C, H, W) or (C, H, W)
    output_size : int, None, or a pair of them
        Number of cells on each axis; ``None`` keeps the input's size.
    return_indices : bool
        Return also the row-major position of each maximum within its plane.

    Examples
    --------
    >>> import autograd
    >>> import nn.functional as F
    >>> F.adaptive_max_pool2d(autograd.tensor([[[1.0, 3.0], [2.0, 9.0]]]), 1, return_indices=True)
    (tensor([[[9.]]]), tensor([[[3]]]))
    """
    return maximum(input, output_size, return_indices, 2, "adaptive_max_pool2d")


@op(_maxima(3), method=False)
def adaptive_max_pool3d(input: Tensor, output_size: OutputSize, return_indices: bool = False) -> Any:
    """Return the maximum of every cell of volumes, shape (N, C, D, H, W) or (C, D, H, W); see `adaptive_max_pool2d`.

    Parameters
    ----------
    input : Tensor, shape (N, C, D, H, W) or (C, D, H, W)
    output_size, return_indices
        As in `adaptive_max_pool2d`.

    Examples
    --------
    >>> import autograd
    >>> import nn.functional as F
    >>> F.adaptive_max_pool3d(autograd.ones(1, 2, 5, 6, 7), 2).shape
    autograd.Size([1, 2, 2, 2, 2])
    """
    return maximum(input, output_size, return_indices, 3, "adaptive_max_pool3d")
