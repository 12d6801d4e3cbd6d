"""Products of vectors and matrices, and the affine maps made of them."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import Any

import numpy as np

from autograd.dtypes import scalar_type
from autograd.errors import describe, sizes
from autograd.kernels import blas
from autograd.node import Op
from autograd.ops.arguments import require_tensors
from autograd.ops.promote import broadcast_shape, c_name
from autograd.ops.reduce import sum
from autograd.ops.registry import Maker, Sample, op
from autograd.ops.shape import reshape
from autograd.tensor import Tensor

__all__ = [
    "addbmm",
    "addmm",
    "addmv",
    "addr",
    "baddbmm",
    "bilinear",
    "bmm",
    "dot",
    "inner",
    "linear",
    "matmul",
    "mm",
    "mv",
    "outer",
    "vdot",
]

Array = np.ndarray[Any, np.dtype[Any]]

LARGE = 1 << 15
"""Multiplications from which the choice of the BLAS matters."""


def product(a: Array, b: Array) -> Array:
    """Return the product of two matrices or stacks of matrices, one large product where the second is one matrix."""
    if b.ndim == 2 and a.ndim > 2:
        return product(a.reshape(prod(a.shape[:-1]), a.shape[-1]), b).reshape(*a.shape[:-1], b.shape[1])
    if b.ndim == 2 and a.size * b.shape[1] >= LARGE and a.dtype.kind == "f":
        out = np.empty((a.shape[0], b.shape[1]), a.dtype)
        blas.matmul(a, b, out)
        return out
    return np.matmul(a, b)  # type: ignore[no-any-return]


class MatMul(Op):
    """Product of matrices, or stacks of them, each turned (transposed) or not: closed under differentiation."""

    __slots__ = ("folds", "turned")
    keeps = {0: (1,), 1: (0,)}

    @np.errstate(over="ignore", invalid="ignore")
    def forward(self, a: Array, b: Array, *, turn_a: bool = False, turn_b: bool = False) -> Array:
        self.turned = turn_a, turn_b
        self.folds = b.ndim == 2 and a.ndim > 2 and not turn_a
        return product(a.swapaxes(-1, -2) if turn_a else a, b.swapaxes(-1, -2) if turn_b else b)

    def backward(self, grad: Tensor) -> tuple[Tensor | None, Tensor | None]:
        a, b = self.saved
        turn_a, turn_b = self.turned
        for_a = for_b = None
        if self.needs_input_grad[0]:
            b = _conjugate(b)
            for_a = (
                MatMul.apply(b, grad, turn_a=turn_b, turn_b=True)
                if turn_a
                else MatMul.apply(grad, b, turn_a=False, turn_b=not turn_b)
            )
        if self.needs_input_grad[1]:
            a = _conjugate(a)
            if self.folds:
                # One matrix met a stack: its gradient is one large product rather than a sum of many.
                a, grad = _as_matrix(a), _as_matrix(grad)
            for_b = (
                MatMul.apply(grad, a, turn_a=True, turn_b=turn_a)
                if turn_b
                else MatMul.apply(a, grad, turn_a=not turn_a, turn_b=False)
            )
        return for_a, for_b


def _conjugate(x: Tensor) -> Tensor:
    return x.conj() if x._data.dtype.kind == "c" else x  # type: ignore[no-any-return]


def _as_matrix(x: Tensor) -> Tensor:
    shape = x._data.shape
    return reshape(x, (prod(shape[:-1]), shape[-1]))


def _same_dtype(a: Tensor, b: Tensor, name: str, names: str = "m1 and m2") -> None:
    if a._data.dtype != b._data.dtype:
        raise RuntimeError(
            describe(
                f"expected {names} to have the same dtype, but got: {c_name(a)} != {c_name(b)}",
                op=name,
                fix="convert one of them with .to(dtype)",
            )
        )
    if a._data.dtype.kind == "b":
        raise NotImplementedError(describe("\"addmm_impl_cpu_\" not implemented for 'Bool'", op=name))


def _unmatched(a: tuple[int, ...], b: tuple[int, ...], name: str) -> RuntimeError:
    """Say that the inner sizes differ."""
    if len(b) == 1 or (len(a) == 1 and len(b) > 2):
        count, inner, vector = (prod(a[:-1]), a[-1], b[0]) if len(b) == 1 else (prod(b) // (b[-2] or 1), b[-2], a[0])
        phrase = f"size mismatch, got input ({count}), mat ({count}x{inner}), vec ({vector})"
    elif len(a) > 2 and len(b) > 2:
        count = prod(np.broadcast_shapes(a[:-2], b[:-2]))
        phrase = (
            f"Expected size for first two dimensions of batch2 tensor to be: [{count}, {a[-1]}] but got: [{count}, {b[-2]}]."
        )
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
            rule=f"the last axis of the first, {a[-1]}, must equal the rows of the second, {b[-2] if len(b) > 1 else b[0]}",
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
            describe(f"both arguments to matmul need to be at least 1D, but they are {len(a)}D and {len(b)}D", op="matmul")
        )
    if len(a) == len(b) == 1:
        return dot(input, other)
    if len(a) > 2 and len(b) > 2:
        broadcast_shape(a[:-2], b[:-2], "matmul")
    if a[-1] != b[-2 if len(b) > 1 else 0]:
        raise _unmatched(a, b, "matmul")
    if input._data.dtype is not other._data.dtype or input._data.dtype.kind == "b":
        _same_dtype(input, other, "matmul")
    if len(a) == 1:
        rows = MatMul.apply(reshape(input, (1, -1)), other)
        return reshape(rows, (*b[:-2], b[-1]))
    if len(b) == 1:
        columns = MatMul.apply(input, reshape(other, (-1, 1)))
        return reshape(columns, a[:-1])
    result: Tensor = MatMul.apply(input, other)
    return result


def _require_rank(rank: int, phrase: str, name: str, **tensors: Tensor) -> None:
    for argument, tensor in tensors.items():
        if tensor._data.ndim != rank:
            shapes = {other: t._data.shape for other, t in tensors.items()}
            raise RuntimeError(describe(phrase.format(argument), op=name, shapes=shapes))


@op(lambda make: [Sample(make(2, 3), make(3, 4)), Sample(make(0, 2), make(2, 1))])
def mm(input: Tensor, mat2: Tensor) -> Tensor:
    """Return the product of two matrices.

    Raises
    ------
    RuntimeError
        If they are not two matrices that fit.
    """
    _require_rank(2, "{} must be a matrix", "mm", self=input, mat2=mat2)
    return matmul(input, mat2)


@op(lambda make: [Sample(make(2, 3, 4), make(2, 4, 2)), Sample(make(0, 2, 3), make(0, 3, 1))])
def bmm(input: Tensor, mat2: Tensor) -> Tensor:
    """Return the products of two stacks of matrices, pair by pair.

    Raises
    ------
    RuntimeError
        If they are not two stacks of matrices that fit.
    """
    _require_rank(3, "{} must be a 3D tensor", "bmm", batch1=input, batch2=mat2)
    a, b = input._data.shape, mat2._data.shape
    if a[0] != b[0] or a[2] != b[1]:
        raise RuntimeError(
            describe(
                f"Expected size for first two dimensions of batch2 tensor to be: [{a[0]}, {a[2]}] but got: [{b[0]}, {b[1]}].",
                op="bmm",
                shapes={"input": a, "mat2": b},
            )
        )
    return matmul(input, mat2)


@op(lambda make: [Sample(make(2, 3), make(3)), Sample(make(0, 3), make(3))])
def mv(input: Tensor, vec: Tensor) -> Tensor:
    """Return the product of a matrix and a vector.

    Raises
    ------
    RuntimeError
        If they are not a matrix and a vector that fit.
    """
    a, b = input._data.shape, vec._data.shape
    if len(a) != 2 or len(b) != 1:
        raise RuntimeError(describe(f"vector + matrix @ vector expected, got 1, {len(a)}, {len(b)}", op="mv"))
    if a[1] != b[0]:
        raise RuntimeError(
            describe(f"size mismatch, got input ({a[0]}), mat ({a[0]}x{a[1]}), vec ({b[0]})", op="mv")
        )
    return matmul(input, vec)


_VECTORS = [(3, 3), (0, 0)]


@op(lambda make: [Sample(make(m), make(n)) for m, n in _VECTORS])
def dot(input: Tensor, tensor: Tensor) -> Tensor:
    """Return the sum of the products of two vectors' elements.

    Raises
    ------
    RuntimeError
        If they are not two vectors of one size and dtype.
    """
    a, b = input._data, tensor._data
    if a.ndim != 1 or b.ndim != 1:
        raise RuntimeError(describe(f"1D tensors expected, but got {a.ndim}D and {b.ndim}D tensors", op="dot"))
    if a.dtype != b.dtype:
        raise RuntimeError(
            describe(
                f"dot : expected both vectors to have same dtype, but found {scalar_type(a.dtype)} and {scalar_type(b.dtype)}",
                op="dot",
            )
        )
    if a.shape != b.shape:
        raise RuntimeError(
            describe(
                f"inconsistent tensor size, expected tensor {sizes(a.shape)} and src {sizes(b.shape)} to have the same number "
                f"of elements, but got {a.size} and {b.size} elements respectively",
                op="dot",
            )
        )
    return sum(input * tensor)


@op(lambda make: [Sample(make(m), make(n)) for m, n in _VECTORS])
def vdot(input: Tensor, other: Tensor) -> Tensor:
    """Return the `dot` product with the first vector conjugated."""
    return dot(_conjugate(input), other)


@op(lambda make: [Sample(make(3), make(2)), Sample(make(0), make(2))], aliases=("ger",))
def outer(input: Tensor, vec2: Tensor) -> Tensor:
    """Return the matrix of the products of two vectors' elements.

    Raises
    ------
    RuntimeError
        If they are not two vectors.
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

    Raises
    ------
    RuntimeError
        If the last axes differ.
    """
    a, b = input._data.shape, other._data.shape
    if not a or not b:
        return input * other
    if a[-1] != b[-1]:
        raise RuntimeError(
            describe(
                "inner() the last dimension must match on both input tensors but got shapes "
                f"{sizes(a)} and {sizes(b)}",
                op="inner",
            )
        )
    if input._data.dtype != other._data.dtype:
        raise RuntimeError(describe("both inputs should have same dtype", op="inner"))
    rows = MatMul.apply(_as_matrix(input), _as_matrix(other), turn_b=True)
    return reshape(rows, a[:-1] + b[:-1])


# ---- a product added to something


def _combined(input: Tensor, product: Tensor, beta: Any, alpha: Any) -> Tensor:
    """Return ``beta * input + alpha * product``; with ``beta == 0``, whatever `input` is."""
    shape = product._data.shape
    product = product if alpha == 1 else product * alpha
    broadcast_to = input._data.shape
    for axis in range(1, len(broadcast_to) + 1):
        if axis > len(shape) or broadcast_to[-axis] not in (1, shape[-axis]):
            raise RuntimeError(
                describe(
                    f"The expanded size of the tensor ({shape[-axis] if axis <= len(shape) else 1}) must match the existing "
                    f"size ({broadcast_to[-axis]}) at non-singleton dimension {len(shape) - axis}.  Target sizes: "
                    f"{list(shape)}.  Tensor sizes: {list(broadcast_to)}"
                )
            )
    if beta == 0:
        return product
    return (input if beta == 1 else input * beta) + product


def _added(*shapes: tuple[int, ...]) -> Any:
    """Samples of an added product: with defaults, with a vector broadcast and both factors, and with no input."""

    def samples(make: Maker) -> Iterator[Sample]:
        tensors = [make(*shape) for shape in shapes]
        yield Sample(*tensors)
        yield Sample(make(shapes[0][-1]), *tensors[1:], beta=0.5, alpha=-2)

    return samples


@op(_added((2, 4), (2, 3), (3, 4)), in_place=True)
def addmm(input: Tensor, mat1: Tensor, mat2: Tensor, *, beta: Any = 1, alpha: Any = 1) -> Tensor:
    """Return ``beta * input + alpha * (mat1 @ mat2)`` of matrices."""
    _require_rank(2, "{} must be a matrix", "addmm", mat1=mat1, mat2=mat2)
    return _combined(input, matmul(mat1, mat2), beta, alpha)


@op(_added((2,), (2, 3), (3,)), in_place=True)
def addmv(input: Tensor, mat: Tensor, vec: Tensor, *, beta: Any = 1, alpha: Any = 1) -> Tensor:
    """Return ``beta * input + alpha * (mat @ vec)`` of a matrix and a vector."""
    return _combined(input, mv(mat, vec), beta, alpha)


@op(_added((3, 4), (3,), (4,)), in_place=True)
def addr(input: Tensor, vec1: Tensor, vec2: Tensor, *, beta: Any = 1, alpha: Any = 1) -> Tensor:
    """Return ``beta * input + alpha * outer(vec1, vec2)``."""
    return _combined(input, outer(vec1, vec2), beta, alpha)


@op(_added((2, 2, 4), (2, 2, 3), (2, 3, 4)), in_place=True)
def baddbmm(input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: Any = 1, alpha: Any = 1) -> Tensor:
    """Return ``beta * input + alpha * (batch1 @ batch2)`` of stacks of matrices."""
    return _combined(input, bmm(batch1, batch2), beta, alpha)


@op(_added((2, 4), (3, 2, 3), (3, 3, 4)), in_place=True)
def addbmm(input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: Any = 1, alpha: Any = 1) -> Tensor:
    """Return ``beta * input + alpha * (batch1 @ batch2)`` with the products of the stacks added up."""
    return _combined(input, sum(bmm(batch1, batch2), 0), beta, alpha)


# ---- affine maps


class Linear(Op):
    """``x @ weight.T + bias`` over the last axis."""

    __slots__ = ()
    keeps = {0: (1,), 1: (0,)}

    @np.errstate(over="ignore", invalid="ignore")
    def forward(self, x: Array, weight: Array, bias: Array | None) -> Array:
        out = product(x.reshape(prod(x.shape[:-1]), x.shape[-1]), weight.T)
        if bias is not None:
            out += bias
        return out.reshape(*x.shape[:-1], weight.shape[0])

    def backward(self, grad: Tensor) -> tuple[Tensor | None, Tensor | None, Tensor | None]:
        x, weight, _ = self.saved
        for_x = for_weight = None
        if self.needs_input_grad[0]:
            for_x = matmul(grad, _conjugate(weight))
        if self.needs_input_grad[1]:
            for_weight = MatMul.apply(_as_matrix(grad), _as_matrix(_conjugate(x)), turn_a=True)
        return for_x, for_weight, grad if self.needs_input_grad[2] else None


@op(
    lambda make: [
        Sample(make(2, 3), make(4, 3)),
        Sample(make(2, 3), make(4, 3), make(4)),
        Sample(make(2, 2, 3), make(4, 3), bias=make(4)),
        Sample(make(3), make(2, 3), make(2)),
        Sample(make(2, 3), make(3)),
        Sample(make(0, 3), make(2, 3), make(2)),
    ],
    method=False,
)
def linear(input: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """Return ``input @ weight.T + bias``, one node of the graph.

    Parameters
    ----------
    input : Tensor, shape (..., in_features)
    weight : Tensor, shape (out_features, in_features) or (in_features,)
    bias : Tensor, shape (out_features,) or (), optional

    Returns
    -------
    Tensor, shape (..., out_features) or (...)

    Raises
    ------
    RuntimeError
        If sizes or dtypes do not fit.
    """
    x, w = input._data.shape, weight._data.shape
    if not x or not w:
        raise RuntimeError(
            describe(f"both arguments to linear need to be at least 1D, but they are {len(x)}D and {len(w)}D", op="linear")
        )
    if len(w) > 2:
        raise RuntimeError(
            describe(f"t() expects a tensor with <= 2 dimensions, but self is {len(w)}D", op="linear", shapes={"weight": w})
        )
    if len(w) == 1:
        flat = matmul(input, weight)
        return flat if bias is None else flat + bias
    if x[-1] != w[1]:
        raise _unmatched(x if len(x) == 2 else (prod(x[:-1]), x[-1]), w[::-1], "linear")
    _same_dtype(input, weight, "linear")
    if bias is not None:
        _same_dtype(input, bias, "linear", "m1 and bias")
        if bias._data.shape not in ((), (1,), w[:1]):
            raise RuntimeError(
                describe(
                    f"The expanded size of the tensor ({w[0]}) must match the existing size ({bias._data.shape[-1]}) at "
                    f"non-singleton dimension 1.  Target sizes: {[prod(x[:-1]), w[0]]}.  Tensor sizes: "
                    f"{list(bias._data.shape)}",
                    op="linear",
                    shapes={"input": x, "weight": w, "bias": bias._data.shape},
                    rule="one bias an output feature",
                )
            )
    result: Tensor = Linear.apply(input, weight, bias)
    return result


@op(
    lambda make: [
        Sample(make(4, 2), make(4, 3), make(5, 2, 3)),
        Sample(make(2, 2, 2), make(2, 2, 3), make(1, 2, 3), make(1)),
        Sample(make(0, 2), make(0, 3), make(2, 2, 3), bias=make(2)),
    ],
    method=False,
)
def bilinear(input1: Tensor, input2: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """Return ``input1 @ weight[k] @ input2 + bias[k]`` for every output feature `k`.

    Parameters
    ----------
    input1 : Tensor, shape (..., in1_features)
    input2 : Tensor, shape (..., in2_features)
    weight : Tensor, shape (out_features, in1_features, in2_features)
    bias : Tensor, shape (out_features,), optional

    Raises
    ------
    RuntimeError
        If sizes do not fit.
    """
    a, b, w = input1._data.shape, input2._data.shape, weight._data.shape
    for axis, (name, shape) in enumerate((("input1", a), ("input2", b)), 1):
        if shape[-1] != w[axis]:
            raise RuntimeError(
                describe(
                    f"bilinear(): {name} size does not match weight size: got {shape[-1]} but expected {w[axis]}",
                    op="bilinear",
                    shapes={"input1": a, "input2": b, "weight": w},
                )
            )
    if a[:-1] != b[:-1]:
        raise RuntimeError(
            describe(
                "bilinear(): input batch dimensions do not match at dim "
                + next((f"{d}: got {m} and {n}" for d, (m, n) in enumerate(zip(a, b, strict=False)) if m != n), "0"),
                op="bilinear",
                shapes={"input1": a, "input2": b},
            )
        )
    # (batch, 1, in1) by (batch, in1, out * in2), then by (batch, in2, 1).
    left = matmul(_as_matrix(input1), reshape(weight.permute(1, 0, 2), (w[1], w[0] * w[2])))
    rows = matmul(reshape(left, (-1, w[0], w[2])), reshape(input2, (-1, w[2], 1)))
    result = reshape(rows, (*a[:-1], w[0]))
    return result if bias is None else result + bias
