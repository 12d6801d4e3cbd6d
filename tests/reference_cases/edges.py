"""Cases of scalars, which have one axis of size 1 wherever an axis is named, and of empty batches."""

import numpy as np

from tests.reference_cases import Draw, case

draw = Draw(21)

S, ZERO = draw(), np.array(0)
NO_ROWS, NO_IMAGES = draw(0, 3), draw(0, 4, 5, 6)

REDUCED = ["sum", "mean", "prod", "amax", "amin", "max", "min", "argmax", "argmin", "logsumexp", "median", "all", "any"]
SCANNED = ["cumsum", "cumprod", "cummax", "cummin", "logcumsumexp", "sort", "argsort", "softmax", "log_softmax"]

SCALARS = [
    *(case(name, S, dim) for name in [*REDUCED, *SCANNED, "unsqueeze", "squeeze"] for dim in (0, -1)),
    *(case(name, S, 0, -1) for name in ("transpose", "movedim")),
    case("permute", S, ()),
    case("kthvalue", S, 1),
    case("topk", S, 1),
    case("flip", S, (0,)),
    case("roll", S, 2),
    case("index_select", S, 0, np.array([0])),
    case("index_select", NO_ROWS, 1, np.array(2)),
    case("index_add", S, 0, np.array([0]), draw()),
    case("index_fill", S, 0, np.array([0]), 2.0),
    case("gather", S, 0, ZERO),
    case("scatter_add", S, 0, ZERO, draw()),
    case("take", S, np.array([0, 0])),
    case("inner", S, draw(3)),
    case("prelu", S, draw(1)),
    case("nonzero", S),
    case("nonzero", S, as_tuple=True),
    case("searchsorted", np.sort(draw(5)), S),
    case("mse_loss", S, draw()),
]

EMPTY = [
    *(case(name, NO_ROWS, 0) for name in ("sum", "prod", "mean", "logsumexp", "all", "any", "cumsum", "sort")),
    *(case(name, NO_ROWS, 1) for name in ("sum", "amax", "max", "cumsum", "sort", "softmax", "var", "logsumexp")),
    *(case(name, NO_ROWS) for name in ("sum", "var", "exp", "relu", "flatten", "tril", "t")),
    case("matmul", NO_ROWS, draw(3, 2)),
    case("linear", NO_ROWS, draw(2, 3), draw(2)),
    case("einsum", "ij,kj->ik", NO_ROWS, draw(2, 3)),
    case("det", draw(0, 3, 3)),
    case("cat", [NO_ROWS, draw(2, 3)]),
    case("chunk", NO_ROWS, 3),
    case("split", NO_ROWS, 2),
    case("getitem", NO_ROWS, (slice(None), 1)),
    case("gather", NO_ROWS, 1, np.zeros((0, 2), np.int64)),
    case("one_hot", np.zeros(0, np.int64), 4),
    case("embedding", np.zeros((0, 2), np.int64), draw(5, 3)),
    *(case("cross_entropy", NO_ROWS, np.zeros(0, np.int64), reduction=r) for r in ("sum", "none")),
    case("pad", NO_IMAGES, (1, 2, 0, 1)),
    case("interpolate", NO_IMAGES, (3, 4), mode="bilinear"),
    case("pixel_shuffle", NO_IMAGES, 2),
    case("unfold", NO_IMAGES, 2),
    case("fold", draw(0, 8, 20), (5, 6), 2),
    case("true_conv2d", NO_IMAGES, draw(2, 4, 3, 3)),
]

CASES = SCALARS + EMPTY
