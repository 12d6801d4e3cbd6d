"""A training on the command line: model, data, optimizer and files put together by the settings."""

from __future__ import annotations

import dataclasses
import time
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import autograd
import nn
from nn.cli.datasets import load
from nn.cli.errors import CommandError, UsageError, one_line
from nn.cli.interrupt import Interrupts, StoppedError
from nn.cli.optimizers import make_optimizer
from nn.cli.reports import Reporter
from nn.cli.schedule import Schedule
from nn.cli.settings import Settings
from nn.cli.weights import FILE, Description, save_trained
from nn.training import (
    Batches,
    Checkpoints,
    Evaluation,
    ExponentialAverage,
    LossError,
    MetricsFiles,
    Position,
    TensorBoardFiles,
    Trainer,
    evaluate,
)

__all__ = ["Training"]


class Training:
    """One run: trains, tests after each epoch, and keeps its folder such that it can be resumed at any moment.

    Parameters
    ----------
    settings : Settings
    reporter : Reporter

    Raises
    ------
    CommandError
        If the images cannot be loaded, or are too small for the model.
    """

    def __init__(self, settings: Settings, reporter: Reporter) -> None:
        self.settings, self.reporter = settings, reporter
        self.images = load(settings.data)
        autograd.manual_seed(settings.seed)
        standard = self.images.standard()
        channels, height, width = self.images.shape
        self.description = Description(
            model=settings.model,
            in_channels=channels,
            num_classes=self.images.classes,
            image_size=(height, width),
            mean=standard.mean.tolist(),
            std=standard.std.tolist(),
            peak=int(self.images.x_train.max()),
            data=settings.data,
        )
        self.model = self._build()
        self.tests = self.images.testing(standard)
        self.trainer = self._trainer(self.images.training(standard, settings.augment))
        self.ranks = self.trainer.ranks
        self.ranks.spread_random()
        self.history: list[dict[str, Any]] = []
        self.board: TensorBoardFiles | None = None

    def _build(self) -> nn.Module:
        try:
            return nn.SyncBatchNorm.convert_sync_batchnorm(self.description.build())
        except ValueError as error:
            raise CommandError(f"{self.settings.data}: {one_line(error)}") from None

    def _trainer(self, dataset: Any) -> Trainer:
        import optim

        s = self.settings
        batches = Batches(dataset, s.batch_size, s.seed)
        steps = -(-len(batches) // s.accumulate)
        optimizer = make_optimizer(s.optimizer, self.model.parameters(), s.lr, s.weight_decay)
        self.schedule = Schedule(s.schedule, steps * s.epochs, round(steps * s.warmup))
        return Trainer(
            self.model,
            batches,
            optimizer,
            nn.CrossEntropyLoss(label_smoothing=s.label_smoothing),
            scheduler=optim.lr_scheduler.LambdaLR(optimizer, self.schedule),
            accumulate=s.accumulate,
            clip_norm=s.clip_norm,
            mixup=s.mixup,
            average=ExponentialAverage(self.model, s.average) if s.average else None,
        )

    # ---- state

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a checkpoint; if the number of epochs has changed, the rate takes the course for the new one.

        Raises
        ------
        CommandError
            If it belongs to another training.
        UsageError
            If more epochs are done than there should be.
        """
        steps = self.schedule.steps
        try:
            self.trainer.load_state_dict(state["trainer"])
            self.history = state["history"]
        except (KeyError, TypeError, ValueError, RuntimeError) as error:
            raise CommandError(f"the checkpoint does not fit the settings: {one_line(error)}") from None
        if self.trainer.position.epoch > self.settings.epochs:
            raise UsageError(f"--epochs {self.settings.epochs}: {self.trainer.position.epoch} are done already")
        if self.schedule.stretch(steps):
            for group in self.trainer.optimizer.param_groups:
                group["lr"] = group["initial_lr"] * self.schedule(self.trainer.position.step)

    def _checkpoint(self, best: bool = False) -> None:
        if self.board is not None:
            self.board.flush()
        state = {"trainer": self.trainer.state_dict(), "history": self.history}
        self.checkpoints.save(state, self.trainer.position.step, best)
        self._saved_at = time.monotonic()

    def save(self, path: Path) -> None:
        """Save the weights, or their average where one is kept."""
        average = self.trainer.average
        state = self.model.state_dict() if average is None else average.state_dict()
        save_trained(path, state, self.description)

    # ---- the course

    @property
    def _best(self) -> dict[str, Any] | None:
        """The epoch with the highest test accuracy, the first of them."""
        return max(self.history, key=lambda row: row["test_accuracy"], default=None)

    @property
    def _finished(self) -> bool:
        done, best = self.trainer.position.epoch, self._best
        is_stale = bool(self.settings.patience and best and done - best["epoch"] >= self.settings.patience)
        return done >= self.settings.epochs or is_stale

    def run(self, folder: Path, pictures: bool = False) -> None:
        """Train to the end.

        Parameters
        ----------
        folder : Path
            Of the results.
        pictures : bool
            Whether to draw them in the end.

        Raises
        ------
        StoppedError
            If the user asked to stop; a checkpoint is saved.
        CommandError
            If the loss is no longer a number, or a file cannot be written.
        """
        try:
            self.open_files(folder)
            self._tell_start()
            self._run_epochs()
            if pictures:
                self._draw()
        except BrokenPipeError:  # of our output's reader, and of no file
            raise
        except LossError as error:
            raise CommandError(f"{one_line(error)}; {self._saved()}") from None
        except OSError as error:
            raise CommandError(f"{folder} cannot be written to: {one_line(error)}; {self._saved()}") from None

    def _run_epochs(self) -> None:
        self._saved_at = start = time.monotonic()
        with Interrupts() as self._interrupts:
            try:
                while not self._finished:
                    self._run_epoch()
            finally:
                if self.board is not None:
                    self.board.close()
        self._finish(time.monotonic() - start)

    def open_files(self, folder: Path) -> None:
        """Open what the training writes."""
        self.folder = folder
        self.checkpoints = Checkpoints(folder / "checkpoints", self.settings.keep)
        self.metrics = MetricsFiles(folder, self.history)
        if self.settings.tensorboard:
            self.board = TensorBoardFiles(folder / "tensorboard", self.trainer.position.step)

    def _saved(self) -> str:
        """Say what there is to go on with."""
        paths = self.checkpoints.paths()
        return f"the last checkpoint, {paths[-1]}, is intact" if paths else "there is no checkpoint yet"

    def _run_epoch(self) -> None:
        position = self.trainer.position
        seen_before, start = position.seen, time.perf_counter()
        self.reporter.begin_epoch(f"epoch {position.epoch + 1}", self.trainer.batches.samples, position.seen)
        try:
            self.trainer.train_epoch(self._after_step)
        finally:
            self.reporter.end_epoch()
        seconds = time.perf_counter() - start
        self._close_epoch(self._evaluate(), (position.seen - seen_before) / seconds, seconds)
        self._stop_if_asked()

    def _after_step(self, position: Position) -> None:
        self.reporter.step(position.seen, position.loss / position.seen, position.correct / position.seen)
        if self.board is not None:
            self.board.add_step(position.step, position.loss / position.seen)
        is_due = time.monotonic() - self._saved_at > 60 * self.settings.checkpoint_minutes
        # Of several processes all save, or none; the first one's clock counts, and whoever was asked to stop.
        due, asked = self.ranks.total(is_due and self.ranks.is_first, self._interrupts.requested)
        if due or asked:
            self._checkpoint()
        if asked and not self._finished:
            raise StoppedError

    def _stop_if_asked(self) -> None:
        (asked,) = self.ranks.total(self._interrupts.requested)
        if asked and not self._finished:
            raise StoppedError

    def _evaluate(self) -> Evaluation:
        with self._weights():
            return evaluate(self.model, self.tests)

    def _weights(self) -> AbstractContextManager[None]:
        """Give the model the weights that are saved in the end: their average, where one is kept."""
        average = self.trainer.average
        return nullcontext() if average is None else average.applied()

    def _close_epoch(self, test: Evaluation, images_per_second: float, seconds: float) -> None:
        position, best = self.trainer.position, self._best
        row = {
            "epoch": position.epoch + 1,
            "train_loss": position.loss / position.seen,
            "train_accuracy": position.correct / position.seen,
            "test_loss": test.loss,
            "test_accuracy": test.accuracy,
            "lr": self.settings.lr * self.schedule(position.step - 1),
            "images_per_second": round(images_per_second, 1),
            "seconds": round(seconds, 3),
        }
        self.history.append(row)
        position.next_epoch()
        if self.board is not None:
            self.board.add_epoch(position.step, row)
        self._checkpoint(best=best is None or test.accuracy > best["test_accuracy"])
        self.metrics.add(row)
        self.reporter.epoch(row, self.settings.epochs)

    def _finish(self, seconds: float) -> None:
        weights = self.folder / FILE
        self.save(weights)
        last, best = self.history[-1], self._best or self.history[-1]
        text = (
            f"test accuracy {last['test_accuracy']:.2%} after {last['epoch']} epochs and {seconds:.1f} s "
            f"(best {best['test_accuracy']:.2%} in epoch {best['epoch']}); weights in {weights}"
        )
        facts = {"best": best["test_accuracy"], "best_epoch": best["epoch"], "seconds": round(seconds, 3)}
        self.reporter.event("end", text, test_accuracy=last["test_accuracy"], **facts, weights=str(weights))

    def _draw(self) -> None:
        from nn.cli.pictures import draw_curves, draw_evaluation

        folder = self.folder / "pictures"
        folder.mkdir(exist_ok=True)
        with self._weights():
            result = evaluate(self.model, self.tests)
            paths = draw_curves(self.history, folder)
            paths += draw_evaluation(self.model, self.images, self.tests, result, folder)
        text = f"pictures in {folder}: {', '.join(path.name for path in paths)}"
        self.reporter.event("pictures", text, pictures=[str(path) for path in paths])

    def _tell_start(self) -> None:
        count = sum(parameter.numel() for parameter in self.model.parameters())
        s, images, done = self.settings, self.images, self.trainer.position
        text = (
            f"{s.model} ({count:,} parameters) on {s.data}: {len(images.y_train):,} images of "
            f"{'x'.join(map(str, images.shape))}, {len(images.y_test):,} to test, {images.classes} classes\n"
            f"{s.optimizer}, lr {s.lr:g} ({s.schedule}), batches of {s.batch_size or len(images.y_train)}, "
            f"seed {s.seed}; results in {self.folder}"
        )
        if self.ranks.size > 1:
            text += f"\n{self.ranks.size} processes; threads of each: {autograd.get_num_threads()}"
        if done.step:
            text += f"\nresumed in epoch {min(done.epoch + 1, s.epochs)} after {done.step:,} steps"
        facts = {"parameters": count, "folder": str(self.folder), "resumed_at_step": done.step}
        facts["processes"] = self.ranks.size
        self.reporter.event("start", text, settings=dataclasses.asdict(s), **facts)
