"""Products of vectors and matrices, and the affine maps made of them."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import Any

import numpy as np

from autograd.dtypes import scalar_type
from autograd.errors import describe, sizes
from autograd.kernels import product as kernel
from autograd.operation import Op
from autograd.ops.arguments import require_tensors, same_type
from autograd.ops.promote import broadcast_shape, c_name
from autograd.ops.reduce import sum
from autograd.ops.registry import Maker, Sample, op
from autograd.ops.shape import reshape
from autograd.tensor import Tensor

__all__ = ["bmm", "dot", "inner", "matmul", "mm", "mv", "outer", "vdot"]

Array = np.ndarray[Any, np.dtype[Any]]


def product(a: Array, b: Array) -> Array:
    """Return the product of two matrices or stacks of matrices, one large product where the second is one matrix."""
    if b.ndim == 2 and a.ndim > 2:
        return kernel.product(a.reshape(prod(a.shape[:-1]), a.shape[-1]), b).reshape(*a.shape[:-1], b.shape[1])
    return kernel.product(a, b)


class MatMul(Op):
    """Product of matrices, or stacks of them, each turned (transposed) or not: closed under differentiation."""

    __slots__ = ("folds", "turned")
    keeps = {0: (1,), 1: (0,)}

    def forward(self, a: Array, b: Array, *, turn_a: bool = False, turn_b: bool = False) -> Array:
        self.turned = turn_a, turn_b
        self.folds = b.ndim == 2 and a.ndim > 2 and not turn_a
        return product(a.swapaxes(-1, -2) if turn_a else a, b.swapaxes(-1, -2) if turn_b else b)

    def backward(self, grad: Tensor) -> tuple[Tensor | None, Tensor | None]:
        a, b = self.saved
        turn_a, turn_b = self.turned
        for_a = for_b = None
        if self.needs_input_grad[0]:
            b = conjugate(b)
            for_a = (
                MatMul.apply(b, grad, turn_a=turn_b, turn_b=True)
                if turn_a
                else MatMul.apply(grad, b, turn_a=False, turn_b=not turn_b)
            )
        if self.needs_input_grad[1]:
            a = conjugate(a)
            if self.folds:
                # One matrix met a stack: its gradient is one large product rather than a sum of many.
                a, grad = as_matrix(a), as_matrix(grad)
            for_b = (
                MatMul.apply(grad, a, turn_a=True, turn_b=turn_a)
                if turn_b
                else MatMul.apply(a, grad, turn_a=not turn_a, turn_b=False)
            )
        return for_a, for_b


def conjugate(x: Tensor) -> Tensor:
    return x.conj() if x._data.dtype.kind == "c" else x


def as_matrix(x: Tensor) -> Tensor:
    shape = x._data.shape
    return x if len(shape) == 2 else reshape(x, (prod(shape[:-1]), shape[-1]))


def same_dtype(a: Tensor, b: Tensor, name: str, names: str = "m1 and m2") -> None:
    if a._data.dtype != b._data.dtype and not same_type(a, b):
        raise RuntimeError(
            describe(
                f"expected {names} to have the same dtype, but got: {c_name(a)} != {c_name(b)}",
                op=name,
                fix="convert one of them with .to(dtype)",
            )
        )
    if a._data.dtype.kind == "b":
        raise NotImplementedError(describe("\"addmm_impl_cpu_\" not implemented for 'Bool'", op=name))


def unmatched(a: tuple[int, ...], b: tuple[int, ...], name: str) -> RuntimeError:
    """Say that the inner sizes differ."""
    if len(b) == 1 or (len(a) == 1 and len(b) > 2):
        if len(b) == 1:
            count, inner, vector = prod(a[:-1]), a[-1], b[0]
        else:
            count, inner, vector = prod(b[:-2]) * b[-1], b[-2], a[0]
        phrase = f"size mismatch, got input ({count}), mat ({count}x{inner}), vec ({vector})"
    elif len(a) > 2 and len(b) > 2:
        count = prod(np.broadcast_shapes(a[:-2], b[:-2]))
        expected, got = sizes((count, a[-1])), sizes((count, b[-2]))
        phrase = f"Expected size for first two dimensions of batch2 tensor to be: {expected} but got: {got}."
    else:
        # PyTorch turns both where the stack is on the right.
        rows, columns = (b[:-2] + b[:-3:-1], a[::-1]) if len(b) > 2 else (a, b)
        phrase = (
            f"mat1 and mat2 shapes cannot be multiplied ({prod(rows[:-1])}x{rows[-1]} and {columns[0]}x{columns[1]})"
        )
    return RuntimeError(
        describe(
            phrase,
            op=name,
            shapes={"input": a, "other": b},
            rule=f"columns of the first, {a[-1]}, must equal the rows of the second, {b[-2] if len(b) > 1 else b[0]}",
        )
    )


def _matmuls(make: Maker) -> Iterator[Sample]:
    for a, b in (
        ((3,), (3,)),
        ((2, 3), (3,)),
        ((3,), (3, 2)),
        ((2, 3), (3, 4)),
        ((2, 3, 4), (4,)),
        ((4,), (2, 4, 3)),
        ((2, 2, 3), (3, 4)),
        ((2, 3), (2, 3, 4)),
        ((2, 2, 3), (2, 3, 1)),
        ((2, 1, 2, 3), (2, 3, 2)),
        ((2, 0), (0, 3)),
        ((0, 2), (2, 3)),
    ):
        yield Sample(make(*a), make(*b))


@op(_matmuls)
def matmul(input: Tensor, other: Tensor) -> Tensor:
    """Return the product of vectors, matrices, or stacks of matrices.

    Parameters
    ----------
    input : Tensor, shape (..., m, k) or (k,)
    other : Tensor, shape (..., k, n) or (k,)
        A vector stands for one row on the left, for one column on the right. Leading axes broadcast.

    Raises
    ------
    RuntimeError
        If the inner sizes or the dtypes differ, the leading axes do not broadcast, or one is 0-d.

    Examples
    --------
    >>> import autograd
    >>> autograd.tensor([[1.0, 2.0], [3.0, 4.0]]) @ autograd.tensor([1.0, 1.0])
    tensor([3., 7.])
    """
    if not (isinstance(input, Tensor) and isinstance(other, Tensor)):
        require_tensors("matmul", input=input, other=other)
    a, b = input._data.shape, other._data.shape
    if not a or not b:
        raise RuntimeError(
            describe(
                f"both arguments to matmul need to be at least 1D, but they are {len(a)}D and {len(b)}D", op="matmul"
            )
        )
    if len(a) == len(b) == 1:
        return dot(input, other)
    if len(a) > 2 and len(b) > 2:
        broadcast_shape(a[:-2], b[:-2], "matmul")
    if a[-1] != b[-2 if len(b) > 1 else 0]:
        raise unmatched(a, b, "matmul")
    if input._data.dtype is not other._data.dtype or input._data.dtype.kind == "b":
        same_dtype(input, other, "matmul")
    if len(a) == 1:
        rows = MatMul.apply(reshape(input, (1, -1)), other)
        return reshape(rows, (*b[:-2], b[-1]))
    if len(b) == 1:
        columns = MatMul.apply(input, reshape(other, (-1, 1)))
        return reshape(columns, a[:-1])
    result: Tensor = MatMul.apply(input, other)
    return result


def require_rank(rank: int, phrase: str, name: str, **tensors: Tensor) -> None:
    for argument, tensor in tensors.items():
        if tensor._data.ndim != rank:
            shapes = {other: t._data.shape for other, t in tensors.items()}
            raise RuntimeError(describe(phrase.format(argument), op=name, shapes=shapes))


@op(lambda make: [Sample(make(2, 3), make(3, 4)), Sample(make(0, 2), make(2, 1))])
def mm(input: Tensor, mat2: Tensor) -> Tensor:
    """Return the product of two matrices.

    Parameters
    ----------
    input : Tensor, shape (m, k)
    mat2 : Tensor, shape (k, n)

    Returns
    -------
    Tensor, shape (m, n)

    Raises
    ------
    RuntimeError
        If they are not two matrices that fit.

    Examples
    --------
    >>> import autograd
    >>> autograd.mm(autograd.tensor([[1.0, 2.0]]), autograd.tensor([[3.0], [4.0]]))
    tensor([[11.]])
    """
    require_rank(2, "{} must be a matrix", "mm", self=input, mat2=mat2)
    return matmul(input, mat2)


@op(lambda make: [Sample(make(2, 3, 4), make(2, 4, 2)), Sample(make(0, 2, 3), make(0, 3, 1))])
def bmm(input: Tensor, mat2: Tensor) -> Tensor:
    """Return the products of two stacks of matrices, pair by pair.

    Parameters
    ----------
    input : Tensor, shape (N, m, k)
    mat2 : Tensor, shape (N, k, n)

    Returns
    -------
    Tensor, shape (N, m, n)

    Raises
    ------
    RuntimeError
        If they are not two stacks of matrices that fit.

    Examples
    --------
    >>> import autograd
    >>> autograd.bmm(autograd.ones(5, 2, 3), autograd.ones(5, 3, 4)).shape
    autograd.Size([5, 2, 4])
    """
    require_rank(3, "{} must be a 3D tensor", "bmm", batch1=input, batch2=mat2)
    a, b = input._data.shape, mat2._data.shape
    if a[0] != b[0] or a[2] != b[1]:
        raise RuntimeError(
            describe(
                f"Expected size for first two dimensions of batch2 tensor to be: [{a[0]}, {a[2]}] but got: "
                f"[{b[0]}, {b[1]}].",
                op="bmm",
                shapes={"input": a, "mat2": b},
            )
        )
    return matmul(input, mat2)


@op(lambda make: [Sample(make(2, 3), make(3)), Sample(make(0, 3), make(3))])
def mv(input: Tensor, vec: Tensor) -> Tensor:
    """Return the product of a matrix and a vector.

    Parameters
    ----------
    input : Tensor, shape (m, k)
    vec : Tensor, shape (k,)

    Returns
    -------
    Tensor, shape (m,)

    Raises
    ------
    RuntimeError
        If they are not a matrix and a vector that fit.

    Examples
    --------
    >>> import autograd
    >>> autograd.mv(autograd.tensor([[1.0, 2.0], [3.0, 4.0]]), autograd.tensor([1.0, 0.0]))
    tensor([1., 3.])
    """
    a, b = input._data.shape, vec._data.shape
    if len(a) != 2 or len(b) != 1:
        raise RuntimeError(describe(f"vector + matrix @ vector expected, got 1, {len(a)}, {len(b)}", op="mv"))
    if a[1] != b[0]:
        raise RuntimeError(describe(f"size mismatch, got input ({a[0]}), mat ({a[0]}x{a[1]}), vec ({b[0]})", op="mv"))
    return matmul(input, vec)


_VECTORS = [(3, 3), (0, 0)]


@op(lambda make: [Sample(make(m), make(n)) for m, n in _VECTORS])
def dot(input: Tensor, tensor: Tensor) -> Tensor:
    """Return the sum of the products of two vectors' elements.

    Parameters
    ----------
    input, tensor : Tensor, shape (n,)

    Returns
    -------
    Tensor, shape ()

    Raises
    ------
    RuntimeError
        If they are not two vectors of one size and dtype.

    Examples
    --------
    >>> import autograd
    >>> autograd.dot(autograd.tensor([1.0, 2.0]), autograd.tensor([3.0, 4.0]))
    tensor(11.)
    """
    a, b = input._data, tensor._data
    if a.ndim != 1 or b.ndim != 1:
        raise RuntimeError(describe(f"1D tensors expected, but got {a.ndim}D and {b.ndim}D tensors", op="dot"))
    if not same_type(input, tensor):
        raise RuntimeError(
            describe(
                f"dot : expected both vectors to have same dtype, but found {scalar_type(a.dtype)} and "
                f"{scalar_type(b.dtype)}",
                op="dot",
            )
        )
    if a.shape != b.shape:
        raise RuntimeError(
            describe(
                f"inconsistent tensor size, expected tensor {sizes(a.shape)} and src {sizes(b.shape)} to have the "
                "same number "
                f"of elements, but got {a.size} and {b.size} elements respectively",
                op="dot",
            )
        )
    return sum(input * tensor, dtype=None if a.dtype.kind in "fc" else a.dtype)


@op(lambda make: [Sample(make(m), make(n)) for m, n in _VECTORS])
def vdot(input: Tensor, other: Tensor) -> Tensor:
    """Return the `dot` product with the first vector conjugated.

    Parameters
    ----------
    input, other : Tensor, shape (n,)

    Examples
    --------
    >>> import autograd
    >>> autograd.vdot(autograd.tensor([2j, 0j]), autograd.tensor([3j, 1j]))
    tensor(6.+0.j)
    """
    return dot(conjugate(input), other)


@op(lambda make: [Sample(make(3), make(2)), Sample(make(0), make(2))], aliases=("ger",))
def outer(input: Tensor, vec2: Tensor) -> Tensor:
    """Return the matrix of the products of two vectors' elements.

    Parameters
    ----------
    input : Tensor, shape (m,)
    vec2 : Tensor, shape (n,)

    Returns
    -------
    Tensor, shape (m, n)

    Raises
    ------
    RuntimeError
        If they are not two vectors.

    Examples
    --------
    >>> import autograd
    >>> autograd.outer(autograd.tensor([1, 2]), autograd.tensor([1, 10, 100]))
    tensor([[  1,  10, 100],
            [  2,  20, 200]])
    """
    for argument, x in (("self", input), ("vec2", vec2)):
        if x._data.ndim != 1:
            raise RuntimeError(
                describe(f"outer: Expected 1-D argument {argument}, but got {x._data.ndim}-D", op="outer")
            )
    return reshape(input, (-1, 1)) * vec2


@op(
    lambda make: [
        Sample(make(3), make(3)),
        Sample(make(2, 2, 3), make(4, 3)),
        Sample(make(2), make()),
        Sample(make(0, 3), make(2, 3)),
    ]
)
def inner(input: Tensor, other: Tensor) -> Tensor:
    """Return the products summed over the last axes of both; with a number, the product.

    Parameters
    ----------
    input, other : Tensor, shape (..., k) or ()

    Returns
    -------
    Tensor
        With the axes of `input` but its last, and then those of `other` but its last.

    Raises
    ------
    RuntimeError
        If the last axes differ.

    Examples
    --------
    >>> import autograd
    >>> autograd.inner(autograd.ones(2, 3), autograd.ones(4, 3)).shape
    autograd.Size([2, 4])
    """
    a, b = input._data.shape, other._data.shape
    if not a or not b:
        return input * other
    if a[-1] != b[-1]:
        raise RuntimeError(
            describe(
                f"inner() the last dimension must match on both input tensors but got shapes {sizes(a)} and {sizes(b)}",
                op="inner",
            )
        )
    if input._data.dtype != other._data.dtype:
        raise RuntimeError(describe("both inputs should have same dtype", op="inner"))
    rows = MatMul.apply(as_matrix(input), as_matrix(other), turn_b=True)
    return reshape(rows, a[:-1] + b[:-1])
