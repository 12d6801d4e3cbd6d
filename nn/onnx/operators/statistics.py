"""Normalisation, reductions, order."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import autograd
import nn.functional as F
from autograd import Tensor
from nn.onnx.operators.table import Node, integers, operator

# ---- normalisation


@operator("BatchNormalization")
def batch_norm(node: Node, x: Tensor, scale: Tensor, shift: Tensor, mean: Tensor, var: Tensor) -> Any:
    """Running statistics of the channels; in training the batch's, which move the running ones."""
    eps, momentum = node.get("epsilon", 1e-5), 1 - node.get("momentum", 0.9)
    if not node.get("spatial", 1) and x.ndim > 2:
        raise node.refuse("statistics by element (spatial=0) are not supported")
    if node.get("training_mode", 0):
        axes = [0, *range(2, x.ndim)]
        seen_mean, seen_var = x.mean(axes), x.var(axes, correction=0)
        out = F.batch_norm(x, None, None, scale, shift, True, eps=eps)
        return (
            out,
            mean * (1 - momentum) + seen_mean * momentum,
            var * (1 - momentum) + seen_var * momentum,
        )
    return F.batch_norm(x, mean, var, scale, shift, node.training, momentum, eps)


@operator("InstanceNormalization")
def instance_norm(node: Node, x: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
    """Statistics of every channel of every image."""
    return F.instance_norm(x, weight=scale, bias=shift, eps=node.get("epsilon", 1e-5))


@operator("GroupNormalization")
def group_norm(node: Node, x: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
    """Statistics of groups of channels; before opset 21, with one weight a group."""
    groups = node.get("num_groups")
    if node.opset < 21:
        scale, shift = (v.repeat_interleave(x.shape[1] // groups) for v in (scale, shift))
    return F.group_norm(x, groups, scale, shift, node.get("epsilon", 1e-5))


@operator("LayerNormalization")
def layer_norm(node: Node, x: Tensor, scale: Tensor, shift: Tensor | None = None) -> Any:
    """Statistics of the last axes."""
    axis = node.get("axis", -1) % x.ndim
    axes, eps = tuple(range(axis, x.ndim)), node.get("epsilon", 1e-5)
    shape = x.shape[axis:]
    if scale.shape == shape and (shift is None or shift.shape == shape):
        out = F.layer_norm(x, tuple(shape), scale, shift, eps)
    else:
        out = F.layer_norm(x, tuple(shape), eps=eps) * scale
        out = out if shift is None else out + shift
    if len(node.outputs) == 1:
        return out
    mean = x.mean(axes, keepdim=True)
    return out, mean, (x.var(axes, correction=0, keepdim=True) + eps).rsqrt()


@operator("RMSNormalization")
def rms_norm(node: Node, x: Tensor, scale: Tensor) -> Any:
    """Root mean square of the last axes."""
    axes = tuple(range(node.get("axis", -1) % x.ndim, x.ndim))
    return x * ((x * x).mean(axes, keepdim=True) + node.get("epsilon", 1e-5)).rsqrt() * scale


@operator("LRN")
def local_response_norm(node: Node, x: Tensor) -> Any:
    """Neighbouring channels, the odd one behind."""
    size = node.get("size")
    alpha, beta, k = node.get("alpha", 1e-4), node.get("beta", 0.75), node.get("bias", 1.0)
    before = (size - 1) // 2
    squares = (x * x).reshape(x.shape[0], 1, x.shape[1], -1)
    total = F.avg_pool2d(F.pad(squares, (0, 0, before, size - 1 - before)), (size, 1), 1).reshape(x.shape)
    return x / (total * alpha + k) ** beta


@operator("LpNormalization")
def lp_normalization(node: Node, x: Tensor) -> Any:
    """Divided by a norm; zero stays zero."""
    norm = x.norm(node.get("p", 2), node.get("axis", -1), keepdim=True)
    return x / autograd.where(norm == 0, autograd.ones_like(norm), norm)


@operator("MeanVarianceNormalization")
def mean_variance(node: Node, x: Tensor) -> Any:
    """Mean 0 and variance 1 over axes."""
    axes = node.get("axes", [0, 2, 3])
    centred = x - x.mean(axes, keepdim=True)
    return centred / ((centred * centred).mean(axes, keepdim=True).sqrt() + 1e-9)


@operator("Dropout")
def dropout(node: Node, x: Tensor, ratio: Tensor | None = None, training: Tensor | None = None) -> Any:
    """Some elements are zero in training."""
    p = node.get("ratio", 0.5) if ratio is None else ratio.item()
    out = F.dropout(x, p, node.training or (training is not None and bool(training.item())))
    if not node.wants(1):
        return out
    return out, autograd.ones_like(x, dtype=autograd.bool) if out is x else out != 0


# ---- reductions


def _all(x: Tensor, axes: list[int], keep: bool, function: Callable[..., Tensor]) -> Tensor:
    return function(x, axes, keepdim=keep)


def _product(x: Tensor, axes: list[int], keepdim: bool) -> Tensor:
    for axis in sorted((a % x.ndim for a in axes), reverse=True):
        x = autograd.prod(x, axis, keepdim=keepdim)
    return x


def _extreme(function: Callable[..., Tensor], least: float) -> Callable[..., Tensor]:
    def reduce(x: Tensor, axes: list[int], keepdim: bool) -> Any:
        if x.numel():
            return function(x.to(autograd.uint8) if x.dtype == autograd.bool else x, axes, keepdim).to(x.dtype)
        empty: Tensor = autograd.sum(x, axes, keepdim=keepdim)
        if x.is_floating_point():
            return autograd.full_like(empty, least)
        if x.dtype == autograd.bool:
            return autograd.full_like(empty, least > 0, dtype=x.dtype)
        limits = autograd.iinfo(x.dtype)
        return autograd.full_like(empty, limits.min if least < 0 else limits.max, dtype=x.dtype)

    return reduce


REDUCTIONS: dict[str, Callable[..., Tensor]] = {
    "ReduceSum": lambda x, a, k: autograd.sum(x, a, keepdim=k).to(x.dtype),
    "ReduceMean": lambda x, a, k: autograd.mean(x, a, keepdim=k),
    "ReduceProd": _product,
    "ReduceMax": _extreme(autograd.amax, -math.inf),
    "ReduceMin": _extreme(autograd.amin, math.inf),
    "ReduceL1": lambda x, a, k: autograd.sum(autograd.abs(x), a, keepdim=k).to(x.dtype),
    "ReduceL2": lambda x, a, k: autograd.sqrt(autograd.sum(x * x, a, keepdim=k)).to(x.dtype),
    "ReduceSumSquare": lambda x, a, k: autograd.sum(x * x, a, keepdim=k).to(x.dtype),
    "ReduceLogSum": lambda x, a, k: autograd.log(autograd.sum(x, a, keepdim=k)).to(x.dtype),
    "ReduceLogSumExp": lambda x, a, k: autograd.logsumexp(x if x.is_floating_point() else x.double(), a, k).to(x.dtype),
}


@operator(*REDUCTIONS)
def reduce_(node: Node, x: Tensor, axes: Tensor | None = None) -> Tensor:
    """Over axes, which became an input with opset 13 (sum) or 18 (all others)."""
    chosen = node.get("axes") if axes is None else integers(axes)
    if not chosen and node.get("noop_with_empty_axes", 0):
        chosen = []
        if node.op == "ReduceSumSquare":
            return x * x
        if node.op in ("ReduceL1", "ReduceL2"):
            return autograd.abs(x)
        return autograd.log(x) if node.op == "ReduceLogSum" else x
    chosen = [a % x.ndim for a in chosen] if chosen else list(range(x.ndim))
    return REDUCTIONS[node.op](x, chosen, bool(node.get("keepdims", 1))) if x.ndim else x


@operator("ArgMax", "ArgMin")
def position(node: Node, x: Tensor) -> Any:
    """Position of the largest or smallest element: the first, or the last."""
    axis, keep = node.get("axis", 0), bool(node.get("keepdims", 1))
    find = autograd.argmax if node.op == "ArgMax" else autograd.argmin
    if node.get("select_last_index", 0):
        return x.shape[axis] - 1 - find(autograd.flip(x, [axis % x.ndim]), axis, keep)
    return find(x, axis, keep)


@operator("TopK")
def topk(node: Node, x: Tensor, k: Tensor | None = None) -> Any:
    """The first elements in order, and their positions."""
    count = node.get("k") if k is None else integers(k)[0]
    values, places = autograd.topk(x, count, node.get("axis", -1), bool(node.get("largest", 1)))
    return values, places


@operator("CumSum")
def cumsum(node: Node, x: Tensor, axis: Tensor) -> Tensor:
    """Running sums, from either end, with or without the element itself."""
    along = integers(axis)[0] % x.ndim
    turned = autograd.flip(x, [along]) if node.get("reverse", 0) else x
    out = autograd.cumsum(turned, along).to(x.dtype)
    out = out - turned if node.get("exclusive", 0) else out
    return autograd.flip(out, [along]) if node.get("reverse", 0) else out
