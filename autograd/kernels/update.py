"""Optimizer steps in place: each array is read and written once, block by block, in PyTorch's order of operations."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from autograd.kernels import threads, workspace
from autograd.kernels.elementwise import constant, quietly
from autograd.kernels.layout import Array, is_packed, line, same_order, spans

__all__ = ["adam", "sgd"]

BLOCK = 1 << 17
"""Elements of each array that a step's dozen passes find in cache."""

COST = 0.0005
"""Microseconds an element."""


def _in_blocks(step: Callable[..., None], *arrays: Array | None) -> None:
    """Call a step on corresponding blocks of arrays of one shape, of which some may be missing."""
    first = next(a for a in arrays if a is not None)
    if first.size == 0:
        return
    if first.size <= BLOCK:
        quietly(step, *arrays)
        return
    if is_packed(first) and all(a is None or same_order(a, first) for a in arrays):
        views = [None if a is None else line(a) for a in arrays]
    else:
        views = [None if a is None else np.atleast_1d(a) for a in arrays]
    length = len(next(view for view in views if view is not None))

    def part(span: slice) -> None:
        step(*(None if view is None else view[span] for view in views))

    # A run that diverges ends in infinities without a word, as in PyTorch.
    with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
        threads.run(part, spans(length, first.size, BLOCK), COST * first.size)


def _direction(param: Array, grad: Array, weight_decay: float, maximize: bool) -> Array:
    """Return the gradient to descend along, with the L2 penalty's part; scratch where it differs from `grad`."""
    if not maximize and not weight_decay:
        return grad
    result = workspace.scratch("direction", grad.shape, grad.dtype)
    if not weight_decay:
        return np.negative(grad, out=result)
    np.multiply(param, weight_decay, out=result)
    return np.subtract(result, grad, out=result) if maximize else np.add(result, grad, out=result)


def sgd(
    param: Array,
    grad: Array,
    momentum_buffer: Array | None,
    *,
    lr: float,
    momentum: float = 0.0,
    dampening: float = 0.0,
    weight_decay: float = 0.0,
    nesterov: bool = False,
    maximize: bool = False,
    first: bool = False,
) -> None:
    """Take one step of stochastic gradient descent, in place.

    With d the gradient plus ``weight_decay * param``: ``buf = momentum * buf + (1 - dampening) * d``, then
    ``param -= lr * buf``, or ``lr * (d + momentum * buf)`` for Nesterov's variant.

    Parameters
    ----------
    param, grad : ndarray of one shape
        `grad` is left unmodified.
    momentum_buffer : ndarray, optional
        Needed where `momentum` is not zero.
    lr, momentum, dampening, weight_decay : float
    nesterov, maximize : bool
    first : bool
        Whether the buffer starts as the gradient, as it does on a parameter's first step.
    """
    rate, decay = constant(lr, param.dtype), constant(momentum, param.dtype)

    def step(param: Array, grad: Array, buffer: Array | None) -> None:
        direction = _direction(param, grad, weight_decay, maximize)
        scratch = workspace.scratch("step", grad.shape, grad.dtype)
        if buffer is not None:
            if first:
                np.copyto(buffer, direction)
            else:
                np.multiply(buffer, decay, out=buffer)
                np.add(
                    buffer, np.multiply(direction, 1 - dampening, out=scratch) if dampening else direction, out=buffer
                )
            if nesterov:
                np.multiply(buffer, decay, out=scratch)
                direction = np.add(scratch, direction, out=scratch)
            else:
                direction = buffer
        np.multiply(direction, rate, out=scratch)
        np.subtract(param, scratch, out=param)

    _in_blocks(step, param, grad, momentum_buffer if momentum else None)


def adam(
    param: Array,
    grad: Array,
    exp_avg: Array,
    exp_avg_sq: Array,
    max_exp_avg_sq: Array | None,
    *,
    step: int,
    lr: float,
    beta1: float,
    beta2: float,
    eps: float,
    weight_decay: float = 0.0,
    decoupled_weight_decay: bool = False,
    maximize: bool = False,
    bias_correction: bool = True,
) -> None:
    """Take one step of Adam (Kingma and Ba, 2015), in place.

    ``m += (1 - beta1) (d - m)``, ``v = beta2 v + (1 - beta2) d^2``,
    ``param -= lr / (1 - beta1^t) * m / (sqrt(v) / sqrt(1 - beta2^t) + eps)``.

    Parameters
    ----------
    param, grad, exp_avg, exp_avg_sq : ndarray of one shape
        `grad` is left unmodified.
    max_exp_avg_sq : ndarray, optional
        Running maximum of the second moment, which then takes its place (AMSGrad; Reddi, Kale and Kumar, 2018).
    step : int
        Number of this step; the first is 1.
    lr, beta1, beta2, eps, weight_decay : float
    decoupled_weight_decay : bool
        Whether the decay shrinks the parameter itself (AdamW; Loshchilov and Hutter, 2019) instead of adding to the
        gradient.
    maximize : bool
    bias_correction : bool
        Whether the averages, which start at zero, are divided by ``1 - beta^t``.
    """
    # The second correction is taken out of the denominator, which saves a pass, and is equal to a rounding.
    root = (1 - beta2**step) ** 0.5 if bias_correction else 1.0
    size = root * (lr / (1 - beta1**step) if bias_correction else lr)
    number = partial(constant, dtype=param.dtype)
    least, keep, blend = number(eps * root), number(beta2), number(1 - beta2)
    rate, pull = number(size), number(1 - beta1)
    penalty = 0.0 if decoupled_weight_decay else weight_decay

    def block(param: Array, grad: Array, mean: Array, square: Array, largest: Array | None) -> None:
        if decoupled_weight_decay and weight_decay:
            np.multiply(param, 1 - lr * weight_decay, out=param)
        direction = _direction(param, grad, penalty, maximize)
        scratch = workspace.scratch("step", grad.shape, grad.dtype)
        _lerp(mean, direction, pull, scratch)
        np.multiply(square, keep, out=square)
        np.multiply(direction, blend, out=scratch)
        np.multiply(scratch, direction, out=scratch)
        np.add(square, scratch, out=square)
        if largest is not None:
            square = np.maximum(largest, square, out=largest)
        np.sqrt(square, out=scratch)
        np.add(scratch, least, out=scratch)
        np.divide(mean, scratch, out=scratch)
        np.multiply(scratch, rate, out=scratch)
        np.subtract(param, scratch, out=param)

    _in_blocks(block, param, grad, exp_avg, exp_avg_sq, max_exp_avg_sq)


def _lerp(start: Array, end: Array, weight: Array, scratch: Array) -> None:
    """Move `start` towards `end`; measured from the nearer one, so that weights 0 and 1 are exact."""
    np.subtract(end, start, out=scratch)
    if weight < 0.5:
        np.multiply(scratch, weight, out=scratch)
        np.add(start, scratch, out=start)
    else:
        np.multiply(scratch, 1 - weight, out=scratch)
        np.subtract(end, scratch, out=start)
