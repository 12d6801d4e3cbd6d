"""Measurements side by side: ``python -m benchmarks --help``."""

import autograd as _autograd  # noqa: F401  (before NumPy, so that it can choose how NumPy's BLAS is loaded)
