"""Ops that choose or place elements by a rule rather than by given positions."""

import itertools

import numpy as np

from tests.references.shape import diag_embed


def as_strided(input, size, stride, storage_offset=None):
    """Element (i, j, ...) is the one at ``offset + i * stride[0] + j * stride[1] + ...`` in row-major order."""
    line = input.ravel()
    output = np.empty(size, input.dtype)
    for position in np.ndindex(*size):
        output[position] = line[(storage_offset or 0) + sum(i * s for i, s in zip(position, stride, strict=True))]
    return output


def combinations(input, r=2, with_replacement=False):
    if r == 0:
        return input[:0]
    choose = itertools.combinations_with_replacement if with_replacement else itertools.combinations
    return np.array(list(choose(input, r)), input.dtype).reshape(-1, r)


def cartesian_prod(*tensors):
    if len(tensors) == 1:
        return tensors[0]
    return np.array(list(itertools.product(*tensors)), np.result_type(*tensors)).reshape(-1, len(tensors))


def diagflat(input, offset=0):
    return diag_embed(input.ravel(), offset)


def put(input, index, source, accumulate=False):
    output = input.copy()
    for place, value in zip(index.ravel(), source.ravel(), strict=True):
        position = np.unravel_index(place % input.size, input.shape)
        output[position] = output[position] + value if accumulate else value
    return output


def view_dtype(input, dtype):
    return np.frombuffer(input.tobytes(), dtype).reshape(input.shape)


TABLE = {
    "as_strided": as_strided,
    "cartesian_prod": cartesian_prod,
    "combinations": combinations,
    "diagflat": diagflat,
    "put": put,
    "view.dtype": view_dtype,
}
