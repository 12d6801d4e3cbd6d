"""Cases of the ops that choose or place elements by a rule."""

import numpy as np

from tests.reference_cases import Draw, case

draw = Draw(31)

V, M = draw(4), draw(3, 4)

CASES = [
    case("as_strided", M, (2, 3), (4, 1)),
    case("as_strided", M, (3, 2, 2), (2, 1, 1), 3),
    *(case("combinations", V, *how) for how in ((), (3,), (2, True), (0,))),
    case("cartesian_prod", V),
    case("cartesian_prod", V, draw(3), draw(2)),
    case("diagflat", M),
    case("diagflat", V, -2),
    case("view.dtype", M, np.int64),
    case("put", M, np.array([0, -1, 5]), draw(3)),
    case("put", M, np.array([[2, 2], [0, 2]]), draw(2, 2), accumulate=True),
]
