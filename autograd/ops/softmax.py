"""Softmax and its logarithm along an axis."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from autograd.dtypes import numpy_dtype
from autograd.operation import Op
from autograd.ops.arguments import require_floating, require_tensors
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

    @np.errstate(all="ignore")
    def forward(self, x: Array, *, axis: int) -> Array:
        self.axis = axis
        if x.ndim == 0:
            return np.ones_like(x)
        y = _shifted(x, axis)
        np.exp(y, out=y)
        y /= y.sum(axis=axis, keepdims=True)
        return y

    def backward(self, grad: Tensor) -> Tensor:
        result: Tensor = SoftmaxBackward.apply(grad, self.output, axis=self.axis)
        return result


class SoftmaxBackward(Op):
    """``y * (grad - sum(grad * y))`` along an axis, for the output `y` of `softmax`."""

    __slots__ = ("axis",)
    keeps = {0: (1,), 1: (0, 1)}

    def forward(self, grad: Array, y: Array, *, axis: int) -> Array:
        self.axis = axis
        out = grad * y
        out -= y * out.sum(axis=axis, keepdims=True) if y.ndim else out
        return out

    def backward(self, grad: Tensor) -> tuple[Tensor | None, Tensor | None]:
        inner, y = self.saved
        for_inner = for_y = None
        if self.needs_input_grad[0]:
            for_inner = SoftmaxBackward.apply(grad, y, axis=self.axis)
        if self.needs_input_grad[1]:
            centred = inner - sum(inner * y, self.axis, keepdim=True)
            for_y = grad * centred - inner * sum(grad * y, self.axis, keepdim=True)
        return for_inner, for_y


class LogSoftmax(Op):
    """``x - log(sum(exp(x)))`` along an axis."""

    __slots__ = ("axis",)
    keeps_output = True

    @np.errstate(all="ignore")
    def forward(self, x: Array, *, axis: int) -> Array:
        self.axis = axis
        if x.ndim == 0:
            return np.zeros_like(x)
        y = _shifted(x, axis)
        y -= np.log(np.exp(y).sum(axis=axis, keepdims=True))
        return y

    def backward(self, grad: Tensor) -> Tensor:
        result: Tensor = LogSoftmaxBackward.apply(grad, self.output, axis=self.axis)
        return result


class LogSoftmaxBackward(Op):
    """``grad - exp(y) * sum(grad)`` along an axis, for the output `y` of `log_softmax`."""

    __slots__ = ("axis",)
    keeps = {0: (1,), 1: (0, 1)}

    def forward(self, grad: Array, y: Array, *, axis: int) -> Array:
        self.axis = axis
        out = np.exp(y)
        out *= grad.sum(axis=axis, keepdims=True) if y.ndim else grad
        return grad - out

    def backward(self, grad: Tensor) -> tuple[Tensor | None, Tensor | None]:
        inner, y = self.saved
        share = y.exp()
        for_inner = for_y = None
        if self.needs_input_grad[0]:
            for_inner = grad - sum(grad * share, self.axis, keepdim=True)
        if self.needs_input_grad[1]:
            for_y = -grad * share * sum(inner, self.axis, keepdim=True)
        return for_inner, for_y


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
    """Return the logarithm of `softmax`, computed without loss of precision.

    Parameters
    ----------
    input : Tensor
    dim : int
    dtype : dtype, optional
        Convert first.

    Examples
    --------
    >>> import autograd
    >>> autograd.log_softmax(autograd.tensor([0.0, 0.0]), 0)
    tensor([-0.6931, -0.6931])
    >>> autograd.log_softmax(autograd.tensor([0.0, 1000.0]), 0)
    tensor([-1000.,     0.])
    """
    return _along(LogSoftmax, input, dim, dtype, "log_softmax")


@op(_normalised, method=False)
def softmin(input: Tensor, dim: int, dtype: Any = None) -> Tensor:
    """Return the `softmax` of ``-input``."""
    require_tensors("softmin", input=input)
    return softmax(-input, dim, dtype)
