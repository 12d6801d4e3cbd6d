"""Operations of one's own: PyTorch's `Function`, on top of the same node as the built-in ones."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from autograd.config import MODES, no_grad
from autograd.errors import describe
from autograd.node import Edge, Node, Packed, edge_to, freed_error, hold_input, next_order, read_input, stale_error
from autograd.ops.inplace import guard
from autograd.ops.shape import view
from autograd.storage import Storage, own_storage
from autograd.tensor import Tensor

__all__ = ["Function", "FunctionCtx", "once_differentiable"]


class SavedOutput:
    """An output that its own node saved: by memory and version, since a reference would be a cycle."""

    __slots__ = ("array", "index", "storage", "version")

    def __init__(self, output: Tensor, index: int) -> None:
        hooks = MODES.get().saved_tensor_hooks
        self.array: Any = output._data if hooks is None else Packed(Tensor(output._data, None), hooks)
        self.index = index
        self.storage: Storage = own_storage(output)
        self.version = self.storage.version


class FunctionCtx(Node):
    """The node of a `Function`, which forward and backward receive as ``ctx``.

    Attributes
    ----------
    needs_input_grad : tuple of bool
        For each argument of forward whether its gradient is asked for.
    """

    __slots__ = ("__dict__", "_dirty", "_kept_tensors", "_materialize", "_plain")
    _function: ClassVar[type[Function]]

    def __init__(self) -> None:
        self.edges: tuple[Edge | None, ...] = ()
        self.hooks = None
        self._saved: tuple[Any, ...] | None = ()
        self._kept_tensors: tuple[Any, ...] = ()
        self._dirty: tuple[Tensor, ...] = ()
        self._plain: tuple[Tensor, ...] = ()
        self._materialize = True

    @classmethod
    def name(cls) -> str:
        """Name of the node as PyTorch writes it."""
        return cls.__name__

    def save_for_backward(self, *tensors: Tensor | None) -> None:
        """Save inputs, outputs or intermediate tensors; backward reads them as ``ctx.saved_tensors``.

        Raises
        ------
        TypeError
            If something else than tensors and None is saved.
        """
        for t in tensors:
            if t is not None and not isinstance(t, Tensor):
                raise TypeError(
                    describe(
                        f"save_for_backward can only save variables, but argument is of type {type(t).__name__}",
                        op=self.name(),
                        fix="keep other values as attributes of ctx",
                    )
                )
        self._kept_tensors = tensors

    def mark_dirty(self, *tensors: Tensor) -> None:
        """Declare the inputs that forward changed in place; they must be among its outputs."""
        self._dirty = tensors

    def mark_non_differentiable(self, *tensors: Tensor) -> None:
        """Declare outputs that have no gradient."""
        self._plain = tensors

    def set_materialize_grads(self, value: bool) -> None:
        """Choose whether an output without gradient gives backward zeros (the default) or None."""
        self._materialize = value

    @property
    def saved_tensors(self) -> tuple[Any, ...]:
        """The tensors given to `save_for_backward`, checked to be what they were.

        Raises
        ------
        RuntimeError
            If they were freed, or changed in place since.
        """
        if self._saved is None:
            raise freed_error(self)
        return tuple([self._read(*held) for held in self._saved])

    def _read(self, held: Any, version: int) -> Any:
        if not isinstance(held, SavedOutput):
            return read_input(self, held, version)
        if isinstance(held.array, Packed):
            array = held.array.unpack()._data
        elif held.storage.version != held.version:
            raise stale_error(self, held.array.shape, f"output {held.index}", held.storage, held.version)
        else:
            array = held.array
        return Tensor(array, self if MODES.get().grad else None, held.index)

    def _freeze(self, outputs: tuple[Any, ...]) -> None:
        """Hold what forward saved, without a reference to the outputs."""
        held: list[Any] = []
        for t in self._kept_tensors:
            index = next((i for i, y in enumerate(outputs) if y is t and y is not None), None)
            held.append((SavedOutput(t, index), -1) if index is not None and t._node is self else hold_input(t))
        self._saved = tuple(held)
        self._kept_tensors = self._dirty = self._plain = ()

    def release(self) -> None:
        """Drop what was saved for backward."""
        if self._saved:
            self._saved = None

    def backward(self, *grads: Any) -> Any:
        """Call the function's own backward and check how many gradients it returns."""
        if self._materialize:
            grads = tuple(
                [
                    Tensor(np.zeros(shape, kind), None) if g is None else g
                    for g, (shape, kind) in zip(grads, self.outputs, strict=True)
                ]
            )
        results = self._function.backward(self, *grads)
        results = results if isinstance(results, tuple | list) else (results,)
        expected = len(self.edges)
        surplus = results[expected:]
        if len(results) < expected or any(g is not None for g in surplus):
            raise RuntimeError(
                describe(
                    f"function {self.name()} returned an incorrect number of gradients (expected {expected}, got "
                    f"{len(results)})",
                    op=self.name(),
                    rule="backward returns one gradient for each argument of forward, None for those that have none",
                )
            )
        for index, (edge, g) in enumerate(zip(self.edges, results, strict=False)):
            if g is not None and not isinstance(g, Tensor):
                raise RuntimeError(
                    describe(
                        f"expected Variable or None (got {type(g).__name__})",
                        op=self.name(),
                        rule=f"gradient {index} that backward returned",
                    )
                )
            if edge is None and g is not None and not self._tensor_arguments[index]:
                raise RuntimeError(
                    describe(
                        f"function {self.name()} returned a gradient different than None at position {index + 1}, but "
                        "the corresponding forward input was not a Variable",
                        op=self.name(),
                    )
                )
        return tuple(results[:expected])

    _tensor_arguments: tuple[bool, ...]


class Function:
    """Base class of operations of one's own.

    Write ``forward`` and ``backward`` as static methods and call ``apply``. Either ``forward(ctx, *args)``, or
    ``forward(*args)`` with a separate ``setup_context(ctx, inputs, output)``.

    Examples
    --------
    >>> import autograd
    >>> class Square(autograd.Function):
    ...     @staticmethod
    ...     def forward(ctx, x):
    ...         ctx.save_for_backward(x)
    ...         return x * x
    ...     @staticmethod
    ...     def backward(ctx, grad):
    ...         (x,) = ctx.saved_tensors
    ...         return 2 * x * grad
    >>> x = autograd.tensor(3.0, requires_grad=True)
    >>> Square.apply(x).backward()
    >>> x.grad
    tensor(6.)
    """

    _ctx: ClassVar[type[FunctionCtx]]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise RuntimeError(
            describe(
                "Legacy autograd function with non-static forward method is deprecated. Please use new-style autograd "
                "function with static forward method.",
                fix=f"call {type(self).__name__}.apply(...)",
            )
        )

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls._ctx = type(f"{cls.__name__}Backward", (FunctionCtx,), {"_function": cls, "__module__": cls.__module__})

    @staticmethod
    def forward(*args: Any, **kwargs: Any) -> Any:
        """Compute the outputs from the inputs, without recording."""
        raise NotImplementedError(describe("You must implement the forward function for custom autograd.Function."))

    @staticmethod
    def setup_context(ctx: FunctionCtx, inputs: tuple[Any, ...], output: Any) -> None:
        """Save what backward needs, where forward does not take ``ctx``."""

    @staticmethod
    def backward(ctx: FunctionCtx, *grads: Any) -> Any:
        """Return the gradient of each argument of forward, given those of its outputs."""
        raise NotImplementedError(
            describe(
                "You must implement either the backward or vjp method for your custom autograd.Function to use it with "
                "backward mode AD."
            )
        )

    @classmethod
    def apply(cls, *args: Any) -> Any:
        """Run the operation, and record it if an argument requires grad.

        Parameters
        ----------
        *args
            The arguments of forward; tensors among them may require grad.

        Returns
        -------
        Tensor or tuple
            What forward returned.
        """
        ctx = cls._ctx()
        modes = MODES.get()
        if modes.observer is not None:
            modes.observer.before_forward(cls._ctx, args, {})
        recording = modes.grad and any(isinstance(a, Tensor) and a.requires_grad for a in args)
        ctx.needs_input_grad = tuple([isinstance(a, Tensor) and a._requires_grad for a in args])
        ctx._tensor_arguments = tuple([isinstance(a, Tensor) for a in args])
        with no_grad():
            if cls.setup_context is not Function.setup_context:
                result = cls.forward(*args)
                cls.setup_context(ctx, args, result)
            else:
                result = cls.forward(ctx, *args)
        outputs = result if isinstance(result, tuple) else (result,)
        outputs = cls._own(ctx, args, outputs)
        if recording:
            ctx.edges = tuple([edge_to(a) if isinstance(a, Tensor) and a._requires_grad else None for a in args])
            ctx.order = next_order()
            cls._attach(ctx, outputs)
            ctx._freeze(outputs)
        if modes.observer is not None:
            modes.observer.after_forward(ctx, args, tuple([y for y in outputs if isinstance(y, Tensor)]))
        return outputs if isinstance(result, tuple) else outputs[0]

    @staticmethod
    def _own(ctx: FunctionCtx, args: tuple[Any, ...], outputs: tuple[Any, ...]) -> tuple[Any, ...]:
        """Replace an input that forward returned unchanged by a view of it, and note changes in place."""
        for t in ctx._dirty:
            guard(t, ctx.name())
            storage = own_storage(t)
            storage.version += 1
            storage.change = ctx.name()
        owned = []
        for y in outputs:
            if isinstance(y, Tensor) and any(y is a for a in args) and not any(y is t for t in ctx._dirty):
                with no_grad():
                    y = view(y, y._data.shape)
                y._view = None
            owned.append(y)
        return tuple(owned)

    @staticmethod
    def _attach(ctx: FunctionCtx, outputs: tuple[Any, ...]) -> None:
        """Make `ctx` the node of the differentiable outputs."""
        shapes = []
        for index, y in enumerate(outputs):
            if not isinstance(y, Tensor):
                shapes.append(((), np.dtype(np.float32)))
                continue
            shapes.append((y._data.shape, y._data.dtype))
            if y._data.dtype.kind in "fc" and not any(y is t for t in ctx._plain):
                y._set_history(ctx, index, True)
        ctx.outputs = tuple(shapes)


def once_differentiable(backward: Callable[..., Any]) -> Callable[..., Any]:
    """Decorate a backward that must not be differentiated itself; doing so raises.

    Examples
    --------
    >>> import autograd
    >>> class Round(autograd.Function):
    ...     @staticmethod
    ...     def forward(ctx, x):
    ...         return x.detach()
    ...     @staticmethod
    ...     @autograd.function.once_differentiable
    ...     def backward(ctx, grad):
    ...         return grad
    """

    @functools.wraps(backward)
    def inside(ctx: FunctionCtx, *grads: Any) -> Any:
        with no_grad():
            results = backward(ctx, *grads)
        if not MODES.get().grad or not any(isinstance(g, Tensor) and g.requires_grad for g in grads):
            return results
        listed = results if isinstance(results, tuple) else (results,)
        refused = tuple([Tensor(g._data, _Refusal(g, grads)) if isinstance(g, Tensor) else g for g in listed])
        return refused if isinstance(results, tuple) else refused[0]

    return inside


class _Refusal(Node):
    """Stands where the graph of a gradient would go on, and raises when replayed."""

    __slots__ = ()

    def __init__(self, of: Tensor, sources: tuple[Any, ...]) -> None:
        self.edges = tuple([edge_to(g) for g in sources if isinstance(g, Tensor) and g.requires_grad])
        self.needs_input_grad = (True,) * len(self.edges)
        self.outputs = ((of._data.shape, of._data.dtype),)
        self.order = next_order()
        self.hooks = None
        self._saved = ()

    def backward(self, *grads: Any) -> Any:
        """Refuse.

        Raises
        ------
        RuntimeError
            Always.
        """
        raise RuntimeError(
            describe(
                "trying to differentiate twice a function that was marked with @once_differentiable",
                fix="write backward in tensor operations and take the decorator away",
            )
        )
