"""Drawings of graphs: as text, in the DOT language, and through Graphviz as SVG; layers may be folded into one box."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from autograd.errors import describe
from autograd.inspect.explanation import collect, leaf_names, root_of
from autograd.inspect.formulas import op_name
from autograd.inspect.tracing import RECORDS
from autograd.node import Node
from autograd.tensor import Tensor

__all__ = ["Box", "GraphDrawing", "graph"]

Parts = tuple[str, ...]

READABLE = 40
"""Boxes up to which a graph is drawn unfolded."""

# Light enough for black text, and apart for every kind of colour vision.
COLOURS = {
    "Conv": "#b3d4f0",
    "ConvInput": "#b3d4f0",
    "Linear": "#b3d4f0",
    "MatMul": "#b3d4f0",
    "BatchNorm": "#d9d2e9",
    "GroupNorm": "#d9d2e9",
    "LayerNorm": "#d9d2e9",
    "Relu": "#fde0a8",
    "Sigmoid": "#fde0a8",
    "Tanh": "#fde0a8",
    "LeakyRelu": "#fde0a8",
    "MaxPool": "#c9e8df",
    "AvgPool": "#c9e8df",
    "AdaptiveAvgPool": "#c9e8df",
    "CrossEntropy": "#f3c4b0",
}
PLAIN, FOLDED = "#f2f2f2", "#dfe7ef"


@dataclass(eq=False)
class Box:
    """One box of a drawing: a node, or a folded layer with all of its nodes.

    Attributes
    ----------
    number : int
    op : str
        The operation; empty for a folded layer.
    layer : str
        Name of the layer that does nothing else, or of the folded layer; may be empty.
    path : tuple of str
        Of the layer around it.
    shape : tuple of int
        Of what leaves it.
    nodes : int
        How many it stands for.
    leaves : list of str
        Parameters and other leaves that enter it.
    sources : list of Box
        The boxes its inputs come from.
    """

    number: int
    op: str
    layer: str
    path: Parts
    shape: tuple[int, ...]
    nodes: int = 1
    leaves: list[str] = field(default_factory=list)
    sources: list[Box] = field(default_factory=list)

    @property
    def folded(self) -> bool:
        """Whether it stands for a layer."""
        return not self.op

    @property
    def title(self) -> str:
        """The layer and the operation."""
        return f"{self.layer} ({self.nodes} nodes)" if self.folded else f"{self.layer} {self.op}".lstrip()

    @property
    def entering(self) -> list[str]:
        """The leaves, only counted where they are many."""
        many = self.folded or len(self.leaves) > 3
        return [f"{len(self.leaves)} leaves"] if many and self.leaves else self.leaves


class GraphDrawing:
    """Result of `graph`.

    Attributes
    ----------
    boxes : list of Box
        In the order of computation.
    text : str
        A listing, which ``print`` shows too.
    dot : str
        The drawing in Graphviz's language.

    Examples
    --------
    >>> import autograd
    >>> x = autograd.ones(2, requires_grad=True)
    >>> drawing = graph(x.exp().sum())
    >>> [box.op for box in drawing.boxes], drawing.dot.split()[0]
    (['Exp', 'Sum'], 'digraph')
    """

    def __init__(self, boxes: list[Box], title: str) -> None:
        self.boxes = boxes
        self.title = title

    def __str__(self) -> str:
        return self.text

    @property
    def text(self) -> str:
        """The drawing as a listing, indented by layer."""
        lines = [self.title] if self.title else []
        inside: Parts = ()
        for box in self.boxes:
            known = len(_common([inside, box.path]))
            lines += [f"     {'  ' * d}{'.'.join(box.path[: d + 1])}:" for d in range(known, len(box.path))]
            inside = box.path
            origin = ", ".join([*(f"#{source.number}" for source in box.sources), *box.entering])
            head = f"{box.number:>3}  {'  ' * len(box.path)}{box.title} -> {list(box.shape)}"
            lines.append(f"{head}  from {origin}" if origin else head)
        return "\n".join(lines)

    @property
    def dot(self) -> str:
        """The drawing in Graphviz's language."""
        lines = [
            "digraph {",
            f"  label={_quoted(self.title)}; labelloc=t; fontname=Helvetica; rankdir=TB; nodesep=0.25; ranksep=0.3;",
            '  node [shape=box, style="rounded,filled", fontname=Helvetica, fontsize=10, margin="0.12,0.06"];',
            "  edge [color=gray40, arrowsize=0.6];",
            *self._clusters((), self.boxes, 1),
        ]
        for box in self.boxes:
            lines += [f"  b{source.number} -> b{box.number};" for source in box.sources]
        return "\n".join([*lines, "}"])

    def _clusters(self, prefix: Parts, boxes: Sequence[Box], depth: int) -> list[str]:
        """Write boxes, those of one layer inside a frame."""
        indent = "  " * depth
        lines = [indent + _dot_box(box) for box in boxes if box.path == prefix]
        below: dict[Parts, list[Box]] = {}
        for box in boxes:
            if box.path != prefix:
                below.setdefault(box.path[: len(prefix) + 1], []).append(box)
        for path, members in below.items():
            inner = self._clusters(path, members, depth + 1)
            if len(members) == 1:
                lines += [line.removeprefix("  ") for line in inner]
                continue
            name = ".".join(path)
            head = f"{indent}subgraph {_quoted('cluster_' + name)} {{ label={_quoted(name)}; color=gray60; fontsize=10;"
            lines += [head, *inner, indent + "}"]
        return lines

    def svg(self, path: str | Path) -> None:
        """Write the drawing as SVG, by Graphviz.

        Parameters
        ----------
        path : str or Path
            Ends in ``.svg``.

        Raises
        ------
        ValueError
            If the path does not end in ``.svg``.
        RuntimeError
            If Graphviz is not installed, or fails.
        """
        if Path(path).suffix.lower() != ".svg":
            raise ValueError(describe(f"expected a path that ends in .svg, got {str(path)!r}", op="graph.svg"))
        program = shutil.which("dot")
        if program is None:
            raise RuntimeError(
                describe(
                    "Graphviz is not installed: its program dot was not found",
                    op="graph.svg",
                    fix="apt-get install graphviz, brew install graphviz, or conda install graphviz; "
                    "print(graph.text) and graph.dot need nothing",
                )
            )
        done = subprocess.run([program, "-Tsvg"], input=self.dot, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(describe(f"dot failed: {done.stderr.strip()}", op="graph.svg"))
        Path(path).write_text(done.stdout)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def _dot_box(box: Box) -> str:
    label = "\n".join([box.title, str(list(box.shape)), *box.entering])
    colour = FOLDED if box.folded else COLOURS.get(box.op, PLAIN)
    style = ', shape=box3d, style="filled"' if box.folded else ""
    return f"b{box.number} [label={_quoted(label)}, fillcolor={_quoted(colour)}{style}];"


def _common(paths: Sequence[Parts]) -> Parts:
    """Return what paths begin with in common."""
    same: list[str] = []
    for parts in zip(*paths, strict=False):
        if len(set(parts)) > 1:
            break
        same.append(parts[0])
    return tuple(same)


def graph(tensor: Tensor | Sequence[Tensor], *, model: Any = None, depth: int | None = None) -> GraphDrawing:
    """Draw the graph that made a tensor, or several.

    Boxes are grouped by layer where the layers are known: exactly if the graph was recorded under
    `autograd.inspect.trace`, else as far as the names of `model`'s parameters tell.

    Parameters
    ----------
    tensor : Tensor or sequence of Tensor
    model : module, optional
        Gives leaves the names of its parameters.
    depth : int, optional
        Layers this deep are folded into one box: 1 folds ``layer1``, 2 folds ``layer1.0``. If omitted, as deep as a
        readable drawing allows; 0 folds nothing.

    Returns
    -------
    GraphDrawing
        With ``text``, ``dot`` and ``svg(path)``.

    Raises
    ------
    RuntimeError
        If nothing was recorded.
    ValueError
        If there are no tensors, or `depth` is negative.

    Examples
    --------
    >>> import autograd
    >>> x = autograd.ones(2, 3, requires_grad=True)
    >>> print(graph((x.exp() * x).sum()))
      1  Exp -> [2, 3]  from leaf [2, 3]
      2  Mul -> [2, 3]  from #1, leaf [2, 3]
      3  Sum -> []  from #2
    """
    if depth is not None and depth < 0:
        raise ValueError(describe(f"depth must not be negative, got {depth}", op="graph"))
    tensors = (tensor,) if isinstance(tensor, Tensor) or not isinstance(tensor, Sequence) else tuple(tensor)
    if not tensors:
        raise ValueError(describe("graph expects at least one tensor", op="graph"))
    nodes = collect([root_of(t, "graph") for t in tensors])
    names = leaf_names(model)
    paths = _paths(nodes, names)
    if depth is None:
        depth = _readable_depth(nodes, paths)
    return GraphDrawing(_boxes(nodes, paths, names, depth), "" if model is None else type(model).__name__)


def _readable_depth(nodes: Sequence[Node], paths: dict[Node, Parts]) -> int:
    """Return 0 if all fits, else the deepest folding that does, at least 1."""
    if len(nodes) <= READABLE:
        return 0
    deepest = max(map(len, paths.values()))
    fitting = (d for d in range(deepest, 1, -1) if len(_folds(nodes, paths, d)) <= READABLE)
    return next(fitting, 1)


def _folds(nodes: Sequence[Node], paths: dict[Node, Parts], depth: int) -> dict[object, list[Node]]:
    """Return the nodes of every box, by the node itself or the path of the folded layer."""
    containers = _containers(paths)
    boxes: dict[object, list[Node]] = {}
    for node in nodes:
        top = paths[node][:depth]
        key = top if depth and len(top) == depth and top in containers else node
        boxes.setdefault(key, []).append(node)
    return boxes


def _containers(paths: dict[Node, Parts]) -> set[Parts]:
    """Return the paths of the layers that hold other layers."""
    return {path[:depth] for path in paths.values() for depth in range(1, len(path))}


def _boxes(nodes: Sequence[Node], paths: dict[Node, Parts], names: dict[Node, str], depth: int) -> list[Box]:
    containers = _containers(paths)
    box_of: dict[Node, Box] = {}
    for number, (key, members) in enumerate(_folds(nodes, paths, depth).items(), 1):
        last = members[-1]
        if isinstance(key, tuple):
            around, layer, op = key[:-1], key[-1], ""
        else:
            # The name of a layer that holds no others goes into the box; the others are frames around boxes.
            around, layer = paths[last], ""
            if around and around not in containers:
                around, layer = around[:-1], around[-1]
            op = op_name(last)
        box = Box(number, op, layer, around, last.outputs[0][0], len(members))
        box_of |= dict.fromkeys(members, box)
    for node in nodes:
        _connect(node, box_of, names)
    return list(dict.fromkeys(box_of.values()))


def _connect(node: Node, box_of: dict[Node, Box], names: dict[Node, str]) -> None:
    """Link a node's box to where its inputs come from."""
    box = box_of[node]
    for edge in node.edges:
        if edge is None:
            continue
        source = box_of.get(edge[0])
        if source is None:
            box.leaves.append(f"{names.get(edge[0], 'leaf')} {list(edge[0].outputs[0][0])}")
        elif source is not box and source not in box.sources:
            box.sources.append(source)


def _paths(nodes: Sequence[Node], names: dict[Node, str]) -> dict[Node, Parts]:
    """Return the path of the layer around every node."""
    paths: dict[Node, Parts] = {}
    known: dict[int, dict[int, str]] = {}
    for node in nodes:
        record = RECORDS.get(node)
        if record is not None and record.place.modules:
            model, layer = record.place.modules[0], record.place.modules[-1]
            if id(model) not in known:
                known[id(model)] = {id(module): path for path, module in model.named_modules()}
            paths[node] = _parts(known[id(model)].get(id(layer), ""))
        elif record is not None:
            paths[node] = ()
        else:
            owners = [_parts(names[e[0]])[:-1] for e in node.edges if e is not None and e[0] in names]
            if owners:
                paths[node] = owners[0]
    return _filled(nodes, paths)


def _filled(nodes: Sequence[Node], paths: dict[Node, Parts]) -> dict[Node, Parts]:
    """Give nodes without a path what the paths before and after them have in common."""
    before: dict[Node, Parts] = {}
    after: dict[Node, Parts] = {}
    for node in nodes:
        found = [before[edge[0]] for edge in node.edges if edge is not None and edge[0] in before]
        if node in paths or found:
            before[node] = paths[node] if node in paths else _common(found)
    for node in reversed(nodes):
        mine = paths.get(node, after.get(node))
        for edge in node.edges:
            if edge is not None and mine is not None:
                after[edge[0]] = _common([after[edge[0]], mine]) if edge[0] in after else mine
    return {
        node: paths[node] if node in paths else _common([before.get(node, ()), after.get(node, ())]) for node in nodes
    }


def _parts(path: str) -> Parts:
    return tuple(path.split(".")) if path else ()
