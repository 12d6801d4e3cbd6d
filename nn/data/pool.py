"""The parent's side of loading with several processes.

Each worker has a pipe of its own. It answers every request with exactly one reply, in order, so that who owes what is
plain arithmetic; a worker's death shows at once as the end of its pipe.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import signal
import time
import weakref
from collections.abc import Iterator
from multiprocessing import connection as mp_connection
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from typing import TYPE_CHECKING, Any, NoReturn

from autograd.errors import describe
from nn.data.iterator import LoaderIterator
from nn.data.worker import Ended, Epoch, RemoteError, parent_ends, receive, work

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from nn.data.loader import DataLoader

__all__ = ["WorkerIterator", "WorkerPool"]

GRACE = 1.0


class WorkerPool:
    """Worker processes that end with this object, with the interpreter, or with `close`, whichever is first.

    Parameters
    ----------
    loader : DataLoader
        Says how many workers to start, how, and on what.
    """

    def __init__(self, loader: DataLoader[Any]) -> None:
        self.processes: list[BaseProcess] = []
        self.connections: list[Connection] = []
        self.close = weakref.finalize(self, _close, os.getpid(), self.processes, self.connections)
        context: Any = loader.multiprocessing_context or get_context()
        for worker_id in range(loader.num_workers):
            ours, theirs = context.Pipe()
            parent_ends.add(ours)
            self.connections.append(ours)
            process = context.Process(
                target=work,
                args=(theirs, loader.source, worker_id, loader.num_workers, loader.worker_init_fn),
                name=f"DataLoader worker {worker_id}",
                daemon=True,
            )
            process.start()
            theirs.close()
            self.processes.append(process)

    def request(self, worker_id: int, message: object) -> None:
        """Send a request to a worker."""
        with self._whole(worker_id):
            self.connections[worker_id].send(message)

    def replies(self, timeout: float) -> list[tuple[int, Any]]:
        """Wait for replies of any workers; 0 waits for ever.

        Raises
        ------
        RuntimeError
            If none comes in time, or a worker has died; the workers are ended then.
        """
        ready = mp_connection.wait(self.connections, timeout or None)
        if not ready:
            self.close()
            raise RuntimeError(f"DataLoader timed out after {timeout} seconds")
        return [self._receive(worker_id) for worker_id, end in enumerate(self.connections) if end in ready]

    def _receive(self, worker_id: int) -> tuple[int, Any]:
        with self._whole(worker_id):
            number, data = receive(self.connections[worker_id])
        return number, data

    @contextlib.contextmanager
    def _whole(self, worker_id: int) -> Iterator[None]:
        """Transfer a message whole: after a part of one (say, Ctrl-C in between) the pipes are of no more use."""
        try:
            yield
        except (EOFError, BrokenPipeError, ConnectionResetError):
            self._report_death(worker_id)
        except BaseException:
            self.close()
            raise

    def _report_death(self, worker_id: int) -> NoReturn:
        process = self.processes[worker_id]
        process.join(GRACE)
        code = process.exitcode
        cause = signal.Signals(-code).name if code is not None and code < 0 else f"exit code {code}"
        message = describe(
            f"DataLoader worker (pid(s) {process.pid}) exited unexpectedly",
            rule=f"worker {worker_id} ended with {cause} before it answered",
            fix="num_workers=0 shows the error in this process; SIGKILL often means that memory ran out",
        )
        self.close()
        raise RuntimeError(message) from None


def _close(owner: int, processes: list[BaseProcess], connections: list[Connection]) -> None:
    """End the workers: politely, after a second by SIGTERM, and if need be by SIGKILL."""
    if os.getpid() != owner:
        # A forked child that drops its copy of the pool must leave the parent's workers alone.
        return
    for end in connections:
        end.close()
    _join(processes)
    for stop in (BaseProcess.terminate, BaseProcess.kill):
        for process in processes:
            if process.is_alive():
                stop(process)
        _join(processes)
    connections.clear()
    processes.clear()


def _join(processes: list[BaseProcess]) -> None:
    deadline = time.monotonic() + GRACE
    for process in processes:
        process.join(max(0.0, deadline - time.monotonic()))


class WorkerIterator(LoaderIterator):
    """Keeps a few batches under way in worker processes.

    Requests are dealt out in turn to the workers that have data left. In order, a stream's end takes effect when its
    turn comes and not when the news arrives; so what comes out does not depend on timing.

    Parameters
    ----------
    loader : DataLoader
        The loader to iterate over.
    """

    def __init__(self, loader: DataLoader[Any]) -> None:
        self._pool = WorkerPool(loader)
        self._persistent = loader.persistent_workers
        self._in_order = loader.in_order
        self._timeout = loader.timeout
        self._ahead = max(1, (loader.prefetch_factor or 0) * loader.num_workers)
        self._owner: dict[int, int] = {}
        super().__init__(loader)

    @property
    def processes(self) -> list[BaseProcess]:
        """The live workers' processes; empty after the end."""
        return self._pool.processes

    def restart(self, loader: DataLoader[Any]) -> None:
        """Begin another epoch with the same workers, which first finish what is under way."""
        while len(self._arrived) < len(self._owner):
            self._arrived.update(self._pool.replies(self._timeout))
        self._begin(loader)

    def _begin(self, loader: DataLoader[Any]) -> None:
        super()._begin(loader)
        workers = range(loader.num_workers)
        self._active = set(workers)
        self._turns = itertools.cycle(workers)
        self._numbers = itertools.count()
        self._owner = {}  # worker that owes, or has sent, the reply to a request; in the order of the requests
        self._arrived: dict[int, Any] = {}
        for worker_id in workers:
            self._pool.request(worker_id, Epoch(self._base_seed))
        for _ in range(self._ahead):
            self._request_next()

    def _request_next(self) -> None:
        if not self._active:
            return
        index = next(self._indices, _NOTHING)
        if index is _NOTHING:
            return
        worker_id = next(turn for turn in self._turns if turn in self._active)
        number = next(self._numbers)
        self._owner[number] = worker_id
        self._pool.request(worker_id, (number, index))

    def _load(self) -> Any:
        while self._owner:
            number = self._next_number()
            data = self._arrived.pop(number)
            worker_id = self._owner.pop(number)
            if isinstance(data, Ended):
                self._active.discard(worker_id)
            self._request_next()
            if isinstance(data, RemoteError):
                data.reraise()
            if not isinstance(data, Ended):
                return data
        if not self._persistent:
            self._pool.close()
        raise StopIteration

    def _next_number(self) -> int:
        """Wait for the reply whose turn it is, or with ``in_order=False`` for any one."""
        first = next(iter(self._owner))
        while not (first in self._arrived or (self._arrived and not self._in_order)):
            self._arrived.update(self._pool.replies(self._timeout))
        return first if first in self._arrived else next(iter(self._arrived))


_NOTHING = object()
