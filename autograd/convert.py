"""To and from PyTorch, which is imported when a conversion needs it.

Examples
--------
A network trained in PyTorch goes on here, with the same logits::

    model.load_state_dict(autograd.convert.from_torch(torch_model))
    torch_model.load_state_dict(autograd.convert.to_torch(model))
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from autograd.errors import describe
from autograd.tensor import Tensor

__all__ = ["from_torch", "to_torch"]

_PLAIN = (str, bytes, bool, int, float, complex, type(None))


def from_torch(value: Any) -> Any:
    """Convert tensors of PyTorch, by themselves or in a state or another nest, to tensors of this package.

    Parameters
    ----------
    value : torch.Tensor, torch.nn.Module, state of a module or optimizer, or nest of dicts, lists and tuples
        Of a module its ``state_dict()`` is converted.

    Returns
    -------
    Tensor, or the same nest
        Constants that own their memory, in the same dtype; bfloat16, which NumPy has not, becomes float32.

    Raises
    ------
    ModuleNotFoundError
        If PyTorch is not installed.
    TypeError
        If `value` holds anything else.

    Examples
    --------
    >>> import autograd.convert, nn, torch  # doctest: +SKIP
    >>> model = nn.Linear(2, 1)  # doctest: +SKIP
    >>> _ = model.load_state_dict(autograd.convert.from_torch(torch.nn.Linear(2, 1)))  # doctest: +SKIP
    >>> autograd.convert.from_torch(torch.ones(2))  # doctest: +SKIP
    tensor([1., 1.])
    """
    import torch

    def convert(tensor: Any) -> Tensor:
        tensor = tensor.detach().cpu()
        if tensor.dtype == torch.bfloat16:
            tensor = tensor.float()
        return Tensor(np.array(tensor.resolve_conj().resolve_neg().numpy()), None)

    return _mapped(value, torch.Tensor, convert, "from_torch")


def to_torch(value: Any) -> Any:
    """Convert tensors, by themselves or in a state or another nest, to tensors of PyTorch.

    Parameters
    ----------
    value : Tensor, nn.Module, state of a module or optimizer, or nest of dicts, lists and tuples
        Of a module its ``state_dict()`` is converted.

    Returns
    -------
    torch.Tensor, or the same nest
        Leaves on the CPU that own their memory and require no grad.

    Raises
    ------
    ModuleNotFoundError
        If PyTorch is not installed.
    TypeError
        If `value` holds anything else.

    Examples
    --------
    >>> import autograd.convert, torch  # doctest: +SKIP
    >>> autograd.convert.to_torch({"weight": autograd.ones(2)})  # doctest: +SKIP
    {'weight': tensor([1., 1.])}
    """
    import torch

    return _mapped(value, Tensor, lambda tensor: torch.from_numpy(np.array(tensor._data, order="C")), "to_torch")


def _mapped(value: Any, kind: type, convert: Callable[[Any], Any], name: str) -> Any:
    """Rebuild a nest with its tensors converted."""
    if isinstance(value, kind):
        return convert(value)
    if isinstance(value, _PLAIN):
        return value
    if isinstance(value, Mapping):
        made = OrderedDict if isinstance(value, OrderedDict) else dict
        return made((key, _mapped(inner, kind, convert, name)) for key, inner in value.items())
    if isinstance(value, list | tuple):
        entries = [_mapped(inner, kind, convert, name) for inner in value]
        return entries if isinstance(value, list) else tuple(entries)
    if callable(getattr(value, "state_dict", None)):
        return _mapped(value.state_dict(), kind, convert, name)
    raise TypeError(
        describe(
            f"{name}(): expected tensors, a module, a state or a nest of them, but got {type(value).__name__}",
            op=name,
            rule=f"tensors here are {kind.__module__.split('.')[0]}.{kind.__name__}",
        )
    )
