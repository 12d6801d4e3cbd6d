"""Public names explain themselves: a sentence, sections as numpydoc has them, and an example that doctest runs."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "docs"))
from make_api import NAMESPACES, families

SECTIONS = {
    "Parameters",
    "Attributes",
    "Returns",
    "Yields",
    "Raises",
    "Warns",
    "See Also",
    "Notes",
    "References",
    "Examples",
}
# What other styles call these sections, and slips of the pen.
OTHERS = {"Args", "Arguments", "Parameter", "Return", "Raise", "Example", "Note", "Reference", "Attribute", "Warnings"}

# Names without an example, by namespace.
WITHOUT: dict[str, str] = {}


def public(namespace: str) -> dict[str, Callable[..., Any]]:
    """Return the callables of a namespace by name; of several names for one thing, the one it calls itself."""
    module = import_module(namespace)
    found: dict[int, tuple[str, Callable[..., Any]]] = {}
    for name in (name for names in families(module).values() for name in names):
        value = getattr(module, name)
        if callable(value) and (id(value) not in found or getattr(value, "__name__", None) == name):
            found[id(value)] = name, value
    return dict(found.values())


def methods(namespace: str) -> Iterator[tuple[str, Callable[..., Any]]]:
    """Yield the public methods that the classes of a namespace define, under their dotted names."""
    for name, value in public(namespace).items():
        if inspect.isclass(value):
            for key, method in vars(value).items():
                if not key.startswith("_") and inspect.isfunction(method):
                    yield f"{name}.{key}", method


def sections(doc: str) -> dict[str, list[str]]:
    """Return the lines of each underlined section, the underline first, whether numpydoc knows the section or not."""
    found: dict[str, list[str]] = {}
    present: list[str] = []
    before = ""
    for line, following in pairwise([*doc.splitlines(), ""]):
        if not before and line[:1].strip() and re.fullmatch("-{3,}", following):
            present = found[line] = []
        else:
            present.append(line)
        before = line
    return found


def faults(value: Callable[..., Any]) -> Iterator[str]:
    """Yield what is wrong with the form of a docstring."""
    doc = inspect.getdoc(value)
    if not doc:
        yield "has no docstring"
        return
    first, *rest = doc.splitlines()
    if not re.match(r"[A-Z`:*\d]|[a-z]-", first) or not first.endswith(".") or (rest and rest[0]):
        yield f"begins with no sentence of one line: {first!r}"
    found = sections(doc)
    for title, body in found.items():
        if title not in SECTIONS or len(body[0]) != len(title):
            yield f"{title!r} is no section, or its line has another length"
    titles = [line for line in rest if line.strip(" :") in SECTIONS | OTHERS]
    if set(titles) - set(found) or len(titles) != len(set(titles)):
        yield f"has something meant as a section, or one twice, among {titles}"


def strangers(value: Callable[..., Any]) -> Iterator[str]:
    """Yield the names under Parameters that are none of the signature's."""
    for line in sections(inspect.getdoc(value) or "").get("Parameters", [])[1:]:
        if line[:1].strip():
            names = line.partition(" : ")[0].split(", ")
            yield from (name for name in names if name.lstrip("*") not in inspect.signature(value).parameters)


def has_example(value: Callable[..., Any]) -> bool:
    return any(line.startswith(">>> ") for line in sections(inspect.getdoc(value) or "").get("Examples", []))


def is_derived(namespace: str, value: Callable[..., Any]) -> bool:
    """Return whether a function is another's in-place twin or older name, and that one has an example."""
    text = re.fullmatch(r"(?:In-place form|Deprecated name) of `(\w+)`[.;].*", inspect.getdoc(value) or "")
    return text is not None and has_example(public(namespace).get(text[1], value))


@pytest.mark.parametrize("namespace", NAMESPACES)
def test_docstrings_have_numpydocs_form(namespace: str) -> None:
    named = [*public(namespace).items(), *methods(namespace)]
    found = [f"{name} {fault}" for name, value in named for fault in faults(value)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("namespace", NAMESPACES)
def test_what_stands_under_parameters_is_in_the_signature(namespace: str) -> None:
    named = [*public(namespace).items(), *methods(namespace)]
    found = [f"{name}: {stranger}" for name, value in named for stranger in strangers(value)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("namespace", NAMESPACES)
def test_there_is_an_example_but_where_the_table_says_not(namespace: str) -> None:
    """The table names no more than it must: what has an example is taken out of it."""
    everything = public(namespace).items()
    bare = [name for name, value in everything if not has_example(value) and not is_derived(namespace, value)]
    assert sorted(bare) == sorted(WITHOUT.get(namespace, "").split())
