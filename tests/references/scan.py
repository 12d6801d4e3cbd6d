"""Cumulative operations and orderings along one axis."""

import numpy as np


def along(input, dim, function):
    """Apply `function`, from a vector to a vector, along one axis."""
    if input.ndim == 0:
        return function(input.reshape(1))[0]
    moved = np.moveaxis(input, dim, -1)
    rows = [function(moved[index]) for index in np.ndindex(moved.shape[:-1])]
    length = len(rows[0] if rows else function(np.zeros(moved.shape[-1], input.dtype)))
    output = np.array(rows, None if rows else input.dtype).reshape(*moved.shape[:-1], length)
    return np.moveaxis(output, -1, dim)


def taken(input, dim, order):
    """(values, indices) along one axis, where `order` gives the positions to take from a vector."""
    indices = along(input, dim, order).astype(np.int64)
    return (np.take_along_axis(input, indices, dim) if input.ndim else input.copy()), indices


def running(step):
    """A scan: every output is `step` of the previous output and the next element."""

    def scan(vector):
        output = vector.copy()
        for i in range(1, len(vector)):
            output[i] = step(output[i - 1], vector[i])
        return output

    return scan


def cumsum(input, dim, *, dtype=None):
    return along(input.astype(dtype or input.dtype), dim, running(lambda total, v: total + v))


def cumprod(input, dim, *, dtype=None):
    return along(input.astype(dtype or input.dtype), dim, running(lambda total, v: total * v))


def logcumsumexp(input, dim):
    return along(input, dim, running(np.logaddexp))


def positions_of_record(better):
    """Index of the best element so far: the last of several equal ones."""

    def scan(vector):
        best = [0]
        for i in range(1, len(vector)):
            best.append(i if better(vector[i], vector[best[-1]]) else best[-1])
        return np.array(best[: len(vector)], np.int64)

    return scan


def cummax(input, dim):
    return taken(input, dim, positions_of_record(np.greater_equal))


def cummin(input, dim):
    return taken(input, dim, positions_of_record(np.less_equal))


def diff(input, n=1, dim=-1, prepend=None, append=None):
    input = np.concatenate([part for part in (prepend, input, append) if part is not None], axis=dim)
    for _ in range(n):
        input = along(input, dim, lambda v: np.array([v[i + 1] - v[i] for i in range(len(v) - 1)]))
    return input


def order(vector, descending):
    """Stable positions that sort a vector; NaN counts as the largest."""
    keys = [(bool(v != v), v) for v in vector]
    return np.array(sorted(range(len(vector)), key=keys.__getitem__, reverse=descending), np.int64)


def sort(input, dim=-1, descending=False, stable=True):
    return taken(input, dim, lambda v: order(v, descending))


def argsort(input, dim=-1, descending=False, stable=True):
    return sort(input, dim, descending)[1]


def topk(input, k, dim=-1, largest=True, sorted=True):
    return taken(input, dim, lambda v: order(v, largest)[:k])


def msort(input):
    return np.sort(input, axis=0)


def searchsorted(sorted_sequence, input, *, right=False):
    """Number of elements before each value (``right`` counts equal ones too); rows have their own sequences."""
    if sorted_sequence.ndim == 1:
        return bucketize(input, sorted_sequence, right=right)
    before = np.less_equal if right else np.less
    return before(sorted_sequence[..., None, :], np.asarray(input)[..., None]).sum(-1)


def bucketize(input, boundaries, *, right=False):
    before = np.less_equal if right else np.less
    return before(boundaries, np.asarray(input)[..., None]).sum(-1)


def unique(input, sorted=True, return_inverse=False, return_counts=False):
    values = np.array(list(dict.fromkeys(np.sort(input, axis=None).tolist())), input.dtype)
    inverse = np.argmax(input[..., None] == values, axis=-1)
    counts = np.array([np.sum(input == v) for v in values], np.int64)
    extras = [array for wanted, array in ((return_inverse, inverse), (return_counts, counts)) if wanted]
    return (values, *extras) if extras else values


def unique_consecutive(input, return_inverse=False, return_counts=False):
    """One value for each run of equal elements."""
    flat = input.ravel()
    begins = [i for i in range(flat.size) if i == 0 or flat[i] != flat[i - 1]]
    inverse = np.array([sum(b <= i for b in begins) - 1 for i in range(flat.size)], np.int64).reshape(input.shape)
    counts = np.diff([*begins, flat.size])
    extras = [array for wanted, array in ((return_inverse, inverse), (return_counts, counts)) if wanted]
    return (flat[begins], *extras) if extras else flat[begins]


def bincount(input, weights=None, minlength=0):
    size = max(minlength, int(input.max()) + 1 if input.size else 0)
    output = np.zeros(size, np.int64 if weights is None else weights.dtype)
    for i, value in enumerate(input):
        output[value] += 1 if weights is None else weights[i]
    return output


TABLE = {
    "cumsum": cumsum,
    "cumprod": cumprod,
    "cummax": cummax,
    "cummin": cummin,
    "logcumsumexp": logcumsumexp,
    "diff": diff,
    "sort": sort,
    "argsort": argsort,
    "topk": topk,
    "msort": msort,
    "searchsorted": searchsorted,
    "bucketize": bucketize,
    "unique": unique,
    "unique_consecutive": unique_consecutive,
    "bincount": bincount,
}
