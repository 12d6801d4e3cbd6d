"""The one table of translations: every operation and function that can be written as ONNX."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

__all__ = ["CHOICES", "TRANSLATIONS", "renamed", "translates"]

#: Functions that are recorded in any case.
RECORDED = ("cast", "setitem")

Translation = Callable[..., Any]
F = TypeVar("F", bound=Translation)

#: By name. An operation's (capitalised) is called with the graph, its inputs, and its parameters as keywords; a
#: function's with the graph, and its arguments as keywords. It returns the name of the output, or a list of names.
TRANSLATIONS: dict[str, Translation] = {}

#: The functions among them; some only where a condition on their arguments holds, else their operations are translated.
CHOICES: dict[str, Callable[..., bool] | None] = {}


def translates(*names: str, when: Callable[..., bool] | None = None) -> Callable[[F], F]:
    """Enter a translation of operations or functions."""

    def enter(translation: F) -> F:
        for name in names:
            TRANSLATIONS[name] = translation
            if not name[0].isupper() and name not in RECORDED:
                CHOICES[name] = when
        return translation

    return enter


def renamed(**operators: str) -> None:
    """Enter operations that ONNX has under some name, with the same inputs and no attributes."""
    for name, operator in operators.items():

        def translation(g: Any, *inputs: Any, operator: str = operator) -> Any:
            peer = next(x for x in inputs if hasattr(x, "dtype"))
            return g.add(operator, *(x if hasattr(x, "dtype") else g.number(x, peer) for x in inputs))

        TRANSLATIONS[name] = translation
