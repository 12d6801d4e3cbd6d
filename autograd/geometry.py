"""Sizes of convolutions and poolings: validated once, immutable, cached.

A geometry knows nothing of channels' contents or of memory; kernels receive one and need no further checks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import prod

from autograd.errors import describe

__all__ = [
    "ConvCost",
    "ConvGeometry",
    "PoolGeometry",
    "conv_geometry",
    "ntuple",
    "pool_geometry",
    "transposed_geometry",
]

Pads = tuple[tuple[int, int], ...]


def ntuple(value: int | Sequence[int], rank: int, name: str, op: str) -> tuple[int, ...]:
    """Spread a number over `rank` axes, or check that a sequence has one entry for each axis.

    Raises
    ------
    RuntimeError
        If a sequence has neither one nor `rank` entries.
    TypeError
        If an entry is not an integer.

    Examples
    --------
    >>> ntuple(3, 2, "stride", "conv2d")
    (3, 3)
    """
    entries = tuple(value) if isinstance(value, Sequence) else (value,)
    if any(isinstance(n, bool) or not hasattr(n, "__index__") for n in entries):
        raise TypeError(describe(f"{op}(): argument '{name}' must be tuple of ints, but got {value!r}", op=op))
    if len(entries) == 1:
        entries *= rank
    if len(entries) != rank:
        raise RuntimeError(
            describe(
                f"expected {name} to be a single integer value or a list of {rank} values to match the convolution "
                f"dimensions, but got {name}={list(entries)}",
                op=op,
                fix=f"pass one number, or {rank} numbers, one for each spatial axis",
            )
        )
    return tuple(n.__index__() for n in entries)


@dataclass(frozen=True, slots=True)
class ConvCost:
    """What one channel pair of a convolution costs, and what the same map costs as a matrix.

    Attributes
    ----------
    outputs : int
        Output positions.
    weights : int
        Stored weights.
    operations : int
        Multiplications and additions: ``outputs * (2 * weights - 1)``.
    dense_floats, dense_operations : int
        Stored floats and operations of the dense matrix with one row an output and one column an input.
    sparse_floats : int
        Stored floats of that matrix when only its non-zeros are kept.
    """

    outputs: int
    weights: int
    operations: int
    dense_floats: int
    dense_operations: int
    sparse_floats: int


@dataclass(frozen=True, slots=True)
class ConvGeometry:
    """Everything a convolution kernel needs to know besides its arrays. Build one with `conv_geometry`.

    Attributes
    ----------
    size : tuple of int
        Spatial size of the input, before padding.
    kernel, stride, dilation : tuple of int
        One entry a spatial axis.
    padding : tuple of (int, int)
        Zeros before and after each spatial axis.
    groups : int
        Number of groups the channels are split into.
    output : tuple of int
        Spatial size of the output, ``floor((n + p_low + p_high - d (k - 1) - 1) / s) + 1``.
    """

    size: tuple[int, ...]
    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    padding: Pads
    dilation: tuple[int, ...]
    groups: int
    output: tuple[int, ...]

    @property
    def rank(self) -> int:
        """Number of spatial axes."""
        return len(self.size)

    @property
    def reach(self) -> tuple[int, ...]:
        """Extent of the dilated kernel on each axis, ``d (k - 1) + 1``."""
        return tuple(d * (k - 1) + 1 for d, k in zip(self.dilation, self.kernel, strict=True))

    @property
    def adjoint_padding(self) -> Pads:
        """Padding of the stride-1 correlation that computes the gradient of the input.

        Low ``d (k - 1) - p_low``, high ``n - 1 - (o - 1) s + p_low``; a negative entry crops.
        """
        return tuple(
            (r - 1 - low, n - 1 - (o - 1) * s + low)
            for r, (low, _), n, o, s in zip(self.reach, self.padding, self.size, self.output, self.stride, strict=True)
        )

    @property
    def cost(self) -> ConvCost:
        """Cost for one input and one output channel.

        Examples
        --------
        >>> conv_geometry((280, 320), (1, 2)).cost.operations
        267960
        """
        outputs, weights, inputs = prod(self.output), prod(self.kernel), prod(self.size)
        return ConvCost(
            outputs=outputs,
            weights=weights,
            operations=outputs * (2 * weights - 1),
            dense_floats=inputs * outputs,
            dense_operations=outputs * (2 * inputs - 1),
            sparse_floats=weights * outputs,
        )


def _positive(values: tuple[int, ...], phrase: str, name: str, op: str) -> None:
    if min(values, default=1) <= 0:
        raise RuntimeError(describe(phrase, op=op, rule=f"{name} must be at least 1, got {values}"))


def _resolve_padding(
    padding: str | int | Sequence[int] | Pads,
    reach: tuple[int, ...],
    stride: tuple[int, ...],
    op: str,
) -> Pads:
    """Turn every accepted form of `padding` into (low, high) pairs."""
    rank = len(reach)
    if isinstance(padding, str):
        if padding == "valid":
            return ((0, 0),) * rank
        if padding == "full":
            return tuple((r - 1, r - 1) for r in reach)
        if padding == "same":
            if any(s != 1 for s in stride):
                raise RuntimeError(
                    describe(
                        "padding='same' is not supported for strided convolutions",
                        op=op,
                        rule=f"'same' keeps the size only at stride 1, got stride {stride}",
                        fix="pass the padding as a number, or use stride 1",
                    )
                )
            return tuple(((r - 1) // 2, r - 1 - (r - 1) // 2) for r in reach)
        raise RuntimeError(
            describe(
                f"Invalid padding string: {padding!r}",
                op=op,
                rule="one of 'valid', 'same', 'full', or numbers",
                fix="pass one of these words, or the padding as numbers",
            )
        )
    if isinstance(padding, Sequence) and padding and isinstance(padding[0], Sequence):
        if len(padding) != rank or any(not isinstance(p, Sequence) or len(p) != 2 for p in padding):
            raise RuntimeError(
                describe(
                    f"expected padding to hold a (low, high) pair for each of {rank} spatial axes, got {padding}", op=op
                )
            )
        pads: Pads = tuple((p[0].__index__(), p[1].__index__()) for p in padding)  # type: ignore[index,union-attr]
    else:
        pads = tuple((n, n) for n in ntuple(padding, rank, "padding", op))  # type: ignore[arg-type]
    if any(n < 0 for pair in pads for n in pair):
        raise RuntimeError(
            describe("negative padding is not supported", op=op, rule=f"padding {pads}", fix="crop with x[..., a:b]")
        )
    return pads


def _times(size: Sequence[int]) -> str:
    return "(" + " x ".join(str(n) for n in size) + ")"


@lru_cache(maxsize=4096)
def conv_geometry(
    size: tuple[int, ...],
    kernel: tuple[int, ...],
    stride: int | tuple[int, ...] = 1,
    padding: str | int | tuple[int, ...] | Pads = 0,
    dilation: int | tuple[int, ...] = 1,
    groups: int = 1,
    op: str = "conv",
) -> ConvGeometry:
    """Validate and size one convolution.

    Parameters
    ----------
    size, kernel : tuple of int
        Spatial sizes of the input and of the kernel.
    stride, dilation : int or tuple of int
    padding : {'valid', 'same', 'full'}, int, tuple of int, or tuple of (low, high)
        'same' keeps the size (stride 1), 'full' gives ``n + f - 1``.
    groups : int
    op : str
        Name used in error messages.

    Raises
    ------
    RuntimeError
        If a value is out of range or the kernel is larger than the padded input.

    Examples
    --------
    >>> conv_geometry((5, 5), (3, 3)).output
    (3, 3)
    >>> conv_geometry((5, 5), (3, 3), padding="full").output
    (7, 7)
    >>> conv_geometry((6,), (3,), stride=2, padding=((0, 1),)).output
    (3,)
    """
    rank = len(size)
    stride = ntuple(stride, rank, "stride", op)
    dilation = ntuple(dilation, rank, "dilation", op)
    _positive(stride, "non-positive stride is not supported", "stride", op)
    _positive(dilation, "dilation should be greater than zero", "dilation", op)
    _positive((groups,), "non-positive groups is not supported", "groups", op)
    _positive(kernel, "non-positive kernel size is not supported", "kernel size", op)
    reach = tuple(d * (k - 1) + 1 for d, k in zip(dilation, kernel, strict=True))
    pads = _resolve_padding(padding, reach, stride, op)
    padded = tuple(n + low + high for n, (low, high) in zip(size, pads, strict=True))
    if any(r > n for r, n in zip(reach, padded, strict=True)):
        raise RuntimeError(
            describe(
                f"Calculated padded input size per channel: {_times(padded)}. Kernel size: {_times(reach)}. "
                "Kernel size can't be greater than actual input size",
                op=op,
                shapes={"input (spatial)": size, "kernel": kernel},
                rule="n + p_low + p_high >= d (k - 1) + 1 on every axis",
                fix="pad more, or use a smaller kernel or dilation",
            )
        )
    output = tuple((n - r) // s + 1 for n, r, s in zip(padded, reach, stride, strict=True))
    return ConvGeometry(size, kernel, stride, pads, dilation, groups, output)


@lru_cache(maxsize=4096)
def transposed_geometry(
    size: tuple[int, ...],
    kernel: tuple[int, ...],
    stride: int | tuple[int, ...] = 1,
    padding: int | tuple[int, ...] = 0,
    output_padding: int | tuple[int, ...] = 0,
    dilation: int | tuple[int, ...] = 1,
    groups: int = 1,
    op: str = "conv_transpose",
) -> ConvGeometry:
    """Size the convolution of which a transposed convolution is the adjoint.

    The result's `size` is the transposed convolution's output,
    ``(n - 1) s - 2 p + d (k - 1) + output_padding + 1``, and its `output` is the transposed convolution's input.

    Raises
    ------
    RuntimeError
        If a value is out of range, or the output would be empty.

    Examples
    --------
    >>> transposed_geometry((4, 4), (3, 3), stride=2, padding=1, output_padding=1).size
    (8, 8)
    """
    rank = len(size)
    stride = ntuple(stride, rank, "stride", op)
    dilation = ntuple(dilation, rank, "dilation", op)
    pads = ntuple(padding, rank, "padding", op)
    extra = ntuple(output_padding, rank, "output_padding", op)
    _positive(stride, "non-positive stride is not supported", "stride", op)
    _positive(dilation, "dilation should be greater than zero", "dilation", op)
    _positive((groups,), "non-positive groups is not supported", "groups", op)
    if min(pads) < 0:
        raise RuntimeError(describe("negative padding is not supported", op=op, rule=f"padding {pads}"))
    if min(extra) < 0:
        raise RuntimeError(describe("negative output_padding is not supported", op=op, rule=f"output_padding {extra}"))
    if any(e >= max(s, d) for e, s, d in zip(extra, stride, dilation, strict=True)):
        raise RuntimeError(
            describe(
                f"output padding must be smaller than either stride or dilation, but got output_padding: {extra}, "
                f"stride: {stride}, dilation: {dilation}",
                op=op,
            )
        )
    whole = tuple(
        (n - 1) * s - 2 * p + d * (k - 1) + e + 1
        for n, s, p, d, k, e in zip(size, stride, pads, dilation, kernel, extra, strict=True)
    )
    if min(whole) <= 0:
        raise RuntimeError(
            describe(
                f"Given input size per channel: {_times(size)}. Calculated output size per channel: {_times(whole)}. "
                "Output size is too small",
                op=op,
                rule="(n - 1) s - 2 p + d (k - 1) + output_padding + 1 >= 1 on every axis",
                fix="pad less",
            )
        )
    # The high side takes what the explicit size leaves over, so that the forward geometry maps `whole` back to `size`.
    both = tuple((p, p) for p in pads)
    return ConvGeometry(whole, kernel, stride, both, dilation, groups, size)


@dataclass(frozen=True, slots=True)
class PoolGeometry:
    """Sizes of one pooling. Build one with `pool_geometry`.

    Attributes
    ----------
    size, kernel, stride, padding, dilation : tuple of int
        One entry a spatial axis; padding is symmetric.
    ceil_mode : bool
        Whether a window may start inside the input and end past its padding.
    output : tuple of int
        Spatial size of the output.
    """

    size: tuple[int, ...]
    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    padding: tuple[int, ...]
    dilation: tuple[int, ...]
    ceil_mode: bool
    output: tuple[int, ...]

    @property
    def high_padding(self) -> tuple[int, ...]:
        """Padding after each axis that lets every window fit, at least `padding`."""
        return tuple(
            max(p, (o - 1) * s + d * (k - 1) + 1 - n - p)
            for n, k, s, p, d, o in zip(
                self.size, self.kernel, self.stride, self.padding, self.dilation, self.output, strict=True
            )
        )


def _pool_output(n: int, k: int, s: int, p: int, d: int, ceil_mode: bool) -> int:
    span = n + 2 * p - d * (k - 1) - 1
    out = -(-span // s) + 1 if ceil_mode else span // s + 1
    # A window that would start in the high padding is dropped.
    return out - 1 if ceil_mode and (out - 1) * s >= n + p else out


@lru_cache(maxsize=4096)
def pool_geometry(
    size: tuple[int, ...],
    kernel: int | tuple[int, ...],
    stride: int | tuple[int, ...] | None = None,
    padding: int | tuple[int, ...] = 0,
    dilation: int | tuple[int, ...] = 1,
    ceil_mode: bool = False,
    op: str = "pool",
) -> PoolGeometry:
    """Validate and size one pooling; `stride` defaults to `kernel`.

    Raises
    ------
    RuntimeError
        If a value is out of range, the padding exceeds half the kernel, or the output would be empty.

    Examples
    --------
    >>> pool_geometry((5, 5), 2).output, pool_geometry((5, 5), 2, ceil_mode=True).output
    ((2, 2), (3, 3))
    """
    rank = len(size)
    kernel = ntuple(kernel, rank, "kernel_size", op)
    stride = kernel if stride is None or stride == () else ntuple(stride, rank, "stride", op)
    pads = ntuple(padding, rank, "padding", op)
    dilation = ntuple(dilation, rank, "dilation", op)
    single = op == "max_pool1d"
    phrases = (
        "kernel size should be greater than zero",
        "stride should not be zero",
        "dilation should be greater than zero",
    )
    for values, phrase, name in zip(
        (kernel, stride, dilation), phrases, ("kernel_size", "stride", "dilation"), strict=True
    ):
        _positive(
            values, f"{op}() {name} must be greater than zero, but got {min(values)}" if single else phrase, name, op
        )
    if min(pads) < 0:
        raise RuntimeError(describe("pad must be non-negative", op=op, rule=f"padding {pads}"))
    reach = tuple(d * (k - 1) + 1 for d, k in zip(dilation, kernel, strict=True))
    if any(p > r // 2 for p, r in zip(pads, reach, strict=True)):
        raise RuntimeError(
            describe(
                "pad should be at most half of effective kernel size, but got "
                f"pad={max(pads)}, kernel_size={max(kernel)} and dilation={max(dilation)}",
                op=op,
                rule="2 p <= d (k - 1) + 1, otherwise a window could lie wholly in the padding",
            )
        )
    output = tuple(
        _pool_output(n, k, s, p, d, ceil_mode)
        for n, k, s, p, d in zip(size, kernel, stride, pads, dilation, strict=True)
    )
    if min(output) < 1:
        raise RuntimeError(
            describe(
                f"{op}() Invalid computed output size: {output[0]}"
                if single
                else f"Given input size: {_times(size)}. Calculated output size: {_times(output)}. "
                "Output size is too small",
                op=op,
                shapes={"input (spatial)": size, "kernel": kernel},
                fix="use a smaller kernel, or pad",
            )
        )
    return PoolGeometry(size, kernel, stride, pads, dilation, ceil_mode, output)
