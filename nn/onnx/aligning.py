"""What of a recorded pass depends on the sizes that are to stay open: told by comparing passes at several sizes."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, NoReturn

import numpy as np

from autograd.errors import describe
from autograd.inspect.calls import Call, Pass, Value
from nn.onnx.errors import OnnxExporterError

__all__ = ["Tracked", "Varying", "align"]

Array = np.ndarray[Any, np.dtype[Any]]


class Varying:
    """A number, or an array, that is not the same in all passes.

    Attributes
    ----------
    seen : tuple
        What it was in each pass.
    """

    def __init__(self, seen: tuple[Any, ...]) -> None:
        self.seen = seen

    def _refuse(self, *_: Any) -> NoReturn:
        shown = ", ".join(str(s) if not isinstance(s, np.ndarray) else f"an array {list(s.shape)}" for s in self.seen)
        raise OnnxExporterError(
            describe(
                "a setting depends on the input",
                rule=f"it was {shown} for inputs of different sizes or values, and a file can hold one",
                fix="leave that axis out of dynamic_axes, or compute it by operations on tensors",
            )
        )

    __index__ = __int__ = __float__ = __bool__ = __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = _refuse
    __floordiv__ = __rfloordiv__ = __neg__ = __lt__ = __le__ = __gt__ = __ge__ = __iter__ = __len__ = _refuse


class Tracked:
    """A value of the first pass, with what it was in the others.

    Attributes
    ----------
    array : ndarray
        In the first pass.
    arrays : tuple of ndarray
        In each pass.
    name : str
    constant : bool
    shape : tuple of int or Varying
    """

    def __init__(self, values: Sequence[Value]) -> None:
        first = values[0]
        self.array, self.name, self.constant = first.array, first.name, first.constant
        self.arrays = tuple([v.array for v in values])
        ranks = {a.ndim for a in self.arrays}
        if len(ranks) > 1:
            _diverged(f"a tensor has {min(ranks)} axes in one of them and {max(ranks)} in another")
        self.shape = tuple(map(_joined, zip(*(a.shape for a in self.arrays), strict=True)))

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return self.array.ndim

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the elements."""
        return self.array.dtype

    @property
    def settled(self) -> bool:
        """Whether it is a constant with the same elements in all passes."""
        return self.constant and all(_same(self.array, a) for a in self.arrays[1:])


def _diverged(what: str, layer: str = "") -> NoReturn:
    raise OnnxExporterError(
        describe(
            "the forward pass took another course for inputs of another size or with other values",
            op=layer or None,
            rule=f"a file holds one course; {what}",
            fix="write it without 'if' on values or sizes (where, clamp), or leave the axis out of dynamic_axes",
        )
    )


def _same(a: Any, b: Any) -> bool:
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and np.array_equal(a, b, equal_nan=a.dtype.kind in "fc")
    return bool(a == b) or (a != a and b != b)


def _joined(seen: Sequence[Any]) -> Any:
    return seen[0] if all(_same(seen[0], other) for other in seen[1:]) else Varying(tuple(seen))


class _Aligner:
    def __init__(self) -> None:
        self._tracked: dict[int, Tracked] = {}

    def merge(self, items: Sequence[Any]) -> Any:
        """Put together what stands at one place in all passes."""
        first = items[0]
        if len({type(item) for item in items}) > 1:
            numbers = all(isinstance(item, int | float | np.number) for item in items)
            return _joined(items) if numbers else _diverged("a setting is of another type")
        if isinstance(first, Value):
            known = self._tracked.get(id(first))
            if known is None:
                known = self._tracked[id(first)] = Tracked(items)
            return known
        if isinstance(first, list | tuple):
            if len({len(item) for item in items}) > 1:
                _diverged("a sequence has another length")
            parts = [self.merge(parts) for parts in zip(*items, strict=True)]
            return parts if isinstance(first, list) else tuple(parts)
        if isinstance(first, dict):
            return {key: self.merge([item[key] for item in items]) for key in first}
        if isinstance(first, slice):
            return slice(*(self.merge([getattr(item, part) for item in items]) for part in ("start", "stop", "step")))
        if dataclasses.is_dataclass(first) and any(item != first for item in items):
            names = [f.name for f in dataclasses.fields(first)]
            return SimpleNamespace(**{name: self.merge([getattr(item, name) for item in items]) for name in names})
        if isinstance(first, bool | int | float | np.generic | np.ndarray):
            return _joined(items)
        return first

    def call(self, calls: Sequence[Call]) -> Call:
        """Put together one call of all passes."""
        first = calls[0]
        if len({(c.name, c.layer, len(c.outputs)) for c in calls}) > 1:
            _diverged(f"{first.name} is followed in another place by {calls[-1].name}", first.layer)
        inputs = self.merge([c.inputs for c in calls])
        outputs: Any = self.merge([c.outputs for c in calls])
        return Call(first.name, inputs, self.merge([c.params for c in calls]), outputs, first.layer)


def align(passes: Sequence[Pass]) -> Pass:
    """Put several passes of one model together.

    Returns
    -------
    Pass
        The first, with `Tracked` for values and `Varying` for numbers that differ.

    Raises
    ------
    OnnxExporterError
        If they do not run the same operations.
    """
    aligner = _Aligner()
    inputs: Any = aligner.merge([p.inputs for p in passes])
    calls = [aligner.call(calls) for calls in zip(*(p.calls for p in passes), strict=False)]
    lengths = {len(p.calls) for p in passes}
    if len(lengths) > 1:
        _diverged(f"it ran {min(lengths)} operations or {max(lengths)}")
    return Pass(inputs, calls, aligner.merge([p.result for p in passes]))
