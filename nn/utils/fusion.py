"""Merging a batch normalisation, in evaluation, into the layer before it."""

from __future__ import annotations

import copy
from typing import TypeVar

from autograd import Tensor
from autograd.errors import describe
from nn.module import Module
from nn.parameter import Parameter

__all__ = ["fuse_conv_bn_eval", "fuse_conv_bn_weights", "fuse_linear_bn_eval", "fuse_linear_bn_weights"]

M = TypeVar("M", bound=Module)


def fuse_conv_bn_eval(conv: M, bn: Module, transpose: bool = False) -> M:
    """Return a copy of a convolution that computes what `conv` followed by `bn` does.

    Parameters
    ----------
    conv, bn : Module
        In evaluation mode.
    transpose : bool, default False
        Whether `conv` is a transposed convolution.

    Raises
    ------
    AssertionError
        If one is in training mode, or `bn` keeps no running statistics.

    Examples
    --------
    >>> import autograd, nn
    >>> conv, bn = nn.Conv2d(3, 8, 3).eval(), nn.BatchNorm2d(8).eval()
    >>> fused, x = fuse_conv_bn_eval(conv, bn), autograd.ones(1, 3, 5, 5)
    >>> fused
    Conv2d(3, 8, kernel_size=(3, 3), stride=(1, 1))
    >>> autograd.allclose(fused(x), bn(conv(x)), atol=1e-5)
    True
    """
    _check_fusable(conv, bn)
    fused = copy.deepcopy(conv)
    fused.weight, fused.bias = fuse_conv_bn_weights(
        conv.weight, conv.bias, bn.running_mean, bn.running_var, bn.eps, bn.weight, bn.bias, transpose
    )
    return fused


def fuse_linear_bn_eval(linear: M, bn: Module) -> M:
    """Return a copy of a linear layer that computes what `linear` followed by `bn` does.

    Parameters
    ----------
    linear, bn : Module
        In evaluation mode.

    Raises
    ------
    AssertionError
        If one is in training mode, `bn` keeps no running statistics, or their sizes do not go together.

    Examples
    --------
    >>> import nn
    >>> fuse_linear_bn_eval(nn.Linear(3, 8).eval(), nn.BatchNorm1d(8).eval())
    Linear(in_features=3, out_features=8, bias=True)
    """
    _check_fusable(linear, bn)
    if bn.num_features not in (1, linear.out_features):
        raise AssertionError(
            describe(
                "To fuse, linear.out_features == bn.num_features or bn.num_features == 1, got "
                f"linear.out_features={linear.out_features} and bn.num_features={bn.num_features}"
            )
        )
    fused = copy.deepcopy(linear)
    fused.weight, fused.bias = fuse_linear_bn_weights(
        linear.weight, linear.bias, bn.running_mean, bn.running_var, bn.eps, bn.weight, bn.bias
    )
    return fused


def fuse_conv_bn_weights(
    conv_w: Tensor,
    conv_b: Tensor | None,
    bn_rm: Tensor,
    bn_rv: Tensor,
    bn_eps: float,
    bn_w: Tensor | None,
    bn_b: Tensor | None,
    transpose: bool = False,
) -> tuple[Parameter, Parameter]:
    """Return the weight and bias of the convolution that `fuse_conv_bn_eval` describes.

    ``scale = bn_w / sqrt(bn_rv + bn_eps)``; weight ``conv_w scale`` by output channel, bias ``(conv_b - bn_rm) scale +
    bn_b``.

    Parameters
    ----------
    conv_w : Tensor, shape (O, C, k...), or (C, O, k...) if `transpose`
    conv_b : Tensor, shape (O,), or None
    bn_rm, bn_rv : Tensor, shape (O,)
        Running mean and variance.
    bn_eps : float
    bn_w, bn_b : Tensor, shape (O,), or None
    transpose : bool, default False
        Whether it is a transposed convolution.

    Examples
    --------
    >>> import autograd
    >>> mean, var = autograd.ones(1), autograd.full((1,), 4.0)
    >>> weight, bias = fuse_conv_bn_weights(autograd.ones(1, 1, 1), None, mean, var, 0.0, None, None)
    >>> weight.item(), bias.item()
    (0.5, -0.5)
    """
    scale = (bn_rv + bn_eps) ** -0.5
    if bn_w is not None:
        scale = scale * bn_w
    shift = -bn_rm if conv_b is None else conv_b - bn_rm
    bias = shift * scale if bn_b is None else shift * scale + bn_b
    spread = [1] * (conv_w.ndim - 1)
    spread.insert(1 if transpose else 0, -1)
    requires_grad = conv_w.requires_grad
    weight = (conv_w * scale.reshape(spread)).to(conv_w.dtype)
    return (
        Parameter(weight.detach(), requires_grad),
        Parameter(bias.to(conv_w.dtype).detach(), requires_grad if conv_b is None else conv_b.requires_grad),
    )


def fuse_linear_bn_weights(
    linear_w: Tensor,
    linear_b: Tensor | None,
    bn_rm: Tensor,
    bn_rv: Tensor,
    bn_eps: float,
    bn_w: Tensor | None,
    bn_b: Tensor | None,
) -> tuple[Parameter, Parameter]:
    """Return the weight and bias of the linear layer that `fuse_linear_bn_eval` describes.

    Parameters
    ----------
    linear_w : Tensor, shape (out_features, in_features)
    linear_b : Tensor, shape (out_features,), or None
    bn_rm, bn_rv, bn_eps, bn_w, bn_b
        As in `fuse_conv_bn_weights`.

    Examples
    --------
    >>> import autograd
    >>> mean, var = autograd.ones(1), autograd.full((1,), 4.0)
    >>> weight, bias = fuse_linear_bn_weights(autograd.ones(1, 1), None, mean, var, 0.0, None, None)
    >>> weight.item(), bias.item()
    (0.5, -0.5)
    """
    return fuse_conv_bn_weights(linear_w, linear_b, bn_rm, bn_rv, bn_eps, bn_w, bn_b)


def _check_fusable(layer: Module, bn: Module) -> None:
    if layer.training or bn.training:
        raise AssertionError(describe("Fusion only for eval!", fix="call .eval() on both first"))
    if bn.running_mean is None or bn.running_var is None:
        raise AssertionError(
            describe(
                "bn.running_mean and bn.running_var must not be None",
                fix="build the normalisation with track_running_stats=True",
            )
        )
    if getattr(bn, "eps_mode", "var") != "var":
        raise AssertionError(describe("only eps_mode='var' can be fused"))
