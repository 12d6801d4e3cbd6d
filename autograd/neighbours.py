"""The neighbouring packages under the names programs expect: ``autograd.nn``, ``autograd.optim``, ``autograd.utils``.

A program that says ``import autograd as torch`` goes on to say ``torch.nn.Linear``, ``torch.utils.data``. The
neighbours are imported when they are first asked for; nothing in this package uses them.
"""

from __future__ import annotations

import importlib
from types import SimpleNamespace
from typing import Any

from autograd.errors import describe

_PACKAGES = {"autograd": "autograd", "nn": "nn", "optim": "optim"}
_UTILITIES = {"checkpoint": "nn.utils.checkpoint", "data": "nn.data"}


def neighbour(name: str) -> Any:
    """Import a neighbour when it is first asked for."""
    if name in _PACKAGES:
        return importlib.import_module(_PACKAGES[name])
    if name == "utils":
        return SimpleNamespace(**{key: importlib.import_module(path) for key, path in _UTILITIES.items()})
    raise AttributeError(describe(f"module 'autograd' has no attribute '{name}'"), name=name)
