"""``convgrad predict``: classes of image files, or of images of a set by number."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np

import autograd
from nn import functional as F
from nn.cli.errors import CommandError, UsageError, one_line
from nn.cli.evaluate import matching_images
from nn.cli.weights import Description, load_trained
from nn.data import DatasetError
from nn.data.datasets.folder import default_loader
from nn.data.transforms import Resize, ToTensor
from nn.training import predict

__all__ = ["run"]

Array = np.ndarray[Any, np.dtype[Any]]

#: How bright red, green and blue are (ITU-R BT.601).
_LUMINANCE = np.array([0.299, 0.587, 0.114])


def run(arguments: argparse.Namespace) -> int:
    """Print the likeliest classes of each image."""
    if bool(arguments.images) == bool(arguments.index):
        raise UsageError("name image files, or numbers of test images with --index")
    if arguments.threads:
        autograd.set_num_threads(arguments.threads)
    model, description = load_trained(arguments.weights)
    truth: list[int] | list[None]
    if arguments.index:
        names, images, truth = _from_set(arguments, description)
    else:
        names, truth = arguments.images, [None] * len(arguments.images)
        images = np.stack([_from_file(Path(name), description, arguments.invert) for name in names])
    logits = predict(model, [description.standard()(ToTensor()(images))])
    shares = F.softmax(autograd.from_numpy(logits), dim=1).numpy()
    for name, share, true in zip(names, shares, truth, strict=True):
        print(_line(name, share, true, arguments.top, arguments.json))
    return 0


def _from_set(arguments: argparse.Namespace, description: Description) -> tuple[list[str], Array, list[int]]:
    images = matching_images(arguments.data or description.data, description)
    largest = max(arguments.index)
    if largest >= len(images.y_test):
        raise UsageError(f"--index {largest}: {images.name} has test images 0 to {len(images.y_test) - 1}")
    names = [f"{images.name}[{number}]" for number in arguments.index]
    return names, images.x_test[arguments.index], images.y_test[arguments.index].tolist()


def _from_file(path: Path, description: Description, invert: bool) -> Array:
    """Read an image as bytes (C, H, W), of the size and the range of values that the network was trained on."""
    if description.in_channels not in (1, 3):
        raise CommandError(f"the network takes {description.in_channels} channels, image files have 1 or 3")
    try:
        image = default_loader(path)
    except (DatasetError, ImportError) as error:
        raise CommandError(one_line(error)) from None
    grey = np.rint(np.tensordot(_LUMINANCE, image, 1)).astype(np.uint8)
    values: Array = Resize(description.image_size)(image if description.in_channels == 3 else grey[None])
    values = 255 - values if invert else values
    scaled: Array = np.rint(values * (description.peak / 255)).astype(np.uint8)
    return scaled


def _line(name: str, share: Array, true: int | None, top: int, as_json: bool) -> str:
    order = np.argsort(-share, kind="stable")[:top].tolist()
    if as_json:
        facts = {"image": name, "class": order[0], "probabilities": {str(c): float(share[c]) for c in order}}
        return json.dumps(facts if true is None else {**facts, "true": true})
    text = f"{name}: " + ", ".join(f"{c} ({share[c]:.1%})" for c in order)
    return text if true is None else f"{text}; it is {true}"
