"""What the functions of networks ask of their arguments before any work is done."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd.config import MODES
from autograd.dtypes import DTYPES, TYPE_NAMES, scalar_type
from autograd.errors import describe, sizes
from autograd.ops.shape import reshape
from autograd.tensor import Tensor

__all__ = [
    "TYPE_NAMES",
    "batched",
    "frozen",
    "is_floating",
    "require_floating",
    "require_tensors",
    "same_type",
    "scalar_type",
    "unbatched",
]


def require_tensors(op: str, **arguments: Any) -> None:
    """Refuse arguments that are not tensors, named in the order of the function's signature.

    Raises
    ------
    TypeError
        If one is not a tensor.
    """
    for position, (name, value) in enumerate(arguments.items(), 1):
        if not isinstance(value, Tensor):
            raise TypeError(
                describe(
                    f"{op}(): argument '{name}' (position {position}) must be Tensor, not {type(value).__name__}",
                    op=op,
                    fix="make a tensor of it with autograd.as_tensor(...)",
                )
            )


def is_floating(input: Tensor) -> bool:
    """Whether a tensor holds real floating-point numbers, or complex ones that stand for them in a complex step."""
    kind = input._data.dtype.kind
    return kind == "f" or (kind == "c" and MODES.get().complex_step)


def same_type(a: Tensor, b: Tensor) -> bool:
    """Whether two tensors hold the same element type; in a complex step a complex type stands for a real one."""
    x, y = a._data.dtype, b._data.dtype
    return x == y or (MODES.get().complex_step and x.kind in "fc" and y.kind in "fc")


def require_floating(op: str, input: Tensor) -> None:
    """Refuse element types that the operation is not defined for.

    Raises
    ------
    NotImplementedError
        If `input` does not hold real floating-point numbers.
    """
    try:
        kind = input._data.dtype
    except AttributeError:
        require_tensors(op.removesuffix("_cpu"), input=input)
        raise
    if kind.kind != "f" and not is_floating(input):
        raise NotImplementedError(
            describe(
                f"\"{op}\" not implemented for '{scalar_type(kind)}'",
                op=op,
                rule=f"it takes floating-point tensors, and this one holds {DTYPES[kind]}",
                fix="convert it with x.float()",
            )
        )


def frozen(value: Any) -> Any:
    """Return lists and tuples, nested or not, as tuples: geometries are cached by their arguments."""
    if value.__class__ is int or value.__class__ is str:
        return value
    return tuple([frozen(v) for v in value]) if isinstance(value, Sequence) and not isinstance(value, str) else value


def batched(input: Tensor, rank: int, op: str) -> Tensor:
    """Return `input` with a batch axis, added if there is none.

    Raises
    ------
    RuntimeError
        If it has neither `rank` + 1 nor `rank` + 2 axes.
    """
    shape = input._data.shape
    if len(shape) == rank + 2:
        return input
    if len(shape) == rank + 1:
        return reshape(input, (1, *shape))
    raise RuntimeError(
        describe(
            f"Expected {rank + 1}D (unbatched) or {rank + 2}D (batched) input to {op}, but got input of size: "
            f"{sizes(shape)}",
            op=op,
            rule=f"input is ([batch,] channels, {rank} spatial axes)",
        )
    )


def unbatched(output: Tensor, input: Tensor) -> Tensor:
    """Return `output` without its batch axis if `input` came without one."""
    return output if output._data.ndim == input._data.ndim else reshape(output, output._data.shape[1:])
