"""Convolution, in the sense of deep learning: correlation of an input with a kernel, over one to three spatial axes.

For one geometry let ``T(x, w, g)`` be the sum of ``x * w * g`` over all (image, output position, tap, channel pair)
that it ties together. It is linear in each argument, and every convolution is one of its partial derivatives:

=============  =======  ==========================================================================
node           is       gradients, for the cotangent u
=============  =======  ==========================================================================
`Conv`         dT/dg    by x: ``ConvInput(u, w)``, by w: ``ConvWeight(x, u)``
`ConvInput`    dT/dx    by g: ``Conv(u, w)``, by w: ``ConvWeight(u, g)``
`ConvWeight`   dT/dw    by x: ``ConvInput(g, u)``, by g: ``Conv(x, u)``
=============  =======  ==========================================================================

The three are closed under differentiation, so gradients of any order cost no further code. `ConvInput` is also the
transposed convolution. A bias has the gradient ``u`` summed over all but the channels.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from autograd.geometry import ConvGeometry, conv_geometry
from autograd.kernels import conv as kernels
from autograd.kernels.norm import channel_sum
from autograd.operation import Op
from autograd.ops.arguments import frozen, unbatched
from autograd.ops.conv_checks import check_operands
from autograd.ops.expand import expand
from autograd.ops.products import conjugate
from autograd.ops.registry import Maker, Sample, op
from autograd.ops.shape import reshape
from autograd.tensor import Tensor

__all__ = ["Conv", "ConvInput", "ConvWeight", "conv1d", "conv2d", "conv3d"]

Array = np.ndarray[Any, np.dtype[Any]]
Sizes = int | Sequence[int]
Padding = str | int | Sequence[int] | Sequence[tuple[int, int]]


class Conv(Op):
    """``y[n, o, p] = bias[o] + sum over c, t of x[n, c, p s + t d - low] w[o, c, t]``: dT/dg."""

    __slots__ = ("geometry",)
    keeps = {0: (1,), 1: (0,)}

    @np.errstate(all="ignore")
    def forward(self, x: Array, w: Array, bias: Array | None = None, *, geometry: ConvGeometry) -> Array:
        self.geometry = geometry
        return kernels.conv(x, w, geometry, bias)

    def backward(self, grad: Tensor) -> tuple[Tensor | None, ...]:
        for_x, for_w, *for_bias = self.needs_input_grad
        x, w = self.saved[:2] if for_x or for_w else (None, None)
        return (
            ConvInput.apply(grad, conjugate(w), geometry=self.geometry) if for_x else None,
            ConvWeight.apply(conjugate(x), grad, geometry=self.geometry) if for_w else None,
            *(SumOverPositions.apply(grad) if needed else None for needed in for_bias),
        )


class ConvInput(Op):
    """Every output's value spread back over the inputs it came from, plus a bias: dT/dx."""

    __slots__ = ("geometry",)
    keeps = {0: (1,), 1: (0,)}

    @np.errstate(all="ignore")
    def forward(self, g: Array, w: Array, bias: Array | None = None, *, geometry: ConvGeometry) -> Array:
        self.geometry = geometry
        out = kernels.conv_input(g, w, geometry)
        if bias is None:
            return out
        shift = bias.reshape(-1, *(1,) * geometry.rank)
        return np.add(out, shift, out=out if shift.dtype == out.dtype else None)

    def backward(self, grad: Tensor) -> tuple[Tensor | None, ...]:
        for_g, for_w, *for_bias = self.needs_input_grad
        g, w = self.saved[:2] if for_g or for_w else (None, None)
        return (
            Conv.apply(grad, conjugate(w), geometry=self.geometry) if for_g else None,
            ConvWeight.apply(grad, conjugate(g), geometry=self.geometry) if for_w else None,
            *(SumOverPositions.apply(grad) if needed else None for needed in for_bias),
        )


class ConvWeight(Op):
    """For every tap the products of the inputs and outputs it ties together, summed: dT/dw."""

    __slots__ = ("geometry",)
    keeps = {0: (1,), 1: (0,)}

    @np.errstate(all="ignore")
    def forward(self, x: Array, g: Array, *, geometry: ConvGeometry) -> Array:
        self.geometry = geometry
        return kernels.conv_weight(x, g, geometry)

    def backward(self, grad: Tensor) -> tuple[Tensor | None, Tensor | None]:
        x, g = self.saved
        for_x, for_g = self.needs_input_grad
        return (
            ConvInput.apply(conjugate(g), grad, geometry=self.geometry) if for_x else None,
            Conv.apply(conjugate(x), grad, geometry=self.geometry) if for_g else None,
        )


class SumOverPositions(Op):
    """Sum over all but the channel axis: the gradient of a bias."""

    __slots__ = ("source",)

    def forward(self, x: Array) -> Array:
        self.source = x.shape
        return channel_sum(x)

    def backward(self, grad: Tensor) -> Tensor:
        return expand(reshape(grad, (-1, *(1,) * (len(self.source) - 2))), self.source)


def convolve(
    input: Tensor, weight: Tensor, bias: Any, stride: Any, padding: Any, dilation: Any, groups: int, rank: int, op: str
) -> Tensor:
    """Validate the operands of a convolution over `rank` spatial axes, and run it."""
    x = check_operands(input, weight, bias, rank, groups, False, op)
    size, kernel = x._data.shape[2:], weight._data.shape[2:]
    geometry = conv_geometry(size, kernel, frozen(stride), frozen(padding), frozen(dilation), groups, op)
    out: Tensor = Conv.apply(x, weight, bias, geometry=geometry)
    return unbatched(out, input)


def _convolutions_1d(make: Maker) -> Iterator[Sample]:
    yield Sample(make(2, 3, 7), make(4, 3, 3), make(4))
    yield Sample(make(2, 4, 9), make(6, 2, 2), make(6), 2, 1, 3, 2)
    yield Sample(make(3, 8), make(2, 3, 4), padding="same", dilation=2)
    yield Sample(make(1, 2, 5), make(3, 2, 3), padding="full")
    yield Sample(make(0, 2, 5), make(3, 2, 3), make(3))


def _convolutions_2d(make: Maker) -> Iterator[Sample]:
    yield Sample(make(2, 3, 6, 5), make(4, 3, 3, 2), make(4))
    yield Sample(make(2, 4, 7, 6), make(6, 2, 3, 2), make(6), (2, 1), (1, 2), (1, 2), 2)
    yield Sample(make(1, 3, 5, 6), make(3, 1, 3, 3), stride=2, padding=1, groups=3)
    yield Sample(make(2, 5, 5), make(3, 2, 2, 3), make(3), padding="same")
    yield Sample(make(1, 2, 4, 3), make(2, 2, 3, 2), padding="full", dilation=2)
    yield Sample(make(1, 2, 5, 4), make(2, 2, 3, 2), padding="valid")
    yield Sample(make(1, 2, 4, 5), make(2, 2, 3, 3), padding=((0, 2), (1, 0)), stride=(1, 2))
    yield Sample(make(2, 3, 4, 4), make(5, 3, 1, 1), make(5))
    yield Sample(make(1, 2, 7, 7), make(2, 2, 1, 1), stride=3)
    yield Sample(make(0, 2, 5, 4), make(2, 2, 3, 2), make(2))


def _convolutions_3d(make: Maker) -> Iterator[Sample]:
    yield Sample(make(1, 2, 4, 3, 4), make(2, 2, 2, 2, 3), make(2))
    yield Sample(make(1, 2, 4, 5, 4), make(4, 1, 3, 2, 2), None, (2, 1, 2), (1, 0, 1), (1, 2, 1), 2)
    yield Sample(make(1, 3, 4, 3), make(1, 1, 2, 3, 2), padding="same")
    yield Sample(make(0, 1, 3, 3, 3), make(1, 1, 2, 2, 2))


@op(_convolutions_1d, method=False)
def conv1d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Sizes = 1,
    padding: Padding = 0,
    dilation: Sizes = 1,
    groups: int = 1,
) -> Tensor:
    """Convolve (correlate) sequences with a kernel; see `conv2d`.

    Parameters
    ----------
    input : Tensor, shape (N, C, L) or (C, L)
    weight : Tensor, shape (O, C / groups, k)
    bias : Tensor, shape (O,), optional
    stride, padding, dilation, groups
        As in `conv2d`.

    Examples
    --------
    >>> import autograd
    >>> x = autograd.tensor([[[1.0, 2.0, 3.0, 4.0]]])
    >>> conv1d(x, autograd.tensor([[[1.0, -1.0]]]))
    tensor([[[-1., -1., -1.]]])
    """
    return convolve(input, weight, bias, stride, padding, dilation, groups, 1, "conv1d")


@op(_convolutions_2d, method=False)
def conv2d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Sizes = 1,
    padding: Padding = 0,
    dilation: Sizes = 1,
    groups: int = 1,
) -> Tensor:
    """Convolve (correlate) images with a kernel.

    ``out[n, o, i, j] = bias[o] + sum over c, u, v of input[n, c, i s + u d - p, j s + v d - p] weight[o, c, u, v]``

    Parameters
    ----------
    input : Tensor, shape (N, C, H, W) or (C, H, W)
    weight : Tensor, shape (O, C / groups, kh, kw)
    bias : Tensor, shape (O,), optional
    stride, dilation : int or tuple of int
    padding : int, tuple of int, tuple of (low, high), or {'valid', 'same', 'full'}
        Zeros around the input. 'same' keeps the size (at stride 1), 'full' gives ``n + k - 1``.
    groups : int
        Number of groups of channels that are convolved separately.

    Returns
    -------
    Tensor, shape (N, O, oh, ow) or (O, oh, ow)
        ``oh = floor((H + p_low + p_high - d (kh - 1) - 1) / s) + 1``.

    Raises
    ------
    RuntimeError
        If shapes or dtypes do not fit, a setting is out of range, or the kernel is larger than the padded input.

    Examples
    --------
    >>> import autograd
    >>> x = autograd.eye(3).reshape(1, 1, 3, 3)
    >>> conv2d(x, autograd.eye(2).reshape(1, 1, 2, 2))
    tensor([[[[2., 0.],
              [0., 2.]]]])
    """
    return convolve(input, weight, bias, stride, padding, dilation, groups, 2, "conv2d")


@op(_convolutions_3d, method=False)
def conv3d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Sizes = 1,
    padding: Padding = 0,
    dilation: Sizes = 1,
    groups: int = 1,
) -> Tensor:
    """Convolve (correlate) volumes with a kernel; see `conv2d`.

    Parameters
    ----------
    input : Tensor, shape (N, C, D, H, W) or (C, D, H, W)
    weight : Tensor, shape (O, C / groups, kd, kh, kw)
    bias : Tensor, shape (O,), optional
    stride, padding, dilation, groups
        As in `conv2d`.

    Examples
    --------
    >>> import autograd, nn.functional as F
    >>> F.conv3d(autograd.ones(1, 2, 4, 5, 6), autograd.ones(7, 2, 3, 3, 3), padding=1).shape
    autograd.Size([1, 7, 4, 5, 6])
    """
    return convolve(input, weight, bias, stride, padding, dilation, groups, 3, "conv3d")
