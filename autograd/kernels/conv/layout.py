"""Views and copies that every convolution method shares: channels-last axes, zero padding, sliding windows, blocks."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import prod
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import as_strided

from autograd.geometry import ConvGeometry
from autograd.kernels.layout import opaque

Array = np.ndarray[Any, np.dtype[Any]]

LEAST = 1 << 17
"""Elements of scratch from which there are two blocks at least; less is not worth waking a thread for."""


SHORT = 256
"""Elements of a run that is copied as one element; in longer ones the loop's own cost is lost."""
FEW = 4
"""Channels that are copied one by one."""


class Case(NamedTuple):
    """What the choice of a method depends on."""

    images: int
    channels: int
    outputs: int
    geometry: ConvGeometry
    dtype: np.dtype[Any]


class Block(NamedTuple):
    """A range of images, and a range of the output's first spatial axis."""

    images: slice
    rows: slice

    @property
    def size(self) -> int:
        """Number of images."""
        return int(self.images.stop - self.images.start)

    @property
    def height(self) -> int:
        """Number of rows."""
        return int(self.rows.stop - self.rows.start)


def channels_last(a: Array) -> Array:
    """View (N, C, *spatial) as (N, *spatial, C)."""
    return a.transpose(0, *range(2, a.ndim), 1)


def channels_first(a: Array) -> Array:
    """View (N, *spatial, C) as (N, C, *spatial)."""
    return a.transpose(0, a.ndim - 1, *range(1, a.ndim - 1))


def copy(source: Array, target: Array) -> None:
    """Copy `source` to `target`, whose last axes are short.

    NumPy spends 2 ns on each innermost loop, besides its elements. Runs that lie alone are copied as one element each,
    of so many bytes; a few channels that lie apart are copied one by one, in longer runs.
    """
    run, item = source.shape[-1], source.itemsize
    if source.dtype == target.dtype and 1 < run <= SHORT and target.strides[-1] == item and source.ndim > 1:
        if source.strides[-1] == item:
            length = run * item
            if source.strides[-2] != length or target.strides[-2] != length:
                source, target = source.view(opaque(length)), target.view(opaque(length))
        elif run <= FEW:
            for channel in range(run):
                np.copyto(target[..., channel], source[..., channel])
            return
    np.copyto(target, source, casting="unsafe")


def load(source: Array, starts: Sequence[int], target: Array) -> None:
    """Copy the window of `source` that begins at `starts` into `target`, with zeros where it leaves the source.

    Parameters
    ----------
    source, target : ndarray, shape (n, *spatial, C)
    starts : sequence of int
        First spatial index of the window on each axis; may be negative.
    """
    inside: list[slice] = [slice(None)]
    taken: list[slice] = [slice(None)]
    for axis, start in enumerate(starts, 1):
        length = target.shape[axis]
        low = min(max(0, -start), length)
        high = max(low, min(length, source.shape[axis] - start))
        if low:
            target[(*inside, slice(0, low))] = 0
        if high < length:
            target[(*inside, slice(high, length))] = 0
        inside.append(slice(low, high))
        taken.append(slice(low + start, high + start))
    copy(source[tuple(taken)], target[tuple(inside)])


def window_extent(output: Sequence[int], geometry: ConvGeometry) -> tuple[int, ...]:
    """Input positions that `output` positions reach, on each axis."""
    return tuple((o - 1) * s + r for o, s, r in zip(output, geometry.stride, geometry.reach, strict=True))


def windows(source: Array, output: Sequence[int], geometry: ConvGeometry) -> Array:
    """View (n, *spatial, C) as overlapping windows (n, *output, *kernel, C)."""
    images, *spatial, channel = source.strides
    shape = (source.shape[0], *output, *geometry.kernel, source.shape[-1])
    steps = (s * e for s, e in zip(geometry.stride, spatial, strict=True))
    taps = (d * e for d, e in zip(geometry.dilation, spatial, strict=True))
    return strided(source, shape, (images, *steps, *taps, channel))


def strided(source: Array, shape: tuple[int, ...], strides: tuple[int, ...]) -> Array:
    """View memory from an array's first element on; the quick way where the array is contiguous."""
    if source.flags.c_contiguous:
        return np.ndarray(shape, source.dtype, source, 0, strides)
    return as_strided(source, shape, strides)


def split_axis(a: Array, axis: int, *lengths: int) -> Array:
    """View one axis as several: a reshape that never has to copy."""
    return a.reshape(*a.shape[:axis], *lengths, *a.shape[axis + 1 :])


def blocks(images: int, output: Sequence[int], row_length: int, target: int) -> list[Block]:
    """Split images and first-axis rows so that a block's scratch matrix has about `target` elements.

    The split depends on sizes alone, never on the number of threads, so results do not either. Blocks of whole images
    are alike and even in number, or the last one would keep one of two threads waiting.

    Parameters
    ----------
    images : int
    output : sequence of int
        Spatial size of the output.
    row_length : int
        Elements of scratch for one output position.
    target : int
    """
    rows, inner = output[0], max(1, prod(output[1:]))
    positions = max(1, target // max(1, row_length))
    if positions >= rows * inner:
        count = -(-images // (positions // (rows * inner)))
        if count % 2 and images * rows * inner * row_length >= LEAST:
            count += 1
        count = min(count, images)
        bounds = [images * i // count for i in range(count + 1)] if images else []
        return [Block(slice(*ends), slice(0, rows)) for ends in pairwise(bounds)]
    # As even as possible: a thin last block would be slow.
    step = -(-rows // -(-rows * inner // positions))
    return [Block(slice(n, n + 1), slice(h, min(h + step, rows))) for n in range(images) for h in range(0, rows, step)]


def lanes(items: Sequence[Block], size: int, work: int) -> list[Sequence[Block]]:
    """Deal blocks out to partial sums: two at least, more while adding them up stays cheap.

    Parameters
    ----------
    items : sequence of Block
    size : int
        Elements of one partial sum.
    work : int
        Elements that are read to make all of them.
    """
    count = 2
    while count < 64 and 16 * count * size < work:
        count *= 2
    step = max(1, -(-len(items) // count))
    return [items[i : i + step] for i in range(0, len(items), step)] if items else []


def as_matrix(part: Array) -> Array | None:
    """View (n, *spatial, O) as (positions, O) if its strides allow that, else None."""
    step = part.strides[-2]
    for length, stride in zip(part.shape[-2::-1], part.strides[-2::-1], strict=True):
        if length > 1 and stride != step:
            return None
        step *= length
    return part.reshape(-1, part.shape[-1])


def add_bias(part: Array, bias: Array) -> None:
    """Add one number a channel to a block (n, *spatial, O) that is still in cache."""
    row = part.shape[-2] * part.shape[-1]
    if part.shape[-1] < 64 and part.strides[-1] == part.itemsize and part.strides[-2] == part.shape[-1] * part.itemsize:
        part = strided(part, (*part.shape[:-2], row), (*part.strides[:-2], part.itemsize))
        bias = bias[None].repeat(row // bias.size, 0).reshape(row)
    np.add(part, bias, out=part, casting="unsafe")
