"""Readers of data files that trust nothing: idx (plain and gzip) and npz.

A file is checked before its contents are believed. What a header claims is held against what the file can hold, so
that an absurd header costs no memory; and an array is returned whole or not at all.
"""

from __future__ import annotations

import gzip
import hashlib
import math
import os
import struct
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from autograd.errors import describe
from autograd.serialization import read_arrays

__all__ = ["DatasetError", "check_digest", "read_bytes", "read_idx", "read_npz", "refuse"]

IDX_DTYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}

#: DEFLATE cannot shrink data any further than this.
MAX_DEFLATE_RATIO = 1032

_CHUNK = 1 << 20


class DatasetError(RuntimeError):
    """A data file is missing, unreadable, damaged, or not what it should be.

    Examples
    --------
    >>> from nn.data import load_images
    >>> try:
    ...     load_images("nowhere")
    ... except DatasetError:
    ...     print("there is no such set")
    there is no such set
    """


def refuse(path: str | os.PathLike[str], problem: str, rule: str, fix: str | None = None) -> NoReturn:
    """Raise a `DatasetError` about a file.

    Parameters
    ----------
    path : path
        The file.
    problem : str
        What is wrong, in a few words.
    rule : str
        What was expected and what was found.
    fix : str, optional
        What to do.
    """
    raise DatasetError(describe(f"Dataset not found or corrupted: {problem}", op=os.fspath(path), rule=rule, fix=fix))


class _Reading:
    """Turn whatever reading a file may raise into a `DatasetError` that names the file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, DatasetError):
            return
        if isinstance(error, FileNotFoundError):
            refuse(self._path, "no such file", "the file does not exist", "check the path")
        if isinstance(error, EOFError | zlib.error | gzip.BadGzipFile):
            rule = str(error) or "the compressed data end too early"
            refuse(self._path, "damaged archive", rule, "fetch the file again")
        if isinstance(error, OSError | ValueError | RuntimeError):
            refuse(self._path, "cannot be read", str(error))


def check_digest(path: str | os.PathLike[str], expected: str, *, unpacked: bool = False) -> None:
    """Compare a file's MD5, as its publisher states it, with the file.

    Parameters
    ----------
    path : path
        The file.
    expected : str
        The MD5.
    unpacked : bool, default False
        It is that of the contents, of which there are many gzip files.

    Raises
    ------
    DatasetError
        If they differ.
    """
    path = Path(path)
    with _Reading(path), gzip.open(path) if unpacked and path.suffix == ".gz" else open(path, "rb") as stream:
        found = hashlib.file_digest(stream, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
    if found != expected:
        refuse(
            path,
            "wrong checksum",
            f"MD5{' of the contents' * unpacked} is {found}, the published file's is {expected}",
            "fetch the file again; or pass verify=False if it was meant to differ",
        )


def read_bytes(path: str | os.PathLike[str], limit: int) -> bytes:
    """Read a whole file, decompressed if its name ends in ``.gz``, of at most `limit` bytes.

    Raises
    ------
    DatasetError
        If it cannot be read, or is larger.
    """
    path = Path(path)
    data = bytearray()
    with _Reading(path), gzip.open(path) if path.suffix == ".gz" else open(path, "rb") as stream:
        while chunk := stream.read(_CHUNK):
            data += chunk
            if len(data) > limit:
                refuse(path, "wrong size", f"more than the {limit} bytes that the data set has at most")
    return bytes(data)


def read_idx(path: str | os.PathLike[str], shape: Sequence[int] | None = None) -> np.ndarray[Any, Any]:
    """Read an idx file, the format of MNIST; gzip is recognised by its first bytes.

    The file holds two zero bytes, a type code, the number of dimensions, the dimensions as big-endian 32-bit integers,
    and the elements, big-endian and in C order (Y. LeCun, http://yann.lecun.com/exdb/mnist).

    Parameters
    ----------
    path : path
        The file.
    shape : sequence of int, optional
        The shape it must have.

    Returns
    -------
    ndarray
        The array, in native byte order.

    Raises
    ------
    DatasetError
        If the file is missing, unreadable, truncated, too long, of another format or of another shape.
    """
    path = Path(path)
    with _Reading(path), open(path, "rb") as raw:
        size = os.fstat(raw.fileno()).st_size
        if raw.read(2) != b"\x1f\x8b":
            raw.seek(0)
            return _parse_idx(path, raw, size, shape)
        raw.seek(0)
        with gzip.GzipFile(fileobj=raw) as stream:
            return _parse_idx(path, stream, size * MAX_DEFLATE_RATIO, shape)


def _parse_idx(path: Path, stream: Any, most: int, shape: Sequence[int] | None) -> np.ndarray[Any, Any]:
    dtype, dims = _parse_idx_header(path, stream)
    if shape is not None and dims != tuple(shape):
        refuse(path, "wrong sizes", f"the header says {list(dims)}, the data set has {list(shape)}")
    header, body = 4 + 4 * len(dims), math.prod(dims) * dtype.itemsize
    if header + body > most:
        refuse(
            path,
            "truncated, or an absurd header",
            f"the header announces {body} bytes of elements, the file cannot hold more than {max(0, most - header)}",
            "fetch the file again",
        )
    data = _read_exactly(path, stream, body)
    return np.frombuffer(data, dtype).reshape(dims).astype(dtype.newbyteorder("="), copy=False)


def _parse_idx_header(path: Path, stream: Any) -> tuple[np.dtype[Any], tuple[int, ...]]:
    magic = stream.read(4)
    if len(magic) < 4:
        refuse(path, "truncated", f"{len(magic)} bytes are no idx header", "fetch the file again")
    zeros, code, rank = magic[:2], magic[2], magic[3]
    if zeros != b"\0\0" or code not in IDX_DTYPES or rank == 0:
        refuse(path, "wrong magic number", f"the file begins with {magic.hex()}, an idx file of bytes with 00000801 ..")
    sizes = stream.read(4 * rank)
    if len(sizes) < 4 * rank:
        refuse(path, "truncated", f"{rank} dimensions are announced, the file ends among them", "fetch the file again")
    return np.dtype(IDX_DTYPES[code]), struct.unpack(f">{rank}I", sizes)


def _read_exactly(path: Path, stream: Any, count: int) -> bytearray:
    """Read `count` bytes up to the end of the stream, growing as they really come."""
    data = bytearray()
    while chunk := stream.read(min(_CHUNK, count + 1 - len(data))):
        data += chunk
        if len(data) > count:
            refuse(path, "too long", f"more bytes follow the {count} that the header announces")
    if len(data) < count:
        refuse(path, "truncated", f"{count} bytes are announced, {len(data)} are there", "fetch the file again")
    return data


def read_npz(path: str | os.PathLike[str], names: Sequence[str]) -> dict[str, np.ndarray[Any, Any]]:
    """Read arrays of numbers from an npz archive; nothing is ever unpickled.

    Parameters
    ----------
    path : path
        The archive.
    names : sequence of str
        The arrays wanted; others in the archive are not looked at.

    Returns
    -------
    dict of str to ndarray
        The arrays, all of them.

    Raises
    ------
    DatasetError
        If the file is no such archive, an array is missing, damaged, or holds objects.
    """
    path = Path(path)
    try:
        return read_arrays(path, names)
    except FileNotFoundError:
        refuse(path, "no such file", "the file does not exist", "check the path")
    except (OSError, RuntimeError) as error:
        raise DatasetError(str(error)) from None
