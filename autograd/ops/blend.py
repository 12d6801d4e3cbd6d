"""Arithmetic on three tensors: interpolation, and products and quotients added to something."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.dtypes import scalar_type
from autograd.errors import describe
from autograd.ops.arithmetic import add, is_integral, mul
from autograd.ops.promote import c_name
from autograd.ops.quotients import div
from autograd.ops.registry import Sample, op
from autograd.ops.spelling import number_second
from autograd.tensor import Tensor

__all__ = ["addcdiv", "addcmul", "lerp"]

Array = np.ndarray[Any, np.dtype[Any]]


@op(
    lambda make: [
        *(Sample(make(3, 4), make(4), weight) for weight in (0.3, 0.7, make(3, 1))),
        Sample(make(), make(2), make()),
        Sample(make(0, 3), make(3), 0.5),
    ],
    in_place=True,
)
def lerp(input: Tensor, end: Tensor, weight: Any) -> Tensor:
    """Return ``input + weight * (end - input)``, the linear interpolation between two tensors.

    Parameters
    ----------
    input, end : Tensor
        One floating-point dtype.
    weight : Tensor or number
        0 gives `input`, 1 gives `end`; outside of them the line goes on.

    Raises
    ------
    RuntimeError
        If the dtypes differ.

    Examples
    --------
    >>> import autograd
    >>> autograd.lerp(autograd.tensor([0.0, 10.0]), autograd.tensor([4.0, 20.0]), 0.5)
    tensor([ 2., 15.])
    """
    for name, x in (("end", end), ("weight", weight)):
        if isinstance(x, Tensor) and x._data.dtype != input._data.dtype:
            raise RuntimeError(
                describe(f"expected dtype {c_name(input)} for `{name}` but got dtype {c_name(x)}", op="lerp")
            )
    if input._data.dtype.kind not in "fc":
        raise NotImplementedError(
            describe(f"\"lerp_kernel_scalar\" not implemented for '{scalar_type(input._data.dtype)}'", op="lerp")
        )
    return input + weight * (end - input)  # type: ignore[no-any-return]


def _three(make: Any) -> list[Sample]:
    return [
        Sample(make(3, 4), make(3, 4), make.positive(4)),
        Sample(make(4), make(3, 1), make.positive(), value=-0.5),
        Sample(make(0, 2), make(2), make.positive(2)),
    ]


@op(_three, in_place=True)
@number_second("value")
def addcmul(input: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: Any = 1) -> Tensor:
    """Return ``input + value * tensor1 * tensor2``.

    Parameters
    ----------
    input, tensor1, tensor2 : Tensor
        Shapes that broadcast.
    value : number, default 1

    Examples
    --------
    >>> import autograd
    >>> autograd.addcmul(autograd.ones(2), autograd.tensor([1.0, 2.0]), autograd.tensor([3.0, 4.0]), value=10)
    tensor([31., 81.])
    """
    product = mul(tensor1, tensor2)
    return add(input, product if value == 1 else mul(product, value))


@op(_three, in_place=True)
@number_second("value")
def addcdiv(input: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: Any = 1) -> Tensor:
    """Return ``input + value * tensor1 / tensor2``.

    Parameters
    ----------
    input, tensor1, tensor2 : Tensor
        Shapes that broadcast.
    value : number, default 1

    Raises
    ------
    RuntimeError
        If both `tensor1` and `tensor2` hold integers.

    Examples
    --------
    >>> import autograd
    >>> autograd.addcdiv(autograd.ones(2), autograd.tensor([1.0, 2.0]), autograd.tensor([2.0, 4.0]), value=10)
    tensor([6., 6.])
    """
    if is_integral(tensor1) and is_integral(tensor2):
        raise RuntimeError(
            describe(
                "Integer division with addcdiv is no longer supported, and in a future  release addcdiv will "
                "perform a true "
                "division of tensor1 and tensor2.",
                op="addcdiv",
                fix="convert the tensors to a floating-point dtype, or use div with a rounding mode",
            )
        )
    quotient = div(tensor1, tensor2)
    return add(input, quotient if value == 1 else mul(quotient, value))
