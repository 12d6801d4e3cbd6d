"""Transposed convolution: the gradient of a convolution by its input, as an operation in its own right."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from autograd.errors import describe
from autograd.geometry import transposed_geometry
from autograd.ops.arguments import frozen, unbatched
from autograd.ops.conv import ConvInput
from autograd.ops.conv_checks import check_operands
from autograd.ops.registry import Maker, Sample, op
from autograd.tensor import Tensor

__all__ = ["conv_transpose1d", "conv_transpose2d", "conv_transpose3d"]

Sizes = int | Sequence[int]


def convolve_transposed(
    input: Tensor,
    weight: Tensor,
    bias: Any,
    stride: Any,
    padding: Any,
    output_padding: Any,
    groups: int,
    dilation: Any,
    rank: int,
    op: str,
) -> Tensor:
    """Validate the operands of a transposed convolution over `rank` spatial axes, and run it."""
    x = check_operands(input, weight, bias, rank, groups, True, op)
    size, kernel = x._data.shape[2:], weight._data.shape[2:]
    if isinstance(padding, str):
        raise TypeError(describe(f"{op}(): argument 'padding' must be tuple of ints, not str", op=op))
    steps = (frozen(stride), frozen(padding), frozen(output_padding), frozen(dilation))
    geometry = transposed_geometry(size, kernel, *steps, groups, op)
    out: Tensor = ConvInput.apply(x, weight, bias, geometry=geometry)
    return unbatched(out, input)


def _transposed_1d(make: Maker) -> Iterator[Sample]:
    yield Sample(make(2, 3, 4), make(3, 2, 3), make(2))
    yield Sample(make(1, 4, 5), make(4, 3, 2), make(6), 2, 1, 1, 2, 3)
    yield Sample(make(2, 4), make(2, 1, 3), stride=3)


def _transposed_2d(make: Maker) -> Iterator[Sample]:
    yield Sample(make(2, 3, 3, 4), make(3, 2, 3, 2), make(2))
    yield Sample(make(1, 4, 3, 4), make(4, 3, 3, 2), make(6), (2, 1), (1, 0), (1, 0), 2, (1, 2))
    yield Sample(make(2, 3, 3), make(2, 2, 2, 2), make(2), stride=2)
    yield Sample(make(0, 2, 3, 3), make(2, 2, 2, 2), make(2))


def _transposed_3d(make: Maker) -> Iterator[Sample]:
    yield Sample(make(1, 2, 2, 3, 2), make(2, 2, 2, 2, 3), make(2))
    yield Sample(make(1, 2, 2, 2, 3), make(2, 1, 3, 2, 2), None, (2, 1, 2), (1, 0, 0), (1, 0, 1), 2)


@op(_transposed_1d, method=False)
def conv_transpose1d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Sizes = 1,
    padding: Sizes = 0,
    output_padding: Sizes = 0,
    groups: int = 1,
    dilation: Sizes = 1,
) -> Tensor:
    """Transpose a convolution of sequences; see `conv_transpose2d`.

    Parameters
    ----------
    input : Tensor, shape (N, C, L) or (C, L)
    weight : Tensor, shape (C, O / groups, k)
    bias : Tensor, shape (O,), optional
    stride, padding, output_padding, groups, dilation
        As in `conv_transpose2d`.

    Examples
    --------
    >>> import autograd, nn.functional as F
    >>> F.conv_transpose1d(autograd.tensor([[[1.0, 10.0]]]), autograd.tensor([[[1.0, 2.0, 3.0]]]))
    tensor([[[ 1., 12., 23., 30.]]])
    """
    return convolve_transposed(
        input, weight, bias, stride, padding, output_padding, groups, dilation, 1, "conv_transpose1d"
    )


@op(_transposed_2d, method=False)
def conv_transpose2d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Sizes = 1,
    padding: Sizes = 0,
    output_padding: Sizes = 0,
    groups: int = 1,
    dilation: Sizes = 1,
) -> Tensor:
    """Apply the transpose of `conv2d`, which is its gradient by the input.

    Parameters
    ----------
    input : Tensor, shape (N, C, H, W) or (C, H, W)
    weight : Tensor, shape (C, O / groups, kh, kw)
        That of the convolution being transposed.
    bias : Tensor, shape (O,), optional
    stride, padding, dilation : int or tuple of int
        Those of the convolution being transposed.
    output_padding : int or tuple of int
        Added to the output's size, which a stride above 1 leaves open.
    groups : int

    Returns
    -------
    Tensor, shape (N, O, oh, ow) or (O, oh, ow)
        ``oh = (H - 1) s - 2 p + d (kh - 1) + output_padding + 1``.

    Raises
    ------
    RuntimeError
        If shapes or dtypes do not fit, or a setting is out of range.

    Examples
    --------
    >>> import autograd
    >>> x = autograd.tensor([[[[1.0, 2.0]]]])
    >>> conv_transpose2d(x, autograd.ones(1, 1, 1, 2), stride=(1, 2))
    tensor([[[[1., 1., 2., 2.]]]])
    """
    return convolve_transposed(
        input, weight, bias, stride, padding, output_padding, groups, dilation, 2, "conv_transpose2d"
    )


@op(_transposed_3d, method=False)
def conv_transpose3d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Sizes = 1,
    padding: Sizes = 0,
    output_padding: Sizes = 0,
    groups: int = 1,
    dilation: Sizes = 1,
) -> Tensor:
    """Transpose a convolution of volumes; see `conv_transpose2d`.

    Parameters
    ----------
    input : Tensor, shape (N, C, D, H, W) or (C, D, H, W)
    weight : Tensor, shape (C, O / groups, kd, kh, kw)
    bias : Tensor, shape (O,), optional
    stride, padding, output_padding, groups, dilation
        As in `conv_transpose2d`.

    Examples
    --------
    >>> import autograd, nn.functional as F
    >>> F.conv_transpose3d(autograd.ones(1, 2, 4, 5, 6), autograd.ones(2, 3, 2, 2, 2), stride=2).shape
    autograd.Size([1, 3, 8, 10, 12])
    """
    return convolve_transposed(
        input, weight, bias, stride, padding, output_padding, groups, dilation, 3, "conv_transpose3d"
    )
