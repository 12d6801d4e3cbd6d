"""Changes in place, where there is no PyTorch to compare with or where it is surpassed."""

from __future__ import annotations

import gc

import numpy as np
import pytest

import autograd
from autograd import Tensor
from autograd.gradcheck import gradcheck, gradgradcheck


def leaf(*shape: int) -> Tensor:
    return (autograd.arange(1, 1 + int(np.prod(shape)), dtype=autograd.float64).reshape(shape) / 5).requires_grad_()


def test_part_of_a_base_is_replaced_in_its_history() -> None:
    x = leaf(2, 3)
    b = x * 2
    c = b[0]
    c.mul_(3)
    b.sum().backward()
    assert x.grad.tolist() == [[6, 6, 6], [2, 2, 2]]
    assert b.grad_fn.name() == "ReplacePartBackward0"
    assert c.grad_fn is not None


@pytest.mark.parametrize(
    "change",
    [
        lambda b, w: b[0].mul_(w),
        lambda b, w: b.t()[1:].mul_(2).t()[0].add_(w[1:]),
        lambda b, w: b.mul_(w).div_(w + 2),
        lambda b, w: b[:, 1].copy_(w[:2]),
        lambda b, w: b.__setitem__(b > 1, 0.5),
        lambda b, w: b.__setitem__((0, autograd.tensor([0, 2])), w[:2] * 2),
        lambda b, w: b.view(-1)[1:4].exp_(),
        lambda b, w: b.index_add_(0, autograd.tensor([1, 1]), w * w.reshape(3, 1)[:2]),
        lambda b, w: b.scatter_(1, autograd.tensor([[2], [0]]), w[:2].reshape(2, 1)),
        lambda b, w: b.unsqueeze_(0).mul_(w).squeeze_(0),
        lambda b, w: b.fill_diagonal_(2),
        lambda b, w: b.diagonal().mul_(w[:2]),
    ],
)
def test_gradients_of_any_order(change) -> None:
    def function(x: Tensor, w: Tensor) -> Tensor:
        b = x.sin() * w
        change(b, w)
        return b * b

    inputs = leaf(2, 3), (leaf(3).detach() + 1).requires_grad_()
    assert gradcheck(function, inputs)
    assert gradgradcheck(function, inputs)


def test_a_tensor_times_itself_in_place() -> None:
    x = leaf(3)
    y = x * 2
    y.mul_(y)
    y.sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), 8 * x.detach().numpy())


def test_the_error_names_operation_and_change() -> None:
    x = leaf(3)
    y = x.exp()
    z = y.sum()
    y.add_(1)
    with pytest.raises(RuntimeError, match="modified by an inplace operation") as caught:
        z.backward()
    assert "ExpBackward0" in str(caught.value)
    assert "add_" in str(caught.value)


def test_outputs_of_split_are_frozen_whatever_requires_grad_later() -> None:
    with pytest.raises(RuntimeError, match="is the output of a function that returns multiple views"):
        autograd.zeros(4, dtype=autograd.float64).split(2)[0].mul_(leaf(2))
    autograd.zeros(4).split(2)[0].add_(1)


def test_in_place_changes_make_no_cycle() -> None:
    gc.collect()
    gc.disable()
    try:
        x = leaf(4)
        for _ in range(3):
            b = x * 2
            b[0] = x[2]
            c = b[1:]
            c.mul_(x[1:]).tanh_()
            b.sum().backward()
        del b, c
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_copy_between_overlapping_parts() -> None:
    x = autograd.arange(5.0)
    x[1:] = x[:-1]
    assert x.tolist() == [0, 0, 1, 2, 3]


def test_inference_tensors_stay_inside() -> None:
    with autograd.inference_mode():
        x = autograd.ones(2)
        x.add_(1)
        y = x * 2
    for t in (x, y):
        assert t.is_inference()
        with pytest.raises(RuntimeError, match="outside InferenceMode"):
            t.add_(1)
    assert y.clone().add_(1).tolist() == [5, 5]


def test_versions_count_every_change() -> None:
    x = autograd.zeros(3, 3)
    for expected, change in enumerate(
        (
            lambda: x.add_(1),
            lambda: x.__setitem__(0, 1),
            lambda: x.__setitem__(x > 5, 1),
            lambda: x[1].zero_(),
            lambda: x.uniform_(),
            lambda: x.fill_diagonal_(1),
            lambda: autograd.graph.increment_version(x),
            lambda: x.copy_(autograd.ones(3)),
        ),
        1,
    ):
        change()
        assert x._version == expected


def test_an_index_that_changes_later_does_not_falsify_gradients() -> None:
    x, places = leaf(3), autograd.tensor([0, 1])
    y = x[places] * 2
    places.add_(1)
    y.sum().backward()
    assert x.grad.tolist() == [2, 2, 0]


def test_a_retained_gradient_is_that_of_the_changed_values() -> None:
    x = leaf(3)
    whole = x * 2
    part = whole[:1]
    whole.retain_grad()
    part.retain_grad()
    whole.mul_(3)
    (whole.sum() + part.sum()).backward()
    assert whole.retains_grad
    assert whole.grad.tolist() == [2, 1, 1]
    assert part.grad.tolist() == [1]
    assert x.grad.tolist() == [12, 6, 6]


def test_a_tensor_is_not_its_own_gradient() -> None:
    x = leaf(3)
    with pytest.raises(RuntimeError, match="can't assign Variable as its own grad"):
        x.grad = x


def test_inference_tensors_require_no_gradient() -> None:
    with autograd.inference_mode():
        x = autograd.ones(2)
    with pytest.raises(RuntimeError, match="Setting requires_grad=True on inference tensor outside InferenceMode"):
        x.requires_grad_()
    assert x.clone().requires_grad_().requires_grad


def test_new_of_an_empty_size_is_a_number() -> None:
    x = leaf(3)
    assert x.new(x[0].size()).shape == ()
    assert x.new(()).shape == (0,)
