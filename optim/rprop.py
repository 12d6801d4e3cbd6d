"""Resilient propagation, and averaged stochastic gradient descent."""

from __future__ import annotations

from typing import Any

import autograd
from autograd import Tensor
from autograd.errors import describe
from optim.optimizer import Optimizer, Params, check_range

__all__ = ["ASGD", "Rprop"]


class Rprop(Optimizer):
    r"""Resilient propagation: steps grow while the gradient keeps its sign and shrink where it changes.

    :math:`\Delta = \eta_+ \Delta` where :math:`g` has the sign of the last one, :math:`\Delta = \eta_- \Delta` and
    :math:`g = 0` where it has the other sign; then :math:`\theta = \theta - \Delta\,\mathrm{sign}(g)`.

    Parameters
    ----------
    params : iterable of Tensor, of (name, Tensor), or of dict
    lr : float, default 1e-2
        First step size.
    etas : (float, float), default (0.5, 1.2)
        Factors for shrinking and growing.
    step_sizes : (float, float), default (1e-6, 50)
        Smallest and largest step.
    maximize : bool
    capturable, foreach, differentiable
        Accepted; they have no effect.

    Raises
    ------
    ValueError
        If a setting is out of range or NaN.

    References
    ----------
    M. Riedmiller, H. Braun, "A direct adaptive method for faster backpropagation learning: the RPROP algorithm",
    ICNN 1993.

    Examples
    --------
    Steps of 0.1, then ``1.2 * 0.1``; at the change of sign the weight stays.

    >>> import autograd, optim
    >>> w = autograd.tensor([1.0], requires_grad=True)
    >>> optimizer = optim.Rprop([w], lr=0.1)
    >>> for g in (5.0, 2.0, -1.0):
    ...     w.grad = autograd.tensor([g])
    ...     optimizer.step()
    >>> w
    tensor([0.7800], requires_grad=True)
    """

    def __init__(
        self,
        params: Params,
        lr: float = 1e-2,
        etas: tuple[float, float] = (0.5, 1.2),
        step_sizes: tuple[float, float] = (1e-6, 50),
        *,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_range("learning rate", lr)
        if not 0.0 < etas[0] < 1.0 < etas[1]:
            raise ValueError(describe(f"Invalid eta values: {etas[0]}, {etas[1]}", rule="0 < shrinking < 1 < growing"))
        super().__init__(
            params,
            {
                "lr": lr,
                "etas": etas,
                "step_sizes": step_sizes,
                "foreach": foreach,
                "maximize": maximize,
                "differentiable": differentiable,
                "capturable": capturable,
            },
        )

    def update(self, param: Tensor, grad: Tensor, state: dict[str, Any], group: dict[str, Any]) -> None:
        """Update one parameter and its step sizes."""
        if not state:
            state["step"] = autograd.zeros(())
            state["prev"] = autograd.zeros_like(param)
            state["step_size"] = autograd.full_like(grad, float(group["lr"]))
        state["step"] += 1
        direction = -grad if group["maximize"] else grad
        shrink, grow = group["etas"]
        agreement = direction * state["prev"]
        factor = autograd.ones_like(param).masked_fill_(agreement > 0, grow).masked_fill_(agreement < 0, shrink)
        sizes = state["step_size"].mul_(factor).clamp_(*group["step_sizes"])
        # Where the sign changed the last step went too far: stay, and do not compare with it again.
        direction = direction.masked_fill(agreement < 0, 0.0)
        param.addcmul_(direction.sign(), sizes, value=-1)
        state["prev"].copy_(direction)


class ASGD(Optimizer):
    r"""Averaged stochastic gradient descent.

    :math:`\theta = (1 - \lambda\eta_t)\theta - \eta_t g`, with
    :math:`\eta_t = \gamma / (1 + \lambda\gamma t)^\alpha`; after `t0` steps ``state['ax']`` holds the
    average of :math:`\theta`.

    Parameters
    ----------
    params : iterable of Tensor, of (name, Tensor), or of dict
    lr : float, default 1e-2
    lambd : float, default 1e-4
    alpha : float, default 0.75
    t0 : float, default 1e6
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
    B. T. Polyak, A. B. Juditsky, "Acceleration of stochastic approximation by averaging",
    SIAM J. Control Optim. 30 (1992).

    Examples
    --------
    The first step is ``(1 - 0.5 * 0.1) * 1 - 0.1 * 2``.

    >>> import autograd, optim
    >>> w = autograd.tensor([1.0], requires_grad=True)
    >>> w.grad = autograd.tensor([2.0])
    >>> optim.ASGD([w], lr=0.1, lambd=0.5).step()
    >>> w
    tensor([0.7500], requires_grad=True)
    """

    def __init__(
        self,
        params: Params,
        lr: float = 1e-2,
        lambd: float = 1e-4,
        alpha: float = 0.75,
        t0: float = 1e6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
    ) -> None:
        check_range("learning rate", lr)
        check_range("weight_decay value", weight_decay)
        super().__init__(
            params,
            {
                "lr": lr,
                "lambd": lambd,
                "alpha": alpha,
                "t0": t0,
                "weight_decay": weight_decay,
                "foreach": foreach,
                "maximize": maximize,
                "differentiable": differentiable,
                "capturable": capturable,
            },
        )

    def update(self, param: Tensor, grad: Tensor, state: dict[str, Any], group: dict[str, Any]) -> None:
        """Update one parameter and its average."""
        if not state:
            state["step"] = autograd.zeros(())
            state["eta"] = autograd.tensor(float(group["lr"]))
            state["mu"] = autograd.ones(())
            state["ax"] = autograd.zeros_like(param)
        state["step"] += 1
        step = state["step"].item()
        direction = -grad if group["maximize"] else grad
        if group["weight_decay"]:
            direction = direction + param * group["weight_decay"]
        eta, mu = state["eta"].item(), state["mu"].item()
        param.mul_(1 - group["lambd"] * eta)
        param.add_(direction, alpha=-eta)
        if mu == 1:
            state["ax"].copy_(param)
        else:
            state["ax"].add_((param - state["ax"]) * mu)
        lr = float(group["lr"])
        state["eta"] = autograd.tensor(lr / (1 + group["lambd"] * lr * step) ** group["alpha"])
        state["mu"] = autograd.tensor(1 / max(1.0, step - group["t0"]))
