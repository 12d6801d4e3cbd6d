"""PyTorch's names for element types, sizes and devices, over NumPy's."""

from __future__ import annotations

from math import prod
from typing import Any, ClassVar

import numpy as np

from autograd.config import DEFAULTS
from autograd.errors import describe

__all__ = [
    "DTYPES",
    "TYPE_NAMES",
    "Size",
    "check_differentiable",
    "device",
    "dtype",
    "finfo",
    "iinfo",
    "numpy_dtype",
    "result_dtype",
    "scalar_type",
]


class dtype:  # noqa: N801
    """Element type of a tensor. One object a type exists; NumPy accepts it wherever it takes a dtype.

    Attributes
    ----------
    is_floating_point, is_complex, is_signed : bool
    itemsize : int
        Bytes an element.

    Examples
    --------
    >>> import autograd
    >>> autograd.float32, autograd.float32.is_floating_point, autograd.int64.itemsize
    (autograd.float32, True, 8)
    """

    __slots__ = ("dtype", "is_complex", "is_floating_point", "is_signed", "itemsize", "name")

    def __init__(self, name: str) -> None:
        self.name = name
        self.dtype = np.dtype(name)
        self.itemsize = self.dtype.itemsize
        self.is_floating_point = self.dtype.kind == "f"
        self.is_complex = self.dtype.kind == "c"
        self.is_signed = self.dtype.kind not in "bu"

    def __repr__(self) -> str:
        return f"autograd.{self.name}"

    def __reduce__(self) -> tuple[Any, ...]:
        return _lookup, (self.name,)

    def to_real(self) -> dtype:
        """Return the type of a complex type's parts; a real type is returned as it is."""
        return DTYPES[np.empty(0, self.dtype).real.dtype]

    def to_complex(self) -> dtype:
        """Return the complex type whose parts have this type."""
        return DTYPES[np.result_type(self.dtype, np.complex64)]


_NAMES = "bool uint8 uint16 uint32 uint64 int8 int16 int32 int64 float16 float32 float64 complex64 complex128"
DTYPES: dict[np.dtype[Any], dtype] = {t.dtype: t for t in map(dtype, _NAMES.split())}
_BY_NAME = {t.name: t for t in DTYPES.values()}
_PYTHON = {bool: np.dtype(bool), int: np.dtype(np.int64), float: np.dtype(np.float64), complex: np.dtype(np.complex128)}

uint8, uint16, uint32, uint64 = (_BY_NAME[name] for name in ("uint8", "uint16", "uint32", "uint64"))
int8, int16, int32, int64 = (_BY_NAME[name] for name in ("int8", "int16", "int32", "int64"))
float16, float32, float64 = (_BY_NAME[name] for name in ("float16", "float32", "float64"))
complex64, complex128 = _BY_NAME["complex64"], _BY_NAME["complex128"]
# PyTorch's other names; bool, int and float hide Python's only where they are used as autograd.bool and so on.
bool_ = _BY_NAME["bool"]
short, int_, long = int16, int32, int64
half, float_, double = float16, float32, float64
cfloat, cdouble = complex64, complex128


def _lookup(name: str) -> dtype:
    return _BY_NAME[name]


TYPE_NAMES = {
    "float16": "Half",
    "float32": "Float",
    "float64": "Double",
    "int8": "Char",
    "uint8": "Byte",
    "int16": "Short",
    "int32": "Int",
    "int64": "Long",
    "bool": "Bool",
    "complex64": "ComplexFloat",
    "complex128": "ComplexDouble",
}
"""PyTorch's names of element types in error messages."""


def scalar_type(kind: np.dtype[Any]) -> str:
    """Return the name PyTorch's messages give an element type: ``Float`` for float32."""
    return TYPE_NAMES.get(kind.name, kind.name)


def numpy_dtype(kind: Any) -> np.dtype[Any]:
    """Return the NumPy dtype of a dtype in any of its forms.

    Raises
    ------
    TypeError
        If no tensor can have that type.
    """
    if isinstance(kind, dtype):
        return kind.dtype
    if isinstance(kind, str):
        # NumPy would take 'float' for float64, which is not what autograd.float is.
        raise TypeError(describe(f"argument 'dtype' must be dtype, not str ({kind!r})", fix=f"pass autograd.{kind}"))
    found = _PYTHON[kind] if kind in _PYTHON else np.dtype(kind)
    if found not in DTYPES:
        raise TypeError(
            describe(
                f"can't convert np.ndarray of type numpy.{found.type.__name__}. The only supported types are: "
                f"{', '.join(_BY_NAME)}",
                fix="convert the array to one of them first",
            )
        )
    return found.newbyteorder("=") if not found.isnative else found


_CATEGORY = {"b": 0, "u": 1, "i": 1, "f": 2, "c": 3}


def _scalar_dtype(value: Any) -> np.dtype[Any]:
    if isinstance(value, bool | np.bool_):
        return np.dtype(bool)
    if isinstance(value, int | np.integer):
        return np.dtype(np.int64)
    if isinstance(value, float | np.floating):
        return DEFAULTS.dtype
    return np.result_type(DEFAULTS.dtype, np.complex64)


def result_dtype(*operands: Any) -> np.dtype[Any]:
    """Return the dtype PyTorch gives an operation on `operands`, which are ndarrays or Python numbers.

    A 0-d array, and a number still less, changes the dtype only by lifting it to a higher category (bool < integer <
    floating point < complex).

    Examples
    --------
    >>> result_dtype(np.ones(2, np.float32), np.array(1.0))
    dtype('float32')
    >>> result_dtype(np.ones(2, np.int32), 1.5)
    dtype('float32')
    """
    ranked: list[np.dtype[Any] | None] = [None, None, None]
    for value in operands:
        if isinstance(value, np.ndarray):
            rank, kind = (0 if value.ndim else 1), value.dtype
        else:
            rank, kind = 2, _scalar_dtype(value)
        current = ranked[rank]
        ranked[rank] = kind if current is None else _promote(current, kind)
    result: np.dtype[Any] | None = None
    for candidate in ranked:
        if candidate is None:
            continue
        if result is None:
            result = candidate
        elif _CATEGORY[candidate.kind] > _CATEGORY[result.kind]:
            lifted_float = candidate.kind == "c" and result.kind == "f"
            result = np.result_type(result, np.complex64) if lifted_float else candidate
    if result is None:
        raise TypeError("result_dtype() needs at least one operand")
    return result


def _promote(a: np.dtype[Any], b: np.dtype[Any]) -> np.dtype[Any]:
    # PyTorch keeps the floating type beside an integer; NumPy widens it to hold every integer.
    if a == b or (_CATEGORY[a.kind] > _CATEGORY[b.kind] >= 0 and a.kind in "fc" and b.kind in "bui"):
        return a
    if b.kind in "fc" and a.kind in "bui":
        return b
    return np.promote_types(a, b)


class Size(tuple[int, ...]):
    """Shape of a tensor: a tuple of ints.

    Examples
    --------
    >>> Size((2, 3)), Size((2, 3)).numel()
    (autograd.Size([2, 3]), 6)
    """

    __slots__ = ()

    def numel(self) -> int:
        """Return the number of elements of a tensor of this size."""
        return prod(self)

    def __repr__(self) -> str:
        return f"autograd.Size({list(self)})"

    def __getitem__(self, index: Any) -> Any:
        item = super().__getitem__(index)
        return Size(item) if isinstance(index, slice) else item

    def __add__(self, other: tuple[int, ...]) -> Size:  # type: ignore[override]
        return Size(super().__add__(other))


class device:  # noqa: N801
    """Where a tensor lives: the CPU, always.

    Parameters
    ----------
    type : str or device, default "cpu"
    index : int, optional

    Raises
    ------
    RuntimeError
        If another device is asked for.

    Examples
    --------
    >>> import autograd
    >>> autograd.device("cpu")
    device(type='cpu')
    >>> autograd.ones(2, device="cpu").device == autograd.device("cpu")
    True
    """

    __slots__ = ("index", "type")
    _known: ClassVar[tuple[str, ...]] = ("cpu", "cuda", "mps", "xpu", "meta")

    def __init__(self, type: Any = "cpu", index: int | None = None) -> None:
        name, _, number = str(type).partition(":")
        if name not in self._known:
            raise RuntimeError(
                describe(f"Expected one of {', '.join(self._known)} device type at start of device string: {name}")
            )
        self.type = name
        self.index = int(number) if number else index

    def __repr__(self) -> str:
        return f"device(type={self.type!r}" + (f", index={self.index})" if self.index is not None else ")")

    def __str__(self) -> str:
        return self.type if self.index is None else f"{self.type}:{self.index}"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, device) and (self.type, self.index) == (other.type, other.index)

    def __hash__(self) -> int:
        return hash((self.type, self.index))


def require_cpu(where: Any) -> None:
    """Refuse every device but the CPU.

    Raises
    ------
    RuntimeError
        With the fix in its message.
    """
    if where is not None and device(where).type != "cpu":
        raise RuntimeError(
            describe(
                f"convgrad was built without support for device '{where}'",
                rule="tensors live on the CPU",
                fix="choose the device by autograd.cuda.is_available(), which is False here, or pass 'cpu'",
            )
        )


class _Info:
    """Common part of `finfo` and `iinfo`."""

    _kinds = ""

    def __init__(self, type: Any = None) -> None:
        self._dtype = DEFAULTS.dtype if type is None else numpy_dtype(type)
        if self._dtype.kind not in self._kinds:
            raise TypeError(
                describe(f"{self.__class__.__name__}() requires a type of kind {self._kinds!r}, got {self._dtype}")
            )
        self.dtype = self._dtype.name
        self.bits = self._dtype.itemsize * 8


class finfo(_Info):  # noqa: N801
    """Limits of a floating-point type: `bits`, `eps`, `max`, `min`, `tiny`, `smallest_normal`, `resolution`.

    Parameters
    ----------
    type : dtype, optional
        The default dtype if left out.

    Examples
    --------
    >>> import autograd
    >>> limits = autograd.finfo(autograd.float32)
    >>> limits.bits, limits.eps == 2**-23
    (32, True)
    """

    _kinds = "fc"

    def __init__(self, type: Any = None) -> None:
        super().__init__(type)
        limits = np.finfo(self._dtype)
        self.eps, self.max, self.min = float(limits.eps), float(limits.max), float(limits.min)
        self.tiny = self.smallest_normal = float(limits.smallest_normal)
        self.resolution = float(limits.resolution)


class iinfo(_Info):  # noqa: N801
    """Limits of an integer type: `bits`, `max`, `min`.

    Parameters
    ----------
    type : dtype

    Examples
    --------
    >>> import autograd
    >>> limits = autograd.iinfo(autograd.int8)
    >>> limits.min, limits.max
    (-128, 127)
    """

    _kinds = "ui"

    def __init__(self, type: Any) -> None:
        super().__init__(type)
        limits = np.iinfo(self._dtype)
        self.max, self.min = int(limits.max), int(limits.min)


def check_differentiable(kind: np.dtype[Any]) -> None:
    """Refuse to give gradients to integers.

    Raises
    ------
    RuntimeError
        If `kind` is neither floating point nor complex.
    """
    if kind.kind not in "fc":
        raise RuntimeError(
            describe(
                "only Tensors of floating point and complex dtype can require gradients",
                rule=f"this tensor holds {kind}",
                fix="make it with floating-point values, or convert it with x.float()",
            )
        )
