"""Normalisation: running statistics, the lecture's form, constant channels, dtypes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import autograd
import nn.functional as F
from autograd.config import Setting
from autograd.gradcheck import gradcheck
from autograd.node import Observer
from autograd.ops.norm import BatchNorm, BatchNormGradient
from autograd.tensor import Tensor

rng = np.random.default_rng(9)


def draw(*shape: int, dtype: Any = np.float64) -> Tensor:
    return Tensor(np.asarray(rng.standard_normal(shape), dtype), None)


def test_running_statistics_move_towards_the_batch() -> None:
    x = draw(4, 3, 5, 2)
    mean, var = Tensor(np.full(3, 2.0), None), Tensor(np.full(3, 3.0), None)
    F.batch_norm(x, mean, var, training=True, momentum=0.3)
    values = x.numpy().transpose(1, 0, 2, 3).reshape(3, -1)
    np.testing.assert_allclose(mean.numpy(), 0.7 * 2 + 0.3 * values.mean(1), rtol=1e-12)
    np.testing.assert_allclose(var.numpy(), 0.7 * 3 + 0.3 * values.var(1, ddof=1), rtol=1e-12)


def test_evaluation_leaves_running_statistics_alone() -> None:
    mean, var = draw(3), draw(3).abs() + 1
    before = mean.numpy().copy(), var.numpy().copy()
    F.batch_norm(draw(4, 3, 5), mean, var)
    np.testing.assert_array_equal(mean.numpy(), before[0])
    np.testing.assert_array_equal(var.numpy(), before[1])


def test_instance_norm_tracks_the_average_over_the_images() -> None:
    x = draw(4, 3, 5)
    mean, var = Tensor(np.zeros(3), None), Tensor(np.ones(3), None)
    F.instance_norm(x, mean, var, momentum=0.5)
    np.testing.assert_allclose(mean.numpy(), 0.5 * x.numpy().mean((0, 2)), rtol=1e-12)
    np.testing.assert_allclose(var.numpy(), 0.5 + 0.5 * x.numpy().var(2, ddof=1).mean(0), rtol=1e-12)


def test_training_is_one_node_forward_and_one_backward() -> None:
    seen: list[type] = []

    class Recorder(Observer):
        def before_forward(self, op: type, *_: Any) -> None:
            seen.append(op)

    x, w, b = (t.requires_grad_() for t in (draw(4, 3, 5, 2), draw(3), draw(3)))
    with Setting(observer=Recorder()):
        y = F.batch_norm(x, Tensor(np.zeros(3), None), Tensor(np.ones(3), None), w, b, True)
        y.backward(draw(*y.shape))
    assert seen == [BatchNorm, BatchNormGradient]


def test_the_lectures_form_divides_by_the_deviation_plus_eps() -> None:
    x, w, b = draw(6, 3, 4), draw(3), draw(3)
    found = F.batch_norm(x, None, None, w, b, True, eps=0.1, eps_mode="std")
    a = x.numpy()
    mean, deviation = a.mean((0, 2), keepdims=True), a.std((0, 2), keepdims=True)
    expected = (a - mean) / (deviation + 0.1) * w.numpy()[:, None] + b.numpy()[:, None]
    np.testing.assert_allclose(found.numpy(), expected, rtol=1e-12)
    with pytest.raises(ValueError, match="eps_mode must be 'var' or 'std'"):
        F.batch_norm(x, None, None, training=True, eps_mode="both")


@pytest.mark.parametrize("eps_mode", ["var", "std"])
def test_a_constant_channel_is_normalised_to_zero_with_finite_gradients(eps_mode: str) -> None:
    x = Tensor(np.full((4, 2, 3), 7.0), None).requires_grad_()
    y = F.batch_norm(x, None, None, training=True, eps_mode=eps_mode)
    y.backward(draw(*y.shape))
    np.testing.assert_array_equal(y.detach().numpy(), 0)
    assert np.isfinite(x.grad.numpy()).all()


def test_a_large_mean_does_not_drown_the_variance() -> None:
    noise = rng.standard_normal((64, 2, 8, 8))
    x = Tensor((noise + 1000).astype(np.float32), None)
    y = F.batch_norm(x, None, None, training=True)
    expected = (noise - noise.mean((0, 2, 3), keepdims=True)) / noise.std((0, 2, 3), keepdims=True)
    np.testing.assert_allclose(y.numpy(), expected, atol=1e-3)


def test_gradients_of_third_order() -> None:
    @autograd.enable_grad()
    def slope(x: Tensor, w: Tensor) -> Tensor:
        y = F.batch_norm(x, None, None, w, None, True)
        (dx,) = autograd.grad((y * y * y).sum(), x, create_graph=True)
        return autograd.grad((dx * dx).sum(), x, create_graph=True)[0]

    assert gradcheck(slope, (draw(3, 2, 2).requires_grad_(), draw(2).requires_grad_()), atol=1e-4)


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
@pytest.mark.parametrize("channels_last", [False, True])
def test_narrow_types_and_layouts(dtype: Any, channels_last: bool) -> None:
    wide = draw(4, 6, 5, 5)
    x = Tensor(wide.numpy().astype(dtype), None)
    if channels_last:
        x = x.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2)
    for norm in (
        lambda t: F.batch_norm(t, None, None, training=True),
        lambda t: F.group_norm(t, 2),
        lambda t: F.instance_norm(t),
        lambda t: F.layer_norm(t, (6, 5, 5)),
        lambda t: F.rms_norm(t, (5,), eps=1e-3),
        lambda t: F.local_response_norm(t, 3),
    ):
        found = norm(x)
        assert found.dtype == x.dtype
        np.testing.assert_allclose(found.numpy(), norm(wide).numpy(), atol=1e-2 if dtype == np.float16 else 2e-5)
