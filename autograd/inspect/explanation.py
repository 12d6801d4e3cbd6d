"""What a graph computes, node by node: formulas, shapes, what is saved, what it costs, and the way back."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from autograd.errors import describe
from autograd.inspect import flops
from autograd.inspect.convolution import ConvolutionExplanation, convolution_of
from autograd.inspect.formulas import formula_of, op_name
from autograd.inspect.text import Style, amount, count, width
from autograd.inspect.tracing import RECORDS
from autograd.node import AccumulateGrad, Node, edge_to
from autograd.operation import Op
from autograd.tensor import Tensor

__all__ = ["GraphExplanation", "Step", "collect", "explain", "inputs_of", "leaf_names"]

Shape = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One node of a graph.

    Attributes
    ----------
    number : int
        Its place in the order of computation, from 1.
    op, formula, backward : str
        Name of the operation, what it computes, and how its gradient is computed.
    inputs : tuple of str
        Where each input comes from: ``#3`` for a step, a leaf, or ``constant``.
    input_shapes : tuple of shape or None
        ``None`` where the shape is not known any more.
    output_shapes : tuple of shape
    saved : int or None
        Bytes held for backward; ``None`` once they were freed.
    flops : int or None
        Operations of the forward; ``None`` where unknown.
    layer : str
        Path of the layer, if the graph was recorded under `trace`.
    source : str
        Line of the user's code, likewise.
    """

    number: int
    op: str
    formula: str
    backward: str
    inputs: tuple[str, ...]
    input_shapes: tuple[Shape | None, ...]
    output_shapes: tuple[Shape, ...]
    saved: int | None
    flops: int | None
    layer: str
    source: str


class GraphExplanation:
    """Result of `explain` for a graph; its text lists the nodes in the order they were computed.

    Attributes
    ----------
    steps : list of Step
    saved : int
        Bytes of all that the graph holds for backward, shared memory counted once.
    flops : int
        Of all steps whose operations are known.

    Examples
    --------
    >>> import autograd
    >>> x = autograd.ones(2, requires_grad=True)
    >>> explanation = explain((x * x).sum())
    >>> [step.op for step in explanation.steps], explanation.saved, explanation.flops
    (['Mul', 'Sum'], 8, 4)
    """

    def __init__(self, steps: list[Step], saved: int) -> None:
        self.steps = steps
        self.saved = saved
        self.flops = sum(step.flops or 0 for step in steps)

    def to_dict(self) -> dict[str, Any]:
        """Return all of it as plain values."""
        return {"steps": [asdict(step) for step in self.steps], "saved": self.saved, "flops": self.flops}

    def __str__(self) -> str:
        style, columns = Style(), width()
        lines = [line for step in self.steps for line in _lines(step, columns, style)]
        total = (
            f"{len(self.steps)} nodes, {count(self.flops)} operations forward, {amount(self.saved)} saved for backward"
        )
        return "\n".join([*lines, style.bold(total)])

    def figure(self, path: str | Path) -> None:
        """Draw what every node costs and saves; the ending of `path` says whether as PNG, SVG or PDF."""
        from autograd.inspect.figures import draw_costs  # loads matplotlib

        draw_costs(self, path)


def _lines(step: Step, columns: int, style: Style) -> list[str]:
    shapes = ", ".join(map(_shape, step.output_shapes))
    head = f"{step.number:>3}  {style.bold(step.op)} -> {shapes}"
    where = ", ".join(part for part in (step.layer, step.source) if part)
    operands = ", ".join(
        f"{name} {_shape(shape)}" if shape is not None else name
        for name, shape in zip(step.inputs, step.input_shapes, strict=True)
    )
    saved = "freed" if step.saved is None else amount(step.saved)
    body = [
        *([style.dim(where)] if where else []),
        f"from      {operands}",
        f"forward   {step.formula}",
        f"backward  {step.backward}",
        f"cost      {count(step.flops)} operations, {saved} saved",
    ]
    indent = " " * 5
    wrapped = [
        textwrap.wrap(line, columns - 5, subsequent_indent=" " * 10) if len(line) > columns - 5 else [line]
        for line in body
    ]
    return [head, *(indent + line for part in wrapped for line in part), ""]


def _shape(shape: Shape | None) -> str:
    return "?" if shape is None else "[" + ", ".join(map(str, shape)) + "]"


def explain(tensor: Tensor, grad: Any = None, *, model: Any = None) -> GraphExplanation | ConvolutionExplanation:
    """Explain how a tensor was computed and how gradients flow back from it.

    The output of a convolution is explained by numbers, as lecture notes do; any other tensor by the list of all nodes
    of its graph.

    Parameters
    ----------
    tensor : Tensor
        A result that requires grad.
    grad : Tensor or array_like, optional
        For a convolution: the gradient of the loss by its output; ones if omitted.
    model : module, optional
        Gives the leaves the names of its parameters.

    Returns
    -------
    GraphExplanation or ConvolutionExplanation
        ``print`` it; both have ``to_dict()`` and ``figure(path)``.

    Raises
    ------
    TypeError
        If it is not a tensor.
    RuntimeError
        If nothing was recorded; for a convolution, if the graph was freed.
    ValueError
        If a convolution is too large to be written out.

    Examples
    --------
    >>> import autograd
    >>> x = autograd.tensor([1.0, 2.0], requires_grad=True)
    >>> print(explain((x * x).sum()))
      1  Mul -> [2]
         from      leaf [2], leaf [2]
         forward   y = a * b
         backward  da = g * b, db = g * a
         cost      2 operations, 8 B saved
    <BLANKLINE>
      2  Sum -> []
         from      #1 [2]
         forward   y = sum(x)
         backward  dx = g broadcast to the shape of x
         cost      2 operations, 0 B saved
    <BLANKLINE>
    2 nodes, 4 operations forward, 8 B saved for backward
    """
    node = root_of(tensor, "explain")
    found = convolution_of(tensor, node)
    if found is not None:
        return ConvolutionExplanation.of_node(*found, grad)
    if grad is not None:
        raise ValueError(describe("grad is for the output of a convolution", op="explain", fix="leave it out"))
    nodes = collect([node])
    numbers = {n: number for number, n in enumerate(nodes, 1)}
    names = leaf_names(model)
    steps = [_step(n, numbers, names) for n in nodes]
    owners = {id(owner): owner.nbytes for n in nodes for owner in map(_owner, _held(n))}
    return GraphExplanation(steps, sum(owners.values()))


def root_of(tensor: Any, op: str) -> Node:
    """Return the node that made a tensor.

    Raises
    ------
    TypeError
        If it is not a tensor.
    RuntimeError
        If nothing was recorded.
    """
    if not isinstance(tensor, Tensor):
        raise TypeError(describe(f"{op}(): expected a Tensor, got {type(tensor).__name__}", op=op))
    if tensor.grad_fn is None:
        raise RuntimeError(
            describe(
                "element 0 of tensors does not require grad and does not have a grad_fn",
                op=op,
                rule="there is a graph only where an operation was recorded",
                fix="set requires_grad=True on the inputs, and compute outside of no_grad() and detach()",
            )
        )
    return tensor.grad_fn


def collect(roots: Iterable[Node]) -> list[Node]:
    """Return all nodes below some, oldest first, without the leaves."""
    seen = set(roots)
    stack = list(seen)
    while stack:
        for edge in stack.pop().edges:
            if edge is not None and edge[0] not in seen and not isinstance(edge[0], AccumulateGrad):
                seen.add(edge[0])
                stack.append(edge[0])
    return sorted(seen, key=lambda node: -node.order)


def leaf_names(model: Any) -> dict[Node, str]:
    """Return the names of a model's parameters, by the nodes that stand for them in a graph."""
    if model is None:
        return {}
    return {edge_to(p)[0]: name for name, p in model.named_parameters() if p.requires_grad}


def inputs_of(node: Node) -> list[Shape | None]:
    """Return the shapes of a node's inputs: from its record, its edges, or what it saved."""
    record = RECORDS.get(node)
    if record is not None:
        return list(record.inputs)
    saved = node._saved if isinstance(node, Op) and node._saved else (None,) * len(node.edges)
    shapes: list[Shape | None] = []
    for edge, value in zip(node.edges, saved, strict=True):
        if edge is not None:
            shapes.append(edge[0].outputs[edge[1]][0])
        else:
            shapes.append(value._data.shape if isinstance(value, Tensor) else None)
    return shapes


def _step(node: Node, numbers: dict[Node, int], names: dict[Node, str]) -> Step:
    formula, record, shapes = formula_of(type(node)), RECORDS.get(node), inputs_of(node)
    place = record.place if record is not None else None
    source = place.source if place is not None else None
    return Step(
        number=numbers[node],
        op=op_name(node),
        formula=formula.forward,
        backward=formula.backward,
        inputs=tuple(_source(edge, numbers, names) for edge in node.edges),
        input_shapes=tuple(shapes),
        output_shapes=tuple(shape for shape, _ in node.outputs),
        saved=None if node._saved is None else sum(array.nbytes for array in _held(node)),
        flops=flops.count(node, shapes, node.outputs[0][0]),
        layer="" if place is None else place.layer,
        source="" if source is None else f"{Path(source.file).name}:{source.line}",
    )


def _source(edge: tuple[Node, int] | None, numbers: dict[Node, int], names: dict[Node, str]) -> str:
    if edge is None:
        return "constant"
    node, index = edge
    if node in numbers:
        return f"#{numbers[node]}" + (f".{index}" if len(node.outputs) > 1 else "")
    return names.get(node, "leaf")


def _held(node: Node) -> list[np.ndarray[Any, Any]]:
    """Return the arrays that a node holds for backward, each once."""
    arrays: dict[int, np.ndarray[Any, Any]] = {}
    output = getattr(node, "_output", None)
    for value in (*(node._saved or ()), *(getattr(node, "_kept", None) or ()), *(output or ())):
        value = value[0] if isinstance(value, tuple) else value
        array = value._data if isinstance(value, Tensor) else value
        if isinstance(array, np.ndarray):
            arrays[id(array)] = array
    return list(arrays.values())


def _owner(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array
