"""Arithmetic, elementary and special functions, choices, comparisons and bits beside PyTorch."""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np
import pytest

import autograd
from tests.parity.calls import Call, agree

torch = pytest.importorskip("torch")

pytestmark = pytest.mark.filterwarnings("ignore:invalid value encountered:RuntimeWarning")

rng = np.random.default_rng(1)
inside = rng.uniform(-0.9, 0.9, (3, 4))

# One argument of every kind: dtypes, 0-d, empty, and the numbers where functions are undefined or have kinks.
ARGUMENTS = {
    "double": inside,
    "above one": rng.uniform(1.1, 3, (2, 3)),
    "single": inside[0].astype(np.float32),
    "int64": rng.integers(-3, 4, 4),
    "int32": rng.integers(1, 4, 4).astype(np.int32),
    "uint8": rng.integers(0, 4, 4).astype(np.uint8),
    "bool": rng.random(4) < 0.5,
    "0-d": np.array(0.3),
    "0-d int": np.array(3),
    "empty": np.zeros((0, 3)),
    "strange": np.array([np.nan, np.inf, -np.inf, 0.0, -0.0, 1.0, -1.0, 0.5, -2.5]),
}

UNARY = [
    "abs", "absolute", "acos", "acosh", "angle", "arccos", "arctanh", "asin", "asinh", "atan", "atanh", "ceil",
    "cos", "cosh", "deg2rad", "digamma", "erf", "erfc", "erfinv", "exp", "exp2", "expm1", "fix", "floor",
    "frac", "isfinite", "isinf", "isnan", "isneginf", "isposinf", "lgamma", "log", "log10", "log1p", "log2",
    "logical_not", "bitwise_not", "nan_to_num", "neg", "negative", "positive", "rad2deg", "reciprocal", "relu",
    "round", "rsqrt", "sigmoid", "sign", "sin", "sinc", "sinh", "special.entr", "special.expit", "special.ndtr",
    "sqrt", "square", "tan", "tanh", "trunc",
]  # fmt: skip

# SciPy's values at minus infinity and slopes at the poles.
UNLIKE = {("digamma", "strange"), ("lgamma", "strange")}


@pytest.mark.parametrize("kind", ARGUMENTS)
@pytest.mark.parametrize("name", UNARY)
def test_one_argument(name: str, kind: str) -> None:
    if (name, kind) not in UNLIKE:
        agree(Call(name, ARGUMENTS[kind]), orders=1)


OPERANDS: dict[str, Any] = {
    "double": rng.uniform(0.3, 2, (3, 4)),
    "row": rng.uniform(0.3, 2, 4),
    "column": -rng.uniform(0.3, 2, (3, 1)),
    "single": rng.uniform(0.3, 2, (3, 4)).astype(np.float32),
    "int64": rng.integers(1, 5, (3, 4)),
    "int32": rng.integers(1, 5, 4).astype(np.int32),
    "0-d": np.array(1.5),
    "0-d int": np.array(2),
    "int": 2,
    "float": 2.5,
    "negative": -3,
    "empty": np.zeros((0, 4)),
    "unfit": rng.uniform(1, 2, 5),
    "zeros": np.zeros((3, 4)),
    "int zeros": np.zeros(4, np.int64),
}
FEW = ("double", "column", "single", "int64", "0-d", "zeros")

BINARY = [
    "add", "sub", "mul", "div", "true_divide", "remainder", "fmod", "pow", "float_power", "atan2", "hypot",
    "logaddexp", "logaddexp2", "xlogy", "special.xlog1py", "maximum", "minimum", "fmax", "fmin", "copysign",
    "eq", "ne", "lt", "le", "gt", "ge", "logical_and", "logical_or", "logical_xor", "bitwise_and", "bitwise_or",
    "bitwise_xor", "bitwise_left_shift", "bitwise_right_shift", "rsub", "clamp_min", "clamp_max", "isclose",
]  # fmt: skip


@pytest.mark.parametrize("second", OPERANDS)
@pytest.mark.parametrize("first", FEW)
@pytest.mark.parametrize("name", BINARY)
def test_two_arguments(name: str, first: str, second: str) -> None:
    agree(Call(name, OPERANDS[first], OPERANDS[second]), orders=1)


@pytest.mark.parametrize("name", BINARY)
def test_text_is_no_operand(name: str) -> None:
    for functions, make in ((torch, torch.tensor), (autograd, autograd.tensor)):
        with pytest.raises(TypeError, match=r"\(\): argument|\(\) received an invalid combination of arguments"):
            operator.attrgetter(name)(functions)(make(inside), "a")


x, y, row, positive = (rng.standard_normal(s) for s in ((2, 3), (2, 3), (3,), (2, 3)))
positive = abs(positive) + 0.2
mask = rng.random((2, 3)) < 0.5
strange = ARGUMENTS["strange"]
integers = rng.integers(1, 9, (2, 3))

SETTINGS = [
    Call("add", x, row, alpha=0.5),
    Call("add", integers, 1, alpha=0.5),
    Call("sub", x, row, alpha=-2),
    Call("sub", mask, mask),
    Call("sub", x, True),
    Call("rsub", x, 3.0, alpha=2),
    Call("neg", mask),
    *(Call("div", a, b, rounding_mode=m) for m in ("floor", "trunc", "up") for a, b in ((x, y), (integers, -2))),
    Call("div", integers, 0, rounding_mode="floor"),
    Call("floor_divide", integers, 3),
    Call("floor_divide", integers, 0),
    *(Call("pow", x, p) for p in (0, 1, 2, 3, -1, 0.0)),
    *(Call("pow", positive, p) for p in (0.5, -1.5, y)),
    Call("pow", 2.5, x),
    Call("pow", integers, -1),
    Call("pow", integers, 2.0),
    Call("pow", np.zeros(3), np.array([0.0, 2.0, 1.5])),
    Call("round", x, decimals=1),
    Call("round", integers, decimals=1),
    Call("lerp", x, y, 0.3),
    Call("lerp", x, row, positive),
    Call("lerp", x, y, integers),
    Call("lerp", integers, integers, 0.5),
    Call("addcmul", x, y, positive, value=0.5),
    Call("addcmul", integers, integers, integers, value=2),
    Call("addcdiv", x, row, positive, value=-2),
    Call("addcdiv", x, integers, integers),
    Call("logit", np.array([-0.5, 0.1, 0.9, 1.5])[1:3], eps=0.05),
    Call("logit", np.array([0.1, 0.6])),
    Call("nan_to_num", strange, nan=1.0, posinf=2.0, neginf=-3.0),
    *(Call("polygamma", n, positive) for n in (0, 1, 2, -1)),
    *(Call("special.polygamma", n, positive) for n in (1, 3)),
    Call("special.gammaln", positive),
    Call("special.psi", positive),
]

BOUNDS = [
    Call("clamp", x, -0.3, 0.4),
    Call("clamp", x, min=-0.1),
    Call("clip", x, max=0.2),
    Call("clamp", x, row, row + 0.5),
    Call("clamp", x, row + 0.5, row),
    Call("clamp", x, 2, 1),
    Call("clamp", integers, min=1.5),
    Call("clamp", strange, 0.0, 1.0),
    Call("clamp", np.array([1.0, -1.0, 0.0]), 0.0, 1.0),
    Call("clamp", np.array([1.0, -1.0, 0.0]), np.array([1.0, -1.0, 2.0]), np.array([1.0, 3.0, 1.0])),
    Call("clamp", x),
    *(Call(n, strange, strange[::-1].copy()) for n in ("maximum", "minimum", "fmax", "fmin", "copysign")),
    *(Call(n, np.array([1.0, 2.0, 0.0]), np.array([1.0, 1.0, 3.0])) for n in ("maximum", "minimum", "fmax", "fmin")),
    Call("where", mask, x, y),
    Call("where", mask, x, 2),
    Call("where", mask, 1.5, x),
    Call("where", mask, 1, 2),
    Call("where", mask, 1.0, 2),
    Call("where", mask[:, :1].copy(), x, row),
    Call("where", x > 0),
    Call("where", x, x, y),
    Call("where", mask, x, rng.standard_normal(4)),
    Call("heaviside", integers - 3, integers),
    Call("heaviside", integers, x),
    Call("isclose", strange, strange, equal_nan=True),
    Call("isclose", x, x + 1e-6, rtol=0.0, atol=1e-5),
    Call("isclose", x, integers),
]


@pytest.mark.parametrize("call", SETTINGS + BOUNDS, ids=repr)
def test_settings(call: Call) -> None:
    agree(call, orders=1)


@pytest.mark.parametrize("name", ["allclose", "equal"])
def test_one_answer(name: str) -> None:
    for a, b in ((x, x.copy()), (x, x + 1e-7), (x, x + 1), (strange, strange), (x, row[:2])):
        if name == "allclose" and b.shape == (2,):
            continue
        ours = getattr(autograd, name)(autograd.tensor(a), autograd.tensor(b))
        assert ours is getattr(torch, name)(torch.tensor(a), torch.tensor(b))


THREE = 3
OPERATORS = [
    "add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "and_", "or_", "xor", "lshift", "rshift", "lt",
    "le", "gt", "ge", "eq", "ne", "matmul",
]  # fmt: skip


@pytest.mark.parametrize("name", OPERATORS)
@pytest.mark.parametrize("other", [THREE, 2.0, None, object, integers, x], ids=lambda o: getattr(o, "dtype", o))
def test_operators(name: str, other: Any) -> None:
    """Python's operators on tensors of integers, from both sides and in place."""
    function = getattr(operator, name)
    bits_of_numbers = name in ("and_", "or_", "xor", "lshift", "rshift") and not (other is integers or other is THREE)
    in_place = function if bits_of_numbers else getattr(operator, "i" + name.rstrip("_"), function)
    for call in (function, lambda a, b: function(b, a), in_place):
        results = []
        for make in (torch.tensor, autograd.tensor):
            operand = make(other) if isinstance(other, np.ndarray) else other
            try:
                results.append(call(make(integers), operand))
            except Exception as error:
                results.append(type(error))
        theirs, found = results
        if isinstance(theirs, type | bool):
            assert found is theirs
        else:
            assert str(found.dtype).partition(".")[2] == str(theirs.dtype).partition(".")[2]
            np.testing.assert_allclose(found.numpy(), theirs.numpy(), rtol=1e-6)


@pytest.mark.parametrize("name", ["neg", "pos", "abs", "invert"])
def test_unary_operators(name: str) -> None:
    function = getattr(operator, name)
    np.testing.assert_array_equal(function(autograd.tensor(integers)).numpy(), function(torch.tensor(integers)).numpy())


def test_inverting_numbers_is_refused() -> None:
    with pytest.raises(TypeError, match="only implemented on integer and Boolean-type tensors"):
        ~autograd.tensor(x)


COMPLEX = np.array([1 + 2j, -0.5j, 3 - 1j])


@pytest.mark.parametrize("name", ["real", "imag", "conj", "angle", "abs", "exp", "square", "sgn"])
def test_complex(name: str) -> None:
    ours = autograd.tensor(COMPLEX).requires_grad_()
    theirs = torch.tensor(COMPLEX).requires_grad_()
    found, expected = getattr(autograd, name)(ours), getattr(torch, name)(theirs)
    np.testing.assert_allclose(found.detach().numpy(), expected.detach().resolve_conj().numpy(), rtol=1e-12)
    if name == "sgn":
        return
    seed = np.array([1.0, 2.0, 3.0]).astype(found.detach().numpy().dtype)
    found.backward(autograd.tensor(seed))
    expected.backward(torch.tensor(seed))
    np.testing.assert_allclose(ours.grad.numpy(), theirs.grad.resolve_conj().numpy(), rtol=1e-12)


def test_infinite_bounds_and_zero_powers_have_pytorchs_slopes() -> None:
    agree(Call("pow", np.array([0.0, 0.0, 2.0]), np.array([0.0, -1.0, 0.0])), orders=1)
    agree(Call("xlogy", np.array([0.0, 0.0, 0.0, 2.0]), np.array([0.0, 1.0, math.inf, 3.0])), orders=1)
    agree(Call("atan2", np.array([0.0, 0.0]), np.array([0.0, 1.0])), orders=1)
