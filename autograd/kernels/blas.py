"""Which BLAS does the work, on which of its cores, and matrix products that accumulate.

OpenBLAS picks a set of kernels, a core, when it is loaded. Where it takes a processor with AVX-512 for a 'Haswell'
(it does not know the model, or the environment says so), half of the speed is lost. The safe order is:

1. If NumPy is not imported yet, import it with ``OPENBLAS_CORETYPE=SkylakeX``, and put the variable back.
2. Else, if SciPy's own copy of OpenBLAS is not loaded yet, load that one so, and call its GEMM by pointer.
3. Else leave everything as it is.

Either way only where the processor reports every AVX-512 extension of that core, and only after the products have been
checked against a plain sum. A library that is loaded already is never re-initialised. ``CONVGRAD_BLAS=off`` turns all
of it off, and `report` says what was chosen and why.
"""

from __future__ import annotations

import ctypes
import glob
import importlib.util
import os
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CORE = "SkylakeX"
VARIABLE = "OPENBLAS_CORETYPE"
NEEDED = {"avx512f", "avx512cd", "avx512bw", "avx512dq", "avx512vl"}


def _enabled() -> bool:
    return os.environ.get("CONVGRAD_BLAS", "").lower() not in ("off", "0")


def _processor_has_avx512() -> bool:
    """Ask the operating system; a processor it does not describe has none."""
    try:
        with open("/proc/cpuinfo", encoding="ascii", errors="replace") as description:
            flags = next((line for line in description if line.startswith("flags")), "")
    except OSError:
        return False
    return set(flags.split()) >= NEEDED


@contextmanager
def _core_type(core: str) -> Iterator[None]:
    """Let a BLAS that is loaded inside the block use that core."""
    before = os.environ.get(VARIABLE)
    os.environ[VARIABLE] = core
    try:
        yield
    finally:
        if before is None:
            del os.environ[VARIABLE]
        else:
            os.environ[VARIABLE] = before


_OVERRULED = f", instead of {os.environ[VARIABLE]}" if VARIABLE in os.environ else ""
_FORCED = _enabled() and "numpy" not in sys.modules and _processor_has_avx512()
if _FORCED:
    with _core_type(CORE):
        import numpy as np
else:
    import numpy as np

from autograd.kernels.workspace import scratch  # noqa: E402 - NumPy has to be imported above

__all__ = ["BlasReport", "controllable", "matmul", "report", "single_threaded"]

Array = np.ndarray[Any, np.dtype[Any]]

SMALL_PRODUCT = 1 << 14
"""Elements of a product below which one call for a whole stack and an addition beat one call for each matrix."""


class _OpenBlas:
    """A loaded OpenBLAS: its core, its threads, its GEMM by pointer."""

    AFFIXES = (("scipy_", "64_"), ("scipy_", ""), ("", "64_"), ("", ""))

    def __init__(self, path: str) -> None:
        self.path = path
        self._library = ctypes.CDLL(path)
        for prefix, suffix in self.AFFIXES:
            if hasattr(self._library, f"{prefix}openblas_get_corename{suffix}"):
                break
        else:
            raise OSError(f"{path} does not name its core")
        self._prefix, self._suffix = prefix, suffix
        name = self._function("openblas_get_corename")
        name.restype = ctypes.c_char_p
        self.core: str = name().decode()
        self._get_threads = self._function("openblas_get_num_threads")
        self._set_threads = self._function("openblas_set_num_threads")
        self._integer = ctypes.c_int64 if suffix else ctypes.c_int32
        self._integers: dict[int, Any] = {}
        self._gemm = {
            np.dtype(kind): self._pointer(name) for kind, name in ((np.float32, "sgemm"), (np.float64, "dgemm"))
        }

    def _function(self, name: str) -> Any:
        return getattr(self._library, f"{self._prefix}{name}{self._suffix}")

    def _pointer(self, name: str) -> Any:
        """A Fortran GEMM whose arguments are all addresses: the fewest conversions for each call."""
        ending = f"_{self._suffix}" if self._suffix else "_"
        function = getattr(self._library, f"{self._prefix}{name}{ending}")
        return ctypes.cast(function, ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * 13))

    @property
    def threads(self) -> int:
        """Number of threads the library uses."""
        return int(self._get_threads())

    @threads.setter
    def threads(self, count: int) -> None:
        self._set_threads(count)

    def _integer_at(self, value: int) -> int:
        held = self._integers.get(value)
        if held is None:
            held = self._integers[value] = self._integer(value)
        return ctypes.addressof(held)

    def gemm(self, a: Array, b: Array, out: Array, accumulate: bool) -> bool:
        """Write (or add) the products of two stacks of matrices to `out`; say whether the strides allowed it."""
        if out.strides[-1] != out.itemsize:
            a, b, out = b.swapaxes(-1, -2), a.swapaxes(-1, -2), out.swapaxes(-1, -2)
        left, right, target = _leading(a), _leading(b), _leading(out)
        if left is None or right is None or target is None or target[0] != b"N":
            return False
        (count, rows, inner), columns = a.shape, b.shape[2]
        kind = out.dtype
        one, beta = _CONSTANTS[kind][1], _CONSTANTS[kind][1 if accumulate else 0]
        at = self._integer_at
        gemm = self._gemm[kind]
        flags = _FLAGS[right[0]], _FLAGS[left[0]], at(columns), at(rows), at(inner)
        b_step, a_step, out_step = at(right[1]), at(left[1]), at(target[1])
        a_at, b_at, out_at = (m.__array_interface__["data"][0] for m in (a, b, out))
        a_jump, b_jump, out_jump = a.strides[0], b.strides[0], out.strides[0]
        for _ in range(count):
            gemm(*flags, one, b_at, b_step, a_at, a_step, beta, out_at, out_step)
            a_at += a_jump
            b_at += b_jump
            out_at += out_jump
        return True


def _leading(m: Array) -> tuple[bytes, int] | None:
    """Return how BLAS must read the last two axes as rows: flag and leading dimension; None where it cannot.

    The stride of an axis of length one means nothing, and may be any number.
    """
    item, (rows, columns), (down, across) = m.itemsize, m.shape[-2:], m.strides[-2:]
    for flag, run, step, count, length in ((b"N", across, down, columns, rows), (b"T", down, across, rows, columns)):
        step = step if length > 1 else count * item
        if (run == item or count == 1) and step % item == 0 and step >= count * item > 0:
            return flag, step // item
    return None


_KEPT = [ctypes.c_char(b"N"), ctypes.c_char(b"T"), *(c(v) for c in (ctypes.c_float, ctypes.c_double) for v in (0, 1))]
_FLAGS = {flag.value: ctypes.addressof(flag) for flag in _KEPT[:2]}
_CONSTANTS = {
    np.dtype(np.float32): tuple(ctypes.addressof(value) for value in _KEPT[2:4]),
    np.dtype(np.float64): tuple(ctypes.addressof(value) for value in _KEPT[4:6]),
}


def _bundled(package: str) -> str | None:
    """Find the OpenBLAS that a wheel of NumPy or SciPy brings, without importing the package."""
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        return None
    root = Path(spec.origin).parent
    for folder in (root.parent / f"{package}.libs", root / ".dylibs"):
        found = sorted(glob.glob(str(folder / "*openblas*")))
        if found:
            return found[0]
    return None


def _load(package: str) -> _OpenBlas | None:
    path = _bundled(package)
    try:
        return _OpenBlas(path) if path else None
    except (OSError, AttributeError):
        return None


def _is_right(library: _OpenBlas | None) -> bool:
    """Check products of awkward sizes, plain, transposed and accumulated, against sums without BLAS."""
    for kind, tolerance in ((np.float32, 1e-4), (np.float64, 1e-12)):
        for rows, inner, columns in ((1, 1, 1), (7, 5, 3), (33, 70, 65), (130, 97, 49)):
            a = np.sin(np.arange(2 * rows * inner, dtype=kind)).reshape(2, rows, inner)
            b = np.cos(np.arange(2 * inner * columns, dtype=kind)).reshape(2, columns, inner).swapaxes(1, 2)
            expected = np.einsum("zik,zkj->zij", a, b)
            out = np.matmul(a, b)
            if library is not None:
                right = library.gemm(a, b, out, accumulate=False) and library.gemm(a, b, out, accumulate=True)
                expected = 2 * expected
                if not right:
                    return False
            if not np.allclose(out, expected, rtol=tolerance, atol=tolerance * inner):
                return False
    return True


@dataclass(frozen=True, slots=True)
class BlasReport:
    """Which library multiplies, on which core, and why.

    Attributes
    ----------
    library, core : str
        File name and kernels of the library that multiplies; empty where it is not an OpenBLAS that came with a wheel.
    numpy_core : str
        Kernels of NumPy's own library.
    reason : str
        Why this one.
    threads : int
        Number of threads the library uses outside of kernels.
    """

    library: str
    core: str
    numpy_core: str
    reason: str
    threads: int

    def __str__(self) -> str:
        return f"BLAS {self.library or 'unknown'}, core {self.core or 'unknown'} ({self.reason})"


class _Blas:
    """The libraries in use, chosen once."""

    def __init__(self) -> None:
        self._numpy = _load("numpy")
        self.own: _OpenBlas | None = None
        self._lock = threading.Lock()
        self._depth = 0
        self._outside: list[tuple[_OpenBlas, int]] = []
        self.pointer: _OpenBlas | None = None
        self.checked = False
        self.reason = ""

    @property
    def libraries(self) -> list[_OpenBlas]:
        return [library for library in (self._numpy, self.own) if library is not None]

    def check(self) -> None:
        """Choose on first use: loading and testing a library is too dear for an import."""
        with self._lock:
            if self.checked:
                return
            self.pointer, self.reason = self._choose()
            self.checked = True

    def _choose(self) -> tuple[_OpenBlas | None, str]:
        if not _enabled():
            return None, "CONVGRAD_BLAS is off"
        if self._numpy is None:
            return None, "NumPy came without an OpenBLAS of its own"
        if self._numpy.core != "Haswell" or not _processor_has_avx512():
            chosen = (
                f"{VARIABLE}={CORE} while NumPy was imported{_OVERRULED}" if _FORCED else "the library's own choice"
            )
            return self._tested(self._numpy, chosen)
        with _core_type(CORE):
            library = _load("scipy")
        if library is None or library.core != CORE:
            return self._tested(self._numpy, "NumPy and SciPy were imported first, and chose a slow core for AVX-512")
        self.own = library
        library.threads = 1
        return self._tested(library, "NumPy was imported first and chose a slow core; this is SciPy's copy, by pointer")

    def _tested(self, library: _OpenBlas, reason: str) -> tuple[_OpenBlas | None, str]:
        if _is_right(library):
            return library, reason
        warnings.warn(f"{library.path} fails its self-test; set CONVGRAD_BLAS=off", RuntimeWarning, stacklevel=2)
        return None, "the self-test failed"

    def describe(self) -> BlasReport:
        self.check()
        library = self.pointer or self._numpy
        return BlasReport(
            library=Path(library.path).name if library else "",
            core=library.core if library else "",
            numpy_core=self._numpy.core if self._numpy else "",
            reason=self.reason,
            threads=self._numpy.threads if self._numpy else 0,
        )

    @property
    def bypasses_numpy(self) -> bool:
        """Whether the library that multiplies is another than NumPy's."""
        return self.own is not None and self.pointer is self.own

    def enter(self) -> None:
        """Bring every library down to one thread; the first to enter remembers what to restore."""
        with self._lock:
            self._depth += 1
            if self._depth == 1:
                for library in (self._numpy, self.own):
                    if library is not None and (threads := library.threads) != 1:
                        self._outside.append((library, threads))
                        library.threads = 1

    def leave(self) -> None:
        """Give the libraries their threads back when the last one leaves."""
        with self._lock:
            self._depth -= 1
            if self._depth == 0:
                self._restore()

    def _restore(self) -> None:
        while self._outside:
            library, threads = self._outside.pop()
            library.threads = threads

    def forget(self) -> None:
        """In a forked child: no other thread is inside any more."""
        self._lock = threading.Lock()
        if self._depth:
            self._depth = 0
            self._restore()


class _SingleThreaded:
    """The context manager behind `single_threaded`; it has no state of its own."""

    __slots__ = ()

    def __enter__(self) -> None:
        _BLAS.enter()

    def __exit__(self, *_: object) -> None:
        _BLAS.leave()


_BLAS = _Blas()
_SINGLE = _SingleThreaded()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_BLAS.forget)


def single_threaded() -> _SingleThreaded:
    """Keep BLAS on one thread inside a ``with`` block; blocks of several threads may overlap."""
    return _SINGLE


def limit(count: int) -> None:
    """Let the libraries use at most so many threads from now on, outside of kernels too."""
    for library in _BLAS.libraries:
        library.threads = min(library.threads, count)


def controllable() -> bool:
    """Whether BLAS can be kept on one thread; if not, its threads and ours would fight over the cores."""
    return bool(_BLAS.libraries)


def report() -> BlasReport:
    """Say which library multiplies matrices, on which core, and why.

    Examples
    --------
    >>> report().reason != ""
    True
    """
    return _BLAS.describe()


def matmul(a: Array, b: Array, out: Array, accumulate: bool = False) -> None:
    """Write the product of two matrices, or of two stacks of matrices, to `out`, or add it.

    Parameters
    ----------
    a : ndarray, shape (m, k) or (z, m, k)
    b : ndarray, shape (k, n) or (z, k, n)
    out : ndarray, shape (m, n) or (z, m, n)
        May have any strides, but must not overlap `a` or `b`.
    accumulate : bool
        Add to `out` instead of writing it.
    """
    if not _BLAS.checked:
        _BLAS.check()
    if accumulate and out.ndim == 3 and out[0].size < SMALL_PRODUCT and not _BLAS.bypasses_numpy:
        out += np.matmul(a, b, out=scratch("blas.product", out.shape, out.dtype))
        return
    library = _BLAS.pointer
    if library is not None and (accumulate or _BLAS.bypasses_numpy) and out.dtype in _CONSTANTS and out.size:
        a3, b3, out3 = (a, b, out) if out.ndim == 3 else (a[None], b[None], out[None])
        if a.dtype == b.dtype == out.dtype and library.gemm(a3, b3, out3, accumulate):
            return
    if accumulate:
        out += np.matmul(a, b)
    else:
        np.matmul(a, b, out=out)
