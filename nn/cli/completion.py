"""What the tab key offers, by argcomplete, the extra ``completion``."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterable
from typing import Any

from autograd.selftest import operation_names
from nn.cli.surfaces import SURFACES
from nn.models import MODELS

__all__ = ["complete"]


def complete(parser: argparse.ArgumentParser) -> None:
    """Answer the shell that has called this program to be told what may come next; does not return.

    Parameters
    ----------
    parser : ArgumentParser
    """
    try:
        import argcomplete
    except ImportError:
        # Whoever presses the tab key must never start a command.
        os._exit(1)
    files = argcomplete.completers.FilesCompleter()

    def models(prefix: str, **_: object) -> list[str]:
        return [*MODELS, *files(prefix)]

    _attach(parser, {"model": models, "courses": _among([*SURFACES, "digits"]), "names": _among(operation_names())})
    argcomplete.autocomplete(parser)


def _among(names: Iterable[str]) -> Callable[..., list[str]]:
    return lambda prefix="", **_: [name for name in names if name.startswith(prefix)]


def _attach(parser: argparse.ArgumentParser, positional: dict[str, Callable[..., list[str]]]) -> None:
    """Tell each argument what completes it: a reader of names knows them; for others, files are offered."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                _attach(command, positional)
        found: Any = getattr(action.type, "complete", None)
        if not action.option_strings:
            found = positional.get(action.dest, found)
        if found is not None:
            action.completer = found  # type: ignore[attr-defined]
