"""Cases of the ops that move, repeat, join or cut elements."""

from tests.reference_cases import Draw, case

draw = Draw(13)

V, M, X = draw(4), draw(3, 4), draw(2, 3, 4)
TALL = draw(5, 2)
ONES = draw(1, 3, 1, 2)
SCALAR = draw()
IMAGE, VOLUME = draw(2, 2, 4, 5), draw(1, 2, 3, 4, 3)
INTEGERS = draw.integers(0, 9, 2, 3)
COUNTS = draw.integers(0, 3, 3)

RESHAPING = [
    *(case(name, X, shape) for name in ("reshape", "view") for shape in ((6, 4), (-1, 2), (2, 1, 12))),
    case("view", X, 4, -1),
    case("reshape", SCALAR, (1, 1)),
    case("view_as", X, draw(6, 4)),
    case("reshape_as", X, draw(12, 2)),
    case("ravel", X),
    *(case("flatten", X, *dims) for dims in ((), (1,), (0, 1), (-2, -1))),
    case("flatten", SCALAR),
    case("unflatten", X, 2, (2, 2)),
    case("unflatten", X, -1, (-1, 2)),
    *(case("squeeze", ONES, *dim) for dim in ((), (0,), (1,), (-2,), ((0, 2),))),
    *(case("unsqueeze", M, dim) for dim in (0, 2, -1)),
    case("unsqueeze", SCALAR, 0),
    *(case(f"atleast_{n}d", x) for n in (1, 2, 3) for x in (SCALAR, V, M, X)),
    case("contiguous", X),
    case("clone", X),
]

MOVING = [
    *(case("permute", X, dims) for dims in ((2, 0, 1), (0, -1, 1))),
    *(case(name, X, *dims) for name in ("transpose", "swapaxes", "swapdims") for dims in ((0, 2), (-1, -2))),
    case("t", M),
    case("t", V),
    case("T", M),
    case("mT", X),
    *(case(name, X, *d) for name in ("movedim", "moveaxis") for d in ((0, 2), (-1, 0), ((0, 1), (2, 0)))),
    *(case("flip", X, dims) for dims in ((0,), (1, -1))),
    case("fliplr", M),
    case("flipud", M),
    *(case("roll", X, *how) for how in ((2,), (1, 0), (-5, 2), ((1, -2), (0, 1)))),
    *(case("rot90", M, k) for k in (0, 1, 2, 3, -1)),
    case("rot90", X, 1, (1, 2)),
    case("rot90", X, 3, (2, 0)),
]

REPEATING = [
    *(case("expand", draw(3, 1), shape) for shape in ((3, 4), (2, -1, 5))),
    case("expand", V, 2, 4),
    case("expand_as", V, M),
    case("broadcast_to", V, (3, 4)),
    case("broadcast_tensors", V, draw(3, 1), SCALAR),
    *(case("sum_to_size", X, *size) for size in ((3, 1), (1, 4), (2, 3, 4), (4,))),
    *(case("repeat", M, *counts) for counts in ((2, 3), (2, 1, 2), ((1, 2),))),
    *(case("tile", M, counts) for counts in ((2,), (2, 2), (2, 1, 3))),
    *(case("repeat_interleave", M, *how) for how in ((2,), (3, 1), (COUNTS, 0))),
    case("meshgrid", V, draw(3)),
    case("meshgrid", V, draw(3), draw(2), indexing="ij"),
    case("meshgrid", V, draw(3), indexing="xy"),
]

PADDING = [
    *(case("pad", IMAGE, p) for p in ((1, 2), (0, 1, 2, 0), (-1, 2, 1, -2), (1, 0, 0, 1, 2, 1))),
    case("pad", IMAGE, (1, 2, 3, 0), value=1.5),
    case("pad", INTEGERS, (1, 1), value=7),
    case("pad", IMAGE, (1, 2), "constant", 0.5),
    *(case("pad", IMAGE[0], (2, 1), mode) for mode in ("reflect", "replicate", "circular")),
    *(case("pad", IMAGE, (2, 1, 3, 0), mode) for mode in ("reflect", "replicate", "circular")),
    *(case("pad", VOLUME, (2, 1, 3, 0, 1, 2), mode) for mode in ("reflect", "replicate", "circular")),
    case("pad", IMAGE, (4, 6, 5, 5), "replicate"),
    *(case("pad", IMAGE, (-1, 2, 1, -1), mode) for mode in ("reflect", "replicate", "circular")),
]

JOINING = [
    *(case(name, [X, X[:, :1], X[:, 1:]], dim) for name in ("cat", "concat") for dim in (1, -2)),
    case("cat", [X, X[:1]]),
    *(case("stack", [X, -X, 2 * X], dim) for dim in (0, 1, -1)),
    *(case("hsplit", m, parts) for m, parts in ((V, (1, 2)), (X, [1]))),
    *(case("vsplit", m, parts) for m, parts in ((M, 1), (X, [1]))),
    *(case("dsplit", m, [1, 2]) for m in (X,)),
    *(case(name, [m, -m]) for name in ("hstack", "vstack", "dstack", "column_stack") for m in (V, M, X)),
    *(case("split", TALL, s) for s in (2, 5, 7, [1, 3, 1])),
    case("split", X, 3, dim=2),
    case("split", X, [0, 1, 3], dim=-1),
    *(case("chunk", TALL, n) for n in (1, 2, 3, 4, 9)),
    case("chunk", X, 2, dim=-1),
    *(case("tensor_split", TALL, how) for how in (2, 3, (1, 4))),
    *(case("unbind", X, *dim) for dim in ((), (1,), (-1,))),
    *(case("narrow", X, *how) for how in ((0, 1, 1), (-1, 1, 2), (1, 0, 3))),
    *(case("Tensor.unfold", X, *how) for how in ((2, 2, 1), (1, 2, 1), (-1, 3, 2), (2, 1, 2))),
    case("block_diag", M, TALL, V),
]

TRIANGLES = [
    *(case(name, m, k) for name in ("tril", "triu") for m in (M, X) for k in (0, 1, -2)),
    *(case("diag", x, k) for x in (V, M, TALL) for k in (0, 1, -1)),
    *(case("diagonal", M, k) for k in (0, 2, -1)),
    case("diagonal", X, 1, 0, 2),
    case("diagonal", X, offset=-1, dim1=-1, dim2=1),
    *(case("diag_embed", M, k) for k in (0, 2, -1)),
    case("diag_embed", M, 1, 0, 2),
    case("diag_embed", M, dim1=-1, dim2=0),
]

CASES = RESHAPING + MOVING + REPEATING + PADDING + JOINING + TRIANGLES
