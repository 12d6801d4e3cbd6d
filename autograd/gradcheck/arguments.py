"""What a check is given: its inputs, the outputs of the function, and how close is close."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from math import prod
from typing import Any, NamedTuple

import numpy as np

from autograd.errors import describe
from autograd.storage import Array, overlaps_itself
from autograd.tensor import Tensor

__all__ = ["Function", "Tolerance", "check_size", "checked_inputs", "differentiated", "is_double", "outputs_of"]

Function = Callable[..., Any]

LARGEST_JACOBIAN = 1 << 28


class Tolerance(NamedTuple):
    """How close is close: ``|analytic - numeric| <= atol + rtol |numeric|``; and the step of the differences."""

    eps: float
    atol: float
    rtol: float
    nondet: float

    def exceeded(self, analytic: Array, numeric: Array) -> Array:
        """Return by how much each difference is beyond the tolerance; infinite where only one value is finite."""
        with np.errstate(invalid="ignore"):
            excess = np.abs(analytic - numeric) - (self.atol + self.rtol * np.abs(numeric))
            same = (analytic == numeric) | (np.isnan(analytic) & np.isnan(numeric))
        return np.where(same, -1.0, np.where(np.isnan(excess), np.inf, excess))


def checked_inputs(inputs: Any) -> tuple[Any, ...]:
    """Check the inputs and return them as a tuple.

    Raises
    ------
    TypeError
        If they are no sequence.
    ValueError
        If none requires grad.
    RuntimeError
        If one has several indices for one memory location.
    """
    if not isinstance(inputs, Tensor | Sequence) or isinstance(inputs, str):
        raise TypeError(
            describe(
                f"gradcheck expects a Tensor or a sequence of inputs, but got {type(inputs).__name__}",
                fix="make a tensor of it: autograd.tensor(x, dtype=autograd.float64, requires_grad=True)",
            )
        )
    args = (inputs,) if isinstance(inputs, Tensor) else tuple(inputs)
    wanted = differentiated(args)
    if not wanted:
        integers = [i for i, x in enumerate(args) if isinstance(x, Tensor) and x._data.dtype.kind not in "fc"]
        raise ValueError(
            describe(
                "gradcheck expects at least one input tensor to require gradient, but none of the them have "
                "requires_grad=True.",
                rule=f"inputs {integers} hold integers, which have no gradients" if integers else _kinds(args),
                fix="make the inputs of floating-point values in double precision, with requires_grad=True",
            )
        )
    for i, x in wanted:
        if not is_double(x):
            warnings.warn(
                f"Input #{i} requires gradient and is not a double precision floating point or complex. This check "
                "will likely fail if all the inputs are not of double precision floating point or complex. Pass "
                f"inputs[{i}].double().requires_grad_(), and call .double() on the model.",
                stacklevel=3,
            )
        if overlaps_itself(x._data):
            raise RuntimeError(
                describe(
                    f"The {i}th input has a dimension with stride 0. gradcheck only supports inputs that are "
                    "non-overlapping to be able to compute the numerical gradients correctly. You should call "
                    ".contiguous on the input before passing it to gradcheck."
                )
            )
    return args


def _kinds(args: tuple[Any, ...]) -> str | None:
    """Say what the inputs are, where none is a tensor."""
    if any(isinstance(x, Tensor) for x in args):
        return None
    return f"the inputs are {', '.join(type(x).__name__ for x in args)}: none is a tensor" if args else "there are none"


def is_double(x: Tensor) -> bool:
    """Return whether a tensor is in double precision."""
    return x._data.dtype in (np.float64, np.complex128)


def outputs_of(result: Any) -> tuple[Tensor, ...]:
    """Return what a function returned as a tuple of tensors.

    Raises
    ------
    ValueError
        If it returned anything else.
    """
    outputs = (result,) if isinstance(result, Tensor) else result
    if not isinstance(outputs, Sequence) or not all(isinstance(y, Tensor) for y in outputs):
        raise ValueError(
            describe(
                f"Expected function to return a Tensor or a sequence of Tensors, but got {type(result).__name__}",
                op="gradcheck",
                rule=f"it holds {', '.join(type(y).__name__ for y in result)}"
                if isinstance(result, Sequence)
                else None,
                fix="wrap the function so that it returns only tensors",
            )
        )
    return tuple(outputs)


def differentiated(args: Sequence[Any]) -> list[tuple[int, Tensor]]:
    """Return the tensors among the arguments that require grad, with their positions."""
    return [(i, x) for i, x in enumerate(args) if isinstance(x, Tensor) and x.requires_grad]


def check_size(j: int, y: Tensor, i: int, x: Tensor) -> None:
    """Refuse a Jacobian that would fill the memory.

    Raises
    ------
    RuntimeError
        If there are too many elements.
    """
    entries = prod(y._data.shape) * prod(x._data.shape)
    if entries > LARGEST_JACOBIAN:
        raise RuntimeError(
            describe(
                f"gradcheck: the Jacobian of output {j} with respect to input {i} is too large",
                shapes={f"output {j}": y._data.shape, f"input {i}": x._data.shape},
                rule=f"{y._data.size} x {x._data.size} = {entries:.3g} entries, {8 * entries / 1e9:.3g} GB, "
                f"and {2 * x._data.size} evaluations of the function",
                fix="pass fast_mode=True to compare along random directions, or check a smaller input",
            )
        )
