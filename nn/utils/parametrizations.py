"""Weight and spectral normalisation as parametrizations."""

from __future__ import annotations

from typing import TypeVar

import autograd
from autograd import Tensor
from autograd.errors import describe
from nn import functional as F
from nn.module import Module
from nn.utils.parametrize import register_parametrization
from nn.utils.reparametrize import as_matrix, norm_except_dim, output_axis, unit_vector

__all__ = ["spectral_norm", "weight_norm"]

M = TypeVar("M", bound=Module)


class _WeightNorm(Module):
    def __init__(self, dim: int | None = 0) -> None:
        super().__init__()
        self.dim = -1 if dim is None else dim

    def forward(self, weight_g: Tensor, weight_v: Tensor) -> Tensor:
        """Return the weight of a magnitude and a direction."""
        return weight_v * (weight_g / norm_except_dim(weight_v, self.dim))

    def right_inverse(self, weight: Tensor) -> tuple[Tensor, Tensor]:
        """Return the magnitude and direction of a weight."""
        return norm_except_dim(weight, self.dim), weight


class _SpectralNorm(Module):
    def __init__(self, weight: Tensor, n_power_iterations: int, dim: int, eps: float) -> None:
        super().__init__()
        if not -weight.ndim <= dim < weight.ndim:
            raise IndexError(
                describe(
                    f"Dimension out of range (expected to be in range of [-{weight.ndim}, {weight.ndim - 1}] "
                    f"but got {dim})"
                )
            )
        if n_power_iterations <= 0:
            raise ValueError(
                describe(f"Expected n_power_iterations to be positive, but got n_power_iterations={n_power_iterations}")
            )
        self.dim = dim % weight.ndim
        self.eps = eps
        if weight.ndim > 1:
            self.n_power_iterations = n_power_iterations
            matrix = as_matrix(weight.data, self.dim)
            self.register_buffer("_u", unit_vector(matrix.shape[0], weight, eps))
            self.register_buffer("_v", unit_vector(matrix.shape[1], weight, eps))
            self._iterate(matrix, 15)

    @autograd.no_grad()
    def _iterate(self, matrix: Tensor, count: int) -> None:
        for _ in range(count):
            self._u.copy_(F.normalize(matrix @ self._v, dim=0, eps=self.eps))
            self._v.copy_(F.normalize(matrix.transpose(0, 1) @ self._u, dim=0, eps=self.eps))

    def forward(self, weight: Tensor) -> Tensor:
        """Return the weight divided by its largest singular value."""
        if weight.ndim == 1:
            return F.normalize(weight, dim=0, eps=self.eps)
        matrix = as_matrix(weight, self.dim)
        if self.training:
            self._iterate(matrix, self.n_power_iterations)
        sigma: Tensor = self._u.clone() @ (matrix @ self._v.clone())
        return weight / sigma

    def right_inverse(self, value: Tensor) -> Tensor:
        """Return `value`: it has the same direction."""
        return value


def weight_norm(module: M, name: str = "weight", dim: int | None = 0) -> M:
    """Split a weight into magnitude and direction: ``w = g v / |v|`` (Salimans & Kingma 2016).

    The originals are ``parametrizations.weight.original0``, the magnitude, and ``original1``, the direction.

    Parameters
    ----------
    module : Module
    name : str, default 'weight'
    dim : int or None, default 0
        The axis that keeps a magnitude for each of its entries; None gives one for all.

    Raises
    ------
    ValueError
        If there is no such parameter.

    Examples
    --------
    >>> import nn
    >>> layer = nn.utils.parametrizations.weight_norm(nn.Linear(20, 40))
    >>> [name for name, _ in layer.named_parameters()]
    ['bias', 'parametrizations.weight.original0', 'parametrizations.weight.original1']
    """
    register_parametrization(module, name, _WeightNorm(dim), unsafe=True)
    return module


def spectral_norm(
    module: M, name: str = "weight", n_power_iterations: int = 1, eps: float = 1e-12, dim: int | None = None
) -> M:
    """Divide a weight by its largest singular value, found by power iteration (Miyato et al. 2018).

    Parameters
    ----------
    module : Module
    name : str, default 'weight'
    n_power_iterations : int, default 1
        Each time the weight is read in training.
    eps : float, default 1e-12
    dim : int, optional
        The axis of the outputs, by default 0, for transposed convolutions 1.

    Raises
    ------
    ValueError
        If there is no such tensor, or `n_power_iterations` is not positive.

    Examples
    --------
    >>> import autograd, nn
    >>> layer = nn.utils.parametrizations.spectral_norm(nn.Linear(20, 40), n_power_iterations=100)
    >>> round(autograd.linalg.matrix_norm(layer.weight, 2).item(), 2)
    1.0
    """
    weight = getattr(module, name, None)
    if not isinstance(weight, Tensor):
        raise ValueError(describe(f"Module '{module}' has no parameter or buffer with name '{name}'"))
    axis = output_axis(module) if dim is None else dim
    register_parametrization(module, name, _SpectralNorm(weight, n_power_iterations, axis, eps))
    return module
