"""Resizing, sampling and rearranging of images, in one to three spatial dimensions."""

import itertools
import math

import numpy as np


def cubic_kernel(distance, a):
    """Keys' cubic convolution kernel."""
    d = abs(distance)
    if d <= 1:
        return (a + 2) * d**3 - (a + 3) * d**2 + 1
    return a * d**3 - 5 * a * d**2 + 8 * a * d - 4 * a if d < 2 else 0.0


def triangle_kernel(distance):
    return max(0.0, 1 - abs(distance))


def nearest_taps(out, n, size, scale):
    return [(min(math.floor(out * scale), n - 1), 1.0)]


def nearest_exact_taps(out, n, size, scale):
    return [(min(math.floor((out + 0.5) * scale), n - 1), 1.0)]


def area_taps(out, n, size, scale):
    first, last = out * n // size, math.ceil((out + 1) * n / size)
    return [(i, 1 / (last - first)) for i in range(first, last)]


STEPWISE = {"nearest": nearest_taps, "nearest-exact": nearest_exact_taps, "area": area_taps}


def linear_taps(centre, n):
    centre = max(centre, 0.0)
    low = min(math.floor(centre), n - 1)
    return [(min(low + k, n - 1), triangle_kernel(centre - low - k)) for k in (0, 1)]


def cubic_taps(centre, n):
    low = math.floor(centre)
    return [(min(max(low + k, 0), n - 1), cubic_kernel(centre - low - k, -0.75)) for k in (-1, 0, 1, 2)]


def lanczos_kernel(distance):
    return float(np.sinc(distance) * np.sinc(distance / 3)) if abs(distance) < 3 else 0.0


def antialiased_taps(out, n, scale, mode):
    """The kernel widened by the scale when shrinking, cut at the borders and normalised."""
    stretch, centre = max(scale, 1.0), scale * (out + 0.5)
    reach = {"bilinear": 1, "bicubic": 2, "lanczos": 3}[mode] * stretch
    places = range(max(0, int(centre - reach + 0.5)), min(n, int(centre + reach + 0.5)))
    weights = [(i - centre + 0.5) / stretch for i in places]
    kernel = {"bilinear": triangle_kernel, "bicubic": lambda w: cubic_kernel(w, -0.5), "lanczos": lanczos_kernel}[mode]
    weights = [kernel(w) for w in weights]
    return [(i, w / sum(weights)) for i, w in zip(places, weights, strict=True)]


def resize_matrix(n, size, factor, mode, align_corners, antialias):
    """Weights of one axis: row o holds what every input contributes to output o."""
    scale = 1 / factor if factor else n / size
    matrix = np.zeros((size, n))
    for out in range(size):
        if mode in STEPWISE:
            taps = STEPWISE[mode](out, n, size, scale)
        elif antialias:
            taps = antialiased_taps(out, n, scale, mode)
        else:
            centre = (out + 0.5) * scale - 0.5
            if align_corners:
                centre = out * (n - 1) / (size - 1) if size > 1 else 0.0
            taps = cubic_taps(centre, n) if mode == "bicubic" else linear_taps(centre, n)
        for i, weight in taps:
            matrix[out, i] += weight
    return matrix


def interpolate(
    input,
    size=None,
    scale_factor=None,
    mode="nearest",
    align_corners=None,
    recompute_scale_factor=None,
    antialias=False,
):
    """Separable: one matrix an axis. Given factors fix the scale, unless it is recomputed from the sizes."""
    rank = input.ndim - 2
    spatial = input.shape[2:]
    factors = [None] * rank
    if size is None:
        factors = np.broadcast_to(scale_factor, rank).tolist()
        size = [math.floor(n * f) for n, f in zip(spatial, factors, strict=True)]
        factors = [None] * rank if recompute_scale_factor or mode == "area" else factors
    output = input
    for axis, (n, out, factor) in enumerate(zip(spatial, np.broadcast_to(size, rank), factors, strict=True), start=2):
        matrix = resize_matrix(n, int(out), factor, mode, align_corners, antialias).astype(input.dtype)
        output = np.moveaxis(np.tensordot(output, matrix, ([axis], [1])), -1, axis)
    return output


def pixel_shuffle(input, upscale_factor):
    """out[c, h r + i, w r + j] = in[c r r + i r + j, h, w]."""
    r = upscale_factor
    *batch, channels, h, w = input.shape
    output = np.empty((*batch, channels // r**2, h * r, w * r), input.dtype)
    for i, j in itertools.product(range(r), repeat=2):
        output[..., i::r, j::r] = input[..., i * r + j :: r * r, :, :]
    return output


def pixel_unshuffle(input, downscale_factor):
    r = downscale_factor
    *batch, channels, h, w = input.shape
    output = np.empty((*batch, channels * r**2, h // r, w // r), input.dtype)
    for i, j in itertools.product(range(r), repeat=2):
        output[..., i * r + j :: r * r, :, :] = input[..., i::r, j::r]
    return output


def channel_shuffle(input, groups):
    """Channel k of group g moves to position k groups + g."""
    each = input.shape[1] // groups
    return input[:, [g * each + k for k in range(each) for g in range(groups)]]


def affine_grid(theta, size, align_corners=None):
    """theta applied to (x, y[, z], 1) of every output pixel, in [-1, 1] over the image."""
    spatial = size[2:]
    grid = np.empty((len(theta), *spatial, len(spatial)), theta.dtype)
    for position in np.ndindex(*spatial):
        place = [centred(i, n, align_corners) for i, n in zip(position, spatial, strict=True)]
        grid[(slice(None), *position)] = theta @ np.array([*place[::-1], 1.0], theta.dtype)
    return grid


def centred(i, n, align_corners):
    if align_corners:
        return 2 * i / (n - 1) - 1 if n > 1 else 0.0
    return (2 * i + 1) / n - 1


def reflect(x, low, high):
    """Mirror at two walls until the point lies between them."""
    if low == high:
        return 0.0
    beyond = (x - low) % (2 * (high - low))
    return low + min(beyond, 2 * (high - low) - beyond)


def confined(x, n, padding_mode, align_corners):
    """Bring a coordinate into the image as the padding mode says; zeros leaves it outside."""
    if padding_mode == "reflection":
        x = reflect(x, 0, n - 1) if align_corners else reflect(x, -0.5, n - 0.5)
    return x if padding_mode == "zeros" else min(max(x, 0), n - 1)


def sample_taps(x, n, mode, padding_mode, align_corners):
    """(index, weight) pairs of one axis for a coordinate in [-1, 1]; indices outside count as zero."""
    x = (x + 1) / 2 * (n - 1) if align_corners else ((x + 1) * n - 1) / 2
    if mode == "bicubic":
        low = math.floor(x)
        taps = [(low + k, cubic_kernel(x - low - k, -0.75)) for k in (-1, 0, 1, 2)]
        taps = [(int(confined(i, n, padding_mode, align_corners)), w) for i, w in taps]
    else:
        x = confined(x, n, padding_mode, align_corners)
        low = math.floor(x)
        taps = [(round(x), 1.0)] if mode == "nearest" else [(low, 1 - (x - low)), (low + 1, x - low)]
    return [(i, w) for i, w in taps if 0 <= i < n]


def grid_sample(input, grid, mode="bilinear", padding_mode="zeros", align_corners=None):
    """Read the image at every point of the grid, whose last axis holds (x, y) or (x, y, z)."""
    spatial = input.shape[2:]
    output = np.zeros((*input.shape[:2], *grid.shape[1:-1]), input.dtype)
    for n, *position in np.ndindex(grid.shape[:-1]):
        point = grid[(n, *position)][::-1]
        axes = zip(point.tolist(), spatial, strict=True)
        for taps in itertools.product(*(sample_taps(x, m, mode, padding_mode, align_corners) for x, m in axes)):
            value = input[(n, slice(None), *(i for i, _ in taps))]
            output[(n, slice(None), *position)] += math.prod(w for _, w in taps) * value
    return output


def pair(value):
    return (value, value) if isinstance(value, int) else tuple(value)


def window_places(size, kernel_size, dilation, padding, stride):
    """For every window in turn and every tap in it: (tap, window, row, column) in the padded image."""
    (kh, kw), (dh, dw), (ph, pw), (sh, sw) = map(pair, (kernel_size, dilation, padding, stride))
    rows = range(0, size[0] + 2 * ph - dh * (kh - 1), sh)
    columns = range(0, size[1] + 2 * pw - dw * (kw - 1), sw)
    for window, (top, left) in enumerate(itertools.product(rows, columns)):
        for tap, (a, b) in enumerate(itertools.product(range(kh), range(kw))):
            yield tap, window, top + a * dh, left + b * dw


def unfold(input, kernel_size, dilation=1, padding=0, stride=1):
    """im2col: a column a window, rows ordered by channel, then by tap."""
    if input.ndim == 3:
        return unfold(input[None], kernel_size, dilation, padding, stride)[0]
    ph, pw = pair(padding)
    padded = np.pad(input, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    places = list(window_places(input.shape[2:], kernel_size, dilation, padding, stride))
    output = np.empty((*input.shape[:2], places[-1][0] + 1, places[-1][1] + 1), input.dtype)
    for tap, window, i, j in places:
        output[:, :, tap, window] = padded[:, :, i, j]
    return output.reshape(len(input), math.prod(output.shape[1:3]), output.shape[-1])


def fold(input, output_size, kernel_size, dilation=1, padding=0, stride=1):
    """col2im: every element is added to the pixel it was taken from."""
    if input.ndim == 2:
        return fold(input[None], output_size, kernel_size, dilation, padding, stride)[0]
    (h, w), (ph, pw), (kh, kw) = map(pair, (output_size, padding, kernel_size))
    columns = input.reshape(len(input), input.shape[1] // (kh * kw), kh * kw, input.shape[-1])
    padded = np.zeros((*columns.shape[:2], h + 2 * ph, w + 2 * pw), input.dtype)
    for tap, window, i, j in window_places((h, w), kernel_size, dilation, padding, stride):
        padded[:, :, i, j] += columns[:, :, tap, window]
    return padded[:, :, ph : ph + h, pw : pw + w]


TABLE = {
    "interpolate": interpolate,
    "pixel_shuffle": pixel_shuffle,
    "pixel_unshuffle": pixel_unshuffle,
    "channel_shuffle": channel_shuffle,
    "affine_grid": affine_grid,
    "grid_sample": grid_sample,
    "unfold": unfold,
    "fold": fold,
}
