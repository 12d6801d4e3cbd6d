"""Where in the program an operation was called: the line of the user's code, and the path of the layer.

Both are read from the interpreter's stack, so that code which nobody inspects pays nothing for them.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple

__all__ = ["Place", "Places"]

_ROOT = Path(__file__).parents[2]
_LIBRARY = tuple(str(_ROOT / package) + os.sep for package in ("autograd", "nn", "optim"))


class Place(NamedTuple):
    """Where an operation was called.

    Attributes
    ----------
    path : str
        Of the innermost layer, from the outermost model; empty for the model itself, and outside of models.
    layer : str
        Class name of that layer; empty outside of models.
    model : str
        Class name of the outermost model; empty outside of models.
    file, line : str, int
        The innermost line outside of this library.
    """

    path: str = ""
    layer: str = ""
    model: str = ""
    file: str = ""
    line: int = 0


class Places:
    """Finds places, and remembers the paths of the models it has met."""

    def __init__(self) -> None:
        # A model is held together with its paths: the numbers that identify its layers stay theirs.
        self._paths: dict[int, tuple[Any, dict[int, str]]] = {}

    def here(self, skip: int = 1) -> Place:
        """Return the place that called, `skip` frames up."""
        file, line = "", 0
        modules = []
        for frame in _outwards(sys._getframe(skip)):
            code = frame.f_code
            if not file and not code.co_filename.startswith(_LIBRARY):
                file, line = code.co_filename, frame.f_lineno
            if code.co_name == "__call__":
                owner = frame.f_locals.get("self")
                if hasattr(owner, "named_modules"):
                    modules.append(owner)
        if not modules:
            return Place(file=file, line=line)
        paths = self._paths_in(modules[-1])
        known = next(m for m in modules if id(m) in paths)
        return Place(paths[id(known)], type(known).__name__, type(modules[-1]).__name__, file, line)

    def _paths_in(self, model: Any) -> dict[int, str]:
        held = self._paths.get(id(model))
        if held is None:
            held = self._paths[id(model)] = (model, {id(module): path for path, module in model.named_modules()})
        return held[1]


def _outwards(frame: FrameType | None) -> Iterator[FrameType]:
    while frame is not None:
        yield frame
        frame = frame.f_back
