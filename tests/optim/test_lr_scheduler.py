"""Learning-rate schedules against PyTorch, and what a saved one remembers."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

import autograd
import optim

# Name, arguments; callables are shared by both libraries.
SCHEDULES: list[tuple[str, dict[str, Any]]] = [
    ("LambdaLR", {"lr_lambda": lambda epoch: 0.9**epoch}),
    ("LambdaLR", {"lr_lambda": [lambda epoch: 1 / (1 + epoch), lambda epoch: 0.5]}),
    ("MultiplicativeLR", {"lr_lambda": lambda epoch: 0.95}),
    ("StepLR", {"step_size": 3}),
    ("StepLR", {"step_size": 2, "gamma": 0.5}),
    ("MultiStepLR", {"milestones": [2, 5, 5, 9], "gamma": 0.5}),
    ("ConstantLR", {}),
    ("ConstantLR", {"factor": 0.5, "total_iters": 4}),
    ("LinearLR", {}),
    ("LinearLR", {"start_factor": 0.1, "end_factor": 0.5, "total_iters": 7}),
    ("ExponentialLR", {"gamma": 0.9}),
    ("PolynomialLR", {}),
    ("PolynomialLR", {"total_iters": 8, "power": 2.0}),
    ("CosineAnnealingLR", {"T_max": 5}),
    ("CosineAnnealingLR", {"T_max": 20, "eta_min": 0.01}),
    ("CosineAnnealingWarmRestarts", {"T_0": 4}),
    ("CosineAnnealingWarmRestarts", {"T_0": 2, "T_mult": 2, "eta_min": 0.001}),
    ("CyclicLR", {"base_lr": 0.01, "max_lr": 0.1, "step_size_up": 3}),
    (
        "CyclicLR",
        {"base_lr": 0.01, "max_lr": [0.1, 0.2], "step_size_up": 3, "step_size_down": 5, "mode": "triangular2"},
    ),
    ("CyclicLR", {"base_lr": 0.01, "max_lr": 0.1, "step_size_up": 3, "mode": "exp_range", "gamma": 0.9}),
    ("OneCycleLR", {"max_lr": 0.1, "total_steps": 20}),
    ("OneCycleLR", {"max_lr": [0.1, 0.2], "epochs": 4, "steps_per_epoch": 5, "three_phase": True, "pct_start": 0.4}),
    ("OneCycleLR", {"max_lr": 0.1, "total_steps": 20, "anneal_strategy": "linear", "cycle_momentum": False}),
]
IDS = [f"{name}-{i}" for i, (name, _) in enumerate(SCHEDULES)]


def optimizer(library: Any) -> Any:
    make = autograd.ones if library is optim else __import__("torch").ones
    return library.SGD(
        [{"params": [make(1, requires_grad=True)]}, {"params": [make(2, requires_grad=True)], "lr": 0.3}],
        lr=0.1,
        momentum=0.9,
    )


def rates(library: Any, build: Any, steps: int = 19) -> np.ndarray:
    rule = optimizer(library)
    schedule = build(library, rule)
    seen = []
    for _ in range(steps):
        seen.append([(g["lr"], g["momentum"]) for g in rule.param_groups])
        assert list(schedule.get_last_lr()) == [g["lr"] for g in rule.param_groups]
        rule.step()
        schedule.step()
    return np.array(seen)


@pytest.mark.parametrize(("name", "arguments"), SCHEDULES, ids=IDS)
def test_schedules_equal_pytorch(name: str, arguments: dict[str, Any]) -> None:
    torch = pytest.importorskip("torch")

    def build(library: Any, rule: Any) -> Any:
        return getattr(library.lr_scheduler, name)(rule, **arguments)

    np.testing.assert_allclose(rates(optim, build), rates(torch.optim, build), rtol=1e-10)


def warmed_up(library: Any, rule: Any) -> Any:
    s = library.lr_scheduler
    return s.SequentialLR(
        rule,
        [
            s.LinearLR(rule, start_factor=0.1, total_iters=4),
            s.CosineAnnealingLR(rule, T_max=6),
            s.ExponentialLR(rule, 0.9),
        ],
        milestones=[4, 10],
    )


def chained(library: Any, rule: Any) -> Any:
    s = library.lr_scheduler
    return s.ChainedScheduler([s.ConstantLR(rule, factor=0.1, total_iters=4), s.ExponentialLR(rule, gamma=0.9)])


@pytest.mark.parametrize("build", [warmed_up, chained])
def test_combined_schedules_equal_pytorch(build: Any) -> None:
    torch = pytest.importorskip("torch")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        np.testing.assert_allclose(rates(optim, build), rates(torch.optim, build), rtol=1e-10)


@pytest.mark.parametrize(
    "arguments",
    [{"patience": 1}, {"mode": "max", "factor": 0.5, "patience": 0, "cooldown": 2, "min_lr": [0.01, 0.1]},
     {"threshold": 0.2, "threshold_mode": "abs", "patience": 2}],
)  # fmt: skip
def test_plateau_equals_pytorch(arguments: dict[str, Any]) -> None:
    torch = pytest.importorskip("torch")
    values = [1.0, 0.9, 0.91, 0.92, 0.6, 0.61, 0.62, 0.63, 0.64, 0.65, 0.66, 0.3, 0.31, 0.32]
    seen = []
    for library in (optim, torch.optim):
        rule = optimizer(library)
        schedule = library.lr_scheduler.ReduceLROnPlateau(rule, **arguments)
        seen.append([])
        for value in values:
            schedule.step(value)
            seen[-1].append([g["lr"] for g in rule.param_groups])
    np.testing.assert_allclose(seen[0], seen[1], rtol=1e-12)


@pytest.mark.parametrize(("name", "arguments"), SCHEDULES, ids=IDS)
def test_a_saved_schedule_goes_on(name: str, arguments: dict[str, Any]) -> None:
    def build(library: Any, rule: Any) -> Any:
        return getattr(library.lr_scheduler, name)(rule, **arguments)

    whole = rates(optim, build)
    rule = optimizer(optim)
    schedule = build(optim, rule)
    seen = []
    for k in range(19):
        if k == 7:
            saved, held = schedule.state_dict(), rule.state_dict()
            rule = optimizer(optim)
            schedule = build(optim, rule)
            rule.load_state_dict(held)
            schedule.load_state_dict(saved)
        seen.append([(g["lr"], g["momentum"]) for g in rule.param_groups])
        rule.step()
        schedule.step()
    np.testing.assert_allclose(seen, whole, rtol=1e-12)


def test_the_wrong_order_warns() -> None:
    rule = optimizer(optim)
    schedule = optim.lr_scheduler.StepLR(rule, 1)
    with pytest.warns(UserWarning, match=r"`lr_scheduler.step\(\)` before `optimizer.step\(\)`"):
        schedule.step()


@pytest.mark.parametrize(
    ("make", "phrase"),
    [
        (lambda s, o: s.ReduceLROnPlateau(o, factor=1.0), "Factor should be < 1.0"),
        (lambda s, o: s.ReduceLROnPlateau(o, mode="x"), "mode x is unknown"),
        (lambda s, o: s.ConstantLR(o, factor=2), "expected to be between 0 and 1"),
        (lambda s, o: s.LinearLR(o, start_factor=0), "expected to be greater than 0"),
        (lambda s, o: s.OneCycleLR(o, 0.1), "must define either total_steps OR"),
        (lambda s, o: s.OneCycleLR(o, 0.1, total_steps=-1), "Expected positive integer total_steps"),
        (lambda s, o: s.CosineAnnealingWarmRestarts(o, 0), "Expected positive integer T_0"),
        (lambda s, o: s.LambdaLR(o, [abs]), "must have the same length as optimizer.param_groups"),
        (lambda s, o: s.SequentialLR(o, [], []), "expects at least one scheduler"),
        (lambda s, o: s.CyclicLR(o, 0.1, 1.0, mode="x"), "mode is invalid"),
    ],
)
def test_mistakes(make: Any, phrase: str) -> None:
    with pytest.raises(ValueError, match=phrase):
        make(optim.lr_scheduler, optimizer(optim))
    with pytest.raises(TypeError, match="is not an Optimizer"):
        optim.lr_scheduler.StepLR(object(), 1)  # type: ignore[arg-type]


def test_an_epoch_given_to_step_is_deprecated_and_a_schedule_needs_its_rule() -> None:
    rule = optim.SGD([autograd.ones(1, requires_grad=True)], lr=1.0)
    schedule = optim.lr_scheduler.StepLR(rule, 2, gamma=0.5)
    rule.step()
    with pytest.warns(UserWarning, match="The epoch parameter in `scheduler.step\\(\\)`"):
        schedule.step(5)
    assert schedule.get_last_lr() == [0.25]

    class Ruleless(optim.lr_scheduler.LRScheduler):
        pass

    with pytest.raises(NotImplementedError, match="Ruleless must define get_lr"):
        Ruleless(rule)
