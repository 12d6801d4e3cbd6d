"""Products of matrices, and of stacks of them, split over the cores by their size.

BLAS's own threads wait for one another by spinning: beside another busy process a threaded product takes a hundred
times as long as on one thread. So BLAS keeps to one thread, and the rows, the columns or the matrices of a product are
dealt out like the blocks of every other kernel.
"""

from __future__ import annotations

import numpy as np

from autograd.kernels import blas, threads, workspace
from autograd.kernels.elementwise import quietly
from autograd.kernels.layout import Array

__all__ = ["product"]

SMALL = 1 << 18
"""Multiplications that no BLAS gives to several threads, if both sides are matrices."""

SMALL_VECTOR = 1 << 13
"""The same where one side is a vector."""

PART = 1 << 24
"""Multiplications of one part: some 150 us."""

WIDTH = 128
"""Rows or columns of a part, at least: narrower ones are slow."""

SPEED = 1e5
"""Multiplications a microsecond."""


def product(a: Array, b: Array) -> Array:
    """Return the product of two matrices, or of two stacks of matrices that broadcast.

    Parameters
    ----------
    a : ndarray, shape (..., m, k)
    b : ndarray, shape (..., k, n)

    Returns
    -------
    ndarray, shape (..., m, n)

    Examples
    --------
    >>> product(np.eye(2), np.array([[1.0], [2.0]]))
    array([[1.],
           [2.]])
    """
    rows, columns = a.shape[-2], b.shape[-1]
    work = a.size * columns
    if work <= (SMALL_VECTOR if rows == 1 or columns == 1 else SMALL) or a.dtype.kind not in "fc":
        return quietly(np.matmul, a, b)  # type: ignore[no-any-return]
    if a.ndim > 2 or b.ndim > 2:
        return _stacked(a, b, work)
    out = workspace.empty((rows, columns), np.result_type(a, b))
    by_rows = rows >= columns
    length = rows if by_rows else columns
    count = max(1, min(work // PART, length // WIDTH))
    step = -(-length // count)

    def part(start: int) -> None:
        piece = slice(start, start + step)
        if by_rows:
            blas.matmul(a[piece], b, out[piece])
        else:
            blas.matmul(a, b[:, piece], out[:, piece])

    threads.run(part, range(0, length, step), work / SPEED)
    return out


def _stacked(a: Array, b: Array, work: int) -> Array:
    """Return the products of stacks, some matrices along the first axis of both at a time."""
    length = a.shape[0]
    if a.ndim != b.ndim or b.shape[0] != length:
        with blas.single_threaded():
            return quietly(np.matmul, a, b)  # type: ignore[no-any-return]
    shape = (*np.broadcast_shapes(a.shape[:-2], b.shape[:-2]), a.shape[-2], b.shape[-1])
    out = workspace.empty(shape, np.result_type(a, b))
    step = -(-length // max(1, min(work // PART, length)))

    def part(start: int) -> None:
        piece = slice(start, start + step)
        np.matmul(a[piece], b[piece], out=out[piece])

    threads.run(part, range(0, length, step), work / SPEED)
    return out
