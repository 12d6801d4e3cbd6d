"""Reductions along axes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from autograd.dtypes import numpy_dtype
from autograd.node import Op
from autograd.ops.promote import cast
from autograd.ops.registry import Maker, Sample, op
from autograd.ops.shape import expand, normalize_axes, reshape
from autograd.tensor import Tensor

__all__ = ["sum"]

Array = np.ndarray[Any, np.dtype[Any]]
Axes = int | Sequence[int] | None


def _reduced(make: Maker) -> Iterator[Sample]:
    """Samples of a reduction: all axes, one, several, kept, 0-d, empty."""
    yield Sample(make(2, 3, 4))
    yield Sample(make(2, 3, 4), 1)
    yield Sample(make(2, 3, 4), (0, -1), keepdim=True)
    yield Sample(make())
    yield Sample(make(0, 3), 0)


def with_kept_axes(shape: tuple[int, ...], axes: tuple[int, ...]) -> tuple[int, ...]:
    """Return `shape` with the reduced axes kept at size 1."""
    return tuple([1 if axis in axes else n for axis, n in enumerate(shape)])


class Sum(Op):
    """Sum over axes; adjoint of expansion."""

    __slots__ = ("axes", "source")

    def forward(self, x: Array, *, axes: tuple[int, ...], keepdim: bool) -> Array:
        self.axes, self.source = axes, x.shape
        return x.sum(axis=axes, keepdims=keepdim, dtype=x.dtype)  # type: ignore[no-any-return]

    def backward(self, grad: Tensor) -> Tensor:
        return expand(reshape(grad, with_kept_axes(self.source, self.axes)), self.source)


@op(_reduced)
def sum(input: Tensor, dim: Axes = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """Return the sum of the elements, of all axes or of those in `dim`.

    Parameters
    ----------
    input : Tensor
    dim : int or sequence of int, optional
    keepdim : bool
        Keep the reduced axes at size 1.
    dtype : dtype, optional
        Convert before summing. Integers and booleans are summed as int64.

    Examples
    --------
    >>> import autograd
    >>> autograd.tensor([[1.0, 2.0], [3.0, 4.0]]).sum(0)
    tensor([4., 6.])
    """
    if dtype is not None:
        input = cast(input, numpy_dtype(dtype))
    elif input._data.dtype.kind in "bui":
        input = cast(input, np.dtype(np.int64))
    result: Tensor = Sum.apply(input, axes=normalize_axes(dim, input._data.ndim), keepdim=keepdim)
    return result
