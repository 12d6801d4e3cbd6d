"""Further mistakes in the rules of built-in operations: under some settings only, or at some elements only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import autograd
import nn.functional as F
from autograd import Tensor
from autograd.ops.pool_average import SpreadAverage
from nn.grad import conv2d_input, conv2d_weight
from tests.gradcheck.planting import Planted, constant, instead, positive, through, times, values


def where(settings: Callable[[Any], bool], change: Callable[..., Any]) -> Callable[..., Any]:
    """A change under some settings of the operation only."""
    return lambda node, grads, results: change(node, grads, results) if settings(node) else results


def strided(node: Any) -> bool:
    return any(s > 1 for s in node.geometry.stride)


def grouped(node: Any) -> bool:
    return bool(node.geometry.groups > 1)


def first(f: Callable[[Tensor], Tensor]) -> Callable[..., Any]:
    return lambda node, grads, results: (f(results[0]), *results[1:])


def bordered(factor: float) -> Callable[[Tensor], Tensor]:
    """A factor at the border of the last two axes."""

    def change(g: Tensor) -> Tensor:
        factors = np.full(g.shape, factor)
        factors[..., 1:-1, 1:-1] = 1
        return g * autograd.tensor(factors)

    return change


def undilated(node: Any, g: Tensor) -> Any:
    x, w = node.saved[:2]
    return conv2d_input(x.shape, w, g, padding=1), conv2d_weight(x, w.shape, g, padding=2, dilation=2)


def without_mean(node: Any, grads: Any, results: Any) -> Any:
    """A batch norm's gradient without the mean of the incoming one."""
    scale = (node.saved[1] * node.kept[1])[None, :, None, None]
    return results[0] + grads[0].mean((0, 2, 3), keepdim=True) * scale, *results[1:]


IMAGES, KERNEL = values(1, 2, 5, 5), values(2, 2, 3, 3, seed=1)
LARGE, GROUPS = values(1, 2, 6, 6), values(1, 4, 5, 5)
ROW = constant(1.0, 1.0, 1.0, 0.0)
LABELS, IGNORED = autograd.tensor([0, 3, 1]), autograd.tensor([0, -100, 1])


def strided_after_plain(x: Tensor, w: Tensor) -> Tensor:
    return F.conv2d(F.conv2d(x, w, padding=1).tanh(), w, stride=2, padding=1)


def padded(x: Tensor, w: Tensor) -> Tensor:
    return F.conv2d(x.tanh(), w, padding=1)


FURTHER = {
    "strided convolution, shifted": Planted(
        "Conv", where(strided, first(lambda g: g.roll(1, -1))), strided_after_plain, (LARGE, KERNEL), "shifted index"
    ),
    "strided convolution, kernel's gradient rotated": Planted(
        "Conv",
        where(strided, lambda n, g, r: (r[0], r[1].flip((2, 3)))),
        lambda x, w: F.conv2d(x, w, stride=2),
        (values(1, 2, 7, 7), KERNEL),
        "kernel not rotated",
        1,
    ),
    "groups exchanged": Planted(
        "Conv",
        where(grouped, first(lambda g: autograd.cat([g[:, 2:], g[:, :2]], 1))),
        lambda x, w: F.conv2d(x, w, groups=2),
        (GROUPS, KERNEL),
        "shifted index",
    ),
    "second group missing": Planted(
        "Conv",
        where(grouped, lambda n, g, r: (r[0], autograd.cat([r[1][:1], r[1][1:] * 0]))),
        lambda x, w: F.conv2d(x, w, groups=2),
        (GROUPS, KERNEL),
        "gradient missing",
        1,
    ),
    "border halved": Planted("Conv", first(bordered(0.5)), padded, (IMAGES, KERNEL), "constant factor"),
    "border missing": Planted("Conv", first(bordered(0.0)), padded, (IMAGES, KERNEL), "gradient missing"),
    "dilation forgotten": Planted(
        "Conv",
        instead(undilated),
        lambda x, w: F.conv2d(x.tanh(), w, padding=2, dilation=2),
        (LARGE, KERNEL),
        "forgotten setting",
    ),
    "kernel's channels exchanged": Planted(
        "Conv", through(1, lambda g: g.transpose(0, 1)), F.conv2d, (IMAGES, KERNEL), "transposed axes", 1
    ),
    "bias averaged": Planted(
        "Conv", through(2, lambda g: g / 9), F.conv2d, (IMAGES, KERNEL, values(2, seed=2)), "constant factor", 2
    ),
    "one channel's sign": Planted(
        "Conv", first(lambda g: g * constant(-1.0, 1.0)[:, None, None]), padded, (IMAGES, KERNEL), "sign"
    ),
    "transposed convolution, last column": Planted(
        "ConvInput",
        where(strided, first(lambda g: g * ROW)),
        lambda x, w: F.conv_transpose2d(x.tanh(), w, stride=2, output_padding=1),
        (values(1, 2, 4, 4), KERNEL),
        "gradient missing",
    ),
    "average pool, padding counted": Planted(
        "AvgPool",
        instead(lambda n, g: SpreadAverage.apply(g, geometry=n.geometry, with_padding=True, divisor=None)),
        lambda x: F.avg_pool2d(x.exp(), 3, padding=1, stride=1, count_include_pad=False),
        (values(1, 1, 5, 5),),
        "*",
    ),
    "average pool, last partial window": Planted(
        "AvgPool",
        first(lambda g: g * constant(1.0, 1.0, 1.0, 1.0, 0.0)),
        lambda x: F.avg_pool2d(x.exp(), 2, ceil_mode=True),
        (values(1, 1, 5, 5),),
        "gradient missing",
    ),
    "max pool, to the neighbour": Planted(
        "MaxPool",
        first(lambda g: g.roll(1, -1)),
        lambda x: F.max_pool2d(x.exp(), 2),
        (values(1, 1, 6, 6),),
        "shifted index",
    ),
    "max pool, to all that tie": Planted(
        "MaxPool",
        first(lambda g: g + g.roll(1, -1)),
        lambda x: F.max_pool2d(x, 2),
        (autograd.tensor(np.repeat(np.arange(4.0), 4).reshape(1, 1, 4, 4), requires_grad=True),),
        "non-smooth point",
    ),
    "batch norm, mean of the gradient": Planted(
        "BatchNorm",
        without_mean,
        lambda x, w, b: F.batch_norm(x, None, None, w, b, True),
        (values(4, 2, 2, 2), values(2, seed=1), values(2, seed=2)),
        "forgotten term",
    ),
    "layer norm, product with the result": Planted(
        "LayerNorm",
        instead(lambda n, g: (g - g.mean(-1, keepdim=True)) * n.kept[1]),
        lambda x: F.layer_norm(x.exp(), (5,)),
        (values(3, 5),),
        "forgotten term",
    ),
    "evaluation, momentum of the statistics": Planted(
        "ScaleChannels",
        times(0.1, 0),
        lambda x: F.batch_norm(x.tanh(), constant(0.0, 0.0), constant(1.0, 1.0)),
        (values(3, 2, 2),),
        "constant factor",
    ),
    "softmax, sum along the other axis": Planted(
        "Softmax",
        instead(lambda n, g: n.output * (g - (g * n.output).sum(0, keepdim=True))),
        lambda x: (x * 2).softmax(1),
        (values(3, 4),),
        "*",
    ),
    "cross-entropy, next class": Planted(
        "CrossEntropy",
        first(lambda g: g.roll(1, 1)),
        lambda x: F.cross_entropy(x * 2, LABELS),
        (values(3, 5),),
        "shifted index",
    ),
    "cross-entropy, ignored rows": Planted(
        "CrossEntropy",
        lambda n, g, r: (r[0] + constant([0.0], [1.0], [0.0]) * n.saved[0].softmax(1),),
        lambda x: F.cross_entropy(x * 2, IGNORED),
        (values(3, 5),),
        "forgotten term",
    ),
    "cross-entropy, not averaged": Planted(
        "CrossEntropy", times(3), lambda x: F.cross_entropy(x * 2, LABELS), (values(3, 5),), "constant factor"
    ),
    "where, exchanged": Planted(
        "Where",
        lambda n, g, r: (r[0], r[2], r[1]),
        lambda x, y: autograd.where(autograd.tensor([True, False, True]), x.exp(), y),
        (values(3), values(3, seed=1)),
        "wrong operand",
        1,
    ),
    "maximum, to the smaller": Planted(
        "Extreme",
        lambda n, g, r: (g[0] - r[0], g[0] - r[1]),
        lambda x, y: autograd.maximum(x.exp(), y),
        (values(4), values(4, seed=1)),
        "*",
        None,
    ),
    "a square, twice": Planted(
        "Mul",
        where(lambda n: n.edges[0] == n.edges[1], times(2)),
        lambda x: (lambda y: y * y)(x.sin()),
        (values(4),),
        "constant factor",
    ),
    "matrix product, one matrix of the batch": Planted(
        "MatMul",
        where(lambda n: n.saved[0].ndim == 3, lambda n, g, r: (r[0], n.saved[0][0].mT @ g[0][0])),
        lambda a, b: a.tanh() @ b,
        (values(3, 2, 4), values(4, 5, seed=1)),
        "missing broadcast sum",
        1,
    ),
    "repeated indices, last wins": Planted(
        "TakeAt",
        lambda n, g, r: (autograd.stack([g[0][0], g[0][3], g[0][0] * 0]), *r[1:]),
        lambda x: x.exp().index_select(0, autograd.tensor([0, 1, 1, 1])),
        (values(3, 2),),
        "forgotten term",
    ),
    "elu, alpha": Planted(
        "Elu",
        lambda n, g, r: (autograd.where(n.output > 0, r[0], r[0] * 2),),
        lambda x: F.elu(x * 2, alpha=0.5),
        (values(8),),
        "constant factor",
    ),
    "sigmoid, of the result": Planted(
        "Sigmoid",
        instead(lambda n, g: g * n.output.sigmoid() * (1 - n.output.sigmoid())),
        lambda x: (x * 2).sigmoid(),
        (values(5),),
        "wrong operand",
    ),
    "clipped": Planted("Exp", through(0, lambda g: g.clamp(-1, 1)), lambda x: (x * 3).exp(), (values(8),), "clipped"),
    "truncated": Planted(
        "Exp", through(0, lambda g: g.trunc()), lambda x: (x * 3).exp(), (values(8),), "rounded to integers"
    ),
    "one element, one percent": Planted(
        "Sin",
        through(0, lambda g: g * constant(1.0, 1.0, 1.01, 1.0)),
        lambda x: (x * 2).sin(),
        (values(4),),
        "constant factor",
    ),
    "reflected padding": Planted(
        "PadTake",
        through(0, lambda g: g * 0.5),
        lambda x: F.pad(x.exp()[None], (1, 1), mode="reflect"),
        (values(1, 5),),
        "constant factor",
    ),
    "permutation, not inverted": Planted(
        "Permute",
        lambda n, g, r: (g[0].permute(1, 2, 0),),
        lambda x: (x * 2).permute(1, 2, 0),
        (values(3, 3, 3),),
        "transposed axes",
    ),
    "variance, of deviations from zero": Planted(
        "Var",
        instead(lambda n, g: g * 2 * n.saved[0] / 4),
        lambda x: (x * 2).var(),
        (positive(5),),
        "forgotten term",
    ),
    "linear map of itself": Planted(
        "Linear",
        lambda n, g, r: (g[0] @ n.saved[0], *r[1:]),
        lambda x, w: F.linear(x.tanh(), w),
        (values(3, 3), values(3, 3, seed=1)),
        "wrong operand",
    ),
    "infinite at one element": Planted(
        "Log", through(0, lambda g: g / constant(1.0, 0.0, 1.0)), lambda x: (x * x).log(), (values(3),), "not a number"
    ),
    "broadcast divisor, first row": Planted(
        "Div",
        lambda n, g, r: (r[0], r[1][0] if r[1].ndim == 2 else r[1]),
        lambda x, y: x / y.exp(),
        (values(4, 3), values(3, seed=1)),
        "missing broadcast sum",
        1,
    ),
}
