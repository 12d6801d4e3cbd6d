"""Convolution in the mathematical sense, with a flipped kernel; maxima across channels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from autograd.errors import describe, sizes
from autograd.ops.arguments import require_tensors
from autograd.ops.axes import normalize_axis
from autograd.ops.conv import convolve
from autograd.ops.conv_checks import check_operands
from autograd.ops.registry import Maker, Sample, op
from autograd.ops.shape import reshape
from autograd.ops.turning import flip
from autograd.tensor import Tensor

__all__ = [
    "maxout",
    "true_conv1d",
    "true_conv2d",
    "true_conv3d",
]

Sizes = int | Sequence[int]
Padding = str | int | Sequence[int] | Sequence[tuple[int, int]]

SPATIAL = {1: (7,), 2: (6, 5), 3: (4, 5, 4)}
KERNEL = {1: (3,), 2: (3, 2), 3: (2, 3, 2)}


def _plain(rank: int) -> Any:
    """Samples of a convolution whose kernel is shared by all positions."""

    def samples(make: Maker) -> Iterator[Sample]:
        yield Sample(make(2, 3, *SPATIAL[rank]), make(2, 3, *KERNEL[rank]), make(2))
        yield Sample(make(4, *SPATIAL[rank]), make(2, 2, *KERNEL[rank]), None, 2, 1, 1, 2)
        yield Sample(make(1, 1, *SPATIAL[rank]), make(1, 1, *KERNEL[rank]), padding="full", dilation=2)

    return samples


def _flipped(
    input: Tensor, weight: Tensor, bias: Any, stride: Any, padding: Any, dilation: Any, groups: int, rank: int, op: str
) -> Tensor:
    check_operands(input, weight, bias, rank, groups, False, op)
    turned = flip(weight, tuple(range(-rank, 0)))
    return convolve(input, turned, bias, stride, padding, dilation, groups, rank, op)


@op(_plain(1), method=False)
def true_conv1d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Sizes = 1,
    padding: Padding = 0,
    dilation: Sizes = 1,
    groups: int = 1,
) -> Tensor:
    """Convolve sequences with a kernel in the mathematical sense; see `true_conv2d`.

    Parameters
    ----------
    input, weight, bias, stride, padding, dilation, groups
        As in `conv1d`.

    Examples
    --------
    >>> import autograd, nn.functional as F
    >>> F.true_conv1d(autograd.tensor([[[1.0, 2.0, 3.0]]]), autograd.tensor([[[1.0, -1.0]]]))
    tensor([[[1., 1.]]])
    """
    return _flipped(input, weight, bias, stride, padding, dilation, groups, 1, "true_conv1d")


@op(_plain(2), method=False)
def true_conv2d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Sizes = 1,
    padding: Padding = 0,
    dilation: Sizes = 1,
    groups: int = 1,
) -> Tensor:
    """Convolve images with a kernel in the mathematical sense: ``h[i] = sum over m of f[i - m] g[m]``.

    This is `conv2d` with the kernel rotated by 180 degrees. With ``padding="full"`` it commutes:
    ``true_conv2d(f, g) = true_conv2d(g, f)``.

    Parameters
    ----------
    input, weight, bias, stride, padding, dilation, groups
        As in `conv2d`.

    Examples
    --------
    >>> import autograd
    >>> f, g = autograd.tensor([[[[1.0, 2.0]]]]), autograd.tensor([[[[3.0, 4.0]]]])
    >>> true_conv2d(f, g, padding="full")
    tensor([[[[ 3., 10.,  8.]]]])
    """
    return _flipped(input, weight, bias, stride, padding, dilation, groups, 2, "true_conv2d")


@op(_plain(3), method=False)
def true_conv3d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Sizes = 1,
    padding: Padding = 0,
    dilation: Sizes = 1,
    groups: int = 1,
) -> Tensor:
    """Convolve volumes with a kernel in the mathematical sense; see `true_conv2d`.

    Parameters
    ----------
    input, weight, bias, stride, padding, dilation, groups
        As in `conv3d`.

    Examples
    --------
    >>> import autograd, nn.functional as F
    >>> F.true_conv3d(autograd.ones(1, 1, 4, 4, 4), autograd.ones(2, 1, 3, 3, 3)).shape
    autograd.Size([1, 2, 2, 2, 2])
    """
    return _flipped(input, weight, bias, stride, padding, dilation, groups, 3, "true_conv3d")


@op(
    lambda make: [
        Sample(make.distinct(2, 6, 3), 2),
        Sample(make.distinct(2, 3, 4), 4, -1),
        Sample(make.distinct(0, 4), 2),
    ],
    method=False,
)
def maxout(input: Tensor, pool_size: int, dim: int = 1) -> Tensor:
    """Return the maximum of each group of neighbouring channels: pooling across channels.

    Goodfellow et al., "Maxout Networks", 2013.

    Parameters
    ----------
    input : Tensor, shape (N, C, ...)
    pool_size : int
        Channels in a group; divides C.
    dim : int
        Axis of the channels.

    Returns
    -------
    Tensor, shape (N, C / pool_size, ...)

    Raises
    ------
    RuntimeError
        If `pool_size` does not divide the number of channels.

    Examples
    --------
    >>> import autograd
    >>> maxout(autograd.tensor([[1.0, 5.0, 2.0, 3.0]]), 2)
    tensor([[5., 3.]])
    """
    require_tensors("maxout", input=input)
    shape = input._data.shape
    axis = normalize_axis(dim, len(shape))
    if pool_size < 1 or shape[axis] % pool_size:
        raise RuntimeError(
            describe(
                f"Expected number of channels in input to be divisible by pool_size, but got input of shape "
                f"{sizes(shape)} and pool_size={pool_size}",
                op="maxout",
            )
        )
    groups = reshape(input, (*shape[:axis], shape[axis] // pool_size, pool_size, *shape[axis + 1 :]))
    values: Tensor = groups.max(axis + 1)[0]
    return values
