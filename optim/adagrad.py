"""Steps scaled by accumulated squared gradients: Adagrad, RMSprop, Adadelta."""

from __future__ import annotations

from typing import Any

import autograd
from autograd import Tensor
from optim.optimizer import Optimizer, Params, check_range, set_apart

__all__ = ["Adadelta", "Adagrad", "RMSprop"]


def _descent(param: Tensor, grad: Tensor, group: dict[str, Any]) -> Tensor:
    """Return the gradient to descend along, with the weight decay's part."""
    direction = -grad if group["maximize"] else grad
    return direction + param * group["weight_decay"] if group["weight_decay"] else direction


def _root(square: Tensor, group: dict[str, Any]) -> Tensor:
    """Return ``sqrt(s) + eps``, or ``sqrt(s + eps)`` where the group asks for that form."""
    root: Tensor = (square + group["eps"]).sqrt_() if group.get("eps_inside_sqrt") else square.sqrt().add_(group["eps"])
    return root


class Adagrad(Optimizer):
    r"""Adagrad: steps shrink with all squared gradients so far.

    :math:`s = s + g^2`, :math:`\theta = \theta - \gamma_t g / (\sqrt{s} + \epsilon)`,
    :math:`\gamma_t = \gamma / (1 + (t - 1)\eta)`.

    Parameters
    ----------
    params : iterable of Tensor, of (name, Tensor), or of dict
    lr : float, default 1e-2
    lr_decay : float
        :math:`\eta`.
    weight_decay : float
    initial_accumulator_value : float
        Where :math:`s` starts.
    eps : float, default 1e-10
    maximize : bool
    eps_inside_sqrt : bool
        Divide by :math:`\sqrt{s + \epsilon}` instead.
    foreach, differentiable, fused
        Accepted; they have no effect.

    Raises
    ------
    ValueError
        If a setting is out of range or NaN.

    References
    ----------
    J. Duchi, E. Hazan, Y. Singer, "Adaptive subgradient methods for online learning and stochastic optimization",
    JMLR 2011.

    Examples
    --------
    Gradients of 3, then 4, make steps of ``3 / sqrt(9)`` and ``4 / sqrt(9 + 16)``.

    >>> import autograd, optim
    >>> w = autograd.tensor([2.0], requires_grad=True)
    >>> optimizer = optim.Adagrad([w], lr=1.0)
    >>> for g in (3.0, 4.0):
    ...     w.grad = autograd.tensor([g])
    ...     optimizer.step()
    >>> w
    tensor([0.2000], requires_grad=True)
    """

    def __init__(
        self,
        params: Params,
        lr: float = 1e-2,
        lr_decay: float = 0,
        weight_decay: float = 0,
        initial_accumulator_value: float = 0,
        eps: float = 1e-10,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
        eps_inside_sqrt: bool = False,
    ) -> None:
        check_range("learning rate", lr)
        check_range("lr_decay value", lr_decay)
        check_range("weight_decay value", weight_decay)
        check_range("initial_accumulator_value value", initial_accumulator_value)
        check_range("epsilon value", eps)
        super().__init__(
            params,
            {
                "lr": lr,
                "lr_decay": lr_decay,
                "eps": eps,
                "weight_decay": weight_decay,
                "initial_accumulator_value": initial_accumulator_value,
                "foreach": foreach,
                "maximize": maximize,
                "differentiable": differentiable,
                "fused": fused,
            }
            | set_apart(eps_inside_sqrt=(eps_inside_sqrt, False)),
        )
        # The accumulator exists before the first step, as it may start above zero.
        for group in self.param_groups:
            for p in group["params"]:
                start = group["initial_accumulator_value"]
                self.state[p] = {"step": autograd.zeros(()), "sum": autograd.full_like(p, start).detach()}

    def update(self, param: Tensor, grad: Tensor, state: dict[str, Any], group: dict[str, Any]) -> None:
        """Update one parameter and its accumulator."""
        if not state:
            start = group["initial_accumulator_value"]
            state.update(step=autograd.zeros(()), sum=autograd.full_like(param, start).detach())
        state["step"] += 1
        direction = _descent(param, grad, group)
        rate = float(group["lr"]) / (1 + (state["step"].item() - 1) * group["lr_decay"])
        state["sum"].addcmul_(direction, direction, value=1)
        param.addcdiv_(direction, _root(state["sum"], group), value=-rate)


class RMSprop(Optimizer):
    r"""RMSprop: :math:`s = \alpha s + (1 - \alpha) g^2`, :math:`\theta = \theta - \gamma g / (\sqrt{s} + \epsilon)`.

    With momentum, :math:`b = \mu b + g / (\sqrt{s} + \epsilon)` and :math:`\theta = \theta - \gamma b`.

    Parameters
    ----------
    params : iterable of Tensor, of (name, Tensor), or of dict
    lr : float, default 1e-2
    alpha : float, default 0.99
    eps : float, default 1e-8
    weight_decay : float
    momentum : float
        Of the scaled gradient.
    centered : bool
        Subtract the squared average gradient from :math:`s`.
    maximize : bool
    eps_inside_sqrt : bool
        Divide by :math:`\sqrt{s + \epsilon}` instead.
    capturable, foreach, differentiable
        Accepted; they have no effect.

    Raises
    ------
    ValueError
        If a setting is out of range or NaN.

    References
    ----------
    G. Hinton, "Neural networks for machine learning", lecture 6e, 2012.

    Examples
    --------
    A gradient of 2 makes ``s = 0.25 * 4 = 1`` and a step of ``0.1 * 2 / sqrt(1)``.

    >>> import autograd, optim
    >>> w = autograd.tensor([1.0], requires_grad=True)
    >>> w.grad = autograd.tensor([2.0])
    >>> optim.RMSprop([w], lr=0.1, alpha=0.75).step()
    >>> w
    tensor([0.8000], requires_grad=True)
    """

    def __init__(
        self,
        params: Params,
        lr: float = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum: float = 0,
        centered: bool = False,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
        *,
        eps_inside_sqrt: bool = False,
    ) -> None:
        check_range("learning rate", lr)
        check_range("epsilon value", eps)
        check_range("momentum value", momentum)
        check_range("weight_decay value", weight_decay)
        check_range("alpha value", alpha)
        super().__init__(
            params,
            {
                "lr": lr,
                "momentum": momentum,
                "alpha": alpha,
                "eps": eps,
                "centered": centered,
                "weight_decay": weight_decay,
                "capturable": capturable,
                "foreach": foreach,
                "maximize": maximize,
                "differentiable": differentiable,
            }
            | set_apart(eps_inside_sqrt=(eps_inside_sqrt, False)),
        )

    def update(self, param: Tensor, grad: Tensor, state: dict[str, Any], group: dict[str, Any]) -> None:
        """Update one parameter and its averages."""
        if not state:
            state["step"] = autograd.zeros(())
            state["square_avg"] = autograd.zeros_like(param)
            if group["momentum"] > 0:
                state["momentum_buffer"] = autograd.zeros_like(param)
            if group["centered"]:
                state["grad_avg"] = autograd.zeros_like(param)
        state["step"] += 1
        direction = _descent(param, grad, group)
        alpha = group["alpha"]
        square = state["square_avg"].mul_(alpha).addcmul_(direction, direction, value=1 - alpha)
        if group["centered"]:
            mean = state["grad_avg"].lerp_(direction, 1 - alpha)
            square = square.addcmul(mean, mean, value=-1)
        root = _root(square, group)
        lr = float(group["lr"])
        if group["momentum"] > 0:
            buffer = state["momentum_buffer"].mul_(group["momentum"]).addcdiv_(direction, root)
            param.add_(buffer, alpha=-lr)
        else:
            param.addcdiv_(direction, root, value=-lr)


class Adadelta(Optimizer):
    r"""Adadelta: the step is the gradient times the ratio of the running sizes of past steps and gradients.

    :math:`s = \rho s + (1 - \rho) g^2`, :math:`\Delta = g \sqrt{u + \epsilon} / \sqrt{s + \epsilon}`,
    :math:`u = \rho u + (1 - \rho) \Delta^2`, :math:`\theta = \theta - \gamma\Delta`.

    Parameters
    ----------
    params : iterable of Tensor, of (name, Tensor), or of dict
    lr : float, default 1.0
    rho : float, default 0.9
    eps : float, default 1e-6
    weight_decay : float
    maximize : bool
    simplified : bool
        Leave out the numerator, :math:`\theta = \theta - \gamma g / \sqrt{s + \epsilon}`, as some lecture notes do.
    foreach, capturable, differentiable
        Accepted; they have no effect.

    Raises
    ------
    ValueError
        If a setting is out of range or NaN.

    References
    ----------
    M. D. Zeiler, "ADADELTA: an adaptive learning rate method", arXiv:1212.5701.

    Examples
    --------
    A gradient of 4 makes ``s = 0.5 * 16 = 8``; with `eps` = 1 the step is ``0.75 * 4 * sqrt(0 + 1) / sqrt(8 + 1) = 1``.

    >>> import autograd, optim
    >>> w = autograd.tensor([1.5], requires_grad=True)
    >>> w.grad = autograd.tensor([4.0])
    >>> optim.Adadelta([w], lr=0.75, rho=0.5, eps=1.0).step()
    >>> w
    tensor([0.5000], requires_grad=True)
    """

    def __init__(
        self,
        params: Params,
        lr: float = 1.0,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        capturable: bool = False,
        maximize: bool = False,
        differentiable: bool = False,
        simplified: bool = False,
    ) -> None:
        check_range("learning rate", lr)
        check_range("rho value", rho, below=1.0, closed=True)
        check_range("epsilon value", eps)
        check_range("weight_decay value", weight_decay)
        super().__init__(
            params,
            {
                "lr": lr,
                "rho": rho,
                "eps": eps,
                "weight_decay": weight_decay,
                "maximize": maximize,
                "capturable": capturable,
                "foreach": foreach,
                "differentiable": differentiable,
            }
            | set_apart(simplified=(simplified, False)),
        )

    def update(self, param: Tensor, grad: Tensor, state: dict[str, Any], group: dict[str, Any]) -> None:
        """Update one parameter and its averages."""
        if not state:
            state["step"] = autograd.zeros(())
            state["square_avg"], state["acc_delta"] = autograd.zeros_like(param), autograd.zeros_like(param)
        state["step"] += 1
        direction = _descent(param, grad, group)
        rho, eps = group["rho"], group["eps"]
        square = state["square_avg"].mul_(rho).addcmul_(direction, direction, value=1 - rho)
        root = (square + eps).sqrt_()
        if group.get("simplified"):
            param.addcdiv_(direction, root, value=-float(group["lr"]))
            return
        delta = (state["acc_delta"] + eps).sqrt_().div_(root).mul_(direction)
        state["acc_delta"].mul_(rho).addcmul_(delta, delta, value=1 - rho)
        param.add_(delta, alpha=-float(group["lr"]))
