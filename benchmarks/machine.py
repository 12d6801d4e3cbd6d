"""The machine and its limits: what a run was made on, and how fast it could be at best."""

from __future__ import annotations

import ctypes
import os
import platform
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np

from autograd.kernels import blas, threads

__all__ = ["copy_bandwidth", "describe", "gemm_peak", "keep_freed_memory"]

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3


def keep_freed_memory() -> bool:
    """Let malloc keep freed memory instead of returning it to the system, for the whole process.

    Fresh pages cost as much as arithmetic; without this the larger tensors of every library pay for them at each step.
    Returns whether the C library knows the setting.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError):
        return False
    return bool(mallopt(M_MMAP_THRESHOLD, 1 << 30) and mallopt(M_TRIM_THRESHOLD, 2**31 - 1))


def _best(call, rounds: int = 7) -> float:
    call()
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return min(times)


def gemm_peak(size: int = 1536) -> float:
    """Return the measured GFLOP/s of a large float32 matrix product on all cores."""
    a, b = (np.ones((size, size), np.float32) for _ in range(2))
    count = threads.get_num_threads()
    rows = -(-size // count)
    out = np.empty((size, size), np.float32)

    def part(start: int) -> None:
        blas.matmul(a[start : start + rows], b, out[start : start + rows])

    return 2 * size**3 / _best(lambda: threads.run(part, range(0, size, rows))) / 1e9


def copy_bandwidth(size: int = 1 << 24) -> float:
    """Return the measured GB/s, read and written, of a float32 copy on all cores."""
    source, target = np.ones(size, np.float32), np.empty(size, np.float32)
    target[:] = 0
    step = 1 << 18

    def part(start: int) -> None:
        np.copyto(target[start : start + step], source[start : start + step])

    return 8 * size / _best(lambda: threads.run(part, range(0, size, step))) / 1e9


def _processor() -> str:
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def describe() -> dict[str, str]:
    """Return what a reader must know of the machine and the libraries."""
    found = {
        "machine": f"{_processor()}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "blas": str(blas.report()),
        "threads": str(threads.get_num_threads()),
        "gemm peak": f"{gemm_peak():.0f} GFLOP/s",
        "copy bandwidth": f"{copy_bandwidth():.0f} GB/s",
    }
    for package in ("convgrad", "numpy", "scipy", "torch", "jax", "mygrad"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
