"""Cases of products of vectors and matrices, decompositions and norms."""

import numpy as np

from tests.reference_cases import Draw, case

draw = Draw(15)

V, W = draw(3), draw(3)
M, N, S = draw(2, 3), draw(3, 4), draw(3, 3)
B, C = draw(5, 2, 3), draw(5, 3, 4)
BATCH = draw(2, 4, 3, 3)
POSITIVE = BATCH @ np.swapaxes(BATCH, -2, -1) + 2 * np.eye(3)
INTEGERS = draw.integers(-4, 5, 3, 3)

# Every pair of ranks, and batches that broadcast.
RANKS = [(V, W), (V, N), (M, V), (M, N), (V, C), (B, V), (M, C), (B, N), (B, C), (BATCH, S), (BATCH, draw(4, 3, 2))]

PRODUCTS = [
    *(case("matmul", a, b) for a, b in RANKS),
    case("matmul", draw(4, 1, 2, 3), C),
    case("matmul", INTEGERS, INTEGERS.T),
    case("matmul", draw(2, 0), draw(0, 3)),
    case("mm", M, N),
    case("bmm", B, C),
    case("mv", M, V),
    case("dot", V, W),
    case("vdot", V, W),
    case("vecdot", V, W),
    case("vecdot", B, draw(5, 2, 1), dim=0),
    case("inner", V, W),
    case("inner", B, M),
    case("outer", V, draw(4)),
    *(case("tensordot", B, C.T, dims) for dims in (0, ([2], [1]), ([0, 2], [2, 1]), ([-1], [-2]))),
    case("tensordot", draw(4, 2, 3), draw(2, 3, 5)),
    case("tensordot", M, N, 1),
    case("linear", B, draw(4, 3)),
    case("linear", V, draw(4, 3), draw(4)),
    case("linear", BATCH, draw(2, 3), draw(2)),
    case("bilinear", draw(5, 2), draw(5, 3), draw(4, 2, 3)),
    case("bilinear", draw(2, 5, 2), draw(2, 5, 3), draw(4, 2, 3), draw(4)),
    *(case("kron", a, b) for a, b in ((M, N), (V, W), (B, M))),
    *(case("cross", *pair) for pair in ((V, W), (draw(2, 3), draw(2, 3)), (S, S.T.copy()))),
    case("cross", S, S.T.copy(), dim=1),
    case("linalg.cross", S, S.T.copy()),
    case("linalg.cross", draw(3, 2), draw(3, 2), dim=0),
    case("multi_dot", [M, N, draw(4, 2)]),
    case("multi_dot", [V, N, draw(4, 2), draw(2)]),
    *(case("matrix_power", BATCH, n) for n in (0, 1, 3, -2)),
]

ADDED = [
    case("addmm", draw(2, 4), M, N),
    case("addmm", draw(4), M, N, beta=0.5, alpha=-2),
    case("addmv", draw(2), M, V, beta=2, alpha=3),
    case("baddbmm", draw(5, 2, 4), B, C),
    case("baddbmm", draw(4), B, C, beta=0.5, alpha=-2),
    case("addbmm", draw(2, 4), B, C, beta=0.5, alpha=-2),
    case("addr", draw(3, 4), V, draw(4), beta=0.5, alpha=2),
]

EINSUMS = [
    case("einsum", "ij,jk->ik", M, N),
    case("einsum", "ij,jk", M, N),
    case("einsum", "ij,jk->ki", M, N),
    case("einsum", "bij,bjk->bik", B, C),
    case("einsum", "...ij,...jk->...ik", BATCH, S),
    case("einsum", "...ij", BATCH),
    case("einsum", "i...,i...->...", M, draw(2, 3)),
    case("einsum", "ii", S),
    case("einsum", "ii->i", S),
    case("einsum", "bii->b", BATCH[0]),
    case("einsum", "ij->", M),
    case("einsum", "i,j->ij", V, W),
    case("einsum", "i,i,i->i", V, W, V),
    case("einsum", "ij,jk,kl->il", M, N, draw(4, 2)),
    case("einsum", " b i j , k j -> b k i ", B, draw(4, 3)),
    case("einsum", "ij,ij->ij", draw(1, 3), M),
    case("einsum", "nchw,oc->nohw", draw(2, 3, 2, 2), draw(4, 3)),
    case("einsum", M, [0, 1], N, [1, 2], [2, 0]),
    case("einsum", M, [0, 1], N, [1, 2]),
    case("einsum", BATCH, [..., 0, 1], S, [1, 2], [..., 0, 2]),
]

DECOMPOSITIONS = [
    case("trace", S),
    case("trace", N),
    *(case(name, x) for name in ("det", "slogdet", "inv") for x in (S, BATCH)),
    case("det", draw(1, 1)),
    case("logdet", POSITIVE),
    case("inverse", BATCH),
    case("solve", S, V),
    case("solve", S, N),
    case("solve", BATCH, draw(4, 3, 2)),
    case("solve", BATCH, draw(2, 4, 3)),
    case("solve", BATCH, draw(2, 4, 2, 3), left=False),
    case("cholesky", POSITIVE[0, 0]),
    case("cholesky", POSITIVE),
    case("cholesky", POSITIVE, upper=True),
]

DISTANCES = [
    *(case("cdist", draw(4, 3), draw(5, 3), **p) for p in ({}, {"p": 1.0}, {"p": 0.0}, {"p": 3.0}, {"p": np.inf})),
    case("cdist", draw(2, 4, 3), draw(2, 5, 3)),
    case("cdist", draw(2, 1, 4, 3), draw(3, 5, 3), p=1.5),
]

NORMS = [
    *(case("matrix_norm", N, ord) for ord in ("fro", "nuc", np.inf, -np.inf, 1, -1, 2, -2)),
    case("matrix_norm", BATCH),
    *(case("matrix_norm", BATCH, ord, dim=(0, 2), keepdim=True) for ord in ("fro", "nuc", np.inf, -1, 2)),
    *(case("linalg.norm", N, ord) for ord in (None, "fro", "nuc", np.inf, 1, 2)),
    *(case("linalg.norm", V, ord) for ord in (None, 0, 1, 3, -np.inf)),
    *(case("linalg.norm", BATCH, None, dim) for dim in (None, 1, (0, 3))),
    case("linalg.norm", BATCH, 1, (1, 2), keepdim=True),
    case("linalg.norm", BATCH, 1, -1),
]

CASES = PRODUCTS + ADDED + EINSUMS + DECOMPOSITIONS + DISTANCES + NORMS
