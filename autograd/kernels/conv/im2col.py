"""Convolution as one matrix product for each block of output positions: the method that always applies.

A block's windows are copied to the rows of a matrix [positions, taps x channels] small enough to stay in cache, and
multiplied by the weights as a matrix [taps x channels, outputs]. Any rank, stride, dilation, grouping and dtype.
"""

from __future__ import annotations

from math import prod

import numpy as np

from autograd.geometry import ConvGeometry
from autograd.kernels import blas, threads
from autograd.kernels.conv.layout import (
    Array,
    Block,
    Case,
    add_bias,
    as_matrix,
    blocks,
    copy,
    lanes,
    load,
    split_axis,
    window_extent,
    windows,
)
from autograd.kernels.workspace import scratch

NAME = "im2col"
EXACT = True

BLOCK = 400_000
"""Elements of a block's matrix: with its product it fits the second-level cache."""
LEAST_ROWS = 200
"""Rows of a block's matrix that keep its product efficient."""


def applies(case: Case) -> bool:
    """Always."""
    return True


def _held(x: Array, output: tuple[int, ...], geometry: ConvGeometry, block: Block, dtype: np.dtype) -> Array:
    """Return the input that a block's windows cover: of `x` itself where it lies ready, else a padded copy."""
    first = (block.rows.start, *(0,) * (geometry.rank - 1))
    starts = [o * s - low for o, s, (low, _) in zip(first, geometry.stride, geometry.padding, strict=True)]
    extent = window_extent(output, geometry)
    source = x[block.images]
    inside = all(a >= 0 and a + e <= n for a, e, n in zip(starts, extent, x.shape[1:], strict=False))
    if inside and x.dtype == dtype and x.strides[-1] == x.itemsize:
        return source[(slice(None), *(slice(a, a + e) for a, e in zip(starts, extent, strict=True)))]
    padded = scratch("im2col.input", (block.size, *extent, x.shape[-1]), dtype)
    load(source, starts, padded)
    return padded


def _columns(x: Array, geometry: ConvGeometry, block: Block, dtype: np.dtype) -> Array:
    """Gather a block's windows as (groups, positions, taps x channels of a group)."""
    output = (block.height, *geometry.output[1:])
    held = _held(x, output, geometry, block, dtype)
    view = windows(held, output, geometry)
    groups, channels = geometry.groups, x.shape[-1] // geometry.groups
    columns = scratch("im2col.columns", (block.size * prod(output), groups, prod(geometry.kernel) * channels), dtype)
    if groups == 1:
        gathered = columns.reshape(view.shape)
        if geometry.dilation[-1] == 1 and held.strides[-2] == channels * held.itemsize:
            view, gathered = (a.reshape(*a.shape[:-2], -1) for a in (view, gathered))
        copy(view, gathered)
    else:
        gathered = columns.reshape(block.size, *output, groups, *geometry.kernel, channels)
        copy(np.moveaxis(split_axis(view, view.ndim - 1, groups, channels), -2, 1 + geometry.rank), gathered)
    return columns.transpose(1, 0, 2)


def weight_matrix(w: Array, groups: int, dtype: np.dtype) -> Array:
    """Lay weights (O, C/groups, *kernel) out as (groups, taps x channels, O/groups)."""
    outputs, channels, *kernel = w.shape
    matrix = scratch("im2col.weight", (groups, *kernel, channels, outputs // groups), dtype)
    by_group = split_axis(w, 0, groups, outputs // groups)
    np.copyto(matrix, by_group.transpose(0, *range(3, by_group.ndim), 2, 1), casting="unsafe")
    return matrix.reshape(groups, -1, outputs // groups)


def _cost(case_size: int, outputs: int, itemsize: int) -> float:
    """Estimated microseconds on one core: copies at 2e3 elements a microsecond, products at 1e5 operations."""
    return case_size / 2e3 + case_size * outputs * itemsize / 2e5


def forward(x: Array, w: Array, geometry: ConvGeometry, out: Array, bias: Array | None = None) -> None:
    """Write conv(x, w) + bias to `out`; `x` and `out` are channels-last views."""
    dtype, groups, outputs = out.dtype, geometry.groups, w.shape[0]
    matrix = weight_matrix(w, groups, dtype)
    row_length = x.shape[-1] * prod(geometry.kernel)

    def work(block: Block) -> None:
        columns = _columns(x, geometry, block, dtype)
        part = out[block.images, block.rows]
        direct = as_matrix(part)
        product = scratch("im2col.product", (columns.shape[1], outputs), dtype) if direct is None else direct
        blas.matmul(columns, matrix, split_axis(product, 1, groups, outputs // groups).swapaxes(0, 1))
        if direct is None:
            np.copyto(part, product.reshape(part.shape))
        if bias is not None:
            add_bias(part, bias)

    items = blocks(x.shape[0], geometry.output, row_length, max(BLOCK, LEAST_ROWS * row_length))
    threads.run(work, items, _cost(out.size // max(1, outputs) * row_length, outputs // groups, dtype.itemsize))


def backward_weight(x: Array, g: Array, geometry: ConvGeometry, out: Array) -> None:
    """Write the weights' gradient to `out`, shape (O, C/groups, *kernel); `x` and `g` are channels-last views."""
    dtype, groups, outputs = out.dtype, geometry.groups, g.shape[-1]
    row_length = x.shape[-1] * prod(geometry.kernel)
    items = blocks(x.shape[0], geometry.output, row_length, max(BLOCK, LEAST_ROWS * row_length))
    parts = lanes(items, out.size, x.size + g.size)
    sums = scratch("im2col.sums", (len(parts), groups, row_length // groups, outputs // groups), dtype)

    def work(lane: int) -> None:
        for block in parts[lane]:
            columns = _columns(x, geometry, block, dtype)
            part = _cotangent(g[block.images, block.rows], dtype)
            right = split_axis(part, 1, groups, outputs // groups).swapaxes(0, 1)
            blas.matmul(columns.swapaxes(1, 2), right, sums[lane], accumulate=block is not parts[lane][0])

    cost = _cost(g.size // max(1, outputs) * row_length, outputs // groups, dtype.itemsize)
    threads.run(work, range(len(parts)), cost)
    for lane in range(1, len(parts)):
        sums[0] += sums[lane]
    if parts:
        total = sums[0].reshape(groups, *geometry.kernel, -1, outputs // groups)
        target = split_axis(out, 0, groups, outputs // groups)
        np.copyto(target, total.transpose(0, geometry.rank + 2, geometry.rank + 1, *range(1, geometry.rank + 1)))
    else:
        out[...] = 0


def _cotangent(part: Array, dtype: np.dtype) -> Array:
    """View or copy a block of the cotangent as (positions, O)."""
    matrix = as_matrix(part) if part.dtype == dtype and part.strides[-1] == part.itemsize else None
    if matrix is None:
        held = scratch("im2col.cotangent", part.shape, dtype)
        np.copyto(held, part, casting="unsafe")
        matrix = held.reshape(-1, part.shape[-1])
    return matrix
