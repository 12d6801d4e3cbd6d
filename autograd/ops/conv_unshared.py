"""Convolutions with several kernels: one for each output position, or some that repeat every t positions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from math import prod
from typing import Any

from autograd.errors import describe, sizes
from autograd.geometry import ConvGeometry, conv_geometry
from autograd.ops.arguments import frozen, require_tensors, unbatched
from autograd.ops.conv import convolve
from autograd.ops.conv_checks import check_operands
from autograd.ops.fold import Im2Col
from autograd.ops.joining import stack
from autograd.ops.registry import Maker, Sample, op
from autograd.ops.shape import reshape
from autograd.tensor import Tensor

__all__ = [
    "locally_connected1d",
    "locally_connected2d",
    "locally_connected3d",
    "tiled_conv1d",
    "tiled_conv2d",
    "tiled_conv3d",
]

Sizes = int | Sequence[int]
Padding = str | int | Sequence[int] | Sequence[tuple[int, int]]

SPATIAL = {1: (7,), 2: (6, 5), 3: (4, 5, 4)}
KERNEL = {1: (3,), 2: (3, 2), 3: (2, 3, 2)}


def _unshared(
    input: Tensor, weight: Tensor, bias: Any, how: tuple[Any, ...], groups: int, rank: int, op: str
) -> tuple[Tensor, ConvGeometry]:
    """Check the operands of a convolution with several kernels; return the batch and the geometry of one kernel.

    Raises
    ------
    RuntimeError
        If shapes or dtypes do not fit.
    """
    require_tensors(op, input=input, weight=weight)
    shape = weight._data.shape
    if len(shape) != 2 * rank + 2:
        raise RuntimeError(
            describe(
                f"expected a weight with {2 * rank + 2} dimensions, but got weight of size {sizes(shape)}",
                op=op,
                rule=f"weight is ({rank} axes of positions, out, in / groups, {rank} kernel sizes)",
            )
        )
    x = check_operands(input, weight[(0,) * rank], None, rank, groups, False, op)
    if bias is not None:
        require_tensors(op, input=input, weight=weight, bias=bias)
        out, tiles = shape[rank], shape[:rank]
        if bias._data.shape not in ((out,), (out, *tiles)):
            raise RuntimeError(
                describe(
                    f"Given weight of size {sizes(shape)}, expected bias to be of size [{out}] or "
                    f"{sizes((out, *tiles))}, but got bias of size {sizes(bias._data.shape)} instead",
                    op=op,
                )
            )
    stride, padding, dilation = (frozen(v) for v in how)
    return x, conv_geometry(x._data.shape[2:], shape[rank + 2 :], stride, padding, dilation, groups, op)


def _one_each(rank: int) -> Any:
    """Samples of a convolution with a kernel for every position."""

    def samples(make: Maker) -> Iterator[Sample]:
        size = SPATIAL[rank]
        out = tuple(n - k + 1 for n, k in zip(size, KERNEL[rank], strict=True))
        half = tuple((n + 2 - k) // 2 + 1 for n, k in zip(size, KERNEL[rank], strict=True))
        yield Sample(make(2, 2, *size), make(*out, 2, 2, *KERNEL[rank]), make(2, *out))
        yield Sample(make(2, *size), make(*half, 2, 1, *KERNEL[rank]), make(2), 2, 1, 1, 2)

    return samples


def _locally_connected(
    input: Tensor, weight: Tensor, bias: Any, how: tuple[Any, ...], groups: int, rank: int, op: str
) -> Tensor:
    """Multiply the window at every position with the position's own matrix.

    Raises
    ------
    RuntimeError
        If there is not one kernel for each output position.
    """
    x, geometry = _unshared(input, weight, bias, how, groups, rank, op)
    shape = weight._data.shape
    if shape[:rank] != geometry.output:
        raise RuntimeError(
            describe(
                f"expected one kernel for each output position {sizes(geometry.output)}, but got weight of size "
                f"{sizes(shape)}",
                op=op,
                shapes={"input": x._data.shape, "weight": shape},
            )
        )
    images, channels = x._data.shape[:2]
    positions, depth = prod(geometry.output), channels // groups * prod(geometry.kernel)
    columns = Im2Col.apply(x, geometry=geometry).reshape(images, groups, depth, positions)
    matrices = weight.reshape(positions, groups, -1, depth)
    products = matrices @ columns.permute(3, 1, 2, 0)
    out = products.permute(3, 1, 2, 0).reshape(images, shape[rank], *geometry.output)
    if bias is not None:
        out = out + (reshape(bias, (-1, *(1,) * rank)) if bias._data.ndim == 1 else bias)
    return unbatched(out, input)


@op(_one_each(1), method=False)
def locally_connected1d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Sizes = 1,
    padding: Padding = 0,
    dilation: Sizes = 1,
    groups: int = 1,
) -> Tensor:
    """Correlate sequences with a kernel of its own at every position; see `locally_connected2d`.

    Parameters
    ----------
    input : Tensor, shape (N, C, L) or (C, L)
    weight : Tensor, shape (ol, O, C / groups, k)
    bias : Tensor, shape (O,) or (O, ol), optional
    stride, padding, dilation, groups
        As in `conv2d`.

    Examples
    --------
    >>> import autograd, nn.functional as F
    >>> F.locally_connected1d(autograd.ones(1, 1, 3), autograd.tensor([1.0, 2.0, 3.0]).reshape(3, 1, 1, 1))
    tensor([[[1., 2., 3.]]])
    """
    return _locally_connected(input, weight, bias, (stride, padding, dilation), groups, 1, "locally_connected1d")


@op(_one_each(2), method=False)
def locally_connected2d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Sizes = 1,
    padding: Padding = 0,
    dilation: Sizes = 1,
    groups: int = 1,
) -> Tensor:
    """Correlate images with a kernel of its own at every output position: `conv2d` without sharing.

    Parameters
    ----------
    input : Tensor, shape (N, C, H, W) or (C, H, W)
    weight : Tensor, shape (oh, ow, O, C / groups, kh, kw)
        ``weight[i, j]`` is the kernel of output position (i, j).
    bias : Tensor, shape (O,) or (O, oh, ow), optional
    stride, padding, dilation, groups
        As in `conv2d`.

    Returns
    -------
    Tensor, shape (N, O, oh, ow) or (O, oh, ow)

    Raises
    ------
    RuntimeError
        If shapes or dtypes do not fit.

    Examples
    --------
    >>> import autograd, nn.functional as F
    >>> F.locally_connected2d(autograd.ones(1, 3, 8, 8), autograd.ones(6, 6, 4, 3, 3, 3)).shape
    autograd.Size([1, 4, 6, 6])
    """
    return _locally_connected(input, weight, bias, (stride, padding, dilation), groups, 2, "locally_connected2d")


@op(_one_each(3), method=False)
def locally_connected3d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Sizes = 1,
    padding: Padding = 0,
    dilation: Sizes = 1,
    groups: int = 1,
) -> Tensor:
    """Correlate volumes with a kernel of its own at every position; see `locally_connected2d`.

    Parameters
    ----------
    input : Tensor, shape (N, C, D, H, W) or (C, D, H, W)
    weight : Tensor, shape (od, oh, ow, O, C / groups, kd, kh, kw)
    bias : Tensor, shape (O,) or (O, od, oh, ow), optional
    stride, padding, dilation, groups
        As in `conv2d`.

    Examples
    --------
    >>> import autograd, nn.functional as F
    >>> F.locally_connected3d(autograd.ones(1, 1, 4, 4, 4), autograd.ones(3, 3, 3, 2, 1, 2, 2, 2)).shape
    autograd.Size([1, 2, 3, 3, 3])
    """
    return _locally_connected(input, weight, bias, (stride, padding, dilation), groups, 3, "locally_connected3d")


def _repeating(rank: int) -> Any:
    """Samples of a convolution whose kernels repeat."""

    def samples(make: Maker) -> Iterator[Sample]:
        size, tiles = SPATIAL[rank], (2, 3, 1)[:rank]
        yield Sample(make(2, 2, *size), make(*tiles, 2, 2, *KERNEL[rank]), make(2, *tiles))
        yield Sample(make(2, *size), make(*(2,) * rank, 2, 1, *KERNEL[rank]), make(2), 2, 1, 1, 2)
        yield Sample(make(1, 1, *size), make(*tiles, 1, 1, *KERNEL[rank]), padding="same")

    return samples


def _tiled(input: Tensor, weight: Tensor, bias: Any, how: tuple[Any, ...], groups: int, rank: int, op: str) -> Tensor:
    """Convolve once for each kernel, at the stride at which it repeats, and interleave the results."""
    x, geometry = _unshared(input, weight, bias, how, groups, rank, op)
    tiles = weight._data.shape[:rank]
    counts = tuple([-(-o // t) for o, t in zip(geometry.output, tiles, strict=True)])
    strides = tuple([s * t for s, t in zip(geometry.stride, tiles, strict=True)])
    parts = []
    for tile in product(*map(range, tiles)):
        window, pads = _reached(geometry, tile, counts, strides)
        offset = bias if bias is None or bias._data.ndim == 1 else bias[(slice(None), *tile)]
        part = convolve(x[window], weight[tile], offset, strides, pads, geometry.dilation, groups, rank, op)
        parts.append(part)
    # (tiles..., N, O, counts...) to (N, O, count, tile, count, tile, ...); positions beyond the output fall away.
    whole = reshape(stack(parts), (*tiles, *parts[0]._data.shape))
    pairs = [axis for k in range(rank) for axis in (rank + 2 + k, k)]
    full = [c * t for c, t in zip(counts, tiles, strict=True)]
    whole = reshape(whole.permute(rank, rank + 1, *pairs), (*parts[0]._data.shape[:2], *full))
    return unbatched(whole[(slice(None), slice(None), *(slice(o) for o in geometry.output))], input)


def _reached(
    geometry: ConvGeometry, tile: tuple[int, ...], counts: tuple[int, ...], strides: tuple[int, ...]
) -> tuple[tuple[slice, ...], tuple[tuple[int, int], ...]]:
    """Return which part of the input one tile's kernel reaches, and the zeros that it reaches around it."""
    window, pads = [slice(None), slice(None)], []
    for axis, (first, count, step) in enumerate(zip(tile, counts, strides, strict=True)):
        n, low = geometry.size[axis], geometry.padding[axis][0]
        start = first * geometry.stride[axis] - low
        stop = start + (count - 1) * step + geometry.reach[axis]
        inside = slice(min(max(start, 0), n), min(max(stop, 0), n))
        before = min(max(-start, 0), stop - start)
        window.append(inside)
        pads.append((before, stop - start - before - (inside.stop - inside.start)))
    return tuple(window), tuple(pads)


@op(_repeating(1), method=False)
def tiled_conv1d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Sizes = 1,
    padding: Padding = 0,
    dilation: Sizes = 1,
    groups: int = 1,
) -> Tensor:
    """Correlate sequences with kernels that repeat every t positions; see `tiled_conv2d`.

    Parameters
    ----------
    input : Tensor, shape (N, C, L) or (C, L)
    weight : Tensor, shape (t, O, C / groups, k)
    bias : Tensor, shape (O,) or (O, t), optional
    stride, padding, dilation, groups
        As in `conv2d`.

    Examples
    --------
    >>> import autograd, nn.functional as F
    >>> F.tiled_conv1d(autograd.ones(1, 1, 5), autograd.tensor([1.0, 2.0]).reshape(2, 1, 1, 1))
    tensor([[[1., 2., 1., 2., 1.]]])
    """
    return _tiled(input, weight, bias, (stride, padding, dilation), groups, 1, "tiled_conv1d")


@op(_repeating(2), method=False)
def tiled_conv2d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Sizes = 1,
    padding: Padding = 0,
    dilation: Sizes = 1,
    groups: int = 1,
) -> Tensor:
    """Correlate images with kernels that repeat every t positions.

    Le et al., "Tiled convolutional neural networks", 2010. With one tile this is `conv2d`; with as many as there are
    positions it is `locally_connected2d`.

    Parameters
    ----------
    input : Tensor, shape (N, C, H, W) or (C, H, W)
    weight : Tensor, shape (th, tw, O, C / groups, kh, kw)
        ``weight[i % th, j % tw]`` is the kernel of output position (i, j).
    bias : Tensor, shape (O,) or (O, th, tw), optional
    stride, padding, dilation, groups
        As in `conv2d`.

    Returns
    -------
    Tensor, shape (N, O, oh, ow) or (O, oh, ow)

    Examples
    --------
    >>> import autograd, nn.functional as F
    >>> F.tiled_conv2d(autograd.ones(1, 3, 8, 8), autograd.ones(2, 2, 4, 3, 3, 3)).shape
    autograd.Size([1, 4, 6, 6])
    """
    return _tiled(input, weight, bias, (stride, padding, dilation), groups, 2, "tiled_conv2d")


@op(_repeating(3), method=False)
def tiled_conv3d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Sizes = 1,
    padding: Padding = 0,
    dilation: Sizes = 1,
    groups: int = 1,
) -> Tensor:
    """Correlate volumes with kernels that repeat every t positions; see `tiled_conv2d`.

    Parameters
    ----------
    input : Tensor, shape (N, C, D, H, W) or (C, D, H, W)
    weight : Tensor, shape (td, th, tw, O, C / groups, kd, kh, kw)
    bias : Tensor, shape (O,) or (O, td, th, tw), optional
    stride, padding, dilation, groups
        As in `conv2d`.

    Examples
    --------
    >>> import autograd, nn.functional as F
    >>> F.tiled_conv3d(autograd.ones(1, 1, 4, 4, 4), autograd.ones(2, 2, 2, 3, 1, 2, 2, 2)).shape
    autograd.Size([1, 3, 3, 3, 3])
    """
    return _tiled(input, weight, bias, (stride, padding, dilation), groups, 3, "tiled_conv3d")
