"""Networks written as ONNX: checked, run by onnxruntime, read back, trained on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd
import nn
import optim
from nn import models
from tests.nn.onnx.running import assert_same, ours, settle

pytest.importorskip("onnx")

Maker = Callable[[], nn.Module]

NETWORKS: dict[str, tuple[Maker, tuple[int, int, int]]] = {
    "LeNet-5": (models.LeNet5, (1, 28, 28)),
    "VGG": (lambda: models.VGG((1, 1, 2, 2, 2), num_classes=10, batch_norm=True, hidden=32), (3, 32, 32)),
    "ResNet-18": (lambda: models.resnet18(num_classes=10, width=8), (3, 32, 32)),
    "ResNet-50": (lambda: models.resnet50(num_classes=10, width=8), (3, 32, 32)),
    "pre-activation ResNet": (lambda: models.preact_resnet18(num_classes=10, width=8), (3, 32, 32)),
    "DenseNet": (lambda: models.DenseNet(8, (2, 2, 2, 2), num_classes=10), (3, 32, 32)),
    "MobileNetV2": (lambda: models.MobileNetV2(num_classes=10), (3, 32, 32)),
    "ShuffleNetV2": (lambda: models.shufflenet_v2_x0_5(num_classes=10), (3, 32, 32)),
    "SENet": (lambda: models.se_resnet18(num_classes=10, width=16), (3, 32, 32)),
    "EfficientNet-B0": (lambda: models.efficientnet_b0(num_classes=10), (3, 32, 32)),
    "U-Net": (lambda: models.UNet(1, 2, width=4, depth=3, batch_norm=True), (1, 32, 32)),
    "the lecture's": (lambda: models.NetSigmoid(image_size=16), (1, 16, 16)),
}


@pytest.fixture(scope="module", params=NETWORKS)
def exported(request: pytest.FixtureRequest) -> tuple[nn.Module, Any, tuple[int, int, int]]:
    """A network that knows statistics, its file, and the size of its images."""
    maker, size = NETWORKS[request.param]
    autograd.manual_seed(0)
    model = settle(maker(), autograd.randn(16, *size))
    proto = nn.onnx.export(model, autograd.randn(2, *size), dynamic_axes={"input": {0: "batch"}})
    return model, proto, size


@pytest.mark.parametrize("batch", [1, 2, 5])
def test_logits_are_the_same_for_any_batch(exported: Any, batch: int) -> None:
    model, proto, size = exported
    assert_same(model, proto, autograd.randn(batch, *size))


def test_the_file_names_its_weights_as_the_model_does(exported: Any) -> None:
    model, proto, _ = exported
    names = {t.name for t in proto.graph.initializer}
    # The number of batches seen is no part of the graph.
    assert names == {name for name in model.state_dict() if not name.endswith("num_batches_tracked")}
    assert proto.graph.input[0].type.tensor_type.shape.dim[0].dim_param == "batch"
    assert proto.graph.output[0].type.tensor_type.shape.dim[0].dim_param == "batch"


def test_read_back_it_gives_the_same_logits(exported: Any) -> None:
    model, proto, size = exported
    network = nn.onnx.load(proto.SerializeToString())
    x = autograd.randn(3, *size)
    (expected,), (got,) = ours(model, [x]), ours(network, [x])
    np.testing.assert_allclose(got, expected, rtol=0, atol=1e-5 * np.abs(expected).max())
    assert {name for name, _ in network.named_parameters()} == {name for name, _ in model.named_parameters()}


@pytest.mark.parametrize("name", ["LeNet-5", "ResNet-18", "MobileNetV2"])
def test_read_back_it_trains_and_is_written_again(name: str) -> None:
    maker, size = NETWORKS[name]
    autograd.manual_seed(0)
    images, labels = autograd.randn(8, *size), autograd.arange(8)
    proto = nn.onnx.export(settle(maker(), images), images[:1], dynamic_axes={"input": {0: "batch"}})
    network = nn.onnx.load(proto.SerializeToString()).train()
    optimizer = optim.Adam(network.parameters(), lr=3e-3)
    before = {key: t.clone() for key, t in network.state_dict().items()}
    losses = []
    for _ in range(12):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(network(images), labels)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.7 * losses[0]
    moved = {key for key, t in network.state_dict().items() if not bool((t == before[key]).all())}
    assert moved == set(before)  # weights by the optimizer, running statistics by the forward pass
    again = nn.onnx.export(network, images[:1], dynamic_axes={"input": {0: "batch"}})
    assert network.training
    assert_same(network, again, images)
    assert {t.name for t in again.graph.initializer} == set(before)
