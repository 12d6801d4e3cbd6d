"""Quotients of tensors and numbers, element by element, with broadcasting: exact, rounded, and what rounding leaves."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.errors import describe
from autograd.kernels.elementwise import parallel
from autograd.operation import Op
from autograd.ops.arithmetic import is_integral, no_slope
from autograd.ops.elementary import Arithmetic
from autograd.ops.promote import promote, promote_float
from autograd.ops.registry import Sample, op
from autograd.ops.samples import pairs
from autograd.tensor import Tensor

__all__ = ["div", "floor_divide", "fmod", "remainder"]

Array = np.ndarray[Any, np.dtype[Any]]


class Div(Arithmetic):
    """``a / b``."""

    __slots__ = ()
    keeps = {0: (1,), 1: (0, 1)}
    compute = staticmethod(parallel(np.divide))

    @staticmethod
    def gradients(grad: Any, a: Any, b: Any, for_a: bool, for_b: bool) -> tuple[Any, Any]:
        if isinstance(b, Tensor) and b._data.dtype.kind == "c":
            a, b = a.conj() if isinstance(a, Tensor) else a, b.conj()
        quotient = grad / b
        return quotient, -quotient * (a / b) if for_b else None


@op(
    lambda make: [
        *pairs(make),
        Sample(make(3, 4), make.nonzero(4), rounding_mode="floor"),
        Sample(make(3, 4), make.nonzero(4), rounding_mode="trunc"),
    ],
    in_place=True,
    aliases=("divide", "true_divide"),
)
def div(input: Any, other: Any, *, rounding_mode: str | None = None) -> Tensor:
    """Return ``input / other``; with a rounding mode, the rounded quotient, whose gradient is zero.

    Parameters
    ----------
    input, other : Tensor or number
        Shapes that broadcast. Integers give the default floating-point dtype, unless rounded.
    rounding_mode : {None, 'trunc', 'floor'}

    Raises
    ------
    RuntimeError
        If the mode is unknown, the shapes do not broadcast, or integers are divided by zero and rounded.

    Examples
    --------
    >>> import autograd
    >>> autograd.div(autograd.tensor([7, -7]), 2)
    tensor([ 3.5000, -3.5000])
    >>> autograd.div(autograd.tensor([7, -7]), 2, rounding_mode="floor")
    tensor([ 3, -4])
    """
    if rounding_mode is not None:
        return _div_rounded(input, other, rounding_mode)
    if (is_integral(input) or not isinstance(input, Tensor)) and (is_integral(other) or not isinstance(other, Tensor)):
        input, other = promote(input, other, "div")
        if is_integral(input) or is_integral(other):
            input, other = promote_float(input, "div"), promote_float(other, "div")
    return Div.apply(input, other)


class DivRounded(Op):
    """The quotient rounded down or towards zero; its gradient is zero."""

    __slots__ = ()

    @np.errstate(all="ignore")
    def forward(self, a: Array, b: Array, *, mode: str) -> Array:
        if mode == "floor":
            return np.floor_divide(a, b)
        kind = np.result_type(a, b)
        if kind.kind == "f":
            return np.trunc(a / b)
        return np.sign(a) * np.sign(b) * (np.abs(a) // np.abs(b))  # type: ignore[no-any-return]

    def backward(self, grad: Tensor) -> tuple[Tensor, Tensor]:
        return no_slope(grad), no_slope(grad)


def _operands_of_quotient(input: Any, other: Any, name: str) -> tuple[Any, Any]:
    """Promote operands, refusing an integer division by zero."""
    a, b = promote(input, other, name)
    divisor = b._data if isinstance(b, Tensor) else np.asarray(b)
    dividend = a._data if isinstance(a, Tensor) else np.asarray(a)
    if divisor.dtype.kind == dividend.dtype.kind == "b":
        raise NotImplementedError(describe(f"\"{name}_cpu\" not implemented for 'Bool'", op=name))
    if divisor.dtype.kind in "biu" and dividend.dtype.kind in "biu" and not divisor.all():
        raise RuntimeError(describe("ZeroDivisionError", op=name, rule="integers cannot be divided by zero"))
    return a, b


def _div_rounded(input: Any, other: Any, mode: str) -> Tensor:
    if mode not in ("floor", "trunc"):
        raise RuntimeError(
            describe(f"div expected rounding_mode to be one of None, 'trunc', or 'floor' but found '{mode}'", op="div")
        )
    result: Tensor = DivRounded.apply(*_operands_of_quotient(input, other, "div"), mode=mode)
    return result


@op(lambda make: [Sample(make(3, 4), make.nonzero(4)), Sample(make(3), 0.3), Sample(make(0, 2), 2.0)], in_place=True)
def floor_divide(input: Any, other: Any) -> Tensor:
    """Return ``input / other`` rounded down; its gradient is zero.

    Parameters
    ----------
    input, other : Tensor or number
        Shapes that broadcast.

    Raises
    ------
    RuntimeError
        If the shapes do not broadcast, or integers are divided by zero.

    Examples
    --------
    >>> import autograd
    >>> autograd.floor_divide(autograd.tensor([7, -7]), 2)
    tensor([ 3, -4])
    """
    return _div_rounded(input, other, "floor")


class Remainder(Op):
    """What a rounded quotient leaves: ``a - b * round(a / b)``."""

    __slots__ = ("mode",)
    keeps = {1: (0, 1)}

    @np.errstate(all="ignore")
    def forward(self, a: Array, b: Array, *, mode: str) -> Array:
        self.mode = mode
        return (np.remainder if mode == "floor" else np.fmod)(a, b)

    def backward(self, grad: Tensor) -> tuple[Tensor, Tensor | None]:
        if not self.needs_input_grad[1]:
            return grad, None
        a, b = self.saved
        return grad, -grad * div(a, b, rounding_mode=self.mode)


@op(lambda make: [*pairs(make), Sample(make(3, 4), -0.3), Sample(2.5, make.nonzero(3))], in_place=True)
def remainder(input: Any, other: Any) -> Tensor:
    """Return what the quotient rounded down leaves, with the sign of `other`, as Python's ``%``.

    Parameters
    ----------
    input, other : Tensor or number
        Shapes that broadcast.

    Raises
    ------
    RuntimeError
        If the shapes do not broadcast, or integers are divided by zero.

    Examples
    --------
    >>> import autograd
    >>> autograd.remainder(autograd.tensor([7, -7]), 3)
    tensor([1, 2])
    """
    result: Tensor = Remainder.apply(*_operands_of_quotient(input, other, "remainder"), mode="floor")
    return result


@op(lambda make: [*pairs(make), Sample(make(3, 4), -0.3)], in_place=True)
def fmod(input: Tensor, other: Any) -> Tensor:
    """Return what the quotient rounded towards zero leaves, with the sign of `input`.

    Parameters
    ----------
    input : Tensor
    other : Tensor or number
        Shapes that broadcast.

    Raises
    ------
    RuntimeError
        If the shapes do not broadcast, or integers are divided by zero.

    Examples
    --------
    >>> import autograd
    >>> autograd.fmod(autograd.tensor([7, -7]), 3)
    tensor([ 1, -1])
    """
    result: Tensor = Remainder.apply(*_operands_of_quotient(input, other, "fmod"), mode="trunc")
    return result
