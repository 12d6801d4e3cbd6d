"""Gives `Tensor` its methods and operators.

Every operation registered with ``method=True`` becomes a method, with ``in_place=True`` also its twin ``x.name_(...)``,
which writes the result over ``x``. Python's operators are the tables below.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from autograd import copying, engine, interop, printing
from autograd.ops import (  # noqa: F401  (importing registers)
    activation,
    affine,
    along,
    arithmetic,
    assign,
    binary,
    blend,
    complex,
    convert,
    counting,
    creation,
    cumulative,
    decompositions,
    draws,
    einsum,
    expand,
    extremes,
    index,
    inplace,
    inverses,
    joining,
    legacy,
    logic,
    lookup,
    masks,
    matrices,
    moments,
    norms,
    order,
    padding,
    permute,
    piecewise,
    positions,
    products,
    quantiles,
    random,
    reduce,
    rounding,
    scatter,
    select,
    shape,
    slicing,
    special,
    transcend,
    triangles,
)
from autograd.ops.registry import REGISTRY
from autograd.tensor import Tensor

__all__ = ["install"]

# Python's operators: the method, and what it calls.
OPERATORS: dict[str, Callable[..., Any]] = {
    "__add__": arithmetic.add,
    "__radd__": arithmetic.add,
    "__sub__": arithmetic.sub,
    "__rsub__": arithmetic.rsub,
    "__mul__": arithmetic.mul,
    "__rmul__": arithmetic.mul,
    "__matmul__": products.matmul,
    "__truediv__": arithmetic.div,
    "__floordiv__": arithmetic.floor_divide,
    "__mod__": arithmetic.remainder,
    "__pow__": binary.pow,
    "__neg__": arithmetic.neg,
    "__pos__": arithmetic.positive,
    "__abs__": rounding.abs,
    "__invert__": logic.invert,
    "__and__": logic.bitwise_and,
    "__rand__": logic.bitwise_and,
    "__or__": logic.bitwise_or,
    "__ror__": logic.bitwise_or,
    "__xor__": logic.bitwise_xor,
    "__rxor__": logic.bitwise_xor,
    "__lshift__": logic.bitwise_left_shift,
    "__rshift__": logic.bitwise_right_shift,
    "__lt__": logic.lt,
    "__le__": logic.le,
    "__gt__": logic.gt,
    "__ge__": logic.ge,
}

REFLECTED: dict[str, Callable[..., Any]] = {
    "__rtruediv__": arithmetic.div,
    "__rfloordiv__": arithmetic.floor_divide,
    "__rmod__": arithmetic.remainder,
    "__rpow__": binary.pow,
    "__rmatmul__": products.matmul,
    "__rlshift__": logic.bitwise_left_shift,
    "__rrshift__": logic.bitwise_right_shift,
}

# Beside what no tensor can be compared with, Python itself decides: x == None is False.
TOLERANT: dict[str, Callable[..., Any]] = {"__eq__": logic.eq, "__ne__": logic.ne}

ASSIGNED = {
    "__iadd__": "add_",
    "__isub__": "sub_",
    "__imul__": "mul_",
    "__itruediv__": "div_",
    "__ifloordiv__": "floor_divide_",
    "__imod__": "remainder_",
    "__ipow__": "pow_",
    "__iand__": "bitwise_and_",
    "__ior__": "bitwise_or_",
    "__ixor__": "bitwise_xor_",
    "__ilshift__": "bitwise_left_shift_",
    "__irshift__": "bitwise_right_shift_",
}

# Methods and properties that are no operations, or not under their own name.
TABLES = (
    assign.METHODS,
    convert.METHODS,
    copying.METHODS,
    creation.METHODS,
    draws.METHODS,
    index.METHODS,
    interop.METHODS,
    legacy.METHODS,
    permute.METHODS,
    printing.METHODS,
    random.METHODS,
    slicing.METHODS,
    triangles.METHODS,
)


def in_place(function: Callable[..., Tensor], name: str) -> Callable[..., Tensor]:
    """Return the in-place twin of an operation."""

    @functools.wraps(function)
    def method(self: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        since = inplace.guard(self, name)
        return inplace.overwrite(self, function(self, *args, **kwargs), name, since)

    method.__name__ = name
    method.__doc__ = f"In-place form of `{function.__name__}`; returns the tensor."
    return method


def reflected(function: Callable[..., Tensor]) -> Callable[[Tensor, Any], Tensor]:
    """Return the operation with its operands exchanged."""

    def method(self: Tensor, other: Any) -> Tensor:
        return function(other, self)

    return method


def tolerant(function: Callable[..., Tensor]) -> Callable[[Tensor, Any], Any]:
    """Return the operation, which leaves operands it does not know to Python."""

    def method(self: Tensor, other: Any) -> Any:
        try:
            return function(self, other)
        except TypeError:
            return NotImplemented

    return method


def where(self: Tensor, condition: Tensor, other: Any) -> Tensor:
    """Return the elements of this tensor where `condition` holds, else of `other`."""
    result: Tensor = select.where(condition, self, other)
    return result


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
    for name, function in TOLERANT.items():
        setattr(Tensor, name, tolerant(function))
    for name, twin in ASSIGNED.items():
        setattr(Tensor, name, getattr(Tensor, twin))
    own = {
        "backward": backward,
        "conj": complex.conj,
        "imag": property(complex.imag),
        "real": property(complex.real),
        "where": where,
        # Defining __eq__ after the class body leaves the hash as it is: by identity, as PyTorch's.
        "__hash__": object.__hash__,
    }
    for table in (*TABLES, own):
        for name, member in table.items():
            setattr(Tensor, name, member)


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
