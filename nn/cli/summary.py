"""``convgrad summary``: a table of a model's layers."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict

from nn.cli.errors import CommandError, one_line
from nn.cli.models import find_model
from nn.model_summary import summary

__all__ = ["run"]


def run(arguments: argparse.Namespace) -> int:
    """Print the table, or its contents in JSON."""
    model, size = find_model(arguments.model, arguments)
    try:
        result = summary(model, (arguments.batch_size, *size))
    except (RuntimeError, ValueError, TypeError) as error:
        shape = "x".join(map(str, size))
        raise CommandError(f"the model fails on images of {shape}: {one_line(error)}") from None
    if arguments.json:
        totals = {"forward": result.forward, "backward": result.backward, "memory": result.memory}
        print(json.dumps({**asdict(result), **totals}))
    else:
        print(result)
    return 0
