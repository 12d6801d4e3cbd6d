"""Gradient clipping, vectors of parameters, fusion, weight and spectral normalisation, parametrizations."""

from __future__ import annotations

import copy
import math
from typing import Any

import numpy as np
import pytest

import autograd
import nn
from nn.utils import parametrizations, parametrize


def with_gradients(*gradients: list[float]) -> list[nn.Parameter]:
    parameters = []
    for gradient in gradients:
        parameter = nn.Parameter(autograd.zeros(len(gradient)))
        parameter.grad = autograd.tensor(gradient)
        parameters.append(parameter)
    return [*parameters, nn.Parameter(autograd.zeros(1))]


class TestClipping:
    @pytest.mark.parametrize(("order", "norm"), [(2.0, 5.0), (1.0, 7.0), (math.inf, 4.0), (3, 91 ** (1 / 3))])
    def test_norm(self, order: float, norm: float) -> None:
        parameters = with_gradients([3.0], [0.0, -4.0])
        total = nn.utils.clip_grad_norm_(iter(parameters), 1.0, order)
        assert total.item() == pytest.approx(norm)
        assert parameters[0].grad.item() == pytest.approx(3 / norm, rel=1e-5)
        assert parameters[1].grad.tolist() == pytest.approx([0, -4 / norm], rel=1e-5)

    def test_small_gradients_stay(self) -> None:
        (parameter, _) = with_gradients([3.0])
        nn.utils.clip_grad_norm_(parameter, 10.0)
        assert parameter.grad.tolist() == [3.0]

    def test_not_finite(self) -> None:
        parameters = with_gradients([math.nan])
        assert math.isnan(nn.utils.clip_grad_norm_(parameters, 1.0).item())
        with pytest.raises(RuntimeError, match="is non-finite, so it cannot be clipped"):
            nn.utils.clip_grad_norm_(parameters, 1.0, error_if_nonfinite=True)

    def test_nothing_to_clip(self) -> None:
        assert nn.utils.clip_grad_norm_([], 1.0).item() == 0
        assert nn.utils.get_total_norm([]).item() == 0
        with pytest.warns(UserWarning, match="empty generator"):
            nn.utils.clip_grad_norm_(iter(()), 1.0)

    def test_value(self) -> None:
        parameters = with_gradients([3.0, -0.5, -4.0])
        nn.utils.clip_grad_value_(parameters, 1)
        assert parameters[0].grad.tolist() == [1.0, -0.5, -1.0]


class TestVectors:
    def test_round_trip(self) -> None:
        m = nn.Linear(2, 3)
        vector = nn.utils.parameters_to_vector(m.parameters())
        assert vector.shape == (9,)
        assert vector.requires_grad
        nn.utils.vector_to_parameters(autograd.arange(9.0), m.parameters())
        assert m.weight.tolist() == [[0, 1], [2, 3], [4, 5]]
        assert m.bias.tolist() == [6, 7, 8]
        assert isinstance(m.weight, nn.Parameter)

    def test_refusals(self) -> None:
        with pytest.raises(TypeError, match="expected Tensor, but got: list"):
            nn.utils.vector_to_parameters([1.0], [])  # type: ignore[arg-type]
        with pytest.raises(ValueError, match="the vector has 3 elements, the parameters have 9"):
            nn.utils.vector_to_parameters(autograd.zeros(3), nn.Linear(2, 3).parameters())


def normalised(bn: nn.Module) -> nn.Module:
    """A normalisation in evaluation with arbitrary statistics."""
    for value in (*bn.parameters(), *bn.buffers()):
        if value.dtype.is_floating_point:
            nn.init.uniform_(value, 0.5, 2.0)
    return bn.eval()


class TestFusion:
    @pytest.mark.parametrize("bias", [True, False])
    @pytest.mark.parametrize("affine", [True, False])
    def test_convolution(self, bias: bool, affine: bool) -> None:
        conv = nn.Conv2d(3, 4, 2, bias=bias).double().eval()
        bn = normalised(nn.BatchNorm2d(4, affine=affine).double())
        x = autograd.randn(2, 3, 5, 5, dtype=autograd.float64)
        fused = nn.utils.fuse_conv_bn_eval(conv, bn)
        assert isinstance(fused.weight, nn.Parameter)
        np.testing.assert_allclose(fused(x).detach().numpy(), bn(conv(x)).detach().numpy(), 1e-12, 1e-12)

    def test_transposed(self) -> None:
        conv, bn = nn.ConvTranspose1d(3, 4, 2).double().eval(), normalised(nn.BatchNorm1d(4).double())
        x = autograd.randn(2, 3, 5, dtype=autograd.float64)
        fused = nn.utils.fuse_conv_bn_eval(conv, bn, transpose=True)
        np.testing.assert_allclose(fused(x).detach().numpy(), bn(conv(x)).detach().numpy(), 1e-12, 1e-12)

    def test_linear(self) -> None:
        linear, bn = nn.Linear(3, 4).double().eval(), normalised(nn.BatchNorm1d(4).double())
        x = autograd.randn(2, 3, dtype=autograd.float64)
        fused = nn.utils.fuse_linear_bn_eval(linear, bn)
        np.testing.assert_allclose(fused(x).detach().numpy(), bn(linear(x)).detach().numpy(), 1e-12, 1e-12)

    def test_refusals(self) -> None:
        conv, bn = nn.Conv2d(3, 4, 2), nn.BatchNorm2d(4)
        with pytest.raises(AssertionError, match="Fusion only for eval!"):
            nn.utils.fuse_conv_bn_eval(conv, bn.eval())
        with pytest.raises(AssertionError, match="must not be None"):
            nn.utils.fuse_conv_bn_eval(conv.eval(), nn.BatchNorm2d(4, track_running_stats=False).eval())
        with pytest.raises(AssertionError, match=r"linear\.out_features == bn\.num_features"):
            nn.utils.fuse_linear_bn_eval(nn.Linear(2, 3).eval(), nn.BatchNorm1d(4).eval())


def largest_singular_value(weight: Any, axis: int = 0) -> float:
    matrix = np.moveaxis(weight.detach().numpy(), axis, 0)
    return float(np.linalg.svd(matrix.reshape(len(matrix), -1), compute_uv=False)[0])


class TestReparametrization:
    @pytest.mark.parametrize("dim", [0, 1, None])
    @pytest.mark.parametrize("apply", [nn.utils.weight_norm, parametrizations.weight_norm])
    def test_weight_norm(self, apply: Any, dim: int | None) -> None:
        m = nn.Conv1d(2, 3, 4)
        before = m.weight.detach().numpy().copy()
        x = autograd.randn(1, 2, 6)
        expected = m(x)
        apply(m, dim=dim)
        np.testing.assert_allclose(m.weight.detach().numpy(), before, 1e-6, 1e-7)
        np.testing.assert_allclose(m(x).detach().numpy(), expected.detach().numpy(), 1e-5, 1e-6)
        assert len(list(m.parameters())) == 3
        magnitude = m.weight_g if apply is nn.utils.weight_norm else m.parametrizations.weight.original0
        assert magnitude.numel() == {0: 3, 1: 2, None: 1}[dim]
        m(x).sum().backward()
        assert all(p.grad is not None for p in m.parameters())

    def test_weight_norm_follows_its_parts(self) -> None:
        m = nn.utils.weight_norm(nn.Linear(2, 2, bias=False))
        with autograd.no_grad():
            m.weight_g.mul_(2)
        x = autograd.randn(1, 2)
        twice = m(x)
        nn.utils.remove_weight_norm(m)
        assert list(m.state_dict()) == ["weight"]
        np.testing.assert_allclose(m(x).detach().numpy(), twice.detach().numpy(), 1e-6)
        with pytest.raises(ValueError, match="weight_norm of 'weight' not found"):
            nn.utils.remove_weight_norm(m)

    @pytest.mark.parametrize("apply", [nn.utils.spectral_norm, parametrizations.spectral_norm])
    @pytest.mark.parametrize(("kind", "axis"), [(nn.Conv2d, 0), (nn.ConvTranspose2d, 1)])
    def test_spectral_norm(self, apply: Any, kind: Any, axis: int) -> None:
        autograd.manual_seed(0)
        m = apply(kind(3, 4, 2, dtype=autograd.float64))
        x = autograd.randn(1, 3, 4, 4, dtype=autograd.float64)
        for _ in range(100):
            m(x)
        assert largest_singular_value(m.weight, axis) == pytest.approx(1, rel=1e-6)
        m.eval()
        before = m(x)
        np.testing.assert_array_equal(m(x).detach().numpy(), before.detach().numpy())
        m(x).sum().backward()
        assert len(list(m.parameters())) == 2
        assert all(p.grad is not None for p in m.parameters())

    def test_spectral_norm_state(self) -> None:
        m = nn.utils.spectral_norm(nn.Linear(2, 3))
        assert list(m.state_dict()) == ["bias", "weight_orig", "weight_u", "weight_v"]
        twin = nn.utils.spectral_norm(nn.Linear(2, 3))
        twin.load_state_dict(m.state_dict())
        x = autograd.randn(1, 2)
        np.testing.assert_array_equal(m.eval()(x).detach().numpy(), twin.eval()(x).detach().numpy())
        nn.utils.remove_spectral_norm(m)
        assert list(m.state_dict()) == ["bias", "weight"]

    def test_refusals(self) -> None:
        m = nn.utils.weight_norm(nn.utils.spectral_norm(nn.Linear(2, 2)), "bias")
        with pytest.raises(RuntimeError, match="Cannot register two weight_norm hooks"):
            nn.utils.weight_norm(m, "bias")
        with pytest.raises(RuntimeError, match="Cannot register two spectral_norm hooks"):
            nn.utils.spectral_norm(m)
        with pytest.raises(ValueError, match="no initialised parameter 'other'"):
            nn.utils.weight_norm(m, "other")
        with pytest.raises(ValueError, match="no initialised parameter 'weight'"):
            nn.utils.spectral_norm(nn.LazyLinear(2))
        for apply in (nn.utils.spectral_norm, parametrizations.spectral_norm):
            with pytest.raises(ValueError, match="Expected n_power_iterations to be positive"):
                apply(nn.Linear(2, 2), n_power_iterations=0)
        with pytest.raises(ValueError, match="has no parameter or buffer with name 'other'"):
            parametrizations.spectral_norm(m, "other")
        with pytest.raises(IndexError, match="Dimension out of range"):
            parametrizations.spectral_norm(nn.Linear(2, 2), dim=2)


class Exponential(nn.Module):
    def forward(self, x: Any) -> Any:
        return x.exp()

    def right_inverse(self, y: Any) -> Any:
        return y.log()


class Doubled(nn.Module):
    def forward(self, x: Any) -> Any:
        return x * 2


class TestParametrize:
    def test_attribute_is_computed_and_assignable(self) -> None:
        m = nn.Linear(2, 2)
        m.weight = nn.Parameter(autograd.full((2, 2), 3.0))
        parametrize.register_parametrization(m, "weight", Exponential())
        assert type(m).__name__ == "ParametrizedLinear"
        assert isinstance(m, nn.Linear)
        assert list(m.state_dict()) == ["bias", "parametrizations.weight.original"]
        np.testing.assert_allclose(m.weight.detach().numpy(), 3.0, 1e-6)
        m.weight = autograd.full((2, 2), 5.0)
        np.testing.assert_allclose(m.parametrizations.weight.original.detach().numpy(), math.log(5), 1e-6)
        parametrize.register_parametrization(m, "weight", Doubled())
        np.testing.assert_allclose(m.weight.detach().numpy(), 10.0, 1e-6)
        m(autograd.ones(1, 2)).sum().backward()
        assert m.parametrizations.weight.original.grad is not None

    @pytest.mark.parametrize("leave", [True, False])
    def test_removal(self, leave: bool) -> None:
        m = nn.Linear(2, 2)
        before = m.weight.detach().numpy().copy()
        parametrize.register_parametrization(m, "weight", Doubled())
        assert parametrize.is_parametrized(m)
        assert parametrize.is_parametrized(m, "weight")
        twin = copy.deepcopy(m)
        parametrize.remove_parametrizations(m, "weight", leave)
        assert type(m) is nn.Linear
        assert not parametrize.is_parametrized(m)
        np.testing.assert_array_equal(m.weight.detach().numpy(), before * (2 if leave else 1))
        assert sorted(m.state_dict()) == ["bias", "weight"]
        np.testing.assert_array_equal(twin.weight.detach().numpy(), before * 2)

    def test_buffers(self) -> None:
        m = nn.BatchNorm1d(2)
        parametrize.register_parametrization(m, "running_var", Doubled())
        assert m.running_var.tolist() == [2.0, 2.0]
        parametrize.remove_parametrizations(m, "running_var")
        assert m._buffers["running_var"].tolist() == [2.0, 2.0]

    def test_refusals(self) -> None:
        class Shorter(nn.Module):
            def forward(self, x: Any) -> Any:
                return x[:1]

        class Nothing(nn.Module):
            def forward(self, x: Any) -> Any:
                return None

        m = nn.Linear(2, 2)
        for bad, phrase in ((Shorter(), "may not change the shape"), (Nothing(), "must return a tensor. Got NoneType")):
            with pytest.raises(ValueError, match=phrase):
                parametrize.register_parametrization(m, "weight", bad)
        assert type(m) is nn.Linear
        with pytest.raises(ValueError, match="does not have a parameter, a buffer"):
            parametrize.register_parametrization(m, "other", Doubled())
        with pytest.raises(ValueError, match="does not have a parametrization on weight"):
            parametrize.remove_parametrizations(m, "weight")
        parametrizations.weight_norm(m)
        with pytest.raises(ValueError, match="Cannot leave unparametrized"):
            parametrize.remove_parametrizations(m, "weight", leave_parametrized=False)


def test_a_parametrization_without_inverse_is_not_assigned_to() -> None:
    class Upper(nn.Module):
        def forward(self, x):
            return x.triu()

    layer = parametrize.register_parametrization(nn.Linear(2, 2), "weight", Upper())
    with pytest.raises(RuntimeError, match="parametrization Upper does not implement right_inverse"):
        layer.weight = autograd.ones(2, 2)
