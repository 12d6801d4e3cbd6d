"""Image sets from arrays: the shipped digits, npz archives, and `load_images` for any of them."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from autograd.errors import describe
from nn.data.datasets.idx import DEBIAN_FASHION_MNIST, read_split
from nn.data.datasets.vision import Image, Transform, VisionDataset, find_root
from nn.data.files import DatasetError, read_npz, refuse

__all__ = ["Digits", "Npz", "load_images"]

DIGITS = Path(__file__).parents[1] / "digits" / "optdigits.npz"

Split = tuple[Image, Image]


def _read_npz_split(path: Path, train: bool) -> Split:
    part = "train" if train else "test"
    arrays = read_npz(path, (f"x_{part}", f"y_{part}"))
    images, labels = arrays[f"x_{part}"], arrays[f"y_{part}"]
    if images.dtype != np.uint8 or images.ndim not in (3, 4):
        rule = f"x_{part} is {images.dtype} of shape {list(images.shape)}, expected uint8 (N, H, W) or (N, C, H, W)"
        refuse(path, "wrong dtype", rule)
    if labels.dtype.kind not in "ui" or labels.ndim != 1:
        rule = f"y_{part} is {labels.dtype} of shape {list(labels.shape)}, expected integers (N,)"
        refuse(path, "wrong dtype", rule)
    if len(images) != len(labels):
        refuse(path, "sizes differ", f"{len(images)} images and {len(labels)} labels in x_{part} and y_{part}")
    if labels.size and not 0 <= labels.min() <= labels.max() <= 255:
        refuse(path, "wrong labels", f"classes {labels.min()} to {labels.max()} in y_{part}, expected 0 to 255")
    return images, labels.astype(np.uint8, copy=False)


def load_images(path_or_name: str | os.PathLike[str]) -> tuple[Image, Image, Image, Image]:
    """Load the two splits of an image set as they are stored.

    Parameters
    ----------
    path_or_name : str or path
        ``"digits"`` (shipped, values 0 to 16), ``"fashion-mnist"`` (where Debian installs it), an npz archive with
        arrays ``x_train``, ``y_train``, ``x_test`` and ``y_test``, or a folder with idx files under MNIST's names.

    Returns
    -------
    x_train, y_train, x_test, y_test : ndarray of uint8
        Images of shape (N, H, W) or (N, C, H, W), and classes of shape (N,).

    Raises
    ------
    DatasetError
        If there is no such set, or it is damaged.

    Examples
    --------
    >>> x_train, y_train, x_test, y_test = load_images("digits")
    >>> x_train.shape, y_test.shape
    ((3823, 8, 8), (1797,))
    """
    path = {"digits": DIGITS, "fashion-mnist": DEBIAN_FASHION_MNIST}.get(str(path_or_name), Path(path_or_name))
    if not path.exists():
        fix = "'digits', an .npz file with x_train, y_train, x_test and y_test, or a folder with MNIST's idx files"
        raise DatasetError(describe("Dataset not found.", op=str(path_or_name), rule=f"{path} does not exist", fix=fix))
    read = read_split if path.is_dir() else _read_npz_split
    (x_train, y_train), (x_test, y_test) = (read(path, train) for train in (True, False))
    if x_train.shape[1:] != x_test.shape[1:]:
        refuse(
            path, "sizes differ", f"images of {list(x_train.shape[1:])} to train, of {list(x_test.shape[1:])} to test"
        )
    if not len(x_train):
        refuse(path, "empty", "there are no images to train with")
    return x_train, y_train, x_test, y_test


class Npz(VisionDataset):
    """Images from an npz archive with arrays ``x_train``, ``y_train``, ``x_test`` and ``y_test``.

    Parameters
    ----------
    root : path
        The archive. Images are uint8 of shape (N, H, W) or (N, C, H, W), classes integers of shape (N,).
    train : bool, default True
        Which split.
    transform, target_transform : callable, optional
        Applied to each image, uint8 of shape (C, H, W), and to each class.

    Raises
    ------
    DatasetError
        If the archive is missing, damaged, or of another content.
    """

    def __init__(
        self,
        root: str | os.PathLike[str],
        train: bool = True,
        transform: Transform | None = None,
        target_transform: Transform | None = None,
    ) -> None:
        images, labels = _read_npz_split(Path(root), train)
        super().__init__(images, labels, transform, target_transform)
        self.train = train


class Digits(VisionDataset):
    """The shipped digits: 3823 and 1797 handwritten digits, 8x8, by different writers (Alpaydin and Kaynak, 1998).

    UCI's values 0 to 16 are spread over 0 to 255, as other image sets have them; `load_images` keeps them.

    Parameters
    ----------
    root : path, optional
        Not needed; accepted so that data sets can be exchanged.
    train : bool, default True
        The training or the test images.
    transform, target_transform : callable, optional
        Applied to each image, uint8 of shape (1, 8, 8), and to each class.
    download : bool, default False
        Must be false.

    Examples
    --------
    >>> image, target = Digits()[0]
    >>> image.shape, image.max(), target
    ((1, 8, 8), np.uint8(255), 0)
    """

    classes = tuple("0123456789")

    def __init__(
        self,
        root: str | os.PathLike[str] | None = None,
        train: bool = True,
        transform: Transform | None = None,
        target_transform: Transform | None = None,
        download: bool = False,
    ) -> None:
        find_root(DIGITS.parent, "Digits", download, "nothing: they are part of the package")
        images, labels = _read_npz_split(DIGITS, train)
        spread = np.rint(np.arange(17) * (255 / 16)).astype(np.uint8)
        super().__init__(spread[images], labels, transform, target_transform)
        self.train = train
