"""Schedules made of others, and the one that follows a measured quantity."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from typing import Any

from autograd.errors import describe
from optim.lr_scheduler.base import LRScheduler, one_for_each_group, set_lr
from optim.optimizer import Optimizer

__all__ = ["ChainedScheduler", "ReduceLROnPlateau", "SequentialLR"]


class _Combined(LRScheduler):
    """Common state of schedules that hold others."""

    _schedulers: list[LRScheduler]

    def state_dict(self) -> dict[str, Any]:
        """Return the state, with that of the schedules inside."""
        state = {key: value for key, value in self.__dict__.items() if key not in ("optimizer", "_schedulers")}
        state["_schedulers"] = [scheduler.state_dict() for scheduler in self._schedulers]
        return state

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over a state that `state_dict` returned."""
        state = dict(state_dict)
        for scheduler, inner in zip(self._schedulers, state.pop("_schedulers"), strict=True):
            scheduler.load_state_dict(inner)
        self.__dict__.update(state)


def _undo(schedulers: list[LRScheduler]) -> None:
    """Take back the step that constructing them was."""
    for scheduler in schedulers:
        if isinstance(scheduler, _Combined):
            _undo(scheduler._schedulers)
        else:
            scheduler.last_epoch -= 1


class SequentialLR(_Combined):
    """One schedule after another, changing at milestones.

    Parameters
    ----------
    optimizer : Optimizer
    schedulers : list of LRScheduler
    milestones : list of int
        One fewer than schedules.
    last_epoch : int, default -1

    Raises
    ------
    ValueError
        If the numbers do not fit, or a schedule belongs to another optimizer.

    Examples
    --------
    >>> import nn, optim
    >>> optimizer = optim.SGD(nn.Linear(1, 1).parameters(), lr=1.0)
    >>> warmup = optim.lr_scheduler.ConstantLR(optimizer, factor=0.5, total_iters=2)
    >>> decay = optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.5)
    >>> schedule = SequentialLR(optimizer, [warmup, decay], milestones=[2])
    >>> rates = []
    >>> for _ in range(5):
    ...     rates += schedule.get_last_lr()
    ...     optimizer.step()
    ...     schedule.step()
    >>> rates
    [0.5, 0.5, 1.0, 0.5, 0.25]
    """

    def __init__(
        self, optimizer: Optimizer, schedulers: list[LRScheduler], milestones: list[int], last_epoch: int = -1
    ) -> None:
        if len(schedulers) < 1:
            raise ValueError(
                describe(
                    "SequentialLR expects at least one scheduler to be chained, but got no scheduler.",
                    fix="pass a list of schedulers, and the epochs at which they take turns",
                )
            )
        for i, scheduler in enumerate(schedulers):
            if scheduler.optimizer is not optimizer:
                raise ValueError(
                    describe(
                        f"SequentialLR expects all schedulers to belong to the same optimizer, but scheduler {i} "
                        "belongs to another"
                    )
                )
        if len(milestones) != len(schedulers) - 1:
            raise ValueError(
                describe(
                    "Sequential Schedulers expects number of schedulers provided to be one more than the number of "
                    f"milestone points, but got number of schedulers {len(schedulers)} and the number of milestones to "
                    f"be equal to {len(milestones)}"
                )
            )
        self._schedulers = schedulers
        self._milestones = milestones
        self.last_epoch = last_epoch + 1
        self.optimizer = optimizer
        # Constructing the schedules has moved the rates; only the first may have.
        for group in optimizer.param_groups:
            set_lr(group, group["initial_lr"])
        _undo(schedulers)
        schedulers[0]._initial_step()
        self._last_lr = schedulers[0].get_last_lr()

    def step(self, epoch: int | None = None) -> None:
        """Go on to the next epoch."""
        self.last_epoch += 1
        index = bisect_right(self._milestones, self.last_epoch)
        scheduler = self._schedulers[index]
        if index > 0 and self._milestones[index - 1] == self.last_epoch:
            scheduler._update_lr(0)
        else:
            scheduler.step()
        self._last_lr = scheduler.get_last_lr()


class ChainedScheduler(_Combined):
    """Several schedules at once, each changing what the others left.

    Parameters
    ----------
    schedulers : sequence of LRScheduler
    optimizer : Optimizer, optional
        Theirs, if given.

    Raises
    ------
    ValueError
        If there are none, or they belong to different optimizers.

    Examples
    --------
    >>> import autograd, optim
    >>> sgd = optim.SGD([autograd.ones(1, requires_grad=True)], lr=1.0)
    >>> warm_up = optim.lr_scheduler.ConstantLR(sgd, factor=0.25, total_iters=2)
    >>> decay = optim.lr_scheduler.ExponentialLR(sgd, gamma=0.5)
    >>> schedule = optim.lr_scheduler.ChainedScheduler([warm_up, decay])
    >>> rates = schedule.get_last_lr()
    >>> for epoch in range(3):
    ...     sgd.step()
    ...     schedule.step()
    ...     rates += schedule.get_last_lr()
    >>> rates
    [0.25, 0.125, 0.25, 0.125]
    """

    def __init__(self, schedulers: Sequence[LRScheduler], optimizer: Optimizer | None = None) -> None:
        if len(schedulers) < 1:
            raise ValueError(
                describe("ChainedScheduler expects at least one scheduler to be chained, but got no scheduler.")
            )
        optimizer = optimizer or schedulers[0].optimizer
        if any(scheduler.optimizer is not optimizer for scheduler in schedulers):
            raise ValueError(describe("ChainedScheduler expects all schedulers to belong to the same optimizer"))
        self._schedulers = list(schedulers)
        self.optimizer = optimizer
        self._last_lr = [group["lr"] for group in optimizer.param_groups]

    def step(self, epoch: int | None = None) -> None:
        """Step every schedule."""
        for scheduler in self._schedulers:
            scheduler.step()
        self._last_lr = [group["lr"] for group in self.optimizer.param_groups]


class ReduceLROnPlateau(LRScheduler):
    """Rate times `factor` when a measured quantity has stopped improving.

    Parameters
    ----------
    optimizer : Optimizer
    mode : {'min', 'max'}
        Which way is better.
    factor : float, default 0.1
    patience : int, default 10
        Epochs without improvement that are let pass.
    threshold : float, default 1e-4
        What counts as an improvement.
    threshold_mode : {'rel', 'abs'}
    cooldown : int
        Epochs to wait after a reduction.
    min_lr : float or list of float
    eps : float, default 1e-8
        Smaller reductions are not made.

    Raises
    ------
    ValueError
        If `factor` is not below 1, or a mode is not known.

    Examples
    --------
    >>> import autograd, optim
    >>> sgd = optim.SGD([autograd.ones(1, requires_grad=True)], lr=1.0)
    >>> schedule = optim.lr_scheduler.ReduceLROnPlateau(sgd, patience=1)
    >>> for loss in (1.0, 1.0, 1.0):
    ...     schedule.step(loss)
    >>> schedule.get_last_lr()
    [0.1]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        mode: str = "min",
        factor: float = 0.1,
        patience: int = 10,
        threshold: float = 1e-4,
        threshold_mode: str = "rel",
        cooldown: int = 0,
        min_lr: float | list[float] = 0,
        eps: float = 1e-8,
    ) -> None:
        if factor >= 1.0:
            raise ValueError(
                describe("Factor should be < 1.0.", fix="pass the factor by which the rate shrinks, such as 0.1")
            )
        if not isinstance(optimizer, Optimizer):
            raise TypeError(
                describe(
                    f"{type(optimizer).__name__} is not an Optimizer",
                    fix="pass the optimizer itself, as in StepLR(optimizer, step_size=10)",
                )
            )
        if mode not in ("min", "max"):
            raise ValueError(describe(f"mode {mode} is unknown!"))
        if threshold_mode not in ("rel", "abs"):
            raise ValueError(describe(f"threshold mode {threshold_mode} is unknown!"))
        # In the order of PyTorch's state.
        self.factor, self.optimizer = factor, optimizer
        self.default_min_lr = None if isinstance(min_lr, list | tuple) else min_lr
        self.min_lrs = one_for_each_group(min_lr, optimizer, "min_lr")
        self.patience, self.cooldown, self.eps = patience, cooldown, eps
        self.last_epoch = 0
        self._last_lr = [group["lr"] for group in optimizer.param_groups]
        self.mode_worse = math.inf if mode == "min" else -math.inf
        self.mode, self.threshold, self.threshold_mode = mode, threshold, threshold_mode
        self._reset()

    def _reset(self) -> None:
        self.best = self.mode_worse
        self.cooldown_counter = 0
        self.num_bad_epochs = 0

    @property
    def in_cooldown(self) -> bool:
        """Whether a reduction was made less than `cooldown` epochs ago."""
        return self.cooldown_counter > 0

    def is_better(self, a: float, best: float) -> bool:
        """Return whether `a` improves on `best` by more than the threshold."""
        sign = 1.0 if self.mode == "max" else -1.0
        slack = sign * self.threshold
        bound = best * (1.0 + slack) if self.threshold_mode == "rel" else best + slack
        return a > bound if self.mode == "max" else a < bound

    def step(self, metrics: Any, epoch: int | None = None) -> None:  # type: ignore[override]
        """Look at this epoch's value and reduce the rates if it is time.

        Parameters
        ----------
        metrics : float or Tensor
            The measured quantity.
        epoch : int, optional
            Counted from the last one if left out.
        """
        current = float(metrics)
        self.last_epoch = self.last_epoch + 1 if epoch is None else epoch
        if self.is_better(current, self.best):
            self.best = current
            self.num_bad_epochs = 0
        else:
            self.num_bad_epochs += 1
        if self.in_cooldown:
            self.cooldown_counter -= 1
            self.num_bad_epochs = 0
        if self.num_bad_epochs > self.patience:
            self._reduce()
            self.cooldown_counter = self.cooldown
            self.num_bad_epochs = 0
        self._last_lr = [group["lr"] for group in self.optimizer.param_groups]

    def _reduce(self) -> None:
        for group, lowest in zip(self.optimizer.param_groups, self.min_lrs, strict=True):
            old = float(group["lr"])
            new = max(old * self.factor, lowest)
            if old - new > self.eps:
                set_lr(group, new)
