"""Rows of a table by number: embedding; and the table of unit vectors: one_hot."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from autograd.errors import describe
from autograd.operation import Op
from autograd.ops.arguments import require_tensors
from autograd.ops.index import AddAt
from autograd.ops.inplace import mark_changed
from autograd.ops.registry import Maker, Sample, op
from autograd.tensor import Tensor

__all__ = ["embedding", "one_hot"]

Array = np.ndarray[Any, np.dtype[Any]]


class Embedding(Op):
    """Rows of a table; the gradient of a row is the sum over where it was read, each weighted."""

    __slots__ = ("index", "rows", "weights")

    def forward(self, table: Array, *, index: Array, weights: Array | None) -> Array:
        self.index, self.rows, self.weights = index.copy(), table.shape, weights
        return table[index]

    def backward(self, grad: Tensor) -> Tensor:
        if self.weights is not None:
            grad = grad * Tensor(self.weights.astype(grad._data.dtype), None)
        result: Tensor = AddAt.apply(grad, index=(self.index, slice(None)), shape=self.rows)
        return result


def _looked_up(make: Maker) -> Iterator[Sample]:
    words = make.integers(0, 5, 2, 3)
    yield Sample(words, make(5, 4))
    yield Sample(make.integers(0, 5, 0), make(5, 4))
    yield Sample(Tensor(np.asarray(3), None), make(5, 2))


@op(_looked_up, method=False)
def embedding(
    input: Tensor,
    weight: Tensor,
    padding_idx: int | None = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    sparse: bool = False,
) -> Tensor:
    """Return the rows of `weight` whose numbers `input` holds.

    Parameters
    ----------
    input : Tensor of int64 or int32, shape (*)
    weight : Tensor, shape (rows, features)
    padding_idx : int, optional
        Number of a row that gets no gradient.
    max_norm : float, optional
        Rows that are read and have a larger norm are scaled down to it, in place.
    norm_type : float
        The p of that norm.
    scale_grad_by_freq : bool
        Divide a row's gradient by the number of times it was read.
    sparse : bool
        Accepted for compatibility; gradients are dense.

    Returns
    -------
    Tensor, shape (*, features)

    Raises
    ------
    IndexError
        If a number is out of range.
    RuntimeError
        If `input` is not integer or `weight` is not a matrix.
    AssertionError
        If `padding_idx` is out of range.

    Examples
    --------
    >>> import autograd
    >>> import nn.functional as F
    >>> table = autograd.tensor([[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]])
    >>> F.embedding(autograd.tensor([2, 0]), table)
    tensor([[4., 5.],
            [0., 1.]])
    """
    require_tensors("embedding", weight=weight, input=input)
    index = input._data
    if index.dtype not in (np.int64, np.int32):
        raise RuntimeError(
            describe(
                "Expected tensor for argument #1 'indices' to have one of the following scalar types: Long, Int; "
                f"but got {input.type()} instead (while checking arguments for embedding)",
                fix="use input.long()",
            )
        )
    if weight._data.ndim != 2:
        raise RuntimeError(describe("'weight' must be 2-D", op="embedding", shapes={"weight": weight._data.shape}))
    rows = weight._data.shape[0]
    if padding_idx is not None:
        if not -rows <= padding_idx < rows:
            raise AssertionError(
                describe("Padding_idx must be within num_embeddings", op="embedding", rule=f"{rows} rows")
            )
        padding_idx %= rows
    if index.size and not 0 <= index.min() <= index.max() < rows:
        raise IndexError(
            describe(
                "index out of range in self",
                op="embedding",
                rule=f"rows are 0 to {rows - 1}, found {index.min()} to {index.max()}",
            )
        )
    if max_norm is not None:
        _renorm(weight, index, max_norm, norm_type)
    result: Tensor = Embedding.apply(
        weight, index=index, weights=_weights(index, rows, padding_idx, scale_grad_by_freq)
    )
    return result


def _weights(index: Array, rows: int, padding_idx: int | None, scale_grad_by_freq: bool) -> Array | None:
    """Return the weight of each read in the gradient, or None where all are 1."""
    if padding_idx is None and not scale_grad_by_freq:
        return None
    weights = np.ones(index.shape)
    if scale_grad_by_freq:
        weights /= np.bincount(index.ravel(), minlength=rows)[index]
    if padding_idx is not None:
        weights[index == padding_idx] = 0
    return weights[..., None]


def _renorm(weight: Tensor, index: Array, max_norm: float, norm_type: float) -> None:
    """Scale the rows that are read down to a norm, in place and outside of the graph."""
    read = np.unique(index)
    table = weight._data[read]
    norms = np.linalg.norm(table, norm_type, axis=1)
    large = norms > max_norm
    if large.any():
        weight._data[read[large]] = table[large] * (max_norm / (norms[large] + 1e-7)).astype(table.dtype)[:, None]
        mark_changed(weight, "embedding(max_norm)")


@op(
    lambda make: [
        Sample(make.integers(0, 4, 2, 3)),
        Sample(make.integers(0, 4, 3), 6),
        Sample(make.integers(0, 4, 0, 2), num_classes=3),
    ],
    differentiable=False,
    method=False,
)
def one_hot(tensor: Tensor, num_classes: int = -1) -> Tensor:
    """Return unit vectors along a new last axis: 1 at the position that `tensor` holds, else 0.

    Parameters
    ----------
    tensor : Tensor of int64
    num_classes : int
        Length of the vectors; by default, one more than the largest position.

    Raises
    ------
    RuntimeError
        If `tensor` is not int64, or a position is negative or too large.

    Examples
    --------
    >>> import autograd
    >>> import nn.functional as F
    >>> F.one_hot(autograd.tensor([0, 2]), num_classes=4)
    tensor([[1, 0, 0, 0],
            [0, 0, 1, 0]])
    """
    require_tensors("one_hot", tensor=tensor)
    places = tensor._data
    if places.dtype != np.int64:
        raise RuntimeError(
            describe(
                f"one_hot is only applicable to index tensor of type LongTensor, got {tensor.type()}",
                fix="use x.long()",
            )
        )
    if places.size == 0 and num_classes <= 0:
        raise RuntimeError(describe("Can not infer total number of classes from empty tensor.", op="one_hot"))
    if places.size and places.min() < 0:
        raise RuntimeError(describe("Class values must be non-negative.", op="one_hot"))
    classes = int(places.max()) + 1 if num_classes == -1 else num_classes
    if places.size and places.max() >= classes:
        raise RuntimeError(
            describe("Class values must be smaller than num_classes.", op="one_hot", rule=f"found {places.max()}")
        )
    out = np.zeros((places.size, classes), np.int64)
    out[np.arange(places.size), places.ravel()] = 1
    return Tensor(out.reshape(*places.shape, classes), None)
