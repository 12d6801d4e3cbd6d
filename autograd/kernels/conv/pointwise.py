"""1x1 convolution at stride 1 without padding: one matrix product, and nothing is copied."""

from __future__ import annotations

import numpy as np

from autograd.geometry import ConvGeometry
from autograd.kernels import blas, threads
from autograd.kernels.conv.layout import Array, Case, add_bias, as_matrix
from autograd.kernels.workspace import scratch

NAME = "pointwise"
EXACT = True

ROWS = 2048
"""Positions of one product."""


def applies(case: Case) -> bool:
    """Whether the method can be used."""
    g = case.geometry
    return (
        set(g.kernel) == {1}
        and set(g.stride) == {1}
        and not any(n for pair in g.padding for n in pair)
        and g.groups == 1
        and g.size == g.output
        and case.dtype in (np.float32, np.float64)
    )


def _matrix(a: Array, dtype: np.dtype) -> Array:
    """View (n, *spatial, C) as (positions, C); copy it where it does not lie so in memory."""
    matrix = as_matrix(a) if a.dtype == dtype and a.strides[-1] == a.itemsize else None
    if matrix is None:
        matrix = np.ascontiguousarray(a, dtype).reshape(-1, a.shape[-1])
    return matrix


def _cost(positions: int, w: Array) -> float:
    """Estimated microseconds on one core."""
    return positions * w.size * w.itemsize / 2e5


def forward(x: Array, w: Array, geometry: ConvGeometry, out: Array, bias: Array | None = None) -> None:
    """Write conv(x, w) + bias to `out`; `x` and `out` are channels-last views."""
    source, matrix = _matrix(x, out.dtype), w.reshape(w.shape[:2]).T
    direct = as_matrix(out)
    target = scratch("pointwise.product", (source.shape[0], w.shape[0]), out.dtype) if direct is None else direct

    def work(start: int) -> None:
        rows = slice(start, start + ROWS)
        blas.matmul(source[rows], matrix, target[rows])
        if bias is not None:
            add_bias(target[rows], bias)

    threads.run(work, range(0, source.shape[0], ROWS), _cost(source.shape[0], w))
    if direct is None:
        np.copyto(out, target.reshape(out.shape))


def backward_weight(x: Array, g: Array, geometry: ConvGeometry, out: Array) -> None:
    """Write the weights' gradient to `out`, shape (O, C, 1, 1); `x` and `g` are channels-last views."""
    source, cotangent = _matrix(x, out.dtype), _matrix(g, out.dtype)
    positions, (outputs, channels) = source.shape[0], out.shape[:2]
    count = 2
    while count < 64 and 32 * count * out.size < x.size + g.size:
        count *= 2
    step = max(1, -(-positions // count))
    starts = range(0, positions, step)
    sums = scratch("pointwise.sums", (len(starts), outputs, channels), out.dtype)

    def work(lane: int) -> None:
        rows = slice(starts[lane], starts[lane] + step)
        blas.matmul(cotangent[rows].T, source[rows], sums[lane])

    threads.run(work, range(len(starts)), _cost(positions, out))
    np.sum(sums, axis=0, out=out.reshape(outputs, channels))
