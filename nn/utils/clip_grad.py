"""Limiting gradients before a step."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator

import autograd
from autograd import Tensor
from autograd.errors import describe

__all__ = ["clip_grad_norm_", "clip_grad_value_", "clip_grads_with_norm_", "get_total_norm"]

Tensors = Tensor | Iterable[Tensor]


def _listed(tensors: Tensors) -> list[Tensor]:
    return [tensors] if isinstance(tensors, Tensor) else [*tensors]


def _gradients(parameters: list[Tensor]) -> list[Tensor]:
    return [p.grad for p in parameters if p.grad is not None]


@autograd.no_grad()
def get_total_norm(
    tensors: Tensors, norm_type: float = 2.0, error_if_nonfinite: bool = False, foreach: bool | None = None
) -> Tensor:
    """Return the norm of all tensors taken together as one vector.

    Parameters
    ----------
    tensors : Tensor or iterable of Tensor
    norm_type : float, default 2
        The p of the norm; infinity gives the largest magnitude.
    error_if_nonfinite : bool, default False
    foreach : bool, optional
        Accepted and without effect.

    Raises
    ------
    RuntimeError
        If the norm is not finite and `error_if_nonfinite` is set.

    Examples
    --------
    >>> import autograd
    >>> get_total_norm([autograd.tensor([3.0]), autograd.tensor([4.0])])
    tensor(5.)
    """
    listed = _listed(tensors)
    if not listed:
        return autograd.tensor(0.0)
    norms = [autograd.linalg.vector_norm(t, float(norm_type)) for t in listed]
    total: Tensor = autograd.linalg.vector_norm(autograd.stack(norms), float(norm_type))
    if error_if_nonfinite and not total.isfinite().item():
        raise RuntimeError(
            describe(
                f"The total norm of order {float(norm_type)} for gradients from `parameters` is non-finite, so it "
                "cannot be clipped. To disable this error and scale the gradients by the non-finite norm anyway, set "
                "`error_if_nonfinite=False`"
            )
        )
    return total


@autograd.no_grad()
def clip_grads_with_norm_(
    parameters: Tensors, max_norm: float, total_norm: Tensor, foreach: bool | None = None
) -> None:
    """Scale all gradients by ``min(1, max_norm / (total_norm + 1e-6))``, in place.

    Parameters
    ----------
    parameters : Tensor or iterable of Tensor
    max_norm : float
    total_norm : Tensor, shape ()
        As `get_total_norm` returns it.
    foreach : bool, optional
        Accepted and without effect.

    Examples
    --------
    >>> import autograd, nn
    >>> w = nn.Parameter(autograd.zeros(2))
    >>> w.grad = autograd.tensor([3.0, 4.0])
    >>> clip_grads_with_norm_(w, 1.0, get_total_norm(w.grad))
    >>> w.grad
    tensor([0.6000, 0.8000])
    """
    factor = (float(max_norm) / (total_norm + 1e-6)).clamp(max=1.0)
    for gradient in _gradients(_listed(parameters)):
        gradient.mul_(factor)


def clip_grad_norm_(
    parameters: Tensors,
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:
    """Scale all gradients, in place, so that their norm taken together is at most `max_norm` (Pascanu et al. 2012).

    Parameters
    ----------
    parameters : Tensor or iterable of Tensor
    max_norm : float
    norm_type, error_if_nonfinite, foreach
        As in `get_total_norm`.

    Returns
    -------
    Tensor, shape ()
        The norm before.

    Raises
    ------
    RuntimeError
        If the norm is not finite and `error_if_nonfinite` is set.

    Examples
    --------
    >>> import autograd, nn
    >>> w = nn.Parameter(autograd.tensor([3.0, 4.0]))
    >>> (w * w / 2).sum().backward()
    >>> clip_grad_norm_(w, max_norm=1.0)
    tensor(5.)
    >>> w.grad
    tensor([0.6000, 0.8000])
    """
    listed = _listed(parameters)
    if isinstance(parameters, Iterator) and not listed:
        warnings.warn("`parameters` is an empty generator, no gradient clipping will occur.", stacklevel=2)
    total = get_total_norm(_gradients(listed), norm_type, error_if_nonfinite)
    clip_grads_with_norm_(listed, max_norm, total)
    return total


def clip_grad_norm(
    parameters: Tensors,
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:
    """Deprecated name of `clip_grad_norm_`."""
    warnings.warn(
        "`nn.utils.clip_grad_norm` is now deprecated in favor of `nn.utils.clip_grad_norm_`.",
        FutureWarning,
        stacklevel=2,
    )
    return clip_grad_norm_(parameters, max_norm, norm_type, error_if_nonfinite, foreach)


@autograd.no_grad()
def clip_grad_value_(parameters: Tensors, clip_value: float, foreach: bool | None = None) -> None:
    """Clamp every element of the gradients to [-clip_value, clip_value], in place.

    Parameters
    ----------
    parameters : Tensor or iterable of Tensor
    clip_value : float
    foreach : bool, optional
        Accepted and without effect.

    Examples
    --------
    >>> import autograd, nn
    >>> w = nn.Parameter(autograd.zeros(2))
    >>> w.grad = autograd.tensor([-3.0, 0.5])
    >>> clip_grad_value_(w, 1.0)
    >>> w.grad
    tensor([-1.0000,  0.5000])
    """
    bound = float(clip_value)
    for gradient in _gradients(_listed(parameters)):
        gradient.clamp_(-bound, bound)
