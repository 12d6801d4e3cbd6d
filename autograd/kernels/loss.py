"""Softmax and its logarithm along one axis, and their gradients, in blocks that stay in cache."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from autograd.kernels import threads
from autograd.kernels.layout import BLOCK, Array, empty_like_layout, spans

__all__ = ["log_softmax", "log_softmax_backward", "softmax", "softmax_backward"]

COST = 0.001
"""Microseconds an element."""


def _by_slices(function: Callable[..., None], axis: int, *operands: Array) -> Array:
    """Call a function on slices of a result and of the operands that leave `axis` whole."""
    first = operands[0]
    out = empty_like_layout(first.shape, first.dtype, *operands)
    if first.size <= BLOCK or axis % first.ndim == 0:
        with np.errstate(invalid="ignore", divide="ignore"):
            function(out, *operands)
        return out
    length = first.shape[0]

    def part(span: slice) -> None:
        with np.errstate(invalid="ignore", divide="ignore"):
            function(out[span], *(x[span] for x in operands))

    threads.run(part, spans(length, first.size), COST * first.size)
    return out


def softmax(x: Array, axis: int) -> Array:
    """Return ``exp(x) / sum(exp(x))`` along `axis`, about the maximum so that nothing overflows.

    Parameters
    ----------
    x : ndarray
        At least one axis.
    axis : int
    """

    def part(out: Array, x: Array) -> None:
        np.subtract(x, x.max(axis, keepdims=True, initial=-np.inf), out=out)
        np.exp(out, out=out)
        np.divide(out, out.sum(axis, keepdims=True), out=out)

    return _by_slices(part, axis, x)


def softmax_backward(g: Array, y: Array, axis: int) -> Array:
    """Return ``y (g - sum(g y))`` for the output `y` of `softmax`."""

    def part(out: Array, y: Array, g: Array) -> None:
        np.multiply(g, y, out=out)
        np.subtract(g, out.sum(axis, keepdims=True), out=out)
        np.multiply(out, y, out=out)

    return _by_slices(part, axis, y, g)


def log_softmax(x: Array, axis: int) -> Array:
    """Return ``x - log(sum(exp(x)))`` along `axis`, about the maximum so that nothing overflows.

    Parameters
    ----------
    x : ndarray
        At least one axis.
    axis : int
    """

    def part(out: Array, x: Array) -> None:
        np.subtract(x, x.max(axis, keepdims=True, initial=-np.inf), out=out)
        total = np.exp(out).sum(axis, keepdims=True)
        np.subtract(out, np.log(total, out=total), out=out)

    return _by_slices(part, axis, x)


def log_softmax_backward(g: Array, y: Array, axis: int) -> Array:
    """Return ``g - exp(y) sum(g)`` for the output `y` of `log_softmax`."""

    def part(out: Array, y: Array, g: Array) -> None:
        np.exp(y, out=out)
        np.multiply(out, g.sum(axis, keepdims=True), out=out)
        np.subtract(g, out, out=out)

    return _by_slices(part, axis, y, g)
