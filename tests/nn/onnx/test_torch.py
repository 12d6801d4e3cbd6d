"""Files that PyTorch writes are read; files for PyTorch's users are written with its arguments."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd
import nn
from tests.nn.onnx.running import assert_same

pytest.importorskip("onnx")
torch = pytest.importorskip("torch")


def networks() -> dict[str, tuple[Any, tuple[int, ...]]]:
    t = torch.nn

    class Attention(t.Module):
        def __init__(self) -> None:
            super().__init__()
            self.mix = t.MultiheadAttention(16, 4, batch_first=True)
            self.last = t.Linear(16, 3)

        def forward(self, x: Any) -> Any:
            return self.last(self.mix(x, x, x)[0]).view(x.size(0), -1)

    class Skips(t.Module):
        def __init__(self) -> None:
            super().__init__()
            self.a, self.b = t.Conv2d(4, 4, 3, padding=1, groups=2), t.BatchNorm2d(4)

        def forward(self, x: Any) -> Any:
            y = torch.relu(self.b(self.a(x))) + x
            left, right = y.chunk(2, 1)
            y = torch.cat([left * right.sigmoid(), right.clamp(-1, 1)], 1)
            return y.mean((2, 3)) + y.flatten(2).max(2).values - y[:, :, 0, ::2].sum(-1)

    images = t.Sequential(
        t.Conv2d(3, 8, 3, padding=1),
        t.BatchNorm2d(8),
        t.ReLU6(),
        t.MaxPool2d(2, ceil_mode=True),
        t.Upsample(scale_factor=2),
        t.AdaptiveAvgPool2d(2),
        t.Flatten(),
        t.Dropout(),
        t.Linear(32, 10),
        t.LogSoftmax(1),
    )
    layers = t.Sequential(
        t.ConvTranspose2d(3, 8, 3, 2, 1, 1),
        t.GroupNorm(2, 8),
        t.Hardswish(),
        t.PixelShuffle(2),
        t.InstanceNorm2d(2, affine=True),
        t.ReflectionPad2d(1),
        t.GELU(),
        t.AvgPool2d(3, 2, 1),
        t.PReLU(2),
        t.Flatten(2),
        t.LayerNorm(121),
    )
    return {
        "images": (images, (2, 3, 9, 9)),
        "layers": (layers, (2, 3, 5, 5)),
        "attention": (Attention(), (2, 5, 16)),
        "skips": (Skips(), (2, 4, 6, 6)),
    }


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("opset", [11, 14, 17, 20])
@pytest.mark.parametrize("name", ["images", "layers", "attention", "skips"])
def test_a_file_that_pytorch_writes(name: str, opset: int) -> None:
    if (name, opset) in {("layers", 11), ("attention", 11)}:
        pytest.skip("PyTorch does not write it in this version")
    torch.manual_seed(0)
    model, shape = networks()[name]
    x, file = torch.randn(*shape), io.BytesIO()
    torch.onnx.export(model.eval(), (x,), file, dynamo=False, opset_version=opset, input_names=["x"])
    network = nn.onnx.load(file.getvalue())
    expected = model(x).detach().numpy()
    with autograd.no_grad(), autograd.exact():
        got = network(autograd.from_numpy(x.numpy())).numpy()
    np.testing.assert_allclose(got, expected, rtol=0, atol=1e-5 * np.abs(expected).max())
    # And on: PyTorch's file, read here, written here.
    assert_same(network, nn.onnx.export(network, autograd.from_numpy(x.numpy())), autograd.from_numpy(x.numpy()))


def test_a_call_as_pytorchs_tutorials_have_it(tmp_path: Path) -> None:
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU())
    nn.onnx.export(
        model,
        autograd.randn(1, 1, 8, 8, requires_grad=True),
        tmp_path / "net.onnx",
        export_params=True,
        opset_version=13,
        do_constant_folding=True,
        input_names=["input"],
        output_names=["output"],
        dynamic_axes={"input": {0: "batch_size"}, "output": {0: "batch_size"}},
        dynamo=False,
    )
    assert nn.onnx.load(tmp_path / "net.onnx")(autograd.zeros(3, 1, 8, 8)).shape == (3, 2, 6, 6)
