"""What a convolution asks of its operands, checked before any work."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.errors import describe, sizes
from autograd.ops.arguments import batched, same_type, scalar_type
from autograd.tensor import Tensor

__all__ = ["check_operands"]

Array = np.ndarray[Any, np.dtype[Any]]


def check_operands(input: Any, weight: Any, bias: Any, rank: int, groups: int, transposed: bool, op: str) -> Tensor:
    """Check the operands of a convolution in PyTorch's order, and return the input with a batch axis.

    Raises
    ------
    TypeError
        If an operand is not a tensor.
    RuntimeError
        If shapes or dtypes do not fit.
    NotImplementedError
        If the dtype has no convolution.
    """
    if any(not isinstance(t, Tensor) for t in (input, weight)) or not (bias is None or isinstance(bias, Tensor)):
        got = ", ".join(type(t).__name__ for t in (input, weight, bias)[: 2 if bias is None else 3])
        raise TypeError(
            describe(
                f"{op}() received an invalid combination of arguments - got ({got}), but expected Tensors",
                op=op,
                fix="pass tensors; autograd.as_tensor(...) makes one",
            )
        )
    source = batched(input, rank, op)
    x, w = source._data, weight._data
    first, second = ("in", "out / groups") if transposed else ("out", "in / groups")
    shapes = {"input": x.shape, "weight": w.shape}
    if w.ndim < 3:
        raise RuntimeError(
            describe(
                "weight should have at least three dimensions",
                op=op,
                shapes=shapes,
                rule=f"({first}, {second}, {rank} kernel sizes)",
            )
        )
    if w.ndim != rank + 2:
        dims = max(w.ndim - 2, 0)
        raise RuntimeError(
            describe(
                f"expected stride to be a single integer value or a list of {dims} values to match the convolution "
                f"dimensions, but got a weight of size {sizes(w.shape)}",
                op=op,
                shapes=shapes,
                rule=f"the weight has {rank + 2} dimensions: ({first}, {second}, {rank} kernel sizes)",
            )
        )
    check_types(source, weight, bias, op)
    if isinstance(groups, bool) or not hasattr(groups, "__index__"):
        raise TypeError(describe(f"{op}(): argument 'groups' must be int, not {type(groups).__name__}", op=op))
    if groups < 1:
        raise RuntimeError(describe("non-positive groups is not supported", op=op, rule=f"groups is {groups}"))
    if w.shape[0] < groups:
        raise RuntimeError(
            describe(
                f"Given groups={groups}, expected weight to be at least {groups} at dimension 0, but got weight of "
                f"size {sizes(w.shape)} instead",
                op=op,
            )
        )
    if w.shape[0] % groups:
        raise RuntimeError(
            describe(
                f"Given groups={groups}, expected weight to be divisible by {groups} at dimension 0, but got weight of "
                f"size [{sizes(w.shape)}] instead",
                op=op,
                rule=f"{w.shape[0]} channels cannot be split into {groups} equal groups",
                fix="choose groups that divides both channel numbers",
            )
        )
    channels = w.shape[0] if transposed else w.shape[1] * groups
    if x.shape[1] != channels:
        given = "transposed=1" if transposed else f"groups={groups}"
        raise RuntimeError(
            describe(
                f"Given {given}, weight of size {sizes(w.shape)}, expected input{sizes(x.shape)} to have {channels} "
                f"channels, but got {x.shape[1]} channels instead",
                op=op,
                shapes=shapes,
                rule=f"weight is ({first}, {second}, ...): input channels = "
                + (f"{w.shape[0]}" if transposed else f"{w.shape[1]} * {groups} groups = {channels}"),
                fix="the input is (batch, channels, ...): permute it if its channels come last, or change the weight",
            )
        )
    outputs = w.shape[1] * groups if transposed else w.shape[0]
    if bias is not None and bias._data.shape != (outputs,):
        given = "Given transposed=1, weight" if transposed else "Given weight"
        raise RuntimeError(
            describe(
                f"{given} of size {sizes(w.shape)}, expected bias to be 1-dimensional with {outputs} elements, but got "
                f"bias of size {sizes(bias._data.shape)} instead",
                op=op,
                rule="one bias for each output channel",
            )
        )
    return source


def check_types(input: Tensor, weight: Tensor, bias: Tensor | None, op: str) -> None:
    x, w = input._data, weight._data
    if bias is not None and bias._data.dtype != x.dtype and not same_type(input, bias):
        names = [{"float32": "float", "float64": "double"}.get(k.name, k.name) for k in (x.dtype, bias._data.dtype)]
        raise RuntimeError(
            describe(
                f"Input type ({names[0]}) and bias type ({names[1]}) should be the same",
                op=op,
                fix="convert the input with x.to(weight.dtype), or the layer with layer.double() or layer.float()",
            )
        )
    if x.dtype != w.dtype and not same_type(input, weight):
        raise RuntimeError(
            describe(
                f"expected scalar type {scalar_type(x.dtype)} but found {scalar_type(w.dtype)}",
                op=op,
                rule=f"input holds {x.dtype}, weight holds {w.dtype}: both must be the same",
                fix="convert the input with x.to(weight.dtype), or the layer with layer.double() or layer.float()",
            )
        )
    if x.dtype.kind not in "fiuc":
        raise NotImplementedError(describe(f"\"{op}\" not implemented for '{scalar_type(x.dtype)}'", op=op))
