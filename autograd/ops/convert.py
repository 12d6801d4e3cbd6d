"""Copies and conversions: dtype, memory format, device; and what a tensor says about its memory."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.dtypes import TYPE_NAMES, Size, device, numpy_dtype, require_cpu, scalar_type
from autograd.dtypes import dtype as TensorType
from autograd.errors import describe
from autograd.kernels.layout import channels_to_end, in_layout
from autograd.memory_format import contiguous_format, memory_format, preserve_format
from autograd.operation import Op
from autograd.ops.axes import normalize_axis
from autograd.ops.promote import cast
from autograd.ops.registry import Sample, op
from autograd.storage import View, own_storage, share_storage
from autograd.tensor import Tensor

__all__ = ["clone", "contiguous", "detach", "numel", "to"]

Array = np.ndarray[Any, np.dtype[Any]]


class Clone(Op):
    """A copy, in the memory format asked for."""

    __slots__ = ()

    def forward(self, x: Array, *, layout: memory_format) -> Array:
        if layout.rank is not None:
            out = in_layout(x, channels_last=True)
            return out.copy(order="K") if np.may_share_memory(out, x) else out
        return x.copy(order="K" if layout is preserve_format else "C")

    def backward(self, grad: Tensor) -> Tensor:
        return grad


def _require_rank(x: Array, layout: memory_format) -> None:
    if layout.rank is not None and x.ndim != layout.rank:
        raise RuntimeError(
            describe(f"required rank {layout.rank} tensor to use {layout.name} format", shapes={"input": x.shape})
        )


@op(lambda make: [Sample(make(2, 3)), Sample(make()), Sample(make(0, 2))])
def clone(input: Tensor, *, memory_format: memory_format = preserve_format) -> Tensor:
    """Return a copy, through which gradients flow.

    Parameters
    ----------
    input : Tensor
    memory_format : memory_format
        The order of axes in memory; kept by default.

    Examples
    --------
    >>> import autograd
    >>> x = autograd.tensor([1.0, 2.0], requires_grad=True)
    >>> autograd.clone(x).sum().backward()
    >>> x.grad
    tensor([1., 1.])
    """
    _require_rank(input._data, memory_format)
    result: Tensor = Clone.apply(input, layout=memory_format)
    return result


def _lies_in(x: Array, layout: memory_format) -> bool:
    if layout.rank is None:
        return x.flags.c_contiguous
    return x.ndim == layout.rank and channels_to_end(x).flags.c_contiguous


@op(lambda make: [Sample(make(2, 3)), Sample(make(2, 3).transpose(0, 1)), Sample(make(0, 2))])
def contiguous(input: Tensor, memory_format: memory_format = contiguous_format) -> Tensor:
    """Return the tensor itself if it lies in memory in the given order, without gaps; else a copy that does.

    Raises
    ------
    RuntimeError
        If `preserve_format` is asked for, or the format is for another number of axes.

    Examples
    --------
    >>> import autograd
    >>> autograd.zeros(2, 3).t().contiguous().stride()
    (2, 1)
    """
    if memory_format is preserve_format:
        raise RuntimeError(describe("preserve memory format is unsupported by the contiguous operator"))
    _require_rank(input._data, memory_format)
    return input if _lies_in(input._data, memory_format) else clone(input, memory_format=memory_format)


def is_contiguous(self: Tensor, memory_format: memory_format = contiguous_format) -> bool:
    """Return whether the tensor lies in memory in the given order, without gaps."""
    return _lies_in(self._data, memory_format)


def detach(input: Tensor) -> Tensor:
    """Return a tensor over the same memory that no graph knows of; both share one version counter.

    Examples
    --------
    >>> import autograd
    >>> x = autograd.tensor([1.0, 2.0], requires_grad=True)
    >>> autograd.detach(x * 2)
    tensor([2., 4.])
    """
    result = Tensor(input._data, None)
    view = input._view
    if view is None:
        share_storage(result, input)
        return result
    # Both the base and its view are taken out of the graph, so that memory can still be laid out anew.
    base = detach(view.base)
    result._storage = base._storage
    result._view = View(base, view.path, own_storage(base).rebased, "")
    if result._storage is not None and result._storage.tensors:
        result._storage.tensors.append(weakref.ref(result))
    return result


class _Target:
    """What `Tensor.to` was asked for."""

    __slots__ = ("copy", "dtype", "layout")

    def __init__(self, args: tuple[Any, ...], dtype: Any, device: Any, copy: bool, layout: Any) -> None:
        self.dtype = None if dtype is None else numpy_dtype(dtype)
        self.copy = copy
        self.layout = layout
        require_cpu(device)
        flags = []
        for arg in args:
            if isinstance(arg, Tensor):
                self.dtype = arg._data.dtype
            elif isinstance(arg, bool):
                flags.append(arg)
            elif isinstance(arg, TensorType | type | np.dtype):
                self.dtype = numpy_dtype(arg)
            elif arg is not None:
                _require_device(arg)
        # Positional flags are non_blocking, then copy.
        if len(flags) > 1:
            self.copy = flags[1]


def _require_device(where: Any) -> None:
    if not isinstance(where, str | device):
        raise TypeError(
            describe(
                "to() received an invalid combination of arguments",
                rule=f"a dtype, a device or a tensor is expected, got {type(where).__name__}",
            )
        )
    require_cpu(where)


def to(
    input: Tensor,
    *args: Any,
    dtype: Any = None,
    device: Any = None,
    non_blocking: bool = False,
    copy: bool = False,
    memory_format: memory_format = preserve_format,
) -> Tensor:
    """Convert dtype, device and memory format; where there is nothing to do, return the tensor itself.

    Parameters
    ----------
    *args : dtype, device or Tensor, then non_blocking and copy
        A tensor stands for its dtype.
    copy : bool
        Copy even if there is nothing to convert.

    Raises
    ------
    RuntimeError
        If a device other than the CPU is asked for.
    TypeError
        If an argument is nothing of these.

    Examples
    --------
    >>> import autograd
    >>> autograd.tensor([1, 2]).to(autograd.float64)
    tensor([1., 2.], dtype=autograd.float64)
    """
    if len(args) == 1 and args[0].__class__ is TensorType and not copy and memory_format is preserve_format:
        return cast(input, args[0].dtype)
    target = _Target(args, dtype, device, copy, memory_format)
    result = input if target.dtype is None else cast(input, target.dtype)
    if target.layout is not preserve_format and not _lies_in(result._data, target.layout):
        return clone(result, memory_format=target.layout)
    return clone(result) if target.copy and result is input else result


def _converter(name: str) -> Any:
    kind = np.dtype(name)

    def convert(self: Tensor, memory_format: memory_format = preserve_format) -> Tensor:
        result = cast(self, kind)
        return result if memory_format is preserve_format else contiguous(result, memory_format)

    convert.__name__ = name
    convert.__doc__ = f"Return the tensor converted to {name}; itself if it has that dtype."
    return convert


def type_name(kind: np.dtype[Any]) -> str:
    """Return PyTorch's old name of a tensor type."""
    return f"autograd.{scalar_type(kind)}Tensor"


def converted(self: Tensor, dtype: Any = None, non_blocking: bool = False) -> Any:
    """Return the tensor converted to a dtype, given as such or by an old name (``'autograd.FloatTensor'``).

    Without a dtype, return the old name of the tensor's own.
    """
    if dtype is None:
        return type_name(self._data.dtype)
    if isinstance(dtype, str):
        found = [name for name, word in TYPE_NAMES.items() if dtype.rpartition(".")[2] == f"{word}Tensor"]
        if not found:
            raise ValueError(describe(f"invalid type: {dtype!r}", op="type"))
        return cast(self, np.dtype(found[0]))
    kind = dtype.__dict__.get("dtype", dtype) if isinstance(dtype, type) else dtype  # a type such as LongTensor
    return cast(self, numpy_dtype(kind))


def type_as(self: Tensor, other: Tensor) -> Tensor:
    """Return the tensor converted to the dtype of `other`."""
    return cast(self, other._data.dtype)


def cpu(self: Tensor, memory_format: memory_format = preserve_format) -> Tensor:
    """Return the tensor, which is on the CPU already."""
    return to(self, memory_format=memory_format)


def cuda(self: Tensor, device: Any = None, non_blocking: bool = False) -> Tensor:
    """Refuse to move the tensor off the CPU.

    Raises
    ------
    RuntimeError
        Always.
    """
    require_cpu("cuda")
    return self


def itself(self: Tensor) -> Tensor:
    """Return the tensor."""
    return self


def size(self: Tensor, dim: int | None = None) -> Any:
    """Return the sizes of all axes, or of one.

    Examples
    --------
    >>> import autograd
    >>> autograd.zeros(2, 3).size(), autograd.zeros(2, 3).size(-1)
    (autograd.Size([2, 3]), 3)
    """
    shape = self._data.shape
    if dim is None:
        return Size(shape)
    if not shape:
        raise IndexError(describe("Dimension specified as 0 but tensor has no dimensions"))
    return shape[normalize_axis(dim, len(shape))]


def stride(self: Tensor, dim: int | None = None) -> Any:
    """Return the steps along all axes, or along one, in elements.

    Examples
    --------
    >>> import autograd
    >>> autograd.zeros(2, 3).stride(), autograd.zeros(2, 3).t().stride()
    ((3, 1), (1, 3))
    """
    strides = tuple([s // self._data.itemsize for s in self._data.strides])
    return strides if dim is None else strides[normalize_axis(dim, len(strides))]


def storage_offset(self: Tensor) -> int:
    """Return where the tensor begins in its memory, in elements."""
    root = self._data if self._view is None else self._view.base._data
    return (self._data.ctypes.data - root.ctypes.data) // self._data.itemsize


def numel(input: Tensor) -> int:
    """Return the number of elements.

    Examples
    --------
    >>> import autograd
    >>> autograd.numel(autograd.zeros(2, 3))
    6
    """
    return input._data.size


def is_floating_point(input: Tensor) -> bool:
    """Return whether the dtype is a floating-point one.

    Examples
    --------
    >>> import autograd
    >>> autograd.is_floating_point(autograd.tensor([1, 2]))
    False
    """
    return input._data.dtype.kind == "f"


def is_complex(input: Tensor) -> bool:
    """Return whether the dtype is a complex one.

    Examples
    --------
    >>> import autograd
    >>> autograd.is_complex(autograd.tensor([1j]))
    True
    """
    return input._data.dtype.kind == "c"


def is_signed(self: Tensor) -> bool:
    """Return whether the dtype has negative values."""
    return self._data.dtype.kind in "ifc"


def is_same_size(input: Tensor, other: Tensor) -> bool:
    """Return whether two tensors have one shape.

    Examples
    --------
    >>> import autograd
    >>> autograd.is_same_size(autograd.zeros(2, 3), autograd.zeros(3, 2))
    False
    """
    same: bool = input._data.shape == other._data.shape
    return same


def is_set_to(self: Tensor, tensor: Tensor) -> bool:
    """Return whether two tensors are the same memory under the same shape and strides."""
    a, b = self._data, tensor._data
    return bool(a.ctypes.data == b.ctypes.data and a.shape == b.shape and a.strides == b.strides)


def _answering(name: str, answer: Callable[[Tensor], Any], doc: str) -> Callable[[Tensor], Any]:
    """Return a method that answers a question about a tensor."""

    def method(self: Tensor) -> Any:
        return answer(self)

    method.__name__, method.__doc__ = name, doc
    return method


_ANSWERS: dict[str, tuple[Callable[[Tensor], Any], str]] = {
    "data_ptr": (lambda x: x._data.ctypes.data, "Return the address of the first element."),
    "dim": (lambda x: x._data.ndim, "Return the number of axes."),
    "element_size": (lambda x: x._data.itemsize, "Return the bytes of an element."),
    "get_device": (lambda x: -1, "Return the number of the GPU: -1, for there is none."),
    "is_conj": (lambda x: False, "Return whether values are conjugated lazily: never."),
    "is_neg": (lambda x: False, "Return whether values are negated lazily: never."),
    "is_pinned": (lambda x: False, "Return whether the memory is pinned: never."),
    "is_shared": (lambda x: False, "Return whether the memory is shared between processes: never."),
    "ndimension": (lambda x: x._data.ndim, "Return the number of axes."),
}

_PROPERTIES: dict[str, tuple[Callable[[Tensor], Any], str]] = {
    "is_cuda": (lambda x: False, "Whether the tensor is on a GPU: never."),
    "is_meta": (lambda x: False, "Whether the tensor has no memory: never."),
    "is_mps": (lambda x: False, "Whether the tensor is on an Apple GPU: never."),
    "is_quantized": (lambda x: False, "Whether the tensor is quantized: never."),
    "is_sparse": (lambda x: False, "Whether the tensor is sparse: never."),
    "itemsize": (lambda x: x._data.itemsize, "Bytes of an element."),
    "nbytes": (lambda x: x._data.nbytes, "Bytes of all elements."),
}

METHODS: dict[str, Any] = {
    **{name: _answering(name, *answer) for name, answer in _ANSWERS.items()},
    **{name: property(get, doc=doc) for name, (get, doc) in _PROPERTIES.items()},
    "bool": _converter("bool"),
    "byte": _converter("uint8"),
    "cdouble": _converter("complex128"),
    "cfloat": _converter("complex64"),
    "char": _converter("int8"),
    "cpu": cpu,
    "cuda": cuda,
    "detach": detach,
    "double": _converter("float64"),
    "float": _converter("float32"),
    "half": _converter("float16"),
    "int": _converter("int32"),
    "is_complex": is_complex,
    "is_contiguous": is_contiguous,
    "is_floating_point": is_floating_point,
    "is_same_size": is_same_size,
    "is_set_to": is_set_to,
    "is_signed": is_signed,
    "long": _converter("int64"),
    "nelement": numel,
    "numel": numel,
    "pin_memory": itself,
    "resolve_conj": itself,
    "resolve_neg": itself,
    "short": _converter("int16"),
    "size": size,
    "storage_offset": storage_offset,
    "stride": stride,
    "to": to,
    "type": converted,
    "type_as": type_as,
}
