"""Running a check: compare, and explain what differs."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.config import enable_grad
from autograd.engine import grad as gradients
from autograd.errors import describe
from autograd.gradcheck.arguments import Function, Tolerance, checked_inputs, differentiated, outputs_of
from autograd.gradcheck.check import DEFAULT_ATOL, DEFAULT_RTOL
from autograd.gradcheck.compare import (
    BackwardFailedError,
    check_dtypes,
    compare_directions,
    compare_jacobians,
    independent,
)
from autograd.gradcheck.errors import Finding, GradcheckError, Report
from autograd.gradcheck.explain import KEEP_IN_GRAPH, explained
from autograd.gradcheck.localize import Budget
from autograd.tensor import Tensor

__all__ = ["checked_inputs", "first_gradients", "tolerance_for", "verify"]

METHODS = ("central", "complex")
COMPLEX_ATOL, COMPLEX_RTOL = 1e-12, 1e-10
LOCALIZING = 20.0


def tolerance_for(eps: float, atol: float, rtol: float, nondet: float, method: str) -> Tolerance:
    """Return the tolerance; the complex step, which is exact, deserves a closer one where none is asked for.

    Raises
    ------
    ValueError
        If the method is unknown, or the step is not positive.
    """
    if not eps > 0:
        raise ValueError(describe(f"eps must be positive, got {eps}", op="gradcheck", fix="leave it at 1e-6"))
    if method not in METHODS:
        raise ValueError(describe(f"method must be 'central' or 'complex', got {method!r}", op="gradcheck"))
    if method == "complex" and (atol, rtol) == (DEFAULT_ATOL, DEFAULT_RTOL):
        return Tolerance(eps, COMPLEX_ATOL, COMPLEX_RTOL, nondet)
    return Tolerance(eps, atol, rtol, nondet)


def verify(
    function: Function,
    args: tuple[Any, ...],
    tolerance: Tolerance,
    *,
    fast: bool,
    dtypes: bool,
    method: str,
    seconds: float | None,
    raising: bool,
) -> bool:
    """Check a function; explain what is wrong, if an exception is to say it.

    Raises
    ------
    GradcheckError
        If a gradient is wrong and `raising` is set.
    """
    results = outputs_of(function(*args))
    outputs = [(j, y) for j, y in enumerate(results) if y.requires_grad]
    budget = Budget(LOCALIZING if seconds is None else seconds)
    if not outputs:
        pair = independent(function, args, results, tolerance)
        if pair is not None and raising:
            raise GradcheckError(_unlinked(function, args, *pair, budget))
        return pair is None
    complex_values = any(x._data.dtype.kind == "c" for _, x in differentiated(args) + outputs)
    try:
        if fast and not complex_values and method == "central":
            mismatch = compare_directions(function, args, outputs, tolerance)
        else:
            mismatch = compare_jacobians(function, args, outputs, tolerance, method)
        if mismatch is None and dtypes:
            check_dtypes(outputs, [x for _, x in differentiated(args)])
    except GradcheckError:
        if raising:
            raise
        return False
    except BackwardFailedError as failed:
        order = 2 if isinstance(function, _FirstGradients) else 1
        report = explained(function, args, None, str(failed).partition("\n")[0], order, budget) if raising else None
        if report is None or report.finding is None or not report.finding.order:
            raise failed.error from None
        raise GradcheckError(report) from failed.error
    if mismatch is not None and raising:
        order = 2 if isinstance(function, _FirstGradients) else 1
        raise GradcheckError(explained(function, args, mismatch, mismatch.phrase, order, budget, method))
    return mismatch is None


def _unlinked(function: Function, args: tuple[Any, ...], j: int, i: int, budget: Budget) -> Report:
    """Report that an output without history changes with an input."""
    text = f"output {j} does not require grad, yet it changes with input {i}"
    phrase = "Numerical gradient for function expected to be zero"
    report = explained(function, args, None, phrase, 1, budget)
    finding = report.finding
    if finding is None or finding.diagnosis == "wrong formula":
        finding = Finding("gradient missing", text, KEEP_IN_GRAPH, input=i)
    return Report(phrase, None, finding, report.checked, report.recorded, [("rule", text)])


class _FirstGradients:
    """The gradients of `function`, weighted by the last arguments: their gradients are second derivatives."""

    def __init__(self, function: Function, count: int) -> None:
        self.function = function
        self.count = count

    def __call__(self, *args: Any) -> tuple[Tensor, ...]:
        inner, weights = args[: len(args) - self.count], args[len(args) - self.count :]
        with enable_grad():
            outputs = [y for y in outputs_of(self.function(*inner)) if y.requires_grad]
            wanted = [x for _, x in differentiated(inner)]
            found = gradients(outputs, wanted, weights, create_graph=True, allow_unused=True)
        return tuple([g for g in found if g is not None])


def _random_like(y: Tensor, strided: bool, seed: int) -> Tensor:
    rng = np.random.default_rng(seed)
    values = rng.standard_normal((*y._data.shape, 2)).astype(y._data.dtype)
    if y._data.dtype.kind == "c":
        values = values + 1j * rng.standard_normal(values.shape)
    vector = Tensor(values[..., 0] if strided else values[..., 0].copy(), None)
    return vector.requires_grad_()


def first_gradients(
    function: Function, inputs: Any, grad_outputs: Any, strided: bool
) -> tuple[Function, tuple[Any, ...]]:
    """Return the function whose gradients are second derivatives, and its arguments."""
    args = checked_inputs(inputs)
    outputs = [y for y in outputs_of(function(*args)) if y.requires_grad]
    if grad_outputs is None:
        vectors = [_random_like(y, strided, seed) for seed, y in enumerate(outputs)]
    else:
        given = (grad_outputs,) if isinstance(grad_outputs, Tensor) else grad_outputs
        vectors = [v for v in given if v is not None]
    return _FirstGradients(function, len(vectors)), (*args, *vectors)
