"""Choosing between elements: by a condition, or by their order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from autograd.dtypes import scalar_type
from autograd.errors import describe
from autograd.operation import Op
from autograd.ops.arguments import require_tensors
from autograd.ops.logic import eq, ge, gt, isfinite, isnan, le, logical_not, lt
from autograd.ops.promote import broadcast_shape, cast, promote
from autograd.ops.registry import Maker, Sample, docstring, op
from autograd.ops.samples import pairs
from autograd.tensor import Tensor

__all__ = [
    "clamp",
    "clamp_max",
    "clamp_min",
    "fmax",
    "fmin",
    "masked",
    "maximum",
    "minimum",
    "nan_to_num",
    "where",
]

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
        return None, masked(condition, grad) if for_a else None, masked(logical_not(condition), grad) if for_b else None


def masked(condition: Tensor, grad: Tensor) -> Tensor:
    """Return `grad` where the condition holds and zero elsewhere, whatever `grad` is there."""
    result: Tensor = Where.apply(condition, grad, 0)
    return result


@op(
    lambda make: [
        Sample(make.booleans(3, 4), make(3, 4), make(4)),
        Sample(make.booleans(3, 1), make(4), 2.0),
        Sample(make.booleans(3), -1.0, make(2, 3)),
        Sample(make.booleans(), make(2), make(2)),
        Sample(make.booleans(0, 1), make(4), make()),
    ],
    method=False,
)
def where(condition: Tensor, input: Any = None, other: Any = None) -> Any:
    """Return elements of `input` where `condition` holds, else of `other`; alone, the indices where it holds.

    Parameters
    ----------
    condition : Tensor of bool
    input, other : Tensor or number, optional
        All three broadcast.

    Returns
    -------
    Tensor, or tuple of Tensor
        Without `input` and `other`: for each axis, the positions of the elements that are not zero.

    Raises
    ------
    RuntimeError
        If the condition is not boolean, or the shapes do not broadcast.

    Examples
    --------
    >>> import autograd
    >>> x = autograd.tensor([-1.0, 2.0])
    >>> autograd.where(x > 0, x, 0.0)
    tensor([0., 2.])
    >>> autograd.where(x > 0)
    (tensor([1]),)
    """
    if input is None and other is None:
        return tuple([Tensor(positions, None) for positions in np.nonzero(np.atleast_1d(condition._data))])
    if condition._data.dtype.kind != "b" and condition._data.dtype != np.uint8:
        raise RuntimeError(
            describe(
                "where expected condition to be a boolean tensor, but got a tensor with dtype "
                f"{scalar_type(condition._data.dtype)}",
                op="where",
                fix="compare it first: where(x != 0, ...)",
            )
        )
    a, b = promote(input, other, "where")
    shape = condition._data.shape
    for x in (a, b):
        if isinstance(x, Tensor):
            shape = broadcast_shape(shape, x._data.shape, "where")
    result: Tensor = Where.apply(condition, a, b)
    return result


class Extreme(Op):
    """The larger or the smaller of two elements.

    ``maximum`` and ``minimum`` give NaN where either is NaN, and share the gradient between equal elements; ``fmax``
    and ``fmin`` pass over a NaN, and prefer the first of equal elements. So does PyTorch.
    """

    __slots__ = ("by",)
    keeps = {0: (0, 1), 1: (0, 1)}

    @np.errstate(invalid="ignore")
    def forward(self, a: Array, b: Array, *, by: np.ufunc) -> Array:
        self.by = by
        return by(a, b)  # type: ignore[no-any-return]

    def backward(self, grad: Tensor) -> tuple[Tensor | None, Tensor | None]:
        a, b = self.saved
        for_a, for_b = self.needs_input_grad
        if self.by in (np.fmax, np.fmin):
            first = (ge if self.by is np.fmax else le)(a, b) | isnan(b)
            return masked(first, grad) if for_a else None, masked(logical_not(first), grad) if for_b else None
        loses = lt if self.by is np.maximum else gt
        halved = Where.apply(eq(a, b), grad / 2, grad)
        return (
            masked(logical_not(loses(a, b)), halved) if for_a else None,
            masked(logical_not(loses(b, a)), halved) if for_b else None,
        )


def _extreme(name: str, by: np.ufunc, doc: str, shown: str) -> Callable[[Tensor, Tensor], Tensor]:
    def choose(input: Tensor, other: Tensor) -> Tensor:
        require_tensors(name, input=input, other=other)
        a, b = promote(input, other, name)
        result: Tensor = Extreme.apply(a, b, by=by)
        return result

    def samples(make: Maker) -> Iterator[Sample]:
        yield Sample(make.distinct(3, 4), make.distinct(4))
        yield Sample(make.distinct(2, 1, 3), make.distinct(5, 1))
        yield Sample(make(), make(2))
        yield Sample(make(0, 2), make(2))

    choose.__name__ = choose.__qualname__ = name
    choose.__doc__ = docstring(
        f"Return the {doc}.",
        f"autograd.{name}(autograd.tensor([1.0, 5.0, 1.0]), autograd.tensor([3.0, 2.0, autograd.nan]))",
        f"tensor([{shown}])",
    )
    return op(samples)(choose)


maximum = _extreme(
    "maximum", np.maximum, "larger of two elements, NaN if either is; equal ones share the gradient", "3., 5., nan"
)
minimum = _extreme(
    "minimum", np.minimum, "smaller of two elements, NaN if either is; equal ones share the gradient", "1., 2., nan"
)
fmax = _extreme("fmax", np.fmax, "larger of two elements, passing over a NaN", "3., 5., 1.")
fmin = _extreme("fmin", np.fmin, "smaller of two elements, passing over a NaN", "1., 2., 1.")


class Clamp(Op):
    """Elements brought into a closed interval; at its bounds the gradient passes."""

    __slots__ = ()
    keeps = {0: (0, 1, 2), 1: (0, 1, 2), 2: (0, 1, 2)}

    @np.errstate(invalid="ignore")
    def forward(self, x: Array, low: Any, high: Any) -> Array:
        out = x if low is None else np.maximum(x, low)
        return out if high is None else np.minimum(out, high)

    def backward(self, grad: Tensor) -> tuple[Tensor | None, Tensor | None, Tensor | None]:
        x, low, high = self.saved
        for_x, for_low, for_high = self.needs_input_grad
        above = None if low is None else ge(x, low)
        below = None if high is None else le(x, high)
        inside = above if below is None else below if above is None else above & below
        wins_low = lt(x, low) if for_low else None
        if wins_low is not None and high is not None:
            wins_low = wins_low & lt(low, high)
        wins_high = gt(x, high) if for_high else None
        if wins_high is not None and low is not None:
            # Where the bounds are in the wrong order the upper one is the value.
            wins_high = wins_high | gt(low, high)
        return (
            masked(inside, grad) if inside is not None and for_x else None,
            masked(wins_low, grad) if wins_low is not None else None,
            masked(wins_high, grad) if wins_high is not None else None,
        )


def _clamped(make: Maker) -> Iterator[Sample]:
    yield Sample(make(3, 4), -0.3, 0.4)
    yield Sample(make(3, 4), min=0.1)
    yield Sample(make(3, 4), max=0.1)
    yield Sample(make(3, 4), make(4, low=-0.6, high=-0.1), make(3, 1, low=0.1, high=0.6))
    yield Sample(make(3), min=make(2, 3))
    yield Sample(make(), 0.0)
    yield Sample(make(0, 2), -1.0, 1.0)


@op(_clamped, in_place=True, aliases=("clip",))
def clamp(input: Tensor, min: Any = None, max: Any = None) -> Tensor:
    """Return `input` with every element brought into ``[min, max]``.

    Parameters
    ----------
    input : Tensor
    min, max : Tensor or number, optional
        Bounds, of which one may be left out. Where ``min > max`` the result is `max`.

    Raises
    ------
    RuntimeError
        If both bounds are left out.

    Examples
    --------
    >>> import autograd
    >>> autograd.clamp(autograd.tensor([-2.0, 0.5, 3.0]), 0, 1)
    tensor([0.0000, 0.5000, 1.0000])
    """
    if min is None and max is None:
        raise RuntimeError(describe("torch.clamp: At least one of 'min' or 'max' must not be None", op="clamp"))
    low = high = None
    if min is not None:
        input, low = promote(input, min, "clamp")
    if max is not None:
        input, high = promote(input, max, "clamp")
        if isinstance(low, Tensor) and low._data.dtype != input._data.dtype:
            low = cast(low, input._data.dtype)
    result: Tensor = Clamp.apply(input, low, high)
    return result


@op(lambda make: pairs(make), in_place=True)
def clamp_min(input: Tensor, min: Any) -> Tensor:
    """Return `input` with every element raised to `min` at least.

    Parameters
    ----------
    input : Tensor
    min : Tensor or number
        Broadcasts with `input`.

    Examples
    --------
    >>> import autograd
    >>> autograd.clamp_min(autograd.tensor([1.0, 5.0]), 3)
    tensor([3., 5.])
    """
    return clamp(input, min=min)


@op(lambda make: pairs(make), in_place=True)
def clamp_max(input: Tensor, max: Any) -> Tensor:
    """Return `input` with every element lowered to `max` at most.

    Parameters
    ----------
    input : Tensor
    max : Tensor or number
        Broadcasts with `input`.

    Examples
    --------
    >>> import autograd
    >>> autograd.clamp_max(autograd.tensor([1.0, 5.0]), 3)
    tensor([1., 3.])
    """
    return clamp(input, max=max)


class NanToNum(Op):
    """NaN and infinities replaced by numbers, where the gradient is zero."""

    __slots__ = ()
    keeps = {0: (0,)}

    def forward(self, x: Array, *, nan: float, posinf: float | None, neginf: float | None) -> Array:
        return np.asarray(np.nan_to_num(x, nan=nan, posinf=posinf, neginf=neginf))

    def backward(self, grad: Tensor) -> Tensor:
        (x,) = self.saved
        return masked(isfinite(x), grad)


@op(
    lambda make: [
        Sample(make(3, 4)),
        Sample(make(3), nan=1.0, posinf=2.0, neginf=-3.0),
        Sample(make()),
        Sample(make(0)),
    ],
    in_place=True,
)
def nan_to_num(
    input: Tensor, nan: float | None = 0.0, posinf: float | None = None, neginf: float | None = None
) -> Tensor:
    """Return `input` with NaN replaced by `nan`, and infinities by the given numbers or the largest finite ones.

    Parameters
    ----------
    input : Tensor
    nan, posinf, neginf : float, optional
        What NaN, plus and minus infinity become.

    Examples
    --------
    >>> import autograd
    >>> autograd.nan_to_num(autograd.tensor([autograd.nan, 2.0, autograd.inf]), posinf=9.0)
    tensor([0., 2., 9.])
    """
    result: Tensor = NanToNum.apply(input, nan=0.0 if nan is None else nan, posinf=posinf, neginf=neginf)
    return result
