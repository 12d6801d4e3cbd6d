"""Arithmetic, elementary and special functions, comparisons: one element at a time."""

import math

import numpy as np

# Asymptotic series of digamma: B_2k / 2k for k = 1, 2, ...
DIGAMMA_SERIES = (1 / 12, -1 / 120, 1 / 252, -1 / 240, 1 / 132, -691 / 32760, 1 / 12)


def each(function):
    """Apply a function of Python floats to every element, keeping a floating dtype."""

    def apply(x):
        x = np.asarray(x)
        dtype = x.dtype if x.dtype.kind == "f" else np.dtype(float)
        return np.array([function(float(v)) for v in x.ravel()], dtype).reshape(x.shape)

    return apply


def add(input, other, *, alpha=1):
    return np.add(input, other if alpha == 1 else alpha * other)


def sub(input, other, *, alpha=1):
    return np.subtract(input, other if alpha == 1 else alpha * other)


def div(input, other, *, rounding_mode=None):
    if rounding_mode == "floor":
        return np.floor_divide(input, other)
    quotient = np.true_divide(input, other)
    return np.trunc(quotient) if rounding_mode == "trunc" else quotient


def clamp(input, min=None, max=None):
    if min is not None:
        input = np.maximum(input, min)
    return input if max is None else np.minimum(input, max)


def where(condition, input, other):
    return np.where(condition, input, other)


def sinc(input):
    angle = np.pi * input
    return np.divide(np.sin(angle), angle, out=np.ones_like(angle), where=angle != 0)


def xlogy(input, other):
    input, other = np.broadcast_arrays(input, other)
    zero = (input == 0) & ~np.isnan(other)
    return np.where(zero, 0.0, input * np.log(np.where(zero, 1.0, other)))


def erfinv(x):
    """Newton's method on ``erf``; for the tail of a large argument on ``log(erfc)``."""
    if abs(x) >= 1:
        return math.copysign(math.inf, x) if abs(x) == 1 else math.nan
    tail = 1 - abs(x)
    if tail == 1:
        return x
    y = math.sqrt(-math.log(tail * (2 - tail))) * math.sqrt(math.pi) / 2
    for _ in range(60):
        rest = math.erfc(y)
        slope = -2 / math.sqrt(math.pi) * math.exp(-y * y)
        y -= (math.log(rest) - math.log(tail)) * rest / slope if abs(x) > 0.5 else (rest - tail) / slope
    return math.copysign(y, x)


def digamma(x):
    """Reflection for negative arguments, recurrence up to 10, then the asymptotic series."""
    if x == 0:
        return -math.copysign(math.inf, x)
    if x < 0:
        return math.nan if x == math.floor(x) else digamma(1 - x) - math.pi / math.tan(math.pi * x)
    shift = 0.0
    while x < 10:
        shift += 1 / x
        x += 1
    series = sum(term / x ** (2 * k) for k, term in enumerate(DIGAMMA_SERIES, start=1))
    return math.log(x) - 0.5 / x - series - shift


def lgamma(x):
    return math.inf if x <= 0 and x == math.floor(x) else math.lgamma(x)


def lerp(input, end, weight):
    return input + weight * (end - input)


def addcmul(input, tensor1, tensor2, *, value=1):
    return input + value * tensor1 * tensor2


def addcdiv(input, tensor1, tensor2, *, value=1):
    return input + value * tensor1 / tensor2


def nan_to_num(input, nan=0.0, posinf=None, neginf=None):
    limits = np.finfo(input.dtype)
    output = np.where(np.isnan(input), nan, input)
    output = np.where(input == np.inf, limits.max if posinf is None else posinf, output)
    return np.where(input == -np.inf, limits.min if neginf is None else neginf, output)


def round_(input, *, decimals=0):
    return np.rint(input * 10.0**decimals) / 10.0**decimals


def logit(input, eps=None):
    p = input if eps is None else np.clip(input, eps, 1 - eps)
    return np.log(p / (1 - p))


def isclose(input, other, rtol=1e-5, atol=1e-8, equal_nan=False):
    near = (input == other) | (np.abs(input - other) <= atol + rtol * np.abs(other))
    return near | (equal_nan & np.isnan(input) & np.isnan(other))


def allclose(input, other, rtol=1e-5, atol=1e-8, equal_nan=False):
    return np.array(isclose(input, other, rtol, atol, equal_nan).all())


def equal(input, other):
    return np.array(input.shape == other.shape and bool((input == other).all()))


ARITHMETIC = {
    "add": add,
    "sub": sub,
    "rsub": lambda input, other, *, alpha=1: sub(other, input, alpha=alpha),
    "mul": np.multiply,
    "div": div,
    "true_divide": np.true_divide,
    "floor_divide": np.floor_divide,
    "remainder": np.remainder,
    "fmod": np.fmod,
    "neg": np.negative,
    "positive": np.positive,
    "reciprocal": lambda input: 1 / input,
    "square": lambda input: input * input,
    "pow": np.power,
    "float_power": np.float_power,
    "lerp": lerp,
    "addcmul": addcmul,
    "addcdiv": addcdiv,
}

EXPONENTIAL = {
    "exp": np.exp,
    "exp2": lambda input: 2.0**input,
    "expm1": np.expm1,
    "log": np.log,
    "log2": np.log2,
    "log10": np.log10,
    "log1p": np.log1p,
    "sqrt": np.sqrt,
    "rsqrt": lambda input: 1 / np.sqrt(input),
    "logaddexp": lambda input, other: np.log(np.exp(input) + np.exp(other)),
    "logaddexp2": lambda input, other: np.log2(2.0**input + 2.0**other),
    "xlogy": xlogy,
    "xlog1py": lambda input, other: xlogy(input, 1 + other),
    "hypot": lambda input, other: np.sqrt(input * input + other * other),
}

ROUNDING = {
    "abs": np.abs,
    "sign": lambda input: (input > 0).astype(input.dtype) - (input < 0).astype(input.dtype),
    "copysign": np.copysign,
    "clamp": clamp,
    "clip": clamp,
    "clamp_min": lambda input, min: clamp(input, min, None),
    "clamp_max": lambda input, max: clamp(input, None, max),
    "maximum": np.maximum,
    "minimum": np.minimum,
    "fmax": np.fmax,
    "fmin": np.fmin,
    "where": where,
    "nan_to_num": nan_to_num,
    "frac": lambda input: input - np.trunc(input),
    "trunc": np.trunc,
    "floor": np.floor,
    "ceil": np.ceil,
    "round": round_,
    "heaviside": np.heaviside,
}

TRIGONOMETRIC = {
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "asin": np.arcsin,
    "acos": np.arccos,
    "atan": np.arctan,
    "atan2": np.arctan2,
    "sinh": lambda input: (np.exp(input) - np.exp(-input)) / 2,
    "cosh": lambda input: (np.exp(input) + np.exp(-input)) / 2,
    "asinh": np.arcsinh,
    "acosh": np.arccosh,
    "atanh": np.arctanh,
    "sinc": sinc,
    "deg2rad": lambda input: input * (np.pi / 180),
    "rad2deg": lambda input: input * (180 / np.pi),
}

SPECIAL = {
    "erf": each(math.erf),
    "erfc": each(math.erfc),
    "erfinv": each(erfinv),
    "lgamma": each(lgamma),
    "digamma": each(digamma),
    "logit": logit,
}

COMPARISON = {
    "eq": np.equal,
    "ne": np.not_equal,
    "lt": np.less,
    "le": np.less_equal,
    "gt": np.greater,
    "ge": np.greater_equal,
    "equal": equal,
    "isclose": isclose,
    "allclose": allclose,
    "isnan": lambda input: input != input,
    "isinf": lambda input: np.abs(input) == np.inf,
    "isfinite": lambda input: np.abs(input) < np.inf,
    "signbit": np.signbit,
    "logical_and": np.logical_and,
    "logical_or": np.logical_or,
    "logical_xor": np.logical_xor,
    "logical_not": np.logical_not,
    "bitwise_and": np.bitwise_and,
    "bitwise_or": np.bitwise_or,
    "bitwise_xor": np.bitwise_xor,
    "bitwise_not": np.bitwise_not,
}

TABLE = ARITHMETIC | EXPONENTIAL | ROUNDING | TRIGONOMETRIC | SPECIAL | COMPARISON
