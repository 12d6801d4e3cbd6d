"""Cases of pooling: overlap, padding, dilation, ceiling, ties, indices, unbatched input."""

import numpy as np

from tests.reference_cases import Draw, case
from tests.references import reference

draw = Draw(21)

INPUT = {1: draw(2, 3, 9), 2: draw(2, 3, 7, 6), 3: draw(1, 2, 5, 6, 4)}
TIES = {rank: x.round() for rank, x in INPUT.items()}


def unpooling(rank, **settings):
    """The input and indices of an unpooling, from pooling what has no ties."""
    values, indices = reference(f"max_pool{rank}d")(INPUT[rank], 2, return_indices=True, **settings)
    return np.negative(values), indices


CASES = [
    *(
        case(f"max_pool{rank}d", x, *args, **kwargs)
        for rank in (1, 2, 3)
        for x in (INPUT[rank], TIES[rank], INPUT[rank][0])
        for args, kwargs in (
            ((2,), {}),
            ((3, 2, 1), {"return_indices": True}),
            ((2, 1, 1, 2), {"return_indices": True}),
            ((3, 2), {"ceil_mode": True, "return_indices": True}),
            (((2, 3, 1)[:rank], (1, 3, 2)[:rank], (1, 0, 0)[:rank]), {"ceil_mode": True}),
        )
    ),
    *(
        case(f"avg_pool{rank}d", x, *args, **kwargs)
        for rank in (1, 2, 3)
        for x in (INPUT[rank], INPUT[rank][0])
        for args, kwargs in (
            ((2,), {}),
            ((3, 2, 1), {}),
            ((3, 2, 1), {"count_include_pad": False}),
            ((3, 2, 1), {"ceil_mode": True}),
            ((2, 3, 1, True, False), {}),
            (((2, 3, 1)[:rank], (1, 3, 2)[:rank], (1, 0, 0)[:rank]), {"ceil_mode": True}),
        )
    ),
    *(case(f"avg_pool{rank}d", INPUT[rank], 3, 2, 1, True, divisor_override=5) for rank in (2, 3)),
    *(
        case(f"adaptive_{kind}_pool{rank}d", x, size)
        for kind in ("avg", "max")
        for rank in (1, 2, 3)
        for x in (INPUT[rank], TIES[rank][0])
        for size in (1, 3, (4, 5, 3)[:rank])
    ),
    *(case(f"adaptive_max_pool{rank}d", TIES[rank], 2, return_indices=True) for rank in (1, 2, 3)),
    *(case(f"adaptive_avg_pool{rank}d", INPUT[rank], (None, 2, 1)[:rank]) for rank in (2, 3)),
    *(
        case(f"lp_pool{rank}d", np.abs(INPUT[rank]), p, *args)
        for rank in (1, 2, 3)
        for p in (1, 2, 3.5, np.inf, -np.inf)
        for args in ((2,), (3, 2), (2, 3, True))
    ),
    *(case(f"max_unpool{rank}d", *unpooling(rank), 2) for rank in (1, 2, 3)),
    *(case(f"max_unpool{rank}d", *unpooling(rank), 2, 2, 0, INPUT[rank].shape[2:]) for rank in (1, 2, 3)),
]
