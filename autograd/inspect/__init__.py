"""Gradients one can see: explanations in numbers, figures, graph drawings, profiles.

Everything is loaded when it is first used; importing `autograd` costs nothing for it.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autograd.inspect.places import Place, Places

_HOMES = {
    "Place": "places",
    "Places": "places",
}

__all__ = [*_HOMES]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
