"""Nodes of the computational graph: what links them, what they save, and who may watch them.

Built-in operations are nodes (`autograd.operation`); an operation of one's own stands on the same node
(`autograd.function`).
"""

from __future__ import annotations

import itertools
import threading
import weakref
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from autograd.config import MODES, no_grad
from autograd.errors import describe
from autograd.hooks import NodeHooks, RemovableHandle, register
from autograd.storage import Storage
from autograd.tensor import Tensor

__all__ = ["AccumulateGrad", "Edge", "Node", "Observer", "Packed", "accumulator", "edge_to", "hold_input", "read_input"]

Edge = tuple["Node", int]
Output = tuple[tuple[int, ...], "np.dtype[Any]"]

modes_of = MODES.get
# Every node is newer than the nodes it was computed from, so the replay needs no other order than this number.
next_order = itertools.count(0, -1).__next__


class Observer:
    """Sees every operation run and every node replayed while it is set in `autograd.config.Modes.observer`.

    A subclass overrides what it wants to see; `autograd.observe.observing` sets it beside those that are set already.
    """

    def before_forward(self, op: type[Node], inputs: tuple[Any, ...], params: dict[str, Any]) -> None:
        """Called before an operation runs."""

    def after_forward(self, node: Node, inputs: tuple[Any, ...], outputs: tuple[Tensor, ...]) -> None:
        """Called after it, with the node, recorded or not."""

    def before_backward(self, node: Node, grads: list[Tensor | None]) -> None:
        """Called before a node's backward runs."""

    def after_backward(self, node: Node, grads: list[Tensor | None], results: tuple[Tensor | None, ...]) -> None:
        """Called after it, with what it returned."""

    def before_change(self, x: Tensor, change: str) -> None:
        """Called before the tensor `x` is changed in place by the operation `change`."""

    def enter_module(self, module: Any) -> None:
        """Called before a module's hooks and forward run."""

    def exit_module(self, module: Any) -> None:
        """Called after them, also when they raised."""


class Node:
    """A node of the graph.

    Attributes
    ----------
    edges : tuple of (Node, int) or None
        For each input the node and output it came from; ``None`` if it needs no gradient.
    needs_input_grad : tuple of bool
        For each input whether its gradient is asked for.
    outputs : tuple of (shape, dtype)
        What the gradients of the outputs must look like.
    order : int
        Falls with the time of recording.
    hooks : NodeHooks or None

    Examples
    --------
    >>> import autograd
    >>> x = autograd.ones(2, requires_grad=True)
    >>> y = (x * 3).sum()
    >>> y.grad_fn.name(), y.grad_fn.next_functions[0][0].name()
    ('SumBackward0', 'MulBackward0')
    """

    __slots__ = ("__weakref__", "_saved", "edges", "hooks", "needs_input_grad", "order", "outputs")

    edges: tuple[Edge | None, ...]
    needs_input_grad: tuple[bool, ...]
    outputs: tuple[Output, ...]
    order: int
    hooks: NodeHooks | None
    _saved: Any

    @classmethod
    def name(cls) -> str:
        """Name of the node as PyTorch writes it."""
        return f"{cls.__name__}Backward0"

    def __repr__(self) -> str:
        return f"<{self.name()} object at {id(self):#x}>"

    @property
    def next_functions(self) -> tuple[tuple[Node | None, int], ...]:
        """The nodes the inputs came from, each with its output index."""
        return tuple((None, 0) if edge is None else edge for edge in self.edges)

    def backward(self, *grads: Any) -> Any:
        """Return the gradient of each input, given those of the outputs."""
        raise NotImplementedError(self.name())

    def pull(self, grad: np.ndarray[Any, Any]) -> tuple[np.ndarray[Any, Any] | None, ...] | None:
        """Return the gradient of each input as an array, or None where that takes `backward`."""
        return None

    def release(self) -> None:
        """Drop what was saved for backward."""
        self._saved = None

    def hooks_for_update(self) -> NodeHooks:
        """Return the node's hooks, made now if there are none."""
        if self.hooks is None:
            self.hooks = NodeHooks()
        return self.hooks

    def register_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call ``hook(grad_inputs, grad_outputs)`` after the backward; a tuple it returns replaces `grad_inputs`."""
        return register(self.hooks_for_update().after, hook)

    def register_prehook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call ``hook(grad_outputs)`` before the node's backward; a returned tuple replaces `grad_outputs`."""
        return register(self.hooks_for_update().before, hook)


class AccumulateGrad(Node):
    """The end of the graph at a leaf: adds the gradient to the leaf's `grad`."""

    __slots__ = ("variable",)
    _lock: ClassVar[threading.Lock] = threading.Lock()

    def __init__(self, variable: Tensor) -> None:
        self.variable = variable
        self.edges = ()
        self.needs_input_grad = ()
        self.outputs = ((variable._data.shape, variable._data.dtype),)
        self.order = next_order()
        self.hooks = None
        self._saved = None

    @classmethod
    def name(cls) -> str:
        """Name of the node as PyTorch writes it."""
        return "AccumulateGrad"


def accumulator(leaf: Tensor) -> AccumulateGrad:
    """Return the leaf's accumulator node, made now if no graph holds one."""
    node = leaf._accumulator() if leaf._accumulator is not None else None
    if node is None:
        node = AccumulateGrad(leaf)
        leaf._accumulator = weakref.ref(node)
    return node


def edge_to(tensor: Tensor) -> Edge:
    """Return the node and output index through which the gradient of `tensor` flows."""
    node = tensor._node
    return (accumulator(tensor), 0) if node is None else (node, tensor._index)


def freed_error(node: Node) -> RuntimeError:
    """Say that the graph has been freed."""
    return RuntimeError(
        describe(
            "Trying to backward through the graph a second time (or directly access saved tensors after they have "
            "already been freed). Saved intermediate values of the graph are freed when you call .backward() or "
            "autograd.grad().",
            op=node.name(),
            fix="specify retain_graph=True the first time if you need to backward through the graph again",
        )
    )


def stale_error(node: Node, shape: tuple[int, ...], what: str, storage: Storage, expected: int) -> RuntimeError:
    """Say that a saved tensor was overwritten."""
    return RuntimeError(
        describe(
            "one of the variables needed for gradient computation has been modified by an inplace operation: "
            f"{what} {list(shape)} of {node.name()} is at version {storage.version}; expected version "
            f"{expected} instead.",
            op=node.name(),
            rule=f"its last in-place change was {storage.change}",
            fix=f"replace {storage.change} by its out-of-place form, or apply it to x.clone()",
        )
    )


def hold_input(x: Any) -> tuple[Any, int]:
    """Return what a node saves of the input `x`: the tensor with its version, or what the pack hook made of it."""
    if not isinstance(x, Tensor):
        return x, -1
    if x._storage is not None and x._storage.inference:
        raise RuntimeError(
            describe(
                "Inference tensors cannot be saved for backward. To work around you can make a clone to get a normal "
                "tensor and use it in autograd."
            )
        )
    hooks = modes_of().saved_tensor_hooks
    if hooks is not None:
        return Packed(x, hooks), -1
    return x, 0 if x._storage is None else x._storage.version


def read_input(node: Node, x: Any, version: int) -> Any:
    """Return an input saved by `hold_input`, checked to be what it was."""
    if isinstance(x, Tensor):
        storage = x._storage
        if storage is not None and version >= 0 and storage.version != version:
            raise stale_error(node, x._data.shape, "an input", storage, version)
        return x
    return x.unpack() if isinstance(x, Packed) else x


class Packed:
    """A saved tensor in the form a pack hook gave it. The hooks see its values only; its history is kept here."""

    __slots__ = ("_edge", "_unpack", "content")

    def __init__(self, x: Tensor, hooks: tuple[Callable[[Tensor], Any], Callable[[Any], Tensor]]) -> None:
        pack, self._unpack = hooks
        self._edge = edge_to(x) if x._requires_grad else None
        with no_grad():
            self.content = pack(Tensor(x._data, None))

    def unpack(self) -> Tensor:
        """Return the tensor, linked to the node it came from.

        Raises
        ------
        TypeError
            If the unpack hook returns anything but a tensor.
        """
        with no_grad():
            found = self._unpack(self.content)
        if not isinstance(found, Tensor):
            raise TypeError(
                describe(
                    f"Output of saved tensor unpack_hook expected to be a Tensor but got result of type {type(found)}",
                    fix="pass a tensor",
                )
            )
        tensor = Tensor(found._data, None)
        if self._edge is not None:
            node, index = self._edge
            tensor._requires_grad = True
            if isinstance(node, AccumulateGrad):
                tensor._accumulator = weakref.ref(node)
            else:
                tensor._node, tensor._index = node, index
        return tensor
