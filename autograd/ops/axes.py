"""Axis numbers and sizes as arguments: negative ones resolved, wrong ones refused."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd.errors import describe

__all__ = ["as_sizes", "normalize_axes", "normalize_axis"]


def normalize_axis(axis: int, rank: int) -> int:
    """Return a non-negative axis number.

    Raises
    ------
    IndexError
        If there is no such axis.
    """
    span = max(rank, 1)
    if not -span <= axis < span:
        raise IndexError(
            describe(
                f"Dimension out of range (expected to be in range of [{-span}, {span - 1}], but got {axis})",
                rule=f"the tensor has {rank} dimensions",
            )
        )
    return int(axis % span)


def normalize_axes(dim: int | Sequence[int] | None, rank: int) -> tuple[int, ...]:
    """Return sorted non-negative axis numbers; all axes for ``None`` and for an empty sequence.

    Raises
    ------
    IndexError
        If there is no such axis.
    RuntimeError
        If an axis appears twice.
    """
    if dim is None or (isinstance(dim, Sequence) and len(dim) == 0):
        return tuple(range(rank))
    axes = [normalize_axis(d, rank) for d in (dim if isinstance(dim, Sequence) else (dim,))]
    if rank == 0:
        return ()
    for axis in axes:
        if axes.count(axis) > 1:
            raise RuntimeError(
                describe(f"dim {axis} appears multiple times in the list of dims", fix="name every axis once")
            )
    return tuple(sorted(axes))


def as_sizes(args: tuple[Any, ...]) -> tuple[int, ...]:
    """Return sizes given as ``f(2, 3)`` or as ``f((2, 3))``."""
    if len(args) == 1 and isinstance(args[0], Sequence):
        args = tuple(args[0])
    return tuple([n.__index__() for n in args])
