"""Exported models run by onnxruntime, and compared."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

import autograd
import nn
from autograd import Tensor

ort = pytest.importorskip("onnxruntime")


def session(proto: Any) -> Any:
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 4
    return ort.InferenceSession(proto.SerializeToString(), options)


def theirs(proto: Any, inputs: Sequence[Tensor]) -> list[np.ndarray]:
    names = [x.name for x in proto.graph.input]
    return session(proto).run(None, {name: x.numpy() for name, x in zip(names, inputs, strict=True)})


def ours(model: nn.Module, inputs: Sequence[Tensor]) -> list[np.ndarray]:
    model.eval()
    with autograd.no_grad(), autograd.exact():
        out = model(*[x.clone() for x in inputs])
    return [t.numpy() for t in (out if isinstance(out, list | tuple) else [out])]


def assert_same(model: nn.Module, proto: Any, *inputs: Tensor, tolerance: float = 1e-5) -> None:
    """Both give the same numbers, to a share of the largest."""
    expected, got = ours(model, inputs), theirs(proto, inputs)
    assert len(got) == len(expected)
    for a, b in zip(got, expected, strict=True):
        assert (a.shape, a.dtype) == (b.shape, b.dtype)
        scale = max(1e-3, float(np.abs(b[np.isfinite(b)]).max(initial=0))) if b.dtype.kind == "f" else 1
        np.testing.assert_allclose(a, b, rtol=0, atol=tolerance * scale)


def settle(model: nn.Module, *inputs: Tensor) -> nn.Module:
    """Let batch normalisation know statistics, so that evaluation gives numbers of usual size."""
    for module in model.modules():
        if getattr(module, "momentum", None) is not None:
            module.momentum = 0.5
    model.train()
    with autograd.no_grad():
        model(*inputs)
    return model.eval()
