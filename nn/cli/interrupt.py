"""Ctrl-C as a wish that is granted at the next safe moment."""

from __future__ import annotations

import signal
import threading
from types import FrameType
from typing import Any, Self

__all__ = ["Interrupts", "StoppedError"]


class StoppedError(Exception):
    """The user has asked to stop, and it was safe to."""


class Interrupts:
    """Inside a ``with`` block the first SIGINT or SIGTERM is noted, and the second one acts at once.

    Attributes
    ----------
    requested : bool
        Whether there was one.
    """

    def __init__(self) -> None:
        self.requested = False
        self._before: dict[signal.Signals, Any] = {}

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self.requested:
            raise KeyboardInterrupt
        self.requested = True

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                self._before[number] = signal.signal(number, self._note)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
