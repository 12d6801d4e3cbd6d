# PYTHON_ARGCOMPLETE_OK
"""The command line: ``convgrad``, the same as ``python -m nn``."""

from nn.cli.main import main

__all__ = ["main"]
