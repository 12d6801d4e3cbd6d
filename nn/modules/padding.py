"""Padding layers: four ways of filling, each over one to three axes."""

from __future__ import annotations

from typing import ClassVar

from autograd import Tensor
from autograd.errors import describe
from nn import functional as F
from nn.module import Module
from nn.modules.sizes import Sizes, spread

__all__ = [
    "CircularPad1d",
    "CircularPad2d",
    "CircularPad3d",
    "ConstantPad1d",
    "ConstantPad2d",
    "ConstantPad3d",
    "ReflectionPad1d",
    "ReflectionPad2d",
    "ReflectionPad3d",
    "ReplicationPad1d",
    "ReplicationPad2d",
    "ReplicationPad3d",
    "ZeroPad1d",
    "ZeroPad2d",
    "ZeroPad3d",
]


class _Pad(Module):
    """Padding of the last `_rank` axes in the way `_mode`."""

    _rank: ClassVar[int]
    _mode: ClassVar[str]

    def __init__(self, padding: Sizes) -> None:
        super().__init__()
        self.padding = spread(padding, 2 * self._rank, "padding")

    def forward(self, input: Tensor) -> Tensor:
        """Pad `input`."""
        return F.pad(input, self.padding, self._mode)

    def extra_repr(self) -> str:
        """Return the padding."""
        return str(self.padding)


class _ConstantPad(_Pad):
    def __init__(self, padding: Sizes, value: float) -> None:
        super().__init__(padding)
        self.value = value

    def forward(self, input: Tensor) -> Tensor:
        """Pad `input`, which may have any further axes."""
        return F.pad(input, self.padding, "constant", self.value)

    def extra_repr(self) -> str:
        """Return the padding and its value."""
        return f"padding={self.padding}, value={self.value}"


class ConstantPad1d(_ConstantPad):
    """Pads the last axis with one value; see `ConstantPad2d`."""

    _rank = 1


class ConstantPad2d(_ConstantPad):
    """Pads the last two axes with one value.

    Parameters
    ----------
    padding : int or tuple of int
        One number for all sides, or (left, right, top, bottom); a negative one crops.
    value : float
    """

    _rank = 2


class ConstantPad3d(_ConstantPad):
    """Pads the last three axes with one value; see `ConstantPad2d`."""

    _rank = 3


class _ZeroPad(_ConstantPad):
    def __init__(self, padding: Sizes) -> None:
        super().__init__(padding, 0.0)

    def extra_repr(self) -> str:
        """Return the padding."""
        return str(self.padding)


class ZeroPad1d(_ZeroPad, ConstantPad1d):
    """Pads the last axis with zeros; see `ConstantPad2d`."""


class ZeroPad2d(_ZeroPad, ConstantPad2d):
    """Pads the last two axes with zeros; see `ConstantPad2d`."""


class ZeroPad3d(_ZeroPad, ConstantPad3d):
    """Pads the last three axes with zeros; see `ConstantPad2d`."""


class _ReflectionPad(_Pad):
    _mode = "reflect"


class ReflectionPad1d(_ReflectionPad):
    """Pads the last axis by reflection at the border element; padding as in `ConstantPad2d`."""

    _rank = 1


class ReflectionPad2d(_ReflectionPad):
    """Pads the last two axes by reflection at the border element; padding as in `ConstantPad2d`."""

    _rank = 2


class ReflectionPad3d(_ReflectionPad):
    """Pads the last three axes by reflection at the border element; padding as in `ConstantPad2d`."""

    _rank = 3


class _ReplicationPad(_Pad):
    _mode = "replicate"


class ReplicationPad1d(_ReplicationPad):
    """Pads the last axis with copies of the border element; padding as in `ConstantPad2d`."""

    _rank = 1


class ReplicationPad2d(_ReplicationPad):
    """Pads the last two axes with copies of the border element; padding as in `ConstantPad2d`."""

    _rank = 2


class ReplicationPad3d(_ReplicationPad):
    """Pads the last three axes with copies of the border element; padding as in `ConstantPad2d`."""

    _rank = 3


class _CircularPad(_Pad):
    _mode = "circular"

    def forward(self, input: Tensor) -> Tensor:
        """Pad `input`.

        Raises
        ------
        ValueError
            If it does not have the padded axes, channels and possibly a batch.
        """
        rank = self._rank
        if input.ndim not in (rank + 1, rank + 2):
            raise ValueError(describe(f"expected {rank + 1}D or {rank + 2}D input (got {input.ndim}D input)"))
        return super().forward(input)


class CircularPad1d(_CircularPad):
    """Pads the last axis with the elements of the opposite side; padding as in `ConstantPad2d`."""

    _rank = 1


class CircularPad2d(_CircularPad):
    """Pads the last two axes with the elements of the opposite side; padding as in `ConstantPad2d`."""

    _rank = 2


class CircularPad3d(_CircularPad):
    """Pads the last three axes with the elements of the opposite side; padding as in `ConstantPad2d`."""

    _rank = 3
