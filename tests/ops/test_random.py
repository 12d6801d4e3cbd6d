"""Random numbers: reproducible, of the right dtype, with the right distribution."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import autograd
from autograd import Tensor

COUNT = 20_000

DRAWS: dict[str, tuple[Callable[[autograd.Generator], Tensor], float, float]] = {
    "rand": (lambda g: autograd.rand(COUNT, generator=g), 0.5, 1 / 12),
    "randn": (lambda g: autograd.randn(COUNT, generator=g), 0, 1),
    "randn_double": (lambda g: autograd.randn(COUNT, generator=g, dtype=autograd.float64), 0, 1),
    "randn_half": (lambda g: autograd.randn(COUNT, generator=g, dtype=autograd.float16).float(), 0, 1),
    "randint": (lambda g: autograd.randint(2, 6, (COUNT,), generator=g), 3.5, 1.25),
    "normal": (lambda g: autograd.normal(2.0, 3.0, (COUNT,), generator=g), 2, 9),
    "normal_tensors": (lambda g: autograd.normal(autograd.full((COUNT,), 2.0), 0.5, generator=g), 2, 0.25),
    "bernoulli": (lambda g: autograd.bernoulli(autograd.full((COUNT,), 0.3), generator=g), 0.3, 0.21),
    "poisson": (lambda g: autograd.poisson(autograd.full((COUNT,), 4.0), generator=g), 4, 4),
    "uniform_": (lambda g: autograd.empty(COUNT).uniform_(-1, 3, generator=g), 1, 16 / 12),
    "normal_": (lambda g: autograd.empty(COUNT).normal_(1, 2, generator=g), 1, 4),
    "exponential_": (lambda g: autograd.empty(COUNT).exponential_(2, generator=g), 0.5, 0.25),
    "geometric_": (lambda g: autograd.empty(COUNT).geometric_(0.5, generator=g), 2, 2),
    "bernoulli_": (lambda g: autograd.empty(COUNT).bernoulli_(0.25, generator=g), 0.25, 0.1875),
    "random_": (lambda g: autograd.empty(COUNT, dtype=autograd.int64).random_(1, 4, generator=g), 2, 2 / 3),
    "log_normal_": (lambda g: autograd.empty(COUNT).log_normal_(0, 0.5, generator=g).log(), 0, 0.25),
}


@pytest.mark.parametrize("name", DRAWS)
def test_mean_and_variance(name: str) -> None:
    draw, mean, variance = DRAWS[name]
    values = draw(autograd.Generator().manual_seed(7)).numpy().astype(np.float64)
    deviation = np.sqrt(variance / COUNT)
    assert abs(values.mean() - mean) < 5 * deviation
    assert abs(values.var() / variance - 1) < 0.1


@pytest.mark.parametrize("name", DRAWS)
def test_the_seed_decides(name: str) -> None:
    draw = DRAWS[name][0]
    first, second, other = (draw(autograd.Generator().manual_seed(s)).numpy() for s in (1, 1, 2))
    np.testing.assert_array_equal(first, second)
    assert not np.array_equal(first, other)


def test_float32_is_drawn_as_float32() -> None:
    mine, bits = autograd.Generator().manual_seed(3), np.random.Generator(np.random.PCG64(3))
    np.testing.assert_array_equal(autograd.rand(5, generator=mine).numpy(), bits.random(5, np.float32))
    np.testing.assert_array_equal(autograd.randn(5, generator=mine).numpy(), bits.standard_normal(5, np.float32))


def test_a_state_brings_the_sequence_back() -> None:
    autograd.manual_seed(11)
    autograd.randint(5, (3,))
    state = autograd.get_rng_state()
    assert state.dtype is autograd.uint8
    first = [autograd.rand(3).tolist(), autograd.randint(9, (3,)).tolist(), autograd.randperm(9).tolist()]
    autograd.set_rng_state(state)
    assert first == [autograd.rand(3).tolist(), autograd.randint(9, (3,)).tolist(), autograd.randperm(9).tolist()]
    assert autograd.initial_seed() == 11


def test_fork_rng_leaves_no_trace() -> None:
    autograd.manual_seed(1)
    expected = autograd.rand(2).tolist()
    autograd.manual_seed(1)
    with autograd.random.fork_rng():
        autograd.rand(100)
        autograd.manual_seed(5)
    assert autograd.rand(2).tolist() == expected


def test_seeds() -> None:
    generator = autograd.Generator()
    assert generator.manual_seed(-1).initial_seed() == 2**64 - 1
    assert generator.seed() == generator.initial_seed()
    assert generator.device.type == "cpu"
    for wrong in (1 << 64, -(1 << 63) - 1):
        with pytest.raises(RuntimeError, match="Overflow when unpacking"):
            generator.manual_seed(wrong)
    with pytest.raises(RuntimeError, match="RNG state is wrong size"):
        generator.set_state(autograd.zeros(3, dtype=autograd.uint8))


def test_permutations_and_samples_without_replacement_do_not_repeat() -> None:
    assert sorted(autograd.randperm(50).tolist()) == list(range(50))
    rows = autograd.multinomial(autograd.ones(4, 10), 10)
    assert all(sorted(row) == list(range(10)) for row in rows.tolist())


def test_multinomial_follows_the_weights() -> None:
    generator = autograd.Generator().manual_seed(0)
    weights = autograd.tensor([1.0, 0.0, 3.0])
    drawn = autograd.multinomial(weights, COUNT, True, generator=generator)
    shares = np.bincount(drawn.numpy(), minlength=3) / COUNT
    np.testing.assert_allclose(shares, [0.25, 0, 0.75], atol=0.02)
    first = [autograd.multinomial(weights, 1, generator=generator).item() for _ in range(500)]
    assert abs(np.mean(np.array(first) == 2) - 0.75) < 0.1


def test_half_precision_uniform_numbers_stay_below_one() -> None:
    assert float(autograd.rand(100_000, dtype=autograd.float16).max()) < 1


def test_drawing_in_place_cuts_the_graph() -> None:
    x = autograd.ones(3, requires_grad=True)
    y = x * 2
    y[1:].uniform_()
    y.sum().backward()
    assert x.grad.tolist() == [2, 0, 0]


@pytest.mark.parametrize(
    "call", [lambda: autograd.rand(2, dtype=autograd.int64), lambda: autograd.ones(2).long().uniform_()]
)
def test_floating_point_draws_refuse_integers(call: Callable[[], Tensor]) -> None:
    with pytest.raises(NotImplementedError, match="not implemented for"):
        call()


def test_unknown_options_are_refused() -> None:
    with pytest.raises(TypeError, match="unexpected keyword argument 'dtpye'"):
        autograd.rand(2, dtpye=autograd.float64)
    with pytest.raises(TypeError, match="unexpected keyword argument 'value'"):
        autograd.zeros(2, value=3)
