"""Making tensors from numbers, nested sequences, arrays, buffers and other tensors; questions about dtypes."""

from __future__ import annotations

import warnings
from typing import Any, Unpack

import numpy as np

from autograd.config import DEFAULTS, set_default_float
from autograd.dtypes import DTYPES, numpy_dtype, require_cpu, result_dtype
from autograd.dtypes import dtype as TensorType
from autograd.errors import describe
from autograd.ops.convert import to
from autograd.ops.options import Options, finish, read_options
from autograd.storage import own_storage
from autograd.tensor import Tensor

__all__ = [
    "as_tensor",
    "asarray",
    "can_cast",
    "from_numpy",
    "frombuffer",
    "get_default_dtype",
    "is_tensor",
    "promote_types",
    "result_type",
    "scalar_tensor",
    "set_default_dtype",
    "tensor",
]


def array_of(data: Any, infer: bool = True) -> np.ndarray[Any, Any]:
    """Return `data` as an array; with `infer` Python floats take the default dtype, and arrays keep theirs.

    Raises
    ------
    RuntimeError, TypeError
        If `data` holds anything but numbers.
    ValueError
        If nested sequences differ in length.
    """
    if isinstance(data, Tensor):
        return data._data
    if isinstance(data, np.ndarray | np.generic):
        return np.asarray(data)
    if isinstance(data, str | bytes):
        raise TypeError(describe(f"new(): invalid data type '{type(data).__name__}'", op="tensor"))
    plain = _without_tensors(data)
    try:
        array = np.asarray(plain)
    except ValueError:
        _require_rectangular(plain, 0)
        raise
    if array.dtype == object:
        raise RuntimeError(describe(f"Could not infer dtype of {type(_first(data)).__name__}", op="tensor"))
    if not infer or _holds_numpy_scalars(data):
        return array
    if array.dtype == np.float64:
        return array.astype(DEFAULTS.dtype)
    if array.dtype == np.complex128:
        return array.astype(np.result_type(DEFAULTS.dtype, np.complex64))
    return array


def _without_tensors(data: Any) -> Any:
    """Replace tensors in a nested sequence by numbers."""
    if isinstance(data, list | tuple):
        return [_without_tensors(d) for d in data] if any(isinstance(d, Tensor | list | tuple) for d in data) else data
    return data.tolist() if isinstance(data, Tensor) else data


def _first(data: Any) -> Any:
    while isinstance(data, list | tuple) and data:
        data = data[0]
    return data


def _holds_numpy_scalars(data: Any) -> bool:
    return isinstance(_first(data), np.generic | np.ndarray)


def _require_rectangular(data: Any, depth: int) -> None:
    lengths = [len(d) if isinstance(d, list | tuple) else None for d in data]
    for length in lengths:
        if length != lengths[0]:
            if length is None or lengths[0] is None:
                raise TypeError(
                    describe("not a sequence", op="tensor", rule=f"dim {depth + 1} has numbers beside sequences")
                )
            raise ValueError(
                describe(f"expected sequence of length {lengths[0]} at dim {depth + 1} (got {length})", op="tensor")
            )
    if lengths and lengths[0] is not None:
        for part in data:
            _require_rectangular(part, depth + 1)
        _require_rectangular([item for part in data for item in part], depth + 1)


def tensor(data: Any, **options: Unpack[Options]) -> Tensor:
    """Return a tensor with a copy of `data`.

    Parameters
    ----------
    data : number, nested sequence, ndarray or Tensor
    **options
        See `Options`. The dtype is inferred if left out: Python floats give the default dtype, ints int64, arrays keep
        theirs.

    Raises
    ------
    RuntimeError, TypeError
        If `data` holds anything but numbers.
    ValueError
        If nested sequences differ in length.

    Examples
    --------
    >>> import autograd
    >>> autograd.tensor([[1, 2], [3, 4]]).dtype
    autograd.int64
    """
    array = array_of(data, infer=options.get("dtype") is None)
    made = read_options("tensor", options, numpy_dtype(array.dtype))
    with np.errstate(invalid="ignore", over="ignore"):
        return finish(np.array(array, made.kind), made.requires_grad)


def as_tensor(data: Any, dtype: Any = None, device: Any = None) -> Tensor:
    """Return `data` as a tensor, sharing memory with a tensor or array of the right dtype.

    Parameters
    ----------
    data : number, nested sequence, ndarray or Tensor
    dtype : dtype, optional
    device : optional
        The CPU is the only one.

    Examples
    --------
    >>> import autograd
    >>> import numpy as np
    >>> array = np.zeros(2)
    >>> shared = autograd.as_tensor(array)
    >>> array[0] = 7.0
    >>> shared
    tensor([7., 0.], dtype=autograd.float64)
    """
    require_cpu(device)
    if isinstance(data, Tensor):
        return data if dtype is None else to(data, dtype)
    if isinstance(data, np.ndarray):
        shared = _over(data)
        return shared if dtype is None else to(shared, dtype)
    return tensor(data, dtype=dtype)


def asarray(obj: Any, *, copy: bool | None = None, **options: Unpack[Options]) -> Tensor:
    """Return `obj` as a tensor, sharing memory where that is possible.

    Parameters
    ----------
    obj : Tensor, ndarray, object with a buffer or ``__dlpack__``, number or nested sequence
    copy : bool, optional
        True copies always; False refuses to.

    Raises
    ------
    ValueError
        If a copy is needed and refused.

    Examples
    --------
    >>> import autograd
    >>> autograd.asarray([1.0, 2.0])
    tensor([1., 2.])
    """
    if isinstance(obj, Tensor):
        source = obj if obj.requires_grad and options.get("requires_grad") else obj.detach()
    elif isinstance(obj, np.ndarray):
        source = _over(obj)
    elif hasattr(obj, "__dlpack__"):
        from autograd.interop import from_dlpack  # the exchange with other libraries waits for its first use

        source = from_dlpack(obj)
    elif isinstance(obj, bytes | bytearray | memoryview):
        return frombuffer(
            obj, dtype=options.get("dtype", DEFAULTS.dtype), requires_grad=options.get("requires_grad", False)
        )
    else:
        if copy is False:
            raise ValueError(describe("can't alias arbitrary sequence", op="asarray"))
        return tensor(obj, **options)
    made = read_options("asarray", options, source._data.dtype)
    if copy is False and source._data.dtype != made.kind:
        raise ValueError(
            describe(
                "can't alias tensor with different dtype", op="asarray", rule=f"{source._data.dtype} to {made.kind}"
            )
        )
    result = to(source, made.kind, copy=bool(copy))
    return result.requires_grad_() if made.requires_grad else result


def from_numpy(ndarray: np.ndarray[Any, Any]) -> Tensor:
    """Return a tensor over the memory of an array.

    Parameters
    ----------
    ndarray : numpy.ndarray
        A tensor that is written to changes it, and the other way round.

    Raises
    ------
    TypeError
        If it is not an array, or no tensor can have its dtype.

    Examples
    --------
    >>> import autograd
    >>> import numpy as np
    >>> array = np.zeros(2)
    >>> autograd.from_numpy(array)[0] = 7.0
    >>> array
    array([7., 0.])
    """
    if not isinstance(ndarray, np.ndarray):
        raise TypeError(describe(f"expected np.ndarray (got {type(ndarray).__name__})", op="from_numpy"))
    if not ndarray.flags.writeable:
        warnings.warn(
            "The given NumPy array is not writable. Changing the tensor in place will fail; copy the array first with "
            "array.copy() if you mean to.",
            UserWarning,
            stacklevel=2,
        )
    return _over(ndarray)


def _over(array: np.ndarray[Any, Any]) -> Tensor:
    """Return a tensor over the memory of an array."""
    result = Tensor(array.astype(numpy_dtype(array.dtype), copy=False), None)
    own_storage(result).exported = True
    return result


def frombuffer(buffer: Any, *, dtype: Any, count: int = -1, offset: int = 0, requires_grad: bool = False) -> Tensor:
    """Return a 1-d tensor over the memory of a buffer.

    Parameters
    ----------
    buffer : bytes-like
    dtype : dtype
    count : int
        Number of elements; -1 takes all.
    offset : int
        Bytes to skip.

    Raises
    ------
    ValueError
        If the buffer does not hold that many elements.

    Examples
    --------
    >>> import autograd
    >>> autograd.frombuffer(bytearray([1, 2, 3]), dtype=autograd.uint8, offset=1)
    tensor([2, 3], dtype=autograd.uint8)
    """
    kind, length = numpy_dtype(dtype), memoryview(buffer).nbytes
    if length == 0 or count == 0:
        raise ValueError(describe(f"both buffer length ({length}) and count ({count}) must not be 0", op="frombuffer"))
    if not 0 <= offset < length:
        raise ValueError(
            describe(
                f"offset ({offset} bytes) must be non-negative and no greater than buffer length ({length} bytes) "
                "minus 1",
                op="frombuffer",
            )
        )
    if count < 0 and (length - offset) % kind.itemsize:
        raise ValueError(
            describe(
                f"buffer length ({length - offset} bytes) after offset ({offset} bytes) must be a multiple of "
                f"element size ({kind.itemsize})",
                op="frombuffer",
            )
        )
    if count * kind.itemsize > length - offset:
        raise ValueError(
            describe(
                f"requested buffer length ({count} * {kind.itemsize} bytes) after offset ({offset} bytes) must not be "
                f"greater than actual buffer length ({length} bytes)",
                op="frombuffer",
            )
        )
    result = finish(np.frombuffer(buffer, kind, count, offset), requires_grad)
    own_storage(result).exported = True
    return result


def scalar_tensor(s: Any, **options: Unpack[Options]) -> Tensor:
    """Return a 0-d tensor of the default dtype, whatever the number's type.

    Parameters
    ----------
    s : number
    **options
        See `Options`.

    Examples
    --------
    >>> import autograd
    >>> autograd.scalar_tensor(3)
    tensor(3.)
    """
    made = read_options("scalar_tensor", options)
    return finish(np.asarray(s).astype(made.kind), made.requires_grad)


def is_tensor(obj: Any) -> bool:
    """Return whether `obj` is a tensor.

    Examples
    --------
    >>> import autograd
    >>> autograd.is_tensor(autograd.zeros(2)), autograd.is_tensor([0.0])
    (True, False)
    """
    return isinstance(obj, Tensor)


def set_default_dtype(d: Any) -> None:
    """Make `d` the dtype of new floating-point tensors.

    Raises
    ------
    TypeError
        If it is no floating-point dtype.

    Examples
    --------
    >>> import autograd
    >>> autograd.set_default_dtype(autograd.float64)
    >>> autograd.tensor(1.5).dtype
    autograd.float64
    >>> autograd.set_default_dtype(autograd.float32)
    """
    set_default_float(numpy_dtype(d))


def get_default_dtype() -> TensorType:
    """Return the dtype of new floating-point tensors.

    Examples
    --------
    >>> import autograd
    >>> autograd.get_default_dtype()
    autograd.float32
    """
    return DTYPES[DEFAULTS.dtype]


def _operand(x: Any) -> Any:
    return x._data if isinstance(x, Tensor) else x


def result_type(tensor1: Any, tensor2: Any) -> TensorType:
    """Return the dtype that an operation on two tensors or numbers has.

    Parameters
    ----------
    tensor1, tensor2 : Tensor or number

    Examples
    --------
    >>> import autograd
    >>> autograd.result_type(autograd.tensor([1]), 2.5)
    autograd.float32
    """
    return DTYPES[result_dtype(_operand(tensor1), _operand(tensor2))]


def promote_types(type1: Any, type2: Any) -> TensorType:
    """Return the smallest dtype that holds the values of both, an integer beside a floating-point one not counting.

    Parameters
    ----------
    type1, type2 : dtype

    Examples
    --------
    >>> import autograd
    >>> autograd.promote_types(autograd.int64, autograd.float16)
    autograd.float16
    """
    return DTYPES[result_dtype(np.empty(1, numpy_dtype(type1)), np.empty(1, numpy_dtype(type2)))]


_RANKS = {"b": 0, "u": 1, "i": 1, "f": 2, "c": 3}


def can_cast(from_: Any, to: Any) -> bool:
    """Return whether an in-place operation converts one dtype to another: never to a lower category.

    Parameters
    ----------
    from_, to : dtype

    Examples
    --------
    >>> import autograd
    >>> autograd.can_cast(autograd.float64, autograd.float32), autograd.can_cast(autograd.float32, autograd.int64)
    (True, False)
    """
    return _RANKS[numpy_dtype(from_).kind] <= _RANKS[numpy_dtype(to).kind]
