"""What can go wrong with ONNX."""

from __future__ import annotations

import importlib
from typing import Any

from autograd.errors import describe

__all__ = ["OnnxExporterError", "OnnxImporterError", "UnsupportedOperatorError", "require_onnx"]


class OnnxExporterError(RuntimeError):
    """A model cannot be written as ONNX."""


class UnsupportedOperatorError(OnnxExporterError):
    """A model uses an operation that ONNX lacks, or that is not translated."""


class OnnxImporterError(RuntimeError):
    """An ONNX file is damaged, or uses what is not supported."""


def require_onnx() -> Any:
    """Return the package onnx.

    Raises
    ------
    ImportError
        If it is not installed.
    """
    try:
        return importlib.import_module("onnx")
    except ImportError as error:
        raise ImportError(
            describe(
                "No module named 'onnx'",
                op="nn.onnx",
                rule="the package onnx reads and writes the files",
                fix="python -m pip install 'convgrad[onnx]'",
            )
        ) from error
