"""Nested values as a table of arrays and a text that says how they were put together."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from autograd.errors import describe
from autograd.tensor import Tensor

__all__ = ["is_flat", "pack", "unpack"]

Array = np.ndarray[Any, np.dtype[Any]]


def is_flat(obj: Any) -> bool:
    """Whether `obj` is a table of tensors by name, as ``state_dict`` returns it."""
    return isinstance(obj, Mapping) and all(isinstance(k, str) and isinstance(v, Tensor) for k, v in obj.items())


def pack(obj: Any) -> tuple[dict[str, Array], str]:
    """Take nested mappings, lists and tuples apart.

    Parameters
    ----------
    obj : nest of dict, list, tuple, Tensor, ndarray, str, int, float, bool and None

    Returns
    -------
    arrays : dict of str to ndarray
        By their path in the nest.
    text : str
        The rest, in JSON.

    Raises
    ------
    TypeError
        If there is anything else in it.
    """
    arrays: dict[str, Array] = {}
    return arrays, json.dumps(_pack(obj, "", arrays))


def _pack(value: Any, path: str, arrays: dict[str, Array]) -> Any:
    """Return what stands for a value in the text: plain values themselves, others as ``[kind, contents]``."""
    if isinstance(value, np.bool | np.integer | np.floating):
        value = value.item()
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, Tensor | np.ndarray):
        name = _free(path or "value", arrays)
        arrays[name] = value._data if isinstance(value, Tensor) else value
        return ["tensor" if isinstance(value, Tensor) else "array", name]
    if isinstance(value, Mapping):
        return ["dict", [[_key(k), _pack(v, _join(path, k), arrays)] for k, v in value.items()]]
    if isinstance(value, list | tuple):
        kind = "tuple" if isinstance(value, tuple) else "list"
        return [kind, [_pack(v, _join(path, i), arrays) for i, v in enumerate(value)]]
    raise TypeError(
        describe(
            f"cannot save an object of type {type(value).__name__}",
            rule="tensors, arrays, numbers, strings, None, and dicts, lists and tuples of them; nothing is pickled",
            fix=f"save its state instead of {path or 'it'}",
        )
    )


def _key(key: Any) -> str | int:
    if isinstance(key, str | int) and not isinstance(key, bool):
        return key
    phrase = f"cannot save a dict with a key of type {type(key).__name__}"
    raise TypeError(describe(phrase, rule="keys are strings or integers"))


def _join(path: str, part: Any) -> str:
    return f"{path}.{part}" if path else str(part)


def _free(name: str, arrays: dict[str, Array]) -> str:
    while name in arrays:
        name += "_"
    return name


def unpack(text: str, arrays: Mapping[str, Array]) -> Any:
    """Put together again what `pack` took apart.

    Raises
    ------
    ValueError
        If the text is not one that `pack` writes, or an array is missing.
    """
    try:
        return _unpack(json.loads(text), arrays)
    except (KeyError, TypeError, RecursionError) as error:
        raise ValueError(f"the description of the contents is damaged: {error!r}") from error


def _unpack(value: Any, arrays: Mapping[str, Array]) -> Any:
    if not isinstance(value, list):
        return value
    kind, contents = value
    if kind == "tensor":
        return Tensor(arrays[contents], None)
    if kind == "array":
        return arrays[contents]
    if kind == "dict":
        return {key: _unpack(held, arrays) for key, held in contents}
    if kind not in ("list", "tuple"):
        raise ValueError(f"the description of the contents is damaged: unknown kind {kind!r}")
    items = [_unpack(held, arrays) for held in contents]
    return tuple(items) if kind == "tuple" else items
