"""Inverses and determinants of matrices or stacks of them, by LAPACK.

Everything is written for real matrices.
"""

# ruff: noqa: N803, N806 (matrices have the names that mathematics gives them)

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from autograd import return_types
from autograd.dtypes import scalar_type
from autograd.errors import describe
from autograd.operation import Op
from autograd.ops.arguments import is_floating
from autograd.ops.permute import mT
from autograd.ops.products import MatMul
from autograd.ops.registry import Maker, Sample, op
from autograd.ops.select import where
from autograd.ops.shape import reshape
from autograd.tensor import Tensor

__all__ = [
    "LinAlgError",
    "det",
    "inverse",
    "logdet",
    "matrices",
    "positive_definite",
    "require_matrix",
    "singular_values",
    "slogdet",
    "squares",
    "well_conditioned",
]

Array = np.ndarray[Any, np.dtype[Any]]


class LinAlgError(RuntimeError):
    """A decomposition does not exist: the matrix is singular, or not positive-definite.

    Examples
    --------
    >>> import autograd
    >>> try:
    ...     autograd.linalg.inv(autograd.zeros(2, 2))
    ... except autograd.linalg.LinAlgError:
    ...     print("singular")
    singular
    """


def singular_values(A: Array, **options: Any) -> Any:
    """Return NumPy's singular value decomposition; where a number is not finite, LAPACK's may never end.

    Raises
    ------
    LinAlgError
        If a number is not finite.
    """
    if not np.isfinite(A).all():
        raise LinAlgError(
            describe(
                "linalg.svd: The algorithm failed to converge because the input matrix contained non-finite values.",
                op="linalg.svd",
                shapes={"A": A.shape},
                fix="look for NaN and infinity with autograd.isfinite(A)",
            )
        )
    return np.linalg.svd(A, **options)


def require_matrix(A: Tensor, name: str, square: bool = False) -> None:
    """Refuse what is not a floating-point matrix or a stack of them.

    Raises
    ------
    RuntimeError
    """
    shape = A._data.shape
    if len(shape) < 2:
        raise RuntimeError(
            describe(
                f"{name}: The input tensor A must have at least 2 dimensions.",
                op=name,
                shapes={"A": shape},
                fix="unsqueeze the tensor to a matrix",
            )
        )
    if square and shape[-1] != shape[-2]:
        raise RuntimeError(
            describe(
                f"{name}: A must be batches of square matrices, but they are {shape[-2]} by {shape[-1]} matrices",
                op=name,
                shapes={"A": shape},
            )
        )
    if not is_floating(A):
        raise RuntimeError(
            describe(
                f"{name}: Expected a floating point or complex tensor as input. Got {scalar_type(A._data.dtype)}",
                op=name,
            )
        )


def _column(x: Tensor) -> Tensor:
    """Return numbers, one a matrix, in the shape that multiplies matrices."""
    return reshape(x, (*x._data.shape, 1, 1))


def well_conditioned(*shape: int) -> Array:
    """Return constant matrices with which random ones become well conditioned."""
    return 2 * np.broadcast_to(np.eye(shape[-2], shape[-1]), shape)


def squares(make: Maker) -> Iterator[Sample]:
    """Samples of an operation on well conditioned square matrices."""
    for shape in ((3, 3), (2, 2, 2), (1, 1), (0, 2, 2)):
        A = make(*shape)
        A._data += well_conditioned(*shape)
        yield Sample(A)


def matrices(make: Maker) -> Iterator[Sample]:
    """Samples of an operation on matrices: tall, square, a stack of wide ones."""
    for shape in ((4, 2), (3, 3), (2, 3, 2)):
        A = make(*shape)
        A._data[...] += well_conditioned(*shape) + np.arange(shape[-1])
        yield Sample(A)


class Inverse(Op):
    """Inverse matrices."""

    __slots__ = ()
    keeps_output = True

    def forward(self, A: Array) -> Array:
        try:
            return np.linalg.inv(A)
        except np.linalg.LinAlgError:
            raise LinAlgError(
                describe(
                    "linalg.inv: The diagonal element is zero, the inversion could not be completed because the "
                    "input matrix "
                    "is singular.",
                    op="linalg.inv",
                    shapes={"A": A.shape},
                    fix="use linalg.pinv",
                )
            ) from None

    def backward(self, grad: Tensor) -> Tensor:
        inverse = self.output
        return -MatMul.apply(MatMul.apply(inverse, grad, turn_a=True), inverse, turn_b=True)  # type: ignore[no-any-return]


@op(squares)
def inverse(A: Tensor) -> Tensor:
    """Return the inverses of square matrices.

    Parameters
    ----------
    A : Tensor, shape (..., n, n)

    Raises
    ------
    RuntimeError
        If they are not square; `LinAlgError` if one is singular.

    Examples
    --------
    >>> import autograd
    >>> autograd.inverse(autograd.tensor([[2.0, 0.0], [0.0, 4.0]]))
    tensor([[0.5000, 0.0000],
            [0.0000, 0.2500]])
    """
    require_matrix(A, "linalg.inv", square=True)
    result: Tensor = Inverse.apply(A)
    return result


def _adjugate(A: Array) -> Array:
    """Return the transposed cofactors of matrices, singular or not, from their singular values."""
    if not np.isfinite(A).all():
        return np.full_like(A, np.nan)
    U, S, Vh = np.linalg.svd(A)
    n = S.shape[-1]
    others = np.repeat(S[..., None, :], n, -2)
    others[..., np.arange(n), np.arange(n)] = 1
    signs = np.linalg.det(U) * np.linalg.det(Vh)
    return signs[..., None, None] * (Vh.swapaxes(-1, -2) * others.prod(-1)[..., None, :]) @ U.swapaxes(-1, -2)  # type: ignore[no-any-return]


class Det(Op):
    """Determinants."""

    __slots__ = ()
    keeps = {0: (0,)}
    keeps_output = True

    @np.errstate(all="ignore")
    def forward(self, A: Array) -> Array:
        return np.linalg.det(A)  # type: ignore[no-any-return]

    def backward(self, grad: Tensor) -> Tensor:
        (A,) = self.saved
        value = self.output
        if not value._data.all():
            # A singular matrix has no inverse, but cofactors it has.
            return _column(grad) * Tensor(_adjugate(A._data).swapaxes(-1, -2), None)
        return _column(grad * value) * mT(inverse(A))


@op(squares)
def det(A: Tensor) -> Tensor:
    """Return the determinants of square matrices.

    Parameters
    ----------
    A : Tensor, shape (..., n, n)

    Returns
    -------
    Tensor, shape (...)

    Raises
    ------
    RuntimeError
        If they are not square.

    Examples
    --------
    >>> import autograd
    >>> autograd.det(autograd.tensor([[2.0, 1.0], [0.0, 3.0]]))
    tensor(6.)
    """
    require_matrix(A, "linalg.det", square=True)
    result: Tensor = Det.apply(A)
    return result


class LogAbsDet(Op):
    """Signs of determinants and logarithms of their magnitudes."""

    __slots__ = ()
    keeps = {0: (0,)}

    @np.errstate(all="ignore")
    def forward(self, A: Array) -> tuple[Array, Array]:
        sign, logarithm = np.linalg.slogdet(A)
        return np.asarray(sign), np.asarray(logarithm)

    def backward(self, of_sign: Tensor | None, of_logarithm: Tensor | None) -> Tensor | None:
        (A,) = self.saved
        # The sign is constant in pieces.
        return None if of_logarithm is None else _column(of_logarithm) * mT(inverse(A))


@op(squares)
def slogdet(A: Tensor) -> Any:
    """Return the signs of determinants and the logarithms of their magnitudes.

    Parameters
    ----------
    A : Tensor, shape (..., n, n)

    Returns
    -------
    sign, logabsdet : Tensor, shape (...)

    Raises
    ------
    RuntimeError
        If the matrices are not square.

    Examples
    --------
    >>> import autograd
    >>> sign, logarithm = autograd.slogdet(autograd.tensor([[-1.0, 5.0], [0.0, 1.0]]))
    >>> sign, logarithm
    (tensor(-1.), tensor(0.))
    """
    require_matrix(A, "linalg.slogdet", square=True)
    return return_types.linalg_slogdet(*LogAbsDet.apply(A))


def positive_definite(make: Maker) -> Iterator[Sample]:
    """Samples of an operation on symmetric positive-definite matrices."""
    for sample in squares(make):
        (A,) = sample.args
        A._data[...] = A._data @ A._data.swapaxes(-1, -2)
        yield sample


@op(positive_definite)
def logdet(A: Tensor) -> Tensor:
    """Return the logarithms of determinants: NaN where they are negative.

    Parameters
    ----------
    A : Tensor, shape (..., n, n)

    Returns
    -------
    Tensor, shape (...)

    Raises
    ------
    RuntimeError
        If the matrices are not square.

    Examples
    --------
    >>> import autograd
    >>> autograd.logdet(autograd.tensor([[1.0, 5.0], [0.0, 1.0]]))
    tensor(0.)
    """
    sign, logarithm = slogdet(A)
    return where(sign < 0, np.nan, logarithm)  # type: ignore[no-any-return]
