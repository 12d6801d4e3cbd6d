"""Normalisation, one set of numbers that share a mean at a time."""

import numpy as np


def standardised(values, eps, mean=None, var=None, eps_mode="var"):
    mean = sum(values.ravel()) / values.size if mean is None else mean
    var = sum((v - mean) ** 2 for v in values.ravel()) / values.size if var is None else var
    return (values - mean) / (np.sqrt(var) + eps if eps_mode == "std" else np.sqrt(var + eps))


def affine(values, weight, bias):
    values = values if weight is None else values * weight
    return values if bias is None else values + bias


def batch_norm(
    input,
    running_mean,
    running_var,
    weight=None,
    bias=None,
    training=False,
    momentum=0.1,
    eps=1e-5,
    *,
    eps_mode="var",
):
    """The running statistics are updated in place: the variance that is kept is the unbiased one."""
    out = np.empty_like(input)
    for c in range(input.shape[1]):
        x = input[:, c]
        if training and running_mean is not None:
            running_mean[c] = (1 - momentum) * running_mean[c] + momentum * x.mean()
            running_var[c] = (1 - momentum) * running_var[c] + momentum * x.var(ddof=1)
        seen = (None, None) if training else (running_mean[c], running_var[c])
        out[:, c] = affine(
            standardised(x, eps, *seen, eps_mode),
            None if weight is None else weight[c],
            None if bias is None else bias[c],
        )
    return out


def instance_norm(
    input,
    running_mean=None,
    running_var=None,
    weight=None,
    bias=None,
    use_input_stats=True,
    momentum=0.1,
    eps=1e-5,
):
    if not use_input_stats:
        return batch_norm(input, running_mean, running_var, weight, bias, False, momentum, eps)
    return group_norm(input, input.shape[1], weight, bias, eps)


def group_norm(input, num_groups, weight=None, bias=None, eps=1e-5):
    out = np.empty_like(input)
    size = input.shape[1] // num_groups
    for n in range(input.shape[0]):
        for group in range(num_groups):
            channels = slice(group * size, (group + 1) * size)
            out[n, channels] = standardised(input[n, channels], eps)
    shape = (-1, *(1,) * (input.ndim - 2))
    return affine(out, None if weight is None else weight.reshape(shape), None if bias is None else bias.reshape(shape))


def rows(input, normalized_shape):
    """Index of every part of the input that is normalised by itself."""
    return np.ndindex(input.shape[: input.ndim - len(normalized_shape)])


def layer_norm(input, normalized_shape, weight=None, bias=None, eps=1e-5):
    out = np.empty_like(input)
    for at in rows(input, normalized_shape):
        out[at] = affine(standardised(input[at], eps), weight, bias)
    return out


def rms_norm(input, normalized_shape, weight=None, eps=None):
    eps = np.finfo(input.dtype).eps if eps is None else eps
    out = np.empty_like(input)
    for at in rows(input, normalized_shape):
        out[at] = affine(input[at] / np.sqrt((input[at] ** 2).mean() + eps), weight, None)
    return out


def local_response_norm(input, size, alpha=1e-4, beta=0.75, k=1.0):
    """Divide by the squares of `size` channels around each, of which more lie before it."""
    out = np.empty_like(input)
    channels = input.shape[1]
    for c in range(channels):
        near = range(max(0, c - size // 2), min(channels, c + (size - 1) // 2 + 1))
        squares = sum(input[:, i] ** 2 for i in near)
        out[:, c] = input[:, c] / (k + alpha * squares / size) ** beta
    return out


def normalize(input, p=2.0, dim=1, eps=1e-12):
    length = (np.abs(input) ** p).sum(dim, keepdims=True) ** (1 / p)
    return input / np.maximum(length, eps)


TABLE = {
    "batch_norm": batch_norm,
    "group_norm": group_norm,
    "instance_norm": instance_norm,
    "layer_norm": layer_norm,
    "local_response_norm": local_response_norm,
    "normalize": normalize,
    "rms_norm": rms_norm,
}
