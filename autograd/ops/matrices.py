"""What is composed of matrix products and decompositions: matrix norms, powers, chains, condition and rank."""

# ruff: noqa: N803, N806 (matrices have the names that mathematics gives them)

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from autograd.dtypes import numpy_dtype
from autograd.errors import describe, sizes
from autograd.ops.axes import normalize_axis
from autograd.ops.contractions import cross_along
from autograd.ops.decompositions import svdvals
from autograd.ops.extremes import amax, amin
from autograd.ops.inverses import inverse, require_matrix, singular_values
from autograd.ops.norms import vector_norm
from autograd.ops.permute import movedim
from autograd.ops.products import matmul
from autograd.ops.promote import cast
from autograd.ops.reduce import sum
from autograd.ops.registry import Maker, Sample, op
from autograd.ops.rounding import abs
from autograd.ops.shape import reshape
from autograd.ops.singletons import unsqueeze
from autograd.ops.systems import tolerance
from autograd.tensor import Tensor

__all__ = ["cond", "linalg_cross", "linalg_norm", "matrix_norm", "matrix_power", "matrix_rank", "multi_dot", "norm"]

Axes = int | Sequence[int] | None


def _refuse_order(ord: Any) -> RuntimeError:
    return RuntimeError(
        describe(
            f"linalg.matrix_norm: Order {ord} not supported.",
            op="linalg.matrix_norm",
            rule="'fro', 'nuc', inf, -inf, 1, -1, 2 and -2 are",
        )
    )


def _orders(make: Maker) -> Iterator[Sample]:
    for ord in ("fro", "nuc", math.inf, -math.inf, 1, -1, 2, -2):
        yield Sample(make.distinct(3, 4), ord)
    yield Sample(make(2, 3, 2), "nuc", dim=(0, -1), keepdim=True)
    yield Sample(make(2, 3, 2), 1, (1, 0), keepdim=True)
    yield Sample(make(2, 3, 2))


@op(_orders, name="linalg.matrix_norm", method=False)
def matrix_norm(
    A: Tensor,
    ord: Any = "fro",
    dim: Any = (-2, -1),
    keepdim: bool = False,
    *,
    dtype: Any = None,
) -> Tensor:
    """Return the norms of matrices.

    Parameters
    ----------
    A : Tensor, shape (..., m, n)
    ord : {'fro', 'nuc', inf, -inf, 1, -1, 2, -2}
        Frobenius; sum of the singular values; largest or smallest sum of a row (inf) or column (1); largest or smallest
        singular value (2).
    dim : pair of int
        The axes of rows and columns.
    keepdim : bool
    dtype : dtype, optional
        Convert first.

    Raises
    ------
    RuntimeError
        If the order is none of these, or the axes are equal.

    Examples
    --------
    >>> import autograd
    >>> A = autograd.tensor([[1.0, -2.0], [3.0, 4.0]])
    >>> autograd.linalg.matrix_norm(A, 1), autograd.linalg.matrix_norm(A, autograd.inf)
    (tensor(6.), tensor(7.))
    """
    if dtype is not None:
        A = cast(A, numpy_dtype(dtype))
    require_matrix(A, "linalg.matrix_norm")
    if ord not in ("fro", "nuc", 1, -1, 2, -2, math.inf, -math.inf):
        raise _refuse_order(ord)
    rank = A._data.ndim
    if not isinstance(dim, Sequence) or len(dim) != 2:
        given = " ".join(map(str, dim if isinstance(dim, Sequence) else (dim,)))
        raise RuntimeError(describe(f"linalg.matrix_norm: dim must be a 2-tuple. Got {given}", op="linalg.matrix_norm"))
    rows, columns = (normalize_axis(d, rank) for d in dim)
    if rows == columns:
        raise RuntimeError(
            describe(f"linalg.matrix_norm: dims must be different. Got ({dim[0]}, {dim[1]})", op="linalg.matrix_norm")
        )
    if ord == "fro":
        return vector_norm(A, 2, (rows, columns), keepdim)
    if ord == "nuc" or ord in (2, -2):
        values = svdvals(movedim(A, (rows, columns), (-2, -1)))
        result = sum(values, -1) if ord == "nuc" else (amax if ord > 0 else amin)(values, -1)
    else:
        summed, searched = (columns, rows) if math.isinf(ord) else (rows, columns)
        totals = sum(abs(A), summed)
        result = (amax if ord > 0 else amin)(totals, searched - (summed < searched))
    if not keepdim:
        return result
    for axis in sorted((rows, columns)):
        result = unsqueeze(result, axis)
    return result


def _any_norm(make: Maker) -> Iterator[Sample]:
    for ord in (None, "fro", "nuc", math.inf, 1, 2):
        yield Sample(make.distinct(3, 4), ord)
    for ord in (None, 0, 3, -math.inf):
        yield Sample(make.distinct(4), ord)
    yield Sample(make(2, 3, 2))
    yield Sample(make(2, 3, 2), None, (0, 2))
    yield Sample(make(2, 3, 2), 1, (0, 1), keepdim=True)
    yield Sample(make(2, 3), 1, -1)


@op(_any_norm, name="linalg.norm", method=False)
def linalg_norm(
    A: Tensor,
    ord: Any = None,
    dim: Axes = None,
    keepdim: bool = False,
    *,
    dtype: Any = None,
) -> Tensor:
    """Return a vector norm, or with an order and two axes a matrix norm.

    Parameters
    ----------
    A : Tensor
    ord : float or {'fro', 'nuc'}, optional
        Left out, the 2-norm of all elements in question.
    dim : int or pair of int, optional
        One axis: vectors; two: matrices. Left out with an order, `A` is a vector or a matrix itself.
    keepdim : bool
    dtype : dtype, optional

    Raises
    ------
    RuntimeError
        If the order needs a vector or matrix and `A` is neither.

    Examples
    --------
    >>> import autograd
    >>> autograd.linalg.norm(autograd.tensor([[3.0, 0.0], [0.0, 4.0]]))
    tensor(5.)
    >>> autograd.linalg.norm(autograd.tensor([[3.0, 0.0], [0.0, 4.0]]), 1)
    tensor(4.)
    """
    axes = dim if dim is None or isinstance(dim, Sequence) else (dim,)
    if ord is None:
        return vector_norm(A, 2, axes, keepdim, dtype=dtype)
    rank = A._data.ndim if axes is None else len(axes)
    if axes is None and rank not in (1, 2):
        raise RuntimeError(
            describe(
                f"linalg.norm: If dim is not specified but ord is, the input must be 1D or 2D. Got {rank}D.",
                op="linalg.norm",
            )
        )
    if axes is not None and rank > 2:
        raise RuntimeError(
            describe(
                f"linalg.norm: If dim is specified, it must be of length 1 or 2. Got {sizes(axes)}", op="linalg.norm"
            )
        )
    if rank == 2 or isinstance(ord, str):
        return matrix_norm(A, ord, (-2, -1) if axes is None else axes, keepdim, dtype=dtype)
    return vector_norm(A, ord, axes, keepdim, dtype=dtype)


def _old_norms(make: Maker) -> Iterator[Sample]:
    yield Sample(make(2, 3, 2))
    yield Sample(make(2, 3), 1)
    yield Sample(make.distinct(2, 3), math.inf, 1)
    yield Sample(make(2, 3), p=3, dim=(0, 1), keepdim=True)
    yield Sample(make(2, 3), "nuc")
    yield Sample(make(2, 3), "fro", dim=0)


@op(_old_norms)
def norm(input: Tensor, p: Any = "fro", dim: Axes = None, keepdim: bool = False, dtype: Any = None) -> Tensor:
    """Return a vector norm over all axes or those in `dim`; with 'nuc', the sum of a matrix's singular values.

    Parameters
    ----------
    input : Tensor
    p : float or {'fro', 'nuc'}
        Order of the norm; 'fro' is that of order 2.
    dim : int or sequence of int, optional
    keepdim : bool
    dtype : dtype, optional
        Convert first.

    Raises
    ------
    RuntimeError
        For integers, or an unknown order.

    Examples
    --------
    >>> import autograd
    >>> autograd.norm(autograd.tensor([3.0, 4.0]))
    tensor(5.)
    >>> autograd.norm(autograd.tensor([[3.0, -4.0]]), 1, dim=1)
    tensor([7.])
    """
    if p == "nuc":
        return matrix_norm(input, "nuc", range(input._data.ndim) if dim is None else dim, keepdim, dtype=dtype)
    if isinstance(p, str) and p != "fro":
        raise _refuse_order(p)
    return vector_norm(input, 2 if p == "fro" or p is None else p, dim, keepdim, dtype=dtype)


@op(
    lambda make: [Sample(make(2, 3), make(2, 3)), Sample(make(3, 2), make(3, 1), dim=0)],
    name="linalg.cross",
    method=False,
)
def linalg_cross(input: Tensor, other: Tensor, *, dim: int = -1) -> Tensor:
    """Return the cross products of vectors of three along an axis.

    Parameters
    ----------
    input, other : Tensor
        Size 3 on the axis `dim`; the others broadcast.
    dim : int

    Raises
    ------
    RuntimeError
        If the axis has not size 3.

    Examples
    --------
    >>> import autograd
    >>> autograd.linalg.cross(autograd.tensor([1.0, 0.0, 0.0]), autograd.tensor([0.0, 1.0, 0.0]))
    tensor([0., 0., 1.])
    """
    return cross_along(input, other, dim)


def _powers(make: Maker) -> Iterator[Sample]:
    for n in (0, 1, 2, 5, -2):
        A = make(2, 3, 3)
        A._data[...] += 2 * np.eye(3)
        yield Sample(A, n)


@op(_powers)
def matrix_power(A: Tensor, n: int) -> Tensor:
    """Return powers of square matrices with an integer exponent, by repeated squaring.

    Parameters
    ----------
    A : Tensor, shape (..., n, n)
    n : int
        0 gives identities; a negative exponent inverts first.

    Raises
    ------
    RuntimeError
        If they are not square.

    Examples
    --------
    >>> import autograd
    >>> autograd.matrix_power(autograd.tensor([[1.0, 1.0], [0.0, 1.0]]), 3)
    tensor([[1., 3.],
            [0., 1.]])
    """
    require_matrix(A, "linalg.matrix_power", square=True)
    base = inverse(A) if n < 0 else A
    n = -n if n < 0 else n
    if n == 0:
        return base * 0 + Tensor(np.eye(A._data.shape[-1], dtype=A._data.dtype), None)
    result: Tensor | None = None
    while n:
        if n & 1:
            result = base if result is None else matmul(result, base)
        n >>= 1
        base = matmul(base, base) if n else base
    return result  # type: ignore[return-value]


@op(
    lambda make: [
        Sample([make(2, 3), make(3, 4), make(4, 2)]),
        Sample([make(3), make(3, 4), make(4, 2), make(2)]),
        Sample((make(2, 3), make(3, 1))),
    ],
    name="linalg.multi_dot",
    method=False,
)
def multi_dot(tensors: Sequence[Tensor]) -> Tensor:
    """Return the product of matrices in the order that takes the fewest multiplications.

    Parameters
    ----------
    tensors : sequence of Tensor
        Matrices; the first may be a row vector, the last a column vector.

    Raises
    ------
    RuntimeError
        If there are fewer than two, or they do not fit.

    Examples
    --------
    >>> import autograd
    >>> autograd.linalg.multi_dot([autograd.ones(2, 3), autograd.ones(3, 4), autograd.ones(4)])
    tensor([12., 12.])
    """
    count = len(tensors)
    if count < 2:
        raise RuntimeError(describe(f"multi_dot(): expected at least 2 tensors but got {count}", op="linalg.multi_dot"))
    shapes = [x._data.shape for x in tensors]
    result_shape = (shapes[0][:1] if len(shapes[0]) == 2 else ()) + (shapes[-1][1:] if len(shapes[-1]) == 2 else ())
    parts = list(tensors)
    if len(shapes[0]) == 1:
        parts[0] = reshape(parts[0], (1, -1))
    if len(shapes[-1]) == 1:
        parts[-1] = reshape(parts[-1], (-1, 1))
    for i in range(count - 1):
        if parts[i]._data.shape[-1] != parts[i + 1]._data.shape[0]:
            raise RuntimeError(
                describe(
                    f"multi_dot(): tensors {i} and {i + 1} with shapes {sizes(shapes[i])} and "
                    f"{sizes(shapes[i + 1])} cannot "
                    "be multiplied",
                    op="linalg.multi_dot",
                )
            )
    lengths = [parts[0]._data.shape[0]] + [x._data.shape[1] for x in parts]
    return reshape(_multiplied(parts, _split_points(lengths), 0, count - 1), result_shape)


def _split_points(lengths: list[int]) -> dict[tuple[int, int], int]:
    """Return where to split every run of a matrix chain (Cormen et al., section 15.2)."""
    count = len(lengths) - 1
    cost = {(i, i): 0 for i in range(count)}
    split = {}
    for span in range(1, count):
        for first in range(count - span):
            last = first + span
            options = [
                (cost[first, k] + cost[k + 1, last] + lengths[first] * lengths[k + 1] * lengths[last + 1], k)
                for k in range(first, last)
            ]
            cost[first, last], split[first, last] = min(options)
    return split


def _multiplied(parts: list[Tensor], split: dict[tuple[int, int], int], first: int, last: int) -> Tensor:
    if first == last:
        return parts[first]
    k = split[first, last]
    return matmul(_multiplied(parts, split, first, k), _multiplied(parts, split, k + 1, last))


@op(
    lambda make: [Sample(next(_powers(make)).args[0], p) for p in (None, 2, -2, 1, "fro")],
    name="linalg.cond",
    method=False,
)
def cond(A: Tensor, p: Any = None) -> Tensor:
    """Return the condition numbers of matrices: the norm times that of the inverse.

    Parameters
    ----------
    A : Tensor, shape (..., n, n), or (..., m, n) for `p` None, 2 and -2
    p : optional
        Order of the matrix norm; by default 2.

    Examples
    --------
    >>> import autograd
    >>> autograd.linalg.cond(autograd.tensor([[2.0, 0.0], [0.0, 8.0]]), 1)
    tensor(4.)
    """
    require_matrix(A, "linalg.cond")
    if p in (None, 2, -2):
        values = svdvals(A)
        largest, smallest = amax(values, -1), amin(values, -1)
        return smallest / largest if p == -2 else largest / smallest
    return matrix_norm(A, p) * matrix_norm(inverse(A), p)


@op(
    lambda make: [Sample(make(3, 4)), Sample(make(2, 3, 3))],
    name="linalg.matrix_rank",
    method=False,
    differentiable=False,
)
def matrix_rank(A: Tensor, tol: Any = None, hermitian: bool = False, *, atol: Any = None, rtol: Any = None) -> Tensor:
    """Return how many singular values are larger than ``max(atol, rtol * largest)``; it has no gradient.

    `tol` is an older name of `atol`; that matrices are `hermitian` makes no difference to their singular values.

    Parameters
    ----------
    A : Tensor, shape (..., m, n)
    tol : float or Tensor, optional
    hermitian : bool
    atol : float or Tensor, optional
        0 by default.
    rtol : float or Tensor, optional
        The larger of m and n times the machine epsilon by default, or 0 if `atol` is positive.

    Returns
    -------
    Tensor of int64, shape (...)

    Examples
    --------
    >>> import autograd
    >>> autograd.linalg.matrix_rank(autograd.tensor([[1.0, 2.0], [2.0, 4.0]]))
    tensor(1)
    """
    require_matrix(A, "linalg.matrix_rank")
    values = singular_values(A._data, compute_uv=False)
    limit = tolerance(A, values, *((tol, 0) if tol is not None else (atol, rtol)))
    return Tensor(np.asarray((values > limit[..., None]).sum(-1)), None)
