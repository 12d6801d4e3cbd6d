"""Calls as programs of PyTorch's first years write them, with the factor before the tensors that it multiplies."""

from __future__ import annotations

import pytest

import autograd

X, Y, Z = (autograd.tensor(values, dtype=autograd.float64) for values in ([1.0, 2.0], [3.0, 5.0], [7.0, 11.0]))


@pytest.mark.parametrize(
    ("name", "tensors", "keyword"),
    [("add", (Y,), "alpha"), ("sub", (Y,), "alpha"), ("addcmul", (Y, Z), "value"), ("addcdiv", (Y, Z), "value")],
)
def test_the_factor_may_come_before_its_tensors(name, tensors, keyword) -> None:
    function = getattr(autograd, name)
    expected = function(X, *tensors, **{keyword: -0.5})
    assert not autograd.equal(expected, function(X, *tensors))
    assert autograd.equal(function(X, -0.5, *tensors), expected)
    assert autograd.equal(getattr(X, name)(-0.5, *tensors), expected)
    assert autograd.equal(getattr(X.clone(), name + "_")(-0.5, *tensors), expected)


def test_the_factor_before_its_tensor_has_a_gradient_behind_it() -> None:
    y = Y.clone().requires_grad_()
    X.add(3, y).sum().backward()
    assert y.grad.tolist() == [3.0, 3.0]


def test_two_tensors_too_many_are_an_error() -> None:
    with pytest.raises(TypeError):
        X.add(Y, Z)
    with pytest.raises(TypeError):
        X.addcmul(Y, Z, Z)


def test_bounds_of_randint_like_by_name() -> None:
    assert autograd.randint_like(X, high=1).tolist() == [0.0, 0.0]
    assert autograd.randint_like(X, low=4, high=5).tolist() == [4.0, 4.0]
    assert autograd.randint_like(X, 4, high=5).tolist() == [4.0, 4.0]
    assert autograd.randint_like(X, 4, 5).tolist() == [4.0, 4.0]
