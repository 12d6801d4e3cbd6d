"""A training that is killed, or stopped by Ctrl-C, and resumed ends with the bits of one that never stopped."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from nn.training import Checkpoints
from tests.cli.conftest import Run

# Whatever draws random numbers or remembers something is switched on.
OPTIONS = ("--epochs", "8", "--augment", "shift", "--mixup", "0.2", "--average", "0.9", "--warmup", "1", "--keep", "1")
OPTIONS += ("--batch-size", "4", "--accumulate", "2")
OFTEN = ("--checkpoint-minutes", "0.0001")


def start(*arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "nn", "train", "--no-pictures", *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def finish(process: subprocess.Popen[str]) -> tuple[int, str]:
    out, _ = process.communicate()
    return process.returncode, out


def outcome(folder: Path) -> tuple[bytes, list[dict[str, Any]]]:
    """The weights, and the metrics but for times."""
    rows = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    timeless = [{k: v for k, v in row.items() if k not in ("seconds", "images_per_second")} for row in rows]
    return (folder / "weights.npz").read_bytes(), timeless


@pytest.fixture(scope="module")
def undisturbed(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, list[dict[str, Any]]]:
    folder = tmp_path_factory.mktemp("undisturbed") / "run"
    status, _ = finish(start("--data", tiny, "--out", folder, *OPTIONS))
    assert status == 0
    return outcome(folder)


@pytest.mark.skipif(os.name != "posix", reason="needs signals")
def test_killed_at_25_random_moments(tiny: Path, tmp_path: Path, undisturbed: Any) -> None:
    folder, moments = tmp_path / "run", random.Random(3)
    process = start("--data", tiny, "--out", folder, *OPTIONS, *OFTEN)
    while not (folder / "settings.toml").exists() and process.poll() is None:
        time.sleep(0.01)
    for _ in range(25):
        time.sleep(moments.uniform(0.0, 0.8))
        process.send_signal(signal.SIGKILL)
        finish(process)
        process = start("--resume", folder, *OFTEN)
    status, out = finish(process)
    assert status == 0, out
    assert outcome(folder) == undisturbed


@pytest.mark.skipif(os.name != "posix", reason="needs limits of file sizes")
def test_a_disk_that_fills_up(tiny: Path, tmp_path: Path, undisturbed: Any) -> None:
    folder = tmp_path / "run"
    process = start("--data", tiny, "--out", folder, *OPTIONS, "--json")
    assert process.stdout is not None
    while json.loads(process.stdout.readline())["event"] != "epoch":
        pass
    process.send_signal(signal.SIGINT)
    finish(process)
    saved = {path.name: path.read_bytes() for path in (folder / "checkpoints").iterdir()}
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000)); import sys, runpy; "
    limit += f"sys.argv = ['nn', 'train', '--no-pictures', '--resume', {str(folder)!r}]; "
    limit += "runpy.run_module('nn', run_name='__main__')"
    full = subprocess.run([sys.executable, "-c", limit], capture_output=True, text=True)
    assert full.returncode == 1
    assert len(full.stderr.splitlines()) == 1
    assert "File too large" in full.stderr
    assert f"the last checkpoint, {max((folder / 'checkpoints').glob('step*'))}, is intact" in full.stderr
    assert {path.name: path.read_bytes() for path in (folder / "checkpoints").iterdir()} == saved
    assert finish(start("--resume", folder))[0] == 0
    assert outcome(folder) == undisturbed


@pytest.mark.skipif(os.name != "posix", reason="needs signals")
def test_interrupted(tiny: Path, tmp_path: Path, undisturbed: Any) -> None:
    folder = tmp_path / "run"
    process = start("--data", tiny, "--out", folder, *OPTIONS, "--json")
    assert process.stdout is not None
    for line in process.stdout:
        if json.loads(line)["event"] == "epoch":
            break
    process.send_signal(signal.SIGINT)
    status, out = finish(process)
    event = json.loads(out.splitlines()[-1])
    assert (status, event["event"], event["resume"]) == (130, "interrupted", str(folder))
    assert not (folder / "weights.npz").exists()
    assert finish(start("--resume", folder))[0] == 0
    assert outcome(folder) == undisturbed


def test_a_finished_run_resumed_stays_as_it_is(run: Run, tiny: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    assert run("train", "--data", tiny, "--epochs", 2, "--out", folder).status == 0
    before = outcome(folder)
    assert run("train", "--resume", folder).status == 0
    assert outcome(folder) == before


def test_fewer_checkpoints_make_room_before_the_next_is_written(run: Run, tiny: Path, tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path, keep=3)
    for step in (1, 2, 3):
        checkpoints.save({"step": step}, step)
    (tmp_path / ".step-0000000004.npz.x.part").write_text("half")
    fewer = Checkpoints(tmp_path, keep=1)
    with pytest.raises(TypeError):
        fewer.save({"step": object()}, 4)
    assert [path.name for path in tmp_path.iterdir()] == ["step-0000000003.npz"]
    assert fewer.load_latest() == {"step": 3}


def test_the_newest_checkpoint_that_can_be_read_is_taken(run: Run, tiny: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    assert run("train", "--data", tiny, "--epochs", 3, "--keep", 3, "--out", folder).status == 0
    before = outcome(folder)
    newest = sorted((folder / "checkpoints").glob("step*"))[-1]
    newest.write_bytes(newest.read_bytes()[:-300])
    assert run("train", "--resume", folder, "--keep", 3).status == 0
    assert outcome(folder) == before


def test_all_checkpoints_damaged(run: Run, tiny: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    assert run("train", "--data", tiny, "--epochs", 1, "--out", folder).status == 0
    for path in (folder / "checkpoints").glob("step*"):
        path.write_bytes(b"nothing")
    result = run("train", "--resume", folder)
    assert result.status == 1
    assert "no checkpoint can be read" in result.err


def test_what_would_change_the_result_cannot_be_changed(run: Run, tiny: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    assert run("train", "--data", tiny, "--epochs", 1, "--out", folder).status == 0
    result = run("train", "--resume", folder, "--lr", 1)
    assert result.status == 2
    assert "--lr cannot change" in result.err
    assert run("train", "--resume", folder, "--threads", 1).status == 0
