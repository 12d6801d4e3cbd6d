"""`save` and `load`."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from autograd.dtypes import require_cpu
from autograd.errors import describe
from autograd.serialization import npz, safetensors
from autograd.serialization.files import replacing
from autograd.serialization.refusal import refuse
from autograd.serialization.structure import is_flat, pack, unpack
from autograd.tensor import Tensor

__all__ = ["load", "read_metadata", "save"]

PathLike = str | os.PathLike[str]

#: The text that says how a nest was put together; a table of tensors needs none.
_STRUCTURE = "convgrad.structure"


def save(obj: Any, f: PathLike, *, metadata: Mapping[str, str] | None = None) -> None:
    """Save tensors, by themselves or in nested dicts, lists and tuples, in a file that is written whole or not at all.

    Parameters
    ----------
    obj : Tensor, or nest of tensors, numbers, strings and None
        For instance what ``state_dict()`` returns, or a dict of several.
    f : path
        Its ending chooses the format: ``.npz``, or ``.safetensors``. The tensors of a state are found in it under their
        own names by any program that reads the format.
    metadata : mapping of str to str, optional
        Texts that are kept beside the tensors.

    Raises
    ------
    ValueError
        If the ending is another.
    TypeError
        If `obj` holds anything that is neither a number, a text nor a tensor; nothing is pickled.

    Examples
    --------
    >>> import tempfile, autograd
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     autograd.save({"w": autograd.ones(2)}, f"{folder}/a.npz")
    ...     autograd.load(f"{folder}/a.npz")
    {'w': tensor([1., 1.])}
    """
    path = Path(f)
    suffix = _suffix(path)
    texts = dict(metadata or {})
    if is_flat(obj):
        arrays = {name: tensor._data for name, tensor in obj.items()}
    else:
        arrays, texts[_STRUCTURE] = pack(obj)
    with replacing(path) as file:
        if suffix == ".npz":
            npz.write(file, arrays, json.dumps(texts).encode() if texts else b"")
        else:
            safetensors.write(file, arrays, texts)


def load(f: PathLike, map_location: Any = "cpu", *, weights_only: bool = True) -> Any:
    """Load what `save` wrote, or any npz archive of numbers or safetensors file as a dict of tensors.

    Parameters
    ----------
    f : path
    map_location : device or str, default "cpu"
        Must be the CPU.
    weights_only : bool, default True
        Must be true: files are never unpickled.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    RuntimeError
        If the file is damaged or announces more than it holds; it costs no more memory than its size.
    ValueError
        If the ending is neither ``.npz`` nor ``.safetensors``, or `weights_only` is false.
    """
    if not weights_only:
        raise ValueError(describe("weights_only=False is not supported", rule="a pickle may run any code when loaded"))
    require_cpu(map_location)
    path = Path(f)
    arrays, texts = _read(path, _suffix(path))
    if _STRUCTURE not in texts:
        return {name: Tensor(array, None) for name, array in arrays.items()}
    try:
        return unpack(texts[_STRUCTURE], arrays)
    except ValueError as error:
        refuse(path, "damaged contents", str(error), "use another copy of the file")


def read_metadata(f: PathLike) -> dict[str, str]:
    """Return the texts that `save` kept beside the tensors.

    Raises
    ------
    FileNotFoundError, RuntimeError, ValueError
        As `load`.
    """
    path = Path(f)
    texts = _texts(path, npz.read_texts(path)) if _suffix(path) == ".npz" else safetensors.read_texts(path)
    texts.pop(_STRUCTURE, None)
    return texts


def _suffix(path: Path) -> str:
    suffix = path.suffix.lower()
    if suffix not in (".npz", ".safetensors"):
        fix = "use a name ending in .npz or .safetensors"
        raise ValueError(describe(f"unknown file format {path.suffix!r}", op=str(path), fix=fix))
    return suffix


def _read(path: Path, suffix: str) -> tuple[dict[str, np.ndarray[Any, Any]], dict[str, str]]:
    if suffix == ".safetensors":
        return safetensors.read(path)
    arrays, text = npz.read(path)
    return arrays, _texts(path, text)


def _texts(path: Path, text: bytes) -> dict[str, str]:
    try:
        texts = json.loads(text or b"{}")
    except ValueError as error:
        refuse(path, "damaged metadata", str(error))
    if not isinstance(texts, dict) or not all(isinstance(value, str) for value in texts.values()):
        refuse(path, "damaged metadata", "texts by name are expected")
    return texts
