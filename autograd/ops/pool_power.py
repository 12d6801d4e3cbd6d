"""Power-mean pooling: the p-norm of every window."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

from autograd.geometry import ntuple
from autograd.ops.arguments import frozen
from autograd.ops.pool import maximum
from autograd.ops.pool_average import average
from autograd.ops.registry import Maker, Sample, op
from autograd.tensor import Tensor

__all__ = ["lp_pool1d", "lp_pool2d", "lp_pool3d"]

Sizes = int | Sequence[int]


def power_mean(
    input: Tensor, norm_type: float, kernel_size: Any, stride: Any, ceil_mode: bool, rank: int, op: str
) -> Tensor:
    """Take the root of the window's sum of powers; at infinity that is the largest, at minus infinity the smallest."""
    if math.isinf(norm_type):
        sign = math.copysign(1.0, norm_type)
        found: Tensor = maximum(input.abs() * sign, kernel_size, stride, 0, 1, ceil_mode, False, rank, op) * sign
        return found
    taps = math.prod(ntuple(frozen(kernel_size), rank, "kernel_size", op))
    mean = average(input**norm_type, kernel_size, stride, 0, ceil_mode, True, None, rank, op)
    return (mean * taps) ** (1.0 / norm_type)


def _powers(rank: int) -> Any:
    """Samples of power-mean pooling."""

    def samples(make: Maker) -> Iterator[Sample]:
        size = (6, 5, 4)[:rank]
        yield Sample(make.positive(2, 2, *size), 2, 2)
        yield Sample(make.positive(1, *size), 3.0, 2, stride=3, ceil_mode=True)
        yield Sample(make.positive(1, 1, *size), 1.5, (3,) * rank, 1)
        yield Sample(make.distinct(1, 1, *size), math.inf, 2)
        yield Sample(make.distinct(1, 1, *size), -math.inf, 2)

    return samples


@op(_powers(1), method=False)
def lp_pool1d(
    input: Tensor, norm_type: float, kernel_size: Sizes, stride: Sizes | None = None, ceil_mode: bool = False
) -> Tensor:
    """Return the p-norm of every window of sequences, shape (N, C, L) or (C, L); see `lp_pool2d`.

    Parameters
    ----------
    input : Tensor, shape (N, C, L) or (C, L)
    norm_type, kernel_size, stride, ceil_mode
        As in `lp_pool2d`.

    Examples
    --------
    >>> import autograd
    >>> import nn.functional as F
    >>> F.lp_pool1d(autograd.tensor([[3.0, 4.0]]), 2, 2)
    tensor([[5.]])
    """
    return power_mean(input, norm_type, kernel_size, stride, ceil_mode, 1, "lp_pool1d")


@op(_powers(2), method=False)
def lp_pool2d(
    input: Tensor, norm_type: float, kernel_size: Sizes, stride: Sizes | None = None, ceil_mode: bool = False
) -> Tensor:
    """Return ``(sum of x ** p) ** (1 / p)`` over every window of images.

    Parameters
    ----------
    input : Tensor, shape (N, C, H, W) or (C, H, W)
    norm_type : float
        The power p; 1 gives sum pooling.
    kernel_size, stride : int or tuple of int
        `stride` defaults to `kernel_size`.
    ceil_mode : bool
        Whether windows may reach past the input.

    Examples
    --------
    >>> import autograd
    >>> lp_pool2d(autograd.tensor([[[3.0, 4.0]]]), 2, (1, 2))
    tensor([[[5.]]])
    """
    return power_mean(input, norm_type, kernel_size, stride, ceil_mode, 2, "lp_pool2d")


@op(_powers(3), method=False)
def lp_pool3d(
    input: Tensor, norm_type: float, kernel_size: Sizes, stride: Sizes | None = None, ceil_mode: bool = False
) -> Tensor:
    """Return the p-norm of every window of volumes, shape (N, C, D, H, W) or (C, D, H, W); see `lp_pool2d`.

    Parameters
    ----------
    input : Tensor, shape (N, C, D, H, W) or (C, D, H, W)
    norm_type, kernel_size, stride, ceil_mode
        As in `lp_pool2d`.

    Examples
    --------
    >>> import autograd
    >>> import nn.functional as F
    >>> F.lp_pool3d(autograd.ones(1, 2, 4, 4, 4), 2, 2).shape
    autograd.Size([1, 2, 2, 2, 2])
    """
    return power_mean(input, norm_type, kernel_size, stride, ceil_mode, 3, "lp_pool3d")
