"""Initial values scaled by the fans of the weight, so that the variance of the signal is kept from layer to layer."""

from __future__ import annotations

import math
import warnings
from typing import Any

from autograd import Tensor
from autograd.errors import describe
from nn.init.filling import normal_, uniform_

__all__ = [
    "calculate_gain",
    "kaiming_normal_",
    "kaiming_uniform_",
    "xavier_normal_",
    "xavier_uniform_",
]

_LINEAR = ("linear", "sigmoid", *(f"conv{kind}{rank}d" for kind in ("", "_transpose") for rank in (1, 2, 3)))
_GAINS = {**dict.fromkeys(_LINEAR, 1.0), "tanh": 5 / 3, "relu": math.sqrt(2), "selu": 3 / 4}


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """Return the factor by which weights before a nonlinearity are scaled up to keep the variance of the signal.

    Parameters
    ----------
    nonlinearity : str
        ``'linear'``, ``'conv1d'`` ... ``'conv_transpose3d'``, ``'sigmoid'``: 1; ``'tanh'``: 5/3; ``'relu'``: sqrt(2);
        ``'leaky_relu'``: sqrt(2 / (1 + slope^2)); ``'selu'``: 3/4.
    param : float, optional
        The slope of ``'leaky_relu'``, by default 0.01.

    Raises
    ------
    ValueError
        If the name is unknown, or the slope is not a number.

    Examples
    --------
    >>> calculate_gain("leaky_relu", 0)
    1.4142135623730951
    """
    if nonlinearity == "leaky_relu":
        slope = 0.01 if param is None else param
        if isinstance(slope, bool) or not isinstance(slope, int | float):
            raise ValueError(describe(f"negative_slope {param} not a valid number"))
        return math.sqrt(2 / (1 + slope**2))
    if nonlinearity not in _GAINS:
        raise ValueError(describe(f"Unsupported nonlinearity {nonlinearity}", rule=f"one of {[*_GAINS, 'leaky_relu']}"))
    return _GAINS[nonlinearity]


def xavier_uniform_(tensor: Tensor, gain: float = 1.0, generator: Any = None) -> Tensor:
    """Fill from U(-a, a), ``a = gain sqrt(6 / (fan_in + fan_out))`` (Glorot & Bengio 2010).

    The fans are the numbers of inputs of an output and of outputs of an input; `gain` is `calculate_gain`'s.

    Parameters
    ----------
    tensor : Tensor, shape (O, C, k...)
    gain : float, default 1
    generator : Generator, optional

    Raises
    ------
    ValueError
        If `tensor` has fewer than two axes.

    Examples
    --------
    >>> import autograd, nn
    >>> w = nn.init.xavier_uniform_(autograd.empty(3, 3))
    >>> bool((w.abs() <= 1).all())
    True
    """
    fan_in, fan_out = _calculate_fan_in_and_fan_out(tensor)
    bound = gain * math.sqrt(6 / (fan_in + fan_out))
    return uniform_(tensor, -bound, bound, generator)


def xavier_normal_(tensor: Tensor, gain: float = 1.0, generator: Any = None) -> Tensor:
    """Fill from N(0, s^2), ``s = gain sqrt(2 / (fan_in + fan_out))`` (Glorot & Bengio 2010).

    Parameters
    ----------
    tensor : Tensor, shape (O, C, k...)
    gain : float, default 1
    generator : Generator, optional

    Raises
    ------
    ValueError
        If `tensor` has fewer than two axes.

    Examples
    --------
    >>> import nn
    >>> nn.init.xavier_normal_(nn.Linear(5, 3).weight, nn.init.calculate_gain("tanh")).shape
    autograd.Size([3, 5])
    """
    fan_in, fan_out = _calculate_fan_in_and_fan_out(tensor)
    return normal_(tensor, 0.0, gain * math.sqrt(2 / (fan_in + fan_out)), generator)


def kaiming_uniform_(
    tensor: Tensor, a: float = 0, mode: str = "fan_in", nonlinearity: str = "leaky_relu", generator: Any = None
) -> Tensor:
    """Fill from U(-b, b), ``b = gain sqrt(3 / fan)`` (He et al. 2015).

    Parameters
    ----------
    tensor : Tensor, shape (O, C, k...)
    a : float, default 0
        Slope of the leaky ReLU that follows.
    mode : {'fan_in', 'fan_out'}
        Whether to keep the variance in forward or in backward.
    nonlinearity : str
        See `calculate_gain`.
    generator : Generator, optional

    Raises
    ------
    ValueError
        If `mode` or `nonlinearity` is unknown, or `tensor` has fewer than two axes.

    Examples
    --------
    >>> import autograd, nn
    >>> w = nn.init.kaiming_uniform_(autograd.empty(2, 6), nonlinearity="relu")
    >>> bool((w.abs() <= 1).all())
    True
    """
    if _is_empty(tensor):
        return tensor
    bound = math.sqrt(3) * calculate_gain(nonlinearity, a) / math.sqrt(_fan(tensor, mode))
    return uniform_(tensor, -bound, bound, generator)


def kaiming_normal_(
    tensor: Tensor, a: float = 0, mode: str = "fan_in", nonlinearity: str = "leaky_relu", generator: Any = None
) -> Tensor:
    """Fill from N(0, s^2), ``s = gain / sqrt(fan)`` (He et al. 2015).

    Parameters
    ----------
    tensor : Tensor, shape (O, C, k...)
    a, mode, nonlinearity, generator
        As in `kaiming_uniform_`.

    Raises
    ------
    ValueError
        If `mode` or `nonlinearity` is unknown, or `tensor` has fewer than two axes.

    Examples
    --------
    >>> import nn
    >>> nn.init.kaiming_normal_(nn.Conv2d(3, 8, 3).weight, mode="fan_out", nonlinearity="relu").shape
    autograd.Size([8, 3, 3, 3])
    """
    if _is_empty(tensor):
        return tensor
    return normal_(tensor, 0.0, calculate_gain(nonlinearity, a) / math.sqrt(_fan(tensor, mode)), generator)


def _is_empty(tensor: Tensor) -> bool:
    if 0 in tensor.shape:
        warnings.warn("Initializing zero-element tensors is a no-op", stacklevel=3)
        return True
    return False


def _calculate_fan_in_and_fan_out(tensor: Tensor) -> tuple[int, int]:
    """Return how many inputs each output sees and how many outputs each input reaches.

    Raises
    ------
    ValueError
        If `tensor` has fewer than two axes.
    """
    if tensor.ndim < 2:
        raise ValueError(
            describe(
                "Fan in and fan out can not be computed for tensor with fewer than 2 dimensions",
                shapes={"tensor": tensor.shape},
                fix="initialise biases with constant_ or uniform_",
            )
        )
    field = math.prod(tensor.shape[2:])
    return tensor.shape[1] * field, tensor.shape[0] * field


def _fan(tensor: Tensor, mode: str) -> int:
    modes = ["fan_in", "fan_out"]
    if mode.lower() not in modes:
        raise ValueError(describe(f"Mode {mode} not supported, please use one of {modes}"))
    return _calculate_fan_in_and_fan_out(tensor)[modes.index(mode.lower())]
