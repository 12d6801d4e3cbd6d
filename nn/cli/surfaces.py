"""Functions of two variables on which optimizers are watched."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

import autograd
from autograd import Tensor

__all__ = ["SURFACES", "Descent", "Surface", "descend"]

Array = np.ndarray[Any, np.dtype[Any]]

#: How many times as far from the picture's centre as its corner an optimizer is given up as diverged.
_FAR = 100.0


@dataclass(frozen=True)
class Surface:
    """A function of x and y, and where to look at it.

    Attributes
    ----------
    function : callable
        Of two tensors.
    formula : str
    start : (float, float)
    lowest : float
        The least value.
    minima : tuple of (float, float)
        Where it is taken.
    box : (float, float, float, float)
        Least and largest x, least and largest y of the picture.
    lr : float
        A learning rate that suits the curvature, for methods whose step is proportional to the gradient.
    """

    function: Callable[[Tensor, Tensor], Tensor]
    formula: str
    start: tuple[float, float]
    lowest: float
    minima: tuple[tuple[float, float], ...]
    box: tuple[float, float, float, float]
    lr: float

    def values(self, x: Array, y: Array) -> Array:
        """Return the function's values at points."""
        with autograd.no_grad():
            values: Array = self.function(autograd.from_numpy(x), autograd.from_numpy(y)).numpy()
        return values

    def at_start(self) -> float:
        """Return the value at the start."""
        x, y = (np.array(value) for value in self.start)
        return float(self.values(x, y))


def _rosenbrock(x: Tensor, y: Tensor) -> Tensor:
    return (1 - x) ** 2 + 100 * (y - x**2) ** 2


def _beale(x: Tensor, y: Tensor) -> Tensor:
    return (1.5 - x + x * y) ** 2 + (2.25 - x + x * y**2) ** 2 + (2.625 - x + x * y**3) ** 2


def _saddle(x: Tensor, y: Tensor) -> Tensor:
    return x**2 - y**2 + y**4 / 4


def _local_minima(x: Tensor, y: Tensor) -> Tensor:
    value = (x**2 + y**2) / 10
    for depth, a, b in ((2.0, 1.5, 1.0), (3.0, -1.2, -1.0), (1.2, -1.0, 1.8)):
        value = value - depth * (-((x - a) ** 2) - (y - b) ** 2).exp()
    return value


def _narrow_valley(x: Tensor, y: Tensor) -> Tensor:
    return (x + y) ** 2 / 4 + 25 * (x - y) ** 2


_ROOT = math.sqrt(2)

_ROOT = math.sqrt(2)

#: Rosenbrock's function (1960), Beale's (1958), and three made for what they show: a saddle between two minima, three
#: wells of which the nearest is not the deepest, and a valley whose curvature is 1 along it and 100 across.
SURFACES: Mapping[str, Surface] = MappingProxyType(
    {
        "rosenbrock": Surface(
            function=_rosenbrock,
            formula="(1 - x)² + 100 (y - x²)²",
            start=(-1.5, 2.0),
            lowest=0.0,
            minima=((1.0, 1.0),),
            box=(-2.0, 2.0, -1.0, 3.0),
            lr=1e-3,
        ),
        "beale": Surface(
            function=_beale,
            formula="(1.5 - x + xy)² + (2.25 - x + xy²)² + (2.625 - x + xy³)²",
            start=(1.0, 1.5),
            lowest=0.0,
            minima=((3.0, 0.5),),
            box=(-0.5, 4.5, -1.5, 2.0),
            lr=0.01,
        ),
        "saddle": Surface(
            function=_saddle,
            formula="x² - y² + y⁴/4",
            start=(-1.8, 0.001),
            lowest=-1.0,
            minima=((0.0, _ROOT), (0.0, -_ROOT)),
            box=(-2.2, 2.2, -2.2, 2.2),
            lr=0.05,
        ),
        "local-minima": Surface(
            function=_local_minima,
            formula="(x² + y²)/10 less three wells of depth 2, 3 and 1.2",
            start=(3.0, 2.0),
            lowest=-2.7644675901170,
            minima=((-1.16, -0.97),),
            box=(-3.5, 3.5, -3.0, 3.0),
            lr=0.3,
        ),
        "narrow-valley": Surface(
            function=_narrow_valley,
            formula="(x + y)²/4 + 25 (x - y)²",
            start=(-2.6, -1.6),
            lowest=0.0,
            minima=((0.0, 0.0),),
            box=(-3.2, 1.0, -3.2, 1.0),
            lr=0.015,
        ),
    }
)


@dataclass(frozen=True)
class Descent:
    """The way an optimizer took over a surface.

    Attributes
    ----------
    points : ndarray, shape (steps + 1, 2)
        From the start on; fewer where it diverged.
    values : ndarray, shape (steps + 1,)
    diverged : bool
        Whether it left the surroundings of the picture, or the numbers.
    """

    points: Array
    values: Array
    diverged: bool

    def reached(self, value: float) -> int | None:
        """Return the number of steps after which a value was first reached, or None."""
        hits = np.flatnonzero(self.values <= value)
        return int(hits[0]) if len(hits) else None


def descend(
    surface: Surface, make: Callable[[list[Tensor]], Any], steps: int, noise: float = 0.0, seed: int = 0
) -> Descent:
    """Follow an optimizer from the surface's start, in double precision.

    Parameters
    ----------
    surface : Surface
    make : callable
        Makes the optimizer of a list with the point.
    steps : int
    noise : float, default 0
        The gradient is disturbed as a batch's differs from the whole set's: by normal numbers of this share of its
        norm.
    seed : int, default 0
        Of the noise.
    """
    point = autograd.tensor(surface.start, dtype=autograd.float64, requires_grad=True)
    optimizer, generator = make([point]), np.random.default_rng(seed)
    x0, x1, y0, y1 = surface.box
    limit = _FAR * math.hypot(x1 - x0, y1 - y0)
    points, values = [], []
    with np.errstate(all="ignore"):
        for step in range(steps + 1):
            optimizer.zero_grad()
            value = surface.function(point[0], point[1])
            place = point.detach().numpy().copy()
            points.append(place)
            values.append(value.item())
            if not (math.isfinite(values[-1]) and float(np.abs(place).max()) < limit):
                return Descent(np.array(points), np.array(values), True)
            if step < steps:
                value.backward()
                _disturb(point, noise, generator)
                optimizer.step()
    return Descent(np.array(points), np.array(values), False)


def _disturb(point: Tensor, noise: float, generator: np.random.Generator) -> None:
    if noise and point.grad is not None:
        gradient = point.grad.numpy()
        gradient += noise * float(np.linalg.norm(gradient)) * generator.standard_normal(2)
