"""What all functions that make tensors take as keywords."""

from __future__ import annotations

from typing import Any, NamedTuple, TypedDict

import numpy as np

from autograd.config import DEFAULTS, MODES
from autograd.dtypes import check_differentiable, numpy_dtype, require_cpu
from autograd.errors import describe
from autograd.kernels.layout import in_layout
from autograd.memory_format import memory_format, preserve_format
from autograd.storage import Storage
from autograd.tensor import Tensor

__all__ = ["Made", "Options", "finish", "read_options"]

Array = np.ndarray[Any, np.dtype[Any]]


class Options(TypedDict, total=False):
    """Keywords of the functions that make tensors.

    Attributes
    ----------
    dtype : dtype
    device : device or str
        The CPU.
    requires_grad : bool
        Whether operations on the tensor are recorded.
    memory_format : memory_format
        The order of axes in memory.
    layout, pin_memory
        Accepted for compatibility.
    """

    dtype: Any
    device: Any
    requires_grad: bool
    memory_format: memory_format
    layout: Any
    pin_memory: bool


class Made(NamedTuple):
    """The options of one call, checked."""

    kind: np.dtype[Any]
    requires_grad: bool
    layout: memory_format

    def finish(self, array: Any) -> Tensor:
        """Wrap an array that nothing else refers to."""
        if self.layout.rank is not None:
            if array.ndim != self.layout.rank:
                raise RuntimeError(
                    describe(
                        f"required rank {self.layout.rank} tensor to use {self.layout.name} format",
                        shapes={"size": array.shape},
                    )
                )
            array = in_layout(array, channels_last=True)
        return finish(array, self.requires_grad)


def read_options(op: str, options: Options, default: np.dtype[Any] | None = None) -> Made:
    """Check the keywords of a function that makes a tensor.

    Parameters
    ----------
    op : str
        Its name.
    options : dict
    default : numpy dtype, optional
        The dtype if none is asked for; else the default dtype.

    Raises
    ------
    TypeError
        If a keyword is unknown.
    RuntimeError
        If the tensor is to be elsewhere than on the CPU.
    """
    for name in options:
        if name not in Options.__annotations__:
            raise TypeError(describe(f"{op}() got an unexpected keyword argument '{name}'", op=op))
    require_cpu(options.get("device"))
    dtype = options.get("dtype")
    kind = numpy_dtype(dtype) if dtype is not None else DEFAULTS.dtype if default is None else default
    return Made(kind, options.get("requires_grad", False), options.get("memory_format", preserve_format))


def finish(array: Any, requires_grad: bool) -> Tensor:
    """Wrap an array that nothing else refers to."""
    result = Tensor(array, None)
    if MODES.get().inference:
        result._storage = Storage(inference=True)
    if requires_grad:
        check_differentiable(array.dtype)
        result._requires_grad = True
    return result
