"""Softmax and its logarithm along an axis."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from autograd.dtypes import numpy_dtype
from autograd.node import Op
from autograd.ops.arguments import require_floating
from autograd.ops.axes import normalize_axis
from autograd.ops.promote import cast
from autograd.ops.reduce import sum
from autograd.ops.registry import Maker, Sample, op
from autograd.tensor import Tensor

__all__ = ["log_softmax", "softmax", "softmin"]

Array = np.ndarray[Any, np.dtype[Any]]


def _shifted(x: Array, axis: int) -> Array:
    """Return `x` less its largest element along an axis, against overflow."""
    return x - x.max(axis=axis, keepdims=True) if x.size else x.copy()


class Softmax(Op):
    """``exp(x) / sum(exp(x))`` along an axis."""

    __slots__ = ("axis",)
    keeps_output = True

    @np.errstate(invalid="ignore", divide="ignore")
    def forward(self, x: Array, *, axis: int) -> Array:
        self.axis = axis
        if x.ndim == 0:
            return np.ones_like(x)
        y = np.exp(_shifted(x, axis))
        y /= y.sum(axis=axis, keepdims=True)
        return y

    def backward(self, grad: Tensor) -> Tensor:
        y = self.output
        weighted = grad * y
        return weighted - y * sum(weighted, self.axis, keepdim=True)


class LogSoftmax(Op):
    """``x - log(sum(exp(x)))`` along an axis."""

    __slots__ = ("axis",)
    keeps_output = True

    @np.errstate(invalid="ignore", divide="ignore")
    def forward(self, x: Array, *, axis: int) -> Array:
        self.axis = axis
        if x.ndim == 0:
            return np.zeros_like(x)
        y = _shifted(x, axis)
        y -= np.log(np.exp(y).sum(axis=axis, keepdims=True))
        return y

    def backward(self, grad: Tensor) -> Tensor:
        return grad - self.output.exp() * sum(grad, self.axis, keepdim=True)  # type: ignore[no-any-return]


def _normalised(make: Maker) -> Iterator[Sample]:
    yield Sample(make(3, 4), 1)
    yield Sample(make(2, 3, 2), dim=-2)
    yield Sample(make(3), 0)
    yield Sample(make(), 0)
    yield Sample(make(0, 3), 1)


def _along(node: type[Op], input: Tensor, dim: int, dtype: Any, name: str) -> Tensor:
    if dtype is not None:
        input = cast(input, numpy_dtype(dtype))
    axis = normalize_axis(dim, input._data.ndim)
    last = "lastdim_" if axis == input._data.ndim - 1 else ""
    require_floating(f"{name}_{last}kernel_impl", input)
    result: Tensor = node.apply(input, axis=axis)
    return result


@op(_normalised)
def softmax(input: Tensor, dim: int, dtype: Any = None) -> Tensor:
    """Return ``exp(input) / sum(exp(input))`` along an axis.

    Parameters
    ----------
    input : Tensor
    dim : int
    dtype : dtype, optional
        Convert first.

    Raises
    ------
    NotImplementedError
        For integers without a floating-point `dtype`.

    Examples
    --------
    >>> import autograd
    >>> autograd.softmax(autograd.tensor([0.0, 0.0]), 0)
    tensor([0.5000, 0.5000])
    """
    return _along(Softmax, input, dim, dtype, "softmax")


@op(_normalised)
def log_softmax(input: Tensor, dim: int, dtype: Any = None) -> Tensor:
    """Return the logarithm of `softmax`, computed without loss of precision."""
    return _along(LogSoftmax, input, dim, dtype, "log_softmax")


@op(_normalised, method=False)
def softmin(input: Tensor, dim: int, dtype: Any = None) -> Tensor:
    """Return the `softmax` of ``-input``."""
    return softmax(-input, dim, dtype)
