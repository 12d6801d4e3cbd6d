"""What a diagnosis goes by: both gradients of one input, and the operation to experiment with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np

from autograd.gradcheck.trial import Trial
from autograd.tensor import Array

__all__ = ["Diagnosis", "Evidence", "subsets"]

MOST_ELEMENTS = 64
WEIGHTINGS = 12


class Diagnosis(NamedTuple):
    """A kind of mistake, what shows it, and what to look at."""

    name: str
    explanation: str
    fix: str = ""


class Evidence(NamedTuple):
    """Both gradients of one input.

    Attributes
    ----------
    analytic : ndarray
        In the input's shape.
    numeric : ndarray
        NaN where it was not computed.
    close : callable
        Whether two arrays agree within the tolerance, element by element.
    """

    trial: Trial
    position: int
    analytic: Array
    numeric: Array
    close: Callable[[Array, Array], Array]

    @property
    def seen(self) -> Array:
        """Where the numeric gradient was computed."""
        known: Array = ~np.isnan(self.numeric)
        return known

    @property
    def wrong(self) -> Array:
        """Where the two differ."""
        differs: Array = self.seen & ~self.close(self.analytic, self.numeric)
        return differs

    def equals(self, candidate: Array) -> bool:
        """Whether the numeric gradient is `candidate`."""
        return candidate.shape == self.numeric.shape and bool(self.close(candidate, self.numeric)[self.seen].all())

    def is_gradient_of(
        self,
        inputs: list[Any] | None = None,
        weights: list[Array | None] | None = None,
        position: int | None = None,
    ) -> bool:
        """Whether the analytic gradient is right on other inputs, with other weights, or for another input."""
        position = self.position if position is None else position
        rng = np.random.default_rng(1)
        x = self.trial.inputs[self.position]
        for _ in range(3):
            u = rng.standard_normal(x.shape)
            try:
                expected = self.trial.slope(position, u, inputs, weights)
            except (RuntimeError, ValueError, IndexError, TypeError):
                return False
            found = float(np.sum(self.analytic.real * u))
            size = float(np.abs(self.analytic * u).sum()) + 1e-12
            if not abs(found - expected) <= 1e-5 * size:
                return False
        return True

    def factor_lasts(self, factor: float) -> bool:
        """Whether the wrong elements are wrong by this factor for other gradients of the output as well."""
        trial, x = self.trial, self.numeric
        if trial.order != 1 or x.dtype.kind == "c":
            return False
        rng, weights = np.random.default_rng(3), trial.weights
        try:
            trial.weights = [None if w is None else np.asarray(rng.standard_normal(w.shape)) for w in weights]
            analytic = trial.gradient()[self.position]
            for index in np.argwhere(self.wrong):
                unit = np.zeros(x.shape)
                unit[tuple(index)] = 1
                found = 0.0 if analytic is None else float(analytic._data[tuple(index)])
                expected = factor * trial.slope(self.position, unit)
                if not abs(found - expected) <= 1e-4 * abs(expected) + 1e-8:
                    return False
        finally:
            trial.weights = weights
        return True

    def residual_rank(self) -> tuple[int, int]:
        """Return the rank of what the gradient lacks, and of the right one, over a few random gradients of the output.

        A forgotten mean, variance or norm is of lower rank than the whole; both are 0 where it would take too long.
        """
        trial, x = self.trial, self.numeric
        if x.size > MOST_ELEMENTS or not self.seen.all() or x.dtype.kind == "c" or trial.order != 1:
            return 0, 0
        rng, weights = np.random.default_rng(2), trial.weights
        units = np.eye(x.size).reshape(x.size, *x.shape)
        right, lacking = [], []
        try:
            for _ in range(min(x.size, WEIGHTINGS)):
                trial.weights = [None if w is None else np.asarray(rng.standard_normal(w.shape)) for w in weights]
                analytic = trial.gradient()[self.position]
                numeric = np.array([trial.slope(self.position, unit) for unit in units])
                right.append(numeric)
                lacking.append(numeric - (0.0 if analytic is None else analytic._data.ravel()))
        finally:
            trial.weights = weights
        scale = float(np.linalg.norm(right)) + 1e-300
        return _rank(lacking, scale), _rank(right, scale)


def _rank(rows: list[Array], scale: float) -> int:
    return int((np.linalg.svd(np.array(rows), compute_uv=False) > 1e-4 * scale).sum())


def subsets(rank: int) -> Iterator[tuple[int, ...]]:
    """Yield the sets of axes, small ones first."""
    for count in range(1, rank + 1):
        yield from combinations(range(rank), count)
