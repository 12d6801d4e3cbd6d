"""What all learning-rate schedules share."""

from __future__ import annotations

import functools
import math
import warnings
from collections.abc import Callable, Sequence
from typing import Any

from autograd import Tensor
from autograd.errors import describe
from optim.optimizer import Optimizer

__all__ = ["LRScheduler", "one_for_each_group"]


def one_for_each_group(value: Any, optimizer: Optimizer, name: str) -> list[Any]:
    """Spread a value over the optimizer's groups, or check that a list has one entry for each.

    Raises
    ------
    ValueError
        If the list has another length.
    """
    if not isinstance(value, list | tuple):
        return [value] * len(optimizer.param_groups)
    if len(value) != len(optimizer.param_groups):
        raise ValueError(
            describe(
                f"{name} must have the same length as optimizer.param_groups. {name} has {len(value)} values, "
                f"param_groups has {len(optimizer.param_groups)}."
            )
        )
    return list(value)


def set_lr(group: dict[str, Any], lr: Any) -> None:
    """Set a group's learning rate, in place where it is a tensor."""
    if isinstance(group["lr"], Tensor):
        group["lr"].fill_(float(lr))
    else:
        group["lr"] = lr


class LRScheduler:
    """Base class of the schedules: after each epoch (or step), ``scheduler.step()`` sets the groups' learning rates.

    A subclass defines ``get_lr``, which returns the rates for ``self.last_epoch``.

    Parameters
    ----------
    optimizer : Optimizer
    last_epoch : int, default -1
        Where to start; -1 takes the optimizer's rates as the initial ones.

    Raises
    ------
    TypeError
        If `optimizer` is not an optimizer.
    KeyError
        If a later start is asked for and the groups do not know their initial rates.

    Examples
    --------
    >>> import autograd, optim
    >>> sgd = optim.SGD([autograd.ones(1, requires_grad=True)], lr=1.0)
    >>> class Sawtooth(optim.lr_scheduler.LRScheduler):
    ...     def get_lr(self):
    ...         return [base * (0.5 if self.last_epoch % 2 else 1.0) for base in self.base_lrs]
    >>> schedule = Sawtooth(sgd)
    >>> rates = schedule.get_last_lr()
    >>> for epoch in range(3):
    ...     sgd.step()
    ...     schedule.step()
    ...     rates += schedule.get_last_lr()
    >>> rates
    [1.0, 0.5, 1.0, 0.5]
    """

    def __init__(self, optimizer: Optimizer, last_epoch: int = -1) -> None:
        if not isinstance(optimizer, Optimizer):
            raise TypeError(
                describe(
                    f"{type(optimizer).__name__} is not an Optimizer",
                    fix="pass the optimizer itself, as in StepLR(optimizer, step_size=10)",
                )
            )
        self.optimizer = optimizer
        for i, group in enumerate(optimizer.param_groups):
            if last_epoch == -1:
                lr = group["lr"]
                group.setdefault("initial_lr", lr.clone() if isinstance(lr, Tensor) else lr)
            elif "initial_lr" not in group:
                raise KeyError(
                    f"param 'initial_lr' is not specified in param_groups[{i}] when resuming scheduler with last_epoch "
                    ">= 0. This usually means the scheduler was constructed with last_epoch >= 0 without loading the "
                    "optimizer's state first."
                )
        self.base_lrs = [group["initial_lr"] for group in optimizer.param_groups]
        self.last_epoch = last_epoch
        _count_steps(optimizer)
        self._initial_step()

    def _initial_step(self) -> None:
        """Set the rates of the first epoch."""
        self._step_count = 0
        self._is_initial = True
        self.step()
        self._is_initial = False

    def get_lr(self) -> Sequence[Any]:
        """Return the learning rate of each group at ``self.last_epoch``."""
        raise NotImplementedError(f"{type(self).__name__} must define get_lr()")

    def get_last_lr(self) -> list[Any]:
        """Return the rates that were set last."""
        return self._last_lr

    def state_dict(self) -> dict[str, Any]:
        """Return the schedule's state, all but the optimizer."""
        return {key: value for key, value in self.__dict__.items() if key != "optimizer"}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over a state that `state_dict` returned."""
        self.__dict__.update(state_dict)

    def step(self, epoch: int | None = None) -> None:
        """Go on to the next epoch, or to `epoch`, and set the learning rates.

        Parameters
        ----------
        epoch : int, optional
            Where to go; the next one if left out.
        """
        if self._step_count == 1:
            _warn_if_early(self.optimizer)
        if epoch is not None:
            warnings.warn(
                "The epoch parameter in `scheduler.step()` was not necessary and is being deprecated where possible. "
                "Please use `scheduler.step()` to step the scheduler.",
                UserWarning,
                stacklevel=2,
            )
        self._step_count += 1
        self._update_lr(epoch)

    def _update_lr(self, epoch: int | None = None) -> None:
        self.last_epoch = self.last_epoch + 1 if epoch is None else epoch
        get_lr = self.get_lr if epoch is None else getattr(self, "_get_closed_form_lr", self.get_lr)
        self._get_lr_called_within_step = True
        try:
            rates = get_lr()
        finally:
            self._get_lr_called_within_step = False
        for group, lr in zip(self.optimizer.param_groups, rates, strict=True):
            set_lr(group, lr)
        self._last_lr: list[Any] = [group["lr"] for group in self.optimizer.param_groups]

    def _scaled(self, factor: float) -> list[Any]:
        """Return the current rates times a factor."""
        return [lr * factor for lr in self._unchanged()]

    def _unchanged(self) -> list[Any]:
        if not self._get_lr_called_within_step:
            # Outside of a step the next rate would be taken for the current one.
            warnings.warn(
                "To get the last learning rate computed by the scheduler, please use `get_last_lr()`.",
                UserWarning,
                stacklevel=4,
            )
        return [group["lr"] for group in self.optimizer.param_groups]


def _count_steps(optimizer: Optimizer) -> None:
    """Let the optimizer note that it has stepped, once, however many schedules it has."""
    if hasattr(optimizer.step, "_counted"):
        return
    step: Callable[..., Any] = optimizer.step

    @functools.wraps(step)
    def counted(*args: Any, **kwargs: Any) -> Any:
        optimizer._has_stepped = True  # type: ignore[attr-defined]
        return step(*args, **kwargs)

    counted._counted = True  # type: ignore[attr-defined]
    optimizer.step = counted  # type: ignore[method-assign]


def _warn_if_early(optimizer: Optimizer) -> None:
    if not getattr(optimizer, "_has_stepped", False):
        warnings.warn(
            "Detected call of `lr_scheduler.step()` before `optimizer.step()`. You should call them in the opposite "
            "order: `optimizer.step()` before `lr_scheduler.step()`. Failure to do this will result in skipping the "
            "first value of the learning rate schedule.",
            UserWarning,
            stacklevel=3,
        )


def cosine(fraction: float) -> float:
    """Return the half cosine wave that falls from 1 to 0."""
    return (1 + math.cos(math.pi * fraction)) / 2
