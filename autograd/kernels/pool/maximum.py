"""Maximum pooling: values, winners, and the linear maps a list of winners defines.

A winner is the row-major number of a tap within its window. Taps are tried in that order and only a strictly greater
value replaces the best so far, so that the first of equal maxima wins; a NaN replaces everything, as in PyTorch.
"""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from autograd.geometry import PoolGeometry
from autograd.kernels.layout import Array, in_layout, is_channels_last, spatial_view
from autograd.kernels.pool.scatter import scatter_at
from autograd.kernels.pool.taps import along, axis_taps, covers, fills, overlaps, window_taps
from autograd.kernels.workspace import empty

__all__ = ["max_pool", "max_pool_backward", "max_pool_take", "max_pool_values", "winner_indices"]


def max_pool(x: Array, geometry: PoolGeometry) -> tuple[Array, Array]:
    """Return the maximum of every window, and its index.

    Parameters
    ----------
    x : ndarray, shape (N, C, *geometry.size)
    geometry : PoolGeometry

    Returns
    -------
    out : ndarray, shape (N, C, *geometry.output)
        In the layout of `x`. Padding counts as minus infinity.
    indices : ndarray of int64, the shape of `out`
        Row-major position of the maximum within its plane; the first one where several are equal.
    """
    out, winners = max_pool_values(x, geometry)
    return out, winner_indices(winners, geometry)


def max_pool_values(x: Array, geometry: PoolGeometry) -> tuple[Array, Array]:
    """Return the maximum of every window, and the winners that `max_pool_backward` needs.

    Parameters
    ----------
    x : ndarray, shape (N, C, *geometry.size)
    geometry : PoolGeometry

    Returns
    -------
    out : ndarray, shape (N, C, *geometry.output)
        In the layout of `x`.
    winners : ndarray of an unsigned integer type, the shape of `out`
        Number of the winning tap: one byte while a window has at most 256 taps.
    """
    channels_last = is_channels_last(x)
    shape = (*x.shape[:2], *geometry.output)
    out = empty(shape, x.dtype, channels_last)
    winners = empty(shape, np.min_scalar_type(prod(geometry.kernel) - 1), channels_last)
    source, first = spatial_view(x, channels_last)
    views = spatial_view(out, channels_last)[0], spatial_view(winners, channels_last)[0]
    _pool(source, first, geometry, *views, nan_wins=False)
    if out.size and np.isnan(out.max()):
        _pool(source, first, geometry, *views, nan_wins=True)
    return out, winners


def _pool(x: Array, first: int, geometry: PoolGeometry, out: Array, winners: Array, nan_wins: bool) -> None:
    """Reduce one spatial axis after another, the last one first, which keeps row-major order at ties."""
    best, codes, weight = x, None, 1
    for axis in reversed(range(len(geometry.size))):
        shape = (*best.shape[: first + axis], geometry.output[axis], *best.shape[first + axis + 1 :])
        target = out if axis == 0 else np.empty(shape, x.dtype)
        names = winners if axis == 0 else np.empty(shape, winners.dtype)
        _scan(best, codes, first + axis, geometry, axis, weight, target, names, nan_wins)
        best, codes, weight = target, names, weight * geometry.kernel[axis]


def _scan(
    x: Array,
    codes: Array | None,
    position: int,
    geometry: PoolGeometry,
    axis: int,
    weight: int,
    best: Array,
    winners: Array,
    nan_wins: bool,
) -> None:
    """Take the running maximum over the taps of one axis.

    `codes` holds the winners within each element of `x`, or is None where an element is a single input.
    """
    taps = axis_taps(geometry, axis)
    if not covers(taps[0], geometry.output[axis]):
        best.fill(-np.inf)
        winners.fill(0)
    served = geometry.output[axis]
    for j, tap in enumerate(taps):
        values = x[along(position, tap.inputs)]
        names: Any = (
            j * weight if codes is None else codes[along(position, tap.inputs)] + winners.dtype.type(j * weight)
        )
        # Outputs from `served` on have met an earlier tap; those before it meet their first one here.
        low, high = tap.outputs.start, tap.outputs.stop
        fresh = max(low, min(served, high))
        begun, rest = along(position, slice(low, fresh)), along(position, slice(fresh, high))
        head, tail = along(position, slice(0, fresh - low)), along(position, slice(fresh - low, None))
        if fresh > low:
            best[begun] = values[head]
            winners[begun] = names if codes is None else names[head]
        if high > fresh:
            rivals = values[tail]
            beats = rivals > best[rest]
            if nan_wins:
                beats |= np.isnan(rivals)
            np.maximum(best[rest], rivals, out=best[rest])
            # A later tap has the greater number, so the last to win has the greatest.
            np.maximum(
                winners[rest], beats * (names if codes is None else names[tail]), out=winners[rest], casting="unsafe"
            )
        served = min(served, low)


def winner_indices(winners: Array, geometry: PoolGeometry) -> Array:
    """Return the row-major position in its input plane of every winner, as int64.

    Parameters
    ----------
    winners : ndarray, shape (N, C, *geometry.output)
        From `max_pool_values`.
    geometry : PoolGeometry
    """
    rank = len(geometry.size)
    steps = [prod(geometry.size[axis + 1 :]) for axis in range(rank)]
    offsets = np.zeros(geometry.kernel, np.int64)
    corners = np.zeros(geometry.output, np.int64)
    for axis, step in enumerate(steps):
        column = (-1, *(1,) * (rank - 1 - axis))
        offsets += (np.arange(geometry.kernel[axis]) * geometry.dilation[axis] * step).reshape(column)
        starts = np.arange(geometry.output[axis]) * geometry.stride[axis] - geometry.padding[axis]
        corners += (starts * step).reshape(column)
    indices = empty(winners.shape, np.dtype(np.int64), is_channels_last(winners))
    np.add(offsets.reshape(-1)[winners], corners, out=indices)
    # Only a dilated window that lies wholly in the padding has no input; its index must still be a valid one.
    return np.clip(indices, 0, prod(geometry.size) - 1, out=indices)


def _bits(dtype: np.dtype[Any]) -> np.dtype[Any]:
    return np.dtype(f"i{dtype.itemsize}")


def _select(values: Array, winners: Array, tap: int, out: Array | None = None) -> Array:
    """Return `values` where the winner is `tap`, and zero elsewhere; exact for infinities and NaN."""
    mask = np.equal(winners, tap).view(np.int8)
    np.negative(mask, out=mask)
    bits = _bits(values.dtype)
    result = np.bitwise_and(values.view(bits), mask.astype(bits), out=None if out is None else out.view(bits))
    return result.view(values.dtype)


def max_pool_backward(g: Array, winners: Array, geometry: PoolGeometry, input_shape: tuple[int, ...]) -> Array:
    """Send every gradient to its window's winner.

    Parameters
    ----------
    g : ndarray, shape (N, C, *geometry.output)
    winners : ndarray, the shape of `g`
        Winners from `max_pool_values`, or int64 indices from `max_pool`.
    geometry : PoolGeometry
    input_shape : tuple of int
        (N, C, *geometry.size).

    Returns
    -------
    ndarray, shape `input_shape`
        In the layout of `winners`.
    """
    if winners.dtype.kind == "i":
        return scatter_at(g, winners, geometry.size)
    channels_last = is_channels_last(winners)
    g = in_layout(g, channels_last)
    dx = empty(input_shape, g.dtype, channels_last)
    shared = overlaps(geometry)
    if not fills(geometry):
        dx.fill(0)
    lead = (slice(None), slice(None))
    for number, (outputs, inputs) in enumerate(window_taps(geometry)):
        values, names, target = g[(*lead, *outputs)], winners[(*lead, *outputs)], dx[(*lead, *inputs)]
        if shared:
            target += _select(values, names, number)
        else:
            _select(values, names, number, out=target)
    return dx


def max_pool_take(x: Array, winners: Array, geometry: PoolGeometry) -> Array:
    """Return each window's element of `x` at its winner: the adjoint of `max_pool_backward`.

    Parameters
    ----------
    x : ndarray, shape (N, C, *geometry.size)
    winners : ndarray, shape (N, C, *geometry.output)
        From `max_pool_values`.
    geometry : PoolGeometry

    Returns
    -------
    ndarray, shape (N, C, *geometry.output)
    """
    channels_last = is_channels_last(winners)
    x = in_layout(x, channels_last)
    out = empty(winners.shape, x.dtype, channels_last)
    out.fill(0)
    lead = (slice(None), slice(None))
    for number, (outputs, inputs) in enumerate(window_taps(geometry)):
        out[(*lead, *outputs)] += _select(x[(*lead, *inputs)], winners[(*lead, *outputs)], number)
    return out
