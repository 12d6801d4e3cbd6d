"""Layers and losses, a file a family; all of them are public in `nn`, and as in PyTorch found here too."""

from importlib import import_module
from importlib.util import find_spec
from typing import Any


def __getattr__(name: str) -> Any:
    """Load a family, or one of the layers, when it is first asked for."""
    if not name.startswith("__") and find_spec(f"{__name__}.{name}") is not None:
        return import_module(f"{__name__}.{name}")
    if name[0].isupper():
        return getattr(import_module("nn"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}", name=name)
