"""Strided backward-data and dilated convolution, split into ordinary ones: one for each residue of the position.

Backward-data: input position ``s u + a`` meets the taps ``i`` with ``i d = a + p (mod s)`` only. They form an
arithmetic progression, so the positions with residue ``a`` are a stride-1 correlation of the cotangent with those taps,
turned round, at dilation ``d / gcd(s, d)``. No zeros are ever multiplied.

Dilation at stride 1: output positions of one residue modulo ``d`` read input positions of one residue only, next to one
another. So each residue is an undilated convolution of every d-th position, for which there are faster methods.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import product
from math import gcd
from typing import NamedTuple

import numpy as np

from autograd.geometry import ConvGeometry
from autograd.kernels.conv.layout import Array


class _Axis(NamedTuple):
    """One residue on one axis: the positions it fills, the taps it uses, and the correlation that does it."""

    positions: slice
    taps: slice
    length: int
    kernel: int
    dilation: int
    padding: tuple[int, int]


class Phase(NamedTuple):
    """The input positions of one residue, and the stride-1 convolution of the cotangent that fills them."""

    positions: tuple[slice, ...]
    taps: tuple[slice, ...]
    geometry: ConvGeometry


def _axis_phases(geometry: ConvGeometry, axis: int) -> Iterator[_Axis]:
    size, kernel, output = geometry.size[axis], geometry.kernel[axis], geometry.output[axis]
    stride, dilation, low = geometry.stride[axis], geometry.dilation[axis], geometry.padding[axis][0]
    step = stride // gcd(stride, dilation)
    reach = dilation * step // stride
    for residue in range(min(stride, size)):
        count = -(-(size - residue) // stride)
        first = next((i for i in range(min(step, kernel)) if (residue + low - i * dilation) % stride == 0), kernel)
        taps = slice(first, kernel, step)
        length = len(range(first, kernel, step))
        before = (length - 1) * reach - (residue + low - first * dilation) // stride
        after = count - 1 + (length - 1) * reach + 1 - output - before
        yield _Axis(slice(residue, size, stride), taps, count, length, reach, (before, after))


@lru_cache(maxsize=4096)
def split(geometry: ConvGeometry) -> tuple[Phase, ...]:
    """Return the phases of a backward-data pass; a phase without taps has a zero in its kernel size."""
    phases = []
    for axes in product(*(tuple(_axis_phases(geometry, axis)) for axis in range(geometry.rank))):
        positions, taps, counts, kernel, dilation, padding = (tuple(column) for column in zip(*axes, strict=True))
        inner = ConvGeometry(geometry.output, kernel, (1,) * geometry.rank, padding, dilation, geometry.groups, counts)
        phases.append(Phase(positions, taps, inner))
    return tuple(phases)


class Residue(NamedTuple):
    """The input and output positions of one residue, channels-last, and the undilated convolution between them."""

    inputs: tuple[slice, ...]
    outputs: tuple[slice, ...]
    geometry: ConvGeometry


def _residue(geometry: ConvGeometry, axis: int, residue: int) -> tuple[slice, slice, int, tuple[int, int], int]:
    """Return, on one axis: input and output positions, input size, padding, output size."""
    dilation, low, kernel = geometry.dilation[axis], geometry.padding[axis][0], geometry.kernel[axis]
    first = (residue - low) % dilation
    size, output = (
        len(range(r, n, dilation)) for r, n in ((first, geometry.size[axis]), (residue, geometry.output[axis]))
    )
    before = (low + first - residue) // dilation
    after = output - 1 + kernel - size - before
    return slice(first, None, dilation), slice(residue, None, dilation), size, (before, after), output


@lru_cache(maxsize=1024)
def undilated(geometry: ConvGeometry) -> tuple[Residue, ...]:
    """Return the undilated convolutions that a dilated one at stride 1 consists of."""
    residues = []
    ranges = (range(min(d, o)) for d, o in zip(geometry.dilation, geometry.output, strict=True))
    for chosen in product(*ranges):
        axes = [_residue(geometry, axis, residue) for axis, residue in enumerate(chosen)]
        inputs, outputs, sizes, padding, output = (tuple(column) for column in zip(*axes, strict=True))
        ones = (1,) * geometry.rank
        inner = ConvGeometry(sizes, geometry.kernel, ones, padding, ones, geometry.groups, output)
        residues.append(Residue((slice(None), *inputs), (slice(None), *outputs), inner))
    return tuple(residues)


class Merged(NamedTuple):
    """All phases of a backward-data pass as one convolution to ``s1 s2 C`` channels: geometry, and each phase's taps.

    Each entry of `places` says which taps of the original kernel a phase uses, and where they lie, turned round, in
    the common one.
    """

    geometry: ConvGeometry
    places: tuple[tuple[tuple[slice, ...], tuple[slice, ...]], ...]


@lru_cache(maxsize=1024)
def merge(geometry: ConvGeometry) -> Merged:
    """Return the phases of an undilated backward-data pass as one convolution with a common kernel."""
    chosen = [tuple(_axis_phases(geometry, axis)) for axis in range(geometry.rank)]
    before = [max(phase.padding[0] for phase in axis if phase.kernel) for axis in chosen]
    kernel = tuple(
        max(low - phase.padding[0] + phase.kernel for phase in axis) for axis, low in zip(chosen, before, strict=True)
    )
    output = tuple(max(phase.length for phase in axis) for axis in chosen)
    padding = tuple(
        (low, o - 1 + k - n - low) for low, o, k, n in zip(before, output, kernel, geometry.output, strict=True)
    )
    ones = (1,) * geometry.rank
    places = []
    for axes in product(*chosen):
        starts = [low - phase.padding[0] for low, phase in zip(before, axes, strict=True)]
        common = tuple(slice(a, a + phase.kernel) for a, phase in zip(starts, axes, strict=True))
        places.append((tuple(phase.taps for phase in axes), common))
    return Merged(ConvGeometry(geometry.output, kernel, ones, padding, ones, 1, output), tuple(places))


def merged_weights(w: Array, merged: Merged) -> Array:
    """Lay weights (O, C, *kernel) out for `merge`: (phases x C, O, *common kernel)."""
    outputs, channels = w.shape[:2]
    wide = np.zeros((len(merged.places), channels, outputs, *merged.geometry.kernel), w.dtype)
    for phase, (taps, common) in enumerate(merged.places):
        used: Array = w[(slice(None), slice(None), *taps)]
        wide[phase][(slice(None), slice(None), *common)] = turned(used, 1)
    return wide.reshape(-1, outputs, *merged.geometry.kernel)


def spread(wide: Array, geometry: ConvGeometry, out: Array) -> None:
    """Write the channels of all phases, (N, *positions, phases x C), to the positions they belong to."""
    channels = out.shape[-1]
    for phase, residues in enumerate(product(*(range(s) for s in geometry.stride))):
        part = out[(slice(None), *(slice(r, None, s) for r, s in zip(residues, geometry.stride, strict=True)))]
        inside = tuple(slice(0, n) for n in part.shape[:-1])
        np.copyto(part, wide[(*inside, slice(phase * channels, (phase + 1) * channels))])


def turned(w: Array, groups: int) -> Array:
    """Rotate the kernel by 180 degrees and swap its channel axes within each group."""
    outputs, channels, *kernel = w.shape
    swapped = np.swapaxes(w.reshape(groups, outputs // groups, channels, *kernel), 1, 2)
    return np.flip(swapped, tuple(range(3, swapped.ndim))).reshape(groups * channels, outputs // groups, *kernel)
