"""Building modules without drawing initial values."""

from __future__ import annotations

import inspect
from typing import Any, TypeVar

from autograd.errors import describe
from nn import init
from nn.module import Module

__all__ = ["skip_init"]

M = TypeVar("M", bound=Module)


def skip_init(module_cls: type[M], *args: Any, **kwargs: Any) -> M:
    """Return ``module_cls(*args, **kwargs)`` with its parameters' values left unset, to be loaded afterwards.

    Parameters
    ----------
    module_cls : type
        A module class whose constructor takes ``device``.
    *args, **kwargs
        For the constructor.

    Raises
    ------
    RuntimeError
        If `module_cls` is not a module class, or takes no ``device``.

    Examples
    --------
    >>> import nn
    >>> skip_init(nn.Linear, 10, 5)
    Linear(in_features=10, out_features=5, bias=True)
    """
    if not isinstance(module_cls, type) or not issubclass(module_cls, Module):
        raise RuntimeError(describe(f"Expected a Module; got {module_cls}"))
    if "device" not in inspect.signature(module_cls).parameters:
        raise RuntimeError(describe("Module must support a 'device' arg to skip initialization"))
    with init.skipped():
        return module_cls(*args, **kwargs)
