"""Special functions: error and gamma functions, and products with logarithms. SciPy is imported when first needed."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.errors import describe
from autograd.kernels.elementwise import mapped
from autograd.operation import Op
from autograd.ops.binary import float_operands
from autograd.ops.inplace import guard, overwrite
from autograd.ops.promote import promote_float
from autograd.ops.registry import Sample, op
from autograd.ops.samples import pairs, unary
from autograd.ops.select import clamp, where
from autograd.ops.transcend import exp, function, inside, log, log1p, positive, sin
from autograd.tensor import Tensor

__all__ = [
    "digamma",
    "entr",
    "erf",
    "erfc",
    "erfinv",
    "lgamma",
    "logit",
    "ndtr",
    "polygamma",
    "sinc",
    "xlog1py",
    "xlogy",
]

Array = np.ndarray[Any, np.dtype[Any]]
_GAUSS = 2 / math.sqrt(math.pi)

SCIPY_COST = 0.01
"""Microseconds an element of a function of SciPy's."""


def _scipy(name: str) -> Callable[[Array], Array]:
    """Return a function of ``scipy.special``, imported when first called."""

    def value(x: Array) -> Array:
        from scipy import special

        ufunc = getattr(special, name)
        # SciPy computes float16 in wider types.
        return mapped(lambda x: np.asarray(ufunc(x), x.dtype), x, SCIPY_COST)

    return value


erf = function(
    "erf",
    "error function of input",
    _scipy("erf"),
    example=("0.0, 1.0", "0.0000, 0.8427"),
    of_input=lambda x: exp(-x * x) * _GAUSS,
)
erfc = function(
    "erfc",
    "1 - erf(input)",
    _scipy("erfc"),
    example=("0.0, 1.0", "1.0000, 0.1573"),
    of_input=lambda x: exp(-x * x) * -_GAUSS,
)
erfinv = function(
    "erfinv",
    "inverse of erf at input",
    _scipy("erfinv"),
    example=("0.0, 0.5", "0.0000, 0.4769"),
    of_output=lambda y: exp(y * y) / _GAUSS,
    draw=inside,
)
ndtr = function(
    "special.ndtr",
    "area under the standard normal density up to input",
    _scipy("ndtr"),
    example=("0.0, 1.0", "0.5000, 0.8413"),
    of_input=lambda x: exp(-x * x / 2) / math.sqrt(2 * math.pi),
    in_place=False,
    method=False,
)
entr = function(
    "special.entr",
    "-input * log(input)",
    _scipy("entr"),
    example=("0.5, 0.0", "0.3466, 0.0000"),
    of_input=lambda x: -log(x) - 1,
    draw=positive,
    in_place=False,
    method=False,
)


class Polygamma(Op):
    """Derivative of order `n` of the digamma function."""

    __slots__ = ("n",)
    keeps = {0: (0,)}

    @np.errstate(all="ignore")
    def forward(self, x: Array, *, n: int) -> Array:
        from scipy import special

        self.n = n
        if n == 0:
            # PyTorch's digamma takes the one-sided limit at the two zeros.
            return np.where(x == 0, np.copysign(np.inf, -x), special.psi(x)).astype(x.dtype)
        return special.polygamma(n, x).astype(x.dtype)  # type: ignore[no-any-return]

    def backward(self, grad: Tensor) -> Tensor:
        (x,) = self.saved
        return grad * polygamma(self.n + 1, x)


@op(lambda make: unary(make.positive), in_place=True)
def digamma(input: Tensor) -> Tensor:
    """Return the derivative of ``log(gamma(input))``.

    Examples
    --------
    >>> import autograd
    >>> autograd.digamma(autograd.tensor([1.0, 2.0]))
    tensor([-0.5772,  0.4228])
    """
    return polygamma(0, input)


lgamma = function(
    "lgamma",
    "log |gamma(input)|",
    _scipy("gammaln"),
    example=("1.0, 4.0", "0.0000, 1.7918"),
    of_input=lambda x: digamma(x),
    draw=positive,
)


@op(
    lambda make: [*(Sample(n, make.positive(3, 2)) for n in (0, 1, 2)), Sample(1, make.positive()), Sample(1, make(0))],
    method=False,
)
def polygamma(n: int, input: Tensor) -> Tensor:
    """Return the derivative of order `n` of the digamma function at `input`.

    Parameters
    ----------
    n : int
    input : Tensor

    Raises
    ------
    RuntimeError
        If `n` is negative.

    Examples
    --------
    >>> import autograd
    >>> autograd.polygamma(1, autograd.tensor([1.0]))
    tensor([1.6449])
    """
    if n < 0:
        raise RuntimeError(describe("polygamma(n, x) does not support negative n.", op="polygamma"))
    result: Tensor = Polygamma.apply(promote_float(input, "polygamma"), n=n)
    return result


@op(lambda make: unary(make.nonzero), in_place=True)
def sinc(input: Tensor) -> Tensor:
    """Return ``sin(pi input) / (pi input)``, which is 1 at zero.

    Examples
    --------
    >>> import autograd
    >>> autograd.sinc(autograd.tensor([0.0, 0.5]))
    tensor([1.0000, 0.6366])
    """
    x = promote_float(input, "sinc") * math.pi
    origin = x == 0
    # The quotient is taken elsewhere than at zero, so that no gradient of any order meets 0 / 0.
    safe = where(origin, 1.0, x)
    return where(origin, 1.0, sin(safe) / safe)  # type: ignore[no-any-return]


@op(
    lambda make: [
        *unary(lambda *shape: make(*shape, low=0.1, high=0.9)),
        Sample(make(5, low=-0.5, high=1.5), eps=0.2),
    ],
    in_place=True,
)
def logit(input: Tensor, eps: float | None = None) -> Tensor:
    """Return ``log(input / (1 - input))``, with `input` first clamped to ``[eps, 1 - eps]`` if `eps` is given.

    Parameters
    ----------
    input : Tensor
    eps : float, optional

    Examples
    --------
    >>> import autograd
    >>> autograd.logit(autograd.tensor([0.5, 0.75]))
    tensor([0.0000, 1.0986])
    """
    x = promote_float(input, "logit")
    if eps is not None:
        x = clamp(x, eps, 1 - eps)
    return log(x / (1 - x))


class XLogY(Op):
    """``x * log(y + shift)``, which is 0 where `x` is."""

    __slots__ = ("shift",)
    keeps = {0: (0, 1), 1: (0, 1)}

    @np.errstate(all="ignore")
    def forward(self, x: Array, y: Array, *, shift: int) -> Array:
        from scipy import special

        self.shift = shift
        return np.asarray((special.xlog1py if shift else special.xlogy)(x, y), np.result_type(x, y))

    def backward(self, grad: Tensor) -> tuple[Tensor | None, Tensor | None]:
        x, y = self.saved
        for_x = for_y = None
        if self.needs_input_grad[0]:
            off = (x == 0) & (y <= -self.shift)
            for_x = grad * where(off, 0, (log1p if self.shift else log)(where(off, 1, y)))
        if self.needs_input_grad[1]:
            for_y = grad * x / (y + self.shift)
        return for_x, for_y


@op(lambda make: [*pairs(make), Sample(2.0, make.positive(3))], in_place=True)
def xlogy(input: Any, other: Any) -> Tensor:
    """Return ``input * log(other)``, which is 0 where `input` is 0.

    Parameters
    ----------
    input, other : Tensor or number
        At least one is a tensor; their shapes broadcast.

    Examples
    --------
    >>> import autograd
    >>> autograd.xlogy(autograd.tensor([0.0, 2.0]), autograd.tensor([0.0, 3.0]))
    tensor([0.0000, 2.1972])
    """
    result: Tensor = XLogY.apply(*float_operands(input, other, "xlogy"), shift=0)
    return result


@op(lambda make: [*pairs(make), Sample(2.0, make.positive(3))], name="special.xlog1py", method=False)
def xlog1py(input: Any, other: Any) -> Tensor:
    """Return ``input * log(1 + other)``, which is 0 where `input` is 0.

    Parameters
    ----------
    input, other : Tensor or number
        At least one is a tensor; their shapes broadcast.

    Examples
    --------
    >>> import autograd
    >>> autograd.special.xlog1py(autograd.tensor([0.0, 2.0]), autograd.tensor([-1.0, 2.0]))
    tensor([0.0000, 2.1972])
    """
    result: Tensor = XLogY.apply(*float_operands(input, other, "xlog1py"), shift=1)
    return result


def _polygamma(self: Tensor, n: int) -> Tensor:
    """Return the derivative of order `n` of the digamma function.

    Examples
    --------
    >>> import autograd
    >>> autograd.tensor([1.0]).polygamma(1)
    tensor([1.6449])
    """
    return polygamma(n, self)


def _polygamma_(self: Tensor, n: int) -> Tensor:
    """In-place form of `polygamma`; returns the tensor."""
    since = guard(self, "polygamma_")
    return overwrite(self, polygamma(n, self), "polygamma_", since)


METHODS: dict[str, Any] = {"polygamma": _polygamma, "polygamma_": _polygamma_}
