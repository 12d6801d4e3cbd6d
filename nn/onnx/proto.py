"""The finished graph as a message of the package onnx."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

import autograd
from autograd.errors import describe
from nn.onnx.aligning import Tracked, Varying
from nn.onnx.errors import OnnxExporterError
from nn.onnx.graph import Graph, NodeSpec

__all__ = ["build_model"]

#: Protocol buffers cannot be larger.
LIMIT = 2**31 - 1

Symbols = Mapping[tuple[int, int], str]


def build_model(
    graph: Graph,
    inputs: Sequence[Tracked],
    outputs: Sequence[Tracked],
    names: Sequence[str],
    symbols: Symbols,
    dynamic_axes: Mapping[str, Any],
) -> Any:
    """Return the model, without nodes that lead nowhere.

    Raises
    ------
    OnnxExporterError
        If it is too large for the format.
    """
    from onnx import helper, numpy_helper

    _name_outputs(graph, outputs, names, {x.name for x in inputs})
    nodes = _needed(graph.nodes, set(names))
    used = {name for node in nodes for name in node.inputs}
    weights = {name: array for name, array in graph.initializers.items() if name in used}
    if sum(array.nbytes for array in weights.values()) > LIMIT:
        raise OnnxExporterError(describe("weights of more than 2 GiB do not fit into one ONNX file", op="export"))
    proto = helper.make_graph(
        [helper.make_node(n.op, n.inputs, n.outputs, name=n.name, **_packed(n)) for n in nodes],
        "main_graph",
        [_info(x, x.name, [symbols.get((i, axis)) for axis in range(x.ndim)]) for i, x in enumerate(inputs)],
        [
            _info(x, name, _open(x, inputs, symbols, dynamic_axes.get(name, {})))
            for x, name in zip(outputs, names, strict=True)
        ],
        [numpy_helper.from_array(np.array(array, order="C"), name) for name, array in weights.items()],
    )
    opsets = [helper.make_opsetid("", graph.opset)]
    return helper.make_model(
        proto,
        opset_imports=opsets,
        ir_version=helper.find_min_ir_version_for(opsets),
        producer_name="convgrad",
        producer_version=autograd.__version__,
    )


def _packed(node: NodeSpec) -> dict[str, Any]:
    from onnx import numpy_helper

    return {k: numpy_helper.from_array(v) if isinstance(v, np.ndarray) else v for k, v in node.attributes.items()}


def _name_outputs(graph: Graph, outputs: Sequence[Tracked], names: Sequence[str], inputs: set[str]) -> None:
    """Let the model's outputs have their names: of the nodes that make them, or of a copy."""
    made = {output for node in graph.nodes for output in node.outputs}
    new: dict[str, str] = {}
    for value, name in zip(outputs, names, strict=True):
        if name in inputs or name in graph.initializers:
            raise ValueError(describe(f"the output name {name!r} is taken", op="export", fix="choose another"))
        present = graph.name(value)
        if present in made and present not in new:
            new[present] = name
        else:
            graph.nodes.append(NodeSpec("Identity", [present], [name], {}, f"/{name}"))
    for node in graph.nodes:
        node.inputs = [new.get(n, n) for n in node.inputs]
        node.outputs = [new.get(n, n) for n in node.outputs]


def _needed(nodes: Sequence[NodeSpec], wanted: set[str]) -> list[NodeSpec]:
    """Return the nodes that lead to an output."""
    kept = []
    for node in reversed(nodes):
        if wanted.intersection(node.outputs):
            kept.append(node)
            wanted.update(node.inputs)
    return kept[::-1]


def _open(x: Tracked, inputs: Sequence[Tracked], symbols: Symbols, wished: Any) -> list[str | None]:
    """Return the symbol of every axis of an output that is not the same in all passes."""
    known = {inputs[i].shape[axis].seen: label for (i, axis), label in symbols.items()}
    named = wished if isinstance(wished, Mapping) else {}
    labels: list[str | None] = []
    for axis, n in enumerate(x.shape):
        if isinstance(n, Varying):
            labels.append(named.get(axis) or named.get(axis - x.ndim) or known.get(n.seen) or f"open_axis_{axis}")
        else:
            labels.append(None)
    return labels


def _info(x: Tracked, name: str, labels: Sequence[str | None]) -> Any:
    from onnx import helper

    sizes = [label or n for label, n in zip(labels, x.array.shape, strict=True)]
    return helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(x.dtype), sizes)
