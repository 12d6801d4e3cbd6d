"""Reading and adding at flat positions of a plane: the pair of adjoint maps behind unpooling and pooling by index."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import numpy as np

from autograd.kernels.index import add_at
from autograd.kernels.layout import Array, grows_channels_last, in_layout, is_channels_last, spatial_view
from autograd.kernels.workspace import empty

__all__ = ["scatter_at", "take_at"]


def _memory_index(indices: Array, positions: int, channels_last: bool) -> Array:
    """Turn positions within planes into positions within the memory of a dense (N, C, positions) array."""
    images, channels = indices.shape[:2]
    image = np.arange(images).reshape(-1, *(1,) * (indices.ndim - 1))
    channel = np.arange(channels).reshape(-1, *(1,) * (indices.ndim - 2))
    if channels_last:
        index: Array = (image * positions + indices) * channels + channel
    else:
        index = (image * channels + channel) * positions + indices
    return index


def take_at(x: Array, indices: Array) -> Array:
    """Return the elements of each plane of `x` at flat positions.

    Parameters
    ----------
    x : ndarray, shape (N, C, *spatial)
    indices : ndarray of int64, shape (N, C, *any)
        Row-major positions within `spatial`.

    Returns
    -------
    ndarray, the shape of `indices`
        In the layout of `x`.
    """
    channels_last = is_channels_last(x)
    flat = spatial_view(in_layout(x, channels_last), channels_last)[0].reshape(-1)
    out = empty(indices.shape, x.dtype, channels_last)
    np.copyto(out, flat[_memory_index(indices, prod(x.shape[2:]), channels_last)])
    return out


def scatter_at(g: Array, indices: Array, spatial_size: Sequence[int]) -> Array:
    """Add `g` to planes of zeros at flat positions, also where a position repeats: the adjoint of `take_at`.

    Parameters
    ----------
    g : ndarray, shape (N, C, *any)
    indices : ndarray of int64, the shape of `g`
    spatial_size : sequence of int

    Returns
    -------
    ndarray, shape (N, C, *spatial_size)
        In the layout of `g`.
    """
    channels_last = grows_channels_last(g)
    out = empty((*g.shape[:2], *spatial_size), g.dtype, channels_last)
    out.fill(0)
    flat = spatial_view(out, channels_last)[0].reshape(-1)
    where = _memory_index(indices, prod(spatial_size), channels_last)
    add_at(flat, where.reshape(-1), g.reshape(-1))
    return out
