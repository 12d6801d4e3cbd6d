"""Sample inputs that many operations share."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from autograd.ops.registry import Maker, Sample
from autograd.tensor import Tensor

__all__ = ["pairs", "reduced", "scanned", "unary"]


def pairs(make: Maker) -> Iterator[Sample]:
    """Samples of a binary operation: equal shapes, broadcasting both ways, a number, 0-d, empty."""
    yield from tensor_pairs(make)
    yield Sample(make.positive(3), 1.5)


def tensor_pairs(make: Maker) -> Iterator[Sample]:
    """Samples of a binary operation that takes no numbers."""
    yield Sample(make.positive(3, 4), make.positive(3, 4))
    yield Sample(make.positive(2, 1, 4), make.positive(3, 1))
    yield Sample(make.positive(), make.positive(2))
    yield Sample(make.positive(0, 3), make.positive(3))


def unary(draw: Callable[..., Tensor]) -> Iterator[Sample]:
    """Samples of a function of one argument with values from `draw`: ordinary, 0-d, empty."""
    yield Sample(draw(3, 4))
    yield Sample(draw())
    yield Sample(draw(0, 2))


def reduced(draw: Callable[..., Tensor], many: bool = True) -> Iterator[Sample]:
    """Samples of a reduction: all axes, one, kept, 0-d, empty, and several axes where it takes `many`."""
    yield Sample(draw(2, 3, 4))
    yield Sample(draw(2, 3, 4), 1)
    yield Sample(draw(2, 3, 4), dim=-1, keepdim=True)
    yield Sample(draw())
    yield Sample(draw(0, 3), 1)
    if many:
        yield Sample(draw(2, 3, 4), (0, -1), keepdim=True)
        yield Sample(draw(2, 3, 4), (0, 2))


def scanned(draw: Callable[..., Tensor]) -> Iterator[Sample]:
    """Samples of an operation along one axis that keeps the shape."""
    yield Sample(draw(3, 4), 0)
    yield Sample(draw(2, 3, 2), dim=-2)
    yield Sample(draw(), 0)
    yield Sample(draw(0, 3), 1)
