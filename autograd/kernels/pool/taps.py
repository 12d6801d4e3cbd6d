"""Which outputs a tap of a pooling window serves, and from which inputs."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from itertools import product
from typing import NamedTuple

import numpy as np

from autograd.geometry import PoolGeometry
from autograd.kernels import threads
from autograd.kernels.layout import Array, spans

__all__ = [
    "Step",
    "Tap",
    "along",
    "axis_steps",
    "axis_taps",
    "fills",
    "over_images",
    "overlaps",
    "reaches_all",
    "window_taps",
]


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


class Step(NamedTuple):
    """One move of a running reduction along an axis.

    Attributes
    ----------
    tap : int
        Number of the tap that `inputs` belong to.
    outputs, inputs : slice
    champion : slice or None
        Inputs of the tap before, where it and this one are the first two and are to be compared with one another.
    first : bool
        Whether no earlier tap has reached these outputs.
    """

    tap: int
    outputs: slice
    inputs: slice
    champion: slice | None
    first: bool


@lru_cache(maxsize=4096)
def axis_steps(geometry: PoolGeometry, axis: int) -> tuple[Step, ...]:
    """Return the moves that reduce one axis, in the order of its taps."""
    taps = axis_taps(geometry, axis)
    if len(taps) > 1 and taps[0].outputs == taps[1].outputs == slice(0, geometry.output[axis]):
        steps, begin = [Step(1, taps[1].outputs, taps[1].inputs, taps[0].inputs, False)], 2
        served = 0
    else:
        steps, begin, served = [], 0, geometry.output[axis]
    for j, (outputs, inputs) in enumerate(taps[begin:], begin):
        # Outputs from `served` on have met an earlier tap; both ends of a tap's range fall as taps advance.
        middle = min(max(outputs.start, served), outputs.stop)
        split = inputs.start + (middle - outputs.start) * geometry.stride[axis]
        if middle > outputs.start:
            fresh = slice(inputs.start, split - geometry.stride[axis] + 1, geometry.stride[axis])
            steps.append(Step(j, slice(outputs.start, middle), fresh, None, True))
        if middle < outputs.stop:
            contested = slice(split, inputs.stop, geometry.stride[axis])
            steps.append(Step(j, slice(middle, outputs.stop), contested, None, False))
        served = min(served, outputs.start)
    return tuple(steps)


@lru_cache(maxsize=4096)
def reaches_all(geometry: PoolGeometry, axis: int) -> bool:
    """Return whether every output has an input; a dilated window may lie wholly in the padding."""
    served = np.zeros(geometry.output[axis], bool)
    for outputs, _ in axis_taps(geometry, axis):
        served[outputs] = True
    return bool(served.all())


def over_images(function: Callable[[slice], object], x: Array, cost: float) -> None:
    """Call a function on ranges of images that fit in cache.

    Parameters
    ----------
    function : callable
        Takes a slice of images. One that multiplies matrices keeps BLAS on one thread itself.
    x : ndarray, shape (N, C, *spatial)
        The larger of input and output.
    cost : float
        Microseconds an element of `x`.
    """
    with np.errstate(invalid="ignore", over="ignore"):
        parts = spans(len(x), x.size)
        if len(parts) == 1:
            function(parts[0])
        else:
            threads.run(function, parts, cost * x.size)


def along(axis: int, *parts: slice) -> tuple[slice, ...]:
    """Return the index that takes `parts` of `axis` and the axes after it, and all of the axes before it."""
    return (*(slice(None),) * axis, *parts)


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
