"""Activations overwrite their inputs, and keep precision far from zero."""

from __future__ import annotations

import numpy as np
import pytest

import autograd
from autograd.ops import activation, softmax


@pytest.mark.parametrize("name", ["relu", "sigmoid", "tanh"])
def test_the_gradient_comes_from_the_output_so_the_input_may_be_overwritten(name: str) -> None:
    x = autograd.tensor([-1.0, 0.5, 2.0], dtype=autograd.float64, requires_grad=True)
    (expected,) = autograd.grad(getattr(x, name)().sum(), x)
    y = x * 1
    getattr(y, name + "_")()
    y.sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), expected.numpy())


@pytest.mark.parametrize("name", ["leaky_relu", "elu", "selu", "celu", "hardtanh", "relu6", "softplus"])
def test_what_is_kept_survives_a_change_of_the_input_where_it_is_the_output(name: str) -> None:
    x = autograd.tensor([-1.0, 0.5, 2.0], dtype=autograd.float64, requires_grad=True)
    hidden = x * 1
    y = getattr(activation, name)(hidden)
    hidden.add_(1.0)
    if name == "softplus":
        with pytest.raises(RuntimeError, match="modified by an inplace operation"):
            y.sum().backward()
        return
    y.sum().backward()
    assert x.grad is not None


def test_no_overflow_far_from_zero() -> None:
    x = autograd.tensor([-1000.0, 1000.0], dtype=autograd.float64)
    assert activation.sigmoid(x).tolist() == [0.0, 1.0]
    assert activation.logsigmoid(x).tolist() == [-1000.0, 0.0]
    assert activation.softplus(x).tolist() == [0.0, 1000.0]
    assert softmax.softmax(x, 0).tolist() == [0.0, 1.0]
    assert softmax.log_softmax(x, 0).tolist() == [-2000.0, 0.0]
    assert activation.silu(x).tolist() == [0.0, 1000.0]


@pytest.mark.parametrize("size", [7, 1 << 15])
def test_relu_of_every_size_lets_nan_through_and_stops_infinities(size: int) -> None:
    values = np.resize([-1.0, 2.0, np.nan, -np.inf, np.inf, -0.0, 0.0], size)
    x = autograd.tensor(values).requires_grad_()
    y = x.relu()
    y.backward(autograd.full_like(y, np.inf))
    np.testing.assert_array_equal(y.detach().numpy()[:7], [0, 2, np.nan, 0, np.inf, 0, 0])
    np.testing.assert_array_equal(x.grad.numpy()[:7], [0, np.inf, np.inf, 0, np.inf, 0, 0])
