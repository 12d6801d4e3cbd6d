"""Convolution by the Fourier transform: for big kernels at stride 1, where a direct sum reads each input often.

A product of spectra is a circular correlation; zeros up to ``n + k - 1``, or to the next size that factors well, keep
it from wrapping round. Dense layers multiply channel matrices at every frequency, depthwise layers single numbers.
The error is some 1e-6 of the largest value of the image, whatever the kernel's size.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from autograd.geometry import ConvGeometry
from autograd.kernels import threads
from autograd.kernels.conv.layout import Array, Case, load
from autograd.kernels.workspace import empty, scratch

NAME = "fft"
EXACT = False


def applies(case: Case) -> bool:
    """Whether the method can be used."""
    geometry = case.geometry
    return (
        case.dtype in (np.float32, np.float64)
        and geometry.rank == 2
        and geometry.stride == geometry.dilation == (1, 1)
        and geometry.groups in (1, case.channels)
        and (geometry.groups == 1 or case.channels == case.outputs)
    )


class _Sizes(NamedTuple):
    """Transform lengths, and input positions that the outputs reach."""

    lengths: tuple[int, int]
    window: tuple[int, int]


def _sizes(geometry: ConvGeometry) -> _Sizes:
    from scipy.fft import next_fast_len

    window = tuple(o + k - 1 for o, k in zip(geometry.output, geometry.kernel, strict=True))
    return _Sizes(tuple(next_fast_len(n, real=True) for n in window), window)  # type: ignore[arg-type]


def _spectrum(a: Array, lengths: tuple[int, int]) -> Array:
    """Transform (..., rows, columns), its leading axis dealt out to the threads; rows of zeros are not transformed."""
    from scipy.fft import fft, rfft

    out = empty((*a.shape[:-2], lengths[0], lengths[1] // 2 + 1), np.result_type(a, np.complex64))

    def work(index: int) -> None:
        out[index] = fft(rfft(a[index], lengths[1]), lengths[0], axis=-2, overwrite_x=True)

    threads.run(work, range(a.shape[0]), a.size / 100)
    return out


def _image(spectrum: Array, lengths: tuple[int, int], out: Array) -> None:
    """Transform back, and write the first rows and columns of every image to `out`; no other row is finished."""
    from scipy.fft import ifft, irfft

    rows, columns = out.shape[-2:]

    def work(index: int) -> None:
        lines = ifft(spectrum[index], axis=-2, overwrite_x=True)[..., :rows, :]
        out[index] = irfft(lines, lengths[1], overwrite_x=True)[..., :columns]

    threads.run(work, range(spectrum.shape[0]), spectrum.size / 100)


def _window(x: Array, geometry: ConvGeometry, window: tuple[int, int]) -> Array:
    """Copy what the outputs reach, channels-first and padded: (N, C, rows, columns)."""
    held = scratch("fft.input", (x.shape[0], x.shape[-1], *window), x.dtype)
    (top, _), (left, _) = geometry.padding

    def work(image: int) -> None:
        load(x[image : image + 1], (-top, -left), held[image : image + 1].transpose(0, 2, 3, 1))

    threads.run(work, range(x.shape[0]), held.size / 1e3)
    return held


def _products(a: Array, b: Array, first: str, second: str, size: tuple[int, int]) -> Array:
    """Multiply the channel matrices of two spectra at every frequency, the frequencies dealt out to the threads.

    Parameters
    ----------
    a, b : ndarray, shape (., ., rows, columns)
    first, second : str
        'ij' to take the leading axes as they are, 'ji' to swap them.
    size : (int, int)
        Leading axes of the result.
    """
    grid = a.shape[2:]
    flat_a, flat_b = (m.reshape(*m.shape[:2], -1) for m in (a, b))
    out = empty((*size, flat_a.shape[2]), a.dtype)
    orders = {"ij": (2, 0, 1), "ji": (2, 1, 0)}
    step = 512

    def work(start: int) -> None:
        part = slice(start, start + step)
        left = np.ascontiguousarray(flat_a[..., part].transpose(orders[first]))
        right = np.ascontiguousarray(flat_b[..., part].transpose(orders[second]))
        out[..., part] = np.matmul(left, right).transpose(1, 2, 0)

    threads.run(work, range(0, flat_a.shape[2], step), a.size * size[1] / 1e4)
    return out.reshape(*size, *grid)


def forward(x: Array, w: Array, geometry: ConvGeometry, out: Array, bias: Array | None = None) -> None:
    """Write conv(x, w) + bias to `out`; `x` and `out` are channels-last views."""
    lengths, window = _sizes(geometry)
    images = _spectrum(_window(x, geometry, window), lengths)
    filters = np.conjugate(_spectrum(w, lengths))
    if geometry.groups == 1:
        spectrum = _products(images, filters, "ij", "ji", (x.shape[0], w.shape[0]))
    else:
        spectrum = np.multiply(images, filters[:, 0], out=images)
    _image(spectrum, lengths, out.transpose(0, 3, 1, 2))
    if bias is not None:
        np.add(out, bias, out=out)


def backward_weight(x: Array, g: Array, geometry: ConvGeometry, out: Array) -> None:
    """Write the weights' gradient to `out`, shape (O, C/groups, *kernel); `x` and `g` are channels-last views."""
    lengths, window = _sizes(geometry)
    images = _spectrum(_window(x, geometry, window), lengths)
    cotangent = np.conjugate(_spectrum(g.transpose(0, 3, 1, 2), lengths))
    if geometry.groups == 1:
        spectrum = _products(cotangent, images, "ji", "ij", (out.shape[0], out.shape[1]))
    else:
        spectrum = np.multiply(images, cotangent, out=images).sum(axis=0)[:, None]
    _image(spectrum, lengths, out)
