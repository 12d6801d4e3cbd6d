"""Convolution as one matrix product for each block of output positions: the method that always applies.

A block's windows are copied to the rows of a matrix [positions, taps x channels] small enough to stay in cache, and
multiplied by the weights as a matrix [taps x channels, outputs]. Any rank, stride, dilation, grouping and dtype.
"""

from __future__ import annotations

from math import prod

import numpy as np

from autograd.geometry import ConvGeometry
from autograd.kernels.conv.layout import Array, Block, blocks, channels_last, load, windows

BLOCK = 120_000


def _columns(x: Array, geometry: ConvGeometry, block: Block, dtype: np.dtype) -> Array:
    """Gather a block's windows as (groups, positions, taps x channels of a group)."""
    g = geometry
    count = block.images.stop - block.images.start
    output = (block.rows.stop - block.rows.start, *g.output[1:])
    first = (block.rows.start, *(0,) * (g.rank - 1))
    starts = [o * s - low for o, s, (low, _) in zip(first, g.stride, g.padding, strict=True)]
    extent = [(o - 1) * s + r for o, s, r in zip(output, g.stride, g.reach, strict=True)]
    source = x[block.images]
    held = np.empty((count, *extent, x.shape[-1]), dtype)
    load(source, starts, held)
    view = windows(held, output, g.kernel, g.stride, g.dilation)
    channels = x.shape[-1] // g.groups
    columns = np.empty((count * prod(output), g.groups, prod(g.kernel) * channels), dtype)
    gathered = columns.reshape(count, *output, g.groups, *g.kernel, channels)
    spread = view.reshape(*view.shape[:-1], g.groups, channels) if g.groups == 1 else _split_last(view, g.groups)
    np.copyto(gathered, np.moveaxis(spread, -2, 1 + g.rank))
    return columns.transpose(1, 0, 2)


def _split_last(view: Array, groups: int) -> Array:
    shape = (*view.shape[:-1], groups, view.shape[-1] // groups)
    strides = (*view.strides[:-1], shape[-1] * view.strides[-1], view.strides[-1])
    return np.lib.stride_tricks.as_strided(view, shape, strides, writeable=False)


def _matrix(w: Array, groups: int, dtype: np.dtype) -> Array:
    """Lay weights (O, C/groups, *kernel) out as (groups, taps x channels, O/groups)."""
    outputs, channels = w.shape[:2]
    taps = prod(w.shape[2:])
    by_group = w.reshape(groups, outputs // groups, channels, taps).transpose(0, 3, 2, 1)
    return np.ascontiguousarray(by_group, dtype).reshape(groups, taps * channels, outputs // groups)


def forward(x: Array, w: Array, geometry: ConvGeometry, out: Array) -> None:
    """Write conv(x, w) to `out`; all arrays are channels-first views."""
    dtype = np.result_type(x, w)
    source, target = channels_last(x), channels_last(out)
    matrix = _matrix(w, geometry.groups, dtype)
    for block in blocks(x.shape[0], geometry.output, x.shape[1] * prod(geometry.kernel), BLOCK):
        product = np.matmul(_columns(source, geometry, block, dtype), matrix)
        part = target[block.images, block.rows]
        part[...] = product.transpose(1, 0, 2).reshape(part.shape)


def backward_weight(x: Array, g: Array, geometry: ConvGeometry, out: Array) -> None:
    """Write the weights' gradient to `out`, shape (O, C/groups, *kernel)."""
    dtype = np.result_type(x, g)
    source, cotangent = channels_last(x), channels_last(g)
    groups, outputs = geometry.groups, g.shape[1]
    total = np.zeros((groups, outputs // groups, prod(geometry.kernel) * x.shape[1] // groups), dtype)
    for block in blocks(x.shape[0], geometry.output, x.shape[1] * prod(geometry.kernel), BLOCK):
        part = cotangent[block.images, block.rows].reshape(-1, groups, outputs // groups)
        total += np.matmul(part.transpose(1, 2, 0), _columns(source, geometry, block, dtype))
    taps = total.reshape(outputs, *geometry.kernel, x.shape[1] // groups)
    out[...] = np.moveaxis(taps, -1, 1)
