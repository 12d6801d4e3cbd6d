"""Cross-entropy of logits with class indices, and its gradient, over rows of logits."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from autograd.kernels.layout import Array

__all__ = ["Classes", "cross_entropy", "cross_entropy_gradient", "target_weights"]


class Classes(NamedTuple):
    """The targets of a batch, one a row, and what they weigh.

    Attributes
    ----------
    label : ndarray of int64, shape (rows,)
        Class of each row; 0 where it is ignored.
    counted : ndarray, shape (rows,)
        1, or 0 where the row is ignored.
    share : ndarray, shape (rows,)
        Weight of the row's class; 0 where it is ignored.
    weight : ndarray, shape (C,), or None
        Weights of the classes.
    smoothing : float
        Share of the target that is spread over all classes.
    """

    label: Array
    counted: Array
    share: Array
    weight: Array | None
    smoothing: float

    def spread(self, classes: int) -> Array:
        """Return the factor of ``log p`` of every class that smoothing gives a row, before the class weights."""
        return self.counted * (self.smoothing / classes)

    def total(self, classes: int) -> Array:
        """Return the sum over the classes of the factors of ``-log p`` of each row."""
        whole = (1 - self.smoothing) * self.share
        if self.smoothing:
            whole = whole + self.spread(classes) * (classes if self.weight is None else self.weight.sum())
        return whole


def target_weights(rows: Array, classes: Classes) -> Array:
    """Return the factors of ``-log p``, shape of `rows`."""
    factors = np.zeros_like(rows)
    if classes.smoothing:
        factors += classes.spread(rows.shape[1])[:, None] * (1 if classes.weight is None else classes.weight)
    factors[np.arange(len(rows)), classes.label] += (1 - classes.smoothing) * classes.share
    return factors


def cross_entropy(rows: Array, classes: Classes) -> tuple[Array, Array]:
    """Return the loss of every row, and the softmax.

    With target weights q the loss is ``-sum over c of q[c] log p[c]``.

    Parameters
    ----------
    rows : ndarray, shape (rows, C)
    classes : Classes

    Returns
    -------
    loss : ndarray, shape (rows,)
    softmax : ndarray, shape (rows, C)
    """
    shifted = rows - rows.max(1, keepdims=True, initial=-np.inf)
    powers = np.exp(shifted)
    sums = powers.sum(1)
    logs = np.log(sums)
    loss = (logs - shifted[np.arange(len(rows)), classes.label]) * classes.share
    if classes.smoothing:
        weight = classes.weight
        plain = shifted.sum(1) if weight is None else shifted @ weight
        every = logs * (rows.shape[1] if weight is None else weight.sum()) - plain
        loss = (1 - classes.smoothing) * loss + classes.spread(rows.shape[1]) * every
    powers /= sums[:, None]
    return loss, powers


def cross_entropy_gradient(g: Array, softmax: Array, classes: Classes) -> Array:
    """Return ``g (p sum(q) - q)``.

    Parameters
    ----------
    g : ndarray, shape (rows,) or ()
    softmax : ndarray, shape (rows, C)
    classes : Classes

    Returns
    -------
    ndarray, shape (rows, C)
    """
    count = softmax.shape[1]
    out: Array = softmax * (g * classes.total(count))[:, None]
    if classes.smoothing:
        out -= (g * classes.spread(count))[:, None] * (1 if classes.weight is None else classes.weight)
    out[np.arange(len(out)), classes.label] -= g * ((1 - classes.smoothing) * classes.share)
    return out
