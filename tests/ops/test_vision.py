"""Interpolation, sampling, rearranging, attention and the functions that draw random numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import autograd
import nn.functional as F
from autograd.tensor import Tensor

rng = np.random.default_rng(11)


def draw(*shape: int, dtype: Any = np.float64) -> Tensor:
    return Tensor(np.asarray(rng.standard_normal(shape), dtype), None)


MODES = [
    {"mode": "nearest"},
    {"mode": "area"},
    {"mode": "bilinear"},
    {"mode": "bilinear", "align_corners": True},
    {"mode": "bicubic"},
    {"mode": "bicubic", "antialias": True},
    {"mode": "lanczos", "antialias": True},
]


@pytest.mark.parametrize("how", MODES, ids=str)
@pytest.mark.parametrize("size", [(9, 4), (3, 11)])
def test_interpolation_keeps_constants_and_the_input_s_own_size(how: dict[str, Any], size: tuple[int, int]) -> None:
    flat = F.interpolate(Tensor(np.full((1, 2, 6, 5), 3.0), None), size, **how)
    np.testing.assert_allclose(flat.numpy(), np.full((1, 2, *size), 3.0), rtol=1e-12)
    x = draw(1, 2, 6, 5)
    np.testing.assert_allclose(F.interpolate(x, (6, 5), **how).numpy(), x.numpy(), atol=1e-12)


def test_upsampling_by_a_whole_factor_repeats() -> None:
    x = draw(2, 3, 4, 5)
    expected = x.numpy().repeat(2, 2).repeat(3, 3)
    np.testing.assert_array_equal(F.interpolate(x, scale_factor=(2, 3)).numpy(), expected)
    with pytest.warns(UserWarning, match="Use `nn.functional.interpolate` instead"):
        np.testing.assert_array_equal(F.upsample(x, scale_factor=(2, 3)).numpy(), expected)


def test_older_names_of_interpolation_warn() -> None:
    x = draw(1, 2, 3, 4)
    for function, how in ((F.upsample_nearest, {}), (F.upsample_bilinear, {"mode": "bilinear", "align_corners": True})):
        with pytest.warns(UserWarning, match="Use `nn.functional.interpolate` instead"):
            found = function(x, scale_factor=2)
        np.testing.assert_array_equal(found.numpy(), F.interpolate(x, scale_factor=2, **how).numpy())


def test_the_identity_s_grid_reads_the_image() -> None:
    x = draw(2, 3, 5, 4)
    theta = Tensor(np.tile(np.eye(2, 3), (2, 1, 1)), None)
    for align in (False, True):
        grid = F.affine_grid(theta, (2, 3, 5, 4), align_corners=align)
        for mode in ("bilinear", "nearest", "bicubic"):
            read = F.grid_sample(x, grid, mode, align_corners=align)
            np.testing.assert_allclose(read.numpy(), x.numpy(), atol=1e-12)


def test_grids_warn_where_the_corners_are_left_open() -> None:
    with pytest.warns(UserWarning, match="align_corners=False since 1.3.0"):
        grid = F.affine_grid(Tensor(np.eye(2, 3)[None], None), (1, 1, 3, 3))
    with pytest.warns(UserWarning, match="align_corners=False since 1.3.0"):
        F.grid_sample(draw(1, 1, 3, 3), grid)


def test_an_empty_grid_reads_nothing() -> None:
    assert F.grid_sample(draw(1, 2, 3, 3), draw(1, 0, 4, 2), align_corners=False).shape == (1, 2, 0, 4)


def test_pixel_shuffle_and_its_inverse() -> None:
    x = draw(2, 8, 3, 4)
    np.testing.assert_array_equal(F.pixel_unshuffle(F.pixel_shuffle(x, 2), 2).numpy(), x.numpy())


def test_gumbel_softmax_follows_the_distribution() -> None:
    autograd.manual_seed(2)
    logits = Tensor(np.log(np.tile([0.2, 0.5, 0.3], (20000, 1))), None).requires_grad_()
    soft, hard = F.gumbel_softmax(logits), F.gumbel_softmax(logits, hard=True)
    np.testing.assert_allclose(soft.sum(-1).detach().numpy(), 1, rtol=1e-12)
    np.testing.assert_allclose(np.unique(hard.detach().numpy()), [0, 1], atol=1e-12)
    np.testing.assert_allclose(hard.mean(0).detach().numpy(), [0.2, 0.5, 0.3], atol=0.02)
    hard[:, 0].sum().backward()
    assert logits.grad.any()
    with pytest.warns(UserWarning, match="`eps` parameter is deprecated"):
        F.gumbel_softmax(logits, eps=0.1)


def test_attention_with_dropout_and_its_errors() -> None:
    autograd.manual_seed(0)
    q, k, v = draw(2, 3, 4), draw(2, 5, 4), Tensor(np.ones((2, 5, 3)), None)
    out = F.scaled_dot_product_attention(q, k, v, dropout_p=0.5)
    assert len(np.unique(out.numpy().round(9))) > 1
    with pytest.raises(RuntimeError, match="attn_mask should not be set when is_causal=True"):
        F.scaled_dot_product_attention(q, k, v, Tensor(np.ones((3, 5), bool), None), is_causal=True)
    with pytest.raises(RuntimeError, match="same last dimension"):
        F.scaled_dot_product_attention(q, draw(2, 5, 3), v)


IN_PLACE = [
    (F.relu, ()),
    (F.relu6, ()),
    (F.leaky_relu, (0.2,)),
    (F.elu, (0.7,)),
    (F.celu, (0.7,)),
    (F.selu, ()),
    (F.silu, ()),
    (F.mish, ()),
    (F.hardtanh, (-0.5, 0.5)),
    (F.hardswish, ()),
    (F.hardsigmoid, ()),
    (F.rrelu, (0.1, 0.3, False)),
    (F.threshold, (0.1, 2.0)),
]


@pytest.mark.parametrize(("function", "args"), IN_PLACE, ids=lambda v: getattr(v, "__name__", ""))
def test_activations_in_place(function: Any, args: tuple[Any, ...]) -> None:
    x = draw(3, 4).requires_grad_()
    (expected,) = autograd.grad(function(x, *args).sum(), x)
    for how, keywords in ((True,), {}), ((), {"inplace": True}):
        y = x * 1
        assert function(y, *args, *how, **keywords) is y
        np.testing.assert_array_equal(y.detach().numpy(), function(x, *args).detach().numpy())
        (found,) = autograd.grad(y.sum(), x)
        np.testing.assert_allclose(found.numpy(), expected.numpy(), rtol=1e-12)


def test_the_softmax_s_axis_may_be_left_out_with_a_warning() -> None:
    for function in (F.softmax, F.log_softmax, F.softmin):
        for shape, dim in (((4,), 0), ((3, 4), 1), ((2, 3, 4), 0), ((2, 3, 4, 2), 1)):
            x = draw(*shape)
            with pytest.warns(UserWarning, match="Implicit dimension choice for"):
                found = function(x)
            np.testing.assert_array_equal(found.numpy(), function(x, dim).numpy())
