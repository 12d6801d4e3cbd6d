"""PyTorch's database of optimizers: trajectories, text, states in both directions, mistakes, and schedules on them."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any
from unittest import mock

import numpy as np
import pytest

import nn
import optim
from autograd import convert
from autograd.tensor import Tensor

torch = pytest.importorskip("torch")
pytest.importorskip("expecttest")

from torch.testing._internal import common_optimizers  # noqa: E402

from tests.parity.database import array_of, translated  # noqa: E402

NAMED = {info.name: info for info in common_optimizers.optim_db}
SHARED = {name: info for name, info in NAMED.items() if hasattr(optim, name)}
ABSENT = {"Adafactor", "Muon", "SparseAdam"}
SHAPES = ((3, 4), (5,), (2, 2, 2), ())
TOLERANCE = {"float64": 1e-7, "float32": 2e-5}

CASES = [
    (name, i, double, groups)
    for name, info in SHARED.items()
    for i in range(len(info.optim_inputs_func(device="cpu")))
    for double in (True, False)
    for groups in ((False, True) if info.supports_param_groups else (False,))
    # Without a line search the rounding of single precision grows by a factor of ten with every step.
    if double or name != "LBFGS"
]


class Run:
    """One optimizer of one library, on four parameters."""

    def __init__(self, library: Any, info: Any, options: dict[str, Any], kind: str, groups: bool) -> None:
        rng = np.random.default_rng(0)
        starts = [rng.standard_normal(shape).astype(kind) for shape in SHAPES]
        self.closure_only = info.step_requires_closure
        if library is torch:
            self.tensor: Callable[[Any], Any] = lambda a: torch.from_numpy(np.asarray(a))
            self.params = [torch.nn.Parameter(torch.from_numpy(np.array(a))) for a in starts]
            options, rules = copy.deepcopy(options), torch.optim
        else:
            self.tensor = lambda a: Tensor(np.asarray(a), None)
            self.params = [nn.Parameter(Tensor(np.array(a), None)) for a in starts]
            options, rules = translated(options, []), optim
        given: Any = self.params
        if groups:
            given = [{"params": given[:2]}, {"params": given[2:], "lr": float(options.get("lr", 0.01)) / 2}]
        self.rule = getattr(rules, info.name)(given, **options)

    def step(self, k: int) -> Any:
        """Take step `k`, with a closure every other time."""
        rng = np.random.default_rng(100 + k)
        targets = [np.asarray(rng.standard_normal(tuple(p.shape)), array_of(p).dtype) for p in self.params]

        def closure() -> Any:
            self.rule.zero_grad()
            terms = [
                ((p - self.tensor(t)) ** 2 * self.tensor(1 + np.abs(t))).sum() + (p * p * p).sum() * 0.01
                for p, t in zip(self.params, targets, strict=True)
            ]
            loss = terms[0] + terms[1] + terms[2] + terms[3]
            loss.backward()
            return loss

        if self.closure_only or k % 2:
            return self.rule.step(closure)
        closure()
        return self.rule.step()

    def values(self) -> list[np.ndarray]:
        return [array_of(p).copy() for p in self.params]

    def restart(self, state: dict[str, Any], values: list[np.ndarray]) -> None:
        """Go on where another run is: at its values, with its state."""
        for p, a in zip(self.params, values, strict=True):
            p.data = self.tensor(a.copy())
        self.rule.load_state_dict(state)


def same_values(found: Any, expected: Any) -> None:
    for a, b in zip(found, expected, strict=True):
        assert a.dtype == b.dtype
        rtol = TOLERANCE[b.dtype.name]
        np.testing.assert_allclose(a, b, rtol, rtol * max(1.0, float(np.abs(b).max())))


def same_state(ours: Any, theirs: Any) -> None:
    """Compare two state dicts: keys in their order, types, values; single numbers may be held in any float type."""
    found, expected = ours.state_dict(), theirs.state_dict()
    for a, b in zip(found["param_groups"], expected["param_groups"], strict=True):
        assert list(a) == list(b)
        for name, value in b.items():
            if isinstance(value, torch.Tensor):
                np.testing.assert_allclose(array_of(a[name]), array_of(value))
            else:
                assert (type(a[name]), a[name]) == (type(value), value)
    assert list(found["state"]) == list(expected["state"])
    for number, held in expected["state"].items():
        mine = found["state"][number]
        if "n_iter" in held:
            # LBFGS keeps scratch memory and single-element tensors, which are numbers here.
            assert set(mine) | {"al"} == set(held) | {"al"}
        else:
            assert list(mine) == list(held)
        for name, value in held.items():
            if name != "al" and value is not None:
                same_entry(mine[name], value)


def same_entry(found: Any, expected: Any) -> None:
    if isinstance(expected, list):
        for a, b in zip(found, expected, strict=True):
            same_entry(a, b)
    elif isinstance(expected, torch.Tensor) and expected.ndim:
        same_values([array_of(found)], [array_of(expected)])
    else:
        np.testing.assert_allclose(*(array_of(v) if hasattr(v, "ndim") else v for v in (found, expected)), rtol=1e-6)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("name", "number", "double", "groups"), CASES)
def test_trajectory(name: str, number: int, double: bool, groups: bool) -> None:
    """Eight steps; the state then crosses over, and both go on with the other's."""
    info, kind = SHARED[name], "float64" if double else "float32"
    options = info.optim_inputs_func(device="cpu")[number].kwargs
    ours, theirs, resumed, there = (Run(lib, info, options, kind, groups) for lib in (optim, torch, optim, torch))
    assert repr(ours.rule) == repr(theirs.rule)
    same_state(ours.rule, theirs.rule)
    steps = 3 if info.step_requires_closure else 8
    for k in range(steps):
        found, expected = ours.step(k), theirs.step(k)
        assert (found is None) == (expected is None)
        if found is not None:
            same_values([array_of(found)], [array_of(expected)])
        same_values(ours.values(), theirs.values())
    same_state(ours.rule, theirs.rule)
    assert repr(pickle.loads(pickle.dumps(ours.rule))) == repr(ours.rule)
    resumed.restart(convert.from_torch(theirs.rule.state_dict()), theirs.values())
    there.restart(convert.to_torch(ours.rule.state_dict()), ours.values())
    for k in range(steps, steps + 2):
        for run in (ours, theirs, resumed, there):
            run.step(k)
        for run in (ours, resumed, there):
            same_values(run.values(), theirs.values())
    same_state(resumed.rule, theirs.rule)


def parameters(value: Any, known: dict[int, Any]) -> Any:
    """Return what an optimizer is given, with our parameters; the same one where PyTorch has the same one."""
    if isinstance(value, torch.nn.Parameter):
        return known.setdefault(id(value), nn.Parameter(Tensor(array_of(value).copy(), None)))
    if isinstance(value, dict):
        return {k: parameters(v, known) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(parameters(v, known) for v in value)
    return translated(value, [])


@pytest.mark.parametrize("name", sorted(SHARED))
def test_mistakes(name: str) -> None:
    """The same exception or warning, whose message PyTorch's own test would accept."""
    info = SHARED[name]
    errors = info.optim_error_inputs_func(device="cpu", dtype=torch.float32)
    for error in errors:
        given = error.optimizer_error_input
        params = [torch.nn.Parameter(torch.ones(3, 3))] if given.params is None else given.params
        assert error.error_on is common_optimizers.OptimizerErrorEnum.CONSTRUCTION_ERROR
        ours, options = parameters(params, {}), translated(given.kwargs, [])
        with pytest.raises(error.error_type, match=error.error_regex):
            getattr(optim, name)(ours, **options)
    assert errors


CHAINS = [(name, i) for name, info in SHARED.items() for i in range(len(info.scheduler_inputs))]
SCHEDULES = ("ConstantLR", "ExponentialLR", "LinearLR", "PolynomialLR", "ReduceLROnPlateau", "StepLR")


@pytest.mark.parametrize(("name", "number"), CHAINS)
def test_schedules(name: str, number: int) -> None:
    """Rates, states and their order, and states that cross over, for fourteen epochs."""
    info = SHARED[name]
    runs = [Run(library, info, {"lr": 0.02}, "float64", False) for library in (optim, torch)]
    own = {schedule: getattr(optim.lr_scheduler, schedule) for schedule in SCHEDULES}
    theirs = [make(runs[1].rule) for make in info.scheduler_inputs[number]]
    with mock.patch.multiple(common_optimizers, **own):
        ours = [make(runs[0].rule) for make in info.scheduler_inputs[number]]
    for epoch in range(14):
        for run in runs:
            run.step(epoch)
        for schedule in (*ours, *theirs):
            plateau = type(schedule).__name__ == "ReduceLROnPlateau"
            schedule.step(*([0.5 if epoch < 2 else 0.6] if plateau else []))
        for a, b in zip(ours, theirs, strict=True):
            assert list(a.state_dict()) == list(b.state_dict())
            assert a.state_dict() == pytest.approx(b.state_dict(), rel=1e-12)
            a.load_state_dict(copy.deepcopy(b.state_dict()))
            b.load_state_dict(copy.deepcopy(a.state_dict()))
        rates = [[g["lr"] for g in run.rule.param_groups] for run in runs]
        assert rates[0] == pytest.approx(rates[1], rel=1e-12)
    same_values(runs[0].values(), runs[1].values())


def test_names() -> None:
    """What is absent is so by intention."""
    assert set(NAMED) - set(SHARED) == ABSENT
    print(f"\n{len(SHARED)} optimizers, {len(CASES)} trajectories, {len(CHAINS)} chains of schedules")
    assert len(CASES) > 200
