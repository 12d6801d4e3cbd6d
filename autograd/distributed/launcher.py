"""The launcher that started this process, and the MPI library, which is loaded when it is needed."""

from __future__ import annotations

import importlib
import importlib.util
import os
from collections.abc import Sequence
from typing import Any

from autograd.errors import describe

__all__ = ["is_available", "is_mpi_available", "launched_rank", "launched_ranks", "load_mpi"]

# What the launchers of MPICH, Open MPI, MVAPICH and Intel MPI tell their processes.
_SIZES = ("PMI_SIZE", "OMPI_COMM_WORLD_SIZE", "MV2_COMM_WORLD_SIZE")
_RANKS = ("PMI_RANK", "OMPI_COMM_WORLD_RANK", "MV2_COMM_WORLD_RANK")


def launched_ranks() -> int:
    """Return how many processes an MPI launcher has started together with this one; 1 without a launcher.

    Reads the launcher's variables only: mpi4py is not imported.

    Examples
    --------
    On each of two processes:

    >>> from autograd import distributed
    >>> distributed.launched_ranks()  # doctest: +SKIP
    2
    """
    return max(1, _told(_SIZES, 1))


def launched_rank() -> int:
    """Return the number that an MPI launcher has given to this process; 0 without a launcher.

    Examples
    --------
    On each of two processes:

    >>> from autograd import distributed
    >>> distributed.launched_rank() in (0, 1)  # doctest: +SKIP
    True
    """
    return _told(_RANKS, 0)


def _told(names: Sequence[str], otherwise: int) -> int:
    for name in names:
        if os.environ.get(name, "").isdigit():
            return int(os.environ[name])
    return otherwise


def is_available() -> bool:
    """Return whether mpi4py is installed.

    Examples
    --------
    On each of two processes:

    >>> from autograd import distributed
    >>> distributed.is_available()  # doctest: +SKIP
    True
    """
    return importlib.util.find_spec("mpi4py") is not None


def is_mpi_available() -> bool:
    """Return whether mpi4py is installed; the same as `is_available`.

    Examples
    --------
    On each of two processes:

    >>> from autograd import distributed
    >>> distributed.is_mpi_available()  # doctest: +SKIP
    True
    """
    return is_available()


def load_mpi() -> Any:
    """Import mpi4py, which starts MPI.

    Raises
    ------
    ImportError
        If mpi4py, or the MPI library it needs, is not installed.
    """
    try:
        return importlib.import_module("mpi4py.MPI")
    except (ImportError, RuntimeError) as error:
        raise ImportError(
            describe(
                "several processes need mpi4py and an MPI library",
                op="init_process_group",
                rule=str(error).splitlines()[-1].strip() or type(error).__name__,
                fix="python -m pip install 'convgrad[mpi]', which brings mpiexec as well",
            )
        ) from error
