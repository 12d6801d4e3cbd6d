"""Complex-step differentiation of analytic functions: ``f'(x) = Im f(x + i h) / h``, without cancellation.

Squire and Trapp, "Using Complex Variables to Estimate Derivatives of Real Functions", 1998. The step can be so small
that the error is rounding only. It holds for compositions of analytic operations alone: where it does not (absolute
values, norms), it is refused.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from autograd.config import Setting
from autograd.errors import describe
from autograd.gradcheck.arguments import Function, differentiated, outputs_of
from autograd.gradcheck.errors import Finding
from autograd.gradcheck.numeric import evaluate
from autograd.gradcheck.recorder import Call, recorded
from autograd.gradcheck.trial import Trial
from autograd.observe import error_source
from autograd.storage import Array
from autograd.tensor import Tensor

__all__ = ["STEP", "complex_quotients", "in_complex_step", "inexact", "refuse_unless_analytic"]

STEP = 1e-20


def _widened(args: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return the arguments with all floating-point tensors in complex128."""
    return tuple([Tensor(x._data.astype(np.complex128), None) if _is_real(x) else x for x in args])


def _is_real(x: Any) -> bool:
    return isinstance(x, Tensor) and x._data.dtype.kind == "f"


def in_complex_step(function: Function, args: tuple[Any, ...]) -> tuple[Tensor, ...]:
    """Run a function on complex arguments that stand for real ones; conversions to real numbers are errors."""
    with Setting(grad=False, complex_step=True), warnings.catch_warnings():
        warnings.simplefilter("error", np.exceptions.ComplexWarning)
        return outputs_of(function(*args))


def complex_quotients(function: Function, args: tuple[Any, ...], keep: list[int]) -> list[list[tuple[Array, Array]]]:
    """Return for each differentiated input and each output the Jacobian, one row an element of the input.

    Raises
    ------
    RuntimeError
        If the function is not analytic at these inputs.
    """
    refuse_unless_analytic(function, args, keep)
    wide = _widened(args)
    jacobians = []
    for position, x in differentiated(args):
        rows: list[list[Array]] = [[] for _ in keep]
        for index in np.ndindex(x._data.shape):
            wide[position]._data[index] += 1j * STEP
            outputs = in_complex_step(function, wide)
            # Before the element is put back: an output may be a view of the input.
            for row, j in zip(rows, keep, strict=True):
                row.append(np.imag(outputs[j]._data).ravel() / STEP)
            wide[position]._data[index] = x._data[index]
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


def refuse_unless_analytic(function: Function, args: tuple[Any, ...], keep: list[int]) -> None:
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
            outputs = in_complex_step(function, tuple(tilted))
    except (TypeError, ValueError, RuntimeError, NotImplementedError, np.exceptions.ComplexWarning) as error:
        last = next((call.name for call in reversed(calls) if call.failed), None)
        rule = f"it fails on complex values, called at {error_source(error)}: {str(error).splitlines()[0]}"
        raise _refusal(rule, last) from error
    for call in calls:
        if not _is_analytic(call):
            raise _refusal(f"it is not analytic, called at {call.place.source}", call.name)
    stays = [j for j in keep if outputs[j]._data.dtype.kind != "c"]
    if stays and _moves(function, args, stays, rng):
        raise _refusal("its output stays real where the input is complex")


def inexact(calls: list[Call], rtol: float = 1e-9) -> Finding | None:
    """Return the first operation whose gradient is wrong by less than differences show, but more than rounding."""
    rng = np.random.default_rng(0)
    for number, call in enumerate(calls, 1):
        if not call.linked:
            continue
        trial = Trial(call, 1, rng)
        gradients = trial.gradient()
        for position, needed in enumerate(trial.needs):
            x, g = trial.inputs[position], gradients[position]
            if not needed or g is None or x.dtype.kind == "c" or g._data.shape != x.shape:
                continue
            u = rng.standard_normal(x.shape)
            moved = [*trial.inputs[:position], x + 1j * STEP * u, *trial.inputs[position + 1 :]]
            with Setting(complex_step=True):
                pairs = [(w, y) for w, y in zip(trial.weights, call.run(moved), strict=True) if w is not None]
            expected = float(sum(np.sum(w * np.imag(y)) for w, y in pairs)) / STEP
            found, size = float(np.sum(g._data * u)), float(np.abs(g._data * u).sum())
            apart = abs(found - expected) / (size or 1.0)
            if apart > rtol:
                return Finding(
                    "wrong formula",
                    f"the gradient is wrong by {apart:.2g} of its size: less than differences show",
                    "look for a rounded constant, a small term left out, or single precision inside",
                    op=call.name,
                    order=number,
                    place=call.place,
                    input=position,
                    shape=x.shape,
                )
    return None


def _moves(function: Function, args: tuple[Any, ...], keep: list[int], rng: np.random.Generator) -> bool:
    """Whether some outputs change with the inputs."""
    moved = [Tensor(x._data + 1e-6 * rng.standard_normal(x._data.shape), None) if _is_real(x) else x for x in args]
    pairs = zip(evaluate(function, args, keep), evaluate(function, tuple(moved), keep), strict=True)
    return any(not np.array_equal(a, b, equal_nan=True) for a, b in pairs)


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
        slope = np.where(up == down, 0.0, up - down) / (2 * eps)
        step = np.imag(out) / STEP
        scale = max(1.0, float(np.abs(slope).max(initial=0.0)))
        if not np.allclose(slope, step, rtol=1e-4, atol=1e-5 * scale):
            return False
    return True
