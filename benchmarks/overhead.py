"""What the tape costs: a hundred small recorded operations, forward and backward, on 16 elements."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.report import Report
from benchmarks.timing import interleave

__all__ = ["run"]

Chain = Callable[[Any, Any], Any]


def products(x: Any, y: Any) -> Any:
    """A hundred products."""
    z = x
    for _ in range(100):
        z = z * y
    return z


def mixture(x: Any, y: Any) -> Any:
    """Sums, products, differences and rectifications, twenty-five of each."""
    z = x
    for _ in range(25):
        z = ((z + y) * x - y).relu()
    return z


def scalars(x: Any, y: Any) -> Any:
    """Operations of a tensor and a number."""
    z = x
    for _ in range(25):
        z = ((z * 0.5 + 1.0) / 1.5) - 0.25
    return z + y


def smooth(x: Any, y: Any) -> Any:
    """Functions whose derivative the output gives."""
    z = x
    for _ in range(25):
        z = ((z.tanh() + y).sigmoid() * x).exp()
    return z


CHAINS: list[Chain] = [products, mixture, scalars, smooth]


def _forward(library: Any, chain: Chain) -> Callable[[], Any]:
    x, y = (library.tensor(np.full(16, 0.5, np.float32)) for _ in range(2))
    return lambda: chain(x, y)


def _both(library: Any, chain: Chain) -> Callable[[], Any]:
    x, y = (library.tensor(np.full(16, 0.5, np.float32)) for _ in range(2))
    one = library.tensor(np.ones(16, np.float32)).detach()

    def call() -> None:
        x.grad = y.grad = None
        chain(x, y).backward(one)

    return call


def _control() -> Callable[[], Any]:
    """The same hundred products by NumPy alone: what no tape could undercut."""
    x, y = (np.full(16, 0.5, np.float32) for _ in range(2))
    return lambda: products(x, y)


def run(report: Report, candidates: list[Any], rounds: int, only: str) -> None:
    """Measure the chains."""
    eager = [library for library in candidates if hasattr(library, "nn") and library.name != "torch-nhwc"]
    for chain in CHAINS:
        for what, make in (("forward", _forward), ("forward and backward", _both)):
            name = f"100 {chain.__name__}, {what}"
            if only in name:
                report.add(name, interleave({library.name: make(library, chain) for library in eager}, rounds))
    report.add("control: 100 products by NumPy, no tape", interleave({"convgrad": _control()}, rounds))
