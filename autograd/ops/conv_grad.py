"""The gradients of a convolution by themselves: two sides of the trilinear form that `autograd.ops.conv` describes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd.errors import describe
from autograd.geometry import ConvGeometry, conv_geometry
from autograd.ops.arguments import frozen
from autograd.ops.conv import ConvInput, ConvWeight
from autograd.tensor import Tensor

__all__ = ["conv1d_input", "conv1d_weight", "conv2d_input", "conv2d_weight", "conv3d_input", "conv3d_weight"]

Sizes = int | Sequence[int]


def _geometry(
    input_size: Sequence[int], weight_size: Sequence[int], grad_output: Tensor, options: tuple[Any, ...], op: str
) -> ConvGeometry:
    """Work out the geometry, and hold the output's gradient against it."""
    stride, padding, dilation, groups = options
    rank = len(input_size) - 2
    if rank != int(op[4]) or len(weight_size) != rank + 2:
        raise ValueError(
            describe(
                f"{op}: expected sizes of {int(op[4]) + 2} axes, but got {len(input_size)} of the input and "
                f"{len(weight_size)} of the weight",
                op=op,
            )
        )
    geometry = conv_geometry(
        tuple(input_size[2:]), tuple(weight_size[2:]), frozen(stride), frozen(padding), frozen(dilation), groups, op
    )
    expected = (input_size[0], weight_size[0], *geometry.output)
    if grad_output._data.shape != expected or input_size[1] != weight_size[1] * groups:
        raise RuntimeError(
            describe(
                f"{op}: grad_output of size {list(grad_output._data.shape)} does not belong to this convolution",
                op=op,
                shapes={"input": input_size, "weight": weight_size, "grad_output": grad_output._data.shape},
                rule=f"the output has size {list(expected)}, and input channels are weight.size(1) * groups",
            )
        )
    return geometry


def _input(input_size: Sequence[int], weight: Tensor, grad_output: Tensor, options: tuple[Any, ...], op: str) -> Tensor:
    geometry = _geometry(input_size, weight._data.shape, grad_output, options, op)
    result: Tensor = ConvInput.apply(grad_output, weight, geometry=geometry)
    return result


def _weight(
    input: Tensor, weight_size: Sequence[int], grad_output: Tensor, options: tuple[Any, ...], op: str
) -> Tensor:
    geometry = _geometry(input._data.shape, weight_size, grad_output, options, op)
    result: Tensor = ConvWeight.apply(input, grad_output, geometry=geometry)
    return result


def conv1d_input(
    input_size: Sequence[int],
    weight: Tensor,
    grad_output: Tensor,
    stride: Sizes = 1,
    padding: Sizes = 0,
    dilation: Sizes = 1,
    groups: int = 1,
) -> Tensor:
    """Return the gradient of `conv1d` with respect to its input, of shape `input_size`.

    Parameters
    ----------
    input_size : tuple of int
        (images, channels, length) of the input.
    weight : Tensor, shape (out channels, channels / groups, kernel length)
    grad_output, stride, padding, dilation, groups
        As of `conv2d_input`, which has the formula and the errors.

    Examples
    --------
    >>> import autograd, nn.grad
    >>> nn.grad.conv1d_input((1, 1, 3), autograd.ones(1, 1, 2), autograd.ones(1, 1, 2))
    tensor([[[1., 2., 1.]]])
    """
    return _input(input_size, weight, grad_output, (stride, padding, dilation, groups), "conv1d_input")


def conv1d_weight(
    input: Tensor,
    weight_size: Sequence[int],
    grad_output: Tensor,
    stride: Sizes = 1,
    padding: Sizes = 0,
    dilation: Sizes = 1,
    groups: int = 1,
) -> Tensor:
    """Return the gradient of `conv1d` with respect to its weight, of shape `weight_size`.

    Parameters
    ----------
    input : Tensor, shape (images, channels, length)
    weight_size : tuple of int
        (out channels, channels / groups, kernel length).
    grad_output, stride, padding, dilation, groups
        As of `conv2d_weight`, which has the formula and the errors.

    Examples
    --------
    >>> import autograd, nn.grad
    >>> nn.grad.conv1d_weight(autograd.tensor([[[1.0, 2.0, 3.0]]]), (1, 1, 2), autograd.ones(1, 1, 2))
    tensor([[[3., 5.]]])
    """
    return _weight(input, weight_size, grad_output, (stride, padding, dilation, groups), "conv1d_weight")


def conv2d_input(
    input_size: Sequence[int],
    weight: Tensor,
    grad_output: Tensor,
    stride: Sizes = 1,
    padding: Sizes = 0,
    dilation: Sizes = 1,
    groups: int = 1,
) -> Tensor:
    """Return the gradient of `conv2d` with respect to its input: the transposed convolution of the output's gradient.

    ``grad_input[n, c, i s + u d - p, j s + v d - p]`` is the sum of all ``grad_output[n, o, i, j] weight[o, c, u, v]``
    that fall there.

    Parameters
    ----------
    input_size : tuple of int
        (images, channels, height, width) of the input, whose values do not matter.
    weight : Tensor, shape (out channels, channels / groups, kernel height, kernel width)
    grad_output : Tensor
        Of the output's shape.
    stride, padding, dilation, groups
        As of the convolution.

    Raises
    ------
    RuntimeError
        If the sizes do not belong together.

    Examples
    --------
    >>> import autograd, nn.grad
    >>> nn.grad.conv2d_input((1, 1, 3, 3), autograd.ones(1, 1, 2, 2), autograd.ones(1, 1, 2, 2))
    tensor([[[[1., 2., 1.],
              [2., 4., 2.],
              [1., 2., 1.]]]])
    """
    return _input(input_size, weight, grad_output, (stride, padding, dilation, groups), "conv2d_input")


def conv2d_weight(
    input: Tensor,
    weight_size: Sequence[int],
    grad_output: Tensor,
    stride: Sizes = 1,
    padding: Sizes = 0,
    dilation: Sizes = 1,
    groups: int = 1,
) -> Tensor:
    """Return the gradient of `conv2d` with respect to its weight: input and output's gradient, correlated.

    ``grad_weight[o, c, u, v] = sum over n, i, j of grad_output[n, o, i, j] x[n, c, i s + u d, j s + v d]``, with padded
    input x.

    Parameters
    ----------
    input : Tensor, shape (images, channels, height, width)
    weight_size : tuple of int
        Shape of the weight, whose values do not matter.
    grad_output : Tensor
        Of the output's shape.
    stride, padding, dilation, groups
        As of the convolution.

    Raises
    ------
    RuntimeError
        If the sizes do not belong together.

    Examples
    --------
    >>> import autograd, nn.grad
    >>> x = autograd.tensor([[[[1.0, 2.0], [3.0, 4.0]]]])
    >>> nn.grad.conv2d_weight(x, (1, 1, 1, 2), autograd.ones(1, 1, 2, 1))
    tensor([[[[4., 6.]]]])
    """
    return _weight(input, weight_size, grad_output, (stride, padding, dilation, groups), "conv2d_weight")


def conv3d_input(
    input_size: Sequence[int],
    weight: Tensor,
    grad_output: Tensor,
    stride: Sizes = 1,
    padding: Sizes = 0,
    dilation: Sizes = 1,
    groups: int = 1,
) -> Tensor:
    """Return the gradient of `conv3d` with respect to its input, of shape `input_size`.

    Parameters
    ----------
    input_size : tuple of int
        (images, channels, depth, height, width) of the input.
    weight : Tensor, shape (out channels, channels / groups, kernel depth, kernel height, kernel width)
    grad_output, stride, padding, dilation, groups
        As of `conv2d_input`, which has the formula and the errors.

    Examples
    --------
    >>> import autograd, nn.grad
    >>> nn.grad.conv3d_input((1, 2, 4, 5, 6), autograd.ones(3, 2, 2, 2, 2), autograd.ones(1, 3, 3, 4, 5)).shape
    autograd.Size([1, 2, 4, 5, 6])
    """
    return _input(input_size, weight, grad_output, (stride, padding, dilation, groups), "conv3d_input")


def conv3d_weight(
    input: Tensor,
    weight_size: Sequence[int],
    grad_output: Tensor,
    stride: Sizes = 1,
    padding: Sizes = 0,
    dilation: Sizes = 1,
    groups: int = 1,
) -> Tensor:
    """Return the gradient of `conv3d` with respect to its weight, of shape `weight_size`.

    Parameters
    ----------
    input : Tensor, shape (images, channels, depth, height, width)
    weight_size : tuple of int
        (out channels, channels / groups, kernel depth, kernel height, kernel width).
    grad_output, stride, padding, dilation, groups
        As of `conv2d_weight`, which has the formula and the errors.

    Examples
    --------
    >>> import autograd, nn.grad
    >>> nn.grad.conv3d_weight(autograd.ones(1, 2, 4, 5, 6), (3, 2, 2, 2, 2), autograd.ones(1, 3, 3, 4, 5)).shape
    autograd.Size([3, 2, 2, 2, 2])
    """
    return _weight(input, weight_size, grad_output, (stride, padding, dilation, groups), "conv3d_weight")
