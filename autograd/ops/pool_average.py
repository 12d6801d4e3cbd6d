"""Average pooling over one to three spatial axes: linear, so that its gradient is its adjoint."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from autograd.errors import describe
from autograd.geometry import PoolGeometry, pool_geometry
from autograd.kernels import pool as kernels
from autograd.operation import Op
from autograd.ops.arguments import frozen, require_floating, unbatched
from autograd.ops.pool import pooled
from autograd.ops.promote import cast
from autograd.ops.registry import Maker, Sample, op
from autograd.tensor import Tensor

__all__ = ["avg_pool1d", "avg_pool2d", "avg_pool3d"]

Array = np.ndarray[Any, np.dtype[Any]]
Sizes = int | Sequence[int]


class AvgPool(Op):
    """The sum of every window over its divisor."""

    __slots__ = ("divisor", "geometry", "with_padding")

    def forward(self, x: Array, *, geometry: PoolGeometry, with_padding: bool, divisor: int | None) -> Array:
        self.geometry, self.with_padding, self.divisor = geometry, with_padding, divisor
        return kernels.avg_pool(x, geometry, with_padding, divisor)

    def backward(self, grad: Tensor) -> Tensor:
        how = {"geometry": self.geometry, "with_padding": self.with_padding, "divisor": self.divisor}
        result: Tensor = SpreadAverage.apply(grad, **how)
        return result


class SpreadAverage(Op):
    """Every window's value over its divisor, added to all of the window; adjoint of `AvgPool`."""

    __slots__ = ("divisor", "geometry", "with_padding")

    def forward(self, g: Array, *, geometry: PoolGeometry, with_padding: bool, divisor: int | None) -> Array:
        self.geometry, self.with_padding, self.divisor = geometry, with_padding, divisor
        return kernels.avg_pool_backward(g, geometry, with_padding, divisor)

    def backward(self, grad: Tensor) -> Tensor:
        how = {"geometry": self.geometry, "with_padding": self.with_padding, "divisor": self.divisor}
        result: Tensor = AvgPool.apply(grad, **how)
        return result


def average(
    input: Tensor,
    kernel_size: Any,
    stride: Any,
    padding: Any,
    ceil_mode: bool,
    count_include_pad: bool,
    divisor_override: int | None,
    rank: int,
    op: str,
) -> Tensor:
    """Validate and run average pooling over `rank` spatial axes.

    Raises
    ------
    RuntimeError
        If the divisor is zero.
    """
    steps = (frozen(kernel_size), frozen(stride), frozen(padding))
    x = pooled(input, rank, op, steps)
    whole = x._data.dtype == np.int64
    if whole:
        x = cast(x, np.dtype(np.float64))
    require_floating(op, x)
    if divisor_override == 0:
        raise RuntimeError(describe("divisor must be not zero", op=op))
    geometry = pool_geometry(x._data.shape[2:], *steps, 1, bool(ceil_mode), op)
    out: Tensor = AvgPool.apply(x, geometry=geometry, with_padding=bool(count_include_pad), divisor=divisor_override)
    return unbatched(cast(out, np.dtype(np.int64)) if whole else out, input)


def _averages(rank: int) -> Any:
    """Samples of average pooling: overlap, padding counted or not, ceiling, another divisor, no batch, empty batch."""

    def samples(make: Maker) -> Iterator[Sample]:
        size = (7, 6, 5)[:rank]
        yield Sample(make(2, 2, *size), 2)
        yield Sample(make(1, 2, *size), (3,) * rank, (2,) * rank, 1)
        yield Sample(make(2, *size), 3, 2, 1, True, False)
        yield Sample(make(1, 1, *size), 2, stride=3, ceil_mode=True)
        if rank > 1:
            yield Sample(make(1, 1, *size), 2, 1, divisor_override=3)
        yield Sample(make(0, 1, *size), 2)

    return samples


@op(_averages(1), method=False)
def avg_pool1d(
    input: Tensor,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Tensor:
    """Return the mean of every window of sequences, shape (N, C, L) or (C, L); see `avg_pool2d`.

    Parameters
    ----------
    input : Tensor, shape (N, C, L) or (C, L)
    kernel_size, stride, padding, ceil_mode, count_include_pad
        As in `avg_pool2d`.

    Returns
    -------
    Tensor, shape (N, C, L') or (C, L')

    Examples
    --------
    >>> import autograd
    >>> import nn.functional as F
    >>> F.avg_pool1d(autograd.tensor([[1.0, 3.0, 5.0, 9.0]]), 2)
    tensor([[2., 7.]])
    """
    return average(input, kernel_size, stride, padding, ceil_mode, count_include_pad, None, 1, "avg_pool1d")


@op(_averages(2), method=False)
def avg_pool2d(
    input: Tensor,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Tensor:
    """Return the mean of every window of images.

    Parameters
    ----------
    input : Tensor, shape (N, C, H, W) or (C, H, W)
    kernel_size, stride, padding : int or tuple of int
        `stride` defaults to `kernel_size`.
    ceil_mode : bool
        Whether windows may reach past the padding; what lies there is never counted.
    count_include_pad : bool
        Whether zeros of the padding count.
    divisor_override : int, optional
        Divide by this instead of the count.

    Examples
    --------
    >>> import autograd
    >>> avg_pool2d(autograd.tensor([[[1.0, 3.0], [2.0, 9.0]]]), 2)
    tensor([[[3.7500]]])
    """
    how = (ceil_mode, count_include_pad, divisor_override)
    return average(input, kernel_size, stride, padding, *how, 2, "avg_pool2d")


@op(_averages(3), method=False)
def avg_pool3d(
    input: Tensor,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Tensor:
    """Return the mean of every window of volumes, shape (N, C, D, H, W) or (C, D, H, W); see `avg_pool2d`.

    Parameters
    ----------
    input : Tensor, shape (N, C, D, H, W) or (C, D, H, W)
    kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
        As in `avg_pool2d`.

    Returns
    -------
    Tensor, shape (N, C, D', H', W') or (C, D', H', W')

    Examples
    --------
    >>> import autograd
    >>> import nn.functional as F
    >>> F.avg_pool3d(autograd.ones(1, 2, 4, 4, 4), 2).shape
    autograd.Size([1, 2, 2, 2, 2])
    """
    how = (ceil_mode, count_include_pad, divisor_override)
    return average(input, kernel_size, stride, padding, *how, 3, "avg_pool3d")
