"""Measurements side by side: ``python -m benchmarks --help``."""

# Before NumPy, so that it can choose how NumPy's BLAS is loaded.
import autograd as _autograd
