"""`convgrad race`: surfaces, the ways over them, the digits, and what is drawn of it."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

import autograd
from nn.cli.contenders import CONTENDERS
from nn.cli.surfaces import SURFACES, descend
from tests.cli.conftest import Run


@pytest.mark.parametrize("name", sorted(SURFACES))
def test_the_minima_of_the_surfaces(name: str) -> None:
    surface = SURFACES[name]
    x0, x1, y0, y1 = surface.box
    grid = surface.values(*np.meshgrid(np.linspace(x0, x1, 200), np.linspace(y0, y1, 200)))
    assert grid.min() >= surface.lowest
    assert grid.min() - surface.lowest < 0.01 * (surface.at_start() - surface.lowest)
    for place in surface.minima:
        point = autograd.tensor(place, dtype=autograd.float64, requires_grad=True)
        value = surface.function(point[0], point[1])
        value.backward()
        assert value.item() == pytest.approx(surface.lowest, abs=1e-4)
        assert point.grad is not None
        assert float(point.grad.abs().max()) < 0.1


def test_gradient_descent_goes_where_the_formula_says() -> None:
    way = descend(SURFACES["saddle"], CONTENDERS["gradient-descent"].maker(0.05), 40)
    x, y = SURFACES["saddle"].start
    for place, value in zip(way.points, way.values, strict=True):
        np.testing.assert_allclose(place, (x, y), rtol=1e-12)
        assert value == pytest.approx(x**2 - y**2 + y**4 / 4, rel=1e-12)
        x, y = x - 0.05 * 2 * x, y - 0.05 * (y**3 - 2 * y)
    assert not way.diverged


def test_what_the_surfaces_are_there_to_show(run: Run) -> None:
    rows = run("race", *SURFACES, "--no-pictures", "--json", "--steps", 350, "--factors", 1).rows[:-1]
    found = {(row["course"], row["optimizer"], row["factor"]): row for row in rows}
    assert len(found) == len(SURFACES) * len(CONTENDERS)
    assert found["rosenbrock", "adam", 1]["steps_to_threshold"] > 100
    assert found["local-minima", "gradient-descent", 1]["steps_to_threshold"] is None
    assert found["local-minima", "momentum", 1]["steps_to_threshold"] < 100
    steps = {name: found["narrow-valley", name, 1]["steps_to_threshold"] for name in ("momentum", "gradient-descent")}
    assert steps["momentum"] < steps["gradient-descent"]
    leaving = {name: found["saddle", name, 1]["steps_to_threshold"] for name in ("sgd", "gradient-descent")}
    assert leaving["sgd"] < leaving["gradient-descent"]
    for row in rows:
        assert row["diverged"] or math.isfinite(row["final"])
        assert row["lr"] > 0


def test_the_seed_decides_the_noise(run: Run) -> None:
    common = ("race", "beale", "--optimizers", "sgd", "--no-pictures", "--json", "--steps", 20)
    same = [run(*common).out for _ in range(2)]
    assert same[0] == same[1] != run(*common, "--seed", 1).out


def test_the_table(run: Run) -> None:
    result = run("race", "rosenbrock", "--no-pictures", "--steps", 60, "--factors", 1, 3)
    assert result.status == 0
    lines = result.out.splitlines()
    assert lines[0] == "rosenbrock: (1 - x)² + 100 (y - x²)²"
    (line,) = (line for line in lines if line.startswith("gradient descent"))
    assert line.split()[2:] == ["0.001", "5.7", "-", "0.003", "diverged", "-"]


def test_digits(run: Run) -> None:
    options = ("--optimizers", "momentum,adam", "--factors", 1, "--epochs", 1, "--no-pictures")
    rows = run("race", "digits", *options, "--json").rows[:-1]
    assert [(row["batch_norm"], row["optimizer"]) for row in rows] == [
        (norm, name) for norm in (False, True) for name in ("momentum", "adam")
    ]
    for row in rows:
        assert row["losses"][-1] < row["losses"][0] / 2
        assert row["epochs"][-1] == 1
        assert row["test_accuracy"] > 0.6
    assert "with batch normalisation" in run("race", "digits", *options).out


def test_pictures(run: Run, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    image_module = pytest.importorskip("PIL.Image")
    options = ("--steps", 60, "--epochs", 1, "--optimizers", "sgd,momentum", "--factors", 1)
    last = run("race", "beale", "digits", *options, "--json", "--out", tmp_path / "race").rows[-1]
    names = ["beale.png", "beale.gif", "digits.png"]
    assert last == {"pictures": [str(tmp_path / "race" / name) for name in names]}
    for name in names:
        with image_module.open(tmp_path / "race" / name) as image:
            frames = getattr(image, "n_frames", 1)
            assert (frames > 20) == name.endswith("gif")
            image.seek(frames - 1)
            pixels = np.asarray(image.convert("RGB")).reshape(-1, 3)
        for racer, contender in CONTENDERS.items():
            colour = [*bytes.fromhex(contender.colour[1:])]
            distance = np.abs(pixels.astype(int) - colour).max(axis=1)
            assert ((distance <= 3).sum() > 40) == (racer in ("sgd", "momentum")) or racer == "gradient-descent"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["rosenbrok"], "did you mean 'rosenbrock'?"),
        (["--optimizers", "adm"], "did you mean 'adam'?"),
        (["--factors", "0"], "0 is not more than 0"),
        (["--steps", "0"], "0 is less than 1"),
    ],
)
def test_misuse(run: Run, arguments: list[str], words: str) -> None:
    result = run("race", *arguments)
    assert result.status == 2
    assert words in result.err
    assert len(result.err.splitlines()) == 1
