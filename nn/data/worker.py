"""The worker's side of loading with several processes, and the messages between the two sides."""

from __future__ import annotations

import contextlib
import copyreg
import io
import os
import pickle
import queue
import random
import signal
import threading
import time
import traceback
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

import autograd
from autograd import Tensor
from nn.data.fetch import Fetcher, Source

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

__all__ = ["Ended", "Epoch", "RemoteError", "WorkerInfo", "get_worker_info", "parent_ends", "receive", "send", "work"]

WATCH_INTERVAL = 1.0

#: The parent's end of every pipe to a worker. A forked worker inherits them all and closes them, for while it held
#: them, its siblings could not see that the parent is gone.
parent_ends: weakref.WeakSet[Any] = weakref.WeakSet()


@dataclass(frozen=True)
class WorkerInfo:
    """What a worker process knows about itself.

    Attributes
    ----------
    id : int
        This worker, in [0, num_workers).
    num_workers : int
        Number of workers of the loader.
    seed : int
        The loader's base seed of this epoch, plus `id`.
    dataset : object
        This process's copy of the dataset.
    """

    id: int
    num_workers: int
    seed: int
    dataset: Any


@dataclass(frozen=True)
class Epoch:
    """Message to a worker: an epoch begins, and random numbers start from this seed."""

    base_seed: int


@dataclass(frozen=True)
class Ended:
    """Reply of a worker: its copy of an iterable dataset has no more samples."""


class _Text(str):
    """A message that `KeyError` shows as it is, where it would show the repr of a plain string."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


@dataclass(frozen=True)
class RemoteError:
    """Reply of a worker: an exception, with its traceback as text.

    Parameters
    ----------
    kind : type
        Class of the exception.
    where : str
        Where it was raised.
    trace : str
        The formatted traceback.
    """

    kind: type[BaseException]
    where: str
    trace: str

    @classmethod
    def of(cls, error: BaseException, worker_id: int) -> RemoteError:
        """Describe an exception in a form that can always be sent."""
        kind = type(error)
        try:
            pickle.dumps(kind)
        except (pickle.PicklingError, AttributeError):
            kind = RuntimeError
        where = f"in DataLoader worker process {worker_id}"
        return cls(kind, where, "".join(traceback.format_exception(error)))

    def reraise(self) -> None:
        """Raise the exception, or a RuntimeError if its class cannot be made from a message."""
        message = _Text(f"Caught {self.kind.__name__} {self.where}.\nOriginal {self.trace}")
        try:
            error = self.kind(message)
        except Exception:
            raise RuntimeError(message) from None
        raise error


_info: WorkerInfo | None = None


def get_worker_info() -> WorkerInfo | None:
    """Return what the current worker process knows about itself, or None outside of a worker.

    Returns
    -------
    WorkerInfo or None
        With attributes ``id``, ``num_workers``, ``seed`` and ``dataset``.

    Examples
    --------
    >>> get_worker_info() is None
    True
    """
    return _info


def _rebuild_tensor(array: np.ndarray[Any, Any], requires_grad: bool) -> Tensor:
    return autograd.from_numpy(array).requires_grad_(requires_grad)


def _reduce_tensor(tensor: Tensor) -> tuple[Any, ...]:
    if not tensor.is_leaf:
        raise RuntimeError(
            "Cowardly refusing to serialize non-leaf tensor which requires_grad, since autograd does not support "
            "crossing process boundaries. If you just want to transfer the data, call detach() on the tensor."
        )
    return _rebuild_tensor, (tensor.detach().numpy(), tensor.requires_grad)


_REDUCERS = copyreg.dispatch_table | {Tensor: _reduce_tensor}


def send(connection: Connection, message: object) -> None:
    """Send an object; the memory of its arrays goes straight into the pipe, without a copy.

    Nothing is sent if the object cannot be pickled.
    """
    buffers: list[pickle.PickleBuffer] = []
    stream = io.BytesIO()
    pickler = pickle.Pickler(stream, protocol=5, buffer_callback=buffers.append)
    pickler.dispatch_table = _REDUCERS
    pickler.dump(message)
    parts = [buffer.raw() for buffer in buffers]
    connection.send([part.nbytes for part in parts])
    connection.send_bytes(stream.getbuffer())
    for part in parts:
        _send_memory(connection, part)


def receive(connection: Connection) -> Any:
    """Receive an object that `send` sent; its arrays are writable."""
    lengths = connection.recv()
    payload = connection.recv_bytes()
    buffers = [np.empty(length, np.uint8) for length in lengths]
    for buffer in buffers:
        _receive_memory(connection, buffer.data)
    return pickle.loads(payload, buffers=buffers)


def _send_memory(connection: Connection, memory: memoryview) -> None:
    if not hasattr(os, "readv"):
        connection.send_bytes(memory)
        return
    while memory.nbytes:
        memory = memory[os.write(connection.fileno(), memory) :]


def _receive_memory(connection: Connection, memory: memoryview) -> None:
    """Fill memory from the pipe; `recv_bytes_into` would copy twice, at half the speed."""
    if not hasattr(os, "readv"):
        connection.recv_bytes_into(memory)
        return
    while memory.nbytes:
        count = os.readv(connection.fileno(), [memory])
        if not count:
            raise EOFError
        memory = memory[count:]


def work(
    connection: Connection,
    source: Source,
    worker_id: int,
    num_workers: int,
    init_fn: Callable[[int], None] | None,
) -> None:
    """Run a worker process: answer every request with exactly one reply, until the parent closes the pipe."""
    _isolate()
    inbox: queue.SimpleQueue[Any] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(connection, inbox), daemon=True).start()
    desk = _Desk(source, worker_id, num_workers, init_fn)
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        while (message := inbox.get()) is not None:
            if isinstance(message, Epoch):
                desk.begin(message.base_seed)
            else:
                number, index = message
                _reply(connection, number, desk.answer(index), worker_id)


def _isolate() -> None:
    """Detach a worker from what it inherits: signals are the parent's business, and so are the parent's pipes.

    It works on one thread, as PyTorch's do: there is one worker for each core already.
    """
    autograd.set_num_threads(1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    for end in list(parent_ends):
        end.close()


def _listen(connection: Connection, inbox: queue.SimpleQueue[Any]) -> None:
    """Take requests off the pipe at once, so that the parent never waits to send; end with the parent.

    A worker that is busy, or stuck, in user code must not survive its parent, hence the hard exit.
    """
    from multiprocessing import parent_process

    parent, parent_id = parent_process(), os.getppid()

    def orphaned() -> bool:
        return os.getppid() != parent_id or parent is None or not parent.is_alive()

    with contextlib.suppress(EOFError, OSError):
        while True:
            if connection.poll(WATCH_INTERVAL):
                inbox.put(connection.recv())
            elif orphaned():
                break
    inbox.put(None)
    while not orphaned():
        time.sleep(WATCH_INTERVAL)
    os._exit(1)


def _reply(connection: Connection, number: int, answer: object, worker_id: int) -> None:
    try:
        send(connection, (number, answer))
    except (BrokenPipeError, ConnectionResetError):
        raise
    except Exception as error:
        send(connection, (number, RemoteError.of(error, worker_id)))


class _Desk:
    """Answers requests from one dataset."""

    def __init__(self, source: Source, worker_id: int, num_workers: int, init_fn: Callable[[int], None] | None) -> None:
        self._source = source
        self._id = worker_id
        self._num_workers = num_workers
        self._init_fn = init_fn
        self._fetcher: Fetcher | None = None
        self._failure: RemoteError | None = None

    def begin(self, base_seed: int) -> None:
        """Begin an epoch: seed everything, and run the user's function the first time."""
        global _info
        seed = base_seed + self._id
        _seed_everything(base_seed, self._id)
        _info = WorkerInfo(self._id, self._num_workers, seed, self._source.dataset)
        self._failure = None
        try:
            if self._init_fn is not None:
                self._init_fn(self._id)
                self._init_fn = None
            self._fetcher = self._source.fetcher()
        except Exception as error:
            self._failure = RemoteError.of(error, self._id)

    def answer(self, index: Any) -> object:
        """Return the data an index asks for, or what prevented it."""
        if self._fetcher is None or self._failure is not None:
            return self._failure
        try:
            return self._fetcher.fetch(index)
        except StopIteration:
            return Ended()
        except Exception as error:
            return RemoteError.of(error, self._id)


def _seed_everything(base_seed: int, worker_id: int) -> None:
    """Seed the generators in reach; NumPy's global one from another sequence, lest it repeat Python's."""
    random.seed(base_seed + worker_id)
    autograd.manual_seed(base_seed + worker_id)
    np.random.seed(np.random.SeedSequence((base_seed, worker_id)).generate_state(4))
