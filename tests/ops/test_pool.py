"""Pooling: adjointness, ties, NaN, layouts, dtypes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import autograd
import nn.functional as F
from autograd.tensor import Tensor

rng = np.random.default_rng(8)


def draw(*shape: int, dtype: Any = np.float64) -> Tensor:
    return Tensor(np.asarray(rng.standard_normal(shape), dtype), None)


LINEAR = [
    (F.avg_pool2d, {"kernel_size": 3, "stride": 2, "padding": 1, "count_include_pad": False}),
    (F.avg_pool2d, {"kernel_size": 2, "stride": 3, "ceil_mode": True}),
    (F.adaptive_avg_pool2d, {"output_size": (3, 4)}),
    (F.adaptive_avg_pool2d, {"output_size": 9}),
]


@pytest.mark.parametrize(("pool", "how"), LINEAR)
def test_the_gradient_of_a_linear_pooling_is_its_adjoint(pool: Any, how: dict[str, Any]) -> None:
    x = draw(2, 3, 8, 7).requires_grad_()
    y = pool(x, **how)
    u = draw(*y.shape)
    (dx,) = autograd.grad(y, x, u)
    assert float((y * u).sum()) == pytest.approx(float((x * dx).sum()), rel=1e-12)


def test_the_first_of_equal_maxima_gets_the_gradient() -> None:
    x = Tensor(np.zeros((1, 1, 4, 4)), None).requires_grad_()
    y, indices = F.max_pool2d(x, 2, return_indices=True)
    assert indices.flatten().tolist() == [0, 2, 8, 10]
    y.sum().backward()
    assert x.grad.nonzero().tolist() == [[0, 0, 0, 0], [0, 0, 0, 2], [0, 0, 2, 0], [0, 0, 2, 2]]


def test_a_maximum_shared_by_overlapping_windows_gets_all_of_their_gradients() -> None:
    x = Tensor(np.zeros((1, 1, 3, 3)), None)
    x._data[0, 0, 1, 1] = 1
    x.requires_grad_()
    F.max_pool2d(x, 2, 1).sum().backward()
    assert float(x.grad[0, 0, 1, 1]) == 4
    assert float(x.grad.sum()) == 4


def test_nan_is_a_maximum() -> None:
    x = draw(1, 1, 4, 4)
    x._data[0, 0, 1, 2] = np.nan
    assert F.max_pool2d(x, 2).isnan().tolist() == [[[[False, True], [False, False]]]]


def test_padding_is_never_a_maximum() -> None:
    x = draw(1, 2, 5, 5) - 10
    assert float(F.max_pool2d(x, 3, 2, 1).max()) < 0


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("channels_last", [False, True])
def test_dtypes_and_layouts(dtype: Any, channels_last: bool) -> None:
    x = draw(2, 3, 8, 8, dtype=dtype)
    if channels_last:
        x = x.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2)
    for pool in (F.max_pool2d, F.avg_pool2d):
        leaf = x.detach().requires_grad_()
        y = pool(leaf, 3, 2, 1)
        y.sum().backward()
        wide = x.detach().double().contiguous().requires_grad_()
        expected = pool(wide, 3, 2, 1)
        expected.sum().backward()
        tolerance = 2e-3 if dtype == np.float16 else 1e-6
        assert y.dtype == x.dtype == leaf.grad.dtype
        np.testing.assert_allclose(y.detach().numpy(), expected.detach().numpy(), atol=tolerance)
        np.testing.assert_allclose(leaf.grad.numpy(), wide.grad.numpy(), atol=4 * tolerance)


def test_unpooling_undoes_pooling_at_the_maxima() -> None:
    x = draw(2, 3, 6, 6)
    y, indices = F.max_pool2d(x, 2, return_indices=True)
    again = F.max_unpool2d(y, indices, 2)
    assert again.count_nonzero() == y.numel()
    np.testing.assert_array_equal(F.max_pool2d(again.abs(), 2).numpy(), y.abs().numpy())


def test_an_overlapping_window_is_unpooled_once() -> None:
    x = Tensor(np.zeros((1, 1, 3, 3)), None)
    x._data[0, 0, 1, 1] = 5
    y, indices = F.max_pool2d(x, 2, 1, return_indices=True)
    np.testing.assert_array_equal(F.max_unpool2d(y, indices, 2, 1).numpy(), x.numpy())
