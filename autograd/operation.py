"""How a built-in operation is declared, applied and recorded.

An operation is a subclass of `Op`, and its instance is the node. ``forward`` works on arrays, ``backward`` on tensors,
so that gradients of any order cost no further code.
"""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from autograd.node import (
    Edge,
    Node,
    Packed,
    accumulator,
    freed_error,
    hold_input,
    modes_of,
    next_order,
    read_input,
    stale_error,
)
from autograd.storage import Storage, View, share_storage
from autograd.tensor import Tensor

__all__ = ["Op", "ViewStep"]

ViewStep = tuple[type["Op"], dict[str, Any], str]

_ndarray = np.ndarray
CREATED_IN_NO_GRAD = (
    "A view was created in no_grad mode and is being modified inplace with grad mode enabled. Given that this use "
    "case is ambiguous and error-prone, it is forbidden. You can clarify your code by moving both the view and "
    "the inplace either both inside the no_grad block (if you don't want the inplace to be tracked) or both "
    "outside (if you want the inplace to be tracked)."
)
_UNRECORDED: tuple[bool, ...] = (False,) * 8


class Op(Node):
    """A built-in operation.

    A subclass writes ``forward`` on arrays and, if it is differentiable, ``backward`` on tensors, and says what
    backward needs. Parameters that are not tensors are keywords of ``forward``, which stores those that backward
    needs in slots of the subclass.

    Attributes
    ----------
    keeps : dict of int to tuple of int
        ``{i: (j, ...)}``: the gradient of input ``i`` needs the inputs ``j``; read them as ``self.saved``.
    keeps_all : bool
        Every input is needed, whichever gradients are asked for.
    keeps_output : bool
        The gradient needs the output; read it as ``self.output``.
    differentiable : bool
        Whether there is a gradient at all.
    is_view : bool
        The output is a view of the first input's memory.

    Examples
    --------
    >>> class Cube(Op):
    ...     __slots__ = ()
    ...     keeps = {0: (0,)}
    ...     def forward(self, x):
    ...         return x * x * x
    ...     def backward(self, grad):
    ...         (x,) = self.saved
    ...         return grad * (3 * x * x)
    >>> import autograd
    >>> x = autograd.tensor(2.0, requires_grad=True)
    >>> Cube.apply(x).backward()
    >>> x.grad
    tensor(12.)
    """

    __slots__ = ("_kept", "_output", "_versions")

    keeps: ClassVar[dict[int, tuple[int, ...]]] = {}
    keeps_all: ClassVar[bool] = False
    keeps_output: ClassVar[bool] = False
    differentiable: ClassVar[bool] = True
    is_view: ClassVar[bool] = False
    _plans: ClassVar[dict[tuple[bool, ...], tuple[bool, ...] | None]]
    _kept: tuple[Any, ...] | None
    _output: Any
    _versions: tuple[int, ...] | None

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls._plans = {}

    def forward(self, *arrays: Any, **params: Any) -> Any:
        """Compute the output array, or a tuple of output arrays."""
        raise NotImplementedError(self.name())

    @classmethod
    def apply(cls, *inputs: Any, **params: Any) -> Any:
        """Run the operation on tensors and record it if one of them requires grad.

        Parameters
        ----------
        *inputs : Tensor, number or None
        **params
            Keywords of ``forward``.

        Returns
        -------
        Tensor or tuple of Tensor
        """
        modes = modes_of()
        node = cls()
        arrays = []
        needs = []
        for x in inputs:
            if isinstance(x, Tensor):
                if x._view is not None:
                    x._refresh()
                arrays.append(x._data)
                needs.append(x._requires_grad)
            else:
                arrays.append(x)
                needs.append(False)
        recording = modes.grad and True in needs and cls.differentiable
        node.needs_input_grad = tuple(needs) if recording else _UNRECORDED
        observer = modes.observer
        if observer is not None:
            observer.before_forward(cls, inputs, params)
        out = node.forward(*arrays, **params)
        if out.__class__ is _ndarray:
            result = Tensor(out, node if recording else None)
            if recording:
                node._record(inputs, modes)
                node.outputs = ((out.shape, out.dtype),)
                if cls.keeps_output:
                    node._hold_output(result, modes)
            if cls.is_view:
                _track_view(result, inputs[0], node.step(0, params), modes.grad)
        else:
            result = node._wrap(out, inputs, params, recording, modes)
        if modes.inference and not cls.is_view:
            for t in (result,) if isinstance(result, Tensor) else result:
                t._storage = Storage(inference=True)
        if observer is not None:
            observer.after_forward(node, inputs, (result,) if isinstance(result, Tensor) else result)
        return result

    def _wrap(self, out: Any, inputs: tuple[Any, ...], params: dict[str, Any], recording: bool, modes: Any) -> Any:
        """Wrap an output that is a NumPy scalar (of a 0-d operation) or a tuple."""
        if not isinstance(out, tuple):
            out = np.asarray(out)
            result = Tensor(out, self if recording else None)
            if recording:
                self._record(inputs, modes)
                self.outputs = ((out.shape, out.dtype),)
                if self.keeps_output:
                    self._hold_output(result, modes)
            return result
        arrays = [np.asarray(array) for array in out]
        results = []
        for index, array in enumerate(arrays):
            differentiable = recording and array.dtype.kind in "fc"
            results.append(Tensor(array, self if differentiable else None, index))
            if self.is_view:
                _track_view(results[-1], inputs[0], self.step(index, params), modes.grad)
        if recording:
            self._record(inputs, modes)
            self.outputs = tuple([(array.shape, array.dtype) for array in arrays])
            if self.keeps_output:
                self._hold_output(results[0], modes)
        return tuple(results)

    def _record(self, inputs: tuple[Any, ...], modes: Any) -> None:
        """Link the node to its inputs' nodes and save the inputs that backward needs."""
        needs = self.needs_input_grad
        edges: list[Edge | None] = []
        for x, need in zip(inputs, needs):  # noqa: B905
            if not need:
                edges.append(None)
            elif x._node is not None:
                edges.append((x._node, x._index))
            else:
                edges.append((accumulator(x), 0))
        self.edges = tuple(edges)
        self.order = next_order()
        self.hooks = None
        try:
            plan = self._plans[needs]
        except KeyError:
            plan = self._make_plan(needs)
        if plan is None:
            self._saved = ()
            self._versions = None
        elif modes.saved_tensor_hooks is None and not any(map(has_history, inputs)):
            # Nothing has been changed in place yet: every version is 0.
            self._saved = inputs if False not in plan else tuple([x if w else None for x, w in zip(inputs, plan)])  # noqa: B905
            self._versions = None
        else:
            self._save(inputs, plan)
        if modes.saved_tensor_hooks is not None:
            kept = getattr(self, "_kept", None) or ()
            self._kept = tuple([Packed(Tensor(array, None), modes.saved_tensor_hooks) for array in kept])

    def _save(self, inputs: tuple[Any, ...], plan: tuple[bool, ...]) -> None:
        """Save the inputs that `plan` marks, with their versions."""
        held = [hold_input(x) if wanted else (None, -1) for x, wanted in zip(inputs, plan, strict=True)]
        self._saved = tuple([x for x, _ in held])
        self._versions = tuple([version for _, version in held])

    def _make_plan(self, needs: tuple[bool, ...]) -> tuple[bool, ...] | None:
        """Work out which inputs to save when these gradients are asked for."""
        wanted = {j for i, needed in enumerate(needs) if needed for j in self.keeps.get(i, ())}
        plan = (True,) * len(needs) if self.keeps_all else tuple([i in wanted for i in range(len(needs))])
        self._plans[needs] = plan if any(plan) else None
        return self._plans[needs]

    def _hold_output(self, result: Tensor, modes: Any) -> None:
        if modes.saved_tensor_hooks is not None:
            self._output = (Packed(Tensor(result._data, None), modes.saved_tensor_hooks), None, 0)
            return
        storage = result._storage
        if storage is None:
            storage = result._storage = Storage()
        self._output = (result._data, storage, storage.version)

    @classmethod
    def params_for(cls, arrays: list[Any], params: dict[str, Any]) -> dict[str, Any]:
        """Return the parameters of the same call on other arrays, where some were computed from the arrays."""
        return params

    def step(self, index: int, params: dict[str, Any]) -> ViewStep:
        """For views: return the operation that makes output `index` alone, its parameters, and why it is frozen."""
        return type(self), params, ""

    def keep(self, *arrays: Any) -> None:
        """Keep arrays that forward computed, for backward to read as ``self.kept``."""
        self._kept = arrays if self.needs_input_grad is not _UNRECORDED else None

    @property
    def saved(self) -> tuple[Any, ...]:
        """The inputs, ``None`` where backward does not need them; checked to be what they were.

        Raises
        ------
        RuntimeError
            If they were freed, or changed in place since.
        """
        saved = self._saved
        if saved is None:
            raise freed_error(self)
        if self._versions is not None:
            return tuple([read_input(self, x, v) for x, v in zip(saved, self._versions, strict=True)])
        for x in saved:
            if isinstance(x, Tensor) and x._storage is not None and x._storage.version:
                return tuple([read_input(self, x, 0) for x in saved])
        return saved  # type: ignore[no-any-return]

    @property
    def output(self) -> Tensor:
        """The output, linked to this node; checked to be what it was.

        Raises
        ------
        RuntimeError
            If it was freed, or changed in place since.
        """
        return Tensor(self.output_array(), self if modes_of().grad else None)

    def output_array(self) -> np.ndarray[Any, Any]:
        """Return the array of the output; checked like `output`."""
        if self._saved is None:
            raise freed_error(self)
        array, storage, version = self._output
        if storage is None:
            array = array.unpack()._data
        elif storage.version != version:
            raise stale_error(self, array.shape, "the output", storage, version)
        return array  # type: ignore[no-any-return]

    @property
    def kept(self) -> tuple[Tensor, ...]:
        """What forward kept, as constant tensors.

        Raises
        ------
        RuntimeError
            If it was freed.
        """
        if self._saved is None or self._kept is None:
            raise freed_error(self)
        return tuple([a.unpack() if isinstance(a, Packed) else Tensor(a, None) for a in self._kept])

    def release(self) -> None:
        """Drop what was saved for backward."""
        self._saved = self._kept = self._output = None


def has_history(x: Any) -> bool:
    """Whether the memory of an input was changed in place, or may not be saved."""
    return isinstance(x, Tensor) and x._storage is not None and (x._storage.version > 0 or x._storage.inference)


def _track_view(result: Tensor, source: Tensor, step: ViewStep, recording: bool) -> None:
    """Let `result` share its source's storage, and remember how it is made from the base."""
    share_storage(result, source)
    op, params, frozen = step
    outer = source._view
    if outer is not None:
        frozen = frozen or outer.frozen
    if not recording:
        frozen = frozen or CREATED_IN_NO_GRAD
    if outer is None:
        result._view = View(source, ((op, params),), source._storage.rebased, frozen)  # type: ignore[union-attr]
    else:
        result._view = View(outer.base, (*outer.path, (op, params)), outer.rebased, frozen)
