"""The questions programs ask of a GPU, answered: there is none."""

from __future__ import annotations

from typing import Any

from autograd import amp
from autograd.dtypes import require_cpu

__all__ = [
    "amp",
    "current_device",
    "device_count",
    "empty_cache",
    "is_available",
    "manual_seed",
    "manual_seed_all",
    "set_device",
    "synchronize",
]


def is_available() -> bool:
    """Return whether there is a GPU: False."""
    return False


def device_count() -> int:
    """Return the number of GPUs: 0."""
    return 0


def current_device() -> int:
    """Refuse: there is no GPU.

    Raises
    ------
    RuntimeError
        Always.
    """
    require_cpu("cuda")
    return -1


def set_device(device: Any) -> None:
    """Refuse: there is no GPU.

    Raises
    ------
    RuntimeError
        Always.
    """
    require_cpu("cuda")


def manual_seed(seed: int) -> None:
    """Do nothing: there is no GPU to seed."""


def manual_seed_all(seed: int) -> None:
    """Do nothing: there is no GPU to seed."""


def empty_cache() -> None:
    """Do nothing: there is no cache of a GPU."""


def synchronize(device: Any = None) -> None:
    """Do nothing: there is no GPU to wait for."""
