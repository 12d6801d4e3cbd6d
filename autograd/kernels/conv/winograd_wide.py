"""Winograd's F(4, 3) along the height, as six big products: for many channels on few positions.

Where the weights outweigh the images, two-dimensional tiles are too few to keep 36 products efficient. Transforming the
height alone leaves six products [positions, 3 C] x [3 C, O] over the whole batch, at half the operations of a direct
sum. The weights are transformed and laid out in one pass: for each of their channels an 18 x 9 matrix times its taps.
Backward-data comes with weights that are turned round; their memory is still that of the weights, so it is the input's
channels that are transformed one by one, and each of the six products becomes a sum of three.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from autograd.geometry import ConvGeometry
from autograd.kernels import blas, threads
from autograd.kernels.conv import winograd1d
from autograd.kernels.conv.layout import Array, Case, add_bias, load, strided
from autograd.kernels.conv.winograd import INPUT_1D, REACH
from autograd.kernels.conv.winograd1d import COTANGENT_1D, KERNEL_1D, OUTPUT_1D, TAPS, TILE
from autograd.kernels.workspace import scratch

NAME = "winograd_wide"
EXACT = False

COLUMNS = 256
"""Output channels of one product."""
SPREAD = np.kron(KERNEL_1D, np.eye(TAPS, dtype=np.float32))
"""Takes the nine taps of a kernel, row by row, to six transformed rows of three."""
TURNED = np.ascontiguousarray(SPREAD[:, ::-1])


def applies(case: Case) -> bool:
    """Whether the method can be used."""
    return winograd1d.applies(case) and case.geometry.groups == 1


def _kernel(w: Array, matrix: Array) -> Array:
    """Return each of the (O, C, 3, 3) transformed and laid out as (O, 18, C)."""
    outputs, channels = w.shape[:2]
    kernel = scratch("wide.kernel", (outputs, REACH * TAPS, channels))
    taps = w.reshape(outputs, channels, TAPS * TAPS).swapaxes(1, 2)
    step = 32

    def work(start: int) -> None:
        np.matmul(matrix, taps[start : start + step], out=kernel[start : start + step])

    threads.run(work, range(0, outputs, step), kernel.size / 2e3)
    return kernel


def _multiplier(w: Array, rows: Array, products: Array) -> Callable[[tuple[int, slice]], None]:
    """Transform the weights, and return what multiplies one plane of `rows` by a range of output channels."""
    outputs, channels = w.shape[:2]
    if w.strides[1] <= w.strides[0]:
        kernel = _kernel(w, SPREAD).reshape(outputs, REACH, TAPS * channels)

        def multiply(pair: tuple[int, slice]) -> None:
            plane, columns = pair
            blas.matmul(rows[plane], kernel[columns, plane].T, products[plane, :, columns])

        return multiply
    turned = w.strides[2] < 0
    by_input = (w[:, :, ::-1, ::-1] if turned else w).swapaxes(0, 1)
    planes = _kernel(by_input, TURNED if turned else SPREAD).reshape(channels, REACH, TAPS, outputs)

    def add_up(pair: tuple[int, slice]) -> None:
        plane, columns = pair
        for tap in range(TAPS):
            part = rows[plane, :, tap * channels : (tap + 1) * channels]
            blas.matmul(part, planes[:, plane, tap, columns], products[plane, :, columns], accumulate=tap > 0)

    return add_up


def _ranges(count: int) -> list[slice]:
    """Deal images out: enough pieces for many cores, none too small."""
    step = max(1, count // 16)
    return [slice(i, min(i + step, count)) for i in range(0, count, step)]


def _rows(x: Array, geometry: ConvGeometry, down: int) -> Array:
    """Return transformed rows with their windows along the width gathered, (6, N x tiles x width, 3 C)."""
    width, channels = geometry.output[1], x.shape[-1]
    gathered = scratch("wide.rows", (REACH, x.shape[0], down, width, TAPS * channels))
    (top, _), (left, _) = geometry.padding

    def work(images: slice) -> None:
        count = images.stop - images.start
        held = scratch("wide.input", (count, down * TILE + 2, width + 2, channels))
        load(x[images], (-top, -left), held)
        image, row, *_ = held.strides
        length = (width + 2) * channels
        tiles = strided(held, (count, down, REACH, length), (image, TILE * row, row, held.itemsize))
        rows = scratch("wide.transformed", (REACH, count, down, length))
        np.matmul(INPUT_1D, tiles, out=rows.transpose(1, 2, 0, 3))
        steps = (*rows.strides[:3], channels * rows.itemsize, rows.itemsize)
        np.copyto(gathered[:, images], strided(rows, (REACH, count, down, width, TAPS * channels), steps))

    threads.run(work, _ranges(x.shape[0]), gathered.size / 1e3)
    return gathered.reshape(REACH, -1, TAPS * channels)


def _cotangent(g: Array, down: int) -> Array:
    """Return the transformed rows of the cotangent, (6, N x tiles x width, O)."""
    width, outputs = g.shape[2:]
    rows = scratch("wide.products", (REACH, g.shape[0], down, width * outputs))

    def work(images: slice) -> None:
        count = images.stop - images.start
        held = scratch("wide.input", (count, down * TILE, width, outputs))
        load(g[images], (0, 0), held)
        np.matmul(COTANGENT_1D, held.reshape(count, down, TILE, -1), out=rows[:, images].transpose(1, 2, 0, 3))

    threads.run(work, _ranges(g.shape[0]), rows.size / 1e3)
    return rows.reshape(REACH, -1, outputs)


def _pairs(outputs: int) -> list[tuple[int, slice]]:
    """Deal the six products out, a range of output channels each."""
    return [(plane, slice(i, i + COLUMNS)) for plane in range(REACH) for i in range(0, outputs, COLUMNS)]


def forward(x: Array, w: Array, geometry: ConvGeometry, out: Array, bias: Array | None = None) -> None:
    """Write conv(x, w) + bias to `out`; `x` and `out` are channels-last views."""
    outputs = w.shape[0]
    height, width = geometry.output
    down = -(-height // TILE)
    rows = _rows(x, geometry, down)
    products = scratch("wide.products", (REACH, rows.shape[1], outputs))
    threads.run(_multiplier(w, rows, products), _pairs(outputs), rows.size * outputs / 1e5)
    lines = products.reshape(REACH, x.shape[0], down, width * outputs)

    def invert(images: slice) -> None:
        part = out[images]
        tiles = scratch("wide.output", (part.shape[0], down, TILE, width * outputs))
        np.matmul(OUTPUT_1D, lines[:, images].transpose(1, 2, 0, 3), out=tiles)
        np.copyto(part, tiles.reshape(part.shape[0], down * TILE, width, outputs)[:, :height])
        if bias is not None:
            add_bias(part, bias)

    threads.run(invert, _ranges(x.shape[0]), products.size / 1e3)


def backward_weight(x: Array, g: Array, geometry: ConvGeometry, out: Array) -> None:
    """Write the weights' gradient to `out`, shape (O, C, 3, 3); `x` and `g` are channels-last views."""
    outputs, channels = out.shape[:2]
    down = -(-geometry.output[0] // TILE)
    rows = _rows(x, geometry, down)
    cotangent = _cotangent(g, down)
    sums = scratch("wide.kernel", (outputs, REACH, TAPS * channels))

    def multiply(pair: tuple[int, slice]) -> None:
        plane, columns = pair
        blas.matmul(cotangent[plane, :, columns].T, rows[plane], sums[columns, plane])

    threads.run(multiply, _pairs(outputs), rows.size * outputs / 1e5)
    spread = sums.reshape(outputs, REACH * TAPS, channels).swapaxes(1, 2)
    target = out.reshape(outputs, channels, TAPS * TAPS)
    step = 32

    def fold(start: int) -> None:
        np.matmul(spread[start : start + step], SPREAD, out=target[start : start + step])

    threads.run(fold, range(0, outputs, step), sums.size / 2e3)
