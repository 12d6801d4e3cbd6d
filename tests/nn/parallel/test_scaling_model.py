"""The model behind docs/scaling.md, on cases that can be counted by hand."""

from __future__ import annotations

import pytest

from benchmarks.scaling_model import Link, Times, all_reduce, fit, limit, step

NETWORK = Link("network", 1e-5, 1e9, hides=True)
TIMES = Times(forward=0.1, backward=0.2, update=0.01, collecting=0.0, buckets=(10**6, 10**8))


def test_a_long_sum_goes_round_the_ring() -> None:
    assert all_reduce(8, 1e8, NETWORK) == pytest.approx(14 * (1e-5 + 1e8 / 8e9))


def test_a_short_sum_doubles() -> None:
    assert all_reduce(64, 8, NETWORK) == pytest.approx(6 * (1e-5 + 8e-9))


def test_one_bus_is_shared() -> None:
    bus = Link("bus", 1e-5, 1e9, hides=False, is_shared=True)
    assert all_reduce(2, 1e8, bus) == all_reduce(2, 1e8, NETWORK)
    assert all_reduce(16, 1e8, bus) == pytest.approx(30 * (1e-5 + 8 * 1e8 / 16e9))


def test_what_is_hidden_by_backward() -> None:
    # The small sum of two ends before backward does; the large one begins then.
    late = all_reduce(4, 1e8, NETWORK)
    assert step(4, TIMES, NETWORK) == pytest.approx(0.1 + 0.2 + late + 0.01)
    visible = Link("memory", 1e-5, 1e9, hides=False)
    assert step(4, TIMES, visible) == pytest.approx(0.31 + late + all_reduce(4, 1e6, NETWORK))


def test_one_rank_pays_nothing() -> None:
    assert step(1, TIMES, NETWORK) == TIMES.alone


def test_the_limit() -> None:
    free = Link("free", 0.0, 1e15, hides=True)
    assert limit(Times(1.0, 1.0, 0.0, 0.0, (8,)), free, most=64) == 64
    assert limit(TIMES, NETWORK) == 1


def test_the_fit() -> None:
    sums = {size: 5e-6 + size / 4e9 for size in (2**k for k in range(3, 27))}
    latency, bandwidth = fit(sums)
    assert latency == pytest.approx(5e-6, rel=0.02)
    assert bandwidth == pytest.approx(4e9, rel=0.01)
