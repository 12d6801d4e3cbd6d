"""Products of tensors summed over pairs of axes, and their kin: traces, Kronecker and cross products."""

from __future__ import annotations

from math import prod
from typing import Any

from autograd.errors import describe
from autograd.ops.axes import normalize_axis
from autograd.ops.permute import permute
from autograd.ops.products import matmul
from autograd.ops.reduce import sum
from autograd.ops.registry import Sample, op
from autograd.ops.shape import reshape
from autograd.ops.slicing import diagonal
from autograd.ops.turning import roll
from autograd.tensor import Tensor

__all__ = ["chain_matmul", "cross", "cross_along", "kron", "tensordot", "trace"]


@op(
    lambda make: [
        Sample(make(2, 3, 4), make(3, 4, 2)),
        Sample(make(2, 3), make(2), 0),
        Sample(make(2, 3), make(3, 4), dims=1),
        Sample(make(2, 3, 4), make(4, 2), ([0, -1], [1, 0])),
        Sample(make(0, 3), make(3, 2), dims=1),
    ],
    method=False,
)
def tensordot(a: Tensor, b: Tensor, dims: Any = 2) -> Tensor:
    """Return the products summed over pairs of axes.

    Parameters
    ----------
    a, b : Tensor
    dims : int or pair of sequences of int
        The number of last axes of `a` and first axes of `b`, or the axes of `a` and those of `b`.

    Returns
    -------
    Tensor
        The other axes of `a`, then those of `b`.

    Raises
    ------
    RuntimeError
        If the axes differ in number or size.

    Examples
    --------
    >>> import autograd
    >>> autograd.tensordot(autograd.ones(2, 3, 4), autograd.ones(4, 3, 5), dims=([1, 2], [1, 0])).shape
    autograd.Size([2, 5])
    """
    if isinstance(dims, Tensor):
        dims = dims.tolist()
    if isinstance(dims, int):
        if dims < 0:
            raise RuntimeError(describe(f"tensordot expects dims >= 0, but got dims={dims}", op="tensordot"))
        if dims > min(a._data.ndim, b._data.ndim):
            raise RuntimeError(
                describe(f"tensordot expects dims < ndim_a or ndim_b, but got dims={dims}", op="tensordot")
            )
        dims = range(-dims, 0), range(dims)
    if len(dims[0]) != len(dims[1]):
        raise RuntimeError(describe("both dimension lists should have same length", op="tensordot"))
    first = [normalize_axis(d, a._data.ndim) for d in dims[0]]
    second = [normalize_axis(d, b._data.ndim) for d in dims[1]]
    if a._data.dtype != b._data.dtype:
        raise RuntimeError(describe("both inputs should have same dtype", op="tensordot"))
    for d, e in zip(*dims, strict=True):
        m, n = a._data.shape[d], b._data.shape[e]
        if m != n and 1 in (m, n):
            a, b = (sum(a, d, keepdim=True), b) if n == 1 else (a, sum(b, e, keepdim=True))
        elif m != n:
            raise RuntimeError(
                describe(
                    f"contracted dimensions need to match, but first has size {m} in dim {d} and second has size "
                    f"{n} in dim "
                    f"{e}",
                    op="tensordot",
                    shapes={"a": a._data.shape, "b": b._data.shape},
                )
            )
    rows = [axis for axis in range(a._data.ndim) if axis not in first]
    columns = [axis for axis in range(b._data.ndim) if axis not in second]
    inner = prod(a._data.shape[axis] for axis in first)
    outer_a, outer_b = [a._data.shape[axis] for axis in rows], [b._data.shape[axis] for axis in columns]
    left = reshape(permute(a, rows + first), (prod(outer_a), inner))
    right = reshape(permute(b, second + columns), (inner, prod(outer_b)))
    return reshape(matmul(left, right), outer_a + outer_b)


@op(
    lambda make: [
        Sample(make(2, 3), make(3, 2)),
        Sample(make(3), make(2)),
        Sample(make(2, 2, 2), make(3, 2)),
        Sample(make(0, 2), make(2, 2)),
    ]
)
def kron(input: Tensor, other: Tensor) -> Tensor:
    """Return the Kronecker product: every element of `input` times the whole of `other`.

    Examples
    --------
    >>> import autograd
    >>> autograd.kron(autograd.tensor([1, 10]), autograd.tensor([1, 2]))
    tensor([ 1,  2, 10, 20])
    """
    rank = max(input._data.ndim, other._data.ndim)
    a = (1,) * (rank - input._data.ndim) + input._data.shape
    b = (1,) * (rank - other._data.ndim) + other._data.shape
    outer = reshape(input, [n for m in a for n in (m, 1)]) * reshape(other, [n for m in b for n in (1, m)])
    return reshape(outer, [m * n for m, n in zip(a, b, strict=True)])


@op(lambda make: [Sample(make(3, 3)), Sample(make(2, 4)), Sample(make(0, 2))])
def trace(input: Tensor) -> Tensor:
    """Return the sum of the diagonal of a matrix.

    Parameters
    ----------
    input : Tensor, shape (n, m)

    Raises
    ------
    RuntimeError
        If `input` is not a matrix.

    Examples
    --------
    >>> import autograd
    >>> autograd.trace(autograd.tensor([[1, 2], [3, 4]]))
    tensor(5)
    """
    if input._data.ndim != 2:
        raise RuntimeError(
            describe(f"trace: expected a matrix, but got tensor with dim {input._data.ndim}", op="trace")
        )
    return sum(diagonal(input))


@op(
    lambda make: [
        Sample(make(2, 3), make(2, 3)),
        Sample(make(3, 2), make(3, 2), 0),
        Sample(make(2, 1, 3), make(1, 4, 3), -1),
    ]
)
def cross(input: Tensor, other: Tensor, dim: int | None = None) -> Tensor:
    """Return the cross products of vectors of three along an axis, by default the first of size 3.

    Parameters
    ----------
    input, other : Tensor
        Shapes that broadcast.
    dim : int, optional
        The axis of size 3.

    Raises
    ------
    RuntimeError
        If an axis has not size 3.

    Examples
    --------
    >>> import autograd
    >>> autograd.cross(autograd.tensor([1, 0, 0]), autograd.tensor([0, 1, 0]))
    tensor([0, 0, 1])
    """
    if dim is None:
        dim = next((axis for axis, n in enumerate(input._data.shape) if n == 3), None)
        if dim is None:
            raise RuntimeError(
                describe("no dimension of size 3 in input", op="cross", shapes={"input": input._data.shape})
            )
    return cross_along(input, other, dim)


def cross_along(input: Tensor, other: Tensor, dim: int) -> Tensor:
    """Return the cross products along an axis.

    Raises
    ------
    RuntimeError
        If an axis has not size 3.
    """
    if input._data.ndim != other._data.ndim:
        raise RuntimeError(
            describe(
                "linalg.cross: inputs must have the same number of dimensions.",
                op="cross",
                shapes={"input": input._data.shape, "other": other._data.shape},
            )
        )
    along = normalize_axis(dim, input._data.ndim)
    m, n = input._data.shape[along], other._data.shape[along]
    if (m, n) != (3, 3):
        raise RuntimeError(
            describe(
                f"linalg.cross: inputs dimension {dim} must have length 3. Got {m} and {n}",
                op="cross",
                shapes={"input": input._data.shape, "other": other._data.shape},
            )
        )
    turned = [roll(x, shift, along) for x in (input, other) for shift in (-1, -2)]
    return turned[0] * turned[3] - turned[1] * turned[2]


@op(lambda make: [Sample(make(2, 3), make(3, 2), make(2, 4)), Sample(make(2, 3))], method=False)
def chain_matmul(*matrices: Tensor) -> Tensor:
    """Return the product of matrices, from left to right; `autograd.linalg.multi_dot` chooses the order.

    Parameters
    ----------
    *matrices : Tensor, shapes (n0, n1), (n1, n2), ...

    Examples
    --------
    >>> import autograd
    >>> autograd.chain_matmul(autograd.ones(2, 3), autograd.ones(3, 4), autograd.ones(4, 5)).shape
    autograd.Size([2, 5])
    """
    result = matrices[0]
    for matrix in matrices[1:]:
        result = matmul(result, matrix)
    return result
