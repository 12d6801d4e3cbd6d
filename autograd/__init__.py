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
from autograd.interop import from_dlpack
from autograd.memory_format import (
    channels_last,
    channels_last_3d,
    contiguous_format,
    memory_format,
    preserve_format,
)
from autograd.ops.along import gather, scatter_add, take, take_along_dim
from autograd.ops.convert import clone, detach, is_complex, is_floating_point, is_same_size, numel
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
from autograd.ops.expand import broadcast_shapes, broadcast_tensors, broadcast_to, meshgrid, tile
from autograd.ops.generator import (
    Generator,
    default_generator,
    get_rng_state,
    initial_seed,
    manual_seed,
    seed,
    set_rng_state,
)
from autograd.ops.index import index_put
from autograd.ops.joining import (
    cat,
    chunk,
    dstack,
    hstack,
    split,
    split_with_sizes,
    stack,
    tensor_split,
    unbind,
    vstack,
)
from autograd.ops.joining import cat as concat
from autograd.ops.joining import cat as concatenate
from autograd.ops.joining import vstack as row_stack
from autograd.ops.masks import argwhere, isin, masked_fill, masked_scatter, masked_select, nonzero
from autograd.ops.permute import adjoint, flip, fliplr, flipud, movedim, permute, roll, rot90, t, transpose
from autograd.ops.permute import movedim as moveaxis
from autograd.ops.permute import transpose as swapaxes
from autograd.ops.permute import transpose as swapdims
from autograd.ops.positions import (
    cartesian_prod,
    combinations,
    index_add,
    index_copy,
    index_fill,
    index_select,
    put,
    repeat_interleave,
)
from autograd.ops.random import (
    bernoulli,
    multinomial,
    normal,
    poisson,
    rand,
    rand_like,
    randint,
    randint_like,
    randn,
    randn_like,
    randperm,
)
from autograd.ops.scatter import scatter, scatter_reduce
from autograd.ops.shape import (
    atleast_1d,
    atleast_2d,
    atleast_3d,
    flatten,
    ravel,
    reshape,
    squeeze,
    unflatten,
    unsqueeze,
)
from autograd.ops.slicing import as_strided, diagonal, narrow, select
from autograd.ops.triangles import block_diag, diag, diag_embed, diagflat, tril, tril_indices, triu, triu_indices
from autograd.printing import get_printoptions, set_printoptions
from autograd.tensor import RemovableHandle, Tensor

__project__ = "convgrad"
