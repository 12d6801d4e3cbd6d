"""Cases of normalisation: with and without weights, given and gathered statistics, one to three spatial axes."""

import numpy as np

from tests.reference_cases import Draw, case

draw = Draw(22)

INPUTS = [draw(5, 4), draw(3, 4, 6), draw(2, 4, 3, 5), draw(2, 4, 2, 3, 2)]
MEAN, VAR = draw(4), draw.uniform(0.5, 2, 4)
WEIGHT, BIAS = draw(4), draw(4)

CASES = [
    *(
        case("batch_norm", x, MEAN.copy(), VAR.copy(), *affine, training=training)
        for x in INPUTS
        for affine in ((), (WEIGHT, BIAS))
        for training in (False, True)
    ),
    *(case("batch_norm", x, None, None, WEIGHT, None, True, 0.3, 1e-2) for x in INPUTS),
    *(case("instance_norm", x, weight=WEIGHT, bias=BIAS) for x in INPUTS[1:]),
    *(case("instance_norm", x, MEAN.copy(), VAR.copy(), use_input_stats=False, eps=0.1) for x in INPUTS[1:]),
    *(case("group_norm", x, groups, *affine) for x in INPUTS for groups in (1, 2) for affine in ((), (WEIGHT, BIAS))),
    *(case("layer_norm", x, x.shape[-axes:]) for x in INPUTS for axes in (1, 2)),
    *(case("layer_norm", x, x.shape[1:], draw(*x.shape[1:]), draw(*x.shape[1:]), 0.01) for x in INPUTS),
    *(case("rms_norm", x, x.shape[-axes:]) for x in INPUTS for axes in (1, 2)),
    case("rms_norm", INPUTS[1], (6,), draw(6), 0.1),
    *(case("local_response_norm", x, size) for x in INPUTS[1:] for size in (2, 3)),
    case("local_response_norm", INPUTS[2], 3, 0.5, 0.6, 2.0),
    *(case("normalize", x) for x in INPUTS),
    case("normalize", INPUTS[2], 1.0, -1),
    case("normalize", np.zeros((2, 3)), eps=0.1),
]
