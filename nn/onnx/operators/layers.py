"""Convolutions, matrix products, pooling, padding, resizing."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import autograd
import nn.functional as F
from autograd import Tensor
from nn.onnx.operators.table import Node, integers, operator

Pads = list[tuple[int, int]]

CONVOLUTIONS = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}
TRANSPOSED = {1: F.conv_transpose1d, 2: F.conv_transpose2d, 3: F.conv_transpose3d}
AVERAGES = {1: F.avg_pool1d, 2: F.avg_pool2d, 3: F.avg_pool3d}
MAXIMA = {1: F.max_pool1d, 2: F.max_pool2d, 3: F.max_pool3d}


def _rank(node: Node, x: Tensor) -> int:
    rank = x.ndim - 2
    if rank not in CONVOLUTIONS:
        raise node.refuse(f"one to three spatial axes are supported, got {rank}")
    return rank


def _pads(
    node: Node, size: Sequence[int], kernel: Sequence[int], stride: Sequence[int], dilation: Sequence[int]
) -> Pads:
    """Return the widths before and after every axis."""
    auto = node.get("auto_pad", "NOTSET")
    if auto in ("SAME_UPPER", "SAME_LOWER"):
        pads = []
        for n, k, s, d in zip(size, kernel, stride, dilation, strict=True):
            whole = max(0, (-(-n // s) - 1) * s + d * (k - 1) + 1 - n)
            less = whole // 2
            pads.append((less, whole - less) if auto == "SAME_UPPER" else (whole - less, less))
        return pads
    rank = len(kernel)
    given = list(node.get("pads", [0] * 2 * rank)) if auto == "NOTSET" else [0] * 2 * rank
    return list(zip(given[:rank], given[rank:], strict=True))


def _padded(x: Tensor, pads: Pads, value: float = 0.0) -> Tensor:
    """Pad the spatial axes explicitly."""
    return F.pad(x, [n for pair in reversed(pads) for n in pair], value=value) if any(map(any, pads)) else x


@operator("Conv")
def conv(node: Node, x: Tensor, w: Tensor, bias: Tensor | None = None) -> Tensor:
    """Convolution."""
    rank = _rank(node, x)
    stride, dilation = node.get("strides", [1] * rank), node.get("dilations", [1] * rank)
    pads = _pads(node, x.shape[2:], w.shape[2:], stride, dilation)
    if min(n for pair in pads for n in pair) < 0:
        x, pads = _padded(x, pads), [(0, 0)] * rank
    return CONVOLUTIONS[rank](x, w, bias, stride, tuple(pads), dilation, node.get("group", 1))


@operator("ConvTranspose")
def conv_transpose(node: Node, x: Tensor, w: Tensor, bias: Tensor | None = None) -> Tensor:
    """Transposed convolution: computed whole, then cropped or padded to what is asked for."""
    rank = _rank(node, x)
    stride, dilation = node.get("strides", [1] * rank), node.get("dilations", [1] * rank)
    extra = list(node.get("output_padding", [0] * rank))
    reach = [d * (k - 1) + 1 for d, k in zip(dilation, w.shape[2:], strict=True)]
    whole = [(n - 1) * s + r for n, s, r in zip(x.shape[2:], stride, reach, strict=True)]
    auto, wanted = node.get("auto_pad", "NOTSET"), node.get("output_shape")
    if wanted is None and auto.startswith("SAME"):
        wanted = [n * s for n, s in zip(x.shape[2:], stride, strict=True)]
    if wanted is not None:
        pads = []
        for n, e, m in zip(whole, extra, wanted[-rank:], strict=True):
            cut = n + e - m
            less = cut // 2
            pads.append((less, cut - less) if auto == "SAME_UPPER" else (cut - less, less))
    else:
        pads = _pads(node, x.shape[2:], w.shape[2:], stride, dilation)
    groups = node.get("group", 1)
    function = TRANSPOSED[rank]
    plain = all(low == high >= 0 for low, high in pads)
    if plain and all(e < max(s, d) for e, s, d in zip(extra, stride, dilation, strict=True)):
        return function(x, w, bias, stride, [low for low, _ in pads], extra, groups, dilation)
    out = function(x, w, None, stride, 0, 0, groups, dilation)
    out = _padded(out, [(-low, e - high) for (low, high), e in zip(pads, extra, strict=True)])
    return out if bias is None else out + bias.reshape(-1, *(1,) * rank)


@operator("Gemm")
def gemm(node: Node, a: Tensor, b: Tensor, c: Tensor | None = None) -> Tensor:
    """``alpha A B + beta C``."""
    alpha, beta = node.get("alpha", 1.0), node.get("beta", 1.0)
    a = a.transpose(0, 1) if node.get("transA", 0) else a
    turned = bool(node.get("transB", 0))
    if alpha == 1 and beta == 1 and turned and (c is None or c.shape == b.shape[:1]) and a.is_floating_point():
        return F.linear(a, b, c)
    product = a @ (b.transpose(0, 1) if turned else b)
    product = product if alpha == 1 else (product * alpha).to(product.dtype)
    if c is None or beta == 0:
        return product
    return product + (c if beta == 1 else (c * beta).to(c.dtype))


@operator("MatMul")
def matmul(node: Node, a: Tensor, b: Tensor) -> Tensor:
    """Products of matrices."""
    return autograd.matmul(a, b)


# ---- pooling


def _window(node: Node, rank: int) -> tuple[list[int], list[int], list[int]]:
    kernel = list(node.get("kernel_shape"))
    return kernel, list(node.get("strides", [1] * rank)), list(node.get("dilations", [1] * rank))


def _fitted(node: Node, x: Tensor, kernel: list[int], stride: list[int], dilation: list[int]) -> tuple[Pads, Pads]:
    """Return the padding that was asked for, and the one that lets the last windows fit, or ends with them."""
    pads = _pads(node, x.shape[2:], kernel, stride, dilation)
    fitted = []
    for n, k, s, d, (low, high) in zip(x.shape[2:], kernel, stride, dilation, pads, strict=True):
        span = n + low + high - d * (k - 1) - 1
        count = (-(-span // s) if node.get("ceil_mode", 0) else span // s) + 1
        if node.get("ceil_mode", 0) and (count - 1) * s >= n + low:
            count -= 1
        fitted.append((low, (count - 1) * s + d * (k - 1) + 1 - n - low))
    return pads, fitted


@operator("MaxPool")
def max_pool(node: Node, x: Tensor) -> Any:
    """Largest element of every window, and its position in the whole tensor."""
    rank = _rank(node, x)
    kernel, stride, dilation = _window(node, rank)
    _, pads = _fitted(node, x, kernel, stride, dilation)
    source = x if x.is_floating_point() else x.double()
    padded = _padded(source, pads, -float("inf"))
    if not node.wants(1):
        return MAXIMA[rank](padded, kernel, stride, 0, dilation).to(x.dtype)
    out, places = MAXIMA[rank](padded, kernel, stride, 0, dilation, return_indices=True)
    return out.to(x.dtype), _whole_positions(node, x, padded.shape[2:], pads, places)


def _whole_positions(node: Node, x: Tensor, padded: Sequence[int], pads: Pads, places: Tensor) -> Any:
    """Turn positions in a padded plane into positions in the tensor."""
    rest, columns = places, []
    for n, (low, _) in zip(reversed(padded), reversed(pads), strict=True):
        columns.append(rest % n - low)
        rest = autograd.div(rest, n, rounding_mode="floor")
    columns.reverse()
    sizes = list(x.shape[2:])
    if node.get("storage_order", 0):
        columns, sizes = columns[::-1], sizes[::-1]
    flat = autograd.zeros_like(places)
    for column, n in zip(columns, sizes, strict=True):
        flat = flat * n + column
    planes = autograd.arange(x.shape[0] * x.shape[1]).reshape(*x.shape[:2], *(1,) * len(sizes))
    return flat + planes * prod(x.shape[2:])


@operator("MaxUnpool")
def max_unpool(node: Node, x: Tensor, places: Tensor, shape: Tensor | None = None) -> Any:
    """Elements back at their positions in a smaller tensor, which may be the corner of a larger one."""
    rank = x.ndim - 2
    kernel, stride, _ = _window(node, rank)
    pads = list(node.get("pads", [0] * 2 * rank))
    inner = [
        (n - 1) * s + k - pads[i] - pads[i + rank]
        for i, (n, s, k) in enumerate(zip(x.shape[2:], stride, kernel, strict=True))
    ]
    whole = [*x.shape[:2], *inner]
    flat = autograd.zeros(prod(whole), dtype=x.dtype)
    out = autograd.scatter(flat, 0, places.reshape(-1), x.reshape(-1)).reshape(whole)
    if shape is None:
        return out
    return _padded(out, [(0, m - n) for m, n in zip(integers(shape)[2:], inner, strict=True)])


@operator("AveragePool")
def average_pool(node: Node, x: Tensor) -> Any:
    """Mean of every window; of padding, what was asked for may count, what lies beyond it never does."""
    rank = _rank(node, x)
    kernel, stride, dilation = _window(node, rank)
    pads, fitted = _fitted(node, x, kernel, stride, dilation)
    plain = set(dilation) == {1} and all(low == high for low, high in pads) and not node.get("ceil_mode", 0)
    counted = bool(node.get("count_include_pad", 0))
    if plain and all(2 * low <= k for (low, _), k in zip(pads, kernel, strict=True)):
        return AVERAGES[rank](x, kernel, stride, [low for low, _ in pads], False, counted)
    ones = autograd.ones(1, 1, *x.shape[2:], dtype=x.dtype)
    ones = _padded(ones, pads, 1.0) if counted else _padded(ones, pads)
    beyond = [(0, f - high) for (_, high), (_, f) in zip(pads, fitted, strict=True)]
    total = _window_sums(_padded(x, fitted), kernel, stride, dilation)
    return total / _window_sums(_padded(ones, beyond), kernel, stride, dilation)


def _window_sums(x: Tensor, kernel: list[int], stride: list[int], dilation: list[int]) -> Any:
    """Add up every window, as a convolution of every channel with ones."""
    n, c, *size = x.shape
    ones = autograd.ones(1, 1, *kernel, dtype=x.dtype)
    out = CONVOLUTIONS[len(kernel)](x.reshape(n * c, 1, *size), ones, None, stride, 0, dilation)
    return out.reshape(n, c, *out.shape[2:])


@operator("LpPool")
def lp_pool(node: Node, x: Tensor) -> Any:
    """Norm of every window."""
    rank = _rank(node, x)
    kernel, stride, dilation = _window(node, rank)
    _, pads = _fitted(node, x, kernel, stride, dilation)
    p = node.get("p", 2)
    return _window_sums(_padded(autograd.abs(x) ** p, pads), kernel, stride, dilation) ** (1 / p)


@operator("GlobalAveragePool")
def global_average(node: Node, x: Tensor) -> Any:
    """Mean of every plane."""
    return x.mean(tuple(range(2, x.ndim)), keepdim=True)


@operator("GlobalMaxPool")
def global_max(node: Node, x: Tensor) -> Tensor:
    """Largest element of every plane."""
    return autograd.amax(x, tuple(range(2, x.ndim)), keepdim=True)


@operator("GlobalLpPool")
def global_lp(node: Node, x: Tensor) -> Tensor:
    """Norm of every plane."""
    return autograd.linalg.vector_norm(x, node.get("p", 2), tuple(range(2, x.ndim)), True)


# ---- padding and windows


@operator("Pad")
def pad(
    node: Node, x: Tensor, widths: Tensor | None = None, value: Tensor | None = None, axes: Tensor | None = None
) -> Tensor:
    """Around the edges: a number, what lies inside, the edge, or the opposite end; negative widths crop."""
    given = integers(node.get("pads", node.get("paddings")) if widths is None else widths)
    which = list(range(x.ndim)) if axes is None else [a % x.ndim for a in integers(axes)]
    pairs: Pads = [(0, 0)] * x.ndim
    for i, axis in enumerate(which):
        pairs[axis] = given[i], given[i + len(which)]
    mode = node.get("mode", "constant")
    if mode == "constant":
        filler = node.get("value", 0.0) if value is None else value.item()
        return F.pad(x, [n for pair in reversed(pairs) for n in pair], value=filler)
    for axis, (low, high) in enumerate(pairs):
        if low or high:
            n = x.shape[axis]
            places = autograd.arange(-low, n + high)
            if mode == "edge":
                places = autograd.clamp(places, 0, n - 1)
            elif mode == "wrap":
                places = places % n
            else:
                places = (n - 1) - autograd.abs(places % (2 * max(n - 1, 1)) - (n - 1))
            x = autograd.index_select(x, axis, places)
    return x


@operator("Col2Im")
def col2im(node: Node, x: Tensor, image: Tensor, block: Tensor) -> Tensor:
    """Windows added to where they came from."""
    size, kernel = integers(image), integers(block)
    rank = len(size)
    pads = node.get("pads", [0] * 2 * rank)
    if rank != 2 or pads[:rank] != pads[rank:]:
        raise node.refuse("images with the same padding on both sides are supported")
    return F.fold(x, size, kernel, node.get("dilations", [1, 1]), pads[:2], node.get("strides", [1, 1]))


@operator("GridSample")
def grid_sample(node: Node, x: Tensor, grid: Tensor) -> Tensor:
    """Images at the points of a grid."""
    mode = node.get("mode", "linear")
    names = {"linear": "bilinear", "cubic": "bicubic"}
    align = bool(node.get("align_corners", 0))
    return F.grid_sample(x, grid, names.get(mode, mode), node.get("padding_mode", "zeros"), align)


@operator("AffineGrid")
def affine_grid(node: Node, theta: Tensor, size: Tensor) -> Tensor:
    """Points of an image, moved."""
    return F.affine_grid(theta, integers(size), bool(node.get("align_corners", 0)))
