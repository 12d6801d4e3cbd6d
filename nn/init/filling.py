"""Initial values whose size does not depend on the shape: constants, distributions, matrices."""

from __future__ import annotations

import functools
import math
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Concatenate, ParamSpec

import autograd
from autograd import Tensor
from autograd.errors import describe

__all__ = [
    "constant_",
    "dirac_",
    "eye_",
    "normal_",
    "ones_",
    "orthogonal_",
    "skipped",
    "sparse_",
    "trunc_normal_",
    "uniform_",
    "zeros_",
]

P = ParamSpec("P")
_SKIPPED: ContextVar[bool] = ContextVar("convgrad_init_skipped", default=False)


@contextmanager
def skipped() -> Iterator[None]:
    """Leave tensors as they are inside the block: every function of this module returns its tensor untouched.

    Examples
    --------
    >>> import autograd, nn
    >>> w = autograd.zeros(2)
    >>> with nn.init.skipped():
    ...     nn.init.ones_(w)
    tensor([0., 0.])
    """
    token = _SKIPPED.set(True)
    try:
        yield
    finally:
        _SKIPPED.reset(token)


def _fills(function: Callable[Concatenate[Tensor, P], Tensor]) -> Callable[Concatenate[Tensor, P], Tensor]:
    """Let a function that fills its tensor record nothing, and do nothing inside `skipped`."""

    @functools.wraps(function)
    def inside(tensor: Tensor, *args: P.args, **kwargs: P.kwargs) -> Tensor:
        if _SKIPPED.get():
            return tensor
        with autograd.no_grad():
            return function(tensor, *args, **kwargs)

    return inside  # type: ignore[return-value]


@_fills
def uniform_(tensor: Tensor, a: float = 0.0, b: float = 1.0, generator: Any = None) -> Tensor:
    """Fill with values from the uniform distribution over [a, b).

    Parameters
    ----------
    tensor : Tensor
    a, b : float, default 0 and 1
    generator : Generator, optional

    Examples
    --------
    >>> import autograd, nn
    >>> w = nn.init.uniform_(autograd.empty(3, 5), -2.0, 2.0)
    >>> bool((w.abs() <= 2).all())
    True
    """
    tensor.uniform_(a, b, generator=generator)
    return tensor


@_fills
def normal_(tensor: Tensor, mean: float = 0.0, std: float = 1.0, generator: Any = None) -> Tensor:
    """Fill with values from the normal distribution N(mean, std^2).

    Parameters
    ----------
    tensor : Tensor
    mean, std : float, default 0 and 1
    generator : Generator, optional

    Examples
    --------
    >>> import autograd, nn
    >>> nn.init.normal_(autograd.empty(3, 5), std=0.01).shape
    autograd.Size([3, 5])
    """
    tensor.normal_(mean, std, generator=generator)
    return tensor


@_fills
def trunc_normal_(
    tensor: Tensor, mean: float = 0.0, std: float = 1.0, a: float = -2.0, b: float = 2.0, generator: Any = None
) -> Tensor:
    """Fill with values from N(mean, std^2) restricted to [a, b], by the inverse of its distribution function.

    Parameters
    ----------
    tensor : Tensor
    mean, std : float, default 0 and 1
    a, b : float, default -2 and 2
        Bounds of the values themselves, whatever `mean` and `std`.
    generator : Generator, optional

    Warns
    -----
    UserWarning
        If `mean` is more than two `std` outside the bounds.

    Examples
    --------
    >>> import autograd, nn
    >>> w = nn.init.trunc_normal_(autograd.empty(3, 5))
    >>> bool((w.abs() <= 2).all())
    True
    """
    if mean < a - 2 * std or mean > b + 2 * std:
        warnings.warn(
            "mean is more than 2 std from [a, b] in nn.init.trunc_normal_. "
            "The distribution of values may be incorrect.",
            stacklevel=3,
        )
    low, high = (math.erf((bound - mean) / (std * math.sqrt(2))) for bound in (a, b))
    quantiles = autograd.empty(tensor.shape, dtype=autograd.float64)
    quantiles.uniform_(low, high, generator=generator)
    values = quantiles.erfinv() * (std * math.sqrt(2)) + mean
    tensor.copy_(values.clamp(a, b))
    return tensor


@_fills
def constant_(tensor: Tensor, val: float) -> Tensor:
    """Fill with one value.

    Examples
    --------
    >>> import autograd, nn
    >>> nn.init.constant_(autograd.empty(3), 0.5)
    tensor([0.5000, 0.5000, 0.5000])
    """
    tensor.fill_(val)
    return tensor


def ones_(tensor: Tensor) -> Tensor:
    """Fill with ones.

    Examples
    --------
    >>> import autograd, nn
    >>> nn.init.ones_(autograd.empty(3))
    tensor([1., 1., 1.])
    """
    return constant_(tensor, 1.0)


def zeros_(tensor: Tensor) -> Tensor:
    """Fill with zeros.

    Examples
    --------
    >>> import nn
    >>> nn.init.zeros_(nn.Linear(3, 2).bias)
    Parameter containing:
    tensor([0., 0.], requires_grad=True)
    """
    return constant_(tensor, 0.0)


@_fills
def eye_(tensor: Tensor) -> Tensor:
    """Fill a matrix with the identity, or what of it fits.

    Raises
    ------
    ValueError
        If `tensor` is not a matrix.

    Examples
    --------
    >>> import autograd, nn
    >>> nn.init.eye_(autograd.empty(2, 3))
    tensor([[1., 0., 0.],
            [0., 1., 0.]])
    """
    _check_rank(tensor, (2,), "Only tensors with 2 dimensions are supported")
    tensor.copy_(autograd.eye(*tensor.shape))
    return tensor


@_fills
def dirac_(tensor: Tensor, groups: int = 1) -> Tensor:
    """Fill a convolution's weight so that it passes on as many input channels as it can.

    Parameters
    ----------
    tensor : Tensor, shape (O, C, k...)
    groups : int, default 1
        Each group of outputs passes on the same inputs.

    Raises
    ------
    ValueError
        If `tensor` is not the weight of a 1-d to 3-d convolution, or `groups` does not divide its outputs.

    Examples
    --------
    >>> import nn
    >>> layer = nn.Conv1d(2, 2, 3, padding=1, bias=False)
    >>> nn.init.dirac_(layer.weight)[0].tolist()
    [[0.0, 1.0, 0.0], [0.0, 0.0, 0.0]]
    """
    _check_rank(tensor, (3, 4, 5), "Only tensors with 3, 4, or 5 dimensions are supported")
    outputs, inputs, *kernel = tensor.shape
    if outputs % groups != 0:
        raise ValueError(describe("dim 0 must be divisible by groups", shapes={"tensor": tensor.shape}))
    tensor.fill_(0.0)
    centre = tuple(k // 2 for k in kernel)
    for group in range(groups):
        for channel in range(min(outputs // groups, inputs)):
            tensor[(group * (outputs // groups) + channel, channel, *centre)] = 1.0
    return tensor


@_fills
def orthogonal_(tensor: Tensor, gain: float = 1, generator: Any = None) -> Tensor:
    """Fill with a (semi-)orthogonal matrix, all axes but the first taken as one (Saxe et al. 2013).

    Parameters
    ----------
    tensor : Tensor, at least two axes
    gain : float, default 1
        Factor of the matrix.
    generator : Generator, optional

    Raises
    ------
    ValueError
        If `tensor` has fewer than two axes.

    Examples
    --------
    >>> import autograd, nn
    >>> w = nn.init.orthogonal_(autograd.empty(3, 5))
    >>> autograd.allclose(w @ w.T, autograd.eye(3), atol=1e-5)
    True
    """
    if tensor.ndim < 2:
        raise ValueError(
            describe(
                "Only tensors with 2 or more dimensions are supported", fix="unsqueeze the tensor, or use init.normal_"
            )
        )
    if 0 in tensor.shape:
        return tensor
    rows, columns = tensor.shape[0], math.prod(tensor.shape[1:])
    gaussian = autograd.empty(max(rows, columns), min(rows, columns), dtype=tensor.dtype)
    gaussian.normal_(0.0, 1.0, generator=generator)
    q, r = autograd.linalg.qr(gaussian)
    # The signs make the distribution uniform over orthogonal matrices.
    q = q * r.diagonal().sign()
    tensor.copy_((q if rows >= columns else q.transpose(0, 1)).reshape(tensor.shape) * gain)
    return tensor


@_fills
def sparse_(tensor: Tensor, sparsity: float, std: float = 0.01, generator: Any = None) -> Tensor:
    """Fill a matrix from N(0, std^2), and set a fraction `sparsity` of each column to zero (Martens 2010).

    Parameters
    ----------
    tensor : Tensor, shape (rows, columns)
    sparsity : float
        Rounded up to whole elements.
    std : float, default 0.01
    generator : Generator, optional

    Raises
    ------
    ValueError
        If `tensor` is not a matrix.

    Examples
    --------
    >>> import autograd, nn
    >>> (nn.init.sparse_(autograd.empty(4, 3), 0.5) == 0).sum(0)
    tensor([2, 2, 2])
    """
    _check_rank(tensor, (2,), "Only tensors with 2 dimensions are supported")
    rows, columns = tensor.shape
    zeros = math.ceil(sparsity * rows)
    tensor.normal_(0.0, std, generator=generator)
    for column in range(columns):
        tensor[autograd.randperm(rows, generator=generator)[:zeros], column] = 0.0
    return tensor


def _check_rank(tensor: Tensor, ranks: tuple[int, ...], phrase: str) -> None:
    if tensor.ndim not in ranks:
        raise ValueError(describe(phrase, shapes={"tensor": tensor.shape}))
