"""Making tensors from sizes: constant, evenly spaced, the identity; like another tensor."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any, TypeVar, Unpack

import numpy as np

from autograd.dtypes import numpy_dtype
from autograd.errors import describe, sizes
from autograd.memory_format import preserve_format
from autograd.ops.axes import as_sizes
from autograd.ops.options import Made, Options, read_options
from autograd.ops.registry import Sample, op
from autograd.ops.spelling import written
from autograd.ops.values import array_of, tensor
from autograd.tensor import Tensor

__all__ = [
    "arange",
    "empty",
    "empty_like",
    "eye",
    "full",
    "full_like",
    "linspace",
    "logspace",
    "ones",
    "ones_like",
    "zeros",
    "zeros_like",
]

Array = np.ndarray[Any, np.dtype[Any]]
F = TypeVar("F", bound=Callable[..., Tensor])


def into(make: F) -> F:
    """Let a function that makes a tensor write it into `out`, whose dtype is then the default."""

    @functools.wraps(make)
    def call(*args: Any, out: Tensor | None = None, **options: Any) -> Tensor:
        if out is None:
            return make(*args, **options)
        result: Tensor = written(make.__name__, make(*args, **{"dtype": out.dtype, **options}), out)
        return result

    return call  # type: ignore[return-value]


def require_sizes(args: tuple[Any, ...], name: str) -> tuple[int, ...]:
    """Return sizes given as ``f(2, 3)`` or as ``f((2, 3))``.

    Raises
    ------
    TypeError
        If one is no integer.
    RuntimeError
        If one is negative.
    """
    try:
        shape = as_sizes(args)
    except AttributeError:
        kinds = ", ".join(type(n).__name__ for n in args)
        raise TypeError(
            describe(f"{name}(): argument 'size' (position 1) must be tuple of ints, not {kinds}")
        ) from None
    if shape and min(shape) < 0:
        raise RuntimeError(
            describe(
                f"{name}: Dimension size must be non-negative.",
                rule=f"Trying to create tensor with negative dimension {min(shape)}: {sizes(shape)}",
            )
        )
    return shape


def _size_of(size: tuple[Any, ...], options: Any, name: str) -> tuple[int, ...]:
    return require_sizes(size or (options.pop("size"),) if "size" in options else size, name)


@into
def zeros(*size: Any, **options: Unpack[Options]) -> Tensor:
    """Return zeros.

    Parameters
    ----------
    *size : int, or a sequence of int
    **options
        See `Options`.

    Examples
    --------
    >>> import autograd
    >>> autograd.zeros(2, 3)
    tensor([[0., 0., 0.],
            [0., 0., 0.]])
    """
    shape = _size_of(size, options, "zeros")
    made = read_options("zeros", options)
    return made.finish(np.zeros(shape, made.kind))


@into
def ones(*size: Any, **options: Unpack[Options]) -> Tensor:
    """Return ones; see `zeros` for the parameters.

    Examples
    --------
    >>> import autograd
    >>> autograd.ones(2, dtype=autograd.int64)
    tensor([1, 1])
    """
    shape = _size_of(size, options, "ones")
    made = read_options("ones", options)
    return made.finish(np.ones(shape, made.kind))


@into
def empty(*size: Any, **options: Unpack[Options]) -> Tensor:
    """Return a tensor whose contents are arbitrary; here they are zeros, so that no run depends on them.

    See `zeros` for the parameters.

    Examples
    --------
    >>> import autograd
    >>> autograd.empty(2, 0, 3).shape
    autograd.Size([2, 0, 3])
    """
    shape = _size_of(size, options, "empty")
    made = read_options("empty", options)
    return made.finish(np.zeros(shape, made.kind))


@into
def full(size: Sequence[int], fill_value: Any, **options: Unpack[Options]) -> Tensor:
    """Return a tensor filled with one value, whose type decides the dtype.

    Parameters
    ----------
    size : sequence of int
    fill_value : number
        A float gives the default dtype, an int gives int64, a bool gives bool.
    **options
        See `Options`.

    Examples
    --------
    >>> import autograd
    >>> autograd.full((2, 2), 7)
    tensor([[7, 7],
            [7, 7]])
    """
    value = array_of(fill_value)
    made = read_options("full", options, numpy_dtype(value.dtype))
    return made.finish(np.full(require_sizes((tuple(size),), "full"), value.item(), made.kind))


def _like(input: Tensor, value: Any, options: Options, name: str) -> Tensor:
    made = read_options(name, options, input._data.dtype)
    if made.layout is preserve_format:
        return made.finish(np.full_like(input._data, value, made.kind))
    return made.finish(np.full(input._data.shape, value, made.kind))


def zeros_like(input: Tensor, **options: Unpack[Options]) -> Tensor:
    """Return zeros with the size, dtype and memory layout of `input`.

    Parameters
    ----------
    input : Tensor
    **options
        See `Options`.

    Examples
    --------
    >>> import autograd
    >>> autograd.zeros_like(autograd.tensor([1, 2]))
    tensor([0, 0])
    """
    return _like(input, 0, options, "zeros_like")


def ones_like(input: Tensor, **options: Unpack[Options]) -> Tensor:
    """Return ones with the size, dtype and memory layout of `input`.

    Parameters
    ----------
    input : Tensor
    **options
        See `Options`.

    Examples
    --------
    >>> import autograd
    >>> autograd.ones_like(autograd.tensor([5, 6]), dtype=autograd.float32)
    tensor([1., 1.])
    """
    return _like(input, 1, options, "ones_like")


def empty_like(input: Tensor, **options: Unpack[Options]) -> Tensor:
    """Return a tensor like `input` whose contents are arbitrary; here they are zeros.

    Parameters
    ----------
    input : Tensor
    **options
        See `Options`.

    Examples
    --------
    >>> import autograd
    >>> autograd.empty_like(autograd.ones(2, 3)).shape
    autograd.Size([2, 3])
    """
    return _like(input, 0, options, "empty_like")


def full_like(input: Tensor, fill_value: Any, **options: Unpack[Options]) -> Tensor:
    """Return a tensor like `input` filled with one value.

    Parameters
    ----------
    input : Tensor
    fill_value : number
        Of the dtype of `input` in the result.
    **options
        See `Options`.

    Examples
    --------
    >>> import autograd
    >>> autograd.full_like(autograd.zeros(3), 2)
    tensor([2., 2., 2.])
    """
    return _like(input, _number(fill_value), options, "full_like")


def _number(value: Any) -> Any:
    return value.item() if isinstance(value, Tensor | np.generic) else value


@into
def arange(*bounds: Any, start: Any = 0, end: Any = None, step: Any = 1, **options: Unpack[Options]) -> Tensor:
    """Return ``start, start + step, ...`` up to, and not including, `end`.

    Parameters
    ----------
    *bounds : number
        ``end``, or ``start, end``, or ``start, end, step``.
    **options
        See `Options`. Integers give int64.

    Raises
    ------
    RuntimeError
        If `step` is zero or leads away from `end`.

    Examples
    --------
    >>> import autograd
    >>> autograd.arange(1, 2.5, 0.5)
    tensor([1.0000, 1.5000, 2.0000])
    """
    given = list(bounds)
    if len(given) > 3 or (not given and end is None):
        raise TypeError(describe("arange() takes (end), (start, end) or (start, end, step)", op="arange"))
    if len(given) == 1 and end is None:
        end = given.pop()
    first, last, by = (_number(v) for v in (given + [start, end, step][len(given) :]))
    if by == 0:
        raise RuntimeError(describe("step must be nonzero", op="arange"))
    if not np.isfinite(first) or not np.isfinite(last):
        raise RuntimeError(describe(f"unsupported range: {first} -> {last}", op="arange"))
    if (last - first) * by < 0:
        raise RuntimeError(describe("upper bound and lower bound inconsistent with step sign", op="arange"))
    integral = all(isinstance(v, int) for v in (first, last, by))
    made = read_options("arange", options, np.dtype(np.int64) if integral else None)
    # The count is exact in double precision; float32 arithmetic could give one element too many.
    count = max(0, -int(-(last - first) // by)) if integral else max(0, int(np.ceil((last - first) / by)))
    if made.kind.kind in "iu" and not integral:
        # As in PyTorch, numbers of another type are first cut to the integers asked for; int64 alone counts with those.
        first, last, by = int(first), int(last), int(by)
        if made.kind == np.int64:
            if by == 0:
                raise ValueError(
                    describe("step must be nonzero", op="arange", rule=f"a step of {step} is 0 as an integer")
                )
            count = max(0, -int(-(last - first) // by))
    return made.finish((first + by * np.arange(count)).astype(made.kind))


def _spaced(name: str, start: Any, end: Any, steps: int, options: Options) -> tuple[Array, Made]:
    if not isinstance(steps, int | np.integer):
        kinds = ", ".join(type(value).__name__ for value in (start, end, steps))
        raise TypeError(describe(f"{name}() received an invalid combination of arguments - got ({kinds})", op=name))
    if steps < 0:
        raise RuntimeError(describe("number of steps must be non-negative", op=name))
    if any(isinstance(value, Tensor) and value._data.ndim for value in (start, end)):
        raise RuntimeError(describe(f"{name} only supports 0-dimensional start and end tensors", op=name))
    made = read_options(name, options)
    first, last = _number(start), _number(end)
    if made.kind.kind in "iu":
        first, last = int(first), int(last)
    return np.linspace(first, last, steps), made


@op(
    lambda make: [Sample(0, 1, 5), Sample(3.0, -2.0, steps=4, dtype=np.float64), Sample(3, 10, 1), Sample(0, 1, 0)],
    differentiable=False,
    method=False,
)
def linspace(start: Any, end: Any, steps: int, **options: Unpack[Options]) -> Tensor:
    """Return `steps` evenly spaced numbers from `start` to `end`, both included.

    Parameters
    ----------
    start, end : number
    steps : int
        How many numbers.
    **options
        See `Options`.

    Raises
    ------
    RuntimeError
        If `steps` is negative.

    Examples
    --------
    >>> import autograd
    >>> autograd.linspace(0, 10, 5)
    tensor([ 0.0000,  2.5000,  5.0000,  7.5000, 10.0000])
    """
    values, made = _spaced("linspace", start, end, steps, options)
    return made.finish(values.astype(made.kind))


@op(lambda make: [Sample(0, 2, 3), Sample(0, 3, 4, base=2.0)], differentiable=False, method=False)
def logspace(start: Any, end: Any, steps: int, base: float = 10.0, **options: Unpack[Options]) -> Tensor:
    """Return `base` to the power of `steps` evenly spaced numbers.

    Parameters
    ----------
    start, end : number
        The first and the last exponent.
    steps : int
        How many numbers.
    base : float, default 10
    **options
        See `Options`.

    Raises
    ------
    RuntimeError
        If `steps` is negative.

    Examples
    --------
    >>> import autograd
    >>> autograd.logspace(0, 2, 3)
    tensor([  1.,  10., 100.])
    """
    values, made = _spaced("logspace", start, end, steps, options)
    return made.finish((base**values).astype(made.kind))


@into
def eye(n: int, m: int | None = None, **options: Unpack[Options]) -> Tensor:
    """Return the identity matrix, or its first rows or columns.

    Parameters
    ----------
    n : int
        Rows.
    m : int, optional
        Columns; `n` by default.
    **options
        See `Options`.

    Raises
    ------
    RuntimeError
        If a size is negative.

    Examples
    --------
    >>> import autograd
    >>> autograd.eye(2, 3)
    tensor([[1., 0., 0.],
            [0., 1., 0.]])
    """
    for name, size in (("n", n), ("m", m)):
        if size is not None and size < 0:
            raise RuntimeError(describe(f"{name} must be greater or equal to 0, got {size}", op="eye"))
    made = read_options("eye", options)
    return made.finish(np.eye(n, m, dtype=made.kind))


def _newly(make: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """Return the method that makes a tensor with the dtype of the one it belongs to."""

    def method(self: Tensor, *args: Any, **options: Any) -> Tensor:
        if options.get("dtype") is None:
            options["dtype"] = self.dtype
        return make(*args, **options)

    method.__name__ = f"new_{make.__name__}"
    method.__doc__ = f"`{make.__name__}` with this tensor's dtype."
    return method


METHODS: dict[str, Any] = {f"new_{make.__name__}": _newly(make) for make in (empty, full, ones, tensor, zeros)}
