"""Elementwise kernels and the rule for the layout of a result."""

import numpy as np
import pytest

from autograd.kernels import elementwise, layout, threads
from tests.kernels.layouts import LAYOUTS, is_in_layout

SHAPES = [(), (0, 3), (7,), (2, 3, 4, 5), (2, 8, 70, 61), (5, 4, 33, 33, 5)]
ODD = np.array([0.0, -0.0, 1e-42, -1e-42, 3.0, -3.0, np.inf, -np.inf, np.nan, -np.nan])


def draw(shape, seed=0):
    return np.asarray(np.random.default_rng(seed).standard_normal(shape))


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("name", LAYOUTS)
@pytest.mark.parametrize("shape", SHAPES[2:], ids=str)
def test_relu(shape, name, dtype):
    x, g = LAYOUTS[name](draw(shape).astype(dtype)), draw(shape, 1).astype(dtype)
    before = x.copy(), g.copy()
    y = elementwise.relu(x)
    np.testing.assert_array_equal(y, np.where(x > 0, x, 0))
    for grad in LAYOUTS.values():
        dx = elementwise.relu_backward(grad(g), y)
        np.testing.assert_array_equal(dx, np.where(x > 0, g, 0))
        assert dx.dtype == y.dtype == dtype
    np.testing.assert_array_equal(x, before[0])
    np.testing.assert_array_equal(g, before[1])
    if name != "strided":
        assert is_in_layout(y, name)
        assert is_in_layout(dx, name)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("repeat", [1, 60_000])
def test_relu_of_odd_values(dtype, repeat):
    """Zero of either sign passes no gradient, NaN of either sign passes all of it."""
    with np.errstate(under="ignore"):
        x = np.tile(ODD.astype(dtype), repeat)
    passes = np.isnan(x) | (x > 0)
    y = elementwise.relu(x)
    np.testing.assert_array_equal(np.isnan(y), np.isnan(x))
    np.testing.assert_array_equal(y[~np.isnan(x)], np.where(x > 0, x, 0)[~np.isnan(x)])
    for g in (1.0, -np.inf, np.nan):
        for mask in (x, y):
            dx = elementwise.relu_backward(np.full(x.shape, g, dtype), mask)
            np.testing.assert_array_equal(dx, np.where(passes, dtype(g), dtype(0)))


def test_relu_of_a_number_is_an_array():
    y = elementwise.relu(np.array(-2.0))
    assert isinstance(y, np.ndarray)
    assert isinstance(elementwise.relu_backward(y, y), np.ndarray)
    assert isinstance(elementwise.apply(np.add, y, y), np.ndarray)


@pytest.mark.parametrize("slope", [0.01, 0.0, 2.0, -0.5])
def test_leaky_relu(slope):
    x, g = LAYOUTS["channels-last"](draw((2, 3, 50, 60)).astype(np.float32)), draw((2, 3, 50, 60), 1).astype(np.float32)
    factor = np.where(x > 0, np.float32(1), np.float32(slope))
    y = elementwise.leaky_relu(x, slope)
    np.testing.assert_array_equal(y, x * factor)
    np.testing.assert_array_equal(elementwise.leaky_relu_backward(g, x, slope), g * factor)
    assert is_in_layout(y, "channels-last")


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_sigmoid(dtype):
    x = np.concatenate([draw((600_000,)) * 5, [-1e4, 1e4, np.inf, -np.inf]]).astype(dtype)
    y = elementwise.sigmoid(x)
    exact = np.float64(x)
    np.testing.assert_allclose(y, 0.5 * (1 + np.tanh(exact / 2)), rtol=1e-5, atol=1e-7)
    assert y.dtype == dtype
    g = draw(x.shape, 1).astype(dtype)
    np.testing.assert_allclose(elementwise.sigmoid_backward(g, y), g * y * (1 - y), rtol=1e-5, atol=1e-30)


@pytest.mark.parametrize("name", LAYOUTS)
@pytest.mark.parametrize("other", LAYOUTS)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_apply_follows_the_layout_rule(shape, name, other):
    if not shape and "strided" in (name, other):
        pytest.skip("a number has no strides")
    a, b = LAYOUTS[name](draw(shape)), LAYOUTS[other](draw(shape, 1))
    out = elementwise.apply(np.subtract, a, b)
    np.testing.assert_array_equal(out, a - b)
    if len(shape) > 2 and "channels-last" in (name, other):
        assert is_in_layout(out, "channels-last")


@pytest.mark.parametrize("name", LAYOUTS)
@pytest.mark.parametrize(
    "shape", [(1, 8, 1, 1), (8, 1, 1), (61,), (2, 1, 70, 61), (), (3, 2, 8, 70, 61), (1, 1, 1, 1)], ids=str
)
def test_apply_broadcasts(shape, name):
    a, b = LAYOUTS[name](draw((2, 8, 70, 61))), draw(shape, 1)
    before = a.copy()
    for left, right in ((a, b), (b, a)):
        out = elementwise.apply(np.subtract, left, right)
        np.testing.assert_array_equal(out, left - right)
        if name == "channels-last" and len(shape) < 5:
            assert is_in_layout(out, name)
    np.testing.assert_array_equal(a, before)


def test_apply_gives_the_ufuncs_dtype():
    a = draw((4, 3, 80, 80)).astype(np.float32)
    assert elementwise.apply(np.greater, a, a).dtype == bool
    assert elementwise.apply(np.add, a, a.astype(np.float64)).dtype == np.float64
    assert elementwise.apply(np.negative, a).dtype == np.float32


def test_apply_keeps_any_dense_order_of_memory():
    a = draw((40, 30, 20, 25)).transpose(2, 0, 3, 1)
    out = elementwise.apply(np.add, a, a)
    assert out.strides == a.strides
    np.testing.assert_array_equal(out, a + a)


@pytest.mark.parametrize("name", LAYOUTS)
def test_results_do_not_depend_on_the_number_of_threads(name):
    x = LAYOUTS[name](draw((16, 48, 40, 33)).astype(np.float32))
    before = threads.get_num_threads()
    try:
        results = []
        for count in (1, 3):
            threads.set_num_threads(count)
            y = elementwise.relu(x)
            results.append((y, elementwise.relu_backward(x, y), elementwise.apply(np.add, x, y)))
    finally:
        threads.set_num_threads(before)
    for a, b in zip(*results, strict=True):
        np.testing.assert_array_equal(a, b)


def test_layout_of_ambiguous_arrays_is_row_major():
    assert not layout.is_channels_last(np.zeros((2, 3)))
    assert not layout.is_channels_last(np.zeros((2, 3, 4, 4)))
    assert not layout.is_channels_last(LAYOUTS["channels-last"](np.zeros((2, 1, 4, 4))))
    assert not layout.is_channels_last(LAYOUTS["channels-last"](np.zeros((2, 3, 1, 1))))
    assert not layout.is_channels_last(LAYOUTS["channels-last"](np.zeros((0, 3, 4, 4))))
    assert not layout.is_channels_last(np.broadcast_to(np.zeros((2, 3, 1, 1)), (2, 3, 4, 4)))
    assert layout.is_channels_last(LAYOUTS["channels-last"](np.zeros((2, 3, 4, 4))))
    assert layout.is_channels_last(LAYOUTS["channels-last"](np.zeros((2, 3, 4, 4)))[:, :2, ::2])


@pytest.mark.parametrize("name", LAYOUTS)
def test_in_layout_copies_only_what_it_must(name):
    x = LAYOUTS[name](draw((2, 3, 4, 5)))
    for channels_last in (False, True):
        y = layout.in_layout(x, channels_last)
        np.testing.assert_array_equal(y, x)
        assert is_in_layout(y, "channels-last" if channels_last else "row-major")
        assert np.shares_memory(x, y) == (name == ("channels-last" if channels_last else "row-major"))


def test_spans_cover_an_axis_once_and_split_what_is_worth_it():
    for n, size in ((0, 0), (1, 10**7), (7, 10**7), (64, 2**22), (10**6, 10**6), (5, 5)):
        parts = layout.spans(n, size)
        assert [i for part in parts for i in range(part.start, part.stop)] == list(range(n)) or n > 100
        assert sum(part.stop - part.start for part in parts) == n
    assert len(layout.spans(2, layout.BLOCK)) == 2
    assert len(layout.spans(64, 100)) == 1


@pytest.mark.parametrize("name", ["row-major", "channels-last"])
def test_large_operand_beside_a_single_number(name):
    x = layout.in_layout(np.ones((4, 64, 64, 128), np.float32), name == "channels-last")
    two = np.array(2, np.float32)
    for out in (elementwise.apply(np.multiply, x, two), elementwise.apply(np.multiply, two, x)):
        assert out.strides == x.strides
        assert (out == 2).all()


def test_quiet_functions_do_not_warn():
    divide = elementwise.parallel(np.divide)
    for size in (4, elementwise.SMALL + 1):
        zeros = np.zeros(size, np.float32)
        assert np.isnan(divide(zeros, zeros)).all()
    with pytest.warns(RuntimeWarning, match="invalid"):
        np.divide(np.zeros(2), np.zeros(2))


@pytest.mark.parametrize("name", ["row-major", "channels-last"])
@pytest.mark.parametrize("size", [4, 160])
def test_mapped_functions_see_every_element_once_and_keep_the_layout(name, size):
    x = layout.in_layout(draw((2, 8, size, size)), name == "channels-last")
    y = elementwise.mapped(lambda part: part * 2 + 1, x, 0.01)
    np.testing.assert_array_equal(y, x * 2 + 1)
    assert is_in_layout(y, name)
    every_other = x[:, ::2]
    np.testing.assert_array_equal(elementwise.mapped(np.negative, every_other, 0.01), -every_other)
