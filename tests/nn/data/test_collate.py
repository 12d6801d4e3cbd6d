"""Collation and conversion, compared with PyTorch's."""

from collections import OrderedDict, namedtuple
from types import MappingProxyType

import numpy as np
import pytest

import autograd
from nn.data import default_collate, default_collate_fn_map, default_convert
from nn.data.collate import collate
from nn.data.dataset import Columns

Point = namedtuple("Point", "x y")


def to_plain(value):
    """Describe a batch of either library in plain values: kind, shape, dtype and contents of its tensors."""
    if hasattr(value, "numpy"):
        array = value.detach().numpy()
        return ("tensor", array.shape, str(array.dtype), array.tolist())
    if isinstance(value, dict):
        return (type(value), {key: to_plain(item) for key, item in value.items()})
    if isinstance(value, list | tuple):
        return (type(value), [to_plain(item) for item in value])
    return value


BATCHES = {
    "integers": [1, 2, 3],
    "floats": [1.0, 2.5],
    "booleans": [True, False],
    "strings": ["a", "b"],
    "bytes": [b"a", b"b"],
    "float32 arrays": [np.ones((2, 3), np.float32), np.zeros((2, 3), np.float32)],
    "uint8 arrays": [np.full((1, 2), 7, np.uint8)] * 3,
    "numpy float32 scalars": [np.float32(1), np.float32(2)],
    "numpy int64 scalars": [np.int64(1), np.int64(2)],
    "numpy bools": [np.True_, np.False_],
    "pairs": [(np.zeros(2, np.float32), 1), (np.ones(2, np.float32), 2)],
    "lists": [[1, 2.0], [3, 4.0]],
    "dicts": [{"x": 1, "s": "a"}, {"x": 2, "s": "b"}],
    "ordered dicts": [OrderedDict(b=1, a=2.0), OrderedDict(b=3, a=4.0)],
    "named tuples": [Point(1, "a"), Point(2, "b")],
    "nested": [{"p": (1, [2.0, "u"])}, {"p": (3, [4.0, "v"])}],
    "ranges": [range(2), range(2, 4)],
    "zero-d arrays": [np.array(1.5), np.array(2.5)],
}


@pytest.mark.parametrize("name", BATCHES)
def test_collate_as_pytorch(name):
    torch = pytest.importorskip("torch")
    ours = default_collate(BATCHES[name])
    theirs = torch.utils.data.default_collate(BATCHES[name])
    assert to_plain(ours) == to_plain(theirs)


@pytest.mark.parametrize("name", BATCHES)
def test_convert_as_pytorch(name):
    torch = pytest.importorskip("torch")
    for sample in BATCHES[name]:
        assert to_plain(default_convert(sample)) == to_plain(torch.utils.data.default_convert(sample))


def test_tensors_are_stacked():
    batch = default_collate([autograd.arange(3), autograd.arange(3) + 1])
    assert batch.tolist() == [[0, 1, 2], [1, 2, 3]]
    assert isinstance(batch, autograd.Tensor)


def test_columns_are_taken_as_they_are():
    x, y = autograd.arange(4), np.arange(4.0)
    batch = default_collate(Columns(x, y))
    assert batch[0] is x
    assert isinstance(batch[1], autograd.Tensor)
    assert batch[1].tolist() == y.tolist()


def test_immutable_mapping_becomes_a_dict():
    batch = default_collate([MappingProxyType({"x": 1}), MappingProxyType({"x": 2})])
    assert batch["x"].tolist() == [1, 2]


def test_inputs_are_not_modified():
    samples = [{"x": [1, 2]}, {"x": [3, 4]}]
    default_collate(samples)
    assert samples == [{"x": [1, 2]}, {"x": [3, 4]}]
    data = {"x": [np.arange(2)]}
    default_convert(data)
    assert isinstance(data["x"][0], np.ndarray)


@pytest.mark.parametrize("bad", [None, object(), np.array(["a"]), np.array([object()]), {1, 2}])
def test_collate_refuses(bad):
    with pytest.raises(TypeError, match="default_collate: batch must contain tensors, numpy arrays, numbers, dicts"):
        default_collate([bad, bad])


def test_collate_sizes_must_agree():
    with pytest.raises(RuntimeError, match="each element in list of batch should be of equal size"):
        default_collate([[1, 2], [3]])
    with pytest.raises(RuntimeError, match="stack expects each tensor to be equal size"):
        default_collate([np.zeros(2), np.zeros(3)])


def test_own_table():
    class Length:
        def __init__(self, metres):
            self.metres = metres

    table = {Length: lambda batch, collate_fn_map: sum(item.metres for item in batch), **default_collate_fn_map}
    total, numbers = collate([(Length(1), 5), (Length(2), 6)], collate_fn_map=table)
    assert total == 3
    assert numbers.tolist() == [5, 6]
