"""What a diagnosis goes by: both gradients of one input, and the operation to experiment with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np

from autograd.gradcheck.trial import Trial
from autograd.tensor import Array

__all__ = ["Diagnosis", "Evidence", "subsets"]


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

    def is_gradient_of(self, inputs: list[Any] | None = None, weights: list[Array | None] | None = None) -> bool:
        """Whether the analytic gradient is the right one of the operation on other inputs, or with other weights."""
        rng = np.random.default_rng(1)
        x = self.trial.inputs[self.position]
        for _ in range(3):
            u = rng.standard_normal(x.shape)
            try:
                expected = self.trial.slope(self.position, u, inputs, weights)
            except (RuntimeError, ValueError, IndexError, TypeError):
                return False
            found = float(np.sum(self.analytic.real * u))
            size = float(np.abs(self.analytic * u).sum()) + 1e-12
            if not abs(found - expected) <= 1e-5 * size:
                return False
        return True


def subsets(rank: int) -> Iterator[tuple[int, ...]]:
    """Yield the sets of axes, small ones first."""
    for count in range(1, rank + 1):
        yield from combinations(range(rank), count)
