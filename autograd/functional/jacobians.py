"""Whole Jacobians and Hessians, in PyTorch's names and signatures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd.config import enable_grad
from autograd.errors import describe
from autograd.functional.arguments import (
    IN_STRICT_MODE,
    Tensors,
    as_size,
    as_tuple,
    check_requires_grad,
    detached,
    gradients,
    prepared,
    scalar_output,
    unpacked,
    zeros_like,
)
from autograd.functional.products import dummy_like
from autograd.ops.joining import stack
from autograd.tensor import Tensor

__all__ = ["hessian", "jacobian"]

Func = Callable[..., Any]
STRATEGIES = ("forward-mode", "reverse-mode")


def jacobian(
    func: Func,
    inputs: Any,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    strategy: str = "reverse-mode",
) -> Any:
    """Return the Jacobian of a function: one pass backward for each element of its outputs.

    Parameters
    ----------
    func : callable
        Takes tensors, returns a tensor or a tuple of tensors.
    inputs : Tensor or tuple of Tensor
        Where the derivative is taken.
    create_graph : bool
        Whether the Jacobian can be differentiated.
    strict : bool
        Refuse inputs the outputs do not depend on, instead of giving zeros.
    vectorize : bool
        Accepted: rows are computed one at a time in either case. Excludes `strict`.
    strategy : {'reverse-mode', 'forward-mode'}
        'forward-mode' makes one pass for each element of the inputs: better for functions with more outputs than
        inputs. It needs ``vectorize=True``, and excludes `strict` and `create_graph`.

    Returns
    -------
    Tensor, or (nested) tuple of Tensor
        ``jacobian[i][j]`` has the shape of output i followed by that of input j; a level is left out where the function
        takes or returns a single tensor.

    Raises
    ------
    TypeError
        If inputs or outputs are not tensors.
    RuntimeError
        For what `strict` refuses, and if it is combined with what it excludes.
    AssertionError
        If `strategy` is neither of the two.
    NotImplementedError
        If 'forward-mode' is combined with what it excludes.

    Examples
    --------
    >>> import autograd
    >>> autograd.functional.jacobian(lambda x: x * x, autograd.tensor([1.0, 2.0]))
    tensor([[2., 0.],
            [0., 4.]])
    """
    check_strategy(strategy, create_graph, strict, vectorize)
    with enable_grad():
        several, given = as_tuple(inputs, "inputs", "jacobian")
        points = prepared(given, create_graph)
        several_outputs, outputs = as_tuple(func(*points), "outputs of the user-provided function", "jacobian")
        check_requires_grad(outputs, "outputs", strict)
        if strategy == "forward-mode":
            blocks = _by_columns(outputs, points)
        else:
            blocks = [_by_rows(i, y, points, create_graph, strict) for i, y in enumerate(outputs)]
    return unpacked(detached(blocks, create_graph), several_outputs, several)


def check_strategy(strategy: str, create_graph: bool, strict: bool, vectorize: bool) -> None:
    """Refuse settings that exclude each other.

    Raises
    ------
    AssertionError, RuntimeError, NotImplementedError
        If they do.
    """
    if strategy not in STRATEGIES:
        raise AssertionError(
            describe(
                'Expected strategy to be either "forward-mode" or "reverse-mode". Hint: If your function has more '
                'outputs than inputs, "forward-mode" tends to be more performant. Otherwise, prefer to use '
                '"reverse-mode".'
            )
        )
    if strategy == "reverse-mode":
        if strict and vectorize:
            raise RuntimeError(
                describe(
                    "jacobian: `strict=True` and `vectorized=True` are not supported together. Please either set "
                    "`strict=False` or `vectorize=False`."
                )
            )
        return
    if create_graph:
        raise NotImplementedError(
            describe(
                'jacobian: `create_graph=True` and `strategy="forward-mode"` are not supported together (yet). Please '
                'either set `create_graph=False` or `strategy="reverse-mode"`.'
            )
        )
    if strict:
        raise RuntimeError(
            describe(
                'jacobian: `strict=True` and `strategy="forward-mode"` are not supported together (yet). Please either '
                'set `strict=False` or `strategy="reverse-mode"`.'
            )
        )
    if not vectorize:
        raise NotImplementedError(
            describe(
                "Computing Jacobian using forward-AD or forward-over-reverse Hessian is only implemented for "
                "`vectorize=True`."
            )
        )


def unit_vector(like: Tensor, position: int) -> Tensor:
    """Return zeros but for a one at a flat position."""
    vector = np.zeros(like._data.size, like._data.dtype)
    vector[position] = 1
    return Tensor(vector.reshape(like._data.shape), None)


def _by_rows(i: int, y: Tensor, points: Tensors, create_graph: bool, strict: bool) -> Tensors:
    """Return the derivatives of output `i` by each input."""
    rows: list[list[Tensor]] = [[] for _ in points]
    for position in range(y.numel()):
        found = gradients((y,), points, (unit_vector(y, position),), retain_graph=True, create_graph=create_graph)
        for j, (row, g, x) in enumerate(zip(rows, found, points, strict=True)):
            if strict and g is None:
                raise RuntimeError(
                    describe(f"Output {i} of the user-provided function is independent of input {j}. {IN_STRICT_MODE}.")
                )
            if strict and create_graph and g is not None and not g.requires_grad:
                raise RuntimeError(
                    describe(
                        f"The jacobian of the user-provided function is independent of input {j}. {IN_STRICT_MODE} "
                        "when create_graph=True."
                    )
                )
            row.append(zeros_like(x) if g is None else g)
    return tuple([_joined(row, y, x, 0) for row, x in zip(rows, points, strict=True)])


def _by_columns(outputs: Tensors, points: Tensors) -> list[Tensors]:
    """Return the derivatives of each output by each input, a column of an input's element at a time."""
    dummies = dummy_like(outputs)
    slopes = gradients(outputs, points, dummies, create_graph=True)
    blocks: list[list[Tensor]] = [[] for _ in outputs]
    for x, slope in zip(points, slopes, strict=True):
        columns: list[list[Tensor]] = [[] for _ in outputs]
        for position in range(x.numel()):
            found = gradients((slope,), dummies, (unit_vector(x, position),), retain_graph=True)
            for column, g, y in zip(columns, found, outputs, strict=True):
                column.append(zeros_like(y) if g is None else g)
        for block, column, y in zip(blocks, columns, outputs, strict=True):
            block.append(_joined(column, y, x, -1))
    return [tuple(block) for block in blocks]


def _joined(parts: Sequence[Tensor], y: Tensor, x: Tensor, dim: int) -> Tensor:
    shape = as_size(y.shape, x.shape)
    if not parts:
        return Tensor(np.zeros(shape, x._data.dtype), None)
    joined: Tensor = stack(tuple(parts), dim).reshape(shape)
    return joined


def hessian(
    func: Func,
    inputs: Any,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    outer_jacobian_strategy: str = "reverse-mode",
) -> Any:
    """Return the Hessian of a function that gives one number: the Jacobian of its gradient.

    Parameters
    ----------
    func : callable
        Takes tensors, returns a tensor with a single element.
    inputs : Tensor or tuple of Tensor
        Where the derivative is taken.
    create_graph, strict, vectorize
        See `jacobian`.
    outer_jacobian_strategy : {'reverse-mode', 'forward-mode'}
        How the gradient is differentiated; see `jacobian`.

    Returns
    -------
    Tensor, or tuple of tuple of Tensor
        ``hessian[i][j]`` has the shape of input i followed by that of input j.

    Raises
    ------
    TypeError, RuntimeError, AssertionError, NotImplementedError
        For the reasons `jacobian` raises; RuntimeError also if the output is not a single number.

    Examples
    --------
    >>> import autograd
    >>> autograd.functional.hessian(lambda x: (x**3).sum(), autograd.tensor([1.0, 2.0]))
    tensor([[ 6.,  0.],
            [ 0., 12.]])
    """
    several, given = as_tuple(inputs, "inputs", "hessian")
    check_strategy(outer_jacobian_strategy, create_graph, strict, vectorize)

    def single(*points: Tensor) -> Tensor:
        return scalar_output(func(*points), "hessian", strict).reshape(())  # type: ignore[no-any-return]

    def slope(*points: Tensor) -> Tensors:
        found: Tensors = jacobian(single, points, create_graph=True)
        check_requires_grad(found, "jacobian", strict)
        return found

    blocks = jacobian(
        slope, given, create_graph=create_graph, strict=strict, vectorize=vectorize, strategy=outer_jacobian_strategy
    )
    return unpacked(blocks, several, several)
