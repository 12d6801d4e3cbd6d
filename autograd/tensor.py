"""The tensor: an array, the node that made it, its gradient and its version. No mathematics.

Operators and methods are given to the class by `autograd.methods`, from one table.
"""

from __future__ import annotations

import weakref
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from autograd.config import MODES, enable_grad
from autograd.dtypes import DTYPES, Size, check_differentiable, device, dtype
from autograd.errors import describe
from autograd.hooks import LeafHooks, RemovableHandle, register
from autograd.storage import Array, Storage, View, own_storage

if TYPE_CHECKING:
    from autograd.node import AccumulateGrad, Node

__all__ = ["Tensor"]

# Stands for an argument that was not given.
_ABSENT: Any = object()
_ndarray = np.ndarray

# What the reason for freezing a view says of it, and what is said when its base was changed instead.
IS_CHANGED = "is being modified inplace"
BASE_IS_CHANGED = "its base or another view of its base has been modified inplace"


class Tensor:
    """A multi-dimensional array that can take part in a computational graph.

    Tensors are made by `autograd.tensor`, `autograd.from_numpy`, `autograd.zeros` and their kin, and by operations.
    Called by itself, ``Tensor(2, 3)`` has that shape and arbitrary values, and ``Tensor(values)`` copies a sequence or
    an array, both in the default dtype.

    Attributes
    ----------
    grad : Tensor or None
        Where `backward` accumulates a leaf's gradient.
    grad_fn : Node or None
        The node that made this tensor; ``None`` for a leaf.

    Examples
    --------
    >>> import autograd
    >>> x = autograd.tensor([1.0, 2.0], requires_grad=True)
    >>> (x * x).sum().backward()
    >>> x.grad
    tensor([2., 4.])
    >>> x.shape, x.ndim, x.dtype, x.device
    (autograd.Size([2]), 1, autograd.float32, device(type='cpu'))
    >>> y = 2 * x
    >>> x.is_leaf, y.is_leaf, y.requires_grad, y.grad_fn.name(), y.output_nr
    (True, False, True, 'MulBackward0', 0)
    """

    # _requires_grad also holds for every tensor that has a node; _storage is None until something must share it.
    __slots__ = (
        "__dict__",
        "__weakref__",
        "_accumulator",
        "_data",
        "_grad",
        "_hooks",
        "_index",
        "_node",
        "_requires_grad",
        "_storage",
        "_view",
    )
    __array_priority__ = 1000
    __hash__ = object.__hash__

    _data: Array
    _node: Node | None
    _index: int
    _requires_grad: bool
    _grad: Tensor | None
    _storage: Storage | None
    _view: View | None
    _accumulator: weakref.ref[AccumulateGrad] | None
    _hooks: LeafHooks | None

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...
        def __add__(self, other: Any) -> Tensor: ...
        def __radd__(self, other: Any) -> Tensor: ...
        def __iadd__(self, other: Any) -> Tensor: ...
        def __sub__(self, other: Any) -> Tensor: ...
        def __rsub__(self, other: Any) -> Tensor: ...
        def __isub__(self, other: Any) -> Tensor: ...
        def __mul__(self, other: Any) -> Tensor: ...
        def __rmul__(self, other: Any) -> Tensor: ...
        def __imul__(self, other: Any) -> Tensor: ...
        def __truediv__(self, other: Any) -> Tensor: ...
        def __rtruediv__(self, other: Any) -> Tensor: ...
        def __itruediv__(self, other: Any) -> Tensor: ...
        def __floordiv__(self, other: Any) -> Tensor: ...
        def __rfloordiv__(self, other: Any) -> Tensor: ...
        def __mod__(self, other: Any) -> Tensor: ...
        def __pow__(self, other: Any) -> Tensor: ...
        def __rpow__(self, other: Any) -> Tensor: ...
        def __matmul__(self, other: Any) -> Tensor: ...
        def __rmatmul__(self, other: Any) -> Tensor: ...
        def __neg__(self) -> Tensor: ...
        def __pos__(self) -> Tensor: ...
        def __abs__(self) -> Tensor: ...
        def __invert__(self) -> Tensor: ...
        def __and__(self, other: Any) -> Tensor: ...
        def __or__(self, other: Any) -> Tensor: ...
        def __xor__(self, other: Any) -> Tensor: ...
        def __lt__(self, other: Any) -> Tensor: ...
        def __le__(self, other: Any) -> Tensor: ...
        def __gt__(self, other: Any) -> Tensor: ...
        def __ge__(self, other: Any) -> Tensor: ...
        def __eq__(self, other: Any) -> Tensor: ...  # type: ignore[override]
        def __ne__(self, other: Any) -> Tensor: ...  # type: ignore[override]
        def __getitem__(self, index: Any) -> Tensor: ...
        def __setitem__(self, index: Any, value: Any) -> None: ...
        def __iter__(self) -> Any: ...
        def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array: ...

    def __init__(
        self, data: Any = _ABSENT, node: Any = _ABSENT, index: Any = _ABSENT, *sizes: Any, device: Any = None
    ) -> None:
        # The library names the node, be it None: whatever else comes is a user's Tensor(2, 3) or Tensor([1.0, 2.0]).
        if data.__class__ is not _ndarray or node is _ABSENT:
            if isinstance(data, np.ndarray | np.generic) and (node is None or hasattr(node, "edges")):
                data = np.asarray(data)  # arithmetic on 0-d arrays gives NumPy's scalars
            else:
                given = [value for value in (data, node, index, *sizes) if value is not _ABSENT]
                data, node, index = self._array_for_user(*given, device=device), None, _ABSENT
        self._data = data
        self._node = node
        self._index = 0 if index is _ABSENT else index
        self._requires_grad = node is not None
        self._grad = None
        self._storage = None
        self._view = None
        self._accumulator = None
        self._hooks = None

    # ---- what the array is

    @property
    def shape(self) -> Size:
        """Sizes of the axes."""
        return Size(self._data.shape)

    @property
    def dtype(self) -> dtype:
        """Element type."""
        return DTYPES[self._data.dtype]

    @property
    def device(self) -> device:
        """Where the elements live: ``device(type='cpu')``."""
        return device("cpu")

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return self._data.ndim

    def __len__(self) -> int:
        if self._data.ndim == 0:
            raise TypeError("len() of a 0-d tensor")
        return len(self._data)

    # ---- its place in the graph

    @property
    def grad_fn(self) -> Node | None:
        """The node that made this tensor; ``None`` for a leaf."""
        self._refresh()
        return self._node

    @property
    def is_leaf(self) -> bool:
        """Whether no recorded operation made this tensor."""
        self._refresh()
        return self._node is None

    @property
    def output_nr(self) -> int:
        """Which output of `grad_fn` this tensor is."""
        return self._index

    @property
    def requires_grad(self) -> bool:
        """Whether operations on this tensor are recorded."""
        self._refresh()
        return self._requires_grad

    @requires_grad.setter
    def requires_grad(self, value: bool) -> None:
        self.requires_grad_(value)

    def requires_grad_(self, requires_grad: bool = True) -> Self:
        """Switch recording of operations on this leaf; returns the tensor.

        Parameters
        ----------
        requires_grad : bool, default True

        Returns
        -------
        Tensor
            This one.

        Raises
        ------
        RuntimeError
            If the tensor is not a leaf and `requires_grad` is False, or its dtype has no gradients.

        Examples
        --------
        >>> import autograd
        >>> autograd.ones(2).requires_grad_()
        tensor([1., 1.], requires_grad=True)
        """
        if not requires_grad and self._node is not None:
            raise RuntimeError(
                describe(
                    "you can only change requires_grad flags of leaf variables.",
                    rule=f"this tensor was made by {self._node.name()}",
                    fix="use x.detach() to get a tensor that does not require grad",
                )
            )
        if requires_grad:
            check_differentiable(self._data.dtype)
            if self.is_inference() and not MODES.get().inference:
                raise RuntimeError(
                    describe(
                        "Setting requires_grad=True on inference tensor outside InferenceMode is not allowed.",
                        fix="use x.clone()",
                    )
                )
        if self._node is None:
            self._requires_grad = bool(requires_grad)
        return self

    @property
    def grad(self) -> Tensor | None:
        """Where `backward` accumulates the gradient; ``None`` before the first time."""
        return self._grad

    @grad.setter
    def grad(self, value: Tensor | None) -> None:
        if value is not None:
            if not isinstance(value, Tensor):
                raise TypeError(describe(f"assigned grad expected to be a Tensor or None but got {type(value)}"))
            if value._data.shape != self._data.shape or value._data.dtype != self._data.dtype:
                raise RuntimeError(
                    describe(
                        "assigned grad has data of a different size or type",
                        shapes={"tensor": self._data.shape, "grad": value._data.shape},
                        rule=f"a gradient has its tensor's shape and dtype, {self._data.dtype}",
                    )
                )
            if value is self:
                raise RuntimeError(describe("can't assign Variable as its own grad", fix="assign x.detach().clone()"))
        self._grad = value

    @grad.deleter
    def grad(self) -> None:
        self._grad = None

    @property
    def data(self) -> Tensor:
        """A tensor over the same memory that no graph knows of, with a version counter of its own.

        Examples
        --------
        >>> import autograd
        >>> x = autograd.ones(2, requires_grad=True)
        >>> x.data[0] = 5.0
        >>> x
        tensor([5., 1.], requires_grad=True)
        """
        alias = Tensor(self._data, None)
        own_storage(self).exported = True
        alias._storage = Storage(exported=True)
        return alias

    @data.setter
    def data(self, value: Tensor) -> None:
        if not isinstance(value, Tensor):
            raise TypeError(describe(f"data expected to be a Tensor but got {type(value)}", fix="pass a tensor"))
        self._data = value._data
        own_storage(value).exported = own_storage(self).exported = True

    @property
    def _version(self) -> int:
        return 0 if self._storage is None else self._storage.version

    @property
    def _base(self) -> Tensor | None:
        return None if self._view is None else self._view.base

    def is_inference(self) -> bool:
        """Return whether this tensor was made in inference mode.

        Examples
        --------
        >>> import autograd
        >>> with autograd.inference_mode():
        ...     x = autograd.ones(2)
        >>> x.is_inference()
        True
        """
        return self._storage is not None and self._storage.inference

    def _set_history(self, node: Node | None, index: int, requires_grad: bool) -> None:
        """Let the tensor be output `index` of `node` from now on; a gradient it retains is that of its new values."""
        retained = self.retains_grad
        if retained:
            del self._node.hooks.retained[self._index]  # type: ignore[union-attr]
        self._node, self._index, self._requires_grad = node, index, requires_grad
        if retained and node is not None:
            self.retain_grad()

    def _refresh(self) -> None:
        """Remake the history of a view whose base was changed in place through another view."""
        view = self._view
        if view is None or self._storage is None or view.rebased == self._storage.rebased:
            return
        if view.frozen:
            if MODES.get().grad:
                raise RuntimeError(describe(view.frozen.replace(IS_CHANGED, BASE_IS_CHANGED, 1)))
            return
        with enable_grad():
            again = view.walk(view.base)
        self._set_history(again._node, again._index, again._requires_grad)
        view.rebased = self._storage.rebased

    # ---- hooks

    def register_hook(self, hook: Callable[[Tensor], Tensor | None]) -> RemovableHandle:
        """Call `hook` with this tensor's gradient each time it is computed; what it returns replaces the gradient.

        Parameters
        ----------
        hook : callable
            Takes the gradient, and returns another one or ``None``.

        Raises
        ------
        RuntimeError
            If the tensor does not require grad.

        Examples
        --------
        >>> import autograd
        >>> x = autograd.ones(2, requires_grad=True)
        >>> handle = x.register_hook(lambda grad: 10 * grad)
        >>> (3 * x).sum().backward()
        >>> x.grad
        tensor([30., 30.])
        >>> handle.remove()
        """
        if not self.requires_grad:
            raise RuntimeError(
                describe(
                    "cannot register a hook on a tensor that doesn't require gradient",
                    fix="call x.requires_grad_() before, or compute it from a tensor that requires grad",
                )
            )
        if self._node is None:
            hooks = self._leaf_hooks().tensor
        else:
            hooks = self._node.hooks_for_update().tensor.setdefault(self._index, OrderedDict())
        return register(hooks, hook)

    def register_post_accumulate_grad_hook(self, hook: Callable[[Tensor], None]) -> RemovableHandle:
        """Call `hook` with this leaf after its gradient has been accumulated.

        Parameters
        ----------
        hook : callable
            Takes the tensor; what it returns is not looked at.

        Raises
        ------
        RuntimeError
            If the tensor is not a leaf that requires grad.

        Examples
        --------
        >>> import autograd
        >>> x = autograd.ones(2, requires_grad=True)
        >>> handle = x.register_post_accumulate_grad_hook(lambda leaf: print(leaf.grad))
        >>> (3 * x).sum().backward()
        tensor([3., 3.])
        """
        if not self.requires_grad:
            raise RuntimeError(
                describe(
                    "cannot register a hook on a tensor that doesn't require gradient",
                    fix="call x.requires_grad_() before, or compute it from a tensor that requires grad",
                )
            )
        if self._node is not None:
            raise RuntimeError(describe("post accumulate grad hooks cannot be registered on non-leaf tensors"))
        return register(self._leaf_hooks().accumulated, hook)

    def _leaf_hooks(self) -> LeafHooks:
        if self._hooks is None:
            self._hooks = LeafHooks()
        return self._hooks

    def retain_grad(self) -> None:
        """Keep the gradient of this non-leaf tensor in its `grad`; on a leaf this does nothing.

        Raises
        ------
        RuntimeError
            If the tensor does not require grad.

        Examples
        --------
        >>> import autograd
        >>> x = autograd.ones(2, requires_grad=True)
        >>> y = 3 * x
        >>> y.retain_grad()
        >>> (y * y).sum().backward()
        >>> y.grad, y.retains_grad
        (tensor([6., 6.]), True)
        """
        if not self.requires_grad:
            raise RuntimeError(
                describe(
                    "can't retain_grad on Tensor that has requires_grad=False",
                    fix="call x.requires_grad_() before, or compute it from a tensor that requires grad",
                )
            )
        if self._node is not None:
            self._node.hooks_for_update().retained[self._index] = weakref.ref(self)

    @property
    def retains_grad(self) -> bool:
        """Whether `retain_grad` was asked of this tensor."""
        if self._node is None or self._node.hooks is None:
            return False
        kept = self._node.hooks.retained.get(self._index)
        return kept is not None and kept() is self
