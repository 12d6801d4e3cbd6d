"""Matrix products by pointer, and the choice of the library that does them."""

from __future__ import annotations

import os
import subprocess
import sys
import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd.kernels import blas


@st.composite
def matrices(draw, stack, rows, columns, dtype):
    """Draw a stack of matrices in one of the layouts BLAS may or may not read."""
    layout = draw(st.sampled_from(["C", "F", "padded", "strided", "outer"]))
    generator = np.random.default_rng(draw(st.integers(0, 99)))
    if layout == "C":
        a = generator.standard_normal((stack, rows, columns))
    elif layout == "F":
        a = generator.standard_normal((stack, columns, rows)).swapaxes(1, 2)
    elif layout == "padded":
        a = generator.standard_normal((stack, rows + 1, columns + 3))[:, :rows, :columns]
    elif layout == "strided":
        a = generator.standard_normal((stack, rows, columns, 2))[..., 0]
    else:
        a = generator.standard_normal((rows, stack, columns)).transpose(1, 0, 2)
    return a.astype(dtype) if layout == "C" else _like(a, dtype)


def _like(a, dtype):
    """Convert without a change of strides."""
    base = a if a.base is None else a.base
    converted = base.astype(dtype)
    scale = converted.itemsize / base.itemsize
    offset = (a.__array_interface__["data"][0] - base.__array_interface__["data"][0]) // base.itemsize
    strides = tuple(int(s * scale) for s in a.strides)
    return np.lib.stride_tricks.as_strided(converted.reshape(-1)[offset:], a.shape, strides)


@settings(max_examples=200, deadline=None)
@given(data=st.data(), accumulate=st.booleans(), dtype=st.sampled_from(["float32", "float64", "int64", "complex128"]))
def test_matmul(data, accumulate, dtype):
    stack, rows, inner, columns = data.draw(st.tuples(st.integers(1, 3), *[st.integers(0, 9)] * 3))
    a = data.draw(matrices(stack, rows, inner, dtype))
    b = data.draw(matrices(stack, inner, columns, dtype))
    out = data.draw(matrices(stack, rows, columns, dtype))
    expected = np.einsum("zik,zkj->zij", a, b) + (out if accumulate else 0)
    blas.matmul(a, b, out, accumulate=accumulate)
    np.testing.assert_allclose(out, expected, rtol=1e-4 if dtype == "float32" else 1e-11, atol=1e-4)


@pytest.mark.parametrize("accumulate", [False, True])
def test_large_and_plain_matrices(accumulate):
    a, b, out = (
        np.sin(np.arange(m * n, dtype=np.float32)).reshape(m, n) for m, n in ((190, 170), (170, 210), (190, 210))
    )
    expected = a.astype(float) @ b.astype(float) + (out if accumulate else 0)
    blas.matmul(a, b, out, accumulate=accumulate)
    np.testing.assert_allclose(out, expected, atol=1e-3)


def test_threads_are_restored_when_the_last_block_ends():
    libraries = blas._BLAS.libraries
    before = [library.threads for library in libraries]
    inside = threading.Barrier(2, timeout=10)
    leaving = threading.Event()

    def other():
        with blas.single_threaded():
            inside.wait()
            leaving.wait(10)

    worker = threading.Thread(target=other)
    worker.start()
    with blas.single_threaded():
        inside.wait()
        assert all(library.threads == 1 for library in libraries)
    assert all(library.threads == 1 for library in libraries)
    leaving.set()
    worker.join()
    assert [library.threads for library in libraries] == before


def test_threads_are_restored_after_an_error():
    before = [library.threads for library in blas._BLAS.libraries]
    with pytest.raises(ValueError), blas.single_threaded():
        raise ValueError
    assert [library.threads for library in blas._BLAS.libraries] == before


def test_the_report_says_what_and_why():
    report = blas.report()
    assert report.reason
    assert report.reason in str(report)


REPORT = """
{first}
from autograd.kernels import blas
import numpy as np
import os
report = blas.report()
a = np.sin(np.arange(6400, dtype=np.float32)).reshape(80, 80)
out = np.ones((80, 80), np.float32)
blas.matmul(a, a, out, accumulate=True)
assert np.allclose(out, 1 + np.einsum('ij,jk->ik', a, a), atol=1e-3)
print(os.environ.get('OPENBLAS_CORETYPE', '-'), report.core or '-', report.reason)
"""


@pytest.mark.parametrize("first", ["", "import numpy", "import numpy, scipy.linalg"])
@pytest.mark.parametrize("core", [None, "Haswell"])
def test_every_order_of_imports_is_right_and_leaves_the_environment_alone(first, core):
    environment = {k: v for k, v in os.environ.items() if k not in ("OPENBLAS_CORETYPE", "CONVGRAD_BLAS")}
    if core:
        environment["OPENBLAS_CORETYPE"] = core
    script = REPORT.format(first=first)
    got = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, env=environment, timeout=120, check=False
    )
    assert got.returncode == 0, got.stderr
    assert got.stdout.split()[0] == (core or "-")


def test_the_switch_turns_everything_off():
    environment = {**os.environ, "CONVGRAD_BLAS": "off"}
    got = subprocess.run(
        [sys.executable, "-c", REPORT.format(first="")],
        capture_output=True,
        text=True,
        env=environment,
        timeout=120,
        check=False,
    )
    assert "CONVGRAD_BLAS is off" in got.stdout, got.stderr
