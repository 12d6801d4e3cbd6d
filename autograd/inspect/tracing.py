"""Remembers of every operation what its node does not: where it was called, and on what shapes."""

from __future__ import annotations

from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from autograd.node import Node
from autograd.observe import Locator, Place, observing
from autograd.tensor import Tensor

__all__ = ["RECORDS", "Record", "shapes_of", "trace"]

Shape = tuple[int, ...]


class Record(NamedTuple):
    """What is remembered of a node: its place, and its inputs' shapes (``None`` for what is no tensor)."""

    place: Place
    inputs: tuple[Shape | None, ...]


RECORDS: WeakKeyDictionary[Node, Record] = WeakKeyDictionary()
"""Records of the nodes that are alive."""


def shapes_of(values: tuple[Any, ...]) -> tuple[Shape | None, ...]:
    """Return the shapes of the tensors among some values."""
    return tuple([v._data.shape if isinstance(v, Tensor) else None for v in values])


class _Tracer(Locator):
    """Writes the records."""

    def after_forward(self, node: Node, inputs: tuple[Any, ...], outputs: tuple[Tensor, ...]) -> None:
        """Remember a recorded operation."""
        if any(output._node is node for output in outputs):
            RECORDS[node] = Record(self.place(), shapes_of(inputs))


class trace(observing):  # noqa: N801
    """Remember where the operations in the block are called, for `explain` and `graph` to show.

    Examples
    --------
    >>> import autograd
    >>> x = autograd.ones(2, requires_grad=True)
    >>> with trace():
    ...     y = x.exp()
    >>> RECORDS[y.grad_fn].inputs
    ((2,),)
    """

    def __init__(self) -> None:
        super().__init__(_Tracer())
