"""Activation functions: gates and the smooth relatives of rectifiers, which `rectifiers` holds.

Where the value gives the derivative the value is what is kept, so that the input may be overwritten.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd.errors import describe
from autograd.kernels import elementwise as kernels
from autograd.operation import Op
from autograd.ops.arguments import require_floating, require_tensors
from autograd.ops.axes import normalize_axis
from autograd.ops.elementary import Binary, Fused
from autograd.ops.piecewise import hardshrink, hardsigmoid, hardswish, hardtanh, relu6, softshrink, threshold
from autograd.ops.promote import promote_float
from autograd.ops.rectifiers import COST, celu, elu, leaky_relu, prelu, relu, rrelu, selu
from autograd.ops.registry import Sample, op
from autograd.ops.rounding import abs
from autograd.ops.samples import unary
from autograd.ops.select import where
from autograd.ops.slicing import narrow
from autograd.ops.special import ndtr
from autograd.ops.transcend import tanh
from autograd.tensor import Tensor

__all__ = [
    "celu",
    "elu",
    "gelu",
    "glu",
    "hardshrink",
    "hardsigmoid",
    "hardswish",
    "hardtanh",
    "leaky_relu",
    "logsigmoid",
    "mish",
    "prelu",
    "relu",
    "relu6",
    "rrelu",
    "selu",
    "sigmoid",
    "silu",
    "softplus",
    "softshrink",
    "softsign",
    "tanhshrink",
    "threshold",
]

Array = np.ndarray[Any, np.dtype[Any]]


class SigmoidBackward(Binary):
    """``grad * y * (1 - y)`` for the output `y` of `sigmoid`."""

    __slots__ = ()
    keeps = {0: (1,), 1: (0, 1)}
    compute = staticmethod(kernels.sigmoid_backward)

    def backward(self, grad: Tensor) -> tuple[Tensor | None, Tensor | None]:
        inner, y = self.saved
        for_inner, for_y = self.needs_input_grad
        return SigmoidBackward.apply(grad, y) if for_inner else None, grad * inner * (1 - 2 * y) if for_y else None


class Sigmoid(Fused):
    """``1 / (1 + exp(-x))``."""

    __slots__ = ()
    keeps_output = True
    compute = staticmethod(kernels.sigmoid)
    pullback = SigmoidBackward


@op(lambda make: unary(make), in_place=True)
def sigmoid(input: Tensor) -> Tensor:
    """Return ``1 / (1 + exp(-input))``.

    Examples
    --------
    >>> import autograd
    >>> autograd.sigmoid(autograd.tensor([0.0, -1000.0, 1000.0]))
    tensor([0.5000, 0.0000, 1.0000])
    """
    if not isinstance(input, Tensor) or input._data.dtype.kind != "f":
        input = promote_float(input, "sigmoid")
    return Sigmoid.apply(input)


class Softplus(Op):
    """``log(1 + exp(beta * x)) / beta``, and `x` itself where ``beta * x`` is above a threshold."""

    __slots__ = ("beta", "threshold")
    keeps = {0: (0,)}

    @np.errstate(all="ignore")
    def forward(self, x: Array, *, beta: float, threshold: float) -> Array:
        self.beta, self.threshold = beta, threshold

        def value(x: Array) -> Array:
            scaled = x * beta
            return np.where(scaled > threshold, x, np.log1p(np.exp(np.minimum(scaled, threshold))) / beta)

        return kernels.mapped(value, x, COST)

    def backward(self, grad: Tensor) -> Tensor:
        (x,) = self.saved
        scaled = x * self.beta
        return where(scaled > self.threshold, grad, grad * sigmoid(scaled))  # type: ignore[no-any-return]


@op(
    lambda make: [*unary(make), Sample(make(3, 2), 2.0), Sample(make(3, 2), beta=4.0, threshold=1.0)],
    method=False,
)
def softplus(input: Tensor, beta: float = 1.0, threshold: float = 20.0) -> Tensor:
    """Return ``log(1 + exp(beta * input)) / beta``; `input` itself where ``beta * input > threshold``.

    Parameters
    ----------
    input : Tensor
        Of a floating-point dtype.
    beta : float, default 1
        The larger, the nearer to `relu`.
    threshold : float, default 20
        Of ``beta * input``.

    Examples
    --------
    >>> import autograd, nn.functional as F
    >>> F.softplus(autograd.tensor([-1000.0, 1000.0]))
    tensor([   0., 1000.])
    """
    require_floating("softplus_cpu", input)
    result: Tensor = Softplus.apply(input, beta=beta, threshold=threshold)
    return result


class LogSigmoid(Op):
    """``-log(1 + exp(-x))``."""

    __slots__ = ()
    keeps = {0: (0,)}

    def forward(self, x: Array) -> Array:
        # A complex step needs the side that the real part is on, not the modulus.
        size = np.abs(x) if x.dtype.kind == "f" else np.where(x.real < 0, -x, x)
        return np.minimum(x, 0) - np.log1p(np.exp(-size))

    def backward(self, grad: Tensor) -> Tensor:
        (x,) = self.saved
        return grad * sigmoid(-x)


@op(lambda make: unary(make), method=False)
def logsigmoid(input: Tensor) -> Tensor:
    """Return ``log(1 / (1 + exp(-input)))`` without overflow.

    Examples
    --------
    >>> import autograd, nn.functional as F
    >>> F.logsigmoid(autograd.tensor([-1000.0, 1000.0]))
    tensor([-1000.,     0.])
    """
    require_floating("log_sigmoid_cpu", input)
    result: Tensor = LogSigmoid.apply(input)
    return result


@op(lambda make: [*unary(make), Sample(make(3, 2), approximate="tanh")], method=False)
def gelu(input: Tensor, *, approximate: str = "none") -> Tensor:
    """Return ``input * Phi(input)`` with the normal distribution function Phi (Hendrycks and Gimpel, 2016).

    Parameters
    ----------
    input : Tensor
        Of a floating-point dtype.
    approximate : {'none', 'tanh'}
        With 'tanh', ``0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3)))``.

    Raises
    ------
    RuntimeError
        If `approximate` is neither.

    Examples
    --------
    >>> import autograd, nn.functional as F
    >>> F.gelu(autograd.tensor([-1.0, 0.0, 1.0]))
    tensor([-0.1587,  0.0000,  0.8413])
    """
    if approximate not in ("none", "tanh"):
        raise RuntimeError(describe("approximate argument must be either none or tanh.", op="gelu"))
    require_floating("GeluKernelImpl", input)
    if approximate == "none":
        return input * ndtr(input)
    return 0.5 * input * (1 + tanh(math.sqrt(2 / math.pi) * (input + 0.044715 * input**3)))


@op(lambda make: unary(make), method=False)
def silu(input: Tensor) -> Tensor:
    """Return ``input * sigmoid(input)``, also called swish (Ramachandran et al., 2017).

    Examples
    --------
    >>> import autograd, nn.functional as F
    >>> F.silu(autograd.tensor([-1.0, 0.0, 1.0]))
    tensor([-0.2689,  0.0000,  0.7311])
    """
    require_floating("silu_cpu", input)
    return input * sigmoid(input)


@op(lambda make: unary(make), method=False)
def mish(input: Tensor) -> Tensor:
    """Return ``input * tanh(softplus(input))`` (Misra, 2019).

    Examples
    --------
    >>> import autograd, nn.functional as F
    >>> F.mish(autograd.tensor([-1.0, 0.0, 1.0]))
    tensor([-0.3034,  0.0000,  0.8651])
    """
    require_floating("mish_cpu", input)
    return input * tanh(softplus(input))


@op(lambda make: unary(make.nonzero), method=False)
def softsign(input: Tensor) -> Tensor:
    """Return ``input / (1 + |input|)``.

    Examples
    --------
    >>> import autograd, nn.functional as F
    >>> F.softsign(autograd.tensor([-1.0, 0.0, 3.0]))
    tensor([-0.5000,  0.0000,  0.7500])
    """
    require_tensors("softsign", input=input)
    return input / (abs(input) + 1)


@op(lambda make: unary(make), method=False)
def tanhshrink(input: Tensor) -> Tensor:
    """Return ``input - tanh(input)``.

    Examples
    --------
    >>> import autograd, nn.functional as F
    >>> F.tanhshrink(autograd.tensor([-100.0, 0.0, 100.0]))
    tensor([-99.,   0.,  99.])
    """
    return input - tanh(input)


@op(
    lambda make: [Sample(make(3, 4)), Sample(make(4, 2), 0), Sample(make(2, 4, 3), dim=-2), Sample(make(0, 2), 1)],
    method=False,
)
def glu(input: Tensor, dim: int = -1) -> Tensor:
    """Return ``a * sigmoid(b)`` for the halves `a` and `b` of `input` along an axis (Dauphin et al., 2017).

    Parameters
    ----------
    input : Tensor, shape (..., 2n, ...)
    dim : int, default -1
        The axis that is halved.

    Returns
    -------
    Tensor, shape (..., n, ...)

    Raises
    ------
    RuntimeError
        If the axis is odd, or there is none.

    Examples
    --------
    >>> import autograd, nn.functional as F
    >>> F.glu(autograd.tensor([3.0, 4.0, 0.0, 1000.0]))
    tensor([1.5000, 4.0000])
    """
    require_tensors("glu", input=input)
    shape = input._data.shape
    if not shape:
        raise RuntimeError(describe("glu does not support scalars because halving size must be even", op="glu"))
    axis = normalize_axis(dim, len(shape))
    if shape[axis] % 2:
        raise RuntimeError(
            describe(
                f"Halving dimension must be even, but dimension {axis} is size {shape[axis]}",
                op="glu",
                shapes={"input": shape},
            )
        )
    require_floating("glu_cpu", input)
    half = shape[axis] // 2
    return narrow(input, axis, 0, half) * sigmoid(narrow(input, axis, half, half))
