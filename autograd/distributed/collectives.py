"""What processes do together: sums over all of them, and messages from one to all."""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.distributed.group import ProcessGroup, group_of
from autograd.distributed.launcher import load_mpi
from autograd.errors import describe
from autograd.tensor import Tensor
from autograd.update import increment_version

__all__ = [
    "ReduceOp",
    "Work",
    "all_gather",
    "all_gather_object",
    "all_reduce",
    "barrier",
    "broadcast",
    "broadcast_object_list",
    "reduce",
]

Array = np.ndarray[Any, np.dtype[Any]]


class ReduceOp(enum.Enum):
    """How values of several processes become one.

    Examples
    --------
    >>> from autograd import distributed
    >>> distributed.ReduceOp.MAX.name
    'MAX'
    """

    SUM = "SUM"
    AVG = "AVG"
    PRODUCT = "PROD"
    MIN = "MIN"
    MAX = "MAX"
    BAND = "BAND"
    BOR = "BOR"
    BXOR = "BXOR"


class Work:
    """A communication under way. MPI advances it only while somebody asks after it, or waits.

    Examples
    --------
    On each of two processes that have called `init_process_group`:

    >>> import autograd
    >>> from autograd import distributed
    >>> x = autograd.ones(2)
    >>> work = distributed.all_reduce(x, async_op=True)  # doctest: +SKIP
    >>> work.wait()  # doctest: +SKIP
    True
    >>> x  # doctest: +SKIP
    tensor([2., 2.])
    """

    def __init__(self, request: Any, finish: Callable[[], None]) -> None:
        self._request = request
        self._finish = finish
        self._done = False

    def is_completed(self) -> bool:
        """Advance the communication, and return whether it is complete; its result is there after `wait`."""
        return self._done or bool(self._request.Test())

    def wait(self, timeout: Any = None) -> bool:
        """Wait until the result is there, and return True."""
        if not self._done:
            self._request.Wait()
            self._finish()
            self._done = True
        return True


class _Message:
    """A tensor's memory as MPI can send it: in order, without gaps, of a type that MPI can add."""

    def __init__(self, tensor: Tensor, op: str) -> None:
        if not isinstance(tensor, Tensor):
            raise TypeError(describe(f"Invalid function argument. Expected parameter `tensor` of type Tensor ({op})"))
        self._tensor = tensor
        data = tensor._data
        self.array: Array = np.ascontiguousarray(data, dtype=np.float32 if data.dtype == np.float16 else None)

    def deliver(self) -> None:
        """Bring what has arrived to the tensor."""
        data = self._tensor._data
        if not np.shares_memory(self.array, data):
            data[...] = self.array.reshape(data.shape)
        increment_version(self._tensor)


def _operation(op: ReduceOp) -> Any:
    return getattr(load_mpi(), "SUM" if op is ReduceOp.AVG else op.value)


def all_reduce(
    tensor: Tensor, op: ReduceOp = ReduceOp.SUM, group: ProcessGroup | None = None, async_op: bool = False
) -> Work | None:
    """Replace a tensor, in every process, by the sum over all of them.

    Parameters
    ----------
    tensor : Tensor
        Of the same shape and dtype everywhere. Changed in place.
    op : ReduceOp
        Sum, mean, product, minimum or maximum.
    group : ProcessGroup, optional
    async_op : bool
        Return at once; the result is there when `Work.wait` returns.

    Returns
    -------
    Work or None
        With `async_op`.

    Examples
    --------
    On each of two processes that have called `init_process_group`:

    >>> import autograd
    >>> from autograd import distributed
    >>> x = autograd.ones(2)
    >>> distributed.all_reduce(x)  # doctest: +SKIP
    >>> x  # doctest: +SKIP
    tensor([2., 2.])
    """
    members, message = group_of(group), _Message(tensor, "all_reduce")

    def finish() -> None:
        if op is ReduceOp.AVG:
            message.array[...] = message.array / members.size()
        message.deliver()

    in_place = load_mpi().IN_PLACE
    if async_op:
        return Work(members.comm.Iallreduce(in_place, message.array, _operation(op)), finish)
    members.comm.Allreduce(in_place, message.array, _operation(op))
    finish()
    return None


def reduce(tensor: Tensor, dst: int, op: ReduceOp = ReduceOp.SUM, group: ProcessGroup | None = None) -> None:
    """Replace a tensor in the process `dst` by the sum over all processes; elsewhere it stays as it is.

    Parameters
    ----------
    tensor : Tensor
        Of the same shape and dtype everywhere.
    dst : int
        The process that receives the sum.
    op : ReduceOp
    group : ProcessGroup, optional
        The default group if left out.

    Examples
    --------
    On each of two processes that have called `init_process_group`:

    >>> import autograd
    >>> from autograd import distributed
    >>> x = autograd.ones(2)
    >>> distributed.reduce(x, 0)  # doctest: +SKIP
    >>> int(x[0]) == 2 - distributed.get_rank()  # the sum in process 0 only  # doctest: +SKIP
    True
    """
    members, message = group_of(group), _Message(tensor, "reduce")
    is_here = members.rank() == dst
    source = load_mpi().IN_PLACE if is_here else message.array
    members.comm.Reduce(source, message.array if is_here else None, _operation(op), root=dst)
    if is_here:
        if op is ReduceOp.AVG:
            message.array[...] = message.array / members.size()
        message.deliver()


def broadcast(tensor: Tensor, src: int = 0, group: ProcessGroup | None = None, async_op: bool = False) -> Work | None:
    """Replace a tensor, in every process, by that of the process `src`.

    Parameters
    ----------
    tensor : Tensor
        Of the same shape and dtype everywhere. Changed in place, except in `src`.
    src : int
    group : ProcessGroup, optional
        The default group if left out.
    async_op : bool
        Return at once; the values are there when `Work.wait` returns.

    Returns
    -------
    Work or None
        With `async_op`.

    Examples
    --------
    On each of two processes that have called `init_process_group`:

    >>> import autograd
    >>> from autograd import distributed
    >>> x = autograd.zeros(2) + distributed.get_rank()  # doctest: +SKIP
    >>> distributed.broadcast(x, src=1)  # doctest: +SKIP
    >>> x  # doctest: +SKIP
    tensor([1., 1.])
    """
    members, message = group_of(group), _Message(tensor, "broadcast")
    if async_op:
        return Work(members.comm.Ibcast(message.array, root=src), message.deliver)
    members.comm.Bcast(message.array, root=src)
    message.deliver()
    return None


def all_gather(tensor_list: list[Tensor], tensor: Tensor, group: ProcessGroup | None = None) -> None:
    """Write every process's tensor to a list, in their order.

    Parameters
    ----------
    tensor_list : list of Tensor
        One for each process, all of the shape of `tensor`. Changed in place.
    tensor : Tensor
        Of the same shape and dtype everywhere.
    group : ProcessGroup, optional
        The default group if left out.

    Raises
    ------
    ValueError
        If the list has not one tensor for each process.

    Examples
    --------
    On each of two processes that have called `init_process_group`:

    >>> import autograd
    >>> from autograd import distributed
    >>> parts = [autograd.zeros(2), autograd.zeros(2)]
    >>> distributed.all_gather(parts, autograd.zeros(2) + distributed.get_rank())  # doctest: +SKIP
    >>> parts  # doctest: +SKIP
    [tensor([0., 0.]), tensor([1., 1.])]
    """
    members, message = group_of(group), _Message(tensor, "all_gather")
    if len(tensor_list) != members.size():
        raise ValueError(
            describe(
                f"all_gather needs one tensor for each process: got {len(tensor_list)} for {members.size()} processes",
                fix="tensor_list = [autograd.empty_like(tensor) for _ in range(get_world_size())]",
            )
        )
    rows = np.empty((members.size(), *message.array.shape), message.array.dtype)
    members.comm.Allgather(message.array, rows)
    for target, row in zip(tensor_list, rows, strict=True):
        target._data[...] = row.reshape(target._data.shape)
        increment_version(target)


def barrier(group: ProcessGroup | None = None) -> None:
    """Wait until every process has come this far.

    Parameters
    ----------
    group : ProcessGroup, optional
        The default group if left out.

    Examples
    --------
    On each of two processes that have called `init_process_group`:

    >>> from autograd import distributed
    >>> distributed.barrier()  # doctest: +SKIP
    """
    group_of(group).comm.Barrier()


def all_gather_object(object_list: list[Any], obj: Any, group: ProcessGroup | None = None) -> None:
    """Write every process's object, pickled on the way, to a list, in their order.

    Parameters
    ----------
    object_list : list
        Its contents are replaced.
    obj : object
        What pickle takes.
    group : ProcessGroup, optional
        The default group if left out.

    Examples
    --------
    On each of two processes that have called `init_process_group`:

    >>> from autograd import distributed
    >>> objects = [None, None]
    >>> distributed.all_gather_object(objects, {"rank": distributed.get_rank()})  # doctest: +SKIP
    >>> objects  # doctest: +SKIP
    [{'rank': 0}, {'rank': 1}]
    """
    object_list[:] = group_of(group).comm.allgather(obj)


def broadcast_object_list(object_list: list[Any], src: int = 0, group: ProcessGroup | None = None) -> None:
    """Replace the contents of a list, in every process, by those of the process `src`, pickled on the way.

    Parameters
    ----------
    object_list : list
        Of what pickle takes.
    src : int
    group : ProcessGroup, optional
        The default group if left out.

    Examples
    --------
    On each of two processes that have called `init_process_group`:

    >>> from autograd import distributed
    >>> objects = [distributed.get_rank()]  # doctest: +SKIP
    >>> distributed.broadcast_object_list(objects, src=1)  # doctest: +SKIP
    >>> objects  # doctest: +SKIP
    [1]
    """
    object_list[:] = group_of(group).comm.bcast(list(object_list), root=src)
