"""Activation functions, each by its formula."""

import math

import numpy as np

from tests.references.elementwise import TABLE as ELEMENTWISE

erf = ELEMENTWISE["erf"]


def log_sigmoid(input):
    return -np.logaddexp(0, -input)


def sigmoid(input):
    return np.exp(log_sigmoid(input))


def relu(input, inplace=False):
    return np.where(input < 0, np.zeros_like(input), input)


def hardtanh(input, min_val=-1.0, max_val=1.0, inplace=False):
    return np.minimum(np.maximum(input, min_val), max_val)


def relu6(input, inplace=False):
    return hardtanh(input, 0.0, 6.0)


def leaky_relu(input, negative_slope=0.01, inplace=False):
    return np.where(input > 0, input, negative_slope * input)


def prelu(input, weight):
    """One slope for all, or one a channel (axis 1)."""
    weight = weight.reshape(() if weight.size == 1 else (-1, *(1,) * (input.ndim - 2)))
    return np.where(input > 0, input, weight * input)


def rrelu(input, lower=1 / 8, upper=1 / 3, training=False, inplace=False):
    """Without training the slope is the middle of its range."""
    if training:
        raise ValueError("the training form draws random slopes and has no reference")
    return leaky_relu(input, (lower + upper) / 2)


def exp_below_zero(input):
    return np.exp(np.minimum(input, 0)) - 1


def elu(input, alpha=1.0, inplace=False):
    return np.where(input > 0, input, alpha * exp_below_zero(input))


def celu(input, alpha=1.0, inplace=False):
    return np.maximum(0, input) + np.minimum(0, alpha * exp_below_zero(input / alpha))


def selu(input, inplace=False):
    alpha, scale = 1.6732632423543772848170429916717, 1.0507009873554804934193349852946
    return scale * elu(input, alpha)


def gelu(input, approximate="none"):
    if approximate == "tanh":
        inner = math.sqrt(2 / math.pi) * (input + 0.044715 * input**3)
        return 0.5 * input * (1 + np.tanh(inner))
    return input * 0.5 * (1 + erf(input / math.sqrt(2)))


def softplus(input, beta=1.0, threshold=20.0):
    return np.where(beta * input > threshold, input, np.logaddexp(0, beta * input) / beta)


def silu(input, inplace=False):
    return input * sigmoid(input)


def mish(input, inplace=False):
    return input * np.tanh(np.logaddexp(0, input))


def softshrink(input, lambd=0.5):
    return np.where(np.abs(input) > lambd, input - lambd * np.sign(input), np.zeros_like(input))


def hardshrink(input, lambd=0.5):
    return np.where(np.abs(input) > lambd, input, np.zeros_like(input))


def threshold(input, threshold, value, inplace=False):
    return np.where(input > threshold, input, value)


def hardsigmoid(input, inplace=False):
    return hardtanh(input / 6 + 0.5, 0.0, 1.0)


def hardswish(input, inplace=False):
    return input * hardsigmoid(input)


def glu(input, dim=-1):
    """The first half, gated by the sigmoid of the second."""
    half = input.shape[dim] // 2
    moved = np.moveaxis(input, dim, 0)
    return np.moveaxis(moved[:half] * sigmoid(moved[half:]), 0, dim)


def log_softmax(input, dim=None, dtype=None):
    input = input.astype(dtype or input.dtype)
    shifted = input - input.max(dim, keepdims=True) if input.size else input
    return shifted - np.log(np.exp(shifted).sum(dim, keepdims=True))


def softmax(input, dim=None, dtype=None):
    return np.exp(log_softmax(input, dim, dtype))


TABLE = {
    "sigmoid": sigmoid,
    "expit": sigmoid,
    "tanh": np.tanh,
    "relu": relu,
    "relu6": relu6,
    "leaky_relu": leaky_relu,
    "prelu": prelu,
    "rrelu": rrelu,
    "elu": elu,
    "celu": celu,
    "selu": selu,
    "gelu": gelu,
    "silu": silu,
    "mish": mish,
    "softplus": softplus,
    "softsign": lambda input: input / (1 + np.abs(input)),
    "softshrink": softshrink,
    "hardshrink": hardshrink,
    "tanhshrink": lambda input: input - np.tanh(input),
    "hardtanh": hardtanh,
    "hardsigmoid": hardsigmoid,
    "hardswish": hardswish,
    "threshold": threshold,
    "logsigmoid": log_sigmoid,
    "glu": glu,
    "softmax": softmax,
    "softmin": lambda input, dim=None, dtype=None: softmax(-input, dim, dtype),
    "log_softmax": log_softmax,
}
