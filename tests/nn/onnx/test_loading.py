"""Reading files that others wrote: what they may hold, what is refused, and that nothing is believed unchecked."""

from __future__ import annotations

import io
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd
import nn
from nn.onnx import OnnxImporterError

onnx = pytest.importorskip("onnx")
from onnx import TensorProto, helper, numpy_helper  # noqa: E402


def network(*nodes: Any, weights: dict[str, np.ndarray] | None = None, opset: int = 18, **inputs: Any) -> Any:
    """Return a model whose output is y."""
    ins = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in inputs.items()]
    out = helper.make_tensor_value_info("y", TensorProto.FLOAT, [None])
    held = [numpy_helper.from_array(array, name) for name, array in (weights or {}).items()]
    graph = helper.make_graph(list(nodes), "g", ins, [out], held)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)


def linear() -> Any:
    w = np.arange(6, dtype=np.float32).reshape(2, 3)
    return network(helper.make_node("Gemm", ["x", "w"], ["y"], transB=1), weights={"w": w}, x=[None, 3])


def test_from_a_path_bytes_and_a_file(tmp_path: Path) -> None:
    data = linear().SerializeToString()
    (tmp_path / "a.onnx").write_bytes(data)
    x = autograd.ones(1, 3)
    for source in (tmp_path / "a.onnx", str(tmp_path / "a.onnx"), data, io.BytesIO(data)):
        assert nn.onnx.load(source)(x).tolist() == [[3.0, 12.0]]


def test_weights_are_parameters_statistics_buffers_and_settings_neither() -> None:
    ones = np.ones(2, np.float32)
    weights = {"bn.weight": ones, "bn.bias": ones, "bn.running_mean": 0 * ones, "bn.running_var": ones}
    weights |= {"limit": np.float32(0.5) * np.ones((), np.float32), "shape": np.array([0, -1]), "half": ones[:1] / 2}
    model = nn.onnx.load(
        network(
            helper.make_node("BatchNormalization", ["x", *list(weights)[:4]], ["a"], momentum=0.75),
            helper.make_node("Clip", ["a", "", "limit"], ["b"]),
            helper.make_node("Mul", ["b", "half"], ["c"]),
            helper.make_node("Reshape", ["c", "shape"], ["y"]),
            weights=weights,
            x=[None, 2, 3],
        ).SerializeToString()
    )
    assert [name for name, _ in model.named_parameters()] == ["bn.weight", "bn.bias"]
    assert [name for name, _ in model.named_buffers()] == ["bn.running_mean", "bn.running_var"]
    assert not model.training
    x = autograd.arange(12.0).reshape(2, 2, 3)
    assert model(x).shape == (2, 6)
    assert model(x).max().item() == 0.25
    model.train()(x)
    np.testing.assert_allclose(model.state_dict()["bn.running_mean"].numpy(), [0.25 * 4, 0.25 * 7])


def test_names_that_python_does_not_allow() -> None:
    weights = {
        name: np.full(3, i + 1, np.float32) for i, name in enumerate(["onnx::Mul_1", "a..b", "forward", "x.y", "x"])
    }
    nodes = [helper.make_node("Mul", [f"t{i}" if i else "in", name], [f"t{i + 1}"]) for i, name in enumerate(weights)]
    nodes[-1].output[0] = "y"
    proto = network(*nodes, weights=weights, **{"in": [3]})
    model = nn.onnx.load(proto.SerializeToString())
    assert model(autograd.ones(3)).tolist() == [120.0] * 3
    assert len(model.state_dict()) == 5
    again = nn.onnx.load(proto.SerializeToString())
    again.load_state_dict(model.state_dict())


def test_wrong_inputs_are_told() -> None:
    model = nn.onnx.load(linear().SerializeToString())
    with pytest.raises(TypeError, match="takes 1 inputs but 2 were given"):
        model(autograd.ones(1, 3), autograd.ones(1, 3))
    with pytest.raises(TypeError, match="takes 1 inputs but 0"):
        model()
    with pytest.raises(RuntimeError) as caught:
        model(autograd.ones(1, 4))
    assert "in the ONNX node y (Gemm)" in caught.value.__notes__
    assert model(x=autograd.ones(1, 3)).tolist() == [[3.0, 12.0]]


def test_dropout_works_in_training_only() -> None:
    node = helper.make_node("Dropout", ["x", "r"], ["y"])
    model = nn.onnx.load(network(node, weights={"r": np.array(0.5, np.float32)}, x=[100]).SerializeToString())
    x = autograd.ones(100)
    assert model(x).tolist() == x.tolist()
    assert 10 < (model.train()(x) == 0).sum().item() < 90


# ---- what is refused


def test_operators_that_are_not_supported_are_named_together() -> None:
    proto = network(
        helper.make_node("NonMaxSuppression", ["x", "x"], ["a"]),
        helper.make_node("Mine", ["a"], ["b"], domain="org.me"),
        helper.make_node("Relu", ["b"], ["y"]),
        x=[1, 1, 4],
    )
    proto.opset_import.append(helper.make_opsetid("org.me", 1))
    with pytest.raises(OnnxImporterError, match=r"not supported: NonMaxSuppression, org\.me\.Mine"):
        nn.onnx.load(proto.SerializeToString())


def test_control_flow_is_refused() -> None:
    body = helper.make_graph([], "b", [], [])
    node = helper.make_node("Relu", ["x"], ["y"])
    node.attribute.append(helper.make_attribute("body", body))
    with pytest.raises(OnnxImporterError):
        nn.onnx.load(network(node, x=[1]).SerializeToString())


def test_an_opset_that_is_too_old() -> None:
    with pytest.raises(OnnxImporterError, match="opset version 3 is not supported"):
        nn.onnx.load(network(helper.make_node("Relu", ["x"], ["y"]), opset=3, x=[1]).SerializeToString())


class Trap:
    """Writes a file when it is unpickled."""

    def __reduce__(self) -> Any:
        return (open, ("trapped", "w"))


def test_a_pickle_is_not_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(OnnxImporterError, match="cannot be read as ONNX"):
        nn.onnx.load(pickle.dumps(Trap()))
    assert not Path("trapped").exists()


def test_files_that_are_cut_short_or_changed(tmp_path: Path) -> None:
    """Every prefix, and many flipped bytes: an error of ours, or a model, and never another error."""
    data = nn.onnx.export(nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU()), autograd.ones(1, 1, 4, 4)).SerializeToString()
    rng = np.random.default_rng(0)
    damaged = [data[:n] for n in range(0, len(data), 7)]
    for _ in range(400):
        bytes_ = bytearray(data)
        for place in rng.integers(0, len(data), 3):
            bytes_[place] = rng.integers(0, 256)
        damaged.append(bytes(bytes_))
    refused = 0
    for piece in damaged:
        try:
            assert isinstance(nn.onnx.load(piece), nn.onnx.OnnxModule)
        except OnnxImporterError:
            refused += 1
    assert refused > len(damaged) // 2
    path = tmp_path / "cut.onnx"
    path.write_bytes(data[:100])
    with pytest.raises(OnnxImporterError, match=r"cut\.onnx cannot be read as ONNX"):
        nn.onnx.load(path)


def change(proto: Any, **fields: Any) -> bytes:
    tensor = proto.graph.initializer[0]
    for name, value in fields.items():
        if name == "dims":
            del tensor.dims[:]
            tensor.dims.extend(value)
        else:
            setattr(tensor, name, value)
    return bytes(proto.SerializeToString())


@pytest.mark.parametrize(
    "fields",
    [{"dims": [2, 4]}, {"dims": [2**40, 2**20]}, {"dims": [-2, -3]}, {"data_type": 99}, {"raw_data": b""}]
    + [{"data_type": TensorProto.STRING}, {"data_type": TensorProto.BFLOAT16}],
)
def test_tensors_that_are_not_what_they_say(fields: dict[str, Any]) -> None:
    with pytest.raises(OnnxImporterError, match="tensor 'w'"):
        nn.onnx.load(change(linear(), **fields))


def outside(proto: Any, location: str, **entries: int) -> Any:
    """Let the weight lie in another file."""
    tensor = proto.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in {"location": location, **entries}.items():
        entry = tensor.external_data.add()
        entry.key, entry.value = key, str(value)
    return proto


def test_weights_in_a_file_beside_the_model(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "w.bin").write_bytes(b"1234" + np.arange(6, dtype=np.float32).tobytes())
    (tmp_path / "a.onnx").write_bytes(outside(linear(), "sub/w.bin", offset=4, length=24).SerializeToString())
    assert nn.onnx.load(tmp_path / "a.onnx")(autograd.ones(1, 3)).tolist() == [[3.0, 12.0]]


@pytest.mark.parametrize(
    ("location", "entries", "message"),
    [
        ("../secret.bin", {}, "outside of the model's folder"),
        ("{tmp}/secret.bin", {}, "outside of the model's folder"),
        ("link.bin", {}, "outside of the model's folder"),
        ("", {}, "outside of the model's folder"),
        ("missing.bin", {}, "does not exist"),
        ("short.bin", {}, "does not hold"),
        ("right.bin", {"offset": 8}, "does not hold"),
        ("right.bin", {"offset": -8}, "does not hold"),
        ("right.bin", {"length": 12}, "does not hold"),
        ("right.bin", {"offset": "x"}, "no valid place"),
    ],
)
def test_weights_elsewhere_are_refused(tmp_path: Path, location: str, entries: dict[str, Any], message: str) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    (tmp_path / "secret.bin").write_bytes(bytes(24))
    (folder / "link.bin").symlink_to(tmp_path / "secret.bin")
    (folder / "short.bin").write_bytes(bytes(20))
    (folder / "right.bin").write_bytes(bytes(24))
    proto = outside(linear(), location.format(tmp=tmp_path), **entries)
    (folder / "a.onnx").write_bytes(proto.SerializeToString())
    with pytest.raises(OnnxImporterError, match=message):
        nn.onnx.load(folder / "a.onnx")
    with pytest.raises(OnnxImporterError, match="load the model by its path"):
        nn.onnx.load(proto.SerializeToString())


def test_without_the_package_onnx(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "onnx", None)
    calls: list[Callable[[], Any]] = [
        lambda: nn.onnx.load(b""),
        lambda: nn.onnx.export(nn.ReLU(), autograd.ones(1)),
    ]
    for call in calls:
        with pytest.raises(ImportError, match=r"pip install 'convgrad\[onnx\]'"):
            call()
