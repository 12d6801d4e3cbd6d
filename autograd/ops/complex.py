"""Complex numbers: their parts, conjugates and angles. Gradients are conjugate, as PyTorch's."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.errors import describe
from autograd.operation import Op
from autograd.ops.arithmetic import no_slope
from autograd.ops.binary import atan2
from autograd.ops.promote import promote_float
from autograd.ops.registry import Maker, Sample, op
from autograd.ops.samples import unary
from autograd.tensor import Tensor

__all__ = ["angle", "conj", "imag", "real"]

Array = np.ndarray[Any, np.dtype[Any]]


class Part(Op):
    """The real or the imaginary part."""

    __slots__ = ("imaginary", "source")

    def forward(self, x: Array, *, imaginary: bool) -> Array:
        self.imaginary, self.source = imaginary, x.dtype
        return x.imag.copy() if imaginary else x.real.copy()

    def backward(self, grad: Tensor) -> Tensor:
        result: Tensor = FromPart.apply(grad, imaginary=self.imaginary, dtype=self.source)
        return result


class FromPart(Op):
    """A complex number with one part given and the other zero; adjoint of `Part`."""

    __slots__ = ("imaginary",)

    def forward(self, x: Array, *, imaginary: bool, dtype: np.dtype[Any]) -> Array:
        self.imaginary = imaginary
        return (x * 1j if imaginary else x).astype(dtype)

    def backward(self, grad: Tensor) -> Tensor:
        result: Tensor = Part.apply(grad, imaginary=self.imaginary)
        return result


def _complex(make: Maker) -> list[Sample]:
    """Samples of an operation on complex numbers: ordinary, 0-d, empty."""
    parts = [(make.nonzero(*shape), make.nonzero(*shape)) for shape in ((3, 4), (), (0, 2))]
    return [Sample(Tensor(np.asarray(x._data + 1j * y._data), None).requires_grad_()) for x, y in parts]


@op(_complex, method=False)
def real(input: Tensor) -> Tensor:
    """Return the real part; a real tensor is returned as it is.

    Examples
    --------
    >>> import autograd
    >>> autograd.real(autograd.tensor([1 + 2j, 3 - 4j]))
    tensor([1., 3.])
    """
    if input._data.dtype.kind != "c":
        return input
    result: Tensor = Part.apply(input, imaginary=False)
    return result


@op(_complex, method=False)
def imag(input: Tensor) -> Tensor:
    """Return the imaginary part of a complex tensor.

    Raises
    ------
    RuntimeError
        If the tensor is real.

    Examples
    --------
    >>> import autograd
    >>> autograd.imag(autograd.tensor([1 + 2j, 3 - 4j]))
    tensor([ 2., -4.])
    """
    if input._data.dtype.kind != "c":
        raise RuntimeError(describe("imag is not implemented for tensors with non-complex dtypes.", op="imag"))
    result: Tensor = Part.apply(input, imaginary=True)
    return result


class Conj(Op):
    """The complex conjugate."""

    __slots__ = ()

    def forward(self, x: Array) -> Array:
        return x.conj()

    def backward(self, grad: Tensor) -> Tensor:
        return conj(grad)


@op(_complex)
def conj(input: Tensor) -> Tensor:
    """Return the complex conjugate; a real tensor is returned as it is.

    Examples
    --------
    >>> import autograd
    >>> autograd.imag(autograd.conj(autograd.tensor([1 + 2j, 3 - 4j])))
    tensor([-2.,  4.])
    """
    if input._data.dtype.kind != "c":
        return input
    result: Tensor = Conj.apply(input)
    return result


class RealAngle(Op):
    """0 or pi: the angle of real numbers."""

    __slots__ = ()

    def forward(self, x: Array) -> Array:
        return np.where(np.isnan(x), x, np.where(x < 0, np.pi, 0)).astype(x.dtype)

    def backward(self, grad: Tensor) -> Tensor:
        return no_slope(grad)


@op(lambda make: [*unary(make.nonzero), *_complex(make)])
def angle(input: Tensor) -> Tensor:
    """Return the angle of the numbers in the complex plane: for real ones 0 or pi.

    Examples
    --------
    >>> import autograd
    >>> autograd.angle(autograd.tensor([1.0, 0.0, -1.0]))
    tensor([0.0000, 0.0000, 3.1416])
    """
    if input._data.dtype.kind == "c":
        return atan2(imag(input), real(input))
    result: Tensor = RealAngle.apply(promote_float(input, "angle"))
    return result


METHODS: dict[str, Any] = {"conj": conj, "imag": property(imag), "real": property(real)}
