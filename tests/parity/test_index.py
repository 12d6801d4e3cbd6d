"""Reading and writing by position: values, gradients and errors of PyTorch's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.parity.programs import Program, assert_same
from tests.parity.test_shape import F, leaf

pytestmark = [
    pytest.mark.filterwarnings("ignore:The reduce argument of torch.scatter"),
    pytest.mark.filterwarnings("ignore:indexing with dtype"),
    pytest.mark.filterwarnings("ignore:Use of index_put_ on expanded"),
]

KEYS = {
    "int": lambda m: 1,
    "negative": lambda m: -2,
    "numpy_int": lambda m: np.int64(1),
    "slice": lambda m: slice(1, None),
    "slice_step": lambda m: slice(None, None, 2),
    "slice_empty": lambda m: slice(2, 1),
    "slice_far": lambda m: slice(-10, 10),
    "slice_tensor": lambda m: slice(0, m.tensor(2)),
    "none": lambda m: None,
    "ellipsis": lambda m: ...,
    "mixed": lambda m: (0, ..., None, slice(1, 3)),
    "several": lambda m: (1, 2, 3),
    "ellipsis_middle": lambda m: (slice(0, 2), ..., -1),
    "two_ellipses": lambda m: (..., slice(0, 1), ...),
    "true": lambda m: True,
    "false": lambda m: False,
    "true_inside": lambda m: (slice(0, 2), True),
    "zero_dim": lambda m: m.tensor(1),
    "zero_dim_negative": lambda m: (slice(None), m.tensor(-1)),
    "zero_dim_bool": lambda m: m.tensor(True),
    "vector": lambda m: m.tensor([0, 2, 2, -1]),
    "vector_int32": lambda m: m.tensor([0, 1], dtype=m.int32),
    "matrix": lambda m: m.tensor([[0, 1], [2, 0]]),
    "empty": lambda m: m.zeros(0, dtype=m.int64),
    "list": lambda m: [0, 2],
    "list_in_tuple": lambda m: (slice(None), [0, 2]),
    "list_of_bools": lambda m: [True, False, True],
    "range": lambda m: range(2),
    "ndarray": lambda m: np.array([0, 2]),
    "ndarray_mask": lambda m: np.array([True, False, True]),
    "pairs": lambda m: (m.tensor([0, 1]), m.tensor([2, 3])),
    "broadcast": lambda m: (m.tensor([[0], [2]]), m.tensor([1, 3, 1])),
    "separated": lambda m: (m.tensor([0, 1]), slice(None), m.tensor([2, 3])),
    "int_and_vector_separated": lambda m: (0, slice(None), m.tensor([2, 3])),
    "int_and_vector": lambda m: (slice(None), 1, m.tensor([2, 3, 3])),
    "vector_and_int": lambda m: (m.tensor([0, 1]), slice(None), 1),
    "vector_none": lambda m: (m.tensor([0, 1]), None, m.tensor([1, 1])),
    "slices_vector": lambda m: (slice(0, 2), slice(1, 3), m.tensor([0, 0])),
    "mask_rows": lambda m: m.tensor([True, False, True]),
    "mask_two": lambda m: m.arange(12).reshape(3, 4) % 3 == 0,
    "mask_last": lambda m: (..., m.tensor([True, False, True, True, False])),
    "mask_none": lambda m: m.zeros(3, dtype=m.bool),
    "mask_full": lambda m: m.arange(60).reshape(3, 4, 5) % 7 == 0,
    "mask_and_slice": lambda m: (m.tensor([True, False, True]), slice(1, 3)),
    "mask_and_vector": lambda m: (m.tensor([True, False, True]), m.tensor([0, 3])),
    "bytes": lambda m: m.tensor([1, 0, 1], dtype=m.uint8),
}


def read(key: str, strided: bool) -> Program:
    def program(m: Any) -> Any:
        x = leaf(m, 3, 4, 5)
        y = x.permute(2, 1, 0).contiguous().permute(2, 1, 0) if strided else x * 1
        found = y[KEYS[key](m)]
        (found * found * m.arange(1, found.numel() + 1, dtype=m.float64).reshape(found.shape)).sum().backward()
        return [found, found.shape, x.grad]

    return program


def write(key: str, value: str, strided: bool = False) -> Program:
    def program(m: Any) -> Any:
        x, v = leaf(m, 3, 4, 5), leaf(m)
        y = x.permute(2, 1, 0).contiguous().permute(2, 1, 0) if strided else x * 1
        at = KEYS[key](m)
        if value == "part":
            y[at] = y[at].detach() * v
        elif value == "leading_ones":
            y[at] = (y[at].detach() * v)[None, None]
        else:
            y[at] = {"number": 2.5, "tensor": v, "float32": v.float(), "int": 3}[value]
        (y * y * y).sum().backward()
        return [y, x.grad, v.grad]

    return program


@pytest.mark.parametrize("strided", [False, True])
@pytest.mark.parametrize("key", KEYS)
def test_reading(key: str, strided: bool) -> None:
    assert_same(read(key, strided), 1e-12, 1e-12)


# Repeated positions: PyTorch's gradient of what loses is what wins', and so is ours; values are compared without.
REPEATED = {"vector", "vector_none", "int_and_vector", "slices_vector", "broadcast", "matrix"}


@pytest.mark.parametrize("value", ["number", "tensor", "float32", "int", "part", "leading_ones"])
@pytest.mark.parametrize("key", [k for k in KEYS if k not in REPEATED | {"false", "bytes"}])
def test_writing(key: str, value: str) -> None:
    if (key, value) == ("true", "float32"):
        pytest.skip("PyTorch converts here, and nowhere else beside an index of tensors")
    assert_same(write(key, value), 1e-6, 1e-7)


@pytest.mark.parametrize("key", ["slice", "mixed", "pairs", "separated", "mask_two", "mask_full"])
def test_writing_over_strided_memory(key: str) -> None:
    assert_same(write(key, "part", strided=True), 1e-12, 1e-12)


@pytest.mark.parametrize("key", sorted(REPEATED))
def test_writing_one_value_at_repeated_positions(key: str) -> None:
    assert_same(write(key, "number"), 1e-12, 1e-12)


@pytest.mark.parametrize("key", ["int", "slice", "mask_two", "pairs"])
def test_writing_without_a_graph(key: str) -> None:
    def program(m: Any) -> Any:
        x = m.arange(60, dtype=m.float32).reshape(3, 4, 5)
        view = x.view(-1)
        x[KEYS[key](m)] = -1
        x[KEYS[key](m)] += 0.5
        return [x, view, x._version > 0]

    assert_same(program)


ERRORS = {
    "int_range": 5,
    "negative_range": -4,
    "later_range": (0, 7),
    "too_many": (0, 0, 0, 0),
    "text": "a",
    "float": 1.5,
    "float_in_tuple": (0, 1.5),
    "backwards": slice(None, None, -1),
    "vector_range": [5],
    "float_tensor": [1.0],
    "mask_shape": [True, False],
    "mask_later_shape": (0, [True, False]),
    "cannot_broadcast": ([0, 1], [0, 1, 2]),
}


def converted(m: Any, key: Any) -> Any:
    if isinstance(key, tuple):
        return tuple(converted(m, k) for k in key)
    return m.tensor(key) if isinstance(key, list) else key


@pytest.mark.parametrize("name", [n for n in ERRORS if n != "text"])
def test_errors_of_reading(name: str) -> None:
    assert_same(lambda m: m.zeros(3, 4, 5)[converted(m, ERRORS[name])])


@pytest.mark.parametrize("name", [n for n in ERRORS if n != "text"])
def test_errors_of_writing(name: str) -> None:
    assert_same(lambda m: m.zeros(3, 4, 5).__setitem__(converted(m, ERRORS[name]), 1))


VALUES = {
    "list": [1, 2],
    "text": "a",
    "none": None,
    "ndarray": np.ones(4),
}


@pytest.mark.parametrize("name", VALUES)
def test_errors_of_values(name: str) -> None:
    def program(m: Any) -> None:
        m.zeros(3, 4)[0] = VALUES[name]

    assert_same(program)


def scattered(method: str, *args: Any, **kwargs: Any) -> Program:
    """Call a method of a leaf of shape (3, 4); arrays become tensors, and floating-point ones leaves."""

    def program(m: Any) -> Any:
        leaves = [leaf(m, 3, 4)]

        def made(value: Any) -> Any:
            if not isinstance(value, np.ndarray):
                return value
            tensor = m.tensor(value)
            if value.dtype.kind == "f":
                leaves.append(tensor.requires_grad_())
            return tensor

        found = getattr(leaves[0], method)(*map(made, args), **{k: made(v) for k, v in kwargs.items()})
        (found * found * m.arange(1, found.numel() + 1, dtype=m.float64).reshape(found.shape)).sum().backward()
        in_place = (leaves[0] * 1).detach()
        twin = getattr(in_place, method + "_", None)
        written = twin(*map(made, args), **{k: made(v) for k, v in kwargs.items()}).detach() if twin else None
        return [found, [x.grad for x in leaves if x.grad is not None], written]

    return program


I = np.array  # noqa: E741
V = np.sin(np.arange(1.0, 9.0)).reshape(2, 4)
AT = I([[0, 1, 1, 2], [1, 1, 0, 0]])
ONCE = I([[1, 0, 3, 2], [2, 3, 1, 0]])
MASK = np.arange(12).reshape(3, 4) % 3 == 0
DISTINCT = np.arange(8.0).reshape(2, 4) / 3 - 1.1

CALLS = {
    "gather": ("gather", 0, AT),
    "gather_last": ("gather", -1, ONCE),
    "scatter": ("scatter", 1, ONCE, V),
    "scatter_value": ("scatter", 1, ONCE, 2.5),
    "scatter_value_keyword": ("scatter", 1, ONCE),
    "scatter_add": ("scatter_add", 0, AT, V),
    "index_select": ("index_select", 1, I([3, 0, 3])),
    "index_add": ("index_add", 0, I([1, 1]), V),
    "index_copy": ("index_copy", 0, I([2, 0]), V),
    "index_fill": ("index_fill", 1, I([2, -4]), 1.5),
    "masked_fill": ("masked_fill", MASK, 7),
    "masked_fill_row": ("masked_fill", MASK[:1], -2.5),
    "masked_select": ("masked_select", MASK),
    "masked_scatter": ("masked_scatter", MASK, V),
    "take": ("take", AT * 3),
    "take_along_dim": ("take_along_dim", ONCE[:1], 1),
    "index_put": ("index_put", (I([0]),), V[0]),
    "repeat_interleave": ("repeat_interleave", I([2, 0, 1]), 0),
    "tril": ("tril", 1),
    **{
        f"scatter_reduce_{reduce}_{include}": ("scatter_reduce", 0, AT, DISTINCT, reduce, include)
        for reduce in ("sum", "prod", "mean", "amax", "amin")
        for include in (True, False)
    },
}


@pytest.mark.parametrize("name", [n for n in CALLS if n not in ("scatter_value_keyword", "index_put")])
def test_reading_and_writing_along_an_axis(name: str) -> None:
    method, *args = CALLS[name]
    kwargs = {}
    if method == "scatter_reduce":
        kwargs["include_self"] = args.pop()
    assert_same(scattered(method, *args, **kwargs), 1e-10, 1e-12)


@pytest.mark.parametrize("reduce", ["add", "multiply"])
def test_scatter_with_reduce(reduce: str) -> None:
    assert_same(lambda m: leaf(m, 3, 4).detach().scatter(0, m.tensor(AT), m.tensor(V), reduce=reduce), 1e-12)


def test_ties_and_zeros_of_scatter_reduce() -> None:
    def program(reduce: str, include: bool) -> Program:
        def run(m: Any) -> Any:
            x = m.tensor([[1.0, 0.0, 2.0], [3.0, 3.0, 0.0]], dtype=m.float64, requires_grad=True)
            s = m.tensor([[1.0, 3.0, 0.0, 0.0], [3.0, 0.0, 2.0, 1.0]], dtype=m.float64, requires_grad=True)
            found = x.scatter_reduce(1, m.tensor([[0, 0, 1, 1], [0, 2, 2, 0]]), s, reduce, include_self=include)
            (found * m.arange(1.0, 7, dtype=m.float64).reshape(2, 3)).sum().backward()
            return [found, x.grad, s.grad]

        return run

    for reduce in ("sum", "prod", "mean", "amax", "amin"):
        assert_same(program(reduce, True), 1e-12)
        # PyTorch counts an excluded element that is equal to the extreme among those that share the gradient.
        if reduce not in ("amax", "amin"):
            assert_same(program(reduce, False), 1e-12)


OTHERS = {
    "accumulate": lambda m, x: x.index_put_((m.tensor([0, 0, 2]), m.tensor([1, 1, 3])), m.ones(3), accumulate=True),
    "accumulate_rows": lambda m, x: x.index_put((m.tensor([0, 0]),), m.ones(4), accumulate=True),
    "put": lambda m, x: [x.put_(m.tensor([1, 1, -1]), m.ones(3), accumulate=True), x.put(m.tensor([0]), m.ones(1))],
    "index_add_alpha": lambda m, x: x.index_add(1, m.tensor([0, 0]), m.ones(3, 2), alpha=-2),
    "nonzero": lambda m, x: [(x > 0).nonzero(), x.nonzero(as_tuple=True), m.tensor(5).nonzero(), m.zeros(2).nonzero()],
    "argwhere": lambda m, x: [m.argwhere(x > 1), m.argwhere(m.tensor(3))],
    "where": lambda m, x: m.where(x > 1, x, 0.0),
    "isin": lambda m, x: [m.isin(x, m.tensor([1.0, 5.0])), m.isin(m.tensor(3), x, invert=True)],
    "fill_diagonal": lambda m, x: [x.fill_diagonal_(9), m.zeros(7, 2).fill_diagonal_(1, wrap=True)],
    "one_hot": lambda m, x: [F(m).one_hot(m.tensor([[0, 2], [1, 1]])), F(m).one_hot(m.tensor(1), 4)],
    "contains": lambda m, x: [1.0 in x, 55 in x, m.tensor(2.0) in x],
    "gather_zero_dim": lambda m, x: [
        m.tensor(5.0).gather(0, m.tensor([0, 0])),
        m.tensor(5.0).index_select(0, m.tensor([0])),
    ],
    "scatter_integers": lambda m, x: m.zeros(2, 3, dtype=m.int64).scatter_(1, m.tensor([[1], [2]]), 1),
    "mean_of_integers": lambda m, x: m.ones(2, dtype=m.int64).scatter_reduce(
        0, m.tensor([0, 0]), m.tensor([3, 5]), "mean"
    ),
}


@pytest.mark.parametrize("name", OTHERS)
def test_other_calls(name: str) -> None:
    assert_same(lambda m: OTHERS[name](m, m.arange(12, dtype=m.float32).reshape(3, 4)))


EMBEDDINGS = {
    "plain": {},
    "padding": {"padding_idx": 1},
    "padding_negative": {"padding_idx": -2},
    "scaled": {"scale_grad_by_freq": True},
    "max_norm": {"max_norm": 1.0, "norm_type": 1.0},
    "all": {"padding_idx": 2, "scale_grad_by_freq": True},
}


@pytest.mark.parametrize("name", EMBEDDINGS)
def test_embedding(name: str) -> None:
    def program(m: Any) -> Any:
        table = leaf(m, 5, 3)
        words = m.tensor([[1, 2, 2], [0, 3, 1]])
        found = F(m).embedding(words, table, **EMBEDDINGS[name])
        (found * found).sum().backward()
        return [found, table, table.grad]

    assert_same(program, 1e-6)


BAD_CALLS = {
    "index_select_range": lambda m, x: x.index_select(0, m.tensor([5])),
    "index_select_negative": lambda m, x: x.index_select(0, m.tensor([-1])),
    "index_select_rank": lambda m, x: x.index_select(0, m.tensor([[0]])),
    "index_select_dtype": lambda m, x: x.index_select(0, m.tensor([0.0])),
    "index_add_range": lambda m, x: x.index_add(0, m.tensor([5]), m.ones(1, 4)),
    "index_add_count": lambda m, x: x.index_add(0, m.tensor([0, 1]), m.ones(1, 4)),
    "index_fill_range": lambda m, x: x.index_fill(0, m.tensor([5]), 1),
    "gather_range": lambda m, x: x.gather(0, m.tensor([[5]])),
    "gather_negative": lambda m, x: x.gather(0, m.tensor([[-1]])),
    "gather_rank": lambda m, x: x.gather(0, m.tensor([0])),
    "gather_size": lambda m, x: x.gather(0, m.zeros(1, 7, dtype=m.int64)),
    "gather_dtype": lambda m, x: x.gather(0, m.zeros(1, 1)),
    "scatter_range": lambda m, x: x.scatter(0, m.tensor([[5]]), 1),
    "scatter_size": lambda m, x: x.scatter(0, m.zeros(1, 7, dtype=m.int64), m.ones(1, 7)),
    "scatter_dtype": lambda m, x: x.scatter(0, m.tensor([[0]]), m.ones(1, 1).double()),
    "scatter_reduce_name": lambda m, x: x.scatter_reduce(0, m.tensor([[0]]), m.ones(1, 1), "foo"),
    "scatter_name": lambda m, x: x.scatter(0, m.tensor([[0]]), m.ones(1, 1), reduce="foo"),
    "take_range": lambda m, x: x.take(m.tensor([55])),
    "masked_fill_mask": lambda m, x: x.masked_fill(m.ones(3, 4), 1),
    "masked_fill_value": lambda m, x: x.masked_fill(m.ones(3, 4) > 0, m.ones(2)),
    "masked_select_mask": lambda m, x: x.masked_select(m.ones(3, 4)),
    "masked_scatter_few": lambda m, x: x.masked_scatter(m.ones(3, 4) > 0, m.ones(2)),
    "masked_scatter_dtype": lambda m, x: x.masked_scatter(m.ones(3, 4) > 0, m.ones(12).double()),
    "one_hot_range": lambda m, x: F(m).one_hot(m.tensor([5]), 3),
    "one_hot_negative": lambda m, x: F(m).one_hot(m.tensor([-1])),
    "one_hot_dtype": lambda m, x: F(m).one_hot(m.tensor([1.0])),
    "one_hot_empty": lambda m, x: F(m).one_hot(m.zeros(0, dtype=m.int64)),
    "embedding_range": lambda m, x: F(m).embedding(m.tensor([7]), x),
    "embedding_dtype": lambda m, x: F(m).embedding(m.tensor([1.0]), x),
    "embedding_padding": lambda m, x: F(m).embedding(m.tensor([1]), x, padding_idx=9),
    "embedding_rank": lambda m, x: F(m).embedding(m.tensor([1]), x[0]),
    "index_put_dtype": lambda m, x: x.index_put((m.tensor([0]),), m.ones(1).double()),
    "value_shape": lambda m, x: x.__setitem__(m.tensor([0, 1]), m.ones(3)),
    "value_shape_basic": lambda m, x: x.__setitem__(0, m.ones(3)),
    "fill_diagonal_rank": lambda m, x: x[0].fill_diagonal_(1),
    "zero_dim_index": lambda m, x: x[0, 0][0],
    "zero_dim_iter": lambda m, x: iter(x[0, 0]),
    "zero_dim_len": lambda m, x: len(x[0, 0]),
    "contains_text": lambda m, x: "a" in x,
    "take_along_dim_rank": lambda m, x: x.take_along_dim(m.tensor([0]), 1),
    "repeat_interleave_dtype": lambda m, x: x.repeat_interleave(m.tensor([-1, 1, 1]), 0),
}


@pytest.mark.parametrize("name", BAD_CALLS)
def test_errors_of_calls(name: str) -> None:
    assert_same(lambda m: BAD_CALLS[name](m, m.zeros(3, 4)))
