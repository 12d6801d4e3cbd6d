"""The entry point: finds the command, runs it, and turns what it raises into an exit status."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence

from nn.cli.errors import FAILURE, MISUSE, CommandError, UsageError, one_line
from nn.cli.parser import build_parser

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command.

    Parameters
    ----------
    argv : sequence of str, optional
        The arguments; those of the process if omitted.

    Returns
    -------
    int
        Exit status: 0 for success, 1 for failure, 2 for misuse.

    Examples
    --------
    >>> main(["train", "--lr", "nan"])  # and a line on standard error
    2
    """
    parser = build_parser()
    if "_ARGCOMPLETE" in os.environ:
        from nn.cli.completion import complete

        complete(parser)
    try:
        arguments = parser.parse_args(argv)
    except SystemExit as leaving:  # argparse has printed the help or what was wrong
        return leaving.code if isinstance(leaving.code, int) else MISUSE
    try:
        status: int = importlib.import_module(f"nn.cli.{arguments.command}").run(arguments)
        sys.stdout.flush()
        return status
    except UsageError as error:
        return _report(error, MISUSE)
    except BrokenPipeError:
        # Whoever read our output has gone; Python must not try to flush it when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILURE
    except (CommandError, OSError, MemoryError) as error:
        return _report(error, FAILURE)
    except KeyboardInterrupt:
        print("convgrad: interrupted", file=sys.stderr)
        return 128 + 2


def _report(error: BaseException, status: int) -> int:
    print(f"convgrad: error: {one_line(error)}", file=sys.stderr)
    return status
