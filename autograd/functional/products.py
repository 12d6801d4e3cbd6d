"""Products of vectors with Jacobians and Hessians, in PyTorch's names and signatures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.config import enable_grad, is_grad_enabled, set_grad_enabled
from autograd.functional.arguments import (
    Tensors,
    as_tuple,
    check_requires_grad,
    detached,
    fill_in_zeros,
    gradients,
    prepared,
    prepared_vector,
    scalar_output,
    unpacked,
)
from autograd.tensor import Tensor

__all__ = ["hvp", "jvp", "vhp", "vjp"]

Func = Callable[..., Any]
SINGLE_INPUT = "the input to the user-provided function is a single Tensor with a single element."


def vjp(func: Func, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> tuple[Any, Any]:
    """Return ``func(*inputs)`` and the product ``v^T J`` with its Jacobian: one pass backward.

    Parameters
    ----------
    func : callable
        Takes tensors, returns a tensor or a tuple of tensors.
    inputs : Tensor or tuple of Tensor
        Where the derivative is taken.
    v : Tensor or tuple of Tensor, optional
        Of the outputs' shapes; may be left out for an output with a single element.
    create_graph : bool
        Whether output and product can be differentiated.
    strict : bool
        Refuse inputs the output does not depend on, instead of giving zeros.

    Returns
    -------
    func_output : Tensor or tuple of Tensor
    vjp : Tensor or tuple of Tensor
        Of the inputs' shapes.

    Raises
    ------
    TypeError
        If inputs, outputs or `v` are not tensors.
    RuntimeError
        If `v` has other shapes than the outputs, or for what `strict` refuses.

    Examples
    --------
    >>> import autograd
    >>> autograd.functional.vjp(lambda x: x * x, autograd.tensor([1.0, 2.0]), autograd.tensor([1.0, 10.0]))
    (tensor([1., 4.]), tensor([ 2., 40.]))
    """
    with enable_grad():
        several, given = as_tuple(inputs, "inputs", "vjp")
        points = prepared(given, create_graph)
        several_outputs, outputs = as_tuple(func(*points), "outputs of the user-provided function", "vjp")
        check_requires_grad(outputs, "outputs", strict)
        alone = "the user-provided function returns a single Tensor with a single element."
        vector = prepared_vector(v, outputs, several_outputs, create_graph, "vjp", alone)
    with set_grad_enabled(create_graph or is_grad_enabled()):
        found = gradients(outputs, points, vector, create_graph=create_graph)
        product = fill_in_zeros(found, points, strict, create_graph, "back")
    return unpacked(detached(outputs, create_graph), several_outputs), unpacked(
        detached(product, create_graph), several
    )


def dummy_like(tensors: Tensors) -> Tensors:
    """Return zeros that require grad: gradients are linear in them, so that their values do not matter."""
    return tuple([Tensor(np.zeros(t.shape, t._data.dtype), None).requires_grad_() for t in tensors])


def jvp(func: Func, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> tuple[Any, Any]:
    """Return ``func(*inputs)`` and the product ``J v`` with its Jacobian: the gradient, by u, of ``u^T J`` along v.

    Parameters
    ----------
    func : callable
        Takes tensors, returns a tensor or a tuple of tensors.
    inputs : Tensor or tuple of Tensor
        Where the derivative is taken.
    v : Tensor or tuple of Tensor, optional
        Of the inputs' shapes; may be left out for an input with a single element.
    create_graph, strict : bool
        See `vjp`.

    Returns
    -------
    func_output : Tensor or tuple of Tensor
    jvp : Tensor or tuple of Tensor
        Of the outputs' shapes.

    Raises
    ------
    TypeError
        If inputs, outputs or `v` are not tensors.
    RuntimeError
        If `v` has other shapes than the inputs, or for what `strict` refuses.

    Examples
    --------
    >>> import autograd
    >>> autograd.functional.jvp(lambda x: x.sum() ** 2, autograd.tensor([1.0, 2.0]), autograd.tensor([1.0, 1.0]))
    (tensor(9.), tensor(12.))
    """
    with enable_grad():
        several, given = as_tuple(inputs, "inputs", "jvp")
        points = prepared(given, create_graph)
        vector = prepared_vector(v, points, several, create_graph, "jvp", SINGLE_INPUT)
        several_outputs, outputs = as_tuple(func(*points), "outputs of the user-provided function", "jvp")
        check_requires_grad(outputs, "outputs", strict)
        dummies = dummy_like(outputs)
        grad_inputs = gradients(outputs, points, dummies, create_graph=True)
        check_requires_grad(grad_inputs, "grad_inputs", strict)
        found = gradients(grad_inputs, dummies, vector, create_graph=create_graph)
        product = fill_in_zeros(found, outputs, strict, create_graph, "back_trick")
    return (
        unpacked(detached(outputs, create_graph), several_outputs),
        unpacked(detached(product, create_graph), several_outputs),
    )


def vhp(func: Func, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> tuple[Any, Any]:
    """Return ``func(*inputs)``, a single number, and the product ``v^T H`` with its Hessian.

    Parameters
    ----------
    func : callable
        Takes tensors, returns a tensor with a single element.
    inputs : Tensor or tuple of Tensor
        Where the derivative is taken.
    v : Tensor or tuple of Tensor, optional
        Of the inputs' shapes; may be left out for an input with a single element.
    create_graph, strict : bool
        See `vjp`.

    Returns
    -------
    func_output : Tensor
    vhp : Tensor or tuple of Tensor
        Of the inputs' shapes.

    Raises
    ------
    TypeError
        If inputs, outputs or `v` are not tensors.
    RuntimeError
        If the output is not a single number, `v` has other shapes than the inputs, or for what `strict` refuses.

    Examples
    --------
    >>> import autograd
    >>> autograd.functional.vhp(lambda x: (x**3).sum(), autograd.tensor([1.0, 2.0]), autograd.tensor([1.0, 1.0]))
    (tensor(9.), tensor([ 6., 12.]))
    """
    with enable_grad():
        several, points, vector, output, slope = _slope(func, inputs, v, create_graph, strict, "vhp")
    with set_grad_enabled(create_graph or is_grad_enabled()):
        found = gradients(slope, points, vector, create_graph=create_graph)
        product = fill_in_zeros(found, points, strict, create_graph, "double_back")
    return detached(output, create_graph), unpacked(detached(product, create_graph), several)


def hvp(func: Func, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> tuple[Any, Any]:
    """Return ``func(*inputs)``, a single number, and the product ``H v`` with its Hessian.

    The Hessian of a function that is twice continuously differentiable is symmetric; `vhp` then gives the same, with
    one pass backward less.

    Parameters
    ----------
    func, inputs, v, create_graph, strict
        As for `vhp`.

    Returns
    -------
    func_output : Tensor
    hvp : Tensor or tuple of Tensor
        Of the inputs' shapes.

    Raises
    ------
    TypeError, RuntimeError
        For the reasons `vhp` raises.

    Examples
    --------
    >>> import autograd
    >>> autograd.functional.hvp(lambda x: (x**3).sum(), autograd.tensor([1.0, 2.0]), autograd.tensor([1.0, 1.0]))
    (tensor(9.), tensor([ 6., 12.]))
    """
    with enable_grad():
        several, points, vector, output, slope = _slope(func, inputs, v, create_graph, strict, "hvp")
        dummies = dummy_like(points)
        double = gradients(slope, points, dummies, create_graph=True)
    with set_grad_enabled(create_graph or is_grad_enabled()):
        found = gradients(double, dummies, vector, create_graph=create_graph)
        product = fill_in_zeros(found, points, strict, create_graph, "double_back_trick")
    return detached(output, create_graph), unpacked(detached(product, create_graph), several)


def _slope(
    func: Func, inputs: Any, v: Any, create_graph: bool, strict: bool, transform: str
) -> tuple[bool, Tensors, Tensors, Tensor, tuple[Tensor | None, ...]]:
    """Return inputs and vector, checked, and output and gradient of a function that gives one number."""
    several, given = as_tuple(inputs, "inputs", transform)
    points = prepared(given, create_graph)
    vector = prepared_vector(v, points, several, create_graph, transform, SINGLE_INPUT)
    output = scalar_output(func(*points), transform, strict)
    slope = gradients((output,), points, create_graph=True)
    check_requires_grad(slope, "jacobian", strict)
    return several, points, vector, output, slope
