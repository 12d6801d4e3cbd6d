"""Checkpoints in a folder: each written whole or not at all, the last few and the best kept."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from autograd.errors import describe
from autograd.serialization import load, save

__all__ = ["Checkpoints"]

_NAME = re.compile(r"step-(\d{10,})\.npz")


class Checkpoints:
    """Saves and finds the states of a training.

    Parameters
    ----------
    folder : path
        Made when the first checkpoint is saved.
    keep : int, default 2
        How many of the last ones are kept, at least one; the best one is kept besides.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     checkpoints = Checkpoints(folder, keep=1)
    ...     checkpoints.save({"epoch": 1}, step=10)
    ...     checkpoints.save({"epoch": 2}, step=20, best=True)
    ...     sorted(path.name for path in Path(folder).iterdir()), checkpoints.load_latest()
    (['best.npz', 'step-0000000020.npz'], {'epoch': 2})
    """

    def __init__(self, folder: str | os.PathLike[str], keep: int = 2) -> None:
        self.folder = Path(folder)
        self.keep = max(1, keep)

    def paths(self) -> list[Path]:
        """Return the checkpoints there are, oldest first."""
        if not self.folder.is_dir():
            return []
        return sorted(path for path in self.folder.iterdir() if _NAME.fullmatch(path.name))

    def save(self, state: Mapping[str, Any], step: int, best: bool = False) -> None:
        """Save a state, then remove those that are too old.

        Parameters
        ----------
        state : mapping
            Anything `autograd.save` takes.
        step : int
            Orders the checkpoints.
        best : bool
            Whether this is the best state so far.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        # Also before, for a disk that is nearly full; the newest stays in any case.
        self._remove_old()
        save(state, self.folder / f"step-{step:010d}.npz")
        if best:
            save(state, self.folder / "best.npz")
        self._remove_old()

    def _remove_old(self) -> None:
        """Remove checkpoints that are too many, and what a killed process has left half written."""
        for path in (*self.paths()[: -self.keep], *self.folder.glob(".*.part")):
            path.unlink(missing_ok=True)

    def load_latest(self) -> Any:
        """Load the newest checkpoint that can be read.

        Raises
        ------
        FileNotFoundError
            If there is none.
        RuntimeError
            If there are some, and all are damaged.
        """
        paths = self.paths()
        if not paths:
            raise FileNotFoundError(describe("there is no checkpoint", op=str(self.folder)))
        for path in reversed(paths):
            try:
                return load(path)
            except RuntimeError as error:
                damage = error
        raise RuntimeError(describe("no checkpoint can be read", op=str(self.folder))) from damage
