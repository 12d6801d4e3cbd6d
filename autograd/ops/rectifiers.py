"""Activation functions that are the identity, or a multiple of it, on one side of zero.

Where the value gives the derivative the value is what is kept, so that the input may be overwritten.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from autograd.dtypes import scalar_type
from autograd.errors import describe
from autograd.kernels import elementwise as kernels
from autograd.operation import Op
from autograd.ops.arguments import require_floating, require_tensors, same_type
from autograd.ops.elementary import Binary, Fused
from autograd.ops.generator import Generator, default_generator
from autograd.ops.registry import Maker, Sample, op
from autograd.ops.samples import unary
from autograd.ops.select import clamp, where
from autograd.ops.shape import reshape
from autograd.tensor import Tensor

__all__ = ["COST", "celu", "elu", "leaky_relu", "prelu", "relu", "rrelu", "selu"]

Array = np.ndarray[Any, np.dtype[Any]]

COST = 0.005
"""Microseconds an element of an exponential or a logarithm near 1."""


class ReluBackward(Binary):
    """The gradient where the output of `relu` is positive."""

    __slots__ = ()
    keeps = {0: (1,)}
    compute = staticmethod(kernels.relu_backward)

    def backward(self, grad: Tensor) -> tuple[Tensor | None, None]:
        _, y = self.saved
        return ReluBackward.apply(grad, y) if self.needs_input_grad[0] else None, None


class Relu(Fused):
    """``max(x, 0)``."""

    __slots__ = ()
    keeps_output = True
    compute = staticmethod(kernels.relu)
    pullback = ReluBackward


@op(lambda make: unary(make.nonzero), in_place=True)
def relu(input: Tensor) -> Tensor:
    """Return ``max(input, 0)``; NaN stays NaN.

    Raises
    ------
    RuntimeError
        If `input` is boolean.

    Examples
    --------
    >>> import autograd
    >>> autograd.relu(autograd.tensor([-1.0, 0.0, 2.0]))
    tensor([0., 0., 2.])
    """
    if not isinstance(input, Tensor):
        require_tensors("relu", input=input)
    if input._data.dtype.kind == "b":
        raise RuntimeError(describe("Boolean inputs not supported for relu", op="relu"))
    return Relu.apply(input)


class LeakyRelu(Op):
    """``x`` where it is positive, else ``slope * x``, for a slope that is not negative."""

    __slots__ = ("slope",)
    keeps_output = True

    def forward(self, x: Array, *, slope: float) -> Array:
        self.slope = slope
        return kernels.leaky_relu(x, slope)

    def backward(self, grad: Tensor) -> Tensor:
        result: Tensor = LeakyReluBackward.apply(grad, self.output, slope=self.slope)
        return result


class LeakyReluBackward(Op):
    """The gradient where the output of `leaky_relu` is positive, and ``slope`` times it elsewhere."""

    __slots__ = ("slope",)
    keeps = {0: (1,)}

    def forward(self, grad: Array, y: Array, *, slope: float) -> Array:
        self.slope = slope
        return kernels.leaky_relu_backward(grad, y, slope)

    def backward(self, grad: Tensor) -> tuple[Tensor | None, None]:
        _, y = self.saved
        return LeakyReluBackward.apply(grad, y, slope=self.slope) if self.needs_input_grad[0] else None, None


@op(
    lambda make: [*unary(make.nonzero), Sample(make.nonzero(3, 2), 0.3), Sample(make.nonzero(3), negative_slope=-0.5)],
    method=False,
)
def leaky_relu(input: Tensor, negative_slope: float = 0.01) -> Tensor:
    """Return `input` where it is positive, else ``negative_slope * input``.

    Parameters
    ----------
    input : Tensor
        Of a floating-point dtype.
    negative_slope : float, default 0.01

    Examples
    --------
    >>> import autograd, nn.functional as F
    >>> F.leaky_relu(autograd.tensor([-4.0, 2.0]), 0.5)
    tensor([-2.,  2.])
    """
    require_floating("leaky_relu_cpu", input)
    if negative_slope < 0:
        # The sign of the value no longer tells which side it came from.
        return where(input > 0, input, input * negative_slope)  # type: ignore[no-any-return]
    result: Tensor = LeakyRelu.apply(input, slope=negative_slope)
    return result


def _rrelus(make: Maker) -> Iterator[Sample]:
    yield from unary(make.nonzero)
    yield Sample(make.nonzero(3, 2), 0.1, 0.5)


@op(_rrelus, method=False)
def rrelu(
    input: Tensor,
    lower: float = 1 / 8,
    upper: float = 1 / 3,
    training: bool = False,
    *,
    generator: Generator | None = None,
) -> Tensor:
    """Return `input` where it is positive, else a slope times it: random in training, else the mean slope.

    Xu et al., "Empirical Evaluation of Rectified Activations in Convolutional Network", 2015.

    Parameters
    ----------
    input : Tensor
        Of a floating-point dtype.
    lower, upper : float
        The limits of the slopes, of which every element is given one of its own.
    training : bool, default False
        Whether the slopes are random, or ``(lower + upper) / 2``. `autograd.rrelu` takes a ``generator`` for them.

    Raises
    ------
    RuntimeError
        If ``lower > upper``.

    Examples
    --------
    >>> import autograd, nn.functional as F
    >>> F.rrelu(autograd.tensor([-4.0, 2.0]), lower=0.25, upper=0.75)
    tensor([-2.,  2.])
    """
    if lower > upper:
        raise RuntimeError(
            describe(
                "Lower bound should be less than or equal to the upper bound", op="rrelu", rule=f"{lower} > {upper}"
            )
        )
    require_floating("leaky_relu_cpu", input)
    if not training:
        return leaky_relu(input, (lower + upper) / 2)
    rng = (generator or default_generator).rng
    slopes = Tensor(np.asarray(rng.uniform(lower, upper, input._data.shape), input._data.dtype), None)
    return where(input > 0, input, input * slopes)  # type: ignore[no-any-return]


def _weights(make: Maker) -> Iterator[Sample]:
    for shape, count in (((2, 3, 4), 3), ((2, 3), 1), ((4,), 1), ((0, 3), 3), ((2, 3, 2, 2), 3)):
        yield Sample(make.nonzero(*shape), make(count))


@op(_weights)
def prelu(input: Tensor, weight: Tensor) -> Tensor:
    """Return `input` where it is positive, else ``weight * input``.

    He et al., "Delving Deep into Rectifiers", 2015.

    Parameters
    ----------
    input : Tensor, shape (N, C, ...)
    weight : Tensor, shape (C,) or (1,)

    Raises
    ------
    RuntimeError
        If the sizes do not fit.

    Examples
    --------
    >>> import autograd
    >>> autograd.prelu(autograd.tensor([[-4.0, -4.0], [2.0, 2.0]]), autograd.tensor([0.25, 0.5]))
    tensor([[-1., -2.],
            [ 2.,  2.]])
    """
    require_tensors("prelu", input=input, weight=weight)
    shape, count = input._data.shape, weight._data.size
    if weight._data.ndim > 1:
        raise RuntimeError(
            describe(
                f"prelu: Expected `weight` to be a scalar or 1D tensor, but got: ndim = {weight._data.ndim}", op="prelu"
            )
        )
    if not same_type(input, weight):
        kinds = scalar_type(input._data.dtype), scalar_type(weight._data.dtype)
        raise RuntimeError(
            describe(
                f"prelu: Type promoting not supported. Got {kinds[0]} and {kinds[1]}", op="prelu", fix="x.to(w.dtype)"
            )
        )
    channels = shape[1] if len(shape) > 1 else 1
    if not shape and count != 1:
        raise RuntimeError(describe("Not allow zero-dim input tensor.", op="prelu"))
    if count not in (1, channels):
        raise RuntimeError(
            describe(
                f"Mismatch of parameter numbers and input channel size. Found parameter numbers = {count} and "
                "channel size = "
                f"{channels}.",
                op="prelu",
                shapes={"input": shape, "weight": weight._data.shape},
                rule="one weight, or one a channel (axis 1)",
            )
        )
    slopes = reshape(weight, (-1, *(1,) * (len(shape) - 2)) if count > 1 else ())
    return where(input > 0, input, input * slopes)  # type: ignore[no-any-return]


class Elu(Op):
    """``scale * x`` where `x` is positive, else ``scale * alpha * (exp(x * inner) - 1)``."""

    __slots__ = ("alpha", "inner", "scale")
    keeps_output = True

    def forward(self, x: Array, *, alpha: float, scale: float, inner: float) -> Array:
        self.alpha, self.scale, self.inner = alpha * scale, scale, inner
        below = self.alpha

        def value(x: Array) -> Array:
            return np.where(x > 0, x * scale, np.expm1(np.minimum(x, 0) * inner) * below)

        return kernels.mapped(value, x, COST)

    def backward(self, grad: Tensor) -> Tensor:
        y = self.output
        # At 0 the slope is the left one's, and the curvature 0.
        other = np.where(y._data == 0, self.alpha * self.inner, self.scale).astype(y._data.dtype)
        return grad * where(y < 0, (y + self.alpha) * self.inner, Tensor(other, None))  # type: ignore[no-any-return]


def _elu(input: Tensor, alpha: float, scale: float = 1.0, inner: float = 1.0) -> Tensor:
    require_floating("elu_cpu", input)
    if alpha < 0:
        # The sign of the value no longer tells which side it came from.
        return where(input > 0, input * scale, (clamp(input, max=0) * inner).expm1() * (alpha * scale))  # type: ignore[no-any-return]
    result: Tensor = Elu.apply(input, alpha=alpha, scale=scale, inner=inner)
    return result


@op(
    lambda make: [*unary(make.nonzero), Sample(make.nonzero(3), 0.7), Sample(make.nonzero(3), alpha=-0.7)], method=False
)
def elu(input: Tensor, alpha: float = 1.0) -> Tensor:
    """Return `input` where it is positive, else ``alpha * (exp(input) - 1)`` (Clevert et al., 2016).

    Parameters
    ----------
    input : Tensor
        Of a floating-point dtype.
    alpha : float, default 1
        Minus the limit towards minus infinity.

    Examples
    --------
    >>> import autograd, nn.functional as F
    >>> F.elu(autograd.tensor([-1000.0, 0.0, 2.0]), alpha=0.5)
    tensor([-0.5000,  0.0000,  2.0000])
    """
    return _elu(input, alpha)


@op(lambda make: unary(make.nonzero), method=False)
def selu(input: Tensor) -> Tensor:
    """Return the scaled `elu` that keeps mean 0 and variance 1 (Klambauer et al., 2017).

    Examples
    --------
    >>> import autograd, nn.functional as F
    >>> F.selu(autograd.tensor([-1000.0, 0.0, 1.0]))
    tensor([-1.7581,  0.0000,  1.0507])
    """
    return _elu(input, 1.6732632423543772848170429916717, 1.0507009873554804934193349852946)


@op(lambda make: [*unary(make.nonzero), Sample(make.nonzero(3), 0.7)], method=False)
def celu(input: Tensor, alpha: float = 1.0) -> Tensor:
    """Return `input` where it is positive, else ``alpha * (exp(input / alpha) - 1)`` (Barron, 2017).

    Parameters
    ----------
    input : Tensor
        Of a floating-point dtype.
    alpha : float, default 1
        Minus the limit towards minus infinity; the slope at 0 is 1 with any.

    Raises
    ------
    RuntimeError
        If `alpha` is 0.

    Examples
    --------
    >>> import autograd, nn.functional as F
    >>> F.celu(autograd.tensor([-1000.0, 0.0, 2.0]), alpha=0.5)
    tensor([-0.5000,  0.0000,  2.0000])
    """
    if alpha == 0:
        raise RuntimeError(describe("ZeroDivisionError: alpha cannot be 0 for CELU", op="celu"))
    return _elu(input, alpha, inner=1 / alpha)
