"""Names of PyTorch's first years that programs still use: `Variable`, and tensor types such as `FloatTensor`."""

from __future__ import annotations

from typing import Any

from autograd import dtypes
from autograd.ops.legacy import legacy_array
from autograd.tensor import Tensor

__all__ = [
    "BoolTensor",
    "ByteTensor",
    "CharTensor",
    "DoubleTensor",
    "FloatTensor",
    "HalfTensor",
    "IntTensor",
    "LongTensor",
    "ShortTensor",
    "Variable",
]


class _OfDtype(type):
    """Makes, when called, tensors of one dtype, and knows them in `isinstance`."""

    dtype: dtypes.dtype

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, Tensor) and instance.dtype is cls.dtype

    def __call__(cls, *data: Any, device: Any = None) -> Tensor:
        return Tensor(legacy_array(data, cls.dtype.dtype, device), None)


class BoolTensor(metaclass=_OfDtype):
    """Tensors of truth values; called, makes one from sizes or from a sequence, as do the other types here.

    Examples
    --------
    >>> import autograd
    >>> autograd.BoolTensor([1, 0])
    tensor([ True, False])
    """

    dtype = dtypes.bool_


class ByteTensor(metaclass=_OfDtype):
    """Tensors of uint8.

    Examples
    --------
    >>> import autograd
    >>> autograd.ByteTensor([1, 2])
    tensor([1, 2], dtype=autograd.uint8)
    """

    dtype = dtypes.uint8


class CharTensor(metaclass=_OfDtype):
    """Tensors of int8.

    Examples
    --------
    >>> import autograd
    >>> autograd.CharTensor([1, -2])
    tensor([ 1, -2], dtype=autograd.int8)
    """

    dtype = dtypes.int8


class ShortTensor(metaclass=_OfDtype):
    """Tensors of int16.

    Examples
    --------
    >>> import autograd
    >>> autograd.ShortTensor([1, 2])
    tensor([1, 2], dtype=autograd.int16)
    """

    dtype = dtypes.int16


class IntTensor(metaclass=_OfDtype):
    """Tensors of int32.

    Examples
    --------
    >>> import autograd
    >>> autograd.IntTensor([1, 2])
    tensor([1, 2], dtype=autograd.int32)
    """

    dtype = dtypes.int32


class LongTensor(metaclass=_OfDtype):
    """Tensors of int64.

    Examples
    --------
    >>> import autograd
    >>> autograd.LongTensor([1, 2])
    tensor([1, 2])
    >>> isinstance(autograd.arange(2), autograd.LongTensor)
    True
    """

    dtype = dtypes.int64


class HalfTensor(metaclass=_OfDtype):
    """Tensors of float16.

    Examples
    --------
    >>> import autograd
    >>> autograd.HalfTensor([1, 2])
    tensor([1., 2.], dtype=autograd.float16)
    """

    dtype = dtypes.float16


class FloatTensor(metaclass=_OfDtype):
    """Tensors of float32.

    Examples
    --------
    >>> import autograd
    >>> autograd.FloatTensor(2, 3).shape
    autograd.Size([2, 3])
    >>> autograd.FloatTensor([1, 2])
    tensor([1., 2.])
    """

    dtype = dtypes.float32


class DoubleTensor(metaclass=_OfDtype):
    """Tensors of float64.

    Examples
    --------
    >>> import autograd
    >>> autograd.DoubleTensor([1, 2])
    tensor([1., 2.], dtype=autograd.float64)
    """

    dtype = dtypes.float64


class _IsTensor(type):
    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, Tensor)

    def __call__(cls, data: Tensor, requires_grad: bool = False) -> Tensor:
        leaf: Tensor = data.detach()
        return leaf.requires_grad_(requires_grad)


class Variable(metaclass=_IsTensor):
    """What wrapped a tensor before tensors recorded operations: called, returns a leaf over the tensor's memory.

    Parameters
    ----------
    data : Tensor
    requires_grad : bool, default False
        Whether operations on the result are recorded.

    Examples
    --------
    >>> import autograd
    >>> autograd.Variable(autograd.ones(2), requires_grad=True)
    tensor([1., 1.], requires_grad=True)
    """
