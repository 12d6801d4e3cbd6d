"""Indexing where references and samples do not reach: sharing, large sums, tables with rows that are not trained."""

from __future__ import annotations

import numpy as np
import pytest

import autograd
import nn.functional as F


def test_basic_indices_alias_and_advanced_ones_copy() -> None:
    x = autograd.zeros(3, 4)
    for key in (0, slice(1, 2), (..., 1), None, (slice(None), -1), autograd.tensor(1)):
        assert x[key]._base is x
    for key in ([0], autograd.tensor([0]), autograd.ones(3, 4) > 0, True, np.array([1])):
        assert x[key]._base is None


@pytest.mark.parametrize("shape", [(40_000,), (2_000, 16), (300, 4, 5)])
def test_gradients_of_many_repeated_rows(shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(0)
    x = autograd.tensor(rng.standard_normal(shape), requires_grad=True)
    rows = rng.integers(0, shape[0], 5_000)
    weights = rng.standard_normal((5_000, *shape[1:]))
    (x[autograd.tensor(rows)] * autograd.tensor(weights)).sum().backward()
    expected = np.zeros(shape)
    for row, weight in zip(rows, weights, strict=True):
        expected[row] += weight
    np.testing.assert_allclose(x.grad.numpy(), expected, rtol=1e-12, atol=1e-12)


def test_embedding_rows_that_are_not_trained_or_shared_out() -> None:
    table = autograd.ones(4, 2, dtype=autograd.float64, requires_grad=True)
    words = autograd.tensor([1, 2, 2, 3])
    F.embedding(words, table, padding_idx=3).sum().backward()
    assert table.grad.tolist() == [[0, 0], [1, 1], [2, 2], [0, 0]]
    table.grad = None
    F.embedding(words, table, scale_grad_by_freq=True).sum().backward()
    assert table.grad.tolist() == [[0, 0], [1, 1], [1, 1], [1, 1]]


def test_embedding_scales_rows_down_in_place_and_says_so() -> None:
    table = autograd.full((3, 2), 3.0, requires_grad=True)
    saved = (table * table).sum()
    F.embedding(autograd.tensor([1, 1]), table, max_norm=1.0)
    np.testing.assert_allclose(table.detach().numpy()[1], [0.5**0.5] * 2, rtol=1e-6)
    assert table[0].tolist() == [3, 3]
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        saved.backward()


def test_excluded_elements_share_no_gradient_of_an_extreme() -> None:
    x = autograd.tensor([1.0, 5.0], requires_grad=True)
    s = autograd.tensor([5.0, 5.0], requires_grad=True)
    x.scatter_reduce(0, autograd.tensor([1, 1]), s, "amax", include_self=False).sum().backward()
    assert x.grad.tolist() == [1, 0]
    assert s.grad.tolist() == [0.5, 0.5]


@pytest.mark.parametrize(
    ("key", "error", "phrase"),
    [
        (5, IndexError, "index 5 is out of bounds for dimension 0 with size 3"),
        ((0, 0, 0), IndexError, "too many indices for tensor of dimension 2"),
        ("a", IndexError, "only integers, slices"),
        (slice(None, None, -1), ValueError, "step must be greater than zero"),
        ((slice(None), [9]), IndexError, "index 9 is out of bounds for dimension 1 with size 4"),
        ([True, False], IndexError, r"The shape of the mask \[2\] at index 0"),
        ([1.0], IndexError, "tensors used as indices must be long, int, byte or bool tensors"),
    ],
)
def test_errors(key: object, error: type[Exception], phrase: str) -> None:
    with pytest.raises(error, match=phrase):
        autograd.zeros(3, 4)[key]
    with pytest.raises(error, match=phrase):
        autograd.zeros(3, 4)[key] = 1
