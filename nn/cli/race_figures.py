"""Pictures of a race: contours with the ways over them, an animation, and loss curves."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from nn.cli.contenders import CONTENDERS
from nn.cli.figures import DARK, FAINT, LINE, figure, save, style
from nn.cli.race_digits import Training
from nn.cli.surfaces import Descent, Surface

__all__ = ["animate", "draw_digits", "draw_surface"]

Array = np.ndarray[Any, np.dtype[Any]]

#: Frames of an animation, and the milliseconds each of them stays.
FRAMES, PAUSE = 60, 80

_GRID = 240
_DPI = 80


def draw_surface(
    name: str, surface: Surface, ways: Mapping[float, Mapping[str, Descent]], threshold: float, path: Path
) -> None:
    """Draw the contours with every way over them, and below the values step by step; a column for each factor.

    Parameters
    ----------
    name : str
    surface : Surface
    ways : mapping of float to mapping of str to Descent
        By the factor of the learning rate, and by the contender.
    threshold : float
        The value to reach.
    path : Path
    """
    page = figure(4.2 * len(ways), 7.4, f"{name}: {surface.formula}")
    panels = page.subplots(2, len(ways), squeeze=False, sharey="row", height_ratios=(1.25, 1))
    for column, (factor, descents) in enumerate(ways.items()):
        _draw_contours(panels[0, column], surface, f"learning rate x {factor:g}", column == 0)
        _draw_threshold(panels[1, column], surface, threshold)
        for contender, descent in descents.items():
            _way(panels[0, column], contender, descent)
            _course(panels[1, column], contender, surface, descent)
        style(panels[1, column], "step", "value above the minimum" if column == 0 else "")
        _limit(panels[1, column], surface, [*descents.values()])
    _legend(page, [*next(iter(ways.values()))])
    save(page, path)


def _draw_contours(axes: Any, surface: Surface, title: str, first: bool) -> None:
    x0, x1, y0, y1 = surface.box
    x, y = np.meshgrid(np.linspace(x0, x1, _GRID), np.linspace(y0, y1, _GRID))
    height = np.log10(surface.values(x, y) - surface.lowest + 0.05 * _span(surface))
    axes.contourf(x, y, height, levels=24, cmap="Greys", alpha=0.3)
    axes.contour(x, y, height, levels=24, colors=FAINT, linewidths=0.35, alpha=0.7)
    axes.plot(*surface.start, "o", color=DARK, markersize=6, markerfacecolor="white", zorder=5)
    for place in surface.minima:
        axes.plot(*place, "*", color=DARK, markersize=11, markerfacecolor="white", zorder=5)
    style(axes, "x", "y" if first else "", title)
    axes.set_xlim(x0, x1)
    axes.set_ylim(y0, y1)


def _span(surface: Surface) -> float:
    return surface.at_start() - surface.lowest


def _draw_threshold(axes: Any, surface: Surface, threshold: float) -> None:
    axes.axhline(threshold - surface.lowest, color=FAINT, linewidth=0.8, linestyle="--")


def _gap(surface: Surface, descent: Descent) -> Array:
    """Return the values above the minimum, kept off zero, which has no place on a scale of powers."""
    gaps: Array = np.maximum(descent.values - surface.lowest, 1e-12)
    return gaps


def _way(axes: Any, contender: str, descent: Descent) -> Any:
    colour = CONTENDERS[contender].colour
    (line,) = axes.plot(*descent.points.T, color=colour, linewidth=1.3, alpha=0.9, zorder=3)
    (head,) = axes.plot(*descent.points[-1], "o", color=colour, markersize=5, zorder=4)
    return line, head


def _course(axes: Any, contender: str, surface: Surface, descent: Descent) -> Any:
    (line,) = axes.plot(_gap(surface, descent), color=CONTENDERS[contender].colour, linewidth=1.3, alpha=0.9)
    return line


def _limit(axes: Any, surface: Surface, descents: Sequence[Descent]) -> None:
    """Keep the scale to what is of interest: not to 30 digits of either end."""
    span, least = _span(surface), min(float(np.nanmin(_gap(surface, descent))) for descent in descents)
    axes.set_yscale("log")
    axes.set_ylim(max(least, 1e-7 * span) / 2, 20 * span)


def _legend(page: Any, contenders: Sequence[str]) -> None:
    lines = importlib.import_module("matplotlib.lines")
    handles = [lines.Line2D([], [], color=CONTENDERS[c].colour, label=CONTENDERS[c].title, lw=2) for c in contenders]
    page.legend(handles=handles, loc="outside lower center", ncols=len(handles), frameon=False, fontsize=9)


# ---- the animation


def animate(name: str, surface: Surface, descents: Mapping[str, Descent], threshold: float, path: Path) -> None:
    """Write an animated GIF of the ways over the contours, and of the values beside them.

    Parameters
    ----------
    name : str
    surface : Surface
    descents : mapping of str to Descent
        By the contender.
    threshold : float
        The value to reach.
    path : Path
    """
    from PIL import Image

    page = figure(9.0, 4.6, f"{name}: {surface.formula}")
    left, right = page.subplots(1, 2)
    _draw_contours(left, surface, "", True)
    _draw_threshold(right, surface, threshold)
    artists = {c: (*_way(left, c, d), _course(right, c, surface, d)) for c, d in descents.items()}
    style(right, "step", "value above the minimum")
    steps = max(len(descent.values) for descent in descents.values())
    _limit(right, surface, [*descents.values()])
    right.set_xlim(0, steps)
    _legend(page, [*descents])
    frames = [Image.fromarray(frame) for frame in _frames(page, artists, surface, descents, _moments(steps))]
    # One palette for all frames, with every contender's own colour in it: no colour changes on the way.
    palette = Image.new("P", (1, 1))
    greys = frames[-1].quantize(128, dither=Image.Dither.NONE).getpalette() or []
    palette.putpalette([*greys[: 3 * 128], *(part for name in descents for part in _bytes(CONTENDERS[name].colour))])
    first, *rest = (frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in frames)
    pauses = [PAUSE] * (len(frames) - 1) + [25 * PAUSE]
    first.save(path, save_all=True, append_images=rest, duration=pauses, loop=0, optimize=False)


def _bytes(colour: str) -> bytes:
    return bytes.fromhex(colour.removeprefix("#"))


def _moments(steps: int) -> list[int]:
    """Choose steps to show, close to each other at the beginning, where most happens."""
    share = np.linspace(0, 1, FRAMES) ** 2
    return sorted({round(1 + float(s) * (steps - 1)) for s in share})


def _frames(
    page: Any,
    artists: Mapping[str, Sequence[Any]],
    surface: Surface,
    descents: Mapping[str, Descent],
    moments: Sequence[int],
) -> Any:
    """Yield pictures as bytes; what does not move is drawn once."""
    page.set_dpi(_DPI)
    canvas = importlib.import_module("matplotlib.backends.backend_agg").FigureCanvasAgg(page)
    for artist in [artist for group in artists.values() for artist in group]:
        artist.set_animated(True)
    canvas.draw()
    still = canvas.copy_from_bbox(page.bbox)
    for count in moments:
        canvas.restore_region(still)
        for contender, (line, head, course) in artists.items():
            descent = descents[contender]
            line.set_data(*descent.points[:count].T)
            head.set_data(*descent.points[:count][-1:].T)
            course.set_data(np.arange(len(descent.values[:count])), _gap(surface, descent)[:count])
            for artist in (line, head, course):
                artist.axes.draw_artist(artist)
        yield np.asarray(canvas.buffer_rgba())[..., :3].copy()


# ---- images


def draw_digits(
    title: str, results: Mapping[tuple[bool, float], Mapping[str, Training]], threshold: float, path: Path
) -> None:
    """Draw the loss curves: a row without and one with batch normalisation, a column for each factor.

    Parameters
    ----------
    title : str
    results : mapping of (bool, float) to mapping of str to Training
        By batch normalisation and factor of the learning rate, then by the contender.
    threshold : float
        The loss to reach.
    path : Path
    """
    norms, factors = (list(dict.fromkeys(keys)) for keys in zip(*results, strict=True))
    page = figure(4.2 * len(factors), 3.2 * len(norms) + 1, title)
    panels = page.subplots(len(norms), len(factors), squeeze=False, sharex=True, sharey=True)
    for (norm, factor), trainings in results.items():
        row, column = norms.index(norm), factors.index(factor)
        axes = panels[row, column]
        axes.axhline(threshold, color=FAINT, linewidth=0.8, linestyle="--")
        for contender, training in trainings.items():
            colour = CONTENDERS[contender].colour
            axes.plot(training.epochs, training.losses, color=colour, linewidth=1.4, alpha=0.9)
            if training.diverged and training.epochs:
                axes.plot(training.epochs[-1], training.losses[-1], "x", color=colour, markersize=8)
        axes.set_yscale("log")
        axes.grid(color=LINE, linewidth=0.3)
        text = f"{'with' if norm else 'without'} batch normalisation, learning rate x {factor:g}"
        last = row == len(norms) - 1
        style(axes, "epoch" if last else "", "training loss" if column == 0 else "", text)
    _legend(page, [*next(iter(results.values()))])
    save(page, path)
