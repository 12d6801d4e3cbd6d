"""The graph and its replay: accumulation, retention, hooks, higher orders, ownership of memory."""

from __future__ import annotations

import gc
import threading
import weakref

import numpy as np
import pytest

import autograd
from autograd import Tensor


def leaf(*values: float) -> Tensor:
    return autograd.tensor(list(values), dtype=autograd.float64, requires_grad=True)


def array(t: Tensor | None) -> np.ndarray:
    assert t is not None
    return t._data


# ---- depth and width


def test_a_chain_of_100_000_operations():
    x = leaf(1.0)
    y = x
    for _ in range(100_000):
        y = y + 1
    y.backward()
    assert array(x.grad) == [1.0]


def test_a_wide_diamond_sums_all_paths():
    x = leaf(2.0)
    branches = [x * k for k in range(1000)]
    total = branches[0]
    for b in branches[1:]:
        total = total + b
    total.backward()
    assert array(x.grad) == [sum(range(1000))]


def test_nested_diamonds_are_replayed_once_a_node():
    x = leaf(1.0)
    y = x
    for _ in range(60):  # 2**60 paths
        y = y * 0.5 + y * 0.5
    y.backward()
    np.testing.assert_allclose(array(x.grad), [1.0])


# ---- memory


def test_dropping_the_loss_frees_the_graph_without_the_garbage_collector():
    gc.disable()
    try:
        x = leaf(1.0, 2.0)
        h = (x * x).exp().sqrt()
        y = (h + h.transpose(0, 0)).sum()
        nodes = [weakref.ref(h.grad_fn), weakref.ref(y.grad_fn), weakref.ref(h)]
        y.backward()
        del h, y
        assert [n() for n in nodes] == [None] * 3
    finally:
        gc.enable()


def test_memory_is_flat_over_1000_training_steps():
    w = leaf(0.5, -0.5)
    x = autograd.tensor([[1.0, 2.0]] * 8, dtype=autograd.float64)

    def step() -> None:
        w.grad = None
        loss = ((x * w).exp() - 1).sum()
        loss.backward()
        with autograd.no_grad():
            w.sub_(w.grad * 1e-3)

    gc.collect()
    gc.disable()
    try:
        for _ in range(10):
            step()
        before = len(gc.get_objects())
        for _ in range(1000):
            step()
        assert len(gc.get_objects()) - before < 50
    finally:
        gc.enable()


def test_saved_arrays_are_released_as_the_replay_passes():
    x = leaf(1.0, 2.0)
    y = x.exp()
    z = (y * y).sum()
    node = y.grad_fn
    z.backward()
    with pytest.raises(RuntimeError, match="already been freed"):
        _ = node.output


def test_grad_owns_its_memory():
    x = leaf(1.0, 2.0)
    seed = autograd.ones(2, dtype=autograd.float64)
    y = x + 0.0
    y.backward(seed)
    assert not np.shares_memory(array(x.grad), array(seed))
    x.grad = None
    x.sum().backward()
    assert 0 not in array(x.grad).strides


def test_two_leaves_never_share_a_gradient():
    x, y = leaf(1.0, 2.0), leaf(3.0, 4.0)
    (x + y).sum().backward()
    assert not np.shares_memory(array(x.grad), array(y.grad))


# ---- accumulation


def test_gradients_accumulate_over_calls_and_uses():
    x = leaf(3.0)
    (x * x + x).backward()
    (x * 2).backward()
    assert array(x.grad) == [2 * 3 + 1 + 2]


def test_accumulation_into_grad_is_in_place():
    x = leaf(3.0)
    (x * 2).backward()
    held = x.grad
    (x * 2).backward()
    assert x.grad is held
    assert array(held) == [4.0]


def test_broadcast_axes_are_summed():
    x = autograd.ones(3, 1, dtype=autograd.float64, requires_grad=True)
    b = autograd.ones(4, dtype=autograd.float64, requires_grad=True)
    (x * b).sum().backward()
    np.testing.assert_array_equal(array(x.grad), np.full((3, 1), 4.0))
    np.testing.assert_array_equal(array(b.grad), np.full(4, 3.0))


def test_gradients_have_their_leaves_dtypes():
    x = autograd.ones(2, dtype=autograd.float32, requires_grad=True)
    y = autograd.ones(2, dtype=autograd.float64, requires_grad=True)
    (x * y).sum().backward()
    assert (x.grad.dtype, y.grad.dtype) == (autograd.float32, autograd.float64)


# ---- backward and grad


def test_scalar_outputs_only_without_a_gradient():
    with pytest.raises(RuntimeError, match="grad can be implicitly created only for scalar outputs"):
        (leaf(1.0, 2.0) * 2).backward()


def test_a_second_backward_raises_unless_the_graph_is_retained():
    x = leaf(1.0)
    y = x * x
    y.backward(retain_graph=True)
    y.backward()
    assert array(x.grad) == [4.0]
    with pytest.raises(RuntimeError, match="Trying to backward through the graph a second time"):
        y.backward()


def test_backward_without_a_graph():
    with pytest.raises(RuntimeError, match="does not require grad and does not have a grad_fn"):
        autograd.ones(1).backward()


def test_gradient_of_the_wrong_shape():
    with pytest.raises(RuntimeError, match="Mismatch in shape"):
        (leaf(1.0, 2.0) * 2).backward(autograd.ones(3))


def test_backward_into_chosen_inputs_only():
    x, y = leaf(1.0), leaf(2.0)
    h = x * y
    (h * 3).backward(inputs=[x])
    assert array(x.grad) == [6.0]
    assert y.grad is None
    h = x * y
    (h * 3).backward(inputs=[h])
    assert array(h.grad) == [3.0]


def test_grad_leaves_every_grad_alone():
    x, y = leaf(2.0), leaf(5.0)
    z = x * x * y
    gx, gy = autograd.grad(z, [x, y])
    assert (array(gx), array(gy)) == ([20.0], [4.0])
    assert x.grad is None


def test_grad_of_unused_inputs():
    x, unused = leaf(1.0), leaf(1.0, 1.0)
    with pytest.raises(RuntimeError, match="appears to not have been used in the graph"):
        autograd.grad(x * 2, unused)
    assert autograd.grad(x * 2, [x, unused], allow_unused=True)[1] is None
    zeros = autograd.grad(x * 2, [x, unused], materialize_grads=True)[1]
    assert array(zeros).tolist() == [0.0, 0.0]
    with pytest.raises(RuntimeError, match="does not require grad"):
        autograd.grad(x * 2, autograd.ones(1))


def test_grad_with_respect_to_an_intermediate_tensor():
    x = leaf(2.0)
    h = x * 3
    y = h * h
    (gh,) = autograd.grad(y, h, retain_graph=True)
    assert array(gh) == [12.0]
    gh, gx = autograd.grad(y, [h, x])
    assert (array(gh), array(gx)) == ([12.0], [36.0])


def test_grad_computes_no_branch_that_is_not_asked_for():
    x, y = leaf(2.0), leaf(3.0)
    replayed = []
    b = y * 5
    b.register_hook(lambda g: replayed.append("y"))
    autograd.grad(x * 2 * b, x)
    assert replayed == []


def test_batched_grad_outputs():
    x = leaf(1.0, 2.0)
    eye = autograd.tensor(np.eye(2))
    (jacobian,) = autograd.grad(x * x, x, grad_outputs=eye, is_grads_batched=True)
    np.testing.assert_array_equal(array(jacobian), np.diag([2.0, 4.0]))


# ---- higher orders


def test_derivatives_of_every_order():
    x = leaf(1.5)
    y = x**5
    for expected in (5 * 1.5**4, 20 * 1.5**3, 60 * 1.5**2, 120 * 1.5, 120.0):
        (y,) = autograd.grad(y, x, create_graph=True)
        np.testing.assert_allclose(array(y), [expected], atol=1e-12)


def test_backward_with_create_graph_makes_grad_differentiable():
    x = leaf(2.0)
    (x**3).backward(create_graph=True)
    g = x.grad
    assert g.requires_grad
    x.grad = None
    g.backward()
    np.testing.assert_allclose(array(x.grad), [12.0])


def test_a_gradient_through_a_saved_output():
    x = leaf(0.3)
    (g,) = autograd.grad(x.exp(), x, create_graph=True)
    np.testing.assert_allclose(array(autograd.grad(g, x)[0]), np.exp([0.3]))


# ---- modes


def test_modes_nest_and_are_restored_after_an_error():
    x = leaf(1.0)
    with autograd.no_grad():
        assert not (x * 2).requires_grad
        with autograd.enable_grad():
            assert (x * 2).requires_grad
        with pytest.raises(ZeroDivisionError), autograd.enable_grad():
            1 / 0
        assert not autograd.is_grad_enabled()
    assert autograd.is_grad_enabled()
    with autograd.set_grad_enabled(False):
        assert not autograd.is_grad_enabled()
    assert autograd.is_grad_enabled()


def test_modes_as_decorators():
    x = leaf(1.0)

    @autograd.no_grad()
    def called(t):
        return t * 2

    @autograd.no_grad
    def bare(t):
        return t * 2

    @autograd.set_grad_enabled(False)
    def switched(t):
        return t * 2

    @autograd.no_grad()
    def generated(t):
        for _ in range(2):
            yield t * 2, autograd.is_grad_enabled()

    assert not called(x).requires_grad
    assert not bare(x).requires_grad
    assert not switched(x).requires_grad
    assert autograd.is_grad_enabled()
    for y, recording in generated(x):
        assert (y.requires_grad, recording) == (False, False)
        assert autograd.is_grad_enabled()


def test_inference_mode():
    x = leaf(1.0)
    with autograd.inference_mode():
        y = x * 2
        assert y.is_inference()
    with pytest.raises(RuntimeError, match="Inference tensors cannot be saved for backward"):
        x * y
    with pytest.raises(RuntimeError, match="Inplace update to inference tensor outside InferenceMode"):
        y.add_(1)


def test_modes_belong_to_one_thread():
    seen = []
    with autograd.no_grad():
        thread = threading.Thread(target=lambda: seen.append(autograd.is_grad_enabled()))
        thread.start()
        thread.join()
    assert seen == [True]


# ---- hooks


def test_tensor_hooks_see_and_replace_gradients():
    x = leaf(1.0)
    seen = []
    h = x * 2
    handle = h.register_hook(lambda g: seen.append(array(g).copy()))
    h.register_hook(lambda g: g * 10)
    (h * 3).backward()
    assert seen == [[3.0]]
    assert array(x.grad) == [60.0]
    handle.remove()
    handle.remove()


def test_a_hook_fires_though_its_tensor_is_gone():
    x = leaf(1.0)
    h = x * 2
    h.register_hook(lambda g: g * 10)
    y = h * 3
    del h
    y.backward()
    assert array(x.grad) == [60.0]


def test_leaf_hooks():
    x = leaf(1.0)
    calls = []
    x.register_hook(lambda g: g * 2)
    x.register_post_accumulate_grad_hook(lambda t: calls.append(array(t.grad).copy()))
    (x * 3).backward()
    assert calls == [[6.0]]
    with pytest.raises(RuntimeError, match="non-leaf"):
        (x * 1).register_post_accumulate_grad_hook(print)
    with pytest.raises(RuntimeError, match="doesn't require gradient"):
        autograd.ones(1).register_hook(print)


def test_node_hooks():
    x = leaf(1.0)
    h = x * 2
    seen = []
    h.grad_fn.register_prehook(lambda grads: (grads[0] * 5,))
    h.grad_fn.register_hook(lambda inputs, outputs: seen.append((array(inputs[0]).copy(), array(outputs[0]).copy())))
    (h * 3).backward()
    assert seen == [([30.0], [15.0])]


def test_retain_grad():
    x = leaf(1.0)
    h = x * 2
    h.retain_grad()
    h.retain_grad()
    assert h.retains_grad
    (h * h).backward()
    assert array(h.grad) == [4.0]
    with pytest.raises(RuntimeError, match="requires_grad=False"):
        autograd.ones(1).retain_grad()


def test_a_hook_that_returns_the_wrong_shape():
    x = leaf(1.0, 2.0)
    h = x * 2
    h.register_hook(lambda g: g.sum())
    with pytest.raises(RuntimeError, match="hook has changed the size of value"):
        h.sum().backward()


# ---- leaves


def test_leaf_rules():
    x = leaf(1.0)
    y = x * 2
    assert (x.is_leaf, y.is_leaf, y.detach().is_leaf) == (True, False, True)
    with pytest.raises(RuntimeError, match="you can only change requires_grad flags of leaf variables"):
        y.requires_grad_(False)
    with pytest.raises(RuntimeError, match="only Tensors of floating point"):
        autograd.tensor([1, 2], requires_grad=True)
    with pytest.raises(RuntimeError, match="only Tensors of floating point"):
        autograd.tensor([1, 2]).requires_grad_()
    with pytest.raises(RuntimeError, match="assigned grad has data of a different size"):
        x.grad = autograd.ones(2)


def test_two_threads_accumulate_into_one_leaf():
    w = leaf(0.0)

    def work() -> None:
        for _ in range(300):
            (w * 1.0).backward()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert array(w.grad) == [600.0]


def test_what_saves_nothing_can_be_replayed_again():
    x = autograd.ones(3, requires_grad=True)
    y = x + 1
    y.backward(autograd.ones(3))
    y.backward(autograd.ones(3))
    assert x.grad.tolist() == [2, 2, 2]
