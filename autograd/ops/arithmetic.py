"""Sums, differences and products of tensors and numbers, element by element, with broadcasting.

The engine sums a gradient over the axes that broadcasting added, so no backward here has to.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.errors import describe
from autograd.kernels.elementwise import SMALL, parallel
from autograd.ops.elementary import Arithmetic, Unary
from autograd.ops.registry import Sample, op
from autograd.ops.samples import pairs, unary
from autograd.ops.spelling import number_second
from autograd.tensor import Tensor

__all__ = [
    "add",
    "mul",
    "neg",
    "no_slope",
    "positive",
    "rsub",
    "sub",
    "times",
]

Array = np.ndarray[Any, np.dtype[Any]]


def times(grad: Any, factor: Any) -> Any:
    """Return the gradient through a multiplication by `factor`: for complex factors, by their conjugate."""
    if factor.__class__ is Tensor and factor._data.dtype.kind == "c":
        return grad * factor.conj()
    return grad * factor


def no_slope(grad: Tensor) -> Tensor:
    """Return the gradient of a piecewise constant function."""
    return Tensor(np.zeros(grad._data.shape, grad._data.dtype), None)


class Add(Arithmetic):
    """``a + b``."""

    __slots__ = ()
    compute = staticmethod(parallel(np.add))

    @staticmethod
    def gradients(grad: Any, a: Any, b: Any, for_a: bool, for_b: bool) -> tuple[Any, Any]:
        return grad, grad


def _scaled(other: Any, alpha: Any, input: Any) -> Any:
    """Return ``alpha * other``, refusing a fractional `alpha` for integers."""
    if isinstance(alpha, float) and all(isinstance(x, int) or is_integral(x) for x in (input, other)):
        raise RuntimeError(describe("For integral input tensors, argument alpha must not be a floating point number."))
    return mul(other, alpha) if isinstance(other, Tensor) else other * alpha


def is_integral(x: Any) -> bool:
    return isinstance(x, Tensor) and x._data.dtype.kind in "bui"


@op(lambda make: [*pairs(make), Sample(make(2, 3), make(3), alpha=2.5)], in_place=True)
@number_second("alpha")
def add(input: Any, other: Any, *, alpha: Any = 1) -> Tensor:
    """Return ``input + alpha * other``.

    Parameters
    ----------
    input, other : Tensor or number
        Shapes that broadcast.
    alpha : number
        Multiplies `other`.

    Raises
    ------
    RuntimeError
        If the shapes do not broadcast, or `alpha` is fractional and the rest integers.

    Examples
    --------
    >>> import autograd
    >>> autograd.add(autograd.tensor([1.0, 2.0]), 1, alpha=10)
    tensor([11., 12.])
    """
    if alpha != 1:
        other = _scaled(other, alpha, input)
    return Add.apply(input, other)


class Sub(Arithmetic):
    """``a - b``."""

    __slots__ = ()
    compute = staticmethod(parallel(np.subtract))

    @staticmethod
    def gradients(grad: Any, a: Any, b: Any, for_a: bool, for_b: bool) -> tuple[Any, Any]:
        return grad, -grad if for_b else None


def _is_boolean(x: Any) -> bool:
    return x._data.dtype.kind == "b" if isinstance(x, Tensor) else x is True or x is False


def _boolean_subtraction(both: bool) -> RuntimeError:
    if both:
        phrase = "with two bool tensors is not supported. Use the `^` or `logical_xor()` operator instead."
    else:
        phrase = (
            "with a bool tensor is not supported. If you are trying to invert a mask, use the `~` or `logical_not()` "
            "operator instead."
        )
    return RuntimeError(describe(f"Subtraction, the `-` operator, {phrase}", op="sub"))


@op(lambda make: [*pairs(make), Sample(make(2, 3), make(3), alpha=2.5)], in_place=True, aliases=("subtract",))
@number_second("alpha")
def sub(input: Any, other: Any, *, alpha: Any = 1) -> Tensor:
    """Return ``input - alpha * other``.

    Parameters
    ----------
    input, other : Tensor or number
        Shapes that broadcast.
    alpha : number
        Multiplies `other`.

    Raises
    ------
    RuntimeError
        If one of them is boolean, or for the reasons `add` gives.

    Examples
    --------
    >>> import autograd
    >>> autograd.sub(autograd.tensor([1.0, 2.0]), 1, alpha=10)
    tensor([-9., -8.])
    """
    if _is_boolean(input) or _is_boolean(other):
        raise _boolean_subtraction(_is_boolean(input) and _is_boolean(other))
    if alpha != 1:
        other = _scaled(other, alpha, input)
    return Sub.apply(input, other)


@op(lambda make: [*pairs(make), Sample(make(2, 3), make(3), alpha=2.5)], method=False)
def rsub(input: Tensor, other: Any, *, alpha: Any = 1) -> Tensor:
    """Return ``other - alpha * input``.

    Parameters
    ----------
    input : Tensor
    other : Tensor or number
    alpha : number
        Multiplies `input`.

    Examples
    --------
    >>> import autograd
    >>> autograd.rsub(autograd.tensor([1.0, 2.0]), 1)
    tensor([ 0., -1.])
    """
    return sub(other, input, alpha=alpha)


class Mul(Arithmetic):
    """``a * b``."""

    __slots__ = ()
    keeps = {0: (1,), 1: (0,)}
    compute = staticmethod(parallel(np.multiply))

    @staticmethod
    def gradients(grad: Any, a: Any, b: Any, for_a: bool, for_b: bool) -> tuple[Any, Any]:
        return times(grad, b) if for_a else None, times(grad, a) if for_b else None

    def pull(self, grad: Array) -> tuple[Array | None, ...] | None:
        if grad.size > SMALL or grad.dtype.kind != "f":
            return None
        for_a, for_b = self.needs_input_grad
        a, b = self.arrays(grad.dtype)
        return grad * b if for_a else None, grad * a if for_b else None


@op(pairs, in_place=True, aliases=("multiply",))
def mul(input: Any, other: Any) -> Tensor:
    """Return ``input * other``.

    Parameters
    ----------
    input, other : Tensor or number
        Shapes that broadcast.

    Raises
    ------
    RuntimeError
        If the shapes do not broadcast.

    Examples
    --------
    >>> import autograd
    >>> autograd.mul(autograd.tensor([[1], [2]]), autograd.tensor([3, 4]))
    tensor([[3, 4],
            [6, 8]])
    """
    return Mul.apply(input, other)


class Neg(Unary):
    """``-a``."""

    __slots__ = ()
    compute = staticmethod(parallel(np.negative))

    def backward(self, grad: Tensor) -> Tensor:
        return -grad

    def pull(self, grad: Array) -> tuple[Array]:
        return (-grad,)


@op(lambda make: unary(make), in_place=True, aliases=("negative",))
def neg(input: Tensor) -> Tensor:
    """Return ``-input``.

    Raises
    ------
    RuntimeError
        If `input` is boolean.

    Examples
    --------
    >>> import autograd
    >>> autograd.neg(autograd.tensor([1, -2]))
    tensor([-1,  2])
    """
    if input._data.dtype.kind == "b":
        raise RuntimeError(
            describe(
                "Negation, the `-` operator, on a bool tensor is not supported. If you are trying to invert a "
                "mask, use "
                "the `~` or `logical_not()` operator instead.",
                fix="write ~mask",
            )
        )
    return Neg.apply(input)


@op(lambda make: unary(make))
def positive(input: Tensor) -> Tensor:
    """Return `input` itself.

    Raises
    ------
    RuntimeError
        If `input` is boolean.

    Examples
    --------
    >>> import autograd
    >>> x = autograd.tensor([1, -2])
    >>> autograd.positive(x) is x
    True
    """
    if input._data.dtype.kind == "b":
        raise RuntimeError(describe("The `+` operator, on a bool tensor is not supported."))
    return input
