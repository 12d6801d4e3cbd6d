"""How well a model classifies."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

import autograd
from nn import functional as F
from nn.data.loader import DataLoader
from nn.module import Module
from nn.parallel.ranks import Ranks

__all__ = ["Evaluation", "evaluate", "predict"]

Array = np.ndarray[Any, np.dtype[Any]]

#: Images a model is given at a time.
BATCH = 256


@dataclass(frozen=True)
class Evaluation:
    """Result of `evaluate`.

    Attributes
    ----------
    loss, accuracy : float
        Mean cross-entropy, and the share of right answers.
    confusion : ndarray of int, shape (classes, classes)
        How often each class (row) was taken for each class (column).
    logits : ndarray, shape (N, classes)
    labels : ndarray of int, shape (N,)

    Examples
    --------
    >>> import nn
    >>> from nn.data import TensorDataset
    >>> dataset = TensorDataset(autograd.tensor([[2.0, 1.0], [5.0, 0.0], [0.0, 3.0]]), autograd.tensor([0, 1, 1]))
    >>> result = evaluate(nn.Identity(), dataset)
    >>> result.logits.argmax(axis=1), result.labels
    (array([0, 0, 1]), array([0, 1, 1]))
    """

    loss: float
    accuracy: float
    confusion: Array
    logits: Array
    labels: Array


@contextmanager
def _evaluating(model: Module) -> Iterator[None]:
    training = model.training
    model.eval()
    try:
        with autograd.no_grad():
            yield
    finally:
        model.train(training)


def predict(model: Module, batches: Iterable[Any]) -> Array:
    """Return the logits of all batches, computed in evaluation mode.

    Parameters
    ----------
    model : Module
    batches : iterable of Tensor

    Returns
    -------
    ndarray, shape (N, classes)

    Examples
    --------
    >>> import nn
    >>> predict(nn.Flatten(), [autograd.zeros(4, 1, 2, 2), autograd.zeros(3, 1, 2, 2)]).shape
    (7, 4)
    """
    return np.concatenate(_logits(model, batches))


def _logits(model: Module, batches: Iterable[Any]) -> list[Array]:
    with _evaluating(model):
        return [model(images).numpy() for images in batches]


def evaluate(model: Module, dataset: Any, batch_size: int = BATCH) -> Evaluation:
    """Classify a whole dataset in evaluation mode; several processes share its batches.

    Parameters
    ----------
    model : Module
    dataset : Dataset
        Yields images and classes.
    batch_size : int
        Images a call; the result does not depend on it, up to rounding.

    Returns
    -------
    Evaluation

    Examples
    --------
    >>> import nn
    >>> from nn.data import TensorDataset
    >>> dataset = TensorDataset(autograd.tensor([[2.0, 1.0], [5.0, 0.0], [0.0, 3.0]]), autograd.tensor([0, 1, 1]))
    >>> result = evaluate(nn.Identity(), dataset)
    >>> round(result.accuracy, 2)
    0.67
    >>> result.confusion
    array([[1, 0],
           [1, 1]])
    """
    batches, ranks = list(DataLoader(dataset, batch_size)), Ranks()
    own = batches[ranks.rank :: ranks.size]
    logits = np.concatenate(ranks.interleaved(_logits(model, (images for images, _ in own))))
    labels = np.concatenate([labels.numpy() for _, labels in batches])
    loss = F.cross_entropy(autograd.from_numpy(logits), autograd.from_numpy(labels)).item()
    answers, classes = logits.argmax(axis=1), logits.shape[1]
    confusion = np.bincount(labels * classes + answers, minlength=classes**2).reshape(classes, classes)
    return Evaluation(loss, float(np.mean(answers == labels)), confusion, logits, labels)
