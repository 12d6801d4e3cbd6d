"""Other ways PyTorch lets the arguments of a function be written: `axis` for `dim`, sizes by keyword, `out=`.

The functions themselves know one spelling. What is called with positional arguments and known keywords pays next to
nothing; operators, and methods without axes, bypass this altogether.
"""

from __future__ import annotations

import functools
import inspect
import warnings
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from autograd.config import MODES
from autograd.dtypes import scalar_type
from autograd.errors import describe, sizes
from autograd.tensor import Tensor

__all__ = ["as_method", "number_second", "plain", "spelled", "written"]

F = TypeVar("F", bound=Callable[..., Any])

#: Other names of arguments: NumPy's, and those by which methods know them.
_OTHER = {
    "axis": "dim",
    "axis0": "dim0",
    "axis1": "dim1",
    "keepdims": "keepdim",
    "split_size": "split_size_or_sections",
}

#: Names under which sizes or axes that are otherwise listed one by one come as a sequence.
_LISTED = ("size", "shape", "dims", "repeats")


def spelled(function: F) -> F:
    """Let a function be called in all of PyTorch's spellings."""
    known, listed = _arguments(function)

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        if not kwargs or kwargs.keys() <= known:
            return function(*args, **kwargs)
        out = kwargs.pop("out", None) if "out" not in known else None
        for other, name in _OTHER.items():
            if other in kwargs and other not in known and name in known:
                kwargs[name] = kwargs.pop(other)
        if listed:
            for name in _LISTED:
                if name in kwargs and name not in known:
                    value = kwargs.pop(name)
                    args = (*args, *value) if isinstance(value, tuple | list) else (*args, value)
        result = function(*args, **kwargs)
        return result if out is None else written(function.__name__, result, out)

    return call  # type: ignore[return-value]


def _arguments(function: Any) -> tuple[frozenset[str], bool]:
    """Return the names of the arguments, and whether any number of unnamed ones is taken (``*args``)."""
    code = inspect.unwrap(function).__code__
    count = code.co_argcount + code.co_kwonlyargcount
    return frozenset(code.co_varnames[:count]), bool(code.co_flags & inspect.CO_VARARGS)


def number_second(name: str) -> Callable[[F], F]:
    """Let a function be called as in PyTorch's first years: ``f(x, 2, y)`` for ``f(x, y, name=2)``.

    Optimizers of those days are written so: ``p.add_(-lr, grad)``, ``average.addcmul_(1 - beta, grad, grad)``.
    """

    def decorate(function: F) -> F:
        count = function.__code__.co_argcount

        @functools.wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            if len(args) == count + 1 and not isinstance(args[1], Tensor):
                return function(args[0], *args[2:], **{name: args[1]}, **kwargs)
            return function(*args, **kwargs)

        return call  # type: ignore[return-value]

    return decorate


def as_method(function: F) -> F:
    """Return what a method does: methods take no `out`, so that only those with axes or sizes have other spellings."""
    known, listed = _arguments(function)
    return function if listed or not known.isdisjoint(_OTHER.values()) else plain(function)


def plain(function: F) -> F:
    """Return the function itself, which takes its arguments in one spelling."""
    return getattr(function, "__wrapped__", function)


def written(name: str, result: Any, out: Any) -> Any:
    """Write a result, or each of several, into `out` and return that."""
    if isinstance(result, tuple):
        return type(result)(*(written(name, r, o) for r, o in zip(result, out, strict=True)))
    if not isinstance(out, Tensor):
        raise TypeError(
            describe(f"{name}(): argument 'out' must be Tensor, not {type(out).__name__}", fix="pass a tensor")
        )
    if MODES.get().grad and (result.requires_grad or out.requires_grad):
        raise RuntimeError(
            describe(
                f"{name}(): functions with out=... arguments don't support automatic differentiation, but one of the "
                "arguments requires grad.",
                fix="leave out= away, or compute inside autograd.no_grad()",
            )
        )
    if not np.can_cast(result._data.dtype, out._data.dtype, "same_kind"):
        raise RuntimeError(
            describe(
                f"result type {scalar_type(result._data.dtype)} can't be cast to the desired output type "
                f"{scalar_type(out._data.dtype)}",
                op=name,
                fix=f"make out with dtype={result.dtype}",
            )
        )
    if out._data.shape != result._data.shape:
        _resize(out, result._data.shape)
    return out.copy_(result)


def _resize(out: Tensor, shape: tuple[int, ...]) -> None:
    if out._data.size:
        warnings.warn(
            f"An output with one or more elements was resized since it had shape {sizes(out._data.shape)}, which does "
            f"not match the required output shape {sizes(shape)}.",
            UserWarning,
            stacklevel=4,
        )
    out._data = np.empty(shape, out._data.dtype)
