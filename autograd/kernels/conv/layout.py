"""Views and copies that every convolution method shares: channels-last axes, zero padding, sliding windows, blocks."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import as_strided

Array = np.ndarray[Any, np.dtype[Any]]


class Block(NamedTuple):
    """A range of images and a range of rows of the output."""

    images: slice
    rows: slice


def channels_last(a: Array) -> Array:
    """View (N, C, *spatial) as (N, *spatial, C)."""
    return a.transpose(0, *range(2, a.ndim), 1)


def channels_first(a: Array) -> Array:
    """View (N, *spatial, C) as (N, C, *spatial)."""
    return a.transpose(0, a.ndim - 1, *range(1, a.ndim - 1))


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
        edge = (slice(None),) * axis
        if low:
            target[(*edge, slice(0, low))] = 0
        if high < length:
            target[(*edge, slice(high, length))] = 0
        inside.append(slice(low, high))
        taken.append(slice(low + start, high + start))
    np.copyto(target[tuple(inside)], source[tuple(taken)], casting="unsafe")


def windows(
    source: Array, output: Sequence[int], kernel: Sequence[int], stride: Sequence[int], dilation: Sequence[int]
) -> Array:
    """View (n, *spatial, C) as overlapping windows (n, *output, *kernel, C)."""
    images, *spatial, channel = source.strides
    return as_strided(
        source,
        (source.shape[0], *output, *kernel, source.shape[-1]),
        (
            images,
            *(s * e for s, e in zip(stride, spatial, strict=True)),
            *(d * e for d, e in zip(dilation, spatial, strict=True)),
            channel,
        ),
        writeable=False,
    )


def blocks(images: int, output: Sequence[int], row_length: int, target: int) -> list[Block]:
    """Split images and first-axis rows so that a block's scratch matrix has about `target` elements.

    The split depends on sizes alone, never on the number of threads, so results do not either.

    Parameters
    ----------
    images : int
    output : sequence of int
        Spatial size of the output.
    row_length : int
        Elements of scratch for one output position.
    target : int
    """
    rows, inner = output[0], prod(output[1:])
    positions = max(1, target // max(1, row_length))
    if positions >= rows * inner:
        step = max(1, min(positions // max(1, rows * inner), -(-images // 2)))
        return [Block(slice(n, min(n + step, images)), slice(0, rows)) for n in range(0, images, step)]
    step = max(1, positions // inner)
    return [
        Block(slice(n, n + 1), slice(h, min(h + step, rows))) for n in range(images) for h in range(0, rows, step)
    ]
