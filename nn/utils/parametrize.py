"""Parametrizations: an attribute of a module that is computed, each time it is read, from other parameters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import autograd
from autograd import Tensor
from autograd.errors import describe
from nn.module import Module
from nn.modules.container import ModuleDict, ModuleList
from nn.parameter import Parameter

__all__ = ["ParametrizationList", "is_parametrized", "register_parametrization", "remove_parametrizations"]


class ParametrizationList(ModuleList):
    """The steps that compute one attribute, and the parameters they start from.

    Parameters
    ----------
    modules : sequence of Module
        The first takes what its `right_inverse`, if it has one, makes of `original`.
    original : Tensor
        The attribute as it was; its values are kept.

    Attributes
    ----------
    original : Parameter or Tensor
        What the computation starts from; ``original0``, ``original1``, ... if `right_inverse` gives several.

    Examples
    --------
    >>> import nn
    >>> class Positive(nn.Module):
    ...     def forward(self, x):
    ...         return x.exp()
    >>> layer = register_parametrization(nn.Linear(2, 2), "bias", Positive())
    >>> layer.parametrizations.bias
    ParametrizationList(
      (0): Positive()
    )
    >>> bool((layer.bias > 0).all())
    True
    """

    def __init__(self, modules: Sequence[Module], original: Tensor) -> None:
        super().__init__(modules)
        with autograd.no_grad():
            start = self._invert(original)
        self.ntensors = len(start) if isinstance(start, tuple | list) else 1
        self.is_tensor = not isinstance(start, tuple | list)
        for name, tensor in zip(self._names(), [start] if self.is_tensor else start, strict=True):
            if isinstance(original, Parameter):
                self.register_parameter(name, Parameter(tensor, original.requires_grad))
            else:
                self.register_buffer(name, tensor)

    def _names(self) -> list[str]:
        return ["original"] if self.is_tensor else [f"original{i}" for i in range(self.ntensors)]

    def _invert(self, value: Any) -> Any:
        for module in reversed([*self]):
            if hasattr(module, "right_inverse"):
                value = module.right_inverse(value)
        return value

    @autograd.no_grad()
    def right_inverse(self, value: Tensor) -> None:
        """Change the originals so that the attribute becomes `value`.

        Parameters
        ----------
        value : Tensor

        Raises
        ------
        RuntimeError
            If one of the parametrizations has no `right_inverse`.

        Examples
        --------
        >>> import autograd, nn
        >>> layer = nn.utils.parametrizations.weight_norm(nn.Linear(2, 1), dim=None)
        >>> layer.weight = autograd.tensor([[3.0, 4.0]])
        >>> layer.parametrizations.weight.original0.item()
        5.0
        """
        for module in self:
            if not hasattr(module, "right_inverse"):
                raise RuntimeError(
                    describe(
                        f"parametrization {type(module).__name__} does not implement right_inverse.",
                        fix="give it that method, or change the originals",
                    )
                )
        start = self._invert(value)
        for name, tensor in zip(self._names(), [start] if self.is_tensor else start, strict=True):
            getattr(self, name).copy_(tensor)

    def forward(self) -> Tensor:
        """Compute the attribute."""
        first, *rest = self
        value: Tensor = first(*[getattr(self, name) for name in self._names()])
        for module in rest:
            value = module(value)
        return value


def _computed(name: str) -> property:
    def read(self: Module) -> Any:
        return self.parametrizations[name]()

    def write(self: Module, value: Tensor) -> None:
        self.parametrizations[name].right_inverse(value)

    return property(read, write)


def _derive_class(module: Module, kind: type[Module]) -> None:
    """Give `module` a class of its own, derived from `kind`, with a property for each computed attribute."""
    # Never changed afterwards: deep copies share it.
    members = {name: _computed(name) for name in module.parametrizations}
    module.__class__ = type(f"Parametrized{kind.__name__}", (kind,), {"__module__": kind.__module__, **members})


def is_parametrized(module: Module, tensor_name: str | None = None) -> bool:
    """Return whether an attribute of `module`, or any of them, is computed by a parametrization.

    Parameters
    ----------
    module : Module
    tensor_name : str, optional
        By default any.

    Examples
    --------
    >>> import nn
    >>> layer = nn.utils.parametrizations.weight_norm(nn.Linear(3, 2))
    >>> is_parametrized(layer, "weight"), is_parametrized(layer, "bias")
    (True, False)
    """
    found = getattr(module, "parametrizations", None)
    if not isinstance(found, ModuleDict):
        return False
    return len(found) > 0 if tensor_name is None else tensor_name in found


def register_parametrization(
    module: Module, tensor_name: str, parametrization: Module, *, unsafe: bool = False
) -> Module:
    """Let an attribute of `module` be ``parametrization(original)`` from now on.

    ``weight`` is computed anew each time it is read; several parametrizations of one attribute are applied in turn.

    Parameters
    ----------
    module : Module
    tensor_name : str
        Name of a parameter or buffer of `module`.
    parametrization : Module
        If it has a method `right_inverse`, the attribute may be assigned to, and keeps its value now.
    unsafe : bool, default False
        Whether it may change the shape or dtype.

    Returns
    -------
    Module
        `module`, of a class derived from its own.

    Raises
    ------
    ValueError
        If there is no such tensor, or its shape or dtype would change.

    Examples
    --------
    >>> import autograd, nn
    >>> class Symmetric(nn.Module):
    ...     def forward(self, x):
    ...         return x + x.transpose(0, 1)
    >>> layer = register_parametrization(nn.Linear(3, 3), "weight", Symmetric())
    >>> bool((layer.weight == layer.weight.transpose(0, 1)).all())
    True
    """
    parametrization.train(module.training)
    if is_parametrized(module, tensor_name):
        steps = module.parametrizations[tensor_name]
        if not unsafe:
            value = steps()
            _check_result(tensor_name, value, parametrization(value))
        steps.append(parametrization)
        return module
    if tensor_name not in module._parameters and tensor_name not in module._buffers:
        raise ValueError(
            describe(
                f"Module '{module}' does not have a parameter, a buffer, or a parametrized element with name "
                f"'{tensor_name}'"
            )
        )
    original = getattr(module, tensor_name)
    steps = ParametrizationList([parametrization], original)
    if not unsafe:
        _check_result(tensor_name, original, steps())
    delattr(module, tensor_name)
    kind = type(module)
    if is_parametrized(module):
        kind = kind.__bases__[0]
    else:
        module.parametrizations = ModuleDict()
    module.parametrizations[tensor_name] = steps
    _derive_class(module, kind)
    return module


def remove_parametrizations(module: Module, tensor_name: str, leave_parametrized: bool = True) -> Module:
    """Make an attribute an ordinary parameter or buffer again.

    Parameters
    ----------
    module : Module
    tensor_name : str
    leave_parametrized : bool, default True
        Whether it keeps its computed value, rather than the original.

    Returns
    -------
    Module
        `module`, of its own class again if nothing else is parametrized.

    Raises
    ------
    ValueError
        If it is not parametrized, or several originals leave no choice.

    Examples
    --------
    >>> import nn
    >>> layer = nn.utils.parametrizations.weight_norm(nn.Linear(3, 2))
    >>> remove_parametrizations(layer, "weight")
    Linear(in_features=3, out_features=2, bias=True)
    """
    if not is_parametrized(module, tensor_name):
        raise ValueError(describe(f"Module {module} does not have a parametrization on {tensor_name}"))
    steps = module.parametrizations[tensor_name]
    if not steps.is_tensor and not leave_parametrized:
        raise ValueError(
            describe(
                "Cannot leave unparametrized (`leave_parametrized=False`) a tensor that is parametrized in terms of a "
                "sequence of tensors."
            )
        )
    source = getattr(steps, steps._names()[0])
    value = steps().detach() if leave_parametrized else source
    kind = type(module).__bases__[0]
    del module.parametrizations[tensor_name]
    if is_parametrized(module):
        _derive_class(module, kind)
    else:
        del module.parametrizations
        module.__class__ = kind
    if isinstance(source, Parameter):
        module.register_parameter(tensor_name, Parameter(value, source.requires_grad))
    else:
        module.register_buffer(tensor_name, value)
    return module


def _check_result(name: str, before: Tensor, after: Any) -> None:
    if not isinstance(after, Tensor):
        raise ValueError(describe(f"A parametrization must return a tensor. Got {type(after).__name__}."))
    for what in ("dtype", "shape"):
        if getattr(before, what) != getattr(after, what):
            raise ValueError(
                describe(
                    f"Registering a parametrization may not change the {what} of the tensor, unless `unsafe` flag is "
                    "enabled.",
                    rule=f"{name}: {what} {getattr(before, what)} before, {getattr(after, what)} after",
                )
            )
