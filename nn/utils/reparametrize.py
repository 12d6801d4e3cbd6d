"""Weight and spectral normalisation of a module's weights: the arithmetic, and the form that works by hooks."""

from __future__ import annotations

from typing import Any, TypeVar

import autograd
from autograd import Tensor
from autograd.errors import describe
from nn import functional as F
from nn.module import Module
from nn.modules.conv_transpose import ConvTranspose1d, ConvTranspose2d, ConvTranspose3d
from nn.parameter import Parameter, is_lazy

__all__ = ["remove_spectral_norm", "remove_weight_norm", "spectral_norm", "weight_norm"]

M = TypeVar("M", bound=Module)


def norm_except_dim(v: Tensor, dim: int) -> Tensor:
    """Return the norm of `v` over all axes but `dim`; over all if `dim` is -1."""
    if dim == -1:
        return autograd.linalg.vector_norm(v)
    axes = tuple(axis for axis in range(v.ndim) if axis != dim % v.ndim)
    return autograd.linalg.vector_norm(v, 2, axes, keepdim=True) if axes else abs(v)


def as_matrix(weight: Tensor, dim: int) -> Tensor:
    """Return `weight` with the axis `dim` first and all others merged."""
    if dim != 0:
        weight = weight.permute(dim, *(axis for axis in range(weight.ndim) if axis != dim))
    matrix: Tensor = weight.reshape(weight.shape[0], -1)
    return matrix


def unit_vector(length: int, like: Tensor, eps: float) -> Tensor:
    """Return a random unit vector."""
    vector = autograd.empty(length, dtype=like.dtype).normal_(0, 1)
    return F.normalize(vector, dim=0, eps=eps)


def output_axis(module: Module) -> int:
    """Return which axis of the weight runs over the outputs."""
    return 1 if isinstance(module, ConvTranspose1d | ConvTranspose2d | ConvTranspose3d) else 0


class _Recomputed:
    """A forward pre-hook that sets an attribute of the module anew before each call."""

    what: str

    def __init__(self, name: str, dim: int) -> None:
        self.name = name
        self.dim = dim

    def compute(self, module: Module, training: bool) -> Tensor:
        """Return the attribute's value."""
        raise NotImplementedError

    def __call__(self, module: Module, inputs: Any) -> None:
        # Into __dict__: the value is neither parameter nor buffer.
        module.__dict__[self.name] = self.compute(module, module.training)

    def install(self, module: Module) -> None:
        """Compute the attribute from now on.

        Raises
        ------
        RuntimeError
            If it is so already.
        """
        if find_hook(module, type(self), self.name) is not None:
            raise RuntimeError(describe(f"Cannot register two {self.what} hooks on the same parameter {self.name}"))
        module.register_forward_pre_hook(self)
        self(module, ())


def find_hook(module: Module, kind: type[_Recomputed], name: str) -> int | None:
    """Return the key of the hook of that kind on an attribute of `module`."""
    for key, hook in () if module._hooks is None else module._hooks.forward_pre.items():
        if isinstance(hook.function, kind) and hook.function.name == name:
            return int(key)
    return None


class WeightNorm(_Recomputed):
    """``weight = weight_g * weight_v / |weight_v|``."""

    what = "weight_norm"

    def compute(self, module: Module, training: bool) -> Tensor:
        """Return the weight."""
        g, v = getattr(module, self.name + "_g"), getattr(module, self.name + "_v")
        weight: Tensor = v * (g / norm_except_dim(v, self.dim))
        return weight


class SpectralNorm(_Recomputed):
    """``weight = weight_orig / sigma``, with the largest singular value by power iteration."""

    what = "spectral_norm"

    def __init__(self, name: str, dim: int, n_power_iterations: int, eps: float) -> None:
        super().__init__(name, dim)
        self.n_power_iterations = n_power_iterations
        self.eps = eps

    def compute(self, module: Module, training: bool) -> Tensor:
        """Return the weight."""
        weight = getattr(module, self.name + "_orig")
        u, v = getattr(module, self.name + "_u"), getattr(module, self.name + "_v")
        matrix = as_matrix(weight, self.dim)
        if training:
            with autograd.no_grad():
                for _ in range(self.n_power_iterations):
                    v.copy_(F.normalize(matrix.transpose(0, 1) @ u, dim=0, eps=self.eps))
                    u.copy_(F.normalize(matrix @ v, dim=0, eps=self.eps))
            # Backward is to see this iteration's vectors, not the next one's.
            u, v = u.clone(), v.clone()
        normalised: Tensor = weight / (u @ (matrix @ v))
        return normalised


def _parameter(module: Module, name: str) -> Parameter:
    weight = module._parameters.get(name)
    if weight is None or is_lazy(weight):
        raise ValueError(
            describe(
                f"the module has no initialised parameter '{name}' to normalise",
                fix="name a parameter; run a dummy forward through a lazy module first",
            )
        )
    return weight


def weight_norm(module: M, name: str = "weight", dim: int | None = 0) -> M:
    """Split a weight into magnitude and direction: ``w = g v / |v|``, by a hook (Salimans & Kingma 2016).

    The module then has the parameters ``weight_g`` and ``weight_v``; `nn.utils.parametrizations.weight_norm` does the
    same without a hook and with other names.

    Parameters
    ----------
    module : Module
    name : str, default 'weight'
    dim : int or None, default 0
        The axis that keeps a magnitude for each of its entries; None gives one for all.

    Raises
    ------
    RuntimeError
        If it is normalised already.
    ValueError
        If there is no such parameter.

    Examples
    --------
    >>> import nn
    >>> layer = nn.utils.weight_norm(nn.Linear(20, 40))
    >>> layer.weight_g.shape, layer.weight_v.shape
    (autograd.Size([40, 1]), autograd.Size([40, 20]))
    """
    hook = WeightNorm(name, -1 if dim is None else dim)
    if find_hook(module, WeightNorm, name) is None:
        weight = _parameter(module, name)
        delattr(module, name)
        module.register_parameter(name + "_g", Parameter(norm_except_dim(weight.data, hook.dim)))
        module.register_parameter(name + "_v", Parameter(weight.data))
    hook.install(module)
    return module


def remove_weight_norm(module: M, name: str = "weight") -> M:
    """Take `weight_norm` away; the weight keeps its value.

    Parameters
    ----------
    module : Module
    name : str, default 'weight'

    Raises
    ------
    ValueError
        If there is none.

    Examples
    --------
    >>> import nn
    >>> layer = nn.utils.remove_weight_norm(nn.utils.weight_norm(nn.Linear(20, 40)))
    >>> [name for name, _ in layer.named_parameters()]
    ['bias', 'weight']
    """
    return _remove(module, WeightNorm, name, ("_g", "_v"))


def spectral_norm(
    module: M, name: str = "weight", n_power_iterations: int = 1, eps: float = 1e-12, dim: int | None = None
) -> M:
    """Divide a weight by its largest singular value, by a hook (Miyato et al. 2018).

    The module then has the parameter ``weight_orig`` and the buffers ``weight_u`` and ``weight_v``.

    Parameters
    ----------
    module : Module
    name : str, default 'weight'
    n_power_iterations : int, default 1
        In each forward in training.
    eps : float, default 1e-12
    dim : int, optional
        The axis of the outputs, by default 0, for transposed convolutions 1.

    Raises
    ------
    RuntimeError
        If it is normalised already.
    ValueError
        If there is no such parameter, or `n_power_iterations` is not positive.

    Examples
    --------
    >>> import nn
    >>> layer = nn.utils.spectral_norm(nn.Linear(20, 40))
    >>> list(layer.state_dict())
    ['bias', 'weight_orig', 'weight_u', 'weight_v']
    """
    if n_power_iterations <= 0:
        raise ValueError(
            describe(f"Expected n_power_iterations to be positive, but got n_power_iterations={n_power_iterations}")
        )
    hook = SpectralNorm(name, output_axis(module) if dim is None else dim, n_power_iterations, eps)
    if find_hook(module, SpectralNorm, name) is None:
        weight = _parameter(module, name)
        height, width = as_matrix(weight.data, hook.dim).shape
        delattr(module, name)
        module.register_parameter(name + "_orig", weight)
        module.register_buffer(name + "_u", unit_vector(height, weight, eps))
        module.register_buffer(name + "_v", unit_vector(width, weight, eps))
        hook.install(module)
        module.__dict__[name] = weight.data
        return module
    hook.install(module)
    return module


def remove_spectral_norm(module: M, name: str = "weight") -> M:
    """Take `spectral_norm` away; the weight keeps its value.

    Parameters
    ----------
    module : Module
    name : str, default 'weight'

    Raises
    ------
    ValueError
        If there is none.

    Examples
    --------
    >>> import nn
    >>> layer = nn.utils.remove_spectral_norm(nn.utils.spectral_norm(nn.Linear(20, 40)))
    >>> list(layer.state_dict())
    ['bias', 'weight']
    """
    return _remove(module, SpectralNorm, name, ("_orig", "_u", "_v"))


def _remove(module: M, kind: type[_Recomputed], name: str, parts: tuple[str, ...]) -> M:
    key = find_hook(module, kind, name)
    if key is None or module._hooks is None:
        raise ValueError(describe(f"{kind.what} of '{name}' not found in {module}"))
    hook: Any = module._hooks.forward_pre.pop(key).function
    with autograd.no_grad():
        weight = hook.compute(module, training=False)
    for part in parts:
        delattr(module, name + part)
    del module.__dict__[name]
    module.register_parameter(name, Parameter(weight.detach()))
    return module
