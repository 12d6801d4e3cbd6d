"""Comparisons with what is no tensor, and questions with one answer."""

from __future__ import annotations

import numpy as np
import pytest

import autograd
from autograd import tensor


def test_equality_with_a_stranger_is_pythons() -> None:
    x = tensor([1.0])
    assert (x == None) is False  # noqa: E711
    assert (x != "text") is True
    with pytest.raises(TypeError):
        x < None  # noqa: B015


@pytest.mark.parametrize(
    ("a", "b", "close", "same"),
    [
        ([1.0, 2.0], [1.0, 2.0], True, True),
        ([1.0, 2.0], [1.0, 2.0 + 1e-6], True, False),
        ([1.0, 2.0], [1.0, 2.1], False, False),
        ([np.nan], [np.nan], False, False),
    ],
)
def test_one_answer(a: list[float], b: list[float], close: bool, same: bool) -> None:
    x, y = tensor(a, dtype=autograd.float64), tensor(b, dtype=autograd.float64)
    assert autograd.allclose(x, y) is close
    assert autograd.equal(x, y) is same
    assert autograd.allclose(x, y, equal_nan=True) is (close or bool(np.isnan(a).all()))


def test_shapes_that_differ_are_not_equal() -> None:
    assert autograd.equal(tensor([1.0]), tensor([[1.0]])) is False


def test_bits_of_numbers_are_refused() -> None:
    with pytest.raises(NotImplementedError, match="\"bitwise_and_cpu\" not implemented for 'Float'"):
        tensor([1.0]) & tensor([1.0])
