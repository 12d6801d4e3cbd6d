"""Reading and writing where a mask holds; positions of what is not zero; membership."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from autograd.errors import describe
from autograd.operation import Op
from autograd.ops.expand import expand
from autograd.ops.index import getitem, index_put
from autograd.ops.promote import broadcast_shape, cast
from autograd.ops.registry import Maker, Sample, op
from autograd.ops.select import where
from autograd.ops.shape import reshape
from autograd.tensor import Tensor

__all__ = ["argwhere", "isin", "masked_fill", "masked_scatter", "masked_select", "nonzero"]

Array = np.ndarray[Any, np.dtype[Any]]


def _require_mask(mask: Tensor, name: str) -> None:
    if mask._data.dtype != np.bool_:
        raise RuntimeError(
            describe(
                f"{name} only supports boolean masks, but got mask with dtype {mask.dtype}",
                op=name,
                fix="use mask.bool()",
            )
        )


def _filled(make: Maker) -> Iterator[Sample]:
    yield Sample(make(3, 4), make.booleans(3, 4), 1.5)
    yield Sample(make(3, 4), make.booleans(4), make())
    yield Sample(make(4), make.booleans(3, 1), -2)
    yield Sample(make(0, 4), make.booleans(4), 0)


@op(_filled, in_place=True)
def masked_fill(input: Tensor, mask: Tensor, value: Any) -> Tensor:
    """Return `value` where the mask holds, else the elements of `input`.

    Parameters
    ----------
    mask : Tensor of bool
        Broadcasts with `input`.
    value : number or 0-d Tensor

    Raises
    ------
    RuntimeError
        If `mask` is not boolean, `value` has axes, or its type cannot be converted to that of `input`.

    Examples
    --------
    >>> import autograd
    >>> x = autograd.tensor([1.0, 2.0, 3.0])
    >>> autograd.masked_fill(x, x > 1.5, 0.0)
    tensor([1., 0., 0.])
    """
    _require_mask(mask, "masked_fill_")
    filler = value if isinstance(value, Tensor) else Tensor(np.asarray(value), None)
    if filler._data.ndim:
        raise RuntimeError(
            describe(
                f"masked_fill_ only supports a 0-dimensional value tensor, but got tensor with {filler._data.ndim} "
                "dimension(s).",
                op="masked_fill",
            )
        )
    if (filler._data.dtype.kind == "c" and input._data.dtype.kind != "c") or (
        filler._data.dtype.kind == "f" and input._data.dtype.kind in "biu"
    ):
        raise RuntimeError(
            describe(f"value cannot be converted to type {input._data.dtype} without overflow", op="masked_fill")
        )
    result: Tensor = where(mask, cast(filler, input._data.dtype), input)
    return result


@op(
    lambda make: [
        Sample(make(3, 4), make.booleans(3, 4)),
        Sample(make(3, 4), make.booleans(4)),
        Sample(make(4), make.booleans(3, 1)),
        Sample(make(0, 4), make.booleans(4)),
    ]
)
def masked_select(input: Tensor, mask: Tensor) -> Tensor:
    """Return the elements for which the mask, which broadcasts, holds, in row-major order.

    Parameters
    ----------
    input : Tensor
    mask : Tensor of bool

    Returns
    -------
    Tensor, shape (count,)

    Raises
    ------
    RuntimeError
        If `mask` is not boolean or does not broadcast.

    Examples
    --------
    >>> import autograd
    >>> x = autograd.tensor([[1.0, 2.0], [3.0, 4.0]])
    >>> autograd.masked_select(x, x > 1.5)
    tensor([2., 3., 4.])
    """
    if mask._data.dtype != np.bool_:
        raise RuntimeError(describe("masked_select: expected BoolTensor for mask", fix="use mask.bool()"))
    shape = broadcast_shape(input._data.shape, mask._data.shape, "masked_select")
    return getitem(expand(input, shape), expand(mask, shape)) if shape else reshape(getitem(input, mask), -1)


@op(
    lambda make: [
        Sample(make(3, 4), Tensor(np.eye(3, 4, dtype=bool), None), make(2, 2)),
        Sample(make(2, 3), Tensor(np.array([True, False, True]), None), make(5)),
        Sample(make(0, 4), make.booleans(4), make(1)),
    ],
    in_place=True,
)
def masked_scatter(input: Tensor, mask: Tensor, source: Tensor) -> Tensor:
    """Return a copy in which the elements for which the mask holds are those of `source`, one after the other.

    Parameters
    ----------
    input : Tensor
    mask : Tensor of bool
        Broadcasts with `input`.
    source : Tensor
        Of the dtype of `input`, with at least as many elements as the mask has true ones.

    Raises
    ------
    RuntimeError
        If `mask` is not boolean, dtypes differ, or there are too few elements.

    Examples
    --------
    >>> import autograd
    >>> mask = autograd.tensor([True, False, True])
    >>> autograd.masked_scatter(autograd.zeros(3), mask, autograd.tensor([1.0, 2.0]))
    tensor([1., 0., 2.])
    """
    _require_mask(mask, "masked_scatter_")
    if input._data.dtype != source._data.dtype:
        raise RuntimeError(
            describe(
                f"masked_scatter: expected self and source to have same dtypes but got {input.dtype} and {source.dtype}"
            )
        )
    chosen = np.broadcast_to(mask._data, broadcast_shape(input._data.shape, mask._data.shape, "masked_scatter"))
    count = int(chosen.sum())
    if count > source._data.size:
        raise RuntimeError(
            describe(
                "Number of elements of source < number of ones in mask",
                op="masked_scatter",
                rule=f"source has {source._data.size} elements, the mask {count} ones",
            )
        )
    values = getitem(reshape(source, -1), slice(0, count))
    return index_put(expand(input, chosen.shape), (Tensor(chosen, None),), values)


class NonZero(Op):
    """Positions of what is not zero; no gradient."""

    __slots__ = ()
    differentiable = False

    def forward(self, x: Array) -> Array:
        return np.argwhere(x) if x.ndim else np.zeros((int(bool(x)), 0), np.int64)


def _sparse(make: Maker) -> Iterator[Sample]:
    yield Sample(make.integers(0, 2, 3, 4))
    yield Sample(make.booleans(5))
    yield Sample(make(0, 3))


@op(lambda make: [*_sparse(make), Sample(make.integers(0, 2, 3, 4), as_tuple=True)], differentiable=False)
def nonzero(input: Tensor, *, as_tuple: bool = False) -> Any:
    """Return the positions of what is not zero, one a row; or, as a tuple, one tensor an axis.

    Parameters
    ----------
    input : Tensor
    as_tuple : bool
        Return what indexes `input`: one vector an axis.

    Returns
    -------
    Tensor of int64, shape (count, axes), or tuple of Tensor

    Examples
    --------
    >>> import autograd
    >>> autograd.nonzero(autograd.tensor([[0, 7], [8, 0]]))
    tensor([[0, 1],
            [1, 0]])
    >>> autograd.nonzero(autograd.tensor([[0, 7], [8, 0]]), as_tuple=True)
    (tensor([0, 1]), tensor([1, 0]))
    """
    if not as_tuple:
        return NonZero.apply(input)
    lined = input._data.reshape(1) if input._data.ndim == 0 else input._data
    return tuple([Tensor(places, None) for places in lined.nonzero()])


@op(_sparse, differentiable=False)
def argwhere(input: Tensor) -> Tensor:
    """Return the positions of what is not zero, one a row.

    Returns
    -------
    Tensor of int64, shape (count, axes)

    Examples
    --------
    >>> import autograd
    >>> autograd.argwhere(autograd.tensor([[0, 7], [8, 0]]))
    tensor([[0, 1],
            [1, 0]])
    """
    result: Tensor = NonZero.apply(input)
    return result


@op(
    lambda make: [
        Sample(make.integers(0, 5, 3, 4), make.integers(0, 5, 3)),
        Sample(make.integers(0, 5, 3), 2, invert=True),
        Sample(make(0, 2), make(2), assume_unique=True),
    ],
    differentiable=False,
    method=False,
)
def isin(elements: Any, test_elements: Any, *, assume_unique: bool = False, invert: bool = False) -> Tensor:
    """Return for each element whether it is among `test_elements`, or with `invert` whether it is not.

    Parameters
    ----------
    elements, test_elements : Tensor or number
    assume_unique : bool
        Promise that neither repeats an element.
    invert : bool

    Examples
    --------
    >>> import autograd
    >>> autograd.isin(autograd.tensor([1, 2, 3]), autograd.tensor([3, 1]))
    tensor([ True, False,  True])
    """
    found, wanted = (x._data if isinstance(x, Tensor) else np.asarray(x) for x in (elements, test_elements))
    return Tensor(
        np.asarray(np.isin(found, wanted, assume_unique=assume_unique, invert=invert)).reshape(found.shape), None
    )
