"""What model files say to PyTorch's symbolic tracer, which does not exist here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = ["wrap"]


def wrap(fn_or_name: str | Callable[..., Any]) -> str | Callable[..., Any]:
    """Return the function, or its name, as it is: nothing is traced that could be kept from it.

    Examples
    --------
    >>> import autograd
    >>> @autograd.fx.wrap
    ... def pixels(x: autograd.Tensor) -> int:
    ...     return x.shape[-2] * x.shape[-1]
    >>> pixels(autograd.zeros(1, 3, 4, 5))
    20
    """
    return fn_or_name
