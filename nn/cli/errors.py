"""What goes wrong on the command line, and how it is told: in one line, without a traceback."""

from __future__ import annotations

import difflib
import importlib.util
from collections.abc import Iterable

__all__ = ["FAILURE", "MISUSE", "CommandError", "UsageError", "need_package", "one_line", "suggestion"]

FAILURE, MISUSE = 1, 2


class CommandError(Exception):
    """A command could not do what it was asked to: exit status 1."""


class UsageError(Exception):
    """A command was asked for something that does not exist or makes no sense: exit status 2."""


def need_package(package: str, extra: str, wanted: str) -> None:
    """Refuse early what could not be done for want of an optional package.

    Raises
    ------
    CommandError
        If it is not installed.
    """
    if importlib.util.find_spec(package) is None:
        raise CommandError(f"{wanted} need {package}, which is not installed: pip install 'convgrad[{extra}]'")


def one_line(error: BaseException, about: str = "") -> str:
    """Write an error on one line: what it is about, its phrase, then the rule and the fix, as far as it has them."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror if error.filename is None else f"{error.filename}: {error.strerror}"
    if isinstance(error, MemoryError):
        return "out of memory: try a smaller --batch-size"
    lines = [" ".join(line.split()) for line in str(error).splitlines()]
    if about:
        first, *rest = [line for line in lines if line and line != f"op: {about}"]
        lines = [f"{about}: {first.removesuffix('.')}", *rest]
    lines = [line.split(": ", 1)[1] if line.startswith(("op:", "rule:", "fix:")) else line for line in lines if line]
    return "; ".join(lines) or type(error).__name__


def suggestion(word: str, known: Iterable[str]) -> str:
    """Return ``"; did you mean 'x'?"`` for the known word closest to one that is not known, or nothing."""
    close = difflib.get_close_matches(word.lower(), list(known), n=1, cutoff=0.5)
    return f"; did you mean {close[0]!r}?" if close else ""
