"""The lecture's two networks: every gradient of the derivation, and a short training."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import autograd
import nn
import optim
from autograd import Tensor
from nn.cli.datasets import load
from nn.models import NetReLU, NetSigmoid
from nn.training import Batches, Trainer, evaluate
from tests.references.networks import net_relu, net_sigmoid

RNG = np.random.default_rng(5)
IMAGES = RNG.standard_normal((4, 1, 28, 28))
LABELS = np.array([3, 0, 9, 3])

# Where the derivation's quantities are found: the layers' outputs, and the gradients of their parameters.
SIGMOID = {
    "outputs": {"z1": "conv1", "a1": "pool1", "z2": "conv2", "a2": "pool2", "z3": "fc1", "a3": "act3", "z4": "fc2"},
    "parameters": {"g1": "conv1.weight", "g2": "conv2.weight", "W1": "fc1.weight", "W2": "fc2.weight"},
}
RELU = {
    "outputs": {"z1": "conv1", "a1": "pool1", "z2": "fc1", "a2": "act2", "z3": "fc2"},
    "parameters": {
        **{"g": "conv1.weight", "b": "conv1.bias", "W1": "fc1.weight"},
        **{"b1": "fc1.bias", "W2": "fc2.weight", "b2": "fc2.bias"},
    },
}


def small_sigmoid() -> nn.Module:
    return NetSigmoid(channels=(2, 3), hidden=7).double()


def small_relu() -> nn.Module:
    return NetReLU(hidden=11).double()


def computed(model: nn.Module, names: dict[str, dict[str, str]]) -> dict[str, Any]:
    """Activations and gradients by their names in the derivation, by way of hooks and retained gradients."""
    outputs: dict[str, Tensor] = {}

    def keep(name: str) -> Any:
        def hook(module: nn.Module, args: Any, output: Tensor) -> None:
            output.retain_grad()
            outputs[name] = output

        return hook

    for name, path in names["outputs"].items():
        model.get_submodule(path).register_forward_hook(keep(name))
    x = autograd.tensor(IMAGES, requires_grad=True)
    logits = model(x)
    loss = nn.CrossEntropyLoss()(logits, autograd.tensor(LABELS))
    loss.backward()
    found: dict[str, Any] = {"loss": loss.item(), "dx": x.grad, "yhat": nn.functional.softmax(logits, dim=1).detach()}
    for name, output in outputs.items():
        found[name], found[f"d{name}"] = output.detach(), output.grad
    for name, path in names["parameters"].items():
        found[f"d{name}"] = model.get_parameter(path).grad
    return found


@pytest.mark.parametrize(
    ("make", "reference", "names"), [(small_sigmoid, net_sigmoid, SIGMOID), (small_relu, net_relu, RELU)]
)
def test_every_gradient_of_the_derivation(make: Any, reference: Any, names: Any) -> None:
    autograd.manual_seed(0)
    model = make()
    parameters = [model.get_parameter(path).detach().numpy() for path in names["parameters"].values()]
    expected = reference(IMAGES, LABELS, *parameters)
    found = computed(model, names)
    assert set(found) == set(expected)
    for name, value in expected.items():
        np.testing.assert_allclose(np.asarray(found[name]), value, rtol=1e-9, atol=1e-13, err_msg=name)


@pytest.mark.parametrize("name", ["dz3", "dW1", "dg1"])
def test_gradients_asked_for_by_name(name: str) -> None:
    """`autograd.grad` of intermediate values gives what `backward` leaves in `.grad`."""
    autograd.manual_seed(0)
    model = small_sigmoid()
    x, labels = autograd.tensor(IMAGES), autograd.tensor(LABELS)
    z3 = x
    for layer in list(model.children())[:8]:
        z3 = layer(z3)
    logits = model.fc2(model.act3(z3))
    targets = {"dz3": z3, "dW1": model.fc1.weight, "dg1": model.conv1.weight}
    (found,) = autograd.grad(nn.functional.cross_entropy(logits, labels), [targets[name]])
    parameters = [model.get_parameter(path).detach().numpy() for path in SIGMOID["parameters"].values()]
    np.testing.assert_allclose(found.numpy(), net_sigmoid(IMAGES, LABELS, *parameters)[name], rtol=1e-9, atol=1e-13)


def test_sizes_of_net_relu() -> None:
    """An image of 28x28 becomes three maps of 24x24, then of 12x12."""
    rows = {row.path: row.output_shape for row in nn.summary(NetReLU(), (2, 1, 28, 28)).layers}
    assert rows["conv1"] == (2, 3, 24, 24)
    assert rows["pool1"] == (2, 3, 12, 12)
    assert rows["flatten"] == (2, 432)


@pytest.mark.parametrize(
    ("kind", "rule"),
    [
        (NetReLU, lambda p: optim.Adam(p, 0.001, (0.9, 0.995), 1e-7, bias_correction=False)),
        (NetSigmoid, lambda p: optim.SGD(p, 0.1, momentum=0.9)),
    ],
)
def test_eight_epochs_on_the_digits(kind: Any, rule: Any) -> None:
    autograd.manual_seed(0)
    images = load("digits")
    standard = images.standard()
    model = kind(image_size=8)
    trainer = Trainer(
        model, Batches(images.training(standard), batch_size=32), rule(model.parameters()), nn.CrossEntropyLoss()
    )
    before = evaluate(model, images.testing(standard)).accuracy
    for _ in range(8):
        trainer.train_epoch()
        trainer.position.next_epoch()
    assert before < 0.3
    assert evaluate(model, images.testing(standard)).accuracy > 0.9
