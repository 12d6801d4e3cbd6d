"""Elementary functions of two arguments: powers, angles and sums of exponentials."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd.errors import describe
from autograd.operation import Op
from autograd.ops.arguments import require_floating, require_tensors
from autograd.ops.arithmetic import times
from autograd.ops.promote import as_tensor_operand, cast, promote, promote_float
from autograd.ops.registry import Sample, op
from autograd.ops.samples import pairs, tensor_pairs
from autograd.ops.select import where
from autograd.ops.transcend import exp, exp2, log
from autograd.tensor import Tensor

__all__ = ["atan2", "float_operands", "float_power", "hypot", "logaddexp", "logaddexp2", "pow"]

Array = np.ndarray[Any, np.dtype[Any]]


class Pow(Op):
    """``a ** b``."""

    __slots__ = ()
    keeps = {0: (0, 1), 1: (0, 1)}
    keeps_output = True

    @np.errstate(all="ignore")
    def forward(self, a: Any, b: Any) -> Array:
        if b.__class__ is int and b == 3:
            return a * a * a  # type: ignore[no-any-return]
        if getattr(b, "dtype", np.dtype(float)).kind == "i" and np.any(np.less(b, 0)):
            # Integers: one over a power of 1 or -1 is whole, any other is cut to 0.
            powers = np.where(np.abs(a) == 1, a ** (b & 1), 0)
            return np.where(b < 0, powers, a ** np.maximum(b, 0))
        return a**b  # type: ignore[no-any-return]

    def backward(self, grad: Tensor) -> tuple[Tensor | None, Tensor | None]:
        a, b = self.saved
        for_a = for_b = None
        if self.needs_input_grad[0]:
            if isinstance(b, Tensor):
                # The power rule at exponent 0 is 0, also where a ** -1 is not finite.
                flat = b == 0
                for_a = times(grad, where(flat, 0, b * a ** where(flat, 1, b - 1)))
            elif b == 2:
                for_a = times(grad, a * 2)
            else:
                for_a = times(grad, b * a ** (b - 1)) if b != 0 else grad * 0
        if self.needs_input_grad[1]:
            base = a if isinstance(a, Tensor) else Tensor(np.asarray(a, grad._data.dtype), None)
            # 0 ** b is flat in b for b >= 0, where log(0) would give nan.
            flat = (base == 0) & (b >= 0)
            for_b = times(grad, where(flat, 0, self.output * log(where(flat, 1, base))))
        return for_a, for_b


@op(
    lambda make: [
        *pairs(make),
        Sample(make(3, 2), 2),
        Sample(make(3, 2), 3),
        Sample(make(3), 0),
        Sample(make.positive(3), -1.5),
        Sample(make.positive(3), 0.5),
        Sample(2.5, make(3)),
    ],
    in_place=True,
)
def pow(input: Any, exponent: Any) -> Tensor:
    """Return ``input ** exponent``.

    Parameters
    ----------
    input, exponent : Tensor or number
        Shapes that broadcast.

    Raises
    ------
    RuntimeError
        If integers are raised to a negative integer, or the shapes do not broadcast.

    Examples
    --------
    >>> import autograd
    >>> autograd.pow(autograd.tensor([1, 2, 3]), 2)
    tensor([1, 4, 9])
    """
    a, b = promote(input, exponent, "pow")
    if (
        isinstance(a, Tensor)
        and a._data.dtype.kind in "iu"
        and not isinstance(exponent, Tensor)
        and np.any(np.less(b._data, 0))
    ):
        raise RuntimeError(
            describe("Integers to negative integer powers are not allowed.", op="pow", fix="use x.float()")
        )
    result: Tensor = Pow.apply(a, b)
    return result


@op(lambda make: [*pairs(make), Sample(make.positive(3), 2), Sample(2, make(3))], in_place=True)
def float_power(input: Any, exponent: Any) -> Tensor:
    """Return ``input ** exponent``, computed in double precision.

    Parameters
    ----------
    input, exponent : Tensor or number
        Shapes that broadcast.

    Returns
    -------
    Tensor of float64, or of complex128 if an operand is complex

    Examples
    --------
    >>> import autograd
    >>> autograd.float_power(autograd.tensor([1, 2, 4]), -1)
    tensor([1.0000, 0.5000, 0.2500], dtype=autograd.float64)
    """
    given = [x if isinstance(x, float) else as_tensor_operand(x, "float_power") for x in (input, exponent)]
    kinds = {x._data.dtype.kind for x in given if isinstance(x, Tensor)}
    double = np.dtype(np.complex128 if "c" in kinds else np.float64)
    # A number keeps the precision it has.
    a, b = [cast(x, double) if isinstance(x, Tensor) else Tensor(np.asarray(x, double), None) for x in given]
    return pow(a, b)


def float_operands(input: Any, other: Any, name: str) -> tuple[Tensor, Tensor]:
    """Return two operands, of which one may be a number, as tensors of one floating-point dtype."""
    a, b = promote(input, other, name)
    kind = (a if isinstance(a, Tensor) else b)._data.dtype
    a, b = as_tensor_operand(a, name), as_tensor_operand(b, name)
    return (cast(a, kind), cast(b, kind)) if kind.kind in "fc" else (promote_float(a, name), promote_float(b, name))


class Atan2(Op):
    """Angle of the point with coordinates ``(b, a)``."""

    __slots__ = ()
    keeps_all = True

    def forward(self, a: Array, b: Array) -> Array:
        return np.arctan2(a, b)

    def backward(self, grad: Tensor) -> tuple[Tensor | None, Tensor | None]:
        a, b = self.saved
        square = a * a + b * b
        # The angle at the origin is taken to be flat.
        scaled = grad / where(square == 0, 1, square)
        for_a, for_b = self.needs_input_grad
        return scaled * b if for_a else None, scaled * -a if for_b else None


@op(lambda make: [*tensor_pairs(make), Sample(make.nonzero(4), make.nonzero(4))], in_place=True, aliases=("arctan2",))
def atan2(input: Tensor, other: Tensor) -> Tensor:
    """Return the angle of the points with ordinate `input` and abscissa `other`, in (-pi, pi].

    Parameters
    ----------
    input, other : Tensor
        Shapes that broadcast.

    Examples
    --------
    >>> import autograd
    >>> autograd.atan2(autograd.tensor([0.0, 1.0]), autograd.tensor([1.0, 0.0]))
    tensor([0.0000, 1.5708])
    """
    require_tensors("atan2", input=input, other=other)
    result: Tensor = Atan2.apply(*float_operands(input, other, "atan2"))
    return result


def _floating(input: Tensor, other: Tensor, name: str) -> tuple[Any, Any]:
    """Promote two tensors, refusing integers.

    Raises
    ------
    NotImplementedError
        If neither holds floating-point numbers.
    """
    a, b = promote(input, other, name)
    require_floating(f"{name}_cpu", a)
    return a, b


class Hypot(Op):
    """``sqrt(a * a + b * b)`` without overflow."""

    __slots__ = ()
    keeps_all = True
    keeps_output = True

    @np.errstate(all="ignore")
    def forward(self, a: Array, b: Array) -> Array:
        return np.hypot(a, b) if a.dtype.kind == "f" else np.sqrt(a * a + b * b)

    def backward(self, grad: Tensor) -> tuple[Tensor | None, Tensor | None]:
        a, b = self.saved
        scaled = grad / self.output
        for_a, for_b = self.needs_input_grad
        return scaled * a if for_a else None, scaled * b if for_b else None


@op(tensor_pairs, in_place=True)
def hypot(input: Tensor, other: Tensor) -> Tensor:
    """Return ``sqrt(input ** 2 + other ** 2)``, the length of the hypotenuse.

    Parameters
    ----------
    input, other : Tensor
        Shapes that broadcast.

    Examples
    --------
    >>> import autograd
    >>> autograd.hypot(autograd.tensor([3.0]), autograd.tensor([4.0]))
    tensor([5.])
    """
    require_tensors("hypot", input=input, other=other)
    result: Tensor = Hypot.apply(*_floating(input, other, "hypot"))
    return result


class LogAddExp(Op):
    """``log(exp(a) + exp(b))``, or the same to base 2."""

    __slots__ = ("base",)
    keeps_all = True
    keeps_output = True

    @np.errstate(all="ignore")
    def forward(self, a: Array, b: Array, *, base: float) -> Array:
        self.base = base
        if a.dtype.kind == "c":
            largest = np.maximum(a, b)
            powers = [np.exp((x - largest) * math.log(base)) for x in (a, b)]
            return np.asarray(largest + np.log(powers[0] + powers[1]) / math.log(base))
        return (np.logaddexp2 if base == 2 else np.logaddexp)(a, b)

    def backward(self, grad: Tensor) -> tuple[Tensor | None, Tensor | None]:
        power = exp2 if self.base == 2 else exp
        total = self.output

        def share(x: Tensor) -> Tensor:
            # Where x is the whole sum, x - total may be inf - inf.
            return grad * power(where(x == total, x * 0, x - total))

        a, b = self.saved
        for_a, for_b = self.needs_input_grad
        return share(a) if for_a else None, share(b) if for_b else None


@op(tensor_pairs)
def logaddexp(input: Tensor, other: Tensor) -> Tensor:
    """Return ``log(exp(input) + exp(other))`` without overflow.

    Parameters
    ----------
    input, other : Tensor
        Shapes that broadcast.

    Examples
    --------
    >>> import autograd
    >>> autograd.logaddexp(autograd.tensor([1000.0]), autograd.tensor([0.0]))
    tensor([1000.])
    """
    require_tensors("logaddexp", input=input, other=other)
    result: Tensor = LogAddExp.apply(*_floating(input, other, "logaddexp"), base=math.e)
    return result


@op(tensor_pairs)
def logaddexp2(input: Tensor, other: Tensor) -> Tensor:
    """Return ``log2(2 ** input + 2 ** other)`` without overflow.

    Parameters
    ----------
    input, other : Tensor
        Shapes that broadcast.

    Examples
    --------
    >>> import autograd
    >>> autograd.logaddexp2(autograd.tensor([3.0]), autograd.tensor([3.0]))
    tensor([4.])
    """
    require_tensors("logaddexp2", input=input, other=other)
    result: Tensor = LogAddExp.apply(*_floating(input, other, "logaddexp2"), base=2)
    return result
