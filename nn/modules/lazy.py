"""Lazy modules: they learn their input size from the first input, or from a loaded state."""

from __future__ import annotations

from typing import Any, ClassVar

from autograd import Tensor
from autograd.errors import describe
from nn.module import Module
from nn.parameter import UninitializedParameter, is_lazy

__all__ = ["LazyModuleMixin"]


class LazyModuleMixin(Module):
    """Turns a layer into one that is told its input size by the first input, and is an ordinary layer from then on.

    Put before the layer's class among the bases.

    The parameters stay the same objects, so that an optimizer may take them before.

    Attributes
    ----------
    cls_to_become : type
        The ordinary layer's class.

    Examples
    --------
    >>> import autograd, nn
    >>> layer = nn.LazyLinear(3)
    >>> isinstance(layer, LazyModuleMixin), layer.has_uninitialized_params()
    (True, True)
    >>> layer(autograd.ones(2, 5)).shape
    autograd.Size([2, 3])
    >>> layer
    Linear(in_features=5, out_features=3, bias=True)
    """

    cls_to_become: ClassVar[type[Module]]

    def has_uninitialized_params(self) -> bool:
        """Return whether a parameter or buffer still waits for its shape.

        Examples
        --------
        >>> import nn
        >>> nn.LazyLinear(3).has_uninitialized_params()
        True
        """
        return any(map(is_lazy, self._parameters.values())) or any(map(is_lazy, self._buffers.values()))

    def initialize_parameters(self, *args: Any, **kwargs: Any) -> None:
        """Give the parameters their shapes, from the arguments of forward.

        Raises
        ------
        NotImplementedError
            If the subclass does not define it.
        """
        raise NotImplementedError(f"initialize_parameters is not implemented for {type(self).__name__}")

    def reset_parameters(self) -> None:
        """Draw the initial values, once there are shapes."""
        if not self.has_uninitialized_params():
            super().reset_parameters()  # type: ignore[misc]

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Initialise the parameters, become the ordinary layer and compute its output.

        Raises
        ------
        RuntimeError
            If parameters are left without a shape.
        """
        self.initialize_parameters(*args, **kwargs)
        if self.has_uninitialized_params():
            raise RuntimeError(describe(f"module {type(self).__name__} has not been fully initialized"))
        self.__class__ = self.cls_to_become  # type: ignore[assignment]
        return self.forward(*args, **kwargs)

    def _wait_for_weights(self, bias: bool, device: Any, dtype: Any) -> None:
        """Make `weight`, and `bias` if there is to be one, uninitialised."""
        for name, wanted in (("weight", True), ("bias", bias)):
            self.register_parameter(name, UninitializedParameter(device=device, dtype=dtype) if wanted else None)


def channels_of(input: Tensor, rank: int, name: str) -> int:
    """Return how many channels an input with `rank` spatial axes has.

    Raises
    ------
    RuntimeError
        If it has another number of axes.
    """
    if input.ndim not in (rank + 1, rank + 2):
        raise RuntimeError(
            describe(
                f"Expected {rank + 1}D (unbatched) or {rank + 2}D (batched) input to {name}, but got input of size: "
                f"{input.shape}"
            )
        )
    channels: int = input.shape[-rank - 1]
    return channels
