"""Checkpoints: exact gradients, less memory, nothing done twice."""

from __future__ import annotations

import gc

import numpy as np
import pytest

import autograd
import nn
import nn.functional as F
from autograd.checkpointing import CheckpointError, checkpoint, checkpoint_sequential


def values(*shape, seed=0):
    return autograd.tensor(np.random.default_rng(seed).uniform(0.2, 1.0, shape), requires_grad=True)


def network(width=6, depth=3):
    autograd.manual_seed(0)
    layers = []
    for _ in range(depth):
        layers += [nn.Conv2d(2, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU(), nn.Dropout(0.4)]
        layers += [nn.Conv2d(width, 2, 1)]
    return nn.Sequential(*layers).double()


def step(net, run, x):
    """One training step: outputs, gradients, buffers and the state of the generator after it."""
    autograd.manual_seed(1)
    y = run(net, x)
    (y * y).sum().backward()
    state = [p.grad.numpy().copy() for p in net.parameters()] + [x.grad.numpy().copy(), y.detach().numpy()]
    return state + [b.numpy().copy() for b in net.buffers()] + [autograd.get_rng_state().numpy()]


@pytest.mark.parametrize(
    "run",
    [
        lambda net, x: checkpoint(net, x),
        lambda net, x: checkpoint(net, x, use_reentrant=True),
        lambda net, x: checkpoint_sequential(net, 4, x),
        lambda net, x: checkpoint_sequential(list(net), 15, x, preserve_rng_state=True),
        lambda net, x: checkpoint(lambda x: checkpoint_sequential(net, 3, x), x),
    ],
    ids=["whole", "reentrant", "sequential", "one a layer", "nested"],
)
def test_a_training_step_does_not_change(run):
    expected = step(network(), lambda net, x: net(x), values(3, 2, 5, 5))
    found = step(network(), run, values(3, 2, 5, 5))
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_array_equal(a, b)


def test_without_the_generators_state_dropout_differs():
    expected = step(network(), lambda net, x: net(x), values(3, 2, 5, 5))
    found = step(network(), lambda net, x: checkpoint(net, x, preserve_rng_state=False), values(3, 2, 5, 5))
    assert not np.allclose(found[0], expected[0])


def test_captured_tensors_keywords_and_nested_results():
    a, b, w = values(3), values(3, seed=1), values(3, seed=2)

    def block(x, scale, shift=None):
        return {"sum": x * w + shift, "rest": [scale * x.exp(), 7, None]}, x

    def gradients(run):
        out, same = run(block, a, 2.0, shift=b)
        assert out["rest"][1:] == [7, None]
        return autograd.grad((out["sum"] * out["rest"][0]).sum() + same.sum(), (a, b, w))

    plain = gradients(lambda f, *args, **kwargs: f(*args, **kwargs))
    for found, wanted in zip(gradients(checkpoint), plain, strict=True):
        np.testing.assert_array_equal(found.numpy(), wanted.numpy())


def test_gradients_of_higher_order():
    x = values(4)

    def third(run):
        y = run(lambda x: (x * x).sin() * x.exp(), x)
        for _ in range(2):
            (y,) = autograd.grad(y.sum(), x, create_graph=True)
        return autograd.grad(y.sum(), x)[0].numpy()

    np.testing.assert_allclose(third(checkpoint), third(lambda f, x: f(x)), rtol=1e-13)


def test_an_argument_computed_from_another_one():
    x = values(3)
    h = x * x

    def f(h, x):
        return h * x

    (found,) = autograd.grad(checkpoint(f, h, x).sum(), x)
    np.testing.assert_allclose(found.numpy(), 3 * x.detach().numpy() ** 2)
    h = x * x
    (by_h,) = autograd.grad(checkpoint(f, h, x).sum(), h)
    np.testing.assert_allclose(by_h.numpy(), x.detach().numpy())


def test_hooks_run_once():
    x, w = values(3), values(3, seed=1)
    h = x * 1
    calls = []
    for t in (x, w, h):
        t.register_hook(lambda g: calls.append(1) or 2 * g)

    def f(h):
        inner = h * w
        inner.register_hook(lambda g: calls.append("inner") or 3 * g)
        return inner * 1

    checkpoint(f, h).sum().backward()
    assert sorted(map(str, calls)) == ["1", "1", "1", "inner"]
    np.testing.assert_allclose(x.grad.numpy(), 2 * 2 * 3 * w.detach().numpy())
    np.testing.assert_allclose(w.grad.numpy(), 2 * 3 * x.detach().numpy())


def test_backward_twice():
    x = values(3)
    y = checkpoint(lambda x: x**3, x).sum()
    y.backward(retain_graph=True)
    y.backward()
    np.testing.assert_allclose(x.grad.numpy(), 6 * x.detach().numpy() ** 2)
    with pytest.raises(RuntimeError, match="Trying to backward through the graph a second time"):
        y.backward()


def test_without_recording_it_is_a_plain_call():
    with autograd.no_grad():
        assert not checkpoint(lambda x: x * 2, values(2)).requires_grad
    assert checkpoint(lambda x: x.detach() * 2, values(2)).grad_fn is None


def test_contexts_of_forward_and_recomputation():
    seen = []

    class Note:
        def __init__(self, what):
            self.what = what

        def __enter__(self):
            seen.append(self.what)

        def __exit__(self, *_):
            pass

    y = checkpoint(lambda x: x * x, values(2), context_fn=lambda: (Note("forward"), Note("again")))
    assert seen == ["forward"]
    y.sum().backward()
    assert seen == ["forward", "again"]


# ---- state


class Averaging(nn.Module):
    """Replaces one buffer, changes another in place, and computes with both."""

    def __init__(self):
        super().__init__()
        self.register_buffer("mean", autograd.zeros(3, dtype=autograd.float64))
        self.register_buffer("count", autograd.zeros(1, dtype=autograd.float64))

    def forward(self, x):
        self.mean = 0.9 * self.mean + 0.1 * x.detach().mean(0)
        self.count.add_(1)
        return (x - self.mean) * self.count.clone() * x


def test_state_that_the_result_depends_on():
    x = values(4, 3)

    def gradients(run):
        net, total = Averaging(), 0.0
        for _ in range(3):
            total = total + run(net, x).sum()
        (g,) = autograd.grad(total, x)
        return g.numpy(), net.mean.numpy(), net.count.numpy()

    for a, b in zip(gradients(checkpoint), gradients(lambda net, x: net(x)), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-13)


def test_functional_batch_norm_counts_once():
    x, mean, var = values(4, 3), autograd.zeros(3).double(), autograd.ones(3).double()
    checkpoint(lambda x: F.batch_norm(x, mean, var, training=True), x).sum().backward()
    np.testing.assert_allclose(mean.numpy(), 0.1 * x.detach().numpy().mean(0))
    checkpoint(F.batch_norm, x, mean, var, training=True).sum().backward()
    np.testing.assert_allclose(mean.numpy(), 0.19 * x.detach().numpy().mean(0))


# ---- memory


def live_elements():
    gc.collect()
    arrays = {}
    for t in gc.get_objects():
        if issubclass(type(t), autograd.Tensor):
            base = t._data if t._data.base is None else t._data.base
            arrays[id(base)] = t._data.size
    return sum(arrays.values())


def graph_elements(run):
    """Elements that the graph of a result keeps alive."""
    y = run()
    alive = []
    seen, todo = set(), [y.grad_fn]
    while todo:
        node = todo.pop()
        if node is None or node in seen:
            continue
        seen.add(node)
        saved = getattr(node, "_saved", None)
        if isinstance(saved, tuple):
            alive += [t._data.size for t in saved if isinstance(t, autograd.Tensor)]
        alive += [a.size for a in getattr(node, "_kept", None) or ()]
        output = getattr(node, "_output", None)
        alive += [output[0].size] if output else []
        todo += [parent for parent, _ in node.next_functions]
    return sum(alive), len(seen)


def test_the_graph_keeps_only_the_arguments():
    x = values(100)

    def chain(x):
        for _ in range(20):
            x = x.sin() * 1.5
        return x

    plain, nodes = graph_elements(lambda: chain(x))
    kept, fewer = graph_elements(lambda: checkpoint(chain, x))
    assert plain >= 20 * 100
    assert nodes > 40
    assert kept == 0
    assert fewer == 2


def test_live_arrays_are_fewer():
    x = values(1000)

    def chain(x):
        for _ in range(16):
            x = x.exp().sin()
        return x

    before = live_elements()
    y = chain(x)
    plain = live_elements() - before
    del y
    parts = [lambda x: x.exp().sin()] * 16
    y = checkpoint_sequential(parts, 4, x)
    less = live_elements() - before
    assert less < plain / 2
    y.sum().backward()


# ---- refusals


def test_changing_an_argument_in_place_is_refused():
    h = values(3) * 1
    with pytest.raises(RuntimeError, match="changes a tensor of the graph in place"):
        checkpoint(lambda x: x.exp_() * 2, h)


def test_a_change_between_forward_and_backward_is_refused():
    w = values(3)
    y = checkpoint(lambda x: x * w, values(3))
    with autograd.no_grad():
        w.mul_(2)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.sum().backward()


def test_a_recomputation_that_differs_is_refused():
    state = []

    def shapes(x):
        state.append(1)
        return x[: len(state)] * 2

    with pytest.raises(CheckpointError, match="have different metadata"):
        checkpoint(shapes, values(3)).sum().backward()
    w = values(3)
    state.clear()

    def dependence(x):
        state.append(1)
        return x * 2 if len(state) > 1 else x * w

    with pytest.raises(CheckpointError, match="A different number of tensors was saved"):
        checkpoint(dependence, values(3)).sum().backward()


def test_arguments_of_checkpoint_sequential():
    with pytest.raises(ValueError, match="Unexpected keyword arguments: foo"):
        checkpoint_sequential([abs], 1, values(2), foo=1)
    with pytest.raises(ValueError, match="segments must be between 1 and the number of functions, 1, got 2"):
        checkpoint_sequential([abs], 2, values(2))
