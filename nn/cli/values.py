"""Readers of option values; each raises a ValueError that says what is allowed."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

from nn.cli.errors import suggestion

__all__ = ["name_in", "names_in", "real", "whole"]


def real(least: float = 0.0, below: float = math.inf, *, open_end: bool = False) -> Callable[[str], float]:
    """Return a reader of numbers in ``[least, below)``, or in ``(least, below)`` with `open_end`.

    Examples
    --------
    >>> real(0, 1)("0.5")
    0.5
    """

    def read(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            raise ValueError(f"{text!r} is no number") from None
        if not (least <= value < below) or (open_end and value == least):
            bounds = f"{'more than' if open_end else 'at least'} {least:g}"
            bounds += f" and less than {below:g}" if below < math.inf else " and finite"
            raise ValueError(f"{text} is not {bounds}")
        return value

    return read


def whole(least: int = 0) -> Callable[[str], int]:
    """Return a reader of integers from `least` on.

    Examples
    --------
    >>> whole(1)("12")
    12
    """

    def read(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            raise ValueError(f"{text!r} is no whole number") from None
        if value < least:
            raise ValueError(f"{text} is less than {least}")
        return value

    return read


def name_in(known: Iterable[str]) -> Callable[[str], str]:
    """Return a reader of one of several names.

    Examples
    --------
    >>> name_in(["adam", "sgd"])("sgd")
    'sgd'
    """
    names = sorted(known)

    def read(text: str) -> str:
        if text not in names:
            raise ValueError(f"unknown name {text!r} (known: {', '.join(names)}){suggestion(text, names)}")
        return text

    return read


def names_in(known: Iterable[str]) -> Callable[[str], str]:
    """Return a reader of several names with commas between; the empty text means none.

    Examples
    --------
    >>> names_in(["flip", "shift"])("shift,flip")
    'shift,flip'
    """
    one = name_in(known)

    def read(text: str) -> str:
        return ",".join(one(part.strip()) for part in text.split(",") if part.strip())

    return read
