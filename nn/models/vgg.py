"""VGG: convolutions of 3x3 only, in stages between poolings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd import Tensor
from nn import init
from nn.module import Module
from nn.modules.activation import ReLU
from nn.modules.batchnorm import BatchNorm2d
from nn.modules.container import Sequential
from nn.modules.conv import Conv2d
from nn.modules.dropout import Dropout
from nn.modules.linear import Linear
from nn.modules.pooling import MaxPool2d
from nn.modules.pooling_adaptive import AdaptiveAvgPool2d

__all__ = ["VGG", "vgg11", "vgg11_bn", "vgg13", "vgg13_bn", "vgg16", "vgg16_bn", "vgg19", "vgg19_bn"]

_WIDTHS = (64, 128, 256, 512, 512)


class VGG(Module):
    """VGG: `depths[i]` convolutions of 3x3 at each of five scales, then three fully connected layers.

    Parameters
    ----------
    depths : sequence of 5 ints
        Convolutions a stage.
    in_channels : int, default 3
    num_classes : int, default 1000
    batch_norm : bool, default False
        Normalise after every convolution, which the paper predates.
    hidden : int, default 4096
        Units of the fully connected layers.
    dropout : float, default 0.5

    References
    ----------
    K. Simonyan, A. Zisserman, "Very deep convolutional networks for large-scale image recognition", ICLR 2015.

    Examples
    --------
    >>> import autograd, nn.models
    >>> nn.models.vgg11(num_classes=10, hidden=8)(autograd.zeros(1, 3, 32, 32)).shape
    autograd.Size([1, 10])
    """

    def __init__(
        self,
        depths: Sequence[int],
        in_channels: int = 3,
        num_classes: int = 1000,
        batch_norm: bool = False,
        hidden: int = 4096,
        dropout: float = 0.5,
    ) -> None:
        super().__init__()
        layers: list[Module] = []
        for width, depth in zip(_WIDTHS, depths, strict=True):
            for _ in range(depth):
                layers.append(Conv2d(in_channels, width, 3, padding=1))
                layers += [BatchNorm2d(width), ReLU(inplace=True)] if batch_norm else [ReLU(inplace=True)]
                in_channels = width
            layers.append(MaxPool2d(2))
        self.features = Sequential(*layers)
        self.avgpool = AdaptiveAvgPool2d(7)
        self.classifier = Sequential(
            *(Linear(512 * 7 * 7, hidden), ReLU(inplace=True), Dropout(dropout)),
            *(Linear(hidden, hidden), ReLU(inplace=True), Dropout(dropout)),
            Linear(hidden, num_classes),
        )
        for layer in self.modules():
            if isinstance(layer, Conv2d):
                init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")
                init.zeros_(layer.get_parameter("bias"))
            elif isinstance(layer, Linear):
                init.normal_(layer.weight, 0, 0.01)
                init.zeros_(layer.get_parameter("bias"))

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits of a batch of images."""
        x = self.avgpool(self.features(x))
        logits: Tensor = self.classifier(x.flatten(1))
        return logits


def vgg11(**options: Any) -> VGG:
    """Return configuration A; see `VGG` for the options.

    Parameters
    ----------
    **options
        `in_channels`, `num_classes`, `batch_norm`, `hidden` and `dropout` of `VGG`.

    Examples
    --------
    >>> import nn.models
    >>> model = nn.models.vgg11(hidden=8)
    >>> [sum(isinstance(layer, kind) for layer in model.modules()) for kind in (nn.Conv2d, nn.Linear)]
    [8, 3]
    """
    return VGG((1, 1, 2, 2, 2), **options)


def vgg13(**options: Any) -> VGG:
    """Return configuration B; see `VGG` for the options.

    Parameters
    ----------
    **options
        `in_channels`, `num_classes`, `batch_norm`, `hidden` and `dropout` of `VGG`.

    Examples
    --------
    >>> import nn.models
    >>> model = nn.models.vgg13(hidden=8)
    >>> [sum(isinstance(layer, kind) for layer in model.modules()) for kind in (nn.Conv2d, nn.Linear)]
    [10, 3]
    """
    return VGG((2, 2, 2, 2, 2), **options)


def vgg16(**options: Any) -> VGG:
    """Return configuration D; see `VGG` for the options.

    Parameters
    ----------
    **options
        `in_channels`, `num_classes`, `batch_norm`, `hidden` and `dropout` of `VGG`.

    Examples
    --------
    >>> import nn.models
    >>> model = nn.models.vgg16(hidden=8)
    >>> [sum(isinstance(layer, kind) for layer in model.modules()) for kind in (nn.Conv2d, nn.Linear)]
    [13, 3]
    """
    return VGG((2, 2, 3, 3, 3), **options)


def vgg19(**options: Any) -> VGG:
    """Return configuration E; see `VGG` for the options.

    Parameters
    ----------
    **options
        `in_channels`, `num_classes`, `batch_norm`, `hidden` and `dropout` of `VGG`.

    Examples
    --------
    >>> import nn.models
    >>> model = nn.models.vgg19(hidden=8)
    >>> [sum(isinstance(layer, kind) for layer in model.modules()) for kind in (nn.Conv2d, nn.Linear)]
    [16, 3]
    """
    return VGG((2, 2, 4, 4, 4), **options)


def vgg11_bn(**options: Any) -> VGG:
    """Return `vgg11` with normalisation after every convolution.

    Parameters
    ----------
    **options
        `in_channels`, `num_classes`, `hidden` and `dropout` of `VGG`.

    Examples
    --------
    >>> import nn.models
    >>> model = nn.models.vgg11_bn(hidden=8)
    >>> [sum(isinstance(layer, kind) for layer in model.modules()) for kind in (nn.Conv2d, nn.Linear)]
    [8, 3]
    """
    return vgg11(batch_norm=True, **options)


def vgg13_bn(**options: Any) -> VGG:
    """Return `vgg13` with normalisation after every convolution.

    Parameters
    ----------
    **options
        `in_channels`, `num_classes`, `hidden` and `dropout` of `VGG`.

    Examples
    --------
    >>> import nn.models
    >>> model = nn.models.vgg13_bn(hidden=8)
    >>> [sum(isinstance(layer, kind) for layer in model.modules()) for kind in (nn.Conv2d, nn.Linear)]
    [10, 3]
    """
    return vgg13(batch_norm=True, **options)


def vgg16_bn(**options: Any) -> VGG:
    """Return `vgg16` with normalisation after every convolution.

    Parameters
    ----------
    **options
        `in_channels`, `num_classes`, `hidden` and `dropout` of `VGG`.

    Examples
    --------
    >>> import nn.models
    >>> model = nn.models.vgg16_bn(hidden=8)
    >>> [sum(isinstance(layer, kind) for layer in model.modules()) for kind in (nn.Conv2d, nn.Linear)]
    [13, 3]
    """
    return vgg16(batch_norm=True, **options)


def vgg19_bn(**options: Any) -> VGG:
    """Return `vgg19` with normalisation after every convolution.

    Parameters
    ----------
    **options
        `in_channels`, `num_classes`, `hidden` and `dropout` of `VGG`.

    Examples
    --------
    >>> import nn.models
    >>> model = nn.models.vgg19_bn(hidden=8)
    >>> [sum(isinstance(layer, kind) for layer in model.modules()) for kind in (nn.Conv2d, nn.Linear)]
    [16, 3]
    """
    return vgg19(batch_norm=True, **options)
