"""The complex step: exact to rounding over the registry and through networks, and refused where it does not hold."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import autograd
import nn
import nn.functional as F
from autograd import GradcheckError, gradcheck, gradcheck_module
from autograd.ops.registry import Maker
from tests.gradcheck.planting import function, values
from tests.samples import REGISTRY, called, sample, tensors

ANALYTIC = {
    "elementary": lambda x: (x.sin() * x.exp() + (x * x + 1).log()).tanh(),
    "products": lambda x: (x @ x.mT).sum(0) / (1 + x * x).sum(),
    "reductions": lambda x: x.mean(0) * x.prod() + x.cumsum(0).sum(1),
    "shapes": lambda x: autograd.cat([x.mT.reshape(-1), x.flip(0)[0]]) ** 3,
    "views": lambda x: x.mT,
    "numbers": lambda x: (x * 0.7 + 0.1) ** 2 / 1.3,
}
EXACT = """
    conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d linear matmul einsum bilinear batch_norm
    instance_norm group_norm layer_norm rms_norm local_response_norm avg_pool1d avg_pool2d avg_pool3d
    adaptive_avg_pool2d max_pool2d softmax log_softmax logsumexp sigmoid logsigmoid tanh exp log erf softplus gelu
    silu mish elu relu cross_entropy nll_loss mse_loss binary_cross_entropy binary_cross_entropy_with_logits kl_div
    interpolate var std det inverse linalg.solve scaled_dot_product_attention getitem cat pad
"""
REFUSED = "abs l1_loss norm linalg.svd linalg.eigh angle sgn sign floor trunc round huber_loss softsign"


@pytest.mark.parametrize("name", ANALYTIC)
def test_it_is_exact(name):
    assert gradcheck(ANALYTIC[name], values(3, 3), method="complex")


def verdict(info, k, chosen):
    """Check one sample with respect to some of its tensors; None where the complex step is refused."""
    given = sample(info, k)
    wanted = [t for t in tensors([given.args, given.kwargs]) if t.requires_grad][chosen]
    if not wanted or not any(t.numel() for t in wanted) or any(t.is_complex() for t in wanted):
        return None

    def call(*varied):
        swap = dict(zip(map(id, wanted), varied, strict=True))
        outputs = called(info, given, lambda t: swap.get(id(t), t))
        return [y for y in outputs if y.is_floating_point() or y.is_complex()]

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of losses whose sizes broadcast
            return gradcheck(call, wanted, method="complex")
    except RuntimeError as error:
        if isinstance(error, GradcheckError):
            raise
        return str(error)


@pytest.mark.parametrize("name", sorted(name for name, info in REGISTRY.items() if info.differentiable))
def test_every_operation_is_right_to_rounding_or_refused(name):
    info = REGISTRY[name]
    for k in range(sum(1 for _ in info.samples(Maker()))):
        found = verdict(info, k, slice(None))
        assert found in (None, True) or found.startswith("complex-step differentiation does not hold"), k
        if name in EXACT.split():
            assert found in (None, True), k
            assert verdict(info, k, slice(1)) in (None, True), k
        if name in REFUSED.split():
            assert found is not True, k


def smooth_network():
    autograd.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(2, 4, 3, padding=1),
        nn.BatchNorm2d(4),
        nn.Tanh(),
        nn.AvgPool2d(2),
        nn.Conv2d(4, 6, 3, stride=2, groups=2, padding=2, dilation=2),
        nn.GELU(),
        nn.ConvTranspose2d(6, 3, 2, stride=2),
        nn.Sigmoid(),
        nn.Flatten(),
        nn.Linear(48, 5),
    ).double()


@pytest.mark.parametrize("training", [True, False])
def test_a_smooth_network(training):
    net, target = smooth_network().train(training), autograd.tensor([0, 4])
    x = values(2, 2, 6, 6)
    assert gradcheck(lambda x: F.cross_entropy(net(x), target), x, method="complex", atol=1e-12, rtol=0)
    seen = []
    assert gradcheck_module(net, x, method="complex", progress=seen.append)
    assert [check.name for check in seen] == ["input 0", *(name for name, _ in net.named_parameters())]
    # The derivatives by a bias before a batch norm are zero; there is nothing to be relative to.
    assert max(check.worst for check in seen) < 1e-14
    assert gradcheck(net, x, method="complex")


def test_running_statistics_take_no_imaginary_part():
    net = nn.BatchNorm1d(3).double()
    assert gradcheck(net, values(4, 3), method="complex")
    x = values(4, 3)
    gradcheck(lambda x: net(x), x, method="complex")
    assert net.running_mean.dtype == autograd.float64
    assert not np.allclose(net.running_mean.numpy(), 0)


def test_mistakes_of_a_relative_1e_7_are_found_in_their_operation():
    slightly = function(lambda x: x.exp(), lambda g, x: g * x.exp() * (1 + 1e-7))
    assert gradcheck(slightly, values(3))
    with pytest.raises(GradcheckError, match="Jacobian mismatch") as caught:
        gradcheck(lambda x: slightly(x * 2.0).sin(), values(3), method="complex")
    finding = caught.value.report.finding
    assert (finding.op, finding.order, finding.diagnosis) == ("MineBackward", 2, "wrong formula")
    assert "less than differences show" in finding.explanation


@pytest.mark.parametrize("func", [lambda x: x.abs(), lambda x: x * x.detach().abs(), lambda x: x.norm()])
def test_it_is_refused_where_it_does_not_hold(func):
    with pytest.raises(RuntimeError, match="complex-step differentiation does not hold"):
        gradcheck(func, values(3), method="complex")


def test_a_refusal_names_the_operation_and_the_line():
    with pytest.raises(RuntimeError, match="AbsBackward0") as caught:
        gradcheck(lambda x: (x * 2).abs(), values(3), method="complex")
    assert "test_complex_step.py" in str(caught.value)
    with pytest.raises(RuntimeError, match=r"test_complex_step.py.*\"floor_vml_cpu\" not implemented"):
        gradcheck(lambda x: (x * 2).floor(), values(3), method="complex")
    with pytest.raises(RuntimeError, match="VectorNormBackward0"):
        gradcheck(lambda x: F.normalize(x, dim=0), values(3), method="complex")


def test_an_output_that_leaves_the_graph_is_refused_and_one_that_depends_on_nothing_is_not():
    with pytest.raises(RuntimeError, match="its output stays real"):
        gradcheck(lambda x: (x * 0 + autograd.tensor(x.detach().numpy().real)).real, values(3), method="complex")
    x, y = values(3), values(3, seed=1)
    assert gradcheck(lambda x, y: (x * 2, y * 3), (x, y), method="complex")


def test_outside_of_it_complex_numbers_are_refused_as_before():
    z = autograd.tensor([1j, 2.0])
    with pytest.raises(NotImplementedError, match="not implemented for 'ComplexFloat'"):
        F.softmax(z, 0)
    with pytest.raises(RuntimeError, match="same dtype"):
        F.linear(z, autograd.ones(1, 2))


# ---- convolution of complex numbers, outside of a complex step


def complex_values(*shape, seed):
    rng = np.random.default_rng(seed)
    return autograd.tensor(rng.standard_normal(shape) + 1j * rng.standard_normal(shape), requires_grad=True)


CONVOLUTIONS = {
    "conv1d": (lambda f, x, w, b: f.conv1d(x, w, b, stride=2), (2, 2, 6), (3, 2, 3), 3),
    "conv2d": (lambda f, x, w, b: f.conv2d(x, w, b, padding=1, groups=2, dilation=2), (1, 4, 4, 5), (2, 2, 2, 3), 2),
    "conv3d": (lambda f, x, w, b: f.conv3d(x, w, b), (1, 1, 3, 3, 2), (2, 1, 2, 2, 2), 2),
    "transposed": (lambda f, x, w, b: f.conv_transpose2d(x, w, b, stride=2), (1, 2, 3, 2), (2, 3, 2, 2), 3),
}


@pytest.mark.parametrize("name", CONVOLUTIONS)
def test_complex_convolutions(name):
    call, size, kernel, channels = CONVOLUTIONS[name]
    given = [complex_values(*shape, seed=i) for i, shape in enumerate((size, kernel, (channels,)))]
    assert gradcheck(lambda *xs: call(F, *xs), given)
    assert autograd.gradgradcheck(lambda *xs: call(F, *xs), given)
    torch = pytest.importorskip("torch")
    theirs = [torch.tensor(t.detach().numpy(), requires_grad=True) for t in given]
    out, expected = call(F, *given), call(torch.nn.functional, *theirs)
    np.testing.assert_allclose(out.detach().numpy(), expected.detach().numpy(), rtol=1e-12, atol=1e-12)
    out.abs().sum().backward()
    expected.abs().sum().backward()
    for ours, other in zip(given, theirs, strict=True):
        np.testing.assert_allclose(ours.grad.numpy(), other.grad.numpy(), rtol=1e-11, atol=1e-11)
