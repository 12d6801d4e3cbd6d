"""Batch normalisation: Ioffe and Szegedy, "Batch Normalization", 2015."""

from __future__ import annotations

import numpy as np

from autograd.kernels.layout import Array
from autograd.kernels.norm.panels import Panels

__all__ = ["batch_norm_apply", "batch_norm_backward", "batch_stats", "channel_sum"]

CANCELLATION = 16.0
"""Squared mean over variance from which the sums are taken about the mean, in one more pass: E[x^2] - E[x]^2 loses
this factor in precision."""


def _compute_dtype(dtype: np.dtype) -> np.dtype:
    return np.dtype(np.float32) if dtype == np.float16 else dtype


def moments(panels: Panels, x: Array) -> tuple[Array, Array]:
    """Return mean and biased variance as float64 tables of (rows, channels)."""
    count = max(1, panels.count)
    with np.errstate(invalid="ignore", over="ignore"):
        total, squares = panels.sums(x)
        mean = total / count
        variance = squares / count - mean * mean
        if np.any(mean * mean > CANCELLATION * variance):
            shift = mean.astype(x.dtype)
            total, squares = panels.sums(x, shift=shift)
            rest = total / count
            mean, variance = shift + rest, squares / count - rest * rest
    return mean, np.maximum(variance, 0)


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
    compute = _compute_dtype(x.dtype)
    x = x.astype(compute, copy=False)
    mean, variance = moments(Panels(x), x)
    return mean[0].astype(compute), variance[0].astype(compute)


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
    compute = _compute_dtype(x.dtype)
    shift = None if shift is None else shift.astype(compute)[None]
    panels = Panels(x)
    out = panels.affine(x.astype(compute, copy=False), scale.astype(compute)[None], shift, relu)
    return out.astype(x.dtype, copy=False)


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
    compute = _compute_dtype(x.dtype)
    x, g = x.astype(compute, copy=False), g.astype(compute, copy=False)
    mean, invstd = mean.astype(np.float64)[None], invstd.astype(np.float64)[None]
    panels = Panels(x)
    far = bool(np.any((mean * invstd) ** 2 > CANCELLATION))
    shift = mean.astype(compute) if far else None
    rest = mean - shift if shift is not None else mean
    total, products = panels.sums(x, g, shift, relu_output)
    dweight = (products - rest * total) * invstd
    scale = invstd if weight is None else weight * invstd
    by_x = -scale * invstd * dweight / max(1, panels.count)
    constant = -scale * total / max(1, panels.count) - by_x * rest
    tables = (table.astype(compute) for table in (scale, by_x, constant))
    dx = panels.combine(g, x, *tables, shift, relu_output)
    return dx.astype(x.dtype, copy=False), dweight[0].astype(compute), total[0].astype(compute)


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
    return Panels(x).total(x)[0].astype(x.dtype)
