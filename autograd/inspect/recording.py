"""What a profile records while operations run: times, operations and memory, at a few microseconds a node."""

from __future__ import annotations

import weakref
from dataclasses import dataclass
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np

from autograd.inspect import flops
from autograd.inspect.formulas import op_name
from autograd.inspect.tracing import shapes_of
from autograd.node import Node, Observer
from autograd.tensor import Tensor

__all__ = ["Event", "Layer", "Recorder", "Span"]

FITTING = ("SumTo", "Cast")
"""What the replay runs between nodes, to give a gradient its input's shape and dtype."""

Array = np.ndarray[Any, np.dtype[Any]]


class Layer(NamedTuple):
    """A layer: the identities of the outermost model and of itself."""

    model: int
    module: int


@dataclass(slots=True)
class Event:
    """One node: an operation of the forward pass, and what its backward took.

    Attributes
    ----------
    op : str
    layer : Layer or None
    shape : tuple of int
        Of the first output.
    start, forward : float
        When its forward began, and how long it took, in seconds.
    flops, allocated : int
        Operations where they are known, and bytes of new tensors and of what was kept for backward.
    backward_start, backward, backward_flops, backward_allocated
        The same of its backward, with all operations it consists of; zero where there was none.
    """

    op: str
    layer: Layer | None
    shape: tuple[int, ...]
    start: float
    forward: float = 0.0
    flops: int = 0
    allocated: int = 0
    backward_start: float = 0.0
    backward: float = 0.0
    backward_flops: int = 0
    backward_allocated: int = 0


class Span(NamedTuple):
    """One call of a layer: which, when it began and ended, and the time of the layers called inside it."""

    layer: Layer
    start: float
    end: float
    inside: float


class _Reference(weakref.ref[Array]):
    """A weak reference that knows its array's owner, and is told from others by its own identity."""

    __slots__ = ("key",)
    key: int
    __hash__ = object.__hash__
    __eq__ = object.__eq__


class Memory:
    """Bytes of the tensors that are alive.

    Attributes
    ----------
    live, peak : int
    """

    def __init__(self) -> None:
        self.live = 0
        self.peak = 0
        # By the array that owns the memory: how many known arrays share it, and its bytes.
        self._owners: dict[int, list[int]] = {}
        self._references: set[_Reference] = set()

    def add(self, array: Array) -> int:
        """Take note of an array; return its bytes if no known one shares its memory."""
        key = id(array if array.base is None else array.base)
        reference = _Reference(array, self._drop)
        reference.key = key
        self._references.add(reference)
        owner = self._owners.get(key)
        if owner is not None:
            owner[0] += 1
            return 0
        self._owners[key] = [1, array.nbytes]
        self.live += array.nbytes
        if self.live > self.peak:
            self.peak = self.live
        return array.nbytes

    def _drop(self, reference: _Reference) -> None:
        self._references.discard(reference)
        owner = self._owners[reference.key]
        owner[0] -= 1
        if owner[0] == 0:
            self.live -= owner[1]
            del self._owners[reference.key]


@dataclass(slots=True)
class _Backward:
    """A node's backward that is running, and what the operations in it took."""

    node: Node
    start: float
    flops: int = 0
    allocated: int = 0


@dataclass(slots=True)
class _Entered:
    """A layer that is running."""

    module: Any
    layer: Layer
    start: float
    inside: float = 0.0


class Recorder(Observer):
    """The observer behind `autograd.profile`.

    Attributes
    ----------
    events : list of Event
    spans : list of Span
    modules : dict of int to module
        The layers that were called, by identity.
    memory : Memory
    """

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.spans: list[Span] = []
        self.modules: dict[int, Any] = {}
        self.memory = Memory()
        self._by_order: dict[int, Event] = {}
        self._calls: list[tuple[type[Node], float]] = []
        self._entered: list[_Entered] = []
        self._backward: list[_Backward] = []
        self._finished: Event | None = None

    def before_forward(self, op: type[Node], inputs: tuple[Any, ...], params: dict[str, Any]) -> None:
        """Start the clock."""
        self._calls.append((op, perf_counter()))

    def after_forward(self, node: Node, inputs: tuple[Any, ...], outputs: tuple[Tensor, ...]) -> None:
        """Write an event, or add to the backward that is running."""
        end = perf_counter()
        # An operation that raised has left its call behind.
        op, start = self._calls.pop()
        while op is not type(node) and self._calls:
            op, start = self._calls.pop()
        allocated = 0
        if not getattr(op, "is_view", False):
            for tensor in outputs:
                allocated += self.memory.add(tensor._data)
        arrays = getattr(node, "_kept", None)
        if arrays:
            allocated += sum([self.memory.add(kept) for kept in arrays if isinstance(kept, np.ndarray)])
        shape = outputs[0]._data.shape if outputs else ()
        counted, needs_inputs = flops.counter(op.__name__)
        operations = counted(node, shapes_of(inputs) if needs_inputs else (), shape) or 0
        if self._backward:
            self._backward[-1].flops += operations
            self._backward[-1].allocated += allocated
            return
        # What ran inside, as in a Function's forward, is part of it.
        while self.events and self.events[-1].start >= start:
            inner = self.events.pop()
            operations += inner.flops
            allocated += inner.allocated
        if self._finished is not None and op.__name__ in FITTING:
            _add_backward(self._finished, start, end, operations, allocated)
            return
        self._finished = None
        layer = self._entered[-1].layer if self._entered else None
        event = Event(op_name(node), layer, shape, start, end - start, operations, allocated)
        self.events.append(event)
        if outputs and outputs[0]._node is node:
            self._by_order[node.order] = event

    def before_backward(self, node: Node, grads: list[Tensor | None]) -> None:
        """Start the clock."""
        self._backward.append(_Backward(node, perf_counter()))

    def after_backward(self, node: Node, grads: list[Tensor | None], results: tuple[Tensor | None, ...]) -> None:
        """Add the backward to its node's event; a node from before the block gets one now."""
        end = perf_counter()
        running = self._backward.pop()
        while running.node is not node and self._backward:
            running = self._backward.pop()
        event = self._by_order.get(node.order)
        if self._backward:
            self._backward[-1].flops += running.flops
            self._backward[-1].allocated += running.allocated
        elif event is None:
            event = self._by_order[node.order] = Event(op_name(node), None, node.outputs[0][0], running.start)
            self.events.append(event)
        if event is not None:
            _add_backward(event, running.start, end, running.flops, running.allocated)
        self._finished = event

    def enter_module(self, module: Any) -> None:
        """Start the clock."""
        self.modules[id(module)] = module
        outermost = self._entered[0].module if self._entered else module
        self._entered.append(_Entered(module, Layer(id(outermost), id(module)), perf_counter()))

    def exit_module(self, module: Any) -> None:
        """Write a span; what a backward computes anew is part of the backward."""
        end, entered = perf_counter(), self._entered.pop()
        if self._entered:
            self._entered[-1].inside += end - entered.start
        if not self._backward:
            self.spans.append(Span(entered.layer, entered.start, end, entered.inside))


def _add_backward(event: Event, start: float, end: float, operations: int, allocated: int) -> None:
    event.backward_start = event.backward_start or start
    event.backward += end - start
    event.backward_flops += operations
    event.backward_allocated += allocated
