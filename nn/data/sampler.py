"""Samplers: the order in which a dataset is read.

An order is drawn whole when its iterator is made, from nothing but the generator's state; hence restoring that state
restores the order.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Sequence, Sized
from typing import Any, Generic, TypeVar

import numpy as np

import autograd
from autograd import Generator, distributed
from autograd.errors import describe

__all__ = [
    "BatchSampler",
    "DistributedSampler",
    "RandomSampler",
    "Sampler",
    "SequentialSampler",
    "SubsetRandomSampler",
    "WeightedRandomSampler",
    "draw_seed",
]

T_co = TypeVar("T_co", covariant=True)


def draw_seed(generator: Generator | None = None) -> int:
    """Draw a seed in [0, 2**62) from a generator, or from the default one."""
    return int((generator or autograd.default_generator).rng.integers(2**62))


def _positive(name: str, value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
        raise ValueError(f"{name} should be a positive integer value, but got {name}={value}")
    return value


class Sampler(Generic[T_co]):
    """Base class of samplers: subclasses define ``__iter__`` and, where it is known, ``__len__``.

    Examples
    --------
    >>> class Backwards(Sampler[int]):
    ...     def __init__(self, length):
    ...         self.length = length
    ...
    ...     def __iter__(self):
    ...         return iter(reversed(range(self.length)))
    >>> list(BatchSampler(Backwards(5), batch_size=2, drop_last=False))
    [[4, 3], [2, 1], [0]]
    """

    def __iter__(self) -> Iterator[T_co]:
        raise NotImplementedError("Subclasses of Sampler should implement __iter__.")


class SequentialSampler(Sampler[int]):
    """Indices in order.

    Parameters
    ----------
    data_source : sized
        The dataset.

    Examples
    --------
    >>> list(SequentialSampler("abc"))
    [0, 1, 2]
    """

    def __init__(self, data_source: Sized) -> None:
        self.data_source = data_source

    def __iter__(self) -> Iterator[int]:
        return iter(range(len(self.data_source)))

    def __len__(self) -> int:
        return len(self.data_source)


class RandomSampler(Sampler[int]):
    """Indices in random order.

    Parameters
    ----------
    data_source : sized
        The dataset.
    replacement : bool, default False
        Draw each index independently of the others.
    num_samples : int, optional
        How many indices to draw; the dataset's length if omitted. Without replacement, more than that length means
        one permutation after the other.
    generator : Generator, optional
        If omitted, each iteration seeds a new generator from the default one.

    Raises
    ------
    TypeError, ValueError
        If `replacement` is no bool, or `num_samples` not a positive integer.

    Examples
    --------
    >>> sampler = RandomSampler(range(4), generator=Generator().manual_seed(0))
    >>> sorted(sampler)
    [0, 1, 2, 3]
    """

    def __init__(
        self,
        data_source: Sized,
        replacement: bool = False,
        num_samples: int | None = None,
        generator: Generator | None = None,
    ) -> None:
        if not isinstance(replacement, bool):
            raise TypeError(f"replacement should be a boolean value, but got replacement={replacement}")
        self.data_source = data_source
        self.replacement = replacement
        self.generator = generator
        self._num_samples = num_samples
        _positive("num_samples", self.num_samples)

    @property
    def num_samples(self) -> int:
        """How many indices one iteration yields."""
        return len(self.data_source) if self._num_samples is None else self._num_samples

    def __iter__(self) -> Iterator[int]:
        generator = self.generator or Generator().manual_seed(draw_seed())
        size, count = len(self.data_source), self.num_samples
        if self.replacement:
            return iter(generator.rng.integers(size, size=count).tolist())
        rounds = (autograd.randperm(size, generator=generator).tolist() for _ in range(math.ceil(count / size)))
        order = [index for permutation in rounds for index in permutation]
        return iter(order[:count])

    def __len__(self) -> int:
        return self.num_samples


class SubsetRandomSampler(Sampler[Any]):
    """Given indices in random order.

    Parameters
    ----------
    indices : sequence
        What to draw from, without replacement.
    generator : Generator, optional
        The default generator if omitted.

    Examples
    --------
    >>> sorted(SubsetRandomSampler([7, 3, 5]))
    [3, 5, 7]
    """

    def __init__(self, indices: Sequence[Any], generator: Generator | None = None) -> None:
        self.indices = indices
        self.generator = generator

    def __iter__(self) -> Iterator[Any]:
        order = autograd.randperm(len(self.indices), generator=self.generator).tolist()
        return iter([self.indices[i] for i in order])

    def __len__(self) -> int:
        return len(self.indices)


class WeightedRandomSampler(Sampler[int]):
    """Indices drawn with given weights.

    Without replacement, index i waits for an exponential time of rate ``weights[i]`` and the first `num_samples` to
    arrive are taken, which equals drawing one by one and renormalising (Efraimidis and Spirakis, 2006).

    Parameters
    ----------
    weights : sequence of float
        Non-negative weights, one per index; they need not sum up to 1.
    num_samples : int
        How many indices to draw.
    replacement : bool, default True
        Whether an index may be drawn again.
    generator : Generator, optional
        The default generator if omitted.

    Raises
    ------
    ValueError
        If an argument has the wrong type or shape.
    RuntimeError
        If the weights are no distribution, or too few are positive.

    Examples
    --------
    >>> sorted(WeightedRandomSampler([0.0, 1.0, 3.0], 2, replacement=False))
    [1, 2]
    """

    def __init__(
        self,
        weights: Sequence[float],
        num_samples: int,
        replacement: bool = True,
        generator: Generator | None = None,
    ) -> None:
        self.num_samples = _positive("num_samples", num_samples)
        if not isinstance(replacement, bool):
            raise ValueError(f"replacement should be a boolean value, but got replacement={replacement}")
        self.replacement = replacement
        self.generator = generator
        self.weights = np.asarray(weights, dtype=np.float64)
        if self.weights.ndim != 1:
            raise ValueError(
                f"weights should be a 1d sequence but given weights have shape {tuple(self.weights.shape)}"
            )
        self._check_weights()

    def _check_weights(self) -> None:
        if not np.isfinite(self.weights).all() or (self.weights < 0).any():
            raise RuntimeError("probability tensor contains either `inf`, `nan` or element < 0")
        if self.weights.sum() <= 0:
            raise RuntimeError("invalid multinomial distribution (sum of probabilities <= 0)")
        positive = np.count_nonzero(self.weights)
        if not self.replacement and self.num_samples > positive:
            raise RuntimeError(
                describe(
                    "cannot sample n_sample > prob_dist.size(-1) samples without replacement",
                    op="WeightedRandomSampler",
                    rule=f"num_samples={self.num_samples}, but only {positive} weights are positive",
                    fix="draw fewer samples, or with replacement=True",
                )
            )

    def __iter__(self) -> Iterator[int]:
        rng = (self.generator or autograd.default_generator).rng
        if self.replacement:
            share = self.weights / self.weights.sum()
            return iter(rng.choice(len(share), size=self.num_samples, p=share).tolist())
        with np.errstate(divide="ignore"):
            arrival = rng.exponential(size=len(self.weights)) / self.weights
        return iter(np.argsort(arrival, kind="stable")[: self.num_samples].tolist())

    def __len__(self) -> int:
        return self.num_samples


class BatchSampler(Sampler[list[Any]]):
    """The indices of another sampler, in batches.

    Parameters
    ----------
    sampler : iterable
        Yields indices.
    batch_size : int
        Indices in a batch.
    drop_last : bool
        Leave out a last batch that is not full.

    Raises
    ------
    ValueError
        If `batch_size` is not a positive integer, or `drop_last` no bool.

    Examples
    --------
    >>> list(BatchSampler(range(5), batch_size=2, drop_last=False))
    [[0, 1], [2, 3], [4]]
    """

    def __init__(self, sampler: Iterable[Any], batch_size: int, drop_last: bool) -> None:
        self.batch_size = _positive("batch_size", batch_size)
        if not isinstance(drop_last, bool):
            raise ValueError(f"drop_last should be a boolean value, but got drop_last={drop_last}")
        self.sampler = sampler
        self.drop_last = drop_last

    def __iter__(self) -> Iterator[list[Any]]:
        return self._batches(iter(self.sampler))

    def _batches(self, indices: Iterator[Any]) -> Iterator[list[Any]]:
        while batch := list(itertools.islice(indices, self.batch_size)):
            if self.drop_last and len(batch) < self.batch_size:
                return
            yield batch

    def __len__(self) -> int:
        count = len(self.sampler)  # type: ignore[arg-type]
        return count // self.batch_size if self.drop_last else math.ceil(count / self.batch_size)


class DistributedSampler(Sampler[int]):
    """The share of one of several processes that train together.

    All shares have the same size: the order is continued from its beginning, or cut short with `drop_last`.

    Parameters
    ----------
    dataset : sized
        The dataset.
    num_replicas : int, optional
        Number of processes; by default those of ``autograd.distributed``.
    rank : int, optional
        This process, in [0, num_replicas).
    shuffle : bool, default True
        Shuffle each epoch, by ``seed + epoch``.
    seed : int, default 0
        The same in all processes.
    drop_last : bool, default False
        Leave out the tail instead of repeating the head.

    Raises
    ------
    RuntimeError
        If `num_replicas` or `rank` is missing, and there is no process group.
    ValueError
        If `rank` lies outside its interval.

    Examples
    --------
    >>> [list(DistributedSampler(range(5), 2, rank, shuffle=False)) for rank in range(2)]
    [[0, 2, 4], [1, 3, 0]]
    """

    def __init__(
        self,
        dataset: Sized,
        num_replicas: int | None = None,
        rank: int | None = None,
        shuffle: bool = True,
        seed: int = 0,
        drop_last: bool = False,
    ) -> None:
        if num_replicas is None or rank is None:
            if not distributed.is_initialized():
                raise RuntimeError(
                    describe(
                        "Requires distributed package to be available",
                        op="DistributedSampler",
                        rule=f"num_replicas={num_replicas}, rank={rank}",
                        fix="pass both, or call autograd.distributed.init_process_group('mpi') before",
                    )
                )
            num_replicas = distributed.get_world_size() if num_replicas is None else num_replicas
            rank = distributed.get_rank() if rank is None else rank
        if not 0 <= rank < num_replicas:
            raise ValueError(f"Invalid rank {rank}, rank should be in the interval [0, {num_replicas - 1}]")
        self.dataset = dataset
        self.num_replicas = num_replicas
        self.rank = rank
        self.shuffle = shuffle
        self.seed = seed
        self.drop_last = drop_last
        self.epoch = 0
        size = len(dataset)
        self.num_samples = size // num_replicas if drop_last else math.ceil(size / num_replicas)
        self.total_size = self.num_samples * num_replicas

    def __iter__(self) -> Iterator[int]:
        size = len(self.dataset)
        if self.shuffle:
            generator = Generator().manual_seed(self.seed + self.epoch)
            order = autograd.randperm(size, generator=generator).tolist()
        else:
            order = list(range(size))
        return itertools.islice(itertools.cycle(order), self.rank, self.total_size, self.num_replicas)

    def __len__(self) -> int:
        return self.num_samples

    def set_epoch(self, epoch: int) -> None:
        """Choose the epoch, on which the order depends; call it before each epoch in every process."""
        self.epoch = epoch
