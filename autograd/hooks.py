"""Hooks on tensors and on nodes, and the handles that take them away."""

from __future__ import annotations

import weakref
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from autograd.tensor import Tensor

__all__ = ["LeafHooks", "NodeHooks", "RemovableHandle", "register"]


class RemovableHandle:
    """Returned by every function that registers a hook; `remove`, or the end of a ``with`` block, takes the hook away.

    Examples
    --------
    >>> import autograd
    >>> x = autograd.ones(2, requires_grad=True)
    >>> with x.register_hook(lambda grad: grad * 10):
    ...     x.sum().backward()
    >>> x.grad
    tensor([10., 10.])
    """

    __slots__ = ("_hooks", "id")
    _next = 0

    def __init__(self, hooks: OrderedDict[int, Any]) -> None:
        self._hooks = weakref.ref(hooks)
        self.id = RemovableHandle._next
        RemovableHandle._next += 1

    def remove(self) -> None:
        """Take the hook away; doing so twice does nothing."""
        hooks = self._hooks()
        if hooks is not None:
            hooks.pop(self.id, None)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.remove()


def register(hooks: OrderedDict[int, Any], hook: Any) -> RemovableHandle:
    """Add a hook and return what takes it away again."""
    handle = RemovableHandle(hooks)
    hooks[handle.id] = hook
    return handle


class LeafHooks:
    """Hooks on a leaf: before and after its gradient is accumulated."""

    __slots__ = ("accumulated", "tensor")

    def __init__(self) -> None:
        self.tensor: OrderedDict[int, Callable[[Tensor], Tensor | None]] = OrderedDict()
        self.accumulated: OrderedDict[int, Callable[[Tensor], None]] = OrderedDict()


class NodeHooks:
    """Hooks of one node; they stay when the tensors it made are gone.

    Attributes
    ----------
    tensor : dict of int to hooks
        By output index: called with the gradient of that output, may replace it.
    before, after : hooks
        Called with the gradients of the outputs, and with those of inputs and outputs.
    retained : dict of int to weak reference
        By output index: the tensor whose `grad` keeps the gradient.
    """

    __slots__ = ("after", "before", "retained", "tensor")

    def __init__(self) -> None:
        self.tensor: dict[int, OrderedDict[int, Callable[..., Any]]] = {}
        self.before: OrderedDict[int, Callable[..., Any]] = OrderedDict()
        self.after: OrderedDict[int, Callable[..., Any]] = OrderedDict()
        self.retained: dict[int, weakref.ref[Tensor]] = {}
