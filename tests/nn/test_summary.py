"""`nn.summary`: shapes, parameters, arithmetic and memory of each layer."""

from __future__ import annotations

from typing import Any

import pytest

import autograd
import nn


@pytest.mark.parametrize(
    ("layer", "size", "expected"),
    [
        (nn.Conv2d(3, 8, 3, stride=2, padding=1), (2, 3, 9, 9), 2 * 8 * 5 * 5 * 27),
        (nn.Conv2d(4, 8, 3, groups=2), (1, 4, 6, 6), 8 * 4 * 4 * 2 * 9),
        (nn.Conv1d(2, 3, 5), (1, 2, 9), 3 * 5 * 10),
        (nn.ConvTranspose2d(3, 4, 2, stride=2), (1, 3, 5, 5), 3 * 25 * 4 * 4),
        (nn.LocallyConnected2d(2, 3, output_size=3, kernel_size=4), (4, 2, 6, 6), 4 * 3 * 9 * 32),
        (nn.Linear(6, 4), (5, 6), 120),
        (nn.ReLU(), (5, 6), 0),
    ],
)
def test_multiply_adds(layer: nn.Module, size: tuple[int, ...], expected: int) -> None:
    (row,) = nn.summary(layer, size).layers
    assert row.forward == expected


def test_a_model() -> None:
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Flatten(), nn.Linear(8, 3))
    model[3].requires_grad_(False)
    result = nn.summary(model, (5, 1, 4, 4))
    assert [row.path for row in result.layers] == ["0", "1", "2", "3"]
    assert [row.output_shape for row in result.layers] == [(5, 2, 2, 2), (5, 2, 2, 2), (5, 8), (5, 3)]
    assert [row.parameters for row in result.layers] == [20, 4, 0, 27]
    # The first layer has no gradient of its input, the last one none of its weights.
    assert [row.backward for row in result.layers] == [5 * 8 * 9, 0, 0, 120]
    assert (result.parameters, result.trainable) == (51, 24)
    assert result.memory == 4 * (40 + 40 + 40 + 15)
    assert "multiply-adds: 480 forward" in str(result)


def test_the_model_is_left_as_it_was() -> None:
    model = nn.Sequential(nn.BatchNorm2d(2), nn.Dropout())
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    nn.summary(model, (1, 2, 3, 3))
    assert model.training
    assert all(bool((tensor == before[name]).all()) for name, tensor in model.state_dict().items())
    assert model[0]._hooks is None or not model[0]._hooks.forward


def test_a_layer_that_is_called_twice_counts_its_parameters_once() -> None:
    class Twice(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = nn.Linear(3, 3)

        def forward(self, x: Any) -> Any:
            return self.layer(self.layer(x))

    result = nn.summary(Twice(), (2, 3), dtype=autograd.float32)
    assert [row.parameters for row in result.layers] == [12, 0]
    assert result.forward == 2 * 2 * 9


def test_what_is_held_for_backward() -> None:
    model = nn.Sequential(nn.Conv2d(1, 2, 3, bias=False), nn.ReLU())
    result = nn.summary(model, (5, 1, 4, 4))
    outputs = 5 * 2 * 2 * 2
    # The convolution's input for the gradient of its weights, the rectifier's output for its own.
    assert result.saved == 4 * (5 * 16 + outputs)
    assert result.flops == 2 * outputs * 9 + outputs
    assert nn.summary(model.requires_grad_(False), (5, 1, 4, 4)).saved == 0


def test_several_outputs() -> None:
    class Fork(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.one, self.two = nn.Linear(3, 2, bias=False), nn.Linear(3, 4, bias=False)

        def forward(self, x: Any) -> Any:
            return self.one(x), {"two": self.two(x)}

    result = nn.summary(Fork(), (5, 3))
    assert result.flops == 2 * result.forward == 2 * 5 * 3 * 6
    assert result.saved == 4 * 5 * 3
