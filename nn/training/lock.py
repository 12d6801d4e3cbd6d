"""A lock that keeps a folder to one process."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path
from typing import Self

from autograd.errors import describe

if sys.platform == "win32":
    import msvcrt

    def _take(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _take(descriptor: int) -> None:
        # A record lock and no flock: worker processes inherit the latter, and would keep it after our death.
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


__all__ = ["FolderLock", "LockedError"]


class LockedError(RuntimeError):
    """Another process has the folder.

    Examples
    --------
    >>> import subprocess, sys, tempfile
    >>> other = "import sys, nn.training; nn.training.FolderLock(sys.argv[1]).__enter__()"
    >>> with tempfile.TemporaryDirectory() as folder, FolderLock(folder):
    ...     ended = subprocess.run([sys.executable, "-c", other, folder], capture_output=True, text=True)
    >>> "LockedError" in ended.stderr
    True
    """


class FolderLock:
    """Inside a ``with`` block, no other process can have the folder.

    The system takes the lock back when its process ends, however it ends: none is ever left behind. The file
    ``.lock`` stays, and says who had it last.

    Parameters
    ----------
    folder : path

    Raises
    ------
    LockedError
        If another process has it.
    OSError
        If the folder cannot be written to.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder, FolderLock(folder):
    ...     Path(folder, ".lock").read_text() == f"{os.getpid()} on {socket.gethostname()}"
    True
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self._path = Path(folder, ".lock")

    def __enter__(self) -> Self:
        self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            _take(self._descriptor)
        except OSError as error:
            owner = os.read(self._descriptor, 200).decode(errors="replace")
            os.close(self._descriptor)
            raise LockedError(
                describe(
                    f"{self._path.parent} is in use by process {owner or 'unknown'}",
                    fix="wait for it, end it, or choose another folder",
                )
            ) from error
        os.truncate(self._descriptor, 0)
        os.write(self._descriptor, f"{os.getpid()} on {socket.gethostname()}".encode())
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._descriptor)
