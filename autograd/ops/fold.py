"""Sliding windows as columns of a matrix (im2col), and their sum back into an image (col2im): an adjoint pair."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import prod
from typing import Any

import numpy as np

from autograd.errors import describe, sizes
from autograd.geometry import ConvGeometry, conv_geometry, ntuple
from autograd.kernels.fold import col2im, im2col
from autograd.operation import Op
from autograd.ops.arguments import frozen, require_floating, require_tensors
from autograd.ops.registry import Maker, Sample, op
from autograd.ops.shape import reshape
from autograd.tensor import Tensor

__all__ = ["Im2Col", "fold", "unfold"]

Array = np.ndarray[Any, np.dtype[Any]]
Sizes = int | Sequence[int]


class Im2Col(Op):
    """Every window of the input, as (N, C, *kernel, *output)."""

    __slots__ = ("geometry",)

    def forward(self, x: Array, *, geometry: ConvGeometry) -> Array:
        self.geometry = geometry
        return im2col(x, geometry)

    def backward(self, grad: Tensor) -> Tensor:
        result: Tensor = Col2Im.apply(grad, geometry=self.geometry)
        return result


class Col2Im(Op):
    """Every window added to where it came from; adjoint of `Im2Col`."""

    __slots__ = ("geometry",)

    @np.errstate(all="ignore")
    def forward(self, columns: Array, *, geometry: ConvGeometry) -> Array:
        self.geometry = geometry
        return col2im(columns, geometry)

    def backward(self, grad: Tensor) -> Tensor:
        result: Tensor = Im2Col.apply(grad, geometry=self.geometry)
        return result


def _geometry(size: tuple[int, ...], kernel: Any, dilation: Any, padding: Any, stride: Any, op: str) -> ConvGeometry:
    """Return the geometry of the windows of a plane.

    Raises
    ------
    RuntimeError
        If a setting is out of range, or no window fits.
    """
    named = (("kernel_size", kernel), ("dilation", dilation), ("padding", padding), ("stride", stride))
    k, d, p, s = (ntuple(frozen(value), 2, name, op) for name, value in named)
    for name, values in (("kernel size", k), ("dilation", d), ("stride", s)):
        if min(values) < 1:
            raise RuntimeError(
                describe(f"{name} should be greater than zero, but got {values[0]} and {values[1]}", op=op)
            )
    if min(p) < 0:
        raise RuntimeError(describe(f"padding should be non-negative, but got {p[0]} and {p[1]}", op=op))
    blocks = tuple([(n + 2 * b - a * (w - 1) - 1) // c + 1 for n, w, a, b, c in zip(size, k, d, p, s, strict=True)])
    if min(blocks) < 1:
        raise RuntimeError(
            describe(
                f"Given input with spatial size {size}, kernel_size={k}, dilation={d}, padding={p}, calculated shape "
                f"of the array of sliding blocks as {blocks}, but its components must be at least one.",
                op=op,
                fix="use a smaller kernel or dilation, or pad more",
            )
        )
    return conv_geometry(size, k, s, p, d, 1, op)


def _windows(make: Maker) -> Iterator[Sample]:
    yield Sample(make(2, 3, 4, 5), 2)
    yield Sample(make(1, 2, 6, 5), (3, 2), (1, 2), (1, 0), (2, 1))
    yield Sample(make(2, 4, 4), 3, padding=1)
    yield Sample(make(0, 2, 4, 4), 2)


@op(_windows, name="nn.functional.unfold", method=False)
def unfold(input: Tensor, kernel_size: Sizes, dilation: Sizes = 1, padding: Sizes = 0, stride: Sizes = 1) -> Tensor:
    """Lay every window out as a column (im2col): a convolution is then a matrix product.

    Parameters
    ----------
    input : Tensor, shape (N, C, H, W) or (C, H, W)
    kernel_size, dilation, padding, stride : int or tuple of int

    Returns
    -------
    Tensor, shape (N, C kh kw, L) or (C kh kw, L)
        L is the number of windows.

    Raises
    ------
    RuntimeError
        If the input has another rank, or no window fits.

    Examples
    --------
    >>> import autograd
    >>> unfold(autograd.tensor([[[1.0, 2.0, 3.0]]]), (1, 2))
    tensor([[1., 2.],
            [2., 3.]])
    """
    require_tensors("unfold", input=input)
    shape = input._data.shape
    if len(shape) not in (3, 4) or 0 in shape[-3:]:
        raise RuntimeError(
            describe(
                "Expected 3D or 4D (batch mode) tensor with possibly 0 batch size and other non-zero dimensions for "
                f"input, but got: {sizes(shape)}",
                op="unfold",
            )
        )
    require_floating("im2col", input)
    geometry = _geometry(shape[-2:], kernel_size, dilation, padding, stride, "unfold")
    columns = Im2Col.apply(reshape(input, (-1, *shape[1:]) if len(shape) == 4 else (1, *shape)), geometry=geometry)
    rows = shape[-3] * prod(geometry.kernel)
    return reshape(columns, (*shape[:-3], rows, prod(geometry.output)))


def _columns(make: Maker) -> Iterator[Sample]:
    yield Sample(make(2, 12, 12), (4, 5), 2)
    yield Sample(make(1, 12, 9), (6, 5), (3, 2), (1, 2), (1, 0), (2, 1))
    yield Sample(make(18, 16), 4, 3, padding=1)
    yield Sample(make(0, 8, 9), 4, 2)


@op(_columns, name="nn.functional.fold", method=False)
def fold(
    input: Tensor,
    output_size: Sizes,
    kernel_size: Sizes,
    dilation: Sizes = 1,
    padding: Sizes = 0,
    stride: Sizes = 1,
) -> Tensor:
    """Add every column back to the window it came from (col2im): the adjoint of `unfold`.

    Parameters
    ----------
    input : Tensor, shape (N, C kh kw, L) or (C kh kw, L)
    output_size : int or tuple of int
        H and W of the result.
    kernel_size, dilation, padding, stride : int or tuple of int

    Returns
    -------
    Tensor, shape (N, C, H, W) or (C, H, W)
        Where windows overlap, their elements are summed.

    Raises
    ------
    RuntimeError
        If the input's shape does not belong to such windows.

    Examples
    --------
    >>> import autograd, nn.functional as F
    >>> columns = F.unfold(autograd.tensor([[[1.0, 2.0, 3.0]]]), (1, 2))
    >>> F.fold(columns, (1, 3), (1, 2))
    tensor([[[1., 4., 3.]]])
    """
    require_tensors("fold", input=input)
    shape = input._data.shape
    if len(shape) not in (2, 3) or 0 in shape[-2:]:
        raise RuntimeError(
            describe(
                "Expected 2D or 3D (batch mode) tensor for input with possibly 0 batch size and non-zero dimensions "
                f"for input, but got: {sizes(shape)}",
                op="fold",
            )
        )
    require_floating("col2im", input)
    size = ntuple(frozen(output_size), 2, "output_size", "fold")
    geometry = _geometry(size, kernel_size, dilation, padding, stride, "fold")
    taps, blocks = prod(geometry.kernel), geometry.output
    if shape[-2] % taps:
        raise RuntimeError(
            describe(
                "Expected size of input's dimension 1 to be divisible by the product of kernel_size, but got "
                f"input.size(1)={shape[-2]} and kernel_size={geometry.kernel}.",
                op="fold",
            )
        )
    if shape[-1] != prod(blocks):
        raise RuntimeError(
            describe(
                f"Given output_size={size}, kernel_size={geometry.kernel}, dilation={geometry.dilation}, padding="
                f"{tuple(low for low, _ in geometry.padding)}, stride={geometry.stride}, expected size of input's "
                f"dimension 2 to match the calculated number of sliding blocks {blocks[0]} * {blocks[1]} = "
                f"{prod(blocks)}, but got input.size(2)={shape[-1]}.",
                op="fold",
            )
        )
    images = shape[0] if len(shape) == 3 else 1
    columns = reshape(input, (images, shape[-2] // taps, *geometry.kernel, *blocks))
    image: Tensor = Col2Im.apply(columns, geometry=geometry)
    return image if len(shape) == 3 else reshape(image, image._data.shape[1:])
