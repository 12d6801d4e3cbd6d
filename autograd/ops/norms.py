"""Norms of vectors, and distances."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from autograd.dtypes import numpy_dtype, scalar_type
from autograd.errors import describe
from autograd.operation import Op
from autograd.ops.axes import normalize_axes
from autograd.ops.promote import cast
from autograd.ops.reduce import keep_axes
from autograd.ops.registry import Maker, Sample, op
from autograd.ops.rounding import sgn
from autograd.ops.select import masked, where
from autograd.ops.shape import reshape
from autograd.tensor import Tensor

__all__ = ["cdist", "dist", "pdist", "vector_norm"]

Array = np.ndarray[Any, np.dtype[Any]]
Axes = int | Sequence[int] | None


class VectorNorm(Op):
    """``sum(|x| ** p) ** (1 / p)`` over axes; flat at zero."""

    __slots__ = ("axes", "p")
    keeps = {0: (0,)}
    keeps_output = True

    @np.errstate(divide="ignore", invalid="ignore", over="ignore")
    def forward(self, x: Array, *, p: float, axes: tuple[int, ...], keepdim: bool) -> Array:
        self.p, self.axes = p, axes
        size = np.abs(x)
        options: dict[str, Any] = {"axis": axes, "keepdims": keepdim}
        if p == 2:
            return np.sqrt(np.square(size).sum(**options))  # type: ignore[no-any-return]
        if math.isinf(p):
            return size.max(**options) if p > 0 else size.min(**options)  # type: ignore[no-any-return]
        if p == 0:
            return (size != 0).sum(**options).astype(size.dtype)  # type: ignore[no-any-return]
        if p == 1:
            return size.sum(**options)  # type: ignore[no-any-return]
        return (size**p).sum(**options) ** (1 / p)  # type: ignore[no-any-return]

    def backward(self, grad: Tensor) -> Tensor:
        (x,) = self.saved
        shape, p = x._data.shape, self.p
        grad, norm = keep_axes(grad, shape, self.axes), keep_axes(self.output, shape, self.axes)
        if p == 0:
            return grad * (x * 0)  # type: ignore[no-any-return]
        if p == 1:
            return grad * sgn(x)
        flat = norm == 0
        safe = where(flat, 1, norm)
        if p == 2:
            return x * masked(~flat, grad / safe)  # type: ignore[no-any-return]
        size = abs(x)
        if math.isinf(p):
            largest = Tensor(np.asarray(size._data == norm._data, x._data.dtype), None)
            return sgn(x) * largest * (grad / largest.sum(self.axes, keepdim=True))  # type: ignore[no-any-return]
        zero = x == 0
        rising = where(zero, 0, where(zero, 1, size) ** (p - 1))
        return sgn(x) * rising * masked(~flat, grad / safe ** (p - 1))  # type: ignore[no-any-return]


def _norms(make: Maker) -> Iterator[Sample]:
    yield Sample(make.nonzero(2, 3))
    for p in (0, 0.5, 1, 1.5, 3, math.inf, -math.inf, -2):
        yield Sample(make.distinct(2, 3), p, 1)
    yield Sample(make.nonzero(2, 3, 2), 2, (0, -1), keepdim=True)
    yield Sample(make.nonzero(), 2)
    yield Sample(make(0, 3), 2, 1)


@op(_norms, name="linalg.vector_norm", method=False)
def vector_norm(x: Tensor, ord: float = 2, dim: Axes = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """Return ``sum(|x| ** ord) ** (1 / ord)`` over all axes or those in `dim`; its derivative at zero is 0.

    Parameters
    ----------
    x : Tensor
    ord : float
        ``inf`` gives the largest magnitude, ``-inf`` the smallest, 0 the number of elements that are not zero.
    dim : int or sequence of int, optional
    keepdim : bool
    dtype : dtype, optional
        Convert first.

    Raises
    ------
    RuntimeError
        For integers.

    Examples
    --------
    >>> import autograd
    >>> autograd.linalg.vector_norm(autograd.tensor([3.0, -4.0]))
    tensor(5.)
    >>> autograd.linalg.vector_norm(autograd.tensor([3.0, -4.0]), autograd.inf)
    tensor(4.)
    """
    if dtype is not None:
        x = cast(x, numpy_dtype(dtype))
    if x._data.dtype.kind not in "fc":
        raise RuntimeError(
            describe(
                "linalg.vector_norm: Expected a floating point or complex tensor as input. Got "
                f"{scalar_type(x._data.dtype)}",
                op="linalg.vector_norm",
                fix="x.float()",
            )
        )
    axes = normalize_axes(dim, x._data.ndim)
    if (math.isinf(ord) or ord < 0) and 0 in [x._data.shape[axis] for axis in axes]:
        raise RuntimeError(
            describe(
                f"linalg.vector_norm cannot compute the {ord:g} norm on an empty tensor because the operation "
                "does not have "
                "an identity",
                op="linalg.vector_norm",
                shapes={"x": x._data.shape},
            )
        )
    result: Tensor = VectorNorm.apply(x, p=ord, axes=axes, keepdim=keepdim)
    return result


@op(lambda make: [Sample(make(2, 3), make(2, 3)), Sample(make(2, 3), make(3), 1), Sample(make(2), make(2), p=3)])
def dist(input: Tensor, other: Tensor, p: float = 2) -> Tensor:
    """Return the norm of the difference of two tensors.

    Parameters
    ----------
    input, other : Tensor
        Their shapes broadcast.
    p : float
        Order of the norm.

    Examples
    --------
    >>> import autograd
    >>> autograd.dist(autograd.tensor([0.0, 0.0]), autograd.tensor([3.0, 4.0]))
    tensor(5.)
    """
    return vector_norm(input - other, p)


def _clouds(make: Maker) -> Iterator[Sample]:
    for p in (2.0, 0.0, 1.0, 1.5, math.inf):
        yield Sample(make(3, 2), make(4, 2), p)
    yield Sample(make(2, 1, 3, 2), make(3, 2, 2), p=2.0)
    yield Sample(make(0, 2), make(3, 2))


@op(_clouds, method=False)
def cdist(x1: Tensor, x2: Tensor, p: float = 2.0, compute_mode: str = "use_mm_for_euclid_dist_if_necessary") -> Tensor:
    """Return the distances between every row of `x1` and every row of `x2`.

    Parameters
    ----------
    x1 : Tensor, shape (..., m, k)
    x2 : Tensor, shape (..., n, k)
    p : float
        Order of the norm.
    compute_mode : str
        Accepted; the differences themselves are always what is summed.

    Returns
    -------
    Tensor, shape (..., m, n)

    Raises
    ------
    RuntimeError
        If the rows differ in length, or `p` is negative.

    Examples
    --------
    >>> import autograd
    >>> autograd.cdist(autograd.tensor([[0.0, 0.0]]), autograd.tensor([[3.0, 4.0], [0.0, 1.0]]))
    tensor([[5., 1.]])
    """
    a, b = x1._data.shape, x2._data.shape
    for name, shape in (("X1", a), ("X2", b)):
        if len(shape) < 2:
            raise RuntimeError(
                describe(f"cdist only supports at least 2D tensors, {name} got: {len(shape)}D", op="cdist")
            )
    for name, x in (("X1", x1), ("X2", x2)):
        if x._data.dtype.kind != "f":
            raise RuntimeError(
                describe(
                    f"cdist only supports floating-point dtypes, {name} got: {scalar_type(x._data.dtype)}", op="cdist"
                )
            )
    if a[-1] != b[-1]:
        raise RuntimeError(
            describe(f"X1 and X2 must have the same number of columns. X1: {a[-1]} X2: {b[-1]}", op="cdist")
        )
    if p < 0:
        raise RuntimeError(describe("cdist only supports non-negative p values", op="cdist", rule=f"p is {p}"))
    return vector_norm(reshape(x1, (*a[:-1], 1, a[-1])) - reshape(x2, (*b[:-2], 1, *b[-2:])), p, -1)


@op(lambda make: [Sample(make(4, 3)), Sample(make(3, 2), 1.0), Sample(make(1, 2))], method=False)
def pdist(input: Tensor, p: float = 2) -> Tensor:
    """Return the distances between the rows of a matrix, every pair once, row by row.

    Parameters
    ----------
    input : Tensor, shape (n, k)
    p : float
        Order of the norm.

    Returns
    -------
    Tensor, shape (n (n - 1) / 2,)
        Of rows 0 and 1, 0 and 2, ..., 1 and 2, ...

    Raises
    ------
    RuntimeError
        If `input` is not a matrix, or `p` is negative.

    Examples
    --------
    >>> import autograd
    >>> autograd.pdist(autograd.tensor([[0.0], [1.0], [3.0]]))
    tensor([1., 3., 2.])
    """
    if input._data.ndim != 2:
        raise RuntimeError(describe(f"pdist only supports 2D tensors, got: {input._data.ndim}D", op="pdist"))
    if p < 0:
        raise RuntimeError(describe("pdist only supports non-negative p values", op="pdist", rule=f"p is {p}"))
    first, second = np.triu_indices(input._data.shape[0], 1)
    return vector_norm(input[Tensor(first, None)] - input[Tensor(second, None)], p, 1)
