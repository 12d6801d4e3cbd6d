"""Largest and smallest elements and their positions; medians.

Over one axis with positions the gradient goes to the element found; where only values are asked for, elements that tie
share it evenly. So does PyTorch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from autograd import return_types
from autograd.errors import describe
from autograd.operation import Op
from autograd.ops.axes import normalize_axes, normalize_axis
from autograd.ops.order import axis_with_elements, found_along, order_of, require_elements
from autograd.ops.reduce import keep_axes, sum
from autograd.ops.registry import Maker, Sample, op
from autograd.ops.samples import reduced
from autograd.ops.select import maximum, minimum
from autograd.tensor import Tensor

__all__ = ["amax", "amin", "aminmax", "argmax", "argmin", "max", "median", "min", "nanmedian"]

Array = np.ndarray[Any, np.dtype[Any]]
Axes = int | Sequence[int] | None


class Chosen(Op):
    """A value that elements have, over axes or over all: those that have it share the gradient.

    Where the value is NaN, either the elements that are NaN share it, or (`undefined`) the gradient is NaN.
    """

    __slots__ = ("axes", "undefined")
    keeps = {0: (0,)}
    keeps_output = True

    def forward(
        self, x: Array, *, choose: Callable[..., Any], axes: tuple[int, ...] | None, keepdim: bool, undefined: bool
    ) -> Array:
        self.axes, self.undefined = axes, undefined
        return choose(x, axis=axes, keepdims=keepdim)  # type: ignore[no-any-return]

    def backward(self, grad: Tensor) -> Tensor:
        (x,) = self.saved
        shape = x._data.shape
        value = keep_axes(self.output, shape, self.axes)._data
        holds = x._data == value
        if not self.undefined:
            holds |= np.isnan(x._data) & np.isnan(value)
        with np.errstate(invalid="ignore"):
            share = holds / holds.sum(axis=self.axes, keepdims=True)
        return keep_axes(grad, shape, self.axes) * Tensor(np.asarray(share, grad._data.dtype), None)


def _chosen(
    input: Tensor, choose: Callable[..., Any], dim: Axes, keepdim: bool, name: str, undefined: bool = False
) -> Tensor:
    axes = None if dim is None or dim == () else normalize_axes(dim, input._data.ndim)
    for d in (None,) if axes is None else dim if isinstance(dim, Sequence) else (dim,):
        require_elements(input, d, name)
    result: Tensor = Chosen.apply(input, choose=choose, axes=axes, keepdim=keepdim, undefined=undefined)
    return result


def _argmax(x: Array, axis: int) -> Array:
    return np.argmax(x, axis, keepdims=True)  # type: ignore[no-any-return]


def _argmin(x: Array, axis: int) -> Array:
    return np.argmin(x, axis, keepdims=True)  # type: ignore[no-any-return]


def _extremes(make: Maker) -> Iterator[Sample]:
    yield from _one_axis(make)
    yield Sample(make.distinct(3, 4), make.distinct(4))


def _one_axis(make: Maker) -> Iterator[Sample]:
    yield Sample(make.distinct(3, 4))
    yield Sample(make.distinct(3, 4), 0)
    yield Sample(make.distinct(2, 5, 2), dim=-2, keepdim=True)
    yield Sample(make.distinct())
    yield Sample(make.distinct(), 0)
    yield Sample(make.distinct(0, 3), 1)


@op(_extremes)
def max(input: Tensor, dim: Any = None, keepdim: bool = False) -> Any:
    """Return the largest element; along an axis, with its first position; of two tensors, element by element.

    Parameters
    ----------
    input : Tensor
    dim : int or Tensor, optional
        An axis, or a second tensor.
    keepdim : bool

    Returns
    -------
    Tensor, or values and indices
        NaN wherever there is one.

    Raises
    ------
    RuntimeError, IndexError
        If there are no elements.

    Examples
    --------
    >>> import autograd
    >>> autograd.max(autograd.tensor([[1.0, 5.0], [7.0, 3.0]]), 1).indices
    tensor([1, 0])
    """
    if isinstance(dim, Tensor):
        return maximum(input, dim)
    if dim is None:
        return _chosen(input, np.max, None, False, "max")
    axis = axis_with_elements(input, dim, "max")
    return return_types.max(*found_along(input, _argmax, axis, keepdim))


@op(_extremes)
def min(input: Tensor, dim: Any = None, keepdim: bool = False) -> Any:
    """Return the smallest element; along an axis, with its first position; of two tensors, element by element.

    See `max` for the parameters.

    Examples
    --------
    >>> import autograd
    >>> autograd.min(autograd.tensor([[1.0, 5.0], [7.0, 3.0]]), 0).values
    tensor([1., 3.])
    """
    if isinstance(dim, Tensor):
        return minimum(input, dim)
    if dim is None:
        return _chosen(input, np.min, None, False, "min")
    axis = axis_with_elements(input, dim, "min")
    return return_types.min(*found_along(input, _argmin, axis, keepdim))


def _tied(make: Maker) -> Iterator[Sample]:
    for sample in reduced(make.distinct):
        if sample.args[0]._data.size:
            yield sample
    yield Sample(make.distinct(0, 3), -1)
    yield Sample(make.distinct(2, 3), dim=())


@op(_tied)
def amax(input: Tensor, dim: Axes = (), keepdim: bool = False) -> Tensor:
    """Return the largest elements over axes; those that tie share the gradient evenly.

    Parameters
    ----------
    input : Tensor
    dim : int or sequence of int, optional
        All axes by default.
    keepdim : bool
        Keep the axes at size 1.

    Raises
    ------
    RuntimeError, IndexError
        If there are no elements.

    Examples
    --------
    >>> import autograd
    >>> x = autograd.tensor([2.0, 2.0, 1.0], requires_grad=True)
    >>> autograd.amax(x).backward()
    >>> x.grad
    tensor([0.5000, 0.5000, 0.0000])
    """
    return _chosen(input, np.max, dim, keepdim, "amax", undefined=True)


@op(_tied)
def amin(input: Tensor, dim: Axes = (), keepdim: bool = False) -> Tensor:
    """Return the smallest elements over axes; those that tie share the gradient evenly.

    Parameters
    ----------
    input : Tensor
    dim : int or sequence of int, optional
        All axes by default.
    keepdim : bool
        Keep the axes at size 1.

    Raises
    ------
    RuntimeError, IndexError
        If there are no elements.

    Examples
    --------
    >>> import autograd
    >>> autograd.amin(autograd.tensor([[1, 5], [7, 3]]), dim=1, keepdim=True)
    tensor([[1],
            [3]])
    """
    return _chosen(input, np.min, dim, keepdim, "amin", undefined=True)


@op(
    lambda make: [
        Sample(make.distinct(3, 4)),
        Sample(make.distinct(3, 4), dim=0),
        Sample(make.distinct(3, 4), dim=-1, keepdim=True),
        Sample(make.distinct()),
        Sample(make.distinct(0, 3), dim=1),
    ]
)
def aminmax(input: Tensor, *, dim: int | None = None, keepdim: bool = False) -> Any:
    """Return the smallest and the largest elements, over all axes or one.

    Parameters
    ----------
    input : Tensor
    dim : int, optional
        All axes by default.
    keepdim : bool
        Keep the axis at size 1.

    Returns
    -------
    min, max : Tensor

    Raises
    ------
    RuntimeError, IndexError
        If there are no elements.

    Examples
    --------
    >>> import autograd
    >>> lowest, highest = autograd.aminmax(autograd.tensor([[1, 5], [7, 3]]), dim=1)
    >>> lowest, highest
    (tensor([1, 3]), tensor([5, 7]))
    """
    if dim is not None:
        dim = normalize_axis(dim, input._data.ndim)
        if input._data.ndim and input._data.shape[dim] == 0:
            raise IndexError(describe(f"aminmax: Expected reduction dim {dim} to have non-zero size.", op="aminmax"))
    elif input._data.size == 0:
        raise RuntimeError(
            describe(
                "aminmax(): cannot compute aminmax over an empty dimension as the operation has no identity.",
                op="aminmax",
            )
        )
    return return_types.aminmax(amin(input, dim, keepdim), amax(input, dim, keepdim))


def _position(input: Tensor, find: Callable[[Array, int], Array], dim: int | None, keepdim: bool, name: str) -> Tensor:
    x = input._data
    if x.dtype.kind == "b":
        raise RuntimeError(describe(f"{name}(): does not support bool input", op=name, fix="use x.int()"))
    if dim is None and x.size == 0:
        raise IndexError(describe(f"{name}(): Expected reduction dim to be specified for input.numel() == 0.", op=name))
    if dim is None:
        found = find(x.reshape(-1), 0)
        return Tensor(found.reshape((1,) * x.ndim if keepdim else ()), None)
    axis = axis_with_elements(input, dim, name)
    found = find(x if x.ndim else x.reshape(1), axis)
    return Tensor(found if keepdim and x.ndim else np.asarray(found.squeeze(axis)), None)


@op(_one_axis, differentiable=False)
def argmax(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Tensor:
    """Return the first position of the largest element, over all axes (in row-major order) or one.

    Parameters
    ----------
    input : Tensor
    dim : int, optional
        All axes by default.
    keepdim : bool
        Keep the axis at size 1.

    Returns
    -------
    Tensor of int64

    Raises
    ------
    IndexError
        If there are no elements.
    RuntimeError
        If `input` is boolean.

    Examples
    --------
    >>> import autograd
    >>> autograd.argmax(autograd.tensor([[1, 5], [7, 3]]))
    tensor(2)
    >>> autograd.argmax(autograd.tensor([[1, 5], [7, 3]]), dim=1)
    tensor([1, 0])
    """
    return _position(input, _argmax, dim, keepdim, "argmax")


@op(_one_axis, differentiable=False)
def argmin(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Tensor:
    """Return the first position of the smallest element, over all axes (in row-major order) or one.

    Parameters
    ----------
    input : Tensor
    dim : int, optional
        All axes by default.
    keepdim : bool
        Keep the axis at size 1.

    Returns
    -------
    Tensor of int64

    Raises
    ------
    IndexError
        If there are no elements.
    RuntimeError
        If `input` is boolean.

    Examples
    --------
    >>> import autograd
    >>> autograd.argmin(autograd.tensor([[1, 5], [7, 3]]), dim=1)
    tensor([0, 1])
    """
    return _position(input, _argmin, dim, keepdim, "argmin")


# ---- medians


def _middle(x: Array, axis: int) -> Array:
    """Return the position of the lower median, or of the first NaN."""
    middle = np.take(order_of(x, axis), [(x.shape[axis] - 1) // 2], axis)
    gaps = np.isnan(x)
    return np.where(gaps.any(axis, keepdims=True), gaps.argmax(axis, keepdims=True), middle)


def _middle_of_numbers(x: Array, axis: int) -> Array:
    """Return the position of the lower median of what is not NaN."""
    rank = (np.maximum((~np.isnan(x)).sum(axis, keepdims=True), 1) - 1) // 2
    return np.take_along_axis(order_of(x, axis), rank, axis)


def _median(input: Tensor, find: Callable[[Array, int], Array], dim: int | None, keepdim: bool, kind: Any) -> Any:
    if dim is not None:
        return kind(*found_along(input, find, axis_with_elements(input, dim, "median"), keepdim))
    if input._data.size == 0:
        return sum(input) + np.nan

    def choose(x: Array, **_: Any) -> Array:
        line = x.reshape(-1)
        return np.asarray(line[find(line, 0)[0]])

    return _chosen(input, choose, None, False, kind.__name__)


@op(_one_axis)
def median(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Any:
    """Return the lower median, over all axes or one, there with its position; NaN wherever there is one.

    Parameters
    ----------
    input : Tensor
    dim : int, optional
        All axes by default.
    keepdim : bool
        Keep the axis at size 1.

    Returns
    -------
    Tensor, or values and indices

    Examples
    --------
    >>> import autograd
    >>> autograd.median(autograd.tensor([4.0, 1.0, 3.0, 2.0]))
    tensor(2.)
    >>> autograd.median(autograd.tensor([[3, 1, 2]]), dim=1).indices
    tensor([2])
    """
    return _median(input, _middle, dim, keepdim, return_types.median)


def _gaps(make: Maker) -> Iterator[Sample]:
    for sample in _one_axis(make):
        if sample.args[0]._data.ndim == 2 and sample.args[0]._data.size:
            sample.args[0]._data[1, 2] = np.nan
        yield sample


@op(_gaps)
def nanmedian(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Any:
    """Return the lower median of the elements that are not NaN, over all axes or one, there with its position.

    Parameters
    ----------
    input : Tensor
    dim : int, optional
        All axes by default.
    keepdim : bool
        Keep the axis at size 1.

    Returns
    -------
    Tensor, or values and indices

    Examples
    --------
    >>> import autograd
    >>> autograd.nanmedian(autograd.tensor([float("nan"), 1.0, 3.0, 2.0]))
    tensor(2.)
    """
    return _median(input, _middle_of_numbers, dim, keepdim, return_types.nanmedian)
