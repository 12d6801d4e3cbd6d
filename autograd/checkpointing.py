"""Trading compute for memory: a piece of graph is dropped after forward and computed again when backward needs it.

Chen et al., "Training Deep Nets with Sublinear Memory Cost", 2016. The gradients are exactly those of the whole graph:
random numbers repeat, and tensors that the piece changes in place (running statistics) are put back for the
recomputation and left as they were after it.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from autograd.config import MODES, Setting, is_grad_enabled
from autograd.errors import describe
from autograd.node import AccumulateGrad, Edge, Node, Observer, edge_to, freed_error, next_order, stale_error
from autograd.observe import observing
from autograd.ops.generator import fork_rng, get_rng_state, set_rng_state
from autograd.replay import Replay
from autograd.storage import Array, own_storage
from autograd.tensor import Tensor

__all__ = ["CheckpointError", "checkpoint", "checkpoint_sequential"]

Contexts = Callable[[], tuple[AbstractContextManager[Any], AbstractContextManager[Any]]]


class CheckpointError(RuntimeError):
    """A recomputation that does not repeat the forward pass."""


def no_contexts() -> tuple[AbstractContextManager[Any], AbstractContextManager[Any]]:
    """Return the contexts of forward and recomputation when none are asked for."""
    return nullcontext(), nullcontext()


class Changes(Observer):
    """Takes note of what a piece of forward changes outside of its graph: tensors in place, and modules' buffers.

    Parameters
    ----------
    since : int
        The order of nodes when the piece began: tensors made by newer nodes are the piece's own.
    """

    def __init__(self, since: int) -> None:
        self._since = since
        self._seen: dict[int, tuple[weakref.ref[Tensor], Array, int]] = {}
        self._tables: list[tuple[Any, dict[str, Any]]] = []

    def before_change(self, x: Tensor, change: str) -> None:
        """Copy the tensor as it was before its first change."""
        known = self._seen.get(id(x))
        if (known is None or known[0]() is not x) and (x._node is None or x._node.order > self._since):
            self._seen[id(x)] = (weakref.ref(x), x._data.copy(order="K"), x._version)

    def enter_module(self, module: Any) -> None:
        """Take note of which buffers the module has."""
        self._tables.append((module, dict(module._buffers)))

    def found(self) -> Before:
        """Return what was changed, and is still there."""
        alive = [(ref(), values, version) for ref, values, version in self._seen.values()]
        tensors = [(x, values, version) for x, values, version in alive if x is not None and x._version != version]
        tables = [(m, table) for m, table in self._tables if not _same(m._buffers, table)]
        return Before(tensors, tables[::-1])


def _same(a: dict[str, Any], b: dict[str, Any]) -> bool:
    return a.keys() == b.keys() and all(a[name] is b[name] for name in a)


class Before:
    """The state that a piece of forward found and changed."""

    __slots__ = ("_tables", "_tensors")

    def __init__(self, tensors: list[tuple[Tensor, Array, int]], tables: list[tuple[Any, dict[str, Any]]]) -> None:
        self._tensors = tensors
        self._tables = tables

    def rewritten(self) -> Tensor | None:
        """Return the first tensor whose history was changed, not only its values."""
        return next((x for x, _, _ in self._tensors if x._node is not None), None)

    @contextmanager
    def restored(self) -> Iterator[None]:
        """Put the state back inside the block, and the present one after it."""
        now = [(x, x._data.copy(order="K"), x._version) for x, _, _ in self._tensors]
        tables = [(module, dict(module._buffers)) for module, _ in self._tables]
        try:
            for module, table in self._tables:
                module._buffers.update(table)
            for x, values, _ in self._tensors:
                x._data[...] = values
            yield
        finally:
            for module, table in tables:
                module._buffers.update(table)
            for x, values, version in now:
                # The values are those the version stands for: whoever saved the tensor may go on using it.
                x._data[...] = values
                own_storage(x).version = version


class Segment:
    """A call that can be repeated."""

    def __init__(
        self, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], preserve: bool, context: Any
    ) -> None:
        self.function = function
        self.args = args
        self.kwargs = kwargs
        self.context = context
        self.random = get_rng_state() if preserve else None
        self.before = Before([], [])
        modes = MODES.get()
        self.modes = Setting(
            grad=True, exact=modes.exact, conv_method=modes.conv_method, saved_tensor_hooks=modes.saved_tensor_hooks
        )
        self.versions: list[tuple[Tensor, int]] = []

    def tensors(self) -> list[Tensor]:
        """Return the tensors among the arguments."""
        return list(_tensors([self.args, self.kwargs]))

    def run(self, context: AbstractContextManager[Any], since: int) -> Any:
        """Run the call for the first time, and take note of what a repetition must start from.

        Raises
        ------
        RuntimeError
            If the call changes in place a tensor of the graph that is not its own.
        """
        changes = Changes(since)
        with observing(changes), context:
            result = self.function(*self.args, **self.kwargs)
        self.before = changes.found()
        given = self.before.rewritten()
        if given is not None:
            raise RuntimeError(
                describe(
                    "checkpoint: the function changes a tensor of the graph in place and cannot be computed again",
                    op="checkpoint",
                    shapes={"tensor": given._data.shape},
                    rule=f"its last in-place change was {own_storage(given).change}",
                    fix="use the out-of-place form of that operation (inplace=False), or clone the tensor first",
                )
            )
        return result

    @contextmanager
    def again(self, node: Node) -> Iterator[Any]:
        """Repeat the call; the state it found holds inside the block."""
        for x, version in self.versions:
            if x._version != version:
                raise stale_error(node, x._data.shape, "a tensor", own_storage(x), version)
        with fork_rng(enabled=self.random is not None), self.before.restored():
            if self.random is not None:
                set_rng_state(self.random)
            with self.modes, self.context:
                result = self.function(*self.args, **self.kwargs)
            yield result


def _tensors(nest: Any) -> Iterator[Tensor]:
    """Yield the tensors in nested tuples, lists and dictionaries."""
    if isinstance(nest, Tensor):
        yield nest
    elif isinstance(nest, dict):
        yield from _tensors(list(nest.values()))
    elif isinstance(nest, tuple | list):
        for item in nest:
            yield from _tensors(item)


def _replaced(nest: Any, new: dict[int, Tensor]) -> Any:
    """Return the same nest with some tensors replaced, by their identity."""
    if isinstance(nest, Tensor):
        return new.get(id(nest), nest)
    if isinstance(nest, dict):
        return {key: _replaced(value, new) for key, value in nest.items()}
    if isinstance(nest, tuple) and hasattr(nest, "_fields"):
        return type(nest)(*[_replaced(item, new) for item in nest])
    return type(nest)([_replaced(item, new) for item in nest]) if isinstance(nest, tuple | list) else nest


def _made_since(nest: Any, since: int) -> list[Tensor]:
    """Return the recorded tensors in `nest` made by nodes newer than `since`, each once."""
    found = {id(y): y for y in _tensors(nest) if y._node is not None and y._node.order < since}
    return list(found.values())


def _frontier(outputs: list[Tensor], since: int) -> list[Edge]:
    """Return the edges by which the graph made since then hangs on older nodes and on leaves."""
    edges: dict[Edge, None] = {}
    seen = {y._node for y in outputs}
    todo = list(seen)
    while todo:
        for edge in todo.pop().edges:  # type: ignore[union-attr]
            if edge is None:
                continue
            node = edge[0]
            if isinstance(node, AccumulateGrad) or node.order > since:
                edges[edge] = None
            elif node not in seen:
                seen.add(node)
                todo.append(node)
    return list(edges)


class Checkpoint(Node):
    """Stands for the graph of a call, which it computes again in backward."""

    __slots__ = ()

    def __init__(self, segment: Segment, outputs: list[Tensor], edges: list[Edge]) -> None:
        self.edges = tuple(edges)
        self.needs_input_grad = (True,) * len(edges)
        self.outputs = tuple([(y._data.shape, y._data.dtype) for y in outputs])
        self.order = next_order()
        self.hooks = None
        self._saved = segment

    @classmethod
    def name(cls) -> str:
        """Name of the node as PyTorch writes it."""
        return "CheckpointFunctionBackward"

    def backward(self, *grads: Any) -> tuple[Tensor | None, ...]:
        """Repeat the call, and replay its graph down to where it hangs on the rest.

        Raises
        ------
        CheckpointError
            If the repetition is not what forward was.
        """
        if self._saved is None:
            raise freed_error(self)
        since = next_order()
        create = is_grad_enabled()
        with self._saved.again(self) as result:
            outputs = _made_since(result, since)
            self._check(outputs, since)
            pairs = [(y, g) for y, g in zip(outputs, grads, strict=True) if g is not None]
            wanted = {edge for edge, needed in zip(self.edges, self.needs_input_grad, strict=True) if edge and needed}
            replay = _Inside(create, wanted, {edge[0] for edge in self.edges if edge is not None})
            with Setting(grad=create):
                replay.run([(*edge_to(y), g) for y, g in pairs])
        return tuple([replay.captured.get(edge) for edge in self.edges])  # type: ignore[arg-type]

    def _check(self, outputs: list[Tensor], since: int) -> None:
        found = tuple([(y._data.shape, y._data.dtype) for y in outputs])
        if found != self.outputs:
            raise CheckpointError(
                describe(
                    "Recomputed values for the following tensors have different metadata than during the forward pass.",
                    op="checkpoint",
                    rule=f"forward gave {_metadata(self.outputs)}, the recomputation {_metadata(found)}",
                    fix="make the function depend on nothing but its arguments",
                )
            )
        again = len(_frontier(outputs, since))
        if again != len(self.edges):
            raise CheckpointError(
                describe(
                    "A different number of tensors was saved during the original forward and recomputation.",
                    op="checkpoint",
                    rule=f"forward depended on {len(self.edges)} tensors that require grad, now it is {again}",
                    fix="make the function depend on nothing but its arguments",
                )
            )


def _metadata(outputs: Iterable[Any]) -> str:
    return ", ".join(f"{kind}{list(shape)}" for shape, kind in outputs) or "no tensor that requires grad"


class _Inside(Replay):
    """A replay that ends where its targets are: their hooks and what lies beyond belong to the outer one."""

    def __init__(self, create: bool, targets: set[Edge], ends: set[Node]) -> None:
        super().__init__(create, create, targets, accumulate=False)
        self.ends = ends

    def _before(self, node: Node, grads: list[Any]) -> None:
        if node not in self.ends:
            super()._before(node, grads)

    def _arrive(self, node: Node, grads: list[Any], useful: set[Node]) -> bool:
        return super()._arrive(node, grads, useful) and node not in self.ends

    def _leaf(self, node: AccumulateGrad, value: Any) -> None:
        self.captured[node, 0] = self.as_tensor(value)


def checkpoint(
    function: Callable[..., Any],
    *args: Any,
    use_reentrant: bool | None = False,
    preserve_rng_state: bool = True,
    context_fn: Contexts = no_contexts,
    determinism_check: str = "default",
    debug: bool = False,
    early_stop: bool = True,
    **kwargs: Any,
) -> Any:
    """Call ``function(*args, **kwargs)``, keep its arguments and results only, and compute it again in backward.

    Parameters
    ----------
    function : callable
        Anything from tensors to tensors, modules too. It must do the same when it is called again: random numbers
        repeat, and tensors without history that it changes in place are put back first. What it keeps elsewhere (a
        Python counter) is its own affair.
    *args, **kwargs
        Its arguments; those that require grad it must not change in place.
    use_reentrant, debug, early_stop : bool
        Accepted: there is one implementation, with the abilities of PyTorch's non-reentrant one.
    preserve_rng_state : bool
        Draw the same random numbers in the recomputation. Without it, dropout gives wrong gradients.
    context_fn : callable
        Returns the context managers around forward and around the recomputation.
    determinism_check : {'default', 'none'}
        Accepted: shapes, dtypes and the number of tensors depended on are always compared.

    Returns
    -------
    any
        What the function returns.

    Raises
    ------
    RuntimeError
        If the function changes an argument that requires grad in place, or backward comes after such a change.
    CheckpointError
        In backward, if the recomputation gives something else than forward did.

    Examples
    --------
    >>> import autograd
    >>> x = autograd.tensor([1.0, 2.0], requires_grad=True)
    >>> checkpoint(lambda x: (x * x).exp(), x).sum().backward()
    >>> x.grad
    tensor([  5.4366, 218.3926])
    """
    context, again = context_fn()
    if not is_grad_enabled():
        with context:
            return function(*args, **kwargs)
    segment = Segment(function, args, kwargs, preserve_rng_state, again)
    since = next_order()
    result = segment.run(context, since)
    outputs = _made_since(result, since)
    if not outputs:
        return result
    edges = _frontier(outputs, since)
    leaves = [node.variable for node, _ in edges if isinstance(node, AccumulateGrad)]
    segment.versions = [(x, x._version) for x in (*segment.tensors(), *leaves)]
    node = Checkpoint(segment, outputs, edges)
    new = {id(y): Tensor(y._data, node, index) for index, y in enumerate(outputs)}
    for y in outputs:
        # A view of an argument still shares its memory, and so its version.
        new[id(y)]._storage = None if y._view is None else y._storage
    return _replaced(result, new)


def checkpoint_sequential(
    functions: Any, segments: int, input: Any, use_reentrant: bool | None = False, **kwargs: Any
) -> Any:
    """Call functions one after another, all but the last of `segments` equal parts by `checkpoint`.

    With about ``sqrt(len(functions))`` segments memory grows as the square root of the number of functions.

    Parameters
    ----------
    functions : nn.Sequential or sequence of callable
    segments : int
        Number of parts.
    input : Tensor
        What the first function is given.
    use_reentrant : bool
        Accepted; see `checkpoint`.
    **kwargs
        ``preserve_rng_state``, for which see `checkpoint`.

    Returns
    -------
    any
        What the last function returns.

    Raises
    ------
    ValueError
        If there are more segments than functions, or an unknown keyword.

    Examples
    --------
    >>> import autograd, nn
    >>> net = nn.Sequential(nn.Linear(2, 2), nn.ReLU(), nn.Linear(2, 2), nn.ReLU())
    >>> checkpoint_sequential(net, 2, autograd.ones(1, 2)).shape
    autograd.Size([1, 2])
    """
    preserve = kwargs.pop("preserve_rng_state", True)
    if kwargs:
        raise ValueError(describe("Unexpected keyword arguments: " + ",".join(kwargs), op="checkpoint_sequential"))
    parts = list(functions.children()) if hasattr(functions, "children") else list(functions)
    if not 1 <= segments <= len(parts):
        raise ValueError(
            describe(
                f"segments must be between 1 and the number of functions, {len(parts)}, got {segments}",
                op="checkpoint_sequential",
            )
        )
    size = len(parts) // segments
    for start in range(0, size * (segments - 1), size):
        input = checkpoint(_Chain(parts[start : start + size]), input, preserve_rng_state=preserve)
    return _Chain(parts[size * (segments - 1) :])(input)


class _Chain:
    """Functions called one after another."""

    def __init__(self, functions: Sequence[Callable[[Any], Any]]) -> None:
        self.functions = functions

    def __call__(self, x: Any) -> Any:
        for function in self.functions:
            x = function(x)
        return x
