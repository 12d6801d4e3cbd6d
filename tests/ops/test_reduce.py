"""Ties, zeros, empty axes and missing values in reductions."""

from __future__ import annotations

import numpy as np
import pytest

import autograd
from autograd import tensor


def gradient(function, values, **how) -> list[float]:
    x = tensor(values, dtype=autograd.float64, requires_grad=True)
    y = function(x, **how)
    y = getattr(y, "values", y)
    y.sum().backward()
    return x.grad.tolist()


@pytest.mark.parametrize(
    ("function", "how", "expected"),
    [
        (autograd.amax, {}, [0.0, 0.5, 0.5]),
        (autograd.max, {}, [0.0, 0.5, 0.5]),
        (autograd.max, {"dim": 0}, [0.0, 1.0, 0.0]),
        (autograd.cummax, {"dim": 0}, [1.0, 1.0, 1.0]),
        (autograd.median, {}, [0.0, 0.5, 0.5]),
        (autograd.mode, {"dim": 0}, [0.0, 0.0, 1.0]),
    ],
)
def test_ties(function, how, expected) -> None:
    assert gradient(function, [1.0, 3.0, 3.0], **how) == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([2.0, 0.0, 3.0], [0.0, 6.0, 0.0]),
        ([0.0, 0.0, 3.0], [0.0, 0.0, 0.0]),
        ([2.0, 0.0, 3.0, 5.0, 7.0], [0.0, 210.0, 0.0, 0.0, 0.0]),
    ],
)
def test_the_slope_of_a_product_with_zeros_is_exact(values, expected) -> None:
    assert gradient(autograd.prod, values) == expected


def test_second_slopes_of_a_product_with_two_zeros() -> None:
    x = tensor([0.0, 0.0, 3.0], dtype=autograd.float64, requires_grad=True)
    (first,) = autograd.grad(x.prod(), x, create_graph=True)
    (second,) = autograd.grad(first[0], x)
    assert second.tolist() == [0.0, 3.0, 0.0]


def test_products_of_many_factors_with_a_zero_need_no_square_of_memory() -> None:
    x = autograd.ones(100_001, dtype=autograd.float64)
    x[7] = 0.0
    x.requires_grad_()
    x.prod().backward()
    assert x.grad.sum().item() == 1.0 == x.grad[7].item()


def test_sums_of_exponentials_far_from_zero() -> None:
    x = tensor([[1000.0, 1000.0], [-1000.0, -1001.0], [-np.inf, -np.inf]], dtype=autograd.float64)
    expected = [1000 + np.log(2), -1000 + np.log1p(np.exp(-1)), -np.inf]
    np.testing.assert_allclose(x.logsumexp(1).numpy(), expected)
    np.testing.assert_allclose(x[:2].logcumsumexp(1)[:, -1].numpy(), expected[:2])


@pytest.mark.parametrize("name", ["max", "argmin", "amax", "aminmax", "mode"])
def test_an_empty_axis_has_no_extreme(name: str) -> None:
    with pytest.raises(IndexError, match="to have non-zero size"):
        getattr(autograd, name)(autograd.zeros(0, 3), dim=0)


def test_several_results_are_named() -> None:
    found = tensor([[3.0, 1.0], [2.0, 5.0]]).sort(dim=1)
    assert found.indices.tolist() == [[1, 0], [0, 1]]
    values, indices = found
    assert values is found[0]
    assert indices is found.indices
    assert repr(tensor([2.0, 1.0]).max(0)) == "autograd.return_types.max(\nvalues=tensor(2.),\nindices=tensor(0))"
