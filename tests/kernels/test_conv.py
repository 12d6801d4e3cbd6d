"""Every convolution method against the definition, over random geometry, layouts and dtypes."""

from __future__ import annotations

from math import prod

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from autograd.config import exact, force_conv_method
from autograd.geometry import conv_geometry, transposed_geometry
from autograd.kernels import threads
from autograd.kernels.conv import METHODS, conv, conv_input, conv_weight, fft
from autograd.kernels.conv.dispatch import choose
from autograd.kernels.conv.layout import Case
from tests.references import conv as reference

MOST_TERMS = 8000
"""Positions times taps times groups that the reference may loop over."""

# What a method needs to apply: kernel, stride, dilation, groups and dtypes; None leaves an aspect free.
THREE = {"kernel": (3, 3), "stride": (1, 1), "dilation": (1, 1), "dtypes": ["float32"]}
NEEDS = {
    "": {},
    "im2col": {},
    "pointwise": {"kernel": (1, 1), "stride": (1, 1), "padding": 0, "groups": 1},
    "winograd": {**THREE, "groups": 1, "kernel": None, "least": 2},
    "winograd_wide": {**THREE, "groups": 1},
    "winograd1d": THREE,
    "fft": {"stride": (1, 1), "dilation": (1, 1), "groups": 1},
    "toeplitz": {"groups": 1},
    "mec": {"groups": 1, "dilation": (1, 2)},
    "depthwise": {"depthwise": True},
}


def test_every_method_is_tested():
    assert set(NEEDS) == {"", *METHODS}


@st.composite
def problems(draw, needs=None, rank=2, dtypes=("float32", "float64"), largest=40):
    """Draw a geometry, and arrays in one of several memory layouts."""
    needs = needs or {}

    def pair(low, high):
        return draw(st.tuples(*[st.integers(low, high)] * rank))

    kernel = needs.get("kernel") or pair(needs.get("least", 1), 5)
    stride = needs.get("stride") or pair(1, 3)
    dilation = needs.get("dilation") or pair(1, 3)
    most = needs.get("padding", 4)
    padding = tuple(zip(pair(0, most), pair(0, most), strict=True))
    size = tuple(
        draw(st.integers(least := max(1, d * (k - 1) + 1 - low - high), max(least, largest)))
        for k, d, (low, high) in zip(kernel, dilation, padding, strict=True)
    )
    groups = needs.get("groups") or draw(st.integers(1, 4))
    channels, outputs = (groups * draw(st.sampled_from([1, 2, 3, 8, 17])) for _ in range(2))
    if needs.get("depthwise"):
        groups = channels = outputs = draw(st.integers(1, 24))
    geometry = conv_geometry(size, kernel, stride, padding, dilation, groups)
    assume(prod(geometry.output) * prod(kernel) * groups <= MOST_TERMS)
    images = draw(st.integers(0, 5))
    dtype = np.dtype(draw(st.sampled_from(needs.get("dtypes") or dtypes)))
    generator = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))

    def array(*shape):
        kind = draw(st.sampled_from(["C", "last", "F", "strided"]))
        values = generator.integers(-9, 10, shape) if dtype.kind in "iu" else generator.standard_normal(shape)
        if dtype.kind == "c":
            values = values + 1j * generator.standard_normal(shape)
        values = values.astype(dtype)
        if kind == "last":
            return np.moveaxis(np.ascontiguousarray(np.moveaxis(values, 1, -1)), -1, 1)
        if kind == "F":
            return np.asfortranarray(values)
        if kind == "strided":
            return np.repeat(values, 2, axis=-1)[..., ::2]
        return values

    x = array(images, channels, *size)
    w = array(outputs, channels // groups, *kernel)
    g = array(images, outputs, *geometry.output)
    return geometry, x, w, g, array(1, outputs)[0]


def spec(geometry):
    return geometry.stride, geometry.padding, geometry.dilation, geometry.groups


def check(actual, expected, dtype, tolerance):
    assert actual.dtype == dtype
    assert actual.shape == expected.shape
    scale = max(1.0, float(np.abs(expected).max(initial=0)))
    np.testing.assert_allclose(actual, expected, rtol=0, atol=tolerance * scale)


def compare(problem, tolerance):
    geometry, x, w, g, bias = problem
    before = [a.copy() for a in (x, w, g, bias)]
    check(conv(x, w, geometry, bias), reference.conv(x, w, *spec(geometry), bias=bias), x.dtype, tolerance)
    check(conv(x, w, geometry), reference.conv(x, w, *spec(geometry)), x.dtype, tolerance)
    check(conv_input(g, w, geometry), reference.conv_input(g, w, geometry.size, *spec(geometry)), x.dtype, tolerance)
    check(
        conv_weight(x, g, geometry), reference.conv_weight(x, g, geometry.kernel, *spec(geometry)), x.dtype, tolerance
    )
    for a, held in zip((x, w, g, bias), before, strict=True):
        np.testing.assert_array_equal(a, held)


def tolerance_of(dtype, winograd=False):
    return 1e-12 if dtype == np.float64 else 3e-5 if winograd else 5e-6


QUICK = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.mark.parametrize("name", NEEDS)
@QUICK
@given(data=st.data())
def test_method_agrees_with_the_definition(name, data):
    problem = data.draw(problems(NEEDS[name]))
    geometry, x, w = problem[:3]
    case = Case(x.shape[0], x.shape[1], w.shape[0], geometry, x.dtype)
    with force_conv_method(name):
        if name:
            assert METHODS[name].applies(case)
            assert choose(case) is METHODS[name]
        compare(problem, tolerance_of(x.dtype, winograd=not (name and METHODS[name].EXACT)))


@pytest.mark.parametrize("rank", [1, 3])
@settings(QUICK, max_examples=25)
@given(data=st.data())
def test_other_ranks_agree_with_the_definition(rank, data):
    problem = data.draw(problems(rank=rank, largest=40 if rank == 1 else 7))
    compare(problem, tolerance_of(problem[1].dtype, winograd=True))


@settings(QUICK, max_examples=15)
@given(data=st.data())
def test_fft_of_separate_channels(data):
    problem = data.draw(problems({"depthwise": True, "stride": (1, 1), "dilation": (1, 1)}))
    with force_conv_method("fft"):
        compare(problem, tolerance_of(problem[1].dtype))


@settings(QUICK, max_examples=40)
@given(data=st.data())
def test_fft_of_large_kernels_in_tiles(data):
    """Lengths at which a window may wrap, tiles without any input, ragged tiles: against sums."""
    draw = data.draw
    kernel, size = (draw(st.tuples(*[st.integers(1, most)] * 2)) for most in (12, 30))
    padding = draw(st.tuples(*[st.tuples(st.integers(0, 20), st.integers(0, 20))] * 2))
    assume(all(n + sum(p) >= k for n, p, k in zip(size, padding, kernel, strict=True)))
    groups = draw(st.sampled_from([1, 5]))
    channels, outputs = (5, 5) if groups == 5 else draw(st.tuples(st.integers(1, 4), st.integers(1, 4)))
    geometry = conv_geometry(size, kernel, 1, padding, 1, groups)
    generator = np.random.default_rng(0)
    x, w, g = (
        generator.standard_normal(shape)
        for shape in ((2, channels, *size), (outputs, channels // groups, *kernel), (2, outputs, *geometry.output))
    )
    found = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fft, "LEAST", draw(st.integers(2, 8)))
        fft._plan.cache_clear()
        for name in ("fft", "im2col"):
            with force_conv_method(name):
                assert choose(Case(2, channels, outputs, geometry, x.dtype)) is METHODS[name]
                found[name] = conv(x, w, geometry), conv_input(g, w, geometry), conv_weight(x, g, geometry)
    fft._plan.cache_clear()
    for a, b in zip(found["fft"], found["im2col"], strict=True):
        check(a, b, np.float64, 1e-12)


@pytest.mark.parametrize("dtype", ["int32", "int64", "complex64", "complex128"])
@settings(QUICK, max_examples=10)
@given(data=st.data())
def test_general_dtypes_agree_with_the_definition(dtype, data):
    problem = data.draw(problems(dtypes=(dtype,), largest=12))
    compare(problem, {"int32": 0, "int64": 0, "complex64": 5e-6, "complex128": 1e-12}[dtype])


@settings(QUICK, max_examples=10)
@given(data=st.data())
def test_float16_is_summed_in_float32(data):
    geometry, x, w, g, bias = data.draw(problems(dtypes=("float16",), largest=12))
    check(conv(x, w, geometry, bias), reference.conv(x, w, *spec(geometry), bias=bias), x.dtype, 1e-3)
    check(conv_input(g, w, geometry), reference.conv_input(g, w, geometry.size, *spec(geometry)), x.dtype, 1e-3)


@pytest.mark.parametrize("name", NEEDS)
@settings(QUICK, max_examples=15)
@given(data=st.data())
def test_adjointness(name, data):
    geometry, x, w, g, _ = data.draw(problems(NEEDS[name]))
    with force_conv_method(name):
        products = [
            np.vdot(conv(x, w, geometry).astype(float), g.astype(float)),
            np.vdot(x.astype(float), conv_input(g, w, geometry).astype(float)),
            np.vdot(w.astype(float), conv_weight(x, g, geometry).astype(float)),
        ]
    scale = np.linalg.norm(conv(x, w, geometry).astype(float)) * np.linalg.norm(g.astype(float)) + 1
    assert np.ptp(products) <= tolerance_of(x.dtype, winograd=True) * scale


@settings(QUICK, max_examples=25)
@given(data=st.data())
def test_transposed_sizes(data):
    def pair(low, high):
        return data.draw(st.tuples(st.integers(low, high), st.integers(low, high)))

    size, kernel, stride, dilation = pair(1, 9), pair(1, 4), pair(1, 3), pair(1, 3)
    padding = tuple(min(p, d * (k - 1)) for p, k, d in zip(pair(0, 2), kernel, dilation, strict=True))
    extra = tuple(min(e, max(s, d) - 1) for e, s, d in zip(pair(0, 2), stride, dilation, strict=True))
    assume(
        all(
            (n - 1) * s - 2 * p + d * (k - 1) + e + 1 > 0
            for n, s, p, d, k, e in zip(size, stride, padding, dilation, kernel, extra, strict=True)
        )
    )
    geometry = transposed_geometry(size, kernel, stride, padding, extra, dilation)
    generator = np.random.default_rng(0)
    g, w = generator.standard_normal((2, 3, *size)), generator.standard_normal((3, 2, *kernel))
    x = generator.standard_normal((2, 2, *geometry.size))
    rest = (geometry.stride, geometry.padding, geometry.dilation, 1)
    check(conv_input(g, w, geometry), reference.conv_input(g, w, geometry.size, *rest), g.dtype, 1e-12)
    check(conv(x, w, geometry), reference.conv(x, w, *rest, output=geometry.output), g.dtype, 1e-12)
    check(conv_weight(x, g, geometry), reference.conv_weight(x, g, kernel, *rest), g.dtype, 1e-12)


LAYERS = {
    "winograd": ((9, 32, 19, 21), (40, 32, 3, 3), {"padding": 1}),
    "winograd_wide": ((5, 80, 5, 5), (96, 80, 3, 3), {"padding": 1}),
    "winograd1d": ((20, 16, 24, 24), (16, 16, 3, 3), {"padding": 1}),
    "grouped": ((20, 32, 24, 24), (32, 8, 3, 3), {"padding": 1, "groups": 4}),
    "toeplitz": ((40, 3, 28, 28), (6, 3, 5, 5), {"padding": 2}),
    "mec": ((4, 3, 200, 60), (24, 3, 7, 7), {"stride": 2, "padding": 3}),
    "im2col": ((20, 32, 24, 24), (48, 32, 3, 3), {"stride": 2, "padding": 1}),
    "pointwise": ((20, 64, 24, 24), (48, 64, 1, 1), {}),
    "depthwise": ((20, 32, 24, 24), (32, 1, 5, 5), {"padding": 2, "groups": 32}),
    "fft": ((4, 8, 40, 40), (8, 8, 15, 15), {"padding": 7}),
    "fft of separate channels": ((20, 16, 30, 60), (16, 1, 9, 9), {"padding": 4, "groups": 16}),
    "winograd of 5x5": ((4, 32, 21, 24), (40, 32, 5, 5), {"padding": 2}),
    "dilated": ((9, 32, 24, 24), (32, 32, 3, 3), {"padding": 2, "dilation": 2}),
}


def layer(name):
    shape, kernel, settings_ = LAYERS[name]
    geometry = conv_geometry(shape[2:], kernel[2:], **settings_)
    generator = np.random.default_rng(0)
    x, w = (generator.standard_normal(s).astype(np.float32) for s in (shape, kernel))
    g = generator.standard_normal((shape[0], kernel[0], *geometry.output)).astype(np.float32)
    return geometry, x, w, g


def results(name):
    geometry, x, w, g = layer(name)
    return conv(x, w, geometry), conv_input(g, w, geometry), conv_weight(x, g, geometry)


@pytest.mark.parametrize("name", LAYERS)
def test_results_do_not_depend_on_the_number_of_threads_or_the_run(name):
    before = threads.get_num_threads()
    try:
        runs = []
        for count in (1, 2, 5, 5):
            threads.set_num_threads(count)
            runs.append(results(name))
    finally:
        threads.set_num_threads(before)
    for other in runs[1:]:
        for first, again in zip(runs[0], other, strict=True):
            np.testing.assert_array_equal(first, again)


@pytest.mark.parametrize("name", LAYERS)
def test_large_layers_agree_with_exact_mode(name):
    fast = results(name)
    with exact():
        slow = results(name)
    for a, b in zip(fast, slow, strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=5e-5 * np.abs(b).max())


@pytest.mark.parametrize(
    "name",
    ["winograd", "winograd of 5x5", "winograd_wide", "winograd1d", "toeplitz", "mec", "depthwise", "fft"]
    + ["fft of separate channels"],
)
def test_the_dispatcher_chooses_the_method_a_layer_is_named_after(name):
    geometry, x, w, _ = layer(name)
    case = Case(x.shape[0], x.shape[1], w.shape[0], geometry, x.dtype)
    assert choose(case) is METHODS[name.split()[0]]


@pytest.mark.parametrize("name", LAYERS)
def test_exact_mode_and_float64_use_exact_methods(name):
    geometry, x, w, _ = layer(name)
    case = Case(x.shape[0], x.shape[1], w.shape[0], geometry, x.dtype)
    with exact():
        assert choose(case).EXACT
    assert choose(case._replace(dtype=np.dtype(np.float64))).NAME not in ("winograd", "winograd1d", "winograd_wide")


def test_a_forced_method_that_cannot_be_used_gives_way_to_im2col():
    geometry = conv_geometry((8, 8), (3, 3), stride=2)
    with force_conv_method("winograd"):
        assert choose(Case(1, 4, 4, geometry, np.dtype(np.float32))).NAME == "im2col"


def test_an_unknown_method_is_an_error():
    x, w = np.ones((1, 1, 4, 4)), np.ones((1, 1, 3, 3))
    with force_conv_method("winogrd"), pytest.raises(ValueError, match="unknown convolution method 'winogrd'"):
        conv(x, w, conv_geometry((4, 4), (3, 3)))


def test_outputs_are_channels_last():
    geometry, x, w, g = layer("winograd")
    for a in (conv(x, w, geometry), conv_input(g, w, geometry)):
        assert np.moveaxis(a, 1, -1).flags.c_contiguous
