"""Winograd's minimal filtering: 36 products for a tile of 4x4 outputs of a 3x3 kernel, where a direct sum takes 144.

Every 6x6 tile of the input becomes ``V = B^T x B``, the kernel ``U = G w G^T``, and the tile of the output is
``A^T (sum over channels of U V) A``. All kernels of 2 to 5 taps a side share the six points 0, 1, -1, 2, -2 and
infinity, so the input's transform is the same for all and an axis of a tile has ``7 - taps`` outputs. Tiles are kept
tile-major, [tiles, 36, channels], so that each transform is a small matrix times one cached tile, and the 36 products
over channels run through transposed views. The gradient of the weights is the transpose of the same three maps. The
error is some 1e-5 of the largest value: float32 only.

Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", 2016.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from autograd.geometry import ConvGeometry
from autograd.kernels import blas, threads
from autograd.kernels.conv.layout import Array, Block, Case, blocks, copy, lanes, load, split_axis
from autograd.kernels.workspace import scratch

NAME = "winograd"
EXACT = False

REACH = 6
BLOCK = 300_000
"""Elements of a block's transformed tiles; three such blocks fit the second-level cache."""
FOLD = 1 << 18
"""Elements of the partial sums that are added up at a time."""
LEAST_TILES = 64
"""Tiles that keep a block's products efficient."""
ONE = REACH + 1
"""The product at the point (1, 1), which reaches every output with weight one: where a bias is added."""

POINTS = np.array([0, 1, -1, 2, -2])
SCALES = np.array([1 / 4, -1 / 6, -1 / 6, 1 / 24, 1 / 24])
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
INPUT = np.kron(INPUT_1D, INPUT_1D)


def kernel_1d(taps: int) -> Array:
    """Return G: a kernel's polynomial at the six points, scaled; shape (6, taps)."""
    finite = SCALES[:, None] * POINTS[:, None] ** np.arange(taps)
    return np.vstack([finite, np.eye(taps)[-1]]).astype(np.float32)


def output_1d(taps: int) -> Array:
    """Return A^T: powers of the points, one row for each of the ``7 - taps`` outputs."""
    tile = REACH + 1 - taps
    return np.hstack([POINTS ** np.arange(tile)[:, None], np.eye(tile)[:, -1:]]).astype(np.float32)


class _Transforms(NamedTuple):
    """Outputs of a tile on each axis, and the matrices of one shape of kernel."""

    tile: tuple[int, int]
    kernel: Array
    output: Array
    cotangent: Array
    gradient: Array


@lru_cache(maxsize=16)
def _transforms(taps: tuple[int, int]) -> _Transforms:
    kernel = np.kron(kernel_1d(taps[0]), kernel_1d(taps[1]))
    output = np.kron(output_1d(taps[0]), output_1d(taps[1]))
    tile = (REACH + 1 - taps[0], REACH + 1 - taps[1])
    return _Transforms(tile, kernel, output, np.ascontiguousarray(output.T), np.ascontiguousarray(kernel.T))


class _Plan(NamedTuple):
    """Tiles on each axis, and how they are dealt out."""

    down: int
    across: int
    items: list[Block]


def _plan(images: int, geometry: ConvGeometry, tile: tuple[int, int], channels: int) -> _Plan:
    down, across = (-(-n // m) for n, m in zip(geometry.output, tile, strict=True))
    target = max(BLOCK, REACH * REACH * LEAST_TILES * channels)
    return _Plan(down, across, blocks(images, (down, across), REACH * REACH * channels, target))


def applies(case: Case) -> bool:
    """Whether the method can be used."""
    geometry = case.geometry
    return (
        case.dtype == np.float32
        and geometry.rank == 2
        and all(2 <= taps <= 5 for taps in geometry.kernel)
        and geometry.stride == geometry.dilation == (1, 1)
        and geometry.groups == 1
    )


def _transformed_kernel(w: Array, transforms: _Transforms) -> Array:
    """Return U as (36, C, O)."""
    outputs, channels, *kernel = w.shape
    taps = scratch("winograd.taps", (*kernel, channels, outputs))
    np.copyto(taps, w.transpose(2, 3, 1, 0))
    spread = scratch("winograd.kernel", (REACH * REACH, channels, outputs))
    source, target = taps.reshape(kernel[0] * kernel[1], -1), spread.reshape(REACH * REACH, -1)
    step = 1 << 15
    parts = [slice(i, i + step) for i in range(0, source.shape[1], step)]
    threads.run(
        lambda part: np.matmul(transforms.kernel, source[:, part], out=target[:, part]), parts, spread.size / 5000
    )
    return spread


def _transformed_input(x: Array, geometry: ConvGeometry, block: Block, across: int) -> Array:
    """Return V as (tiles, 36, C)."""
    count, down, channels = block.size, block.height, x.shape[-1]
    high, wide = (REACH + 1 - taps for taps in geometry.kernel)
    held = scratch("winograd.input", (count, (down - 1) * high + REACH, (across - 1) * wide + REACH, channels))
    (top, _), (left, _) = geometry.padding
    load(x[block.images], (block.rows.start * high - top, -left), held)
    images, row, column, channel = held.strides
    shape = (count, down, across, REACH, REACH * channels)
    tiles = np.ndarray(shape, held.dtype, held, 0, (images, high * row, wide * column, row, channel))
    gathered = scratch("winograd.tiles", shape)
    copy(tiles, gathered)
    spread = scratch("winograd.spread", (count * down * across, REACH * REACH, channels))
    return np.matmul(INPUT, gathered.reshape(spread.shape), out=spread)


def _pieces(length: int, tile: int) -> Iterator[tuple[slice, int, slice]]:
    """Yield the whole tiles of an axis and its ragged last one: tiles, positions used of each, positions."""
    whole, rest = divmod(length, tile)
    if whole:
        yield slice(0, whole), tile, slice(0, whole * tile)
    if rest:
        yield slice(whole, whole + 1), rest, slice(whole * tile, length)


def _scatter(tiles: Array, part: Array) -> None:
    """Write tiles (n, down, across, *tile, O) to the rows they cover, (n, rows, columns, O)."""
    tile = tiles.shape[3:5]
    for down, height, rows in _pieces(part.shape[1], tile[0]):
        for across, width, columns in _pieces(part.shape[2], tile[1]):
            source = tiles[:, down, across, :height, :width].transpose(0, 1, 3, 2, 4, 5)
            np.copyto(part[:, rows, columns].reshape(source.shape), source)


def forward(x: Array, w: Array, geometry: ConvGeometry, out: Array, bias: Array | None = None) -> None:
    """Write conv(x, w) + bias to `out`; `x` and `out` are channels-last views."""
    outputs, channels = w.shape[:2]
    transforms = _transforms(geometry.kernel)
    tile = transforms.tile
    kernel = _transformed_kernel(w, transforms)
    _, across, items = _plan(x.shape[0], geometry, tile, max(channels, outputs))

    def work(block: Block) -> None:
        spread = _transformed_input(x, geometry, block, across)
        products = scratch("winograd.tiles", (spread.shape[0], REACH * REACH, outputs))
        blas.matmul(spread.transpose(1, 0, 2), kernel, products.transpose(1, 0, 2))
        if bias is not None:
            products[:, ONE] += bias
        tiles = scratch("winograd.spread", (spread.shape[0], tile[0] * tile[1], outputs))
        np.matmul(transforms.output, products, out=tiles)
        part = out[block.images, block.rows.start * tile[0] : block.rows.stop * tile[0]]
        _scatter(tiles.reshape(block.size, block.height, across, *tile, outputs), part)

    threads.run(work, items, _cost(x, geometry, outputs))


def backward_weight(x: Array, g: Array, geometry: ConvGeometry, out: Array) -> None:
    """Write the weights' gradient to `out`, shape (O, C, *kernel); `x` and `g` are channels-last views."""
    outputs, channels = out.shape[:2]
    transforms = _transforms(geometry.kernel)
    _, across, items = _plan(x.shape[0], geometry, transforms.tile, max(channels, outputs))
    parts = lanes(items, REACH * REACH * outputs * channels, x.size + g.size)
    sums = scratch("winograd.sums", (len(parts), REACH * REACH, outputs, channels))

    def work(lane: int) -> None:
        for block in parts[lane]:
            spread = _transformed_input(x, geometry, block, across)
            cotangent = _transformed_cotangent(g, transforms, block, across)
            left = cotangent.transpose(1, 2, 0)
            blas.matmul(left, spread.transpose(1, 0, 2), sums[lane], accumulate=block is not parts[lane][0])

    threads.run(work, range(len(parts)), _cost(x, geometry, outputs))
    _leave(sums, transforms.gradient, out)


def _leave(sums: Array, gradient: Array, out: Array) -> None:
    """Add up partial sums (lanes, 36, O, C) and take them back through the kernel's transform."""
    outputs, channels = out.shape[:2]
    step = max(1, FOLD // (REACH * REACH * channels))

    def work(start: int) -> None:
        part = sums[:, :, start : start + step].reshape(len(sums), REACH * REACH, -1)
        for lane in range(1, len(sums)):
            np.add(part[0], part[lane], out=part[0])
        taps = scratch("winograd.taps", (len(gradient), part.shape[2]))
        np.matmul(gradient, part[0], out=taps)
        target = out[start : start + step].transpose(2, 3, 0, 1)
        np.copyto(target, taps.reshape(target.shape))

    threads.run(work, range(0, outputs, step), sums.size / 1e3)


def _transformed_cotangent(g: Array, transforms: _Transforms, block: Block, across: int) -> Array:
    """Return A g A^T as (tiles, 36, O)."""
    count, down, outputs = block.size, block.height, g.shape[-1]
    high, wide = transforms.tile
    held = g[block.images, block.rows.start * high : block.rows.stop * high]
    if held.shape[1:3] != (down * high, across * wide):
        padded = scratch("winograd.cotangent", (count, down * high, across * wide, outputs))
        load(held, (0, 0), padded)
        held = padded
    tiles = split_axis(split_axis(held, 2, across, wide), 1, down, high).transpose(0, 1, 3, 2, 4, 5)
    gathered = scratch("winograd.tiles", tiles.shape)
    np.copyto(gathered, tiles)
    spread = scratch("winograd.products", (count * down * across, REACH * REACH, outputs))
    return np.matmul(transforms.cotangent, gathered.reshape(-1, high * wide, outputs), out=spread)


def _cost(x: Array, geometry: ConvGeometry, outputs: int) -> float:
    """Estimated microseconds on one core."""
    (height, width), (high, wide) = geometry.output, _transforms(geometry.kernel).tile
    tiles = x.shape[0] * height * width / (high * wide)
    return float(tiles * 36 * (2 * x.shape[-1] * outputs / 1e5 + (x.shape[-1] + outputs) / 3e3))
