"""Profiles: what is counted, where it is put, and that nothing else changes."""

from __future__ import annotations

import gc
import json
from pathlib import Path

import numpy as np
import pytest

import autograd
import nn
import nn.functional as F
from tests.inspect.networks import ResNet18


def small() -> nn.Sequential:
    autograd.manual_seed(0)
    return nn.Sequential(nn.Conv2d(1, 2, 3, bias=False), nn.BatchNorm2d(2), nn.Flatten(), nn.Linear(32, 3))


def test_operations_of_both_passes() -> None:
    model, x = small(), autograd.ones(5, 1, 6, 6)
    with autograd.profile() as p:
        model(x).sum().backward()
    ops = {event.op: event for event in p.events if event.backward}
    assert list(ops) == ["Conv", "BatchNorm", "Reshape", "Linear", "Sum"]
    conv = 2 * (5 * 2 * 4 * 4) * 9
    assert (ops["Conv"].flops, ops["Conv"].backward_flops) == (conv, conv)  # the image needs no gradient
    linear = 2 * 5 * 3 * 32
    assert (ops["Linear"].flops, ops["Linear"].backward_flops) == (linear, 2 * linear + 5 * 3)  # and the bias
    assert [event.op for event in p.events if not event.backward] == ["Add"]  # the count of batches
    assert all(event.forward > 0 for event in p.events)
    assert sum(e.forward + e.backward for e in p.events) < p.wall


def test_layers_are_named_and_hold_their_time() -> None:
    model = small()
    with autograd.profile() as p:
        model(autograd.ones(5, 1, 6, 6)).sum().backward()
    layers = p.layers()
    assert [(c.name, c.kind, c.calls) for c in layers] == [
        ("0", "Conv2d", 1), ("1", "BatchNorm2d", 1), ("2", "Flatten", 1), ("3", "Linear", 1),
        ("(outside of models)", "", 1),
    ]  # fmt: skip
    nodes = {event.op: event for event in p.events}
    assert layers[1].forward > nodes["BatchNorm"].forward  # the statistics are computed outside of the node
    assert layers[1].backward == nodes["BatchNorm"].backward


def test_a_residual_network_and_its_json(tmp_path: Path) -> None:
    model = ResNet18()
    with autograd.profile() as p:
        F.cross_entropy(model(autograd.randn(2, 3, 16, 16)), autograd.tensor([0, 1])).backward()
    names = [c.name for c in p.layers()]
    assert "layer2.0.downsample.1" in names
    assert "layer2.0" in names  # the sum of the branches
    found = json.loads(p.to_json())
    assert [c["name"] for c in found["layers"]] == names
    assert found["peak_memory"] == p.peak_memory > 0
    assert sum(c["flops"] for c in found["nodes"]) == sum(c["flops"] for c in found["layers"])
    assert found["layers"][0]["share_of_peak"] > 0
    for by in ("layer", "op", "node"):
        text = p.table(by)
        assert "GFLOP/s" in text.splitlines()[0]
        assert "allocated" in text.splitlines()[-1]
    assert len(p.table("node", limit=3).splitlines()) == 2 + 3 + 4
    with pytest.raises(ValueError, match="unknown grouping"):
        p.table("colour")


def test_the_trace_nests(tmp_path: Path) -> None:
    model = small()
    with autograd.profile() as p:
        model(autograd.ones(5, 1, 6, 6)).sum().backward()
    p.chrome_trace(tmp_path / "trace.json")
    events = json.loads((tmp_path / "trace.json").read_text())["traceEvents"]
    rows = {e["name"]: e for e in events}
    layer, node = rows["0 Conv2d"], rows["Conv"]
    assert layer["ts"] <= node["ts"]
    assert node["ts"] + node["dur"] <= layer["ts"] + layer["dur"]
    assert rows["Conv backward"]["tid"] == "backward"
    assert min(e["ts"] for e in events) == 0


def test_memory_of_what_lives_together() -> None:
    with autograd.no_grad(), autograd.profile() as p:
        x = autograd.ones(1000) + 1
        for _ in range(10):
            x = x * 2
        del x
    assert sum(e.allocated for e in p.events) == 11 * 4000
    assert p.peak_memory == 2 * 4000
    gc.collect()
    assert p._recorder.memory.live == 0


def test_views_take_no_memory_but_keep_it() -> None:
    with autograd.no_grad(), autograd.profile() as p:
        x = (autograd.ones(10, 10) * 2).reshape(100)
        y = x.clone()
    del y
    assert [e.allocated for e in p.events if e.op in ("Mul", "Reshape", "Clone")] == [400, 0, 400]


def test_results_are_the_same_inside_and_outside() -> None:
    def gradients() -> list[np.ndarray]:
        autograd.manual_seed(1)
        model = small()
        model(autograd.randn(5, 1, 6, 6)).square().sum().backward()
        return [p.grad.numpy() for p in model.parameters()]

    plain = gradients()
    with autograd.profile():
        observed = gradients()
    for a, b in zip(plain, observed, strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_function_holds_what_it_runs() -> None:
    class Cube(autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x * x

        @staticmethod
        def backward(ctx, grad):
            (x,) = ctx.saved_tensors
            return 3 * x * x * grad

    x = autograd.ones(10, requires_grad=True)
    with autograd.profile() as p:
        Cube.apply(x).sum().backward()
    assert [e.op for e in p.events] == ["Cube", "Sum"]
    assert (p.events[0].flops, p.events[0].backward_flops) == (20, 30)


def test_a_failure_leaves_the_rest_right() -> None:
    with autograd.profile() as p:
        with pytest.raises(RuntimeError):
            autograd.ones(2, 3) @ autograd.ones(2, 3)
        with pytest.raises(RuntimeError):
            F.conv2d(autograd.ones(1, 1, 2, 2), autograd.ones(1, 1, 3, 3))
        autograd.ones(3, requires_grad=True).exp().sum().backward()
    assert [e.op for e in p.events if e.op in ("Exp", "Sum")] == ["Exp", "Sum"]
    assert all(e.backward > 0 for e in p.events if e.op in ("Exp", "Sum"))


def test_a_graph_from_before_the_block() -> None:
    y = autograd.ones(3, requires_grad=True).exp().sum()
    with autograd.profile() as p:
        y.backward()
    assert [(e.op, e.forward) for e in p.events] == [("Sum", 0.0), ("Exp", 0.0)]


def test_several_models_are_told_apart() -> None:
    first, second = small(), nn.Linear(3, 3)
    with autograd.profile() as p:
        second(first(autograd.ones(5, 1, 6, 6)))
    assert [c.name for c in p.layers()][-2:] == ["Sequential.3", "Linear"]


def test_profiles_nest_and_decorate() -> None:
    with autograd.profile() as outer, autograd.profile() as inner:
        autograd.ones(3).exp()
    assert [e.op for e in outer.events] == [e.op for e in inner.events]

    p = autograd.profile()

    @p
    def step() -> None:
        autograd.ones(3).exp()

    step()
    step()
    assert [e.op for e in p.events if e.op == "Exp"] == ["Exp", "Exp"]


def test_an_empty_block() -> None:
    with autograd.profile() as p:
        pass
    assert "0 operations" in p.table()


def test_printing_shows_the_table() -> None:
    with autograd.profile() as p:
        autograd.ones(2, requires_grad=True).exp().sum().backward()
    assert str(p) == p.table()
