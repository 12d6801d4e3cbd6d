"""Batches in an order that is a pure function of the seed and the epoch, so that an epoch can be taken up anywhere."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from autograd import Generator
from nn.data.loader import DataLoader
from nn.data.sampler import BatchSampler, DistributedSampler
from nn.parallel.ranks import Ranks

__all__ = ["Batches"]


class Batches:
    """The batches of each epoch, shuffled anew; of each, where several processes train, this one's share.

    Parameters
    ----------
    dataset : Dataset
        With a length.
    batch_size : int
        Samples in a batch; 0 means all of them.
    seed : int, default 0
        The order of epoch e depends on ``seed + e`` alone.
    num_workers : int, default 0
        Processes that load.
    collate_fn : callable, optional
        As for `DataLoader`.

    Examples
    --------
    >>> batches = Batches(range(5), batch_size=2)
    >>> len(batches), [len(batch) for batch in batches.epoch(0)]
    (3, [2, 2, 1])
    >>> whole = list(batches.epoch(3))
    >>> all((a == b).all() for a, b in zip(whole[1:], batches.epoch(3, start=1)))
    True
    """

    def __init__(
        self, dataset: Any, batch_size: int, seed: int = 0, num_workers: int = 0, collate_fn: Any = None
    ) -> None:
        self.dataset = dataset
        self.ranks = Ranks()
        self.num_workers = num_workers
        self.collate_fn = collate_fn
        self._order = DistributedSampler(dataset, num_replicas=1, rank=0, seed=seed)
        self._batches = BatchSampler(self._order, batch_size or len(dataset), drop_last=False)

    @property
    def samples(self) -> int:
        """Samples in an epoch."""
        return len(self.dataset)

    def __len__(self) -> int:
        return len(self._batches)

    def sizes(self) -> list[int]:
        """Return the number of samples in each batch of an epoch, over all processes."""
        full, rest = divmod(self.samples, self._batches.batch_size)
        return [self._batches.batch_size] * full + [rest] * (rest > 0)

    def epoch(self, number: int, start: int = 0) -> Iterator[Any]:
        """Load the batches of an epoch, from batch `start` on.

        Where a batch has fewer samples than there are processes, those without a share load its first sample.

        Parameters
        ----------
        number : int
            The epoch, on which the order depends.
        start : int, default 0
            The first batch that is loaded.
        """
        self._order.set_epoch(number)
        remaining = [self.ranks.share(batch) or batch[:1] for batch in list(self._batches)[start:]]
        # A generator of its own: loading must not disturb the random numbers of the training.
        source = Generator().manual_seed(number)
        return iter(
            DataLoader(
                self.dataset,
                batch_sampler=remaining,
                num_workers=self.num_workers,
                collate_fn=self.collate_fn,
                generator=source,
            )
        )
