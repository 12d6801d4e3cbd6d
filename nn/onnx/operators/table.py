"""The one table of ONNX's operators, and what an operator knows of its node."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np

from autograd import Tensor
from autograd.errors import describe
from nn.onnx.errors import OnnxImporterError

__all__ = ["OPERATORS", "Node", "integers", "operator"]

F = TypeVar("F", bound=Callable[..., Any])

#: By name; each is called with the node and its inputs, None for those left out, and returns a tensor or several.
OPERATORS: dict[str, Callable[..., Any]] = {}


def operator(*names: str) -> Callable[[F], F]:
    """Enter an operator."""

    def enter(function: F) -> F:
        for name in names:
            OPERATORS[name] = function
        return function

    return enter


@dataclass
class Node:
    """A node of a graph that was read.

    Attributes
    ----------
    op, name : str
    inputs, outputs : list of str
        Names; empty for what is left out.
    attributes : dict
    opset : int
    training : bool
        Whether the module is in training mode.
    """

    op: str
    name: str
    inputs: list[str]
    outputs: list[str]
    attributes: dict[str, Any] = field(default_factory=dict)
    opset: int = 1
    training: bool = False

    def get(self, name: str, default: Any = None) -> Any:
        """Return an attribute, or its default."""
        return self.attributes.get(name, default)

    def wants(self, output: int) -> bool:
        """Whether an output is used."""
        return len(self.outputs) > output and bool(self.outputs[output])

    def refuse(self, rule: str) -> OnnxImporterError:
        """Return an error that says what of the node is not supported."""
        where = f"{self.op} ({self.name})" if self.name else self.op
        return OnnxImporterError(
            describe(f"the ONNX operator {self.op} is not supported like this", op=where, rule=rule)
        )


def integers(x: Any) -> list[int]:
    """Return the elements of an attribute, or of an input that says shapes, axes or positions."""
    if isinstance(x, Tensor):
        return [int(n) for n in np.atleast_1d(x.detach().numpy())]
    if isinstance(x, Sequence):
        return [int(n) for n in x]
    return [int(x)]
