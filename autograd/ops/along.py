"""Reading and writing along one axis at positions that tensors of the same rank give: gather and scatter.

Every operation of this file is linear in its tensors of numbers, and reading is the adjoint of adding.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from autograd.errors import describe, sizes
from autograd.kernels.index import add_at
from autograd.operation import Op
from autograd.ops.axes import normalize_axis
from autograd.ops.expand import expand
from autograd.ops.index import getitem
from autograd.ops.promote import broadcast_shape
from autograd.ops.registry import Maker, Sample, op
from autograd.ops.shape import reshape
from autograd.ops.slicing import Slice, Unslice, select
from autograd.tensor import Tensor

__all__ = ["gather", "scatter_add", "take", "take_along_dim"]

Array = np.ndarray[Any, np.dtype[Any]]


def spread(index: Array, axis: int) -> tuple[Any, ...]:
    """Return the advanced index under which position ``p`` of `index` means `p` with entry `axis` replaced."""
    rank = index.ndim
    grid = [np.arange(n).reshape((n,) + (1,) * (rank - i - 1)) for i, n in enumerate(index.shape)]
    grid[axis] = index
    return tuple(grid)


def flat_along(index: Array, axis: int, shape: tuple[int, ...]) -> Array:
    """Return the row-major positions in an array of `shape` that `index` means along an axis."""
    places = np.zeros((1,) * index.ndim, np.int64)
    for where, n in zip(spread(index, axis), shape, strict=True):
        places = places * n + where
    return places


class Gather(Op):
    """Elements at the positions `index` along an axis."""

    __slots__ = ("axis", "source")
    keeps = {0: (1,)}

    def forward(self, x: Array, index: Array, *, axis: int) -> Array:
        self.axis, self.source = axis, x.shape
        out: Array = x[spread(index, axis)]
        return out

    def backward(self, grad: Tensor) -> tuple[Tensor, None]:
        _, index = self.saved
        return ScatterAdd.apply(
            Tensor(np.zeros(self.source, grad._data.dtype), None), index, grad, axis=self.axis
        ), None


class ScatterAdd(Op):
    """The input with `source` added at the positions `index` along an axis."""

    __slots__ = ("axis", "corner")
    keeps = {2: (1,)}

    def forward(self, x: Array, index: Array, source: Array, *, axis: int) -> Array:
        self.axis, self.corner = axis, (source.shape, corner(index.shape))
        out = np.array(x, order="C")
        add_at(out.reshape(-1), flat_along(index, axis, x.shape).ravel(), source[self.corner[1]].ravel())
        return out

    def backward(self, grad: Tensor) -> tuple[Tensor, None, Tensor | None]:
        if not self.needs_input_grad[2]:
            return grad, None, None
        _, index, _ = self.saved
        return grad, None, at_corner(Gather.apply(grad, index, axis=self.axis), *self.corner)


class Scatter(Op):
    """The input with the elements at the positions `index` along an axis replaced by those of `source`."""

    __slots__ = ("axis", "corner")
    keeps = {0: (1,), 2: (1,)}

    def forward(self, x: Array, index: Array, source: Array, *, axis: int) -> Array:
        self.axis, self.corner = axis, (source.shape, corner(index.shape) if source.ndim else ())
        out = np.array(x, order="C")
        out[spread(index, axis)] = source[self.corner[1]]
        return out

    def backward(self, grad: Tensor) -> tuple[Tensor | None, None, Tensor | None]:
        _, index, _ = self.saved
        for_x, _, for_source = self.needs_input_grad
        kept = part = None
        if for_x:
            kept = Scatter.apply(grad, index, Tensor(np.zeros((), grad._data.dtype), None), axis=self.axis)
        if for_source:
            part = at_corner(Gather.apply(grad, index, axis=self.axis), *self.corner)
        return kept, None, part


def corner(shape: tuple[int, ...]) -> tuple[slice, ...]:
    """Return the index of the first elements of each axis, those of a source that an index of this shape reads."""
    return tuple([slice(n) for n in shape])


def at_corner(part: Tensor, shape: tuple[int, ...], index: tuple[slice, ...]) -> Tensor:
    """Return zeros of a shape with `part` in the corner."""
    if part._data.shape == shape or not index:
        return part
    result: Tensor = Unslice.apply(part, index=index, shape=shape)
    return result


def require_index(input: Tensor, dim: int, index: Tensor, name: str, source: Tensor | None = None) -> int:
    """Check an index that has as many axes as the tensor it reads or writes, and return the axis.

    Raises
    ------
    RuntimeError
        If its dtype, number of axes or sizes do not fit, or a position is out of range.
    """
    if index._data.dtype not in (np.int64, np.int32) and index._data.size:
        raise RuntimeError(
            describe(
                f"{name}(): Expected dtype int32/int64 for index", rule=f"got {index._data.dtype}", fix="use x.long()"
            )
        )
    rank = max(1, input._data.ndim)
    axis = normalize_axis(dim, input._data.ndim)
    if max(1, index._data.ndim) != rank:
        raise RuntimeError(
            describe(
                "Index tensor must have the same number of dimensions as "
                f"{'input' if source is None else 'self'} tensor",
                op=name,
                shapes={"input": input._data.shape, "index": index._data.shape},
            )
        )
    if source is not None and source._data.ndim and max(1, source._data.ndim) != rank:
        raise RuntimeError(
            describe(
                "Index tensor must have the same number of dimensions as src tensor",
                op=name,
                shapes={"src": source._data.shape, "index": index._data.shape},
            )
        )
    for d, n in enumerate(index._data.shape):
        too_large = d != axis and n > input._data.shape[d]
        if too_large or (source is not None and source._data.ndim and n > source._data.shape[d]):
            raise RuntimeError(_size_phrase(d, axis, input, index, source, name))
    require_range(index._data, input._data.shape[axis] if input._data.ndim else 1, axis, name)
    return axis


def _size_phrase(d: int, axis: int, input: Tensor, index: Tensor, source: Tensor | None, name: str) -> str:
    found, own = sizes(index._data.shape), sizes(input._data.shape)
    limit = f"no larger than self {own} apart from dimension {axis}"
    if source is None:
        return describe(f"Size does not match at dimension {d} expected index {found} to be {limit}", op=name)
    beside = f"and to be no larger size than src {sizes(source._data.shape)}"
    return describe(f"Expected index {found} to be {limit} {beside}", op=name)


def require_range(index: Array, n: int, axis: int, name: str) -> None:
    """Refuse positions outside of an axis; negative ones too.

    Raises
    ------
    RuntimeError
        If there is one.
    """
    if index.size:
        low, high = int(index.min()), int(index.max())
        if low < 0 or high >= n:
            wrong = low if low < 0 else high
            raise RuntimeError(describe(f"index {wrong} is out of bounds for dimension {axis} with size {n}", op=name))


def require_same_dtype(input: Tensor, source: Tensor, name: str) -> None:
    if input._data.dtype != source._data.dtype:
        raise RuntimeError(
            describe(
                f"{name}(): Expected self.dtype to be equal to src.dtype",
                rule=f"self holds {input._data.dtype}, src {source._data.dtype}",
            )
        )


def lined(*tensors: Tensor) -> list[Tensor]:
    """Give 0-d tensors an axis."""
    return [t if t._data.ndim else Slice.apply(t, index=(None,)) for t in tensors]


def _gathered(make: Maker) -> Iterator[Sample]:
    yield Sample(make(3, 4), 0, make.integers(0, 3, 2, 4))
    yield Sample(make(3, 4), -1, make.integers(0, 4, 3, 6))
    yield Sample(make(2, 3, 4), 1, make.integers(0, 3, 1, 5, 4))
    yield Sample(make(2, 3), 1, make.integers(0, 3, 0, 3))


@op(_gathered)
def gather(input: Tensor, dim: int, index: Tensor, *, sparse_grad: bool = False) -> Tensor:
    """Return ``out[i][j][k] = input[index[i][j][k]][j][k]``, here for ``dim=0``.

    Parameters
    ----------
    input : Tensor
    dim : int
        The axis that positions are along.
    index : Tensor of int64
        As many axes as `input`, nowhere longer but along `dim`.
    sparse_grad : bool
        Accepted for compatibility.

    Returns
    -------
    Tensor, of the shape of `index`

    Raises
    ------
    RuntimeError
        If the index does not fit or a position is out of range.

    Examples
    --------
    >>> import autograd
    >>> scores = autograd.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    >>> autograd.gather(scores, 1, autograd.tensor([[2], [0]]))
    tensor([[3.],
            [4.]])
    """
    axis = require_index(input, dim, index, "gather")
    if input._data.ndim == 0:
        found: Tensor = Gather.apply(*lined(input, index), axis=0)
        return found if index._data.ndim else select(found, 0, 0)
    result: Tensor = Gather.apply(input, index, axis=axis)
    return result


def _added(make: Maker) -> Iterator[Sample]:
    yield Sample(make(3, 4), 0, make.integers(0, 3, 2, 4), make(2, 4))
    yield Sample(make(3, 4), 1, make.integers(0, 4, 2, 3), make(3, 5))
    yield Sample(make(2, 3, 4), -1, make.integers(0, 4, 2, 3, 2), make(2, 3, 2))
    yield Sample(make(2, 3), 1, make.integers(0, 3, 0, 3), make(2, 3))


@op(_added, in_place=True)
def scatter_add(input: Tensor, dim: int, index: Tensor, src: Tensor) -> Tensor:
    """Return a copy with ``out[index[i][j][k]][j][k] += src[i][j][k]``, here for ``dim=0``; positions may repeat.

    Parameters
    ----------
    input : Tensor
    dim : int
        The axis that positions are along.
    index : Tensor of int64
        As many axes as `input`; nowhere longer than `src`, nor than `input` but along `dim`.
    src : Tensor
        Of the dtype of `input`.

    Raises
    ------
    RuntimeError
        If the index does not fit, dtypes differ, or a position is out of range.

    Examples
    --------
    >>> import autograd
    >>> autograd.scatter_add(autograd.zeros(3), 0, autograd.tensor([0, 2, 2]), autograd.tensor([1.0, 10.0, 20.0]))
    tensor([ 1.,  0., 30.])
    """
    require_same_dtype(input, src, "scatter")
    axis = require_index(input, dim, index, "scatter_add", src)
    if input._data.ndim == 0:
        return Slice.apply(ScatterAdd.apply(*lined(input, index, src), axis=0), index=(0,))  # type: ignore[no-any-return]
    result: Tensor = ScatterAdd.apply(input, index, src, axis=axis)
    return result


@op(
    lambda make: [
        Sample(make(3, 4), make.integers(0, 12, 2, 3)),
        Sample(make(3), Tensor(np.array([0, -1, 0]), None)),
        Sample(make(2, 3).transpose(0, 1), make.integers(0, 6, 4)),
        Sample(make(3), make.integers(0, 3, 0)),
    ]
)
def take(input: Tensor, index: Tensor) -> Tensor:
    """Return the elements at positions in row-major order, in the shape of `index`.

    Parameters
    ----------
    input : Tensor
    index : Tensor of int64
        Negative positions count from the end.

    Raises
    ------
    IndexError
        If a position is out of range.
    RuntimeError
        If `index` is not int64.

    Examples
    --------
    >>> import autograd
    >>> autograd.take(autograd.tensor([[1, 2], [3, 4]]), autograd.tensor([0, 2, -1]))
    tensor([1, 3, 4])
    """
    if index._data.dtype != np.int64:
        raise RuntimeError(describe(f"take(): Expected a long tensor for index, but got {index._data.dtype}"))
    n = input._data.size
    wrong = index._data[(index._data < -n) | (index._data >= n)]
    if wrong.size:
        raise IndexError(
            describe(f"out of range: tried to access index {wrong.flat[0]} on a tensor of {n} elements.", op="take")
        )
    return getitem(reshape(input, -1), index)


@op(
    lambda make: [
        Sample(make(3, 4), make.integers(0, 4, 3, 2), dim=1),
        Sample(make(3, 4), make.integers(0, 3, 2, 1), dim=-2),
        Sample(make(3, 4), make.integers(0, 12, 2, 2)),
    ]
)
def take_along_dim(input: Tensor, indices: Tensor, dim: int | None = None) -> Tensor:
    """Return the elements at positions along an axis; the other axes broadcast. Without `dim`, of the flattened tensor.

    Parameters
    ----------
    input : Tensor
    indices : Tensor of int64
        As many axes as `input`; negative positions count from the end.
    dim : int, optional

    Raises
    ------
    RuntimeError
        If the numbers of axes differ or a position is out of range.

    Examples
    --------
    >>> import autograd
    >>> x = autograd.tensor([[3, 1, 2], [6, 5, 4]])
    >>> autograd.take_along_dim(x, autograd.argsort(x, dim=1), dim=1)
    tensor([[1, 2, 3],
            [4, 5, 6]])
    """
    if dim is None:
        return gather(reshape(input, -1), 0, reshape(_from_front(indices, input._data.size), -1))
    rank = input._data.ndim
    if indices._data.ndim != rank:
        raise RuntimeError(
            describe(
                "take_along_dim(): input and indices should have the same number of dimensions, but got "
                f"{rank} dimensions for input, and {indices._data.ndim} dimensions for indices"
            )
        )
    axis = normalize_axis(dim, rank)
    shape = list(broadcast_shape(_without(input, axis), _without(indices, axis), "take_along_dim"))
    wide = [expand(t, (*shape[:axis], t._data.shape[axis], *shape[axis + 1 :])) for t in (input, indices)]
    return gather(wide[0], axis, _from_front(wide[1], input._data.shape[axis]))


def _from_front(indices: Tensor, n: int) -> Tensor:
    """Return positions of which the negative ones counted from the end."""
    places = indices._data
    return Tensor(np.where(places < 0, places + n, places), None)


def _without(tensor: Tensor, axis: int) -> tuple[int, ...]:
    shape = list(tensor._data.shape)
    shape[axis] = 1
    return tuple(shape)
