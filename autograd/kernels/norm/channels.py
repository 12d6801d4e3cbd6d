"""Batch, group and instance normalisation, which differ only in what shares a mean and a variance.

Statistics are (rows, groups) tables: one row and a group for each channel for a batch norm (Ioffe and Szegedy, 2015); a
row for each image for a group norm (Wu and He, 2018), with as many groups as channels for an instance norm.
"""

from __future__ import annotations

import numpy as np

from autograd.kernels.layout import (
    BLOCK,
    Array,
    channels_to_end,
    compute_dtype,
    empty_like_strides,
    in_layout,
    is_channels_last,
)
from autograd.kernels.norm.panels import Panels
from autograd.kernels.parts import linear_by_parts

__all__ = [
    "batch_norm_apply",
    "batch_norm_backward",
    "batch_stats",
    "channel_sum",
    "group_norm_apply",
    "group_norm_backward",
    "group_stats",
]

SHORT = 256
"""Elements of a row of a batch that is summed up at once."""

CANCELLATION = 16.0
"""Squared mean over variance from which a second pass sums about the mean: E[x^2] - E[x]^2 loses this factor."""


_silent = np.errstate(invalid="ignore", over="ignore")


def _by_group(table: Array, groups: int) -> Array:
    """Sum a (rows, C) table within groups of channels."""
    return table if groups == table.shape[1] else table.reshape(len(table), groups, table.shape[1] // groups).sum(-1)


def _by_channel(table: Array, channels: int) -> Array:
    """Repeat a (rows, groups) table for every channel of a group."""
    return table if channels == table.shape[1] else np.repeat(table, channels // table.shape[1], axis=1)


@_silent
def _moments(x: Array, groups: int, per_image: bool) -> tuple[Array, Array]:
    """Return mean and biased variance as (rows, groups) tables."""
    if x.dtype.kind == "c":
        return _complex_moments(x, groups, per_image)
    compute = compute_dtype(x.dtype)
    x = x.astype(compute, copy=False)
    panels = Panels(x, per_image)
    count = max(1, panels.count * (x.shape[1] // groups))

    def about(shift: Array | None) -> tuple[Array, Array]:
        total, squares = (_by_group(table, groups) / count for table in panels.sums(x, shift=shift))
        return total, squares - total * total

    mean, variance = about(None)
    if np.any(mean * mean > CANCELLATION * variance):
        shift = mean.astype(compute)
        rest, variance = about(_by_channel(shift, x.shape[1]))
        mean = shift + rest
    return mean.astype(compute), np.maximum(variance, 0).astype(compute)


def _complex_moments(x: Array, groups: int, per_image: bool) -> tuple[Array, Array]:
    """Return `_moments` continued analytically: the mean of the squares, not of the absolute squares, of deviations."""
    grouped = x.reshape(len(x), groups, x.size // max(1, len(x) * groups))
    axes = (2,) if per_image else (0, 2)
    mean = grouped.mean(axes, keepdims=True)
    variance = ((grouped - mean) ** 2).mean(axes)
    return mean.reshape(-1, groups), variance.reshape(-1, groups)


@_silent
def _gradients(
    g: Array, x: Array, mean: Array, invstd: Array, weight: Array | None, relu_output: Array | None, per_image: bool
) -> tuple[Array, Array, Array]:
    """Return the gradients by input, weight and bias, for (rows, groups) tables of statistics."""
    dtype, compute, channels, groups = x.dtype, compute_dtype(x.dtype), x.shape[1], mean.shape[1]
    panels = Panels(x, per_image)
    x, g = (in_layout(a.astype(compute, copy=False), panels.channels_last) for a in (x, g))
    count = max(1, panels.count * (channels // groups))
    centre = _by_channel(mean.astype(np.float64), channels)
    inverse = _by_channel(invstd.astype(np.float64), channels)
    far = bool(np.any((centre * inverse) ** 2 > CANCELLATION))
    shift = centre.astype(compute) if far else None
    rest = centre if shift is None else centre - shift

    dx = empty_like_strides(x)
    total, products = panels.sums(x, g, shift, relu_output, dx)
    products = (products - rest * total) * inverse
    scale = inverse if weight is None else inverse * weight
    mean_g = _by_channel(_by_group(scale * total, groups), channels) / count
    by_x = -inverse * _by_channel(_by_group(scale * products, groups), channels) / count
    by_g, by_x, constant = (table.astype(compute) for table in (scale, by_x, -mean_g - by_x * rest))
    panels.combine(g if relu_output is None else dx, x, by_g, by_x, constant, shift, dx)
    return dx.astype(dtype, copy=False), products.sum(0).astype(compute), total.sum(0).astype(compute)


@_silent
def _affine(x: Array, scale: Array, shift: Array | None, relu: bool = False) -> Array:
    """Return ``scale * x + shift`` for (rows, C) tables."""
    if "c" in (x.dtype.kind, scale.dtype.kind, "" if shift is None else shift.dtype.kind):
        spatial = (1,) * (x.ndim - 2)
        product = x * scale.reshape(*scale.shape, *spatial)
        return product if shift is None else np.asarray(product + shift.reshape(*shift.shape, *spatial))
    compute = compute_dtype(x.dtype)
    shift = None if shift is None else shift.astype(compute, copy=False)
    panels = Panels(x, per_image=len(scale) != 1)
    out = panels.affine(x.astype(compute, copy=False), scale.astype(compute, copy=False), shift, relu)
    return out.astype(x.dtype, copy=False)


def batch_stats(x: Array) -> tuple[Array, Array]:
    """Return mean and biased variance of each channel.

    Parameters
    ----------
    x : ndarray, shape (N, C, *spatial)

    Returns
    -------
    mean, var : ndarray, shape (C,)
        Of the dtype of `x`, float32 for float16.
    """
    mean, variance = _moments(x, x.shape[1], per_image=False)
    return mean[0], variance[0]


def batch_norm_apply(x: Array, scale: Array, shift: Array | None = None, relu: bool = False) -> Array:
    """Return ``scale * x + shift`` by channel.

    Parameters
    ----------
    x : ndarray, shape (N, C, *spatial)
    scale : ndarray, shape (C,)
        ``weight * invstd``.
    shift : ndarray, shape (C,), optional
        ``bias - mean * scale``.
    relu : bool
        Whether to return the positive part.

    Returns
    -------
    ndarray, the shape, dtype and layout of `x`
    """
    return _affine(x, scale[None], None if shift is None else shift[None], relu)


def batch_norm_backward(
    g: Array, x: Array, mean: Array, invstd: Array, weight: Array | None, relu_output: Array | None = None
) -> tuple[Array, Array, Array]:
    """Return the gradients of batch normalisation with the batch's own statistics.

    With ``xhat = (x - mean) * invstd`` and means over all but the channel axis,
    ``dx = weight * invstd * (g - mean(g) - xhat * mean(g * xhat))``.

    Parameters
    ----------
    g, x : ndarray, shape (N, C, *spatial)
    mean, invstd : ndarray, shape (C,)
        Mean, and ``1 / sqrt(var + eps)``.
    weight : ndarray, shape (C,), optional
    relu_output : ndarray, the shape of `x`, optional
        Result of ``batch_norm_apply(..., relu=True)``: the gradient passes only where it is positive.

    Returns
    -------
    dx : ndarray, shape (N, C, *spatial)
        In the layout of `x`.
    dweight, dbias : ndarray, shape (C,)
    """
    return _gradients(g, x, mean[None], invstd[None], weight, relu_output, per_image=False)


def group_stats(x: Array, groups: int) -> tuple[Array, Array]:
    """Return mean and biased variance of each group of channels of each image.

    Parameters
    ----------
    x : ndarray, shape (N, C, *spatial)
    groups : int
        Divides C.

    Returns
    -------
    mean, var : ndarray, shape (N, groups)
        Of the dtype of `x`, float32 for float16.
    """
    return _moments(x, groups, per_image=True)


@_silent
def group_norm_apply(x: Array, mean: Array, invstd: Array, weight: Array | None, bias: Array | None) -> Array:
    """Return ``(x - mean) * invstd * weight + bias``.

    Parameters
    ----------
    x : ndarray, shape (N, C, *spatial)
    mean, invstd : ndarray, shape (N, groups)
    weight, bias : ndarray, shape (C,), optional

    Returns
    -------
    ndarray, the shape, dtype and layout of `x`
    """
    scale = _by_channel(invstd, x.shape[1])
    scale = scale if weight is None else scale * weight
    shift = -_by_channel(mean, x.shape[1]) * scale
    return _affine(x, scale, shift if bias is None else shift + bias)


def group_norm_backward(
    g: Array, x: Array, mean: Array, invstd: Array, weight: Array | None
) -> tuple[Array, Array, Array]:
    """Return the gradients of group normalisation.

    With ``xhat = (x - mean) * invstd`` and means over a group,
    ``dx = invstd * (weight * g - mean(weight * g) - xhat * mean(weight * g * xhat))``.

    Parameters
    ----------
    g, x : ndarray, shape (N, C, *spatial)
    mean, invstd : ndarray, shape (N, groups)
    weight : ndarray, shape (C,), optional

    Returns
    -------
    dx : ndarray, shape (N, C, *spatial)
        In the layout of `x`.
    dweight, dbias : ndarray, shape (C,)
    """
    return _gradients(g, x, mean, invstd, weight, None, per_image=True)


def channel_sum(x: Array) -> Array:
    """Return the sum over all but the channel axis.

    Parameters
    ----------
    x : ndarray, shape (N, C, *spatial)

    Returns
    -------
    ndarray, shape (C,)
        Of the dtype of `x`.
    """
    if x.dtype.kind == "c":
        return linear_by_parts(channel_sum, x)
    if x.size <= BLOCK and is_channels_last(x) and channels_to_end(x).flags.c_contiguous:
        return _sum_of_rows(channels_to_end(x).reshape(-1), x.shape[1])
    total: Array = Panels(x).total(x)[0].astype(x.dtype)
    return total


def _sum_of_rows(line: Array, channels: int) -> Array:
    """Sum over positions the channels of a channels-last line: a few additions, for which panels would be ceremony."""
    width = max(1, SHORT // channels) * channels
    rows = line[: line.size - line.size % width].reshape(-1, width)
    total: Array = (np.ones(len(rows), line.dtype) @ rows).reshape(-1, channels).sum(0)
    rest = line[rows.size :]
    return total + rest.reshape(-1, channels).sum(0) if rest.size else total
