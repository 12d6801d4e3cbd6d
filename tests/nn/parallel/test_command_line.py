"""``mpiexec -n 2 convgrad train``: the results of one process, one voice, and nothing lost when a rank dies."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd
from nn.data import load_images
from nn.training import Checkpoints
from tests.nn.parallel.conftest import Launch, environment

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="finds processes in /proc")

# Whatever draws random numbers or remembers something is switched on.
OPTIONS = ("--epochs", "4", "--augment", "shift", "--mixup", "0.2", "--average", "0.9", "--batch-size", "5")
OPTIONS += ("--accumulate", "2", "--checkpoint-minutes", "0.0001", "--keep", "1", "--no-pictures")


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An npz archive of 61 digits to train, so that the last batch is of one, and 40 to test."""
    x_train, y_train, x_test, y_test = load_images("digits")
    path = tmp_path_factory.mktemp("data") / "tiny.npz"
    np.savez(path, x_train=x_train[:61], y_train=y_train[:61], x_test=x_test[:40], y_test=y_test[:40])
    return path


def start(mpiexec: str, *arguments: object) -> subprocess.Popen[str]:
    words = [mpiexec, "-n", "2", sys.executable, "-m", "nn", "train", *map(str, arguments)]
    return subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(), start_new_session=True
    )


def rank_processes(folder: Path, rank: int) -> Iterator[int]:
    """Yield the ids of the processes that compute a rank of the training in a folder; not of those that watch them."""
    for path in Path("/proc").glob("[0-9]*"):
        try:
            words = (path / "environ").read_bytes().split(b"\0")
            command = (path / "cmdline").read_bytes()
        except OSError:
            continue
        is_rank = b"PMI_RANK=%d" % rank in words and b"CONVGRAD_RANK_IS_WATCHED=1" in words
        if is_rank and str(folder).encode() in command:
            yield int(path.name)


def wait_for(condition: Any) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def rows(folder: Path) -> list[dict[str, Any]]:
    """The metrics but for times."""
    found = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    return [{k: v for k, v in row.items() if k not in ("seconds", "images_per_second")} for row in found]


@pytest.fixture(scope="module")
def undisturbed(mpiexec: str, tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("undisturbed") / "run"
    out, err = start(mpiexec, "--data", tiny, "--out", folder, *OPTIONS).communicate()
    assert (folder / "weights.npz").exists(), out + err
    return folder


def test_two_ranks_are_one_process(launch: Launch, tiny: Path, tmp_path: Path) -> None:
    common = ("-m", "nn", "train", "--data", tiny, "--epochs", 3, "--batch-size", 5, "--accumulate", 2, "--lr", 0.01)
    folders = [tmp_path / "one", tmp_path / "two"]
    for count, folder in enumerate(folders, 1):
        result = launch(count, *common, "--no-pictures", "--out", folder, "--json")
        assert result.returncode == 0, result.stderr
        events = [json.loads(line) for line in result.stdout.splitlines()]
        assert [event["event"] for event in events] == ["start", "epoch", "epoch", "epoch", "end"]
        assert events[0]["processes"] == count
    one, two = (autograd.load(folder / "weights.npz") for folder in folders)
    for name, value in one.items():
        if value.is_floating_point():
            np.testing.assert_allclose(value, two[name], rtol=1e-3, atol=1e-4, err_msg=name)
    for a, b in zip(*map(rows, folders), strict=True):
        assert a["train_accuracy"] == b["train_accuracy"]
        assert a["test_loss"] == pytest.approx(b["test_loss"], rel=1e-3)


def test_a_rank_is_killed_and_the_run_resumed(mpiexec: str, tiny: Path, tmp_path: Path, undisturbed: Path) -> None:
    folder = tmp_path / "run"
    process = start(mpiexec, "--data", tiny, "--out", folder, *OPTIONS)
    wait_for(lambda: Checkpoints(folder / "checkpoints").paths() or process.poll() is not None)
    (victim,) = rank_processes(folder, 1)
    os.kill(victim, signal.SIGKILL)
    out, err = process.communicate(timeout=60)
    assert process.returncode != 0, out
    assert f"convgrad: rank 1 of 2 (process {victim} on " in err
    assert "was ended by SIGKILL; the other ranks end with it" in err
    wait_for(lambda: not [*rank_processes(folder, 0), *rank_processes(folder, 1)])
    assert Checkpoints(folder / "checkpoints").load_latest()["trainer"]["position"]["step"] > 0
    resumed = start(mpiexec, "--resume", folder, "--no-pictures")
    out, err = resumed.communicate(timeout=120)
    assert resumed.returncode == 0, out + err
    assert (folder / "weights.npz").read_bytes() == (undisturbed / "weights.npz").read_bytes()
    assert rows(folder) == rows(undisturbed)


def test_one_process_goes_on_where_two_stopped(mpiexec: str, launch: Launch, tiny: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    process = start(mpiexec, "--data", tiny, "--out", folder, *OPTIONS, "--json")
    wait_for(lambda: Checkpoints(folder / "checkpoints").paths() or process.poll() is not None)
    (asked,) = rank_processes(folder, 1)
    os.kill(asked, signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode != 0, out + err
    last = json.loads(out.splitlines()[-1])
    assert (last["event"], last["resume"]) == ("interrupted", str(folder))
    result = launch(1, "-m", "nn", "train", "--resume", folder, "--no-pictures", "--json")
    assert result.returncode == 0, result.stderr
    events = [json.loads(line) for line in result.stdout.splitlines()]
    assert events[0]["resumed_at_step"] == last["step"]
    assert events[-1]["event"] == "end"
    assert len(rows(folder)) == 4


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--resume", "nothing"), "convgrad: error: nothing holds no run"),
        (("--save", "weights.pt"), "convgrad: error: --save weights.pt: the name must end in"),
    ],
)
def test_mistakes_are_told_once(launch: Launch, arguments: tuple[str, ...], message: str) -> None:
    result = launch(2, "-m", "nn", "train", *arguments)
    # The launcher's own status: that of the rank that failed, or 9 for those it then killed.
    assert result.returncode != 0
    assert result.stderr.count(message) == 1
    assert "convgrad: rank 0 of 2 ended by this error" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_loss_that_is_no_number_ends_all(launch: Launch, tiny: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    result = launch(2, "-m", "nn", "train", "--data", tiny, "--out", folder, "--lr", "1e30", "--no-pictures")
    assert result.returncode != 0
    assert result.stderr.count("convgrad: error: the loss is ") == 1


def test_state_of_a_run_is_readable_alone(undisturbed: Path) -> None:
    state = Checkpoints(undisturbed / "checkpoints").load_latest()
    assert state["trainer"]["random"].shape[0] == 2
    assert state["trainer"]["random"].dtype == autograd.uint8
