"""Reading and writing of elements by position, mask or index array; one element at a time."""

import numpy as np


def getitem(input, index):
    return input[index]


def setitem(input, index, value):
    output = input.copy()
    output[index] = value
    return output


def index_put(input, indices, values, accumulate=False):
    """``input[indices] = values``; with `accumulate` repeated positions add up."""
    output = input.copy()
    places = [i.nonzero() if i.dtype == bool else (i,) for i in indices]
    places = np.broadcast_arrays(*(array for group in places for array in group))
    rest = input.shape[len(places) :]
    values = np.broadcast_to(values, places[0].shape + rest)
    for position in np.ndindex(places[0].shape):
        target = tuple(int(array[position]) for array in places)
        output[target] = output[target] + values[position] if accumulate else values[position]
    return output


def replaced(position, dim, i):
    """The position with its entry for axis `dim` replaced by i."""
    position = list(position)
    if position:
        position[dim] = int(i)
    return tuple(position)


def gather(input, dim, index):
    output = np.empty(index.shape, input.dtype)
    for position in np.ndindex(index.shape):
        output[position] = input[replaced(position, dim, index[position])]
    return output


COMBINE = {
    "sum": lambda old, new: old + new,
    "mean": lambda old, new: old + new,
    "prod": lambda old, new: old * new,
    "amax": np.maximum,
    "amin": np.minimum,
}
START = {"sum": 0.0, "mean": 0.0, "prod": 1.0, "amax": -np.inf, "amin": np.inf}


def scatter_reduce(input, dim, index, src, reduce, *, include_self=True):
    """Combine every source element into its target; without `include_self` the target's old value drops out."""
    output = input.copy()
    counts = np.full(input.shape, int(include_self))
    for position in np.ndindex(index.shape):
        target = replaced(position, dim, index[position])
        if counts[target] == 0:
            output[target] = START[reduce]
        output[target] = COMBINE[reduce](output[target], src[position])
        counts[target] += 1
    return output / np.maximum(counts, 1).astype(output.dtype) if reduce == "mean" else output


def scatter(input, dim, index, src=None, *, value=None, reduce=None):
    src = value if src is None else src
    src = np.full(index.shape, src) if np.ndim(src) == 0 else src
    if reduce is not None:
        return scatter_reduce(input, dim, index, src, {"add": "sum", "multiply": "prod"}[reduce])
    output = input.copy()
    for position in np.ndindex(index.shape):
        output[replaced(position, dim, index[position])] = src[position]
    return output


def scatter_add(input, dim, index, src):
    return scatter_reduce(input, dim, index, src, "sum")


def at(array, dim, i):
    """View of the slice i along an axis; a scalar has one slice."""
    return np.moveaxis(array, dim, 0)[i] if array.ndim else array[...]


def index_select(input, dim, index):
    return np.take(input, np.ravel(index), dim) if input.ndim else input.copy()


def index_add(input, dim, index, source, *, alpha=1):
    output = input.copy()
    for k, i in enumerate(np.ravel(index)):
        at(output, dim, i)[...] += alpha * at(source, dim, k)
    return output


def index_copy(input, dim, index, source):
    output = input.copy()
    for k, i in enumerate(np.ravel(index)):
        at(output, dim, i)[...] = at(source, dim, k)
    return output


def index_fill(input, dim, index, value):
    output = input.copy()
    for i in np.ravel(index):
        at(output, dim, i)[...] = value
    return output


def select(input, dim, index):
    return at(input, dim, index)


def select_scatter(input, src, dim, index):
    output = input.copy()
    at(output, dim, index)[...] = src
    return output


def slice_scatter(input, src, dim=0, start=None, end=None, step=1):
    output = input.copy()
    np.moveaxis(output, dim, 0)[start:end:step] = np.moveaxis(src, dim, 0)
    return output


def isin(elements, test_elements, *, assume_unique=False, invert=False):
    found = (np.asarray(elements)[..., None] == np.ravel(test_elements)).any(-1)
    return ~found if invert else found


def masked_fill(input, mask, value):
    return np.where(mask, np.asarray(value, input.dtype), input)


def masked_select(input, mask):
    input, mask = np.broadcast_arrays(input, mask)
    return np.array([input[position] for position in np.ndindex(input.shape) if mask[position]], input.dtype)


def masked_scatter(input, mask, source):
    """The n-th position that the mask chooses takes the n-th element of the source."""
    input, mask = np.broadcast_arrays(input, mask)
    output, source = input.copy(), iter(source.ravel())
    for position in np.ndindex(input.shape):
        if mask[position]:
            output[position] = next(source)
    return output


def take(input, index):
    return input.ravel()[index]


def take_along_dim(input, indices, dim=None):
    if dim is None:
        return take(input, indices.ravel())
    dim %= input.ndim
    both = np.broadcast_shapes(*(a.shape[:dim] + (1,) + a.shape[dim + 1 :] for a in (input, indices)))
    spread = both[:dim] + (indices.shape[dim],) + both[dim + 1 :]
    source = np.broadcast_to(input, both[:dim] + (input.shape[dim],) + both[dim + 1 :])
    return gather(source, dim, np.broadcast_to(indices, spread))


def one_hot(tensor, num_classes=-1):
    classes = int(tensor.max()) + 1 if num_classes == -1 else num_classes
    return (tensor[..., None] == np.arange(classes)).astype(np.int64)


def embedding(input, weight, padding_idx=None, max_norm=None, norm_type=2.0):
    """Rows of `weight`; with `max_norm` the rows looked up are first scaled down to that norm."""
    weight = weight.copy()
    for row in set(input.ravel().tolist()) if max_norm is not None else ():
        length = (np.abs(weight[row]) ** norm_type).sum() ** (1 / norm_type)
        if length > max_norm:
            weight[row] *= max_norm / (length + 1e-7)
    return weight[input]


def nonzero(input, *, as_tuple=False):
    input = np.atleast_1d(input) if as_tuple else input
    places = [position for position in np.ndindex(input.shape) if input[position]]
    table = np.array(places, np.int64).reshape(len(places), input.ndim)
    return tuple(table.T) if as_tuple else table


def diagonal_scatter(input, src, offset=0, dim1=0, dim2=1):
    output = input.copy()
    planes = np.moveaxis(output, (dim1, dim2), (-2, -1))
    for k in range(src.shape[-1]):
        planes[..., k + max(0, -offset), k + max(0, offset)] = src[..., k]
    return output


TABLE = {
    "getitem": getitem,
    "setitem": setitem,
    "index_put": index_put,
    "gather": gather,
    "scatter": scatter,
    "scatter_add": scatter_add,
    "scatter_reduce": scatter_reduce,
    "index_select": index_select,
    "index_add": index_add,
    "index_copy": index_copy,
    "index_fill": index_fill,
    "select": select,
    "select_scatter": select_scatter,
    "slice_scatter": slice_scatter,
    "diagonal_scatter": diagonal_scatter,
    "isin": isin,
    "masked_fill": masked_fill,
    "masked_select": masked_select,
    "masked_scatter": masked_scatter,
    "take": take,
    "take_along_dim": take_along_dim,
    "one_hot": one_hot,
    "embedding": embedding,
    "nonzero": nonzero,
    "argwhere": nonzero,
}
