"""Strided backward-data, split into ordinary convolutions: one for each residue of the input position.

Input position ``s u + a`` meets the taps ``i`` with ``i d = a + p (mod s)`` only. They form an arithmetic progression,
so the positions with residue ``a`` are a stride-1 correlation of the cotangent with those taps, turned round, at
dilation ``d / gcd(s, d)``. No zeros are ever multiplied.
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
    count: int
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
        inner = ConvGeometry(
            geometry.output, kernel, (1,) * geometry.rank, padding, dilation, geometry.groups, counts
        )
        phases.append(Phase(positions, taps, inner))
    return tuple(phases)


def turned(w: Array, groups: int) -> Array:
    """Rotate the kernel by 180 degrees and swap its channel axes within each group."""
    outputs, channels, *kernel = w.shape
    swapped = np.swapaxes(w.reshape(groups, outputs // groups, channels, *kernel), 1, 2)
    return np.flip(swapped, tuple(range(3, swapped.ndim))).reshape(groups * channels, outputs // groups, *kernel)
