"""``convgrad explain``: a small convolution and its gradients by numbers, or what a model computes, step by step."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import autograd
import nn.functional as F
from autograd import Tensor
from autograd.inspect import demo_convolution, explain, figures, graph, trace
from nn.cli.errors import CommandError, UsageError, one_line
from nn.cli.models import find_model
from nn.module import Module

__all__ = ["run"]

_CONVOLUTION = ("overview", "forward", "input", "weight", "matrices")
_MODEL = ("costs", "filters", "feature-maps", "error-maps")


def run(arguments: argparse.Namespace) -> int:
    """Print the explanation, and draw it where a file is named."""
    parts = _CONVOLUTION if arguments.model is None else _MODEL
    part = arguments.part or parts[0]
    if part not in parts:
        what = "a convolution" if arguments.model is None else "a model"
        raise UsageError(f"--part {part} is not of {what}, which has {', '.join(parts)}")
    if arguments.model is None:
        if arguments.graph:
            raise UsageError("--graph draws the graph of a model: name one")
        return _explain_convolution(arguments, part)
    return _explain_model(arguments, part)


def _explain_convolution(arguments: argparse.Namespace, part: str) -> int:
    try:
        shown = demo_convolution(
            arguments.size, stride=arguments.stride, padding=arguments.padding, dilation=arguments.dilation
        )
        text = json.dumps(shown.to_dict()) if arguments.json else str(shown)
    except (RuntimeError, ValueError) as error:
        raise UsageError(str(error)) from error
    if arguments.figure:
        try:
            shown.figure(arguments.figure, part)
        except (ImportError, ValueError) as error:
            raise CommandError(one_line(error)) from error
    print(text)
    return 0


def _explain_model(arguments: argparse.Namespace, part: str) -> int:
    model, size = find_model(arguments.model, arguments)
    model.eval()
    autograd.manual_seed(0)
    image = autograd.randn(*(arguments.input_shape or (1, *size)))
    try:
        with trace():
            loss = _loss(model(image))
        shown = explain(loss, model=model)
    except Exception as error:  # the user's code may raise anything
        raise CommandError(f"{arguments.model} fails: {one_line(error)}") from error
    try:
        if arguments.figure:
            _draw(shown, model, image, part, arguments.figure)
        if arguments.graph:
            _draw_graph(loss, model, Path(arguments.graph))
    except (ImportError, ValueError, RuntimeError) as error:
        raise CommandError(one_line(error)) from error
    print(json.dumps(shown.to_dict()) if arguments.json else shown)
    return 0


def _loss(output: Any) -> Tensor:
    """Return a cross-entropy for rows of logits, the sum of anything else."""
    if not isinstance(output, Tensor):
        raise TypeError(f"the model returns {type(output).__name__}, not a tensor")
    if output.ndim == 2 and output.shape[1] > 1:
        return F.cross_entropy(output, autograd.zeros(len(output), dtype=autograd.int64))
    total: Tensor = output.sum()
    return total


def _draw(shown: Any, model: Module, image: Tensor, part: str, path: str) -> None:
    if part == "costs":
        shown.figure(path)
    elif part == "filters":
        figures.filters(model, path)
    elif part == "feature-maps":
        figures.feature_maps(model, image, path)
    else:
        figures.error_maps(model, image, 0, path)


def _draw_graph(loss: Tensor, model: Module, path: Path) -> None:
    """Write the graph: in the DOT language, or as SVG."""
    drawing = graph(loss, model=model)
    if path.suffix == ".dot":
        path.write_text(drawing.dot)
    else:
        drawing.svg(path)
