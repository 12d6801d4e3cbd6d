"""Networks by name."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from autograd.errors import describe
from nn.models.efficientnet import efficientnet_b0
from nn.models.lecture import NetReLU, NetSigmoid
from nn.models.lenet import LeNet5
from nn.models.mobilenet import mobilenet_v2
from nn.models.preact_resnet import preact_resnet18
from nn.models.resnet import resnet18, resnet34, resnet50
from nn.models.shufflenet_v2 import shufflenet_v2_x1_0
from nn.models.sizes import as_pair
from nn.module import Module

__all__ = ["MODELS", "create_model"]

# Up to this side a residual network starts without strides, as its authors have it for CIFAR-10.
_SMALL = 64


def _of_any_size(make: Callable[..., Module]) -> Callable[..., Module]:
    """Return a network that averages over all positions, and so takes images of any size, as one of a given size."""

    def build(in_channels: int, num_classes: int, image_size: int | Sequence[int], **options: Any) -> Module:
        as_pair(image_size)
        return make(in_channels=in_channels, num_classes=num_classes, **options)

    return build


def _residual(make: Callable[..., Module]) -> Callable[..., Module]:
    def build(in_channels: int, num_classes: int, image_size: int | Sequence[int], **options: Any) -> Module:
        options.setdefault("small_images", max(as_pair(image_size)) <= _SMALL)
        return make(in_channels=in_channels, num_classes=num_classes, **options)

    return build


#: Every network that classifies images, by its name on the command line.
MODELS: Mapping[str, Callable[..., Module]] = MappingProxyType(
    {
        "lenet5": LeNet5,
        "net-relu": NetReLU,
        "net-sigmoid": NetSigmoid,
        "resnet18": _residual(resnet18),
        "resnet34": _residual(resnet34),
        "resnet50": _residual(resnet50),
        "preact_resnet18": _of_any_size(preact_resnet18),
        "mobilenet_v2": _of_any_size(mobilenet_v2),
        "shufflenet_v2_x1_0": _of_any_size(shufflenet_v2_x1_0),
        "efficientnet_b0": _of_any_size(efficientnet_b0),
    }
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
