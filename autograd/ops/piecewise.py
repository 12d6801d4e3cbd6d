"""Activation functions that are linear in pieces."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from autograd.dtypes import scalar_type
from autograd.errors import describe
from autograd.operation import Op
from autograd.ops.arguments import require_floating, require_tensors
from autograd.ops.registry import Maker, Sample, op
from autograd.ops.samples import unary
from autograd.ops.select import clamp, masked, where
from autograd.tensor import Tensor

__all__ = ["hardshrink", "hardsigmoid", "hardswish", "hardtanh", "relu6", "softshrink", "threshold"]

Array = np.ndarray[Any, np.dtype[Any]]


class Hardtanh(Op):
    """Elements brought into a closed interval; at its bounds the gradient stops, unlike that of `clamp`."""

    __slots__ = ("high", "low")
    keeps_output = True

    def forward(self, x: Array, *, low: float, high: float) -> Array:
        self.low, self.high = low, high
        return np.minimum(np.maximum(x, low), high)

    def backward(self, grad: Tensor) -> Tensor:
        y = self.output
        outside = (y <= self.low) | (y >= self.high)
        return masked(~outside, grad)


@op(
    lambda make: [*unary(make), Sample(make(3, 4), -0.4, 0.6), Sample(make(3, 4), min_val=0.1, max_val=2)],
    method=False,
)
def hardtanh(input: Tensor, min_val: float = -1.0, max_val: float = 1.0) -> Tensor:
    """Return `input` brought into ``[min_val, max_val]``; the derivative at the bounds is taken to be 0.

    Parameters
    ----------
    input : Tensor
    min_val, max_val : number

    Raises
    ------
    RuntimeError
        If `input` is boolean.
    ValueError
        If ``min_val > max_val``.

    Examples
    --------
    >>> import autograd
    >>> import nn.functional as F
    >>> F.hardtanh(autograd.tensor([-2.0, 0.5, 3.0]))
    tensor([-1.0000,  0.5000,  1.0000])
    """
    require_tensors("hardtanh", input=input)
    if input._data.dtype.kind == "b":
        raise RuntimeError(describe("Bool inputs not supported for hardtanh", op="hardtanh"))
    if min_val > max_val:
        raise ValueError(describe("min_val cannot be greater than max_val", op="hardtanh"))
    if input._data.dtype.kind in "iu":
        min_val, max_val = int(min_val), int(max_val)
    result: Tensor = Hardtanh.apply(input, low=min_val, high=max_val)
    return result


def _wide(make: Maker) -> Iterator[Sample]:
    return unary(lambda *shape: make(*shape, low=-7.5, high=7.5))


@op(_wide, method=False)
def relu6(input: Tensor) -> Tensor:
    """Return ``min(max(input, 0), 6)`` (Krizhevsky, 2010).

    Examples
    --------
    >>> import autograd
    >>> import nn.functional as F
    >>> F.relu6(autograd.tensor([-2.0, 3.0, 8.0]))
    tensor([0., 3., 6.])
    """
    return hardtanh(input, 0.0, 6.0)


@op(_wide, method=False)
def hardsigmoid(input: Tensor) -> Tensor:
    """Return ``min(max(input + 3, 0), 6) / 6``.

    Examples
    --------
    >>> import autograd
    >>> import nn.functional as F
    >>> F.hardsigmoid(autograd.tensor([-4.0, 0.0, 4.0]))
    tensor([0.0000, 0.5000, 1.0000])
    """
    require_floating("hardsigmoid_cpu", input)
    return relu6(input + 3) / 6


@op(_wide, method=False)
def hardswish(input: Tensor) -> Tensor:
    """Return ``input * hardsigmoid(input)`` (Howard et al., 2019).

    Examples
    --------
    >>> import autograd
    >>> import nn.functional as F
    >>> F.hardswish(autograd.tensor([-1.5, 1.5, 4.0]))
    tensor([-0.3750,  1.1250,  4.0000])
    """
    require_floating("hardswish_cpu", input)
    return input * hardsigmoid(input)


@op(lambda make: [*(Sample(x, 0.2, -3.0) for x in (make(3, 4), make(), make(0, 2)))], method=False)
def threshold(input: Tensor, threshold: float, value: float) -> Tensor:
    """Return `input` where it is above `threshold`, else `value`.

    Parameters
    ----------
    input : Tensor
    threshold, value : number

    Raises
    ------
    NotImplementedError
        If `input` is boolean.

    Examples
    --------
    >>> import autograd
    >>> import nn.functional as F
    >>> F.threshold(autograd.tensor([-1.0, 2.0]), 0.0, 9.0)
    tensor([9., 2.])
    """
    require_tensors("threshold", input=input)
    if input._data.dtype.kind == "b":
        raise NotImplementedError(
            describe(f"\"threshold_cpu\" not implemented for '{scalar_type(input._data.dtype)}'", op="threshold")
        )
    return where(input <= threshold, value, input)  # type: ignore[no-any-return]


@op(lambda make: [*unary(make), Sample(make(3, 4), 0.2), Sample(make(3, 4), lambd=0.8)], method=False)
def softshrink(input: Tensor, lambd: float = 0.5) -> Tensor:
    """Return `input` moved towards zero by `lambd`, and zero where it is nearer.

    Parameters
    ----------
    input : Tensor
    lambd : float
        Not negative.

    Raises
    ------
    RuntimeError
        If `lambd` is negative.

    Examples
    --------
    >>> import autograd
    >>> import nn.functional as F
    >>> F.softshrink(autograd.tensor([-2.0, 0.25, 2.0]))
    tensor([-1.5000,  0.0000,  1.5000])
    """
    require_floating("softshrink_check", input)
    if lambd < 0:
        limit = np.finfo(input._data.dtype).max
        raise RuntimeError(
            describe(
                f"lambda must be in range [0, {limit:g}] for input dtype {scalar_type(input._data.dtype)}, but found "
                f"{lambd:g}",
                op="softshrink",
            )
        )
    return input - clamp(input, -lambd, lambd)


@op(lambda make: [*unary(make), Sample(make(3, 4), 0.2), Sample(make(3, 4), lambd=0.8)])
def hardshrink(input: Tensor, lambd: float = 0.5) -> Tensor:
    """Return `input` where its magnitude is above `lambd`, else zero.

    Parameters
    ----------
    input : Tensor
    lambd : float

    Examples
    --------
    >>> import autograd
    >>> autograd.hardshrink(autograd.tensor([-2.0, 0.25, 2.0]))
    tensor([-2.,  0.,  2.])
    """
    require_floating("hardshrink_cpu", input)
    return where((input >= -lambd) & (input <= lambd), 0.0, input)  # type: ignore[no-any-return]
