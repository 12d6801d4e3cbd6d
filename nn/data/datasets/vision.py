"""What image data sets in memory have in common."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from autograd.errors import describe
from nn.data.dataset import Columns, Dataset
from nn.data.files import DatasetError

__all__ = ["Image", "VisionDataset", "find_root"]

Image = np.ndarray[Any, np.dtype[np.uint8]]
Transform = Callable[[Any], Any]


class VisionDataset(Dataset[tuple[Any, Any]]):
    """Images in memory with a class each.

    A sample is an image of shape (C, H, W), uint8 before `transform`, and its class as an int. Where the transform
    works on batches (those of `nn.data.transforms` do), a loader's batch is gathered and transformed at once.

    Parameters
    ----------
    data : ndarray of uint8, shape (N, H, W) or (N, C, H, W)
        The images.
    targets : ndarray of int, shape (N,)
        Their classes.
    transform : callable, optional
        Applied to each image.
    target_transform : callable, optional
        Applied to each class.

    Attributes
    ----------
    data, targets : ndarray
        As above; `targets` is int64.
    classes : tuple of str
        Name of each class.

    Examples
    --------
    >>> dataset = VisionDataset(np.zeros((2, 8, 8), np.uint8), np.array([3, 7]))
    >>> image, target = dataset[1]
    >>> image.shape, target, len(dataset)
    ((1, 8, 8), 7, 2)
    """

    classes: ClassVar[tuple[str, ...]] = ()

    def __init__(
        self,
        data: Image,
        targets: np.ndarray[Any, Any],
        transform: Transform | None = None,
        target_transform: Transform | None = None,
    ) -> None:
        self.data = data
        self.targets = targets.astype(np.int64)
        self.transform = transform
        self.target_transform = target_transform

    @property
    def class_to_idx(self) -> dict[str, int]:
        """Number of each class by its name."""
        return {name: i for i, name in enumerate(self.classes)}

    @property
    def _images(self) -> Image:
        return self.data[:, None] if self.data.ndim == 3 else self.data

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        image, target = self._images[index].copy(), int(self.targets[index])
        return (
            image if self.transform is None else self.transform(image),
            target if self.target_transform is None else self.target_transform(target),
        )

    def __getitems__(self, indices: Sequence[int]) -> Sequence[tuple[Any, Any]]:
        batchwise = self.transform is None or getattr(self.transform, "batchwise", False)
        if not batchwise or self.target_transform is not None:
            return [self[index] for index in indices]
        rows = np.asarray(indices, dtype=np.int64)
        images, targets = self._images[rows], self.targets[rows]
        return Columns(images if self.transform is None else self.transform(images), targets)

    def __len__(self) -> int:
        return len(self.data)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self)} images of shape {list(self._images.shape[1:])})"


def find_root(root: str | os.PathLike[str], name: str, download: bool, advice: str) -> Path:
    """Check a data set's folder.

    Parameters
    ----------
    root : path
        The folder.
    name : str
        The data set's name, for messages.
    download : bool
        Refused if true: nothing is ever downloaded.
    advice : str
        How to get the files.

    Raises
    ------
    DatasetError
        If `download` is true or the folder does not exist.
    """
    if download:
        rule = "download=True is not supported: convgrad makes no network connections"
        raise DatasetError(describe(f"{name} cannot be downloaded", op=name, rule=rule, fix=advice))
    path = Path(root)
    if not path.is_dir():
        raise DatasetError(describe("Dataset not found.", op=name, rule=f"{path} is no folder", fix=advice))
    return path
