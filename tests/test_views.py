"""Every view in both memory layouts: it aliases its base, writes through it reach the base, and gradients come back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import Tensor
from autograd.storage import own_storage

SHAPE = (2, 3, 4, 5)

VIEWS: dict[str, Callable[[Tensor], Tensor]] = {
    "view": lambda x: x.view(2, -1),
    "view_merge": lambda x: x.view(6, 20),
    "view_flat": lambda x: x.view(-1),
    "view_as": lambda x: x.view_as(autograd.zeros(2, 3, 20)),
    "view_dtype": lambda x: x.view(autograd.int64).view(autograd.float64),
    "reshape": lambda x: x.reshape(2, 60),
    "flatten": lambda x: x.flatten(1),
    "unflatten": lambda x: x.unflatten(3, (5, 1)),
    "permute": lambda x: x.permute(0, 2, 3, 1),
    "permute_view": lambda x: x.permute(0, 2, 3, 1).transpose(1, 3).transpose(2, 3),
    "transpose": lambda x: x.transpose(1, 3),
    "mT": lambda x: x.mT,
    "movedim": lambda x: x.movedim(1, -1),
    "squeeze": lambda x: x[:, :1].squeeze(1),
    "unsqueeze": lambda x: x.unsqueeze(2),
    "expand": lambda x: x.expand(2, 3, 4, 5),
    "narrow": lambda x: x.narrow(1, 1, 2),
    "select": lambda x: x.select(1, 2),
    "int": lambda x: x[1],
    "int_view": lambda x: x[1].view(3, 20),
    "slice": lambda x: x[:, 1:, ::2],
    "mixed": lambda x: x[..., None, 2],
    "split": lambda x: x.split(2, 1)[0],
    "chunk": lambda x: x.chunk(2, 2)[1],
    "unbind": lambda x: x.unbind(0)[1],
    "tensor_split": lambda x: x.tensor_split(2, 3)[1],
    "diagonal": lambda x: x.diagonal(0, 2, 3),
    "unfold": lambda x: x.unfold(3, 2, 2),
    "as_strided": lambda x: x.as_strided((2, 3), (60, 20)),
    "detach": lambda x: x.detach(),
    "detach_view": lambda x: x[1].detach().view(-1),
    "atleast_3d": lambda x: autograd.atleast_3d(x),
}


def filled(channels_last: bool) -> Tensor:
    values = autograd.arange(120, dtype=autograd.float64).reshape(SHAPE)
    return values.contiguous(memory_format=autograd.channels_last) if channels_last else values


@pytest.mark.parametrize("channels_last", [False, True])
@pytest.mark.parametrize("name", VIEWS)
def test_values_do_not_depend_on_the_layout(name: str, channels_last: bool) -> None:
    expected = VIEWS[name](filled(False)).numpy()
    np.testing.assert_array_equal(VIEWS[name](filled(channels_last)).numpy(), expected)


@pytest.mark.parametrize("channels_last", [False, True])
@pytest.mark.parametrize("name", VIEWS)
def test_writes_reach_the_base(name: str, channels_last: bool) -> None:
    base = filled(channels_last)
    view = VIEWS[name](base)
    with autograd.no_grad():
        view.fill_(-1)
    expected = np.arange(120.0).reshape(SHAPE)
    positions = VIEWS[name](Tensor(expected.copy(), None)).numpy().ravel().astype(int)
    expected.reshape(-1)[positions] = -1
    np.testing.assert_array_equal(base.numpy(), expected)
    assert base._version == view._version > 0


@pytest.mark.parametrize("channels_last", [False, True])
@pytest.mark.parametrize("name", VIEWS)
def test_writes_to_the_base_reach_the_view(name: str, channels_last: bool) -> None:
    base = filled(channels_last)
    view = VIEWS[name](base)
    base.mul_(2)
    np.testing.assert_array_equal(view.numpy(), VIEWS[name](filled(False) * 2).numpy())


@pytest.mark.parametrize("name", [n for n in VIEWS if n not in ("view_dtype", "detach", "detach_view")])
def test_changes_of_views_are_recorded_in_both_layouts(name: str) -> None:
    frozen = name in ("split", "chunk", "unbind")
    found = []
    for channels_last in (False, True):
        x = filled(channels_last).requires_grad_()
        base = x * 2
        view = VIEWS[name](base)
        if frozen:
            with pytest.raises(RuntimeError, match="multiple views"):
                view.mul_(3)
            return
        view.mul_(view.detach() + 1)
        (base * base).sum().backward()
        found.append((base.detach().numpy(), x.grad.numpy(), view.detach().numpy()))
    for a, b in zip(*found, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-14)


def test_earlier_views_follow_when_memory_is_laid_out_anew() -> None:
    base = filled(True)
    row, plane, detached = base[1], base[:, 0], base.detach()
    flat = base.view(-1)
    base.add_(1000)
    for alias in (row, plane, detached, flat):
        assert float(alias.min()) >= 1000
    row.zero_()
    assert flat[60:].sum() == 0
    assert detached[1].abs().sum() == 0


def test_memory_that_others_see_is_not_laid_out_anew() -> None:
    base = filled(True)
    array = base.numpy()
    with pytest.raises(RuntimeError, match=r"Use \.reshape"):
        base.view(2, -1)
    assert base.numpy() is array
    np.testing.assert_array_equal(base.reshape(2, -1).numpy(), np.arange(120.0).reshape(2, 60))


def test_a_view_of_a_strided_view_that_spans_subspaces_is_refused() -> None:
    with pytest.raises(RuntimeError, match="view size is not compatible with input tensor's size and stride"):
        autograd.zeros(4, 4)[:, :2].view(8)


def test_views_share_one_storage_and_say_so() -> None:
    base = autograd.zeros(2, 3)
    view = base[0]
    assert view._base is base
    assert own_storage(view) is own_storage(base)
    assert base.clone()._base is None


def test_a_base_that_changes_shape_in_place_keeps_its_views() -> None:
    base = autograd.arange(6.0).reshape(2, 1, 3)
    row = base[1]
    base.squeeze_(1).t_()
    assert base.shape == (3, 2)
    assert row.shape == (1, 3)
    base.mul_(10)
    assert row.tolist() == [[30, 40, 50]]


@pytest.mark.parametrize("call", [lambda x: x.numpy(), np.asarray, lambda x: x.__dlpack__(), lambda x: x.data])
def test_exported_memory_keeps_its_layout(call: Callable[[Tensor], Any]) -> None:
    x = filled(True)
    before = x.data_ptr()
    call(x)
    with pytest.raises(RuntimeError):
        x.view(-1)
    assert x.data_ptr() == before
