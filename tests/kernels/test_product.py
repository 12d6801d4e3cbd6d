"""Products of matrices: split by size alone, right in every shape, layout and dtype."""

import numpy as np
import pytest

from autograd.kernels import product as kernel
from autograd.kernels import threads
from autograd.kernels.product import product

SHAPES = [
    ((3, 4), (4, 5)),
    ((1, 9000), (9000, 3)),
    ((300, 200), (200, 700)),
    ((2000, 300), (300, 40)),
    ((9, 70, 60), (9, 60, 80)),
    ((9, 70, 60), (60, 80)),
    ((4, 1, 70, 60), (4, 3, 60, 80)),
    ((1, 70, 60), (9, 60, 80)),
    ((0, 60), (60, 80)),
    ((300, 0), (0, 300)),
    ((0, 70, 60), (0, 60, 80)),
]


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.complex64, np.int64])
@pytest.mark.parametrize(("left", "right"), SHAPES, ids=str)
def test_equals_einsum(left, right, dtype):
    rng = np.random.default_rng(0)
    a, b = (rng.integers(-2, 3, shape).astype(dtype) for shape in (left, right))
    turned = np.ascontiguousarray(b.swapaxes(-1, -2)).swapaxes(-1, -2)
    expected = np.einsum("...ij,...jk->...ik", a.astype(complex), b.astype(complex))
    for second in (b, turned):
        out = product(a, second)
        assert out.dtype == dtype
        np.testing.assert_array_equal(out, expected)


def test_parts_do_not_depend_on_the_number_of_threads(monkeypatch):
    monkeypatch.setattr(kernel, "PART", 1 << 18)
    rng = np.random.default_rng(1)
    a, b = rng.standard_normal((700, 90), np.float32), rng.standard_normal((90, 300), np.float32)
    before, seen = threads.get_num_threads(), []
    try:
        for count in (1, 2, 5):
            threads.set_num_threads(count)
            seen.append((product(a, b), product(b.T, a.T)))
    finally:
        threads.set_num_threads(before)
    for tall, wide in seen[1:]:
        np.testing.assert_array_equal(tall, seen[0][0])
        np.testing.assert_array_equal(wide, seen[0][1])
