"""Processes that compute together, in the vocabulary of ``torch.distributed``, on MPI (extra ``mpi``).

Start n processes with ``mpiexec -n N python program.py``; each calls `init_process_group` first. mpi4py is imported
there and nowhere else. A process that ends by an exception ends the others.
"""

from autograd.distributed.collectives import (
    ReduceOp,
    Work,
    all_gather,
    all_gather_object,
    all_reduce,
    barrier,
    broadcast,
    broadcast_object_list,
    reduce,
)
from autograd.distributed.group import (
    ProcessGroup,
    abort,
    destroy_process_group,
    get_backend,
    get_rank,
    get_world_size,
    group_of,
    init_process_group,
    is_initialized,
    new_group,
)
from autograd.distributed.launcher import is_available, is_mpi_available, launched_rank, launched_ranks

__all__ = [
    "ProcessGroup",
    "ReduceOp",
    "Work",
    "abort",
    "all_gather",
    "all_gather_object",
    "all_reduce",
    "barrier",
    "broadcast",
    "broadcast_object_list",
    "destroy_process_group",
    "get_backend",
    "get_rank",
    "get_world_size",
    "group_of",
    "init_process_group",
    "is_available",
    "is_initialized",
    "is_mpi_available",
    "launched_rank",
    "launched_ranks",
    "new_group",
    "reduce",
]
