"""Text for terminals: numbers in columns, blocks side by side, sizes, and colour where it is wanted."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np

__all__ = ["Style", "amount", "beside", "count", "grid", "number", "table", "titled", "width"]

Array = np.ndarray[Any, np.dtype[Any]]


def width() -> int:
    """Columns to write in: those of the terminal, at least 60 and at most 160."""
    return min(max(shutil.get_terminal_size((100, 24)).columns, 60), 160)


class Style:
    """Bold, dim and coloured text on a terminal; plain text elsewhere, and where ``NO_COLOR`` is set.

    Parameters
    ----------
    on : bool, optional
        Overrules what the surroundings ask for.
    """

    def __init__(self, on: bool | None = None) -> None:
        self._on = sys.stdout.isatty() and not os.environ.get("NO_COLOR") if on is None else on

    def _wrap(self, text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self._on else text

    def bold(self, text: str) -> str:
        """Return a heading."""
        return self._wrap(text, "1")

    def dim(self, text: str) -> str:
        """Return something of less importance."""
        return self._wrap(text, "2")

    def good(self, text: str) -> str:
        """Return what is as it should be."""
        return self._wrap(text, "34")

    def bad(self, text: str) -> str:
        """Return what is not."""
        return self._wrap(text, "1;31")


def number(value: Any, digits: int = 4) -> str:
    """Write a number briefly: whole numbers without a point, others with so many significant digits.

    Examples
    --------
    >>> number(3.0), number(0.123456)
    ('3', '0.1235')
    """
    value = float(value)
    return str(int(value)) if value.is_integer() and abs(value) < 1e7 else f"{value:.{digits}g}"


def grid(array: Array, blank: Array | None = None) -> list[str]:
    """Return the lines of a matrix, or of a vector as one line, in aligned columns; a dot where `blank` holds.

    Examples
    --------
    >>> grid(np.array([[1.0, -2.0], [10.0, 0.5]]))
    [' 1   -2', '10  0.5']
    """
    empty = np.zeros(array.shape, bool) if blank is None else blank
    rows = zip(np.atleast_2d(array), np.atleast_2d(empty), strict=True)
    cells = [["·" if hidden else number(v, 3) for v, hidden in zip(*row, strict=True)] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return ["  ".join(f"{cell:>{w}}" for cell, w in zip(row, widths, strict=True)) for row in cells]


def titled(title: str, array: Array, blank: Array | None = None) -> list[str]:
    """Return a matrix with a title above it."""
    return [title, *grid(array, blank)]


def beside(blocks: Sequence[Sequence[str]], columns: int, gap: int = 4) -> list[str]:
    """Set blocks of lines side by side, in as many rows as the columns ask for.

    Examples
    --------
    >>> beside([["a", "b"], ["c"]], 80)
    ['a    c', 'b']
    """
    rows: list[list[Sequence[str]]] = []
    used = 0
    for block in blocks:
        size = max(map(len, block))
        if not rows or used + gap + size > columns:
            rows.append([])
            used = -gap
        rows[-1].append(block)
        used += gap + size
    lines: list[str] = []
    for row in rows:
        if lines:
            lines.append("")
        lines += _joined(row, gap)
    return lines


def _joined(row: Sequence[Sequence[str]], gap: int) -> list[str]:
    widths = [max(map(len, block)) for block in row]
    height = max(map(len, row))
    padded = [[*block, *[""] * (height - len(block))] for block in row]
    return [
        (" " * gap).join(f"{block[i]:<{w}}" for block, w in zip(padded, widths, strict=True)).rstrip()
        for i in range(height)
    ]


def table(head: Sequence[str], rows: Sequence[Sequence[str]], left: int = 1) -> list[str]:
    """Return the lines of a table: the first `left` columns aligned to the left, the others to the right."""
    every = [head, *rows]
    widths = [max(len(row[i]) for row in every) for i in range(len(head))]
    lines = [
        "  ".join(f"{c:<{w}}" if i < left else f"{c:>{w}}" for i, (c, w) in enumerate(zip(row, widths, strict=True)))
        for row in every
    ]
    return [lines[0].rstrip(), "-" * max(map(len, lines)), *(line.rstrip() for line in lines[1:])]


def amount(size: float) -> str:
    """Write a number of bytes.

    Examples
    --------
    >>> amount(1536)
    '1.5 KiB'
    """
    for unit in ("B", "KiB", "MiB"):
        if size < 1024:
            return f"{size:.0f} B" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.1f} GiB"


def count(value: float | None) -> str:
    """Write a number of operations.

    Examples
    --------
    >>> count(267960), count(12), count(None)
    ('268.0 k', '12', '-')
    """
    if value is None:
        return "-"
    if value < 1000:
        return f"{value:.0f}"
    for unit in ("k", "M", "G"):
        value /= 1000
        if value < 1000:
            return f"{value:.1f} {unit}"
    return f"{value / 1000:.1f} T"
