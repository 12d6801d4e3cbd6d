"""The processes of a program: who takes part, which one this is, and how one that fails ends the others."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Sequence
from types import TracebackType
from typing import Any, NoReturn

from autograd.distributed.cores import share_cores
from autograd.distributed.launcher import launched_ranks, load_mpi
from autograd.errors import describe

__all__ = [
    "ProcessGroup",
    "abort",
    "destroy_process_group",
    "get_backend",
    "get_rank",
    "get_world_size",
    "group_of",
    "init_process_group",
    "is_initialized",
    "new_group",
]


class ProcessGroup:
    """Processes that communicate with each other, and with nobody else's messages in between.

    Attributes
    ----------
    comm : mpi4py.MPI.Intracomm
        The communicator, for what is not offered here.

    Examples
    --------
    On each of two processes that have called `init_process_group`:

    >>> from autograd import distributed
    >>> everybody = distributed.new_group()  # doctest: +SKIP
    >>> everybody.size()  # doctest: +SKIP
    2
    """

    def __init__(self, comm: Any) -> None:
        self.comm = comm

    def rank(self) -> int:
        """Return the number of this process in the group."""
        return int(self.comm.Get_rank())

    def size(self) -> int:
        """Return the number of processes."""
        return int(self.comm.Get_size())


class _State:
    """The default group of this process, and what is put back when it is left."""

    world: ProcessGroup | None = None
    hook: Any = None


_STATE = _State()


def is_initialized() -> bool:
    """Return whether `init_process_group` has been called.

    Examples
    --------
    >>> from autograd import distributed
    >>> distributed.is_initialized()  # before init_process_group
    False
    """
    return _STATE.world is not None


def init_process_group(
    backend: str | None = None,
    init_method: str | None = None,
    timeout: Any = None,
    world_size: int = -1,
    rank: int = -1,
    store: Any = None,
    group_name: str = "",
    pg_options: Any = None,
    device_id: Any = None,
) -> None:
    """Join the processes that MPI's launcher started: ``mpiexec -n N python program.py``.

    The cores of a machine are divided among its processes, unless ``OMP_NUM_THREADS`` is set or the number of threads
    was changed before. From here on an uncaught exception in one process is reported with its number, and ends all.

    Parameters
    ----------
    backend : {'mpi'}, optional
    world_size, rank : int
        Given by MPI; a warning says so if they are passed.
    init_method, timeout, store, group_name, pg_options, device_id : optional
        Accepted: MPI knows where its processes are.

    Raises
    ------
    RuntimeError
        If the backend is another one, or the launcher belongs to another MPI than mpi4py's.
    ValueError
        If it was called before.
    ImportError
        If mpi4py or an MPI library is missing.

    Examples
    --------
    >>> from autograd import distributed
    >>> distributed.is_initialized()
    False
    """
    name = "mpi" if backend is None else str(backend).lower()
    if name != "mpi":
        raise RuntimeError(
            describe(
                f"Distributed package doesn't have {name.upper()} built in",
                op="init_process_group",
                fix="init_process_group('mpi'), and start the program with mpiexec -n N python ...",
            )
        )
    if _STATE.world is not None:
        raise ValueError("trying to initialize the default process group twice!")
    if world_size != -1 or rank != -1:
        warnings.warn(
            f"For MPI backend, world_size ({world_size}) and rank ({rank}) are ignored since they are assigned by the "
            "MPI runtime.",
            stacklevel=2,
        )
    mpi = load_mpi()
    comm = mpi.COMM_WORLD.Dup()
    _check_launcher(comm.Get_size())
    _STATE.world = ProcessGroup(comm)
    share_cores(comm, mpi.COMM_TYPE_SHARED)
    if comm.Get_size() > 1:
        _STATE.hook, sys.excepthook = sys.excepthook, _end_all


def _check_launcher(size: int) -> None:
    """Refuse processes that were started together and do not find each other.

    Raises
    ------
    RuntimeError
        If MPI's world has another size than the launcher said.
    """
    if size != launched_ranks():
        raise RuntimeError(
            describe(
                f"the launcher started {launched_ranks()} processes, but MPI finds {size}",
                op="init_process_group",
                rule="mpiexec and the library mpi4py uses must be of one MPI",
                fix="start with the mpiexec that lies beside this python, as python -m pip install mpich puts it there",
            )
        )


def _end_all(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Report an uncaught exception as ever, then end all processes: the others would wait for this one for ever."""
    _STATE.hook(kind, error, trace)
    abort(f"an uncaught {kind.__name__}")


def abort(reason: str, status: int = 1) -> NoReturn:
    """Say on standard error which process ends and why, and end all of them with an exit status.

    Parameters
    ----------
    reason : str
    status : int
        Exit status of every process.

    Examples
    --------
    On each of two processes that have called `init_process_group`:

    >>> import autograd
    >>> from autograd import distributed
    >>> loss = autograd.tensor(1.0)
    >>> distributed.abort("a loss that is not finite") if not loss.isfinite() else None  # doctest: +SKIP
    """
    rank, size = get_rank(), get_world_size()
    print(f"convgrad: rank {rank} of {size} ended by {reason}; the other ranks end with it", file=sys.stderr)
    sys.stdout.flush()
    sys.stderr.flush()
    group_of(None).comm.Abort(status)
    raise SystemExit(status)


def destroy_process_group(group: ProcessGroup | None = None) -> None:
    """Leave a group, by default the default one; every process of it calls this.

    Parameters
    ----------
    group : ProcessGroup, optional
        The default group if left out.

    Raises
    ------
    ValueError
        If there is no default group yet.

    Examples
    --------
    On each of two processes that have called `init_process_group`:

    >>> from autograd import distributed
    >>> group = distributed.new_group()  # doctest: +SKIP
    >>> distributed.destroy_process_group(group)  # doctest: +SKIP
    """
    found = group_of(group)
    found.comm.Free()
    if found is _STATE.world:
        _STATE.world = None
        if sys.excepthook is _end_all:
            sys.excepthook = _STATE.hook


def group_of(group: ProcessGroup | None) -> ProcessGroup:
    """Return a group, or the default one for None.

    Raises
    ------
    ValueError
        If there is no default group yet.

    Examples
    --------
    On each of two processes that have called `init_process_group`:

    >>> from autograd import distributed
    >>> distributed.group_of(None).size()  # doctest: +SKIP
    2
    """
    if group is not None:
        return group
    if _STATE.world is None:
        raise ValueError(
            describe(
                "Default process group has not been initialized, please make sure to call init_process_group.",
                fix="autograd.distributed.init_process_group('mpi')",
            )
        )
    return _STATE.world


def new_group(ranks: Sequence[int] | None = None) -> ProcessGroup | None:
    """Make a group of some processes, by default of all; every process calls this.

    Parameters
    ----------
    ranks : sequence of int, optional
        Numbers in the default group; their order is that of the new group.

    Returns
    -------
    ProcessGroup or None
        None in processes that are not in it.

    Raises
    ------
    ValueError
        If there is no default group yet.

    Examples
    --------
    On each of two processes that have called `init_process_group`:

    >>> from autograd import distributed
    >>> group = distributed.new_group([1])  # doctest: +SKIP
    >>> (group is None) == (distributed.get_rank() == 0)  # doctest: +SKIP
    True
    """
    world = group_of(None)
    if ranks is None:
        return ProcessGroup(world.comm.Dup())
    wanted = list(ranks)
    inside = world.rank() in wanted
    comm = world.comm.Split(0 if inside else 1, wanted.index(world.rank()) if inside else 0)
    return ProcessGroup(comm) if inside else None


def get_rank(group: ProcessGroup | None = None) -> int:
    """Return the number of this process, from 0 on.

    Parameters
    ----------
    group : ProcessGroup, optional
        The default group if left out.

    Raises
    ------
    ValueError
        If there is no default group yet.

    Examples
    --------
    On each of two processes that have called `init_process_group`:

    >>> from autograd import distributed
    >>> distributed.get_rank() in (0, 1)  # doctest: +SKIP
    True
    """
    return group_of(group).rank()


def get_world_size(group: ProcessGroup | None = None) -> int:
    """Return the number of processes.

    Parameters
    ----------
    group : ProcessGroup, optional
        The default group if left out.

    Raises
    ------
    ValueError
        If there is no default group yet.

    Examples
    --------
    On each of two processes that have called `init_process_group`:

    >>> from autograd import distributed
    >>> distributed.get_world_size()  # doctest: +SKIP
    2
    """
    return group_of(group).size()


def get_backend(group: ProcessGroup | None = None) -> str:
    """Return the name of what carries the messages: ``'mpi'``.

    Parameters
    ----------
    group : ProcessGroup, optional
        The default group if left out.

    Raises
    ------
    ValueError
        If there is no default group yet.

    Examples
    --------
    On each of two processes that have called `init_process_group`:

    >>> from autograd import distributed
    >>> distributed.get_backend()  # doctest: +SKIP
    'mpi'
    """
    group_of(group)
    return "mpi"
