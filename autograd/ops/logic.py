"""Comparisons, logic and bits: operations without gradient."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from autograd.dtypes import scalar_type
from autograd.errors import describe
from autograd.operation import Op
from autograd.ops.arguments import require_tensors
from autograd.ops.promote import broadcast_shape, promote
from autograd.ops.registry import Maker, Sample, docstring, op
from autograd.tensor import Tensor

__all__ = [
    "allclose",
    "bitwise_and",
    "bitwise_left_shift",
    "bitwise_not",
    "bitwise_or",
    "bitwise_right_shift",
    "bitwise_xor",
    "eq",
    "equal",
    "ge",
    "gt",
    "isclose",
    "isfinite",
    "isinf",
    "isnan",
    "isneginf",
    "isposinf",
    "le",
    "logical_and",
    "logical_not",
    "logical_or",
    "logical_xor",
    "lt",
    "ne",
    "signbit",
]

Array = np.ndarray[Any, np.dtype[Any]]
Compute = Callable[..., Any]


class Pointwise(Op):
    """A function of one or two arguments that has no gradient."""

    __slots__ = ()
    differentiable = False

    @np.errstate(invalid="ignore")
    def forward(self, *arrays: Array, by: Compute) -> Array:
        return by(*arrays)  # type: ignore[no-any-return]


def _declare(
    name: str, doc: str, function: Compute, samples: Callable[[Maker], Iterable[Sample]], **options: Any
) -> Compute:
    function.__name__ = function.__qualname__ = name
    function.__doc__ = doc
    return op(samples, differentiable=False, **options)(function)


# ---- comparisons


def _compared(make: Maker) -> Iterator[Sample]:
    yield Sample(make.integers(0, 3, 3, 4), make.integers(0, 3, 4))
    yield Sample(make(3), 0.0)
    yield Sample(make(), make(2))
    yield Sample(make(0, 2), make(2))


def _comparison(name: str, by: Compute, sign: str, *aliases: str) -> Callable[[Any, Any], Tensor]:
    def compare(input: Any, other: Any) -> Tensor:
        a, b = promote(input, other, name)
        result: Tensor = Pointwise.apply(a, b, by=by)
        return result

    doc = docstring(
        f"Return a boolean tensor: ``input {sign} other``, element by element; the two broadcast.",
        f"autograd.{name}(autograd.tensor([1, 2, 3]), 2)",
        f"tensor([{', '.join(f'{by(x, 2)!s:>5}' for x in (1, 2, 3))}])",
    )
    return _declare(name, doc, compare, _compared, in_place=True, aliases=aliases)


eq = _comparison("eq", operator.eq, "==")
ne = _comparison("ne", operator.ne, "!=", "not_equal")
lt = _comparison("lt", operator.lt, "<", "less")
le = _comparison("le", operator.le, "<=", "less_equal")
gt = _comparison("gt", operator.gt, ">", "greater")
ge = _comparison("ge", operator.ge, ">=", "greater_equal")


# ---- logic, on every dtype: what is not zero is true


def _truths(make: Maker) -> Iterator[Sample]:
    yield Sample(make.booleans(3, 4), make.booleans(4))
    yield Sample(make.integers(0, 2, 3), make.booleans(3))
    yield Sample(make.booleans(), make.booleans(2))
    yield Sample(make.booleans(0, 2), make.booleans(2))


def _connective(name: str, by: np.ufunc) -> Callable[[Tensor, Tensor], Tensor]:
    def connect(input: Tensor, other: Tensor) -> Tensor:
        require_tensors(name, input=input, other=other)
        broadcast_shape(input._data.shape, other._data.shape, name)
        result: Tensor = Pointwise.apply(input, other, by=by)
        return result

    doc = docstring(
        f"Return ``input {name[8:]} other`` as booleans; what is not zero is true.",
        f"autograd.{name}(autograd.tensor([0, 0, 3, 3]), autograd.tensor([0, 4, 0, 4]))",
        f"tensor([{', '.join(f'{bool(by(*pair))!s:>5}' for pair in ((0, 0), (0, 4), (3, 0), (3, 4)))}])",
    )
    return _declare(name, doc, connect, _truths, in_place=True)


logical_and = _connective("logical_and", np.logical_and)
logical_or = _connective("logical_or", np.logical_or)
logical_xor = _connective("logical_xor", np.logical_xor)


@op(
    lambda make: [Sample(make.booleans(3, 4)), Sample(make.integers(0, 2, 3)), Sample(make.booleans(0))],
    differentiable=False,
    in_place=True,
)
def logical_not(input: Tensor) -> Tensor:
    """Return whether an element is zero.

    Examples
    --------
    >>> import autograd
    >>> autograd.logical_not(autograd.tensor([0.0, 3.0]))
    tensor([ True, False])
    """
    result: Tensor = Pointwise.apply(input, by=np.logical_not)
    return result


# ---- bits


def _bits(make: Maker) -> Iterator[Sample]:
    yield Sample(make.integers(-9, 9, 3, 4), make.integers(0, 5, 4))
    yield Sample(make.integers(0, 9, 3), 2)
    yield Sample(make.booleans(3), make.booleans(2, 1))
    yield Sample(make.integers(0, 9, 0, 2), make.integers(0, 9, 2))


def _shifted(make: Maker) -> Iterator[Sample]:
    return (sample for sample in _bits(make) if sample.args[0]._data.dtype.kind == "i")


def _require_integers(phrase: str, kind: np.dtype[Any], name: str) -> None:
    if kind.kind not in ("iu" if "shift" in phrase else "biu"):
        raise NotImplementedError(
            describe(
                f"\"{phrase}\" not implemented for '{scalar_type(kind)}'", op=name, rule="bits are those of integers"
            )
        )


def _bitwise(name: str, phrase: str, by: np.ufunc, samples: Any = _bits) -> Callable[[Any, Any], Tensor]:
    def combine(input: Any, other: Any) -> Tensor:
        a, b = promote(input, other, name)
        for x in (a, b):
            if isinstance(x, Tensor):
                _require_integers(phrase, x._data.dtype, name)
        result: Tensor = Pointwise.apply(a, b, by=by)
        return result

    doc = docstring(
        f"Return ``{name}`` of the bits of two integers or booleans.",
        f"autograd.{name}(autograd.tensor([6, 5]), autograd.tensor([3, 1]))",
        f"tensor([{by(6, 3)}, {by(5, 1)}])",
    )
    return _declare(name, doc, combine, samples, in_place=True)


bitwise_and = _bitwise("bitwise_and", "bitwise_and_cpu", np.bitwise_and)
bitwise_or = _bitwise("bitwise_or", "bitwise_or_cpu", np.bitwise_or)
bitwise_xor = _bitwise("bitwise_xor", "bitwise_xor_cpu", np.bitwise_xor)
bitwise_left_shift = _bitwise("bitwise_left_shift", "lshift_cpu", np.left_shift, _shifted)
bitwise_right_shift = _bitwise("bitwise_right_shift", "rshift_cpu", np.right_shift, _shifted)


@op(
    lambda make: [Sample(make.integers(-9, 9, 3)), Sample(make.booleans(2, 2)), Sample(make.booleans(0))],
    differentiable=False,
    in_place=True,
)
def bitwise_not(input: Tensor) -> Tensor:
    """Return the complement of every bit.

    Raises
    ------
    NotImplementedError
        If `input` holds neither integers nor booleans.

    Examples
    --------
    >>> import autograd
    >>> autograd.bitwise_not(autograd.tensor([0, 5]))
    tensor([-1, -6])
    """
    _require_integers("bitwise_not_cpu", input._data.dtype, "bitwise_not")
    result: Tensor = Pointwise.apply(input, by=np.invert)
    return result


def invert(input: Tensor) -> Tensor:
    """Return ``~input``.

    Raises
    ------
    TypeError
        If `input` holds neither integers nor booleans.
    """
    if input._data.dtype.kind not in "biu":
        raise TypeError(
            describe(
                "~ (operator.invert) is only implemented on integer and Boolean-type tensors",
                fix="compare first, or convert with x.bool()",
            )
        )
    return bitwise_not(input)


# ---- kinds of numbers


def _strange(make: Maker) -> Iterator[Sample]:
    yield Sample(Tensor(np.array([np.nan, np.inf, -np.inf, 0.0, -0.0, 1.5], make.dtype), None))
    yield Sample(make.integers(0, 3, 2, 2))
    yield Sample(make())
    yield Sample(make(0, 2))


def _test(name: str, by: Compute, what: str) -> Callable[[Tensor], Tensor]:
    def test(input: Tensor) -> Tensor:
        result: Tensor = Pointwise.apply(input, by=by)
        return result

    found = by(np.array([1.0, -np.inf, np.inf, np.nan]))
    doc = docstring(
        f"Return whether an element {what}.",
        f"autograd.{name}(autograd.tensor([1.0, -autograd.inf, autograd.inf, autograd.nan]))",
        f"tensor([{', '.join(f'{bool(x)!s:>5}' for x in found)}])",
    )
    return _declare(name, doc, test, _strange)


isnan = _test("isnan", np.isnan, "is not a number")
isinf = _test("isinf", np.isinf, "is plus or minus infinity")
isfinite = _test("isfinite", np.isfinite, "is neither infinite nor NaN")
isposinf = _test("isposinf", lambda x: x == np.inf, "is plus infinity")
isneginf = _test("isneginf", lambda x: x == -np.inf, "is minus infinity")
signbit = _test("signbit", lambda x: np.signbit(x) if x.dtype.kind == "f" else x < 0, "has its sign bit set")


# ---- equality up to rounding


def _close(make: Maker) -> Iterator[Sample]:
    x = make(3, 4)
    near = Tensor(x._data + 1e-6, None)
    yield Sample(x, near)
    yield Sample(x, near, rtol=0.0, atol=1e-5)
    yield Sample(x, near, rtol=0.0, atol=1e-9)
    strange = Tensor(np.array([np.nan, 1.0], make.dtype), None)
    yield Sample(strange, Tensor(strange._data.copy(), None), equal_nan=True)
    yield Sample(make(0), make(0))


@op(_close, differentiable=False)
def isclose(input: Tensor, other: Tensor, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> Tensor:
    """Return where ``|input - other| <= atol + rtol * |other|``.

    Parameters
    ----------
    input, other : Tensor
    rtol, atol : float
        Relative, to `other`, and absolute tolerance.
    equal_nan : bool
        Whether NaN is equal to NaN.

    Raises
    ------
    RuntimeError
        If the dtypes differ, or the shapes do not broadcast.

    Examples
    --------
    >>> import autograd
    >>> autograd.isclose(autograd.tensor([1.0, 2.0]), autograd.tensor([1.5, 3.0]), rtol=0, atol=0.5)
    tensor([ True, False])
    """
    require_tensors("isclose", input=input, other=other)
    if input._data.dtype != other._data.dtype:
        kinds = scalar_type(input._data.dtype), scalar_type(other._data.dtype)
        raise RuntimeError(describe(f"{kinds[0]} did not match {kinds[1]}", op="isclose"))
    for name, bound in (("rtol", rtol), ("atol", atol)):
        if bound < 0:
            raise RuntimeError(describe(f"{name} must be greater than or equal to zero, but got {bound}", op="isclose"))
    broadcast_shape(input._data.shape, other._data.shape, "isclose")
    result: Tensor = Pointwise.apply(input, other, by=lambda a, b: np.asarray(np.isclose(a, b, rtol, atol, equal_nan)))
    return result


@op(_close, differentiable=False, reference=False)
def allclose(input: Tensor, other: Tensor, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> bool:
    """Return whether `isclose` holds for every element.

    Parameters
    ----------
    input, other : Tensor
        Of one dtype; their shapes broadcast.
    rtol, atol : float
        Relative and absolute tolerance.
    equal_nan : bool
        Whether NaN is equal to NaN.

    Examples
    --------
    >>> import autograd
    >>> autograd.allclose(autograd.tensor([1.0]), autograd.tensor([1.0 + 1e-6]))
    True
    """
    return bool(isclose(input, other, rtol, atol, equal_nan)._data.all())


@op(
    lambda make: [Sample(make(3), make(3)), Sample(make(2), make(3)), Sample(make(0), make(0))],
    differentiable=False,
    reference=False,
)
def equal(input: Tensor, other: Tensor) -> bool:
    """Return whether two tensors have the same shape and elements.

    Examples
    --------
    >>> import autograd
    >>> autograd.equal(autograd.zeros(3), autograd.zeros(1, 3))
    False
    """
    return np.array_equal(input._data, other._data)
