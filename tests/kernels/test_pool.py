"""Pooling kernels against one window at a time."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from autograd.geometry import pool_geometry
from autograd.kernels import pool
from tests.kernels.layouts import LAYOUTS, is_in_layout
from tests.references import reference
from tests.references.pool import inside, windows


@st.composite
def poolings(draw, largest_dilation=2):
    """(Spatial size, arguments of a pooling), in which every window has an input."""
    rank = draw(st.integers(1, 3))
    axes = []
    for _ in range(rank):
        kernel, stride = draw(st.integers(1, 4)), draw(st.integers(1, 4))
        dilation = draw(st.integers(1, largest_dilation))
        padding = draw(st.integers(0, kernel // 2))
        reach = dilation * (kernel - 1) + 1
        size = draw(st.integers(max(1, reach - 2 * padding), reach + 6))
        axes.append((size, kernel, stride, padding, dilation))
    size, *arguments = zip(*axes, strict=True)
    how = (*arguments, draw(st.booleans()))
    _, found = windows(size, *how)
    assume(found and all(any(inside(p, size) for p in window) for window in found.values()))
    return size, how


def values(size, seed, ties=True, images=2):
    """Few different values, so that there are ties."""
    x = np.random.default_rng(seed).standard_normal((images, 3, *size))
    return x.round() if ties else x


@settings(max_examples=150, deadline=None)
@given(poolings(), st.sampled_from(sorted(LAYOUTS)), st.integers(0, 1000))
def test_maximum_and_winners(pooling, layout, seed):
    size, how = pooling
    x = LAYOUTS[layout](values(size, seed))
    before = x.copy()
    geometry = pool_geometry(size, *how)
    expected, indices = reference(f"max_pool{len(size)}d")(x, *how, return_indices=True)
    out, places = pool.max_pool(x, geometry)
    np.testing.assert_array_equal(out, expected)
    np.testing.assert_array_equal(places, indices)
    assert places.dtype == np.int64
    assert is_in_layout(out, layout) or np.prod(size) == 1
    np.testing.assert_array_equal(x, before)


@settings(max_examples=80, deadline=None)
@given(poolings(), st.sampled_from(sorted(LAYOUTS)), st.integers(0, 1000))
def test_maximum_gradient_goes_to_the_winner(pooling, layout, seed):
    size, how = pooling
    geometry = pool_geometry(size, *how)
    x = LAYOUTS[layout](values(size, seed))
    out, winners = pool.max_pool_values(x, geometry)
    indices = pool.winner_indices(winners, geometry)
    g = values(out.shape[2:], seed + 1, ties=False)
    expected = np.zeros((2, 3, np.prod(size)))
    for at in np.ndindex(out.shape):
        expected[(*at[:2], indices[at])] += g[at]
    for held in (winners, indices):
        for grad in LAYOUTS.values():
            dx = pool.max_pool_backward(grad(g), held, geometry, x.shape)
            np.testing.assert_allclose(dx, expected.reshape(x.shape), atol=1e-14)
    other = LAYOUTS[layout](values(size, seed + 2, ties=False))
    taken = pool.max_pool_take(other, winners, geometry)
    np.testing.assert_array_equal(taken, pool.take_at(other, indices))
    flat = other.reshape(2, 3, -1)
    np.testing.assert_array_equal(taken.reshape(2, 3, -1), np.take_along_axis(flat, indices.reshape(2, 3, -1), 2))


@settings(max_examples=100, deadline=None)
@given(poolings(largest_dilation=1), st.sampled_from(sorted(LAYOUTS)), st.booleans(), st.sampled_from([None, 5]))
def test_average_and_its_adjoint(pooling, layout, count_include_pad, divisor):
    size, (kernel, stride, padding, _, ceil_mode) = pooling
    geometry = pool_geometry(size, kernel, stride, padding, 1, ceil_mode)
    x = LAYOUTS[layout](values(size, 3, ties=False))
    how = (count_include_pad, divisor)
    out = pool.avg_pool(x, geometry, *how)
    expected = reference(f"avg_pool{len(size)}d")(x, kernel, stride, padding, ceil_mode, *how)
    np.testing.assert_allclose(out, expected, rtol=1e-13, atol=1e-14)
    assert is_in_layout(out, layout) or np.prod(size) == 1
    g = LAYOUTS[layout](values(out.shape[2:], 4, ties=False))
    dx = pool.avg_pool_backward(g, geometry, *how)
    assert is_in_layout(dx, layout) or np.prod(out.shape[2:]) == 1
    assert np.vdot(dx, x) == pytest.approx(np.vdot(g, out), rel=1e-11, abs=1e-11)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize(
    ("size", "output"), [((7,), (3,)), ((8, 6), (4, 2)), ((7, 5), (3, 8)), ((9, 4), (1, 1)), ((5, 4, 6), (2, 3, 4))]
)
def test_adaptive(size, output, layout):
    rank = len(size)
    x = LAYOUTS[layout](values(size, 5))
    mean = pool.adaptive_avg_pool(x, output)
    np.testing.assert_allclose(mean, reference(f"adaptive_avg_pool{rank}d")(x, output), atol=1e-14)
    best, indices = pool.adaptive_max_pool(x, output)
    expected = reference(f"adaptive_max_pool{rank}d")(x, output, return_indices=True)
    np.testing.assert_array_equal(best, expected[0])
    np.testing.assert_array_equal(indices, expected[1])
    assert is_in_layout(mean, layout)
    assert is_in_layout(best, layout)
    g = LAYOUTS[layout](values(output, 6, ties=False))
    dx = pool.adaptive_avg_pool_backward(g, size)
    assert np.vdot(dx, x) == pytest.approx(np.vdot(g, mean), rel=1e-12)
    assert is_in_layout(dx, layout if any(n > 1 for n in output) else "channels-last")


@pytest.mark.parametrize("layout", LAYOUTS)
def test_nan_wins_and_takes_the_gradient(layout):
    x = values((6, 5), 7)
    x[np.random.default_rng(8).random(x.shape) < 0.2] = np.nan
    x = LAYOUTS[layout](x)
    for how in ((2,), (3, 2, 1), (3, 1, 0, 1, True)):
        geometry = pool_geometry((6, 5), *how)
        out, indices = pool.max_pool(x, geometry)
        expected = reference("max_pool2d")(x, *how, return_indices=True)
        np.testing.assert_array_equal(out, expected[0])
        np.testing.assert_array_equal(indices, expected[1])
    best, indices = pool.adaptive_max_pool(x, (4, 3))
    expected = reference("adaptive_max_pool2d")(x, (4, 3), return_indices=True)
    np.testing.assert_array_equal(best, expected[0])
    np.testing.assert_array_equal(indices, expected[1])


def test_minus_infinity_everywhere_still_has_a_first_maximum():
    x = np.full((1, 1, 4, 4), -np.inf)
    out, indices = pool.max_pool(x, pool_geometry((4, 4), 3, 1, 1))
    np.testing.assert_array_equal(out, -np.inf)
    assert indices[0, 0, 0].tolist() == [0, 0, 1, 2]
    assert indices[0, 0, 2].tolist() == [4, 4, 5, 6]


def test_infinite_gradients_stay_where_they_belong():
    x = values((4, 4), 9, ties=False)
    geometry = pool_geometry((4, 4), 2)
    out, winners = pool.max_pool_values(x, geometry)
    g = np.full(out.shape, np.inf)
    g[0, 0, 0, 0] = np.nan
    dx = pool.max_pool_backward(g, winners, geometry, x.shape)
    assert np.isinf(dx).sum() == g.size - 1
    assert np.isnan(dx).sum() == 1
    assert (dx == 0).sum() == x.size - g.size


def test_a_window_wholly_in_the_padding_gives_minus_infinity_and_no_gradient():
    """A dilated window can miss a short axis."""
    geometry = pool_geometry((1,), 2, 1, 2, 3)
    x = np.ones((1, 1, 1))
    out, winners = pool.max_pool_values(x, geometry)
    assert np.isneginf(out[0, 0, 0])
    assert pool.winner_indices(winners, geometry).min() >= 0
    served = int(np.isfinite(out).sum())
    assert pool.max_pool_backward(np.ones_like(out), winners, geometry, x.shape).sum() == served


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_dtype_is_kept(dtype, layout):
    x = LAYOUTS[layout](values((6, 4), 10).astype(dtype))
    geometry = pool_geometry((6, 4), 2)
    out, winners = pool.max_pool_values(x, geometry)
    results = [
        out,
        pool.max_pool_backward(out, winners, geometry, x.shape),
        pool.max_pool_take(x, winners, geometry),
        pool.avg_pool(x, geometry),
        pool.avg_pool_backward(out, geometry),
        pool.adaptive_avg_pool(x, (3, 3)),
        pool.adaptive_avg_pool(x, (1, 1)),
        pool.adaptive_avg_pool_backward(out, (7, 5)),
        pool.adaptive_max_pool(x, (4, 3))[0],
    ]
    assert {a.dtype for a in results} == {np.dtype(dtype)}
    assert winners.dtype == np.uint8


def test_half_precision_sums_in_single():
    x = np.full((1, 1, 64, 64), 100, np.float16)
    assert pool.avg_pool(x, pool_geometry((64, 64), 64)).item() == 100
    assert pool.adaptive_avg_pool(x, (1, 1)).item() == 100


@pytest.mark.parametrize("layout", LAYOUTS)
def test_empty_batch(layout):
    x = LAYOUTS[layout](np.zeros((0, 3, 6, 4), np.float32))
    geometry = pool_geometry((6, 4), 3, 2, 1)
    out, winners = pool.max_pool_values(x, geometry)
    assert out.shape == (0, 3, 3, 2)
    assert pool.max_pool_backward(out, winners, geometry, x.shape).shape == x.shape
    assert pool.avg_pool_backward(pool.avg_pool(x, geometry), geometry).shape == x.shape
    assert pool.adaptive_avg_pool(x, (4, 3)).shape == (0, 3, 4, 3)
    assert pool.adaptive_avg_pool(x, (1, 1)).shape == (0, 3, 1, 1)
    assert pool.adaptive_max_pool(x, (4, 3))[1].shape == (0, 3, 4, 3)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_more_than_a_byte_of_taps(layout):
    x = LAYOUTS[layout](values((40, 40), 11, ties=False))
    geometry = pool_geometry((40, 40), 20)
    out, indices = pool.max_pool(x, geometry)
    expected = reference("max_pool2d")(x, 20, return_indices=True)
    np.testing.assert_array_equal(out, expected[0])
    np.testing.assert_array_equal(indices, expected[1])


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("how", [(2,), (3, 2, 1), (3, 3)])
def test_blocks_do_not_show(layout, how):
    """Enough images for several blocks give the same bits as one image at a time."""
    x = LAYOUTS[layout](np.random.default_rng(12).standard_normal((24, 32, 30, 30)).astype(np.float32))
    geometry = pool_geometry((30, 30), *how)
    out, winners = pool.max_pool_values(x, geometry)
    mean = pool.avg_pool(x, geometry)
    dx = pool.max_pool_backward(out, winners, geometry, x.shape)
    da = pool.avg_pool_backward(out, geometry)
    for n in range(0, 24, 5):
        one = slice(n, n + 1)
        expected, names = pool.max_pool_values(x[one], geometry)
        np.testing.assert_array_equal(out[one], expected)
        np.testing.assert_array_equal(winners[one], names)
        np.testing.assert_array_equal(mean[one], pool.avg_pool(x[one], geometry))
        np.testing.assert_array_equal(dx[one], pool.max_pool_backward(expected, names, geometry, (1, 32, 30, 30)))
        np.testing.assert_array_equal(da[one], pool.avg_pool_backward(expected, geometry))


def test_scatter_adds_where_positions_repeat():
    g = np.arange(6.0).reshape(1, 1, 2, 3)
    indices = np.array([[[[0, 0, 3], [3, 3, 1]]]])
    assert pool.scatter_at(g, indices, (2, 2)).reshape(-1).tolist() == [1, 5, 0, 9]
    x = values((2, 2), 13, ties=False)[:1, :1]
    assert np.vdot(pool.scatter_at(g, indices, (2, 2)), x) == pytest.approx(np.vdot(g, pool.take_at(x, indices)))
