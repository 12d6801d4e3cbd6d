"""Changing a tensor in place: what is refused, and how the history of bases and views follows.

An in-place operation is its out-of-place form, whose result is then written over the tensor: values into the memory,
history into the graph. Changing a view changes its base, whose new history is "the old base with a part replaced".
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.config import MODES
from autograd.dtypes import DTYPES
from autograd.errors import describe, sizes
from autograd.node import Op
from autograd.ops.promote import cast
from autograd.tensor import Tensor, View, overlaps_itself, own_storage

__all__ = ["copy_", "guard", "overwrite"]

Array = np.ndarray[Any, np.dtype[Any]]
Path = tuple[tuple[Any, dict[str, Any]], ...]


class ReplacePart(Op):
    """The base with the part that `path` leads to replaced by `part`."""

    __slots__ = ("path",)

    def forward(self, base: Array, part: Array, *, path: Path) -> Array:
        self.path = path
        out = base.copy(order="K")
        View(Tensor(out), path, 0, "").walk_array(out)[...] = part
        return out

    def backward(self, grad: Tensor) -> tuple[Tensor | None, Tensor | None]:
        part = View(grad, self.path, 0, "").walk(grad)
        for_base = ReplacePart.apply(grad, zeros_like(part), path=self.path) if self.needs_input_grad[0] else None
        return for_base, part if self.needs_input_grad[1] else None


class Overwrite(Op):
    """The value in place of the old elements, which no longer matter."""

    __slots__ = ()

    def forward(self, x: Array, value: Array) -> Array:
        return np.broadcast_to(value, x.shape).astype(x.dtype)

    def backward(self, grad: Tensor) -> tuple[Tensor | None, Tensor]:
        return zeros_like(grad) if self.needs_input_grad[0] else None, grad


def zeros_like(x: Tensor) -> Tensor:
    """Return zeros of the shape and dtype of `x`."""
    return Tensor(np.zeros(x._data.shape, x._data.dtype))


def guard(x: Tensor, change: str) -> None:
    """Refuse an in-place change that would falsify gradients.

    Raises
    ------
    RuntimeError
        If `x` is a leaf that requires grad, a view of one, a view that must not be changed, an expanded tensor, or was
        made in inference mode.
    """
    storage = x._storage
    if storage is not None and storage.inference and not MODES.get().inference:
        raise RuntimeError(
            describe(
                "Inplace update to inference tensor outside InferenceMode is not allowed. You can make a clone to get a "
                "normal tensor before doing inplace update.",
                op=change,
            )
        )
    if overlaps_itself(x._data):
        raise RuntimeError(
            describe(
                "unsupported operation: more than one element of the written-to tensor refers to a single memory location. "
                "Please clone() the tensor before performing the operation.",
                op=change,
            )
        )
    if not MODES.get().grad:
        return
    view = x._view
    if view is None:
        if x._requires_grad and x._node is None:
            raise RuntimeError(
                describe(
                    "a leaf Variable that requires grad is being used in an in-place operation.",
                    op=change,
                    fix=f"use the out-of-place form, or change the values inside autograd.no_grad(): x.{change}(...)",
                )
            )
        return
    if view.base._requires_grad and view.base._node is None:
        raise RuntimeError(
            describe(
                "a view of a leaf Variable that requires grad is being used in an in-place operation.",
                op=change,
                fix="clone the leaf first, or change the values inside autograd.no_grad()",
            )
        )
    if view.frozen and (x.requires_grad or view.base._requires_grad):
        raise RuntimeError(describe(view.frozen, op=change, fix="use the out-of-place form, or clone the view first"))


def overwrite(x: Tensor, result: Tensor, change: str) -> Tensor:
    """Write `result`, computed from `x`, over `x`: values, version and history.

    Parameters
    ----------
    x : Tensor
        Checked by `guard` before `result` was computed.
    result : Tensor
        Same shape as `x`; converted to its dtype within a category.
    change : str
        Name of the operation, for the error that a stale saved tensor raises.

    Returns
    -------
    Tensor
        `x`.

    Raises
    ------
    RuntimeError
        If the shape or the category of the dtype differs.
    """
    old, new = x._data, result._data
    if new.shape != old.shape:
        raise RuntimeError(
            describe(
                f"output with shape {sizes(old.shape)} doesn't match the broadcast shape {sizes(new.shape)}", op=change
            )
        )
    if new.dtype != old.dtype:
        if not np.can_cast(new.dtype, old.dtype, "same_kind") and not (new.dtype.kind == "i" and old.dtype.kind == "u"):
            raise RuntimeError(
                describe(
                    f"result type {DTYPES[new.dtype]} can't be cast to the desired output type {DTYPES[old.dtype]}",
                    op=change,
                    fix="convert the tensor first",
                )
            )
        result = cast(result, old.dtype)
    if result is x:
        return x
    if old is not result._data:
        np.copyto(old, result._data)
    storage = own_storage(x)
    storage.version += 1
    storage.change = change
    if MODES.get().grad and (result._requires_grad or x._requires_grad):
        _rebase(x, result)
    return x


def _rebase(x: Tensor, result: Tensor) -> None:
    """Give `x`, and the base it is a view of, the history of `result`."""
    node = result._node
    if isinstance(node, Op) and node.keeps_output and node._output[1] is not None:
        # The node reads its output from x's memory from now on, at the version this change made.
        storage = own_storage(x)
        node._output = (x._data, storage, storage.version)
    view = x._view
    if view is None:
        x._node, x._index, x._requires_grad = node, result._index, result._requires_grad
        if x._storage is not None:
            x._storage.rebased += 1
        return
    base = view.base
    part = ReplacePart()
    part.path = view.path
    part.needs_input_grad = (base._requires_grad, result._requires_grad)
    part.outputs = ((base._data.shape, base._data.dtype),)
    part._record((base, result), MODES.get())
    base._node, base._index, base._requires_grad = part, 0, True
    storage = own_storage(base)
    storage.rebased += 1
    x._refresh()


def copy_(x: Tensor, source: Any, non_blocking: bool = False) -> Tensor:
    """Copy `source`, a tensor or a number, into `x`; it broadcasts and is converted.

    Raises
    ------
    RuntimeError
        For the reasons `guard` gives, or if the shape does not broadcast to that of `x`.
    """
    guard(x, "copy_")
    value = source if isinstance(source, Tensor) else Tensor(np.asarray(source))
    value = cast(value, x._data.dtype)
    try:
        np.broadcast_to(value._data, x._data.shape)
    except ValueError:
        raise RuntimeError(
            describe(
                f"The size of tensor a {sizes(x._data.shape)} must match the size of tensor b {sizes(value._data.shape)}: "
                f"shape mismatch: value tensor of shape {sizes(value._data.shape)} cannot be broadcast to indexing result "
                f"of shape {sizes(x._data.shape)}",
                op="copy_",
            )
        ) from None
    if MODES.get().grad and (x.requires_grad or value._requires_grad):
        return overwrite(x, Overwrite.apply(x, value), "copy_")
    x._data[...] = value._data
    storage = own_storage(x)
    storage.version += 1
    storage.change = "copy_"
    return x
