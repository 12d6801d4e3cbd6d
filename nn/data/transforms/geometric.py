"""Transforms that move pixels: pad, crop, flip, rotate, resize."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from autograd.errors import describe
from nn.data.transforms.base import Array, Transform, pair, probability, rng

__all__ = [
    "CenterCrop",
    "InterpolationMode",
    "Pad",
    "RandomCrop",
    "RandomHorizontalFlip",
    "RandomRotation",
    "RandomVerticalFlip",
    "Resize",
]

PADDING_MODES = ("constant", "edge", "reflect", "symmetric")


class InterpolationMode(StrEnum):
    """How values between pixels are found.

    Examples
    --------
    >>> InterpolationMode.NEAREST == "nearest"
    True
    """

    NEAREST = "nearest"
    BILINEAR = "bilinear"


def _pad(images: Array, left: int, top: int, right: int, bottom: int, fill: float, mode: str) -> Array:
    width = ((0, 0), (0, 0), (top, bottom), (left, right))
    if mode == "constant":
        return np.pad(images, width, mode="constant", constant_values=fill)
    return np.pad(images, width, mode=mode)  # type: ignore[call-overload,no-any-return]


def _padding(padding: int | Sequence[int]) -> tuple[int, int, int, int]:
    """Return left, top, right, bottom of one number, of (left and right, top and bottom), or of all four."""
    values = (padding,) if isinstance(padding, int) else tuple(padding)
    if len(values) not in (1, 2, 4):
        raise ValueError(f"Padding must be an int or a 1, 2, or 4 element tuple, not a {len(values)} element tuple")
    left, top, right, bottom = values * (4 // len(values))
    return left, top, right, bottom


def _padding_mode(mode: str) -> str:
    if mode not in PADDING_MODES:
        raise ValueError("Padding mode should be either constant, edge, reflect or symmetric")
    return mode


class Pad(Transform):
    """Add a border.

    Parameters
    ----------
    padding : int or sequence of int
        All sides; or left and right, top and bottom; or left, top, right, bottom.
    fill : float, default 0
        Value of a constant border.
    padding_mode : {'constant', 'edge', 'reflect', 'symmetric'}
        What the border is made of.

    Examples
    --------
    >>> Pad((1, 0))(np.ones((1, 1)))
    array([[0., 1., 0.]])
    """

    def __init__(self, padding: int | Sequence[int], fill: float = 0, padding_mode: str = "constant") -> None:
        self.padding = _padding(padding)
        self.fill = fill
        self.padding_mode = _padding_mode(padding_mode)

    def _apply(self, images: Array) -> Array:
        return _pad(images, *self.padding, self.fill, self.padding_mode)


class CenterCrop(Transform):
    """Cut out the middle; an image that is too small is padded with zeros.

    Parameters
    ----------
    size : int or (int, int)
        Height and width of the result.

    Examples
    --------
    >>> CenterCrop((1, 2))(np.arange(12).reshape(3, 4))
    array([[5, 6]])
    """

    def __init__(self, size: int | Sequence[int]) -> None:
        self.size = pair(size, "size")

    def _apply(self, images: Array) -> Array:
        (height, width), (h, w) = images.shape[2:], self.size
        if w > width or h > height:
            left, top = max(0, w - width) // 2, max(0, h - height) // 2
            images = _pad(images, left, top, max(0, w - width + 1) // 2, max(0, h - height + 1) // 2, 0, "constant")
            height, width = images.shape[2:]
        top, left = round((height - h) / 2.0), round((width - w) / 2.0)
        return images[:, :, top : top + h, left : left + w]


class RandomCrop(Transform):
    """Cut out a window at a random place.

    Parameters
    ----------
    size : int or (int, int)
        Height and width of the window.
    padding : int or sequence of int, optional
        Border that is added first, as in `Pad`.
    pad_if_needed : bool, default False
        Add what an image lacks in size, on both sides.
    fill : float, default 0
        Value of a constant border.
    padding_mode : {'constant', 'edge', 'reflect', 'symmetric'}
        What the border is made of.

    Raises
    ------
    ValueError
        If the window is larger than the image.

    Examples
    --------
    >>> RandomCrop(32, padding=4)(np.zeros((3, 32, 32))).shape
    (3, 32, 32)
    """

    def __init__(
        self,
        size: int | Sequence[int],
        padding: int | Sequence[int] | None = None,
        pad_if_needed: bool = False,
        fill: float = 0,
        padding_mode: str = "constant",
    ) -> None:
        self.size = pair(size, "size")
        self.padding = None if padding is None else _padding(padding)
        self.pad_if_needed = pad_if_needed
        self.fill = fill
        self.padding_mode = _padding_mode(padding_mode)

    def _padded(self, images: Array) -> Array:
        if self.padding is not None:
            images = _pad(images, *self.padding, self.fill, self.padding_mode)
        if self.pad_if_needed:
            y, x = (max(0, wanted - given) for wanted, given in zip(self.size, images.shape[2:], strict=True))
            images = _pad(images, x, y, x, y, self.fill, self.padding_mode)
        return images

    def _apply(self, images: Array) -> Array:
        images = self._padded(images)
        (height, width), (h, w) = images.shape[2:], self.size
        if h > height or w > width:
            raise ValueError(f"Required crop size {self.size} is larger than input image size {(height, width)}")
        random, count = rng(), len(images)
        top, left = random.integers(height - h + 1, size=count), random.integers(width - w + 1, size=count)
        windows = sliding_window_view(images, self.size, axis=(2, 3))
        return windows[np.arange(count), :, top, left]


class _RandomFlip(Transform):
    axis: int

    def __init__(self, p: float = 0.5) -> None:
        self.p = probability(p)

    def _apply(self, images: Array) -> Array:
        chosen = rng().random(len(images)) < self.p
        result = images.copy()
        result[chosen] = np.flip(images[chosen], self.axis)
        return result


class RandomHorizontalFlip(_RandomFlip):
    """Swap left and right with a probability.

    Parameters
    ----------
    p : float, default 0.5
        The probability.

    Examples
    --------
    >>> RandomHorizontalFlip(p=1.0)(np.array([[1, 2], [3, 4]]))
    array([[2, 1],
           [4, 3]])
    """

    axis = 3


class RandomVerticalFlip(_RandomFlip):
    """Swap top and bottom with a probability.

    Parameters
    ----------
    p : float, default 0.5
        The probability.

    Examples
    --------
    >>> RandomVerticalFlip(p=1.0)(np.array([[1, 2], [3, 4]]))
    array([[3, 4],
           [1, 2]])
    """

    axis = 2


class RandomRotation(Transform):
    """Rotate by a random angle; the size stays.

    Parameters
    ----------
    degrees : float or (float, float)
        Range of the angle, counter-clockwise; one number d means (-d, d).
    interpolation : {'nearest', 'bilinear'}
        How values between pixels are found.
    center : (float, float), optional
        Column and row of the centre; the middle of the image if omitted.
    fill : float, default 0
        Value of what comes from outside of the image.

    Examples
    --------
    >>> RandomRotation((90, 90))(np.array([[1, 2], [3, 4]]))
    array([[2, 4],
           [1, 3]])
    """

    def __init__(
        self,
        degrees: float | Sequence[float],
        interpolation: str = InterpolationMode.NEAREST,
        center: Sequence[float] | None = None,
        fill: float = 0,
    ) -> None:
        if isinstance(degrees, int | float):
            if degrees < 0:
                raise ValueError("If degrees is a single number, it must be positive.")
            degrees = (-degrees, degrees)
        if len(degrees) != 2:
            raise ValueError(f"degrees should be a sequence of length 2. Got {degrees}")
        self.degrees = tuple(degrees)
        self.interpolation = InterpolationMode(interpolation)
        self.center = center
        self.fill = fill

    def _apply(self, images: Array) -> Array:
        low, high = self.degrees
        angle = np.deg2rad(low + (high - low) * rng().random(len(images)))
        y, x = self._sources(angle, *images.shape[2:])
        if self.interpolation == InterpolationMode.NEAREST:
            return _take(images, np.rint(y).astype(int), np.rint(x).astype(int), self.fill)
        return _bilinear(images, y, x, self.fill)

    def _sources(self, angle: Array, height: int, width: int) -> tuple[Array, Array]:
        """Return row and column, each (N, H, W), of the point that each pixel of the result comes from."""
        middle = ((width - 1) / 2, (height - 1) / 2)
        cx, cy = middle if self.center is None else (self.center[0] - 0.5, self.center[1] - 0.5)
        y, x = np.arange(height)[:, None] - cy, np.arange(width) - cx
        cos, sin = np.cos(angle)[:, None, None], np.sin(angle)[:, None, None]
        return x * sin + y * cos + cy, x * cos - y * sin + cx


def _take(images: Array, y: Array, x: Array, fill: float) -> Array:
    """Return the pixels at rows and columns (N, H, W), and `fill` where there are none."""
    height, width = images.shape[2:]
    inside = (y >= 0) & (y < height) & (x >= 0) & (x < width)
    row, column = np.where(inside, y, 0), np.where(inside, x, 0)
    pixels = images[np.arange(len(images))[:, None, None], :, row, column].transpose(0, 3, 1, 2)
    return np.where(inside[:, None], pixels, images.dtype.type(fill))


def _bilinear(images: Array, y: Array, x: Array, fill: float) -> Array:
    values = images if images.dtype.kind == "f" else images.astype(np.float32)
    top, left = np.floor(y).astype(int), np.floor(x).astype(int)
    down, right = ((part - start).astype(values.dtype)[:, None] for part, start in ((y, top), (x, left)))
    upper = (1 - right) * _take(values, top, left, fill) + right * _take(values, top, left + 1, fill)
    lower = (1 - right) * _take(values, top + 1, left, fill) + right * _take(values, top + 1, left + 1, fill)
    return _like(images, (1 - down) * upper + down * lower)


def _like(images: Array, values: Array) -> Array:
    """Convert computed values to the images' type, integers by rounding."""
    if images.dtype.kind == "f":
        return values
    limits = np.iinfo(images.dtype)
    return np.clip(np.rint(values), limits.min, limits.max).astype(images.dtype)


class Resize(Transform):
    """Change the size.

    Parameters
    ----------
    size : int or (int, int)
        Height and width; one number is the smaller side, and the other one follows.
    interpolation : {'bilinear', 'nearest'}
        How values between pixels are found.
    max_size : int, optional
        Bound of the larger side, with one number for `size`.
    antialias : bool, default True
        Average over the pixels that a pixel of a smaller result covers.

    Raises
    ------
    ValueError
        If the arguments do not fit together.

    Examples
    --------
    >>> Resize((1, 2))(np.array([[1.0, 2.0], [3.0, 4.0]]))
    array([[2., 3.]])
    >>> Resize(16)(np.zeros((3, 32, 64))).shape
    (3, 16, 32)
    """

    def __init__(
        self,
        size: int | Sequence[int],
        interpolation: str = InterpolationMode.BILINEAR,
        max_size: int | None = None,
        antialias: bool = True,
    ) -> None:
        height, width = pair(size, "size")
        self.size = height if isinstance(size, int) or len(size) == 1 else (height, width)
        if max_size is not None and (not isinstance(self.size, int) or max_size <= self.size):
            raise ValueError(
                describe(
                    f"max_size = {max_size} must be strictly greater than the requested size for the smaller edge "
                    f"size = {size}",
                    op="Resize",
                    rule="max_size bounds the larger side, and needs one number for size",
                )
            )
        self.interpolation = InterpolationMode(interpolation)
        self.max_size = max_size
        self.antialias = antialias

    def _target(self, height: int, width: int) -> tuple[int, int]:
        if not isinstance(self.size, int):
            return self.size
        short, long = sorted((height, width))
        new_short, new_long = self.size, int(self.size * long / short)
        if self.max_size is not None and new_long > self.max_size:
            new_short, new_long = int(self.max_size * new_short / new_long), self.max_size
        return (new_short, new_long) if height <= width else (new_long, new_short)

    def _apply(self, images: Array) -> Array:
        height, width = images.shape[2:]
        h, w = self._target(height, width)
        if self.interpolation == InterpolationMode.NEAREST:
            rows, columns = np.arange(h) * height // h, np.arange(w) * width // w
            return images[:, :, rows[:, None], columns]
        values = images if images.dtype.kind == "f" else images.astype(np.float32)
        vertical = _resampling(height, h, self.antialias).astype(values.dtype)
        horizontal = _resampling(width, w, self.antialias).astype(values.dtype)
        return _like(images, vertical @ values @ horizontal.T)


def _resampling(size: int, new: int, antialias: bool) -> Array:
    """Return the (new, size) matrix of linear interpolation between pixel centres.

    Each row is a triangle around ``(i + 1/2) size / new``, of half-width 1, or ``size / new`` where that is more and
    `antialias` is set; what it has outside of the image is left out and the rest normalised, or, without `antialias`,
    falls to the border pixel.
    """
    scale = size / new
    centre = (np.arange(new)[:, None] + 0.5) * scale - 0.5
    width = max(scale, 1.0) if antialias else 1.0
    if not antialias:
        centre = np.clip(centre, 0, size - 1)
    weights: Array = np.maximum(0.0, 1.0 - np.abs(np.arange(size) - centre) / width)
    weights /= weights.sum(axis=1, keepdims=True)
    return weights
