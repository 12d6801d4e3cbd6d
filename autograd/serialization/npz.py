"""npz archives of plain numbers, read without trust in what they announce."""

from __future__ import annotations

import math
import os
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from tokenize import TokenError
from typing import IO, Any, NoReturn

import numpy as np
from numpy.lib import format as npy

from autograd.serialization.refusal import Source, refuse

__all__ = ["METADATA", "read", "read_arrays", "read_texts", "write"]

Array = np.ndarray[Any, np.dtype[Any]]

#: The member that holds the texts; ``numpy.load`` gives it as bytes.
METADATA = "__metadata__.json"

#: Fixed, so that the same contents give the same bytes.
_DATE = (1980, 1, 1, 0, 0, 0)

#: DEFLATE cannot shrink data any further than this.
_MAX_RATIO = 1032

_DAMAGE = (
    *(OSError, ValueError, RuntimeError, KeyError, EOFError),
    *(zlib.error, zipfile.BadZipFile, SyntaxError, TokenError),
)


def write(file: IO[bytes], arrays: Mapping[str, Array], metadata: bytes) -> None:
    """Write arrays by name, and a member of metadata unless it is empty."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, array in arrays.items():
            with archive.open(zipfile.ZipInfo(f"{name}.npy", _DATE), "w", force_zip64=True) as member:
                npy.write_array(member, array, allow_pickle=False)
        if metadata:
            archive.writestr(zipfile.ZipInfo(METADATA, _DATE), metadata)


def read(source: Source) -> tuple[dict[str, Array], bytes]:
    """Read all arrays, and the metadata or nothing.

    Raises
    ------
    RuntimeError
        If the file is no such archive, is damaged, or holds anything but numbers.
    """
    try:
        with zipfile.ZipFile(source) as archive:
            infos = archive.infolist()
            _check_capacity(source, infos)
            arrays = {
                info.filename.removesuffix(".npy"): _read_array(source, archive, info)
                for info in infos
                if info.filename.endswith(".npy")
            }
            return arrays, _read_metadata(archive)
    except _DAMAGE as error:
        _explain(source, error)


def read_arrays(source: Source, names: Sequence[str]) -> dict[str, Array]:
    """Read the arrays of these names; what else is in the archive is not looked at.

    Raises
    ------
    RuntimeError
        If the file is no such archive, an array is missing or damaged, or holds anything but numbers.
    """
    try:
        with zipfile.ZipFile(source) as archive:
            members = {info.filename: info for info in archive.infolist()}
            missing = [name for name in names if f"{name}.npy" not in members]
            if missing:
                rule = f"no {', '.join(missing)} among {', '.join(sorted(members)) or 'nothing'}"
                refuse(source, "missing arrays", rule)
            infos = {name: members[f"{name}.npy"] for name in names}
            _check_capacity(source, [*infos.values()])
            return {name: _read_array(source, archive, info) for name, info in infos.items()}
    except _DAMAGE as error:
        _explain(source, error)


def read_texts(source: Source) -> bytes:
    """Read the metadata alone.

    Raises
    ------
    RuntimeError
        If the file is no such archive, or is damaged.
    """
    try:
        with zipfile.ZipFile(source) as archive:
            _check_capacity(source, archive.infolist())
            return _read_metadata(archive)
    except _DAMAGE as error:
        _explain(source, error)


def _explain(source: Source, error: BaseException) -> NoReturn:
    if isinstance(error, FileNotFoundError | PermissionError | IsADirectoryError) or type(error) is RuntimeError:
        raise error
    refuse(source, "damaged archive", str(error) or "the data end too early", "use another copy of the file")


def _read_metadata(archive: zipfile.ZipFile) -> bytes:
    return archive.read(METADATA) if METADATA in archive.namelist() else b""


def _size(source: Source) -> int:
    return os.stat(source).st_size if isinstance(source, Path) else source.seek(0, os.SEEK_END)


def _check_capacity(source: Source, infos: list[zipfile.ZipInfo]) -> None:
    """Hold what the archive announces against what a file of its size can hold."""
    if any(info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for info in infos):
        refuse(source, "unknown compression", "NumPy stores or deflates the arrays of an npz archive")
    size, claimed = _size(source), sum(info.file_size for info in infos)
    stored = sum(info.file_size for info in infos if info.compress_type == zipfile.ZIP_STORED)
    if stored > size or claimed > size * _MAX_RATIO:
        refuse(source, "absurd sizes", f"{size} bytes cannot hold the {claimed} that the archive announces")


def _read_array(source: Source, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Array:
    with archive.open(info) as stream:
        dims, dtype = _read_header(stream)
        if dtype.kind not in "biufc":
            rule = f"{info.filename} holds {dtype}; objects would need a pickle, which may run any code"
            refuse(source, "only numbers are loaded", rule)
        body, held = math.prod(dims) * dtype.itemsize, info.file_size - stream.tell()
        if body != held:
            rule = f"{info.filename} announces {list(dims)} of {dtype}, {body} bytes, and holds {held}"
            refuse(source, "wrong sizes", rule)
        stream.seek(0)
        array: Array = npy.read_array(stream, allow_pickle=False)
        stream.read()  # to the end, where the checksum is compared
    return array


def _read_header(stream: IO[bytes]) -> tuple[tuple[int, ...], np.dtype[Any]]:
    version = npy.read_magic(stream)
    if version not in ((1, 0), (2, 0)):
        raise ValueError(f"npy version {version} is unknown")
    reader = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    dims, _, dtype = reader(stream)
    return dims, dtype
