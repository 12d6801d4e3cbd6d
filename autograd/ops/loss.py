"""Losses of numbers: distances between predictions and targets, and likelihoods of distributions."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from autograd.errors import describe
from autograd.ops.arguments import is_floating, require_floating, require_tensors
from autograd.ops.distance import raised
from autograd.ops.reduction import reduced, reduction_of, weighted
from autograd.ops.registry import Maker, Sample, op
from autograd.ops.select import where
from autograd.ops.singletons import unsqueeze
from autograd.ops.special import xlogy
from autograd.tensor import Tensor

__all__ = [
    "gaussian_nll_loss",
    "huber_loss",
    "kl_div",
    "l1_loss",
    "mse_loss",
    "poisson_nll_loss",
    "smooth_l1_loss",
]


def _operands(op: str, input: Any, target: Any) -> None:
    """Check a prediction and its target, and warn where their sizes differ."""
    require_tensors(op, input=input, target=target)
    if not is_floating(input) and not is_floating(target):
        require_floating(f"{op.removesuffix('_loss')}_cpu", input)
    if input._data.shape != target._data.shape:
        warnings.warn(
            f"Using a target size (autograd.Size({list(target._data.shape)})) that is different to the input size "
            f"(autograd.Size({list(input._data.shape)})). This will likely lead to incorrect results due to "
            "broadcasting. Please ensure they have the same size.",
            UserWarning,
            stacklevel=3,
        )


def _differences(weights: bool = False) -> Callable[[Maker], Iterator[Sample]]:
    """Samples of a loss of differences: every reduction, weights where it takes them, an empty batch."""

    def samples(make: Maker) -> Iterator[Sample]:
        for reduction in ("mean", "sum", "none"):
            yield Sample(make(3, 4), make(3, 4), reduction=reduction)
            if weights:
                yield Sample(make(3, 4), make(3, 4), reduction=reduction, weight=make.positive(3, 4))
        yield Sample(make(), make())
        yield Sample(make(0, 2), make(0, 2), reduction="sum")

    return samples


@op(_differences(weights=True), method=False)
def mse_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    weight: Tensor | None = None,
) -> Tensor:
    """Return the squared difference, ``(x - y)^2``.

    Parameters
    ----------
    input, target : Tensor
        Of one shape; shapes that broadcast give a warning.
    size_average, reduce : bool, optional
        Deprecated.
    reduction : {'mean', 'sum', 'none'}
    weight : Tensor, the shape of `input`, optional
        The mean divides by the summed weights.

    Raises
    ------
    ValueError
        If there is no such reduction, or the weights have another shape.
    RuntimeError
        If the shapes do not broadcast.

    Examples
    --------
    >>> import autograd
    >>> import nn.functional as F
    >>> F.mse_loss(autograd.tensor([1.0, 5.0]), autograd.zeros(2))
    tensor(13.)
    >>> F.mse_loss(autograd.tensor([1.0, 5.0]), autograd.zeros(2), reduction="none")
    tensor([ 1., 25.])
    """
    reduction = reduction_of(reduction, size_average, reduce, "mse_loss")
    _operands("mse_loss", input, target)
    difference = input - target
    return weighted(difference * difference, weight, reduction)


@op(
    lambda make: [
        *(Sample(make.nonzero(3, 4), make.nonzero(3, 4) * 4, reduction=r) for r in ("mean", "sum", "none")),
        Sample(make.nonzero(3), make.nonzero(3) * 4, weight=make.positive(3)),
    ],
    method=False,
)
def l1_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    weight: Tensor | None = None,
) -> Tensor:
    """Return the absolute difference, ``|x - y|``; parameters as in `mse_loss`.

    Parameters
    ----------
    input, target, size_average, reduce, reduction, weight
        As in `mse_loss`.

    Examples
    --------
    >>> import autograd
    >>> import nn.functional as F
    >>> F.l1_loss(autograd.tensor([1.0, 5.0]), autograd.zeros(2))
    tensor(3.)
    """
    reduction = reduction_of(reduction, size_average, reduce, "l1_loss")
    _operands("l1_loss", input, target)
    return weighted((input - target).abs(), weight, reduction)


@op(
    lambda make: [
        *_differences()(make),
        Sample(make(3, 4), make(3, 4), beta=0.3),
        Sample(make.nonzero(3), make.nonzero(3) * 4, beta=0.0),
    ],
    method=False,
)
def smooth_l1_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    beta: float = 1.0,
) -> Tensor:
    """Return ``d^2 / (2 beta)`` where ``d = |x - y| < beta``, else ``d - beta / 2``.

    Girshick, "Fast R-CNN", 2015.

    Parameters
    ----------
    input, target, size_average, reduce, reduction
        As in `mse_loss`.
    beta : float
        Where the parabola ends; at 0 this is `l1_loss`.

    Raises
    ------
    RuntimeError
        If `beta` is negative.

    Examples
    --------
    >>> import autograd
    >>> import nn.functional as F
    >>> F.smooth_l1_loss(autograd.tensor([1.0, 3.0]), autograd.zeros(2), reduction="none")
    tensor([0.5000, 2.5000])
    """
    reduction = reduction_of(reduction, size_average, reduce, "smooth_l1_loss")
    _operands("smooth_l1_loss", input, target)
    if beta < 0:
        raise RuntimeError(
            describe("smooth_l1_loss does not support negative values for beta.", rule=f"beta is {beta}")
        )
    if beta == 0:
        return reduced((input - target).abs(), reduction)
    return reduced(_parabola(input - target, beta) / beta, reduction)


def _parabola(difference: Tensor, end: float) -> Tensor:
    """Return ``d^2 / 2`` up to `end`, and its tangent beyond."""
    distance = difference.abs()
    loss: Tensor = where(distance < end, difference * difference * 0.5, (distance - 0.5 * end) * end)
    return loss


@op(
    lambda make: [
        *_differences()(make),
        Sample(make(3, 4), make(3, 4), delta=0.3),
        Sample(make(3, 4), make(3, 4), weight=make.positive(3, 4)),
    ],
    method=False,
)
def huber_loss(
    input: Tensor, target: Tensor, reduction: str = "mean", delta: float = 1.0, weight: Tensor | None = None
) -> Tensor:
    """Return ``d^2 / 2`` where ``d = |x - y| <= delta``, else ``delta (d - delta / 2)``.

    Huber, "Robust Estimation of a Location Parameter", 1964.

    Parameters
    ----------
    input, target : Tensor
    reduction : {'mean', 'sum', 'none'}
    delta : float
    weight : Tensor, the shape of `input`, optional
        Multiplies the values; the mean divides by their number.

    Raises
    ------
    RuntimeError
        If `delta` is not positive.

    Examples
    --------
    >>> import autograd
    >>> import nn.functional as F
    >>> F.huber_loss(autograd.tensor([1.0, 3.0]), autograd.zeros(2), reduction="none")
    tensor([0.5000, 2.5000])
    """
    reduction = reduction_of(reduction, None, None, "huber_loss")
    _operands("huber_loss", input, target)
    if delta <= 0:
        raise RuntimeError(
            describe("huber_loss does not support non-positive values for delta.", rule=f"delta is {delta}")
        )
    loss = _parabola(input - target, delta)
    if weight is not None and weight._data.shape != loss._data.shape:
        raise ValueError(describe("Weights and input must have the same size.", op="huber_loss"))
    return reduced(loss if weight is None else loss * weight, reduction)


@op(
    lambda make: [
        *(Sample(make(3, 4), make.positive(3, 4), reduction=r) for r in ("sum", "none", "batchmean")),
        *(Sample(make(3, 4), make(3, 4), reduction=r, log_target=True) for r in ("sum", "none", "batchmean")),
    ],
    method=False,
)
def kl_div(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    log_target: bool = False,
) -> Tensor:
    """Return the Kullback-Leibler divergence ``y (log y - x)``, where x are log-probabilities.

    Parameters
    ----------
    input : Tensor
        Log-probabilities.
    target : Tensor
        Probabilities, or their logarithms if `log_target`.
    size_average, reduce : bool, optional
        Deprecated.
    reduction : {'mean', 'batchmean', 'sum', 'none'}
        'batchmean' is the divergence; 'mean' divides by the number of elements.
    log_target : bool

    Examples
    --------
    >>> import autograd
    >>> import nn.functional as F
    >>> p = autograd.tensor([[0.25, 0.75]])
    >>> F.kl_div(p.log(), p, reduction="batchmean")
    tensor(0.)
    """
    reduction = reduction_of(reduction, size_average, reduce, "kl_div", ("batchmean",))
    if reduction == "mean":
        warnings.warn(
            "reduction: 'mean' divides the total loss by both the batch size and the support size.'batchmean' divides "
            "only by the batch size, and aligns with the KL div math definition.",
            UserWarning,
            stacklevel=2,
        )
    require_tensors("kl_div", input=input, target=target)
    loss = target.exp() * (target - input) if log_target else xlogy(target, target) - target * input
    if reduction == "batchmean":
        return reduced(loss, "sum") / (input._data.shape[0] if input._data.ndim else 1)
    return reduced(loss, reduction)


@op(
    lambda make: [
        *(Sample(make(3, 4), make.positive(3, 4), reduction=r) for r in ("mean", "sum", "none")),
        Sample(make.positive(3, 4), make.positive(3, 4), False),
        Sample(make.positive(3, 4), Tensor(make.positive(3, 4)._data * 2, None), False, True, eps=0.1),
    ],
    method=False,
)
def poisson_nll_loss(
    input: Tensor,
    target: Tensor,
    log_input: bool = True,
    full: bool = False,
    size_average: bool | None = None,
    eps: float = 1e-8,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Return the negative log-likelihood of counts: ``exp(x) - y x``, or ``x - y log(x + eps)``.

    Parameters
    ----------
    input, target : Tensor
    log_input : bool
        Whether `input` is the logarithm of the rate.
    full : bool
        Add Stirling's approximation of ``log y!`` where y > 1.
    eps : float
    size_average, reduce : bool, optional
        Deprecated.
    reduction : {'mean', 'sum', 'none'}

    Examples
    --------
    >>> import autograd
    >>> import nn.functional as F
    >>> F.poisson_nll_loss(autograd.tensor([0.0]), autograd.tensor([2.0]))
    tensor(1.)
    """
    reduction = reduction_of(reduction, size_average, reduce, "poisson_nll_loss")
    require_tensors("poisson_nll_loss", input=input, target=target)
    loss = input.exp() - target * input if log_input else input - target * (input + eps).log()
    if full:
        large = target > 1
        count = where(large, target, 1.0)
        loss = loss + where(large, count * count.log() - count + 0.5 * (count * (2 * math.pi)).log(), 0.0)
    return reduced(loss, reduction)


@op(
    lambda make: [
        *(Sample(make(3, 4), make(3, 4), make.positive(3, 4), reduction=r) for r in ("mean", "sum", "none")),
        Sample(make(3, 4), make(3, 4), make.positive(3, 1), True),
        Sample(make(3, 4), make(3, 4), make.positive(3), eps=0.1),
        Sample(make(3, 4), make(3, 4), 0.5),
    ],
    method=False,
)
def gaussian_nll_loss(
    input: Tensor,
    target: Tensor,
    var: Tensor | float,
    full: bool = False,
    eps: float = 1e-6,
    reduction: str = "mean",
) -> Tensor:
    """Return the negative log-likelihood of a normal distribution: ``(log var + (x - y)^2 / var) / 2``.

    Nix and Weigend, "Estimating the mean and variance of the target probability distribution", 1994.

    Parameters
    ----------
    input, target : Tensor
    var : Tensor or float
        One variance an element, or one for all entries of an axis, which may be left out if it is the last.
    full : bool
        Add the constant ``log(2 pi) / 2``.
    eps : float
        Smallest variance; the gradient ignores the limit.
    reduction : {'mean', 'sum', 'none'}

    Raises
    ------
    ValueError
        If `var` is negative or of an incorrect size.

    Examples
    --------
    >>> import autograd
    >>> import nn.functional as F
    >>> F.gaussian_nll_loss(autograd.tensor([1.0]), autograd.tensor([3.0]), autograd.tensor([1.0]))
    tensor(2.)
    """
    require_tensors("gaussian_nll_loss", input=input, target=target)
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(describe(f"{reduction} is not valid", op="gaussian_nll_loss"))
    shape = input._data.shape
    if not isinstance(var, Tensor):
        var = Tensor(np.full(shape, var, input._data.dtype), None)
    elif var._data.shape != shape:
        if var._data.shape == shape[:-1]:
            var = unsqueeze(var, -1)
        elif len(var._data.shape) != len(shape) or [
            v for n, v in zip(shape, var._data.shape, strict=True) if n != v
        ] != [1]:
            raise ValueError(
                describe(
                    "var is of incorrect size", op="gaussian_nll_loss", shapes={"input": shape, "var": var._data.shape}
                )
            )
    if np.any(var._data < 0):
        raise ValueError(describe("var has negative entry/entries", op="gaussian_nll_loss"))
    var = raised(var, eps)
    difference = input - target
    loss = 0.5 * (var.log() + difference * difference / var)
    return reduced(loss + 0.5 * math.log(2 * math.pi) if full else loss, reduction)
