"""A small image set, and the command line run in this process."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd
from nn.cli import main
from nn.data import load_images

Run = Callable[..., "Result"]


@dataclass
class Result:
    status: int
    out: str
    err: str

    @property
    def rows(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Run:
    """Run the command line and return what it prints; none of it may be a traceback.

    A training draws no pictures unless they are asked for, for they take longer than the training.
    """

    def call(*arguments: object) -> Result:
        if arguments[:1] == ("train",) and "--pictures" not in arguments:
            arguments += ("--no-pictures",)
        capfd.readouterr()
        threads = autograd.get_num_threads()
        try:
            status = main([str(argument) for argument in arguments])
        finally:
            autograd.set_num_threads(threads)
        out, err = capfd.readouterr()
        assert "Traceback" not in out + err
        return Result(status, out, err)

    return call


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An npz archive of 96 digits to train and 40 to test."""
    x_train, y_train, x_test, y_test = load_images("digits")
    path = tmp_path_factory.mktemp("data") / "tiny.npz"
    np.savez(path, x_train=x_train[:96], y_train=y_train[:96], x_test=x_test[:40], y_test=y_test[:40])
    return path


@pytest.fixture(scope="session")
def trained(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a short training on it."""
    folder = tmp_path_factory.mktemp("runs") / "tiny"
    assert main(["train", "--data", str(tiny), "--epochs", "3", "--out", str(folder), "--json", "--no-pictures"]) == 0
    return folder
