"""A day as a user has it, from a fresh clone in a fresh environment: the tests of this file go on from each other."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

ROOT = Path(__file__).parent.parent
EXTRAS = ".[plot,progress,images,safetensors,onnx,mpi]"

pytestmark = pytest.mark.skipif(not (ROOT / ".git").exists() or shutil.which("git") is None, reason="needs a clone")


class Day:
    """A clone and its environment; commands run as in a shell whose PATH starts with the environment's."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.bin = folder / "convgrad", folder / "environment/bin"
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(self.folder)], check=True)
        subprocess.run([sys.executable, "-m", "venv", str(self.bin.parent)], check=True)
        install = [str(self.bin / "pip"), "install", "--quiet", EXTRAS, "onnxruntime"]
        installed = subprocess.run(install, cwd=self.folder, capture_output=True, text=True)
        if installed.returncode:
            pytest.skip(f"the extras cannot be installed here: {installed.stderr.splitlines()[-1]}")

    def start(self, *command: object, **options: Any) -> subprocess.Popen[str]:
        plain = {key: value for key, value in os.environ.items() if key not in {"PYTHONPATH", "OMP_NUM_THREADS"}}
        env = {**plain, "PATH": f"{self.bin}{os.pathsep}{os.environ['PATH']}", "MPLBACKEND": "agg"}
        text = [str(part) for part in command]
        text[0] = str(self.bin / text[0])
        return subprocess.Popen(text, cwd=self.folder, env=env, stdout=-1, stderr=-1, text=True, **options)

    def run(self, *command: object) -> str:
        process = self.start(*command)
        out, err = process.communicate(timeout=300)
        assert process.returncode == 0, err
        return out

    def rows(self, *command: object) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.run(*command, "--json").splitlines()]


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Day]:
    return Day(tmp_path_factory.mktemp("day"))


def colours(picture: Path) -> int:
    """Return how many colours a picture has; a blank one has a single one."""
    image_module = pytest.importorskip("PIL.Image")
    with image_module.open(picture) as image:
        assert min(image.size) >= 200
        return len(np.unique(np.asarray(image.convert("RGB")).reshape(-1, 3), axis=0))


def test_info(day: Day) -> None:
    text = day.run("convgrad", "info")
    for word in ("convgrad:", "numpy:", "blas:", "threads:", "onnx 1.", "mpi4py 4."):
        assert word in text, word


def test_train_kill_resume(day: Day) -> None:
    straight = day.run("convgrad", "train", "--epochs", 4, "--out", "runs/straight")
    assert "test accuracy 9" in straight
    process = day.start("convgrad", "train", "--epochs", 4, "--out", "runs/night", "--checkpoint-minutes", 0.002)
    while not list(day.folder.glob("runs/night/checkpoints/step-*")):
        assert process.poll() is None, process.communicate()[1]
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert not (day.folder / "runs/night/weights.npz").exists()
    assert "test accuracy 9" in day.run("convgrad", "train", "--resume", "runs/night")
    straight_weights, night_weights = (np.load(day.folder / f"runs/{n}/weights.npz") for n in ("straight", "night"))
    assert set(straight_weights) == set(night_weights)
    for key in straight_weights:
        np.testing.assert_array_equal(straight_weights[key], night_weights[key])


def test_pictures_of_the_training(day: Day) -> None:
    pictures = day.folder / "runs/night/pictures"
    assert {p.stem for p in pictures.glob("*.png")} == {"curves", "confusion", "most-wrong", "filters", "feature-maps"}
    for picture in pictures.glob("*.png"):
        assert colours(picture) > 20, picture


def test_evaluate(day: Day) -> None:
    (row,) = day.rows("convgrad", "evaluate", "runs/night")
    assert row["images"] == 1797
    assert row["accuracy"] > 0.94
    assert np.trace(row["confusion"]) == round(row["accuracy"] * 1797)


def test_predict(day: Day) -> None:
    code = (
        "from nn.data import load_images; from PIL import Image; import numpy as np; x, y = load_images('digits')[2:];"
        "Image.fromarray(np.rint(x[0] * (255 / 16)).astype(np.uint8)).save('digit.png'); print(y[0])"
    )
    label = day.run("python", "-c", code).strip()
    assert day.run("convgrad", "predict", "runs/night", "digit.png").startswith(f"digit.png: {label} (")


def test_summary(day: Day) -> None:
    text = day.run("convgrad", "summary", "lenet5")
    for word in ("Conv2d", "MaxPool2d", "Linear", "[1, 10]", "parameters"):
        assert word in text, word


def test_race(day: Day) -> None:
    text = day.run("convgrad", "race", "beale", "--steps", 200)
    for name in ("gradient descent", "SGD", "momentum", "AdaGrad", "RMSProp", "Adadelta", "Adam"):
        assert name in text, name
    assert colours(day.folder / "runs/race/beale.png") > 100
    with pytest.importorskip("PIL.Image").open(day.folder / "runs/race/beale.gif") as film:
        assert film.n_frames > 10


def test_explain(day: Day) -> None:
    text = day.run("convgrad", "explain")
    assert "rotated" in text
    assert "dX" in text or "dx" in text


def test_gradcheck(day: Day) -> None:
    assert "conv2d" in day.run("convgrad", "gradcheck", "conv2d")


def test_export_to_onnx_and_run_it(day: Day) -> None:
    day.run("convgrad", "export", "runs/night", "night.onnx")
    code = (
        "import json, sys, numpy as np, onnx, onnxruntime; onnx.checker.check_model('night.onnx', full_check=True);"
        "s = onnxruntime.InferenceSession('night.onnx'); i = s.get_inputs()[0];"
        "x = np.linspace(-1, 1, 3 * 64, dtype=np.float32).reshape(3, 1, 8, 8);"
        "print(json.dumps(s.run(None, {i.name: x})[0].tolist()))"
    )
    theirs = np.array(json.loads(day.run("python", "-c", code)))
    code = (
        "import json, numpy as np, autograd, nn; m = nn.onnx.load('night.onnx').eval();"
        "x = np.linspace(-1, 1, 3 * 64, dtype=np.float32).reshape(3, 1, 8, 8);"
        "print(json.dumps(m(autograd.tensor(x)).tolist()))"
    )
    ours = np.array(json.loads(day.run("python", "-c", code)))
    assert ours.shape == theirs.shape == (3, 10)
    np.testing.assert_allclose(ours, theirs, atol=1e-4 * np.abs(theirs).max())


def test_save_and_load(day: Day) -> None:
    code = (
        "import autograd; state = autograd.load('runs/night/weights.npz'); autograd.save(state, 'w.safetensors');"
        "again = autograd.load('w.safetensors');"
        "print(list(again) == list(state) and all(bool((again[k] == state[k]).all()) for k in state))"
    )
    assert day.run("python", "-c", code).strip() == "True"


def test_two_ranks(day: Day) -> None:
    if not (day.bin / "mpiexec").exists():
        pytest.skip("mpich's wheel gives no mpiexec here")
    text = day.run("mpiexec", "-n", 2, day.bin / "convgrad", "train", "--epochs", 3, "--out", "runs/two")
    assert text.count("test accuracy 9") == 1
    assert (day.folder / "runs/two/weights.npz").exists()
