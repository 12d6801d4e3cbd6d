"""Cases of reading and writing elements by position, mask or index array."""

import numpy as np

from tests.reference_cases import Draw, case

draw = Draw(14)

X, M, V = draw(3, 4, 5), draw(3, 4), draw(6)
MASK, MASK3 = draw.mask(3, 4), draw.mask(3, 4, 5)
ROWS, COLUMNS = np.array([0, 2, 2, -1]), np.array([1, 0, 0, 3])
AT = draw.integers(0, 3, 2, 4)
WIDE = draw.integers(0, 3, 2, 3, 5)
WORDS = draw.integers(0, 6, 2, 3)
TABLE = draw(6, 4)

KEYS = [
    1,
    -1,
    slice(1, None),
    (slice(None), slice(None, None, 2)),
    (Ellipsis, 0),
    (None, 1, Ellipsis, None),
    (slice(0, 2), 1, slice(1, 4)),
    ROWS,
    (ROWS, COLUMNS),
    (slice(None), ROWS),
    (slice(None), ROWS, COLUMNS),
    (ROWS, slice(None), COLUMNS),
    (np.array([[0], [2]]), np.array([1, 3, 1])),
    MASK,
    MASK3,
    (0, MASK[0]),
    (slice(None), slice(None), np.array([True, False, True, True, False])),
]

READING = [
    *(case("getitem", X, key) for key in KEYS),
    case("select", X, 1, 2),
    case("select", X, -1, -2),
    *(case("index_select", X, dim, np.array([2, 0, 2])) for dim in (0, 1, -1)),
    case("gather", M, 0, AT),
    case("gather", M, 1, AT),
    case("gather", X, -1, WIDE),
    case("take", X, np.array([[0, 59], [7, 7]])),
    case("take_along_dim", M, np.argsort(M, axis=1), dim=1),
    case("take_along_dim", M, np.array([[1], [0], [2]]), dim=1),
    case("take_along_dim", M, np.array([[0, 2, 1, 1]]), dim=0),
    case("take_along_dim", M, np.array([[11, 0], [3, 3]])),
    case("masked_select", X, MASK3),
    case("masked_select", X, draw.mask(4, 1)),
    *(case("isin", AT, np.array([[0, 2]]), **how) for how in ({}, {"invert": True})),
    case("nonzero", MASK),
    case("nonzero", MASK3, as_tuple=True),
    case("argwhere", MASK),
    case("one_hot", WORDS),
    case("one_hot", WORDS, num_classes=8),
    case("embedding", WORDS, TABLE),
    case("embedding", WORDS, TABLE, padding_idx=2),
    case("embedding", WORDS, TABLE, max_norm=1.0),
    case("embedding", WORDS, TABLE, None, 1.5, 1.0),
]

WRITING = [
    *(case("setitem", X, key, 2.5) for key in KEYS),
    case("setitem", X, (slice(None), 1), draw(3, 5)),
    case("setitem", X, (slice(0, 2), Ellipsis), draw(5)),
    case("setitem", X, MASK, draw(int(MASK.sum()), 5)),
    case("index_put", X, (ROWS, COLUMNS), draw(4, 5), accumulate=True),
    case("index_put", X, (np.array([0, 2]), np.array([1, 3])), draw(2, 5)),
    case("index_put", X, (ROWS,), draw(4, 5), accumulate=True),
    case("index_put", X, (MASK,), draw(5), accumulate=True),
    case("index_put", X, (np.array([[0], [2]]), np.array([1, 3])), draw(2, 2, 1)),
    *(case("index_add", X, d, np.array([2, 0, 2]), draw(*np.insert(np.delete(X.shape, d), d, 3))) for d in (0, 1, 2)),
    case("index_add", M, 0, np.array([1, 1]), draw(2, 4), alpha=-0.5),
    case("index_copy", M, 1, np.array([3, 0]), draw(3, 2)),
    case("index_fill", X, 1, np.array([3, 0]), 0.5),
    case("index_fill", X, -1, np.array([-1]), -2.0),
    case("select_scatter", X, draw(3, 5), 1, -1),
    case("slice_scatter", X, draw(2, 4, 5), start=1),
    case("diagonal_scatter", M, draw(3)),
    case("diagonal_scatter", X, draw(4, 2), -1, 0, 2),
    case("slice_scatter", X, draw(3, 4, 2), -1, 0, 4, 2),
    *(case("masked_fill", X, mask, -np.inf) for mask in (MASK3, draw.mask(4, 1))),
    case("masked_scatter", X, MASK3, draw(60)),
    case("masked_scatter", X, draw.mask(5), draw(60)),
]

# Positions that appear once only, where the order of writing would matter.
ONCE = np.argsort(draw(2, 4), axis=1)[:, :3]

SCATTERING = [
    case("scatter", M, 1, ONCE, draw(2, 3)),
    case("scatter", M, 1, ONCE, draw(3, 4)),
    case("scatter", M, 1, ONCE, 1.5),
    case("scatter", M, 1, ONCE, value=1.5),
    case("scatter", M, 0, AT, draw(2, 4), reduce="add"),
    case("scatter", M, 0, AT, draw(2, 4), reduce="multiply"),
    case("scatter_add", M, 0, AT, draw(2, 4)),
    case("scatter_add", M, 1, AT, draw(3, 4)),
    case("scatter_add", X, -1, WIDE, draw(2, 3, 5)),
    *(
        case("scatter_reduce", M, 0, AT, draw(2, 4), reduce, include_self=include)
        for reduce in ("sum", "prod", "mean", "amax", "amin")
        for include in (True, False)
    ),
    case("scatter_reduce", X, 1, WIDE, draw(3, 4, 5), "mean"),
]

CASES = READING + WRITING + SCATTERING
