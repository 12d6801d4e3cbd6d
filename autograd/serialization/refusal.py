"""How a file that cannot be believed is refused."""

from __future__ import annotations

from pathlib import Path
from typing import IO, NoReturn

from autograd.errors import describe

__all__ = ["Source", "refuse"]

#: Where a file's bytes come from.
Source = Path | IO[bytes]


def refuse(source: Source | str, problem: str, rule: str | None = None, fix: str | None = None) -> NoReturn:
    """Raise a RuntimeError about a file.

    Parameters
    ----------
    source : path, binary file or name
    problem : str
        What is wrong, in a few words.
    rule : str, optional
        What was expected and what was found.
    fix : str, optional
        What to do.
    """
    raise RuntimeError(describe(f"file cannot be loaded: {problem}", op=str(source), rule=rule, fix=fix))
