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
    """Maximum over as many parts as the output has elements: (N, C, L) -> (N, C, m), or without N.

    Parameters
    ----------
    output_size : int
        The m; the parts are those of `AdaptiveAvgPool2d`.
    return_indices : bool, default False
        Whether to return also where the maxima were.

    Examples
    --------
    >>> import autograd, nn
    >>> nn.AdaptiveMaxPool1d(2)(autograd.tensor([[1.0, 2.0, 3.0]]))
    tensor([[2., 3.]])
    """

    _pool = staticmethod(F.adaptive_max_pool1d)


class AdaptiveMaxPool2d(_AdaptiveMaxPool):
    """Maximum over as many parts as the output has elements: (N, C, H, W) -> (N, C, oh, ow), or without N.

    Parameters
    ----------
    output_size : int or tuple of (int or None)
        As in `AdaptiveAvgPool2d`, as are the parts.
    return_indices : bool, default False
        Whether to return also where the maxima were, for `MaxUnpool2d`.

    Examples
    --------
    >>> import autograd, nn
    >>> nn.AdaptiveMaxPool2d(1)(autograd.tensor([[[1.0, 2.0], [3.0, 4.0]]]))
    tensor([[[4.]]])
    """

    _pool = staticmethod(F.adaptive_max_pool2d)


class AdaptiveMaxPool3d(_AdaptiveMaxPool):
    """Maximum over as many parts as the output has elements: (N, C, D, H, W) -> (N, C, od, oh, ow), or without N.

    Parameters
    ----------
    output_size : int or tuple of (int or None)
        As in `AdaptiveAvgPool2d`, as are the parts.
    return_indices : bool, default False
        Whether to return also where the maxima were, for `MaxUnpool3d`.

    Examples
    --------
    >>> import autograd, nn
    >>> nn.AdaptiveMaxPool3d((1, 2, None))(autograd.ones(2, 3, 4, 6, 5)).shape
    autograd.Size([2, 3, 1, 2, 5])
    """

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
    """Mean over as many parts as the output has elements: (N, C, L) -> (N, C, m), or without N.

    Parameters
    ----------
    output_size : int
        The m; the parts are those of `AdaptiveAvgPool2d`, and overlap where m does not divide L.

    Examples
    --------
    >>> import autograd, nn
    >>> nn.AdaptiveAvgPool1d(2)(autograd.tensor([[1.0, 2.0, 6.0]]))
    tensor([[1.5000, 4.0000]])
    """

    _pool = staticmethod(F.adaptive_avg_pool1d)


class AdaptiveAvgPool2d(_AdaptiveAvgPool):
    """Mean over as many parts as the output has elements, whatever the input's size.

    (N, C, H, W) -> (N, C, oh, ow), or without N. Part ``i`` of ``m`` on an axis of size ``n`` goes from ``floor(i n /
    m)`` to ``ceil((i + 1) n / m)``. With the size 1 it is global average pooling (Lin et al. 2013).

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
    """Mean over as many parts as the output has elements: (N, C, D, H, W) -> (N, C, od, oh, ow), or without N.

    Parameters
    ----------
    output_size : int or tuple of (int or None)
        As in `AdaptiveAvgPool2d`, as are the parts.

    Examples
    --------
    >>> import autograd, nn
    >>> nn.AdaptiveAvgPool3d(1)(autograd.ones(2, 3, 4, 6, 5)).shape
    autograd.Size([2, 3, 1, 1, 1])
    """

    _pool = staticmethod(F.adaptive_avg_pool3d)
