"""Pooling over one to three spatial axes.

Maximum pooling keeps a small unsigned integer for each output, the number of the winning tap, and everything else
follows from it: the gradient, the flat indices PyTorch returns, and the adjoint of the gradient. Sums and maxima are
separable, so that a pass over k taps on each axis replaces one over all the taps of the window.
"""

from __future__ import annotations

from autograd.kernels.pool.adaptive import adaptive_avg_pool, adaptive_avg_pool_backward, adaptive_max_pool
from autograd.kernels.pool.average import avg_pool, avg_pool_backward
from autograd.kernels.pool.maximum import (
    max_pool,
    max_pool_backward,
    max_pool_take,
    max_pool_values,
    winner_indices,
)
from autograd.kernels.pool.scatter import scatter_at, take_at

__all__ = [
    "adaptive_avg_pool",
    "adaptive_avg_pool_backward",
    "adaptive_max_pool",
    "avg_pool",
    "avg_pool_backward",
    "max_pool",
    "max_pool_backward",
    "max_pool_take",
    "max_pool_values",
    "scatter_at",
    "take_at",
    "winner_indices",
]
