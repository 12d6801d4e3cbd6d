"""Recording the operations of a function: what each was given, what it gave, and where it was called."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from autograd.config import no_grad
from autograd.node import Node
from autograd.observe import Locator, Place, observing
from autograd.storage import Array
from autograd.tensor import Tensor

__all__ = ["Call", "recorded"]


class Call:
    """One operation that was run.

    Attributes
    ----------
    op : type of Node
    inputs : list
        Copies of the arrays, and what else was given.
    is_tensor, needs : list of bool
        For each input whether it was a tensor, and whether it required grad.
    params : dict
        Keywords of the operation.
    place : Place
        Where it was called.
    same : list of int
        For each input the first that is the same tensor, most often itself.
    results : list of ndarray
        Copies of what it gave.
    linked : bool
        Whether it was recorded in the graph.
    modified : list of int
        The inputs whose memory it changed without saying so.
    failed : bool
        Whether it raised.
    node : Node or None
    """

    def __init__(self, op: type[Node], inputs: Sequence[Any], params: dict[str, Any], place: Place) -> None:
        self.op = op
        self.place = place
        self.params = params
        self.is_tensor = [isinstance(x, Tensor) for x in inputs]
        self.needs = [isinstance(x, Tensor) and x._requires_grad for x in inputs]
        self.same = [next(k for k, other in enumerate(inputs) if other is x) for x in inputs]
        self.inputs = [x._data.copy(order="K") if isinstance(x, Tensor) else x for x in inputs]
        self.results: list[Array] = []
        self.linked = False
        self.modified: list[int] = []
        self.failed = True
        self.node: Node | None = None

    @property
    def name(self) -> str:
        """Name of the operation's node."""
        return self.op.name()

    @property
    def arrays(self) -> list[Array | None]:
        """The arrays of the inputs that were tensors; ``None`` for the others."""
        return [x if tensor else None for x, tensor in zip(self.inputs, self.is_tensor, strict=True)]

    def finish(self, node: Node, inputs: Sequence[Any], outputs: Sequence[Tensor], versions: Sequence[int]) -> None:
        """Take note of the outcome."""
        self.failed = False
        self.node = node
        self.results = [y._data.copy(order="K") for y in outputs]
        self.linked = any(y._node is node for y in outputs)
        for i, (x, before, version) in enumerate(zip(inputs, self.inputs, versions, strict=True)):
            silent = isinstance(x, Tensor) and x._version == version
            if silent and not np.array_equal(x._data, before, equal_nan=x._data.dtype.kind in "fc"):
                self.modified.append(i)

    def apply(self, inputs: Sequence[Any]) -> tuple[Tensor, ...]:
        """Run the operation again, on tensors in place of the arrays."""
        function = getattr(self.op, "_function", None)
        if function is not None:
            result = function.apply(*inputs)
        else:
            params = self.op.params_for([x._data if isinstance(x, Tensor) else x for x in inputs], self.params)  # type: ignore[attr-defined]
            result = self.op.apply(*inputs, **params)  # type: ignore[attr-defined]
        outputs = result if isinstance(result, tuple) else (result,)
        return tuple([y for y in outputs if isinstance(y, Tensor)])

    def run(self, inputs: Sequence[Any]) -> list[Array]:
        """Run the operation again, outside of the graph, on copies of these arrays."""
        given = [Tensor(np.array(x), None) if tensor else x for x, tensor in zip(inputs, self.is_tensor, strict=True)]
        with no_grad(), np.errstate(all="ignore"):
            return [y._data for y in self.apply(given)]


class Recorder(Locator):
    """Writes down the operations of forward, without those inside a function of one's own and those of a replay."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[Call] = []
        self._open: list[tuple[Call, list[int]] | None] = []
        self._replays = 0

    def before_forward(self, op: type[Node], inputs: tuple[Any, ...], params: dict[str, Any]) -> None:
        """Copy the inputs."""
        if self._open or self._replays:
            self._open.append(None)
            return
        call = Call(op, inputs, params, self.place())
        self.calls.append(call)
        self._open.append((call, [x._version if isinstance(x, Tensor) else 0 for x in inputs]))

    def after_forward(self, node: Node, inputs: tuple[Any, ...], outputs: tuple[Tensor, ...]) -> None:
        """Copy the outputs."""
        opened = self._open.pop()
        if opened is not None:
            call, versions = opened
            call.finish(node, inputs, outputs, versions)

    def before_backward(self, node: Node, grads: list[Tensor | None]) -> None:
        """Take note that a replay is going on."""
        self._replays += 1

    def after_backward(self, node: Node, grads: list[Tensor | None], results: tuple[Tensor | None, ...]) -> None:
        """Take note that it goes on no more."""
        self._replays -= 1


@contextmanager
def recorded() -> Iterator[list[Call]]:
    """Record the operations in the block, in a list that fills as they run."""
    recorder = Recorder()
    with observing(recorder):
        yield recorder.calls
