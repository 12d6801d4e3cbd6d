"""Average pooling and its adjoint, as sums over the taps of one axis after another."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from autograd.geometry import PoolGeometry
from autograd.kernels import workspace
from autograd.kernels.layout import Array, compute_dtype, grows_channels_last, is_channels_last, spatial_view
from autograd.kernels.parts import linear_by_parts
from autograd.kernels.pool.columns import Columns, copy_columns, is_short
from autograd.kernels.pool.taps import along, axis_steps, axis_taps, over_images, reaches_all
from autograd.kernels.workspace import empty

__all__ = ["avg_pool", "avg_pool_backward"]

COST = 0.0002
"""Microseconds an element."""


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
    if counts.size and (counts == counts.flat[0]).all():
        counts = counts.reshape(-1)[:1].reshape((1,) * rank)
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
    if x.dtype.kind == "c":
        return linear_by_parts(lambda x: avg_pool(x, geometry, count_include_pad, divisor_override), x)
    channels_last = is_channels_last(x)
    compute = compute_dtype(x.dtype)
    out = empty((*x.shape[:2], *geometry.output), x.dtype, channels_last)
    source, first = spatial_view(x, channels_last)
    target = spatial_view(out, channels_last)[0]
    divisors = _divisors(geometry, count_include_pad, divisor_override).astype(compute)
    if channels_last:
        divisors = divisors[..., None]

    def part(images: slice) -> None:
        total = source[images].astype(compute, copy=False)
        for axis in range(len(geometry.size)):
            total = _sum_axis(total, first + axis, geometry, axis)
        np.divide(total, divisors, out=target[images], casting="same_kind")

    over_images(part, x, COST)
    return out


def _sum_axis(x: Array, position: int, geometry: PoolGeometry, axis: int) -> Array:
    """Return scratch that holds the sums over the taps of one axis."""
    shape = (*x.shape[:position], geometry.output[axis], *x.shape[position + 1 :])
    total = workspace.scratch(f"total{axis}", shape, x.dtype)
    if not reaches_all(geometry, axis):
        total.fill(0)
    columns = Columns(x, position, geometry.stride[axis], "columns").load()
    for step in axis_steps(geometry, axis):
        values, target = columns[step.inputs], total[along(position, step.outputs)]
        if step.first:
            np.copyto(target, values)
        else:
            np.add(target if step.champion is None else columns[step.champion], values, out=target)
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
    if g.dtype.kind == "c":
        return linear_by_parts(lambda g: avg_pool_backward(g, geometry, count_include_pad, divisor_override), g)
    channels_last = grows_channels_last(g)
    compute = compute_dtype(g.dtype)
    out = empty((*g.shape[:2], *geometry.size), g.dtype, channels_last)
    source, first = spatial_view(g, channels_last)
    target = spatial_view(out, channels_last)[0]
    divisors = _divisors(geometry, count_include_pad, divisor_override).astype(compute)
    if channels_last:
        divisors = divisors[..., None]

    def part(images: slice) -> None:
        spread = workspace.scratch("shares", source[images].shape, compute)
        np.divide(source[images], divisors, out=spread)
        last = len(geometry.size) - 1
        for axis in range(last + 1):
            shape = (*spread.shape[: first + axis], geometry.size[axis], *spread.shape[first + axis + 1 :])
            whole = axis == last and compute == g.dtype
            result = target[images] if whole else workspace.scratch(f"spread{axis}", shape, compute)
            _spread_axis(spread, result, first + axis, geometry, axis)
            spread = result
        if compute != g.dtype:
            np.copyto(target[images], spread, casting="same_kind")

    over_images(part, out, COST)
    return out


def _spread_axis(g: Array, out: Array, position: int, geometry: PoolGeometry, axis: int) -> None:
    """Add each element of `g` to every input of its window along one axis."""
    if geometry.output[axis] == 1 and geometry.padding[axis] == 0 and geometry.kernel[axis] == geometry.size[axis]:
        np.copyto(out, g)
        return
    apart = geometry.stride[axis] >= geometry.kernel[axis]
    if not (
        apart
        and geometry.padding[axis] == 0
        and geometry.stride[axis] * geometry.output[axis]
        == geometry.size[axis]
        == geometry.kernel[axis] * geometry.output[axis]
    ):
        out.fill(0)
    for outputs, inputs in axis_taps(geometry, axis):
        values, target = g[along(position, outputs)], out[along(position, inputs)]
        if apart and is_short(out, position):
            copy_columns(values, target, out.ndim - position - 1)
        elif apart:
            np.copyto(target, values)
        else:
            np.add(target, values, out=target)
