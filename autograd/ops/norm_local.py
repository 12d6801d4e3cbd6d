"""Normalisations composed of other operations: by root mean square, by neighbouring channels, by length."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from autograd.errors import describe
from autograd.kernels.layout import compute_dtype
from autograd.ops.arguments import require_tensors
from autograd.ops.norm import normalized_axes
from autograd.ops.padding import pad
from autograd.ops.pool_average import avg_pool1d
from autograd.ops.promote import cast
from autograd.ops.registry import Maker, Sample, op
from autograd.tensor import Tensor

__all__ = ["local_response_norm", "normalize", "rms_norm"]


def _rooted(make: Maker) -> Iterator[Sample]:
    yield Sample(make(2, 3, 4), (4,))
    yield Sample(make(2, 3, 4), (3, 4), make.positive(3, 4), 1e-3)
    yield Sample(make(0, 3), [3], make.positive(3))


@op(_rooted, method=False)
def rms_norm(
    input: Tensor, normalized_shape: Sequence[int], weight: Tensor | None = None, eps: float | None = None
) -> Tensor:
    """Divide the last axes by their root mean square: ``x / sqrt(mean(x^2) + eps) * weight``.

    Zhang and Sennrich, "Root Mean Square Layer Normalization", 2019.

    Parameters
    ----------
    input : Tensor, shape (..., normalized_shape)
    normalized_shape : sequence of int
    weight : Tensor, shape normalized_shape, optional
    eps : float, optional
        The dtype's machine epsilon by default.

    Raises
    ------
    RuntimeError
        If the shapes do not fit.

    Examples
    --------
    >>> import autograd
    >>> import nn.functional as F
    >>> F.rms_norm(autograd.tensor([[3.0, -3.0], [1.0, 7.0]]), (2,), eps=0.0)
    tensor([[ 1.0000, -1.0000],
            [ 0.2000,  1.4000]])
    """
    count = normalized_axes(input, normalized_shape, "rms_norm", weight=weight)
    rank = input._data.ndim
    small = float(np.finfo(compute_dtype(input._data.dtype)).eps) if eps is None else eps
    kind = input._data.dtype
    x = cast(input, compute_dtype(kind))
    squares = (x * x).mean(tuple(range(rank - count, rank)), keepdim=True)
    out: Tensor = x * (squares + small).rsqrt()
    return cast(out if weight is None else out * weight, kind)


def _neighbours(make: Maker) -> Iterator[Sample]:
    yield Sample(make(2, 5, 3), 3)
    yield Sample(make(2, 4, 2, 3), 2, 0.1, 0.5, 2.0)
    yield Sample(make(0, 4, 3), 3)


@op(_neighbours, method=False)
def local_response_norm(input: Tensor, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> Tensor:
    """Divide by ``(k + alpha / size * sum of x^2 over size channels) ^ beta``.

    Krizhevsky, Sutskever and Hinton, "ImageNet Classification with Deep Convolutional Neural Networks", 2012.

    Parameters
    ----------
    input : Tensor, shape (N, C, ...)
    size : int
        Number of neighbouring channels.
    alpha, beta, k : float

    Raises
    ------
    ValueError
        If the input has fewer than 3 axes.

    Examples
    --------
    >>> import autograd
    >>> import nn.functional as F
    >>> F.local_response_norm(autograd.ones(1, 2, 1), 2, alpha=2.0, beta=1.0)
    tensor([[[0.5000],
             [0.3333]]])
    """
    require_tensors("local_response_norm", input=input)
    shape = input._data.shape
    if len(shape) < 3:
        raise ValueError(
            describe(
                f"Expected 3D or higher dimensionality input (got {len(shape)} dimensions)", op="local_response_norm"
            )
        )
    if size < 1:
        raise RuntimeError(
            describe("kernel size should be greater than zero", op="local_response_norm", rule=f"size is {size}")
        )
    if not input._data.size:
        return input
    lines = (input * input).reshape(shape[0], shape[1], -1).transpose(1, 2)
    means = avg_pool1d(pad(lines, (size // 2, (size - 1) // 2)), size, 1).transpose(1, 2).reshape(shape)
    result: Tensor = input / (means * alpha + k) ** beta
    return result


def _directions(make: Maker) -> Iterator[Sample]:
    yield Sample(make.nonzero(3, 4))
    yield Sample(make.nonzero(2, 3, 4), 3.0, -1, 0.1)
    yield Sample(make.nonzero(3, 4), 1.0, 0)
    yield Sample(make.nonzero(3, 4) * 1e-3, eps=1.0)


@op(_directions, method=False)
def normalize(input: Tensor, p: float = 2.0, dim: int = 1, eps: float = 1e-12) -> Tensor:
    """Divide by the p-norm along an axis: ``x / max(|x|_p, eps)``.

    Parameters
    ----------
    input : Tensor
    p : float
    dim : int
    eps : float
        Smallest divisor.

    Examples
    --------
    >>> import autograd
    >>> import nn.functional as F
    >>> F.normalize(autograd.tensor([[3.0, 4.0], [0.0, 0.0]]))
    tensor([[0.6000, 0.8000],
            [0.0000, 0.0000]])
    """
    require_tensors("normalize", input=input)
    result: Tensor = input / input.norm(p, dim, keepdim=True).clamp_min(eps)
    return result
