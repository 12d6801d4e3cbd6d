"""Averages of weights."""

from __future__ import annotations

import numpy as np
import pytest

import autograd
import nn
import optim
from optim.swa_utils import SWALR, AveragedModel, get_ema_avg_fn, update_bn


def trained(averaged: AveragedModel, model: nn.Module, steps: int) -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    seen = []
    for _ in range(steps):
        with autograd.no_grad():
            for p in model.parameters():
                p.copy_(autograd.tensor(rng.standard_normal(p.shape).astype(np.float32)))
        averaged.update_parameters(model)
        seen.append(model.weight.detach().numpy().copy())
    return seen


def test_the_arithmetic_mean() -> None:
    model = nn.Linear(3, 2)
    averaged = AveragedModel(model)
    seen = trained(averaged, model, 4)
    np.testing.assert_allclose(averaged.module.weight.detach().numpy(), np.mean(seen, 0), rtol=1e-5, atol=1e-6)
    assert int(averaged.n_averaged) == 4


def test_the_exponential_mean() -> None:
    model = nn.Linear(3, 2)
    averaged = AveragedModel(model, avg_fn=get_ema_avg_fn(0.8))
    seen = trained(averaged, model, 3)
    want = 0.8 * (0.8 * seen[0] + 0.2 * seen[1]) + 0.2 * seen[2]
    np.testing.assert_allclose(averaged.module.weight.detach().numpy(), want, rtol=1e-5, atol=1e-6)
    with pytest.raises(ValueError, match="Invalid decay value 2"):
        get_ema_avg_fn(2)


def test_state_and_call() -> None:
    model = nn.Linear(3, 2)
    averaged = AveragedModel(model)
    trained(averaged, model, 2)
    assert list(averaged.state_dict()) == ["n_averaged", "module.weight", "module.bias"]
    other = AveragedModel(nn.Linear(3, 2))
    other.load_state_dict(averaged.state_dict())
    x = autograd.ones(4, 3)
    np.testing.assert_array_equal(other.eval()(x).detach().numpy(), averaged.eval()(x).detach().numpy())
    assert int(other.n_averaged) == 2


def test_batch_norm_statistics_are_those_of_all_batches() -> None:
    rng = np.random.default_rng(0)
    model = nn.Sequential(nn.BatchNorm1d(3))
    batches = [autograd.tensor(rng.standard_normal((8, 3)).astype(np.float32)) for _ in range(5)]
    model.eval()
    update_bn(batches, model)
    mean = np.mean([b.numpy().mean(0) for b in batches], 0)
    np.testing.assert_allclose(model[0].running_mean.numpy(), mean, rtol=1e-4, atol=1e-6)
    assert model[0].momentum == 0.1
    assert not model.training


@pytest.mark.parametrize("arguments", [{}, {"anneal_epochs": 4, "anneal_strategy": "linear"}, {"anneal_epochs": 0}])
def test_swalr_equals_pytorch(arguments: dict) -> None:
    torch = pytest.importorskip("torch")
    seen = []
    for library, schedule, make in (
        (optim, SWALR, autograd.ones),
        (torch.optim, torch.optim.swa_utils.SWALR, torch.ones),
    ):
        rule = library.SGD([make(1, requires_grad=True)], lr=0.1)
        s = schedule(rule, swa_lr=0.02, **arguments)
        seen.append([])
        for _ in range(12):
            rule.step()
            s.step()
            seen[-1].append(rule.param_groups[0]["lr"])
    np.testing.assert_allclose(seen[0], seen[1], rtol=1e-10)
