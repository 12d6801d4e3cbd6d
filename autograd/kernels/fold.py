"""Windows of a batch as columns of a matrix, and their sum back in place: an adjoint pair."""

from __future__ import annotations

from itertools import product

import numpy as np

from autograd.geometry import ConvGeometry
from autograd.kernels.layout import Array

__all__ = ["col2im", "im2col"]


def im2col(x: Array, geometry: ConvGeometry) -> Array:
    """Copy every window out.

    Parameters
    ----------
    x : ndarray, shape (N, C, *geometry.size)
    geometry : ConvGeometry

    Returns
    -------
    ndarray, shape (N, C, *geometry.kernel, *geometry.output)
        Row-major; padding counts as zero.
    """
    if any(n for pair in geometry.padding for n in pair):
        padded = np.zeros((*x.shape[:2], *_padded_size(geometry)), x.dtype)
        padded[_inside(geometry)] = x
        x = padded
    steps = x.strides[2:]
    windows = np.lib.stride_tricks.as_strided(
        x,
        (*x.shape[:2], *geometry.kernel, *geometry.output),
        (
            *x.strides[:2],
            *(step * d for step, d in zip(steps, geometry.dilation, strict=True)),
            *(step * s for step, s in zip(steps, geometry.stride, strict=True)),
        ),
        writeable=False,
    )
    return windows.copy()


def col2im(columns: Array, geometry: ConvGeometry) -> Array:
    """Add every window to where it came from: the adjoint of `im2col`.

    Parameters
    ----------
    columns : ndarray, shape (N, C, *geometry.kernel, *geometry.output)
    geometry : ConvGeometry

    Returns
    -------
    ndarray, shape (N, C, *geometry.size)
    """
    padded = np.zeros((*columns.shape[:2], *_padded_size(geometry)), columns.dtype)
    for tap in product(*(range(k) for k in geometry.kernel)):
        places = tuple(
            slice(t * d, t * d + (o - 1) * s + 1, s)
            for t, d, o, s in zip(tap, geometry.dilation, geometry.output, geometry.stride, strict=True)
        )
        window: tuple[slice | int, ...] = (slice(None), slice(None), *tap)
        padded[(slice(None), slice(None), *places)] += columns[window]
    return padded[_inside(geometry)]


def _padded_size(geometry: ConvGeometry) -> tuple[int, ...]:
    return tuple(n + low + high for n, (low, high) in zip(geometry.size, geometry.padding, strict=True))


def _inside(geometry: ConvGeometry) -> tuple[slice, ...]:
    """Return the index of the unpadded part of a padded batch."""
    parts = (slice(low, low + n) for n, (low, _) in zip(geometry.size, geometry.padding, strict=True))
    return (slice(None), slice(None), *parts)
