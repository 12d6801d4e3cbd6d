"""Points where a function has no derivative: told from wrong gradients by one-sided differences.

At a kink (ReLU at 0, a tie of maxima) the slopes to the left and to the right differ, however small the step. Any value
between them is a subgradient and counts as right. Where the function merely bends, the difference of the slopes shrinks
with the step.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.gradcheck.arguments import Function, Tolerance, is_double
from autograd.gradcheck.numeric import along, is_deterministic, one_sided
from autograd.storage import Array
from autograd.tensor import Tensor

__all__ = ["disagrees", "excused", "is_kink"]

Slopes = tuple[Array, Array]


def is_kink(slopes: Slopes, finer: Slopes, analytic: Array, tolerance: Tolerance) -> Array:
    """Return where two one-sided slopes reveal a kink, and the analytic derivative lies between them.

    Parameters
    ----------
    slopes, finer : tuple of ndarray
        Slopes to the left and to the right, for a step and for a tenth of it.
    analytic : ndarray
    tolerance : Tolerance
    """
    left, right = slopes
    jump, finer_jump = np.abs(right - left), np.abs(finer[1] - finer[0])
    allowed = tolerance.atol + tolerance.rtol * np.maximum(np.abs(left), np.abs(right))
    # A smooth bend's difference of slopes falls to a tenth together with the step.
    bends = (finer_jump > 0.05 * jump) & (finer_jump < 0.2 * jump)
    low, high = np.minimum(left, right) - allowed, np.maximum(left, right) + allowed
    kink: Array = (jump > allowed) & ~bends & (low <= analytic) & (analytic <= high)
    return kink


def excused(
    function: Function,
    args: tuple[Any, ...],
    x: Tensor,
    output: int,
    analytic: Array,
    wrong: Array,
    tolerance: Tolerance,
) -> Array:
    """Return which of the wrong entries of a Jacobian (one row an element of `x`) lie at kinks."""
    found = np.zeros_like(wrong)
    if not is_double(x) or x._data.dtype.kind == "c" or not is_deterministic(function, args, [output]):
        return found
    for row in np.flatnonzero(wrong.any(1)):
        index = tuple(int(i) for i in np.unravel_index(int(row), x._data.shape))
        slopes = one_sided(function, args, x, index, output, tolerance.eps)
        finer = one_sided(function, args, x, index, output, tolerance.eps / 10)
        found[row] = wrong[row] & is_kink(slopes, finer, analytic[row], tolerance)
        if (wrong[row] & ~found[row]).any():
            break
    return found & ~_over_shared(function, args, x, output, analytic, found, tolerance)


def _over_shared(
    function: Function,
    args: tuple[Any, ...],
    x: Tensor,
    output: int,
    analytic: Array,
    kinks: Array,
    tolerance: Tolerance,
) -> Array:
    """Return the kinks of those outputs whose derivative is wrong along all of their kinks together.

    A maximum of tied elements has a derivative where they move together: the elements' shares must add up to it.
    """
    wrong = np.zeros_like(kinks)
    for column in np.flatnonzero(kinks.sum(0) > 1):
        chosen = kinks[:, column]
        slopes = [s[column] for s in along(function, args, x, chosen.reshape(x._data.shape), output, tolerance.eps)]
        wrong[chosen, column] = disagrees(slopes[0], slopes[1], float(analytic[chosen, column].sum()), tolerance)
    return wrong


def disagrees(left: float, right: float, analytic: float, tolerance: Tolerance) -> bool:
    """Whether there is a derivative, the same to both sides, that is not the analytic one."""
    allowed = tolerance.atol + tolerance.rtol * max(abs(left), abs(right))
    return abs(right - left) <= allowed and abs(analytic - (left + right) / 2) > allowed
