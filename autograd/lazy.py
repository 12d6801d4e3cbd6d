"""Public names that are imported when they are first used, so that importing the packages costs next to nothing.

A package's public names are written down once, in its stub file ``__init__.pyi``, which type checkers read as it is;
at run time `attach_stub` reads the same file (Scientific Python's SPEC 1, "Lazy loading of submodules and functions").
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from importlib import import_module
from pathlib import Path
from typing import Any

from autograd.errors import describe

__all__ = ["attach_stub", "left_out"]


def _public(package: str, stub: Path) -> dict[str, tuple[str, str]]:
    """Return for each public name of a stub its module, and its name there; empty for a module itself.

    Public is, by the rule of stub files, what is imported ``as`` itself, and what is assigned.
    """
    sources: dict[str, tuple[str, str]] = {}
    public: dict[str, tuple[str, str]] = {}
    for node in ast.parse(stub.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom) and node.module is not None:
            for alias in node.names:
                name, inner = alias.name, node.module != package
                sources[name] = (node.module, name) if inner else (f"{package}.{name}", "")
                if alias.asname == name:
                    public[name] = sources[name]
        elif (
            isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and isinstance(node.value, ast.Name)
        ):
            public[node.targets[0].id] = sources[node.value.id]
    return public


def left_out(package: str, reasons: Mapping[str, str]) -> Callable[[str], Any]:
    """Return what answers for names that a package of PyTorch's has and this one has not, by intention.

    Parameters
    ----------
    package : str
        Its ``__name__``.
    reasons : mapping of str to str
        What such names are, by patterns of them, separated by spaces.
    """

    def refuse(name: str) -> Any:
        message = f"module {package!r} has no attribute {name!r}"
        for patterns, reason in reasons.items():
            if any(fnmatchcase(name, pattern) for pattern in patterns.split()):
                message = describe(
                    message,
                    rule=f"{reason} are left out; docs/differences.md lists all that is",
                    fix="write it as a module of its own, from the operations that are there",
                )
        raise AttributeError(message, name=name, obj=sys.modules[package])

    return refuse


def attach_stub(
    package: str, file: str, otherwise: Callable[[str], Any] | None = None
) -> tuple[Callable[[str], Any], Callable[[], list[str]], list[str]]:
    """Return the ``__getattr__``, ``__dir__`` and ``__all__`` of a package whose public names its stub imports.

    Parameters
    ----------
    package : str
        Its ``__name__``.
    file : str
        Its ``__file__``; the stub lies beside it.
    otherwise : callable, optional
        Gives the names that the stub does not have.

    Returns
    -------
    tuple of (callable, callable, list of str)
    """
    names = _public(package, Path(file).with_suffix(".pyi"))
    public = sorted(names)

    def load(name: str) -> Any:
        if name not in names:
            if otherwise is not None:
                return otherwise(name)
            raise AttributeError(f"module {package!r} has no attribute {name!r}", name=name, obj=sys.modules[package])
        module, inner = names[name]
        value = import_module(module)
        if inner:
            value = getattr(value, inner)
        # A function may have the name of the module it lives in: it is put in the module's place.
        setattr(sys.modules[package], name, value)
        return value

    return load, lambda: sorted({*vars(sys.modules[package]), *public}), public
