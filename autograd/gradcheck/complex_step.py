"""Complex-step differentiation of analytic functions: ``f'(x) = Im f(x + i h) / h``, without cancellation.

Squire and Trapp, "Using Complex Variables to Estimate Derivatives of Real Functions", 1998. The step can be so small
that the error is rounding only. It holds for compositions of analytic operations alone: where it does not (absolute
values, norms), it is refused.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from autograd.config import no_grad
from autograd.errors import describe
from autograd.gradcheck.arguments import Function, differentiated, outputs_of
from autograd.gradcheck.recorder import Call, recorded
from autograd.storage import Array
from autograd.tensor import Tensor

__all__ = ["complex_quotients"]

STEP = 1e-20


def _widened(args: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return the arguments with all floating-point tensors in complex128."""
    return tuple([Tensor(x._data.astype(np.complex128), None) if _is_real(x) else x for x in args])


def _is_real(x: Any) -> bool:
    return isinstance(x, Tensor) and x._data.dtype.kind == "f"


def _run(function: Function, args: tuple[Any, ...]) -> tuple[Tensor, ...]:
    with no_grad(), warnings.catch_warnings():
        warnings.simplefilter("error", np.exceptions.ComplexWarning)
        return outputs_of(function(*args))


def complex_quotients(function: Function, args: tuple[Any, ...], keep: list[int]) -> list[list[tuple[Array, Array]]]:
    """Return for each differentiated input and each output the Jacobian, one row an element of the input.

    Raises
    ------
    RuntimeError
        If the function is not analytic at these inputs.
    """
    _refuse_unless_analytic(function, args, keep)
    wide = _widened(args)
    jacobians = []
    for position, x in differentiated(args):
        rows: list[list[Array]] = [[] for _ in keep]
        for index in np.ndindex(x._data.shape):
            wide[position]._data[index] += 1j * STEP
            outputs = _run(function, wide)
            wide[position]._data[index] = x._data[index]
            for row, j in zip(rows, keep, strict=True):
                row.append(np.imag(outputs[j]._data).ravel() / STEP)
        sizes = [outputs_of(function(*args))[j]._data.size for j in keep]
        shaped = [np.array(row).reshape(x._data.size, size) for row, size in zip(rows, sizes, strict=True)]
        jacobians.append([(jacobian, jacobian) for jacobian in shaped])
    return jacobians


def _refusal(rule: str, op: str | None = None) -> RuntimeError:
    return RuntimeError(
        describe(
            "complex-step differentiation does not hold for this function",
            op=op,
            rule=rule,
            fix="use method='central'; the complex step is for compositions of analytic operations",
        )
    )


def _refuse_unless_analytic(function: Function, args: tuple[Any, ...], keep: list[int]) -> None:
    """Compare the complex step with a difference quotient, along one random direction.

    Raises
    ------
    RuntimeError
        If they differ; the message names the first operation that is not analytic.
    """
    if any(x._data.dtype.kind == "c" for _, x in differentiated(args)):
        raise _refusal("the inputs are complex already")
    rng = np.random.default_rng(0)
    tilted = list(_widened(args))
    for position, x in differentiated(args):
        tilted[position] = Tensor(x._data + 1j * STEP * rng.standard_normal(x._data.shape), None)
    try:
        with recorded() as calls:
            outputs = _run(function, tuple(tilted))
    except (TypeError, ValueError, RuntimeError, NotImplementedError, np.exceptions.ComplexWarning) as error:
        last = next((call for call in reversed(calls) if call.failed), None)
        where = "" if last is None else f", called at {last.place.source}"
        raise _refusal(f"it fails on complex values: {str(error).splitlines()[0]}{where}") from error
    for call in calls:
        if not _is_analytic(call):
            raise _refusal(f"it is not analytic, called at {call.place.source}", call.name)
    if any(outputs[j]._data.dtype.kind != "c" for j in keep):
        raise _refusal("its output stays real where the input is complex")


def _is_analytic(call: Call, eps: float = 1e-6) -> bool:
    """Whether an operation moves by the same when pushed along the real axis and along the imaginary one."""
    wide = [x if x is not None and x.dtype.kind == "c" else None for x in call.arrays]
    if all(x is None or not np.any(x.imag) for x in wide):
        return True

    def at(t: float) -> list[Array]:
        moved = [None if x is None else x.real + t / STEP * x.imag for x in wide]
        return call.run([a if m is None else m.astype(a.dtype) for a, m in zip(call.inputs, moved, strict=True)])

    for up, down, out in zip(at(eps), at(-eps), call.results, strict=True):
        if up.dtype.kind not in "fc":
            continue
        slope = (up - down) / (2 * eps)
        step = np.imag(out) / STEP
        scale = max(1.0, float(np.abs(slope).max(initial=0.0)))
        if not np.allclose(slope, step, rtol=1e-4, atol=1e-5 * scale):
            return False
    return True
