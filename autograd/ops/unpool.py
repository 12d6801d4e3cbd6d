"""Reading and adding at flat positions of planes, and the inverse of maximum pooling that they make."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import prod
from typing import Any

import numpy as np

from autograd.errors import describe, sizes
from autograd.geometry import ntuple
from autograd.kernels.pool import scatter_at, take_at
from autograd.operation import Op
from autograd.ops.arguments import frozen, require_floating, require_tensors, scalar_type, unbatched
from autograd.ops.pool import max_pool1d, max_pool2d, max_pool3d, pooled
from autograd.ops.registry import Maker, Sample, op
from autograd.ops.shape import reshape
from autograd.tensor import Tensor

__all__ = ["AddInPlanes", "max_unpool1d", "max_unpool2d", "max_unpool3d"]

Array = np.ndarray[Any, np.dtype[Any]]
Sizes = int | Sequence[int]


class TakeInPlanes(Op):
    """Elements of each plane at flat positions."""

    __slots__ = ("size",)
    keeps = {0: (1,)}

    def forward(self, x: Array, indices: Array) -> Array:
        self.size = x.shape[2:]
        return take_at(x, indices)

    def backward(self, grad: Tensor) -> tuple[Tensor, None]:
        _, indices = self.saved
        return AddInPlanes.apply(grad, indices, size=self.size), None


class AddInPlanes(Op):
    """Planes of zeros with values added at flat positions; adjoint of `TakeInPlanes`."""

    __slots__ = ()
    keeps = {0: (1,)}

    def forward(self, g: Array, indices: Array, *, size: tuple[int, ...]) -> Array:
        return scatter_at(g, indices, size)

    def backward(self, grad: Tensor) -> tuple[Tensor, None]:
        _, indices = self.saved
        return TakeInPlanes.apply(grad, indices), None


class MaxUnpool(Op):
    """Planes of zeros with values written at flat positions.

    Overlapping windows share a maximum: written once here, where `AddInPlanes` would count it twice.
    """

    __slots__ = ()
    keeps = {0: (1,)}

    def forward(self, x: Array, indices: Array, *, size: tuple[int, ...]) -> Array:
        planes = np.zeros((*x.shape[:2], prod(size)), x.dtype)
        flat = (*x.shape[:2], prod(x.shape[2:]))
        np.put_along_axis(planes, indices.reshape(flat), x.reshape(flat), 2)
        return planes.reshape(*x.shape[:2], *size)

    def backward(self, grad: Tensor) -> tuple[Tensor, None]:
        _, indices = self.saved
        return TakeInPlanes.apply(grad, indices), None


def _unpooled_size(size: tuple[int, ...], steps: tuple[Any, ...], wanted: Any, op: str) -> tuple[int, ...]:
    """Return the size of the plane that was pooled, checking the one that is asked for.

    Raises
    ------
    ValueError
        If `wanted` is not within one stride of ``(n - 1) s - 2 p + k``, or has the wrong length.
    """
    kernel, stride, padding = steps
    usual = tuple([(n - 1) * s - 2 * p + k for n, k, s, p in zip(size, kernel, stride, padding, strict=True)])
    if wanted is None:
        return usual
    rank = len(size)
    if len(wanted) not in (rank, rank + 2):
        raise ValueError(
            describe(
                f"output_size should be a sequence containing {rank} or {rank + 2} elements, but it has a length of "
                f"'{len(wanted)}'",
                op=op,
            )
        )
    chosen = tuple(wanted)[-rank:]
    for axis, (n, m, s) in enumerate(zip(usual, chosen, stride, strict=True)):
        if not n - s < m < n + s:
            raise ValueError(
                describe(
                    f'invalid output_size "{chosen}" (dim {axis} must be between {n - s} and {n + s})',
                    op=op,
                    rule="a pooling with this kernel, stride and padding cannot have had such an input",
                )
            )
    return chosen


def unpool(
    input: Tensor, indices: Tensor, kernel_size: Any, stride: Any, padding: Any, output_size: Any, rank: int, op: str
) -> Tensor:
    """Validate and run unpooling over `rank` spatial axes.

    Raises
    ------
    RuntimeError
        If `indices` has another dtype than int64 or another shape than `input`, or leaves the plane.
    """
    require_tensors(op, input=input, indices=indices)
    x = pooled(input, rank, op)
    require_floating(op, x)
    positions = indices._data
    if positions.dtype != np.int64:
        found = scalar_type(positions.dtype)
        raise RuntimeError(describe(f"elements in indices should be type int64 but got: {found}", op=op))
    if positions.shape != input._data.shape:
        raise RuntimeError(
            describe(
                f"Expected shape of indices to be same as that of the input tensor ({sizes(input._data.shape)}) but "
                f"got indices tensor with shape: {sizes(positions.shape)}",
                op=op,
            )
        )
    kernel = ntuple(frozen(kernel_size), rank, "kernel_size", op)
    steps = (kernel, *(ntuple(frozen(v), rank, n, op) for n, v in (("stride", stride or kernel), ("padding", padding))))
    size = _unpooled_size(x._data.shape[2:], steps, output_size, op)
    if positions.size and not (positions.min() >= 0 and positions.max() < prod(size)):
        wrong = positions.min() if positions.min() < 0 else positions.max()
        raise RuntimeError(
            describe(
                f"Found an invalid max index: {wrong} (output volumes are of size {'x'.join(map(str, size))})",
                op=op,
                fix="pass the output_size of the pooling's input",
            )
        )
    out: Tensor = MaxUnpool.apply(x, reshape(indices, x._data.shape), size=size)
    return unbatched(out, input)


def _unpoolings(rank: int, pool: Any) -> Any:
    """Samples of unpooling: what a pooling gave, with and without padding, an output size, no batch."""

    def samples(make: Maker) -> Iterator[Sample]:
        size = (6, 4, 4)[:rank]
        for shape, kernel, stride, padding, wanted in (
            ((2, 2, *size), 2, None, 0, None),
            ((2, *size), (3,) * rank, 3, 1, size),
            ((1, 1, *(n + 1 for n in size)), 2, 2, 0, (1, 1, *(n + 1 for n in size))),
            ((0, 2, *size), 2, None, 0, None),
        ):
            values, indices = pool(make.distinct(*shape), kernel, stride, padding, return_indices=True)
            yield Sample(make(*values.shape), indices, kernel, stride, padding, wanted)

    return samples


@op(_unpoolings(1, max_pool1d), method=False)
def max_unpool1d(
    input: Tensor,
    indices: Tensor,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    output_size: Sequence[int] | None = None,
) -> Tensor:
    """Put values back where `max_pool1d` found them; see `max_unpool2d`.

    Parameters
    ----------
    input, indices : Tensor, shape (N, C, L) or (C, L)
    kernel_size, stride, padding, output_size
        As in `max_unpool2d`.

    Examples
    --------
    >>> import autograd
    >>> import nn.functional as F
    >>> values, indices = F.max_pool1d(autograd.tensor([[1.0, 3.0, 9.0, 5.0]]), 2, return_indices=True)
    >>> F.max_unpool1d(values, indices, 2)
    tensor([[0., 3., 9., 0.]])
    """
    return unpool(input, indices, kernel_size, stride, padding, output_size, 1, "max_unpool1d")


@op(_unpoolings(2, max_pool2d), method=False)
def max_unpool2d(
    input: Tensor,
    indices: Tensor,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    output_size: Sequence[int] | None = None,
) -> Tensor:
    """Put values back where `max_pool2d` found them, among zeros.

    Parameters
    ----------
    input : Tensor, shape (N, C, H, W) or (C, H, W)
    indices : Tensor of int64, the shape of `input`
        From `max_pool2d` with ``return_indices=True``.
    kernel_size, stride, padding : int or tuple of int
        Those of the pooling.
    output_size : sequence of int, optional
        Size of the pooling's input, where ``(H - 1) s - 2 p + k`` is not it.

    Examples
    --------
    >>> import autograd
    >>> max_unpool2d(autograd.tensor([[[9.0]]]), autograd.tensor([[[3]]]), 2)
    tensor([[[0., 0.],
             [0., 9.]]])
    """
    return unpool(input, indices, kernel_size, stride, padding, output_size, 2, "max_unpool2d")


@op(_unpoolings(3, max_pool3d), method=False)
def max_unpool3d(
    input: Tensor,
    indices: Tensor,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    output_size: Sequence[int] | None = None,
) -> Tensor:
    """Put values back where `max_pool3d` found them; see `max_unpool2d`.

    Parameters
    ----------
    input, indices : Tensor, shape (N, C, D, H, W) or (C, D, H, W)
    kernel_size, stride, padding, output_size
        As in `max_unpool2d`.

    Examples
    --------
    >>> import autograd
    >>> import nn.functional as F
    >>> values, indices = F.max_pool3d(autograd.ones(1, 2, 4, 4, 4), 2, return_indices=True)
    >>> F.max_unpool3d(values, indices, 2).shape
    autograd.Size([1, 2, 4, 4, 4])
    """
    return unpool(input, indices, kernel_size, stride, padding, output_size, 3, "max_unpool3d")
