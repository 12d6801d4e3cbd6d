"""What the ranks run: ``mpiexec -n 2 python -m tests.nn.parallel.programs NAME``; a failing rank ends all."""

from __future__ import annotations

import copy
import doctest
import gc
import sys
import weakref
from importlib import import_module
from typing import Any

import numpy as np
import pytest

import autograd
import nn
import optim
from autograd import distributed as dist
from nn.data import DistributedSampler, TensorDataset
from nn.parallel import DistributedDataParallel as DDP
from nn.training import Batches, ExponentialAverage, Trainer, evaluate

F = nn.functional
RNG = np.random.default_rng(0)


def same_everywhere(*arrays: Any) -> None:
    """Check that all ranks have the same bits."""
    for array in arrays:
        every: list[Any] = []
        dist.all_gather_object(every, np.asarray(array).tobytes())
        assert all(other == every[0] for other in every)


def share(array: np.ndarray, sizes: list[int] | None = None) -> autograd.Tensor:
    """This rank's rows."""
    rank, size = dist.get_rank(), dist.get_world_size()
    if sizes is None:
        return autograd.tensor(np.array_split(array, size)[rank])
    start = sum(sizes[:rank])
    return autograd.tensor(array[start : start + sizes[rank]])


def collectives() -> None:
    rank, size = dist.get_rank(), dist.get_world_size()
    assert dist.is_initialized()
    assert dist.get_backend() == "mpi"
    numbers = np.arange(1, size + 1)
    expected = {"SUM": numbers.sum(), "AVG": numbers.mean(), "MIN": 1, "MAX": size, "PRODUCT": numbers.prod()}
    for kind in (autograd.float16, autograd.float32, autograd.float64, autograd.int64):
        for name, value in expected.items():
            x = autograd.full((2, 3), rank + 1).to(kind).T
            work = dist.all_reduce(x, dist.ReduceOp[name], async_op=rank >= 0)
            assert work is not None
            assert work.wait()
            assert work.is_completed()
            np.testing.assert_allclose(x.numpy(), np.full((3, 2), value).astype(x.numpy().dtype), rtol=1e-3)
            assert x.dtype == kind
    images = autograd.ones(2, 3, 4, 4).to(memory_format=autograd.channels_last) * rank
    dist.broadcast(images, size - 1)
    assert bool((images == size - 1).all())
    scalar = autograd.tensor(float(rank))
    rows = [autograd.empty_like(scalar) for _ in range(size)]
    dist.all_gather(rows, scalar)
    assert [row.item() for row in rows] == list(range(size))
    dist.reduce(scalar, size - 1)
    assert scalar.item() == (sum(range(size)) if rank == size - 1 else rank)
    words = [f"from {rank}"]
    dist.broadcast_object_list(words, 1)
    assert words == ["from 1"]
    with pytest.raises(ValueError, match="one tensor for each process"):
        dist.all_gather([scalar], scalar)
    with pytest.raises(ValueError, match="default process group twice"):
        dist.init_process_group("mpi")
    last = dist.new_group([size - 1])
    assert (last is None) == (rank != size - 1)
    if last is not None:
        assert (dist.get_rank(last), dist.get_world_size(last)) == (0, 1)
    version = scalar._version
    dist.all_reduce(scalar)
    assert scalar._version > version


def network(norm: Any = nn.Identity) -> nn.Module:
    body = nn.Conv2d(2, 6, 3, padding=1), norm(6), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 4, 3), norm(4), nn.ReLU()
    return nn.Sequential(*body, nn.Flatten(), nn.Linear(16, 5)).double()


IMAGES = RNG.standard_normal((13, 2, 8, 8))
LABELS = RNG.integers(0, 5, 13)


def gradients(model: nn.Module) -> list[np.ndarray]:
    return [p.grad.numpy() for p in model.parameters() if p.grad is not None]


def whole(model: nn.Module, count: int = 12) -> list[np.ndarray]:
    """Gradients of one process with the whole batch, by a copy: it has the weights, and not the sums over processes."""
    alone = copy.deepcopy(model)
    F.cross_entropy(alone(autograd.tensor(IMAGES[:count])), autograd.tensor(LABELS[:count])).backward()
    return gradients(alone)


def near(found: list[np.ndarray], expected: list[np.ndarray], tolerance: float = 1e-11) -> None:
    assert len(found) == len(expected)
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)


def documented() -> None:
    """The examples that need two ranks, and that doctest therefore skips elsewhere."""
    modules = [import_module(f"autograd.distributed.{name}") for name in ("collectives", "group", "launcher")]
    ran = 0
    for test in (test for module in modules for test in doctest.DocTestFinder().find(module)):
        skipped = [example.options.pop(doctest.SKIP, False) for example in test.examples]
        if any(skipped):
            assert doctest.DocTestRunner().run(test).failed == 0
            ran += 1
    assert ran >= 18


def averages() -> None:
    """Gradients are those of one process, whatever the buckets; weights of rank 0 go to all."""
    autograd.manual_seed(dist.get_rank())
    for capacity, as_views in ((25, False), (25, True), (0.001, False), (0.0001, True)):
        model = network()
        ddp = DDP(model, bucket_cap_mb=capacity, gradient_as_bucket_view=as_views)
        assert list(ddp.state_dict()) == [f"module.{name}" for name in model.state_dict()]
        same_everywhere(*(p.detach().numpy() for p in model.parameters()))
        expected = whole(model)
        for _ in range(2):
            ddp.zero_grad(set_to_none=False)
            F.cross_entropy(ddp(share(IMAGES[:12])), share(LABELS[:12])).backward()
            near(gradients(model), expected)
        same_everywhere(*gradients(model))
    if dist.get_world_size() > 1:
        assert len(ddp.reducer.buckets) > 3


def accumulation() -> None:
    """no_sync: one sum for several backwards."""
    model = network()
    ddp = DDP(model)
    expected = whole(model)
    mine = share(IMAGES[:12]), share(LABELS[:12])
    halves = [tuple(part[start::2] for part in mine) for start in range(2)]
    with ddp.no_sync():
        (F.cross_entropy(ddp(halves[0][0]), halves[0][1]) / 2).backward()
    every: list[Any] = []
    dist.all_gather_object(every, gradients(model)[0])
    assert not np.allclose(every[0], every[1])
    (F.cross_entropy(ddp(halves[1][0]), halves[1][1]) / 2).backward()
    near(gradients(model), expected)
    with autograd.no_grad():
        ddp(mine[0])
    F.cross_entropy(ddp(mine[0]), mine[1]).backward()


def overlap() -> None:
    """When the last gradient arrives, the sums of all other buckets are under way."""
    model = network()
    seen: list[int] = []
    reducers: list[Any] = []
    first = next(model.parameters())
    first.register_post_accumulate_grad_hook(
        lambda _: seen.append(sum(bucket.work is not None for bucket in reducers[0].buckets))
    )
    ddp = DDP(model, bucket_cap_mb=1e-6)
    reducers.append(ddp.reducer)
    assert len(ddp.reducer.buckets) == len(list(model.parameters()))
    for _ in range(2):
        F.cross_entropy(ddp(share(IMAGES[:12])), share(LABELS[:12])).backward()
    # The bias of the first layer may come before its weight, or after it.
    count = len(ddp.reducer.buckets)
    assert all(count - 2 <= number <= count - 1 for number in seen), seen
    assert len(seen) == 2


def unwrapped() -> None:
    """A module that is no longer wrapped keeps neither hooks nor buckets, without the garbage collector."""
    model = network()
    ddp = DDP(model)
    buckets = weakref.ref(ddp.reducer.buckets[0])
    gc.disable()
    del ddp
    assert buckets() is None
    F.cross_entropy(model(share(IMAGES[:12])), share(LABELS[:12])).backward()


class Branches(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.used, self.by_one, self.never = nn.Linear(3, 2), nn.Linear(3, 2), nn.Linear(3, 2)

    def forward(self, x: autograd.Tensor) -> dict[str, Any]:
        out = self.used(x)
        return {"out": [out + self.by_one(x)] if dist.get_rank() == 0 else [out]}


def unused() -> None:
    """Parameters that one process uses get the mean with zeros, those that none uses keep their gradient."""
    model = Branches()
    ddp = DDP(model, find_unused_parameters=True, bucket_cap_mb=1e-6)
    x, size = autograd.ones(4, 3), dist.get_world_size()
    for _ in range(2):
        ddp.zero_grad()
        ddp(x)["out"][0].sum().backward()
        np.testing.assert_allclose(model.by_one.bias.grad.numpy(), np.full(2, 4 / size))
        np.testing.assert_allclose(model.used.bias.grad.numpy(), np.full(2, 4))
        assert model.never.weight.grad is None
    ddp.zero_grad()
    with ddp.no_sync():
        model.never(x).sum().backward()
    before = model.never.bias.grad.clone() * (dist.get_rank() + 1)
    model.never.bias.grad = before.clone()
    ddp(x)["out"][0].sum().backward()
    np.testing.assert_allclose(model.never.bias.grad.numpy(), np.full(2, 4 * (size + 1) / 2))
    strict = DDP(Branches())
    strict(x)["out"][0].sum().backward()
    with pytest.raises(RuntimeError, match="Expected to have finished reduction in the prior iteration"):
        strict(x)


def refusals() -> None:
    with pytest.raises(RuntimeError, match="any parameters that require a gradient"):
        DDP(nn.ReLU())
    with pytest.raises(RuntimeError, match="Modules with uninitialized parameters"):
        DDP(nn.LazyLinear(2))
    with pytest.raises(ValueError, match="device_ids and output_device"):
        DDP(nn.Linear(1, 1), device_ids=[0])
    with pytest.raises(RuntimeError, match="DDP expects same model across all ranks"):
        DDP(nn.Linear(1, 1 + dist.get_rank()))
    ddp = DDP(Branches())
    loss = ddp(autograd.ones(1, 3))["out"][0].sum()
    loss.backward(retain_graph=True)
    with pytest.raises(RuntimeError, match="Expected to mark a variable ready only once"):
        loss.backward()


def buffers() -> None:
    """Running statistics of rank 0 reach all before the forward after a step."""
    ddp = DDP(network(nn.BatchNorm2d))
    for _ in range(2):
        F.cross_entropy(ddp(share(IMAGES[:12])), share(LABELS[:12])).backward()
    every: list[Any] = []
    dist.all_gather_object(every, ddp.module[1].running_mean.numpy())
    assert not np.array_equal(every[0], every[1])
    ddp.eval()
    ddp(share(IMAGES[:12]))
    same_everywhere(*(b.numpy() for b in ddp.buffers()))
    np.testing.assert_array_equal(ddp.module[1].running_mean.numpy(), every[0])


def sync_batchnorm() -> None:
    """Outputs, gradients and running statistics are those of one process, for shares of any size."""
    size = dist.get_world_size()
    for sizes in ([13 - 4 * (size - 1)] + [4] * (size - 1), [13] + [0] * (size - 1)):
        plain = network(nn.BatchNorm2d)
        for p in plain.parameters():
            dist.broadcast(p.data, 0)
        expected = whole(plain, 13)
        alone = network(nn.BatchNorm2d)
        alone.load_state_dict(plain.state_dict())
        out = alone(autograd.tensor(IMAGES))
        model = nn.SyncBatchNorm.convert_sync_batchnorm(plain)
        assert isinstance(model[1], nn.SyncBatchNorm)
        ddp = DDP(model)
        images, labels = share(IMAGES, sizes), share(LABELS, sizes)
        logits = ddp(images)
        start = sum(sizes[: dist.get_rank()])
        near([logits.detach().numpy()], [out.detach().numpy()[start : start + len(labels)]])
        loss = F.cross_entropy(logits, labels, reduction="sum") if len(labels) else logits.sum() * 0
        (loss * (size / 13)).backward()
        near(gradients(model), expected)
        for ours, theirs in zip(model.buffers(), alone.buffers(), strict=True):
            near([ours.numpy()], [theirs.numpy()])
    x = share(RNG.standard_normal((3 * size, 2, 2)).astype(np.float64)).requires_grad_()
    layer = nn.SyncBatchNorm(2).double()
    # The gradient is that of the sum of all processes' losses.
    out = (layer(x) ** 3).sum()
    (grad,) = autograd.grad(out, x, create_graph=True)
    (second,) = autograd.grad((grad**2).sum(), x)
    rows = [autograd.empty_like(x) for _ in range(size)]
    dist.all_gather(rows, x.detach())
    joined = autograd.cat(rows).requires_grad_()
    (grad_alone,) = autograd.grad(
        (F.batch_norm(joined, None, None, training=True) ** 3).sum(), joined, create_graph=True
    )
    (second_alone,) = autograd.grad((grad_alone**2).sum(), joined)
    rank = dist.get_rank()
    near([grad.detach().numpy()], [grad_alone.detach().numpy()[3 * rank : 3 * rank + 3]])
    near([second.numpy()], [second_alone.numpy()[3 * rank : 3 * rank + 3]], 1e-9)
    layer.eval()
    assert layer(x).shape == x.shape


def training() -> None:
    """Ten steps of Adam on n processes are those of one, with an average over batches."""
    autograd.manual_seed(1)
    single = network(nn.BatchNorm2d)
    model = nn.SyncBatchNorm.convert_sync_batchnorm(network(nn.BatchNorm2d))
    model.load_state_dict(single.state_dict())
    ddp = DDP(model, bucket_cap_mb=0.001)
    one, many = optim.Adam(single.parameters(), 0.01), optim.Adam(ddp.parameters(), 0.01)
    for _ in range(10):
        for rule, net, images, labels in (
            (one, single, autograd.tensor(IMAGES[:12]), autograd.tensor(LABELS[:12])),
            (many, ddp, share(IMAGES[:12]), share(LABELS[:12])),
        ):
            rule.zero_grad()
            F.cross_entropy(net(images), labels).backward()
            rule.step()
    near([p.detach().numpy() for p in model.parameters()], [p.detach().numpy() for p in single.parameters()], 1e-6)
    same_everywhere(*(p.detach().numpy() for p in model.parameters()))


def trainer(dataset: TensorDataset, model: nn.Module, **options: Any) -> Trainer:
    optimizer = optim.SGD(model.parameters(), 0.05, momentum=0.9)
    schedule = optim.lr_scheduler.StepLR(optimizer, 3, 0.5)
    batches = Batches(dataset, 4, seed=3)
    settings = {"accumulate": 2, "clip_norm": 1.0, "average": ExponentialAverage(model, 0.9), **options}
    return Trainer(model, batches, optimizer, nn.CrossEntropyLoss(), scheduler=schedule, **settings)


def loop() -> None:
    """Two epochs are those of one process: shares of 4 samples and of 1, accumulation, clipping, an average."""
    autograd.manual_seed(2)
    expected = dict(np.load(sys.argv[2]))
    dataset = TensorDataset(autograd.tensor(IMAGES), autograd.tensor(LABELS))
    model = nn.SyncBatchNorm.convert_sync_batchnorm(network(nn.BatchNorm2d))
    training = trainer(dataset, model)
    metrics = epochs(training)
    np.testing.assert_allclose(metrics, expected.pop("metrics"), rtol=1e-6)
    result = evaluate(model, dataset, batch_size=3)
    np.testing.assert_allclose(result.logits, expected.pop("logits"), rtol=1e-6, atol=1e-6)
    for name, tensor in {**model.state_dict(), **averaged(training)}.items():
        np.testing.assert_allclose(tensor.numpy(), expected.pop(name), rtol=1e-6, atol=1e-6, err_msg=name)
        same_everywhere(tensor.numpy())
    assert not expected


def loop_alone() -> None:
    """The same on one process; what it comes to is written to a file."""
    autograd.manual_seed(2)
    dataset = TensorDataset(autograd.tensor(IMAGES), autograd.tensor(LABELS))
    model = network(nn.BatchNorm2d)
    training = trainer(dataset, model)
    found = {"metrics": np.array(epochs(training)), "logits": evaluate(model, dataset).logits}
    found.update({name: tensor.numpy() for name, tensor in {**model.state_dict(), **averaged(training)}.items()})
    np.savez(sys.argv[2], **found)


def epochs(training: Trainer) -> list[float]:
    found: list[float] = []
    while training.position.epoch < 2:
        training.train_epoch()
        found += [training.position.loss, training.position.correct, training.position.seen]
        training.position.next_epoch()
    return found


def averaged(training: Trainer) -> dict[str, autograd.Tensor]:
    assert training.average is not None
    return {f"average of {name}": tensor for name, tensor in training.average.state_dict().items()}


def resumed() -> None:
    """Stopped after any step and resumed, with random numbers and statistics of its own, it ends with the same bits."""
    dataset = TensorDataset(autograd.tensor(IMAGES).float(), autograd.tensor(LABELS))

    def fresh() -> Trainer:
        autograd.manual_seed(5 + dist.get_rank())
        norm = nn.BatchNorm2d(6)
        body = nn.Conv2d(2, 6, 3, padding=1), norm, nn.Dropout(0.3), nn.Flatten(), nn.Linear(384, 5)
        return trainer(dataset, nn.Sequential(*body), mixup=0.3)

    whole_way = fresh()
    epochs(whole_way)
    for stop in (1, 2, 3):
        first, second = fresh(), fresh()
        states: list[Any] = []

        def keep(position: Any, first: Trainer = first, states: list[Any] = states, stop: int = stop) -> None:
            if position.step == stop:
                states.append(copy.deepcopy(first.state_dict()))

        epochs_with(first, keep)
        dist.broadcast_object_list(states, 0)
        autograd.manual_seed(99)
        second.load_state_dict(states[0])
        epochs(second)
        for name, tensor in whole_way.model.state_dict().items():
            assert tensor.numpy().tobytes() == second.model.state_dict()[name].numpy().tobytes(), name
            same_everywhere(tensor.numpy())


def epochs_with(training: Trainer, after_step: Any) -> None:
    while training.position.epoch < 2:
        training.train_epoch(after_step)
        training.position.next_epoch()


def sampler() -> None:
    order = list(DistributedSampler(range(10), shuffle=False))
    assert order == list(range(10))[dist.get_rank() :: dist.get_world_size()]


def failure() -> None:
    if dist.get_rank() == 1:
        raise ZeroDivisionError("of one rank")
    dist.barrier()


if __name__ == "__main__":
    dist.init_process_group("mpi")
    globals()[sys.argv[1]]()
    dist.barrier()
    dist.destroy_process_group()
    assert not dist.is_initialized()
