"""Further mistakes in functions of one's own: of chance, state, memory, precision and broadcasting."""

from __future__ import annotations

from itertools import count

import autograd
import nn.functional as F
from autograd import Tensor
from tests.gradcheck.planting import Own, constant, function, values

MASK = constant(1.0, 0.0, 1.0, 1.0, 0.0, 1.0)
PASSES = count()


def _changes_what_it_saved(g: Tensor, x: Tensor) -> Tensor:
    x.detach().numpy()[...] *= 1.5
    return 2 * g * x / 1.5


def _root_mean_square(x: Tensor) -> Tensor:
    return (x * x).mean(-1, keepdim=True).sqrt()


def _length(x: Tensor) -> Tensor:
    return (x * x).sum().sqrt()


FURTHER_OWN = {
    "dropout, not scaled": Own(
        function(lambda x: x * MASK * 2, lambda g, x: g * MASK), (values(6),), "constant factor"
    ),
    "dropout, not masked": Own(function(lambda x: x * MASK * 2, lambda g, x: g * 2), (values(6),), "forgotten term"),
    "dropout, another mask": Own(
        function(lambda x: x * MASK * 2, lambda g, x: g * 2 * (autograd.rand(6) > 0.5)),
        (values(6),),
        "non-determinism",
    ),
    "wrong at every other pass": Own(
        function(lambda x: x.sin(), lambda g, x: g * x.cos() * (1 + next(PASSES) % 2)),
        (values(6),),
        "non-determinism",
    ),
    "stale tensor": Own(function(lambda x: x.sin(), lambda g, x: g * values(6, seed=9).cos()), (values(6),), "*"),
    "saved tensor changed": Own(
        function(lambda x: x * x, _changes_what_it_saved), (values(6),), "input modified in place", None
    ),
    "single precision inside": Own(
        function(lambda x: x.float().exp().double(), lambda g, x: g * x.exp()), (values(6),), "float32 noise", None
    ),
    "clipped": Own(function(lambda x: x**3, lambda g, x: (3 * g * x * x).clamp(-0.5, 0.5)), (values(10),), "clipped"),
    "through integers": Own(
        function(lambda x: (4 * x) ** 2, lambda g, x: (32 * g * x).long().double()),
        (values(6),),
        "rounded to integers",
    ),
    "sign of the second": Own(
        function(lambda x, y: x - y * y, lambda g, x, y: (g, 2 * g * y)), (values(4), values(4, seed=1)), "sign", 1
    ),
    "gradients exchanged": Own(
        function(lambda x, y: x * y.sin(), lambda g, x, y: (g * x * y.cos(), g * y.sin())),
        (values(4), values(4, seed=1)),
        "wrong operand",
    ),
    "one of two broadcast axes": Own(
        function(lambda x, b: x + b, lambda g, x, b: (g, g.sum(0, keepdim=True)[:, :1])),
        (values(4, 3), values(1, 1, seed=1)),
        "missing broadcast sum",
        1,
    ),
    "root mean square held constant": Own(
        function(lambda x: x / _root_mean_square(x), lambda g, x: g / _root_mean_square(x)),
        (values(3, 5),),
        "forgotten term",
    ),
    "logarithm of a sum, not normalised": Own(
        function(lambda x: x.logsumexp(-1), lambda g, x: g[:, None] * (x - x.amax(-1, keepdim=True)).exp()),
        (values(3, 5),),
        "constant factor",
    ),
    "another approximation": Own(
        function(lambda x: F.gelu(x), lambda g, x: g * (1.702 * x).sigmoid()), (values(10),), "*"
    ),
    "permutation, applied again": Own(
        function(lambda x: x.permute(2, 0, 1) * 1.0, lambda g, x: g.permute(2, 0, 1)),
        (values(3, 3, 3),),
        "transposed axes",
    ),
    "reshaped, not transposed": Own(
        function(lambda x: x.mT * 1.0, lambda g, x: g.reshape(x.shape)), (values(2, 3),), "*"
    ),
    "running sum, from the wrong end": Own(
        function(lambda x: x.cumsum(0), lambda g, x: g.flip(0).cumsum(0)), (values(5),), "flipped axes"
    ),
    "attention, not scaled": Own(
        function(lambda q, k: q @ k.mT / 2, lambda g, q, k: (g @ k, g.mT @ q)),
        (values(3, 4), values(5, 4, seed=1)),
        "constant factor",
    ),
    "cosine, lengths held constant": Own(
        function(
            lambda x, y: (x * y).sum() / (_length(x) * _length(y)),
            lambda g, x, y: (g * y / (_length(x) * _length(y)), g * x / (_length(x) * _length(y))),
        ),
        (values(5), values(5, seed=1)),
        "forgotten term",
    ),
    "bias summed over its own axis": Own(
        function(lambda x, b: x + b[:, None, None], lambda g, x, b: (g, g.sum((0, 1, 3)))),
        (values(2, 3, 3, 4), values(3, seed=1)),
        "transposed axes",
        1,
    ),
    "output's gradient ignored": Own(function(lambda x: x * x, lambda g, x: 2 * x), (values(4),), "forgotten term"),
    "maximum, to all that tie": Own(
        function(lambda x: x.amax(1), lambda g, x: g[:, None] * (x == x.amax(1, keepdim=True))),
        (autograd.tensor([[1.0, 1.0, 0.5], [0.2, 0.3, 0.3]], dtype=autograd.float64, requires_grad=True),),
        "non-smooth point",
    ),
}
