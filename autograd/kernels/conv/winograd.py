"""Winograd's F(4x4, 3x3): 36 products where a direct sum takes 144. For float32 3x3 kernels at stride 1.

Every 6x6 tile of the input, its neighbour four positions away, becomes ``V = B^T x B``, the kernel ``U = G w G^T``, and
the 4x4 tile of the output is ``A^T (sum over channels of U V) A``. Tiles are kept tile-major, [tiles, 36, channels], so
that each transform is a small matrix times one cached tile, and the 36 products over channels run through transposed
views. The gradient of the weights is the transpose of the same three maps. The error is some 1e-5 of the largest value.

Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", 2016.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from autograd.geometry import ConvGeometry
from autograd.kernels import blas, threads
from autograd.kernels.conv.layout import Array, Block, Case, blocks, lanes, load, split_axis
from autograd.kernels.workspace import scratch

NAME = "winograd"
EXACT = False

TILE, REACH, TAPS = 4, 6, 3
BLOCK = 300_000
"""Elements of a block's transformed tiles; three such blocks fit the second-level cache."""
FOLD = 1 << 18
"""Elements of the partial sums that are added up at a time."""
LEAST_TILES = 64
"""Tiles that keep a block's products efficient."""

INPUT_1D = np.array(
    [
        [4, 0, -5, 0, 1, 0],
        [0, -4, -4, 1, 1, 0],
        [0, 4, -4, -1, 1, 0],
        [0, -2, -1, 2, 1, 0],
        [0, 2, -1, -2, 1, 0],
        [0, 4, 0, -5, 0, 1],
    ],
    np.float32,
)
KERNEL_1D = np.array(
    [
        [1 / 4, 0, 0],
        [-1 / 6, -1 / 6, -1 / 6],
        [-1 / 6, 1 / 6, -1 / 6],
        [1 / 24, 1 / 12, 1 / 6],
        [1 / 24, -1 / 12, 1 / 6],
        [0, 0, 1],
    ],
    np.float32,
)
OUTPUT_1D = np.array([[1, 1, 1, 1, 1, 0], [0, 1, -1, 2, -2, 0], [0, 1, 1, 4, 4, 0], [0, 1, -1, 8, -8, 1]], np.float32)

INPUT, KERNEL, OUTPUT = (np.kron(m, m) for m in (INPUT_1D, KERNEL_1D, OUTPUT_1D))
COTANGENT, GRADIENT = np.ascontiguousarray(OUTPUT.T), np.ascontiguousarray(KERNEL.T)
ONE = REACH + 1
"""The product that reaches all 16 outputs with weight one: where a bias is added."""


class _Plan(NamedTuple):
    """Tiles on each axis, and how they are dealt out."""

    down: int
    across: int
    items: list[Block]


def _plan(images: int, geometry: ConvGeometry, channels: int) -> _Plan:
    down, across = (-(-n // TILE) for n in geometry.output)
    target = max(BLOCK, REACH * REACH * LEAST_TILES * channels)
    return _Plan(down, across, blocks(images, (down, across), REACH * REACH * channels, target))


def applies(case: Case) -> bool:
    """Whether the method can be used."""
    geometry = case.geometry
    return (
        case.dtype == np.float32
        and geometry.kernel == (TAPS, TAPS)
        and geometry.stride == geometry.dilation == (1, 1)
        and geometry.groups == 1
    )


def _transformed_kernel(w: Array) -> Array:
    """Return U as (36, C, O)."""
    outputs, channels = w.shape[:2]
    taps = scratch("winograd.taps", (TAPS, TAPS, channels, outputs))
    np.copyto(taps, w.transpose(2, 3, 1, 0))
    kernel = scratch("winograd.kernel", (REACH * REACH, channels, outputs))
    flat, spread = taps.reshape(TAPS * TAPS, -1), kernel.reshape(REACH * REACH, -1)
    step = 1 << 15
    parts = [slice(i, i + step) for i in range(0, flat.shape[1], step)]
    threads.run(lambda part: np.matmul(KERNEL, flat[:, part], out=spread[:, part]), parts, kernel.size / 5000)
    return kernel


def _transformed_input(x: Array, geometry: ConvGeometry, block: Block, across: int) -> Array:
    """Return V as (tiles, 36, C)."""
    count, down, channels = block.size, block.height, x.shape[-1]
    held = scratch("winograd.input", (count, down * TILE + 2, across * TILE + 2, channels))
    (top, _), (left, _) = geometry.padding
    load(x[block.images], (block.rows.start * TILE - top, -left), held)
    images, row, column, channel = held.strides
    tiles = np.ndarray(
        (count, down, across, REACH, REACH * channels),
        held.dtype,
        held,
        0,
        (images, TILE * row, TILE * column, row, channel),
    )
    gathered = scratch("winograd.tiles", (count, down, across, REACH, REACH * channels))
    np.copyto(gathered, tiles)
    spread = scratch("winograd.spread", (count * down * across, REACH * REACH, channels))
    return np.matmul(INPUT, gathered.reshape(spread.shape), out=spread)


def _pieces(length: int) -> Iterator[tuple[slice, int, slice]]:
    """Yield the whole tiles of an axis and its ragged last one: tiles, positions used of each, positions."""
    whole, rest = divmod(length, TILE)
    if whole:
        yield slice(0, whole), TILE, slice(0, whole * TILE)
    if rest:
        yield slice(whole, whole + 1), rest, slice(whole * TILE, length)


def _scatter(tiles: Array, part: Array) -> None:
    """Write tiles (n, down, across, 4, 4, O) to the rows they cover, (n, rows, columns, O)."""
    for tile_rows, height, rows in _pieces(part.shape[1]):
        for tile_columns, width, columns in _pieces(part.shape[2]):
            target = split_axis(
                split_axis(part[:, rows, columns], 2, -(-(columns.stop - columns.start) // width), width),
                1,
                -(-(rows.stop - rows.start) // height),
                height,
            )
            np.copyto(target, tiles[:, tile_rows, tile_columns, :height, :width].transpose(0, 1, 3, 2, 4, 5))


def forward(x: Array, w: Array, geometry: ConvGeometry, out: Array, bias: Array | None = None) -> None:
    """Write conv(x, w) + bias to `out`; `x` and `out` are channels-last views."""
    outputs, channels = w.shape[:2]
    kernel = _transformed_kernel(w)
    _, across, items = _plan(x.shape[0], geometry, max(channels, outputs))

    def work(block: Block) -> None:
        spread = _transformed_input(x, geometry, block, across)
        products = scratch("winograd.tiles", (spread.shape[0], REACH * REACH, outputs))
        blas.matmul(spread.transpose(1, 0, 2), kernel, products.transpose(1, 0, 2))
        if bias is not None:
            products[:, ONE] += bias
        tiles = scratch("winograd.spread", (spread.shape[0], TILE * TILE, outputs))
        np.matmul(OUTPUT, products, out=tiles)
        part = out[block.images, block.rows.start * TILE : block.rows.stop * TILE]
        _scatter(tiles.reshape(block.size, block.height, across, TILE, TILE, outputs), part)

    threads.run(work, items, _cost(x, geometry, outputs))


def backward_weight(x: Array, g: Array, geometry: ConvGeometry, out: Array) -> None:
    """Write the weights' gradient to `out`, shape (O, C, 3, 3); `x` and `g` are channels-last views."""
    outputs, channels = out.shape[:2]
    _, across, items = _plan(x.shape[0], geometry, max(channels, outputs))
    parts = lanes(items, REACH * REACH * out[..., 0, 0].size, x.size + g.size)
    sums = scratch("winograd.sums", (len(parts), REACH * REACH, outputs, channels))

    def work(lane: int) -> None:
        for block in parts[lane]:
            spread = _transformed_input(x, geometry, block, across)
            cotangent = _transformed_cotangent(g, block, across)
            left = cotangent.transpose(1, 2, 0)
            blas.matmul(left, spread.transpose(1, 0, 2), sums[lane], accumulate=block is not parts[lane][0])

    threads.run(work, range(len(parts)), _cost(x, geometry, outputs))
    _leave(sums, out)


def _leave(sums: Array, out: Array) -> None:
    """Add up partial sums (lanes, 36, O, C) and take them back through the kernel's transform."""
    outputs, channels = out.shape[:2]
    step = max(1, FOLD // (REACH * REACH * channels))

    def work(start: int) -> None:
        part = sums[:, :, start : start + step].reshape(len(sums), REACH * REACH, -1)
        for lane in range(1, len(sums)):
            np.add(part[0], part[lane], out=part[0])
        taps = scratch("winograd.taps", (TAPS * TAPS, part.shape[2]))
        np.matmul(GRADIENT, part[0], out=taps)
        target = out[start : start + step].transpose(2, 3, 0, 1)
        np.copyto(target, taps.reshape(target.shape))

    threads.run(work, range(0, outputs, step), sums.size / 1e3)


def _transformed_cotangent(g: Array, block: Block, across: int) -> Array:
    """Return A g A^T as (tiles, 36, O)."""
    count, down, outputs = block.size, block.height, g.shape[-1]
    held = g[block.images, block.rows.start * TILE : block.rows.stop * TILE]
    if held.shape[1:3] != (down * TILE, across * TILE):
        padded = scratch("winograd.cotangent", (count, down * TILE, across * TILE, outputs))
        load(held, (0, 0), padded)
        held = padded
    tiles = split_axis(split_axis(held, 2, across, TILE), 1, down, TILE).transpose(0, 1, 3, 2, 4, 5)
    gathered = scratch("winograd.tiles", (count, down, across, TILE, TILE, outputs))
    np.copyto(gathered, tiles)
    spread = scratch("winograd.products", (count * down * across, REACH * REACH, outputs))
    return np.matmul(COTANGENT, gathered.reshape(-1, TILE * TILE, outputs), out=spread)


def _cost(x: Array, geometry: ConvGeometry, outputs: int) -> float:
    """Estimated microseconds on one core."""
    tiles = x.shape[0] * geometry.output[0] * geometry.output[1] / (TILE * TILE)
    return float(tiles * 36 * (2 * x.shape[-1] * outputs / 1e5 + (x.shape[-1] + outputs) / 3e3))
