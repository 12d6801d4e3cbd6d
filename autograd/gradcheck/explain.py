"""Explaining a failed check: the first faulty operation or, if there is none, what else the mismatch comes from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from autograd.gradcheck.arguments import Function, differentiated, is_double, outputs_of
from autograd.gradcheck.complex_step import inexact
from autograd.gradcheck.errors import Finding, Mismatch, Report
from autograd.gradcheck.localize import Budget, first_fault, rounds
from autograd.gradcheck.recorder import Call, recorded
from autograd.node import AccumulateGrad, Node
from autograd.storage import Array
from autograd.tensor import Tensor

__all__ = ["compare_runs", "explained", "run_recorded"]

MAKE_DETERMINISTIC = (
    "switch dropout off with model.eval(), or fix the seed inside the function: autograd.manual_seed(0)"
)
KEEP_IN_GRAPH = "compute with tensor operations all the way: without detach(), .data, .item(), no_grad() or NumPy"


def run_recorded(function: Function, args: tuple[Any, ...]) -> tuple[list[Call], tuple[Tensor, ...]]:
    """Run the function, and return its operations and outputs."""
    with recorded() as calls:
        outputs = outputs_of(function(*args))
    return calls, outputs


def explained(
    function: Function,
    args: tuple[Any, ...],
    mismatch: Mismatch | None,
    phrase: str,
    order: int,
    budget: Budget,
    method: str = "central",
) -> Report:
    """Return the report of a failed check."""
    before = [x._data.copy() if isinstance(x, Tensor) else None for x in args]
    calls, outputs = run_recorded(function, args)
    finding, checked = _overwritten(args, before, calls), 0
    if finding is None:
        again, outputs_again = run_recorded(function, args)
        finding = compare_runs(calls, again, outputs, outputs_again)
    if finding is None:
        finding, checked = first_fault(calls, order, budget)
    if finding is None:
        finding = _undefined(args)
    if finding is None:
        finding = _imprecise(args, calls) or _cut(function, args, calls) or _hooked(args, outputs)
    if finding is None and method == "complex":
        finding = inexact(calls)
    if finding is None and not budget.spent:
        text = "each operation is right on its own: it lies in how their gradients are put together"
        finding = Finding("wrong formula", text)
    return Report(phrase, mismatch, finding, checked, len(calls))


def _overwritten(args: tuple[Any, ...], before: list[Array | None], calls: list[Call]) -> Finding | None:
    """Return which input the function changed."""
    for i, (x, was) in enumerate(zip(args, before, strict=True)):
        if was is None or np.array_equal(x._data, was, equal_nan=was.dtype.kind in "fc"):
            continue
        x._data[...] = was
        culprit = next((c for c in calls if c.modified), None)
        where: dict[str, Any] = {} if culprit is None else {"op": culprit.name, "place": culprit.place}
        if culprit is not None:
            where["order"] = calls.index(culprit) + 1
        return Finding(
            "input modified in place",
            f"the function changes the values of its input {i}",
            "work on a copy: x.clone()",
            input=i,
            shape=was.shape,
            **where,
        )
    return None


def _same(a: Array, b: Array) -> bool:
    return a.shape == b.shape and bool(np.array_equal(a, b, equal_nan=a.dtype.kind in "fc"))


def _pairs(first: list[Call], second: list[Call]) -> Iterator[tuple[int, Call, Call]]:
    """Yield the operations of two runs side by side, as long as they are the same."""
    for number, (a, b) in enumerate(zip(first, second, strict=False), 1):
        if a.op is not b.op:
            return
        yield number, a, b


def compare_runs(
    first: list[Call], second: list[Call], outputs: tuple[Tensor, ...], outputs_again: tuple[Tensor, ...]
) -> Finding | None:
    """Return where two runs on the same inputs part; ``None`` if their outputs agree."""
    if len(outputs) == len(outputs_again) and all(
        _same(a._data, b._data) for a, b in zip(outputs, outputs_again, strict=True)
    ):
        return None
    for number, a, b in _pairs(first, second):
        changed = [i for i, (x, y) in enumerate(zip(a.arrays, b.arrays, strict=True)) if _apart(x, y)]
        results = any(not _same(x, y) for x, y in zip(a.results, b.results, strict=False))
        if changed or results:
            what = f"it is given another input {changed[0]} in each run" if changed else "it draws random numbers"
            return Finding(
                "non-determinism",
                f"two runs on the same inputs give different results; {what}",
                MAKE_DETERMINISTIC,
                op=a.name,
                order=number,
                place=a.place,
            )
    return Finding("non-determinism", "two runs on the same inputs give different results", MAKE_DETERMINISTIC)


def _apart(x: Array | None, y: Array | None) -> bool:
    return x is not None and y is not None and not _same(x, y)


def _undefined(args: tuple[Any, ...]) -> Finding | None:
    """Blame inputs that are not finite."""
    for i, x in differentiated(args):
        if not np.isfinite(x._data).all():
            bad = int((~np.isfinite(x._data)).sum())
            text = f"input {i} holds {bad} values that are nan or infinite: there are no differences of them"
            return Finding("not a number", text, "check at finite values", input=i, shape=x._data.shape)
    return None


def _imprecise(args: tuple[Any, ...], calls: list[Call]) -> Finding | None:
    """Blame rounding, if the inputs are not in double precision."""
    single = [x for _, x in differentiated(args) if not is_double(x)]
    if not single:
        narrow = next((c for c in calls if any(map(_is_narrow, c.arrays)) or rounds(c)), None)
        if narrow is None:
            return None
        return Finding(
            "float32 noise",
            "values in single precision take part: differences of them are mostly rounding",
            "convert the model and all constants with .double()",
            op=narrow.name,
            order=calls.index(narrow) + 1,
            place=narrow.place,
        )
    return Finding(
        "float32 noise",
        f"the inputs are in {single[0]._data.dtype}: differences of such values are mostly rounding; in double "
        "precision each operation is right",
        "check in double precision: x.double().requires_grad_(), model.double()",
    )


def _is_narrow(x: Array | None) -> bool:
    return x is not None and x.dtype in (np.float32, np.float16)


def _cut(function: Function, args: tuple[Any, ...], calls: list[Call]) -> Finding | None:
    """Find a constant that is none: it changes with the inputs, but has no history."""
    rng = np.random.default_rng(0)
    originals = [(x, x._data.copy()) for _, x in differentiated(args)]
    try:
        for x, values in originals:
            x._data[...] = values * (1 + 1e-4 * rng.standard_normal(values.shape))
        moved, _ = run_recorded(function, args)
    finally:
        for x, values in originals:
            x._data[...] = values
    for number, a, b in _pairs(calls, moved):
        for i, (was, now) in enumerate(zip(a.arrays, b.arrays, strict=True)):
            if was is None or now is None or a.needs[i] or was.dtype.kind not in "fc" or _same(was, now):
                continue
            return Finding(
                "gradient missing",
                f"input {i} of this operation changes with the function's inputs, but has no history: the graph is cut",
                KEEP_IN_GRAPH,
                op=a.name,
                order=number,
                place=a.place,
                input=i,
                shape=was.shape,
            )
    return None


def _nodes(outputs: tuple[Tensor, ...]) -> Iterator[Node]:
    todo = [y._node for y in outputs if y._node is not None]
    seen = set(todo)
    while todo:
        node = todo.pop()
        yield node
        for edge in node.edges:
            if edge is not None and edge[0] not in seen:
                seen.add(edge[0])
                todo.append(edge[0])


def _hooked(args: tuple[Any, ...], outputs: tuple[Tensor, ...]) -> Finding | None:
    """Blame hooks, if there are any."""
    for node in _nodes(outputs):
        hooks = node.hooks
        leaf = node.variable._hooks if isinstance(node, AccumulateGrad) else None
        if (hooks is not None and (hooks.tensor or hooks.before or hooks.after)) or (leaf is not None and leaf.tensor):
            return Finding(
                "hook",
                "each operation is right on its own, but a hook may change the gradient here",
                "remove the hook, or let it return None",
                op=node.name(),
            )
    return None
