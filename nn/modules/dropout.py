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

    Examples
    --------
    >>> import autograd, nn
    >>> drop = nn.Dropout(0.5)
    >>> sorted(set(drop(autograd.ones(1000)).tolist()))
    [0.0, 2.0]
    >>> drop.eval()(autograd.ones(3))
    tensor([1., 1., 1.])
    """

    def forward(self, input: Tensor) -> Tensor:
        """Drop elements in training."""
        return F.dropout(input, self.p, self.training, self.inplace)


class Dropout1d(_Dropout):
    """`Dropout` of whole channels of inputs of shape (N, C, L) or (C, L).

    Parameters
    ----------
    p : float, default 0.5
    inplace : bool, default False
        Whether the result overwrites the input.

    Examples
    --------
    >>> import autograd, nn
    >>> nn.Dropout1d(1.0)(autograd.ones(1, 2, 3))
    tensor([[[0., 0., 0.],
             [0., 0., 0.]]])
    """

    def forward(self, input: Tensor) -> Tensor:
        """Drop channels in training."""
        return F.dropout1d(input, self.p, self.training, self.inplace)


class Dropout2d(_Dropout):
    """`Dropout` of whole channels of inputs of shape (N, C, H, W) or (N, C, L) (Tompson et al. 2014).

    Neighbouring pixels are alike, so that dropping single ones would take little away.

    Parameters
    ----------
    p : float, default 0.5
    inplace : bool, default False
        Whether the result overwrites the input.

    Examples
    --------
    >>> import autograd, nn
    >>> out = nn.Dropout2d(0.5)(autograd.ones(8, 16, 4, 4))
    >>> bool((out.amin((2, 3)) == out.amax((2, 3))).all())
    True
    """

    def forward(self, input: Tensor) -> Tensor:
        """Drop channels in training."""
        return F.dropout2d(input, self.p, self.training, self.inplace)


class Dropout3d(_Dropout):
    """`Dropout` of whole channels of inputs of shape (N, C, D, H, W) or (C, D, H, W).

    Parameters
    ----------
    p : float, default 0.5
    inplace : bool, default False
        Whether the result overwrites the input.

    Examples
    --------
    >>> import autograd, nn
    >>> nn.Dropout3d(0.5).eval()(autograd.ones(1, 2, 1, 1, 1)).sum()
    tensor(2.)
    """

    def forward(self, input: Tensor) -> Tensor:
        """Drop channels in training."""
        return F.dropout3d(input, self.p, self.training, self.inplace)


class AlphaDropout(_Dropout):
    """Dropout that keeps mean and variance of the input, to go with `SELU` (Klambauer et al. 2017).

    Dropped elements become `SELU`'s limit at minus infinity; an affine map then restores mean and variance.

    Parameters
    ----------
    p : float, default 0.5
    inplace : bool, default False
        Accepted and without effect.

    Examples
    --------
    >>> import autograd, nn
    >>> nn.AlphaDropout(0.2).eval()(autograd.ones(3))
    tensor([1., 1., 1.])
    """

    def forward(self, input: Tensor) -> Tensor:
        """Drop elements in training."""
        return F.alpha_dropout(input, self.p, self.training)


class FeatureAlphaDropout(_Dropout):
    """`AlphaDropout` of whole channels.

    Parameters
    ----------
    p : float, default 0.5
    inplace : bool, default False
        Accepted and without effect.

    Examples
    --------
    >>> import autograd, nn
    >>> out = nn.FeatureAlphaDropout(0.5)(autograd.ones(8, 16, 4))
    >>> bool((out.amin(2) == out.amax(2)).all())
    True
    """

    def forward(self, input: Tensor) -> Tensor:
        """Drop channels in training."""
        return F.feature_alpha_dropout(input, self.p, self.training)
