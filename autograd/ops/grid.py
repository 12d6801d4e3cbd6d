"""Reading images at points of a grid, and the grids of affine maps (Jaderberg et al., "Spatial Transformers", 2015)."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any

import numpy as np

from autograd.config import no_grad
from autograd.errors import describe, sizes
from autograd.kernels.elementwise import quietly
from autograd.ops.arguments import require_tensors
from autograd.ops.registry import Maker, Sample, op
from autograd.ops.select import clamp, where
from autograd.ops.shape import reshape
from autograd.tensor import Tensor

__all__ = ["affine_grid", "grid_sample"]

Array = np.ndarray[Any, np.dtype[Any]]


def _settled(align_corners: bool | None) -> bool:
    """Return the setting, warning where it was left out."""
    if align_corners is None:
        warnings.warn(
            "Default grid_sample and affine_grid behavior has changed to align_corners=False since 1.3.0. Please "
            "specify align_corners=True if the old behavior is desired. See the documentation of grid_sample for "
            "details.",
            UserWarning,
            stacklevel=3,
        )
    return bool(align_corners)


def _affine(make: Maker) -> Iterator[Sample]:
    yield Sample(make(2, 2, 3), (2, 3, 4, 5), align_corners=False)
    yield Sample(make(2, 2, 3), (2, 1, 3, 2), align_corners=True)
    yield Sample(make(1, 3, 4), (1, 2, 3, 4, 2), align_corners=False)


@op(_affine, method=False)
def affine_grid(theta: Tensor, size: Sequence[int], align_corners: bool | None = None) -> Tensor:
    """Return the points that affine maps send the positions of an output to, for `grid_sample`.

    Parameters
    ----------
    theta : Tensor, shape (N, 2, 3) or (N, 3, 4)
    size : sequence of int
        (N, C, H, W) or (N, C, D, H, W) of the output.
    align_corners : bool, optional
        Whether -1 and 1 are the centres of the corner pixels, or the image's edges.

    Returns
    -------
    Tensor, shape (N, H, W, 2) or (N, D, H, W, 3)
        The last axis holds x, y, and z.

    Raises
    ------
    ValueError, NotImplementedError
        If shapes and sizes do not fit.

    Examples
    --------
    >>> import autograd, nn.functional as F
    >>> identity = autograd.tensor([[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]])
    >>> F.affine_grid(identity, (1, 1, 1, 3), align_corners=True)[0, 0, :, 0]
    tensor([-1.,  0.,  1.])
    """
    align = _settled(align_corners)
    require_tensors("affine_grid", theta=theta)
    if theta._data.dtype.kind != "f":
        raise ValueError(
            describe(f"Expected theta to have floating point type, but got {theta.dtype}", op="affine_grid")
        )
    rank = len(size) - 2
    if rank not in (2, 3):
        raise NotImplementedError(
            describe(
                "affine_grid only supports 4D and 5D sizes, for 2D and 3D affine transforms, respectively. Got size "
                f"{size}.",
                op="affine_grid",
            )
        )
    if theta._data.ndim != 3 or theta._data.shape[1:] != (rank, rank + 1):
        raise ValueError(
            describe(
                f"Expected a batch of {rank}D affine matrices of shape Nx{rank}x{rank + 1} for size {size}. Got "
                f"{sizes(theta._data.shape)}.",
                op="affine_grid",
            )
        )
    if min(size) <= 0:
        raise ValueError(describe(f"Expected non-zero, positive output size. Got {size}", op="affine_grid"))
    axes = [_centres(n, align) for n in size[2:]]
    points = np.stack([*np.meshgrid(*axes, indexing="ij")[::-1], np.ones(tuple(size[2:]))], -1)
    base = Tensor(points.reshape(1, -1, rank + 1).astype(theta._data.dtype), None)
    grid: Tensor = (base @ theta.transpose(1, 2)).reshape(-1, *size[2:], rank)
    return grid


def _centres(n: int, align_corners: bool) -> Array:
    """Return the coordinates in [-1, 1] of n pixels."""
    if align_corners:
        return np.linspace(-1, 1, n) if n > 1 else np.zeros(1)
    return (2 * np.arange(n) + 1) / n - 1


def _reflected(x: Tensor, low: float, high: float) -> Tensor:
    """Mirror coordinates at two walls until they lie between them."""
    span = high - low
    if span <= 0:
        return x * 0
    with no_grad():
        turns = ((x - low) / span).floor()
    beyond = (x - low) - turns * span
    result: Tensor = where(turns % 2 == 0, beyond, span - beyond) + low
    return result


def _confined(x: Tensor, n: int, padding_mode: str, align: bool) -> Tensor:
    """Bring coordinates into the image, as the padding mode says; zeros leaves them outside."""
    if padding_mode == "reflection":
        x = _reflected(x, 0, n - 1) if align else _reflected(x, -0.5, n - 0.5)
    return x if padding_mode == "zeros" else clamp(x, 0, n - 1)


def _cubic_weights(t: Tensor) -> list[Tensor]:
    """Return the weights of the four taps around a point at distance t from the second one (Keys, 1981)."""
    a = -0.75

    def near(x: Tensor) -> Tensor:
        return ((a + 2) * x - (a + 3)) * x * x + 1

    def far(x: Tensor) -> Tensor:
        return ((a * x - 5 * a) * x + 8 * a) * x - 4 * a

    return [far(t + 1), near(t), near(1 - t), far(2 - t)]


def _taps(x: Tensor, n: int, mode: str, padding_mode: str, align: bool) -> list[tuple[Array, Tensor | None]]:
    """Return for one axis the positions read and their weights, for coordinates in [-1, 1]."""
    x = (x + 1) * ((n - 1) / 2) if align else ((x + 1) * n - 1) / 2
    if mode == "bicubic":
        with no_grad():
            low = x.floor()
        weights = _cubic_weights(x - low)
        places = [_confined(low + k, n, padding_mode, align)._data for k in (-1, 0, 1, 2)]
        return [(quietly(place.astype, np.int64), w) for place, w in zip(places, weights, strict=True)]
    x = _confined(x, n, padding_mode, align)
    if mode == "nearest":
        return [(quietly(np.rint(x._data).astype, np.int64), None)]
    with no_grad():
        low = x.floor()
    share = x - low
    first = quietly(low._data.astype, np.int64)
    return [(first, 1 - share), (first + 1, share)]


def _points(make: Maker) -> Iterator[Sample]:
    for mode in ("bilinear", "nearest", "bicubic"):
        for padding in ("zeros", "border", "reflection"):
            # Points well between pixel centres, where no mode has a kink.
            grid = make(1, 3, 2, 2, low=-1.35, high=1.35)
            yield Sample(make(1, 2, 4, 3), grid, mode, padding, padding == "border")
    yield Sample(make(1, 2, 3, 2, 3), make(1, 2, 1, 2, 3), align_corners=False)
    yield Sample(make(1, 2, 3, 2, 3), make(1, 2, 1, 2, 3), "nearest", "border", align_corners=True)


@op(_points, method=False)
def grid_sample(
    input: Tensor,
    grid: Tensor,
    mode: str = "bilinear",
    padding_mode: str = "zeros",
    align_corners: bool | None = None,
) -> Tensor:
    """Read images at the points of a grid.

    Parameters
    ----------
    input : Tensor, shape (N, C, H, W) or (N, C, D, H, W)
    grid : Tensor, shape (N, h, w, 2) or (N, d, h, w, 3)
        Points in [-1, 1]; the last axis holds x, y, and z.
    mode : {'bilinear', 'nearest', 'bicubic'}
        'bicubic' takes images only.
    padding_mode : {'zeros', 'border', 'reflection'}
        What lies outside of the image.
    align_corners : bool, optional
        Whether -1 and 1 are the centres of the corner pixels, or the image's edges.

    Returns
    -------
    Tensor, shape (N, C, h, w) or (N, C, d, h, w)

    Raises
    ------
    ValueError
        If there is no such mode.
    RuntimeError
        If the shapes do not fit.

    Examples
    --------
    >>> import autograd, nn.functional as F
    >>> image, grid = autograd.tensor([[[[1.0, 3.0]]]]), autograd.tensor([[[[-1.0, 0.0], [0.0, 0.0]]]])
    >>> F.grid_sample(image, grid, align_corners=True)
    tensor([[[[1., 2.]]]])
    """
    if mode not in ("bilinear", "nearest", "bicubic"):
        raise ValueError(
            describe(
                "nn.functional.grid_sample(): expected mode to be 'bilinear', 'nearest' or 'bicubic', but got: "
                f"'{mode}'"
            )
        )
    if padding_mode not in ("zeros", "border", "reflection"):
        raise ValueError(
            describe(
                "nn.functional.grid_sample(): expected padding_mode to be 'zeros', 'border', or 'reflection', but got: "
                f"'{padding_mode}'"
            )
        )
    align = _settled(align_corners)
    require_tensors("grid_sampler", input=input, grid=grid)
    _check_grid(input._data.shape, grid._data.shape, mode)
    images, channels, *spatial = input._data.shape
    if not grid._data.size or not input._data.size:
        return Tensor(np.zeros((images, channels, *grid._data.shape[1:-1]), input._data.dtype), None)
    axes = [
        _taps(grid.select(-1, len(spatial) - 1 - axis), n, mode, padding_mode, align) for axis, n in enumerate(spatial)
    ]
    pixels = reshape(input.movedim(1, -1), (-1, channels))
    first = (np.arange(images) * int(np.prod(spatial))).reshape(-1, *(1,) * len(spatial))
    out: Any = 0
    for taps in product(*axes):
        inside = np.ones(grid._data.shape[:-1], bool)
        place: Array = np.zeros((), np.int64)
        weight: Any = None
        for (position, share), n in zip(taps, spatial, strict=True):
            inside &= (position >= 0) & (position < n)
            place = place * n + np.clip(position, 0, n - 1)
            weight = share if weight is None else weight * share
        mask = Tensor(inside.astype(input._data.dtype), None)
        weight = mask if weight is None else weight * mask
        values = pixels.index_select(0, Tensor((place + first).reshape(-1), None)).reshape(*inside.shape, channels)
        out = values * weight.unsqueeze(-1) + out
    result: Tensor = out.movedim(-1, 1)
    return result


def _check_grid(image: tuple[int, ...], grid: tuple[int, ...], mode: str) -> None:
    """Refuse grids that do not belong to the images.

    Raises
    ------
    RuntimeError
        If they do not.
    """
    rank = len(image) - 2
    if rank not in (2, 3) or len(grid) != len(image):
        raise RuntimeError(
            describe(
                f"grid_sampler(): expected {len(image) if rank in (2, 3) else '4D or 5'}D input and grid with same "
                f"number of dimensions, but got input with sizes {sizes(image)} and grid with sizes {sizes(grid)}",
                op="grid_sample",
            )
        )
    if grid[0] != image[0]:
        raise RuntimeError(
            describe(
                f"grid_sampler(): expected grid and input to have same batch size, but got input with sizes "
                f"{sizes(image)} and grid with sizes {sizes(grid)}",
                op="grid_sample",
            )
        )
    if grid[-1] != rank:
        raise RuntimeError(
            describe(
                f"grid_sampler(): expected grid to have size {rank} in last dimension, but got grid with sizes "
                f"{sizes(grid)}",
                op="grid_sample",
            )
        )
    if mode == "bicubic" and rank != 2:
        raise RuntimeError(describe("grid_sampler(): bicubic interpolation only supports 4D input", op="grid_sample"))
