"""Embedding."""

from __future__ import annotations

from typing import Any

import autograd
from autograd import Tensor
from autograd.errors import describe
from nn import functional as F
from nn import init
from nn.module import Module
from nn.parameter import Parameter

__all__ = ["Embedding"]


class Embedding(Module):
    """A table of vectors, looked up by index: (...) of integers -> (..., embedding_dim).

    Parameters
    ----------
    num_embeddings, embedding_dim : int
        Number and length of the vectors.
    padding_idx : int, optional
        The index whose vector starts as zero and gets no gradient.
    max_norm : float, optional
        Vectors that are looked up are first scaled down, in place, to at most this norm.
    norm_type : float, default 2
        The p of that norm.
    scale_grad_by_freq : bool, default False
        Whether gradients are divided by how often an index occurs in the batch.
    sparse : bool, default False
        Accepted and without effect: gradients are dense.

    Attributes
    ----------
    weight : Parameter, shape (num_embeddings, embedding_dim)
        Drawn from N(0, 1).

    Raises
    ------
    AssertionError
        If `padding_idx` is out of range, or a given weight has another shape.

    Examples
    --------
    >>> import autograd, nn
    >>> nn.Embedding(10, 3)(autograd.tensor([[1, 2, 4, 5]])).shape
    autograd.Size([1, 4, 3])
    """

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None = None,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        sparse: bool = False,
        _weight: Tensor | None = None,
        _freeze: bool = False,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        if padding_idx is not None:
            if not -num_embeddings <= padding_idx < num_embeddings:
                raise AssertionError(
                    describe("Padding_idx must be within num_embeddings", rule=f"{padding_idx} of {num_embeddings}")
                )
            padding_idx %= num_embeddings
        self.num_embeddings = num_embeddings
        self.embedding_dim = embedding_dim
        self.padding_idx = padding_idx
        self.max_norm = max_norm
        self.norm_type = norm_type
        self.scale_grad_by_freq = scale_grad_by_freq
        self.sparse = sparse
        if _weight is None:
            self.weight = Parameter(autograd.empty(num_embeddings, embedding_dim, device=device, dtype=dtype))
            self.reset_parameters()
        elif tuple(_weight.shape) == (num_embeddings, embedding_dim):
            self.weight = Parameter(_weight)
        else:
            raise AssertionError(
                describe(
                    "Shape of weight does not match num_embeddings and embedding_dim",
                    shapes={"weight": _weight.shape, "expected": (num_embeddings, embedding_dim)},
                )
            )
        self.weight.requires_grad_(not _freeze)

    def reset_parameters(self) -> None:
        """Draw the initial values anew."""
        init.normal_(self.weight)
        if self.padding_idx is not None:
            with autograd.no_grad():
                self.weight[self.padding_idx].fill_(0)

    def forward(self, input: Tensor) -> Tensor:
        """Look up the vectors of the indices in `input`."""
        return F.embedding(
            input, self.weight, self.padding_idx, self.max_norm, self.norm_type, self.scale_grad_by_freq, self.sparse
        )

    def extra_repr(self) -> str:
        """Return the constructor's arguments that differ from their defaults."""
        text = f"{self.num_embeddings}, {self.embedding_dim}"
        defaults = {"padding_idx": None, "max_norm": None, "norm_type": 2, "scale_grad_by_freq": False, "sparse": False}
        for name, default in defaults.items():
            value = getattr(self, name)
            if value != default:
                text += f", {name}={value}"
        return text

    @classmethod
    def from_pretrained(
        cls,
        embeddings: Tensor,
        freeze: bool = True,
        padding_idx: int | None = None,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        sparse: bool = False,
    ) -> Embedding:
        """Return an embedding over a given table.

        Parameters
        ----------
        embeddings : Tensor, shape (num_embeddings, embedding_dim)
        freeze : bool, default True
            Whether the table is not to be learnt.

        Raises
        ------
        AssertionError
            If `embeddings` is not a matrix.

        Examples
        --------
        >>> import autograd, nn
        >>> table = nn.Embedding.from_pretrained(autograd.tensor([[1.0, 2.0], [3.0, 4.0]]))
        >>> table(autograd.tensor([1]))
        tensor([[3., 4.]])
        """
        if embeddings.ndim != 2:
            raise AssertionError(
                describe(
                    "Embeddings parameter is expected to be 2-dimensional", shapes={"embeddings": embeddings.shape}
                )
            )
        return cls(
            num_embeddings=embeddings.shape[0],
            embedding_dim=embeddings.shape[1],
            padding_idx=padding_idx,
            max_norm=max_norm,
            norm_type=norm_type,
            scale_grad_by_freq=scale_grad_by_freq,
            sparse=sparse,
            _weight=embeddings,
            _freeze=freeze,
        )
