"""Losses: cross-entropy as one node, extreme logits, targets that count for nothing, warnings."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import autograd
import nn.functional as F
from autograd.gradcheck import gradcheck
from autograd.tensor import Tensor

rng = np.random.default_rng(10)


def draw(*shape: int, dtype: Any = np.float64) -> Tensor:
    return Tensor(np.asarray(rng.standard_normal(shape), dtype), None)


def labels(*values: int) -> Tensor:
    return Tensor(np.array(values), None)


@pytest.mark.parametrize("shape", [(5, 4), (5, 4, 3), (5, 4, 3, 2), (5, 4, 2, 3, 2)])
@pytest.mark.parametrize("how", [{}, {"weight": True}, {"label_smoothing": 0.3}, {"weight": True, "ignore_index": 1}])
def test_cross_entropy_is_the_likelihood_of_the_log_softmax(shape: tuple[int, ...], how: dict[str, Any]) -> None:
    x = draw(*shape).requires_grad_()
    target = Tensor(rng.integers(0, 4, shape[:1] + shape[2:]), None)
    how = how | ({"weight": Tensor(rng.uniform(0.5, 2, 4), None)} if "weight" in how else {})
    fused = F.cross_entropy(x, target, **how)
    smoothing = how.pop("label_smoothing", 0.0)
    logs = F.log_softmax(x, 1)
    composed = F.nll_loss(logs, target, **how) * (1 - smoothing) - logs.mean(1).mean() * smoothing
    np.testing.assert_allclose(fused.detach().numpy(), composed.detach().numpy(), rtol=1e-12)
    for a, b in zip(autograd.grad(fused, x), autograd.grad(composed, x), strict=True):
        np.testing.assert_allclose(a.numpy(), b.numpy(), atol=1e-14)


def test_cross_entropy_of_indices_equals_that_of_their_one_hot_probabilities() -> None:
    x, target = draw(5, 4), labels(0, 3, 2, 2, 1)
    indexed = F.cross_entropy(x, target, label_smoothing=0.2)
    np.testing.assert_allclose(
        indexed.numpy(), F.cross_entropy(x, F.one_hot(target, 4).double(), label_smoothing=0.2).numpy(), rtol=1e-12
    )


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_extreme_logits_overflow_nowhere(dtype: Any) -> None:
    x = Tensor(np.array([[1e4, -1e4, 0], [-1e4, 1e4, 0]], dtype), None).requires_grad_()
    loss = F.cross_entropy(x, labels(0, 0), reduction="none")
    np.testing.assert_array_equal(loss.detach().numpy(), np.array([0, 2e4], dtype))
    loss.sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), [[0, 0, 0], [-1, 1, 0]])
    logits = Tensor(np.array([-1e4, 1e4], dtype), None)
    found = F.binary_cross_entropy_with_logits(logits, Tensor(np.ones(2, dtype), None), reduction="none")
    np.testing.assert_array_equal(found.numpy(), np.array([1e4, 0], dtype))


def test_ignored_targets_get_no_gradient_and_do_not_count() -> None:
    x = draw(4, 3).requires_grad_()
    F.cross_entropy(x, labels(0, -100, 2, -100)).backward()
    assert not x.grad[1].any()
    assert not x.grad[3].any()
    np.testing.assert_allclose(
        float(F.cross_entropy(x, labels(0, -100, 2, -100))), float(F.cross_entropy(x[::2], labels(0, 2)))
    )


def test_a_mean_over_no_target_is_nan_with_a_zero_gradient() -> None:
    x = draw(2, 3).requires_grad_()
    loss = F.cross_entropy(x, labels(-100, -100))
    loss.backward()
    assert np.isnan(float(loss))
    assert not x.grad.any()


def test_an_out_of_range_target_says_how_many_classes_there_are() -> None:
    with pytest.raises(IndexError, match=r"Target 10 is out of bounds\.") as error:
        F.cross_entropy(draw(2, 10), labels(1, 10))
    assert "10 classes, numbered from 0 to 9" in str(error.value)
    assert "fix:" in str(error.value)


def test_channels_last_logits() -> None:
    x = draw(2, 5, 4, 3)
    turned = x.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2)
    target = Tensor(rng.integers(0, 5, (2, 4, 3)), None)
    np.testing.assert_allclose(F.cross_entropy(turned, target).numpy(), F.cross_entropy(x, target).numpy(), rtol=1e-14)


def test_gradients_of_third_order() -> None:
    target = labels(0, 2)

    @autograd.enable_grad()
    def slope(x: Tensor) -> Tensor:
        (dx,) = autograd.grad(F.cross_entropy(x, target, label_smoothing=0.1), x, create_graph=True)
        return autograd.grad((dx * dx).sum(), x, create_graph=True)[0]

    assert gradcheck(slope, (draw(2, 3).requires_grad_(),))


def test_kl_div_warns_of_its_mean() -> None:
    with pytest.warns(UserWarning, match="'batchmean' divides only by the batch size"):
        F.kl_div(draw(2, 3), draw(2, 3).abs())


def test_certain_and_wrong_predictions_stay_finite() -> None:
    p, y = Tensor(np.array([0.0, 1.0]), None).requires_grad_(), Tensor(np.array([1.0, 0.0]), None)
    loss = F.binary_cross_entropy(p, y)
    loss.backward()
    assert float(loss) == 100
    assert np.isfinite(p.grad.numpy()).all()
