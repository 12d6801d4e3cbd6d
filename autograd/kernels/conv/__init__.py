"""The three partial derivatives of one trilinear form, and so every convolution of any rank.

For a geometry, ``T(x, w, g)`` sums ``x * w * g`` over all (image, output position, tap, channel pair) that the geometry
ties together. `conv` is its derivative by ``g``, `conv_input` by ``x``, `conv_weight` by ``w``; hence

``<conv(x, w), g> = <x, conv_input(g, w)> = <w, conv_weight(x, g)>``.
"""

from __future__ import annotations

import numpy as np

from autograd.geometry import ConvGeometry
from autograd.kernels.conv import im2col, phases
from autograd.kernels.conv.layout import Array, channels_first

__all__ = ["conv", "conv_input", "conv_weight"]


def _compute_dtype(dtype: np.dtype) -> np.dtype:
    return np.dtype(np.float32) if dtype == np.float16 else dtype


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
    """
    dtype = np.result_type(x, w)
    compute = _compute_dtype(dtype)
    out = channels_first(np.empty((x.shape[0], *geometry.output, w.shape[0]), compute))
    im2col.forward(x.astype(compute, copy=False), w.astype(compute, copy=False), geometry, out)
    if bias is not None:
        out += bias.reshape(-1, *(1,) * geometry.rank)
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
    """
    dtype = np.result_type(g, w)
    compute = _compute_dtype(dtype)
    g, w = g.astype(compute, copy=False), w.astype(compute, copy=False)
    out = channels_first(np.empty((g.shape[0], *geometry.size, w.shape[1] * geometry.groups), compute))
    for phase in phases.split(geometry):
        part = out[(slice(None), slice(None), *phase.positions)]
        if 0 in phase.geometry.kernel:
            part[...] = 0
        else:
            taps = w[(slice(None), slice(None), *phase.taps)]
            im2col.forward(g, phases.turned(taps, geometry.groups), phase.geometry, part)
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
    """
    dtype = np.result_type(x, g)
    compute = _compute_dtype(dtype)
    out = np.empty((g.shape[1], x.shape[1] // geometry.groups, *geometry.kernel), compute)
    im2col.backward_weight(x.astype(compute, copy=False), g.astype(compute, copy=False), geometry, out)
    return out.astype(dtype, copy=False)
