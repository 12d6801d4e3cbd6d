"""Memory under tensors: what tensors over one piece of it share, how views are made again, and how it is re-laid."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from autograd.tensor import Tensor

__all__ = ["Array", "Storage", "View", "overlaps_itself", "own_storage", "relay_row_major", "share_storage"]

Array = np.ndarray[Any, np.dtype[Any]]


class Storage:
    """What all tensors over one piece of memory share.

    Attributes
    ----------
    version : int
        Number of in-place changes so far.
    change : str
        The last of them, for error messages.
    rebased : int
        Number of times an in-place change altered the history of the base tensor; a view made before that is stale.
    exported : bool
        Whether memory outside the tensors' control (an ndarray, a DLPack capsule) may alias this storage.
    inference : bool
        Whether it was made in inference mode.
    tensors : list of weak references
        The tensors over it, kept only while it is not row-major, to re-lay them together.
    """

    __slots__ = ("change", "exported", "inference", "rebased", "tensors", "version")

    def __init__(self, exported: bool = False, inference: bool = False) -> None:
        self.version = 0
        self.change = ""
        self.rebased = 0
        self.exported = exported
        self.inference = inference
        self.tensors: list[weakref.ref[Tensor]] = []


class View:
    """How a view is made from its base: the path of view operations, which can be walked again.

    Attributes
    ----------
    path : tuple of (Op subclass, parameters)
        Applied to the base one after another they give the view.
    rebased : int
        `Storage.rebased` when the view's history was last made.
    frozen : str
        Why the view must not be changed in place while operations are recorded; empty if it may.
    """

    __slots__ = ("_base", "frozen", "path", "rebased")

    def __init__(self, base: Tensor, path: tuple[tuple[Any, dict[str, Any]], ...], rebased: int, frozen: str) -> None:
        self._base = base
        self.path = path
        self.rebased = rebased
        self.frozen = frozen

    @property
    def base(self) -> Tensor:
        """The tensor that owns the memory."""
        # A base that was given another shape in place has become a view of what it was.
        base = self._base
        return base if base._view is None else base._view.base

    def walk(self, base: Tensor) -> Tensor:
        """Make the view of `base` anew."""
        for op, params in self.path:
            base = op.apply(base, **params)
        return base

    def walk_array(self, base: Array) -> Array:
        """Make the view of the array `base`."""
        for op, params in self.path:
            base = op().forward(base, **params)
        return base


def own_storage(tensor: Tensor) -> Storage:
    """Return the tensor's storage record, made now if nothing needed one yet."""
    if tensor._storage is None:
        tensor._storage = Storage()
    return tensor._storage


def overlaps_itself(array: Array) -> bool:
    """Return whether several indices of an array lead to one memory location, as in an expanded one."""
    if 0 not in array.strides or array.size == 0:
        return False
    return any(s == 0 and n > 1 for s, n in zip(array.strides, array.shape, strict=True))


def share_storage(alias: Tensor, source: Tensor) -> None:
    """Let `alias`, a tensor over the memory of `source`, share its storage record."""
    storage = source._storage
    if storage is None:
        storage = source._storage = Storage()
    if not source._data.flags.c_contiguous:
        # Only memory that is not row-major may ever have to be re-laid.
        if not storage.tensors:
            storage.tensors.append(weakref.ref(source))
        storage.tensors.append(weakref.ref(alias))
    alias._storage = storage


def relay_row_major(tensor: Tensor) -> bool:
    """Re-lay the memory under `tensor` row-major, together with every tensor over it; return whether that was possible.

    The memory layout is an inner matter: convolutions write channels-last memory under an (N, C, H, W) shape, and
    ``x.view(N, -1)`` must work on their outputs all the same, with writes through the view reaching the base.
    """
    storage = tensor._storage
    if storage is None or not storage.tensors:
        if tensor._view is not None or (storage is not None and storage.exported):
            return False
        tensor._data = np.ascontiguousarray(tensor._data)
        return True
    alive = [t for t in (ref() for ref in storage.tensors) if t is not None]
    roots = [t for t in alive if t._view is None]
    views = [t for t in alive if t._view is not None]
    if storage.exported or any(t._data is not roots[0]._data for t in roots[1:]) or not roots:
        return False
    memory = np.ascontiguousarray(roots[0]._data)
    storage.tensors.clear()
    for root in roots:
        root._data = memory
    for view in views:
        view._data = view._view.walk_array(memory)  # type: ignore[union-attr]
    return True
