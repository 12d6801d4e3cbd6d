"""Arithmetic, comparisons, functions of one argument, activations."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

import autograd
import nn.functional as F
from autograd import Tensor
from nn.onnx.operators.table import OPERATORS, Node, operator

UNARY: dict[str, Callable[[Tensor], Tensor]] = {
    "Abs": autograd.abs,
    "Acos": autograd.acos,
    "Acosh": autograd.acosh,
    "Asin": autograd.asin,
    "Asinh": autograd.asinh,
    "Atan": autograd.atan,
    "Atanh": autograd.atanh,
    "BitwiseNot": autograd.bitwise_not,
    "Ceil": autograd.ceil,
    "Cos": autograd.cos,
    "Cosh": autograd.cosh,
    "Det": autograd.det,
    "Erf": autograd.erf,
    "Exp": autograd.exp,
    "Floor": autograd.floor,
    "HardSwish": F.hardswish,
    "Identity": lambda x: x,
    "IsNaN": autograd.isnan,
    "Log": autograd.log,
    "Mish": F.mish,
    "Neg": autograd.neg,
    "Not": autograd.logical_not,
    "Reciprocal": autograd.reciprocal,
    "Relu": autograd.relu,
    "Round": autograd.round,
    "Sigmoid": autograd.sigmoid,
    "Sign": autograd.sign,
    "Sin": autograd.sin,
    "Sinh": autograd.sinh,
    "Softplus": lambda x: F.softplus(x, threshold=math.inf) if x.numel() == 0 else autograd.logaddexp(x, x * 0),
    "Softsign": F.softsign,
    "Sqrt": autograd.sqrt,
    "Tan": autograd.tan,
    "Tanh": autograd.tanh,
}
BINARY: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "Add": autograd.add,
    "And": autograd.logical_and,
    "BitwiseAnd": autograd.bitwise_and,
    "BitwiseOr": autograd.bitwise_or,
    "BitwiseXor": autograd.bitwise_xor,
    "Equal": autograd.eq,
    "Greater": autograd.gt,
    "GreaterOrEqual": autograd.ge,
    "Less": autograd.lt,
    "LessOrEqual": autograd.le,
    "Mul": autograd.mul,
    "Or": autograd.logical_or,
    "Sub": autograd.sub,
    "Xor": autograd.logical_xor,
}
VARIADIC: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "Max": autograd.maximum,
    "Min": autograd.minimum,
    "Sum": autograd.add,
}


def _unary(function: Callable[[Tensor], Tensor]) -> Callable[..., Tensor]:
    return lambda node, x: function(x)


def _binary(function: Callable[[Tensor, Tensor], Tensor]) -> Callable[..., Tensor]:
    return lambda node, a, b: function(a, aligned(node, a, b))


def aligned(node: Node, a: Tensor, b: Tensor) -> Any:
    """Let `b` broadcast as opset 6 had it: from an axis of `a` on."""
    axis = node.get("axis")
    if node.opset >= 7 or axis is None:
        return b
    return b.reshape(*b.shape, *(1,) * (a.ndim - axis % a.ndim - b.ndim))


def _variadic(function: Callable[[Tensor, Tensor], Tensor]) -> Callable[..., Tensor]:
    return lambda node, *tensors: functools.reduce(function, tensors)


OPERATORS |= {name: _unary(function) for name, function in UNARY.items()}
OPERATORS |= {name: _binary(function) for name, function in BINARY.items()}
OPERATORS |= {name: _variadic(function) for name, function in VARIADIC.items()}


@operator("Mean")
def mean(node: Node, *tensors: Tensor) -> Tensor:
    """Mean of several tensors."""
    total: Tensor = functools.reduce(autograd.add, tensors)
    return total / len(tensors)


@operator("Div")
def div(node: Node, a: Tensor, b: Tensor) -> Tensor:
    """Quotient; of integers, rounded towards zero."""
    b = aligned(node, a, b)
    return autograd.div(a, b, rounding_mode=None if a.is_floating_point() else "trunc")


@operator("Mod")
def mod(node: Node, a: Tensor, b: Tensor) -> Tensor:
    """What a quotient leaves."""
    return autograd.fmod(a, b) if node.get("fmod", 0) else autograd.remainder(a, b)


@operator("Pow")
def pow_(node: Node, a: Tensor, b: Tensor) -> Any:
    """Power, in the type of the base."""
    b = aligned(node, a, b)
    if b.numel() == 1 and not b.requires_grad and a.is_floating_point() and b.ndim <= a.ndim:
        exponent = b.item()
        return autograd.pow(a, int(exponent) if float(exponent).is_integer() and abs(exponent) < 8 else exponent)
    return autograd.pow(a.to(autograd.promote_types(a.dtype, b.dtype)), b).to(a.dtype)


@operator("BitShift")
def bit_shift(node: Node, a: Tensor, b: Tensor) -> Tensor:
    """Bits moved left or right."""
    shift = autograd.bitwise_left_shift if node.get("direction") == "LEFT" else autograd.bitwise_right_shift
    return shift(a, b)


@operator("IsInf")
def isinf(node: Node, x: Tensor) -> Tensor:
    """Infinities of either sign, or of one."""
    found = autograd.zeros_like(x, dtype=autograd.bool)
    if node.get("detect_positive", 1):
        found = found | (x == math.inf)
    return found | (x == -math.inf) if node.get("detect_negative", 1) else found


@operator("Where")
def where(node: Node, condition: Tensor, a: Tensor, b: Tensor) -> Any:
    """Choice by a condition."""
    return autograd.where(condition, a, b)


@operator("Clip")
def clip(node: Node, x: Tensor, low: Tensor | None = None, high: Tensor | None = None) -> Any:
    """A closed interval; its bounds were attributes before opset 11."""
    bounds: Any = (low, high) if node.opset >= 11 else (node.get("min"), node.get("max"))
    low, high = (b.item() if isinstance(b, Tensor) and b.numel() == 1 else b for b in bounds)
    return x if low is None and high is None else autograd.clamp(x, low, high)


@operator("Cast", "CastLike")
def cast(node: Node, x: Tensor, like: Tensor | None = None) -> Any:
    """Another element type."""
    if like is not None:
        return x.to(like.dtype)
    return x.to(dtype_of(node, node.get("to")))


def dtype_of(node: Node, number: int) -> Any:
    """Return the dtype that ONNX's number stands for.

    Raises
    ------
    OnnxImporterError
        If there is no such dtype here.
    """
    from onnx import helper

    kind = helper.tensor_dtype_to_np_dtype(number)
    if kind.type.__module__ != "numpy" or kind.kind not in "biufc":
        raise node.refuse(f"elements of type {kind} cannot be computed with")
    return autograd.from_numpy(np.empty(0, kind)).dtype


# ---- activations


@operator("LeakyRelu")
def leaky_relu(node: Node, x: Tensor) -> Tensor:
    """Rectifier with a slope."""
    return F.leaky_relu(x, node.get("alpha", 0.01))


@operator("PRelu")
def prelu(node: Node, x: Tensor, slope: Tensor) -> Any:
    """Rectifier with a slope that broadcasts; by channel before opset 7."""
    if node.opset < 7 and x.ndim > 2 and slope.numel() > 1:
        slope = slope.reshape(-1, *(1,) * (x.ndim - 2))
    return autograd.where(x > 0, x, x * slope)


@operator("Elu")
def elu(node: Node, x: Tensor) -> Tensor:
    """Exponential unit."""
    return F.elu(x, node.get("alpha", 1.0))


@operator("Celu")
def celu(node: Node, x: Tensor) -> Tensor:
    """Exponential unit with a continuous derivative."""
    return F.celu(x, node.get("alpha", 1.0))


@operator("Selu")
def selu(node: Node, x: Tensor) -> Any:
    """Scaled exponential unit."""
    alpha, gamma = node.get("alpha", 1.67326319217681884765625), node.get("gamma", 1.05070102214813232421875)
    return F.elu(x, alpha) * gamma


@operator("ThresholdedRelu")
def thresholded_relu(node: Node, x: Tensor) -> Tensor:
    """Rectifier with a threshold."""
    return F.threshold(x, node.get("alpha", 1.0), 0.0)


@operator("HardSigmoid")
def hard_sigmoid(node: Node, x: Tensor) -> Tensor:
    """``min(max(alpha x + beta, 0), 1)``."""
    return autograd.clamp(x * node.get("alpha", 0.2) + node.get("beta", 0.5), 0.0, 1.0)


@operator("Gelu")
def gelu(node: Node, x: Tensor) -> Tensor:
    """``x * Phi(x)``."""
    return F.gelu(x, approximate=node.get("approximate", "none"))


@operator("Swish")
def swish(node: Node, x: Tensor) -> Any:
    """``x * sigmoid(alpha x)``."""
    return x * autograd.sigmoid(x * node.get("alpha", 1.0))


@operator("Shrink")
def shrink(node: Node, x: Tensor) -> Any:
    """Zero near zero, the rest moved towards it."""
    lambd, bias = node.get("lambd", 0.5), node.get("bias", 0.0)
    low, high = (x < -lambd).to(x.dtype), (x > lambd).to(x.dtype)
    return ((x + bias) * low + (x - bias) * high).to(x.dtype)


@operator("Softmax", "LogSoftmax", "Hardmax")
def softmax(node: Node, x: Tensor) -> Any:
    """Along an axis; before opset 13, over all axes from one on."""
    function: Any = {"Softmax": F.softmax, "LogSoftmax": F.log_softmax, "Hardmax": _hardmax}[node.op]
    if node.opset >= 13:
        return function(x, node.get("axis", -1))
    axis = node.get("axis", 1) % max(x.ndim, 1)
    rows = x.reshape(math.prod(x.shape[:axis]), -1)
    return function(rows, 1).reshape(x.shape)


def _hardmax(x: Tensor, axis: int) -> Any:
    first = autograd.argmax(x, axis, keepdim=True)
    places = autograd.arange(x.shape[axis]).reshape(-1, *(1,) * (x.ndim - 1 - axis % x.ndim))
    return (places == first).to(x.dtype)
