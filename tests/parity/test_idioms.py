"""Expressions as people write them, evaluated with PyTorch and with this package in its place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd
from tests.parity.programs import arrays, compare

torch = pytest.importorskip("torch")

IDIOMS = (Path(__file__).parent / "idioms.txt").read_text().splitlines()


def value(expression: str, library: Any) -> Any:
    x = library.from_numpy(np.random.default_rng(0).standard_normal((2, 3)).astype(np.float32))
    return arrays(eval(expression, {"torch": library, "x": x, "np": np}))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("expression", IDIOMS)
def test_an_expression_has_the_same_value(expression: str) -> None:
    compare(value(expression, autograd), value(expression, torch), rtol=1e-4, atol=1e-5)
