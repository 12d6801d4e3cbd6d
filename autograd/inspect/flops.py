"""How many operations a node takes, and how many the machine can do in a second.

A multiplication with an addition counts as two operations, an elementary function as one, moving data as none.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import lru_cache
from math import prod
from typing import Any

import numpy as np

from autograd.inspect.formulas import FORMULAS
from autograd.kernels import blas, threads
from autograd.node import Node

__all__ = ["count", "counter", "peak"]

Shape = tuple[int, ...]
Shapes = Sequence[Shape | None]


def _conv(node: Any, inputs: Shapes, output: Shape) -> int | None:
    """Every output position takes a product with every tap and channel of its group."""
    weight = inputs[1]
    return None if weight is None else 2 * prod(output) * prod(weight[1:])


def _conv_input(node: Any, inputs: Shapes, output: Shape) -> int | None:
    cotangent, weight = inputs[0], inputs[1]
    return None if cotangent is None or weight is None else 2 * prod(cotangent) * prod(weight[1:])


def _conv_weight(node: Any, inputs: Shapes, output: Shape) -> int | None:
    cotangent = inputs[1]
    return None if cotangent is None else 2 * prod(cotangent) * prod(output[1:])


def _matmul(node: Any, inputs: Shapes, output: Shape) -> int | None:
    """The inner size is that of an axis of either operand."""
    a, b = inputs
    turn_a, turn_b = node.turned
    inner: int | None = None
    if a is not None:
        inner = a[-2] if turn_a else a[-1]
    elif b is not None:
        inner = b[-1] if turn_b else b[-2]
    return None if inner is None else 2 * prod(output) * inner


def _linear(node: Any, inputs: Shapes, output: Shape) -> int | None:
    weight = inputs[1]
    return None if weight is None else 2 * prod(output) * weight[1]


def _windows(node: Any, inputs: Shapes, output: Shape) -> int:
    """Every element of a window is compared or added once."""
    kernel: Shape = node.geometry.kernel
    return prod(output) * prod(kernel)


def _spread(node: Any, inputs: Shapes, output: Shape) -> int | None:
    return None if inputs[0] is None else prod(inputs[0]) * prod(node.geometry.kernel)


Count = Callable[[Any, Shapes, Shape], int | None]

_COUNTS: dict[str, Count] = {
    "Conv": _conv,
    "ConvInput": _conv_input,
    "ConvWeight": _conv_weight,
    "MatMul": _matmul,
    "Linear": _linear,
    "MaxPool": _windows,
    "AvgPool": _windows,
    "SpreadAverage": _spread,
}


def count(node: Node, inputs: Shapes, output: Shape) -> int | None:
    """Return the operations of a node's forward; ``None`` where nothing is known of it.

    Parameters
    ----------
    node : Node
    inputs : sequence of shape or None
        ``None`` for inputs that are no tensors, or are not known any more.
    output : shape
        Of the first output.

    Examples
    --------
    >>> import autograd
    >>> x = autograd.ones(4, 3, requires_grad=True)
    >>> count((x @ autograd.ones(3, 2)).grad_fn, [(4, 3), (3, 2)], (4, 2))
    48
    """
    return counter(type(node).__name__)[0](node, inputs, output)


@lru_cache(maxsize=512)
def counter(name: str) -> tuple[Count, bool]:
    """Return what counts the operations of a node of that class, and whether it needs the inputs' shapes."""
    if name in _COUNTS:
        return _COUNTS[name], True
    formula = FORMULAS.get(name)
    if formula is None:
        return lambda node, inputs, output: None, False
    of_input, of_output = formula.of_input, formula.of_output
    if not of_input:
        return lambda node, inputs, output: of_output * prod(output), False

    def both(node: Any, inputs: Shapes, output: Shape) -> int | None:
        first = inputs[0] if inputs else None
        return None if first is None else of_output * prod(output) + of_input * prod(first)

    return both, True


@lru_cache(maxsize=4)
def peak(dtype: str = "float32", size: int = 768) -> float:
    """Measure the floating-point operations a second of a large matrix product on all threads.

    Each thread multiplies square matrices of its own, the way the convolution kernels use the machine; the best of a
    few rounds counts. Takes some tens of milliseconds, once a process.
    """
    rng = np.random.default_rng(0)
    lanes = [tuple(rng.random((size, size)).astype(dtype) for _ in range(3)) for _ in range(threads.get_num_threads())]

    def work(lane: tuple[Any, ...]) -> None:
        blas.matmul(lane[0], lane[1], lane[2])

    best = float("inf")
    with blas.single_threaded():
        for _ in range(6):
            start = time.perf_counter()
            threads.run(work, lanes)
            best = min(best, time.perf_counter() - start)
    return 2.0 * size**3 * len(lanes) / best
