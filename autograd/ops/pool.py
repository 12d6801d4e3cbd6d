"""Maximum pooling over one to three spatial axes.

It takes the elements at the winners of its windows; its gradient adds to those elements, and the gradient of that takes
again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from autograd.errors import describe, sizes
from autograd.geometry import PoolGeometry, pool_geometry
from autograd.kernels import pool as kernels
from autograd.operation import Op
from autograd.ops.arguments import frozen, require_floating, require_tensors, unbatched
from autograd.ops.promote import cast
from autograd.ops.registry import Maker, Sample, op
from autograd.ops.shape import reshape
from autograd.tensor import Tensor

__all__ = [
    "max_pool1d",
    "max_pool2d",
    "max_pool3d",
]

Array = np.ndarray[Any, np.dtype[Any]]
Sizes = int | Sequence[int]


class MaxPool(Op):
    """The maximum of every window, with its position on request."""

    __slots__ = ("geometry",)

    def forward(self, x: Array, *, geometry: PoolGeometry, indices: bool) -> Any:
        self.geometry = geometry
        out, winners = kernels.max_pool_values(x, geometry)
        self.keep(winners)
        return (out, kernels.winner_indices(winners, geometry)) if indices else out

    def backward(self, grad: Tensor, *_: None) -> Tensor:
        (winners,) = self.kept
        result: Tensor = AddToWinners.apply(grad, winners, geometry=self.geometry)
        return result


class AddToWinners(Op):
    """Zeros with every window's value added at its winner; adjoint of `TakeWinners`."""

    __slots__ = ("geometry",)
    keeps = {0: (1,)}

    def forward(self, g: Array, winners: Array, *, geometry: PoolGeometry) -> Array:
        self.geometry = geometry
        return kernels.max_pool_backward(g, winners, geometry, (*g.shape[:2], *geometry.size))

    def backward(self, grad: Tensor) -> tuple[Tensor, None]:
        _, winners = self.saved
        return TakeWinners.apply(grad, winners, geometry=self.geometry), None


class TakeWinners(Op):
    """Every window's element at its winner."""

    __slots__ = ("geometry",)
    keeps = {0: (1,)}

    def forward(self, x: Array, winners: Array, *, geometry: PoolGeometry) -> Array:
        self.geometry = geometry
        return kernels.max_pool_take(x, winners, geometry)

    def backward(self, grad: Tensor) -> tuple[Tensor, None]:
        _, winners = self.saved
        return AddToWinners.apply(grad, winners, geometry=self.geometry), None


def pooled(input: Tensor, rank: int, op: str, settings: tuple[Any, ...] = ()) -> Tensor:
    """Return the input of a pooling with a batch axis; a mistake in the settings is told before one in the shape.

    Raises
    ------
    TypeError
        If it is not a tensor.
    RuntimeError
        If it has neither `rank` + 1 nor `rank` + 2 axes, or an axis other than the batch is empty.
    """
    require_tensors(op, input=input)
    shape = input._data.shape
    unranked = len(shape) not in (rank + 1, rank + 2)
    if unranked or 0 in shape[-rank - 1 :]:
        if settings:
            pool_geometry((1 << 20,) * rank, *settings, op=op)
        batched = f"{rank + 1}D or {rank + 2}D (batch mode) tensor"
        if unranked and rank > 1:
            phrase = f"{op}: non-empty {batched} expected for input, but got: {sizes(shape)}"
        elif rank == 3:
            phrase = (
                f"{op}: Expected input's non-batch dimensions to have positive length, but input has a shape of "
                f"{sizes(shape)}"
            )
        else:
            phrase = f"{op}: Expected {batched} with optional 0 dim batch size for input, but got:{sizes(shape)}"
        raise RuntimeError(
            describe(
                phrase, op=op, rule=f"input is ([batch,] channels, {rank} spatial axes); only the batch may be empty"
            )
        )
    return input if len(shape) == rank + 2 else reshape(input, (1, *shape))


def maximum(
    input: Tensor,
    kernel_size: Any,
    stride: Any,
    padding: Any,
    dilation: Any,
    ceil_mode: bool,
    return_indices: bool,
    rank: int,
    op: str,
) -> Any:
    """Validate and run maximum pooling over `rank` spatial axes."""
    steps = (frozen(kernel_size), frozen(stride), frozen(padding), frozen(dilation))
    x = pooled(input, rank, op, steps)
    kind = x._data.dtype
    if kind.kind in "iu":
        x = cast(x, np.dtype(np.float64))
    require_floating(op, x)
    geometry = pool_geometry(x._data.shape[2:], *steps, bool(ceil_mode), op)
    out = MaxPool.apply(x, geometry=geometry, indices=bool(return_indices))
    if return_indices:
        return unbatched(cast(out[0], kind), input), unbatched(out[1], input)
    return unbatched(cast(out, kind), input)


def _maxima(rank: int) -> Any:
    """Samples of maximum pooling: overlap, padding, dilation, ceiling, indices, no batch, empty batch."""

    def samples(make: Maker) -> Iterator[Sample]:
        size = (7, 6, 5)[:rank]
        yield Sample(make.distinct(2, 2, *size), 2)
        yield Sample(make.distinct(1, 2, *size), (3,) * rank, (2,) * rank, 1, 1, True, True)
        yield Sample(make.distinct(2, *size), 2, 1, 1, dilation=2)
        yield Sample(make.distinct(1, 1, *size), 2, stride=3, ceil_mode=True)
        yield Sample(make.distinct(0, 1, *size), 2)

    return samples


@op(_maxima(1), method=False)
def max_pool1d(
    input: Tensor,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    dilation: Sizes = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """Return the maximum of every window of sequences, shape (N, C, L) or (C, L); see `max_pool2d`.

    Parameters
    ----------
    input : Tensor, shape (N, C, L) or (C, L)
    kernel_size, stride, padding, dilation, ceil_mode, return_indices
        As in `max_pool2d`.

    Returns
    -------
    Tensor, shape (N, C, L') or (C, L')
        With `return_indices`, followed by the positions.

    Examples
    --------
    >>> import autograd
    >>> import nn.functional as F
    >>> F.max_pool1d(autograd.tensor([[1.0, 3.0, 9.0, 5.0]]), 2)
    tensor([[3., 9.]])
    """
    return maximum(input, kernel_size, stride, padding, dilation, ceil_mode, return_indices, 1, "max_pool1d")


@op(_maxima(2), method=False)
def max_pool2d(
    input: Tensor,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    dilation: Sizes = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """Return the maximum of every window of images.

    Parameters
    ----------
    input : Tensor, shape (N, C, H, W) or (C, H, W)
    kernel_size, stride, padding, dilation : int or tuple of int
        `stride` defaults to `kernel_size`; padding counts as minus infinity.
    ceil_mode : bool
        Whether windows may reach past the padding.
    return_indices : bool
        Return also the row-major position of each maximum within its plane.

    Returns
    -------
    Tensor, or tuple of two tensors
        Of several equal maxima the first one counts and gets the gradient.

    Raises
    ------
    RuntimeError
        If the input has the wrong rank, a setting is out of range, or the output would be empty.

    Examples
    --------
    >>> import autograd
    >>> x = autograd.tensor([[[1.0, 3.0], [2.0, 9.0]]])
    >>> max_pool2d(x, 2, return_indices=True)
    (tensor([[[9.]]]), tensor([[[3]]]))
    """
    return maximum(input, kernel_size, stride, padding, dilation, ceil_mode, return_indices, 2, "max_pool2d")


@op(_maxima(3), method=False)
def max_pool3d(
    input: Tensor,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    dilation: Sizes = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """Return the maximum of every window of volumes, shape (N, C, D, H, W) or (C, D, H, W); see `max_pool2d`.

    Parameters
    ----------
    input : Tensor, shape (N, C, D, H, W) or (C, D, H, W)
    kernel_size, stride, padding, dilation, ceil_mode, return_indices
        As in `max_pool2d`.

    Returns
    -------
    Tensor, shape (N, C, D', H', W') or (C, D', H', W')
        With `return_indices`, followed by the positions.

    Examples
    --------
    >>> import autograd
    >>> import nn.functional as F
    >>> F.max_pool3d(autograd.ones(1, 2, 5, 5, 5), 3, stride=2, padding=1).shape
    autograd.Size([1, 2, 3, 3, 3])
    """
    return maximum(input, kernel_size, stride, padding, dilation, ceil_mode, return_indices, 3, "max_pool3d")
