"""What surrounds the graph: hooks on saved tensors, and changes that happen outside of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograd.config import Setting
from autograd.node import Node
from autograd.tensor import Tensor
from autograd.update import increment_version

__all__ = ["Node", "increment_version", "saved_tensors_hooks"]


class saved_tensors_hooks(Setting):  # noqa: N801
    """Let `pack_hook` see each tensor that is saved for backward in the block, and store what it returns.

    Parameters
    ----------
    pack_hook : callable
        Takes the tensor, returns anything.
    unpack_hook : callable
        Takes that, returns a tensor with the same contents, when backward needs it.

    Examples
    --------
    >>> import autograd
    >>> x = autograd.tensor([2.0], requires_grad=True)
    >>> with saved_tensors_hooks(lambda t: t.detach().numpy().copy(), autograd.from_numpy):
    ...     y = x * x
    >>> y.sum().backward()
    >>> x.grad
    tensor([4.])
    """

    def __init__(self, pack_hook: Callable[[Tensor], Any], unpack_hook: Callable[[Any], Tensor]) -> None:
        super().__init__(saved_tensor_hooks=(pack_hook, unpack_hook))
