"""Activation functions beside PyTorch."""

from __future__ import annotations

import numpy as np
import pytest

import autograd
import nn.functional
from autograd.ops import activation
from tests.parity.calls import Call, agree

torch = pytest.importorskip("torch")

pytestmark = pytest.mark.filterwarnings("ignore:invalid value encountered:RuntimeWarning")

rng = np.random.default_rng(2)
INPUTS = {
    "double": 3 * rng.standard_normal((2, 4, 3)),
    "single": (3 * rng.standard_normal((3, 4))).astype(np.float32),
    "kinks": np.array([[-6.0, -3.0, -1.0, -0.5, -0.0, 0.0, 0.5, 1.0, 3.0, 6.0]]),
    "far": np.array([[-800.0, -90.0, 90.0, 800.0]]),
    "0-d": np.array(0.3),
    "empty": np.zeros((0, 4)),
    "int64": rng.integers(-5, 5, (3, 4)),
    "bool": rng.random((3, 4)) < 0.5,
    "large": rng.standard_normal((4, 5000)),
}

SETTINGS: dict[str, list[tuple[object, ...]]] = {
    "leaky_relu": [(), (0.2,), (-0.5,), (0.0,), (2.0,)],
    "rrelu": [(), (0.1, 0.5), (0.5, 0.1)],
    "elu": [(), (0.7,), (-0.7,)],
    "celu": [(), (0.5,), (-0.5,), (0.0,)],
    "softplus": [(), (2.0,), (0.5, 1.0)],
    "hardtanh": [(), (-2.0, 0.5), (1.0, -1.0)],
    "softshrink": [(), (1.5,), (-1.0,)],
    "hardshrink": [(), (1.5,)],
    "glu": [(), (0,), (-2,), (5,)],
    "softmax": [(0,), (-1,), (5,)],
    "log_softmax": [(0,), (-1,), (5,)],
    "softmin": [(0,), (-1,)],
    **{name: [()] for name in ("relu", "relu6", "sigmoid", "tanh", "selu", "gelu", "silu", "mish", "softsign")},
    **{name: [()] for name in ("tanhshrink", "hardsigmoid", "hardswish", "logsigmoid")},
}

CALLS = [
    *(Call(n, x, *s) for n, settings in SETTINGS.items() for s in settings for x in INPUTS.values()),
    *(Call("threshold", x, *s) for s in ((0.5, -3.0), (0.0, 20.0)) for x in INPUTS.values() if x.dtype.kind == "f"),
    *(Call("gelu", x, approximate=how) for how in ("tanh", "other") for x in INPUTS.values()),
    *(Call("prelu", INPUTS["double"], w) for w in (np.array([0.3]), np.array(0.3), rng.random(4), rng.random(3))),
    *(Call("prelu", INPUTS[k], np.array([0.3])) for k in ("kinks", "0-d", "empty", "single", "int64")),
    Call("prelu", INPUTS["0-d"], rng.random(2)),
    Call("softmax", INPUTS["int64"], 1, dtype=np.dtype("float32")),
    Call("log_softmax", INPUTS["single"], -1, dtype=np.dtype("float64")),
    Call("softmax", np.full((2, 2), -np.inf), 1),
]

# PyTorch keeps these slopes in single precision.
ROUNDED = {"hardsigmoid": 1e-6, "celu": 1e-6}


@pytest.mark.parametrize("call", CALLS, ids=repr)
def test_activation(call: Call) -> None:
    if call.name == "hardtanh" and call.args[0].dtype.kind == "b" and len(call.args) > 1 and call.args[1] == 1.0:
        pytest.skip("two mistakes at once: either may be named first")
    agree(call, orders=1, rtol=ROUNDED.get(call.name, 1e-9), atol=ROUNDED.get(call.name, 1e-10))


SMOOTH = (
    "sigmoid",
    "tanh",
    "softplus",
    "gelu",
    "silu",
    "mish",
    "softsign",
    "logsigmoid",
    "elu",
    "selu",
    "leaky_relu",
    "relu",
)


@pytest.mark.parametrize("name", SMOOTH)
def test_second_order(name: str) -> None:
    agree(Call(name, INPUTS["double"]), orders=2)


@pytest.mark.parametrize("call", [Call("elu"), Call("elu", 0.5), Call("celu", 0.7), Call("selu")], ids=repr)
def test_curvature_at_zero(call: Call) -> None:
    agree(Call(call.name, np.array([-1.0, -0.0, 0.0, 1.0]), *call.args), orders=2, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize(
    "name", sorted({*SETTINGS, "prelu", "threshold", "relu_", "elu_"} - {"softmax", "log_softmax"})
)
def test_what_is_no_tensor(name: str) -> None:
    """A TypeError, also where PyTorch only finds that a str has no such method."""
    function = getattr(nn.functional, name)
    with pytest.raises(TypeError, match="must be Tensor, not str"):
        function("a", *{"softmin": (0,), "prelu": ("b",), "threshold": (0.0, 0.0)}.get(name, ()))


@pytest.mark.parametrize("name", ["softmax", "log_softmax", "softmin", "glu"])
def test_second_order_along_an_axis(name: str) -> None:
    agree(Call(name, INPUTS["double"], 1), orders=2)


def test_random_slopes_lie_between_the_bounds_and_give_the_gradient() -> None:
    x = autograd.tensor(-np.ones((50, 50))).requires_grad_()
    y = activation.rrelu(x, 0.1, 0.3, training=True)
    y.backward(autograd.ones_like(y))
    assert ((x.grad >= 0.1) & (x.grad < 0.3)).all()
    np.testing.assert_allclose(y.detach().numpy(), -x.grad.numpy())
    assert len(np.unique(x.grad.numpy())) > 2000
