"""The convolutions that are measured: the shapes of common networks, and odd ones."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from autograd.geometry import ConvGeometry, conv_geometry

__all__ = ["GRID", "Case"]


@dataclass(frozen=True)
class Case:
    """One convolution: N images of C channels and a spatial size, to O channels."""

    name: str
    n: int
    c: int
    size: tuple[int, int]
    o: int
    kernel: tuple[int, int]
    stride: int = 1
    padding: int = 0
    dilation: int = 1
    groups: int = 1
    denormal: bool = False

    @property
    def geometry(self) -> ConvGeometry:
        """Sizes of the convolution."""
        return conv_geometry(self.size, self.kernel, self.stride, self.padding, self.dilation, self.groups)

    @property
    def flops(self) -> int:
        """Multiplications and additions of the definition."""
        return 2 * self.n * self.o * prod(self.geometry.output) * (self.c // self.groups) * prod(self.kernel)


def _three(c: int, size: int, n: int, o: int | None = None, **more: int) -> Case:
    o = c if o is None else o
    return Case(f"3x3 {c}->{o} @{size} N{n}", n, c, (size, size), o, (3, 3), **({"padding": 1} | more))


GRID: list[Case] = [
    _three(16, 32, 64),
    _three(32, 32, 64),
    _three(64, 32, 64),
    _three(128, 16, 64),
    _three(256, 8, 64),
    _three(64, 56, 8),
    _three(128, 28, 8),
    _three(256, 14, 8),
    _three(512, 7, 8),
    Case("3x3 s2 64->128 @32 N64", 64, 64, (32, 32), 128, (3, 3), stride=2, padding=1),
    Case("1x1 64->256 @32 N16", 16, 64, (32, 32), 256, (1, 1)),
    Case("1x1 256->64 @32 N16", 16, 256, (32, 32), 64, (1, 1)),
    Case("3x3 d2 64->64 @32 N32", 32, 64, (32, 32), 64, (3, 3), padding=2, dilation=2),
    Case("15x15 valid 16->16 @64 N8", 8, 16, (64, 64), 16, (15, 15)),
    Case("depthwise 31x31 64 @56 N8", 8, 64, (56, 56), 64, (31, 31), padding=15, groups=64),
    Case("stem 7x7 s2 3->64 @224 N8", 8, 3, (224, 224), 64, (7, 7), stride=2, padding=3),
    Case("3x3 3->32 @32 N64", 64, 3, (32, 32), 32, (3, 3), padding=1),
    Case("LeNet 5x5 1->6 @28 N64", 64, 1, (28, 28), 6, (5, 5), padding=2),
    Case("LeNet 5x5 6->16 @14 N64", 64, 6, (14, 14), 16, (5, 5)),
    Case("grouped 3x3 g4 64 @32 N32", 32, 64, (32, 32), 64, (3, 3), padding=1, groups=4),
    Case("grouped 3x3 g32 128 @28 N16", 16, 128, (28, 28), 128, (3, 3), padding=1, groups=32),
    Case("depthwise 3x3 64 @56 N16", 16, 64, (56, 56), 64, (3, 3), padding=1, groups=64),
    Case("depthwise 5x5 64 @28 N16", 16, 64, (28, 28), 64, (5, 5), padding=2, groups=64),
    Case("odd: 17 images 20x20 48->96", 17, 48, (20, 20), 96, (3, 3), padding=1),
    Case("odd: 5x5 32->32 @27 N16", 16, 32, (27, 27), 32, (5, 5), padding=2),
    Case("odd: rectangular 17x61 24->40", 16, 24, (17, 61), 40, (3, 3), padding=1),
    Case("3x3 64->64 @32 N16, denormals", 16, 64, (32, 32), 64, (3, 3), padding=1, denormal=True),
]
