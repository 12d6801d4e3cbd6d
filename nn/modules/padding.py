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
    """Pads the last axis with one value: (..., L) -> (..., left + L + right).

    Parameters
    ----------
    padding : int or tuple of int
        One number for both sides, or (left, right); a negative one crops.
    value : float

    Examples
    --------
    >>> import autograd, nn
    >>> nn.ConstantPad1d((1, 2), 9.0)(autograd.tensor([1.0, 2.0]))
    tensor([9., 1., 2., 9., 9.])
    """

    _rank = 1


class ConstantPad2d(_ConstantPad):
    """Pads the last two axes with one value: (..., H, W) -> (..., top + H + bottom, left + W + right).

    Parameters
    ----------
    padding : int or tuple of int
        One number for all sides, or (left, right, top, bottom); a negative one crops.
    value : float

    Examples
    --------
    >>> import autograd, nn
    >>> nn.ConstantPad2d((1, 0, 0, 1), 9.0)(autograd.tensor([[1.0, 2.0]]))
    tensor([[9., 1., 2.],
            [9., 9., 9.]])
    """

    _rank = 2


class ConstantPad3d(_ConstantPad):
    """Pads the last three axes with one value: (..., D, H, W) -> (..., front + D + back, top + H + bottom, ...).

    Parameters
    ----------
    padding : int or tuple of int
        One number for all sides, or (left, right, top, bottom, front, back); a negative one crops.
    value : float

    Examples
    --------
    >>> import autograd, nn
    >>> nn.ConstantPad3d((0, 0, 1, 1, 2, 0), 9.0)(autograd.ones(1, 3, 4, 5)).shape
    autograd.Size([1, 5, 6, 5])
    """

    _rank = 3


class _ZeroPad(_ConstantPad):
    def __init__(self, padding: Sizes) -> None:
        super().__init__(padding, 0.0)

    def extra_repr(self) -> str:
        """Return the padding."""
        return str(self.padding)


class ZeroPad1d(_ZeroPad, ConstantPad1d):
    """Pads the last axis with zeros: (..., L) -> (..., left + L + right).

    Parameters
    ----------
    padding : int or tuple of int
        As in `ConstantPad1d`.

    Examples
    --------
    >>> import autograd, nn
    >>> nn.ZeroPad1d(1)(autograd.tensor([1.0, 2.0]))
    tensor([0., 1., 2., 0.])
    """


class ZeroPad2d(_ZeroPad, ConstantPad2d):
    """Pads the last two axes with zeros: (..., H, W) -> (..., top + H + bottom, left + W + right).

    Parameters
    ----------
    padding : int or tuple of int
        As in `ConstantPad2d`.

    Examples
    --------
    >>> import autograd, nn
    >>> nn.ZeroPad2d((1, 0, 0, 1))(autograd.tensor([[1.0, 2.0]]))
    tensor([[0., 1., 2.],
            [0., 0., 0.]])
    """


class ZeroPad3d(_ZeroPad, ConstantPad3d):
    """Pads the last three axes with zeros: (..., D, H, W) -> (..., front + D + back, top + H + bottom, ...).

    Parameters
    ----------
    padding : int or tuple of int
        As in `ConstantPad3d`.

    Examples
    --------
    >>> import autograd, nn
    >>> nn.ZeroPad3d(1)(autograd.ones(1, 3, 4, 5)).shape
    autograd.Size([1, 5, 6, 7])
    """


class _ReflectionPad(_Pad):
    _mode = "reflect"


class ReflectionPad1d(_ReflectionPad):
    """Pads the last axis by reflection at the border element: (N, C, L) -> (N, C, left + L + right), or without N.

    Parameters
    ----------
    padding : int or tuple of int
        As in `ConstantPad1d`; less than the size.

    Examples
    --------
    >>> import autograd, nn
    >>> nn.ReflectionPad1d(2)(autograd.tensor([[1.0, 2.0, 3.0]]))
    tensor([[3., 2., 1., 2., 3., 2., 1.]])
    """

    _rank = 1


class ReflectionPad2d(_ReflectionPad):
    """Pads the last two axes by reflection at the border element: (N, C, H, W) -> (N, C, oh, ow), or without N.

    Parameters
    ----------
    padding : int or tuple of int
        As in `ConstantPad2d`; less than the sizes.

    Examples
    --------
    >>> import autograd, nn
    >>> nn.ReflectionPad2d((1, 0, 0, 1))(autograd.tensor([[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]]))
    tensor([[[2., 1., 2., 3.],
             [5., 4., 5., 6.],
             [2., 1., 2., 3.]]])
    """

    _rank = 2


class ReflectionPad3d(_ReflectionPad):
    """Pads the last three axes by reflection at the border element: (N, C, D, H, W) -> (N, C, od, oh, ow), or no N.

    Parameters
    ----------
    padding : int or tuple of int
        As in `ConstantPad3d`; less than the sizes.

    Examples
    --------
    >>> import autograd, nn
    >>> nn.ReflectionPad3d(1)(autograd.ones(1, 3, 4, 5)).shape
    autograd.Size([1, 5, 6, 7])
    """

    _rank = 3


class _ReplicationPad(_Pad):
    _mode = "replicate"


class ReplicationPad1d(_ReplicationPad):
    """Pads the last axis with copies of the border element: (N, C, L) -> (N, C, left + L + right), or without N.

    Parameters
    ----------
    padding : int or tuple of int
        As in `ConstantPad1d`.

    Examples
    --------
    >>> import autograd, nn
    >>> nn.ReplicationPad1d(2)(autograd.tensor([[1.0, 2.0, 3.0]]))
    tensor([[1., 1., 1., 2., 3., 3., 3.]])
    """

    _rank = 1


class ReplicationPad2d(_ReplicationPad):
    """Pads the last two axes with copies of the border element: (N, C, H, W) -> (N, C, oh, ow), or without N.

    Parameters
    ----------
    padding : int or tuple of int
        As in `ConstantPad2d`.

    Examples
    --------
    >>> import autograd, nn
    >>> nn.ReplicationPad2d((1, 0, 0, 1))(autograd.tensor([[[1.0, 2.0], [3.0, 4.0]]]))
    tensor([[[1., 1., 2.],
             [3., 3., 4.],
             [3., 3., 4.]]])
    """

    _rank = 2


class ReplicationPad3d(_ReplicationPad):
    """Pads the last three axes with copies of the border element: (N, C, D, H, W) -> (N, C, od, oh, ow), or without N.

    Parameters
    ----------
    padding : int or tuple of int
        As in `ConstantPad3d`.

    Examples
    --------
    >>> import autograd, nn
    >>> nn.ReplicationPad3d(1)(autograd.ones(1, 3, 4, 5)).shape
    autograd.Size([1, 5, 6, 7])
    """

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
    """Pads the last axis with the elements of the opposite side: (N, C, L) -> (N, C, left + L + right), or without N.

    Parameters
    ----------
    padding : int or tuple of int
        As in `ConstantPad1d`; at most the size.

    Examples
    --------
    >>> import autograd, nn
    >>> nn.CircularPad1d((2, 1))(autograd.tensor([[1.0, 2.0, 3.0]]))
    tensor([[2., 3., 1., 2., 3., 1.]])
    """

    _rank = 1


class CircularPad2d(_CircularPad):
    """Pads the last two axes with the elements of the opposite side: (N, C, H, W) -> (N, C, oh, ow), or without N.

    Parameters
    ----------
    padding : int or tuple of int
        As in `ConstantPad2d`; at most the sizes.

    Examples
    --------
    >>> import autograd, nn
    >>> nn.CircularPad2d((1, 0, 0, 1))(autograd.tensor([[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]]))
    tensor([[[3., 1., 2., 3.],
             [6., 4., 5., 6.],
             [3., 1., 2., 3.]]])
    """

    _rank = 2


class CircularPad3d(_CircularPad):
    """Pads the last three axes with the elements of the opposite side: (N, C, D, H, W) -> (N, C, od, oh, ow), or no N.

    Parameters
    ----------
    padding : int or tuple of int
        As in `ConstantPad3d`; at most the sizes.

    Examples
    --------
    >>> import autograd, nn
    >>> nn.CircularPad3d(1)(autograd.ones(1, 3, 4, 5)).shape
    autograd.Size([1, 5, 6, 7])
    """

    _rank = 3
