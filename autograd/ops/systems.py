"""Systems of equations, and pseudo-inverses for those without one solution; of matrices or stacks of them, by LAPACK.

Everything is written for real matrices.
"""

# ruff: noqa: N803, N806 (matrices have the names that mathematics gives them)

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from autograd.dtypes import scalar_type
from autograd.errors import describe
from autograd.operation import Op
from autograd.ops.arguments import same_type
from autograd.ops.inverses import LinAlgError, matrices, require_matrix, singular_values, well_conditioned
from autograd.ops.permute import mT
from autograd.ops.products import MatMul, matmul
from autograd.ops.registry import Maker, Sample, op
from autograd.ops.shape import reshape
from autograd.tensor import Tensor

__all__ = ["Solve", "linalg_pinv", "pinverse", "solve", "tolerance"]

Array = np.ndarray[Any, np.dtype[Any]]


class Solve(Op):
    """The solution of ``A X = B`` for square matrices `A`."""

    __slots__ = ()
    keeps = {0: (0,), 1: (0,)}
    keeps_output = True

    @np.errstate(all="ignore")
    def forward(self, A: Array, B: Array) -> Array:
        try:
            return np.linalg.solve(A, B)
        except np.linalg.LinAlgError:
            raise LinAlgError(
                describe(
                    "torch.linalg.solve: The solver failed because the input matrix is singular.",
                    op="linalg.solve",
                    shapes={"A": A.shape, "B": B.shape},
                    fix="use linalg.pinv(A) @ B",
                )
            ) from None

    def backward(self, grad: Tensor) -> tuple[Tensor | None, Tensor]:
        A, _ = self.saved
        of_right: Tensor = Solve.apply(mT(A), grad)
        of_left = -MatMul.apply(of_right, self.output, turn_b=True) if self.needs_input_grad[0] else None
        return of_left, of_right


def _systems(make: Maker) -> Iterator[Sample]:
    for a, b in (((3, 3), (3,)), ((3, 3), (3, 2)), ((2, 2, 2), (2, 2, 3)), ((2, 2, 2), (2, 2)), ((2, 2), (4, 2, 1))):
        A = make(*a)
        A._data += well_conditioned(*a)
        yield Sample(A, make(*b))
    yield Sample(A, make(3, 2), left=False)


@op(_systems, name="linalg.solve", method=False)
def solve(A: Tensor, B: Tensor, *, left: bool = True) -> Tensor:
    """Return the solution `X` of ``A X = B``, or of ``X A = B``.

    Parameters
    ----------
    A : Tensor, shape (..., n, n)
    B : Tensor, shape (..., n), (n,) or (..., n, k)
        A batch of vectors if it has one axis, or the shape of `A` without its last.
    left : bool

    Raises
    ------
    RuntimeError
        If the sizes do not fit; `LinAlgError` if a matrix is singular.

    Examples
    --------
    >>> import autograd
    >>> autograd.linalg.solve(autograd.tensor([[2.0, 0.0], [0.0, 4.0]]), autograd.tensor([2.0, 12.0]))
    tensor([1., 3.])
    """
    require_matrix(A, "linalg.solve", square=True)
    a, b = A._data.shape, B._data.shape
    if not same_type(A, B):
        raise RuntimeError(
            describe(
                "linalg.solve: Expected A and B to have the same dtype, but found A of type "
                f"{scalar_type(A._data.dtype)} and B of type {scalar_type(B._data.dtype)} instead",
                op="linalg.solve",
            )
        )
    vectors = len(b) == 1 or b == a[:-1]
    if vectors:
        B = reshape(B, (*b, 1))
    rows = B._data.shape[-2 if left else -1]
    if rows != a[-1]:
        equation = "AX = B" if left else "XA = B"
        raise RuntimeError(
            describe(
                f"linalg.solve: Incompatible shapes of A and B for the equation {equation} ({a[-2]}x{a[-1]} and "
                f"{B._data.shape[-2]}x{B._data.shape[-1]})",
                op="linalg.solve",
                shapes={"A": a, "B": b},
            )
        )
    X = Solve.apply(A, B) if left else mT(Solve.apply(mT(A), mT(B)))
    return reshape(X, X._data.shape[:-1]) if vectors else X


class PseudoInverse(Op):
    """Moore-Penrose inverses."""

    __slots__ = ()
    keeps = {0: (0,)}
    keeps_output = True

    def forward(self, A: Array, *, rcond: Any, hermitian: bool = False) -> Array:
        return np.linalg.pinv(A, rcond, hermitian=hermitian)

    def backward(self, grad: Tensor) -> Tensor:
        (A,) = self.saved
        P = self.output
        turned, grad = mT(P), mT(grad)
        # Golub and Pereyra (1973): the part through the inverse, and those through the two null spaces.
        through = matmul(matmul(P, grad), P)
        columns = matmul(matmul(grad, P), turned)
        rows = matmul(matmul(turned, P), grad)
        return mT(-through) + (columns - matmul(matmul(A, P), columns)) + (rows - matmul(rows, matmul(P, A)))


@op(lambda make: [*matrices(make), Sample(make(2, 4))])
def pinverse(input: Tensor, rcond: Any = None) -> Tensor:
    """Return the Moore-Penrose inverses of matrices.

    Parameters
    ----------
    input : Tensor, shape (..., m, n)
    rcond : float, optional
        Singular values below this part of the largest count as zero; by default rounding decides.

    Returns
    -------
    Tensor, shape (..., n, m)

    Examples
    --------
    >>> import autograd
    >>> autograd.pinverse(autograd.ones(2, 3)).shape
    autograd.Size([3, 2])
    """
    require_matrix(input, "linalg.pinv")
    if rcond is None:
        rcond = max(input._data.shape[-2:]) * np.finfo(input._data.dtype).eps
    result: Tensor = PseudoInverse.apply(input, rcond=rcond)
    return result


def tolerance(A: Tensor, values: Array, atol: Any, rtol: Any) -> Array:
    """Return below which magnitude singular values of each matrix count as zero: ``max(atol, rtol * largest)``.

    Left out, `rtol` is the larger side times the rounding of the dtype, or 0 beside an `atol` above 0.
    """
    bounds = [x._data if isinstance(x, Tensor) else x for x in (atol, rtol)]
    rounding = max(A._data.shape[-2:]) * np.finfo(A._data.dtype).eps
    absolute = np.asarray(0.0 if bounds[0] is None else bounds[0])
    relative = np.where(absolute > 0, 0.0, rounding) if bounds[1] is None else np.asarray(bounds[1])
    return np.asarray(np.maximum(absolute, relative * values.max(-1, initial=0)))


@op(
    lambda make: [*matrices(make), Sample(make(2, 4), rtol=1e-3), Sample(make(2, 4), atol=1e-9)],
    name="linalg.pinv",
    method=False,
)
def linalg_pinv(A: Tensor, rcond: Any = None, *, atol: Any = None, rtol: Any = None, hermitian: bool = False) -> Tensor:
    """Return the Moore-Penrose inverses of matrices.

    Parameters
    ----------
    A : Tensor, shape (..., m, n)
    rcond : float or Tensor, optional
        Another name of `rtol`.
    atol, rtol : float or Tensor, optional
        Singular values up to ``max(atol, rtol * largest)`` count as zero; by default rounding decides.
    hermitian : bool, default False
        Whether the matrices are symmetric.

    Returns
    -------
    Tensor, shape (..., n, m)

    Examples
    --------
    >>> import autograd
    >>> linalg_pinv(autograd.tensor([[2.0, 0.0], [0.0, 0.0]]))
    tensor([[0.5000, 0.0000],
            [0.0000, 0.0000]])
    """
    require_matrix(A, "linalg.pinv")
    values = singular_values(A._data, compute_uv=False)
    largest = values.max(-1, initial=0)
    bound = tolerance(A, values, atol, rcond if rtol is None else rtol)
    result: Tensor = PseudoInverse.apply(A, rcond=bound / np.where(largest == 0, 1, largest), hermitian=hermitian)
    return result
