"""What layers do that no comparison with another library shows: lazy sizes, unshared kernels, refusals, dropout."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest

import autograd
import nn
from tests.references import conv_extra

RNG = np.random.default_rng(0)


def t(*shape: int) -> autograd.Tensor:
    return autograd.from_numpy(RNG.standard_normal(shape))


LAZY = [
    ("LazyLinear", (4,), {}, (2, 3), {"in_features": 3}),
    ("LazyConv1d", (4, 3), {"bias": False}, (2, 3, 7), {"in_channels": 3}),
    ("LazyConv2d", (4, 3), {"groups": 2}, (6, 7, 7), {"in_channels": 6}),
    ("LazyConv3d", (4, 2), {}, (2, 3, 3, 3, 3), {"in_channels": 3}),
    ("LazyConvTranspose1d", (4, 3), {}, (2, 3, 7), {"in_channels": 3}),
    ("LazyConvTranspose2d", (4, 3), {"groups": 2}, (2, 6, 4, 4), {"in_channels": 6}),
    ("LazyConvTranspose3d", (4, 2), {}, (2, 3, 3, 3, 3), {"in_channels": 3}),
    ("LazyBatchNorm1d", (), {}, (4, 3), {"num_features": 3}),
    ("LazyBatchNorm2d", (), {"affine": False}, (4, 3, 2, 2), {"num_features": 3}),
    ("LazyBatchNorm3d", (), {"bias": False}, (4, 3, 2, 2, 2), {"num_features": 3}),
    ("LazyInstanceNorm1d", (), {}, (4, 3, 5), {"num_features": 3}),
    ("LazyInstanceNorm2d", (), {"track_running_stats": False}, (4, 3, 2, 2), {"num_features": 3}),
    ("LazyInstanceNorm3d", (), {}, (4, 3, 2, 2, 2), {"num_features": 3}),
]


@pytest.mark.parametrize(("name", "args", "kwargs", "shape", "sizes"), LAZY, ids=[case[0] for case in LAZY])
class TestLazy:
    def build(self, name: str, args: Any, kwargs: Any) -> Any:
        return getattr(nn, name)(*args, **kwargs, dtype=autograd.float64)

    def test_becomes_the_ordinary_layer(self, name: str, args: Any, kwargs: Any, shape: Any, sizes: Any) -> None:
        lazy = self.build(name, args, kwargs)
        parameters = list(lazy.parameters())
        twin = copy.deepcopy(lazy)
        y = lazy(t(*shape))
        assert type(lazy) is getattr(nn, name.removeprefix("Lazy"))
        assert {key: getattr(lazy, key) for key in sizes} == sizes
        assert all(one is other for one, other in zip(parameters, lazy.parameters(), strict=True))
        ordinary = getattr(nn, name.removeprefix("Lazy"))(*sizes.values(), *args, **kwargs, dtype=autograd.float64)
        if "Instance" in name:
            ordinary = type(ordinary)(3, affine=True, track_running_stats=kwargs.get("track_running_stats", True))
        assert repr(lazy) == repr(ordinary)
        assert list(lazy.state_dict()) == list(ordinary.state_dict())
        assert y.requires_grad == bool(parameters)
        assert type(twin) is getattr(nn, name)

    def test_takes_sizes_from_a_state(self, name: str, args: Any, kwargs: Any, shape: Any, sizes: Any) -> None:
        source, target = self.build(name, args, kwargs), self.build(name, args, kwargs)
        x = t(*shape)
        source.eval(), target.eval()
        expected = source(x)
        target.load_state_dict(source.state_dict())
        assert type(target) is getattr(nn, name)
        np.testing.assert_array_equal(target(x).detach().numpy(), expected.detach().numpy())
        assert {key: getattr(target, key) for key in sizes} == sizes

    def test_state_before_the_first_input(self, name: str, args: Any, kwargs: Any, shape: Any, sizes: Any) -> None:
        lazy = self.build(name, args, kwargs)
        self.build(name, args, kwargs).load_state_dict(lazy.state_dict())
        back = pickle.loads(pickle.dumps(lazy))
        assert type(back(t(*shape))) is autograd.Tensor


def test_lazy_refusals() -> None:
    with pytest.raises(RuntimeError, match=r"Expected 3D \(unbatched\) or 4D \(batched\) input to LazyConv2d"):
        nn.LazyConv2d(2, 3)(t(3, 3))
    with pytest.raises(ValueError, match="in_channels must be divisible by groups"):
        nn.LazyConv1d(2, 3, groups=2)(t(3, 7))
    with pytest.raises(RuntimeError, match="is uninitialized in the checkpoint"):
        nn.Linear(2, 2).load_state_dict(nn.LazyLinear(2).state_dict())


@pytest.mark.parametrize("padding", [0, 1, "full", ((0, 2), (1, 0))])
class TestPaddingBeyondNumbers:
    def test_convolution(self, padding: Any) -> None:
        layer = nn.Conv2d(2, 3, (3, 2), padding=padding, dtype=autograd.float64)
        x = t(2, 2, 5, 4)
        weight, bias = layer.weight.detach().numpy(), layer.bias.detach().numpy()
        expected = conv_extra.tiled_conv(x.numpy(), weight[None, None], bias, padding=padding)
        np.testing.assert_allclose(layer(x).detach().numpy(), expected, 1e-12, 1e-12)

    def test_true_convolution(self, padding: Any) -> None:
        layer = nn.TrueConv2d(2, 3, (3, 2), padding=padding, dtype=autograd.float64)
        x = t(2, 2, 5, 4)
        weight, bias = layer.weight.detach().numpy(), layer.bias.detach().numpy()
        expected = conv_extra.true_conv(x.numpy(), weight, bias, padding=padding)
        np.testing.assert_allclose(layer(x).detach().numpy(), expected, 1e-12, 1e-12)

    def test_modes_fill_the_same_border(self, padding: Any) -> None:
        circular = nn.Conv2d(2, 3, (3, 2), padding=padding, padding_mode="circular", dtype=autograd.float64)
        x = t(2, 2, 5, 4)
        plain = nn.Conv2d(2, 3, (3, 2), padding=padding, dtype=autograd.float64)
        assert circular(x).shape == plain(x).shape


class TestUnshared:
    def test_locally_connected(self) -> None:
        layer = nn.LocallyConnected2d(2, 4, (3, 2), (3, 2), stride=2, padding=1, groups=2, dtype=autograd.float64)
        assert layer.weight.shape == (3, 2, 4, 1, 3, 2)
        assert layer.bias.shape == (4, 3, 2)
        x = t(2, 2, 5, 3)
        weight, bias = layer.weight.detach().numpy(), layer.bias.detach().numpy()
        expected = conv_extra.locally_connected(x.numpy(), weight, bias, stride=2, padding=1, groups=2)
        np.testing.assert_allclose(layer(x).detach().numpy(), expected, 1e-12, 1e-12)

    def test_tiled(self) -> None:
        layer = nn.TiledConv2d(2, 3, 2, (2, 1), bias=False, dtype=autograd.float64)
        x = t(2, 2, 5, 4)
        expected = conv_extra.tiled_conv(x.numpy(), layer.weight.detach().numpy())
        np.testing.assert_allclose(layer(x).detach().numpy(), expected, 1e-12, 1e-12)
        assert "tiles=(2, 1)" in repr(layer)

    def test_maxout(self) -> None:
        x = t(2, 6, 3)
        np.testing.assert_array_equal(nn.Maxout(3)(x).numpy(), conv_extra.maxout(x.numpy(), 3))


class TestDropout:
    @pytest.mark.parametrize(("name", "shape"), [("Dropout", (200, 50)), ("Dropout2d", (200, 50, 2, 2))])
    def test_scales_what_it_keeps(self, name: str, shape: tuple[int, ...]) -> None:
        autograd.manual_seed(0)
        layer = getattr(nn, name)(0.25)
        out = layer(autograd.ones(shape)).numpy().reshape(200, 50, -1)
        np.testing.assert_allclose(np.unique(out), [0, 1 / 0.75], 1e-6)
        assert (out == out[..., :1]).all()
        assert abs((out == 0).mean() - 0.25) < 0.03
        assert (layer.eval()(autograd.ones(shape)).numpy() == 1).all()


class TestBatchNorm:
    def test_epsilon_beside_the_deviation(self) -> None:
        x = t(8, 3)
        layer = nn.BatchNorm1d(3, eps=0.5, eps_mode="std", dtype=autograd.float64)
        expected = (x.numpy() - x.numpy().mean(0)) / (x.numpy().std(0) + 0.5)
        np.testing.assert_allclose(layer(x).detach().numpy(), expected, 1e-12, 1e-12)
        assert repr(layer).endswith("track_running_stats=True, eps_mode='std')")
        running = layer.running_var.numpy()
        expected = (x.numpy() - layer.running_mean.numpy()) / (np.sqrt(running) + 0.5)
        np.testing.assert_allclose(layer.eval()(x).detach().numpy(), expected, 1e-12, 1e-12)

    def test_cumulative_average(self) -> None:
        layer = nn.BatchNorm1d(2, momentum=None, dtype=autograd.float64)
        batches = [t(5, 2) for _ in range(3)]
        for batch in batches:
            layer(batch)
        np.testing.assert_allclose(layer.running_mean.numpy(), np.mean([b.numpy().mean(0) for b in batches], 0))
        assert layer.num_batches_tracked.item() == 3
        layer.reset_running_stats()
        assert (layer.num_batches_tracked.item(), layer.running_var.tolist()) == (0, [1.0, 1.0])

    def test_instance_norm_reports_channels(self) -> None:
        with pytest.warns(UserWarning, match="does not match num_features"):
            nn.InstanceNorm1d(5)(t(2, 3, 4))


def test_embedding_from_pretrained() -> None:
    table = t(4, 3)
    layer = nn.Embedding.from_pretrained(table, padding_idx=1)
    assert not layer.weight.requires_grad
    np.testing.assert_array_equal(layer(autograd.tensor([3, 1])).numpy(), table.numpy()[[3, 1]])
    assert nn.Embedding.from_pretrained(table, freeze=False).weight.requires_grad


REFUSALS = [
    (lambda: nn.Conv2d(3, 4, 3, groups=2), ValueError, "in_channels must be divisible by groups"),
    (lambda: nn.Conv2d(4, 3, 3, groups=2), ValueError, "out_channels must be divisible by groups"),
    (lambda: nn.Conv2d(4, 3, 3, groups=0), ValueError, "groups must be a positive integer"),
    (lambda: nn.Conv2d(4, 3, 3, padding="all"), ValueError, "Invalid padding string 'all'"),
    (lambda: nn.Conv2d(4, 3, 3, 2, padding="same"), ValueError, "padding='same' is not supported for strided"),
    (lambda: nn.Conv2d(4, 3, 3, padding_mode="mirror"), ValueError, "padding_mode must be one of"),
    (lambda: nn.Conv2d(4, 3, 1.5), TypeError, "'kernel_size' must be tuple of ints"),
    (
        lambda: nn.Conv2d(4, 3, (1, 2, 3)),
        ValueError,
        "expected kernel_size to be a single integer value or a list of 2",
    ),
    (lambda: nn.Conv1d(4.0, 3, 1), TypeError, "argument 'size' must be tuple of ints"),
    (lambda: nn.ConvTranspose1d(2, 2, 2, padding_mode="reflect"), ValueError, 'Only "zeros" padding mode is supported'),
    (lambda: nn.ConvTranspose1d(2, 2, 2)(t(2, 4), [9]), ValueError, "requested an output size of"),
    (lambda: nn.ConvTranspose1d(2, 2, 2)(t(2, 4), [5, 5, 5]), ValueError, "output_size must have 1 or 2 elements"),
    (lambda: nn.Linear(3, -1), RuntimeError, "Trying to create tensor with negative dimension -1"),
    (lambda: nn.Linear(7 / 2, 3), TypeError, "n // 2, not n / 2"),
    (lambda: nn.Linear(3, 2)(t(2, 4).float()), RuntimeError, "shapes cannot be multiplied"),
    (lambda: nn.Bilinear(0, 1, 1), ValueError, "in1_features must be > 0"),
    (lambda: nn.Dropout(1.5), ValueError, "dropout probability has to be between 0 and 1, but got 1.5"),
    (lambda: nn.Dropout2d(float("nan")), ValueError, "dropout probability has to be between 0 and 1, but got nan"),
    (lambda: nn.GroupNorm(4, 6), ValueError, "must be divisible by num_groups"),
    (lambda: nn.GroupNorm(0, 6), ValueError, "must be divisible by num_groups"),
    (lambda: nn.BatchNorm2d(3)(t(2, 3)), ValueError, r"expected 4D input \(got 2D input\)"),
    (lambda: nn.BatchNorm1d(3)(t(2, 3, 4, 5)), ValueError, r"expected 2D or 3D input \(got 4D input\)"),
    (lambda: nn.BatchNorm1d(3, eps_mode="max"), ValueError, "eps_mode must be"),
    (lambda: nn.InstanceNorm1d(5, affine=True)(t(2, 3, 4)), ValueError, "to match num_features"),
    (lambda: nn.Hardtanh(1.0, 0.0), AssertionError, "must be greater than min_val"),
    (lambda: nn.Softmax2d()(t(2, 2)), ValueError, "expected input to be 3D or 4D, got 2D instead"),
    (lambda: nn.Unflatten(1, 6), TypeError, "unflattened_size must be a tuple of ints"),
    (lambda: nn.Unflatten(1, (2, 3.0)), TypeError, "found element of type float at pos 1"),
    (lambda: nn.ReflectionPad2d((1, 2, 3)), ValueError, "padding"),
    (lambda: nn.CircularPad1d(1)(t(2)), ValueError, "expected 2D or 3D input"),
    (lambda: nn.Embedding(3, 2, padding_idx=3), AssertionError, "Padding_idx must be within num_embeddings"),
    (lambda: nn.Embedding(3, 2, _weight=t(2, 2)), AssertionError, "Shape of weight does not match"),
    (lambda: nn.Embedding.from_pretrained(t(2)), AssertionError, "expected to be 2-dimensional"),
    (lambda: nn.HuberLoss(delta="1"), TypeError, "delta must be a float or int"),
    (lambda: nn.MultiMarginLoss(p=3), ValueError, "only p == 1 and p == 2 supported"),
    (lambda: nn.MultiMarginLoss(weight=t(2, 2)), ValueError, "expected weight to be None or 1D tensor, got 2D"),
    (lambda: nn.TripletMarginLoss(margin=0), ValueError, "expected margin to be greater than 0, got 0"),
    (lambda: nn.Maxout(0), ValueError, "pool_size must be at least 1"),
    (lambda: nn.TiledConv2d(1, 1, 1, 0), ValueError, "tiles must be at least 1"),
]


@pytest.mark.parametrize(("act", "error", "phrase"), REFUSALS)
def test_refusals(act: Any, error: type[Exception], phrase: str) -> None:
    with pytest.raises(error, match=phrase):
        act()


@pytest.mark.parametrize(
    "arguments", [{"size_average": False}, {"reduce": False}, {"size_average": True, "reduce": True}]
)
def test_deprecated_reductions(arguments: dict[str, bool]) -> None:
    with pytest.warns(UserWarning, match="please use reduction='"):
        loss = nn.MSELoss(**arguments)
    expected = {"size_average": "sum", "reduce": "none"}[next(iter(arguments))] if len(arguments) == 1 else "mean"
    assert loss.reduction == expected
