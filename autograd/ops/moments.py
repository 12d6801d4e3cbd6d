"""Variances and standard deviations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import prod
from typing import Any

import numpy as np

from autograd.errors import describe
from autograd.operation import Op
from autograd.ops.arguments import is_floating
from autograd.ops.axes import normalize_axes
from autograd.ops.reduce import keep_axes, mean
from autograd.ops.registry import Maker, Sample, op
from autograd.ops.samples import reduced
from autograd.ops.select import where
from autograd.tensor import Tensor

__all__ = ["std", "std_mean", "var", "var_mean"]

Array = np.ndarray[Any, np.dtype[Any]]
Axes = int | Sequence[int] | None


class Var(Op):
    """Sum of squared deviations over axes, divided by ``count - correction``."""

    __slots__ = ("axes", "factor")
    keeps = {0: (0,)}

    @np.errstate(all="ignore")
    def forward(self, x: Array, *, axes: tuple[int, ...], correction: float, keepdim: bool) -> Array:
        self.axes = axes
        count = prod([x.shape[axis] for axis in axes])
        self.factor = np.divide(1, max(count - correction, 0), dtype=x.dtype)
        deviations = x - x.sum(axis=axes, keepdims=True, dtype=x.dtype) / x.dtype.type(count)
        return np.square(deviations).sum(axis=axes, keepdims=keepdim) * self.factor  # type: ignore[no-any-return]

    def backward(self, grad: Tensor) -> Tensor:
        (x,) = self.saved
        scaled = keep_axes(grad, x._data.shape, self.axes) * float(2 * self.factor)
        return scaled * (x - mean(x, self.axes, keepdim=True) if self.axes else x - x)  # type: ignore[no-any-return]


class Std(Var):
    """Square root of the variance; flat where it is zero."""

    __slots__ = ()
    keeps_output = True

    @np.errstate(all="ignore")
    def forward(self, x: Array, *, axes: tuple[int, ...], correction: float, keepdim: bool) -> Array:
        return np.sqrt(super().forward(x, axes=axes, correction=correction, keepdim=keepdim))

    def backward(self, grad: Tensor) -> Tensor:
        deviation = self.output
        flat = deviation == 0
        return super().backward(where(flat, 0, grad / (2 * where(flat, 1, deviation))))


def _spread(
    node: type[Var],
    input: Tensor,
    dim: Any,
    unbiased: Any,
    keepdim: bool,
    correction: Any,
    name: str = "std and var",
) -> Tensor:
    if not is_floating(input):
        raise RuntimeError(describe(f"{name} only support floating point and complex dtypes", op=node.__name__.lower()))
    if isinstance(dim, bool):
        # PyTorch's older form: var(input, unbiased).
        dim, unbiased = None, dim
    if correction is None:
        correction = 0 if unbiased is False else 1
    axes = normalize_axes(dim, input._data.ndim)
    result: Tensor = node.apply(input, axes=axes, correction=correction, keepdim=keepdim)
    return result


def _spreads(make: Maker) -> Iterator[Sample]:
    for sample in reduced(make):
        if 0 not in sample.args[0]._data.shape and sample.args[0]._data.ndim:
            yield sample
    yield Sample(make(2, 5), 1, unbiased=False)
    yield Sample(make(2, 5), dim=1, correction=2, keepdim=True)
    yield Sample(make(2, 5), dim=(0, 1), correction=0)
    yield Sample(make(0, 3), 1)


@op(_spreads)
def var(
    input: Tensor, dim: Any = None, unbiased: bool | None = None, keepdim: bool = False, *, correction: Any = None
) -> Tensor:
    """Return the variance over all axes or those in `dim`.

    Parameters
    ----------
    input : Tensor
    dim : int or sequence of int, optional
    unbiased : bool, optional
        PyTorch's older way to say ``correction=1`` (the default) or ``correction=0``.
    keepdim : bool
    correction : number, optional
        The sum of squared deviations is divided by the count less this.

    Raises
    ------
    RuntimeError
        For integers.

    Examples
    --------
    >>> import autograd
    >>> x = autograd.tensor([1.0, 2.0, 3.0])
    >>> autograd.var(x), autograd.var(x, correction=0)
    (tensor(1.), tensor(0.6667))
    """
    return _spread(Var, input, dim, unbiased, keepdim, correction)


@op(_spreads)
def std(
    input: Tensor, dim: Any = None, unbiased: bool | None = None, keepdim: bool = False, *, correction: Any = None
) -> Tensor:
    """Return the standard deviation over all axes or those in `dim`; see `var`. Its derivative where it is 0 is 0.

    Parameters
    ----------
    input, dim, unbiased, keepdim, correction
        As in `var`.

    Examples
    --------
    >>> import autograd
    >>> autograd.std(autograd.tensor([1.0, 2.0, 3.0]))
    tensor(1.)
    """
    return _spread(Std, input, dim, unbiased, keepdim, correction)


@op(_spreads, method=False)
def var_mean(
    input: Tensor, dim: Any = None, unbiased: bool | None = None, keepdim: bool = False, *, correction: Any = None
) -> tuple[Tensor, Tensor]:
    """Return the variance and the mean; see `var`.

    Parameters
    ----------
    input, dim, unbiased, keepdim, correction
        As in `var`.

    Returns
    -------
    Tensor, Tensor

    Examples
    --------
    >>> import autograd
    >>> autograd.var_mean(autograd.tensor([[1.0, 2.0, 3.0]]), 1)
    (tensor([1.]), tensor([2.]))
    """
    axes = None if isinstance(dim, bool) else dim
    return _spread(Var, input, dim, unbiased, keepdim, correction, "var_mean"), mean(input, axes, keepdim)


@op(_spreads, method=False)
def std_mean(
    input: Tensor, dim: Any = None, unbiased: bool | None = None, keepdim: bool = False, *, correction: Any = None
) -> tuple[Tensor, Tensor]:
    """Return the standard deviation and the mean; see `var`.

    Parameters
    ----------
    input, dim, unbiased, keepdim, correction
        As in `var`.

    Returns
    -------
    Tensor, Tensor

    Examples
    --------
    >>> import autograd
    >>> autograd.std_mean(autograd.tensor([[1.0, 2.0, 3.0]]), 1)
    (tensor([1.]), tensor([2.]))
    """
    axes = None if isinstance(dim, bool) else dim
    return _spread(Std, input, dim, unbiased, keepdim, correction, "std_mean"), mean(input, axes, keepdim)
