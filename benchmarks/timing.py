"""Timing that survives a noisy machine: candidates take turns, medians are compared as ratios."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["Measurement", "interleave", "summary"]

TURN = 0.02
"""Seconds a candidate runs before the next one has its turn, at least."""

PAUSE = 0.015
"""Seconds of rest before a turn: the threads of an OpenMP library spin on for 7.5 ms after its last call, on a core
that the next candidate needs."""


@dataclass(frozen=True)
class Measurement:
    """Seconds a call: the median over the rounds, and the quartiles."""

    median: float
    low: float
    high: float

    @property
    def spread(self) -> float:
        """Distance of the quartiles, relative to the median."""
        return (self.high - self.low) / self.median


def _repetitions(call: Callable[[], object]) -> int:
    """Return how many calls fill a turn."""
    call()
    start = time.perf_counter()
    call()
    return max(1, int(TURN / max(time.perf_counter() - start, 1e-7)))


def interleave(candidates: dict[str, Callable[[], object]], rounds: int = 15) -> dict[str, Measurement]:
    """Time the candidates in turns, round after round; a turn is a pause, a call that warms up, and the timed calls.

    Parameters
    ----------
    candidates : dict of str to callable
    rounds : int
        Turns each candidate has.

    Returns
    -------
    dict of str to Measurement
    """
    repetitions = {name: _repetitions(call) for name, call in candidates.items()}
    times: dict[str, list[float]] = {name: [] for name in candidates}
    for _ in range(rounds):
        for name, call in candidates.items():
            count = repetitions[name]
            time.sleep(PAUSE)
            call()
            start = time.perf_counter()
            for _ in range(count):
                call()
            times[name].append((time.perf_counter() - start) / count)
    return {name: summary(seen) for name, seen in times.items()}


def summary(seen: list[float]) -> Measurement:
    """Return median and quartiles."""
    if len(seen) < 2:
        return Measurement(seen[0], seen[0], seen[0])
    low, median, high = statistics.quantiles(seen, n=4)
    return Measurement(median, low, high)
