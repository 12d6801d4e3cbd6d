"""What stands in square brackets: checked, and taken apart into what gives a view and what gives a copy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.errors import describe, sizes
from autograd.tensor import Tensor

__all__ = ["Index", "simple_index"]

Array = np.ndarray[Any, np.dtype[Any]]
_ALL = slice(None)
_PLAIN = {int, type(None)}


def _integer(entry: Any) -> int | None:
    """Return an index entry that stands for one position as an int, any other as None."""
    if isinstance(entry, Tensor):
        entry = entry._data
    if isinstance(entry, np.ndarray):
        return int(entry) if entry.ndim == 0 and entry.dtype.kind in "iu" and entry.dtype != np.uint8 else None
    if isinstance(entry, bool | np.bool_) or not hasattr(entry, "__index__"):
        return None
    return int(entry.__index__())


def _bound(value: Any) -> int | None:
    return None if value is None else value.__index__()


def _plain_slice(entry: slice) -> slice:
    """Return a slice of ints, as PyTorch allows it.

    Raises
    ------
    ValueError
        If it runs backwards.
    """
    step = _bound(entry.step)
    if step is not None and step <= 0:
        raise ValueError(describe("step must be greater than zero", op="getitem", fix="use x.flip(dim)"))
    return slice(_bound(entry.start), _bound(entry.stop), step)


def _array(entry: Any) -> Array:
    """Return an index entry as an integer or boolean array.

    Raises
    ------
    IndexError
        If it cannot be one.
    """
    if isinstance(entry, Tensor):
        array = entry._data
    elif isinstance(entry, np.ndarray | bool | np.bool_):
        array = np.asarray(entry)
    elif isinstance(entry, Sequence) and not isinstance(entry, str):
        array = np.asarray([e.tolist() if isinstance(e, Tensor) else e for e in entry])
        array = array.astype(np.int64) if array.size == 0 else array
    else:
        raise IndexError(
            describe(
                "only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid indices "
                f"(got {type(entry).__name__})",
                fix="convert the index to int, or the tensor of indices with x.long()",
            )
        )
    if array.dtype == np.uint8:
        return array.astype(bool)
    if array.dtype.kind not in "bi":
        raise IndexError(
            describe("tensors used as indices must be long, int, byte or bool tensors", rule=f"got {array.dtype}")
        )
    return array


class Index:
    """An index in two steps.

    Attributes
    ----------
    basic : tuple
        Integers, slices, new axes and an ellipsis, which give a view; ``None`` if they change nothing.
    advanced : tuple
        ``slice(None)`` and integer arrays, one an axis of that view; ``None`` if there are none.
    masked : bool
        Whether the advanced part is one mask.
    """

    __slots__ = ("advanced", "basic", "masked")

    def __init__(self, key: Any, shape: tuple[int, ...]) -> None:
        entries = key if isinstance(key, tuple) else (key,)
        basic: list[Any] = []
        arrays: list[tuple[int, Array]] = []
        axis = place = masks = others = 0
        for k, entry in enumerate(entries):
            if entry is None:
                basic.append(None)
                place += 1
            elif entry is Ellipsis:
                skipped = max(0, len(shape) - axis - _consumed(entries[k + 1 :]))
                basic.extend([_ALL] * skipped)
                axis, place = axis + skipped, place + skipped
            elif isinstance(entry, slice):
                _require_axis(axis, 1, shape)
                basic.append(_plain_slice(entry))
                axis, place = axis + 1, place + 1
            elif (position := _integer(entry)) is not None:
                _require_axis(axis, 1, shape)
                basic.append(_checked(position, axis, shape))
                axis += 1
            else:
                array = _array(entry)
                taken = array.ndim if array.dtype == bool else 1
                masks, others = (
                    masks + (array.dtype == bool and taken > 0),
                    others + (array.dtype != bool or taken == 0),
                )
                _require_axis(axis, taken, shape)
                for found in _positions(array, axis, place, shape):
                    arrays.append((place, found))
                    basic.append(_ALL if taken else None)
                    place += 1
                axis += taken
        self.basic = tuple(basic) if any(e != _ALL for e in basic) else None
        self.masked = masks == 1 and others == 0
        self.advanced: tuple[Any, ...] | None = None
        if arrays:
            advanced: list[Any] = [_ALL] * (place + len(shape) - axis)
            for place, array in arrays:
                advanced[place] = array
            try:
                np.broadcast_shapes(*(a.shape for _, a in arrays))
            except ValueError:
                raise IndexError(
                    describe(
                        "shape mismatch: indexing tensors could not be broadcast together with shapes "
                        + ", ".join(sizes(a.shape) for _, a in arrays)
                    )
                ) from None
            self.advanced = tuple(advanced)


def _consumed(entries: tuple[Any, ...]) -> int:
    """Number of axes that index entries consume."""
    total = 0
    for entry in entries:
        if entry is None or entry is Ellipsis:
            continue
        if isinstance(entry, slice) or _integer(entry) is not None:
            total += 1
        else:
            array = _array(entry)
            total += array.ndim if array.dtype == bool else 1
    return total


def _require_axis(axis: int, taken: int, shape: tuple[int, ...]) -> None:
    if axis + taken <= len(shape):
        return
    if not shape:
        raise IndexError(
            describe(
                "invalid index of a 0-dim tensor. Use `tensor.item()` in Python or `tensor.item<T>()` in C++ to "
                "convert a 0-dim tensor to a number"
            )
        )
    raise IndexError(describe(f"too many indices for tensor of dimension {len(shape)}", shapes={"input": shape}))


def _checked(position: int, axis: int, shape: tuple[int, ...]) -> int:
    n = shape[axis]
    if not -n <= position < n:
        raise IndexError(
            describe(f"index {position} is out of bounds for dimension {axis} with size {n}", shapes={"input": shape})
        )
    return position


def _positions(array: Array, axis: int, place: int, shape: tuple[int, ...]) -> tuple[Array, ...]:
    """Return integer arrays for an array or mask that indexes the axes from `axis` on.

    Raises
    ------
    IndexError
        If a position is out of range or a mask has the wrong shape.
    """
    if array.dtype == bool:
        if array.ndim == 0:
            return (np.zeros(int(array), np.int64),)
        for k, (m, n) in enumerate(zip(array.shape, shape[axis:], strict=False)):
            if m != n:
                raise IndexError(
                    describe(
                        f"The shape of the mask {sizes(array.shape)} at index {k} does not match the shape of the "
                        f"indexed tensor {sizes(shape)} at index {axis + k}",
                        fix="a mask has the shape of the axes it selects from",
                    )
                )
        return array.nonzero()
    n = shape[axis]
    if array.size:
        low, high = int(array.min()), int(array.max())
        if low < -n or high >= n:
            wrong = high if high >= n else low
            raise IndexError(
                describe(f"index {wrong} is out of bounds for dimension {place} with size {n}", shapes={"input": shape})
            )
    return (array,)


def _is_plain(entry: slice) -> bool:
    step = entry.step
    return _PLAIN.issuperset((entry.start.__class__, entry.stop.__class__)) and (
        step is None or (step.__class__ is int and step > 0)
    )


def simple_index(key: Any, shape: tuple[int, ...]) -> tuple[Any, ...] | None:
    """Return an index of ints and plain slices, checked, as a tuple; any other as None: the short way for most."""
    entries = key if key.__class__ is tuple else (key,)
    if len(entries) > len(shape):
        return None
    for axis, entry in enumerate(entries):
        if entry.__class__ is int:
            if not -shape[axis] <= entry < shape[axis]:
                return None
        elif entry.__class__ is not slice or not _is_plain(entry):
            return None
    return entries
