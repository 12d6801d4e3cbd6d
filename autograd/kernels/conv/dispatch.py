"""Which method computes which convolution: one table, read from the top.

A method is a module with a ``NAME``, ``EXACT`` (whether it sums directly), ``applies(case)``, ``forward`` and
``backward_weight``. Backward-data needs none of its own: it is one forward of the cotangent for each stride phase. The
Toeplitz method has one, for what is a narrow product in that direction is a wide one as the forward's transpose.

`autograd.config.force_conv_method` or ``CONVGRAD_CONV`` names one method, which is used wherever it applies; where it
does not, im2col is. The name ``direct`` leaves the choice open among the exact methods, as the exact mode does.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from math import prod
from typing import Protocol

import numpy as np

from autograd.config import MODES
from autograd.errors import describe
from autograd.geometry import ConvGeometry
from autograd.kernels import workspace
from autograd.kernels.conv import (
    depthwise,
    fft,
    im2col,
    mec,
    phases,
    pointwise,
    toeplitz,
    winograd,
    winograd1d,
    winograd_wide,
)
from autograd.kernels.conv.layout import Array, Case

__all__ = ["METHODS", "Method", "choose", "correlate", "correlate_input", "correlate_weight"]


class Method(Protocol):
    """What a method's module offers."""

    NAME: str
    EXACT: bool

    def applies(self, case: Case) -> bool:
        """Whether the method can be used."""

    def forward(self, x: Array, w: Array, geometry: ConvGeometry, out: Array, bias: Array | None = None) -> None:
        """Write conv(x, w) + bias to `out`; `x` and `out` are channels-last views."""

    def backward_weight(self, x: Array, g: Array, geometry: ConvGeometry, out: Array) -> None:
        """Write the weights' gradient to `out`."""


def _is_wide_enough(case: Case) -> bool:
    """Whether two-dimensional transforms save more than they cost, and tiles are many enough for efficient products."""
    high, wide = (winograd.REACH + 1 - taps for taps in case.geometry.kernel)
    down, across = case.geometry.output
    tiles = case.images * -(-down // high) * -(-across // wide)
    enough = prod(case.geometry.kernel) >= 9 and min(case.channels, case.outputs) >= 32
    return enough and 2 * tiles >= max(case.channels, case.outputs)


def _is_narrow(case: Case) -> bool:
    """Whether channels are too few for two-dimensional transforms to pay."""
    fewest, most = sorted((case.channels, case.outputs))
    return most <= 32 * case.geometry.groups or (fewest < 32 and most <= 128)


def _is_big(case: Case) -> bool:
    """Whether there are so many taps that Fourier transforms of images, and of the kernel, cost less than their sum."""
    geometry, taps = case.geometry, prod(case.geometry.kernel)
    if min(geometry.kernel) < 5 and taps < 150:
        return False
    if geometry.groups > 1:
        return taps >= 49
    rows = case.images * max(1, prod(geometry.output) / 28**2)
    mixing = case.channels * case.outputs / (case.channels + case.outputs)
    return min(case.channels, case.outputs) * taps >= 300 and rows * taps >= 12 * mixing


def _is_tall(case: Case) -> bool:
    """Whether a window overlaps the next by far, in images tall enough for long products."""
    geometry = case.geometry
    phases = -(-geometry.kernel[0] // geometry.stride[0])
    return min(case.channels, case.outputs) <= 16 and phases >= 3 and geometry.output[0] >= 24 * phases


RULES: tuple[tuple[Method, Callable[[Case], bool]], ...] = (
    (pointwise, lambda case: True),
    (fft, _is_big),
    (depthwise, lambda case: True),
    (winograd, _is_wide_enough),
    (winograd_wide, lambda case: min(case.channels, case.outputs) >= 64),
    (toeplitz, lambda case: case.channels <= 3 < case.outputs and case.geometry.stride == (1, 1)),
    (winograd1d, _is_narrow),
    (mec, _is_tall),
    (toeplitz, lambda case: min(case.channels, case.outputs) <= 8 and case.geometry.stride == (1, 1)),
    (im2col, lambda case: True),
)

METHODS = {method.NAME: method for method, _ in RULES}


@lru_cache(maxsize=4096)
def _choose(case: Case, exact: bool, forced: str) -> Method:
    if forced and forced != "direct":
        if forced not in METHODS:
            known = ", ".join(["direct", *METHODS])
            raise ValueError(describe(f"unknown convolution method {forced!r}", op="conv", rule=f"one of {known}"))
        return METHODS[forced] if METHODS[forced].applies(case) else METHODS[im2col.NAME]
    direct = exact or forced == "direct"
    for method, pays in RULES:
        if (method.EXACT or not direct) and method.applies(case) and pays(case):
            return method
    return METHODS[im2col.NAME]


def choose(case: Case) -> Method:
    """Return the method for a case, in the modes of the calling context."""
    modes = MODES.get()
    return _choose(case, modes.exact, modes.conv_method)


def _splits_dilation(case: Case) -> bool:
    """Whether a dilated convolution is computed residue by residue, by a method that knows no dilation."""
    geometry = case.geometry
    if set(geometry.dilation) == {1} or set(geometry.stride) != {1}:
        return False
    inner = case._replace(geometry=phases.undilated(geometry)[0].geometry)
    return not choose(inner).EXACT


def correlate(x: Array, w: Array, geometry: ConvGeometry, out: Array, bias: Array | None = None) -> None:
    """Write conv(x, w) + bias to `out` by the chosen method; `x` and `out` are channels-last views."""
    if not out.size:
        return
    case = Case(x.shape[0], x.shape[-1], w.shape[0], geometry, out.dtype)
    if _splits_dilation(case):
        for part in phases.undilated(geometry):
            correlate(x[part.inputs], w, part.geometry, out[part.outputs], bias)
    else:
        choose(case).forward(x, w, geometry, out, bias)


def correlate_input(g: Array, w: Array, geometry: ConvGeometry, out: Array) -> None:
    """Write the input's gradient to `out`, one stride phase at a time; `g` and `out` are channels-last views."""
    if g.size and _transposes(Case(g.shape[0], out.shape[-1], g.shape[-1], geometry, out.dtype)):
        toeplitz.backward_input(g, w, geometry, out)
        return
    if _merges_phases(geometry, w, out):
        merged = phases.merge(geometry)
        wide = phases.merged_weights(w, merged)
        held = workspace.empty((g.shape[0], *merged.geometry.output, wide.shape[0]), out.dtype)
        correlate(g, wide, merged.geometry, held)
        phases.spread(held, geometry, out)
        return
    for phase in phases.split(geometry):
        part = out[(slice(None), *phase.positions)]
        if 0 in phase.geometry.kernel:
            part[...] = 0
        else:
            taps = w[(slice(None), slice(None), *phase.taps)]
            correlate(g, phases.turned(taps, geometry.groups), phase.geometry, part)


def _transposes(case: Case) -> bool:
    """Whether backward-data is the transpose of a Toeplitz product, and no faster method does it as a correlation."""
    if choose(case) is not toeplitz:
        return False
    phase = phases.split(case.geometry)[0].geometry
    return choose(case._replace(channels=case.outputs, outputs=case.channels, geometry=phase)).EXACT


def _merges_phases(geometry: ConvGeometry, w: Array, out: Array) -> bool:
    """Whether the phases are so few and narrow that one product for all of them is wider, and reads `g` once."""
    narrow = 1 < prod(geometry.stride) * out.shape[-1] <= 16 and set(geometry.dilation) == {1}
    enough = all(k >= s <= n for k, s, n in zip(geometry.kernel, geometry.stride, geometry.size, strict=True))
    return narrow and enough and geometry.groups == 1 and max(geometry.stride) > 1 and out.size > 0


def correlate_weight(x: Array, g: Array, geometry: ConvGeometry, out: Array) -> None:
    """Write the weights' gradient to `out` by the chosen method; `x` and `g` are channels-last views."""
    if not g.size:
        out[...] = 0
        return
    case = Case(x.shape[0], x.shape[-1], g.shape[-1], geometry, out.dtype)
    if _splits_dilation(case):
        term = workspace.empty(out.shape, out.dtype)
        for index, part in enumerate(phases.undilated(geometry)):
            correlate_weight(x[part.inputs], g[part.outputs], part.geometry, term if index else out)
            if index:
                np.add(out, term, out=out)
    else:
        choose(case).backward_weight(x, g, geometry, out)
