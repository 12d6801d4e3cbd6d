"""Image data sets, in torchvision's vocabulary. Nothing is downloaded; an absent set says how to get it."""

from nn.data.datasets.arrays import Digits, Npz, load_images
from nn.data.datasets.cifar import CIFAR10, CIFAR100
from nn.data.datasets.folder import ImageFolder
from nn.data.datasets.idx import MNIST, FashionMNIST
from nn.data.datasets.vision import VisionDataset
from nn.data.files import DatasetError

__all__ = [
    "CIFAR10",
    "CIFAR100",
    "MNIST",
    "DatasetError",
    "Digits",
    "FashionMNIST",
    "ImageFolder",
    "Npz",
    "VisionDataset",
    "load_images",
]
