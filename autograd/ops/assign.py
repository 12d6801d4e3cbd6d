"""Assigning to whole tensors in place, and giving them another shape in place."""

from __future__ import annotations

import functools
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.config import MODES
from autograd.errors import describe, sizes
from autograd.ops.inplace import Overwrite, guard, guard_history, mark_changed, overwrite
from autograd.ops.permute import t, transpose
from autograd.ops.promote import broadcast_shape, cast
from autograd.ops.singletons import squeeze, unsqueeze
from autograd.storage import own_storage
from autograd.tensor import Tensor

__all__ = ["copy_", "fill_", "zero_"]


def copy_(x: Tensor, source: Any, non_blocking: bool = False) -> Tensor:
    """Copy `source`, a tensor or a number, into `x`; it broadcasts and is converted.

    Raises
    ------
    RuntimeError
        For the reasons `guard` gives, or if the shape does not broadcast to that of `x`.

    Examples
    --------
    >>> import autograd
    >>> autograd.zeros(2, 2).copy_(autograd.tensor([1, 2]))
    tensor([[1., 2.],
            [1., 2.]])
    """
    guard(x, "copy_")
    value = source if isinstance(source, Tensor) else Tensor(np.asarray(source), None)
    value = cast(value, x._data.dtype)
    shape = broadcast_shape(x._data.shape, value._data.shape, "copy_")
    if shape != x._data.shape:
        raise RuntimeError(
            describe(
                f"output with shape {sizes(x._data.shape)} doesn't match the broadcast shape {sizes(shape)}", op="copy_"
            )
        )
    return assign(x, value, "copy_")


def assign(x: Tensor, value: Tensor, change: str) -> Tensor:
    """Write `value`, which broadcasts to `x` and has its dtype, over `x`."""
    if MODES.get().grad and (x.requires_grad or value._requires_grad):
        return overwrite(x, Overwrite.apply(x, value), change)
    x._data[...] = value._data
    mark_changed(x, change)
    return x


def fill_(x: Tensor, value: Any) -> Tensor:
    """Set every element to `value`, a number or a 0-d tensor.

    Raises
    ------
    RuntimeError
        If the graph cannot follow the change, or `value` has axes.

    Examples
    --------
    >>> import autograd
    >>> autograd.zeros(2).fill_(7)
    tensor([7., 7.])
    """
    filler = value if isinstance(value, Tensor) else Tensor(np.asarray(value), None)
    if filler._data.ndim:
        raise RuntimeError(
            describe(
                f"fill_ only supports 0-dimension value tensor but got tensor with {filler._data.ndim} dimensions."
            )
        )
    guard_history(x, "fill_")
    return assign(x, cast(filler, x._data.dtype), "fill_")


def zero_(x: Tensor) -> Tensor:
    """Set every element to zero.

    Raises
    ------
    RuntimeError
        If the graph cannot follow the change.

    Examples
    --------
    >>> import autograd
    >>> autograd.ones(2).zero_()
    tensor([0., 0.])
    """
    guard_history(x, "zero_")
    return assign(x, Tensor(np.zeros((), x._data.dtype), None), "zero_")


def detach_(x: Tensor) -> Tensor:
    """Take the tensor out of the graph, in place.

    Raises
    ------
    RuntimeError
        If it is a view.

    Examples
    --------
    >>> import autograd
    >>> y = autograd.ones(2, requires_grad=True) * 2
    >>> y.detach_().requires_grad
    False
    """
    if x._view is not None and x.requires_grad:
        raise RuntimeError(describe("Can't detach views in-place. Use detach() instead.", op="detach_"))
    x._node, x._index, x._requires_grad = None, 0, False
    return x


def restride(x: Tensor, view: Callable[..., Tensor], change: str, *args: Any) -> Tensor:
    """Change shape and strides of `x` in place: it becomes what ``view(x, *args)`` is.

    Raises
    ------
    RuntimeError
        If the graph cannot follow the change.
    """
    guard_history(x, change)
    source = x
    if x._view is None:
        # Views made before remain views of what the tensor was.
        source = Tensor(x._data, x._node, x._index)
        source._storage = own_storage(x)
        if source._storage.tensors:
            source._storage.tensors.append(weakref.ref(source))
    result = view(source, *args)
    for slot in ("_data", "_node", "_index", "_requires_grad", "_storage", "_view"):
        setattr(x, slot, getattr(result, slot))
    storage = own_storage(x)
    if storage.tensors:
        storage.tensors.append(weakref.ref(x))
    mark_changed(x, change)
    return x


def restriding(view: Callable[..., Tensor], change: str) -> Callable[..., Tensor]:
    """Return the in-place twin of a view operation."""

    def method(self: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        return restride(self, functools.partial(view, **kwargs), change, *args)

    method.__name__ = change
    method.__doc__ = f"In-place form of `{view.__name__}`; returns the tensor."
    return method


METHODS: dict[str, Any] = {"copy_": copy_, "detach_": detach_, "fill_": fill_, "zero_": zero_} | {
    view.__name__ + "_": restriding(view, view.__name__ + "_") for view in (squeeze, unsqueeze, transpose, t)
}
METHODS["swapaxes_"] = METHODS["swapdims_"] = METHODS["transpose_"]
