"""Normalisation by statistics of the batch, of groups of channels, or of the last axes.

Each is one node forward and one fused node backward. The gradient's own gradient is written once, for all of them, in
`second_gradients`: they differ only in which elements share a mean.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar, NamedTuple

import numpy as np

from autograd.errors import describe, sizes
from autograd.kernels import norm as kernels
from autograd.operation import Op
from autograd.ops import reduce
from autograd.ops.arguments import require_floating, require_tensors
from autograd.ops.expand import sum_to
from autograd.ops.registry import Maker, Sample, op
from autograd.ops.shape import reshape
from autograd.tensor import Tensor

__all__ = ["GroupNorm", "group_norm", "layer_norm", "require_channels", "require_variety"]

Array = np.ndarray[Any, np.dtype[Any]]
Gradients = tuple[Tensor | None, ...]


class Sharing(NamedTuple):
    """Which elements share statistics.

    Attributes
    ----------
    shape : tuple of int
        The input's shape, with groups of channels as an axis of their own.
    axes : tuple of int
        Axes of `shape` over which statistics are taken.
    weight : tuple of int
        Shape of weight and bias that broadcasts to `shape`.
    """

    shape: tuple[int, ...]
    axes: tuple[int, ...]
    weight: tuple[int, ...]


class NormGradient(Op):
    """Gradients of a normalisation by input, weight and bias; inputs are the cotangent, input, weight, statistics."""

    __slots__ = ("eps", "shared")
    keeps_all = True
    eps: float
    shared: Sharing

    def backward(self, *grads: Tensor | None) -> Gradients:
        g, x, w, _, _ = self.saved
        return second_gradients(grads, g, x, w, self.shared, self.eps) + (None, None)


def second_gradients(
    cotangents: tuple[Tensor | None, ...], g: Tensor, x: Tensor, w: Tensor | None, shared: Sharing, eps: float
) -> Gradients:
    """Return the gradients of `NormGradient` by g, x and w.

    With means m over the shared axes, ``s = (m((x - m(x))^2) + eps) ** -0.5``, ``y = (x - m(x)) s``,
    ``P(v) = v - m(v) - y m(v y)`` and ``u = w g``, the first gradients are ``dx = s P(u)``, ``dw = sum(g y)`` and
    ``db = sum(g)``. P is symmetric, so for the cotangents a, b, c of the three

    - by g: ``w s P(a) + b y + c``,
    - by w: ``sum(s g P(a))``,
    - by x: ``s P(h) - s^2 y (m(a u) - m(a) m(u) - m(a y) m(u y))``, where ``h = b g - s (a m(u y) + u m(a y))``.
    """
    shape, axes = shared.shape, shared.axes

    def mean(v: Tensor) -> Tensor:
        return reduce.mean(v, axes, keepdim=True)

    def project(v: Tensor) -> Tensor:
        return v - mean(v) - y * mean(v * y)

    a, b, c = [
        None if u is None else reshape(u, to)
        for u, to in zip(cotangents, (shape, shared.weight, shared.weight), strict=True)
    ]
    source, x, g = x, reshape(x, shape), reshape(g, shape)
    weight = 1.0 if w is None else reshape(w, shared.weight)
    centred = x - mean(x)
    s = (mean(centred * centred) + eps) ** -0.5
    y = centred * s
    terms: list[tuple[Tensor, Tensor]] = []
    for_w = None
    if a is not None:
        u, projected = g * weight, s * project(a)
        with_a, with_u = mean(a * y), mean(u * y)
        by_s = mean(a * u) - mean(a) * mean(u) - with_a * with_u
        h = s * (a * with_u + u * with_a)
        terms.append((projected * weight, -s * project(h) - s * s * y * by_s))
        for_w = None if w is None else reshape(sum_to(projected * g, shared.weight), w._data.shape)
    if b is not None:
        terms.append((b * y, s * project(b * g)))
    if c is not None:
        terms.append((c, Tensor(np.zeros((), x._data.dtype), None)))
    for_g, for_x = (_total(parts).expand(shape).reshape(source._data.shape) for parts in zip(*terms, strict=True))
    return for_g, for_x, for_w


def _total(parts: Sequence[Tensor]) -> Tensor:
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return total


class Norm(Op):
    """A normalisation of x with optional weight and bias; its gradient is the subclass's `gradient`."""

    __slots__ = ("eps", "groups")
    keeps = {0: (0, 1), 1: (0, 1), 2: (0, 1)}
    gradient: ClassVar[type[NormGradient]]
    eps: float
    groups: int

    def backward(self, grad: Tensor) -> Gradients:
        x, w, _ = self.saved
        found = self.gradient.apply(grad, x, w, *self.kept, groups=self.groups, eps=self.eps)
        return tuple([d if needed else None for d, needed in zip(found, self.needs_input_grad, strict=True)])


class BatchNormGradient(NormGradient):
    """Gradients of batch normalisation."""

    __slots__ = ()

    def forward(
        self, g: Array, x: Array, w: Array | None, mean: Array, invstd: Array, *, groups: int, eps: float
    ) -> tuple[Array, Array, Array]:
        others = (0, *range(2, x.ndim))
        self.shared, self.eps = Sharing(x.shape, others, (1, x.shape[1], *(1,) * (x.ndim - 2))), eps
        return kernels.batch_norm_backward(g, x, mean, invstd, w)


class BatchNorm(Norm):
    """Every channel normalised by its mean and variance over the batch, which are given."""

    __slots__ = ()
    gradient = BatchNormGradient

    @classmethod
    def params_for(cls, arrays: list[Any], params: dict[str, Any]) -> dict[str, Any]:
        mean, var = kernels.batch_stats(arrays[0])
        return {**params, "mean": mean, "var": var}

    def forward(self, x: Array, w: Array | None, b: Array | None, *, mean: Array, var: Array, eps: float) -> Array:
        self.eps, self.groups = eps, 1
        invstd = 1 / np.sqrt(var + var.dtype.type(eps))
        self.keep(mean, invstd)
        scale = invstd if w is None else invstd * w
        return kernels.batch_norm_apply(x, scale, -mean * scale if b is None else b - mean * scale)


class GroupNormGradient(NormGradient):
    """Gradients of group normalisation."""

    __slots__ = ()

    def forward(
        self, g: Array, x: Array, w: Array | None, mean: Array, invstd: Array, *, groups: int, eps: float
    ) -> tuple[Array, Array, Array]:
        images, channels, *size = x.shape
        split = (images, groups, channels // groups, *size)
        self.shared = Sharing(split, tuple(range(2, len(split))), (1, *split[1:3], *(1,) * len(size)))
        self.eps = eps
        return kernels.group_norm_backward(g, x, mean, invstd, w)


class GroupNorm(Norm):
    """Every group of channels of every image normalised by its own mean and variance."""

    __slots__ = ()
    gradient = GroupNormGradient

    def forward(self, x: Array, w: Array | None, b: Array | None, *, groups: int, eps: float) -> Array:
        self.eps, self.groups = eps, groups
        mean, var = kernels.group_stats(x, groups)
        invstd = 1 / np.sqrt(var + var.dtype.type(eps))
        self.keep(mean, invstd)
        return kernels.group_norm_apply(x, mean, invstd, w, b)


class LayerNormGradient(NormGradient):
    """Gradients of layer normalisation; `groups` is the number of normalised axes."""

    __slots__ = ()

    def forward(
        self, g: Array, x: Array, w: Array | None, mean: Array, invstd: Array, *, groups: int, eps: float
    ) -> tuple[Array, Array, Array]:
        first = x.ndim - groups
        self.shared = Sharing(x.shape, tuple(range(first, x.ndim)), (1,) * first + x.shape[first:])
        self.eps = eps
        return kernels.layer_norm_backward(g, x, groups, mean, invstd, w)


class LayerNorm(Norm):
    """Every part spanned by the last axes normalised by its own mean and variance."""

    __slots__ = ()
    gradient = LayerNormGradient

    def forward(self, x: Array, w: Array | None, b: Array | None, *, axes: int, eps: float) -> Array:
        self.eps, self.groups = eps, axes
        out, mean, invstd = kernels.layer_norm(x, axes, w, b, eps)
        self.keep(mean, invstd)
        return out


def require_channels(op: str, count: int, **vectors: Tensor | None) -> None:
    """Refuse vectors that do not have one entry a channel.

    Raises
    ------
    RuntimeError
        If one has another number of elements.
    """
    for name, vector in vectors.items():
        if vector is not None and vector._data.shape != (count,):
            raise RuntimeError(
                describe(
                    f"{name} should contain {count} elements not {vector._data.size}",
                    op=op,
                    shapes={name: vector._data.shape},
                    rule=f"one entry for each of {count} channels",
                )
            )


def require_variety(count: int, shape: tuple[int, ...], phrase: str, op: str) -> None:
    """Refuse to take statistics of single values.

    Raises
    ------
    ValueError
        If `count`, the number of values with a common mean, is 1.
    """
    if count == 1:
        raise ValueError(
            describe(
                f"{phrase}, got input size autograd.Size({list(shape)})",
                op=op,
                rule="a single value equals its mean, and would always be normalised to zero",
                fix="use larger batches (drop_last=True in the loader), or put the layer into evaluation mode",
            )
        )


def _grouped(make: Maker) -> Iterator[Sample]:
    yield Sample(make(2, 4, 3, 2), 2)
    yield Sample(make(2, 6, 4), 3, make.positive(6), make(6), 1e-3)
    yield Sample(make(3, 4), 2, make.positive(4))
    yield Sample(make(1, 4, 2, 2, 2), 1, bias=make(4))
    yield Sample(make(0, 4, 3), 2, make.positive(4), make(4))


@op(_grouped, method=False)
def group_norm(
    input: Tensor, num_groups: int, weight: Tensor | None = None, bias: Tensor | None = None, eps: float = 1e-5
) -> Tensor:
    """Normalise groups of channels of each image: ``(x - mean) / sqrt(var + eps) * weight + bias``.

    Wu and He, "Group Normalization", 2018.

    Parameters
    ----------
    input : Tensor, shape (N, C, ...)
    num_groups : int
        Divides C.
    weight, bias : Tensor, shape (C,), optional
    eps : float

    Raises
    ------
    RuntimeError
        If `num_groups` does not divide the number of channels, or a shape does not fit.

    Examples
    --------
    >>> import autograd
    >>> import nn.functional as F
    >>> x = autograd.tensor([[[1.0, 3.0], [10.0, 14.0]]])
    >>> F.group_norm(x, 2, eps=0.0)
    tensor([[[-1.,  1.],
             [-1.,  1.]]])
    """
    require_tensors("group_norm", input=input)
    shape = input._data.shape
    if len(shape) < 2:
        raise RuntimeError(
            describe(f"Expected at least 2 dimensions for input tensor but received {len(shape)}", op="group_norm")
        )
    channels = shape[1]
    if num_groups < 1 or channels % num_groups:
        raise RuntimeError(
            describe(
                "Expected number of channels in input to be divisible by num_groups, but got input of shape "
                f"{sizes(shape)} and num_groups={num_groups}",
                op="group_norm",
                rule=f"{channels} channels must make equal groups",
            )
        )
    for name, vector in (("weight", weight), ("bias", bias)):
        if vector is not None and vector._data.shape != (channels,):
            raise RuntimeError(
                describe(
                    f"Expected {name} to be a vector of size equal to the number of channels in input, but got {name} "
                    f"of shape {sizes(vector._data.shape)} and input of shape {sizes(shape)}",
                    op="group_norm",
                )
            )
    require_floating("group_norm", input)
    phrase = "Expected more than 1 value per channel when training"
    require_variety(input._data.size // max(num_groups, 1), shape, phrase, "group_norm")
    result: Tensor = GroupNorm.apply(input, weight, bias, groups=num_groups, eps=eps)
    return result


def _layered(make: Maker) -> Iterator[Sample]:
    yield Sample(make(2, 3, 4), (4,))
    yield Sample(make(2, 3, 4), (3, 4), make.positive(3, 4), make(3, 4), 1e-3)
    yield Sample(make(5), [5], make.positive(5))
    yield Sample(make(2, 2, 3), (3,), bias=make(3))
    yield Sample(make(0, 3), (3,), make.positive(3), make(3))


def normalized_axes(input: Tensor, normalized_shape: Any, op: str, **parameters: Tensor | None) -> int:
    """Return the number of axes to normalise, and check that they are the input's last.

    Raises
    ------
    TypeError
        If `normalized_shape` is not a sequence.
    RuntimeError
        If it is empty, is not the end of the input's shape, or a parameter has another shape.
    """
    require_tensors(op, input=input)
    if not isinstance(normalized_shape, Sequence):
        kind = type(normalized_shape).__name__
        raise TypeError(
            describe(f"{op}(): argument 'normalized_shape' (position 2) must be tuple of ints, not {kind}", op=op)
        )
    wanted, shape = tuple(normalized_shape), input._data.shape
    if not wanted:
        raise RuntimeError(
            describe(
                "Expected normalized_shape to be at least 1-dimensional, i.e., containing at least one element, but "
                "got normalized_shape = []",
                op=op,
            )
        )
    for name, parameter in parameters.items():
        if parameter is not None and parameter._data.shape != wanted:
            raise RuntimeError(
                describe(
                    f"Expected {name} to be of same shape as normalized_shape, but got {name} of shape "
                    f"{sizes(parameter._data.shape)} and normalized_shape = {sizes(wanted)}",
                    op=op,
                )
            )
    if shape[len(shape) - len(wanted) :] != wanted or len(shape) < len(wanted):
        gap = ", " if op == "layer_norm" else ""
        raise RuntimeError(
            describe(
                f"Given normalized_shape={sizes(wanted)}, expected input with shape [*{gap}{sizes(wanted)[1:]}, but "
                f"got input of size{sizes(shape)}",
                op=op,
                rule="the input's last axes are the normalised ones",
            )
        )
    require_floating(op, input)
    return len(wanted)


@op(_layered, method=False)
def layer_norm(
    input: Tensor,
    normalized_shape: Sequence[int],
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
) -> Tensor:
    """Normalise the last axes: ``(x - mean) / sqrt(var + eps) * weight + bias``.

    Ba, Kiros and Hinton, "Layer Normalization", 2016.

    Parameters
    ----------
    input : Tensor, shape (..., normalized_shape)
    normalized_shape : sequence of int
    weight, bias : Tensor, shape normalized_shape, optional
    eps : float

    Raises
    ------
    RuntimeError
        If the shapes do not fit.

    Examples
    --------
    >>> import autograd
    >>> import nn.functional as F
    >>> F.layer_norm(autograd.tensor([[1.0, 3.0], [10.0, 14.0]]), (2,), eps=0.0)
    tensor([[-1.,  1.],
            [-1.,  1.]])
    """
    axes = normalized_axes(input, normalized_shape, "layer_norm", weight=weight, bias=bias)
    result: Tensor = LayerNorm.apply(input, weight, bias, axes=axes, eps=eps)
    return result
