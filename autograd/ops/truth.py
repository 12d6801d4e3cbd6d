"""Questions about truth along axes: whether all, any, and how many elements are not zero."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from autograd.ops.axes import normalize_axes
from autograd.ops.registry import Maker, Sample, op
from autograd.ops.samples import reduced
from autograd.tensor import Tensor

__all__ = ["all", "any", "count_nonzero"]

Axes = int | Sequence[int] | None


def _truths(make: Maker) -> Iterator[Sample]:
    yield from reduced(make.booleans)
    yield Sample(make.integers(0, 2, 3, 4), 0)


def _decided(input: Tensor, by: np.ufunc, dim: Axes, keepdim: bool) -> Tensor:
    x = input._data
    # An empty list of axes reduces nothing here, while it means all axes elsewhere.
    axes = None if dim is None else () if dim == () else normalize_axes(dim, x.ndim)
    truth = by.reduce(x if x.dtype.kind == "b" else x != 0, axis=axes, keepdims=keepdim)
    # PyTorch answers in uint8 when it is asked about uint8.
    return Tensor(np.asarray(truth, np.uint8 if x.dtype == np.uint8 else np.bool_), None)


@op(_truths, differentiable=False)
def all(input: Tensor, dim: Axes = None, keepdim: bool = False) -> Tensor:
    """Return whether every element is true, that is, not zero.

    Parameters
    ----------
    input : Tensor
    dim : int or sequence of int, optional
        All axes if left out, none for ``()``.
    keepdim : bool
        Keep the reduced axes at size 1.

    Examples
    --------
    >>> import autograd
    >>> autograd.all(autograd.tensor([[1, 0], [2, 3]]), 1)
    tensor([False,  True])
    """
    return _decided(input, np.logical_and, dim, keepdim)


@op(_truths, differentiable=False)
def any(input: Tensor, dim: Axes = None, keepdim: bool = False) -> Tensor:
    """Return whether some element is true, that is, not zero.

    Parameters
    ----------
    input : Tensor
    dim : int or sequence of int, optional
        All axes if left out, none for ``()``.
    keepdim : bool
        Keep the reduced axes at size 1.

    Examples
    --------
    >>> import autograd
    >>> autograd.any(autograd.tensor([[0, 0], [0, 3]]), 1)
    tensor([False,  True])
    """
    return _decided(input, np.logical_or, dim, keepdim)


@op(lambda make: [Sample(make.integers(-1, 2, 3, 4), dim) for dim in (None, 0, (0, -1))], differentiable=False)
def count_nonzero(input: Tensor, dim: Axes = None) -> Tensor:
    """Return how many elements are not zero.

    Parameters
    ----------
    input : Tensor
    dim : int or sequence of int, optional
        All axes if left out.

    Examples
    --------
    >>> import autograd
    >>> autograd.count_nonzero(autograd.tensor([[1, 0], [2, 3]]), 0)
    tensor([2, 1])
    """
    axes = None if dim is None else normalize_axes(dim, input._data.ndim)
    return Tensor(np.asarray(np.count_nonzero(input._data, axis=axes)), None)
