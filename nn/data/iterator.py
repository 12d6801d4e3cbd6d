"""What ``iter(loader)`` gives: the common part, and the iterator that loads in this process."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Self

from nn.data.sampler import draw_seed

if TYPE_CHECKING:
    from nn.data.loader import DataLoader

__all__ = ["LoaderIterator", "SerialIterator"]


class LoaderIterator(Iterator[Any]):
    """One epoch of a loader.

    The order of the indices and the workers' seed are drawn here, in this order, before any data is loaded. The
    iterator holds what it needs of the loader and not the loader itself, so that dropping either one frees it.

    Parameters
    ----------
    loader : DataLoader
        The loader to iterate over.
    """

    def __init__(self, loader: DataLoader[Any]) -> None:
        self._source = loader.source
        self._begin(loader)

    def _begin(self, loader: DataLoader[Any]) -> None:
        self._sampler = loader.index_sampler
        self._indices = iter(self._sampler)
        self._base_seed = draw_seed(loader.generator)
        self._yielded = 0
        self._announced = loader.announced_length

    def __iter__(self) -> Self:
        return self

    def __len__(self) -> int:
        return len(self._sampler)  # type: ignore[arg-type]

    def _load(self) -> Any:
        raise NotImplementedError

    def __next__(self) -> Any:
        data = self._load()
        self._yielded += 1
        if self._announced is not None and self._yielded > self._announced:
            warnings.warn(
                f"Length of IterableDataset {self._source.dataset} was reported to be {self._announced} "
                f"(when accessing len(dataloader)), but {self._yielded} samples have been fetched. With workers, "
                "each one iterates over its own copy of the dataset: share the samples out by get_worker_info().",
                stacklevel=2,
            )
        return data


class SerialIterator(LoaderIterator):
    """Loads each batch in this process when it is asked for."""

    def _begin(self, loader: DataLoader[Any]) -> None:
        super()._begin(loader)
        self._fetcher = self._source.fetcher()

    def _load(self) -> Any:
        return self._fetcher.fetch(next(self._indices))
