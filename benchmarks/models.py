"""The networks whose training steps are measured, written once for every library with PyTorch's interface."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

__all__ = ["STEPS", "Step"]


class Step(NamedTuple):
    """One training step: a network, the batch and the image it is fed."""

    name: str
    build: Callable[[Any], Any]
    batch: int
    image: tuple[int, int, int]
    classes: int = 10


def lenet5(nn: Any) -> Any:
    """LeNet-5 with ReLU and max pooling."""
    return nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
        nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10),
    )  # fmt: skip


def vgg6(nn: Any) -> Any:
    """Six 3x3 convolutions with batch norm, as in VGG."""
    layers: list[Any] = []
    channels = 3
    for width, pool in ((64, False), (64, True), (128, False), (128, True), (256, False), (256, True)):
        layers += [nn.Conv2d(channels, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU()]
        layers += [nn.MaxPool2d(2)] if pool else []
        channels = width
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(256 * 4 * 4, 10))


def resnet8(nn: Any, width: int) -> Any:
    """Three stages of one residual block each, for 32x32 images."""

    class Block(nn.Module):
        def __init__(self, fan_in: int, fan_out: int, stride: int) -> None:
            super().__init__()
            self.conv1 = nn.Conv2d(fan_in, fan_out, 3, stride, 1, bias=False)
            self.bn1 = nn.BatchNorm2d(fan_out)
            self.conv2 = nn.Conv2d(fan_out, fan_out, 3, 1, 1, bias=False)
            self.bn2 = nn.BatchNorm2d(fan_out)
            self.relu = nn.ReLU()
            self.shortcut = nn.Sequential()
            if stride != 1 or fan_in != fan_out:
                self.shortcut = nn.Sequential(
                    nn.Conv2d(fan_in, fan_out, 1, stride, bias=False), nn.BatchNorm2d(fan_out)
                )

        def forward(self, x: Any) -> Any:
            y = self.relu(self.bn1(self.conv1(x)))
            return self.relu(self.bn2(self.conv2(y)) + self.shortcut(x))

    return nn.Sequential(
        nn.Conv2d(3, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU(),
        Block(width, width, 1), Block(width, 2 * width, 2), Block(2 * width, 4 * width, 2),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4 * width, 10),
    )  # fmt: skip


def mobilenet(nn: Any) -> Any:
    """Depthwise separable convolutions, as in MobileNet, for 32x32 images."""
    layers: list[Any] = [nn.Conv2d(3, 32, 3, padding=1, bias=False), nn.BatchNorm2d(32), nn.ReLU()]
    for fan_in, fan_out, stride in ((32, 64, 1), (64, 128, 2), (128, 128, 1), (128, 256, 2)):
        layers += [
            nn.Conv2d(fan_in, fan_in, 3, stride, 1, groups=fan_in, bias=False),
            nn.BatchNorm2d(fan_in),
            nn.ReLU(),
        ]
        layers += [nn.Conv2d(fan_in, fan_out, 1, bias=False), nn.BatchNorm2d(fan_out), nn.ReLU()]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(256, 10))


STEPS: list[Step] = [
    Step("LeNet-5 N8", lenet5, 8, (1, 28, 28)),
    Step("LeNet-5 N64", lenet5, 64, (1, 28, 28)),
    Step("LeNet-5 N256", lenet5, 256, (1, 28, 28)),
    Step("VGG6-BN N64", vgg6, 64, (3, 32, 32)),
    Step("ResNet-8 w32 N64", lambda nn: resnet8(nn, 32), 64, (3, 32, 32)),
    Step("ResNet-8 w64 N64", lambda nn: resnet8(nn, 64), 64, (3, 32, 32)),
    Step("MobileNet-like N64", mobilenet, 64, (3, 32, 32)),
]
