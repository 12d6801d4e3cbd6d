"""Datasets: indexing, combination, batch reading, splitting."""

import numpy as np
import pytest

import autograd
from nn.data import (
    ChainDataset,
    ConcatDataset,
    DataLoader,
    Dataset,
    IterableDataset,
    StackDataset,
    Subset,
    TensorDataset,
    random_split,
)
from nn.data.dataset import Columns, read_samples


class Count(IterableDataset):
    def __init__(self, stop):
        self.stop = stop

    def __iter__(self):
        return iter(range(self.stop))

    def __len__(self):
        return self.stop


def make_tensors(count=7):
    rng = np.random.default_rng(0)
    x = autograd.from_numpy(rng.standard_normal((count, 2, 3)).astype(np.float32))
    return x, autograd.arange(count)


def test_tensor_dataset_items_and_length():
    x, y = make_tensors()
    dataset = TensorDataset(x, y)
    assert len(dataset) == 7
    image, label = dataset[3]
    np.testing.assert_array_equal(image.numpy(), x.numpy()[3])
    assert label.item() == 3


def test_tensor_dataset_reads_a_batch_as_columns():
    x, y = make_tensors()
    batch = read_samples(TensorDataset(x, y), [4, 0, 4])
    assert isinstance(batch, Columns)
    assert len(batch) == 3
    np.testing.assert_array_equal(batch.columns[0].numpy(), x.numpy()[[4, 0, 4]])
    assert [label.item() for _, label in batch] == [4, 0, 4]
    assert [label.item() for _, label in batch[1:]] == [0, 4]
    assert batch[-1][1].item() == 4
    with pytest.raises(IndexError):
        batch[3]


def test_tensor_dataset_size_mismatch():
    with pytest.raises(AssertionError, match="Size mismatch between tensors"):
        TensorDataset(autograd.arange(3), autograd.arange(4))


def test_overriding_getitem_alone_disables_inherited_batch_reading():
    class Doubled(TensorDataset):
        def __getitem__(self, index):
            return super().__getitem__(index)[0] * 2

    (batch,) = DataLoader(Doubled(autograd.arange(4)), batch_size=4)
    assert batch.tolist() == [0, 2, 4, 6]

    class Reversed(Subset):
        def __getitem__(self, index):
            return -super().__getitem__(index)

    (batch,) = DataLoader(Reversed(range(10), [1, 5]), batch_size=2)
    assert batch.tolist() == [-1, -5]


def test_dataset_must_implement_getitem():
    with pytest.raises(NotImplementedError, match="should implement __getitem__"):
        Dataset()[0]
    with pytest.raises(NotImplementedError, match="should implement __iter__"):
        iter(IterableDataset())


def test_concat():
    both = ConcatDataset([range(3), range(10, 14)])
    assert len(both) == 7
    assert [both[i] for i in range(7)] == [0, 1, 2, 10, 11, 12, 13]
    assert (both[-1], both[-7]) == (13, 0)
    with pytest.raises(ValueError, match="absolute value of index"):
        both[-8]
    with pytest.raises(IndexError):
        both[7]
    assert list(both) == [0, 1, 2, 10, 11, 12, 13]


def test_concat_errors():
    with pytest.raises(AssertionError, match="should not be an empty iterable"):
        ConcatDataset([])
    with pytest.raises(AssertionError, match="does not support IterableDataset"):
        ConcatDataset([Count(2)])


def test_add():
    x = TensorDataset(autograd.arange(2))
    assert isinstance(x + x, ConcatDataset)
    assert len(x + x) == 4
    chained = Count(2) + Count(3)
    assert isinstance(chained, ChainDataset)
    assert list(chained) == [0, 1, 0, 1, 2]
    assert len(chained) == 5


def test_chain_refuses_map_style():
    with pytest.raises(AssertionError, match="only supports IterableDataset"):
        list(ChainDataset([range(3)]))
    with pytest.raises(AssertionError, match="only supports IterableDataset"):
        len(ChainDataset([range(3)]))


def test_stack_tuple_and_dict():
    x, _ = make_tensors(4)
    pairs = StackDataset(TensorDataset(x), "abcd")
    assert len(pairs) == 4
    assert pairs[2][1] == "c"
    samples = pairs.__getitems__([1, 3])
    assert [text for _, text in samples] == ["b", "d"]
    np.testing.assert_array_equal(samples[1][0][0].numpy(), x.numpy()[3])
    named = StackDataset(image=range(4), text="abcd")
    assert named[1] == {"image": 1, "text": "b"}
    assert named.__getitems__([2, 0]) == [{"image": 2, "text": "c"}, {"image": 0, "text": "a"}]


def test_stack_errors():
    with pytest.raises(ValueError, match="both types are given"):
        StackDataset(range(2), x=range(2))
    with pytest.raises(ValueError, match="At least one dataset"):
        StackDataset()
    with pytest.raises(ValueError, match="Size mismatch between datasets"):
        StackDataset(range(2), range(3))
    with pytest.raises(ValueError, match="Size mismatch between datasets"):
        StackDataset(a=range(2), b=range(3))

    class Short(Dataset):
        def __getitem__(self, index):
            return index

        def __getitems__(self, indices):
            return list(indices)[1:]

        def __len__(self):
            return 3

    with pytest.raises(ValueError, match=r"output size mismatch\. Expected 2, got 1"):
        StackDataset(Short()).__getitems__([0, 1])


def test_subset_passes_batches_on():
    x, y = make_tensors()
    subset = Subset(TensorDataset(x, y), [6, 2, 5])
    assert len(subset) == 3
    assert subset[1][1].item() == 2
    assert isinstance(read_samples(subset, [0, 2]), Columns)
    (batch,) = DataLoader(subset, batch_size=3)
    assert batch[1].tolist() == [6, 2, 5]
    assert subset[[0, 1]][1].tolist() == [6, 2]


@pytest.mark.parametrize("lengths", [[3, 7], [0.5, 0.5], [0.75, 0.25], [0.3, 0.3, 0.4], [10], [1.0]])
def test_random_split_is_a_partition(lengths):
    parts = random_split(range(10), lengths, generator=autograd.Generator().manual_seed(1))
    assert sorted(i for part in parts for i in part) == list(range(10))
    again = random_split(range(10), lengths, generator=autograd.Generator().manual_seed(1))
    assert [part.indices for part in parts] == [part.indices for part in again]


@pytest.mark.parametrize("total", [10, 11, 17, 100])
@pytest.mark.parametrize("fractions", [[0.5, 0.5], [0.75, 0.25], [0.3, 0.3, 0.4], [0.25] * 4])
def test_random_split_sizes_as_pytorch(total, fractions):
    torch = pytest.importorskip("torch")
    theirs = torch.utils.data.random_split(range(total), fractions)
    ours = random_split(range(total), fractions)
    assert [len(part) for part in ours] == [len(part) for part in theirs]


def test_random_split_errors():
    with pytest.raises(ValueError, match="Sum of input lengths does not equal"):
        random_split(range(10), [3, 6])
    with pytest.raises(ValueError, match="Fraction at index 0 is not between 0 and 1"):
        random_split(range(10), [-0.5, 1.5])
    with pytest.warns(UserWarning, match="Length of split at index 2 is 0"):
        random_split(range(2), [0.4, 0.4, 0.2])


def test_random_split_uses_the_default_generator():
    autograd.manual_seed(3)
    first = [part.indices for part in random_split(range(20), [0.5, 0.5])]
    autograd.manual_seed(3)
    assert [part.indices for part in random_split(range(20), [0.5, 0.5])] == first
