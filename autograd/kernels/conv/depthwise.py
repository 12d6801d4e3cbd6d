"""One filter for each channel: sums over windows without products of matrices.

Forward is one windowed `einsum` a block: for each row of the output, the taps multiply runs of ``width x channels``
neighbouring numbers. The gradient of the weights is a dot product for each tap and channel, which BLAS does at many
times the speed of other sums if each channel lies by itself; so there the block is copied channels-first. A stride is
taken apart into its phases as the block is copied, so that every run is contiguous.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import gcd
from typing import NamedTuple

import numpy as np

from autograd.geometry import ConvGeometry
from autograd.kernels import threads
from autograd.kernels.conv.layout import Array, Block, Case, add_bias, blocks, load, strided
from autograd.kernels.workspace import scratch

NAME = "depthwise"
EXACT = True

BLOCK = 300_000
"""Elements of a block's output."""


def applies(case: Case) -> bool:
    """Whether the method can be used."""
    return (
        case.geometry.rank == 2
        and case.geometry.groups == case.channels == case.outputs
        and case.dtype in (np.float32, np.float64)
    )


class _Taps(NamedTuple):
    """The taps of one axis that read one residue of the input: which, and where in it the first and the next read."""

    residue: int
    taps: slice
    number: int
    first: int
    step: int


def _residues(geometry: ConvGeometry, axis: int) -> Iterator[_Taps]:
    """Sort the taps of an axis by the residue of the input position they read, modulo the stride."""
    kernel, stride, dilation = geometry.kernel[axis], geometry.stride[axis], geometry.dilation[axis]
    every = stride // gcd(stride, dilation)
    for first in range(min(every, kernel)):
        at = first * dilation
        count = len(range(first, kernel, every))
        yield _Taps(at % stride, slice(first, kernel, every), count, at // stride, dilation * every // stride)


def _residue(x: Array, geometry: ConvGeometry, axis: int, start: int, residue: int) -> tuple[slice, int]:
    """Return the positions of `x` in one residue, and where its window begins among them."""
    stride, low = geometry.stride[axis], geometry.padding[axis][0]
    first = start * stride + residue - low
    return slice(first % stride, None, stride), first // stride


def _length(taps: _Taps, count: int) -> int:
    return taps.first + (taps.number - 1) * taps.step + count


def forward(x: Array, w: Array, geometry: ConvGeometry, out: Array, bias: Array | None = None) -> None:
    """Write conv(x, w) + bias to `out`; `x` and `out` are channels-last views."""
    width, channels = geometry.output[1], x.shape[-1]
    pairs = [(v, h) for v in _residues(geometry, 0) for h in _residues(geometry, 1)]
    row = np.ascontiguousarray(w[:, 0].transpose(1, 2, 0), out.dtype)
    tiled = np.repeat(row[:, :, None], width, axis=2).reshape(*geometry.kernel, width * channels)

    def work(block: Block) -> None:
        target = out[block.images, block.rows]
        ready = target.flags.c_contiguous
        shape = (block.size, block.height, width * channels)
        total = target.reshape(shape) if ready else scratch("depthwise.total", shape, out.dtype)
        for index, (vertical, horizontal) in enumerate(pairs):
            held = _held(x, geometry, block, vertical, horizontal)
            image, line, column, _ = held.strides
            view = strided(
                held[:, vertical.first :, horizontal.first :],
                (block.size, block.height, vertical.number, horizontal.number, width * channels),
                (image, line, vertical.step * line, horizontal.step * column, held.itemsize),
            )
            filters = tiled[vertical.taps, horizontal.taps]
            if index:
                part = scratch("depthwise.part", shape, out.dtype)
                np.add(total, np.einsum("nhijx,ijx->nhx", view, filters, out=part), out=total)
            else:
                np.einsum("nhijx,ijx->nhx", view, filters, out=total)
        if not ready:
            np.copyto(target, total.reshape(target.shape))
        if bias is not None:
            add_bias(target, bias)

    items = blocks(x.shape[0], geometry.output, channels, BLOCK)
    threads.run(work, items, out.size * geometry.kernel[0] * geometry.kernel[1] / 4e3)


def _held(x: Array, geometry: ConvGeometry, block: Block, vertical: _Taps, horizontal: _Taps) -> Array:
    """Copy what a block's windows read in one residue of rows and columns, padded with zeros."""
    rows, top = _residue(x, geometry, 0, block.rows.start, vertical.residue)
    columns, left = _residue(x, geometry, 1, 0, horizontal.residue)
    extent = (_length(vertical, block.height), _length(horizontal, geometry.output[1]))
    held = scratch("depthwise.input", (block.size, *extent, x.shape[-1]), x.dtype)
    load(x[block.images, rows, columns], (top, left), held)
    return held


def backward_weight(x: Array, g: Array, geometry: ConvGeometry, out: Array) -> None:
    """Write the weights' gradient to `out`, shape (C, 1, *kernel); `x` and `g` are channels-last views."""
    height, width = geometry.output
    channels = x.shape[-1]
    pairs = [(v, h) for v in _residues(geometry, 0) for h in _residues(geometry, 1)]
    items = blocks(x.shape[0], (1, height * width), channels, BLOCK)
    sums = np.zeros((len(items), channels, *geometry.kernel), out.dtype)

    line = max(_length(horizontal, width) for _, horizontal in pairs)
    length = height * line - (line - width)

    def work(index: int) -> None:
        images = items[index].images
        cotangent = scratch("depthwise.cotangent", (images.stop - images.start, channels, height, line), out.dtype)
        cotangent[..., width:] = 0
        np.copyto(cotangent[..., :width], g[images].transpose(0, 3, 1, 2))
        flat = cotangent.reshape(*cotangent.shape[:2], 1, 1, -1)[..., :length]
        for vertical, horizontal in pairs:
            source = _channels_first(x, geometry, images, vertical, horizontal, line)
            item = source.itemsize
            view = strided(
                source[:, :, vertical.first :, horizontal.first :],
                (*source.shape[:2], vertical.number, horizontal.number, length),
                (*source.strides[:2], vertical.step * line * item, horizontal.step * item, item),
            )
            sums[index][:, vertical.taps, horizontal.taps] = np.vecdot(view, flat).sum(axis=0)

    threads.run(work, range(len(items)), g.size * geometry.kernel[0] * geometry.kernel[1] / 1e4)
    np.sum(sums, axis=0, out=out[:, 0])


def _channels_first(
    x: Array, geometry: ConvGeometry, images: slice, vertical: _Taps, horizontal: _Taps, line: int
) -> Array:
    """Copy one residue of some images as (n, C, rows, line), padded with zeros."""
    rows, top = _residue(x, geometry, 0, 0, vertical.residue)
    columns, left = _residue(x, geometry, 1, 0, horizontal.residue)
    shape = (images.stop - images.start, x.shape[-1], _length(vertical, geometry.output[0]), line)
    held = scratch("depthwise.input", shape, x.dtype)
    load(x[images, rows, columns], (top, left), held.transpose(0, 2, 3, 1))
    return held
