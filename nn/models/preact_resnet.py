"""Residual networks with pre-activation: normalisation and rectification come before each convolution."""

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
from nn.modules.linear import Linear
from nn.modules.pooling_adaptive import AdaptiveAvgPool2d

__all__ = ["PreActBlock", "PreActResNet", "preact_resnet18", "preact_resnet34"]


class PreActBlock(Module):
    """Two times normalisation, rectification, convolution of 3x3, beside a shortcut that nothing interrupts."""

    def __init__(self, in_channels: int, width: int, stride: int = 1) -> None:
        super().__init__()
        self.bn1 = BatchNorm2d(in_channels)
        self.relu = ReLU()
        self.conv1 = Conv2d(in_channels, width, 3, stride, padding=1, bias=False)
        self.bn2 = BatchNorm2d(width)
        self.conv2 = Conv2d(width, width, 3, padding=1, bias=False)
        fits = stride == 1 and in_channels == width
        self.shortcut = None if fits else Conv2d(in_channels, width, 1, stride, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Return ``residual(x) + shortcut(x)``."""
        active = self.relu(self.bn1(x))
        # A shortcut that changes the shape branches off after the first activation.
        shortcut = x if self.shortcut is None else self.shortcut(active)
        out = self.conv2(self.relu(self.bn2(self.conv1(active))))
        result: Tensor = out + shortcut
        return result


class PreActResNet(Module):
    """A residual network of pre-activation blocks, for small images.

    Parameters
    ----------
    depths : sequence of ints
        Blocks a stage.
    in_channels : int, default 3
    num_classes : int, default 10
    width : int, default 64
        Channels of the first stage; each further one has twice as many.

    References
    ----------
    K. He, X. Zhang, S. Ren, J. Sun, "Identity mappings in deep residual networks", ECCV 2016.

    Examples
    --------
    >>> import autograd, nn.models
    >>> nn.models.preact_resnet18(width=4)(autograd.zeros(1, 3, 32, 32)).shape
    autograd.Size([1, 10])
    """

    def __init__(self, depths: Sequence[int], in_channels: int = 3, num_classes: int = 10, width: int = 64) -> None:
        super().__init__()
        self.conv1 = Conv2d(in_channels, width, 3, padding=1, bias=False)
        blocks, channels = [], width
        for stage, depth in enumerate(depths):
            for i in range(depth):
                blocks.append(PreActBlock(channels, width << stage, 2 if stage and i == 0 else 1))
                channels = width << stage
        self.blocks = Sequential(*blocks)
        self.bn = BatchNorm2d(channels)
        self.relu = ReLU(inplace=True)
        self.avgpool = AdaptiveAvgPool2d(1)
        self.fc = Linear(channels, num_classes)
        for layer in self.modules():
            if isinstance(layer, Conv2d):
                init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits of a batch of images."""
        x = self.relu(self.bn(self.blocks(self.conv1(x))))
        logits: Tensor = self.fc(self.avgpool(x).flatten(1))
        return logits


def preact_resnet18(**options: Any) -> PreActResNet:
    """Return the network of 18 layers; see `PreActResNet` for the options.

    Parameters
    ----------
    **options
        `in_channels`, `num_classes` and `width` of `PreActResNet`.

    Examples
    --------
    >>> import nn.models
    >>> sum(p.numel() for p in nn.models.preact_resnet18().parameters())
    11172170
    """
    return PreActResNet((2, 2, 2, 2), **options)


def preact_resnet34(**options: Any) -> PreActResNet:
    """Return the network of 34 layers; see `PreActResNet` for the options.

    Parameters
    ----------
    **options
        `in_channels`, `num_classes` and `width` of `PreActResNet`.

    Examples
    --------
    >>> import nn.models
    >>> sum(p.numel() for p in nn.models.preact_resnet34().parameters())
    21280330
    """
    return PreActResNet((3, 4, 6, 3), **options)
