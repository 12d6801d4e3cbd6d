"""Switches of PyTorch that programs set at their beginning: accepted, and without effect, as there is one way here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = [
    "are_deterministic_algorithms_enabled",
    "compile",
    "set_float32_matmul_precision",
    "use_deterministic_algorithms",
]


def use_deterministic_algorithms(mode: bool, *, warn_only: bool = False) -> None:
    """Do nothing: every operation gives the same result each time, on the same machine with as many threads.

    Examples
    --------
    >>> import autograd
    >>> autograd.use_deterministic_algorithms(False)
    >>> autograd.are_deterministic_algorithms_enabled()
    True
    """


def are_deterministic_algorithms_enabled() -> bool:
    """Return True.

    Examples
    --------
    >>> import autograd
    >>> autograd.are_deterministic_algorithms_enabled()
    True
    """
    return True


def set_float32_matmul_precision(precision: str) -> None:
    """Do nothing: products of matrices are computed in the precision of their elements.

    Examples
    --------
    >>> import autograd
    >>> autograd.set_float32_matmul_precision("medium")
    >>> (autograd.ones(1, 1) @ autograd.tensor([[1 + 2.0**-20]])).item() == 1 + 2.0**-20
    True
    """


def compile(model: Callable[..., Any] | None = None, **options: Any) -> Any:
    """Return the function or module as it is: there is no compiler. Without one, return a decorator that does so.

    Examples
    --------
    >>> import autograd, nn
    >>> model = nn.ReLU()
    >>> autograd.compile(model) is model
    True
    """
    return model if model is not None else lambda function: function
