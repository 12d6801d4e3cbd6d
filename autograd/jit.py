"""What model files say to PyTorch's compiler: there is none here; this is what it answers when it is switched off."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

__all__ = [
    "Final",
    "annotate",
    "export",
    "ignore",
    "interface",
    "is_scripting",
    "is_tracing",
    "script",
    "script_if_tracing",
    "unused",
]

_T = TypeVar("_T")


def is_scripting() -> bool:
    """Return False.

    Examples
    --------
    >>> import autograd
    >>> autograd.jit.is_scripting()
    False
    """
    return False


def is_tracing() -> bool:
    """Return False."""
    return False


def script(obj: _T, *args: Any, **options: Any) -> _T:
    """Return the function, class or module as it is, as PyTorch does under ``PYTORCH_JIT=0``.

    Examples
    --------
    >>> import autograd
    >>> @autograd.jit.script
    ... def twice(x: autograd.Tensor) -> autograd.Tensor:
    ...     return 2 * x
    >>> twice(autograd.tensor(2.0))
    tensor(4.)
    """
    return obj


def script_if_tracing(fn: _T) -> _T:
    """Return the function as it is."""
    return fn


_script_if_tracing = script_if_tracing


def unused(fn: _T) -> _T:
    """Return the method as it is."""
    return fn


def export(fn: _T) -> _T:
    """Return the method as it is."""
    return fn


def interface(obj: _T) -> _T:
    """Return the class as it is."""
    return obj


def ignore(drop: Any = False, **options: Any) -> Any:
    """Return the function as it is, or given none, a decorator that does so."""
    return drop if callable(drop) else lambda function: function


def annotate(the_type: Any, the_value: _T) -> _T:
    """Return the value."""
    return the_value


def _overload_method(method: Callable[..., Any]) -> Callable[..., Any]:
    """Return the signature as it is: the method of that name that follows takes its place, as in any Python class."""
    return method
