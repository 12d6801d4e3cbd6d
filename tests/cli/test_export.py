"""``convgrad export``."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import autograd
import nn
from nn.cli.weights import load_trained
from nn.models import create_model
from tests.cli.conftest import Run

onnx = pytest.importorskip("onnx")


def test_a_run_as_onnx_gives_the_same_logits(run: Run, trained: Path, tmp_path: Path) -> None:
    onnxruntime = pytest.importorskip("onnxruntime")
    result = run("export", trained, tmp_path / "digits.onnx")
    assert result.status == 0
    assert "parameters, input [batch, 1, 8, 8], ONNX opset 18" in result.out
    session = onnxruntime.InferenceSession(tmp_path / "digits.onnx")
    model, description = load_trained(str(trained))
    x = np.random.default_rng(0).normal(size=(3, 1, 8, 8)).astype(np.float32)
    with autograd.no_grad(), autograd.exact():
        ours = model.eval()(autograd.from_numpy(x)).numpy()
    np.testing.assert_allclose(session.run(["output"], {"input": x})[0], ours, atol=1e-5 * np.abs(ours).max())
    kept = {p.key: json.loads(p.value) for p in onnx.load(tmp_path / "digits.onnx").metadata_props}
    assert kept["mean"] == description.mean
    assert kept["std"] == description.std


@pytest.mark.parametrize("ending", ["safetensors", "npz"])
def test_weights_alone_can_be_evaluated_again(run: Run, trained: Path, tiny: Path, tmp_path: Path, ending: str) -> None:
    if ending == "safetensors":
        pytest.importorskip("safetensors")
    out = tmp_path / f"w.{ending}"
    assert run("export", trained, out).status == 0
    state, again = autograd.load(trained / "weights.npz"), autograd.load(out)
    assert {k: v.tolist() for k, v in state.items()} == {k: v.tolist() for k, v in again.items()}
    accuracies = [run("evaluate", place, "--data", tiny, "--json").rows[0]["accuracy"] for place in (trained, out)]
    assert accuracies[0] == accuracies[1]


def test_a_model_by_name_with_a_fixed_batch(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "a.onnx"
    result = run("export", "lenet5", out, "--image-size", 32, "--opset", 13, "--fixed-batch", 2, "--json")
    (row,) = result.rows
    assert row == {
        "file": str(out),
        "format": "onnx",
        "parameters": sum(p.numel() for p in create_model("lenet5", image_size=32).parameters()),
        "opset": 13,
        "input": [2, 1, 32, 32],
        "bytes": out.stat().st_size,
    }
    proto = onnx.load(out)
    assert proto.opset_import[0].version == 13
    assert [d.dim_value for d in proto.graph.input[0].type.tensor_type.shape.dim] == [2, 1, 32, 32]


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["lenet5", "a.txt"], 2, "should end in .onnx, .safetensors or .npz"),
        (["lenet6", "a.onnx"], 2, "did you mean 'lenet5'?"),
        (["lenet5", "a.onnx", "--opset", "5"], 2, "Unsupported ONNX opset version: 5"),
        (["lenet5", "a.npz", "--opset", "18"], 2, "belong to .onnx"),
        (["lenet5", "nowhere/a.onnx"], 1, "No such file or directory"),
    ],
)
def test_mistakes(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], status: int, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    result = run("export", *arguments)
    assert result.status == status
    assert message in result.err
    assert list(tmp_path.iterdir()) == []


def test_an_operation_that_onnx_lacks_leaves_no_file(run: Run, tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(
        "import autograd, nn\nclass Net(nn.Module):\n    def forward(self, x):\n        return autograd.lgamma(x)\n"
    )
    result = run("export", f"{tmp_path / 'net.py'}:Net", tmp_path / "a.onnx")
    assert result.status == 1
    assert "Exporting the operator 'Lgamma' to ONNX" in result.err
    assert not (tmp_path / "a.onnx").exists()


def test_without_the_package_onnx(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "onnx", None)
    result = run("export", "lenet5", tmp_path / "a.onnx")
    assert result.status == 1
    assert "pip install 'convgrad[onnx]'" in result.err


def test_the_folder_of_a_run_is_read_back(run: Run, trained: Path, tmp_path: Path) -> None:
    run("export", trained, tmp_path / "a.onnx")
    network = nn.onnx.load(tmp_path / "a.onnx")
    model, _ = load_trained(str(trained))
    assert set(network.state_dict()) <= set(model.state_dict())
