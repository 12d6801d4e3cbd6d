"""How a file that cannot be believed is refused."""

from __future__ import annotations

import os
from typing import NoReturn

from autograd.errors import describe

__all__ = ["refuse"]


def refuse(path: str | os.PathLike[str], problem: str, rule: str | None = None, fix: str | None = None) -> NoReturn:
    """Raise a RuntimeError about a file.

    Parameters
    ----------
    path : path
    problem : str
        What is wrong, in a few words.
    rule : str, optional
        What was expected and what was found.
    fix : str, optional
        What to do.
    """
    raise RuntimeError(describe(f"file cannot be loaded: {problem}", op=os.fspath(path), rule=rule, fix=fix))
