"""Image sets from arrays: the shipped digits, npz archives, and `load_images` for any of them."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np

from autograd.errors import describe
from nn.data.datasets.cifar import CIFAR10
from nn.data.datasets.folder import ImageFolder
from nn.data.datasets.idx import DEBIAN_FASHION_MNIST, FashionMNIST, read_split
from nn.data.datasets.vision import Image, Transform, VisionDataset, find_root
from nn.data.files import DatasetError, read_npz, refuse

__all__ = ["Digits", "Npz", "load_images"]

DIGITS = Path(__file__).parents[1] / "digits" / "optdigits.npz"

#: What CIFAR-10's archives, and the folders they are extracted to, are called.
_CIFAR = {name for version in CIFAR10.versions for name in (version.archive, version.folder)}

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


def _read_cifar_split(path: Path, train: bool) -> Split:
    images = CIFAR10(path.parent if path.name in _CIFAR else path, train)
    return images.data, images.targets.astype(np.uint8)


def _read_folder_split(path: Path, train: bool) -> Split:
    """Read image files of one size into one array; of one channel, if all of them are grey."""
    folder = ImageFolder(path / ("train" if train else "test"))
    classes = sorted(entry.name for entry in os.scandir(path / "train") if entry.is_dir())
    if folder.classes != classes:
        refuse(folder.root, "other classes", f"{', '.join(folder.classes)}, those to train are {', '.join(classes)}")
    if len(classes) > 256:
        refuse(path, "too many classes", f"{len(classes)} folders, 256 are possible")
    images = []
    for name, _ in folder.samples:
        images.append(folder.loader(name))
        if images[-1].shape != images[0].shape:
            rule = f"{images[-1].shape[1:]}, and {images[0].shape[1:]} of {folder.samples[0][0]}"
            refuse(name, "sizes differ", rule, "give all images one size")
    stack, labels = np.stack(images), np.array(folder.targets)
    is_grey = bool((stack == stack[:, :1]).all())
    return stack[:, :1] if is_grey else stack, labels.astype(np.uint8)


def _reader(path: Path) -> Callable[[Path, bool], Split]:
    """Find out what is at a path."""
    if path.name in _CIFAR or any((path / name).exists() for name in _CIFAR):
        return _read_cifar_split
    if (path / "train").is_dir() and (path / "test").is_dir():
        return _read_folder_split
    return read_split if path.is_dir() else _read_npz_split


_KINDS = (
    "'digits', 'fashion-mnist', an .npz file with x_train, y_train, x_test and y_test, a folder with MNIST's idx "
    "files, CIFAR-10's archive or the folder it is in, or a folder with train/CLASS/IMAGE and test/CLASS/IMAGE"
)


def load_images(path_or_name: str | os.PathLike[str]) -> tuple[Image, Image, Image, Image]:
    """Load the two splits of an image set as they are stored.

    Parameters
    ----------
    path_or_name : str or path
        ``"digits"`` (shipped, values 0 to 16); ``"fashion-mnist"`` (where Debian installs it); an npz archive with
        arrays ``x_train``, ``y_train``, ``x_test`` and ``y_test``; a folder with idx files under MNIST's names;
        CIFAR-10's archive, or the folder it is in or was extracted to; or a folder with ``train/CLASS/IMAGE`` and
        ``test/CLASS/IMAGE``, image files of one size (needs Pillow).

    Returns
    -------
    x_train, y_train, x_test, y_test : ndarray of uint8
        Images of shape (N, H, W) or (N, C, H, W), and classes of shape (N,).

    Raises
    ------
    DatasetError
        If there is no such set, or it is damaged.
    ImportError
        If Pillow is needed and not installed.

    Examples
    --------
    >>> x_train, y_train, x_test, y_test = load_images("digits")
    >>> x_train.shape, y_test.shape
    ((3823, 8, 8), (1797,))
    """
    name = str(path_or_name)
    path = {"digits": DIGITS, "fashion-mnist": DEBIAN_FASHION_MNIST}.get(name, Path(path_or_name))
    if not path.exists():
        fix = FashionMNIST.advice if name == "fashion-mnist" else _KINDS
        raise DatasetError(describe("Dataset not found.", op=name, rule=f"{path} does not exist", fix=fix))
    read = _reader(path)
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

    Examples
    --------
    >>> import tempfile
    >>> images, labels = np.zeros((2, 8, 8), np.uint8), np.array([3, 7])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "images.npz")
    ...     np.savez(path, x_train=images, y_train=labels, x_test=images, y_test=labels)
    ...     dataset = Npz(path)
    >>> image, target = dataset[1]
    >>> image.shape, target
    ((1, 8, 8), 7)
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
