"""Running one call of a function here and in PyTorch: outputs, gradients and second gradients side by side."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd
import nn.functional
from autograd.tensor import Tensor

torch = pytest.importorskip("torch")


def mapped(value: Any, make: Callable[[np.ndarray], Any]) -> Any:
    """The same nest of arguments with every array replaced; an array that occurs twice stays one."""
    if isinstance(value, np.ndarray):
        return make(value)
    if isinstance(value, dict):
        return {k: mapped(v, make) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(mapped(v, make) for v in value)
    return value


class Side:
    """One of the two libraries: how it makes leaves and differentiates."""

    def __init__(self, functions: Any, leaf: Callable[[np.ndarray], Any], differentiate: Any) -> None:
        self.functions, self.leaf, self.differentiate = functions, leaf, differentiate

    def run(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any], fixed: set[int], orders: int) -> list[Any]:
        """Outputs, then gradients of each order with reproducible cotangents, as arrays or None."""
        leaves: list[Any] = []

        def make(array: np.ndarray) -> Any:
            tensor = self.leaf(array)
            if orders and array.dtype.kind == "f" and id(array) not in fixed:
                tensor.requires_grad_()
                leaves.append(tensor)
            return tensor

        found = getattr(self.functions, name)(*mapped(args, make), **mapped(kwargs, make))
        outputs = list(found) if isinstance(found, tuple) else [found]
        results = [array_of(y) for y in outputs]
        rng = np.random.default_rng(5)
        for _ in range(orders):
            seeds = [self.leaf(np.asarray(rng.standard_normal(y.shape), y.dtype)) for y in results[-len(outputs) :]]
            live = [(y, u.requires_grad_()) for y, u in zip(outputs, seeds, strict=True) if recorded(y)]
            if not live:
                break
            outputs = list(self.differentiate(*zip(*live, strict=True), leaves, create_graph=True))
            # A gradient that is missing is the same as one that is zero: each library chooses freely.
            results += [array_of(x) * 0 if g is None else array_of(g) for g, x in zip(outputs, leaves, strict=True)]
            leaves = leaves + [u for u in seeds if u.requires_grad]
        return results


def recorded(output: Any) -> bool:
    return output is not None and output.requires_grad


def array_of(tensor: Any) -> np.ndarray:
    return tensor._data if isinstance(tensor, Tensor) else tensor.detach().numpy(force=True)


def ours(outputs: Any, cotangents: Any, inputs: Any, create_graph: bool) -> Any:
    return autograd.grad(outputs, inputs, cotangents, create_graph=create_graph, allow_unused=True)


def theirs(outputs: Any, cotangents: Any, inputs: Any, create_graph: bool) -> Any:
    return torch.autograd.grad(outputs, inputs, cotangents, create_graph=create_graph, allow_unused=True)


OURS = Side(nn.functional, lambda a: Tensor(a.copy(), None), ours)
THEIRS = Side(torch.nn.functional, torch.tensor, theirs)


def compare(
    name: str,
    *args: Any,
    fixed: tuple[np.ndarray, ...] = (),
    orders: int = 2,
    rtol: float = 1e-9,
    atol: float = 1e-10,
    **kwargs: Any,
) -> None:
    """Fail unless both libraries give the same outputs, gradients and second gradients.

    `fixed` lists floating-point arguments that take no gradient.
    """
    constant = {id(a) for a in fixed}
    expected = THEIRS.run(name, args, kwargs, constant, orders)
    found = OURS.run(name, args, kwargs, constant, orders)
    assert len(found) == len(expected)
    for a, b in zip(found, expected, strict=True):
        assert a.shape == b.shape
        assert a.dtype == b.dtype
        np.testing.assert_allclose(a, b, rtol=rtol, atol=atol)


def same_error(name: str, *args: Any, phrase: str | None = None, **kwargs: Any) -> None:
    """Fail unless both libraries refuse the call with the same exception type, and with PyTorch's phrase."""
    with pytest.raises(Exception) as their_error:
        THEIRS.run(name, args, kwargs, set(), 0)
    with pytest.raises(type(their_error.value)) as our_error:
        OURS.run(name, args, kwargs, set(), 0)
    searched = phrase if phrase is not None else str(their_error.value).splitlines()[0]
    if phrase is not None:
        assert phrase in str(their_error.value), f"PyTorch says: {their_error.value}"
    assert searched in str(our_error.value)
