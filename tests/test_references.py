"""The independent references agree with PyTorch on every case, and no name goes without a case."""

import operator

import numpy as np
import pytest
from scipy.signal import convolve

from tests.reference_cases import Case, cases
from tests.references import names, reference
from tests.references.networks import net_relu, net_sigmoid
from tests.references.optim import NOTES, STEPS

torch = pytest.importorskip("torch")
F = torch.nn.functional

# Defaults and arguments that PyTorch advises against; they are part of its behaviour all the same.
DISCOURAGED = (
    "torch.meshgrid",
    "The reduce argument of torch.scatter",
    "Using torch.cross",
    "torch.chain_matmul",
    "reduction. 'mean' divides",
    "var.*degrees of freedom is <= 0",
    "Since version 1.3.0, affine_grid behavior has changed for unit-size grids",
)

pytestmark = [pytest.mark.filterwarnings(f"ignore:{message}") for message in DISCOURAGED]


def setitem(input, index, value):
    output = input.clone()
    output[index] = value
    return output


def true_conv(input, weight, *args, **kwargs):
    rank = weight.ndim - 2
    convolution = getattr(F, f"conv{rank}d")
    return convolution(input, weight.flip(tuple(range(2, 2 + rank))), *args, **kwargs)


def tiled_conv(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    """Convolve with each kernel in turn, and keep from its output the positions that use it."""
    rank = (weight.ndim - 2) // 2
    tile = weight.shape[:rank]
    output = None
    for at in np.ndindex(tile):
        b = bias if bias is None or bias.ndim == 1 else bias[(slice(None), *at)].contiguous()
        whole = getattr(F, f"conv{rank}d")(input, weight[at], b, stride, padding, dilation, groups)
        output = torch.empty_like(whole) if output is None else output
        chosen = (..., *(slice(a, None, t) for a, t in zip(at, tile, strict=True)))
        output[chosen] = whole[chosen]
    return output


def view_dtype(input, dtype):
    return input.view({np.int64: torch.int64}[dtype])


# Names that the spaces below lack, or have with another meaning.
ELSEWHERE = {
    "view.dtype": view_dtype,
    "getitem": operator.getitem,
    "setitem": setitem,
    "T": lambda x: x.T,
    "mT": lambda x: x.mT,
    "cholesky": torch.linalg.cholesky,
    "cond": torch.linalg.cond,
    "conj": torch.conj_physical,
    "matrix_rank": torch.linalg.matrix_rank,
    "solve": torch.linalg.solve,
    "linalg.cross": torch.linalg.cross,
    "linalg.norm": torch.linalg.norm,
    "Tensor.unfold": torch.Tensor.unfold,
    "maxout": lambda x, pool_size, dim=1: x.unflatten(dim, (-1, pool_size)).amax(dim + 1 if dim >= 0 else dim),
    **{f"true_conv{rank}d": true_conv for rank in (1, 2, 3)},
    **{f"tiled_conv{rank}d": tiled_conv for rank in (1, 2, 3)},
    **{f"locally_connected{rank}d": tiled_conv for rank in (1, 2, 3)},
}
SPACES = (F, torch, torch.linalg, torch.special, torch.Tensor)


def counterpart(name):
    return ELSEWHERE.get(name) or next(getattr(space, name) for space in SPACES if hasattr(space, name))


def tensors(value):
    """Replace every array by a tensor, wherever it lies."""
    if isinstance(value, np.ndarray):
        return torch.from_numpy(value.copy())
    if isinstance(value, list | tuple):
        return type(value)(map(tensors, value))
    return value


def arrays(value):
    """List the arrays of an output that is an array, a number or a tuple of them."""
    return [np.asarray(v) for v in (value if isinstance(value, list | tuple) else [value])]


@pytest.fixture(autouse=True, scope="module")
def _double_precision():
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(before)


@pytest.mark.parametrize("case", list(cases()), ids=str)
def test_agrees_with_pytorch(case: Case):
    keywords = {key: tensors(value) for key, value in case.kwargs.items()}
    theirs = arrays(counterpart(case.name)(*map(tensors, case.args), **keywords))
    ours = arrays(reference(case.name)(*case.args, **case.kwargs))
    assert [(a.shape, a.dtype.kind) for a in ours] == [(b.shape, b.dtype.kind) for b in theirs]
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-10)


def test_a_name_may_carry_its_namespace():
    assert reference("linalg.det") is reference("det")
    assert reference("linalg.norm") is not reference("norm")
    with pytest.raises(KeyError, match="frobnicate"):
        reference("linalg.frobnicate")


def test_every_reference_has_a_case():
    assert set(names()) - {case.name for case in cases()} == set()


@pytest.mark.parametrize(
    "name", ["dropout", "dropout1d", "dropout2d", "dropout3d", "alpha_dropout", "feature_alpha_dropout"]
)
def test_dropout_agrees_on_the_mask_pytorch_drew(name):
    x = np.random.default_rng(3).uniform(1, 2, (4, 5, *{"dropout1d": (3,), "dropout3d": (2, 2, 2)}.get(name, (3, 2))))
    torch.manual_seed(4)
    theirs = getattr(F, name)(torch.from_numpy(x), 0.4, training=True).numpy()
    mask = theirs > 0
    if name not in ("dropout", "alpha_dropout"):
        mask = mask.reshape(20, -1)[:, 0]
    assert 0 < mask.sum() < mask.size
    np.testing.assert_allclose(reference(name)(x, 0.4, training=True, mask=mask), theirs, rtol=1e-12)


@pytest.mark.parametrize("shapes", [((5,), (3,)), ((4, 5), (3, 2))], ids=str)
def test_full_true_convolution_is_scipys_and_commutes(shapes):
    f, g = (np.random.default_rng(7).standard_normal(shape) for shape in shapes)
    true_conv = reference(f"true_conv{f.ndim}d")
    for a, b in ((f, g), (g, f)):
        (ours,) = true_conv(a[None], b[None, None], padding="full")
        np.testing.assert_allclose(ours, convolve(f, g, method="direct"), rtol=1e-12)


def test_padding_of_each_side_crops_full_padding():
    x, w = np.random.default_rng(7).standard_normal((1, 2, 4, 5)), np.ones((3, 2, 3, 3))
    true_conv = reference("true_conv2d")
    full, ours = true_conv(x, w, padding="full"), true_conv(x, w, padding=((2, 0), (1, 2)))
    np.testing.assert_array_equal(ours, full[:, :, :-2, 1:])


def follow(step, param, gradients, **settings):
    """(Parameters after each step, final state)."""
    state, path = {}, []
    for gradient in gradients:
        param = step(param, gradient, state, **settings)
        path.append(param)
    return path, state


DECAY = {"weight_decay": 0.1}
SETTINGS = {
    "SGD": [
        {},
        {"lr": 0.1, "momentum": 0.9},
        {"lr": 0.1, "momentum": 0.9, "dampening": 0.3, **DECAY},
        {"lr": 0.1, "momentum": 0.8, "nesterov": True, "maximize": True},
    ],
    "Adagrad": [{}, {"lr": 0.1, "lr_decay": 0.2, "initial_accumulator_value": 0.5, "eps": 1e-5, **DECAY}],
    "RMSprop": [{}, {"lr": 0.1, "alpha": 0.9, "eps": 1e-5, "momentum": 0.7, **DECAY}, {"centered": True}],
    "Adadelta": [{}, {"lr": 0.5, "rho": 0.8, "eps": 1e-3, **DECAY}],
    "Adam": [
        {},
        {"lr": 0.1, "betas": (0.8, 0.95), "amsgrad": True, **DECAY},
        {"decoupled_weight_decay": True, **DECAY},
    ],
    "AdamW": [{}, {"lr": 0.1, "betas": (0.8, 0.95), "eps": 1e-3, "amsgrad": True, **DECAY}],
    "Adamax": [{}, {"lr": 0.1, "betas": (0.8, 0.95), "eps": 1e-3, **DECAY}],
    "NAdam": [{}, {"lr": 0.1, "momentum_decay": 0.1, **DECAY}, {"decoupled_weight_decay": True, **DECAY}],
    "RAdam": [{}, {"lr": 0.1, "betas": (0.8, 0.95), **DECAY}, {"decoupled_weight_decay": True, **DECAY}],
    "Rprop": [{}, {"lr": 0.1, "etas": (0.4, 1.5), "step_sizes": (0.05, 0.3)}],
    "ASGD": [{}, {"lr": 0.1, "lambd": 0.01, "alpha": 0.5, "t0": 3, **DECAY}],
}


@pytest.fixture
def start():
    return np.random.default_rng(5).standard_normal((3, 2))


@pytest.fixture
def gradients():
    """Twelve steps; the gradient of one weight is always zero."""
    gradients = np.random.default_rng(6).standard_normal((12, 3, 2))
    gradients[:, 0, 0] = 0.0
    return gradients


@pytest.mark.parametrize("maximize", [False, True])
@pytest.mark.parametrize(("name", "settings"), [(n, s) for n, choices in SETTINGS.items() for s in choices], ids=str)
def test_optimizer_follows_pytorch(name, settings, maximize, start, gradients):
    settings = {**settings, "maximize": maximize}
    path, state = follow(STEPS[name], start, gradients, **settings)
    param = torch.from_numpy(start.copy()).requires_grad_()
    optimizer = getattr(torch.optim, name)([param], **settings)
    for expected, gradient in zip(path, gradients, strict=True):
        param.grad = torch.from_numpy(gradient.copy())
        optimizer.step()
        np.testing.assert_allclose(expected, param.detach(), rtol=1e-12, atol=1e-12)
    if name == "ASGD":
        np.testing.assert_allclose(state["average"], optimizer.state[param]["ax"], rtol=1e-12)


@pytest.mark.parametrize("maximize", [False, True])
def test_lars_is_momentum_on_a_rescaled_gradient(maximize, start, gradients):
    """With one step the update's length is lr * trust_coefficient * |w|, whatever the gradient's length."""
    settings = {"lr": 0.1, "trust_coefficient": 0.02, "maximize": maximize}
    (first,), _ = follow(STEPS["LARS"], start, gradients[:1], **settings)
    (scaled,), _ = follow(STEPS["LARS"], start, 1000 * gradients[:1], **settings)
    np.testing.assert_allclose(first, scaled, rtol=1e-12)
    np.testing.assert_allclose(np.linalg.norm(first - start), 0.1 * 0.02 * np.linalg.norm(start), rtol=1e-12)
    assert (((first - start) * gradients[0]).sum() > 0) == maximize


def test_lars_without_a_norm_is_sgd(gradients):
    zero = np.zeros((3, 2))
    (ours,), _ = follow(STEPS["LARS"], zero, gradients[:1], lr=0.1)
    np.testing.assert_array_equal(ours, -0.1 * gradients[0])


# The notes' rules that are a library rule at other settings.
SAME = [
    ("gd", {}, "SGD", {}),
    ("momentum", {"rho": 0.9}, "SGD", {"momentum": 0.9}),
    ("adagrad", {}, "Adagrad", {"eps": 1e-5}),
    ("rmsprop", {}, "RMSprop", {"alpha": 0.9, "eps": 1e-5}),
]


@pytest.mark.parametrize(("row", "own", "name", "settings"), SAME, ids=lambda value: str(value))
def test_notes_rule_is_a_library_rule(row, own, name, settings, start, gradients):
    notes, _ = follow(NOTES[row], start, gradients, lr=0.1, **own)
    library, _ = follow(STEPS[name], start, gradients, lr=0.1, **settings)
    np.testing.assert_allclose(notes, library, rtol=1e-12)


def test_notes_adam_example():
    weights, gradient = np.array([0.5, 0.3, 0.2, -0.1, 0.8]), np.array([0.02, -0.04, 0.01, -0.03, 0.05])
    state = {}
    new = NOTES["adam"](weights, gradient, state, lr=0.01, betas=(0.9, 0.995), eps=1e-7)
    np.testing.assert_allclose(state["m"], [0.002, -0.004, 0.001, -0.003, 0.005], rtol=1e-12)
    np.testing.assert_allclose(state["v"], [2e-6, 8e-6, 5e-7, 4.5e-6, 1.25e-5], rtol=1e-12)
    np.testing.assert_allclose(new, [0.48585886, 0.31414164, 0.18585986, -0.08585853, 0.78585826], atol=5e-9)


def test_notes_variants_differ_only_where_they_should(start, gradients):
    """One step from zero state, by hand: s = g^2 (times 1 - b for the averages)."""
    g = gradients[0]
    (inside,), _ = follow(NOTES["adagrad-inside"], start, gradients[:1], lr=0.1, eps=1e-2)
    (simplified,), _ = follow(NOTES["adadelta"], start, gradients[:1], lr=0.1, b=0.8, eps=1e-2)
    np.testing.assert_allclose(inside, start - 0.1 * g / np.sqrt(g**2 + 1e-2), rtol=1e-12)
    np.testing.assert_allclose(simplified, start - 0.1 * g / np.sqrt(0.2 * g**2 + 1e-2), rtol=1e-12)


def recorded(values):
    """Tensors that keep their gradients."""
    for value in values.values():
        value.retain_grad()
    return values


def leaves(*arrays):
    return [torch.from_numpy(a).requires_grad_() for a in arrays]


def assert_same_network(ours, loss, watched):
    loss.backward()
    np.testing.assert_allclose(ours["loss"], loss.item(), rtol=1e-12)
    for name, value in watched.items():
        np.testing.assert_allclose(ours[f"d{name}"], value.grad, rtol=1e-10, atol=1e-14, err_msg=f"d{name}")
        if name in ours:
            np.testing.assert_allclose(ours[name], value.detach(), rtol=1e-10, err_msg=name)


def test_net_sigmoid_derivation():
    rng = np.random.default_rng(8)
    shapes = {"x": (3, 1, 13, 12), "g1": (2, 1, 3, 3), "g2": (3, 2, 2, 2), "W1": (5, 12), "W2": (4, 5)}
    values = {name: rng.standard_normal(shape) for name, shape in shapes.items()}
    labels = np.array([2, 0, 3])
    x, g1, g2, W1, W2 = leaves(*values.values())
    z1 = F.conv2d(x, g1)
    a1 = F.max_pool2d(z1.sigmoid(), 2)
    z2 = F.conv2d(a1, g2)
    a2 = F.max_pool2d(z2.sigmoid(), 2)
    z3 = a2.flatten(1) @ W1.T
    a3 = z3.sigmoid()
    z4 = a3 @ W2.T
    hidden = recorded({"z1": z1, "a1": a1, "z2": z2, "a2": a2, "z3": z3, "a3": a3, "z4": z4})
    ours = net_sigmoid(labels=labels, **values)
    np.testing.assert_allclose(ours["yhat"], z4.detach().softmax(1), rtol=1e-12)
    loss = F.cross_entropy(z4, torch.from_numpy(labels))
    assert_same_network(ours, loss, hidden | {"x": x, "g1": g1, "g2": g2, "W1": W1, "W2": W2})


def test_net_relu_derivation():
    rng = np.random.default_rng(9)
    shapes = {"x": (2, 1, 28, 28), "g": (3, 1, 5, 5), "b": (3,)}
    shapes |= {"W1": (10, 432), "b1": (10,), "W2": (4, 10), "b2": (4,)}
    values = {name: rng.standard_normal(shape) / 5 for name, shape in shapes.items()}
    labels = np.array([1, 3])
    x, g, b, W1, b1, W2, b2 = leaves(*values.values())
    z1 = F.conv2d(x, g, b)
    a1 = F.max_pool2d(z1.relu(), 2)
    z2 = F.linear(a1.flatten(1), W1, b1)
    a2 = z2.relu()
    z3 = F.linear(a2, W2, b2)
    hidden = recorded({"z1": z1, "a1": a1, "z2": z2, "a2": a2, "z3": z3})
    ours = net_relu(labels=labels, **values)
    np.testing.assert_allclose(ours["yhat"], z3.detach().softmax(1), rtol=1e-12)
    loss = F.cross_entropy(z3, torch.from_numpy(labels))
    assert_same_network(ours, loss, hidden | {"x": x, "g": g, "b": b, "W1": W1, "b1": b1, "W2": W2, "b2": b2})
