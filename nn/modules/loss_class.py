"""Losses of classes and labels."""

from __future__ import annotations

from autograd import Tensor
from nn import functional as F
from nn.modules.loss import _PairLoss, _WeightedLoss

__all__ = ["BCELoss", "BCEWithLogitsLoss", "CrossEntropyLoss", "MultiLabelSoftMarginLoss", "NLLLoss", "SoftMarginLoss"]


class SoftMarginLoss(_PairLoss):
    """``log(1 + exp(-y x))`` for targets -1 and 1; input and target of any one shape.

    Parameters
    ----------
    size_average, reduce : bool, optional
        Deprecated.
    reduction : {'mean', 'sum', 'none'}

    Examples
    --------
    >>> import autograd, nn
    >>> nn.SoftMarginLoss(reduction="none")(autograd.tensor([0.0, 200.0]), autograd.tensor([1.0, -1.0]))
    tensor([  0.6931, 200.0000])
    """

    _loss = staticmethod(F.soft_margin_loss)


class _ClassLoss(_WeightedLoss):
    """A loss for class indices, one of which may be ignored."""

    def __init__(
        self,
        weight: Tensor | None = None,
        size_average: bool | None = None,
        ignore_index: int = -100,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(weight, size_average, reduce, reduction)
        self.ignore_index = ignore_index


class NLLLoss(_ClassLoss):
    """``-w[y] x[y]`` for log-probabilities x of shape (N, C, ...) and class indices y of shape (N, ...).

    Parameters
    ----------
    weight : Tensor, shape (C,), optional
        Of the classes; the mean is over the summed weights.
    ignore_index : int, default -100
        Targets with this value do not count.
    size_average, reduce : bool, optional
        Deprecated.
    reduction : {'mean', 'sum', 'none'}

    Attributes
    ----------
    weight : Tensor, shape (C,), or None

    Examples
    --------
    >>> import autograd, nn
    >>> logs = autograd.tensor([[-1.0, -2.0], [-3.0, -4.0]])
    >>> nn.NLLLoss()(logs, autograd.tensor([0, 1]))
    tensor(2.5000)
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Return the loss."""
        return F.nll_loss(input, target, weight=self.weight, ignore_index=self.ignore_index, reduction=self.reduction)


class CrossEntropyLoss(_ClassLoss):
    """`NLLLoss` of the log-softmax of logits: ``-w[y] log(softmax(x)[y])``.

    Logits are of shape (N, C, ...) or (C,); targets are class indices of shape (N, ...) or (), or class probabilities
    of the logits' shape.

    Parameters
    ----------
    weight : Tensor, shape (C,), optional
        Of the classes; for class indices the mean is over the summed weights.
    ignore_index : int, default -100
        Class indices with this value do not count.
    size_average, reduce : bool, optional
        Deprecated.
    reduction : {'mean', 'sum', 'none'}
    label_smoothing : float, default 0
        The part of the target that is spread evenly over all classes (Szegedy et al. 2015).

    Attributes
    ----------
    weight : Tensor, shape (C,), or None

    Examples
    --------
    >>> import autograd, nn
    >>> nn.CrossEntropyLoss()(autograd.zeros(4, 10), autograd.tensor([0, 3, 5, 9]))
    tensor(2.3026)
    """

    def __init__(
        self,
        weight: Tensor | None = None,
        size_average: bool | None = None,
        ignore_index: int = -100,
        reduce: bool | None = None,
        reduction: str = "mean",
        label_smoothing: float = 0.0,
    ) -> None:
        super().__init__(weight, size_average, ignore_index, reduce, reduction)
        self.label_smoothing = label_smoothing

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Return the loss."""
        return F.cross_entropy(
            input,
            target,
            weight=self.weight,
            ignore_index=self.ignore_index,
            reduction=self.reduction,
            label_smoothing=self.label_smoothing,
        )


class BCELoss(_WeightedLoss):
    """``-w (y log x + (1 - y) log(1 - x))`` for probabilities x; logarithms are bounded below by -100.

    Parameters
    ----------
    weight : Tensor, optional
        Of the elements, broadcast to the batch.
    size_average, reduce : bool, optional
        Deprecated.
    reduction : {'mean', 'sum', 'none'}

    Attributes
    ----------
    weight : Tensor or None

    Examples
    --------
    >>> import autograd, nn
    >>> nn.BCELoss(reduction="none")(autograd.tensor([0.5, 0.0]), autograd.tensor([1.0, 1.0]))
    tensor([  0.6931, 100.0000])
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Return the loss."""
        return F.binary_cross_entropy(input, target, weight=self.weight, reduction=self.reduction)


class BCEWithLogitsLoss(_WeightedLoss):
    """`BCELoss` of the sigmoid s of logits, without overflow: ``-w (pos_weight y log s(x) + (1 - y) log(1 - s(x)))``.

    Parameters
    ----------
    weight : Tensor, optional
        Of the elements, broadcast to the batch.
    size_average, reduce : bool, optional
        Deprecated.
    reduction : {'mean', 'sum', 'none'}
    pos_weight : Tensor, optional
        Factor of the positive examples, for each class.

    Attributes
    ----------
    weight, pos_weight : Tensor or None

    Examples
    --------
    >>> import autograd, nn
    >>> nn.BCEWithLogitsLoss(reduction="none")(autograd.tensor([200.0, 200.0]), autograd.tensor([1.0, 0.0]))
    tensor([  0., 200.])
    """

    pos_weight: Tensor | None

    def __init__(
        self,
        weight: Tensor | None = None,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
        pos_weight: Tensor | None = None,
    ) -> None:
        super().__init__(weight, size_average, reduce, reduction)
        self.register_buffer("pos_weight", pos_weight)

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Return the loss."""
        return F.binary_cross_entropy_with_logits(
            input, target, self.weight, pos_weight=self.pos_weight, reduction=self.reduction
        )


class MultiLabelSoftMarginLoss(_WeightedLoss):
    """Mean over the classes of the binary cross-entropy of logits, for targets 0 and 1: (N, C), (N, C) -> (N,).

    Parameters
    ----------
    weight : Tensor, shape (C,), optional
        Of the classes.
    size_average, reduce : bool, optional
        Deprecated.
    reduction : {'mean', 'sum', 'none'}

    Attributes
    ----------
    weight : Tensor, shape (C,), or None

    Examples
    --------
    >>> import autograd, nn
    >>> nn.MultiLabelSoftMarginLoss()(autograd.zeros(1, 4), autograd.tensor([[0.0, 1.0, 1.0, 0.0]]))
    tensor(0.6931)
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Return the loss."""
        return F.multilabel_soft_margin_loss(input, target, weight=self.weight, reduction=self.reduction)
