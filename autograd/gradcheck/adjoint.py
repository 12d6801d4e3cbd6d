"""Checking linear and bilinear functions by their adjoints, exactly: no step, no truncation."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.config import no_grad
from autograd.engine import grad as gradients
from autograd.errors import describe
from autograd.gradcheck.arguments import Function, checked_inputs, differentiated, outputs_of
from autograd.gradcheck.errors import GradcheckError, Mismatch
from autograd.gradcheck.explain import explained
from autograd.gradcheck.localize import Budget
from autograd.storage import Array
from autograd.tensor import Tensor

__all__ = ["adjoint_check"]


def adjoint_check(func: Function, *inputs: Any, rtol: float = 1e-11, raise_exception: bool = True) -> bool:
    """Check the gradients of a function that is linear (or affine) in each of its inputs: ``<f(x), g> = <x, f^T(g)>``.

    The identity holds to rounding. For a bilinear function such as a convolution it holds in each argument:
    ``<conv(x, w), g> = <x, conv_input(g, w)> = <w, conv_weight(x, g)>``.

    Parameters
    ----------
    func : callable
        Takes the inputs, returns a tensor or a sequence of tensors.
    *inputs
        Those that require grad are checked.
    rtol : float
        Relative to the sum of the magnitudes of the products' terms.
    raise_exception : bool
        Raise on failure instead of returning False.

    Returns
    -------
    bool

    Raises
    ------
    GradcheckError
        If a gradient is not the adjoint; the first faulty operation is named.
    ValueError
        If the function is not linear in an input.

    Examples
    --------
    >>> import autograd
    >>> a = autograd.randn(3, 4, dtype=autograd.float64, requires_grad=True)
    >>> b = autograd.randn(4, 2, dtype=autograd.float64, requires_grad=True)
    >>> adjoint_check(lambda a, b: a @ b, a, b)
    True
    """
    args = checked_inputs(inputs)
    rng = np.random.default_rng(0)
    outputs = outputs_of(func(*args))
    weights = [np.asarray(rng.standard_normal(y._data.shape)) for y in outputs]
    linked = [
        (y, Tensor(w.astype(y._data.dtype), None)) for y, w in zip(outputs, weights, strict=True) if y.requires_grad
    ]
    wanted = differentiated(args)
    tensors = [x for _, x in wanted]
    found: tuple[Tensor | None, ...] = (None,) * len(wanted)
    if linked:
        found = gradients([y for y, _ in linked], tensors, [w for _, w in linked], allow_unused=True)
    for (i, x), g in zip(wanted, found, strict=True):
        constant, pushed = _linear_part(func, args, i, x, rtol)
        forward = sum(float(np.sum(w * (y - c))) for w, y, c in zip(weights, pushed, constant, strict=True))
        size = sum(
            float(np.sum(np.abs(w) * (np.abs(y) + np.abs(c))))
            for w, y, c in zip(weights, pushed, constant, strict=True)
        )
        back = 0.0 if g is None else float(np.sum(g._data * x._data))
        if not abs(forward - back) <= rtol * (size + 1e-300):
            if not raise_exception:
                return False
            mismatch = Mismatch(0, i, None, None, back, forward, (outputs[0]._data.shape, x._data.shape))
            raise GradcheckError(explained(func, args, mismatch, "The gradient is not the adjoint,", 1, Budget(20.0)))
    return True


def _linear_part(
    func: Function, args: tuple[Any, ...], i: int, x: Tensor, rtol: float
) -> tuple[list[Array], list[Array]]:
    """Return the function at zero and at `x`.

    Raises
    ------
    ValueError
        If it is not linear between them.
    """

    def at(factor: float) -> list[Array]:
        moved = (*args[:i], Tensor(factor * x._data, None), *args[i + 1 :])
        with no_grad():
            return [np.array(y._data) for y in outputs_of(func(*moved))]

    zero, one, minus = at(0.0), at(1.0), at(-2.0)
    for z, y, m in zip(zero, one, minus, strict=True):
        scale = float(max(np.abs(y).max(initial=0.0), np.abs(z).max(initial=0.0), np.abs(m).max(initial=0.0)))
        if not np.allclose(m - z, -2 * (y - z), rtol=0.0, atol=1e3 * rtol * scale + 1e-300):
            raise ValueError(
                describe(
                    f"adjoint_check expects a function that is linear in each input, but it is not in input {i}",
                    op="adjoint_check",
                    fix="use gradcheck",
                )
            )
    return zero, one
