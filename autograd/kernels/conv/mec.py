"""Tall kernels on large images with few channels: windows are gathered along the width only.

im2col copies every input number once for each tap. Here a block is copied once for each tap of a row only, column by
column; a window then is ``k`` successive runs of that copy, and successive windows are overlapping rows of one matrix.
BLAS wants rows that do not overlap, so the output rows are taken in ``f = ceil(k / s)`` phases, each of them a stack of
products that write where they belong.

Cho and Brand, "MEC: Memory-efficient Convolution for Deep Neural Network", 2017.
"""

from __future__ import annotations

import numpy as np

from autograd.geometry import ConvGeometry
from autograd.kernels import threads
from autograd.kernels.conv import im2col
from autograd.kernels.conv.layout import Array, Block, Case, add_bias, blocks, copy, load, strided
from autograd.kernels.workspace import scratch

NAME = "mec"
EXACT = True

BLOCK = 400_000
"""Elements of a block's copy."""


def applies(case: Case) -> bool:
    """Whether the method can be used."""
    geometry = case.geometry
    return (
        geometry.rank == 2
        and geometry.groups == 1
        and geometry.dilation[0] == 1
        and case.dtype in (np.float32, np.float64)
    )


def _gather(x: Array, geometry: ConvGeometry, images: slice, columns: slice) -> Array:
    """Copy some output columns as (images, columns, rows of the input, taps of a row x C)."""
    (stride, across), (taps, taps_across) = geometry.stride, geometry.kernel
    (top, _), (left, _) = geometry.padding
    source = x[images]
    count = columns.stop - columns.start
    rows = (geometry.output[0] - 1) * stride + taps
    width = (count - 1) * across + geometry.reach[1]
    held = scratch("mec.input", (source.shape[0], rows, width, x.shape[-1]), x.dtype)
    load(source, (-top, columns.start * across - left), held)
    image, row, column, item = held.strides
    gathered = scratch("mec.gathered", (source.shape[0], count, rows, taps_across, x.shape[-1]), x.dtype)
    steps = (image, across * column, row, geometry.dilation[1] * column, item)
    view = strided(held, gathered.shape, steps)
    if geometry.dilation[1] == 1:
        view, gathered = (a.reshape(*a.shape[:3], -1) for a in (view, gathered))
    copy(view, gathered)
    return gathered.reshape(source.shape[0], count, rows, -1)


def forward(x: Array, w: Array, geometry: ConvGeometry, out: Array, bias: Array | None = None) -> None:
    """Write conv(x, w) + bias to `out`; `x` and `out` are channels-last views."""
    matrix = im2col.weight_matrix(w, 1, out.dtype)[0]
    stride = geometry.stride[0]
    height, width = geometry.output
    phases = -(-geometry.kernel[0] // stride)

    def work(block: Block) -> None:
        # The blocks split columns, not rows: tall products are what makes the method fast.
        gathered = _gather(x, geometry, block.images, block.rows)
        image, column, row, item = gathered.strides
        target = out[block.images, :, block.rows]
        for phase in range(min(phases, height)):
            part = target[:, phase::phases].transpose(0, 2, 1, 3)
            shape = (*part.shape[:3], matrix.shape[0])
            steps = (image, column, phases * stride * row, item)
            np.matmul(strided(gathered[:, :, phase * stride :], shape, steps), matrix, out=part)
        if bias is not None:
            add_bias(target, bias)

    row_length = geometry.kernel[1] * x.shape[-1] * stride
    items = blocks(x.shape[0], (width, height), row_length, BLOCK)
    threads.run(work, items, out.size * matrix.shape[0] / 1e5)


backward_weight = im2col.backward_weight
