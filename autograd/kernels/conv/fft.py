"""Convolution by the Fourier transform: for big kernels at stride 1, where a direct sum reads each input often.

A product of spectra is a circular correlation. Sizes of tens are transformed by products with matrices of sines and
cosines, at ten times the speed of a fast transform's scattered arithmetic, and in the layout the images are in: one
matrix takes the rows of an image to ``n / 2 + 1`` complex rows, another the columns of each to ``n`` complex numbers.
The matrices know where an image lies in its padding, so nothing is padded; zeros on one side let the other wrap onto
them, so ``n`` is the size and one padding. A transform costs ``n`` multiplications a number, so large images are cut
into tiles. Dense layers multiply channel matrices at every frequency, depthwise layers single numbers. The error is
some 1e-6 of the largest value of the image, whatever the kernel's size.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import product
from typing import NamedTuple

import numpy as np

from autograd.geometry import ConvGeometry
from autograd.kernels import threads
from autograd.kernels.conv.layout import Array, Case
from autograd.kernels.workspace import empty, scratch

NAME = "fft"
EXACT = False

LEAST = 24
"""Outputs of a tile on one axis that keep the products efficient."""
DEPTHWISE = 8.0
"""Channels of a dense layer whose products at one frequency cost as much as the single numbers of a depthwise one."""
CHUNK = 1 << 17
"""Numbers of a spectrum that are worked on at a time."""


def applies(case: Case) -> bool:
    """Whether the method can be used."""
    geometry = case.geometry
    return (
        case.dtype in (np.float32, np.float64)
        and geometry.rank == 2
        and geometry.stride == geometry.dilation == (1, 1)
        and geometry.groups in (1, case.channels)
        and (geometry.groups == 1 or case.channels == case.outputs)
    )


class _Span(NamedTuple):
    """A tile on one axis: its outputs, the inputs it reads, and where those lie in its window."""

    outputs: slice
    inputs: slice
    first: int


def _cut(geometry: ConvGeometry, axis: int, step: int) -> tuple[list[_Span], int]:
    """Cut an axis into tiles; return them, and an even length from which on nothing wraps onto a number."""
    size, kernel, output = geometry.size[axis], geometry.kernel[axis], geometry.output[axis]
    spans, length = [], kernel
    for start in range(0, output, step):
        stop = min(start + step, output)
        origin, window = start - geometry.padding[axis][0], stop - start + kernel - 1
        begin = min(max(0, origin), size)
        end = max(begin, min(size, origin + window))
        first = begin - origin if end > begin else 0
        spans.append(_Span(slice(start, stop), slice(begin, end), first))
        length = max(length, stop - start, first + end - begin, window - first if end > begin else 0)
    return spans, length + length % 2


def _tiled(geometry: ConvGeometry, axis: int, mixing: float) -> tuple[list[_Span], int]:
    """Cut an axis into as many tiles as cost least, by multiplications for an output and channel.

    A transform takes ``n^2 / t`` of them for tiles of `t` outputs, and the products at the frequencies ``(n / t)^2``
    times C O / (C + O), here called `mixing`.
    """
    output = geometry.output[axis]
    cuts = (_cut(geometry, axis, -(-output // count)) for count in range(1, 1 + max(1, output // LEAST)))
    return min(cuts, key=lambda cut: len(cut[0]) * cut[1] ** 2 * (1 + mixing * len(cut[0]) / output))


class _Plan(NamedTuple):
    """The tiles of all images as (image, rows, columns), and the lengths of the transforms."""

    tiles: list[tuple[int, _Span, _Span]]
    rows: int
    columns: int

    @property
    def half(self) -> int:
        """Complex rows of a spectrum."""
        return self.rows // 2 + 1


@lru_cache(maxsize=256)
def _plan(images: int, geometry: ConvGeometry, channels: int, outputs: int) -> _Plan:
    mixing = DEPTHWISE if geometry.groups > 1 else channels * outputs / (channels + outputs)
    (down, rows), (across, columns) = (_tiled(geometry, axis, mixing) for axis in (0, 1))
    return _Plan(list(product(range(images), down, across)), rows, columns)


@lru_cache(maxsize=256)
def _waves(length: int, rows: int, first: int, count: int, dtype: np.dtype) -> tuple[Array, Array]:
    """Return cosines and sines of the first `rows` frequencies at `count` positions, (rows, count) each."""
    steps = np.outer(np.arange(rows), np.arange(first, first + count)) % length
    angles = 2 * np.pi / length * steps
    return np.cos(angles).astype(dtype), np.sin(angles).astype(dtype)


@lru_cache(maxsize=256)
def _row_matrix(length: int, first: int, count: int, dtype: np.dtype) -> Array:
    """Take real rows to complex ones: (half x 2, count)."""
    cosine, sine = _waves(length, length // 2 + 1, first, count, dtype)
    return np.stack([cosine, -sine], 1).reshape(2 * len(cosine), count)


@lru_cache(maxsize=256)
def _column_matrix(length: int, first: int, count: int, dtype: np.dtype, paired: bool) -> Array:
    """Take complex columns to a complex spectrum: (length x 2, 2 x count) if paired, else (2 x length, 2 x count)."""
    cosine, sine = _waves(length, length, first, count, dtype)
    real, imaginary = np.stack([cosine, sine], 1), np.stack([-sine, cosine], 1)
    return np.stack([real, imaginary], int(paired)).reshape(2 * length, 2 * count)


@lru_cache(maxsize=256)
def _filter_matrix(length: int, count: int, dtype: np.dtype) -> Array:
    """Take complex columns of a filter to what multiplies a pair (re, im) by its conjugate: (length x 2 x 2, 2 count).

    The real result takes the filter's real and imaginary part, the imaginary one minus the imaginary and the real part.
    """
    real, imaginary = _column_matrix(length, 0, count, dtype, False).reshape(2, length, 2 * count)
    return np.stack([real, imaginary, -imaginary, real], 1).reshape(4 * length, 2 * count)


@lru_cache(maxsize=256)
def _rows_back(length: int, height: int, dtype: np.dtype) -> Array:
    """Take complex rows back to real ones: (height, half x 2)."""
    weights = np.full(length // 2 + 1, 2 / length)
    weights[[0, -1]] = 1 / length
    rows = _row_matrix(length, 0, height, dtype) * np.repeat(weights, 2)[:, None].astype(dtype)
    return np.ascontiguousarray(rows.T)


@lru_cache(maxsize=256)
def _columns_back(length: int, width: int, dtype: np.dtype, paired: bool) -> Array:
    """Take a complex spectrum back to complex columns: the transpose of `_column_matrix`, divided by the length."""
    back: Array = np.ascontiguousarray(_column_matrix(length, 0, width, dtype, paired).T) / dtype.type(length)
    return back


def _lines(a: Array, rows: int, first: int, name: str) -> Array:
    """Transform the rows of (height, width, channels): (half, 2 x width, channels)."""
    height, width, channels = a.shape
    half = rows // 2 + 1
    lines = scratch(name, (half, 2 * width, channels), a.dtype)
    flat = lines.reshape(2 * half, width * channels)
    np.matmul(_row_matrix(rows, first, height, a.dtype), a.reshape(height, width * channels), out=flat)
    return lines


def _chunks(half: int, row: int) -> Iterator[slice]:
    """Split the complex rows of a spectrum of `row` numbers a row."""
    step = -(-half // max(1, -(-half * row // CHUNK)))
    return (slice(i, min(i + step, half)) for i in range(0, half, step))


def _spectrum_chunk(lines: Array, part: slice, matrix: Array, name: str) -> Array:
    """Transform the columns of some rows: (rows, 2, columns x channels)."""
    spectrum = scratch(name, (part.stop - part.start, len(matrix), lines.shape[-1]), lines.dtype)
    np.matmul(matrix, lines[part], out=spectrum)
    return spectrum.reshape(len(spectrum), 2, -1)


def _leave(back: Array, matrix: Array, target: Array, bias: Array | None) -> None:
    """Take complex rows (half, 2 x width, channels) to the rows of `target`, (height, width, channels)."""
    height, width, channels = target.shape
    flat = back.reshape(-1, width * channels)
    if target.strides[1:] == (channels * target.itemsize, target.itemsize):
        np.matmul(matrix, flat, out=target.reshape(height, -1))
    else:
        held = scratch("fft.image", (height, width * channels), target.dtype)
        np.copyto(target, np.matmul(matrix, flat, out=held).reshape(target.shape))
    if bias is not None:
        np.add(target, bias, out=target)


def _cost(plan: _Plan, width: int, channels: int) -> float:
    """Estimated microseconds on one core of the transforms of all tiles."""
    return len(plan.tiles) * plan.half * (plan.columns * 4 * width + plan.rows * 2 * width) * channels * 2 / 2e5


def forward(x: Array, w: Array, geometry: ConvGeometry, out: Array, bias: Array | None = None) -> None:
    """Write conv(x, w) + bias to `out`; `x` and `out` are channels-last views."""
    plan = _plan(x.shape[0], geometry, x.shape[-1], w.shape[0])
    if geometry.groups == 1:
        _forward_dense(x, w, geometry, plan, out, bias)
    else:
        _forward_depthwise(x, w, geometry, plan, out, bias)


def _forward_depthwise(x: Array, w: Array, geometry: ConvGeometry, plan: _Plan, out: Array, bias: Array | None) -> None:
    channels, dtype = x.shape[-1], out.dtype
    filters = empty((plan.half, 2, plan.columns * channels), dtype)
    lines = _lines(np.ascontiguousarray(w[:, 0].transpose(1, 2, 0)), plan.rows, 0, "fft.filters")
    matrix = _column_matrix(plan.columns, 0, geometry.kernel[1], dtype, False)
    parts = list(_chunks(plan.half, 2 * plan.columns * channels))
    threads.run(
        lambda part: np.matmul(matrix, lines[part], out=filters[part].reshape(-1, len(matrix), channels)),
        parts,
        filters.size * geometry.kernel[1] / 5e4,
    )

    def work(tile: tuple[int, _Span, _Span]) -> None:
        image, down, across = tile
        source, target = x[image, down.inputs, across.inputs], out[image, down.outputs, across.outputs]
        height, width = target.shape[:2]
        rows = _lines(source, plan.rows, down.first, "fft.lines")
        columns = _column_matrix(plan.columns, across.first, source.shape[1], dtype, False)
        leave = _columns_back(plan.columns, width, dtype, False)
        back = scratch("fft.back", (plan.half, 2 * width, channels), dtype)
        for part in parts:
            spectrum = _spectrum_chunk(rows, part, columns, "fft.spectrum")
            crossed = scratch("fft.crossed", spectrum.shape, dtype)
            np.multiply(spectrum[:, ::-1], filters[part, 1:], out=crossed)
            np.multiply(spectrum, filters[part, :1], out=spectrum)
            np.add(spectrum[:, 0], crossed[:, 0], out=spectrum[:, 0])
            np.subtract(spectrum[:, 1], crossed[:, 1], out=spectrum[:, 1])
            np.matmul(leave, spectrum.reshape(len(spectrum), -1, channels), out=back[part])
        _leave(back, _rows_back(plan.rows, height, dtype), target, bias)

    threads.run(work, plan.tiles, _cost(plan, out.shape[2], 2 * channels))


def _spectra(a: Array, places: Sequence[tuple[int, slice, slice, int, int]], plan: _Plan) -> Array:
    """Transform regions of images, given as (image, rows, columns, first row, first column), whole: one thread each.

    Returns (regions, half, columns, 2 x channels).
    """
    channels = a.shape[-1]
    out = empty((len(places), plan.half, plan.columns, 2 * channels), a.dtype)

    def work(index: int) -> None:
        image, rows, columns, top, left = places[index]
        source = a[image, rows, columns]
        lines = _lines(source, plan.rows, top, "fft.lines")
        matrix = _column_matrix(plan.columns, left, source.shape[1], a.dtype, True)
        np.matmul(matrix, lines, out=out[index].reshape(plan.half, 2 * plan.columns, channels))

    threads.run(work, range(len(places)), _cost(plan, a.shape[2], channels))
    return out


def _inputs(plan: _Plan) -> list[tuple[int, slice, slice, int, int]]:
    return [(image, down.inputs, across.inputs, down.first, across.first) for image, down, across in plan.tiles]


def _forward_dense(x: Array, w: Array, geometry: ConvGeometry, plan: _Plan, out: Array, bias: Array | None) -> None:
    dtype, outputs = out.dtype, w.shape[0]
    images = _spectra(x, _inputs(plan), plan)
    taps = np.ascontiguousarray(w.transpose(2, 3, 1, 0)).reshape(*geometry.kernel, -1)
    lines = _lines(taps, plan.rows, 0, "fft.filters")
    matrix = _filter_matrix(plan.columns, geometry.kernel[1], dtype)
    products = empty((len(plan.tiles), plan.half, plan.columns, 2, outputs), dtype)

    def multiply(part: slice) -> None:
        filters = scratch("fft.spectrum", (part.stop - part.start, len(matrix), lines.shape[-1]), dtype)
        np.matmul(matrix, lines[part], out=filters)
        filters = filters.reshape(len(filters), plan.columns, 2, -1, outputs)
        left = images[:, part].transpose(1, 2, 0, 3)[:, :, None]
        np.matmul(left, filters, out=products[:, part].transpose(1, 2, 3, 0, 4))

    parts = list(_chunks(plan.half, len(matrix) * lines.shape[-1]))
    threads.run(multiply, parts, products.size * 4 * x.shape[-1] / 1e5 + plan.half * matrix.size * taps.shape[-1] / 1e5)

    def work(index: int) -> None:
        image, down, across = plan.tiles[index]
        target = out[image, down.outputs, across.outputs]
        height, width = target.shape[:2]
        back = scratch("fft.back", (plan.half, 2 * width, outputs), dtype)
        leave = _columns_back(plan.columns, width, dtype, True)
        np.matmul(leave, products[index].reshape(plan.half, -1, outputs), out=back)
        _leave(back, _rows_back(plan.rows, height, dtype), target, bias)

    threads.run(work, range(len(plan.tiles)), _cost(plan, out.shape[2], outputs))


def backward_weight(x: Array, g: Array, geometry: ConvGeometry, out: Array) -> None:
    """Write the weights' gradient to `out`, shape (O, C/groups, *kernel); `x` and `g` are channels-last views."""
    plan = _plan(x.shape[0], geometry, x.shape[-1], g.shape[-1])
    gradient = _gradient_dense if geometry.groups == 1 else _gradient_depthwise
    back = gradient(x, g, geometry, plan)
    held = scratch("fft.image", (*geometry.kernel, back.shape[-1]), out.dtype)
    _leave(back, _rows_back(plan.rows, geometry.kernel[0], out.dtype), held, None)
    if geometry.groups == 1:
        np.copyto(out, held.reshape(*geometry.kernel, *out.shape[1::-1]).transpose(3, 2, 0, 1))
    else:
        np.copyto(out[:, 0], held.transpose(2, 0, 1))


def _gradient_depthwise(x: Array, g: Array, geometry: ConvGeometry, plan: _Plan) -> Array:
    """Return the gradient's complex rows, (half, 2 x kernel's width, C)."""
    channels, dtype = x.shape[-1], x.dtype
    parts = list(_chunks(plan.half, 2 * plan.columns * channels))
    count = min(len(plan.tiles), 2 if len(plan.tiles) < 16 else 8)
    sums = empty((count, plan.half, 2, plan.columns * channels), dtype)

    def add_up(lane: int) -> None:
        total = sums[lane]
        total[...] = 0
        for image, down, across in plan.tiles[lane::count]:
            source, cotangent = x[image, down.inputs, across.inputs], g[image, down.outputs, across.outputs]
            rows = _lines(source, plan.rows, down.first, "fft.lines")
            other_rows = _lines(cotangent, plan.rows, 0, "fft.back")
            columns = _column_matrix(plan.columns, across.first, source.shape[1], dtype, False)
            other_columns = _column_matrix(plan.columns, 0, cotangent.shape[1], dtype, False)
            for part in parts:
                left = _spectrum_chunk(rows, part, columns, "fft.spectrum")
                right = _spectrum_chunk(other_rows, part, other_columns, "fft.other")
                crossed = scratch("fft.crossed", left.shape, dtype)
                np.multiply(left[:, ::-1], right, out=crossed)
                np.multiply(left, right, out=left)
                real, imaginary = total[part, 0], total[part, 1]
                np.add(real, left[:, 0], out=real)
                np.add(real, left[:, 1], out=real)
                np.add(imaginary, crossed[:, 0], out=imaginary)
                np.subtract(imaginary, crossed[:, 1], out=imaginary)

    threads.run(add_up, range(count), 2 * _cost(plan, g.shape[2], channels))
    width = geometry.kernel[1]
    leave = _columns_back(plan.columns, width, dtype, False)
    back = scratch("fft.back", (plan.half, 2 * width, channels), dtype)

    def finish(part: slice) -> None:
        for lane in range(1, count):
            np.add(sums[0, part], sums[lane, part], out=sums[0, part])
        np.matmul(leave, sums[0, part].reshape(part.stop - part.start, -1, channels), out=back[part])

    threads.run(finish, parts, back.size * plan.columns / 2e4)
    return back


def _gradient_dense(x: Array, g: Array, geometry: ConvGeometry, plan: _Plan) -> Array:
    """Return the gradient's complex rows, (half, 2 x kernel's width, C x O)."""
    dtype, channels, outputs = x.dtype, x.shape[-1], g.shape[-1]
    images = _spectra(x, _inputs(plan), plan)
    cotangents = _spectra(g, [(image, down.outputs, across.outputs, 0, 0) for image, down, across in plan.tiles], plan)
    leave = _columns_back(plan.columns, geometry.kernel[1], dtype, True)
    back = empty((plan.half, 2 * geometry.kernel[1], channels * outputs), dtype)

    def work(part: slice) -> None:
        rows = part.stop - part.start
        shape = (rows, plan.columns, 2, channels, 2, outputs)
        pairs = scratch("fft.spectrum", shape, dtype)
        left, right = images[:, part].transpose(1, 2, 3, 0), cotangents[:, part].transpose(1, 2, 0, 3)
        np.matmul(left, right, out=pairs.reshape(rows, plan.columns, 2 * channels, 2 * outputs))
        sums = scratch("fft.crossed", (rows, plan.columns, 2, channels, outputs), dtype)
        np.add(pairs[:, :, 0, :, 0], pairs[:, :, 1, :, 1], out=sums[:, :, 0])
        np.subtract(pairs[:, :, 1, :, 0], pairs[:, :, 0, :, 1], out=sums[:, :, 1])
        np.matmul(leave, sums.reshape(rows, 2 * plan.columns, -1), out=back[part])

    parts = list(_chunks(plan.half, 4 * plan.columns * channels * outputs))
    threads.run(work, parts, back.size * plan.columns / 2e4)
    return back
