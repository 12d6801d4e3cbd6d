"""Quantiles: elements read at fractional positions of their order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from autograd.dtypes import scalar_type
from autograd.errors import describe
from autograd.ops.axes import normalize_axis
from autograd.ops.order import found_along, sort
from autograd.ops.registry import Maker, Sample, op
from autograd.ops.shape import reshape
from autograd.tensor import Tensor

__all__ = ["nanquantile", "quantile"]

Array = np.ndarray[Any, np.dtype[Any]]


_ROUNDINGS = ("linear", "lower", "higher", "midpoint", "nearest")


def _quantile(
    input: Tensor, q: Any, dim: int | None, keepdim: bool, interpolation: str, skip: bool, name: str
) -> Tensor:
    """Return quantiles over all elements, or over those that are not NaN if they are to `skip`."""
    _check_quantile(input, q, interpolation, name)
    shape = input._data.shape
    if dim is None:
        kept, input, axis = (1,) * len(shape), reshape(input, (-1,)), 0
    else:
        axis = normalize_axis(dim, len(shape))
        kept = tuple([1 if d == axis else n for d, n in enumerate(shape)])
        input = input if shape else reshape(input, (1,))
    levels = q if isinstance(q, Tensor) else Tensor(np.asarray(q, input._data.dtype), None)
    # The last axis of everything below is that of the levels.
    values = sort(input, axis).values.movedim(axis, -1)
    gaps = np.isnan(values._data).sum(-1, keepdims=True)
    last = values._data.shape[-1] - 1 - (gaps if skip else 0)
    rank = levels.reshape(-1) * Tensor(np.asarray(np.maximum(last, 0), values._data.dtype), None)
    position = np.broadcast_to(rank._data, values._data.shape[:-1] + rank._data.shape[-1:])
    if not skip:
        # NaN is sorted last: the result there is the NaN itself.
        position = np.where(gaps > 0, values._data.shape[-1] - 1, position)
    result = _at_rank(values, rank, position, interpolation)
    if levels._data.ndim == 0:
        return reshape(result, kept if keepdim else values._data.shape[:-1])
    return reshape(result.movedim(-1, 0), (levels._data.size, *(kept if keepdim else values._data.shape[:-1])))


def _at_rank(values: Tensor, rank: Tensor, position: Array, interpolation: str) -> Tensor:
    """Read sorted values at fractional positions; `rank` is the same as a tensor, for the gradient of the levels."""

    def at(whole: Array) -> Tensor:
        return found_along(values, lambda *_: whole.astype(np.int64), -1)[0]

    if interpolation == "lower":
        return at(np.floor(position))
    if interpolation == "higher":
        return at(np.ceil(position))
    if interpolation == "nearest":
        return at(np.round(position))
    below = at(np.floor(position))
    weight = (
        0.5 * Tensor(np.asarray(position % 1 != 0, position.dtype), None)
        if interpolation == "midpoint"
        else rank - rank.floor()
    )
    return below + weight * (at(np.ceil(position)) - below)


def _check_quantile(input: Tensor, q: Any, interpolation: str, name: str) -> None:
    if interpolation not in _ROUNDINGS:
        raise RuntimeError(
            describe(
                f"{name}() interpolation must be one of linear, lower, higher, midpoint or nearest, but got "
                f"{interpolation}",
                op=name,
            )
        )
    bad = [v for v in np.ravel(q._data if isinstance(q, Tensor) else q) if not 0 <= v <= 1]
    if bad and not isinstance(q, Tensor):
        raise RuntimeError(describe(f"{name}() q must be in the range [0, 1] but got {bad[0]:g}", op=name))
    if input._data.size == 0:
        raise RuntimeError(describe(f"{name}() input tensor must be non-empty", op=name))
    if isinstance(q, Tensor) and q._data.ndim > 1:
        raise RuntimeError(
            describe(f"{name}() q must be a scalar or 1D tensor, but got {q._data.ndim}D tensor", op=name)
        )
    if input._data.dtype not in (np.float32, np.float64):
        raise RuntimeError(describe(f"{name}() input tensor must be either float or double dtype", op=name))
    if isinstance(q, Tensor) and q._data.dtype != input._data.dtype:
        raise RuntimeError(
            describe(
                f"{name}() q tensor must be same dtype as the input tensor",
                op=name,
                rule=f"input is {scalar_type(input._data.dtype)}, q {scalar_type(q._data.dtype)}",
            )
        )
    if bad:
        raise RuntimeError(describe(f"{name}() q values must be in the range [0, 1]", op=name))


def _levels(make: Maker) -> Iterator[Sample]:
    x = make.distinct(3, 5)
    yield Sample(x, 0.3)
    yield Sample(x, Tensor(np.array([0.25, 0.6], make.dtype), None), 1)
    yield Sample(x, Tensor(np.array([0.25, 0.6], make.dtype), None), dim=0, keepdim=True)
    for interpolation in _ROUNDINGS[1:]:
        yield Sample(x, 0.4, dim=-1, interpolation=interpolation)
    yield Sample(make.distinct(), 0.5)


@op(_levels)
def quantile(
    input: Tensor, q: Any, dim: int | None = None, keepdim: bool = False, *, interpolation: str = "linear"
) -> Tensor:
    """Return quantiles of the elements, of all axes or of one; NaN wherever there is one.

    Parameters
    ----------
    q : float or Tensor
        Levels in [0, 1]; a 1-d tensor of them becomes the first axis of the result.
    dim : int, optional
    keepdim : bool
    interpolation : {'linear', 'lower', 'higher', 'midpoint', 'nearest'}
        What to do between two elements.

    Raises
    ------
    RuntimeError
        If a level leaves [0, 1], or for other dtypes than float32 and float64.

    Examples
    --------
    >>> import autograd
    >>> x = autograd.tensor([1.0, 2.0, 3.0, 5.0])
    >>> autograd.quantile(x, 0.5)
    tensor(2.5000)
    >>> autograd.quantile(x, 0.5, interpolation="lower")
    tensor(2.)
    """
    return _quantile(input, q, dim, keepdim, interpolation, False, "quantile")


@op(_levels)
def nanquantile(
    input: Tensor, q: Any, dim: int | None = None, keepdim: bool = False, *, interpolation: str = "linear"
) -> Tensor:
    """Return quantiles of the elements that are not NaN; see `quantile`.

    Parameters
    ----------
    input, q, dim, keepdim, interpolation
        As in `quantile`.

    Examples
    --------
    >>> import autograd
    >>> autograd.nanquantile(autograd.tensor([1.0, autograd.nan, 3.0]), 0.5)
    tensor(2.)
    """
    return _quantile(input, q, dim, keepdim, interpolation, True, "nanquantile")
