"""Naive, independent references: every op's definition in plain NumPy, under the op's public name.

A reference takes PyTorch's arguments with ndarrays in place of tensors and returns an ndarray or a tuple of ndarrays.
Each family is one module with a dictionary ``TABLE`` from public names to functions. Nothing here imports the packages
under test.
"""

from collections.abc import Callable
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

__all__ = ["REFERENCES", "names", "reference"]

Reference = Callable[..., Any]


def _collect() -> dict[str, Reference]:
    collected: dict[str, Reference] = {}
    for module in iter_modules(__path__):
        table = getattr(import_module(f"{__name__}.{module.name}"), "TABLE", {})
        if twice := collected.keys() & table.keys():
            raise ValueError(f"{module.name}: {sorted(twice)} already have a reference in another family")
        collected |= table
    return collected


REFERENCES = _collect()


def reference(name: str) -> Reference:
    """Return the reference of a public name: ``"conv2d"``, or ``"linalg.det"``, for which ``"det"`` serves too."""
    if name in REFERENCES:
        return REFERENCES[name]
    try:
        return REFERENCES[name.rpartition(".")[2]]
    except KeyError:
        raise KeyError(f"{name} has no independent reference in tests/references/") from None


def names() -> list[str]:
    """Return every name that has a reference, sorted."""
    return sorted(REFERENCES)
