"""Convolution and its gradients from their definitions, in plain NumPy: what the explanations are computed with.

Windows and their products, the full convolution with the rotated kernel, the im2col matrix and the Toeplitz matrix. No
kernel of the engine is used here.
"""

from __future__ import annotations

from itertools import product
from math import prod
from typing import Any

import numpy as np

from autograd.geometry import ConvGeometry

__all__ = [
    "columns",
    "correlate",
    "from_columns",
    "padded_cotangent",
    "padded_input",
    "rotated",
    "source",
    "toeplitz",
    "weight_correlation",
    "zeros_around_cotangent",
    "zeros_around_input",
]

Array = np.ndarray[Any, np.dtype[Any]]


def _part(array: Array, *spatial: slice) -> Array:
    """Return a view of part of the last axes."""
    index: tuple[Any, ...] = (..., *spatial)
    view: Array = array[index]
    return view


def source(
    start: tuple[int, ...], stride: tuple[int, ...], tap: tuple[int, ...], dilation: tuple[int, ...]
) -> tuple[int, ...]:
    """Return the padded input position that a tap of a window reads."""
    return tuple(p * s + t * d for p, s, t, d in zip(start, stride, tap, dilation, strict=True))


def padded_input(x: Array, geometry: ConvGeometry) -> Array:
    """Put the zeros around."""
    return np.pad(x, ((0, 0), (0, 0), *geometry.padding))


def zeros_around_input(geometry: ConvGeometry) -> Array:
    """Return where a padded input plane holds padding."""
    zeros: Array = padded_input(np.ones((1, 1, *geometry.size)), geometry)[0, 0] == 0
    return zeros


def zeros_around_cotangent(geometry: ConvGeometry) -> Array:
    """Return where a dilated and padded cotangent plane holds padding."""
    zeros: Array = padded_cotangent(np.ones((1, 1, *geometry.output)), geometry)[0, 0] == 0
    return zeros


def rotated(w: Array, groups: int) -> Array:
    """Return a kernel turned by 180 degrees, with its channel axes swapped within each group."""
    outputs, channels, *kernel = w.shape
    parts = w.reshape(groups, outputs // groups, channels, *kernel).swapaxes(1, 2)
    turned: Array = np.flip(parts.reshape(groups * channels, outputs // groups, *kernel), tuple(range(2, w.ndim)))
    return turned


def padded_cotangent(g: Array, geometry: ConvGeometry) -> Array:
    """Dilate by the stride, then pad; a negative width crops."""
    spread = tuple((n - 1) * s + 1 for n, s in zip(geometry.output, geometry.stride, strict=True))
    dilated = np.zeros((*g.shape[:2], *spread), g.dtype)
    _part(dilated, *(slice(None, None, s) for s in geometry.stride))[...] = g
    widths = geometry.adjoint_padding
    padded = np.pad(dilated, ((0, 0), (0, 0), *((max(a, 0), max(b, 0)) for a, b in widths)))
    cropped = (slice(max(-a, 0), n - max(-b, 0)) for (a, b), n in zip(widths, padded.shape[2:], strict=True))
    return _part(padded, *cropped)


def _windows(padded: Array, kernel: tuple[int, ...], stride: tuple[int, ...], dilation: tuple[int, ...]) -> Array:
    """Return every window as (N, C, positions, kernel)."""
    axes = tuple(range(2, padded.ndim))
    reach = tuple(d * (k - 1) + 1 for d, k in zip(dilation, kernel, strict=True))
    every = np.lib.stride_tricks.sliding_window_view(padded, reach, axes)
    return _part(every, *(slice(None, None, s) for s in stride), *(slice(None, None, d) for d in dilation))


def correlate(padded: Array, w: Array, stride: tuple[int, ...], dilation: tuple[int, ...], groups: int) -> Array:
    """Multiply every window with the kernel, and add up."""
    windows = _windows(padded, w.shape[2:], stride, dilation)
    n, c, rank = padded.shape[0], padded.shape[1], padded.ndim - 2
    positions = windows.shape[2 : 2 + rank]
    parts = windows.reshape(n, groups, c // groups, prod(positions), -1)
    kernels = w.reshape(groups, len(w) // groups, c // groups, -1)
    sums: Array = np.einsum("ngcpt,goct->ngop", parts, kernels)
    return sums.reshape(n, len(w), *positions)


def weight_correlation(padded: Array, g: Array, geometry: ConvGeometry) -> Array:
    """Correlate x with g: the stride dilates g, the dilation becomes the stride."""
    windows = _windows(padded, geometry.output, geometry.dilation, geometry.stride)
    taps = (slice(0, k) for k in geometry.kernel)
    n, groups = len(g), geometry.groups
    parts = _part(windows, *taps, *(slice(None),) * geometry.rank)
    parts = parts.reshape(n, groups, padded.shape[1] // groups, prod(geometry.kernel), -1)
    cotangent = g.reshape(n, groups, g.shape[1] // groups, -1)
    sums: Array = np.einsum("ngctp,ngop->goct", parts, cotangent)
    return sums.reshape(g.shape[1], padded.shape[1] // groups, *geometry.kernel)


def columns(padded: Array, geometry: ConvGeometry) -> Array:
    """Return the im2col matrix, (N, C * taps, positions)."""
    windows = _windows(padded, geometry.kernel, geometry.stride, geometry.dilation)
    n, c, rank = padded.shape[0], padded.shape[1], geometry.rank
    order = (0, 1, *range(2 + rank, 2 + 2 * rank), *range(2, 2 + rank))
    return windows.transpose(order).reshape(n, c * prod(geometry.kernel), -1)


def from_columns(matrix: Array, shape: tuple[int, ...], geometry: ConvGeometry) -> Array:
    """Add every column back to where it came from."""
    size = tuple(n + low + high for n, (low, high) in zip(geometry.size, geometry.padding, strict=True))
    total = np.zeros((*shape[:2], *size), matrix.dtype)
    parts = matrix.reshape(*shape[:2], *geometry.kernel, *geometry.output)
    for tap in np.ndindex(*geometry.kernel):
        places = (
            slice(t * d, t * d + (o - 1) * s + 1, s)
            for t, d, o, s in zip(tap, geometry.dilation, geometry.output, geometry.stride, strict=True)
        )
        _part(total, *places)[...] += parts[(slice(None), slice(None), *tap)]
    inside = (slice(low, low + n) for (low, _), n in zip(geometry.padding, geometry.size, strict=True))
    return _part(total, *inside)


def toeplitz(w: Array, geometry: ConvGeometry) -> Array:
    """Return the matrix with a row for each output and a column for each input."""
    outputs, each = w.shape[:2]
    places = np.full(tuple(n + low + high for n, (low, high) in zip(geometry.size, geometry.padding, strict=True)), -1)
    inside = tuple(slice(low, low + n) for (low, _), n in zip(geometry.padding, geometry.size, strict=True))
    places[inside] = np.arange(prod(geometry.size)).reshape(geometry.size)
    sources = _windows(places[None, None], geometry.kernel, geometry.stride, geometry.dilation)
    sources = sources.reshape(prod(geometry.output), *geometry.kernel)
    matrix = np.zeros((outputs, len(sources), each * geometry.groups, prod(geometry.size)), w.dtype)
    rows = np.arange(len(sources))
    for tap, o, c in product(np.ndindex(*geometry.kernel), range(outputs), range(each)):
        read = sources[(slice(None), *tap)]
        seen = read >= 0
        channel = o // (outputs // geometry.groups) * each + c
        matrix[o, rows[seen], channel, read[seen]] += w[(o, c, *tap)]
    return matrix.reshape(outputs * len(sources), -1)
