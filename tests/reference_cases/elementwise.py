"""Cases of arithmetic, elementary and special functions, and comparisons."""

import numpy as np

from tests.reference_cases import Draw, case

draw = Draw(11)

X, Y = draw(2, 3), draw(2, 3)
ROW, COLUMN = draw(3), draw(2, 1)
P, Q = draw.uniform(0.2, 3, 2, 3), draw.uniform(0.2, 3, 2, 3)
UNIT = draw.uniform(-0.95, 0.95, 4, 3)
FAR = draw.uniform(-4, 4, 5, 4)
COUNTS, DIVISORS = draw.integers(-9, 10, 2, 5), draw.integers(1, 5, 5)
STRANGE = np.array([np.nan, np.inf, -np.inf, 0.0, -0.0, 1.5, -2.0])
EVEN = np.array([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 1.249, -3.7])
BITS, OTHER_BITS = draw.mask(2, 4), draw.mask(2, 4)
TIED = np.where(draw.mask(2, 3), X, Y)

BROADCAST = [case(name, a, b) for name in ("add", "sub", "mul") for a, b in ((X, Y), (X, ROW), (COLUMN, ROW))]

ARITHMETIC = [
    *BROADCAST,
    case("add", X, 2.0),
    case("add", X, ROW, alpha=0.5),
    case("sub", X, COLUMN, alpha=-2),
    case("rsub", X, Y),
    case("rsub", X, 3.0, alpha=2),
    case("div", X, P),
    case("div", X, ROW),
    case("div", COUNTS, 2),
    case("true_divide", COUNTS, DIVISORS),
    *(case(name, *pair) for name in ("remainder", "fmod", "floor_divide") for pair in ((FAR, 1.5), (X, Y), (X, ROW))),
    *(case(name, COUNTS, DIVISORS) for name in ("remainder", "fmod", "floor_divide")),
    *(case("div", a, b, rounding_mode=m) for m in ("floor", "trunc") for a, b in ((X, Y), (X, ROW), (FAR, -1.5))),
    case("neg", X),
    case("positive", X),
    case("reciprocal", X),
    case("square", X),
    case("pow", P, 2),
    case("pow", P, -1.5),
    case("pow", P, Y),
    case("pow", X, 3),
    case("pow", 2.0, Y),
    case("float_power", P, Y),
    case("lerp", X, Y, 0.3),
    case("lerp", X, ROW, Q),
    case("addcmul", X, Y, P),
    case("addcmul", X, ROW, COLUMN, value=0.5),
    case("addcdiv", X, Y, P),
    case("addcdiv", X, ROW, Q, value=-2),
]

UNARY = [
    *(case(name, X) for name in ("exp", "exp2", "expm1", "abs", "sign", "sin", "cos", "tan", "atan", "sinh", "cosh")),
    *(case(name, X) for name in ("asinh", "frac", "trunc", "floor", "ceil", "deg2rad", "rad2deg", "erf", "erfc")),
    *(case(name, P) for name in ("log", "log2", "log10", "log1p", "sqrt", "rsqrt", "lgamma", "digamma")),
    *(case(name, UNIT) for name in ("asin", "acos", "atanh", "erfinv")),
    case("acosh", 1 + P),
    case("expm1", 1e-9 * X),
    case("log1p", 1e-9 * X),
    case("sinc", FAR),
    case("sinc", np.array([0.0, 0.5, 1.0, -2.0])),
    case("erf", FAR),
    case("erfc", FAR),
    case("erfinv", np.array([0.0, 1.0, -1.0, 0.999999, -1e-9])),
    case("lgamma", FAR),
    case("lgamma", np.array([1.0, 2.0, 50.5, -1.0, 0.0])),
    case("digamma", FAR),
    case("digamma", np.array([1.0, 30.0, 0.5, 1e-3])),
    case("logit", P / 4),
    case("logit", np.array([-0.5, 0.1, 0.9, 1.5]), eps=0.05),
    case("sign", np.array([0.0, -0.0, 3.0, -2.0])),
    case("abs", np.array([0.0, -0.0, -np.inf])),
    case("round", EVEN),
    case("round", EVEN, decimals=1),
    case("floor", EVEN),
    case("trunc", EVEN),
    case("frac", EVEN),
]

BOUNDS = [
    *(case(name, X, -0.3, 0.4) for name in ("clamp", "clip")),
    case("clamp", X, min=-0.1),
    case("clamp", X, max=0.2),
    case("clamp", X, ROW, ROW + 0.5),
    case("clamp_min", X, 0.1),
    case("clamp_min", X, Y),
    case("clamp_max", X, 0.1),
    case("clamp_max", X, ROW),
    *(case(name, *pair) for name in ("maximum", "minimum", "fmax", "fmin") for pair in ((X, Y), (X, ROW))),
    *(case(name, STRANGE, STRANGE[::-1].copy()) for name in ("maximum", "minimum", "fmax", "fmin")),
    case("where", X > 0, X, Y),
    case("where", draw.mask(2, 1), X, ROW),
    case("nan_to_num", STRANGE),
    case("nan_to_num", STRANGE, nan=1.0, posinf=2.0, neginf=-3.0),
    case("copysign", X, Y),
    case("copysign", X, -1.0),
    case("heaviside", np.array([-1.0, 0.0, 2.0]), np.array([0.5, 0.25, 0.75])),
]

BINARY = [
    case("atan2", X, Y),
    case("atan2", COLUMN, ROW),
    case("hypot", X, Y),
    case("hypot", COLUMN, ROW),
    case("logaddexp", X, Y),
    case("logaddexp", COLUMN, ROW),
    case("logaddexp2", X, Y),
    case("logaddexp2", COLUMN, ROW),
    case("xlogy", X, P),
    case("xlogy", np.array([0.0, 0.0, 2.0]), np.array([0.0, np.nan, 3.0])),
    case("xlogy", COLUMN, P),
    case("xlog1py", X, P),
]

COMPARISONS = [
    *(case(n, a, b) for n in ("eq", "ne", "lt", "le", "gt", "ge") for a, b in ((TIED, X), (X, 0.0), (COLUMN, ROW))),
    case("equal", X, X.copy()),
    case("equal", X, Y),
    case("isclose", X, X + 1e-6),
    case("isclose", X, X + 1e-6, rtol=0.0, atol=1e-5),
    case("isclose", STRANGE[:1], STRANGE[:1], equal_nan=True),
    case("allclose", X, X + 1e-6),
    case("allclose", X, X + 1e-6, atol=1e-5),
    *(case(name, STRANGE) for name in ("isnan", "isinf", "isfinite", "signbit")),
    *(case(f"{kind}_{op}", BITS, OTHER_BITS) for kind in ("logical", "bitwise") for op in ("and", "or", "xor")),
    *(case(f"bitwise_{op}", COUNTS, DIVISORS) for op in ("and", "or", "xor")),
    case("logical_not", BITS),
    case("bitwise_not", BITS),
    case("bitwise_not", COUNTS),
]

CASES = ARITHMETIC + UNARY + BOUNDS + BINARY + COMPARISONS
