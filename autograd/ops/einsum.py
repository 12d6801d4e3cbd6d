"""Sums of products over named axes: einsum, tensordot and their kin, lowered to matrix products."""

from __future__ import annotations

import string
from collections.abc import Iterator, Sequence
from math import prod
from typing import Any

from autograd.errors import describe
from autograd.ops.axes import normalize_axis
from autograd.ops.permute import permute, roll
from autograd.ops.products import MatMul, matmul
from autograd.ops.reduce import sum
from autograd.ops.registry import Maker, Sample, op
from autograd.ops.shape import reshape
from autograd.ops.slicing import diagonal
from autograd.tensor import Tensor

__all__ = ["chain_matmul", "cross", "einsum", "kron", "tensordot", "trace"]

Labels = list[Any]
_LETTERS = frozenset(string.ascii_letters)


def _complain(phrase: str, **details: Any) -> RuntimeError:
    return RuntimeError(describe(f"einsum(): {phrase}", op="einsum", **details))


def _parse(term: str, where: int) -> Labels:
    """Return the labels of one term of the equation, an ellipsis as ``...``."""
    labels: Labels = []
    position = 0
    while position < len(term):
        letter = term[position]
        if term.startswith("...", position):
            labels.append(...)
            position += 2
        elif letter in _LETTERS:
            labels.append(letter)
        elif letter != " ":
            raise _complain(
                f"invalid subscript given at index {where + position} in the equation string, subscripts must be "
                "in [a-zA-Z]"
            )
        position += 1
    return labels


def _terms(equation: str) -> tuple[list[Labels], Labels | None]:
    """Return the labels of each operand, and those of the result where the equation gives them."""
    left, arrow, right = equation.partition("->")
    terms, where = [], 0
    for term in left.split(","):
        terms.append(_parse(term, where))
        where += len(term) + 1
    return terms, _parse(right, where + 1) if arrow else None


def _spread(labels: Labels, rank: int, position: int) -> Labels:
    """Replace an ellipsis by numbers, counted from the last of its axes."""
    hidden = rank - (len(labels) - labels.count(...))
    if hidden < 0 or (... not in labels and hidden):
        given = "and no ellipsis was given" if ... not in labels else "even with the ellipsis covering none"
        raise _complain(
            f"the number of subscripts in the equation ({len(labels) - labels.count(...)}) does not match the "
            "number of "
            f"dimensions ({rank}) for operand {position} {given}"
        )
    at = labels.index(...) if ... in labels else rank
    return [*labels[:at], *range(hidden - 1, -1, -1), *labels[at + 1 :]] if ... in labels else labels


def _result_labels(terms: list[Labels], given: Labels | None) -> Labels:
    """Return the labels of the result: as given, or the ellipsis and then what occurs once in alphabetical order."""
    hidden = sorted({label for term in terms for label in term if isinstance(label, int)}, reverse=True)
    flat = [label for term in terms for label in term]
    if given is None:
        return [*hidden, *sorted(label for label in flat if isinstance(label, str) and flat.count(label) == 1)]
    at = given.index(...) if ... in given else None
    out = given if at is None else [*given[:at], *hidden, *given[at + 1 :]]
    for label in out:
        if out.count(label) > 1:
            raise _complain(f"output subscript {label} appears more than once in the output")
        if label not in flat and not isinstance(label, int):
            raise _complain(f"output subscript {label} does not appear in the equation for any input operand")
    return out


def _without_repeats(x: Tensor, labels: Labels, position: int) -> tuple[Tensor, Labels]:
    """Take diagonals until no label occurs twice in an operand."""
    for label in dict.fromkeys(labels):
        while labels.count(label) > 1:
            first = labels.index(label)
            second = labels.index(label, first + 1)
            sizes = x._data.shape[first], x._data.shape[second]
            if sizes[0] != sizes[1]:
                raise _complain(
                    f"subscript {label} is repeated for operand {position} but the sizes don't match, {sizes[1]} "
                    f"!= {sizes[0]}"
                )
            x = diagonal(x, 0, first, second)
            labels = [other for axis, other in enumerate(labels) if axis not in (first, second)] + [label]
    return x, labels


def _sizes_of(operands: list[Tensor], terms: list[Labels]) -> dict[Any, int]:
    """Return the size of every label; size 1 broadcasts."""
    sizes: dict[Any, int] = {}
    for position, (x, term) in enumerate(zip(operands, terms, strict=True)):
        for label, n in zip(term, x._data.shape, strict=True):
            held = sizes.setdefault(label, n)
            if n != held and 1 not in (n, held):
                raise _complain(
                    f"subscript {label} has size {n} for operand {position} which does not broadcast with "
                    "previously seen "
                    f"size {held}",
                    shapes={f"operand {i}": x._data.shape for i, x in enumerate(operands)},
                )
            sizes[label] = n if held == 1 else held
    return sizes


def _reduced(x: Tensor, labels: Labels, sizes: dict[Any, int], kept: set[Any]) -> tuple[Tensor, Labels]:
    """Sum out the labels that nothing else needs, and drop axes of size 1 that broadcast."""
    axes = [axis for axis, label in enumerate(labels) if label not in kept]
    if axes:
        x = sum(x, axes)
        labels = [label for label in labels if label in kept]
    stretched = [axis for axis, label in enumerate(labels) if x._data.shape[axis] == 1 and sizes[label] != 1]
    if stretched:
        x = reshape(x, [n for axis, n in enumerate(x._data.shape) if axis not in stretched])
        labels = [label for axis, label in enumerate(labels) if axis not in stretched]
    return x, labels


def _arranged(x: Tensor, labels: Labels, groups: list[Labels], sizes: dict[Any, int]) -> Tensor:
    """Return `x` with its axes in the order of the groups and each group merged into one axis."""
    order = [labels.index(label) for group in groups for label in group]
    x = x if order == sorted(order) else permute(x, order)
    return reshape(x, [prod(sizes[label] for label in group) for group in groups])


def _paired(
    x: Tensor, a: Labels, y: Tensor, b: Labels, needed: set[Any], sizes: dict[Any, int]
) -> tuple[Tensor, Labels]:
    """Multiply two operands, summing over the labels that are not needed afterwards."""
    both = [label for label in a if label in b]
    batch = [label for label in both if label in needed]
    inner = [label for label in both if label not in needed]
    left = [label for label in a if label not in b]
    right = [label for label in b if label not in a]
    labels = [*batch, *left, *right]
    if inner:
        rows, columns = _arranged(x, a, [batch, left, inner], sizes), _arranged(y, b, [batch, inner, right], sizes)
        result: Tensor = MatMul.apply(rows, columns)
    else:
        result = _arranged(x, a, [batch, left, []], sizes) * _arranged(y, b, [batch, [], right], sizes)
    return reshape(result, [sizes[label] for label in labels]), labels


def _einsums(make: Maker) -> Iterator[Sample]:
    m, n, s, b = make(2, 3), make(3, 4), make(3, 3), make(2, 2, 3)
    for equation, *operands in (
        ("ij,jk->ik", m, n),
        ("ij,jk", m, n),
        ("ij->ji", m),
        ("ij", m),
        ("ij->", m),
        ("ii", s),
        ("ii->i", s),
        ("iij->j", make(2, 2, 3)),
        ("bij,bjk->bik", b, make(2, 3, 2)),
        ("b...j,jk->...bk", b, n),
        ("...,...->...", m, make(3)),
        ("i,i->", make(3), make(3)),
        ("i,j->ij", make(3), make(2)),
        ("ij,jk,kl->li", m, n, make(4, 2)),
        ("ij,ij->ij", make(1, 3), m),
        ("ij,ij->i", make(2, 1), m),
        ("i,->i", make(2), make()),
        ("ij,jk->ik", make(0, 3), n),
    ):
        yield Sample(equation, *operands)
    yield Sample(m, [0, 1], n, [1, 2], [2, 0])
    yield Sample(m, [..., 7], n, [7, 3])


@op(_einsums, method=False)
def einsum(equation: Any, *operands: Any) -> Tensor:
    """Return the sum of products of elements that an equation of axis labels describes.

    Parameters
    ----------
    equation : str
        As ``"bij,bjk->bik"``: a label for each axis of each operand; what follows the arrow is kept, the rest is summed
        over. Without an arrow the labels that occur once are kept, in alphabetical order. ``...`` stands for any axes.
    *operands : Tensor
        Or, without an equation, alternately a tensor and the list of its axes' numbers, and last the result's.

    Raises
    ------
    RuntimeError
        If the equation is malformed or the operands do not fit it.

    Examples
    --------
    >>> import autograd
    >>> x = autograd.tensor([[1.0, 2.0], [3.0, 4.0]])
    >>> autograd.einsum("ij->j", x), autograd.einsum("ii", x)
    (tensor([4., 6.]), tensor(5.))
    """
    terms, given, tensors = _arguments(equation, operands)
    if len(terms) != len(tensors):
        amount = "fewer" if len(tensors) < len(terms) else "more"
        raise _complain(f"{amount} operands were provided than specified in the equation")
    terms = [_spread(term, x._data.ndim, i) for i, (x, term) in enumerate(zip(tensors, terms, strict=True))]
    out = _result_labels(terms, given)
    pairs = [_without_repeats(x, term, i) for i, (x, term) in enumerate(zip(tensors, terms, strict=True))]
    tensors, terms = [x for x, _ in pairs], [term for _, term in pairs]
    sizes = _sizes_of(tensors, terms)
    result, labels = _reduced(tensors[0], terms[0], sizes, _needed(terms[1:], out))
    for i in range(1, len(tensors)):
        needed = _needed(terms[i + 1 :], out)
        other, term = _reduced(tensors[i], terms[i], sizes, needed | set(labels))
        result, labels = _reduced(result, labels, sizes, needed | set(term))
        result, labels = _paired(result, labels, other, term, needed, sizes)
    order = [labels.index(label) for label in out]
    return result if order == sorted(order) else permute(result, order)


def _needed(terms: list[Labels], out: Labels) -> set[Any]:
    return set(out).union(*terms)


def _arguments(equation: Any, operands: tuple[Any, ...]) -> tuple[list[Labels], Labels | None, list[Tensor]]:
    """Return terms, the result's labels and tensors, from either calling form."""
    if isinstance(equation, str):
        if len(operands) == 1 and isinstance(operands[0], list | tuple):
            operands = tuple(operands[0])
        return *_terms(equation), list(operands)
    entries = (equation, *operands)
    last = entries[-1] if len(entries) % 2 else None
    # Numbered axes become letters: numbers name the axes of an ellipsis.
    terms = [_lettered(labels) for labels in entries[1 : len(entries) // 2 * 2 : 2]]
    return terms, None if last is None else _lettered(last), list(entries[: len(entries) // 2 * 2 : 2])


def _lettered(labels: Sequence[Any]) -> Labels:
    for label in labels:
        if label is not ... and not 0 <= label < 52:
            raise _complain(f"operand subscript {label} is not within the valid range [0, 52)")
    return [label if label is ... else sorted(_LETTERS)[label] for label in labels]


@op(
    lambda make: [
        Sample(make(2, 3, 4), make(3, 4, 2)),
        Sample(make(2, 3), make(2), 0),
        Sample(make(2, 3), make(3, 4), dims=1),
        Sample(make(2, 3, 4), make(4, 2), ([0, -1], [1, 0])),
        Sample(make(0, 3), make(3, 2), dims=1),
    ],
    method=False,
)
def tensordot(a: Tensor, b: Tensor, dims: Any = 2) -> Tensor:
    """Return the products summed over pairs of axes.

    Parameters
    ----------
    a, b : Tensor
    dims : int or pair of sequences of int
        The number of last axes of `a` and first axes of `b`, or the axes of `a` and those of `b`.

    Returns
    -------
    Tensor
        The other axes of `a`, then those of `b`.

    Raises
    ------
    RuntimeError
        If the axes differ in number or size.

    Examples
    --------
    >>> import autograd
    >>> autograd.tensordot(autograd.ones(2, 3, 4), autograd.ones(4, 3, 5), dims=([1, 2], [1, 0])).shape
    autograd.Size([2, 5])
    """
    if isinstance(dims, Tensor):
        dims = dims.tolist()
    if isinstance(dims, int):
        if dims < 0:
            raise RuntimeError(describe(f"tensordot expects dims >= 0, but got dims={dims}", op="tensordot"))
        if dims > min(a._data.ndim, b._data.ndim):
            raise RuntimeError(
                describe(f"tensordot expects dims < ndim_a or ndim_b, but got dims={dims}", op="tensordot")
            )
        dims = range(-dims, 0), range(dims)
    if len(dims[0]) != len(dims[1]):
        raise RuntimeError(describe("both dimension lists should have same length", op="tensordot"))
    first = [normalize_axis(d, a._data.ndim) for d in dims[0]]
    second = [normalize_axis(d, b._data.ndim) for d in dims[1]]
    if a._data.dtype != b._data.dtype:
        raise RuntimeError(describe("both inputs should have same dtype", op="tensordot"))
    for d, e in zip(*dims, strict=True):
        m, n = a._data.shape[d], b._data.shape[e]
        if m != n and 1 in (m, n):
            a, b = (sum(a, d, keepdim=True), b) if n == 1 else (a, sum(b, e, keepdim=True))
        elif m != n:
            raise RuntimeError(
                describe(
                    f"contracted dimensions need to match, but first has size {m} in dim {d} and second has size "
                    f"{n} in dim "
                    f"{e}",
                    op="tensordot",
                    shapes={"a": a._data.shape, "b": b._data.shape},
                )
            )
    rows = [axis for axis in range(a._data.ndim) if axis not in first]
    columns = [axis for axis in range(b._data.ndim) if axis not in second]
    inner = prod(a._data.shape[axis] for axis in first)
    outer_a, outer_b = [a._data.shape[axis] for axis in rows], [b._data.shape[axis] for axis in columns]
    left = reshape(permute(a, rows + first), (prod(outer_a), inner))
    right = reshape(permute(b, second + columns), (inner, prod(outer_b)))
    return reshape(matmul(left, right), outer_a + outer_b)


@op(
    lambda make: [
        Sample(make(2, 3), make(3, 2)),
        Sample(make(3), make(2)),
        Sample(make(2, 2, 2), make(3, 2)),
        Sample(make(0, 2), make(2, 2)),
    ]
)
def kron(input: Tensor, other: Tensor) -> Tensor:
    """Return the Kronecker product: every element of `input` times the whole of `other`.

    Examples
    --------
    >>> import autograd
    >>> autograd.kron(autograd.tensor([1, 10]), autograd.tensor([1, 2]))
    tensor([ 1,  2, 10, 20])
    """
    rank = max(input._data.ndim, other._data.ndim)
    a = (1,) * (rank - input._data.ndim) + input._data.shape
    b = (1,) * (rank - other._data.ndim) + other._data.shape
    outer = reshape(input, [n for m in a for n in (m, 1)]) * reshape(other, [n for m in b for n in (1, m)])
    return reshape(outer, [m * n for m, n in zip(a, b, strict=True)])


@op(lambda make: [Sample(make(3, 3)), Sample(make(2, 4)), Sample(make(0, 2))])
def trace(input: Tensor) -> Tensor:
    """Return the sum of the diagonal of a matrix.

    Parameters
    ----------
    input : Tensor, shape (n, m)

    Raises
    ------
    RuntimeError
        If `input` is not a matrix.

    Examples
    --------
    >>> import autograd
    >>> autograd.trace(autograd.tensor([[1, 2], [3, 4]]))
    tensor(5)
    """
    if input._data.ndim != 2:
        raise RuntimeError(
            describe(f"trace: expected a matrix, but got tensor with dim {input._data.ndim}", op="trace")
        )
    return sum(diagonal(input))


@op(
    lambda make: [
        Sample(make(2, 3), make(2, 3)),
        Sample(make(3, 2), make(3, 2), 0),
        Sample(make(2, 1, 3), make(1, 4, 3), -1),
    ]
)
def cross(input: Tensor, other: Tensor, dim: int | None = None) -> Tensor:
    """Return the cross products of vectors of three along an axis, by default the first of size 3.

    Parameters
    ----------
    input, other : Tensor
        Shapes that broadcast.
    dim : int, optional
        The axis of size 3.

    Raises
    ------
    RuntimeError
        If an axis has not size 3.

    Examples
    --------
    >>> import autograd
    >>> autograd.cross(autograd.tensor([1, 0, 0]), autograd.tensor([0, 1, 0]))
    tensor([0, 0, 1])
    """
    if dim is None:
        dim = next((axis for axis, n in enumerate(input._data.shape) if n == 3), None)
        if dim is None:
            raise RuntimeError(
                describe("no dimension of size 3 in input", op="cross", shapes={"input": input._data.shape})
            )
    return cross_along(input, other, dim)


def cross_along(input: Tensor, other: Tensor, dim: int) -> Tensor:
    """Return the cross products along an axis.

    Raises
    ------
    RuntimeError
        If an axis has not size 3.
    """
    if input._data.ndim != other._data.ndim:
        raise RuntimeError(
            describe(
                "linalg.cross: inputs must have the same number of dimensions.",
                op="cross",
                shapes={"input": input._data.shape, "other": other._data.shape},
            )
        )
    along = normalize_axis(dim, input._data.ndim)
    m, n = input._data.shape[along], other._data.shape[along]
    if (m, n) != (3, 3):
        raise RuntimeError(
            describe(
                f"linalg.cross: inputs dimension {dim} must have length 3. Got {m} and {n}",
                op="cross",
                shapes={"input": input._data.shape, "other": other._data.shape},
            )
        )
    turned = [roll(x, shift, along) for x in (input, other) for shift in (-1, -2)]
    return turned[0] * turned[3] - turned[1] * turned[2]


@op(lambda make: [Sample(make(2, 3), make(3, 2), make(2, 4)), Sample(make(2, 3))], method=False)
def chain_matmul(*matrices: Tensor) -> Tensor:
    """Return the product of matrices, from left to right; `autograd.linalg.multi_dot` chooses the order.

    Parameters
    ----------
    *matrices : Tensor, shapes (n0, n1), (n1, n2), ...

    Examples
    --------
    >>> import autograd
    >>> autograd.chain_matmul(autograd.ones(2, 3), autograd.ones(3, 4), autograd.ones(4, 5)).shape
    autograd.Size([2, 5])
    """
    result = matrices[0]
    for matrix in matrices[1:]:
        result = matmul(result, matrix)
    return result
