"""Collation: from a list of samples to one batch, by the type of a sample."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, MutableMapping, MutableSequence, Sequence
from typing import Any

import numpy as np

import autograd
from autograd import Tensor
from autograd.errors import describe
from nn.data.dataset import Columns

__all__ = ["collate", "default_collate", "default_collate_fn_map", "default_convert"]

CollateMap = Mapping[type | tuple[type, ...], Callable[..., Any]]


def _refuse(found: object) -> TypeError:
    return TypeError(
        describe(
            f"default_collate: batch must contain tensors, numpy arrays, numbers, dicts or lists; found {found}",
            fix="convert the samples, or pass a collate_fn that knows them",
        )
    )


def _is_plain(array: np.ndarray[Any, Any]) -> bool:
    """Tell whether a tensor can hold the array's elements (no strings, no objects)."""
    return array.dtype.kind in "biufc"


def _collate_tensors(batch: Sequence[Tensor], *, collate_fn_map: CollateMap | None = None) -> Tensor:
    return autograd.stack(list(batch), 0)


def _collate_arrays(batch: Sequence[np.ndarray[Any, Any]], *, collate_fn_map: CollateMap | None = None) -> Any:
    if not _is_plain(batch[0]):
        raise _refuse(batch[0].dtype)
    return collate([autograd.as_tensor(array) for array in batch], collate_fn_map=collate_fn_map)


def _collate_numpy_scalars(batch: Sequence[Any], *, collate_fn_map: CollateMap | None = None) -> Tensor:
    return autograd.from_numpy(np.array(batch))


def _collate_floats(batch: Sequence[float], *, collate_fn_map: CollateMap | None = None) -> Tensor:
    return autograd.tensor(batch, dtype=autograd.float64)


def _collate_integers(batch: Sequence[int], *, collate_fn_map: CollateMap | None = None) -> Tensor:
    return autograd.tensor(batch)


def _keep(batch: Any, *, collate_fn_map: CollateMap | None = None) -> Any:
    return batch


default_collate_fn_map: dict[type | tuple[type, ...], Callable[..., Any]] = {
    Tensor: _collate_tensors,
    np.ndarray: _collate_arrays,
    (np.bool_, np.number): _collate_numpy_scalars,
    float: _collate_floats,
    int: _collate_integers,
    str: _keep,
    bytes: _keep,
}


def collate(batch: Any, *, collate_fn_map: CollateMap | None = None) -> Any:
    """Merge samples into a batch; `default_collate` with a table of one's own.

    Parameters
    ----------
    batch : sequence
        Samples of one structure.
    collate_fn_map : mapping of type to callable, optional
        How to merge elements of a type or of its subclasses: ``function(batch, collate_fn_map=...)``.

    Returns
    -------
    object
        The structure of one sample, with merged elements; a tuple becomes a list.

    Raises
    ------
    TypeError
        If an element's type is neither in the table nor a mapping or sequence.
    RuntimeError
        If sequences, or tensors, differ in size.

    Examples
    --------
    >>> total = {int: lambda batch, collate_fn_map: sum(batch)}
    >>> collate([(1, 10), (2, 20)], collate_fn_map=total)
    [3, 30]
    """
    first = batch[0]
    for kind, function in (collate_fn_map or {}).items():
        if isinstance(first, kind):
            return function(batch, collate_fn_map=collate_fn_map)
    if isinstance(first, Mapping):
        merged = {key: collate([sample[key] for sample in batch], collate_fn_map=collate_fn_map) for key in first}
        return _rebuild_mapping(first, merged)
    if isinstance(first, tuple) and hasattr(first, "_fields"):
        columns = zip(*batch, strict=True)
        return type(first)(*(collate(column, collate_fn_map=collate_fn_map) for column in columns))
    if isinstance(first, Sequence):
        if any(len(sample) != len(first) for sample in batch):
            raise RuntimeError(
                describe(
                    "each element in list of batch should be of equal size",
                    fix="let every sample have as many entries, or pass a collate_fn",
                )
            )
        parts = [collate(column, collate_fn_map=collate_fn_map) for column in zip(*batch, strict=True)]
        return parts if isinstance(first, tuple) else _rebuild_sequence(first, parts)
    raise _refuse(type(first))


def _rebuild_mapping(like: Mapping[Any, Any], items: dict[Any, Any]) -> Any:
    try:
        if isinstance(like, MutableMapping):
            clone = copy.copy(like)
            clone.update(items)
            return clone
        return type(like)(items)  # type: ignore[call-arg]
    except TypeError:
        # A mapping that cannot be rebuilt from items becomes a dict, as in PyTorch.
        return items


def _rebuild_sequence(like: Sequence[Any], parts: list[Any]) -> Any:
    try:
        if isinstance(like, MutableSequence):
            clone = copy.copy(like)
            clone[:] = parts
            return clone
        return type(like)(parts)  # type: ignore[call-arg]
    except TypeError:
        # A sequence such as `range` that cannot be rebuilt from elements becomes a list, as in PyTorch.
        return parts


def default_collate(batch: Any) -> Any:
    """Merge samples into a batch with one more, leading, dimension.

    Tensors, arrays and numbers become tensors (Python floats in float64), strings and bytes stay a list, and
    mappings, named tuples and sequences are merged element by element.

    Parameters
    ----------
    batch : sequence
        Samples of one structure.

    Returns
    -------
    object
        The structure of one sample, with merged elements; a tuple becomes a list.

    Raises
    ------
    TypeError
        If a sample holds anything else.
    RuntimeError
        If sequences, or tensors, differ in size.

    Examples
    --------
    >>> default_collate([{"x": 0, "name": "a"}, {"x": 1, "name": "b"}])
    {'x': tensor([0, 1]), 'name': ['a', 'b']}
    """
    if isinstance(batch, Columns):
        return [autograd.as_tensor(column) for column in batch.columns]
    return collate(batch, collate_fn_map=default_collate_fn_map)


def default_convert(data: Any) -> Any:
    """Convert the arrays inside a sample to tensors; the loader's default where it makes no batches.

    Parameters
    ----------
    data : object
        A sample; arrays and NumPy numbers in it are converted, mappings and sequences are walked through.

    Returns
    -------
    object
        The sample's structure; a tuple becomes a list.

    Examples
    --------
    >>> default_convert({"x": np.array([0, 1]), "n": 3})
    {'x': tensor([0, 1]), 'n': 3}
    """
    if isinstance(data, Tensor | str | bytes):
        return data
    if isinstance(data, np.ndarray):
        return autograd.as_tensor(data) if _is_plain(data) else data
    if isinstance(data, np.bool_ | np.number):
        return autograd.as_tensor(data)
    if isinstance(data, Mapping):
        return _rebuild_mapping(data, {key: default_convert(value) for key, value in data.items()})
    if isinstance(data, tuple) and hasattr(data, "_fields"):
        return type(data)(*(default_convert(value) for value in data))
    if isinstance(data, Sequence):
        parts = [default_convert(value) for value in data]
        return parts if isinstance(data, tuple) else _rebuild_sequence(data, parts)
    return data
