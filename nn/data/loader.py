"""DataLoader: batches of a dataset, in an order, loaded here or by worker processes."""

from __future__ import annotations

import math
import os
import warnings
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from autograd import Generator
from autograd.errors import describe
from nn.data.collate import default_collate, default_convert
from nn.data.dataset import IterableDataset
from nn.data.fetch import Source
from nn.data.iterator import LoaderIterator, SerialIterator
from nn.data.sampler import BatchSampler, RandomSampler, SequentialSampler

if TYPE_CHECKING:
    from multiprocessing.context import BaseContext

    from nn.data.pool import WorkerIterator

__all__ = ["DataLoader"]

T_co = TypeVar("T_co", covariant=True)

_FIXED = frozenset(("batch_size", "batch_sampler", "sampler", "drop_last", "dataset", "persistent_workers"))


class _Forever:
    """Sampler of an iterable dataset: no keys, and no end of its own."""

    def __iter__(self) -> Iterator[None]:
        while True:
            yield None


class DataLoader(Generic[T_co]):
    """Iterates over a dataset in batches.

    An epoch has ``ceil(samples / batch_size)`` batches, or ``floor`` with `drop_last`. Its order is a pure function
    of the generator's state at ``iter(loader)``, and does not depend on `num_workers`.

    Parameters
    ----------
    dataset : Dataset
        Map style or iterable.
    batch_size : int or None, default 1
        Samples in a batch; None for samples that are not batched.
    shuffle : bool, optional
        A new random order each epoch.
    sampler : iterable, optional
        Yields indices; excludes `shuffle`.
    batch_sampler : iterable, optional
        Yields lists of indices; excludes `batch_size`, `shuffle`, `sampler` and `drop_last`.
    num_workers : int, default 0
        Worker processes; 0 loads in this process.
    collate_fn : callable, optional
        Merges a list of samples; `default_collate` if omitted, `default_convert` without batches.
    pin_memory : bool, default False
        Accepted for PyTorch's sake; memory is never pinned, for there is no accelerator to pin it for.
    drop_last : bool, default False
        Leave out a last batch that is not full.
    timeout : float, default 0
        Seconds to wait for a worker; 0 waits for ever.
    worker_init_fn : callable, optional
        Called in each worker with its number, after seeding.
    multiprocessing_context : str or multiprocessing context, optional
        How workers start; the platform's default if omitted.
    generator : Generator, optional
        Draws the order and the workers' base seed; the default generator if omitted. Worker i seeds `random`, NumPy
        and `autograd` by the base seed plus i, anew each epoch.
    prefetch_factor : int, optional
        Batches each worker loads ahead; 2 with workers.
    persistent_workers : bool, default False
        Keep the workers from one epoch to the next.
    pin_memory_device : str, default ""
        Accepted and unused, as `pin_memory`.
    in_order : bool, default True
        Return batches in the order of their indices, and not as they become ready.

    Raises
    ------
    ValueError
        If arguments exclude each other or lie outside their range.
    TypeError
        If `multiprocessing_context` is no context.

    Examples
    --------
    >>> loader = DataLoader(range(5), batch_size=2)
    >>> len(loader), list(loader)
    (3, [tensor([0, 1]), tensor([2, 3]), tensor([4])])
    """

    _initialized = False

    def __init__(
        self,
        dataset: Any,
        batch_size: int | None = 1,
        shuffle: bool | None = None,
        sampler: Iterable[Any] | None = None,
        batch_sampler: Iterable[Any] | None = None,
        num_workers: int = 0,
        collate_fn: Callable[[Any], Any] | None = None,
        pin_memory: bool = False,
        drop_last: bool = False,
        timeout: float = 0,
        worker_init_fn: Callable[[int], None] | None = None,
        multiprocessing_context: str | BaseContext | None = None,
        generator: Generator | None = None,
        *,
        prefetch_factor: int | None = None,
        persistent_workers: bool = False,
        pin_memory_device: str = "",
        in_order: bool = True,
    ) -> None:
        _check_workers(num_workers, timeout, prefetch_factor, persistent_workers)
        iterable = isinstance(dataset, IterableDataset)
        if iterable:
            _check_iterable(shuffle, sampler, batch_sampler)
        _check_batches(batch_size, shuffle, sampler, batch_sampler, drop_last)
        if sampler is None:
            sampler = _default_sampler(dataset, iterable, bool(shuffle), generator)
        if batch_sampler is not None:
            batch_size = None
        elif batch_size is not None:
            batch_sampler = BatchSampler(sampler, batch_size, drop_last)
        if collate_fn is None:
            collate_fn = default_convert if batch_sampler is None else default_collate

        self.dataset = dataset
        self.batch_size = batch_size
        self.sampler = sampler
        self.batch_sampler = batch_sampler
        self.num_workers = num_workers
        self.collate_fn = collate_fn
        self.pin_memory = pin_memory
        self.pin_memory_device = pin_memory_device
        self.drop_last = drop_last
        self.timeout = timeout
        self.worker_init_fn = worker_init_fn
        self.multiprocessing_context = _find_context(multiprocessing_context, num_workers)
        self.generator = generator
        self.prefetch_factor = 2 if num_workers > 0 and prefetch_factor is None else prefetch_factor
        self.persistent_workers = persistent_workers
        self.in_order = in_order
        self.announced_length: int | None = None
        self._iterable = iterable
        self._iterator: WorkerIterator | None = None
        self._warn_of_many_workers()
        self._initialized = True

    def __setattr__(self, name: str, value: Any) -> None:
        if self._initialized and name in _FIXED:
            raise ValueError(f"{name} attribute should not be set after {type(self).__name__} is initialized")
        super().__setattr__(name, value)

    @property
    def source(self) -> Source:
        """Where data comes from and what becomes of it; goes to the workers."""
        batched = self.batch_sampler is not None
        return Source(self.dataset, self._iterable, batched, self.collate_fn, self.drop_last)

    @property
    def index_sampler(self) -> Iterable[Any]:
        """Yields what one step of the loader reads: a batch of indices, or one index."""
        return self.sampler if self.batch_sampler is None else self.batch_sampler

    def __iter__(self) -> LoaderIterator:
        if self.num_workers == 0:
            return SerialIterator(self)
        from nn.data.pool import WorkerIterator

        if not self.persistent_workers:
            return WorkerIterator(self)
        if self._iterator is None or not self._iterator.processes:
            self._iterator = WorkerIterator(self)
        else:
            self._iterator.restart(self)
        return self._iterator

    def __len__(self) -> int:
        if not self._iterable:
            return len(self.index_sampler)  # type: ignore[arg-type]
        samples = self.announced_length = len(self.dataset)
        if self.batch_size is None:
            return samples
        return samples // self.batch_size if self.drop_last else math.ceil(samples / self.batch_size)

    def _warn_of_many_workers(self) -> None:
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        if self.num_workers > cores:
            warnings.warn(
                f"This DataLoader will create {self.num_workers} worker processes in total. Our suggested max number "
                f"of worker in current system is {cores}, which is smaller than what this DataLoader is going to "
                "create. Please be aware that excessive worker creation might get DataLoader running slow or even "
                "freeze, lower the worker number to avoid potential slowness/freeze if necessary.",
                stacklevel=3,
            )


def _check_workers(num_workers: int, timeout: float, prefetch_factor: int | None, persistent_workers: bool) -> None:
    if num_workers < 0:
        raise ValueError(
            describe(
                "num_workers option should be non-negative; use num_workers=0 to disable multiprocessing.",
                fix="pass num_workers=0, or the number of processes",
            )
        )
    if timeout < 0:
        raise ValueError(describe("timeout option should be non-negative", fix="pass seconds, or 0 to wait for ever"))
    if num_workers == 0 and prefetch_factor is not None:
        raise ValueError(
            describe(
                "prefetch_factor option could only be specified in multiprocessing."
                "let num_workers > 0 to enable multiprocessing, otherwise set prefetch_factor to None.",
                fix="leave prefetch_factor away, or pass num_workers=1 or more",
            )
        )
    if prefetch_factor is not None and prefetch_factor < 0:
        raise ValueError("prefetch_factor option should be non-negative")
    if persistent_workers and num_workers == 0:
        raise ValueError(
            describe(
                "persistent_workers option needs num_workers > 0",
                fix="pass num_workers=1 or more, or persistent_workers=False",
            )
        )
    if timeout > 0 and num_workers == 0:
        raise ValueError(
            describe(
                "timeout option needs num_workers > 0",
                op="DataLoader",
                rule="a batch that is loaded in this process cannot be waited for",
                fix="drop timeout, or set num_workers",
            )
        )


def _check_iterable(shuffle: object, sampler: object, batch_sampler: object) -> None:
    options = {"shuffle": shuffle or None, "sampler": sampler, "batch_sampler": batch_sampler}
    for name, value in options.items():
        if value is not None:
            raise ValueError(
                f"DataLoader with IterableDataset: expected unspecified {name} option, but got {name}={value}"
            )


def _check_batches(
    batch_size: int | None, shuffle: bool | None, sampler: object, batch_sampler: object, drop_last: bool
) -> None:
    if sampler is not None and shuffle:
        raise ValueError(
            describe(
                "sampler option is mutually exclusive with shuffle",
                fix="leave shuffle away: the sampler decides the order",
            )
        )
    if batch_sampler is not None and (batch_size != 1 or shuffle or sampler is not None or drop_last):
        raise ValueError(
            describe(
                "batch_sampler option is mutually exclusive with batch_size, shuffle, sampler, and drop_last",
                fix="leave them away: the batch sampler decides all of that",
            )
        )
    if batch_sampler is None and batch_size is None and drop_last:
        raise ValueError("batch_size=None option disables auto-batching and is mutually exclusive with drop_last")


def _default_sampler(dataset: Any, iterable: bool, shuffle: bool, generator: Generator | None) -> Iterable[Any]:
    if iterable:
        return _Forever()
    return RandomSampler(dataset, generator=generator) if shuffle else SequentialSampler(dataset)


def _find_context(context: str | BaseContext | None, num_workers: int) -> BaseContext | None:
    if context is None:
        return None
    if num_workers == 0:
        raise ValueError(
            "multiprocessing_context can only be used with multi-process loading (num_workers > 0), "
            f"but got num_workers={num_workers}"
        )
    import multiprocessing
    from multiprocessing.context import BaseContext

    if isinstance(context, str):
        valid = multiprocessing.get_all_start_methods()
        if context not in valid:
            raise ValueError(
                f"multiprocessing_context option should specify a valid start method in {valid!r}, "
                f"but got multiprocessing_context={context!r}"
            )
        return multiprocessing.get_context(context)
    if not isinstance(context, BaseContext):
        raise TypeError(
            "multiprocessing_context option should be a valid context object or a string specifying the start method, "
            f"but got multiprocessing_context={context}"
        )
    return context
