"""Memory that is used again: scratch for kernels, and storage for tensors.

A page the process touches for the first time costs as much as the arithmetic on it. Scratch belongs to a thread and
grows to what the largest kernel asked for. Storage comes from a pool of buffers; a buffer is free when nothing but the
pool refers to it, so nobody has to give anything back. Set ``CONVGRAD_POOL=off`` to take all storage from NumPy.
"""

from __future__ import annotations

import os
import sys
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, NamedTuple

import numpy as np

__all__ = ["PoolStatistics", "clear", "empty", "scratch", "set_limit", "statistics"]

Array = np.ndarray[Any, np.dtype[Any]]

ALIGNMENT = 64
SMALLEST = 1 << 16
"""Bytes below which malloc reuses memory well enough by itself."""

_local = threading.local()


def scratch(name: str, shape: Sequence[int], dtype: Any = np.float32) -> Array:
    """Return this thread's scratch array of that name; its contents are what the last user left.

    Parameters
    ----------
    name : str
        Two arrays that are in use at the same time need two names.
    shape : sequence of int
    dtype : dtype, default float32
    """
    size = prod(shape)
    buffers: dict[Any, Array] = _local.__dict__
    held = buffers.get((name, dtype))
    if held is None or held.size < size:
        kind = np.dtype(dtype)
        held = buffers[(name, dtype)] = _buffer(size * kind.itemsize).content.view(kind)
    return held[:size].reshape(shape)


@dataclass(frozen=True, slots=True)
class PoolStatistics:
    """What the pool holds and how often it helped.

    Attributes
    ----------
    held, used : int
        Bytes in all buffers, and in those that something still refers to.
    hits, misses : int
        Requests served from a free buffer, and requests that took fresh memory.
    limit : int
        Bytes the pool may hold; 0 when it is off.
    """

    held: int
    used: int
    hits: int
    misses: int
    limit: int


class _Buffer(NamedTuple):
    """The array that owns the memory, and its bytes from the first cache line on."""

    owner: Array
    content: Array


def _buffer(size: int) -> _Buffer:
    owner = np.empty(size + ALIGNMENT, np.uint8)
    offset = -owner.__array_interface__["data"][0] % ALIGNMENT
    return _Buffer(owner, owner[offset : offset + size])


class _Pool:
    """Buffers by size class. A class is a queue, from the buffer longest out of sight to the one handed out last."""

    HOT = 2
    """Buffers looked at first, from the end of the queue: one that is free again already is still in the cache."""

    LOOKS = 8
    """Buffers looked at after that, from the front, before fresh memory is taken."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.clear()

    def clear(self) -> None:
        """Let go of every buffer; those in use live on with their users."""
        self._classes: dict[int, deque[_Buffer]] = {}
        self.held = self.hits = self.misses = 0

    def take(self, size: int) -> Array:
        """Return a view of `size` bytes of a free buffer."""
        rounded = _size_class(size)
        queue = self._classes.get(rounded)
        if queue is None:
            queue = self._classes.setdefault(rounded, deque())
        view = self._newest(queue, size)
        for _ in range(0 if view is not None else min(self.LOOKS, len(queue))):
            try:
                buffer = queue.popleft()
            except IndexError:
                break
            # Off the queue the buffer is this thread's alone; it goes back only once the view keeps it.
            view = self._view(buffer, size)
            queue.append(buffer)
            if view is not None:
                break
        if view is not None:
            self.hits += 1
            return view
        return self._fresh(size, rounded, queue)

    def _view(self, buffer: _Buffer, size: int) -> Array | None:
        return buffer.content[:size] if sys.getrefcount(buffer.owner) == _FREE else None

    def _newest(self, queue: deque[_Buffer], size: int) -> Array | None:
        """Return a view of one of the buffers handed out last, if one is free; it is now the last."""
        looked: list[_Buffer] = []
        view = None
        while view is None and queue and len(looked) < self.HOT:
            try:
                looked.append(queue.pop())
            except IndexError:
                break
            view = self._view(looked[-1], size)
        queue.extend(reversed(looked) if view is None else looked)
        return view

    def _fresh(self, size: int, rounded: int, queue: deque[_Buffer]) -> Array:
        self.misses += 1
        buffer = _buffer(rounded)
        view = buffer.content[:size]
        if self.held + rounded > self.limit:
            self._drop_free()
        if self.held + rounded <= self.limit:
            queue.append(buffer)
            self.held += rounded
        return view

    def _drop_free(self) -> None:
        for size, queue in list(self._classes.items()):
            for _ in range(len(queue)):
                buffer = queue.popleft()
                if sys.getrefcount(buffer.owner) == _FREE:
                    self.held -= size
                else:
                    queue.append(buffer)

    def used(self) -> int:
        """Bytes of the buffers that somebody refers to."""
        return sum(
            size for size, queue in list(self._classes.items()) for b in list(queue) if sys.getrefcount(b.owner) > _FREE
        )


def _size_class(size: int) -> int:
    """Round up to one of eight steps between powers of two, so that a buffer wastes an eighth at most."""
    step = 1 << max(0, size.bit_length() - 4)
    return -(-size // step) * step


def _count_of_free() -> int:
    """Return the reference count of a buffer's owner that nobody uses, as this interpreter counts."""
    queue = deque([_buffer(1)])
    buffer = queue.popleft()
    return sys.getrefcount(buffer.owner)


def _default_limit() -> int:
    if os.environ.get("CONVGRAD_POOL", "").lower() in ("off", "0"):
        return 0
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 4
    except (AttributeError, ValueError, OSError):
        return 1 << 30


_FREE = _count_of_free()
_POOL = _Pool(_default_limit())


def empty(shape: Sequence[int], dtype: Any = np.float32, channels_last: bool = False) -> Array:
    """Return an uninitialised array, in memory that is used again once nothing refers to it.

    Parameters
    ----------
    shape : sequence of int
    dtype : dtype, default float32
    channels_last : bool
        Lay (N, C, *spatial) out in memory as (N, *spatial, C).

    Examples
    --------
    >>> empty((2, 3, 4, 4), channels_last=True).strides
    (192, 4, 48, 12)
    """
    kind = np.dtype(dtype)
    laid_out = (shape[0], *shape[2:], shape[1]) if channels_last else tuple(shape)
    size = prod(laid_out) * kind.itemsize
    if size < SMALLEST or not _POOL.limit or kind.hasobject:
        array: Array = np.empty(laid_out, kind)
    else:
        array = _POOL.take(size).view(kind).reshape(laid_out)
    if channels_last:
        rank = len(laid_out)
        return array.transpose(0, rank - 1, *range(1, rank - 1))
    return array


def statistics() -> PoolStatistics:
    """Return what the pool holds and how often it helped."""
    return PoolStatistics(_POOL.held, _POOL.used(), _POOL.hits, _POOL.misses, _POOL.limit)


def set_limit(size: int) -> None:
    """Bound the bytes the pool may hold; 0 switches it off."""
    _POOL.limit = size
    if _POOL.held > size:
        _POOL.clear()


def clear() -> None:
    """Return the pool's memory and this thread's scratch to the system."""
    _POOL.clear()
    _local.__dict__.clear()
