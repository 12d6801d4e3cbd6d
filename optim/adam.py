"""Adam: steps scaled by running averages of the gradient and of its square."""

from __future__ import annotations

from typing import Any

import autograd
from autograd import Tensor
from autograd.errors import describe
from autograd.update import adam_
from optim.optimizer import Optimizer, Params, check_range, set_apart

__all__ = ["Adam", "AdamW"]

Betas = tuple[float, float]


def _check(lr: Any, betas: Betas, eps: float, weight_decay: float) -> None:
    check_range("learning rate", lr)
    check_range("epsilon value", eps)
    check_range("beta parameter at index 0", betas[0], below=1.0)
    check_range("beta parameter at index 1", betas[1], below=1.0)
    check_range("weight_decay value", weight_decay)
    if isinstance(betas[0], Tensor) != isinstance(betas[1], Tensor):
        raise ValueError(describe("betas must be either both floats or both Tensors", fix="pass two floats"))


def _refuse_tensors(lr: Any, betas: tuple[Any, Any], foreach: bool | None, capturable: bool) -> None:
    """Refuse what PyTorch's loops over lists of tensors cannot take, so that a program runs in both or in neither."""
    for name, value in (("lr", lr), ("betas[0]", betas[0]), ("betas[1]", betas[1])):
        if isinstance(value, Tensor) and foreach and not capturable:
            raise ValueError(
                describe(
                    f"{name} as a Tensor is not supported for capturable=False and foreach=True", fix="pass a float"
                )
            )


def _begin(state: dict[str, Any], param: Tensor, names: tuple[str, ...]) -> int:
    """Make the state on a parameter's first step; count the step and return its number."""
    if not state:
        state["step"] = autograd.zeros(())
        for name in names:
            state[name] = autograd.zeros_like(param)
    state["step"] += 1
    return int(state["step"].item())


def _decayed(param: Tensor, grad: Tensor, group: dict[str, Any]) -> Tensor:
    """Return the gradient to descend along; a decoupled decay shrinks the parameter instead."""
    direction = -grad if group["maximize"] else grad
    decay: float = group["weight_decay"]
    if not decay:
        return direction
    if group.get("decoupled_weight_decay"):
        param.mul_(1 - float(group["lr"]) * decay)
        return direction
    return direction + param * decay


class Adam(Optimizer):
    r"""Adam.

    :math:`m = \beta_1 m + (1 - \beta_1) g`, :math:`v = \beta_2 v + (1 - \beta_2) g^2`, and with
    :math:`\hat m = m / (1 - \beta_1^t)`, :math:`\hat v = v / (1 - \beta_2^t)`:
    :math:`\theta = \theta - \gamma \hat m / (\sqrt{\hat v} + \epsilon)`.

    Parameters
    ----------
    params : iterable of Tensor, of (name, Tensor), or of dict
    lr : float, default 1e-3
    betas : (float, float), default (0.9, 0.999)
    eps : float, default 1e-8
    weight_decay : float
        Added to the gradient; see `AdamW` for the decoupled form.
    amsgrad : bool
        Divide by the largest :math:`\hat v` so far (Reddi, Kale, Kumar, ICLR 2018).
    maximize : bool
        Ascend instead.
    decoupled_weight_decay : bool
        Shrink the parameter itself, which makes this `AdamW`.
    bias_correction : bool, default True
        False uses :math:`m` and :math:`v` as they are, the form many lecture notes give.
    foreach, capturable, differentiable, fused
        Accepted; they have no effect.

    Raises
    ------
    ValueError
        If a setting is out of range or NaN.

    References
    ----------
    D. P. Kingma, J. Ba, "Adam: a method for stochastic optimization", ICLR 2015.

    Examples
    --------
    The first step has the length `lr`, whatever the size of the gradient, for then :math:`\hat m = g`,
    :math:`\hat v = g^2`.

    >>> import autograd, optim
    >>> w = autograd.tensor([1.0, 1.0], requires_grad=True)
    >>> w.grad = autograd.tensor([0.5, -200.0])
    >>> optim.Adam([w], lr=0.1).step()
    >>> w
    tensor([0.9000, 1.1000], requires_grad=True)
    """

    def __init__(
        self,
        params: Params,
        lr: float | Tensor = 1e-3,
        betas: Betas = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        amsgrad: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
        decoupled_weight_decay: bool = False,
        bias_correction: bool = True,
    ) -> None:
        _check(lr, betas, eps, weight_decay)
        _refuse_tensors(lr, betas, foreach, capturable)
        super().__init__(
            params,
            {
                "lr": lr,
                "betas": betas,
                "eps": eps,
                "weight_decay": weight_decay,
                "amsgrad": amsgrad,
                "maximize": maximize,
                "foreach": foreach,
                "capturable": capturable,
                "differentiable": differentiable,
                "fused": fused,
                "decoupled_weight_decay": decoupled_weight_decay,
            }
            | set_apart(bias_correction=(bias_correction, True)),
        )

    def update(self, param: Tensor, grad: Tensor, state: dict[str, Any], group: dict[str, Any]) -> None:
        """Update one parameter and its averages."""
        averages = ("exp_avg", "exp_avg_sq", "max_exp_avg_sq") if group["amsgrad"] else ("exp_avg", "exp_avg_sq")
        step = _begin(state, param, averages)
        adam_(
            param,
            grad,
            state["exp_avg"],
            state["exp_avg_sq"],
            state.get("max_exp_avg_sq"),
            step=step,
            lr=float(group["lr"]),
            beta1=float(group["betas"][0]),
            beta2=float(group["betas"][1]),
            eps=group["eps"],
            weight_decay=group["weight_decay"],
            decoupled_weight_decay=group["decoupled_weight_decay"],
            maximize=group["maximize"],
            bias_correction=group.get("bias_correction", True),
        )


class AdamW(Adam):
    r"""Adam with decoupled weight decay: :math:`\theta = \theta - \gamma\lambda\theta` before each step.

    Parameters
    ----------
    params : iterable of Tensor, of (name, Tensor), or of dict
    lr, betas, eps, amsgrad, maximize, bias_correction
        As for `Adam`.
    weight_decay : float, default 1e-2
        :math:`\lambda`.
    foreach, capturable, differentiable, fused
        Accepted; they have no effect.

    Raises
    ------
    ValueError
        If a setting is out of range or NaN.

    References
    ----------
    I. Loshchilov, F. Hutter, "Decoupled weight decay regularization", ICLR 2019.

    Examples
    --------
    The weight shrinks by ``0.1 * 0.5``, then Adam's first step takes `lr` from it.

    >>> import autograd, optim
    >>> w = autograd.tensor([1.0], requires_grad=True)
    >>> w.grad = autograd.tensor([3.0])
    >>> optim.AdamW([w], lr=0.1, weight_decay=0.5).step()
    >>> w
    tensor([0.8500], requires_grad=True)
    """

    def __init__(
        self,
        params: Params,
        lr: float | Tensor = 1e-3,
        betas: Betas = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
        bias_correction: bool = True,
    ) -> None:
        super().__init__(
            params,
            lr,
            betas,
            eps,
            weight_decay,
            amsgrad,
            foreach=foreach,
            maximize=maximize,
            capturable=capturable,
            differentiable=differentiable,
            fused=fused,
            decoupled_weight_decay=True,
            bias_correction=bias_correction,
        )
