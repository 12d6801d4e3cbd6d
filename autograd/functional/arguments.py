"""What the functional transforms share: checking inputs, outputs and vectors, and unpacking results."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.dtypes import Size
from autograd.engine import grad
from autograd.errors import describe
from autograd.tensor import Tensor

__all__ = [
    "as_size",
    "as_tuple",
    "check_requires_grad",
    "check_vector",
    "detached",
    "fill_in_zeros",
    "gradients",
    "prepared",
    "prepared_vector",
    "scalar_output",
    "unpacked",
    "zeros_like",
]

Tensors = tuple[Tensor, ...]

IN_STRICT_MODE = "This is not allowed in strict mode"


def as_tuple(given: Any, what: str, transform: str) -> tuple[bool, Tensors]:
    """Return whether `given` is a tuple, and its tensors as one.

    Raises
    ------
    TypeError
        If there is something else than tensors.
    """
    values = given if isinstance(given, tuple) else (given,)
    for index, value in enumerate(values):
        if not isinstance(value, Tensor):
            where = f"value at index {index}" if isinstance(given, tuple) else f"given {what}"
            raise TypeError(
                describe(
                    f"The {what} given to {transform} must be either a Tensor or a tuple of Tensors but the {where} "
                    f"has type {type(value)}.",
                    op=transform,
                    fix="wrap the function so that it takes and returns only tensors; other arguments go into a lambda",
                )
            )
    return isinstance(given, tuple), values


def prepared(inputs: Tensors, create_graph: bool, record: bool = True) -> Tensors:
    """Return new tensors over the same memory, linked to the given ones only if the result is to be differentiated.

    They are new in any case, so that an input can be told from the same tensor captured by the function.
    """
    found = []
    for x in inputs:
        if create_graph and x.requires_grad:
            found.append(x.view_as(x))
        else:
            found.append(x.detach().requires_grad_(record))
    return tuple(found)


def prepared_vector(v: Any, like: Tensors, several: bool, create_graph: bool, transform: str, alone: str) -> Tensors:
    """Return the vector of a product, checked against the tensors it is multiplied with.

    Raises
    ------
    RuntimeError
        If it is missing and not obvious, or its shapes differ.
    """
    if v is not None:
        vector = prepared(as_tuple(v, "v", transform)[1], create_graph, record=False)
        check_vector(vector, like, several, transform)
        return vector
    if len(like) != 1 or like[0].numel() != 1:
        raise RuntimeError(
            describe(
                f"The vector v can only be None if {alone}",
                op=transform,
                shapes={f"tensor {i}": t.shape for i, t in enumerate(like)},
                fix="pass v, with these shapes",
            )
        )
    return (Tensor(np.ones(like[0].shape, like[0]._data.dtype), None),)


def check_vector(v: Tensors, like: Tensors, several: bool, transform: str) -> None:
    """Check that a vector has the shapes of the tensors it is multiplied with.

    Raises
    ------
    RuntimeError
        If it has not.
    """
    if len(v) != len(like):
        raise RuntimeError(
            describe(
                f"v is a tuple of invalid length: should be {len(like)} but got {len(v)}."
                if several
                else "The given v should contain a single Tensor.",
                op=transform,
            )
        )
    for index, (given, wanted) in enumerate(zip(v, like, strict=True)):
        if given.shape != wanted.shape:
            entry = f"Entry {index} in " if several else ""
            raise RuntimeError(
                describe(f"{entry}v has invalid size: should be {wanted.shape} but got {given.shape}.", op=transform)
            )


def scalar_output(result: Any, transform: str, strict: bool) -> Tensor:
    """Return the output of a function that must give one number.

    Raises
    ------
    RuntimeError
        If it gives anything else.
    """
    several, outputs = as_tuple(result, "outputs of the user-provided function", transform)
    check_requires_grad(outputs, "outputs", strict)
    if several:
        raise RuntimeError(describe(f"The function given to {transform} should return a single Tensor", op=transform))
    if outputs[0].numel() != 1:
        raise RuntimeError(
            describe(
                f"The Tensor returned by the function given to {transform} should contain a single element",
                op=transform,
                shapes={"output": outputs[0].shape},
                fix="reduce it, for example by .sum()",
            )
        )
    return outputs[0]


_INDEPENDENT = {
    "outputs": (
        "Output {i} of the user-provided function does not require gradients. The outputs must be computed in a "
        "differentiable manner from the input when running in strict mode."
    ),
    "grad_inputs": (
        "The gradient with respect to input {i} is independent of the inputs of the user-provided function. "
        f"{IN_STRICT_MODE}."
    ),
    "jacobian": (
        "While computing the hessian, found that the jacobian of the user-provided function with respect to input {i} "
        f"is independent of the input. {IN_STRICT_MODE}. You should ensure that your function is twice differentiable "
        "and that the jacobian depends on the inputs (this would be violated by a linear function for example)."
    ),
}


def check_requires_grad(tensors: Sequence[Tensor | None], kind: str, strict: bool) -> None:
    """In strict mode, refuse tensors that do not depend on the inputs.

    Raises
    ------
    RuntimeError
        If one does not.
    """
    if not strict:
        return
    for i, t in enumerate(tensors):
        if t is None:
            raise RuntimeError(
                describe(f"The output of the user-provided function is independent of input {i}. {IN_STRICT_MODE}.")
            )
        if not t.requires_grad:
            raise RuntimeError(describe(_INDEPENDENT[kind].format(i=i)))


def gradients(
    outputs: Sequence[Tensor | None],
    inputs: Tensors,
    grad_outputs: Sequence[Tensor] | None = None,
    *,
    create_graph: bool = False,
    retain_graph: bool | None = None,
) -> tuple[Tensor | None, ...]:
    """Return the gradients of those outputs that have any; ``None`` for inputs they do not depend on."""
    weights: Sequence[Tensor | None] = (None,) * len(outputs) if grad_outputs is None else grad_outputs
    pairs = [(y, w) for y, w in zip(outputs, weights, strict=True) if y is not None and y.requires_grad]
    if not pairs:
        return (None,) * len(inputs)
    return grad(
        [y for y, _ in pairs],
        inputs,
        [w for _, w in pairs],
        allow_unused=True,
        create_graph=create_graph,
        retain_graph=retain_graph,
    )


_MISSING = {
    "back": "The output of the user-provided function is independent of input {i}. This is not allowed in strict mode.",
    "back_trick": (
        "The gradient with respect to the input is independent of entry {i} in the grad_outputs when using the double "
        "backward trick to compute forward mode gradients. This is not allowed in strict mode."
    ),
    "double_back": (
        "The jacobian of the user-provided function is independent of input {i}. This is not allowed in strict mode."
    ),
    "double_back_trick": (
        "The hessian of the user-provided function is independent of entry {i} in the grad_jacobian. This is not "
        "allowed in strict mode as it prevents from using the double backward trick to replace forward mode AD."
    ),
}


def fill_in_zeros(
    grads: Sequence[Tensor | None], like: Tensors, strict: bool, create_graph: bool, stage: str
) -> Tensors:
    """Replace missing gradients by zeros or, in strict mode, refuse them.

    Raises
    ------
    RuntimeError
        If a gradient is missing, or could not be differentiated, in strict mode.
    """
    found = []
    for i, (g, x) in enumerate(zip(grads, like, strict=True)):
        if g is None:
            if strict:
                raise RuntimeError(describe(_MISSING[stage].format(i=i)))
            g = zeros_like(x)
        elif strict and create_graph and not g.requires_grad:
            what = "hessian" if stage.startswith("double") else "jacobian"
            raise RuntimeError(
                describe(
                    f"The {what} of the user-provided function is independent of input {i}. {IN_STRICT_MODE} when "
                    "create_graph=True."
                )
            )
        found.append(g)
    return tuple(found)


def zeros_like(x: Tensor) -> Tensor:
    """Return zeros of the shape and dtype of `x`."""
    return Tensor(np.zeros(x.shape, x._data.dtype), None)


def detached(results: Any, create_graph: bool) -> Any:
    """Cut nested results from the graph, unless they are to be differentiated."""
    if create_graph:
        return results
    if isinstance(results, Tensor):
        return results.detach()
    return tuple([detached(r, create_graph) for r in results])


def unpacked(results: Any, *several: bool) -> Any:
    """Take away those levels of tuples that were put around single tensors."""
    outer, *inner = several
    if inner:
        results = tuple([unpacked(r, *inner) for r in results])
    return results if outer else results[0]


def as_size(*shapes: Sequence[int]) -> Size:
    """Return the concatenation of shapes."""
    return Size([n for shape in shapes for n in shape])
