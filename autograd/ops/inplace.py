"""The rules of changing a tensor in place: what is refused, and how the history of bases and views follows.

An in-place operation is its out-of-place form, whose result is then written over the tensor: values into the memory,
history into the graph. Changing a view changes its base, whose new history is "the old base with a part replaced".
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.config import MODES
from autograd.dtypes import scalar_type
from autograd.errors import describe, sizes
from autograd.node import Node, next_order
from autograd.operation import Op
from autograd.ops.promote import cast
from autograd.storage import View, overlaps_itself, own_storage
from autograd.tensor import Tensor

__all__ = ["guard", "guard_history", "mark_changed", "overwrite"]

Array = np.ndarray[Any, np.dtype[Any]]
Path = tuple[tuple[Any, dict[str, Any]], ...]


class ReplacePart(Op):
    """The base with the part that `path` leads to replaced by `part`."""

    __slots__ = ("path",)

    def forward(self, base: Array, part: Array, *, path: Path) -> Array:
        self.path = path
        out = base.copy(order="K")
        View(Tensor(out, None), path, 0, "").walk_array(out)[...] = part
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
    return Tensor(np.zeros(x._data.shape, x._data.dtype), None)


def guard(x: Tensor, change: str) -> int:
    """Refuse an in-place change that would falsify values or gradients.

    Returns
    -------
    int
        The order of nodes at this moment, for `overwrite`: what the change itself records is newer.

    Raises
    ------
    RuntimeError
        If `x` is an expanded tensor, or for the reasons `guard_history` gives.
    """
    if overlaps_itself(x._data):
        raise RuntimeError(
            describe(
                "unsupported operation: more than one element of the written-to tensor refers to a single memory "
                "location. Please clone() the tensor before performing the operation.",
                op=change,
            )
        )
    guard_history(x, change)
    return next_order()


def guard_history(x: Tensor, change: str) -> None:
    """Refuse an in-place change that the graph cannot follow.

    Raises
    ------
    RuntimeError
        If `x` is a leaf that requires grad or a view of one, a view that must not be changed, or an inference tensor.
    """
    modes = MODES.get()
    if modes.observer is not None:
        modes.observer.before_change(x, change)
    storage = x._storage
    if storage is not None and storage.inference and not modes.inference:
        raise RuntimeError(
            describe(
                "Inplace update to inference tensor outside InferenceMode is not allowed.You can make a clone to get a "
                "normal tensor before doing inplace update.",
                op=change,
            )
        )
    if not modes.grad:
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
    base = view.base
    if base._requires_grad and view.frozen:
        raise frozen_error(view, change)
    if base._requires_grad and base._node is None:
        raise RuntimeError(
            describe(
                "a view of a leaf Variable that requires grad is being used in an in-place operation.",
                op=change,
                fix="clone the leaf first, or change the values inside autograd.no_grad()",
            )
        )


def frozen_error(view: View, change: str) -> RuntimeError:
    """Say why a view must not be changed."""
    return RuntimeError(describe(view.frozen, op=change, fix="use the out-of-place form, or clone the view first"))


def mark_changed(x: Tensor, change: str) -> None:
    """Count an in-place change of the memory under `x`."""
    storage = own_storage(x)
    storage.version += 1
    storage.change = change


def overwrite(x: Tensor, result: Tensor, change: str, since: int | None = None) -> Tensor:
    """Write `result`, computed from `x`, over `x`: values, version and history.

    Parameters
    ----------
    x : Tensor
        Checked by `guard` before `result` was computed.
    result : Tensor
        Same shape as `x`; converted to its dtype within a category.
    change : str
        Name of the operation, for the error that a stale saved tensor raises.
    since : int, optional
        What `guard` returned. Nodes recorded later may have saved `x` as it was: they are given a copy of it.

    Returns
    -------
    Tensor
        `x`.

    Raises
    ------
    RuntimeError
        If the shape or the category of the dtype differs, or `x` is a view that must not be changed.
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
                    f"result type {scalar_type(new.dtype)} can't be cast to the desired output type "
                    f"{scalar_type(old.dtype)}",
                    op=change,
                    fix="convert the tensor first",
                )
            )
        result = cast(result, old.dtype)
    if result is x:
        return x
    recorded = MODES.get().grad and (result._requires_grad or x._requires_grad)
    if recorded:
        if x._view is not None and x._view.frozen:
            raise frozen_error(x._view, change)
        _preserve(x, result._node, since)
    if old is not result._data:
        np.copyto(old, result._data)
    mark_changed(x, change)
    if recorded:
        _rebase(x, result)
    return x


def _preserve(x: Tensor, node: Node | None, since: int | None) -> None:
    """Give the nodes of an in-place operation a copy of `x` to keep, for they need it as it was before."""
    copies: dict[int, Tensor] = {}

    def kept(s: Any) -> Any:
        if not _changes(s, x, since):
            return s
        if id(s) not in copies:
            copies[id(s)] = Tensor(s._data.copy(order="K"), s._node, s._index)
        return copies[id(s)]

    todo = [] if node is None else [node]
    seen = set(todo)
    while todo:
        node = todo.pop()
        if isinstance(node, Op) and node._saved and any(_changes(s, x, since) for s in node._saved):
            saved = node._saved
            node._saved = tuple([kept(s) for s in saved])
            if node._versions:
                pairs = zip(saved, node._versions, strict=True)
                node._versions = tuple([-1 if _changes(s, x, since) else v for s, v in pairs])
        for edge in node.edges:
            # Nodes number downwards: those with a smaller number are newer.
            if edge is not None and since is not None and edge[0].order < since and edge[0] not in seen:
                seen.add(edge[0])
                todo.append(edge[0])


def _changes(saved: Any, x: Tensor, since: int | None) -> bool:
    """Whether a change of `x` changes what one of its own nodes saved: `x` itself, or a view made on the way."""
    if saved is x:
        return True
    if since is None or not isinstance(saved, Tensor) or saved._storage is None or saved._storage is not x._storage:
        return False
    return saved._node is not None and saved._node.order < since


def _rebase(x: Tensor, result: Tensor) -> None:
    """Give `x`, and the base it is a view of, the history of `result`."""
    node = result._node
    if isinstance(node, Op) and node.keeps_output and node._output[1] is not None:
        # The node reads its output from x's memory from now on, at the version this change made.
        storage = own_storage(x)
        node._output = (x._data, storage, storage.version)
    view = x._view
    if view is None:
        x._set_history(node, result._index, result._requires_grad)
        if x._storage is not None:
            x._storage.rebased += 1
        return
    base = view.base
    modes = MODES.get()
    if modes.observer is not None:
        modes.observer.before_forward(ReplacePart, (base, result), {"path": view.path})
    part = ReplacePart()
    part.path = view.path
    part.needs_input_grad = (base._requires_grad, result._requires_grad)
    part.outputs = ((base._data.shape, base._data.dtype),)
    part._record((base, result), modes)
    base._set_history(part, 0, True)
    if modes.observer is not None:
        modes.observer.after_forward(part, (base, result), (base,))
    own_storage(base).rebased += 1
    x._refresh()
