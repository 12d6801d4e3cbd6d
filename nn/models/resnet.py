"""Residual networks."""

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
from nn.modules.linear import Identity, Linear
from nn.modules.pooling import MaxPool2d
from nn.modules.pooling_adaptive import AdaptiveAvgPool2d

__all__ = ["BasicBlock", "Bottleneck", "ResNet", "resnet18", "resnet34", "resnet50", "resnet101", "resnet152"]


def conv3x3(in_channels: int, out_channels: int, stride: int = 1) -> Conv2d:
    """Return a convolution of 3x3 with padding, without bias."""
    return Conv2d(in_channels, out_channels, 3, stride, padding=1, bias=False)


def projection(in_channels: int, out_channels: int, stride: int) -> Sequential | None:
    """Return what fits the shortcut to the residual's shape, or nothing where it fits."""
    if stride == 1 and in_channels == out_channels:
        return None
    return Sequential(Conv2d(in_channels, out_channels, 1, stride, bias=False), BatchNorm2d(out_channels))


class BasicBlock(Module):
    """Two convolutions of 3x3 beside a shortcut."""

    expansion = 1

    def __init__(self, in_channels: int, width: int, stride: int = 1) -> None:
        super().__init__()
        self.conv1 = conv3x3(in_channels, width, stride)
        self.bn1 = BatchNorm2d(width)
        self.relu = ReLU(inplace=True)
        self.conv2 = conv3x3(width, width)
        self.bn2 = BatchNorm2d(width)
        self.downsample = projection(in_channels, width, stride)

    def forward(self, x: Tensor) -> Tensor:
        """Return ``relu(residual(x) + shortcut(x))``."""
        shortcut = x if self.downsample is None else self.downsample(x)
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        result: Tensor = self.relu(out + shortcut)
        return result


class Bottleneck(Module):
    """Convolutions of 1x1, 3x3 and 1x1, the first of which narrows and the last widens, beside a shortcut.

    The stride is taken by the 3x3 convolution, which came after the paper and loses less.
    """

    expansion = 4

    def __init__(self, in_channels: int, width: int, stride: int = 1) -> None:
        super().__init__()
        out_channels = width * self.expansion
        self.conv1 = Conv2d(in_channels, width, 1, bias=False)
        self.bn1 = BatchNorm2d(width)
        self.conv2 = conv3x3(width, width, stride)
        self.bn2 = BatchNorm2d(width)
        self.conv3 = Conv2d(width, out_channels, 1, bias=False)
        self.bn3 = BatchNorm2d(out_channels)
        self.relu = ReLU(inplace=True)
        self.downsample = projection(in_channels, out_channels, stride)

    def forward(self, x: Tensor) -> Tensor:
        """Return ``relu(residual(x) + shortcut(x))``."""
        shortcut = x if self.downsample is None else self.downsample(x)
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.relu(self.bn2(self.conv2(out)))
        out = self.bn3(self.conv3(out))
        result: Tensor = self.relu(out + shortcut)
        return result


class ResNet(Module):
    """A residual network: a stem, four stages of blocks, the mean over positions, one fully connected layer.

    Parameters
    ----------
    block : type
        `BasicBlock`, `Bottleneck`, or another with their arguments.
    depths : sequence of 4 ints
        Blocks a stage.
    in_channels : int, default 3
    num_classes : int, default 1000
    width : int, default 64
        Channels of the first stage; each further one has twice as many.
    small_images : bool, default False
        Begin with a convolution of 3x3 at full resolution, for images of about 32 pixels a side.

    References
    ----------
    K. He, X. Zhang, S. Ren, J. Sun, "Deep residual learning for image recognition", CVPR 2016.

    Examples
    --------
    >>> import autograd, nn.models
    >>> nn.models.resnet18(num_classes=10, width=8)(autograd.zeros(1, 3, 64, 64)).shape
    autograd.Size([1, 10])
    """

    def __init__(
        self,
        block: Any,
        depths: Sequence[int],
        in_channels: int = 3,
        num_classes: int = 1000,
        width: int = 64,
        small_images: bool = False,
    ) -> None:
        super().__init__()
        self.conv1 = (
            conv3x3(in_channels, width) if small_images else Conv2d(in_channels, width, 7, 2, padding=3, bias=False)
        )
        self.bn1 = BatchNorm2d(width)
        self.relu = ReLU(inplace=True)
        self.maxpool: Module = Identity() if small_images else MaxPool2d(3, 2, padding=1)
        channels = width
        for stage, depth in enumerate(depths):
            blocks = []
            for i in range(depth):
                blocks.append(block(channels, width << stage, 2 if stage and i == 0 else 1))
                channels = (width << stage) * block.expansion
            self.add_module(f"layer{stage + 1}", Sequential(*blocks))
        self.avgpool = AdaptiveAvgPool2d(1)
        self.fc = Linear(channels, num_classes)
        for layer in self.modules():
            if isinstance(layer, Conv2d):
                init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits of a batch of images."""
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        logits: Tensor = self.fc(self.avgpool(x).flatten(1))
        return logits


def resnet18(**options: Any) -> ResNet:
    """Return the network of 18 layers; see `ResNet` for the options.

    Parameters
    ----------
    **options
        `in_channels`, `num_classes`, `width` and `small_images` of `ResNet`.

    Examples
    --------
    >>> import nn.models
    >>> sum(p.numel() for p in nn.models.resnet18().parameters())
    11689512
    """
    return ResNet(BasicBlock, (2, 2, 2, 2), **options)


def resnet34(**options: Any) -> ResNet:
    """Return the network of 34 layers; see `ResNet` for the options.

    Parameters
    ----------
    **options
        `in_channels`, `num_classes`, `width` and `small_images` of `ResNet`.

    Examples
    --------
    >>> import nn.models
    >>> sum(p.numel() for p in nn.models.resnet34().parameters())
    21797672
    """
    return ResNet(BasicBlock, (3, 4, 6, 3), **options)


def resnet50(**options: Any) -> ResNet:
    """Return the network of 50 layers; see `ResNet` for the options.

    Parameters
    ----------
    **options
        `in_channels`, `num_classes`, `width` and `small_images` of `ResNet`.

    Examples
    --------
    >>> import nn.models
    >>> sum(p.numel() for p in nn.models.resnet50().parameters())
    25557032
    """
    return ResNet(Bottleneck, (3, 4, 6, 3), **options)


def resnet101(**options: Any) -> ResNet:
    """Return the network of 101 layers; see `ResNet` for the options.

    Parameters
    ----------
    **options
        `in_channels`, `num_classes`, `width` and `small_images` of `ResNet`.

    Examples
    --------
    >>> import nn.models
    >>> sum(p.numel() for p in nn.models.resnet101().parameters())
    44549160
    """
    return ResNet(Bottleneck, (3, 4, 23, 3), **options)


def resnet152(**options: Any) -> ResNet:
    """Return the network of 152 layers; see `ResNet` for the options.

    Parameters
    ----------
    **options
        `in_channels`, `num_classes`, `width` and `small_images` of `ResNet`.

    Examples
    --------
    >>> import nn.models
    >>> sum(p.numel() for p in nn.models.resnet152().parameters())
    60192808
    """
    return ResNet(Bottleneck, (3, 8, 36, 3), **options)
