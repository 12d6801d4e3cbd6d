"""A moving average of a model's weights."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import autograd
from autograd import Tensor
from nn.module import Module

__all__ = ["ExponentialAverage"]


class ExponentialAverage:
    r"""Exponential moving average of the weights: :math:`\bar\theta = d \bar\theta + (1 - d) \theta` after each step.

    Parameters
    ----------
    model : Module
    decay : float, default 0.999
        :math:`d`; the first steps use ``(1 + t) / (10 + t)`` where that is less.

    References
    ----------
    B. T. Polyak, A. B. Juditsky, "Acceleration of stochastic approximation by averaging", SIAM J. Control and
    Optimization 30 (1992).

    Examples
    --------
    >>> import autograd, nn
    >>> model = nn.Linear(1, 1)
    >>> average = ExponentialAverage(model, decay=0.0)
    >>> average.update()
    >>> with average.applied():
    ...     bool((model.weight == average.state_dict()["weight"]).all())
    True
    """

    def __init__(self, model: Module, decay: float = 0.999) -> None:
        self.model = model
        self.decay = decay
        self._steps = 0
        self._held = {name: tensor.detach().clone() for name, tensor in model.state_dict().items()}

    def update(self) -> None:
        """Take the present weights in; what is not of floating point is copied."""
        decay = min(self.decay, (1 + self._steps) / (10 + self._steps))
        self._steps += 1
        with autograd.no_grad():
            for name, tensor in self.model.state_dict().items():
                held = self._held[name]
                if held.is_floating_point():
                    held.mul_(decay).add_(tensor, alpha=1 - decay)
                else:
                    held.copy_(tensor)

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Give the model the averaged weights inside a ``with`` block."""
        own = {name: tensor.detach().clone() for name, tensor in self.model.state_dict().items()}
        self.model.load_state_dict(self._held)
        try:
            yield
        finally:
            self.model.load_state_dict(own)

    def state_dict(self) -> dict[str, Tensor]:
        """Return the averaged weights."""
        return dict(self._held)

    def load_state_dict(self, state: Mapping[str, Tensor], steps: int) -> None:
        """Take over averaged weights, and the number of steps they were averaged over."""
        self._held = {name: tensor.clone() for name, tensor in state.items()}
        self._steps = steps
