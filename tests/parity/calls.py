"""Calling functions by name here and in PyTorch: a call must agree in values, dtypes and gradients, or in its error."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import autograd
from autograd.ops import activation, affine, softmax
from autograd.tensor import Tensor
from tests.parity.functional import Side, ours, theirs

torch = pytest.importorskip("torch")


PHRASE = 90
"""Characters of PyTorch's messages that ours must have."""


class Names:
    """Functions found by name, dotted or not, in the first of several namespaces that has them."""

    def __init__(self, *spaces: Any) -> None:
        self.spaces = spaces

    def __getattr__(self, name: str) -> Any:
        for space in self.spaces:
            found = space
            for part in name.split("."):
                found = getattr(found, part, None)
            if found is not None:
                return found
        raise AttributeError(name)


OURS = Side(Names(autograd, activation, affine, softmax), lambda a: Tensor(a.copy(), None), ours)
THEIRS = Side(Names(torch, torch.nn.functional), torch.tensor, theirs)


class Call:
    """One call: a function's name and its arguments, with arrays in place of tensors."""

    def __init__(self, name: str, *args: Any, **kwargs: Any) -> None:
        self.name, self.args, self.kwargs = name, args, kwargs

    def __repr__(self) -> str:
        def short(value: Any) -> str:
            if isinstance(value, np.ndarray):
                return f"{value.dtype.name}{list(value.shape)}"
            if isinstance(value, list | tuple):
                return f"[{','.join(map(short, value))}]"
            return str(value)

        parts = [short(a) for a in self.args] + [f"{k}={short(v)}" for k, v in self.kwargs.items()]
        return f"{self.name}({', '.join(parts)})"

    def run(self, side: Side, orders: int) -> list[Any]:
        return side.run(self.name, translated(self.args, side), translated(self.kwargs, side), set(), orders)


def translated(value: Any, side: Side) -> Any:
    """The same arguments with NumPy dtypes replaced by a library's own."""
    if isinstance(value, np.dtype):
        return getattr(torch if side is THEIRS else autograd, value.name)
    if isinstance(value, dict):
        return {k: translated(v, side) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(translated(v, side) for v in value)
    return value


def agree(call: Call, orders: int = 2, rtol: float = 1e-9, atol: float = 1e-10, phrase: str | None = None) -> None:
    """Fail unless a call gives the same values, dtypes and gradients in both libraries, or the same error."""
    try:
        expected = call.run(THEIRS, orders)
    except Exception as error:
        line = str(error).splitlines()[0][:PHRASE] if phrase is None else phrase
        with pytest.raises(expected_type(error)) as raised:
            call.run(OURS, orders)
        assert line in str(raised.value), f"PyTorch says: {line}"
        return
    found = call.run(OURS, orders)
    single = 3e-5 if any(a.dtype in (np.float32, np.complex64) for a in expected) else 0.0
    assert len(found) == len(expected)
    for a, b in zip(found, expected, strict=True):
        assert a.shape == b.shape
        assert a.dtype == b.dtype
        np.testing.assert_allclose(a, b, rtol=max(rtol, single), atol=max(atol, single))


def expected_type(error: Exception) -> type[Exception]:
    """The class to expect for PyTorch's error: its own linear algebra error stands for ours."""
    return autograd.linalg.LinAlgError if type(error).__name__ == "_LinAlgError" else type(error)
