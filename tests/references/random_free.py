"""Dropout with a given mask, and the tensors made from numbers alone."""

import numpy as np


def kept(input, p, training, mask, shape):
    """Which elements stay: all without training or at p = 0, none at p = 1, else those of the given mask."""
    if not training or p in (0, 1):
        return np.full(shape, not training or p == 0)
    if mask is None:
        raise ValueError("between p = 0 and p = 1 the outcome is random: pass the mask of what is kept")
    return np.reshape(mask, shape).astype(bool)


def dropout(input, p=0.5, training=True, inplace=False, *, mask=None):
    """What is kept grows by 1 / (1 - p), so that the mean stays."""
    stays = kept(input, p, training, mask, input.shape)
    return input * stays / (1 - p if training and p < 1 else 1)


def dropout_channels(input, p=0.5, training=True, inplace=False, *, mask=None):
    """Whole channels are dropped; the mask has one entry a channel of a sample."""
    stays = kept(input, p, training, mask, channel_shape(input))
    return input * stays / (1 - p if training and p < 1 else 1)


def channel_shape(input):
    return input.shape[:2] + (1,) * (input.ndim - 2)


def self_normalising(input, p, stays):
    """Dropped elements take SELU's limit; an affine map then restores mean and variance."""
    limit = -1.7580993408473766
    if p == 1:
        return np.zeros_like(input)
    scale = (1 - p + limit**2 * p * (1 - p)) ** -0.5
    return scale * np.where(stays, input, limit) - scale * limit * p


def alpha_dropout(input, p=0.5, training=False, inplace=False, *, mask=None):
    return self_normalising(input, p, kept(input, p, training, mask, input.shape)) if training else input


def feature_alpha_dropout(input, p=0.5, training=False, inplace=False, *, mask=None):
    return self_normalising(input, p, kept(input, p, training, mask, channel_shape(input))) if training else input


def arange(start, end=None, step=1, *, dtype=None):
    start, end = (0, start) if end is None else (start, end)
    count = int(np.ceil((end - start) / step))
    return np.array([start + i * step for i in range(count)], dtype or type(start + end + step))


def linspace(start, end, steps, *, dtype=None):
    span = max(steps - 1, 1)
    return np.array([start + (end - start) * i / span for i in range(steps)], dtype)


def logspace(start, end, steps, base=10.0, *, dtype=None):
    return np.array([base**exponent for exponent in linspace(start, end, steps)], dtype)


def eye(n, m=None, *, dtype=None):
    m = n if m is None else m
    return np.array([i == j for i in range(n) for j in range(m)], dtype or float).reshape(n, m)


def filled(value):
    """Function of sizes, ``f(2, 3)`` or ``f((2, 3))``, for one value."""

    def fill(*size, dtype=float):
        return np.full(size[0] if len(size) == 1 else size, value, dtype)

    return fill


def tril_indices(row, col, offset=0):
    return np.array([(i, j) for i in range(row) for j in range(col) if j <= i + offset], np.int64).reshape(-1, 2).T


def triu_indices(row, col, offset=0):
    return np.array([(i, j) for i in range(row) for j in range(col) if j >= i + offset], np.int64).reshape(-1, 2).T


TABLE = {
    "dropout": dropout,
    "dropout1d": dropout_channels,
    "dropout2d": dropout_channels,
    "dropout3d": dropout_channels,
    "alpha_dropout": alpha_dropout,
    "feature_alpha_dropout": feature_alpha_dropout,
    "arange": arange,
    "linspace": linspace,
    "logspace": logspace,
    "eye": eye,
    "zeros": filled(0),
    "ones": filled(1),
    "full": lambda size, fill_value, *, dtype=None: np.full(size, fill_value, dtype),
    "zeros_like": np.zeros_like,
    "ones_like": np.ones_like,
    "full_like": np.full_like,
    "tril_indices": tril_indices,
    "triu_indices": triu_indices,
}
