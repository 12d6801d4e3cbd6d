"""The cores of a machine, divided among the processes that run on it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from autograd.kernels import blas, threads

__all__ = ["divide", "share_cores"]


def divide(cores: Sequence[frozenset[int]], rank: int) -> int:
    """Return the number of threads for one of several processes, given the cores that each may use.

    A launcher that has bound the processes to cores of their own is left its division.

    Examples
    --------
    >>> divide([frozenset({0, 1}), frozenset({0, 1})], 0), divide([frozenset({0, 1}), frozenset({2, 3})], 0)
    (1, 2)
    """
    own = cores[rank]
    rivals = sum(bool(own & other) for other in cores)
    return max(1, len(own) // rivals)


def _available() -> frozenset[int]:
    if hasattr(os, "sched_getaffinity"):
        return frozenset(os.sched_getaffinity(0))
    return frozenset(range(os.cpu_count() or 1))


def share_cores(comm: Any, shared_memory: int) -> None:
    """Set the number of threads of this process, and of its BLAS, to its share of the machine's cores.

    A user who has set ``OMP_NUM_THREADS``, or another number of threads than there are cores, is obeyed.

    Parameters
    ----------
    comm : mpi4py.MPI.Intracomm
        All processes.
    shared_memory : int
        MPI's name for the processes of one machine.
    """
    machine = comm.Split_type(shared_memory)
    cores = machine.allgather(_available())
    rank = machine.Get_rank()
    machine.Free()
    if "OMP_NUM_THREADS" in os.environ or threads.get_num_threads() != len(cores[rank]):
        return
    count = divide(cores, rank)
    threads.set_num_threads(count)
    if "OPENBLAS_NUM_THREADS" not in os.environ:
        blas.limit(count)
