"""Cases of attention."""

import numpy as np

from tests.reference_cases import Draw, case

draw = Draw(23)

QUERY, KEY, VALUE = draw(2, 3, 4, 5), draw(2, 3, 6, 5), draw(2, 3, 6, 2)
MASK = np.tri(4, 6, 1, dtype=bool)

CASES = [
    case("scaled_dot_product_attention", QUERY, KEY, VALUE),
    case("scaled_dot_product_attention", QUERY, KEY, VALUE, MASK),
    case("scaled_dot_product_attention", QUERY, KEY, VALUE, draw(4, 6), scale=0.7),
    case("scaled_dot_product_attention", QUERY, KEY, VALUE, is_causal=True),
]
