"""Functions of one argument: one row a function, with its derivative beside it.

A derivative is written in terms of the argument, or of the value where that saves work: then the value is what is kept.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterable
from typing import Any, ClassVar

import numpy as np

from autograd.kernels.elementwise import parallel, tanh_backward
from autograd.ops.arithmetic import Mul, times
from autograd.ops.elementary import Binary, Fused, Unary
from autograd.ops.promote import cast, promote_float
from autograd.ops.registry import Maker, Sample, docstring, op
from autograd.ops.samples import unary
from autograd.tensor import Tensor

__all__ = [
    "acos",
    "acosh",
    "asin",
    "asinh",
    "atan",
    "atanh",
    "cos",
    "cosh",
    "deg2rad",
    "exp",
    "exp2",
    "expm1",
    "function",
    "inside",
    "log",
    "log1p",
    "log2",
    "log10",
    "positive",
    "rad2deg",
    "reciprocal",
    "rsqrt",
    "sin",
    "sinh",
    "sqrt",
    "square",
    "tan",
    "tanh",
]

Array = np.ndarray[Any, np.dtype[Any]]
Slope = Callable[[Tensor], Any]


class Differentiated(Unary):
    """A function of one real or complex argument, declared with its derivative.

    Attributes
    ----------
    slope : callable
        The derivative in terms of the argument, or of the value if the output is kept.
    """

    __slots__ = ()
    slope: ClassVar[Any]

    def backward(self, grad: Tensor) -> Tensor:
        result: Tensor = times(grad, self.slope(self.output if self.keeps_output else self.saved[0]))
        return result


class DifferentiatedAtOnce(Differentiated, Fused):
    """The same with a `pullback`: among real numbers the gradient is one operation."""

    __slots__ = ()

    def backward(self, grad: Tensor) -> Tensor:
        return Fused.backward(self, grad) if grad._data.dtype.kind == "f" else Differentiated.backward(self, grad)


class TanhBackward(Binary):
    """``grad * (1 - y * y)`` for the value `y` of `tanh`."""

    __slots__ = ()
    keeps = {0: (1,), 1: (0, 1)}
    compute = staticmethod(tanh_backward)

    def backward(self, grad: Tensor) -> tuple[Tensor | None, Tensor | None]:
        inner, y = self.saved
        for_inner, for_y = self.needs_input_grad
        return TanhBackward.apply(grad, y) if for_inner else None, grad * inner * y * -2 if for_y else None


def function(
    name: str,
    equation: str,
    value: Callable[[Array], Array],
    *,
    example: tuple[str, str],
    of_input: Slope | None = None,
    of_output: Slope | None = None,
    pullback: type[Binary] | None = None,
    draw: Callable[[Maker], Callable[..., Tensor]] = lambda make: make,
    in_place: bool = True,
    **registration: Any,
) -> Callable[[Tensor], Tensor]:
    """Declare and register a function of one argument.

    Parameters
    ----------
    name, equation : str
        Its public name, and what it computes.
    value : callable
        The function, of an array.
    example : pair of str
        An argument and the value there, both as they are written in a list.
    of_input, of_output : callable
        The derivative in terms of the argument or of the value: one of the two.
    pullback : Binary subclass, optional
        Makes the gradient, among real numbers, of the value's gradient and what is kept.
    draw : callable
        Takes a `Maker`, returns what draws arguments from the function's domain.
    in_place, **registration
        Keywords of `autograd.ops.registry.op`.

    Returns
    -------
    callable
        The public function.
    """
    module = sys._getframe(1).f_globals["__name__"]  # of the family that declares it, as namedtuple does
    members: dict[str, Any] = {"__slots__": (), "__module__": module, "__doc__": f"``{equation}``."}
    quiet = parallel(value) if isinstance(value, np.ufunc) else np.errstate(all="ignore")(value)
    members["compute"] = staticmethod(quiet)
    members["slope"] = staticmethod(of_input or of_output)  # type: ignore[arg-type]
    members |= {"keeps": {0: (0,)}} if of_input else {"keeps_output": True}
    if pullback is not None:
        members["pullback"] = pullback
    base = Differentiated if pullback is None else DifferentiatedAtOnce
    node: type[Unary] = type(name.rpartition(".")[2].capitalize(), (base,), members)

    apply = node.apply

    def compute(input: Tensor) -> Tensor:
        if not isinstance(input, Tensor) or input._data.dtype.kind != "f":
            input = promote_float(input, name)
        return apply(input)

    def samples(make: Maker) -> Iterable[Sample]:
        return unary(draw(make))

    compute.__module__ = module
    compute.__name__ = compute.__qualname__ = name.rpartition(".")[2]
    compute.__doc__ = docstring(
        f"Return ``{equation}``, element by element; integers are converted to the default dtype.",
        f"autograd.{name}(autograd.tensor([{example[0]}]))",
        f"tensor([{example[1]}])",
    )
    return op(samples, name=name, in_place=in_place, **registration)(compute)


def positive(make: Maker) -> Callable[..., Tensor]:
    """Draw positive values."""
    return make.positive


def inside(make: Maker) -> Callable[..., Tensor]:
    """Draw from (-0.9, 0.9)."""
    return lambda *shape: make(*shape, low=-0.9, high=0.9)


def _nonzero(make: Maker) -> Callable[..., Tensor]:
    return make.nonzero


def _above_one(make: Maker) -> Callable[..., Tensor]:
    return lambda *shape: make(*shape, low=1.2, high=3.0)


# ---- powers, exponentials and logarithms

reciprocal = function(
    "reciprocal",
    "1 / input",
    lambda x: 1 / x,
    example=("2.0, 4.0", "0.5000, 0.2500"),
    of_output=lambda y: -y * y,
    draw=_nonzero,
)
sqrt = function(
    "sqrt", "square root of input", np.sqrt, example=("4.0, 9.0", "2., 3."), of_output=lambda y: 0.5 / y, draw=positive
)
rsqrt = function(
    "rsqrt",
    "1 / sqrt(input)",
    lambda x: 1 / np.sqrt(x),
    example=("4.0, 16.0", "0.5000, 0.2500"),
    of_output=lambda y: y**3 * -0.5,
    draw=positive,
)
exp = function("exp", "e ** input", np.exp, example=("0.0, 1.0", "1.0000, 2.7183"), of_output=lambda y: y, pullback=Mul)
exp2 = function(
    "exp2", "2 ** input", np.exp2, example=("3.0, -1.0", "8.0000, 0.5000"), of_output=lambda y: y * math.log(2)
)
expm1 = function("expm1", "e ** input - 1", np.expm1, example=("0.0, 1.0", "0.0000, 1.7183"), of_output=lambda y: y + 1)
log = function(
    "log",
    "natural logarithm of input",
    np.log,
    example=("1.0, 2.0", "0.0000, 0.6931"),
    of_input=reciprocal,
    draw=positive,
)
log2 = function(
    "log2",
    "logarithm of input to base 2",
    np.log2,
    example=("3.0, 1.0", "1.5850, 0.0000"),
    of_input=lambda x: 1 / (x * math.log(2)),
    draw=positive,
)
log10 = function(
    "log10",
    "decimal logarithm of input",
    np.log10,
    example=("2.0, 4.0", "0.3010, 0.6021"),
    of_input=lambda x: 1 / (x * math.log(10)),
    draw=positive,
)
log1p = function(
    "log1p",
    "log(1 + input)",
    np.log1p,
    example=("0.0, 1.0", "0.0000, 0.6931"),
    of_input=lambda x: 1 / (x + 1),
    draw=positive,
)

# ---- trigonometric and hyperbolic functions

sin: Callable[[Tensor], Tensor] = function(
    "sin", "sine of input", np.sin, example=("0.0, 1.0", "0.0000, 0.8415"), of_input=lambda x: cos(x)
)
cos: Callable[[Tensor], Tensor] = function(
    "cos", "cosine of input", np.cos, example=("0.0, 1.0", "1.0000, 0.5403"), of_input=lambda x: -sin(x)
)
tan = function("tan", "tangent of input", np.tan, example=("0.0, 1.0", "0.0000, 1.5574"), of_output=lambda y: y * y + 1)
sinh: Callable[[Tensor], Tensor] = function(
    "sinh", "hyperbolic sine of input", np.sinh, example=("0.0, 1.0", "0.0000, 1.1752"), of_input=lambda x: cosh(x)
)
cosh: Callable[[Tensor], Tensor] = function(
    "cosh", "hyperbolic cosine of input", np.cosh, example=("0.0, 1.0", "1.0000, 1.5431"), of_input=lambda x: sinh(x)
)
tanh = function(
    "tanh",
    "hyperbolic tangent of input",
    np.tanh,
    example=("0.0, 1.0", "0.0000, 0.7616"),
    of_output=lambda y: 1 - y * y,
    pullback=TanhBackward,
)
asin = function(
    "asin",
    "inverse sine of input",
    np.arcsin,
    example=("0.0, 1.0", "0.0000, 1.5708"),
    of_input=lambda x: rsqrt(1 - x * x),
    draw=inside,
    aliases=("arcsin",),
)
acos = function(
    "acos",
    "inverse cosine of input",
    np.arccos,
    example=("1.0, 0.0", "0.0000, 1.5708"),
    of_input=lambda x: -rsqrt(1 - x * x),
    draw=inside,
    aliases=("arccos",),
)
atan = function(
    "atan",
    "inverse tangent of input",
    np.arctan,
    example=("0.0, 1.0", "0.0000, 0.7854"),
    of_input=lambda x: 1 / (x * x + 1),
    aliases=("arctan",),
)
asinh = function(
    "asinh",
    "inverse hyperbolic sine",
    np.arcsinh,
    example=("0.0, 1.0", "0.0000, 0.8814"),
    of_input=lambda x: rsqrt(x * x + 1),
    aliases=("arcsinh",),
)
acosh = function(
    "acosh",
    "inverse hyperbolic cosine",
    np.arccosh,
    example=("1.0, 2.0", "0.0000, 1.3170"),
    of_input=lambda x: rsqrt(x * x - 1),
    draw=_above_one,
    aliases=("arccosh",),
)
atanh = function(
    "atanh",
    "inverse hyperbolic tangent",
    np.arctanh,
    example=("0.0, 0.5", "0.0000, 0.5493"),
    of_input=lambda x: 1 / (1 - x * x),
    draw=inside,
    aliases=("arctanh",),
)
deg2rad = function(
    "deg2rad",
    "input * pi / 180",
    np.deg2rad,
    example=("0.0, 180.0", "0.0000, 3.1416"),
    of_input=lambda x: math.pi / 180,
)
rad2deg = function(
    "rad2deg",
    "input * 180 / pi",
    np.rad2deg,
    example=("0.5, 1.0", "28.6479, 57.2958"),
    of_input=lambda x: 180 / math.pi,
)


@op(lambda make: unary(make), in_place=True)
def square(input: Tensor) -> Tensor:
    """Return ``input * input``.

    Examples
    --------
    >>> import autograd
    >>> autograd.square(autograd.tensor([-3, 4]))
    tensor([ 9, 16])
    """
    return input * input if input._data.dtype.kind != "b" else cast(input, np.dtype(np.int64))
