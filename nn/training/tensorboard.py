"""The course of a training as event files for TensorBoard, which the extra ``tensorboard`` writes."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from autograd.errors import describe

__all__ = ["TensorBoardFiles"]

_TAGS = {
    "train_loss": "loss/train",
    "test_loss": "loss/test",
    "train_accuracy": "accuracy/train",
    "test_accuracy": "accuracy/test",
    "lr": "learning-rate",
    "images_per_second": "images-per-second",
}


class TensorBoardFiles:
    """Scalars by the step of the optimizer.

    Parameters
    ----------
    folder : path
    step : int, default 0
        The step a training goes on after. What an earlier file holds beyond it is hidden, for it comes again.

    Raises
    ------
    ImportError
        If tensorboardX is not installed.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     files = TensorBoardFiles(folder)
    ...     files.add_step(1, loss=0.5)
    ...     files.close()
    ...     len(list(Path(folder).glob("events.*")))
    1
    """

    def __init__(self, folder: str | os.PathLike[str], step: int = 0) -> None:
        try:
            from tensorboardX.event_file_writer import EventsWriter
            from tensorboardX.proto.event_pb2 import Event, SessionLog
            from tensorboardX.summary import scalar
        except ImportError as error:
            raise ImportError(
                describe(
                    "event files need tensorboardX, which is not installed",
                    fix="pip install 'convgrad[tensorboard]'",
                )
            ) from error
        place = Path(folder)
        place.mkdir(parents=True, exist_ok=True)
        # tensorboardX's SummaryWriter queues what it writes, and its flush does not wait for the queue: a killed
        # training would lose what no resumed one writes again. The number keeps two files of one second apart.
        number = sum(1 for _ in place.glob("events.*"))
        self._writer = EventsWriter(str(place / "events"), f".{number}")
        self._event, self._scalar = Event, scalar
        if step:
            self._write(step + 1, session_log=SessionLog(status=SessionLog.START))

    def _write(self, step: int, **content: Any) -> None:
        self._writer.write_event(self._event(wall_time=time.time(), step=step, **content))

    def add_step(self, step: int, loss: float) -> None:
        """Write the mean loss of an epoch so far."""
        self._write(step, summary=self._scalar("loss/train-so-far", loss))

    def add_epoch(self, step: int, row: Mapping[str, Any]) -> None:
        """Write the metrics of an epoch."""
        for name, tag in _TAGS.items():
            self._write(step, summary=self._scalar(tag, row[name]))

    def flush(self) -> None:
        """Hand to the system what there is, lest it be lost with the process."""
        self._writer.flush()

    def close(self) -> None:
        """Write the rest and close the file."""
        self._writer.close()
