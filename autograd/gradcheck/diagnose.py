"""What kind of mistake a wrong gradient looks like: hypotheses, tested one after another.

Some mistakes show in the values: a constant factor, a permuted or flipped array. Others are found by experiment.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations

import numpy as np

from autograd.gradcheck.evidence import Diagnosis, Evidence, subsets
from autograd.gradcheck.experiments import EXPERIMENTS
from autograd.gradcheck.trial import Trial
from autograd.tensor import Array

__all__ = ["DIAGNOSES", "diagnose", "shape_diagnosis"]

DIAGNOSES = (
    "constant factor",
    "sign",
    "transposed axes",
    "kernel not rotated",
    "flipped axes",
    "shifted index",
    "missing broadcast sum",
    "forgotten term",
    "forgotten setting",
    "gradient missing",
    "wrong operand",
    "not conjugated",
    "clipped",
    "rounded to integers",
    "wrong formula",
    "wrong shape",
    "not a number",
    "backward raises",
    "float32 noise",
    "non-smooth point",
    "non-determinism",
    "input modified in place",
    "hook",
)


def diagnose(evidence: Evidence) -> Diagnosis:
    """Return what the mistake looks like."""
    for test in TESTS:
        found = test(evidence)
        if found is not None:
            return found
    return _remainder(evidence)


# ---- what shows in the values


def _not_finite(e: Evidence) -> Diagnosis | None:
    bad = e.wrong & ~np.isfinite(e.analytic)
    if bad.any() and bad.sum() == e.wrong.sum():
        return Diagnosis("not a number", f"{int(bad.sum())} elements of the gradient are nan or infinite")
    return None


def _missing(e: Evidence) -> Diagnosis | None:
    if np.any(e.analytic[e.wrong]):
        return None
    part = "" if e.wrong[e.seen].all() else f"at {_where(e)}, "
    return Diagnosis(
        "gradient missing",
        f"{part}the gradient is zero or None, though the output depends on this input",
        "return a gradient for every input and element the output depends on",
    )


def _factor(e: Evidence) -> Diagnosis | None:
    a, n = e.analytic[e.wrong], e.numeric[e.wrong]
    weight = float(np.sum(np.abs(n) ** 2))
    if weight == 0:
        return None
    c = complex(np.sum(a * np.conj(n)) / weight)
    if abs(c.imag) > 1e-6 * abs(c) or abs(c.real) < 1e-9:
        return None
    factor = c.real
    if not np.allclose(a, factor * n, rtol=1e-3, atol=1e-5 * float(np.abs(n).max()) * max(1.0, abs(factor))):
        return None
    if int(e.wrong.sum()) < 3 and not _is_simple(factor) and not e.factor_lasts(factor):
        return None
    part = "" if e.wrong[e.seen].all() else f"at {_where(e)}, "
    if abs(factor + 1) < 1e-3:
        return Diagnosis("sign", f"{part}the gradient has the wrong sign", "turn the sign of this term of backward")
    ratio, hint = _ratio(factor, e)
    text = f"{part}the gradient is {ratio} times what it should be{hint}"
    return Diagnosis("constant factor", text, "look for a factor that is missing or applied twice")


def _factor_by_axis(e: Evidence) -> Diagnosis | None:
    """Find a factor that differs from row to row: a norm or a sum along an axis that was forgotten."""
    if not e.wrong.all() or np.iscomplexobj(e.analytic):
        return None
    ratio = e.analytic / np.where(e.numeric == 0, np.nan, e.numeric)
    for axis in range(ratio.ndim):
        mean = ratio.mean(axis, keepdims=True)
        if ratio.shape[axis] > 2 and ratio.ndim > 1 and np.allclose(ratio, mean, rtol=1e-3, atol=0):
            spread = f"between {mean.min():.4g} and {mean.max():.4g} times what it should be, alike along axis {axis}"
            return Diagnosis(
                "constant factor", f"the gradient is {spread}", f"look for a norm or a sum along axis {axis}"
            )
    return None


def _clipped(e: Evidence) -> Diagnosis | None:
    """Test whether values beyond a bound were set to it."""
    a, n = e.analytic[e.wrong], e.numeric[e.wrong]
    if np.iscomplexobj(a) or a.size < 2 or not e.seen.all() or e.wrong.all():
        return None
    bound = float(np.abs(a).max())
    close = np.allclose(np.abs(a), bound, rtol=1e-9) and bool(np.all(np.sign(a) == np.sign(n)))
    if close and np.all(np.abs(n) > bound) and np.abs(e.analytic).max() <= bound * (1 + 1e-9):
        text = f"at {_where(e)}, the gradient is {bound:g} in size where it should be larger"
        return Diagnosis("clipped", text, "clip gradients after the backward pass, not in it")
    return None


def _rounded(e: Evidence) -> Diagnosis | None:
    """Test whether the gradient went through integers."""
    a, n = e.analytic[e.seen], e.numeric[e.seen]
    whole = not np.iscomplexobj(a) and bool(np.all(a == np.round(a))) and bool(np.any(a))
    if not whole or a.size < 3 or np.abs(a - n).max() >= 1 or np.allclose(n, np.round(n), atol=1e-3):
        return None
    return Diagnosis(
        "rounded to integers", "all values of the gradient are whole numbers, near the right ones", "keep to floats"
    )


def _rolled(e: Evidence) -> Diagnosis | None:
    """Find a cyclic shift by more than one, as of the groups of a convolution."""
    for axis, n in enumerate(e.analytic.shape):
        for shift in range(2, min(n - 1, 64)):
            if e.equals(np.roll(e.analytic, shift, axis)):
                text = f"the gradient, rotated by {shift} along axis {axis}, is right"
                return Diagnosis("shifted index", text, "put its blocks (the groups?) in the order of the input's")
    return None


def _is_simple(factor: float) -> bool:
    """Whether a factor is a small whole number or one over such: few elements have some ratio by chance."""
    size = abs(factor)
    return any(abs(size - k) < 1e-4 or abs(size * k - 1) < 1e-4 for k in range(1, 17))


def _ratio(factor: float, e: Evidence) -> tuple[str, str]:
    """Write a factor as a ratio of small numbers, and say if it is a size it may come from."""
    arrays = (e.trial.weights[0], e.trial.inputs[e.position])
    sizes = {k for y in arrays if y is not None for k in (*y.shape, y.size)}
    sign, size = "-" if factor < 0 else "", abs(factor)
    for k in range(2, 1 << 16):
        inverse = abs(size * k - 1) < 1e-3
        if inverse or abs(size - k) < 1e-3 * k:
            swapped = "a mean in place of a sum" if inverse else "a sum in place of a mean"
            hint = f"; {k} is also a size of the input or output: {swapped}?" if k in sizes else ""
            return f"{sign}1/{k}" if inverse else f"{sign}{k}", hint
    return f"{factor:.6g}", ""


def _where(e: Evidence) -> str:
    """Say how many elements are wrong, and where they lie."""
    mask = e.wrong
    count = f"{int(mask.sum())} of {int(e.seen.sum())} elements"
    border = np.zeros_like(mask)
    for axis in range(max(mask.ndim - 2, 0), mask.ndim):
        for end in (0, -1):
            border[(slice(None),) * axis + (end,)] = True
    if mask.ndim >= 3 and mask.any() and not (mask & ~border).any():
        return f"{count}, all at the border"
    return count


def _permuted(e: Evidence) -> Diagnosis | None:
    for order in permutations(range(e.analytic.ndim)):
        if order != tuple(range(len(order))) and e.equals(e.analytic.transpose(order)):
            return Diagnosis(
                "transposed axes",
                f"the gradient with its axes in the order {order} is right",
                "transpose the result of backward, or swap and transpose the operands of its product",
            )
    return None


def _flipped(e: Evidence) -> Diagnosis | None:
    for axes in subsets(e.analytic.ndim):
        if e.equals(np.flip(e.analytic, axes)):
            if _is_kernel(e.trial, e.position):
                return Diagnosis(
                    "kernel not rotated",
                    f"the gradient of the kernel, flipped along the axes {axes}, is right",
                    "correlate the input with the gradient; rotate the result only if forward rotates the kernel",
                )
            return Diagnosis("flipped axes", f"the gradient, flipped along the axes {axes}, is right")
    return None


def _shifted(e: Evidence) -> Diagnosis | None:
    for axis in range(e.analytic.ndim):
        for shift in (1, -1):
            moved = np.roll(e.analytic, shift, axis)
            inner = [slice(None)] * e.analytic.ndim
            inner[axis] = slice(1, None) if shift > 0 else slice(0, -1)
            same = e.close(moved, e.numeric)[tuple(inner)][e.seen[tuple(inner)]]
            if e.analytic.shape[axis] > 2 and same.size and same.all() and np.any(e.numeric[tuple(inner)]):
                return Diagnosis("shifted index", f"the gradient, moved by {shift} along axis {axis}, is right")
    return None


def _is_kernel(trial: Trial, position: int) -> bool:
    """Whether this input is the kernel of something like a convolution: a smaller array beside a larger one."""
    own = trial.inputs[position]
    others = [x for i, x in enumerate(trial.inputs[: trial.count]) if i != position and isinstance(x, np.ndarray)]
    return own.ndim >= 3 and any(x.ndim == own.ndim and x.size >= own.size for x in others)


# ---- what is left


def _remainder(e: Evidence) -> Diagnosis:
    """Tell a gradient that lacks a part from one that has nothing to do with the right one."""
    a, n = np.where(e.seen, e.analytic, 0), np.where(e.seen, e.numeric, 0)
    wrong = e.wrong
    where = _where(e)
    if not np.any(n[wrong]):
        return Diagnosis(
            "forgotten term",
            f"at {where} the gradient should be zero: a factor that is zero there (a mask) was forgotten",
            "multiply by the mask of the elements the output depends on",
        )
    rest = float(np.linalg.norm(a - n)) / float(np.linalg.norm(n))
    likeness = float(np.real(np.sum(a * np.conj(n)))) / float(np.linalg.norm(a) * np.linalg.norm(n) or 1.0)
    # Where some elements are right, or most of the rank is missing, it is no mean or norm that was forgotten.
    rank, of = e.residual_rank() if wrong[e.seen].all() else (0, 0)
    rank, of = (rank, of) if 2 * rank <= of else (0, 0)
    if likeness > 0.3 or rest < 1 or rank < of:
        share = "" if wrong[e.seen].all() else f"; {int((e.seen & ~wrong).sum())} elements are right"
        text = f"the gradient is a part of the right one: what is left has {rest:.2g} of its norm{share}"
        if rank < of:
            text = (
                f"the gradient lacks a part that, as a matrix, has the rank {rank} only: a mean, a norm or a variance"
            )
        return Diagnosis(
            "forgotten term",
            text,
            "look for a path from input to output (a mean, a variance, a second use) that backward lacks",
        )
    return Diagnosis(
        "wrong formula",
        f"the gradient has little to do with the right one: their directions agree to {likeness:.2g}",
        "derive backward anew from forward's formula",
    )


TESTS: tuple[Callable[[Evidence], Diagnosis | None], ...] = (
    _not_finite,
    _missing,
    _factor,
    _factor_by_axis,
    _clipped,
    _rounded,
    _permuted,
    _flipped,
    *EXPERIMENTS,
    _shifted,
    _rolled,
)


def shape_diagnosis(raw: Array, numeric: Array, close: Callable[[Array, Array], Array]) -> Diagnosis:
    """Return what is wrong with a gradient whose shape its input's does not broadcast to."""
    known = ~np.isnan(numeric)
    got = f"the gradient has the shape {list(raw.shape)}, its input {list(numeric.shape)}"

    def right(candidate: Array) -> bool:
        return candidate.shape == numeric.shape and bool(close(candidate, numeric)[known].all())

    for order in permutations(range(raw.ndim)):
        if right(raw.transpose(order)):
            return Diagnosis(
                "transposed axes", f"{got}; with its axes in the order {order} it is right", "transpose it"
            )
    for axes in subsets(raw.ndim):
        for keep in (False, True):
            if right(raw.sum(axes, keepdims=keep)):
                return Diagnosis(
                    "missing broadcast sum",
                    f"{got}; summed over the axes {axes} it is right",
                    f"sum over the axes {axes}, along which this input is used several times",
                )
    if raw.size == numeric.size and right(raw.reshape(numeric.shape)):
        return Diagnosis("wrong shape", f"{got}; reshaped it is right", "reshape it to the input's shape")
    return Diagnosis("wrong shape", got, "a gradient has its input's shape, or broadcasts it")
