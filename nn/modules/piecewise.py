"""Activations made of straight pieces."""

from __future__ import annotations

from typing import ClassVar

from autograd import Tensor
from autograd.errors import describe
from nn import functional as F
from nn.modules.configured import Configured, InPlace, SilentInPlace

__all__ = ["Hardshrink", "Hardsigmoid", "Hardswish", "Hardtanh", "ReLU6", "Softshrink", "Threshold"]


class Hardsigmoid(SilentInPlace):
    """``clamp(x + 3, 0, 6) / 6``, a `Sigmoid` of straight pieces.

    Parameters
    ----------
    inplace : bool, default False
        Whether the result overwrites the input.

    Examples
    --------
    >>> import autograd, nn
    >>> nn.Hardsigmoid()(autograd.tensor([-3.0, 0.0, 1.5, 3.0]))
    tensor([0.0000, 0.5000, 0.7500, 1.0000])
    """

    def forward(self, input: Tensor) -> Tensor:
        """Apply the function."""
        return F.hardsigmoid(input, inplace=self.inplace)


class Hardswish(SilentInPlace):
    """``x clamp(x + 3, 0, 6) / 6`` (Howard et al. 2019).

    Parameters
    ----------
    inplace : bool, default False
        Whether the result overwrites the input.

    Examples
    --------
    >>> import autograd, nn
    >>> nn.Hardswish()(autograd.tensor([-1.5, 0.0, 1.5, 3.0]))
    tensor([-0.3750,  0.0000,  1.1250,  3.0000])
    """

    def forward(self, input: Tensor) -> Tensor:
        """Apply the function."""
        return F.hardswish(input, inplace=self.inplace)


class Threshold(InPlace):
    """``x`` where ``x > threshold``, else ``value``.

    Parameters
    ----------
    threshold, value : float
    inplace : bool, default False
        Whether the result overwrites the input.

    Examples
    --------
    >>> import autograd, nn
    >>> nn.Threshold(1.0, -5.0)(autograd.tensor([0.0, 1.0, 2.0]))
    tensor([-5., -5.,  2.])
    """

    _shown = ("threshold", "value")

    def __init__(self, threshold: float, value: float, inplace: bool = False) -> None:
        super().__init__(inplace)
        self.threshold = threshold
        self.value = value

    def forward(self, input: Tensor) -> Tensor:
        """Apply the function."""
        return F.threshold(input, self.threshold, self.value, self.inplace)


class Hardtanh(InPlace):
    """``clamp(x, min_val, max_val)``.

    Parameters
    ----------
    min_val, max_val : float, default -1 and 1
    inplace : bool, default False
        Whether the result overwrites the input.

    Raises
    ------
    AssertionError
        If the bounds are not in order.

    Examples
    --------
    >>> import autograd, nn
    >>> nn.Hardtanh()(autograd.tensor([-2.0, 0.5, 2.0]))
    tensor([-1.0000,  0.5000,  1.0000])
    """

    _shown: ClassVar[tuple[str, ...]] = ("min_val", "max_val")

    def __init__(self, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> None:
        super().__init__(inplace)
        if max_val <= min_val:
            raise AssertionError(describe(f"max_val ({max_val}) must be greater than min_val ({min_val})"))
        self.min_val = min_val
        self.max_val = max_val

    def forward(self, input: Tensor) -> Tensor:
        """Apply the function."""
        return F.hardtanh(input, self.min_val, self.max_val, self.inplace)


class ReLU6(Hardtanh):
    """``min(max(x, 0), 6)`` (Krizhevsky 2010).

    Parameters
    ----------
    inplace : bool, default False
        Whether the result overwrites the input.

    Examples
    --------
    >>> import autograd, nn
    >>> nn.ReLU6()(autograd.tensor([-1.0, 3.0, 9.0]))
    tensor([0., 3., 6.])
    """

    _shown = ()

    def __init__(self, inplace: bool = False) -> None:
        super().__init__(0.0, 6.0, inplace)


class _Shrink(Configured):
    def __init__(self, lambd: float = 0.5) -> None:
        super().__init__()
        self.lambd = lambd

    def extra_repr(self) -> str:
        """Return the bound."""
        return str(self.lambd)


class Hardshrink(_Shrink):
    """``x`` where ``|x| > lambd``, else 0.

    Parameters
    ----------
    lambd : float, default 0.5

    Examples
    --------
    >>> import autograd, nn
    >>> nn.Hardshrink()(autograd.tensor([-1.0, 0.5, 2.0]))
    tensor([-1.,  0.,  2.])
    """

    def forward(self, input: Tensor) -> Tensor:
        """Apply the function."""
        return F.hardshrink(input, self.lambd)


class Softshrink(_Shrink):
    """``x - lambd`` where ``x > lambd``, ``x + lambd`` where ``x < -lambd``, else 0.

    Parameters
    ----------
    lambd : float, default 0.5
        Not negative.

    Examples
    --------
    >>> import autograd, nn
    >>> nn.Softshrink()(autograd.tensor([-1.0, 0.5, 2.0]))
    tensor([-0.5000,  0.0000,  1.5000])
    """

    def forward(self, input: Tensor) -> Tensor:
        """Apply the function."""
        return F.softshrink(input, self.lambd)
