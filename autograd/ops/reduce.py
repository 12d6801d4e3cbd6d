"""Sums, means and products along axes, and what is composed of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import prod as count_of
from typing import Any

import numpy as np

from autograd.dtypes import numpy_dtype, scalar_type
from autograd.errors import describe
from autograd.kernels.elementwise import quietly
from autograd.operation import Op
from autograd.ops.axes import normalize_axes, normalize_axis
from autograd.ops.joining import cat
from autograd.ops.logic import isnan, logical_not
from autograd.ops.promote import cast, promote_float
from autograd.ops.registry import Maker, Sample, op
from autograd.ops.samples import reduced
from autograd.ops.select import where
from autograd.ops.shape import reshape
from autograd.ops.slicing import narrow
from autograd.tensor import Tensor

__all__ = [
    "keep_axes",
    "logsumexp",
    "mean",
    "nanmean",
    "nansum",
    "prod",
    "sum",
]

Array = np.ndarray[Any, np.dtype[Any]]
Axes = int | Sequence[int] | None


def kept_shape(shape: tuple[int, ...], axes: tuple[int, ...]) -> tuple[int, ...]:
    """Return `shape` with the reduced axes kept at size 1."""
    return tuple([1 if axis in axes else n for axis, n in enumerate(shape)])


def keep_axes(reduced: Tensor, shape: tuple[int, ...], axes: tuple[int, ...] | None) -> Tensor:
    """Return a reduction's result, or its gradient, in the shape that broadcasts against what was reduced."""
    return reduced if axes is None or reduced._data.ndim == len(shape) else reshape(reduced, kept_shape(shape, axes))


def axes_of(dim: Any, rank: int) -> tuple[int, ...]:
    """Return normalized axes, quickly where it is one."""
    return (normalize_axis(dim, rank),) if dim.__class__ is int and rank else normalize_axes(dim, rank)


def summand(input: Tensor, dtype: Any) -> Tensor:
    """Return what is summed: converted to `dtype`, or integers and booleans to int64."""
    if dtype is not None:
        return cast(input, numpy_dtype(dtype))
    return input if input._data.dtype.kind in "fc" else cast(input, np.dtype(np.int64))


class Sum(Op):
    """Sum over axes, or over all; adjoint of `Spread`."""

    __slots__ = ("axes", "source")

    def forward(self, x: Array, *, axes: tuple[int, ...] | None, keepdim: bool) -> Array:
        self.axes, self.source = axes, x.shape
        return quietly(x.sum, axis=axes, keepdims=keepdim, dtype=x.dtype)  # type: ignore[no-any-return]

    def backward(self, grad: Tensor) -> Tensor:
        result: Tensor = Spread.apply(grad, axes=self.axes, shape=self.source)
        return result


class Spread(Op):
    """A reduction's gradient over what was reduced, every element the same memory; adjoint of `Sum`."""

    __slots__ = ("axes", "keepdim")

    def forward(self, x: Array, *, axes: tuple[int, ...] | None, shape: tuple[int, ...]) -> Array:
        self.axes, self.keepdim = axes, x.ndim == len(shape)
        return np.broadcast_to(x if axes is None or self.keepdim else x.reshape(kept_shape(shape, axes)), shape)

    def backward(self, grad: Tensor) -> Tensor:
        result: Tensor = Sum.apply(grad, axes=self.axes, keepdim=self.keepdim)
        return result


def _sums(make: Maker) -> Iterator[Sample]:
    yield from reduced(make)
    yield Sample(make(2, 3), dim=())


@op(_sums)
def sum(input: Tensor, dim: Axes = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """Return the sum of the elements, of all axes or of those in `dim`.

    Parameters
    ----------
    input : Tensor
    dim : int or sequence of int, optional
        All axes if left out or empty.
    keepdim : bool
        Keep the reduced axes at size 1.
    dtype : dtype, optional
        Convert before summing. Integers and booleans are summed as int64.

    Raises
    ------
    IndexError
        If there is no such axis.

    Examples
    --------
    >>> import autograd
    >>> autograd.tensor([[1.0, 2.0], [3.0, 4.0]]).sum(0)
    tensor([4., 6.])
    """
    if dtype is not None or input._data.dtype.kind not in "fc":
        input = summand(input, dtype)
    axes = None if dim is None else axes_of(dim, input._data.ndim)
    result: Tensor = Sum.apply(input, axes=axes, keepdim=keepdim)
    return result


class Mean(Sum):
    """Mean over axes, or over all."""

    __slots__ = ("count",)

    @np.errstate(divide="ignore", invalid="ignore")
    def forward(self, x: Array, *, axes: tuple[int, ...] | None, keepdim: bool) -> Array:
        self.count = x.size if axes is None else count_of([x.shape[axis] for axis in axes])
        return super().forward(x, axes=axes, keepdim=keepdim) / x.dtype.type(self.count)  # type: ignore[no-any-return]

    def backward(self, grad: Tensor) -> Tensor:
        return super().backward(grad / max(self.count, 1))


@op(_sums)
def mean(input: Tensor, dim: Axes = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """Return the mean of the elements, of all axes or of those in `dim`.

    Parameters
    ----------
    input : Tensor
    dim : int or sequence of int, optional
        All axes if left out or empty.
    keepdim : bool
        Keep the reduced axes at size 1.
    dtype : dtype, optional
        Convert first.

    Raises
    ------
    RuntimeError
        If integers are averaged without a floating-point `dtype`.

    Examples
    --------
    >>> import autograd
    >>> x = autograd.tensor([[1.0, 2.0], [3.0, 6.0]])
    >>> autograd.mean(x), autograd.mean(x, 1, keepdim=True)
    (tensor(3.), tensor([[1.5000],
            [4.5000]]))
    """
    if dtype is not None:
        input = cast(input, numpy_dtype(dtype))
    if input._data.dtype.kind not in "fc":
        what = "Input" if dtype is None else "Optional"
        raise RuntimeError(
            describe(
                f"mean(): could not infer output dtype. {what} dtype must be either a floating point or complex dtype. "
                f"Got: {scalar_type(input._data.dtype)}",
                op="mean",
                fix="x.float().mean(), or mean(dtype=...)",
            )
        )
    axes = None if dim is None else axes_of(dim, input._data.ndim)
    result: Tensor = Mean.apply(input, axes=axes, keepdim=keepdim)
    return result


class Prod(Op):
    """Product over one axis."""

    __slots__ = ("axis",)
    keeps = {0: (0,)}
    keeps_output = True

    def forward(self, x: Array, *, axis: int, keepdim: bool) -> Array:
        self.axis = axis
        return quietly(x.prod, axis=axis, keepdims=keepdim, dtype=x.dtype)  # type: ignore[no-any-return]

    def backward(self, grad: Tensor) -> Tensor:
        (x,) = self.saved
        shape = x._data.shape
        grad = keep_axes(grad, shape, (self.axis,))
        if x._data.all():
            return grad * keep_axes(self.output, shape, (self.axis,)) / x  # type: ignore[no-any-return]
        return _through_tree(grad, x, self.axis)


def _through_tree(grad: Tensor, x: Tensor, axis: int) -> Tensor:
    """Return the gradient of a product that has zeros: pairs are multiplied level by level, so nothing is divided."""
    levels = [x]
    while (n := levels[-1]._data.shape[axis]) > 1:
        level, half = levels[-1], n // 2
        pairs = narrow(level, axis, 0, half) * narrow(level, axis, half, half)
        levels.append(cat([pairs, narrow(level, axis, n - 1, 1)], axis) if n % 2 else pairs)
    for level in reversed(levels[:-1]):
        n = level._data.shape[axis]
        half = n // 2
        first, second = narrow(level, axis, 0, half), narrow(level, axis, half, half)
        paired = narrow(grad, axis, 0, half)
        parts = [paired * second, paired * first]
        grad = cat([*parts, narrow(grad, axis, half, 1)] if n % 2 else parts, axis)
    return grad


def _products(make: Maker) -> Iterator[Sample]:
    yield from reduced(make.nonzero, many=False)
    zeros = make.nonzero(2, 5)
    zeros._data[0, 2] = zeros._data[1, 0] = zeros._data[1, 3] = 0
    yield Sample(zeros, 1)


@op(_products)
def prod(input: Tensor, dim: int | None = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """Return the product of the elements, of all axes or of one; its gradient is exact where elements are zero.

    Parameters
    ----------
    input : Tensor
    dim : int, optional
        All axes if left out.
    keepdim : bool
        Keep the reduced axis at size 1.
    dtype : dtype, optional
        Convert first. Integers and booleans are multiplied as int64.

    Examples
    --------
    >>> import autograd
    >>> autograd.prod(autograd.tensor([[1, 2], [3, 4]]), 1)
    tensor([ 2, 12])
    """
    input = summand(input, dtype)
    if dim is None:
        input, dim = reshape(input, (-1,)), 0
    axis = normalize_axis(dim, input._data.ndim)
    if input._data.ndim == 0:
        return prod(reshape(input, (1,)))
    result: Tensor = Prod.apply(input, axis=axis, keepdim=keepdim)
    return result


class LogSumExp(Op):
    """``log(sum(exp(x)))`` over axes without overflow."""

    __slots__ = ("axes",)
    keeps = {0: (0,)}
    keeps_output = True

    @np.errstate(all="ignore")
    def forward(self, x: Array, *, axes: tuple[int, ...], keepdim: bool) -> Array:
        self.axes = axes
        top = x.max(axis=axes, keepdims=True, initial=-np.inf)
        top = np.where(np.isfinite(top), top, 0).astype(x.dtype)
        total = np.log(np.exp(x - top).sum(axis=axes, keepdims=True)) + top
        return total if keepdim else total.squeeze(axes)  # type: ignore[no-any-return]

    def backward(self, grad: Tensor) -> Tensor:
        (x,) = self.saved
        shape = x._data.shape
        return keep_axes(grad, shape, self.axes) * (x - keep_axes(self.output, shape, self.axes)).exp()  # type: ignore[no-any-return]


@op(
    lambda make: [
        Sample(make(2, 3, 4), 1),
        Sample(make(2, 3, 4), (0, -1), keepdim=True),
        Sample(make(2, 3), -1),
        Sample(make(), 0),
        Sample(make(0, 3), 1),
        Sample(make(0, 3), 0),
    ]
)
def logsumexp(input: Tensor, dim: int | Sequence[int], keepdim: bool = False) -> Tensor:
    """Return ``log(sum(exp(input)))`` over the axes `dim`, computed without overflow.

    Parameters
    ----------
    input : Tensor
    dim : int or sequence of int
    keepdim : bool
        Keep the reduced axes at size 1.

    Examples
    --------
    >>> import autograd
    >>> autograd.logsumexp(autograd.tensor([1000.0, 0.0]), 0)
    tensor(1000.)
    """
    input = promote_float(input, "logsumexp")
    result: Tensor = LogSumExp.apply(input, axes=normalize_axes(dim, input._data.ndim), keepdim=keepdim)
    return result


def _with_gaps(make: Maker) -> Iterator[Sample]:
    for dim in (None, 1, (0, -1)):
        x = make(2, 3, 4)
        x._data[0, 1, 2] = x._data[1, :2, 0] = np.nan
        yield Sample(x, dim, keepdim=dim == 1)
    yield Sample(make())
    yield Sample(make(0, 3), 1)


@op(_with_gaps)
def nansum(input: Tensor, dim: Axes = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """Return the sum of the elements that are not NaN.

    Parameters
    ----------
    input : Tensor
    dim : int or sequence of int, optional
        All axes if left out.
    keepdim : bool
        Keep the reduced axes at size 1.
    dtype : dtype, optional
        Convert first.

    Examples
    --------
    >>> import autograd
    >>> autograd.nansum(autograd.tensor([1.0, autograd.nan, 3.0]))
    tensor(4.)
    """
    return sum(where(isnan(input), 0, input), dim, keepdim, dtype=dtype)


@op(_with_gaps)
def nanmean(input: Tensor, dim: Axes = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """Return the mean of the elements that are not NaN.

    Parameters
    ----------
    input : Tensor
    dim : int or sequence of int, optional
        All axes if left out.
    keepdim : bool
        Keep the reduced axes at size 1.
    dtype : dtype, optional
        Convert first.

    Raises
    ------
    RuntimeError
        For integers.

    Examples
    --------
    >>> import autograd
    >>> autograd.nanmean(autograd.tensor([1.0, autograd.nan, 3.0]))
    tensor(2.)
    """
    if input._data.dtype.kind not in "fc":
        raise RuntimeError(
            describe(
                "nanmean(): expected input to have floating point or complex dtype but got "
                f"{scalar_type(input._data.dtype)}",
                op="nanmean",
            )
        )
    return nansum(input, dim, keepdim, dtype=dtype) / sum(logical_not(isnan(input)), dim, keepdim)
