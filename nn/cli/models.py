"""Models by what the user calls them: a name, a file of weights, a folder of results, or a class in a Python file."""

from __future__ import annotations

import argparse
import importlib.util
import sys
from pathlib import Path
from typing import Any

import autograd
from nn.cli.errors import CommandError, UsageError, one_line, suggestion
from nn.cli.weights import load_trained
from nn.models import MODELS, create_model
from nn.module import Module

__all__ = ["find_model", "input_size"]


def find_model(name: str, arguments: argparse.Namespace) -> tuple[Module, tuple[int, int, int]]:
    """Return a model, and channels, height and width of its images.

    Raises
    ------
    UsageError
        If there is no such model.
    CommandError
        If it cannot be loaded or built.
    """
    if name in MODELS:
        channels, height, width = input_size(arguments)
        try:
            return create_model(name, channels, arguments.classes, (height, width)), (channels, height, width)
        except ValueError as error:
            raise UsageError(one_line(error)) from None
    file, colon, attribute = name.rpartition(":")
    if colon and file.endswith(".py"):
        return _from_file(Path(file), attribute), input_size(arguments)
    if Path(name).exists():
        model, description = load_trained(name)
        return model, (description.in_channels, *description.image_size)
    known = ", ".join(sorted(MODELS))
    raise UsageError(f"{name!r} is no model (known: {known}), no file and no folder{suggestion(name, MODELS)}")


def input_size(arguments: argparse.Namespace) -> tuple[int, int, int]:
    """Return channels, height and width from the options.

    Raises
    ------
    UsageError
        If more than two sides are given.
    """
    sides = arguments.image_size
    if len(sides) > 2:
        raise UsageError(f"--image-size takes one number or two, not {len(sides)}")
    return arguments.channels, sides[0], sides[-1]


def _from_file(path: Path, attribute: str) -> Module:
    """Run a Python file and build what it calls `attribute`, without arguments."""
    module = _run(path)
    if not hasattr(module, attribute):
        raise UsageError(f"{path} defines no {attribute!r}{suggestion(attribute, vars(module))}")
    made = getattr(module, attribute)
    if not isinstance(made, Module):
        try:
            made = made()
        except Exception as error:
            raise CommandError(f"{path}: {attribute}() failed: {one_line(error)}") from error
    if not isinstance(made, Module):
        raise UsageError(f"{path}: {attribute} is no nn.Module and makes none")
    return made


def _run(path: Path) -> Any:
    if not path.is_file():
        raise CommandError(f"{path}: No such file")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise CommandError(f"{path} cannot be loaded as Python")
    module = importlib.util.module_from_spec(spec)
    # Its own imports are looked for beside it, as if it were run as a program.
    sys.path.insert(0, str(path.parent.resolve()))
    autograd.manual_seed(0)
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise CommandError(f"{path}: {type(error).__name__}: {one_line(error)}") from error
    return module
