"""Ready-made networks: their sizes, their names, their errors."""

from __future__ import annotations

import pytest

import autograd
import nn
from nn.models import MODELS, LeNet5, NetReLU, NetSigmoid, create_model


@pytest.mark.parametrize("name", sorted(MODELS))
@pytest.mark.parametrize("size", [4, 8, 19, 20, 28, 32, (12, 30)])
def test_every_model_fits_every_size(name: str, size: int | tuple[int, int]) -> None:
    with nn.init.skipped():
        model = create_model(name, in_channels=3, num_classes=7, image_size=size)
    height, width = (size, size) if isinstance(size, int) else size
    assert model(autograd.zeros(2, 3, height, width)).shape == (2, 7)


def test_residual_networks_start_without_strides_on_small_images() -> None:
    with nn.init.skipped():
        small, large = (create_model("resnet18", image_size=size) for size in (64, 65))
    assert (small.conv1.stride, large.conv1.stride) == ((1, 1), (2, 2))


def test_lenet5_has_the_published_number_of_weights() -> None:
    """LeCun et al. (1998), with all maps connected: convolutions 156 and 2416, then 48,120, 10,164 and 850."""
    counts = [sum(p.numel() for p in layer.parameters()) for layer in LeNet5(image_size=32)]
    assert [n for n in counts if n] == [156, 2416, 48_120, 10_164, 850]
    assert sum(p.numel() for p in LeNet5(image_size=28).parameters()) == 61_706


def test_lenet5_with_units_close_to_the_published_ones() -> None:
    model = LeNet5(activation=nn.Tanh, pool=nn.AvgPool2d)
    assert isinstance(model.act1, nn.Tanh)
    assert isinstance(model.pool2, nn.AvgPool2d)


def test_net_sigmoid_has_no_biases() -> None:
    assert {name for name, _ in NetSigmoid().named_parameters()} == {
        "conv1.weight",
        "conv2.weight",
        "fc1.weight",
        "fc2.weight",
    }


def test_hidden_sizes_are_options() -> None:
    assert NetReLU(hidden=5, channels=2).fc1.weight.shape == (5, 2 * 12 * 12)
    assert create_model("net-sigmoid", channels=(3, 4), hidden=6).fc1.weight.shape == (6, 4 * 4 * 4)


@pytest.mark.parametrize("kind", [LeNet5, NetReLU, NetSigmoid])
@pytest.mark.parametrize("size", [3, (28, 2), (1, 2, 3)])
def test_images_that_are_too_small(kind: type[nn.Module], size: int | tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="image_size should be"):
        kind(image_size=size)


def test_an_unknown_name_gets_a_suggestion() -> None:
    with pytest.raises(ValueError, match=r"Unknown model 'lenet'(.|\n)*did you mean 'lenet5'"):
        create_model("lenet")
