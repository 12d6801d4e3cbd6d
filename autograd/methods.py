"""One table that gives `Tensor` its methods and operators, each family imported when one of them is first used.

Every operation registered with ``method=True`` is a method, with ``in_place=True`` also its twin ``x.name_(...)``,
which writes the result over ``x``; a family's own table ``METHODS`` names what is no operation.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any

from autograd import engine
from autograd.ops import inplace
from autograd.ops.registry import REGISTRY
from autograd.ops.spelling import as_method, plain
from autograd.tensor import Tensor

__all__ = ["FAMILIES", "install"]

# The methods of each family, by the module that holds it; a test compares the names with what the modules register.
FAMILIES: dict[str, str] = {
    "ops.activation": "sigmoid sigmoid_",
    "ops.affine": "addbmm addbmm_ addmm addmm_ addmv addmv_ addr addr_ baddbmm baddbmm_",
    "ops.along": "gather scatter_add scatter_add_ take take_along_dim",
    "ops.arithmetic": (
        "add add_ mul mul_ multiply multiply_ neg neg_ negative negative_ positive sub sub_ subtract subtract_"
    ),
    "ops.assign": "copy_ detach_ fill_ squeeze_ swapaxes_ swapdims_ t_ transpose_ unsqueeze_ zero_",
    "ops.binary": ("arctan2 arctan2_ atan2 atan2_ float_power float_power_ hypot hypot_ logaddexp logaddexp2 pow pow_"),
    "ops.blend": "addcdiv addcdiv_ addcmul addcmul_ lerp lerp_",
    "ops.choices": "combinations repeat_interleave",
    "ops.complex": "angle conj imag real",
    "ops.contractions": "cross kron trace",
    "ops.convert": (
        "bool byte cdouble cfloat char clone contiguous cpu cuda data_ptr detach dim double element_size float "
        "get_device half int is_complex is_conj is_contiguous is_cuda is_floating_point is_meta is_mps is_neg "
        "is_pinned is_quantized is_same_size is_set_to is_shared is_signed is_sparse itemsize long nbytes "
        "ndimension nelement numel pin_memory resolve_conj resolve_neg short size storage_offset stride to type "
        "type_as"
    ),
    "ops.covariance": "corrcoef cov",
    "ops.counting": "bincount histc unique unique_consecutive",
    "ops.creation": "new_empty new_full new_ones new_tensor new_zeros",
    "ops.cumulative": "cummax cummin cumprod cumprod_ cumsum cumsum_ diff logcumsumexp",
    "ops.draws": "bernoulli_ cauchy_ exponential_ geometric_ log_normal_ normal_ random_ uniform_",
    "ops.expand": "broadcast_to expand expand_as repeat tile",
    "ops.extremes": "amax amin aminmax argmax argmin max median min nanmedian",
    "ops.index": "__getitem__ __setitem__ index_put index_put_",
    "ops.inverses": "det inverse logdet slogdet",
    "ops.legacy": "_array_for_user is_cpu is_nonzero new resize_ resize_as_ sum_to_size",
    "ops.logic": (
        "allclose bitwise_and bitwise_and_ bitwise_left_shift bitwise_left_shift_ bitwise_not bitwise_not_ "
        "bitwise_or bitwise_or_ bitwise_right_shift bitwise_right_shift_ bitwise_xor bitwise_xor_ eq eq_ equal ge "
        "ge_ greater greater_ greater_equal greater_equal_ gt gt_ isclose isfinite isinf isnan isneginf isposinf "
        "le le_ less less_ less_equal less_equal_ logical_and logical_and_ logical_not logical_not_ logical_or "
        "logical_or_ logical_xor logical_xor_ lt lt_ ne ne_ not_equal not_equal_ signbit"
    ),
    "ops.masks": "argwhere masked_fill masked_fill_ masked_scatter masked_scatter_ masked_select nonzero",
    "ops.matrices": "matrix_power norm",
    "ops.moments": "std var",
    "ops.norms": "dist",
    "ops.older": "cholesky dsplit hsplit qr svd vsplit",
    "ops.order": "argsort kthvalue mode msort sort topk",
    "ops.parts": "diagonal_scatter select_scatter slice_scatter",
    "ops.permute": "H T adjoint mH mT moveaxis movedim permute swapaxes swapdims t transpose",
    "ops.piecewise": "hardshrink",
    "ops.positions": "index_add index_add_ index_copy index_copy_ index_fill index_fill_ index_select put put_",
    "ops.products": "bmm dot ger inner matmul mm mv outer vdot",
    "ops.quantiles": "nanquantile quantile",
    "ops.quotients": (
        "div div_ divide divide_ floor_divide floor_divide_ fmod fmod_ remainder remainder_ true_divide true_divide_"
    ),
    "ops.random": "bernoulli multinomial",
    "ops.rectifiers": "prelu relu relu_",
    "ops.reduce": "logsumexp mean nanmean nansum prod sum",
    "ops.rounding": (
        "abs abs_ absolute absolute_ ceil ceil_ copysign copysign_ fix fix_ floor floor_ frac frac_ heaviside "
        "heaviside_ round round_ sgn sgn_ sign sign_ trunc trunc_"
    ),
    "ops.scatter": "scatter scatter_ scatter_reduce scatter_reduce_",
    "ops.select": (
        "clamp clamp_ clamp_max clamp_max_ clamp_min clamp_min_ clip clip_ fmax fmin maximum minimum nan_to_num "
        "nan_to_num_"
    ),
    "ops.shape": "flatten ravel reshape reshape_as unflatten view view_as",
    "ops.singletons": "squeeze unsqueeze",
    "ops.slicing": "as_strided diagonal narrow select unfold",
    "ops.softmax": "log_softmax softmax",
    "ops.special": (
        "digamma digamma_ erf erf_ erfc erfc_ erfinv erfinv_ lgamma lgamma_ logit logit_ polygamma polygamma_ sinc "
        "sinc_ xlogy xlogy_"
    ),
    "ops.splitting": "chunk split split_with_sizes tensor_split unbind",
    "ops.systems": "pinverse",
    "ops.transcend": (
        "acos acos_ acosh acosh_ arccos arccos_ arccosh arccosh_ arcsin arcsin_ arcsinh arcsinh_ arctan arctan_ "
        "arctanh arctanh_ asin asin_ asinh asinh_ atan atan_ atanh atanh_ cos cos_ cosh cosh_ deg2rad deg2rad_ "
        "exp exp2 exp2_ exp_ expm1 expm1_ log log10 log10_ log1p log1p_ log2 log2_ log_ rad2deg rad2deg_ reciprocal "
        "reciprocal_ rsqrt rsqrt_ sin sin_ sinh sinh_ sqrt sqrt_ square square_ tan tan_ tanh tanh_"
    ),
    "ops.triangles": "diag diag_embed diagflat fill_diagonal_ tril tril_ triu triu_",
    "ops.truth": "all any count_nonzero",
    "ops.turning": "flip fliplr flipud roll rot90",
    "copying": "__copy__ __deepcopy__ __reduce_ex__",
    "interop": (
        "__array__ __array_ufunc__ __bool__ __complex__ __contains__ __dlpack__ __dlpack_device__ __float__ "
        "__index__ __int__ __iter__ item numpy tolist"
    ),
    "printing": "__format__ __repr__",
}

# Python's operators: the family and the function.
OPERATORS: dict[str, tuple[str, str]] = {
    "__add__": ("ops.arithmetic", "add"),
    "__radd__": ("ops.arithmetic", "add"),
    "__sub__": ("ops.arithmetic", "sub"),
    "__rsub__": ("ops.arithmetic", "rsub"),
    "__mul__": ("ops.arithmetic", "mul"),
    "__rmul__": ("ops.arithmetic", "mul"),
    "__matmul__": ("ops.products", "matmul"),
    "__truediv__": ("ops.quotients", "div"),
    "__floordiv__": ("ops.quotients", "floor_divide"),
    "__mod__": ("ops.quotients", "remainder"),
    "__pow__": ("ops.binary", "pow"),
    "__neg__": ("ops.arithmetic", "neg"),
    "__pos__": ("ops.arithmetic", "positive"),
    "__abs__": ("ops.rounding", "abs"),
    "__invert__": ("ops.logic", "invert"),
    "__and__": ("ops.logic", "bitwise_and"),
    "__rand__": ("ops.logic", "bitwise_and"),
    "__or__": ("ops.logic", "bitwise_or"),
    "__ror__": ("ops.logic", "bitwise_or"),
    "__xor__": ("ops.logic", "bitwise_xor"),
    "__rxor__": ("ops.logic", "bitwise_xor"),
    "__lshift__": ("ops.logic", "bitwise_left_shift"),
    "__rshift__": ("ops.logic", "bitwise_right_shift"),
    "__lt__": ("ops.logic", "lt"),
    "__le__": ("ops.logic", "le"),
    "__gt__": ("ops.logic", "gt"),
    "__ge__": ("ops.logic", "ge"),
}

# The same with the operands exchanged.
REFLECTED: dict[str, tuple[str, str]] = {
    "__rtruediv__": ("ops.quotients", "div"),
    "__rfloordiv__": ("ops.quotients", "floor_divide"),
    "__rmod__": ("ops.quotients", "remainder"),
    "__rpow__": ("ops.binary", "pow"),
    "__rmatmul__": ("ops.products", "matmul"),
    "__rlshift__": ("ops.logic", "bitwise_left_shift"),
    "__rrshift__": ("ops.logic", "bitwise_right_shift"),
}

# Beside what no tensor can be compared with, Python itself decides: x == None is False.
TOLERANT: dict[str, tuple[str, str]] = {"__eq__": ("ops.logic", "eq"), "__ne__": ("ops.logic", "ne")}

ASSIGNED = {
    "__iadd__": "add_",
    "__isub__": "sub_",
    "__imul__": "mul_",
    "__itruediv__": "div_",
    "__ifloordiv__": "floor_divide_",
    "__imod__": "remainder_",
    "__ipow__": "pow_",
    "__iand__": "bitwise_and_",
    "__ior__": "bitwise_or_",
    "__ixor__": "bitwise_xor_",
    "__ilshift__": "bitwise_left_shift_",
    "__irshift__": "bitwise_right_shift_",
}


class Deferred:
    """Stands for a method on `Tensor` until its family is needed, then makes way for it."""

    __slots__ = ("family", "name")

    def __init__(self, family: str, name: str) -> None:
        self.family = family
        self.name = name

    def __get__(self, instance: Tensor | None, owner: type[Tensor]) -> Any:
        install(self.family)
        # The tensor's own method, not that of a subclass which calls it by super().
        method = vars(Tensor)[self.name]
        assert method is not self, f"autograd.{self.family} does not declare {self.name}"
        return method.__get__(instance, owner)


def in_place(function: Callable[..., Tensor], name: str) -> Callable[..., Tensor]:
    """Return the in-place twin of an operation."""

    @functools.wraps(function)
    def method(self: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        since = inplace.guard(self, name)
        return inplace.overwrite(self, function(self, *args, **kwargs), name, since)

    method.__name__ = name
    method.__doc__ = f"In-place form of `{function.__name__}`; returns the tensor."
    return method


def reflected(function: Callable[..., Tensor]) -> Callable[[Tensor, Any], Tensor]:
    """Return the operation with its operands exchanged."""

    def method(self: Tensor, other: Any) -> Tensor:
        return function(other, self)

    return method


def tolerant(function: Callable[..., Tensor]) -> Callable[[Tensor, Any], Any]:
    """Return the operation, which leaves operands it does not know to Python."""

    def method(self: Tensor, other: Any) -> Any:
        try:
            return function(self, other)
        except TypeError:
            return NotImplemented

    return method


def where(self: Tensor, condition: Tensor, other: Any) -> Tensor:
    """Return the elements of this tensor where `condition` holds, else of `other`."""
    from autograd.ops.select import where as choose  # when it is first used, like every family

    result: Tensor = choose(condition, self, other)
    return result


def install(family: str) -> None:
    """Import a family and give `Tensor` its methods and operators."""
    module = import_module(f"autograd.{family}")
    for info in list(REGISTRY.values()):
        if info.function.__module__ != module.__name__:
            continue
        for name in (info.name, *info.aliases):
            if info.method:
                setattr(Tensor, name, as_method(info.function))
            if info.in_place:
                setattr(Tensor, name + "_", in_place(info.function, name + "_"))
    for name, member in getattr(module, "METHODS", {}).items():
        setattr(Tensor, name, member)
    for table, wrap in ((OPERATORS, None), (REFLECTED, reflected), (TOLERANT, tolerant)):
        for name, (source, function) in table.items():
            if source == family:
                member = plain(getattr(module, function))
                setattr(Tensor, name, member if wrap is None else wrap(member))
    for name, twin in ASSIGNED.items():
        if twin in FAMILIES[family].split():
            setattr(Tensor, name, getattr(Tensor, twin))


def prepare() -> None:
    """Give `Tensor` every name: of the families in memory the methods, of the others what stands for them."""
    for family, names in FAMILIES.items():
        if f"autograd.{family}" in sys.modules:
            install(family)
            continue
        operators = [
            n for table in (OPERATORS, REFLECTED, TOLERANT) for n, (source, _) in table.items() if source == family
        ]
        assigned = [name for name, twin in ASSIGNED.items() if twin in names.split()]
        for name in (*names.split(), *operators, *assigned):
            setattr(Tensor, name, Deferred(family, name))
    # Defining __eq__ after the class body leaves the hash as it is: by identity, as PyTorch's.
    for name, member in (("backward", backward), ("where", where), ("__hash__", object.__hash__)):
        setattr(Tensor, name, member)


def backward(
    self: Tensor,
    gradient: Tensor | None = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    inputs: Any = None,
) -> None:
    """Accumulate into the leaves' `grad` the gradient of this tensor; see `autograd.backward`."""
    engine.backward(self, gradient, retain_graph, create_graph, inputs=inputs)


prepare()
