"""The operations that are bound by memory: what moves how many bytes, and how fast."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.report import Report
from benchmarks.timing import interleave

__all__ = ["run"]

SHAPE = (64, 64, 32, 32)
BYTES = 4 * int(np.prod(SHAPE))


def _backward(library: Any, output: Any, inputs: list[Any], gradient: Any) -> Callable[[], Any]:
    return lambda: library.framework.autograd_grad(output, inputs, gradient, retain_graph=True)


def cases(library: Any) -> dict[str, tuple[Callable[[], Any], float]]:
    """Return by name a call and the bytes the operation must move at least."""
    rng = np.random.default_rng(0)
    functional = library.functional
    x = library.tensor(rng.standard_normal(SHAPE, np.float32))
    y = library.tensor(rng.standard_normal(SHAPE, np.float32)).detach()
    g = library.tensor(rng.standard_normal(SHAPE, np.float32)).detach()
    small = library.tensor(rng.standard_normal((64, 64, 16, 16), np.float32)).detach()
    plain = x.detach()
    norm = library.nn.BatchNorm2d(SHAPE[1])
    parameters = [library.tensor(rng.standard_normal((2048, 2048), np.float32)) for _ in range(1)]
    for p in parameters:
        p.grad = library.tensor(rng.standard_normal((2048, 2048), np.float32)).detach()
    adam, sgd = library.optim.Adam(parameters), library.optim.SGD(parameters, lr=1e-3, momentum=0.9)
    normed, pooled = norm(x), functional.max_pool2d(x, 2)
    averaged = functional.avg_pool2d(x, 2)
    return {
        "add": (lambda: plain + y, 3 * BYTES),
        "relu forward": (lambda: functional.relu(plain), 2 * BYTES),
        "relu backward": (_backward(library, functional.relu(x), [x], g), 3 * BYTES),
        "batch norm forward": (lambda: norm(plain), 3 * BYTES),
        "batch norm + relu forward": (lambda: functional.relu(norm(plain)), 5 * BYTES),
        "batch norm backward": (_backward(library, normed, [x, *norm.parameters()], g), 5 * BYTES),
        "max pool 2x2 forward": (lambda: functional.max_pool2d(plain, 2), 1.25 * BYTES),
        "max pool 2x2 backward": (_backward(library, pooled, [x], small), 1.25 * BYTES),
        "average pool 2x2 forward": (lambda: functional.avg_pool2d(plain, 2), 1.25 * BYTES),
        "average pool 2x2 backward": (_backward(library, averaged, [x], small), 1.25 * BYTES),
        "Adam, 4M parameters": (adam.step, 7 * 4 * 2048**2),
        "SGD with momentum, 4M parameters": (sgd.step, 5 * 4 * 2048**2),
    }


def run(report: Report, candidates: list[Any], rounds: int, only: str) -> None:
    """Measure the operations."""
    eager = [library for library in candidates if hasattr(library, "nn")]
    calls = {library.name: cases(library) for library in eager}
    for name, (_, moved) in calls["convgrad"].items():
        if only in name:
            report.add(name, interleave({who: by[name][0] for who, by in calls.items()}, rounds), moved=moved)
