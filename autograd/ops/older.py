"""Older names and forms of decompositions and ranges, and parts of rank 2 and 3 by axis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Unpack

import numpy as np

from autograd import return_types
from autograd.errors import describe
from autograd.ops import decompositions
from autograd.ops.creation import arange
from autograd.ops.joining import cat
from autograd.ops.options import Options
from autograd.ops.permute import mT
from autograd.ops.registry import Sample, op
from autograd.ops.shape import reshape
from autograd.ops.spelling import spelled
from autograd.ops.splitting import tensor_split
from autograd.tensor import Tensor

__all__ = ["cholesky", "column_stack", "dsplit", "hsplit", "qr", "range", "svd", "vsplit"]

Parts = tuple[Tensor, ...]


@spelled
def svd(input: Tensor, some: bool = True) -> Any:
    """Return ``A = U diag(S) V.mT``: as `linalg.svd`, but with `V`, and reduced unless `some` is False.

    Parameters
    ----------
    input : Tensor, shape (..., m, n)
    some : bool

    Returns
    -------
    U, S, V : Tensor

    Examples
    --------
    >>> import autograd
    >>> U, S, V = autograd.svd(autograd.ones(3, 2))
    >>> U.shape, S.shape, V.shape
    (autograd.Size([3, 2]), autograd.Size([2]), autograd.Size([2, 2]))
    """
    left, values, right = decompositions.svd(input, full_matrices=not some)
    return return_types.svd(left, values, mT(right))


@spelled
def qr(input: Tensor, some: bool = True) -> Any:
    """Return ``A = Q R``: `linalg.qr`, reduced unless `some` is False.

    Parameters
    ----------
    input : Tensor, shape (..., m, n)
    some : bool

    Returns
    -------
    Q, R : Tensor

    Examples
    --------
    >>> import autograd
    >>> Q, R = autograd.qr(autograd.ones(3, 2))
    >>> Q.shape, R.shape
    (autograd.Size([3, 2]), autograd.Size([2, 2]))
    """
    return decompositions.qr(input, "reduced" if some else "complete")


@spelled
def cholesky(input: Tensor, upper: bool = False) -> Tensor:
    """Return the triangular factor of positive definite matrices: `linalg.cholesky`.

    Parameters
    ----------
    input : Tensor, shape (..., n, n)
    upper : bool

    Examples
    --------
    >>> import autograd
    >>> autograd.cholesky(autograd.tensor([[4.0, 2.0], [2.0, 2.0]]))
    tensor([[2., 0.],
            [1., 1.]])
    """
    return decompositions.cholesky(input, upper=upper)


def range(start: float = 0, end: float | None = None, step: float = 1, **options: Unpack[Options]) -> Tensor:
    """Return numbers from `start` to `end`, which is included, unlike in `arange`; floating point by default.

    Parameters
    ----------
    start, end, step : number
        With one number, that is where the range ends.
    **options
        See `Options`.

    Examples
    --------
    >>> import autograd
    >>> autograd.range(1, 2, 0.5)
    tensor([1.0000, 1.5000, 2.0000])
    """
    if end is None:
        start, end = 0, start
    kind = options.pop("dtype", None)
    count = int(np.floor((end - start) / step)) + 1
    whole: Tensor = arange(count, **options) * step + start
    result: Tensor = whole.float() if kind is None else whole.to(kind)
    return result


@op(
    lambda make: [Sample([make(2), make(2, 3)]), Sample([make(), make(1)]), Sample([make(2, 1, 2), make(2, 3, 2)])],
    method=False,
)
def column_stack(tensors: Sequence[Tensor]) -> Tensor:
    """Join tensors along axis 1; vectors and numbers become columns.

    Examples
    --------
    >>> import autograd
    >>> autograd.column_stack([autograd.tensor([1, 2]), autograd.tensor([3, 4])])
    tensor([[1, 3],
            [2, 4]])
    """
    return cat([reshape(x, (x._data.size, 1)) if x._data.ndim < 2 else x for x in tensors], 1)


def _split(input: Tensor, parts: Any, axis: int, least: int, name: str) -> Parts:
    if not isinstance(parts, int | tuple | list | Tensor):
        kinds = f"(Tensor, {type(parts).__name__})"
        raise TypeError(describe(f"{name}() received an invalid combination of arguments. - got {kinds}", op=name))
    rank = input._data.ndim
    if rank < least:
        raise RuntimeError(
            describe(
                f"torch.{name} requires a tensor with at least {least} dimension, but got a tensor with {rank} "
                "dimensions!",
                op=name,
                shapes={"input": input._data.shape},
            )
        )
    if isinstance(parts, int) and (parts <= 0 or input._data.shape[axis] % parts):
        raise RuntimeError(
            describe(
                f"torch.{name} attempted to split along dimension {axis}, but the size of the dimension "
                f"{input._data.shape[axis]} is not divisible by the split_size {parts}!",
                op=name,
                fix="pass the positions at which to cut, or use tensor_split",
            )
        )
    return tensor_split(input, parts, axis)


@op(lambda make: [Sample(make(4), 2), Sample(make(2, 6), 3), Sample(make(2, 5, 1), (1, 3))])
def hsplit(input: Tensor, indices_or_sections: int | Sequence[int]) -> Parts:
    """Return equal parts along axis 1 (0 of a vector), or the parts between the given positions.

    Parameters
    ----------
    input : Tensor
    indices_or_sections : int or sequence of int
        Number of parts, which must be equal, or the positions where a new one begins.

    Raises
    ------
    RuntimeError
        If there is no such axis, or it cannot be divided so.

    Examples
    --------
    >>> import autograd
    >>> autograd.hsplit(autograd.arange(4), 2)
    (tensor([0, 1]), tensor([2, 3]))
    """
    return _split(input, indices_or_sections, min(1, input._data.ndim - 1), 1, "hsplit")


@op(lambda make: [Sample(make(4, 1), 2), Sample(make(5, 2), (1, 3))])
def vsplit(input: Tensor, indices_or_sections: int | Sequence[int]) -> Parts:
    """Return equal parts along axis 0, or the parts between the given positions; see `hsplit` for the errors.

    Examples
    --------
    >>> import autograd
    >>> autograd.vsplit(autograd.tensor([[1, 2], [3, 4], [5, 6]]), [1])
    (tensor([[1, 2]]), tensor([[3, 4],
            [5, 6]]))
    """
    return _split(input, indices_or_sections, 0, 2, "vsplit")


@op(lambda make: [Sample(make(1, 2, 4), 2), Sample(make(1, 2, 5), (1, 3))])
def dsplit(input: Tensor, indices_or_sections: int | Sequence[int]) -> Parts:
    """Return equal parts along axis 2, or the parts between the given positions; see `hsplit` for the errors.

    Examples
    --------
    >>> import autograd
    >>> [part.shape for part in autograd.dsplit(autograd.zeros(1, 2, 6), 3)]
    [autograd.Size([1, 2, 2]), autograd.Size([1, 2, 2]), autograd.Size([1, 2, 2])]
    """
    return _split(input, indices_or_sections, 2, 3, "dsplit")


METHODS: dict[str, Any] = {f.__name__: f for f in (svd, qr, cholesky)}
