"""Batch and instance normalisation: statistics by channel, and running averages of them for evaluation."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import Any

import numpy as np

from autograd.errors import describe
from autograd.kernels import norm as kernels
from autograd.operation import Op
from autograd.ops.arguments import require_floating, require_tensors, same_type
from autograd.ops.conv import SumOverPositions
from autograd.ops.norm import BatchNorm, GroupNorm, require_channels, require_variety
from autograd.ops.registry import Maker, Sample, op
from autograd.ops.shape import reshape
from autograd.ops.transcend import sqrt
from autograd.tensor import Tensor

__all__ = ["batch_norm", "instance_norm"]

Array = np.ndarray[Any, np.dtype[Any]]


class ScaleChannels(Op):
    """``x * scale + shift`` by channel."""

    __slots__ = ()
    keeps = {0: (1,), 1: (0,)}

    def forward(self, x: Array, scale: Array, shift: Array | None) -> Array:
        return kernels.batch_norm_apply(x, scale, shift)

    def backward(self, grad: Tensor) -> tuple[Tensor | None, ...]:
        for_x, for_scale, for_shift = self.needs_input_grad
        x, scale = self.saved[:2] if for_x or for_scale else (None, None)
        return (
            ScaleChannels.apply(grad, scale, None) if for_x else None,
            SumOverPositions.apply(grad * x) if for_scale else None,
            SumOverPositions.apply(grad) if for_shift else None,
        )


def _by_channel(vector: Tensor, x: Tensor) -> Tensor:
    return reshape(vector, (-1, *(1,) * (x._data.ndim - 2)))


def _affine(input: Tensor, mean: Tensor, invstd: Tensor, weight: Tensor | None, bias: Tensor | None) -> Tensor:
    """Normalise by given statistics: two vectors by channel are all that the input meets."""
    scale = invstd if weight is None else weight * invstd
    shift = -mean * scale if bias is None else bias - mean * scale
    result: Tensor = ScaleChannels.apply(input, scale, shift)
    return result


def _track(running: Tensor | None, seen: Array, momentum: float) -> None:
    """Move a running average towards a new value, in place."""
    if running is not None:
        seen = seen.real
        running.copy_(Tensor((1 - momentum) * running._data + momentum * seen, None))


def _unbiased(var: Array, count: int) -> Array:
    return var * (count / max(count - 1, 1))


def _check_running(mean: Tensor | None, var: Tensor | None, needed: bool, rule: str, op: str) -> None:
    """Refuse running statistics that are missing.

    Raises
    ------
    RuntimeError
        If they are needed.
    ValueError
        If only one of them is there.
    """
    if needed and (mean is None or var is None):
        raise RuntimeError(describe(rule, op=op, fix="pass both, or normalise by the input's own statistics"))
    if (mean is None) != (var is None):
        raise ValueError(describe("running_mean and running_var must either both be None or neither be None", op=op))


def _check(op: str, input: Tensor, eps: float, **vectors: Tensor | None) -> int:
    """Check an input and its vectors by channel, and return the number of values of a channel.

    Raises
    ------
    ValueError
        If `eps` is negative.
    """
    shape = input._data.shape
    if len(shape) < 2:
        raise IndexError(
            describe(
                "Dimension out of range (expected to be in range of [-1, 0], but got 1)",
                op=op,
                shapes={"input": shape},
                rule="input is (N, C, ...)",
            )
        )
    if eps < 0:
        raise ValueError(describe(f"batch_norm eps must be non-negative, but got {eps}", op=op))
    require_channels(op, shape[1], **vectors)
    require_floating(op, input)
    for name, vector in vectors.items():
        if vector is not None and not same_type(vector, input) and input._data.dtype != np.float16:
            raise RuntimeError(
                describe(
                    "mixed dtype (CPU): all inputs must share same datatype.",
                    op=op,
                    rule=f"input holds {input._data.dtype}, {name} holds {vector._data.dtype}",
                    fix="convert the input with x.to(weight.dtype), or the layer",
                )
            )
    return int(shape[0] * prod(shape[2:]))


def _constant(tensor: Tensor) -> Tensor:
    return Tensor(tensor._data, None)


def _batches(make: Maker) -> Iterator[Sample]:
    mean, var = (_constant(make.positive(3)) for _ in range(2))
    yield Sample(make(4, 3, 2, 2), None, None, training=True)
    yield Sample(make(5, 3), None, None, make.positive(3), make(3), True, eps=1e-3)
    yield Sample(make(2, 3, 4), None, None, make.positive(3), None, True)
    yield Sample(make(2, 3, 4), None, None, None, make(3), True)
    yield Sample(make(2, 3, 2, 2), mean, var, make.positive(3), make(3), False, 0.1, 1e-3)
    yield Sample(make(2, 3, 4), mean, var)
    yield Sample(make(1, 3, 2, 2, 1), mean, var, make.positive(3))
    yield Sample(make(0, 3, 2), mean, var, make.positive(3), make(3))
    yield Sample(make(4, 3, 2, 2), None, None, make.positive(3), make(3), True, eps=0.1, eps_mode="std")
    yield Sample(make(2, 3, 4), mean, var, make.positive(3), make(3), eps=0.1, eps_mode="std")


@op(_batches, method=False)
def batch_norm(
    input: Tensor,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
    *,
    eps_mode: str = "var",
) -> Tensor:
    """Normalise every channel over the batch: ``(x - mean) / sqrt(var + eps) * weight + bias``.

    Ioffe and Szegedy, "Batch Normalization", 2015. In training the batch's own statistics are used, the variance
    biased, and the running ones, if given, are moved towards them in place, the variance unbiased:
    ``running = (1 - momentum) * running + momentum * seen``.

    Parameters
    ----------
    input : Tensor, shape (N, C, ...)
    running_mean, running_var : Tensor, shape (C,), or None
        Needed in evaluation.
    weight, bias : Tensor, shape (C,), optional
    training : bool
    momentum : float
        Share of the new value in the running averages.
    eps : float
    eps_mode : {'var', 'std'}
        'std' divides by ``sqrt(var) + eps`` instead.

    Raises
    ------
    RuntimeError
        If shapes or dtypes do not fit, or evaluation lacks running statistics.
    ValueError
        If training has a single value a channel, or a setting is invalid.

    Examples
    --------
    >>> import autograd
    >>> batch_norm(autograd.tensor([[1.0], [3.0]]), None, None, training=True, eps=3.0)
    tensor([[-0.5000],
            [ 0.5000]])
    """
    require_tensors("batch_norm", input=input)
    if eps_mode not in ("var", "std"):
        raise ValueError(describe(f"eps_mode must be 'var' or 'std', got {eps_mode!r}", op="batch_norm"))
    missing = "running_mean" if running_mean is None else "running_var"
    _check_running(
        running_mean, running_var, not training, f"{missing} must be defined in evaluation mode", "batch_norm"
    )
    vectors = {"running_mean": running_mean, "running_var": running_var, "weight": weight, "bias": bias}
    if training and eps <= 0:
        raise ValueError(describe(f"batch_norm eps must be positive during training, but got {eps}", op="batch_norm"))
    count = _check("batch_norm", input, eps, **vectors)
    if not training and running_mean is not None and running_var is not None:
        deviation = sqrt(running_var) + eps if eps_mode == "std" else sqrt(running_var + eps)
        return _affine(input, running_mean, 1 / deviation, weight, bias)
    phrase = "Expected more than 1 value per channel when training"
    require_variety(count, input._data.shape, phrase, "batch_norm")
    mean, var = kernels.batch_stats(input._data)
    if count:
        _track(running_mean, mean, momentum)
        _track(running_var, _unbiased(var, count), momentum)
    if eps_mode == "std":
        return _by_deviation(input, weight, bias, eps)
    result: Tensor = BatchNorm.apply(input, weight, bias, mean=mean, var=var, eps=eps)
    return result


def _by_deviation(input: Tensor, weight: Tensor | None, bias: Tensor | None, eps: float) -> Tensor:
    """Normalise by the batch's standard deviation plus eps."""
    axes = (0, *range(2, input._data.ndim))
    centred = input - input.mean(axes, keepdim=True)
    out: Tensor = centred / (input.std(axes, correction=0, keepdim=True) + eps)
    out = out if weight is None else out * _by_channel(weight, input)
    return out if bias is None else out + _by_channel(bias, input)


def _instances(make: Maker) -> Iterator[Sample]:
    yield Sample(make(2, 3, 4))
    yield Sample(make(2, 3, 2, 3), None, None, make.positive(3), make(3), True, 0.2, 1e-3)
    mean, var = (_constant(make.positive(3)) for _ in range(2))
    yield Sample(make(2, 3, 4), mean, var, make.positive(3), make(3), False)
    yield Sample(make(0, 3, 4), weight=make.positive(3))


@op(_instances, method=False)
def instance_norm(
    input: Tensor,
    running_mean: Tensor | None = None,
    running_var: Tensor | None = None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    use_input_stats: bool = True,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    """Normalise every channel of every image by its own mean and variance.

    Ulyanov, Vedaldi and Lempitsky, "Instance Normalization", 2016. Running statistics, if given, are moved towards the
    images' average, in place.

    Parameters
    ----------
    input : Tensor, shape (N, C, ...)
    running_mean, running_var : Tensor, shape (C,), optional
        Used instead of the images' own if `use_input_stats` is False.
    weight, bias : Tensor, shape (C,), optional
    use_input_stats : bool
    momentum : float
    eps : float

    Raises
    ------
    RuntimeError
        If shapes or dtypes do not fit, or running statistics are needed and missing.
    ValueError
        If an image has a single position.

    Examples
    --------
    >>> import autograd
    >>> import nn.functional as F
    >>> x = autograd.tensor([[[1.0, 3.0], [10.0, 14.0]]])
    >>> F.instance_norm(x, eps=0.0)
    tensor([[[-1.,  1.],
             [-1.,  1.]]])
    """
    require_tensors("instance_norm", input=input)
    positions = prod(input._data.shape[2:])
    if use_input_stats:
        phrase = "Expected more than 1 spatial element when training"
        require_variety(positions, input._data.shape, phrase, "instance_norm")
    rule = "Expected running_mean and running_var to be defined when use_input_stats is false"
    _check_running(running_mean, running_var, not use_input_stats, rule, "instance_norm")
    vectors = {"running_mean": running_mean, "running_var": running_var, "weight": weight, "bias": bias}
    _check("instance_norm", input, eps, **vectors)
    if not use_input_stats and running_mean is not None and running_var is not None:
        return _affine(input, running_mean, 1 / sqrt(running_var + eps), weight, bias)
    channels = input._data.shape[1]
    if running_mean is not None and input._data.size:
        mean, var = kernels.group_stats(input._data, channels)
        _track(running_mean, mean.mean(0), momentum)
        _track(running_var, _unbiased(var, positions).mean(0), momentum)
    result: Tensor = GroupNorm.apply(input, weight, bias, groups=channels, eps=eps)
    return result
