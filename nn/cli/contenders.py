"""The optimizers that `convgrad race` compares, each with a colour of its own wherever it is drawn."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from autograd import Tensor
from nn.cli.optimizers import OPTIMIZERS, make_optimizer

__all__ = ["CONTENDERS", "Contender"]


@dataclass(frozen=True)
class Contender:
    """An optimizer in a race.

    Attributes
    ----------
    title, colour : str
    rule : str
        Its name in `OPTIMIZERS`.
    surface_rate : float
        Learning rate on a surface; of the surface's own rate where `relative`.
    relative : bool
        Whether its steps are proportional to the gradient, so that the rate must suit the curvature.
    full : bool
        Whether it sees all images at each step.
    noise : float
        Share by which its gradient is disturbed on a surface, where there are no batches to differ.
    """

    title: str
    colour: str
    rule: str
    surface_rate: float
    relative: bool = False
    full: bool = False
    noise: float = 0.0

    def rate_on_digits(self) -> float:
        """Return the learning rate on images."""
        return OPTIMIZERS[self.rule].lr

    def rate_on(self, lr: float) -> float:
        """Return the learning rate on a surface whose own is `lr`."""
        return self.surface_rate * lr if self.relative else self.surface_rate

    def maker(self, lr: float) -> Callable[[list[Tensor]], Any]:
        """Return what makes the optimizer of parameters."""
        return lambda parameters: make_optimizer(self.rule, parameters, lr, 0.0)


# Okabe and Ito's colours, which stay apart for every kind of colour vision.
CONTENDERS: Mapping[str, Contender] = MappingProxyType(
    {
        "gradient-descent": Contender("gradient descent", "#000000", "sgd", 1.0, relative=True, full=True),
        "sgd": Contender("SGD", "#56b4e9", "sgd", 1.0, relative=True, noise=0.5),
        "momentum": Contender("momentum", "#0072b2", "momentum", 0.3, relative=True),
        "adagrad": Contender("AdaGrad", "#009e73", "adagrad", 0.5),
        "rmsprop": Contender("RMSProp", "#d55e00", "rmsprop", 0.02),
        "adadelta": Contender("Adadelta", "#cc79a7", "adadelta", 10.0),
        "adam": Contender("Adam", "#e69f00", "adam", 0.1),
    }
)
