"""Dropout: in training, random zeros; otherwise the identity."""

from __future__ import annotations

from autograd import Tensor
from autograd.errors import describe
from nn import functional as F
from nn.modules.configured import Configured

__all__ = ["AlphaDropout", "Dropout", "Dropout1d", "Dropout2d", "Dropout3d", "FeatureAlphaDropout"]


class _Dropout(Configured):
    _shown = ("p", "inplace")

    def __init__(self, p: float = 0.5, inplace: bool = False) -> None:
        super().__init__()
        if not 0 <= p <= 1:
            raise ValueError(
                describe(
                    f"dropout probability has to be between 0 and 1, but got {p}",
                    fix="p is the fraction that is set to zero",
                )
            )
        self.p = p
        self.inplace = inplace


class Dropout(_Dropout):
    """In training, sets each element to zero with probability p and divides the others by 1 - p (Hinton et al. 2012).

    Parameters
    ----------
    p : float, default 0.5
    inplace : bool, default False
        Whether the result overwrites the input.

    Raises
    ------
    ValueError
        If `p` is not between 0 and 1.
    """

    def forward(self, input: Tensor) -> Tensor:
        """Drop elements in training."""
        return F.dropout(input, self.p, self.training, self.inplace)


class Dropout1d(_Dropout):
    """`Dropout` of whole channels of inputs of shape (N, C, L) or (C, L)."""

    def forward(self, input: Tensor) -> Tensor:
        """Drop channels in training."""
        return F.dropout1d(input, self.p, self.training, self.inplace)


class Dropout2d(_Dropout):
    """`Dropout` of whole channels of inputs of shape (N, C, H, W) or (N, C, L) (Tompson et al. 2014)."""

    def forward(self, input: Tensor) -> Tensor:
        """Drop channels in training."""
        return F.dropout2d(input, self.p, self.training, self.inplace)


class Dropout3d(_Dropout):
    """`Dropout` of whole channels of inputs of shape (N, C, D, H, W) or (C, D, H, W)."""

    def forward(self, input: Tensor) -> Tensor:
        """Drop channels in training."""
        return F.dropout3d(input, self.p, self.training, self.inplace)


class AlphaDropout(_Dropout):
    """Dropout that keeps mean and variance of the input, to go with `SELU` (Klambauer et al. 2017)."""

    def forward(self, input: Tensor) -> Tensor:
        """Drop elements in training."""
        return F.alpha_dropout(input, self.p, self.training)


class FeatureAlphaDropout(_Dropout):
    """`AlphaDropout` of whole channels."""

    def forward(self, input: Tensor) -> Tensor:
        """Drop channels in training."""
        return F.feature_alpha_dropout(input, self.p, self.training)
