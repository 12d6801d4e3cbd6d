"""Optimizers by the names the command line knows them by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from autograd import Tensor

__all__ = ["OPTIMIZERS", "make_optimizer"]


@dataclass(frozen=True)
class _Rule:
    """A class of `optim`, its options and a learning rate to begin with."""

    kind: str
    lr: float
    options: Mapping[str, Any] = field(default_factory=dict)


#: Those ending in ``-notes`` are the forms lecture notes give, where they differ from the published ones.
OPTIMIZERS: Mapping[str, _Rule] = MappingProxyType(
    {
        "sgd": _Rule("SGD", 0.1),
        "momentum": _Rule("SGD", 0.05, {"momentum": 0.9}),
        "nesterov": _Rule("SGD", 0.05, {"momentum": 0.9, "nesterov": True}),
        "adagrad": _Rule("Adagrad", 0.01),
        "adagrad-notes": _Rule("Adagrad", 0.01, {"eps": 1e-5}),
        "rmsprop": _Rule("RMSprop", 0.001),
        "rmsprop-notes": _Rule("RMSprop", 0.001, {"alpha": 0.9, "eps": 1e-5}),
        "adadelta": _Rule("Adadelta", 1.0),
        "adadelta-notes": _Rule("Adadelta", 0.001, {"simplified": True}),
        "adam": _Rule("Adam", 0.001),
        "adam-notes": _Rule("Adam", 0.001, {"betas": (0.9, 0.995), "eps": 1e-7, "bias_correction": False}),
        "adamw": _Rule("AdamW", 0.001),
        "adamax": _Rule("Adamax", 0.002),
        "nadam": _Rule("NAdam", 0.002),
        "radam": _Rule("RAdam", 0.001),
        "asgd": _Rule("ASGD", 0.01),
        "lars": _Rule("LARS", 1.0, {"momentum": 0.9}),
    }
)


def make_optimizer(name: str, parameters: Iterable[Tensor], lr: float, weight_decay: float) -> Any:
    """Build the optimizer of that name."""
    import optim

    rule = OPTIMIZERS[name]
    return getattr(optim, rule.kind)(parameters, lr=lr, weight_decay=weight_decay, **rule.options)
