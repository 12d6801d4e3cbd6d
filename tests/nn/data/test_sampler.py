"""Samplers: lengths, distributions, determinism, errors, and PyTorch's semantics."""

import math

import numpy as np
import pytest

import autograd
from nn.data import (
    BatchSampler,
    DistributedSampler,
    RandomSampler,
    Sampler,
    SequentialSampler,
    SubsetRandomSampler,
    WeightedRandomSampler,
)


def seeded(seed=0):
    return autograd.Generator().manual_seed(seed)


def test_sequential():
    assert list(SequentialSampler(range(4))) == [0, 1, 2, 3]
    assert len(SequentialSampler("abc")) == 3
    with pytest.raises(NotImplementedError):
        iter(Sampler())


def test_random_is_a_permutation_and_follows_the_seed():
    first = list(RandomSampler(range(50), generator=seeded(1)))
    assert sorted(first) == list(range(50))
    assert first == list(RandomSampler(range(50), generator=seeded(1)))
    assert first != list(RandomSampler(range(50), generator=seeded(2)))


def test_random_default_generator():
    autograd.manual_seed(4)
    first = list(RandomSampler(range(50)))
    second = list(RandomSampler(range(50)))
    autograd.manual_seed(4)
    assert list(RandomSampler(range(50))) == first
    assert first != second


def test_random_order_is_drawn_when_iteration_begins():
    generator = seeded(5)
    iterator = iter(RandomSampler(range(20), generator=generator))
    generator.manual_seed(99)
    assert list(iterator) == list(RandomSampler(range(20), generator=seeded(5)))


@pytest.mark.parametrize("count", [3, 10, 25])
def test_random_num_samples(count):
    drawn = list(RandomSampler(range(10), num_samples=count, generator=seeded()))
    assert len(drawn) == count
    times = np.bincount(drawn, minlength=10)
    assert set(times) <= {count // 10, count // 10 + 1}
    assert len(RandomSampler(range(10), num_samples=count)) == count


def test_random_replacement_is_uniform():
    drawn = list(RandomSampler(range(4), replacement=True, num_samples=8000, generator=seeded()))
    share = np.bincount(drawn, minlength=4) / 8000
    np.testing.assert_allclose(share, 0.25, atol=0.03)


def test_random_errors():
    with pytest.raises(TypeError, match="replacement should be a boolean value"):
        RandomSampler(range(3), replacement=1)
    for bad in (0, -1, 1.5, True):
        with pytest.raises(ValueError, match="num_samples should be a positive integer value"):
            RandomSampler(range(3), num_samples=bad)
    with pytest.raises(ValueError, match="num_samples=0"):
        RandomSampler([])


def test_subset_random():
    indices = [7, 3, 5, 11]
    drawn = list(SubsetRandomSampler(indices, generator=seeded()))
    assert sorted(drawn) == sorted(indices)
    assert drawn == list(SubsetRandomSampler(indices, generator=seeded()))
    assert len(SubsetRandomSampler(indices)) == 4
    assert list(SubsetRandomSampler([])) == []


def test_weighted_with_replacement_follows_the_weights():
    weights = [0.0, 1.0, 3.0, 4.0]
    drawn = list(WeightedRandomSampler(weights, 16000, generator=seeded()))
    np.testing.assert_allclose(np.bincount(drawn, minlength=4) / 16000, np.array(weights) / 8, atol=0.02)


def test_weighted_without_replacement_follows_the_weights():
    weights = np.array([1.0, 2.0, 5.0])
    generator = seeded()
    pairs = [tuple(WeightedRandomSampler(weights, 2, replacement=False, generator=generator)) for _ in range(6000)]
    share = weights / weights.sum()
    for first in range(3):
        for second in range(3):
            expected = 0.0 if first == second else share[first] * share[second] / (1 - share[first])
            found = pairs.count((first, second)) / len(pairs)
            assert found == pytest.approx(expected, abs=0.03)


def test_weighted_errors():
    with pytest.raises(ValueError, match="num_samples should be a positive integer"):
        WeightedRandomSampler([1.0], 0)
    with pytest.raises(ValueError, match="replacement should be a boolean"):
        WeightedRandomSampler([1.0], 1, replacement=1)
    with pytest.raises(ValueError, match="weights should be a 1d sequence"):
        WeightedRandomSampler([[1.0]], 1)
    for bad in ([-1.0, 2.0], [math.nan, 1.0], [math.inf, 1.0]):
        with pytest.raises(RuntimeError, match="probability tensor contains"):
            WeightedRandomSampler(bad, 1)
    with pytest.raises(RuntimeError, match="sum of probabilities <= 0"):
        WeightedRandomSampler([0.0, 0.0], 1)
    with pytest.raises(RuntimeError, match="without replacement"):
        WeightedRandomSampler([0.0, 1.0], 2, replacement=False)


@pytest.mark.parametrize("drop_last", [False, True])
@pytest.mark.parametrize("total", [0, 1, 5, 6, 7])
def test_batches_as_pytorch(total, drop_last):
    torch = pytest.importorskip("torch")
    ours = BatchSampler(range(total), 3, drop_last)
    theirs = torch.utils.data.BatchSampler(range(total), 3, drop_last)
    assert list(ours) == list(theirs)
    assert len(ours) == len(theirs) == (total // 3 if drop_last else math.ceil(total / 3))


def test_batch_errors():
    for bad in (0, -2, True, 2.0, None):
        with pytest.raises(ValueError, match="batch_size should be a positive integer value"):
            BatchSampler(range(3), bad, False)
    with pytest.raises(ValueError, match="drop_last should be a boolean value"):
        BatchSampler(range(3), 1, 0)


@pytest.mark.parametrize("drop_last", [False, True])
@pytest.mark.parametrize(("total", "replicas"), [(10, 2), (11, 3), (3, 5), (7, 7), (1, 4), (12, 1)])
def test_distributed_without_shuffle_as_pytorch(total, replicas, drop_last):
    torch = pytest.importorskip("torch")
    for rank in range(replicas):
        options = {"num_replicas": replicas, "rank": rank, "shuffle": False, "drop_last": drop_last}
        ours = DistributedSampler(range(total), **options)
        theirs = torch.utils.data.DistributedSampler(range(total), **options)
        assert list(ours) == list(theirs)
        assert len(ours) == len(theirs)


def test_distributed_shares_are_disjoint_and_change_with_the_epoch():
    samplers = [DistributedSampler(range(12), 3, rank, seed=5) for rank in range(3)]
    epochs = []
    for epoch in range(2):
        for sampler in samplers:
            sampler.set_epoch(epoch)
        shares = [list(sampler) for sampler in samplers]
        assert sorted(i for share in shares for i in share) == list(range(12))
        epochs.append(shares)
    assert epochs[0] != epochs[1]
    samplers[0].set_epoch(0)
    assert list(samplers[0]) == epochs[0][0]
    assert list(DistributedSampler(range(12), 3, 0, seed=6)) != epochs[0][0]


def test_distributed_errors():
    with pytest.raises(RuntimeError, match="Requires distributed package to be available"):
        DistributedSampler(range(3))
    for rank in (-1, 2):
        with pytest.raises(ValueError, match=r"Invalid rank -?\d, rank should be in the interval \[0, 1\]"):
            DistributedSampler(range(3), 2, rank)
