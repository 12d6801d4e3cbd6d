"""Resizing. Every mode is separable and linear: one matrix an axis, whose row o holds the weights of output o.

The matrices of nearest neighbours select; those of the other modes are multiplied with the image.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from autograd.errors import describe
from autograd.kernels.layout import empty_like_layout
from autograd.operation import Op
from autograd.ops.arguments import require_floating, require_tensors
from autograd.ops.pool_adaptive import adaptive_avg_pool1d, adaptive_avg_pool2d, adaptive_avg_pool3d
from autograd.ops.registry import Maker, Sample, op
from autograd.tensor import Tensor

__all__ = ["interpolate", "upsample", "upsample_bilinear", "upsample_nearest"]

Array = np.ndarray[Any, np.dtype[Any]]

RANKS = {"linear": 1, "bilinear": 2, "trilinear": 3, "bicubic": 2, "lanczos": 2}
AREAS = {1: adaptive_avg_pool1d, 2: adaptive_avg_pool2d, 3: adaptive_avg_pool3d}


def _triangle(x: Array) -> Array:
    return np.where(np.abs(x) < 1, 1 - np.abs(x), 0)


def _cubic(x: Array, a: float) -> Array:
    """Return Keys' cubic convolution kernel (1981)."""
    x = np.abs(x)
    near = (a + 2) * x**3 - (a + 3) * x**2 + 1
    far = a * (x**3 - 5 * x**2 + 8 * x - 4)
    return np.where(x <= 1, near, np.where(x < 2, far, 0))


def _lanczos(x: Array) -> Array:
    return np.where(np.abs(x) < 3, np.sinc(x) * np.sinc(x / 3), 0)


# Kernels of the anti-aliased modes, each with its half-width.
WIDENED = {"bilinear": (_triangle, 1), "bicubic": (lambda x: _cubic(x, -0.5), 2), "lanczos": (_lanczos, 3)}


def _nearest(n: int, size: int, scale: float, exact: bool) -> Array:
    """Return the input position of every output; in single precision, as PyTorch rounds."""
    places = np.arange(size, dtype=np.float32) + np.float32(0.5 if exact else 0)
    index: Array = np.floor(places * np.float32(scale)).astype(np.int64)
    return np.where(index < n, index, n - 1)


@lru_cache(maxsize=256)
def _matrix(n: int, size: int, scale: float, mode: str, align_corners: bool, antialias: bool) -> Array:
    """Return the weights that every output of an axis gives its inputs, shape (size, n)."""
    outputs = np.arange(size)
    if antialias:
        kernel, support = WIDENED[mode]
        stretch = max(scale, 1.0)
        centres = scale * (outputs + 0.5)
        first = np.maximum(0, (centres - support * stretch + 0.5).astype(np.int64))
        last = np.minimum(n, (centres + support * stretch + 0.5).astype(np.int64))
        inputs = np.arange(n)
        matrix = kernel((inputs - centres[:, None] + 0.5) / stretch)
        matrix = np.where((inputs >= first[:, None]) & (inputs < last[:, None]), matrix, 0.0)
        matrix /= matrix.sum(1, keepdims=True)
        return matrix
    between = (n - 1) / (size - 1) if size > 1 else 0.0
    centres = outputs * between if align_corners else (outputs + 0.5) * scale - 0.5
    if mode != "bicubic":
        centres = np.clip(centres, 0, n - 1)
    low = np.floor(centres).astype(np.int64)
    matrix = np.zeros((size, n))
    for tap in (-1, 0, 1, 2) if mode == "bicubic" else (0, 1):
        distance = centres - (low + tap)
        weight = _cubic(distance, -0.75) if mode == "bicubic" else _triangle(distance)
        matrix[outputs, np.clip(low + tap, 0, n - 1)] += weight
    return matrix


class RepeatEach(Op):
    """Every position of an axis several times in a row."""

    __slots__ = ("axis", "times")

    def forward(self, x: Array, *, axis: int, times: int) -> Array:
        self.axis, self.times = axis, times
        out = empty_like_layout((*x.shape[:axis], x.shape[axis] * times, *x.shape[axis + 1 :]), x.dtype, x)
        for k in range(times):
            out[_every(axis, k, times)] = x
        return out

    def backward(self, grad: Tensor) -> Tensor:
        result: Tensor = SumRuns.apply(grad, axis=self.axis, times=self.times)
        return result


class SumRuns(Op):
    """The sum of every run of positions of an axis; adjoint of `RepeatEach`."""

    __slots__ = ("axis", "times")

    def forward(self, g: Array, *, axis: int, times: int) -> Array:
        self.axis, self.times = axis, times
        out = g[_every(axis, 0, times)].copy(order="K")
        for k in range(1, times):
            out += g[_every(axis, k, times)]
        return out

    def backward(self, grad: Tensor) -> Tensor:
        result: Tensor = RepeatEach.apply(grad, axis=self.axis, times=self.times)
        return result


def _every(axis: int, first: int, step: int) -> tuple[slice, ...]:
    return (*(slice(None),) * axis, slice(first, None, step))


def _select(x: Tensor, axis: int, index: Array) -> Tensor:
    """Take positions of an axis; where each input repeats equally often, without a gather."""
    n, size = x._data.shape[axis], len(index)
    times = size // n
    if times * n == size and np.array_equal(index, np.arange(size) // max(times, 1)):
        repeated: Tensor = RepeatEach.apply(x, axis=axis, times=times)
        return repeated
    selected: Tensor = x.index_select(axis, Tensor(index, None))
    return selected


def _resize(x: Tensor, axis: int, matrix: Array) -> Tensor:
    """Multiply an axis with a matrix."""
    weights = Tensor(matrix.astype(x._data.dtype), None)
    last = axis == x._data.ndim - 1
    out: Tensor = x @ weights.transpose(0, 1) if last else weights @ x.transpose(axis, -2)
    return out if last else out.transpose(axis, -2)


def _output_sizes(
    input: Tensor, size: Any, scale_factor: Any, recompute: bool
) -> tuple[tuple[int, ...], tuple[float | None, ...]]:
    """Return the output's size, and for each axis the factor that fixes the scale, if any.

    Raises
    ------
    ValueError, TypeError
        If not exactly one of size and factor is given, once or for each axis.
    """
    spatial = input._data.shape[2:]
    rank = len(spatial)
    if size is not None and scale_factor is not None:
        raise ValueError(describe("only one of size or scale_factor should be defined", op="interpolate"))
    if size is None and scale_factor is None:
        raise ValueError(describe("either size or scale_factor should be defined", op="interpolate"))
    if recompute and size is not None:
        raise ValueError(describe("recompute_scale_factor is not meaningful with an explicit size.", op="interpolate"))
    name, given = ("output size", size) if size is not None else ("scale_factor", scale_factor)
    values = tuple(given) if isinstance(given, Sequence) else (given,) * rank
    if len(values) != rank:
        raise ValueError(
            describe(
                f"Input and {'output' if size is not None else name} must have the same number of spatial dimensions, "
                f"but got input with spatial dimensions of {list(spatial)} and {name} of {given}.",
                op="interpolate",
                rule="the input is (N, C, d1, d2, ...), one number for each spatial axis",
            )
        )
    if size is not None:
        if not all(hasattr(n, "__index__") for n in values):
            raise TypeError(
                describe(
                    "expected size to be one of int or Tuple[int] or Tuple[int, int] or Tuple[int, int, int], but got "
                    f"size with types {[type(n) for n in values]}",
                    op="interpolate",
                )
            )
        sizes, factors = tuple(n.__index__() for n in values), (None,) * rank
    else:
        sizes = tuple(math.floor(n * f) for n, f in zip(spatial, values, strict=True))
        factors = (None,) * rank if recompute else values
    if min((*spatial, *sizes, 1)) < 1:
        raise RuntimeError(
            describe(
                "Input and output sizes should be greater than 0, but got input "
                f"({', '.join(map(str, spatial))}) and output ({', '.join(map(str, sizes))})",
                op="interpolate",
            )
        )
    return sizes, factors


def _check_mode(rank: int, mode: str, align_corners: bool | None, antialias: bool) -> None:
    """Refuse modes that the input's rank or another option does not allow.

    Raises
    ------
    ValueError, NotImplementedError
        If they do not fit.
    """
    selecting = mode in ("nearest", "area", "nearest-exact")
    if selecting and align_corners is not None:
        raise ValueError(
            describe(
                "align_corners option can only be set with the interpolating modes: linear | bilinear | bicubic | "
                "trilinear",
                op="interpolate",
            )
        )
    if antialias and not (mode in WIDENED and rank == 2):
        raise ValueError(
            describe(
                "Anti-alias option is restricted to bilinear, bicubic, and lanczos modes and requires a 4-D tensor as "
                "input",
                op="interpolate",
            )
        )
    if (selecting and 1 <= rank <= 3) or RANKS.get(mode) == rank:
        if mode == "lanczos" and align_corners:
            raise ValueError(describe("Lanczos mode does not support align_corners=True", op="interpolate"))
        if mode == "lanczos" and not antialias:
            raise ValueError(describe("Lanczos mode requires antialias=True", op="interpolate"))
        return
    if mode in ("linear", "bilinear", "trilinear") and 1 <= rank <= 3:
        raise NotImplementedError(
            describe(f"Got {rank + 2}D input, but {mode} mode needs {RANKS[mode] + 2}D input", op="interpolate")
        )
    raise NotImplementedError(
        describe(
            f"Input Error: Only 3D, 4D and 5D input Tensors supported (got {rank + 2}D) for the modes: nearest | "
            f"linear | bilinear | bicubic | trilinear | lanczos | area | nearest-exact (got {mode})",
            op="interpolate",
        )
    )


def _resized(make: Maker) -> Iterator[Sample]:
    yield Sample(make(2, 2, 3), 6)
    yield Sample(make(1, 2, 3, 4), scale_factor=(2.0, 1.7))
    yield Sample(make(1, 2, 3, 4), (5, 2), mode="nearest-exact")
    yield Sample(make(1, 2, 3, 4), (2, 5), mode="area")
    yield Sample(make(1, 1, 2, 3, 2), scale_factor=2, mode="nearest")
    yield Sample(make(2, 1, 5), 7, mode="linear")
    yield Sample(make(1, 2, 3, 4), (5, 6), mode="bilinear", align_corners=True)
    yield Sample(make(1, 2, 4, 4), scale_factor=1.7, mode="bilinear")
    yield Sample(make(1, 1, 4, 4), None, 0.6, "bilinear", False, True)
    yield Sample(make(1, 1, 2, 3, 2), (3, 2, 3), mode="trilinear")
    yield Sample(make(1, 1, 4, 5), (6, 3), mode="bicubic")
    yield Sample(make(1, 1, 4, 5), (6, 1), mode="bicubic", align_corners=True)
    yield Sample(make(1, 1, 6, 5), (3, 7), mode="bilinear", antialias=True)
    yield Sample(make(1, 1, 6, 5), (3, 7), mode="bicubic", antialias=True)
    yield Sample(make(1, 1, 8, 7), (3, 9), mode="lanczos", antialias=True)
    yield Sample(make(0, 1, 3), 4, mode="linear")


@op(_resized, method=False)
def interpolate(
    input: Tensor,
    size: int | Sequence[int] | None = None,
    scale_factor: float | Sequence[float] | None = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
    recompute_scale_factor: bool | None = None,
    antialias: bool = False,
) -> Tensor:
    """Resize images, sequences or volumes.

    Parameters
    ----------
    input : Tensor, shape (N, C, d1[, d2[, d3]])
    size : int or sequence of int, optional
        The output's spatial size.
    scale_factor : float or sequence of float, optional
        The output's size over the input's; one of the two must be given.
    mode : {'nearest', 'nearest-exact', 'area', 'linear', 'bilinear', 'trilinear', 'bicubic', 'lanczos'}
    align_corners : bool, optional
        Let the centres of the corner pixels coincide, instead of the corners of the images.
    recompute_scale_factor : bool, optional
        Compute the scale anew from the rounded sizes.
    antialias : bool
        Widen the kernel when shrinking.

    Raises
    ------
    ValueError, TypeError, NotImplementedError
        If the arguments do not fit each other or the input.

    Examples
    --------
    >>> import autograd
    >>> interpolate(autograd.tensor([[[1.0, 2.0]]]), scale_factor=2)
    tensor([[[1., 1., 2., 2.]]])
    """
    require_tensors("interpolate", input=input)
    rank = input._data.ndim - 2
    recompute = bool(recompute_scale_factor) or (mode == "area" and size is None)
    sizes, factors = _output_sizes(input, size, scale_factor, recompute)
    _check_mode(rank, mode, align_corners, antialias)
    if input._data.dtype != np.uint8 or not mode.startswith("nearest"):
        require_floating("upsample", input)
    if mode == "area":
        return AREAS[rank](input, sizes)
    x = input
    for axis, (n, m, factor) in enumerate(zip(input._data.shape[2:], sizes, factors, strict=True), 2):
        scale = 1 / factor if factor else n / m
        if mode in ("nearest", "nearest-exact"):
            x = _select(x, axis, _nearest(n, m, scale, mode == "nearest-exact"))
        else:
            x = _resize(x, axis, _matrix(n, m, scale, mode, bool(align_corners), antialias))
    return x


def _deprecated(name: str) -> None:
    warnings.warn(
        f"`nn.functional.{name}` is deprecated. Use `nn.functional.interpolate` instead.", UserWarning, stacklevel=3
    )


def upsample(
    input: Tensor,
    size: int | Sequence[int] | None = None,
    scale_factor: float | Sequence[float] | None = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
) -> Tensor:
    """Resize; deprecated in favour of `interpolate`.

    Parameters
    ----------
    input, size, scale_factor, mode, align_corners
        As in `interpolate`.

    Examples
    --------
    >>> import warnings, autograd, nn.functional as F
    >>> with warnings.catch_warnings(action="ignore"):
    ...     F.upsample(autograd.tensor([[[1.0, 2.0]]]), scale_factor=2)
    tensor([[[1., 1., 2., 2.]]])
    """
    _deprecated("upsample")
    return interpolate(input, size, scale_factor, mode, align_corners)


def upsample_nearest(
    input: Tensor, size: int | Sequence[int] | None = None, scale_factor: float | Sequence[float] | None = None
) -> Tensor:
    """Resize by nearest neighbours; deprecated in favour of `interpolate`.

    Parameters
    ----------
    input, size, scale_factor
        As in `interpolate`.

    Examples
    --------
    >>> import warnings, autograd, nn.functional as F
    >>> with warnings.catch_warnings(action="ignore"):
    ...     F.upsample_nearest(autograd.tensor([[[1.0, 2.0]]]), size=4)
    tensor([[[1., 1., 2., 2.]]])
    """
    _deprecated("upsample_nearest")
    return interpolate(input, size, scale_factor, "nearest")


def upsample_bilinear(
    input: Tensor, size: int | Sequence[int] | None = None, scale_factor: float | Sequence[float] | None = None
) -> Tensor:
    """Resize images linearly with aligned corners; deprecated in favour of `interpolate`.

    Parameters
    ----------
    input, size, scale_factor
        As in `interpolate`.

    Examples
    --------
    >>> import warnings, autograd, nn.functional as F
    >>> with warnings.catch_warnings(action="ignore"):
    ...     F.upsample_bilinear(autograd.tensor([[[[1.0, 3.0]]]]), size=(1, 3))
    tensor([[[[1., 2., 3.]]]])
    """
    _deprecated("upsample_bilinear")
    return interpolate(input, size, scale_factor, "bilinear", align_corners=True)
