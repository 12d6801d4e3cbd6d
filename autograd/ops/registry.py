"""The registry of public operations: each is declared together with the sample inputs that exercise its branches.

The test suite runs every registered operation over its samples: against an independent reference, through gradcheck and
gradgradcheck, and over dtypes, memory layouts and empty batches. An operation without samples cannot be registered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, TypeVar

import numpy as np

from autograd.ops.spelling import spelled
from autograd.tensor import Tensor

__all__ = ["REGISTRY", "Maker", "OpInfo", "Sample", "docstring", "load_all", "op"]

F = TypeVar("F", bound=Callable[..., Any])


class Sample:
    """One call of an operation: its arguments.

    Examples
    --------
    >>> Sample(1, dim=2)
    Sample(1, dim=2)
    """

    __slots__ = ("args", "kwargs")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.args = args
        self.kwargs = kwargs

    def __repr__(self) -> str:
        parts = [_brief(a) for a in self.args] + [f"{k}={_brief(v)}" for k, v in self.kwargs.items()]
        return f"Sample({', '.join(parts)})"


def _brief(value: Any) -> str:
    if isinstance(value, Tensor):
        return f"{value._data.dtype}{list(value._data.shape)}"
    if isinstance(value, list | tuple) and any(isinstance(v, Tensor) for v in value):
        return f"[{', '.join(map(_brief, value))}]"
    return repr(value)


class Maker:
    """Makes the tensors of samples, from one seeded source.

    Parameters
    ----------
    dtype : numpy dtype
        Of the floating-point tensors.
    seed : int
    """

    def __init__(self, dtype: Any = np.float64, seed: int = 0) -> None:
        self.dtype = np.dtype(dtype)
        self.rng = np.random.default_rng(seed)

    def _tensor(self, array: Any) -> Tensor:
        tensor = Tensor(np.asarray(array, self.dtype), None)
        tensor._requires_grad = True
        return tensor

    def __call__(self, *shape: int, low: float = -1.0, high: float = 1.0) -> Tensor:
        """Return uniform random values that require grad."""
        return self._tensor(self.rng.uniform(low, high, shape))

    def positive(self, *shape: int) -> Tensor:
        """Return values in [0.5, 2)."""
        return self(*shape, low=0.5, high=2.0)

    def nonzero(self, *shape: int) -> Tensor:
        """Return values with magnitude in [0.3, 1.3), away from kinks at zero."""
        return self._tensor(self.rng.uniform(0.3, 1.3, shape) * self.rng.choice([-1.0, 1.0], shape))

    def distinct(self, *shape: int) -> Tensor:
        """Return values far enough from each other that finite differences change no order."""
        count = int(np.prod(shape))
        return self._tensor((self.rng.permutation(count).reshape(shape) - count / 2 + 0.25) / max(count, 1) * 2)

    def integers(self, low: int, high: int, *shape: int) -> Tensor:
        """Return int64 values in [low, high)."""
        return Tensor(np.asarray(self.rng.integers(low, high, shape)), None)

    def booleans(self, *shape: int) -> Tensor:
        """Return random truth values."""
        return Tensor(np.asarray(self.rng.random(shape) < 0.5), None)


@dataclass(frozen=True, slots=True)
class OpInfo:
    """A registered operation.

    Attributes
    ----------
    name : str
        Public name.
    function : callable
    samples : callable
        Takes a `Maker`, yields `Sample` objects.
    differentiable : bool
    twice : bool
        Whether the gradient is differentiable in its turn.
    reference : bool
        Whether the outputs are determined by the inputs, so that a reference can be compared with.
    method : bool
        Whether ``x.name(...)`` does the same as ``name(x, ...)``.
    in_place : bool
        Whether there is a twin ``x.name_(...)`` that writes the result over ``x``.
    aliases : tuple of str
        Other public names of the same function.
    """

    name: str
    function: Callable[..., Any]
    samples: Callable[[Maker], Iterable[Sample]]
    differentiable: bool
    twice: bool
    reference: bool
    method: bool
    in_place: bool
    aliases: tuple[str, ...]


REGISTRY: dict[str, OpInfo] = {}


def op(
    samples: Callable[[Maker], Iterable[Sample]],
    *,
    name: str | None = None,
    differentiable: bool = True,
    twice: bool = True,
    reference: bool = True,
    method: bool = True,
    in_place: bool = False,
    aliases: tuple[str, ...] = (),
) -> Callable[[F], F]:
    """Register a public operation with its sample inputs.

    Parameters
    ----------
    samples : callable
        Takes a `Maker`, returns or yields `Sample` objects.
    name : str, optional
        Name in the registry and in ``tests/references``; defaults to the function's.
    differentiable, twice, reference, method, in_place : bool
        See `OpInfo`.
    aliases : tuple of str
        Other public names.

    Raises
    ------
    TypeError
        If `samples` is not callable.
    ValueError
        If the name is taken.
    """
    if not callable(samples):
        raise TypeError("an operation is registered with a function that makes its sample inputs")

    def register(function: F) -> F:
        key = name or function.__name__
        if key in REGISTRY:
            raise ValueError(f"an operation named {key!r} is registered already")
        public = spelled(function)
        REGISTRY[key] = OpInfo(
            key, public, samples, differentiable, differentiable and twice, reference, method, in_place, aliases
        )
        return public

    return register


def docstring(summary: str, *example: str) -> str:
    """Return the docstring of an operation that is declared in a table.

    Parameters
    ----------
    summary : str
    *example : str
        What to type, without the prompt, and the lines that answer; ``import autograd`` is put before.

    Examples
    --------
    >>> docstring("Return 1.", "one()", "1").splitlines()[-2:]
    ['>>> one()', '1']
    """
    typed, *answer = example
    return "\n".join([summary, "", "Examples", "--------", ">>> import autograd", f">>> {typed}", *answer, ""])


def load_all() -> dict[str, OpInfo]:
    """Import every family of operations and return the registry, complete."""
    package = import_module("autograd.ops")
    for module in iter_modules(package.__path__):
        import_module(f"{package.__name__}.{module.name}")
    return REGISTRY
