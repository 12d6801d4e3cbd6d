"""Trajectories of every optimizer against PyTorch and against independent transcriptions of the papers."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

import autograd
import optim
from tests.optim.rules import RULES
from tests.references.optim import STEPS

STEPS_TAKEN = 12
IDS = [f"{name}-{i}" for i, (name, _) in enumerate(RULES)]


def start(dtype: Any) -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    return [rng.standard_normal(shape).astype(dtype) for shape in ((3, 4), (5,), ())]


def loss_of(params: list[Any], k: int) -> Any:
    """A loss whose gradient changes size and sign from step to step."""
    total = 0.0
    for i, p in enumerate(params):
        total = total + ((p * p * p) * 0.1 + (p - (-1) ** k * 0.3 * i) ** 2).sum()
    return total


def trajectory(library: Any, make: Any, name: str, settings: dict[str, Any], dtype: Any) -> list[np.ndarray]:
    params = [make(a) for a in start(dtype)]
    rule = getattr(library, name)(params, **settings)
    for k in range(STEPS_TAKEN):
        rule.zero_grad()
        loss_of(params, k).backward()
        rule.step()
    return [p.detach().numpy() for p in params]


def ours(a: np.ndarray) -> autograd.Tensor:
    return autograd.tensor(a, requires_grad=True)


@pytest.mark.parametrize(("name", "settings"), RULES, ids=IDS)
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-12), (np.float32, 1e-6)], ids=["float64", "float32"])
def test_trajectories_equal_pytorch(name: str, settings: dict[str, Any], dtype: Any, tolerance: float) -> None:
    torch = pytest.importorskip("torch")
    theirs = trajectory(torch.optim, lambda a: torch.tensor(a, requires_grad=True), name, settings, dtype)
    for mine, other in zip(trajectory(optim, ours, name, settings, dtype), theirs, strict=True):
        assert mine.dtype == dtype
        np.testing.assert_allclose(mine, other, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize(("name", "settings"), RULES, ids=IDS)
def test_trajectories_equal_the_papers(name: str, settings: dict[str, Any]) -> None:
    params = start(np.float64)
    states: list[dict[str, Any]] = [{} for _ in params]
    for k in range(STEPS_TAKEN):
        leaves = [ours(p) for p in params]
        loss_of(leaves, k).backward()
        params = [
            STEPS[name](p, leaf.grad.numpy(), state, **settings)
            for p, leaf, state in zip(params, leaves, states, strict=True)
        ]
    # These two keep numbers that change with the step as float32, as PyTorch does.
    tolerance = 1e-6 if name in ("NAdam", "ASGD") else 1e-9
    for mine, want in zip(trajectory(optim, ours, name, settings, np.float64), params, strict=True):
        np.testing.assert_allclose(mine, want, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize(("name", "settings"), RULES, ids=IDS)
def test_a_saved_state_continues_the_trajectory(name: str, settings: dict[str, Any]) -> None:
    whole = trajectory(optim, ours, name, settings, np.float64)
    params = [ours(a) for a in start(np.float64)]
    rule = getattr(optim, name)(params, **settings)
    for k in range(STEPS_TAKEN):
        if k == 5:
            saved = rule.state_dict()
            params = [ours(p.detach().numpy().copy()) for p in params]
            rule = getattr(optim, name)(params)
            rule.load_state_dict(saved)
        rule.zero_grad()
        loss_of(params, k).backward()
        rule.step()
    for p, want in zip(params, whole, strict=True):
        np.testing.assert_array_equal(p.detach().numpy(), want)


@pytest.mark.parametrize(("name", "settings"), RULES, ids=IDS)
def test_state_dicts_have_pytorchs_keys(name: str, settings: dict[str, Any]) -> None:
    torch = pytest.importorskip("torch")
    dicts = []
    for library, make in ((optim, ours), (torch.optim, lambda a: torch.tensor(a, requires_grad=True))):
        params = [make(a) for a in start(np.float64)]
        rule = getattr(library, name)(params, **settings)
        loss_of(params, 0).backward()
        rule.step()
        dicts.append(rule.state_dict())
    mine, theirs = dicts
    assert [list(g) for g in mine["param_groups"]] == [list(g) for g in theirs["param_groups"]]
    assert {i: set(s) for i, s in mine["state"].items()} == {
        i: {k for k, v in s.items() if v is not None} for i, s in theirs["state"].items()
    }


def test_lars_scales_each_layer_by_its_trust_ratio() -> None:
    settings = {"lr": 0.5, "momentum": 0.9, "weight_decay": 0.01, "trust_coefficient": 0.02}
    w, b = ours(start(np.float64)[0]), ours(start(np.float64)[1])
    rule = optim.LARS([w, b], **settings)
    values, states = [w.detach().numpy().copy(), b.detach().numpy().copy()], [{}, {}]
    for k in range(4):
        rule.zero_grad()
        loss_of([w, b], k).backward()
        values = [
            STEPS["LARS"](v, p.grad.numpy(), s, **settings) for v, p, s in zip(values, (w, b), states, strict=True)
        ]
        rule.step()
    np.testing.assert_allclose(w.detach().numpy(), values[0], rtol=1e-9)


@pytest.mark.parametrize("search", [None, "strong_wolfe"])
def test_lbfgs_equals_pytorch(search: str | None) -> None:
    torch = pytest.importorskip("torch")
    found = []
    for library, make in ((optim, ours), (torch.optim, lambda a: torch.tensor(a, requires_grad=True))):
        p = make(np.array([-1.2, 1.0, 0.5]))
        rule = library.LBFGS([p], lr=0.1 if search is None else 1, max_iter=15, line_search_fn=search)

        def closure(p: Any = p, rule: Any = rule) -> Any:
            rule.zero_grad()
            value = (100 * (p[1:] - p[:-1] ** 2) ** 2 + (1 - p[:-1]) ** 2).sum()
            value.backward()
            return value

        losses = [rule.step(closure).item() for _ in range(3)]
        found.append((p.detach().numpy(), losses))
    # Forty steps down a curved valley magnify the rounding of the first.
    np.testing.assert_allclose(found[0][0], found[1][0], rtol=1e-6)
    np.testing.assert_allclose(found[0][1], found[1][1], rtol=1e-6)


def test_lbfgs_finds_the_minimum() -> None:
    p = ours(np.array([-1.2, 1.0]))
    rule = optim.LBFGS([p], line_search_fn="strong_wolfe", max_iter=60)

    def closure() -> autograd.Tensor:
        rule.zero_grad()
        value = 100 * (p[1] - p[0] ** 2) ** 2 + (1 - p[0]) ** 2
        value.backward()
        return value

    rule.step(closure)
    # It stops where the slope along the direction falls below tolerance_change.
    np.testing.assert_allclose(p.detach().numpy(), [1.0, 1.0], atol=1e-4)


@pytest.mark.parametrize("bad", [-1.0, float("nan")])
@pytest.mark.parametrize("name", sorted({name for name, _ in RULES} | {"LARS", "LBFGS"}))
def test_bad_learning_rates_are_refused(name: str, bad: float) -> None:
    with pytest.raises(ValueError, match=f"Invalid learning rate: {bad}"):
        getattr(optim, name)([ours(np.ones(2))], lr=bad)


@pytest.mark.parametrize(
    ("make", "kind", "phrase"),
    [
        (lambda: optim.SGD([]), ValueError, "optimizer got an empty parameter list"),
        (lambda: optim.SGD(ours(np.ones(2))), TypeError, "should be an iterable of Tensors or dicts"),
        (lambda: optim.SGD([1.0]), TypeError, "optimizer can only optimize Tensors"),
        (lambda: optim.SGD([ours(np.ones(2)) * 2]), ValueError, "can't optimize a non-leaf Tensor"),
        (lambda: optim.SGD([ours(np.ones(2))], momentum=-1), ValueError, "Invalid momentum value: -1"),
        (lambda: optim.SGD([ours(np.ones(2))], nesterov=True), ValueError, "Nesterov momentum requires a momentum"),
        (
            lambda: optim.Adam([ours(np.ones(2))], betas=(1.0, 0.9)),
            ValueError,
            "Invalid beta parameter at index 0: 1.0",
        ),
        (lambda: optim.Adam([ours(np.ones(2))], eps=-1), ValueError, "Invalid epsilon value: -1"),
        (lambda: optim.Adadelta([ours(np.ones(2))], rho=1.5), ValueError, "Invalid rho value: 1.5"),
        (lambda: optim.Rprop([ours(np.ones(2))], etas=(2, 1)), ValueError, "Invalid eta values: 2, 1"),
        (lambda: optim.LBFGS([ours(np.ones(2))], line_search_fn="x"), RuntimeError, "only 'strong_wolfe' is supported"),
    ],
)
def test_mistakes(make: Any, kind: type[Exception], phrase: str) -> None:
    with pytest.raises(kind, match=re.escape(phrase)):
        make()


def test_groups_have_their_own_options() -> None:
    a, b = ours(np.ones(2)), ours(np.ones(2))
    rule = optim.SGD([{"params": [a]}, {"params": b, "lr": 1.0}], lr=0.1)
    (a.sum() + b.sum()).backward()
    rule.step()
    np.testing.assert_allclose(a.detach().numpy(), [0.9, 0.9])
    np.testing.assert_allclose(b.detach().numpy(), [0.0, 0.0])
    with pytest.raises(ValueError, match="some parameters appear in more than one parameter group"):
        rule.add_param_group({"params": [a]})


def test_loading_a_state_that_does_not_fit_changes_nothing() -> None:
    a = ours(np.ones(2))
    rule = optim.Adam([a])
    other = optim.Adam([ours(np.ones(2)), ours(np.ones(3))], lr=0.5)
    with pytest.raises(ValueError, match="doesn't match the size of optimizer's group"):
        rule.load_state_dict(other.state_dict())
    assert rule.param_groups[0]["lr"] == 1e-3


def test_a_step_is_a_change_in_place() -> None:
    w = ours(np.ones(2))
    loss = (w * w).sum()
    w.grad = autograd.ones(2, dtype=autograd.float64)
    optim.SGD([w], lr=0.1).step()
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()


def test_closures_zeroing_and_hooks() -> None:
    w = ours(np.ones(2))
    rule = optim.SGD([w], lr=0.1)
    calls = []
    rule.register_step_pre_hook(lambda *_: calls.append("before"))
    handle = rule.register_step_post_hook(lambda *_: calls.append("after"))

    def closure() -> autograd.Tensor:
        rule.zero_grad()
        loss = (w * w).sum()
        loss.backward()
        return loss

    assert rule.step(closure).item() == 2.0
    handle.remove()
    rule.step(closure)
    assert calls == ["before", "after", "before"]
    rule.zero_grad(set_to_none=False)
    assert w.grad.tolist() == [0.0, 0.0]
    rule.zero_grad()
    assert w.grad is None
