"""DataLoader in one process: batches, order, validation, and PyTorch's semantics."""

import math
from itertools import chain

import numpy as np
import pytest

import autograd
from nn.data import BatchSampler, DataLoader, IterableDataset, SequentialSampler, TensorDataset


class Count(IterableDataset):
    def __init__(self, stop):
        self.stop = stop

    def __iter__(self):
        return iter(range(self.stop))

    def __len__(self):
        return self.stop


def flat(loader):
    return [batch.tolist() for batch in loader]


@pytest.mark.parametrize("drop_last", [False, True])
@pytest.mark.parametrize("batch_size", [1, 3, 4, 12, 13])
@pytest.mark.parametrize("total", [0, 1, 12])
def test_number_of_batches_and_contents_as_pytorch(total, batch_size, drop_last):
    torch = pytest.importorskip("torch")
    ours = DataLoader(range(total), batch_size, drop_last=drop_last)
    theirs = torch.utils.data.DataLoader(range(total), batch_size, drop_last=drop_last)
    expected = total // batch_size if drop_last else math.ceil(total / batch_size)
    assert len(ours) == len(theirs) == expected
    assert flat(ours) == [batch.tolist() for batch in theirs]


@pytest.mark.parametrize("drop_last", [False, True])
@pytest.mark.parametrize("total", [0, 5, 6])
def test_iterable_as_pytorch(total, drop_last):
    torch = pytest.importorskip("torch")

    class Theirs(torch.utils.data.IterableDataset):
        def __iter__(self):
            return iter(range(total))

        def __len__(self):
            return total

    ours, theirs = Count(total), Theirs()
    for options in ({"batch_size": 2, "drop_last": drop_last}, {"batch_size": None}):
        loader, reference = DataLoader(ours, **options), torch.utils.data.DataLoader(theirs, **options)
        assert len(loader) == len(reference)
        assert [np.asarray(b).tolist() for b in loader] == [np.asarray(b).tolist() for b in reference]


def test_shuffled_epochs_are_permutations_that_follow_the_seed():
    loader = DataLoader(range(20), 6, shuffle=True, generator=autograd.Generator().manual_seed(1))
    first, second = flat(loader), flat(loader)
    assert [len(batch) for batch in first] == [6, 6, 6, 2]
    assert sorted(chain.from_iterable(first)) == sorted(chain.from_iterable(second)) == list(range(20))
    assert first != second
    again = DataLoader(range(20), 6, shuffle=True, generator=autograd.Generator().manual_seed(1))
    assert (flat(again), flat(again)) == (first, second)


def test_order_is_a_function_of_the_generator_state():
    generator = autograd.Generator().manual_seed(2)
    loader = DataLoader(range(30), 7, shuffle=True, generator=generator)
    list(loader)
    state = generator.get_state()
    second = flat(loader)
    generator.set_state(state)
    iterator = iter(loader)
    generator.manual_seed(77)
    assert [batch.tolist() for batch in iterator] == second


def test_default_generator_orders():
    autograd.manual_seed(3)
    first = flat(DataLoader(range(30), 7, shuffle=True))
    autograd.manual_seed(3)
    assert flat(DataLoader(range(30), 7, shuffle=True)) == first


def test_tensor_dataset_batches():
    x = autograd.from_numpy(np.arange(24, dtype=np.float32).reshape(6, 4))
    loader = DataLoader(TensorDataset(x, autograd.arange(6)), 4)
    batches = list(loader)
    assert [type(batch) for batch in batches] == [list, list]
    np.testing.assert_array_equal(batches[1][0].numpy(), x.numpy()[4:])
    assert batches[1][0].dtype == x.dtype
    batches[0][0].numpy()[:] = -1
    assert (x.numpy() >= 0).all()


def test_collate_fn_sees_samples():
    seen = []

    def collate_fn(samples):
        seen.append([(x.item(), y.item()) for x, y in samples])
        return len(samples)

    dataset = TensorDataset(autograd.arange(5), autograd.arange(5) * 10)
    assert list(DataLoader(dataset, 3, collate_fn=collate_fn)) == [3, 2]
    assert seen == [[(0, 0), (1, 10), (2, 20)], [(3, 30), (4, 40)]]


def test_no_batches():
    loader = DataLoader([np.array([1, 2]), np.array([3, 4])], batch_size=None)
    assert len(loader) == 2
    assert [item.tolist() for item in loader] == [[1, 2], [3, 4]]


def test_batch_sampler_and_sampler():
    batches = BatchSampler(SequentialSampler(range(5)), 2, True)
    loader = DataLoader(range(10, 20), batch_sampler=batches)
    assert len(loader) == 2
    assert flat(loader) == [[10, 11], [12, 13]]
    assert loader.batch_size is None
    assert flat(DataLoader(range(10, 20), 2, sampler=[9, 0, 3])) == [[19, 10], [13]]


def test_iterators_are_independent():
    loader = DataLoader(range(4), 2)
    first, second = iter(loader), iter(loader)
    assert next(first).tolist() == [0, 1]
    assert next(second).tolist() == [0, 1]
    assert next(first).tolist() == [2, 3]
    assert len(first) == 2
    with pytest.raises(StopIteration):
        next(first)


def test_wrong_length_of_a_stream_warns():
    class Liar(Count):
        def __len__(self):
            return 1

    loader = DataLoader(Liar(3), batch_size=None)
    list(loader)
    len(loader)
    with pytest.warns(UserWarning, match="was reported to be 1"):
        list(loader)


INVALID = [
    ({"num_workers": -1}, ValueError),
    ({"timeout": -1}, ValueError),
    ({"prefetch_factor": 2}, ValueError),
    ({"prefetch_factor": -1, "num_workers": 1}, ValueError),
    ({"persistent_workers": True}, ValueError),
    ({"sampler": [0], "shuffle": True}, ValueError),
    ({"batch_sampler": [[0]], "batch_size": 2}, ValueError),
    ({"batch_sampler": [[0]], "shuffle": True}, ValueError),
    ({"batch_sampler": [[0]], "sampler": [0]}, ValueError),
    ({"batch_sampler": [[0]], "drop_last": True}, ValueError),
    ({"batch_size": None, "drop_last": True}, ValueError),
    ({"batch_size": 0}, ValueError),
    ({"batch_size": 1.5}, ValueError),
    ({"multiprocessing_context": "fork"}, ValueError),
    ({"multiprocessing_context": "nonsense", "num_workers": 1}, ValueError),
    ({"multiprocessing_context": 3, "num_workers": 1}, TypeError),
]


def normal(text):
    return "".join(text.split())


@pytest.mark.parametrize(("options", "kind"), INVALID)
def test_validation_as_pytorch(options, kind):
    torch = pytest.importorskip("torch")
    with pytest.raises(kind) as theirs:
        torch.utils.data.DataLoader(range(3), **options)
    with pytest.raises(kind) as ours:
        DataLoader(range(3), **options)
    assert normal(str(ours.value)).startswith(normal(str(theirs.value)))


@pytest.mark.parametrize("options", [{"shuffle": True}, {"sampler": [0]}, {"batch_sampler": [[0]]}])
def test_iterable_excludes(options):
    (name,) = options
    with pytest.raises(ValueError, match=f"DataLoader with IterableDataset: expected unspecified {name} option"):
        DataLoader(Count(3), **options)


def test_timeout_needs_workers():
    with pytest.raises(ValueError, match="timeout option needs num_workers > 0"):
        DataLoader(range(3), timeout=1)


@pytest.mark.parametrize(
    "name", ["batch_size", "batch_sampler", "sampler", "drop_last", "dataset", "persistent_workers"]
)
def test_fixed_attributes(name):
    loader = DataLoader(range(3))
    with pytest.raises(ValueError, match=f"{name} attribute should not be set after DataLoader is initialized"):
        setattr(loader, name, None)


def test_accepted_options():
    loader = DataLoader(range(3), pin_memory=True, pin_memory_device="cpu", in_order=False)
    assert flat(loader) == [[0], [1], [2]]
    assert loader.pin_memory
