"""The race on images: a small network, trained by each optimizer with and without batch normalisation."""

from __future__ import annotations

from dataclasses import dataclass, field

import autograd
import nn
from nn.cli.contenders import Contender
from nn.cli.datasets import ImageSet
from nn.training import Batches, LossError, Position, Trainer, evaluate

__all__ = ["BATCH", "Training", "train"]

BATCH = 32

#: Points of a curve for each epoch of small batches.
_POINTS = 8


@dataclass
class Training:
    """What an optimizer made of the network.

    Attributes
    ----------
    epochs, losses : list of float
        The curve: passes over the training images, and the mean loss since the point before.
    steps : list of int
        Of the optimizer, at each point.
    diverged : bool
        Whether the loss became infinite or NaN.
    accuracy : float
        On the test images, at the end; not set if it diverged.
    """

    epochs: list[float] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)
    steps: list[int] = field(default_factory=list)
    diverged: bool = False
    accuracy: float | None = None

    def reached(self, value: float) -> int | None:
        """Return the number of steps after which the loss was first below a value, or None."""
        return next((step for step, loss in zip(self.steps, self.losses, strict=True) if loss <= value), None)


def network(images: ImageSet, batch_norm: bool) -> nn.Sequential:
    """Return two convolutions and a classifier, each convolution followed by batch normalisation if asked for."""
    channels, height, width = images.shape
    layers: list[nn.Module] = []
    for outputs in (8, 16):
        layers.append(nn.Conv2d(channels, outputs, 3, padding=1, bias=not batch_norm))
        layers += [nn.BatchNorm2d(outputs)] * batch_norm
        layers += [nn.ReLU(), nn.MaxPool2d(2)]
        channels = outputs
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(16 * (height // 4) * (width // 4), images.classes))


def train(images: ImageSet, contender: Contender, lr: float, batch_norm: bool, epochs: int, seed: int) -> Training:
    """Train a network from the same weights and in the same order as every other contender.

    Parameters
    ----------
    images : ImageSet
    contender : Contender
    lr : float
    batch_norm : bool
    epochs : int
    seed : int
    """
    autograd.manual_seed(seed)
    standard = images.standard()
    model = network(images, batch_norm)
    batches = Batches(images.training(standard), 0 if contender.full else BATCH, seed)
    optimizer = contender.maker(lr)([*model.parameters()])
    trainer = Trainer(model, batches, optimizer, nn.CrossEntropyLoss())
    curve = _Curve(batches)
    try:
        for _ in range(epochs):
            trainer.train_epoch(curve.add)
            trainer.position.next_epoch()
            curve.next_epoch()
    except LossError:
        curve.result.diverged = True
        return curve.result
    curve.result.accuracy = evaluate(model, images.testing(standard)).accuracy
    return curve.result


class _Curve:
    """Averages the losses of several steps."""

    def __init__(self, batches: Batches) -> None:
        self.result = Training()
        self._samples = batches.samples
        self._every = max(1, len(batches) // _POINTS)
        self._since = 0
        self.next_epoch()

    def next_epoch(self) -> None:
        self._loss, self._seen = 0.0, 0

    def add(self, position: Position) -> None:
        if position.step % self._every and position.seen < self._samples:
            return
        result = self.result
        result.epochs.append(position.epoch + position.seen / self._samples)
        result.losses.append((position.loss - self._loss) / (position.seen - self._seen))
        result.steps.append(position.step)
        self._loss, self._seen = position.loss, position.seen
