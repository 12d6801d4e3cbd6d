"""What all pictures of the command line share: matplotlib, if it is there, and how a picture is written."""

from __future__ import annotations

import importlib
import importlib.util
from typing import Any

from autograd.inspect.plotting import DARK, FAINT, LINE, MARK, SECOND, save
from nn.cli.errors import need_package

__all__ = ["DARK", "FAINT", "LINE", "MARK", "SECOND", "figure", "save", "style", "will_draw"]


def will_draw(wish: bool | None, *packages: str) -> bool:
    """Return whether a command draws pictures: if the user asks for them, or says nothing and the packages are there.

    Parameters
    ----------
    wish : bool, optional
    *packages : str
        What draws them.

    Raises
    ------
    CommandError
        If they are asked for and a package is missing.
    """
    if wish:
        for name in packages:
            need_package(name, "plot", "pictures")
    return wish is not False and all(importlib.util.find_spec(name) is not None for name in packages)


def figure(width: float, height: float, title: str) -> Any:
    """Return an empty figure of a size in inches; it belongs to no window and no global state."""
    made = importlib.import_module("matplotlib.figure").Figure(figsize=(width, height), layout="constrained")
    made.suptitle(title, fontsize=13, fontweight="bold", color=DARK)
    return made


def style(axes: Any, x: str, y: str, title: str = "") -> None:
    """Label axes, and let them step back behind what they hold."""
    axes.set_xlabel(x, color=DARK)
    axes.set_ylabel(y, color=DARK)
    if title:
        axes.set_title(title, fontsize=10, color=DARK)
    axes.tick_params(colors=FAINT, labelsize=8)
    for side in axes.spines.values():
        side.set_color(LINE)
