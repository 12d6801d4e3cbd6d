"""`gradcheck` and `explain` of a model in the user's own file, as programs of their own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

MODELS = """
import autograd, nn

class Twice(autograd.Function):
    @staticmethod
    def forward(ctx, x, w):
        ctx.save_for_backward(x, w)
        return x * w

    @staticmethod
    def backward(ctx, g):
        x, w = ctx.saved_tensors
        return g * w, (g * x).sum(0) * 2

class Scale(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(autograd.ones(3))

    def forward(self, x):
        return Twice.apply(x, self.weight)  # the fault

class Bad(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Linear(4, 3), nn.Tanh(), Scale(), nn.Linear(3, 2))

class Good(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Conv2d(1, 3, 3), nn.BatchNorm2d(3), nn.Tanh(), nn.Flatten(), nn.Linear(48, 2))

class Random(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Linear(4, 3), nn.Dropout())

class Kinked(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Linear(4, 3), nn.Softsign())

class Number(nn.Module):
    def forward(self, x):
        return 3
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    (folder / "mine.py").write_text(MODELS)
    return folder


def convgrad(folder, *words):
    command = [sys.executable, "-m", "nn", *words]
    path = {"PYTHONPATH": str(Path(__file__).parents[2]), "PATH": "", "OMP_NUM_THREADS": "1"}
    result = subprocess.run(command, cwd=folder, env=path, capture_output=True, text=True)
    assert "Traceback" not in result.stderr
    return result


FLAT = ("--input-shape", "2", "4")


def test_a_right_model_in_a_table(folder):
    result = convgrad(folder, "gradcheck", "mine.py:Good", "--image-size", "6", "--twice")
    assert result.returncode == 0, result.stderr
    head, titles, *rows, last = result.stdout.splitlines()
    assert head == "mine.py:Good"
    assert titles.split() == ["parameter", "shape", "compared", "worst", "time"]
    assert [row.split("  ")[1] for row in rows] == [
        "input 0", "0.weight", "0.bias", "1.weight", "1.bias", "4.weight", "4.bias",
    ]  # fmt: skip
    assert all(row.endswith("right") for row in rows)
    assert last.startswith("7 of 7 right")
    assert result.stderr == ""  # nobody watches: no progress


def test_complex_steps_in_training_mode_as_json(folder):
    words = ("--image-size", "6", "--train", "--method", "complex", "--json")
    result = convgrad(folder, "gradcheck", "mine.py:Good", *words)
    assert result.returncode == 0, result.stderr
    *rows, last = map(json.loads, result.stdout.splitlines())
    assert [row["shape"] for row in rows[:2]] == [[2, 1, 6, 6], [3, 1, 3, 3]]
    assert all(row["right"] and row["worst"] < 1e-12 for row in rows)
    assert last["failures"] == []
    assert last["report"] is None


def test_a_wrong_model_is_told_where(folder):
    result = convgrad(folder, "gradcheck", "mine.py:Bad", *FLAT)
    assert result.returncode == 1
    wrong = [line for line in result.stdout.splitlines() if line.endswith("wrong")]
    assert [line.split()[0] for line in wrong] == ["2.weight"]
    assert "5 of 6 right" in result.stdout
    for words in ("diagnosis:  constant factor", "TwiceBackward", "layer:      2 (Scale)", "# the fault"):
        assert words in result.stdout
    result = convgrad(folder, "gradcheck", "mine.py:Bad", *FLAT, "--json")
    assert result.returncode == 1
    report = json.loads(result.stdout.splitlines()[-1])["report"]
    assert (report["parameter"], report["finding"]["op"]) == ("2.weight", "TwiceBackward")
    assert report["finding"]["source"]["file"].endswith("mine.py")


def test_chance_is_told_with_what_to_do(folder):
    result = convgrad(folder, "gradcheck", "mine.py:Random", *FLAT, "--train")
    assert result.returncode == 1
    assert "model.eval()" in result.stdout
    assert "1 (Dropout)" in result.stdout
    assert convgrad(folder, "gradcheck", "mine.py:Random", *FLAT).returncode == 0


REFUSED = [
    (("gradcheck", "mine.py:Number"), 1, "Expected the module to return floating-point tensors"),
    (("gradcheck", "mine.py:Good"), 1, "mat1 and mat2 shapes cannot be multiplied"),
    (("gradcheck", "mine.py:Kinked", *FLAT, "--method", "complex"), 1, "complex-step differentiation does not hold"),
    (("gradcheck", "none.py:Net"), 1, "none.py: No such file"),
    (("gradcheck", "mine.py:Goood"), 2, "did you mean 'Good'?"),
    (("gradcheck", "mine.py:Good", "--method", "magic"), 2, "unknown --method 'magic' (known: central, complex)"),
    (("gradcheck", "mine.py:Good", "--input-shape", "0"), 2, "--input-shape"),
    (("explain", "mine.py:Number"), 1, "the model returns int, not a tensor"),
    (("explain", "mine.py:Good", "--part", "forward"), 2, "--part forward is not of a model"),
    (("explain", "--part", "filters"), 2, "--part filters is not of a convolution"),
    (("explain", "--graph", "graph.svg"), 2, "--graph draws the graph of a model"),
    (("explain", "mine.py:Good", "--image-size", "6", "--graph", "graph.svg"), 1, "Graphviz is not installed"),
]


@pytest.mark.parametrize(("words", "status", "message"), REFUSED)
def test_what_cannot_be_done(folder, words, status, message):
    result = convgrad(folder, *words)
    assert (result.returncode, result.stdout) == (status, "")
    assert message in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_explain_lists_what_a_model_computes(folder):
    result = convgrad(folder, "explain", "mine.py:Good", "--image-size", "6", "--graph", "graph.dot")
    assert result.returncode == 0, result.stderr
    for words in ("1  Conv -> [1, 3, 4, 4]", "0 (Conv2d)", "4.weight [2, 48]", "backward  dx = g * (1 - y²)"):
        assert words in result.stdout
    assert (folder / "graph.dot").read_text().startswith("digraph")
    result = convgrad(folder, "explain", "mine.py:Bad", *FLAT, "--json")
    steps = json.loads(result.stdout)["steps"]
    assert [step["op"] for step in steps] == ["Linear", "Tanh", "Twice", "Linear", "CrossEntropy"]


@pytest.mark.parametrize("part", ["costs", "filters", "feature-maps", "error-maps"])
def test_explain_draws_a_model(folder, part):
    pytest.importorskip("matplotlib")
    words = ("--image-size", "6", "--figure", f"{part}.png", "--part", part)
    assert convgrad(folder, "explain", "mine.py:Good", *words).returncode == 0
    assert (folder / f"{part}.png").read_bytes().startswith(b"\x89PNG")
