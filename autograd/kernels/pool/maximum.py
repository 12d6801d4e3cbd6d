"""Maximum pooling: values, winners, and the linear maps a list of winners defines.

A winner is the row-major number of a tap within its window. Taps are tried in that order and only a strictly greater
value replaces the best so far, so that the first of equal maxima wins; a NaN replaces everything, as in PyTorch.
"""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from autograd.geometry import PoolGeometry
from autograd.kernels import workspace
from autograd.kernels.layout import Array, grows_channels_last, in_layout, is_channels_last, spatial_view
from autograd.kernels.pool.columns import Columns, copy_columns, is_short
from autograd.kernels.pool.scatter import scatter_at
from autograd.kernels.pool.taps import Step, along, axis_steps, fills, over_images, overlaps, reaches_all, window_taps
from autograd.kernels.workspace import empty

__all__ = ["max_pool", "max_pool_backward", "max_pool_take", "max_pool_values", "winner_indices"]

COST = 0.0003
"""Microseconds an element."""


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
    arrays = [spatial_view(a, channels_last)[0] for a in (x, out, winners)]
    first = 1 if channels_last else 2

    def part(images: slice) -> None:
        source, best, names = (a[images] for a in arrays)
        _pool(source, first, geometry, best, names, nan_wins=False)
        if best.size and np.isnan(best.max()):
            _pool(source, first, geometry, best, names, nan_wins=True)

    over_images(part, x, COST)
    return out, winners


def _pool(x: Array, first: int, geometry: PoolGeometry, out: Array, winners: Array, nan_wins: bool) -> None:
    """Reduce one spatial axis after another, the last one first, which keeps row-major order at ties."""
    best, weight = x, 1
    codes: Array | None = None
    for axis in reversed(range(len(geometry.size))):
        shape = (*best.shape[: first + axis], geometry.output[axis], *best.shape[first + axis + 1 :])
        target = workspace.scratch(f"best{axis}", shape, x.dtype) if axis else out
        names = workspace.scratch(f"winners{axis}", shape, winners.dtype) if axis else winners
        if not reaches_all(geometry, axis):
            target.fill(-np.inf)
            names.fill(0)
        stride = geometry.stride[axis]
        values = Columns(best, first + axis, stride, "values").load()
        for step in axis_steps(geometry, axis):
            outputs = along(first + axis, step.outputs)
            tags, defended = (
                None if codes is None or at is None else codes[along(first + axis, at)]
                for at in (step.inputs, step.champion)
            )
            _take_step(step, weight, values, tags, defended, target[outputs], names[outputs], nan_wins)
        best, codes, weight = target, names, weight * geometry.kernel[axis]


def _take_step(
    step: Step,
    weight: int,
    x: Columns,
    codes: Array | None,
    champions: Array | None,
    best: Array,
    winners: Array,
    nan_wins: bool,
) -> None:
    """Let the inputs of one tap contest the best so far.

    `codes` and `champions` hold the winners within each element of this tap and of the step's champion; they are None
    where an element is a single input.
    """
    values = x[step.inputs]
    names: Any = winners.dtype.type(step.tap * weight)
    if codes is not None:
        names = np.add(codes, names, out=workspace.scratch("names", values.shape, winners.dtype))
    if step.first:
        np.copyto(best, values)
        np.copyto(winners, names)
        return
    held = best if step.champion is None else x[step.champion]
    alone = codes is None and step.champion is not None
    # The second tap of the innermost axis is number one, as is true: the comparison is its own result.
    named = alone and names == 1 and winners.itemsize == 1
    out = winners.view(np.bool_) if named else workspace.scratch("beats", values.shape, np.bool_)
    beats = np.greater(values, held, out=out)
    if nan_wins:
        np.logical_or(beats, np.isnan(values), out=beats)
    np.maximum(held, values, out=best)
    if named:
        return
    if alone:
        np.multiply(beats.view(np.uint8), names, out=winners)
        return
    # A later tap has the greater number, so the last to win has the greatest.
    challenge = workspace.scratch("challenge", values.shape, winners.dtype)
    np.multiply(beats.view(np.uint8), names, out=challenge)
    np.maximum(challenge, winners if champions is None else champions, out=winners)


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


def _select(values: Array, winners: Array, taps: Any, out: Array) -> Array:
    """Write `values` where the winner is among `taps`, and zero elsewhere; exact for infinities and NaN."""
    mask = workspace.scratch("mask", out.shape, np.bool_)
    np.not_equal(winners, taps, out=mask)
    keep = mask.view(np.int8)
    np.subtract(keep, 1, out=keep)
    bits = f"i{values.itemsize}"
    np.bitwise_and(values.view(bits), keep, out=out.view(bits))
    return out


def _fill_windows(values: Array, winners: Array, geometry: PoolGeometry, first: int, target: Array) -> None:
    """Write `values` to the winners of windows that tile `target`, and zeros to the rest."""
    count = prod(geometry.kernel)
    taps = np.arange(count, dtype=winners.dtype).reshape(count, *(1,) * values.ndim)
    chosen = workspace.scratch("chosen", (count, *values.shape), values.dtype)
    _select(values, winners, taps, chosen)
    behind = values.ndim - first - len(geometry.size)
    for columns, (_, inputs) in zip(chosen, window_taps(geometry), strict=True):
        copy_columns(columns, target[along(first, *inputs)], behind)


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
    channels_last = grows_channels_last(winners)
    dx = empty(input_shape, g.dtype, channels_last)
    arrays = [spatial_view(a, channels_last)[0] for a in (in_layout(g, channels_last), winners, dx)]
    first, last = 1 if channels_last else 2, len(geometry.size) - 1
    shared, filled = overlaps(geometry), fills(geometry)
    tiled = filled and is_short(arrays[2], first + last)

    def part(images: slice) -> None:
        grads, names, target = (a[images] for a in arrays)
        if tiled:
            _fill_windows(grads, names, geometry, first, target)
            return
        columns = Columns(target, first + last, geometry.stride[last], "columns")
        if not filled:
            columns.fill(0)
        for number, (outputs, inputs) in enumerate(window_taps(geometry)):
            won = along(first, *outputs)
            values, where = grads[won], columns[inputs[last]][along(first, *inputs[:last])]
            held = workspace.scratch("held", values.shape, values.dtype) if shared else where
            _select(values, names[won], number, held)
            if shared:
                np.add(where, held, out=where)
        columns.store()

    over_images(part, dx, COST)
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
        In the layout of `winners`.
    """
    channels_last = is_channels_last(winners)
    out = empty(winners.shape, x.dtype, channels_last)
    arrays = [spatial_view(a, channels_last)[0] for a in (in_layout(x, channels_last), winners, out)]
    first, last = 1 if channels_last else 2, len(geometry.size) - 1

    def part(images: slice) -> None:
        source, names, target = (a[images] for a in arrays)
        columns = Columns(source, first + last, geometry.stride[last], "columns").load()
        target.fill(0)
        for number, (outputs, inputs) in enumerate(window_taps(geometry)):
            won = along(first, *outputs)
            values, where = columns[inputs[last]][along(first, *inputs[:last])], target[won]
            held = workspace.scratch("held", values.shape, values.dtype)
            _select(values, names[won], number, held)
            np.add(where, held, out=where)

    over_images(part, x, COST)
    return out
