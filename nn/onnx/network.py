"""A network that was read from an ONNX file: its nodes run in order, its weights are parameters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

import autograd
from autograd import Tensor
from autograd.errors import describe
from nn.module import Module
from nn.onnx.operators.table import OPERATORS, Node
from nn.parameter import Parameter

__all__ = ["OnnxModule"]

Array = np.ndarray[Any, np.dtype[Any]]

#: Inputs that are settings, by operator and place; a floating-point initializer used elsewhere is a weight.
SETTINGS = {("Resize", 1), ("Resize", 2), ("Upsample", 1), ("Pad", 2), ("Clip", 1), ("Clip", 2), ("Dropout", 1)}
STATISTICS = {("BatchNormalization", 3), ("BatchNormalization", 4)}
ARITHMETIC = {"Add", "Sub", "Mul", "Div", "Pow", "Max", "Min", "Where", "Equal", "Less", "Greater", "OneHot", "Range"}


class _Scope(Module):
    """A part of a parameter's path."""

    def extra_repr(self) -> str:
        """Return the weights that are called by it."""
        return ", ".join(
            f"{name}={list(t.shape)}"
            for name, t in (*self._parameters.items(), *self._buffers.items())
            if t is not None
        )


class OnnxModule(Module):
    """A network read by `nn.onnx.load`.

    Weights are parameters, the running statistics of batch normalisation are buffers, both under their names in the
    file. Constants of other kinds are no part of the state.

    Attributes
    ----------
    input_names, output_names : tuple of str

    Examples
    --------
    >>> import nn
    >>> proto = nn.onnx.export(nn.Linear(2, 3), autograd.zeros(1, 2))
    >>> network = nn.onnx.load(proto.SerializeToString())
    >>> network.input_names, network.output_names
    (('input',), ('output',))
    >>> network(autograd.zeros(1, 2)).shape
    autograd.Size([1, 3])
    """

    def __init__(
        self, nodes: Sequence[Node], initializers: Mapping[str, Array], inputs: Sequence[str], outputs: Sequence[str]
    ) -> None:
        super().__init__()
        self.input_names, self.output_names = tuple(inputs), tuple(outputs)
        self._nodes = [node for node in nodes if node.op != "Constant"]
        self._paths: dict[str, tuple[_Scope | OnnxModule, str]] = {}
        self._constants: dict[str, Tensor] = {}
        for node in nodes:
            if node.op == "Constant":
                self._constants[node.outputs[0]] = OPERATORS["Constant"](node)
        uses = _uses(self._nodes)
        for name, array in initializers.items():
            tensor = autograd.from_numpy(np.array(array))
            kind = _role(array, uses.get(name, ()))
            if kind == "constant":
                self._constants[name] = tensor
            else:
                self._register(name, tensor, kind)
        self._last = _last_uses(self._nodes, self.output_names)

    def _register(self, name: str, tensor: Tensor, kind: str) -> None:
        """Register a weight or a buffer under its name, whose parts between dots are modules."""
        *scopes, leaf = name.split(".") if all(name.split(".")) else [name.replace(".", "_")]
        holder: Module = self
        for scope in scopes:
            child = holder._modules.get(scope)
            if child is None and hasattr(holder, scope):
                scope = f"{scope}_"
                child = holder._modules.get(scope)
            if child is None:
                child = _Scope()
                holder.add_module(scope, child)
            holder = child
        while hasattr(holder, leaf):
            leaf = f"{leaf}_"
        if kind == "weight":
            holder.register_parameter(leaf, Parameter(tensor))
        else:
            holder.register_buffer(leaf, tensor)
        self._paths[name] = holder, leaf  # type: ignore[assignment]

    def forward(self, *args: Tensor, **kwargs: Tensor) -> Any:
        """Run the network.

        Parameters
        ----------
        *args, **kwargs : Tensor
            The inputs, in the order or under the names of `input_names`.

        Returns
        -------
        Tensor or tuple of Tensor

        Raises
        ------
        TypeError
            If there are too many or too few inputs.
        """
        values: dict[str, Any] = self._bound(args, kwargs) | self._constants
        for name, (holder, leaf) in self._paths.items():
            values[name] = getattr(holder, leaf)
        for node, finished in zip(self._nodes, self._last, strict=True):
            node.training = self.training
            try:
                results = OPERATORS[node.op](node, *(values[name] if name else None for name in node.inputs))
            except Exception as error:
                error.add_note(f"in the ONNX node {node.name or node.outputs[0]} ({node.op})")
                raise
            listed = results if isinstance(results, tuple) else (results,)
            values.update(zip(node.outputs, listed, strict=False))
            for name in finished:
                values.pop(name, None)
        outputs = tuple([values[name] for name in self.output_names])
        return outputs[0] if len(outputs) == 1 else outputs

    def _bound(self, args: tuple[Tensor, ...], kwargs: dict[str, Tensor]) -> dict[str, Any]:
        names = self.input_names
        given = dict(zip(names, args, strict=False)) | kwargs
        if len(args) > len(names) or set(given) != set(names) or len(args) + len(kwargs) != len(names):
            raise TypeError(
                describe(
                    f"forward() takes {len(names)} inputs but {len(args) + len(kwargs)} were given",
                    op="OnnxModule",
                    rule=f"the inputs are {', '.join(names)}",
                )
            )
        return given

    def extra_repr(self) -> str:
        """Return the inputs, outputs and number of nodes."""
        return f"{', '.join(self.input_names)} -> {', '.join(self.output_names)}, nodes={len(self._nodes)}"


def _uses(nodes: Iterable[Node]) -> dict[str, list[tuple[str, int]]]:
    """Return for every name the operators, and places among their inputs, that use it."""
    found: dict[str, list[tuple[str, int]]] = {}
    for node in nodes:
        for place, name in enumerate(node.inputs):
            found.setdefault(name, []).append((node.op, place))
    return found


def _role(array: Array, uses: Sequence[tuple[str, int]]) -> str:
    """Return whether an initializer is a weight, a buffer or a constant."""
    if array.dtype.kind != "f" or any(use in SETTINGS for use in uses):
        return "constant"
    if uses and all(use in STATISTICS for use in uses):
        return "buffer"
    number = array.size == 1 and all(op in ARITHMETIC for op, _ in uses)
    return "constant" if number else "weight"


def _last_uses(nodes: Sequence[Node], kept: Sequence[str]) -> list[list[str]]:
    """Return for every node the names that nothing uses after it."""
    seen = set(kept)
    result: list[list[str]] = []
    for node in reversed(nodes):
        fresh = {name for name in (*node.inputs, *node.outputs) if name} - seen
        seen |= fresh
        result.append(sorted(fresh))
    return result[::-1]
