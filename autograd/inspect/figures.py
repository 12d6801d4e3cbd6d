"""Pictures of a network: its filters, what its layers see in an image, and the error that flows back through them.

A model is anything with ``named_modules`` and forward hooks. Each picture may be written to a file at once; the ending
of the path says whether as PNG, SVG or PDF. They need matplotlib, the extra ``plot``.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from autograd.config import enable_grad
from autograd.engine import grad
from autograd.errors import describe
from autograd.inspect.plotting import DARK, FAINT, MARK, POSITIVE, SECOND, SIGNED, Page, save, signed_limits
from autograd.inspect.text import amount, count, number
from autograd.ops.loss_class import cross_entropy
from autograd.tensor import Tensor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from autograd.inspect.explanation import GraphExplanation

__all__ = ["error_maps", "feature_maps", "filters"]

Array = np.ndarray[Any, np.dtype[Any]]

SIGNS = "violet is negative, orange positive; each layer has its own scale"
TILE, SPACE, MARGIN = 0.8, 0.08, 0.35
"""Inches of a map, between maps, and around the page."""
MOST = 12
"""Maps of a layer that are drawn."""
MOST_ROWS = 6
"""Input channels of a filter that are drawn."""


class _Band(NamedTuple):
    """One layer's maps, in rows of tiles under a title."""

    title: str
    note: str
    rows: Sequence[Sequence[Array]]
    signed: bool


class _Output(NamedTuple):
    """What a layer gave for the image: the tensor, and its values at that moment."""

    path: str
    kind: str
    tensor: Tensor
    values: Array


def filters(model: Any, path: str | Path | None = None) -> Any:
    """Draw the kernels of every convolution: a column for each filter, a row for each of its input channels.

    Parameters
    ----------
    model : module
    path : str or Path, optional
        Where to write the picture.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        If no layer has kernels over two axes.
    ImportError
        If matplotlib is not installed.
    """
    bands = []
    for name, module in model.named_modules():
        weight = getattr(module, "weight", None)
        if not isinstance(weight, Tensor) or weight._data.ndim != 4:
            continue
        w = weight._data
        rows = [list(w[:MOST, channel]) for channel in range(min(w.shape[1], MOST_ROWS))]
        shown = _shown(("filters", w.shape[0], MOST), ("input channels", w.shape[1], MOST_ROWS))
        size = "x".join(map(str, w.shape[2:]))
        title = f"{_several(w.shape[0], 'filter')} {size} over {_several(w.shape[1], 'channel')}"
        bands.append(_Band(f"{name or type(module).__name__}: {title}", f"{_range(w)}{shown}", rows, True))
    if not bands:
        raise ValueError(
            describe("no layer has filters over two axes", op="figures.filters", rule="weights with 4 axes")
        )
    return _finish(_draw("Filters", SIGNS, bands), path)


def feature_maps(model: Any, image: Any, path: str | Path | None = None) -> Any:
    """Draw what every layer makes of an image.

    Parameters
    ----------
    model : module
        Is run once, in evaluation mode.
    image : Tensor or array_like, shape (C, H, W), (1, C, H, W) or (H, W)
    path : str or Path, optional
        Where to write the picture.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        If it is not one image, or no layer gives maps.
    ImportError
        If matplotlib is not installed.
    """
    x = _one_image(image, "figures.feature_maps")
    outputs, _ = _watch(model, x, "figures.feature_maps")
    bands = [_band("image", x._data, False), *(_band(f"{o.path} ({o.kind})", o.values, False) for o in outputs)]
    return _finish(_draw("Feature maps", "dark is low, bright is high; each layer has its own scale", bands), path)


def error_maps(model: Any, image: Any, label: int, path: str | Path | None = None) -> Any:
    """Draw the gradient of the cross-entropy by every layer's output, from the last layer back to the image.

    Parameters
    ----------
    model : module
        Gives logits, shape (1, classes); is run once, in evaluation mode. No ``grad`` is touched.
    image : Tensor or array_like, shape (C, H, W), (1, C, H, W) or (H, W)
    label : int
        The true class.
    path : str or Path, optional
        Where to write the picture.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        If it is not one image, or no layer gives maps.
    ImportError
        If matplotlib is not installed.
    """
    x = _one_image(image, "figures.error_maps").requires_grad_()
    outputs, logits = _watch(model, x, "figures.error_maps")
    with enable_grad():
        loss = cross_entropy(logits, Tensor(np.array([label]), None))
        errors = grad(loss, [x, *(o.tensor for o in outputs)], allow_unused=True)
    names = ["dL/d image", *(f"dL/d {o.path} ({o.kind})" for o in outputs)]
    pairs = reversed([*zip(names, errors, strict=True)])
    bands = [_band(name, error._data, True) for name, error in pairs if error is not None]
    bands.append(_band("image", x._data, False))
    probability = float(np.exp(-loss._data))
    note = f"class {label}, given probability {number(probability)}; {SIGNS}"
    return _finish(_draw("Error maps, from the loss back to the image", note, bands), path)


# ---- running the model


def _one_image(image: Any, op: str) -> Tensor:
    array = np.array(image._data if isinstance(image, Tensor) else image)
    array = array.astype(np.float32) if array.dtype.kind != "f" else array
    while array.ndim < 4:
        array = array[None]
    if array.ndim != 4 or array.shape[0] != 1:
        raise ValueError(
            describe("expected one image", op=op, shapes={"image": array.shape}, fix="pass one of the batch: images[0]")
        )
    return Tensor(array, None)


def _watch(model: Any, x: Tensor, op: str) -> tuple[list[_Output], Tensor]:
    """Run the model in evaluation mode, and return the maps of its innermost layers, and its output."""
    outputs: list[_Output] = []
    with ExitStack() as stack:
        stack.enter_context(_evaluating(model))
        for path, module in model.named_modules():
            if not any(True for _ in module.children()):
                stack.callback(module.register_forward_hook(partial(_record, outputs, path)).remove)
        with enable_grad():
            result = model(x)
    if not outputs:
        raise ValueError(describe("no layer gives maps", op=op, rule="outputs of shape (1, channels, height, width)"))
    return outputs, result


def _record(outputs: list[_Output], path: str, module: Any, args: Any, result: Any) -> None:
    if isinstance(result, Tensor) and result._data.ndim == 4:
        outputs.append(_Output(path or type(module).__name__, type(module).__name__, result, result._data.copy()))


@contextmanager
def _evaluating(model: Any) -> Iterator[None]:
    """Switch to evaluation mode, and give every layer its own mode back."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        yield
    finally:
        for module, training in modes:
            module.training = training


# ---- drawing


def _band(name: str, values: Array, signed: bool) -> _Band:
    maps = values[0]
    size = "x".join(map(str, maps.shape[1:]))
    title = f"{name}: {_several(len(maps), 'map')} {size}"
    return _Band(title, f"{_range(values)}{_shown(('maps', len(maps), MOST))}", [list(maps[:MOST])], signed)


def _several(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' * (number != 1)}"


def _range(values: Array) -> str:
    return f"{number(values.min())} to {number(values.max())}"


def _shown(*parts: tuple[str, int, int]) -> str:
    """Say how many of how many are drawn, where not all are."""
    cut = [f"first {most} of {total} {what}" for what, total, most in parts if total > most]
    return f"; {', '.join(cut)}" if cut else ""


def _draw(title: str, note: str, bands: Sequence[_Band]) -> Page:
    tile = TILE + SPACE
    columns = max(len(row) for band in bands for row in band.rows)
    heights = [0.3 + len(band.rows) * tile + 0.22 for band in bands]
    page = Page(max(columns * tile + 2 * MARGIN, 7.0), sum(heights) + 0.95)
    page.text(MARGIN, 0.2, title, fontsize=13, weight="bold")
    page.text(MARGIN, 0.47, note, fontsize=8.5, color=FAINT)
    top = 0.8
    for band, height in zip(bands, heights, strict=True):
        page.text(MARGIN, top, band.title, weight="bold", color=MARK)
        page.text(page.width - MARGIN, top, band.note, fontsize=8, color=FAINT, ha="right")
        _draw_tiles(page, band, top + 0.24, tile)
        top += height
    return page


def _draw_tiles(page: Page, band: _Band, top: float, tile: float) -> None:
    """Draw all tiles of a band on one scale."""
    values = np.concatenate([np.ravel(t) for row in band.rows for t in row])
    low, high = signed_limits(values) if band.signed else (float(values.min()), float(values.max()))
    for down, row in enumerate(band.rows):
        for across, values in enumerate(row):
            axes = page.axes(MARGIN + across * tile, top + down * tile, TILE, TILE)
            axes.imshow(values, cmap=SIGNED if band.signed else POSITIVE, vmin=low, vmax=high, interpolation="nearest")
            page.frame(axes)


def draw_costs(explained: GraphExplanation, path: str | Path) -> None:
    """Draw the operations and the saved bytes of every node as bars."""
    steps = explained.steps
    height = 0.24 * len(steps)
    page = Page(11.0, height + 1.5)
    page.text(MARGIN, 0.2, "What every node costs", fontsize=13, weight="bold")
    page.text(
        MARGIN, 0.47, f"{count(explained.flops)} operations forward, {amount(explained.saved)} saved", color=FAINT
    )
    sides = (
        ("operations", [step.flops or 0 for step in steps], count, MARK, 3.3),
        ("saved for backward", [step.saved or 0 for step in steps], amount, SECOND, 7.3),
    )
    for title, values, write, colour, left in sides:
        page.text(left, 0.85, title, weight="bold", color=colour)
        axes = page.axes(left, 1.1, 2.7, height)
        axes.barh(range(len(steps)), values, color=colour, height=0.7)
        axes.set_xlim(0, max(*values, 1))
        axes.set_ylim(len(steps) - 0.5, -0.5)
        for row, value in enumerate(values):
            place = value + max(*values, 1) * 0.02
            axes.text(place, row, write(value), va="center", fontsize=8, color=DARK, clip_on=False)
    for row, step in enumerate(steps):
        name = f"{step.number}  {step.op}" + (f"  {step.layer}" if step.layer else "")
        page.text(MARGIN, 1.1 + 0.24 * (row + 0.5), name, va="center", fontsize=8)
    save(page.figure, path)


def _finish(page: Page, path: str | Path | None) -> Any:
    if path is not None:
        save(page.figure, path)
    return page.figure
