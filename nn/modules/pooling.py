"""Pooling: the ranks differ in the function they call and are otherwise one declaration."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from autograd import Tensor
from nn import functional as F
from nn.modules.configured import Configured
from nn.modules.sizes import Sizes, spread

__all__ = [
    "AvgPool1d",
    "AvgPool2d",
    "AvgPool3d",
    "LPPool1d",
    "LPPool2d",
    "LPPool3d",
    "MaxPool1d",
    "MaxPool2d",
    "MaxPool3d",
    "MaxUnpool1d",
    "MaxUnpool2d",
    "MaxUnpool3d",
]


class _Pool(Configured):
    _pool: ClassVar[Callable[..., Any]]


class _MaxPool(_Pool):
    _shown = ("kernel_size", "stride", "padding", "dilation", "ceil_mode")

    def __init__(
        self,
        kernel_size: Sizes,
        stride: Sizes | None = None,
        padding: Sizes = 0,
        dilation: Sizes = 1,
        return_indices: bool = False,
        ceil_mode: bool = False,
    ) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding
        self.dilation = dilation
        self.return_indices = return_indices
        self.ceil_mode = ceil_mode

    def forward(self, input: Tensor) -> Any:
        """Return the maximum of each window, with its index if `return_indices` is set."""
        return self._pool(
            input,
            self.kernel_size,
            self.stride,
            self.padding,
            self.dilation,
            ceil_mode=self.ceil_mode,
            return_indices=self.return_indices,
        )


class MaxPool1d(_MaxPool):
    """Maximum over windows of sequences: (N, C, L) -> (N, C, ol), or without N.

    Parameters
    ----------
    kernel_size, stride, padding, dilation, return_indices, ceil_mode
        As in `MaxPool2d`; sizes are ints.

    Examples
    --------
    >>> import autograd, nn
    >>> nn.MaxPool1d(2)(autograd.tensor([[1.0, 3.0, 2.0, 5.0, 4.0]]))
    tensor([[3., 5.]])
    """

    _pool = staticmethod(F.max_pool1d)


class MaxPool2d(_MaxPool):
    """Maximum over windows of images.

    (N, C, H, W) -> (N, C, oh, ow), or without N, with ``oh = floor((H + 2 padding - dilation (kh - 1) - 1) / stride) +
    1``; `ceil_mode` rounds up.

    Parameters
    ----------
    kernel_size : int or tuple of int
    stride : int or tuple of int, optional
        By default `kernel_size`: the windows do not overlap.
    padding : int or tuple of int
        Around the input, with minus infinity; at most half the window.
    dilation : int or tuple of int
        Distance of a window's elements.
    return_indices : bool, default False
        Whether to return also where the maxima were, for `MaxUnpool2d`.
    ceil_mode : bool, default False
        Whether a last, incomplete window counts.

    Examples
    --------
    >>> import autograd, nn
    >>> nn.MaxPool2d(2)(autograd.tensor([[[1.0, 2.0], [3.0, 4.0]]]))
    tensor([[[4.]]])
    >>> nn.MaxPool2d(3, stride=2, padding=1)(autograd.ones(8, 16, 32, 32)).shape
    autograd.Size([8, 16, 16, 16])
    """

    _pool = staticmethod(F.max_pool2d)


class MaxPool3d(_MaxPool):
    """Maximum over windows of volumes: (N, C, D, H, W) -> (N, C, od, oh, ow), or without N.

    Parameters
    ----------
    kernel_size, stride, padding, dilation, return_indices, ceil_mode
        As in `MaxPool2d`, tuples with three entries.

    Examples
    --------
    >>> import autograd, nn
    >>> nn.MaxPool3d((1, 2, 2))(autograd.ones(2, 3, 4, 8, 8)).shape
    autograd.Size([2, 3, 4, 4, 4])
    """

    _pool = staticmethod(F.max_pool3d)


class _MaxUnpool(_Pool):
    _rank: ClassVar[int]
    _shown = ("kernel_size", "stride", "padding")

    def __init__(self, kernel_size: Sizes, stride: Sizes | None = None, padding: Sizes = 0) -> None:
        super().__init__()
        self.kernel_size = spread(kernel_size, self._rank, "kernel_size")
        self.stride = self.kernel_size if stride is None else spread(stride, self._rank, "stride")
        self.padding = spread(padding, self._rank, "padding")

    def forward(self, input: Tensor, indices: Tensor, output_size: Sequence[int] | None = None) -> Tensor:
        """Put the values at `indices` of an output, by default of the smallest size that pooling maps to `input`."""
        unpooled: Tensor = self._pool(input, indices, self.kernel_size, self.stride, self.padding, output_size)
        return unpooled


class MaxUnpool1d(_MaxUnpool):
    """Partial inverse of `MaxPool1d`: (N, C, ol) -> (N, C, L), or without N.

    Parameters
    ----------
    kernel_size, stride, padding : int
        Those of the pooling.

    Examples
    --------
    >>> import autograd, nn
    >>> pool, unpool = nn.MaxPool1d(2, return_indices=True), nn.MaxUnpool1d(2)
    >>> unpool(*pool(autograd.tensor([[1.0, 3.0, 5.0, 2.0]])))
    tensor([[0., 3., 5., 0.]])
    """

    _rank = 1
    _pool = staticmethod(F.max_unpool1d)


class MaxUnpool2d(_MaxUnpool):
    """Partial inverse of `MaxPool2d`: the maxima go back to where they came from, all else is zero.

    (N, C, oh, ow) -> (N, C, H, W), or without N; several sizes may pool to one, so that a call may give ``output_size``
    (Zeiler & Fergus 2013).

    Parameters
    ----------
    kernel_size, stride, padding : int or tuple of int
        Those of the pooling.

    Examples
    --------
    >>> import autograd, nn
    >>> pool, unpool = nn.MaxPool2d(2, return_indices=True), nn.MaxUnpool2d(2)
    >>> unpool(*pool(autograd.tensor([[[1.0, 2.0], [3.0, 4.0]]])))
    tensor([[[0., 0.],
             [0., 4.]]])
    """

    _rank = 2
    _pool = staticmethod(F.max_unpool2d)


class MaxUnpool3d(_MaxUnpool):
    """Partial inverse of `MaxPool3d`: (N, C, od, oh, ow) -> (N, C, D, H, W), or without N.

    Parameters
    ----------
    kernel_size, stride, padding : int or tuple of int
        Those of the pooling.

    Examples
    --------
    >>> import autograd, nn
    >>> pool, unpool = nn.MaxPool3d(2, return_indices=True), nn.MaxUnpool3d(2)
    >>> unpool(*pool(autograd.ones(1, 1, 4, 4, 4))).sum()
    tensor(8.)
    """

    _rank = 3
    _pool = staticmethod(F.max_unpool3d)


class AvgPool1d(_Pool):
    """Mean over windows of sequences: (N, C, L) -> (N, C, ol), or without N.

    Parameters
    ----------
    kernel_size, stride, padding, ceil_mode, count_include_pad
        As in `AvgPool2d`; sizes are ints.

    Examples
    --------
    >>> import autograd, nn
    >>> nn.AvgPool1d(2)(autograd.tensor([[1.0, 3.0, 2.0, 4.0]]))
    tensor([[2., 3.]])
    """

    _pool = staticmethod(F.avg_pool1d)
    _shown = ("kernel_size", "stride", "padding")

    def __init__(
        self,
        kernel_size: Sizes,
        stride: Sizes | None = None,
        padding: Sizes = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
    ) -> None:
        super().__init__()
        self.kernel_size = spread(kernel_size, 1, "kernel_size")
        self.stride = self.kernel_size if stride is None else spread(stride, 1, "stride")
        self.padding = spread(padding, 1, "padding")
        self.ceil_mode = ceil_mode
        self.count_include_pad = count_include_pad

    def forward(self, input: Tensor) -> Tensor:
        """Return the mean of each window."""
        settings = (self.kernel_size, self.stride, self.padding, self.ceil_mode, self.count_include_pad)
        pooled: Tensor = self._pool(input, *settings)
        return pooled


class _AvgPool(_Pool):
    _shown = ("kernel_size", "stride", "padding")

    def __init__(
        self,
        kernel_size: Sizes,
        stride: Sizes | None = None,
        padding: Sizes = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding
        self.ceil_mode = ceil_mode
        self.count_include_pad = count_include_pad
        self.divisor_override = divisor_override

    def forward(self, input: Tensor) -> Tensor:
        """Return the mean of each window."""
        pooled: Tensor = self._pool(
            input,
            self.kernel_size,
            self.stride,
            self.padding,
            self.ceil_mode,
            self.count_include_pad,
            self.divisor_override,
        )
        return pooled


class AvgPool2d(_AvgPool):
    """Mean over windows of images.

    (N, C, H, W) -> (N, C, oh, ow), or without N, with ``oh = floor((H + 2 padding - kh) / stride) + 1``; `ceil_mode`
    rounds up.

    Parameters
    ----------
    kernel_size : int or tuple of int
    stride : int or tuple of int, optional
        By default `kernel_size`: the windows do not overlap.
    padding : int or tuple of int
        Zeros around the input; at most half the window.
    ceil_mode : bool, default False
        Whether a last, incomplete window counts.
    count_include_pad : bool, default True
        Whether the padding counts as elements.
    divisor_override : int, optional
        Divides the sum in place of the number of elements.

    Examples
    --------
    >>> import autograd, nn
    >>> nn.AvgPool2d(2)(autograd.tensor([[[1.0, 2.0], [3.0, 4.0]]]))
    tensor([[[2.5000]]])
    >>> nn.AvgPool2d(2, padding=1)(autograd.ones(1, 2, 2))
    tensor([[[0.2500, 0.2500],
             [0.2500, 0.2500]]])
    """

    _pool = staticmethod(F.avg_pool2d)


class AvgPool3d(_AvgPool):
    """Mean over windows of volumes: (N, C, D, H, W) -> (N, C, od, oh, ow), or without N.

    Parameters
    ----------
    kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
        As in `AvgPool2d`, tuples with three entries.

    Examples
    --------
    >>> import autograd, nn
    >>> nn.AvgPool3d(2)(autograd.ones(2, 3, 4, 8, 8)).shape
    autograd.Size([2, 3, 2, 4, 4])
    """

    _pool = staticmethod(F.avg_pool3d)


class _LPPool(_Pool):
    _shown = ("norm_type", "kernel_size", "stride", "ceil_mode")

    def __init__(
        self, norm_type: float, kernel_size: Sizes, stride: Sizes | None = None, ceil_mode: bool = False
    ) -> None:
        super().__init__()
        self.norm_type = norm_type
        self.kernel_size = kernel_size
        self.stride = stride
        self.ceil_mode = ceil_mode

    def forward(self, input: Tensor) -> Tensor:
        """Return the p-norm of each window."""
        pooled: Tensor = self._pool(input, float(self.norm_type), self.kernel_size, self.stride, self.ceil_mode)
        return pooled


class LPPool1d(_LPPool):
    """p-norm over windows of sequences: (N, C, L) -> (N, C, ol), or without N.

    Parameters
    ----------
    norm_type, kernel_size, stride, ceil_mode
        As in `LPPool2d`; sizes are ints.

    Examples
    --------
    >>> import autograd, nn
    >>> nn.LPPool1d(2, 2)(autograd.tensor([[3.0, 4.0, 0.0, 1.0]]))
    tensor([[5., 1.]])
    """

    _pool = staticmethod(F.lp_pool1d)


class LPPool2d(_LPPool):
    """p-norm over windows of images: ``(sum of x^p)^(1/p)``, without absolute values.

    (N, C, H, W) -> (N, C, oh, ow), or without N, with ``oh = floor((H - kh) / stride) + 1``.

    Parameters
    ----------
    norm_type : float
        The p; 1 gives the sum.
    kernel_size : int or tuple of int
    stride : int or tuple of int, optional
        By default `kernel_size`.
    ceil_mode : bool, default False
        Whether a last, incomplete window counts.

    Examples
    --------
    >>> import autograd, nn
    >>> nn.LPPool2d(1, 2)(autograd.tensor([[[[1.0, 2.0], [3.0, 4.0]]]]))
    tensor([[[[10.]]]])
    """

    _pool = staticmethod(F.lp_pool2d)


class LPPool3d(_LPPool):
    """p-norm over windows of volumes: (N, C, D, H, W) -> (N, C, od, oh, ow), or without N.

    Parameters
    ----------
    norm_type, kernel_size, stride, ceil_mode
        As in `LPPool2d`, tuples with three entries.

    Examples
    --------
    >>> import autograd, nn
    >>> nn.LPPool3d(2, 2)(autograd.ones(2, 3, 4, 8, 8)).shape
    autograd.Size([2, 3, 2, 4, 4])
    """

    _pool = staticmethod(F.lp_pool3d)
