"""Layers written as ONNX in several versions of its operators, with axes left open."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd
import nn
import nn.functional as F
from autograd import Tensor
from tests.nn.onnx.running import assert_same

pytest.importorskip("onnx")

IMAGE, LINE, VOLUME, ROWS = (2, 4, 6, 8), (2, 4, 10), (2, 4, 4, 6, 4), (2, 8)

LAYERS: dict[str, tuple[Callable[[], nn.Module], tuple[int, ...]]] = {
    "Conv1d": (lambda: nn.Conv1d(4, 3, 3, 2, 1), LINE),
    "Conv2d": (lambda: nn.Conv2d(4, 6, (3, 2), (2, 1), (1, 0), (1, 2), 2), IMAGE),
    "Conv2d same": (lambda: nn.Conv2d(4, 3, 4, padding="same"), IMAGE),
    "Conv2d reflect": (lambda: nn.Conv2d(4, 3, 3, padding=1, padding_mode="reflect"), IMAGE),
    "Conv2d circular": (lambda: nn.Conv2d(4, 3, 3, padding=1, padding_mode="circular"), IMAGE),
    "Conv3d": (lambda: nn.Conv3d(4, 2, 3, padding=1), VOLUME),
    "ConvTranspose1d": (lambda: nn.ConvTranspose1d(4, 3, 3, 2, 1, 1), LINE),
    "ConvTranspose2d": (lambda: nn.ConvTranspose2d(4, 6, 3, 2, 1, 1, 2, dilation=2), IMAGE),
    "ConvTranspose3d": (lambda: nn.ConvTranspose3d(4, 2, 2, 2), VOLUME),
    "TrueConv2d": (lambda: nn.TrueConv2d(4, 3, 3), IMAGE),
    "LocallyConnected2d": (lambda: nn.LocallyConnected2d(4, 3, (4, 6), 3), IMAGE),
    "Maxout": (lambda: nn.Maxout(2), ROWS),
    "MaxPool1d": (lambda: nn.MaxPool1d(3, 2, 1), LINE),
    "MaxPool2d ceil": (lambda: nn.MaxPool2d(3, 2, ceil_mode=True), (2, 3, 6, 9)),
    "MaxPool2d past the end": (lambda: nn.MaxPool2d(2, 3, ceil_mode=True), (1, 1, 7, 6)),
    "MaxPool2d dilated": (lambda: nn.MaxPool2d(2, 1, 1, 2), IMAGE),
    "MaxPool3d": (lambda: nn.MaxPool3d(2), VOLUME),
    "AvgPool1d": (lambda: nn.AvgPool1d(3, 2, 1), LINE),
    "AvgPool2d": (lambda: nn.AvgPool2d(3, 2, 1), IMAGE),
    "AvgPool2d without padding": (lambda: nn.AvgPool2d(3, 2, 1, count_include_pad=False), IMAGE),
    "AvgPool2d ceil": (lambda: nn.AvgPool2d(3, 2, 1, ceil_mode=True), (2, 3, 6, 9)),
    "AvgPool2d ceil without padding": (lambda: nn.AvgPool2d(3, 2, 1, True, False), (2, 3, 6, 9)),
    "AvgPool2d divisor": (lambda: nn.AvgPool2d(3, 2, 1, divisor_override=5), IMAGE),
    "AvgPool3d": (lambda: nn.AvgPool3d(2), VOLUME),
    "LPPool2d": (lambda: nn.LPPool2d(2, 2), IMAGE),
    "AdaptiveAvgPool2d": (lambda: nn.AdaptiveAvgPool2d(1), IMAGE),
    "AdaptiveAvgPool2d divides": (lambda: nn.AdaptiveAvgPool2d((3, 4)), IMAGE),
    "AdaptiveAvgPool2d unequal": (lambda: nn.AdaptiveAvgPool2d((4, 5)), IMAGE),
    "AdaptiveMaxPool1d": (lambda: nn.AdaptiveMaxPool1d(1), LINE),
    "AdaptiveMaxPool2d unequal": (lambda: nn.AdaptiveMaxPool2d((4, None)), IMAGE),
    "BatchNorm1d": (lambda: nn.BatchNorm1d(8), ROWS),
    "BatchNorm2d": (lambda: nn.BatchNorm2d(4, eps=1e-3), IMAGE),
    "BatchNorm2d without statistics": (lambda: nn.BatchNorm2d(4, track_running_stats=False), IMAGE),
    "BatchNorm3d without weights": (lambda: nn.BatchNorm3d(4, affine=False), VOLUME),
    "InstanceNorm1d": (lambda: nn.InstanceNorm1d(4), LINE),
    "InstanceNorm2d": (lambda: nn.InstanceNorm2d(4, affine=True), IMAGE),
    "InstanceNorm2d with statistics": (lambda: nn.InstanceNorm2d(4, track_running_stats=True), IMAGE),
    "GroupNorm": (lambda: nn.GroupNorm(2, 4), IMAGE),
    "LayerNorm": (lambda: nn.LayerNorm((6, 8)), IMAGE),
    "LayerNorm without weights": (lambda: nn.LayerNorm(8, elementwise_affine=False), IMAGE),
    "RMSNorm": (lambda: nn.RMSNorm(8), IMAGE),
    "LocalResponseNorm": (lambda: nn.LocalResponseNorm(3, alpha=0.1), IMAGE),
    "LocalResponseNorm even": (lambda: nn.LocalResponseNorm(2, alpha=0.1), IMAGE),
    "CrossMapLRN of a line": (lambda: nn.LocalResponseNorm(3, alpha=0.1), LINE),
    "Upsample nearest": (lambda: nn.Upsample(scale_factor=2), IMAGE),
    "Upsample nearest to a size": (lambda: nn.Upsample((9, 12)), IMAGE),
    "Upsample nearest-exact": (lambda: nn.Upsample(scale_factor=3, mode="nearest-exact"), IMAGE),
    "Upsample bilinear": (lambda: nn.Upsample(scale_factor=2, mode="bilinear"), IMAGE),
    "Upsample bilinear aligned": (lambda: nn.Upsample((9, 5), mode="bilinear", align_corners=True), IMAGE),
    "Upsample bicubic": (lambda: nn.Upsample(scale_factor=1.5, mode="bicubic"), IMAGE),
    "Upsample linear": (lambda: nn.Upsample(scale_factor=2, mode="linear"), LINE),
    "Upsample trilinear": (lambda: nn.Upsample(scale_factor=2, mode="trilinear"), VOLUME),
    "PixelShuffle": (lambda: nn.PixelShuffle(2), IMAGE),
    "PixelUnshuffle": (lambda: nn.PixelUnshuffle(2), IMAGE),
    "ChannelShuffle": (lambda: nn.ChannelShuffle(2), IMAGE),
    "Unfold": (lambda: nn.Unfold((2, 3), 1, 1, 2), IMAGE),
    "ZeroPad2d": (lambda: nn.ZeroPad2d((1, 2, 0, 1)), IMAGE),
    "ConstantPad1d": (lambda: nn.ConstantPad1d((2, -1), 1.5), LINE),
    "ReflectionPad2d": (lambda: nn.ReflectionPad2d((1, 2, 0, 1)), IMAGE),
    "ReplicationPad3d": (lambda: nn.ReplicationPad3d(1), VOLUME),
    "CircularPad2d": (lambda: nn.CircularPad2d((1, 2, 3, 0)), IMAGE),
    "Linear": (lambda: nn.Linear(8, 3), ROWS),
    "Linear of images": (lambda: nn.Linear(8, 3, bias=False), IMAGE),
    "Flatten, Unflatten": (lambda: nn.Sequential(nn.Flatten(), nn.Unflatten(1, (12, 16))), IMAGE),
    "Dropout": (lambda: nn.Sequential(nn.Dropout(0.5), nn.Dropout2d(0.5, True), nn.AlphaDropout(0.5)), IMAGE),
    "PReLU": (lambda: nn.PReLU(4, 0.3), IMAGE),
    "Softmax2d": (nn.Softmax2d, IMAGE),
    "GLU": (lambda: nn.GLU(1), IMAGE),
    "TiledConv2d": (lambda: nn.TiledConv2d(4, 3, 3, 2), IMAGE),
    "LPPool1d": (lambda: nn.LPPool1d(3, 2), LINE),
    "LPPool3d": (lambda: nn.LPPool3d(2, 2), VOLUME),
    "AdaptiveAvgPool1d": (lambda: nn.AdaptiveAvgPool1d(4), LINE),
    "AdaptiveAvgPool3d": (lambda: nn.AdaptiveAvgPool3d((2, 4, 3)), VOLUME),
    "AdaptiveMaxPool3d": (lambda: nn.AdaptiveMaxPool3d((2, 3, 2)), VOLUME),
    "SyncBatchNorm": (lambda: nn.SyncBatchNorm(4), IMAGE),
    "InstanceNorm3d": (lambda: nn.InstanceNorm3d(4), VOLUME),
    "UpsamplingNearest2d": (lambda: nn.UpsamplingNearest2d(scale_factor=2), IMAGE),
    "UpsamplingBilinear2d": (lambda: nn.UpsamplingBilinear2d(scale_factor=2), IMAGE),
    "ZeroPad1d": (lambda: nn.ZeroPad1d(2), LINE),
    "ZeroPad3d": (lambda: nn.ZeroPad3d(1), VOLUME),
    "ConstantPad2d": (lambda: nn.ConstantPad2d(1, 0.5), IMAGE),
    "ConstantPad3d": (lambda: nn.ConstantPad3d((1, 0, 2, 0, 0, 1), 0.5), VOLUME),
    "ReflectionPad1d": (lambda: nn.ReflectionPad1d((3, 1)), LINE),
    "ReflectionPad3d": (lambda: nn.ReflectionPad3d(1), VOLUME),
    "ReplicationPad1d": (lambda: nn.ReplicationPad1d((0, 3)), LINE),
    "ReplicationPad2d": (lambda: nn.ReplicationPad2d(2), IMAGE),
    "CircularPad1d": (lambda: nn.CircularPad1d((3, 1)), LINE),
    "CircularPad3d": (lambda: nn.CircularPad3d(1), VOLUME),
    "Dropout1d": (nn.Dropout1d, LINE),
    "Dropout3d": (lambda: nn.Sequential(nn.Dropout3d(), nn.FeatureAlphaDropout()), VOLUME),
    "weight norm": (lambda: nn.utils.parametrizations.weight_norm(nn.Conv2d(4, 3, 3)), IMAGE),
}
ACTIVATIONS = """ReLU ReLU6 SiLU Mish SELU CELU ELU Hardsigmoid Hardswish Hardtanh Hardshrink Softshrink LeakyReLU
RReLU GELU Softplus Sigmoid Tanh LogSigmoid Softsign Tanhshrink Identity"""
LAYERS |= {name: (getattr(nn, name), IMAGE) for name in ACTIVATIONS.split()}
LAYERS |= {
    "Softplus with a threshold": (lambda: nn.Softplus(2.0, 0.5), IMAGE),
    "CELU with alpha": (lambda: nn.CELU(0.7), IMAGE),
    "GELU tanh": (lambda: nn.GELU("tanh"), IMAGE),
    "Threshold": (lambda: nn.Threshold(0.1, -2.0), IMAGE),
    "Softmax": (lambda: nn.Softmax(1), IMAGE),
    "LogSoftmax": (lambda: nn.LogSoftmax(-1), IMAGE),
    "Softmin": (lambda: nn.Softmin(1), IMAGE),
}


def test_every_layer_is_here() -> None:
    """But for containers, losses, and layers that settle their sizes later."""
    words = set(re.findall(r"\w+", Path(__file__).read_text()))
    kinds = [getattr(nn, name) for name in dir(nn)]
    layers = {k.__name__ for k in kinds if isinstance(k, type) and issubclass(k, nn.Module)}
    others = {"ModuleList", "ModuleDict", "ParameterList", "ParameterDict"}
    left = {name for name in layers - others - words if not name.startswith("Lazy") and not name.endswith("Loss")}
    assert left == set()


def batch(*shape: int) -> Tensor:
    autograd.manual_seed(1)
    return autograd.randn(*shape)


@pytest.mark.parametrize("opset", [13, 18, 21])
@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_takes_any_batch(name: str, opset: int) -> None:
    maker, shape = LAYERS[name]
    autograd.manual_seed(0)
    layer = maker()
    proto = nn.onnx.export(layer, batch(*shape), opset_version=opset, dynamic_axes={"input": {0: "batch"}})
    for n in (shape[0], 1, 5):
        assert_same(layer, proto, batch(n, *shape[1:]))


OPERATORS = {
    "Conv2d": "Conv",
    "Conv2d same": "Conv",
    "ConvTranspose2d": "ConvTranspose",
    "Linear": "Gemm",
    "BatchNorm2d": "BatchNormalization",
    "BatchNorm3d without weights": "BatchNormalization",
    "InstanceNorm2d": "InstanceNormalization",
    "LayerNorm": "LayerNormalization",
    "LocalResponseNorm": "LRN",
    "MaxPool2d ceil": "MaxPool",
    "AvgPool2d without padding": "AveragePool",
    "AdaptiveAvgPool2d": "GlobalAveragePool",
    "AdaptiveAvgPool2d divides": "AveragePool",
    "AdaptiveMaxPool1d": "GlobalMaxPool",
    "Upsample nearest": "Resize",
    "Upsample bicubic": "Resize",
    "PixelShuffle": "DepthToSpace",
    "ReflectionPad2d": "Pad",
    "Dropout": "Identity",
    "ReLU": "Relu",
    "ReLU6": "Clip",
    "SELU": "Selu",
    "Hardswish": "HardSwish",
    "Mish": "Mish",
    "Softshrink": "Shrink",
    "Softmax": "Softmax",
}


@pytest.mark.parametrize("name", OPERATORS)
def test_a_layer_becomes_one_operator(name: str) -> None:
    maker, shape = LAYERS[name]
    proto = nn.onnx.export(maker(), batch(*shape), dynamic_axes={"input": {0: "batch"}})
    assert [n.op_type for n in proto.graph.node if n.op_type != "Constant"] == [OPERATORS[name]]


@pytest.mark.parametrize(
    "name",
    ["Conv2d", "ConvTranspose2d", "MaxPool2d dilated", "AvgPool2d", "AdaptiveAvgPool2d", "BatchNorm2d", "GroupNorm"]
    + ["Upsample nearest", "Upsample bilinear", "PixelShuffle", "PixelUnshuffle", "ReflectionPad2d", "GLU", "Linear"]
    + ["CircularPad2d", "Conv2d reflect", "LocalResponseNorm"],
)
def test_images_of_any_size(name: str) -> None:
    maker, shape = LAYERS[name]
    layer = maker()
    axes = {"input": {axis: f"n{axis}" for axis in (0, *range(2, len(shape)))}}
    proto = nn.onnx.export(layer, batch(*shape), dynamic_axes=axes)
    larger = (3, shape[1], *(n + 6 for n in shape[2:]))
    assert_same(layer, proto, batch(*shape))
    assert_same(layer, proto, batch(*larger))


class Told(nn.Module):
    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__()
        self.function = function
        self.weight = nn.Parameter(autograd.randn(8, 8))

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        return self.function(self, *args, **kwargs)


# Forwards as people write them; sizes are read from the tensors.
FORWARDS: dict[str, Callable[..., Any]] = {
    "view by size": lambda m, x: x.view(x.size(0), -1),
    "reshape -1": lambda m, x: x.reshape(-1, 6 * 8),
    "rows by size": lambda m, x: x.view(x.shape[0] * x.shape[1], -1),
    "two sizes": lambda m, x: x.reshape(x.shape[0], 2, -1, *x.shape[2:]).transpose(1, 2).reshape(x.shape),
    "flatten": lambda m, x: autograd.flatten(x, 1),
    "flatten two": lambda m, x: x.flatten(0, 1),
    "residual": lambda m, x: F.relu(x + 1) * 2 - x / 3,
    "reversed": lambda m, x: 1 - x.abs() ** 2 + 2 / (x * x + 1),
    "in place": lambda m, x: x.clone().add_(1).relu_().mul_(x),
    "iadd": lambda m, x: _plus(x),
    "cat": lambda m, x: autograd.cat([x, x[:, :2], x.mean(1, keepdim=True)], 1),
    "stack": lambda m, x: autograd.stack([x, -x], 1).sum(1),
    "chunk": lambda m, x: [c.exp() for c in x.chunk(2, 1)],
    "split of the batch": lambda m, x: autograd.cat(x.split([1, x.shape[0] - 1])[::-1]),
    "index": lambda m, x: x[:, 1:3, ::2, -1],
    "index of the batch": lambda m, x: x[-1] - x[0],
    "new axes": lambda m, x: x[:, None, ..., 0] + x.unsqueeze(-1)[..., 0].squeeze(-1)[:, None, :, :, 1],
    "fancy": lambda m, x: x[:, [2, 0, 0]][..., autograd.tensor([1, 3])],
    "permute": lambda m, x: x.permute(0, 2, 1, 3) @ m.weight,
    "transpose": lambda m, x: (x.transpose(2, 3) @ x).softmax(-1),
    "einsum": lambda m, x: autograd.einsum("nchw,wv->ncv", x, m.weight),
    "attention": lambda m, x: F.scaled_dot_product_attention(x, x, x),
    "linear": lambda m, x: F.linear(x, m.weight).sum((2, 3)),
    "reductions": lambda m, x: (x.mean(), x.sum(-1), x.amax((2, 3)), x.var(1), x.std((2, 3)), x.norm(dim=1)),
    "argmax": lambda m, x: (x.argmax(1), x.max(1).values, x.min(2)[1], x.topk(2, 1)[0], x.sort(1).values),
    "where": lambda m, x: autograd.where(x > 0, x, 0.1 * x) + (x > 1).float() + (x < -1).to(x.dtype),
    "clamp": lambda m, x: x.clamp(min=-1).clamp(-2, 0.5),
    "expand": lambda m, x: x.mean((2, 3), keepdim=True).expand_as(x) + x.mean(1, True).expand(-1, 4, -1, -1),
    "repeat": lambda m, x: x.repeat(1, 2, 1, 1).roll(1, 2).flip(3),
    "zeros by size": lambda m, x: autograd.cat([x, autograd.zeros(x.shape[0], 1, 6, 8)], 1),
    "arange by size": lambda m, x: x + autograd.arange(x.shape[0]).reshape(-1, 1, 1, 1) * 2.0,
    "interpolate": lambda m, x: F.interpolate(x[..., ::2, ::2], size=x.shape[2:], mode="bilinear") + x,
    "pool": lambda m, x: F.adaptive_avg_pool2d(F.max_pool2d(x, 2), 1).flatten(1),
    "unpool": lambda m, x: F.max_unpool2d(*F.max_pool2d(x, 2, return_indices=True), 2),
    "normalize": lambda m, x: F.normalize(x) + F.cosine_similarity(x, x * 2, 1)[:, None],
    "grid": lambda m, x: F.grid_sample(x, x[:, :2].permute(0, 2, 3, 1).clamp(-1, 1), align_corners=False),
    "Bilinear": lambda m, x: _told_two(nn.Bilinear, x[..., 0], x[..., 1]),
    "CosineSimilarity": lambda m, x: nn.CosineSimilarity(2)(x, x[:, :1] + 1),
    "PairwiseDistance": lambda m, x: nn.PairwiseDistance(keepdim=True)(x, x * 2 + 1),
    "Fold": lambda m, x: nn.Fold((5, 7), 2)(F.unfold(x[:, :, :5, :7], 2)),
    "MaxUnpool1d": lambda m, x: nn.MaxUnpool1d(2)(*nn.MaxPool1d(2, return_indices=True)(x[:, 0])),
    "MaxUnpool2d": lambda m, x: nn.MaxUnpool2d(2)(*nn.MaxPool2d(2, return_indices=True)(x)),
    "MaxUnpool3d": lambda m, x: nn.MaxUnpool3d(2)(*nn.MaxPool3d(2, return_indices=True)(x[:, None])),
    "assignment": lambda m, x: _assigned(x),
    "masks": lambda m, x: _masked(x),
    "scatter": lambda m, x: x.scatter(1, autograd.tensor([[[[0, 1]]]]).expand(x.shape[0], -1, -1, -1), 2.0),
    "weight alone": lambda m, x: x + (m.weight @ m.weight.T).diagonal(),
    "checkpoint": lambda m, x: nn.utils.checkpoint.checkpoint(autograd.tanh, x, use_reentrant=False),
    "nothing": lambda m, x: x,
    "twice": lambda m, x: [y := x.exp(), y, x, m.weight.exp()],
}


def _masked(x: Tensor) -> Tensor:
    y = x * 2
    y[x < 0] = -1
    y[x.sum((2, 3)) > 0] = autograd.tensor(0.5)
    return y.masked_fill(x > 1, 7.0)


def _told_two(kind: Any, a: Tensor, b: Tensor) -> Any:
    autograd.manual_seed(3)
    return kind(a.shape[-1], b.shape[-1], 3)(a, b)


def _assigned(x: Tensor) -> Tensor:
    out = autograd.zeros(x.shape[0], 5, 6, 8)
    out[:, 1:] = x
    out[:, 0, ::2, [1, 3]] = x[:, 0, ::2, 2:4] * 2
    out[..., -1] = -1.5
    return out + 1


def _plus(x: Tensor) -> Tensor:
    y = x * 1
    y += x
    y -= 1
    y *= y
    return y


@pytest.mark.parametrize("name", FORWARDS)
def test_a_forward_as_it_is_written(name: str) -> None:
    model = Told(FORWARDS[name])
    proto = nn.onnx.export(model, batch(*IMAGE), dynamic_axes={"input": {0: "batch"}})
    for n in (2, 1, 5):
        if (name, n) != ("split of the batch", 1):
            assert_same(model, proto, batch(n, *IMAGE[1:]))


def test_a_function_of_ones_own_is_written_as_what_it_runs() -> None:
    class Doubled(autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Tensor) -> Tensor:
            return x * 2

    model = Told(lambda m, x: Doubled.apply(x.exp()))
    assert_same(model, nn.onnx.export(model, batch(2, 3)), batch(2, 3))


def test_a_model_with_several_inputs_and_outputs() -> None:
    model = Told(lambda m, words, scale=None, deep=False: (m.weight[words] * scale, {"sum": words.sum(1)}))
    words = autograd.tensor([[1, 0, 3], [4, 5, 6]])
    proto = nn.onnx.export(
        model,
        (words,),
        kwargs={"scale": batch(2, 3, 1), "deep": True},
        input_names=["words", "scale"],
        output_names=["read"],
        dynamic_axes={"words": {0: "batch", 1: "length"}, "scale": {0: "batch", 1: "length"}, "read": {1: "time"}},
    )
    assert [x.name for x in proto.graph.output] == ["read", "output.2"]
    assert [d.dim_param for d in proto.graph.output[0].type.tensor_type.shape.dim] == ["batch", "time", ""]
    from tests.nn.onnx.running import theirs

    longer = autograd.tensor([[1, 2, 3, 4]] * 3)
    scale = batch(3, 4, 1)
    got = theirs(proto, [longer, scale])
    np.testing.assert_allclose(got[0], (model.weight[longer] * scale).detach().numpy(), atol=1e-5)
    assert got[1].tolist() == [10, 10, 10]


def test_weights_that_are_shown_in_another_way_keep_their_names() -> None:
    class Turned(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight, self.bias = nn.Parameter(autograd.randn(3, 4)), nn.Parameter(autograd.randn(6))
            self.scale = nn.Parameter(autograd.randn(2, 3))

        def forward(self, x: Tensor) -> Tensor:
            first, second = self.bias.chunk(2)
            out = x @ self.weight.T + first[None] + second.expand(x.shape[0], -1)
            return out * self.scale[1].exp() + self.weight.flip(0).T[0]

    model = Turned()
    proto = nn.onnx.export(model, batch(2, 4), dynamic_axes={"input": {0: "batch"}})
    assert_same(model, proto, batch(5, 4))
    names = {t.name for t in proto.graph.initializer}
    assert {"weight", "bias"} <= names
    # What computes, as the exponential and the reversal, is done beforehand.
    assert "Exp" not in {n.op_type for n in proto.graph.node}
    assert "scale" not in names


def test_embedding() -> None:
    model = nn.Sequential(nn.Embedding(5, 3, padding_idx=0), nn.Linear(3, 2))
    words = autograd.tensor([[0, 1], [2, 4], [3, 3]])
    proto = nn.onnx.export(model, words, dynamic_axes={"input": [0, 1]})
    assert_same(model, proto, autograd.tensor([[4, 3, 2, 1, 0]]))
