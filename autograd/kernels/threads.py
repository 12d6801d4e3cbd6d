"""Work split over the cores.

`run` hands the items of a list to a few threads that live as long as the process. Callers split their work by its
size, never by the number of threads, so every result is the same bit for bit whatever that number is. BLAS works on
one thread inside `run`, and has its own number back afterwards.

With few cores, Linux wakes a thread on the core of whoever woke it though another is idle, once the cores are busy
(it looks for an idle core in proportion to idleness, and rounds down), and leaves both there for milliseconds. So while
a job lasts, its caller stays on its core, and the others keep off it.

A caller waits only for threads that have begun an item of its job, so jobs of several Python threads, and a job that
is started from within another, cannot block one another. A child process after a fork starts with no threads and makes
its own; an exception or a keyboard interrupt drops the items not begun and waits for those that were.
"""

from __future__ import annotations

import ctypes
import os
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from contextvars import Context, copy_context
from queue import SimpleQueue
from typing import Any, TypeVar

from autograd.errors import describe
from autograd.kernels import blas

__all__ = ["get_num_threads", "run", "set_num_threads"]

T = TypeVar("T")

FEW_CORES = 4
"""Cores up to which threads are placed."""

YIELDS = 100
"""Looks, some 40 microseconds, at whether the others are done before sleeping, from which waking takes as long."""

HAND_OFF = 100.0
"""Microseconds of work below which waking another thread costs more than it saves."""


_yield_core: Callable[[], object] = getattr(os, "sched_yield", lambda: None)


class _Job:
    """The items of one call of `run`, taken one at a time by whoever is free."""

    def __init__(self, function: Callable[[Any], object], items: Iterable[Any]) -> None:
        self._function = function
        self._items = iter(items)
        self._changed = threading.Condition(threading.Lock())
        self._active = 0
        self._closed = False
        self._error: BaseException | None = None

    def work(self) -> None:
        """Take items until none is left; advancing a list's iterator is atomic."""
        for item in self._items:
            if self._closed:
                break
            self._function(item)

    def help(self, context: Context) -> None:
        """Work as a helper: report an error instead of raising it."""
        with self._changed:
            if self._closed:
                return
            self._active += 1
        try:
            context.run(self.work)
        except BaseException as error:
            self._error = error
            self._closed = True
        finally:
            with self._changed:
                self._active -= 1
                self._changed.notify()

    def close(self) -> None:
        """Let no helper begin, and wait for those at work. Safe to call again after an interrupt."""
        self._closed = True
        for _ in range(YIELDS):
            if not self._active:
                break
            _yield_core()
        with self._changed:
            while self._active:
                self._changed.wait()

    def raise_error(self) -> None:
        """Raise what a helper met."""
        if self._error is not None:
            raise self._error


class _Pool:
    """Threads that wait for jobs; started when first needed."""

    def __init__(self) -> None:
        self.forget()
        self.size = _default_size()

    def forget(self) -> None:
        """Start anew without threads, as a forked child must."""
        self._queue: SimpleQueue[tuple[_Job, Context]] = SimpleQueue()
        self._lock = threading.Lock()
        self._helpers: list[int] = []
        self._core = -1
        self._local = threading.local()

    @property
    def inside(self) -> bool:
        """Whether the current thread already works on a job."""
        return getattr(self._local, "inside", False)

    def enter(self, inside: bool) -> None:
        self._local.inside = inside

    def _serve(self, queue: SimpleQueue[tuple[_Job, Context]]) -> None:
        self.enter(True)
        while True:
            job, context = queue.get()
            job.help(context)
            del job, context

    def start(self, helpers: int) -> None:
        """Have as many threads at least."""
        if len(self._helpers) < helpers:
            with self._lock:
                while len(self._helpers) < helpers:
                    name = f"convgrad-{len(self._helpers)}"
                    thread = threading.Thread(target=self._serve, args=(self._queue,), name=name, daemon=True)
                    thread.start()
                    self._helpers.append(thread.native_id or 0)
                self._core = -1

    def call(self, job: _Job, helpers: int) -> None:
        """Ask `helpers` threads to join a job."""
        for _ in range(helpers):
            self._queue.put((job, copy_context()))

    def place(self, cores: set[int]) -> None:
        """Keep the caller on its core, of those it may use, and the helpers off it."""
        core = _current_core() if _current_core is not None else -1
        if core not in cores:
            return
        try:
            os.sched_setaffinity(0, {core})
            if core != self._core:
                self._core = core
                for helper in self._helpers:
                    os.sched_setaffinity(helper, cores - {core})
        except OSError:
            # Some sandboxes forbid it; the threads are then where the system puts them.
            self._core = -1


def _cores(helpers: int) -> set[int] | None:
    """Return the cores of the calling thread if it and the helpers are to be placed on them."""
    if _current_core is None:
        return None
    cores = os.sched_getaffinity(0)
    return cores if helpers < len(cores) <= FEW_CORES else None


def _find_current_core() -> Callable[[], int] | None:
    """Return the C library's function that tells the core of the calling thread, where threads can be placed."""
    if not hasattr(os, "sched_setaffinity"):
        return None
    try:
        function = ctypes.CDLL(None).sched_getcpu
    except (OSError, AttributeError):
        return None
    return function


_current_core = _find_current_core()


def _default_size() -> int:
    """Number of threads to start with: OMP_NUM_THREADS, else the cores this process may use."""
    wished = os.environ.get("OMP_NUM_THREADS", "").split(",")[0]
    if wished.isdigit() and int(wished) > 0:
        return int(wished)
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


_POOL = _Pool()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_POOL.forget)


def get_num_threads() -> int:
    """Return the number of threads that kernels are split over.

    Examples
    --------
    >>> get_num_threads() >= 1
    True
    """
    return _POOL.size


def set_num_threads(count: int) -> None:
    """Set the number of threads that kernels are split over; no result changes by a bit.

    Parameters
    ----------
    count : int
        At least 1.

    Raises
    ------
    RuntimeError
        If `count` is not positive.

    Examples
    --------
    >>> import autograd
    >>> count = autograd.get_num_threads()
    >>> autograd.set_num_threads(1)
    >>> autograd.get_num_threads()
    1
    >>> autograd.set_num_threads(count)
    """
    if count < 1:
        raise RuntimeError(
            describe("set_num_threads expects a positive integer", op="set_num_threads", rule=f"got {count}")
        )
    _POOL.size = int(count)


def run(function: Callable[[T], object], items: Sequence[T], cost: float = float("inf")) -> None:
    """Call a function on every item, on several threads where that pays.

    Parameters
    ----------
    function : callable
        Takes one item; must write only where no other item does.
    items : sequence
        Split by size alone. Larger items first balance best.
    cost : float
        Estimated microseconds of the whole on one core; little work stays on the calling thread.

    Raises
    ------
    BaseException
        What `function` raised, once every thread at work has stopped.
    """
    with blas.single_threaded():
        helpers = min(_POOL.size, len(items)) - 1
        if helpers < 1 or cost < HAND_OFF or _POOL.inside or not blas.controllable():
            for item in items:
                function(item)
            return
        _share(_Job(function, items), helpers)


def _share(job: _Job, helpers: int) -> None:
    """Work on a job together with helpers, and leave none of them behind, whatever happens."""
    interrupt: BaseException | None = None
    _POOL.enter(True)
    cores = _cores(helpers)
    try:
        _POOL.start(helpers)
        if cores is not None:
            _POOL.place(cores)
        _POOL.call(job, helpers)
        job.work()
    finally:
        _POOL.enter(False)
        while True:
            try:
                job.close()
                if cores is not None:
                    with suppress(OSError):
                        os.sched_setaffinity(0, cores)
                break
            except KeyboardInterrupt as error:
                interrupt = error
    if interrupt is not None:
        raise interrupt
    job.raise_error()
