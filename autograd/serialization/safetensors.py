"""safetensors files: a header in JSON, then the tensors' bytes (https://github.com/huggingface/safetensors)."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

import numpy as np

from autograd.serialization.refusal import refuse

__all__ = ["read", "read_texts", "write"]

Array = np.ndarray[Any, np.dtype[Any]]

_METADATA = "__metadata__"

#: The format's own bound.
_LONGEST_HEADER = 100_000_000

_KINDS = {
    **{"F64": "<f8", "F32": "<f4", "F16": "<f2", "C64": "<c8", "BOOL": "|b1", "I8": "|i1", "U8": "|u1"},
    **{"I16": "<i2", "I32": "<i4", "I64": "<i8", "U16": "<u2", "U32": "<u4", "U64": "<u8"},
}
_NAMES = {np.dtype(kind): name for name, kind in _KINDS.items()}


def write(file: IO[bytes], arrays: Mapping[str, Array], texts: Mapping[str, str]) -> None:
    """Write arrays by name, and texts.

    Raises
    ------
    RuntimeError
        If an array has a type that the format does not know.
    """
    header: dict[str, Any] = {_METADATA: dict(texts)} if texts else {}
    offset = 0
    for name, array in arrays.items():
        kind = _NAMES.get(array.dtype.newbyteorder("<"))
        if kind is None:
            refuse(name, f"safetensors has no type {array.dtype}", fix="save as .npz, or convert the tensor")
        end = offset + array.nbytes
        header[name] = {"dtype": kind, "shape": list(array.shape), "data_offsets": [offset, end]}
        offset = end
    text = json.dumps(header, ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    file.write(len(text).to_bytes(8, "little") + text)
    for array in arrays.values():
        file.write(array.astype(array.dtype.newbyteorder("<"), order="C", copy=False).tobytes())


def read(path: Path) -> tuple[dict[str, Array], dict[str, str]]:
    """Read all arrays, and the texts.

    Raises
    ------
    RuntimeError
        If the file is not a sound safetensors file.
    """
    with open(path, "rb") as file:
        header, texts, size = _read_header(path, file)
        data = file.read()
    if len(data) != size:
        refuse(path, "truncated", f"{size} bytes of data are announced, {len(data)} are there", "use another copy")
    return {name: _array(data, *entry) for name, entry in header.items()}, texts


def read_texts(path: Path) -> dict[str, str]:
    """Read the texts alone.

    Raises
    ------
    RuntimeError
        If the file is not a sound safetensors file.
    """
    with open(path, "rb") as file:
        return _read_header(path, file)[1]


_Entry = tuple[np.dtype[Any], tuple[int, ...], int]


def _array(data: bytes, kind: np.dtype[Any], shape: tuple[int, ...], begin: int) -> Array:
    flat: Array = np.frombuffer(data, kind, math.prod(shape), begin)
    return flat.reshape(shape).astype(kind.newbyteorder("="))


def _read_header(path: Path, file: IO[bytes]) -> tuple[dict[str, _Entry], dict[str, str], int]:
    """Return (entries, texts, bytes of data) of a header that holds together."""
    total = path.stat().st_size
    length = int.from_bytes(file.read(8), "little")
    if total < 8 or length > min(_LONGEST_HEADER, total - 8):
        refuse(
            path, "absurd header", f"a header of {length} bytes is announced in a file of {total}", "use another copy"
        )
    try:
        header = json.loads(file.read(length), object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:
        refuse(path, "damaged header", str(error), "use another copy")
    if not isinstance(header, dict):
        refuse(path, "damaged header", "the header is an object in JSON")
    texts = header.pop(_METADATA, {})
    if not isinstance(texts, dict) or not all(isinstance(text, str) for text in texts.values()):
        refuse(path, "damaged header", f"{_METADATA} maps texts to texts")
    entries, size = _check_entries(path, header)
    if size != total - 8 - length:
        refuse(path, "truncated, or too long", f"{size} bytes of data are announced, {total - 8 - length} are there")
    return entries, texts, size


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({name for name, _ in pairs}) != len(pairs):
        raise ValueError("a name occurs twice")
    return dict(pairs)


def _check_entries(path: Path, header: dict[str, Any]) -> tuple[dict[str, _Entry], int]:
    """Return the entries, and the end of the last: they must follow each other without holes."""
    entries, spans = {}, []
    for name, entry in header.items():
        try:
            kind, shape, (begin, end) = np.dtype(_KINDS[entry["dtype"]]), entry["shape"], entry["data_offsets"]
            sound = all(type(n) is int and n >= 0 for n in (*shape, begin, end))
        except (KeyError, TypeError, ValueError):
            sound = False
        if not sound or end - begin != math.prod(shape) * kind.itemsize:
            refuse(path, "damaged header", f"the entry {name!r} does not describe an array")
        entries[name] = (kind, tuple(shape), begin)
        spans.append((begin, end))
    place = 0
    for begin, end in sorted(spans):
        if begin != place:
            refuse(path, "damaged header", f"the arrays overlap or leave a hole at byte {place}")
        place = end
    return entries, place
