"""The replay: from the roots back to the leaves, newest node first.

Every node is newer than the nodes its inputs came from. A priority queue that always takes the newest pending node
therefore reaches a node only when all gradients of its outputs have arrived; no recursion and no counting of uses.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from heapq import heappop, heappush, heappushpop
from typing import Any

import numpy as np

from autograd.config import MODES
from autograd.errors import describe, sizes
from autograd.kernels import elementwise
from autograd.node import AccumulateGrad, Edge, Node
from autograd.ops.arithmetic import add
from autograd.ops.expand import sum_to
from autograd.ops.promote import cast
from autograd.tensor import Tensor

__all__ = ["Replay", "Target", "add_to_grad", "fit"]

Array = np.ndarray[Any, np.dtype[Any]]
Target = tuple[Node, int]

_ndarray = np.ndarray


def _is_broadcast(shape: tuple[int, ...], wanted: tuple[int, ...]) -> bool:
    """Whether an array of shape `wanted` broadcasts to `shape`."""
    extra = len(shape) - len(wanted)
    return extra >= 0 and all(w in (1, n) for n, w in zip(shape[extra:], wanted, strict=True))


def fit(grad: Any, node: Node, index: int, source: Node | None) -> Tensor:
    """Give a gradient the shape and dtype of the output it belongs to: sum broadcast axes, convert the type.

    Raises
    ------
    RuntimeError
        If the shapes cannot be reconciled.
    TypeError
        If `grad` is not a tensor.
    """
    who = source.name() if source is not None else "backward"
    if isinstance(grad, np.ndarray | np.generic):
        grad = Tensor(grad, None)
    if not isinstance(grad, Tensor):
        raise TypeError(describe(f"{who} returned a gradient of type {type(grad).__name__}, expected a Tensor or None"))
    shape, kind = node.outputs[index]
    if grad._data.shape != shape:
        if not _is_broadcast(grad._data.shape, shape):
            raise RuntimeError(
                describe(
                    f"Function {who} returned an invalid gradient at index {index} - got {sizes(grad._data.shape)} but "
                    f"expected shape compatible with {sizes(shape)}",
                    op=who,
                    rule="a gradient has its input's shape, or broadcasts it",
                )
            )
        grad = sum_to(grad, shape)
    if grad._data.dtype != kind:
        grad = cast(grad.real if kind.kind == "f" and grad._data.dtype.kind == "c" else grad, kind)
    fitted: Tensor = grad
    return fitted


class Sum:
    """A gradient that the replay has added up itself, in memory that nobody else holds."""

    __slots__ = ("array",)

    def __init__(self, array: Array) -> None:
        self.array = array


class Replay:
    """One pass backward. Gradients on their way are tensors if it is recorded, else arrays.

    Parameters
    ----------
    keep : bool
        Keep what the nodes saved.
    create : bool
        Record the pass itself, adding gradients out of place.
    targets : set of (Node, int) or None
        Outputs whose gradients are wanted; ``None`` for all leaves.
    accumulate : bool
        Whether leaves among the targets add the gradient to their `grad` (`backward`), or only report it (`grad`).
    """

    def __init__(self, keep: bool, create: bool, targets: set[Target] | None, accumulate: bool) -> None:
        self.keep = keep
        self.create = create
        self.targets = targets
        self.accumulate = accumulate
        self.captured: dict[Target, Tensor] = {}

    @np.errstate(all="ignore")
    def run(self, roots: Sequence[tuple[Node, int, Tensor]]) -> None:
        """Replay from `roots`, given with their gradients."""
        create, targets = self.create, self.targets
        useful = None if targets is None else _nodes_towards(targets, [node for node, _, _ in roots])
        plain = not create and targets is None and MODES.get().observer is None
        pending: dict[Node, list[Any]] = {}
        # The node met last stays out of the queue: in a chain it is the next one.
        queue: list[tuple[int, Node]] = []
        last: tuple[int, Node] | None = None
        summed: set[Node] = set()
        # The roots' gradients arrive like those of a node's inputs.
        node: Node | None = None
        edges: Sequence[Edge | None] = [(root, index) for root, index, _ in roots]
        results: Any = [gradient for _, _, gradient in roots]
        while True:
            for edge, grad in zip(edges, results):  # noqa: B905  (checked in FunctionCtx; built-in nodes are right)
                if grad is None or edge is None:
                    continue
                target, index = edge
                if useful is not None and target not in useful and edge not in targets:  # type: ignore[operator]
                    continue
                shape, kind = target.outputs[index]
                if grad.__class__ is Tensor and not create:
                    grad = grad._data
                if grad.__class__ is not _ndarray or grad.shape != shape or grad.dtype is not kind:
                    grad = fit(grad, target, index, node)
                    if not create:
                        grad = grad._data
                slots = pending.get(target)
                if slots is None:
                    slots = pending[target] = [None] * len(target.outputs)
                    slots[index] = grad
                    if last is not None:
                        heappush(queue, last)
                    last = (target.order, target)
                    continue
                held = slots[index]
                if held is None:
                    slots[index] = grad
                elif held.__class__ is Sum:
                    elementwise.accumulate(held.array, grad)
                elif create:
                    slots[index] = add(held, grad)
                else:
                    # The two may share memory with each other or with a saved tensor: their sum is a new array.
                    slots[index] = Sum(elementwise.apply(np.add, held, grad))
                    if target.__class__ is not AccumulateGrad:
                        summed.add(target)
            if last is not None:
                node, last = heappushpop(queue, last)[1], None
            elif queue:
                node = heappop(queue)[1]
            else:
                return
            grads = pending.pop(node)
            if node.__class__ is AccumulateGrad:
                self._leaf(node, grads[0])
                edges = results = ()
                continue
            if summed and node in summed:
                # The node may pass a sum on to several others: from here on nobody may add to it in place.
                grads = [grad.array if grad.__class__ is Sum else grad for grad in grads]
            results = node.pull(grads[0]) if plain and node.hooks is None else None
            if results is None:
                results = self._call(node, grads, useful)
                if results is None:
                    edges = results = ()
                    continue
            edges = node.edges
            if not self.keep:
                node.release()

    def _call(self, node: Node, grads: list[Any], useful: set[Node] | None) -> tuple[Any, ...] | None:
        """Run a node's backward on tensors, with all hooks; return None if nothing beyond the node asks for it."""
        if not self.create:
            grads = [None if grad is None else Tensor(grad, None) for grad in grads]
        if node.hooks is not None:
            self._before(node, grads)
        if useful is not None and not self._arrive(node, grads, useful):
            return None
        observer = MODES.get().observer
        if observer is not None:
            observer.before_backward(node, grads)
        results = node.backward(*grads) if useful is None else _call_for(node, grads, useful, self.targets)  # type: ignore[arg-type]
        if results.__class__ is not tuple:
            results = (results,)
        if observer is not None:
            observer.after_backward(node, grads, results)
        if node.hooks is not None and node.hooks.after:
            results = _run_node_hooks(node, results, grads)
        return results  # type: ignore[no-any-return]

    def as_tensor(self, value: Any) -> Tensor:
        """Return a gradient on its way as a tensor."""
        if self.create:
            return value  # type: ignore[no-any-return]
        return Tensor(value.array if value.__class__ is Sum else value, None)

    def _arrive(self, node: Node, grads: list[Any], useful: set[Node]) -> bool:
        """Keep the gradients that were asked for; return whether the replay must go on from this node."""
        for index, grad in enumerate(grads):
            if grad is not None and (node, index) in self.targets:  # type: ignore[operator]
                self._capture(node, index, grad)
        return node in useful

    def _before(self, node: Node, grads: list[Any]) -> None:
        """Run the hooks on the gradients of a node's outputs, and keep those that `retain_grad` asked for."""
        hooks = node.hooks
        if hooks is None:
            return
        for index, functions in hooks.tensor.items():
            if grads[index] is not None:
                grads[index] = _run_tensor_hooks(functions, grads[index], node, index)
        for index, reference in hooks.retained.items():
            tensor = reference()
            if tensor is not None and grads[index] is not None:
                add_to_grad(tensor, grads[index], self.create, exclusive=False)
        for hook in list(hooks.before.values()):
            changed = hook(tuple(grads))
            if changed is not None:
                grads[:] = changed if isinstance(changed, tuple) else (changed,)

    def _capture(self, node: Node, index: int, grad: Tensor) -> None:
        if self.accumulate and node.hooks is not None and index in node.hooks.retained:
            return
        self.captured[node, index] = grad

    def _leaf(self, node: AccumulateGrad, value: Any) -> None:
        """Deliver a leaf's gradient."""
        leaf = node.variable
        grad = self.as_tensor(value)
        if node.hooks is not None:
            grads: list[Any] = [grad]
            self._before(node, grads)
            grad = grads[0]
        if leaf._hooks is not None and leaf._hooks.tensor:
            grad = _run_tensor_hooks(leaf._hooks.tensor, grad, node, 0)
        if self.targets is not None:
            if (node, 0) not in self.targets:
                return
            if not self.accumulate:
                self.captured[node, 0] = grad
                return
        with AccumulateGrad._lock:
            add_to_grad(leaf, grad, self.create, exclusive=value.__class__ is Sum and leaf._hooks is None)
        if node.hooks is not None and node.hooks.after:
            _run_node_hooks(node, (), [grad])
        if leaf._hooks is not None:
            for hook in list(leaf._hooks.accumulated.values()):
                hook(leaf)


def add_to_grad(tensor: Tensor, grad: Tensor, create: bool, exclusive: bool) -> None:
    """Accumulate into ``tensor.grad``, which owns its memory and is never an alias of a gradient in flight."""
    held = tensor._grad
    if held is not None:
        if create:
            tensor._grad = add(held, grad)
        else:
            # PyTorch adds in place here, so that whoever holds x.grad sees the sum.
            elementwise.accumulate(held._data, grad._data)
            if held._storage is not None:
                held._storage.version += 1
                held._storage.change = "accumulation into .grad"
        return
    if create:
        tensor._grad = grad.clone()
    elif exclusive:
        tensor._grad = Tensor(grad._data, None)
    else:
        # A gradient may be an expanded view; its copy is not.
        tensor._grad = Tensor(np.array(grad._data, order="C" if 0 in grad._data.strides else "K"), None)


def _call_for(node: Node, grads: list[Any], useful: set[Node], targets: set[Target]) -> Any:
    """Run a node's backward for those inputs only that lead to a target."""
    asked = node.needs_input_grad
    node.needs_input_grad = tuple([edge is not None and (edge[0] in useful or edge in targets) for edge in node.edges])
    try:
        return node.backward(*grads)
    finally:
        node.needs_input_grad = asked


def _run_tensor_hooks(hooks: dict[int, Callable[..., Any]], grad: Tensor, node: Node, index: int) -> Tensor:
    for hook in list(hooks.values()):
        changed = hook(grad)
        if changed is not None:
            if not isinstance(changed, Tensor):
                raise TypeError(describe(f"hook returned {type(changed).__name__}, expected a Tensor or None"))
            if changed._data.shape != grad._data.shape:
                raise RuntimeError(
                    describe(
                        f"hook has changed the size of value, from {sizes(grad._data.shape)} to "
                        f"{sizes(changed._data.shape)}",
                        op=node.name(),
                    )
                )
            grad = fit(changed, node, index, None)
    return grad


def _run_node_hooks(node: Node, results: tuple[Any, ...], grads: list[Any]) -> tuple[Any, ...]:
    for hook in list(node.hooks.after.values()):  # type: ignore[union-attr]
        changed = hook(results, tuple(grads))
        if changed is not None:
            changed = changed if isinstance(changed, tuple) else (changed,)
            if len(changed) != len(results):
                raise RuntimeError(
                    describe(
                        f"hook has returned an incorrect number of values (got {len(changed)}, expected {len(results)})"
                    )
                )
            results = changed
    return results


def _nodes_towards(targets: set[Target], roots: Sequence[Node]) -> set[Node]:
    """Return the nodes from which a target can be reached, and the leaves among the targets."""
    consumers: dict[Node, list[Node]] = {}
    seen = set(roots)
    stack = list(seen)
    while stack:
        node = stack.pop()
        for edge in node.edges:
            if edge is None:
                continue
            consumers.setdefault(edge[0], []).append(node)
            if edge[0] not in seen:
                seen.add(edge[0])
                stack.append(edge[0])
    ends = {node for node, _ in targets}
    useful: set[Node] = {node for node in ends if isinstance(node, AccumulateGrad)}
    stack = list(ends)
    while stack:
        for node in consumers.get(stack.pop(), ()):
            if node not in useful:
                useful.add(node)
                stack.append(node)
    return useful
