"""Experiments that tell whether a gradient was computed with an operand that was changed by mistake.

If it was, then it is the right gradient of the operation with that operand (or the incoming gradient) transposed,
rotated, cut or replaced by ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np

from autograd.geometry import ConvGeometry
from autograd.gradcheck.evidence import Diagnosis, Evidence, subsets
from autograd.tensor import Array

__all__ = ["EXPERIMENTS"]


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
        for axes in subsets(w.ndim):
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
        for axes in subsets(w.ndim):
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


def _swapped(e: Evidence) -> Diagnosis | None:
    """Test whether this is the gradient of another input of the same shape."""
    own = e.trial.inputs[e.position]
    for j, x in _operands(e):
        if x.shape == own.shape and e.trial.needs[j] and e.is_gradient_of(position=j):
            text = f"the gradient is that of input {j}"
            return Diagnosis("wrong operand", text, "backward returns the gradients in the order of forward's inputs")
    return None


def _cotangent_ignored(e: Evidence) -> Diagnosis | None:
    ones = [None if w is None else np.ones_like(w) for w in e.trial.weights]
    if not e.is_gradient_of(weights=ones):
        return None
    text = "the gradient is right for ones as the gradient of the output: the incoming gradient is not used"
    return Diagnosis("forgotten term", text, "multiply by the incoming gradient: an output is seldom the loss itself")


def _not_conjugated(e: Evidence) -> Diagnosis | None:
    x = e.trial.inputs[e.position]
    if x.dtype.kind != "c" or not e.is_gradient_of(_with(e, e.position, np.conj(x))):
        return None
    text = "the gradient is right for the conjugate input: the derivative was not conjugated"
    return Diagnosis("not conjugated", text, "multiply the incoming gradient by the derivative's conjugate: .conj()")


def _settings(geometry: ConvGeometry) -> Iterator[tuple[str, ConvGeometry]]:
    """Yield geometries of the same sizes that lack a setting."""
    ones, lows = (1,) * geometry.rank, tuple([low for low, _ in geometry.padding])
    centred = tuple([low - (r - k) // 2 for low, r, k in zip(lows, geometry.reach, geometry.kernel, strict=True)])
    candidates: list[tuple[str, dict[str, Any], tuple[int, ...]]] = [
        ("dilation", {"dilation": ones}, lows),
        ("dilation", {"dilation": ones}, centred),
        ("stride", {"stride": ones}, lows),
        ("padding", {}, (0,) * geometry.rank),
    ]
    for name, changes, low in candidates:
        changed = replace(geometry, **changes)
        spans = zip(geometry.size, geometry.output, changed.stride, changed.reach, low, strict=True)
        pads = tuple([(p, (o - 1) * s + r - n - p) for n, o, s, r, p in spans])
        if replace(changed, padding=pads) != geometry:
            yield name, replace(changed, padding=pads)


def _setting_forgotten(e: Evidence) -> Diagnosis | None:
    """Test whether the gradient is that of a convolution without one of its settings."""
    call = e.trial.call
    geometry = call.params.get("geometry")
    if not isinstance(geometry, ConvGeometry):
        return None
    try:
        for name, other in _settings(geometry):
            call.params = {**call.params, "geometry": other}
            if e.is_gradient_of():
                text = f"the gradient is that of the convolution without its {name}"
                return Diagnosis("forgotten setting", text, f"pass the {name} on to the operations of backward")
    finally:
        call.params = {**call.params, "geometry": geometry}
    return None


EXPERIMENTS: tuple[Callable[[Evidence], Diagnosis | None], ...] = (
    _operand_transposed,
    _operand_flipped,
    _cotangent_transposed,
    _cotangent_cut,
    _operand_forgotten,
    _taken_elsewhere,
    _swapped,
    _cotangent_ignored,
    _not_conjugated,
    _setting_forgotten,
)
