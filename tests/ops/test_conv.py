"""Convolutions: adjointness, the defining formula of the input's gradient, padding, layouts, dtypes, errors."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest

import autograd
import nn.functional as F
from autograd.geometry import conv_geometry
from autograd.gradcheck import gradcheck, gradgradcheck
from autograd.ops.conv import Conv, ConvInput, ConvWeight
from autograd.tensor import Tensor
from tests.references.conv import conv_input, conv_weight
from tests.references.conv_formula import conv_input_by_correlation

rng = np.random.default_rng(7)
SIZE = {1: (9,), 2: (8, 7), 3: (5, 6, 5)}
KERNEL = {1: (3,), 2: (3, 2), 3: (2, 3, 2)}
SETTINGS = list(product((1, 2, 3), (0, 1, "full", "pairs"), (1, 2), (1, 2)))


def draw(*shape: int, dtype: Any = np.float64) -> Tensor:
    return Tensor(np.asarray(rng.standard_normal(shape), dtype), None)


def problem(rank: int, stride: int, padding: Any, dilation: int, groups: int) -> Any:
    """Input, kernel, cotangent and geometry."""
    if padding == "pairs":
        padding = ((0, 2), (3, 1), (1, 0))[:rank]
    geometry = conv_geometry(SIZE[rank], KERNEL[rank], stride, padding, dilation, groups)
    x, w = draw(2, 4, *SIZE[rank]), draw(6, 4 // groups, *KERNEL[rank])
    return x, w, draw(2, 6, *geometry.output), geometry


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize(("stride", "padding", "dilation", "groups"), SETTINGS)
def test_the_three_nodes_are_derivatives_of_one_trilinear_form(
    rank: int, stride: int, padding: Any, dilation: int, groups: int
) -> None:
    x, w, g, geometry = problem(rank, stride, padding, dilation, groups)
    form = float((Conv.apply(x, w, geometry=geometry) * g).sum())
    assert float((ConvInput.apply(g, w, geometry=geometry) * x).sum()) == pytest.approx(form, rel=1e-11, abs=1e-11)
    assert float((ConvWeight.apply(x, g, geometry=geometry) * w).sum()) == pytest.approx(form, rel=1e-11, abs=1e-11)


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize(("stride", "padding", "dilation", "groups"), SETTINGS)
def test_gradients_equal_their_defining_formulas(
    rank: int, stride: int, padding: Any, dilation: int, groups: int
) -> None:
    x, w, g, geometry = problem(rank, stride, padding, dilation, groups)
    x.requires_grad_()
    w.requires_grad_()
    dx, dw = autograd.grad(Conv.apply(x, w, geometry=geometry), (x, w), g)
    how = (geometry.stride, geometry.padding, geometry.dilation, groups)
    arrays = g.numpy(), w.detach().numpy()
    np.testing.assert_allclose(dx.numpy(), conv_input_by_correlation(*arrays, geometry.size, *how), atol=1e-12)
    np.testing.assert_allclose(dx.numpy(), conv_input(*arrays, geometry.size, *how), atol=1e-12)
    np.testing.assert_allclose(
        dw.numpy(), conv_weight(x.detach().numpy(), arrays[0], geometry.kernel, *how), atol=1e-12
    )


def test_gradients_of_third_order() -> None:
    x, w = draw(1, 1, 4, 3).requires_grad_(), draw(2, 1, 2, 2).requires_grad_()

    @autograd.enable_grad()
    def slope(x: Tensor, w: Tensor) -> Tensor:
        y = F.conv2d(x, w)
        return autograd.grad((y * y * y).sum(), x, create_graph=True)[0]

    assert gradcheck(slope, (x, w))
    assert gradgradcheck(slope, (x, w))


def test_only_the_bias_needs_a_gradient() -> None:
    b = draw(3).requires_grad_()
    F.conv2d(draw(2, 2, 4, 4), draw(3, 2, 3, 3), b).sum().backward()
    np.testing.assert_allclose(b.grad.numpy(), np.full(3, 8.0))


@pytest.mark.parametrize("name", ["conv2d", "conv_transpose2d"])
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_dtypes(name: str, dtype: Any) -> None:
    x, w, b = draw(2, 3, 6, 6, dtype=dtype), draw(3, 3, 3, 3, dtype=dtype), draw(3, dtype=dtype)
    leaves = [t.requires_grad_() for t in (x, w, b)]
    out = getattr(F, name)(*leaves)
    wide = getattr(F, name)(*(t.detach().double() for t in leaves))
    assert out.dtype == x.dtype
    tolerance = {np.float16: 2e-2, np.float32: 1e-5, np.float64: 1e-13}[dtype]
    np.testing.assert_allclose(out.detach().numpy(), wide.numpy(), atol=tolerance * float(wide.abs().max()))
    out.backward(Tensor(np.ones(out.shape, dtype), None))
    assert all(t.grad.dtype == t.dtype for t in leaves)


def test_memory_order_of_the_operands_does_not_matter() -> None:
    x, w = draw(2, 3, 6, 5), draw(4, 3, 3, 3)
    expected = F.conv2d(x, w).numpy()
    for t in (x.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2), draw(2, 3, 6, 10)[..., ::2] * 0 + x):
        np.testing.assert_allclose(F.conv2d(t, w).numpy(), expected, rtol=1e-13)
    turned = w.permute(3, 2, 1, 0).contiguous().permute(3, 2, 1, 0)
    np.testing.assert_allclose(F.conv2d(x, turned).numpy(), expected, rtol=1e-13)


def test_a_view_of_the_output_works() -> None:
    out = F.conv2d(draw(2, 3, 6, 5), draw(4, 3, 3, 3))
    flat = out.view(2, -1)
    np.testing.assert_array_equal(flat.numpy(), out.numpy().reshape(2, -1))


def test_settings_may_be_lists() -> None:
    x, w = draw(1, 2, 6, 6), draw(3, 2, 3, 3)
    listed = F.conv2d(x, w, None, [2, 1], [1, 0], [1, 1])
    np.testing.assert_array_equal(listed.numpy(), F.conv2d(x, w, None, (2, 1), (1, 0), (1, 1)).numpy())
    np.testing.assert_array_equal(
        F.conv2d(x, w, padding=[[0, 1], [2, 0]]).numpy(), F.conv2d(F.pad(x, (2, 0, 0, 1)), w).numpy()
    )


def test_errors_name_shapes_rule_and_fix() -> None:
    with pytest.raises(RuntimeError, match=r"expected input.* to have 3 channels, but got 4 channels") as error:
        F.conv2d(draw(1, 4, 5, 5), draw(2, 3, 3, 3))
    text = str(error.value)
    for part in ("op:     conv2d", "input [1, 4, 5, 5], weight [2, 3, 3, 3]", "rule:", "fix:"):
        assert part in text
    with pytest.raises(RuntimeError, match="expected one kernel for each output position"):
        F.locally_connected2d(draw(1, 2, 5, 5), draw(2, 3, 4, 2, 3, 3))
    with pytest.raises(RuntimeError, match="expected a weight with 6 dimensions"):
        F.tiled_conv2d(draw(1, 2, 5, 5), draw(4, 2, 3, 3))
    with pytest.raises(RuntimeError, match="divisible by pool_size"):
        F.maxout(draw(1, 5, 3, 3), 2)


def test_unfold_and_fold_are_adjoint() -> None:
    x = draw(2, 3, 7, 6)
    how = {"kernel_size": (3, 2), "dilation": (1, 2), "padding": (1, 0), "stride": (2, 1)}
    columns = F.unfold(x, **how)
    u = draw(*columns.shape)
    assert float((columns * u).sum()) == pytest.approx(float((x * F.fold(u, (7, 6), **how)).sum()), rel=1e-12)
