"""A model of training on several processes: the time of a step from that of its parts, and of the messages.

A sum of S bytes over n processes in a ring takes 2 (n - 1) messages of S / n bytes, one after another:
``2 (n - 1) (latency + S / (n bandwidth))`` (P. Patarasu, X. Yuan, "Bandwidth optimal all-reduce
algorithms for clusters of workstations", 2009). Short sums go by recursive doubling, ``log2(n)`` exchanges of all S
bytes (R. Thakur, R. Rabenseifner, W. Gropp, "Optimization of collective communication operations in MPICH", 2005).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

__all__ = ["Link", "Times", "all_reduce", "fit", "limit", "step"]


@dataclass(frozen=True)
class Link:
    """What carries messages.

    Attributes
    ----------
    name : str
    latency : float
        Seconds of a message without contents.
    bandwidth : float
        Bytes a second out of one process, and into it at the same time.
    hides : bool
        Whether messages travel while the processes compute; where cores copy them, they do not.
    is_shared : bool
        Whether all processes together have the bandwidth of two.
    """

    name: str
    latency: float
    bandwidth: float
    hides: bool
    is_shared: bool = False


@dataclass(frozen=True)
class Times:
    """Seconds of the parts of a step in one process, and the bytes of its buckets in the order they are filled.

    `collecting` is what the buckets themselves cost, without messages.
    """

    forward: float
    backward: float
    update: float
    collecting: float
    buckets: Sequence[int]

    @property
    def alone(self) -> float:
        """Seconds of a step without messages."""
        return self.forward + self.backward + self.update

    def scaled(self, share: float) -> Times:
        """Return the times with a share of the batch."""
        return Times(self.forward * share, self.backward * share, self.update, self.collecting, self.buckets)


def all_reduce(ranks: int, size: float, link: Link) -> float:
    """Return the seconds of a sum of `size` bytes over so many processes.

    Examples
    --------
    >>> network = Link("a gigabyte a second", 1e-5, 1e9, hides=True)
    >>> [round(all_reduce(n, 1e6, network) * 1e3, 2) for n in (1, 2, 4)]
    [0.0, 1.02, 1.56]
    """
    if ranks == 1:
        return 0.0
    bandwidth = link.bandwidth * 2 / ranks if link.is_shared else link.bandwidth
    ring = 2 * (ranks - 1) * (link.latency + size / (ranks * bandwidth))
    doubling = math.ceil(math.log2(ranks)) * (link.latency + size / bandwidth)
    return min(ring, doubling)


def step(ranks: int, times: Times, link: Link) -> float:
    """Return the seconds of a step, its buckets filled evenly in the course of backward and summed one by one."""
    sums = [all_reduce(ranks, size, link) for size in times.buckets]
    if not link.hides:
        return times.alone + times.collecting + sum(sums)
    free, backward = 0.0, times.backward + times.collecting
    for number, seconds in enumerate(sums, 1):
        free = max(free, times.forward + backward * number / len(sums)) + seconds
    return free + times.update


def limit(times: Times, link: Link, most: int = 64) -> int:
    """Return up to how many processes each doubling of their number makes a step 1.5 times as fast or more.

    The times are those of one process with the whole batch, of which each computes an equal share.
    """
    ranks, before = 1, times.alone
    while ranks < most:
        after = step(2 * ranks, times.scaled(1 / (2 * ranks)), link)
        if before < 1.5 * after:
            break
        ranks, before = 2 * ranks, after
    return ranks


def fit(sums: Mapping[int, float]) -> tuple[float, float]:
    """Return latency and bandwidth of sums over two processes, by bytes: ``latency + bytes / bandwidth``.

    The latency is the median of sums up to 4 KiB, the bandwidth that of sums from 1 MiB on.
    """
    short = sorted(seconds for size, seconds in sums.items() if size <= 4096)
    latency = short[len(short) // 2]
    rates = sorted(size / (seconds - latency) for size, seconds in sums.items() if size >= 1 << 20)
    return latency, rates[len(rates) // 2]
