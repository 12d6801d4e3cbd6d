"""Rearranging channels and positions of images."""

from __future__ import annotations

from math import prod

from autograd.errors import describe, sizes
from autograd.ops.arguments import require_tensors
from autograd.ops.registry import Sample, op
from autograd.ops.shape import reshape
from autograd.tensor import Tensor

__all__ = ["channel_shuffle", "pixel_shuffle", "pixel_unshuffle"]


def _image(input: Tensor, op: str) -> tuple[tuple[int, ...], int, int, int]:
    """Return the sizes of the batch axes, channels, height and width.

    Raises
    ------
    RuntimeError
        If there are fewer than three axes.
    """
    require_tensors(op, input=input)
    shape = input._data.shape
    if len(shape) < 3:
        raise RuntimeError(
            describe(
                f"{op} expects input to have at least 3 dimensions, but got input with {len(shape)} dimension(s)", op=op
            )
        )
    return shape[:-3], *shape[-3:]


@op(lambda make: [Sample(make(2, 8, 2, 3), 2), Sample(make(9, 1, 2), 3), Sample(make(0, 4, 2, 2), 2)], method=False)
def pixel_shuffle(input: Tensor, upscale_factor: int) -> Tensor:
    """Rearrange channels into space: (..., C r^2, H, W) to (..., C, H r, W r).

    Shi et al., "Real-Time Single Image and Video Super-Resolution", 2016.

    Parameters
    ----------
    input : Tensor, shape (..., C r^2, H, W)
    upscale_factor : int
        The factor r.

    Raises
    ------
    RuntimeError
        If the number of channels is not divisible by the factor's square.

    Examples
    --------
    >>> import autograd
    >>> autograd.pixel_shuffle(autograd.arange(4).reshape(4, 1, 1), 2)
    tensor([[[0, 1],
             [2, 3]]])
    """
    batch, channels, height, width = _image(input, "pixel_shuffle")
    r = upscale_factor
    if r < 1:
        raise RuntimeError(
            describe(f"pixel_shuffle expects a positive upscale_factor, but got {r}", op="pixel_shuffle")
        )
    if channels % (r * r):
        raise RuntimeError(
            describe(
                "pixel_shuffle expects its input's 'channel' dimension to be divisible by the square of "
                f"upscale_factor, but input.size(-3)={channels} is not divisible by {r * r}",
                op="pixel_shuffle",
            )
        )
    parts = reshape(input, (prod(batch), channels // (r * r), r, r, height, width))
    return reshape(parts.permute(0, 1, 4, 2, 5, 3), (*batch, channels // (r * r), height * r, width * r))


@op(lambda make: [Sample(make(2, 2, 4, 6), 2), Sample(make(1, 3, 6), 3), Sample(make(0, 1, 2, 2), 2)], method=False)
def pixel_unshuffle(input: Tensor, downscale_factor: int) -> Tensor:
    """Rearrange space into channels: (..., C, H r, W r) to (..., C r^2, H, W); the inverse of `pixel_shuffle`.

    Parameters
    ----------
    input : Tensor, shape (..., C, H r, W r)
    downscale_factor : int
        The factor r.

    Raises
    ------
    RuntimeError
        If height or width is not divisible by the factor.

    Examples
    --------
    >>> import autograd
    >>> import nn.functional as F
    >>> F.pixel_unshuffle(autograd.zeros(1, 3, 8, 6), 2).shape
    autograd.Size([1, 12, 4, 3])
    """
    batch, channels, height, width = _image(input, "pixel_unshuffle")
    r = downscale_factor
    if r < 1:
        raise RuntimeError(
            describe(f"pixel_unshuffle expects a positive downscale_factor, but got {r}", op="pixel_unshuffle")
        )
    for name, axis, n in (("height", -2, height), ("width", -1, width)):
        if n % r:
            raise RuntimeError(
                describe(
                    f"pixel_unshuffle expects {name} to be divisible by downscale_factor, but input.size({axis})={n} "
                    f"is not divisible by {r}",
                    op="pixel_unshuffle",
                )
            )
    parts = reshape(input, (prod(batch), channels, height // r, r, width // r, r))
    return reshape(parts.permute(0, 1, 3, 5, 2, 4), (*batch, channels * r * r, height // r, width // r))


@op(lambda make: [Sample(make(2, 6, 2, 2), 3), Sample(make(2, 4, 3), 2), Sample(make(0, 4, 2), 2)], method=False)
def channel_shuffle(input: Tensor, groups: int) -> Tensor:
    """Let the channels of all groups take turns: channel k of group g moves to position ``k groups + g``.

    Zhang et al., "ShuffleNet", 2018.

    Parameters
    ----------
    input : Tensor, shape (N, C, ...)
    groups : int

    Raises
    ------
    RuntimeError
        If `groups` does not divide the number of channels.

    Examples
    --------
    >>> import autograd
    >>> import nn.functional as F
    >>> F.channel_shuffle(autograd.arange(4).reshape(1, 4, 1), 2).flatten()
    tensor([0, 2, 1, 3])
    """
    require_tensors("channel_shuffle", input=input)
    shape = input._data.shape
    if len(shape) < 3:
        raise RuntimeError(
            describe(
                f"channel_shuffle expects input with > 2 dims, but got input with sizes {sizes(shape)}",
                op="channel_shuffle",
            )
        )
    if groups < 1:
        raise RuntimeError(
            describe(
                f"Number of groups to divide channels in must be positive. Value of groups:{groups}",
                op="channel_shuffle",
            )
        )
    if shape[1] % groups:
        raise RuntimeError(
            describe(
                f"Number of channels must be divisible by groups. Got {shape[1]} channels and {groups} groups.",
                op="channel_shuffle",
            )
        )
    parts = reshape(input, (shape[0], groups, shape[1] // groups, *shape[2:]))
    return reshape(parts.transpose(1, 2), shape)
