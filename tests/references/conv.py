"""Convolution straight from its definition: one loop over output positions and taps, in float64 or wider."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import numpy as np


def output_size(size, kernel, stride, padding, dilation):
    """Output positions on each axis, counted one by one."""
    sizes = []
    for n, k, s, (low, high), d in zip(size, kernel, stride, padding, dilation, strict=True):
        count = 0
        while count * s + (k - 1) * d < n + low + high:
            count += 1
        sizes.append(count)
    return tuple(sizes)


def _terms(size, kernel, stride, padding, dilation, output) -> Iterator[tuple[tuple, tuple, tuple]]:
    """Yield every (input position, tap, output position) that belong together."""
    for position in product(*map(range, output)):
        for tap in product(*map(range, kernel)):
            source = tuple(
                o * s - low + t * d
                for o, s, (low, _), t, d in zip(position, stride, padding, tap, dilation, strict=True)
            )
            if all(0 <= i < n for i, n in zip(source, size, strict=True)):
                yield source, tap, position


def _wide(a):
    return a.astype(np.complex128 if np.iscomplexobj(a) else np.float64)


def _groups(channels, outputs, groups):
    c, o = channels // groups, outputs // groups
    return [(slice(i * c, (i + 1) * c), slice(i * o, (i + 1) * o)) for i in range(groups)]


def conv(x, w, stride, padding, dilation, groups, bias=None, output=None):
    """Correlation of x (N, C, *size) with w (O, C/groups, *kernel)."""
    size, kernel = x.shape[2:], w.shape[2:]
    output = output or output_size(size, kernel, stride, padding, dilation)
    x, w = _wide(x), _wide(w)
    y = np.zeros((x.shape[0], w.shape[0], *output), np.result_type(x, w))
    every = slice(None)
    for source, tap, position in _terms(size, kernel, stride, padding, dilation, output):
        for c, o in _groups(x.shape[1], w.shape[0], groups):
            y[(every, o, *position)] += x[(every, c, *source)] @ w[(o, every, *tap)].T
    return y if bias is None else y + _wide(bias).reshape(-1, *[1] * len(size))


def conv_input(g, w, size, stride, padding, dilation, groups):
    """Gradient of <conv(x, w), g> by x, an array (N, C, *size)."""
    kernel, output = w.shape[2:], g.shape[2:]
    channels = w.shape[1] * groups
    g, w = _wide(g), _wide(w)
    x = np.zeros((g.shape[0], channels, *size), np.result_type(g, w))
    every = slice(None)
    for source, tap, position in _terms(size, kernel, stride, padding, dilation, output):
        for c, o in _groups(channels, w.shape[0], groups):
            x[(every, c, *source)] += g[(every, o, *position)] @ w[(o, every, *tap)]
    return x


def conv_weight(x, g, kernel, stride, padding, dilation, groups):
    """Gradient of <conv(x, w), g> by w, an array (O, C/groups, *kernel)."""
    size, output = x.shape[2:], g.shape[2:]
    x, g = _wide(x), _wide(g)
    w = np.zeros((g.shape[1], x.shape[1] // groups, *kernel), np.result_type(x, g))
    every = slice(None)
    for source, tap, position in _terms(size, kernel, stride, padding, dilation, output):
        for c, o in _groups(x.shape[1], g.shape[1], groups):
            w[(o, every, *tap)] += g[(every, o, *position)].T @ x[(every, c, *source)]
    return w
