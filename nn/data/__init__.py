"""Data loading in the vocabulary of ``torch.utils.data``, with image sets in `datasets` and `transforms`."""

from nn.data import dataloader, datasets, transforms
from nn.data.collate import default_collate, default_collate_fn_map, default_convert
from nn.data.dataset import (
    ChainDataset,
    ConcatDataset,
    Dataset,
    IterableDataset,
    StackDataset,
    Subset,
    TensorDataset,
    random_split,
)
from nn.data.datasets import (
    CIFAR10,
    CIFAR100,
    MNIST,
    DatasetError,
    Digits,
    FashionMNIST,
    ImageFolder,
    Npz,
    load_images,
)
from nn.data.loader import DataLoader
from nn.data.sampler import (
    BatchSampler,
    DistributedSampler,
    RandomSampler,
    Sampler,
    SequentialSampler,
    SubsetRandomSampler,
    WeightedRandomSampler,
)
from nn.data.worker import get_worker_info

__all__ = [
    "CIFAR10",
    "CIFAR100",
    "MNIST",
    "BatchSampler",
    "ChainDataset",
    "ConcatDataset",
    "DataLoader",
    "Dataset",
    "DatasetError",
    "Digits",
    "DistributedSampler",
    "FashionMNIST",
    "ImageFolder",
    "IterableDataset",
    "Npz",
    "RandomSampler",
    "Sampler",
    "SequentialSampler",
    "StackDataset",
    "Subset",
    "SubsetRandomSampler",
    "TensorDataset",
    "WeightedRandomSampler",
    "dataloader",
    "datasets",
    "default_collate",
    "default_collate_fn_map",
    "default_convert",
    "get_worker_info",
    "load_images",
    "random_split",
    "transforms",
]
