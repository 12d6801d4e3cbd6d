"""The unit that small networks are built of: a convolution, its normalisation, an activation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nn.modules.activation import ReLU
from nn.modules.batchnorm import BatchNorm2d
from nn.modules.container import Sequential
from nn.modules.conv import Conv2d

__all__ = ["ConvNormActivation", "divisible"]


class ConvNormActivation(Sequential):
    """A convolution that keeps the size but for its stride, batch normalisation, and an activation.

    Parameters
    ----------
    in_channels, out_channels : int
    kernel_size : int, default 3
    stride, groups : int, default 1
    activation : callable or None, default nn.ReLU
        Called with ``inplace=True``; None leaves it away.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int = 3,
        stride: int = 1,
        groups: int = 1,
        activation: Callable[..., Any] | None = ReLU,
    ) -> None:
        padding = (kernel_size - 1) // 2
        layers: list[Any] = [
            Conv2d(in_channels, out_channels, kernel_size, stride, padding, groups=groups, bias=False),
            BatchNorm2d(out_channels),
        ]
        super().__init__(*layers, *([activation(inplace=True)] if activation is not None else []))


def divisible(channels: float, divisor: int = 8) -> int:
    """Return the multiple of `divisor` nearest to `channels`, but not below nine tenths of it."""
    rounded = max(divisor, int(channels + divisor / 2) // divisor * divisor)
    return rounded + divisor if rounded < 0.9 * channels else rounded
