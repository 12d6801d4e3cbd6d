"""What can go wrong with ONNX."""

from __future__ import annotations

import importlib
from typing import Any

from autograd.errors import describe

__all__ = ["OnnxExporterError", "OnnxImporterError", "UnsupportedOperatorError", "require_onnx"]


class OnnxExporterError(RuntimeError):
    """A model cannot be written as ONNX.

    Examples
    --------
    >>> import autograd, nn
    >>> class Broken(nn.Module):
    ...     def forward(self, x):
    ...         return 3
    >>> try:
    ...     nn.onnx.export(Broken(), autograd.zeros(1, 2))
    ... except nn.onnx.OnnxExporterError as error:
    ...     print(str(error).splitlines()[0])
    the model returned no tensor
    """


class UnsupportedOperatorError(OnnxExporterError):
    """A model uses an operation that ONNX lacks, or that is not translated.

    Examples
    --------
    >>> import autograd, nn
    >>> class Spectrum(nn.Module):
    ...     def forward(self, x):
    ...         return autograd.linalg.svd(x)[1]
    >>> try:
    ...     nn.onnx.export(Spectrum(), autograd.ones(2, 2))
    ... except nn.onnx.UnsupportedOperatorError as error:
    ...     print(str(error).splitlines()[0])
    Exporting the operator 'SVD' to ONNX opset version 18 is not supported
    """


class OnnxImporterError(RuntimeError):
    """An ONNX file is damaged, or uses what is not supported.

    Examples
    --------
    >>> import nn
    >>> try:
    ...     nn.onnx.load(b"not a network")
    ... except nn.onnx.OnnxImporterError:
    ...     print("damaged")
    damaged
    """


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
