"""The loader and the collation of batches, under the name of PyTorch's module."""

from nn.data.collate import default_collate, default_convert
from nn.data.loader import DataLoader
from nn.data.worker import get_worker_info

__all__ = ["DataLoader", "default_collate", "default_convert", "get_worker_info"]
