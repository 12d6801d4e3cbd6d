"""Running one layer here and in PyTorch, with the same weights: text, state, outputs, gradients and buffers."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

import autograd
import nn

torch = pytest.importorskip("torch")


class Case:
    """A layer: its name, the constructor's arguments, the arrays it is called with, and in which modes;
    inputs whose position is `fixed` ask for no gradient."""

    def __init__(
        self,
        name: str,
        *args: Any,
        inputs: Any,
        call: dict[str, Any] | None = None,
        modes: tuple[bool, ...] = (True, False),
        fixed: Any = (),
        **kwargs: Any,
    ) -> None:
        self.name, self.args, self.kwargs, self.modes = name, args, kwargs, modes
        self.inputs = [np.asarray(x) for x in (inputs if isinstance(inputs, tuple) else (inputs,))]
        self.call = call or {}
        self.fixed = fixed

    @property
    def id(self) -> str:
        shown = [str(a) for a in self.args] + [f"{k}={v}" for k, v in self.kwargs.items() if not hasattr(v, "shape")]
        return f"{self.name}({', '.join(shown)})".replace(" ", "")

    def build(self, library: Any, tensor: Any, double: Any) -> Any:
        def value(v: Any) -> Any:
            return tensor(v) if isinstance(v, np.ndarray) else v

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            layer = getattr(library, self.name)(*map(value, self.args), **{k: value(v) for k, v in self.kwargs.items()})
        return double(layer)


def ours_of(case: Case) -> Any:
    return case.build(nn, lambda a: autograd.from_numpy(a.copy()), lambda m: m.double())


def theirs_of(case: Case) -> Any:
    torch.manual_seed(0)
    layer = case.build(torch.nn, torch.from_numpy, lambda m: m.double())
    rng = np.random.default_rng(1)
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.copy_(
                torch.from_numpy(rng.uniform(0.2, 1.0, parameter.shape) * rng.choice([-1, 1], parameter.shape))
            )
        for name, buffer in layer.named_buffers():
            if buffer.is_floating_point() and "running" in name:
                buffer.copy_(torch.from_numpy(rng.uniform(0.5, 1.5, buffer.shape)))
    return layer


def to_ours(state: Any) -> dict[str, Any]:
    return {key: autograd.from_numpy(np.array(value.detach().numpy())) for key, value in state.items()}


def flat(outputs: Any) -> list[Any]:
    return [*outputs] if isinstance(outputs, tuple) else [outputs]


def numpy_of(tensor: Any) -> np.ndarray:
    return np.asarray(tensor.detach().numpy())


def run(layer: Any, case: Case, tensor: Any) -> dict[str, np.ndarray]:
    """Outputs, input gradients, parameter gradients and buffers of one call with reproducible cotangents."""
    inputs = [tensor(x) for x in case.inputs]
    for i, x in enumerate(inputs):
        if x.dtype in (autograd.float64, torch.float64) and i not in case.fixed:
            x.requires_grad_()
    # An activation that works in place must not meet a leaf.
    passed = [x * 1 if x.requires_grad else x for x in inputs]
    call = {k: tensor(v) if isinstance(v, np.ndarray) else v for k, v in case.call.items()}
    outputs = flat(layer(*passed, **call))
    found = {f"output {i}": numpy_of(y) for i, y in enumerate(outputs)}
    rng = np.random.default_rng(2)
    loss = None
    for y in outputs:
        if y.requires_grad:
            term = (y * tensor(np.asarray(rng.standard_normal(tuple(y.shape))))).sum()
            loss = term if loss is None else loss + term
    if loss is not None:
        loss.backward()
    for i, x in enumerate(inputs):
        if x.requires_grad:
            found[f"gradient of input {i}"] = np.zeros(x.shape) if x.grad is None else numpy_of(x.grad)
    for name, parameter in layer.named_parameters():
        found[f"gradient of {name}"] = np.zeros(parameter.shape) if parameter.grad is None else numpy_of(parameter.grad)
    for name, buffer in layer.named_buffers():
        found[f"buffer {name}"] = numpy_of(buffer)
    return found


def compare(case: Case, tolerance: float = 1e-9) -> None:
    """Everything equal, in training and in evaluation."""
    theirs, ours = theirs_of(case), ours_of(case)
    assert repr(ours) == repr(theirs)
    assert list(ours.state_dict()) == list(theirs.state_dict())
    assert [n for n, _ in ours.named_parameters()] == [n for n, _ in theirs.named_parameters()]
    ours.load_state_dict(to_ours(theirs.state_dict()))
    for mode in case.modes:
        ours.train(mode), theirs.train(mode)
        ours.zero_grad(), theirs.zero_grad()
        expected = run(theirs, case, torch.from_numpy)
        found = run(ours, case, lambda a: autograd.from_numpy(a.copy()))
        assert found.keys() == expected.keys()
        for what, values in expected.items():
            np.testing.assert_allclose(
                found[what], values, tolerance, tolerance, err_msg=f"{case.id}, {what}, training={mode}"
            )
