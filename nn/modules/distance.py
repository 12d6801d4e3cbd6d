"""Distances and similarities of pairs of vectors."""

from __future__ import annotations

from autograd import Tensor
from nn import functional as F
from nn.module import Module

__all__ = ["CosineSimilarity", "PairwiseDistance"]


class CosineSimilarity(Module):
    """Cosine of the angle between vectors: ``x1 . x2 / max(|x1| |x2|, eps)`` along `dim`, which the output lacks.

    Parameters
    ----------
    dim : int, default 1
    eps : float, default 1e-8
        Least denominator.

    Examples
    --------
    >>> import autograd, nn
    >>> x = autograd.tensor([[1.0, 0.0], [1.0, 0.0]])
    >>> nn.CosineSimilarity()(x, autograd.tensor([[2.0, 0.0], [0.0, 3.0]]))
    tensor([1., 0.])
    """

    def __init__(self, dim: int = 1, eps: float = 1e-8) -> None:
        super().__init__()
        self.dim = dim
        self.eps = eps

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        """Compare two batches of vectors."""
        return F.cosine_similarity(x1, x2, self.dim, self.eps)


class PairwiseDistance(Module):
    """``|x1 - x2 + eps|_p`` along the last axis, which the output lacks: (N, D), (N, D) -> (N,).

    Parameters
    ----------
    p : float, default 2
        Of the norm.
    eps : float, default 1e-6
        Added to each difference.
    keepdim : bool, default False
        Whether the last axis stays, with size 1.

    Examples
    --------
    >>> import autograd, nn
    >>> nn.PairwiseDistance(eps=0.0)(autograd.tensor([[0.0, 0.0]]), autograd.tensor([[3.0, 4.0]]))
    tensor([5.])
    """

    def __init__(self, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> None:
        super().__init__()
        self.norm = p
        self.eps = eps
        self.keepdim = keepdim

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        """Compare two batches of vectors."""
        return F.pairwise_distance(x1, x2, self.norm, self.eps, self.keepdim)
