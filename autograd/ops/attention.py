"""Attention, and sampling by a relaxed maximum: compositions around the softmax."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator

import numpy as np

from autograd.errors import describe, sizes
from autograd.ops.arguments import require_tensors
from autograd.ops.dropout import dropout
from autograd.ops.random import uniform
from autograd.ops.registry import Maker, Sample, op
from autograd.ops.select import where
from autograd.ops.softmax import softmax
from autograd.tensor import Tensor

__all__ = ["gumbel_softmax", "scaled_dot_product_attention"]


def _attended(make: Maker) -> Iterator[Sample]:
    yield Sample(make(2, 3, 4), make(2, 5, 4), make(2, 5, 3))
    yield Sample(make(2, 2, 3, 4), make(2, 2, 3, 4), make(2, 2, 3, 2), is_causal=True)
    mask = Tensor(np.array([[True, False, True], [True, True, False]]), None)
    yield Sample(make(2, 4), make(3, 4), make(3, 4), mask, scale=0.3)
    yield Sample(make(1, 2, 4), make(1, 3, 4), make(1, 3, 4), make(2, 3))
    yield Sample(make(1, 4, 2, 3), make(1, 2, 3, 3), make(1, 2, 3, 3), enable_gqa=True)


@op(_attended, method=False)
def scaled_dot_product_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Tensor:
    """Return ``softmax(Q K^T * scale + mask) V``.

    Vaswani et al., "Attention Is All You Need", 2017.

    Parameters
    ----------
    query : Tensor, shape (..., L, E)
    key : Tensor, shape (..., S, E)
    value : Tensor, shape (..., S, D)
    attn_mask : Tensor, optional
        Broadcasts to (..., L, S): added, or if boolean the pairs that take part.
    dropout_p : float
        Probability of a weight to be left out.
    is_causal : bool
        Let position i attend to positions up to i only.
    scale : float, optional
        ``1 / sqrt(E)`` by default.
    enable_gqa : bool
        Let groups of query heads share a head of keys and values.

    Returns
    -------
    Tensor, shape (..., L, D)

    Raises
    ------
    RuntimeError
        If the shapes do not fit, or both kinds of mask are given.

    Examples
    --------
    >>> import autograd, nn.functional as F
    >>> q, k, v = autograd.zeros(1, 2, 4), autograd.ones(1, 2, 4), autograd.tensor([[[1.0], [3.0]]])
    >>> F.scaled_dot_product_attention(q, k, v, is_causal=True)
    tensor([[[1.],
             [2.]]])
    """
    require_tensors("scaled_dot_product_attention", query=query, key=key, value=value)
    if is_causal and attn_mask is not None:
        raise RuntimeError(
            describe("_scaled_dot_product_attention: Explicit attn_mask should not be set when is_causal=True")
        )
    q, k = query._data.shape, key._data.shape
    if len(q) < 2 or len(k) < 2 or q[-1] != k[-1]:
        raise RuntimeError(
            describe(
                f"query and key must have the same last dimension, got sizes {sizes(q)} and {sizes(k)}",
                op="scaled_dot_product_attention",
            )
        )
    if enable_gqa:
        shared = q[-3] // k[-3]
        key, value = key.repeat_interleave(shared, -3), value.repeat_interleave(shared, -3)
    if is_causal:
        attn_mask = Tensor(np.tri(q[-2], k[-2], dtype=bool), None)
    scores = (query * (1 / math.sqrt(q[-1]) if scale is None else scale)) @ key.transpose(-2, -1)
    if attn_mask is not None:
        is_choice = attn_mask._data.dtype.kind == "b"
        scores = where(attn_mask, scores, -math.inf) if is_choice else scores + attn_mask
    weights = softmax(scores, -1)
    if dropout_p > 0:
        weights = dropout(weights, dropout_p)
    attended: Tensor = weights @ value
    return attended


def gumbel_softmax(logits: Tensor, tau: float = 1, hard: bool = False, eps: float = 1e-10, dim: int = -1) -> Tensor:
    """Draw from a relaxed categorical distribution: ``softmax((logits + gumbel noise) / tau)``.

    Jang, Gu and Poole, "Categorical Reparameterization with Gumbel-Softmax", 2017.

    Parameters
    ----------
    logits : Tensor, shape (..., classes, ...)
        Logarithms of probabilities, up to a constant.
    tau : float
        Temperature.
    hard : bool
        Return one-hot vectors, with the gradient of the soft ones.
    eps : float
        Deprecated, without effect.
    dim : int
        Axis of the classes.

    Examples
    --------
    >>> import autograd, nn.functional as F
    >>> drawn = F.gumbel_softmax(autograd.zeros(3, 4), hard=True)
    >>> drawn.sum(1)
    tensor([1., 1., 1.])
    """
    require_tensors("gumbel_softmax", logits=logits)
    if eps != 1e-10:
        warnings.warn("`eps` parameter is deprecated and has no effect.", UserWarning, stacklevel=2)
    kind = logits._data.dtype
    # 1 - u lies in (0, 1], so that both logarithms are finite but for u = 0, which the smallest number replaces.
    exponential = np.maximum(-np.log1p(-uniform(logits._data.shape, kind)), np.finfo(kind).tiny)
    soft = softmax((logits - Tensor(np.log(exponential), None)) / tau, dim)
    if not hard:
        return soft
    winner = soft._data.argmax(dim, keepdims=True)
    one_hot = np.zeros_like(soft._data)
    np.put_along_axis(one_hot, winner, 1, dim)
    return Tensor(one_hot - soft._data, None) + soft
