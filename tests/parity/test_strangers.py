"""Programs as people write them for PyTorch run here with their import lines changed, to the same results."""

from __future__ import annotations

import re
import sys
import types
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd

torch = pytest.importorskip("torch")

FOLDER = Path(__file__).parent / "strangers"
PROGRAMS = sorted(path.stem for path in FOLDER.glob("*.py") if path.stem not in ("__init__", "given"))
GIVEN = "tests.parity.strangers.given"

# What somebody who moves a program changes: its import lines, and nothing else.
IMPORTS = [
    (r"^import torch$", "import autograd as torch"),
    (r"^import torch\.nn as nn$", "import nn"),
    (r"^import torch\.optim as optim$", "import optim"),
    (r"^import torch\.autograd as autograd$", "import autograd"),
    (r"^from torch import (nn|optim)$", r"import \1"),
    (r"^from torch import nn, optim$", "import nn\nimport optim"),
    (r"^(from|import) torch\.(nn|optim)\b", r"\1 \2"),
    (r"^(from|import) torch\.utils\.data\b", r"\1 nn.data"),
    (r"^(from|import) torch\.utils\.checkpoint\b", r"\1 nn.utils.checkpoint"),
    (r"^(from|import) torch\.autograd\b", r"\1 autograd"),
    (r"^(from|import) torch\b", r"\1 autograd"),
]


def moved(source: str) -> str:
    for pattern, line in IMPORTS:
        source = re.sub(pattern, line, source, flags=re.MULTILINE)
    assert not re.search(r"^(from|import) torch\b", source, re.MULTILINE)
    return source


def execute(name: str, module: str, change: Any) -> types.ModuleType:
    path = FOLDER / f"{name}.py"
    found = types.ModuleType(module)
    found.__file__ = str(path)
    sys.modules[module] = found
    exec(compile(change(path.read_text()), str(path), "exec"), found.__dict__)
    return found


def result(name: str, library: Any, dtype: str, change: Any) -> dict[str, Any]:
    """What the program returns, from a fresh supply of numbers."""
    before = library.get_default_dtype()
    library.set_default_dtype(getattr(library, dtype))
    try:
        execute("given", GIVEN, change)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return dict(flat(execute(name, f"tests.parity.strangers.{name}", change).main()))
    finally:
        library.set_default_dtype(before)
        sys.modules.pop(GIVEN), sys.modules.pop(f"tests.parity.strangers.{name}", None)


def flat(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from flat(inner, f"{path}/{key}")
    elif isinstance(value, list | tuple):
        yield f"{path}/length", len(value)
        for i, inner in enumerate(value):
            yield from flat(inner, f"{path}/{i}")
    elif isinstance(value, torch.Tensor | autograd.Tensor):
        yield path, value.detach().cpu().numpy()
    else:
        yield path, value.replace("autograd.", "torch.") if isinstance(value, str) else value


@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-7), ("float32", 2e-2)])
@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_gives_the_same_here(name: str, dtype: str, tolerance: float) -> None:
    expected = result(name, torch, dtype, lambda source: source)
    found = result(name, autograd, dtype, moved)
    assert list(found) == list(expected)
    for path, value in expected.items():
        ours = found[path]
        if isinstance(value, np.ndarray):
            assert ours.dtype == value.dtype, path
            assert ours.shape == value.shape, path
        if isinstance(value, np.ndarray | float):
            scale = np.abs(np.nan_to_num(np.asarray(value, float))).max(initial=0.0)
            np.testing.assert_allclose(ours, value, tolerance, tolerance * max(scale, 1e-3), err_msg=path)
        else:
            assert ours == value, path
            assert type(ours) is type(value), path
