"""`evaluate`, `predict`, `summary`, `gradcheck`, `info`, help and version."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import autograd
from nn.data import load_images
from tests.cli.conftest import Run

COMMANDS = ["train", "evaluate", "predict", "summary", "gradcheck", "explain", "race", "export", "info"]


def test_evaluate_agrees_with_the_training(run: Run, trained: Path) -> None:
    last = json.loads((trained / "metrics.jsonl").read_text().splitlines()[-1])
    (row,) = run("evaluate", trained, "--json").rows
    assert row["accuracy"] == last["test_accuracy"]
    assert np.sum(row["confusion"]) == row["images"] == 40
    assert f"accuracy {row['accuracy']:.2%}" in run("evaluate", trained / "weights.npz").out


def test_evaluate_on_another_set(run: Run, trained: Path) -> None:
    (row,) = run("evaluate", trained, "--data", "digits", "--json").rows
    assert row["images"] == 1797


def test_predict_by_number_and_from_a_file(run: Run, trained: Path, tmp_path: Path) -> None:
    image_module = pytest.importorskip("PIL.Image")
    _, _, x_test, y_test = load_images("digits")
    values = np.rint(x_test[3] * (255 / 16)).astype(np.uint8)
    image_module.fromarray(values).save(tmp_path / "digit.png")
    image_module.fromarray(255 - values).save(tmp_path / "ink.png")
    (by_number,) = run("predict", trained, "--index", 3, "--json", "--top", 10).rows
    (from_file,) = run("predict", trained, tmp_path / "digit.png", "--json", "--top", 10).rows
    (inverted,) = run("predict", trained, tmp_path / "ink.png", "--invert", "--json", "--top", 10).rows
    assert by_number["true"] == y_test[3]
    assert by_number["probabilities"] == from_file["probabilities"] == inverted["probabilities"]
    assert sum(by_number["probabilities"].values()) == pytest.approx(1)
    assert run("predict", trained, "--index", 0, 1, 2).out.count("it is") == 3


def test_predict_refuses(run: Run, trained: Path, tmp_path: Path) -> None:
    pytest.importorskip("PIL.Image")
    (tmp_path / "text.png").write_text("no image")
    assert "cannot be read as an image" in run("predict", trained, tmp_path / "text.png").err
    assert run("predict", trained, tmp_path / "none.png").status == 1
    assert run("predict", trained, "--index", 40).status == 2


def test_summary(run: Run, trained: Path) -> None:
    text = run("summary", "net-relu").out
    assert "conv1" in text
    assert "[1, 3, 24, 24]" in text
    (row,) = run("summary", "lenet5", "--image-size", 32, "--json").rows
    assert row["parameters"] == 61_706
    convolutions = 6 * 28 * 28 * 25 + 16 * 10 * 10 * 6 * 25
    assert row["forward"] == convolutions + 400 * 120 + 120 * 84 + 84 * 10
    assert run("summary", trained).status == 0


MODEL = """
import nn

class Net(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Conv2d(2, 3, 3), nn.Tanh(), nn.Flatten(), nn.Linear(3 * 4 * 4, 2))
"""

WRONG = """
import autograd, nn

class Twice(autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x * 2

    @staticmethod
    def backward(ctx, grad):
        return grad * 3

class Net(nn.Module):
    def forward(self, x):
        return Twice.apply(x)
"""


def test_models_in_files(run: Run, tmp_path: Path) -> None:
    (tmp_path / "good.py").write_text(MODEL)
    (tmp_path / "bad.py").write_text(WRONG)
    size = ("--channels", 2, "--image-size", 6)
    assert "[1, 48]" in run("summary", f"{tmp_path}/good.py:Net", *size).out
    assert run("gradcheck", f"{tmp_path}/good.py:Net", *size, "--twice").status == 0
    wrong = run("gradcheck", f"{tmp_path}/bad.py:Net", *size)
    assert wrong.status == 1
    assert "wrong" in wrong.out
    assert "did you mean 'Net'?" in run("summary", f"{tmp_path}/good.py:Nett").err
    assert run("summary", f"{tmp_path}/none.py:Net").status == 1
    assert "fails on images of 1x6x6" in run("summary", f"{tmp_path}/good.py:Net", "--image-size", 6).err


def test_gradcheck_of_operations(run: Run) -> None:
    rows = run("gradcheck", "exp", "mul", "--twice", "--json").rows
    assert [row["name"] for row in rows] == ["exp", "mul"]
    assert all(row["samples"] > 0 and row["failures"] == [] for row in rows)
    assert "2 of 2 right" in run("gradcheck", "exp", "mul").out


def test_info(run: Run) -> None:
    (row,) = run("info", "--json").rows
    assert row["numpy"] == np.__version__
    assert row["threads"] == autograd.get_num_threads()
    assert row["blas"]["reason"] in run("info").out


@pytest.mark.parametrize("command", [[], *[[name] for name in COMMANDS]])
def test_help(run: Run, command: list[str]) -> None:
    result = run(*command, "--help")
    assert result.status == 0
    assert all(name in result.out for name in (COMMANDS if not command else ["--json"]))


@pytest.mark.parametrize("name", COMMANDS)
def test_help_has_examples(run: Run, name: str) -> None:
    assert f"convgrad {name}" in run(name, "--help").out.split("examples:")[1]


def test_the_module_is_the_same_program() -> None:
    code = "import sys, runpy; sys.argv = ['nn', '--version']; runpy.run_module('nn', run_name='__main__')"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout == f"convgrad {autograd.__version__}\n"


def test_help_loads_nothing_heavy() -> None:
    code = "import sys; from nn.cli import main; main(['--help']); print(*sys.modules, file=sys.stderr)"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {*result.stderr.split()} | {name.split(".")[0] for name in result.stderr.split()}
    assert not loaded & {"scipy", "matplotlib", "tqdm", "PIL", "optim", "nn.data", "nn.training"}


def test_a_reader_that_goes_away() -> None:
    command = [sys.executable, "-m", "nn", "gradcheck", "exp", "mul", "sin", "cos"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    assert process.stderr.read() == ""
    process.stderr.close()
    assert process.wait() == 1


def test_explain_shows_the_lecture_notes_example(run: Run) -> None:
    out = run("explain").out
    assert "rotated" in out
    (row,) = run("explain", "--json", "--size", 5, 5).rows
    assert row["dx"][0][0][1] == [2.0, 2.0, 0.0, -2.0, -2.0]


def test_explain_draws(run: Run, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    run("explain", "--figure", tmp_path / "convolution.png", "--part", "input")
    assert (tmp_path / "convolution.png").read_bytes().startswith(b"\x89PNG")


def test_explain_refuses_a_kernel_that_does_not_fit(run: Run) -> None:
    result = run("explain", "--size", 2, 2)
    assert result.status == 2
    assert "Kernel size can't be greater" in result.err
