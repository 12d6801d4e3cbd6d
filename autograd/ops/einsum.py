"""Sums of products over named axes, lowered to matrix products."""

from __future__ import annotations

import string
from collections.abc import Iterator, Sequence
from math import prod
from typing import Any

from autograd.errors import describe
from autograd.ops.permute import permute
from autograd.ops.products import MatMul
from autograd.ops.reduce import sum
from autograd.ops.registry import Maker, Sample, op
from autograd.ops.shape import reshape
from autograd.ops.slicing import diagonal
from autograd.tensor import Tensor

__all__ = ["einsum"]

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
