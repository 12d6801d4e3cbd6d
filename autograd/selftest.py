"""Checks of every registered operation's gradients, on its own samples."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from autograd.errors import describe
from autograd.gradcheck import GradcheckError, gradcheck, gradgradcheck
from autograd.ops.registry import Maker, OpInfo, Sample, load_all
from autograd.tensor import Tensor

__all__ = ["OperationCheck", "check_operations", "operation_names"]


@dataclass(frozen=True)
class OperationCheck:
    """What came out for one operation.

    Attributes
    ----------
    name : str
    samples : int
        How many calls were checked.
    failures : tuple of str
        What was wrong, and for which sample.
    seconds : float
    """

    name: str
    samples: int
    failures: tuple[str, ...]
    seconds: float


def operation_names() -> list[str]:
    """Return the names of all registered operations that have a gradient.

    Examples
    --------
    >>> "exp" in operation_names()
    True
    """
    return sorted(name for name, info in load_all().items() if info.differentiable)


def check_operations(names: Sequence[str] = (), twice: bool = False) -> Iterator[OperationCheck]:
    """Run `gradcheck` on operations, over all their samples.

    Parameters
    ----------
    names : sequence of str
        Which ones; all of them if empty.
    twice : bool
        Run `gradgradcheck` as well, where the gradient has one.

    Yields
    ------
    OperationCheck

    Raises
    ------
    ValueError
        If an operation is unknown or has no gradient.

    Examples
    --------
    >>> [(check.name, check.failures) for check in check_operations(["exp"])]
    [('exp', ())]
    """
    known = operation_names()
    for name in names:
        if name not in known:
            raise ValueError(describe(f"there is no differentiable operation {name!r}"))
    for name in names or known:
        yield _check(load_all()[name], twice)


def _check(info: OpInfo, twice: bool) -> OperationCheck:
    start = time.perf_counter()
    failures, count = [], 0
    for sample in info.samples(Maker()):
        count += 1
        inputs = [t for t in _tensors([sample.args, sample.kwargs]) if t.requires_grad]
        call = partial(_call, info, sample)
        try:
            gradcheck(call, inputs)
            if twice and info.twice:
                gradgradcheck(call, inputs)
        except Exception as error:  # whatever a sample raises counts against the operation
            failures.append(f"{sample}: {_first_line(error)}")
    return OperationCheck(info.name, count, tuple(failures), time.perf_counter() - start)


def _first_line(error: Exception) -> str:
    text = str(error).splitlines()[0] if str(error) else ""
    return text if isinstance(error, GradcheckError) else f"{type(error).__name__}: {text}"


def _call(info: OpInfo, sample: Sample, *_: Tensor) -> tuple[Tensor, ...]:
    """Call an operation on its sample; the tensors that vary are those of the sample."""
    return tuple(_tensors(info.function(*sample.args, **sample.kwargs)))


def _tensors(value: Any) -> Iterator[Tensor]:
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, dict):
        yield from _tensors(list(value.values()))
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _tensors(item)
