"""Writes the pages of the reference, one a namespace, for Sphinx to fill from the docstrings."""

from __future__ import annotations

import inspect
import types
from importlib import import_module
from pathlib import Path

from make_api import NAMESPACES, families

__all__ = ["write_reference"]


def _directive(path: str, name: str, seen: set[type]) -> str:
    """Return the directive that documents one public name; the index has a class once, at its first name."""
    value = getattr(import_module(path), name)
    if inspect.isclass(value):
        members = [
            member
            for member, held in vars(value).items()
            if not member.startswith("_") and inspect.getdoc(held) and isinstance(held, types.FunctionType | property)
        ]
        listed = f"\n   :members: {', '.join(members)}" if members else ""
        again = "\n   :no-index:" if value in seen else ""
        seen.add(value)
        return f".. autoclass:: {path}.{name}{listed}{again}\n"
    if callable(value):
        return f".. autofunction:: {path}.{name}\n"
    own = type(value).__module__.partition(".")[0] in {"autograd", "nn", "optim"}
    return f".. autodata:: {path}.{name}\n   :no-value:\n" if own else f".. py:data:: {path}.{name}\n"


def _page(path: str, about: str, seen: set[type]) -> str:
    """Return the page of a namespace: its names by family."""
    lines = [path, "=" * len(path), "", about, ""]
    for family, names in families(import_module(path)).items():
        lines += [family.capitalize(), "-" * len(family), "", *(_directive(path, name, seen) for name in names)]
    return "\n".join(lines) + "\n"


def write_reference(folder: Path) -> None:
    """Write the pages and their index into `folder`; pages that would not change keep their date."""
    folder.mkdir(exist_ok=True)
    seen: set[type] = set()
    pages = {path: _page(path, about, seen) for path, about in NAMESPACES.items()}
    listed = "".join(f"   {path}\n" for path in pages)
    pages["index"] = f"Reference\n=========\n\n.. toctree::\n   :maxdepth: 1\n\n{listed}"
    for path, text in pages.items():
        file = folder / f"{path}.rst"
        if not file.exists() or file.read_text() != text:
            file.write_text(text)
