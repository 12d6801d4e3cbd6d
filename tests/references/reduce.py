"""Reductions: from all elements, or those along some axes, to one value."""

import numpy as np


def axes_of(input, dim):
    """Non-negative axes of `dim`; every axis when it is None or empty."""
    if dim is None or dim == ():
        return tuple(range(input.ndim))
    return tuple(sorted(d % input.ndim for d in np.atleast_1d(dim))) if input.ndim else ()


def rows_of(input, dim):
    """Move the reduced axes last and flatten them into one."""
    axes = axes_of(input, dim)
    kept = tuple(a for a in range(input.ndim) if a not in axes)
    moved = input.transpose(kept + axes)
    return moved.reshape(*(input.shape[a] for a in kept), int(np.prod([input.shape[a] for a in axes])))


def reduced(input, dim, keepdim, function):
    """Apply `function`, from a vector to a number, over the axes `dim`."""
    rows = rows_of(input, dim)
    values = [function(rows[index]) for index in np.ndindex(rows.shape[:-1])]
    output = np.array(values, None if values else input.dtype).reshape(rows.shape[:-1])
    return np.expand_dims(output, axes_of(input, dim)) if keepdim else output


def located(input, dim, keepdim, locate):
    """(values, indices) along one axis, where `locate` gives the position in a vector."""
    indices = reduced(input, dim, True, locate).astype(np.int64)
    if input.ndim == 0:
        return input.copy(), indices
    values = np.take_along_axis(input, indices, dim)
    return (values, indices) if keepdim else (values.squeeze(dim), indices.squeeze(dim))


def position_of_first(vector, value):
    return next(i for i, v in enumerate(vector) if v == value or (v != v and value != value))


def argmax_of(vector):
    return position_of_first(vector, vector.max())


def argmin_of(vector):
    return position_of_first(vector, vector.min())


def sum_(input, dim=None, keepdim=False, *, dtype=None):
    input = input.astype(dtype or (np.int64 if input.dtype.kind in "bui" else input.dtype))
    return reduced(input, dim, keepdim, np.sum)


def mean(input, dim=None, keepdim=False, *, dtype=None):
    input = input.astype(dtype or input.dtype)
    with np.errstate(invalid="ignore"):
        return reduced(input, dim, keepdim, lambda v: v.sum() / v.size)


def prod(input, dim=None, keepdim=False, *, dtype=None):
    input = input.astype(dtype or (np.int64 if input.dtype.kind in "bui" else input.dtype))
    return reduced(input, dim, keepdim, np.prod)


def nansum(input, dim=None, keepdim=False, *, dtype=None):
    return sum_(np.where(np.isnan(input), 0, input).astype(input.dtype), dim, keepdim, dtype=dtype)


def nanmean(input, dim=None, keepdim=False, *, dtype=None):
    input = input.astype(dtype or input.dtype)
    return nansum(input, dim, keepdim) / sum_(~np.isnan(input), dim, keepdim, dtype=input.dtype)


def max_(input, dim=None, keepdim=False):
    """The largest element; with `dim` also its first index; with an array the larger of each pair."""
    if isinstance(dim, np.ndarray):
        return np.maximum(input, dim)
    return amax(input) if dim is None else located(input, dim, keepdim, argmax_of)


def min_(input, dim=None, keepdim=False):
    if isinstance(dim, np.ndarray):
        return np.minimum(input, dim)
    return amin(input) if dim is None else located(input, dim, keepdim, argmin_of)


def amax(input, dim=(), keepdim=False):
    return reduced(input, dim, keepdim, np.max)


def amin(input, dim=(), keepdim=False):
    return reduced(input, dim, keepdim, np.min)


def aminmax(input, *, dim=None, keepdim=False):
    return amin(input, dim, keepdim), amax(input, dim, keepdim)


def argmax(input, dim=None, keepdim=False):
    return reduced(input, dim, keepdim, argmax_of).astype(np.int64)


def argmin(input, dim=None, keepdim=False):
    return reduced(input, dim, keepdim, argmin_of).astype(np.int64)


def var(input, dim=None, unbiased=None, keepdim=False, *, correction=1):
    """Sum of squared deviations over ``n - correction``; ``var(x, True)`` is the old form of ``unbiased=True``."""
    if isinstance(dim, bool):
        dim, unbiased = None, dim
    if unbiased is not None:
        correction = int(unbiased)

    def spread(v):
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.divide(np.sum((v - v.sum() / v.size) ** 2), max(0, v.size - correction))

    return reduced(input, dim, keepdim, spread)


def std(input, dim=None, unbiased=None, keepdim=False, *, correction=1):
    return np.sqrt(var(input, dim, unbiased, keepdim, correction=correction))


def var_mean(input, dim=None, unbiased=None, keepdim=False, *, correction=1):
    axes = None if isinstance(dim, bool) else dim
    return var(input, dim, unbiased, keepdim, correction=correction), mean(input, axes, keepdim)


def std_mean(input, dim=None, unbiased=None, keepdim=False, *, correction=1):
    axes = None if isinstance(dim, bool) else dim
    return std(input, dim, unbiased, keepdim, correction=correction), mean(input, axes, keepdim)


def logsumexp(input, dim, keepdim=False):
    def stable(v):
        peak = v.max(initial=-np.inf)
        peak = peak if np.isfinite(peak) else 0.0
        with np.errstate(divide="ignore"):
            return peak + np.log(np.sum(np.exp(v - peak)))

    return reduced(input, dim, keepdim, stable)


def vector_norm(x, ord=2, dim=None, keepdim=False, *, dtype=None):
    def length(v):
        v = np.abs(v)
        if ord == np.inf:
            return v.max()
        if ord == -np.inf:
            return v.min()
        return np.sum(v != 0).astype(v.dtype) if ord == 0 else np.sum(v**ord) ** (1 / ord)

    return reduced(x.astype(dtype or x.dtype), dim, keepdim, length)


def dist(input, other, p=2):
    return vector_norm(input - other, p)


def all_(input, dim=None, keepdim=False):
    return reduced(input, dim, keepdim, lambda v: bool(np.all(v != 0))).astype(bool)


def any_(input, dim=None, keepdim=False):
    return reduced(input, dim, keepdim, lambda v: bool(np.any(v != 0))).astype(bool)


def count_nonzero(input, dim=None):
    return reduced(input, dim, False, lambda v: np.sum(v != 0)).astype(np.int64)


def median(input, dim=None, keepdim=False):
    """The lower of the two middle elements."""
    if dim is None:
        flat = np.sort(input, axis=None)
        return flat[(flat.size - 1) // 2]
    return located(input, dim, keepdim, lambda v: np.argsort(v, kind="stable")[(v.size - 1) // 2])


def nanmedian(input, dim=None, keepdim=False):
    def middle(v):
        present = np.sort(v[~np.isnan(v)])
        return position_of_first(v, present[(present.size - 1) // 2] if present.size else np.nan)

    if dim is None:
        return input.ravel()[middle(input.ravel())]
    return located(input, dim, keepdim, middle)


def kthvalue(input, k, dim=-1, keepdim=False):
    return located(input, dim, keepdim, lambda v: np.argsort(v, kind="stable")[k - 1])


def mode(input, dim=-1, keepdim=False):
    """The most frequent value, the smallest of several; its last index."""

    def last_of_most_frequent(v):
        winner = max(sorted(set(v)), key=lambda value: np.sum(v == value))
        return np.flatnonzero(v == winner)[-1]

    return located(input, dim, keepdim, last_of_most_frequent)


def quantile(input, q, dim=None, keepdim=False, *, interpolation="linear"):
    """Value at position q (n - 1) of the sorted elements; an array `q` adds a leading axis."""

    def at(v, fraction):
        v = np.sort(v)
        if np.isnan(v[-1]):
            return v[-1]
        place = fraction * (v.size - 1)
        if interpolation == "nearest":
            return v[int(np.rint(place))]
        low, high = v[int(np.floor(place))], v[int(np.ceil(place))]
        weight = {"linear": place % 1, "lower": 0, "higher": 1, "midpoint": 0.5}[interpolation]
        return low + (high - low) * weight

    output = np.array([reduced(input, dim, keepdim, lambda v, f=f: at(v, f)) for f in np.ravel(q).tolist()])
    return output.reshape(np.shape(q) + output.shape[1:])


TABLE = {
    "sum": sum_,
    "mean": mean,
    "prod": prod,
    "nansum": nansum,
    "nanmean": nanmean,
    "max": max_,
    "min": min_,
    "amax": amax,
    "amin": amin,
    "aminmax": aminmax,
    "argmax": argmax,
    "argmin": argmin,
    "var": var,
    "std": std,
    "var_mean": var_mean,
    "std_mean": std_mean,
    "logsumexp": logsumexp,
    "vector_norm": vector_norm,
    "dist": dist,
    "all": all_,
    "any": any_,
    "count_nonzero": count_nonzero,
    "median": median,
    "nanmedian": nanmedian,
    "kthvalue": kthvalue,
    "mode": mode,
    "quantile": quantile,
}
