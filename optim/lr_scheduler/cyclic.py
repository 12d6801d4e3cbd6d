"""Schedules that rise and fall: cosine annealing, restarts, cycles."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from autograd.errors import describe
from optim.lr_scheduler.base import LRScheduler, cosine, one_for_each_group, set_lr
from optim.optimizer import Optimizer

__all__ = ["CosineAnnealingLR", "CosineAnnealingWarmRestarts", "CyclicLR", "OneCycleLR"]


class CosineAnnealingLR(LRScheduler):
    r"""Cosine annealing, :math:`\eta_{min} + (\eta_0 - \eta_{min}) (1 + \cos(\pi t / T)) / 2`.

    Parameters
    ----------
    optimizer : Optimizer
    T_max : int
        Epochs from the initial rate to the lowest.
    eta_min : float
        Lowest rate.
    last_epoch : int, default -1

    References
    ----------
    I. Loshchilov, F. Hutter, "SGDR: stochastic gradient descent with warm restarts", ICLR 2017.

    Examples
    --------
    >>> import autograd, optim
    >>> sgd = optim.SGD([autograd.ones(1, requires_grad=True)], lr=1.0)
    >>> schedule = optim.lr_scheduler.CosineAnnealingLR(sgd, T_max=3)
    >>> rates = schedule.get_last_lr()
    >>> for epoch in range(3):
    ...     sgd.step()
    ...     schedule.step()
    ...     rates += schedule.get_last_lr()
    >>> [round(rate, 3) for rate in rates]
    [1.0, 0.75, 0.25, 0.0]
    """

    def __init__(self, optimizer: Optimizer, T_max: int, eta_min: float = 0.0, last_epoch: int = -1) -> None:  # noqa: N803
        self.T_max = T_max
        self.eta_min = eta_min
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[Any]:
        """Return the learning rate of each group at ``self.last_epoch``."""
        groups = self.optimizer.param_groups
        if self._is_initial:
            return self._unchanged()
        if self._step_count == 1 and self.last_epoch > 0:
            return self._at(self.last_epoch)
        if (self.last_epoch - 1 - self.T_max) % (2 * self.T_max) == 0:
            rise = (1 - math.cos(math.pi / self.T_max)) / 2
            return [g["lr"] + (base - self.eta_min) * rise for base, g in zip(self.base_lrs, groups, strict=True)]
        ratio = cosine(self.last_epoch / self.T_max) / cosine((self.last_epoch - 1) / self.T_max)
        return [ratio * (g["lr"] - self.eta_min) + self.eta_min for g in groups]

    def _at(self, epoch: float) -> list[Any]:
        return [self.eta_min + (base - self.eta_min) * cosine(epoch / self.T_max) for base in self.base_lrs]

    def _get_closed_form_lr(self) -> list[Any]:
        return self._at(self.last_epoch)


class CosineAnnealingWarmRestarts(LRScheduler):
    r"""Cosine annealing that starts again after `T_0` epochs, then after `T_mult` times as many, and so on.

    Parameters
    ----------
    optimizer : Optimizer
    T_0 : int
        Epochs to the first restart.
    T_mult : int, default 1
        Growth of that number.
    eta_min : float
    last_epoch : int, default -1

    Raises
    ------
    ValueError
        If `T_0` or `T_mult` is not a positive integer.

    References
    ----------
    I. Loshchilov, F. Hutter, "SGDR: stochastic gradient descent with warm restarts", ICLR 2017.

    Examples
    --------
    >>> import autograd, optim
    >>> sgd = optim.SGD([autograd.ones(1, requires_grad=True)], lr=1.0)
    >>> schedule = optim.lr_scheduler.CosineAnnealingWarmRestarts(sgd, T_0=1, T_mult=2)
    >>> rates = schedule.get_last_lr()
    >>> for epoch in range(3):
    ...     sgd.step()
    ...     schedule.step()
    ...     rates += schedule.get_last_lr()
    >>> [round(rate, 3) for rate in rates]
    [1.0, 1.0, 0.5, 1.0]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        T_0: int,  # noqa: N803
        T_mult: int = 1,  # noqa: N803
        eta_min: float = 0.0,
        last_epoch: int = -1,
    ) -> None:
        if T_0 <= 0 or not isinstance(T_0, int):
            raise ValueError(
                describe(
                    f"Expected positive integer T_0, but got {T_0}",
                    fix="T_0 is the number of epochs to the first restart",
                )
            )
        if T_mult < 1 or not isinstance(T_mult, int):
            raise ValueError(describe(f"Expected integer T_mult >= 1, but got {T_mult}"))
        self.T_0 = self.T_i = T_0
        self.T_mult = T_mult
        self.eta_min = eta_min
        self.T_cur = last_epoch
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[Any]:
        """Return the learning rate of each group at the place ``self.T_cur`` of the cycle."""
        return [self.eta_min + (base - self.eta_min) * cosine(self.T_cur / self.T_i) for base in self.base_lrs]

    def step(self, epoch: float | None = None) -> None:
        """Go on to the next epoch, or to a possibly fractional one."""
        if epoch is None and self.last_epoch < 0:
            epoch = 0
        if epoch is None:
            epoch = self.last_epoch + 1
            self.T_cur += 1
            if self.T_cur >= self.T_i:
                self.T_cur -= self.T_i
                self.T_i *= self.T_mult
        elif epoch < 0:
            raise ValueError(describe(f"Expected non-negative epoch, but got {epoch}"))
        elif epoch < self.T_0:
            self.T_i, self.T_cur = self.T_0, epoch  # type: ignore[assignment]
        elif self.T_mult == 1:
            self.T_cur = epoch % self.T_0  # type: ignore[assignment]
        else:
            n = int(math.log(epoch / self.T_0 * (self.T_mult - 1) + 1, self.T_mult))
            self.T_cur = epoch - self.T_0 * (self.T_mult**n - 1) / (self.T_mult - 1)
            self.T_i = self.T_0 * self.T_mult**n
        self.last_epoch = math.floor(epoch)
        for group, lr in zip(self.optimizer.param_groups, self.get_lr(), strict=True):
            set_lr(group, lr)
        self._last_lr = [group["lr"] for group in self.optimizer.param_groups]


class CyclicLR(LRScheduler):
    r"""A rate that goes up and down between two bounds, once a batch.

    Parameters
    ----------
    optimizer : Optimizer
    base_lr, max_lr : float or list of float
        Bounds, for all groups or for each.
    step_size_up : int, default 2000
    step_size_down : int, optional
        Batches of the rising and the falling half.
    mode : {'triangular', 'triangular2', 'exp_range'}
        Constant height; halved each cycle; times ``gamma ** batch``.
    gamma : float
    scale_fn : callable, optional
        Own scaling of the height; takes the cycle or the batch, as `scale_mode` says.
    scale_mode : {'cycle', 'iterations'}
    cycle_momentum : bool, default True
        Move the momentum between `max_momentum` and `base_momentum` the other way round.
    base_momentum, max_momentum : float or list of float
    last_epoch : int, default -1

    Raises
    ------
    ValueError
        If the mode is not known, or the optimizer has no momentum to cycle.

    References
    ----------
    L. N. Smith, "Cyclical learning rates for training neural networks", WACV 2017.

    Examples
    --------
    >>> import autograd, optim
    >>> sgd = optim.SGD([autograd.ones(1, requires_grad=True)], lr=1.0)
    >>> schedule = optim.lr_scheduler.CyclicLR(sgd, base_lr=0.0, max_lr=1.0, step_size_up=2, cycle_momentum=False)
    >>> rates = schedule.get_last_lr()
    >>> for epoch in range(4):
    ...     sgd.step()
    ...     schedule.step()
    ...     rates += schedule.get_last_lr()
    >>> [round(rate, 3) for rate in rates]
    [0.0, 0.5, 1.0, 0.5, 0.0]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        base_lr: float | list[float],
        max_lr: float | list[float],
        step_size_up: int = 2000,
        step_size_down: int | None = None,
        mode: str = "triangular",
        gamma: float = 1.0,
        scale_fn: Callable[[float], float] | None = None,
        scale_mode: str = "cycle",
        cycle_momentum: bool = True,
        base_momentum: float | list[float] = 0.8,
        max_momentum: float | list[float] = 0.9,
        last_epoch: int = -1,
    ) -> None:
        lows = one_for_each_group(base_lr, optimizer, "base_lr")
        if last_epoch == -1:
            for group, low in zip(optimizer.param_groups, lows, strict=True):
                set_lr(group, low)
        self.max_lrs = one_for_each_group(max_lr, optimizer, "max_lr")
        down = step_size_up if step_size_down is None else step_size_down
        self.total_size = float(step_size_up + down)
        self.step_ratio = step_size_up / self.total_size
        if mode not in ("triangular", "triangular2", "exp_range") and scale_fn is None:
            raise ValueError(describe("mode is invalid and scale_fn is None", rule=f"mode={mode!r}"))
        self.mode = mode
        self.gamma = gamma
        self._own_scale = scale_fn
        self.scale_mode = scale_mode if scale_fn is not None else "iterations" if mode == "exp_range" else "cycle"
        self.cycle_momentum = cycle_momentum
        if cycle_momentum:
            if not any(name in optimizer.defaults for name in ("momentum", "betas")):
                raise ValueError(
                    describe("optimizer must support momentum or beta1 with `cycle_momentum` option enabled")
                )
            self.use_beta1 = "betas" in optimizer.defaults
            self.base_momentums = one_for_each_group(base_momentum, optimizer, "base_momentum")
            self.max_momentums = one_for_each_group(max_momentum, optimizer, "max_momentum")
            if last_epoch == -1:
                for high, group in zip(self.max_momentums, optimizer.param_groups, strict=True):
                    _set_momentum(group, high, self.use_beta1)
                    group["max_momentum"], group["base_momentum"] = high, self.base_momentums[0]
        super().__init__(optimizer, last_epoch)
        self.base_lrs = lows

    def scale_fn(self, x: float) -> float:
        """Return the height of a cycle relative to the first."""
        if self._own_scale is not None:
            return self._own_scale(x)
        if self.mode == "triangular2":
            return float(1 / 2.0 ** (x - 1))
        return float(self.gamma**x) if self.mode == "exp_range" else 1.0

    def get_lr(self) -> list[Any]:
        """Return the learning rate of each group; the momentum is set as well."""
        cycle = math.floor(1 + self.last_epoch / self.total_size)
        x = 1.0 + self.last_epoch / self.total_size - cycle
        height = x / self.step_ratio if x <= self.step_ratio else (x - 1) / (self.step_ratio - 1)
        height *= self.scale_fn(cycle if self.scale_mode == "cycle" else self.last_epoch)
        rates = [low + (high - low) * height for low, high in zip(self.base_lrs, self.max_lrs, strict=True)]
        if self.cycle_momentum:
            pairs = zip(self.base_momentums, self.max_momentums, self.optimizer.param_groups, strict=True)
            for low, high, group in pairs:
                _set_momentum(group, high - (high - low) * height, self.use_beta1)
        return rates

    def state_dict(self) -> dict[str, Any]:
        """Return the state; a scaling function of one's own is left out."""
        state = super().state_dict()
        state.pop("_own_scale")
        return state


def _set_momentum(group: dict[str, Any], value: float, use_beta1: bool) -> None:
    if use_beta1:
        group["betas"] = (value, *group["betas"][1:])
    else:
        group["momentum"] = value


class OneCycleLR(LRScheduler):
    r"""One cycle: up from a low rate to the highest, then down to a much lower one, once a batch.

    Parameters
    ----------
    optimizer : Optimizer
    max_lr : float or list of float
    total_steps : int, optional
        Or `epochs` and `steps_per_epoch`.
    epochs, steps_per_epoch : int, optional
    pct_start : float, default 0.3
        Fraction of the cycle that rises.
    anneal_strategy : {'cos', 'linear'}
    cycle_momentum : bool, default True
    base_momentum, max_momentum : float or list of float
    div_factor : float, default 25
        Initial rate is ``max_lr / div_factor``.
    final_div_factor : float, default 1e4
        Last rate is the initial one divided by it.
    three_phase : bool
        Fall to the initial rate first, then to the last.
    last_epoch : int, default -1

    Raises
    ------
    ValueError
        If the number of steps is missing, or a setting is out of range.

    References
    ----------
    L. N. Smith, N. Topin, "Super-convergence: very fast training of neural networks using large learning rates", 2018.

    Examples
    --------
    >>> import autograd, optim
    >>> sgd = optim.SGD([autograd.ones(1, requires_grad=True)], lr=1.0, momentum=0.9)
    >>> schedule = optim.lr_scheduler.OneCycleLR(sgd, 1.0, 5, pct_start=0.6, anneal_strategy="linear", div_factor=2)
    >>> rates = schedule.get_last_lr()
    >>> for epoch in range(4):
    ...     sgd.step()
    ...     schedule.step()
    ...     rates += schedule.get_last_lr()
    >>> [round(rate, 3) for rate in rates]
    [0.5, 0.75, 1.0, 0.5, 0.0]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        max_lr: float | list[float],
        total_steps: int | None = None,
        epochs: int | None = None,
        steps_per_epoch: int | None = None,
        pct_start: float = 0.3,
        anneal_strategy: str = "cos",
        cycle_momentum: bool = True,
        base_momentum: float | list[float] = 0.85,
        max_momentum: float | list[float] = 0.95,
        div_factor: float = 25.0,
        final_div_factor: float = 1e4,
        three_phase: bool = False,
        last_epoch: int = -1,
    ) -> None:
        self.total_steps = _total_steps(total_steps, epochs, steps_per_epoch)
        if not 0 <= pct_start <= 1:
            raise ValueError(describe(f"Expected float between 0 and 1 pct_start, but got {pct_start}"))
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(
                describe(f"anneal_strategy must be one of 'cos' or 'linear', instead got {anneal_strategy}")
            )
        self._anneal_func_type = anneal_strategy
        self._schedule_phases = self._phases(pct_start, three_phase)
        highs = one_for_each_group(max_lr, optimizer, "max_lr")
        if last_epoch == -1:
            for high, group in zip(highs, optimizer.param_groups, strict=True):
                group["initial_lr"] = high / div_factor
                group["max_lr"] = high
                group["min_lr"] = group["initial_lr"] / final_div_factor
        self.cycle_momentum = cycle_momentum
        if cycle_momentum:
            if not any(name in optimizer.defaults for name in ("momentum", "betas")):
                raise ValueError(
                    describe("optimizer must support momentum or beta1 with `cycle_momentum` option enabled")
                )
            self.use_beta1 = "betas" in optimizer.defaults
            if last_epoch == -1:
                lows = one_for_each_group(base_momentum, optimizer, "base_momentum")
                tops = one_for_each_group(max_momentum, optimizer, "max_momentum")
                for low, top, group in zip(lows, tops, optimizer.param_groups, strict=True):
                    _set_momentum(group, top, self.use_beta1)
                    group["max_momentum"], group["base_momentum"] = top, low
        super().__init__(optimizer, last_epoch)

    def _phases(self, pct_start: float, three_phase: bool) -> list[dict[str, Any]]:
        """Return for each phase its last step, and between which rates and momenta it goes."""
        rising = {"end_step": float(pct_start * self.total_steps) - 1, "start_lr": "initial_lr", "end_lr": "max_lr"}
        rising |= {"start_momentum": "max_momentum", "end_momentum": "base_momentum"}
        last = {"end_step": self.total_steps - 1, "start_lr": "max_lr", "end_lr": "min_lr"}
        last |= {"start_momentum": "base_momentum", "end_momentum": "max_momentum"}
        if not three_phase:
            return [rising, last]
        falling = last | {"end_step": float(2 * pct_start * self.total_steps) - 2, "end_lr": "initial_lr"}
        flat = {"start_lr": "initial_lr", "start_momentum": "max_momentum", "end_momentum": "max_momentum"}
        return [rising, falling, last | flat]

    def _between(self, start: float, end: float, fraction: float) -> float:
        if self._anneal_func_type == "linear":
            return (end - start) * fraction + start
        return end + (start - end) / 2.0 * (math.cos(math.pi * fraction) + 1)

    def get_lr(self) -> list[Any]:
        """Return the learning rate of each group; the momentum is set as well.

        Raises
        ------
        ValueError
            If the cycle is over.
        """
        step = self.last_epoch
        if step > self.total_steps:
            raise ValueError(
                describe(f"Tried to step {step} times. The specified number of total steps is {self.total_steps}")
            )
        rates = []
        for group in self.optimizer.param_groups:
            start: float = 0
            for i, phase in enumerate(self._schedule_phases):
                end = phase["end_step"]
                if step <= end or i == len(self._schedule_phases) - 1:
                    fraction = (step - start) / (end - start)
                    rates.append(self._between(group[phase["start_lr"]], group[phase["end_lr"]], fraction))
                    if self.cycle_momentum:
                        momentum = self._between(group[phase["start_momentum"]], group[phase["end_momentum"]], fraction)
                        _set_momentum(group, momentum, self.use_beta1)
                    break
                start = end
        return rates


def _total_steps(total: int | None, epochs: int | None, steps_per_epoch: int | None) -> int:
    if total is None and (epochs is None or steps_per_epoch is None):
        raise ValueError(
            describe(
                "You must define either total_steps OR (epochs AND steps_per_epoch)",
                fix="total_steps = epochs * len(loader)",
            )
        )
    for name, value in (("total_steps", total), ("epochs", epochs), ("steps_per_epoch", steps_per_epoch)):
        if value is not None and (value <= 0 or not isinstance(value, int)):
            raise ValueError(describe(f"Expected positive integer {name}, but got {value}"))
    return total if total is not None else epochs * steps_per_epoch  # type: ignore[operator]
