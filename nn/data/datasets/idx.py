"""MNIST and Fashion-MNIST from idx files."""

from __future__ import annotations

import os
from pathlib import Path
from typing import ClassVar

from autograd.errors import describe
from nn.data.datasets.vision import Image, Transform, VisionDataset, find_root
from nn.data.files import DatasetError, check_digest, read_idx, refuse

__all__ = ["DEBIAN_FASHION_MNIST", "MNIST", "FashionMNIST", "find_idx", "read_split"]

DEBIAN_FASHION_MNIST = Path("/usr/share/datasets/fashion-mnist")

_PREFIX = {True: "train", False: "t10k"}


def find_idx(folder: Path, stem: str) -> Path | None:
    """Return the idx file with a name such as ``train-images-idx3-ubyte``, plain or with ``.gz``, if there is one."""
    dotted = stem.replace("-idx", ".idx")
    candidates = (folder / f"{name}{suffix}" for suffix in ("", ".gz") for name in (stem, dotted))
    return next((path for path in candidates if path.is_file()), None)


def _stems(train: bool) -> tuple[str, str]:
    return f"{_PREFIX[train]}-images-idx3-ubyte", f"{_PREFIX[train]}-labels-idx1-ubyte"


def read_split(folder: Path, train: bool, count: int | None = None, size: int | None = None) -> tuple[Image, Image]:
    """Read the images and labels of one split.

    Parameters
    ----------
    folder : Path
        Holds the idx files under MNIST's names.
    train : bool
        Which split.
    count, size : int, optional
        Number of images and their side length, where they are known.

    Returns
    -------
    ndarray of uint8, shape (N, H, W), and ndarray of uint8, shape (N,)

    Raises
    ------
    DatasetError
        If a file is missing or not what it should be.
    """
    paths = [find_idx(folder, stem) for stem in _stems(train)]
    for stem, path in zip(_stems(train), paths, strict=True):
        if path is None:
            refuse(folder, "missing file", f"neither {stem} nor {stem}.gz is in the folder")
    shapes = (None, None) if count is None or size is None else ((count, size, size), (count,))
    images, labels = (read_idx(path, shape) for path, shape in zip(paths, shapes, strict=True) if path is not None)
    for path, array, rank in zip(paths, (images, labels), (3, 1), strict=True):
        if array.dtype != "uint8" or array.ndim != rank:
            refuse(str(path), "wrong dtype", f"{array.ndim} dimensions of {array.dtype}, expected {rank} of uint8")
    if len(images) != len(labels):
        refuse(folder, "sizes differ", f"{len(images)} images and {len(labels)} labels")
    return images, labels


class MNIST(VisionDataset):
    """MNIST: 60,000 and 10,000 handwritten digits, 28x28 (LeCun, Bottou, Bengio, Haffner, 1998).

    Parameters
    ----------
    root : path
        Folder with the four idx files, plain or ``.gz``; also looked for in ``MNIST/raw`` below it.
    train : bool, default True
        The training or the test images.
    transform, target_transform : callable, optional
        Applied to each image, uint8 of shape (1, 28, 28), and to each class.
    download : bool, default False
        Must be false.
    verify : bool, default True
        Compare the files' contents with the checksums of the published ones.

    Raises
    ------
    DatasetError
        If a file is missing, damaged, or of other sizes than MNIST's.

    Examples
    --------
    >>> MNIST.classes[:3]
    ('0', '1', '2')
    >>> image, target = MNIST("data")[0]  # doctest: +SKIP
    >>> image.shape, target  # doctest: +SKIP
    ((1, 28, 28), 5)
    """

    classes = tuple("0123456789")
    image_size: ClassVar[int] = 28
    counts: ClassVar[dict[bool, int]] = {True: 60_000, False: 10_000}
    checksums: ClassVar[dict[str, str]] = {
        "train-images-idx3-ubyte": "6bbc9ace898e44ae57da46a324031adb",
        "train-labels-idx1-ubyte": "a25bea736e30d166cdddb491f175f624",
        "t10k-images-idx3-ubyte": "2646ac647ad5339dbf082846283269ea",
        "t10k-labels-idx1-ubyte": "27ae3e4e09519cfbb04c329615203637",
    }
    system_folder: ClassVar[Path | None] = None
    advice: ClassVar[str] = (
        "put train-images-idx3-ubyte.gz, train-labels-idx1-ubyte.gz, t10k-images-idx3-ubyte.gz and "
        "t10k-labels-idx1-ubyte.gz from https://ossci-datasets.s3.amazonaws.com/mnist/ into the folder"
    )

    def __init__(
        self,
        root: str | os.PathLike[str],
        train: bool = True,
        transform: Transform | None = None,
        target_transform: Transform | None = None,
        download: bool = False,
        *,
        verify: bool = True,
    ) -> None:
        folder = self._find_folder(root, train, download)
        if verify:
            self._verify(folder, train)
        images, labels = read_split(folder, train, self.counts[train], self.image_size)
        if labels.max(initial=0) >= len(self.classes):
            refuse(folder, "wrong labels", f"class {labels.max()} of {len(self.classes)} classes, counted from 0")
        super().__init__(images, labels, transform, target_transform)
        self.train = train

    @classmethod
    def _find_folder(cls, root: str | os.PathLike[str], train: bool, download: bool) -> Path:
        name = cls.__name__
        if cls.system_folder is not None and cls.system_folder.is_dir() and not Path(root).is_dir() and not download:
            return cls.system_folder
        path = find_root(root, name, download, cls.advice)
        candidates = (path / name / "raw", path, cls.system_folder)
        for folder in candidates:
            if folder is not None and find_idx(folder, _stems(train)[0]):
                return folder
        rule = f"no {_stems(train)[0]}, plain or .gz, in {path} or {path / name / 'raw'}"
        raise DatasetError(describe("Dataset not found.", op=name, rule=rule, fix=cls.advice))

    @classmethod
    def _verify(cls, folder: Path, train: bool) -> None:
        for stem in _stems(train):
            path = find_idx(folder, stem)
            if path is not None and stem in cls.checksums:
                check_digest(path, cls.checksums[stem], unpacked=True)


class FashionMNIST(MNIST):
    """Fashion-MNIST: 60,000 and 10,000 articles of clothing, 28x28 (Xiao, Rasul, Vollgraf, 2017).

    The files of Debian's package dataset-fashion-mnist are used where `root` has none. The parameters are those of
    `MNIST`; the folder below `root` is ``FashionMNIST/raw``.

    Parameters
    ----------
    root : path
        Folder with the four idx files, plain or ``.gz``; also looked for in ``FashionMNIST/raw`` below it.
    train, transform, target_transform, download, verify
        As for `MNIST`.

    Raises
    ------
    DatasetError
        If a file is missing, damaged, or of other sizes than Fashion-MNIST's.

    Examples
    --------
    >>> FashionMNIST.classes[:3]
    ('T-shirt/top', 'Trouser', 'Pullover')
    >>> image, target = FashionMNIST("data")[0]  # doctest: +SKIP
    >>> image.shape, target  # doctest: +SKIP
    ((1, 28, 28), 9)
    """

    classes = (
        "T-shirt/top",
        "Trouser",
        "Pullover",
        "Dress",
        "Coat",
        "Sandal",
        "Shirt",
        "Sneaker",
        "Bag",
        "Ankle boot",
    )
    checksums: ClassVar[dict[str, str]] = {
        "train-images-idx3-ubyte": "f4a8712d7a061bf5bd6d2ca38dc4d50a",
        "train-labels-idx1-ubyte": "9018921c3c673c538a1fc5bad174d6f9",
        "t10k-images-idx3-ubyte": "8181f5470baa50b63fa0f6fddb340f0a",
        "t10k-labels-idx1-ubyte": "15d484375f8d13e6eb1aabb0c3f46965",
    }
    system_folder = DEBIAN_FASHION_MNIST
    advice = (
        "install Debian's package dataset-fashion-mnist, or put the four .gz files from "
        "https://github.com/zalandoresearch/fashion-mnist/tree/master/data/fashion into a folder, and name that"
    )
