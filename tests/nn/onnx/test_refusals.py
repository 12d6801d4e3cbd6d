"""What cannot be written as ONNX is told before a file is written: operation, layer, and what to do."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd
import nn
from autograd import Tensor
from nn.onnx import OnnxExporterError, UnsupportedOperatorError

pytest.importorskip("onnx")

BATCH = {"dynamic_axes": {"input": {0: "batch"}}}


class Layer(nn.Module):
    def __init__(self, function: Callable[[Tensor], Any]) -> None:
        super().__init__()
        self.function = function

    def forward(self, x: Tensor) -> Any:
        return self.function(x)


def model(function: Callable[[Tensor], Any]) -> nn.Module:
    return nn.Sequential(nn.ReLU(), Layer(function))


def viewed(x: Tensor) -> Tensor:
    y = x * 2
    part = y[0]
    y.add_(1)
    return part + 1


@pytest.mark.parametrize(
    ("function", "error", "message"),
    [
        (autograd.lgamma, UnsupportedOperatorError, "Exporting the operator 'Lgamma' to ONNX opset version 18"),
        (autograd.cumprod, UnsupportedOperatorError, "Exporting the operator 'CumProd'"),
        (lambda x: x if x.sum() > 1e9 or x[0, 0] > 0.5 else -x, OnnxExporterError, "took another course"),
        (
            lambda x: [x.exp(), x][: int(x[0, 0].item() > 0.5) + 1],
            OnnxExporterError,
            "sequence has another length|course",
        ),
        (lambda x: x * x.mean().item(), OnnxExporterError, "depends on the input"),
        (lambda x: x * autograd.from_numpy(x.numpy() * 2), OnnxExporterError, "by a way that was not recorded"),
        (lambda x: x + autograd.rand(1, 1), OnnxExporterError, "random numbers"),
        (lambda x: nn.functional.dropout(x + 1, 0.5, training=True), OnnxExporterError, "depends on the input|random"),
        (viewed, OnnxExporterError, "changed in place cannot be followed"),
        (lambda x: None, OnnxExporterError, "returned no tensor"),
    ],
)
def test_a_forward_that_cannot_be_written(
    function: Callable[[Tensor], Any], error: type[Exception], message: str, tmp_path: Path
) -> None:
    x = autograd.tensor([[0.2, 0.0], [1.0, 3.0]])
    whole = model(lambda x: function(x) if function is not autograd.cumprod else function(x, 1))
    with pytest.raises(error, match=message):
        nn.onnx.export(whole, x, tmp_path / "a.onnx")
    assert list(tmp_path.iterdir()) == []


def test_the_layer_is_named() -> None:
    with pytest.raises(UnsupportedOperatorError) as caught:
        nn.onnx.export(nn.Sequential(nn.Sequential(nn.ReLU(), Layer(autograd.lgamma))), autograd.ones(2))
    assert "Lgamma, in layer 0.1 (Layer)" in str(caught.value)
    assert "fix:" in str(caught.value)


def test_a_version_that_lacks_an_operator() -> None:
    net = nn.Fold((4, 4), 2)
    x = autograd.ones(1, 4, 9)
    with pytest.raises(UnsupportedOperatorError, match=r"opset version 17(.|\n)*opset_version=18"):
        nn.onnx.export(net, x, opset_version=17)
    assert nn.onnx.export(net, x).graph.node[-1].op_type == "Col2Im"


@pytest.mark.parametrize(
    ("net", "shape", "axis"),
    [
        (nn.AdaptiveAvgPool2d(2), (1, 1, 4, 4), 2),
        (nn.Unfold(2), (1, 1, 4, 4), 3),
        (nn.Upsample((5, 5)), (1, 1, 4, 4), 2),
    ],
)
def test_a_size_that_cannot_stay_open(net: nn.Module, shape: tuple[int, ...], axis: int) -> None:
    with pytest.raises(OnnxExporterError):
        nn.onnx.export(net, autograd.randn(*shape), dynamic_axes={"input": {axis: "n"}})
    nn.onnx.export(net, autograd.randn(*shape), **BATCH)


def test_a_size_that_the_model_does_not_take() -> None:
    net = nn.Sequential(nn.Flatten(), nn.Linear(16, 2))
    with pytest.raises(RuntimeError) as caught:
        nn.onnx.export(net, autograd.ones(1, 1, 4, 4), dynamic_axes={"input": {2: "height"}})
    assert "failed with another size of 'height'" in caught.value.__notes__[0]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"opset_version": 12}, "Unsupported ONNX opset version: 12"),
        ({"export_params": False}, "export_params=False is not supported"),
        ({"input_names": ["a", "b"]}, r"number of input names provided \(2\) exceeded number of inputs \(1\)"),
        ({"output_names": ["a", "b"]}, r"number of output names provided \(2\)"),
        ({"dynamic_axes": {"image": [0]}}, "Provided key image for dynamic axes is not a valid input/output name"),
        ({"dynamic_axes": {"input": {2: "n"}}}, "input has no axis 2"),
        ({"dynamic_axes": {"input": {0: "n", 1: "n"}}}, "'n' stands for the sizes"),
        ({"output_names": ["input"]}, "the output name 'input' is taken"),
    ],
)
def test_options_that_do_not_fit(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        nn.onnx.export(nn.ReLU(), autograd.ones(2, 3), **options)


def test_modes_and_state_are_left_as_they_were() -> None:
    net = nn.Sequential(nn.BatchNorm1d(3), nn.Dropout(0.5))
    net[0].eval()
    before = {key: t.clone() for key, t in net.state_dict().items()}
    nn.onnx.export(net, autograd.randn(4, 3))
    assert [m.training for m in net.modules()] == [True, False, True]
    assert all(bool((t == before[key]).all()) for key, t in net.state_dict().items())
    with pytest.raises(UnsupportedOperatorError):
        nn.onnx.export(nn.Sequential(net, Layer(autograd.lgamma)), autograd.randn(4, 3))
    assert net[1].training


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.onnx"
    path.write_bytes(b"old")
    with monkeypatch.context() as patch:

        def full(*_: Any) -> None:
            raise OSError(28, "No space left on device")

        patch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space left"):
            nn.onnx.export(nn.ReLU(), autograd.ones(2), path)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]
    nn.onnx.export(nn.ReLU(), autograd.ones(2), path, metadata={"by": "test"})
    assert nn.onnx.load(path)(autograd.tensor([-1.0, 2.0])).tolist() == [0.0, 2.0]


def test_verbose_prints_the_graph(capsys: pytest.CaptureFixture[str]) -> None:
    nn.onnx.export(nn.ReLU(), autograd.ones(2), verbose=True)
    assert "Relu" in capsys.readouterr().out


def test_the_profiler_that_was_set_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    seen: list[str] = []

    def hook(frame: Any, event: str, arg: Any) -> None:
        seen.append(event)

    previous = sys.getprofile()
    sys.setprofile(hook)
    try:
        nn.onnx.export(nn.ReLU(), autograd.ones(2))
        assert sys.getprofile() is hook
        with pytest.raises(UnsupportedOperatorError):
            nn.onnx.export(Layer(autograd.lgamma), autograd.ones(2))
        assert sys.getprofile() is hook
    finally:
        sys.setprofile(previous)
    assert np.size(seen)
