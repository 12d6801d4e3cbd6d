"""Pictures of a training's end: learning curves, confusions, the most wrong images, filters and feature maps."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from autograd.inspect import figures
from nn.cli.datasets import ImageSet
from nn.cli.figures import DARK, FAINT, LINE, MARK, SECOND, figure, save, style
from nn.module import Module
from nn.training import Evaluation

__all__ = ["draw_curves", "draw_evaluation"]

Array = np.ndarray[Any, np.dtype[Any]]
Row = Mapping[str, Any]

#: Rows and columns of the most wrong images.
_WORST = (3, 6)

#: Classes up to which a table of confusions has its numbers written in.
_NUMBERED = 25


def draw_curves(history: Sequence[Row], folder: Path) -> list[Path]:
    """Draw loss, accuracy and learning rate by the epoch, and return the picture's path.

    Parameters
    ----------
    history : sequence of dict
        The metrics of each epoch.
    folder : Path
    """
    epochs = [row["epoch"] for row in history]
    page = figure(12, 3.8, "Learning curves")
    loss, accuracy, rate = page.subplots(1, 3)
    for axes, what in ((loss, "loss"), (accuracy, "accuracy")):
        for part, colour in (("train", MARK), ("test", SECOND)):
            values = [row[f"{part}_{what}"] for row in history]
            axes.plot(epochs, values, color=colour, label=part, marker=_marker(epochs), markersize=3)
        axes.legend(frameon=False)
        style(axes, "epoch", what)
    best = max(history, key=lambda row: row["test_accuracy"])
    note = f"best: {best['test_accuracy']:.2%} in epoch {best['epoch']}"
    accuracy.plot(best["epoch"], best["test_accuracy"], "o", color=SECOND, markersize=7, markerfacecolor="white")
    accuracy.set_title(note, fontsize=9, color=FAINT)
    accuracy.yaxis.set_major_formatter(importlib.import_module("matplotlib.ticker").PercentFormatter(1))
    rate.plot(epochs, [row["lr"] for row in history], color=DARK, marker=_marker(epochs), markersize=3)
    rate.set_ylim(bottom=0)
    style(rate, "epoch", "learning rate at the end of the epoch")
    for axes in (loss, accuracy, rate):
        axes.grid(color=LINE, linewidth=0.3)
        axes.xaxis.get_major_locator().set_params(integer=True)
    return [_written(page, folder, "curves")]


def draw_evaluation(model: Module, images: ImageSet, inputs: Any, result: Evaluation, folder: Path) -> list[Path]:
    """Draw what a network does on test images, and return the pictures' paths.

    Parameters
    ----------
    model : Module
    images : ImageSet
        As they are stored.
    inputs : Dataset
        The test images as the network takes them.
    result : Evaluation
    folder : Path
    """
    pictures = [
        _written(_confusion(result), folder, "confusion"),
        _written(_worst(images.x_test, result), folder, "most-wrong"),
    ]
    first = next((m for m in model.modules() if getattr(getattr(m, "weight", None), "ndim", 0) == 4), None)
    if first is not None:
        pictures.append(_written(figures.filters(first), folder, "filters"))
        pictures.append(_written(figures.feature_maps(model, inputs[0][0]), folder, "feature-maps"))
    return pictures


def _written(page: Any, folder: Path, name: str) -> Path:
    path = folder / f"{name}.png"
    save(page, path)
    return path


def _marker(epochs: Sequence[int]) -> str:
    """Mark the points of short curves, which a line alone would hide if there is but one."""
    return "o" if len(epochs) <= 30 else ""


def _confusion(result: Evaluation) -> Any:
    table = result.confusion
    count = len(table)
    side = min(11.0, max(5.0, 0.48 * count + 1.2))
    page = figure(side + 0.8, side, f"Confusions: {result.accuracy:.2%} of {len(result.labels):,} are right")
    axes = page.subplots()
    shares = table / np.maximum(table.sum(axis=1, keepdims=True), 1)
    # The root makes a confusion of one in a hundred visible beside what is right.
    shown = axes.imshow(np.sqrt(shares), cmap="Blues", vmin=0, vmax=1)
    if count <= _NUMBERED:
        for (row, column), number in np.ndenumerate(table):
            if number:
                colour = "white" if shares[row, column] > 0.35 else DARK
                axes.text(column, row, f"{number}", ha="center", va="center", fontsize=8, color=colour)
        axes.set_xticks(range(count))
        axes.set_yticks(range(count))
    bar = page.colorbar(shown, ax=axes, shrink=0.8, ticks=np.sqrt([0, 0.01, 0.1, 0.5, 1]))
    bar.ax.set_yticklabels(["0 %", "1 %", "10 %", "50 %", "100 %"])
    bar.set_label("share of the true class", color=DARK)
    bar.outline.set_color(LINE)
    style(axes, "answer", "true class")
    return page


def _worst(images: Array, result: Evaluation) -> Any:
    """Draw the wrong images that the network was surest of; if there are none, those it was least sure of."""
    shares = np.exp(result.logits - result.logits.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    answers = result.logits.argmax(axis=1)
    truth = shares[np.arange(len(answers)), result.labels]
    wrong = int(np.count_nonzero(answers != result.labels))
    rows, columns = _WORST
    number = min(wrong, rows * columns) or min(len(truth), rows * columns)
    title = f"The most wrong of {wrong:,} wrong answers" if wrong else "No answer is wrong; the least certain"
    order = np.argsort(np.where(answers == result.labels, truth + 1, truth), kind="stable")[:number]
    rows = -(-number // columns)
    page = figure(1.55 * columns, 2.05 * rows + 0.6, title)
    panels = page.subplots(rows, columns, squeeze=False)
    for axes in panels.flat:
        axes.set_axis_off()
    for axes, index in zip(panels.flat, order.tolist(), strict=False):
        _draw_image(axes, images[index], int(images.max()))
        answer, label = answers[index], result.labels[index]
        text = f"{label} taken for {answer}\n{shares[index, answer]:.1%}, true {truth[index]:.1%}"
        axes.set_title(text if wrong else f"{label}\n{truth[index]:.1%}", fontsize=8.5, color=DARK)
        place = {"transform": axes.transAxes, "ha": "center", "va": "top"}
        axes.text(0.5, -0.02, f"test image {index}", fontsize=7, color=FAINT, **place)
    return page


def _draw_image(axes: Any, image: Array, peak: int) -> None:
    if len(image) == 3:
        axes.imshow(image.transpose(1, 2, 0), interpolation="nearest")
    else:
        axes.imshow(image[0], cmap="gray", vmin=0, vmax=peak, interpolation="nearest")
