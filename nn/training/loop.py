"""The training loop and its state."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Protocol

import numpy as np

import autograd
from autograd import Tensor
from autograd.errors import describe
from nn.module import Module
from nn.parallel.ranks import Ranks
from nn.training.average import ExponentialAverage
from nn.training.batches import Batches
from nn.utils import clip_grad_norm_

__all__ = ["LossError", "Position", "Trainer"]


class LossError(RuntimeError):
    """The loss is no longer a number.

    Examples
    --------
    >>> import nn, optim
    >>> from nn.data import TensorDataset
    >>> dataset = TensorDataset(autograd.full((4, 2), autograd.inf), autograd.tensor([0, 1, 0, 1]))
    >>> model = nn.Linear(2, 2)
    >>> sgd = optim.SGD(model.parameters(), lr=0.1)
    >>> trainer = Trainer(model, Batches(dataset, batch_size=2), sgd, nn.CrossEntropyLoss())
    >>> try:
    ...     trainer.train_epoch()
    ... except LossError as error:
    ...     print(str(error).splitlines()[0])
    the loss is nan in epoch 1, batch 1
    """


class _Stateful(Protocol):
    """An optimizer or a schedule."""

    def step(self) -> Any: ...
    def state_dict(self) -> dict[str, Any]: ...
    def load_state_dict(self, state_dict: dict[str, Any]) -> None: ...


class _Optimizer(_Stateful, Protocol):
    param_groups: list[dict[str, Any]]

    def zero_grad(self) -> None: ...


@dataclass
class Position:
    """How far a training has come.

    Attributes
    ----------
    epoch : int
        Epochs that are complete.
    batch : int
        Batches done of the present one.
    step : int
        Steps of the optimizer, in all.
    seen, correct : int
        Samples of the present epoch, and those classified correctly at the time.
    loss : float
        Sum of their losses.

    Examples
    --------
    >>> position = Position(batch=3, step=3, seen=24)
    >>> position.next_epoch()
    >>> position
    Position(epoch=1, batch=0, step=3, seen=0, correct=0, loss=0.0)
    """

    epoch: int = 0
    batch: int = 0
    step: int = 0
    seen: int = 0
    correct: int = 0
    loss: float = 0.0

    def next_epoch(self) -> None:
        """Close the present epoch."""
        self.epoch += 1
        self.batch = self.seen = self.correct = 0
        self.loss = 0.0


class Trainer:
    """Trains a classifier. Its state, saved after any step and loaded, leads to the same bits.

    After ``autograd.distributed.init_process_group`` each process computes its share of every batch, and all take the
    steps that one would take with the whole; what is drawn at random, such as dropout, each draws for itself.

    Parameters
    ----------
    model : Module
    batches : Batches
        Yields images and classes.
    optimizer : Optimizer
    criterion : callable
        Mean loss of logits and classes.
    scheduler : LRScheduler, optional
        Stepped after each step of the optimizer.
    accumulate : int, default 1
        Batches whose gradients make one step, each weighted by its samples.
    clip_norm : float, default 0
        Largest norm of the gradient, if positive.
    mixup : float, default 0
        If positive, images and losses are mixed in pairs by a share drawn from Beta(mixup, mixup) (H. Zhang et al.,
        "mixup: beyond empirical risk minimization", ICLR 2018).
    average : ExponentialAverage, optional
        Updated after each step.

    Examples
    --------
    >>> import nn, optim
    >>> from nn.data import TensorDataset
    >>> dataset = TensorDataset(autograd.ones(4, 2), autograd.tensor([0, 1, 0, 1]))
    >>> model = nn.Linear(2, 2)
    >>> sgd = optim.SGD(model.parameters(), lr=0.1)
    >>> trainer = Trainer(model, Batches(dataset, batch_size=2), sgd, nn.CrossEntropyLoss())
    >>> trainer.train_epoch()
    >>> trainer.position.step, trainer.position.seen
    (2, 4)
    """

    def __init__(
        self,
        model: Module,
        batches: Batches,
        optimizer: _Optimizer,
        criterion: Callable[[Tensor, Tensor], Tensor],
        *,
        scheduler: _Stateful | None = None,
        accumulate: int = 1,
        clip_norm: float = 0.0,
        mixup: float = 0.0,
        average: ExponentialAverage | None = None,
    ) -> None:
        self.model = model
        self.ranks = Ranks()
        self._network = self.ranks.wrap(model)
        self.batches = batches
        self.optimizer = optimizer
        self.criterion = criterion
        self.scheduler = scheduler
        self.accumulate = accumulate
        self.clip_norm = clip_norm
        self.mixup = mixup
        self.average = average
        self.position = Position()

    def train_epoch(self, after_step: Callable[[Position], None] | None = None) -> None:
        """Train up to the end of the present epoch; `next_epoch` of the position is left to the caller.

        Parameters
        ----------
        after_step : callable, optional
            Called with the position after each step. If it raises, the state is that after the step.

        Raises
        ------
        LossError
            If a loss is infinite or NaN; the weights are those before the step.
        """
        position, sizes = self.position, self.batches.sizes()
        self.model.train()
        for images, labels in self.batches.epoch(position.epoch, start=position.batch):
            first = position.batch - position.batch % self.accumulate
            group = sizes[first : first + self.accumulate]
            # A loss that overflows is told once, by its name.
            with np.errstate(over="ignore", invalid="ignore"):
                size, is_last = sizes[position.batch], position.batch + 1 == first + len(group)
                if self.ranks.rank >= size:
                    images, labels = images[:0], labels[:0]
                with self.ranks.summing(self._network, is_last):
                    self._add_gradients(images, labels, size, share=size / sum(group))
                position.batch += 1
                if position.batch == first + len(group):
                    self._step()
            if position.batch == first + len(group) and after_step is not None:
                after_step(position)

    def _add_gradients(self, images: Tensor, labels: Tensor, size: int, share: float) -> None:
        """Add the gradient of the mean loss of `size` samples, of which these are this process's."""
        position, own = self.position, len(labels)
        logits, loss = self._forward(images, labels)
        hits = np.count_nonzero(logits.detach().numpy().argmax(axis=1) == labels.numpy())
        total, correct = self.ranks.total(loss.item() * own, int(hits))
        value = total / size
        if not math.isfinite(value):
            self.optimizer.zero_grad()
            raise LossError(
                describe(
                    f"the loss is {value} in epoch {position.epoch + 1}, batch {position.batch + 1}",
                    fix="lower the learning rate, clip the gradient or warm up",
                )
            )
        share *= self.ranks.size * own / size
        (loss if share == 1 else loss * share).backward()
        position.loss += total
        position.seen += size
        position.correct += int(correct)

    def _forward(self, images: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        if not len(labels):
            return self.ranks.forward_nothing(self._network, images)
        if not self.mixup:
            logits = self._network(images)
            return logits, self.criterion(logits, labels)
        share = float(autograd.default_generator.rng.beta(self.mixup, self.mixup))
        others = autograd.randperm(len(labels))
        logits = self._network(images * share + images[others] * (1 - share))
        mixed = self.criterion(logits, labels) * share + self.criterion(logits, labels[others]) * (1 - share)
        return logits, mixed

    def _step(self) -> None:
        if self.clip_norm:
            clip_grad_norm_(self.model.parameters(), self.clip_norm)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.ranks.share_statistics(self.model)
        if self.scheduler is not None:
            self.scheduler.step()
        if self.average is not None:
            self.average.update()
        self.position.step += 1

    def state_dict(self) -> dict[str, Any]:
        """Return all that the rest of the training depends on, random numbers included; every process calls this."""
        return {
            "model": dict(self.model.state_dict()),
            "optimizer": self.optimizer.state_dict(),
            "scheduler": None if self.scheduler is None else self.scheduler.state_dict(),
            "average": None if self.average is None else self.average.state_dict(),
            "random": self.ranks.random_state(),
            "position": asdict(self.position),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from a state that `state_dict` returned.

        Raises
        ------
        KeyError, RuntimeError, ValueError
            If it belongs to another model or optimizer.
        """
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        if self.scheduler is not None:
            self.scheduler.load_state_dict(state["scheduler"])
        self.position = Position(**state["position"])
        if self.average is not None:
            self.average.load_state_dict(state["average"], self.position.step)
        self.ranks.restore_random(state["random"])
