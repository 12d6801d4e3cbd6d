"""Normalisation, reductions, order."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np

from nn.onnx.aligning import Tracked
from nn.onnx.graph import Graph
from nn.onnx.table import translates

# ---- normalisation


def _vectors(count: int, like: Tracked, *vectors: Any) -> list[Any]:
    """Return weight and bias, or what stands for one that is missing."""
    return [np.full(count, fill, like.dtype) if v is None else v for v, fill in zip(vectors, (1, 0), strict=True)]


@translates("batch_norm")
def batch_norm(
    g: Graph,
    *,
    input: Tracked,
    running_mean: Any,
    running_var: Any,
    weight: Any,
    bias: Any,
    training: bool,
    momentum: Any,
    eps: float,
    eps_mode: str,
) -> str:
    """Statistics of the channels: running ones, or the batch's own where the layer keeps none."""
    scale, shift = _vectors(input.shape[1], input, weight, bias)
    if training:
        return _by_batch(g, input, scale, shift, eps, eps_mode)
    if eps_mode == "std":
        deviation = np.sqrt(running_var.array) + running_var.dtype.type(eps)
        running_var, eps = deviation * deviation, 0.0
    return str(g.add("BatchNormalization", input, scale, shift, running_mean, running_var, epsilon=float(eps)))


def _by_batch(g: Graph, x: Tracked, scale: Any, shift: Any, eps: float, eps_mode: str) -> str:
    axes = [0, *range(2, x.ndim)]
    centred = g.add("Sub", x, g.axes("ReduceMean", x, axes, True))
    variance = g.axes("ReduceMean", g.add("Mul", centred, centred), axes, True)
    if eps_mode == "std":
        deviation = g.add("Add", g.add("Sqrt", variance), g.number(eps, x))
    else:
        deviation = g.add("Sqrt", g.add("Add", variance, g.number(eps, x)))
    return _by_channel(g, x, g.add("Div", centred, deviation), scale, shift)


def _by_channel(g: Graph, x: Tracked, out: str, scale: Any, shift: Any) -> str:
    spatial = list(range(1, x.ndim - 1))
    for operator, vector in (("Mul", scale), ("Add", shift)):
        if vector is not None:
            out = g.add(operator, out, g.add("Unsqueeze", vector, spatial) if spatial else vector)
    return out


@translates("instance_norm")
def instance_norm(
    g: Graph,
    *,
    input: Tracked,
    running_mean: Any,
    running_var: Any,
    weight: Any,
    bias: Any,
    use_input_stats: bool,
    momentum: Any,
    eps: float,
) -> str:
    """Statistics of every channel of every image."""
    scale, shift = _vectors(input.shape[1], input, weight, bias)
    if not use_input_stats:
        return str(g.add("BatchNormalization", input, scale, shift, running_mean, running_var, epsilon=float(eps)))
    return str(g.add("InstanceNormalization", input, scale, shift, epsilon=float(eps)))


@translates("GroupNorm")
def group_norm(g: Graph, x: Tracked, w: Any, b: Any, *, groups: int, eps: float) -> str:
    """Statistics of groups of channels."""
    if g.opset >= 21:
        scale, shift = _vectors(x.shape[1], x, w, b)
        return str(g.add("GroupNormalization", x, scale, shift, num_groups=groups, epsilon=float(eps)))
    rows = g.add("Reshape", x, [0, groups, -1])
    ones = _vectors(groups, x, None, None)
    normal = g.add("InstanceNormalization", rows, *ones, epsilon=float(eps))
    return _by_channel(g, x, str(g.add("Reshape", normal, g.add("Shape", x))), w, b)


@translates("LayerNorm")
def layer_norm(g: Graph, x: Tracked, w: Any, b: Any, *, axes: int, eps: float) -> str:
    """Statistics of the last axes."""
    last = list(range(-axes, 0))
    if g.opset >= 17:
        scale = np.ones(x.array.shape[-axes:], x.dtype) if w is None else w
        return str(g.add("LayerNormalization", x, scale, b, axis=-axes, epsilon=float(eps)))
    centred = g.add("Sub", x, g.axes("ReduceMean", x, last, True))
    variance = g.axes("ReduceMean", g.add("Mul", centred, centred), last, True)
    out = g.add("Div", centred, g.add("Sqrt", g.add("Add", variance, g.number(eps, x))))
    out = out if w is None else g.add("Mul", out, w)
    return str(out if b is None else g.add("Add", out, b))


@translates("ScaleChannels")
def scale_channels(g: Graph, x: Tracked, scale: Any, shift: Any) -> str:
    """A factor and a summand by channel."""
    return _by_channel(g, x, g.name(x), scale, shift)


@translates("local_response_norm", when=lambda input, size, **_: size % 2 == 1 and input.ndim == 4)
def local_response_norm(g: Graph, *, input: Tracked, size: int, alpha: float, beta: float, k: float) -> str:
    """Neighbouring channels; windows of even width lie elsewhere in ONNX, and are written out."""
    return str(g.add("LRN", input, size=size, alpha=float(alpha), beta=float(beta), bias=float(k)))


# ---- reductions


def _over(axes: Sequence[int] | None, x: Tracked) -> list[int]:
    return list(range(x.ndim)) if axes is None else list(axes)


@translates("Sum")
def sum_(g: Graph, x: Tracked, *, axes: Any, keepdim: bool) -> str:
    """Sum."""
    return g.axes("ReduceSum", x, _over(axes, x), keepdim, since=13)


@translates("Mean")
def mean(g: Graph, x: Tracked, *, axes: Any, keepdim: bool) -> str:
    """Mean."""
    return g.axes("ReduceMean", x, _over(axes, x), keepdim)


@translates("Prod")
def product(g: Graph, x: Tracked, *, axis: int, keepdim: bool) -> str:
    """Product."""
    return g.axes("ReduceProd", x, [axis] if x.ndim else [], keepdim)


@translates("LogSumExp")
def logsumexp(g: Graph, x: Tracked, *, axes: Any, keepdim: bool) -> str:
    """``log(sum(exp(x)))``."""
    return g.axes("ReduceLogSumExp", x, _over(axes, x), keepdim)


@translates("Chosen")
def chosen(g: Graph, x: Tracked, *, choose: Any, axes: Any, keepdim: bool, undefined: bool) -> str:
    """Largest or smallest element."""
    names = {"max": "ReduceMax", "amax": "ReduceMax", "min": "ReduceMin", "amin": "ReduceMin"}
    if choose.__name__ not in names:
        raise g.unsupported(f"the choice {choose.__name__!r} is not one of ONNX's")
    return g.axes(names[choose.__name__], x, _over(axes, x), keepdim)


@translates("Var", "Std")
def var(g: Graph, x: Tracked, *, axes: Sequence[int], correction: float, keepdim: bool) -> str:
    """Variance, and its square root."""
    count = prod([x.shape[axis] for axis in axes])
    centred = g.add("Sub", x, g.axes("ReduceMean", x, axes, True))
    total = g.axes("ReduceSum", g.add("Mul", centred, centred), axes, keepdim, since=13)
    out = g.add("Div", total, g.number(max(count - correction, 0), x))
    return str(g.add("Sqrt", out) if g.call == "Std" else out)


@translates("VectorNorm")
def vector_norm(g: Graph, x: Tracked, *, p: float, axes: Sequence[int], keepdim: bool) -> str:
    """Norms of vectors."""
    if not axes and p != 0:
        return str(g.add("Abs", x))
    if p in (1, 2):
        return g.axes(f"ReduceL{int(p)}", x, axes, keepdim)
    size = g.add("Abs", x)
    if np.isinf(p):
        return g.axes("ReduceMax" if p > 0 else "ReduceMin", size, axes, keepdim)
    if p == 0:
        there = g.cast(g.add("Greater", size, g.number(0, x)), x.dtype)
        return g.axes("ReduceSum", there, axes, keepdim, since=13)
    total = g.axes("ReduceSum", g.add("Pow", size, g.number(p, x)), axes, keepdim, since=13)
    return str(g.add("Pow", total, g.number(1 / p, x)))


@translates("CumSum")
def cumsum(g: Graph, x: Tracked, *, axis: int, reverse: bool = False) -> str:
    """Running sums."""
    g.require_axes(x)
    return str(g.add("CumSum", x, np.asarray(axis), reverse=int(reverse)))


# ---- order


@translates("argmax", "argmin")
def position(g: Graph, *, input: Tracked, dim: int | None, keepdim: bool) -> str:
    """Position of the largest or smallest element."""
    g.require_axes(input)
    operator = "ArgMax" if g.call == "argmax" else "ArgMin"
    if dim is None:
        return str(g.add(operator, g.add("Reshape", input, [-1]), axis=0, keepdims=0))
    return str(g.add(operator, input, axis=dim, keepdims=int(keepdim)))


@translates("max", "min", when=lambda dim, **_: isinstance(dim, int))
def extreme_along(g: Graph, *, input: Tracked, dim: int, keepdim: bool) -> list[str]:
    """Largest or smallest element along an axis, and its position."""
    g.require_axes(input)
    largest = g.call == "max"
    values = g.axes("ReduceMax" if largest else "ReduceMin", input, [dim], keepdim)
    return [values, g.add("ArgMax" if largest else "ArgMin", input, axis=dim, keepdims=int(keepdim))]


@translates("topk")
def topk(g: Graph, *, input: Tracked, k: int, dim: int, largest: bool, sorted: bool) -> list[str]:
    """The first elements in order."""
    g.require_axes(input)
    both = g.add("TopK", input, [k], outputs=2, axis=dim, largest=int(largest), sorted=1)
    return list(both)


@translates("sort", "argsort")
def sort(g: Graph, *, input: Tracked, dim: int, descending: bool, stable: bool) -> Any:
    """All elements in order."""
    g.require_axes(input)
    count = g.size(input.shape[dim], input)
    both = g.add("TopK", input, count, outputs=2, axis=dim, largest=int(descending), sorted=1)
    return list(both) if g.call == "sort" else both[1]
