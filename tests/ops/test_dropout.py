"""Dropout: how much is left out, what stays, whole channels, in place, seeds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import autograd
import nn.functional as F
from autograd.tensor import Tensor


def ones(*shape: int) -> Tensor:
    return Tensor(np.ones(shape), None)


def test_elements_are_dropped_with_probability_p_and_the_rest_is_scaled() -> None:
    autograd.manual_seed(0)
    y = F.dropout(ones(100, 1000), 0.3).numpy()
    assert set(np.unique(y)) == {0.0, 1 / 0.7}
    assert (y == 0).mean() == pytest.approx(0.3, abs=0.01)


def test_the_gradient_is_scaled_as_the_input_was() -> None:
    x = ones(40, 30).requires_grad_()
    y = F.dropout(x, 0.5)
    y.sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), y.detach().numpy())


@pytest.mark.parametrize("drop", [F.dropout, F.alpha_dropout, F.feature_alpha_dropout, F.dropout2d])
def test_a_seed_gives_the_same_outcome(drop: Any) -> None:
    outcomes = []
    for _ in range(2):
        autograd.manual_seed(3)
        outcomes.append(drop(ones(6, 5, 4, 4), 0.5, True).numpy())
    np.testing.assert_array_equal(*outcomes)
    assert not np.array_equal(outcomes[0], drop(ones(6, 5, 4, 4), 0.5, True).numpy())


@pytest.mark.parametrize(
    ("drop", "shape"), [(F.dropout1d, (50, 40, 3)), (F.dropout2d, (50, 40, 3, 2)), (F.dropout3d, (50, 40, 2, 2, 2))]
)
def test_channels_are_dropped_whole(drop: Any, shape: tuple[int, ...]) -> None:
    y = drop(ones(*shape), 0.25).numpy().reshape(50 * 40, -1)
    assert (y == y[:, :1]).all()
    assert (y[:, 0] == 0).mean() == pytest.approx(0.25, abs=0.05)
    np.testing.assert_allclose(np.unique(y), [0, 4 / 3])


@pytest.mark.parametrize(("drop", "shape"), [(F.dropout1d, (200, 3)), (F.dropout3d, (200, 2, 2, 2))])
def test_channels_without_a_batch(drop: Any, shape: tuple[int, ...]) -> None:
    y = drop(ones(*shape), 0.5).numpy().reshape(200, -1)
    assert (y == y[:, :1]).all()
    assert len(np.unique(y)) == 2


@pytest.mark.parametrize("drop", [F.alpha_dropout, F.feature_alpha_dropout])
def test_alpha_dropout_keeps_mean_and_variance(drop: Any) -> None:
    autograd.manual_seed(1)
    x = autograd.randn(400, 500, dtype=autograd.float64)
    y = drop(x, 0.2, True)
    assert float(y.mean()) == pytest.approx(0, abs=0.02)
    assert float(y.var()) == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize("drop", [F.dropout, F.dropout2d, F.alpha_dropout, F.feature_alpha_dropout])
def test_in_place(drop: Any) -> None:
    x = ones(4, 3, 2, 2).requires_grad_()
    y = x * 1
    assert drop(y, 0.5, True, True) is y
    y.sum().backward()
    assert x.grad.shape == x.shape
    with pytest.raises(RuntimeError, match="a leaf Variable that requires grad is being used in an in-place operation"):
        drop(x, 0.5, True, True)


def test_evaluation_returns_the_input() -> None:
    x = ones(3, 4)
    assert F.dropout(x, 0.5, training=False) is x
    assert F.dropout(x, 0.0) is x


def test_unusual_ranks_warn() -> None:
    with pytest.warns(UserWarning, match="dropout2d: Received a 2-D input"):
        F.dropout2d(ones(3, 4))
    with pytest.warns(UserWarning, match="input is interpreted as shape \\(N, C, L\\)"):
        F.dropout2d(ones(3, 4, 5))
    with pytest.warns(UserWarning, match="dropout3d: Received a 2-D input"):
        F.dropout3d(ones(3, 4))
    with pytest.raises(RuntimeError, match="at least 2 dimensions"):
        F.feature_alpha_dropout(ones(3), 0.5, True)
