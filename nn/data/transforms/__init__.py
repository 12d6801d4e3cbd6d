"""Image transforms in torchvision's vocabulary, on one image or on a batch at a time, in NumPy."""

from nn.data.transforms.base import Compose, Lambda, Transform
from nn.data.transforms.convert import ConvertImageDtype, Normalize, ToTensor
from nn.data.transforms.erase import Cutout, RandomErasing
from nn.data.transforms.geometric import (
    CenterCrop,
    InterpolationMode,
    Pad,
    RandomCrop,
    RandomHorizontalFlip,
    RandomRotation,
    RandomVerticalFlip,
    Resize,
)

__all__ = [
    "CenterCrop",
    "Compose",
    "ConvertImageDtype",
    "Cutout",
    "InterpolationMode",
    "Lambda",
    "Normalize",
    "Pad",
    "RandomCrop",
    "RandomErasing",
    "RandomHorizontalFlip",
    "RandomRotation",
    "RandomVerticalFlip",
    "Resize",
    "ToTensor",
    "Transform",
]
