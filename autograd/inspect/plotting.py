"""What all figures share: matplotlib, loaded when the first is drawn, colours, and pages laid out in inches."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import numpy as np

from autograd.errors import describe

__all__ = [
    "DARK",
    "EMPTY",
    "FAINT",
    "LINE",
    "MARK",
    "MARK_TEXT",
    "POSITIVE",
    "SECOND",
    "SIGNED",
    "Page",
    "save",
    "signed_limits",
]

Array = np.ndarray[Any, np.dtype[Any]]

# Blue and orange stay apart for every kind of colour vision.
DARK, FAINT = "#222222", "#8a8a8a"
MARK, SECOND = "#0072b2", "#d55e00"
MARK_TEXT = "#004a75"
SIGNED, POSITIVE = "PuOr_r", "cividis"
EMPTY, LINE = "#f3f3f3", "#bdbdbd"


def _figure_class() -> Any:
    """Return matplotlib's figure; the ones made here belong to no window and no global state.

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    """
    try:
        return importlib.import_module("matplotlib.figure").Figure
    except ImportError as error:
        raise ImportError(
            describe(
                "figures need matplotlib, which is not installed",
                op="figure",
                fix="python -m pip install 'convgrad[plot]'; the text form needs nothing: print(explain(...))",
            )
        ) from error


def save(figure: Any, path: str | Path) -> None:
    """Write a figure; the ending of the path says in which format.

    Raises
    ------
    ValueError
        If the ending names no format.
    """
    formats = figure.canvas.get_supported_filetypes()
    ending = Path(path).suffix.lstrip(".").lower()
    if ending not in formats:
        raise ValueError(
            describe(
                f"unknown format {ending!r}",
                op="figure",
                rule=f"one of {', '.join(sorted(formats))}",
                fix="name it .png or .svg",
            )
        )
    # A fixed salt and no date: the same figure gives the same file.
    with importlib.import_module("matplotlib").rc_context({"svg.hashsalt": "convgrad"}):
        figure.savefig(path, dpi=110, facecolor="white", metadata={"Date": None} if ending == "svg" else None)


def signed_limits(array: Array) -> tuple[float, float]:
    """Return colour limits that put zero in the middle."""
    finite = np.abs(array[np.isfinite(array)])
    top = float(finite.max(initial=0.0)) or 1.0
    return -top, top


class Page:
    """A figure whose parts are placed in inches from its upper left corner.

    Parameters
    ----------
    width, height : float
    """

    def __init__(self, width: float, height: float) -> None:
        self.width = width
        self.height = height
        self.figure = _figure_class()(figsize=(width, height))

    def axes(self, left: float, top: float, width: float, height: float) -> Any:
        """Return bare axes at a place."""
        box = (left / self.width, 1 - (top + height) / self.height, width / self.width, height / self.height)
        axes = self.figure.add_axes(box)
        axes.set_axis_off()
        return axes

    def frame(self, axes: Any) -> None:
        """Draw a thin line around axes."""
        patches = importlib.import_module("matplotlib.patches")
        style = {"transform": axes.transAxes, "fill": False, "edgecolor": LINE, "linewidth": 0.6, "clip_on": False}
        axes.add_patch(patches.Rectangle((0, 0), 1, 1, **style))

    def text(self, left: float, top: float, text: str, **style: Any) -> None:
        """Write at a place."""
        settings = {"ha": "left", "va": "top", "fontsize": 9, "color": DARK} | style
        self.figure.text(left / self.width, 1 - top / self.height, text, **settings)
