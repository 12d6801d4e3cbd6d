"""A convolution and its gradients by numbers, worked out in every way lecture notes know, and compared.

The ways are windows and their products, the full convolution with the rotated kernel, the im2col matrix and the
Toeplitz matrix; what they are compared with is what a forward and a backward pass of the engine give.
"""

from __future__ import annotations

from math import prod
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from autograd.config import enable_grad, exact
from autograd.engine import grad as gradients
from autograd.errors import describe
from autograd.geometry import ConvGeometry
from autograd.inspect import convolution_text, definitions
from autograd.node import AccumulateGrad, Node
from autograd.ops.conv import Conv, conv1d, conv2d
from autograd.ops.shape import Reshape, ReshapeCopy
from autograd.tensor import Tensor

__all__ = ["Agreement", "ConvolutionExplanation", "Term", "convolution_of", "demo_convolution"]

Array = np.ndarray[Any, np.dtype[Any]]

LARGEST = 256
"""Elements up to which arrays are written out."""


class Term(NamedTuple):
    """One product of a sum: two factors and their indices."""

    left: tuple[int, ...]
    right: tuple[int, ...]


class Agreement(NamedTuple):
    """Two ways to one result: what is compared, how it was computed, and the largest difference."""

    result: str
    way: str
    difference: float
    agrees: bool


class ConvolutionExplanation:
    """A convolution ``y = conv(x, w) + b`` with the cotangent ``g = dL/dy``, and all three gradients.

    Attributes
    ----------
    geometry : ConvGeometry
    x, w, b, g : ndarray
        Operands and cotangent; ``b`` is ``None`` without bias.
    y, dx, dw, db : ndarray
        What the engine computes.
    padded_input : ndarray, shape (N, C, size + padding)
    padded_cotangent : ndarray
        The cotangent dilated by the stride and padded, as the full convolution wants it.
    rotated : ndarray, shape (C, O / groups, kernel)
        The kernel turned by 180 degrees, its channel axes swapped within each group.
    columns : ndarray, shape (N, C * taps, positions)
        The im2col matrix: one column for each output position.
    toeplitz : ndarray, shape (O * positions, C * inputs)
        The whole convolution as one matrix.
    agreements : list of Agreement

    Examples
    --------
    >>> import autograd
    >>> x = autograd.arange(5.0).reshape(1, 1, 5).requires_grad_()
    >>> w = autograd.tensor([[[1.0, 0.0, -1.0]]], requires_grad=True)
    >>> explanation = autograd.inspect.explain(autograd.conv1d(x, w))
    >>> explanation.y[0, 0], explanation.dw[0, 0]
    (array([-2., -2., -2.], dtype=float32), array([3., 6., 9.], dtype=float32))
    >>> explanation.toeplitz.astype(int)
    array([[ 1,  0, -1,  0,  0],
           [ 0,  1,  0, -1,  0],
           [ 0,  0,  1,  0, -1]])
    """

    def __init__(self, x: Array, w: Array, b: Array | None, g: Array, geometry: ConvGeometry) -> None:
        self.geometry = geometry
        self.x, self.w, self.b, self.g = x, w, b, g
        self.y, self.dx, self.dw, self.db = _by_engine(x, w, b, g, geometry)
        self.padded_input = definitions.padded_input(x, geometry)
        self.padded_cotangent = definitions.padded_cotangent(g, geometry)
        self.rotated = definitions.rotated(w, geometry.groups)
        self.columns = definitions.columns(self.padded_input, geometry)
        self.toeplitz = definitions.toeplitz(w, geometry)
        self.agreements = list(self._compare())

    @classmethod
    def of_node(cls, tensor: Tensor, node: Conv, grad: Any = None) -> ConvolutionExplanation:
        """Explain a recorded convolution, given its output with a batch axis.

        Raises
        ------
        ValueError
            If the gradient has another shape than the output, or the arrays are too large to be written out.
        RuntimeError
            If the graph was freed, or an operand's values were not kept.
        """
        if grad is None:
            g = np.ones(tensor._data.shape, tensor._data.dtype)
        else:
            g = np.asarray(grad._data if isinstance(grad, Tensor) else grad, tensor._data.dtype)
            if g.size == tensor._data.size and g.ndim == tensor._data.ndim - 1:
                g = g[None]
        if g.shape != tensor._data.shape:
            raise ValueError(
                describe(
                    "the gradient has the output's shape",
                    op="explain",
                    shapes={"output": tensor._data.shape, "grad": g.shape},
                )
            )
        x, w = (_operand(node, position) for position in (0, 1))
        _refuse_large(x, w, g)
        return cls(x, w, _bias(node, tensor._data, x, w), g, node.geometry)

    # ---- the terms of every sum

    def terms_of_output(self, channel: int, position: tuple[int, ...]) -> list[Term]:
        """Return the products of ``y[n, channel, position]``: indices (c, padded place) and (o, c, tap).

        Parameters
        ----------
        channel : int
        position : tuple of int
            One index for each spatial axis.

        Returns
        -------
        list of Term
        """
        s, d = self.geometry.stride, self.geometry.dilation
        group = channel // (len(self.w) // self.geometry.groups)
        return [
            Term(
                (group * self.w.shape[1] + c, *definitions.source(position, s, tap, d)),
                (channel, c, *tap),
            )
            for c in range(self.w.shape[1])
            for tap in np.ndindex(*self.geometry.kernel)
        ]

    def terms_of_input(self, channel: int, position: tuple[int, ...]) -> list[Term]:
        """Return the products of ``dx[n, channel, position]``: indices (o, padded place) and (c, o, tap).

        Parameters
        ----------
        channel : int
        position : tuple of int
            One index for each spatial axis.

        Returns
        -------
        list of Term
        """
        d = self.geometry.dilation
        outputs = self.rotated.shape[1]
        group = channel // self.w.shape[1]
        return [
            Term((group * outputs + o, *definitions.source(position, (1,) * len(d), tap, d)), (channel, o, *tap))
            for o in range(outputs)
            for tap in np.ndindex(*self.geometry.kernel)
        ]

    def terms_of_weight(self, output: int, channel: int, tap: tuple[int, ...]) -> list[Term]:
        """Return the products of ``dw[output, channel, tap]``: indices (c, padded place) and (o, position).

        Parameters
        ----------
        output, channel : int
        tap : tuple of int
            One index for each spatial axis of the kernel.

        Returns
        -------
        list of Term
        """
        s, d = self.geometry.stride, self.geometry.dilation
        group = output // (len(self.w) // self.geometry.groups)
        return [
            Term((group * self.w.shape[1] + channel, *definitions.source(position, s, tap, d)), (output, *position))
            for position in np.ndindex(*self.geometry.output)
        ]

    # ---- agreement

    def _compare(self) -> list[Agreement]:
        geometry, n, o = self.geometry, len(self.x), len(self.w)
        groups, stride, dilation = geometry.groups, geometry.stride, geometry.dilation
        bias = 0 if self.b is None else self.b.reshape(-1, *(1,) * geometry.rank)
        plain = self.y - bias
        windows = definitions.correlate(self.padded_input, self.w, stride, dilation, groups)
        full = definitions.correlate(self.padded_cotangent, self.rotated, (1,) * geometry.rank, dilation, groups)
        weights = self.w.reshape(groups, o // groups, -1)
        columns = self.columns.reshape(n, groups, -1, prod(geometry.output))
        cotangent = self.g.reshape(n, groups, o // groups, -1)
        by_columns = weights @ columns
        spread = definitions.from_columns(
            (weights.swapaxes(1, 2) @ cotangent).reshape(self.columns.shape), self.x.shape, geometry
        )
        by_matrix = self.x.reshape(n, -1) @ self.toeplitz.T
        back = self.g.reshape(n, -1) @ self.toeplitz
        found = [
            ("y", "sum of each window's products", plain, windows),
            ("y", "kernel matrix times im2col matrix", plain, by_columns.reshape(plain.shape)),
            ("y", "Toeplitz matrix T times vec(x)", plain, by_matrix.reshape(plain.shape)),
            ("dx", "full convolution of g with the rotated kernel", self.dx, full),
            ("dx", "kernel transposed times g, columns added back", self.dx, spread),
            ("dx", "T transposed times vec(g)", self.dx, back.reshape(self.x.shape)),
            (
                "dw",
                "correlation of x with g",
                self.dw,
                definitions.weight_correlation(self.padded_input, self.g, geometry),
            ),
            ("dw", "g times the im2col matrix transposed", self.dw, self._weight_by_columns(cotangent, columns)),
        ]
        if self.db is not None:
            found.append(("db", "sum of g", self.db, self.g.sum((0, *range(2, self.g.ndim)))))
        products = [np.vdot(plain, self.g), np.vdot(self.x, self.dx), np.vdot(self.w, self.dw)]
        found.append(("<y,g>", "<x,dx> and <w,dw>", np.full(2, products[0]), np.array(products[1:])))
        return [_agreement(*each) for each in found]

    def _weight_by_columns(self, cotangent: Array, columns: Array) -> Array:
        total: Array = (cotangent @ columns.swapaxes(2, 3)).sum(0)
        return total.reshape(self.w.shape)

    # ---- what it gives

    def to_dict(self) -> dict[str, Any]:
        """Return all numbers as nested lists."""
        names = ("x", "w", "b", "g", "y", "dx", "dw", "db", "padded_input", "padded_cotangent", "rotated")
        arrays = {name: getattr(self, name) for name in (*names, "columns", "toeplitz")}
        settings = ("size", "kernel", "stride", "padding", "dilation", "groups", "output")
        return {
            "geometry": {name: getattr(self.geometry, name) for name in settings},
            **{name: None if array is None else array.tolist() for name, array in arrays.items()},
            "agreements": [agreement._asdict() for agreement in self.agreements],
        }

    def __str__(self) -> str:
        return convolution_text.render(self)

    def figure(self, path: str | Path, part: str = "overview") -> None:
        """Draw the convolution; the ending of `path` says whether as PNG, SVG or PDF.

        Parameters
        ----------
        path : str or Path
        part : {'overview', 'forward', 'input', 'weight', 'matrices'}
            All three convolutions at a glance; one of them step by step, a panel for each result; or the im2col and
            Toeplitz matrices.
        """
        from autograd.inspect.panels import draw_convolution  # loads matplotlib

        draw_convolution(self, path, part)


def _refuse_large(x: Array, w: Array, g: Array) -> None:
    sizes = {"input": x.shape, "weight": w.shape, "output": g.shape}
    if x.ndim <= 4 and all(0 < prod(shape) <= LARGEST for shape in sizes.values()):
        return
    if x.ndim > 4:
        rule, fix = "one or two spatial axes can be written out", "take one plane of the volume, and conv2d"
    elif min(map(prod, sizes.values())) == 0:
        rule, fix = "there is nothing to show of an empty tensor", "pass at least one image"
    else:
        rule = f"at most {LARGEST} elements each can be written out"
        fix = (
            "slice before the convolution: one image and a few channels and rows, for example x[:1, :1, :6, :6] and "
            "weight[:1, :1]; explain(y.sum()) lists the graph at any size"
        )
    phrase = "the convolution is too large to explain by numbers"
    raise ValueError(describe(phrase, op="explain", shapes=sizes, rule=rule, fix=fix))


def convolution_of(tensor: Tensor, node: Node) -> tuple[Tensor, Conv] | None:
    """Return a convolution's output and node, if that is what a tensor is, with or without a batch axis."""
    if isinstance(node, Conv):
        return tensor, node
    above = node.edges[0][0] if isinstance(node, Reshape | ReshapeCopy) and node.edges[0] is not None else None
    if isinstance(above, Conv) and above.outputs[0][0] == (1, *tensor._data.shape):
        return Tensor(tensor._data[None], None), above
    return None


def _operand(node: Conv, position: int) -> Array:
    """Return an operand's values, which the node saved or a leaf holds."""
    saved = node.saved
    value = saved[position] if saved else None
    edge = node.edges[position]
    if value is None and edge is not None and isinstance(edge[0], AccumulateGrad):
        value = edge[0].variable
    if value is None:
        name = ("input", "weight")[position]
        raise RuntimeError(
            describe(
                f"the values of the {name} were not kept",
                op="explain",
                rule="a convolution keeps what the gradients it was asked for need",
                fix="let both input and weight require grad",
            )
        )
    array: Array = value._data
    return array


def _bias(node: Conv, y: Array, x: Array, w: Array) -> Array | None:
    """Return a leaf's values, or what the output has beyond the products: no node saves its bias."""
    edge = node.edges[2] if len(node.edges) > 2 else None
    if edge is not None and isinstance(edge[0], AccumulateGrad):
        return edge[0].variable._data
    geometry = node.geometry
    padded = definitions.padded_input(x, geometry)
    products = definitions.correlate(padded, w, geometry.stride, geometry.dilation, geometry.groups)
    rest: Array = (y - products).mean((0, *range(2, y.ndim)), dtype=y.dtype)
    rounding = 1e-4 if y.dtype.itemsize <= 4 else 1e-10
    return rest if np.abs(rest).max() > rounding * np.abs(products).max(initial=1.0) else None


def _by_engine(
    x: Array, w: Array, b: Array | None, g: Array, geometry: ConvGeometry
) -> tuple[Array, Array, Array, Array | None]:
    """Return y, dx, dw, db as a forward and a backward pass give them."""
    leaves = [Tensor(np.ascontiguousarray(a), None).requires_grad_() for a in (x, w, b) if a is not None]
    with enable_grad(), exact():
        y = Conv.apply(*leaves, geometry=geometry)
        dx, dw, *db = gradients(y, leaves, Tensor(g, None))
    return y._data, dx._data, dw._data, db[0]._data if db else None  # type: ignore[union-attr]


def _agreement(result: str, way: str, expected: Array, found: Array) -> Agreement:
    difference = float(np.max(np.abs(expected - found), initial=0.0))
    scale = float(np.max(np.abs(expected), initial=1.0))
    return Agreement(result, way, difference, difference <= 1000 * float(np.finfo(expected.dtype).eps) * scale)


def demo_convolution(
    size: tuple[int, ...] = (5, 5),
    kernel: Any = None,
    stride: int = 1,
    padding: int | str = 0,
    dilation: int = 1,
) -> ConvolutionExplanation:
    """Explain a small example: the numbers from 1 up, an edge detector, and a cotangent of ones.

    Parameters
    ----------
    size : tuple of int
        One or two spatial sizes of the input.
    kernel : array_like, optional
        Prewitt's vertical edge detector if omitted; ``[1, 0, -1]`` for one axis.
    stride, padding, dilation
        As of `conv2d`.

    Examples
    --------
    >>> demo_convolution().dx[0, 0].astype(int)
    array([[ 1,  1,  0, -1, -1],
           [ 2,  2,  0, -2, -2],
           [ 3,  3,  0, -3, -3],
           [ 2,  2,  0, -2, -2],
           [ 1,  1,  0, -1, -1]])
    """
    edge = [1.0, 0.0, -1.0]
    taps = np.asarray((edge if len(size) == 1 else [edge] * 3) if kernel is None else kernel, np.float64)
    if len(size) not in (1, 2) or taps.ndim != len(size):
        raise ValueError(
            describe(
                "one or two spatial axes can be explained, and the kernel has as many",
                op="demo_convolution",
                shapes={"size": size, "kernel": taps.shape},
            )
        )
    x = Tensor(np.arange(1.0, prod(size) + 1).reshape(1, 1, *size), None).requires_grad_()
    w = Tensor(taps[None, None], None).requires_grad_()
    function = conv1d if len(size) == 1 else conv2d
    with enable_grad():
        y = function(x, w, None, stride, padding, dilation)
    return ConvolutionExplanation.of_node(y, y._node)  # type: ignore[arg-type]
