"""Adam with another norm, with Nesterov's momentum, and rectified."""

from __future__ import annotations

from typing import Any

import autograd
from autograd import Tensor
from optim.adam import Betas, _begin, _check, _decayed
from optim.optimizer import Optimizer, Params, check_range

__all__ = ["Adamax", "NAdam", "RAdam"]


class Adamax(Optimizer):
    r"""Adam with the infinity norm.

    :math:`u = \max(\beta_2 u, |g| + \epsilon)`, :math:`\theta = \theta - \gamma m / ((1 - \beta_1^t) u)`.

    Here :math:`m = \beta_1 m + (1 - \beta_1) g`.

    Parameters
    ----------
    params : iterable of Tensor, of (name, Tensor), or of dict
    lr : float, default 2e-3
    betas : (float, float), default (0.9, 0.999)
    eps : float, default 1e-8
    weight_decay : float
    maximize : bool
    foreach, differentiable, capturable
        Accepted; they have no effect.

    Raises
    ------
    ValueError
        If a setting is out of range or NaN.

    References
    ----------
    D. P. Kingma, J. Ba, "Adam: a method for stochastic optimization", ICLR 2015, section 7.1.

    Examples
    --------
    Gradients of 4, then 0, with betas of a half: :math:`m` is 2, then 1, and :math:`u` 4, then 2; both steps are
    ``lr * m / ((1 - 0.5^t) u)``, that is ``2 / (0.5 * 4) = 1`` and ``1 / (0.75 * 2) = 2/3``.

    >>> import autograd, optim
    >>> w = autograd.tensor([2.0], requires_grad=True)
    >>> optimizer = optim.Adamax([w], lr=1.0, betas=(0.5, 0.5))
    >>> for g in (4.0, 0.0):
    ...     w.grad = autograd.tensor([g])
    ...     optimizer.step()
    >>> w
    tensor([0.3333], requires_grad=True)
    """

    def __init__(
        self,
        params: Params,
        lr: float = 2e-3,
        betas: Betas = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
    ) -> None:
        _check(lr, betas, eps, weight_decay)
        super().__init__(
            params,
            {
                "lr": lr,
                "betas": betas,
                "eps": eps,
                "weight_decay": weight_decay,
                "foreach": foreach,
                "maximize": maximize,
                "differentiable": differentiable,
                "capturable": capturable,
            },
        )

    def update(self, param: Tensor, grad: Tensor, state: dict[str, Any], group: dict[str, Any]) -> None:
        """Update one parameter and its averages."""
        step = _begin(state, param, ("exp_avg", "exp_inf"))
        direction = _decayed(param, grad, group)
        beta1, beta2 = group["betas"]
        mean, largest = state["exp_avg"], state["exp_inf"]
        mean.lerp_(direction, 1 - beta1)
        largest.copy_(autograd.maximum(largest * beta2, direction.abs() + group["eps"]))
        param.addcdiv_(mean, largest, value=-float(group["lr"]) / (1 - beta1**step))


class NAdam(Optimizer):
    r"""Adam with Nesterov's momentum.

    With :math:`m`, :math:`\hat v` of `Adam` and :math:`\pi_t = \mu_1 \mu_2 \cdots \mu_t`:
    :math:`\theta = \theta - \gamma \left( \frac{1 - \mu_t}{1 - \pi_t} g + \frac{\mu_{t+1}}{1 - \pi_{t+1}} m \right)
    / (\sqrt{\hat v} + \epsilon)`.

    Parameters
    ----------
    params : iterable of Tensor, of (name, Tensor), or of dict
    lr : float, default 2e-3
    betas : (float, float), default (0.9, 0.999)
    eps : float, default 1e-8
    weight_decay : float
    momentum_decay : float, default 4e-3
        :math:`\psi` of :math:`\mu_t = \beta_1 (1 - \tfrac12 0.96^{t\psi})`.
    decoupled_weight_decay : bool
    maximize : bool
    foreach, capturable, differentiable
        Accepted; they have no effect.

    Raises
    ------
    ValueError
        If a setting is out of range or NaN.

    References
    ----------
    T. Dozat, "Incorporating Nesterov momentum into Adam", ICLR workshop 2016.

    Examples
    --------
    With :math:`\psi = 0` and :math:`\beta_1 = 0.5` every :math:`\mu` is 0.25, and the first step along a gradient of 1
    is ``0.75 * (1 + 0.25 * 0.5 / (1 - 0.25^2))``, or 0.75 + 0.1.

    >>> import autograd, optim
    >>> w = autograd.tensor([1.0], requires_grad=True)
    >>> w.grad = autograd.tensor([1.0])
    >>> optim.NAdam([w], lr=0.75, betas=(0.5, 0.999), momentum_decay=0).step()
    >>> w
    tensor([0.1500], requires_grad=True)
    """

    def __init__(
        self,
        params: Params,
        lr: float = 2e-3,
        betas: Betas = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum_decay: float = 4e-3,
        decoupled_weight_decay: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
    ) -> None:
        _check(lr, betas, eps, weight_decay)
        check_range("momentum_decay value", momentum_decay)
        super().__init__(
            params,
            {
                "lr": lr,
                "betas": betas,
                "eps": eps,
                "weight_decay": weight_decay,
                "momentum_decay": momentum_decay,
                "decoupled_weight_decay": decoupled_weight_decay,
                "maximize": maximize,
                "foreach": foreach,
                "capturable": capturable,
                "differentiable": differentiable,
            },
        )

    def update(self, param: Tensor, grad: Tensor, state: dict[str, Any], group: dict[str, Any]) -> None:
        """Update one parameter and its averages."""
        if not state:
            state["step"] = autograd.zeros(())
            state["mu_product"] = autograd.ones(())
            state["exp_avg"], state["exp_avg_sq"] = autograd.zeros_like(param), autograd.zeros_like(param)
        state["step"] += 1
        step = int(state["step"].item())
        direction = _decayed(param, grad, group)
        beta1, beta2 = group["betas"]
        lr, decay = float(group["lr"]), group["momentum_decay"]
        mean, square = state["exp_avg"], state["exp_avg_sq"]
        now = beta1 * (1 - 0.5 * 0.96 ** (step * decay))
        following = beta1 * (1 - 0.5 * 0.96 ** ((step + 1) * decay))
        state["mu_product"] *= now
        product = state["mu_product"].item()
        mean.lerp_(direction, 1 - beta1)
        square.mul_(beta2).addcmul_(direction, direction, value=1 - beta2)
        root = square.div(1 - beta2**step).sqrt_().add_(group["eps"])
        param.addcdiv_(direction, root, value=-lr * (1 - now) / (1 - product))
        param.addcdiv_(mean, root, value=-lr * following / (1 - product * following))


class RAdam(Optimizer):
    r"""Rectified Adam: plain momentum until the variance of the adaptive step can be estimated.

    With :math:`\hat m`, :math:`v` of `Adam`, :math:`\rho_\infty = 2 / (1 - \beta_2) - 1` and
    :math:`\rho_t = \rho_\infty - 2 t \beta_2^t / (1 - \beta_2^t)`: :math:`\theta = \theta - \gamma \hat m` where
    :math:`\rho_t \le 5`, and from then on
    :math:`\theta = \theta - \gamma r_t \hat m \sqrt{1 - \beta_2^t} / (\sqrt v + \epsilon)`, with
    :math:`r_t^2 = (\rho_t - 4)(\rho_t - 2)\rho_\infty / ((\rho_\infty - 4)(\rho_\infty - 2)\rho_t)`.

    Parameters
    ----------
    params : iterable of Tensor, of (name, Tensor), or of dict
    lr : float, default 1e-3
    betas : (float, float), default (0.9, 0.999)
    eps : float, default 1e-8
    weight_decay : float
    decoupled_weight_decay : bool
    maximize : bool
    foreach, capturable, differentiable
        Accepted; they have no effect.

    Raises
    ------
    ValueError
        If a setting is out of range or NaN.

    References
    ----------
    L. Liu et al., "On the variance of the adaptive learning rate and beyond", ICLR 2020.

    Examples
    --------
    The first steps are momentum's: here ``0.1 * 2``.

    >>> import autograd, optim
    >>> w = autograd.tensor([1.0], requires_grad=True)
    >>> w.grad = autograd.tensor([2.0])
    >>> optim.RAdam([w], lr=0.1).step()
    >>> w
    tensor([0.8000], requires_grad=True)
    """

    def __init__(
        self,
        params: Params,
        lr: float = 1e-3,
        betas: Betas = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        decoupled_weight_decay: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
    ) -> None:
        _check(lr, betas, eps, weight_decay)
        super().__init__(
            params,
            {
                "lr": lr,
                "betas": betas,
                "eps": eps,
                "weight_decay": weight_decay,
                "maximize": maximize,
                "foreach": foreach,
                "capturable": capturable,
                "decoupled_weight_decay": decoupled_weight_decay,
                "differentiable": differentiable,
            },
        )

    def update(self, param: Tensor, grad: Tensor, state: dict[str, Any], group: dict[str, Any]) -> None:
        """Update one parameter and its averages."""
        step = _begin(state, param, ("exp_avg", "exp_avg_sq"))
        direction = _decayed(param, grad, group)
        beta1, beta2 = group["betas"]
        mean, square = state["exp_avg"], state["exp_avg_sq"]
        mean.lerp_(direction, 1 - beta1)
        square.mul_(beta2).addcmul_(direction, direction, value=1 - beta2)
        corrected = mean / (1 - beta1**step)
        longest = 2 / (1 - beta2) - 1
        length = longest - 2 * step * beta2**step / (1 - beta2**step)
        scale = float(group["lr"])
        if length <= 5.0:
            param.add_(corrected, alpha=-scale)
            return
        numerator = (length - 4) * (length - 2) * longest
        rectification = (numerator / ((longest - 4) * (longest - 2) * length)) ** 0.5
        adaptive = (1 - beta2**step) ** 0.5 / square.sqrt().add_(group["eps"])
        param.add_(corrected * adaptive, alpha=-scale * rectification)
