"""Magnitude, sign and rounding: functions that are linear or constant in pieces."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from autograd.dtypes import scalar_type
from autograd.errors import describe
from autograd.kernels.elementwise import parallel, quietly
from autograd.operation import Op
from autograd.ops.arithmetic import no_slope
from autograd.ops.elementary import Unary
from autograd.ops.promote import promote, promote_float
from autograd.ops.registry import Maker, Sample, docstring, op
from autograd.ops.samples import unary
from autograd.ops.select import where
from autograd.tensor import Tensor

__all__ = ["abs", "ceil", "copysign", "floor", "frac", "heaviside", "round", "sgn", "sign", "trunc"]

Array = np.ndarray[Any, np.dtype[Any]]


def _require(input: Tensor, kinds: str, phrase: str, name: str) -> None:
    if input._data.dtype.kind not in kinds:
        raise NotImplementedError(
            describe(
                f"\"{phrase}\" not implemented for '{scalar_type(input._data.dtype)}'", op=name, fix="use x.float()"
            )
        )


class Abs(Unary):
    """``|x|``; flat at zero."""

    __slots__ = ()
    keeps = {0: (0,)}
    compute = staticmethod(parallel(np.absolute))

    def backward(self, grad: Tensor) -> Tensor:
        (x,) = self.saved
        return grad * sgn(x)


@op(lambda make: unary(make.nonzero), in_place=True, aliases=("absolute",))
def abs(input: Tensor) -> Tensor:
    """Return ``|input|``; its derivative at zero is taken to be 0.

    Raises
    ------
    NotImplementedError
        If `input` is boolean.

    Examples
    --------
    >>> import autograd
    >>> autograd.abs(autograd.tensor([-2, 0, 3]))
    tensor([2, 0, 3])
    """
    _require(input, "iufc", "abs_cpu", "abs")
    return Abs.apply(input)


class Constant(Op):
    """A function that is constant in pieces: its gradient is zero."""

    __slots__ = ()

    @np.errstate(invalid="ignore")
    def forward(self, x: Array, *, by: Callable[[Array], Array]) -> Array:
        return by(x)

    def backward(self, grad: Tensor) -> Tensor:
        return no_slope(grad)


def _constant(
    name: str, by: Callable[[Array], Array], doc: str, *aliases: str, floats: bool = False
) -> Callable[[Tensor], Tensor]:
    """Declare a function that is constant in pieces; integers are returned as they are if only `floats` change."""

    def compute(input: Tensor) -> Tensor:
        if floats:
            _require(input, "iuf", f"{name}_vml_cpu", name)
            if input._data.dtype.kind != "f":
                return Tensor(input._data.copy(), None)
        result: Tensor = Constant.apply(input, by=by)
        return result

    compute.__name__ = compute.__qualname__ = name
    compute.__doc__ = docstring(
        f"Return {doc}; the gradient is zero.",
        f"autograd.{name}(autograd.tensor([-1.5, 0.0, 1.5]))",
        f"tensor([{', '.join(f'{int(x):>2}.' for x in by(np.array([-1.5, 0.0, 1.5])))}])",
    )
    return op(lambda make: unary(make.nonzero), name=name, in_place=True, aliases=aliases)(compute)


def _sign(x: Array) -> Array:
    if x.dtype.kind == "f":
        # NaN has no sign: 0, as in PyTorch, where NumPy gives NaN.
        return np.subtract(x > 0, x < 0, dtype=x.dtype)
    return np.sign(x) if x.dtype.kind != "b" else x.copy()


floor = _constant("floor", np.floor, "the largest integers not above `input`", floats=True)
ceil = _constant("ceil", np.ceil, "the smallest integers not below `input`", floats=True)
trunc = _constant("trunc", np.trunc, "`input` rounded towards zero", "fix", floats=True)
sign = _constant("sign", _sign, "-1, 0 or 1: the sign of `input`")


@op(lambda make: unary(make.nonzero), in_place=True)
def sgn(input: Tensor) -> Tensor:
    """Return the sign of `input`, for complex numbers the point of the unit circle in their direction.

    Examples
    --------
    >>> import autograd
    >>> autograd.sgn(autograd.tensor([-2.0, 0.0, 5.0]))
    tensor([-1.,  0.,  1.])
    """
    if input._data.dtype.kind != "c":
        return sign(input)
    size = abs(input)
    return where(size == 0, 0, input / where(size == 0, 1, size))  # type: ignore[no-any-return]


@op(
    lambda make: [*unary(make.nonzero), Sample(make.nonzero(3, 2), decimals=1), Sample(make.nonzero(3), decimals=-1)],
    in_place=True,
)
def round(input: Tensor, *, decimals: int = 0) -> Tensor:
    """Return `input` rounded to the nearest multiple of ``10 ** -decimals``, halves to even; the gradient is zero.

    Parameters
    ----------
    input : Tensor
    decimals : int
        Negative ones round to tens, hundreds and so on.

    Raises
    ------
    NotImplementedError
        If integers are rounded to decimals.

    Examples
    --------
    >>> import autograd
    >>> autograd.round(autograd.tensor([0.5, 1.5, -1.2]))
    tensor([ 0.,  2., -1.])
    >>> autograd.round(autograd.tensor([123.0]), decimals=-1)
    tensor([120.])
    """
    if input._data.dtype.kind != "f":
        if decimals:
            _require(input, "f", "round_cpu", "round")
        _require(input, "iuf", "round_vml_cpu", "round")
        return Tensor(input._data.copy(), None)
    result: Tensor = Constant.apply(input, by=lambda x: np.asarray(quietly(np.round, x, decimals)))
    return result


@op(lambda make: unary(make.nonzero), in_place=True)
def frac(input: Tensor) -> Tensor:
    """Return what `trunc` cuts off: ``input - trunc(input)``.

    Raises
    ------
    NotImplementedError
        If `input` holds integers.

    Examples
    --------
    >>> import autograd
    >>> autograd.frac(autograd.tensor([1.5, -2.25]))
    tensor([ 0.5000, -0.2500])
    """
    _require(input, "f", "frac_cpu", "frac")
    return input - trunc(input)


def _steps(make: Maker) -> Iterator[Sample]:
    steps = make(3)
    steps._data[1] = 0
    yield Sample(steps, make(1))
    yield Sample(make(2, 3), make(3))
    yield Sample(make(0, 3), make(3))


@op(_steps, differentiable=False, in_place=True)
def heaviside(input: Tensor, values: Tensor) -> Tensor:
    """Return the unit step: 0 below zero, `values` at zero, 1 above.

    Parameters
    ----------
    input, values : Tensor
        Of one dtype; their shapes broadcast.

    Raises
    ------
    RuntimeError
        If the dtypes differ.

    Examples
    --------
    >>> import autograd
    >>> autograd.heaviside(autograd.tensor([-1.0, 0.0, 2.0]), autograd.tensor([0.5]))
    tensor([0.0000, 0.5000, 1.0000])
    """
    if input._data.dtype != values._data.dtype:
        raise RuntimeError(
            describe("heaviside is not yet implemented for tensors with different dtypes.", op="heaviside")
        )
    x, at_zero = promote(input, values, "heaviside")
    steps = np.where(x._data == 0, at_zero._data, (x._data > 0).astype(x._data.dtype))
    return Tensor(steps, None)


class CopySign(Op):
    """``|a|`` with the signs of ``b``."""

    __slots__ = ()

    @np.errstate(divide="ignore", invalid="ignore")
    def forward(self, a: Array, b: Any) -> Array:
        out = np.copysign(a, b)
        # Where `a` is zero either sign would do for the slope: it is taken to be 0.
        self.keep(np.where(a == 0, 0, out / a))
        return out  # type: ignore[no-any-return]

    def backward(self, grad: Tensor) -> tuple[Tensor, Tensor]:
        (slope,) = self.kept
        return grad * slope, no_slope(grad)


@op(
    lambda make: [
        Sample(make.nonzero(3, 4), make.nonzero(4)),
        Sample(make.nonzero(3), -1.0),
        Sample(make.nonzero(), make.nonzero(2)),
        Sample(make.nonzero(0, 2), make.nonzero(2)),
    ],
    in_place=True,
)
def copysign(input: Tensor, other: Any) -> Tensor:
    """Return ``|input|`` with the signs of `other`.

    Parameters
    ----------
    input : Tensor
    other : Tensor or number
        Zero counts by its sign bit.

    Examples
    --------
    >>> import autograd
    >>> autograd.copysign(autograd.tensor([2.0, -3.0]), autograd.tensor([-1.0, 0.0]))
    tensor([-2.,  3.])
    """
    a, b = promote(input, other, "copysign")
    if a._data.dtype.kind != "f":
        a, b = promote_float(a, "copysign"), promote_float(b, "copysign")
    result: Tensor = CopySign.apply(a, b)
    return result
