"""Programs run twice, with PyTorch and with this package in its place, and what they return or raise compared."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd

torch = pytest.importorskip("torch")

Program = Callable[[Any], Any]


def arrays(value: Any) -> Any:
    """The same nest with tensors as arrays, and dtypes and sizes as text."""
    if isinstance(value, torch.Tensor | autograd.Tensor):
        return value.detach().numpy()
    if isinstance(value, torch.Size | autograd.Size | torch.dtype | autograd.dtype | str):
        return plain(str(value))
    if isinstance(value, list | tuple):
        return [arrays(v) for v in value]
    return value


def plain(text: str) -> str:
    """A message without what differs by intention: the package's name, the layout of the text, legacy type names."""
    text = re.sub(r"\b(torch|autograd)\.", "", text)
    return re.sub(r"\s+", " ", text)


def run(program: Program, module: Any) -> Any:
    try:
        return arrays(program(module))
    except Exception as error:
        return error


def assert_same(program: Program, rtol: float = 1e-6, atol: float = 1e-7) -> None:
    """Require equal results with equal dtypes, or errors of one type whose first lines agree."""
    expected, found = run(program, torch), run(program, autograd)
    if isinstance(expected, Exception) or isinstance(found, Exception):
        assert isinstance(expected, Exception), f"PyTorch returns {expected!r}; here {found!r}"
        assert isinstance(found, Exception), f"PyTorch raises {expected!r}; here {found!r}"
        assert type(found) is type(expected), f"{found!r} for {expected!r}"
        first = plain(str(found).split("\n  ")[0])
        assert first[:60].lower() in plain(str(expected)).lower(), f"{first!r} is not part of {str(expected)!r}"
        return
    compare(found, expected, rtol, atol)


def compare(found: Any, expected: Any, rtol: float, atol: float) -> None:
    if isinstance(expected, list):
        assert isinstance(found, list)
        assert len(found) == len(expected)
        for f, e in zip(found, expected, strict=True):
            compare(f, e, rtol, atol)
    elif isinstance(expected, np.ndarray):
        assert found.dtype == expected.dtype
        assert found.shape == expected.shape
        np.testing.assert_allclose(found, expected, rtol=rtol, atol=atol)
    else:
        assert found == expected
        assert type(found) is type(expected)
