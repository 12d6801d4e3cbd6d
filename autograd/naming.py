"""Names for people: of the axes of an operation's inputs, of single elements, and of ranges of values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.node import Node

__all__ = ["axes", "element", "fields", "ordinary_axes", "span"]

_DATA = {1: ("i",), 2: ("n", "c"), 3: ("n", "c", "l"), 4: ("n", "c", "h", "w"), 5: ("n", "c", "d", "h", "w")}
_WEIGHT = {1: ("o",), 2: ("o", "i"), 3: ("o", "i", "k"), 4: ("o", "i", "kh", "kw"), 5: ("o", "i", "kd", "kh", "kw")}

# The operations whose second input is a weight, and whose third is a bias.
_WEIGHTED = ("Conv", "ConvInput", "Linear")


def ordinary_axes(rank: int) -> tuple[str, ...]:
    """Return the names of the axes of a tensor of data: ``("n", "c", "h", "w")`` for images."""
    return _DATA.get(rank, tuple([f"i{axis}" for axis in range(rank)]))


def axes(op: type[Node], position: int, rank: int) -> tuple[str, ...]:
    """Return the names of the axes of an operation's input."""
    if op.__name__ in _WEIGHTED and position > 0 and rank in _WEIGHT:
        return _WEIGHT[rank]
    return ordinary_axes(rank)


def element(index: Sequence[int], names: Sequence[str]) -> str:
    """Write an index with the names of its axes.

    Examples
    --------
    >>> element((0, 2, 1, 1), ("n", "c", "h", "w"))
    '(n=0, c=2, h=1, w=1)'
    """
    return "(" + ", ".join(f"{name}={int(i)}" for name, i in zip(names, index, strict=True)) + ")"


def span(array: np.ndarray[Any, np.dtype[Any]]) -> str:
    """Write the range of the finite values of an array, and how many are not finite.

    Examples
    --------
    >>> span(np.array([1.0, -2.0, np.nan]))
    '[-2, 1] and 1 nan'
    """
    if array.size == 0:
        return "empty"
    if array.dtype.kind not in "fc":
        return f"[{array.min()}, {array.max()}]"
    values = np.abs(array) if array.dtype.kind == "c" else array
    finite = values[np.isfinite(values)]
    parts = [f"[{finite.min():.6g}, {finite.max():.6g}]"] if finite.size else []
    counts = ((int(np.isnan(values).sum()), "nan"), (int(np.isinf(values).sum()), "inf"))
    return " and ".join(parts + [f"{count} {what}" for count, what in counts if count])


def fields(first: str, lines: Sequence[tuple[str, str]]) -> str:
    """Put labelled lines under a first one, in the form of `autograd.errors.describe`; empty ones are left out."""
    return "\n".join([first, *[f"  {label + ':':<12}{text}" for label, text in lines if text]])
