"""A reader for the pickles in which CIFAR is published. It is no unpickler: it imports and calls nothing.

The opcodes are listed by `pickletools`, which only parses them, and interpreted here for a closed set of values:
dicts, lists, tuples, strings, bytes, integers, None, and arrays of bytes. Anything else is refused.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["read_pickle"]


class _Mark:
    """Begin of a run of stack items."""


class _Global:
    """One of the three names that an array's pickle refers to; never looked up anywhere."""

    def __init__(self, name: str) -> None:
        self.name = name


class _ByteType:
    """The element type of an array of bytes."""


class _Array:
    """An array whose contents are still to come."""

    value: np.ndarray[Any, Any] | None = None


_GLOBALS = {
    name: _Global(name.rpartition(" ")[2])
    for name in (
        "numpy.core.multiarray _reconstruct",
        "numpy._core.multiarray _reconstruct",
        "numpy ndarray",
        "numpy dtype",
    )
}

Stack = list[Any]
Memo = dict[int, Any]


def read_pickle(data: bytes) -> Any:
    """Read a pickle of plain values and arrays of bytes.

    Parameters
    ----------
    data : bytes
        The pickle, protocol 2 or later. Strings of Python 2 are returned as bytes.

    Returns
    -------
    object
        Dicts, lists, tuples, str, bytes, int, bool, None and uint8 arrays.

    Raises
    ------
    ValueError
        If the pickle is damaged or holds anything else.

    Examples
    --------
    >>> import pickle
    >>> read_pickle(pickle.dumps({"labels": [6, 9]}))
    {'labels': [6, 9]}
    >>> read_pickle(pickle.dumps(print))
    Traceback (most recent call last):
        ...
    ValueError: this pickle is not read: it refers to 'builtins print'
    """
    from pickletools import genops

    stack: Stack = []
    memo: Memo = {}
    try:
        for opcode, argument, _ in genops(data):
            step = _STEPS.get(opcode.name)
            if step is None:
                raise ValueError(f"it contains opcode {opcode.name}")
            step(stack, memo, argument)
        (value,) = stack
        if isinstance(value, dict):
            return {key: _completed(item) for key, item in value.items()}
        return _completed(value)
    except (ValueError, IndexError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"this pickle is not read: {error}") from None


def _completed(value: Any) -> Any:
    """Replace an array, which is made before its contents are known, by what it became."""
    if isinstance(value, _Array) and value.value is not None:
        return value.value
    if isinstance(value, _Array | _Global | _ByteType | _Mark):
        raise ValueError("a value is not complete")
    return value


def _since_mark(stack: Stack) -> Stack:
    start = len(stack) - 1
    while not isinstance(stack[start], _Mark):
        start -= 1
        if start < 0:
            raise IndexError("no mark on the stack")
    items = stack[start + 1 :]
    del stack[start:]
    return items


def _global(stack: Stack, memo: Memo, name: str) -> None:
    if name not in _GLOBALS:
        raise ValueError(f"it refers to {name!r}")
    stack.append(_GLOBALS[name])


def _stack_global(stack: Stack, memo: Memo, argument: None) -> None:
    name, module = stack.pop(), stack.pop()
    _global(stack, memo, f"{module} {name}")


def _reduce(stack: Stack, memo: Memo, argument: None) -> None:
    arguments, function = stack.pop(), stack.pop()
    if function.name == "_reconstruct":
        stack.append(_Array())
    elif function.name == "dtype" and arguments[0] in ("u1", b"u1"):
        stack.append(_ByteType())
    else:
        raise ValueError(f"it makes {function.name}{arguments!s:.40}, and only arrays of bytes are known")


def _build(stack: Stack, memo: Memo, argument: None) -> None:
    state, target = stack.pop(), stack[-1]
    if isinstance(target, _ByteType):
        return
    if not isinstance(target, _Array):
        raise ValueError("it sets the state of an object")
    _, shape, kind, column_major, raw = state
    if not isinstance(kind, _ByteType) or not isinstance(raw, bytes):
        raise ValueError("it contains an array of anything but bytes")
    if not all(isinstance(n, int) and n >= 0 for n in shape) or math.prod(shape) != len(raw):
        raise ValueError(f"an array of shape {shape} with {len(raw)} bytes")
    target.value = np.frombuffer(raw, np.uint8).reshape(shape, order="F" if column_major else "C")


def _set_items(stack: Stack, memo: Memo, argument: None) -> None:
    items = _since_mark(stack)
    _store(stack[-1], items)


def _set_item(stack: Stack, memo: Memo, argument: None) -> None:
    value, key = stack.pop(), stack.pop()
    _store(stack[-1], [key, value])


def _store(target: Any, items: Stack) -> None:
    if not isinstance(target, dict):
        raise TypeError("items of what is no dict")
    target.update(zip(items[::2], items[1::2], strict=True))


def _extend(stack: Stack, memo: Memo, argument: None) -> None:
    items = _since_mark(stack)
    stack[-1].extend(items)


def _push(stack: Stack, memo: Memo, argument: Any) -> None:
    stack.append(argument)


def _push_bytes(stack: Stack, memo: Memo, argument: str) -> None:
    stack.append(argument.encode("latin-1"))


def _tuple(count: int) -> Callable[[Stack, Memo, Any], None]:
    def make(stack: Stack, memo: Memo, argument: None) -> None:
        if len(stack) < count:
            raise IndexError("a tuple of what is not there")
        items = tuple(stack[len(stack) - count :])
        del stack[len(stack) - count :]
        stack.append(items)

    return make


def _put(stack: Stack, memo: Memo, slot: int) -> None:
    memo[slot] = stack[-1]


def _memoize(stack: Stack, memo: Memo, argument: None) -> None:
    memo[len(memo)] = stack[-1]


def _skip(stack: Stack, memo: Memo, argument: Any) -> None:
    """Pass over what only frames the values."""


_STEPS: dict[str, Callable[[Stack, Memo, Any], None]] = {
    **dict.fromkeys(("PROTO", "FRAME", "STOP"), _skip),
    **dict.fromkeys(("BININT", "BININT1", "BININT2", "LONG1"), _push),
    **dict.fromkeys(("SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8"), _push),
    **dict.fromkeys(("SHORT_BINBYTES", "BINBYTES", "BINBYTES8"), _push),
    **dict.fromkeys(("SHORT_BINSTRING", "BINSTRING"), _push_bytes),
    **dict.fromkeys(("BINPUT", "LONG_BINPUT"), _put),
    **dict.fromkeys(("BINGET", "LONG_BINGET"), lambda stack, memo, slot: stack.append(memo[slot])),
    "MEMOIZE": _memoize,
    "MARK": lambda stack, memo, _: stack.append(_Mark()),
    "NONE": lambda stack, memo, _: stack.append(None),
    "NEWTRUE": lambda stack, memo, _: stack.append(True),
    "NEWFALSE": lambda stack, memo, _: stack.append(False),
    "EMPTY_DICT": lambda stack, memo, _: stack.append({}),
    "EMPTY_LIST": lambda stack, memo, _: stack.append([]),
    "EMPTY_TUPLE": _tuple(0),
    "TUPLE1": _tuple(1),
    "TUPLE2": _tuple(2),
    "TUPLE3": _tuple(3),
    "TUPLE": lambda stack, memo, _: stack.append(tuple(_since_mark(stack))),
    "APPEND": lambda stack, memo, _: stack[-2].append(stack.pop()),
    "APPENDS": _extend,
    "SETITEM": _set_item,
    "SETITEMS": _set_items,
    "GLOBAL": _global,
    "STACK_GLOBAL": _stack_global,
    "REDUCE": _reduce,
    "BUILD": _build,
}
