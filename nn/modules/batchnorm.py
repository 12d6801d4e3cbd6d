"""Batch normalisation, and what instance normalisation shares with it."""

from __future__ import annotations

from typing import Any, ClassVar

import autograd
from autograd import Tensor
from autograd.errors import describe
from nn import functional as F
from nn import init
from nn.module import Module
from nn.modules.lazy import LazyModuleMixin
from nn.parameter import Parameter, UninitializedBuffer

__all__ = [
    "BatchNorm1d",
    "BatchNorm2d",
    "BatchNorm3d",
    "LazyBatchNorm1d",
    "LazyBatchNorm2d",
    "LazyBatchNorm3d",
]


def make_affine(module: Module, shape: Any, affine: bool, bias: bool, device: Any = None, dtype: Any = None) -> None:
    """Register `weight` and `bias` of a normalisation, uninitialised or None."""
    for name, wanted in (("weight", affine), ("bias", affine and bias)):
        module.register_parameter(
            name, Parameter(autograd.empty(shape, device=device, dtype=dtype)) if wanted else None
        )


def reset_affine(weight: Tensor | None, bias: Tensor | None) -> None:
    """Make the affine map of a normalisation the identity."""
    if weight is not None:
        init.ones_(weight)
    if bias is not None:
        init.zeros_(bias)


class _NormBase(Module):
    """Normalisation by channel, with an affine map and running statistics."""

    _version = 2
    _ranks: ClassVar[tuple[int, ...]]
    weight: Tensor | None
    bias: Tensor | None
    running_mean: Any
    running_var: Any
    num_batches_tracked: Any

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__()
        self.num_features = num_features
        self.eps = eps
        self.momentum = momentum
        self.affine = affine
        self.track_running_stats = track_running_stats
        make_affine(self, num_features, affine, bias, device, dtype)
        tracked = track_running_stats
        settings = {"device": device, "dtype": dtype}
        self.register_buffer("running_mean", autograd.zeros(num_features, **settings) if tracked else None)
        self.register_buffer("running_var", autograd.ones(num_features, **settings) if tracked else None)
        self.register_buffer("num_batches_tracked", autograd.tensor(0) if tracked else None)
        self.reset_parameters()

    def reset_running_stats(self) -> None:
        """Forget the running statistics."""
        if self.track_running_stats:
            self.running_mean.zero_()
            self.running_var.fill_(1)
            self.num_batches_tracked.zero_()

    def reset_parameters(self) -> None:
        """Forget the running statistics and make the affine map the identity."""
        self.reset_running_stats()
        reset_affine(self.weight, self.bias)

    def _check_input_dim(self, input: Tensor) -> None:
        if input.ndim not in self._ranks:
            expected = " or ".join(f"{rank}D" for rank in self._ranks)
            raise ValueError(
                describe(
                    f"expected {expected} input (got {input.ndim}D input)",
                    op=type(self).__name__,
                    shapes={"input": input.shape},
                )
            )

    def _load_from_state_dict(
        self, state_dict: dict[str, Any], prefix: str, local_metadata: dict[str, Any], *rest: Any
    ) -> None:
        # Before version 2 the number of batches was not counted.
        key = prefix + "num_batches_tracked"
        if self.track_running_stats and local_metadata.get("version", 1) < 2 and key not in state_dict:
            state_dict[key] = self.num_batches_tracked
        super()._load_from_state_dict(state_dict, prefix, local_metadata, *rest)

    def extra_repr(self) -> str:
        """Return the constructor's arguments."""
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, affine={self.affine}, "
            f"bias={self.bias is not None}, track_running_stats={self.track_running_stats}"
        )


class _BatchNorm(_NormBase):
    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
        eps_mode: str = "var",
    ) -> None:
        super().__init__(num_features, eps, momentum, affine, track_running_stats, device, dtype, bias=bias)
        if eps_mode not in ("var", "std"):
            raise ValueError(describe(f"eps_mode must be 'var' or 'std', but got {eps_mode!r}"))
        self.eps_mode = eps_mode

    def forward(self, input: Tensor) -> Tensor:
        """Normalise `input`; in training, take note of its statistics."""
        self._check_input_dim(input)
        factor = 0.0 if self.momentum is None else self.momentum
        if self.training and self.num_batches_tracked is not None and self.track_running_stats:
            self.num_batches_tracked.add_(1)
            if self.momentum is None:
                factor = 1.0 / self.num_batches_tracked.item()
        uses_buffers = not self.training or self.track_running_stats
        return F.batch_norm(
            input,
            self.running_mean if uses_buffers else None,
            self.running_var if uses_buffers else None,
            self.weight,
            self.bias,
            self.training or (self.running_mean is None and self.running_var is None),
            factor,
            self.eps,
            eps_mode=self.eps_mode,
        )

    def extra_repr(self) -> str:
        """Return the constructor's arguments."""
        return super().extra_repr() + (f", eps_mode={self.eps_mode!r}" if self.eps_mode != "var" else "")


class BatchNorm1d(_BatchNorm):
    """Batch normalisation of vectors (N, C) or sequences (N, C, L), by channel; the output has the input's shape.

    Parameters
    ----------
    num_features : int
        Number of channels.
    eps, momentum, affine, track_running_stats, device, dtype, bias, eps_mode
        As in `BatchNorm2d`, where the equation is.

    Attributes
    ----------
    weight, bias : Parameter, shape (num_features,), or None
    running_mean, running_var : Tensor, shape (num_features,), or None
    num_batches_tracked : Tensor, shape (), or None

    Examples
    --------
    >>> import autograd, nn
    >>> nn.BatchNorm1d(1)(autograd.tensor([[2.0], [4.0]])).detach()
    tensor([[-1.0000],
            [ 1.0000]])
    """

    _ranks = (2, 3)


class BatchNorm2d(_BatchNorm):
    """Batch normalisation of images (N, C, H, W) (Ioffe & Szegedy 2015).

    ``y = (x - mean) / sqrt(var + eps) * weight + bias``, by channel. In training the mean and the (biased) variance are
    the batch's, and the running ones move towards them: ``running = (1 - momentum) running + momentum seen``, with the
    unbiased variance. In evaluation the running ones are used.

    Parameters
    ----------
    num_features : int
        Number of channels.
    eps : float, default 1e-5
    momentum : float or None, default 0.1
        None gives the plain average over all batches.
    affine : bool, default True
        Whether there are `weight` and `bias`.
    track_running_stats : bool, default True
        If not, evaluation uses the batch's statistics too.
    device, dtype : optional
    bias : bool, default True
    eps_mode : {'var', 'std'}
        'std' divides by ``sqrt(var) + eps`` instead.

    Attributes
    ----------
    weight, bias : Parameter, shape (num_features,), or None
    running_mean, running_var : Tensor, shape (num_features,), or None
    num_batches_tracked : Tensor, shape (), or None

    Raises
    ------
    ValueError
        If `eps_mode` is unknown, or an input does not have four axes.

    Examples
    --------
    >>> import autograd, nn
    >>> layer = nn.BatchNorm2d(3)
    >>> layer(autograd.ones(2, 3, 4, 4)).shape
    autograd.Size([2, 3, 4, 4])
    >>> layer.running_mean
    tensor([0.1000, 0.1000, 0.1000])
    """

    _ranks = (4,)


class BatchNorm3d(_BatchNorm):
    """Batch normalisation of volumes (N, C, D, H, W), by channel; the output has the input's shape.

    Parameters
    ----------
    num_features : int
        Number of channels.
    eps, momentum, affine, track_running_stats, device, dtype, bias, eps_mode
        As in `BatchNorm2d`, where the equation is.

    Attributes
    ----------
    weight, bias : Parameter, shape (num_features,), or None
    running_mean, running_var : Tensor, shape (num_features,), or None
    num_batches_tracked : Tensor, shape (), or None

    Examples
    --------
    >>> import autograd, nn
    >>> nn.BatchNorm3d(2)(autograd.ones(1, 2, 3, 4, 5)).shape
    autograd.Size([1, 2, 3, 4, 5])
    """

    _ranks = (5,)


class _LazyNorm(LazyModuleMixin, _NormBase):
    def __init__(
        self,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
        **options: Any,
    ) -> None:
        super().__init__(0, eps, momentum, False, False, device, dtype, **options)
        self.affine = affine
        self.track_running_stats = track_running_stats
        if affine:
            self._wait_for_weights(bias, device, dtype)
        if track_running_stats:
            self.running_mean = UninitializedBuffer(device=device, dtype=dtype)
            self.running_var = UninitializedBuffer(device=device, dtype=dtype)
            self.num_batches_tracked = autograd.tensor(0)

    def initialize_parameters(self, input: Tensor) -> None:
        """Take the number of channels of `input`."""
        if self.has_uninitialized_params():
            self._check_input_dim(input)
            self.num_features = input.shape[1]
            for tensor in (self.weight, self.bias, self.running_mean, self.running_var):
                if tensor is not None:
                    tensor.materialize((self.num_features,))
            self.reset_parameters()
        elif self.num_features == 0:
            known = self.weight if self.weight is not None else self.running_mean
            self.num_features = input.shape[1] if known is None else known.shape[0]


class LazyBatchNorm1d(_LazyNorm, BatchNorm1d):
    """A `BatchNorm1d` that takes `num_features` from its first input.

    The other parameters are those of `BatchNorm1d`.

    Examples
    --------
    >>> import autograd, nn
    >>> layer = nn.LazyBatchNorm1d()
    >>> layer(autograd.ones(4, 3)).shape
    autograd.Size([4, 3])
    >>> layer.num_features
    3
    """

    cls_to_become = BatchNorm1d


class LazyBatchNorm2d(_LazyNorm, BatchNorm2d):
    """A `BatchNorm2d` that takes `num_features` from its first input.

    The other parameters are those of `BatchNorm2d`.

    Examples
    --------
    >>> import autograd, nn
    >>> layer = nn.LazyBatchNorm2d()
    >>> layer(autograd.ones(2, 3, 4, 4)).shape
    autograd.Size([2, 3, 4, 4])
    >>> layer.num_features
    3
    """

    cls_to_become = BatchNorm2d


class LazyBatchNorm3d(_LazyNorm, BatchNorm3d):
    """A `BatchNorm3d` that takes `num_features` from its first input.

    The other parameters are those of `BatchNorm3d`.

    Examples
    --------
    >>> import autograd, nn
    >>> layer = nn.LazyBatchNorm3d()
    >>> layer(autograd.ones(1, 3, 2, 2, 2)).shape
    autograd.Size([1, 3, 2, 2, 2])
    >>> layer.num_features
    3
    """

    cls_to_become = BatchNorm3d
