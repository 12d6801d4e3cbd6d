"""Elementwise kernels in the layout they are given, on all cores where there is enough to do.

NumPy's maximum with a scalar runs at a third of its speed with an array, and a conditional copy at a fiftieth of a
bitwise one: hence the rows of zeros, and the masks of sign-extended bytes.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextvars import Context
from functools import lru_cache
from typing import Any

import numpy as np

from autograd.kernels import threads, workspace
from autograd.kernels.layout import (
    BLOCK,
    Array,
    empty_like_layout,
    empty_like_strides,
    is_packed,
    line,
    same_order,
    spans,
)

__all__ = [
    "accumulate",
    "apply",
    "constant",
    "leaky_relu",
    "leaky_relu_backward",
    "mapped",
    "mask_by_sign",
    "parallel",
    "quietly",
    "relu",
    "relu_backward",
    "sigmoid",
    "sigmoid_backward",
    "tanh_backward",
    "zeros",
]

SMALL = 1 << 14
"""Elements below which one ufunc call on the calling thread is all that pays."""

TINY = 1 << 10
"""Elements below which a conditional copy, being one call, is faster than a bitwise one."""

ROW = 1 << 14
"""Elements of a row of zeros."""

COST = 0.0002
"""Microseconds an element."""


def blockwise(function: Callable[..., object], out: Array, *operands: Array, cost: float = COST) -> Array:
    """Call a function on blocks of the memory of arrays of one shape, the result's block first.

    Parameters
    ----------
    function : callable
        Takes one-dimensional views: of `out`, then of each operand.
    out : ndarray
        Without gaps in memory. May be one of the operands.
    *operands : ndarray
        Of the shape of `out`, copied where their memory is in another order; or 0-d, and given to every call.
    cost : float
        Microseconds an element.

    Returns
    -------
    ndarray
        `out`.
    """
    lines = [line(out)]
    lines += [x if x.shape != out.shape else line(x if same_order(x, out) else _in_order_of(out, x)) for x in operands]
    if out.size <= BLOCK:
        function(*lines)
        return out

    def part(span: slice) -> None:
        function(*[memory[span] if memory.ndim else memory for memory in lines])

    threads.run(part, spans(out.size, out.size), cost * out.size)
    return out


def _in_order_of(out: Array, x: Array) -> Array:
    """Copy `x` into the order of memory of `out`."""
    copy = empty_like_strides(out, x.dtype)
    np.copyto(copy, x)
    return copy


def _packed(x: Array) -> Array:
    """Return `x`, or a copy without gaps in memory."""
    return x if is_packed(x) else np.array(x, order="K")


def apply(ufunc: np.ufunc, *operands: Array) -> Array:
    """Apply a ufunc of one result to arrays that broadcast.

    Parameters
    ----------
    ufunc : numpy.ufunc
    *operands : ndarray

    Returns
    -------
    ndarray
        In the layout the rule of `empty_like_layout` gives it.
    """
    arrays = [x for x in operands if x.ndim]
    if not arrays:
        return np.asarray(ufunc(*operands))
    first = arrays[0]
    alike = all(x.strides == first.strides and x.shape == first.shape for x in arrays[1:])
    if alike and first.size <= SMALL:
        return ufunc(*operands)  # type: ignore[no-any-return]
    dtype = ufunc.resolve_dtypes((*(x.dtype for x in operands), None))[-1]
    if alike and is_packed(first):
        return blockwise(lambda out, *x: ufunc(*x, out=out), empty_like_strides(first, dtype), *operands)
    shape = np.broadcast_shapes(*(x.shape for x in operands))
    out = empty_like_layout(shape, dtype, *operands)
    if out.size <= BLOCK or shape[0] == 1:
        ufunc(*operands, out=out)
        return out
    parts = spans(shape[0], out.size)
    leading = [x.ndim == len(shape) and x.shape[0] > 1 for x in operands]

    def part(span: slice) -> None:
        ufunc(*(x[span] if led else x for x, led in zip(operands, leading, strict=True)), out=out[span])

    threads.run(part, parts, COST * out.size)
    return out


class _Quiet(threading.local):
    """A context of this thread's own in which NumPy does not warn; to enter it costs a sixth of ``np.errstate``."""

    def __init__(self) -> None:
        context = Context()
        context.run(np.seterr, all="ignore")
        self.run = context.run


_QUIET = _Quiet()


def quietly(function: Callable[..., Any], *arguments: Any, **keywords: Any) -> Any:
    """Call a function that asks for no mode, and calls no other one quietly, without NumPy's warnings."""
    return _QUIET.run(function, *arguments, **keywords)


def parallel(ufunc: np.ufunc) -> Callable[..., Array]:
    """Return a ufunc of one argument, or of two, and one result as a function that uses all cores where that pays.

    Overflows, divisions by zero and invalid arguments give infinities and NaN without a warning.
    """

    @np.errstate(all="ignore")
    def run(*operands: Array) -> Array:
        return apply(ufunc, *operands)

    def unary(x: Array) -> Array:
        return run(x) if x.size > SMALL else _QUIET.run(ufunc, x)

    def binary(a: Array, b: Array) -> Array:
        return run(a, b) if a.size > SMALL or b.size > SMALL else _QUIET.run(ufunc, a, b)

    return unary if ufunc.nin == 1 else binary


def mapped(function: Callable[[Array], Array], x: Array, cost: float) -> Array:
    """Apply a function of one argument and the same shape and dtype, on all cores where that pays.

    Parameters
    ----------
    function : callable
        Takes an array, or a part of its memory as one axis.
    x : ndarray
    cost : float
        Microseconds an element.

    Returns
    -------
    ndarray
        In the layout of `x`.
    """
    if x.size <= SMALL:
        return function(x)
    x = _packed(x)
    return blockwise(lambda out, part: np.copyto(out, function(part)), empty_like_strides(x), x, cost=cost)


def constant(value: float, dtype: np.dtype[Any]) -> Array:
    """Return a number as a 0-d array, not to be written to: a ufunc reads it at once, but converts a Python number."""
    # Zero has two signs, but one key.
    return _constant(value, dtype) if value else np.asarray(value, dtype)


@lru_cache(maxsize=256)
def _constant(value: float, dtype: np.dtype[Any]) -> Array:
    number = np.asarray(value, dtype)
    number.flags.writeable = False
    return number


def accumulate(total: Array, x: Array) -> None:
    """Add `x` to `total` of the same shape, in place."""
    if total.size <= SMALL or not is_packed(total):
        np.add(total, x, total)
    else:
        blockwise(lambda out, a, b: np.add(a, b, out=out), total, total, x)


@lru_cache(maxsize=64)
def zeros(dtype: np.dtype[Any], length: int) -> Array:
    """Return a row of zeros, which is not to be written to."""
    row = np.zeros(length, dtype)
    row.flags.writeable = False
    return row


def _maximum_zero(out: Array, x: Array) -> None:
    """Write the maximum of a line and zero; NaN stays NaN."""
    whole = x.size - x.size % ROW
    if whole:
        np.maximum(x[:whole].reshape(-1, ROW), zeros(x.dtype, ROW), out=out[:whole].reshape(-1, ROW))
    if whole < x.size:
        np.maximum(x[whole:], zeros(x.dtype, ROW)[: x.size - whole], out=out[whole:])


def relu(x: Array) -> Array:
    """Return ``max(x, 0)``; NaN stays NaN.

    Parameters
    ----------
    x : ndarray

    Returns
    -------
    ndarray
        In the layout of `x`.
    """
    if x.size <= SMALL:
        return np.asarray(np.maximum(x, _constant(0, x.dtype)))
    x = _packed(x)
    return blockwise(_maximum_zero, empty_like_strides(x), x)


def mask_by_sign(g: Array, y: Array, out: Array) -> Array:
    """Write `g` where `y` is positive or NaN, and zero elsewhere.

    The mask is a byte of ones, which a bitwise and extends by its sign; a product would turn infinity into NaN.
    """
    mask = workspace.scratch("mask", y.shape, np.bool_)
    np.less_equal(y, 0, out=mask)
    keep = mask.view(np.int8)
    np.subtract(keep, 1, out=keep)
    bits = f"i{g.itemsize}"
    np.bitwise_and(g.view(bits), keep, out=out.view(bits))
    return out


def relu_backward(g: Array, y: Array) -> Array:
    """Return `g` where `y` is positive or NaN, and zero elsewhere.

    Parameters
    ----------
    g : ndarray
    y : ndarray, the shape of `g`
        The input or the output of `relu`.

    Returns
    -------
    ndarray
        In the layout of `y`.
    """
    if y.size <= SMALL and g.strides == y.strides:
        if y.size <= TINY:
            zero, out = _constant(0, y.dtype), g.copy("K")
            np.putmask(out, np.less_equal(y, zero), zero)
            return out
        keep = np.less_equal(y, _constant(0, y.dtype)).view(np.int8)
        np.subtract(keep, 1, out=keep)
        kept: Array = np.bitwise_and(g.view(f"i{g.itemsize}"), keep).view(g.dtype)
        return kept
    y = _packed(y)
    return blockwise(lambda out, g, y: mask_by_sign(g, y, out), empty_like_strides(y, g.dtype), g, y)


def leaky_relu(x: Array, negative_slope: float) -> Array:
    """Return `x` where it is positive, and `negative_slope` times `x` elsewhere."""
    slope = x.dtype.type(negative_slope)
    choose = np.maximum if negative_slope <= 1 else np.minimum

    def block(out: Array, x: Array) -> None:
        np.multiply(x, slope, out=out)
        choose(x, out, out=out)

    x = _packed(x)
    return blockwise(block, empty_like_strides(x), x)


def leaky_relu_backward(g: Array, y: Array, negative_slope: float) -> Array:
    """Return `g` where `y` is positive, and `negative_slope` times `g` elsewhere.

    Parameters
    ----------
    g : ndarray
    y : ndarray, the shape of `g`
        The input of `leaky_relu`, or its output where the slope is not negative.
    negative_slope : float
    """
    factors = np.array([negative_slope, 1], g.dtype)

    def block(out: Array, g: Array, y: Array) -> None:
        mask = workspace.scratch("mask", y.shape, np.bool_)
        np.greater(y, 0, out=mask)
        np.take(factors, mask.view(np.int8), out=out, mode="clip")
        np.multiply(out, g, out=out)

    y = _packed(y)
    return blockwise(block, empty_like_strides(y, g.dtype), g, y)


def sigmoid(x: Array) -> Array:
    """Return ``1 / (1 + exp(-x))``."""
    one = _constant(1, x.dtype)
    if x.size <= SMALL:
        return np.reciprocal(np.add(one, _QUIET.run(np.exp, np.negative(x))))

    def block(out: Array, x: Array) -> None:
        with np.errstate(over="ignore"):
            np.negative(x, out=out)
            np.exp(out, out=out)
            np.add(out, one, out=out)
            np.divide(one, out, out=out)

    x = _packed(x)
    return blockwise(block, empty_like_strides(x), x, cost=4 * COST)


def sigmoid_backward(g: Array, y: Array) -> Array:
    """Return ``g y (1 - y)`` for the output `y` of `sigmoid`."""
    one = _constant(1, y.dtype)
    if y.size <= SMALL:
        return np.multiply(np.multiply(np.subtract(one, y), y), g)

    def block(out: Array, g: Array, y: Array) -> None:
        np.subtract(one, y, out=out)
        np.multiply(out, y, out=out)
        np.multiply(out, g, out=out)

    y = _packed(y)
    return blockwise(block, empty_like_strides(y, g.dtype), g, y)


def tanh_backward(g: Array, y: Array) -> Array:
    """Return ``g (1 - y y)`` for the output `y` of the hyperbolic tangent."""
    one = _constant(1, y.dtype)
    if y.size <= SMALL:
        return np.multiply(np.subtract(one, np.multiply(y, y)), g)

    def block(out: Array, g: Array, y: Array) -> None:
        np.multiply(y, y, out=out)
        np.subtract(one, out, out=out)
        np.multiply(out, g, out=out)

    y = _packed(y)
    return blockwise(block, empty_like_strides(y, g.dtype), g, y)
