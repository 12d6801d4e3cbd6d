"""The public face; read at run time by `autograd.lazy`."""

from autograd import __config__, backends, cuda, functional, graph, inspect, linalg, random, return_types, special
from autograd.checkpoint import checkpoint, checkpoint_sequential
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
from autograd.inspect.anomaly import (
    detect_anomaly,
    is_anomaly_check_nan_enabled,
    is_anomaly_enabled,
    set_detect_anomaly,
)
from autograd.interop import from_dlpack
from autograd.kernels.threads import get_num_threads, set_num_threads
from autograd.legacy import (
    BoolTensor,
    ByteTensor,
    CharTensor,
    DoubleTensor,
    FloatTensor,
    HalfTensor,
    IntTensor,
    LongTensor,
    ShortTensor,
    Variable,
)
from autograd.memory_format import (
    channels_last,
    channels_last_3d,
    contiguous_format,
    memory_format,
    preserve_format,
)
from autograd.ops.activation import celu, hardshrink, prelu, relu, rrelu, selu, sigmoid, threshold
from autograd.ops.affine import addbmm, addmm, addmv, addr, baddbmm, bilinear
from autograd.ops.along import gather, scatter_add, take, take_along_dim
from autograd.ops.arithmetic import add, div, floor_divide, fmod, mul, neg, positive, remainder, rsub, sub
from autograd.ops.arithmetic import div as divide
from autograd.ops.arithmetic import div as true_divide
from autograd.ops.arithmetic import mul as multiply
from autograd.ops.arithmetic import neg as negative
from autograd.ops.arithmetic import sub as subtract
from autograd.ops.binary import atan2, float_power, hypot, logaddexp, logaddexp2, pow
from autograd.ops.binary import atan2 as arctan2
from autograd.ops.blend import addcdiv, addcmul, lerp
from autograd.ops.complex import angle, conj, imag, real
from autograd.ops.convert import clone, detach, is_complex, is_floating_point, is_same_size, numel
from autograd.ops.counting import bincount, bucketize, histc, searchsorted, unique, unique_consecutive
from autograd.ops.creation import (
    arange,
    empty,
    empty_like,
    eye,
    full,
    full_like,
    linspace,
    logspace,
    ones,
    ones_like,
    zeros,
    zeros_like,
)
from autograd.ops.cumulative import cummax, cummin, cumprod, cumsum, cumulative_trapezoid, diff, logcumsumexp, trapezoid
from autograd.ops.cumulative import trapezoid as trapz
from autograd.ops.einsum import chain_matmul, cross, einsum, kron, tensordot, trace
from autograd.ops.expand import broadcast_shapes, broadcast_tensors, broadcast_to, meshgrid, tile
from autograd.ops.extremes import amax, amin, aminmax, argmax, argmin, max, median, min, nanmedian
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
from autograd.ops.inverses import det, inverse, logdet, pinverse, slogdet
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
from autograd.ops.logic import (
    allclose,
    bitwise_and,
    bitwise_left_shift,
    bitwise_not,
    bitwise_or,
    bitwise_right_shift,
    bitwise_xor,
    eq,
    equal,
    ge,
    gt,
    isclose,
    isfinite,
    isinf,
    isnan,
    isneginf,
    isposinf,
    le,
    logical_and,
    logical_not,
    logical_or,
    logical_xor,
    lt,
    ne,
    signbit,
)
from autograd.ops.logic import ge as greater_equal
from autograd.ops.logic import gt as greater
from autograd.ops.logic import le as less_equal
from autograd.ops.logic import lt as less
from autograd.ops.logic import ne as not_equal
from autograd.ops.masks import argwhere, isin, masked_fill, masked_scatter, masked_select, nonzero
from autograd.ops.matrices import matrix_power, norm
from autograd.ops.moments import std, std_mean, var, var_mean
from autograd.ops.norms import cdist, dist, pdist
from autograd.ops.order import argsort, kthvalue, mode, msort, sort, topk
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
from autograd.ops.products import bmm, dot, inner, matmul, mm, mv, outer, vdot
from autograd.ops.products import outer as ger
from autograd.ops.quantiles import nanquantile, quantile
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
from autograd.ops.reduce import all, any, count_nonzero, logsumexp, mean, nanmean, nansum, prod, sum
from autograd.ops.rounding import abs, ceil, copysign, floor, frac, heaviside, round, sgn, sign, trunc
from autograd.ops.rounding import abs as absolute
from autograd.ops.rounding import trunc as fix
from autograd.ops.scatter import scatter, scatter_reduce
from autograd.ops.select import clamp, clamp_max, clamp_min, fmax, fmin, maximum, minimum, nan_to_num, where
from autograd.ops.select import clamp as clip
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
from autograd.ops.softmax import log_softmax, softmax
from autograd.ops.special import digamma, erf, erfc, erfinv, lgamma, logit, polygamma, sinc, xlogy
from autograd.ops.transcend import (
    acos,
    acosh,
    asin,
    asinh,
    atan,
    atanh,
    cos,
    cosh,
    deg2rad,
    exp,
    exp2,
    expm1,
    log,
    log1p,
    log2,
    log10,
    rad2deg,
    reciprocal,
    rsqrt,
    sin,
    sinh,
    sqrt,
    square,
    tan,
    tanh,
)
from autograd.ops.transcend import acos as arccos
from autograd.ops.transcend import acosh as arccosh
from autograd.ops.transcend import asin as arcsin
from autograd.ops.transcend import asinh as arcsinh
from autograd.ops.transcend import atan as arctan
from autograd.ops.transcend import atanh as arctanh
from autograd.ops.triangles import block_diag, diag, diag_embed, diagflat, tril, tril_indices, triu, triu_indices
from autograd.ops.values import (
    as_tensor,
    asarray,
    can_cast,
    from_numpy,
    frombuffer,
    get_default_dtype,
    is_tensor,
    promote_types,
    result_type,
    scalar_tensor,
    set_default_dtype,
    tensor,
)
from autograd.printing import get_printoptions, set_printoptions
from autograd.serialization import load, save
from autograd.tensor import RemovableHandle, Tensor
from autograd.inspect import profile
