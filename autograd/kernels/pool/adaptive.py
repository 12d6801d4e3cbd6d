"""Adaptive pooling: the output's size is given, and cell i of o covers inputs floor(i n / o) to ceil((i + 1) n / o)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import prod

import numpy as np

from autograd.geometry import PoolGeometry, pool_geometry
from autograd.kernels import blas
from autograd.kernels.layout import Array, channels_to_end, grows_channels_last, in_layout, is_channels_last
from autograd.kernels.pool.average import avg_pool, avg_pool_backward
from autograd.kernels.pool.maximum import max_pool
from autograd.kernels.pool.taps import along, over_images
from autograd.kernels.workspace import empty

__all__ = ["adaptive_avg_pool", "adaptive_avg_pool_backward", "adaptive_max_pool"]

COST = 0.0001
"""Microseconds an element."""


def _cells(n: int, o: int) -> Iterator[slice]:
    return (slice(i * n // o, -(-(i + 1) * n // o)) for i in range(o))


def _regular(size: Sequence[int], output: Sequence[int]) -> bool:
    """Return whether the cells are the windows of an ordinary pooling."""
    return all(o > 0 and n % o == 0 for n, o in zip(size, output, strict=True))


def _equal_cells(size: tuple[int, ...], output: Sequence[int]) -> PoolGeometry:
    return pool_geometry(size, tuple(n // o for n, o in zip(size, output, strict=True)))


def _resized(x: Array, position: int, n: int) -> tuple[int, ...]:
    return (*x.shape[:position], n, *x.shape[position + 1 :])


def adaptive_avg_pool(x: Array, output_size: Sequence[int]) -> Array:
    """Return the mean of every cell.

    Parameters
    ----------
    x : ndarray, shape (N, C, *spatial)
    output_size : sequence of int

    Returns
    -------
    ndarray, shape (N, C, *output_size)
        In the layout of `x`.
    """
    size = x.shape[2:]
    if prod(output_size) == 1 and x.dtype != np.float16:
        return _global_mean(x)
    if _regular(size, output_size):
        return avg_pool(x, _equal_cells(size, output_size))
    channels_last = is_channels_last(x)
    mean = x.astype(np.float32) if x.dtype == np.float16 else x
    for position in reversed(range(2, x.ndim)):
        o = output_size[position - 2]
        out = np.empty(_resized(mean, position, o), mean.dtype)
        for i, cell in enumerate(_cells(x.shape[position], o)):
            np.mean(mean[along(position, cell)], position, out=out[along(position, slice(i, i + 1))], keepdims=True)
        mean = out
    return in_layout(mean.astype(x.dtype, copy=False), channels_last)


def _global_mean(x: Array) -> Array:
    """Return the mean of every plane, as a product with a vector."""
    images, channels, positions = *x.shape[:2], prod(x.shape[2:])
    channels_last = is_channels_last(x)
    planes = in_layout(x, channels_last)
    if channels_last:
        planes = channels_to_end(planes).reshape(images, positions, channels)
    else:
        planes = planes.reshape(images, channels, positions)
    share = np.full(positions, 1 / max(1, positions), x.dtype)
    out = np.empty((images, channels), x.dtype)

    def part(span: slice) -> None:
        if channels_last:
            np.matmul(share, planes[span], out=out[span])
        else:
            np.matmul(planes[span], share, out=out[span])

    with blas.single_threaded():
        over_images(part, x, COST)
    return out.reshape(*out.shape, *(1,) * (x.ndim - 2))


def adaptive_avg_pool_backward(g: Array, input_size: Sequence[int]) -> Array:
    """Spread each gradient evenly over its cell: the adjoint of `adaptive_avg_pool`.

    Parameters
    ----------
    g : ndarray, shape (N, C, *output)
    input_size : sequence of int

    Returns
    -------
    ndarray, shape (N, C, *input_size)
        In the layout of `g`.
    """
    if _regular(input_size, g.shape[2:]):
        return avg_pool_backward(g, _equal_cells(tuple(input_size), g.shape[2:]))
    channels_last = grows_channels_last(g)
    spread = g.astype(np.float32) if g.dtype == np.float16 else g
    for position in range(2, g.ndim):
        n = input_size[position - 2]
        out = np.zeros(_resized(spread, position, n), spread.dtype)
        for i, cell in enumerate(_cells(n, g.shape[position])):
            out[along(position, cell)] += spread[along(position, slice(i, i + 1))] / (cell.stop - cell.start)
        spread = out
    return in_layout(spread.astype(g.dtype, copy=False), channels_last)


def adaptive_max_pool(x: Array, output_size: Sequence[int]) -> tuple[Array, Array]:
    """Return the maximum of every cell, and its index.

    Parameters
    ----------
    x : ndarray, shape (N, C, *spatial)
    output_size : sequence of int

    Returns
    -------
    out : ndarray, shape (N, C, *output_size)
        In the layout of `x`.
    indices : ndarray of int64, the shape of `out`
        Row-major position of the maximum within its plane; the first one where several are equal.
    """
    size = x.shape[2:]
    if _regular(size, output_size):
        return max_pool(x, _equal_cells(size, output_size))
    channels_last = is_channels_last(x)
    best, indices, step = x, np.zeros((1,) * x.ndim, np.int64), 1
    for position in reversed(range(2, x.ndim)):
        n, o = x.shape[position], output_size[position - 2]
        values = np.empty(_resized(best, position, o), x.dtype)
        names = np.empty(values.shape, np.int64)
        inner = np.broadcast_to(indices, best.shape)
        for i, cell in enumerate(_cells(n, o)):
            part, target = best[along(position, cell)], along(position, slice(i, i + 1))
            winner = _last_nan_or_first_maximum(part, position)
            values[target] = np.take_along_axis(part, winner, position)
            names[target] = (
                np.take_along_axis(inner[along(position, cell)], winner, position) + (winner + cell.start) * step
            )
        best, indices, step = values, names, step * n
    out = empty(best.shape, x.dtype, channels_last)
    np.copyto(out, best)
    return out, in_layout(indices, channels_last)


def _last_nan_or_first_maximum(x: Array, axis: int) -> Array:
    """Return the position along `axis` that PyTorch's left-to-right scan ends at."""
    winner: Array = x.argmax(axis, keepdims=True)
    missing = np.isnan(x)
    if missing.any():
        last = x.shape[axis] - 1 - np.flip(missing, axis).argmax(axis, keepdims=True)
        winner = np.where(missing.any(axis, keepdims=True), last, winner)
    return winner
