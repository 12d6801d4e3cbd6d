"""Finding the fault: each operation of a failed function is checked on its own, in order."""

from __future__ import annotations

import time
from typing import Any, NamedTuple

import numpy as np

from autograd.gradcheck.arguments import Tolerance
from autograd.gradcheck.diagnose import diagnose, shape_diagnosis
from autograd.gradcheck.errors import Finding
from autograd.gradcheck.evidence import Diagnosis, Evidence
from autograd.gradcheck.kinks import disagrees, is_kink
from autograd.gradcheck.recorder import Call
from autograd.gradcheck.trial import Trial
from autograd.naming import axes
from autograd.storage import Array
from autograd.tensor import Tensor

__all__ = ["Budget", "check_call", "first_fault", "rounds"]

MOST_ELEMENTS = 400
FEWEST_ELEMENTS = 16
READ_ONE_TRIANGLE = ("Cholesky", "Eigh")
DIRECTIONS = 3


class Budget:
    """Time that may be spent.

    Parameters
    ----------
    seconds : float
        Infinite for no limit.
    """

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    @property
    def spent(self) -> bool:
        """Whether it is used up."""
        return time.monotonic() > self._end


class Fault(NamedTuple):
    """A diagnosis of one operation, for one of its inputs if there is one."""

    diagnosis: Diagnosis
    position: int | None = None
    evidence: Evidence | None = None


def first_fault(calls: list[Call], order: int, budget: Budget) -> tuple[Finding | None, int]:
    """Return the first faulty operation, and how many were checked."""
    checked = 0
    for number, call in enumerate(calls, 1):
        if budget.spent:
            break
        fault = check_call(call, order, budget)
        checked += 1
        if fault is not None:
            return _finding(call, number, fault), checked
    return None, checked


def _finding(call: Call, number: int, fault: Fault) -> Finding:
    diagnosis, position, evidence = fault
    common = {"op": call.name, "order": number, "place": call.place}
    shape = () if position is None else np.shape(_input(call, position))
    names = () if position is None else axes(call.op, position, len(shape))
    if evidence is None:
        return Finding(*diagnosis, input=position, shape=shape, axes=names, **common)  # type: ignore[arg-type]
    apart = np.where(evidence.wrong, np.abs(evidence.analytic - evidence.numeric), -1.0)
    apart = np.where(np.isnan(apart), np.inf, apart)
    index = tuple(int(i) for i in np.unravel_index(int(apart.argmax()), apart.shape))
    return Finding(
        *diagnosis,
        input=position,
        axes=names,
        shape=evidence.analytic.shape,
        index=index,
        analytic=evidence.analytic[index].item(),
        numeric=evidence.numeric[index].item(),
        wrong=int(evidence.wrong.sum()),
        compared=int(evidence.seen.sum()),
        **common,  # type: ignore[arg-type]
    )


def _input(call: Call, position: int) -> Any:
    return call.inputs[position] if position < len(call.inputs) else call.results[position - len(call.inputs)]


def check_call(call: Call, order: int = 1, budget: Budget | None = None) -> Fault | None:
    """Return what is wrong with an operation's gradients; ``None`` if nothing is."""
    budget = Budget(np.inf) if budget is None else budget
    if call.modified:
        text = f"forward changes the values of input {call.modified[0]}"
        fix = "work on a copy; a function of one's own that changes an input says so by ctx.mark_dirty(x)"
        return Fault(Diagnosis("input modified in place", text, fix), call.modified[0])
    if not call.linked or not any(call.needs):
        return None
    rng = np.random.default_rng(0)
    with np.errstate(all="ignore"):
        first, second = call.run(call.inputs), call.run(call.inputs)
        if not all(np.array_equal(a, b, equal_nan=True) for a, b in zip(first, second, strict=True)):
            text = "two runs of this operation on the same inputs give different results"
            return Fault(Diagnosis("non-determinism", text, "draw random numbers outside, or fix the seed inside"))
        return _check_gradients(Trial(call, order, rng), rng, budget)


def rounds(call: Call) -> bool:
    """Return whether an operation computes in single precision inside."""
    return call.linked and any(call.needs) and Trial(call, 1, np.random.default_rng(0)).coarse


def _check_gradients(trial: Trial, rng: np.random.Generator, budget: Budget) -> Fault | None:
    if trial.narrow:
        return None
    try:
        results = trial.gradient()
    except Exception as error:
        kind = type(error).__name__
        return Fault(Diagnosis("backward raises", f"{kind}: {str(error).splitlines()[0] if str(error) else ''}"))
    if trial.spoiled or trial.overwritten:
        what = f"input {trial.overwritten[0]}" if trial.overwritten else "the gradient it is given"
        fix = "compute out of place: others hold the same memory"
        return Fault(Diagnosis("input modified in place", f"backward changes the values of {what}", fix))
    allowed = max(1e-7, trial.noise())
    for position, need in enumerate(trial.needs):
        if not need or trial.inputs[position].size == 0:
            continue
        found = _check_input(trial, position, _plain(results, position), allowed, rng, budget)
        if found is not None:
            return _unstable(trial, results) or found
    return _unstable(trial, results) or _check_tied(trial, allowed, rng, budget)


def _check_tied(trial: Trial, allowed: float, rng: np.random.Generator, budget: Budget) -> Fault | None:
    """Check the gradients of inputs that are one tensor, as in ``x * x``: a rule may go wrong for these alone."""
    groups: dict[int, list[int]] = {}
    for position, leader in enumerate(trial.call.same):
        groups.setdefault(leader, []).append(position)
    if trial.order != 1 or not any(len(group) > 1 and trial.needs[leader] for leader, group in groups.items()):
        return None
    trial.tied = True
    try:
        results = trial.gradient()
        for leader, group in groups.items():
            given = [raw for raw in (_plain(results, position) for position in group) if raw is not None]
            if len(group) > 1 and trial.needs[leader] and given:
                found = _check_input(trial, leader, np.asarray(sum(given)), allowed, rng, budget)
                if found is not None:
                    return found
    finally:
        trial.tied = False
    return None


def _plain(results: list[Any], position: int) -> Array | None:
    value = results[position] if position < len(results) else None
    return value._data if isinstance(value, Tensor) else None


def _unstable(trial: Trial, first: list[Any]) -> Fault | None:
    """Return which gradient a second pass gives otherwise."""
    second = trial.gradient()
    for position in range(len(trial.needs)):
        a, b = _plain(first, position), _plain(second, position)
        if a is not None and b is not None and not np.array_equal(a, b, equal_nan=True):
            text = "two passes backward of this operation give different gradients"
            return Fault(Diagnosis("non-determinism", text, "make backward deterministic"), position)
    return None


def _symmetric(call: Call, gradient: Array) -> Array:
    """For operations that read one triangle of a symmetric matrix: give both triangles the same share."""
    if call.op.__name__ not in READ_ONE_TRIANGLE or gradient.ndim < 2:
        return gradient
    return np.asarray((gradient + np.conj(np.swapaxes(gradient, -1, -2))) / 2)


def _reduced(raw: Array, shape: tuple[int, ...]) -> Array | None:
    """Sum a gradient over the axes along which its input is broadcast; ``None`` if the shapes do not fit."""
    extra = raw.ndim - len(shape)
    if extra < 0 or any(n not in (1, m) for n, m in zip(shape, raw.shape[extra:], strict=True)):
        return None
    kept = tuple([i + extra for i, n in enumerate(shape) if n == 1 and raw.shape[i + extra] != 1])
    summed: Array = raw.sum((*range(extra), *kept), keepdims=True)
    return summed.reshape(shape)


def _check_input(
    trial: Trial, position: int, raw: Array | None, allowed: float, rng: np.random.Generator, budget: Budget
) -> Fault | None:
    x = trial.inputs[position]
    analytic = np.zeros_like(x) if raw is None else _reduced(raw, x.shape)
    if analytic is not None and x.dtype.kind == "f":
        analytic = np.asarray(analytic.real, np.float64)
        if _directions_agree(trial, position, analytic, allowed, rng):
            return None
    numeric, excused = _numeric(trial, position, analytic, allowed, rng, budget)
    numeric = _symmetric(trial.call, numeric)
    scale = float(np.nanmax(np.abs(numeric), initial=0.0))

    def close(a: Array, b: Array) -> Array:
        with np.errstate(invalid="ignore"):
            near: Array = (np.abs(a - b) <= allowed + 1e-6 * scale + 1e-4 * np.abs(b)) | (a == b)
        return near

    if analytic is not None and excused.sum() > 1:
        left, right = trial.slopes(position, excused.astype(np.float64))
        found = float(analytic[excused].sum())
        if disagrees(left, right, found, Tolerance(trial.eps, allowed, 1e-4, 0.0)):
            text = f"where elements tie, their gradients add up to {found:.6g} and should to {(left + right) / 2:.6g}"
            fix = "give the gradient to one of the tied elements, or to each its share"
            return Fault(Diagnosis("non-smooth point", text, fix), position)
    if analytic is None and raw is not None:
        return Fault(shape_diagnosis(raw, numeric, close), position)
    evidence = Evidence(
        trial, position, _symmetric(trial.call, np.asarray(analytic)), np.where(excused, np.nan, numeric), close
    )
    if not evidence.wrong.any():
        return None
    if raw is not None and raw.shape != x.shape:
        # The replay sums what it takes for broadcast axes; the gradient may have meant others.
        shaped = shape_diagnosis(raw, evidence.numeric, close)
        if shaped.name != "wrong shape":
            return Fault(shaped, position, evidence)
    return Fault(diagnose(evidence), position, evidence)


def _directions_agree(trial: Trial, position: int, analytic: Array, allowed: float, rng: np.random.Generator) -> bool:
    """Compare along a few random directions, which all elements take part in."""
    for _ in range(DIRECTIONS):
        u = np.asarray(rng.standard_normal(analytic.shape))
        expected = trial.slope(position, u)
        found = float(np.sum(analytic * u))
        if not np.isfinite(found) or not abs(found - expected) <= allowed + 1e-6 * (
            abs(expected) + float(np.abs(analytic * u).max(initial=0.0))
        ):
            return False
    return True


def _numeric(
    trial: Trial, position: int, analytic: Array | None, allowed: float, rng: np.random.Generator, budget: Budget
) -> tuple[Array, Array]:
    """Return the difference quotients, NaN where none was computed, and the elements at kinks."""
    x = trial.inputs[position]
    numeric = np.full(x.shape, np.nan, x.dtype)
    excused = np.zeros(x.shape, bool)
    chosen = rng.permutation(x.size) if x.size <= MOST_ELEMENTS else rng.choice(x.size, MOST_ELEMENTS, replace=False)
    tolerance = Tolerance(trial.eps, allowed, 1e-4, 0.0)
    for count, flat in enumerate(chosen):
        if count >= FEWEST_ELEMENTS and budget.spent:
            break
        index = np.unravel_index(int(flat), x.shape)
        unit = np.zeros_like(x)
        unit[index] = 1
        left, right = trial.slopes(position, unit)
        numeric[index] = (left + right) / 2
        if x.dtype.kind == "c":
            numeric[index] += 1j * trial.slope(position, 1j * unit)
        elif analytic is not None and abs(left - right) > allowed + 1e-4 * max(abs(left), abs(right)):
            finer = trial.slopes(position, unit, eps=trial.eps / 10)
            pairs = [(np.asarray(a), np.asarray(b)) for a, b in ((left, right), finer)]
            excused[index] = bool(is_kink(pairs[0], pairs[1], np.asarray(analytic[index]), tolerance))
    return numeric, excused
