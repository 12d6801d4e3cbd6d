"""Slices of an axis repeated; sets of elements chosen."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from autograd.errors import describe, sizes
from autograd.ops.axes import normalize_axis
from autograd.ops.expand import meshgrid
from autograd.ops.index import TakeAt
from autograd.ops.joining import stack
from autograd.ops.registry import Sample, op
from autograd.ops.shape import reshape
from autograd.tensor import Tensor

__all__ = ["cartesian_prod", "combinations", "repeat_interleave"]


@op(
    lambda make: [
        Sample(make(2, 3), 2),
        Sample(make(2, 3), 2, 1),
        Sample(make(3, 2), Tensor(np.array([0, 2, 1]), None), dim=0),
        Sample(make(2, 3), Tensor(np.array([2]), None), dim=-1),
        Sample(make(0, 2), 2, 0),
    ]
)
def repeat_interleave(
    input: Tensor, repeats: int | Tensor | None = None, dim: int | None = None, *, output_size: int | None = None
) -> Tensor:
    """Return each slice of an axis repeated; without `dim`, each element of the flattened tensor.

    Parameters
    ----------
    repeats : int or Tensor of int64
        How often: all, or each. Left out, `input` holds the numbers, and positions are repeated.
    output_size : int, optional
        Accepted for compatibility.

    Raises
    ------
    RuntimeError
        If a number is negative, or there are not as many as slices.

    Examples
    --------
    >>> import autograd
    >>> autograd.repeat_interleave(autograd.tensor([5, 6]), 2)
    tensor([5, 5, 6, 6])
    >>> autograd.repeat_interleave(autograd.tensor([5, 6]), autograd.tensor([1, 3]))
    tensor([5, 6, 6, 6])
    """
    if repeats is None:
        return repeat_interleave(Tensor(np.arange(input._data.size), None), input)
    counts = repeats._data if isinstance(repeats, Tensor) else np.asarray(repeats)
    if counts.size and counts.min() < 0:
        phrase = "repeats can not be negative" if isinstance(repeats, Tensor) else "Repeats must be non-negative"
        raise RuntimeError(describe(phrase, op="repeat_interleave"))
    source = reshape(input, -1) if dim is None else input
    axis = 0 if dim is None else normalize_axis(dim, input._data.ndim)
    n = source._data.shape[axis]
    if counts.size not in (1, n) or counts.ndim > 1:
        raise RuntimeError(
            describe(
                "repeats must have the same size as input along dim, but got repeats.size(0) = "
                f"{counts.size} and input.size({axis}) = {n}",
                op="repeat_interleave",
            )
        )
    places = np.repeat(np.arange(n), counts if counts.size != 1 else int(counts.item()))
    advanced: list[Any] = [slice(None)] * source._data.ndim
    advanced[axis] = places
    result: Tensor = TakeAt.apply(source, index=tuple(advanced))
    return result


@op(lambda make: [Sample(make(4)), Sample(make(3), 3), Sample(make(3), r=2, with_replacement=True), Sample(make(1))])
def combinations(input: Tensor, r: int = 2, with_replacement: bool = False) -> Tensor:
    """Return the combinations of `r` elements of a vector, one a row.

    Parameters
    ----------
    input : Tensor, shape (n,)
    r : int
    with_replacement : bool
        Whether an element may be chosen again.

    Returns
    -------
    Tensor, shape (count, r)

    Raises
    ------
    RuntimeError
        If `input` is no vector or `r` is negative.

    Examples
    --------
    >>> import autograd
    >>> autograd.combinations(autograd.tensor([1, 2, 3]))
    tensor([[1, 2],
            [1, 3],
            [2, 3]])
    """
    if input._data.ndim != 1:
        raise RuntimeError(describe(f"Expect a 1D vector, but got shape {sizes(input._data.shape)}", op="combinations"))
    if r < 0:
        raise RuntimeError(describe(f"Expect a non-negative number, but got {r}", op="combinations"))
    choose = itertools.combinations_with_replacement if with_replacement else itertools.combinations
    rows = list(choose(range(input._data.size), r)) if r else []
    places = np.array(rows, np.int64).reshape((-1, r) if r else (0,))
    result: Tensor = TakeAt.apply(input, index=(places,))
    return result


@op(lambda make: [Sample(make(2), make(3)), Sample(make(3)), Sample(make(2), make(0))], method=False)
def cartesian_prod(*tensors: Tensor) -> Tensor:
    """Return all choices of one element from each vector, one a row; of a single vector, the vector.

    Parameters
    ----------
    *tensors : Tensor, shape (n_i,)

    Returns
    -------
    Tensor, shape (product of the n_i, number of vectors)

    Examples
    --------
    >>> import autograd
    >>> autograd.cartesian_prod(autograd.tensor([1, 2]), autograd.tensor([8, 9]))
    tensor([[1, 8],
            [1, 9],
            [2, 8],
            [2, 9]])
    """
    if len(tensors) == 1:
        return tensors[0]
    return stack([reshape(grid, -1) for grid in meshgrid(*tensors, indexing="ij")], 1)
