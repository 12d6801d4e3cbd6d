"""The hot path: operations of one or two tensors without parameters, recorded with as little ceremony as can be.

`Unary` and `Binary` do what `Op.apply` does for the commonest case, and hand every other case to it. Their ``forward``
is static, so that an operation that is not recorded makes no node. `Binary` also promotes and broadcasts, so that equal
dtypes pay one comparison.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from autograd.kernels.elementwise import SMALL, constant
from autograd.node import accumulator, modes_of, next_order
from autograd.operation import Op, has_history
from autograd.ops.promote import broadcast_shape, promote
from autograd.storage import Storage
from autograd.tensor import Tensor

__all__ = ["Arithmetic", "Binary", "Fused", "Unary"]

Array = np.ndarray[Any, np.dtype[Any]]

_ndarray = np.ndarray


class Binary(Op):
    """An operation of two tensors without parameters.

    Attributes
    ----------
    compute : callable
        The result of two arrays; a static method.
    """

    __slots__ = ()

    compute: ClassVar[Callable[..., Any]]
    # For each of (both, only the first, only the second) gradients asked for: which of (a, b) to save.
    _both: ClassVar[tuple[bool, bool]]
    _first: ClassVar[tuple[bool, bool]]
    _second: ClassVar[tuple[bool, bool]]

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        for name, inputs in (("_both", (0, 1)), ("_first", (0,)), ("_second", (1,))):
            wanted = {j for i in inputs for j in cls.keeps.get(i, ())}
            setattr(cls, name, (0 in wanted, 1 in wanted))

    def forward(self, a: Any, b: Any) -> Any:
        """Compute the output."""
        if not isinstance(a, _ndarray):
            a = np.asarray(a, b.dtype)
        elif not isinstance(b, _ndarray):
            b = np.asarray(b, a.dtype)
        return type(self).compute(a, b)

    @classmethod
    def apply(cls, a: Any, b: Any) -> Tensor:
        """Run the operation on tensors or numbers, and record it if one of them requires grad.

        Raises
        ------
        RuntimeError
            If the shapes do not broadcast.
        TypeError
            If an operand is neither tensor nor number.
        """
        modes = modes_of()
        if isinstance(a, Tensor) and a._view is None and not modes.special:
            x, for_a = a._data, a._requires_grad
            if isinstance(b, Tensor):
                y, for_b = b._data, b._requires_grad
                fits = x.dtype is y.dtype and b._view is None
            else:
                # A number beside a floating-point tensor leaves the dtype as it is.
                fits, for_b = (b.__class__ is float or b.__class__ is int) and x.dtype.kind == "f", False
                y = constant(b, x.dtype) if fits else b
        else:
            fits = False
        if not fits:
            return super().apply(*promote(a, b, cls.__name__.lower()))  # type: ignore[no-any-return]
        try:
            out = cls.compute(x, y)
        except ValueError:
            broadcast_shape(x.shape, y.shape, cls.__name__.lower())
            raise
        if out.__class__ is not _ndarray:
            out = np.asarray(out)
        if not (modes.grad and (for_a or for_b)):
            return Tensor(out, None)
        node = cls()
        edge_a = edge_b = None
        if for_a:
            above = a._node
            edge_a = (accumulator(a), 0) if above is None else (above, a._index)
        if for_b:
            above = b._node
            edge_b = (accumulator(b), 0) if above is None else (above, b._index)
        node.edges = (edge_a, edge_b)
        if not for_b:
            node.needs_input_grad = (True, False)
            save_a, save_b = cls._first
        elif for_a:
            node.needs_input_grad = (True, True)
            save_a, save_b = cls._both
        else:
            node.needs_input_grad = (False, True)
            save_a, save_b = cls._second
        node.order = next_order()
        node.hooks = None
        node.outputs = ((out.shape, out.dtype),)
        result = Tensor(out, node)
        if (save_a and a._storage is not None and has_history(a)) or (
            save_b and b.__class__ is not float and b.__class__ is not int and b._storage is not None and has_history(b)
        ):
            node._save((a, b), (save_a, save_b))
        else:
            node._saved = (a if save_a else None, b if save_b else None)
            node._versions = None
        if cls.keeps_output:
            storage = result._storage = Storage()
            node._output = (out, storage, 0)
        return result


class Arithmetic(Binary):
    """An operation of two tensors whose gradients are arithmetic, and so a function of tensors or of arrays.

    Attributes
    ----------
    gradients : callable
        The gradients of both inputs: of (grad, a, b, whether for a, whether for b), all tensors or all arrays, where
        ``a`` or ``b`` may be None, or a number beside tensors; a static method.
    """

    __slots__ = ()

    gradients: ClassVar[Callable[..., tuple[Any, Any]]]

    def backward(self, grad: Tensor) -> tuple[Tensor | None, Tensor | None]:
        """Return the gradient of each input."""
        a, b = self.saved if self.keeps else (None, None)
        return self.gradients(grad, a, b, *self.needs_input_grad)

    def pull(self, grad: Array) -> tuple[Array | None, ...] | None:
        """Return the gradient of each input as an array, or None where that takes `backward`."""
        if grad.size > SMALL or grad.dtype.kind != "f":
            return None
        if not self.keeps:
            return self.gradients(grad, None, None, *self.needs_input_grad)
        return self.gradients(grad, *self.arrays(grad.dtype), *self.needs_input_grad)

    def arrays(self, dtype: np.dtype[Any]) -> tuple[Any, Any]:
        """Return the saved operands as arrays, None where backward does not need them; numbers in the given dtype."""
        saved, unchecked = self._saved, self._versions is None
        if saved is None or not unchecked:
            saved = self.saved
        a, b = saved
        if isinstance(a, Tensor):
            if unchecked and a._storage is not None and a._storage.version:
                a = self.saved[0]
            x: Any = a._data
        else:
            x = None if a is None else constant(a, dtype)
        if isinstance(b, Tensor):
            if unchecked and b._storage is not None and b._storage.version:
                b = self.saved[1]
            y: Any = b._data
        else:
            y = None if b is None else constant(b, dtype)
        return x, y


class Unary(Op):
    """An operation of one tensor without parameters.

    Attributes
    ----------
    compute : callable
        The result of an array; a static method.
    """

    __slots__ = ()

    compute: ClassVar[Callable[..., Any]]
    _first: ClassVar[bool]

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls._first = 0 in cls.keeps

    def forward(self, x: Any) -> Any:
        """Compute the output."""
        return type(self).compute(x)

    @classmethod
    def apply(cls, x: Tensor) -> Tensor:
        """Run the operation, and record it if the tensor requires grad."""
        modes = modes_of()
        if x._view is not None or modes.special:
            return super().apply(x)  # type: ignore[no-any-return]
        out = cls.compute(x._data)
        if out.__class__ is not _ndarray:
            out = np.asarray(out)
        if not (modes.grad and x._requires_grad):
            return Tensor(out, None)
        node = cls()
        above = x._node
        node.edges = ((accumulator(x), 0) if above is None else (above, x._index),)
        node.needs_input_grad = (True,)
        node.order = next_order()
        node.hooks = None
        node.outputs = ((out.shape, out.dtype),)
        result = Tensor(out, node)
        if cls._first and has_history(x):
            node._save((x,), (True,))
        else:
            node._saved = (x if cls._first else None,)
            node._versions = None
        if cls.keeps_output:
            storage = result._storage = Storage()
            node._output = (out, storage, 0)
        return result


class Fused(Unary):
    """An operation of one tensor whose gradient is one operation, of the output's gradient and what is kept.

    Attributes
    ----------
    pullback : Binary subclass
        That operation. What is kept is the output, or else the input.
    """

    __slots__ = ()

    pullback: ClassVar[type[Binary]]

    def backward(self, grad: Tensor) -> Tensor:
        """Return the gradient of the input."""
        return self.pullback.apply(grad, self.output if self.keeps_output else self.saved[0])

    def pull(self, grad: Array) -> tuple[Array | None, ...] | None:
        """Return the gradient of the input as an array, or None where that takes `backward`."""
        if grad.dtype.kind != "f":
            return None
        return (self.pullback.compute(grad, self.output_array() if self.keeps_output else self.saved[0]._data),)
