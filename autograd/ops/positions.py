"""Reading and writing whole slices of one axis at the positions of a vector."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from autograd.errors import describe, sizes
from autograd.ops.axes import normalize_axis
from autograd.ops.index import PutAt, TakeAt, index_put
from autograd.ops.promote import cast
from autograd.ops.registry import Maker, Sample, op
from autograd.ops.shape import reshape
from autograd.ops.slicing import Slice
from autograd.tensor import Tensor

__all__ = [
    "index_add",
    "index_copy",
    "index_fill",
    "index_select",
    "put",
]


# How PyTorch says that a position is out of range.
_RANGE_ERRORS: dict[str, tuple[type[Exception], str]] = {
    "index_select": (IndexError, "index out of range in self"),
    "index_add": (RuntimeError, "index {} is out of bounds for dimension {} with size {}"),
    "index_copy": (IndexError, "index_copy_(): index {} is out of bounds for dimension {} with size {}"),
    "index_fill": (IndexError, "index {} is out of bounds for dimension {} with size {}"),
}


def _positions(input: Tensor, dim: int, index: Tensor, name: str) -> tuple[int, tuple[Any, ...]]:
    """Check a vector of positions, and return the axis and the advanced index.

    Raises
    ------
    IndexError
        If a position is out of range, or the index has several axes.
    RuntimeError
        If its dtype is wrong.
    """
    if index._data.dtype not in (np.int64, np.int32):
        raise RuntimeError(
            describe(
                f"{name}(): Expected dtype int32 or int64 for index",
                rule=f"got {index._data.dtype}",
                fix="use index.long()",
            )
        )
    if index._data.ndim > 1:
        raise IndexError(describe(f"{name}(): Index is supposed to be a vector", shapes={"index": index._data.shape}))
    axis = normalize_axis(dim, input._data.ndim)
    places = index._data.reshape(-1)
    n = input._data.shape[axis] if input._data.ndim else 1
    wrong = places[(places < (-n if name == "index_fill" else 0)) | (places >= n)]
    if wrong.size:
        kind, phrase = _RANGE_ERRORS[name]
        raise kind(
            describe(
                phrase.format(wrong[0], axis, n),
                op=name,
                shapes={"input": input._data.shape},
                rule=f"positions of dimension {axis} are 0 to {n - 1}, found {wrong[0]}",
            )
        )
    advanced: list[Any] = [slice(None)] * max(1, input._data.ndim)
    advanced[axis] = places
    return axis, tuple(advanced)


def _lined(tensor: Tensor) -> Tensor:
    return tensor if tensor._data.ndim else Slice.apply(tensor, index=(None,))


def _unlined(result: Tensor, input: Tensor) -> Tensor:
    return result if input._data.ndim else Slice.apply(result, index=(0,))


def _selected(make: Maker) -> Iterator[Sample]:
    yield Sample(make(3, 4), 0, Tensor(np.array([2, 0, 2]), None))
    yield Sample(make(2, 3, 4), -1, Tensor(np.array([1]), None))
    yield Sample(make(2, 3), 1, Tensor(np.zeros(0, np.int64), None))


@op(_selected)
def index_select(input: Tensor, dim: int, index: Tensor) -> Tensor:
    """Return a copy of the slices of axis `dim` at the positions `index`.

    Parameters
    ----------
    input : Tensor
    dim : int
    index : Tensor of int64 or int32, shape (k,) or ()
        Positions along `dim`; one may come twice.

    Raises
    ------
    IndexError
        If a position is out of range.

    Examples
    --------
    >>> import autograd
    >>> x = autograd.tensor([[1, 2], [3, 4], [5, 6]])
    >>> autograd.index_select(x, 0, autograd.tensor([2, 0]))
    tensor([[5, 6],
            [1, 2]])
    """
    _, advanced = _positions(input, dim, index, "index_select")
    return _unlined(TakeAt.apply(_lined(input), index=advanced), input)


def _put_at(input: Tensor, advanced: tuple[Any, ...], values: Tensor, accumulate: bool) -> Tensor:
    return _unlined(PutAt.apply(_lined(input), _lined(values), index=advanced, accumulate=accumulate), input)


def _require_source(input: Tensor, axis: int, index: Tensor, source: Tensor, name: str) -> None:
    """Refuse a source that has not the input's shape but along the axis, where it has the index's length."""
    if source._data.dtype != input._data.dtype:
        raise RuntimeError(
            describe(
                f"{name}(): self and source expected to have the same dtype, but got (self) {input._data.dtype} and "
                f"(source) {source._data.dtype}"
            )
        )
    count = index._data.size
    expected = list(input._data.shape)
    if expected:
        expected[axis] = count
    found = source._data.shape
    if (found[axis] if found else 1) != count:
        raise (RuntimeError if name == "index_add" else IndexError)(
            describe(
                f"{name}_(): Number of indices ({count}) should be equal to source.size(dim): "
                f"({found[axis] if found else 1}), for dim: {axis}",
                fix="pass one index for every slice of the source along dim",
            )
        )
    if list(found) != expected:
        raise RuntimeError(
            describe(
                "source tensor shape must match self tensor shape, excluding the specified dimension. Got self.shape = "
                f"{sizes(input._data.shape)} source.shape = {sizes(found)}",
                op=name,
            )
        )


@op(
    lambda make: [
        Sample(make(3, 4), 0, Tensor(np.array([2, 0, 2]), None), make(3, 4)),
        Sample(make(2, 3), -1, Tensor(np.array([1]), None), make(2, 1), alpha=-2.5),
        Sample(make(0, 3), 1, Tensor(np.array([1]), None), make(0, 1)),
    ],
    in_place=True,
)
def index_add(input: Tensor, dim: int, index: Tensor, source: Tensor, *, alpha: float = 1) -> Tensor:
    """Return a copy in which ``alpha * source`` is added to the slices of axis `dim` at the positions `index`.

    Parameters
    ----------
    input : Tensor
    dim : int
    index : Tensor of int64 or int32, shape (k,) or ()
        Positions along `dim`; at one that comes twice both slices are added.
    source : Tensor
        The shape of `input` with size k along `dim`.
    alpha : number

    Raises
    ------
    RuntimeError
        If a position is out of range, or dtypes or sizes do not fit.

    Examples
    --------
    >>> import autograd
    >>> autograd.index_add(autograd.zeros(3), 0, autograd.tensor([0, 2, 0]), autograd.tensor([1.0, 2.0, 3.0]))
    tensor([4., 0., 2.])
    """
    axis, advanced = _positions(input, dim, index, "index_add")
    _require_source(input, axis, index, source, "index_add")
    return _put_at(input, advanced, source if alpha == 1 else source * alpha, accumulate=True)


@op(
    lambda make: [
        Sample(make(3, 4), 0, Tensor(np.array([2, 0]), None), make(2, 4)),
        Sample(make(2, 3), -1, Tensor(np.array([1]), None), make(2, 1)),
        Sample(make(0, 3), 1, Tensor(np.array([1]), None), make(0, 1)),
    ],
    in_place=True,
)
def index_copy(input: Tensor, dim: int, index: Tensor, source: Tensor) -> Tensor:
    """Return a copy in which the slices of axis `dim` at the positions `index` are those of `source`.

    Parameters
    ----------
    input : Tensor
    dim : int
    index : Tensor of int64 or int32, shape (k,) or ()
        Positions along `dim`.
    source : Tensor
        The shape of `input` with size k along `dim`.

    Raises
    ------
    IndexError
        If a position is out of range or their number is not the source's size.
    RuntimeError
        If dtypes or the other sizes differ.

    Examples
    --------
    >>> import autograd
    >>> autograd.index_copy(autograd.zeros(3), 0, autograd.tensor([2, 0]), autograd.tensor([1.0, 2.0]))
    tensor([2., 0., 1.])
    """
    axis, advanced = _positions(input, dim, index, "index_copy")
    _require_source(input, axis, index, source, "index_copy")
    return _put_at(input, advanced, source, accumulate=False)


@op(
    lambda make: [
        Sample(make(3, 4), 0, Tensor(np.array([2, 0]), None), 1.5),
        Sample(make(2, 3), -1, Tensor(np.array([1]), None), make()),
        Sample(make(0, 3), 1, Tensor(np.array([1]), None), 2),
    ],
    in_place=True,
)
def index_fill(input: Tensor, dim: int, index: Tensor, value: Any) -> Tensor:
    """Return a copy in which the slices of axis `dim` at the positions `index` hold one value.

    Parameters
    ----------
    input : Tensor
    dim : int
    index : Tensor of int64 or int32, shape (k,) or ()
        Positions along `dim`.
    value : number or 0-d Tensor

    Raises
    ------
    IndexError
        If a position is out of range.
    RuntimeError
        If `value` is a tensor with axes.

    Examples
    --------
    >>> import autograd
    >>> autograd.index_fill(autograd.zeros(2, 3), 1, autograd.tensor([0, 2]), 9.0)
    tensor([[9., 0., 9.],
            [9., 0., 9.]])
    """
    # Each position once: else the value's gradient would count what it fills twice.
    index = Tensor(np.unique(index._data), None)
    _, advanced = _positions(input, dim, index, "index_fill")
    filler = value if isinstance(value, Tensor) else Tensor(np.asarray(value), None)
    if filler._data.ndim:
        raise RuntimeError(
            describe(
                "index_fill_ only supports a 0-dimensional value tensor, but got tensor with "
                f"{filler._data.ndim} dimension(s).",
                op="index_fill",
            )
        )
    return _put_at(input, advanced, cast(filler, input._data.dtype), accumulate=False)


@op(
    lambda make: [
        Sample(make(3, 4), Tensor(np.array([1, 7]), None), make(2)),
        Sample(make(3, 4), Tensor(np.array([[1, 1], [-1, 0]]), None), make(2, 2), accumulate=True),
        Sample(make(2), Tensor(np.zeros(0, np.int64), None), make(0)),
    ],
    in_place=True,
)
def put(input: Tensor, index: Tensor, source: Tensor, accumulate: bool = False) -> Tensor:
    """Return a copy in which the elements at positions in row-major order are those of `source`, or increased by them.

    Parameters
    ----------
    input : Tensor
    index : Tensor of int64
        Positions in row-major order.
    source : Tensor
        As many elements as `index` has.
    accumulate : bool
        Add instead.

    Raises
    ------
    IndexError
        If a position is out of range.
    RuntimeError
        If dtypes or numbers of elements differ.

    Examples
    --------
    >>> import autograd
    >>> autograd.put(autograd.zeros(2, 2), autograd.tensor([3, 0]), autograd.tensor([7.0, 8.0]))
    tensor([[8., 0.],
            [0., 7.]])
    """
    if index._data.size != source._data.size:
        raise RuntimeError(
            describe(
                f"put_(): Expected source and index to have the same number of elements, but got source.numel() = "
                f"{source._data.size}, index.numel() = {index._data.size}"
            )
        )
    line = index_put(reshape(input, -1), (reshape(index, -1),), reshape(source, -1), accumulate)
    return reshape(line, input._data.shape)
