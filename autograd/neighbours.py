"""What programs expect under ``autograd`` that is at home elsewhere.

A program that says ``import autograd as torch`` goes on to say ``torch.nn.Linear``, ``torch.utils.data``: neighbouring
packages, imported when they are first asked for; nothing in this package uses them. It says ``torch.relu_(x)``, too: an
in-place function is the tensor's method of that name.
"""

from __future__ import annotations

import importlib
from types import SimpleNamespace
from typing import Any

from autograd.errors import describe
from autograd.tensor import Tensor

_PACKAGES = {"autograd": "autograd", "nn": "nn", "optim": "optim"}
_UTILITIES = {"checkpoint": "nn.utils.checkpoint", "data": "nn.data"}


def neighbour(name: str) -> Any:
    """Return a neighbouring package, or an in-place method as a function, when it is first asked for."""
    if name in _PACKAGES:
        return importlib.import_module(_PACKAGES[name])
    if name == "utils":
        return SimpleNamespace(**{key: importlib.import_module(path) for key, path in _UTILITIES.items()})
    if name.endswith("_") and not name.startswith("_") and hasattr(Tensor, name):
        return getattr(Tensor, name)
    raise AttributeError(describe(f"module 'autograd' has no attribute '{name}'"), name=name)
