"""Pooling, one window at a time: every window is a list of positions, and whatever is done is done to that list."""

import itertools
import math

import numpy as np


def each_axis(value, rank):
    """One number for every spatial axis."""
    value = (value,) if isinstance(value, int) else tuple(value)
    return value * rank if len(value) == 1 else value


def starts(n, kernel, stride, padding, dilation, ceil_mode):
    """First position of every window of an axis; a window may not start in the padding behind the input."""
    last = n + 2 * padding - dilation * (kernel - 1) - 1
    reached = min(last + stride, n + padding) if ceil_mode else last + 1
    return [start - padding for start in range(0, max(reached, last + 1), stride)]


def windows(size, kernel_size, stride, padding, dilation, ceil_mode):
    """Output size, and for every output position the positions of its window, also those in the padding."""
    rank = len(size)
    kernel = each_axis(kernel_size, rank)
    stride = kernel if stride is None or stride == () else each_axis(stride, rank)
    padding, dilation = each_axis(padding, rank), each_axis(dilation, rank)
    first = [starts(*axis, ceil_mode) for axis in zip(size, kernel, stride, padding, dilation, strict=True)]
    output = tuple(map(len, first))
    found = {}
    for at in np.ndindex(output):
        ranges = [[f[o] + j * d for j in range(k)] for f, o, k, d in zip(first, at, kernel, dilation, strict=True)]
        found[at] = list(itertools.product(*ranges))
    return output, found


def cells(size, output_size):
    """For every output position of an adaptive pooling the positions of its cell."""
    rank = len(size)
    output = tuple(n if o is None else o for n, o in zip(size, _sizes(output_size, rank), strict=True))
    found = {}
    for at in np.ndindex(output):
        ranges = [
            range(math.floor(i * n / o), math.ceil((i + 1) * n / o)) for i, n, o in zip(at, size, output, strict=True)
        ]
        found[at] = list(itertools.product(*ranges))
    return output, found


def _sizes(output_size, rank):
    return (output_size,) * rank if output_size is None or isinstance(output_size, int) else tuple(output_size)


def inside(position, size):
    return all(0 <= p < n for p, n in zip(position, size, strict=True))


def planes(input, rank):
    """Every (batch and channel index, plane) of an array with `rank` spatial axes."""
    for lead in np.ndindex(input.shape[: input.ndim - rank]):
        yield lead, input[lead]


def maximum(input, rank, output, found):
    """Maxima and their row-major positions; the first maximum wins, and a NaN wins over all before it."""
    size = input.shape[input.ndim - rank :]
    values = np.full(input.shape[: input.ndim - rank] + output, -np.inf, input.dtype)
    indices = np.zeros(values.shape, np.int64)
    for lead, plane in planes(input, rank):
        for at, window in found.items():
            candidates = [p for p in window if inside(p, size)]
            best = candidates[0]
            for p in candidates:
                if plane[p] > plane[best] or np.isnan(plane[p]):
                    best = p
            values[lead + at] = plane[best]
            indices[lead + at] = np.ravel_multi_index(best, size)
    return values, indices


def max_pool(rank):
    def pool(input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False):
        size = input.shape[input.ndim - rank :]
        values, indices = maximum(input, rank, *windows(size, kernel_size, stride, padding, dilation, ceil_mode))
        return (values, indices) if return_indices else values

    return pool


def adaptive_max_pool(rank):
    def pool(input, output_size, return_indices=False):
        values, indices = maximum(input, rank, *cells(input.shape[input.ndim - rank :], output_size))
        return (values, indices) if return_indices else values

    return pool


def avg_pool(rank):
    def pool(
        input, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True, divisor_override=None
    ):
        size = input.shape[input.ndim - rank :]
        output, found = windows(size, kernel_size, stride, padding, 1, ceil_mode)
        pad = each_axis(padding, rank)
        values = np.zeros(input.shape[: input.ndim - rank] + output, input.dtype)
        for lead, plane in planes(input, rank):
            for at, window in found.items():
                # What ceil_mode adds behind the padding never counts.
                padded = [p for p in window if all(i < n + e for i, n, e in zip(p, size, pad, strict=True))]
                real = [p for p in window if inside(p, size)]
                divisor = divisor_override or len(padded if count_include_pad else real)
                values[lead + at] = sum(plane[p] for p in real) / divisor
        return values

    return pool


def adaptive_avg_pool(rank):
    def pool(input, output_size):
        output, found = cells(input.shape[input.ndim - rank :], output_size)
        values = np.zeros(input.shape[: input.ndim - rank] + output, input.dtype)
        for lead, plane in planes(input, rank):
            for at, cell in found.items():
                values[lead + at] = sum(plane[p] for p in cell) / len(cell)
        return values

    return pool


def lp_pool(rank):
    """The root of the sum of powers; at infinity the largest magnitude, at minus infinity the smallest."""

    def pool(input, norm_type, kernel_size, stride=None, ceil_mode=False):
        size = input.shape[input.ndim - rank :]
        output, found = windows(size, kernel_size, stride, 0, 1, ceil_mode)
        values = np.zeros(input.shape[: input.ndim - rank] + output, input.dtype)
        kernel = math.prod(each_axis(kernel_size, rank))
        for lead, plane in planes(input, rank):
            for at, window in found.items():
                real = [p for p in window if inside(p, size)]
                if math.isinf(norm_type):
                    values[lead + at] = (max if norm_type > 0 else min)(abs(plane[p]) for p in real)
                    continue
                # The library pools on average and multiplies by the full window, also where ceil_mode cuts it.
                total = sum(plane[p] ** norm_type for p in real) / len(real) * kernel
                values[lead + at] = total ** (1 / norm_type)
        return values

    return pool


def max_unpool(rank):
    def unpool(input, indices, kernel_size, stride=None, padding=0, output_size=None):
        shape = input.shape[input.ndim - rank :]
        kernel, pad = each_axis(kernel_size, rank), each_axis(padding, rank)
        step = kernel if stride is None else each_axis(stride, rank)
        if output_size is None:
            size = tuple((n - 1) * s - 2 * p + k for n, s, p, k in zip(shape, step, pad, kernel, strict=True))
        else:
            size = tuple(output_size)[-rank:]
        values = np.zeros(input.shape[: input.ndim - rank] + size, input.dtype)
        for lead, plane in planes(input, rank):
            for at in np.ndindex(shape):
                values[lead + np.unravel_index(indices[lead + at], size)] = plane[at]
        return values

    return unpool


FAMILIES = {
    "max_pool": max_pool,
    "avg_pool": avg_pool,
    "adaptive_max_pool": adaptive_max_pool,
    "adaptive_avg_pool": adaptive_avg_pool,
    "lp_pool": lp_pool,
    "max_unpool": max_unpool,
}
TABLE = {f"{name}{rank}d": family(rank) for name, family in FAMILIES.items() for rank in (1, 2, 3)}
