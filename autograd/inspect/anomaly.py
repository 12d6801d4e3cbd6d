"""Anomaly mode: the first NaN or infinity, forward or backward, is an error that says where it comes from."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Any, NamedTuple, Self, TypeVar
from weakref import WeakKeyDictionary

import numpy as np

from autograd.config import Setting
from autograd.errors import describe
from autograd.naming import axes, element, fields, ordinary_axes, span
from autograd.node import Node
from autograd.observe import Locator, Place, joined, watching
from autograd.storage import Array
from autograd.tensor import Tensor

__all__ = ["detect_anomaly", "is_anomaly_check_nan_enabled", "is_anomaly_enabled", "set_detect_anomaly"]

F = TypeVar("F", bound=Callable[..., Any])


class Record(NamedTuple):
    """What is remembered of an operation: where it stands, and the ranges of its inputs."""

    place: Place
    inputs: str
    during: str


class Watcher(Locator):
    """Checks every result.

    Parameters
    ----------
    check_nan, check_forward : bool
        Whether to check gradients, and the results of operations.
    """

    def __init__(self, check_nan: bool, check_forward: bool) -> None:
        super().__init__()
        self.check_nan = check_nan
        self.check_forward = check_forward
        self.replayed: list[Node] = []
        self._records: WeakKeyDictionary[Node, Record] = WeakKeyDictionary()

    def after_forward(self, node: Node, inputs: tuple[Any, ...], outputs: tuple[Tensor, ...]) -> None:
        """Take note of the operation, and check its outputs."""
        during = self.replayed[-1].name() if self.replayed else ""
        record = Record(self.place(), _ranges(inputs), during)
        if any(y._node is node for y in outputs):
            self._records[node] = record
        if not self.check_forward or self.replayed:
            return
        fresh = _all_finite(inputs)
        for index, y in enumerate(outputs):
            what = _trouble(y._data, fresh)
            if what:
                name = node.name().removesuffix("Backward0").removesuffix("Backward")
                where = _first(y._data, ordinary_axes(y._data.ndim))
                raise RuntimeError(
                    fields(
                        f"Function '{name}' returned {what} values in its {index}th output in the forward pass.",
                        # The layer is added by the modules that the error passes through.
                        [
                            ("output", f"{index}, shape {list(y._data.shape)}, {where}"),
                            *[line for line in _context(record) if line[0] != "layer"],
                        ],
                    )
                )

    def before_backward(self, node: Node, grads: list[Tensor | None]) -> None:
        """Take note that the node is being replayed."""
        self.replayed.append(node)

    def after_backward(self, node: Node, grads: list[Tensor | None], results: tuple[Tensor | None, ...]) -> None:
        """Check the gradients of the inputs."""
        self.replayed.pop()
        if not self.check_nan:
            return
        fresh = _all_finite(tuple(grads))
        for index, g in enumerate(results):
            what = _trouble(g._data, fresh) if isinstance(g, Tensor) else ""
            if what:
                raise RuntimeError(self._backward_message(node, grads, index, g._data, what))  # type: ignore[union-attr]

    def _backward_message(self, node: Node, grads: list[Tensor | None], index: int, array: Array, what: str) -> str:
        where = _first(array, axes(type(node), index, array.ndim))
        incoming = "; ".join(span(g._data) for g in grads if g is not None)
        record = self._records.get(node)
        known = _context(record) if record else [("called", NO_FORWARD)]
        return fields(
            f"Function '{node.name()}' returned {what} values in its {index}th output.",
            [
                ("gradient", f"of input {index}, shape {list(array.shape)}, {where}"),
                *known,
                ("incoming", f"gradient of the output in {incoming}"),
            ],
        )

    def note(self, error: BaseException) -> None:
        """Say at an exception that left a node's backward where the node was recorded."""
        node = self.replayed[-1]
        record = self._records.get(node)
        lines = _context(record) if record else [("called", NO_FORWARD)]
        error.add_note(fields(f"Error detected in {node.name()}.", lines))


NO_FORWARD = "No forward pass information available. Enable detect anomaly during forward pass for more information."


def _context(record: Record) -> list[tuple[str, str]]:
    place = record.place
    return [
        ("called", str(place.source or "")),
        ("layer", place.layer),
        ("while", f"computing the gradient of {record.during}" if record.during else ""),
        ("inputs", record.inputs),
    ]


def _ranges(inputs: tuple[Any, ...]) -> str:
    """Describe the shapes and ranges of the tensors among the inputs."""
    return "; ".join(
        f"{i}: {list(x._data.shape)} in {span(x._data)}" for i, x in enumerate(inputs) if isinstance(x, Tensor)
    )


def _all_finite(tensors: tuple[Any, ...]) -> bool:
    return all(not isinstance(x, Tensor) or bool(np.isfinite(x._data).all()) for x in tensors)


def _trouble(array: Array, fresh: bool) -> str:
    """Return ``"nan"``, ``"inf"`` or, if all is well, nothing; an infinity counts only where there was none before."""
    if array.dtype.kind not in "fc" or np.isfinite(array).all():
        return ""
    if np.isnan(array).any():
        return "nan"
    return "inf" if fresh else ""


def _first(array: Array, names: tuple[str, ...]) -> str:
    bad = ~np.isfinite(array)
    index = tuple(int(i) for i in np.argwhere(bad)[0])
    return f"first at {element(index, names)}: {array[index]}; {int(bad.sum())} of {array.size} elements"


class detect_anomaly(Setting):  # noqa: N801
    """Raise an error at the first NaN or infinity, saying which operation made it, where it was called and on what.

    Forward must run inside too, for its lines and layers to be known. Convolutions are computed exactly, so that a NaN
    does not spread over a tile. An infinity is reported where all that it was computed from is finite; infinite
    constants, such as a mask's, are passed over.

    Parameters
    ----------
    check_nan : bool
        Check gradients.
    check_forward : bool
        Check the results of forward too.

    Raises
    ------
    RuntimeError
        At the first value that is not finite: "Function 'LogBackward0' returned nan values in its 0th output."

    Examples
    --------
    >>> import autograd
    >>> x = autograd.tensor([1.0, -1.0], requires_grad=True)
    >>> with detect_anomaly():
    ...     x.sqrt().sum().backward()  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    RuntimeError: Function 'SqrtBackward0' returned nan values in its 0th output.
    ...
    """

    def __init__(self, check_nan: bool = True, check_forward: bool = False) -> None:
        super().__init__()
        self.check_nan = bool(check_nan)
        self.check_forward = bool(check_forward)
        self._watchers: list[Watcher] = []

    def _others(self) -> tuple[Any, ...]:
        return tuple([o for o in watching() if not isinstance(o, Watcher)])

    def __enter__(self) -> Self:
        watcher = Watcher(self.check_nan, self.check_forward)
        self._watchers.append(watcher)
        self._changes = {"observer": joined((*self._others(), watcher)), "exact": True}
        return super().__enter__()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        super().__exit__(kind, error, trace)
        watcher = self._watchers.pop()
        if error is not None and watcher.replayed:
            watcher.note(error)

    def _fresh(self) -> Setting:
        return detect_anomaly(self.check_nan, self.check_forward)


class set_detect_anomaly(detect_anomaly):  # noqa: N801
    """Switch anomaly mode on or off, at once; as a context manager, until the block ends.

    Parameters
    ----------
    mode : bool
    check_nan, check_forward : bool
        See `detect_anomaly`.

    Examples
    --------
    >>> import autograd
    >>> with set_detect_anomaly(True):
    ...     autograd.inspect.is_anomaly_enabled()
    True
    >>> autograd.inspect.is_anomaly_enabled()
    False
    """

    def __init__(self, mode: bool, check_nan: bool = True, check_forward: bool = False) -> None:
        super().__init__(check_nan, check_forward)
        if mode:
            super().__enter__()
        else:
            self._watchers.append(Watcher(check_nan=False, check_forward=False))
            self._changes = {"observer": joined(self._others())}
            Setting.__enter__(self)

    def __enter__(self) -> Self:
        return self

    def __call__(self, function: F) -> F:
        """Refused: the mode is on already.

        Raises
        ------
        TypeError
            Always.
        """
        raise TypeError(
            describe("set_detect_anomaly does not decorate functions", fix="decorate with detect_anomaly()")
        )


def _present() -> Watcher | None:
    return next((o for o in watching() if isinstance(o, Watcher)), None)


def is_anomaly_enabled() -> bool:
    """Return whether anomaly mode is on.

    Examples
    --------
    >>> with detect_anomaly():
    ...     is_anomaly_enabled()
    True
    """
    return _present() is not None


def is_anomaly_check_nan_enabled() -> bool:
    """Return whether anomaly mode is on and checks gradients.

    Examples
    --------
    >>> with detect_anomaly(check_nan=False):
    ...     is_anomaly_enabled(), is_anomaly_check_nan_enabled()
    (True, False)
    """
    watcher = _present()
    return watcher is not None and watcher.check_nan
