"""Fetchers: read what one index, or one batch of indices, asks for, and collate it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from nn.data.dataset import read_samples

__all__ = ["Fetcher", "Source"]


class Fetcher(Protocol):
    """What `Source.fetcher` makes."""

    def fetch(self, index: Any) -> Any:
        """Return the batch (or the sample) that `index` asks for; raise StopIteration past a stream's end."""


@dataclass(frozen=True)
class Source:
    """Where data comes from and what becomes of it: all that a worker process must know.

    Parameters
    ----------
    dataset : object
        Map style or iterable.
    iterable : bool
        Which of the two.
    batched : bool
        Whether indices come in batches.
    collate_fn : callable
        Merges samples into a batch, or converts a sample.
    drop_last : bool
        Leave out a stream's last batch if it is not full.
    """

    dataset: Any
    iterable: bool
    batched: bool
    collate_fn: Callable[[Any], Any]
    drop_last: bool

    def fetcher(self) -> Fetcher:
        """Begin an epoch."""
        return _StreamFetcher(self) if self.iterable else _MapFetcher(self)


class _MapFetcher:
    def __init__(self, source: Source) -> None:
        self._source = source

    def fetch(self, index: Any) -> Any:
        source = self._source
        try:
            data = read_samples(source.dataset, index) if source.batched else source.dataset[index]
            return source.collate_fn(data)
        except StopIteration as error:
            # Let through, it would end the epoch early, and silently.
            raise RuntimeError("the dataset or its collate_fn raised StopIteration") from error


class _StreamFetcher:
    def __init__(self, source: Source) -> None:
        self._source = source
        self._samples: Iterator[Any] = iter(source.dataset)

    def fetch(self, index: Any) -> Any:
        source = self._source
        if not source.batched:
            return source.collate_fn(next(self._samples))
        # `zip` asks for an index first, so that it never takes a sample it cannot place.
        samples = [sample for _, sample in zip(index, self._samples, strict=False)]
        if not samples or (source.drop_last and len(samples) < len(index)):
            self._samples = iter(())
            raise StopIteration
        return source.collate_fn(samples)
