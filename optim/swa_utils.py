"""Averages of a model's weights along its training: stochastic weight averaging and exponential moving averages.

An averaged model wraps a copy of the model. It has the calls and the state of a module, but is none: the optimizers
know modules only by what they can do.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Sequence
from itertools import compress
from typing import Any, Self

import autograd
from autograd import Tensor
from autograd.errors import describe
from optim.lr_scheduler.base import LRScheduler, cosine, one_for_each_group
from optim.optimizer import Optimizer

__all__ = [
    "SWALR",
    "AveragedModel",
    "get_ema_avg_fn",
    "get_ema_multi_avg_fn",
    "get_swa_avg_fn",
    "get_swa_multi_avg_fn",
    "update_bn",
]

Average = Callable[[Tensor, Tensor, Tensor], Tensor]
MultiAverage = Callable[[Sequence[Tensor], Sequence[Tensor], Tensor], None]


def get_ema_avg_fn(decay: float = 0.999) -> Average:
    """Return the rule of the exponential moving average, ``decay * average + (1 - decay) * value``.

    Parameters
    ----------
    decay : float, default 0.999

    Returns
    -------
    callable
        ``average(averaged, value, number_of_updates)``, for `AveragedModel`.

    Raises
    ------
    ValueError
        If `decay` is not in [0, 1].

    Examples
    --------
    >>> import autograd
    >>> float(get_ema_avg_fn(0.75)(autograd.tensor(0.0), autograd.tensor(4.0), 1))
    1.0
    """
    if not 0.0 <= decay <= 1.0:
        raise ValueError(
            describe(
                f"Invalid decay value {decay} provided. Please provide a value in [0,1] range.",
                fix="0.999 averages about the last 1000 steps",
            )
        )

    def average(averaged: Tensor, value: Tensor, number: Tensor) -> Tensor:
        return averaged * decay + value * (1 - decay)

    return average


def get_swa_avg_fn() -> Average:
    """Return the rule of the arithmetic mean of all values so far.

    Returns
    -------
    callable
        ``average(averaged, value, number_of_updates)``, which is ``averaged + (value - averaged) / (updates + 1)``.

    Examples
    --------
    >>> import autograd
    >>> float(get_swa_avg_fn()(autograd.tensor(2.0), autograd.tensor(5.0), 2))
    3.0
    """

    def average(averaged: Tensor, value: Tensor, number: Tensor) -> Tensor:
        return averaged + (value - averaged) / (number + 1)

    return average


def _one_by_one(average: Average) -> MultiAverage:
    """Return the rule that updates a list of averages, each by the given one."""

    @autograd.no_grad()
    def update(averaged: Sequence[Tensor], values: Sequence[Tensor], number: Tensor) -> None:
        for held, value in zip(averaged, values, strict=True):
            held.copy_(average(held, value, number))

    return update


def get_ema_multi_avg_fn(decay: float = 0.999) -> MultiAverage:
    """Return `get_ema_avg_fn` as a rule for a list of averages, which it changes in place.

    Parameters
    ----------
    decay : float, default 0.999

    Raises
    ------
    ValueError
        If `decay` is not in [0, 1].

    Examples
    --------
    >>> import autograd
    >>> averages = [autograd.zeros(2)]
    >>> get_ema_multi_avg_fn(0.75)(averages, [autograd.tensor([4.0, 8.0])], 1)
    >>> averages
    [tensor([1., 2.])]
    """
    return _one_by_one(get_ema_avg_fn(decay))


def get_swa_multi_avg_fn() -> MultiAverage:
    """Return `get_swa_avg_fn` as a rule for a list of averages, which it changes in place.

    Examples
    --------
    >>> import autograd
    >>> averages = [autograd.tensor([2.0])]
    >>> get_swa_multi_avg_fn()(averages, [autograd.tensor([5.0])], 2)
    >>> averages
    [tensor([3.])]
    """
    return _one_by_one(get_swa_avg_fn())


class AveragedModel:
    """A copy of a model whose weights are averages of the model's weights over time.

    Parameters
    ----------
    model : module
    device : optional
        Accepted.
    avg_fn : callable, optional
        ``avg_fn(averaged, value, number_of_updates)``; the arithmetic mean if left out.
    multi_avg_fn : callable, optional
        ``multi_avg_fn(list of averaged, list of values, number_of_updates)``, which changes the first list's tensors
        in place; used in place of `avg_fn`.
    use_buffers : bool
        Average the buffers too, instead of copying them.

    Attributes
    ----------
    module : module
        The averaged copy.
    n_averaged : Tensor
        Number of updates, int64.

    References
    ----------
    P. Izmailov et al., "Averaging weights leads to wider optima and better generalization", UAI 2018.

    Examples
    --------
    >>> import autograd, nn
    >>> model = nn.Linear(1, 1)
    >>> averaged = AveragedModel(model)
    >>> averaged.update_parameters(model)
    >>> int(averaged.n_averaged)
    1
    """

    def __init__(
        self,
        model: Any,
        device: Any = None,
        avg_fn: Average | None = None,
        multi_avg_fn: MultiAverage | None = None,
        use_buffers: bool = False,
    ) -> None:
        if avg_fn is not None and multi_avg_fn is not None:
            raise AssertionError(describe("Only one of avg_fn and multi_avg_fn should be provided"))
        self.module = copy.deepcopy(model)
        self.n_averaged = autograd.tensor(0)
        self.avg_fn = avg_fn or get_swa_avg_fn()
        self.multi_avg_fn = multi_avg_fn or _one_by_one(self.avg_fn)
        self.use_buffers = use_buffers

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the averaged copy."""
        return self.module(*args, **kwargs)

    def update_parameters(self, model: Any) -> None:
        """Take the model's present weights into the averages.

        Parameters
        ----------
        model : module
            With the weights of the one that was copied.
        """
        first = int(self.n_averaged) == 0
        ours, theirs = list(self.module.parameters()), list(model.parameters())
        if self.use_buffers:
            ours, theirs = ours + list(self.module.buffers()), theirs + list(model.buffers())
        with autograd.no_grad():
            kept = [not first and averaged.is_floating_point() for averaged in ours]
            for averaged, value, averages in zip(ours, theirs, kept, strict=True):
                if not averages:
                    averaged.copy_(value)
            self.multi_avg_fn(list(compress(ours, kept)), list(compress(theirs, kept)), self.n_averaged)
            if not self.use_buffers:
                for held, value in zip(self.module.buffers(), model.buffers(), strict=True):
                    held.copy_(value)
            self.n_averaged += 1

    def parameters(self) -> Iterable[Tensor]:
        """Return the averaged parameters."""
        result: Iterable[Tensor] = self.module.parameters()
        return result

    def train(self, mode: bool = True) -> Self:
        """Switch the copy to training."""
        self.module.train(mode)
        return self

    def eval(self) -> Self:
        """Switch the copy to evaluation."""
        return self.train(False)

    def state_dict(self) -> dict[str, Any]:
        """Return the copy's state under ``module.``, and ``n_averaged``."""
        inner = self.module.state_dict(prefix="module.")
        return {"n_averaged": self.n_averaged, **inner}

    def load_state_dict(self, state_dict: dict[str, Any], strict: bool = True) -> Any:
        """Take over a state that `state_dict` returned."""
        inner = {key[len("module.") :]: value for key, value in state_dict.items() if key.startswith("module.")}
        result = self.module.load_state_dict(inner, strict=strict)
        if "n_averaged" in state_dict:
            self.n_averaged = state_dict["n_averaged"].clone()
        return result


def update_bn(loader: Iterable[Any], model: Any, device: Any = None) -> None:
    """Compute the running statistics of a model's batch norms anew, in one pass over the data.

    Parameters
    ----------
    loader : iterable
        Yields batches, or sequences whose first entry is the batch.
    model : module or AveragedModel
    device : optional
        Accepted.

    Examples
    --------
    >>> import autograd, nn
    >>> model = nn.BatchNorm1d(1)
    >>> update_bn([autograd.tensor([[1.0], [3.0]]), autograd.tensor([[5.0], [7.0]])], model)
    >>> model.running_mean
    tensor([4.])
    """
    inner = model.module if isinstance(model, AveragedModel) else model
    norms = [m for m in inner.modules() if hasattr(m, "reset_running_stats")]
    if not norms:
        return
    was_training = inner.training
    momenta = {m: m.momentum for m in norms}
    for m in norms:
        m.reset_running_stats()
        m.momentum = None
    inner.train()
    try:
        with autograd.no_grad():
            for batch in loader:
                inner(batch[0] if isinstance(batch, list | tuple) else batch)
    finally:
        for m, momentum in momenta.items():
            m.momentum = momentum
        inner.train(was_training)


class SWALR(LRScheduler):
    """Go from the optimizer's rate to a constant one in a number of epochs.

    The rate is ``(1 - f) * lr + f * swa_lr``, where f goes from 0 to 1 as a line or half a cosine wave.

    Parameters
    ----------
    optimizer : Optimizer
    swa_lr : float or list of float
    anneal_epochs : int, default 10
    anneal_strategy : {'cos', 'linear'}
    last_epoch : int, default -1

    Raises
    ------
    ValueError
        If the strategy is not known or the number of epochs negative.

    References
    ----------
    P. Izmailov et al., "Averaging weights leads to wider optima and better generalization", UAI 2018.

    Examples
    --------
    >>> import autograd, optim
    >>> sgd = optim.SGD([autograd.ones(1, requires_grad=True)], lr=1.0)
    >>> schedule = SWALR(sgd, swa_lr=0.5, anneal_epochs=2, anneal_strategy="linear")
    >>> rates = schedule.get_last_lr()
    >>> for epoch in range(3):
    ...     sgd.step()
    ...     schedule.step()
    ...     rates += schedule.get_last_lr()
    >>> rates
    [1.0, 0.75, 0.5, 0.5]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        swa_lr: float | list[float],
        anneal_epochs: int = 10,
        anneal_strategy: str = "cos",
        last_epoch: int = -1,
    ) -> None:
        for lr, group in zip(one_for_each_group(swa_lr, optimizer, "swa_lr"), optimizer.param_groups, strict=True):
            group["swa_lr"] = lr
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(
                describe(f"anneal_strategy must be one of 'cos' or 'linear', instead got {anneal_strategy}")
            )
        if not isinstance(anneal_epochs, int) or anneal_epochs < 0:
            raise ValueError(describe(f"anneal_epochs must be equal or greater than 0, got {anneal_epochs}"))
        self._anneal_strategy = anneal_strategy
        self.anneal_epochs = anneal_epochs
        super().__init__(optimizer, last_epoch)

    def _alpha(self, step: float) -> float:
        """Return how much of the way to the new rate is gone after `step` epochs."""
        t = max(0.0, min(1.0, step / max(1, self.anneal_epochs)))
        return t if self._anneal_strategy == "linear" else 1 - cosine(t)

    def get_lr(self) -> list[Any]:
        """Return the learning rate of each group at ``self.last_epoch``."""
        step = self._step_count - 1
        if self.anneal_epochs == 0:
            step = max(1, step)
        before, now = self._alpha(step - 1), self._alpha(step)
        rates = []
        for group in self.optimizer.param_groups:
            start = group["lr"] if before == 1 else (group["lr"] - before * group["swa_lr"]) / (1 - before)
            rates.append(group["swa_lr"] * now + start * (1 - now))
        return rates
