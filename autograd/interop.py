"""To and from NumPy, Python and other libraries: arrays, numbers, nested lists, DLPack, ufuncs on tensors."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from autograd.errors import describe
from autograd.ops.splitting import unbind
from autograd.storage import own_storage
from autograd.tensor import Tensor

__all__ = ["from_dlpack", "to_dlpack"]

Array = np.ndarray[Any, np.dtype[Any]]


def numpy(self: Tensor, *, force: bool = False) -> Array:
    """Return the tensor's memory as an array.

    Parameters
    ----------
    force : bool
        Detach first.

    Raises
    ------
    RuntimeError
        If the tensor requires grad.
    """
    if self.requires_grad and not force:
        raise RuntimeError(
            describe(
                "Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead.", op="numpy"
            )
        )
    own_storage(self).exported = True
    return self._data


def as_array(self: Tensor, dtype: Any = None, copy: bool | None = None) -> Array:
    """NumPy's protocol: ``numpy.asarray(tensor)``."""
    array = numpy(self)
    if copy:
        return array.astype(dtype or array.dtype, copy=True)
    if dtype is None or array.dtype == dtype:
        return array
    if copy is False:
        raise ValueError(
            describe("Unable to avoid copy while creating an array as requested.", rule=f"{array.dtype} to {dtype}")
        )
    return array.astype(dtype)


# NumPy's functions of one or two arrays, and the operations that compute them on tensors.
_UFUNCS = {
    "add": "add",
    "subtract": "sub",
    "multiply": "mul",
    "divide": "div",
    "floor_divide": "floor_divide",
    "remainder": "remainder",
    "power": "pow",
    "negative": "neg",
    "positive": "positive",
    "absolute": "abs",
    "invert": "bitwise_not",
    "equal": "eq",
    "not_equal": "ne",
    "less": "lt",
    "less_equal": "le",
    "greater": "gt",
    "greater_equal": "ge",
    "arcsin": "asin",
    "arccos": "acos",
    "arctan": "atan",
    "arctan2": "atan2",
    "arcsinh": "asinh",
    "arccosh": "acosh",
    "arctanh": "atanh",
    "conjugate": "conj",
    "rint": "round",
}


def array_ufunc(self: Tensor, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
    """NumPy's protocol: a ufunc on tensors is the operation of that name, and gives a tensor.

    Ufuncs without such an operation are applied to the arrays, which must not require grad.
    """
    if method != "__call__" or kwargs.get("out") is not None:
        return NotImplemented
    from autograd.ops.registry import load_all

    info = load_all().get(_UFUNCS.get(ufunc.__name__, ufunc.__name__))
    if info is not None and not kwargs:
        tensors = [
            Tensor(x, None) if isinstance(x, np.ndarray) else x.item() if isinstance(x, np.generic) else x
            for x in inputs
        ]
        return info.function(*tensors)
    result = ufunc(*(numpy(x) if isinstance(x, Tensor) else x for x in inputs), **kwargs)
    return tuple(map(_wrapped, result)) if isinstance(result, tuple) else _wrapped(result)


def _wrapped(array: Any) -> Any:
    return Tensor(np.asarray(array), None)


def item(self: Tensor) -> Any:
    """Return the only element as a Python number.

    Raises
    ------
    RuntimeError
        If there is not exactly one.
    """
    if self._data.size != 1:
        raise RuntimeError(
            describe(
                f"a Tensor with {self._data.size} elements cannot be converted to Scalar",
                op="item",
                shapes={"input": self._data.shape},
                fix="reduce or index the tensor to one element, or use tolist()",
            )
        )
    return self._data.item()


def tolist(self: Tensor) -> Any:
    """Return the elements as nested lists of Python numbers; of a 0-d tensor the number."""
    return self._data.tolist()


def _one(self: Tensor) -> Any:
    if self._data.size != 1:
        raise ValueError(
            describe("only one element tensors can be converted to Python scalars", shapes={"input": self._data.shape})
        )
    return self._data.item()


def as_bool(self: Tensor) -> bool:
    """Return the truth of the only element.

    Raises
    ------
    RuntimeError
        If there is not exactly one.
    """
    if self._data.size != 1:
        which = "more than one value" if self._data.size else "no values"
        raise RuntimeError(
            describe(
                f"Boolean value of Tensor with {which} is ambiguous",
                shapes={"input": self._data.shape},
                fix="use x.any() or x.all()",
            )
        )
    return bool(self._data.item())


def _real(self: Tensor, to: type, name: str) -> Any:
    value = _one(self)
    if isinstance(value, complex):
        if value.imag:
            raise RuntimeError(
                describe(f"value cannot be converted to type {name} without overflow", rule=f"{value} is not real")
            )
        value = value.real
    return to(value)


def as_float(self: Tensor) -> float:
    """Return the only element as a float."""
    result: float = _real(self, float, "double")
    return result


def as_int(self: Tensor) -> int:
    """Return the only element as an int, rounded towards zero."""
    result: int = _real(self, int, "int64_t")
    return result


def as_complex(self: Tensor) -> complex:
    """Return the only element as a complex number."""
    return complex(_one(self))


def as_index(self: Tensor) -> int:
    """Return the only element of an integer tensor, for use as an index.

    Raises
    ------
    TypeError
        If the tensor holds anything else.
    """
    if self._data.size != 1 or self._data.dtype.kind not in "iub":
        raise TypeError(
            describe(
                "only integer tensors of a single element can be converted to an index",
                rule=f"this one holds {self._data.size} elements of {self._data.dtype}",
            )
        )
    return int(self._data.item())


def iterate(self: Tensor) -> Iterator[Tensor]:
    """Iterate over the first axis.

    Raises
    ------
    TypeError
        If there is none.
    """
    if self._data.ndim == 0:
        raise TypeError(describe("iteration over a 0-d tensor", fix="use x.item(), or x.reshape(1) for one element"))
    return iter(unbind(self, 0))


def contains(self: Tensor, element: Any) -> bool:
    """Return whether an element equals `element`.

    Raises
    ------
    RuntimeError
        If `element` is neither a tensor nor a number.
    """
    if not isinstance(element, Tensor | int | float | complex | np.number | np.bool_):
        raise RuntimeError(
            describe(f"Tensor.__contains__ only supports Tensor or scalar, but you passed in a {type(element)}.")
        )
    return bool(np.any(self._data == (element._data if isinstance(element, Tensor) else element)))


def dlpack(self: Tensor, *, stream: Any = None, **options: Any) -> Any:
    """DLPack's protocol: return a capsule that shares memory.

    Raises
    ------
    BufferError
        If the tensor requires grad.
    """
    if self.requires_grad:
        raise BufferError(describe("Can't export tensors that require gradient, use tensor.detach()", op="__dlpack__"))
    return numpy(self).__dlpack__(**options)


def dlpack_device(self: Tensor) -> tuple[int, int]:
    """DLPack's protocol: the CPU."""
    return self._data.__dlpack_device__()


def from_dlpack(ext_tensor: Any) -> Tensor:
    """Return a tensor over the memory of an object that speaks DLPack, such as an array of another library.

    Parameters
    ----------
    ext_tensor : object
        With ``__dlpack__``, in the memory of the CPU.

    Raises
    ------
    TypeError
        If it does not.

    Examples
    --------
    >>> import autograd
    >>> array = np.zeros(2)
    >>> x = autograd.from_dlpack(array)
    >>> x[0] = 5.0
    >>> array
    array([5., 0.])
    """
    if not hasattr(ext_tensor, "__dlpack__"):
        raise TypeError(
            describe(
                f"from_dlpack() needs an object with __dlpack__, got {type(ext_tensor).__name__}", op="from_dlpack"
            )
        )
    result = Tensor(np.from_dlpack(ext_tensor), None)
    own_storage(result).exported = True
    return result


def to_dlpack(tensor: Tensor) -> Any:
    """Return a DLPack capsule that shares the tensor's memory."""
    return dlpack(tensor)


METHODS: dict[str, Any] = {
    "__array__": as_array,
    "__array_ufunc__": array_ufunc,
    "__bool__": as_bool,
    "__complex__": as_complex,
    "__contains__": contains,
    "__dlpack__": dlpack,
    "__dlpack_device__": dlpack_device,
    "__float__": as_float,
    "__index__": as_index,
    "__int__": as_int,
    "__iter__": iterate,
    "item": item,
    "numpy": numpy,
    "tolist": tolist,
}
