"""Arithmetic on one or two tensors, element by element, with broadcasting.

The engine sums a gradient over the axes that broadcasting added, so no backward here has to.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from autograd.errors import describe
from autograd.ops.elementary import Binary, Unary
from autograd.node import Op
from autograd.ops.promote import promote, promote_float
from autograd.ops.registry import Maker, Sample, op
from autograd.tensor import Tensor

__all__ = ["add", "div", "exp", "log", "mul", "neg", "pow", "sqrt", "sub"]

Array = np.ndarray[Any, np.dtype[Any]]


def _pairs(make: Maker) -> Iterator[Sample]:
    """Samples of a binary operation: equal shapes, broadcasting both ways, a number, 0-d, empty."""
    yield Sample(make.positive(3, 4), make.positive(3, 4))
    yield Sample(make.positive(2, 1, 4), make.positive(3, 1))
    yield Sample(make.positive(3), 1.5)
    yield Sample(make.positive(), make.positive(2))
    yield Sample(make.positive(0, 3), make.positive(3))


def _unary(make: Maker) -> Iterator[Sample]:
    """Samples of a function of one positive argument: ordinary, 0-d, empty."""
    yield Sample(make.positive(3, 4))
    yield Sample(make.positive())
    yield Sample(make.positive(0, 2))


class Add(Binary):
    """``a + b``."""

    __slots__ = ()

    @staticmethod
    def forward(a: Array, b: Array) -> Array:  # type: ignore[override]
        return a + b

    def backward(self, grad: Tensor) -> tuple[Tensor, Tensor]:
        return grad, grad


@op(lambda make: [*_pairs(make), Sample(make(2, 3), make(3), alpha=2.5)], in_place=True)
def add(input: Any, other: Any, *, alpha: float = 1) -> Tensor:
    """Return ``input + alpha * other``.

    Parameters
    ----------
    input, other : Tensor or number
        Shapes that broadcast.
    alpha : number
        Multiplies `other`.

    Examples
    --------
    >>> import autograd
    >>> autograd.add(autograd.tensor([1.0, 2.0]), 1, alpha=10)
    tensor([11., 12.])
    """
    if alpha != 1:
        other = mul(other, alpha) if isinstance(other, Tensor) else other * alpha
    return Add.apply(input, other)


class Sub(Binary):
    """``a - b``."""

    __slots__ = ()

    @staticmethod
    def forward(a: Array, b: Array) -> Array:  # type: ignore[override]
        return a - b

    def backward(self, grad: Tensor) -> tuple[Tensor, Tensor | None]:
        return grad, -grad if self.needs_input_grad[1] else None


@op(lambda make: [*_pairs(make), Sample(make(2, 3), make(3), alpha=2.5)], in_place=True)
def sub(input: Any, other: Any, *, alpha: float = 1) -> Tensor:
    """Return ``input - alpha * other``.

    Raises
    ------
    RuntimeError
        If both are boolean tensors.
    """
    if alpha != 1:
        other = mul(other, alpha) if isinstance(other, Tensor) else other * alpha
    a, b = promote(input, other, "sub")
    if isinstance(a, Tensor) and a._data.dtype.kind == "b":
        raise RuntimeError(
            describe(
                "Subtraction, the `-` operator, with two bool tensors is not supported. Use the `^` or `logical_xor()` "
                "operator instead."
            )
        )
    result: Tensor = Sub.apply(a, b)
    return result


class Mul(Binary):
    """``a * b``."""

    __slots__ = ()
    keeps = {0: (1,), 1: (0,)}

    @staticmethod
    def forward(a: Array, b: Array) -> Array:  # type: ignore[override]
        return a * b

    def backward(self, grad: Tensor) -> tuple[Tensor | None, Tensor | None]:
        a, b = self.saved
        for_a, for_b = self.needs_input_grad
        if grad._data.dtype.kind == "c":
            a, b = _conjugate(a), _conjugate(b)
        return grad * b if for_a else None, grad * a if for_b else None


def _conjugate(factor: Any) -> Any:
    return factor.conj() if isinstance(factor, Tensor) else factor.conjugate() if factor is not None else None


@op(_pairs, in_place=True)
def mul(input: Any, other: Any) -> Tensor:
    """Return ``input * other``."""
    return Mul.apply(input, other)


class Div(Op):
    """``a / b``."""

    __slots__ = ()
    keeps = {0: (1,), 1: (0, 1)}

    def forward(self, a: Array, b: Array) -> Array:
        with np.errstate(divide="ignore", invalid="ignore"):
            return a / b  # type: ignore[no-any-return]

    def backward(self, grad: Tensor) -> tuple[Tensor, Tensor | None]:
        a, b = self.saved
        if isinstance(b, Tensor) and b._data.dtype.kind == "c":
            a, b = a if a is None else a.conj(), b.conj()
        for_a = grad / b
        return for_a, -for_a * (a / b) if self.needs_input_grad[1] else None


@op(
    lambda make: [
        *_pairs(make),
        Sample(make(3, 4), make.nonzero(4), rounding_mode="floor"),
        Sample(make(3, 4), make.nonzero(4), rounding_mode="trunc"),
    ],
    in_place=True,
)
def div(input: Any, other: Any, *, rounding_mode: str | None = None) -> Tensor:
    """Return ``input / other``; with a rounding mode, the rounded quotient, whose gradient is zero.

    Parameters
    ----------
    input, other : Tensor or number
        Shapes that broadcast. Integers give the default floating-point dtype, unless rounded.
    rounding_mode : {None, 'trunc', 'floor'}
    """
    if rounding_mode is not None:
        return _div_rounded(input, other, rounding_mode)
    a, b = promote(input, other, "div")
    if isinstance(a, Tensor) and a._data.dtype.kind in "biu":
        a = promote_float(a, "div")
        b = promote_float(b, "div")
    elif isinstance(b, Tensor) and b._data.dtype.kind in "biu":
        b = promote_float(b, "div")
    result: Tensor = Div.apply(a, b)
    return result


class DivRounded(Op):
    """The quotient rounded down or towards zero; its gradient is zero."""

    __slots__ = ()

    def forward(self, a: Array, b: Array, *, mode: str) -> Array:
        with np.errstate(divide="ignore", invalid="ignore"):
            if mode == "floor":
                return np.floor_divide(a, b)
            if np.result_type(a, b).kind in "fc":
                return np.trunc(a / b)
            return (np.sign(a) * np.sign(b) * (np.abs(a) // np.abs(b))).astype(np.result_type(a, b))

    def backward(self, grad: Tensor) -> tuple[Tensor, Tensor]:
        nothing = grad * 0
        return nothing, nothing


def _div_rounded(input: Any, other: Any, mode: str) -> Tensor:
    if mode not in ("floor", "trunc"):
        raise RuntimeError(
            describe(f"div expected rounding_mode to be one of None, 'trunc', or 'floor' but found '{mode}'", op="div")
        )
    a, b = promote(input, other, "div")
    divisor = b._data if isinstance(b, Tensor) else np.asarray(b)
    if divisor.dtype.kind in "biu" and a._data.dtype.kind in "biu" and not np.all(divisor):
        raise RuntimeError(describe("ZeroDivisionError", op="div", rule="integers cannot be divided by zero"))
    result: Tensor = DivRounded.apply(a, b, mode=mode)
    return result


class Neg(Unary):
    """``-a``."""

    __slots__ = ()

    @staticmethod
    def forward(a: Array) -> Array:  # type: ignore[override]
        return -a  # type: ignore[no-any-return]

    def backward(self, grad: Tensor) -> Tensor:
        return -grad


@op(_unary, in_place=True)
def neg(input: Tensor) -> Tensor:
    """Return ``-input``.

    Raises
    ------
    RuntimeError
        If `input` is boolean.
    """
    if input._data.dtype.kind == "b":
        raise RuntimeError(
            describe(
                "Negation, the `-` operator, on a bool tensor is not supported. If you are trying to invert a mask, use "
                "the `~` or `logical_not()` operator instead."
            )
        )
    result: Tensor = Neg.apply(input)
    return result


class Pow(Op):
    """``a ** b``."""

    __slots__ = ()
    keeps = {0: (0, 1), 1: (0, 1)}
    keeps_output = True

    def forward(self, a: Array, b: Array) -> Array:
        with np.errstate(divide="ignore", invalid="ignore"):
            return a**b  # type: ignore[no-any-return]

    def backward(self, grad: Tensor) -> tuple[Tensor | None, Tensor | None]:
        from autograd.ops.select import where  # selection stands on arithmetic

        a, b = self.saved
        for_a = for_b = None
        if self.needs_input_grad[0]:
            if not isinstance(b, Tensor):
                # The power rule at exponent 0 is 0, also where a ** -1 is not finite.
                for_a = grad * 0 if b == 0 else grad * (b * a ** (b - 1)) if b != 2 else grad * (a * 2)
            else:
                for_a = grad * where(b == 0, 0.0, b * a ** (b - 1))
        if self.needs_input_grad[1]:
            base = a if isinstance(a, Tensor) else Tensor(np.asarray(a, grad._data.dtype))
            # 0 ** b is flat in b for b >= 0, where log(0) would give nan.
            for_b = grad * where((base == 0) & (b >= 0), 0.0, self.output * base.log())
        return for_a, for_b


@op(
    lambda make: [
        *_pairs(make),
        Sample(make(3, 2), 2),
        Sample(make(3, 2), 3),
        Sample(make(3), 0),
        Sample(make.positive(3), -1.5),
        Sample(2.5, make(3)),
    ],
    in_place=True,
)
def pow(input: Any, exponent: Any) -> Tensor:
    """Return ``input ** exponent``.

    Raises
    ------
    RuntimeError
        If integers are raised to a negative integer.
    """
    a, b = promote(input, exponent, "pow")
    if isinstance(a, Tensor) and a._data.dtype.kind in "iu" and np.any((b._data if isinstance(b, Tensor) else b) < 0):
        raise RuntimeError(describe("Integers to negative integer powers are not allowed.", op="pow", fix="use x.float()"))
    result: Tensor = Pow.apply(a, b)
    return result


class Exp(Op):
    """``e ** a``; the output is its own derivative."""

    __slots__ = ()
    keeps_output = True

    def forward(self, a: Array) -> Array:
        with np.errstate(over="ignore"):
            return np.exp(a)

    def backward(self, grad: Tensor) -> Tensor:
        return grad * self.output


@op(_unary, in_place=True)
def exp(input: Tensor) -> Tensor:
    """Return ``e ** input``."""
    result: Tensor = Exp.apply(promote_float(input, "exp"))
    return result


class Log(Op):
    """Natural logarithm."""

    __slots__ = ()
    keeps = {0: (0,)}

    def forward(self, a: Array) -> Array:
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.log(a)

    def backward(self, grad: Tensor) -> Tensor:
        (a,) = self.saved
        return grad / a


@op(_unary, in_place=True)
def log(input: Tensor) -> Tensor:
    """Return the natural logarithm of `input`."""
    result: Tensor = Log.apply(promote_float(input, "log"))
    return result


class Sqrt(Op):
    """Square root."""

    __slots__ = ()
    keeps_output = True

    def forward(self, a: Array) -> Array:
        with np.errstate(invalid="ignore"):
            return np.sqrt(a)

    def backward(self, grad: Tensor) -> Tensor:
        return grad / (self.output * 2)


@op(_unary, in_place=True)
def sqrt(input: Tensor) -> Tensor:
    """Return the square root of `input`."""
    result: Tensor = Sqrt.apply(promote_float(input, "sqrt"))
    return result
