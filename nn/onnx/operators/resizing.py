"""Resize and Upsample: every mode is separable and linear, one matrix an axis."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

import autograd
from autograd import Tensor
from nn.onnx.operators.table import Node, integers, operator

Array = np.ndarray[Any, np.dtype[Any]]


def _places(node: Node, n: int, m: int, scale: float, roi: tuple[float, float]) -> Array:
    """Return where every output lies on the input's axis."""
    mode = node.get("coordinate_transformation_mode", "half_pixel" if node.opset >= 11 else "asymmetric")
    out = np.arange(m, dtype=np.float64)
    length = scale * n
    if mode == "align_corners":
        return out * (n - 1) / (length - 1) if length != 1 else out * 0.0
    if mode == "asymmetric":
        return out / scale
    if mode == "tf_crop_and_resize":
        first, last = roi
        if m > 1:
            return first * (n - 1) + out * (last - first) * (n - 1) / (m - 1)
        return np.full(m, 0.5 * (first + last) * (n - 1))
    if mode == "pytorch_half_pixel" and length <= 1:
        return out * 0.0
    shift: float = 0.0
    if mode == "half_pixel_symmetric":
        shift = n / 2 * (1 - m / length)
    elif mode == "tf_half_pixel_for_nn":
        return (out + 0.5) / scale
    elif mode not in ("half_pixel", "pytorch_half_pixel"):
        raise node.refuse(f"the coordinate transformation {mode!r} is not known")
    places: Array = shift + (out + 0.5) / scale - 0.5
    return places


ROUNDINGS: dict[str, Callable[[Array], Array]] = {
    "round_prefer_floor": lambda x: np.ceil(x - 0.5),
    "round_prefer_ceil": lambda x: np.floor(x + 0.5),
    "floor": np.floor,
    "ceil": np.ceil,
}


def _kernel(node: Node, x: Array) -> Array:
    """Return the weight of a pixel at a distance."""
    x = np.abs(x)
    if node.get("mode") == "cubic":
        a = node.get("cubic_coeff_a", -0.75)
        near = ((a + 2) * x - (a + 3)) * x * x + 1
        far = ((a * x - 5 * a) * x + 8 * a) * x - 4 * a
        return np.where(x <= 1, near, np.where(x < 2, far, 0.0))
    weights: Array = np.maximum(1 - x, 0.0)
    return weights


def _matrix(node: Node, n: int, m: int, scale: float, roi: tuple[float, float]) -> tuple[Array, Array]:
    """Return the weights of an axis, shape (m, n), and which outputs lie outside of the input."""
    places = _places(node, n, m, scale, roi)
    outside = (places < 0) | (places > n - 1)
    matrix = np.zeros((m, n))
    if node.get("mode", "nearest") == "nearest":
        default = "round_prefer_floor" if node.opset >= 11 else "floor"
        # As others compute it: what differs from a half only by rounding is a half.
        chosen = ROUNDINGS[node.get("nearest_mode", default)](np.round(places, 6)).astype(np.int64)
        matrix[np.arange(m), np.clip(chosen, 0, n - 1)] = 1.0
        return matrix, outside
    widen = min(1.0, scale) if node.get("antialias", 0) else 1.0
    reach = math.ceil((2 if node.get("mode") == "cubic" else 1) / widen)
    low = np.floor(places).astype(np.int64)
    for tap in range(1 - reach, reach + 1):
        weight = _kernel(node, (low + tap - places) * widen)
        source = low + tap
        inside = (source >= 0) & (source < n)
        if node.get("exclude_outside", 0):
            weight = np.where(inside, weight, 0.0)
        np.add.at(matrix, (np.arange(m), np.clip(source, 0, n - 1)), weight)
    return matrix / matrix.sum(1, keepdims=True), outside


@operator("Resize", "Upsample")
def resize(node: Node, x: Tensor, *inputs: Tensor | None) -> Any:
    """Another size."""
    roi, scales, sizes = _settings(node, x, inputs)
    axes = [a % x.ndim for a in node.get("axes", range(x.ndim))]
    factors, wanted = _sizes(node, x, scales, sizes, axes)
    crops = node.get("coordinate_transformation_mode") == "tf_crop_and_resize"
    kind, beyond = x.dtype, {}
    for i, axis in enumerate(axes):
        n, m, scale = x.shape[axis], wanted[i], factors[i]
        part = (roi[i], roi[i + len(axes)]) if crops else (0.0, 1.0)
        if n == m and scale == 1 and not crops:
            continue
        matrix, outside = _matrix(node, n, m, scale, part)
        if crops and outside.any():
            beyond[axis] = outside
        x = _applied(x, axis, matrix)
    for axis, outside in beyond.items():
        mask = autograd.from_numpy(outside.reshape([-1 if a == axis else 1 for a in range(x.ndim)]))
        x = autograd.where(mask, autograd.tensor(node.get("extrapolation_value", 0.0), dtype=x.dtype), x)
    return x.to(kind)


def _applied(x: Tensor, axis: int, matrix: Array) -> Any:
    """Multiply an axis with a matrix; one that selects is an index."""
    if ((matrix == 0) | (matrix == 1)).all() and (matrix.sum(1) == 1).all():
        return autograd.index_select(x, axis, autograd.from_numpy(matrix.argmax(1)))
    x = x if x.is_floating_point() else x.float()
    weights = autograd.from_numpy(matrix.T.copy()).to(x.dtype)
    return (x.transpose(axis, -1) @ weights).transpose(axis, -1)


def _settings(node: Node, x: Tensor, inputs: tuple[Tensor | None, ...]) -> tuple[list[float], list[float], list[int]]:
    """Return region, scales and sizes, which changed places from version to version."""

    def floats(t: Tensor | None) -> list[float]:
        return [] if t is None else [float(v) for v in t.numpy().reshape(-1)]

    if node.opset < 11 or node.op == "Upsample":
        return [], list(node.get("scales", ())) or floats(inputs[0]), []
    roi, scales, sizes = [inputs[i] if i < len(inputs) else None for i in range(3)]
    return floats(roi), floats(scales), [] if sizes is None else integers(sizes)


def _sizes(
    node: Node, x: Tensor, scales: list[float], sizes: list[int], axes: list[int]
) -> tuple[list[float], list[int]]:
    """Return scale and output size of every axis."""
    present = [x.shape[a] for a in axes]
    if scales:
        return scales, [math.floor(n * s + 1e-6) for n, s in zip(present, scales, strict=True)]
    factors = [m / n for n, m in zip(present, sizes, strict=True)]
    policy = node.get("keep_aspect_ratio_policy", "stretch")
    if policy != "stretch":
        common = min(factors) if policy == "not_larger" else max(factors)
        factors = [common] * len(axes)
        sizes = [math.floor(n * common + 0.5) for n in present]
    return factors, sizes
