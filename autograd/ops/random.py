"""Tensors of random numbers. float32 is drawn as float32."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Unpack

import numpy as np

from autograd.dtypes import scalar_type
from autograd.errors import describe
from autograd.ops.creation import require_sizes
from autograd.ops.generator import Generator, generator_of
from autograd.ops.options import Made, Options, read_options
from autograd.ops.spelling import spelled
from autograd.tensor import Tensor

__all__ = [
    "bernoulli",
    "multinomial",
    "normal",
    "poisson",
    "rand",
    "rand_like",
    "randint",
    "randint_like",
    "randn",
    "randn_like",
    "randperm",
]

Array = np.ndarray[Any, np.dtype[Any]]


def uniform(shape: Sequence[int], kind: np.dtype[Any], generator: Generator | None = None) -> Array:
    """Draw uniformly from [0, 1)."""
    drawn = np.dtype(np.float64) if kind == np.float64 else np.dtype(np.float32)
    values: Array = np.asarray(generator_of(generator).random(tuple(shape), drawn))
    if kind == np.float16:
        # Rounding could give 1, which is outside.
        return np.asarray(np.minimum(values, np.nextafter(kind.type(1), kind.type(0))), kind)
    return values.astype(kind, copy=False)


def gaussian(shape: Sequence[int], kind: np.dtype[Any], generator: Generator | None = None) -> Array:
    """Draw from the standard normal distribution; complex parts have variance 1/2."""
    if kind.kind == "c":
        pair = gaussian((*shape, 2), np.empty(0, kind).real.dtype, generator) * np.sqrt(0.5)
        return np.asarray(pair[..., 0] + 1j * pair[..., 1]).astype(kind)
    drawn = np.dtype(np.float64) if kind == np.float64 else np.dtype(np.float32)
    return np.asarray(generator_of(generator).standard_normal(tuple(shape), drawn)).astype(kind, copy=False)


def _options(name: str, options: Options, default: np.dtype[Any] | None = None) -> Made:
    """Check the options of a function that draws floating-point numbers."""
    made = read_options(name, options, default)
    if made.kind.kind not in "fc":
        raise NotImplementedError(
            describe(f"\"{name}\" not implemented for '{made.kind}'", fix="draw floating-point numbers")
        )
    return made


@spelled
def rand(*size: Any, generator: Generator | None = None, **options: Unpack[Options]) -> Tensor:
    """Return uniform numbers from [0, 1).

    Parameters
    ----------
    *size : int, or a sequence of int
    generator : Generator, optional
    **options
        See `Options`.

    Examples
    --------
    >>> import autograd
    >>> autograd.rand(2, 3).shape
    autograd.Size([2, 3])
    """
    shape, made = require_sizes(size, "rand"), _options("rand", options)
    return made.finish(uniform(shape, made.kind, generator))


@spelled
def randn(*size: Any, generator: Generator | None = None, **options: Unpack[Options]) -> Tensor:
    """Return numbers from the standard normal distribution; see `rand` for the parameters.

    Parameters
    ----------
    *size, generator, **options
        As in `rand`.

    Examples
    --------
    >>> import autograd
    >>> autograd.randn(2, 3).shape
    autograd.Size([2, 3])
    """
    shape, made = require_sizes(size, "randn"), _options("randn", options)
    return made.finish(gaussian(shape, made.kind, generator))


def rand_like(input: Tensor, *, generator: Generator | None = None, **options: Unpack[Options]) -> Tensor:
    """Return uniform numbers from [0, 1) in the shape and dtype of `input`.

    Parameters
    ----------
    input : Tensor
    generator : Generator, optional
    **options
        See `Options`.

    Examples
    --------
    >>> import autograd
    >>> autograd.rand_like(autograd.zeros(2, 3)).shape
    autograd.Size([2, 3])
    """
    made = _options("rand_like", options, input._data.dtype)
    return made.finish(uniform(input._data.shape, made.kind, generator))


def randn_like(input: Tensor, *, generator: Generator | None = None, **options: Unpack[Options]) -> Tensor:
    """Return numbers from the standard normal distribution in the shape and dtype of `input`.

    Parameters
    ----------
    input : Tensor
    generator : Generator, optional
    **options
        See `Options`.

    Examples
    --------
    >>> import autograd
    >>> autograd.randn_like(autograd.zeros(2, 3, dtype=autograd.float64)).dtype
    autograd.float64
    """
    made = _options("randn_like", options, input._data.dtype)
    return made.finish(gaussian(input._data.shape, made.kind, generator))


def _integers(low: int, high: int, shape: Sequence[int], kind: np.dtype[Any], generator: Generator | None) -> Array:
    if low >= high:
        raise RuntimeError(
            describe(f"random_ expects 'from' to be less than 'to', but got from={low} >= to={high}", op="randint")
        )
    return np.asarray(generator_of(generator).integers(low, high, tuple(shape))).astype(kind)


def randint(
    *bounds: Any,
    low: int = 0,
    high: int | None = None,
    size: Sequence[int] | None = None,
    generator: Generator | None = None,
    **options: Unpack[Options],
) -> Tensor:
    """Return uniform integers: ``randint(high, size)`` or ``randint(low, high, size)``; `high` is not among them.

    Parameters
    ----------
    *bounds
        `high` and `size`, or `low`, `high` and `size`, unless they are given by name.
    low, high : int
    size : sequence of int
    generator : Generator, optional
    **options
        See `Options`.

    Raises
    ------
    RuntimeError
        If `low` is not less than `high`.
    TypeError
        If an argument is missing.

    Examples
    --------
    >>> import autograd
    >>> x = autograd.randint(3, 5, (100,))
    >>> x.shape, x.dtype, set(x.tolist()) <= {3, 4}
    (autograd.Size([100]), autograd.int64, True)
    """
    numbers = list(bounds)
    if size is None and numbers:
        size = numbers.pop()
    if high is None and numbers:
        high = numbers.pop()
    if numbers:
        low = numbers.pop()
    if high is None or size is None or numbers:
        raise TypeError(describe("randint() takes (high, size) or (low, high, size)", op="randint"))
    made = read_options("randint", options, np.dtype(np.int64))
    return made.finish(_integers(int(low), int(high), require_sizes((tuple(size),), "randint"), made.kind, generator))


def randint_like(
    input: Tensor,
    *bounds: int,
    low: int = 0,
    high: int | None = None,
    generator: Generator | None = None,
    **options: Unpack[Options],
) -> Tensor:
    """Return uniform integers in the shape and dtype of `input`: ``randint_like(x, high)`` or ``(x, low, high)``.

    Parameters
    ----------
    input : Tensor
    *bounds : int
        `high`, or `low` and `high`, unless they are given by name.
    low, high : int
    generator : Generator, optional
    **options
        See `Options`.

    Examples
    --------
    >>> import autograd
    >>> autograd.randint_like(autograd.zeros(2, 3), 5, 6)
    tensor([[5., 5., 5.],
            [5., 5., 5.]])
    """
    made = read_options("randint_like", options, input._data.dtype)
    low, high = (low, *bounds, *(() if high is None else (high,)))[-2:]
    return made.finish(_integers(low, high, input._data.shape, made.kind, generator))


def randperm(n: int, *, generator: Generator | None = None, **options: Unpack[Options]) -> Tensor:
    """Return the integers below `n` in random order.

    Parameters
    ----------
    n : int
    generator : Generator, optional
    **options
        See `Options`; the dtype is int64 by default.

    Returns
    -------
    Tensor, shape (n,)

    Raises
    ------
    RuntimeError
        If `n` is negative.

    Examples
    --------
    >>> import autograd
    >>> autograd.randperm(5).sort().values
    tensor([0, 1, 2, 3, 4])
    """
    if n < 0:
        raise RuntimeError(describe(f"n must be non-negative, got {n}", op="randperm"))
    made = read_options("randperm", options, np.dtype(np.int64))
    return made.finish(generator_of(generator).permutation(n).astype(made.kind))


@spelled
def normal(
    mean: Any,
    std: Any = 1.0,
    size: Sequence[int] | None = None,
    *,
    generator: Generator | None = None,
    **options: Unpack[Options],
) -> Tensor:
    """Return numbers from normal distributions with the given means and standard deviations.

    Parameters
    ----------
    mean, std : Tensor or float
        Broadcast; both may be numbers if `size` is given.

    Raises
    ------
    RuntimeError
        If a standard deviation is negative.

    Examples
    --------
    >>> import autograd
    >>> autograd.normal(autograd.tensor([1.0, 2.0]), 0.0)
    tensor([1., 2.])
    >>> autograd.normal(0.0, 1.0, (2, 3)).shape
    autograd.Size([2, 3])
    """
    tensors = [x for x in (mean, std) if isinstance(x, Tensor)]
    m, s = (x._data if isinstance(x, Tensor) else np.asarray(x) for x in (mean, std))
    if tensors:
        shape: tuple[int, ...] = np.broadcast_shapes(m.shape, s.shape)
    else:
        shape = require_sizes((tuple(size or ()),), "normal")
    if np.any(s < 0):
        raise RuntimeError(describe(f"normal expects std >= 0.0, but found std {s.min():g}", op="normal"))
    made = _options("normal", options, tensors[0]._data.dtype if tensors else None)
    return made.finish(np.asarray(gaussian(shape, made.kind, generator) * s + m).astype(made.kind))


@spelled
def bernoulli(input: Tensor, p: float | None = None, *, generator: Generator | None = None) -> Tensor:
    """Return 1 with the probability that `input` gives, else 0, element by element; no gradient.

    Parameters
    ----------
    input : Tensor
        Probabilities, unless `p` gives one for all.

    Raises
    ------
    RuntimeError
        If a probability is not in [0, 1].

    Examples
    --------
    >>> import autograd
    >>> autograd.bernoulli(autograd.tensor([0.0, 1.0]))
    tensor([0., 1.])
    """
    chances = input._data if p is None else np.asarray(p)
    if not np.all((chances >= 0) & (chances <= 1)):
        raise RuntimeError(describe("Expected p_in >= 0 && p_in <= 1 to be true, but got false.", op="bernoulli"))
    shape, kind = input._data.shape, input._data.dtype
    drawn = kind if kind.kind == "f" else np.dtype(np.float64)
    return Tensor(np.asarray(uniform(shape, drawn, generator) < chances).astype(kind), None)


def poisson(input: Tensor, generator: Generator | None = None) -> Tensor:
    """Return numbers from Poisson distributions whose rates `input` gives.

    Parameters
    ----------
    input : Tensor
        Rates, 0 or more.
    generator : Generator, optional

    Returns
    -------
    Tensor
        Whole numbers in the shape and dtype of `input`.

    Raises
    ------
    RuntimeError
        If a rate is negative.

    Examples
    --------
    >>> import autograd
    >>> autograd.poisson(autograd.zeros(3))
    tensor([0., 0., 0.])
    """
    if np.any(input._data < 0):
        raise RuntimeError(describe("invalid Poisson rate, expected rate to be non-negative", op="poisson"))
    return Tensor(np.asarray(generator_of(generator).poisson(input._data)).astype(input._data.dtype), None)


@spelled
def multinomial(
    input: Tensor, num_samples: int, replacement: bool = False, *, generator: Generator | None = None
) -> Tensor:
    """Return indices drawn with the probabilities that each row of `input` is proportional to.

    Parameters
    ----------
    input : Tensor
        One row of weights, or several.
    num_samples : int
        Draws from each row.
    replacement : bool
        Whether an index may be drawn again.

    Returns
    -------
    Tensor of int64, shape (num_samples,) or (rows, num_samples)

    Raises
    ------
    RuntimeError
        If weights are negative, not finite or all zero, or there are too few for drawing without replacement.

    Examples
    --------
    >>> import autograd
    >>> autograd.multinomial(autograd.tensor([0.0, 1.0, 0.0]), 4, replacement=True)
    tensor([1, 1, 1, 1])
    """
    weights = np.atleast_2d(input._data).astype(np.float64)
    if input._data.ndim not in (1, 2):
        raise RuntimeError(describe("prob_dist must be 1 or 2 dim", shapes={"input": input._data.shape}))
    if input._data.dtype.kind != "f":
        got = scalar_type(input._data.dtype)
        raise RuntimeError(describe(f"multinomial only supports floating-point dtypes for input, got: {got}"))
    if num_samples <= 0:
        raise RuntimeError(describe("cannot sample n_sample <= 0 samples", op="multinomial"))
    if not replacement and num_samples > weights.shape[1]:
        raise RuntimeError(
            describe(
                "cannot sample n_sample > prob_dist.size(-1) samples without replacement",
                fix="pass replacement=True, or draw fewer",
            )
        )
    if not np.all(np.isfinite(weights) & (weights >= 0)):
        phrase = "probability tensor contains either `inf`, `nan` or element < 0"
        if replacement:
            entry = "entry < 0" if np.any(weights < 0) else "entry = infinity or NaN"
            phrase = f"invalid multinomial distribution (encountering probability {entry})"
        raise RuntimeError(describe(phrase, op="multinomial"))
    if np.any(weights.sum(1) == 0):
        raise RuntimeError(describe("invalid multinomial distribution (sum of probabilities <= 0)", op="multinomial"))
    rng = generator_of(generator)
    if replacement:
        edges = weights.cumsum(1)
        draws = rng.random((len(weights), num_samples)) * edges[:, -1:]
        chosen = np.stack([np.searchsorted(row, u, side="right") for row, u in zip(edges, draws, strict=True)])
    else:
        # The smallest of exponential waiting times with these rates wins with these probabilities.
        with np.errstate(divide="ignore"):
            waiting = rng.standard_exponential(weights.shape) / weights
        chosen = waiting.argsort(1)[:, :num_samples]
    return Tensor(chosen.reshape(*input._data.shape[:-1], num_samples).astype(np.int64), None)


METHODS: dict[str, Any] = {"bernoulli": bernoulli, "multinomial": multinomial}
