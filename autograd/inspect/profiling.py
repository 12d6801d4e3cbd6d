"""Where time and memory go: every node and every layer, forward and backward."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from time import perf_counter
from typing import Any, Self

from autograd.errors import describe
from autograd.inspect import flops
from autograd.inspect.recording import Event, Layer, Recorder
from autograd.inspect.text import amount, count, table
from autograd.observe import observing

__all__ = ["Cost", "profile"]

OUTSIDE = "(outside of models)"
HEAD = ("calls", "forward ms", "backward ms", "share", "operations", "GFLOP/s", "of peak", "allocated")


@dataclass(slots=True)
class Cost:
    """What one or several nodes took; times in seconds, both passes in `flops` and `allocated`.

    Attributes
    ----------
    name, kind : str
        A layer's path and class, or an operation and its output's shape.
    calls : int
    forward, backward : float
        A layer's forward is the time of its own code, without the layers it calls.
    flops, allocated : int
    """

    name: str
    kind: str = ""
    calls: int = 0
    forward: float = 0.0
    backward: float = 0.0
    flops: int = 0
    allocated: int = 0

    @property
    def time(self) -> float:
        """Seconds of both passes."""
        return self.forward + self.backward

    @property
    def rate(self) -> float:
        """Operations a second."""
        return self.flops / self.time if self.time else 0.0

    def add(self, event: Event) -> Cost:
        """Add one node."""
        self.calls += 1
        self.forward += event.forward
        self.backward += event.backward
        self.flops += event.flops + event.backward_flops
        self.allocated += event.allocated + event.backward_allocated
        return self


class profile(observing):  # noqa: N801
    """Measure what runs in the block: time, operations and memory of every node and layer, forward and backward.

    Memory is that of the tensors made in the block; scratch of kernels, and sums of gradients, are not counted.
    Operations are those of the definition: where Winograd's method or the FFT needs fewer, the rate may exceed the
    peak, which is that of a large matrix product on all threads, measured when a result is first asked for.

    Attributes
    ----------
    events : list of Event
        One a node, in the order of the forward pass.
    wall : float
        Seconds in the block.
    peak_memory : int
        Largest number of bytes that tensors made in the block held at a time.

    Examples
    --------
    >>> import autograd
    >>> x = autograd.ones(4, 4, requires_grad=True)
    >>> with autograd.profile() as p:
    ...     (x @ x).sum().backward()
    >>> [(event.op, event.flops, event.backward_flops) for event in p.events]
    [('MatMul', 128, 256), ('Sum', 16, 0)]
    >>> p.peak_memory > 0
    True
    """

    def __init__(self) -> None:
        self._recorder = Recorder()
        self._entered = 0.0
        self.wall = 0.0
        super().__init__(self._recorder)

    def __enter__(self) -> Self:
        super().__enter__()
        self._entered = perf_counter()
        return self

    def __exit__(self, *details: Any) -> None:
        self.wall += perf_counter() - self._entered
        super().__exit__(*details)

    def _fresh(self) -> Self:
        return self

    @property
    def events(self) -> list[Event]:
        """One a node, in the order of the forward pass."""
        return self._recorder.events

    @property
    def peak_memory(self) -> int:
        """Largest number of bytes that tensors made in the block held at a time."""
        return self._recorder.memory.peak

    @cached_property
    def peak_rate(self) -> float:
        """Operations a second of a large float32 matrix product on this machine."""
        return flops.peak()

    # ---- sums

    def layers(self) -> list[Cost]:
        """Return what each layer took, in the order of the first calls."""
        names = _Names(self._recorder)
        costs: dict[Layer | None, Cost] = {}
        for event in self.events:
            cost = costs.get(event.layer)
            if cost is None:
                cost = costs[event.layer] = Cost(*names.of(event.layer))
            cost.add(event)
        spans = self._recorder.spans
        for cost in (costs[span.layer] for span in spans if span.layer in costs):
            cost.calls, cost.forward = 0, 0.0
        for span in spans:
            if span.layer in costs:
                costs[span.layer].calls += 1
                costs[span.layer].forward += span.end - span.start - span.inside
        return list(costs.values())

    def operations(self) -> list[Cost]:
        """Return what each kind of operation took, the dearest first."""
        costs: dict[str, Cost] = {}
        for event in self.events:
            costs.setdefault(event.op, Cost(event.op)).add(event)
        return sorted(costs.values(), key=lambda cost: -cost.time)

    def nodes(self) -> list[Cost]:
        """Return what each node took, in the order of the forward pass."""
        return [Cost(event.op, str(list(event.shape))).add(event) for event in self.events]

    # ---- results

    def __str__(self) -> str:
        return self.table()

    def table(self, by: str = "layer", limit: int | None = None) -> str:
        """Return a table.

        Parameters
        ----------
        by : {'layer', 'op', 'node'}
        limit : int, optional
            Only the dearest so many rows.

        Raises
        ------
        ValueError
            If there is no such grouping.
        """
        groupings = {"layer": self.layers, "op": self.operations, "node": self.nodes}
        if by not in groupings:
            raise ValueError(
                describe(f"unknown grouping {by!r}", op="profile.table", rule=f"one of {', '.join(groupings)}")
            )
        costs = groupings[by]()
        total = sum(cost.time for cost in costs)
        if limit is not None:
            dearest = sorted(costs, key=lambda cost: -cost.time)[:limit]
            costs = [cost for cost in costs if any(cost is d for d in dearest)]
        rows = [self._row(cost, total) for cost in costs]
        return "\n".join([*table((by, "", *HEAD), rows, left=2), "", *self._totals(total)])

    def _row(self, cost: Cost, total: float) -> tuple[str, ...]:
        busy = cost.flops > 0 and cost.time > 0
        return (
            cost.name,
            cost.kind,
            str(cost.calls),
            f"{1e3 * cost.forward:.3f}",
            f"{1e3 * cost.backward:.3f}",
            f"{cost.time / total:.1%}" if total else "-",
            count(cost.flops),
            f"{cost.rate / 1e9:.1f}" if busy else "-",
            f"{cost.rate / self.peak_rate:.1%}" if busy else "-",
            amount(cost.allocated),
        )

    def _totals(self, total: float) -> list[str]:
        operations = sum(event.flops + event.backward_flops for event in self.events)
        rate, peak = operations / total if total else 0.0, self.peak_rate
        allocated = sum(event.allocated + event.backward_allocated for event in self.events)
        return [
            f"{1e3 * total:.2f} ms in nodes and layers, {1e3 * self.wall:.2f} ms in the block",
            f"{count(operations)} operations, {rate / 1e9:.1f} GFLOP/s, {rate / peak:.1%} of a matrix product's "
            f"{peak / 1e9:.0f} GFLOP/s",
            f"{amount(allocated)} allocated, {amount(self.peak_memory)} at most at a time",
        ]

    def to_json(self) -> str:
        """Return everything as JSON: layers, operations and nodes with seconds, operations and bytes."""
        return json.dumps(
            {
                "wall": self.wall,
                "peak_memory": self.peak_memory,
                "peak_rate": self.peak_rate,
                "layers": self._plain(self.layers()),
                "operations": self._plain(self.operations()),
                "nodes": self._plain(self.nodes()),
            },
            indent=1,
        )

    def _plain(self, costs: Iterable[Cost]) -> list[dict[str, Any]]:
        return [
            {name: getattr(cost, name) for name in Cost.__slots__}
            | {"rate": cost.rate, "share_of_peak": cost.rate / self.peak_rate}
            for cost in costs
        ]

    def chrome_trace(self, path: str | Path) -> None:
        """Write a trace for chrome://tracing or ui.perfetto.dev: layers and nodes on a time line."""
        names = _Names(self._recorder)
        origin = min([*(e.start for e in self.events), *(s.start for s in self._recorder.spans)], default=0.0)

        def entry(name: str, start: float, time: float, row: str, **details: Any) -> dict[str, Any]:
            times = {"ts": 1e6 * (start - origin), "dur": 1e6 * time}
            return {"name": name, "ph": "X", "pid": 1, "tid": row, "args": details, **times}

        entries = []
        for span in self._recorder.spans:
            path_in_model, kind = names.of(span.layer)
            entries.append(entry(f"{path_in_model} {kind}", span.start, span.end - span.start, "forward"))
        for e in self.events:
            layer, shape = names.of(e.layer)[0], list(e.shape)
            if e.forward:
                details = {"layer": layer, "shape": shape, "operations": e.flops, "allocated": e.allocated}
                entries.append(entry(e.op, e.start, e.forward, "forward", **details))
            if e.backward:
                details = {"layer": layer, "operations": e.backward_flops, "allocated": e.backward_allocated}
                entries.append(entry(f"{e.op} backward", e.backward_start, e.backward, "backward", **details))
        Path(path).write_text(json.dumps({"traceEvents": entries, "displayTimeUnit": "ms"}))


class _Names:
    """Paths and classes of layers."""

    def __init__(self, recorder: Recorder) -> None:
        self._modules = recorder.modules
        layers = {e.layer for e in recorder.events} | {s.layer for s in recorder.spans}
        models = {layer.model for layer in layers if layer is not None}
        self._several = len(models) > 1
        self._paths = {
            model: {id(module): path for path, module in self._modules[model].named_modules()} for model in models
        }

    def of(self, layer: Layer | None) -> tuple[str, str]:
        """Return a layer's path and class; with several models the path starts with the model's class."""
        if layer is None:
            return OUTSIDE, ""
        path = self._paths[layer.model].get(layer.module, "?")
        kind = type(self._modules[layer.module]).__name__
        model = type(self._modules[layer.model]).__name__
        if self._several:
            path = f"{model}.{path}" if path else model
        return path or "(the model itself)", kind
