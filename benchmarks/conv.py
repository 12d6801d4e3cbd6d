"""The convolution and its two gradients, over the grid of shapes."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.grid import GRID, Case
from benchmarks.libraries import DIRECTIONS, Library
from benchmarks.report import Report
from benchmarks.timing import interleave

__all__ = ["run"]


def arrays(case: Case) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return input, kernel and cotangent of a case."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((case.n, case.c, *case.size), np.float32)
    w = rng.standard_normal((case.o, case.c // case.groups, *case.kernel), np.float32)
    g = rng.standard_normal((case.n, case.o, *case.geometry.output), np.float32)
    return (x * np.float32(1e-40), w, g * np.float32(1e-40)) if case.denormal else (x, w, g)


def agree(name: str, results: dict[str, np.ndarray]) -> None:
    """Stop if two libraries' results differ by more than rounding."""
    (first, want), *others = results.items()
    for other, found in others:
        difference = np.abs(found - want).max() / max(np.abs(want).max(), np.finfo(np.float32).tiny)
        if not difference < 1e-3:
            raise SystemExit(f"{name}: {first} and {other} differ by {difference:.1e} of the largest value")


def run(report: Report, candidates: list[Library], rounds: int, only: str) -> None:
    """Measure the grid; `only` chooses the cases whose name contains it."""
    for case in GRID:
        if only not in case.name:
            continue
        x, w, g = arrays(case)
        calls: dict[str, dict[str, Any]] = {lib.name: lib.convolution(case, x, w, g) for lib in candidates}
        for direction in DIRECTIONS:
            here = {name: by[direction] for name, by in calls.items() if direction in by}
            if not case.denormal:
                agree(f"{case.name} {direction}", {name: plain(call()) for name, (call, plain) in here.items()})
            times = interleave({name: call for name, (call, _) in here.items()}, rounds)
            report.add(f"{case.name} {direction}", times, flops=case.flops)
