"""A convolution and its gradients, written out as lecture notes do."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd.inspect import definitions
from autograd.inspect.text import Style, beside, number, table, titled, width

if TYPE_CHECKING:
    from autograd.inspect.convolution import ConvolutionExplanation, Term

__all__ = ["render"]

Array = np.ndarray[Any, np.dtype[Any]]
Lines = list[str]
Index = tuple[int, ...]

SUMS = 30
"""Sums that are written out in one section."""
CELLS = 900
"""Elements of the largest matrix that is written out."""


def render(shown: ConvolutionExplanation) -> str:
    """Return the whole explanation."""
    return "\n".join(_Page(shown, width(), Style()).lines())


def pair(values: Sequence[int]) -> str:
    """Write a setting with one entry an axis: once if all are the same."""
    return str(values[0]) if len(set(values)) == 1 else str(tuple(values))


class _Page:
    """The sections of one explanation."""

    def __init__(self, shown: ConvolutionExplanation, columns: int, style: Style) -> None:
        self.shown = shown
        self.columns = columns
        self.style = style

    def lines(self) -> Lines:
        """Return all sections."""
        parts = [
            self._head(),
            self._forward(),
            self._input(),
            self._weight(),
            self._bias(),
            self._matrices(),
            self._end(),
        ]
        return [line for part in parts for line in part][:-1]

    def _title(self, text: str, *notes: str) -> Lines:
        lines = [line for note in notes for line in textwrap.wrap(note, self.columns - 3, subsequent_indent="  ")]
        return [self.style.bold(text), *(f"   {line}" for line in lines), ""]

    def _head(self) -> Lines:
        shown, geometry = self.shown, self.shown.geometry
        pads = {p for pads in geometry.padding for p in pads}
        settings = (
            f"stride {pair(geometry.stride)}, padding {pads.pop() if len(pads) == 1 else geometry.padding}, "
            f"dilation {pair(geometry.dilation)}, groups {geometry.groups}"
        )
        shapes = f"x {list(shown.x.shape)}, w {list(shown.w.shape)} -> y {list(shown.y.shape)}"
        return [self.style.bold(f"conv{geometry.rank}d  {shapes}"), f"         {settings}", ""]

    # ---- the three convolutions

    def _forward(self) -> Lines:
        shown = self.shown
        blocks = [*self._padded_input(), *self._planes("w", shown.w, "o", "c")]
        if shown.b is not None:
            blocks.append(titled("b", shown.b))
        indices = [(n, o, p) for n in range(len(shown.x)) for o in range(len(shown.w)) for p in _places(shown.y)]
        return [
            *self._title(
                "1. Forward: y = correlation of x with w",
                "every output is the sum of one window's products; here and below, those with a zero are left out",
            ),
            *self._indented(beside([*blocks, *self._planes("y", shown.y)], self.columns - 3)),
            "",
            *self._sums(
                "y",
                indices,
                lambda n, o, p: (shown.y[(n, o, *p)], shown.padded_input[n], shown.w, shown.terms_of_output(o, p)),
                extra=shown.b,
            ),
        ]

    def _input(self) -> Lines:
        shown, geometry = self.shown, self.shown.geometry
        swapped = ", with its channel axes swapped" if shown.w.shape[:2] != (1, 1) else ""
        notes = [
            "put stride - 1 zeros between the elements of g"
            if any(s > 1 for s in geometry.stride)
            else "take g = dL/dy",
            f"pad with d (k - 1) - p_low before and H - 1 - (oh - 1) s + p_low after: {self._adjoint()}",
            f"turn w by 180 degrees{swapped}, and correlate at stride 1",
        ]
        blocks = [
            *self._planes("g", shown.g),
            *self._planes("g, padded", shown.padded_cotangent, padding=definitions.zeros_around_cotangent(geometry)),
            *self._planes("w, rotated", shown.rotated, "c", "o"),
            *self._planes("dx", shown.dx),
        ]
        indices = [(n, c, p) for n in range(len(shown.x)) for c in range(shown.x.shape[1]) for p in _places(shown.dx)]
        return [
            *self._title("2. Gradient of the input: dx = full convolution of g with the rotated w", *notes),
            *self._indented(beside(blocks, self.columns - 3)),
            "",
            *self._sums(
                "dx",
                indices,
                lambda n, c, p: (
                    shown.dx[(n, c, *p)],
                    shown.padded_cotangent[n],
                    shown.rotated,
                    shown.terms_of_input(c, p),
                ),
            ),
        ]

    def _adjoint(self) -> str:
        return ", ".join(f"({low}, {high})" for low, high in self.shown.geometry.adjoint_padding)

    def _weight(self) -> Lines:
        shown, geometry = self.shown, self.shown.geometry
        how = "slide g over x" if len(shown.x) == 1 else "slide g over x and add up the images"
        if any(s > 1 for s in geometry.stride):
            how += ", its elements a stride apart"
        if any(d > 1 for d in geometry.dilation):
            how += ", in steps of the dilation"
        blocks = [
            *self._padded_input(),
            *self._planes("g", shown.g),
            *self._planes("dw", shown.dw, "o", "c"),
        ]
        indices = [(o, c, t) for o in range(len(shown.w)) for c in range(shown.w.shape[1]) for t in _places(shown.w)]
        return [
            *self._title("3. Gradient of the weight: dw = correlation of x with g", how),
            *self._indented(beside(blocks, self.columns - 3)),
            "",
            *self._sums(
                "dw",
                indices,
                lambda o, c, t: (shown.dw[(o, c, *t)], shown.padded_input, shown.g, shown.terms_of_weight(o, c, t)),
                batch=True,
            ),
        ]

    def _bias(self) -> Lines:
        if self.shown.db is None:
            return []
        sums = ", ".join(number(v) for v in self.shown.db)
        return [*self._title("   Gradient of the bias: db = sum of g over images and positions"), f"   db = {sums}", ""]

    # ---- matrices

    def _matrices(self) -> Lines:
        shown, geometry = self.shown, self.shown.geometry
        notes = ["one column for each output position, one row for each channel and tap: y = w as a matrix @ columns"]
        if geometry.groups > 1:
            notes.append("each group of output channels takes its own rows")
        images = [titled(self._of(n), m) for n, m in enumerate(shown.columns)]
        return [
            *self._title("4. im2col", *notes),
            *self._matrix(images, shown.columns[0]),
            *self._title(
                "5. The Toeplitz matrix T",
                "one row for each output, one column for each input: y = T vec(x), dx = T transposed vec(g)",
            ),
            *self._matrix(
                [titled("T", shown.toeplitz, definitions.toeplitz(np.ones_like(shown.w), geometry) == 0)],
                shown.toeplitz,
            ),
        ]

    def _of(self, image: int) -> str:
        return "columns" if len(self.shown.x) == 1 else f"columns of image {image}"

    def _matrix(self, blocks: Sequence[Lines], one: Array) -> Lines:
        """Write matrices out if they fit; else say how large they are."""
        if one.size > CELLS or max(map(len, blocks[0])) > self.columns - 3:
            size = " x ".join(map(str, one.shape))
            return [f"   {size}, {100 * np.count_nonzero(one) / one.size:.0f}% of it not zero; too wide to print", ""]
        return [*self._indented(beside(blocks, self.columns - 3)), ""]

    def _end(self) -> Lines:
        rows = [
            (a.result, a.way, number(a.difference), "agrees" if a.agrees else "DIFFERS") for a in self.shown.agreements
        ]
        lines = table(("result", "computed as", "difference", ""), rows, left=2)
        mark = {True: self.style.good, False: self.style.bad}
        coloured = [
            *lines[:2],
            *(mark[a.agrees](line) for a, line in zip(self.shown.agreements, lines[2:], strict=True)),
        ]
        every = all(a.agrees for a in self.shown.agreements)
        verdict = "All ways agree with what the engine computes." if every else "Some ways DISAGREE with the engine."
        return [
            *self._title("6. Agreement", "the engine's forward and backward pass against every way above"),
            *self._indented(coloured),
            "",
            mark[every](f"   {verdict}"),
            "",
        ]

    # ---- pieces

    def _padded_input(self) -> list[Lines]:
        name = "x, padded" if any(map(sum, self.shown.geometry.padding)) else "x"
        return self._planes(name, self.shown.padded_input, padding=definitions.zeros_around_input(self.shown.geometry))

    def _indented(self, lines: Iterable[str]) -> Lines:
        return [f"   {line}".rstrip() for line in lines]

    def _planes(
        self, name: str, array: Array, first: str = "n", second: str = "c", padding: Array | None = None
    ) -> list[Lines]:
        """Return one block for each plane, its title naming the leading indices that have several values."""
        blocks = []
        for i, j in np.ndindex(*array.shape[:2]):
            named = [
                f"{letter}={k}" for letter, k, n in zip((first, second), (i, j), array.shape, strict=False) if n > 1
            ]
            blocks.append(titled(f"{name} [{', '.join(named)}]" if named else name, array[i, j], padding))
        return blocks

    def _sums(
        self,
        name: str,
        indices: Sequence[tuple[int, int, Index]],
        parts: Callable[[int, int, Index], tuple[Any, Array, Array, Sequence[Term]]],
        extra: Array | None = None,
        batch: bool = False,
    ) -> Lines:
        """Write out the products behind each result, leaving out those with a zero of the padding or the data."""
        lines = []
        for i, j, place in indices[:SUMS]:
            value, left, right, terms = parts(i, j, place)
            factors = (
                [(left[(n, *t.left)], right[(n, *t.right)]) for n in range(len(left)) for t in terms]
                if batch
                else [(left[t.left], right[t.right]) for t in terms]
            )
            texts = [f"{number(a)}·{_signed(b)}" for a, b in factors if a != 0 and b != 0]
            if extra is not None:
                texts.append(number(extra[j]))
            leading = [k for k, n in zip((i, j), self._sizes(name), strict=True) if n > 1]
            head = f"   {name}[{','.join(map(str, (*leading, *place)))}] = "
            lines += _wrapped(head, texts or ["0"], f"= {number(value)}", self.columns)
        if len(indices) > SUMS:
            lines.append(self.style.dim(f"   ... and {len(indices) - SUMS} more in the same way"))
        return [*lines, ""]

    def _sizes(self, name: str) -> Index:
        shape: Index = getattr(self.shown, name).shape[:2]
        return shape


def _places(array: Array) -> list[Index]:
    return list(np.ndindex(*array.shape[2:]))


def _signed(value: Any) -> str:
    return f"({number(value)})" if value < 0 else number(value)


def _wrapped(head: str, terms: Sequence[str], result: str, columns: int) -> Lines:
    """Write ``head a + b + c = result``, continued on further lines where it is too long."""
    pieces = [*(f"{term} +" for term in terms[:-1]), terms[-1], result]
    lines, line = [], head + pieces[0]
    for piece in pieces[1:]:
        if len(line) + 1 + len(piece) > columns:
            lines.append(line)
            line = " " * len(head) + piece
        else:
            line += " " + piece
    return [*lines, line]
