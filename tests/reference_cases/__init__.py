"""Argument combinations for every public op: ndarrays where PyTorch takes tensors, one module a family.

The references are verified on them against PyTorch; any test that needs arguments for an op can use them too.
"""

from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, NamedTuple

import numpy as np

__all__ = ["Case", "Draw", "case", "cases"]


class Case(NamedTuple):
    """One call of a public op."""

    name: str
    args: tuple[Any, ...]
    kwargs: dict[str, Any]

    def __str__(self) -> str:
        def short(value: Any) -> str:
            if isinstance(value, np.ndarray):
                return "x".join(map(str, value.shape)) or "scalar"
            if isinstance(value, list | tuple):
                return f"[{','.join(map(short, value))}]"
            return getattr(value, "__name__", str(value))

        parts = [short(a) for a in self.args] + [f"{key}={short(value)}" for key, value in self.kwargs.items()]
        return f"{self.name}({', '.join(parts)})"


def case(name: str, *args: Any, **kwargs: Any) -> Case:
    """Build a case as the call would be written."""
    return Case(name, args, kwargs)


class Draw:
    """Seeded arrays: one instance a module, so that families do not disturb one another."""

    def __init__(self, seed: int) -> None:
        self.generator = np.random.default_rng(seed)

    def __call__(self, *shape: int) -> np.ndarray:
        """Draw from the normal distribution."""
        return np.asarray(self.generator.standard_normal(shape))

    def uniform(self, low: float, high: float, *shape: int) -> np.ndarray:
        """Draw evenly from an interval."""
        return np.asarray(self.generator.uniform(low, high, shape))

    def distinct(self, *shape: int) -> np.ndarray:
        """Draw values that are all different and at least 0.1 apart, for ops with ties or kinks."""
        count = int(np.prod(shape))
        return (self.generator.permutation(count) - count / 2 + 0.25).reshape(shape) / 4

    def integers(self, low: int, high: int, *shape: int) -> np.ndarray:
        """Draw integers from ``low`` up to, without, ``high``."""
        return np.asarray(self.generator.integers(low, high, shape))

    def mask(self, *shape: int) -> np.ndarray:
        """Draw booleans."""
        return np.asarray(self.generator.random(shape) < 0.5)


def cases() -> Iterator[Case]:
    """Yield the cases of every family."""
    for module in iter_modules(__path__):
        yield from import_module(f"{__name__}.{module.name}").CASES
