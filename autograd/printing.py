"""How tensors are written: as PyTorch writes them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import floor, inf
from typing import Any

import numpy as np

from autograd.config import DEFAULTS
from autograd.errors import describe
from autograd.tensor import Tensor

__all__ = ["get_printoptions", "set_printoptions"]

Array = np.ndarray[Any, np.dtype[Any]]
Writer = Callable[[Any], str]


@dataclass(frozen=True, slots=True)
class PrintOptions:
    """How tensors are written.

    Attributes
    ----------
    precision : int
        Digits after the point.
    threshold : float
        Number of elements above which only the ends of each axis are written.
    edgeitems : int
        Elements at each end.
    linewidth : int
        Characters a line.
    sci_mode : bool or None
        Whether to write exponents; ``None`` decides by the numbers.
    """

    precision: int = 4
    threshold: float = 1000
    edgeitems: int = 3
    linewidth: int = 80
    sci_mode: bool | None = None


_PROFILES = {
    "default": PrintOptions(),
    "short": PrintOptions(precision=2, edgeitems=2),
    "full": PrintOptions(threshold=inf),
}
_options = _PROFILES["default"]


def set_printoptions(
    precision: int | None = None,
    threshold: float | None = None,
    edgeitems: int | None = None,
    linewidth: int | None = None,
    profile: str | None = None,
    sci_mode: bool | None = None,
) -> None:
    """Choose how tensors are written; what is left out stays, except that `sci_mode` returns to None.

    Parameters
    ----------
    precision : int, optional
        Digits after the point.
    threshold : float, optional
        Tensors with more elements are abridged.
    edgeitems : int, optional
        Elements at each end of an abridged axis.
    linewidth : int, optional
        Characters a line.
    profile : {'default', 'short', 'full'}, optional
        Where to start from.
    sci_mode : bool, optional
        Always, or never, powers of ten; None decides by the values.

    Raises
    ------
    ValueError
        If there is no such profile.

    Examples
    --------
    >>> import autograd
    >>> autograd.set_printoptions(precision=2)
    >>> autograd.tensor([0.12345])
    tensor([0.12])
    >>> autograd.set_printoptions(profile="default")
    >>> autograd.tensor([0.12345])
    tensor([0.1235])
    """
    global _options
    if profile is not None and profile not in _PROFILES:
        raise ValueError(describe(f"unknown print profile {profile!r}", rule=f"one of {', '.join(_PROFILES)}"))
    given = {"precision": precision, "threshold": threshold, "edgeitems": edgeitems, "linewidth": linewidth}
    changes = {name: value for name, value in given.items() if value is not None}
    _options = replace(_options if profile is None else _PROFILES[profile], **changes, sci_mode=sci_mode)  # type: ignore[arg-type]


def get_printoptions() -> dict[str, Any]:
    """Return the options that `set_printoptions` sets.

    Examples
    --------
    >>> import autograd
    >>> autograd.get_printoptions()["precision"]
    4
    """
    return {name: getattr(_options, name) for name in PrintOptions.__slots__}


def _plain_writer(values: Array) -> Writer:
    """Return how to write integers and truth values: flush right."""
    width = max((len(str(v)) for v in values.ravel().tolist()), default=0)
    return lambda value: str(value).rjust(width)


def _float_style(values: Array, options: PrintOptions) -> Writer:
    """Return how to write floating-point numbers: with exponents, as ``2.``, or with a fixed number of digits."""
    finite = np.abs(values[np.isfinite(values) & (values != 0)].astype(np.float64))
    integral = not finite.size or bool(np.all(finite == np.ceil(finite)))
    if options.sci_mode is not None:
        exponents = options.sci_mode
    elif not finite.size:
        exponents = False
    else:
        low, high = float(finite.min()), float(finite.max())
        exponents = high / low > 1000.0 or high > 1.0e8 or (not integral and low < 1.0e-4)
    form = f"{{:.{options.precision}e}}" if exponents else "{:.0f}" if integral else f"{{:.{options.precision}f}}"

    def write(value: float) -> str:
        point = "." if integral and not exponents and np.isfinite(value) else ""
        return form.format(value) + point

    return write


def _float_writer(values: Array, options: PrintOptions) -> Writer:
    write = _float_style(values, options)
    width = max((len(write(v)) for v in values[np.isfinite(values) & (values != 0)].ravel().tolist()), default=1)
    return lambda value: write(value).rjust(width)


def _complex_writer(values: Array, options: PrintOptions) -> Writer:
    real, imaginary = _float_writer(values.real, options), _float_writer(np.abs(values.imag), options)

    def write(value: complex) -> str:
        sign = "-" if np.signbit(value.imag) else "+"
        return f"{real(value.real)}{sign}{imaginary(abs(value.imag)).strip()}j"

    return write


def _writer(values: Array, options: PrintOptions) -> Writer:
    if values.dtype.kind == "f":
        return _float_writer(values, options)
    if values.dtype.kind == "c":
        return _complex_writer(values, options)
    return _plain_writer(values)


def _summarized(x: Array, edge: int) -> Array:
    """Return the elements that are written when only the ends of each axis are."""
    for axis, n in enumerate(x.shape):
        if n > 2 * edge:
            x = np.take(x, [*range(edge), *range(n - edge, n)], axis)
    return x


def _lines(x: Array, indent: int, summarize: bool, write: Writer, options: PrintOptions) -> str:
    """Write an array as nested brackets."""
    if x.ndim == 0:
        return write(x.item())
    edge = options.edgeitems
    dots = summarize and len(x) > 2 * edge
    rows: list[Any] = [*x[:edge], "...", *x[-edge:]] if dots else list(x)
    if x.ndim == 1:
        texts = [" ..." if isinstance(row, str) else write(row.item()) for row in rows]
        each = max(1, floor((options.linewidth - indent) / max(1, len(write(x[0].item())) + 2))) if len(x) else 1
        groups = [texts[i : i + each] for i in range(0, len(texts), each)]
        return "[" + (",\n" + " " * (indent + 1)).join([", ".join(group) for group in groups]) + "]"
    blocks = [" ..." if isinstance(row, str) else _lines(row, indent + 1, summarize, write, options) for row in rows]
    return "[" + ("," + "\n" * (x.ndim - 1) + " " * (indent + 1)).join(blocks) + "]"


def text(x: Array, indent: int = 0) -> str:
    """Return the elements of an array as PyTorch writes them."""
    summarize = x.size > _options.threshold
    shown = _summarized(x, _options.edgeitems) if summarize else x
    return _lines(x, indent, summarize, _writer(shown, _options), _options)


def represent(tensor: Tensor) -> str:
    """Return ``tensor(...)``, with the dtype where it is not the usual one, and the place in the graph."""
    x, prefix = tensor._data, "tensor("
    suffixes = []
    if x.size == 0:
        body = "[]"
        if x.ndim != 1:
            suffixes.append(f"size={tuple(x.shape)}")
        usual = x.dtype == DEFAULTS.dtype
    else:
        body = text(x, len(prefix))
        kinds = (DEFAULTS.dtype, np.dtype(np.int64), np.dtype(bool), np.result_type(DEFAULTS.dtype, np.complex64))
        usual = x.dtype in kinds
    if not usual:
        suffixes.append(f"dtype={tensor.dtype}")
    if tensor.grad_fn is not None:
        suffixes.append(f"grad_fn=<{tensor.grad_fn.name()}>")
    elif tensor.requires_grad:
        suffixes.append("requires_grad=True")
    return _with_suffixes(prefix + body, suffixes, len(prefix))


def _with_suffixes(written: str, suffixes: list[str], indent: int) -> str:
    """Append suffixes, each on a new line where the last one has no room for it."""
    length = len(written) - (written.rfind("\n") + 1)
    for suffix in suffixes:
        if length + len(suffix) + 2 > _options.linewidth:
            written += ",\n" + " " * indent + suffix
            length = indent + len(suffix)
        else:
            written += ", " + suffix
            length += len(suffix) + 2
    return written + ")"


def formatted(self: Tensor, spec: str) -> str:
    """Format a 0-d tensor as its number, any other as its text."""
    return format(self._data.item(), spec) if self._data.ndim == 0 else format(represent(self), spec)


METHODS: dict[str, Any] = {"__format__": formatted, "__repr__": represent}
