"""Activation functions as networks call them: with ``inplace``, and with the softmax's axis left open."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from inspect import Parameter, signature
from typing import Any

from autograd import Tensor
from autograd.ops import activation
from autograd.ops import softmax as softmaxes
from autograd.ops.arguments import require_tensors
from autograd.ops.inplace import guard, overwrite

__all__ = [
    "celu",
    "celu_",
    "elu",
    "elu_",
    "hardsigmoid",
    "hardswish",
    "hardtanh",
    "hardtanh_",
    "leaky_relu",
    "leaky_relu_",
    "log_softmax",
    "mish",
    "relu",
    "relu6",
    "relu_",
    "rrelu",
    "rrelu_",
    "selu",
    "selu_",
    "silu",
    "softmax",
    "softmin",
    "threshold",
    "threshold_",
]

Activation = Callable[..., Tensor]

# Their gradients need the output only, so that the input need not be kept for them.
BY_OUTPUT = (activation.relu, activation.leaky_relu, activation.hardtanh, activation.relu6)


def _overwriting(function: Activation) -> Activation:
    """Return the in-place form of an activation."""
    name = f"{function.__name__}_"

    @functools.wraps(function)
    def in_place(input: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        require_tensors(name, input=input)
        guard(input, name)
        source = input.clone() if input.requires_grad and function not in BY_OUTPUT else input
        return overwrite(input, function(source, *args, **kwargs), name)

    in_place.__name__ = in_place.__qualname__ = name
    in_place.__doc__ = f"In-place form of `{function.__name__}`; returns the tensor."
    return in_place


def _optional(function: Activation) -> Activation:
    """Return an activation with a last argument ``inplace``."""
    call = signature(function)
    places = [p for p in call.parameters.values() if p.kind is Parameter.POSITIONAL_OR_KEYWORD]
    in_place = _overwriting(function)

    @functools.wraps(function)
    def either(*args: Any, inplace: bool = False, **kwargs: Any) -> Tensor:
        if len(args) > len(places):
            *args, inplace = args  # type: ignore[assignment]
        return (in_place if inplace else function)(*args, **kwargs)

    option = Parameter("inplace", Parameter.POSITIONAL_OR_KEYWORD, default=False, annotation="bool")
    either.__signature__ = call.replace(parameters=[*places, option])  # type: ignore[attr-defined]
    return either


celu = _optional(activation.celu)
elu = _optional(activation.elu)
hardsigmoid = _optional(activation.hardsigmoid)
hardswish = _optional(activation.hardswish)
hardtanh = _optional(activation.hardtanh)
leaky_relu = _optional(activation.leaky_relu)
mish = _optional(activation.mish)
relu = _optional(activation.relu)
relu6 = _optional(activation.relu6)
rrelu = _optional(activation.rrelu)
selu = _optional(activation.selu)
silu = _optional(activation.silu)
threshold = _optional(activation.threshold)

celu_ = _overwriting(activation.celu)
elu_ = _overwriting(activation.elu)
hardtanh_ = _overwriting(activation.hardtanh)
leaky_relu_ = _overwriting(activation.leaky_relu)
relu_ = _overwriting(activation.relu)
rrelu_ = _overwriting(activation.rrelu)
selu_ = _overwriting(activation.selu)
threshold_ = _overwriting(activation.threshold)


def _axis(dim: int | None, input: Tensor, name: str, stacklevel: int) -> int:
    """Return the axis, chosen as early versions did where it was left out."""
    if dim is not None:
        return dim
    warnings.warn(
        f"Implicit dimension choice for {name} has been deprecated. Change the call to include dim=X as an argument.",
        UserWarning,
        stacklevel=stacklevel,
    )
    return 0 if input.ndim in (0, 1, 3) else 1


def softmax(input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Tensor:
    """Return ``exp(x) / sum(exp(x))`` along `dim`; leaving it out is deprecated.

    Parameters
    ----------
    input : Tensor
    dim : int
    dtype : dtype, optional
        The input is converted to it first.

    Warns
    -----
    UserWarning
        If `dim` is left out.

    Examples
    --------
    >>> import autograd
    >>> import nn.functional as F
    >>> F.softmax(autograd.zeros(2, 4), dim=1)
    tensor([[0.2500, 0.2500, 0.2500, 0.2500],
            [0.2500, 0.2500, 0.2500, 0.2500]])
    """
    return softmaxes.softmax(input, _axis(dim, input, "softmax", _stacklevel), dtype)


def log_softmax(input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Tensor:
    """Return ``x - log(sum(exp(x)))`` along `dim`; leaving it out is deprecated.

    Computed from ``x - max(x)``, so that it does not overflow.

    Parameters
    ----------
    input : Tensor
    dim : int
    dtype : dtype, optional
        The input is converted to it first.

    Warns
    -----
    UserWarning
        If `dim` is left out.

    Examples
    --------
    >>> import autograd
    >>> import nn.functional as F
    >>> F.log_softmax(autograd.tensor([1000.0, 0.0]), dim=0)
    tensor([    0., -1000.])
    """
    return softmaxes.log_softmax(input, _axis(dim, input, "log_softmax", _stacklevel), dtype)


def softmin(input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Tensor:
    """Return ``exp(-x) / sum(exp(-x))`` along `dim`; leaving it out is deprecated.

    Parameters
    ----------
    input : Tensor
    dim : int
    dtype : dtype, optional
        The input is converted to it first.

    Warns
    -----
    UserWarning
        If `dim` is left out.

    Examples
    --------
    >>> import autograd
    >>> import nn.functional as F
    >>> F.softmin(autograd.tensor([0.0, 1000.0]), dim=0)
    tensor([1., 0.])
    """
    return softmaxes.softmin(input, _axis(dim, input, "softmin", _stacklevel), dtype)
