"""How tensors are written."""

from __future__ import annotations

import numpy as np
import pytest

import autograd


@pytest.mark.parametrize(
    ("tensor", "text"),
    [
        (autograd.tensor([1.0, 2.0]), "tensor([1., 2.])"),
        (autograd.tensor(2.5), "tensor(2.5000)"),
        (autograd.tensor([1, 20]), "tensor([ 1, 20])"),
        (autograd.tensor([1e-5, 1.0]), "tensor([1.0000e-05, 1.0000e+00])"),
        (autograd.tensor([float("nan"), 1.5]), "tensor([   nan, 1.5000])"),
        (autograd.tensor([True, False]), "tensor([ True, False])"),
        (autograd.tensor([1.0], dtype=autograd.float64), "tensor([1.], dtype=autograd.float64)"),
        (autograd.zeros(0, 3), "tensor([], size=(0, 3))"),
        (autograd.zeros(0, dtype=autograd.int64), "tensor([], dtype=autograd.int64)"),
        (autograd.ones(1, requires_grad=True), "tensor([1.], requires_grad=True)"),
        (autograd.ones(1, requires_grad=True) * 2, "tensor([2.], grad_fn=<MulBackward0>)"),
        (autograd.arange(2000), "tensor([   0,    1,    2,  ..., 1997, 1998, 1999])"),
    ],
)
def test_text(tensor: autograd.Tensor, text: str) -> None:
    assert repr(tensor) == text


def test_nested_brackets_and_wrapped_lines() -> None:
    text = repr(autograd.arange(60.0).reshape(2, 30))
    assert max(map(len, text.splitlines())) <= 80
    assert text.startswith("tensor([[ 0.,  1.,")
    assert repr(autograd.zeros(2, 1, 1)) == "tensor([[[0.]],\n\n        [[0.]]])"


def test_options_change_and_return() -> None:
    try:
        autograd.set_printoptions(precision=2, sci_mode=False)
        assert repr(autograd.tensor([0.123456])) == "tensor([0.12])"
        assert autograd.get_printoptions()["precision"] == 2
        autograd.set_printoptions(profile="full")
        assert "..." not in repr(autograd.arange(1500))
        with pytest.raises(ValueError, match="unknown print profile"):
            autograd.set_printoptions(profile="none")
    finally:
        autograd.set_printoptions(profile="default")


def test_numbers_are_formatted_as_numbers() -> None:
    assert f"{autograd.tensor(2.5):.1f}" == "2.5"
    assert f"{autograd.tensor([1.0])}" == "tensor([1.])"


def test_printing_leaves_the_tensor_alone() -> None:
    x = autograd.tensor(np.array([3.0, np.inf]), requires_grad=True)
    repr(x)
    assert x._version == 0
