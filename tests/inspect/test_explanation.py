"""Explanations of graphs: order, shapes, formulas, what is saved; the formulas themselves."""

from __future__ import annotations

import importlib
import json
import pkgutil

import numpy as np
import pytest

import autograd
import autograd.ops
import nn
import nn.functional as F
from autograd.inspect import GraphExplanation, explain, flops, trace
from autograd.inspect.formulas import FORMULAS, formula_of
from autograd.node import Node

for module in pkgutil.iter_modules(autograd.ops.__path__, "autograd.ops."):
    importlib.import_module(module.name)


def classes(base: type = Node) -> dict[str, type]:
    found = {}
    for kind in base.__subclasses__():
        found |= {kind.__name__: kind} | classes(kind)
    return found


def test_formulas_name_operations_that_exist() -> None:
    assert set(FORMULAS) <= set(classes())


def test_every_operation_has_some_formula() -> None:
    for kind in classes().values():
        if kind.__module__.startswith("autograd.ops"):
            assert formula_of(kind).forward, kind


ARGUMENTS = {
    "Acosh": [1.5, 2.0],
    "Asin": [-0.5, 0.3],
    "Acos": [-0.5, 0.3],
    "Atanh": [-0.5, 0.3],
    "Relu": [-0.5, 0.7],
    "LeakyRelu": [-0.5, 0.7],
    "Elu": [-0.5, 0.7],
    "Hardtanh": [-3.0, 0.4],
    "Clamp": [-3.0, 0.4],
    "Abs": [-3.0, 0.4],
}
CALLS = {
    "LeakyRelu": lambda x: F.leaky_relu(x, 0.3),
    "Elu": lambda x: F.elu(x, 1.7),
    "Softplus": lambda x: F.softplus(x, 2.0),
    "LogSigmoid": F.logsigmoid,
    "Hardtanh": lambda x: F.hardtanh(x, -1.0, 2.0),
    "Clamp": lambda x: x.clamp(-1.0, 2.0),
}
NAMES = {
    "slope": 0.3, "alpha": 1.7, "scale": 1, "inner": 1, "beta": 2.0, "low": -1.0, "high": 2.0, "pi": np.pi,
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)), "digamma": lambda x: autograd.digamma(autograd.tensor(x)).numpy(),
}  # fmt: skip


#: Functions of one argument: a product with a slope, and one operation for each element of the output alone.
SLOPES = [n for n, f in FORMULAS.items() if f.backward.startswith("dx = g * ") and f[2:] == (1, 0)]


@pytest.mark.parametrize("name", SLOPES)
def test_slopes_are_right(name: str) -> None:
    """The formulas of functions of one argument are evaluated as they are written."""
    x = autograd.tensor(np.array(ARGUMENTS.get(name, [0.4, 1.3])), requires_grad=True)
    y = CALLS[name](x) if name in CALLS else getattr(autograd, name.lower())(x)
    assert type(y.grad_fn).__name__ == name
    (expected,) = autograd.grad(y, x, autograd.ones_like(y), retain_graph=True)
    slope = FORMULAS[name].backward.removeprefix("dx = g * ").replace("²", "**2")
    scope = {n: getattr(np, n) for n in ("exp", "log", "sin", "cos", "sinh", "cosh", "sqrt", "sign", "where")}
    found = eval(slope, {"x": x.detach().numpy(), "y": y.detach().numpy(), **scope, **NAMES})  # our own table
    np.testing.assert_allclose(found * np.ones(2), expected.numpy(), rtol=1e-12)


def network() -> nn.Module:
    autograd.manual_seed(0)
    return nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.Flatten(), nn.Linear(8, 3))


def test_steps_are_in_order_with_their_sources() -> None:
    model = network()
    loss = F.cross_entropy(model(autograd.ones(2, 1, 4, 4)), autograd.tensor([0, 1]))
    shown = explain(loss, model=model)
    assert isinstance(shown, GraphExplanation)
    assert [s.op for s in shown.steps] == ["Conv", "Relu", "Reshape", "Linear", "CrossEntropy"]
    assert shown.steps[0].inputs == ("constant", "0.weight", "0.bias")
    assert shown.steps[0].input_shapes == ((2, 1, 4, 4), (2, 1, 3, 3), (2,))
    assert shown.steps[3].inputs == ("#3", "3.weight", "3.bias")
    assert shown.steps[0].flops == 2 * (2 * 2 * 2 * 2) * 9
    assert shown.steps[3].flops == 2 * 2 * 3 * 8
    assert shown.steps[1].saved == 2 * 2 * 2 * 2 * 4
    assert shown.flops == sum(s.flops for s in shown.steps)
    assert json.loads(json.dumps(shown.to_dict()))["steps"][1]["formula"] == "y = max(x, 0)"


def test_layers_and_lines_are_known_under_trace() -> None:
    model = network()
    with trace():
        loss = model(autograd.ones(2, 1, 4, 4)).sum()
    steps = explain(loss).steps
    assert [s.layer for s in steps] == ["0 (Conv2d)", "1 (ReLU)", "2 (Flatten)", "3 (Linear)", ""]
    assert all(s.source.startswith("test_explanation.py:") for s in steps)
    assert "0 (Conv2d), test_explanation.py" in str(explain(loss))


def test_shared_memory_is_counted_once() -> None:
    x = autograd.ones(100, requires_grad=True)
    shown = explain(((x * x) * x).sum())
    assert shown.saved == 400 + 400
    assert [s.saved for s in shown.steps] == [400, 800, 0]


def test_a_freed_graph_says_so() -> None:
    x = autograd.ones(3, requires_grad=True)
    y = (x * x).sum()
    y.backward()
    shown = explain(y)
    assert shown.steps[0].saved is None
    assert "freed saved" in str(shown)


def test_functions_of_ones_own() -> None:
    class Twice(autograd.Function):
        """Twice its argument, and nothing else."""

        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, grad):
            """Twice the gradient."""
            return grad * 2

    (step,) = explain(Twice.apply(autograd.ones(3, requires_grad=True))).steps
    assert (step.op, step.formula, step.backward) == (
        "Twice", "Twice its argument, and nothing else", "Twice the gradient",
    )  # fmt: skip
    assert step.flops is None


def test_the_text_keeps_to_the_width_and_has_no_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "70")
    text = str(explain(network()(autograd.ones(2, 1, 4, 4)).sum()))
    assert max(map(len, text.splitlines())) <= 70
    assert "\x1b" not in text


def test_colour_on_a_terminal_unless_forbidden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.delenv("NO_COLOR", raising=False)
    y = autograd.ones(3, requires_grad=True).exp()
    assert "\x1b[1m" in str(explain(y))
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in str(explain(y))


def test_grad_belongs_to_convolutions() -> None:
    with pytest.raises(ValueError, match="output of a convolution"):
        explain(autograd.ones(3, requires_grad=True).exp(), np.ones(3))


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda a, b: a.reshape(3, 4) @ b.reshape(4, 3), 2 * 3 * 3 * 4),
        (lambda a, b: a.reshape(4, 3).T @ b.reshape(4, 3), 2 * 3 * 3 * 4),
        (lambda a, b: a + b, 12),
        (lambda a, b: F.max_pool2d(a.reshape(1, 1, 3, 4), (3, 2)), 12),
        (lambda a, b: F.conv_transpose2d(a.reshape(1, 3, 2, 2), b.reshape(3, 1, 2, 2)), 2 * 12 * 4),
        (lambda a, b: a.reshape(3, 4), 0),
    ],
)
def test_operations_are_counted(make, expected: int) -> None:
    a, b = autograd.ones(12, requires_grad=True), autograd.ones(12, requires_grad=True)
    assert explain(make(a, b)).steps[-1].flops == expected


def test_the_peak_is_measured_once() -> None:
    assert flops.peak() == flops.peak() > 0
