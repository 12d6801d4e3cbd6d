"""Losses of yes-or-no predictions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from autograd.errors import describe
from autograd.operation import Op
from autograd.ops.activation import logsigmoid
from autograd.ops.arguments import require_tensors, same_type, scalar_type
from autograd.ops.promote import broadcast_shape
from autograd.ops.reduction import reduced, reduction_of
from autograd.ops.registry import Maker, Sample, op
from autograd.ops.select import where
from autograd.tensor import Tensor

__all__ = [
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "hinge_embedding_loss",
    "multilabel_soft_margin_loss",
    "soft_margin_loss",
]

Array = np.ndarray[Any, np.dtype[Any]]
REDUCTIONS = ("mean", "sum", "none")

SMALLEST = float(np.float32(1e-12))
"""What the derivative divides by at least; in single precision, as PyTorch has it."""


class BinaryCrossEntropy(Op):
    """``-(y log p + (1 - y) log(1 - p))``, with logarithms no smaller than -100."""

    __slots__ = ()
    keeps = {0: (0, 1), 1: (0,)}

    @np.errstate(divide="ignore")
    def forward(self, p: Array, y: Array) -> Array:
        return (y - 1) * np.maximum(np.log1p(-p), -100) - y * np.maximum(np.log(p), -100)  # type: ignore[no-any-return]

    def backward(self, grad: Tensor) -> tuple[Tensor | None, Tensor | None]:
        p, y = self.saved
        for_p, for_y = self.needs_input_grad
        return (
            grad * (p - y) / ((1 - p) * p).clamp_min(SMALLEST) if for_p else None,
            grad * ((1 - p).log() - p.log()) if for_y else None,
        )


def _probability(make: Maker, *shape: int) -> Tensor:
    """Return values between 0.2 and 0.8 that require grad."""
    return make(*shape, low=0.2, high=0.8)


def _probabilities(make: Maker) -> Iterator[Sample]:
    for reduction in REDUCTIONS:
        yield Sample(_probability(make, 3, 4), _probability(make, 3, 4), reduction=reduction)
    yield Sample(_probability(make, 3, 4), _probability(make, 3, 4), make.positive(4))
    yield Sample(_probability(make), _probability(make))


@op(_probabilities, method=False)
def binary_cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Return ``-(y log p + (1 - y) log(1 - p))``, with logarithms no smaller than -100.

    Parameters
    ----------
    input : Tensor
        Probabilities p.
    target : Tensor, the shape of `input`
    weight : Tensor, optional
        Broadcasts to `input`.
    size_average, reduce : bool, optional
        Deprecated.
    reduction : {'mean', 'sum', 'none'}

    Raises
    ------
    ValueError
        If the shapes differ.
    RuntimeError
        If dtypes differ, or `input` is not between 0 and 1.

    Examples
    --------
    >>> import autograd
    >>> import nn.functional as F
    >>> F.binary_cross_entropy(autograd.tensor([0.5, 0.0]), autograd.ones(2), reduction="none")
    tensor([  0.6931, 100.0000])
    """
    reduction = reduction_of(reduction, size_average, reduce, "binary_cross_entropy")
    require_tensors("binary_cross_entropy", input=input, target=target)
    x, y = input._data, target._data
    if x.shape != y.shape:
        raise ValueError(
            describe(
                f"Using a target size (autograd.Size({list(y.shape)})) that is different to the input size "
                f"(autograd.Size({list(x.shape)})) is deprecated. Please ensure they have the same size.",
                op="binary_cross_entropy",
                fix="reshape or unsqueeze one of them",
            )
        )
    if not same_type(input, target):
        raise RuntimeError(
            describe(
                f"Found dtype {scalar_type(y.dtype)} but expected {scalar_type(x.dtype)}",
                op="binary_cross_entropy",
                fix="convert the target with t.to(input.dtype)",
            )
        )
    if x.size and not (x.min() >= 0 and x.max() <= 1):
        raise RuntimeError(
            describe(
                "all elements of input should be between 0 and 1",
                op="binary_cross_entropy",
                rule=f"they range from {x.min()} to {x.max()}",
                fix="apply autograd.sigmoid, or use binary_cross_entropy_with_logits",
            )
        )
    loss: Tensor = BinaryCrossEntropy.apply(input, target)
    if weight is not None:
        broadcast_shape(weight._data.shape, x.shape, "binary_cross_entropy")
        loss = loss * weight
    return reduced(loss, reduction)


def _logits(make: Maker) -> Iterator[Sample]:
    for reduction in REDUCTIONS:
        yield Sample(make(3, 4), _probability(make, 3, 4), reduction=reduction)
    yield Sample(make(3, 4), _probability(make, 3, 4), make.positive(4), pos_weight=make.positive(4))
    yield Sample(make(), _probability(make))
    yield Sample(make(0, 2), _probability(make, 0, 2), reduction="sum")


@op(_logits, method=False)
def binary_cross_entropy_with_logits(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    pos_weight: Tensor | None = None,
) -> Tensor:
    """Return ``-(w y log sigmoid(x) + (1 - y) log(1 - sigmoid(x)))`` without overflow.

    Parameters
    ----------
    input : Tensor
        Logits x.
    target : Tensor, the shape of `input`
    weight : Tensor, optional
        Broadcasts to `input`.
    size_average, reduce : bool, optional
        Deprecated.
    reduction : {'mean', 'sum', 'none'}
    pos_weight : Tensor, optional
        The weight w of positive examples; broadcasts to `input`.

    Raises
    ------
    ValueError
        If the shapes differ.

    Examples
    --------
    >>> import autograd
    >>> import nn.functional as F
    >>> F.binary_cross_entropy_with_logits(autograd.tensor([0.0, -100.0]), autograd.ones(2), reduction="none")
    tensor([  0.6931, 100.0000])
    """
    reduction = reduction_of(reduction, size_average, reduce, "binary_cross_entropy_with_logits")
    require_tensors("binary_cross_entropy_with_logits", input=input, target=target)
    if input._data.shape != target._data.shape:
        raise ValueError(
            describe(
                f"Target size (autograd.Size({list(target._data.shape)})) must be the same as input size "
                f"(autograd.Size({list(input._data.shape)}))",
                op="binary_cross_entropy_with_logits",
                fix="reshape or unsqueeze one of them",
            )
        )
    certainty = logsigmoid(input)
    if pos_weight is not None:
        certainty = certainty * (target * (pos_weight - 1) + 1)
    loss = (1 - target) * input - certainty
    return reduced(loss if weight is None else loss * weight, reduction)


def _signs(make: Maker, *shape: int) -> Tensor:
    """Return targets of 1 and -1."""
    return Tensor(make.booleans(*shape)._data * make.dtype.type(2) - 1, None)


def _signed(make: Maker) -> Iterator[Sample]:
    for reduction in REDUCTIONS:
        yield Sample(make.nonzero(3, 4), _signs(make, 3, 4), reduction=reduction)


@op(_signed, method=False)
def soft_margin_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Return ``log(1 + exp(-y x))``, for targets y of 1 and -1.

    Parameters
    ----------
    input, target : Tensor
    size_average, reduce : bool, optional
        Deprecated.
    reduction : {'mean', 'sum', 'none'}

    Examples
    --------
    >>> import autograd
    >>> import nn.functional as F
    >>> F.soft_margin_loss(autograd.tensor([0.0]), autograd.tensor([-1.0]))
    tensor(0.6931)
    """
    reduction = reduction_of(reduction, size_average, reduce, "soft_margin_loss")
    require_tensors("soft_margin_loss", input=input, target=target)
    return reduced(-logsigmoid(input * target), reduction)


@op(lambda make: [*_signed(make), Sample(make.nonzero(3), _signs(make, 3), 0.2)], method=False)
def hinge_embedding_loss(
    input: Tensor,
    target: Tensor,
    margin: float = 1.0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Return x where the target is 1, and ``max(0, margin - x)`` where it is -1.

    Parameters
    ----------
    input, target : Tensor
    margin : float
    size_average, reduce : bool, optional
        Deprecated.
    reduction : {'mean', 'sum', 'none'}

    Examples
    --------
    >>> import autograd
    >>> import nn.functional as F
    >>> F.hinge_embedding_loss(autograd.tensor([2.0, 0.25]), autograd.tensor([1.0, -1.0]), reduction="none")
    tensor([2.0000, 0.7500])
    """
    reduction = reduction_of(reduction, size_average, reduce, "hinge_embedding_loss")
    require_tensors("hinge_embedding_loss", input=input, target=target)
    near = where(target != 1, (margin - input).clamp_min(0), 0.0)
    far = where(target != -1, input, 0.0)
    return reduced(near + far, reduction)


def _multilabel(make: Maker) -> Iterator[Sample]:
    for reduction in REDUCTIONS:
        yield Sample(make(3, 4), _probability(make, 3, 4), reduction=reduction)
    yield Sample(make(3, 4), _probability(make, 3, 4), make.positive(4))


@op(_multilabel, method=False)
def multilabel_soft_margin_loss(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Return the binary cross-entropy with logits, averaged over the classes.

    Parameters
    ----------
    input, target : Tensor, shape (N, C) or (C,)
    weight : Tensor, shape (C,), optional
    size_average, reduce : bool, optional
        Deprecated.
    reduction : {'mean', 'sum', 'none'}

    Examples
    --------
    >>> import autograd
    >>> import nn.functional as F
    >>> F.multilabel_soft_margin_loss(autograd.zeros(1, 3), autograd.tensor([[1.0, 0.0, 1.0]]))
    tensor(0.6931)
    """
    reduction = reduction_of(reduction, size_average, reduce, "multilabel_soft_margin_loss")
    require_tensors("multilabel_soft_margin_loss", input=input, target=target)
    loss = -(target * logsigmoid(input) + (1 - target) * logsigmoid(-input))
    loss = loss if weight is None else loss * weight
    return reduced(loss.sum(-1) / input._data.shape[-1], reduction)
