"""Drawings of graphs: grouped by layer, folded by depth, in DOT that holds together."""

from __future__ import annotations

import re
import stat
from pathlib import Path

import pytest

import autograd
import nn
from autograd.inspect import graph, trace
from tests.inspect.networks import ResNet18


@pytest.fixture
def network() -> nn.Module:
    autograd.manual_seed(0)
    return ResNet18()


def loss_of(model: nn.Module) -> autograd.Tensor:
    return model(autograd.randn(2, 3, 16, 16)).sum()


def traced(model: nn.Module) -> autograd.Tensor:
    with trace():
        return loss_of(model)


def check_dot(dot: str) -> None:
    """Braces match, every box is declared once, and edges join declared boxes."""
    bare = re.sub(r'"(\\.|[^"\\])*"', '""', dot)
    assert bare.count("{") == bare.count("}")
    declared = re.findall(r"^ *b(\d+) \[", dot, re.MULTILINE)
    assert len(declared) == len(set(declared))
    joined = set(re.findall(r"b(\d+) -> b(\d+);", dot))
    assert {n for pair in joined for n in pair} <= set(declared)
    assert all(int(a) < int(b) for a, b in joined)


def test_a_network_of_many_blocks_is_folded_to_be_readable(network: nn.Module) -> None:
    drawing = graph(traced(network), model=network)
    folded = [".".join((*box.path, box.layer)) for box in drawing.boxes if box.folded]
    assert folded == [f"layer{stage}.{block}" for stage in (1, 2, 3, 4) for block in (0, 1)]
    assert len(drawing.boxes) < 20
    assert [box.nodes for box in drawing.boxes if box.folded] == [7, 7, 9, 7, 9, 7, 9, 7]
    check_dot(drawing.dot)
    assert drawing.dot.count("subgraph") == 4


def test_the_depth_may_be_chosen(network: nn.Module) -> None:
    loss = traced(network)
    assert [b.layer for b in graph(loss, depth=1).boxes if b.folded] == ["layer1", "layer2", "layer3", "layer4"]
    everything = graph(loss, depth=0)
    assert not any(box.folded for box in everything.boxes)
    assert len(everything.boxes) == 3 + 7 + 7 + 3 * (9 + 7) + 3
    check_dot(everything.dot)
    assert 'subgraph "cluster_layer2.0.downsample"' in everything.dot


def test_parameters_tell_the_layers_where_nothing_was_traced(network: nn.Module) -> None:
    exact, told = graph(traced(network), depth=0), graph(loss_of(network), model=network, depth=0)
    assert [box.op for box in exact.boxes] == [box.op for box in told.boxes]
    for box, other in zip(exact.boxes, told.boxes, strict=True):
        if box.op in ("Conv", "BatchNorm", "Linear"):
            assert (box.path, box.layer) == (other.path, other.layer)
    inner = next(box for box in told.boxes if box.op == "Relu" and box.path)
    assert inner.path == ("layer1", "0")


def test_shortcuts_are_drawn(network: nn.Module) -> None:
    boxes = graph(traced(network), depth=0).boxes
    adds = [box for box in boxes if box.op == "Add"]
    assert len(adds) == 8
    assert all(len(box.sources) == 2 for box in adds)


def test_the_listing() -> None:
    model = nn.Sequential(nn.Sequential(nn.Linear(2, 3), nn.ReLU()), nn.Linear(3, 1))
    text = graph(model(autograd.ones(1, 2)), model=model).text
    assert text.splitlines() == [
        "Sequential",
        "     0:",
        "  1    0 Linear -> [1, 3]  from 0.0.weight [3, 2], 0.0.bias [3]",
        "  2  Relu -> [1, 3]  from #1",
        "  3  1 Linear -> [1, 1]  from #2, 1.weight [1, 3], 1.bias [1]",
    ]


def test_wide_graphs_without_names_are_quick() -> None:
    """A path is looked for through sixty diamonds, whose number of ways doubles each time."""
    x = autograd.ones(1, requires_grad=True)
    for _ in range(60):
        x = x * 0.5 + x * 0.3
    assert len(graph(x, depth=0).boxes) == 180


def test_several_roots() -> None:
    x = autograd.ones(2, requires_grad=True)
    y = x.exp()
    assert [b.op for b in graph([y.sum(), y.sin()]).boxes] == ["Exp", "Sum", "Sin"]


def test_names_are_quoted() -> None:
    class Odd(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.add_module('a"b\\c', nn.Linear(2, 2))

        def forward(self, x: autograd.Tensor) -> autograd.Tensor:
            return next(self.children())(x)

    model = Odd()
    check_dot(graph(model(autograd.ones(1, 2)), model=model).dot)


def test_svg_without_graphviz(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    drawing = graph(autograd.ones(2, requires_grad=True).exp())
    with pytest.raises(RuntimeError, match="Graphviz is not installed") as caught:
        drawing.svg(tmp_path / "graph.svg")
    assert "apt-get install graphviz" in str(caught.value)
    with pytest.raises(ValueError, match=r"ends in \.svg"):
        drawing.svg(tmp_path / "graph.png")


@pytest.mark.parametrize(("program", "fails"), [("echo '<svg/>'", False), ("echo bad >&2; exit 1", True)])
def test_svg_by_graphviz(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str, fails: bool) -> None:
    """A stand-in takes Graphviz's place."""
    dot = tmp_path / "dot"
    dot.write_text(f"#!/bin/sh\ncat > {tmp_path}/given\n{program}\n")
    dot.chmod(dot.stat().st_mode | stat.S_IEXEC)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    drawing = graph(autograd.ones(2, requires_grad=True).exp())
    if fails:
        with pytest.raises(RuntimeError, match="dot failed: bad"):
            drawing.svg(tmp_path / "graph.svg")
        return
    drawing.svg(tmp_path / "graph.svg")
    assert (tmp_path / "graph.svg").read_text() == "<svg/>\n"
    assert (tmp_path / "given").read_text() == drawing.dot


def test_mistakes() -> None:
    with pytest.raises(ValueError, match="depth must not be negative"):
        graph(autograd.ones(2, requires_grad=True).exp(), depth=-1)
    with pytest.raises(RuntimeError, match="does not require grad"):
        graph(autograd.ones(2))
    with pytest.raises(TypeError, match="expected a Tensor"):
        graph(3)


def test_no_tensors() -> None:
    with pytest.raises(ValueError, match="graph expects at least one tensor"):
        graph([])
