"""PyTorch's type promotion for operands that are tensors or numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.config import DEFAULTS
from autograd.dtypes import result_dtype
from autograd.errors import describe
from autograd.kernels.elementwise import quietly
from autograd.operation import Op
from autograd.tensor import Tensor

__all__ = ["as_tensor_operand", "broadcast_shape", "c_name", "promote", "promote_float"]

# What PyTorch's messages about operands of different types call them.
_C_NAMES = {
    "float16": "c10::Half",
    "float32": "float",
    "float64": "double",
    "bool": "bool",
    "uint8": "unsigned char",
    "int8": "signed char",
    "int16": "short int",
    "int32": "int",
    "int64": "long int",
}
_NUMBERS = (int, float, complex, np.number, np.bool_)


class Cast(Op):
    """Conversion to another floating-point type; the gradient is converted back."""

    __slots__ = ("source",)

    def forward(self, x: np.ndarray[Any, Any], *, dtype: np.dtype[Any]) -> np.ndarray[Any, Any]:
        self.source = x.dtype
        return quietly(x.astype, dtype)  # type: ignore[no-any-return]

    def backward(self, grad: Tensor) -> Tensor:
        if self.source.kind == "f" and grad._data.dtype.kind == "c":
            grad = grad.real
        return cast(grad, self.source)


def cast(input: Tensor, dtype: np.dtype[Any]) -> Tensor:
    """Return `input` converted to a NumPy dtype; itself if it has that dtype."""
    if input._data.dtype == dtype:
        return input
    if dtype.kind in "fc":
        result: Tensor = Cast.apply(input, dtype=dtype)
        return result
    return Tensor(quietly((input._data.real if input._data.dtype.kind == "c" else input._data).astype, dtype), None)


def c_name(tensor: Tensor) -> str:
    """Return what PyTorch's messages about operands of different types call an element type."""
    return _C_NAMES.get(tensor._data.dtype.name, tensor._data.dtype.name)


def as_tensor_operand(value: Any, op: str) -> Tensor:
    """Return an operand as a tensor: itself, or a 0-d tensor for a number.

    Raises
    ------
    TypeError
        If it is neither a tensor nor a number.
    """
    if isinstance(value, Tensor):
        return value
    if isinstance(value, np.ndarray):
        return Tensor(value, None)
    if isinstance(value, _NUMBERS):
        return Tensor(np.asarray(value, result_dtype(value)), None)
    raise TypeError(
        describe(
            f"{op}(): argument 'other' (position 2) must be Tensor, not {type(value).__name__}"
            if op in ("add", "sub", "mul", "div")
            else f"{op}() received an invalid combination of arguments - got (Tensor, {type(value).__name__})",
            op=op,
            fix="pass a tensor or a number",
        )
    )


def broadcast_shape(a: tuple[int, ...], b: tuple[int, ...], op: str) -> tuple[int, ...]:
    """Return the shape two shapes broadcast to.

    Raises
    ------
    RuntimeError
        If they do not.
    """
    if a == b:
        return a
    rank = max(len(a), len(b))
    left = (1,) * (rank - len(a)) + a
    right = (1,) * (rank - len(b)) + b
    for axis in reversed(range(rank)):
        m, n = left[axis], right[axis]
        if m != n and m != 1 and n != 1:
            raise RuntimeError(
                describe(
                    f"The size of tensor a ({m}) must match the size of tensor b ({n}) at non-singleton dimension "
                    f"{axis}",
                    op=op,
                    shapes={"a": a, "b": b},
                    rule="from the last axis backwards, sizes are equal or one of them is 1",
                    fix="reshape or unsqueeze one of them",
                )
            )
    return tuple([n if m == 1 else m for m, n in zip(left, right, strict=True)])


def promote(a: Any, b: Any, op: str) -> tuple[Any, Any]:
    """Prepare the operands of a binary operation: one dtype, shapes that broadcast.

    A number beside a tensor stays a number where NumPy gives the result PyTorch's dtype; then it costs no array.

    Raises
    ------
    RuntimeError
        If the shapes do not broadcast.
    TypeError
        If an operand is neither tensor nor number, or both are numbers.
    """
    if isinstance(a, Tensor) and isinstance(b, Tensor):
        x, y = a._data, b._data
        if x.dtype is not y.dtype and x.dtype != y.dtype:
            kind = result_dtype(x, y)
            a, b = cast(a, kind), cast(b, kind)
        if x.shape != y.shape:
            broadcast_shape(x.shape, y.shape, op)
        return a, b
    if isinstance(a, Tensor):
        return _beside(a, b, op)
    if isinstance(b, Tensor):
        b, a = _beside(b, a, op)
        return a, b
    return promote(as_tensor_operand(a, op), as_tensor_operand(b, op), op)


def _beside(tensor: Tensor, value: Any, op: str) -> tuple[Tensor, Any]:
    kind = tensor._data.dtype
    if value.__class__ is float or value.__class__ is int:
        if kind.kind == "f":
            return tensor, value
        if kind.kind in "iu" and value.__class__ is int:
            return tensor, Tensor(np.asarray(value).astype(kind), None)
    if isinstance(value, np.ndarray):
        return promote(tensor, Tensor(value, None), op)
    as_tensor_operand(value, op)
    kind = result_dtype(tensor._data, value)
    # From the number itself: its tensor is in single precision.
    return cast(tensor, kind), Tensor(np.asarray(value).astype(kind), None)


def promote_float(input: Any, op: str) -> Tensor:
    """Return `input` as a floating-point tensor: integers become the default dtype.

    Raises
    ------
    TypeError
        If it is not a tensor.
    """
    if not isinstance(input, Tensor):
        raise TypeError(
            describe(f"{op}(): argument 'input' (position 1) must be Tensor, not {type(input).__name__}", op=op)
        )
    return input if input._data.dtype.kind in "fc" else cast(input, DEFAULTS.dtype)
