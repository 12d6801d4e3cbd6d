"""How a loss turns the values of its elements into one: the reduction, and PyTorch's deprecated ways of saying it."""

from __future__ import annotations

import warnings

from autograd.errors import describe
from autograd.tensor import Tensor

__all__ = ["reduced", "reduction_of", "weighted"]


def reduction_of(
    reduction: str, size_average: bool | None, reduce: bool | None, op: str, more: tuple[str, ...] = ()
) -> str:
    """Return the reduction asked for, through either interface.

    Parameters
    ----------
    reduction : str
        'none', 'mean', 'sum', or one of `more`.
    size_average, reduce : bool, optional
        Deprecated; they win over `reduction` where given.

    Raises
    ------
    ValueError
        If there is no such reduction.
    """
    if size_average is not None or reduce is not None:
        averaged = size_average is None or size_average
        reduction = "none" if reduce is False else "mean" if averaged else "sum"
        warnings.warn(
            f"size_average and reduce args will be deprecated, please use reduction='{reduction}' instead.",
            UserWarning,
            stacklevel=3,
        )
    if reduction not in ("none", "mean", "sum", *more):
        raise ValueError(
            describe(f"{reduction} is not a valid value for reduction", op=op, rule="one of 'none', 'mean', 'sum'")
        )
    return reduction


def reduced(loss: Tensor, reduction: str) -> Tensor:
    """Return the mean, the sum, or the values as they are."""
    if reduction == "none":
        return loss
    total: Tensor = loss.mean() if reduction == "mean" else loss.sum()
    return total


def weighted(loss: Tensor, weight: Tensor | None, reduction: str) -> Tensor:
    """Weight the values; the mean divides by the summed weights.

    Raises
    ------
    ValueError
        If there is not one weight a value.
    """
    if weight is None:
        return reduced(loss, reduction)
    if weight._data.shape != loss._data.shape:
        raise ValueError(
            describe(
                "Weights and input must have the same size.",
                shapes={"weight": weight._data.shape, "input": loss._data.shape},
            )
        )
    loss = loss * weight
    return loss.sum() / weight.sum() if reduction == "mean" else reduced(loss, reduction)
