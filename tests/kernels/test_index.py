"""Adding at positions that repeat."""

from __future__ import annotations

import numpy as np
import pytest

from autograd.kernels.index import add_at, add_at_index, flat_positions

FULL = slice(None)
A, B = np.array([0, 2, 2, -1]), np.array([1, 0, 0, 3])

INDICES = {
    "rows": (A, FULL, FULL),
    "middle": (FULL, B, FULL),
    "last": (FULL, FULL, B),
    "pairs": (A, B, FULL),
    "last_pairs": (FULL, B, A),
    "separated": (A, FULL, B),
    "broadcast": (A[:, None], B[:2], FULL),
    "all": (A, B, B),
    "empty": (np.zeros(0, np.int64), FULL, FULL),
}


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64, np.complex64])
@pytest.mark.parametrize("name", INDICES)
def test_equals_one_addition_after_the_other(name: str, dtype: type) -> None:
    index, rng = INDICES[name], np.random.default_rng(0)
    out = rng.integers(-5, 5, (3, 4, 5)).astype(dtype)
    values = rng.integers(-5, 5, out[index].shape).astype(dtype)
    positions = np.arange(out.size).reshape(out.shape)[index]
    np.testing.assert_array_equal(flat_positions(index, out.shape), positions)
    expected = out.copy().ravel()
    for place, value in zip(positions.ravel(), values.ravel(), strict=True):
        expected[place] += value
    add_at_index(out, index, values)
    np.testing.assert_array_equal(out.ravel(), expected)


def test_values_broadcast() -> None:
    out = np.zeros((3, 2))
    add_at_index(out, (np.array([1, 1]), FULL), np.array([1.0, 10.0]))
    assert out.tolist() == [[0, 0], [2, 20], [0, 0]]


def test_the_dtype_of_the_target_stays() -> None:
    out = np.zeros(3, np.float32)
    add_at(out, np.array([0, 0]), np.array([1.5, 2.0]))
    assert out.dtype == np.float32
    assert out.tolist() == [3.5, 0, 0]
