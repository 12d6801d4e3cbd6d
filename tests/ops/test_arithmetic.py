"""Types, scalars and in-place forms of arithmetic; kinks of elementary functions."""

from __future__ import annotations

import numpy as np
import pytest

import autograd
from autograd import tensor


@pytest.mark.parametrize(
    ("result", "dtype"),
    [
        (lambda: tensor([1, 2]) + 1, "int64"),
        (lambda: tensor([1, 2]) + 1.5, "float32"),
        (lambda: tensor([True]) + 1, "int64"),
        (lambda: tensor([1, 2]) / 2, "float32"),
        (lambda: tensor([1, 2]) // 2, "int64"),
        (lambda: tensor([1.0]) * tensor(2.0, dtype=autograd.float64), "float32"),
        (lambda: tensor([1, 2]).float_power(2), "float64"),
        (lambda: tensor([1]).sin(), "float32"),
        (lambda: tensor([1, 2]).sum(), "int64"),
        (lambda: tensor([True, True]).sum(), "int64"),
        (lambda: tensor([1.0], dtype=autograd.float16) + 1.0, "float16"),
    ],
)
def test_dtypes(result, dtype) -> None:
    assert str(result().dtype) == f"autograd.{dtype}"


@pytest.mark.parametrize("name", ["add", "sub", "mul", "div", "pow", "clamp", "exp", "abs", "relu", "sigmoid", "lerp"])
def test_in_place_twins_write_the_result_over_the_tensor(name: str) -> None:
    x = tensor([0.5, -1.5, 2.0], dtype=autograd.float64)
    arguments = {"clamp": (-1.0, 1.0), "lerp": (x * 2, 0.5)}.get(
        name, (2.0,) if name in ("add", "sub", "mul", "div", "pow") else ()
    )
    expected = getattr(x, name)(*arguments)
    changed = x.clone()
    assert getattr(changed, name + "_")(*arguments) is changed
    np.testing.assert_array_equal(changed.numpy(), expected.numpy())


def test_a_result_that_does_not_fit_is_refused_in_place() -> None:
    with pytest.raises(RuntimeError, match="can't be cast"):
        tensor([1, 2]).add_(0.5)


@pytest.mark.parametrize(
    ("function", "at", "slope"),
    [
        (lambda x: x.abs(), 0.0, 0.0),
        (lambda x: x.clamp(0.0, 1.0), 1.0, 1.0),
        (lambda x: x**0, 0.0, 0.0),
        (lambda x: x.norm(), 0.0, 0.0),
        (lambda x: x.relu(), 0.0, 0.0),
        (lambda x: autograd.maximum(x, tensor(1.0)), 1.0, 0.5),
        (lambda x: autograd.fmax(x, tensor(1.0)), 1.0, 1.0),
        (lambda x: x.sinc(), 0.0, 0.0),
        (lambda x: x.floor(), 0.3, 0.0),
        (lambda x: x.xlogy(tensor(0.0)), 0.0, 0.0),
    ],
)
def test_slopes_at_kinks(function, at: float, slope: float) -> None:
    x = tensor(at, requires_grad=True)
    function(x).backward()
    assert x.grad.item() == slope


def test_large_operands_of_both_memory_layouts_give_the_same() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.standard_normal((2, 3, 64, 64)), rng.standard_normal((3, 1, 64))
    turned = np.moveaxis(np.ascontiguousarray(np.moveaxis(a, 1, -1)), -1, 1)
    for name in ("add", "sub", "mul"):
        function = getattr(autograd, name)
        expected = getattr(np, {"add": "add", "sub": "subtract", "mul": "multiply"}[name])(a, b)
        np.testing.assert_array_equal(function(tensor(a), tensor(b)).numpy(), expected)
        np.testing.assert_array_equal(function(autograd.from_numpy(turned), tensor(b)).numpy(), expected)
