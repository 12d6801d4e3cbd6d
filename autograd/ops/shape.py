"""Other shapes over the same memory."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np

from autograd.dtypes import numpy_dtype, scalar_type
from autograd.errors import describe, sizes
from autograd.operation import Op
from autograd.ops.axes import as_sizes, normalize_axis
from autograd.ops.registry import Sample, op
from autograd.storage import relay_row_major
from autograd.tensor import Tensor

__all__ = ["flatten", "ravel", "reshape", "unflatten", "view"]

Array = np.ndarray[Any, np.dtype[Any]]


class Reshape(Op):
    """Another shape over the same memory."""

    __slots__ = ("source",)
    is_view = True

    def forward(self, x: Array, *, shape: tuple[int, ...]) -> Array:
        self.source = x.shape
        return x.reshape(shape, copy=False)

    def backward(self, grad: Tensor) -> Tensor:
        return reshape(grad, self.source)


class ReshapeCopy(Op):
    """Another shape over a row-major copy, where the memory does not allow a view."""

    __slots__ = ("source",)

    def forward(self, x: Array, *, shape: tuple[int, ...]) -> Array:
        self.source = x.shape
        return x.reshape(shape)

    def backward(self, grad: Tensor) -> Tensor:
        return reshape(grad, self.source)


def _infer(shape: tuple[int, ...], count: int, source: tuple[int, ...]) -> tuple[int, ...]:
    """Fill in the one size that is -1.

    Raises
    ------
    RuntimeError
        If the sizes do not hold `count` elements.
    """
    if any(n < -1 for n in shape):
        raise RuntimeError(describe(f"invalid shape dimension {min(shape)}", shapes={"input": source}))
    if shape.count(-1) > 1:
        raise RuntimeError(describe("only one dimension can be inferred", shapes={"input": source}))
    known = prod(n for n in shape if n != -1)
    if -1 in shape and known == 0 and count == 0:
        raise RuntimeError(
            describe(
                f"cannot reshape tensor of 0 elements into shape {sizes(shape)} because the unspecified dimension size "
                "-1 can be any value and is ambiguous"
            )
        )
    if (-1 in shape and (known == 0 or count % known)) or (-1 not in shape and known != count):
        raise RuntimeError(
            describe(
                f"shape '{sizes(shape)}' is invalid for input of size {count}",
                op="reshape",
                shapes={"input": source},
                rule=f"{' * '.join(map(str, source)) or '1'} = {count} elements must be shared out over {sizes(shape)}",
            )
        )
    return tuple([count // known if n == -1 else n for n in shape])


def _fits(x: Array, shape: tuple[int, ...]) -> bool:
    """Whether `shape` can be had over the same memory."""
    if x.flags.c_contiguous:
        return True
    try:
        x.reshape(shape, copy=False)
    except ValueError:
        return False
    return True


@op(lambda make: [Sample(make(2, 6), (3, -1)), Sample(make(4), (2, 2)), Sample(make(0, 3), (3, 0))])
def view(input: Tensor, *shape: Any) -> Tensor:
    """Return a view of another shape over the same memory; one size may be -1.

    Parameters
    ----------
    *shape : int, sequence of int, or dtype
        A dtype reads the same memory as another type.

    Raises
    ------
    RuntimeError
        If the number of elements differs, or the memory does not allow such a view.

    Examples
    --------
    >>> import autograd
    >>> x = autograd.zeros(2, 3)
    >>> y = x.view(-1)
    >>> y[0] = 7.0
    >>> x[0, 0]
    tensor(7.)
    """
    if len(shape) == 1 and not isinstance(shape[0], int | Sequence):
        return view_dtype(input, shape[0])
    wanted = _infer(as_sizes(shape), input._data.size, input._data.shape)
    if not _fits(input._data, wanted) and not (relay_row_major(input) and _fits(input._data, wanted)):
        raise RuntimeError(
            describe(
                "view size is not compatible with input tensor's size and stride (at least one dimension spans "
                "across two contiguous subspaces). Use .reshape(...) instead.",
                op="view",
                shapes={"input": input._data.shape, "view": wanted},
            )
        )
    result: Tensor = Reshape.apply(input, shape=wanted)
    return result


class Reinterpret(Op):
    """The same memory read as another dtype; there is no gradient."""

    __slots__ = ()
    is_view = True
    differentiable = False

    def forward(self, x: Array, *, kind: np.dtype[Any]) -> Array:
        return x.view(kind)


@op(
    lambda make: [Sample(make.integers(0, 9, 2, 4), np.uint64), Sample(make.integers(0, 9), np.float64)],
    name="view.dtype",
    differentiable=False,
    method=False,
)
def view_dtype(input: Tensor, dtype: Any) -> Tensor:
    """Return the same memory read as another dtype.

    Raises
    ------
    RuntimeError
        If the elements differ in size and the last axis cannot be divided among them.
    """
    kind, x = numpy_dtype(dtype), input._data
    phrase = f"to view {scalar_type(x.dtype)} as {scalar_type(kind)} (different element sizes)"
    if kind.itemsize != x.itemsize:
        if x.ndim == 0:
            raise RuntimeError(describe(f"self.dim() cannot be 0 {phrase}", op="view"))
        if x.strides[-1] != x.itemsize:
            raise RuntimeError(
                describe(f"self.stride(-1) must be 1 {phrase}, but got {x.strides[-1] // x.itemsize}", op="view")
            )
        ratio = kind.itemsize // x.itemsize
        if ratio and x.shape[-1] % ratio:
            raise RuntimeError(
                describe(f"self.size(-1) must be divisible by {ratio} {phrase}, but got {x.shape[-1]}", op="view")
            )
    result: Tensor = Reinterpret.apply(input, kind=kind)
    return result


@op(
    lambda make: [
        Sample(make(2, 6), (3, -1)),
        Sample(make(2, 3).transpose(0, 1), (6,)),
        Sample(make(0, 3), (3, 0)),
        Sample(make(1), ()),
    ]
)
def reshape(input: Tensor, *shape: Any) -> Tensor:
    """Return the elements in row-major order under another shape: a view where possible, else a copy.

    Parameters
    ----------
    input : Tensor
    *shape : int, or a sequence of int
        One of them may be -1, which is then worked out.

    Raises
    ------
    RuntimeError
        If the number of elements differs.

    Examples
    --------
    >>> import autograd
    >>> autograd.reshape(autograd.arange(6), (2, -1))
    tensor([[0, 1, 2],
            [3, 4, 5]])
    """
    wanted = _infer(as_sizes(shape), input._data.size, input._data.shape)
    if _fits(input._data, wanted) or (relay_row_major(input) and _fits(input._data, wanted)):
        result: Tensor = Reshape.apply(input, shape=wanted)
        return result
    copied: Tensor = ReshapeCopy.apply(input, shape=wanted)
    return copied


@op(lambda make: [Sample(make(2, 6), make(3, 4)), Sample(make(0, 3), make(3, 0))])
def view_as(input: Tensor, other: Tensor) -> Tensor:
    """Return a view with the shape of `other`.

    Examples
    --------
    >>> import autograd
    >>> autograd.arange(4).view_as(autograd.zeros(2, 2))
    tensor([[0, 1],
            [2, 3]])
    """
    return view(input, other._data.shape)


@op(lambda make: [Sample(make(2, 6), make(3, 4)), Sample(make(2, 3).transpose(0, 1), make(6))])
def reshape_as(input: Tensor, other: Tensor) -> Tensor:
    """Return the elements under the shape of `other`.

    Examples
    --------
    >>> import autograd
    >>> autograd.arange(4).reshape_as(autograd.zeros(2, 2))
    tensor([[0, 1],
            [2, 3]])
    """
    return reshape(input, other._data.shape)


@op(lambda make: [Sample(make(2, 3, 4)), Sample(make(2, 3, 4), 1), Sample(make(2, 3, 4), 0, -2), Sample(make())])
def flatten(input: Tensor, start_dim: int = 0, end_dim: int = -1) -> Tensor:
    """Merge the axes `start_dim` to `end_dim` into one.

    Parameters
    ----------
    input : Tensor
    start_dim, end_dim : int
        The first and the last axis that are merged.

    Returns
    -------
    Tensor
        A view where possible, else a copy.

    Raises
    ------
    RuntimeError
        If `start_dim` comes after `end_dim`.

    Examples
    --------
    >>> import autograd
    >>> autograd.flatten(autograd.zeros(2, 3, 5), 1).shape
    autograd.Size([2, 15])
    """
    shape = input._data.shape
    first, last = normalize_axis(start_dim, len(shape)), normalize_axis(end_dim, len(shape))
    if first > last:
        raise RuntimeError(
            describe(
                "flatten() has invalid args: start_dim cannot come after end_dim", fix="exchange start_dim and end_dim"
            )
        )
    if not shape:
        return reshape(input, (1,))
    if first == last:
        return input
    return reshape(input, shape[:first] + (prod(shape[first : last + 1]),) + shape[last + 1 :])


@op(lambda make: [Sample(make(2, 3)), Sample(make(2, 3).transpose(0, 1)), Sample(make())])
def ravel(input: Tensor) -> Tensor:
    """Return the elements in row-major order along one axis.

    Examples
    --------
    >>> import autograd
    >>> autograd.ravel(autograd.tensor([[1, 2], [3, 4]]))
    tensor([1, 2, 3, 4])
    """
    return reshape(input, (-1,))


@op(
    lambda make: [
        Sample(make(2, 6), 1, (2, -1)),
        Sample(make(6, 2), -2, (3, 2)),
        Sample(make(0, 2), 0, (0, 3)),
    ]
)
def unflatten(input: Tensor, dim: int, sizes: Sequence[int]) -> Tensor:
    """Return a view in which axis `dim` is replaced by several, whose sizes multiply up to its own; one may be -1.

    Parameters
    ----------
    input : Tensor
    dim : int
    sizes : sequence of int

    Raises
    ------
    RuntimeError
        If they do not.

    Examples
    --------
    >>> import autograd
    >>> autograd.unflatten(autograd.zeros(2, 12), 1, (3, -1)).shape
    autograd.Size([2, 3, 4])
    """
    shape = input._data.shape
    axis, parts = normalize_axis(dim, len(shape)), tuple(sizes)
    if not parts:
        raise RuntimeError(describe("unflatten: sizes must be non-empty"))
    known = prod(n for n in parts if n != -1)
    if (shape[axis] % known if -1 in parts and known else shape[axis] != known) or parts.count(-1) > 1:
        raise RuntimeError(
            describe(
                f"unflatten: Provided sizes {list(parts)} don't multiply up to the size of dim {axis} "
                f"({shape[axis]}) in the input tensor",
                shapes={"input": shape},
            )
        )
    whole = tuple([shape[axis] // known if n == -1 else n for n in parts])
    return view(input, shape[:axis] + whole + shape[axis + 1 :])
