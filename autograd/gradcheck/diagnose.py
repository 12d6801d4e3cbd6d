"""What kind of mistake a wrong gradient looks like: hypotheses, tested one after another on the operation itself.

Some mistakes show in the values (a constant factor, a permuted or flipped array). Others are tested by experiment:
if the gradient was computed with a transposed, rotated or forgotten operand, then it is the right gradient of the
operation with that operand transposed, rotated or replaced by ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations, permutations
from typing import Any, NamedTuple

import numpy as np

from autograd.gradcheck.trial import Trial
from autograd.storage import Array

__all__ = ["DIAGNOSES", "Diagnosis", "Evidence", "diagnose", "shape_diagnosis"]

DIAGNOSES = (
    "constant factor",
    "sign",
    "transposed axes",
    "kernel not rotated",
    "flipped axes",
    "shifted index",
    "missing broadcast sum",
    "forgotten term",
    "gradient missing",
    "wrong operand",
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


class Diagnosis(NamedTuple):
    """A kind of mistake, what shows it, and what to look at."""

    name: str
    explanation: str
    fix: str = ""


class Evidence(NamedTuple):
    """Both gradients of one input.

    Attributes
    ----------
    analytic : ndarray
        In the input's shape.
    numeric : ndarray
        NaN where it was not computed.
    close : callable
        Whether two arrays agree within the tolerance, element by element.
    """

    trial: Trial
    position: int
    analytic: Array
    numeric: Array
    close: Callable[[Array, Array], Array]

    @property
    def seen(self) -> Array:
        """Where the numeric gradient was computed."""
        known: Array = ~np.isnan(self.numeric)
        return known

    @property
    def wrong(self) -> Array:
        """Where the two differ."""
        differs: Array = self.seen & ~self.close(self.analytic, self.numeric)
        return differs

    def equals(self, candidate: Array) -> bool:
        """Whether the numeric gradient is `candidate`."""
        return candidate.shape == self.numeric.shape and bool(self.close(candidate, self.numeric)[self.seen].all())

    def is_gradient_of(self, inputs: list[Any] | None = None, weights: list[Array | None] | None = None) -> bool:
        """Whether the analytic gradient is the right one of the operation on other inputs, or with other weights."""
        rng = np.random.default_rng(1)
        x = self.trial.inputs[self.position]
        for _ in range(3):
            u = rng.standard_normal(x.shape)
            try:
                expected = self.trial.slope(self.position, u, inputs, weights)
            except (RuntimeError, ValueError, IndexError, TypeError):
                return False
            found = float(np.sum(self.analytic.real * u))
            size = float(np.abs(self.analytic * u).sum()) + 1e-12
            if not abs(found - expected) <= 1e-5 * size:
                return False
        return True


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
    part = "" if e.wrong[e.seen].all() else f"at {_where(e.wrong)}, "
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
    if int(e.wrong.sum()) < 3 and not e.wrong[e.seen].all() and not _is_simple(factor):
        return None
    part = "" if e.wrong[e.seen].all() else f"at {_where(e.wrong)}, "
    if abs(factor + 1) < 1e-3:
        return Diagnosis("sign", f"{part}the gradient has the wrong sign", "turn the sign of this term of backward")
    ratio, hint = _ratio(factor, e)
    text = f"{part}the gradient is {ratio} times what it should be{hint}"
    return Diagnosis("constant factor", text, "look for a factor that is missing or applied twice")


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


def _where(mask: Array) -> str:
    """Say where the elements of a mask lie."""
    count = f"{int(mask.sum())} of {mask.size} elements"
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
    for axes in _subsets(e.analytic.ndim):
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


# ---- what experiments show


def _subsets(rank: int) -> Iterator[tuple[int, ...]]:
    for count in range(1, rank + 1):
        yield from combinations(range(rank), count)


def _is_kernel(trial: Trial, position: int) -> bool:
    """Whether this input is the kernel of something like a convolution: a smaller array beside a larger one."""
    own = trial.inputs[position]
    others = [x for i, x in enumerate(trial.inputs[: trial.count]) if i != position and isinstance(x, np.ndarray)]
    return own.ndim >= 3 and any(x.ndim == own.ndim and x.size >= own.size for x in others)


def _operands(e: Evidence) -> Iterator[tuple[int, Array]]:
    """Yield the other inputs with values."""
    for j, x in enumerate(e.trial.inputs):
        if j != e.position and isinstance(x, np.ndarray) and x.dtype.kind in "fc" and x.ndim:
            yield j, x


def _with(e: Evidence, j: int, x: Array) -> list[Any]:
    inputs = list(e.trial.inputs)
    inputs[j] = x
    return inputs


def _operand_flipped(e: Evidence) -> Diagnosis | None:
    for j, x in _operands(e):
        if x.ndim < 3:
            continue
        for count in range(1, x.ndim - 1):
            axes = tuple(range(x.ndim - count, x.ndim))
            if e.is_gradient_of(_with(e, j, np.flip(x, axes))):
                return Diagnosis(
                    "kernel not rotated",
                    f"the gradient is that of the operation with input {j} rotated by 180 degrees, axes {axes}",
                    "the gradient of the input is the full convolution with the rotated kernel",
                )
    return None


def _operand_transposed(e: Evidence) -> Diagnosis | None:
    for j, x in _operands(e):
        for a, b in combinations(range(x.ndim), 2):
            if x.shape[a] == x.shape[b] and e.is_gradient_of(_with(e, j, np.swapaxes(x, a, b))):
                return Diagnosis(
                    "transposed axes",
                    f"the gradient is that of the operation with the axes {a} and {b} of input {j} swapped",
                    f"transpose input {j} in backward",
                )
    return None


def _cotangent_transposed(e: Evidence) -> Diagnosis | None:
    for k, w in enumerate(e.trial.weights):
        if w is None:
            continue
        changed = list(e.trial.weights)
        for a, b in combinations(range(w.ndim), 2):
            changed[k] = np.swapaxes(w, a, b)
            if w.shape[a] == w.shape[b] and e.is_gradient_of(weights=changed):
                text = f"the gradient is right for a gradient of the output with the axes {a} and {b} swapped"
                return Diagnosis("transposed axes", text, "transpose the incoming gradient")
        for axes in _subsets(w.ndim):
            changed[k] = np.flip(w, axes)
            if e.is_gradient_of(weights=changed):
                text = f"the gradient is right for a gradient of the output flipped along the axes {axes}"
                return Diagnosis("flipped axes", text, "do not flip the incoming gradient, or flip it back")
    return None


def _cotangent_cut(e: Evidence) -> Diagnosis | None:
    """Test whether only the first or last slice of the incoming gradient was used, in place of its sum."""
    for k, w in enumerate(e.trial.weights):
        if w is None or w.ndim > 5:
            continue
        for axes in _subsets(w.ndim):
            for end in (0, -1):
                keep = np.zeros_like(w)
                index = tuple([end if axis in axes else slice(None) for axis in range(w.ndim)])
                keep[index] = w[index]
                changed = list(e.trial.weights)
                changed[k] = keep
                if np.any(keep != w) and e.is_gradient_of(weights=changed):
                    return Diagnosis(
                        "missing broadcast sum",
                        f"the gradient uses only one slice of the output's gradient along its axes {axes}",
                        f"sum over the axes {axes}, along which this input is used several times",
                    )
    return None


def _operand_forgotten(e: Evidence) -> Diagnosis | None:
    for j, x in _operands(e):
        if e.is_gradient_of(_with(e, j, np.ones_like(x))):
            return Diagnosis(
                "forgotten term",
                f"the gradient is that of the operation with input {j} equal to one: its factor was forgotten",
                f"multiply by input {j}, or by its part of the derivative",
            )
        own = e.trial.inputs[e.position]
        if own.shape == x.shape and e.is_gradient_of(_with(e, j, own)):
            return Diagnosis(
                "wrong operand", f"input {e.position} was used where input {j} belongs", "save the other input"
            )
    return None


def _taken_elsewhere(e: Evidence) -> Diagnosis | None:
    """Test whether the derivative was taken at the output instead of the input, or the other way round."""
    outputs = e.trial.apply(e.trial.inputs, record=False)
    own = e.trial.inputs[e.position]
    if len(outputs) != 1 or outputs[0]._data.shape != own.shape or np.array_equal(outputs[0]._data, own):
        return None
    if not e.is_gradient_of(_with(e, e.position, outputs[0]._data)):
        return None
    return Diagnosis("wrong operand", "the derivative is taken at the output instead of the input", "save the input")


# ---- what is left


def _remainder(e: Evidence) -> Diagnosis:
    """Tell a gradient that lacks a part from one that has nothing to do with the right one."""
    a, n = np.where(e.seen, e.analytic, 0), np.where(e.seen, e.numeric, 0)
    wrong = e.wrong
    where = _where(wrong)
    if not np.any(n[wrong]):
        return Diagnosis(
            "forgotten term",
            f"at {where} the gradient should be zero: a factor that is zero there (a mask) was forgotten",
            "multiply by the mask of the elements the output depends on",
        )
    rest = float(np.linalg.norm(a - n)) / float(np.linalg.norm(n))
    likeness = float(np.real(np.sum(a * np.conj(n)))) / float(np.linalg.norm(a) * np.linalg.norm(n) or 1.0)
    if likeness > 0.3 or rest < 1:
        share = "" if wrong[e.seen].all() else f"; {int((e.seen & ~wrong).sum())} elements are right"
        return Diagnosis(
            "forgotten term",
            f"the gradient is a part of the right one: what is left has {rest:.2g} of its norm{share}",
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
    _permuted,
    _flipped,
    _operand_transposed,
    _operand_flipped,
    _cotangent_transposed,
    _cotangent_cut,
    _operand_forgotten,
    _taken_elsewhere,
    _shifted,
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
    for axes in _subsets(raw.ndim):
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
