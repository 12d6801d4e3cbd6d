"""Training that can be interrupted and goes on to the same bits: the loop, its state, checkpoints and metrics."""

from nn.training.average import ExponentialAverage
from nn.training.batches import Batches
from nn.training.checkpoint import Checkpoints
from nn.training.evaluation import Evaluation, evaluate, predict
from nn.training.lock import FolderLock, LockedError
from nn.training.loop import LossError, Position, Trainer
from nn.training.metrics import MetricsFiles
from nn.training.tensorboard import TensorBoardFiles

__all__ = [
    "Batches",
    "Checkpoints",
    "Evaluation",
    "ExponentialAverage",
    "FolderLock",
    "LockedError",
    "LossError",
    "MetricsFiles",
    "Position",
    "TensorBoardFiles",
    "Trainer",
    "evaluate",
    "predict",
]
