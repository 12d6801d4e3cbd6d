"""Convolutions, matrix products, pooling, padding, resizing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from nn.onnx.aligning import Tracked, Varying
from nn.onnx.graph import Graph
from nn.onnx.table import translates

# ---- convolutions and products


def _pads(padding: Sequence[tuple[int, int]]) -> list[int]:
    """Return all widths before the axes, then all after them."""
    return [low for low, _ in padding] + [high for _, high in padding]


@translates("Conv")
def conv(g: Graph, x: Tracked, w: Tracked, bias: Any = None, *, geometry: Any) -> str:
    """Convolution."""
    how = {"strides": geometry.stride, "dilations": geometry.dilation, "group": geometry.groups}
    return str(g.add("Conv", x, w, bias, kernel_shape=geometry.kernel, pads=_pads(geometry.padding), **how))


@translates("ConvInput")
def conv_transpose(g: Graph, x: Tracked, w: Tracked, bias: Any = None, *, geometry: Any) -> str:
    """Transposed convolution; what its output has beyond the smallest size is the output padding."""
    extra = [
        _difference(n, o, s, d * (k - 1) + 1 - low - high)
        for n, o, s, k, d, (low, high) in zip(
            geometry.size,
            geometry.output,
            geometry.stride,
            geometry.kernel,
            geometry.dilation,
            geometry.padding,
            strict=True,
        )
    ]
    how = {"strides": geometry.stride, "dilations": geometry.dilation, "group": geometry.groups}
    pads = _pads(geometry.padding)
    return str(g.add("ConvTranspose", x, w, bias, kernel_shape=geometry.kernel, pads=pads, output_padding=extra, **how))


def _difference(whole: Any, count: Any, stride: int, reach: int) -> int:
    """Return ``whole - (count - 1) * stride - reach``, which is the same for all sizes."""
    n, o = (v.seen[0] if isinstance(v, Varying) else v for v in (whole, count))
    return int(n - (o - 1) * stride - reach)


@translates("Linear")
def linear(g: Graph, x: Tracked, weight: Tracked, bias: Any) -> str:
    """Affine maps of the last axis."""
    if x.ndim == 2 and weight.ndim == 2 and (bias is None or bias.ndim == 1):
        return str(g.add("Gemm", x, weight, bias, transB=1))
    product = g.add("MatMul", x, g.add("Transpose", weight, perm=[1, 0]) if weight.ndim == 2 else weight)
    return str(product if bias is None else g.add("Add", product, bias))


@translates("MatMul")
def matmul(g: Graph, a: Tracked, b: Tracked, *, turn_a: bool = False, turn_b: bool = False) -> str:
    """Products of matrices."""
    return str(g.add("MatMul", _turned(g, a) if turn_a else a, _turned(g, b) if turn_b else b))


def _turned(g: Graph, x: Tracked) -> str:
    return str(g.add("Transpose", x, perm=[*range(x.ndim - 2), x.ndim - 1, x.ndim - 2]))


@translates("Im2Col")
def im2col(g: Graph, x: Tracked, *, geometry: Any) -> str:
    """Every window, shape (N, C, *kernel, *output): the positions are the same for every image and channel."""
    sizes, pads = x.shape[2:], geometry.padding
    if any(isinstance(n, Varying) for n in sizes):
        raise g.unsupported("windows are translated only for a fixed size", "leave the axis out of dynamic_axes")
    padded = pad_constant(g, x, widths=((0, 0), (0, 0), *pads), value=0) if any(map(any, pads)) else g.name(x)
    for axis in range(geometry.rank):
        taps = np.arange(geometry.kernel[axis]) * geometry.dilation[axis]
        steps = np.arange(geometry.output[axis]) * geometry.stride[axis]
        # Axes in front of this one have become two: kernel and output.
        padded = g.add("Gather", padded, taps[:, None] + steps, axis=2 + 2 * axis)
    rank = geometry.rank
    order = [0, 1, *range(2, 2 + 2 * rank, 2), *range(3, 2 + 2 * rank, 2)]
    return str(g.add("Transpose", padded, perm=order))


@translates("Col2Im")
def col2im(g: Graph, columns: Tracked, *, geometry: Any) -> str:
    """Every window added to where it came from."""
    if g.opset < 18:
        raise g.unsupported("Col2Im came with opset 18", "pass opset_version=18")
    kernel = geometry.kernel
    images, channels = columns.shape[:2]
    flat = g.reshape(columns, [images, channels * int(np.prod(kernel)), int(np.prod(geometry.output))], columns)
    how = {"pads": _pads(geometry.padding), "strides": geometry.stride, "dilations": geometry.dilation}
    return str(g.add("Col2Im", flat, list(geometry.size), list(kernel), **how))


# ---- pooling


@translates("MaxPool")
def max_pool(g: Graph, x: Tracked, *, geometry: Any, indices: bool) -> Any:
    """Largest element of every window, and where it is within its plane."""
    how: dict[str, Any] = {"kernel_shape": geometry.kernel, "strides": geometry.stride}
    how["dilations"] = None if set(geometry.dilation) == {1} else geometry.dilation
    low, high = geometry.padding, geometry.padding
    if geometry.ceil_mode and any(isinstance(n, Varying) for n in geometry.size):
        how["ceil_mode"] = 1
    elif geometry.ceil_mode:
        # Programs disagree on windows that begin past the end; padding that lets every window fit leaves no choice.
        high = [
            max(0, (o - 1) * s + d * (k - 1) + 1 - n - p)
            for n, k, s, p, d, o in zip(
                geometry.size,
                geometry.kernel,
                geometry.stride,
                low,
                geometry.dilation,
                geometry.output,
                strict=True,
            )
        ]
    how["pads"] = [*low, *high]
    if not indices:
        return str(g.add("MaxPool", x, **how))
    values, places = g.add("MaxPool", x, outputs=2, **how)
    # ONNX counts positions over the whole tensor.
    return [values, g.add("Mod", places, _plane(g, x))]


def _plane(g: Graph, x: Tracked) -> str:
    return str(g.add("ReduceProd", g.add("Slice", g.shape(x.shape, x), [2], [x.ndim]), keepdims=1))


@translates("MaxUnpool")
def max_unpool(g: Graph, x: Tracked, places: Tracked, *, size: Sequence[Any]) -> str:
    """Elements back at their positions, zeros elsewhere."""
    flat = [g.add("Reshape", part, [0, 0, -1]) for part in (x, places)]
    whole = [*x.shape[:2], *size]
    plane = g.shape([*x.shape[:2], int(np.prod(size))], x)
    zeros = g.add("Expand", g.number(0, x), plane)
    return g.reshape(g.add("ScatterElements", zeros, flat[1], flat[0], axis=2), whole, x)


@translates("AvgPool")
def avg_pool(g: Graph, x: Tracked, *, geometry: Any, with_padding: bool, divisor: int | None) -> str:
    """Mean of every window."""
    kernel, pads = geometry.kernel, list(geometry.padding)
    if divisor is not None and not geometry.ceil_mode:
        mean = _mean(g, x, kernel, geometry.stride, pads, counted=True)
        return str(g.add("Mul", mean, g.number(float(np.prod(kernel)) / divisor, x)))
    if not geometry.ceil_mode:
        return _mean(g, x, kernel, geometry.stride, pads, counted=with_padding)
    sizes = (geometry.size, geometry.output)
    if any(isinstance(n, Varying) for n in (*geometry.size, *geometry.output)):
        raise g.unsupported("ceil_mode needs a fixed size", "leave the axis out of dynamic_axes, or ceil_mode=False")
    return _ceiled(g, x, sizes, geometry, with_padding, divisor)


def _mean(g: Graph, x: Any, kernel: Sequence[int], stride: Sequence[int], pads: list[int], counted: bool) -> str:
    how: dict[str, Any] = {"kernel_shape": kernel, "strides": stride, "pads": [*pads, *pads]}
    return str(g.add("AveragePool", x, count_include_pad=int(counted), **how))


def _ceiled(g: Graph, x: Tracked, sizes: Any, geometry: Any, with_padding: bool, divisor: int | None) -> str:
    """Average pooling with windows past the end: programs disagree on their divisors, so these are written out."""
    rank = len(geometry.kernel)
    low, high = geometry.padding, geometry.high_padding
    padded = pad_constant(g, x, widths=((0, 0), (0, 0), *zip(low, high, strict=True)), value=0)
    mean = _mean(g, padded, geometry.kernel, geometry.stride, [0] * rank, counted=True)
    counts = np.ones((), np.float64)
    for n, k, s, p, o in zip(*(sizes[0], geometry.kernel, geometry.stride, low, sizes[1]), strict=True):
        first = np.arange(o) * s - p
        begin, end = (
            (first, np.minimum(first + k, n + p)) if with_padding else (np.maximum(first, 0), np.minimum(first + k, n))
        )
        counts = np.multiply.outer(counts, end - begin)
    divisors = counts if divisor is None else np.full(counts.shape, float(divisor))
    return str(g.add("Mul", mean, (float(np.prod(geometry.kernel)) / divisors).astype(x.dtype)))


@translates("AdaptiveAvgPool", "AdaptiveMaxPool")
def adaptive_pool(g: Graph, x: Tracked, *, size: Sequence[Any]) -> Any:
    """Mean or maximum of every cell."""
    largest = g.call == "AdaptiveMaxPool"
    if all(not isinstance(n, Varying) and n == 1 for n in size):
        out = g.add("GlobalMaxPool" if largest else "GlobalAveragePool", x)
    elif any(isinstance(n, Varying) for n in (*size, *x.shape[2:])):
        raise g.unsupported("cells of an axis that is left open have no fixed size", "pool to size 1, or fix the axis")
    elif all(n % m == 0 for n, m in zip(x.shape[2:], size, strict=True)):
        kernel = [n // m for n, m in zip(x.shape[2:], size, strict=True)]
        pool: dict[str, Any] = {"kernel_shape": kernel, "strides": kernel}
        out = g.add("MaxPool", x, **pool) if largest else g.add("AveragePool", x, **pool)
    else:
        out = _cells(g, x, size, largest)
    return [out, None] if largest else out


def _cells(g: Graph, x: Tracked, size: Sequence[int], largest: bool) -> str:
    """Pool cells of unequal size, axis by axis: as a product with a matrix of shares, or part by part."""
    out = g.name(x)
    for axis, m in enumerate(size, 2):
        n = x.shape[axis]
        cells = [(i * n // m, -(-(i + 1) * n // m)) for i in range(m)]
        if largest:
            parts = [g.axes("ReduceMax", g.slice(out, {axis: (a, b, 1)}), [axis], True) for a, b in cells]
            out = g.add("Concat", *parts, axis=axis) if m > 1 else parts[0]
            continue
        shares = np.zeros((n, m), x.dtype)
        for i, (a, b) in enumerate(cells):
            shares[a:b, i] = 1 / (b - a)
        last = x.ndim - 1
        order = [*range(x.ndim)]
        order[axis], order[last] = last, axis
        turned = out if axis == last else g.add("Transpose", out, perm=order)
        out = g.add("MatMul", turned, shares)
        out = out if axis == last else g.add("Transpose", out, perm=order)
    return out


# ---- padding


@translates("PadConstant")
def pad_constant(g: Graph, x: Any, *, widths: Sequence[tuple[int, int]], value: float) -> str:
    """A number around the edges; negative widths crop."""
    kind = x if isinstance(x, Tracked) else g.outputs[0]
    return str(g.add("Pad", x, _pads(widths), g.number(value, kind), mode="constant"))


@translates("pad", when=lambda mode, pad, **_: mode != "constant" and min(pad, default=0) >= 0)
def pad(g: Graph, *, input: Tracked, pad: Sequence[int], mode: str, value: Any) -> str:
    """What lies inside, around the edges."""
    given = list(zip(pad[::2], pad[1::2], strict=True))[::-1]
    first = input.ndim - len(given)
    if mode == "circular" and g.opset < 19:
        out: Any = input
        for axis, (low, high) in enumerate(given, first):
            parts = [g.slice(out, {axis: (-low, np.iinfo(np.int64).max, 1)})] if low else []
            tail = [g.slice(out, {axis: (0, high, 1)})] if high else []
            out = g.add("Concat", *parts, out, *tail, axis=axis) if parts or tail else out
        return str(out)
    names = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}
    return str(g.add("Pad", input, _pads([(0, 0)] * first + given), mode=names[mode]))


@translates("PadTake")
def pad_take(g: Graph, x: Tracked, *, source: Any, axis: int) -> str:
    """Positions of an axis repeated around it."""
    if isinstance(source, Varying):
        raise g.unsupported("cropping and padding at once needs a fixed size", "leave the axis out of dynamic_axes")
    return str(g.add("Gather", x, source, axis=axis))


# ---- resizing


def _resizes(input: Any, size: Any, scale_factor: Any, mode: str, antialias: bool, **_: Any) -> bool:
    """Whether ONNX's Resize gives the same elements: its rounding of nearest neighbours is safe at whole factors."""
    if mode == "area" or antialias:
        return False
    if not mode.startswith("nearest"):
        return True
    spatial = input.shape[2:]
    sizes = (size,) * len(spatial) if isinstance(size, int) else size
    if scale_factor is not None:
        factors = scale_factor if isinstance(scale_factor, list | tuple) else (scale_factor,) * len(spatial)
        return all(float(f).is_integer() for f in factors)
    return all(m % n == 0 for n, m in zip(spatial, sizes, strict=True))


@translates("interpolate", when=_resizes)
def interpolate(
    g: Graph,
    *,
    input: Tracked,
    size: Any,
    scale_factor: Any,
    mode: str,
    align_corners: Any,
    recompute_scale_factor: Any,
    antialias: bool,
) -> str:
    """Another size."""
    where = "align_corners" if align_corners else "half_pixel"
    how: dict[str, Any] = {"mode": "linear", "coordinate_transformation_mode": where}
    if mode == "bicubic":
        how |= {"mode": "cubic", "cubic_coeff_a": -0.75}
    elif mode.startswith("nearest"):
        exact = mode == "nearest-exact"
        where = "half_pixel" if exact else "asymmetric"
        how = {"mode": "nearest", "coordinate_transformation_mode": where}
        how["nearest_mode"] = "round_prefer_ceil" if exact else "floor"
    rank = input.ndim - 2
    if scale_factor is not None and not recompute_scale_factor:
        factors = scale_factor if isinstance(scale_factor, list | tuple) else (scale_factor,) * rank
        scales = np.asarray([1, 1, *factors], np.float32)
        return str(g.add("Resize", input, None, scales, **how))
    return str(g.add("Resize", input, None, None, g.shape([*input.shape[:2], *g.outputs[0].shape[2:]], input), **how))


@translates("pixel_shuffle", when=lambda input, **_: input.ndim == 4)
def pixel_shuffle(g: Graph, *, input: Tracked, upscale_factor: int) -> str:
    """Channels become pixels."""
    return str(g.add("DepthToSpace", input, blocksize=upscale_factor, mode="CRD"))


@translates("grid_sample")
def grid_sample(g: Graph, *, input: Tracked, grid: Tracked, mode: str, padding_mode: str, align_corners: Any) -> str:
    """Images at the points of a grid."""
    if g.opset < 16 or (input.ndim > 4 and g.opset < 20):
        raise g.unsupported("GridSample came with opset 16, for volumes with 20", "pass a larger opset_version")
    names = {"bilinear": "linear", "bicubic": "cubic", "nearest": "nearest"}
    name = names[mode] if g.opset >= 20 else mode
    return str(
        g.add("GridSample", input, grid, mode=name, padding_mode=padding_mode, align_corners=int(bool(align_corners)))
    )
