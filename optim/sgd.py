"""Stochastic gradient descent, and its form for large batches."""

from __future__ import annotations

from typing import Any

import autograd
from autograd import Tensor
from autograd.errors import describe
from autograd.update import sgd_
from optim.optimizer import Optimizer, Params, check_range

__all__ = ["LARS", "SGD"]


class SGD(Optimizer):
    r"""Stochastic gradient descent, with momentum.

    With :math:`d = g + \lambda\theta`: :math:`v = \mu v + (1 - \tau) d`, :math:`\theta = \theta - \gamma v`; with
    Nesterov's momentum :math:`\theta = \theta - \gamma (d + \mu v)`. The first step sets :math:`v = d`.

    Parameters
    ----------
    params : iterable of Tensor, of (name, Tensor), or of dict
    lr : float, default 1e-3
        Learning rate :math:`\gamma`.
    momentum, dampening, weight_decay : float
        :math:`\mu`, :math:`\tau` and :math:`\lambda`.
    nesterov : bool
    maximize : bool
        Ascend instead.
    foreach, differentiable, fused
        Accepted; they have no effect.

    Raises
    ------
    ValueError
        If a setting is out of range or NaN.

    References
    ----------
    I. Sutskever, J. Martens, G. Dahl, G. Hinton, "On the importance of initialization and momentum in deep learning",
    ICML 2013.

    Examples
    --------
    >>> import autograd, optim
    >>> w = autograd.tensor([1.0], requires_grad=True)
    >>> step = optim.SGD([w], lr=0.1)
    >>> (w * w).sum().backward()
    >>> step.step()
    >>> w
    tensor([0.8000], requires_grad=True)
    """

    def __init__(
        self,
        params: Params,
        lr: float = 1e-3,
        momentum: float = 0,
        dampening: float = 0,
        weight_decay: float = 0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        check_range("learning rate", lr)
        check_range("momentum value", momentum)
        check_range("weight_decay value", weight_decay)
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError(
                describe(
                    "Nesterov momentum requires a momentum and zero dampening",
                    fix="pass momentum=0.9 and leave dampening at 0",
                )
            )
        super().__init__(
            params,
            {
                "lr": lr,
                "momentum": momentum,
                "dampening": dampening,
                "weight_decay": weight_decay,
                "nesterov": nesterov,
                "maximize": maximize,
                "foreach": foreach,
                "differentiable": differentiable,
                "fused": fused,
            },
        )

    def update(self, param: Tensor, grad: Tensor, state: dict[str, Any], group: dict[str, Any]) -> None:
        """Update one parameter and its momentum."""
        buffer = state.get("momentum_buffer")
        first = buffer is None
        if first and group["momentum"]:
            buffer = state["momentum_buffer"] = autograd.empty_like(param)
        sgd_(
            param,
            grad,
            buffer,
            lr=float(group["lr"]),
            momentum=group["momentum"],
            dampening=group["dampening"],
            weight_decay=group["weight_decay"],
            nesterov=group["nesterov"],
            maximize=group["maximize"],
            first=first,
        )


class LARS(Optimizer):
    r"""Layer-wise adaptive rate scaling, for large batches.

    Each parameter's step is scaled by its trust ratio
    :math:`\eta \|\theta\| / (\|g\| + \lambda\|\theta\| + \epsilon)`; then momentum, as in `SGD`. One-dimensional
    parameters (biases, norms' weights) are not scaled.

    Parameters
    ----------
    params : iterable of Tensor or of dict
    lr, momentum, dampening, weight_decay : float
    nesterov, maximize : bool
    trust_coefficient : float, default 1e-3
        :math:`\eta`.
    eps : float

    Raises
    ------
    ValueError
        If a setting is out of range or NaN.

    References
    ----------
    Y. You, I. Gitman, B. Ginsburg, "Large batch training of convolutional networks", arXiv:1708.03888.

    Examples
    --------
    The norm of the weights is 5 and that of the gradient 2: the rate is scaled by ``0.2 * 5 / 2 = 0.5``.

    >>> import autograd, optim
    >>> w = autograd.tensor([[3.0, 4.0]], requires_grad=True)
    >>> w.grad = autograd.tensor([[0.0, 2.0]])
    >>> optim.LARS([w], lr=0.1, momentum=0, trust_coefficient=0.2).step()
    >>> w
    tensor([[3.0000, 3.9000]], requires_grad=True)
    """

    def __init__(
        self,
        params: Params,
        lr: float = 1e-3,
        momentum: float = 0.9,
        dampening: float = 0,
        weight_decay: float = 0,
        nesterov: bool = False,
        *,
        trust_coefficient: float = 1e-3,
        eps: float = 1e-8,
        maximize: bool = False,
    ) -> None:
        check_range("learning rate", lr)
        check_range("momentum value", momentum)
        check_range("weight_decay value", weight_decay)
        check_range("trust_coefficient value", trust_coefficient)
        super().__init__(
            params,
            {
                "lr": lr,
                "momentum": momentum,
                "dampening": dampening,
                "weight_decay": weight_decay,
                "nesterov": nesterov,
                "trust_coefficient": trust_coefficient,
                "eps": eps,
                "maximize": maximize,
            },
        )

    def update(self, param: Tensor, grad: Tensor, state: dict[str, Any], group: dict[str, Any]) -> None:
        """Update one parameter and its momentum."""
        decay = group["weight_decay"]
        direction = -grad if group["maximize"] else grad
        if decay:
            direction = direction + param * decay
        if param.ndim > 1:
            size, slope = param.norm().item(), grad.norm().item()
            if size > 0 and slope > 0:
                direction = direction * (group["trust_coefficient"] * size / (slope + decay * size + group["eps"]))
        first = "momentum_buffer" not in state
        if first and group["momentum"]:
            state["momentum_buffer"] = autograd.empty_like(param)
        sgd_(
            param,
            direction,
            state.get("momentum_buffer"),
            lr=float(group["lr"]),
            momentum=group["momentum"],
            dampening=group["dampening"],
            nesterov=group["nesterov"],
            first=first,
        )
