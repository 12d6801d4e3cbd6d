"""Winograd's F(4, 3) along the height, and windows along the width that are never gathered: for few channels or groups.

With few channels a two-dimensional transform costs more than it saves. Here each six rows of the input become six
transformed rows by one small matrix; a window of the width is a run of ``(q + k - 1) c`` neighbouring numbers in such a
row, so a matrix whose rows overlap in memory takes the place of im2col's copy. BLAS demands that its rows do not
overlap, hence the windows are taken in phases, every ``f``-th at a time. A row of the product holds ``q`` output
columns, which makes products wide enough to be efficient. Groups are bundled into blocks of some 16 channels, with
zeros between groups.
"""

from __future__ import annotations

from functools import lru_cache
from math import prod
from typing import NamedTuple

import numpy as np

from autograd.geometry import ConvGeometry
from autograd.kernels import threads
from autograd.kernels.conv.layout import Array, Block, Case, add_bias, blocks, copy, lanes, load, split_axis, strided
from autograd.kernels.conv.winograd import INPUT_1D, REACH, kernel_1d, output_1d
from autograd.kernels.workspace import scratch

NAME = "winograd1d"
EXACT = False

BLOCK = 400_000
"""Elements of a block's transformed rows."""
BUNDLE = 16
"""Channels of a bundle of groups."""

TAPS, TILE = 3, 4
KERNEL_1D, OUTPUT_1D = kernel_1d(TAPS), output_1d(TAPS)
COTANGENT_1D = np.ascontiguousarray(OUTPUT_1D.T)


class _Plan(NamedTuple):
    """Sizes that the three passes share.

    bundles, inner, outer: blocks of channels, and the input and output channels of one; columns: output columns of one
    row of a product; phases: windows that overlap; width: padded columns; down: tiles; items: blocks of work.
    """

    bundles: int
    inner: int
    outer: int
    columns: int
    phases: int
    width: int
    down: int
    items: list[Block]

    @property
    def run(self) -> int:
        """Input columns that one row of a product reads."""
        return self.columns + TAPS - 1


def applies(case: Case) -> bool:
    """Whether the method can be used."""
    geometry = case.geometry
    return (
        case.dtype == np.float32 and geometry.kernel == (TAPS, TAPS) and geometry.stride == geometry.dilation == (1, 1)
    )


def _bundles(groups: int, channels: int, outputs: int) -> int:
    """Return into how many bundles to put the groups."""
    each = max(channels, outputs) // groups
    return next(n for n in range(1, groups + 1) if groups % n == 0 and (groups // n * each <= BUNDLE or n == groups))


def _phases(output: int, columns: int) -> tuple[int, int]:
    """Return how many windows overlap, and the padded width."""
    phases = -(-(columns + TAPS - 1) // columns)
    step = columns * phases
    return phases, -(-(output + TAPS - 1) // step) * step


@lru_cache(maxsize=1024)
def _columns(output: int, outer: int) -> int:
    """Choose one or two output columns for a row of the product: BLAS computes 16 numbers at a time, 32 faster each."""

    def cost(columns: int) -> float:
        numbers = -(-columns * outer // 16) * 16
        width = _phases(output, columns)[1]
        return width / columns * (columns + TAPS - 1) * numbers * (1.2 if numbers == 16 else 1)

    return min((1, 2), key=cost)


def _plan(images: int, geometry: ConvGeometry, channels: int, outputs: int) -> _Plan:
    bundles = _bundles(geometry.groups, channels, outputs)
    inner, outer = channels // bundles, outputs // bundles
    columns = _columns(geometry.output[1], outer)
    phases, width = _phases(geometry.output[1], columns)
    down = -(-geometry.output[0] // TILE)
    items = blocks(images, (down, width), REACH * max(channels, outputs), BLOCK)
    return _Plan(bundles, inner, outer, columns, phases, width, down, items)


def _dense(w: Array, groups: int, plan: _Plan) -> Array:
    """Lay weights out as (3, bundles, 3, inner, outer), with zeros between the groups of a bundle."""
    each = groups // plan.bundles
    outer, inner = plan.outer // each, plan.inner // each
    dense = np.zeros((TAPS, plan.bundles, TAPS, each, inner, each, outer), w.dtype)
    by_group = w.reshape(plan.bundles, each, outer, inner, TAPS, TAPS)
    for group in range(each):
        dense[:, :, :, group, :, group] = by_group[:, group].transpose(3, 0, 4, 2, 1)
    return dense.reshape(TAPS, plan.bundles, TAPS, plan.inner, plan.outer)


def _transformed_kernel(w: Array, groups: int, plan: _Plan) -> Array:
    """Return U as (bundles, 6, run x inner, columns x outer): a Toeplitz matrix along the width."""
    dense = _dense(w, groups, plan)
    kernel = np.matmul(KERNEL_1D, dense.reshape(TAPS, -1)).reshape(REACH, *dense.shape[1:]).swapaxes(0, 1)
    wide = np.zeros((plan.bundles, REACH, plan.run, plan.inner, plan.columns, plan.outer), w.dtype)
    for column in range(plan.columns):
        wide[:, :, column : column + TAPS, :, column] = kernel
    return wide.reshape(plan.bundles, REACH, plan.run * plan.inner, plan.columns * plan.outer)


def _rows(x: Array, geometry: ConvGeometry, block: Block, plan: _Plan) -> Array:
    """Return the transformed rows, (bundles, 6, images x tiles x width x inner), flat, and a tail of zeros."""
    count, down = block.size, block.height
    held = scratch("winograd1d.input", (plan.bundles, count, down * TILE + 2, plan.width, plan.inner))
    (top, _), (left, _) = geometry.padding
    source = split_axis(x[block.images], 3, plan.bundles, plan.inner)
    load(source, (block.rows.start * TILE - top, -left), held.transpose(1, 2, 3, 0, 4))
    bundle, image, row, *_ = held.strides
    length = plan.width * plan.inner
    tiles = strided(held, (plan.bundles, count, down, REACH, length), (bundle, image, TILE * row, row, held.itemsize))
    size = plan.bundles * REACH * count * down * length
    tail = plan.phases * plan.run * plan.inner
    flat = scratch("winograd1d.rows", (size + tail,))
    flat[size:] = 0
    rows = flat[:size].reshape(plan.bundles, REACH, count, down, length)
    np.matmul(INPUT_1D, tiles, out=rows.transpose(0, 2, 3, 1, 4))
    return flat


def _windows(flat: Array, plan: _Plan, block: Block, phase: int, channels: int, run: int) -> Array:
    """View every `phases`-th run of `run` columns of transformed rows: (bundles, 6, count, run x channels).

    The last runs of a row continue in the next one, or in the tail.
    """
    length, item = block.size * block.height * plan.width * channels, flat.itemsize
    step = plan.phases * plan.columns * channels
    shape = (plan.bundles, REACH, length // step, run * channels)
    strides = (REACH * length * item, length * item, step * item, item)
    return np.ndarray(shape, flat.dtype, flat, phase * plan.columns * channels * item, strides)


def forward(x: Array, w: Array, geometry: ConvGeometry, out: Array, bias: Array | None = None) -> None:
    """Write conv(x, w) + bias to `out`; `x` and `out` are channels-last views."""
    outputs = w.shape[0]
    plan = _plan(x.shape[0], geometry, x.shape[-1], outputs)
    kernel = _transformed_kernel(w, geometry.groups, plan)

    def work(block: Block) -> None:
        rows = _rows(x, geometry, block, plan)
        count, down = block.size, block.height
        products = scratch("winograd1d.products", (plan.bundles, REACH, count, down, plan.width, plan.outer))
        for phase in range(plan.phases):
            windows = _windows(rows, plan, block, phase, plan.inner, plan.run)
            target = _windows(products, plan, block, phase, plan.outer, plan.columns)
            np.matmul(windows, kernel, out=target)
        part = out[block.images, block.rows.start * TILE : block.rows.stop * TILE]
        _inverse(products, part)
        if bias is not None:
            add_bias(part, bias)

    threads.run(work, plan.items, _cost(out, plan))


def _inverse(products: Array, part: Array) -> None:
    """Write the outputs of transformed products (bundles, 6, n, tiles, width, outer) to (n, rows, columns, O)."""
    bundles, _, count, down, _, outer = products.shape
    height, width = part.shape[1:3]
    length = products.shape[4] * outer
    lines = products.reshape(bundles, REACH, count, down, length)[..., : width * outer].transpose(0, 2, 3, 1, 4)
    if bundles == 1 and height == down * TILE and part.strides[2] == outer * part.itemsize:
        target = part.reshape(count, down, TILE, width * outer)
        np.matmul(OUTPUT_1D, lines[0], out=target)
        return
    tiles = scratch("winograd1d.output", (bundles, count, down * TILE, width, outer))
    np.matmul(OUTPUT_1D, lines, out=tiles.reshape(bundles, count, down, TILE, width * outer))
    copy(tiles[:, :, :height].transpose(1, 2, 3, 0, 4), split_axis(part, 3, bundles, outer))


def backward_weight(x: Array, g: Array, geometry: ConvGeometry, out: Array) -> None:
    """Write the weights' gradient to `out`, shape (O, C/groups, 3, 3); `x` and `g` are channels-last views."""
    plan = _plan(x.shape[0], geometry, x.shape[-1], g.shape[-1])
    shape = (plan.bundles, REACH, plan.run * plan.inner, plan.columns * plan.outer)
    parts = lanes(plan.items, prod(shape), x.size + g.size)
    sums = scratch("winograd1d.sums", (len(parts), *shape))

    def work(lane: int) -> None:
        total = sums[lane]
        total[...] = 0
        product = scratch("winograd1d.product", shape)
        for block in parts[lane]:
            rows = _rows(x, geometry, block, plan)
            cotangent = _cotangent_rows(g, block, plan)
            for phase in range(plan.phases):
                windows = _windows(rows, plan, block, phase, plan.inner, plan.run)
                right = _windows(cotangent, plan, block, phase, plan.outer, plan.columns)
                np.add(total, np.matmul(windows.swapaxes(2, 3), right, out=product), out=total)

    threads.run(work, range(len(parts)), _cost(g, plan))
    _fold(sums.sum(axis=0), geometry.groups, plan, out)


def _cotangent_rows(g: Array, block: Block, plan: _Plan) -> Array:
    """Return the transformed rows of the cotangent, (bundles, 6, images x tiles x width x outer)."""
    count, down = block.size, block.height
    held = scratch("winograd1d.cotangent", (plan.bundles, count, down * TILE, plan.width, plan.outer))
    source = split_axis(g[block.images], 3, plan.bundles, plan.outer)
    load(source, (block.rows.start * TILE, 0), held.transpose(1, 2, 3, 0, 4))
    rows = scratch("winograd1d.products", (plan.bundles, REACH, count, down, plan.width * plan.outer))
    tiles = held.reshape(plan.bundles, count, down, TILE, -1)
    np.matmul(COTANGENT_1D, tiles, out=rows.transpose(0, 2, 3, 1, 4))
    return rows


def _fold(total: Array, groups: int, plan: _Plan, out: Array) -> None:
    """Add the columns of a Toeplitz gradient, leave the transform, and pick the blocks that belong to a group."""
    wide = total.reshape(plan.bundles, REACH, plan.run, plan.inner, plan.columns, plan.outer)
    kernel = sum(wide[:, :, column : column + TAPS, :, column] for column in range(plan.columns))
    taps = np.tensordot(KERNEL_1D.T, kernel, (1, 1))
    each = groups // plan.bundles
    outer, inner = plan.outer // each, plan.inner // each
    dense = taps.reshape(TAPS, plan.bundles, TAPS, each, inner, each, outer)
    target = out.reshape(plan.bundles, each, outer, inner, TAPS, TAPS)
    for group in range(each):
        target[:, group] = dense[:, :, :, group, :, group].transpose(1, 4, 3, 0, 2)


def _cost(out: Array, plan: _Plan) -> float:
    """Estimated microseconds on one core."""
    return out.size * (plan.run * plan.inner * REACH / TILE / 5e4 + 1e-3)
