"""What a training loop needs of the processes that share it; with one process, next to nothing happens."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, TypeVar

import autograd
from autograd import Tensor, distributed
from nn.module import Module
from nn.modules.batchnorm import _BatchNorm
from nn.parallel.distributed import DistributedDataParallel, share_tensors
from nn.parallel.sync_batchnorm import SyncBatchNorm

__all__ = ["Ranks"]

T = TypeVar("T")


class Ranks:
    """The processes of ``autograd.distributed``, or this one alone.

    Attributes
    ----------
    rank, size : int
        The number of this process, and how many there are.

    Examples
    --------
    >>> ranks = Ranks()
    >>> ranks.size, ranks.share([3, 1, 2]), ranks.total(0.5, 2)
    (1, [3, 1, 2], [0.5, 2.0])
    """

    def __init__(self) -> None:
        shared = distributed.is_initialized()
        self.rank = distributed.get_rank() if shared else 0
        self.size = distributed.get_world_size() if shared else 1

    @property
    def is_first(self) -> bool:
        """Whether this is the process that writes and prints."""
        return self.rank == 0

    def share(self, items: Sequence[T]) -> Sequence[T]:
        """Return this process's part: all parts in the order of the ranks are the whole, the first ones larger by one.

        A process beyond the number of items has none.
        """
        size, larger = divmod(len(items), self.size)
        start = self.rank * size + min(self.rank, larger)
        return items[start : start + size + (self.rank < larger)]

    def total(self, *values: float) -> list[float]:
        """Return the sums of some numbers over all processes."""
        numbers = [float(value) for value in values]
        if self.size == 1:
            return numbers
        sums = autograd.tensor(numbers, dtype=autograd.float64)
        distributed.all_reduce(sums)
        found: list[float] = sums.tolist()
        return found

    def from_first(self, value: T) -> T:
        """Return the first process's value."""
        if self.size == 1:
            return value
        box = [value]
        distributed.broadcast_object_list(box, 0)
        return box[0]

    def interleaved(self, own: Sequence[T]) -> list[T]:
        """Return what the processes made of items ``rank, rank + size, ...``, in the items' order."""
        if self.size == 1:
            return list(own)
        parts: list[list[T]] = []
        distributed.all_gather_object(parts, list(own))
        return [part[i] for i in range(len(parts[0])) for part in parts if i < len(part)]

    # ---- the model

    def wrap(self, model: Module) -> Module:
        """Return a module that computes what `model` does, with gradients that are the mean over all processes."""
        if self.size == 1:
            return model
        return DistributedDataParallel(model, broadcast_buffers=False, gradient_as_bucket_view=True)

    def summing(self, network: Module, is_last: bool) -> AbstractContextManager[None]:
        """Return the context of a batch: only the last of those that make a step brings the gradients together."""
        skip = isinstance(network, DistributedDataParallel) and not is_last
        return network.no_sync() if skip else nullcontext()

    def share_statistics(self, model: Module) -> None:
        """Give all processes the first one's running statistics, where they may differ."""
        if self.size > 1 and any(_takes_own_statistics(module) for module in model.modules()):
            share_tensors(model.buffers())

    @staticmethod
    def forward_nothing(network: Module, images: Tensor) -> tuple[Tensor, Tensor]:
        """Run a model on no images, for the messages that the other processes wait for; return logits and a loss of 0.

        Batch normalisation that is not synchronised has no statistics to take.
        """
        resting = [module for module in network.modules() if _takes_own_statistics(module) and module.training]
        for module in resting:
            module.eval()
        try:
            logits: Tensor = network(images)
        finally:
            for module in resting:
                module.train()
        return logits, logits.sum() * 0

    # ---- random numbers

    def spread_random(self) -> None:
        """Let every process draw random numbers of its own; the first goes on with those it has."""
        if self.rank:
            drawn = int(autograd.default_generator.rng.integers(2**62))
            autograd.manual_seed(drawn + self.rank)

    def random_state(self) -> Tensor:
        """Return the state of the random numbers; of several processes, a row for each."""
        state = autograd.get_rng_state()
        if self.size == 1:
            return state
        rows = [autograd.empty_like(state) for _ in range(self.size)]
        distributed.all_gather(rows, state)
        return autograd.stack(rows)

    def restore_random(self, state: Tensor) -> None:
        """Go on from a `random_state`; if it is that of another number of processes, from the first one's."""
        rows = state.reshape(-1, state.shape[-1])
        if len(rows) == self.size:
            autograd.set_rng_state(rows[self.rank])
        else:
            autograd.set_rng_state(rows[0])
            self.spread_random()


def _takes_own_statistics(module: Any) -> bool:
    return isinstance(module, _BatchNorm) and not isinstance(module, SyncBatchNorm)
