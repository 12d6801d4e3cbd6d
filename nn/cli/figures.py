"""What all pictures of the command line share: matplotlib, if it is there, and how a picture is written."""

from __future__ import annotations

import importlib
import importlib.util
from pathlib import Path
from typing import Any

from autograd.inspect.plotting import DARK, FAINT, LINE, MARK, SECOND, save
from nn.cli.errors import CommandError

__all__ = ["DARK", "FAINT", "LINE", "MARK", "SECOND", "figure", "picture_folder", "save", "style"]


def picture_folder(wish: bool | None, folder: Path, *packages: str) -> Path | None:
    """Return the folder of a command's pictures, made if need be; or None where none are drawn.

    Parameters
    ----------
    wish : bool, optional
        Whether the user asks for pictures; if not told, they are drawn where the packages are installed.
    folder : Path
    *packages : str
        What draws them.

    Raises
    ------
    CommandError
        If they are asked for and a package is missing.
    """
    missing = [name for name in packages if importlib.util.find_spec(name) is None]
    if wish and missing:
        raise CommandError(f"pictures need {missing[0]}, which is not installed: pip install 'convgrad[plot]'")
    if wish is False or missing:
        return None
    folder.mkdir(parents=True, exist_ok=True)
    return folder


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
