"""The ONNX project's own cases: a model of one operator or a few, inputs, and what must come out."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd
import nn
from nn.onnx.errors import OnnxImporterError

onnx = pytest.importorskip("onnx")

DATA = Path(onnx.__file__).parent / "backend" / "test" / "data"

# Dropout with a ratio, whose mask is drawn by NumPy's old generator.
RANDOM = {"test_training_dropout", "test_training_dropout_default"}
RANDOM |= {f"{name}_mask" for name in RANDOM}


def is_numeric(x: Any) -> bool:
    return isinstance(x, np.ndarray) and x.dtype.type.__module__ == "numpy" and x.dtype.kind in "biufc"


def numbers(values: Any) -> list[Any]:
    return [np.asarray(x) if isinstance(x, np.generic) else x for x in values]


def check(network: nn.Module, inputs: list[Any], outputs: list[Any], rtol: float, atol: float) -> None:
    with autograd.no_grad(), autograd.exact():
        got = network(*[autograd.from_numpy(np.array(x)) for x in inputs])
    for a, b in zip(got if isinstance(got, tuple) else (got,), outputs, strict=False):
        assert (a.numpy().dtype, a.numpy().shape) == (b.dtype, b.shape)
        tolerances = (1e-2, 1e-2) if b.dtype == np.float16 else (rtol, atol)
        np.testing.assert_allclose(a.numpy(), b, *tolerances)


@pytest.mark.filterwarnings("ignore")
def test_all_node_cases_of_the_operators_that_are_supported() -> None:
    from onnx.backend.test.case.node import collect_testcases

    seen: Counter[str] = Counter()
    wrong = []
    for case in collect_testcases(None):
        sets = [(numbers(a), numbers(b)) for a, b in case.data_sets]
        if case.name in RANDOM or not all(is_numeric(x) for a, b in sets for x in (*a, *b)):
            seen["not comparable"] += 1
            continue
        try:
            network = nn.onnx.load(case.model.SerializeToString())
            for inputs, outputs in sets:
                check(network, inputs, outputs, max(case.rtol, 1e-3), max(case.atol, 1e-6))
        except OnnxImporterError:
            seen["refused"] += 1
        except Exception as error:
            wrong.append(f"{case.name}: {type(error).__name__}: {str(error).splitlines()[:3]}")
        else:
            seen["right"] += 1
    assert not wrong, "\n".join(wrong)
    # 1207 with onnx 1.23; other versions of onnx have some more or fewer.
    assert seen["right"] > 900, seen


def read(path: Path) -> np.ndarray:
    tensor = onnx.TensorProto()
    tensor.ParseFromString(path.read_bytes())
    return onnx.numpy_helper.to_array(tensor)


CONVERTED = sorted(path.name for kind in ("pytorch-converted", "pytorch-operator") for path in DATA.glob(f"{kind}/*"))


@pytest.mark.skipif(not CONVERTED, reason="this version of onnx comes without models")
def test_models_written_by_pytorch() -> None:
    """Of opset 6, from PyTorch's own tests of layers and operators."""
    for folder in (path for kind in ("pytorch-converted", "pytorch-operator") for path in DATA.glob(f"{kind}/*")):
        network = nn.onnx.load(folder / "model.onnx")
        for case in folder.glob("test_data_set*"):
            inputs = [read(path) for path in sorted(case.glob("input_*"))]
            outputs = [read(path) for path in sorted(case.glob("output_*"))]
            check(network, inputs, outputs, 1e-3, 1e-5)


@pytest.mark.parametrize("name", ["resnet50", "densenet121", "inception_v2", "shufflenet", "squeezenet", "vgg19"])
def test_well_known_networks_can_be_read(name: str) -> None:
    path = DATA / "light" / f"light_{name}.onnx"
    if not path.exists():
        pytest.skip("this version of onnx comes without it")
    network = nn.onnx.load(path)
    assert network.output_names
    assert len(network.input_names) == 1
