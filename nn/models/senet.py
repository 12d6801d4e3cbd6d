"""Squeeze-and-excitation networks: residual networks whose blocks weigh their channels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograd import Tensor
from nn.models.resnet import BasicBlock, Bottleneck, ResNet
from nn.module import Module
from nn.modules.activation import ReLU, Sigmoid
from nn.modules.conv import Conv2d
from nn.modules.pooling_adaptive import AdaptiveAvgPool2d

__all__ = ["SEBasicBlock", "SEBottleneck", "SqueezeExcitation", "se_resnet18", "se_resnet50"]


class SqueezeExcitation(Module):
    """Weigh each channel by a gate in (0, 1), computed from the means of all channels.

    Parameters
    ----------
    channels : int
    squeezed : int
        Units between the two fully connected layers.
    activation : callable, default nn.ReLU
        Makes their nonlinearity.
    """

    def __init__(self, channels: int, squeezed: int, activation: Callable[..., Module] = ReLU) -> None:
        super().__init__()
        self.avgpool = AdaptiveAvgPool2d(1)
        self.fc1 = Conv2d(channels, squeezed, 1)
        self.activation = activation(inplace=True)
        self.fc2 = Conv2d(squeezed, channels, 1)
        self.scale_activation = Sigmoid()

    def forward(self, x: Tensor) -> Tensor:
        """Return the weighted channels."""
        gate = self.fc2(self.activation(self.fc1(self.avgpool(x))))
        weighted: Tensor = x * self.scale_activation(gate)
        return weighted


class SEBasicBlock(BasicBlock):
    """A residual block of two convolutions with squeeze-and-excitation before the sum."""

    def __init__(self, in_channels: int, width: int, stride: int = 1) -> None:
        super().__init__(in_channels, width, stride)
        self.se = SqueezeExcitation(width, max(1, width // 16))

    def forward(self, x: Tensor) -> Tensor:
        """Return ``relu(se(residual(x)) + shortcut(x))``."""
        shortcut = x if self.downsample is None else self.downsample(x)
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.se(self.bn2(self.conv2(out)))
        result: Tensor = self.relu(out + shortcut)
        return result


class SEBottleneck(Bottleneck):
    """A bottleneck block with squeeze-and-excitation before the sum."""

    def __init__(self, in_channels: int, width: int, stride: int = 1) -> None:
        super().__init__(in_channels, width, stride)
        out_channels = width * self.expansion
        self.se = SqueezeExcitation(out_channels, max(1, out_channels // 16))

    def forward(self, x: Tensor) -> Tensor:
        """Return ``relu(se(residual(x)) + shortcut(x))``."""
        shortcut = x if self.downsample is None else self.downsample(x)
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.relu(self.bn2(self.conv2(out)))
        out = self.se(self.bn3(self.conv3(out)))
        result: Tensor = self.relu(out + shortcut)
        return result


def se_resnet18(**options: Any) -> ResNet:
    """Return SE-ResNet-18: `resnet18` with squeeze-and-excitation in every block; see `ResNet` for the options.

    Parameters
    ----------
    **options
        `in_channels`, `num_classes`, `width` and `small_images` of `ResNet`.

    References
    ----------
    J. Hu, L. Shen, G. Sun, "Squeeze-and-excitation networks", CVPR 2018.

    Examples
    --------
    >>> import nn.models
    >>> sum(p.numel() for p in nn.models.se_resnet18().parameters())
    11778592
    """
    return ResNet(SEBasicBlock, (2, 2, 2, 2), **options)


def se_resnet50(**options: Any) -> ResNet:
    """Return SE-ResNet-50: `resnet50` with squeeze-and-excitation in every block; see `ResNet` for the options.

    Parameters
    ----------
    **options
        `in_channels`, `num_classes`, `width` and `small_images` of `ResNet`.

    References
    ----------
    J. Hu, L. Shen, G. Sun, "Squeeze-and-excitation networks", CVPR 2018.

    Examples
    --------
    >>> import nn.models
    >>> sum(p.numel() for p in nn.models.se_resnet50().parameters())
    28088024
    """
    return ResNet(SEBottleneck, (3, 4, 6, 3), **options)
