"""Ops that move, repeat, join or cut elements without computing on them."""

import itertools
import math

import numpy as np

from tests.references.reduce import axes_of


def sizes(args):
    """Accept ``f(x, 2, 3)`` and ``f(x, (2, 3))``."""
    return tuple(args[0]) if len(args) == 1 and not isinstance(args[0], int) else tuple(args)


def reshape(input, *shape):
    return np.array(input).reshape(sizes(shape))


def permute(input, *dims):
    return np.transpose(input, sizes(dims))


def swapaxes(input, dim0, dim1):
    return np.swapaxes(input, dim0, dim1) if input.ndim else input


def moveaxis(input, source, destination):
    return np.moveaxis(input, source, destination) if input.ndim else input


def squeeze(input, dim=None):
    chosen = [a for a in axes_of(input, dim) if input.shape[a] == 1]
    return input.reshape([n for a, n in enumerate(input.shape) if a not in chosen])


def expand(input, *shape):
    """Broadcast; a size of -1 keeps the input's own."""
    wanted = sizes(shape)
    own = (None,) * (len(wanted) - input.ndim) + input.shape
    return np.broadcast_to(input, [o if n == -1 else n for n, o in zip(wanted, own, strict=True)])


def sum_to_size(input, *size):
    """Undo broadcasting: sum the axes that the wanted size lacks or has at 1."""
    wanted = sizes(size)
    extra = input.ndim - len(wanted)
    axes = [a for a in range(input.ndim) if a < extra or (wanted[a - extra] == 1 and input.shape[a] != 1)]
    return input.sum(tuple(axes)).reshape(wanted)


def broadcast_tensors(*tensors):
    shape = np.broadcast_shapes(*(t.shape for t in tensors))
    return tuple(expand(t, shape) for t in tensors)


def repeat(input, *repeats):
    return np.tile(input, sizes(repeats))


def repeat_interleave(input, repeats, dim=None, *, output_size=None):
    if dim is None:
        input, dim = input.ravel(), 0
    counts = np.broadcast_to(repeats, input.shape[dim])
    return np.take(input, [i for i, count in enumerate(counts) for _ in range(count)], dim)


def flatten(input, start_dim=0, end_dim=-1):
    if input.ndim == 0:
        return input.reshape(1)
    start, end = start_dim % input.ndim, end_dim % input.ndim
    return input.reshape(*input.shape[:start], math.prod(input.shape[start : end + 1]), *input.shape[end + 1 :])


def unflatten(input, dim, sizes):
    dim %= input.ndim
    return input.reshape(*input.shape[:dim], *sizes, *input.shape[dim + 1 :])


def flip(input, *dims):
    index = [slice(None)] * input.ndim
    for d in sizes(dims) if input.ndim else ():
        index[d] = slice(None, None, -1)
    return input[tuple(index)]


def roll(input, shifts, dims=None):
    """Element i moves to i + shift, modulo the size."""
    if dims is None or input.ndim == 0:
        return roll(input.ravel(), shifts, 0).reshape(input.shape)
    for shift, dim in zip(np.atleast_1d(shifts), np.atleast_1d(dims), strict=True):
        n = input.shape[dim]
        input = np.take(input, [(i - shift) % n for i in range(n)], dim)
    return input


def rot90(input, k=1, dims=(0, 1)):
    """A quarter turn from the first of `dims` to the second: transpose, then flip the first."""
    for _ in range(k % 4):
        input = flip(np.swapaxes(input, *dims), dims[0])
    return input


def stack(tensors, dim=0):
    return np.concatenate([np.expand_dims(t, dim) for t in tensors], dim)


def split(tensor, split_size_or_sections, dim=0):
    n = tensor.shape[dim]
    if isinstance(split_size_or_sections, int):
        step = split_size_or_sections
        lengths = [min(step, n - start) for start in range(0, n, step)] or [0]
    else:
        lengths = split_size_or_sections
    ends = list(itertools.accumulate(lengths))
    return tuple(narrow(tensor, dim, end - length, length) for end, length in zip(ends, lengths, strict=True))


def chunk(input, chunks, dim=0):
    n = input.shape[dim]
    return split(input, math.ceil(n / chunks), dim) if n else (input,) * chunks


def tensor_split(input, indices_or_sections, dim=0):
    return tuple(np.array_split(input, indices_or_sections, dim))


def narrow(input, dim, start, length):
    return np.take(input, range(start, start + length), dim)


def unbind(input, dim=0):
    return tuple(np.take(input, i, dim) for i in range(input.shape[dim]))


def windows(input, dimension, size, step):
    """``Tensor.unfold``: every `step`-th window along an axis, its elements in a new last axis."""
    dimension %= input.ndim
    starts = range(0, input.shape[dimension] - size + 1, step)
    return np.stack([np.moveaxis(narrow(input, dimension, s, size), dimension, -1) for s in starts], dimension)


def keep(input, wanted):
    """Zero the elements of the last two axes whose (row, column) is not wanted."""
    rows, columns = input.shape[-2:]
    mask = np.reshape([wanted(i, j) for i in range(rows) for j in range(columns)], (rows, columns)).astype(bool)
    return np.where(mask, input, np.zeros((), input.dtype))


def tril(input, diagonal=0):
    return keep(input, lambda i, j: j <= i + diagonal)


def triu(input, diagonal=0):
    return keep(input, lambda i, j: j >= i + diagonal)


def diagonal(input, offset=0, dim1=0, dim2=1):
    moved = np.moveaxis(input, (dim1, dim2), (-2, -1))
    rows, columns = moved.shape[-2:]
    on = [(i, i + offset) for i in range(rows) if 0 <= i + offset < columns]
    return moved[..., [i for i, _ in on], [j for _, j in on]]


def diag_embed(input, offset=0, dim1=-2, dim2=-1):
    n = input.shape[-1] + abs(offset)
    output = np.zeros((*input.shape[:-1], n, n), input.dtype)
    for k in range(input.shape[-1]):
        output[..., k + max(0, -offset), k + max(0, offset)] = input[..., k]
    return np.moveaxis(output, (-2, -1), (dim1, dim2))


def diag(input, diagonal=0):
    return diag_embed(input, diagonal) if input.ndim == 1 else np.diagonal(input, diagonal)


def meshgrid(*tensors, indexing="ij"):
    tensors = tensors[0] if len(tensors) == 1 and not isinstance(tensors[0], np.ndarray) else tensors
    return tuple(np.meshgrid(*tensors, indexing=indexing))


def pad_index(mode, i, n):
    """Element that padding shows at position i (negative before the start), or None for the constant."""
    if 0 <= i < n:
        return i
    if mode == "circular":
        return i % n
    if mode == "replicate":
        return min(max(i, 0), n - 1)
    return -i if i < 0 else 2 * (n - 1) - i


def pad(input, pad, mode="constant", value=None):
    """``F.pad``: (low, high) pairs from the last axis backwards; negative numbers crop (before wrapping round)."""
    for axis, (low, high) in zip(range(-1, -input.ndim - 1, -1), zip(pad[::2], pad[1::2], strict=True), strict=False):
        input = pad_axis(input, axis, low, high, mode, value)
    return input


def pad_axis(input, axis, low, high, mode, value):
    if mode == "circular":
        cropped = range(max(0, -low), input.shape[axis] + min(0, high))
        input, low, high = np.take(input, cropped, axis), max(0, low), max(0, high)
    n = input.shape[axis]
    shown = range(-low, n + high)
    if mode != "constant":
        return np.take(input, [pad_index(mode, i, n) for i in shown], axis)
    moved = np.moveaxis(input, axis, 0)
    blank = np.full(moved.shape[1:], 0 if value is None else value, input.dtype)
    return np.moveaxis(np.array([moved[i] if 0 <= i < n else blank for i in shown]), 0, axis)


def block_diag(*tensors):
    blocks = [np.atleast_2d(t) for t in tensors]
    output = np.zeros(np.sum([b.shape for b in blocks], axis=0), np.result_type(*blocks))
    row = column = 0
    for block in blocks:
        output[row : row + block.shape[0], column : column + block.shape[1]] = block
        row, column = row + block.shape[0], column + block.shape[1]
    return output


RESHAPING = {
    "reshape": reshape,
    "view": reshape,
    "view_as": lambda input, other: input.reshape(other.shape),
    "reshape_as": lambda input, other: input.reshape(other.shape),
    "ravel": np.ravel,
    "flatten": flatten,
    "unflatten": unflatten,
    "squeeze": squeeze,
    "unsqueeze": lambda input, dim: np.expand_dims(input, dim),
    "atleast_1d": np.atleast_1d,
    "atleast_2d": np.atleast_2d,
    "atleast_3d": np.atleast_3d,
    "contiguous": np.array,
    "clone": np.array,
}

MOVING = {
    "permute": permute,
    "transpose": swapaxes,
    "swapaxes": swapaxes,
    "swapdims": swapaxes,
    "t": np.transpose,
    "T": np.transpose,
    "mT": lambda input: np.swapaxes(input, -2, -1),
    "movedim": moveaxis,
    "moveaxis": moveaxis,
    "flip": flip,
    "fliplr": lambda input: flip(input, 1),
    "flipud": lambda input: flip(input, 0),
    "roll": roll,
    "rot90": rot90,
}

REPEATING = {
    "expand": expand,
    "expand_as": lambda input, other: expand(input, other.shape),
    "broadcast_to": lambda input, size: expand(input, size),
    "broadcast_tensors": broadcast_tensors,
    "sum_to_size": sum_to_size,
    "repeat": repeat,
    "tile": repeat,
    "repeat_interleave": repeat_interleave,
    "meshgrid": meshgrid,
    "pad": pad,
}

JOINING = {
    "cat": lambda tensors, dim=0: np.concatenate(tensors, dim),
    "concat": lambda tensors, dim=0: np.concatenate(tensors, dim),
    "stack": stack,
    "column_stack": np.column_stack,
    "dsplit": lambda x, parts: tuple(np.dsplit(x, parts)),
    "hsplit": lambda x, parts: tuple(np.hsplit(x, parts)),
    "hstack": np.hstack,
    "vsplit": lambda x, parts: tuple(np.vsplit(x, parts)),
    "vstack": np.vstack,
    "dstack": np.dstack,
    "split": split,
    "chunk": chunk,
    "tensor_split": tensor_split,
    "unbind": unbind,
    "narrow": narrow,
    "Tensor.unfold": windows,
    "block_diag": block_diag,
}

TRIANGLES = {
    "tril": tril,
    "triu": triu,
    "diag": diag,
    "diagonal": diagonal,
    "diag_embed": diag_embed,
}

TABLE = RESHAPING | MOVING | REPEATING | JOINING | TRIANGLES
