"""PyTorch's oldest ways to make a tensor: ``Tensor(2, 3)``, ``Tensor([1.0])``, ``x.new(2)``; and to resize one."""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.config import DEFAULTS
from autograd.dtypes import Size, require_cpu, scalar_type
from autograd.errors import describe, sizes
from autograd.ops.axes import as_sizes
from autograd.ops.reduce import sum
from autograd.ops.shape import reshape
from autograd.ops.values import array_of
from autograd.tensor import Tensor

__all__ = ["is_nonzero", "legacy_array", "new", "resize_", "resize_as_", "sum_to_size"]

Array = np.ndarray[Any, np.dtype[Any]]


def legacy_array(data: tuple[Any, ...], kind: np.dtype[Any], device: Any = None) -> Array:
    """Return the array that a constructor of one fixed dtype makes of its arguments.

    Parameters
    ----------
    data : tuple
        Nothing, sizes as numbers or as one `Size`, one tensor (whose memory is shared), or one array or nested sequence
        (which is copied).
    kind : numpy dtype

    Raises
    ------
    TypeError
        If the arguments are none of these, or a tensor has another dtype.
    """
    require_cpu(device)
    if len(data) == 1 and isinstance(data[0], Size):
        return np.empty(data[0], kind)
    if len(data) == 1 and not isinstance(data[0], int | np.integer):
        return _of_values(data[0], kind)
    for size in data:
        if isinstance(size, bool | np.bool_) or not hasattr(size, "__index__"):
            raise TypeError(
                describe(
                    "new(): data must be a sequence"
                    if len(data) == 1
                    else "new(): argument 'size' failed to unpack the object",
                    op="Tensor",
                    rule=f"sizes are ints, got {type(size).__name__}",
                    fix="pass the values as one sequence, or use autograd.tensor(values)",
                )
            )
    sizes = [operator.index(size) for size in data]
    if min(sizes, default=0) < 0:
        raise RuntimeError(
            describe(
                f"Trying to create tensor with negative dimension {min(sizes)}: {sizes}",
                op="Tensor",
                fix="sizes are at least 0",
            )
        )
    return np.empty(sizes or 0, kind)


def _of_values(values: Any, kind: np.dtype[Any]) -> Array:
    if isinstance(values, Tensor):
        if values._data.dtype != kind:
            raise TypeError(
                describe(
                    f"expected {scalar_type(kind)} (got {scalar_type(values._data.dtype)})",
                    op="Tensor",
                    rule="this constructor shares the tensor's memory and cannot change its dtype",
                    fix="convert it with x.to(dtype)",
                )
            )
        return values.data._data
    if isinstance(values, str):
        raise TypeError(describe(f"new(): invalid data type '{type(values).__name__}'", op="Tensor"))
    if not isinstance(values, Sequence | np.ndarray):
        raise TypeError(
            describe(
                "new(): data must be a sequence",
                op="Tensor",
                rule=f"got {type(values).__name__}",
                fix="autograd.tensor(value) makes a tensor of one number",
            )
        )
    array = array_of(list(values) if isinstance(values, range) else values, infer=False)
    with np.errstate(invalid="ignore", over="ignore"):
        return array.astype(kind)


def new(self: Tensor, *data: Any, device: Any = None) -> Tensor:
    """Return a tensor of this one's dtype: of the given sizes and arbitrary values, or with the given values.

    Parameters
    ----------
    *data : int, or one sequence, array or Tensor
    device : optional
        The CPU is the only one.

    Examples
    --------
    >>> import autograd
    >>> x = autograd.zeros(2, dtype=autograd.int64)
    >>> x.new(2, 3).shape, x.new([5, 6])
    (autograd.Size([2, 3]), tensor([5, 6]))
    """
    return Tensor(legacy_array(data, self._data.dtype, device), None)


def _array_for_user(*data: Any, device: Any = None) -> Array:
    """Return the array of ``Tensor(*data)``: of the default dtype, but a tensor keeps its own."""
    kind = data[0]._data.dtype if len(data) == 1 and isinstance(data[0], Tensor) else DEFAULTS.dtype
    return legacy_array(data, kind, device)


def resize_(self: Tensor, *size: Any, memory_format: Any = None) -> Tensor:
    """Give the tensor another shape in place; what does not fit in its memory is made anew, with arbitrary new values.

    Parameters
    ----------
    *size : int, or a sequence of int
    memory_format : optional
        Accepted for compatibility.

    Raises
    ------
    RuntimeError
        If the tensor requires grad.

    Examples
    --------
    >>> import autograd
    >>> autograd.arange(6).resize_(2, 2)
    tensor([[0, 1],
            [2, 3]])
    """
    if self.requires_grad:
        raise RuntimeError(
            describe("cannot resize variables that require grad", op="resize_", fix="use x.detach() or x.reshape(...)")
        )
    old, shape = np.ascontiguousarray(self._data).ravel(), as_sizes(size)
    if math.prod(shape) > old.size:
        old = np.concatenate([old, np.empty(math.prod(shape) - old.size, old.dtype)])
    self._data = old[: math.prod(shape)].reshape(shape)
    return self


def resize_as_(self: Tensor, the_template: Tensor, memory_format: Any = None) -> Tensor:
    """Give the tensor the shape of another in place; see `resize_`.

    Examples
    --------
    >>> import autograd
    >>> autograd.arange(6).resize_as_(autograd.zeros(3))
    tensor([0, 1, 2])
    """
    return resize_(self, *the_template._data.shape)


def sum_to_size(self: Tensor, *size: Any) -> Tensor:
    """Return the sum over the axes that would have to be broadcast from the given shape.

    Parameters
    ----------
    *size : int, or a sequence of int

    Raises
    ------
    RuntimeError
        If the given shape does not broadcast to that of the tensor.

    Examples
    --------
    >>> import autograd
    >>> autograd.ones(2, 3).sum_to_size(1, 3)
    tensor([[2., 2., 2.]])
    """
    shape = as_sizes(size)
    leading = len(self._data.shape) - len(shape)
    axes = (*range(leading), *(i + leading for i, n in enumerate(shape) if n == 1))
    if leading < 0 or any(n not in (1, have) for n, have in zip(shape, self._data.shape[leading:], strict=True)):
        raise RuntimeError(
            describe(
                f"size {sizes(shape)} is not expandable to size {sizes(self._data.shape)}.",
                op="sum_to_size",
                fix="every size must be 1 or that of the tensor, counted from the last axis",
            )
        )
    summed: Tensor = sum(self, axes, keepdim=True) if axes or not shape else self
    return reshape(summed, shape)


def is_nonzero(input: Tensor) -> bool:
    """Return whether the only element is not zero: ``bool(input)``.

    Raises
    ------
    RuntimeError
        If there is not exactly one element.

    Examples
    --------
    >>> import autograd
    >>> autograd.is_nonzero(autograd.tensor([0.0]))
    False
    """
    return bool(input)


METHODS: dict[str, Any] = {
    "_array_for_user": staticmethod(_array_for_user),
    "is_cpu": property(lambda self: True, doc="Whether the tensor is on the CPU: always."),
    "is_nonzero": is_nonzero,
    "new": new,
    "resize_": resize_,
    "resize_as_": resize_as_,
    "sum_to_size": sum_to_size,
}
