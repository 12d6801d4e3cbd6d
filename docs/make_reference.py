"""Writes the pages of the reference, one a namespace, for Sphinx to fill from the docstrings."""

from __future__ import annotations

import inspect
import types
from importlib import import_module
from pathlib import Path

from make_api import NAMESPACES, families

__all__ = ["write_reference"]

PACKAGES = {"autograd", "nn", "optim"}


def _classes() -> set[type]:
    """Return the classes that have public names."""
    modules = map(import_module, NAMESPACES)
    named = (getattr(module, name) for module in modules for names in families(module).values() for name in names)
    return {value for value in named if inspect.isclass(value)}


def _members(value: type, public: set[type]) -> list[str]:
    """Return the methods and properties that a class adds to its public bases, those of its private bases included."""
    inherited = {base for other in public & {*value.__mro__[1:]} for base in other.__mro__}
    known = {name for base in inherited for name in vars(base)}
    held = dict(vars(value))
    for base in value.__mro__[1:]:
        if base not in inherited and base.__module__.partition(".")[0] in PACKAGES:
            held |= {name: member for name, member in vars(base).items() if name not in known | held.keys()}
    return [
        name
        for name, member in held.items()
        if not name.startswith("_") and inspect.getdoc(member) and isinstance(member, types.FunctionType | property)
    ]


def _directive(path: str, name: str, public: set[type], seen: set[type]) -> str:
    """Return the directive that documents one public name; the index has a class once, at its first name."""
    value = getattr(import_module(path), name)
    if inspect.isclass(value):
        members = _members(value, public)
        listed = f"\n   :members: {', '.join(members)}" if members else ""
        again = "\n   :no-index:" if value in seen else ""
        seen.add(value)
        return f".. autoclass:: {path}.{name}{listed}{again}\n"
    if callable(value):
        return f".. autofunction:: {path}.{name}\n"
    own = type(value).__module__.partition(".")[0] in PACKAGES
    return f".. autodata:: {path}.{name}\n   :no-value:\n" if own else f".. py:data:: {path}.{name}\n"


def _page(path: str, about: str, public: set[type], seen: set[type]) -> str:
    """Return the page of a namespace: its names by family."""
    lines = [path, "=" * len(path), "", about, ""]
    for family, names in families(import_module(path)).items():
        lines += [family.capitalize(), "-" * len(family), "", *(_directive(path, name, public, seen) for name in names)]
    return "\n".join(lines) + "\n"


def write_reference(folder: Path) -> None:
    """Write the pages and their index into `folder`; pages that would not change keep their date."""
    folder.mkdir(exist_ok=True)
    public, seen = _classes(), set[type]()
    pages = {path: _page(path, about, public, seen) for path, about in NAMESPACES.items()}
    listed = "".join(f"   {path}\n" for path in pages)
    pages["index"] = f"Reference\n=========\n\n.. toctree::\n   :maxdepth: 1\n\n{listed}"
    for path, text in pages.items():
        file = folder / f"{path}.rst"
        if not file.exists() or file.read_text() != text:
            file.write_text(text)
