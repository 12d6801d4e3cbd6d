"""Transforms that hide a part of an image."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nn.data.transforms.base import Array, Transform, probability, rng

__all__ = ["Cutout", "RandomErasing"]

ATTEMPTS = 10


def _inside(start: Array, length: Array, size: int) -> Array:
    """Return (N, size): whether a position lies in [start, start + length)."""
    position = np.arange(size)
    return (position >= start[:, None]) & (position < (start + length)[:, None])


def _rectangles(top: Array, left: Array, height: Array, width: Array, size: tuple[int, int]) -> Array:
    """Return (N, 1, H, W): the pixels of one rectangle per image."""
    rows, columns = _inside(top, height, size[0]), _inside(left, width, size[1])
    return (rows[:, :, None] & columns[:, None, :])[:, None]


class RandomErasing(Transform):
    """Overwrite a random rectangle (Zhong et al., 2020, https://arxiv.org/abs/1708.04896).

    Parameters
    ----------
    p : float, default 0.5
        Probability for each image.
    scale : (float, float), default (0.02, 0.33)
        Range of the rectangle's share of the image's area.
    ratio : (float, float), default (0.3, 3.3)
        Range of its height over its width.
    value : float, sequence of float, or 'random', default 0
        What is written: one number, one per channel, or standard normal noise.
    inplace : bool, default False
        Write into the given image.

    Raises
    ------
    ValueError
        If a range is no range, or the values fit no image.

    Examples
    --------
    A quarter of the area as a square: 4 of 16 pixels.

    >>> erase = RandomErasing(p=1.0, scale=(0.25, 0.25), ratio=(1.0, 1.0))
    >>> int(erase(np.ones((1, 4, 4))).sum())
    12
    """

    def __init__(
        self,
        p: float = 0.5,
        scale: Sequence[float] = (0.02, 0.33),
        ratio: Sequence[float] = (0.3, 3.3),
        value: float | Sequence[float] | str = 0,
        inplace: bool = False,
    ) -> None:
        self.p = probability(p)
        if not 0 <= scale[0] <= scale[1] <= 1:
            raise ValueError(f"Scale should be between 0 and 1, in order. Got {scale}")
        if not 0 < ratio[0] <= ratio[1]:
            raise ValueError(f"Ratio should be positive, in order. Got {ratio}")
        if isinstance(value, str) and value != "random":
            raise ValueError("If value is str, it should be 'random'")
        self.scale = scale
        self.ratio = ratio
        self.value = value
        self.inplace = inplace

    def _apply(self, images: Array) -> Array:
        size = images.shape[2:]
        height, width = self._draw_sizes(len(images), *size)
        top, left = (
            np.floor(rng().random(len(images)) * (whole - part + 1)).astype(int)
            for whole, part in zip(size, (height, width), strict=True)
        )
        mask = _rectangles(top, left, height, width, (size[0], size[1]))
        result = images if self.inplace else images.copy()
        np.copyto(result, self._values(images), where=mask, casting="unsafe")
        return result

    def _draw_sizes(self, count: int, height: int, width: int) -> tuple[Array, Array]:
        """Draw the rectangles' sizes: the first of ten attempts that fits, else none."""
        random = rng()
        chosen = random.random(count) < self.p
        area = random.uniform(self.scale[0], self.scale[1], (count, ATTEMPTS)) * height * width
        ratio = np.exp(random.uniform(np.log(self.ratio[0]), np.log(self.ratio[1]), (count, ATTEMPTS)))
        heights = np.rint(np.sqrt(area * ratio)).astype(int)
        widths = np.rint(np.sqrt(area / ratio)).astype(int)
        fits = (heights < height) & (widths < width) & chosen[:, None]
        image, first = np.arange(count), fits.argmax(axis=1)
        found = fits[image, first]
        return heights[image, first] * found, widths[image, first] * found

    def _values(self, images: Array) -> Array:
        if isinstance(self.value, str):
            return np.asarray(rng().standard_normal(images.shape), images.dtype)
        values = np.atleast_1d(np.asarray(self.value, images.dtype))
        if values.ndim != 1 or len(values) not in (1, images.shape[1]):
            raise ValueError(
                f"If value is a sequence, it should have either a single value or {images.shape[1]} "
                "(number of input channels)"
            )
        return values[:, None, None]


class Cutout(Transform):
    """Set squares at random places to zero (DeVries and Taylor, 2017, https://arxiv.org/abs/1708.04552).

    The centres are drawn over the whole image; what lies outside of it is cut off.

    Parameters
    ----------
    length : int
        Side of a square.
    n_holes : int, default 1
        Squares per image.

    Raises
    ------
    ValueError
        If an argument is not positive.

    Examples
    --------
    >>> int(Cutout(length=1)(np.ones((1, 2, 2))).sum())
    3
    """

    def __init__(self, length: int, n_holes: int = 1) -> None:
        if length < 1 or n_holes < 1:
            raise ValueError(f"length and n_holes should be positive. Got {length} and {n_holes}")
        self.length = length
        self.n_holes = n_holes

    def _apply(self, images: Array) -> Array:
        count, _, height, width = images.shape
        result = images.copy()
        side = np.full(count, self.length)
        for _ in range(self.n_holes):
            top = rng().integers(height, size=count) - self.length // 2
            left = rng().integers(width, size=count) - self.length // 2
            result[np.broadcast_to(_rectangles(top, left, side, side, (height, width)), images.shape)] = 0
        return result
