"""EfficientNet: inverted residuals with squeeze-and-excitation, scaled together in width, depth and resolution."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from autograd import Tensor
from nn import init
from nn.models.convolutions import ConvNormActivation, divisible
from nn.models.senet import SqueezeExcitation
from nn.module import Module
from nn.modules.activation import SiLU
from nn.modules.container import Sequential
from nn.modules.conv import Conv2d
from nn.modules.dropout import Dropout
from nn.modules.linear import Linear
from nn.modules.pooling_adaptive import AdaptiveAvgPool2d

__all__ = ["EfficientNet", "StochasticDepth", "efficientnet_b0"]

#: Expansion, kernel, stride, channels and repetitions of each stage of B0 (table 1 of the paper).
_STAGES = (
    *((1, 3, 1, 16, 1), (6, 3, 2, 24, 2), (6, 5, 2, 40, 2), (6, 3, 2, 80, 3)),
    *((6, 5, 1, 112, 3), (6, 5, 2, 192, 4), (6, 3, 1, 320, 1)),
)


class StochasticDepth(Module):
    """Drop a whole residual at random, for each image by itself, and scale what is kept.

    Parameters
    ----------
    p : float
        Probability of dropping.

    References
    ----------
    G. Huang, Y. Sun, Z. Liu, D. Sedra, K. Weinberger, "Deep networks with stochastic depth", ECCV 2016.
    """

    def __init__(self, p: float) -> None:
        super().__init__()
        self.p = p

    def forward(self, x: Tensor) -> Tensor:
        """Return the residuals, some of them zero while training."""
        if not self.training or self.p == 0:
            return x
        survival = 1 - self.p
        kept = x.new_empty((x.shape[0], 1, 1, 1)).bernoulli_(survival)
        result: Tensor = x * (kept / survival)
        return result


class _MBConv(Module):
    """Widen by 1x1, filter each channel, weigh the channels, narrow by 1x1; add the input where it fits."""

    def __init__(
        self, in_channels: int, out_channels: int, kernel: int, stride: int, expansion: int, drop: float
    ) -> None:
        super().__init__()
        hidden = in_channels * expansion
        layers: list[Module] = []
        if expansion != 1:
            layers.append(ConvNormActivation(in_channels, hidden, 1, activation=SiLU))
        self.block = Sequential(
            *layers,
            ConvNormActivation(hidden, hidden, kernel, stride, groups=hidden, activation=SiLU),
            SqueezeExcitation(hidden, max(1, in_channels // 4), SiLU),
            ConvNormActivation(hidden, out_channels, 1, activation=None),
        )
        self.stochastic_depth = StochasticDepth(drop)
        self.adds = stride == 1 and in_channels == out_channels

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.block(x)
        return x + self.stochastic_depth(out) if self.adds else out


class EfficientNet(Module):
    """EfficientNet.

    Parameters
    ----------
    in_channels : int, default 3
    num_classes : int, default 1000
    width, depth : float, default 1.0
        Multiply the channels, and the blocks a stage.
    dropout : float, default 0.2
        Before the last layer.
    stochastic_depth : float, default 0.2
        Probability of dropping the last residual; earlier ones in proportion to their position.
    stages : sequence of (int, int, int, int, int), optional
        Expansion, kernel, stride, channels and repetitions of each stage.

    References
    ----------
    M. Tan, Q. Le, "EfficientNet: rethinking model scaling for convolutional neural networks", ICML 2019.

    Examples
    --------
    >>> import autograd, nn.models
    >>> nn.models.efficientnet_b0(num_classes=10).eval()(autograd.zeros(1, 3, 32, 32)).shape
    autograd.Size([1, 10])
    """

    def __init__(
        self,
        in_channels: int = 3,
        num_classes: int = 1000,
        width: float = 1.0,
        depth: float = 1.0,
        dropout: float = 0.2,
        stochastic_depth: float = 0.2,
        stages: Sequence[Sequence[int]] = _STAGES,
    ) -> None:
        super().__init__()
        depths = [math.ceil(stage[4] * depth) for stage in stages]
        channels = divisible(32 * width)
        layers: list[Module] = [ConvNormActivation(in_channels, channels, 3, 2, activation=SiLU)]
        built = 0
        for (expansion, kernel, stride, wide, _), repetitions in zip(stages, depths, strict=True):
            blocks = []
            for i in range(repetitions):
                out_channels, drop = divisible(wide * width), stochastic_depth * built / sum(depths)
                blocks.append(_MBConv(channels, out_channels, kernel, stride if i == 0 else 1, expansion, drop))
                channels, built = out_channels, built + 1
            layers.append(Sequential(*blocks))
        self.features = Sequential(*layers, ConvNormActivation(channels, 4 * channels, 1, activation=SiLU))
        self.avgpool = AdaptiveAvgPool2d(1)
        self.classifier = Sequential(Dropout(dropout), Linear(4 * channels, num_classes))
        for layer in self.modules():
            if isinstance(layer, Conv2d):
                init.kaiming_normal_(layer.weight, mode="fan_out")
                if layer.bias is not None:
                    init.zeros_(layer.bias)
            elif isinstance(layer, Linear):
                bound = 1 / math.sqrt(layer.out_features)
                init.uniform_(layer.weight, -bound, bound)
                init.zeros_(layer.get_parameter("bias"))

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits of a batch of images."""
        x = self.avgpool(self.features(x))
        logits: Tensor = self.classifier(x.flatten(1))
        return logits


def efficientnet_b0(**options: Any) -> EfficientNet:
    """Return the network that the others are scaled from; see `EfficientNet` for the options.

    Parameters
    ----------
    **options
        Those of `EfficientNet`.

    Examples
    --------
    >>> import nn.models
    >>> sum(p.numel() for p in nn.models.efficientnet_b0().parameters())
    5288548
    """
    return EfficientNet(**options)
