"""The pictures at the end of a training and of an evaluation."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nn.cli import pictures
from tests.cli.conftest import Run

ALL = {"curves.png", "confusion.png", "most-wrong.png", "filters.png", "feature-maps.png"}


def test_a_training_ends_with_pictures(run: Run, tiny: Path, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    image_module = pytest.importorskip("PIL.Image")
    result = run("train", "--data", tiny, "--epochs", 2, "--average", 0.5, "--out", tmp_path, "--pictures", "--json")
    assert result.status == 0
    assert {Path(path).name for path in result.rows[-1]["pictures"]} == ALL
    for name in ALL:
        with image_module.open(tmp_path / "pictures" / name) as image:
            assert min(image.size) > 200
            pixels = np.asarray(image.convert("RGB")).reshape(-1, 3)
        assert (pixels.min(axis=1) < 250).mean() > 0.02, f"{name} is blank"
        assert len(np.unique(pixels, axis=0)) > 20


def test_what_is_drawn_is_labelled(run: Run, trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("matplotlib")
    pages: dict[str, Any] = {}
    monkeypatch.setattr(pictures, "save", lambda page, path: pages.setdefault(path.stem, page))
    (row,) = run("evaluate", trained, "--out", tmp_path, "--json").rows
    assert {Path(path).name for path in row["pictures"]} == ALL - {"curves.png"}
    confusion = pages["confusion"].axes[0]
    assert (confusion.get_xlabel(), confusion.get_ylabel()) == ("answer", "true class")
    numbers = {int(t.get_text()) for t in confusion.texts}
    assert numbers == {n for line in row["confusion"] for n in line if n}
    wrong = row["images"] - np.trace(row["confusion"])
    assert f"{wrong} wrong answers" in pages["most-wrong"].get_suptitle()
    shown = [axes for axes in pages["most-wrong"].axes if axes.images]
    assert len(shown) == min(wrong, 18)
    history = [
        {"epoch": n, "train_loss": 1 / n, "test_loss": 2 / n, "train_accuracy": 0.5, "test_accuracy": n / 9, "lr": 0.1}
        for n in (1, 2, 3)
    ]
    pictures.draw_curves(history, tmp_path)
    loss, accuracy, rate = pages["curves"].axes
    assert [axes.get_xlabel() for axes in (loss, accuracy, rate)] == ["epoch"] * 3
    assert (loss.get_ylabel(), accuracy.get_ylabel()) == ("loss", "accuracy")
    assert [[*line.get_ydata()] for line in loss.lines] == [[1, 1 / 2, 1 / 3], [2, 1, 2 / 3]]
    assert "33.33% in epoch 3" in accuracy.get_title()
    assert [*rate.lines[0].get_ydata()] == [0.1] * 3


def test_without_matplotlib(
    run: Run, tiny: Path, trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "matplotlib" else find(name))
    refused = run("train", "--data", tiny, "--epochs", 1, "--out", tmp_path / "run", "--pictures")
    assert refused.status == 1
    assert refused.err.splitlines() == [
        "convgrad: error: pictures need matplotlib, which is not installed: pip install 'convgrad[plot]'"
    ]
    assert not (tmp_path / "run").exists()
    assert run("evaluate", trained, "--out", tmp_path / "pictures").status == 1
    assert run("race", "beale", "--steps", 5, "--out", tmp_path / "race").status == 0
    assert not (tmp_path / "race").exists()
