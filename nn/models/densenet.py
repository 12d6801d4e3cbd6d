"""Densely connected networks: every layer reads the outputs of all layers before it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

import autograd
from autograd import Tensor
from nn import init
from nn.module import Module
from nn.modules.activation import ReLU
from nn.modules.batchnorm import BatchNorm2d
from nn.modules.container import Sequential
from nn.modules.conv import Conv2d
from nn.modules.linear import Linear
from nn.modules.pooling import AvgPool2d, MaxPool2d
from nn.modules.pooling_adaptive import AdaptiveAvgPool2d

__all__ = ["DenseNet", "densenet121", "densenet169", "densenet201"]


class _DenseLayer(Sequential):
    """A bottleneck of 1x1 and a convolution of 3x3, each after normalisation and rectification."""

    def __init__(self, in_channels: int, growth_rate: int, bottleneck: int) -> None:
        super().__init__(
            OrderedDict(
                norm1=BatchNorm2d(in_channels),
                relu1=ReLU(inplace=True),
                conv1=Conv2d(in_channels, bottleneck * growth_rate, 1, bias=False),
                norm2=BatchNorm2d(bottleneck * growth_rate),
                relu2=ReLU(inplace=True),
                conv2=Conv2d(bottleneck * growth_rate, growth_rate, 3, padding=1, bias=False),
            )
        )


class _DenseBlock(Module):
    """Layers that each append their output to what they read."""

    def __init__(self, depth: int, in_channels: int, growth_rate: int, bottleneck: int) -> None:
        super().__init__()
        for i in range(depth):
            self.add_module(f"denselayer{i + 1}", _DenseLayer(in_channels + i * growth_rate, growth_rate, bottleneck))

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.children():
            x = autograd.cat((x, layer(x)), 1)
        return x


class _Transition(Sequential):
    """Halves channels and resolution between two blocks."""

    def __init__(self, in_channels: int) -> None:
        super().__init__(
            OrderedDict(
                norm=BatchNorm2d(in_channels),
                relu=ReLU(inplace=True),
                conv=Conv2d(in_channels, in_channels // 2, 1, bias=False),
                pool=AvgPool2d(2),
            )
        )


class DenseNet(Module):
    """A densely connected network with bottlenecks and compression (DenseNet-BC).

    Parameters
    ----------
    growth_rate : int
        Channels that each layer adds.
    depths : sequence of ints
        Layers a block.
    in_channels : int, default 3
    num_classes : int, default 1000
    bottleneck : int, default 4
        Channels between the two convolutions of a layer, in multiples of the growth rate.

    References
    ----------
    G. Huang, Z. Liu, L. van der Maaten, K. Weinberger, "Densely connected convolutional networks", CVPR 2017.

    Examples
    --------
    >>> import autograd, nn.models
    >>> nn.models.DenseNet(4, (2, 2), num_classes=10).eval()(autograd.zeros(1, 3, 32, 32)).shape
    autograd.Size([1, 10])
    """

    def __init__(
        self,
        growth_rate: int = 32,
        depths: Sequence[int] = (6, 12, 24, 16),
        in_channels: int = 3,
        num_classes: int = 1000,
        bottleneck: int = 4,
    ) -> None:
        super().__init__()
        channels = 2 * growth_rate
        self.features = Sequential(
            OrderedDict[str, Module](
                conv0=Conv2d(in_channels, channels, 7, 2, padding=3, bias=False),
                norm0=BatchNorm2d(channels),
                relu0=ReLU(inplace=True),
                pool0=MaxPool2d(3, 2, padding=1),
            )
        )
        for i, depth in enumerate(depths):
            self.features.add_module(f"denseblock{i + 1}", _DenseBlock(depth, channels, growth_rate, bottleneck))
            channels += depth * growth_rate
            if i + 1 < len(depths):
                self.features.add_module(f"transition{i + 1}", _Transition(channels))
                channels //= 2
        self.features.add_module(f"norm{len(depths) + 1}", BatchNorm2d(channels))
        self.relu = ReLU(inplace=True)
        self.avgpool = AdaptiveAvgPool2d(1)
        self.classifier = Linear(channels, num_classes)
        for layer in self.modules():
            if isinstance(layer, Conv2d):
                init.kaiming_normal_(layer.weight)
        init.zeros_(self.classifier.get_parameter("bias"))

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits of a batch of images."""
        x = self.avgpool(self.relu(self.features(x)))
        logits: Tensor = self.classifier(x.flatten(1))
        return logits


def densenet121(**options: Any) -> DenseNet:
    """Return the network of 121 layers; see `DenseNet` for the options.

    Parameters
    ----------
    **options
        `in_channels`, `num_classes` and `bottleneck` of `DenseNet`.

    Examples
    --------
    >>> import nn.models
    >>> sum(p.numel() for p in nn.models.densenet121().parameters())
    7978856
    """
    return DenseNet(32, (6, 12, 24, 16), **options)


def densenet169(**options: Any) -> DenseNet:
    """Return the network of 169 layers; see `DenseNet` for the options.

    Parameters
    ----------
    **options
        `in_channels`, `num_classes` and `bottleneck` of `DenseNet`.

    Examples
    --------
    >>> import nn.models
    >>> sum(p.numel() for p in nn.models.densenet169().parameters())
    14149480
    """
    return DenseNet(32, (6, 12, 32, 32), **options)


def densenet201(**options: Any) -> DenseNet:
    """Return the network of 201 layers; see `DenseNet` for the options.

    Parameters
    ----------
    **options
        `in_channels`, `num_classes` and `bottleneck` of `DenseNet`.

    Examples
    --------
    >>> import nn.models
    >>> sum(p.numel() for p in nn.models.densenet201().parameters())
    20013928
    """
    return DenseNet(32, (6, 12, 48, 32), **options)
