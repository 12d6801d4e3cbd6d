"""The ONNX graph while it is written: names, nodes, constants, and sizes that stay open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from autograd.errors import describe
from nn.onnx.aligning import Tracked, Varying
from nn.onnx.errors import OnnxExporterError, UnsupportedOperatorError

__all__ = ["Graph", "NodeSpec"]

Array = np.ndarray[Any, np.dtype[Any]]

#: The largest slice end: up to the end of the axis, however long it is.
END = np.iinfo(np.int64).max


@dataclass
class NodeSpec:
    """A node: operator, names of inputs (empty for those left out) and outputs, attributes, name."""

    op: str
    inputs: list[str]
    outputs: list[str]
    attributes: dict[str, Any]
    name: str


def _clean(value: Any) -> Any:
    """Refuse what is not the same for every input, and turn NumPy's numbers into Python's."""
    if isinstance(value, Varying):
        value._refuse()
    if isinstance(value, list | tuple):
        return [_clean(v) for v in value]
    return value.item() if isinstance(value, np.generic) else value


class Graph:
    """A graph under construction.

    Parameters
    ----------
    opset : int
        Version of the operators.
    inputs : sequence of Tracked
        The model's inputs, in which open sizes are looked for.

    Attributes
    ----------
    nodes : list of NodeSpec
    initializers : dict of str to ndarray
    layer, call : str
        Where the operation stands that is being translated, and its name.
    outputs : list of Tracked
        What that operation returned.
    """

    def __init__(self, opset: int, inputs: Sequence[Tracked]) -> None:
        self.opset = opset
        self.nodes: list[NodeSpec] = []
        self.initializers: dict[str, Array] = {}
        self.layer = self.call = ""
        self.outputs: list[Tracked] = []
        self._inputs = list(inputs)
        self._names: dict[Tracked, str | None] = {value: value.name for value in inputs}
        self._taken = {value.name for value in inputs}
        self._constants: dict[tuple[Any, ...], str] = {}
        self._sizes: dict[tuple[str, int], str] = {}

    # ---- nodes

    def add(self, op: str, *inputs: Any, outputs: int = 1, **attributes: Any) -> Any:
        """Add a node; its inputs are values, names, arrays or None. Attributes that are None are left out.

        Returns
        -------
        str, or list of str
            Names of the outputs.
        """
        names = [self.name(x) for x in inputs]
        while names and not names[-1]:
            names.pop()
        label = self._free(f"/{self.layer.split(' ')[0].replace('.', '/')}/{op}" if self._path() else f"/{op}")
        results = [f"{label}_output_{i}" for i in range(outputs)]
        kept = {key: _clean(value) for key, value in attributes.items() if value is not None}
        self.nodes.append(NodeSpec(op, names, results, kept, label))
        return results[0] if outputs == 1 else results

    def _path(self) -> bool:
        return bool(self.layer) and not self.layer.startswith("(")

    def _free(self, name: str) -> str:
        found, k = name, 0
        while found in self._taken:
            k += 1
            found = f"{name}_{k}"
        self._taken.add(found)
        return found

    def name(self, x: Any) -> str:
        """Return the name of a value, of an array that becomes a constant, or of nothing."""
        if x is None:
            return ""
        if isinstance(x, str):
            return x
        if isinstance(x, Tracked):
            if x not in self._names:
                self._names[x] = self._initializer(x)
            name = self._names[x]
            if name is None:
                raise self.unsupported(
                    "it uses the positions of maxima, which are not translated for cells of any size"
                )
            return name
        if isinstance(x, list | tuple | int):
            x = np.asarray(_clean(x), np.int64)
        return self._constant(np.asarray(x))

    def bind(self, value: Tracked, name: str | None) -> None:
        """Say which name a value has; None for an output that has no translation."""
        self._names[value] = name

    def _constant(self, array: Array) -> str:
        key = (array.dtype, array.shape, array.tobytes())
        if key not in self._constants:
            # A node, and no initializer: those are for weights.
            label = self._free("/Constant")
            self.nodes.append(NodeSpec("Constant", [], [f"{label}_output_0"], {"value": array}, label))
            self._constants[key] = f"{label}_output_0"
        return self._constants[key]

    def _store(self, name: str, array: Array) -> str:
        name = self._free(name)
        self.initializers[name] = array
        return name

    def _initializer(self, value: Tracked) -> str:
        if not value.constant:
            raise OnnxExporterError(describe("a value is used before it is computed", op=self.call))
        if value.settled:
            return self._store(value.name or "constant", value.array)
        return self._grown(value)

    def _grown(self, value: Tracked) -> str:
        """Return a constant that is not the same in all passes, if only its size grows."""
        first = self._first(value)
        if first is not None:
            return str(self.add("Expand", first, self.shape(value.shape)))
        line = self._line(value)
        if line:
            return line
        raise OnnxExporterError(
            describe(
                "a constant depends on the input, by a way that was not recorded",
                op=self.call,
                shapes={"constant": value.array.shape},
                rule=f"a tensor used in layer {self.layer or '(none)'} held other values for another input: it was "
                "made from random numbers, or through NumPy, .item() or Python numbers",
                fix="compute it by operations on tensors; no dropout or noise in evaluation mode",
            )
        )

    def _first(self, value: Tracked) -> Array | None:
        """Return what is repeated along the axes that are open, if that is all that grows."""
        begin = tuple([slice(0, 1) if _varies(n) else slice(None) for n in value.shape])
        first: Array = value.array[begin]
        return first if all((a == first).all() for a in value.arrays) else None

    def _line(self, value: Tracked) -> str:
        """Return numbers at equal distances, along the one axis that is not 1; empty if they are none."""
        open_axes = [axis for axis, n in enumerate(value.shape) if _varies(n)]
        flat = [a.reshape(-1) for a in value.arrays]
        if len(open_axes) != 1 or value.dtype.kind not in "if" or value.array.shape[open_axes[0]] != value.array.size:
            return ""
        steps = {(a[0].item(), a[1].item() - a[0].item()) for a in flat if a.size > 1}
        if len(steps) != 1:
            return ""
        first, step = steps.pop()
        if not all(np.allclose(a, first + step * np.arange(a.size), rtol=1e-6) for a in flat):
            return ""
        count = self.add("Squeeze", self.size(value.shape[open_axes[0]]), [0])
        line = self.cast(self.add("Range", np.asarray(0), count, np.asarray(1)), value.dtype)
        line = self.add("Add", self.add("Mul", line, self.number(step, value)), self.number(first, value))
        return str(line if value.ndim == 1 else self.reshape(line, value.shape, value))

    def unsupported(self, rule: str, fix: str = "") -> UnsupportedOperatorError:
        """Return an error that says what of the present operation cannot be written."""
        return UnsupportedOperatorError(
            describe(
                f"Exporting the operator '{self.call}' to ONNX opset version {self.opset} is not supported",
                op=f"{self.call}, in layer {self.layer}" if self.layer else self.call,
                rule=rule,
                fix=fix or "write the layer with other operations, or leave it out of the exported model",
            )
        )

    # ---- numbers and types

    def require_axes(self, x: Tracked) -> None:
        """Refuse a number where ONNX wants an axis.

        Raises
        ------
        UnsupportedOperatorError
            If the tensor has no axes.
        """
        if not x.ndim:
            raise self.unsupported("the input has no axes", "give it one with reshape(1)")

    def number(self, value: Any, like: Tracked) -> Array:
        """Return a number as an array of the element type of `like`."""
        return np.full((), _clean(value), like.dtype)

    def cast(self, x: Any, dtype: Any) -> str:
        """Convert the element type."""
        from onnx import helper

        return str(self.add("Cast", x, to=int(helper.np_dtype_to_tensor_dtype(np.dtype(dtype)))))

    # ---- sizes that stay open

    def size(self, n: Any, *near: Tracked) -> str:
        """Return the name of an integer vector of length 1 that holds a size."""
        if not isinstance(n, Varying):
            return self.name([n])
        dims = [(x, axis, d.seen) for x in (*near, *self._inputs) for axis, d in enumerate(x.shape) if _varies(d)]
        dims.sort(key=lambda dim: dim[2] != n.seen)
        for x, axis, seen in dims:
            relation = _relation(n.seen, seen)
            if relation is not None:
                operator, number = relation
                return str(self.add(operator, self._dim(x, axis), [number])) if operator else self._dim(x, axis)
        for x in (*near, *self._inputs):
            found = self._product(n, x)
            if found:
                return found
        return str(n._refuse())

    def _product(self, n: Varying, x: Tracked) -> str:
        """Return a size that is the product of consecutive axes of `x`; empty if there are none."""
        for first in range(x.ndim):
            for last in range(first + 2, x.ndim + 1):
                if tuple(prod(a.shape[first:last]) for a in x.arrays) == n.seen:
                    part = self.add("Slice", self._shape_of(x), [first], [last])
                    return str(self.add("ReduceProd", part, keepdims=1))
        return ""

    def _shape_of(self, x: Tracked) -> str:
        key = (self.name(x), -1)
        if key not in self._sizes:
            self._sizes[key] = self.add("Shape", x)
        return self._sizes[key]

    def _dim(self, x: Tracked, axis: int) -> str:
        key = (self.name(x), axis)
        if key not in self._sizes:
            self._sizes[key] = self.add("Gather", self._shape_of(x), [axis], axis=0)
        return self._sizes[key]

    def shape(self, sizes: Sequence[Any], *near: Tracked) -> str:
        """Return the name of an integer vector of sizes."""
        if not any(map(_varies, sizes)):
            return self.name(list(sizes))
        parts: list[Any] = []
        for n in sizes:
            if _varies(n):
                parts.append(self.size(n, *near))
            elif parts and isinstance(parts[-1], list):
                parts[-1].append(n)
            else:
                parts.append([n])
        return str(self.add("Concat", *parts, axis=0)) if len(parts) > 1 else self.name(parts[0])

    def reshape(self, x: Tracked | str, sizes: Sequence[Any], source: Tracked) -> str:
        """Reshape `x`, which has the shape of `source`, without fixing a size that is open."""
        wanted = list(sizes)
        if 0 not in wanted:
            for axis, n in enumerate(wanted):
                if (
                    sum(map(_varies, wanted)) > 1
                    and axis < source.ndim
                    and _equal(n, source.shape[axis])
                    and _varies(n)
                ):
                    wanted[axis] = 0
            if sum(map(_varies, wanted)) == 1:
                wanted = [-1 if _varies(n) else n for n in wanted]
        empty = 1 if 0 in sizes and self.opset >= 14 else None
        return str(self.add("Reshape", x, self.shape(wanted, source), allowzero=empty))

    def axes(self, op: str, x: Any, axes: Sequence[int] | None, keepdims: bool, since: int = 18) -> str:
        """Reduce over axes, which are an attribute before opset `since` and an input from then on."""
        chosen = None if axes is None else list(axes)
        if chosen == []:
            return str(self.add("Identity", x))
        if self.opset >= since:
            return str(self.add(op, x, chosen, keepdims=int(keepdims)))
        return str(self.add(op, x, axes=chosen, keepdims=int(keepdims)))

    def slice(self, x: Any, ranges: dict[int, tuple[Any, Any, int]], *near: Tracked) -> str:
        """Take ``start:stop:step`` of some axes."""
        if not ranges:
            return self.name(x)
        starts, stops, steps = zip(*ranges.values(), strict=True)
        return str(self.add("Slice", x, self.shape(starts, *near), self.shape(stops, *near), list(ranges), list(steps)))


def _relation(sizes: Sequence[int], dims: Sequence[int]) -> tuple[str, int] | None:
    """Return the operator and the number that make sizes of those of an axis, in all passes; an empty one if equal."""
    pairs = list(zip(sizes, dims, strict=True))
    a, d = pairs[0]
    if all(n == m for n, m in pairs):
        return "", 0
    if d and a % d == 0 and all(n == m * (a // d) for n, m in pairs):
        return "Mul", a // d
    if a and d % a == 0 and all(m == n * (d // a) for n, m in pairs):
        return "Div", d // a
    if all(n - m == a - d for n, m in pairs):
        return "Add", a - d
    return None


def _varies(n: Any) -> bool:
    return isinstance(n, Varying)


def _equal(a: Any, b: Any) -> bool:
    if isinstance(a, Varying) or isinstance(b, Varying):
        return isinstance(a, Varying) and isinstance(b, Varying) and a.seen == b.seen
    return bool(a == b)
