"""`save` and `load`."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import IO, Any

import numpy as np

from autograd.dtypes import require_cpu
from autograd.errors import describe
from autograd.serialization import npz, safetensors
from autograd.serialization.files import replacing
from autograd.serialization.refusal import Source, refuse
from autograd.serialization.structure import is_flat, pack, unpack
from autograd.tensor import Tensor

__all__ = ["load", "read_metadata", "save"]

PathLike = str | os.PathLike[str]

#: The text that says how a nest was put together; a table of tensors needs none.
_STRUCTURE = "convgrad.structure"


def save(obj: Any, f: PathLike | IO[bytes], *, metadata: Mapping[str, str] | None = None) -> None:
    """Save tensors, by themselves or in nested dicts, lists and tuples, in a file that is written whole or not at all.

    Parameters
    ----------
    obj : Tensor, or nest of tensors, numbers, strings and None
        For instance what ``state_dict()`` returns, or a dict of several.
    f : path or binary file
        A name that ends in ``.safetensors`` chooses that format, any other name (``.npz``, ``.pt``, ``.pth``) an npz
        archive. The tensors of a state are found in it under their own names by any program that reads the format.
    metadata : mapping of str to str, optional
        Texts that are kept beside the tensors.

    Raises
    ------
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
    texts = dict(metadata or {})
    if is_flat(obj):
        arrays = {name: tensor._data for name, tensor in obj.items()}
    else:
        arrays, texts[_STRUCTURE] = pack(obj)
    source = _source(f)
    with replacing(source) if isinstance(source, Path) else nullcontext(source) as file:
        if _is_safetensors(source):
            safetensors.write(file, arrays, texts)
        else:
            npz.write(file, arrays, json.dumps(texts).encode() if texts else b"")


def load(f: PathLike | IO[bytes], map_location: Any = "cpu", *, weights_only: bool = True) -> Any:
    """Load what `save` wrote, or any npz archive of numbers or safetensors file as a dict of tensors.

    Parameters
    ----------
    f : path or binary file
    map_location : device or str, default "cpu"
        Must be the CPU.
    weights_only : bool, default True
        Without effect: files are never unpickled.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    RuntimeError
        If the file is damaged or announces more than it holds; it costs no more memory than its size.
    ValueError
        If the file is in no known format.

    Examples
    --------
    >>> import autograd, io
    >>> file = io.BytesIO()
    >>> autograd.save({"w": autograd.ones(2), "epoch": 3}, file)
    >>> _ = file.seek(0)
    >>> autograd.load(file)
    {'w': tensor([1., 1.]), 'epoch': 3}
    """
    require_cpu(map_location)
    source = _source(f)
    arrays, texts = _read(source)
    if _STRUCTURE not in texts:
        return {name: Tensor(array, None) for name, array in arrays.items()}
    try:
        return unpack(texts[_STRUCTURE], arrays)
    except ValueError as error:
        refuse(source, "damaged contents", str(error), "use another copy of the file")


def read_metadata(f: PathLike) -> dict[str, str]:
    """Return the texts that `save` kept beside the tensors.

    Raises
    ------
    FileNotFoundError, RuntimeError, ValueError
        As `load`.
    """
    path = Path(f)
    texts = safetensors.read_texts(path) if _is_safetensors(path) else _texts(path, npz.read_texts(_archive(path)))
    texts.pop(_STRUCTURE, None)
    return texts


def _source(f: Any) -> Source:
    return f if hasattr(f, "read") or hasattr(f, "write") else Path(f)


def _is_safetensors(source: Source) -> bool:
    return isinstance(source, Path) and source.suffix.lower() == ".safetensors"


def _archive(source: Source) -> Source:
    """Require that a file not called .npz is such an archive all the same.

    Raises
    ------
    ValueError
        If it is not.
    """
    if isinstance(source, Path) and (source.suffix.lower() == ".npz" or not source.is_file()):
        return source
    if not zipfile.is_zipfile(source):
        raise ValueError(
            describe(
                "unknown file format",
                op=str(source),
                rule="files are npz archives, or safetensors files by the name .safetensors",
                fix="write the file with autograd.save",
            )
        )
    with zipfile.ZipFile(source) as archive:
        if any(name.endswith("data.pkl") for name in archive.namelist()):
            raise ValueError(
                describe(
                    "unknown file format: a pickle of PyTorch",
                    op=str(source),
                    rule="pickles are never loaded, since they may run any code",
                    fix="read it there and hand it over: autograd.convert.from_torch(torch.load(file))",
                )
            )
    return source


def _read(source: Source) -> tuple[dict[str, np.ndarray[Any, Any]], dict[str, str]]:
    if isinstance(source, Path) and _is_safetensors(source):
        return safetensors.read(source)
    arrays, text = npz.read(_archive(source))
    return arrays, _texts(source, text)


def _texts(source: Source, text: bytes) -> dict[str, str]:
    try:
        texts = json.loads(text or b"{}")
    except ValueError as error:
        refuse(source, "damaged metadata", str(error))
    if not isinstance(texts, dict) or not all(isinstance(value, str) for value in texts.values()):
        refuse(source, "damaged metadata", "texts by name are expected")
    return texts
