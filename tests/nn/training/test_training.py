"""The training loop: its state, the order of its batches, averages, checkpoints and metrics."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd
import nn
import optim
from nn.data import TensorDataset
from nn.training import Batches, Checkpoints, ExponentialAverage, LossError, MetricsFiles, Trainer, evaluate, predict

RNG = np.random.default_rng(0)
IMAGES = RNG.standard_normal((23, 1, 4, 4)).astype(np.float32)
LABELS = RNG.integers(0, 3, 23)


def dataset() -> TensorDataset:
    return TensorDataset(autograd.tensor(IMAGES), autograd.tensor(LABELS))


def trainer(**options: Any) -> Trainer:
    autograd.manual_seed(0)
    body = nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Dropout(0.2)
    model = nn.Sequential(*body, nn.Flatten(), nn.Linear(16, 3))
    optimizer = optim.Adam(model.parameters(), 0.01)
    schedule = optim.lr_scheduler.StepLR(optimizer, 3, 0.5)
    options = {"mixup": 0.3, "accumulate": 2, "clip_norm": 1.0, "average": ExponentialAverage(model, 0.9), **options}
    return Trainer(model, Batches(dataset(), 4), optimizer, nn.CrossEntropyLoss(), scheduler=schedule, **options)


def run(training: Trainer, epochs: int, after_step: Any = None) -> None:
    while training.position.epoch < epochs:
        training.train_epoch(after_step)
        training.position.next_epoch()


class _Stop(Exception):
    pass


class TestTrainer:
    @pytest.mark.parametrize("stop", [1, 2, 3, 4, 6])
    def test_resumed_after_any_step_it_ends_with_the_same_bits(self, stop: int, tmp_path: Path) -> None:
        whole = trainer()
        run(whole, 2)
        first = trainer()

        def leave(position: Any) -> None:
            if position.step == stop:
                raise _Stop

        with pytest.raises(_Stop):
            run(first, 2, leave)
        autograd.save(first.state_dict(), tmp_path / "state.npz")
        second = trainer()
        autograd.manual_seed(99)
        second.load_state_dict(autograd.load(tmp_path / "state.npz"))
        run(second, 2)
        for name, tensor in whole.model.state_dict().items():
            assert tensor.numpy().tobytes() == second.model.state_dict()[name].numpy().tobytes(), name
        average = whole.average, second.average
        for name in whole.model.state_dict():
            ours, theirs = (a.state_dict()[name].numpy().tobytes() for a in average if a is not None)
            assert ours == theirs

    def test_steps_of_an_epoch(self) -> None:
        training = trainer()
        steps: list[tuple[int, int]] = []
        training.train_epoch(lambda position: steps.append((position.batch, position.seen)))
        assert steps == [(2, 8), (4, 16), (6, 23)]

    def test_accumulated_gradients_are_those_of_the_whole(self) -> None:
        model = nn.Sequential(nn.Flatten(), nn.Linear(16, 3)).double()
        x, y = autograd.tensor(IMAGES.astype(np.float64)), autograd.tensor(LABELS)
        training = Trainer(model, Batches(TensorDataset(x, y), 5), _NoStep(), nn.CrossEntropyLoss(), accumulate=5)
        training.train_epoch()
        found = [p.grad for p in model.parameters()]
        expected = autograd.grad(nn.CrossEntropyLoss()(model(x), y), list(model.parameters()))
        for a, b in zip(found, expected, strict=True):
            np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-10, atol=1e-14)

    def test_a_loss_that_is_no_number_leaves_the_weights(self) -> None:
        training = trainer(accumulate=1)
        before = {name: tensor.clone() for name, tensor in training.model.named_parameters()}
        training.batches.dataset.tensors[0][:] = float("nan")
        with pytest.raises(LossError, match="the loss is nan in epoch 1, batch 1"):
            training.train_epoch()
        for name, tensor in training.model.named_parameters():
            assert bool((tensor == before[name]).all())
            assert tensor.grad is None

    def test_a_state_of_another_model_is_refused(self) -> None:
        state = trainer().state_dict()
        other = trainer()
        other.model = nn.Linear(2, 2)
        with pytest.raises(RuntimeError, match="Missing key"):
            other.load_state_dict(state)


class _NoStep:
    """An optimizer that leaves everything as it is."""

    param_groups: list[dict[str, Any]] = []

    def step(self) -> None:
        pass

    def zero_grad(self) -> None:
        pass

    def state_dict(self) -> dict[str, Any]:
        return {}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        pass


class TestBatches:
    def test_each_epoch_has_every_sample_in_an_order_of_its_own(self) -> None:
        batches = Batches(range(10), 3, seed=1)
        orders = [[int(i) for batch in batches.epoch(e) for i in batch] for e in range(3)]
        assert all(sorted(order) == list(range(10)) for order in orders)
        assert len({tuple(order) for order in orders}) == 3
        assert orders[1] == [int(i) for batch in batches.epoch(1) for i in batch]

    @pytest.mark.parametrize(("size", "expected"), [(0, [10]), (1, [1] * 10), (4, [4, 4, 2]), (99, [10])])
    def test_sizes(self, size: int, expected: list[int]) -> None:
        batches = Batches(range(10), size)
        assert [len(batch) for batch in batches.epoch(0)] == batches.sizes() == expected
        assert len(batches) == len(expected)

    def test_loading_draws_no_random_numbers(self) -> None:
        autograd.manual_seed(0)
        before = autograd.get_rng_state()
        list(Batches(range(10), 3).epoch(0))
        assert bool((autograd.get_rng_state() == before).all())


def test_exponential_average() -> None:
    model = nn.Linear(1, 1, bias=False)
    with autograd.no_grad():
        model.weight.fill_(0.0)
    average = ExponentialAverage(model, 0.5)
    expected = 0.0
    for step, value in enumerate([1.0, 2.0, 4.0]):
        with autograd.no_grad():
            model.weight.fill_(value)
        average.update()
        decay = min(0.5, (1 + step) / (10 + step))
        expected = decay * expected + (1 - decay) * value
    assert average.state_dict()["weight"].item() == pytest.approx(expected)
    with average.applied():
        assert model.weight.item() == pytest.approx(expected)
    assert model.weight.item() == 4.0


def test_evaluation() -> None:
    class Fixed(nn.Module):
        def forward(self, x: Any) -> Any:
            assert not self.training
            assert not autograd.is_grad_enabled()
            return x

    logits = autograd.tensor([[2.0, 0.0], [0.0, 1.0], [3.0, 0.0], [0.0, 0.5]])
    labels = autograd.tensor([0, 1, 1, 1])
    model = Fixed()
    result = evaluate(model, TensorDataset(logits, labels), batch_size=3)
    assert model.training
    assert result.accuracy == 0.75
    assert result.confusion.tolist() == [[1, 0], [1, 2]]
    z = logits.numpy().astype(np.float64)
    expected = np.mean(np.log(np.exp(z).sum(1)) - z[np.arange(4), labels.numpy()])
    assert result.loss == pytest.approx(expected, rel=1e-6)
    np.testing.assert_array_equal(predict(model, [logits]), logits.numpy())


class TestCheckpoints:
    def test_the_last_ones_and_the_best_are_kept(self, tmp_path: Path) -> None:
        checkpoints = Checkpoints(tmp_path / "c", keep=2)
        for step in range(5):
            checkpoints.save({"step": step}, step, best=step == 1)
        assert [path.name for path in checkpoints.paths()] == ["step-0000000003.npz", "step-0000000004.npz"]
        assert autograd.load(tmp_path / "c" / "best.npz") == {"step": 1}
        assert checkpoints.load_latest() == {"step": 4}

    def test_none(self, tmp_path: Path) -> None:
        with pytest.raises(FileNotFoundError, match="there is no checkpoint"):
            Checkpoints(tmp_path / "c").load_latest()

    def test_remains_of_a_killed_process_are_cleared(self, tmp_path: Path) -> None:
        (tmp_path / ".step-0000000001.npz.abc.part").write_bytes(b"half")
        checkpoints = Checkpoints(tmp_path)
        assert checkpoints.paths() == []
        checkpoints.save({}, 1)
        assert [path.name for path in tmp_path.iterdir()] == ["step-0000000001.npz"]


def test_metrics_begin_anew_from_the_given_rows(tmp_path: Path) -> None:
    rows = [{"epoch": n, "loss": 1 / (n + 2)} for n in range(3)]
    for row in rows:
        MetricsFiles(tmp_path, rows[: row["epoch"]]).add(row)
    assert [json.loads(line) for line in (tmp_path / "metrics.jsonl").read_text().splitlines()] == rows
    assert len((tmp_path / "metrics.csv").read_text().splitlines()) == 4
