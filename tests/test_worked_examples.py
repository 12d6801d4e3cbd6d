"""Hand-calculated cases from lecture notes, by their ids, through the public API.

The rows on optimizers and the two whole networks have files of their own.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.signal import convolve2d

import autograd
import nn
import nn.functional as F
from autograd import Tensor
from autograd.geometry import conv_geometry
from nn.data import DataLoader, TensorDataset

DIAGONAL = [[1.0, 0.0], [0.0, 1.0]]
PREWITT = [[1.0, 0.0, -1.0]] * 3


def image(rows: Any, requires_grad: bool = False) -> Tensor:
    """A tensor of shape (1, 1, H, W)."""
    return autograd.tensor(np.array(rows, float)[None, None], requires_grad=requires_grad)


def counting(*shape: int) -> Tensor:
    """The numbers 1, 2, 3, ..."""
    return autograd.tensor(np.arange(1.0, np.prod(shape) + 1).reshape(shape))


def random(*shape: int, seed: int = 0) -> Tensor:
    return autograd.tensor(np.random.default_rng(seed).standard_normal(shape))


def close(found: Tensor, expected: Any, atol: float = 1e-12) -> None:
    expected = expected.numpy() if isinstance(expected, Tensor) else np.asarray(expected, float)
    assert found.shape == expected.shape
    np.testing.assert_allclose(found.detach().numpy(), expected, rtol=1e-12, atol=atol)


def rotated(w: Tensor) -> Tensor:
    return w.flip(-2, -1)


# Convolution, forward


def test_conv_diag() -> None:
    close(F.conv2d(image(np.eye(3)), image(DIAGONAL)), [[[[2, 0], [0, 2]]]])


def test_conv_prewitt() -> None:
    close(F.conv2d(counting(1, 1, 5, 5), image(PREWITT)), np.full((1, 1, 3, 3), -6))


def test_conv_volume() -> None:
    volume, kernel = counting(1, 2, 4, 4), image([[1, 0], [0, -1]])
    each = F.conv2d(volume, kernel.expand(2, 1, 2, 2), groups=2)
    close(each, np.full((1, 2, 3, 3), -5))
    close(F.conv2d(volume, kernel.expand(1, 2, 2, 2)), np.full((1, 1, 3, 3), -10))


def test_conv_volume_2() -> None:
    each = F.conv2d(counting(1, 2, 4, 4), image([[1, -1], [1, 0]]).expand(2, 1, 2, 2), groups=2)
    close(each, [[[[4, 5, 6], [8, 9, 10], [12, 13, 14]], [[20, 21, 22], [24, 25, 26], [28, 29, 30]]]])


def test_conv_identity() -> None:
    centre = image([[0, 0, 0], [0, 1, 0], [0, 0, 0]])
    picture = random(1, 1, 6, 7)
    close(F.conv2d(picture, centre, padding="same"), picture)


def test_conv_blur() -> None:
    gaussian = image([[0.107, 0.113, 0.107], [0.113, 0.119, 0.113], [0.107, 0.113, 0.107]])
    picture = random(1, 1, 12, 12)
    smooth = F.conv2d(picture, gaussian, padding="same")
    assert smooth.shape == picture.shape
    assert float(smooth.var()) < 0.5 * float(picture.var())
    flat = F.conv2d(autograd.ones(1, 1, 5, 5, dtype=autograd.float64), gaussian)
    close(flat, np.full((1, 1, 3, 3), 0.999))


def test_conv_edge() -> None:
    sobel = image([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])
    step = np.zeros((6, 6))
    step[:, 3:] = 1
    edges = F.conv2d(image(step), sobel, padding="same").numpy()[0, 0]
    np.testing.assert_array_equal(edges[1:-1], [[0, 0, 4, 4, 0, -4]] * 4)
    turned = F.conv2d(image(step.T), sobel, padding="same").numpy()[0, 0]
    np.testing.assert_array_equal(turned[1:-1, 1:-1], 0)


def test_conv_identity_blur_edge_true_convolution_is_correlation_with_the_rotated_kernel() -> None:
    f, g = random(1, 1, 5, 6), random(1, 1, 3, 2, seed=1)
    h = np.zeros((7, 7))
    for i, j in np.ndindex(h.shape):
        for m, n in np.ndindex(3, 2):
            if 0 <= i - m < 5 and 0 <= j - n < 6:
                h[i, j] += f.numpy()[0, 0, i - m, j - n] * g.numpy()[0, 0, m, n]
    close(F.true_conv2d(f, g, padding="full"), h[None, None])
    close(F.conv2d(f, rotated(g), padding="full"), h[None, None])


def test_conv_commutes() -> None:
    f, g = random(1, 1, 5, 6), random(1, 1, 3, 4, seed=1)
    forth, back = F.true_conv2d(f, g, padding="full"), F.true_conv2d(g, f, padding="full")
    close(forth, back)
    close(forth, convolve2d(f.numpy()[0, 0], g.numpy()[0, 0])[None, None])


@pytest.mark.parametrize("n", [5, 8, 11])
@pytest.mark.parametrize(("f", "p", "s", "d"), [(3, 0, 1, 1), (3, 1, 2, 1), (2, 2, 3, 2), (5, 2, 1, 1), (3, 0, 2, 2)])
def test_conv_size(n: int, f: int, p: int, s: int, d: int) -> None:
    out = F.conv2d(random(1, 1, n, n), random(1, 1, f, f), stride=s, padding=p, dilation=d)
    size = (n + 2 * p - d * (f - 1) - 1) // s + 1
    assert out.shape == (1, 1, size, size)
    sizes = {"valid": n - (f - 1), "same": n, "full": n + f - 1}
    for padding, size in sizes.items():
        assert F.conv2d(random(1, 1, n, n), random(1, 1, f, f), padding=padding).shape[-1] == size


@pytest.mark.parametrize("stride", [2, 3])
def test_conv_stride_is_downsampling(stride: int) -> None:
    x, w = random(2, 3, 9, 8), random(4, 3, 3, 2, seed=1)
    close(F.conv2d(x, w, stride=stride), F.conv2d(x, w)[:, :, ::stride, ::stride])


def test_conv_cost() -> None:
    geometry = conv_geometry((280, 320), (1, 2))
    assert geometry.output == (280, 319)
    cost = geometry.cost
    assert (cost.weights, cost.operations, cost.sparse_floats) == (2, 267_960, 178_640)
    assert cost.dense_floats > 8e9
    assert cost.dense_operations > 16e9
    assert F.conv2d(random(1, 1, 280, 320), random(1, 1, 1, 2)).shape == (1, 1, 280, 319)


def test_conv_equivariance() -> None:
    x, w = random(1, 2, 6, 7), random(3, 2, 3, 3, seed=1)

    def convolved(x: Tensor) -> Tensor:
        return F.conv2d(F.pad(x, (1, 1, 1, 1), mode="circular"), w)

    close(convolved(x.roll((2, -3), (2, 3))), convolved(x).roll((2, -3), (2, 3)))


# im2col


def test_im2col_volume() -> None:
    volume = counting(1, 2, 4, 4)
    columns = F.unfold(volume, 2)
    assert columns.shape == (1, 8, 9)
    close(columns[0, 0], [1, 2, 3, 5, 6, 7, 9, 10, 11])
    close(columns[0, -1], [22, 23, 24, 26, 27, 28, 30, 31, 32])
    filters = random(3, 2, 2, 2)
    close((filters.reshape(3, -1) @ columns).reshape(1, 3, 3, 3), F.conv2d(volume, filters))


def test_im2col_patches() -> None:
    patches = F.unfold(counting(1, 1, 5, 5), 3)[0].t()
    assert patches.shape == (9, 9)
    close(patches[0], [1, 2, 3, 6, 7, 8, 11, 12, 13])
    close(patches[-1], [13, 14, 15, 18, 19, 20, 23, 24, 25])


# Convolution, backward


def test_conv_dw() -> None:
    x, w = counting(1, 1, 5, 5), random(1, 1, 3, 3).requires_grad_()
    cotangent = autograd.ones(1, 1, 3, 3, dtype=autograd.float64)
    (dw,) = autograd.grad(F.conv2d(x, w), w, cotangent)
    close(dw, [[[[63, 72, 81], [108, 117, 126], [153, 162, 171]]]])
    close(dw, F.conv2d(x, cotangent))
    close(dw.flatten(), F.unfold(x, 3)[0] @ cotangent.flatten())


def test_conv_dx() -> None:
    x, w = counting(1, 1, 5, 5).requires_grad_(), image(PREWITT)
    cotangent = autograd.ones(1, 1, 3, 3, dtype=autograd.float64)
    (dx,) = autograd.grad(F.conv2d(x, w), x, cotangent)
    rows = [[1, 1, 0, -1, -1], [2, 2, 0, -2, -2], [3, 3, 0, -3, -3], [2, 2, 0, -2, -2], [1, 1, 0, -1, -1]]
    close(dx, [[rows]])
    close(dx, F.conv2d(cotangent, rotated(w), padding="full"))
    close(dx, convolve2d(cotangent.numpy()[0, 0], w.numpy()[0, 0])[None, None])


def test_conv_db() -> None:
    x, w, b = random(4, 2, 6, 5), random(3, 2, 3, 3, seed=1), random(3, seed=2).requires_grad_()
    out = F.conv2d(x, w, b)
    cotangent = random(*out.shape, seed=3)
    (db,) = autograd.grad(out, b, cotangent)
    close(db, cotangent.sum((0, 2, 3)))


def test_conv_3x3_2x2() -> None:
    x, f, u = random(3, 3), random(2, 2, seed=1), random(2, 2, seed=2)
    source, kernel = image(x.numpy(), True), image(f.numpy(), True)
    dx, df = autograd.grad(F.conv2d(source, kernel), (source, kernel), image(u.numpy()))
    (o11, o12), (o21, o22) = u.tolist()
    (f11, f12), (f21, f22) = f.tolist()
    (x11, x12, x13), (x21, x22, x23), (x31, x32, x33) = x.tolist()
    sums = [
        [o11 * f11, o11 * f12 + o12 * f11, o12 * f12],
        [o11 * f21 + o21 * f11, o11 * f22 + o12 * f21 + o21 * f12 + o22 * f11, o12 * f22 + o22 * f12],
        [o21 * f21, o21 * f22 + o22 * f21, o22 * f22],
    ]
    close(dx, [[sums]])
    sums = [
        [o11 * x11 + o12 * x12 + o21 * x21 + o22 * x22, o11 * x12 + o12 * x13 + o21 * x22 + o22 * x23],
        [o11 * x21 + o12 * x22 + o21 * x31 + o22 * x32, o11 * x22 + o12 * x23 + o21 * x32 + o22 * x33],
    ]
    close(df, [[sums]])


def matrix_of(w: np.ndarray) -> np.ndarray:
    """The 9 x 9 matrix of a 3 x 3 image's correlation with a 3 x 3 kernel under 'same' zero padding."""
    matrix = np.zeros((9, 9))
    for i, j in np.ndindex(3, 3):
        for k, m in np.ndindex(3, 3):
            if 0 <= k - i + 1 < 3 and 0 <= m - j + 1 < 3:
                matrix[3 * i + j, 3 * k + m] = w[k - i + 1, m - j + 1]
    return matrix


def test_conv_matrix() -> None:
    x, w = random(1, 1, 3, 3).requires_grad_(), random(1, 1, 3, 3, seed=1).requires_grad_()
    y = F.conv2d(x, w, padding="same")
    dy = random(1, 1, 3, 3, seed=2)
    dx, dw = autograd.grad(y, (x, w), dy)
    matrix = matrix_of(w.detach().numpy()[0, 0])
    vec_x, vec_dy = x.detach().numpy().ravel(), dy.numpy().ravel()
    close(y.flatten(), matrix @ vec_x)
    close(dx.flatten(), matrix.T @ vec_dy)
    np.testing.assert_array_equal(matrix.T, matrix_of(rotated(w.detach()).numpy()[0, 0]))
    windows = F.unfold(x.detach(), 3, padding=1)[0].numpy().T
    close(y.flatten(), windows @ w.detach().numpy().ravel())
    close(dw.flatten(), windows.T @ vec_dy)


def test_conv_multichannel() -> None:
    x, w = random(3, 2, 6, 5).requires_grad_(), random(4, 2, 3, 2, seed=1).requires_grad_()
    y = F.conv2d(x, w)
    dy = random(*y.shape, seed=2)
    dx, dw = autograd.grad(y, (x, w), dy)

    def plane(t: Tensor, a: int, b: int) -> Tensor:
        return t.detach()[a : a + 1, b : b + 1]

    for s, j in np.ndindex(3, 4):
        total = sum(F.conv2d(plane(x, s, i), plane(w, j, i)) for i in range(2))
        close(plane(y, s, j), total)
    for s, i in np.ndindex(3, 2):
        total = sum(F.conv2d(plane(dy, s, j), rotated(plane(w, j, i)), padding="full") for j in range(4))
        close(plane(dx, s, i), total)
    for j, i in np.ndindex(4, 2):
        total = sum(F.conv2d(plane(x, s, i), plane(dy, s, j)) for s in range(3))
        close(plane(dw, j, i), total)


# Pooling

B = [[1, 3, 2, 1], [2, 9, 1, 1], [1, 4, 2, 3], [5, 6, 1, 2]]


def test_maxpool_a() -> None:
    picture = image([[2, 1, -11, 0], [0, 10, -15, -16], [23, 100, 2, 3], [-23, 0, 7, 20]])
    close(F.max_pool2d(picture, 2, 2), [[[[10, 0], [100, 20]]]])


def test_maxpool_b() -> None:
    close(F.max_pool2d(image(B), 2, 2), [[[[9, 2], [6, 3]]]])


def test_avgpool_b() -> None:
    close(F.avg_pool2d(image(B), 2, 2), [[[[3.75, 1.25], [4, 2]]]])


def test_maxpool_c() -> None:
    picture = image([[1, 3, 2, 1, 3], [2, 9, 1, 1, 5], [1, 3, 2, 3, 2], [8, 3, 5, 1, 0], [5, 6, 1, 2, 9]])
    close(F.max_pool2d(picture, 3, 1), [[[[9, 9, 5], [9, 9, 5], [8, 6, 9]]]])


def test_maxpool_d() -> None:
    picture = image([[4, 3, 1, 5], [1, 3, 4, 8], [4, 5, 4, 3], [6, 5, 9, 4]])
    close(F.max_pool2d(picture, 2, 2), [[[[4, 8], [6, 9]]]])


def test_maxpool_backward() -> None:
    x = image([[1, 3], [2, 4]], requires_grad=True)
    out, index = F.max_pool2d(x, 2, return_indices=True)
    (dx,) = autograd.grad(out, x, image([[10]]))
    close(dx, [[[[0, 0], [0, 10]]]])
    assert divmod(int(index), 2) == (1, 1)


def test_pooling_has_no_parameters() -> None:
    for layer in (nn.MaxPool2d(2), nn.AvgPool2d(2), nn.Maxout(2)):
        assert list(layer.parameters()) == []


def test_pooling_across_channels() -> None:
    x = random(2, 6, 3, 3)
    expected = x.numpy().reshape(2, 3, 2, 3, 3).max(2)
    close(F.maxout(x, 2), expected)


# Activations, loss


def test_softmax() -> None:
    z = autograd.tensor([3.0, -2.0, -100.0], dtype=autograd.float64)
    assert float(z.exp().sum()) == pytest.approx(20.220872, abs=5e-7)
    found = F.softmax(z, 0).tolist()
    assert found == pytest.approx([0.9933071, 0.006692851, 1.8397e-45], rel=5e-5)
    assert found[:2] == pytest.approx([0.9933071, 0.006692851], rel=5e-7)


def test_softmax_jacobian() -> None:
    z = random(4).requires_grad_()
    p = F.softmax(z, 0)
    rows = [autograd.grad(p[i], z, retain_graph=True)[0].numpy() for i in range(4)]
    p_ = p.detach().numpy()
    np.testing.assert_allclose(rows, np.diag(p_ * (1 - p_)) + (np.diag(p_**2) - np.outer(p_, p_)), atol=1e-15)


def test_ce_gradient() -> None:
    predicted, truth = autograd.tensor([0.5, 0.0, 0.1, 0.2, 0.1], dtype=autograd.float64), autograd.tensor(0)
    close(predicted - F.one_hot(truth, 5), [-0.5, 0, 0.1, 0.2, 0.1])
    logits, classes = random(3, 5).requires_grad_(), autograd.tensor([0, 4, 2])
    (dz,) = autograd.grad(F.cross_entropy(logits, classes, reduction="sum"), logits)
    close(dz, F.softmax(logits.detach(), 1) - F.one_hot(classes, 5))


def test_sigmoid_derivative() -> None:
    x = random(7).requires_grad_()
    f = F.sigmoid(x)
    (df,) = autograd.grad(f.sum(), x)
    close(df, (f * (1 - f)).detach())


def test_linear() -> None:
    w, x, b = random(3, 4).requires_grad_(), random(5, 4, seed=1).requires_grad_(), random(3, seed=2).requires_grad_()
    y = F.linear(x, w, b)
    dy = random(5, 3, seed=3)
    dx, dw, db = autograd.grad(y, (x, w, b), dy)
    for sample in range(5):
        close(y[sample], w.detach() @ x.detach()[sample] + b.detach())
        close(dx[sample], w.detach().t() @ dy[sample])
    close(dw, sum(dy[s].outer(x.detach()[s]) for s in range(5)))
    close(db, dy.sum(0))
    one = autograd.grad(F.linear(x[:1], w, b), b, dy[:1])[0]
    close(one, dy[0])


# Learning strategies


@pytest.mark.parametrize(("batch", "iterations"), [(1, 10), (3, 4), (5, 2), (10, 1)])
def test_learning_strategies(batch: int, iterations: int) -> None:
    """Stochastic, mini-batch and full batch: an epoch passes over all samples in ceil(samples / batch) steps."""
    loader = DataLoader(TensorDataset(counting(10, 1)), batch_size=batch, shuffle=True)
    assert len(loader) == iterations
    seen = [float(v) for (x,) in loader for v in x.flatten()]
    assert sorted(seen) == list(range(1, 11))


def test_learning_strategies_loss_and_gradient_are_averaged_over_the_batch() -> None:
    x, t, w = random(6, 4), autograd.tensor([0, 2, 1, 1, 0, 2]), random(3, 4, seed=1).requires_grad_()
    loss = F.cross_entropy(F.linear(x, w), t)
    each = [F.cross_entropy(F.linear(x[k : k + 1], w), t[k : k + 1]) for k in range(6)]
    close(loss, sum(float(e) for e in each) / 6)
    (dw,) = autograd.grad(loss, w)
    close(dw, sum(autograd.grad(e, w)[0].numpy() for e in each) / 6)


# Variants


def test_variants_padding() -> None:
    x, w = random(1, 1, 5, 5), random(1, 1, 3, 3, seed=1)
    whole = F.conv2d(x, w, padding="full")
    close(F.conv2d(x, w, padding="same"), whole[:, :, 1:-1, 1:-1])
    close(F.conv2d(x, w, padding="valid"), whole[:, :, 2:-2, 2:-2])


def test_variants_groups() -> None:
    x, w = random(2, 4, 5, 5), random(6, 2, 3, 3, seed=1)
    halves = [F.conv2d(x[:, :2], w[:3]), F.conv2d(x[:, 2:], w[3:])]
    close(F.conv2d(x, w, groups=2), autograd.cat(halves, 1))


def test_variants_tiled() -> None:
    x, w = random(1, 2, 7, 8), random(2, 3, 4, 2, 3, 3, seed=1)
    out = F.tiled_conv2d(x, w)
    for a, b in np.ndindex(2, 3):
        close(out[:, :, a::2, b::3], F.conv2d(x, w[a, b])[:, :, a::2, b::3])


def test_variants_locally_connected() -> None:
    x, w = random(2, 2, 5, 4), random(3, 3, 4, 2, 3, 2, seed=1)
    out = F.locally_connected2d(x, w)
    for i, j in np.ndindex(3, 3):
        close(out[:, :, i, j], F.conv2d(x, w[i, j])[:, :, i, j])


def test_variants_transposed() -> None:
    x, w = random(2, 3, 7, 6).requires_grad_(), random(4, 3, 3, 2, seed=1)
    y = F.conv2d(x, w, stride=2, padding=1)
    u = random(*y.shape, seed=2)
    (dx,) = autograd.grad(y, x, u)
    close(F.conv_transpose2d(u, w, stride=2, padding=1, output_padding=(0, 0)), dx[:, :, :7, :6])


def test_variants_pooling_on_some_channels_only() -> None:
    x = random(1, 4, 4, 4)
    out = autograd.cat([F.max_pool2d(x[:, :2], 2), x[:, 2:, ::2, ::2]], 1)
    close(out[:, 2:], x[:, 2:, ::2, ::2])
    close(out[:, :2], x.numpy()[:, :2].reshape(1, 2, 2, 2, 2, 2).max((3, 5)))


@pytest.mark.parametrize("size", [(28, 28), (32, 40), (9, 9)])
def test_variants_inputs_of_variable_size(size: tuple[int, int]) -> None:
    network = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(16, 10))
    assert network(autograd.zeros(2, 1, *size)).shape == (2, 10)
