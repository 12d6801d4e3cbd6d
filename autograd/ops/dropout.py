"""Dropout: random elements or channels are left out in training, and the rest scaled so that the mean stays."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from autograd.errors import describe
from autograd.ops.arguments import require_tensors, scalar_type
from autograd.ops.random import uniform
from autograd.ops.registry import Maker, Sample, op
from autograd.tensor import Tensor

__all__ = ["alpha_dropout", "dropout", "dropout1d", "dropout2d", "dropout3d", "feature_alpha_dropout"]

Array = np.ndarray[Any, np.dtype[Any]]

SELU_LIMIT = 1.7580993408473766
"""The value SELU tends to for large negative inputs, with its sign turned."""


def _check(input: Any, p: float, training: bool, op: str) -> None:
    """Check the arguments of a dropout.

    Raises
    ------
    ValueError
        If `p` is no probability.
    RuntimeError
        If integers would be scaled.
    """
    if not 0.0 <= p <= 1.0:
        raise ValueError(describe(f"dropout probability has to be between 0 and 1, but got {p}", op=op))
    require_tensors(op, input=input)
    if training and input._data.dtype.kind not in "fc":
        raise RuntimeError(
            describe(
                f"result type Float can't be cast to the desired output type {scalar_type(input._data.dtype)}",
                op=op,
                fix="convert the input with x.float()",
            )
        )


def _kept(shape: Sequence[int], kind: np.dtype[Any], p: float) -> Array:
    """Draw which elements stay, as ones and zeros."""
    if p in (0.0, 1.0):
        return np.full(shape, 1.0 - p, kind)
    return (uniform(shape, np.dtype(np.float32)) >= p).astype(kind)


def _drop(input: Tensor, p: float, training: bool, inplace: bool, shape: Sequence[int]) -> Tensor:
    """Scale by a random mask of a shape that broadcasts to the input's."""
    if not training or p == 0 or not input._data.size:
        return input
    kept = _kept(shape, input._data.dtype, p)
    noise = Tensor(kept if p == 1 else kept / kept.dtype.type(1 - p), None)
    result: Tensor = input.mul_(noise) if inplace else input * noise
    return result


def _drop_to_limit(input: Tensor, p: float, training: bool, inplace: bool, shape: Sequence[int]) -> Tensor:
    """Set random elements to SELU's limit, and restore mean and variance."""
    if not training or p == 0 or not input._data.size:
        return input
    kept = _kept(shape, input._data.dtype, p)
    if p == 1:
        scale, shift = kept, kept
    else:
        factor = 1 / math.sqrt((1 - p) * (1 + p * SELU_LIMIT**2))
        scale = kept * kept.dtype.type(factor)
        shift = (kept - 1 + kept.dtype.type(p)) * kept.dtype.type(SELU_LIMIT * factor)
    if inplace:
        changed: Tensor = input.mul_(Tensor(scale, None)).add_(Tensor(shift, None))
        return changed
    return input * Tensor(scale, None) + Tensor(shift, None)


def _certain(*shapes: tuple[int, ...]) -> Callable[[Maker], Iterator[Sample]]:
    """Samples without chance: evaluation, and p of 0 and 1."""

    def samples(make: Maker) -> Iterator[Sample]:
        for shape in shapes:
            yield Sample(make(*shape), 0.3, False)
            yield Sample(make(*shape), 0.0, True)
            yield Sample(make(*shape), 1.0, True)

    return samples


@op(_certain((3, 4), (0, 2)), method=False)
def dropout(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Set random elements to zero, and scale the others by ``1 / (1 - p)``.

    Srivastava et al., "Dropout", 2014.

    Parameters
    ----------
    input : Tensor
    p : float
        Probability of an element to be left out.
    training : bool
        Whether to do anything.
    inplace : bool
        Overwrite the input.

    Raises
    ------
    ValueError
        If `p` is no probability.

    Examples
    --------
    >>> import autograd, nn.functional as F
    >>> F.dropout(autograd.ones(3), p=0.5, training=False)
    tensor([1., 1., 1.])
    >>> dropped = F.dropout(autograd.ones(100))
    >>> bool(((dropped == 0) | (dropped == 2)).all())
    True
    """
    _check(input, p, training, "dropout")
    return _drop(input, p, training, inplace, input._data.shape)


def _channels(input: Tensor, training: bool = True) -> tuple[int, ...]:
    """Return the shape of a mask with one entry a channel of a sample; nothing is masked in evaluation.

    Raises
    ------
    RuntimeError
        If there are fewer than two axes.
    """
    shape: tuple[int, ...] = input._data.shape
    if training and len(shape) < 2:
        raise RuntimeError(describe("Feature dropout requires at least 2 dimensions in the input", op="dropout"))
    return shape[:2] + (1,) * (len(shape) - 2)


def _unusual(input: Tensor, rank: int, op: str) -> None:
    """Warn of an input that has no `rank` spatial axes."""
    warnings.warn(
        f"{op}: Received a {input._data.ndim}-D input to {op}, which is deprecated and will result in an error in a "
        "future release. To retain the behavior and silence this warning, please use dropout instead. Note that "
        f"{op} exists to provide channel-wise dropout on inputs with {rank} spatial dimensions, a channel dimension, "
        f"and an optional batch dimension (i.e. {rank + 1}D or {rank + 2}D inputs).",
        UserWarning,
        stacklevel=3,
    )


@op(_certain((2, 3, 4), (3, 4)), method=False)
def dropout1d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Set random channels of sequences to zero, and scale the others; input (N, C, L) or (C, L).

    Parameters
    ----------
    input : Tensor, shape (N, C, L) or (C, L)
    p, training, inplace
        As in `dropout`; each channel is kept or left out as a whole.

    Raises
    ------
    RuntimeError
        If the input has another rank.

    Examples
    --------
    >>> import autograd, nn.functional as F
    >>> F.dropout1d(autograd.ones(2, 3), p=1.0)
    tensor([[0., 0., 0.],
            [0., 0., 0.]])
    """
    _check(input, p, training, "dropout1d")
    rank = input._data.ndim
    if rank not in (2, 3):
        raise RuntimeError(
            describe(
                f"dropout1d: Expected 2D or 3D input, but received a {rank}D input. Note that dropout1d exists to "
                "provide channel-wise dropout on inputs with 1 spatial dimension, a channel dimension, and an optional "
                "batch dimension (i.e. 2D or 3D inputs).",
                op="dropout1d",
            )
        )
    shape = input._data.shape
    return _drop(input, p, training, inplace, _channels(input) if rank == 3 else (shape[0], 1))


@op(_certain((2, 3, 4, 2)), method=False)
def dropout2d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Set random channels of images to zero, and scale the others; input (N, C, H, W), and (N, C, L) with a warning.

    Parameters
    ----------
    input : Tensor, shape (N, C, H, W)
    p, training, inplace
        As in `dropout`; each channel is kept or left out as a whole.

    Examples
    --------
    >>> import autograd, nn.functional as F
    >>> channels = F.dropout2d(autograd.ones(2, 3, 4, 4)).sum((2, 3))
    >>> bool(((channels == 0) | (channels == 32)).all())
    True
    """
    _check(input, p, training, "dropout2d")
    if input._data.ndim not in (3, 4):
        _unusual(input, 2, "dropout2d")
    elif input._data.ndim == 3:
        warnings.warn(
            "dropout2d: Received a 3D input to dropout2d and assuming that channel-wise 1D dropout behavior is desired "
            "- input is interpreted as shape (N, C, L), where C is the channel dim. To maintain the 1D channel-wise "
            "dropout behavior, please switch to using dropout1d instead.",
            UserWarning,
            stacklevel=2,
        )
    return _drop(input, p, training, inplace, _channels(input, training))


@op(_certain((2, 3, 2, 2, 2), (3, 2, 2, 2)), method=False)
def dropout3d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Set random channels of volumes to zero, and scale the others; input (N, C, D, H, W) or (C, D, H, W).

    Parameters
    ----------
    input : Tensor, shape (N, C, D, H, W) or (C, D, H, W)
    p, training, inplace
        As in `dropout`; each channel is kept or left out as a whole.

    Examples
    --------
    >>> import autograd, nn.functional as F
    >>> channels = F.dropout3d(autograd.ones(2, 3, 2, 2, 2)).sum((2, 3, 4))
    >>> bool(((channels == 0) | (channels == 16)).all())
    True
    """
    _check(input, p, training, "dropout3d")
    rank, shape = input._data.ndim, input._data.shape
    if rank not in (4, 5):
        _unusual(input, 3, "dropout3d")
    return _drop(input, p, training, inplace, _channels(input) if rank == 5 else shape[:1] + (1,) * (rank - 1))


@op(_certain((3, 4)), method=False)
def alpha_dropout(input: Tensor, p: float = 0.5, training: bool = False, inplace: bool = False) -> Tensor:
    """Set random elements to SELU's limit, and restore mean and variance by an affine map.

    Klambauer et al., "Self-Normalizing Neural Networks", 2017.

    Parameters
    ----------
    input : Tensor
    p : float
        Probability of an element to be set.
    training : bool, default False
        Whether to do anything.
    inplace : bool
        Overwrite the input.

    Raises
    ------
    ValueError
        If `p` is no probability.

    Examples
    --------
    >>> import autograd, nn.functional as F
    >>> F.alpha_dropout(autograd.ones(3))
    tensor([1., 1., 1.])
    >>> len(F.alpha_dropout(autograd.ones(100), training=True).unique())
    2
    """
    _check(input, p, training, "alpha_dropout")
    return _drop_to_limit(input, p, training, inplace, input._data.shape)


@op(_certain((2, 3, 4)), method=False)
def feature_alpha_dropout(input: Tensor, p: float = 0.5, training: bool = False, inplace: bool = False) -> Tensor:
    """Set random channels to SELU's limit, and restore mean and variance by an affine map; see `alpha_dropout`.

    Parameters
    ----------
    input : Tensor, shape (N, C, ...)
    p, training, inplace
        As in `alpha_dropout`; each channel is kept or set as a whole.

    Examples
    --------
    >>> import autograd, nn.functional as F
    >>> channels = F.feature_alpha_dropout(autograd.ones(2, 3, 4), training=True)
    >>> bool((channels == channels[..., :1]).all())
    True
    """
    _check(input, p, training, "feature_alpha_dropout")
    return _drop_to_limit(input, p, training, inplace, _channels(input, training))
