"""How this installation computes: the BLAS and its core, threads, and the memory that is kept for reuse.

Examples
--------
>>> import autograd
>>> sorted(autograd.__config__.memory())
['held', 'hits', 'limit', 'misses', 'used']
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from autograd.kernels import blas as _blas
from autograd.kernels import threads as _threads
from autograd.kernels import workspace as _workspace

__all__ = ["blas", "memory", "parallel_info", "show"]


def blas() -> dict[str, Any]:
    """Return which library multiplies matrices, on which core, and why."""
    return asdict(_blas.report())


def memory() -> dict[str, int]:
    """Return the bytes that the pool of buffers holds, uses and may hold, and how often it helped."""
    return asdict(_workspace.statistics())


def show() -> str:
    """Return one line on the library that multiplies matrices."""
    return str(_blas.report())


def parallel_info() -> str:
    """Return one line on threads."""
    return f"{_threads.get_num_threads()} threads over blocks of work; BLAS keeps to one inside of each"
