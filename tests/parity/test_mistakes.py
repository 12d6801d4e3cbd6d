"""One mistake each: the same exception as PyTorch's, with the phrase people search for, and more said than there.

The table is ``mistakes.txt``: expressions over a library, and the phrase, which must be part of both messages. What
ours says besides is checked to exist, and by example to be the place, the shapes and the fix.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd
import nn
import nn.data
import optim

torch = pytest.importorskip("torch")


def rows() -> Iterator[tuple[str, str, str]]:
    family = ""
    for line in (Path(__file__).parent / "mistakes.txt").read_text().splitlines():
        if line.startswith("["):
            family = line.strip("[]")
        elif line and not line.startswith("#"):
            expression, phrase = line.split("  ||  ")
            yield family, expression, phrase


ROWS = list(rows())


def changed(t: Any) -> None:
    """Changes in place what backward needs."""
    y = t.ones(2, requires_grad=True).mul(2)
    z = y.pow(2)
    y.add_(1)
    z.sum().backward()


def two_outputs(t: Any) -> Any:
    return t.ones(4, requires_grad=True).mul(1).split(2)[0]


def wrong_function(t: Any, kind: int) -> Any:
    class Fn(t.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x * 2

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return (g, g) if kind == 1 else t.ones(5)

    return Fn.apply(t.ones(2, requires_grad=True)).sum()


def no_super(nn: Any) -> Any:
    class Forgetful(nn.Module):
        def __init__(self) -> None:
            self.layer = nn.Linear(1, 1)

    return Forgetful()


def sgd(t: Any, optim: Any) -> Any:
    return optim.SGD([t.ones(2, requires_grad=True)], lr=0.1)


HELPERS = {f.__name__: f for f in (changed, two_outputs, wrong_function, no_super, sgd)} | {"np": np}
THEIRS = {"t": torch, "nn": torch.nn, "F": torch.nn.functional, "optim": torch.optim, "data": torch.utils.data}
OURS = {"t": autograd, "nn": nn, "F": nn.functional, "optim": optim, "data": nn.data}


def raised(expression: str, names: dict[str, Any]) -> Exception:
    try:
        value = eval(expression, {**HELPERS, **names})
    except Exception as error:
        return error
    pytest.fail(f"{expression} returned {value!r}")


def plain(error: Exception) -> str:
    return re.sub(r"\s+", " ", re.sub(r"\b(torch|autograd)\.", "", str(error.args[0])))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("family", "expression", "phrase"), ROWS, ids=[row[1] for row in ROWS])
def test_a_mistake(family: str, expression: str, phrase: str) -> None:
    theirs, ours = raised(expression, THEIRS), raised(expression, OURS)
    assert type(ours) is type(theirs)
    assert phrase in plain(theirs), "the phrase is not PyTorch's"
    assert phrase in plain(ours)
    assert re.search(r"\n  (op|shapes|rule|fix|layer):", str(ours.args[0])), "nothing is said that PyTorch leaves out"


def test_there_are_many_of_them(capsys: pytest.CaptureFixture[str]) -> None:
    counts = {family: sum(row[0] == family for row in ROWS) for family, *_ in ROWS}
    assert len({expression for _, expression, _ in ROWS}) == len(ROWS)
    assert len({phrase for *_, phrase in ROWS}) >= 150
    assert min(counts.values()) >= 4
    with capsys.disabled():
        print("\nmistakes: " + ", ".join(f"{family} {count}" for family, count in counts.items()))


def deep(lib: Any) -> Any:
    block = lib.Sequential(OrderedDict(conv=lib.Conv2d(8, 4, 3), norm=lib.BatchNorm2d(4)))
    return lib.Sequential(OrderedDict(features=lib.Sequential(lib.Conv2d(3, 7, 3), lib.ReLU(), lib.ReLU(), block)))


def test_a_mistake_inside_a_model_says_where() -> None:
    with pytest.raises(RuntimeError) as theirs:
        deep(torch.nn)(torch.zeros(1, 3, 9, 9))
    with pytest.raises(RuntimeError) as ours:
        deep(nn)(autograd.zeros(1, 3, 9, 9))
    assert "features.3.conv" not in str(theirs.value)
    lines = str(ours.value).splitlines()
    assert lines[0] == str(theirs.value)
    assert lines[-1].split() == ["layer:", "features.3.conv", "(Conv2d)"]


@pytest.mark.parametrize(
    ("expression", "parts"),
    [
        ("t.zeros(2, 3) + t.zeros(2, 4)", ["op:     add", "[2, 3]", "[2, 4]", "fix:"]),
        ("F.conv2d(t.zeros(1, 3, 8, 8), t.zeros(4, 2, 3, 3))", ["input [1, 3, 8, 8]", "weight [4, 2, 3, 3]"]),
        ("nn.Linear(3, 2)(t.zeros(2, 4))", ["(Linear)", "columns of the first, 4"]),
        ("F.cross_entropy(t.zeros(2, 3), t.tensor([0, 3]))", ["fix:"]),
        ("changed(t)", ["add_", "fix:"]),
    ],
)
def test_the_shapes_and_the_fix_are_given(expression: str, parts: list[str]) -> None:
    message = str(raised(expression, OURS))
    assert not [part for part in parts if part not in message], message
