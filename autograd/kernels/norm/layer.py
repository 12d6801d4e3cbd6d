"""Layer normalisation: Ba, Kiros and Hinton, "Layer Normalization", 2016.

A row's statistics need nothing but the row, so that one pass over memory does.
"""

from __future__ import annotations

from math import prod

import numpy as np

from autograd.kernels import threads, workspace
from autograd.kernels.layout import Array, compute_dtype, spans

__all__ = ["layer_norm", "layer_norm_backward"]

BLOCK = 1 << 17
"""Elements that a pass and the passes after it find in cache."""

COST = 0.0005
"""Microseconds an element."""


def _rows(x: Array, width: int) -> Array:
    """View or copy as (rows, width), in the dtype to compute in."""
    return np.ascontiguousarray(x, compute_dtype(x.dtype)).reshape(-1, width)


def _spans(rows: int, width: int) -> list[slice]:
    return spans(rows, rows * width, BLOCK)


def layer_norm(x: Array, axes: int, weight: Array | None, bias: Array | None, eps: float) -> tuple[Array, Array, Array]:
    """Normalise the last axes.

    Parameters
    ----------
    x : ndarray, shape (*batch, *normalized)
    axes : int
        Number of normalised axes.
    weight, bias : ndarray, shape (*normalized,), optional
    eps : float
        Added to the variance.

    Returns
    -------
    out : ndarray, the shape of `x`
        Row-major.
    mean, invstd : ndarray, shape (*batch, 1, ...)
        One for each row, with axes of length 1 in place of the normalised ones.
    """
    width = prod(x.shape[x.ndim - axes :])
    if "c" in (p.dtype.kind for p in (weight, bias) if p is not None):
        x = x.astype(np.complex128, copy=False)
    source = _rows(x, width)
    rows, dtype = source.shape[0], source.dtype
    out = workspace.empty(source.shape, dtype)
    mean, invstd = np.empty((rows, 1), dtype), np.empty((rows, 1), dtype)
    scale, offset = (None if p is None else p.reshape(-1).astype(dtype, copy=False) for p in (weight, bias))
    share = np.full(width, 1 / max(1, width), dtype)

    def part(span: slice) -> None:
        result = out[span]
        mean[span, 0] = source[span] @ share
        np.subtract(source[span], mean[span], out=result)
        invstd[span, 0] = 1 / np.sqrt(np.vecdot(result.conj(), result) / width + eps)
        np.multiply(result, invstd[span], out=result)
        if scale is not None:
            np.multiply(result, scale, out=result)
        if offset is not None:
            np.add(result, offset, out=result)

    with np.errstate(invalid="ignore", over="ignore"):
        threads.run(part, _spans(rows, width), COST * x.size)
    batch = (*x.shape[: x.ndim - axes], *(1,) * axes)
    return out.reshape(x.shape).astype(x.dtype, copy=False), mean.reshape(batch), invstd.reshape(batch)


def layer_norm_backward(
    g: Array, x: Array, axes: int, mean: Array, invstd: Array, weight: Array | None
) -> tuple[Array, Array, Array]:
    """Return the gradients of layer normalisation.

    With ``xhat = (x - mean) * invstd`` and means over a row,
    ``dx = invstd * (weight * g - mean(weight * g) - xhat * mean(weight * g * xhat))``.

    Parameters
    ----------
    g, x : ndarray, shape (*batch, *normalized)
    axes : int
        Number of normalised axes.
    mean, invstd : ndarray
        From `layer_norm`.
    weight : ndarray, shape (*normalized,), optional

    Returns
    -------
    dx : ndarray, the shape of `x`
    dweight, dbias : ndarray, shape (*normalized,)
    """
    shape = x.shape[x.ndim - axes :]
    width, rows = prod(shape), mean.size
    source, grads = _rows(x, width), _rows(g, width)
    dtype = source.dtype
    mean, invstd = mean.reshape(-1, 1).astype(dtype, copy=False), invstd.reshape(-1, 1).astype(dtype, copy=False)
    scale = None if weight is None else weight.reshape(-1).astype(dtype, copy=False)
    out = workspace.empty(source.shape, dtype)
    share = np.full(width, 1 / max(1, width), dtype)
    sums: dict[int, tuple[Array, Array]] = {}

    def part(span: slice) -> None:
        part_g, result = grads[span], out[span]
        normal = workspace.scratch("normal", result.shape, dtype)
        np.subtract(source[span], mean[span], out=normal)
        np.multiply(normal, invstd[span], out=normal)
        sums[span.start] = np.einsum("ij,ij->j", part_g, normal), np.ones(len(part_g), dtype) @ part_g
        weighted = part_g if scale is None else np.multiply(part_g, scale, out=result)
        average = weighted @ share
        np.multiply(normal, (np.vecdot(weighted, normal) / width)[:, None], out=normal)
        np.add(normal, average[:, None], out=normal)
        np.subtract(weighted, normal, out=result)
        np.multiply(result, invstd[span], out=result)

    parts = _spans(rows, width)
    with np.errstate(invalid="ignore", over="ignore"):
        threads.run(part, parts, 2 * COST * x.size)
    dweight, dbias = np.zeros((2, width))
    for span in parts:
        dweight += sums[span.start][0]
        dbias += sums[span.start][1]
    dx = out.reshape(x.shape).astype(x.dtype, copy=False)
    return dx, dweight.reshape(shape).astype(dtype), dbias.reshape(shape).astype(dtype)
