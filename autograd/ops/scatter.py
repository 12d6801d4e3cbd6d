"""Scatter: writing along one axis at positions that a tensor gives, or combining with what is there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from autograd.errors import describe
from autograd.operation import Op
from autograd.ops.along import (
    Gather,
    Scatter,
    ScatterAdd,
    at_corner,
    corner,
    flat_along,
    lined,
    require_index,
    require_same_dtype,
)
from autograd.ops.expand import Expand
from autograd.ops.promote import cast
from autograd.ops.quotients import div
from autograd.ops.registry import Maker, Sample, op
from autograd.ops.select import where
from autograd.ops.slicing import Slice
from autograd.tensor import Tensor

__all__ = ["scatter", "scatter_reduce"]

Array = np.ndarray[Any, np.dtype[Any]]
_REDUCTIONS = ("sum", "prod", "mean", "amax", "amin")


class ScatterExtreme(Op):
    """The largest or the smallest of the input and of all elements written to a position.

    The gradient is shared evenly among the elements that are equal to it, which the weights kept for backward say.
    """

    __slots__ = ("axis", "corner")
    keeps = {0: (1,), 2: (1,)}

    @np.errstate(all="ignore")
    def forward(self, x: Array, index: Array, source: Array, *, axis: int, largest: bool) -> Array:
        self.axis, self.corner = axis, (source.shape, corner(index.shape))
        places = flat_along(index, axis, x.shape).ravel()
        out = np.array(x, order="C")
        values = source[self.corner[1]].ravel()
        (np.maximum if largest else np.minimum).at(out.reshape(-1), places, values)
        of_x, of_values = x == out, values == out.reshape(-1)[places]
        winners = of_x.astype(x.dtype)
        np.add.at(winners.reshape(-1), places, of_values.astype(x.dtype))
        self.keep(of_x / winners, (of_values / winners.reshape(-1)[places]).reshape(index.shape))
        return out

    def backward(self, grad: Tensor) -> tuple[Tensor | None, None, Tensor | None]:
        _, index, _ = self.saved
        weights, of_source = self.kept
        for_x, _, for_source = self.needs_input_grad
        part = at_corner(Gather.apply(grad, index, axis=self.axis) * of_source, *self.corner) if for_source else None
        return grad * weights if for_x else None, None, part


class ScatterProd(Op):
    """The product of the input and of all elements written to a position."""

    __slots__ = ("axis", "corner")
    keeps_all = True
    keeps_output = True

    @np.errstate(all="ignore")
    def forward(self, x: Array, index: Array, source: Array, *, axis: int) -> Array:
        self.axis, self.corner = axis, (source.shape, corner(index.shape))
        out = np.array(x, order="C")
        np.multiply.at(out.reshape(-1), flat_along(index, axis, x.shape).ravel(), source[self.corner[1]].ravel())
        return out

    def backward(self, grad: Tensor) -> tuple[Tensor | None, None, Tensor | None]:
        x, index, source = self.saved
        for_x, _, for_source = self.needs_input_grad
        of_x = of_source = None
        if for_x:
            ones = where(x == 0, 1.0, x)
            of_x = grad * ScatterProd.apply(ones, index, source, axis=self.axis) / ones
        if for_source:
            of_source = at_corner(self._of_source(grad, x, index, source), *self.corner)
        return of_x, None, of_source

    def _of_source(self, grad: Tensor, x: Tensor, index: Tensor, source: Tensor) -> Tensor:
        """A source element's factor is the product of all others, which a division gives unless it is zero."""
        axis = self.axis
        part = Slice.apply(source, index=self.corner[1])
        zero = part == 0
        none = Tensor(np.zeros(x._data.shape, x._data.dtype), None)
        zeros = Gather.apply(ScatterAdd.apply(none, index, cast(zero, x._data.dtype), axis=axis), index, axis=axis)
        alone = zero & (zeros == 1)
        without = ScatterProd.apply(x, index, where(alone, 1.0, part), axis=axis)
        ordinary = Gather.apply(grad * self.output, index, axis=axis) / where(zero, 1.0, part)
        result: Tensor = where(alone, Gather.apply(grad * without, index, axis=axis), ordinary)
        return result


def _reduced(make: Maker) -> Iterator[Sample]:
    index = Tensor(np.array([[0, 1, 1, 2], [1, 1, 0, 0]]), None)
    for reduce in _REDUCTIONS:
        for include_self in (True, False):
            yield Sample(make.distinct(3, 4), 0, index, make.distinct(2, 4) * 1.3, reduce, include_self=include_self)
    yield Sample(make.distinct(2, 3), 1, Tensor(np.array([[0, 0]]), None), make.distinct(2, 3), "amax")
    yield Sample(make.positive(2, 3), 1, Tensor(np.array([[0, 0]]), None), make.positive(2, 3), "prod")


@op(_reduced, in_place=True)
def scatter_reduce(
    input: Tensor, dim: int, index: Tensor, src: Tensor, reduce: str, *, include_self: bool = True
) -> Tensor:
    """Return a copy in which ``out[index[i][j][k]][j][k]`` is combined with ``src[i][j][k]``, here for ``dim=0``.

    Parameters
    ----------
    reduce : {'sum', 'prod', 'mean', 'amax', 'amin'}
        How.
    include_self : bool
        Whether the old elements at positions that are written to take part.

    Raises
    ------
    RuntimeError
        If the index does not fit, dtypes differ, a position is out of range, or `reduce` is another.

    Examples
    --------
    >>> import autograd
    >>> index = autograd.tensor([0, 0, 1])
    >>> autograd.scatter_reduce(autograd.zeros(2), 0, index, autograd.tensor([1.0, 2.0, 3.0]), "sum")
    tensor([3., 3.])
    >>> autograd.scatter_reduce(autograd.ones(2), 0, index, autograd.tensor([1.0, 4.0, 3.0]), "mean")
    tensor([2., 2.])
    """
    if reduce not in _REDUCTIONS:
        raise RuntimeError(
            describe(
                f"reduce argument must be either {', '.join(_REDUCTIONS[:-1])} or amin, got {reduce}",
                op="scatter_reduce",
            )
        )
    require_same_dtype(input, src, "scatter")
    axis = require_index(input, dim, index, "scatter_reduce", src)
    if input._data.ndim == 0:
        x, places, values = lined(input, index, src)
        whole = scatter_reduce(x, 0, places, values, reduce, include_self=include_self)
        return Slice.apply(whole, index=(0,))  # type: ignore[no-any-return]
    start = input
    if not include_self:
        start = Scatter.apply(input, index, Tensor(np.asarray(_neutral(reduce, input._data.dtype)), None), axis=axis)
    if reduce == "prod":
        return ScatterProd.apply(start, index, src, axis=axis)  # type: ignore[no-any-return]
    if reduce in ("amax", "amin"):
        return ScatterExtreme.apply(start, index, src, axis=axis, largest=reduce == "amax")  # type: ignore[no-any-return]
    total: Tensor = ScatterAdd.apply(start, index, src, axis=axis)
    if reduce == "sum":
        return total
    counts = np.full(input._data.shape, int(include_self), np.int64)
    np.add.at(counts.reshape(-1), flat_along(index._data, axis, counts.shape).ravel(), 1)
    counts = np.maximum(counts, 1).astype(input._data.dtype)
    return div(total, Tensor(counts, None), rounding_mode=None if counts.dtype.kind in "fc" else "floor")


def _neutral(reduce: str, kind: np.dtype[Any]) -> Any:
    """Return the element that a reduction ignores."""
    if reduce in ("amax", "amin"):
        if kind.kind == "f":
            return kind.type(-np.inf if reduce == "amax" else np.inf)
        if kind.kind == "b":
            return reduce == "amin"
        return np.iinfo(kind).min if reduce == "amax" else np.iinfo(kind).max
    return kind.type(reduce == "prod")


def _scattered(make: Maker) -> Iterator[Sample]:
    once = Tensor(np.array([[1, 0, 3], [2, 3, 1]]), None)
    yield Sample(make(3, 4), 1, once, make(2, 3))
    yield Sample(make(3, 4), -1, once, make(3, 4))
    yield Sample(make(3, 4), 0, Tensor(np.array([[2, 0]]), None), make(1, 2))
    yield Sample(make(3, 4), 1, once, 1.5)
    yield Sample(make(3, 4), 1, once, make(2, 3), reduce="add")
    yield Sample(make(3, 4), 1, once, make(2, 3), reduce="multiply")
    yield Sample(make(2, 3), 1, Tensor(np.zeros((0, 3), np.int64), None), make(2, 3))


@op(_scattered, in_place=True)
def scatter(
    input: Tensor, dim: int, index: Tensor, src: Any = None, *, value: Any = None, reduce: str | None = None
) -> Tensor:
    """Return a copy with ``out[index[i][j][k]][j][k] = src[i][j][k]``, here for ``dim=0``.

    Parameters
    ----------
    index : Tensor of int64
        As many axes as `input`, nowhere longer but along `dim`, and nowhere longer than `src`.
    src : Tensor or number
        Where positions repeat, one of the elements wins. A number may also be given as `value`.
    reduce : {'add', 'multiply'}, optional
        Combine with what is there instead.

    Raises
    ------
    RuntimeError
        If the index does not fit, a position is out of range, or `reduce` is another.

    Examples
    --------
    >>> import autograd
    >>> autograd.scatter(autograd.zeros(2, 3), 1, autograd.tensor([[2], [0]]), autograd.tensor([[5.0], [6.0]]))
    tensor([[0., 0., 5.],
            [6., 0., 0.]])
    """
    source = src if src is not None else value
    if not isinstance(source, Tensor):
        source = Tensor(np.asarray(source).astype(input._data.dtype), None)
    if reduce is not None:
        if reduce not in ("add", "multiply"):
            raise RuntimeError(describe("reduce argument must be either add or multiply.", op="scatter"))
        whole = source if source._data.ndim else Expand.apply(source, shape=index._data.shape)
        return scatter_reduce(input, dim, index, whole, "sum" if reduce == "add" else "prod")
    require_same_dtype(input, source, "scatter")
    axis = require_index(input, dim, index, "scatter", source)
    if input._data.ndim == 0:
        return Slice.apply(Scatter.apply(*lined(input, index, source), axis=0), index=(0,))  # type: ignore[no-any-return]
    result: Tensor = Scatter.apply(input, index, source, axis=axis)
    return result
