"""Changing tensors in place: histories of bases and views, versions, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from tests.parity.programs import Program, assert_same


def leaf(m: Any, *shape: int) -> Any:
    count = 1
    for n in shape:
        count *= n
    x = m.arange(1, count + 1, dtype=m.float64).reshape(shape) / 7
    return x.requires_grad_()


def graded(m: Any, x: Any, y: Any, *others: Any) -> Any:
    """The value, and the gradients of a nonlinear function of it."""
    (y * y * m.arange(1, y.numel() + 1, dtype=m.float64).reshape(y.shape)).sum().backward()
    return [y, x.grad, *(o.grad if o.is_leaf else o for o in others)]


def row_of_base(m: Any) -> Any:
    x = leaf(m, 2, 3)
    b = x * 2
    b[0].mul_(3)
    return graded(m, x, b)


def row_kept(m: Any) -> Any:
    x = leaf(m, 2, 3)
    b = x.exp()
    c = b[0]
    b = b.clone()
    c = b[0]
    c.mul_(3)
    return graded(m, x, b) + [c]


def view_reads_base_change(m: Any) -> Any:
    x = leaf(m, 2, 3)
    b = x * 2
    c = b[1]
    b.mul_(5)
    return graded(m, x, c)


def chained_views(m: Any) -> Any:
    x = leaf(m, 2, 3, 4)
    b = x * 1
    c = b[1].transpose(0, 1)[2:].unsqueeze(0)
    c.mul_(2).add_(1)
    return graded(m, x, b) + [c]


def transposed_view(m: Any) -> Any:
    x = leaf(m, 3, 4)
    b = x.sin()
    b = b * 2
    b.t()[1].mul_(x[:, 0])
    return graded(m, x, b)


def diagonal_view(m: Any) -> Any:
    x = leaf(m, 3, 3)
    b = x * 2
    b.diagonal().mul_(x[0])
    return graded(m, x, b)


def windows_disjoint(m: Any) -> Any:
    x = leaf(m, 6)
    b = x * 2
    b.unfold(0, 2, 2)[1].mul_(3)
    return graded(m, x, b)


def two_views(m: Any) -> Any:
    x = leaf(m, 2, 3)
    b = x * 2
    c, d = b[0], b[:, 1]
    c.mul_(2)
    d.mul_(3)
    c.add_(1)
    return graded(m, x, b) + [c, d]


def stale_view_used(m: Any) -> Any:
    x = leaf(m, 2, 3)
    b = x * 2
    c, d = b[0], b[0]
    c.mul_(2)
    return graded(m, x, d)


def base_then_view(m: Any) -> Any:
    x = leaf(m, 4)
    b = x * 2
    v = b.view(2, 2)
    b.mul_(2)
    v.add_(x.view(2, 2))
    return graded(m, x, b) + [v]


def buffer_becomes_graph(m: Any) -> Any:
    x = leaf(m, 3)
    b = m.zeros(2, 3, dtype=m.float64)
    b[0] = x
    b[1].copy_(x * 2)
    return graded(m, x, b) + [b.requires_grad]


def operand_of_mul(m: Any) -> Any:
    x, w = leaf(m, 3), leaf(m, 3)
    y = x * 2
    y.mul_(w)
    y.div_(w + 1)
    y.pow_(2)
    return graded(m, x, y, w)


def fill_and_zero(m: Any) -> Any:
    x, v = leaf(m, 2, 3), leaf(m)
    y = x * 2
    y[0].fill_(v)
    y[1, 1:].zero_()
    return graded(m, x, y, v)


def masked_and_indexed(m: Any) -> Any:
    x = leaf(m, 3, 4)
    y = x * 1
    y[y > 1] = 0.5
    y[m.tensor([0, 2]), 1:3] = x[:2, 2:] * 3
    y[1, m.tensor([0, 0])] = x[0, 0]
    return graded(m, x, y)


def activations(m: Any) -> Any:
    x = leaf(m, 2, 3)
    y = (x - 0.5).sigmoid_().exp_()
    y[0].tanh_()
    return graded(m, x, y)


def clone_of_part(m: Any) -> Any:
    x = leaf(m, 2, 3)
    b = x * 2
    c = b[0].clone()
    c.mul_(3)
    return graded(m, x, b) + [c]


def restrided(m: Any) -> Any:
    x = leaf(m, 2, 1, 3)
    b = x * 2
    v = b[0]
    b.squeeze_(1)
    b.mul_(3)
    b.t_().unsqueeze_(0)
    return graded(m, x, b) + [v, v.shape, b.shape]


def restrided_view(m: Any) -> Any:
    x = leaf(m, 2, 3)
    b = x * 2
    v = b[0].unsqueeze_(1).transpose_(0, 1)
    v.mul_(3)
    return graded(m, x, b) + [v]


def versions(m: Any) -> Any:
    x = m.ones(2, 3)
    found = [x._version]
    v, d, data = x[0], x.detach(), x.data
    v.add_(1)
    found += [x._version, v._version, d._version, data._version]
    d.mul_(2)
    x[0, 0] = 4
    x[m.tensor([0])] = 5
    data.zero_()
    found += [x._version, v._version, d._version, data._version]
    return [*found, x]


def detached_shares(m: Any) -> Any:
    x = leaf(m, 3)
    y = x * 2
    d = y.detach()
    d.add_(1)
    return [y, d.requires_grad, y.requires_grad]


def no_grad_update(m: Any) -> Any:
    x = leaf(m, 3)
    with m.no_grad():
        x.sub_(0.1)
        x[0] = 2
        x.view(-1)[1:].mul_(2)
    return graded(m, x, x * 3)


def refresh_under_no_grad(m: Any) -> Any:
    x = leaf(m, 2, 3)
    b = x * 2
    c = b[0]
    b.mul_(2)
    with m.no_grad():
        c.sum()
    return graded(m, x, c)


def second_order(m: Any) -> Any:
    x = leaf(m, 2, 3)
    b = x.exp()
    b = b * x
    b[1].mul_(x[0]).mul_(b[0])
    differentiate = m.autograd.grad if hasattr(m, "autograd") else m.grad
    (g,) = differentiate((b**2).sum(), x, create_graph=True)
    g.sin().sum().backward()
    return [b, g, x.grad]


def expanded_part(m: Any) -> Any:
    e = m.zeros(3, 1).expand(3, 4)
    e[0].fill_(1)
    return e


def requires_grad_of_view(m: Any) -> Any:
    x = m.zeros(2, 2)
    v = x[0]
    v.requires_grad_()
    x.add_(1)
    return [v, v.requires_grad, v.is_leaf]


VALUES = [
    row_of_base,
    row_kept,
    view_reads_base_change,
    chained_views,
    transposed_view,
    diagonal_view,
    windows_disjoint,
    two_views,
    stale_view_used,
    base_then_view,
    buffer_becomes_graph,
    operand_of_mul,
    fill_and_zero,
    masked_and_indexed,
    activations,
    clone_of_part,
    restrided,
    restrided_view,
    versions,
    detached_shares,
    no_grad_update,
    refresh_under_no_grad,
    second_order,
    expanded_part,
    requires_grad_of_view,
]


@pytest.mark.parametrize("program", VALUES, ids=lambda p: p.__name__)
def test_values_and_gradients(program: Program) -> None:
    assert_same(program, 1e-12, 1e-14)


def leaf_add(m: Any) -> Any:
    leaf(m, 2).add_(1)


def leaf_view(m: Any) -> Any:
    leaf(m, 2).view(-1).mul_(2)


def leaf_item(m: Any) -> Any:
    leaf(m, 2)[0] = 1


def leaf_shape(m: Any) -> Any:
    leaf(m, 2, 1).squeeze_()


def split_part(m: Any) -> Any:
    (leaf(m, 4) * 2).split(2)[0].mul_(2)


def chunk_part(m: Any) -> Any:
    (leaf(m, 4) * 2).chunk(2)[1].mul_(2)


def unbind_part(m: Any) -> Any:
    (leaf(m, 4) * 2).unbind()[0].mul_(2)


def split_base(m: Any) -> Any:
    b = leaf(m, 4) * 2
    part = b.split(2)[0]
    b.mul_(2)
    return part.sum()


def no_grad_view(m: Any) -> Any:
    b = leaf(m, 4) * 2
    with m.no_grad():
        v = b[:2]
    v.mul_(2)


def no_grad_view_of_buffer(m: Any) -> Any:
    b = m.zeros(3, dtype=m.float64)
    with m.no_grad():
        v = b[:]
    v.mul_(leaf(m, 3))


def no_grad_view_read(m: Any) -> Any:
    b = leaf(m, 4) * 2
    with m.no_grad():
        v = b[:2]
    b.mul_(2)
    return v.sum()


def inference(m: Any) -> Any:
    with m.inference_mode():
        x = m.ones(3)
    x.mul_(2)


def inference_view(m: Any) -> Any:
    with m.inference_mode():
        x = m.ones(3)
    x[0].mul_(2)


def expanded(m: Any) -> Any:
    m.zeros(3, 1).expand(3, 4).add_(1)


def expanded_copy(m: Any) -> Any:
    m.zeros(3, 1).expand(3, 4).copy_(m.zeros(3, 4))


def float_into_int(m: Any) -> Any:
    m.zeros(3, dtype=m.int64).add_(1.5)


def larger_result(m: Any) -> Any:
    m.zeros(3).add_(m.ones(2, 3))


def fill_with_vector(m: Any) -> Any:
    m.zeros(3).fill_(m.ones(2))


def detach_view(m: Any) -> Any:
    (leaf(m, 4) * 2).view(2, 2).detach_()


ERRORS = [
    leaf_add,
    leaf_view,
    leaf_item,
    leaf_shape,
    split_part,
    chunk_part,
    unbind_part,
    split_base,
    no_grad_view,
    no_grad_view_of_buffer,
    no_grad_view_read,
    inference,
    inference_view,
    expanded,
    expanded_copy,
    float_into_int,
    larger_result,
    fill_with_vector,
    detach_view,
]


@pytest.mark.parametrize("program", ERRORS, ids=lambda p: p.__name__)
def test_errors(program: Program) -> None:
    assert_same(program)


def overwritten(change: str, *args: Any) -> Program:
    def program(m: Any) -> Any:
        y = leaf(m, 3).exp()
        z = y.sum()
        getattr(y, change)(*args)
        z.backward()

    return program


def input_overwritten(m: Any) -> Any:
    x, w = leaf(m, 3), m.ones(3, dtype=m.float64)
    y = x * w
    w.add_(1)
    y.sum().backward()


def index_overwritten(m: Any) -> Any:
    i = m.tensor([0, 1])
    y = leaf(m, 3).gather(0, i)
    i.add_(1)
    y.sum().backward()


def view_overwritten(m: Any) -> Any:
    x = leaf(m, 3)
    y = x.exp()
    y[:1].zero_()
    y.sum().backward()


def detach_overwritten(m: Any) -> Any:
    y = leaf(m, 3).exp()
    y.detach().zero_()
    y.sum().backward()


def older_consumer(m: Any) -> Any:
    x, w = leaf(m, 3), leaf(m, 3)
    y = x * 2
    z = y * w
    y.mul_(w)
    (y.sum() + z.sum()).backward()


@pytest.mark.parametrize(
    "program",
    [
        overwritten("zero_"),
        overwritten("add_", 1),
        overwritten("__setitem__", 0, 1.0),
        overwritten("fill_", 2),
        input_overwritten,
        index_overwritten,
        view_overwritten,
        detach_overwritten,
        older_consumer,
    ],
    ids=lambda p: p.__name__,
)
def test_a_saved_tensor_that_was_overwritten(program: Program) -> None:
    assert_same(program)
