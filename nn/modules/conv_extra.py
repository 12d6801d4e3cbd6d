"""Convolutions without sharing, with sharing at a distance, and in the mathematical sense; pooling across channels."""

from __future__ import annotations

import math
from typing import Any

import autograd
from autograd import Tensor
from autograd.errors import describe
from nn import functional as F
from nn import init
from nn.modules.configured import Configured
from nn.modules.conv import Padding, _ConvNd, check_groups, check_padding
from nn.modules.sizes import Sizes, spread
from nn.parameter import Parameter

__all__ = ["LocallyConnected2d", "Maxout", "TiledConv2d", "TrueConv2d"]


class TrueConv2d(_ConvNd):
    """Convolution in the mathematical sense: as `Conv2d`, with the kernel rotated by 180 degrees.

    ``out[n, o, i, j] = bias[o] + sum over c, u, v of weight[o, c, kh - 1 - u, kw - 1 - v] * x[n, c, i s + u d, j s + v
    d]``

    Parameters
    ----------
    in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias, padding_mode, device, dtype
        As in `Conv2d`.

    Attributes
    ----------
    weight : Parameter, shape (out_channels, in_channels / groups, kh, kw)
    bias : Parameter, shape (out_channels,), or None

    Examples
    --------
    >>> import autograd, nn
    >>> layer = nn.TrueConv2d(1, 1, (1, 2), bias=False)
    >>> layer.weight.data = autograd.tensor([[[[1.0, 0.0]]]])
    >>> layer(autograd.tensor([[[1.0, 2.0, 3.0]]])).detach()
    tensor([[[2., 3.]]])
    """

    _rank = 2
    _convolve = staticmethod(F.true_conv2d)


class _Unshared(Configured):
    """A convolution with several kernels, each for some of the output positions."""

    bias: Tensor | None

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Sizes,
        kernels: tuple[int, ...],
        stride: Sizes,
        padding: Padding,
        dilation: Sizes,
        groups: int,
        bias: bool,
        device: Any,
        dtype: Any,
    ) -> None:
        super().__init__()
        check_groups(in_channels, out_channels, groups)
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.kernel_size = spread(kernel_size, 2, "kernel_size")
        self.stride = spread(stride, 2, "stride")
        self.padding = check_padding(padding, self.stride, 2)
        self.dilation = spread(dilation, 2, "dilation")
        self.groups = groups
        shape = (*kernels, out_channels, in_channels // groups, *self.kernel_size)
        self.weight = Parameter(autograd.empty(shape, device=device, dtype=dtype))
        if bias:
            self.bias = Parameter(autograd.empty(out_channels, *kernels, device=device, dtype=dtype))
        else:
            self.register_parameter("bias", None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the initial values anew."""
        fan_in = math.prod(self.weight.shape[3:])
        bound = 1 / math.sqrt(fan_in) if fan_in else 0.0
        for parameter in self.parameters():
            init.uniform_(parameter, -bound, bound)


class LocallyConnected2d(_Unshared):
    """Convolution without weight sharing: every output position has a kernel of its own.

    (N, C, H, W) -> (N, O, oh, ow), or without N; a parameter of `Conv2d` becomes oh ow of them.

    Parameters
    ----------
    in_channels, out_channels : int
    output_size : int or tuple of int
        Of the output, which says how many kernels there are.
    kernel_size, stride, padding, dilation, groups, bias, device, dtype
        As in `Conv2d`.

    Attributes
    ----------
    weight : Parameter, shape (oh, ow, out_channels, in_channels / groups, kh, kw)
    bias : Parameter, shape (out_channels, oh, ow), or None
        Both drawn from U(-k, k), ``k = 1 / sqrt(in_channels / groups * kh * kw)``.

    Examples
    --------
    >>> import autograd, nn
    >>> layer = nn.LocallyConnected2d(3, 8, output_size=(4, 5), kernel_size=3)
    >>> layer(autograd.ones(2, 3, 6, 7)).shape
    autograd.Size([2, 8, 4, 5])
    >>> layer.weight.shape
    autograd.Size([4, 5, 8, 3, 3, 3])
    """

    _shown = ("in_channels", "out_channels", "output_size", "kernel_size", "stride", "padding")

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        output_size: Sizes,
        kernel_size: Sizes,
        stride: Sizes = 1,
        padding: Padding = 0,
        dilation: Sizes = 1,
        groups: int = 1,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        size = spread(output_size, 2, "output_size")
        super().__init__(
            in_channels, out_channels, kernel_size, size, stride, padding, dilation, groups, bias, device, dtype
        )
        self.output_size = size

    def forward(self, input: Tensor) -> Tensor:
        """Apply to each window its own kernel."""
        return F.locally_connected2d(
            input, self.weight, self.bias, self.stride, self.padding, self.dilation, self.groups
        )


class TiledConv2d(_Unshared):
    """Convolution whose kernels repeat every `tiles` positions, between full sharing and none (Ngiam et al. 2010).

    (N, C, H, W) -> (N, O, oh, ow), or without N.

    Parameters
    ----------
    in_channels, out_channels : int
    kernel_size : int or tuple of int
    tiles : int or tuple of int
        Output position ``p`` uses kernel ``p mod tiles``; 1 is an ordinary convolution.
    stride, padding, dilation, groups, bias, device, dtype
        As in `Conv2d`.

    Attributes
    ----------
    weight : Parameter, shape (th, tw, out_channels, in_channels / groups, kh, kw)
    bias : Parameter, shape (out_channels, th, tw), or None
        Both drawn from U(-k, k), ``k = 1 / sqrt(in_channels / groups * kh * kw)``.

    Raises
    ------
    ValueError
        If `tiles` is not positive.

    Examples
    --------
    >>> import autograd, nn
    >>> layer = nn.TiledConv2d(3, 8, kernel_size=3, tiles=2)
    >>> layer(autograd.ones(2, 3, 6, 7)).shape
    autograd.Size([2, 8, 4, 5])
    >>> layer.weight.shape
    autograd.Size([2, 2, 8, 3, 3, 3])
    """

    _shown = ("in_channels", "out_channels", "kernel_size", "tiles", "stride", "padding")

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Sizes,
        tiles: Sizes,
        stride: Sizes = 1,
        padding: Padding = 0,
        dilation: Sizes = 1,
        groups: int = 1,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        count = spread(tiles, 2, "tiles")
        if min(count) < 1:
            raise ValueError(describe(f"tiles must be at least 1, got {count}"))
        super().__init__(
            in_channels, out_channels, kernel_size, count, stride, padding, dilation, groups, bias, device, dtype
        )
        self.tiles = count

    def forward(self, input: Tensor) -> Tensor:
        """Convolve `input` with the repeating kernels."""
        return F.tiled_conv2d(input, self.weight, self.bias, self.stride, self.padding, self.dilation, self.groups)


class Maxout(Configured):
    """Maximum over groups of `pool_size` neighbouring channels: cross-channel pooling (Goodfellow et al. 2013).

    (N, C, ...) -> (N, C / pool_size, ...).

    Parameters
    ----------
    pool_size : int
        Must divide the number of channels.
    dim : int, default 1
        The channel axis.

    Raises
    ------
    ValueError
        If `pool_size` is not positive.

    Examples
    --------
    >>> import autograd, nn
    >>> nn.Maxout(2)(autograd.tensor([[1.0, 5.0, 3.0, 2.0]]))
    tensor([[5., 3.]])
    """

    _shown = ("pool_size", "dim")

    def __init__(self, pool_size: int, dim: int = 1) -> None:
        super().__init__()
        if pool_size < 1:
            raise ValueError(describe(f"pool_size must be at least 1, got {pool_size}"))
        self.pool_size = pool_size
        self.dim = dim

    def forward(self, input: Tensor) -> Tensor:
        """Return the maximum of each group."""
        return F.maxout(input, self.pool_size, self.dim)
