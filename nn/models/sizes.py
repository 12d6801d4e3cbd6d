"""How the small networks fit the size of their images."""

from __future__ import annotations

from collections.abc import Sequence

from autograd.errors import describe

__all__ = ["SMALLEST", "as_pair", "kernel_for", "padding_for", "pooled"]

Size = tuple[int, int]

#: Below this side nothing is left after a convolution and the poolings.
SMALLEST = 4


def as_pair(image_size: int | Sequence[int]) -> Size:
    """Return height and width of an image whose size is given as one number or two.

    Raises
    ------
    ValueError
        If there are not one or two numbers, or a side is below `SMALLEST`.
    """
    sides = (image_size, image_size) if isinstance(image_size, int) else tuple(image_size)
    if len(sides) != 2 or min(sides) < SMALLEST:
        raise ValueError(
            describe(
                f"image_size should be a number or (height, width), at least {SMALLEST}, but got {image_size}",
                fix="enlarge the images, for instance with nn.data.transforms.Resize",
            )
        )
    return sides[0], sides[1]


def kernel_for(size: Size) -> int:
    """Return the kernel's side: 5, as published, or 3 for images that are too small for two kernels of 5."""
    return 5 if min(size) >= 20 else 3


def padding_for(size: Size, kernel: int) -> int:
    """Return the padding: that of 'same' where a valid convolution would leave fewer than 8 positions a side."""
    return kernel // 2 if min(size) - kernel + 1 < 8 else 0


def pooled(size: Size, kernel: int, padding: int) -> Size:
    """Return the size after a convolution and a 2x2 pooling of stride 2."""
    height, width = ((side + 2 * padding - kernel + 1) // 2 for side in size)
    return height, width
