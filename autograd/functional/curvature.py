"""Curvature of models: products with the generalised Gauss-Newton matrix and with Fisher information.

Both are positive semi-definite where the Hessian is not, and cost one product with a Jacobian and one with its
transpose.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograd.config import enable_grad
from autograd.errors import describe
from autograd.functional.arguments import (
    Tensors,
    as_tuple,
    detached,
    fill_in_zeros,
    gradients,
    prepared,
    prepared_vector,
    scalar_output,
    unpacked,
    zeros_like,
)
from autograd.functional.products import SINGLE_INPUT, dummy_like
from autograd.ops.softmax import softmax
from autograd.tensor import Tensor

__all__ = ["empirical_fvp", "fvp", "ggnvp"]

Func = Callable[..., Any]
Curvature = Callable[[Tensor, Tensor], Tensor]


def _sandwich(func: Func, inputs: Any, v: Any, curvature: Curvature, transform: str) -> tuple[Tensor, Any]:
    """Return the output z and ``J^T C(z) J v``, where ``curvature(z, u)`` gives ``C(z) u``."""
    with enable_grad():
        several, given = as_tuple(inputs, "inputs", transform)
        points = prepared(given, create_graph=False)
        vector = prepared_vector(v, points, several, False, transform, SINGLE_INPUT)
        result = func(*points)
        if not isinstance(result, Tensor):
            raise TypeError(
                describe(f"The function given to {transform} should return a single Tensor, got {type(result)}")
            )
        pushed = _pushed(result, points, vector)
        bent = curvature(result.detach(), pushed.detach())
        found = gradients((result,), points, (bent.detach(),))
        product = fill_in_zeros(found, points, False, False, "back")
    return result.detach(), unpacked(detached(product, False), several)


def _pushed(z: Tensor, points: Tensors, vector: Tensors) -> Tensor:
    """Return ``J v``."""
    dummies = dummy_like((z,))
    slopes = gradients((z,), points, dummies, create_graph=True, retain_graph=True)
    (found,) = gradients(slopes, dummies, vector)
    return zeros_like(z) if found is None else found


def ggnvp(func: Func, loss: Callable[[Tensor], Tensor], inputs: Any, v: Any = None) -> tuple[Tensor, Any]:
    """Return ``func(*inputs)`` and the product ``J^T H J v`` with the Gauss-Newton matrix of ``loss(func(*inputs))``.

    J is the Jacobian of `func`, H the Hessian of `loss` at its output: the Hessian of the whole without the curvature
    of `func` itself (Schraudolph, "Fast Curvature Matrix-Vector Products", 2002).

    Parameters
    ----------
    func : callable
        Takes the inputs (a model's parameters, say), returns a tensor z.
    loss : callable
        Takes z, returns a tensor with a single element; the product is positive semi-definite if it is convex.
    inputs : Tensor or tuple of Tensor
        Where the matrix is taken.
    v : Tensor or tuple of Tensor, optional
        Of the inputs' shapes; may be left out for an input with a single element.

    Returns
    -------
    func_output : Tensor
    product : Tensor or tuple of Tensor
        Of the inputs' shapes.

    Raises
    ------
    TypeError
        If inputs, output or `v` are not tensors.
    RuntimeError
        If `loss` does not give a single number, or `v` has other shapes than the inputs.

    Examples
    --------
    >>> import autograd
    >>> x, v = autograd.tensor([1.0, 2.0]), autograd.tensor([1.0, 1.0])
    >>> autograd.functional.ggnvp(lambda x: x * x, lambda z: (z * z).sum(), x, v)
    (tensor([1., 4.]), tensor([ 8., 32.]))
    """

    def curvature(z: Tensor, u: Tensor) -> Tensor:
        z = z.requires_grad_()
        slope = gradients((scalar_output(loss(z), "ggnvp", False),), (z,), create_graph=True)
        (bent,) = gradients(slope, (z,), (u,))
        return zeros_like(z) if bent is None else bent

    return _sandwich(func, inputs, v, curvature, "ggnvp")


def _categorical(z: Tensor, u: Tensor) -> Tensor:
    p = softmax(z, -1)
    mean: Tensor = (p * u).sum(-1, keepdim=True)
    return p * (u - mean)


def _bernoulli(z: Tensor, u: Tensor) -> Tensor:
    p: Tensor = z.sigmoid()
    return p * (1 - p) * u


def _gaussian(z: Tensor, u: Tensor) -> Tensor:
    return u


FAMILIES: dict[str, Curvature] = {"bernoulli": _bernoulli, "categorical": _categorical, "gaussian": _gaussian}


def fvp(func: Func, inputs: Any, v: Any = None, family: str = "categorical") -> tuple[Tensor, Any]:
    """Return ``func(*inputs)`` and the product ``F v`` with the Fisher information of the distribution it describes.

    ``F = J^T C J`` summed over all samples, with C the covariance of the family's sufficient statistics: the
    expectation is exact, no labels are drawn (Amari, "Natural Gradient Works Efficiently in Learning", 1998).

    Parameters
    ----------
    func : callable
        Takes the inputs (a model's parameters, say), returns the natural parameters z of a distribution.
    inputs : Tensor or tuple of Tensor
        Where the matrix is taken.
    v : Tensor or tuple of Tensor, optional
        Of the inputs' shapes; may be left out for an input with a single element.
    family : {'categorical', 'bernoulli', 'gaussian'}
        Logits along the last axis; a logit an element; means of unit variance.

    Returns
    -------
    func_output : Tensor
    product : Tensor or tuple of Tensor
        Of the inputs' shapes.

    Raises
    ------
    TypeError
        If inputs, output or `v` are not tensors.
    RuntimeError
        If `v` has other shapes than the inputs.
    ValueError
        If the family is unknown.

    Examples
    --------
    >>> import autograd
    >>> autograd.functional.fvp(lambda z: 2 * z, autograd.zeros(2), autograd.tensor([1.0, 0.0]))
    (tensor([0., 0.]), tensor([ 1., -1.]))
    """
    if family not in FAMILIES:
        raise ValueError(describe(f"family must be one of {', '.join(map(repr, FAMILIES))}, got {family!r}", op="fvp"))
    return _sandwich(func, inputs, v, FAMILIES[family], "fvp")


def empirical_fvp(func: Func, inputs: Any, v: Any = None) -> tuple[Tensor, Any]:
    """Return the losses and the product with the empirical Fisher matrix, the sum over samples of ``g g^T``.

    g are the gradients of the single samples' losses. The matrix is no approximation of the Fisher information away
    from a perfect fit (Kunstner et al., "Limitations of the Empirical Fisher Approximation", 2019); see `fvp`.

    Parameters
    ----------
    func : callable
        Takes the inputs (a model's parameters, say), returns one loss a sample, shape (N,).
    inputs, v
        As for `fvp`.

    Returns
    -------
    func_output : Tensor, shape (N,)
    product : Tensor or tuple of Tensor
        Of the inputs' shapes.

    Raises
    ------
    TypeError, RuntimeError
        For the reasons `fvp` raises.

    Examples
    --------
    >>> import autograd
    >>> autograd.functional.empirical_fvp(lambda w: w * autograd.tensor([1.0, 3.0]), autograd.tensor(0.0))
    (tensor([0., 0.]), tensor(10.))
    """
    return _sandwich(func, inputs, v, _gaussian, "empirical_fvp")
