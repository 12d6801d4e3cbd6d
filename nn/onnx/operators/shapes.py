"""Shapes, parts, joins, positions, and tensors that are made."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

import autograd
import nn.functional as F
from autograd import Tensor
from nn.onnx.operators.elementwise import dtype_of
from nn.onnx.operators.table import Node, integers, operator


@operator("Reshape")
def reshape(node: Node, x: Tensor, shape: Tensor) -> Any:
    """Another shape; 0 keeps an axis."""
    keep = not node.get("allowzero", 0)
    wanted = [x.shape[i] if n == 0 and keep else n for i, n in enumerate(integers(shape))]
    if x.numel() == 0 and -1 in wanted:
        known = math.prod(n for n in wanted if n != -1)
        wanted = [0 if n == -1 and known else n for n in wanted]
    return x.reshape(*wanted) if wanted else x.reshape(())


@operator("Flatten")
def flatten(node: Node, x: Tensor) -> Any:
    """A matrix: the axes before one, and those from it on."""
    axis = node.get("axis", 1)
    axis = axis + x.ndim if axis < 0 else axis
    return x.reshape(math.prod(x.shape[:axis]), math.prod(x.shape[axis:]))


@operator("Transpose")
def transpose(node: Node, x: Tensor) -> Tensor:
    """Axes in another order; backwards by default."""
    return x.permute(*node.get("perm", list(range(x.ndim))[::-1])) if x.ndim else x


@operator("Squeeze")
def squeeze(node: Node, x: Tensor, axes: Tensor | None = None) -> Any:
    """Without axes of size 1."""
    chosen = node.get("axes") if axes is None else integers(axes)
    chosen = [i for i, n in enumerate(x.shape) if n == 1] if chosen is None else [a % x.ndim for a in chosen]
    return x.reshape([n for i, n in enumerate(x.shape) if i not in chosen])


@operator("Unsqueeze")
def unsqueeze(node: Node, x: Tensor, axes: Tensor | None = None) -> Any:
    """With new axes of size 1."""
    given = node.get("axes") if axes is None else integers(axes)
    rank = x.ndim + len(given)
    places = {a % rank for a in given}
    sizes = iter(x.shape)
    return x.reshape([1 if i in places else next(sizes) for i in range(rank)])


@operator("Concat")
def concat(node: Node, *tensors: Tensor) -> Tensor:
    """Joined along an axis."""
    return autograd.cat(tensors, node.get("axis", 1))


@operator("Split")
def split(node: Node, x: Tensor, lengths: Tensor | None = None) -> tuple[Tensor, ...]:
    """The parts of an axis: of given lengths, or as equal as can be."""
    axis = node.get("axis", 0)
    given = node.get("split") if lengths is None else integers(lengths)
    if given is None:
        count = node.get("num_outputs", len(node.outputs))
        n = x.shape[axis]
        step = -(-n // count)
        given = [max(0, min(step, n - i * step)) for i in range(count)]
    return tuple(autograd.split(x, list(given), axis))


@operator("Slice")
def slice_(
    node: Node,
    x: Tensor,
    starts: Tensor | None = None,
    ends: Tensor | None = None,
    axes: Tensor | None = None,
    steps: Tensor | None = None,
) -> Tensor:
    """``start:end:step`` of some axes; attributes before opset 10."""
    first = integers(node.get("starts") if starts is None else starts)
    last = integers(node.get("ends") if ends is None else ends)
    given = node.get("axes") if axes is None else axes
    which = list(range(len(first))) if given is None else integers(given)
    by = [1] * len(first) if steps is None else integers(steps)
    index: list[Any] = [slice(None)] * x.ndim
    flipped = []
    for a, start, end, step in zip(which, first, last, by, strict=True):
        axis = a % x.ndim
        positions = range(
            *slice(start, None if step < 0 and end < -x.shape[axis] else end, step).indices(x.shape[axis])
        )
        if step < 0:
            positions = positions[::-1]
            flipped.append(axis)
        index[axis] = slice(positions[0], positions[-1] + 1, abs(step)) if len(positions) else slice(0, 0)
    out = x[tuple(index)] if x.ndim else x
    return autograd.flip(out, flipped) if flipped else out


@operator("Expand")
def expand(node: Node, x: Tensor, shape: Tensor) -> Tensor:
    """Broadcasting in both directions."""
    return x.expand(*autograd.broadcast_shapes(x.shape, tuple(integers(shape)))) if shape.numel() else x


@operator("Tile")
def tile(node: Node, x: Tensor, repeats: Tensor) -> Tensor:
    """Copies side by side."""
    return x.repeat(*integers(repeats)) if x.ndim else x


@operator("Shape")
def shape(node: Node, x: Tensor) -> Tensor:
    """Sizes of the axes."""
    return autograd.tensor(list(x.shape)[node.get("start", 0) : node.get("end")], dtype=autograd.int64)


@operator("Size")
def size(node: Node, x: Tensor) -> Tensor:
    """Number of elements."""
    return autograd.tensor(x.numel())


@operator("DepthToSpace")
def depth_to_space(node: Node, x: Tensor) -> Any:
    """Channels become pixels."""
    b = node.get("blocksize")
    n, c, h, w = x.shape
    if node.get("mode", "DCR") == "CRD":
        return F.pixel_shuffle(x, b)
    return x.reshape(n, b, b, c // (b * b), h, w).permute(0, 3, 4, 1, 5, 2).reshape(n, c // (b * b), h * b, w * b)


@operator("SpaceToDepth")
def space_to_depth(node: Node, x: Tensor) -> Any:
    """Pixels become channels."""
    b = node.get("blocksize")
    n, c, h, w = x.shape
    if node.get("mode", "DCR") == "CRD":
        return F.pixel_unshuffle(x, b)
    return x.reshape(n, c, h // b, b, w // b, b).permute(0, 3, 5, 1, 2, 4).reshape(n, c * b * b, h // b, w // b)


# ---- positions


def _wrapped(index: Tensor, n: int) -> Any:
    """Let negative positions count from the end."""
    index = index.to(autograd.int64)
    return autograd.where(index < 0, index + n, index)


@operator("Gather")
def gather(node: Node, x: Tensor, index: Tensor) -> Any:
    """Positions of an axis, in the shape of the index."""
    axis = node.get("axis", 0) % x.ndim
    flat = autograd.index_select(x, axis, _wrapped(index, x.shape[axis]).reshape(-1))
    return flat.reshape([*x.shape[:axis], *index.shape, *x.shape[axis + 1 :]])


@operator("GatherElements")
def gather_elements(node: Node, x: Tensor, index: Tensor) -> Tensor:
    """Elements at positions along an axis."""
    axis = node.get("axis", 0) % x.ndim
    return autograd.gather(x, axis, _wrapped(index, x.shape[axis]))


def _columns(index: Tensor, shape: tuple[int, ...]) -> tuple[Tensor, ...]:
    return tuple(_wrapped(index[..., i], shape[i]) for i in range(index.shape[-1]))


@operator("GatherND")
def gather_nd(node: Node, x: Tensor, index: Tensor) -> Any:
    """Parts at tuples of positions."""
    batch = node.get("batch_dims", 0)
    if not batch:
        return x[_columns(index, x.shape)]
    leading = x.shape[:batch]
    rows, places = x.reshape(-1, *x.shape[batch:]), index.reshape(-1, *index.shape[batch:])
    found = autograd.stack([row[_columns(place, row.shape)] for row, place in zip(rows, places, strict=True)])
    return found.reshape(*leading, *found.shape[1:])


REDUCTIONS = {"add": "sum", "mul": "prod", "max": "amax", "min": "amin"}


@operator("ScatterElements", "Scatter")
def scatter_elements(node: Node, x: Tensor, index: Tensor, updates: Tensor) -> Tensor:
    """Elements replaced, or combined, at positions along an axis."""
    axis = node.get("axis", 0) % x.ndim
    places, how = _wrapped(index, x.shape[axis]), node.get("reduction", "none")
    if how == "none":
        return autograd.scatter(x, axis, places, updates)
    return autograd.scatter_reduce(x, axis, places, updates, REDUCTIONS[how])


@operator("ScatterND")
def scatter_nd(node: Node, x: Tensor, index: Tensor, updates: Tensor) -> Any:
    """Parts replaced, or combined, at tuples of positions."""
    how, depth = node.get("reduction", "none"), index.shape[-1]
    if how in ("none", "add"):
        return autograd.index_put(x, _columns(index, x.shape), updates, accumulate=how == "add")
    strides = [math.prod(x.shape[i + 1 : depth]) for i in range(depth)]
    rows = sum(column * s for column, s in zip(_columns(index, x.shape), strides, strict=True))
    part = x.shape[depth:]
    flat = x.reshape(math.prod(x.shape[:depth]), -1)
    source = updates.reshape(-1, flat.shape[1])
    places = autograd.as_tensor(rows).reshape(-1, 1).expand(-1, flat.shape[1])
    return autograd.scatter_reduce(flat, 0, places, source, REDUCTIONS[how]).reshape(*x.shape[:depth], *part)


@operator("OneHot")
def one_hot(node: Node, index: Tensor, depth: Tensor, values: Tensor) -> Any:
    """Vectors with one value at a position, and another elsewhere."""
    n = integers(depth)[0]
    axis = node.get("axis", -1) % (index.ndim + 1)
    places = _wrapped(index, n).unsqueeze(axis)
    line = autograd.arange(n).reshape([-1 if i == axis else 1 for i in range(index.ndim + 1)])
    return autograd.where(places == line, values[1], values[0])


@operator("NonZero")
def nonzero(node: Node, x: Tensor) -> Any:
    """Positions of what is not zero, an axis a row."""
    return autograd.nonzero(x).permute(1, 0)


@operator("Compress")
def compress(node: Node, x: Tensor, condition: Tensor) -> Tensor:
    """Positions of an axis, or of all elements, where a condition holds."""
    places = autograd.from_numpy(np.flatnonzero(condition.numpy()))
    axis = node.get("axis")
    return x.reshape(-1)[places] if axis is None else autograd.index_select(x, axis % x.ndim, places)


# ---- tensors that are made


@operator("Constant")
def constant(node: Node) -> Tensor:
    """A tensor written into the node."""
    if "value" in node.attributes:
        return autograd.from_numpy(np.array(node.attributes["value"]))
    for name, kind in (("float", np.float32), ("int", np.int64)):
        for form in (f"value_{name}", f"value_{name}s"):
            if form in node.attributes:
                return autograd.from_numpy(np.asarray(node.attributes[form], kind))
    raise node.refuse("constants are tensors, integers or floating-point numbers")


@operator("ConstantOfShape")
def constant_of_shape(node: Node, shape: Tensor) -> Tensor:
    """One value everywhere."""
    value = np.asarray(node.get("value", np.zeros(1, np.float32)))
    return autograd.from_numpy(np.full(integers(shape) if shape.numel() else (), value.reshape(-1)[0], value.dtype))


@operator("Range")
def range_(node: Node, start: Tensor, limit: Tensor, delta: Tensor) -> Tensor:
    """Numbers at equal distances."""
    line = np.arange(start.item(), limit.item(), delta.item(), dtype=start.numpy().dtype)
    return autograd.from_numpy(line)


@operator("EyeLike")
def eye_like(node: Node, x: Tensor) -> Any:
    """Ones on a diagonal."""
    kind = node.get("dtype")
    eye = autograd.from_numpy(np.eye(x.shape[0], x.shape[1], node.get("k", 0)))
    return eye.to(x.dtype if kind is None else dtype_of(node, kind))


@operator("Trilu")
def trilu(node: Node, x: Tensor, k: Tensor | None = None) -> Tensor:
    """A triangle of matrices."""
    offset = 0 if k is None else integers(k)[0]
    return autograd.triu(x, offset) if node.get("upper", 1) else autograd.tril(x, offset)


@operator("Einsum")
def einsum(node: Node, *tensors: Tensor) -> Tensor:
    """Sums of products by subscripts."""
    return autograd.einsum(node.get("equation"), *tensors)
