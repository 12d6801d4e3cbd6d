"""Choosing between tensors: where and masks; comparisons and logic."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from autograd.node import Op
from autograd.ops.promote import broadcast_shape, promote
from autograd.ops.registry import Maker, Sample, op
from autograd.tensor import Tensor

__all__ = ["eq", "ge", "gt", "le", "lt", "ne", "where"]

Array = np.ndarray[Any, np.dtype[Any]]


class Where(Op):
    """Elements of `a` where the condition holds, else of `b`."""

    __slots__ = ()
    keeps = {1: (0,), 2: (0,)}

    def forward(self, condition: Array, a: Array, b: Array) -> Array:
        return np.where(condition, a, b)

    def backward(self, grad: Tensor) -> tuple[None, Tensor | None, Tensor | None]:
        condition, _, _ = self.saved
        _, for_a, for_b = self.needs_input_grad
        return None, where(condition, grad, 0) if for_a else None, where(condition, 0, grad) if for_b else None


@op(
    lambda make: [
        Sample(make.booleans(3, 4), make(3, 4), make(4)),
        Sample(make.booleans(3, 1), make(4), 2.0),
        Sample(make.booleans(0, 1), make(4), make()),
    ]
)
def where(condition: Tensor, input: Any, other: Any) -> Tensor:
    """Return elements of `input` where `condition` holds, else of `other`.

    Parameters
    ----------
    condition : Tensor of bool
    input, other : Tensor or number
        All three broadcast.
    """
    a, b = promote(input, other, "where")
    broadcast_shape(condition._data.shape, np.broadcast_shapes(*(_shape(x) for x in (a, b))), "where")
    result: Tensor = Where.apply(condition, a, b)
    return result


def _shape(x: Any) -> tuple[int, ...]:
    return x._data.shape if isinstance(x, Tensor) else ()


class Compare(Op):
    """A comparison; it has no gradient."""

    __slots__ = ()
    differentiable = False

    def forward(self, a: Array, b: Array, *, by: Callable[[Any, Any], Any]) -> Array:
        with np.errstate(invalid="ignore"):
            return by(a, b)  # type: ignore[no-any-return]


def _compared(make: Maker) -> Iterator[Sample]:
    yield Sample(make.integers(0, 3, 3, 4), make.integers(0, 3, 4))
    yield Sample(make(3), 0.0)
    yield Sample(make(0, 2), make(2))


def _comparison(name: str, by: Callable[[Any, Any], Any], sign: str) -> Callable[[Any, Any], Tensor]:
    def compare(input: Any, other: Any) -> Tensor:
        a, b = promote(input, other, name)
        result: Tensor = Compare.apply(a, b, by=by)
        return result

    compare.__name__ = compare.__qualname__ = name
    compare.__doc__ = f"Return a boolean tensor: ``input {sign} other``, element by element."
    return op(_compared, differentiable=False)(compare)


eq = _comparison("eq", operator.eq, "==")
ne = _comparison("ne", operator.ne, "!=")
lt = _comparison("lt", operator.lt, "<")
le = _comparison("le", operator.le, "<=")
gt = _comparison("gt", operator.gt, ">")
ge = _comparison("ge", operator.ge, ">=")
