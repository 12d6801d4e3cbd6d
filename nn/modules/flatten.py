"""Merging and splitting axes."""

from __future__ import annotations

from typing import Any

from autograd import Tensor
from autograd.errors import describe
from nn.modules.configured import Configured

__all__ = ["Flatten", "Unflatten"]


class Flatten(Configured):
    """Merges the axes from `start_dim` to `end_dim` into one; by default all but the batch.

    Parameters
    ----------
    start_dim, end_dim : int, default 1 and -1
        First and last of the axes that are merged.

    Examples
    --------
    >>> import autograd, nn
    >>> nn.Flatten()(autograd.ones(32, 5, 4, 4)).shape
    autograd.Size([32, 80])
    """

    _shown = ("start_dim", "end_dim")

    def __init__(self, start_dim: int = 1, end_dim: int = -1) -> None:
        super().__init__()
        self.start_dim = start_dim
        self.end_dim = end_dim

    def forward(self, input: Tensor) -> Tensor:
        """Merge the axes."""
        merged: Tensor = input.flatten(self.start_dim, self.end_dim)
        return merged


class Unflatten(Configured):
    """Splits the axis `dim` into axes of the given sizes.

    Parameters
    ----------
    dim : int
    unflattened_size : tuple or list of int
        One of them may be -1.

    Raises
    ------
    TypeError
        If `unflattened_size` holds anything but ints.

    Examples
    --------
    >>> import autograd, nn
    >>> nn.Unflatten(1, (2, 5))(autograd.ones(32, 10)).shape
    autograd.Size([32, 2, 5])
    """

    _shown = ("dim", "unflattened_size")

    def __init__(self, dim: int, unflattened_size: Any) -> None:
        super().__init__()
        if not isinstance(unflattened_size, tuple | list):
            raise TypeError(
                describe(
                    f"unflattened_size must be a tuple of ints, but found type {type(unflattened_size).__name__}",
                    fix="write (size, ...), with a comma for one size",
                )
            )
        for index, size in enumerate(unflattened_size):
            if not isinstance(size, int):
                raise TypeError(
                    describe(
                        "unflattened_size must be tuple of ints, but found element of type "
                        f"{type(size).__name__} at pos {index}"
                    )
                )
        self.dim = dim
        self.unflattened_size = unflattened_size

    def forward(self, input: Tensor) -> Tensor:
        """Split the axis."""
        split: Tensor = input.unflatten(self.dim, self.unflattened_size)
        return split
