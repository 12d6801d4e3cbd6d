"""Numeric derivatives: difference quotients over every element, one-sided ones at kinks, and the complex step."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from autograd.config import no_grad
from autograd.gradcheck.arguments import Function, outputs_of
from autograd.storage import Array
from autograd.tensor import Tensor

__all__ = ["along", "evaluate", "is_deterministic", "one_sided", "perturbed", "quotients", "ungraphed"]


def ungraphed(function: Function, args: tuple[Any, ...]) -> tuple[Tensor, ...]:
    """Return what a function gives, without a graph where it can do without."""
    try:
        with no_grad():
            return outputs_of(function(*args))
    except RuntimeError:
        # It takes gradients or registers hooks itself.
        return outputs_of(function(*args))


def evaluate(function: Function, args: tuple[Any, ...], keep: list[int]) -> list[Array]:
    """Return copies of the outputs `keep`."""
    outputs = ungraphed(function, args)
    return [np.array(outputs[j]._data) for j in keep]


@contextmanager
def perturbed(x: Tensor, index: tuple[int, ...], by: complex) -> Iterator[None]:
    """Change one element inside the block."""
    original = x._data[index]
    x._data[index] = original + by
    try:
        yield
    finally:
        x._data[index] = original


def quotients(
    function: Function, args: tuple[Any, ...], x: Tensor, keep: list[int], eps: float
) -> list[tuple[Array, Array]]:
    """Return for each output the quotients along the real and the imaginary axis, one row an element of `x`."""
    units = (1.0, 1j) if x._data.dtype.kind == "c" else (1.0,)
    along = [_along(function, args, x, keep, eps, unit) for unit in units]
    return list(zip(along[0], along[-1], strict=True))


def _along(
    function: Function, args: tuple[Any, ...], x: Tensor, keep: list[int], eps: float, unit: complex
) -> list[Array]:
    rows: list[list[Array]] = [[] for _ in keep]
    for index in np.ndindex(x._data.shape):
        with perturbed(x, index, eps * unit):
            high = evaluate(function, args, keep)
        with perturbed(x, index, -eps * unit):
            low = evaluate(function, args, keep)
        for row, h, w in zip(rows, high, low, strict=True):
            row.append(((h - w) / (2 * eps)).ravel())
    sizes = [y.size for y in evaluate(function, args, keep)]
    return [np.array(row).reshape(x._data.size, size) for row, size in zip(rows, sizes, strict=True)]


def one_sided(
    function: Function, args: tuple[Any, ...], x: Tensor, index: tuple[int, ...], output: int, eps: float
) -> tuple[Array, Array]:
    """Return the difference quotients of one output to the left and to the right of one element."""
    (middle,) = evaluate(function, args, [output])
    with perturbed(x, index, eps):
        (high,) = evaluate(function, args, [output])
    with perturbed(x, index, -eps):
        (low,) = evaluate(function, args, [output])
    return ((middle - low) / eps).ravel(), ((high - middle) / eps).ravel()


def along(
    function: Function, args: tuple[Any, ...], x: Tensor, direction: Array, output: int, eps: float
) -> tuple[Array, Array]:
    """Return the difference quotients of one output along ``-direction`` and ``direction``."""
    original = x._data.copy()
    (middle,) = evaluate(function, args, [output])
    try:
        x._data[...] = original + eps * direction
        (high,) = evaluate(function, args, [output])
        x._data[...] = original - eps * direction
        (low,) = evaluate(function, args, [output])
    finally:
        x._data[...] = original
    return ((middle - low) / eps).ravel(), ((high - middle) / eps).ravel()


def is_deterministic(function: Function, args: tuple[Any, ...], keep: list[int]) -> bool:
    """Return whether two evaluations give the same."""
    first, second = evaluate(function, args, keep), evaluate(function, args, keep)
    return all(np.array_equal(a, b, equal_nan=True) for a, b in zip(first, second, strict=True))
