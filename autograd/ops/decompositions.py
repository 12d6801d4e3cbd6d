"""Decompositions of matrices, or stacks of them, by LAPACK.

Gradients follow Giles, "Collected matrix derivative results for forward and reverse mode algorithmic differentiation"
(2008). Everything is written for real matrices.
"""

# ruff: noqa: N803, N806 (matrices have the names that mathematics gives them)

from __future__ import annotations

from typing import Any

import numpy as np

from autograd import return_types
from autograd.errors import describe
from autograd.operation import Op
from autograd.ops.inverses import (
    LinAlgError,
    matrices,
    positive_definite,
    require_matrix,
    singular_values,
    squares,
)
from autograd.ops.joining import cat
from autograd.ops.permute import mT
from autograd.ops.products import MatMul, matmul
from autograd.ops.registry import Maker, Sample, op
from autograd.ops.select import where
from autograd.ops.shape import reshape
from autograd.ops.systems import Solve
from autograd.tensor import Tensor

__all__ = ["cholesky", "eigh", "eigvalsh", "qr", "svd", "svdvals"]

Array = np.ndarray[Any, np.dtype[Any]]


def _symmetric(x: Tensor) -> Tensor:
    return (x + mT(x)) / 2


def _lower(x: Tensor, diagonal_factor: float = 1.0) -> Tensor:
    """Return the lower triangle of matrices with the diagonal multiplied by a factor."""
    n = x._data.shape[-1]
    return x * Tensor((np.tri(n, k=-1) + diagonal_factor * np.eye(n)).astype(x._data.dtype), None)


class Cholesky(Op):
    """The lower triangular factor of symmetric positive-definite matrices."""

    __slots__ = ()
    keeps_output = True

    def forward(self, A: Array) -> Array:
        try:
            return np.linalg.cholesky(A)
        except np.linalg.LinAlgError:
            raise LinAlgError(
                describe(
                    "linalg.cholesky: The factorization could not be completed because the input is not "
                    "positive-definite.",
                    op="linalg.cholesky",
                    shapes={"A": A.shape},
                )
            ) from None

    def backward(self, grad: Tensor) -> Tensor:
        factor = self.output
        middle = _lower(MatMul.apply(factor, grad, turn_a=True), 0.5)
        # inv(L).T @ middle @ inv(L), made symmetric
        half = mT(Solve.apply(mT(factor), mT(Solve.apply(mT(factor), middle))))
        return _symmetric(half)


@op(
    lambda make: [*positive_definite(make), Sample(next(iter(positive_definite(make))).args[0], upper=True)],
    name="linalg.cholesky",
    method=False,
)
def cholesky(A: Tensor, *, upper: bool = False) -> Tensor:
    """Return the lower triangular `L` with ``A = L L.T``, or the upper one with ``A = U.T U``.

    `A` stands for its symmetric part, so its gradient is symmetric.

    Parameters
    ----------
    A : Tensor, shape (..., n, n)
        Positive-definite.
    upper : bool, default False

    Raises
    ------
    RuntimeError
        If the matrices are not square; `LinAlgError` if one is not positive-definite.

    Examples
    --------
    >>> import autograd
    >>> autograd.linalg.cholesky(autograd.tensor([[4.0, 2.0], [2.0, 5.0]]))
    tensor([[2., 0.],
            [1., 2.]])
    """
    require_matrix(A, "linalg.cholesky", square=True)
    factor: Tensor = Cholesky.apply(_symmetric(A))
    return mT(factor) if upper else factor


# ---- orthogonal decompositions: unique up to signs


class QR(Op):
    """``A = Q R`` with orthonormal columns in `Q` and an upper triangle `R`."""

    __slots__ = ()
    keeps_all = True

    def forward(self, A: Array) -> tuple[Array, Array]:
        Q, R = np.linalg.qr(A)
        return Q, R

    def backward(self, of_q: Tensor | None, of_r: Tensor | None) -> Tensor:
        (A,) = self.saved
        Q, R = QR.apply(A)
        middle: Any = 0
        if of_r is not None:
            middle = MatMul.apply(R, of_r, turn_b=True)
        if of_q is not None:
            middle = middle - MatMul.apply(of_q, Q, turn_a=True)
        lower = _lower(middle, 0.5)
        right = matmul(Q, lower + mT(lower))
        return mT(Solve.apply(R, mT(right if of_q is None else right + of_q)))


@op(matrices, name="linalg.qr", reference=False, method=False)
def qr(A: Tensor, mode: str = "reduced") -> Any:
    """Return ``A = Q R``: orthonormal columns and an upper triangle.

    Parameters
    ----------
    A : Tensor, shape (..., m, n)
    mode : {'reduced', 'complete', 'r'}
        With 'complete', `Q` is square and there is no gradient; with 'r', it is empty.

    Returns
    -------
    Q, R : Tensor
        The signs of the columns are LAPACK's.

    Raises
    ------
    RuntimeError
        If the mode is unknown.

    Examples
    --------
    >>> import autograd
    >>> Q, R = autograd.linalg.qr(autograd.ones(3, 2))
    >>> Q.shape, R.shape
    (autograd.Size([3, 2]), autograd.Size([2, 2]))
    """
    require_matrix(A, "linalg.qr")
    if mode not in ("reduced", "complete", "r"):
        raise RuntimeError(
            describe(
                f"qr received unrecognized mode '{mode}' but expected one of 'reduced' (default), 'r', or 'complete'",
                op="linalg.qr",
            )
        )
    if mode == "complete":
        return return_types.linalg_qr(*(Tensor(part, None) for part in np.linalg.qr(A._data, "complete")))
    rows = A._data.shape[-2]
    Q, R = QR.apply(A[..., :rows])
    if A._data.shape[-1] > rows:
        # The first columns make the orthonormal ones; the others have only coordinates in them.
        R = cat((R, MatMul.apply(Q, A[..., rows:], turn_a=True)), -1)
    return return_types.linalg_qr(Q if mode == "reduced" else Tensor(np.empty(0, A._data.dtype), None), R)


def _gaps(values: Tensor) -> Tensor:
    """Return ``1 / (w_j - w_i)`` for a vector `w`, with zeros on the diagonal."""
    n = values._data.shape[-1]
    differences = reshape(values, (*values._data.shape[:-1], 1, n)) - reshape(values, (*values._data.shape, 1))
    eye = Tensor(np.broadcast_to(np.eye(n, dtype=bool), differences._data.shape), None)
    return where(eye, 0, 1 / where(eye, 1, differences))  # type: ignore[no-any-return]


def _as_diagonal(values: Tensor) -> Tensor:
    """Return diagonal matrices."""
    n = values._data.shape[-1]
    return reshape(values, (*values._data.shape, 1)) * Tensor(np.eye(n, dtype=values._data.dtype), None)


class Eigh(Op):
    """Eigenvalues and eigenvectors of symmetric matrices."""

    __slots__ = ()
    keeps_all = True

    def forward(self, A: Array) -> tuple[Array, Array]:
        if not np.isfinite(A).all():
            raise LinAlgError(
                describe(
                    "linalg.eigh: The algorithm failed to converge because the input matrix is ill-conditioned or has "
                    "too many repeated eigenvalues.",
                    op="linalg.eigh",
                    shapes={"A": A.shape},
                    fix="look for NaN and infinity with autograd.isfinite(A)",
                )
            )
        values, vectors = np.linalg.eigh(A)
        return values, vectors

    def backward(self, of_values: Tensor | None, of_vectors: Tensor | None) -> Tensor:
        (A,) = self.saved
        values, vectors = Eigh.apply(A)
        middle: Any = 0 if of_values is None else _as_diagonal(of_values)
        if of_vectors is not None:
            middle = middle + MatMul.apply(vectors, of_vectors, turn_a=True) * _gaps(values)
        return matmul(vectors, MatMul.apply(middle, vectors, turn_b=True))


def _symmetric_matrices(make: Maker) -> list[Sample]:
    return [Sample(s.args[0] + mT(s.args[0])) for s in squares(make) if s.args[0]._data.size]


@op(
    _symmetric_matrices,
    name="linalg.eigh",
    reference=False,
    method=False,
)
def eigh(A: Tensor, UPLO: str = "L") -> Any:
    """Return the eigenvalues, ascending, and the eigenvectors, as columns, of symmetric matrices.

    `A` stands for its symmetric part, so its gradient is symmetric, and either `UPLO` gives the same.

    Parameters
    ----------
    A : Tensor, shape (..., n, n)
    UPLO : {'L', 'U'}
        Both give the same.

    Returns
    -------
    eigenvalues : Tensor, shape (..., n)
    eigenvectors : Tensor, shape (..., n, n)
        Their signs are LAPACK's.

    Raises
    ------
    RuntimeError
        If the matrices are not square.

    Examples
    --------
    >>> import autograd
    >>> autograd.linalg.eigh(autograd.tensor([[2.0, 0.0], [0.0, 1.0]])).eigenvalues.round()
    tensor([1., 2.])
    """
    require_matrix(A, "linalg.eigh", square=True)
    return return_types.linalg_eigh(*Eigh.apply(_symmetric(A)))


class SVD(Op):
    """Singular values and vectors: ``A = U diag(S) Vh``, reduced."""

    __slots__ = ()
    keeps_all = True

    def forward(self, A: Array) -> tuple[Array, Array, Array]:
        U, S, Vh = singular_values(A, full_matrices=False)
        return U, S, Vh

    def backward(self, of_u: Tensor | None, of_s: Tensor | None, of_v: Tensor | None) -> Tensor:
        (A,) = self.saved
        U, S, Vh = SVD.apply(A)
        middle: Any = 0 if of_s is None else _as_diagonal(of_s)
        column, row = reshape(S, (*S._data.shape, 1)), reshape(S, (*S._data.shape[:-1], 1, S._data.shape[-1]))
        gaps = _gaps(S * S)
        outside: Tensor | None = None
        if of_u is not None:
            turned = MatMul.apply(U, of_u, turn_a=True)
            middle = middle + (turned - mT(turned)) * gaps * row
            outside = matmul((of_u - matmul(U, turned)) / row, Vh)
        if of_v is not None:
            turned = matmul(Vh, mT(of_v))
            middle = middle + column * ((turned - mT(turned)) * gaps)
            rest = matmul(U, (of_v - MatMul.apply(turned, Vh, turn_a=True)) / column)
            outside = rest if outside is None else outside + rest
        inside = matmul(matmul(U, middle), Vh)
        return inside if outside is None else inside + outside


@op(
    lambda make: [Sample(s.args[0], False) for s in matrices(make)],
    name="linalg.svd",
    reference=False,
    method=False,
)
def svd(A: Tensor, full_matrices: bool = True) -> Any:
    """Return ``A = U diag(S) Vh``: singular vectors and, descending, singular values.

    Parameters
    ----------
    A : Tensor, shape (..., m, n)
    full_matrices : bool, default True
        Complete the singular vectors to a basis; no gradient is taken through the vectors that this adds.

    Returns
    -------
    U, S, Vh : Tensor
        The signs of the vectors are LAPACK's.

    Examples
    --------
    >>> import autograd
    >>> U, S, Vh = autograd.linalg.svd(autograd.ones(2, 3))
    >>> U.shape, S.shape, Vh.shape
    (autograd.Size([2, 2]), autograd.Size([2]), autograd.Size([3, 3]))
    """
    require_matrix(A, "linalg.svd")
    U, S, Vh = SVD.apply(A)
    if full_matrices and A._data.shape[-2] != A._data.shape[-1]:
        whole_u, _, whole_v = singular_values(A._data)
        rank = S._data.shape[-1]
        U = cat((U, Tensor(whole_u[..., rank:], None)), -1)
        Vh = cat((Vh, Tensor(whole_v[..., rank:, :], None)), -2)
    return return_types.linalg_svd(U, S, Vh)


@op(matrices, name="linalg.svdvals", method=False)
def svdvals(A: Tensor) -> Tensor:
    """Return the singular values of matrices, descending.

    Parameters
    ----------
    A : Tensor, shape (..., m, n)

    Returns
    -------
    Tensor, shape (..., min(m, n))

    Examples
    --------
    >>> import autograd
    >>> autograd.linalg.svdvals(autograd.tensor([[3.0, 0.0], [0.0, 4.0]])).round()
    tensor([4., 3.])
    """
    values: Tensor = svd(A, full_matrices=False).S
    return values


@op(_symmetric_matrices, name="linalg.eigvalsh", method=False)
def eigvalsh(A: Tensor, UPLO: str = "L") -> Tensor:
    """Return the eigenvalues of symmetric matrices, ascending.

    Parameters
    ----------
    A : Tensor, shape (..., n, n)
    UPLO : {'L', 'U'}
        Both give the same.

    Returns
    -------
    Tensor, shape (..., n)

    Examples
    --------
    >>> import autograd
    >>> autograd.linalg.eigvalsh(autograd.tensor([[2.0, 0.0], [0.0, 1.0]])).round()
    tensor([1., 2.])
    """
    values: Tensor = eigh(A, UPLO).eigenvalues
    return values
