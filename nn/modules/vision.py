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
    """Spreads groups of r^2 channels over r x r pixels: (*, C r^2, H, W) to (*, C, H r, W r) (Shi et al. 2016)."""

    _shown = ("upscale_factor",)

    def __init__(self, upscale_factor: int) -> None:
        super().__init__()
        self.upscale_factor = upscale_factor

    def forward(self, input: Tensor) -> Tensor:
        """Rearrange `input`."""
        return F.pixel_shuffle(input, self.upscale_factor)


class PixelUnshuffle(Configured):
    """Inverse of `PixelShuffle`: (*, C, H r, W r) to (*, C r^2, H, W)."""

    _shown = ("downscale_factor",)

    def __init__(self, downscale_factor: int) -> None:
        super().__init__()
        self.downscale_factor = downscale_factor

    def forward(self, input: Tensor) -> Tensor:
        """Rearrange `input`."""
        return F.pixel_unshuffle(input, self.downscale_factor)


class ChannelShuffle(Configured):
    """Interleaves groups of channels (Zhang et al. 2017)."""

    _shown = ("groups",)

    def __init__(self, groups: int) -> None:
        super().__init__()
        self.groups = groups

    def forward(self, input: Tensor) -> Tensor:
        """Rearrange `input`."""
        return F.channel_shuffle(input, self.groups)


class Unfold(Configured):
    """Lays out the windows of a convolution as columns (im2col): (N, C, H, W) to (N, C kh kw, windows)."""

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
    """Adds columns up into an image (col2im), the adjoint of `Unfold`: (N, C kh kw, windows) to (N, C, H, W)."""

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
    """`Upsample` of images with ``mode='nearest'``."""

    def __init__(self, size: Any = None, scale_factor: Any = None) -> None:
        super().__init__(size, scale_factor, mode="nearest")


class UpsamplingBilinear2d(Upsample):
    """`Upsample` of images with ``mode='bilinear'`` and ``align_corners=True``."""

    def __init__(self, size: Any = None, scale_factor: Any = None) -> None:
        super().__init__(size, scale_factor, mode="bilinear", align_corners=True)
