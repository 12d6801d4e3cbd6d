"""Losses with a margin."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograd import Tensor
from autograd.errors import describe
from nn import functional as F
from nn.modules.distance import PairwiseDistance
from nn.modules.loss import _Loss, _PairLoss, _WeightedLoss

__all__ = [
    "CosineEmbeddingLoss",
    "HingeEmbeddingLoss",
    "MarginRankingLoss",
    "MultiLabelMarginLoss",
    "MultiMarginLoss",
    "TripletMarginLoss",
    "TripletMarginWithDistanceLoss",
]


class MultiLabelMarginLoss(_PairLoss):
    """Sum over pairs of a target class j and another one i of ``max(0, 1 - (x_j - x_i)) / C``: (N, C), (N, C) -> (N,).

    Targets hold class indices, up to the first -1.

    Parameters
    ----------
    size_average, reduce : bool, optional
        Deprecated.
    reduction : {'mean', 'sum', 'none'}

    Examples
    --------
    >>> import autograd, nn
    >>> x, y = autograd.tensor([[1.0, 1.0, 0.0, 0.0]]), autograd.tensor([[1, -1, 0, 0]])
    >>> nn.MultiLabelMarginLoss()(x, y)
    tensor(0.2500)
    """

    _loss = staticmethod(F.multilabel_margin_loss)


class MultiMarginLoss(_WeightedLoss):
    """Sum over the wrong classes i of ``w[y] max(0, margin - x[y] + x[i])^p / C``: (N, C), (N,) -> (N,).

    From Crammer & Singer 2001.

    Parameters
    ----------
    p : {1, 2}
    margin : float, default 1
    weight : Tensor, shape (C,), optional
        Of the classes.
    size_average, reduce : bool, optional
        Deprecated.
    reduction : {'mean', 'sum', 'none'}

    Attributes
    ----------
    weight : Tensor, shape (C,), or None

    Raises
    ------
    ValueError
        If `p` is not 1 or 2, or `weight` is not a vector.

    Examples
    --------
    >>> import autograd, nn
    >>> nn.MultiMarginLoss()(autograd.tensor([[1.0, 1.0, 0.0, 0.0]]), autograd.tensor([1]))
    tensor(0.2500)
    """

    def __init__(
        self,
        p: int = 1,
        margin: float = 1.0,
        weight: Tensor | None = None,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(weight, size_average, reduce, reduction)
        if p not in (1, 2):
            raise ValueError(describe("only p == 1 and p == 2 supported", rule=f"got p={p}"))
        if weight is not None and weight.ndim != 1:
            raise ValueError(
                describe(f"MultiMarginLoss: expected weight to be None or 1D tensor, got {weight.ndim}D instead")
            )
        self.p = p
        self.margin = margin

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Return the loss."""
        return F.multi_margin_loss(
            input, target, p=self.p, margin=self.margin, weight=self.weight, reduction=self.reduction
        )


class _MarginLoss(_Loss):
    def __init__(
        self,
        margin: float = 0.0,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.margin = margin


class HingeEmbeddingLoss(_MarginLoss):
    """``x`` for targets 1, ``max(0, margin - x)`` for targets -1; the input is a distance, of the target's shape.

    Parameters
    ----------
    margin : float, default 1
    size_average, reduce : bool, optional
        Deprecated.
    reduction : {'mean', 'sum', 'none'}

    Examples
    --------
    >>> import autograd, nn
    >>> nn.HingeEmbeddingLoss(reduction="none")(autograd.tensor([0.25, 0.25]), autograd.tensor([1.0, -1.0]))
    tensor([0.2500, 0.7500])
    """

    def __init__(
        self,
        margin: float = 1.0,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(margin, size_average, reduce, reduction)

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Return the loss."""
        return F.hinge_embedding_loss(input, target, margin=self.margin, reduction=self.reduction)


class CosineEmbeddingLoss(_MarginLoss):
    """``1 - cos(x1, x2)`` for targets 1, ``max(0, cos(x1, x2) - margin)`` for targets -1: (N, D), (N, D), (N,) -> (N,).

    Parameters
    ----------
    margin : float, default 0
        Between -1 and 1.
    size_average, reduce : bool, optional
        Deprecated.
    reduction : {'mean', 'sum', 'none'}

    Examples
    --------
    >>> import autograd, nn
    >>> x = autograd.tensor([[1.0, 0.0], [1.0, 0.0]])
    >>> nn.CosineEmbeddingLoss(reduction="none")(x, x, autograd.tensor([1, -1]))
    tensor([0., 1.])
    """

    def forward(self, input1: Tensor, input2: Tensor, target: Tensor) -> Tensor:
        """Return the loss."""
        return F.cosine_embedding_loss(input1, input2, target, margin=self.margin, reduction=self.reduction)


class MarginRankingLoss(_MarginLoss):
    """``max(0, -y (x1 - x2) + margin)`` for targets 1, where x1 should be the larger, and -1, where x2 should.

    Parameters
    ----------
    margin : float, default 0
    size_average, reduce : bool, optional
        Deprecated.
    reduction : {'mean', 'sum', 'none'}

    Examples
    --------
    >>> import autograd, nn
    >>> x1, x2, y = autograd.tensor([3.0, 1.0]), autograd.tensor([1.0, 2.0]), autograd.tensor([1.0, 1.0])
    >>> nn.MarginRankingLoss(reduction="none")(x1, x2, y)
    tensor([0., 1.])
    """

    def forward(self, input1: Tensor, input2: Tensor, target: Tensor) -> Tensor:
        """Return the loss."""
        return F.margin_ranking_loss(input1, input2, target, margin=self.margin, reduction=self.reduction)


def _check_margin(name: str, margin: float) -> None:
    if margin <= 0:
        raise ValueError(describe(f"{name}: expected margin to be greater than 0, got {margin} instead"))


class TripletMarginLoss(_Loss):
    """``max(0, d(anchor, positive) - d(anchor, negative) + margin)`` with the p-norm distance (Balntas et al. 2016).

    (N, D), (N, D), (N, D) -> (N,), or without N.

    Parameters
    ----------
    margin : float, default 1
    p : float, default 2
    eps : float, default 1e-6
        Added to each difference.
    swap : bool, default False
        Whether the negative's distance is its smaller one to anchor and positive.
    size_average, reduce : bool, optional
        Deprecated.
    reduction : {'mean', 'sum', 'none'}

    Raises
    ------
    ValueError
        If `margin` is not positive.

    Examples
    --------
    >>> import autograd, nn
    >>> near, far = autograd.tensor([[3.0, 0.0]]), autograd.tensor([[0.0, 5.0]])
    >>> nn.TripletMarginLoss(margin=4.0, eps=0.0)(autograd.zeros(1, 2), near, far)
    tensor(2.)
    """

    def __init__(
        self,
        margin: float = 1.0,
        p: float = 2.0,
        eps: float = 1e-6,
        swap: bool = False,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        _check_margin("TripletMarginLoss", margin)
        self.margin = margin
        self.p = p
        self.eps = eps
        self.swap = swap

    def forward(self, anchor: Tensor, positive: Tensor, negative: Tensor) -> Tensor:
        """Return the loss."""
        return F.triplet_margin_loss(
            anchor,
            positive,
            negative,
            margin=self.margin,
            p=self.p,
            eps=self.eps,
            swap=self.swap,
            reduction=self.reduction,
        )


class TripletMarginWithDistanceLoss(_Loss):
    """``max(0, d(anchor, positive) - d(anchor, negative) + margin)`` with any distance d (Balntas et al. 2016).

    Parameters
    ----------
    distance_function : callable, optional
        Of two tensors; by default `PairwiseDistance`.
    margin : float, default 1
    swap : bool, default False
        Whether the negative's distance is its smaller one to anchor and positive.
    reduction : {'mean', 'sum', 'none'}

    Raises
    ------
    ValueError
        If `margin` is not positive.

    Examples
    --------
    >>> import autograd, nn
    >>> loss = nn.TripletMarginWithDistanceLoss(distance_function=lambda x, y: abs(x - y).amax(-1))
    >>> loss(autograd.zeros(1, 2), autograd.ones(1, 2), autograd.full((1, 2), 1.5))
    tensor(0.5000)
    """

    def __init__(
        self,
        *,
        distance_function: Callable[[Tensor, Tensor], Tensor] | None = None,
        margin: float = 1.0,
        swap: bool = False,
        reduction: str = "mean",
    ) -> None:
        super().__init__(reduction=reduction)
        _check_margin("TripletMarginWithDistanceLoss", margin)
        self.distance_function: Any = PairwiseDistance() if distance_function is None else distance_function
        self.margin = margin
        self.swap = swap

    def forward(self, anchor: Tensor, positive: Tensor, negative: Tensor) -> Tensor:
        """Return the loss."""
        return F.triplet_margin_with_distance_loss(
            anchor,
            positive,
            negative,
            distance_function=self.distance_function,
            margin=self.margin,
            swap=self.swap,
            reduction=self.reduction,
        )
