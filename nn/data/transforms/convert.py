"""Transforms of values: to a tensor, to another type, to another mean and deviation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

import autograd
from autograd import Tensor
from autograd.errors import describe
from nn.data.transforms.base import Array, Transform, image_array

__all__ = ["ConvertImageDtype", "Normalize", "ToTensor"]

MAX_CHANNELS = 4


class ToTensor:
    """Make a float tensor of an image or a batch, and scale uint8 to [0, 1].

    Channels come first in the result. Where an array of rank 3 has them last, as OpenCV and Pillow do, they are moved:
    it is taken so if its last dimension has at most 4 elements and its first one more.

    Examples
    --------
    >>> ToTensor()(np.full((8, 8), 255, np.uint8)).shape
    autograd.Size([1, 8, 8])
    """

    batchwise = True

    def __call__(self, pic: Any) -> Tensor:
        """Convert an image or a batch."""
        array = image_array(pic)
        if array.ndim == 2:
            array = array[None]
        elif array.ndim == 3 and array.shape[0] > MAX_CHANNELS:
            array = self._channels_first(array)
        if array.dtype == np.uint8:
            array = array.astype(np.float32) / np.float32(255)
        return autograd.from_numpy(np.array(array, order="C"))

    @staticmethod
    def _channels_first(array: Array) -> Array:
        if array.shape[2] > MAX_CHANNELS:
            raise ValueError(
                describe(
                    "pic should have 1 to 4 channels.",
                    op="ToTensor",
                    shapes={"pic": array.shape},
                    rule="(C, H, W), (H, W, C) or (N, C, H, W) with C at most 4",
                    fix="a batch of grey images needs its channel: images[:, None]; "
                    "for more channels use ConvertImageDtype",
                )
            )
        return array.transpose(2, 0, 1)


class ConvertImageDtype(Transform):
    """Convert an image to another type, and its values to that type's range: [0, 1], or 0 to the largest integer.

    Parameters
    ----------
    dtype : dtype
        The type of the result, floating point or integer.

    Raises
    ------
    RuntimeError
        If the floating-point type cannot hold the integers of the other exactly.

    Examples
    --------
    >>> ConvertImageDtype(np.float32)(np.array([[0, 51, 255]], np.uint8))
    array([[0. , 0.2, 1. ]], dtype=float32)
    """

    def __init__(self, dtype: Any) -> None:
        self.dtype = np.dtype(dtype)

    def _apply(self, images: Array) -> Array:
        given, wanted = images.dtype, self.dtype
        if given == wanted:
            return images
        if given.kind == "f":
            return self._from_float(images)
        if wanted.kind == "f":
            return np.asarray(images.astype(wanted) / wanted.type(np.iinfo(given).max))
        levels, wanted_levels = (int(np.iinfo(kind).max) + 1 for kind in (given, wanted))
        if wanted_levels < levels:
            return np.asarray(images // given.type(levels // wanted_levels), wanted)
        return np.asarray(images.astype(wanted) * wanted.type(wanted_levels // levels))

    def _from_float(self, images: Array) -> Array:
        wanted = self.dtype
        if wanted.kind == "f":
            return np.asarray(images, wanted)
        bits = np.iinfo(wanted).bits
        if (images.dtype.itemsize <= 4 and bits >= 32) or bits == 64:
            raise RuntimeError(f"The cast from {images.dtype} to {wanted} cannot be performed safely.")
        # The same width for each integer, as PyTorch has it, without a value past the largest at 1.
        return np.asarray(images * (int(np.iinfo(wanted).max) + 1.0 - 1e-3)).astype(wanted)


class Normalize(Transform):
    """Subtract a mean and divide by a standard deviation, per channel.

    Parameters
    ----------
    mean, std : sequence of float
        One number per channel, or one for all.
    inplace : bool, default False
        Write into the given image.

    Raises
    ------
    ValueError
        If `std` holds a zero.
    TypeError
        If the image is not of floating point.

    Examples
    --------
    >>> Normalize([0.5], [0.5])(np.array([[0.0, 0.5, 1.0]]))
    array([[-1.,  0.,  1.]])
    """

    def __init__(self, mean: Sequence[float] | float, std: Sequence[float] | float, inplace: bool = False) -> None:
        self.mean = np.atleast_1d(np.asarray(mean, np.float64))
        self.std = np.atleast_1d(np.asarray(std, np.float64))
        self.inplace = inplace
        if (
            self.mean.ndim != 1
            or self.std.ndim != 1
            or not (np.isfinite(self.mean).all() and np.isfinite(self.std).all())
        ):
            raise ValueError(f"mean and std should be finite numbers, one per channel. Got {mean} and {std}")
        if (self.std == 0).any():
            raise ValueError(f"std evaluated to zero, leading to division by zero. Got std={std}")

    def _apply(self, images: Array) -> Array:
        if images.dtype.kind != "f":
            raise TypeError(f"Input tensor should be a float tensor. Got {images.dtype}.")
        mean, std = (values.astype(images.dtype)[:, None, None] for values in (self.mean, self.std))
        if any(len(values) not in (1, images.shape[1]) for values in (mean, std)):
            raise ValueError(
                describe(
                    "mean and std must have one value per channel",
                    op="Normalize",
                    shapes={"image": images.shape, "mean": self.mean.shape, "std": self.std.shape},
                )
            )
        result: Array = np.subtract(images, mean, out=images if self.inplace else None)
        result /= std
        return result
