"""Initial values: bounds, moments, structure and refusals."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import autograd
import nn
from nn import init


@pytest.fixture(autouse=True)
def _seed() -> None:
    autograd.manual_seed(0)


def filled(function: Any, *args: Any, shape: tuple[int, ...] = (60, 20, 5), **kwargs: Any) -> np.ndarray:
    tensor = nn.Parameter(autograd.zeros(shape))
    assert function(tensor, *args, **kwargs) is tensor
    assert tensor.requires_grad
    assert tensor.grad_fn is None
    return tensor.detach().numpy()


@pytest.mark.parametrize(
    ("name", "args", "std", "bound"),
    [
        ("uniform_", (-2.0, 4.0), 6 / math.sqrt(12), 4.0),
        ("normal_", (0.0, 3.0), 3.0, None),
        ("trunc_normal_", (0.0, 1.0, -1.0, 1.0), 0.5396, 1.0),
        ("xavier_uniform_", (2.0,), 2 * math.sqrt(2 / 400), 2 * math.sqrt(6 / 400)),
        ("xavier_normal_", (), math.sqrt(2 / 400), None),
        ("kaiming_uniform_", (math.sqrt(5),), math.sqrt(1 / 300), math.sqrt(1 / 100)),
        ("kaiming_normal_", (0, "fan_out", "relu"), math.sqrt(2 / 300), None),
    ],
)
def test_distribution(name: str, args: tuple[Any, ...], std: float, bound: float | None) -> None:
    values = filled(getattr(init, name), *args)
    centre = 1.0 if name == "uniform_" else 0.0
    assert abs(values.mean() - centre) < 5 * std / math.sqrt(values.size)
    assert abs(values.std() / std - 1) < 0.05
    if bound is not None:
        assert np.abs(values).max() <= bound
        assert np.abs(values).max() > 0.98 * bound


def test_truncation_far_from_the_mean() -> None:
    with pytest.warns(UserWarning, match="mean is more than 2 std"):
        values = filled(init.trunc_normal_, 0.0, 1.0, 3.0, 4.0)
    assert values.min() >= 3
    assert values.max() <= 4
    assert abs(values.mean() - 3.2585) < 0.02


def test_constants() -> None:
    assert (filled(init.constant_, 2.5) == 2.5).all()
    assert (filled(init.ones_) == 1).all()
    assert (filled(init.zeros_) == 0).all()
    np.testing.assert_array_equal(filled(init.eye_, shape=(3, 5)), np.eye(3, 5))


@pytest.mark.parametrize("groups", [1, 2])
@pytest.mark.parametrize("kernel", [(3,), (3, 4), (3, 2, 5)])
def test_dirac_passes_channels_on(groups: int, kernel: tuple[int, ...]) -> None:
    values = filled(init.dirac_, groups, shape=(4, 3, *kernel))
    expected = np.zeros_like(values)
    for out in range(4):
        channel = out % (4 // groups)
        if channel < 3:
            expected[(out, channel, *(k // 2 for k in kernel))] = 1
    np.testing.assert_array_equal(values, expected)


@pytest.mark.parametrize("shape", [(3, 5), (5, 3), (4, 2, 3), (4, 4)])
def test_orthogonal(shape: tuple[int, ...]) -> None:
    matrix = filled(init.orthogonal_, 2.0, shape=shape).reshape(shape[0], -1)
    small = matrix if matrix.shape[0] <= matrix.shape[1] else matrix.T
    np.testing.assert_allclose(small @ small.T, 4 * np.eye(len(small)), atol=1e-5)


def test_sparse() -> None:
    values = filled(init.sparse_, 0.35, std=2.0, shape=(10, 7))
    assert ((values == 0).sum(0) == 4).all()
    assert 1 < values[values != 0].std() < 3


def test_generator_makes_values_repeat() -> None:
    first, again = (filled(init.normal_, generator=autograd.Generator().manual_seed(7)) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, filled(init.normal_))


def test_gains() -> None:
    assert init.calculate_gain("linear") == init.calculate_gain("conv_transpose3d") == 1
    assert init.calculate_gain("tanh") == 5 / 3
    assert init.calculate_gain("leaky_relu", 2) == math.sqrt(2 / 5)
    assert init.calculate_gain("leaky_relu") == math.sqrt(2 / (1 + 0.01**2))
    assert init.calculate_gain("selu") == 0.75


@pytest.mark.parametrize(
    ("act", "phrase"),
    [
        (lambda: init.calculate_gain("relu7"), "Unsupported nonlinearity relu7"),
        (lambda: init.calculate_gain("leaky_relu", True), "not a valid number"),
        (lambda: init.eye_(autograd.ones(2, 2, 2)), "Only tensors with 2 dimensions are supported"),
        (lambda: init.sparse_(autograd.ones(2), 0.1), "Only tensors with 2 dimensions are supported"),
        (lambda: init.dirac_(autograd.ones(2, 2)), "Only tensors with 3, 4, or 5 dimensions are supported"),
        (lambda: init.dirac_(autograd.ones(3, 2, 2), 2), "dim 0 must be divisible by groups"),
        (lambda: init.orthogonal_(autograd.ones(2)), "Only tensors with 2 or more dimensions are supported"),
        (lambda: init.xavier_normal_(autograd.ones(2)), "fewer than 2 dimensions"),
        (lambda: init.kaiming_normal_(autograd.ones(2, 2), mode="fan"), "Mode fan not supported"),
    ],
)
def test_refusals(act: Any, phrase: str) -> None:
    with pytest.raises(ValueError, match=phrase):
        act()


def test_empty_tensors() -> None:
    with pytest.warns(UserWarning, match="zero-element tensors is a no-op"):
        init.kaiming_uniform_(autograd.ones(0, 2))
    assert init.orthogonal_(autograd.ones(0, 2)).shape == (0, 2)


def test_layers_start_as_they_should() -> None:
    for layer, fan_in in (
        (nn.Linear(50, 40), 50),
        (nn.Conv2d(8, 30, 3, groups=2), 36),
        (nn.ConvTranspose1d(9, 20, 5), 100),
    ):
        bound = 1 / math.sqrt(fan_in)
        for parameter in (layer.weight, layer.bias):
            values = np.abs(parameter.detach().numpy())
            assert values.max() <= bound
            assert values.max() > 0.7 * bound
    norm = nn.BatchNorm1d(3)
    assert (norm.weight.tolist(), norm.bias.tolist()) == ([1.0] * 3, [0.0] * 3)
    assert nn.Embedding(4, 3, padding_idx=2).weight[2].tolist() == [0.0] * 3


def test_skip_init() -> None:
    state = autograd.get_rng_state()
    layer = nn.utils.skip_init(nn.Linear, 3, 4, dtype=autograd.float64)
    assert layer.weight.dtype == autograd.float64
    assert layer.weight.shape == (4, 3)
    after = autograd.rand(2)
    autograd.set_rng_state(state)
    assert autograd.rand(2).tolist() == after.tolist()
    with pytest.raises(RuntimeError, match="must support a 'device' arg"):
        nn.utils.skip_init(nn.ReLU)
    with pytest.raises(RuntimeError, match="Expected a Module"):
        nn.utils.skip_init(dict)  # type: ignore[type-var]
