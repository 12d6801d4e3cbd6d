"""A run's folder belongs to one process, and a run goes on beyond its end."""

from __future__ import annotations

import json
import os
import signal
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from nn.cli import main
from nn.cli.settings import read_toml
from nn.training import FolderLock
from tests.cli.conftest import Run

HOLD = """
import sys
from nn.training import FolderLock
with FolderLock(sys.argv[1]):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def finished(run: Run, tiny: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "run"
    common = ("train", "--data", tiny, "--schedule", "constant", "--average", 0.9)
    assert run(*common, "--epochs", 2, "--out", folder).status == 0
    assert run(*common, "--epochs", 4, "--out", tmp_path / "longer").status == 0
    return folder


def hold(folder: Path) -> subprocess.Popen[str]:
    """Start a process that has the folder's lock until its input ends."""
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(folder)], text=True, **pipes)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def metrics(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_two_processes_do_not_write_one_folder(run: Run, tiny: Path, finished: Path) -> None:
    holder = hold(finished)
    before = contents(finished)
    for arguments in (["--resume", finished], ["--data", tiny, "--out", finished, "--overwrite"]):
        result = run("train", *arguments)
        assert result.status == 2
        assert len(result.err.splitlines()) == 1
        assert f"{finished} is in use by process {holder.pid} on " in result.err
    assert contents(finished) == before
    holder.communicate()
    assert run("train", "--resume", finished).status == 0


@pytest.mark.skipif(os.name != "posix", reason="needs signals")
def test_a_killed_process_leaves_no_lock(finished: Path) -> None:
    holder = hold(finished)
    holder.send_signal(signal.SIGKILL)
    holder.communicate()
    with FolderLock(finished):
        assert (finished / ".lock").read_text().startswith(f"{os.getpid()} on ")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_child_does_not_keep_the_lock(finished: Path) -> None:
    forking = HOLD.replace("    print", "    import os; os.fork() or __import__('time').sleep(30)\n    print")
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", forking, str(finished)], start_new_session=True, **pipes) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        process.kill()
        process.wait()
        with FolderLock(finished):
            os.killpg(process.pid, signal.SIGKILL)


def test_more_epochs_equal_as_many_from_the_start(run: Run, finished: Path) -> None:
    assert run("train", "--resume", finished, "--epochs", 4).status == 0
    assert (finished / "weights.npz").read_bytes() == (finished.parent / "longer" / "weights.npz").read_bytes()
    assert [row["epoch"] for row in metrics(finished)] == [1, 2, 3, 4]
    assert read_toml(finished / "settings.toml")["epochs"] == 4
    refused = run("train", "--resume", finished, "--epochs", 3)
    assert (refused.status, "4 are done already" in refused.err) == (2, True)
    assert read_toml(finished / "settings.toml")["epochs"] == 4


def test_more_epochs_stretch_the_course_of_the_rate(run: Run, tiny: Path, tmp_path: Path) -> None:
    common = ("train", "--data", tiny, "--lr", 0.1, "--schedule", "linear")
    assert run(*common, "--epochs", 2, "--out", tmp_path / "run").status == 0
    assert run("train", "--resume", tmp_path / "run", "--epochs", 4).status == 0
    rates = [row["lr"] for row in metrics(tmp_path / "run")]
    # Three steps an epoch: the rate of the last one of each.
    assert rates == pytest.approx([0.1 * (1 - 2 / 6), 0.1 * (1 - 5 / 6), 0.1 * (1 - 8 / 12), 0.1 * (1 - 11 / 12)])


def test_the_rate_that_is_told_is_the_rate_that_is_used(tiny: Path, tmp_path: Path, run: Run) -> None:
    """A finished linear course ends at zero: going on without a stretch would not change the weights."""
    common = ("train", "--data", tiny, "--schedule", "linear", "--optimizer", "sgd", "--weight-decay", 0)
    assert run(*common, "--epochs", 1, "--batch-size", 0, "--out", tmp_path / "run").status == 0
    before = (tmp_path / "run" / "weights.npz").read_bytes()
    assert run("train", "--resume", tmp_path / "run", "--epochs", 2).status == 0
    assert (tmp_path / "run" / "weights.npz").read_bytes() != before


# ---- TensorBoard


def events(folder: Path) -> list[tuple[int, str, float]]:
    """What TensorBoard reads: records of length, checksum, event and checksum; a restart hides later steps."""
    from tensorboardX.proto.event_pb2 import Event, SessionLog

    found: list[tuple[int, str, float]] = []
    for path in sorted(folder.glob("events.*")):
        data, start = path.read_bytes(), 0
        while start < len(data):
            (length,) = struct.unpack_from("<Q", data, start)
            event = Event.FromString(data[start + 12 : start + 12 + length])
            start += 16 + length
            if event.session_log.status == SessionLog.START:
                found = [entry for entry in found if entry[0] < event.step]
            found += [(event.step, value.tag, value.simple_value) for value in event.summary.value]
    return found


def test_tensorboard(run: Run, tiny: Path, tmp_path: Path) -> None:
    pytest.importorskip("tensorboardX")
    folder = tmp_path / "run"
    assert run("train", "--data", tiny, "--epochs", 2, "--out", folder, "--tensorboard").status == 0
    rows = metrics(folder)
    found = events(folder / "tensorboard")
    assert [(step, value) for step, tag, value in found if tag == "accuracy/test"] == [
        (3 * row["epoch"], pytest.approx(row["test_accuracy"])) for row in rows
    ]
    assert [step for step, tag, _ in found if tag == "loss/train-so-far"] == [1, 2, 3, 4, 5, 6]
    ends = [value for step, tag, value in found if tag == "loss/train-so-far" and step % 3 == 0]
    assert ends == pytest.approx([row["train_loss"] for row in rows])


@pytest.mark.skipif(os.name != "posix", reason="needs signals")
def test_tensorboard_goes_on_after_a_kill(tiny: Path, tmp_path: Path) -> None:
    pytest.importorskip("tensorboardX")
    folder = tmp_path / "run"
    options = ["--epochs", "6", "--out", str(folder), "--tensorboard", "--json", "--no-pictures"]
    command = [sys.executable, "-m", "nn", "train", "--data", str(tiny), *options]
    for number in range(3):
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            for line in process.stdout:
                if json.loads(line)["event"] == "epoch":
                    process.kill()
                    break
        command = [sys.executable, "-m", "nn", "train", "--resume", str(folder), "--json", "--no-pictures"]
        assert len(list((folder / "tensorboard").iterdir())) == number + 1
    assert main(command[3:]) == 0
    found = events(folder / "tensorboard")
    for tag in ("loss/test", "accuracy/train", "learning-rate"):
        assert [step for step, name, _ in found if name == tag] == [3, 6, 9, 12, 15, 18]
    assert [step for step, name, _ in found if name.startswith("loss/train-so-far")] == list(range(1, 19))


def test_tensorboard_that_is_not_installed(
    run: Run, tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    result = run("train", "--data", tiny, "--out", tmp_path / "run", "--tensorboard")
    assert result.status == 1
    assert "pip install 'convgrad[tensorboard]'" in result.err
    assert not (tmp_path / "run").exists()
