"""Figures of a convolution: its operands and results as grids of numbers, at a glance or step by step."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from autograd.errors import describe
from autograd.inspect import definitions
from autograd.inspect.plotting import (
    DARK,
    EMPTY,
    FAINT,
    LINE,
    MARK,
    MARK_TEXT,
    SECOND,
    SIGNED,
    Page,
    save,
    signed_limits,
)
from autograd.inspect.text import number

if TYPE_CHECKING:
    from autograd.inspect.convolution import ConvolutionExplanation, Term

__all__ = ["draw_convolution"]

Array = np.ndarray[Any, np.dtype[Any]]
Index = tuple[int, ...]

CELL = 0.4
"""Inches of a cell that holds a number."""
MARGIN, GAP, SIGN = 0.35, 0.3, 0.45
MOST_STEPS = 36
"""Panels of a step-by-step figure."""
MOST_NUMBERS = 34
"""Columns up to which a matrix is drawn with its numbers."""
LIGHT = 2.5
"""By how much the colours' range exceeds that of the numbers, which have to be read on them."""
TIMES = "\u00d7"


class Grid(NamedTuple):
    """A plane of numbers and how to draw it.

    Attributes
    ----------
    title : str
    values : ndarray, shape (rows, columns)
    padding : ndarray of bool or None
        Where there is padding and not data.
    marked : dict of (row, column) to str
        Outlined cells, with what is written small below the number.
    colour : str
        Of the outline.
    """

    title: str
    values: Array
    padding: Array | None = None
    marked: dict[Index, str] = {}
    colour: str = MARK

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        rows, columns = self.values.shape
        return rows, columns


class Move(NamedTuple):
    """One of the three correlations: what slides over what, and the sum behind each result."""

    heading: str
    source: str
    source_values: Array
    padding: Array
    kernel: str
    kernel_values: Array
    result: str
    result_values: Array
    terms: Callable[[Index], Sequence[Term]]

    def grids(self, position: Index) -> tuple[Grid, Grid, Grid]:
        """Return source, kernel and result, with one result and its window marked."""
        window, whole = self._window(position)
        return (
            Grid(self.source, _plane(self.source_values), _plane(self.padding), window),
            Grid(self.kernel, _plane(self.kernel_values), None, dict.fromkeys(whole, "")),
            Grid(self.result, _plane(self.result_values), None, {_cell(position): ""}, SECOND),
        )

    def name_of(self, position: Index) -> str:
        """Return how a result is written."""
        return f"{self.result}[{','.join(map(str, position))}]"

    def sum_behind(self, position: Index) -> str:
        """Return the sum that a result is, without its zeros, over the planes that are drawn."""
        terms = self.terms(position)
        drawn = [t for t in terms if t.left[0] == terms[0].left[0]]
        rank = self.kernel_values.ndim
        factors = [(self.source_values[t.left[1:]], self.kernel_values[t.right[-rank:]]) for t in drawn]
        products = [
            f"{number(a) if a >= 0 else f'({number(a)})'}{TIMES}{number(b) if b >= 0 else f'({number(b)})'}"
            for a, b in factors
            if a != 0 and b != 0
        ]
        parts = [*products, *(["..."] if len(drawn) < len(terms) else [])]
        value = number(self.result_values[position])
        return " = ".join([self.name_of(position), *([" + ".join(parts)] if parts else []), value])

    def _window(self, position: Index) -> tuple[dict[Index, str], list[Index]]:
        terms = self.terms(position)
        pairs = [
            (_cell(t.left[1:]), _cell(t.right[-self.kernel_values.ndim :]))
            for t in terms
            if t.left[0] == terms[0].left[0]
        ]
        factors = _plane(self.kernel_values)
        return {left: f"{TIMES}{_brief(factors[right])}" for left, right in pairs}, [right for _, right in pairs]


def _brief(value: Any) -> str:
    """Write a number so that it fits in a cell: two digits below one, else three."""
    return number(value, 2 if abs(value) < 1 else 3)


def _plane(array: Array) -> Array:
    return np.atleast_2d(array)


def _cell(index: Index) -> Index:
    return index if len(index) == 2 else (0, *index)


def _moves(shown: ConvolutionExplanation) -> dict[str, Move]:
    geometry = shown.geometry
    around_x = definitions.zeros_around_input(geometry)
    around_g = definitions.zeros_around_cotangent(geometry)
    x = "x, padded" if around_x.any() else "x"
    g = "g = dL/dy, padded" if set(geometry.stride) == {1} else "g = dL/dy, spread by the stride and padded"
    return {
        "forward": Move(
            "Forward: y is the correlation of x with w",
            x, shown.padded_input[0, 0], around_x, "w", shown.w[0, 0], "y", shown.y[0, 0],
            lambda p: shown.terms_of_output(0, p),
        ),
        "input": Move(
            "Gradient of the input: dx is the full convolution of g with w rotated by 180°",
            g, shown.padded_cotangent[0, 0], around_g, "w rotated", shown.rotated[0, 0], "dx",
            shown.dx[0, 0], lambda p: shown.terms_of_input(0, p),
        ),
        "weight": Move(
            "Gradient of the weight: dw is the correlation of x with g",
            x, shown.padded_input[0, 0], around_x, "g = dL/dy", shown.g[0, 0], "dw", shown.dw[0, 0],
            lambda t: shown.terms_of_weight(0, 0, t),
        ),
    }  # fmt: skip


def draw_convolution(shown: ConvolutionExplanation, path: str | Path, part: str) -> None:
    """Draw one part of an explanation to a file.

    Raises
    ------
    ValueError
        If there is no such part.
    ImportError
        If matplotlib is not installed.
    """
    if part == "overview":
        page = _overview(shown)
    elif part == "matrices":
        page = _matrices(shown)
    elif part in ("forward", "input", "weight"):
        page = _steps(shown, _moves(shown)[part])
    else:
        rule = "one of 'overview', 'forward', 'input', 'weight', 'matrices'"
        raise ValueError(describe(f"unknown part {part!r}", op="figure", rule=rule))
    save(page.figure, path)


def _note(shown: ConvolutionExplanation) -> str:
    """Say which planes are drawn where there are several."""
    (n, c), o = shown.x.shape[:2], len(shown.w)
    if (n, c, o) == (1, 1, 1):
        return ""
    return (
        f"drawn: image 0 of {n}, input channel 0 of {c}, output channel 0 of {o}; "
        "results add up over the images and channels that are not drawn"
    )


# ---- at a glance


def _overview(shown: ConvolutionExplanation) -> Page:
    moves = list(_moves(shown).values())
    rows = [move.grids(_middle(move.result_values.shape)) for move in moves]
    width = max(7.5, *(sum(g.shape[1] * CELL for g in grids) + 2 * (SIGN + MARGIN) for grids in rows))
    captions = [
        _wrap(move.sum_behind(_middle(move.result_values.shape)), int((width - 2 * MARGIN) * 12.5)) for move in moves
    ]
    heights = [
        max(g.shape[0] for g in grids) * CELL + 0.7 + 0.18 * len(caption)
        for grids, caption in zip(rows, captions, strict=True)
    ]
    note = _wrap(_note(shown), int((width - 2 * MARGIN) * 13))
    page = Page(width, sum(heights) + 1.5 * GAP * (len(rows) - 1) + 0.95 + 0.18 * len(note))
    page.text(MARGIN, 0.2, _settings(shown), fontsize=12, weight="bold")
    page.text(MARGIN, 0.46, "\n".join(note), fontsize=8, color=FAINT, linespacing=1.4)
    top = 0.7 + 0.18 * len(note)
    for move, grids, caption, height in zip(moves, rows, captions, heights, strict=True):
        page.text(MARGIN, top, move.heading, fontsize=10, weight="bold", color=MARK)
        bottom = _equation(page, grids, top + 0.55)
        page.text(MARGIN, bottom + 0.1, "\n".join(caption), fontsize=8.5, linespacing=1.4)
        top += height + 1.5 * GAP
    return page


def _equation(page: Page, grids: Sequence[Grid], top: float) -> float:
    """Draw ``a * b = c``, every grid in the middle of the row; return where the row ends."""
    tallest = max(g.shape[0] for g in grids) * CELL
    left = MARGIN
    for grid, sign in zip(grids, ("*", "=", ""), strict=True):
        rows, columns = grid.shape
        _draw(page, grid, left, top + (tallest - rows * CELL) / 2, CELL, titles=True)
        left += columns * CELL + SIGN
        page.text(left - SIGN / 2, top + tallest / 2, sign, fontsize=16, ha="center", va="center")
    return top + tallest


def _wrap(text: str, columns: int) -> list[str]:
    """Break a text into lines; an empty one into none."""
    return textwrap.wrap(text, columns, subsequent_indent="      ")


def _settings(shown: ConvolutionExplanation) -> str:
    g = shown.geometry
    sizes = " x ".join(map(str, g.size)), " x ".join(map(str, g.kernel))
    extras = [
        f"{name} {values[0] if len(set(values)) == 1 else values}"
        for name, values, plain in (("stride", g.stride, 1), ("dilation", g.dilation, 1))
        if set(values) != {plain}
    ]
    pads = {p for pair in g.padding for p in pair}
    if pads != {0}:
        extras.append(f"padding {pads.pop() if len(pads) == 1 else g.padding}")
    return ", ".join([f"Convolution of {sizes[0]} with {sizes[1]}", *extras])


def _middle(shape: Sequence[int]) -> Index:
    return tuple((n - 1) // 2 for n in shape)


def _draw(
    page: Page, grid: Grid, left: float, top: float, cell: float, titles: bool = False, numbers: bool = True
) -> None:
    """Draw a grid with its upper left corner at a place."""
    rows, columns = grid.shape
    axes = page.axes(left, top, columns * cell, rows * cell)
    axes.set_xlim(0, columns)
    axes.set_ylim(rows, 0)
    low, high = signed_limits(grid.values)
    hidden = np.zeros(grid.shape, bool) if grid.padding is None or not grid.padding.any() else grid.padding
    axes.pcolormesh(np.ma.masked_array(grid.values, hidden), cmap=SIGNED, vmin=LIGHT * low, vmax=LIGHT * high)
    for row, column in np.ndindex(rows, columns):
        fill = EMPTY if hidden[row, column] else "none"
        axes.add_patch(_rectangle(column, row, facecolor=fill, edgecolor=LINE, linewidth=0.5))
    for row, column in grid.marked:
        axes.add_patch(_rectangle(column, row, facecolor="none", edgecolor=grid.colour, linewidth=1.8, zorder=3))
    if numbers:
        _write(axes, grid, hidden, cell)
    if titles:
        page.text(left, top - 0.06, grid.title, va="bottom", fontsize=9)


def _rectangle(column: float, row: float, **style: Any) -> Any:
    from matplotlib.patches import Rectangle

    return Rectangle((column, row), 1, 1, clip_on=False, **style)


def _write(axes: Any, grid: Grid, hidden: Array, cell: float) -> None:
    """Write the numbers into the cells, each as large as the longest allows."""
    texts = {place: _brief(value) for place, value in np.ndenumerate(grid.values)}
    longest = max(map(len, texts.values()))
    size = min(cell * 23, cell * 72 * 1.45 / max(longest, 2))
    small = min(size * 0.72, cell * 72 * 1.3 / max([2, *map(len, grid.marked.values())]))
    for place, text in texts.items():
        row, column = place
        below = grid.marked.get(place, "")
        colour = FAINT if hidden[place] else DARK
        shown = "0" if hidden[place] else text
        axes.text(
            column + 0.5, row + (0.38 if below else 0.52), shown, ha="center", va="center", fontsize=size, color=colour
        )
        if below:
            axes.text(column + 0.5, row + 0.79, below, ha="center", va="center", fontsize=small, color=MARK_TEXT)


# ---- step by step


def _steps(shown: ConvolutionExplanation, move: Move) -> Page:
    """Draw a panel for each result, in the places the results have."""
    down, across = _plane(move.result_values).shape
    cell = 0.34
    rows, columns = _plane(move.source_values).shape
    per_row = max(1, min(across, int(17 // (columns * cell + GAP))))
    positions = list(np.ndindex(*move.result_values.shape))[:MOST_STEPS]
    if per_row < across:
        down = -(-len(positions) // per_row)
    down = min(down, -(-len(positions) // per_row))
    pitch = columns * cell + GAP, rows * cell + GAP + 0.2
    kernel = move.grids(positions[0])[1]
    side = max(kernel.shape[1] * CELL, 1.2) + GAP
    width = MARGIN * 2 + side + pitch[0] * per_row - GAP
    page = Page(max(width, 7.5), max(1.15 + pitch[1] * down, 1.6 + kernel.shape[0] * CELL))
    page.text(MARGIN, 0.2, move.heading, fontsize=12, weight="bold")
    left_out = move.result_values.size - len(positions)
    notes = [_note(shown), f"{left_out} more in the same way" if left_out else ""]
    page.text(MARGIN, 0.46, "; ".join(filter(None, notes)), fontsize=8, color=FAINT)
    _draw(page, kernel._replace(marked={}), MARGIN, 1.05, CELL, titles=True)
    for step, position in enumerate(positions):
        source, _, result = move.grids(position)
        left, top = MARGIN + side + pitch[0] * (step % per_row), 1.05 + pitch[1] * (step // per_row)
        name = f"{move.name_of(position)} = {number(result.values[_cell(position)])}"
        _draw(page, source._replace(title=name), left, top, cell, titles=True)
    return page


# ---- matrices


def _matrices(shown: ConvolutionExplanation) -> Page:
    columns = Grid("im2col: a column for each output position, a row for each channel and tap", shown.columns[0])
    structure = definitions.toeplitz(np.ones_like(shown.w), shown.geometry) == 0
    title = "Toeplitz matrix T: y = T vec(x), dx = T transposed vec(g)"
    grids = (columns, Grid(title, shown.toeplitz, structure))
    cells = [CELL * 0.85 if grid.shape[1] <= MOST_NUMBERS else 10 / grid.shape[1] for grid in grids]
    sizes = [(grid.shape[0] * cell, grid.shape[1] * cell) for grid, cell in zip(grids, cells, strict=True)]
    page = Page(max(*(w for _, w in sizes), 6.5) + 2 * MARGIN, sum(h for h, _ in sizes) + 1.7)
    page.text(MARGIN, 0.2, _settings(shown) + ", as matrices", fontsize=12, weight="bold")
    top = 0.85
    for grid, cell, (height, _) in zip(grids, cells, sizes, strict=True):
        _draw(page, grid, MARGIN, top, cell, titles=True, numbers=grid.shape[1] <= MOST_NUMBERS)
        top += height + 0.55
    return page
