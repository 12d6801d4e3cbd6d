"""Every layer calls its function with its own settings, each away from its default."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import autograd
import nn
from nn import functional as F

RNG = np.random.default_rng(0)


def t(*shape: int) -> autograd.Tensor:
    return autograd.from_numpy(RNG.uniform(-3, 3, shape))


def p(*shape: int) -> autograd.Tensor:
    return autograd.from_numpy(RNG.uniform(0.05, 0.95, shape))


CLASSES = autograd.tensor([2, 0, 3, 1, 2])
SIGNS = autograd.tensor([1.0, -1.0, 1.0, 1.0, -1.0], dtype=autograd.float64)
WEIGHT = p(4)

ACTIVATIONS = [
    (nn.ReLU(), F.relu, {}),
    (nn.ReLU6(), F.relu6, {}),
    (nn.LeakyReLU(0.3), F.leaky_relu, {"negative_slope": 0.3}),
    (nn.ELU(0.5), F.elu, {"alpha": 0.5}),
    (nn.CELU(0.5), F.celu, {"alpha": 0.5}),
    (nn.SELU(), F.selu, {}),
    (nn.GELU("tanh"), F.gelu, {"approximate": "tanh"}),
    (nn.SiLU(), F.silu, {}),
    (nn.Mish(), F.mish, {}),
    (nn.Sigmoid(), F.sigmoid, {}),
    (nn.Tanh(), F.tanh, {}),
    (nn.LogSigmoid(), F.logsigmoid, {}),
    (nn.Softplus(2.0, 1.0), F.softplus, {"beta": 2.0, "threshold": 1.0}),
    (nn.Softsign(), F.softsign, {}),
    (nn.Softshrink(1.0), F.softshrink, {"lambd": 1.0}),
    (nn.Hardshrink(1.0), F.hardshrink, {"lambd": 1.0}),
    (nn.Tanhshrink(), F.tanhshrink, {}),
    (nn.Hardtanh(-2.0, 0.5), F.hardtanh, {"min_val": -2.0, "max_val": 0.5}),
    (nn.Hardsigmoid(), F.hardsigmoid, {}),
    (nn.Hardswish(), F.hardswish, {}),
    (nn.Threshold(0.5, -3.0), F.threshold, {"threshold": 0.5, "value": -3.0}),
    (nn.RReLU(0.2, 0.6).eval(), F.leaky_relu, {"negative_slope": 0.4}),
    (nn.GLU(0), F.glu, {"dim": 0}),
    (nn.Softmax(0), F.softmax, {"dim": 0}),
    (nn.Softmin(0), F.softmin, {"dim": 0}),
    (nn.LogSoftmax(0), F.log_softmax, {"dim": 0}),
]

SHAPED = [
    (nn.MaxPool1d(3, 2, 1, 2, ceil_mode=True), F.max_pool1d, (3, 2, 1, 2, True), (2, 9)),
    (nn.MaxPool2d(3, 2, 1, 2, ceil_mode=True), F.max_pool2d, (3, 2, 1, 2, True), (2, 9, 8)),
    (nn.MaxPool3d(3, 2, 1, 1, ceil_mode=True), F.max_pool3d, (3, 2, 1, 1, True), (2, 4, 6, 5)),
    (nn.AvgPool1d(3, 2, 1, True, False), F.avg_pool1d, (3, 2, 1, True, False), (2, 8)),
    (nn.AvgPool2d(3, 2, 1, True, False, 5), F.avg_pool2d, (3, 2, 1, True, False, 5), (2, 8, 6)),
    (nn.AvgPool3d(3, 2, 1, True, False, 5), F.avg_pool3d, (3, 2, 1, True, False, 5), (2, 4, 6, 5)),
    (nn.LPPool1d(2, 3, 2, True), F.lp_pool1d, (2.0, 3, 2, True), (2, 8)),
    (nn.LPPool2d(2, 3, 2, True), F.lp_pool2d, (2.0, 3, 2, True), (2, 8, 6)),
    (nn.LPPool3d(2, 3, 2, True), F.lp_pool3d, (2.0, 3, 2, True), (2, 4, 6, 5)),
    (nn.AdaptiveAvgPool1d(3), F.adaptive_avg_pool1d, (3,), (2, 8)),
    (nn.AdaptiveAvgPool2d((3, None)), F.adaptive_avg_pool2d, ((3, None),), (2, 8, 6)),
    (nn.AdaptiveAvgPool3d(2), F.adaptive_avg_pool3d, (2,), (2, 4, 6, 5)),
    (nn.AdaptiveMaxPool1d(3), F.adaptive_max_pool1d, (3,), (2, 8)),
    (nn.AdaptiveMaxPool2d((3, None)), F.adaptive_max_pool2d, ((3, None),), (2, 8, 6)),
    (nn.AdaptiveMaxPool3d(2), F.adaptive_max_pool3d, (2,), (2, 4, 6, 5)),
    (nn.ConstantPad2d((1, 2, 0, 1), 5.0), F.pad, ((1, 2, 0, 1), "constant", 5.0), (2, 4, 3)),
    (nn.ZeroPad1d((1, 2)), F.pad, ((1, 2),), (2, 4)),
    (nn.ReflectionPad2d((1, 2, 0, 1)), F.pad, ((1, 2, 0, 1), "reflect"), (2, 4, 3)),
    (nn.ReplicationPad3d(1), F.pad, ((1,) * 6, "replicate"), (2, 4, 3, 2)),
    (nn.CircularPad1d((2, 1)), F.pad, ((2, 1), "circular"), (2, 4)),
    (nn.LocalResponseNorm(2, 0.1, 0.5, 2.0), F.local_response_norm, (2, 0.1, 0.5, 2.0), (2, 6, 4)),
    (nn.PixelShuffle(2), F.pixel_shuffle, (2,), (8, 2, 3)),
    (nn.PixelUnshuffle(2), F.pixel_unshuffle, (2,), (2, 4, 6)),
    (nn.ChannelShuffle(3), F.channel_shuffle, (3,), (2, 6, 2, 2)),
    (nn.Unfold((2, 3), 2, (1, 0), 2), F.unfold, ((2, 3), 2, (1, 0), 2), (2, 3, 5, 6)),
    (nn.Fold((4, 5), 2, 1, 1, (2, 1)), F.fold, ((4, 5), 2, 1, 1, (2, 1)), (2, 12, 18)),
    (nn.Upsample((5, 7), None, "bilinear", True), F.interpolate, ((5, 7), None, "bilinear", True), (2, 3, 4, 4)),
    (nn.UpsamplingNearest2d(scale_factor=2), F.interpolate, (None, 2.0), (2, 3, 4, 4)),
    (nn.UpsamplingBilinear2d((5, 7)), F.interpolate, ((5, 7), None, "bilinear", True), (2, 3, 4, 4)),
]

LOSSES = [
    (nn.L1Loss(reduction="sum"), F.l1_loss, (t(5, 4), t(5, 4)), {}),
    (nn.MSELoss(reduction="sum"), F.mse_loss, (t(5, 4), t(5, 4)), {}),
    (nn.SmoothL1Loss(reduction="sum", beta=2.0), F.smooth_l1_loss, (t(5, 4), t(5, 4)), {"beta": 2.0}),
    (nn.HuberLoss("sum", 0.5), F.huber_loss, (t(5, 4), t(5, 4)), {"delta": 0.5}),
    (nn.BCELoss(WEIGHT, reduction="sum"), F.binary_cross_entropy, (p(5, 4), p(5, 4)), {"weight": WEIGHT}),
    (
        nn.BCEWithLogitsLoss(WEIGHT, reduction="sum", pos_weight=WEIGHT * 2),
        F.binary_cross_entropy_with_logits,
        (t(5, 4), p(5, 4)),
        {"weight": WEIGHT, "pos_weight": WEIGHT * 2},
    ),
    (nn.KLDivLoss(reduction="sum", log_target=True), F.kl_div, (t(5, 4), t(5, 4)), {"log_target": True}),
    (
        nn.NLLLoss(WEIGHT, ignore_index=2, reduction="sum"),
        F.nll_loss,
        (t(5, 4), CLASSES),
        {"weight": WEIGHT, "ignore_index": 2},
    ),
    (
        nn.CrossEntropyLoss(WEIGHT, ignore_index=2, reduction="sum", label_smoothing=0.3),
        F.cross_entropy,
        (t(5, 4), CLASSES),
        {"weight": WEIGHT, "ignore_index": 2, "label_smoothing": 0.3},
    ),
    (
        nn.PoissonNLLLoss(False, True, eps=0.1, reduction="sum"),
        F.poisson_nll_loss,
        (p(5), p(5) * 4),
        {"log_input": False, "full": True, "eps": 0.1},
    ),
    (
        nn.GaussianNLLLoss(full=True, eps=0.5, reduction="sum"),
        F.gaussian_nll_loss,
        (t(5), t(5), p(5)),
        {"full": True, "eps": 0.5},
    ),
    (nn.SoftMarginLoss(reduction="sum"), F.soft_margin_loss, (t(5), SIGNS), {}),
    (nn.HingeEmbeddingLoss(2.0, reduction="sum"), F.hinge_embedding_loss, (t(5), SIGNS), {"margin": 2.0}),
    (nn.MarginRankingLoss(2.0, reduction="sum"), F.margin_ranking_loss, (t(5), t(5), SIGNS), {"margin": 2.0}),
    (nn.CosineEmbeddingLoss(0.3, reduction="sum"), F.cosine_embedding_loss, (t(5, 4), t(5, 4), SIGNS), {"margin": 0.3}),
    (
        nn.MultiLabelMarginLoss(reduction="sum"),
        F.multilabel_margin_loss,
        (t(2, 4), autograd.tensor([[2, 0, -1, 1], [3, -1, 0, 1]])),
        {},
    ),
    (
        nn.MultiLabelSoftMarginLoss(WEIGHT, reduction="sum"),
        F.multilabel_soft_margin_loss,
        (t(5, 4), p(5, 4)),
        {"weight": WEIGHT},
    ),
    (
        nn.MultiMarginLoss(2, 0.5, WEIGHT, reduction="sum"),
        F.multi_margin_loss,
        (t(5, 4), CLASSES),
        {"p": 2, "margin": 0.5, "weight": WEIGHT},
    ),
    (
        nn.TripletMarginLoss(2.0, 1.0, 1e-2, True, reduction="sum"),
        F.triplet_margin_loss,
        (t(5, 4), t(5, 4), t(5, 4)),
        {"margin": 2.0, "p": 1.0, "eps": 1e-2, "swap": True},
    ),
    (
        nn.TripletMarginWithDistanceLoss(distance_function=F.l1_loss, margin=2.0, swap=True, reduction="sum"),
        F.triplet_margin_with_distance_loss,
        (t(5, 4), t(5, 4), t(5, 4)),
        {"distance_function": F.l1_loss, "margin": 2.0, "swap": True},
    ),
]


def assert_same(found: autograd.Tensor, expected: autograd.Tensor) -> None:
    np.testing.assert_array_equal(found.detach().numpy(), expected.detach().numpy())


@pytest.mark.parametrize(("layer", "function", "settings"), ACTIVATIONS, ids=lambda v: type(v).__name__)
def test_activation(layer: Any, function: Any, settings: dict[str, Any]) -> None:
    x = t(4, 6)
    expected = function(x, **settings)
    assert_same(layer(x), expected)
    if getattr(layer, "inplace", None) is False and not isinstance(layer, nn.RReLU):
        layer.inplace = True
        out = layer(x)
        assert_same(x, expected)
        assert out is x
        layer.inplace = False


@pytest.mark.parametrize(("layer", "function", "settings", "shape"), SHAPED, ids=lambda v: type(v).__name__)
def test_shaped(layer: Any, function: Any, settings: tuple[Any, ...], shape: tuple[int, ...]) -> None:
    x = p(*shape)
    assert_same(layer(x), function(x, *settings))


@pytest.mark.parametrize(("layer", "function", "inputs", "settings"), LOSSES, ids=lambda v: type(v).__name__)
def test_loss(layer: Any, function: Any, inputs: tuple[Any, ...], settings: dict[str, Any]) -> None:
    assert_same(layer(*inputs), function(*inputs, **settings, reduction="sum"))
    layer.reduction = "none"
    assert_same(layer(*inputs), function(*inputs, **settings, reduction="none"))


def test_layers_with_parameters() -> None:
    x = t(3, 4)
    linear = nn.Linear(4, 2, dtype=autograd.float64)
    assert_same(linear(x), x @ linear.weight.transpose(0, 1) + linear.bias)
    bilinear = nn.Bilinear(4, 4, 2, dtype=autograd.float64)
    assert_same(bilinear(x, x), F.bilinear(x, x, bilinear.weight, bilinear.bias))
    prelu = nn.PReLU(4, 0.3, dtype=autograd.float64)
    np.testing.assert_allclose(prelu(x).detach().numpy(), np.where(x.numpy() > 0, x.numpy(), 0.3 * x.numpy()))
    embedding = nn.Embedding(5, 2)
    assert_same(embedding(CLASSES), embedding.weight[CLASSES])
    for norm, function in (
        (nn.LayerNorm(4, 0.1, dtype=autograd.float64), lambda m: F.layer_norm(x, (4,), m.weight, m.bias, 0.1)),
        (nn.GroupNorm(2, 4, 0.1, dtype=autograd.float64), lambda m: F.group_norm(x, 2, m.weight, m.bias, 0.1)),
        (nn.RMSNorm(4, 0.1, dtype=autograd.float64), lambda m: F.rms_norm(x, (4,), m.weight, 0.1)),
    ):
        nn.init.normal_(norm.weight)
        assert_same(norm(x), function(norm))


def test_distances() -> None:
    a, b = t(4, 5), t(4, 5)
    assert_same(nn.CosineSimilarity(0, 0.1)(a, b), F.cosine_similarity(a, b, 0, 0.1))
    assert_same(nn.PairwiseDistance(1.0, 0.1, True)(a, b), F.pairwise_distance(a, b, 1.0, 0.1, True))


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_convolution(rank: int) -> None:
    size = (7, 6, 5)[:rank]
    x = t(2, 4, *size)
    layer = getattr(nn, f"Conv{rank}d")(4, 6, 2, 2, 1, 2, 2, dtype=autograd.float64)
    assert_same(layer(x), getattr(F, f"conv{rank}d")(x, layer.weight, layer.bias, 2, 1, 2, 2))
    layer = getattr(nn, f"ConvTranspose{rank}d")(4, 6, 2, 2, 1, 1, 2, True, 2, dtype=autograd.float64)
    expected = getattr(F, f"conv_transpose{rank}d")(x, layer.weight, layer.bias, 2, 1, 1, 2, 2)
    assert_same(layer(x), expected)
    assert_same(layer(x, expected.shape), expected)


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_unpooling(rank: int) -> None:
    x = t(1, 2, *(6, 4, 4)[:rank])
    pooled, indices = getattr(nn, f"MaxPool{rank}d")(2, return_indices=True)(x)
    back = getattr(nn, f"MaxUnpool{rank}d")(2)(pooled, indices, output_size=x.shape)
    kept = back.numpy() != 0
    assert kept.sum() == pooled.numel()
    np.testing.assert_array_equal(back.numpy()[kept], x.numpy()[kept])


def test_batch_and_instance_norm() -> None:
    x = t(4, 3, 5)
    batch = nn.BatchNorm1d(3, 0.1, 0.3, dtype=autograd.float64)
    mean, var = autograd.zeros(3, dtype=autograd.float64), autograd.ones(3, dtype=autograd.float64)
    assert_same(batch(x), F.batch_norm(x, mean, var, batch.weight, batch.bias, True, 0.3, 0.1))
    assert_same(batch.running_mean, mean)
    assert_same(batch.running_var, var)
    assert batch.num_batches_tracked.item() == 1
    assert_same(batch.eval()(x), F.batch_norm(x, mean, var, batch.weight, batch.bias, False, 0.3, 0.1))
    instance = nn.InstanceNorm1d(3, 0.1, affine=True, dtype=autograd.float64)
    expected = F.instance_norm(x, None, None, instance.weight, instance.bias, True, 0.1, 0.1)
    assert_same(instance(x), expected)
    assert_same(instance(x[0]), expected[0])
