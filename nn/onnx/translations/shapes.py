"""Shapes, parts, joins and indices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from nn.onnx.aligning import Tracked, Varying
from nn.onnx.graph import END, Graph
from nn.onnx.table import translates


@translates("Reshape", "ReshapeCopy")
def reshape(g: Graph, x: Tracked, *, shape: Sequence[Any]) -> str:
    """Another shape."""
    return g.reshape(x, shape, x)


@translates("Expand")
def expand(g: Graph, x: Tracked, *, shape: Sequence[Any]) -> str:
    """Broadcasting."""
    return str(g.add("Expand", x, g.shape(shape, x)))


@translates("Repeat")
def repeat(g: Graph, x: Tracked, *, repeats: Sequence[Any]) -> str:
    """Copies side by side."""
    extra = len(repeats) - x.ndim
    given: Any = g.add("Unsqueeze", x, list(range(extra))) if extra else x
    return str(g.add("Tile", given, g.shape(repeats, x)))


@translates("RepeatEach")
def repeat_each(g: Graph, x: Tracked, *, axis: int, times: int) -> str:
    """Every position of an axis several times in a row."""
    scales = [1.0] * x.ndim
    scales[axis] = times
    how: dict[str, Any] = {"mode": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
    return str(g.add("Resize", x, None, np.asarray(scales, np.float32), **how))


@translates("Permute")
def permute(g: Graph, x: Tracked, *, axes: Sequence[int]) -> str:
    """Axes in another order."""
    return str(g.add("Transpose", x, perm=list(axes)))


@translates("Flip")
def flip(g: Graph, x: Tracked, *, axes: Sequence[int]) -> str:
    """Axes backwards."""
    return (
        str(g.add("Slice", x, [-1] * len(axes), [-END] * len(axes), list(axes), [-1] * len(axes)))
        if axes
        else g.name(x)
    )


@translates("Roll")
def roll(g: Graph, x: Tracked, *, shifts: Any, axes: Any) -> str:
    """Axes moved round."""
    if axes is None:
        flat = g.reshape(x, [-1], x)
        return g.reshape(_rolled(g, flat, 0, shifts), x.shape, x)
    out: Any = x
    for shift, axis in zip(shifts, axes, strict=True):
        out = _rolled(g, out, axis, shift)
    return str(out)


def _rolled(g: Graph, x: Any, axis: int, shift: int) -> str:
    return (
        str(g.add("Concat", g.slice(x, {axis: (-shift, END, 1)}), g.slice(x, {axis: (0, -shift, 1)}), axis=axis))
        if shift
        else g.name(x)
    )


@translates("Cat")
def cat(g: Graph, *tensors: Tracked, axis: int) -> str:
    """Joined along an axis."""
    return str(g.add("Concat", *tensors, axis=axis))


# ---- parts


def _range(part: slice, n: Any) -> tuple[Any, Any, int] | None:
    """Return start, stop and step of a slice of an axis of length `n`; None if it takes the whole."""
    start, stop, step = 0 if part.start is None else part.start, part.stop, part.step or 1
    whole = stop is None or (stop.seen == n.seen if isinstance(stop, Varying) and isinstance(n, Varying) else False)
    if not whole and not isinstance(stop, Varying) and not isinstance(n, Varying):
        whole = stop >= n
    if whole and not isinstance(start, Varying) and start == 0 and step == 1:
        return None
    return start, END if whole else stop, step


@translates("Slice")
def basic_index(g: Graph, x: Tracked, *, index: Sequence[Any]) -> str:
    """Integers, slices and new axes."""
    ranges: dict[int, tuple[Any, Any, int]] = {}
    dropped, added, axis, place = [], [], 0, 0
    entries = list(index)
    if Ellipsis in entries:
        at = entries.index(Ellipsis)
        taken = sum(e is not None and e is not Ellipsis for e in entries)
        entries[at : at + 1] = [slice(None)] * (x.ndim - taken)
    for entry in entries:
        if entry is None:
            added.append(place)
            place += 1
            continue
        if isinstance(entry, slice):
            found = _range(entry, x.shape[axis])
            if found is not None:
                ranges[axis] = found
            place += 1
        else:
            after = END if not isinstance(entry, Varying) and entry == -1 else entry + 1
            ranges[axis] = entry, after, 1
            dropped.append(axis)
        axis += 1
    out = g.slice(x, ranges, x)
    out = str(g.add("Squeeze", out, dropped)) if dropped else out
    return str(g.add("Unsqueeze", out, added)) if added else out


@translates("Split", "Unbind")
def split(g: Graph, x: Tracked, *, axis: int, indices: Sequence[Any]) -> list[str]:
    """The parts of an axis."""
    if len(indices) == 1:
        return [basic_index(g, x, index=(slice(None),) * axis + (indices[0],))]
    if isinstance(x.shape[axis], Varying) or any(isinstance(i, slice) and _open(i) for i in indices):
        return [basic_index(g, x, index=(slice(None),) * axis + (i,)) for i in indices]
    lengths = [len(range(*i.indices(x.shape[axis]))) if isinstance(i, slice) else 1 for i in indices]
    parts = g.add("Split", x, lengths, outputs=len(indices), axis=axis)
    whole = [isinstance(i, slice) for i in indices]
    return [p if w else g.add("Squeeze", p, [axis]) for p, w in zip(parts, whole, strict=True)]


def _open(part: slice) -> bool:
    return isinstance(part.start, Varying) or isinstance(part.stop, Varying)


@translates("Windows")
def windows(g: Graph, x: Tracked, *, axis: int, size: int, step: int) -> str:
    """Windows along an axis, their elements along a new last axis."""
    count = g.outputs[0].shape[axis]
    if isinstance(count, Varying):
        raise g.unsupported("the number of windows depends on an axis that is left open")
    places = np.arange(count)[:, None] * step + np.arange(size)
    gathered = g.add("Gather", x, places, axis=axis)
    order = [*range(axis + 1), *range(axis + 2, x.ndim + 1), axis + 1]
    return str(g.add("Transpose", gathered, perm=order))


@translates("Diagonal")
def diagonal(g: Graph, x: Tracked, *, offset: int, axis1: int, axis2: int) -> str:
    """A diagonal between two axes, its elements along a new last axis."""
    count = g.outputs[0].shape[-1]
    if isinstance(count, Varying):
        raise g.unsupported("the length of the diagonal depends on an axis that is left open")
    places = np.arange(count)
    rest = [axis for axis in range(x.ndim) if axis not in (axis1, axis2)]
    turned = g.add("Transpose", x, perm=[axis1, axis2, *rest])
    found = g.add("GatherND", turned, np.stack([places + max(-offset, 0), places + max(offset, 0)], -1))
    return str(g.add("Transpose", found, perm=[*range(1, len(rest) + 1), 0]))


@translates("Triangle")
def triangle(g: Graph, x: Tracked, *, lower: bool, offset: int) -> str:
    """A triangle of matrices."""
    return str(g.add("Trilu", x, np.asarray(offset), upper=int(not lower)))


# ---- elements at positions


def _positions(index: Any) -> Any:
    return index if isinstance(index, Tracked) else np.asarray(index, np.int64)


@translates("TakeAt")
def advanced_index(g: Graph, x: Tracked, *, index: Sequence[Any]) -> str:
    """Elements at arrays of positions."""
    places = [(axis, e) for axis, e in enumerate(index) if not isinstance(e, slice)]
    if len(places) == 1:
        axis, place = places[0]
        return str(g.add("Gather", x, _fixed(g, place), axis=axis))
    axes = [axis for axis, _ in places]
    if axes != list(range(len(axes))):
        if axes != list(range(axes[0], axes[0] + len(axes))):
            raise g.unsupported("arrays of positions on axes that are not neighbours are not translated")
        # GatherND reads leading axes, and puts what it found in their place.
        order = [*axes, *(a for a in range(x.ndim) if a not in axes)]
        found = _gathered(g, g.add("Transpose", x, perm=order), [p for _, p in places])
        rank = max(_rank(p) for _, p in places)
        back = [*range(rank, rank + axes[0]), *range(rank), *range(rank + axes[0], rank + x.ndim - len(axes))]
        return str(g.add("Transpose", found, perm=back))
    return _gathered(g, x, [p for _, p in places])


def _fixed(g: Graph, place: Any) -> Any:
    if isinstance(place, Varying):
        raise g.unsupported(
            "the positions depend on the input by a way that was not recorded", "index with the result of operations"
        )
    return _positions(place)


def _rank(place: Any) -> int:
    return place.ndim if isinstance(place, Tracked) else np.ndim(place)


def _gathered(g: Graph, x: Any, places: Sequence[Any]) -> str:
    fixed = [_fixed(g, p) for p in places]
    if any(isinstance(p, Tracked) for p in fixed):
        raise g.unsupported("several tensors of positions are translated only if they are constants")
    return str(g.add("GatherND", x, np.stack(np.broadcast_arrays(*fixed), -1)))


@translates("index_select")
def index_select(g: Graph, *, input: Tracked, dim: int, index: Tracked) -> str:
    """Positions of an axis."""
    return str(g.add("Gather", input, index, axis=dim))


@translates("Gather")
def gather(g: Graph, x: Tracked, index: Tracked, *, axis: int) -> str:
    """Elements at positions along an axis."""
    return str(g.add("GatherElements", x, index, axis=axis))


def _settled(g: Graph, entry: Any) -> Any:
    """Return an entry of an index as NumPy has it."""
    if isinstance(entry, Tracked):
        if not entry.settled:
            raise g.unsupported("positions that are assigned to must be the same for every input")
        return entry.array
    if isinstance(entry, Varying) or (isinstance(entry, slice) and _open(entry)):
        raise g.unsupported("positions that are assigned to depend on a size that is left open")
    return entry


def _runs(index: Sequence[Any]) -> list[int]:
    """Return where runs of arrays begin, not counting integers."""
    arrays = [isinstance(e, np.ndarray | list) for e in index if not isinstance(e, int)]
    return [i for i, is_array in enumerate(arrays) if is_array and (i == 0 or not arrays[i - 1])]


def _assigned_places(sizes: tuple[int, ...], index: Sequence[Any]) -> np.ndarray[Any, Any]:
    """Return positions in the flattened tensor: integers choose first, as in PyTorch, then arrays."""
    whole = np.arange(int(np.prod(sizes))).reshape(sizes)
    whole = whole[tuple([slice(None) if isinstance(e, np.ndarray | list) else e for e in index])]
    found: np.ndarray[Any, Any] = whole[
        tuple(
            [
                e if isinstance(e, np.ndarray | list) else slice(None) if e is not Ellipsis else e
                for e in index
                if not isinstance(e, int)
            ]
        )
    ]
    return found


@translates("setitem")
def setitem(g: Graph, *, input: Tracked, index: Any, value: Any) -> str:
    """Assignment to parts: a choice for one number under a mask, else a scatter over the flattened tensor.

    The batch may be open where all of it is meant.
    """
    number = not isinstance(value, Tracked) or value.array.size == 1
    if isinstance(index, Tracked) and index.dtype == bool and number:
        filler: Any = g.add("Reshape", value, [1]) if isinstance(value, Tracked) else g.number(value, input)
        filler = g.cast(filler, input.dtype) if isinstance(value, Tracked) and value.dtype != input.dtype else filler
        added = list(range(index.ndim, input.ndim))
        return str(g.add("Where", g.add("Unsqueeze", index, added) if added else index, filler, input))
    entries = [_settled(g, e) for e in (index if isinstance(index, tuple) else (index,))]
    whole = entries[0] is Ellipsis or (isinstance(entries[0], slice) and entries[0] == slice(None))
    open_axes = [axis for axis, n in enumerate(input.shape) if isinstance(n, Varying)]
    if open_axes and (open_axes != [0] or not whole):
        raise g.unsupported("only the first axis may be open, and must be assigned to as a whole")
    lead = 1 if open_axes else 0
    rest = entries[1:] if lead and entries[0] is not Ellipsis else entries
    sizes = input.array.shape[lead:]
    places = _assigned_places(sizes, rest)
    if lead and len(_runs(rest)) > 1:
        raise g.unsupported("arrays of positions on axes that are not neighbours come before the batch")
    if isinstance(value, Tracked):
        given: Any = value if value.dtype == input.dtype else g.cast(value, input.dtype)
    else:
        given = g.number(value, input)
    target = [*input.shape[:lead], *places.shape]
    updates = g.add("Reshape", g.add("Expand", given, g.shape(target, input)), [-1, places.size] if lead else [-1])
    flat = g.add("Reshape", input, [-1, int(np.prod(sizes))] if lead else [-1])
    where: Any = places.reshape(-1)
    if lead:
        where = g.add("Expand", where[None], g.shape([input.shape[0], places.size], input))
    return g.reshape(g.add("ScatterElements", flat, where, updates, axis=lead), input.shape, input)


@translates("Scatter", "ScatterAdd")
def scatter(g: Graph, x: Tracked, index: Tracked, source: Tracked, *, axis: int) -> str:
    """Elements replaced, or increased, at positions along an axis."""
    if g.call == "ScatterAdd" and g.opset < 16:
        raise g.unsupported("sums of scattered elements came with opset 16", "pass opset_version=18")
    updates: Any = source
    if not source.ndim:
        updates = g.add("Expand", source, g.add("Shape", index))
    elif source.array.shape != index.array.shape:
        updates = g.slice(source, {i: (0, n, 1) for i, n in enumerate(index.shape)}, index)
    how = "add" if g.call == "ScatterAdd" else None
    return str(g.add("ScatterElements", x, index, updates, axis=axis, reduction=how))


@translates("Embedding")
def embedding(g: Graph, table: Tracked, *, index: Any, weights: Any) -> str:
    """Rows of a table."""
    return str(g.add("Gather", table, _fixed(g, index), axis=0))


@translates("one_hot", when=lambda num_classes, **_: num_classes > 0)
def one_hot(g: Graph, *, tensor: Tracked, num_classes: int) -> str:
    """Unit vectors."""
    return str(g.add("OneHot", tensor, np.asarray(num_classes), np.asarray([0, 1]), axis=-1))
