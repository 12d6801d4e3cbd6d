"""Triangles and diagonals of matrices."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from autograd.dtypes import numpy_dtype, require_cpu
from autograd.errors import describe
from autograd.operation import Op
from autograd.ops.axes import normalize_axis
from autograd.ops.convert import clone
from autograd.ops.inplace import guard, overwrite
from autograd.ops.joining import cat
from autograd.ops.padding import pad
from autograd.ops.registry import Maker, Sample, op
from autograd.ops.select import where
from autograd.ops.shape import reshape
from autograd.ops.singletons import atleast_2d
from autograd.ops.slicing import Undiagonal, diagonal
from autograd.tensor import Tensor

__all__ = ["block_diag", "diag", "diag_embed", "diagflat", "tril", "tril_indices", "triu", "triu_indices"]

Array = np.ndarray[Any, np.dtype[Any]]


class Triangle(Op):
    """A triangle of matrices, the rest zero; its own adjoint."""

    __slots__ = ("params",)

    def forward(self, x: Array, *, lower: bool, offset: int) -> Array:
        self.params = {"lower": lower, "offset": offset}
        return np.tril(x, offset) if lower else np.triu(x, offset)

    def backward(self, grad: Tensor) -> Tensor:
        result: Tensor = Triangle.apply(grad, **self.params)
        return result


def _matrices(make: Maker) -> Iterator[Sample]:
    yield Sample(make(3, 4))
    yield Sample(make(2, 4, 3), 1)
    yield Sample(make(3, 3), diagonal=-2)
    yield Sample(make(0, 3))


def _triangle(input: Tensor, lower: bool, offset: int) -> Tensor:
    if input._data.ndim < 2:
        raise RuntimeError(
            describe(
                f"{'tril' if lower else 'triu'}: input tensor must have at least 2 dimensions",
                fix="unsqueeze the tensor to a matrix",
            )
        )
    result: Tensor = Triangle.apply(input, lower=lower, offset=offset)
    return result


@op(_matrices, in_place=True)
def tril(input: Tensor, diagonal: int = 0) -> Tensor:
    """Return the lower triangles, up to and with a diagonal; the rest is zero.

    Parameters
    ----------
    input : Tensor, shape (..., m, n)
    diagonal : int
        Diagonals above the main one are positive.

    Raises
    ------
    RuntimeError
        If there are fewer than two axes.

    Examples
    --------
    >>> import autograd
    >>> autograd.tril(autograd.ones(3, 3))
    tensor([[1., 0., 0.],
            [1., 1., 0.],
            [1., 1., 1.]])
    """
    return _triangle(input, True, diagonal)


@op(_matrices, in_place=True)
def triu(input: Tensor, diagonal: int = 0) -> Tensor:
    """Return the upper triangles, from a diagonal on; the rest is zero.

    Parameters
    ----------
    input : Tensor, shape (..., m, n)
    diagonal : int
        Diagonals above the main one are positive.

    Raises
    ------
    RuntimeError
        If there are fewer than two axes.

    Examples
    --------
    >>> import autograd
    >>> autograd.triu(autograd.ones(3, 3), 1)
    tensor([[0., 1., 1.],
            [0., 0., 1.],
            [0., 0., 0.]])
    """
    return _triangle(input, False, diagonal)


def _triangle_indices(places: Any, dtype: Any, device: Any) -> Tensor:
    require_cpu(device)
    kind = np.dtype(np.int64) if dtype is None else numpy_dtype(dtype)
    return Tensor(np.stack(places).astype(kind), None)


@op(lambda make: [Sample(3, 4), Sample(3, 3, -1), Sample(2, 4, offset=1)], differentiable=False, method=False)
def tril_indices(row: int, col: int, offset: int = 0, *, dtype: Any = None, device: Any = None) -> Tensor:
    """Return the rows and the columns of the elements of a lower triangle, shape (2, count).

    Parameters
    ----------
    row, col : int
        Size of the matrix.
    offset : int
        Number of the diagonal.
    dtype : dtype, optional
        int64 by default.
    device : optional

    Examples
    --------
    >>> import autograd
    >>> autograd.tril_indices(2, 2)
    tensor([[0, 1, 1],
            [0, 0, 1]])
    """
    return _triangle_indices(np.tril_indices(row, offset, col), dtype, device)


@op(lambda make: [Sample(3, 4), Sample(3, 3, -1), Sample(2, 4, offset=1)], differentiable=False, method=False)
def triu_indices(row: int, col: int, offset: int = 0, *, dtype: Any = None, device: Any = None) -> Tensor:
    """Return the rows and the columns of the elements of an upper triangle, shape (2, count).

    Parameters
    ----------
    row, col : int
        Size of the matrix.
    offset : int
        Number of the diagonal.
    dtype : dtype, optional
        int64 by default.
    device : optional

    Examples
    --------
    >>> import autograd
    >>> autograd.triu_indices(2, 2)
    tensor([[0, 0, 1],
            [0, 1, 1]])
    """
    return _triangle_indices(np.triu_indices(row, offset, col), dtype, device)


@op(lambda make: [Sample(make(3)), Sample(make(3, 4)), Sample(make(3), 1), Sample(make(3, 4), diagonal=-1)])
def diag(input: Tensor, diagonal: int = 0) -> Tensor:
    """Return the matrix with a vector on its diagonal, or a copy of the diagonal of a matrix.

    Parameters
    ----------
    input : Tensor, shape (n,) or (m, n)
    diagonal : int
        Diagonals above the main one are positive.

    Raises
    ------
    RuntimeError
        If `input` is neither.

    Examples
    --------
    >>> import autograd
    >>> autograd.diag(autograd.tensor([1, 2]))
    tensor([[1, 0],
            [0, 2]])
    >>> autograd.diag(autograd.tensor([[1, 2], [3, 4]]))
    tensor([1, 4])
    """
    if input._data.ndim not in (1, 2):
        raise RuntimeError(
            describe(f"diag(): Supports 1D or 2D tensors. Got {input._data.ndim}D", fix="use diagonal or diag_embed")
        )
    return diag_embed(input, diagonal) if input._data.ndim == 1 else clone(_diagonal(input, diagonal))


_diagonal = diagonal


@op(
    lambda make: [
        Sample(make(3)),
        Sample(make(2, 3), 1),
        Sample(make(2, 3), -1, 0, 2),
        Sample(make(2, 3), dim1=2, dim2=0),
        Sample(make(0, 2)),
    ]
)
def diag_embed(input: Tensor, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Tensor:
    """Return zeros with `input` on the diagonals between two new axes.

    Parameters
    ----------
    input : Tensor, shape (..., n)
    offset : int
        Diagonals above the main one are positive.
    dim1, dim2 : int
        Where the new axes stand in the result.

    Raises
    ------
    RuntimeError
        If the two axes are the same.

    Examples
    --------
    >>> import autograd
    >>> autograd.diag_embed(autograd.ones(5, 2)).shape
    autograd.Size([5, 2, 2])
    """
    shape = input._data.shape
    rank = len(shape) + 1
    axis1, axis2 = normalize_axis(dim1, rank), normalize_axis(dim2, rank)
    if axis1 == axis2:
        raise RuntimeError(describe(f"diagonal dimensions cannot be identical {dim1}, {dim2}", op="diag_embed"))
    n = shape[-1] + abs(offset)
    whole = list(shape[:-1])
    for axis in sorted((axis1, axis2)):
        whole.insert(axis, n)
    result: Tensor = Undiagonal.apply(input, shape=tuple(whole), offset=offset, axis1=axis1, axis2=axis2)
    return result


@op(lambda make: [Sample(make(3)), Sample(make(2, 2), 1), Sample(make(), offset=-1)])
def diagflat(input: Tensor, offset: int = 0) -> Tensor:
    """Return the matrix with all elements of `input` on its diagonal.

    Parameters
    ----------
    input : Tensor
        Its elements are taken in row-major order.
    offset : int
        Diagonals above the main one are positive.

    Examples
    --------
    >>> import autograd
    >>> autograd.diagflat(autograd.tensor([[1], [2]]))
    tensor([[1, 0],
            [0, 2]])
    """
    return diag_embed(reshape(input, -1), offset)


@op(lambda make: [Sample(make(2, 3), make(1, 2)), Sample(make(3), make(), make(2, 2))], method=False)
def block_diag(*tensors: Tensor) -> Tensor:
    """Return the matrix with matrices along its diagonal; vectors are rows.

    Raises
    ------
    RuntimeError
        If a tensor has more than two axes.

    Examples
    --------
    >>> import autograd
    >>> autograd.block_diag(autograd.tensor([[1, 2]]), autograd.tensor([[3], [4]]))
    tensor([[1, 2, 0],
            [0, 0, 3],
            [0, 0, 4]])
    """
    for position, tensor in enumerate(tensors):
        if tensor._data.ndim > 2:
            raise RuntimeError(
                describe(
                    f"torch.block_diag: Input tensors must have 2 or fewer dimensions. Input {position} has "
                    f"{tensor._data.ndim} dimensions"
                )
            )
    blocks = [atleast_2d(t) for t in tensors]
    width = sum(b._data.shape[1] for b in blocks)
    rows, before = [], 0
    for block in blocks:
        own = block._data.shape[1]
        rows.append(pad(block, (before, width - before - own)))
        before += own
    return cat(rows)


def fill_diagonal_(self: Tensor, fill_value: float, wrap: bool = False) -> Tensor:
    """Set the diagonal elements, those with equal positions on all axes, to a value.

    Parameters
    ----------
    wrap : bool
        Let the diagonal of a tall matrix start again.

    Raises
    ------
    RuntimeError
        If there are fewer than two axes, or more that are not equal in length.

    Examples
    --------
    >>> import autograd
    >>> autograd.zeros(2, 3).fill_diagonal_(5.0)
    tensor([[5., 0., 0.],
            [0., 5., 0.]])
    """
    shape = self._data.shape
    if len(shape) < 2:
        raise RuntimeError(describe("dimensions must larger than 1", op="fill_diagonal_"))
    if len(shape) > 2 and len(set(shape)) > 1:
        raise RuntimeError(describe("all dimensions of input must be of equal length", op="fill_diagonal_"))
    since = guard(self, "fill_diagonal_")
    mask = np.zeros(shape, bool)
    np.fill_diagonal(mask, True, wrap)
    return overwrite(self, where(Tensor(mask, None), fill_value, self), "fill_diagonal_", since)


METHODS: dict[str, Any] = {"fill_diagonal_": fill_diagonal_}
