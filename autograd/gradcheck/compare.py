"""Analytic against numeric derivatives of a whole function: element by element, or along random directions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from autograd.engine import grad as gradients
from autograd.gradcheck.arguments import Function, Tolerance, check_size, differentiated, is_double
from autograd.gradcheck.complex_step import complex_quotients
from autograd.gradcheck.errors import Finding, GradcheckError, Mismatch, Report
from autograd.gradcheck.kinks import excused, is_kink
from autograd.gradcheck.numeric import along, is_deterministic, quotients
from autograd.storage import Array
from autograd.tensor import Tensor

__all__ = ["BackwardFailedError", "check_dtypes", "compare_directions", "compare_jacobians", "independent"]

Outputs = Sequence[tuple[int, Tensor]]
MOST_ELEMENTS = 4000
FREED = "Trying to backward through the graph a second time"


def _one_hot(y: Tensor, position: int, unit: complex) -> Tensor:
    seed = np.zeros(y._data.shape, y._data.dtype)
    seed[np.unravel_index(position, y._data.shape)] = unit
    return Tensor(seed, None)


class BackwardFailedError(Exception):
    """Wraps what backward raised, to tell it from what the function itself raised."""

    def __init__(self, error: Exception) -> None:
        super().__init__(str(error))
        self.error = error


def _pulled(y: Tensor, inputs: list[Tensor], seed: Tensor) -> tuple[Tensor | None, ...]:
    """Return the gradients of the inputs.

    Raises
    ------
    RuntimeError
        If the graph was freed: the function does not make it anew.
    BackwardFailedError
        If backward raised anything else.
    """
    try:
        return gradients(y, inputs, seed, retain_graph=True, allow_unused=True)
    except Exception as error:
        if not str(error).startswith(FREED):
            raise BackwardFailedError(error) from error
        error.add_note("gradcheck: the function must compute its outputs anew at each call, from its inputs")
        raise


def _analytic(y: Tensor, inputs: list[Tensor], unit: complex) -> list[Array]:
    """Return for each input the matrix of gradients, one column an element of `y`."""
    matrices = [np.zeros((x._data.size, y._data.size), x._data.dtype) for x in inputs]
    for position in range(y._data.size):
        found = _pulled(y, inputs, _one_hot(y, position, unit))
        for matrix, g in zip(matrices, found, strict=True):
            if g is not None:
                matrix[:, position] = g._data.ravel()
    return matrices


def _part(pair: tuple[Array, Array], unit: complex, x: Tensor) -> Array:
    """Return ``df/d(re) + i df/d(im)`` of the real (`unit` 1) or imaginary (`unit` 1j) part of an output."""
    along_real, along_imaginary = ((q.real if unit == 1.0 else q.imag) for q in pair)
    return along_real + 1j * along_imaginary if x._data.dtype.kind == "c" else along_real


def compare_jacobians(
    function: Function, args: tuple[object, ...], outputs: Outputs, tolerance: Tolerance, method: str
) -> Mismatch | None:
    """Compare whole Jacobians, and return the worst entry of the first that differs.

    Raises
    ------
    GradcheckError
        If two passes backward over the same graph differ.
    RuntimeError
        If a Jacobian is too large, or the complex step does not hold.
    """
    wanted = differentiated(args)
    for j, y in outputs:
        for i, x in wanted:
            check_size(j, y, i, x)
    inputs = [x for _, x in wanted]
    keep = [j for j, _ in outputs]
    if method == "complex":
        numerics = complex_quotients(function, args, keep)
    else:
        numerics = [quotients(function, args, x, keep, tolerance.eps) for x in inputs]
    for position, (j, y) in enumerate(outputs):
        # A complex output stands for two real functions, its real and its imaginary part.
        for unit in (1.0, 1j) if y._data.dtype.kind == "c" else (1.0,):
            analytics = _analytic(y, inputs, unit)
            for (i, x), analytic, per_output in zip(wanted, analytics, numerics, strict=True):
                numeric = _part(per_output[position], unit, x)
                excess = tolerance.exceeded(analytic, numeric)
                wrong = excess > 0
                if method == "central" and unit == 1.0 and wrong.any() and np.isrealobj(numeric):
                    excess[excused(function, args, x, j, analytic, wrong, tolerance)] = -1
                if (excess > 0).any():
                    return _worst(j, y, i, x, excess, analytic, numeric)
            _check_reentrant(y, inputs, analytics, unit, tolerance)
    return None


def _worst(j: int, y: Tensor, i: int, x: Tensor, excess: Array, analytic: Array, numeric: Array) -> Mismatch:
    row, column = (int(n) for n in np.unravel_index(int(excess.argmax()), excess.shape))
    at_x = tuple(int(n) for n in np.unravel_index(row, x._data.shape))
    at_y = tuple(int(n) for n in np.unravel_index(column, y._data.shape))
    shapes = (y._data.shape, x._data.shape)
    return Mismatch(j, i, at_y, at_x, analytic[row, column].item(), numeric[row, column].item(), shapes)


def _check_reentrant(y: Tensor, inputs: list[Tensor], first: list[Array], unit: complex, tolerance: Tolerance) -> None:
    for a, b in zip(first, _analytic(y, inputs, unit), strict=True):
        with np.errstate(invalid="ignore"):
            apart = np.abs(a - b)
        if a.size and np.nanmax(apart, initial=0.0) > tolerance.nondet:
            finding = Finding(
                "non-determinism",
                f"two passes backward over the same graph differ by {np.nanmax(apart):.3g}",
                "make the function deterministic: fix its seed inside, and switch dropout off with model.eval()",
                op=y._node.name() if y._node is not None else "",
            )
            phrase = (
                "Backward is not reentrant, i.e., running backward with same input and grad_output multiple times "
                "gives different values, although analytical gradient matches numerical gradient. The tolerance for "
                f"nondeterminism was {tolerance.nondet}."
            )
            raise GradcheckError(Report(phrase, finding=finding))


def check_dtypes(outputs: Outputs, inputs: list[Tensor]) -> None:
    """Check that gradients have their inputs' dtypes.

    Raises
    ------
    GradcheckError
        If one has not.
    """
    for _, y in outputs:
        for i, (x, g) in enumerate(zip(inputs, _pulled(y, inputs, Tensor(np.ones_like(y._data), None)), strict=True)):
            if g is not None and g._data.dtype != x._data.dtype:
                raise GradcheckError(f"grad is of dtype {g.dtype}, but input {i} is of dtype {x.dtype}")


def compare_directions(
    function: Function, args: tuple[object, ...], outputs: Outputs, tolerance: Tolerance, seed: int = 0
) -> Mismatch | None:
    """Compare one random bilinear form ``v^T J u`` for each pair of output and input."""
    rng = np.random.default_rng(seed)
    wanted = differentiated(args)
    for j, y in outputs:
        v = _direction(rng, y._data.shape)
        found = _pulled(y, [x for _, x in wanted], Tensor(v.astype(y._data.dtype), None))
        for (i, x), g in zip(wanted, found, strict=True):
            u = _direction(rng, x._data.shape)
            analytic = 0.0 if g is None else float(np.sum(g._data * u))
            left, right = _slopes(function, args, x, u, v, j, tolerance.eps)
            numeric = (left + right) / 2
            # A direction mixes all elements: the absolute tolerance grows with the norms of the directions' sums.
            allowed = tolerance.atol * float(np.abs(u).sum() * np.abs(v).sum()) + tolerance.rtol * abs(numeric)
            if abs(analytic - numeric) <= allowed:
                continue
            if abs(right - left) > allowed and _right_but_for_kinks(function, args, x, g, v, j, tolerance):
                continue
            return Mismatch(j, i, None, None, analytic, numeric, (y._data.shape, x._data.shape))
    return None


def _direction(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    vector = rng.uniform(0.0, 1.0, shape)
    return vector / (np.linalg.norm(vector) or 1.0)


def _right_but_for_kinks(
    function: Function,
    args: tuple[object, ...],
    x: Tensor,
    g: Tensor | None,
    v: Array,
    output: int,
    tolerance: Tolerance,
) -> bool:
    """Whether every element of the gradient is right or lies at a kink: several kinks hide each other."""
    if not is_double(x) or x._data.size > MOST_ELEMENTS or not is_deterministic(function, args, [output]):
        return False
    for index in np.ndindex(x._data.shape):
        unit = np.zeros_like(x._data)
        unit[index] = 1
        slopes, finer = (
            tuple(np.asarray(s) for s in _slopes(function, args, x, unit, v, output, eps))
            for eps in (tolerance.eps, tolerance.eps / 10)
        )
        analytic = np.asarray(0.0 if g is None else g._data[index])
        right = tolerance.exceeded(analytic, (slopes[0] + slopes[1]) / 2) <= 0
        if not right and not is_kink(slopes, finer, analytic, tolerance):  # type: ignore[arg-type]
            return False
    return True


def _slopes(
    function: Function, args: tuple[object, ...], x: Tensor, u: Array, v: Array, output: int, eps: float
) -> tuple[float, float]:
    """Return the slopes of ``v^T f`` along ``-u`` and ``u``."""
    left, right = along(function, args, x, u, output, eps)
    return float(np.sum(v.ravel() * left)), float(np.sum(v.ravel() * right))


def independent(
    function: Function, args: tuple[object, ...], outputs: tuple[Tensor, ...], tolerance: Tolerance
) -> tuple[int, int] | None:
    """Return the first output and input of a function without differentiable outputs that depend on each other."""
    keep = [j for j, y in enumerate(outputs) if y._data.dtype.kind in "fc"]
    for i, x in differentiated(args):
        for j, (numeric, _) in zip(keep, quotients(function, args, x, keep, tolerance.eps), strict=True):
            if np.any(np.abs(numeric) > tolerance.atol):
                return j, i
    return None
