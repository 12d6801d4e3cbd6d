"""Distances and similarities of vectors."""

from __future__ import annotations

from collections.abc import Iterator

from autograd.config import no_grad
from autograd.ops.arguments import require_tensors
from autograd.ops.expand import broadcast_tensors
from autograd.ops.promote import promote
from autograd.ops.registry import Maker, Sample, op
from autograd.tensor import Tensor

__all__ = ["cosine_similarity", "pairwise_distance", "raised"]


def _pairs(make: Maker) -> Iterator[Sample]:
    yield Sample(make(3, 4), make(3, 4))
    yield Sample(make(2, 3, 4), make(4), 0)
    yield Sample(make.positive(2, 3, 2), make.positive(2, 3, 2), dim=-1, eps=0.1)


@op(_pairs, method=False)
def cosine_similarity(x1: Tensor, x2: Tensor, dim: int = 1, eps: float = 1e-8) -> Tensor:
    """Return the cosine of the angle between vectors: ``x1 . x2 / (max(|x1|, eps) max(|x2|, eps))``.

    Parameters
    ----------
    x1, x2 : Tensor
        Shapes that broadcast.
    dim : int
        Axis of the vectors.
    eps : float
        Smallest length; the gradient ignores the limit.

    Returns
    -------
    Tensor
        Without the axis.

    Examples
    --------
    >>> import autograd
    >>> autograd.cosine_similarity(autograd.tensor([[3.0, 4.0]]), autograd.tensor([[4.0, 3.0]]))
    tensor([0.9600])
    """
    require_tensors("cosine_similarity", x1=x1, x2=x2)
    a, b = broadcast_tensors(*promote(x1, x2, "cosine_similarity"))
    first, second = (raised(x.norm(2, dim, keepdim=True), eps) for x in (a, b))
    cosine: Tensor = ((a / first) * (b / second)).sum(dim)
    return cosine


def raised(x: Tensor, least: float) -> Tensor:
    """Raise what is smaller than `least` to it; the gradient passes everywhere, as in PyTorch."""
    with no_grad():
        missing = x.clamp_min(least) - x
    result: Tensor = x + missing
    return result


@op(
    lambda make: [
        Sample(make(3, 4), make(3, 4)),
        Sample(make(2, 3, 4), make(4), 1.0),
        Sample(make(3, 4), make(3, 4), 3.5, 0.1, True),
        Sample(make(4), make(4), float("inf")),
    ],
    method=False,
)
def pairwise_distance(x1: Tensor, x2: Tensor, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> Tensor:
    """Return the p-norm of ``x1 - x2 + eps`` along the last axis.

    Parameters
    ----------
    x1, x2 : Tensor, shape (..., D)
        Shapes that broadcast.
    p : float, default 2
    eps : float
        Added to each difference, so that the gradient exists where the vectors are equal.
    keepdim : bool
        Keep the last axis at size 1.

    Returns
    -------
    Tensor, shape (...) or (..., 1)

    Examples
    --------
    >>> import autograd
    >>> autograd.pairwise_distance(autograd.tensor([[3.0, 4.0]]), autograd.zeros(1, 2))
    tensor([5.0000])
    """
    require_tensors("pairwise_distance", x1=x1, x2=x2)
    distance: Tensor = (x1 - x2 + eps).norm(p, -1, keepdim)
    return distance
