"""How layers take sizes: one number for every axis, or a number for each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from autograd.errors import describe

__all__ = ["Sizes", "spread"]

Sizes = int | Sequence[int]


def spread(value: Any, rank: int, name: str) -> tuple[int, ...]:
    """Return a number once for each of `rank` axes, or a sequence as a tuple.

    Raises
    ------
    TypeError
        If an entry is not an int.
    ValueError
        If a sequence has neither one nor `rank` entries.

    Examples
    --------
    >>> spread(3, 2, "kernel_size")
    (3, 3)
    """
    entries = tuple(value) if isinstance(value, Iterable) else (value,) * rank
    if any(isinstance(entry, bool) or not hasattr(entry, "__index__") for entry in entries):
        raise TypeError(
            describe(
                f"argument '{name}' must be tuple of ints, but got {value!r}",
                fix="pass sizes as ints: n // 2, not n / 2",
            )
        )
    if len(entries) not in (1, rank):
        raise ValueError(
            describe(
                f"expected {name} to be a single integer value or a list of {rank} values to match the convolution "
                f"dimensions, but got {name}={[*entries]}"
            )
        )
    return tuple(entry.__index__() for entry in entries * (rank // len(entries)))
