"""How arrays lie in memory, and the one rule that decides how a result does.

The shape of a batch is always (N, C, spatial...). Its memory is row-major, or *channels-last*: the channel axis has the
smallest stride, so that one position's channels are neighbours. Kernels run in the layout they are given.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import prod
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from autograd.kernels import workspace

__all__ = [
    "BLOCK",
    "Array",
    "channels_to_end",
    "compute_dtype",
    "empty_like_layout",
    "empty_like_strides",
    "grows_channels_last",
    "in_layout",
    "is_channels_last",
    "is_packed",
    "line",
    "opaque",
    "same_order",
    "spans",
    "spatial_view",
]

Array: TypeAlias = NDArray[Any]

BLOCK = 1 << 19
"""Elements of one block: few enough for the cache, many enough that threads seldom wait for the interpreter, which each
call of a ufunc lets go of and takes again."""


def compute_dtype(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """Return the dtype to compute in: float32 for float16."""
    return np.dtype(np.float32) if dtype == np.float16 else dtype


def is_channels_last(x: Array) -> bool:
    """Return whether axis 1 of a batch with spatial axes has the smallest stride. Row-major wins where both hold."""
    if x.ndim < 3 or x.flags.c_contiguous or x.shape[1] == 1:
        return False
    channel = abs(x.strides[1])
    found = False
    for n, stride in zip(x.shape[2:], x.strides[2:], strict=True):
        if n > 1:
            if abs(stride) <= channel:
                return False
            found = True
    return found


def grows_channels_last(x: Array) -> bool:
    """Return whether what spreads `x` over larger planes should be channels-last.

    Planes of one element are in both layouts; where they grow, they meet activations, which are channels-last.
    """
    return is_channels_last(x) or prod(x.shape[2:]) == 1


def empty_like_layout(shape: Sequence[int], dtype: np.dtype[Any], *operands: Array) -> Array:
    """Return an uninitialised result for an operation on `operands`.

    A channels-last operand with as many axes as the result makes the result channels-last; every other result is
    row-major.
    """
    rank = len(shape)
    return workspace.empty(shape, dtype, any(x.ndim == rank and is_channels_last(x) for x in operands))


def empty_like_strides(x: Array, dtype: np.dtype[Any] | None = None) -> Array:
    """Return an uninitialised array with the axes of `x`, whose memory has no gaps, in the same order of memory."""
    kind = x.dtype if dtype is None else dtype
    if x.flags.c_contiguous:
        return workspace.empty(x.shape, kind)
    memory = workspace.empty((x.size,), kind)
    strides = tuple(stride // x.itemsize * kind.itemsize for stride in x.strides)
    return np.ndarray(x.shape, kind, memory.data, strides=strides)


def is_packed(x: Array) -> bool:
    """Return whether the memory of `x` has neither gaps nor repetitions, whatever the order of its axes."""
    return x.flags.c_contiguous or x.ravel("K").base is not None


def line(x: Array) -> Array:
    """Return the memory of a packed array as one axis."""
    return x.reshape(-1) if x.flags.c_contiguous else x.ravel("K")


@lru_cache(maxsize=1024)
def opaque(size: int) -> np.dtype[Any]:
    """Return the type of items of so many bytes, which are copied whole."""
    return np.dtype((np.void, size))


def same_order(x: Array, y: Array) -> bool:
    """Return whether the elements of two arrays of one shape lie in the same order; `y` is packed."""
    if x.flags.c_contiguous or y.flags.c_contiguous:
        return x.flags.c_contiguous and y.flags.c_contiguous
    return all(a * y.itemsize == b * x.itemsize for a, b in zip(x.strides, y.strides, strict=True))


def in_layout(x: Array, channels_last: bool) -> Array:
    """Return `x`, or a copy of it, so that its memory is dense in the given layout."""
    if (channels_to_end(x) if channels_last else x).flags.c_contiguous:
        return x
    out = workspace.empty(x.shape, x.dtype, channels_last)
    np.copyto(out, x)
    return out


def spatial_view(x: Array, channels_last: bool) -> tuple[Array, int]:
    """Return `x` with its axes in memory order, and the position of the first spatial axis."""
    return (channels_to_end(x), 1) if channels_last else (x, 2)


def channels_to_end(x: Array) -> Array:
    """View (N, C, spatial...) as (N, spatial..., C)."""
    return x.transpose(0, *range(2, x.ndim), 1)


def spans(n: int, size: int, block: int = BLOCK) -> list[slice]:
    """Split the first axis of an array into blocks, by size alone, so that no result depends on the number of threads.

    Parameters
    ----------
    n : int
        Length of the axis.
    size : int
        Elements of the whole.
    block : int
        Elements of a block. From half of it on, there are two blocks at least.
    """
    step = max(1, n * block // max(1, size))
    if 2 * size >= block:
        step = min(step, -(-n // 2))
    return [slice(i, min(i + step, n)) for i in range(0, n, max(1, step))]
