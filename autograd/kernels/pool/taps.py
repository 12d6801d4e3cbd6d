"""Which outputs a tap of a pooling window serves, and from which inputs."""

from __future__ import annotations

from functools import lru_cache
from itertools import product
from typing import NamedTuple

from autograd.geometry import PoolGeometry

__all__ = ["Tap", "along", "axis_taps", "covers", "fills", "overlaps", "window_taps"]


class Tap(NamedTuple):
    """Outputs whose window has an input at this tap, and those inputs, as equally long slices of one axis."""

    outputs: slice
    inputs: slice


@lru_cache(maxsize=4096)
def axis_taps(geometry: PoolGeometry, axis: int) -> tuple[Tap, ...]:
    """Return the taps of one spatial axis in order; padding belongs to no tap.

    Output o reads input ``o s - p + j d`` at tap j.
    """
    n, stride, dilation = geometry.size[axis], geometry.stride[axis], geometry.dilation[axis]
    taps = []
    for j in range(geometry.kernel[axis]):
        offset = j * dilation - geometry.padding[axis]
        first = max(0, -(offset // stride))
        stop = max(first, min(geometry.output[axis], (n - 1 - offset) // stride + 1))
        start = first * stride + offset
        taps.append(Tap(slice(first, stop), slice(start, start + max(0, (stop - first - 1) * stride + 1), stride)))
    return tuple(taps)


@lru_cache(maxsize=4096)
def window_taps(geometry: PoolGeometry) -> tuple[tuple[tuple[slice, ...], tuple[slice, ...]], ...]:
    """Return (outputs, inputs) of every tap of the whole window, in row-major order."""
    axes = (axis_taps(geometry, axis) for axis in range(len(geometry.size)))
    return tuple((tuple(t.outputs for t in taps), tuple(t.inputs for t in taps)) for taps in product(*axes))


def along(axis: int, part: slice) -> tuple[slice, ...]:
    """Return the index that takes `part` of `axis` and all of the axes before it."""
    return (*(slice(None),) * axis, part)


def covers(tap: Tap, outputs: int) -> bool:
    """Return whether every output of the axis has an input at this tap."""
    return tap.outputs == slice(0, outputs)


def overlaps(geometry: PoolGeometry) -> bool:
    """Return whether an input may belong to two windows."""
    return any(s < d * (k - 1) + 1 for k, s, d in zip(geometry.kernel, geometry.stride, geometry.dilation, strict=True))


def fills(geometry: PoolGeometry) -> bool:
    """Return whether every input belongs to exactly one window."""
    return (
        geometry.kernel == geometry.stride
        and not any(geometry.padding)
        and not overlaps(geometry)
        and all(o * s == n for o, s, n in zip(geometry.output, geometry.stride, geometry.size, strict=True))
    )
