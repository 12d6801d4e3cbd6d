"""What the check reports beside wrong rules; models, methods, budgets, and bad input."""

from __future__ import annotations

import inspect
import warnings

import numpy as np
import pytest

import autograd
import nn
import nn.functional as F
from autograd import GradcheckError, adjoint_check, gradcheck, gradcheck_module, gradgradcheck
from autograd.gradcheck import module_checks
from tests.gradcheck.planting import function, values


def failure(func, inputs, check=gradcheck, **settings):
    with pytest.raises(GradcheckError) as caught:
        check(func, inputs, **settings)
    return caught.value


twice = function(lambda x: x * x, lambda g, x: 4 * g * x, "Twice")


# ---- PyTorch's face


@pytest.mark.parametrize("name", ["gradcheck", "gradgradcheck"])
def test_the_signature_is_pytorchs_and_more(name):
    torch = pytest.importorskip("torch")
    ours = inspect.signature(getattr(autograd, name)).parameters
    theirs = inspect.signature(getattr(torch.autograd, name)).parameters
    for key, parameter in theirs.items():
        assert ours[key].default == parameter.default
        assert ours[key].kind == parameter.kind or parameter.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD


def test_verdicts():
    assert gradcheck(lambda x: x.exp(), values(3))
    assert not gradcheck(twice, values(3), raise_exception=False)
    assert not gradcheck(twice, values(3), raise_exception=False, fast_mode=True)
    assert gradcheck(twice, values(3), check_backward_ad=False)


def test_inputs_are_left_as_they_were():
    x = values(3)
    before = x.detach().numpy().copy()
    failure(twice, x)
    np.testing.assert_array_equal(x.detach().numpy(), before)


# ---- the report


class Block(nn.Module):
    def forward(self, x):
        return twice(x)


def test_a_report_of_a_model():
    net = nn.Sequential(nn.Conv2d(1, 2, 3), nn.Sequential(nn.Tanh(), Block()), nn.Flatten(), nn.Linear(8, 3))
    error = failure(net, autograd.randn(2, 1, 4, 4))
    text = str(error)
    assert "constant factor: the gradient is 2 times what it should be" in text
    assert "operation:  TwiceBackward" in text
    assert "in forward: return twice(x)" in text
    assert "layer:      1.1 (Block)" in text
    assert "(n=" in text
    assert ", w=" in text
    assert len(text.splitlines()) < 15
    found = error.to_dict()["finding"]
    assert found["layer"] == "1.1 (Block)"
    assert found["source"]["code"] == "return twice(x)"
    assert found["axes"] == ("n", "c", "h", "w")
    assert len(found["index"]) == 4
    np.testing.assert_allclose(found["analytic"], 2 * found["numeric"], rtol=1e-4)


def test_the_first_of_several_faults():
    other = function(lambda x: x.exp(), lambda g, x: -g * x.exp(), "Other")
    assert failure(lambda x: other(twice(x)), values(3)).report.finding.op == "TwiceBackward"
    assert failure(lambda x: twice(other(x)), values(3)).report.finding.op == "OtherBackward"


def test_second_derivatives():
    def detached(g, x):
        return 3 * g * (x * x).detach()

    cube = function(lambda x: x**3, detached, "Cube")
    assert gradcheck(cube, values(3))
    error = failure(lambda x: cube(x.tanh()), values(3), gradgradcheck)
    assert error.report.finding.op == "CubeBackward"
    assert error.report.finding.diagnosis == "gradient missing"


def test_single_precision_is_told_from_a_mistake():
    def noisy(x):
        return (x * 1000).sin().exp() * 100

    x = autograd.tensor(np.float32([0.3, 0.7, 1.1]), requires_grad=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        finding = failure(noisy, x).report.finding
        assert finding.diagnosis == "float32 noise"
        assert ".double()" in finding.fix
        assert failure(lambda x: twice(noisy(x)), x).report.finding.op == "TwiceBackward"


def test_single_precision_inside():
    finding = failure(lambda x: x.float().sin().double() * 1, values(4)).report.finding
    assert finding.diagnosis == "float32 noise"


def test_single_precision_inside_a_function_of_ones_own():
    inside = function(lambda x: x.float().sin().double(), lambda g, x: g * x.cos(), "Inside")
    finding = failure(lambda x: inside(x.exp()), values(4)).report.finding
    assert (finding.diagnosis, finding.op) == ("float32 noise", "InsideBackward")
    wrong = function(lambda x: x.float().sin().double(), lambda g, x: 2 * g * x.cos(), "Wrong")
    finding = failure(lambda x: wrong(x.exp()), values(4)).report.finding
    assert (finding.diagnosis, finding.op) == ("constant factor", "WrongBackward")


def test_random_numbers():
    drop = nn.Sequential(nn.Linear(3, 3), nn.Dropout(0.5)).double()
    for func, given in ((lambda x: drop(x), values(2, 3)), (drop, values(2, 3))):
        finding = failure(func, given).report.finding
        assert finding.diagnosis == "non-determinism"
        assert "model.eval()" in finding.fix
        assert finding.place.layer == "1 (Dropout)"
    assert gradcheck(drop.eval(), values(2, 3))


def test_a_cut_graph():
    def cut(x):
        return x.exp() * x.detach().sin()

    finding = failure(cut, values(3)).report.finding
    assert (finding.diagnosis, finding.op, finding.input) == ("gradient missing", "SinBackward0", 0)
    assert "detach()" in finding.fix
    error = failure(lambda x: x.detach() * 2, values(3))
    assert str(error).startswith("Numerical gradient for function expected to be zero")
    assert error.report.finding.diagnosis == "gradient missing"


def slope(x):
    (g,) = autograd.grad((x**3).sum(), x, create_graph=True)
    return g.sin()


def test_functions_that_take_gradients_themselves():
    class Slope(nn.Linear):
        def forward(self, x):
            return slope(super().forward(x))

    assert gradcheck(slope, values(4))
    assert gradcheck(slope, values(4), fast_mode=True)
    assert gradgradcheck(slope, values(4))
    assert gradcheck_module(Slope(3, 2), values(2, 3))
    cut = failure(lambda x: slope(x).detach() * x, values(4)).report.finding
    assert (cut.diagnosis, cut.op, cut.input) == ("gradient missing", "MulBackward0", 0)


def test_a_hook():
    def hooked(x):
        y = x.exp()
        if y.requires_grad:
            y.register_hook(lambda g: 2 * g)
        return y.sin()

    finding = failure(hooked, values(3)).report.finding
    assert (finding.diagnosis, finding.op) == ("hook", "ExpBackward0")


def test_an_input_changed_by_the_function():
    def changes(x):
        y = x.exp()
        x.detach().numpy()[...] += 0.1
        return y * x

    x = values(3)
    assert failure(changes, x).report.finding.diagnosis == "input modified in place"


def test_a_gradient_changed_by_backward():
    def spoils(g, x):
        g.detach().numpy()[...] *= 2
        return g * 1

    double = function(lambda x: x * 2, spoils, "Double")
    finding = failure(lambda x: double(x.exp()) + x, values(3)).report.finding
    assert (finding.diagnosis, finding.op) == ("input modified in place", "DoubleBackward")


# ---- points without a derivative


KINKS = {
    "relu at 0": (lambda x: x.relu(), [0.0, 1.0, -1.0, 0.0]),
    "abs at 0": (lambda x: x.abs() * 2, [0.0, 1.0]),
    "ties of maxima": (lambda x: x.reshape(1, 1, 2, 2).exp().amax((2, 3)), [1.0, 1.0, 0.0, 1.0]),
    "ties in pooling": (lambda x: F.max_pool1d(x[None, None], 2), [1.0, 1.0, 0.5, 2.0]),
    "clamp at its bound": (lambda x: x.clamp(-1, 1), [1.0, -1.0, 0.5]),
    "beside a kink": (lambda x: x.relu(), [3e-7, -3e-7, 1.0]),
}


@pytest.mark.parametrize("fast", [False, True])
@pytest.mark.parametrize("name", KINKS)
def test_kinks_are_not_counted_as_wrong(name, fast):
    func, at = KINKS[name]
    assert gradcheck(func, autograd.tensor(at, dtype=autograd.float64, requires_grad=True), fast_mode=fast)


def test_a_value_that_is_no_subgradient_is_wrong_at_a_kink_too():
    three = function(lambda x: x.relu(), lambda g, x: g * autograd.where(x == 0, 3.0, (x > 0) * 1.0), "Three")
    x = autograd.tensor([0.0, 1.0, -1.0], dtype=autograd.float64, requires_grad=True)
    assert failure(three, x).report.finding.op == "ThreeBackward"


def test_a_mistake_beside_kinks_is_found():
    x = autograd.tensor([0.0, 1.0, -1.0, 0.7], dtype=autograd.float64, requires_grad=True)
    error = failure(lambda x: twice(x.relu() + 0.5), x)
    assert error.report.finding.op == "TwiceBackward"


# ---- models


def network():
    autograd.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(1, 2, 3, padding=1), nn.BatchNorm2d(2), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(8, 3)
    )


def test_a_model_in_single_precision_is_checked_in_double_and_left_alone():
    net, x = network(), autograd.randn(3, 1, 4, 4)
    before = {name: t.numpy().copy() for name, t in net.state_dict().items()}
    assert gradcheck(net, x)
    assert gradcheck_module(net, x)
    for name, t in net.state_dict().items():
        np.testing.assert_array_equal(t.numpy(), before[name])


def test_every_parameter_and_input_is_checked():
    net, seen = network(), []
    assert gradcheck_module(net, autograd.randn(3, 1, 4, 4), progress=seen.append)
    assert [c.name for c in seen] == ["input 0", *dict(net.named_parameters())]
    assert [c.compared for c in seen] == [48, 18, 2, 2, 2, 24, 3]
    assert all(c.worst < 1e-4 and c.mismatch is None for c in seen)


def test_large_models_are_compared_along_directions():
    net = nn.Linear(60, 60)
    checks = list(module_checks(net, (autograd.randn(2, 60),)))
    assert [c.compared for c in checks] == [3, 3, 3]
    assert all(c.compared > 3 for c in module_checks(net, (autograd.randn(1, 60),), fast_mode=False, budget=0.2))


def test_a_budget_compares_at_least_one_element():
    assert all(c.compared == 1 for c in module_checks(network(), (autograd.randn(3, 1, 4, 4),), budget=0.0))


def test_a_wrong_layer_is_found_in_fast_mode_too():
    wrong = function(lambda x, w: x @ w, lambda g, x, w: (g @ w.mT, 0.5 * (x.mT @ g)), "Product")

    class Layer(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(autograd.randn(4, 4))

        def forward(self, x):
            return wrong(x, self.weight)

    net = nn.Sequential(nn.Linear(4, 4), Layer(), nn.Tanh())
    for fast in (False, True):
        with pytest.raises(GradcheckError) as caught:
            gradcheck_module(net, autograd.randn(2, 4), fast_mode=fast)
        finding = caught.value.report.finding
        assert (finding.op, finding.input, finding.diagnosis) == ("ProductBackward", 1, "constant factor")
        assert "parameter:  1.weight" in str(caught.value)
    assert not gradcheck_module(net, autograd.randn(2, 4), raise_exception=False)


# ---- adjoints


def test_adjoints_of_linear_and_bilinear_operations():
    x, w, b = values(2, 2, 5, 4), values(3, 2, 3, 2, seed=1), values(3, seed=2)
    assert adjoint_check(lambda x, w: F.conv2d(x, w, stride=2, padding=1), x, w)
    assert adjoint_check(lambda x, w, b: F.conv2d(x, w, b, dilation=2), x, w, b)
    assert adjoint_check(lambda x, w: F.conv_transpose2d(x, w), x, values(2, 3, 3, 2, seed=1))
    assert adjoint_check(lambda x: F.avg_pool2d(F.pad(x, (1, 0)), 2).flip(2).sum(0), x)


def test_a_wrong_adjoint():
    wrong = function(lambda x, w: x @ w, lambda g, x, w: (g @ w.mT, (x.mT @ g) * 1.000001), "Product")
    with pytest.raises(GradcheckError, match="not the adjoint"):
        adjoint_check(wrong, values(2, 3), values(3, 4, seed=1))
    assert not adjoint_check(wrong, values(2, 3), values(3, 4, seed=1), raise_exception=False)
    with pytest.raises(ValueError, match="linear in each input, but it is not in input 0"):
        adjoint_check(lambda x: x.exp(), values(3))


# ---- bad input


def test_outputs_that_are_no_tensors():
    with pytest.raises(
        ValueError, match="Expected function to return a Tensor or a sequence of Tensors, but got float"
    ):
        gradcheck(lambda x: 3.0, values(2))


def test_inputs_that_need_no_gradient():
    with pytest.raises(ValueError, match="gradcheck expects at least one input tensor to require gradient"):
        gradcheck(lambda x: x, autograd.ones(2))
    with pytest.raises(ValueError, match=r"inputs \[0\] hold integers, which have no gradients"):
        gradcheck(lambda x: x, autograd.tensor([1, 2]))
    with pytest.raises(ValueError, match="gradcheck_module expects a parameter or an input of floating point"):
        gradcheck_module(nn.Identity(), autograd.tensor([1, 2]))


REFUSED = {
    "a number": (lambda: gradcheck(3, values(2)), TypeError, "expects a function or a module, but got int"),
    "an input that is a number": (lambda: gradcheck(lambda x: x, 2.0), TypeError, "sequence of inputs, but got float"),
    "inputs that are numbers": (lambda: gradcheck(lambda x: x, [1.0]), ValueError, "the inputs are float: none is a t"),
    "no inputs": (lambda: gradcheck(lambda: 1, ()), ValueError, "there are none"),
    "None": (lambda: gradcheck(lambda x: None, values(2)), ValueError, "but got NoneType"),
    "a dictionary": (lambda: gradcheck(lambda x: {"y": x}, values(2)), ValueError, "but got dict"),
    "a mixed tuple": (lambda: gradcheck(lambda x: (x, 3), values(2)), ValueError, "it holds Tensor, int"),
    "no step": (lambda: gradcheck(lambda x: x, values(2), eps=0.0), ValueError, "eps must be positive, got 0"),
    "a function as a module": (lambda: gradcheck_module(lambda x: x, values(2)), TypeError, "but got function"),
    "an expanded input": (
        lambda: gradcheck(lambda x: x, values(1).detach().expand(3).requires_grad_()),
        RuntimeError,
        "should call .contiguous",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_bad_input(name):
    call, kind, message = REFUSED[name]
    with pytest.raises(kind, match=message):
        call()


def test_inputs_that_are_not_finite():
    x = autograd.tensor([float("nan"), 1.0], dtype=autograd.float64, requires_grad=True)
    finding = failure(lambda x: x * 2, x).report.finding
    assert finding.diagnosis == "not a number"
    assert "input 0 holds 1 values that are nan or infinite" in finding.explanation


def test_empty_inputs():
    assert gradcheck(lambda x: x.exp(), autograd.zeros(0, 3, dtype=autograd.float64, requires_grad=True))


def test_a_graph_made_outside():
    x = values(2)
    y = (x * x).sum()
    y.backward()
    with pytest.raises(RuntimeError, match="Trying to backward through the graph a second time") as caught:
        gradcheck(lambda x: y, x)
    assert "must compute its outputs anew" in caught.value.__notes__[0]


def test_a_jacobian_that_would_fill_the_memory():
    x = autograd.zeros(100_000, dtype=autograd.float64, requires_grad=True)
    with pytest.raises(RuntimeError, match="is too large") as caught:
        gradcheck(lambda x: x * 2, x)
    assert "1e+10 entries, 80 GB" in str(caught.value)
    assert "fast_mode=True" in str(caught.value)
    assert gradcheck(lambda x: x * 2, x, fast_mode=True)


def test_single_precision_is_warned_of():
    with pytest.warns(UserWarning, match="is not a double precision floating point"):
        gradcheck(lambda x: x * 2, autograd.ones(2, requires_grad=True), atol=1.0)


def test_an_unknown_method():
    with pytest.raises(ValueError, match="method must be 'central' or 'complex'"):
        gradcheck(lambda x: x, values(2), method="magic")
    with pytest.raises(ValueError, match="method must be 'central' or 'complex'"):
        gradcheck(nn.Tanh(), values(2), method="magic")
