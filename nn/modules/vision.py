"""Layers that rearrange or resize images."""

from __future__ import annotations

from typing import Any

from autograd import Tensor
from nn import functional as F
from nn.modules.configured import Configured
from nn.modules.sizes import Sizes

__all__ = [
    "ChannelShuffle",
    "Fold",
    "PixelShuffle",
    "PixelUnshuffle",
    "Unfold",
    "Upsample",
    "UpsamplingBilinear2d",
    "UpsamplingNearest2d",
]


class PixelShuffle(Configured):
    """Spreads groups of r^2 channels over r x r pixels: (..., C r^2, H, W) to (..., C, H r, W r) (Shi et al. 2016).

    Parameters
    ----------
    upscale_factor : int
        The r.

    Examples
    --------
    >>> import autograd, nn
    >>> nn.PixelShuffle(2)(autograd.tensor([[[1.0]], [[2.0]], [[3.0]], [[4.0]]]))
    tensor([[[1., 2.],
             [3., 4.]]])
    """

    _shown = ("upscale_factor",)

    def __init__(self, upscale_factor: int) -> None:
        super().__init__()
        self.upscale_factor = upscale_factor

    def forward(self, input: Tensor) -> Tensor:
        """Rearrange `input`."""
        return F.pixel_shuffle(input, self.upscale_factor)


class PixelUnshuffle(Configured):
    """Inverse of `PixelShuffle`: (..., C, H r, W r) to (..., C r^2, H, W).

    Parameters
    ----------
    downscale_factor : int
        The r.

    Examples
    --------
    >>> import autograd, nn
    >>> nn.PixelUnshuffle(2)(autograd.ones(1, 3, 8, 6)).shape
    autograd.Size([1, 12, 4, 3])
    """

    _shown = ("downscale_factor",)

    def __init__(self, downscale_factor: int) -> None:
        super().__init__()
        self.downscale_factor = downscale_factor

    def forward(self, input: Tensor) -> Tensor:
        """Rearrange `input`."""
        return F.pixel_unshuffle(input, self.downscale_factor)


class ChannelShuffle(Configured):
    """Interleaves groups of channels: the first of every group, then the second of every group (Zhang et al. 2017).

    (N, C, ...) -> the same shape.

    Parameters
    ----------
    groups : int
        Must divide the number of channels.

    Examples
    --------
    >>> import autograd, nn
    >>> nn.ChannelShuffle(2)(autograd.tensor([0.0, 1.0, 2.0, 3.0]).reshape(1, 4, 1)).flatten()
    tensor([0., 2., 1., 3.])
    """

    _shown = ("groups",)

    def __init__(self, groups: int) -> None:
        super().__init__()
        self.groups = groups

    def forward(self, input: Tensor) -> Tensor:
        """Rearrange `input`."""
        return F.channel_shuffle(input, self.groups)


class Unfold(Configured):
    """Lays out the windows of a convolution as columns (im2col): (N, C, H, W) to (N, C kh kw, windows).

    Parameters
    ----------
    kernel_size, dilation, padding, stride : int or tuple of int
        As in `nn.Conv2d`.

    Examples
    --------
    >>> import autograd, nn
    >>> nn.Unfold(2)(autograd.ones(1, 3, 4, 5)).shape
    autograd.Size([1, 12, 12])
    """

    _shown = ("kernel_size", "dilation", "padding", "stride")

    def __init__(self, kernel_size: Sizes, dilation: Sizes = 1, padding: Sizes = 0, stride: Sizes = 1) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.dilation = dilation
        self.padding = padding
        self.stride = stride

    def forward(self, input: Tensor) -> Tensor:
        """Lay out the windows of `input`."""
        return F.unfold(input, self.kernel_size, self.dilation, self.padding, self.stride)


class Fold(Configured):
    """Adds columns up into an image (col2im), the adjoint of `Unfold`: (N, C kh kw, windows) to (N, C, H, W).

    Parameters
    ----------
    output_size : int or tuple of int
        (H, W).
    kernel_size, dilation, padding, stride : int or tuple of int
        As in `Unfold`.

    Examples
    --------
    >>> import autograd, nn
    >>> nn.Fold((2, 3), 2)(autograd.ones(1, 4, 2))
    tensor([[[[1., 2., 1.],
              [1., 2., 1.]]]])
    """

    _shown = ("output_size", "kernel_size", "dilation", "padding", "stride")

    def __init__(
        self, output_size: Sizes, kernel_size: Sizes, dilation: Sizes = 1, padding: Sizes = 0, stride: Sizes = 1
    ) -> None:
        super().__init__()
        self.output_size = output_size
        self.kernel_size = kernel_size
        self.dilation = dilation
        self.padding = padding
        self.stride = stride

    def forward(self, input: Tensor) -> Tensor:
        """Add up the columns of `input`."""
        return F.fold(input, self.output_size, self.kernel_size, self.dilation, self.padding, self.stride)


class Upsample(Configured):
    """Resizes images (or sequences, or volumes) to a size or by a factor; see `nn.functional.interpolate`.

    (N, C, ...) -> (N, C, ...), with one to three resized axes.

    Parameters
    ----------
    size : int or tuple of int, optional
        Of the output; give this or `scale_factor`.
    scale_factor : float or tuple of float, optional
    mode : {'nearest', 'linear', 'bilinear', 'bicubic', 'trilinear', 'area', 'nearest-exact'}
    align_corners : bool, optional
        Whether the corner elements, rather than the corners of the corner elements, stay where they are.
    recompute_scale_factor : bool, optional
        Whether positions are computed from the sizes rather than from `scale_factor`.

    Examples
    --------
    >>> import autograd, nn
    >>> nn.Upsample(scale_factor=2)(autograd.tensor([[[1.0, 2.0]]]))
    tensor([[[1., 1., 2., 2.]]])
    >>> nn.Upsample(size=(5, 7), mode="bilinear")(autograd.ones(1, 3, 10, 10)).shape
    autograd.Size([1, 3, 5, 7])
    """

    def __init__(
        self,
        size: Any = None,
        scale_factor: Any = None,
        mode: str = "nearest",
        align_corners: bool | None = None,
        recompute_scale_factor: bool | None = None,
    ) -> None:
        super().__init__()
        self.name = type(self).__name__
        self.size = size
        if isinstance(scale_factor, tuple):
            self.scale_factor: Any = tuple(float(factor) for factor in scale_factor)
        else:
            self.scale_factor = float(scale_factor) if scale_factor else None
        self.mode = mode
        self.align_corners = align_corners
        self.recompute_scale_factor = recompute_scale_factor

    def forward(self, input: Tensor) -> Tensor:
        """Resize `input`."""
        return F.interpolate(
            input,
            self.size,
            self.scale_factor,
            self.mode,
            self.align_corners,
            recompute_scale_factor=self.recompute_scale_factor,
        )

    def extra_repr(self) -> str:
        """Return the size or factor, and the mode."""
        name = "size" if self.scale_factor is None else "scale_factor"
        return f"{name}={getattr(self, name)!r}, mode={self.mode!r}"


class UpsamplingNearest2d(Upsample):
    """`Upsample` of images with ``mode='nearest'``: (N, C, H, W) -> (N, C, oh, ow).

    Parameters
    ----------
    size : int or tuple of int, optional
        Of the output; give this or `scale_factor`.
    scale_factor : float or tuple of float, optional

    Examples
    --------
    >>> import autograd, nn
    >>> nn.UpsamplingNearest2d(scale_factor=2)(autograd.tensor([[[[1.0, 2.0]]]]))
    tensor([[[[1., 1., 2., 2.],
              [1., 1., 2., 2.]]]])
    """

    def __init__(self, size: Any = None, scale_factor: Any = None) -> None:
        super().__init__(size, scale_factor, mode="nearest")


class UpsamplingBilinear2d(Upsample):
    """`Upsample` of images with ``mode='bilinear'`` and ``align_corners=True``: (N, C, H, W) -> (N, C, oh, ow).

    Parameters
    ----------
    size : int or tuple of int, optional
        Of the output; give this or `scale_factor`.
    scale_factor : float or tuple of float, optional

    Examples
    --------
    >>> import autograd, nn
    >>> nn.UpsamplingBilinear2d(size=(1, 3))(autograd.tensor([[[[1.0, 2.0]]]]))
    tensor([[[[1.0000, 1.5000, 2.0000]]]])
    """

    def __init__(self, size: Any = None, scale_factor: Any = None) -> None:
        super().__init__(size, scale_factor, mode="bilinear", align_corners=True)
