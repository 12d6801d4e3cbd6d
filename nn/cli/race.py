"""``convgrad race``: optimizers side by side, on surfaces and on images, in numbers and in pictures."""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import autograd
from nn.cli.contenders import CONTENDERS
from nn.cli.datasets import load
from nn.cli.errors import UsageError, suggestion
from nn.cli.figures import will_draw
from nn.cli.race_digits import BATCH, Training, train
from nn.cli.surfaces import SURFACES, Descent, Surface, descend

__all__ = ["run"]

#: Share of the way from the start to the minimum that is left at the threshold.
_LEFT = 0.01

#: Training loss that counts as learned.
_LEARNED = 0.1


def run(arguments: argparse.Namespace) -> int:
    """Print a table for each course, and write its pictures."""
    known = [*SURFACES, "digits"]
    for name in arguments.courses:
        if name not in known:
            raise UsageError(f"there is no course {name!r} (known: {', '.join(known)}){suggestion(name, known)}")
    if arguments.threads:
        autograd.set_num_threads(arguments.threads)
    folder = Path(arguments.out) if will_draw(arguments.pictures, "matplotlib", "PIL") else None
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
    race, pictures = _Race(arguments, folder), []
    for name in dict.fromkeys(arguments.courses or known):
        pictures += race.on_digits() if name == "digits" else race.on_surface(name, SURFACES[name])
    if arguments.json:
        print(json.dumps({"pictures": [str(path) for path in pictures]}))
    elif pictures:
        print(f"pictures: {', '.join(str(path) for path in pictures)}")
    return 0


class _Race:
    """The contenders and the rates, and what is to be shown."""

    def __init__(self, arguments: argparse.Namespace, folder: Path | None) -> None:
        names = [name for name in arguments.optimizers.split(",") if name] or [*CONTENDERS]
        self.contenders = {name: CONTENDERS[name] for name in names}
        self.factors: list[float] = sorted(set(arguments.factors))
        self.steps, self.epochs, self.seed = arguments.steps, arguments.epochs, arguments.seed
        self.as_json = arguments.json
        self.folder = folder

    def _rates(self, lr: float | None = None) -> Iterator[tuple[float, str, float]]:
        """Yield each factor with each contender and its learning rate, on a surface whose own is `lr` or on images."""
        for factor in self.factors:
            for name, contender in self.contenders.items():
                yield factor, name, factor * (contender.rate_on_digits() if lr is None else contender.rate_on(lr))

    # ---- surfaces

    def on_surface(self, name: str, surface: Surface) -> list[Path]:
        """Let all descend, and return the pictures of it."""
        start = surface.at_start()
        threshold = surface.lowest + _LEFT * (start - surface.lowest)
        ways: dict[float, dict[str, Descent]] = {factor: {} for factor in self.factors}
        rows = []
        for factor, racer, lr in self._rates(surface.lr):
            contender = self.contenders[racer]
            way = descend(surface, contender.maker(lr), self.steps, contender.noise, self.seed)
            ways[factor][racer] = way
            rows.append(
                {
                    **_facts(name, racer, factor, lr, float(way.values[-1]), threshold, way),
                    "steps": len(way.values) - 1,
                    "end": [None if not math.isfinite(x) else x for x in way.points[-1].tolist()],
                }
            )
        x, y = surface.start
        self._show(
            f"{name}: {surface.formula}\n{self.steps} steps from ({x:g}, {y:g}), where it is {start:.4g}; the minimum "
            f"is {surface.lowest:.4g}, the threshold {threshold:.4g}",
            rows,
        )
        if self.folder is None:
            return []
        from nn.cli.race_figures import animate, draw_surface

        still, moving = self.folder / f"{name}.png", self.folder / f"{name}.gif"
        draw_surface(name, surface, ways, threshold, still)
        animate(name, surface, ways[self.factors[len(self.factors) // 2]], threshold, moving)
        return [still, moving]

    # ---- images

    def on_digits(self) -> list[Path]:
        """Train on the digits without and with batch normalisation, and return the picture of it."""
        images = load("digits")
        results: dict[tuple[bool, float], dict[str, Training]] = {}
        for norm in (False, True):
            rows = []
            for factor, racer, lr in self._rates():
                training = train(images, self.contenders[racer], lr, norm, self.epochs, self.seed)
                results.setdefault((norm, factor), {})[racer] = training
                final = training.losses[-1] if training.losses else math.nan
                rows.append(
                    {
                        **_facts("digits", racer, factor, lr, final, _LEARNED, training),
                        "batch_norm": norm,
                        "test_accuracy": training.accuracy,
                        "epochs": training.epochs,
                        "losses": training.losses,
                    }
                )
            self._show(
                f"digits, {'with' if norm else 'without'} batch normalisation\n{self.epochs} epochs in batches of "
                f"{BATCH}, gradient descent with all {len(images.y_train):,} images a step; training loss, the "
                f"threshold is {_LEARNED:g}",
                rows,
            )
        if self.folder is None:
            return []
        from nn.cli.race_figures import draw_digits

        path = self.folder / "digits.png"
        draw_digits("digits: two convolutions and a classifier", results, _LEARNED, path)
        return [path]

    # ---- numbers

    def _show(self, head: str, rows: Sequence[Mapping[str, Any]]) -> None:
        if self.as_json:
            for row in rows:
                print(json.dumps(row), flush=True)
        else:
            print(f"{head}\n\n{_table(rows)}\n", flush=True)


def _facts(
    course: str, racer: str, factor: float, lr: float, final: float, threshold: float, result: Descent | Training
) -> dict[str, Any]:
    return {
        "course": course,
        "optimizer": racer,
        "factor": factor,
        "lr": float(f"{lr:.6g}"),
        "final": final if math.isfinite(final) else None,
        "threshold": threshold,
        "steps_to_threshold": result.reached(threshold),
        "diverged": result.diverged,
    }


def _table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Write a line for each optimizer; for each factor the rate, the last value, and the steps to the threshold."""
    factors = list(dict.fromkeys(row["factor"] for row in rows))
    names = list(dict.fromkeys(row["optimizer"] for row in rows))
    with_accuracy = "test_accuracy" in rows[0]
    width = 28 + 7 * with_accuracy
    lines = [f"{'':<16}" + "".join(f"{f'  rate x {factor:g}':<{width}}" for factor in factors)]
    columns = f"{'rate':>9}{'final':>10}{'steps':>8} " + f"{'test':>7}" * with_accuracy
    lines.append(f"{'':<16}" + columns * len(factors))
    for name in names:
        cells = [
            _cell(row) for factor in factors for row in rows if (row["optimizer"], row["factor"]) == (name, factor)
        ]
        lines.append(f"{CONTENDERS[name].title:<16}" + "".join(cells))
    return "\n".join(line.rstrip() for line in lines)


def _cell(row: Mapping[str, Any]) -> str:
    steps = "-" if row["steps_to_threshold"] is None else f"{row['steps_to_threshold']:,}"
    final = "diverged" if row["diverged"] else f"{row['final']:.3g}"
    text = f"{row['lr']:>9.3g}{final:>10}{steps:>8} "
    if "test_accuracy" in row:
        text += f"{'-' if row['test_accuracy'] is None else format(row['test_accuracy'], '.1%'):>7}"
    return text
