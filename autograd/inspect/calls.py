"""Records a forward pass as a list of calls, for translation into another format.

Most calls are operations, as the engine sees them. What an operation alone does not tell, because its function has done
part of the work on arrays (`batch_norm`, `argmax`), is recorded as a call of the public function: which ones, the
translator says.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import CodeType, FrameType
from typing import Any, NamedTuple

import numpy as np

from autograd.config import no_grad
from autograd.errors import describe
from autograd.node import Node
from autograd.observe import Locator, observing
from autograd.ops.index import setitem
from autograd.ops.inplace import overwrite
from autograd.ops.promote import cast
from autograd.ops.registry import REGISTRY, load_all
from autograd.tensor import Tensor

__all__ = ["Call", "Pass", "UnrecordedError", "Value", "record_calls"]

Array = np.ndarray[Any, np.dtype[Any]]
Choice = Callable[..., bool]


#: What shows a weight in another way: it stays a call, so that the weight is still known by its name.
VIEWS = ("Permute", "Reshape", "ReshapeCopy", "Expand", "Slice", "Split", "Unbind")


class UnrecordedError(RuntimeError):
    """A tensor was changed in a way that the record cannot follow."""


@dataclass(eq=False)
class Value:
    """A tensor of the pass.

    Attributes
    ----------
    array : ndarray
        What it held.
    name : str
        Of an input, a parameter or a buffer; else empty.
    constant : bool
        Whether it does not depend on the inputs.
    """

    array: Array
    name: str = ""
    constant: bool = False


@dataclass
class Call:
    """A call of an operation (capitalised) or of a function.

    Attributes
    ----------
    name : str
    inputs : tuple
        Of an operation: values, and numbers.
    params : dict
        Keywords of an operation, or all arguments of a function; tensors are values.
    outputs : list of Value
    layer : str
        Path and class of the layer.
    """

    name: str
    inputs: tuple[Any, ...]
    params: dict[str, Any]
    outputs: list[Value]
    layer: str


@dataclass
class Pass:
    """A recorded pass.

    Attributes
    ----------
    inputs : list of Value
    calls : list of Call
        In their order; those that do not depend on the inputs are left out, but for views of weights: their outputs are
        constants.
    result : Any
        What the model returned, with values for tensors.
    """

    inputs: list[Any]
    calls: list[Any] = field(default_factory=list)
    result: Any = None


class _Held(NamedTuple):
    """A tensor that is kept alive, so that nothing takes its place in memory; the value it has at a version."""

    tensor: Tensor
    array: Array
    version: int
    value: Value


def _place(array: Array) -> tuple[Any, ...]:
    """Return where an array lies: equal for tensors that show the same elements in the same way."""
    return array.__array_interface__["data"][0], array.shape, array.strides, array.dtype


class _Recorder(Locator):
    """Sees operations as an observer, and functions through Python's profiling hook."""

    def __init__(self, named: Mapping[str, Tensor], functions: Mapping[str, Choice | None]) -> None:
        super().__init__()
        self.calls: list[Call] = []
        self._by_tensor: dict[int, _Held] = {}
        self._by_place: dict[tuple[Any, ...], _Held] = {}
        self._shown: set[int] = set()
        self._running: list[tuple[type[Node], tuple[Any, ...], dict[str, Any]]] = []
        self._open: tuple[FrameType, str, dict[str, Any], Any] | None = None
        self._functions: dict[CodeType, tuple[str, Choice | None]] = {
            cast.__code__: ("cast", None),
            setitem.__code__: ("setitem", None),
        }
        load_all()
        for name, choice in functions.items():
            self._functions[inspect.unwrap(REGISTRY[name].function).__code__] = name, choice
        for name, tensor in named.items():
            self.bind(tensor, Value(tensor._data, name, constant=True))

    # ---- values

    def bind(self, tensor: Tensor, value: Value) -> None:
        """Remember what a tensor stands for from now on."""
        held = _Held(tensor, tensor._data, tensor._version, value)
        self._by_tensor[id(tensor)] = held
        if tensor._data.size:
            self._by_place[_place(tensor._data)] = held

    def value(self, tensor: Tensor) -> Value:
        """Return what a tensor stands for; one that was not seen before is a constant."""
        held = self._by_tensor.get(id(tensor)) or self._by_place.get(_place(tensor._data))
        if held is None:
            self.bind(tensor, Value(tensor._data.copy(), constant=True))
            return self._by_tensor[id(tensor)].value
        if held.tensor._version != held.version:
            storage = tensor._storage
            raise UnrecordedError(
                describe(
                    "a tensor that was changed in place cannot be followed",
                    op=None if storage is None else storage.change,
                    shapes={"tensor": tensor._data.shape},
                    rule="only the tensor itself may be used after the change, none that shares its memory",
                    fix="use the out-of-place form: y = x.op() instead of x.op_()",
                )
            )
        return held.value

    def convert(self, item: Any) -> Any:
        """Replace tensors, and arrays that are the memory of one that depends on the inputs, by values."""
        if isinstance(item, Tensor):
            return self.value(item)
        if isinstance(item, np.ndarray):
            held = self._by_place.get(_place(item)) if item.size else None
            return item.copy() if held is None or held.value.constant else held.value
        if isinstance(item, tuple | list):
            parts = [self.convert(part) for part in item]
            return parts if isinstance(item, list) else tuple(parts)
        if type(item) is dict:
            return {key: self.convert(value) for key, value in item.items()}
        return item

    def _write(self, name: str, inputs: tuple[Any, ...], params: dict[str, Any], outputs: tuple[Any, ...]) -> None:
        tensors = [t for t in outputs if isinstance(t, Tensor)]
        if all(id(t) in self._by_tensor or (t._data.size and _place(t._data) in self._by_place) for t in tensors):
            return
        constant = all(value.constant for value in values_in((inputs, params)))
        results = [Value(t._data.copy() if constant else t._data, constant=constant) for t in tensors]
        for tensor, value in zip(tensors, results, strict=True):
            self.bind(tensor, value)
        shown = constant and name in VIEWS and (inputs[0].name or id(inputs[0]) in self._shown)
        if shown:
            self._shown.update(map(id, results))
        if shown or not constant:
            self.calls.append(Call(name, inputs, params, results, self.place().layer))

    def _assign(self, target: Tensor, arguments: dict[str, Any]) -> None:
        """Write an assignment to parts of a tensor, which has another value from then on."""
        if target._version == self._by_tensor[id(target)].version:
            return
        constant = all(value.constant for value in values_in(arguments))
        result = Value(target._data.copy(), constant=constant)
        self.bind(target, result)
        if not constant:
            self.calls.append(Call("setitem", (), arguments, [result], self.place().layer))

    # ---- operations

    def before_forward(self, op: type[Node], inputs: tuple[Any, ...], params: dict[str, Any]) -> None:
        """Take the inputs as they are now."""
        if self._open is None:
            self._running.append((op, self.convert(inputs), self.convert(params)))

    def after_forward(self, node: Node, inputs: tuple[Any, ...], outputs: tuple[Tensor, ...]) -> None:
        """Write the call."""
        if self._open is None:
            op, given, params = self._running.pop()
            while op is not type(node):
                op, given, params = self._running.pop()
            self._write(op.__name__, given, params, outputs)

    # ---- functions

    def profile(self, frame: FrameType, event: str, result: Any) -> None:
        """See functions begin and end."""
        if event == "call" and self._open is None and frame.f_code in self._functions:
            name, choice = self._functions[frame.f_code]
            arguments = dict(frame.f_locals)
            if choice is None or choice(**arguments):
                self._open = frame, name, self.convert(arguments), arguments.get("input")
        elif event == "return":
            if self._open is not None:
                opened, name, arguments, target = self._open
                if opened is frame:
                    self._open = None
                    if name == "setitem":
                        self._assign(target, arguments)
                    elif result is not None:
                        self._write(name, (), arguments, result if isinstance(result, tuple) else (result,))
            elif frame.f_code is overwrite.__code__ and result is not None:
                self.bind(result, self.value(frame.f_locals["result"]))


def values_in(item: Any) -> Iterator[Value]:
    """Yield the values in nested containers."""
    if isinstance(item, Value):
        yield item
    elif isinstance(item, list | tuple):
        for part in item:
            yield from values_in(part)
    elif isinstance(item, dict):
        yield from values_in(list(item.values()))


@contextmanager
def _profiling(hook: Any) -> Iterator[None]:
    previous = sys.getprofile()
    sys.setprofile(hook)
    try:
        yield
    finally:
        sys.setprofile(previous)


def record_calls(
    model: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: Mapping[str, Any],
    named: Mapping[str, Tensor],
    functions: Mapping[str, Choice | None],
) -> Pass:
    """Run a model without recording gradients, and record its calls.

    Parameters
    ----------
    model : callable
    args, kwargs
        Its arguments; the tensors among them are the inputs.
    named : mapping of str to Tensor
        Parameters and buffers.
    functions : mapping of str to callable or None
        Names of registered functions that are recorded as such, each with a condition on its arguments.

    Returns
    -------
    Pass

    Raises
    ------
    UnrecordedError
        If a tensor is used after a change in place that the record cannot follow.
    """
    recorder = _Recorder(named, functions)
    inputs: list[Value] = []
    for tensor in (*args, *kwargs.values()):
        if isinstance(tensor, Tensor):
            inputs.append(Value(tensor._data.copy(), f"input{len(inputs)}"))
            recorder.bind(tensor, inputs[-1])
    with no_grad(), observing(recorder), _profiling(recorder.profile):
        result = model(*args, **kwargs)
    return Pass(inputs, recorder.calls, recorder.convert(result))
