"""Mistakes in the rules of built-in operations."""

from __future__ import annotations

from typing import Any

import autograd
import nn.functional as F
from autograd import Tensor
from tests.gradcheck.planting import Planted, dropped, instead, node_class, through, times, values, zeroed


def shifted(g: Tensor) -> Tensor:
    return g.roll(1, -1)


def rotated_by_mistake(node: Any, g: Tensor) -> Any:
    """The gradients of a convolution with the kernel used as it is where it should be rotated."""
    x, w = node.saved[:2]
    conv_input = node_class("ConvInput")
    conv_weight = node_class("ConvWeight")
    wrong = conv_input.apply(g, w.flip((2, 3)), geometry=node.geometry)
    return wrong, conv_weight.apply(x, g, geometry=node.geometry), g.sum((0, 2, 3))


def bias_of_the_first_image(node: Any, g: Tensor) -> Any:
    x, w = node.saved[:2]
    conv_input = node_class("ConvInput")
    conv_weight = node_class("ConvWeight")
    return (
        conv_input.apply(g, w, geometry=node.geometry),
        conv_weight.apply(x, g, geometry=node.geometry),
        g[0].sum((1, 2)),
    )


BUILT_IN = {
    "mul twice": Planted(
        "Mul", times(2, 0), lambda x, y: (x.tanh() * y).exp(), (values(3), values(3, seed=1)), "constant factor"
    ),
    "mul of the second operand": Planted(
        "Mul", times(-1, 1), lambda x, y: x.sin() * y, (values(2, 3), values(3, seed=1)), "sign", 1
    ),
    "mul without the other operand": Planted(
        "Mul",
        instead(lambda n, g: (g, g * n.saved[0])),
        lambda x, y: x * y.tanh(),
        (values(4), values(4, seed=1)),
        "forgotten term",
    ),
    "mul with its own operand": Planted(
        "Mul",
        instead(lambda n, g: (g * n.saved[0], g * n.saved[0])),
        lambda x, y: x * y.tanh(),
        (values(4), values(4, seed=1)),
        "wrong operand",
    ),
    "sub": Planted("Sub", times(-1, 1), lambda x, y: (x - y.exp()).sin(), (values(3), values(3, seed=1)), "sign", 1),
    "div": Planted("Div", times(-1, 1), lambda x, y: x / y.exp(), (values(3), values(3, seed=1)), "sign", 1),
    "div without the other operand": Planted(
        "Div", dropped(1), lambda x, y: x / (y * y), (values(3), values(3, seed=1)), "gradient missing", 1
    ),
    "pow half": Planted("Pow", times(0.5, 0), lambda x: (x * x) ** 3, (values(4),), "constant factor"),
    "exp": Planted("Exp", times(3), lambda x: x.sin().exp(), (values(4),), "constant factor"),
    "cos": Planted("Cos", times(-1), lambda x: (x * 2).cos() * x, (values(4),), "sign"),
    "log of the output": Planted("Log", instead(lambda n, g: g), lambda x: (x * x).log().sin(), (values(4),), "*"),
    "tanh without the square": Planted(
        "Tanh", instead(lambda n, g: g * (1 - n.output)), lambda x: (x * 2).tanh(), (values(5),), "*"
    ),
    "sum zero": Planted("Sum", zeroed(0), lambda x: x.exp().sum(), (values(2, 3),), "gradient missing"),
    "mean without the division": Planted(
        "Mean", times(6), lambda x: x.exp().mean(), (values(2, 3),), "constant factor"
    ),
    "mean over an axis": Planted("Mean", times(3), lambda x: x.exp().mean(1), (values(2, 3),), "constant factor"),
    "permute": Planted(
        "Permute",
        instead(lambda n, g: g),
        lambda x: x.exp().transpose(0, 1) * values(3, 3, seed=5),
        (values(3, 3),),
        "transposed axes",
    ),
    "flip": Planted("Flip", instead(lambda n, g: g), lambda x: x.exp().flip(0), (values(5),), "flipped axes"),
    "roll": Planted("Roll", instead(lambda n, g: g), lambda x: x.exp().roll(1, 0), (values(6),), "shifted index"),
    "matmul": Planted(
        "MatMul",
        instead(lambda n, g: (g @ n.saved[1], n.saved[0].mT @ g)),
        lambda a, b: a.tanh() @ b,
        (values(2, 3), values(3, 3, seed=1)),
        "transposed axes",
    ),
    "matmul of the second operand": Planted(
        "MatMul",
        instead(lambda n, g: (g @ n.saved[1].mT, n.saved[0] @ g)),
        lambda a, b: a.tanh() @ b,
        (values(3, 3), values(3, 3, seed=1)),
        "transposed axes",
        1,
    ),
    "linear bias": Planted(
        "Linear",
        through(2, lambda g: g[..., :1, :] if g.ndim > 1 else g * 0.5),
        F.linear,
        (values(4, 3), values(2, 3, seed=1), values(2, seed=2)),
        "*",
        2,
    ),
    "conv kernel not rotated": Planted(
        "Conv",
        instead(rotated_by_mistake),
        lambda x, w, b: F.conv2d(x.tanh(), w, b, padding=1),
        (values(2, 2, 5, 5), values(3, 2, 3, 3, seed=1), values(3, seed=2)),
        "kernel not rotated",
    ),
    "conv weight flipped": Planted(
        "Conv",
        through(1, lambda g: g.flip((2, 3))),
        lambda x, w: F.conv2d(x.tanh(), w),
        (values(2, 2, 5, 5), values(3, 2, 3, 3, seed=1)),
        "kernel not rotated",
        1,
    ),
    "conv bias of one image": Planted(
        "Conv",
        instead(bias_of_the_first_image),
        lambda x, w, b: F.conv2d(x, w, b).tanh(),
        (values(3, 2, 4, 4), values(2, 2, 2, 2, seed=1), values(2, seed=2)),
        "missing broadcast sum",
        2,
    ),
    "conv weight averaged": Planted(
        "Conv", times(1 / 4, 1), F.conv2d, (values(4, 1, 4, 4), values(2, 1, 3, 3, seed=1)), "constant factor", 1
    ),
    "conv input missing": Planted(
        "Conv", zeroed(0), F.conv2d, (values(1, 1, 4, 4), values(2, 1, 3, 3, seed=1)), "gradient missing"
    ),
    "conv input shifted": Planted(
        "Conv",
        through(0, shifted),
        lambda x, w: F.conv2d(x, w, padding=1),
        (values(1, 1, 5, 6), values(1, 1, 3, 3, seed=1)),
        "shifted index",
    ),
    "max pool": Planted(
        "MaxPool", times(2), lambda x: F.max_pool2d(x.exp(), 2), (values(1, 2, 4, 4),), "constant factor"
    ),
    "average pool": Planted(
        "AvgPool", times(4), lambda x: F.avg_pool2d(x.exp(), 2), (values(1, 2, 4, 4),), "constant factor"
    ),
    "relu without its mask": Planted(
        "Relu", instead(lambda n, g: g), lambda x: (x * 2).relu(), (values(8),), "forgotten term"
    ),
    "abs without its sign": Planted("Abs", instead(lambda n, g: g), lambda x: (x * 2).abs(), (values(8),), "sign"),
    "clamp without its mask": Planted(
        "Clamp", instead(lambda n, g: (g, None, None)), lambda x: (x * 2).clamp(-1, 1), (values(12),), "forgotten term"
    ),
    "sigmoid": Planted(
        "Sigmoid", instead(lambda n, g: g * n.output), lambda x: (x * 2).sigmoid(), (values(5),), "forgotten term"
    ),
    "softmax without the sum": Planted(
        "Softmax", instead(lambda n, g: g * n.output), lambda x: x.exp().softmax(1), (values(2, 4),), "forgotten term"
    ),
    "log-softmax without the sum": Planted(
        "LogSoftmax", instead(lambda n, g: g), lambda x: x.exp().log_softmax(1), (values(2, 4),), "forgotten term"
    ),
    "batch norm as if mean and variance were constant": Planted(
        "BatchNorm",
        through(0, lambda g: g * 0 + 1.0),
        lambda x, w, b: F.batch_norm(x, None, None, w, b, training=True),
        (values(4, 3, 2, 2), values(3, seed=1), values(3, seed=2)),
        "*",
    ),
    "batch norm weight": Planted(
        "BatchNorm",
        times(2, 1),
        lambda x, w, b: F.batch_norm(x, None, None, w, b, training=True),
        (values(4, 3, 2, 2), values(3, seed=1), values(3, seed=2)),
        "constant factor",
        1,
    ),
    "layer norm": Planted("LayerNorm", times(-1, 0), lambda x: F.layer_norm(x.exp(), (4,)), (values(3, 4),), "sign"),
    "cumsum": Planted("CumSum", instead(lambda n, g: g.cumsum(0)), lambda x: x.exp().cumsum(0), (values(5),), "*"),
    "where": Planted(
        "Where",
        lambda node, grads, results: tuple(grads[0] if g is not None else None for g in results),
        lambda x, y: autograd.where(autograd.tensor([True, False, True]), x.exp(), y),
        (values(3), values(3, seed=1)),
        "forgotten term",
        None,
    ),
    "cat": Planted(
        "Cat",
        lambda n, gs, rs: (rs[1], rs[0]),
        lambda x, y: autograd.cat([x.exp(), y]),
        (values(3), values(3, seed=1)),
        "*",
    ),
    "slice": Planted(
        "Slice", through(0, lambda g: g.roll(1, 0)), lambda x: x.exp()[1:4], (values(6),), "shifted index"
    ),
    "pad": Planted("PadConstant", through(0, lambda g: g * -1), lambda x: F.pad(x.exp(), (1, 2)), (values(4),), "sign"),
    "logsumexp": Planted("LogSumExp", times(2), lambda x: x.sin().logsumexp(0), (values(5),), "constant factor"),
    "variance with the other divisor": Planted(
        "Var", times(4 / 5), lambda x: x.exp().var(), (values(5),), "constant factor"
    ),
    "conv transpose weight": Planted(
        "ConvInput",
        through(1, lambda g: g.flip((2, 3))),
        lambda x, w: F.conv_transpose2d(x.tanh(), w),
        (values(2, 2, 4, 4), values(2, 3, 3, 3, seed=1)),
        "kernel not rotated",
        1,
    ),
    "nan": Planted(
        "Sin", through(0, lambda g: g * float("nan")), lambda x: (x * 2).sin(), (values(3),), "not a number"
    ),
    "wrong shape": Planted(
        "Exp",
        instead(lambda n, g: g.sum()[None, None].expand(7, 5)),
        lambda x: x.exp().sin(),
        (values(3),),
        "wrong shape",
    ),
    "raises": Planted(
        "Exp", instead(lambda n, g: 1 / 0), lambda x: x.exp().sin(), (values(3),), "backward raises", None
    ),
}
