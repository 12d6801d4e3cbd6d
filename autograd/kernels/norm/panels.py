"""Sums over positions, and affine maps by channel, in one pass over memory and in either layout.

A *panel* is a part of a batch small enough to stay in cache. Channels-last, it is a matrix whose rows hold the channels
of several positions side by side, because NumPy is slow on short rows; row-major, it is (images, channels, positions).
Sums within a panel have the precision of the data and few terms; panels are added in float64, always in one order.
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Protocol

import numpy as np

from autograd.kernels import threads, workspace
from autograd.kernels.elementwise import mask_bits, zeros
from autograd.kernels.layout import (
    BLOCK,
    Array,
    channels_to_end,
    empty_like_strides,
    in_layout,
    is_channels_last,
    spans,
)

__all__ = ["Panels"]

WIDTH = 2048
"""Elements of a row that make NumPy's cost of starting one negligible."""

LONGEST = 4096
"""Terms summed in the precision of the data."""

COST = 0.0004
"""Microseconds an element and pass."""


class Panel(Protocol):
    """A part of a batch, and how vectors by channel meet it."""

    def view(self, x: Array) -> Array:
        """Return this part of a batch whose memory has been arranged by `Panels.lines`."""

    def spread(self, by_channel: Array) -> Array:
        """Return a (rows, channels) table so that it broadcasts to the view."""

    def total(self, a: Array) -> Array:
        """Sum a view over positions."""

    def product(self, a: Array, b: Array) -> Array:
        """Sum the product of two views over positions."""

    def add(self, total: Array, part: Array) -> None:
        """Add the sums of this panel to a (rows, channels) table."""


class _Columns:
    """Part of a channels-last batch: rows of `width` elements, a multiple of the number of channels."""

    __slots__ = ("row", "span", "width")

    def __init__(self, row: int, span: slice, width: int) -> None:
        self.row, self.span, self.width = row, span, width

    def view(self, x: Array) -> Array:
        return x[self.span].reshape(-1, self.width)

    def spread(self, by_channel: Array) -> Array:
        return np.tile(by_channel[self.row], self.width // by_channel.shape[1])

    def total(self, a: Array) -> Array:
        return np.ones(a.shape[0], a.dtype) @ a

    def product(self, a: Array, b: Array) -> Array:
        return np.einsum("ij,ij->j", a, b)

    def add(self, total: Array, part: Array) -> None:
        total[self.row] += part.reshape(-1, total.shape[1]).sum(0, dtype=np.float64)


class _Rows:
    """Part of a row-major batch: some images, all channels, some positions."""

    __slots__ = ("images", "per_image", "positions")

    def __init__(self, images: slice, positions: slice, per_image: bool) -> None:
        self.images, self.positions, self.per_image = images, positions, per_image

    def view(self, x: Array) -> Array:
        return x[self.images, :, self.positions]

    def spread(self, by_channel: Array) -> Array:
        return by_channel[self.images if self.per_image else slice(None), :, None]

    def total(self, a: Array) -> Array:
        return a @ np.ones(a.shape[-1], a.dtype)

    def product(self, a: Array, b: Array) -> Array:
        return np.vecdot(a, b)

    def add(self, total: Array, part: Array) -> None:
        if self.per_image:
            total[self.images] += part
        else:
            total[0] += part.sum(0, dtype=np.float64)


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
        self._cost = COST * x.size
        self._panels: list[Panel] = [*(self._columns() if self.channels_last else self._row_major(per_image))]

    def _columns(self) -> list[_Columns]:
        length = self.count * self.channels
        width = max(1, min(WIDTH // self.channels, self.count)) * self.channels
        whole = length - length % width
        parts = [(span, width) for span in spans(whole, max(1, BLOCK // width) * width)]
        if whole < length:
            parts.append((slice(whole, length), self.channels))
        return [
            _Columns(row, slice(row * length + span.start, row * length + span.stop), w)
            for row in range(self.rows)
            for span, w in parts
        ]

    def _row_major(self, per_image: bool) -> list[_Rows]:
        images = max(1, BLOCK // max(1, self.channels * min(self.positions, LONGEST)))
        return [_Rows(n, p, per_image) for n in spans(self.images, images) for p in spans(self.positions, LONGEST)]

    def lines(self, x: Array) -> Array:
        """Return the memory of a batch as the panels index it; copied where it lies in another order."""
        x = in_layout(x, self.channels_last)
        if self.channels_last:
            return channels_to_end(x).reshape(-1)
        return x.reshape(self.images, self.channels, self.positions)

    def _run(self, function: Callable[[Panel], object]) -> None:
        threads.run(function, self._panels, self._cost)

    def _reduce(self, function: Callable[[Panel], tuple[Array, ...]], results: int) -> Array:
        """Add up what a function returns for each panel, in the order of the panels."""
        parts: dict[Panel, tuple[Array, ...]] = {}

        def part(panel: Panel) -> None:
            parts[panel] = function(panel)

        self._run(part)
        tables = np.zeros((results, self.rows, self.channels))
        for panel in self._panels:
            for table, sums in zip(tables, parts[panel], strict=True):
                panel.add(table, sums)
        return tables

    def total(self, x: Array) -> Array:
        """Sum over positions, as a (rows, channels) table of float64."""
        x = self.lines(x)
        return self._reduce(lambda panel: (panel.total(panel.view(x)),), 1)[0]

    def sums(self, x: Array, g: Array | None = None, shift: Array | None = None, y: Array | None = None) -> Array:
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

        Returns
        -------
        ndarray of float64, shape (2, rows, channels)
            Sums of `g`, and of `g` times `x`.
        """
        x, g, y = (None if a is None else self.lines(a) for a in (x, g, y))

        def part(panel: Panel) -> tuple[Array, Array]:
            b = panel.view(x)
            if shift is not None:
                b = np.subtract(b, panel.spread(shift), out=workspace.scratch("shifted", b.shape, b.dtype))
            a = b if g is None else panel.view(g)
            if y is not None:
                a = _masked(a, panel.view(y))
            return panel.total(a), panel.product(a, b)

        return self._reduce(part, 2)

    def affine(self, x: Array, scale: Array, shift: Array | None, relu: bool = False) -> Array:
        """Return ``scale x + shift`` by channel, and its positive part if `relu`."""
        out = empty_like_strides(in_layout(x, self.channels_last))
        source, target = self.lines(x), self.lines(out)

        def part(panel: Panel) -> None:
            result = panel.view(target)
            np.multiply(panel.view(source), panel.spread(scale), out=result)
            if shift is not None:
                np.add(result, panel.spread(shift), out=result)
            if relu:
                np.maximum(result, zeros(result.dtype)[: result.shape[-1]], out=result)

        self._run(part)
        return out

    def combine(
        self, g: Array, x: Array, by_g: Array, by_x: Array, constant: Array, shift: Array | None, y: Array | None
    ) -> Array:
        """Return ``by_g g + by_x (x - shift) + constant`` by channel; `g` counts as zero where `y` is not positive."""
        out = empty_like_strides(in_layout(x, self.channels_last))
        target = self.lines(out)
        g, x, y = (None if a is None else self.lines(a) for a in (g, x, y))

        def part(panel: Panel) -> None:
            b, result = panel.view(x), panel.view(target)
            scratch = workspace.scratch("combined", b.shape, b.dtype)
            if shift is not None:
                b = np.subtract(b, panel.spread(shift), out=scratch)
            np.multiply(b, panel.spread(by_x), out=scratch)
            np.add(scratch, panel.spread(constant), out=scratch)
            a = panel.view(g)
            if y is not None:
                a = _masked(a, panel.view(y))
            np.multiply(a, panel.spread(by_g), out=result)
            np.add(result, scratch, out=result)

        self._run(part)
        return out


def _masked(g: Array, y: Array) -> Array:
    """Return scratch that holds `g` where `y` is positive or NaN, and zero elsewhere."""
    bits = f"i{g.itemsize}"
    out = workspace.scratch("masked", g.shape, g.dtype)
    np.bitwise_and(g.view(bits), mask_bits(y), out=out.view(bits))
    return out
