"""Adaptive pooling: as many windows as the output has elements."""

from __future__ import annotations

from typing import Any

from autograd import Tensor
from nn import functional as F
from nn.modules.pooling import _Pool

__all__ = [
    "AdaptiveAvgPool1d",
    "AdaptiveAvgPool2d",
    "AdaptiveAvgPool3d",
    "AdaptiveMaxPool1d",
    "AdaptiveMaxPool2d",
    "AdaptiveMaxPool3d",
]


class _AdaptiveMaxPool(_Pool):
    _shown = ("output_size",)

    def __init__(self, output_size: Any, return_indices: bool = False) -> None:
        super().__init__()
        self.output_size = output_size
        self.return_indices = return_indices

    def forward(self, input: Tensor) -> Any:
        """Return the maximum of each part, with its index if `return_indices` is set."""
        return self._pool(input, self.output_size, self.return_indices)


class AdaptiveMaxPool1d(_AdaptiveMaxPool):
    """Maximum over as many parts as the output has elements; see `AdaptiveAvgPool2d`."""

    _pool = staticmethod(F.adaptive_max_pool1d)


class AdaptiveMaxPool2d(_AdaptiveMaxPool):
    """Maximum over as many parts as the output has elements; see `AdaptiveAvgPool2d`."""

    _pool = staticmethod(F.adaptive_max_pool2d)


class AdaptiveMaxPool3d(_AdaptiveMaxPool):
    """Maximum over as many parts as the output has elements; see `AdaptiveAvgPool2d`."""

    _pool = staticmethod(F.adaptive_max_pool3d)


class _AdaptiveAvgPool(_Pool):
    _shown = ("output_size",)

    def __init__(self, output_size: Any) -> None:
        super().__init__()
        self.output_size = output_size

    def forward(self, input: Tensor) -> Tensor:
        """Return the mean of each part."""
        pooled: Tensor = self._pool(input, self.output_size)
        return pooled


class AdaptiveAvgPool1d(_AdaptiveAvgPool):
    """Mean over as many parts as the output has elements; see `AdaptiveAvgPool2d`."""

    _pool = staticmethod(F.adaptive_avg_pool1d)


class AdaptiveAvgPool2d(_AdaptiveAvgPool):
    """Mean over as many parts as the output has elements, whatever the input's size.

    Part ``i`` of ``m`` on an axis of size ``n`` goes from ``floor(i n / m)`` to ``ceil((i + 1) n / m)``.

    Parameters
    ----------
    output_size : int or tuple of (int or None)
        None keeps the input's size on that axis.

    Examples
    --------
    >>> import autograd, nn
    >>> nn.AdaptiveAvgPool2d((5, None))(autograd.ones(1, 64, 8, 9)).shape
    autograd.Size([1, 64, 5, 9])
    """

    _pool = staticmethod(F.adaptive_avg_pool2d)


class AdaptiveAvgPool3d(_AdaptiveAvgPool):
    """Mean over as many parts as the output has elements; see `AdaptiveAvgPool2d`."""

    _pool = staticmethod(F.adaptive_avg_pool3d)
