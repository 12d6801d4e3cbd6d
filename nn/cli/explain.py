"""``convgrad explain``: a small convolution and its gradients by numbers."""

from __future__ import annotations

import argparse
import json

from autograd.inspect import demo_convolution
from nn.cli.errors import CommandError, UsageError

__all__ = ["run"]


def run(arguments: argparse.Namespace) -> int:
    """Print the example, and draw it where a file is named."""
    try:
        shown = demo_convolution(
            arguments.size, stride=arguments.stride, padding=arguments.padding, dilation=arguments.dilation
        )
        text = json.dumps(shown.to_dict()) if arguments.json else str(shown)
    except (RuntimeError, ValueError) as error:
        raise UsageError(str(error)) from error
    if arguments.figure:
        try:
            shown.figure(arguments.figure, arguments.part)
        except (ImportError, ValueError) as error:
            raise CommandError(str(error)) from error
    print(text)
    return 0
