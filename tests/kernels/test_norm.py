"""Normalisation kernels against one set of numbers at a time, and their gradients against central differences."""

import numpy as np
import pytest

from autograd.kernels import norm, threads
from tests.kernels.layouts import LAYOUTS, is_in_layout
from tests.references import reference

SHAPES = [(5, 3), (4, 3, 7), (2, 4, 3, 5), (2, 3, 2, 3, 4), (3, 130, 5, 5), (1, 2, 70, 61), (6, 3, 1, 1)]
EPS = 1e-3


def draw(shape, seed=0, offset=0.0):
    return np.random.default_rng(seed).standard_normal(shape) + offset


def invstd(var):
    return 1 / np.sqrt(var + EPS)


def numerical(function, x, g, step=1e-5):
    """Gradient of <g, function(x)> by central differences, at some elements; NaN at the others."""
    gradient = np.full(x.shape, np.nan)
    rng = np.random.default_rng(1)
    for flat in rng.choice(x.size, min(x.size, 12), replace=False):
        at = np.unravel_index(flat, x.shape)
        high, low = x.copy(), x.copy()
        high[at] += step
        low[at] -= step
        gradient[at] = np.vdot(g, function(high) - function(low)) / (2 * step)
    return gradient


def assert_gradient(ours, function, x, g):
    expected = numerical(function, x, g)
    known = ~np.isnan(expected)
    np.testing.assert_allclose(ours[known], expected[known], rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("offset", [0.0, 30.0])
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_batch_norm(shape, layout, offset):
    x = LAYOUTS[layout](draw(shape, offset=offset))
    before = x.copy()
    weight, bias = draw(shape[1], 2), draw(shape[1], 3)
    mean, var = norm.batch_stats(x)
    axes = (0, *range(2, x.ndim))
    np.testing.assert_allclose(mean, x.mean(axes), rtol=1e-13, atol=1e-13)
    np.testing.assert_allclose(var, x.var(axes), rtol=1e-10)
    scale = weight * invstd(var)
    out = norm.batch_norm_apply(x, scale, bias - mean * scale)
    expected = reference("batch_norm")(x, None, None, weight, bias, True, eps=EPS)
    np.testing.assert_allclose(out, expected, rtol=1e-9, atol=1e-9)
    np.testing.assert_array_equal(norm.batch_norm_apply(x, scale, bias - mean * scale, relu=True), np.maximum(out, 0))
    np.testing.assert_allclose(
        norm.batch_norm_apply(x, scale), out - (bias - mean * scale).reshape(-1, *(1,) * (x.ndim - 2)), atol=1e-9
    )
    assert is_in_layout(out, layout)
    np.testing.assert_array_equal(x, before)


@pytest.mark.parametrize("offset", [0.0, 30.0])
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("shape", SHAPES[:4], ids=str)
def test_batch_norm_gradients(shape, layout, offset):
    values, g = draw(shape, offset=offset), draw(shape, 4)
    weight, bias = draw(shape[1], 2), draw(shape[1], 3)
    x = LAYOUTS[layout](values)
    mean, var = norm.batch_stats(x)

    def forward(x=values, weight=weight, bias=bias):
        return reference("batch_norm")(x, None, None, weight, bias, True, eps=EPS)

    for grad in LAYOUTS.values():
        dx, dweight, dbias = norm.batch_norm_backward(grad(g), x, mean, invstd(var), weight)
        assert_gradient(dx, forward, values, g)
        assert_gradient(dweight, lambda w: forward(weight=w), weight, g)
        assert_gradient(dbias, lambda b: forward(bias=b), bias, g)
        assert is_in_layout(dx, layout)
    plain, _, _ = norm.batch_norm_backward(g, x, mean, invstd(var), None)
    ones, _, _ = norm.batch_norm_backward(g, x, mean, invstd(var), np.ones(shape[1]))
    np.testing.assert_allclose(plain, ones, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("shape", SHAPES[:5], ids=str)
def test_fused_relu_equals_two_steps(shape, layout):
    x, g = LAYOUTS[layout](draw(shape)), draw(shape, 4)
    before = g.copy()
    mean, var = norm.batch_stats(x)
    y = norm.batch_norm_apply(x, invstd(var), -mean * invstd(var), relu=True)
    fused = norm.batch_norm_backward(g, x, mean, invstd(var), None, y)
    apart = norm.batch_norm_backward(np.where(y > 0, g, 0), x, mean, invstd(var), None)
    for a, b in zip(fused, apart, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-12)
    np.testing.assert_array_equal(g, before)


@pytest.mark.parametrize("offset", [0.0, 30.0])
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("groups", [1, 2, 4])
@pytest.mark.parametrize("shape", [(2, 4, 6), (3, 4, 3, 5), (2, 4, 2, 3, 2), (1, 4, 70, 61)], ids=str)
def test_group_norm(shape, groups, layout, offset):
    values, g = draw(shape, offset=offset), draw(shape, 4)
    weight, bias = draw(shape[1], 2), draw(shape[1], 3)
    x = LAYOUTS[layout](values)

    def forward(x=values, weight=weight, bias=bias):
        return reference("group_norm")(x, groups, weight, bias, EPS)

    mean, var = norm.group_stats(x, groups)
    assert mean.shape == var.shape == (shape[0], groups)
    out = norm.group_norm_apply(x, mean, invstd(var), weight, bias)
    np.testing.assert_allclose(out, forward(), rtol=1e-9, atol=1e-9)
    plain = norm.group_norm_apply(x, mean, invstd(var), None, None)
    np.testing.assert_allclose(plain, forward(weight=None, bias=None), rtol=1e-9, atol=1e-9)
    dx, dweight, dbias = norm.group_norm_backward(g, x, mean, invstd(var), weight)
    assert is_in_layout(out, layout)
    assert is_in_layout(dx, layout)
    if x.size < 1000:
        assert_gradient(dx, forward, values, g)
    assert_gradient(dweight, lambda w: forward(weight=w), weight, g)
    assert_gradient(dbias, lambda b: forward(bias=b), bias, g)


@pytest.mark.parametrize("offset", [0.0, 1e3])
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize(("shape", "axes"), [((5, 4), 1), ((2, 3, 4), 2), ((2, 3, 4, 5), 1), ((3, 2, 3, 2), 3)])
def test_layer_norm(shape, axes, layout, offset):
    values, g = draw(shape, offset=offset), draw(shape, 4)
    normalized = shape[len(shape) - axes :]
    weight, bias = draw(normalized, 2), draw(normalized, 3)
    x = LAYOUTS[layout](values)

    def forward(x=values, weight=weight, bias=bias):
        return reference("layer_norm")(x, normalized, weight, bias, EPS)

    out, mean, inverse = norm.layer_norm(x, axes, weight, bias, EPS)
    np.testing.assert_allclose(out, forward(), rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(
        norm.layer_norm(x, axes, None, None, EPS)[0], forward(weight=None, bias=None), rtol=1e-9, atol=1e-9
    )
    dx, dweight, dbias = norm.layer_norm_backward(g, x, axes, mean, inverse, weight)
    assert_gradient(dx, forward, values, g)
    assert_gradient(dweight, lambda w: forward(weight=w), weight, g)
    assert_gradient(dbias, lambda b: forward(bias=b), bias, g)
    dx, _, _ = norm.layer_norm_backward(g, x, axes, mean, inverse, None)
    assert_gradient(dx, lambda x: forward(x, None, None), values, g)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("ratio", [0, 1, 3, 10, 1000])
def test_single_precision_variance_survives_a_large_mean(layout, ratio):
    """A variance from E[x^2] - E[x]^2 alone would be off by 1e-7 times the squared ratio."""
    x = LAYOUTS[layout](draw((16, 8, 24, 24), offset=ratio).astype(np.float32))
    exact = x.astype(np.float64)
    mean, var = norm.batch_stats(x)
    np.testing.assert_allclose(var, exact.var((0, 2, 3)), rtol=1e-5)
    np.testing.assert_allclose(mean, exact.mean((0, 2, 3)), rtol=1e-6, atol=1e-6)
    mean, var = norm.group_stats(x, 2)
    np.testing.assert_allclose(var, exact.reshape(16, 2, -1).var(2), rtol=1e-5)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("offset", [0, 100])
def test_single_precision_gradients(layout, offset):
    x = LAYOUTS[layout](draw((16, 8, 24, 24), offset=offset).astype(np.float32))
    g, weight = draw(x.shape, 4).astype(np.float32), draw(8, 5).astype(np.float32)
    mean, var = norm.batch_stats(x)
    ours = norm.batch_norm_backward(g, x, mean, invstd(var).astype(np.float32), weight)
    exact = x.astype(np.float64)
    mean, var = norm.batch_stats(exact)
    theirs = norm.batch_norm_backward(g.astype(np.float64), exact, mean, invstd(var), weight.astype(np.float64))
    for a, b in zip(ours, theirs, strict=True):
        assert a.dtype == np.float32
        np.testing.assert_allclose(a, b, atol=2e-5 * np.abs(b).max())


def test_constant_channel_has_no_variance():
    x = np.full((4, 2, 8, 8), 0.1, np.float32)
    x[:, 1] = 0
    mean, var = norm.batch_stats(x)
    np.testing.assert_allclose(mean, [0.1, 0], rtol=1e-6)
    np.testing.assert_allclose(var, 0, atol=1e-14)


def test_non_finite_values_stay_in_their_channel():
    x = draw((4, 3, 5, 5))
    x[0, 0, 0, 0], x[1, 1, 2, 2] = np.nan, np.inf
    mean, var = norm.batch_stats(x)
    assert np.isnan(mean[0])
    assert np.isinf(mean[1])
    assert np.isnan(var[:2]).all()
    np.testing.assert_allclose(var[2], x[:, 2].var(), rtol=1e-12)
    dx, dweight, _ = norm.batch_norm_backward(np.ones_like(x), x, mean, invstd(var), np.ones(3))
    assert np.isnan(dweight[:2]).all()
    assert np.isfinite(dx[:, 2]).all()
    assert np.isinf(norm.batch_norm_apply(x, np.ones(3))[1, 1, 2, 2])


def test_more_channels_than_a_row_of_zeros():
    x = draw((2, 20_000))
    mean, _ = norm.batch_stats(x)
    np.testing.assert_allclose(mean, x.mean(0), atol=1e-14)
    np.testing.assert_array_equal(norm.batch_norm_apply(x, np.ones(20_000), relu=True), np.maximum(x, 0))


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_dtype_is_kept(dtype):
    x = draw((3, 4, 5, 5)).astype(dtype)
    compute = np.float32 if dtype == np.float16 else dtype
    weight = np.ones(4, compute)
    mean, var = norm.batch_stats(x)
    assert mean.dtype == var.dtype == compute
    assert norm.batch_norm_apply(x, weight, weight).dtype == dtype
    assert [a.dtype for a in norm.batch_norm_backward(x, x, mean, var, weight)] == [dtype, compute, compute]
    mean, var = norm.group_stats(x, 2)
    assert norm.group_norm_apply(x, mean, var, weight, None).dtype == dtype
    assert norm.group_norm_backward(x, x, mean, var, weight)[0].dtype == dtype
    out, mean, inverse = norm.layer_norm(x, 1, None, None, EPS)
    assert out.dtype == dtype
    assert norm.layer_norm_backward(x, x, 1, mean, inverse, None)[0].dtype == dtype
    assert norm.channel_sum(x).dtype == dtype


@pytest.mark.parametrize("layout", LAYOUTS)
def test_empty_batch(layout):
    x = LAYOUTS[layout](np.zeros((0, 4, 3, 3)))
    zero = np.zeros(4)
    assert norm.batch_norm_apply(x, zero, zero).shape == x.shape
    dx, dweight, dbias = norm.batch_norm_backward(x, x, zero, zero, zero)
    assert dx.shape == x.shape
    np.testing.assert_array_equal([dweight, dbias, norm.channel_sum(x)], 0)
    mean, var = norm.group_stats(x, 2)
    assert norm.group_norm_apply(x, mean, var, None, None).shape == x.shape
    assert norm.group_norm_backward(x, x, mean, var, None)[0].shape == x.shape
    out, mean, inverse = norm.layer_norm(x, 2, None, None, EPS)
    assert norm.layer_norm_backward(out, x, 2, mean, inverse, None)[0].shape == x.shape


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_channel_sum(shape, layout):
    x = LAYOUTS[layout](draw(shape))
    np.testing.assert_allclose(norm.channel_sum(x), x.sum((0, *range(2, x.ndim))), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_results_do_not_depend_on_the_number_of_threads(layout):
    x = LAYOUTS[layout](draw((16, 48, 40, 33)).astype(np.float32))
    g = draw(x.shape, 4).astype(np.float32)

    def everything():
        mean, var = norm.batch_stats(x)
        y = norm.batch_norm_apply(x, var, mean, relu=True)
        return mean, var, y, *norm.batch_norm_backward(g, x, mean, var, None, y)

    before = threads.get_num_threads()
    try:
        results = []
        for count in (1, 2, 3):
            threads.set_num_threads(count)
            results.append(everything())
    finally:
        threads.set_num_threads(before)
    for other in results[1:]:
        for a, b in zip(results[0], other, strict=True):
            np.testing.assert_array_equal(a, b)
