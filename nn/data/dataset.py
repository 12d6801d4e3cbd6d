"""Datasets: a source of samples by index (map style) or in a stream (iterable style), and ways to combine them."""

from __future__ import annotations

import bisect
import itertools
import math
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, Generic, TypeVar, cast, overload

import autograd
from autograd import Generator, Tensor
from autograd.errors import describe

__all__ = [
    "ChainDataset",
    "Columns",
    "ConcatDataset",
    "Dataset",
    "IterableDataset",
    "StackDataset",
    "Subset",
    "TensorDataset",
    "random_split",
    "read_samples",
]

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Dataset(Generic[T_co]):
    """A map from keys to samples.

    Subclasses define ``__getitem__`` and, in general, ``__len__``. They may define ``__getitems__(indices)``, which
    returns the samples of a whole batch at once; the loader prefers it. A subclass that overrides ``__getitem__``
    alone is read sample by sample, whatever its base class could do faster.

    Examples
    --------
    >>> class Squares(Dataset[int]):
    ...     def __getitem__(self, index):
    ...         return index * index
    ...
    ...     def __len__(self):
    ...         return 5
    >>> Squares()[3], len(Squares())
    (9, 5)
    """

    __getitems__: ClassVar[Callable[..., Sequence[Any]] | None] = None

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "__getitem__" in cls.__dict__ and "__getitems__" not in cls.__dict__:
            # An inherited batch reader would bypass the new __getitem__.
            cls.__getitems__ = None

    def __getitem__(self, index: Any) -> T_co:
        raise NotImplementedError("Subclasses of Dataset should implement __getitem__.")

    def __add__(self, other: Dataset[Any]) -> Dataset[Any]:
        return ConcatDataset([self, other])


class IterableDataset(Dataset[T_co], Iterable[T_co]):
    """A stream of samples: subclasses define ``__iter__``.

    With ``num_workers > 0`` every worker process iterates over its own copy; `get_worker_info` tells the copies apart.

    Examples
    --------
    >>> class Count(IterableDataset[int]):
    ...     def __iter__(self):
    ...         return iter(range(3))
    >>> list(Count() + Count())
    [0, 1, 2, 0, 1, 2]
    """

    def __iter__(self) -> Iterator[T_co]:
        raise NotImplementedError("Subclasses of IterableDataset should implement __iter__.")

    def __add__(self, other: Dataset[Any]) -> Dataset[Any]:
        return ChainDataset([self, other])


class Columns(Sequence[tuple[Any, ...]]):
    """A batch kept as columns, and at the same time the sequence of its samples.

    `default_collate` takes the columns as they are, which saves cutting a batch into samples only to stack them again;
    any other collate function sees a sequence of tuples.

    Parameters
    ----------
    *columns : Tensor or ndarray
        One per field, all with the same first dimension.
    """

    __slots__ = ("columns",)

    def __init__(self, *columns: Any) -> None:
        self.columns = columns

    def __len__(self) -> int:
        return len(self.columns[0])

    @overload
    def __getitem__(self, index: int) -> tuple[Any, ...]: ...
    @overload
    def __getitem__(self, index: slice) -> list[tuple[Any, ...]]: ...
    def __getitem__(self, index: int | slice) -> tuple[Any, ...] | list[tuple[Any, ...]]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        return tuple(column[index] for column in self.columns)


def read_samples(dataset: Any, indices: Sequence[Any]) -> Sequence[Any]:
    """Read several samples, at once where the dataset knows how to.

    Parameters
    ----------
    dataset : Dataset or sequence
        Anything with ``__getitem__``, and perhaps ``__getitems__``.
    indices : sequence
        Keys of the samples.
    """
    read = getattr(dataset, "__getitems__", None)
    if callable(read):
        return cast(Sequence[Any], read(indices))
    return [dataset[index] for index in indices]


class TensorDataset(Dataset[tuple[Tensor, ...]]):
    """Samples are the rows of tensors; a batch is read with one indexing operation per tensor.

    Parameters
    ----------
    *tensors : Tensor
        Tensors with the same size in the first dimension.

    Raises
    ------
    AssertionError
        If the first dimensions differ.

    Examples
    --------
    >>> dataset = TensorDataset(autograd.arange(6).reshape(3, 2), autograd.arange(3))
    >>> dataset[2]
    (tensor([4, 5]), tensor(2))
    """

    def __init__(self, *tensors: Tensor) -> None:
        if any(len(tensor) != len(tensors[0]) for tensor in tensors):
            shapes = {f"tensors[{i}]": tensor.shape for i, tensor in enumerate(tensors)}
            raise AssertionError(
                describe(
                    "Size mismatch between tensors",
                    op="TensorDataset",
                    shapes=shapes,
                    rule="all tensors have the same number of samples, their first dimension",
                )
            )
        self.tensors = tensors

    def __getitem__(self, index: Any) -> tuple[Tensor, ...]:
        return tuple(tensor[index] for tensor in self.tensors)

    def __getitems__(self, indices: Sequence[int]) -> Columns:
        return Columns(*(tensor[list(indices)] for tensor in self.tensors))

    def __len__(self) -> int:
        return len(self.tensors[0])


class StackDataset(Dataset[Any]):
    """Datasets side by side: a sample is a tuple, or a dict, of one sample of each.

    Parameters
    ----------
    *args : Dataset
        Datasets of equal length; samples are tuples.
    **kwargs : Dataset
        Datasets of equal length by name; samples are dicts.

    Raises
    ------
    ValueError
        If both forms or neither are given, or if the lengths differ.

    Examples
    --------
    >>> StackDataset(image=[10, 20], text=["a", "b"])[1]
    {'image': 20, 'text': 'b'}
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if args and kwargs:
            raise ValueError(
                "Supported either ``tuple``- (via ``args``) or ``dict``- (via ``kwargs``) like input/output, "
                "but both types are given."
            )
        parts = args or tuple(kwargs.values())
        if not parts:
            raise ValueError("At least one dataset should be passed")
        if any(len(part) != len(parts[0]) for part in parts):
            raise ValueError("Size mismatch between datasets")
        self.datasets: tuple[Any, ...] | dict[str, Any] = args or kwargs
        self._length = len(parts[0])

    def __getitem__(self, index: Any) -> Any:
        if isinstance(self.datasets, Mapping):
            return {name: part[index] for name, part in self.datasets.items()}
        return tuple(part[index] for part in self.datasets)

    def __getitems__(self, indices: Sequence[Any]) -> list[Any]:
        named = isinstance(self.datasets, Mapping)
        parts = self.datasets.values() if isinstance(self.datasets, Mapping) else self.datasets
        columns = [self._read(part, indices) for part in parts]
        rows = zip(*columns, strict=True)
        return [dict(zip(self.datasets, row, strict=True)) for row in rows] if named else list(rows)

    @staticmethod
    def _read(part: Any, indices: Sequence[Any]) -> Sequence[Any]:
        items = read_samples(part, indices)
        if len(items) != len(indices):
            raise ValueError(f"Nested dataset's output size mismatch. Expected {len(indices)}, got {len(items)}")
        return items

    def __len__(self) -> int:
        return self._length


class ConcatDataset(Dataset[T_co]):
    """Datasets one after the other.

    Parameters
    ----------
    datasets : iterable of Dataset
        Map-style datasets with a length.

    Raises
    ------
    AssertionError
        If there is none, or one is an `IterableDataset`.

    Examples
    --------
    >>> ConcatDataset([[10, 11], [20, 21, 22]])[3]
    21
    """

    def __init__(self, datasets: Iterable[Any]) -> None:
        self.datasets = list(datasets)
        if not self.datasets:
            raise AssertionError(describe("datasets should not be an empty iterable", fix="pass at least one data set"))
        if any(isinstance(dataset, IterableDataset) for dataset in self.datasets):
            raise AssertionError("ConcatDataset does not support IterableDataset")
        self.cumulative_sizes = list(itertools.accumulate(len(dataset) for dataset in self.datasets))

    def __len__(self) -> int:
        return self.cumulative_sizes[-1]

    def __getitem__(self, index: int) -> T_co:
        if index < 0:
            if -index > len(self):
                raise ValueError("absolute value of index should not exceed dataset length")
            index += len(self)
        which = bisect.bisect_right(self.cumulative_sizes, index)
        if which == len(self.datasets):
            raise IndexError(f"index {index} is out of range for a dataset of length {len(self)}")
        start = self.cumulative_sizes[which - 1] if which else 0
        return cast(T_co, self.datasets[which][index - start])


class ChainDataset(IterableDataset[T_co]):
    """Streams one after the other.

    Parameters
    ----------
    datasets : iterable of IterableDataset
        The streams.

    Examples
    --------
    >>> class Count(IterableDataset[int]):
    ...     def __iter__(self):
    ...         return iter(range(3))
    >>> list(ChainDataset([Count(), Count()]))
    [0, 1, 2, 0, 1, 2]
    """

    def __init__(self, datasets: Iterable[Any]) -> None:
        self.datasets = datasets

    def _streams(self) -> Iterator[Any]:
        for dataset in self.datasets:
            if not isinstance(dataset, IterableDataset):
                raise AssertionError("ChainDataset only supports IterableDataset")
            yield dataset

    def __iter__(self) -> Iterator[T_co]:
        return itertools.chain.from_iterable(self._streams())

    def __len__(self) -> int:
        return sum(len(dataset) for dataset in self._streams())


class Subset(Dataset[T_co]):
    """The samples of a dataset at given indices.

    Parameters
    ----------
    dataset : Dataset
        The whole dataset.
    indices : sequence
        Keys into `dataset`, in the order of the subset.

    Examples
    --------
    >>> list(Subset("abcdef", [4, 1]))
    ['e', 'b']
    """

    def __init__(self, dataset: Any, indices: Sequence[Any]) -> None:
        self.dataset = dataset
        self.indices = indices

    def __getitem__(self, index: Any) -> T_co:
        if isinstance(index, list):
            return cast(T_co, self.dataset[[self.indices[i] for i in index]])
        return cast(T_co, self.dataset[self.indices[index]])

    def __getitems__(self, indices: Sequence[int]) -> Sequence[T_co]:
        return read_samples(self.dataset, [self.indices[i] for i in indices])

    def __len__(self) -> int:
        return len(self.indices)


def random_split(dataset: Any, lengths: Sequence[int | float], generator: Generator | None = None) -> list[Subset[Any]]:
    """Split a dataset at random into parts that do not overlap.

    Parameters
    ----------
    dataset : Dataset
        The whole dataset.
    lengths : sequence of int or float
        Sizes of the parts, or fractions that sum up to 1: a fraction gives ``floor(fraction * len(dataset))`` samples,
        and what remains is dealt out one by one from the first part on.
    generator : Generator, optional
        Source of the permutation; the default generator if omitted.

    Returns
    -------
    list of Subset
        One part per length.

    Raises
    ------
    ValueError
        If a fraction lies outside [0, 1], or the lengths do not sum up to the dataset's.

    Examples
    --------
    >>> parts = random_split(range(10), [0.75, 0.25], Generator().manual_seed(0))
    >>> [len(part) for part in parts]
    [8, 2]
    """
    if math.isclose(sum(lengths), 1) and sum(lengths) <= 1:
        sizes = _sizes_of_fractions(len(dataset), lengths)
    else:
        sizes = cast(list[int], list(lengths))
    if sum(sizes) != len(dataset):
        raise ValueError(
            describe(
                "Sum of input lengths does not equal the length of the input dataset!",
                op="random_split",
                rule=f"{' + '.join(map(str, sizes))} = {sum(sizes)}, the dataset has {len(dataset)}",
                fix="give lengths with that sum, or fractions that sum up to 1",
            )
        )
    order = autograd.randperm(len(dataset), generator=generator).tolist()
    ends = list(itertools.accumulate(sizes))
    return [Subset(dataset, order[end - size : end]) for size, end in zip(sizes, ends, strict=True)]


def _sizes_of_fractions(total: int, fractions: Sequence[float]) -> list[int]:
    for i, fraction in enumerate(fractions):
        if not 0 <= fraction <= 1:
            raise ValueError(f"Fraction at index {i} is not between 0 and 1")
    sizes = [math.floor(total * fraction) for fraction in fractions]
    for i in range(total - sum(sizes)):
        sizes[i % len(sizes)] += 1
    for i, size in enumerate(sizes):
        if size == 0:
            warnings.warn(f"Length of split at index {i} is 0. This might result in an empty dataset.", stacklevel=3)
    return sizes
