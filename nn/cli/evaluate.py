"""``convgrad evaluate``: a trained network on test images."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import autograd
from nn.cli.datasets import ImageSet, load
from nn.cli.errors import CommandError
from nn.cli.figures import will_draw
from nn.cli.pictures import draw_evaluation
from nn.cli.weights import Description, load_trained
from nn.training import Evaluation, evaluate

__all__ = ["matching_images", "run"]


def run(arguments: argparse.Namespace) -> int:
    """Print accuracy, loss and which classes are taken for which."""
    if arguments.out:
        will_draw(True, "matplotlib")
    if arguments.threads:
        autograd.set_num_threads(arguments.threads)
    model, description = load_trained(arguments.weights)
    images = matching_images(arguments.data or description.data, description)
    inputs = images.testing(description.standard())
    result = evaluate(model, inputs)
    pictures = []
    if arguments.out:
        folder = Path(arguments.out)
        folder.mkdir(parents=True, exist_ok=True)
        pictures = [str(path) for path in draw_evaluation(model, images, inputs, result, folder)]
    if arguments.json:
        facts = {"accuracy": result.accuracy, "loss": result.loss, "confusion": result.confusion.tolist()}
        print(json.dumps({"data": images.name, "images": len(result.labels), **facts, "pictures": pictures}))
    else:
        print(f"{description.model} on {len(result.labels):,} test images of {images.name}")
        print(f"accuracy {result.accuracy:.2%}, loss {result.loss:.4f}\n\n{_confusion(result)}")
        if pictures:
            print(f"\npictures: {', '.join(pictures)}")
    return 0


def matching_images(name: str, description: Description) -> ImageSet:
    """Load images of the shape and the classes that a network takes.

    Raises
    ------
    CommandError
        If they are others.
    """
    images = load(name)
    expected = (description.in_channels, *description.image_size)
    if images.shape != expected:
        sizes = ["x".join(map(str, shape)) for shape in (expected, images.shape)]
        raise CommandError(f"the network takes images of {sizes[0]}, those of {name} are {sizes[1]}")
    if images.classes > description.num_classes:
        raise CommandError(f"the network knows {description.num_classes} classes, {name} has {images.classes}")
    return images


def _confusion(result: Evaluation) -> str:
    """Write the table of true classes (rows) and answers (columns)."""
    table = result.confusion
    width = max(4, len(str(table.max())) + 1)
    head = "true \\ answer" + "".join(f"{i:>{width}}" for i in range(len(table))) + "   right"
    lines = [head]
    for number, row in enumerate(table):
        share = f"{row[number] / row.sum():8.1%}" if row.sum() else "       -"
        lines.append(f"{number:>13}" + "".join(f"{n or '.':>{width}}" for n in row) + share)
    return "\n".join(lines)
