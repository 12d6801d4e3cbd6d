"""Affine maps."""

from __future__ import annotations

import math
from typing import Any

import autograd
from autograd import Tensor
from autograd.errors import describe
from nn import functional as F
from nn import init
from nn.module import Module
from nn.modules.lazy import LazyModuleMixin
from nn.parameter import Parameter

__all__ = ["Bilinear", "Identity", "LazyLinear", "Linear", "make_weights", "reset_weights"]


def make_weights(
    module: Module, shape: tuple[int, ...], bias: int | None, device: Any = None, dtype: Any = None
) -> None:
    """Register an uninitialised `weight`, and a `bias` with that many entries or none, with a module."""
    if any(not hasattr(size, "__index__") or isinstance(size, bool) or size < 0 for size in shape):
        raise _bad_sizes(module, shape)
    module.weight = Parameter(autograd.empty(shape, device=device, dtype=dtype))
    if bias is None:
        module.register_parameter("bias", None)
    else:
        module.bias = Parameter(autograd.empty(bias, device=device, dtype=dtype))


def _bad_sizes(module: Module, shape: tuple[Any, ...]) -> Exception:
    name = type(module).__name__
    if all(hasattr(size, "__index__") for size in shape):
        return RuntimeError(
            describe(f"Trying to create tensor with negative dimension {min(shape)}: {[*shape]}", op=name)
        )
    return TypeError(
        describe(
            f"empty(): argument 'size' must be tuple of ints, but got {shape}",
            op=name,
            fix="pass sizes as ints: n // 2, not n / 2",
        )
    )


def reset_weights(weight: Tensor, bias: Tensor | None) -> None:
    """Draw the weight from the Kaiming-uniform distribution of slope sqrt(5), the bias from U(-1, 1) / sqrt(fan_in)."""
    init.kaiming_uniform_(weight, a=math.sqrt(5))
    if bias is not None:
        fan_in, _ = init._calculate_fan_in_and_fan_out(weight)
        bound = 1 / math.sqrt(fan_in) if fan_in > 0 else 0
        init.uniform_(bias, -bound, bound)


class Identity(Module):
    """Returns its input; takes, and ignores, any arguments.

    Examples
    --------
    >>> import autograd, nn
    >>> nn.Identity()(autograd.ones(2))
    tensor([1., 1.])
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__()

    def forward(self, input: Any) -> Any:
        """Return `input`."""
        return input


class Linear(Module):
    """Affine map ``y = x A^T + b`` of the last axis: (..., in_features) -> (..., out_features).

    Parameters
    ----------
    in_features, out_features : int
    bias : bool, default True
        Whether there is a ``b``.
    device, dtype : optional
        Of the parameters.

    Attributes
    ----------
    weight : Parameter, shape (out_features, in_features)
    bias : Parameter, shape (out_features,), or None
        Both drawn from U(-k, k), ``k = 1 / sqrt(in_features)``.

    Examples
    --------
    >>> import autograd, nn
    >>> nn.Linear(20, 30)(autograd.ones(8, 20)).shape
    autograd.Size([8, 30])
    """

    bias: Tensor | None

    def __init__(
        self, in_features: int, out_features: int, bias: bool = True, device: Any = None, dtype: Any = None
    ) -> None:
        super().__init__()
        self.in_features = in_features
        self.out_features = out_features
        make_weights(self, (out_features, in_features), out_features if bias else None, device, dtype)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the initial values anew."""
        reset_weights(self.weight, self.bias)

    def forward(self, input: Tensor) -> Tensor:
        """Map the last axis of `input`."""
        return F.linear(input, self.weight, self.bias)

    def extra_repr(self) -> str:
        """Return the constructor's arguments."""
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None}"


class LazyLinear(LazyModuleMixin, Linear):
    """A `Linear` that takes `in_features` from its first input.

    Parameters
    ----------
    out_features : int
    bias : bool, default True
    device, dtype : optional
        Of the parameters.

    Attributes
    ----------
    weight : UninitializedParameter, then Parameter, shape (out_features, in_features)
    bias : UninitializedParameter, then Parameter, shape (out_features,), or None

    Examples
    --------
    >>> import autograd, nn
    >>> layer = nn.LazyLinear(30)
    >>> layer(autograd.ones(8, 20)).shape
    autograd.Size([8, 30])
    >>> layer
    Linear(in_features=20, out_features=30, bias=True)
    """

    cls_to_become = Linear

    def __init__(self, out_features: int, bias: bool = True, device: Any = None, dtype: Any = None) -> None:
        Module.__init__(self)
        self.in_features = 0
        self.out_features = out_features
        self._wait_for_weights(bias, device, dtype)

    def initialize_parameters(self, input: Tensor) -> None:
        """Take the size of the last axis of `input`."""
        if self.has_uninitialized_params():
            self.weight.materialize((self.out_features, input.shape[-1]))
            if self.bias is not None:
                self.bias.materialize((self.out_features,))
            self.reset_parameters()
        self.in_features = self.weight.shape[1]


class Bilinear(Module):
    """Bilinear form ``y = x1^T A x2 + b`` of the last axes: (..., in1), (..., in2) -> (..., out_features).

    Parameters
    ----------
    in1_features, in2_features, out_features : int
    bias : bool, default True
    device, dtype : optional
        Of the parameters.

    Attributes
    ----------
    weight : Parameter, shape (out_features, in1_features, in2_features)
    bias : Parameter, shape (out_features,), or None
        Both drawn from U(-k, k), ``k = 1 / sqrt(in1_features)``.

    Raises
    ------
    ValueError
        If `in1_features` is not positive.

    Examples
    --------
    >>> import autograd, nn
    >>> nn.Bilinear(20, 30, 40)(autograd.ones(8, 20), autograd.ones(8, 30)).shape
    autograd.Size([8, 40])
    """

    bias: Tensor | None

    def __init__(
        self,
        in1_features: int,
        in2_features: int,
        out_features: int,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        if in1_features <= 0:
            raise ValueError(describe(f"in1_features must be > 0, but got (in1_features={in1_features})"))
        self.in1_features = in1_features
        self.in2_features = in2_features
        self.out_features = out_features
        shape = (out_features, in1_features, in2_features)
        make_weights(self, shape, out_features if bias else None, device, dtype)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the initial values anew."""
        bound = 1 / math.sqrt(self.in1_features)
        init.uniform_(self.weight, -bound, bound)
        if self.bias is not None:
            init.uniform_(self.bias, -bound, bound)

    def forward(self, input1: Tensor, input2: Tensor) -> Tensor:
        """Combine the last axes of the inputs."""
        return F.bilinear(input1, input2, self.weight, self.bias)

    def extra_repr(self) -> str:
        """Return the constructor's arguments."""
        return (
            f"in1_features={self.in1_features}, in2_features={self.in2_features}, out_features={self.out_features}, "
            f"bias={self.bias is not None}"
        )
