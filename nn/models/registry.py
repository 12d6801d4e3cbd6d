"""Networks by name."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from autograd.errors import describe
from nn.models.lecture import NetReLU, NetSigmoid
from nn.models.lenet import LeNet5
from nn.module import Module

__all__ = ["MODELS", "create_model"]

#: Every network that classifies images, by its name on the command line.
MODELS: Mapping[str, Callable[..., Module]] = MappingProxyType(
    {"lenet5": LeNet5, "net-relu": NetReLU, "net-sigmoid": NetSigmoid}
)


def create_model(
    name: str, in_channels: int = 1, num_classes: int = 10, image_size: int | Sequence[int] = 28, **options: Any
) -> Module:
    """Build a network by its name, for images of a given kind.

    Parameters
    ----------
    name : str
        One of `MODELS`.
    in_channels : int, default 1
    num_classes : int, default 10
    image_size : int or (int, int), default 28
        Height and width.
    **options
        Further arguments of that network.

    Raises
    ------
    ValueError
        If there is no network of that name, or the images are too small for it.

    Examples
    --------
    >>> create_model("net-relu", image_size=8).fc1
    Linear(in_features=27, out_features=128, bias=True)
    """
    if name not in MODELS:
        close = difflib.get_close_matches(name.lower(), MODELS, n=1, cutoff=0.4)
        raise ValueError(
            describe(
                f"Unknown model {name!r}",
                rule=f"one of {', '.join(sorted(MODELS))}",
                fix=f"did you mean {close[0]!r}?" if close else None,
            )
        )
    return MODELS[name](in_channels, num_classes, image_size, **options)
