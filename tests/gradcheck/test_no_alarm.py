"""Correct gradients raise no alarm: random graphs at random points, and every registered operation on its own."""

from __future__ import annotations

import numpy as np
import pytest

import autograd
import nn.functional as F
from autograd.gradcheck.explain import run_recorded
from autograd.gradcheck.localize import Budget, check_call, first_fault
from tests.samples import called, cases, sample

GRAPHS, SEEDS = 200, 20

UNARY = [
    lambda x: x.tanh(),
    lambda x: x.sin() * 1.3,
    lambda x: (x * x + 0.5).log(),
    lambda x: (x * 0.5).exp(),
    lambda x: x.relu() + 0.1 * x,
    lambda x: F.gelu(x),
    lambda x: x.abs().sqrt(),
    lambda x: x.sigmoid() * x,
    lambda x: x / (1 + x * x),
    lambda x: x.softmax(-1),
    lambda x: x.log_softmax(0),
    lambda x: x - x.mean(0, keepdim=True),
    lambda x: F.layer_norm(x, x.shape[-1:]),
    lambda x: x.cumsum(1),
    lambda x: x.flip(0).roll(1, 1),
    lambda x: x.clamp(-0.7, 0.8) + x,
    lambda x: x.reshape(4, 3).mT.contiguous().reshape(3, 4),
    lambda x: F.pad(x, (1, 0))[:, 1:] * 2,
    lambda x: x[autograd.tensor([2, 0, 0])],
    lambda x: autograd.cat([x[:, 2:], x[:, :2]], 1),
    lambda x: autograd.where(x > 0, x, 0.3 * x),
    lambda x: x.amax(1, keepdim=True) - x,
    lambda x: x + x.std(1, keepdim=True),
    lambda x: F.conv1d(x[None], autograd.ones(3, 3, 3, dtype=x.dtype) * 0.2, padding=1)[0],
    lambda x: F.max_pool1d(F.pad(x, (0, 1))[None], 2, 1)[0],
    lambda x: F.avg_pool1d(F.pad(x, (1, 1))[None], 3, 1)[0],
]
BINARY = [
    lambda x, y: x * y,
    lambda x, y: x + y * 0.5,
    lambda x, y: x - y.mean(),
    lambda x, y: x / (y * y + 1),
    lambda x, y: (x @ y.mT) @ y * 0.3,
    lambda x, y: autograd.maximum(x, y),
    lambda x, y: autograd.hypot(x, y * y + 0.3),
    lambda x, y: x * y.sum(0),
    lambda x, y: autograd.einsum("ij,kj->ik", x, y) @ x,
]


class Graph:
    """A random composition of three to five operations of two inputs."""

    def __init__(self, number: int) -> None:
        rng = np.random.default_rng(number)
        self.steps = [(int(rng.integers(len(BINARY))), *rng.integers(len(UNARY), size=2)) for _ in range(2)]
        self.reduce = bool(rng.integers(2))

    def __call__(self, x, y):
        for binary, first, second in self.steps:
            x, y = BINARY[binary](UNARY[first](x), y), UNARY[second](y)
        return x.sum(1) if self.reduce else x


def inputs(seed):
    rng = np.random.default_rng(seed)
    return tuple(autograd.tensor(rng.standard_normal((3, 4)), requires_grad=True) for _ in range(2))


@pytest.mark.parametrize("seed", range(SEEDS))
def test_random_graphs(seed):
    for number in range(GRAPHS):
        assert autograd.gradcheck(Graph(number), inputs(1000 * seed + number), fast_mode=number % 4 != seed % 4)


def test_no_operation_of_a_random_graph_is_accused():
    for number in range(GRAPHS):
        calls, _ = run_recorded(Graph(number), inputs(number))
        finding, checked = first_fault(calls, 1, Budget(np.inf))
        assert finding is None, (number, finding)
        assert checked == len(calls) > 3


@pytest.mark.parametrize("order", [1, 2])
def test_no_registered_operation_is_accused(order):
    count = 0
    for case in cases(lambda info: info.differentiable and (order == 1 or info.twice)):
        info, k = case.values
        given = sample(info, k)
        calls, _ = run_recorded(lambda info=info, given=given: called(info, given), ())
        for call in calls:
            fault = check_call(call, order)
            assert fault is None, (info.name, k, call.name, fault.diagnosis)
            count += 1
    assert count > 1000
