"""convgrad: reverse-mode automatic differentiation with CNN operations on NumPy and SciPy, in PyTorch's vocabulary."""

# First of all imports: it decides how NumPy's BLAS is loaded.
from autograd.kernels import blas as _blas  # isort: skip

from autograd import methods as _methods
from autograd.config import (
    enable_grad,
    exact,
    inference_mode,
    is_grad_enabled,
    is_inference_mode_enabled,
    no_grad,
    set_grad_enabled,
)
from autograd.dtypes import (
    Size,
    cdouble,
    cfloat,
    complex64,
    complex128,
    device,
    double,
    dtype,
    finfo,
    float16,
    float32,
    float64,
    half,
    iinfo,
    int8,
    int16,
    int32,
    int64,
    long,
    short,
    uint8,
    uint16,
    uint32,
    uint64,
)
from autograd.dtypes import bool_ as bool
from autograd.dtypes import float_ as float
from autograd.dtypes import int_ as int
from autograd.engine import backward, grad
from autograd.function import Function
from autograd.gradcheck import gradcheck, gradgradcheck
from autograd.ops.creation import (
    arange,
    as_tensor,
    empty,
    empty_like,
    from_numpy,
    full,
    full_like,
    ones,
    ones_like,
    tensor,
    zeros,
    zeros_like,
)
from autograd.ops.arithmetic import add, div, mul, neg, sub
from autograd.ops.binary import pow
from autograd.tensor import RemovableHandle, Tensor

__project__ = "convgrad"
