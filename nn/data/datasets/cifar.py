"""CIFAR-10 and CIFAR-100, from the binary or the python version, as an archive or extracted."""

from __future__ import annotations

import io
import os
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from autograd.errors import describe
from nn.data.datasets.vision import Image, Transform, VisionDataset, find_root
from nn.data.files import DatasetError, check_digest, read_bytes, refuse
from nn.data.pickled import read_pickle

__all__ = ["CIFAR10", "CIFAR100"]

_PIXELS = 3 * 32 * 32

#: No file of CIFAR's, unpacked or not, is larger.
_LIMIT = 256 << 20


_FINE_CLASSES = """
apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus butterfly camel can
castle caterpillar cattle chair chimpanzee clock cloud cockroach couch crab crocodile cup dinosaur dolphin
elephant flatfish forest fox girl hamster house kangaroo keyboard lamp lawn_mower leopard lion lizard lobster
man maple_tree motorcycle mountain mouse mushroom oak_tree orange orchid otter palm_tree pear pickup_truck
pine_tree plain plate poppy porcupine possum rabbit raccoon ray road rocket rose sea seal shark shrew skunk
skyscraper snail snake spider squirrel streetcar sunflower sweet_pepper table tank telephone television tiger
tractor train trout tulip turtle wardrobe whale willow_tree wolf woman worm
"""


@dataclass(frozen=True)
class _Version:
    """One of the forms in which a data set is published: archive, its MD5, folder in it, files of each split."""

    archive: str
    checksum: str
    folder: str
    files: Mapping[bool, tuple[str, ...]]
    pickled: bool


class CIFAR10(VisionDataset):
    """CIFAR-10: 50,000 and 10,000 colour photographs of ten classes, 32x32 (Krizhevsky, 2009).

    No unpickler is used on the python version: a reader that knows only plain values and arrays of bytes.

    Parameters
    ----------
    root : path
        Folder with ``cifar-10-binary.tar.gz`` or ``cifar-10-python.tar.gz``, or what they unpack to. Archives are
        read in memory.
    train : bool, default True
        The training or the test images.
    transform, target_transform : callable, optional
        Applied to each image, uint8 of shape (3, 32, 32), and to each class.
    download : bool, default False
        Must be false.
    verify : bool, default True
        Compare an archive with the published one's checksum.

    Raises
    ------
    DatasetError
        If a file is missing, damaged, or of other sizes than CIFAR's.

    Examples
    --------
    >>> CIFAR10.classes[:3]
    ('airplane', 'automobile', 'bird')
    >>> image, target = CIFAR10("data")[0]  # doctest: +SKIP
    >>> image.shape, target  # doctest: +SKIP
    ((3, 32, 32), 6)
    """

    classes: ClassVar[tuple[str, ...]] = (
        "airplane",
        "automobile",
        "bird",
        "cat",
        "deer",
        "dog",
        "frog",
        "horse",
        "ship",
        "truck",
    )
    counts: ClassVar[dict[bool, int]] = {True: 50_000, False: 10_000}
    label_bytes: ClassVar[int] = 1
    label_key: ClassVar[bytes] = b"labels"
    versions: ClassVar[tuple[_Version, ...]] = (
        _Version(
            "cifar-10-binary.tar.gz",
            "c32a1d4ab5d03f1284b67883e8d87530",
            "cifar-10-batches-bin",
            {True: tuple(f"data_batch_{i}.bin" for i in range(1, 6)), False: ("test_batch.bin",)},
            pickled=False,
        ),
        _Version(
            "cifar-10-python.tar.gz",
            "c58f30108f718f92721af3b95e74349a",
            "cifar-10-batches-py",
            {True: tuple(f"data_batch_{i}" for i in range(1, 6)), False: ("test_batch",)},
            pickled=True,
        ),
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
        names = " or ".join(version.archive for version in self.versions)
        advice = f"put {names} from https://www.cs.toronto.edu/~kriz/cifar.html into the folder"
        folder = find_root(root, type(self).__name__, download, advice)
        version, files = self._read_files(folder, train, verify, advice)
        parts = [self._parse(folder / version.folder / name, data, version) for name, data in files.items()]
        images, labels = (np.concatenate(part) for part in zip(*parts, strict=True))
        if len(images) != self.counts[train]:
            refuse(folder / version.folder, "wrong sizes", f"{len(images)} images, expected {self.counts[train]}")
        super().__init__(images, labels, transform, target_transform)
        self.train = train

    def _read_files(self, root: Path, train: bool, verify: bool, advice: str) -> tuple[_Version, dict[str, bytes]]:
        for version in self.versions:
            names, folder = version.files[train], root / version.folder
            if folder.is_dir():
                return version, {name: read_bytes(folder / name, _LIMIT) for name in names}
        for version in self.versions:
            names, archive = version.files[train], root / version.archive
            if archive.is_file():
                if verify:
                    check_digest(archive, version.checksum)
                return version, _read_archive(archive, version.folder, names)
        kinds = ", ".join(name for version in self.versions for name in (version.folder, version.archive))
        rule = f"none of {kinds} is in {root}"
        raise DatasetError(describe("Dataset not found.", op=type(self).__name__, rule=rule, fix=advice))

    def _parse(self, path: Path, data: bytes, version: _Version) -> tuple[Image, np.ndarray[Any, Any]]:
        images, labels = (self._parse_pickle if version.pickled else self._parse_records)(path, data)
        if labels.size and not 0 <= labels.min() <= labels.max() < len(self.classes):
            refuse(
                path, "wrong labels", f"classes {labels.min()} to {labels.max()}, expected 0 to {len(self.classes) - 1}"
            )
        return images.reshape(-1, 3, 32, 32), labels

    def _parse_records(self, path: Path, data: bytes) -> tuple[Image, np.ndarray[Any, Any]]:
        record = self.label_bytes + _PIXELS
        if not data or len(data) % record:
            refuse(path, "wrong size", f"{len(data)} bytes, not a multiple of the {record} of one image")
        table = np.frombuffer(data, np.uint8).reshape(-1, record)
        return table[:, self.label_bytes :], table[:, self.label_bytes - 1]

    def _parse_pickle(self, path: Path, data: bytes) -> tuple[Image, np.ndarray[Any, Any]]:
        try:
            batch = read_pickle(data)
        except ValueError as error:
            refuse(path, "cannot be read", str(error))
        if not isinstance(batch, dict):
            refuse(path, "wrong contents", "a batch is a dict")
        images = batch.get(b"data", batch.get("data"))
        labels = batch.get(self.label_key, batch.get(self.label_key.decode()))
        if not isinstance(images, np.ndarray) or images.ndim != 2 or images.shape[1] != _PIXELS:
            refuse(path, "wrong contents", f"'data' is no array of N x {_PIXELS} bytes")
        if not isinstance(labels, list) or not all(type(label) is int for label in labels):
            refuse(path, "wrong contents", f"{self.label_key.decode()!r} is no list of integers")
        if len(images) != len(labels):
            refuse(path, "sizes differ", f"{len(images)} images and {len(labels)} labels")
        return images, np.array(labels, dtype=np.int64)


def _read_archive(archive: Path, folder: str, names: tuple[str, ...]) -> dict[str, bytes]:
    """Read files out of a tar archive, from memory: tar headers may announce any size, memory cannot be exceeded."""
    data = io.BytesIO(read_bytes(archive, _LIMIT))
    try:
        with tarfile.open(fileobj=data, mode="r:") as tar:
            members = {member.name: member for member in tar if member.isreg() and not member.issparse()}
            missing = [name for name in names if f"{folder}/{name}" not in members]
            if missing:
                refuse(archive, "missing files", f"no {', '.join(missing)} under {folder}/")
            streams = {name: tar.extractfile(members[f"{folder}/{name}"]) for name in names}
            return {name: stream.read() for name, stream in streams.items() if stream is not None}
    except (tarfile.TarError, ValueError, OverflowError) as error:
        refuse(archive, "damaged archive", str(error), "fetch the file again")


class CIFAR100(CIFAR10):
    """CIFAR-100: 50,000 and 10,000 colour photographs of a hundred classes, 32x32 (Krizhevsky, 2009).

    Targets are the fine classes. The parameters are those of `CIFAR10`; the archives are ``cifar-100-binary.tar.gz``
    and ``cifar-100-python.tar.gz``.

    Parameters
    ----------
    root : path
        Folder with ``cifar-100-binary.tar.gz`` or ``cifar-100-python.tar.gz``, or what they unpack to.
    train, transform, target_transform, download, verify
        As for `CIFAR10`.

    Raises
    ------
    DatasetError
        If a file is missing, damaged, or of other sizes than CIFAR's.

    Examples
    --------
    >>> len(CIFAR100.classes), CIFAR100.classes[:3]
    (100, ('apple', 'aquarium_fish', 'baby'))
    >>> image, target = CIFAR100("data")[0]  # doctest: +SKIP
    >>> image.shape, target  # doctest: +SKIP
    ((3, 32, 32), 19)
    """

    classes = tuple(_FINE_CLASSES.split())
    label_bytes = 2
    label_key = b"fine_labels"
    versions = (
        _Version(
            "cifar-100-binary.tar.gz",
            "03b5dce01913d631647c71ecec9e9cb8",
            "cifar-100-binary",
            {True: ("train.bin",), False: ("test.bin",)},
            pickled=False,
        ),
        _Version(
            "cifar-100-python.tar.gz",
            "eb9058c3a382ffc7106e4002c42a8d85",
            "cifar-100-python",
            {True: ("train",), False: ("test",)},
            pickled=True,
        ),
    )
