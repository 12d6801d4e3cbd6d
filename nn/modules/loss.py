"""Losses. Each takes ``reduction='mean'``, ``'sum'`` or ``'none'``."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import ClassVar

from autograd import Tensor
from autograd.errors import describe
from nn import functional as F
from nn.module import Module

__all__ = [
    "GaussianNLLLoss",
    "HuberLoss",
    "KLDivLoss",
    "L1Loss",
    "MSELoss",
    "PoissonNLLLoss",
    "SmoothL1Loss",
]


class _Loss(Module):
    def __init__(self, size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean") -> None:
        super().__init__()
        if size_average is not None or reduce is not None:
            averaged = size_average is None or size_average
            reduction = "none" if reduce is False else "mean" if averaged else "sum"
            warnings.warn(
                f"size_average and reduce args will be deprecated, please use reduction='{reduction}' instead.",
                stacklevel=3,
            )
        self.reduction = reduction


class _PairLoss(_Loss):
    """A loss of an input and a target without further settings."""

    _loss: ClassVar[Callable[..., Tensor]]

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Return the loss."""
        return self._loss(input, target, reduction=self.reduction)


class L1Loss(_PairLoss):
    """``|x - y|``, the mean absolute error; input and target of any one shape.

    Parameters
    ----------
    size_average, reduce : bool, optional
        Deprecated.
    reduction : {'mean', 'sum', 'none'}
        'none' gives one number for each element.

    Examples
    --------
    >>> import autograd, nn
    >>> nn.L1Loss()(autograd.tensor([1.0, 5.0]), autograd.tensor([2.0, 2.0]))
    tensor(2.)
    """

    _loss = staticmethod(F.l1_loss)


class MSELoss(_PairLoss):
    """``(x - y)^2``, the mean squared error; input and target of any one shape.

    Parameters
    ----------
    size_average, reduce : bool, optional
        Deprecated.
    reduction : {'mean', 'sum', 'none'}
        'none' gives one number for each element.

    Examples
    --------
    >>> import autograd, nn
    >>> nn.MSELoss()(autograd.tensor([1.0, 5.0]), autograd.tensor([2.0, 2.0]))
    tensor(5.)
    >>> nn.MSELoss(reduction="none")(autograd.tensor([1.0, 5.0]), autograd.tensor([2.0, 2.0]))
    tensor([1., 9.])
    """

    _loss = staticmethod(F.mse_loss)


class _WeightedLoss(_Loss):
    """A loss with a weight for each class or element, kept as a buffer."""

    weight: Tensor | None

    def __init__(
        self,
        weight: Tensor | None = None,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.register_buffer("weight", weight)


class PoissonNLLLoss(_Loss):
    """``exp(x) - y x``, or ``x - y log(x + eps)`` if not `log_input`; input and target of any one shape.

    Parameters
    ----------
    log_input : bool, default True
        Whether the input is the logarithm of the expected count.
    full : bool, default False
        Whether to add Stirling's approximation ``y log(y) - y + log(2 pi y) / 2`` of ``log(y!)``, where ``y > 1``.
    size_average, reduce : bool, optional
        Deprecated.
    eps : float, default 1e-8
    reduction : {'mean', 'sum', 'none'}

    Examples
    --------
    >>> import autograd, nn
    >>> nn.PoissonNLLLoss()(autograd.tensor([0.0, 0.0]), autograd.tensor([3.0, 7.0]))
    tensor(1.)
    """

    def __init__(
        self,
        log_input: bool = True,
        full: bool = False,
        size_average: bool | None = None,
        eps: float = 1e-8,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.log_input = log_input
        self.full = full
        self.eps = eps

    def forward(self, log_input: Tensor, target: Tensor) -> Tensor:
        """Return the loss."""
        return F.poisson_nll_loss(
            log_input, target, log_input=self.log_input, full=self.full, eps=self.eps, reduction=self.reduction
        )


class GaussianNLLLoss(_Loss):
    """``(log(max(var, eps)) + (x - y)^2 / max(var, eps)) / 2`` (Nix & Weigend 1994).

    Parameters
    ----------
    full : bool, default False
        Whether to add ``log(2 pi) / 2``.
    eps : float, default 1e-6
        Least variance.
    reduction : {'mean', 'sum', 'none'}

    Examples
    --------
    >>> import autograd, nn
    >>> x, y = autograd.tensor([1.0, 5.0]), autograd.tensor([2.0, 2.0])
    >>> nn.GaussianNLLLoss()(x, y, autograd.ones(2))
    tensor(2.5000)
    """

    def __init__(self, *, full: bool = False, eps: float = 1e-6, reduction: str = "mean") -> None:
        super().__init__(reduction=reduction)
        self.full = full
        self.eps = eps

    def forward(self, input: Tensor, target: Tensor, var: Tensor | float) -> Tensor:
        """Return the loss."""
        return F.gaussian_nll_loss(input, target, var, full=self.full, eps=self.eps, reduction=self.reduction)


class KLDivLoss(_Loss):
    """``y (log y - x)`` for log-probabilities x and probabilities y (Kullback & Leibler 1951); of any one shape.

    Parameters
    ----------
    size_average, reduce : bool, optional
        Deprecated.
    reduction : {'mean', 'batchmean', 'sum', 'none'}
        'batchmean' divides the sum by the batch size and is the divergence; 'mean' divides by the number of elements.
    log_target : bool, default False
        Whether targets are log-probabilities too.

    Examples
    --------
    >>> import autograd, nn
    >>> x = autograd.tensor([[0.5, 0.5]]).log()
    >>> nn.KLDivLoss(reduction="batchmean")(x, autograd.tensor([[1.0, 0.0]]))
    tensor(0.6931)
    """

    def __init__(
        self,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
        log_target: bool = False,
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.log_target = log_target

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Return the loss."""
        return F.kl_div(input, target, reduction=self.reduction, log_target=self.log_target)


class SmoothL1Loss(_Loss):
    """``(x - y)^2 / (2 beta)`` where ``|x - y| < beta``, else ``|x - y| - beta / 2`` (Girshick 2015).

    Parameters
    ----------
    size_average, reduce : bool, optional
        Deprecated.
    reduction : {'mean', 'sum', 'none'}
    beta : float, default 1
        Not negative; 0 gives `L1Loss`.

    Examples
    --------
    >>> import autograd, nn
    >>> nn.SmoothL1Loss(reduction="none")(autograd.tensor([1.0, 5.0]), autograd.tensor([2.0, 2.0]))
    tensor([0.5000, 2.5000])
    """

    def __init__(
        self,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
        beta: float = 1.0,
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.beta = beta

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Return the loss."""
        return F.smooth_l1_loss(input, target, reduction=self.reduction, beta=self.beta)


class HuberLoss(_Loss):
    """``(x - y)^2 / 2`` where ``|x - y| <= delta``, else ``delta (|x - y| - delta / 2)`` (Huber 1964).

    Parameters
    ----------
    reduction : {'mean', 'sum', 'none'}
    delta : float, default 1
        Positive.

    Raises
    ------
    TypeError
        If `delta` is not a number.

    Examples
    --------
    >>> import autograd, nn
    >>> nn.HuberLoss(reduction="none", delta=2.0)(autograd.tensor([1.0, 5.0]), autograd.tensor([2.0, 2.0]))
    tensor([0.5000, 4.0000])
    """

    def __init__(self, reduction: str = "mean", delta: float = 1.0) -> None:
        super().__init__(reduction=reduction)
        if not isinstance(delta, float | int):
            raise TypeError(describe(f"delta must be a float or int, got: {type(delta)}"))
        self.delta = delta

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Return the loss."""
        return F.huber_loss(input, target, reduction=self.reduction, delta=self.delta)
