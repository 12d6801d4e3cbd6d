"""Covariances and correlations of variables, one a row."""

from __future__ import annotations

from collections.abc import Iterator

from autograd.dtypes import scalar_type
from autograd.errors import describe
from autograd.ops.products import matmul, outer
from autograd.ops.reduce import sum
from autograd.ops.registry import Maker, Sample, op
from autograd.ops.select import clamp
from autograd.ops.shape import reshape
from autograd.ops.slicing import diagonal
from autograd.ops.transcend import sqrt
from autograd.tensor import Tensor

__all__ = ["corrcoef", "cov"]


def _samples(make: Maker) -> Iterator[Sample]:
    yield Sample(make(3, 5))
    yield Sample(make(4))
    yield Sample(make(2, 4), correction=0)
    yield Sample(make(2, 4), fweights=make.integers(1, 4, 4), aweights=make.positive(4).detach())


@op(_samples)
def cov(
    input: Tensor, *, correction: int = 1, fweights: Tensor | None = None, aweights: Tensor | None = None
) -> Tensor:
    r"""Return the covariance matrix of variables.

    :math:`C = \sum_k w_k (x_k - \bar x)(x_k - \bar x)^\top / (\sum_k w_k - \delta\,\sum_k w_k a_k / \sum_k w_k)`, with
    the weighted mean :math:`\bar x` and :math:`w = f a`.

    Parameters
    ----------
    input : Tensor, shape (variables, observations) or (observations,)
    correction : int, default 1
        :math:`\delta`.
    fweights, aweights : Tensor, shape (observations,), optional
        How often each observation counts, and its relative importance.

    Returns
    -------
    Tensor, shape (variables, variables) or ()

    Raises
    ------
    RuntimeError
        If `input` has more than two axes.

    Examples
    --------
    >>> import autograd
    >>> autograd.cov(autograd.tensor([[0.0, 1.0, 2.0], [2.0, 1.0, 0.0]]))
    tensor([[ 1., -1.],
            [-1.,  1.]])
    """
    if input._data.ndim > 2:
        raise RuntimeError(
            describe(
                f"cov(): expected input to have two or fewer dimensions but got an input with {input._data.ndim} "
                "dimensions",
                op="cov",
                shapes={"input": input._data.shape},
            )
        )
    for name, given in (("fweights", fweights), ("aweights", aweights)):
        if given is not None:
            _require_weights(name, given, input._data.shape[-1] if input._data.ndim else 1)
    x = reshape(input, (1, -1)) if input._data.ndim < 2 else input
    weights = fweights if aweights is None else aweights if fweights is None else fweights * aweights
    if weights is None:
        total = x._data.shape[1]
        centred = x - sum(x, 1, keepdim=True) / total
        result = matmul(centred, centred.mT) / max(total - correction, 0)
    else:
        total = sum(weights)
        centred = x - sum(x * weights, 1, keepdim=True) / total
        lost = correction * (1 if aweights is None else sum(weights * aweights) / total)
        result = matmul(centred, (centred * weights).mT) / clamp(total - lost, min=0)
    return reshape(result, ()) if result._data.size == 1 else result


def _require_weights(name: str, weights: Tensor, observations: int) -> None:
    """Refuse weights that are not one a observation, not of the right type, or negative."""
    kind, phrase = ("biu", "integral dtype") if name == "fweights" else ("f", "floating point dtype")
    given = weights._data
    if given.ndim > 1:
        problem = f"expected {name} to have one or fewer dimensions but got {name} with {given.ndim} dimensions"
    elif given.dtype.kind not in kind or given.dtype.kind == "b":
        problem = f"expected {name} to have {phrase} but got {name} with {scalar_type(given.dtype)} dtype"
    elif given.size != observations:
        problem = (
            f"expected {name} to have the same numel as there are observations in the input but got {given.size} != "
            f"{observations}"
        )
    elif given.size and given.min() < 0:
        problem = f"{name} cannot be negative"
    else:
        return
    raise RuntimeError(describe(f"cov(): {problem}", op="cov", shapes={name: given.shape}))


@op(lambda make: [Sample(make(3, 5)), Sample(make(4))])
def corrcoef(input: Tensor) -> Tensor:
    """Return the correlation matrix of variables: their covariances over the products of their deviations.

    Parameters
    ----------
    input : Tensor, shape (variables, observations) or (observations,)

    Returns
    -------
    Tensor, shape (variables, variables) or ()

    Examples
    --------
    >>> import autograd
    >>> autograd.corrcoef(autograd.tensor([[0.0, 4.0], [3.0, 2.0]]))
    tensor([[ 1., -1.],
            [-1.,  1.]])
    """
    covariance = cov(input)
    if covariance._data.ndim == 0:
        return covariance / covariance
    deviation = sqrt(diagonal(covariance))
    return clamp(covariance / outer(deviation, deviation), -1, 1)
