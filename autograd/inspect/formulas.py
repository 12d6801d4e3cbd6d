"""What every operation computes, forward and backward, and what one element of its output costs.

``x`` (or ``a, b``) is the input, ``y`` the output, ``g`` the gradient of the loss by ``y`` and ``dx`` the one by ``x``.
Broadcast axes are summed on the way back. An elementary function counts as one operation.
"""

from __future__ import annotations

import inspect
from typing import NamedTuple

from autograd.function import FunctionCtx
from autograd.node import Node

__all__ = ["FORMULAS", "Formula", "formula_of", "op_name"]


class Formula(NamedTuple):
    """The mathematics of one operation.

    Attributes
    ----------
    forward, backward : str
    of_output, of_input : int
        Operations for each element of the output, and of the first input; counts that depend on more are in
        `autograd.inspect.flops`.
    """

    forward: str
    backward: str
    of_output: int = 0
    of_input: int = 0


def _of_value(forward: str, slope: str) -> Formula:
    return Formula(forward, f"dx = g * {slope}", 1)


FORMULAS: dict[str, Formula] = {
    # arithmetic
    "Add": Formula("y = a + b", "da = g, db = g", 1),
    "Sub": Formula("y = a - b", "da = g, db = -g", 1),
    "Mul": Formula("y = a * b", "da = g * b, db = g * a", 1),
    "Div": Formula("y = a / b", "da = g / b, db = -g * y / b", 1),
    "Neg": Formula("y = -x", "dx = -g", 1),
    "Pow": Formula("y = a ** b", "da = g * b * a ** (b - 1), db = g * y * log(a)", 1),
    "Remainder": Formula("y = a - b * round(a / b)", "da = g, db = -g * round(a / b)", 3),
    "DivRounded": Formula("y = round(a / b)", "da = 0, db = 0", 2),
    "Atan2": Formula("y = atan2(a, b)", "da = g * b / (a² + b²), db = -g * a / (a² + b²)", 1),
    "Hypot": Formula("y = sqrt(a² + b²)", "da = g * a / y, db = g * b / y", 4),
    "LogAddExp": Formula("y = log(exp(a) + exp(b))", "da = g * exp(a - y), db = g * exp(b - y)", 4),
    "XLogY": Formula("y = a * log(b + shift)", "da = g * log(b + shift), db = g * a / (b + shift)", 2),
    "CopySign": Formula("y = |a| * sign(b)", "da = g * sign(a) * sign(b)", 1),
    # functions of one argument
    "Abs": _of_value("y = |x|", "sign(x)"),
    "Reciprocal": _of_value("y = 1 / x", "(-y²)"),
    "Sqrt": _of_value("y = sqrt(x)", "1 / (2 * y)"),
    "Rsqrt": _of_value("y = 1 / sqrt(x)", "(-y * y² / 2)"),
    "Exp": _of_value("y = exp(x)", "y"),
    "Exp2": _of_value("y = 2 ** x", "y * log(2)"),
    "Expm1": _of_value("y = exp(x) - 1", "(y + 1)"),
    "Log": _of_value("y = log(x)", "1 / x"),
    "Log2": _of_value("y = log2(x)", "1 / (x * log(2))"),
    "Log10": _of_value("y = log10(x)", "1 / (x * log(10))"),
    "Log1p": _of_value("y = log(1 + x)", "1 / (1 + x)"),
    "Sin": _of_value("y = sin(x)", "cos(x)"),
    "Cos": _of_value("y = cos(x)", "(-sin(x))"),
    "Tan": _of_value("y = tan(x)", "(1 + y²)"),
    "Sinh": _of_value("y = sinh(x)", "cosh(x)"),
    "Cosh": _of_value("y = cosh(x)", "sinh(x)"),
    "Tanh": _of_value("y = tanh(x)", "(1 - y²)"),
    "Asin": _of_value("y = asin(x)", "1 / sqrt(1 - x²)"),
    "Acos": _of_value("y = acos(x)", "(-1 / sqrt(1 - x²))"),
    "Atan": _of_value("y = atan(x)", "1 / (1 + x²)"),
    "Asinh": _of_value("y = asinh(x)", "1 / sqrt(x² + 1)"),
    "Acosh": _of_value("y = acosh(x)", "1 / sqrt(x² - 1)"),
    "Atanh": _of_value("y = atanh(x)", "1 / (1 - x²)"),
    "Erf": _of_value("y = erf(x)", "2 / sqrt(pi) * exp(-x²)"),
    "Erfc": _of_value("y = 1 - erf(x)", "(-2 / sqrt(pi)) * exp(-x²)"),
    "Lgamma": _of_value("y = log |gamma(x)|", "digamma(x)"),
    # activations
    "Relu": _of_value("y = max(x, 0)", "(y > 0)"),
    "Sigmoid": _of_value("y = 1 / (1 + exp(-x))", "y * (1 - y)"),
    "LeakyRelu": _of_value("y = where(x > 0, x, slope * x)", "where(y > 0, 1, slope)"),
    "Elu": _of_value(
        "y = scale * where(x > 0, x, alpha * (exp(inner * x) - 1))",
        "scale * where(x > 0, 1, inner * alpha * exp(inner * x))",
    ),
    "Softplus": _of_value("y = log(1 + exp(beta * x)) / beta", "sigmoid(beta * x)"),
    "LogSigmoid": _of_value("y = -log(1 + exp(-x))", "sigmoid(-x)"),
    "Hardtanh": _of_value("y = min(max(x, low), high)", "(low < y) & (y < high)"),
    "Clamp": _of_value("y = min(max(x, low), high)", "(low <= x) & (x <= high)"),
    "Softmax": Formula("y = exp(x) / sum(exp(x))", "dx = y * (g - sum(g * y))", 4),
    "LogSoftmax": Formula("y = x - log(sum(exp(x)))", "dx = g - exp(y) * sum(g)", 4),
    # selection
    "Where": Formula("y = a where c else b", "da = g where c else 0, db = 0 where c else g"),
    "Extreme": Formula("y = max or min of (a, b)", "da = g where a wins, db = g where b wins, halves at ties", 1),
    "Chosen": Formula("y = max, min or median over axes", "dx = g at the chosen elements", 0, 1),
    # reductions
    "Sum": Formula("y = sum(x)", "dx = g broadcast to the shape of x", 0, 1),
    "Mean": Formula("y = sum(x) / n", "dx = g / n broadcast to the shape of x", 1, 1),
    "Prod": Formula("y = prod(x)", "dx = g * y / x", 0, 1),
    "LogSumExp": Formula("y = log(sum(exp(x)))", "dx = g * exp(x - y)", 1, 2),
    "Var": Formula("y = sum((x - mean)²) / (n - correction)", "dx = g * 2 (x - mean) / (n - correction)", 1, 4),
    "Std": Formula("y = sqrt(sum((x - mean)²) / (n - correction))", "dx = g * (x - mean) / (y (n - correction))", 2, 4),
    "VectorNorm": Formula("y = sum(|x| ** p) ** (1 / p)", "dx = g * sign(x) * (|x| / y) ** (p - 1)", 1, 2),
    "CumSum": Formula("y[i] = x[0] + ... + x[i]", "dx[i] = g[i] + ... + g[n-1]", 1),
    "CumProd": Formula("y[i] = x[0] * ... * x[i]", "dx[i] = (g[i] y[i] + ... + g[n-1] y[n-1]) / x[i]", 1),
    "SumTo": Formula("y = sum over broadcast axes of x", "dx = g broadcast", 0, 1),
    # shape and place
    "Expand": Formula("y = x broadcast to a shape", "dx = sum of g over the broadcast axes"),
    "Reshape": Formula("y = x in another shape", "dx = g in the shape of x"),
    "ReshapeCopy": Formula("y = x in another shape", "dx = g in the shape of x"),
    "Permute": Formula("y = x with its axes in another order", "dx = g with its axes put back"),
    "Slice": Formula("y = x[index]", "dx = zeros with dx[index] = g"),
    "Unslice": Formula("y = zeros with y[index] = x", "dx = g[index]"),
    "TakeAt": Formula("y = x[index]", "dx = zeros, dx[index] += g"),
    "Gather": Formula("y[i] = x[index[i]]", "dx = zeros, dx[index[i]] += g[i]"),
    "Embedding": Formula("y[i] = w[index[i]]", "dw = zeros, dw[index[i]] += g[i]"),
    "Cat": Formula("y = inputs joined along an axis", "dx = the part of g that came from x"),
    "Split": Formula("y = parts of x along an axis", "dx = the parts' gradients joined"),
    "PadConstant": Formula("y = x with a constant around it", "dx = the middle of g"),
    "Flip": Formula("y = x reversed along axes", "dx = g reversed along the same axes"),
    "Roll": Formula("y = x moved round along axes", "dx = g moved back"),
    "Clone": Formula("y = x", "dx = g"),
    "Cast": Formula("y = x in another dtype", "dx = g in the dtype of x"),
    "Overwrite": Formula("y = value, written over x", "dx = 0, dvalue = g"),
    # products
    "MatMul": Formula("y = a @ b", "da = g @ b.T, db = a.T @ g"),
    "Linear": Formula("y = x @ w.T + b", "dx = g @ w, dw = g.T @ x, db = sum of g over the batch"),
    "Inverse": Formula("y = inv(x)", "dx = -y.T @ g @ y.T"),
    "Det": Formula("y = det(x)", "dx = g * y * inv(x).T"),
    "Solve": Formula("y = inv(a) @ b", "db = inv(a.T) @ g, da = -db @ y.T"),
    # convolution and windows
    "Conv": Formula(
        "y[n,o,p] = b[o] + sum over c, t of x[n, c, p s + t d - low] w[o,c,t]",
        "dx = full convolution of g with w turned by 180 degrees, dw = correlation of x with g, db = sum of g",
    ),
    "ConvInput": Formula(
        "y = g0 dilated by the stride, padded, and correlated with w turned by 180 degrees: dT/dx",
        "dg0 = conv(g, w), dw = correlation of g with g0, db = sum of g",
    ),
    "ConvWeight": Formula(
        "y = correlation of x with g0: dT/dw", "dx = ConvInput(g0, g), dg0 = conv(x, g) with g for the kernel"
    ),
    "SumOverPositions": Formula("y[c] = sum over n, p of x[n,c,p]", "dx = g broadcast", 0, 1),
    "Im2Col": Formula("y[n,c,t,p] = x[n, c, p s + t d - low]", "dx = every window of g added to where it came from"),
    "Col2Im": Formula("y = every window added to where it came from", "dx = windows of g", 0, 1),
    "MaxPool": Formula("y = maximum of every window", "dx = zeros, dx at every window's first maximum += g"),
    "AvgPool": Formula("y = sum of every window / size", "dx = g / size added to all of its window"),
    "AdaptiveAvgPool": Formula("y = mean of every cell", "dx = g / size of the cell, spread over it", 1, 1),
    "AdaptiveMaxPool": Formula("y = maximum of every cell", "dx = zeros, dx at every cell's first maximum += g", 0, 1),
    # normalisation: h = (x - mean) / sqrt(var + eps), P(v) = v - mean(v) - h mean(v h)
    "BatchNorm": Formula(
        "h = (x - mean_c) / sqrt(var_c + eps), y = h w + b, over batch and positions",
        "dx = P(w g) / sqrt(var + eps), P(v) = v - mean(v) - h mean(v h); dw = sum(g h), db = sum(g)",
        2,
        4,
    ),
    "GroupNorm": Formula(
        "h = (x - mean) / sqrt(var + eps), y = h w + b, over each group of channels",
        "dx = P(w g) / sqrt(var + eps), P(v) = v - mean(v) - h mean(v h); dw = sum(g h), db = sum(g)",
        2,
        4,
    ),
    "LayerNorm": Formula(
        "h = (x - mean) / sqrt(var + eps), y = h w + b, over the last axes",
        "dx = P(w g) / sqrt(var + eps), P(v) = v - mean(v) - h mean(v h); dw = sum(g h), db = sum(g)",
        2,
        4,
    ),
    "ScaleChannels": Formula("y = x * scale_c + shift_c", "dx = g * scale_c, dscale = sum(g x), dshift = sum(g)", 2),
    # losses
    "CrossEntropy": Formula(
        "y = -sum over c of q[c] log p[c], p = softmax(x), averaged", "dx = g (p - q) / n, for q summing to one", 0, 5
    ),
    "BinaryCrossEntropy": Formula("y = -(t log x + (1 - t) log(1 - x))", "dx = g (x - t) / (x (1 - x))", 5),
    # gradients that are operations of their own
    "ReluBackward": Formula("y = g0 where the output of relu is positive, else 0", "dg0 = g where it is, else 0", 1),
    "SigmoidBackward": Formula("y = g0 * s * (1 - s)", "dg0 = g * s (1 - s), ds = g * g0 * (1 - 2 s)", 3),
    "LeakyReluBackward": Formula("y = g0 * (1 or slope)", "dg0 = g * (1 or slope)", 1),
    "AddToWinners": Formula("y = zeros, y at every window's maximum += x", "dx = g at every window's maximum", 0, 1),
    "SpreadAverage": Formula("y = x / size added to all of its window", "dx = sum of every window of g / size"),
    "BatchNormGradient": Formula("(dx, dw, db) of a batch normalisation", "by the second derivatives", 0, 8),
    "GroupNormGradient": Formula("(dx, dw, db) of a group normalisation", "by the second derivatives", 0, 8),
    "LayerNormGradient": Formula("(dx, dw, db) of a layer normalisation", "by the second derivatives", 0, 8),
    "CrossEntropyGradient": Formula("y = g0 (p - q)", "dg0 = sum(g (p - q)), dx = g0 p (g - sum(g p))", 2),
    "AccumulateGrad": Formula("a leaf", "leaf.grad += g"),
}


def op_name(node: Node) -> str:
    """Return the name of a node's operation; of a function of one's own, its class name."""
    return node._function.__name__ if isinstance(node, FunctionCtx) else type(node).__name__


def formula_of(node: type[Node]) -> Formula:
    """Return the formulas of an operation; for one without an entry, those its documentation gives.

    Examples
    --------
    >>> from autograd.ops.arithmetic import Mul
    >>> formula_of(Mul).backward
    'da = g * b, db = g * a'
    """
    found = FORMULAS.get(node.__name__)
    if found is not None:
        return found
    if issubclass(node, FunctionCtx):
        own = node._function
        return Formula(_first_sentence(own) or f"{own.__name__}.forward", _first_sentence(own.backward) or "its own")
    return Formula(_first_sentence(node), "as its class says")


def _first_sentence(documented: object) -> str:
    """Return the first paragraph of a documentation that is not merely inherited."""
    text = inspect.cleandoc(getattr(documented, "__doc__", None) or "").partition("\n\n")[0]
    return " ".join(text.replace("`", "").split()).rstrip(".")
