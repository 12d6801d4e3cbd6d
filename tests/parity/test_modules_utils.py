"""Helpers of `nn.utils`, and the plumbing of modules, against PyTorch."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import autograd
import nn
from tests.parity.modules import numpy_of, to_ours

torch = pytest.importorskip("torch")

RNG = np.random.default_rng(0)
X = RNG.standard_normal((2, 3, 7, 6))


def close(found: Any, expected: Any) -> None:
    np.testing.assert_allclose(numpy_of(found), numpy_of(expected), 1e-9, 1e-9)


def both(build: Any) -> tuple[Any, Any]:
    """The same model in both libraries, with PyTorch's weights."""
    theirs, ours = build(torch.nn).double(), build(nn).double()
    ours.load_state_dict(to_ours(theirs.state_dict()))
    return ours, theirs


@pytest.mark.parametrize("order", [1.0, 2.0, 3.0, float("inf")])
def test_clipping(order: float) -> None:
    gradients = [RNG.standard_normal(shape) for shape in ((3, 2), (4,))]
    results = []
    for lib, tensor in ((nn, autograd.from_numpy), (torch.nn, torch.from_numpy)):
        parameters = [lib.Parameter(tensor(np.zeros(g.shape))) for g in gradients]
        for parameter, gradient in zip(parameters, gradients, strict=True):
            parameter.grad = tensor(gradient.copy())
        total = lib.utils.clip_grad_norm_(parameters, 0.7, order)
        lib.utils.clip_grad_value_(parameters, 0.1)
        results.append([total, *(p.grad for p in parameters)])
    for found, expected in zip(*results, strict=True):
        close(found, expected)


@pytest.mark.filterwarnings("ignore:.*weight_norm.* is deprecated:FutureWarning")
@pytest.mark.parametrize(
    "wrap", ["weight_norm", "spectral_norm", "parametrizations.weight_norm", "parametrizations.spectral_norm"]
)
@pytest.mark.parametrize("layer", ["Conv2d", "ConvTranspose2d", "Linear"])
def test_reparametrization(wrap: str, layer: str) -> None:
    def build(lib: Any) -> Any:
        function = lib.utils
        for name in wrap.split("."):
            function = getattr(function, name)
        made = getattr(lib, layer)(*((6, 4) if layer == "Linear" else (3, 4, 2)))
        return function(made.double())

    theirs, ours = build(torch.nn), build(nn)
    assert list(ours.state_dict()) == list(theirs.state_dict())
    ours.load_state_dict(to_ours(theirs.state_dict()))
    results = []
    for model, tensor in ((ours, autograd.from_numpy), (theirs, torch.from_numpy)):
        x = tensor(X.copy()).requires_grad_()
        for _ in range(2):
            y = model(x)
        (y * y).sum().backward()
        results.append([y, x.grad, model.eval()(x), *(p.grad for p in model.parameters()), *model.buffers()])
    for found, expected in zip(*results, strict=True):
        close(found, expected)
    assert type(ours).__name__ == type(theirs).__name__
    assert repr(ours) == repr(theirs)


@pytest.mark.parametrize("bias", [True, False])
def test_fusion(bias: bool) -> None:
    def build(lib: Any) -> Any:
        return lib.Sequential(lib.Conv2d(3, 4, 2, bias=bias), lib.BatchNorm2d(4))

    ours, theirs = both(build)
    with torch.no_grad():
        theirs[1].running_mean.uniform_(-1, 1)
        theirs[1].running_var.uniform_(0.5, 2)
    ours.load_state_dict(to_ours(theirs.state_dict()))
    found = nn.utils.fuse_conv_bn_eval(ours.eval()[0], ours[1])
    expected = torch.nn.utils.fuse_conv_bn_eval(theirs.eval()[0], theirs[1])
    close(found.weight, expected.weight)
    close(found.bias, expected.bias)


def test_vectors() -> None:
    ours, theirs = both(lambda lib: lib.Linear(3, 4))
    close(nn.utils.parameters_to_vector(ours.parameters()), torch.nn.utils.parameters_to_vector(theirs.parameters()))


@pytest.mark.filterwarnings("ignore:Full backward hook is firing:UserWarning")
def test_backward_hooks_see_the_same() -> None:
    def build(lib: Any) -> Any:
        return lib.Sequential(lib.Conv2d(3, 4, 3), lib.ReLU(), lib.Flatten(), lib.Linear(80, 2))

    seen: list[list[Any]] = []
    for model, tensor in zip(both(build), (autograd.from_numpy, torch.from_numpy), strict=True):
        calls: list[Any] = []
        seen.append(calls)

        def before(module: Any, grads: Any, calls: list[Any] = calls) -> Any:
            calls.append(grads)
            return (grads[0] * 2,)

        def after(module: Any, inputs: Any, outputs: Any, calls: list[Any] = calls) -> None:
            calls.extend([inputs, outputs])

        for layer in model:
            layer.register_full_backward_pre_hook(before)
            layer.register_full_backward_hook(after)
        model(tensor(X.copy())).sum().backward()
        calls.append(tuple(p.grad for p in model.parameters()))
    for found, expected in zip(*seen, strict=True):
        for one, other in zip(found, expected, strict=True):
            assert (one is None) == (other is None)
            if other is not None:
                close(one, other)


@pytest.mark.parametrize(
    "build",
    [
        lambda lib, t: lib.Sequential(lib.Sequential(lib.ReLU(), lib.Conv2d(1, 2, 3)), lib.Sequential()),
        lambda lib, t: lib.ModuleList([lib.ReLU(), lib.ReLU(), lib.Tanh(), lib.Sequential(lib.ReLU())]),
        lambda lib, t: lib.ModuleDict({"a": lib.ReLU(), "b": lib.ModuleList()}),
        lambda lib, t: lib.ParameterList([t(2, 3), 5]),
        lambda lib, t: lib.ParameterDict({"a": t(2, 3), "b": "x"}),
        lambda lib, t: lib.LazyConv2d(3, 2),
        lambda lib, t: lib.LazyLinear(3, bias=False),
    ],
)
def test_texts(build: Any) -> None:
    found = repr(build(nn, autograd.zeros)).replace("autograd.", "torch.")
    assert found == repr(build(torch.nn, torch.zeros))
