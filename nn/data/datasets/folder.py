"""Images in folders, one folder a class."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from autograd.errors import describe
from nn.data.dataset import Dataset
from nn.data.datasets.vision import Image, Transform
from nn.data.files import DatasetError, refuse

__all__ = ["IMG_EXTENSIONS", "ImageFolder", "default_loader"]

IMG_EXTENSIONS = (".jpg", ".jpeg", ".png", ".ppm", ".bmp", ".pgm", ".tif", ".tiff", ".webp")


def default_loader(path: str | os.PathLike[str]) -> Image:
    """Read an image file with Pillow.

    Parameters
    ----------
    path : path
        The file.

    Returns
    -------
    ndarray of uint8, shape (3, H, W)
        The image, converted to RGB.

    Raises
    ------
    ImportError
        If Pillow is not installed.
    DatasetError
        If the file is no image, or damaged.
    """
    try:
        import PIL.Image
    except ImportError:
        raise ImportError(
            describe(
                "No module named 'PIL'",
                op="ImageFolder",
                rule="Pillow reads image files",
                fix="pip install 'convgrad[images]'",
            )
        ) from None
    try:
        with PIL.Image.open(path) as image:
            return np.array(image.convert("RGB")).transpose(2, 0, 1)
    except (OSError, SyntaxError, ValueError, PIL.Image.DecompressionBombError) as error:
        refuse(path, "cannot be read as an image", str(error))


class ImageFolder(Dataset[tuple[Any, Any]]):
    """Image files below one folder per class: ``root/dog/1.png``, ``root/cat/deep/er/2.png``.

    Parameters
    ----------
    root : path
        The folder of folders; their names, sorted, are the classes.
    transform, target_transform : callable, optional
        Applied to each image, uint8 of shape (3, H, W), and to each class.
    loader : callable, optional
        Makes an image of a path.
    is_valid_file : callable, optional
        Says by its path whether a file is an image; by the extension if omitted.
    allow_empty : bool, default False
        Accept classes without images.

    Attributes
    ----------
    classes : list of str
        The folders' names.
    class_to_idx : dict of str to int
        Number of each class.
    samples, imgs : list of (str, int)
        Path and class of each image, sorted by class and path.
    targets : list of int
        Class of each image.

    Raises
    ------
    DatasetError
        If the folder does not exist, holds no folder, or a class is empty.

    Examples
    --------
    Without `loader`, Pillow reads the files.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as root:
    ...     for name in ("dog/1.png", "cat/2.png", "cat/3.png"):
    ...         path = Path(root, name)
    ...         path.parent.mkdir(exist_ok=True)
    ...         path.touch()
    ...     dataset = ImageFolder(root, loader=lambda path: Path(path).name)
    >>> dataset.classes, dataset.targets, dataset[2]
    (['cat', 'dog'], [0, 0, 1], ('1.png', 1))
    """

    def __init__(
        self,
        root: str | os.PathLike[str],
        transform: Transform | None = None,
        target_transform: Transform | None = None,
        loader: Callable[[str], Any] = default_loader,
        is_valid_file: Callable[[str], bool] | None = None,
        allow_empty: bool = False,
    ) -> None:
        self.root = Path(root)
        if not self.root.is_dir():
            refuse(self.root, "no such folder", "a folder with one folder per class is expected")
        self.classes = sorted(entry.name for entry in os.scandir(self.root) if entry.is_dir())
        if not self.classes:
            raise DatasetError(f"Couldn't find any class folder in {self.root}.")
        self.class_to_idx = {name: i for i, name in enumerate(self.classes)}
        self.samples = list(self._find(is_valid_file or _has_image_extension, allow_empty))
        self.imgs = self.samples
        self.targets = [target for _, target in self.samples]
        self.loader = loader
        self.transform = transform
        self.target_transform = target_transform

    def _find(self, is_valid_file: Callable[[str], bool], allow_empty: bool) -> list[tuple[str, int]]:
        samples: list[tuple[str, int]] = []
        empty = []
        for name, target in self.class_to_idx.items():
            files = sorted(str(path) for path in (self.root / name).rglob("*") if path.is_file())
            valid = [(path, target) for path in files if is_valid_file(path)]
            samples += valid
            if not valid:
                empty.append(name)
        if empty and not allow_empty:
            raise DatasetError(
                f"Found no valid file for the classes {', '.join(empty)}. "
                f"Supported extensions are: {', '.join(IMG_EXTENSIONS)}"
            )
        return samples

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        path, target = self.samples[index]
        image = self.loader(path)
        return (
            image if self.transform is None else self.transform(image),
            target if self.target_transform is None else self.target_transform(target),
        )

    def __len__(self) -> int:
        return len(self.samples)


def _has_image_extension(path: str) -> bool:
    return path.lower().endswith(IMG_EXTENSIONS)
