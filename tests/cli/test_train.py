"""`convgrad train`: what it trains, shows and writes."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd
from nn.cli.optimizers import OPTIMIZERS
from nn.cli.settings import RECIPES, Settings, read_toml, resolve, write_toml
from tests.cli.conftest import Run


def weights(folder: Path) -> bytes:
    return (folder / "weights.npz").read_bytes()


def test_the_defaults_reach_what_the_readme_says(run: Run, tmp_path: Path) -> None:
    result = run("train", "--out", tmp_path / "run")
    assert result.status == 0
    last = [json.loads(line) for line in (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()][-1]
    assert last["test_accuracy"] >= 0.96
    assert f"test accuracy {last['test_accuracy']:.2%}" in result.out


def test_the_files_of_a_run(run: Run, tiny: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    assert run("train", "--data", tiny, "--epochs", 3, "--keep", 1, "--out", folder).status == 0
    with np.load(folder / "weights.npz", allow_pickle=False) as archive:
        assert archive["conv1.weight"].shape == (6, 1, 3, 3)
    rows = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    assert [row["epoch"] for row in rows] == [1, 2, 3]
    with open(folder / "metrics.csv", newline="") as file:
        table = list(csv.DictReader(file))
    assert [float(row["train_loss"]) for row in table] == [row["train_loss"] for row in rows]
    assert sorted(path.name for path in (folder / "checkpoints").iterdir()) == ["best.npz", "step-0000000009.npz"]
    assert resolve(read_toml(folder / "settings.toml")) == resolve({"data": str(tiny), "epochs": 3, "keep": 1})
    assert not list(tmp_path.rglob("*.part"))


@pytest.mark.parametrize("model", ["lenet5", "net-relu", "net-sigmoid"])
@pytest.mark.parametrize("batch_size", [0, 1, 7])
def test_models_and_batch_sizes(run: Run, tiny: Path, tmp_path: Path, model: str, batch_size: int) -> None:
    arguments = ("--model", model, "--batch-size", batch_size, "--epochs", 1)
    result = run("train", "--data", tiny, "--out", tmp_path / "run", "--json", *arguments)
    assert result.status == 0
    steps = {0: 1, 1: 96, 7: 14}[batch_size]
    assert [path.name for path in (tmp_path / "run" / "checkpoints").glob("step*")] == [f"step-{steps:010d}.npz"]


@pytest.mark.parametrize("model", sorted(RECIPES))
def test_every_model(run: Run, tiny: Path, tmp_path: Path, model: str) -> None:
    assert (
        run(
            "train", "--data", tiny, "--out", tmp_path / "run", "--batch-size", 0, "--epochs", 1, "--model", model
        ).status
        == 0
    )


@pytest.mark.parametrize("optimizer", sorted(OPTIMIZERS))
def test_every_optimizer_descends(run: Run, tiny: Path, tmp_path: Path, optimizer: str) -> None:
    options = ("--model", "net-relu", "--optimizer", optimizer, "--schedule", "constant", "--epochs", 4)
    result = run("train", "--data", tiny, "--out", tmp_path / "run", "--json", *options)
    losses = [row["train_loss"] for row in result.rows if row["event"] == "epoch"]
    assert losses[-1] < losses[0]


@pytest.mark.parametrize(
    "options",
    [
        ["--augment", "shift,rotate,flip,cutout"],
        ["--mixup", "0.2"],
        ["--average", "0.9"],
        ["--accumulate", "2"],
        ["--clip-norm", "0.1"],
        ["--warmup", "1"],
        ["--schedule", "step"],
        ["--label-smoothing", "0.2"],
    ],
)
def test_options_change_the_result(run: Run, tiny: Path, tmp_path: Path, options: list[str]) -> None:
    common = ("train", "--data", tiny, "--epochs", 3, "--label-smoothing", "0.1")
    assert run(*common, "--out", tmp_path / "plain").status == 0
    assert run(*common, "--out", tmp_path / "changed", *options).status == 0
    assert weights(tmp_path / "plain") != weights(tmp_path / "changed")


def test_same_seed_same_bits_for_any_number_of_threads(run: Run, tiny: Path, tmp_path: Path) -> None:
    common = ("train", "--data", tiny, "--epochs", 2, "--augment", "shift", "--mixup", "0.2")
    for name, options in {"a": ["--threads", 1], "b": ["--threads", 3], "c": ["--seed", 1]}.items():
        assert run(*common, "--out", tmp_path / name, *options).status == 0
    assert weights(tmp_path / "a") == weights(tmp_path / "b")
    assert weights(tmp_path / "a") != weights(tmp_path / "c")


def test_accumulated_batches_equal_one_large_batch(run: Run, tiny: Path, tmp_path: Path) -> None:
    common = ("train", "--data", tiny, "--epochs", 2, "--optimizer", "sgd")
    assert run(*common, "--out", tmp_path / "one", "--batch-size", 40).status == 0
    assert run(*common, "--out", tmp_path / "two", "--batch-size", 20, "--accumulate", 2).status == 0
    one, two = (autograd.load(tmp_path / name / "weights.npz") for name in ("one", "two"))
    for name, tensor in one.items():
        np.testing.assert_allclose(two[name].numpy(), tensor.numpy(), rtol=1e-3, atol=1e-5, err_msg=name)


def test_patience_ends_a_training(run: Run, tiny: Path, tmp_path: Path) -> None:
    options = ("--lr", 0, "--optimizer", "sgd", "--epochs", 9, "--patience", 2)
    result = run("train", "--data", tiny, "--out", tmp_path / "run", "--json", *options)
    assert [row["epoch"] for row in result.rows if row["event"] == "epoch"] == [1, 2, 3]


def test_weights_in_either_format_besides(run: Run, tiny: Path, tmp_path: Path) -> None:
    target = tmp_path / "w.safetensors"
    assert run("train", "--data", tiny, "--epochs", 1, "--out", tmp_path / "run", "--save", target).status == 0
    own = autograd.load(tmp_path / "run" / "weights.npz")
    other = autograd.load(target)
    assert own.keys() == other.keys()
    assert all(bool((own[name] == other[name]).all()) for name in own)


def test_settings_from_a_file_and_flags_over_it(run: Run, tiny: Path, tmp_path: Path) -> None:
    config = tmp_path / "settings.toml"
    config.write_text(f'data = "{tiny}"\nepochs = 2\nbatch-size = 24\noptimizer = "adam"\n')
    result = run("train", "--config", config, "--epochs", 1, "--out", tmp_path / "run", "--json")
    settings = result.rows[0]["settings"]
    assert (settings["epochs"], settings["batch_size"], settings["optimizer"], settings["lr"]) == (1, 24, "adam", 0.001)


def test_without_out_each_run_gets_a_folder(
    run: Run, tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for _ in range(2):
        assert run("train", "--data", tiny, "--epochs", 1).status == 0
    assert sorted(path.name for path in (tmp_path / "runs").iterdir()) == ["tiny-lenet5", "tiny-lenet5-2"]


class TestSettings:
    def test_recipe_of_net_relu_is_that_of_the_notes(self) -> None:
        settings = resolve({"model": "net-relu"})
        assert (settings.optimizer, settings.lr) == ("adam-notes", 0.001)
        assert OPTIMIZERS["adam-notes"].options == {"betas": (0.9, 0.995), "eps": 1e-7, "bias_correction": False}

    def test_another_optimizer_brings_its_own_rate(self) -> None:
        assert resolve({"model": "net-sigmoid"}).lr == 0.3
        assert resolve({"model": "net-sigmoid", "optimizer": "adam"}).lr == 0.001
        assert resolve({"model": "net-sigmoid", "optimizer": "adam", "lr": 0.5}).lr == 0.5

    @pytest.mark.parametrize("given", [{}, {"data": 'a "quoted" \\ path\nü', "lr": 1e-05, "augment": "flip,shift"}])
    def test_toml_round_trip(self, given: dict[str, Any], tmp_path: Path) -> None:
        settings = resolve(given)
        write_toml(tmp_path / "s.toml", settings)
        assert Settings(**read_toml(tmp_path / "s.toml")) == settings
