"""Functional transforms: against closed forms, against PyTorch, and what they refuse."""

from __future__ import annotations

import numpy as np
import pytest

import autograd
import nn
from autograd import functional as A

R = np.random.default_rng(0)
X, Y = R.uniform(0.3, 1.0, (2, 3)), R.uniform(0.3, 1.0, 3)
VX, VY = R.standard_normal((2, 3)), R.standard_normal(3)


def mixed(lib):
    return lambda x, y: ((x * y).sin(), (x @ y).exp().sum())


def scalar(lib):
    return lambda x, y: (x * y * y).sin().sum() + (x * x).prod()


def single(lib):
    return lambda x: (x * x).sum().sin()


def unused(lib):
    return lambda x, y: (x * x).sum()


def tensors(lib, *arrays):
    return tuple(lib.tensor(a) for a in arrays)


def flat(value):
    if isinstance(value, tuple | list):
        return [a for v in value for a in flat(v)]
    return [value.detach().numpy()]


def differentiable(value):
    return tuple(differentiable(v) for v in value) if isinstance(value, tuple | list) else value.requires_grad


def structure(value):
    return tuple(structure(v) for v in value) if isinstance(value, tuple | list) else tuple(value.shape)


def constant(lib):
    return lambda x: x.detach()


def linear(lib):
    return lambda x: x * 2


def in_a_tuple(lib):
    return lambda x: (x * x,)


OUTPUT_SHAPES = (VX, np.asarray(0.7))
CASES = [
    ("vjp", mixed, (X, Y), OUTPUT_SHAPES, {}),
    ("vjp", single, X, None, {}),
    ("vjp", unused, (X, Y), None, {}),
    ("jvp", mixed, (X, Y), (VX, VY), {}),
    ("jvp", unused, (X, Y), (VX, VY), {}),
    ("jvp", single, X, VX, {}),
    ("hvp", scalar, (X, Y), (VX, VY), {}),
    ("hvp", unused, (X, Y), (VX, VY), {}),
    ("vhp", scalar, (X, Y), (VX, VY), {}),
    ("vhp", unused, (X, Y), (VX, VY), {}),
    ("vhp", single, X, VX, {}),
    ("jacobian", mixed, (X, Y), None, {}),
    ("jacobian", mixed, (X, Y), None, {"vectorize": True}),
    ("jacobian", mixed, (X, Y), None, {"vectorize": True, "strategy": "forward-mode"}),
    ("jacobian", single, X, None, {}),
    ("jacobian", unused, (X, Y), None, {}),
    ("hessian", scalar, (X, Y), None, {}),
    ("hessian", unused, (X, Y), None, {}),
    ("hessian", scalar, (X, Y), None, {"vectorize": True, "outer_jacobian_strategy": "forward-mode"}),
    ("hessian", single, X, None, {"vectorize": True}),
    ("hessian", single, (X,), None, {}),
    ("hessian", scalar, (X, Y), None, {"strict": True}),
    ("hessian", scalar, (X, Y), None, {"create_graph": True, "vectorize": True}),
    ("jacobian", mixed, (X, Y), None, {"create_graph": True}),
    ("jacobian", mixed, (X, Y), None, {"create_graph": True, "vectorize": True}),
    ("jacobian", in_a_tuple, X, None, {}),
    ("jacobian", in_a_tuple, (X,), None, {"vectorize": True}),
    ("jacobian", linear, X, None, {"strict": True}),
    ("jacobian", constant, X, None, {}),
    ("jacobian", constant, X, None, {"vectorize": True}),
    ("jvp", constant, X, VX, {}),
    ("jvp", linear, X, VX, {"strict": True}),
]


def transformed(lib, space, name, function, inputs, v, settings):
    given = tensors(lib, *inputs) if isinstance(inputs, tuple) else lib.tensor(inputs)
    if v is None:
        return getattr(space, name)(function(lib), given, **settings)
    vector = tensors(lib, *v) if isinstance(v, tuple) else lib.tensor(v)
    return getattr(space, name)(function(lib), given, vector, **settings)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize(("name", "function", "inputs", "v", "settings"), CASES)
def test_values_and_structure_are_pytorchs(name, function, inputs, v, settings):
    torch = pytest.importorskip("torch")
    found = transformed(autograd, A, name, function, inputs, v, settings)
    expected = transformed(torch, torch.autograd.functional, name, function, inputs, v, settings)
    assert structure(found) == structure(expected)
    if "outer_jacobian_strategy" not in settings:  # PyTorch's forward mode leaves its inner graph on the result
        assert differentiable(found) == differentiable(expected)
    for a, b in zip(flat(found), flat(expected), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("name", ["vjp", "jvp", "hvp", "vhp", "jacobian", "hessian"])
def test_signatures_are_pytorchs(name):
    import inspect

    torch = pytest.importorskip("torch")
    ours = inspect.signature(getattr(A, name)).parameters.values()
    theirs = inspect.signature(getattr(torch.autograd.functional, name)).parameters.values()
    assert [(p.name, p.default, p.kind) for p in ours] == [(p.name, p.default, p.kind) for p in theirs]


REFUSED = [
    ("vjp", lambda x: 3.0, X, None, {}),
    ("vjp", lambda x: (x, 3.0), X, None, {}),
    ("vjp", lambda x: x * 2, X, None, {}),
    ("vjp", lambda x: x * 2, X, VY, {}),
    ("vjp", lambda x: (x, x), X, (VX,), {}),
    ("vjp", lambda x: x * 2, X, (VX, VX), {}),
    ("vjp", lambda x: (x, x), X, (VX, VY), {}),
    ("vjp", lambda x: x.detach(), X, VX, {"strict": True}),
    ("vjp", lambda x, y: x.sum(), (X, Y), None, {"strict": True}),
    ("vjp", lambda x: x * 2, X, VX, {"strict": True, "create_graph": True}),
    ("jvp", lambda x: x * 2, X, None, {}),
    ("jvp", lambda x: x * 2, X, VY, {}),
    ("jvp", lambda x, y: x.sum(), (X, Y), (VX, VY), {"strict": True}),
    ("vhp", lambda x: x * 2, X, VX, {}),
    ("vhp", lambda x: (x.sum(),), X, VX, {}),
    ("vhp", lambda x: x.sum(), X, None, {}),
    ("hvp", lambda x: x * 2, X, VX, {}),
    ("hvp", lambda x: (x * 2).sum(), X, VX, {"strict": True}),
    ("hessian", lambda x: x, X, None, {}),
    ("hessian", lambda x: (x.sum(), x.sum()), X, None, {}),
    ("hessian", lambda x: x.sum(), X, None, {"strict": True}),
    ("hessian", lambda x, y: (x * x).sum(), (X, Y), None, {"strict": True}),
    ("jacobian", lambda x, y: x * 1, (X, Y), None, {"strict": True}),
    ("jacobian", lambda x: x * 2, X, None, {"strict": True, "create_graph": True}),
    ("jacobian", lambda x: x.detach(), X, None, {"strict": True}),
    ("jacobian", lambda x: [x, x], X, None, {}),
    ("vhp", lambda x: x.sum(), X, VX, {"strict": True}),
    ("vhp", lambda x: (x * x).sum(), X, VX, {"strict": True, "create_graph": True}),
    ("hvp", lambda x: (x * x).sum(), X, VX, {"strict": True, "create_graph": True}),
    ("hessian", lambda x: x.detach().sum(), X, None, {"strict": True}),
    ("hessian", lambda x: (x * x).sum(), X, None, {"strict": True, "vectorize": True}),
    ("jacobian", lambda x: x * 1, X, None, {"strategy": "forward-mode"}),
    ("jacobian", lambda x: x * 1, X, None, {"strategy": "forward-mode", "create_graph": True}),
    ("jacobian", lambda x: x * 1, X, None, {"strategy": "forward-mode", "strict": True, "vectorize": True}),
    ("jacobian", lambda x: x * 1, X, None, {"strategy": "sideways"}),
    ("jacobian", lambda x: x * 1, X, None, {"strict": True, "vectorize": True}),
]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize(("name", "function", "inputs", "v", "settings"), REFUSED)
def test_refusals_are_pytorchs(name, function, inputs, v, settings):
    torch = pytest.importorskip("torch")

    def failure(lib, space):
        with pytest.raises(Exception) as caught:
            transformed(lib, space, name, lambda _: function, inputs, v, settings)
        return caught.value

    ours, theirs = failure(autograd, A), failure(torch, torch.autograd.functional)
    assert type(ours) is type(theirs)
    phrase = str(theirs).splitlines()[0].replace("torch.autograd.functional.", "").replace("isonly", "is only")
    assert str(ours).splitlines()[0].replace("autograd.", "") == phrase.replace("torch.", "")


def test_inputs_that_are_not_tensors():
    with pytest.raises(TypeError, match="must be either a Tensor or a tuple of Tensors but the value at index 1"):
        A.vjp(lambda x, y: x, (autograd.ones(2), 3.0))


def test_results_are_cut_from_the_graph_unless_asked_otherwise():
    x = autograd.tensor(X, requires_grad=True)
    y, g = A.vjp(single(None), x)
    assert not y.requires_grad
    assert not g.requires_grad
    y, g = A.vjp(single(None), x, create_graph=True)
    (second,) = autograd.grad((g * autograd.tensor(VX)).sum(), x)
    _, expected = A.hvp(single(None), x, autograd.tensor(VX))
    np.testing.assert_allclose(second.numpy(), expected.numpy())


def test_a_jacobian_can_be_differentiated():
    x = autograd.tensor(Y, requires_grad=True)
    (g,) = autograd.grad(A.jacobian(lambda x: x**3, x, create_graph=True).sum(), x)
    np.testing.assert_allclose(g.numpy(), 6 * Y)


def test_empty_outputs_have_empty_jacobians():
    assert A.jacobian(lambda x: x[:0] * 2, autograd.ones(3)).shape == (0, 3)


def test_no_grad_does_not_matter():
    with autograd.no_grad():
        _, g = A.vjp(single(None), autograd.tensor(X))
    np.testing.assert_allclose(g.numpy(), 2 * X * np.cos((X * X).sum()))


# ---- curvature


def dense(product, size):
    return np.stack([product(autograd.tensor(row)).numpy() for row in np.eye(size)])


def model(w):
    return (autograd.tensor(X) @ w.reshape(3, 2)).tanh() * 2


W = R.standard_normal(6)


def jacobian_of_model():
    return A.jacobian(model, autograd.tensor(W)).reshape(-1, 6).numpy()


def test_gauss_newton_is_jacobian_hessian_jacobian():
    def loss(z):
        return (z**4).sum() + z.prod()

    w = autograd.tensor(W)
    found = dense(lambda v: A.ggnvp(model, loss, w, v)[1], 6)
    h = A.hessian(loss, model(w)).reshape(4, 4).numpy()
    np.testing.assert_allclose(found, jacobian_of_model().T @ h @ jacobian_of_model(), rtol=1e-10)


@pytest.mark.parametrize("family", ["categorical", "bernoulli", "gaussian"])
def test_fisher_information_is_the_expected_outer_product_of_scores(family):
    z = model(autograd.tensor(W)).numpy()
    j = jacobian_of_model().reshape(2, 2, 6)
    expected = np.zeros((6, 6))
    for n in range(2):
        if family == "categorical":
            p = np.exp(z[n]) / np.exp(z[n]).sum()
            for label in range(2):
                score = j[n].T @ (np.eye(2)[label] - p)
                expected += p[label] * np.outer(score, score)
        else:
            p = 1 / (1 + np.exp(-z[n]))
            for k in range(2):
                variance = p[k] * (1 - p[k]) if family == "bernoulli" else 1.0
                expected += variance * np.outer(j[n, k], j[n, k])
    found = dense(lambda v: A.fvp(model, autograd.tensor(W), v, family)[1], 6)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)


def test_fisher_of_an_exponential_family_is_gauss_newton_of_its_loss():
    w, v = autograd.tensor(W), autograd.tensor(R.standard_normal(6))
    _, fisher = A.fvp(model, w, v)
    _, gauss_newton = A.ggnvp(model, lambda z: z.logsumexp(-1).sum(), w, v)
    np.testing.assert_allclose(fisher.numpy(), gauss_newton.numpy(), rtol=1e-10)


def test_empirical_fisher_is_the_sum_of_outer_products():
    def losses(w):
        return (model(w) ** 2).sum(1)

    g = A.jacobian(losses, autograd.tensor(W)).numpy()
    found = dense(lambda v: A.empirical_fvp(losses, autograd.tensor(W), v)[1], 6)
    np.testing.assert_allclose(found, g.T @ g, rtol=1e-10)


def test_curvature_refuses():
    with pytest.raises(ValueError, match="'bernoulli', 'categorical', 'gaussian', got 'poisson'"):
        A.fvp(model, autograd.tensor(W), autograd.tensor(W), "poisson")
    with pytest.raises(RuntimeError, match="should contain a single element"):
        A.ggnvp(model, lambda z: z, autograd.tensor(W), autograd.tensor(W))
    with pytest.raises(TypeError, match="should return a single Tensor"):
        A.fvp(lambda w: (w, w), autograd.tensor(W), autograd.tensor(W))


# ---- functional_call


def network():
    return nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2))


def test_functional_call_takes_the_given_tensors_and_puts_its_own_back():
    net = network()
    own = dict(net.named_parameters())
    given = {name: autograd.tensor(R.standard_normal(p.shape), requires_grad=True) for name, p in own.items()}
    x = autograd.tensor(X)
    y = A.functional_call(net, given, x)
    expected = (x @ given["0.weight"].T + given["0.bias"]).tanh() @ given["2.weight"].T + given["2.bias"]
    np.testing.assert_allclose(y.detach().numpy(), expected.detach().numpy())
    y.sum().backward()
    assert all(p.grad is not None for p in given.values())
    assert all(p.grad is None for p in own.values())
    assert all(p is own[name] for name, p in net.named_parameters())


def test_functional_call_puts_back_after_an_error():
    net = network()
    before = net[0].weight
    with pytest.raises(RuntimeError):
        A.functional_call(net, {"0.weight": autograd.ones(5, 5)}, autograd.tensor(X))
    assert net[0].weight is before


def test_functional_call_with_keywords_several_dictionaries_and_buffers():
    norm = nn.BatchNorm1d(3).double()
    mean = autograd.tensor(Y)
    out = A.functional_call(
        norm.eval(), ({"running_mean": mean}, {"weight": autograd.tensor(VY)}), (), {"input": autograd.tensor(X)}
    )
    np.testing.assert_allclose(out.detach().numpy(), (X - Y) / np.sqrt(1 + 1e-5) * VY)


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(3, 3, bias=False)
        self.b = nn.Linear(3, 3, bias=False)
        self.b.weight = self.a.weight

    def forward(self, x):
        return self.b(self.a(x))


def test_functional_call_ties_what_is_tied():
    x, w = autograd.tensor(X), autograd.tensor(R.standard_normal((3, 3)))
    net = Tied().double()
    both = A.functional_call(net, {"a.weight": w}, x)
    np.testing.assert_allclose(both.numpy(), X @ w.numpy().T @ w.numpy().T)
    one = A.functional_call(net, {"a.weight": w}, x, tie_weights=False)
    np.testing.assert_allclose(one.detach().numpy(), X @ w.numpy().T @ net.a.weight.detach().numpy().T)
    with pytest.raises(ValueError, match="got multiple values for keys"):
        A.functional_call(net, {"a.weight": w, "b.weight": w * 2}, x)


def test_functional_call_refuses():
    net, x = network(), autograd.tensor(X)
    with pytest.raises(RuntimeError, match=r"Unexpected key\(s\): 'foo'"):
        A.functional_call(net, {"foo": x}, x, strict=True)
    with pytest.raises(ValueError, match="appeared in multiple dictionaries"):
        A.functional_call(net, ({"0.bias": x}, {"0.bias": x}), x)
    with pytest.raises(TypeError, match="is not an instance of Tensor"):
        A.functional_call(net, {"0.bias": 3.0}, x)
