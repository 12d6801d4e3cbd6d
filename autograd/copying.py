"""Copies and pickles of tensors: `copy.copy`, `copy.deepcopy`, `pickle`."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from autograd.config import no_grad
from autograd.errors import describe
from autograd.ops.convert import clone, detach
from autograd.tensor import Tensor

__all__: list[str] = []


def deep_copy(self: Tensor, memo: dict[int, Any]) -> Tensor:
    """Copy a leaf with its gradient; tensors that share memory share it again as copies.

    Raises
    ------
    RuntimeError
        If the tensor is not a leaf.
    """
    found: Tensor | None = memo.get(id(self))
    if found is not None:
        return found
    if not self.is_leaf:
        raise RuntimeError(
            describe(
                "Only Tensors created explicitly by the user (graph leaves) support the deepcopy protocol at the "
                "moment.",
                op="deepcopy",
                fix="copy x.detach(), or x.clone() to stay in the graph",
            )
        )
    view = self._view
    if view is None or view.base.requires_grad:
        result = detach(clone(self))
    else:
        with no_grad():
            result = view.walk(copy.deepcopy(view.base, memo))
    result._requires_grad = self._requires_grad
    result._grad = copy.deepcopy(self._grad, memo)
    result.__dict__.update(copy.deepcopy(self.__dict__, memo))
    memo[id(self)] = result
    return result


def shallow_copy(self: Tensor) -> Tensor:
    """Return another tensor over the same memory; a leaf."""
    result = detach(self)
    result._requires_grad = self.requires_grad
    result.__dict__.update(self.__dict__)
    return result


def reduce(self: Tensor, protocol: Any) -> tuple[Any, ...]:
    """Pickle the values and whether they require grad; not the graph."""
    memory = self._data if self._data.flags.forc else np.ascontiguousarray(self._data)
    return rebuild, (memory, self.requires_grad), self.__dict__ or None


def rebuild(array: Any, requires_grad: bool) -> Tensor:
    """Make a tensor anew from a pickle."""
    result = Tensor(array, None)
    result._requires_grad = requires_grad
    return result


METHODS: dict[str, Any] = {"__copy__": shallow_copy, "__deepcopy__": deep_copy, "__reduce_ex__": reduce}
