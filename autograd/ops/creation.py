"""Making tensors from values, arrays and sizes. Nothing here is differentiable but `clone` and conversions elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.config import DEFAULTS
from autograd.dtypes import DTYPES, numpy_dtype, require_cpu
from autograd.errors import describe, sizes
from autograd.ops.axes import as_sizes
from autograd.tensor import Tensor, check_differentiable, own_storage

__all__ = [
    "arange",
    "as_tensor",
    "empty",
    "empty_like",
    "from_numpy",
    "full",
    "full_like",
    "ones",
    "ones_like",
    "tensor",
    "zeros",
    "zeros_like",
]


def finish(array: Any, requires_grad: bool) -> Tensor:
    """Wrap an array that nothing else refers to."""
    result = Tensor(array)
    if requires_grad:
        check_differentiable(array.dtype)
        result._requires_grad = True
    return result


def _array_of(data: Any, infer: bool = True) -> np.ndarray[Any, Any]:
    """Return `data` as an array; with `infer` Python floats take the default dtype, arrays and NumPy scalars keep theirs."""
    if isinstance(data, Tensor):
        return data._data
    if isinstance(data, np.ndarray | np.generic):
        return np.asarray(data)
    if isinstance(data, list | tuple) and any(isinstance(d, Tensor) for d in data):
        data = [d.tolist() if isinstance(d, Tensor) else d for d in data]
    try:
        array = np.asarray(data)
    except ValueError as error:
        raise ValueError(describe(f"expected sequence of equal length: {error}", op="tensor")) from None
    if array.dtype == object:
        raise TypeError(describe(f"Could not infer dtype of {type(data).__name__}", op="tensor"))
    if not infer:
        return array
    if array.size == 0 and array.dtype.kind == "f" or array.dtype == np.float64 and not _holds_numpy_scalars(data):
        return array.astype(DEFAULTS.dtype)
    if array.dtype == np.complex128 and not _holds_numpy_scalars(data):
        return array.astype(np.result_type(DEFAULTS.dtype, np.complex64))
    return array


def _holds_numpy_scalars(data: Any) -> bool:
    while isinstance(data, list | tuple) and data:
        data = data[0]
    return isinstance(data, np.generic | np.ndarray)


def tensor(
    data: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False, pin_memory: bool = False
) -> Tensor:
    """Return a tensor with a copy of `data`.

    Parameters
    ----------
    data : number, nested sequence, ndarray or Tensor
    dtype : dtype, optional
        Inferred if left out: Python floats give the default dtype, ints int64, arrays keep theirs.
    requires_grad : bool
        Whether operations on it are recorded.

    Raises
    ------
    TypeError
        If `data` holds anything but numbers.
    ValueError
        If nested sequences differ in length.

    Examples
    --------
    >>> import autograd
    >>> autograd.tensor([[1, 2], [3, 4]]).dtype
    autograd.int64
    """
    require_cpu(device)
    array = _array_of(data, infer=dtype is None)
    kind = array.dtype if dtype is None else numpy_dtype(dtype)
    return finish(np.array(array, numpy_dtype(kind)), requires_grad)


def as_tensor(data: Any, dtype: Any = None, device: Any = None) -> Tensor:
    """Return `data` as a tensor, sharing memory with a tensor or array of the right dtype."""
    require_cpu(device)
    if isinstance(data, Tensor):
        return data if dtype is None else data.to(dtype)
    if isinstance(data, np.ndarray):
        shared = from_numpy(data)
        return shared if dtype is None else shared.to(dtype)
    return tensor(data, dtype=dtype)


def from_numpy(ndarray: np.ndarray[Any, Any]) -> Tensor:
    """Return a tensor over the memory of an array.

    Raises
    ------
    TypeError
        If it is not an array, or no tensor can have its dtype.
    """
    if not isinstance(ndarray, np.ndarray):
        raise TypeError(describe(f"expected np.ndarray (got {type(ndarray).__name__})", op="from_numpy"))
    kind = numpy_dtype(ndarray.dtype)
    result = Tensor(ndarray.astype(kind, copy=False))
    own_storage(result).exported = True
    return result


def require_sizes(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return `shape`.

    Raises
    ------
    RuntimeError
        If a size is negative.
    """
    if shape and min(shape) < 0:
        raise RuntimeError(describe(f"Trying to create tensor with negative dimension {min(shape)}: {sizes(shape)}"))
    return shape


def _filled(size: tuple[Any, ...], value: Any, dtype: Any, device: Any, requires_grad: bool) -> Tensor:
    require_cpu(device)
    shape = require_sizes(as_sizes(size))
    kind = DEFAULTS.dtype if dtype is None else numpy_dtype(dtype)
    return finish(np.zeros(shape, kind) if value == 0 else np.full(shape, value, kind), requires_grad)


def zeros(*size: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False, **_: Any) -> Tensor:
    """Return zeros of the given size."""
    return _filled(size, 0, dtype, device, requires_grad)


def ones(*size: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False, **_: Any) -> Tensor:
    """Return ones of the given size."""
    return _filled(size, 1, dtype, device, requires_grad)


def empty(*size: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False, **_: Any) -> Tensor:
    """Return a tensor of the given size with arbitrary contents; here they are zeros."""
    return _filled(size, 0, dtype, device, requires_grad)


def full(
    size: Sequence[int], fill_value: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    """Return a tensor of the given size filled with one value, whose type decides the dtype."""
    value = fill_value.item() if isinstance(fill_value, Tensor) else fill_value
    kind = _array_of(value).dtype if dtype is None else dtype
    return _filled((tuple(size),), value, kind, device, requires_grad)


def _like(input: Tensor, value: Any, dtype: Any, device: Any, requires_grad: bool) -> Tensor:
    require_cpu(device)
    kind = None if dtype is None else numpy_dtype(dtype)
    return finish(np.full_like(input._data, value, kind), requires_grad)


def zeros_like(input: Tensor, *, dtype: Any = None, device: Any = None, requires_grad: bool = False, **_: Any) -> Tensor:
    """Return zeros with the size, dtype and memory layout of `input`."""
    return _like(input, 0, dtype, device, requires_grad)


def ones_like(input: Tensor, *, dtype: Any = None, device: Any = None, requires_grad: bool = False, **_: Any) -> Tensor:
    """Return ones with the size, dtype and memory layout of `input`."""
    return _like(input, 1, dtype, device, requires_grad)


def empty_like(input: Tensor, *, dtype: Any = None, device: Any = None, requires_grad: bool = False, **_: Any) -> Tensor:
    """Return a tensor like `input` with arbitrary contents; here they are zeros."""
    return _like(input, 0, dtype, device, requires_grad)


def full_like(
    input: Tensor, fill_value: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False, **_: Any
) -> Tensor:
    """Return a tensor like `input` filled with one value."""
    return _like(input, fill_value, dtype, device, requires_grad)


def arange(
    start: float,
    end: float | None = None,
    step: float = 1,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """Return ``start, start + step, ...`` up to, and not including, `end`.

    Raises
    ------
    RuntimeError
        If `step` is zero or leads away from `end`.
    """
    require_cpu(device)
    first, last = (0, start) if end is None else (start, end)
    if step == 0:
        raise RuntimeError(describe("step must be nonzero", op="arange"))
    if (last - first) * step < 0:
        raise RuntimeError(describe("upper bound and lower bound inconsistent with step sign", op="arange"))
    if dtype is not None:
        kind = numpy_dtype(dtype)
    else:
        integral = all(isinstance(v, int | np.integer) for v in (first, last, step))
        kind = np.dtype(np.int64) if integral else DEFAULTS.dtype
    # The count is exact in double precision; float32 arithmetic could give one element too many.
    count = max(0, int(np.ceil((last - first) / step)))
    return finish((first + step * np.arange(count)).astype(kind), requires_grad)


def default_dtype() -> Any:
    """Return the dtype of new floating-point tensors."""
    return DTYPES[DEFAULTS.dtype]
