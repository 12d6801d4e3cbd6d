"""Matrix products added to something, and the affine maps of networks."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import Any

import numpy as np

from autograd.errors import describe
from autograd.operation import Op
from autograd.ops.arguments import require_tensors
from autograd.ops.products import (
    MatMul,
    as_matrix,
    bmm,
    conjugate,
    matmul,
    mv,
    outer,
    product,
    require_rank,
    same_dtype,
    unmatched,
)
from autograd.ops.reduce import sum
from autograd.ops.registry import Maker, Sample, op
from autograd.ops.shape import reshape
from autograd.tensor import Tensor

__all__ = ["addbmm", "addmm", "addmv", "addr", "baddbmm", "bilinear", "linear"]

Array = np.ndarray[Any, np.dtype[Any]]


def _combined(input: Tensor, product: Tensor, beta: Any, alpha: Any) -> Tensor:
    """Return ``beta * input + alpha * product``; with ``beta == 0``, whatever `input` is."""
    shape = product._data.shape
    kind = product._data.dtype.kind
    if kind in "biu":
        # Factors are rounded to the integers' type, as PyTorch's are.
        alpha, beta = (bool(f) if kind == "b" else int(f) for f in (alpha, beta))
    product = product if alpha == 1 else product * alpha
    broadcast_to = input._data.shape
    for axis in range(1, len(broadcast_to) + 1):
        if axis > len(shape) or broadcast_to[-axis] not in (1, shape[-axis]):
            raise RuntimeError(
                describe(
                    f"The expanded size of the tensor ({shape[-axis] if axis <= len(shape) else 1}) must match "
                    "the existing "
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
    """Return ``beta * input + alpha * (mat1 @ mat2)`` of matrices.

    Parameters
    ----------
    input : Tensor
        Broadcasts to (n, p).
    mat1 : Tensor, shape (n, m)
    mat2 : Tensor, shape (m, p)
    beta, alpha : number, default 1
        With ``beta=0`` the contents of `input` do not matter, not even NaN.

    Returns
    -------
    Tensor, shape (n, p)

    Examples
    --------
    >>> import autograd
    >>> autograd.addmm(autograd.ones(2), autograd.eye(2), autograd.full((2, 2), 3.0), alpha=2)
    tensor([[7., 7.],
            [7., 7.]])
    """
    require_rank(2, "{} must be a matrix", "addmm", mat1=mat1, mat2=mat2)
    return _combined(input, matmul(mat1, mat2), beta, alpha)


@op(_added((2,), (2, 3), (3,)), in_place=True)
def addmv(input: Tensor, mat: Tensor, vec: Tensor, *, beta: Any = 1, alpha: Any = 1) -> Tensor:
    """Return ``beta * input + alpha * (mat @ vec)`` of a matrix and a vector.

    Parameters
    ----------
    input : Tensor
        Broadcasts to (n,).
    mat : Tensor, shape (n, m)
    vec : Tensor, shape (m,)
    beta, alpha : number, default 1
        With ``beta=0`` the contents of `input` do not matter, not even NaN.

    Returns
    -------
    Tensor, shape (n,)

    Examples
    --------
    >>> import autograd
    >>> autograd.addmv(autograd.ones(2), autograd.tensor([[1.0, 2.0], [3.0, 4.0]]), autograd.ones(2))
    tensor([4., 8.])
    """
    return _combined(input, mv(mat, vec), beta, alpha)


@op(_added((3, 4), (3,), (4,)), in_place=True)
def addr(input: Tensor, vec1: Tensor, vec2: Tensor, *, beta: Any = 1, alpha: Any = 1) -> Tensor:
    """Return ``beta * input + alpha * outer(vec1, vec2)``.

    Parameters
    ----------
    input : Tensor
        Broadcasts to (n, m).
    vec1 : Tensor, shape (n,)
    vec2 : Tensor, shape (m,)
    beta, alpha : number, default 1
        With ``beta=0`` the contents of `input` do not matter, not even NaN.

    Returns
    -------
    Tensor, shape (n, m)

    Examples
    --------
    >>> import autograd
    >>> autograd.addr(autograd.ones(2, 2), autograd.tensor([1.0, 2.0]), autograd.tensor([3.0, 4.0]))
    tensor([[4., 5.],
            [7., 9.]])
    """
    return _combined(input, outer(vec1, vec2), beta, alpha)


@op(_added((2, 2, 4), (2, 2, 3), (2, 3, 4)), in_place=True)
def baddbmm(input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: Any = 1, alpha: Any = 1) -> Tensor:
    """Return ``beta * input + alpha * (batch1 @ batch2)`` of stacks of matrices.

    Parameters
    ----------
    input : Tensor
        Broadcasts to (b, n, p).
    batch1 : Tensor, shape (b, n, m)
    batch2 : Tensor, shape (b, m, p)
    beta, alpha : number, default 1
        With ``beta=0`` the contents of `input` do not matter, not even NaN.

    Returns
    -------
    Tensor, shape (b, n, p)

    Examples
    --------
    >>> import autograd
    >>> autograd.baddbmm(autograd.ones(1), autograd.ones(2, 1, 3), autograd.ones(2, 3, 1)).flatten()
    tensor([4., 4.])
    """
    return _combined(input, bmm(batch1, batch2), beta, alpha)


@op(_added((2, 4), (3, 2, 3), (3, 3, 4)), in_place=True)
def addbmm(input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: Any = 1, alpha: Any = 1) -> Tensor:
    """Return ``beta * input + alpha * (batch1 @ batch2)`` with the products of the stacks added up.

    Parameters
    ----------
    input : Tensor
        Broadcasts to (n, p).
    batch1 : Tensor, shape (b, n, m)
    batch2 : Tensor, shape (b, m, p)
    beta, alpha : number, default 1
        With ``beta=0`` the contents of `input` do not matter, not even NaN.

    Returns
    -------
    Tensor, shape (n, p)

    Examples
    --------
    >>> import autograd
    >>> autograd.addbmm(autograd.ones(1), autograd.ones(2, 1, 3), autograd.ones(2, 3, 1))
    tensor([[7.]])
    """
    products = bmm(batch1, batch2)
    kind = products._data.dtype
    return _combined(input, sum(products, 0, dtype=None if kind.kind in "fc" else kind), beta, alpha)


# ---- affine maps


class Linear(Op):
    """``x @ weight.T + bias`` over the last axis."""

    __slots__ = ()
    keeps = {0: (1,), 1: (0,)}

    def forward(self, x: Array, weight: Array, bias: Array | None) -> Array:
        rows = x if x.ndim == 2 else x.reshape(prod(x.shape[:-1]), x.shape[-1])
        out = product(rows, weight.T)
        if bias is not None:
            out = np.add(out, bias, out=out if bias.dtype == out.dtype else None)
        return out if x.ndim == 2 else out.reshape(*x.shape[:-1], weight.shape[0])

    def backward(self, grad: Tensor) -> tuple[Tensor | None, Tensor | None, Tensor | None]:
        x, weight, _ = self.saved
        for_x = for_weight = None
        if self.needs_input_grad[0]:
            multiply = MatMul.apply if grad._data.ndim > 1 else matmul
            for_x = multiply(grad, conjugate(weight))
        if self.needs_input_grad[1]:
            for_weight = MatMul.apply(as_matrix(grad), as_matrix(conjugate(x)), turn_a=True)
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

    Examples
    --------
    >>> import autograd, nn.functional as F
    >>> weight = autograd.tensor([[1.0, 2.0, 3.0], [0.0, 0.0, 1.0]])
    >>> F.linear(autograd.ones(1, 3), weight, bias=autograd.tensor([10.0, 20.0]))
    tensor([[16., 21.]])
    """
    try:
        x, w = input._data.shape, weight._data.shape
    except AttributeError:
        require_tensors("linear", input=input, weight=weight)
        raise
    if not x or not w:
        raise RuntimeError(
            describe(
                f"both arguments to linear need to be at least 1D, but they are {len(x)}D and {len(w)}D", op="linear"
            )
        )
    if len(w) > 2:
        raise RuntimeError(
            describe(
                f"t() expects a tensor with <= 2 dimensions, but self is {len(w)}D", op="linear", shapes={"weight": w}
            )
        )
    if len(w) == 1:
        flat = matmul(input, weight)
        return flat if bias is None else flat + bias
    if x[-1] != w[1]:
        raise unmatched(x if len(x) == 2 else (prod(x[:-1]), x[-1]), w[::-1], "linear")
    if input._data.dtype is not weight._data.dtype:
        same_dtype(input, weight, "linear")
    if bias is not None:
        if input._data.dtype is not bias._data.dtype:
            same_dtype(input, bias, "linear", "m1 and bias")
        if bias._data.shape not in ((), (1,), w[:1]):
            raise RuntimeError(
                describe(
                    f"The expanded size of the tensor ({w[0]}) must match the existing size "
                    f"({bias._data.shape[-1]}) at "
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

    Returns
    -------
    Tensor, shape (..., out_features)

    Raises
    ------
    RuntimeError
        If sizes do not fit.

    Examples
    --------
    >>> import autograd
    >>> autograd.bilinear(autograd.ones(5, 2), autograd.ones(5, 3), autograd.ones(4, 2, 3)).shape
    autograd.Size([5, 4])
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
    left = matmul(as_matrix(input1), reshape(weight.permute(1, 0, 2), (w[1], w[0] * w[2])))
    rows = matmul(reshape(left, (-1, w[0], w[2])), reshape(input2, (-1, w[2], 1)))
    result = reshape(rows, (*a[:-1], w[0]))
    return result if bias is None else result + bias
