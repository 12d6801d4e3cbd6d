"""Schedules given by a factor: of the epoch, of milestones, or by functions."""

from __future__ import annotations

import types
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from autograd.errors import describe
from optim.lr_scheduler.base import LRScheduler, one_for_each_group
from optim.optimizer import Optimizer

__all__ = [
    "ConstantLR",
    "ExponentialLR",
    "LambdaLR",
    "LinearLR",
    "MultiStepLR",
    "MultiplicativeLR",
    "PolynomialLR",
    "StepLR",
]


class _FunctionLR(LRScheduler):
    """A schedule given by one function for each group."""

    def __init__(self, optimizer: Optimizer, lr_lambda: Any, last_epoch: int = -1) -> None:
        self.lr_lambdas: list[Callable[[int], float]] = one_for_each_group(lr_lambda, optimizer, "lr_lambda")
        super().__init__(optimizer, last_epoch)

    def state_dict(self) -> dict[str, Any]:
        """Return the state; plain functions are left out, objects are saved by their attributes."""
        state = {key: value for key, value in self.__dict__.items() if key not in ("optimizer", "lr_lambdas")}
        state["lr_lambdas"] = [
            None if isinstance(f, types.FunctionType | types.BuiltinFunctionType) else dict(f.__dict__)
            for f in self.lr_lambdas
        ]
        return state

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over a state that `state_dict` returned."""
        state = dict(state_dict)
        for function, attributes in zip(self.lr_lambdas, state.pop("lr_lambdas"), strict=True):
            if attributes is not None:
                function.__dict__.update(attributes)
        self.__dict__.update(state)


class LambdaLR(_FunctionLR):
    r"""Initial rate times ``lr_lambda(epoch)``.

    Parameters
    ----------
    optimizer : Optimizer
    lr_lambda : callable or list of callable
        One for all groups, or one for each.
    last_epoch : int, default -1

    Examples
    --------
    >>> import autograd, optim
    >>> sgd = optim.SGD([autograd.ones(1, requires_grad=True)], lr=1.0)
    >>> schedule = optim.lr_scheduler.LambdaLR(sgd, lambda epoch: 1 / (1 + epoch))
    >>> rates = schedule.get_last_lr()
    >>> for epoch in range(3):
    ...     sgd.step()
    ...     schedule.step()
    ...     rates += schedule.get_last_lr()
    >>> [round(rate, 3) for rate in rates]
    [1.0, 0.5, 0.333, 0.25]
    """

    def get_lr(self) -> list[Any]:
        """Return the learning rate of each group at ``self.last_epoch``."""
        return [base * f(self.last_epoch) for base, f in zip(self.base_lrs, self.lr_lambdas, strict=True)]


class MultiplicativeLR(_FunctionLR):
    r"""Last rate times ``lr_lambda(epoch)``.

    Parameters
    ----------
    optimizer : Optimizer
    lr_lambda : callable or list of callable
    last_epoch : int, default -1

    Examples
    --------
    >>> import autograd, optim
    >>> sgd = optim.SGD([autograd.ones(1, requires_grad=True)], lr=1.0)
    >>> schedule = optim.lr_scheduler.MultiplicativeLR(sgd, lambda epoch: 0.5 if epoch > 1 else 1.0)
    >>> rates = schedule.get_last_lr()
    >>> for epoch in range(3):
    ...     sgd.step()
    ...     schedule.step()
    ...     rates += schedule.get_last_lr()
    >>> rates
    [1.0, 1.0, 0.5, 0.25]
    """

    def get_lr(self) -> list[Any]:
        """Return the learning rate of each group at ``self.last_epoch``."""
        if self._is_initial:
            return self._unchanged()
        return [g["lr"] * f(self.last_epoch) for g, f in zip(self.optimizer.param_groups, self.lr_lambdas, strict=True)]


class StepLR(LRScheduler):
    r"""Rate times `gamma` every `step_size` epochs.

    Parameters
    ----------
    optimizer : Optimizer
    step_size : int
    gamma : float, default 0.1
    last_epoch : int, default -1

    Examples
    --------
    >>> import autograd, optim
    >>> sgd = optim.SGD([autograd.ones(1, requires_grad=True)], lr=1.0)
    >>> schedule = optim.lr_scheduler.StepLR(sgd, step_size=2)
    >>> rates = []
    >>> for epoch in range(4):
    ...     rates += schedule.get_last_lr()
    ...     sgd.step()
    ...     schedule.step()
    >>> rates
    [1.0, 1.0, 0.1, 0.1]
    """

    def __init__(self, optimizer: Optimizer, step_size: int, gamma: float = 0.1, last_epoch: int = -1) -> None:
        self.step_size = step_size
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[Any]:
        """Return the learning rate of each group at ``self.last_epoch``."""
        if self.last_epoch == 0 or self.last_epoch % self.step_size != 0:
            return self._unchanged()
        return self._scaled(self.gamma)

    def _get_closed_form_lr(self) -> list[Any]:
        return [base * self.gamma ** (self.last_epoch // self.step_size) for base in self.base_lrs]


class MultiStepLR(LRScheduler):
    r"""Rate times `gamma` at each milestone.

    Parameters
    ----------
    optimizer : Optimizer
    milestones : iterable of int
        Epochs; one that appears twice counts twice.
    gamma : float, default 0.1
    last_epoch : int, default -1

    Examples
    --------
    >>> import autograd, optim
    >>> sgd = optim.SGD([autograd.ones(1, requires_grad=True)], lr=1.0)
    >>> schedule = optim.lr_scheduler.MultiStepLR(sgd, milestones=[1, 3], gamma=0.5)
    >>> rates = schedule.get_last_lr()
    >>> for epoch in range(4):
    ...     sgd.step()
    ...     schedule.step()
    ...     rates += schedule.get_last_lr()
    >>> rates
    [1.0, 0.5, 0.5, 0.25, 0.25]
    """

    def __init__(
        self, optimizer: Optimizer, milestones: Iterable[int], gamma: float = 0.1, last_epoch: int = -1
    ) -> None:
        self.milestones = Counter(milestones)
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[Any]:
        """Return the learning rate of each group at ``self.last_epoch``."""
        if self.last_epoch not in self.milestones:
            return self._unchanged()
        return self._scaled(self.gamma ** self.milestones[self.last_epoch])

    def _get_closed_form_lr(self) -> list[Any]:
        passed = bisect_right(sorted(self.milestones.elements()), self.last_epoch)
        return [base * self.gamma**passed for base in self.base_lrs]


class ConstantLR(LRScheduler):
    r"""Rate times `factor` for the first `total_iters` epochs.

    Parameters
    ----------
    optimizer : Optimizer
    factor : float, default 1/3
    total_iters : int, default 5
    last_epoch : int, default -1

    Raises
    ------
    ValueError
        If `factor` is not in [0, 1].

    Examples
    --------
    >>> import autograd, optim
    >>> sgd = optim.SGD([autograd.ones(1, requires_grad=True)], lr=1.0)
    >>> schedule = optim.lr_scheduler.ConstantLR(sgd, factor=0.5, total_iters=2)
    >>> rates = schedule.get_last_lr()
    >>> for epoch in range(3):
    ...     sgd.step()
    ...     schedule.step()
    ...     rates += schedule.get_last_lr()
    >>> rates
    [0.5, 0.5, 1.0, 1.0]
    """

    def __init__(
        self, optimizer: Optimizer, factor: float = 1.0 / 3, total_iters: int = 5, last_epoch: int = -1
    ) -> None:
        if not 0 <= factor <= 1.0:
            raise ValueError(describe("Constant multiplicative factor expected to be between 0 and 1."))
        self.factor = factor
        self.total_iters = total_iters
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[Any]:
        """Return the learning rate of each group at ``self.last_epoch``."""
        if self.last_epoch == 0:
            return self._scaled(self.factor)
        return self._scaled(1.0 / self.factor) if self.last_epoch == self.total_iters else self._unchanged()

    def _get_closed_form_lr(self) -> list[Any]:
        factor = self.factor if self.last_epoch < self.total_iters else 1
        return [base * factor for base in self.base_lrs]


class LinearLR(LRScheduler):
    r"""Rate times a factor that goes from `start_factor` to `end_factor` over `total_iters` epochs: a warm-up.

    Parameters
    ----------
    optimizer : Optimizer
    start_factor : float, default 1/3
    end_factor : float, default 1
    total_iters : int, default 5
    last_epoch : int, default -1

    Raises
    ------
    ValueError
        If a factor is not in [0, 1], or `start_factor` is 0.

    Examples
    --------
    >>> import autograd, optim
    >>> sgd = optim.SGD([autograd.ones(1, requires_grad=True)], lr=1.0)
    >>> schedule = optim.lr_scheduler.LinearLR(sgd, start_factor=0.25, total_iters=3)
    >>> rates = schedule.get_last_lr()
    >>> for epoch in range(4):
    ...     sgd.step()
    ...     schedule.step()
    ...     rates += schedule.get_last_lr()
    >>> [round(rate, 3) for rate in rates]
    [0.25, 0.5, 0.75, 1.0, 1.0]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        start_factor: float = 1.0 / 3,
        end_factor: float = 1.0,
        total_iters: int = 5,
        last_epoch: int = -1,
    ) -> None:
        if not 0 < start_factor <= 1.0:
            raise ValueError(
                describe(
                    "Starting multiplicative factor expected to be greater than 0 and less or equal to 1.",
                    fix="start_factor=0.1 starts at a tenth of the rate",
                )
            )
        if not 0 <= end_factor <= 1.0:
            raise ValueError(describe("Ending multiplicative factor expected to be between 0 and 1."))
        self.start_factor = start_factor
        self.end_factor = end_factor
        self.total_iters = total_iters
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[Any]:
        """Return the learning rate of each group at ``self.last_epoch``."""
        if self.last_epoch == 0:
            return self._scaled(self.start_factor)
        if self._is_initial or self.last_epoch > self.total_iters:
            return self._unchanged()
        rise = self.end_factor - self.start_factor
        return self._scaled(1.0 + rise / (self.total_iters * self.start_factor + (self.last_epoch - 1) * rise))

    def _get_closed_form_lr(self) -> list[Any]:
        passed = min(self.total_iters, self.last_epoch) / self.total_iters
        return [base * (self.start_factor + (self.end_factor - self.start_factor) * passed) for base in self.base_lrs]


class ExponentialLR(LRScheduler):
    r"""Rate times `gamma` every epoch.

    Parameters
    ----------
    optimizer : Optimizer
    gamma : float
    last_epoch : int, default -1

    Examples
    --------
    >>> import autograd, optim
    >>> sgd = optim.SGD([autograd.ones(1, requires_grad=True)], lr=1.0)
    >>> schedule = optim.lr_scheduler.ExponentialLR(sgd, gamma=0.5)
    >>> rates = schedule.get_last_lr()
    >>> for epoch in range(3):
    ...     sgd.step()
    ...     schedule.step()
    ...     rates += schedule.get_last_lr()
    >>> rates
    [1.0, 0.5, 0.25, 0.125]
    """

    def __init__(self, optimizer: Optimizer, gamma: float, last_epoch: int = -1) -> None:
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[Any]:
        """Return the learning rate of each group at ``self.last_epoch``."""
        return self._unchanged() if self._is_initial else self._scaled(self.gamma)

    def _get_closed_form_lr(self) -> list[Any]:
        return [base * self.gamma**self.last_epoch for base in self.base_lrs]


class PolynomialLR(LRScheduler):
    r"""Initial rate times ``(1 - epoch / total_iters) ** power``, then zero.

    Parameters
    ----------
    optimizer : Optimizer
    total_iters : int, default 5
    power : float, default 1
    last_epoch : int, default -1

    Examples
    --------
    >>> import autograd, optim
    >>> sgd = optim.SGD([autograd.ones(1, requires_grad=True)], lr=16.0)
    >>> schedule = optim.lr_scheduler.PolynomialLR(sgd, total_iters=4, power=2)
    >>> rates = schedule.get_last_lr()
    >>> for epoch in range(4):
    ...     sgd.step()
    ...     schedule.step()
    ...     rates += schedule.get_last_lr()
    >>> [round(rate, 3) for rate in rates]
    [16.0, 9.0, 4.0, 1.0, 0.0]
    """

    def __init__(self, optimizer: Optimizer, total_iters: int = 5, power: float = 1.0, last_epoch: int = -1) -> None:
        self.total_iters = total_iters
        self.power = power
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[Any]:
        """Return the learning rate of each group at ``self.last_epoch``."""
        if self._is_initial or self.last_epoch > self.total_iters:
            return self._unchanged()
        left = 1.0 - self.last_epoch / self.total_iters
        return self._scaled((left / (1.0 - (self.last_epoch - 1) / self.total_iters)) ** self.power)

    def _get_closed_form_lr(self) -> list[Any]:
        left = 1.0 - min(self.total_iters, self.last_epoch) / self.total_iters
        return [base * left**self.power for base in self.base_lrs]
