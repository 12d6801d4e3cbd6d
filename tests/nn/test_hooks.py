"""Hooks around forward and backward."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import autograd
import nn
from nn.hooks import Hooked


class Twice(nn.Module):
    """Takes and returns more than one tensor."""

    def forward(self, a: Any, b: Any = None, *, factor: float = 2.0) -> Any:
        return (a * factor, a + b) if b is not None else a * factor


def leaf(*values: float) -> autograd.Tensor:
    return autograd.tensor(values, requires_grad=True)


class TestForward:
    def test_pre_hook_replaces_arguments(self) -> None:
        m = Twice()
        m.register_forward_pre_hook(lambda module, args: args[0] + 1)
        assert m(leaf(1.0)).tolist() == [4.0]
        m.register_forward_pre_hook(lambda module, args, kwargs: (args, {"factor": 10.0}), with_kwargs=True)
        assert m(leaf(1.0)).tolist() == [20.0]

    def test_pre_hook_must_return_a_pair(self) -> None:
        m = Twice()
        m.register_forward_pre_hook(lambda module, args, kwargs: args, with_kwargs=True)
        with pytest.raises(RuntimeError, match="must return None or a tuple of"):
            m(leaf(1.0))

    def test_hook_sees_and_replaces_the_output(self) -> None:
        m, seen = Twice(), []
        m.register_forward_hook(lambda module, args, out: seen.append((module, args[0].tolist(), out.tolist())))
        m.register_forward_hook(lambda module, args, kwargs, out: out * kwargs["factor"], with_kwargs=True)
        assert m(leaf(1.0), factor=3.0).tolist() == [9.0]
        assert seen == [(m, [1.0], [3.0])]

    def test_order_and_removal(self) -> None:
        m, seen = Twice(), []
        first = m.register_forward_hook(lambda *_: seen.append("first"))
        with m.register_forward_hook(lambda *_: seen.append("before"), prepend=True):
            m(leaf(1.0))
        first.remove()
        first.remove()
        m(leaf(1.0))
        assert seen == ["before", "first"]

    def test_always_call(self) -> None:
        m, seen = nn.Softmax2d(), []
        m.register_forward_hook(lambda module, args, out: seen.append(out), always_call=True)
        m.register_forward_hook(lambda *_: seen.append("not reached"))
        with pytest.raises(ValueError, match="expected input to be 3D or 4D"):
            m(leaf(1.0))
        assert seen == [None]

    def test_failing_hook_after_failure_only_warns(self) -> None:
        m = nn.Softmax2d()

        def fail(*_: Any) -> None:
            raise KeyError("hook")

        m.register_forward_hook(fail, always_call=True)
        with pytest.warns(UserWarning, match="was silenced"), pytest.raises(ValueError):
            m(leaf(1.0))


class TestBackward:
    def test_gradients_seen(self) -> None:
        m, seen = Twice(), []
        m.register_full_backward_hook(lambda module, gi, go: seen.append((module, gi, go)))
        a, b = leaf(1.0, 2.0), leaf(3.0, 4.0)
        left, right = m(a, b)
        (left.sum() + 3 * right.sum()).backward()
        ((module, grad_input, grad_output),) = seen
        assert module is m
        assert [g.tolist() for g in grad_input] == [[5.0, 5.0], [3.0, 3.0]]
        assert [g.tolist() for g in grad_output] == [[1.0, 1.0], [3.0, 3.0]]

    def test_replacing(self) -> None:
        m = Twice()
        m.register_full_backward_pre_hook(lambda module, go: (go[0] * 10,))
        m.register_full_backward_hook(lambda module, gi, go: (gi[0] + 1,))
        a = leaf(1.0)
        m(a).sum().backward()
        assert a.grad.tolist() == [21.0]

    def test_prepend(self) -> None:
        m, seen = Twice(), []
        m.register_full_backward_hook(lambda *_: seen.append(1))
        m.register_full_backward_hook(lambda *_: seen.append(0), prepend=True)
        m(leaf(1.0)).sum().backward()
        assert seen == [0, 1]

    def test_inputs_without_gradient(self) -> None:
        m, seen = nn.Linear(2, 1), []
        m.register_full_backward_hook(lambda module, gi, go: seen.append(gi))
        with pytest.warns(UserWarning, match="Full backward hook is firing when gradients are computed"):
            m(autograd.ones(1, 2)).sum().backward()
        assert seen == [(None,)]
        assert m.weight.grad.tolist() == [[1.0, 1.0]]
        m.register_full_backward_hook(lambda module, gi, go: (go[0],))
        refused = pytest.raises(RuntimeError, match="where no input requires gradient should")
        with pytest.warns(UserWarning, match="firing"), refused:
            m(autograd.ones(1, 2)).sum().backward()

    def test_unused_output(self) -> None:
        m, seen = Twice(), []
        m.register_full_backward_hook(lambda module, gi, go: seen.append(go))
        m(leaf(1.0), leaf(2.0))[0].sum().backward()
        assert seen[0][1] is None

    def test_wrong_number_is_refused(self) -> None:
        m = Twice()
        m.register_full_backward_hook(lambda module, gi, go: (gi[0], gi[0]))
        with pytest.raises(RuntimeError, match="invalid number of grad_input, got 2, but expected 1"):
            m(leaf(1.0)).sum().backward()

    def test_other_outputs_warn(self) -> None:
        class Named(nn.Module):
            def forward(self, a: Any) -> Any:
                return {"a": a}

        m = Named()
        m.register_full_backward_hook(lambda *_: None)
        with pytest.warns(UserWarning, match="module output should be a Tensor or a tuple of Tensors"):
            m(leaf(1.0))

    def test_no_grad_runs_plain(self) -> None:
        m = Twice()
        m.register_full_backward_hook(lambda *_: None)
        with autograd.no_grad():
            assert m(leaf(1.0)).grad_fn is None

    def test_second_derivative(self) -> None:
        m = nn.Sigmoid()
        m.register_full_backward_hook(lambda *_: None)
        a = autograd.tensor([0.3], dtype=autograd.float64, requires_grad=True)
        assert autograd.gradgradcheck(m, (a,))

    def test_graph_is_freed_without_collector(self) -> None:
        m = Twice()
        m.register_full_backward_hook(lambda *_: None)
        m.register_full_backward_pre_hook(lambda *_: None)
        gc.collect()
        gc.disable()
        try:
            out = m(leaf(1.0))
            watch = weakref.ref(out.grad_fn)
            del out
            assert watch() is None
        finally:
            gc.enable()


@pytest.fixture
def seen() -> Iterator[list[str]]:
    calls: list[str] = []
    handles = [
        nn.register_module_forward_pre_hook(lambda m, a: calls.append(f"pre {type(m).__name__}")),
        nn.register_module_forward_hook(lambda m, a, o: calls.append(f"post {type(m).__name__}")),
        nn.register_module_full_backward_pre_hook(lambda m, go: calls.append(f"backward pre {type(m).__name__}")),
        nn.register_module_full_backward_hook(lambda m, gi, go: calls.append(f"backward {type(m).__name__}")),
    ]
    yield calls
    for handle in handles:
        handle.remove()
    Hooked._global_hooks = None


def test_global_hooks(seen: list[str]) -> None:
    nn.Sequential(nn.ReLU())(leaf(1.0)).sum().backward()
    assert seen == [
        "pre Sequential",
        "pre ReLU",
        "post ReLU",
        "post Sequential",
        "backward pre Sequential",
        "backward pre ReLU",
        "backward ReLU",
        "backward Sequential",
    ]


def test_hooked_gradients_equal_plain_ones() -> None:
    rng = np.random.default_rng(0)
    data = rng.standard_normal((2, 3, 6, 6)).astype(np.float32)
    plain = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(inplace=False), nn.Flatten(), nn.Linear(64, 5))
    found = []
    for hooked in (False, True):
        if hooked:
            for module in plain.modules():
                module.register_full_backward_hook(lambda *_: None)
        x = autograd.tensor(data, requires_grad=True)
        plain.zero_grad()
        plain(x).sum().backward()
        found.append([x.grad.numpy(), *(p.grad.numpy() for p in plain.parameters())])
    for one, other in zip(*found, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("occasion", ["forward_pre", "forward"])
def test_a_hook_may_remove_itself_while_it_runs(occasion: str) -> None:
    layer, calls = nn.Identity(), []

    def once(*_: Any) -> None:
        calls.append("once")
        handle.remove()

    register = getattr(layer, f"register_{occasion}_hook")
    handle = register(once)
    register(lambda *_: calls.append("always"))
    layer(autograd.ones(1))
    layer(autograd.ones(1))
    assert calls == ["once", "always", "always"]
