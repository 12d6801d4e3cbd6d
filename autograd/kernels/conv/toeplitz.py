"""Several output columns in one row of the product: for few channels, where im2col's rows are short and narrow.

A row of the matrix holds the input that `q` neighbouring output columns read together, ``k`` runs of
``((q - 1) s + d (k - 1) + 1) c`` numbers; the weights become a block-Toeplitz matrix with one block column for each of
the `q`. The product does more operations than im2col's, most of them with zeros, but it is wide enough to be efficient,
and less than half as much is copied, in longer runs. `q` minimises an estimate of the time.

Backward-data is the transpose: a product with the transposed matrix, whose rows are added where they were read from.
"""

from __future__ import annotations

from functools import lru_cache
from math import prod
from typing import NamedTuple

import numpy as np

from autograd.geometry import ConvGeometry
from autograd.kernels import threads
from autograd.kernels.conv.layout import Array, Block, Case, add_bias, blocks, copy, lanes, load, strided
from autograd.kernels.workspace import scratch

NAME = "toeplitz"
EXACT = True

BLOCK = 400_000
"""Elements of a block's matrix."""


class _Plan(NamedTuple):
    """Output columns of one row of the product, rows that cover the width, input columns of one row."""

    columns: int
    chunks: int
    run: int


def applies(case: Case) -> bool:
    """Whether the method can be used."""
    return (
        case.geometry.rank == 2
        and case.geometry.groups == 1
        and case.channels * case.outputs <= 1024
        and case.dtype in (np.float32, np.float64)
    )


@lru_cache(maxsize=1024)
def _plan(geometry: ConvGeometry, channels: int, outputs: int, adds: bool = False) -> _Plan:
    """Choose `q`: a copy costs 2.4 ns a run and 0.1 ns a number, a product 1 ns for 100 multiplications.

    Products are computed 16 columns at a time, and half as slow again where columns are no multiple of four. A `q` that
    does not divide the width costs a copy of the output besides, 1 ns a number. Backward-data adds instead of copying,
    for 10 ns a run and 0.3 ns a number.
    """
    width, taps = geometry.output[1], geometry.kernel[0]
    for_run, for_number = (10.0, 0.3) if adds else (2.4, 0.1)
    best, least = _Plan(1, width, geometry.reach[1]), float("inf")
    for columns in range(1, width + 1):
        chunks = -(-width // columns)
        run = (columns - 1) * geometry.stride[1] + geometry.reach[1]
        padded = columns * outputs if adds else -(-columns * outputs // 16) * (24 if columns * outputs % 4 else 16)
        time = chunks * taps * (for_run + run * channels * (for_number + padded / 100))
        time += chunks * columns * outputs if width % columns else 0
        if time < least:
            best, least = _Plan(columns, chunks, run), time
    return best


def _matrix(w: Array, geometry: ConvGeometry, plan: _Plan, dtype: np.dtype, turned: bool = False) -> Array:
    """Lay weights out as (taps x run x C, columns x O), or `turned` as (columns x O, taps x run x C)."""
    outputs, channels, taps, _ = w.shape
    inputs, results = (taps, plan.run, channels), (plan.columns, outputs)
    matrix = np.zeros((*results, *inputs) if turned else (*inputs, *results), dtype)
    laid_out = matrix.transpose(2, 3, 4, 0, 1) if turned else matrix
    weights = w.transpose(2, 3, 1, 0)
    for column, place in enumerate(_places(geometry, plan)):
        laid_out[:, place, :, column] = weights
    return matrix.reshape(prod(results), prod(inputs)) if turned else matrix.reshape(prod(inputs), prod(results))


def _places(geometry: ConvGeometry, plan: _Plan) -> list[slice]:
    """Return, for each output column of a row, the input columns its taps read."""
    stride, dilation, reach = geometry.stride[1], geometry.dilation[1], geometry.reach[1]
    return [slice(q * stride, q * stride + reach, dilation) for q in range(plan.columns)]


def _rows(x: Array, geometry: ConvGeometry, block: Block, plan: _Plan) -> Array:
    """Gather (chunks, images x rows, taps x run x C)."""
    (stride, stride_across), (dilation, _) = geometry.stride, geometry.dilation
    (top, _), (left, _) = geometry.padding
    height = (block.height - 1) * stride + geometry.reach[0]
    width = (plan.chunks * plan.columns - 1) * stride_across + geometry.reach[1]
    held = scratch("toeplitz.input", (block.size, height, width, x.shape[-1]), x.dtype)
    load(x[block.images], (block.rows.start * stride - top, -left), held)
    image, row, column, _ = held.strides
    shape = (plan.chunks, block.size, block.height, geometry.kernel[0], plan.run * x.shape[-1])
    strides = (plan.columns * stride_across * column, image, stride * row, dilation * row, held.itemsize)
    gathered = scratch("toeplitz.rows", shape, x.dtype)
    copy(strided(held, shape, strides), gathered)
    return gathered.reshape(plan.chunks, block.size * block.height, -1)


def _outputs(a: Array, block: Block, plan: _Plan, name: str, fill: bool) -> Array:
    """View a block of (N, rows, columns, O) as (chunks, images x rows, columns x O); copy where it must be padded.

    With `fill` the copy holds what `a` does, and zeros beyond.
    """
    part = a[block.images, block.rows]
    length = plan.columns * a.shape[-1]
    ready = part.flags.c_contiguous and plan.chunks * plan.columns == a.shape[2]
    if ready:
        lines = part.reshape(block.size * block.height, plan.chunks, length)
    else:
        held = scratch(name, (block.size, block.height, plan.chunks * plan.columns, a.shape[-1]), a.dtype)
        if fill:
            load(part, (0, 0), held)
        lines = held.reshape(block.size * block.height, plan.chunks, length)
    return lines.transpose(1, 0, 2)


def forward(x: Array, w: Array, geometry: ConvGeometry, out: Array, bias: Array | None = None) -> None:
    """Write conv(x, w) + bias to `out`; `x` and `out` are channels-last views."""
    outputs, channels = w.shape[:2]
    plan = _plan(geometry, channels, outputs)
    matrix = _matrix(w, geometry, plan, out.dtype)

    def work(block: Block) -> None:
        rows = _rows(x, geometry, block, plan)
        target = _outputs(out, block, plan, "toeplitz.output", fill=False)
        np.matmul(rows, matrix, out=target)
        part = out[block.images, block.rows]
        if not np.may_share_memory(target, part):
            held = target.transpose(1, 0, 2).reshape(*part.shape[:2], -1, outputs)
            np.copyto(part, held[:, :, : part.shape[2]])
        if bias is not None:
            add_bias(part, bias)

    threads.run(work, _items(x, geometry, plan), _cost(x.shape[0], geometry, plan, channels, outputs))


def _items(x: Array, geometry: ConvGeometry, plan: _Plan) -> list[Block]:
    row = geometry.kernel[0] * plan.run * x.shape[-1]
    return blocks(x.shape[0], (geometry.output[0], plan.chunks), row, BLOCK)


def _cost(images: int, geometry: ConvGeometry, plan: _Plan, channels: int, outputs: int) -> float:
    """Estimated microseconds on one core."""
    rows = images * geometry.output[0] * plan.chunks * geometry.kernel[0]
    return rows * (4 + plan.run * channels * (0.1 + plan.columns * outputs / 100)) / 1e3


def backward_input(g: Array, w: Array, geometry: ConvGeometry, out: Array) -> None:
    """Write the input's gradient to `out`; `g` and `out` are channels-last views."""
    outputs, channels, taps, _ = w.shape
    plan = _plan(geometry, channels, outputs, adds=True)
    matrix = _matrix(w, geometry, plan, out.dtype, turned=True)
    (stride, across), dilation = geometry.stride, geometry.dilation[0]
    (top, _), (left, _) = geometry.padding
    height = (geometry.output[0] - 1) * stride + geometry.reach[0]
    width = (plan.chunks * plan.columns - 1) * across + geometry.reach[1]
    run = plan.run * channels
    apart = -(-plan.run // (plan.columns * across))

    def work(block: Block) -> None:
        rows = scratch("toeplitz.rows", (plan.chunks, block.size * geometry.output[0], taps * run), out.dtype)
        np.matmul(_outputs(g, block, plan, "toeplitz.output", fill=True), matrix, out=rows)
        rows = rows.reshape(plan.chunks, block.size, geometry.output[0], taps, run)
        held = scratch("toeplitz.input", (block.size, height, width, channels), out.dtype)
        held[...] = 0
        image, line, column, item = held.strides
        for first in range(min(apart, plan.chunks)):
            # Every `apart`-th chunk: their runs do not overlap.
            part = rows[first::apart]
            shape = (*part.shape[:3], run)
            strides = (apart * plan.columns * across * column, image, stride * line, item)
            for tap in range(taps):
                offset = first * plan.columns * across * column + tap * dilation * line
                target = np.ndarray(shape, out.dtype, held, offset, strides)
                np.add(target, part[:, :, :, tap], out=target)
        load(held, (top, left), out[block.images])

    whole = blocks(g.shape[0], (1, geometry.output[0] * plan.chunks), taps * run, BLOCK)
    items = [Block(block.images, slice(0, geometry.output[0])) for block in whole]
    threads.run(work, items, _cost(g.shape[0], geometry, plan, channels, outputs))


def backward_weight(x: Array, g: Array, geometry: ConvGeometry, out: Array) -> None:
    """Write the weights' gradient to `out`, shape (O, C, *kernel); `x` and `g` are channels-last views."""
    outputs, channels, taps, _ = out.shape
    plan = _plan(geometry, channels, outputs)
    shape = (taps * plan.run * channels, plan.columns * outputs)
    parts = lanes(_items(x, geometry, plan), prod(shape), x.size + g.size)
    sums = scratch("toeplitz.sums", (len(parts), *shape), out.dtype)

    def work(lane: int) -> None:
        total = sums[lane]
        total.fill(0)
        for block in parts[lane]:
            rows = _rows(x, geometry, block, plan)
            cotangent = _outputs(g, block, plan, "toeplitz.output", fill=True)
            products = scratch("toeplitz.products", (plan.chunks, *shape), out.dtype)
            np.matmul(rows.swapaxes(1, 2), cotangent, out=products)
            for product in products:
                np.add(total, product, out=total)

    threads.run(work, range(len(parts)), _cost(x.shape[0], geometry, plan, channels, outputs))
    wide = (sums.sum(axis=0) if len(parts) > 1 else sums).reshape(taps, plan.run, channels, plan.columns, outputs)
    total = sum(wide[:, place, :, column] for column, place in enumerate(_places(geometry, plan)))
    np.copyto(out, np.asarray(total).transpose(3, 2, 0, 1))
