"""Optimizer steps in place against the papers' rules, one parameter at a time."""

import numpy as np
import pytest

from autograd.kernels import update
from tests.references.optim import STEPS

SHAPES = [(), (3, 2), (4, 3, 5, 2), (700, 1100)]
SGD = [
    {},
    {"momentum": 0.9},
    {"momentum": 0.9, "dampening": 0.3, "weight_decay": 0.1},
    {"momentum": 0.8, "nesterov": True, "maximize": True},
    {"weight_decay": 0.2, "maximize": True},
]
ADAM = [
    {},
    {"weight_decay": 0.1, "amsgrad": True},
    {"weight_decay": 0.1, "decoupled": True, "maximize": True},
    {"betas": (0.3, 0.95), "maximize": True, "weight_decay": 0.01},
]


def start(shape, order="C"):
    rng = np.random.default_rng(5)
    gradients = [np.asarray(rng.standard_normal(shape)).copy(order) for _ in range(6)]
    return np.asarray(rng.standard_normal(shape)).copy(order), gradients


def laid_out(shape):
    """Ways for parameter and gradient to lie in memory."""
    yield "C", "C"
    if len(shape) > 1:
        yield "F", "F"
        yield "C", "F"


@pytest.mark.parametrize("settings", SGD, ids=str)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_sgd(shape, settings):
    for orders in laid_out(shape):
        (param, _), (_, gradients) = start(shape, orders[0]), start(shape, orders[1])
        expected, state = param.copy(), {}
        buffer = np.full_like(param, np.nan) if settings.get("momentum") else None
        for k, grad in enumerate(gradients):
            before = grad.copy()
            update.sgd(param, grad, buffer, lr=0.1, first=k == 0, **settings)
            expected = STEPS["SGD"](expected, grad, state, lr=0.1, **settings)
            np.testing.assert_allclose(param, expected, rtol=1e-12, atol=1e-13)
            np.testing.assert_array_equal(grad, before)


@pytest.mark.parametrize("settings", ADAM, ids=str)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_adam(shape, settings):
    betas = settings.get("betas", (0.9, 0.999))
    how = {key: settings.get(key, 0) for key in ("weight_decay", "maximize")}
    decoupled = settings.get("decoupled", False)
    for orders in laid_out(shape):
        (param, _), (_, gradients) = start(shape, orders[0]), start(shape, orders[1])
        expected, state = param.copy(), {}
        mean, square = np.zeros_like(param), np.zeros_like(param)
        largest = np.zeros_like(param) if settings.get("amsgrad") else None
        for k, grad in enumerate(gradients):
            before = grad.copy()
            update.adam(
                param,
                grad,
                mean,
                square,
                largest,
                step=k + 1,
                lr=0.1,
                beta1=betas[0],
                beta2=betas[1],
                eps=1e-8,
                decoupled_weight_decay=decoupled,
                **how,
            )
            expected = STEPS["Adam"](
                expected,
                grad,
                state,
                lr=0.1,
                betas=betas,
                amsgrad=largest is not None,
                decoupled_weight_decay=decoupled,
                **how,
            )
            np.testing.assert_allclose(param, expected, rtol=1e-12, atol=1e-13)
            np.testing.assert_array_equal(grad, before)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_dtype_is_kept_and_memory_is_the_same(dtype):
    param, grad = (np.ones((5, 7), dtype) for _ in range(2))
    state = [np.zeros((5, 7), dtype) for _ in range(3)]
    held = param
    update.sgd(param, grad, state[0], lr=0.5, momentum=0.9, first=True)
    update.adam(param, grad, *state, step=1, lr=0.25, beta1=0.9, beta2=0.999, eps=1e-3)
    assert held is param
    assert {a.dtype for a in (param, *state)} == {np.dtype(dtype)}
    assert np.all(param < 0.5)


def test_zero_learning_rate_changes_the_state_only():
    param = np.array([1.0, 2.0])
    mean, square = np.zeros(2), np.zeros(2)
    update.adam(param, np.array([0.0, 3.0]), mean, square, None, step=1, lr=0.0, beta1=0.9, beta2=0.999, eps=1e-8)
    assert param.tolist() == [1.0, 2.0]
    assert mean.tolist() == pytest.approx([0, 0.3])


def test_overflow_is_silent():
    param, grad = np.ones(3, np.float32), np.full(3, 1e30, np.float32)
    mean, square = np.zeros(3, np.float32), np.zeros(3, np.float32)
    update.adam(param, grad, mean, square, None, step=1, lr=1.0, beta1=0.9, beta2=0.999, eps=1e-8)
    assert np.isinf(square).all()


def test_empty_parameter():
    empty = np.zeros((0, 3))
    update.sgd(empty, empty, None, lr=0.1)
    update.adam(empty, empty, empty, empty, None, step=1, lr=0.1, beta1=0.9, beta2=0.999, eps=1e-8)


@pytest.mark.parametrize("maximize", [False, True])
def test_trajectory_is_pytorchs(maximize):
    torch = pytest.importorskip("torch")
    param, gradients = start((40, 30))
    for name, settings in (("Adam", {"weight_decay": 0.1}), ("AdamW", {"amsgrad": True}), ("SGD", {"momentum": 0.9})):
        ours = param.copy()
        theirs = torch.from_numpy(param.copy()).requires_grad_()
        optimizer = getattr(torch.optim, name)([theirs], lr=0.05, foreach=False, maximize=maximize, **settings)
        state = [np.zeros_like(ours) for _ in range(3)]
        for k, grad in enumerate(gradients * 10):
            theirs.grad = torch.from_numpy(grad)
            optimizer.step()
            if name == "SGD":
                update.sgd(ours, grad, state[0], lr=0.05, momentum=0.9, maximize=maximize, first=k == 0)
            else:
                update.adam(
                    ours,
                    grad,
                    *state[:2],
                    state[2] if name == "AdamW" else None,
                    step=k + 1,
                    lr=0.05,
                    beta1=0.9,
                    beta2=0.999,
                    eps=1e-8,
                    weight_decay=0.1 if name == "Adam" else 0.01,
                    decoupled_weight_decay=name == "AdamW",
                    maximize=maximize,
                )
            np.testing.assert_allclose(ours, theirs.detach(), rtol=1e-12, atol=1e-12)
