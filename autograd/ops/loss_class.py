"""Losses of class predictions: cross-entropy and negative log-likelihood."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from autograd.errors import describe, sizes
from autograd.kernels import cross_entropy as kernels
from autograd.kernels.cross_entropy import Classes
from autograd.kernels.layout import channels_to_end
from autograd.operation import Op
from autograd.ops.arguments import is_floating, require_floating, require_tensors, same_type, scalar_type
from autograd.ops.reduction import reduced, reduction_of
from autograd.ops.registry import Maker, Sample, op
from autograd.ops.shape import reshape
from autograd.ops.singletons import unsqueeze
from autograd.ops.softmax import log_softmax, softmax
from autograd.tensor import Tensor

__all__ = ["cross_entropy", "nll_loss"]

Array = np.ndarray[Any, np.dtype[Any]]


def _rows(x: Array) -> Array:
    """Return a batch (N, C, ...) as rows of classes."""
    return channels_to_end(x).reshape(-1, x.shape[1])


def _as_batch(rows: Array, shape: tuple[int, ...]) -> Array:
    """Return rows of classes as the batch they came from."""
    last = len(shape) - 1
    return rows.reshape(shape[0], *shape[2:], shape[1]).transpose(0, last, *range(1, last))


def _scale(classes: Classes, reduction: str) -> float:
    """Return what the summed loss is multiplied by; 0 for a mean over nothing, so that its gradient is zero."""
    if reduction != "mean":
        return 1.0
    total = float(classes.share.sum(dtype=np.float64))
    return 1 / total if total else 0.0


class CrossEntropy(Op):
    """``-sum over c of q[c] log softmax(x)[c]`` with target weights q from class indices, reduced."""

    __slots__ = ("classes", "reduction")
    keeps = {0: (0,)}

    @np.errstate(all="ignore")
    def forward(self, x: Array, *, classes: Classes, reduction: str) -> Array:
        self.classes, self.reduction = classes, reduction
        rows = _rows(x)
        loss, probabilities = kernels.cross_entropy(rows if x.dtype != np.float16 else rows.astype(np.float32), classes)
        self.keep(probabilities)
        if reduction == "none":
            return loss.reshape(x.shape[0], *x.shape[2:]).astype(x.dtype, copy=False)
        total = loss.sum()
        if reduction == "mean":
            with np.errstate(invalid="ignore"):
                total = total / classes.share.sum()
        return np.asarray(total, x.dtype)

    def backward(self, grad: Tensor) -> Tensor:
        (x,), (probabilities,) = self.saved, self.kept
        result: Tensor = CrossEntropyGradient.apply(
            grad, x, probabilities, classes=self.classes, reduction=self.reduction
        )
        return result


class CrossEntropyGradient(Op):
    """``g (p sum(q) - q)``; the softmax p of x is given."""

    __slots__ = ("classes", "reduction")
    keeps_all = True

    def forward(self, g: Array, x: Array, probabilities: Array, *, classes: Classes, reduction: str) -> Array:
        self.classes, self.reduction = classes, reduction
        scaled = (g * g.dtype.type(_scale(classes, reduction))).reshape(-1).astype(probabilities.dtype, copy=False)
        out = kernels.cross_entropy_gradient(scaled, probabilities, classes)
        return _as_batch(out, x.shape).astype(x.dtype, copy=False)

    def backward(self, grad: Tensor) -> tuple[Tensor | None, Tensor | None, None]:
        g, x, _ = self.saved
        for_g, for_x, _ = self.needs_input_grad
        shape, scale = x._data.shape, _scale(self.classes, self.reduction)
        p = softmax(x, 1)
        total = Tensor(self.classes.total(shape[1]).reshape(shape[0], 1, *shape[2:]).astype(x._data.dtype), None)
        from_g = from_x = None
        if for_g:
            targets = Tensor(_as_batch(kernels.target_weights(_rows(x._data), self.classes), shape), None)
            slopes = (grad * (p * total - targets)).sum(1) * scale
            from_g = slopes if self.reduction == "none" else slopes.sum()
        if for_x:
            spread = unsqueeze(g, 1) if self.reduction == "none" else g
            from_x = spread * scale * total * p * (grad - (grad * p).sum(1, keepdim=True))
        return from_g, from_x, None


def _check_sizes(input: Tensor, target: Tensor, op: str) -> None:
    """Refuse targets that are not one class for each position.

    Raises
    ------
    ValueError
        If the batches differ.
    RuntimeError
        If the other sizes differ.
    """
    x, t = input._data.shape, target._data.shape
    shapes = {"input": x, "target": t}
    rule = "input is (N, C, ...), target is (N, ...), or (C,) and ()"
    if not x:
        raise ValueError(describe("Expected 1 or more dimensions (got 0)", op=op, rule=rule))
    if len(x) > 1 and t[:1] != x[:1]:
        count = t[0] if t else 1
        raise ValueError(
            describe(
                f"Expected input batch_size ({x[0]}) to match target batch_size ({count}).",
                op=op,
                shapes=shapes,
                rule=rule,
            )
        )
    if t == x[:1] + x[2:] if len(x) > 1 else t in ((), (1,)):
        return
    if len(x) <= 2:
        phrase = "0D or 1D target tensor expected, multi-target not supported"
    elif len(x) == 4 and len(t) != 3:
        phrase = f"only batches of spatial targets supported (3D tensors) but got targets of dimension: {len(t)}"
    elif len(x) == 4:
        phrase = f"size mismatch (got input: {sizes(x)} , target: {sizes(t)}"
    else:
        phrase = f"Expected target size {sizes(x[:1] + x[2:])}, got {sizes(t)}"
    raise RuntimeError(describe(phrase, op=op, shapes=shapes, rule=rule))


def _check_weight(input: Tensor, weight: Tensor | None, op: str) -> None:
    """Refuse class weights of another number or dtype.

    Raises
    ------
    RuntimeError
        If they do not fit.
    """
    if weight is None:
        return
    classes = input._data.shape[1 if input._data.ndim > 1 else 0]
    if weight._data.shape != (classes,):
        raise RuntimeError(
            describe(
                f"{op}: weight tensor should be defined either for all {classes} classes or no classes but got weight "
                f"tensor of shape: {sizes(weight._data.shape)}",
                op=op,
            )
        )
    if not same_type(weight, input):
        kinds = scalar_type(input._data.dtype), scalar_type(weight._data.dtype)
        raise RuntimeError(describe(f"expected scalar type {kinds[0]} but found {kinds[1]}", op=op))


def _classes(
    input: Tensor, target: Tensor, weight: Tensor | None, ignore_index: int, smoothing: float, op: str
) -> Classes:
    """Return the targets with their weights.

    Raises
    ------
    RuntimeError
        If the targets are no integers.
    IndexError
        If there is no such class.
    """
    kind = target._data.dtype
    if kind not in (np.int64, np.uint8):
        raise RuntimeError(
            describe(
                f"expected target dtype to be Long or Byte, but got {scalar_type(kind)}",
                op=op,
                rule="class indices are int64; probabilities have the input's shape",
                fix="convert the target with t.long()",
            )
        )
    index = target._data.reshape(-1).astype(np.int64, copy=False)
    counted = np.ones(index.shape, input._data.dtype)
    count = input._data.shape[1 if input._data.ndim > 1 else 0]
    if index.size and not (index.min() >= 0 and index.max() < count and not 0 <= ignore_index < count):
        stays = index != ignore_index
        wrong = index[stays & ((index < 0) | (index >= count))]
        if wrong.size:
            raise IndexError(
                describe(
                    f"Target {wrong[0]} is out of bounds.",
                    op=op,
                    rule=f"the input has {count} classes, numbered from 0 to {count - 1}",
                    fix="number the classes from 0, give the last layer as many outputs as there are classes, or mark "
                    f"targets to leave out with ignore_index={ignore_index}",
                )
            )
        index, counted = np.where(stays, index, 0), stays.astype(input._data.dtype)
    share = counted if weight is None else weight._data[index] * counted
    return Classes(index, counted, share, None if weight is None else weight._data, smoothing)


def _labels(make: Maker) -> Iterator[Sample]:
    """Samples with class indices: weights, targets left out, spatial axes, no batch."""
    weight = Tensor(make.positive(4)._data, None)
    for reduction in ("mean", "sum", "none"):
        yield Sample(make(3, 4), make.integers(0, 4, 3), weight, reduction=reduction)
    yield Sample(make(3, 4), make.integers(0, 4, 3))
    yield Sample(make(4), make.integers(0, 4))
    yield Sample(make(2, 4, 3), make.integers(0, 4, 2, 3), None, ignore_index=2, reduction="none")
    yield Sample(make(2, 4, 2, 2), make.integers(0, 4, 2, 2, 2), weight, ignore_index=1)
    yield Sample(make(0, 4), make.integers(0, 4, 0), reduction="sum")


def _distributions(make: Maker) -> Iterator[Sample]:
    """Samples with smoothing, and with probabilities as targets."""
    weight = Tensor(make.positive(4)._data, None)
    for reduction in ("mean", "sum", "none"):
        yield Sample(make(3, 4), make.integers(0, 4, 3), weight, label_smoothing=0.2, reduction=reduction)
        yield Sample(make(3, 4), make.positive(3, 4), weight, label_smoothing=0.2, reduction=reduction)
    yield Sample(make(2, 4, 3), make.integers(0, 4, 2, 3), ignore_index=2, label_smoothing=0.1)
    yield Sample(make(2, 4, 3), make.positive(2, 4, 3))
    yield Sample(make(4), make.positive(4))


@op(lambda make: [*_labels(make), *_distributions(make)], method=False)
def cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    ignore_index: int = -100,
    reduce: bool | None = None,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Tensor:
    """Return the cross-entropy of logits with class indices or class probabilities.

    ``loss = -weight[y] log softmax(x)[y]``; its gradient by the logits is ``softmax(x) - one_hot(y)``, weighted.

    Parameters
    ----------
    input : Tensor, shape (N, C, ...) or (C,)
        Logits.
    target : Tensor of int64, shape (N, ...) or (); or of floating point, the shape of `input`
        Classes, or their probabilities.
    weight : Tensor, shape (C,), optional
        Of the classes.
    ignore_index : int
        Targets of this value count for nothing.
    reduction : {'mean', 'sum', 'none'}
        The mean divides by the summed weights of the targets; by their number if they are probabilities.
    label_smoothing : float
        Share of each target that is spread over all classes (Szegedy et al., 2016).
    size_average, reduce : bool, optional
        Deprecated.

    Raises
    ------
    IndexError
        If a target is no class.
    ValueError, RuntimeError
        If shapes, dtypes or settings do not fit.

    Examples
    --------
    >>> import autograd
    >>> cross_entropy(autograd.tensor([[0.0, 0.0]]), autograd.tensor([1]))
    tensor(0.6931)
    """
    reduction = reduction_of(reduction, size_average, reduce, "cross_entropy")
    require_tensors("cross_entropy_loss", input=input, target=target)
    require_floating("log_softmax_lastdim_kernel_impl", input)
    if not 0.0 <= label_smoothing <= 1.0:
        raise RuntimeError(
            describe(f"label_smoothing must be between 0.0 and 1.0. Got: {label_smoothing}", op="cross_entropy")
        )
    if target._data.shape == input._data.shape and is_floating(target):
        if ignore_index >= 0:
            raise RuntimeError(describe("ignore_index is not supported for floating point target", op="cross_entropy"))
        _check_weight(input, weight, "cross_entropy")
        return _with_probabilities(input, target, weight, reduction, label_smoothing)
    if target._data.shape == input._data.shape:
        raise RuntimeError(
            describe(
                "Expected floating point type for target with class probabilities, got "
                f"{scalar_type(target._data.dtype)}",
                op="cross_entropy",
                shapes={"input": input._data.shape, "target": target._data.shape},
                rule="a target of the input's shape holds probabilities; (N, ...) holds classes",
                fix="pass target.argmax(1), or target.float()",
            )
        )
    _check_sizes(input, target, "cross_entropy")
    _check_weight(input, weight, "cross_entropy")
    classes = _classes(input, target, weight, ignore_index, float(label_smoothing), "cross_entropy")
    single = input._data.ndim == 1
    loss: Tensor = CrossEntropy.apply(unsqueeze(input, 0) if single else input, classes=classes, reduction=reduction)
    return reshape(loss, target._data.shape) if single and reduction == "none" else loss


def _with_probabilities(
    input: Tensor, target: Tensor, weight: Tensor | None, reduction: str, smoothing: float
) -> Tensor:
    axis = min(1, input._data.ndim - 1)
    classes = input._data.shape[axis]
    if smoothing:
        target = target * (1 - smoothing) + smoothing / classes
    if weight is not None:
        target = target * reshape(weight, (-1, *(1,) * (input._data.ndim - 1 - axis)))
    loss = -(log_softmax(input, axis) * target).sum(axis)
    return loss.sum() / (input._data.size / classes) if reduction == "mean" else reduced(loss, reduction)


@op(_labels, method=False)
def nll_loss(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    ignore_index: int = -100,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Return the negative log-likelihood of classes: ``-weight[y] x[y]``, where x are log-probabilities.

    Parameters
    ----------
    input : Tensor, shape (N, C, ...) or (C,)
        Log-probabilities.
    target : Tensor of int64, shape (N, ...) or ()
    weight : Tensor, shape (C,), optional
    ignore_index : int
        Targets of this value count for nothing.
    reduction : {'mean', 'sum', 'none'}
        The mean divides by the summed weights of the targets.
    size_average, reduce : bool, optional
        Deprecated.

    Raises
    ------
    IndexError
        If a target is no class.
    ValueError, RuntimeError
        If shapes or dtypes do not fit.

    Examples
    --------
    >>> import autograd
    >>> import nn.functional as F
    >>> x = autograd.tensor([[-1.0, -2.0], [-3.0, -5.0]])
    >>> F.nll_loss(x, autograd.tensor([0, 1]))
    tensor(3.)
    """
    reduction = reduction_of(reduction, size_average, reduce, "nll_loss")
    require_tensors("nll_loss_nd", input=input, target=target)
    require_floating("nll_loss_out_frame", input)
    _check_sizes(input, target, "nll_loss")
    _check_weight(input, weight, "nll_loss")
    classes = _classes(input, target, weight, ignore_index, 0.0, "nll_loss")
    axis = min(1, input._data.ndim - 1)
    shape = target._data.shape if axis else ()
    index, share = Tensor(classes.label.reshape(shape), None), Tensor(classes.share.reshape(shape), None)
    loss = -input.gather(axis, unsqueeze(index, axis)).squeeze(axis) * share
    return loss.sum() / share.sum() if reduction == "mean" else reduced(loss, reduction)
