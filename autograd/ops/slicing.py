"""Parts of a tensor as views: ranges, single positions, diagonals and windows, each with its adjoint."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided as strided_array

from autograd.errors import describe, sizes
from autograd.kernels.index import add_at
from autograd.operation import Op
from autograd.ops.axes import normalize_axis
from autograd.ops.registry import Maker, Sample, op
from autograd.storage import relay_row_major
from autograd.tensor import Tensor

__all__ = ["as_strided", "diagonal", "linalg_diagonal", "narrow", "select", "unfold"]

Array = np.ndarray[Any, np.dtype[Any]]


class Slice(Op):
    """Basic indexing: integers, slices, new axes and the ellipsis give a view."""

    __slots__ = ("index", "source")
    is_view = True

    def forward(self, x: Array, *, index: Any) -> Array:
        self.index, self.source = index, x.shape
        return x[(*index, ...)]

    def backward(self, grad: Tensor) -> Tensor:
        result: Tensor = Unslice.apply(grad, index=self.index, shape=self.source)
        return result


class Unslice(Op):
    """Zeros of a given shape with the input at a basic index; adjoint of `Slice`."""

    __slots__ = ("index",)

    def forward(self, x: Array, *, index: Any, shape: tuple[int, ...]) -> Array:
        self.index = index
        out = np.zeros(shape, x.dtype)
        out[(*index, ...)] = x
        return out

    def backward(self, grad: Tensor) -> Tensor:
        result: Tensor = Slice.apply(grad, index=self.index)
        return result


@op(lambda make: [Sample(make(4, 5), 1, 2, 3), Sample(make(4, 5), 0, -3, 2), Sample(make(4), 0, 1, 0)])
def narrow(input: Tensor, dim: int, start: int, length: int) -> Tensor:
    """Return the view ``start : start + length`` of axis `dim`.

    Parameters
    ----------
    input : Tensor
    dim : int
    start : int
        A negative one counts from the end.
    length : int

    Raises
    ------
    IndexError
        If `start` is no position of the axis.
    RuntimeError
        If the range leaves the axis.

    Examples
    --------
    >>> import autograd
    >>> autograd.narrow(autograd.arange(5), 0, 1, 3)
    tensor([1, 2, 3])
    """
    shape = input._data.shape
    if not shape:
        raise RuntimeError(describe("narrow() cannot be applied to a 0-dim tensor.", op="narrow"))
    axis = normalize_axis(dim, len(shape))
    if isinstance(start, Tensor) and (start._data.ndim or start._data.dtype.kind not in "iu"):
        raise RuntimeError(describe("start must be an 0-dim integral Tensor.", op="narrow"))
    n, begin, length = shape[axis], start.__index__(), length.__index__()
    if length < 0:
        raise RuntimeError(describe("narrow(): length must be non-negative.", op="narrow"))
    if not -n <= begin <= n:
        raise IndexError(
            describe(
                f"start out of range (expected to be in range of [{-n}, {n}], but got {begin})", shapes={"input": shape}
            )
        )
    first = begin + n if begin < 0 else begin
    if first + length > n:
        raise RuntimeError(
            describe(
                f"start ({begin}) + length ({length}) exceeds dimension size ({n}).",
                op="narrow",
                shapes={"input": shape},
            )
        )
    index = (slice(None),) * axis + (slice(first, first + length),)
    result: Tensor = Slice.apply(input, index=index)
    return result


@op(lambda make: [Sample(make(2, 3), 0, 1), Sample(make(2, 3, 4), -1, -2), Sample(make(0, 3), 1, 2)])
def select(input: Tensor, dim: int, index: int) -> Tensor:
    """Return the view at one position of axis `dim`, without that axis.

    Parameters
    ----------
    input : Tensor
    dim, index : int
        Negative ones count from the end.

    Raises
    ------
    IndexError
        If there is no such axis or position.

    Examples
    --------
    >>> import autograd
    >>> autograd.select(autograd.tensor([[1, 2], [3, 4]]), 1, 0)
    tensor([1, 3])
    """
    shape = input._data.shape
    if not shape:
        raise IndexError(describe("select() cannot be applied to a 0-dim tensor."))
    axis, position = normalize_axis(dim, len(shape)), index.__index__()
    if not -shape[axis] <= position < shape[axis]:
        raise IndexError(
            describe(f"select(): index {position} out of range for tensor of size {sizes(shape)} at dimension {axis}")
        )
    result: Tensor = Slice.apply(input, index=(slice(None),) * axis + (position,))
    return result


class Diagonal(Op):
    """The diagonal between two axes, as a view with its elements along a new last axis."""

    __slots__ = ("params",)
    is_view = True

    def forward(self, x: Array, *, offset: int, axis1: int, axis2: int) -> Array:
        self.params = {"shape": x.shape, "offset": offset, "axis1": axis1, "axis2": axis2}
        return writable_diagonal(x, offset, axis1, axis2)

    def backward(self, grad: Tensor) -> Tensor:
        result: Tensor = Undiagonal.apply(grad, **self.params)
        return result


class Undiagonal(Op):
    """Zeros with the input on a diagonal; adjoint of `Diagonal`."""

    __slots__ = ("params",)

    def forward(self, x: Array, *, shape: tuple[int, ...], offset: int, axis1: int, axis2: int) -> Array:
        self.params = {"offset": offset, "axis1": axis1, "axis2": axis2}
        out = np.zeros(shape, x.dtype)
        writable_diagonal(out, offset, axis1, axis2)[...] = x
        return out

    def backward(self, grad: Tensor) -> Tensor:
        result: Tensor = Diagonal.apply(grad, **self.params)
        return result


def writable_diagonal(x: Array, offset: int, axis1: int, axis2: int) -> Array:
    """Return a view of a diagonal that, unlike NumPy's, may be written through."""
    view = x.diagonal(offset, axis1, axis2)
    if x.flags.writeable:
        view.flags.writeable = True
    return view


def _diagonals(make: Maker) -> Iterator[Sample]:
    yield Sample(make(3, 4))
    yield Sample(make(3, 4), 1)
    yield Sample(make(2, 3, 4), -1, 2, 0)
    yield Sample(make(2, 3, 3), offset=0, dim1=-2, dim2=-1)
    yield Sample(make(0, 3), 0)


@op(_diagonals)
def diagonal(input: Tensor, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Tensor:
    """Return a view of the diagonal between two axes; its elements lie along the last axis.

    Parameters
    ----------
    offset : int
        Diagonals above the main one are positive.

    Raises
    ------
    RuntimeError
        If the two axes are the same.

    Examples
    --------
    >>> import autograd
    >>> autograd.diagonal(autograd.tensor([[1, 2], [3, 4]]))
    tensor([1, 4])
    >>> autograd.diagonal(autograd.tensor([[1, 2], [3, 4]]), 1)
    tensor([2])
    """
    rank = input._data.ndim
    axis1, axis2 = normalize_axis(dim1, rank), normalize_axis(dim2, rank)
    if axis1 == axis2:
        raise RuntimeError(describe(f"diagonal dimensions cannot be identical {dim1}, {dim2}", op="diagonal"))
    result: Tensor = Diagonal.apply(input, offset=offset, axis1=axis1, axis2=axis2)
    return result


def linalg_diagonal(A: Tensor, *, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Tensor:  # noqa: N803
    """Return a view of the diagonals of matrices: `diagonal` of the last two axes.

    Parameters
    ----------
    A : Tensor, shape (..., m, n)
    offset, dim1, dim2 : int
        As in `diagonal`.

    Examples
    --------
    >>> import autograd
    >>> autograd.linalg.diagonal(autograd.zeros(5, 2, 3)).shape
    autograd.Size([5, 2])
    """
    result: Tensor = diagonal(A, offset, dim1, dim2)
    return result


class Strided(Op):
    """Any regular pattern over the memory of the input. Strides and offset count elements.

    Its adjoint adds up where elements are shared. It works on the input as it lies in memory when it is contiguous.
    """

    __slots__ = ("params",)
    is_view = True

    def forward(self, x: Array, *, shape: tuple[int, ...], strides: tuple[int, ...], offset: int) -> Array:
        self.params = {"shape": shape, "strides": strides, "offset": offset, "source": x.shape}
        start = x.reshape(-1, copy=False)[offset:]
        return strided_array(start, shape, [s * x.itemsize for s in strides])

    def backward(self, grad: Tensor) -> Tensor:
        result: Tensor = Unstrided.apply(grad, **self.params)
        return result


class Unstrided(Op):
    """Elements added up at the places they were read from; adjoint of `Strided`."""

    __slots__ = ("params",)

    def forward(
        self, x: Array, *, shape: tuple[int, ...], strides: tuple[int, ...], offset: int, source: tuple[int, ...]
    ) -> Array:
        self.params = {"shape": shape, "strides": strides, "offset": offset}
        out = np.zeros(source, x.dtype)
        places = np.full((1,) * len(shape), offset)
        for axis, (n, stride) in enumerate(zip(shape, strides, strict=True)):
            places = places + (np.arange(n) * stride).reshape((n,) + (1,) * (len(shape) - axis - 1))
        add_at(out.reshape(-1), places.ravel(), x.ravel())
        return out

    def backward(self, grad: Tensor) -> Tensor:
        result: Tensor = Strided.apply(grad.contiguous(), **self.params)
        return result


@op(lambda make: [Sample(make(3, 4), (2, 2), (4, 1)), Sample(make(6), (3, 2), (1, 1), 1)])
def as_strided(input: Tensor, size: Sequence[int], stride: Sequence[int], storage_offset: int | None = None) -> Tensor:
    """Return a view with the given sizes and strides, in elements, over the memory of a contiguous tensor.

    Parameters
    ----------
    input : Tensor
    size, stride : sequence of int
    storage_offset : int, optional
        Of the first element.

    Raises
    ------
    RuntimeError
        If the input is not contiguous, or the view would leave its memory.

    Examples
    --------
    >>> import autograd
    >>> autograd.as_strided(autograd.arange(5), (3, 3), (1, 1))
    tensor([[0, 1, 2],
            [1, 2, 3],
            [2, 3, 4]])
    """
    shape, strides, offset = tuple(size), tuple(stride), storage_offset or 0
    if len(shape) != len(strides):
        raise RuntimeError(describe("mismatch in length of strides and shape", op="as_strided"))
    if not input._data.flags.c_contiguous and not relay_row_major(input):
        raise RuntimeError(
            describe(
                "as_strided() needs a contiguous tensor",
                rule="strides are those of row-major memory",
                fix="use x.contiguous()",
            )
        )
    last = offset + sum((n - 1) * s for n, s in zip(shape, strides, strict=True))
    if 0 not in shape and (last >= input._data.size or offset < 0 or min(strides, default=0) < 0):
        raise RuntimeError(
            describe(
                f"setStorage: sizes {sizes(shape)}, strides {sizes(strides)}, storage offset {offset}, and itemsize "
                f"{input._data.itemsize} requiring a storage size of {(last + 1) * input._data.itemsize} are out of "
                f"bounds for storage of size {input._data.nbytes}",
                op="as_strided",
            )
        )
    result: Tensor = Strided.apply(input, shape=shape, strides=strides, offset=offset)
    return result


class Windows(Op):
    """Windows along an axis, as a view with their elements along a new last axis."""

    __slots__ = ("params",)
    is_view = True

    def forward(self, x: Array, *, axis: int, size: int, step: int) -> Array:
        self.params = {"axis": axis, "size": size, "step": step, "length": x.shape[axis]}
        shape, strides = [*x.shape, size], [*x.strides, x.strides[axis]]
        shape[axis] = (x.shape[axis] - size) // step + 1
        strides[axis] *= step
        return strided_array(x, shape, strides)

    def backward(self, grad: Tensor) -> Tensor:
        result: Tensor = Unwindows.apply(grad, **self.params)
        return result


class Unwindows(Op):
    """Windows added up where they overlap; adjoint of `Windows`."""

    __slots__ = ("params",)

    def forward(self, x: Array, *, axis: int, size: int, step: int, length: int) -> Array:
        self.params = {"axis": axis, "size": size, "step": step}
        count = x.shape[axis]
        out = np.zeros((*x.shape[:axis], length, *x.shape[axis + 1 : -1]), x.dtype)
        # One addition for each position within the window, whatever the number of windows.
        for k in range(size):
            out[(slice(None),) * axis + (slice(k, k + (count - 1) * step + 1, step),)] += x[..., k]
        return out

    def backward(self, grad: Tensor) -> Tensor:
        result: Tensor = Windows.apply(grad, **self.params)
        return result


def _windowed(make: Maker) -> Iterator[Sample]:
    yield Sample(make(2, 5), 1, 3, 1)
    yield Sample(make(5, 2), -2, 2, 3)
    yield Sample(make(2, 4, 3), 1, 2, 2)
    yield Sample(make(0, 4), 1, 2, 1)


@op(_windowed, name="Tensor.unfold", method=False)
def unfold(input: Tensor, dimension: int, size: int, step: int) -> Tensor:
    """Return a view of all windows of `size` elements along an axis, `step` apart; their elements form a new last axis.

    Parameters
    ----------
    input : Tensor
    dimension, size, step : int

    Returns
    -------
    Tensor
        With ``(n - size) // step + 1`` windows along the axis of size n.

    Raises
    ------
    RuntimeError
        If the window is longer than the axis, or `step` is not positive.

    Examples
    --------
    >>> import autograd
    >>> autograd.arange(5).unfold(0, 3, 2)
    tensor([[0, 1, 2],
            [2, 3, 4]])
    """
    shape = input._data.shape
    if not shape:
        return select(unfold(Slice.apply(input, index=(None,)), dimension, size, step), 0, 0)
    axis = normalize_axis(dimension, len(shape))
    if step <= 0:
        raise RuntimeError(describe(f"step is {step} but must be > 0", op="unfold"))
    if not 0 <= size <= shape[axis]:
        raise RuntimeError(
            describe(
                f"maximum size for tensor at dimension {axis} is {shape[axis]} but size is {size}",
                op="unfold",
                shapes={"input": shape},
            )
        )
    result: Tensor = Windows.apply(input, axis=axis, size=size, step=step)
    return result


METHODS: dict[str, Any] = {"unfold": unfold}
