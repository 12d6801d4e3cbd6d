"""Losses that ask for a margin between scores or distances."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from autograd.errors import describe, sizes
from autograd.ops.arguments import require_tensors, scalar_type
from autograd.ops.distance import pairwise_distance
from autograd.ops.loss_binary import REDUCTIONS
from autograd.ops.reduction import reduced, reduction_of
from autograd.ops.registry import Maker, Sample, op
from autograd.ops.select import minimum, where
from autograd.ops.shape import reshape
from autograd.tensor import Tensor

__all__ = [
    "cosine_embedding_loss",
    "margin_ranking_loss",
    "multi_margin_loss",
    "multilabel_margin_loss",
    "triplet_margin_loss",
    "triplet_margin_with_distance_loss",
]


def _sides(make: Maker, *shape: int) -> Tensor:
    """Return targets of 1 and -1."""
    return Tensor(np.asarray(make.booleans(*shape)._data * make.dtype.type(2) - 1), None)


def _ranked(make: Maker) -> Iterator[Sample]:
    for reduction in REDUCTIONS:
        yield Sample(make.distinct(6), make.distinct(6), _sides(make, 6), 0.13, reduction=reduction)


@op(_ranked, method=False)
def margin_ranking_loss(
    input1: Tensor,
    input2: Tensor,
    target: Tensor,
    margin: float = 0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Return ``max(0, -y (x1 - x2) + margin)``: with y = 1 the first should be greater.

    Parameters
    ----------
    input1, input2, target : Tensor
        The target is 1 or -1.
    margin : float
    size_average, reduce : bool, optional
        Deprecated.
    reduction : {'mean', 'sum', 'none'}

    Raises
    ------
    RuntimeError
        If the tensors differ in their number of axes.

    Examples
    --------
    >>> import autograd
    >>> import nn.functional as F
    >>> F.margin_ranking_loss(autograd.tensor([1.0]), autograd.tensor([4.0]), autograd.tensor([1.0]))
    tensor(3.)
    """
    reduction = reduction_of(reduction, size_average, reduce, "margin_ranking_loss")
    require_tensors("margin_ranking_loss", input1=input1, input2=input2, target=target)
    if not input1._data.ndim == input2._data.ndim == target._data.ndim:
        raise RuntimeError(
            describe(
                "margin_ranking_loss : All input tensors should have same dimension but got sizes: "
                f"input1: autograd.Size({list(input1._data.shape)}), input2: autograd.Size({list(input2._data.shape)}),"
                f" target: autograd.Size({list(target._data.shape)})",
                op="margin_ranking_loss",
            )
        )
    return reduced((-target * (input1 - input2) + margin).clamp_min(0), reduction)


def _cosines(make: Maker) -> Iterator[Sample]:
    for reduction in REDUCTIONS:
        yield Sample(make(5, 3), make(5, 3), _sides(make, 5), reduction=reduction)
    yield Sample(make(5, 3), make(5, 3), _sides(make, 5), -0.4)
    yield Sample(make(3), make(3), _sides(make))


@op(_cosines, method=False)
def cosine_embedding_loss(
    input1: Tensor,
    input2: Tensor,
    target: Tensor,
    margin: float = 0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Return ``1 - cos(x1, x2)`` where the target is 1, and ``max(0, cos(x1, x2) - margin)`` where it is -1.

    Parameters
    ----------
    input1, input2 : Tensor, shape (N, D) or (D,)
    target : Tensor, shape (N,) or ()
    margin : float
    size_average, reduce : bool, optional
        Deprecated.
    reduction : {'mean', 'sum', 'none'}

    Raises
    ------
    RuntimeError
        If the shapes do not fit.

    Examples
    --------
    >>> import autograd
    >>> import nn.functional as F
    >>> x, y = autograd.tensor([[1.0, 0.0]]), autograd.tensor([[0.0, 1.0]])
    >>> F.cosine_embedding_loss(x, y, autograd.tensor([1.0]))
    tensor(1.)
    """
    reduction = reduction_of(reduction, size_average, reduce, "cosine_embedding_loss")
    require_tensors("cosine_embedding_loss", input1=input1, input2=input2, target=target)
    if target._data.ndim > 1:
        raise RuntimeError(
            describe("0D or 1D target tensor expected, multi-target not supported", op="cosine_embedding_loss")
        )
    dimensions = target._data.ndim + 1
    if input1._data.ndim != dimensions or input2._data.ndim != dimensions:
        raise RuntimeError(
            describe(
                f"{target._data.ndim}D target tensor expects {dimensions}D input tensors, but found inputs with sizes "
                f"{sizes(input1._data.shape)} and {sizes(input2._data.shape)}.",
                op="cosine_embedding_loss",
            )
        )
    small = 1e-12
    squares = [(x * x).sum(-1) + small for x in (input1, input2)]
    cosine = (input1 * input2).sum(-1) / (squares[0] * squares[1]).sqrt()
    alike, apart = where(target == 1, 1 - cosine, 0.0), where(target == -1, (cosine - margin).clamp_min(0), 0.0)
    return reduced(alike + apart, reduction)


def _require_classes(shape: tuple[int, ...], op: str) -> None:
    """Refuse scores without classes, or of more than two axes."""
    if len(shape) > 2 or 0 in shape[-1:]:
        raise RuntimeError(
            describe(
                f"Expected non-empty vector or matrix with optional 0-dim batch size, but got: {sizes(shape)}", op=op
            )
        )


def _scored(make: Maker) -> Iterator[Sample]:
    weight = Tensor(make.positive(5)._data, None)
    for reduction in REDUCTIONS:
        yield Sample(make.distinct(3, 5), make.integers(0, 5, 3), 1, 0.31, reduction=reduction)
        yield Sample(make.distinct(3, 5), make.integers(0, 5, 3), 2, 0.71, weight, reduction=reduction)
    yield Sample(make.distinct(5), make.integers(0, 5), margin=0.31)


@op(_scored, method=False)
def multi_margin_loss(
    input: Tensor,
    target: Tensor,
    p: int = 1,
    margin: float = 1.0,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Return the mean over the other classes' ``w[y] max(0, margin - x[y] + x[i]) ^ p``.

    Parameters
    ----------
    input : Tensor, shape (N, C) or (C,)
    target : Tensor of int64, shape (N,) or ()
    p : {1, 2}
    margin : float
    weight : Tensor, shape (C,), optional
    size_average, reduce : bool, optional
        Deprecated.
    reduction : {'mean', 'sum', 'none'}

    Raises
    ------
    ValueError
        If `p` is neither 1 nor 2, or `weight` is no vector.
    RuntimeError
        If shapes do not fit, or a target is no class.

    Examples
    --------
    >>> import autograd
    >>> import nn.functional as F
    >>> F.multi_margin_loss(autograd.tensor([[0.5, 1.0, 0.0, 0.5]]), autograd.tensor([1]))
    tensor(0.2500)
    """
    reduction = reduction_of(reduction, size_average, reduce, "multi_margin_loss")
    require_tensors("multi_margin_loss", input=input, target=target)
    if p not in (1, 2):
        raise ValueError(describe("only p == 1 and p == 2 supported", op="multi_margin_loss", rule=f"p is {p}"))
    if weight is not None and weight._data.ndim != 1:
        raise ValueError(describe("weight must be one-dimensional", op="multi_margin_loss"))
    shape, labels = input._data.shape, target._data
    _require_classes(shape, "multi_margin_loss")
    rows, classes = (shape[0], shape[1]) if len(shape) == 2 else (1, shape[-1] if shape else 1)
    if labels.ndim > 1 or labels.size != rows:
        raise RuntimeError(
            describe(
                "multi_margin_loss: target tensor should be 1-D with size equal to the number of input samples (batch "
                f"size). Expected target size {sizes((rows,))}, but got {sizes(labels.shape)}. Input has shape "
                f"{sizes(shape)}.",
                op="multi_margin_loss",
            )
        )
    if weight is not None and weight._data.shape != (classes,):
        raise RuntimeError(
            describe(
                f"inconsistent weight size, expected {classes} but got {sizes(weight._data.shape)}",
                op="multi_margin_loss",
            )
        )
    if labels.dtype != np.int64:
        found = scalar_type(labels.dtype)
        raise RuntimeError(describe(f"expected scalar type Long but found {found}", op="multi_margin_loss"))
    if labels.size and not (labels.min() >= 0 and labels.max() < classes):
        raise RuntimeError(
            describe(
                "target out of range",
                op="multi_margin_loss",
                rule=f"the input has {classes} classes, from 0 to {classes - 1}",
            )
        )
    index = reshape(target, (rows, 1))
    scores = reshape(input, (rows, classes))
    short = (margin - scores.gather(1, index) + scores).clamp_min(0)
    others = Tensor((np.arange(classes) != labels.reshape(rows, 1)).astype(input._data.dtype), None)
    loss = (short if p == 1 else short * short) * others
    if weight is not None:
        loss = loss * weight.index_select(0, reshape(target, (rows,))).unsqueeze(1)
    return reduced(reshape(loss.sum(1) / classes, labels.shape), reduction)


def _lists(make: Maker) -> Iterator[Sample]:
    lists = np.array([[1, 3, -1, 0, 2], [0, 1, 2, 3, 4], [-1, 0, 0, 0, 0], [4, 2, 0, -1, -1]])
    for reduction in REDUCTIONS:
        yield Sample(make(4, 5), Tensor(lists, None), reduction=reduction)
    yield Sample(make(5), Tensor(lists[0].copy(), None))


@op(_lists, method=False)
def multilabel_margin_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Return the sum over targets j and other classes i of ``max(0, 1 - (x[j] - x[i])) / C``.

    Parameters
    ----------
    input : Tensor, shape (N, C) or (C,)
    target : Tensor of int64, the shape of `input`
        Each row lists the classes of a sample, and ends at the first -1.
    size_average, reduce : bool, optional
        Deprecated.
    reduction : {'mean', 'sum', 'none'}

    Raises
    ------
    RuntimeError
        If the shapes differ, or a target is no class.

    Examples
    --------
    >>> import autograd
    >>> import nn.functional as F
    >>> x = autograd.tensor([[1.0, 0.5, 0.0, 2.0]])
    >>> F.multilabel_margin_loss(x, autograd.tensor([[3, 0, -1, -1]]))
    tensor(0.1250)
    """
    reduction = reduction_of(reduction, size_average, reduce, "multilabel_margin_loss")
    require_tensors("multilabel_margin_loss", input=input, target=target)
    shape, listed = input._data.shape, target._data
    _require_classes(shape, "multilabel_margin_loss")
    if listed.shape != shape:
        raise RuntimeError(
            describe(
                f"inconsistent target size: {sizes(listed.shape)} for input of size: {sizes(shape)}",
                op="multilabel_margin_loss",
            )
        )
    classes = shape[-1] if shape else 1
    if listed.size and not (listed.min() >= -1 and listed.max() < classes):
        raise RuntimeError(describe("argument #2 'target' is out of range", op="multilabel_margin_loss"))
    lists = listed.reshape(-1, classes)
    # Entry (n, j) counts while no -1 stands before it.
    counts = np.logical_and.accumulate(lists >= 0, axis=1)
    wanted = np.zeros(lists.shape, bool)
    np.put_along_axis(wanted, np.where(counts, lists, lists[:, :1]), counts[:, :1], 1)
    scores = reshape(input, (-1, classes))
    chosen = scores.gather(1, Tensor(np.where(counts, lists, 0), None))
    pairs = counts[:, :, None] & ~wanted[:, None, :]
    short = (1 - (chosen.unsqueeze(2) - scores.unsqueeze(1))).clamp_min(0)
    loss = (short * Tensor(pairs.astype(input._data.dtype), None)).sum((1, 2)) / classes
    return reduced(reshape(loss, shape[:-1]), reduction)


def _triples(make: Maker) -> Iterator[Sample]:
    for reduction in REDUCTIONS:
        yield Sample(make(4, 3), make(4, 3), make(4, 3), reduction=reduction)
    yield Sample(make(4, 3), make(4, 3), make(4, 3), margin=2.0, swap=True)


@op(lambda make: [*_triples(make), Sample(make(4, 3), make(4, 3), make(4, 3), 2.0, 3, 0.1, True)], method=False)
def triplet_margin_loss(
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    margin: float = 1.0,
    p: float = 2,
    eps: float = 1e-6,
    swap: bool = False,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Return ``max(0, |a - p| - |a - n| + margin)``.

    Balntas et al., "Learning local feature descriptors with triplets and shallow convolutional neural networks", 2016.

    Parameters
    ----------
    anchor, positive, negative : Tensor, shape (N, D) or (D,)
    margin : float
    p, eps : float
        Of `pairwise_distance`.
    swap : bool
        Use the distance of positive and negative where it is the smaller one.
    size_average, reduce : bool, optional
        Deprecated.
    reduction : {'mean', 'sum', 'none'}

    Raises
    ------
    ValueError
        If `margin` is not positive.
    RuntimeError
        If the tensors differ in their number of axes.

    Examples
    --------
    >>> import autograd
    >>> import nn.functional as F
    >>> a, p, n = autograd.zeros(1, 2), autograd.tensor([[3.0, 4.0]]), autograd.tensor([[0.0, 2.0]])
    >>> F.triplet_margin_loss(a, p, n).round()
    tensor(4.)
    """
    reduction = reduction_of(reduction, size_average, reduce, "triplet_margin_loss")

    def distance(a: Tensor, b: Tensor) -> Tensor:
        return pairwise_distance(a, b, p, eps)

    return _triplet(anchor, positive, negative, distance, margin, swap, reduction)


@op(_triples, method=False)
def triplet_margin_with_distance_loss(
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    *,
    distance_function: Callable[[Tensor, Tensor], Tensor] | None = None,
    margin: float = 1.0,
    swap: bool = False,
    reduction: str = "mean",
) -> Tensor:
    """Return ``max(0, d(a, p) - d(a, n) + margin)`` for a distance of one's own.

    Parameters
    ----------
    anchor, positive, negative : Tensor
    distance_function : callable, optional
        `pairwise_distance` by default.
    margin, swap, reduction
        As in `triplet_margin_loss`.

    Examples
    --------
    >>> import autograd
    >>> import nn.functional as F
    >>> a, p, n = autograd.zeros(1, 2), autograd.tensor([[3.0, 4.0]]), autograd.tensor([[0.0, 2.0]])
    >>> F.triplet_margin_with_distance_loss(a, p, n, distance_function=lambda x, y: (x - y).abs().sum(1))
    tensor(6.)
    """
    reduction = reduction_of(reduction, None, None, "triplet_margin_with_distance_loss")
    return _triplet(anchor, positive, negative, distance_function or pairwise_distance, margin, swap, reduction)


def _triplet(
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    distance: Callable[[Tensor, Tensor], Tensor],
    margin: float,
    swap: bool,
    reduction: str,
) -> Tensor:
    require_tensors("triplet_margin_loss", anchor=anchor, positive=positive, negative=negative)
    if margin <= 0:
        raise ValueError(describe(f"margin must be greater than 0, got {margin}", op="triplet_margin_loss"))
    ranks = [t._data.ndim for t in (anchor, positive, negative)]
    if len(set(ranks)) > 1:
        raise RuntimeError(
            describe(
                "The anchor, positive, and negative tensors are expected to have the same number of dimensions, "
                f"but got: anchor {ranks[0]}D, positive {ranks[1]}D, and negative {ranks[2]}D inputs",
                op="triplet_margin_loss",
            )
        )
    closer, farther = distance(anchor, positive), distance(anchor, negative)
    if swap:
        farther = minimum(farther, distance(positive, negative))
    return reduced((margin + closer - farther).clamp_min(0), reduction)
