"""Arithmetic, comparisons, functions of one argument, activations."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from nn.onnx.aligning import Tracked
from nn.onnx.graph import Graph
from nn.onnx.table import renamed, translates

renamed(Add="Add", Sub="Sub", Mul="Mul", Div="Div", Pow="Pow", Neg="Neg", Abs="Abs", Reciprocal="Reciprocal")
renamed(Exp="Exp", Log="Log", Sqrt="Sqrt", Sin="Sin", Cos="Cos", Tan="Tan", Asin="Asin", Acos="Acos", Atan="Atan")
renamed(Sinh="Sinh", Cosh="Cosh", Tanh="Tanh", Asinh="Asinh", Acosh="Acosh", Atanh="Atanh", Erf="Erf")
renamed(Relu="Relu", Sigmoid="Sigmoid", Det="Det")

COMPARISONS = {
    "eq": "Equal",
    "lt": "Less",
    "le": "LessOrEqual",
    "gt": "Greater",
    "ge": "GreaterOrEqual",
    "equal": "Equal",
    "isnan": "IsNaN",
    "isinf": "IsInf",
}
CONNECTIVES = {"logical_and": "And", "logical_or": "Or", "logical_xor": "Xor", "logical_not": "Not"}
BITS = {"invert": "Not", "bitwise_and": "And", "bitwise_or": "Or", "bitwise_xor": "Xor", "and_": "And", "or_": "Or"}


@translates("Pointwise")
def pointwise(g: Graph, *inputs: Any, by: Any) -> str:
    """Comparisons and logic."""
    name = getattr(by, "__name__", "")
    peer = next(x for x in inputs if isinstance(x, Tracked))
    given = [x if isinstance(x, Tracked) else g.number(x, peer) for x in inputs]
    if name == "ne":
        return str(g.add("Not", g.add("Equal", *given)))
    if name in ("isnan", "isinf") and peer.dtype.kind != "f":
        raise g.unsupported(f"{name} takes floating-point numbers", "convert them first")
    if name in COMPARISONS:
        return str(g.add(COMPARISONS[name], *given))
    if name in CONNECTIVES:
        return str(g.add(CONNECTIVES[name], *(x if x.dtype == bool else g.cast(x, bool) for x in given)))
    if name == "isfinite":
        return str(g.add("Not", g.add("Or", g.add("IsNaN", *given), g.add("IsInf", *given))))
    if name in BITS and peer.dtype == bool:
        return str(g.add(BITS[name], *given))
    if name in BITS and g.opset >= 18:
        return str(g.add(f"Bitwise{BITS[name]}", *given))
    raise g.unsupported(f"the function {name!r} of logic has no translation")


@translates("Constant")
def rounded(g: Graph, x: Tracked, *, by: Any) -> str:
    """Rounding and sign."""
    name = getattr(by, "__name__", "")
    known = {"floor": "Floor", "ceil": "Ceil", "_sign": "Sign"}
    if name in known:
        return str(g.add(known[name], x))
    if name == "trunc":
        return str(g.add("Mul", g.add("Sign", x), g.add("Floor", g.add("Abs", x))))
    raise g.unsupported(f"the rounding {name!r} has no translation")


@translates("round", when=lambda decimals, **_: decimals == 0)
def nearest(g: Graph, *, input: Tracked, decimals: int) -> str:
    """Round to whole numbers, halves to even."""
    return str(g.add("Round", input))


@translates("DivRounded")
def div_rounded(g: Graph, a: Any, b: Any, *, mode: str) -> str:
    """Quotients rounded down or towards zero."""
    peer = a if isinstance(a, Tracked) else b
    if peer.dtype.kind != "f":
        raise g.unsupported("rounded quotients of integers have no translation", "convert to floating point first")
    a, b = (x if isinstance(x, Tracked) else g.number(x, peer) for x in (a, b))
    quotient = g.add("Div", a, b)
    if mode == "floor":
        return str(g.add("Floor", quotient))
    return str(g.add("Mul", g.add("Sign", quotient), g.add("Floor", g.add("Abs", quotient))))


@translates("Remainder")
def remainder(g: Graph, a: Any, b: Any, *, mode: str) -> str:
    """What is left of a quotient."""
    peer = a if isinstance(a, Tracked) else b
    a, b = (x if isinstance(x, Tracked) else g.number(x, peer) for x in (a, b))
    if mode == "trunc":
        return str(g.add("Mod", a, b, fmod=1))
    if peer.dtype.kind == "f":
        return str(g.add("Sub", a, g.add("Mul", b, g.add("Floor", g.add("Div", a, b)))))
    return str(g.add("Mod", a, b))


def _scaled(operator: str, factor: float, *, before: bool) -> Any:
    """Translate a function as another one, of or times a number."""

    def translation(g: Graph, x: Tracked) -> str:
        number = g.number(factor, x)
        return str(g.add(operator, g.add("Mul", x, number)) if before else g.add("Mul", g.add(operator, x), number))

    return translation


translates("Exp2")(_scaled("Exp", math.log(2), before=True))
translates("Log2")(_scaled("Log", 1 / math.log(2), before=False))
translates("Log10")(_scaled("Log", 1 / math.log(10), before=False))
translates("Deg2rad")(_scaled("Identity", math.pi / 180, before=True))
translates("Rad2deg")(_scaled("Identity", 180 / math.pi, before=True))


@translates("Rsqrt")
def rsqrt(g: Graph, x: Tracked) -> str:
    """``1 / sqrt(x)``."""
    return str(g.add("Reciprocal", g.add("Sqrt", x)))


@translates("Expm1")
def expm1(g: Graph, x: Tracked) -> str:
    """``exp(x) - 1``."""
    return str(g.add("Sub", g.add("Exp", x), g.number(1, x)))


@translates("Log1p")
def log1p(g: Graph, x: Tracked) -> str:
    """``log(1 + x)``."""
    return str(g.add("Log", g.add("Add", x, g.number(1, x))))


@translates("Ndtr")
def ndtr(g: Graph, x: Tracked) -> str:
    """The normal distribution function."""
    error = g.add("Erf", g.add("Mul", x, g.number(math.sqrt(0.5), x)))
    return str(g.add("Mul", g.add("Add", error, g.number(1, x)), g.number(0.5, x)))


@translates("Erfc")
def erfc(g: Graph, x: Tracked) -> str:
    """``1 - erf(x)``."""
    return str(g.add("Sub", g.number(1, x), g.add("Erf", x)))


@translates("Hypot")
def hypot(g: Graph, a: Tracked, b: Tracked) -> str:
    """``sqrt(a^2 + b^2)``."""
    return str(g.add("Sqrt", g.add("Add", g.add("Mul", a, a), g.add("Mul", b, b))))


@translates("LogAddExp")
def logaddexp(g: Graph, a: Tracked, b: Tracked, *, base: float) -> str:
    """``max(a, b) + log(1 + exp(-|a - b|))``."""
    if base == 2:
        raise g.unsupported("only the natural logarithm is translated")
    apart = g.add("Neg", g.add("Abs", g.add("Sub", a, b)))
    return str(g.add("Add", g.add("Max", a, b), g.add("Softplus", apart)))


@translates("Where")
def where(g: Graph, condition: Tracked, a: Any, b: Any) -> str:
    """Choice by a condition."""
    kind = g.outputs[0]
    chosen = [x if isinstance(x, Tracked) else g.number(x, kind) for x in (a, b)]
    return str(g.add("Where", condition if condition.dtype == bool else g.cast(condition, bool), *chosen))


@translates("Extreme")
def extreme(g: Graph, a: Any, b: Any, *, by: np.ufunc) -> str:
    """The larger or the smaller."""
    if by.__name__ not in ("maximum", "minimum"):
        raise g.unsupported(f"{by.__name__} differs from what ONNX has where there is NaN", "use maximum or minimum")
    peer = a if isinstance(a, Tracked) else b
    given = (x if isinstance(x, Tracked) else g.number(x, peer) for x in (a, b))
    return str(g.add("Max" if by.__name__ == "maximum" else "Min", *given))


@translates("Clamp")
def clamp(g: Graph, x: Tracked, low: Any, high: Any) -> str:
    """A closed interval, of numbers or by element."""
    if not any(isinstance(bound, Tracked) and bound.ndim for bound in (low, high)):
        bounds = (b if b is None or isinstance(b, Tracked) else g.number(b, x) for b in (low, high))
        return str(g.add("Clip", x, *bounds))
    out: Any = x
    for operator, bound in (("Max", low), ("Min", high)):
        if bound is not None:
            out = g.add(operator, out, bound if isinstance(bound, Tracked) else g.number(bound, x))
    return str(out)


@translates("Hardtanh")
def hardtanh(g: Graph, x: Tracked, *, low: Any, high: Any) -> str:
    """A closed interval."""
    return str(g.add("Clip", x, g.number(low, x), g.number(high, x)))


@translates("cast", "Cast")
def cast(g: Graph, x: Any = None, *, input: Any = None, dtype: Any) -> str:
    """Another element type."""
    return g.cast(x if input is None else input, dtype)


@translates("Clone", "Overwrite")
def identity(g: Graph, *inputs: Any, **_: Any) -> str:
    """A copy."""
    return g.name(inputs[-1])


# ---- activations


@translates("LeakyRelu")
def leaky_relu(g: Graph, x: Tracked, *, slope: float) -> str:
    """Rectifier with a slope."""
    return str(g.add("LeakyRelu", x, alpha=float(slope)))


@translates("prelu")
def prelu(g: Graph, *, input: Tracked, weight: Tracked) -> str:
    """Rectifier with a slope by channel."""
    axes = list(range(1, input.ndim - 1))
    slope: Any = weight if weight.array.size == 1 or not axes else g.add("Unsqueeze", weight, axes)
    return str(g.add("PRelu", input, slope))


@translates("Elu")
def elu(g: Graph, x: Tracked, *, alpha: float, scale: float, inner: float) -> str:
    """Exponential units: ELU, SELU and CELU."""
    if inner == 1:
        return str(g.add("Elu", x, alpha=float(alpha)) if scale == 1 else g.add("Selu", x, alpha=alpha, gamma=scale))
    if scale == 1 and math.isclose(alpha * inner, 1) and x.dtype == np.float32:
        return str(g.add("Celu", x, alpha=float(alpha)))
    low = g.add("Mul", g.add("Min", x, g.number(0, x)), g.number(inner, x))
    negative = g.add("Mul", g.add("Sub", g.add("Exp", low), g.number(1, x)), g.number(alpha, x))
    positive = g.add("Max", x, g.number(0, x))
    return str(g.add("Mul", g.add("Add", positive, negative), g.number(scale, x)))


@translates("Softplus")
def softplus(g: Graph, x: Tracked, *, beta: float, threshold: float) -> str:
    """``log(1 + exp(beta x)) / beta``."""
    inner = x if beta == 1 else g.add("Mul", x, g.number(beta, x))
    out = g.add("Softplus", inner)
    out = out if beta == 1 else g.add("Div", out, g.number(beta, x))
    # Above 20 the two differ by less than single precision can tell.
    return str(out if threshold >= 20 else g.add("Where", g.add("Greater", inner, g.number(threshold, x)), x, out))


@translates("LogSigmoid")
def logsigmoid(g: Graph, x: Tracked) -> str:
    """``-log(1 + exp(-x))``."""
    return str(g.add("Neg", g.add("Softplus", g.add("Neg", x))))


@translates("Softmax", "LogSoftmax")
def softmax(g: Graph, x: Tracked, *, axis: int) -> str:
    """Along an axis."""
    g.require_axes(x)
    return str(g.add(g.call, x, axis=axis))


@translates("softsign")
def softsign(g: Graph, *, input: Tracked) -> str:
    """``x / (1 + |x|)``."""
    return str(g.add("Softsign", input))


@translates("hardsigmoid")
def hardsigmoid(g: Graph, *, input: Tracked) -> str:
    """``min(max(x + 3, 0), 6) / 6``."""
    return str(g.add("HardSigmoid", input, alpha=1 / 6, beta=0.5))


@translates("hardswish")
def hardswish(g: Graph, *, input: Tracked) -> str:
    """``x * hardsigmoid(x)``."""
    if g.opset >= 14:
        return str(g.add("HardSwish", input))
    return str(g.add("Mul", input, hardsigmoid(g, input=input)))


@translates("mish")
def mish(g: Graph, *, input: Tracked) -> str:
    """``x * tanh(softplus(x))``."""
    if g.opset >= 18:
        return str(g.add("Mish", input))
    return str(g.add("Mul", input, g.add("Tanh", g.add("Softplus", input))))


@translates("gelu")
def gelu(g: Graph, *, input: Tracked, approximate: str) -> str:
    """``x * Phi(x)``."""
    if g.opset >= 20:
        return str(g.add("Gelu", input, approximate=approximate))
    if approximate == "none":
        return str(g.add("Mul", input, ndtr(g, input)))
    cube = g.add("Mul", g.add("Mul", g.add("Mul", input, input), input), g.number(0.044715, input))
    inner = g.add("Mul", g.add("Add", input, cube), g.number(math.sqrt(2 / math.pi), input))
    half = g.add("Mul", input, g.number(0.5, input))
    return str(g.add("Mul", half, g.add("Add", g.add("Tanh", inner), g.number(1, input))))


@translates("softshrink", "hardshrink")
def shrink(g: Graph, *, input: Tracked, lambd: float) -> str:
    """Zero near zero; the soft form also moves the rest."""
    return str(g.add("Shrink", input, lambd=float(lambd), bias=float(lambd) if g.call == "softshrink" else 0.0))
