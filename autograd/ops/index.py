"""Indexing with square brackets: basic indices give views, arrays and masks give copies; assignment through both.

PyTorch's order differs from NumPy's where integers stand beside arrays: integers, slices and new axes are applied
first, and only then the arrays to what is left.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from autograd.config import MODES
from autograd.dtypes import scalar_type
from autograd.errors import describe, sizes
from autograd.kernels.index import add_at_index
from autograd.operation import Op
from autograd.ops.assign import assign, copy_
from autograd.ops.expand import expand
from autograd.ops.indices import Index, simple_index
from autograd.ops.inplace import guard, guard_history, mark_changed, overwrite
from autograd.ops.promote import cast
from autograd.ops.registry import Maker, Sample, op
from autograd.ops.slicing import Slice
from autograd.storage import overlaps_itself
from autograd.tensor import Tensor

__all__ = ["getitem", "index_put", "index_put_", "setitem"]

Array = np.ndarray[Any, np.dtype[Any]]
_ALL = slice(None)


class TakeAt(Op):
    """Elements at an advanced index, one entry an axis: ``slice(None)`` or an integer array."""

    __slots__ = ("index", "source")

    def forward(self, x: Array, *, index: tuple[Any, ...]) -> Array:
        # The arrays may be the memory of tensors that are changed before backward runs.
        self.index = own_index(index) if self.needs_input_grad[0] else index
        self.source = x.shape
        out: Array = x[index]
        return out

    def backward(self, grad: Tensor) -> Tensor:
        result: Tensor = AddAt.apply(grad, index=self.index, shape=self.source)
        return result


class AddAt(Op):
    """Zeros with the input added at an advanced index; adjoint of `TakeAt`."""

    __slots__ = ("index",)

    def forward(self, x: Array, *, index: tuple[Any, ...], shape: tuple[int, ...]) -> Array:
        self.index = index
        out = np.zeros(shape, x.dtype)
        add_at_index(out, index, x)
        return out

    def backward(self, grad: Tensor) -> Tensor:
        result: Tensor = TakeAt.apply(grad, index=self.index)
        return result


class PutAt(Op):
    """The input with the elements at an advanced index replaced by `values`, or increased by them."""

    __slots__ = ("accumulate", "index")

    def forward(self, x: Array, values: Array, *, index: tuple[Any, ...], accumulate: bool) -> Array:
        self.index = own_index(index)
        self.accumulate = accumulate
        out = np.array(x, order="C")
        write_at(out, index, values, accumulate)
        return out

    def backward(self, grad: Tensor) -> tuple[Tensor | None, Tensor | None]:
        for_x, for_values = self.needs_input_grad
        kept = grad
        if for_x and not self.accumulate:
            kept = PutAt.apply(grad, Tensor(np.zeros((), grad._data.dtype), None), index=self.index, accumulate=False)
        return kept if for_x else None, TakeAt.apply(grad, index=self.index) if for_values else None


def own_index(index: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return the index with its arrays copied."""
    return tuple([e.copy() if isinstance(e, np.ndarray) else e for e in index])


def write_at(out: Array, index: tuple[Any, ...], values: Array, accumulate: bool) -> None:
    """Write values at an advanced index of an array, or add them."""
    if not accumulate:
        out[index] = values
    elif out.flags.c_contiguous:
        add_at_index(out, index, values)
    else:
        total = np.zeros(out.shape, out.dtype)
        add_at_index(total, index, values)
        out += total


def _keys(make: Maker) -> Iterator[Sample]:
    rows, columns = Tensor(np.array([0, 2, 2, -1]), None), Tensor(np.array([1, 0, 0, 3]), None)
    yield Sample(make(3, 4), 1)
    yield Sample(make(3, 4), (slice(None), slice(1, None, 2)))
    yield Sample(make(3, 4), (Ellipsis, None, -1))
    yield Sample(make(3, 4), rows)
    yield Sample(make(3, 4), (rows, columns))
    yield Sample(make(3, 2, 4), (slice(0, 3), slice(None), columns))
    yield Sample(make(3, 2, 4), (rows, slice(None), columns))
    yield Sample(make(3, 4), (Tensor(np.array([[0], [2]]), None), columns))
    yield Sample(make(2, 3), Tensor(np.array([[True, False, True], [False, True, True]]), None))
    yield Sample(make(2, 3, 2), (slice(None), Tensor(np.array([True, False, True]), None)))
    yield Sample(make(0, 3), (slice(None), [0, 0]))


@op(_keys, method=False)
def getitem(input: Tensor, index: Any) -> Tensor:
    """Return ``input[index]``: a view for integers, slices, None and the ellipsis; a copy for arrays and masks.

    Raises
    ------
    IndexError
        If there are too many entries, or one is out of range, or no index.
    ValueError
        If a slice runs backwards.

    Examples
    --------
    >>> import autograd
    >>> x = autograd.tensor([[1, 2, 3], [4, 5, 6]])
    >>> x[0, 1:], x[[1, 0], [0, 2]], x[x > 4]
    (tensor([2, 3]), tensor([4, 3]), tensor([5, 6]))
    """
    simple = simple_index(index, input._data.shape)
    if simple is not None:
        view: Tensor = Slice.apply(input, index=simple)
        return view
    parsed = Index(index, input._data.shape)
    result = input
    if parsed.basic is not None or parsed.advanced is None:
        result = Slice.apply(input, index=parsed.basic or ())
    if parsed.advanced is not None:
        result = TakeAt.apply(result, index=parsed.advanced)
    return result


def _assigned(make: Maker) -> Iterator[Sample]:
    rows, columns = Tensor(np.array([0, 2, -2]), None), Tensor(np.array([1, 0, 0]), None)
    yield Sample(make(3, 4), 1, make(4))
    yield Sample(make(3, 4), (slice(None), slice(0, 2)), make(2))
    yield Sample(make(3, 4), (Ellipsis, -1), 2.5)
    yield Sample(make(3, 4), (rows, columns), make(3))
    yield Sample(make(3, 2, 4), (slice(1, 3), slice(None), columns[1]), make(2, 2))
    yield Sample(make(2, 3, 4), (slice(None), slice(1, 3), columns[:2]), make(1, 1, 2, 2))
    yield Sample(make(2, 3), Tensor(np.array([[True, False, True], [False, True, True]]), None), make(4))
    yield Sample(make(0, 3), (slice(None), 1), make(0))


@op(_assigned, name="setitem", method=False)
def with_item(input: Tensor, index: Any, value: Any) -> Tensor:
    """Return a copy of `input` after ``copy[index] = value``."""
    out: Tensor = input.clone()
    setitem(out, index, value)
    return out


def setitem(input: Tensor, index: Any, value: Any) -> None:
    """Assign: ``input[index] = value``.

    Parameters
    ----------
    input : Tensor
    index : Any
        Integers, slices, None, the ellipsis, arrays and masks.
    value : Tensor or number
        Broadcasts to the shape of ``input[index]``.

    Raises
    ------
    TypeError
        If `value` is neither.
    IndexError, ValueError
        As reading does.
    RuntimeError
        If `value` does not broadcast, or `input` must not be changed in place.

    Examples
    --------
    >>> import autograd
    >>> x = autograd.zeros(2, 2)
    >>> x[:, 0] = autograd.tensor([1.0, 2.0])
    >>> x
    tensor([[1., 0.],
            [2., 0.]])
    """
    simple = simple_index(index, input._data.shape)
    if simple is not None and _assigned_at_once(input, simple, value):
        return
    parsed = Index(index, input._data.shape)
    values = _value(input, value)
    target = input
    if parsed.basic is not None or parsed.advanced is None:
        target = Slice.apply(input, index=parsed.basic or ())
    if parsed.advanced is not None:
        if not (parsed.masked and values._data.size == 1):
            _require_same_dtype(target, values)
        _put(target, parsed.advanced, values, False, "__setitem__")
        return
    extra = values._data.ndim - target._data.ndim
    if extra > 0 and values._data.shape[:extra] == (1,) * extra:
        values = Slice.apply(values, index=(0,) * extra)
    guard(target, "__setitem__")
    assign(target, cast(expand(values, target._data.shape), target._data.dtype), "__setitem__")


def _assigned_at_once(input: Tensor, index: tuple[Any, ...], value: Any) -> bool:
    """Write a number, or a tensor that fits, if no graph is concerned; return whether that was so."""
    if MODES.get().grad and (input.requires_grad or (value.__class__ is Tensor and value.requires_grad)):
        return False
    part = input._data[(*index, ...)]
    source: Any = value
    if value.__class__ is Tensor and value._data.shape == part.shape and value._data.dtype == part.dtype:
        source = value._data
    elif value.__class__ not in (int, float, bool):
        return False
    if overlaps_itself(part):
        return False
    guard_history(input, "__setitem__")
    part[...] = source
    mark_changed(input, "__setitem__")
    return True


def _require_same_dtype(input: Tensor, values: Tensor) -> None:
    if values._data.dtype != input._data.dtype:
        raise RuntimeError(
            describe(
                "Index put requires the source and destination dtypes match, got "
                f"{scalar_type(input._data.dtype)} for the destination and {scalar_type(values._data.dtype)} for "
                "the source.",
                fix="convert the values first",
            )
        )


def _value(input: Tensor, value: Any) -> Tensor:
    if isinstance(value, Tensor):
        return value
    if not isinstance(value, int | float | complex | np.number | np.bool_):
        kind = type(value)
        name = kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__name__}"
        raise TypeError(
            describe(
                f"can't assign a {name} to a autograd.{scalar_type(input._data.dtype)}Tensor",
                fix="assign a tensor or a number",
            )
        )
    return Tensor(np.asarray(value).astype(input._data.dtype), None)


def _result_shape(x: Array, index: tuple[Any, ...]) -> tuple[int, ...]:
    shape: tuple[int, ...] = np.broadcast_to(np.empty((), bool), x.shape)[index].shape
    return shape


def _put(target: Tensor, index: tuple[Any, ...], values: Tensor, accumulate: bool, change: str) -> None:
    """Write or add values at an advanced index of a tensor, in place."""
    shape = _result_shape(target._data, index)
    try:
        extra = max(0, values._data.ndim - len(shape))
        np.broadcast_to(values._data.reshape(values._data.shape[extra:]), shape)
    except ValueError:
        raise RuntimeError(
            describe(
                f"shape mismatch: value tensor of shape {sizes(values._data.shape)} cannot be broadcast to indexing "
                f"result of shape {sizes(shape)}",
                op=change,
            )
        ) from None
    guard(target, change)
    if extra:
        values = Slice.apply(values, index=(0,) * extra)
    values = cast(values, target._data.dtype)
    if MODES.get().grad and (target.requires_grad or values._requires_grad):
        overwrite(target, PutAt.apply(target, values, index=index, accumulate=accumulate), change)
        return
    write_at(target._data, index, values._data, accumulate)
    mark_changed(target, change)


def _puts(make: Maker) -> Iterator[Sample]:
    rows, columns = Tensor(np.array([0, 2, 2]), None), Tensor(np.array([1, 0, 0]), None)
    yield Sample(make(3, 4), (rows, columns), make(3), accumulate=True)
    yield Sample(make(3, 4), (Tensor(np.array([0, 2]), None),), make(2, 4))
    yield Sample(make(3, 4, 2), (rows,), make(1, 2), True)
    yield Sample(make(2, 3), (Tensor(np.array([[True, False, True], [False, True, True]]), None),), make())
    yield Sample(make(0, 3), (Tensor(np.zeros(0, np.int64), None),), make(0, 3))


@op(_puts)
def index_put(input: Tensor, indices: Sequence[Tensor | None], values: Tensor, accumulate: bool = False) -> Tensor:
    """Return a copy of `input` with the elements at `indices` replaced by `values`.

    Parameters
    ----------
    input : Tensor
    indices : sequence of Tensor
        Integer tensors or masks, one an axis.
    values : Tensor
        Of the dtype of `input`; broadcasts to the shape of ``input[indices]``.
    accumulate : bool
        Add instead, also where positions repeat.

    Raises
    ------
    IndexError
        If a position is out of range.
    RuntimeError
        If dtypes differ or `values` do not broadcast.

    Examples
    --------
    >>> import autograd
    >>> places = autograd.tensor([0, 2, 2])
    >>> autograd.index_put(autograd.zeros(3), (places,), autograd.ones(3), accumulate=True)
    tensor([1., 0., 2.])
    """
    out: Tensor = input.clone()
    return index_put_(out, indices, values, accumulate)


def index_put_(input: Tensor, indices: Sequence[Tensor | None], values: Tensor, accumulate: bool = False) -> Tensor:
    """In-place form of `index_put`.

    Raises
    ------
    IndexError
        If a position is out of range.
    RuntimeError
        If dtypes differ, `values` do not broadcast, or `input` must not be changed in place.
    """
    _require_same_dtype(input, values)
    parsed = Index(tuple([_ALL if i is None else i for i in indices]), input._data.shape)
    if parsed.advanced is None:
        return copy_(input, values)
    _put(input, parsed.advanced, values, accumulate, "index_put_")
    return input


METHODS: dict[str, Any] = {"__getitem__": getitem, "__setitem__": setitem, "index_put_": index_put_}
