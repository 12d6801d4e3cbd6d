"""How mistakes are planted: in the rules of built-in operations, and in functions of one's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

import autograd
from autograd import Tensor
from autograd.operation import Op
from autograd.ops.registry import load_all

load_all()


def values(*shape: int, seed: int = 0) -> Tensor:
    """Values of either sign, away from zero, that require grad."""
    rng = np.random.default_rng(seed)
    array = rng.uniform(0.3, 1.3, shape) * rng.choice([-1.0, 1.0], shape)
    return autograd.tensor(array, requires_grad=True)


def positive(*shape: int, seed: int = 0) -> Tensor:
    return autograd.tensor(np.random.default_rng(seed).uniform(0.3, 1.3, shape), requires_grad=True)


def constant(*numbers: Any) -> Tensor:
    return autograd.tensor(numbers, dtype=autograd.float64)


# ---- rules of built-in operations


def times(factor: float, *which: int) -> Callable[..., Any]:
    """The gradients of some inputs (of all, if none are named) multiplied by a factor."""

    def change(node: Any, grads: Any, results: tuple[Any, ...]) -> tuple[Any, ...]:
        wanted = which or range(len(results))
        return tuple(g * factor if g is not None and i in wanted else g for i, g in enumerate(results))

    return change


def dropped(which: int) -> Callable[..., Any]:
    return lambda node, grads, results: tuple(None if i == which else g for i, g in enumerate(results))


def zeroed(which: int) -> Callable[..., Any]:
    return lambda node, grads, results: tuple(g * 0 if i == which else g for i, g in enumerate(results))


def through(which: int, f: Callable[[Tensor], Tensor]) -> Callable[..., Any]:
    """The gradient of one input changed by a function."""
    return lambda node, grads, results: tuple(f(g) if i == which else g for i, g in enumerate(results))


def instead(f: Callable[..., Any]) -> Callable[..., Any]:
    """Something computed from the output's gradient in place of the gradients."""
    return lambda node, grads, results: f(node, *grads)


def node_class(name: str) -> type[Op]:
    """The built-in operation of that name."""

    def found(base: type[Op]) -> Any:
        for child in base.__subclasses__():
            if child.__name__ == name:
                return child
            below = found(child)
            if below is not None:
                return below
        return None

    operation: type[Op] = found(Op)
    return operation


class Planted(NamedTuple):
    """A mistake: where it is put, a function that meets it, its inputs, and what is to be found."""

    op: str
    change: Callable[..., Any]
    function: Callable[..., Any]
    inputs: tuple[Any, ...]
    diagnosis: str
    input: int | None = 0


# ---- functions of one's own


def function(forward: Callable[..., Any], backward: Callable[..., Any], name: str = "Mine") -> Any:
    """A Function from two functions of (ctx, ...); the tensors are saved."""

    def run(ctx: Any, *args: Any) -> Any:
        ctx.save_for_backward(*args)
        return forward(*args)

    def back(ctx: Any, grad: Tensor) -> Any:
        return backward(grad, *ctx.saved_tensors)

    members = {"forward": staticmethod(run), "backward": staticmethod(back)}
    return type(name, (autograd.Function,), members).apply


class Own(NamedTuple):
    """A function of one's own with a mistake."""

    apply: Callable[..., Any]
    inputs: tuple[Any, ...]
    diagnosis: str
    input: int | None = 0
