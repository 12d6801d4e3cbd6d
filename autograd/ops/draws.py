"""Drawing random numbers in place. They depend on nothing, so no gradient passes to what was there before."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.errors import describe
from autograd.ops.assign import assign
from autograd.ops.generator import Generator, generator_of
from autograd.ops.inplace import guard
from autograd.ops.random import gaussian, uniform
from autograd.tensor import Tensor

__all__ = ["bernoulli_", "cauchy_", "exponential_", "geometric_", "log_normal_", "normal_", "random_", "uniform_"]

Array = np.ndarray[Any, np.dtype[Any]]


def _redraw(x: Tensor, change: str, draw: Callable[[], Array], floating: bool = True) -> Tensor:
    """Write what `draw` returns over `x`."""
    if floating and x._data.dtype.kind not in "fc":
        raise NotImplementedError(
            describe(f"\"{change}\" not implemented for '{x.dtype}'", fix="draw into a floating-point tensor")
        )
    guard(x, change)
    return assign(x, Tensor(np.asarray(draw()).astype(x._data.dtype, copy=False), None), change)


def _require_positive(name: str, value: float, change: str) -> None:
    if not value > 0:
        raise RuntimeError(describe(f"{change} expects {name} > 0.0, but found {name}={value}", op=change))


def uniform_(
    self: Tensor, from_: float = 0, to: float = 1, *, generator: Generator | None = None, **named: float
) -> Tensor:
    """Fill with uniform numbers from [from, to).

    Parameters
    ----------
    from_, to : float
        Also by the keywords ``from`` and ``to``.
    generator : Generator, optional

    Raises
    ------
    RuntimeError
        If the interval runs backwards.

    Examples
    --------
    >>> import autograd
    >>> x = autograd.empty(100).uniform_(2, 3)
    >>> bool(((x >= 2) & (x < 3)).all())
    True
    """
    low = named.get("from", from_)
    if low > to:
        raise RuntimeError(
            describe(f"uniform_ expects to return a [from, to) range, but found from={low} > to={to}", op="uniform_")
        )

    def draw() -> Array:
        values = uniform(self._data.shape, self._data.dtype, generator)
        values *= self._data.dtype.type(to - low)
        values += self._data.dtype.type(low)
        return values

    return _redraw(self, "uniform_", draw)


def normal_(self: Tensor, mean: float = 0, std: float = 1, *, generator: Generator | None = None) -> Tensor:
    """Fill with numbers from a normal distribution.

    Parameters
    ----------
    mean, std : float
    generator : Generator, optional

    Raises
    ------
    RuntimeError
        If `std` is negative.

    Examples
    --------
    >>> import autograd
    >>> autograd.empty(3).normal_(mean=5, std=0)
    tensor([5., 5., 5.])
    """
    if std < 0:
        raise RuntimeError(describe(f"normal expects std >= 0.0, but found std {std}", op="normal_"))

    def draw() -> Array:
        values = gaussian(self._data.shape, self._data.dtype, generator)
        values *= self._data.dtype.type(std)
        values += self._data.dtype.type(mean)
        return values

    return _redraw(self, "normal_", draw)


def log_normal_(self: Tensor, mean: float = 1, std: float = 2, *, generator: Generator | None = None) -> Tensor:
    """Fill with numbers whose logarithms are normal with this mean and deviation.

    Raises
    ------
    RuntimeError
        If `std` is not positive.

    Examples
    --------
    >>> import autograd
    >>> bool((autograd.empty(100).log_normal_() > 0).all())
    True
    """
    _require_positive("std", std, "log_normal_")
    shape, kind = self._data.shape, self._data.dtype
    return _redraw(self, "log_normal_", lambda: np.exp(mean + std * gaussian(shape, kind, generator)))


def exponential_(self: Tensor, lambd: float = 1, *, generator: Generator | None = None) -> Tensor:
    """Fill with exponentially distributed numbers of rate `lambd`.

    Raises
    ------
    RuntimeError
        If `lambd` is not positive.

    Examples
    --------
    >>> import autograd
    >>> bool((autograd.empty(100).exponential_() >= 0).all())
    True
    """
    _require_positive("lambda", lambd, "exponential_")
    return _redraw(
        self, "exponential_", lambda: np.asarray(generator_of(generator).standard_exponential(self._data.shape)) / lambd
    )


def cauchy_(self: Tensor, median: float = 0, sigma: float = 1, *, generator: Generator | None = None) -> Tensor:
    """Fill with numbers from a Cauchy distribution.

    Raises
    ------
    RuntimeError
        If `sigma` is not positive.

    Examples
    --------
    >>> import autograd
    >>> autograd.empty(2, 3).cauchy_().shape
    autograd.Size([2, 3])
    """
    _require_positive("sigma", sigma, "cauchy_")
    return _redraw(
        self, "cauchy_", lambda: median + sigma * np.asarray(generator_of(generator).standard_cauchy(self._data.shape))
    )


def geometric_(self: Tensor, p: float, *, generator: Generator | None = None) -> Tensor:
    """Fill with numbers of trials until the first success, which has probability `p`.

    Raises
    ------
    RuntimeError
        If `p` is not between 0 and 1.

    Examples
    --------
    >>> import autograd
    >>> bool((autograd.empty(100).geometric_(0.5) >= 1).all())
    True
    """
    if not 0 < p < 1:
        raise RuntimeError(describe(f"geometric_ expects p to be in (0, 1), but got p={p}", op="geometric_"))
    return _redraw(
        self, "geometric_", lambda: np.asarray(generator_of(generator).geometric(p, self._data.shape)), floating=False
    )


def bernoulli_(self: Tensor, p: Any = 0.5, *, generator: Generator | None = None) -> Tensor:
    """Fill with 1 with probability `p`, a number or a tensor that broadcasts, else 0.

    Raises
    ------
    RuntimeError
        If a probability is not in [0, 1].

    Examples
    --------
    >>> import autograd
    >>> autograd.empty(3).bernoulli_(autograd.tensor([0.0, 1.0, 1.0]))
    tensor([0., 1., 1.])
    """
    chances = p._data if isinstance(p, Tensor) else np.asarray(p)
    if not np.all((chances >= 0) & (chances <= 1)):
        raise RuntimeError(describe(f"bernoulli_ expects p to be in [0, 1], but got p={p}", op="bernoulli_"))
    kind = np.dtype(np.float32) if chances.dtype == np.float32 else np.dtype(np.float64)
    return _redraw(self, "bernoulli_", lambda: uniform(self._data.shape, kind, generator) < chances, floating=False)


def random_(
    self: Tensor, from_: int | None = None, to: int | None = None, *, generator: Generator | None = None, **named: int
) -> Tensor:
    """Fill with uniform integers: ``random_()``, ``random_(to)`` or ``random_(from, to)``; `to` is not among them.

    Without bounds, all that the dtype can represent exactly and that are not negative.

    Raises
    ------
    RuntimeError
        If the range is empty.

    Examples
    --------
    >>> import autograd
    >>> x = autograd.empty(100).random_(2, 4)
    >>> bool(((x == 2) | (x == 3)).all())
    True
    """
    low, high = named.get("from", from_), to
    if high is None:
        low, high = (0, low) if low is not None else (0, _span(self._data.dtype))
    if low is None or low >= high:
        raise RuntimeError(
            describe(f"random_ expects 'from' to be less than 'to', but got from={low} >= to={high}", op="random_")
        )
    return _redraw(
        self,
        "random_",
        lambda: np.asarray(generator_of(generator).integers(low, high, self._data.shape)),
        floating=False,
    )


def _span(kind: np.dtype[Any]) -> int:
    """Number of consecutive integers from 0 on that a dtype holds."""
    if kind.kind == "b":
        return 2
    return int(np.iinfo(kind).max) if kind.kind in "iu" else int(2 ** (np.finfo(kind).nmant + 1))


METHODS: dict[str, Any] = {
    draw.__name__: draw
    for draw in (bernoulli_, cauchy_, exponential_, geometric_, log_normal_, normal_, random_, uniform_)
}
