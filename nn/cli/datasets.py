"""Image sets as a training sees them: standardised, and varied if asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from nn.cli.errors import CommandError, one_line
from nn.data import DatasetError, load_images
from nn.data.datasets import VisionDataset
from nn.data.transforms import Compose, Cutout, Normalize, RandomCrop, RandomHorizontalFlip, RandomRotation, ToTensor

__all__ = ["ImageSet", "load"]

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True)
class ImageSet:
    """The images of a set as they are stored.

    Attributes
    ----------
    name : str
    x_train, y_train, x_test, y_test : ndarray
        Images uint8 of shape (N, C, H, W), and their classes.
    """

    name: str
    x_train: Array
    y_train: Array
    x_test: Array
    y_test: Array

    @property
    def shape(self) -> tuple[int, int, int]:
        """Channels, height and width."""
        channels, height, width = self.x_train.shape[1:]
        return channels, height, width

    @property
    def classes(self) -> int:
        """Number of classes: one more than the largest."""
        return int(max(self.y_train.max(), self.y_test.max())) + 1

    def standard(self) -> Normalize:
        """Return what scales images by 255 and gives each channel, over all training images, mean 0 and deviation 1."""
        channels = [_moments(self.x_train[:, channel]) for channel in range(self.shape[0])]
        return Normalize([mean for mean, _ in channels], [std if std > 0 else 1.0 for _, std in channels])

    def training(self, standard: Normalize, augment: str = "") -> VisionDataset:
        """Return the training images, varied as `augment` names."""
        return VisionDataset(self.x_train, self.y_train, Compose([*self._variations(augment), ToTensor(), standard]))

    def testing(self, standard: Normalize) -> VisionDataset:
        """Return the test images."""
        return VisionDataset(self.x_test, self.y_test, Compose([ToTensor(), standard]))

    def _variations(self, augment: str) -> list[Any]:
        _, height, width = self.shape
        known = {
            "cutout": Cutout(max(2, min(height, width) // 4)),
            "flip": RandomHorizontalFlip(),
            "rotate": RandomRotation(10, interpolation="bilinear"),
            "shift": RandomCrop((height, width), padding=max(1, min(height, width) // 14)),
        }
        return [known[name] for name in augment.split(",") if name]


def load(name: str) -> ImageSet:
    """Load an image set by its name or path.

    Raises
    ------
    CommandError
        If it is missing or damaged, or there is nothing to test with.
    """
    try:
        x_train, y_train, x_test, y_test = load_images(name)
    except (DatasetError, ImportError) as error:
        raise CommandError(one_line(error, about=name)) from None
    if not len(x_test):
        raise CommandError(f"{name}: there are no images to test with")
    return ImageSet(name, _with_channels(x_train), y_train, _with_channels(x_test), y_test)


def _with_channels(images: Array) -> Array:
    return images[:, None] if images.ndim == 3 else images


def _moments(values: Array) -> tuple[float, float]:
    """Return mean and standard deviation of bytes, scaled by 255; from counts, which are exact and need no memory."""
    levels = np.arange(256) / 255
    share = np.bincount(values.reshape(-1), minlength=256) / values.size
    mean = float(share @ levels)
    return mean, float(np.sqrt(share @ (levels - mean) ** 2))
