"""Operations of one's own."""

from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest

import autograd
from autograd import Function, gradcheck, gradgradcheck
from autograd.function import once_differentiable


class Cube(Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x * x

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return grad * 3 * x * x


class Exp(Function):
    @staticmethod
    def forward(ctx, x):
        y = x.exp()
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx, grad):
        (y,) = ctx.saved_tensors
        return grad * y


class Scale(Function):
    @staticmethod
    def forward(x, factor):
        return x * factor

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.factor = inputs[1]

    @staticmethod
    def backward(ctx, grad):
        return grad * ctx.factor, None


class MaxAndIndex(Function):
    @staticmethod
    def forward(ctx, x, y):
        index = autograd.from_numpy(np.asarray(x.detach().numpy() > y.detach().numpy()))
        ctx.mark_non_differentiable(index)
        ctx.save_for_backward(index)
        return autograd.where(index, x, y), index

    @staticmethod
    def backward(ctx, grad, unused):
        assert unused is not None
        (index,) = ctx.saved_tensors
        zero = autograd.zeros_like(grad)
        for_x = autograd.where(index, grad, zero) if ctx.needs_input_grad[0] else None
        for_y = autograd.where(index, zero, grad) if ctx.needs_input_grad[1] else None
        return for_x, for_y


def values(*shape: int, seed: int = 0) -> autograd.Tensor:
    return autograd.tensor(np.random.default_rng(seed).uniform(0.2, 1.0, shape), requires_grad=True)


@pytest.mark.parametrize("function", [Cube, Exp])
def test_gradients_of_first_and_second_order(function):
    x = values(3)
    assert gradcheck(function.apply, x)
    assert gradgradcheck(function.apply, x)


def test_setup_context_and_arguments_that_are_not_tensors():
    x = values(3)
    assert gradcheck(lambda x: Scale.apply(x, 2.5), x)
    assert gradgradcheck(lambda x: Scale.apply(x, 2.5), x)


def test_several_outputs_of_which_one_has_no_gradient():
    x, y = values(4), values(4, seed=1)
    largest, index = MaxAndIndex.apply(x, y)
    assert largest.requires_grad
    assert not index.requires_grad
    assert gradcheck(lambda x, y: MaxAndIndex.apply(x, y)[0], (x, y))


def test_needs_input_grad_follows_the_arguments():
    seen = []

    class Probe(Function):
        @staticmethod
        def forward(ctx, a, b, c):
            seen.append(ctx.needs_input_grad)
            return a + b

        @staticmethod
        def backward(ctx, grad):
            seen.append(ctx.needs_input_grad)
            return grad, None, None

    a = values(2)
    Probe.apply(a, a.detach(), 3).sum().backward()
    assert seen == [(True, False, False)] * 2


def test_names_and_graph():
    y = Cube.apply(values(1))
    assert y.grad_fn.name() == "CubeBackward"
    assert y.grad_fn.next_functions[0][0].name() == "AccumulateGrad"


def test_a_saved_output_makes_no_cycle():
    y = Exp.apply(values(2))
    alive = weakref.ref(y)
    gc.disable()
    try:
        del y
        assert alive() is None
    finally:
        gc.enable()


def test_second_backward_and_overwritten_saved_tensor_raise():
    x = values(2)
    y = Cube.apply(x).sum()
    y.backward()
    with pytest.raises(RuntimeError, match="Trying to backward through the graph a second time"):
        y.backward()
    h = x * 1
    z = Cube.apply(h)
    h.mul_(2)
    with pytest.raises(RuntimeError, match=r"modified by an inplace operation[\s\S]*mul_"):
        z.sum().backward()


def test_wrong_number_of_gradients():
    class Wrong(Function):
        @staticmethod
        def forward(ctx, a, b):
            return a + b

        @staticmethod
        def backward(ctx, grad):
            return grad

    with pytest.raises(RuntimeError, match=r"incorrect number of gradients \(expected 2, got 1\)"):
        Wrong.apply(values(2), values(2)).sum().backward()


def test_wrong_shape_of_gradient():
    class Wrong(Function):
        @staticmethod
        def forward(ctx, a):
            return a * 1

        @staticmethod
        def backward(ctx, grad):
            return autograd.ones(5)

    with pytest.raises(RuntimeError, match=r"returned an invalid gradient at index 0 - got \[5\]"):
        Wrong.apply(values(2)).sum().backward()


def test_once_differentiable():
    class Once(Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        @once_differentiable
        def backward(ctx, grad):
            (x,) = ctx.saved_tensors
            return 2 * x * grad

    x = values(3)
    assert gradcheck(Once.apply, x)
    y = Once.apply(x)
    (g,) = autograd.grad((y * y).sum(), x, create_graph=True)
    with pytest.raises(RuntimeError, match="trying to differentiate twice a function"):
        autograd.grad(g.sum(), x)


def test_an_input_returned_unchanged_is_an_output_of_the_node():
    class Identity(Function):
        @staticmethod
        def forward(ctx, x):
            return x

        @staticmethod
        def backward(ctx, grad):
            return grad * 2

    x = values(2)
    y = Identity.apply(x)
    assert y is not x
    y.sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), [2.0, 2.0])


def test_changing_an_input_in_place():
    class AddOne(Function):
        @staticmethod
        def forward(ctx, x):
            x.add_(1)
            ctx.mark_dirty(x)
            return x

        @staticmethod
        def backward(ctx, grad):
            return grad

    x = values(2)
    h = x * 1
    y = AddOne.apply(h)
    assert y is h
    (y * y).sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), 2 * (x.detach().numpy() + 1))


def test_undefined_gradients_are_zeros_unless_asked_otherwise():
    seen = []

    class Two(Function):
        @staticmethod
        def forward(ctx, x, materialize):
            ctx.set_materialize_grads(materialize)
            return x * 1, x * 2

        @staticmethod
        def backward(ctx, a, b):
            seen.append(b)
            return a, None

    for materialize in (True, False):
        Two.apply(values(2), materialize)[0].sum().backward()
    assert seen[0].tolist() == [0.0, 0.0]
    assert seen[1] is None


def test_instances_are_refused():
    with pytest.raises(RuntimeError, match="Legacy autograd function"):
        Cube()


def test_what_a_function_lacks_or_returns_wrongly() -> None:
    class Forwardless(Function):
        pass

    class Backwardless(Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

    class Wordy(Backwardless):
        @staticmethod
        def backward(ctx, grad):
            return "slope"

    x = autograd.ones(2, requires_grad=True)
    with pytest.raises(NotImplementedError, match="must implement the forward function"):
        Forwardless.apply(x)
    with pytest.raises(NotImplementedError, match="must implement either the backward or vjp"):
        Backwardless.apply(x).sum().backward()
    with pytest.raises(RuntimeError, match=r"expected Variable or None \(got str\)"):
        Wordy.apply(x).sum().backward()
