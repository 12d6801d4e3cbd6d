"""Every registered operation over every one of its samples."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from autograd.gradcheck import gradcheck, gradgradcheck
from autograd.node import Observer
from autograd.operation import Op
from autograd.ops.registry import OpInfo, Sample, op
from autograd.tensor import Tensor
from tests.references import reference
from tests.samples import REGISTRY, called, cases, replaced, sample, tensors

NARROW = {np.dtype(np.float64): np.dtype(np.float32), np.dtype(np.complex128): np.dtype(np.complex64)}


def leaves(case: Sample) -> list[Tensor]:
    return [t for t in tensors([case.args, case.kwargs]) if t.requires_grad]


def arrays(value: Any) -> Any:
    return replaced(value, lambda t: t._data.copy())


def flat(value: Any) -> list[np.ndarray]:
    if isinstance(value, list | tuple):
        return [a for v in value for a in flat(v)]
    return [np.asarray(value)]


@pytest.mark.parametrize(("info", "k"), cases(lambda info: info.reference))
def test_forward_equals_the_independent_reference(info: OpInfo, k: int) -> None:
    case = sample(info, k)
    expected = flat(reference(info.name)(*arrays(case.args), **arrays(case.kwargs)))
    found = called(info, case)
    assert len(found) == len(expected)
    for y, want in zip(found, expected, strict=True):
        assert y.shape == want.shape
        np.testing.assert_allclose(y._data, want, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize(("info", "k"), cases(lambda info: info.differentiable))
def test_gradcheck(info: OpInfo, k: int) -> None:
    case = sample(info, k)
    assert gradcheck(lambda *_: called(info, case), leaves(case), check_grad_dtypes=True)


@pytest.mark.parametrize(("info", "k"), cases(lambda info: info.twice))
def test_gradgradcheck(info: OpInfo, k: int) -> None:
    case = sample(info, k)
    assert gradgradcheck(lambda *_: called(info, case), leaves(case))


@pytest.mark.parametrize(("info", "k"), cases(lambda info: True))
def test_float32_stays_float32(info: OpInfo, k: int) -> None:
    case = sample(info, k, np.float32)
    outputs = called(info, case)
    wide = called(info, sample(info, k))
    narrow = {} if info.name == "float_power" or not leaves(case) else NARROW
    for y, y64 in zip(outputs, wide, strict=True):
        assert y._data.dtype == narrow.get(y64._data.dtype, y64._data.dtype)
    for y in outputs:
        if y.requires_grad and y.is_leaf is False:
            y.backward(Tensor(np.ones(y.shape, y._data.dtype), None), retain_graph=True)
    for x in leaves(case):
        assert x.grad is None or x.grad._data.dtype == x._data.dtype


@pytest.mark.parametrize(("info", "k"), cases(lambda info: info.reference))
def test_memory_layout_does_not_matter(info: OpInfo, k: int) -> None:
    def strided(t: Tensor) -> Tensor:
        wide = np.zeros((*t.shape[::-1], 2), t._data.dtype)
        view = wide.T[0] if t.ndim else wide[:1].reshape(())
        view[...] = t._data
        return Tensor(view, None)

    case = sample(info, k)
    for y, want in zip(called(info, case, strided), called(info, sample(info, k)), strict=True):
        np.testing.assert_allclose(y._data, want._data, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize(("info", "k"), cases(lambda info: True))
def test_inputs_are_left_unmodified(info: OpInfo, k: int) -> None:
    case = sample(info, k)
    before = [t._data.copy() for t in tensors([case.args, case.kwargs])]
    for y in called(info, case):
        if y.requires_grad:
            y.backward(Tensor(np.ones(y.shape, y._data.dtype), None), retain_graph=True)
    for t, was in zip(tensors([case.args, case.kwargs]), before, strict=True):
        np.testing.assert_array_equal(t._data, was)


def _operations(base: type[Op]) -> set[type[Op]]:
    found = {c for c in base.__subclasses__() if c.__module__.startswith("autograd.")}
    return found | {c for child in found for c in _operations(child)}


def test_every_operation_is_reached_by_the_samples() -> None:
    """An `Op` that no registered function's samples run, forward or in a gradient, is not tested at all."""
    seen: set[type] = set()

    class Recorder(Observer):
        def before_forward(self, op: type, inputs: Any, params: Any) -> None:
            seen.add(op)

    from autograd.config import Setting
    from autograd.engine import grad

    with Setting(observer=Recorder()):
        for info in REGISTRY.values():
            for k in range(len(cases(lambda i, info=info: i is info))):
                case = sample(info, k)
                outputs = [y for y in called(info, case) if y.requires_grad]
                if outputs:
                    ones = [Tensor(np.ones(y.shape, y._data.dtype), None).requires_grad_() for y in outputs]
                    first = grad(outputs, leaves(case), ones, create_graph=True, allow_unused=True)
                    second = [g.sum() for g in first if g is not None and g.requires_grad]
                    if second:
                        grad(second, leaves(case) + ones, allow_unused=True)
    unreached = {c for c in _operations(Op) if not c.__subclasses__()} - seen
    assert not unreached, f"no sample runs {sorted(c.__name__ for c in unreached)}"


def test_an_operation_without_samples_cannot_be_registered() -> None:
    with pytest.raises(TypeError):
        op()  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="sample inputs"):
        op(None)  # type: ignore[arg-type]


@pytest.mark.parametrize("info", REGISTRY.values(), ids=lambda info: info.name)
def test_every_operation_has_samples(info: OpInfo) -> None:
    assert len(cases(lambda i: i is info)) > 0


def test_count_of_checked_operations(capsys: pytest.CaptureFixture[str]) -> None:
    differentiable = [i for i in REGISTRY.values() if i.differentiable]
    samples = len(cases(lambda i: i.differentiable))
    with capsys.disabled():
        print(f"\n{len(differentiable)} differentiable operations checked by gradcheck over {samples} samples")
    assert differentiable
