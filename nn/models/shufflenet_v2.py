"""ShuffleNetV2: half of the channels pass a block untouched, then all are shuffled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import autograd
from autograd import Tensor
from nn.functional import channel_shuffle
from nn.models.convolutions import ConvNormActivation
from nn.module import Module
from nn.modules.container import Sequential
from nn.modules.linear import Linear
from nn.modules.pooling import MaxPool2d
from nn.modules.pooling_adaptive import AdaptiveAvgPool2d

__all__ = ["ShuffleNetV2", "shufflenet_v2_x0_5", "shufflenet_v2_x1_0", "shufflenet_v2_x1_5", "shufflenet_v2_x2_0"]


def _depthwise(channels: int, stride: int) -> ConvNormActivation:
    return ConvNormActivation(channels, channels, 3, stride, groups=channels, activation=None)


class _InvertedResidual(Module):
    """A unit of the paper's figure 3: (c) where `stride` is 1, (d) where it is 2."""

    def __init__(self, in_channels: int, out_channels: int, stride: int) -> None:
        super().__init__()
        half = out_channels // 2
        inner = half if stride == 1 else in_channels
        self.branch1 = Sequential()
        if stride > 1:
            self.branch1 = Sequential(*_depthwise(inner, stride), *ConvNormActivation(inner, half, 1))
        self.branch2 = Sequential(
            *ConvNormActivation(inner, half, 1),
            *_depthwise(half, stride),
            *ConvNormActivation(half, half, 1),
        )

    def forward(self, x: Tensor) -> Tensor:
        if len(self.branch1) == 0:
            kept, worked = x.chunk(2, 1)
        else:
            kept, worked = self.branch1(x), x
        return channel_shuffle(autograd.cat((kept, self.branch2(worked)), 1), 2)


class ShuffleNetV2(Module):
    """ShuffleNetV2.

    Parameters
    ----------
    widths : sequence of 5 ints
        Channels of the stem, of the three stages and of the last convolution.
    in_channels : int, default 3
    num_classes : int, default 1000
    depths : sequence of 3 ints, default (4, 8, 4)
        Units a stage.

    References
    ----------
    N. Ma, X. Zhang, H.-T. Zheng, J. Sun, "ShuffleNet V2: practical guidelines for efficient CNN architecture design",
    ECCV 2018.

    Examples
    --------
    >>> import autograd, nn.models
    >>> nn.models.shufflenet_v2_x0_5(num_classes=10).eval()(autograd.zeros(1, 3, 32, 32)).shape
    autograd.Size([1, 10])
    """

    def __init__(
        self,
        widths: Sequence[int],
        in_channels: int = 3,
        num_classes: int = 1000,
        depths: Sequence[int] = (4, 8, 4),
    ) -> None:
        super().__init__()
        stem, *stages, last = widths
        self.conv1 = ConvNormActivation(in_channels, stem, 3, 2)
        self.maxpool = MaxPool2d(3, 2, padding=1)
        channels = stem
        for stage, (width, depth) in enumerate(zip(stages, depths, strict=True)):
            units = [_InvertedResidual(channels, width, 2)]
            units += [_InvertedResidual(width, width, 1) for _ in range(depth - 1)]
            self.add_module(f"stage{stage + 2}", Sequential(*units))
            channels = width
        self.conv5 = ConvNormActivation(channels, last, 1)
        self.avgpool = AdaptiveAvgPool2d(1)
        self.fc = Linear(last, num_classes)

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits of a batch of images."""
        x = self.maxpool(self.conv1(x))
        x = self.conv5(self.stage4(self.stage3(self.stage2(x))))
        logits: Tensor = self.fc(self.avgpool(x).flatten(1))
        return logits


def shufflenet_v2_x0_5(**options: Any) -> ShuffleNetV2:
    """Return the network of half the width; see `ShuffleNetV2` for the options.

    Parameters
    ----------
    **options
        `in_channels`, `num_classes` and `depths` of `ShuffleNetV2`.

    Examples
    --------
    >>> import nn.models
    >>> sum(p.numel() for p in nn.models.shufflenet_v2_x0_5().parameters())
    1366792
    """
    return ShuffleNetV2((24, 48, 96, 192, 1024), **options)


def shufflenet_v2_x1_0(**options: Any) -> ShuffleNetV2:
    """Return the network of table 5's first column; see `ShuffleNetV2` for the options.

    Parameters
    ----------
    **options
        `in_channels`, `num_classes` and `depths` of `ShuffleNetV2`.

    Examples
    --------
    >>> import nn.models
    >>> sum(p.numel() for p in nn.models.shufflenet_v2_x1_0().parameters())
    2278604
    """
    return ShuffleNetV2((24, 116, 232, 464, 1024), **options)


def shufflenet_v2_x1_5(**options: Any) -> ShuffleNetV2:
    """Return the network of one and a half times the width; see `ShuffleNetV2` for the options.

    Parameters
    ----------
    **options
        `in_channels`, `num_classes` and `depths` of `ShuffleNetV2`.

    Examples
    --------
    >>> import nn.models
    >>> sum(p.numel() for p in nn.models.shufflenet_v2_x1_5().parameters())
    3503624
    """
    return ShuffleNetV2((24, 176, 352, 704, 1024), **options)


def shufflenet_v2_x2_0(**options: Any) -> ShuffleNetV2:
    """Return the network of twice the width; see `ShuffleNetV2` for the options.

    Parameters
    ----------
    **options
        `in_channels`, `num_classes` and `depths` of `ShuffleNetV2`.

    Examples
    --------
    >>> import nn.models
    >>> sum(p.numel() for p in nn.models.shufflenet_v2_x2_0().parameters())
    7393996
    """
    return ShuffleNetV2((24, 244, 488, 976, 2048), **options)
