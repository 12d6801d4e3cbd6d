"""Activations along an axis: softmax and its relatives."""

from __future__ import annotations

from autograd import Tensor
from autograd.errors import describe
from nn import functional as F
from nn.modules.configured import Configured

__all__ = ["LogSoftmax", "Softmax", "Softmax2d", "Softmin"]


class _AlongDim(Configured):
    _shown = ("dim",)

    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        self.dim = dim


class Softmax(_AlongDim):
    """``exp(x_i) / sum of exp(x_j)`` along `dim`: positive numbers that add up to one.

    Parameters
    ----------
    dim : int, optional
        Leaving it out is deprecated.

    Examples
    --------
    >>> import autograd, nn
    >>> nn.Softmax(dim=1)(autograd.zeros(2, 4))
    tensor([[0.2500, 0.2500, 0.2500, 0.2500],
            [0.2500, 0.2500, 0.2500, 0.2500]])
    """

    def forward(self, input: Tensor) -> Tensor:
        """Apply the function."""
        return F.softmax(input, self.dim)


class Softmin(_AlongDim):
    """`Softmax` of ``-x``.

    Parameters
    ----------
    dim : int, optional
        Leaving it out is deprecated.

    Examples
    --------
    >>> import autograd, nn
    >>> nn.Softmin(dim=0)(autograd.tensor([0.0, 1000.0]))
    tensor([1., 0.])
    """

    def forward(self, input: Tensor) -> Tensor:
        """Apply the function."""
        return F.softmin(input, self.dim)


class LogSoftmax(_AlongDim):
    """``log(softmax(x)) = x_i - log(sum of exp(x_j))`` along `dim`, without overflow.

    Parameters
    ----------
    dim : int, optional
        Leaving it out is deprecated.

    Examples
    --------
    >>> import autograd, nn
    >>> nn.LogSoftmax(dim=0)(autograd.tensor([1000.0, 0.0]))
    tensor([    0., -1000.])
    """

    def forward(self, input: Tensor) -> Tensor:
        """Apply the function."""
        return F.log_softmax(input, self.dim)


class Softmax2d(Configured):
    """`Softmax` over the channels at every position of images.

    Examples
    --------
    >>> import autograd, nn
    >>> nn.Softmax2d()(autograd.zeros(1, 4, 2, 1))[0, :, 0, 0]
    tensor([0.2500, 0.2500, 0.2500, 0.2500])
    """

    def forward(self, input: Tensor) -> Tensor:
        """Apply the function.

        Raises
        ------
        ValueError
            If `input` is not of shape (N, C, H, W) or (C, H, W).
        """
        if input.ndim not in (3, 4):
            raise ValueError(describe(f"Softmax2d: expected input to be 3D or 4D, got {input.ndim}D instead"))
        return F.softmax(input, -3)
