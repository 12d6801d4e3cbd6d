"""Instance normalisation."""

from __future__ import annotations

import warnings
from typing import Any

from autograd import Tensor
from autograd.errors import describe
from nn import functional as F
from nn.modules.batchnorm import _LazyNorm, _NormBase

__all__ = [
    "InstanceNorm1d",
    "InstanceNorm2d",
    "InstanceNorm3d",
    "LazyInstanceNorm1d",
    "LazyInstanceNorm2d",
    "LazyInstanceNorm3d",
]


class _InstanceNorm(_NormBase):
    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = False,
        track_running_stats: bool = False,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__(num_features, eps, momentum, affine, track_running_stats, device, dtype, bias=bias)

    def forward(self, input: Tensor) -> Tensor:
        """Normalise each image by itself."""
        self._check_input_dim(input)
        rank = self._ranks[0]
        axis = input.ndim - rank
        if input.shape[axis] != self.num_features:
            self._report_channels(axis, input.shape[axis])
        out = F.instance_norm(
            input if axis else input.unsqueeze(0),
            self.running_mean,
            self.running_var,
            self.weight,
            self.bias,
            self.training or not self.track_running_stats,
            0.0 if self.momentum is None else self.momentum,
            self.eps,
        )
        return out if axis else out.squeeze(0)

    def _report_channels(self, axis: int, channels: int) -> None:
        if self.affine:
            raise ValueError(
                describe(
                    f"expected input's size at dim={axis} to match num_features ({self.num_features}), "
                    f"but got: {channels}."
                )
            )
        warnings.warn(
            f"input's size at dim={axis} does not match num_features. You can silence this warning by not passing in "
            "num_features, which is not used because affine=False",
            stacklevel=4,
        )


class InstanceNorm1d(_InstanceNorm):
    """Instance normalisation of sequences (N, C, L) or (C, L); the output has the input's shape.

    Parameters
    ----------
    num_features : int
        Number of channels.
    eps, momentum, affine, track_running_stats, device, dtype, bias
        As in `InstanceNorm2d`, where the equation is.

    Attributes
    ----------
    weight, bias : Parameter, shape (num_features,), or None
    running_mean, running_var : Tensor, shape (num_features,), or None
    num_batches_tracked : Tensor, shape (), or None

    Examples
    --------
    >>> import autograd, nn
    >>> nn.InstanceNorm1d(2, eps=0.0)(autograd.tensor([[2.0, 4.0], [10.0, 30.0]]))
    tensor([[-1.,  1.],
            [-1.,  1.]])
    """

    _ranks = (2, 3)


class InstanceNorm2d(_InstanceNorm):
    """Normalisation of each channel of each image by its own mean and variance (Ulyanov et al. 2016).

    ``y = (x - mean) / sqrt(var + eps) * weight + bias``, with mean and (biased) variance over H and W; (N, C, H, W) or
    (C, H, W) -> the same shape.

    Parameters
    ----------
    num_features : int
        Number of channels.
    eps, momentum, affine, track_running_stats, bias
        As in `BatchNorm2d`; by default without affine map and running statistics.

    Attributes
    ----------
    weight, bias : Parameter, shape (num_features,), or None
    running_mean, running_var : Tensor, shape (num_features,), or None
    num_batches_tracked : Tensor, shape (), or None

    Raises
    ------
    ValueError
        If an input has other axes, or with `affine` other channels.

    Examples
    --------
    >>> import autograd, nn
    >>> nn.InstanceNorm2d(1, eps=0.0)(autograd.tensor([[[[2.0, 4.0], [4.0, 2.0]]]]))
    tensor([[[[-1.,  1.],
              [ 1., -1.]]]])
    """

    _ranks = (3, 4)


class InstanceNorm3d(_InstanceNorm):
    """Instance normalisation of volumes (N, C, D, H, W) or (C, D, H, W); the output has the input's shape.

    Parameters
    ----------
    num_features : int
        Number of channels.
    eps, momentum, affine, track_running_stats, device, dtype, bias
        As in `InstanceNorm2d`, where the equation is.

    Attributes
    ----------
    weight, bias : Parameter, shape (num_features,), or None
    running_mean, running_var : Tensor, shape (num_features,), or None
    num_batches_tracked : Tensor, shape (), or None

    Examples
    --------
    >>> import autograd, nn
    >>> nn.InstanceNorm3d(2)(autograd.ones(1, 2, 3, 4, 5)).shape
    autograd.Size([1, 2, 3, 4, 5])
    """

    _ranks = (4, 5)


class LazyInstanceNorm1d(_LazyNorm, InstanceNorm1d):
    """An `InstanceNorm1d` that takes `num_features` from its first input.

    The other parameters are those of `InstanceNorm1d`.

    Examples
    --------
    >>> import autograd, nn
    >>> layer = nn.LazyInstanceNorm1d(affine=True)
    >>> layer(autograd.ones(4, 3, 5)).shape
    autograd.Size([4, 3, 5])
    >>> layer.num_features
    3
    """

    cls_to_become = InstanceNorm1d


class LazyInstanceNorm2d(_LazyNorm, InstanceNorm2d):
    """An `InstanceNorm2d` that takes `num_features` from its first input.

    The other parameters are those of `InstanceNorm2d`.

    Examples
    --------
    >>> import autograd, nn
    >>> layer = nn.LazyInstanceNorm2d(affine=True)
    >>> layer(autograd.ones(2, 3, 4, 4)).shape
    autograd.Size([2, 3, 4, 4])
    >>> layer.num_features
    3
    """

    cls_to_become = InstanceNorm2d


class LazyInstanceNorm3d(_LazyNorm, InstanceNorm3d):
    """An `InstanceNorm3d` that takes `num_features` from its first input.

    The other parameters are those of `InstanceNorm3d`.

    Examples
    --------
    >>> import autograd, nn
    >>> layer = nn.LazyInstanceNorm3d(affine=True)
    >>> layer(autograd.ones(1, 3, 2, 2, 2)).shape
    autograd.Size([1, 3, 2, 2, 2])
    >>> layer.num_features
    3
    """

    cls_to_become = InstanceNorm3d
