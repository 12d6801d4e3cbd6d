"""MobileNetV2: inverted residuals, whose wide inner layers are depthwise convolutions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd import Tensor
from nn import init
from nn.models.convolutions import ConvNormActivation, divisible
from nn.module import Module
from nn.modules.batchnorm import BatchNorm2d
from nn.modules.container import Sequential
from nn.modules.conv import Conv2d
from nn.modules.dropout import Dropout
from nn.modules.linear import Linear
from nn.modules.piecewise import ReLU6
from nn.modules.pooling_adaptive import AdaptiveAvgPool2d

__all__ = ["MobileNetV2", "mobilenet_v2"]

#: Expansion, channels, repetitions and first stride of each stage (table 2 of the paper).
_STAGES = (
    *((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2)),
    *((6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)),
)


class _InvertedResidual(Module):
    """Widen by 1x1, filter each channel by 3x3, narrow by 1x1 without an activation; add the input where it fits."""

    def __init__(self, in_channels: int, out_channels: int, stride: int, expansion: int) -> None:
        super().__init__()
        hidden = in_channels * expansion
        layers: list[Module] = []
        if expansion != 1:
            layers.append(ConvNormActivation(in_channels, hidden, 1, activation=ReLU6))
        self.conv = Sequential(
            *layers,
            ConvNormActivation(hidden, hidden, 3, stride, groups=hidden, activation=ReLU6),
            Conv2d(hidden, out_channels, 1, bias=False),
            BatchNorm2d(out_channels),
        )
        self.adds = stride == 1 and in_channels == out_channels

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.conv(x)
        return x + out if self.adds else out


class MobileNetV2(Module):
    """MobileNetV2.

    Parameters
    ----------
    in_channels : int, default 3
    num_classes : int, default 1000
    width : float, default 1.0
        Multiplies the channels of every layer.
    dropout : float, default 0.2
    stages : sequence of (int, int, int, int), optional
        Expansion, channels, repetitions and first stride of each stage.

    References
    ----------
    M. Sandler, A. Howard, M. Zhu, A. Zhmoginov, L.-C. Chen, "MobileNetV2: inverted residuals and linear bottlenecks",
    CVPR 2018.

    Examples
    --------
    >>> import autograd, nn.models
    >>> nn.models.MobileNetV2(num_classes=10, width=0.25).eval()(autograd.zeros(1, 3, 32, 32)).shape
    autograd.Size([1, 10])
    """

    def __init__(
        self,
        in_channels: int = 3,
        num_classes: int = 1000,
        width: float = 1.0,
        dropout: float = 0.2,
        stages: Sequence[Sequence[int]] = _STAGES,
    ) -> None:
        super().__init__()
        channels, last = divisible(32 * width), divisible(1280 * max(1.0, width))
        layers: list[Module] = [ConvNormActivation(in_channels, channels, 3, 2, activation=ReLU6)]
        for expansion, wide, repetitions, stride in stages:
            for i in range(repetitions):
                out_channels = divisible(wide * width)
                layers.append(_InvertedResidual(channels, out_channels, stride if i == 0 else 1, expansion))
                channels = out_channels
        self.features = Sequential(*layers, ConvNormActivation(channels, last, 1, activation=ReLU6))
        self.avgpool = AdaptiveAvgPool2d(1)
        self.classifier = Sequential(Dropout(dropout), Linear(last, num_classes))
        for layer in self.modules():
            if isinstance(layer, Conv2d):
                init.kaiming_normal_(layer.weight, mode="fan_out")
            elif isinstance(layer, Linear):
                init.normal_(layer.weight, 0, 0.01)
                init.zeros_(layer.get_parameter("bias"))

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits of a batch of images."""
        x = self.avgpool(self.features(x))
        logits: Tensor = self.classifier(x.flatten(1))
        return logits


def mobilenet_v2(**options: Any) -> MobileNetV2:
    """Return MobileNetV2; see `MobileNetV2` for the options.

    Parameters
    ----------
    **options
        Those of `MobileNetV2`.

    Examples
    --------
    >>> import nn.models
    >>> sum(p.numel() for p in nn.models.mobilenet_v2().parameters())
    3504872
    """
    return MobileNetV2(**options)
