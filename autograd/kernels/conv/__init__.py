"""The three partial derivatives of one trilinear form, and so every convolution of any rank.

For a geometry, ``T(x, w, g)`` sums ``x * w * g`` over all (image, output position, tap, channel pair) that the geometry
ties together. `conv` is its derivative by ``g``, `conv_input` by ``x``, `conv_weight` by ``w``; hence

``<conv(x, w), g> = <x, conv_input(g, w)> = <w, conv_weight(x, g)>``.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.geometry import ConvGeometry
from autograd.kernels import blas, workspace
from autograd.kernels.conv.dispatch import METHODS, correlate, correlate_input, correlate_weight
from autograd.kernels.conv.layout import Array, channels_last
from autograd.kernels.parts import bilinear_by_parts

__all__ = ["METHODS", "conv", "conv_input", "conv_weight"]


def _dtypes(a: Array, b: Array) -> tuple[np.dtype[Any], np.dtype[Any]]:
    """Return the result's dtype, and the one to compute in: float16 products are summed in float32."""
    dtype = np.result_type(a, b)
    return dtype, np.dtype(np.float32) if dtype == np.float16 else dtype


def conv(x: Array, w: Array, geometry: ConvGeometry, bias: Array | None = None) -> Array:
    """Correlate `x` with `w`.

    Parameters
    ----------
    x : ndarray, shape (N, C, *geometry.size)
    w : ndarray, shape (O, C / groups, *geometry.kernel)
    geometry : ConvGeometry
    bias : ndarray, shape (O,), optional

    Returns
    -------
    ndarray, shape (N, O, *geometry.output)
        Channels-last in memory.

    Examples
    --------
    >>> from autograd.geometry import conv_geometry
    >>> conv(np.arange(4.0).reshape(1, 1, 4), np.ones((1, 1, 2)), conv_geometry((4,), (2,)))
    array([[[1., 3., 5.]]])
    """
    dtype, compute = _dtypes(x, w)
    if bias is not None and "c" in (compute.kind, bias.dtype.kind):
        sums: Array = conv(x, w, geometry) + bias.reshape(-1, *(1,) * geometry.rank)
        return sums
    if compute.kind == "c":
        return bilinear_by_parts(lambda x, w: conv(x, w, geometry), x, w)
    out = workspace.empty((x.shape[0], w.shape[0], *geometry.output), compute, channels_last=True)
    x, w = x.astype(compute, copy=False), w.astype(compute, copy=False)
    with blas.single_threaded():
        correlate(channels_last(x), w, geometry, channels_last(out), bias)
    return out.astype(dtype, copy=False)


def conv_input(g: Array, w: Array, geometry: ConvGeometry) -> Array:
    """Spread `g` back over the input through `w`: the gradient of `conv` by `x`, and the transposed convolution.

    Parameters
    ----------
    g : ndarray, shape (N, O, *geometry.output)
    w : ndarray, shape (O, C / groups, *geometry.kernel)
    geometry : ConvGeometry

    Returns
    -------
    ndarray, shape (N, C, *geometry.size)
        Channels-last in memory.

    Examples
    --------
    >>> from autograd.geometry import conv_geometry
    >>> conv_input(np.ones((1, 1, 3)), np.ones((1, 1, 2)), conv_geometry((4,), (2,)))
    array([[[1., 2., 2., 1.]]])
    """
    dtype, compute = _dtypes(g, w)
    if compute.kind == "c":
        return bilinear_by_parts(lambda g, w: conv_input(g, w, geometry), g, w)
    g, w = g.astype(compute, copy=False), w.astype(compute, copy=False)
    out = workspace.empty((g.shape[0], w.shape[1] * geometry.groups, *geometry.size), compute, channels_last=True)
    with blas.single_threaded():
        correlate_input(channels_last(g), w, geometry, channels_last(out))
    return out.astype(dtype, copy=False)


def conv_weight(x: Array, g: Array, geometry: ConvGeometry) -> Array:
    """Correlate `x` with `g`: the gradient of `conv` by `w`.

    Parameters
    ----------
    x : ndarray, shape (N, C, *geometry.size)
    g : ndarray, shape (N, O, *geometry.output)
    geometry : ConvGeometry

    Returns
    -------
    ndarray, shape (O, C / groups, *geometry.kernel)

    Examples
    --------
    >>> from autograd.geometry import conv_geometry
    >>> conv_weight(np.arange(4.0).reshape(1, 1, 4), np.ones((1, 1, 3)), conv_geometry((4,), (2,)))
    array([[[3., 6.]]])
    """
    dtype, compute = _dtypes(x, g)
    if compute.kind == "c":
        return bilinear_by_parts(lambda x, g: conv_weight(x, g, geometry), x, g)
    x, g = x.astype(compute, copy=False), g.astype(compute, copy=False)
    out = workspace.empty((g.shape[1], x.shape[1] // geometry.groups, *geometry.kernel), compute)
    with blas.single_threaded():
        correlate_weight(channels_last(x), channels_last(g), geometry, out)
    return out.astype(dtype, copy=False)
