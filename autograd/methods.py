"""Gives `Tensor` its methods and operators.

Every operation registered with ``method=True`` becomes a method, with ``in_place=True`` also its twin ``x.name_(...)``,
which writes the result over ``x``. Python's operators are the tables below.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from autograd import engine
from autograd.ops import elementwise, inplace, reduce, select, shape  # noqa: F401  (importing registers)
from autograd.ops.registry import REGISTRY
from autograd.tensor import Tensor

__all__ = ["install"]

# Python's operators: the method, and what it calls.
OPERATORS: dict[str, Callable[..., Any]] = {
    "__add__": elementwise.add,
    "__radd__": elementwise.add,
    "__sub__": elementwise.sub,
    "__mul__": elementwise.mul,
    "__rmul__": elementwise.mul,
    "__truediv__": elementwise.div,
    "__pow__": elementwise.pow,
    "__neg__": elementwise.neg,
    "__eq__": select.eq,
    "__ne__": select.ne,
    "__lt__": select.lt,
    "__le__": select.le,
    "__gt__": select.gt,
    "__ge__": select.ge,
}

REFLECTED: dict[str, Callable[..., Any]] = {
    "__rsub__": elementwise.sub,
    "__rtruediv__": elementwise.div,
    "__rpow__": elementwise.pow,
}

ASSIGNED = {"__iadd__": "add_", "__isub__": "sub_", "__imul__": "mul_", "__itruediv__": "div_", "__ipow__": "pow_"}


def in_place(function: Callable[..., Tensor], name: str) -> Callable[..., Tensor]:
    """Return the in-place twin of an operation."""

    @functools.wraps(function)
    def method(self: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        inplace.guard(self, name)
        return inplace.overwrite(self, function(self, *args, **kwargs), name)

    method.__name__ = name
    method.__doc__ = f"In-place form of `{function.__name__}`; returns the tensor."
    return method


def reflected(function: Callable[..., Tensor]) -> Callable[[Tensor, Any], Tensor]:
    """Return the operation with its operands exchanged."""

    def method(self: Tensor, other: Any) -> Tensor:
        return function(other, self)

    return method


def install() -> None:
    """Give `Tensor` its operators and methods."""
    for info in REGISTRY.values():
        for name in (info.name, *info.aliases):
            if info.method:
                setattr(Tensor, name, info.function)
            if info.in_place:
                setattr(Tensor, name + "_", in_place(info.function, name + "_"))
    for name, function in OPERATORS.items():
        setattr(Tensor, name, function)
    for name, function in REFLECTED.items():
        setattr(Tensor, name, reflected(function))
    for name, twin in ASSIGNED.items():
        setattr(Tensor, name, getattr(Tensor, twin))
    Tensor.copy_ = inplace.copy_
    Tensor.backward = backward
    # Defining __eq__ after the class body leaves the hash as it is: by identity, as PyTorch's.
    Tensor.__hash__ = object.__hash__  # type: ignore[method-assign]


def backward(
    self: Tensor,
    gradient: Tensor | None = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    inputs: Any = None,
) -> None:
    """Accumulate into the leaves' `grad` the gradient of this tensor; see `autograd.backward`."""
    engine.backward(self, gradient, retain_graph, create_graph, inputs=inputs)


install()
