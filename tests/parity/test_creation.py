"""Making tensors, questions about dtypes, and numbers from tensors: values, dtypes and errors of PyTorch's."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest

from tests.parity.programs import assert_same

CALLS = {
    "int": lambda m: m.tensor(3),
    "float": lambda m: m.tensor(2.5),
    "bool": lambda m: m.tensor([True, False]),
    "mixed": lambda m: m.tensor([[1, 2.5], [True, 0]]),
    "complex": lambda m: m.tensor([1 + 2j]),
    "empty": lambda m: m.tensor([]),
    "numpy_scalars": lambda m: m.tensor([np.float64(1.5), np.float64(2)]),
    "ndarray": lambda m: m.tensor(np.arange(3, dtype=np.int16)),
    "tensors": lambda m: m.tensor([m.tensor(1.5), m.tensor(2)]),
    "dtype": lambda m: m.tensor([1.7, -1.7], dtype=m.int32),
    "tuple": lambda m: m.tensor(((1, 2), (3, 4))),
    "zeros": lambda m: [m.zeros(2, 3), m.zeros((2, 3)), m.zeros([]), m.zeros(2, dtype=m.int64), m.zeros(size=(2,))],
    "ones": lambda m: [m.ones(2), m.ones(2, 0), m.ones(3, dtype=m.bool)],
    "full": lambda m: [m.full((2,), 3), m.full((2,), 3.0), m.full((2,), True), m.full((2, 1), 7, dtype=m.float64)],
    "empty_sizes": lambda m: [m.empty(2, 3).shape, m.empty(2, dtype=m.int8).dtype],
    "eye": lambda m: [m.eye(3), m.eye(2, 4), m.eye(3, 2, dtype=m.int64)],
    "arange": lambda m: [m.arange(5), m.arange(1, 4), m.arange(1.0, 2.5, 0.5), m.arange(5, 0, -2), m.arange(0)],
    "arange_float": lambda m: [
        m.arange(0.0, 1, 0.1),
        m.arange(3, dtype=m.float32),
        m.arange(2.5),
        m.arange(m.tensor(3)),
    ],
    "arange_keywords": lambda m: [m.arange(end=3), m.arange(1, end=3), m.arange(start=1, end=7, step=3)],
    "linspace": lambda m: [m.linspace(0, 1, 5), m.linspace(3, -2, 4), m.linspace(3, 10, 1), m.linspace(0, 1, steps=0)],
    "linspace_ints": lambda m: m.linspace(0, 10, 4, dtype=m.int64),
    "logspace": lambda m: [m.logspace(0, 2, 3), m.logspace(0, 3, 4, base=2.0)],
    "like": lambda m: [m.zeros_like(m.ones(2, 3)), m.ones_like(m.zeros(2), dtype=m.int64), m.full_like(m.zeros(2), 3)],
    "like_layout": lambda m: [m.zeros_like(m.zeros(2, 3).t()).stride(), m.empty_like(m.zeros(2, 3)).shape],
    "new": lambda m: [
        m.ones(2, dtype=m.float64).new_zeros(2, 3),
        m.ones(2).new_ones((2,), dtype=m.int64),
        m.ones(2, dtype=m.int32).new_full((2,), 3),
        m.ones(2, dtype=m.float64).new_tensor([1, 2]),
        m.ones(2).new_empty(3).shape,
    ],
    "scalar_tensor": lambda m: m.scalar_tensor(3),
    "as_tensor": lambda m: [m.as_tensor([1, 2]), m.as_tensor(np.ones(2)), m.as_tensor(m.ones(2), dtype=m.int64)],
    "asarray": lambda m: [m.asarray(1.5), m.asarray([1, 2]), m.asarray(np.ones(2), dtype=m.float32)],
    "frombuffer": lambda m: [
        m.frombuffer(bytearray(range(8)), dtype=m.int16),
        m.frombuffer(bytearray(8), dtype=m.uint8, count=2, offset=3),
    ],
    "shared": lambda m: (lambda a: [m.from_numpy(a).add_(1), a.tolist()])(np.zeros(3)),
    "requires_grad": lambda m: [
        m.ones(2, requires_grad=True).requires_grad,
        m.tensor([1.0], requires_grad=True).is_leaf,
    ],
    "default_dtype": lambda m: m.get_default_dtype(),
    "result_type": lambda m: [
        m.result_type(m.tensor([1]), 2.5),
        m.result_type(m.tensor([1.0]), m.tensor(2.0, dtype=m.float64)),
        m.result_type(m.tensor([1], dtype=m.uint8), m.tensor([1], dtype=m.int8)),
        m.result_type(m.tensor([True]), 1),
    ],
    "promote_types": lambda m: [
        m.promote_types(m.int32, m.float16),
        m.promote_types(m.uint8, m.int8),
        m.promote_types(m.bool, m.int16),
    ],
    "can_cast": lambda m: [
        m.can_cast(a, b)
        for a, b in (
            (m.float64, m.int32),
            (m.int32, m.float32),
            (m.float64, m.float32),
            (m.int32, m.bool),
            (m.int8, m.uint8),
        )
    ],
    "is_tensor": lambda m: [
        m.is_tensor(m.ones(1)),
        m.is_tensor(1),
        m.is_floating_point(m.ones(1)),
        m.is_complex(m.ones(1)),
        m.numel(m.ones(2, 3)),
    ],
    "cuda": lambda m: [m.cuda.is_available(), m.cuda.device_count()],
    "numbers": lambda m: [
        m.tensor([2.5]).item(),
        m.tensor(3).item(),
        m.tensor(True).item(),
        m.tensor([[1, 2]]).tolist(),
        m.tensor(1.5).tolist(),
        int(m.tensor(-1.7)),
        float(m.tensor(3)),
        bool(m.tensor([0.0])),
        complex(m.tensor(2.0)),
        [10, 20][m.tensor(1)],
        m.tensor([4]).__index__(),
        round(float(m.tensor(2.5))),
    ],
    "numpy": lambda m: [
        m.ones(2).numpy(),
        np.asarray(m.ones(2, dtype=m.int64)),
        np.asarray(m.ones(2), dtype=np.float64),
    ],
    "deepcopy": lambda m: (lambda x: [copy.deepcopy(x), copy.deepcopy(x).requires_grad])(m.ones(2, requires_grad=True)),
    "deepcopy_shared": lambda m: (lambda x: (lambda c: [c[0].add_(1), c[1]])(copy.deepcopy([x, x[:1]])))(m.ones(2)),
    "pickle": lambda m: [
        pickle.loads(pickle.dumps(x))
        for x in (
            m.ones(2),
            m.arange(6).reshape(2, 3).t(),
            m.ones(1, requires_grad=True),
            m.ones(2, requires_grad=True) * 2,
        )
    ],
    "pickled_dtype": lambda m: [pickle.loads(pickle.dumps(m.float32)), pickle.loads(pickle.dumps(m.ones(2).shape))],
    "seeded": lambda m: (m.manual_seed(3), m.initial_seed())[1],
    "random_shapes": lambda m: [
        f.shape
        for f in (
            m.rand(2, 3),
            m.randn((2, 3)),
            m.randint(5, (2,)),
            m.randint(1, 5, (2, 1)),
            m.randperm(4),
            m.rand_like(m.ones(2)),
            m.randn_like(m.ones(2, 1)),
            m.normal(0.0, 1.0, (2, 3)),
            m.normal(m.zeros(3), m.ones(1)),
        )
    ],
    "random_dtypes": lambda m: [
        f.dtype
        for f in (
            m.rand(2),
            m.randn(2, dtype=m.float64),
            m.randint(5, (2,)),
            m.randperm(4),
            m.bernoulli(m.ones(2)),
            m.randint(5, (2,), dtype=m.float32),
            m.multinomial(m.ones(3), 2),
            m.rand_like(m.ones(2).half()),
        )
    ],
    "certain": lambda m: [
        m.bernoulli(m.tensor([0.0, 1.0])),
        m.multinomial(m.tensor([0.0, 1.0, 0.0]), 1),
        m.zeros(2).bernoulli_(1.0),
        m.randint(3, 4, (2,)),
        m.multinomial(m.tensor([[0.0, 1.0], [1.0, 0.0]]), 3, True),
    ],
}

ERRORS = {
    "ragged": lambda m: m.tensor([[1], [2, 3]]),
    "ragged_deep": lambda m: m.tensor([[[1, 2]], [[3]]]),
    "ragged_mixed": lambda m: m.tensor([[1, 2], 3]),
    "text": lambda m: m.tensor("a"),
    "none": lambda m: m.tensor([None]),
    "int_grad": lambda m: m.tensor([1, 2], requires_grad=True),
    "text_array": lambda m: m.tensor(np.array(["a"])),
    "negative_size": lambda m: m.zeros(-1),
    "float_size": lambda m: m.zeros(2.5),
    "arange_step": lambda m: m.arange(0, 1, 0),
    "arange_sign": lambda m: m.arange(1, 0, 1),
    "arange_infinite": lambda m: m.arange(0, float("inf")),
    "linspace_steps": lambda m: m.linspace(0, 1, -1),
    "eye": lambda m: m.eye(-1),
    "default_dtype": lambda m: m.set_default_dtype(m.int32),
    "from_numpy": lambda m: m.from_numpy([1]),
    "from_numpy_text": lambda m: m.from_numpy(np.array(["a"])),
    "frombuffer_multiple": lambda m: m.frombuffer(bytearray(7), dtype=m.float32),
    "frombuffer_count": lambda m: m.frombuffer(bytearray(8), dtype=m.float32, count=3),
    "frombuffer_offset": lambda m: m.frombuffer(bytearray(8), dtype=m.float32, offset=9),
    "frombuffer_empty": lambda m: m.frombuffer(bytearray(0), dtype=m.float32),
    "type_name": lambda m: m.ones(2).type("FooTensor"),
    "item": lambda m: m.ones(2).item(),
    "item_none": lambda m: m.ones(0).item(),
    "bool": lambda m: bool(m.ones(2)),
    "bool_none": lambda m: bool(m.ones(0)),
    "int": lambda m: int(m.ones(2)),
    "float": lambda m: float(m.ones(2)),
    "index": lambda m: [1, 2][m.tensor(1.0)],
    "complex_to_float": lambda m: float(m.tensor(1 + 2j)),
    "numpy_grad": lambda m: m.ones(2, requires_grad=True).numpy(),
    "numpy_nonleaf": lambda m: np.asarray(m.ones(2, requires_grad=True) * 2),
    "deepcopy_nonleaf": lambda m: copy.deepcopy(m.ones(2, requires_grad=True) * 2),
    "rand_int": lambda m: m.ones(2, dtype=m.int32).normal_(0, -1),
    "uniform_order": lambda m: m.ones(2).uniform_(2, 1),
    "randint_range": lambda m: m.randint(5, 5, (2,)),
    "bernoulli_range": lambda m: m.bernoulli(m.tensor([1.5])),
    "normal_std": lambda m: m.normal(0.0, -1.0, (2,)),
    "multinomial_many": lambda m: m.multinomial(m.ones(3), 4),
    "multinomial_zero": lambda m: m.multinomial(m.zeros(3), 1),
    "multinomial_none": lambda m: m.multinomial(m.ones(3), 0),
    "state_type": lambda m: m.Generator().set_state(m.zeros(3)),
}


@pytest.mark.parametrize("name", CALLS)
def test_values(name: str) -> None:
    assert_same(CALLS[name])


@pytest.mark.parametrize("name", ERRORS)
def test_errors(name: str) -> None:
    assert_same(ERRORS[name])


def arrays_to_print() -> dict[str, Any]:
    rng = np.random.default_rng(3)
    return {
        "integral": np.array([1.0, -2.0, 300.0]),
        "fraction": np.array([[0.5, 1.25], [-3.0, 100.0]]),
        "small": np.array([1e-5, 1.0]),
        "large": np.array([1e9, 1.0]),
        "wide_range": np.array([0.001, 2000.5]),
        "special": np.array([np.nan, np.inf, -np.inf, 1.5]),
        "special_only": np.array([np.nan, np.inf]),
        "special_integral": np.array([np.nan, 2.0]),
        "zeros": np.zeros(3),
        "number": np.array(3.14159265),
        "integers": np.array([[1, -20], [300, 4]]),
        "int32": np.array([1, 2], np.int32),
        "uint8": np.array([1, 255], np.uint8),
        "bools": np.array([[True, False]]),
        "float64": rng.standard_normal((2, 3)),
        "float16": np.array([1.5, 2], np.float16),
        "empty": np.zeros(0),
        "empty_rows": np.zeros((0, 3)),
        "empty_int": np.zeros(0, np.int64),
        "long": np.arange(40.0),
        "summarized": np.arange(1001.0),
        "summarized_matrix": rng.standard_normal((40, 30)).astype(np.float32),
        "summarized_cube": rng.standard_normal((12, 11, 10)).astype(np.float32),
        "summarized_ints": np.arange(2000).reshape(2, 1000),
        "cube": np.arange(24).reshape(2, 3, 4),
        "four": rng.standard_normal((2, 2, 2, 2)).astype(np.float32),
        "many_columns": rng.standard_normal((2, 30)).astype(np.float32),
        "complex": np.array([1 + 2j, -0.5 - 3j], np.complex64),
    }


@pytest.mark.parametrize("name", arrays_to_print())
@pytest.mark.parametrize("mode", ["plain", "leaf", "node", "float32"])
def test_printing(name: str, mode: str) -> None:
    array = arrays_to_print()[name]

    def program(m: Any) -> Any:
        x = m.tensor(array)
        if mode == "float32" and array.dtype.kind == "f":
            x = x.float()
        if mode in ("leaf", "node") and array.dtype.kind in "fc":
            x.requires_grad_()
        return [repr(x * 1 if mode == "node" else x)]

    assert_same(program)


@pytest.mark.parametrize(
    "options",
    [
        {"precision": 2},
        {"threshold": 5, "edgeitems": 1},
        {"linewidth": 40},
        {"sci_mode": True},
        {"sci_mode": False},
        {"profile": "short"},
    ],
    ids=str,
)
def test_print_options(options: dict[str, Any]) -> None:
    def program(m: Any) -> Any:
        try:
            m.set_printoptions(**options)
            return [repr(m.tensor(np.linspace(-1e-5, 40, 24))), repr(m.ones(4, 4))]
        finally:
            m.set_printoptions(profile="default")

    assert_same(program)


@pytest.mark.parametrize("spec", ["", ".2f", ">8", "e"])
def test_formatting(spec: str) -> None:
    assert_same(lambda m: [format(m.tensor(2.5), spec), f"{m.tensor([1.0]).sum():{spec}}"])
    assert_same(lambda m: [f"{m.ones(2)}"])
