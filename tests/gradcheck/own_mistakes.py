"""Mistakes in functions of one's own."""

from __future__ import annotations

import autograd
import nn.functional as F
from autograd import Tensor
from tests.gradcheck.planting import Own, function, positive, values


def _in_place(x: Tensor) -> Tensor:
    x.detach().numpy()[...] *= 2
    return x * x


def _noisy(x: Tensor) -> Tensor:
    return x + autograd.rand(*x.shape, dtype=autograd.float64) * 0.1


def rowwise(x: Tensor, b: Tensor) -> Tensor:
    return x + b


OWN = {
    "square, derivative 1": Own(function(lambda x: x * x, lambda g, x: g * x), (values(4),), "constant factor"),
    "square, sign": Own(function(lambda x: x * x, lambda g, x: -2 * g * x), (values(4),), "sign"),
    "x sin x, half of the product rule": Own(
        function(lambda x: x * x.sin(), lambda g, x: g * x.sin()), (positive(6),), "forgotten term"
    ),
    "no gradient at all": Own(function(lambda x: x * x, lambda g, x: None), (values(4),), "gradient missing"),
    "no gradient for the weight": Own(
        function(lambda x, w: x * w, lambda g, x, w: (g * w, None)),
        (values(3), values(3, seed=1)),
        "gradient missing",
        1,
    ),
    "bias, first row only": Own(
        function(rowwise, lambda g, x, b: (g, g[0])), (values(4, 3), values(3, seed=1)), "missing broadcast sum", 1
    ),
    "bias, mean": Own(
        function(rowwise, lambda g, x, b: (g, g.mean(0))), (values(4, 3), values(3, seed=1)), "constant factor", 1
    ),
    "channel bias, summed over the batch": Own(
        function(lambda x, b: x + b[:, None], lambda g, x, b: (g, g.sum(0))),
        (values(4, 3, 3), values(3, seed=1)),
        "missing broadcast sum",
        1,
    ),
    "scalar factor, first element only": Own(
        function(lambda x, s: x * s, lambda g, x, s: (g * s, (g * x)[0, 0])),
        (values(3, 4), values(seed=1)),
        "missing broadcast sum",
        1,
    ),
    "normalisation, variance forgotten": Own(
        function(
            lambda x: (x - x.mean(-1, keepdim=True)) / x.std(-1, keepdim=True),
            lambda g, x: (g - g.mean(-1, keepdim=True)) / x.std(-1, keepdim=True),
        ),
        (values(3, 5),),
        "forgotten term",
    ),
    "mean squared error over the batch": Own(
        function(
            lambda x, y: ((x - y) ** 2).mean(),
            lambda g, x, y: (2 * g * (x - y) / x.shape[0], -2 * g * (x - y) / x.numel()),
        ),
        (values(3, 4), values(3, 4, seed=1)),
        "constant factor",
    ),
    "convolution in one dimension, kernel not rotated": Own(
        function(
            lambda x, w: F.conv1d(x, w),
            lambda g, x, w: (
                F.conv1d(g, w.transpose(0, 1), padding=2),
                F.conv1d(x.transpose(0, 1), g.transpose(0, 1)).transpose(0, 1),
            ),
        ),
        (values(2, 3, 7), values(4, 3, 3, seed=1)),
        "kernel not rotated",
    ),
    "channel bias, not summed": Own(
        function(lambda x, b: x + b[:, None, None], lambda g, x, b: (g, g)),
        (values(2, 3, 2, 5), values(3, seed=1)),
        "missing broadcast sum",
        1,
    ),
    "channel bias, summed over one axis": Own(
        function(lambda x, b: x + b[:, None, None], lambda g, x, b: (g, g.sum((0, 2))[:, :1].squeeze(1))),
        (values(2, 3, 4, 5), values(3, seed=1)),
        "missing broadcast sum",
        1,
    ),
    "matrix product, operand not transposed": Own(
        function(lambda x, w: x @ w, lambda g, x, w: (g @ w, x.mT @ g)),
        (values(2, 3), values(3, 3, seed=1)),
        "transposed axes",
    ),
    "matrix product, result transposed": Own(
        function(lambda x, w: x @ w, lambda g, x, w: (g @ w.mT, (x.mT @ g).mT)),
        (values(2, 3), values(3, 4, seed=1)),
        "transposed axes",
        1,
    ),
    "transpose, gradient as it is": Own(
        function(lambda x: x.mT * 2, lambda g, x: 2 * g), (values(3, 3),), "transposed axes"
    ),
    "convolution, kernel not rotated": Own(
        function(
            lambda x, w: F.conv2d(x, w),
            lambda g, x, w: (
                F.conv2d(g, w.transpose(0, 1), padding=2),
                F.conv2d(x.transpose(0, 1), g.transpose(0, 1)).transpose(0, 1),
            ),
        ),
        (values(2, 2, 5, 5), values(3, 2, 3, 3, seed=1)),
        "kernel not rotated",
    ),
    "convolution, kernel's gradient rotated": Own(
        function(
            lambda x, w: F.conv2d(x, w),
            lambda g, x, w: (
                F.conv2d(g, w.transpose(0, 1).flip((2, 3)), padding=2),
                F.conv2d(x.transpose(0, 1), g.transpose(0, 1)).transpose(0, 1).flip((2, 3)),
            ),
        ),
        (values(2, 2, 5, 5), values(3, 2, 3, 3, seed=1)),
        "kernel not rotated",
        1,
    ),
    "mean, not divided": Own(
        function(lambda x: x.mean(), lambda g, x: g.expand(x.shape)), (values(3, 4),), "constant factor"
    ),
    "sum of squares over the batch": Own(
        function(lambda x: (x * x).sum(1), lambda g, x: 2 * x * g[:, None] / x.shape[0]),
        (values(4, 3),),
        "constant factor",
    ),
    "normalisation, mean forgotten": Own(
        function(lambda x: x - x.mean(), lambda g, x: g), (values(6),), "forgotten term"
    ),
    "softmax, diagonal only": Own(
        function(lambda x: x.softmax(1), lambda g, x: g * x.softmax(1) * (1 - x.softmax(1))),
        (values(3, 4),),
        "forgotten term",
    ),
    "norm": Own(function(lambda x: (x * x).sum().sqrt(), lambda g, x: g * x), (values(5),), "constant factor"),
    "leaky relu, slope forgotten": Own(
        function(lambda x: autograd.where(x > 0, x, 0.1 * x), lambda g, x: g * (x > 0)),
        (values(10),),
        "gradient missing",
    ),
    "gather with repeated indices": Own(
        function(
            lambda x: x[autograd.tensor([0, 1, 1, 1])],
            lambda g, x: autograd.stack([g[0], g[3], g[0] * 0]),
        ),
        (values(3, 2),),
        "*",
    ),
    "derivative at the output": Own(
        function(lambda x: x.sin(), lambda g, x: g * x.sin().cos()), (values(6),), "wrong operand"
    ),
    "derivative of another function": Own(
        function(lambda x: x.sin(), lambda g, x: g * x * x * x.sign() * -3), (values(40),), "*"
    ),
    "forward writes into its input": Own(
        function(_in_place, lambda g, x: 2 * g * x), (values(3),), "input modified in place", None
    ),
    "random numbers": Own(function(_noisy, lambda g, x: g), (values(3),), "non-determinism", None),
    "wrong shape": Own(function(lambda x: x.reshape(6) * 2, lambda g, x: 2 * g), (values(2, 3),), "wrong shape"),
    "shift": Own(
        function(lambda x: x[1:] - x[:-1], lambda g, x: autograd.cat([g, g[:1] * 0]) - autograd.cat([g[:1] * 0, g])),
        (values(6),),
        "*",
    ),
    "backward raises": Own(
        function(lambda x: x * 2, lambda g, x: g.no_such_method()), (values(3),), "backward raises", None
    ),
}
