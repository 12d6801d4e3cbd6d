"""Transposed convolutions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd import Tensor
from autograd.errors import describe
from nn import functional as F
from nn.module import Module
from nn.modules.conv import LazyConv, _ConvNd
from nn.modules.linear import make_weights
from nn.modules.sizes import Sizes, spread

__all__ = [
    "ConvTranspose1d",
    "ConvTranspose2d",
    "ConvTranspose3d",
    "LazyConvTranspose1d",
    "LazyConvTranspose2d",
    "LazyConvTranspose3d",
]


class _ConvTransposeNd(_ConvNd):
    """Transposed convolution over `_rank` spatial axes."""

    transposed = True

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Sizes,
        stride: Sizes = 1,
        padding: Sizes = 0,
        output_padding: Sizes = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: Sizes = 1,
        padding_mode: str = "zeros",
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        Module.__init__(self)
        if padding_mode != "zeros":
            raise ValueError(
                describe(
                    f'Only "zeros" padding mode is supported for {type(self).__name__}', rule=f"got {padding_mode!r}"
                )
            )
        padding = spread(padding, self._rank, "padding")
        self._set_geometry(
            in_channels, out_channels, kernel_size, stride, padding, output_padding, dilation, groups, padding_mode
        )
        make_weights(self, self._weight_shape(), out_channels if bias else None, device, dtype)
        self.reset_parameters()

    def _weight_shape(self) -> tuple[int, ...]:
        return (self.in_channels, self.out_channels // self.groups, *self.kernel_size)

    def forward(self, input: Tensor, output_size: Sequence[int] | None = None) -> Tensor:
        """Spread `input` over an output, of one of the sizes that a convolution would map to the input's.

        Parameters
        ----------
        input : Tensor, shape (N, in_channels, ...) or (in_channels, ...)
        output_size : sequence of int, optional
            Spatial size, with or without batch and channels, used in place of `output_padding`.

        Raises
        ------
        ValueError
            If a convolution would not map `output_size` to the input's size.
        """
        output_padding = self.output_padding
        if output_size is not None:
            output_padding = self._output_padding(input, [*output_size])
        return self._convolve(
            input, self.weight, self.bias, self.stride, self.padding, output_padding, self.groups, self.dilation
        )

    def _output_padding(self, input: Tensor, output_size: list[int]) -> tuple[int, ...]:
        rank = self._rank
        leading = input.ndim - rank
        size = output_size[leading:] if len(output_size) == leading + rank else output_size
        if len(size) != rank:
            raise ValueError(
                describe(
                    f"ConvTranspose{rank}D: for {input.ndim}D input, output_size must have {rank} or {leading + rank} "
                    f"elements (got {len(size)})"
                )
            )
        settings = zip(input.shape[leading:], self.stride, self.padding, self.dilation, self.kernel_size, strict=True)
        smallest = [(n - 1) * s - 2 * p + d * (k - 1) + 1 for n, s, p, d, k in settings]
        largest = [n + s - 1 for n, s in zip(smallest, self.stride, strict=True)]
        if any(not low <= n <= high for low, n, high in zip(smallest, size, largest, strict=True)):
            raise ValueError(
                describe(
                    f"requested an output size of {size}, but valid sizes range from {smallest} to {largest} "
                    f"(for an input of {[*input.shape[leading:]]})"
                )
            )
        return tuple(n - low for n, low in zip(size, smallest, strict=True))


class ConvTranspose1d(_ConvTransposeNd):
    """Transposed convolution of sequences: (N, C, L) -> (N, O, ol), or without N; as `ConvTranspose2d`.

    Parameters
    ----------
    in_channels, out_channels : int
    kernel_size, stride, padding, output_padding, groups, bias, dilation, padding_mode, device, dtype
        As in `ConvTranspose2d`; sizes are ints.

    Attributes
    ----------
    weight : Parameter, shape (in_channels, out_channels / groups, k)
    bias : Parameter, shape (out_channels,), or None

    Examples
    --------
    >>> import autograd, nn
    >>> nn.ConvTranspose1d(4, 2, 3, stride=2)(autograd.ones(1, 4, 5)).shape
    autograd.Size([1, 2, 11])
    """

    _rank = 1
    _convolve = staticmethod(F.conv_transpose1d)


class ConvTranspose2d(_ConvTransposeNd):
    """Transposed convolution of images: the gradient of a `Conv2d` with respect to its input, as a layer.

    (N, C, H, W) -> (N, O, oh, ow), or without N, with ``oh = (H - 1) s - 2 p + d (kh - 1) + output_padding + 1``
    (Zeiler et al. 2010).

    Parameters
    ----------
    in_channels, out_channels : int
    kernel_size, stride, padding, dilation : int or tuple of int
        Those of the convolution.
    output_padding : int or tuple of int
        Added to one side of the output, to choose among the sizes that the convolution maps to one.
    groups : int, default 1
    bias : bool, default True
    padding_mode : {'zeros'}
    device, dtype : optional
        Of the parameters.

    Attributes
    ----------
    weight : Parameter, shape (in_channels, out_channels / groups, kh, kw)
    bias : Parameter, shape (out_channels,), or None

    Raises
    ------
    ValueError
        If `groups` does not divide the channels, or `padding_mode` is not 'zeros'.

    Examples
    --------
    >>> import autograd, nn
    >>> down, up = nn.Conv2d(3, 8, 3, stride=2, padding=1), nn.ConvTranspose2d(8, 3, 3, stride=2, padding=1)
    >>> x = autograd.ones(1, 3, 12, 12)
    >>> up(down(x), output_size=x.shape).shape
    autograd.Size([1, 3, 12, 12])
    """

    _rank = 2
    _convolve = staticmethod(F.conv_transpose2d)


class ConvTranspose3d(_ConvTransposeNd):
    """Transposed convolution of volumes: (N, C, D, H, W) -> (N, O, od, oh, ow), or without N; as `ConvTranspose2d`.

    Parameters
    ----------
    in_channels, out_channels : int
    kernel_size, stride, padding, output_padding, groups, bias, dilation, padding_mode, device, dtype
        As in `ConvTranspose2d`, tuples with three entries.

    Attributes
    ----------
    weight : Parameter, shape (in_channels, out_channels / groups, kd, kh, kw)
    bias : Parameter, shape (out_channels,), or None

    Examples
    --------
    >>> import autograd, nn
    >>> nn.ConvTranspose3d(4, 2, 2, stride=2)(autograd.ones(1, 4, 3, 4, 5)).shape
    autograd.Size([1, 2, 6, 8, 10])
    """

    _rank = 3
    _convolve = staticmethod(F.conv_transpose3d)


class _LazyConvTranspose(LazyConv):
    def __init__(
        self,
        out_channels: int,
        kernel_size: Sizes,
        stride: Sizes = 1,
        padding: Sizes = 0,
        output_padding: Sizes = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: Sizes = 1,
        padding_mode: str = "zeros",
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        Module.__init__(self)
        self._set_geometry(
            0, out_channels, kernel_size, stride, padding, output_padding, dilation, groups, padding_mode
        )
        self._wait_for_weights(bias, device, dtype)


class LazyConvTranspose1d(_LazyConvTranspose, ConvTranspose1d):
    """A `ConvTranspose1d` that takes `in_channels` from its first input.

    The other parameters are those of `ConvTranspose1d`.

    Examples
    --------
    >>> import autograd, nn
    >>> nn.LazyConvTranspose1d(2, 3)(autograd.ones(1, 4, 5)).shape
    autograd.Size([1, 2, 7])
    """

    cls_to_become = ConvTranspose1d


class LazyConvTranspose2d(_LazyConvTranspose, ConvTranspose2d):
    """A `ConvTranspose2d` that takes `in_channels` from its first input.

    The other parameters are those of `ConvTranspose2d`.

    Examples
    --------
    >>> import autograd, nn
    >>> layer = nn.LazyConvTranspose2d(8, 2, stride=2)
    >>> layer(autograd.ones(1, 5, 4, 4)).shape
    autograd.Size([1, 8, 8, 8])
    >>> layer
    ConvTranspose2d(5, 8, kernel_size=(2, 2), stride=(2, 2))
    """

    cls_to_become = ConvTranspose2d


class LazyConvTranspose3d(_LazyConvTranspose, ConvTranspose3d):
    """A `ConvTranspose3d` that takes `in_channels` from its first input.

    The other parameters are those of `ConvTranspose3d`.

    Examples
    --------
    >>> import autograd, nn
    >>> nn.LazyConvTranspose3d(2, 3)(autograd.ones(1, 4, 5, 5, 5)).shape
    autograd.Size([1, 2, 7, 7, 7])
    """

    cls_to_become = ConvTranspose3d
