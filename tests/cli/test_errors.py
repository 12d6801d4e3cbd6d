"""A user's mistakes: one line on standard error, and the right exit status."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import autograd
from nn.cli.reports import Reporter
from tests.cli.conftest import Run


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["train", "--lr", "nan"], ["--lr", "nan is not at least 0"]),
        (["train", "--lr", "-1"], ["--lr", "-1 is not at least 0"]),
        (["train", "--lr", "fast"], ["'fast' is no number"]),
        (["train", "--epochs", "0"], ["--epochs", "0 is less than 1"]),
        (["train", "--epochs", "1.5"], ["'1.5' is no whole number"]),
        (["train", "--label-smoothing", "1"], ["not at least 0 and less than 1"]),
        (["train", "--model", "lenet"], ["unknown name 'lenet'", "did you mean 'lenet5'?"]),
        (["train", "--optimizer", "adm"], ["did you mean 'adam'?"]),
        (["train", "--augment", "shift,spin"], ["unknown name 'spin'"]),
        (["train", "--epoch", "3", "--ou", "x"], ["unknown argument '--epoch'", "did you mean '--epochs'?"]),
        (["train", "--save", "weights.pkl"], ["must end in .npz or .safetensors"]),
        (["trian"], ["unknown command 'trian'", "did you mean 'train'?"]),
        ([], ["COMMAND"]),
        (["summary", "lenet6"], ["'lenet6' is no model", "did you mean 'lenet5'?"]),
        (["summary", "lenet5", "--image-size", "2"], ["image_size should be"]),
        (["gradcheck", "conv2"], ["no differentiable operation 'conv2'", "did you mean 'conv2d'?"]),
        (["predict", "weights.npz"], ["name image files"]),
    ],
)
def test_misuse(run: Run, arguments: list[str], words: list[str]) -> None:
    result = run(*arguments)
    assert result.status == 2
    assert result.out == ""
    assert len(result.err.splitlines()) == 1
    for word in words:
        assert word in result.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["train", "--data", "nowhere.npz"], ["nowhere.npz", "does not exist"]),
        (["train", "--resume", "nowhere"], ["nowhere holds no run"]),
        (["train", "--config", "nowhere.toml"], ["nowhere.toml: No such file or directory"]),
        (["train", "--save", "nowhere/w.npz"], ["nowhere does not exist"]),
        (["evaluate", "nowhere.npz"], ["nowhere.npz: No such file or directory"]),
        (["predict", "nowhere.npz", "x.png"], ["nowhere.npz: No such file or directory"]),
    ],
)
def test_failure(
    run: Run, arguments: list[str], words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = run(*arguments)
    assert result.status == 1
    assert len(result.err.splitlines()) == 1
    for word in words:
        assert word in result.err
    assert list(tmp_path.iterdir()) == []


def test_truncated_data(run: Run, tiny: Path, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.npz"
    damaged.write_bytes(tiny.read_bytes()[:-200])
    result = run("train", "--data", damaged, "--out", tmp_path / "run")
    assert result.status == 1
    assert len(result.err.splitlines()) == 1
    assert "damaged.npz" in result.err
    assert not (tmp_path / "run").exists()


def test_an_output_that_cannot_be_written(run: Run, tiny: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    result = run("train", "--data", tiny, "--out", tmp_path / "file" / "run")
    assert result.status == 1
    assert len(result.err.splitlines()) == 1
    assert "Not a directory" in result.err


def test_a_loss_that_is_no_number(run: Run, tiny: Path, tmp_path: Path) -> None:
    options = ("--optimizer", "sgd", "--lr", "1e30", "--epochs", 3)
    result = run("train", "--data", tiny, "--out", tmp_path / "run", *options)
    assert result.status == 1
    assert len(result.err.splitlines()) == 1
    assert "the loss is nan in epoch 1, batch 2" in result.err or "the loss is inf in epoch 1, batch 2" in result.err
    assert "there is no checkpoint yet" in result.err


def test_a_loss_that_is_no_number_leaves_the_last_checkpoint(run: Run, tiny: Path, tmp_path: Path) -> None:
    options = ("--optimizer", "sgd", "--lr", "1e30", "--checkpoint-minutes", "1e-9")
    result = run("train", "--data", tiny, "--out", tmp_path / "run", *options)
    last = tmp_path / "run" / "checkpoints" / "step-0000000001.npz"
    assert result.status == 1
    assert f"the last checkpoint, {last}, is intact" in result.err
    assert autograd.load(last)["trainer"]["position"]["step"] == 1


@pytest.mark.parametrize("with_tqdm", [False, True])
def test_the_bar_tells_loss_accuracy_speed_and_time_left(
    with_tqdm: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if with_tqdm:
        pytest.importorskip("tqdm")
    find = importlib.util.find_spec
    monkeypatch.setattr("importlib.util.find_spec", lambda name: find(name) if with_tqdm or name != "tqdm" else None)
    monkeypatch.setenv("COLUMNS", "150")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    reporter = Reporter()
    reporter.begin_epoch("epoch 1", 1000, 0)
    for seen in range(100, 700, 100):
        time.sleep(0.12)
        reporter.step(seen, 1.5, 0.25)
    reporter.end_epoch()
    last = capsys.readouterr().err.split("\r")[-3 if with_tqdm else -4]
    assert all(part in last for part in ("epoch 1", "%", "loss 1.5000, accuracy 25.0%", "images/s")), last
    assert re.search(r"<\d\d:\d\d" if with_tqdm else r"\d:\d\d left", last)


@pytest.mark.parametrize("name", ["pictures", "metrics.csv", "weights.npz"])
def test_what_cannot_be_written_in_the_end(run: Run, tiny: Path, tmp_path: Path, name: str) -> None:
    if name == "pictures":
        pytest.importorskip("matplotlib")
        (tmp_path / name).write_text("in the way")
    else:
        (tmp_path / name).mkdir()
    result = run("train", "--data", tiny, "--epochs", 1, "--out", tmp_path, "--pictures")
    assert result.status == 1
    assert f"{tmp_path} cannot be written to: " in result.err
    assert ("is intact" in result.err) == (name != "metrics.csv")
    assert len(result.err.splitlines()) == 1


def test_a_reader_of_the_training_that_goes_away(tiny: Path, tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "nn",
        "train",
        "--data",
        str(tiny),
        "--out",
        str(tmp_path / "run"),
        "--no-pictures",
    ]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    assert process.stderr.read() == ""
    process.stderr.close()
    assert process.wait() == 1


def test_a_folder_that_holds_a_run(run: Run, tiny: Path, tmp_path: Path) -> None:
    common = ("train", "--data", tiny, "--epochs", 1, "--out", tmp_path / "run")
    assert run(*common).status == 0
    before = (tmp_path / "run" / "weights.npz").read_bytes()
    refused = run(*common, "--seed", 1)
    assert refused.status == 2
    assert "--resume" in refused.err
    assert (tmp_path / "run" / "weights.npz").read_bytes() == before
    assert run(*common, "--seed", 1, "--overwrite").status == 0
    assert (tmp_path / "run" / "weights.npz").read_bytes() != before


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("epochs = ", "is no TOML"),
        ("epoch = 3", "unknown setting 'epoch'; did you mean 'epochs'?"),
        ("epochs = 0", "epochs: 0 is less than 1"),
        ("lr = nan", "lr: nan is not at least 0"),
        ("seed = true", "seed must be a number or a text"),
        ("tensorboard = 1", "tensorboard must be true or false"),
        ('model = "lenet"', "did you mean 'lenet5'?"),
    ],
)
def test_mistakes_in_a_settings_file(run: Run, text: str, words: str, tmp_path: Path) -> None:
    config = tmp_path / "s.toml"
    config.write_text(text)
    result = run("train", "--config", config, "--out", tmp_path / "run")
    assert result.status == 2
    assert words in result.err
    assert len(result.err.splitlines()) == 1


def test_weights_that_are_no_weights(run: Run, tmp_path: Path) -> None:
    np.savez(tmp_path / "other.npz", a=np.zeros(3))
    np.savez(tmp_path / "objects.npz", a=np.array([{}], dtype=object))
    (tmp_path / "text.npz").write_text("no archive")
    (tmp_path / "w.pt").write_text("no archive")
    for name, status, words in [
        ("other.npz", 1, "does not say which network"),
        ("objects.npz", 1, "does not say which network"),
        ("text.npz", 1, "damaged archive"),
        ("w.pt", 2, "unknown file format"),
    ]:
        result = run("evaluate", tmp_path / name)
        assert result.status == status
        assert words in result.err
        assert len(result.err.splitlines()) == 1


def test_images_of_another_size(run: Run, trained: Path, tmp_path: Path) -> None:
    images, labels = np.zeros((3, 9, 9), np.uint8), np.zeros(3, np.uint8)
    np.savez(tmp_path / "nine.npz", x_train=images, y_train=labels, x_test=images, y_test=labels)
    result = run("evaluate", trained, "--data", tmp_path / "nine.npz")
    assert result.status == 1
    assert "takes images of 1x8x8, those of" in result.err
