"""Average pooling and its adjoint, as sums over the taps of one axis after another."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from autograd.geometry import PoolGeometry
from autograd.kernels.layout import Array, in_layout, is_channels_last
from autograd.kernels.pool.taps import along, axis_taps

__all__ = ["avg_pool", "avg_pool_backward"]


@lru_cache(maxsize=1024)
def _divisors(geometry: PoolGeometry, count_include_pad: bool, divisor_override: int | None) -> Array:
    """Return the number every window's sum is divided by, broadcastable to the output's spatial size.

    With `count_include_pad` a window counts its inputs and its share of the symmetric padding, but not what
    `ceil_mode` lets it reach beyond that.
    """
    rank = len(geometry.size)
    if divisor_override is not None:
        return np.full((1,) * rank, float(divisor_override))
    counts = np.ones((1,) * rank)
    for axis, (n, k, s, p, o) in enumerate(
        zip(geometry.size, geometry.kernel, geometry.stride, geometry.padding, geometry.output, strict=True)
    ):
        starts = np.arange(o) * s - p
        low, high = (starts, n + p) if count_include_pad else (np.maximum(starts, 0), n)
        counts = counts * (np.minimum(starts + k, high) - low).reshape(-1, *(1,) * (rank - 1 - axis))
    counts.flags.writeable = False
    return counts


def avg_pool(
    x: Array, geometry: PoolGeometry, count_include_pad: bool = True, divisor_override: int | None = None
) -> Array:
    """Return the mean of every window.

    Parameters
    ----------
    x : ndarray, shape (N, C, *geometry.size)
    geometry : PoolGeometry
    count_include_pad : bool
        Whether the padding's zeros count.
    divisor_override : int, optional
        Divide every sum by this instead.

    Returns
    -------
    ndarray, shape (N, C, *geometry.output)
        In the layout of `x`.
    """
    channels_last = is_channels_last(x)
    total = x.astype(np.float32) if x.dtype == np.float16 else x
    for axis in reversed(range(len(geometry.size))):
        total = _sum_taps(total, geometry, axis)
    divisors = _divisors(geometry, count_include_pad, divisor_override).astype(total.dtype)
    np.divide(total, divisors, out=total)
    return in_layout(total.astype(x.dtype, copy=False), channels_last)


def _sum_taps(x: Array, geometry: PoolGeometry, axis: int) -> Array:
    position = 2 + axis
    taps = axis_taps(geometry, axis)
    total = np.zeros_like(x, shape=(*x.shape[:position], geometry.output[axis], *x.shape[position + 1 :]))
    for tap in taps:
        total[along(position, tap.outputs)] += x[along(position, tap.inputs)]
    return total


def avg_pool_backward(
    g: Array, geometry: PoolGeometry, count_include_pad: bool = True, divisor_override: int | None = None
) -> Array:
    """Spread each gradient evenly over its window: the adjoint of `avg_pool`.

    Parameters
    ----------
    g : ndarray, shape (N, C, *geometry.output)
    geometry : PoolGeometry
    count_include_pad, divisor_override
        As in `avg_pool`.

    Returns
    -------
    ndarray, shape (N, C, *geometry.size)
        In the layout of `g`.
    """
    channels_last = is_channels_last(g)
    compute = np.dtype(np.float32) if g.dtype == np.float16 else g.dtype
    spread = g / _divisors(geometry, count_include_pad, divisor_override).astype(compute)
    for axis in range(len(geometry.size)):
        spread = _spread_taps(spread, geometry, axis)
    return in_layout(spread.astype(g.dtype, copy=False), channels_last)


def _spread_taps(g: Array, geometry: PoolGeometry, axis: int) -> Array:
    position = 2 + axis
    out = np.zeros_like(g, shape=(*g.shape[:position], geometry.size[axis], *g.shape[position + 1 :]))
    for tap in axis_taps(geometry, axis):
        out[along(position, tap.inputs)] += g[along(position, tap.outputs)]
    return out
