"""Sums over positions, and affine maps by channel, in one pass over memory and in either layout.

A *panel* is a part of a batch small enough to stay in cache. Channels-last, it is a matrix whose rows hold the channels
of several positions side by side, because NumPy is slow on short rows; row-major, it is (images, channels, positions).
Sums within a panel have the precision of the data and few terms; panels are added in float64, always in one order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Protocol, TypeAlias

import numpy as np

from autograd.kernels import threads, workspace
from autograd.kernels.elementwise import mask_by_sign, zeros
from autograd.kernels.layout import (
    Array,
    channels_to_end,
    empty_like_strides,
    in_layout,
    is_channels_last,
    spans,
)

__all__ = ["Panels"]

BLOCK = 1 << 18
"""Elements that a pass and the passes after it find in cache."""

NARROW = 2048
"""Elements of a row that is summed over: long enough to be started, short enough to leave many to add up."""

WIDE = 8192
"""Elements of a row that is mapped. Beside a shorter one NumPy first copies the operand that is broadcast, buffer by
buffer, which takes half as long again."""

LONGEST = 4096
"""Terms summed in the precision of the data."""

COST = 0.0002
"""Microseconds an element and pass."""


Wide: TypeAlias = dict[int, Array]
"""A (rows, channels) table repeated to each width that panels have, 1 for row-major ones."""


class Panel(Protocol):
    """A part of a batch, and how vectors by channel meet it."""

    def view(self, x: Array) -> Array:
        """Return this part of a batch whose memory has been arranged by `Panels.lines`."""

    def spread(self, wide: Wide) -> Array:
        """Return this panel's part of a table, so that it broadcasts to the view."""

    def total(self, a: Array) -> Array:
        """Sum a view over positions."""

    def product(self, a: Array, b: Array) -> Array:
        """Sum the product of two views over positions."""


class _Columns:
    """Part of a channels-last batch: rows of `width` elements, a multiple of the number of channels."""

    __slots__ = ("row", "span", "width")

    def __init__(self, row: int, span: slice, width: int) -> None:
        self.row, self.span, self.width = row, span, width

    def view(self, x: Array) -> Array:
        return x[self.span].reshape(-1, self.width)

    def spread(self, wide: Wide) -> Array:
        return wide[self.width][self.row]  # type: ignore[no-any-return]

    def total(self, a: Array) -> Array:
        sums: Array = np.ones(a.shape[0], a.dtype) @ a
        return sums

    def product(self, a: Array, b: Array) -> Array:
        sums: Array = np.einsum("ij,ij->j", a, b)
        return sums


class _Rows:
    """Part of a row-major batch: some images, all channels, some positions."""

    __slots__ = ("images", "per_image", "positions")

    def __init__(self, images: slice, positions: slice, per_image: bool) -> None:
        self.images, self.positions, self.per_image = images, positions, per_image

    def view(self, x: Array) -> Array:
        return x[self.images, :, self.positions]

    def spread(self, wide: Wide) -> Array:
        return wide[1][self.images if self.per_image else slice(None)]

    def total(self, a: Array) -> Array:
        sums: Array = a @ np.ones(a.shape[-1], a.dtype)
        return sums

    def product(self, a: Array, b: Array) -> Array:
        sums: Array = np.vecdot(a, b)
        return sums


class Panels:
    """The panels of a batch.

    Parameters
    ----------
    x : ndarray, shape (N, C, *spatial)
    per_image : bool
        Whether each image has its own statistics; tables by channel then have N rows, else one.

    Attributes
    ----------
    count : int
        Positions summed for one entry of a table.
    """

    def __init__(self, x: Array, per_image: bool = False) -> None:
        self.images, self.channels = x.shape[:2]
        self.positions = prod(x.shape[2:])
        # A single position is both row-major and channels-last; only the latter gives it long rows.
        self.channels_last = is_channels_last(x) or self.positions == 1
        self.rows = self.images if per_image else 1
        self.count = self.positions if per_image else self.images * self.positions
        self._per_image = per_image
        self._cost = COST * x.size

    def _panels(self, width: int) -> Sequence[Panel]:
        """Return the panels, channels-last ones with rows of some `width` elements."""
        return self._columns(width) if self.channels_last else self._row_major()

    def _columns(self, width: int) -> list[_Columns]:
        length = self.count * self.channels
        width = max(1, min(width // max(1, self.channels), self.count)) * self.channels
        whole = length - length % max(1, width)
        self._widths = (width,) if whole == length else (width, length - whole)
        rows = spans(whole // max(1, width), whole, BLOCK)
        parts = [(slice(span.start * width, span.stop * width), width) for span in rows]
        if whole < length:
            parts.append((slice(whole, length), length - whole))
        return [
            _Columns(row, slice(row * length + span.start, row * length + span.stop), w)
            for row in range(self.rows)
            for span, w in parts
        ]

    def _row_major(self) -> list[_Rows]:
        short = [slice(p, min(p + LONGEST, self.positions)) for p in range(0, self.positions, LONGEST)]
        self._images = spans(self.images, self.images * self.channels * min(self.positions, LONGEST), BLOCK)
        return [_Rows(n, p, self._per_image) for n in self._images for p in short]

    def lines(self, x: Array) -> Array:
        """Return the memory of a batch as the panels index it; copied where it lies in another order."""
        x = in_layout(x, self.channels_last)
        if self.channels_last:
            return channels_to_end(x).reshape(-1)
        return x.reshape(self.images, self.channels, self.positions)

    def _wide(self, table: Array) -> Wide:
        if not self.channels_last:
            return {1: table[:, :, None]}
        wide = {}
        for width in self._widths:
            repeated = np.empty((self.rows, width // self.channels, self.channels), table.dtype)
            repeated[:] = table[:, None]
            wide[width] = repeated.reshape(self.rows, width)
        return wide

    def _reduce(self, function: Callable[[Panel], tuple[Array, ...]], results: int, panels: Sequence[Panel]) -> Array:
        """Add up what a function returns for each panel, as (results, rows, channels) tables of float64."""
        parts: dict[Panel, tuple[Array, ...]] = {}

        def part(panel: Panel) -> None:
            parts[panel] = function(panel)

        threads.run(part, panels, self._cost)
        total = np.zeros((results, self.rows, self.channels))
        if parts:
            merge = self._merge_columns if self.channels_last else self._merge_rows
            merge([parts[panel] for panel in panels], total)
        return total

    def _merge_columns(self, parts: list[tuple[Array, ...]], total: Array) -> None:
        """Add sums of (width,) elements; all panels of a row precede those of the next."""
        for width in self._widths:
            alike = np.array([part for part in parts if part[0].size == width])
            table = alike.reshape(self.rows, -1, len(total), width // self.channels, self.channels)
            total += table.sum((1, 3), dtype=np.float64).swapaxes(0, 1)

    def _merge_rows(self, parts: list[tuple[Array, ...]], total: Array) -> None:
        """Add sums of (images, channels) elements; all panels of some images precede those of the next."""
        share = len(parts) // len(self._images)
        tables = [np.sum(parts[i : i + share], 0, dtype=np.float64) for i in range(0, len(parts), share)]
        by_image = np.concatenate(tables, 1)
        total += by_image if self.rows > 1 else by_image.sum(1, keepdims=True)

    def total(self, x: Array) -> Array:
        """Sum over positions, as a (rows, channels) table of float64."""
        values, panels = self.lines(x), self._panels(NARROW)
        table: Array = self._reduce(lambda panel: (panel.total(panel.view(values)),), 1, panels)[0]
        return table

    def sums(
        self,
        x: Array,
        g: Array | None = None,
        shift: Array | None = None,
        y: Array | None = None,
        masked: Array | None = None,
    ) -> Array:
        """Sum two values over positions.

        Parameters
        ----------
        x : ndarray
        g : ndarray, optional
            Where it is None, `x` takes its place.
        shift : ndarray, shape (rows, channels), optional
            Taken from `x`.
        y : ndarray, optional
            Where it is not positive, `g` counts as zero.
        masked : ndarray
            Receives what `y` leaves of `g`.

        Returns
        -------
        ndarray of float64, shape (2, rows, channels)
            Sums of `g`, and of `g` times `x`.
        """
        values, panels = self.lines(x), self._panels(NARROW)
        grads, signs, kept = (None if a is None else self.lines(a) for a in (g, y, masked))
        far = None if shift is None else self._wide(shift)

        def part(panel: Panel) -> tuple[Array, Array]:
            b = panel.view(values)
            if far is not None:
                b = np.subtract(b, panel.spread(far), out=workspace.scratch("shifted", b.shape, b.dtype))
            a = b if grads is None else panel.view(grads)
            if signs is not None and kept is not None:
                a = mask_by_sign(a, panel.view(signs), panel.view(kept))
            return panel.total(a), panel.product(a, b)

        return self._reduce(part, 2, panels)

    def affine(self, x: Array, scale: Array, shift: Array | None, relu: bool = False) -> Array:
        """Return ``scale x + shift`` by channel, and its positive part if `relu`."""
        x = in_layout(x, self.channels_last)
        out = empty_like_strides(x)
        source, target, panels = self.lines(x), self.lines(out), self._panels(WIDE)
        factor, offset = self._wide(scale), None if shift is None else self._wide(shift)

        def part(panel: Panel) -> None:
            result = panel.view(target)
            np.multiply(panel.view(source), panel.spread(factor), out=result)
            if offset is not None:
                np.add(result, panel.spread(offset), out=result)
            if relu:
                np.maximum(result, zeros(result.dtype, result.shape[-1]), out=result)

        threads.run(part, panels, self._cost)
        return out

    def combine(
        self, g: Array, x: Array, by_g: Array, by_x: Array, constant: Array, shift: Array | None, out: Array
    ) -> None:
        """Write ``by_g g + by_x (x - shift) + constant`` by channel to `out`, which may be `g`."""
        grads, values, target = (self.lines(a) for a in (g, x, out))
        panels = self._panels(WIDE)
        g_factor, x_factor, offset = (self._wide(table) for table in (by_g, by_x, constant))
        far = None if shift is None else self._wide(shift)

        def part(panel: Panel) -> None:
            b, result = panel.view(values), panel.view(target)
            scratch = workspace.scratch("combined", b.shape, b.dtype)
            if far is not None:
                b = np.subtract(b, panel.spread(far), out=scratch)
            np.multiply(b, panel.spread(x_factor), out=scratch)
            np.add(scratch, panel.spread(offset), out=scratch)
            np.multiply(panel.view(grads), panel.spread(g_factor), out=result)
            np.add(result, scratch, out=result)

        threads.run(part, panels, self._cost)
