"""One axis read or written by strided slices, as if its columns lay in order of their position in a window.

A column is what one index of the axis holds in contiguous memory: the channels of a position in a channels-last batch.
A ufunc spends some 15 ns on starting a row, as long as on 200 numbers, and a strided axis gives it rows of one column
each. Columns that are short are therefore dealt out into one array for each residue of their index modulo the stride,
in which a tap's columns are neighbours; as opaque items of bytes they move at 1.5 ns each.
"""

from __future__ import annotations

import numpy as np

from autograd.kernels import workspace
from autograd.kernels.layout import Array, opaque

__all__ = ["Columns", "copy_columns", "is_short"]

LONGEST = 512
"""Bytes of the longest column that is short for a row."""


def is_short(x: Array, axis: int) -> bool:
    """Return whether what an index of `axis` holds is contiguous and short."""
    if not x.size:
        return False
    column = x[(0,) * (axis + 1)]
    return bool(column.nbytes <= LONGEST and column.flags.c_contiguous)


def copy_columns(source: Array, target: Array, behind: int) -> None:
    """Copy arrays of one shape, whose `behind` last axes are contiguous, column by column."""
    if behind == 1 and source.size:
        item = opaque(source.shape[-1] * source.itemsize)
        source, target = source.view(item), target.view(item)
    np.copyto(target, source)


class Columns:
    """An axis of an array.

    Parameters
    ----------
    x : ndarray
        Axes behind `axis` are taken whole.
    axis : int
    stride : int
        Step of the slices by which it is read or written.
    name : str
        Of the scratch.
    """

    __slots__ = ("_lead", "_parts", "_stride", "_whole")

    def __init__(self, x: Array, axis: int, stride: int, name: str) -> None:
        self._whole, self._stride, self._lead = x, stride, (slice(None),) * axis
        self._parts: list[Array] = []
        if stride > 1 and is_short(x, axis):
            shapes = [x[(*self._lead, slice(residue, None, stride))].shape for residue in range(stride)]
            self._parts = [
                workspace.scratch(f"{name}{residue}", shape, x.dtype) for residue, shape in enumerate(shapes)
            ]

    def load(self) -> Columns:
        """Bring the array's columns to where they are read."""
        for residue, part in enumerate(self._parts):
            copy_columns(self._strided(residue), part, part.ndim - len(self._lead) - 1)
        return self

    def store(self) -> None:
        """Bring the columns that were written to the array."""
        for residue, part in enumerate(self._parts):
            copy_columns(part, self._strided(residue), part.ndim - len(self._lead) - 1)

    def _strided(self, residue: int) -> Array:
        strided: Array = self._whole[(*self._lead, slice(residue, None, self._stride))]
        return strided

    def fill(self, value: float) -> None:
        """Set all columns to one value."""
        for part in self._parts or [self._whole]:
            part.fill(value)

    def __getitem__(self, at: slice) -> Array:
        """View the columns of a slice whose step is the stride."""
        view: Array
        if not self._parts:
            view = self._whole[(*self._lead, at)]
            return view
        first, residue = divmod(at.start, self._stride)
        count = len(range(at.start, at.stop, self._stride))
        view = self._parts[residue][(*self._lead, slice(first, first + count))]
        return view
