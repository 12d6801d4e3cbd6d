"""Products of folded stacks, chains, and matrices without an inverse."""

from __future__ import annotations

import numpy as np
import pytest

import autograd
from autograd.kernels import product
from autograd.ops import products
from autograd.ops.affine import linear

rng = np.random.default_rng(3)


def leaf(*shape: int) -> autograd.Tensor:
    return autograd.tensor(rng.standard_normal(shape)).requires_grad_()


@pytest.mark.parametrize("shape", [(300, 40), (5, 60, 40), (2, 3, 50, 40)])
def test_large_products_and_their_gradients(shape: tuple[int, ...]) -> None:
    x, w, b = leaf(*shape), leaf(30, 40), leaf(30)
    y = linear(x, w, b)
    assert x.numel() * 30 > product.SMALL
    np.testing.assert_allclose(y.detach().numpy(), x.detach().numpy() @ w.detach().numpy().T + b.detach().numpy())
    u = rng.standard_normal(y.shape)
    y.backward(autograd.tensor(u))
    np.testing.assert_allclose(x.grad.numpy(), u @ w.detach().numpy(), rtol=1e-10)
    flat = u.reshape(-1, 30), x.detach().numpy().reshape(-1, 40)
    np.testing.assert_allclose(w.grad.numpy(), flat[0].T @ flat[1], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(b.grad.numpy(), flat[0].sum(0), rtol=1e-9, atol=1e-12)


def test_the_gradient_of_one_matrix_against_a_stack_is_one_product() -> None:
    seen = []

    class Watch:
        def before_forward(self, op, inputs, params) -> None:
            if op is products.MatMul:
                seen.append([x.ndim for x in inputs])

        def __getattr__(self, name: str):
            return lambda *_: None

    from autograd.config import Setting

    y = leaf(4, 5, 3) @ leaf(3, 2)
    with Setting(observer=Watch()):
        y.backward(autograd.ones_like(y))
    assert [2, 2] in seen


def test_chains_are_multiplied_in_the_cheapest_order() -> None:
    from autograd.ops.matrices import _split_points

    # (10 x 100) (100 x 5) (5 x 50): the first pair first.
    assert _split_points([10, 100, 5, 50])[0, 2] == 1
    assert _split_points([50, 5, 100, 10])[0, 2] == 0


def test_the_slope_of_a_singular_determinant_is_its_cofactors() -> None:
    A = autograd.tensor([[1.0, 2.0], [2.0, 4.0]], dtype=autograd.float64, requires_grad=True)
    autograd.linalg.det(A).backward()
    np.testing.assert_allclose(A.grad.numpy(), [[4.0, -2.0], [-2.0, 1.0]], atol=1e-12)


def test_matrices_without_inverse() -> None:
    with pytest.raises(autograd.linalg.LinAlgError, match="singular"):
        autograd.linalg.inv(autograd.zeros(2, 2))
    with pytest.raises(autograd.linalg.LinAlgError, match="not positive-definite"):
        autograd.linalg.cholesky(-autograd.ones(2, 2))


@pytest.mark.parametrize("dtype", [autograd.float32, autograd.float64])
def test_full_decompositions_keep_the_dtype(dtype) -> None:
    A = autograd.tensor(rng.standard_normal((3, 2)), dtype=dtype)
    for parts in (autograd.linalg.svd(A, full_matrices=True), autograd.linalg.qr(A, "complete")):
        assert parts[0].shape == (3, 3)
        assert all(part.dtype is dtype for part in parts)


@pytest.mark.parametrize(
    ("equation", "phrase"),
    [
        ("ij,jk->il", "output subscript l does not appear"),
        ("ij,kj", "which does not broadcast with previously seen size"),
        ("ij", "more operands were provided than specified"),
        ("i?,jk", "invalid subscript given at index 1"),
        ("ijk,jk", "number of subscripts in the equation"),
    ],
)
def test_malformed_equations(equation: str, phrase: str) -> None:
    with pytest.raises(RuntimeError, match=phrase):
        autograd.einsum(equation, autograd.ones(2, 3), autograd.ones(3, 4))
