"""Programs of `tests.nn.parallel.programs`, run by mpiexec on several ranks."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
Launch = Callable[..., subprocess.CompletedProcess[str]]


def find_mpiexec() -> str | None:
    """Return the mpiexec of this environment: its MPI is the one that mpi4py finds."""
    beside = Path(sys.executable).with_name("mpiexec")
    return str(beside) if beside.exists() else shutil.which("mpiexec")


def environment() -> dict[str, str]:
    return {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}


@pytest.fixture(scope="session")
def mpiexec() -> str:
    """The launcher; skips where two processes cannot be started or do not find each other."""
    found = find_mpiexec()
    if importlib.util.find_spec("mpi4py") is None or found is None:
        pytest.skip("needs the extra mpi")
    code = "from mpi4py import MPI; raise SystemExit(MPI.COMM_WORLD.Get_size() - 2)"
    tried = subprocess.run(
        [found, "-n", "2", sys.executable, "-c", code], capture_output=True, text=True, env=environment(), timeout=120
    )
    if tried.returncode:
        pytest.skip(f"mpiexec and mpi4py do not fit: {tried.stdout}{tried.stderr}")
    return found


@pytest.fixture
def launch(mpiexec: str) -> Launch:
    """Run a command on several ranks and return what it prints."""

    def call(count: int, *command: object) -> subprocess.CompletedProcess[str]:
        words = [mpiexec, "-n", str(count), sys.executable, *map(str, command)]
        return subprocess.run(words, capture_output=True, text=True, env=environment(), timeout=300)

    return call


@pytest.fixture
def on_ranks(launch: Launch) -> Callable[..., None]:
    """Run one of the programs on several ranks; every rank must end well."""

    def call(count: int, program: str, *arguments: object) -> None:
        result = launch(count, "-m", "tests.nn.parallel.programs", program, *arguments)
        assert result.returncode == 0, result.stdout + result.stderr

    return call
