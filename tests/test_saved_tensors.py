"""Hooks on saved tensors."""

from __future__ import annotations

import numpy as np
import pytest

import autograd
import nn.functional as F
from autograd.graph import saved_tensors_hooks


def off_to_numpy():
    return saved_tensors_hooks(lambda t: t.numpy().copy(), autograd.from_numpy)


def values(*shape):
    return autograd.tensor(np.random.default_rng(0).uniform(0.2, 1.0, shape), requires_grad=True)


class Exp(autograd.Function):
    @staticmethod
    def forward(ctx, x):
        y = x.exp()
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx, grad):
        (y,) = ctx.saved_tensors
        return grad * y


FUNCTIONS = {
    "inputs": lambda x: (x * x).sin() * x,
    "outputs": lambda x: x.exp().tanh(),
    "kept by forward": lambda x: F.max_pool2d(x.reshape(1, 1, 4, 4) ** 2, 2),
    "a function of one's own": lambda x: Exp.apply(x * x),
    "convolution": lambda x: F.conv2d(x.reshape(1, 1, 4, 4), (x[:2, :2] ** 2).reshape(1, 1, 2, 2)),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_gradients_of_first_and_second_order_do_not_change(name):
    def gradients(hooks):
        x = values(4, 4)
        with hooks:
            y = FUNCTIONS[name](x)
        (first,) = autograd.grad(y.sum(), x, create_graph=True)
        (second,) = autograd.grad((first * first).sum(), x)
        return first.detach().numpy(), second.numpy()

    expected = gradients(autograd.enable_grad())
    for found, wanted in zip(gradients(off_to_numpy()), expected, strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-12)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_everything_that_is_saved_passes_through_the_hooks(name):
    packed, unpacked = [], []

    def pack(t):
        packed.append(t.shape)
        return t

    def unpack(t):
        unpacked.append(t.shape)
        return t

    x = values(4, 4)
    with saved_tensors_hooks(pack, unpack):
        y = FUNCTIONS[name](x)
    assert packed
    assert not unpacked
    y.sum().backward()
    assert unpacked
    assert set(unpacked) <= set(packed)


def test_an_unpack_hook_must_return_a_tensor():
    x = values(2)
    with saved_tensors_hooks(lambda t: t, lambda t: 3.0):
        y = x * x
    with pytest.raises(TypeError, match="Output of saved tensor unpack_hook expected to be a Tensor"):
        y.sum().backward()


def test_hooks_see_no_graph():
    seen = []
    x = values(2)
    with saved_tensors_hooks(lambda t: seen.append(t.requires_grad) or t, lambda t: t):
        (x * 2).exp()
    assert seen == [False]
