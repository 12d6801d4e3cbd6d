"""The gradient of a convolution by its input, as the recipe the faster kernels are measured against."""

import numpy as np

from tests.references.conv import conv


def dilated(g, stride):
    """Put stride - 1 zeros between neighbouring positions."""
    size = [(n - 1) * s + 1 for n, s in zip(g.shape[2:], stride, strict=True)]
    out = np.zeros((*g.shape[:2], *size), g.dtype)
    out[(slice(None), slice(None), *(slice(None, None, s) for s in stride))] = g
    return out


def padded(g, pads):
    """Put zeros around; a negative number crops."""
    g = np.pad(g, [(0, 0), (0, 0), *((max(low, 0), max(high, 0)) for low, high in pads)])
    crops = (slice(max(-low, 0), n - max(-high, 0)) for n, (low, high) in zip(g.shape[2:], pads, strict=True))
    return g[(slice(None), slice(None), *crops)]


def turned(w, groups):
    """Rotate the kernel by 180 degrees, and exchange input and output channels within each group."""
    flipped = np.flip(w, tuple(range(2, w.ndim)))
    parts = np.split(flipped, groups)
    return np.concatenate([part.swapaxes(0, 1) for part in parts])


def conv_input_by_correlation(g, w, size, stride, padding, dilation, groups):
    """Dilate the cotangent, pad it, and correlate it at stride 1 with the rotated kernel.

    The padding is ``d (k - 1) - p_low`` before and ``n - 1 - (o - 1) s + p_low`` after each axis of the dilated
    cotangent, for an input of size n, which the output's size o alone does not determine.
    """
    kernel, output = w.shape[2:], g.shape[2:]
    axes = zip(size, kernel, output, stride, padding, dilation, strict=True)
    pads = [(d * (k - 1) - low, n - 1 - (o - 1) * s + low) for n, k, o, s, (low, _), d in axes]
    none = [(0, 0)] * len(size)
    ones = [1] * len(size)
    return conv(padded(dilated(g, stride), pads), turned(w, groups), ones, none, dilation, groups)
