"""Processes that compute together: what they send, what they compute, and how one that fails ends all."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

import autograd
import nn
from autograd import distributed
from autograd.distributed.cores import divide
from nn.parallel.reducer import fill_buckets
from tests.nn.parallel.conftest import ROOT, Launch

PROGRAMS = [
    "collectives",
    "documented",
    "averages",
    "accumulation",
    "overlap",
    "unwrapped",
    "unused",
    "refusals",
    "buffers",
]
PROGRAMS += ["sync_batchnorm", "training", "resumed", "sampler"]


@pytest.mark.parametrize("program", PROGRAMS)
def test_two_ranks(on_ranks: Callable[..., None], program: str) -> None:
    on_ranks(2, program)


@pytest.mark.parametrize("program", ["averages", "sync_batchnorm"])
def test_three_ranks(on_ranks: Callable[..., None], program: str) -> None:
    on_ranks(3, program)


@pytest.mark.parametrize("count", [2, 3])
def test_the_training_loop(on_ranks: Callable[..., None], count: int, tmp_path: Path) -> None:
    on_ranks(1, "loop_alone", tmp_path / "alone.npz")
    on_ranks(count, "loop", tmp_path / "alone.npz")


def test_an_exception_in_one_rank_ends_all(launch: Launch) -> None:
    result = launch(2, "-m", "tests.nn.parallel.programs", "failure")
    assert result.returncode != 0
    assert "ZeroDivisionError: of one rank" in result.stderr
    assert "convgrad: rank 1 of 2 ended by an uncaught ZeroDivisionError; the other ranks end with it" in result.stderr


def test_the_program_of_the_document(launch: Launch) -> None:
    page = (ROOT / "docs" / "scaling.md").read_text()
    (program,) = re.findall(r"^```python\n(.*?)^```", page, re.S | re.M)
    result = launch(2, "-c", "import autograd; autograd.manual_seed(0)\n" + program)
    assert result.returncode == 0, result.stderr
    (loss,) = re.findall(r"^loss (.*)$", result.stdout, re.M)
    assert float(loss) < 1


class TestAlone:
    """Without other processes, and without MPI."""

    def test_there_is_no_group(self) -> None:
        assert not distributed.is_initialized()
        for call in (distributed.get_rank, distributed.get_world_size, distributed.barrier):
            with pytest.raises(ValueError, match="Default process group has not been initialized"):
                call()

    @pytest.mark.parametrize("backend", ["gloo", "nccl"])
    def test_other_backends_are_refused(self, backend: str) -> None:
        with pytest.raises(RuntimeError, match=f"Distributed package doesn't have {backend.upper()} built in"):
            distributed.init_process_group(backend)

    def test_a_launcher_of_another_mpi_is_told(self, monkeypatch: pytest.MonkeyPatch) -> None:
        lonely = SimpleNamespace(Get_size=lambda: 1)
        world = SimpleNamespace(COMM_WORLD=SimpleNamespace(Dup=lambda: lonely))
        monkeypatch.setattr("autograd.distributed.group.load_mpi", lambda: world)
        monkeypatch.setenv("PMI_SIZE", "2")
        with pytest.raises(RuntimeError, match="the launcher started 2 processes, but MPI finds 1"):
            distributed.init_process_group("mpi")
        assert not distributed.is_initialized()

    def test_what_is_missing_is_told(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "mpi4py", None)
        with pytest.raises(ImportError, match="several processes need mpi4py") as caught:
            distributed.init_process_group("mpi")
        assert "convgrad[mpi]" in str(caught.value)

    def test_ranks_that_were_launched(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("PMI_SIZE", "OMPI_COMM_WORLD_SIZE", "MV2_COMM_WORLD_SIZE"):
            monkeypatch.delenv(name, raising=False)
        assert distributed.launched_ranks() == 1
        monkeypatch.setenv("OMPI_COMM_WORLD_SIZE", "3")
        assert distributed.launched_ranks() == 3

    def test_synchronised_batch_norm_is_batch_norm(self) -> None:
        x = autograd.randn(4, 3, 2, 2)
        ours, theirs = nn.SyncBatchNorm(3), nn.BatchNorm2d(3)
        assert bool((ours(x) == theirs(x)).all())
        assert bool((ours.running_var == theirs.running_var).all())
        with pytest.raises(ValueError, match="expected at least 2D input"):
            ours(autograd.ones(3))

    def test_converted_layers_keep_weights_and_mode(self) -> None:
        model = nn.Sequential(nn.BatchNorm1d(3, eps=0.1, momentum=None), nn.Sequential(nn.BatchNorm3d(2, affine=False)))
        weight = model[0].weight
        model.eval()
        converted = nn.SyncBatchNorm.convert_sync_batchnorm(model)
        assert converted is model
        assert model[0].weight is weight
        assert (model[0].eps, model[0].momentum, model[1][0].weight, model[0].training) == (0.1, None, None, False)
        assert isinstance(nn.SyncBatchNorm.convert_sync_batchnorm(nn.BatchNorm1d(1)), nn.SyncBatchNorm)

    def test_buckets(self) -> None:
        small, large = (nn.Parameter(autograd.zeros(n)) for n in (10, 1000))
        double = nn.Parameter(autograd.zeros(10, dtype=autograd.float64))
        sizes = [[p.numel() for p in b] for b in fill_buckets([small, small, large, small, double], 200, first=100)]
        assert sizes == [[10], [10], [1000], [10, 10]]

    def test_cores(self) -> None:
        shared, other = frozenset(range(8)), frozenset(range(8, 12))
        assert divide([shared] * 3, 1) == 2
        assert divide([shared, other, shared], 1) == 4
        assert divide([frozenset({0})] * 5, 4) == 1
