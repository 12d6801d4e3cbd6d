"""Cases of dropout where nothing is random, and of the tensors made from numbers alone."""

from tests.reference_cases import Draw, case

draw = Draw(20)

X, IMAGE = draw(3, 4), draw(2, 3, 4, 2)
INPUTS = {"dropout": X, "dropout1d": draw(2, 3, 4), "dropout2d": IMAGE, "dropout3d": draw(2, 3, 2, 2, 2)}
INPUTS |= {"alpha_dropout": X, "feature_alpha_dropout": IMAGE}

DROPOUT = [
    *(case(name, x, 0.3, training=False) for name, x in INPUTS.items()),
    *(case(name, x, p, training=True) for name, x in INPUTS.items() for p in (0.0, 1.0)),
]

CREATION = [
    *(case("arange", *numbers) for numbers in ((5,), (2, 7), (1, 8, 3), (5, 0, -2), (0.0, 1.0, 0.3), (2.5,))),
    *(case(name, -1.0, 2.0, n) for name in ("linspace", "logspace") for n in (1, 5)),
    case("logspace", 0.0, 3.0, 4, 2.0),
    case("eye", 3),
    case("eye", 2, 4),
    *(case(name, *size) for name in ("zeros", "ones") for size in ((2, 3), ((2, 3),), (0,))),
    case("full", (2, 3), 1.5),
    case("full", (2,), 7),
    *(case(name, X) for name in ("zeros_like", "ones_like")),
    case("full_like", X, 2.5),
    *(case(name, *numbers) for name in ("tril_indices", "triu_indices") for numbers in ((3, 4), (4, 3, -1), (3, 3, 1))),
]

CASES = DROPOUT + CREATION
