"""Training on several processes, each with its share of every batch, in the vocabulary of ``torch.nn.parallel``."""

from nn.parallel.distributed import DistributedDataParallel
from nn.parallel.sync_batchnorm import SyncBatchNorm

__all__ = ["DistributedDataParallel", "SyncBatchNorm"]
