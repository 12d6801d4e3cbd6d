"""Convolutions: the ranks differ in one number and are otherwise one declaration."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from autograd import Tensor
from autograd.errors import describe
from nn import functional as F
from nn.module import Module
from nn.modules.lazy import LazyModuleMixin, channels_of
from nn.modules.linear import make_weights, reset_weights
from nn.modules.sizes import Sizes, spread

__all__ = [
    "Conv1d",
    "Conv2d",
    "Conv3d",
    "LazyConv1d",
    "LazyConv2d",
    "LazyConv3d",
]

_MODES = ("zeros", "reflect", "replicate", "circular")
_PADDINGS = ("same", "valid", "full")
Padding = str | int | Sequence[int] | Sequence[tuple[int, int]]


def check_groups(in_channels: int, out_channels: int, groups: int) -> None:
    """Refuse groups that do not divide the channels.

    Raises
    ------
    ValueError
        If they do not, or are not positive.
    """
    if groups <= 0:
        raise ValueError(describe("groups must be a positive integer", rule=f"got groups={groups}"))
    for name, channels in (("in_channels", in_channels), ("out_channels", out_channels)):
        if channels % groups != 0:
            raise ValueError(
                describe(
                    f"{name} must be divisible by groups",
                    rule=f"{channels} % {groups} = {channels % groups}",
                    fix=f"choose a multiple of {groups} channels, or other groups",
                )
            )


def check_padding(padding: Any, stride: tuple[int, ...], rank: int) -> Any:
    """Return `padding` as a string, a tuple of numbers or a tuple of (low, high) pairs.

    Raises
    ------
    ValueError
        If it is an unknown string, or 'same' with a stride.
    """
    if isinstance(padding, str):
        if padding not in _PADDINGS:
            raise ValueError(
                describe(
                    f"Invalid padding string {padding!r}, should be one of {_PADDINGS}",
                    fix="pass one of these words, or the padding as numbers",
                )
            )
        if padding == "same" and any(s != 1 for s in stride):
            raise ValueError(
                describe(
                    "padding='same' is not supported for strided convolutions",
                    rule=f"'same' keeps the size only at stride 1, got stride {stride}",
                    fix="pass the padding as a number, such as kernel_size // 2",
                )
            )
        return padding
    if isinstance(padding, Sequence) and padding and isinstance(padding[0], Sequence):
        return tuple((int(low), int(high)) for low, high in padding)
    return spread(padding, rank, "padding")


class _ConvNd(Module):
    """Convolution over `_rank` spatial axes."""

    _rank: ClassVar[int]
    _convolve: ClassVar[Callable[..., Tensor]]
    transposed: ClassVar[bool] = False
    bias: Tensor | None

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Sizes,
        stride: Sizes = 1,
        padding: Padding = 0,
        dilation: Sizes = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self._set_geometry(in_channels, out_channels, kernel_size, stride, padding, 0, dilation, groups, padding_mode)
        shape = self._weight_shape()
        make_weights(self, shape, out_channels if bias else None, device, dtype)
        self.reset_parameters()

    def _set_geometry(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Sizes,
        stride: Sizes,
        padding: Padding,
        output_padding: Sizes,
        dilation: Sizes,
        groups: int,
        padding_mode: str,
    ) -> None:
        check_groups(in_channels, out_channels, groups)
        if padding_mode not in _MODES:
            raise ValueError(
                describe(
                    f"padding_mode must be one of {_MODES}, but got padding_mode='{padding_mode}'",
                    fix="'zeros' is the ordinary padding",
                )
            )
        rank = self._rank
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.kernel_size = spread(kernel_size, rank, "kernel_size")
        self.stride = spread(stride, rank, "stride")
        self.padding = check_padding(padding, self.stride, rank)
        self.dilation = spread(dilation, rank, "dilation")
        self.output_padding = spread(output_padding, rank, "output_padding")
        self.groups = groups
        self.padding_mode = padding_mode

    def _weight_shape(self) -> tuple[int, ...]:
        return (self.out_channels, self.in_channels // self.groups, *self.kernel_size)

    def reset_parameters(self) -> None:
        """Draw the initial values anew."""
        reset_weights(self.weight, self.bias)

    def forward(self, input: Tensor) -> Tensor:
        """Convolve `input`."""
        padding = self.padding
        if self.padding_mode != "zeros":
            input = F.pad(input, self._border(), mode=self.padding_mode)
            padding = 0
        return self._convolve(input, self.weight, self.bias, self.stride, padding, self.dilation, self.groups)

    def _border(self) -> list[int]:
        """Return the padding as `F.pad` takes it: (low, high) of the last axis first."""
        border: list[int] = []
        for axis in reversed(range(self._rank)):
            reach = self.dilation[axis] * (self.kernel_size[axis] - 1)
            if self.padding == "same":
                border += reach // 2, reach - reach // 2
            elif isinstance(self.padding, str):
                border += [reach if self.padding == "full" else 0] * 2
            else:
                pad = self.padding[axis]
                border += pad if isinstance(pad, tuple) else (pad, pad)
        return border

    def extra_repr(self) -> str:
        """Return the constructor's arguments that differ from their defaults."""
        text = f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, stride={self.stride}"
        for name, default in (("padding", 0), ("dilation", 1), ("output_padding", 0)):
            value = getattr(self, name)
            if value != (default,) * self._rank:
                text += f", {name}={value}"
        if self.groups != 1:
            text += f", groups={self.groups}"
        if self.bias is None:
            text += ", bias=False"
        if self.padding_mode != "zeros":
            text += f", padding_mode={self.padding_mode}"
        return text


class Conv1d(_ConvNd):
    """Convolution of sequences: (N, C, L) -> (N, O, ol), or without N; as `Conv2d`, with one axis.

    Parameters
    ----------
    in_channels, out_channels : int
    kernel_size, stride, padding, dilation, groups, bias, padding_mode, device, dtype
        As in `Conv2d`; sizes are ints.

    Attributes
    ----------
    weight : Parameter, shape (out_channels, in_channels / groups, k)
    bias : Parameter, shape (out_channels,), or None

    Examples
    --------
    >>> import autograd, nn
    >>> nn.Conv1d(16, 33, 3, stride=2)(autograd.ones(20, 16, 50)).shape
    autograd.Size([20, 33, 24])
    """

    _rank = 1
    _convolve = staticmethod(F.conv1d)


class Conv2d(_ConvNd):
    """Convolution (correlation) of images: (N, C, H, W) -> (N, O, oh, ow), or without N (LeCun et al. 1998).

    ``out[n, o, i, j] = bias[o] + sum over c, u, v of weight[o, c, u, v] * x[n, c, i s + u d, j s + v d]``, with the
    stride s, the dilation d and the padded input x; ``oh = floor((H + 2 padding - d (kh - 1) - 1) / s) + 1``.

    Parameters
    ----------
    in_channels, out_channels : int
    kernel_size, stride, dilation : int or tuple of int
    padding : int, tuple of int, tuple of (low, high), or {'valid', 'same', 'full'}
        Added around the input.
    groups : int, default 1
        Number of groups of channels that are convolved separately.
    bias : bool, default True
    padding_mode : {'zeros', 'reflect', 'replicate', 'circular'}
        What the padding holds.
    device, dtype : optional
        Of the parameters.

    Attributes
    ----------
    weight : Parameter, shape (out_channels, in_channels / groups, kh, kw)
    bias : Parameter, shape (out_channels,), or None
        Both drawn from U(-k, k), ``k = 1 / sqrt(in_channels / groups * kh * kw)``.

    Raises
    ------
    ValueError
        If `groups` does not divide the channels, a string is unknown, or 'same' is asked of a stride.

    Examples
    --------
    >>> import autograd, nn
    >>> nn.Conv2d(3, 8, 3, padding="same")(autograd.ones(1, 3, 10, 12)).shape
    autograd.Size([1, 8, 10, 12])
    """

    _rank = 2
    _convolve = staticmethod(F.conv2d)


class Conv3d(_ConvNd):
    """Convolution of volumes: (N, C, D, H, W) -> (N, O, od, oh, ow), or without N; as `Conv2d`, with three axes.

    Parameters
    ----------
    in_channels, out_channels : int
    kernel_size, stride, padding, dilation, groups, bias, padding_mode, device, dtype
        As in `Conv2d`, tuples with three entries.

    Attributes
    ----------
    weight : Parameter, shape (out_channels, in_channels / groups, kd, kh, kw)
    bias : Parameter, shape (out_channels,), or None

    Examples
    --------
    >>> import autograd, nn
    >>> nn.Conv3d(2, 4, (1, 3, 3), padding=(0, 1, 1))(autograd.ones(1, 2, 5, 8, 8)).shape
    autograd.Size([1, 4, 5, 8, 8])
    """

    _rank = 3
    _convolve = staticmethod(F.conv3d)


class LazyConv(LazyModuleMixin, _ConvNd):
    """A convolution that takes `in_channels` from its first input."""

    def initialize_parameters(self, input: Tensor, *args: Any, **kwargs: Any) -> None:
        """Take the number of channels of `input`."""
        if self.has_uninitialized_params():
            self.in_channels = channels_of(input, self._rank, type(self).__name__)
            check_groups(self.in_channels, self.out_channels, self.groups)
            self.weight.materialize(self._weight_shape())
            if self.bias is not None:
                self.bias.materialize((self.out_channels,))
            self.reset_parameters()
        channels: int = self.weight.shape[0 if self.transposed else 1]
        self.in_channels = channels if self.transposed else channels * self.groups


class _LazyForwardConv(LazyConv):
    def __init__(
        self,
        out_channels: int,
        kernel_size: Sizes,
        stride: Sizes = 1,
        padding: Padding = 0,
        dilation: Sizes = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        Module.__init__(self)
        self._set_geometry(0, out_channels, kernel_size, stride, padding, 0, dilation, groups, padding_mode)
        self._wait_for_weights(bias, device, dtype)


class LazyConv1d(_LazyForwardConv, Conv1d):
    """A `Conv1d` that takes `in_channels` from its first input.

    The other parameters are those of `Conv1d`.

    Examples
    --------
    >>> import autograd, nn
    >>> layer = nn.LazyConv1d(8, 3)
    >>> layer(autograd.ones(1, 5, 10)).shape
    autograd.Size([1, 8, 8])
    >>> layer
    Conv1d(5, 8, kernel_size=(3,), stride=(1,))
    """

    cls_to_become = Conv1d


class LazyConv2d(_LazyForwardConv, Conv2d):
    """A `Conv2d` that takes `in_channels` from its first input.

    The other parameters are those of `Conv2d`. The weight is an `UninitializedParameter` until then.

    Examples
    --------
    >>> import autograd, nn
    >>> layer = nn.LazyConv2d(8, 3)
    >>> layer(autograd.ones(1, 5, 10, 10)).shape
    autograd.Size([1, 8, 8, 8])
    >>> layer
    Conv2d(5, 8, kernel_size=(3, 3), stride=(1, 1))
    """

    cls_to_become = Conv2d


class LazyConv3d(_LazyForwardConv, Conv3d):
    """A `Conv3d` that takes `in_channels` from its first input.

    The other parameters are those of `Conv3d`.

    Examples
    --------
    >>> import autograd, nn
    >>> layer = nn.LazyConv3d(8, 3)
    >>> layer(autograd.ones(1, 5, 4, 4, 4)).shape
    autograd.Size([1, 8, 2, 2, 2])
    >>> layer
    Conv3d(5, 8, kernel_size=(3, 3, 3), stride=(1, 1, 1))
    """

    cls_to_become = Conv3d
