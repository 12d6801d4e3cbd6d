"""The optimizers of the worked examples, as the lecture notes write them, each by its id."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd
import optim
from tests.references.optim import NOTES

GRADIENTS = [np.array([0.02, -0.04, 0.01]), np.array([-0.3, 0.2, 0.05]), np.array([0.5, 0.1, -0.2])]

# The id in the notes: the optimizer's class, its named options, and the settings of the reference.
VARIANTS: dict[str, tuple[Callable[..., Any], dict[str, Any], dict[str, Any]]] = {
    "gd": (optim.SGD, {"lr": 0.1}, {"lr": 0.1}),
    "momentum": (optim.SGD, {"lr": 0.1, "momentum": 0.9}, {"lr": 0.1, "rho": 0.9}),
    "adagrad": (optim.Adagrad, {"lr": 0.1, "eps": 1e-5}, {"lr": 0.1}),
    "adagrad-inside": (optim.Adagrad, {"lr": 0.1, "eps": 1e-5, "eps_inside_sqrt": True}, {"lr": 0.1}),
    "rmsprop": (optim.RMSprop, {"lr": 0.1, "alpha": 0.9, "eps": 1e-5}, {"lr": 0.1, "a": 0.9}),
    "adadelta": (
        optim.Adadelta,
        {"lr": 0.1, "rho": 0.9, "eps": 1e-6, "simplified": True},
        {"lr": 0.1, "b": 0.9, "eps": 1e-6},
    ),
    "adam": (
        optim.Adam,
        {"lr": 0.01, "betas": (0.9, 0.995), "eps": 1e-7, "bias_correction": False},
        {"lr": 0.01, "betas": (0.9, 0.995), "eps": 1e-7},
    ),
}


def take(rule: optim.Optimizer, w: autograd.Tensor, gradient: np.ndarray) -> None:
    w.grad = autograd.tensor(gradient)
    rule.step()


@pytest.mark.parametrize("name", VARIANTS)
def test_rule(name: str) -> None:
    make, options, settings = VARIANTS[name]
    w = autograd.tensor(np.array([0.5, 0.3, -0.1]), requires_grad=True)
    rule = make([w], **options)
    expected, state = w.detach().numpy().copy(), {}
    for gradient in GRADIENTS:
        take(rule, w, gradient)
        expected = NOTES[name](expected, gradient, state, **settings)
    np.testing.assert_allclose(w.detach().numpy(), expected, rtol=1e-12)


def test_adam_example() -> None:
    w = autograd.tensor(np.array([0.5, 0.3, 0.2, -0.1, 0.8]), requires_grad=True)
    rule = optim.Adam([w], lr=0.01, betas=(0.9, 0.995), eps=1e-7, bias_correction=False)
    take(rule, w, np.array([0.02, -0.04, 0.01, -0.03, 0.05]))
    state = rule.state[w]
    np.testing.assert_allclose(state["exp_avg"].numpy(), [0.002, -0.004, 0.001, -0.003, 0.005], rtol=1e-12)
    np.testing.assert_allclose(state["exp_avg_sq"].numpy(), [2e-6, 8e-6, 5e-7, 4.5e-6, 1.25e-5], rtol=1e-12)
    expected = [0.48585886, 0.31414164, 0.18585986, -0.08585853, 0.78585826]
    np.testing.assert_allclose(w.detach().numpy(), expected, atol=5e-9)


def test_library_defaults_are_the_papers_rules() -> None:
    """Bias correction and Zeiler's numerator are on unless a named option says otherwise."""
    for make, options in ((optim.Adam, {"bias_correction": True}), (optim.Adadelta, {"simplified": False})):
        runs = []
        for settings in ({}, options):
            w = autograd.tensor(np.array([0.5, 0.3, -0.1]), requires_grad=True)
            rule = make([w], **settings)
            for gradient in GRADIENTS:
                take(rule, w, gradient)
            runs.append(w.detach().numpy())
        np.testing.assert_array_equal(*runs)
