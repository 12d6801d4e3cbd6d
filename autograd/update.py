"""Optimizer steps on tensors, fused: one pass over memory, outside of the graph.

The arithmetic is in `autograd.kernels.update`; here tensors are unwrapped and their versions raised, so that a graph
that had saved an updated parameter notices.
"""

from __future__ import annotations

from typing import Any

from autograd.kernels import update as kernels
from autograd.storage import Array, own_storage
from autograd.tensor import Tensor

__all__ = ["adam_", "increment_version", "sgd_"]


def increment_version(tensor: Tensor | tuple[Tensor, ...] | list[Tensor]) -> None:
    """Note that the memory of a tensor, or of several, was changed outside of tensor operations.

    Parameters
    ----------
    tensor : Tensor, or a tuple or list of them

    Notes
    -----
    A backward pass that needs the old values then raises an error instead of using the new ones.

    Examples
    --------
    >>> import autograd
    >>> x = autograd.zeros(3)
    >>> before = x._version
    >>> x.numpy()[0] = 1.0
    >>> autograd.graph.increment_version(x)
    >>> x._version - before
    1
    """
    for t in (tensor,) if isinstance(tensor, Tensor) else tensor:
        storage = own_storage(t)
        storage.version += 1
        storage.change = "a change outside of tensor operations"


def _changed(tensor: Tensor | None, change: str) -> Array | None:
    if tensor is None:
        return None
    storage = own_storage(tensor)
    storage.version += 1
    storage.change = change
    return tensor._data


def sgd_(param: Tensor, grad: Tensor, momentum_buffer: Tensor | None, **settings: Any) -> None:
    """Take one step of SGD in place; the settings are those of `autograd.kernels.update.sgd`."""
    values, buffer = _changed(param, "an SGD step"), _changed(momentum_buffer, "an SGD step")
    if values is not None:
        kernels.sgd(values, grad._data, buffer, **settings)


def adam_(
    param: Tensor,
    grad: Tensor,
    exp_avg: Tensor,
    exp_avg_sq: Tensor,
    max_exp_avg_sq: Tensor | None,
    **settings: Any,
) -> None:
    """Take one step of Adam in place; the settings are those of `autograd.kernels.update.adam`."""
    state = [_changed(t, "an Adam step") for t in (param, exp_avg, exp_avg_sq, max_exp_avg_sq)]
    kernels.adam(state[0], grad._data, *state[1:], **settings)  # type: ignore[arg-type]
