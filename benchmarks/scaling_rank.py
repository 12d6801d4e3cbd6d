"""What each rank of ``python -m benchmarks scaling`` runs: sums of some sizes, training steps; rank 0 writes JSON."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import autograd  # isort: skip  # first of all: it decides how NumPy's BLAS is loaded
import numpy as np

import nn
import optim
from autograd import distributed
from benchmarks.machine import keep_freed_memory
from benchmarks.models import STEPS, Step
from nn.parallel import DistributedDataParallel
from nn.parallel.reducer import Bucket, fill_buckets

#: Bytes in a bucket, as DistributedDataParallel has it by default.
CAPACITY = 25 * 2**20
SIZES = [2**k for k in range(3, 27)]


def perceptron(nn: Any) -> Any:
    """Few operations, many weights: what is hardest to train on several machines."""
    return nn.Sequential(
        nn.Flatten(), nn.Linear(3072, 2048), nn.ReLU(), nn.Linear(2048, 2048), nn.ReLU(), nn.Linear(2048, 10)
    )


NAMES = ("LeNet-5 N256", "ResNet-8 w32 N64", "VGG6-BN N64")
NETWORKS = [step for step in STEPS if step.name in NAMES] + [Step("Perceptron N64", perceptron, 64, (3, 32, 32))]


def interleave(calls: dict[Any, Callable[[], object]], rounds: int) -> dict[Any, list[float]]:
    """Return the quartiles of the seconds of calls that take turns, each made by all ranks together.

    The median comes first; all are the slowest rank's.
    """
    times: dict[Any, list[float]] = {name: [] for name in calls}
    for _ in range(rounds + 1):
        for name, call in calls.items():
            distributed.barrier()
            start = time.perf_counter()
            call()
            times[name].append(time.perf_counter() - start)
    quartiles = autograd.tensor([np.percentile(seen[1:], (50, 25, 75)) for seen in times.values()])
    distributed.all_reduce(quartiles, distributed.ReduceOp.MAX)
    return dict(zip(times, quartiles.tolist(), strict=True))


def sums(rounds: int) -> dict[int, list[float]]:
    """Return the seconds of a sum over all ranks, by bytes."""
    messages = {size: autograd.zeros(size // 4) for size in SIZES}
    return interleave({size: partial(distributed.all_reduce, message) for size, message in messages.items()}, rounds)


def after_backward(model: Any) -> None:
    """Average the gradients when backward has ended: what there would be without overlap."""
    gradients = [p.grad for p in model.parameters()]
    flat = autograd.cat([gradient.reshape(-1) for gradient in gradients])
    distributed.all_reduce(flat, distributed.ReduceOp.AVG)
    start = 0
    for gradient in gradients:
        gradient.copy_(flat[start : start + gradient.numel()].view(gradient.shape))
        start += gradient.numel()


def trainer(step: Step, batch: int, mode: str) -> Callable[[], object]:
    """Return a call that trains one step: 'alone', with 'overlap', or with the sum 'after' backward."""
    autograd.manual_seed(0)
    model = step.build(nn)
    rng = np.random.default_rng(distributed.get_rank())
    images = autograd.from_numpy(rng.standard_normal((batch, *step.image), np.float32))
    labels = autograd.from_numpy(rng.integers(0, step.classes, batch))
    network: nn.Module = model
    if mode == "overlap":
        network = DistributedDataParallel(model, broadcast_buffers=False, gradient_as_bucket_view=True)
    rule = optim.SGD(model.parameters(), lr=0.01, momentum=0.9)

    def train() -> None:
        rule.zero_grad()
        nn.functional.cross_entropy(network(images), labels).backward()
        if mode == "after":
            after_backward(model)
        rule.step()

    return train


def phases(step: Step, batch: int) -> dict[str, Callable[[], object]]:
    """Return calls of forward, of forward and backward without any sum, and of filling the buckets."""
    model = step.build(nn)
    images = autograd.from_numpy(np.random.default_rng(0).standard_normal((batch, *step.image), np.float32))
    labels = autograd.zeros(batch, dtype=autograd.int64)

    def forward() -> autograd.Tensor:
        return nn.functional.cross_entropy(model(images), labels)

    parameters = list(model.parameters())
    buckets = [Bucket(filled) for filled in fill_buckets(parameters, CAPACITY)]

    def collect() -> None:
        for bucket in buckets:
            for parameter, view in zip(bucket.parameters, bucket.views, strict=True):
                autograd.mul(parameter.detach(), 0.5, out=view)

    return {"forward": forward, "both": lambda: forward().backward(), "collect": collect}


def steps(only: str, shares: int, rounds: int) -> dict[str, dict[str, Any]]:
    """Return the seconds of training steps with a share of the batch, by network."""
    modes = ["alone"] if shares == 1 else ["alone", "after", "overlap"]
    found: dict[str, dict[str, Any]] = {}
    for step in NETWORKS:
        if only in step.name:
            batch = step.batch // shares
            calls = {mode: trainer(step, batch, mode) for mode in modes}
            found[step.name] = interleave({**calls, **phases(step, batch)}, rounds)
            parameters = list(step.build(nn).parameters())
            filled = fill_buckets(parameters, CAPACITY)
            found[step.name]["buckets"] = [sum(4 * p.numel() for p in bucket) for bucket in filled]
    return found


def main() -> None:
    """Measure what the arguments name: ``sums ROUNDS``, or ``steps ROUNDS THREADS SHARES NETWORK``."""
    keep_freed_memory()
    distributed.init_process_group("mpi")
    what, rounds = sys.argv[1], int(sys.argv[2])
    if what == "steps":
        autograd.set_num_threads(int(sys.argv[3]))
    found = sums(rounds) if what == "sums" else steps(sys.argv[5], int(sys.argv[4]), rounds)
    if distributed.get_rank() == 0:
        print(json.dumps(found), flush=True)
    distributed.destroy_process_group()


if __name__ == "__main__":
    main()
