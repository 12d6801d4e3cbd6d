"""Softmax kernels against the definition."""

import numpy as np
import pytest

from autograd.kernels import loss
from tests.kernels.layouts import LAYOUTS, is_in_layout
from tests.references import reference

CASES = [
    ((7,), 0),
    ((5, 9), 1),
    ((5, 9), 0),
    ((3, 4, 5), -1),
    ((2, 6, 4, 3), 1),
    ((600, 8, 11, 13), 1),
    ((300_000, 3), 0),
]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", LAYOUTS)
@pytest.mark.parametrize(("shape", "axis"), CASES, ids=str)
def test_softmax_and_its_logarithm(shape, axis, name, dtype):
    x = LAYOUTS[name]((np.random.default_rng(0).standard_normal(shape) * 10).astype(dtype))
    g = np.random.default_rng(1).standard_normal(shape).astype(dtype)
    before = x.copy()
    tolerance = {"rtol": 1e-4, "atol": 2e-5} if dtype == np.float32 else {"rtol": 1e-10, "atol": 1e-12}
    exact, grad = x.astype(np.float64), g.astype(np.float64)
    p, log_p = reference("softmax")(exact, axis), reference("log_softmax")(exact, axis)
    y, log_y = loss.softmax(x, axis), loss.log_softmax(x, axis)
    np.testing.assert_allclose(y, p, **tolerance)
    np.testing.assert_allclose(log_y, log_p, **tolerance)
    through = p * (grad - (grad * p).sum(axis, keepdims=True))
    np.testing.assert_allclose(loss.softmax_backward(g, y, axis), through, **tolerance)
    through = grad - p * grad.sum(axis, keepdims=True)
    scale = max(1, np.abs(through).max())
    np.testing.assert_allclose(loss.log_softmax_backward(g, log_y, axis) / scale, through / scale, **tolerance)
    assert y.dtype == log_y.dtype == dtype
    np.testing.assert_array_equal(x, before)
    if len(shape) > 2 and name != "strided":
        assert is_in_layout(y, name)


def test_large_values_do_not_overflow():
    x = np.array([[1e4, 0.0], [-1e4, -1e4]], np.float32)
    np.testing.assert_array_equal(loss.softmax(x, 1), [[1, 0], [0.5, 0.5]])
    np.testing.assert_allclose(loss.log_softmax(x, 1), [[0, -1e4], [-np.log(2)] * 2], rtol=1e-6)


def test_a_row_of_minus_infinity_has_no_softmax():
    x = np.array([[-np.inf, -np.inf], [-np.inf, 0.0]])
    for function in (loss.softmax, loss.log_softmax):
        y = function(x, 1)
        assert np.isnan(y[0]).all()
        assert not np.isnan(y[1]).any()


def test_empty():
    for function in (loss.softmax, loss.log_softmax):
        assert function(np.zeros((0, 3)), 1).shape == (0, 3)
        assert function(np.zeros((3, 0)), 1).shape == (3, 0)
