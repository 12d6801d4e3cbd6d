"""The hot path: operations of one or two tensors without parameters, recorded with as little ceremony as can be.

`Unary` and `Binary` do what `Op.apply` does for the commonest case, and hand every other case to it. Their ``forward``
is static, so that an operation that is not recorded makes no node. `Binary` also promotes and broadcasts, so that equal
dtypes pay one comparison.
"""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from autograd.node import accumulator, modes_of, next_order
from autograd.operation import Op
from autograd.ops.promote import broadcast_shape, promote
from autograd.storage import Storage
from autograd.tensor import Tensor

__all__ = ["Binary", "Unary"]

_ndarray = np.ndarray


class Binary(Op):
    """An operation of two tensors without parameters, whose ``forward(a, b)`` is static."""

    __slots__ = ()

    # For each of (both, only the first, only the second) gradients asked for: which of (a, b) to save.
    _both: ClassVar[tuple[bool, bool]]
    _first: ClassVar[tuple[bool, bool]]
    _second: ClassVar[tuple[bool, bool]]

    @staticmethod
    def forward(a: Any, b: Any) -> Any:
        """Compute the output array."""
        raise TypeError("an operation defines forward(a, b)")

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        for name, inputs in (("_both", (0, 1)), ("_first", (0,)), ("_second", (1,))):
            wanted = {j for i in inputs for j in cls.keeps.get(i, ())}
            setattr(cls, name, (0 in wanted, 1 in wanted))

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
        if b.__class__ is float or b.__class__ is int:
            if isinstance(a, Tensor) and a._data.dtype.kind == "f" and a._view is None and not modes.special:
                return cls._apply_number(a, b, modes.grad)
            return super().apply(*promote(a, b, cls.__name__.lower()))  # type: ignore[no-any-return]
        if not (isinstance(a, Tensor) and isinstance(b, Tensor)):
            return super().apply(*promote(a, b, cls.__name__.lower()))  # type: ignore[no-any-return]
        x, y = a._data, b._data
        if x.dtype is not y.dtype or a._view is not None or b._view is not None or modes.special:
            return super().apply(*promote(a, b, cls.__name__.lower()))  # type: ignore[no-any-return]
        try:
            out = cls.forward(x, y)
        except ValueError:
            broadcast_shape(x.shape, y.shape, cls.__name__.lower())
            raise
        if out.__class__ is not _ndarray:
            out = np.asarray(out)
        for_a, for_b = a._requires_grad, b._requires_grad
        if not (modes.grad and (for_a or for_b)):
            return Tensor(out, None)
        node = cls()
        if for_a:
            above = a._node
            edge_a = (accumulator(a), 0) if above is None else (above, a._index)
        else:
            edge_a = None
        if for_b:
            above = b._node
            edge_b = (accumulator(b), 0) if above is None else (above, b._index)
            save_a, save_b = cls._both if for_a else cls._second
        else:
            edge_b = None
            save_a, save_b = cls._first
        node.edges = (edge_a, edge_b)
        node.needs_input_grad = (for_a, for_b)
        node.order = next_order()
        node.hooks = None
        node.outputs = ((out.shape, out.dtype),)
        result = Tensor(out, node)
        if (save_a and a._storage is not None) or (save_b and b._storage is not None):
            node._save((a, b), (save_a, save_b))
        else:
            node._saved = (a if save_a else None, b if save_b else None)
            node._versions = None
        if cls.keeps_output:
            storage = result._storage = Storage()
            node._output = (out, storage, 0)
        return result

    @classmethod
    def _apply_number(cls, a: Tensor, b: float, recording: bool) -> Tensor:
        """Run the operation on a floating-point tensor and a number, which leaves the dtype as it is."""
        out = cls.forward(a._data, b)
        if out.__class__ is not _ndarray:
            out = np.asarray(out)
        if not (recording and a._requires_grad):
            return Tensor(out, None)
        node = cls()
        above = a._node
        node.edges = ((accumulator(a), 0) if above is None else (above, a._index), None)
        node.needs_input_grad = (True, False)
        node.order = next_order()
        node.hooks = None
        node.outputs = ((out.shape, out.dtype),)
        save_a, save_b = cls._first
        if save_a and a._storage is not None:
            node._save((a, b), (save_a, save_b))
        else:
            node._saved = (a if save_a else None, b if save_b else None)
            node._versions = None
        result = Tensor(out, node)
        if cls.keeps_output:
            storage = result._storage = Storage()
            node._output = (out, storage, 0)
        return result


class Unary(Op):
    """An operation of one tensor without parameters, whose ``forward(x)`` is static."""

    __slots__ = ()
    _first: ClassVar[bool]

    @staticmethod
    def forward(x: Any) -> Any:
        """Compute the output array."""
        raise TypeError("an operation defines forward(x)")

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls._first = 0 in cls.keeps

    @classmethod
    def apply(cls, x: Tensor) -> Tensor:
        """Run the operation, and record it if the tensor requires grad."""
        modes = modes_of()
        if x._view is not None or modes.special:
            return super().apply(x)  # type: ignore[no-any-return]
        out = cls.forward(x._data)
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
        if cls._first and x._storage is not None:
            node._save((x,), (True,))
        else:
            node._saved = (x if cls._first else None,)
            node._versions = None
        if cls.keeps_output:
            storage = result._storage = Storage()
            node._output = (out, storage, 0)
        return result
