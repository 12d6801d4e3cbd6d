"""Normalisations that do not mix the samples of a batch."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import autograd
from autograd import Tensor
from autograd.errors import describe
from nn import functional as F
from nn.module import Module
from nn.modules.batchnorm import make_affine, reset_affine
from nn.parameter import Parameter

__all__ = ["GroupNorm", "LayerNorm", "LocalResponseNorm", "RMSNorm"]


class LayerNorm(Module):
    """Normalisation of each sample over its last axes: ``y = (x - mean) / sqrt(var + eps) * weight + bias``.

    (..., normalized_shape) -> the same shape (Ba et al. 2016).

    Parameters
    ----------
    normalized_shape : int or sequence of int
        Sizes of the last axes, over which mean and (biased) variance go.
    eps : float, default 1e-5
    elementwise_affine : bool, default True
        Whether there are `weight` and `bias`.
    bias : bool, default True
    device, dtype : optional

    Attributes
    ----------
    weight, bias : Parameter, shape normalized_shape, or None

    Examples
    --------
    >>> import autograd, nn
    >>> nn.LayerNorm(2, eps=0.0)(autograd.tensor([[1.0, 3.0], [10.0, 30.0]])).detach()
    tensor([[-1.,  1.],
            [-1.,  1.]])
    """

    weight: Tensor | None
    bias: Tensor | None

    def __init__(
        self,
        normalized_shape: int | Iterable[int],
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.normalized_shape = _as_shape(normalized_shape)
        self.eps = eps
        self.elementwise_affine = elementwise_affine
        make_affine(self, self.normalized_shape, elementwise_affine, bias, device, dtype)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Make the affine map the identity."""
        reset_affine(self.weight, self.bias)

    def forward(self, input: Tensor) -> Tensor:
        """Normalise `input`."""
        return F.layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        """Return the constructor's arguments."""
        return (
            f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}, "
            f"bias={self.bias is not None}"
        )


class RMSNorm(Module):
    """Division of each sample by the root mean square over its last axes: ``y = x / sqrt(mean(x^2) + eps) * weight``.

    (..., normalized_shape) -> the same shape (Zhang & Sennrich 2019).

    Parameters
    ----------
    normalized_shape : int or sequence of int
        Sizes of the last axes, over which the mean goes.
    eps : float, optional
        By default the dtype's machine epsilon.
    elementwise_affine : bool, default True
        Whether there is a `weight`.
    device, dtype : optional

    Attributes
    ----------
    weight : Parameter, shape normalized_shape, or None

    Examples
    --------
    >>> import autograd, nn
    >>> nn.RMSNorm(2)(autograd.tensor([1.0, -7.0])).detach()
    tensor([ 0.2000, -1.4000])
    """

    weight: Tensor | None

    def __init__(
        self,
        normalized_shape: int | Iterable[int],
        eps: float | None = None,
        elementwise_affine: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.normalized_shape = _as_shape(normalized_shape)
        self.eps = eps
        self.elementwise_affine = elementwise_affine
        weight = Parameter(autograd.empty(self.normalized_shape, device=device, dtype=dtype))
        self.register_parameter("weight", weight if elementwise_affine else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Set the weight to one."""
        reset_affine(self.weight, None)

    def forward(self, x: Tensor) -> Tensor:
        """Normalise `x`."""
        return F.rms_norm(x, self.normalized_shape, self.weight, self.eps)

    def extra_repr(self) -> str:
        """Return the constructor's arguments."""
        return f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}"


class GroupNorm(Module):
    """Normalisation of each sample over groups of channels (Wu & He 2018).

    ``y = (x - mean) / sqrt(var + eps) * weight + bias``, with mean and (biased) variance over all positions and the C /
    num_groups channels of a group; (N, C, ...) -> the same shape.

    Parameters
    ----------
    num_groups, num_channels : int
    eps : float, default 1e-5
    affine : bool, default True
        Whether there are `weight` and `bias`, by channel.
    device, dtype : optional
    bias : bool, default True

    Attributes
    ----------
    weight, bias : Parameter, shape (num_channels,), or None

    Raises
    ------
    ValueError
        If the groups do not divide the channels.

    Examples
    --------
    >>> import autograd, nn
    >>> nn.GroupNorm(2, 6)(autograd.ones(4, 6, 8, 8)).shape
    autograd.Size([4, 6, 8, 8])
    """

    weight: Tensor | None
    bias: Tensor | None

    def __init__(
        self,
        num_groups: int,
        num_channels: int,
        eps: float = 1e-5,
        affine: bool = True,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__()
        if num_groups <= 0 or num_channels % num_groups != 0:
            raise ValueError(
                describe(
                    f"num_channels ({num_channels}) must be divisible by num_groups ({num_groups})",
                    fix="num_groups comes first: GroupNorm(num_groups, num_channels)",
                )
            )
        self.num_groups = num_groups
        self.num_channels = num_channels
        self.eps = eps
        self.affine = affine
        make_affine(self, num_channels, affine, bias, device, dtype)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Make the affine map the identity."""
        reset_affine(self.weight, self.bias)

    def forward(self, input: Tensor) -> Tensor:
        """Normalise `input`."""
        return F.group_norm(input, self.num_groups, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        """Return the constructor's arguments."""
        return (
            f"{self.num_groups}, {self.num_channels}, eps={self.eps}, affine={self.affine}, "
            f"bias={self.bias is not None}"
        )


class LocalResponseNorm(Module):
    """Division by the energy of neighbouring channels: ``y_c = x_c / (k + alpha / size * sum of x_i^2)^beta``.

    The sum goes over the `size` channels around ``c`` (Krizhevsky et al. 2012).

    (N, C, ...) -> the same shape.

    Parameters
    ----------
    size : int
        Number of channels in the sum, at the borders fewer.
    alpha : float, default 1e-4
    beta : float, default 0.75
    k : float, default 1

    Examples
    --------
    >>> import autograd, nn
    >>> nn.LocalResponseNorm(3, alpha=3.0, beta=1.0)(autograd.ones(1, 4, 1))[0, :, 0]
    tensor([0.3333, 0.2500, 0.2500, 0.3333])
    """

    def __init__(self, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> None:
        super().__init__()
        self.size = size
        self.alpha = alpha
        self.beta = beta
        self.k = k

    def forward(self, input: Tensor) -> Tensor:
        """Normalise `input`."""
        return F.local_response_norm(input, self.size, self.alpha, self.beta, self.k)

    def extra_repr(self) -> str:
        """Return the constructor's arguments."""
        return f"{self.size}, alpha={self.alpha}, beta={self.beta}, k={self.k}"


def _as_shape(sizes: int | Iterable[int]) -> tuple[int, ...]:
    return tuple(sizes) if isinstance(sizes, Iterable) else (sizes,)
