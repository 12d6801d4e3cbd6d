"""What a training shows: a line for each epoch, a bar within one on a terminal, or JSON."""

from __future__ import annotations

import importlib.util
import json
import sys
import time
from collections.abc import Mapping
from typing import Any, Protocol

__all__ = ["Reporter", "duration"]


def duration(seconds: float) -> str:
    """Write a time as minutes and seconds, or hours before them.

    Examples
    --------
    >>> duration(71), duration(3671)
    ('1:11', '1:01:11')
    """
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


class _Bar(Protocol):
    def update(self, seen: int, text: str) -> None: ...
    def close(self) -> None: ...


class _NoBar:
    def update(self, seen: int, text: str) -> None:
        """Show nothing: nobody watches."""

    def close(self) -> None:
        """Do nothing."""


class _Line:
    """One line that is written over, at most ten times a second."""

    def __init__(self, total: int, title: str, seen: int) -> None:
        self._total, self._title, self._first = total, title, seen
        self._start = time.monotonic()
        self._due = 0.0
        self._width = 0

    def update(self, seen: int, text: str) -> None:
        if time.monotonic() >= self._due:
            rate = (seen - self._first) / max(time.monotonic() - self._start, 1e-9)
            left = duration((self._total - seen) / max(rate, 1e-9))
            line = f"{self._title}  {100 * seen // self._total:3}%  {text}, {rate:,.0f} images/s, {left} left"
            self._write(line)
            self._due = time.monotonic() + 0.1

    def _write(self, line: str) -> None:
        sys.stderr.write(f"\r{line:<{self._width}}")
        sys.stderr.flush()
        self._width = len(line)

    def close(self) -> None:
        self._write("")
        sys.stderr.write("\r")


class _Tqdm:
    def __init__(self, total: int, title: str, seen: int) -> None:
        from tqdm import tqdm

        self._bar = tqdm(desc=title, total=total, initial=seen, unit=" images", leave=False, file=sys.stderr)

    def update(self, seen: int, text: str) -> None:
        self._bar.set_postfix_str(text, refresh=False)
        self._bar.update(seen - self._bar.n)

    def close(self) -> None:
        self._bar.close()


class Reporter:
    """Tells the user what happens, on standard output; the bar within an epoch goes to standard error.

    Parameters
    ----------
    as_json : bool
        Write an object a line instead of sentences, and no bar.
    quiet : bool
        Show no bar.
    """

    def __init__(self, as_json: bool = False, quiet: bool = False) -> None:
        self._json = as_json
        self._watched = not (as_json or quiet) and sys.stderr.isatty()
        self._bar: _Bar = _NoBar()

    def event(self, name: str, text: str, **facts: Any) -> None:
        """Tell one thing: the sentence, or the facts in JSON."""
        print(json.dumps({"event": name, **facts}) if self._json else text, flush=True)

    def begin_epoch(self, title: str, total: int, seen: int) -> None:
        """Open the bar of an epoch of `total` images, of which `seen` are done."""
        if self._watched:
            has_tqdm = importlib.util.find_spec("tqdm") is not None
            self._bar = _Tqdm(total, title, seen) if has_tqdm else _Line(total, title, seen)

    def step(self, seen: int, loss: float, accuracy: float) -> None:
        """Move the bar."""
        self._bar.update(seen, f"loss {loss:.4f}, accuracy {accuracy:.1%}")

    def end_epoch(self) -> None:
        """Take the bar away."""
        self._bar.close()
        self._bar = _NoBar()

    def epoch(self, row: Mapping[str, Any], epochs: int) -> None:
        """Tell the metrics of an epoch."""
        text = (
            f"epoch {row['epoch']:{len(str(epochs))}}/{epochs}  loss {row['train_loss']:.4f}  "
            f"train {row['train_accuracy']:6.2%}  test {row['test_accuracy']:6.2%}  lr {row['lr']:.2e}  "
            f"{row['images_per_second']:,.0f} images/s  {row['seconds']:.1f} s"
        )
        if row["epoch"] < epochs:
            text += f"  {duration(row['seconds'] * (epochs - row['epoch']))} left"
        self.event("epoch", text, **row)
