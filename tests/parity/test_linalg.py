"""Products, einsum, norms and decompositions beside PyTorch."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import autograd
from tests.parity.calls import Call, agree

torch = pytest.importorskip("torch")

rng = np.random.default_rng(4)
r = rng.standard_normal


def well(*shape: int) -> np.ndarray:
    """Well conditioned matrices."""
    return r(shape) + 4 * np.eye(shape[-1])


M, N, S, B = r((2, 3)), r((3, 4)), well(3, 3), r((5, 2, 3))
FACTORS = [r((3,)), r((4,)), M, N, r((2, 2, 3)), r((2, 3, 4)), r((4, 1, 3, 4)), np.array(2.0), r((2, 0)), r((0, 3)), S]
MIXED = [N.astype(np.float32), rng.integers(-3, 3, (3, 4)), r((3, 4)) > 0]

# Two factors of every pair of shapes; where they do not fit, the same error.
PAIRS = [
    *(Call(n, a, b) for n in ("matmul", "inner", "outer", "kron", "dot", "linear") for a in FACTORS for b in FACTORS),
    *(Call(n, a, b) for n in ("mm", "mv", "bmm") for a in FACTORS for b in FACTORS if a.ndim),
    *(Call(n, M, b) for n in ("matmul", "mm", "inner", "tensordot") for b in MIXED),
    *(Call("linear", M, b.T.copy()) for b in MIXED),
    Call("matmul", MIXED[1].T.copy(), MIXED[1]),
    Call("matmul", MIXED[2].T.copy(), MIXED[2]),
]

AFFINE = [
    *(Call("linear", r(a), r(b), r(c)) for a, b, c in (((2, 3), (4, 3), 4), ((3,), (4, 3), 4), ((2, 2, 3), (4, 3), 5))),
    *(Call("linear", r(a), r((4, 3)), r(c)) for a, c in (((0, 3), 4), ((2, 2, 3), 1), ((2, 3), 3))),
    Call("bilinear", r((5, 2)), r((5, 3)), r((4, 2, 3))),
    Call("bilinear", r((2, 5, 2)), r((2, 5, 3)), r((4, 2, 3)), r(4)),
    Call("bilinear", r((5, 2)), r((5, 2)), r((4, 2, 3))),
    Call("bilinear", r((5, 2)), r((4, 3)), r((4, 2, 3))),
]

SUMMANDS = {
    "addmm": ((2, 4), (2, 3), (3, 4)),
    "addr": ((3, 4), (3,), (4,)),
    "baddbmm": ((2, 2, 4), (2, 2, 3), (2, 3, 4)),
    "addbmm": ((2, 4), (3, 2, 3), (3, 3, 4)),
    "addmv": ((2,), (2, 3), (3,)),
}
FACTORS_OF_SUMS: list[dict[str, Any]] = [{}, {"beta": 0}, {"beta": 0.5, "alpha": -2.0}, {"alpha": 3}]
ADDED = [
    Call(n, r(first), *(r(s) for s in rest), **how)
    for n, (shape, *rest) in SUMMANDS.items()
    for how in FACTORS_OF_SUMS
    for first in (shape, shape[-1:], (1,))
] + [Call("addmm", r((7, 7)), M, N)]

EINSUMS = [
    Call("einsum", *arguments)
    for arguments in (
        ("ij,jk->ik", M, N),
        ("ij,jk", M, N),
        ("ij,jk->ki", M, N),
        ("bij,bjk->bik", B, r((5, 3, 4))),
        ("...ij,...jk->...ik", r((2, 4, 3, 3)), S),
        ("...ij", r((2, 4, 3, 3))),
        ("i...,i...->...", M, r((2, 3))),
        ("a...b,bc->...ac", r((2, 4, 3)), N),
        ("ii", S),
        ("ii->i", S),
        ("iij->ij", r((3, 3, 2))),
        ("iii->i", r((3, 3, 3))),
        ("bii->ib", r((4, 3, 3))),
        ("ij->", M),
        ("ba", M),
        ("Ab,bA->A", M, M.T.copy()),
        ("i,j->ij", r(3), r(4)),
        ("i,i,i->i", r(3), r(3), r(3)),
        ("ij,jk,kl->il", M, N, r((4, 2))),
        ("abc,cd,ab->d", B, N, r((5, 2))),
        (" b i j , k j -> b k i ", B, r((4, 3))),
        ("ij,ij->ij", r((1, 3)), M),
        ("ij,kj->ik", M, r((4, 1))),
        ("nchw,oc->nohw", r((2, 3, 2, 2)), r((4, 3))),
        ("->", np.array(2.0)),
        (M, [0, 1], N, [1, 2], [2, 0]),
        (M, [0, 1], N, [1, 2]),
        (r((2, 4, 3, 3)), [..., 0, 1], S, [1, 2], [..., 0, 2]),
        ("ij,jk->il", M, N),
        ("ijk->i", M),
        ("i1->i", M),
        ("ij,jk->ik", M),
        ("ij->ii", S),
        ("ii", M),
        ("ij,jk->ik", M, r((5, 4))),
    )
]

CONTRACTIONS = [
    *(Call("tensordot", B, r((4, 3, 5)), d) for d in (0, 1, ([2], [1]), ([0, 2], [2, 1]), ([-1], [-2]), ([0], [1, 2]))),
    *(Call("cdist", r((2, 4, 3)), r((2, 5, 3)), p=p) for p in (0.0, 1.0, 2.0, 1.5, math.inf, -1.0)),
    *(Call("pdist", r((4, 3)), p) for p in (1.0, 2.0, 3.0, -1.0)),
    *(Call("dist", M, r((2, 3)), p) for p in (1, 2, 3.0)),
    Call("cdist", M, N),
    Call("cdist", r(3), M),
    Call("pdist", r(3)),
    Call("cross", M, r((2, 3))),
    Call("cross", r((3, 2)), r((3, 2))),
    Call("cross", r((2, 4)), r((2, 4))),
    Call("cross", M, r((2, 3)), 0),
    Call("cross", M, r(3)),
    Call("linalg.cross", r((3, 2)), r((3, 2)), dim=0),
    Call("linalg.cross", r((2, 1, 3)), r((1, 4, 3))),
    *(Call("trace", x) for x in (S, N, rng.integers(0, 5, (3, 3)), r(3))),
    Call("linalg.multi_dot", [M, N, r((4, 2))]),
    Call("linalg.multi_dot", [r(3), N, r((4, 2)), r(2)]),
    Call("linalg.multi_dot", [M]),
    Call("linalg.multi_dot", [M, r((4, 4))]),
]

POSITIVE = well(2, 3, 3) @ well(2, 3, 3).swapaxes(-1, -2)
POSITIVE = POSITIVE @ POSITIVE.swapaxes(-1, -2)
SQUARES = [S, -S, well(2, 4, 4), r((1, 1)), r((0, 0)), M, r(3), rng.integers(0, 5, (3, 3)), S.astype(np.float32)]
DECOMPOSITIONS = [
    *(Call(f"linalg.{n}", x) for n in ("det", "slogdet", "inv") for x in SQUARES),
    *(Call("logdet", x) for x in SQUARES[:6]),
    Call("linalg.det", np.diag([1.0, 0.0, 2.0])),
    Call("linalg.det", np.zeros((3, 3))),
    *(Call("linalg.cholesky", x, upper=u) for x in (POSITIVE, POSITIVE[0], M) for u in (False, True)),
    *(Call(f"linalg.{n}", x) for n in ("svdvals", "pinv") for x in (S, M, r((4, 2)), r((2, 3, 2)))),
    *(Call("linalg.matrix_rank", x) for x in (S, M, np.ones((3, 3)), np.zeros((2, 2)))),
    *(Call("linalg.solve", S, b) for b in (r(3), r((3, 2)), r(2))),
    Call("linalg.solve", well(2, 4, 3, 3), r((4, 3, 2))),
    Call("linalg.solve", well(2, 4, 3, 3), r((2, 4, 3))),
    Call("linalg.solve", S, r((2, 3)), left=False),
    Call("linalg.solve", M, r(3)),
    Call("linalg.solve", np.zeros((2, 2)), r(2)),
    *(Call("linalg.cond", S, p) for p in (None, 2, -2)),
    *(Call("linalg.qr", x) for x in (r((4, 2)), r((3, 3)), r((2, 3, 2)))),
    Call("linalg.qr", S, "other"),
    *(Call("matrix_power", well(2, 3, 3), n) for n in (0, 1, 2, 3, 5, -1, -2)),
    Call("matrix_power", M, 2),
]

ORDERS = ("fro", "nuc", math.inf, -math.inf, 1, -1, 2, -2, 3, "other")
MATRIX_AXES: list[dict[str, Any]] = [{}, {"dim": (0, 2)}, {"dim": (1, 0), "keepdim": True}]
NORM_AXES: list[dict[str, Any]] = [{}, {"dim": 0}, {"dim": (0, 1)}, {"keepdim": True}]
NORMS = [
    *(Call("linalg.matrix_norm", r((2, 3, 4)), o, **how) for o in ORDERS for how in MATRIX_AXES),
    *(Call("linalg.norm", r((3, 4)), o, **how) for o in (None, *ORDERS) for how in NORM_AXES),
    *(Call("linalg.norm", r(3), o) for o in (None, 0, *ORDERS[2:9])),
    *(Call("linalg.norm", r((2, 2, 3)), o) for o in (None, 2)),
    Call("linalg.matrix_norm", r((2, 3)), dim=(0, 0)),
    Call("linalg.norm", r((2, 2, 3)), 2, (0, 1, 2)),
]


@pytest.mark.parametrize("call", PAIRS + AFFINE + ADDED + EINSUMS + CONTRACTIONS + DECOMPOSITIONS + NORMS, ids=repr)
@pytest.mark.filterwarnings("ignore:Using torch.cross")
def test_linear_algebra(call: Call) -> None:
    agree(call, orders=1, rtol=1e-8, atol=1e-9)


SECOND_ORDER = [
    Call("matmul", B, N),
    Call("matmul", r((2, 1, 2, 3)), r((4, 3, 2))),
    Call("linear", B, r((4, 3)), r(4)),
    Call("einsum", "bij,jk,kl->bil", B, N, r((4, 2))),
    Call("linalg.inv", S),
    Call("linalg.det", S),
    Call("linalg.slogdet", S),
    Call("linalg.solve", S, r((3, 2))),
    Call("linalg.cholesky", POSITIVE),
    Call("linalg.svdvals", M),
    Call("linalg.pinv", M),
]


@pytest.mark.parametrize("call", SECOND_ORDER, ids=repr)
def test_second_order(call: Call) -> None:
    agree(call, orders=2, rtol=1e-7, atol=1e-8)


@pytest.mark.parametrize("name", ["eigh", "svd"])
def test_decompositions_up_to_signs(name: str) -> None:
    A = POSITIVE[0] if name == "eigh" else M
    results = []
    for library, make in ((autograd, autograd.tensor), (torch, torch.tensor)):
        x = make(A).requires_grad_()
        parts = getattr(library.linalg, name)(x) if name == "eigh" else library.linalg.svd(x, full_matrices=False)
        # What does not depend on the signs of the vectors.
        vectors = parts[1] if name == "eigh" else parts[0]
        ((vectors**2) @ make(np.arange(1.0, vectors.shape[1] + 1))).sum().backward(retain_graph=True)
        (vectors[0] ** 2).sum().backward()
        results.append((parts[0 if name == "eigh" else 1].detach().numpy(), x.grad.numpy()))
    for a, b in zip(*results, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-8, atol=1e-9)


def test_singular_matrices_have_an_error_of_their_own() -> None:
    with pytest.raises(autograd.linalg.LinAlgError, match="singular"):
        autograd.linalg.inv(autograd.zeros(2, 2))
    with pytest.raises(autograd.linalg.LinAlgError, match="not positive-definite"):
        autograd.linalg.cholesky(-autograd.ones(2, 2))
    assert issubclass(autograd.linalg.LinAlgError, RuntimeError)
