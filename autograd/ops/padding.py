"""Padding and cropping along the last axes, each mode with its adjoint."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from autograd.errors import describe, sizes
from autograd.kernels.layout import empty_like_layout
from autograd.operation import Op
from autograd.ops.arguments import require_tensors
from autograd.ops.registry import Maker, Sample, op
from autograd.tensor import Tensor

__all__ = ["pad"]

Array = np.ndarray[Any, np.dtype[Any]]
Widths = tuple[tuple[int, int], ...]


class PadConstant(Op):
    """A constant around the input; negative widths crop. Its adjoint crops where it pads, and pads where it crops."""

    __slots__ = ("widths",)

    def forward(self, x: Array, *, widths: Widths, value: float) -> Array:
        self.widths = widths
        shape = tuple([n + low + high for n, (low, high) in zip(x.shape, widths, strict=True)])
        out = empty_like_layout(shape, x.dtype, x)
        inside = tuple([slice(max(0, low), n - max(0, high)) for n, (low, high) in zip(shape, widths, strict=True)])
        if any(low > 0 or high > 0 for low, high in widths):
            out.fill(value)
        source = tuple([slice(max(0, -low), n - max(0, -high)) for n, (low, high) in zip(x.shape, widths, strict=True)])
        out[inside] = x[source]
        return out

    def backward(self, grad: Tensor) -> Tensor:
        result: Tensor = PadConstant.apply(grad, widths=tuple([(-a, -b) for a, b in self.widths]), value=0)
        return result


def _crops(n: int, low: int, high: int) -> tuple[int, int]:
    """First and last element, exclusive, that is left of an axis when negative widths have cropped it."""
    return max(0, -low), n - max(0, -high)


def _source(mode: str, n: int, low: int, high: int) -> Array:
    """Return the element that each position of a padded axis shows."""
    if mode == "circular":
        begin, end = _crops(n, low, high)
        return np.asarray(begin + np.arange(-max(0, low), end - begin + max(0, high)) % max(1, end - begin))
    shown = np.arange(-low, n + high)
    if mode == "replicate":
        return np.clip(shown, 0, n - 1)
    return np.asarray(n - 1 - np.abs(n - 1 - np.abs(shown)))


class PadTake(Op):
    """Elements of an axis repeated around it: each position shows the element `source` names."""

    __slots__ = ("axis", "length", "source")

    def forward(self, x: Array, *, source: Array, axis: int) -> Array:
        self.axis, self.source, self.length = axis, source, x.shape[axis]
        shape = list(x.shape)
        shape[axis] = source.size
        out = empty_like_layout(shape, x.dtype, x)
        before = (slice(None),) * axis
        for shown, elements in _runs(source):
            out[(*before, shown)] = x[(*before, elements)]
        return out

    def backward(self, grad: Tensor) -> Tensor:
        result: Tensor = PadGather.apply(grad, source=self.source, axis=self.axis, length=self.length)
        return result


class PadGather(Op):
    """Positions added to the elements they show; adjoint of `PadTake`."""

    __slots__ = ("axis", "source")

    def forward(self, x: Array, *, source: Array, axis: int, length: int) -> Array:
        self.axis, self.source = axis, source
        shape = list(x.shape)
        shape[axis] = length
        out = empty_like_layout(shape, x.dtype, x)
        out.fill(0)
        before = (slice(None),) * axis
        for shown, elements in _runs(source):
            part, whole = x[(*before, shown)], out[(*before, elements)]
            whole += part if part.shape == whole.shape else part.sum(axis, keepdims=True)
        return out

    def backward(self, grad: Tensor) -> Tensor:
        result: Tensor = PadTake.apply(grad, source=self.source, axis=self.axis)
        return result


def _runs(source: Array) -> Iterator[tuple[slice, slice]]:
    """Split positions into runs that go up, go down, or stay: yields the positions, and the elements they show."""
    start = 0
    while start < source.size:
        steps = np.diff(source[start:])
        step = int(steps[0]) if steps.size and abs(steps[0]) <= 1 else 0
        changes = np.flatnonzero(steps != step)
        count = 1 + (int(changes[0]) if changes.size else steps.size)
        first = int(source[start])
        end = first + count * step if step else first + 1
        yield slice(start, start + count), slice(first, None if end < 0 else end, step or 1)
        start += count


def _padded(make: Maker) -> Iterator[Sample]:
    yield Sample(make(2, 3, 4), (1, 2))
    yield Sample(make(2, 3, 4), (1, 0, -1, 2), value=1.5)
    yield Sample(make(1, 2, 4), (2, 1, 0, 0, 1, 1), "constant", 0.5)
    yield Sample(make(0, 2), (1, 1))
    for mode in ("reflect", "replicate", "circular"):
        yield Sample(make(2, 3, 4), (2, 1), mode)
        yield Sample(make(1, 2, 3, 4), (1, 2, 2, 0), mode)
        yield Sample(make(1, 1, 2, 3, 4), (1, 0, 2, 1, 1, 1), mode=mode)
        yield Sample(make(2, 4, 5), (-1, 2), mode=mode)
        yield Sample(make(0, 2, 4), (1, 1), mode)


@op(_padded, method=False)
def pad(input: Tensor, pad: Sequence[int], mode: str = "constant", value: float | None = None) -> Tensor:
    """Pad the last axes, the very last first; negative widths crop.

    Parameters
    ----------
    input : Tensor
    pad : sequence of int
        ``(low, high)`` of the last axis, then of the one before it, and so on.
    mode : {'constant', 'reflect', 'replicate', 'circular'}
        What is shown outside: a value, the elements mirrored about the outermost, the outermost, or the opposite end.
        All but 'constant' pad one to three axes of a tensor with one or two axes more.
    value : float, optional
        For 'constant'; 0 by default.

    Raises
    ------
    RuntimeError
        If the widths are too many, odd in number, or too large for the mode.
    NotImplementedError
        If there is no such mode, or it does not pad that many axes.

    Examples
    --------
    >>> import autograd
    >>> pad(autograd.tensor([[1.0, 2.0, 3.0]]), (2, 1), mode="reflect")
    tensor([[3., 2., 1., 2., 3., 2.]])
    """
    require_tensors("pad", input=input)
    shape, rank = input._data.shape, input._data.ndim
    if len(pad) % 2:
        raise RuntimeError(describe("Padding length must be divisible by 2", op="pad"))
    if len(pad) > 2 * rank:
        raise RuntimeError(
            describe(
                "Padding length should be less than or equal to two times the input dimension but got padding length "
                f"{len(pad)} and input of dimension {rank}",
                op="pad",
            )
        )
    given = [(int(low), int(high)) for low, high in zip(pad[::2], pad[1::2], strict=True)]
    widths = ((0, 0),) * (rank - len(given)) + tuple(reversed(given))
    for axis, (n, (low, high)) in enumerate(zip(shape, widths, strict=True)):
        if n + low + high < 0 or n - max(0, -low) - max(0, -high) < 0:
            raise RuntimeError(
                describe(
                    f"The input size {n}, plus negative padding {low} and {high}, resulted in a negative output "
                    f"size, which is invalid. Check dimension {axis} of your input.",
                    op="pad",
                    shapes={"input": shape, "pad": tuple(pad)},
                )
            )
    if mode == "constant":
        constant: Tensor = PadConstant.apply(input, widths=widths, value=0 if value is None else value)
        return constant
    _require_mode(input, given, mode, value)
    result = input
    for axis, (low, high) in enumerate(widths):
        if low or high:
            result = PadTake.apply(result, source=_source(mode, shape[axis], low, high), axis=axis)
    return result


def _require_mode(input: Tensor, given: list[tuple[int, int]], mode: str, value: float | None) -> None:
    """Refuse what a mode other than 'constant' cannot do."""
    shape, rank = input._data.shape, input._data.ndim
    if value:
        raise RuntimeError(describe(f'Padding mode "{mode}" doesn\'t take in value argument', op="pad"))
    if mode not in ("reflect", "replicate", "circular"):
        raise NotImplementedError(describe(f"Unrecognised padding mode {mode}", op="pad"))
    if not 1 <= len(given) <= 3 or rank not in (len(given) + 1, len(given) + 2):
        raise NotImplementedError(
            describe(
                f"Padding size {2 * len(given)} is not supported for {rank}D input tensor.\n"
                "Supported combinations for non-constant padding:\n"
                "  - 2D or 3D input: padding size = 2 (pads last dimension)\n"
                "  - 3D or 4D input: padding size = 4 (pads last 2 dimensions)\n"
                "  - 4D or 5D input: padding size = 6 (pads last 3 dimensions)",
                op="pad",
                shapes={"input": shape},
            )
        )
    for k, (low, high) in enumerate(given):
        axis = rank - 1 - k
        n = shape[axis]
        if mode == "reflect" and max(low, high) >= n:
            raise RuntimeError(
                describe(
                    f"Argument #{4 + 2 * k}: Padding size should be less than the corresponding input dimension, "
                    f"but got: padding ({low}, {high}) at dimension {axis} of input {sizes(shape)}",
                    op="pad",
                )
            )
        if mode == "circular" and max(low, high) > n:
            raise RuntimeError(
                describe("Padding value causes wrapping around more than once.", op="pad", shapes={"input": shape})
            )
        if n == 0 and max(low, high) > 0:
            raise RuntimeError(
                describe(
                    f"Expected a non-empty axis {axis} to pad, but got: {sizes(shape)}", op="pad", rule=f"mode {mode}"
                )
            )
