"""``mpiexec -n N convgrad train``: each process is watched, shares the work, and does not outlive the others.

A process that MPI's launcher has started runs the command in a child of its own and waits for it. So it can tell which
rank was killed, and by what, whatever happened to it; the launcher then ends the other ranks.
"""

from __future__ import annotations

import argparse
import os
import platform
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from autograd import distributed
from nn.cli.errors import FAILURE, MISUSE, CommandError, UsageError, one_line
from nn.cli.reports import Reporter
from nn.cli.training import Training
from nn.training import Checkpoints, evaluate

__all__ = ["FollowingTraining", "Silence", "run_watched"]

_WATCHED = "CONVGRAD_RANK_IS_WATCHED"
#: Seconds that other ranks leave the first one for telling what all of them have met.
_COURTESY = 0.5


def run_watched(command: Callable[[argparse.Namespace], int], arguments: argparse.Namespace) -> int:
    """Run a command as one of several ranks.

    Parameters
    ----------
    command : callable
        Returns an exit status, or raises what `nn.cli.main` tells of.
    arguments : argparse.Namespace

    Returns
    -------
    int
        The exit status; where this rank fails, all of them are ended and nothing is returned.
    """
    if _WATCHED not in os.environ:
        return _watch()
    _end_with_parent()
    try:
        distributed.init_process_group("mpi")
    except (ImportError, RuntimeError) as error:
        raise CommandError(one_line(error)) from None
    try:
        status = command(arguments)
    except UsageError as error:
        _fail(one_line(error), MISUSE)
    except (CommandError, OSError, MemoryError) as error:
        _fail(one_line(error), FAILURE)
    except KeyboardInterrupt:
        _fail("interrupted", 128 + 2)
    distributed.barrier()
    distributed.destroy_process_group()
    return status


def _fail(reason: str, status: int) -> None:
    """Tell what went wrong, and end all ranks; what all of them have met, the first one tells."""
    if distributed.get_rank():
        time.sleep(_COURTESY)
    print(f"convgrad: error: {reason}", file=sys.stderr)
    distributed.abort("this error", status)


def _watch() -> int:
    """Run this very command again as a child, and tell by which signal it was ended, if it was."""
    for number in (signal.SIGINT, signal.SIGTERM):
        # They reach the child as well, for the launcher sends them to both.
        signal.signal(number, signal.SIG_IGN)
    # The launcher's connection is an inherited file descriptor.
    child = subprocess.Popen(
        [sys.executable, *sys.orig_argv[1:]], env={**os.environ, _WATCHED: "1"}, close_fds=False, restore_signals=True
    )
    status = child.wait()
    if status >= 0:
        return status
    print(
        f"convgrad: rank {distributed.launched_rank()} of {distributed.launched_ranks()} (process {child.pid} on "
        f"{platform.node()}) was ended by {signal.Signals(-status).name}; the other ranks end with it, and the last "
        "checkpoint is whole: convgrad train --resume goes on from there",
        file=sys.stderr,
        flush=True,
    )
    return 128 - status


def _end_with_parent() -> None:
    """Ask Linux to kill this process when its parent dies, as when the launcher ends all ranks."""
    if not sys.platform.startswith("linux"):
        return
    import ctypes

    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)


class Silence(Reporter):
    """Tells nothing: the first rank does."""

    def __init__(self) -> None:
        super().__init__(quiet=True)

    def event(self, name: str, text: str, **facts: Any) -> None:
        """Tell nothing."""


class _Nowhere:
    """Takes what the first rank writes to files.

    Parameters
    ----------
    folder : Path
        Where that is.
    """

    def __init__(self, folder: Path) -> None:
        self._checkpoints = Checkpoints(folder / "checkpoints")

    def paths(self) -> list[Path]:
        """Return the first rank's checkpoints."""
        return self._checkpoints.paths()

    def save(self, state: Any, step: int, best: bool = False) -> None:
        """Write no checkpoint."""

    def add(self, row: Any) -> None:
        """Write no metrics."""


class FollowingTraining(Training):
    """Takes part in a training whose files and words are those of the first rank."""

    def open_files(self, folder: Path) -> None:
        """Open none."""
        self.folder = folder
        self.checkpoints = self.metrics = _Nowhere(folder)  # type: ignore[assignment]

    def save(self, path: Path) -> None:
        """Save nothing."""

    def _draw(self) -> None:
        with self._weights():
            evaluate(self.model, self.tests)
