"""Readers of option values; each raises a ValueError that says what is allowed."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

from nn.cli.errors import suggestion

__all__ = ["Names", "real", "whole"]


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


class Names:
    """A reader of one of several names, or of several of them with commas between.

    Parameters
    ----------
    known : iterable of str
    several : bool, default False
        Whether a text may hold several names; the empty text then means none.

    Examples
    --------
    >>> Names(["adam", "sgd"])("sgd")
    'sgd'
    >>> Names(["flip", "shift"], several=True)("shift, flip")
    'shift,flip'
    """

    def __init__(self, known: Iterable[str], *, several: bool = False) -> None:
        self._known = sorted(known)
        self._several = several

    def __call__(self, text: str) -> str:
        """Return the text, in its simplest form."""
        if self._several:
            return ",".join(self._one(part.strip()) for part in text.split(",") if part.strip())
        return self._one(text)

    def _one(self, text: str) -> str:
        if text not in self._known:
            raise ValueError(f"unknown name {text!r} (known: {', '.join(self._known)}){suggestion(text, self._known)}")
        return text

    def complete(self, prefix: str = "", **_: object) -> list[str]:
        """Return what a shell may write for the beginning of a text.

        Examples
        --------
        >>> Names(["flip", "rotate", "shift"], several=True).complete("flip,s")
        ['flip,flip', 'flip,rotate', 'flip,shift']
        """
        head, comma = prefix.rpartition(",")[:2] if self._several else ("", "")
        return [head + comma + name for name in self._known]
