"""Running sums, products and extremes along an axis, differences, and the trapezoidal rule."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd import return_types
from autograd.errors import describe
from autograd.operation import Op
from autograd.ops.arguments import require_floating
from autograd.ops.axes import normalize_axis
from autograd.ops.binary import logaddexp
from autograd.ops.joining import cat
from autograd.ops.logic import ne
from autograd.ops.order import found_along
from autograd.ops.reduce import sum, summand
from autograd.ops.registry import Maker, Sample, op
from autograd.ops.samples import scanned
from autograd.ops.shape import reshape
from autograd.ops.slicing import narrow
from autograd.tensor import Tensor

__all__ = [
    "cummax",
    "cummin",
    "cumprod",
    "cumsum",
    "cumulative_trapezoid",
    "diff",
    "logcumsumexp",
    "trapezoid",
]

Array = np.ndarray[Any, np.dtype[Any]]


class CumSum(Op):
    """Running sum along an axis, from either end; the adjoint of one is the other."""

    __slots__ = ("axis", "reverse")

    @np.errstate(all="ignore")
    def forward(self, x: Array, *, axis: int, reverse: bool = False) -> Array:
        self.axis, self.reverse = axis, reverse
        if x.ndim == 0:
            return x.copy()
        if reverse:
            return np.flip(np.flip(x, axis).cumsum(axis, dtype=x.dtype), axis)
        return x.cumsum(axis, dtype=x.dtype)

    def backward(self, grad: Tensor) -> Tensor:
        result: Tensor = CumSum.apply(grad, axis=self.axis, reverse=not self.reverse)
        return result


@op(lambda make: scanned(make), in_place=True)
def cumsum(input: Tensor, dim: int, *, dtype: Any = None) -> Tensor:
    """Return the running sum along an axis; integers and booleans are summed as int64.

    Parameters
    ----------
    input : Tensor
    dim : int
    dtype : dtype, optional
        The dtype to sum in, and of the result.

    Examples
    --------
    >>> import autograd
    >>> autograd.cumsum(autograd.tensor([[1, 2, 3], [4, 5, 6]]), 1)
    tensor([[ 1,  3,  6],
            [ 4,  9, 15]])
    """
    input = summand(input, dtype)
    result: Tensor = CumSum.apply(input, axis=normalize_axis(dim, input._data.ndim))
    return result


class CumProd(Op):
    """Running product along an axis, of factors that are not zero."""

    __slots__ = ("axis",)
    keeps = {0: (0,)}
    keeps_output = True

    def forward(self, x: Array, *, axis: int) -> Array:
        self.axis = axis
        return x.cumprod(axis, dtype=x.dtype) if x.ndim else x.copy()

    def backward(self, grad: Tensor) -> Tensor:
        (x,) = self.saved
        total: Tensor = CumSum.apply(grad * self.output, axis=self.axis, reverse=True)
        return total / x  # type: ignore[no-any-return]


def scan(combine: Callable[[Tensor, Tensor], Tensor], input: Tensor, axis: int) -> Tensor:
    """Return the running combination along an axis in steps that double (Hillis and Steele, 1986): no division."""
    if input._data.ndim == 0:
        return input.clone()  # type: ignore[no-any-return]
    n, step = input._data.shape[axis], 1
    while step < n:
        head = narrow(input, axis, 0, step)
        input = cat([head, combine(narrow(input, axis, step, n - step), narrow(input, axis, 0, n - step))], axis)
        step *= 2
    return input


def _factors(make: Maker) -> list[Sample]:
    zeros = make.nonzero(2, 5)
    zeros._data[0, 2] = zeros._data[1, 0] = zeros._data[1, 3] = 0
    return [*scanned(make.nonzero), Sample(zeros, 1)]


@op(_factors, in_place=True)
def cumprod(input: Tensor, dim: int, *, dtype: Any = None) -> Tensor:
    """Return the running product along an axis; its gradient is exact where factors are zero.

    Parameters
    ----------
    input : Tensor
    dim : int
    dtype : dtype, optional
        The dtype to multiply in, and of the result.

    Examples
    --------
    >>> import autograd
    >>> autograd.cumprod(autograd.tensor([1, 2, 3, 4]), 0)
    tensor([ 1,  2,  6, 24])
    """
    input = summand(input, dtype)
    axis = normalize_axis(dim, input._data.ndim)
    if input.requires_grad and not input._data.all():
        return scan(lambda a, b: a * b, input, axis)
    result: Tensor = CumProd.apply(input, axis=axis)
    return result


@op(lambda make: scanned(make))
def logcumsumexp(input: Tensor, dim: int) -> Tensor:
    """Return the logarithm of the running sum of ``exp(input)``, without overflow.

    Parameters
    ----------
    input : Tensor
        Of a floating-point dtype.
    dim : int

    Examples
    --------
    >>> import autograd
    >>> autograd.logcumsumexp(autograd.tensor([0.0, 1000.0, -1000.0]), 0)
    tensor([   0., 1000., 1000.])
    """
    axis = normalize_axis(dim, input._data.ndim)
    require_floating("logcumsumexp_out_cpu", input)
    return scan(logaddexp, input, axis)


def _records(best: np.ufunc, x: Array, axis: int) -> Array:
    """Return the positions of the running extreme: the last of equal ones, and from a NaN on the NaN."""
    running = best.accumulate(x, axis)
    rank = np.arange(x.shape[axis]).reshape([-1 if d == axis else 1 for d in range(x.ndim)])
    # An element is a record where it equals the extreme so far; NaN is one wherever it appears.
    return np.maximum.accumulate(np.where((x == running) | np.isnan(x), rank, 0), axis)


@op(lambda make: scanned(make.distinct))
def cummax(input: Tensor, dim: int) -> Any:
    """Return the largest element so far along an axis, and its last position.

    Parameters
    ----------
    input : Tensor
    dim : int

    Returns
    -------
    values, indices : Tensor, of the shape of `input`
        From a NaN on, NaN.

    Examples
    --------
    >>> import autograd
    >>> values, indices = autograd.cummax(autograd.tensor([1, 3, 2, 3]), 0)
    >>> values, indices
    (tensor([1, 3, 3, 3]), tensor([0, 1, 1, 3]))
    """
    return return_types.cummax(*found_along(input, lambda x, axis: _records(np.maximum, x, axis), dim))


@op(lambda make: scanned(make.distinct))
def cummin(input: Tensor, dim: int) -> Any:
    """Return the smallest element so far along an axis, and its last position.

    Parameters
    ----------
    input : Tensor
    dim : int

    Returns
    -------
    values, indices : Tensor, of the shape of `input`
        From a NaN on, NaN.

    Examples
    --------
    >>> import autograd
    >>> values, indices = autograd.cummin(autograd.tensor([3, 1, 2, 1]), 0)
    >>> values, indices
    (tensor([3, 1, 1, 1]), tensor([0, 1, 1, 3]))
    """
    return return_types.cummin(*found_along(input, lambda x, axis: _records(np.minimum, x, axis), dim))


@op(
    lambda make: [
        Sample(make(3, 4)),
        Sample(make(3, 4), 2, dim=0),
        Sample(make(3, 4), dim=-1, prepend=make(3, 1), append=make(3, 2)),
        Sample(make(2), 3),
        Sample(make(0, 3)),
    ]
)
def diff(
    input: Tensor, n: int = 1, dim: int = -1, prepend: Tensor | None = None, append: Tensor | None = None
) -> Tensor:
    """Return the differences of neighbours along an axis, taken `n` times.

    Parameters
    ----------
    input : Tensor
    n : int, default 1
    dim : int, default -1
    prepend, append : Tensor, optional
        Joined to `input` along `dim` first.

    Returns
    -------
    Tensor
        Along `dim`, `n` elements fewer than there were.

    Raises
    ------
    RuntimeError
        If `input` has no axes, or `n` is negative.

    Examples
    --------
    >>> import autograd
    >>> autograd.diff(autograd.tensor([1, 4, 9, 16]))
    tensor([3, 5, 7])
    >>> autograd.diff(autograd.tensor([1, 4, 9, 16]), n=2)
    tensor([2, 2])
    """
    if input._data.ndim == 0:
        raise RuntimeError(describe("diff expects input to be at least one-dimensional", op="diff"))
    if n < 0:
        raise RuntimeError(describe(f"order must be non-negative but got {n}", op="diff"))
    if n == 0:
        return input
    axis = normalize_axis(dim, input._data.ndim)
    parts = [x for x in (prepend, input, append) if x is not None]
    input = cat(parts, axis) if len(parts) > 1 else input
    for _ in range(min(n, input._data.shape[axis])):
        length = max(input._data.shape[axis] - 1, 0)
        high, low = narrow(input, axis, min(1, input._data.shape[axis]), length), narrow(input, axis, 0, length)
        input = ne(high, low) if input._data.dtype.kind == "b" else high - low
    return input


def _strips(y: Tensor, x: Tensor | None, dx: Any, dim: int, name: str) -> tuple[Tensor, int]:
    """Return the areas between neighbours along an axis."""
    if y._data.dtype.kind == "b":
        raise RuntimeError(describe(f"{name}: received a bool input for `y`, but bool is not supported", op=name))
    axis = normalize_axis(dim, y._data.ndim)
    pairs = max(y._data.shape[axis] - 1, 0)
    means = (narrow(y, axis, min(1, y._data.shape[axis]), pairs) + narrow(y, axis, 0, pairs)) / 2
    if x is None:
        return means * (1 if dx is None else dx), axis
    if x._data.ndim == 1:
        x = reshape(x, [-1 if d == axis else 1 for d in range(y._data.ndim)])
    along = axis - y._data.ndim
    if x._data.shape[along] != y._data.shape[axis]:
        raise RuntimeError(
            describe(
                f"{name}: There must be one `x` value for each sample point",
                op=name,
                shapes={"y": y._data.shape, "x": x._data.shape},
            )
        )
    return means * diff(x, dim=along), axis


_CURVES: Callable[[Maker], list[Sample]] = lambda make: [  # noqa: E731
    Sample(make(3, 4)),
    Sample(make(3, 4), make(4)),
    Sample(make(3, 4), make(3, 4), dim=0),
    Sample(make(3, 4), dx=0.5, dim=0),
    Sample(make(2, 1)),
]


@op(_CURVES, method=False, aliases=("trapz",))
def trapezoid(y: Tensor, x: Tensor | None = None, *, dx: Any = None, dim: int = -1) -> Tensor:
    """Return the integral along an axis by the trapezoidal rule, at abscissae `x` or with spacing `dx`.

    Parameters
    ----------
    y : Tensor, shape (..., n, ...)
    x : Tensor, shape (n,) or that of `y`, optional
        Not together with `dx`.
    dx : number, default 1
    dim : int, default -1

    Returns
    -------
    Tensor
        Without the axis.

    Examples
    --------
    >>> import autograd
    >>> autograd.trapezoid(autograd.tensor([0.0, 1.0, 2.0]), autograd.tensor([0.0, 1.0, 3.0]))
    tensor(3.5000)
    """
    areas, axis = _strips(y, x, dx, dim, "trapezoid")
    return sum(areas, axis)


@op(_CURVES, method=False)
def cumulative_trapezoid(y: Tensor, x: Tensor | None = None, *, dx: Any = None, dim: int = -1) -> Tensor:
    """Return the running integral along an axis by the trapezoidal rule.

    See `trapezoid` for the parameters.

    Returns
    -------
    Tensor, shape (..., n - 1, ...)

    Examples
    --------
    >>> import autograd
    >>> autograd.cumulative_trapezoid(autograd.tensor([0.0, 1.0, 2.0]), autograd.tensor([0.0, 1.0, 3.0]))
    tensor([0.5000, 3.5000])
    """
    return cumsum(*_strips(y, x, dx, dim, "cumulative_trapezoid"))
