"""Walking the registry: every operation with every one of its samples."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from autograd.ops.registry import Maker, OpInfo, Sample, load_all
from autograd.tensor import Tensor

REGISTRY = load_all()


def cases(keep: Callable[[OpInfo], bool]) -> list[Any]:
    """One parameter set for each sample of each operation that `keep` chooses."""
    return [
        pytest.param(info, k, id=f"{name}-{k}")
        for name, info in sorted(REGISTRY.items())
        if keep(info)
        for k in range(sum(1 for _ in info.samples(Maker())))
    ]


def sample(info: OpInfo, k: int, dtype: Any = np.float64) -> Sample:
    return list(info.samples(Maker(dtype)))[k]


def tensors(value: Any) -> Iterator[Tensor]:
    """All tensors in a nest of arguments, in order."""
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, dict):
        yield from tensors(list(value.values()))
    elif isinstance(value, list | tuple):
        for item in value:
            yield from tensors(item)


def replaced(value: Any, change: Callable[[Tensor], Any]) -> Any:
    """The same nest with every tensor replaced."""
    if isinstance(value, Tensor):
        return change(value)
    if isinstance(value, dict):
        return {k: replaced(v, change) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(replaced(v, change) for v in value)
    return value


def called(info: OpInfo, case: Sample, change: Callable[[Tensor], Any] | None = None) -> tuple[Tensor, ...]:
    """Outputs of an operation on a sample, as a flat tuple of tensors."""
    args, kwargs = case.args, case.kwargs
    if change is not None:
        args, kwargs = replaced(args, change), replaced(kwargs, change)
    return tuple(tensors(info.function(*args, **kwargs)))
