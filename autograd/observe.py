"""Watching operations run: several observers at once, and where in the user's code and model an operation stands."""

from __future__ import annotations

import linecache
import os
import sys
from pathlib import Path
from typing import Any, NamedTuple, Self

from autograd.config import MODES, Setting
from autograd.node import Node, Observer
from autograd.tensor import Tensor

__all__ = ["Locator", "Place", "Source", "error_source", "joined", "observing", "user_source", "watching"]

_OWN = tuple(f"{Path(__file__).parent.parent / package}{os.sep}" for package in ("autograd", "nn", "optim"))


class _Several(Observer):
    """Passes everything on to observers: in order on the way in, in reverse on the way out."""

    def __init__(self, members: tuple[Any, ...]) -> None:
        self.members = members

    def before_forward(self, op: type[Node], inputs: tuple[Any, ...], params: dict[str, Any]) -> None:
        for member in self.members:
            member.before_forward(op, inputs, params)

    def after_forward(self, node: Node, inputs: tuple[Any, ...], outputs: tuple[Tensor, ...]) -> None:
        for member in reversed(self.members):
            member.after_forward(node, inputs, outputs)

    def before_backward(self, node: Node, grads: list[Tensor | None]) -> None:
        for member in self.members:
            member.before_backward(node, grads)

    def after_backward(self, node: Node, grads: list[Tensor | None], results: tuple[Tensor | None, ...]) -> None:
        for member in reversed(self.members):
            member.after_backward(node, grads, results)

    def before_change(self, x: Tensor, change: str) -> None:
        for member in self.members:
            member.before_change(x, change)

    def enter_module(self, module: Any) -> None:
        for member in self.members:
            member.enter_module(module)

    def exit_module(self, module: Any) -> None:
        for member in reversed(self.members):
            member.exit_module(module)


def watching() -> tuple[Any, ...]:
    """Return the observers that are set, the outermost first."""
    present = MODES.get().observer
    if present is None:
        return ()
    return present.members if isinstance(present, _Several) else (present,)


def joined(observers: tuple[Any, ...]) -> Any:
    """Return what stands for several observers in `autograd.config.Modes.observer`."""
    if len(observers) < 2:
        return observers[0] if observers else None
    return _Several(observers)


class observing(Setting):  # noqa: N801
    """Let an observer watch, beside those that do already. A context manager and a decorator.

    Parameters
    ----------
    observer : Observer
    """

    def __init__(self, observer: Observer) -> None:
        super().__init__()
        self.observer = observer

    def __enter__(self) -> Self:
        self._changes = {"observer": joined((*watching(), self.observer))}
        return super().__enter__()

    def _fresh(self) -> Setting:
        return observing(self.observer)


class Source(NamedTuple):
    """A line of code: file, number and the function it is in."""

    file: str
    line: int
    function: str

    @property
    def code(self) -> str:
        """The line's text; empty if it cannot be read."""
        return linecache.getline(self.file, self.line).strip()

    def __str__(self) -> str:
        code = self.code
        return f"{self.file}:{self.line}, in {self.function}" + (f": {code}" if code else "")


def user_source() -> Source | None:
    """Return the innermost line being run that does not belong to these packages."""
    frame = sys._getframe(1)
    while frame is not None:
        # Python's own machinery (`runpy`, imports) is nobody's code either.
        if not frame.f_code.co_filename.startswith((*_OWN, "<frozen ")):
            return Source(frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name)
        frame = frame.f_back  # type: ignore[assignment]
    return None


def error_source(error: BaseException) -> Source | None:
    """Return the innermost line an error went through that does not belong to these packages."""
    found, trace = None, error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        if not code.co_filename.startswith(_OWN):
            found = Source(code.co_filename, trace.tb_lineno, code.co_name)
        trace = trace.tb_next
    return found


class Place(NamedTuple):
    """Where an operation stands.

    Attributes
    ----------
    source : Source or None
        The user's line that called it.
    modules : tuple of Module
        The modules that were running, the outermost first.
    """

    source: Source | None
    modules: tuple[Any, ...]

    @property
    def layer(self) -> str:
        """The innermost module's path and class, such as ``"features.3 (Conv2d)"``; empty outside of modules."""
        if not self.modules:
            return ""
        root, innermost = self.modules[0], self.modules[-1]
        path = next((path for path, module in root.named_modules() if module is innermost), "")
        return f"{path or '(the model itself)'} ({type(innermost).__name__})"


class Locator(Observer):
    """An observer that knows which modules are running."""

    def __init__(self) -> None:
        self._modules: list[Any] = []

    def enter_module(self, module: Any) -> None:
        """Take note of the module."""
        self._modules.append(module)

    def exit_module(self, module: Any) -> None:
        """Forget it."""
        self._modules.pop()

    def place(self) -> Place:
        """Return where the operation stands that is being run."""
        return Place(user_source(), tuple(self._modules))
