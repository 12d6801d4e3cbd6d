"""Gradients one can see: explanations in numbers, figures, graph drawings, profiles.

Everything is loaded when it is first used; importing `autograd` costs nothing for it.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autograd.inspect.anomaly import (
        detect_anomaly,
        is_anomaly_check_nan_enabled,
        is_anomaly_enabled,
        set_detect_anomaly,
    )
    from autograd.inspect.convolution import ConvolutionExplanation, demo_convolution
    from autograd.inspect.drawing import GraphDrawing, graph
    from autograd.inspect.explanation import GraphExplanation, explain
    from autograd.inspect.profiling import profile
    from autograd.inspect.tracing import trace

_HOMES = {
    "ConvolutionExplanation": "convolution",
    "GraphDrawing": "drawing",
    "GraphExplanation": "explanation",
    "demo_convolution": "convolution",
    "detect_anomaly": "anomaly",
    "explain": "explanation",
    "graph": "drawing",
    "is_anomaly_check_nan_enabled": "anomaly",
    "is_anomaly_enabled": "anomaly",
    "profile": "profiling",
    "set_detect_anomaly": "anomaly",
    "trace": "tracing",
}

__all__ = [*_HOMES]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
